"""Find the parts of an EIDO that the record of a known incident does not have yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.types import say_time
from coresponder.interop.eido.calls import call_id, corrects, new_calls
from coresponder.interop.eido.codes import PERSON_ROLE_CODES
from coresponder.interop.eido.crews import UnitState
from coresponder.interop.eido.endings import in_order, when_all_left, with_clearing
from coresponder.interop.eido.instants import contradiction
from coresponder.interop.eido.kept import SENDER_FIELD, UNNAMED, codes_of
from coresponder.interop.eido.known import Kind, Known, kinds_in, units_of
from coresponder.interop.eido.standing import ENDS, LEFT, MOVES, Standing, counts, standings
from coresponder.interop.eido.statements import (
    Statement,
    of_disposition,
    of_end,
    of_nature,
    of_priority,
    only_new,
)
from coresponder.interop.eido.told import EidoIncident
from coresponder.outputs import type_names
from coresponder.program import Case

__all__ = ["EidoNews", "news_of"]


@attrs.frozen(kw_only=True)
class EidoNews:
    """The news of an EIDO, in the order of time.

    Attributes:
        events: the events that would record it.
        older: the events that happened before something that was already known, and that in words.
            They are kept in their place, and the newer fact still counts.
        refused: a call that is known and is told with another start or source, and what to do.
        left_out: in words, what the record has otherwise, and no event can be made of.
        not_recorded: what the record has otherwise of the same instant, in words: nobody can tell
            which of the two came last.
    """

    events: tuple[e.Event, ...] = attrs.field(repr=type_names)
    older: tuple[tuple[e.Event, str], ...] = ()
    refused: tuple[tuple[e.Event, str], ...] = ()
    left_out: tuple[str, ...] = ()
    not_recorded: tuple[str, ...] = ()


def news_of(found: EidoIncident, case: Case) -> EidoNews:
    """Compare an EIDO with the incident as it is recorded. The same EIDO has no news the second time.

    Each part is compared with the record *as it was at the part's own time*, so an older EIDO that
    comes late has news only if something in between was missed. A repeated statement of the sender
    is not news, even if the agency has judged differently since. What a part without a time says
    again, when the record has gone on, is named: nobody can tell whether it is old. So is what
    differs from the record at one and the same instant.
    """
    comparing = _Comparing.of(found, case)
    told = sorted(_told(found, case), key=_at)
    for event in told:
        if not isinstance(event, ENDS):
            comparing.compare(event)
    for freed, word in found.freed:
        comparing.free(freed, word)
    for event in told:
        if isinstance(event, ENDS):
            comparing.end(event)
    return comparing.news()


@attrs.define(kw_only=True)
class _Comparing:
    """What the record has of an incident, and what an EIDO adds to it so far; `known` is both, in the
    order of time.
    """

    found: EidoIncident
    case: Case
    happened: list[e.Event]
    recorded: set[tuple[Any, ...]]
    known: Known
    before: Known
    people: set[tuple[str, str]]
    undated: frozenset[tuple[Any, ...]]
    latest: Mapping[tuple[str, str], dt.datetime]
    new: list[e.Event] = attrs.field(factory=list)
    older: list[tuple[e.Event, str]] = attrs.field(factory=list)
    refused: list[tuple[e.Event, str]] = attrs.field(factory=list)
    left_out: list[str] = attrs.field(factory=list)
    not_recorded: list[str] = attrs.field(factory=list)

    @classmethod
    def of(cls, found: EidoIncident, case: Case) -> _Comparing:
        happened = [entry.event for entry in case.entries() if counts(entry)]
        return cls(
            found=found,
            case=case,
            happened=happened,
            known=Known.of(happened),
            before=Known.of(happened),
            people={_person(one) for one in happened if isinstance(one, e.PersonInvolved)},
            latest={about: one.at for one in sorted(happened, key=_at) if (about := _about(one))},
            undated=frozenset(map(_key, found.undated)),
            recorded={*map(_key, case.recorded()), *map(_kind_key, kinds_in(case.history))},
        )

    def _add(self, event: e.Event) -> None:
        self.new.append(event)
        self.known.add(event)
        if isinstance(event, e.PersonInvolved):
            self.people.add(_person(event))

    def compare(self, event: e.Event) -> None:
        """Compare one event that the EIDO tells."""
        call = isinstance(event, e.CallReceived)
        ties = isinstance(event, e.IncidentLinked) and event.other == self.found.incident
        if _key(event) in self.recorded and not (ties or call):
            if self._has_no_time(event) and not self._holds(event):
                self.left_out.append(_say_again(event))
        elif why := corrects(event, self.found, self.case, self.new):
            self.refused.append((event, why))
        elif stated := self._statements(event):
            self._compare_stated(event, stated)
        elif not self._is_known(event):
            self._add_unless(event)

    def _compare_stated(self, event: e.Event, stated: Mapping[str, Statement]) -> None:
        """Compare what the sender states with what they stated before."""
        self.left_out += [one.say() for one in stated.values() if one.repeated and not one.stands]
        if not all(one.repeated for one in stated.values()):
            typed = "nature" in stated and not stated["nature"].repeated
            self._add_unless(only_new(event, stated), typed=typed)

    def _statements(self, event: e.Event) -> Mapping[str, Statement]:
        """Return what the sender states of the incident; nothing if the event says what happened."""
        if not isinstance(event, (e.CallTriaged, e.DispositionRecorded, *ENDS)):
            return {}
        before = self.known.until(event.at)
        sender = next(iter(codes_of(event, SENDER_FIELD)), UNNAMED)
        match event:
            case e.CallTriaged():
                nature = {"nature": of_nature(event, before, sender)} if self.found.typed else {}
                return nature | (
                    {"priority": of_priority(event, before, sender)} if event.priority else {}
                )
            case e.DispositionRecorded():
                return {"disposition": of_disposition(event, self.found.events, before, sender)}
            case e.IncidentClosed() | e.IncidentCancelled() | e.IncidentReopened():
                return {"status": of_end(event, before, sender)}
        return {}

    def _is_known(self, event: e.Event) -> bool:
        """Return whether the content of an event was known at its time."""
        if isinstance(event, e.PersonInvolved):
            return _person(event) in self.people
        if isinstance(event, e.IncidentLinked):
            return any(_same(event, one) for one in self.known.events)
        units = [self.known.unit(id, event.at) for id in units_of(event)]
        if not units:
            return False
        if all(_status(one) == MOVES.get(type(event), "Dispatched") for one in units):
            return True
        there = all(one is not None and one.status not in LEFT for one in units)
        return there and isinstance(event, e.TeamDispatched) and event in self.found.said

    def _has_no_time(self, event: e.Event) -> bool:
        """Return whether the part that an event comes from has no time of its own."""
        if isinstance(event, e.CallTriaged):
            return any(key[0] is e.CallTriaged for key in self.undated)
        return _key(event) in self.undated

    def _is_timeless(self, event: e.Event) -> bool:
        """Return whether not even the EIDO has a time for it."""
        return self.found.updated is None and self._has_no_time(event)

    def _holds(self, event: e.Event) -> bool:
        """Return whether what an event says is still so by all that is known."""
        now = attrs.evolve(event, at=self.known.events[-1].at)
        if stated := self._statements(now):
            return all(one.stands for one in stated.values())
        return self._is_known(now)

    def _add_unless(self, event: e.Event, *, typed: bool = False) -> None:
        """Add an event, unless the record says otherwise of the same instant. What has no time at all
        says nothing of an instant.
        """
        if not self._is_timeless(event) and (
            said := contradiction(event, self.before, typed=typed)
        ):
            self.not_recorded.append(said)
        else:
            self._add(event)
            self.recorded.add(_key(event))

    def free(self, event: e.ResponderCleared, word: str) -> None:
        """Compare that a unit is free: it left, if it was with the incident before."""
        then, now = (self.known.unit(event.responder, at) for at in (event.at, None))
        said = f"unit {event.responder}: status {word}"
        if now is None:
            self.left_out.append(f"{said}, and it is not with the incident")
        elif now.status in LEFT or _key(event) in self.recorded:
            return
        elif self._is_timeless(event) or (then and then.at == event.at):
            since = f"{now.status} since {say_time(now.at)}"
            self.not_recorded.append(f"{said}, and the record has {since}; nobody can tell which came last")  # fmt: skip
        elif then and then.status not in LEFT:
            self._add(event)

    def end(self, event: e.Event) -> None:
        """Compare that the incident ended, or is open again, once all else was compared."""
        told = _key(event) in self.recorded or not isinstance(event, e.IncidentClosed)
        if not told and (closed := when_all_left(event, self.known.events)):
            said = f"IncidentClosed is said of {say_time(event.at)}; the last unit left at {say_time(closed.at)}, and it is closed as of then"  # fmt: skip
            self.older.append((closed, said))
            event = closed
        self.compare(event)

    def news(self) -> EidoNews:
        """Return what was found, in the order of time."""
        new = [*with_clearing(sorted(self.new, key=in_order), self.happened)]
        states = standings(sorted((*self.happened, *new), key=_at))
        differs = (said for unit in self.found.units for said in _differs(unit, states))
        return EidoNews(
            events=tuple(new),
            older=(
                *((event, said) for event, said in self.older if event in new),
                *((event, _say(event)) for event in new if self._is_older(event)),
            ),
            refused=tuple(self.refused),
            left_out=(*self.left_out, *differs),
            not_recorded=(*self.not_recorded, *self._goes_on()),
        )

    def _is_older(self, event: e.Event) -> bool:
        """Return whether the record has something newer of the same thing."""
        about = _about(event)
        last = self.latest.get(about) if about else None
        return last is not None and last > event.at

    def _goes_on(self) -> Iterator[str]:
        """Yield that the sender has an incident going on that has ended here before."""
        for at, word in self.found.ongoing:
            last = next(
                (one for one in reversed(self.known.until(at)) if isinstance(one, ENDS)), None
            )
            if isinstance(last, e.IncidentClosed | e.IncidentCancelled):
                since = f"{type(last).__name__} at {say_time(last.at)}"
                yield f"incidentComponent status {word} at {say_time(at)}, and the record has {since}; if it is open again, record IncidentReopened"  # fmt: skip


def _told(found: EidoIncident, case: Case) -> Iterator[e.Event]:
    """Yield the events that an EIDO tells of an incident that is known."""
    links = [event for event in case.recorded() if isinstance(event, e.IncidentLinked)]
    yield from new_calls(found, case)
    for event in found.events:
        if not isinstance(event, e.CallReceived) and not (
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


def _at(event: e.Event) -> dt.datetime:
    return event.at


def _key(event: e.Event) -> tuple[Any, ...]:
    """Return a key that is equal for the same event, whoever recorded it."""
    if isinstance(event, e.CallReceived):
        return type(event), event.at, event.source, call_id(event)
    values = [getattr(event, name, None) for name in ("nature", "priority", "disposition")]
    who = [getattr(event, name, None) for name in ("person", "responder", "responders")]
    if isinstance(event, e.IncidentLinked):
        return type(event), event.at, event.other, event.link
    role = event.role if isinstance(event, e.PersonInvolved) else None
    kind = codes_of(event) if isinstance(event, e.CallTriaged) else None
    return type(event), event.at, role, kind, *values, *who


def _kind_key(event: Kind) -> tuple[Any, ...]:
    """Return the key of what says the kind of incident, as if it was judged then."""
    if isinstance(event, e.CallTriaged):
        return _key(event)
    kind = e.CallTriaged(
        at=event.at,
        by=event.by,
        nature=event.nature,
        priority=event.priority,
        qualifies=True,
        local=event.local,
    )
    return _key(kind)


def _same(event: e.IncidentLinked, one: e.Event) -> bool:
    """Return whether a recorded event is the same link."""
    return isinstance(one, e.IncidentLinked) and (one.other, one.link) == (event.other, event.link)


def _status(unit: Standing | None) -> str | None:
    if unit is None:
        return None
    return "Cleared" if unit.status in LEFT else unit.status


def _person(event: e.PersonInvolved) -> tuple[str, str]:
    """Return who somebody is, and their role as an EIDO has it."""
    return event.person, PERSON_ROLE_CODES[event.role]


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


def _about(event: e.Event) -> tuple[str, str] | None:
    if isinstance(event, e.DispositionRecorded):
        return "disposition", ""
    if isinstance(event, ENDS):
        return "status", ""
    if isinstance(event, e.CallTriaged):
        return "nature", ""
    return ("unit", str(getattr(event, "responder", ""))) if type(event) in MOVES else None


def _say_again(event: e.Event) -> str:
    return (
        f"{type(event).__name__} of a part without a time of its own: it was recorded at"
        f" {say_time(event.at)}, and the record has gone on since"
    )


def _say(event: e.Event) -> str:
    return f"{type(event).__name__} at {say_time(event.at)} is older than what was known; it is kept in its place"
