"""Consents: what a person agreed to, and which of it counts at an instant. Pure.

A person may have several at once, each to its own receiver, for its own purpose and until its own
end. That one has run out is a fact of time: nothing is recorded when it happens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import Consent, Incident, Person
from coresponder.domain.vocabulary import (
    ConsentLapse,
    ConsentScope,
    ConsentStatus,
    Purpose,
    ReceiverKind,
)

__all__ = ["consents_in_force", "decline", "give", "lapse_of", "lapse_of_event", "withdraw"]


def consents_in_force(
    incident: Incident,
    *,
    person: str,
    scope: ConsentScope,
    at: dt.datetime,
    receiver: str | None = None,
    receiver_kind: ReceiverKind | None = None,
    purpose: Purpose | None = None,
) -> tuple[Consent, ...]:
    """Return the consents of a person that cover something at an instant.

    A consent that names a receiver or a purpose covers only that one, so leave neither out if it is
    known. One to substance-use records counts only if it names both, and one to what a victim
    advocate knows only if it has an end: the laws ask for that.

    Args:
        incident: the incident as it was then; later withdrawals count as soon as they are in it.
        person: whose consents.
        scope: what is to be shared.
        at: the instant at which it is shared.
        receiver: the agency or organization to which it goes.
        receiver_kind: the kind of that receiver.
        purpose: for what.
    """
    asked = _Asked(at, receiver, receiver_kind, purpose)
    return tuple(
        one for one in _to(incident, person, scope) if not any(test(one, asked) for test, _ in _WHY)
    )


def lapse_of(
    incident: Incident,
    *,
    person: str,
    scope: ConsentScope,
    at: dt.datetime,
    receiver: str | None = None,
    receiver_kind: ReceiverKind | None = None,
    purpose: Purpose | None = None,
) -> ConsentLapse | None:
    """Return why none of the consents that a person gave to a scope covers something; None if one
    does, or if none was ever given. The reason is that of the consent given last.

    The arguments are those of `consents_in_force`.
    """
    given = [one for one in _to(incident, person, scope) if one.status is not _DECLINED]
    asked = _Asked(at, receiver, receiver_kind, purpose)
    reasons = [next((why for test, why in _WHY if test(one, asked)), None) for one in given]
    return reasons[-1] if reasons and None not in reasons else None


def lapse_of_event(incident: Incident, event: e.ReferralSent) -> ConsentLapse | None:
    """Return why no consent covers a referral that is sent."""
    offered = incident.referral(event.referral)
    return lapse_of(
        incident,
        person=event.person,
        scope=ConsentScope.SERVICES,
        at=event.at,
        receiver=event.service or (offered.service if offered else None),
        receiver_kind=ReceiverKind.SERVICE,
        purpose=Purpose.TREATMENT,
    )


# --- which consents count -------------------------------------------------------------------------

_DECLINED = ConsentStatus.DECLINED
_ASKED_BY_LAW: Mapping[ConsentScope, Callable[[Consent], bool]] = {
    ConsentScope.SUBSTANCE_USE_RECORDS: lambda one: (
        (one.receiver or one.receiver_kind) is not None and one.purpose is not None
    ),
    ConsentScope.ADVOCATE_RECORDS: lambda one: one.until is not None,
}


@attrs.frozen
class _Asked:
    at: dt.datetime
    receiver: str | None
    receiver_kind: ReceiverKind | None
    purpose: Purpose | None


def _is_another_receiver(one: Consent, asked: _Asked) -> bool:
    if one.receiver is None and one.receiver_kind is None:
        return False
    named = one.receiver is not None and one.receiver == asked.receiver
    of_kind = one.receiver_kind is not None and one.receiver_kind is asked.receiver_kind
    return not (named or of_kind)


_WHY: tuple[tuple[Callable[[Consent, _Asked], bool], ConsentLapse], ...] = (
    (lambda one, _: one.status is not ConsentStatus.GIVEN, ConsentLapse.WITHDRAWN),
    (lambda one, asked: one.until is not None and asked.at > one.until, ConsentLapse.RUN_OUT),
    (lambda one, _: not _ASKED_BY_LAW.get(one.scope, bool)(one), ConsentLapse.INCOMPLETE),
    (_is_another_receiver, ConsentLapse.OTHER_RECEIVER),
    (lambda one, asked: one.purpose not in {None, asked.purpose}, ConsentLapse.OTHER_PURPOSE),
)
"""What keeps a consent from covering something, and the word for it, the gravest first."""


def _to(incident: Incident, person: str, scope: ConsentScope) -> list[Consent]:
    known = incident.person(person)
    return [one for one in known.consents if one.scope is scope] if known else []


# --- what an event does to the consents of a person -----------------------------------------------


def give(person: Person, event: e.ConsentGiven) -> Person:
    """Add a consent. It takes the place of the same one, of those that were declined or withdrawn
    before it was given, and of no other.
    """
    new = Consent(
        scope=event.scope,
        status=ConsentStatus.GIVEN,
        since=event.at,
        id=event.consent,
        receiver=event.receiver,
        receiver_kind=event.receiver_kind,
        purpose=event.purpose,
        until=event.until,
        given_by=event.given_by,
        ground=event.ground,
    )
    kept = (one for one in person.consents if not _is_replaced(one, new))
    return attrs.evolve(person, consents=(*kept, new))


def decline(person: Person, event: e.ConsentDeclined) -> Person:
    """Note that the person declined a scope; what they gave before is withdrawn."""
    asked = [one for one in person.consents if one.scope is event.scope]
    said = Consent(scope=event.scope, status=_DECLINED, since=event.at)
    person = _end(person, [one for one in asked if one.status is ConsentStatus.GIVEN], event.at)
    kept = tuple(
        one for one in person.consents if (one.scope, one.status) != (said.scope, _DECLINED)
    )
    return _without_plan(
        attrs.evolve(person, consents=(*kept, said), declined_at=event.at), said, event.at
    )


def withdraw(person: Person, event: e.ConsentWithdrawn) -> Person:
    """Mark the consent that the event names as withdrawn, or else all to the scope."""
    if event.consent is None:
        taken = [one for one in person.consents if one.scope is event.scope]
    else:
        taken = [one for one in person.consents if one.id == event.consent]
    if not taken:  # of one that was given elsewhere, or never
        said = Consent(
            scope=event.scope, status=ConsentStatus.WITHDRAWN, since=event.at, id=event.consent
        )
        taken, person = [said], attrs.evolve(person, consents=(*person.consents, said))
    return _without_plan(_end(person, taken, event.at), taken[0], event.at)


def _is_replaced(old: Consent, new: Consent) -> bool:
    if new.id is not None and old.id == new.id:
        return True
    ended = old.status is not ConsentStatus.GIVEN
    return old.scope is new.scope and old.id is None and (ended or _terms(old) == _terms(new))


def _terms(one: Consent) -> tuple[Any, ...]:
    return (one.id, one.receiver, one.receiver_kind, one.purpose)


def _end(person: Person, ended: Collection[Consent], at: dt.datetime) -> Person:
    """Mark consents as withdrawn."""
    marked = tuple(
        attrs.evolve(one, status=ConsentStatus.WITHDRAWN, since=at) if one in ended else one
        for one in person.consents
    )
    return attrs.evolve(person, consents=marked)


def _without_plan(person: Person, said: Consent, at: dt.datetime) -> Person:
    """End the care plan if that was said of it, and no other consent to it is left."""
    left = any(
        one.scope is said.scope and one.status is ConsentStatus.GIVEN for one in person.consents
    )
    if said.scope is not ConsentScope.CARE_PLAN or left:
        return person
    return attrs.evolve(person, care=None, care_at=at)
