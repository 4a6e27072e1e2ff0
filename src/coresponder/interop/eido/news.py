"""Find the parts of an EIDO that the record of a known incident does not have yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.types import say_time
from coresponder.interop.eido.codes import PERSON_ROLE_CODES
from coresponder.interop.eido.crews import UnitState
from coresponder.interop.eido.reading import CALL_FIELD, TYPE_FIELD, EidoIncident
from coresponder.interop.eido.standing import MOVES, Standing, standings
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
        refused: a call that is known and is told with another start or source, and what to do.
        left_out: in words, what the record has otherwise, and no event can be made of.
    """

    events: tuple[e.Event, ...]
    older: tuple[str, ...] = ()
    refused: tuple[tuple[e.Event, str], ...] = ()
    left_out: tuple[str, ...] = ()


def news_of(found: EidoIncident, case: Case) -> EidoNews:
    """Compare an EIDO with the incident as it is recorded. The same EIDO has no news the second time.

    Each part is compared with the record *as it was at the part's own time*, so an older EIDO that
    comes late has news only if something in between was missed. A repeated statement of the sender
    is not news, even if the agency has judged differently since. What a part without a time says
    again, when the record has gone on, is named: nobody can tell whether it is old.
    """
    recorded = {key for event in case.recorded() for key in _keys(event)}
    happened = [entry.event for entry in case.entries() if entry.happened]
    undated = {_key(event) for event in found.undated}
    new: list[e.Event] = []
    refused: list[tuple[e.Event, str]] = []
    left_out: list[str] = []
    for event in sorted(_told(found, case), key=lambda event: event.at):
        known = [*happened, *new]
        ties = isinstance(event, e.IncidentLinked) and event.other == found.incident
        if _was_recorded(event, recorded) and not ties:
            if _key(event) in undated and not _holds(event, known):
                left_out.append(_say_again(event))
        elif why := _corrects(event, case, new):
            refused.append((event, why))
        elif not _known(event, known):
            new.append(event)
            recorded.update(_keys(event))
    states = standings(sorted((*happened, *new), key=lambda event: event.at))
    left_out += (said for unit in found.units for said in _differs(unit, states))
    older = tuple(_say(event) for event in new if _is_older(event, happened))
    return EidoNews(
        events=tuple(new), older=older, refused=tuple(refused), left_out=tuple(left_out)
    )


def _told(found: EidoIncident, case: Case) -> Iterator[e.Event]:
    """Yield the events that an EIDO tells of an incident that is known."""
    links = [event for event in case.recorded() if isinstance(event, e.IncidentLinked)]
    for event in found.events:
        if not (
            isinstance(event, e.IncidentLinked)
            and (event.other == case.id or any(_same(event, one) for one in links))
        ):
            yield event
    if found.judged is not None:
        call = case.incident.call
        qualifies = call is None or call.qualifies is not False
        nature = found.judged.nature if found.typed or call is None else call.nature
        yield attrs.evolve(found.judged, qualifies=qualifies, nature=nature)
    valid = {event.other for event in case.valid() if isinstance(event, e.IncidentLinked)}
    yield from (event for event in found.known_as(case.id) if found.incident not in valid)


def _key(event: e.Event) -> tuple[Any, ...]:
    """Return a key that is equal for the same event, whoever recorded it."""
    if isinstance(event, e.CallReceived):
        return type(event), event.at, event.source, _call_id(event)
    values = [getattr(event, name, None) for name in ("nature", "priority", "disposition")]
    who = [getattr(event, name, None) for name in ("person", "responder", "responders")]
    if isinstance(event, e.IncidentLinked):
        return type(event), event.at, event.other, event.link
    role = event.role if isinstance(event, e.PersonInvolved) else None
    kind = _code(event, TYPE_FIELD) if isinstance(event, e.CallTriaged) else None
    return type(event), event.at, role, kind, *values, *who


def _keys(event: e.Event) -> Iterator[tuple[Any, ...]]:
    """Yield the keys of what an event says: a call says its kind, too."""
    yield _key(event)
    if isinstance(event, e.CallReceived):
        kind = e.CallTriaged(
            at=event.at,
            by=event.by,
            nature=event.nature,
            priority=event.priority,
            qualifies=True,
            local=event.local,
        )
        yield _key(kind)


def _was_recorded(event: e.Event, recorded: Iterable[tuple[Any, ...]]) -> bool:
    """Return whether an event was told before. Two calls of one time and source are two if both have
    an id.
    """
    key = _key(event)
    if not isinstance(event, e.CallReceived):
        return key in recorded
    same = [one[3] for one in recorded if one[:3] == key[:3]]
    return bool(same) and (key[3] is None or key[3] in same or None in same)


