"""Find the parts of an EIDO that the record of a known incident does not have yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.types import say_time
from coresponder.interop.eido.codes import PERSON_ROLE_CODES
from coresponder.interop.eido.reading import TYPE_FIELD, EidoIncident
from coresponder.interop.eido.standing import MOVES, standings
from coresponder.program import Case

__all__ = ["EidoNews", "news_of"]

_ENDS = (e.IncidentClosed, e.IncidentCancelled, e.IncidentReopened)
_LEFT = frozenset({"Cleared", "Transporting"})


@attrs.frozen(kw_only=True)
class EidoNews:
    """The news of an EIDO, in the order of time.

    Attributes:
        events: the events that would record it.
        older: in words, the events that happened before something that was already known. They are
            kept in their place, and the newer fact still counts.
    """

    events: tuple[e.Event, ...]
    older: tuple[str, ...] = ()


def news_of(found: EidoIncident, case: Case) -> EidoNews:
    """Compare an EIDO with the incident as it is recorded. The same EIDO has no news the second time.

    Each part is compared with the record *as it was at the part's own time*, so an older EIDO that
    comes late has news only if something in between was missed. A repeated statement of the sender
    is not news, even if the agency has judged differently since.
    """
    told = [event for event in found.events if not isinstance(event, e.CallTriaged)]
    if found.judged is not None:
        call = case.incident.call
        qualifies = call is None or call.qualifies is not False
        told.append(attrs.evolve(found.judged, qualifies=qualifies))
    told += found.known_as(case.id)
    linked = {event.other for event in case.recorded() if isinstance(event, e.IncidentLinked)}
    told = [
        event
        for event in told
        if not isinstance(event, e.IncidentLinked) or event.other not in {case.id, *linked}
    ]
    happened = tuple(entry.event for entry in case.entries() if entry.happened)
    recorded = {_key(event) for event in case.recorded()}
    new = [
        event
        for event in sorted(told, key=lambda event: event.at)
        if _key(event) not in recorded and not _known(event, happened)
    ]
    return EidoNews(
        events=tuple(new), older=tuple(_say(event) for event in new if _is_older(event, happened))
    )


def _key(event: e.Event) -> tuple[Any, ...]:
    """Return a key that is equal for the same event, whoever recorded it."""
    if isinstance(event, e.CallReceived):
        return type(event), event.at, event.source
    values = [getattr(event, name, None) for name in ("nature", "priority", "disposition")]
    who = [getattr(event, name, None) for name in ("person", "responder", "responders")]
    role = event.role if isinstance(event, e.PersonInvolved) else None
    return type(event), event.at, role, *values, *who


def _known(event: e.Event, happened: Iterable[e.Event]) -> bool:
    """Return whether the content of an event was known at its time."""
    before = [one for one in happened if one.at <= event.at]
    match event:
        case e.CallTriaged():
            return _is_judged(event, before)
        case e.PersonInvolved():
            code = PERSON_ROLE_CODES[event.role]
            return any(
                isinstance(one, e.PersonInvolved)
                and one.person == event.person
                and PERSON_ROLE_CODES[one.role] == code
                for one in happened
            )
        case e.DispositionRecorded():
            last = _last(before, lambda one: isinstance(one, e.DispositionRecorded))
            return isinstance(last, e.DispositionRecorded) and last.disposition == event.disposition
        case e.IncidentClosed() | e.IncidentCancelled() | e.IncidentReopened():
            return type(_last(before, lambda one: isinstance(one, _ENDS))) is type(event)
        case e.ResponderEnRoute() | e.ResponderArrived() | e.ResponderCleared():
            known = standings(before).get(event.responder)
            status = known and ("Cleared" if known.status in _LEFT else known.status)
            return status == MOVES[type(event)]
    return False


def _is_judged(event: e.CallTriaged, before: Iterable[e.Event]) -> bool:
    """Return whether the sender had already stated this kind of incident, or it was known
    anyway.
    """
    judged = [one for one in before if isinstance(one, e.CallReceived | e.CallTriaged)]
    if not judged:
        return False
    natures = [one for one in judged[1:] if isinstance(one, e.CallTriaged)]
    last = natures[-1] if natures else judged[0]
    priority = next((one.priority for one in reversed([judged[0], *natures]) if one.priority), None)
    told = [code.code for one in judged for code in one.local if code.field == TYPE_FIELD]
    now = [code.code for code in event.local if code.field == TYPE_FIELD]
    same = told[-1:] == now[:1] if told and now else last.nature == event.nature
    return same and event.priority in {None, priority}


def _last(events: Iterable[e.Event], test: Callable[[e.Event], bool]) -> e.Event | None:
    return next((one for one in reversed(tuple(events)) if test(one)), None)


def _about(event: e.Event) -> tuple[str, str]:
    if isinstance(event, e.DispositionRecorded):
        return "disposition", ""
    if isinstance(event, _ENDS):
        return "status", ""
    if isinstance(event, e.CallTriaged):
        return "nature", ""
    return ("unit", str(getattr(event, "responder", ""))) if type(event) in MOVES else ("", "")


def _is_older(event: e.Event, happened: Iterable[e.Event]) -> bool:
    about = _about(event)
    return bool(about[0]) and any(one.at > event.at and _about(one) == about for one in happened)


def _say(event: e.Event) -> str:
    return f"{type(event).__name__} at {say_time(event.at)} is older than what was known; it is kept in its place"
