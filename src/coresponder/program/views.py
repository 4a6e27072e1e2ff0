"""What a viewer sees of a case. One pure function answers for every door.

A line that is seen is made from what its rows show of one event, and from the mark that it is void.
Whether a row applies may also depend on a referral's offer and on the consents in force. Nothing else
counts, so a hidden event leaves no trace: no gap in the numbers, no place in the order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import attrs

from coresponder.domain.consents import consents_in_force
from coresponder.domain.events import (
    EnteredInError,
    Event,
    NoContactLifted,
    NoContactMarked,
)
from coresponder.domain.identity import known_as
from coresponder.domain.objects import Incident
from coresponder.domain.types import UTC, say_time, say_times
from coresponder.domain.vocabulary import ConsentScope, Need, Purpose, ReceiverKind
from coresponder.policy.words import say_details, say_event
from coresponder.program.case import Case, Entry
from coresponder.program.declaration import Declaration
from coresponder.program.viewing import Condition, Reader, Sight, Viewer

__all__ = ["Seen", "SeenLine", "apart_from_sides", "consented", "seen", "sight"]

Value = Any
"""A value as JSON has it."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class SeenLine:
    """What is seen of one event.

    Attributes:
        number: its place among the events that are seen, in the order in which they were recorded.
            It is the record's number only if every event is seen.
        event: the event type.
        at: when it happened; a day if only the day is seen.
        fields: the fields that are seen, as JSON has them.
        approximate: the time is approximate, if the time is seen.
        voided: it was entered in error.
        says: what must be told along with it.
    """

    number: int
    event: str
    at: dt.datetime | dt.date
    fields: dict[str, Value]
    approximate: bool = False
    voided: bool = False
    says: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the line as text."""
        return self.say()

    def say(self, zone: dt.tzinfo = UTC) -> str:
        """Return the line as text, with times in a time zone."""
        at = say_time(self.at, zone) if isinstance(self.at, dt.datetime) else str(self.at)
        details = say_details(say_times(self.fields, zone))
        marks = {"approximate time": self.approximate, "void": self.voided}
        notes = "; ".join(mark for mark, on in marks.items() if on)
        return (
            f"{at} {self.number:>3} {say_event(self.event)}"
            + (f" ({details})" if details else "")
            + (f"  [{notes}]" if notes else "")
        )

    def to_dict(self) -> dict[str, Value]:
        """Return the line as JSON has it."""
        return {
            "number": self.number,
            "event": self.event,
            "at": self.at.isoformat(),
            "fields": self.fields,
            "approximate": self.approximate,
            "voided": self.voided,
            "says": list(self.says),
        }


@attrs.frozen(kw_only=True)
class Seen:
    """What a viewer sees of an incident.

    Attributes:
        incident: the incident's id.
        program: the program under which it runs.
        lines: what is seen of its events, in the order in which things happened.
    """

    incident: str
    program: str
    lines: tuple[SeenLine, ...]

    @property
    def says(self) -> tuple[str, ...]:
        """What must be told along with it, each text once."""
        return tuple(dict.fromkeys(text for line in self.lines for text in line.says))

    @property
    def opened(self) -> dt.datetime | dt.date | None:
        """The time of the first call that is seen."""
        return next((line.at for line in self.lines if line.event == "CallReceived"), None)

    @property
    def nature(self) -> str | None:
        """The nature that was seen last."""
        return self._last({"CallReceived", "CallTriaged"}, "nature")

    @property
    def disposition(self) -> str | None:
        """The disposition that was seen last."""
        return self._last({"DispositionRecorded"}, "disposition")

    def _last(self, events: set[str], field: str) -> str | None:
        found = (
            line.fields.get(field)
            for line in reversed(self.lines)
            if line.event in events and not line.voided
        )
        return next((value for value in found if value is not None), None)

    def to_dict(self) -> dict[str, Value]:
        """Return it as JSON has it."""
        return {
            "incident": self.incident,
            "program": self.program,
            "lines": [line.to_dict() for line in self.lines],
            "says": list(self.says),
        }


def sight(
    program: Declaration, viewer: Viewer, purpose: Purpose, apart: Collection[str] = ()
) -> Sight:
    """Return what a viewer's roles see of events for a purpose, by the program's views.

    Args:
        program: the program.
        viewer: who asks.
        purpose: for what.
        apart: the people who are kept apart from those for whom the viewer asks.
    """
    return program.sight(viewer.roles, purpose, apart=bool(apart))


def apart_from_sides(case: Case, viewer: Viewer) -> frozenset[str]:
    """Return the people who are kept apart, in a case, from those for whom a viewer asks. Source:
    34 U.S.C. 12291(b)(2).
    """
    who = case.findings.who
    sides = {known_as(who, one) for one in viewer.sides}
    people = case.incident.people if sides else ()
    return frozenset(
        known_as(who, other)
        for person in people
        if known_as(who, person.id) in sides
        for other in person.apart_from
    )


def seen(
    program: Declaration,
    case: Case,
    viewer: Viewer,
    purpose: Purpose,
    at: dt.datetime,
    apart: frozenset[str] | None = None,
) -> Seen:
    """Return what a viewer sees of a case.

    Args:
        program: the program of the case; its views decide.
        case: the case.
        viewer: who asks.
        purpose: for what.
        at: the instant by which consents count.
        apart: the people who are kept apart from those for whom the viewer asks; by default, by
            what was marked in this case.
    """
    apart = apart_from_sides(case, viewer) if apart is None else apart
    looked = _Look(program, case, viewer, purpose, at, apart)
    return Seen(incident=case.id, program=case.program, lines=tuple(looked.lines()))


@attrs.define
class _Look:
    program: Declaration
    case: Case
    viewer: Viewer
    purpose: Purpose
    at: dt.datetime
    apart: frozenset[str]

    def lines(self) -> Iterator[SeenLine]:
        """Yield what is seen. Where only the day is seen, the place is the beginning of the day."""
        readers = sight(self.program, self.viewer, self.purpose, self.apart).readers
        found = [
            (entry, shown)
            for entry in self.case.entries()
            if (shown := self._shown(entry.event, readers.get(type(entry.event).__name__, ())))
        ]
        numbers = sorted(entry.number for entry, _ in found)
        places = {number: place for place, number in enumerate(numbers, start=1)}
        order = sorted(
            (self._begin(entry.event.at, shown), places[entry.number], i)
            for i, (entry, shown) in enumerate(found)
        )
        for _, place, i in order:
            yield self._line(*found[i], place, places)

    def _shown(self, event: Event, readers: Sequence[Reader]) -> list[Reader]:
        """Return the rows that show an event."""
        return [
            one for one in readers if one.condition is None or self._holds(one.condition, event)
        ]

    def _holds(self, condition: Condition, event: Event) -> bool:
        if condition.apart and self._names_apart(event):
            return False
        person, need = self._about(event)
        if condition.needs and need not in condition.needs:
            return False
        if condition.own and person != self.viewer.id:
            return False
        scope = condition.with_consent
        return scope is None or (
            person is not None
            and consented(self.case.incident, person, scope, self.viewer, self.purpose, self.at)
        )

    def _names_apart(self, event: Any) -> bool:
        """Return whether an event may be about somebody who is kept apart. A mark is shown to the
        side that it protects. What belongs to a referral, a follow-up or a note of nobody in
        particular may be about anybody.
        """
        who = self.case.findings.who
        if isinstance(event, NoContactMarked | NoContactLifted):
            return known_as(who, event.protects) in self.apart
        follow_up = self.case.incident.follow_up(getattr(event, "follow_up", ""))
        named = [self._about(event)[0], follow_up and follow_up.person]
        named += [getattr(event, field, None) for field in ("identified_as", "subject")]
        known = [known_as(who, one) for one in named if one]
        open_to_all = any(hasattr(event, field) for field in ("referral", "follow_up", "subject"))
        return bool(self.apart.intersection(known)) or (open_to_all and not known)

    def _about(self, event: Any) -> tuple[str | None, Need | None]:
        """Return whom an event is about, and for which need if it is about a referral. Who a
        referral is for, and for what, is known from its offer.
        """
        referral = self.case.incident.referral(getattr(event, "referral", ""))
        person: str | None = getattr(event, "person", None)
        if person is None and referral is not None:
            person = referral.person
        need = None if referral is None else referral.need
        return None if person is None else known_as(self.case.findings.who, person), need

    def _begin(self, at: dt.datetime, shown: Iterable[Reader]) -> dt.datetime:
        return at if any(one.at for one in shown) else self._midnight(at)

    def _midnight(self, at: dt.datetime) -> dt.datetime:
        local = at.astimezone(self.program.calendar.time_zone)
        return dt.datetime.combine(local.date(), dt.time(), local.tzinfo).astimezone(UTC)

    def _day(self, at: dt.datetime) -> dt.date:
        return at.astimezone(self.program.calendar.time_zone).date()

    def _line(
        self, entry: Entry, shown: Sequence[Reader], number: int, places: dict[int, int]
    ) -> SeenLine:
        event = entry.event
        exact = any(one.at for one in shown)
        fields = self._fields(event, shown)
        if isinstance(event, EnteredInError) and "event" in fields:
            fields["event"] = places.get(event.event)
        return SeenLine(
            number=number,
            event=type(event).__name__,
            at=event.at if exact else self._day(event.at),
            fields={name: value for name, value in fields.items() if value not in (None, [])},
            approximate=exact and event.approximate,
            voided=entry.voided,
            says=tuple(dict.fromkeys(one.view.says for one in shown if one.view.says)),
        )

    def _fields(self, event: Event, shown: Sequence[Reader]) -> dict[str, Value]:
        """Return the fields that some row shows; what one row shows whole is not coarse in another."""
        fields: dict[str, Value] = {}
        for one in shown:
            for name, read in one.coarse:
                value = read(event)
                fields[name] = (
                    self._day(value).isoformat() if isinstance(value, dt.datetime) else value
                )
        for one in shown:
            for name, read in one.whole:
                fields[name] = read(event)
        fields.pop("approximate", None)
        return fields


def consented(
    incident: Incident,
    person: str,
    scope: ConsentScope,
    viewer: Viewer,
    purpose: Purpose,
    at: dt.datetime,
) -> bool:
    """Return whether a consent of a person to a scope lets a viewer see it at an instant.

    A consent that names a receiver is for that agency only. To a viewer outside the team, such as a
    partner agency, only a consent that names the receiver, or the kind of receiver, counts. Source:
    45 CFR 164.508(c)(1)(iii); 42 CFR 2.31(a)(4).

    Args:
        incident: the incident, with the consents that were recorded in it.
        person: the person's id.
        scope: what they consented to.
        viewer: who would see it; the receiver is the viewer's agency.
        purpose: for what.
        at: the instant.
    """
    outside = [kind for kind in ReceiverKind if kind.value in viewer.roles]
    found = (
        one
        for kind in (*outside, *([] if outside else [None]))
        for one in consents_in_force(
            incident,
            person=person,
            scope=scope,
            at=at,
            receiver=viewer.agency,
            receiver_kind=kind,
            purpose=purpose,
        )
    )
    return any(not outside or one.receiver or one.receiver_kind for one in found)
