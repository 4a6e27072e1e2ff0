"""What a receiver is told of a case: the same case, made only of what the receiver sees.

A document for a receiver is written from it by the same function that writes the agency's own copy,
so no format has rules of its own about who sees what. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import attrs

from coresponder.domain.appended import Appended
from coresponder.domain.events import (
    ConsentDeclined,
    ConsentGiven,
    ConsentWithdrawn,
    EnteredInError,
    Event,
)
from coresponder.domain.identity import as_known, identities
from coresponder.domain.objects import Incident
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import AgeBand, VoidReason
from coresponder.lifecycle import PARTS
from coresponder.program.case import Case, Findings
from coresponder.program.program import Program
from coresponder.program.viewing import Sight
from coresponder.program.views import GivenEvent, Restricted
from coresponder.record import Record

__all__ = ["UNKNOWN_STATE", "Told", "told"]

UNKNOWN_STATE = "unknown"
"""The state of a case if what the receiver sees leaves several possible."""
_TAKEN_BACK: Mapping[type[Event], tuple[str, ...]] = {
    ConsentGiven: (ConsentWithdrawn.__name__, ConsentDeclined.__name__)
}
"""A consent is not told to whoever would not see that it was withdrawn."""
_Values = dict[str, Any]
_R = TypeVar("_R", bound=Record)
_AUTHOR = "agency"
"""Who recorded something, if the receiver does not see who did."""


@attrs.frozen(kw_only=True)
class Told:
    """What a receiver is told of an incident.

    A hidden field has its default, and a hidden author is `agency`. The case has no violations and
    owes nothing, because a verdict may rest on what is hidden.

    Attributes:
        case: the case, made of what is told.
        days: the instants that stand for a whole day, because the receiver sees only the day.
        left_out: event types of which something is seen and that are not told, because a field is
            hidden that such an event must have, or what would take it back.
        says: what must be told along with it.
        rights: whom each event that is told is about, and by which right it is.
    """

    case: Case
    days: Mapping[dt.datetime, dt.date]
    left_out: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    rights: tuple[Restricted, ...] = ()


def told(
    program: Program,
    case: Case,
    found: Iterable[GivenEvent],
    state: str,
    *,
    sight: Sight,
    to_the_second: bool = False,
) -> Told:
    """Return what a receiver is told of a case.

    Args:
        program: the program of the case.
        case: the case.
        found: what is told of it, event by event.
        state: the state of the incident, as far as the receiver sees it.
        sight: what the receiver's roles see.
        to_the_second: leave out events of which only the day is seen.
    """
    seen = sorted(found, key=lambda one: one.entry.number)
    teller = _Teller(program.calendar.time_zone)
    events, left = dict[float, Event](), list[str]()
    for one in seen:
        if isinstance(one.entry.event, EnteredInError):
            continue
        event = teller.event(one) if _stands(one, sight, to_the_second=to_the_second) else None
        if event is None:
            left.append(type(one.entry.event).__name__)
        else:
            events[one.entry.number] = event
    void = {one.entry.number for one in seen if one.entry.voided}.intersection(events)
    record = {**events, **dict(teller.errors(seen, {number: events[number] for number in void}))}
    in_it = [one for one in seen if one.entry.number in record]
    astray = {
        one.entry.number
        for one in in_it
        if one.entry.out_of_place and _is_judged(program, sight, one.entry.event)
    }
    return Told(
        case=_case(program, case.id, record, astray, state),
        days=teller.days,
        left_out=tuple(dict.fromkeys(left)),
        says=tuple(
            dict.fromkeys(row.view.says for one in in_it for row in one.rows if row.view.says)
        ),
        rights=tuple(one.right for one in in_it),
    )


def _stands(one: GivenEvent, sight: Sight, *, to_the_second: bool) -> bool:
    """Return whether an event can be told without what would take it back, and without its time."""
    known = all(name in sight.readers for name in _TAKEN_BACK.get(type(one.entry.event), ()))
    return known and (not to_the_second or any(row.at for row in one.rows))


def _is_judged(program: Program, sight: Sight, event: Event) -> bool:
    """Return whether a sight shows all that decides if an event is out of place."""
    part = program.plan(type(event)).part
    moving = [
        name
        for name, moves in program.lifecycle.table.items()
        if any(a != b for a, b in moves.items())
    ]
    moving += PARTS[part].table if part else ()
    return all(sight.sees(name) for name in moving)


def _case(
    program: Program, id: str, record: Mapping[float, Event], astray: Collection[float], state: str
) -> Case:
    """Return the case of some events by their numbers, of which some are out of place."""
    places = {number: place for place, number in enumerate(sorted(record), start=1)}
    told = {number: _renumbered(record[number], places) for number in places}
    happened = sorted(places, key=lambda number: (record[number].at, number))
    void = frozenset(one.event for one in told.values() if isinstance(one, EnteredInError))
    valid = [number for number in happened if places[number] not in void]
    who = identities(told[number] for number in valid)
    incident = Incident(id=id, state=state)
    for number in valid:
        plan = program.plan(type(told[number]))
        if number not in astray or plan.part is None:
            incident = plan.fold(incident, as_known(told[number], who), state)
    return Case(
        program=program.name,
        incident=incident,
        history=Appended(told[number] for number in happened),
        findings=Findings(
            voided=void,
            out_of_place=tuple(places[number] for number in sorted(astray)),
            numbers=Appended(places[number] for number in happened),
            who=who,
        ),
    )


def _renumbered(event: Event, places: Mapping[float, int]) -> Event:
    return (
        attrs.evolve(event, event=places[event.event])
        if isinstance(event, EnteredInError)
        else event
    )


@attrs.define
class _Teller:
    """Makes events of what rows show of them.

    Args:
        zone: the time zone of the program, for what is a day.

    Attributes:
        days: see `Told`.
    """

    zone: dt.tzinfo
    days: dict[dt.datetime, dt.date] = attrs.field(init=False, factory=dict)

    def event(self, given: GivenEvent) -> Event | None:
        """Return what rows show of an event; None if a field is hidden that it must have."""
        event, rows = given.entry.event, given.rows
        whole = {path for row in rows for path, _ in row.whole}
        coarse = {path for row in rows for path, _ in row.coarse} - whole
        values = self._values(event, whole, coarse)
        exact = any(row.at for row in rows)
        values["at"] = event.at if exact else self._day(event.at)
        values["approximate"] = event.approximate or not exact
        values.setdefault("by", _AUTHOR)
        return _made(type(event), values)

    def errors(
        self, seen: Iterable[GivenEvent], void: Mapping[float, Event]
    ) -> Iterator[tuple[float, EnteredInError]]:
        """Yield what says that events are void, each under its number. Where that is hidden, only
        the mark is told, right after the event.
        """
        said: dict[int, list[tuple[float, EnteredInError]]] = {}
        for one in seen:
            shown = None if one.entry.voided else self.event(one)
            if isinstance(shown, EnteredInError):
                said.setdefault(shown.event, []).append((one.entry.number, shown))
        for number, event in void.items():
            mark = EnteredInError(
                at=event.at, by=_AUTHOR, event=int(number), reason=VoidReason.DID_NOT_HAPPEN
            )
            yield from said.get(int(number), [(number + 0.5, mark)])

    def _values(self, record: Record, whole: Collection[str], coarse: Collection[str]) -> _Values:
        """Return the fields of a record that are shown. Of a field that is a record, a part may be."""
        found: _Values = {}
        for field in _fields(type(record)):
            name, value = field.name, getattr(record, field.name)
            parts = _within(name, whole)
            if name in whole:
                found[name] = value
            elif name in coarse and isinstance(value, dt.datetime):
                found[name] = self._day(value)
            elif name in coarse and isinstance(value, AgeBand):
                found.setdefault("age_group", value.group)
            elif parts and isinstance(value, Record):
                part = self._values(value, parts, _within(name, coarse))
                found[name] = _made(type(value), part) if part else None
        return {name: value for name, value in found.items() if value is not None}

    def _day(self, at: dt.datetime) -> dt.datetime:
        """Return the instant at which the day of a time begins."""
        day = at.astimezone(self.zone).date()
        begin = dt.datetime.combine(day, dt.time(), self.zone).astimezone(UTC)
        self.days[begin] = day
        return begin


def _fields(record: type[Record]) -> tuple[attrs.Attribute[Any], ...]:
    return attrs.fields(record)  # type: ignore[arg-type, no-any-return] # every record is one


def _within(name: str, paths: Collection[str]) -> set[str]:
    """Return the paths inside a field."""
    return {path.removeprefix(f"{name}.") for path in paths if path.startswith(f"{name}.")}


def _made(record: type[_R], values: _Values) -> _R | None:
    """Return a record with these fields and the defaults of the others; None if one has none."""
    needed = {field.name for field in _fields(record) if field.default is attrs.NOTHING}
    return record(**values) if needed <= {*values} else None
