"""Compare a Consent that was read with the record: what is new in it, and what stands against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from coresponder.domain import events as e
from coresponder.domain.consents import decline, give, withdraw
from coresponder.domain.objects import Consent, Person
from coresponder.domain.vocabulary import ConsentStatus
from coresponder.interop.fhir.shape import FhirNews
from coresponder.program import Case

__all__ = ["compared"]

_Told = e.ConsentGiven | e.ConsentDeclined | e.ConsentWithdrawn
_DOES: Mapping[type[e.Event], Callable[[Person, Any], Person]] = {
    e.ConsentGiven: give,
    e.ConsentDeclined: decline,
    e.ConsentWithdrawn: withdraw,
}


def compared(one: Consent, person: str, case: Case, by: str) -> FhirNews:
    """Compare what a Consent says with the consents of the person.

    Args:
        one: what it says.
        person: whose it is.
        case: the incident.
        by: the id of who tells it.
    """
    told = [
        entry.event
        for entry in case.entries()
        if entry.happened and type(entry.event) in _DOES and entry.event.person == person  # type: ignore[attr-defined]
    ]
    known = _as_of(told, person, one.since, case)
    event = _event(one, person, by)
    if any(_same(one, old) for old in known):
        return FhirNews()
    if again := case.told(event):
        is_void = all(line.voided for line in again)
        said = f"{person}: the same Consent was entered in error, and is not recorded again"
        return FhirNews(odd=(said,) if is_void else ())
    if why := next((why for old in known if (why := _stands_against(one, old))), None):
        return FhirNews(not_recorded=(f"{person}: {why}; the Consent is not recorded",))
    if why := _takes_others(one, known):
        why = f"{person}: {why}, and another stands; record which is meant"
        return FhirNews(not_recorded=(why,))
    return FhirNews(events=(event,), odd=tuple(_odd(one, person, known, told)))


def _takes_others(one: Consent, known: tuple[Consent, ...]) -> str | None:
    """Return what was said of a consent that is not known, if to record it would also take back
    others, of which it was not said.
    """
    if one.status is ConsentStatus.GIVEN or not _stand_beside(one, known):
        return None
    if one.status is ConsentStatus.DECLINED:
        if _key(one) == (one.scope, None, None, None, None):
            return None
        return f"one consent to {one.scope} was declined"
    if one.id is not None or _key(one) in map(_key, known):
        return None
    return f"a consent to {one.scope} was withdrawn that was never given here"


def _stand_beside(one: Consent, known: tuple[Consent, ...]) -> bool:
    """Return whether other consents to the same scope stand."""
    given = [old for old in known if old.status is ConsentStatus.GIVEN and old.scope is one.scope]
    return any(_key(old) != _key(one) for old in given)


def _as_of(told: list[e.Event], person: str, at: dt.datetime, case: Case) -> tuple[Consent, ...]:
    """Return the consents of a person as they were."""
    if all(event.at <= at for event in told):
        now = case.incident.person(person)
        return now.consents if now else ()
    one = Person(id=person)
    for event in told:
        if event.at <= at:
            one = _DOES[type(event)](one, event)
    return one.consents


def _key(one: Consent) -> tuple[Any, ...]:
    if one.id is not None:
        return (one.scope, one.id)
    return (one.scope, None, one.receiver, one.receiver_kind, one.purpose)


def _same(new: Consent, old: Consent) -> bool:
    if new.status is not ConsentStatus.GIVEN:
        return (_key(new), new.status, new.since) == (_key(old), old.status, old.since)
    return new == old


def _stands_against(new: Consent, old: Consent) -> str | None:
    """Return why a consent that is known keeps one from being recorded; None if it does not. Of two
    that say different things of one instant, the one that covers less stands.
    """
    if new.status is not ConsentStatus.GIVEN:
        return None
    if new.scope is not old.scope or new.since != old.since:
        return None
    if old.status is not ConsentStatus.GIVEN:
        return f"a consent to {old.scope} was declined or withdrawn at the same time"
    if _key(new) == _key(old) and not _covers_less(new, old):
        which = f"the consent {new.id}" if new.id else f"a consent to {new.scope} without an id"
        return f"another version of {which} has the same time and covers less"
    return None


def _covers_less(new: Consent, old: Consent) -> bool:
    """Return whether each limit of a consent is also a limit of another one."""
    ends = old.until is None or (new.until is not None and new.until <= old.until)
    limits = ("receiver", "receiver_kind", "purpose")
    return ends and all(getattr(old, n) in {None, getattr(new, n)} for n in limits)


def _event(one: Consent, person: str, by: str) -> _Told:
    told: dict[str, Any] = {"at": one.since, "by": by, "person": person, "scope": one.scope}
    if one.status is ConsentStatus.DECLINED:
        return e.ConsentDeclined(**told)
    if one.status is ConsentStatus.WITHDRAWN:
        return e.ConsentWithdrawn(**told, consent=one.id)
    return e.ConsentGiven(
        **told,
        consent=one.id,
        receiver=one.receiver,
        receiver_kind=one.receiver_kind,
        purpose=one.purpose,
        until=one.until,
        given_by=one.given_by,
        ground=one.ground,
    )


def _odd(
    one: Consent, person: str, known: tuple[Consent, ...], told: list[e.Event]
) -> Iterator[str]:
    if one.status is ConsentStatus.WITHDRAWN and _key(one) not in map(_key, known):
        yield f"{person}: a consent to {one.scope} was withdrawn that was never given here"
    if one.status is ConsentStatus.WITHDRAWN and one.id is None and _stand_beside(one, known):
        yield f"{person}: a consent to {one.scope} without an id was withdrawn, so all to it are"
    if one.status is ConsentStatus.DECLINED and _stand_beside(one, known):
        yield f"{person}: {one.scope} was declined, so all consents to it are withdrawn"
    was = {old.scope for old in known if one.id is not None and old.id == one.id} - {one.scope}
    for scope in sorted(was) if one.status is ConsentStatus.GIVEN else ():
        yield f"{person}: the consent {one.id} was one to {scope}, and takes its place"
    if any(v.at > one.since and v.scope is one.scope for v in told):  # type: ignore[attr-defined]
        yield f"{person}: the Consent to {one.scope} is older than the record; it is kept in its place"