def _known(event: e.Event, happened: Iterable[e.Event]) -> bool:
    """Return whether the content of an event was known at its time."""
    happened = tuple(happened)
    before = [one for one in happened if one.at <= event.at]
    match event:
        case e.CallTriaged():
            return _is_judged(event, before)
        case e.PersonInvolved() | e.IncidentLinked():
            return any(_same(event, one) for one in happened)
        case e.DispositionRecorded():
            last = _last(before, lambda one: isinstance(one, e.DispositionRecorded))
            return isinstance(last, e.DispositionRecorded) and last.disposition == event.disposition
        case e.IncidentClosed() | e.IncidentCancelled() | e.IncidentReopened():
            return type(_last(before, lambda one: isinstance(one, _ENDS))) is type(event)
    return _stand_so(event, standings(before))


def _same(event: e.PersonInvolved | e.IncidentLinked, one: e.Event) -> bool:
    """Return whether a recorded event has the same person in the same role, or the same link."""
    if isinstance(event, e.PersonInvolved):
        return (
            isinstance(one, e.PersonInvolved)
            and one.person == event.person
            and PERSON_ROLE_CODES[one.role] == PERSON_ROLE_CODES[event.role]
        )
    return isinstance(one, e.IncidentLinked) and (one.other, one.link) == (event.other, event.link)


def _stand_so(event: e.Event, states: Mapping[str, Standing]) -> bool:
    """Return whether the units of an event stand as it says."""
    if isinstance(event, e.TeamDispatched):
        return all(_status(states, id) == "Dispatched" for id in event.responders)
    if isinstance(event, e.ResponderEnRoute | e.ResponderArrived | e.ResponderCleared):
        return _status(states, event.responder) == MOVES[type(event)]
    return False


def _status(states: Mapping[str, Standing], responder: str) -> str | None:
    known = states.get(responder)
    if known is None:
        return None
    return "Cleared" if known.status in _LEFT else known.status


def _holds(event: e.Event, known: Iterable[e.Event]) -> bool:
    """Return whether what an event says is still so by all that is known."""
    known = sorted(known, key=lambda one: one.at)
    timeless = isinstance(event, e.CallReceived)
    return timeless or _known(attrs.evolve(event, at=max(one.at for one in known)), known)


def _corrects(event: e.Event, case: Case, new: Iterable[e.Event]) -> str | None:
    """Return what to do if a call is told that is known with another start or source."""
    if not isinstance(event, e.CallReceived) or not (id := _call_id(event)):
        return None
    for entry in case.entries():
        call = entry.event
        if entry.happened and isinstance(call, e.CallReceived) and _call_id(call) == id:
            return (
                f"this call is event {entry.number}, {call.source} at {say_time(call.at)}, and is"
                " not counted twice; if it was corrected, record this one (CallReceived), then that"
                f" event {entry.number} was entered in error"
            )
    twice = any(isinstance(one, e.CallReceived) and _call_id(one) == id for one in new)
    return "the EIDO has this call twice, with another start or source" if twice else None


def _call_id(call: e.CallReceived) -> str | None:
    return _code(call, CALL_FIELD)


def _code(event: e.CallReceived | e.CallTriaged, field: str) -> str | None:
    return next((code.code for code in event.local if code.field == field), None)


def _differs(unit: UnitState, states: Mapping[str, Standing]) -> Iterator[str]:
    """Yield what the record has otherwise of a unit: its type, or that it has gone on."""
    standing = states.get(unit.member.responder)
    if standing is None:
        return
    where, known = f"unit {unit.member.responder}", standing.member
    if known is not None and known.role != unit.member.role:
        yield f"{where}: its type says {unit.member.role}, the record has {known.role}, which stays"
    gone_on = standing.status != "Dispatched" and (unit.at is None or unit.at > standing.at)
    if unit.dispatched and gone_on:
        since = f"{standing.status} since {say_time(standing.at)}"
        yield f"{where}: status Dispatched; the record has {since}, which stays"


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


def _say_again(event: e.Event) -> str:
    return (
        f"{type(event).__name__} of a part without a time of its own: it was recorded at"
        f" {say_time(event.at)}, and the record has gone on since"
    )


def _say(event: e.Event) -> str:
    return f"{type(event).__name__} at {say_time(event.at)} is older than what was known; it is kept in its place"
