"""What a viewer sees of a case. One pure function answers for every door.

A line that is seen is made from what its rows show of one event, and from the mark that it is void.
Whether a row applies may also depend on a referral's offer and on the consents in force. Nothing else
counts, so a hidden event leaves no trace: no gap in the numbers, no place in the order.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import attrs

from coresponder.domain.consents import consents_in_force
from coresponder.domain.events import (
    EmergencyAccessOpened,
    EnteredInError,
    Event,
    NoContactLifted,
    NoContactMarked,
)
from coresponder.domain.identity import known_as
from coresponder.domain.objects import Consent, Incident
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import (
    ConsentScope,
    DisclosureBasis,
    Need,
    Purpose,
    ReceiverKind,
)
from coresponder.program.case import Case, Entry
from coresponder.program.declaration import Declaration
from coresponder.program.emergency import access_to, accesses_of, rows_open, standing
from coresponder.program.seen import Seen, SeenLine, Value
from coresponder.program.viewing import Condition, Reader, Sight, Viewer

__all__ = [
    "GivenEvent",
    "Restricted",
    "Seen",
    "SeenLine",
    "apart_from_sides",
    "basis_of",
    "consented",
    "given",
    "looked",
    "seen",
    "sight",
]


@attrs.frozen
class Restricted:
    """An event of which a look shows something that the disclosure log must have.

    Attributes:
        event: the event.
        people: whom it is about; everybody in the incident, if it names nobody.
        basis: by which right it is shown.
        consents: the ids of the consents on which that rests.
        access: the id of the emergency access on which that rests.
    """

    event: Event
    people: tuple[str, ...]
    basis: DisclosureBasis
    consents: tuple[str, ...] = ()
    access: str | None = None


@attrs.frozen
class GivenEvent:
    """An event that goes to a receiver.

    Attributes:
        entry: the event.
        rows: the rows that show something of it.
        right: whom it is about, and by which right it is given.
    """

    entry: Entry
    rows: tuple[Reader, ...]
    right: Restricted


def sight(
    program: Declaration,
    viewer: Viewer,
    purpose: Purpose,
    apart: Collection[str] = (),
    opened: Iterable[EmergencyAccessOpened] = (),
) -> Sight:
    """Return what a viewer's roles see of events for a purpose, by the program's views.

    Args:
        program: the program.
        viewer: who asks.
        purpose: for what.
        apart: the people who are kept apart from those for whom the viewer asks.
        opened: the emergency accesses of the viewer that stand.
    """
    return program.sight(viewer.roles, purpose, apart=bool(apart), opened=rows_open(opened))


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
        at: the instant by which consents and emergency accesses count.
        apart: the people who are kept apart from those for whom the viewer asks; by default, by
            what was marked in this case.
    """
    apart = apart_from_sides(case, viewer) if apart is None else apart
    opened = standing(accesses_of(case, viewer, purpose), at)
    return _Look(program, case, viewer, purpose, at, apart, opened).seen()


def looked(
    program: Declaration,
    case: Case,
    viewer: Viewer,
    purpose: Purpose,
    at: dt.datetime,
    apart: frozenset[str],
    opened: tuple[EmergencyAccessOpened, ...],
) -> tuple[Seen, tuple[Restricted, ...]]:
    """Return what `seen` returns with these emergency accesses, and what of it the disclosure log
    must have.
    """
    look = _Look(program, case, viewer, purpose, at, apart, opened)
    return look.seen(), tuple(look.restricted())


def given(
    program: Declaration,
    case: Case,
    viewer: Viewer,
    purpose: Purpose,
    at: dt.datetime,
    apart: frozenset[str],
) -> tuple[GivenEvent, ...]:
    """Return the events of which `seen` shows something, as they are given to a receiver: what
    leaves the agency is logged, whatever its row says. An emergency access ends, and a document
    stays, so it opens nothing here.
    """
    return tuple(_Look(program, case, viewer, purpose, at, apart, opened=()).given())


def basis_of(purpose: Purpose) -> DisclosureBasis:
    """Return by which right something is shown for a purpose, where it needs no consent. Oversight
    and research rest on the law (45 CFR 164.512(d) and (i)).
    """
    served = purpose in {Purpose.TREATMENT, Purpose.OPERATIONS}
    return DisclosureBasis.DUTY if served else DisclosureBasis.LAW


@attrs.define
class _Look:
    program: Declaration
    case: Case
    viewer: Viewer
    purpose: Purpose
    at: dt.datetime
    apart: frozenset[str]
    opened: tuple[EmergencyAccessOpened, ...]
    found: list[tuple[Entry, list[Reader]]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        readers = sight(self.program, self.viewer, self.purpose, self.apart, self.opened).readers
        self.found = [
            (entry, rows)
            for entry in self.case.entries(readers)
            if (rows := self._shown(entry.event, readers[type(entry.event).__name__]))
        ]

    @functools.cached_property
    def everybody(self) -> tuple[str, ...]:
        """Whom an event that names nobody is about."""
        return tuple(one.id for one in self.case.incident.people)

    def seen(self) -> Seen:
        return Seen(incident=self.case.id, program=self.case.program, lines=tuple(self._lines()))

    def restricted(self) -> Iterator[Restricted]:
        """Yield the events of which something is shown only by rows that are logged."""
        for entry, shown in self.found:
            open_to_all = [one for one in shown if not one.view.logged]
            rows = [one for one in shown if one.view.logged and one.adds_to(open_to_all)]
            if rows:
                yield self._by_rows(entry.event, rows, shown)

    def given(self) -> Iterator[GivenEvent]:
        """Yield the events of which something is shown, with the rows that show it."""
        for entry, shown in self.found:
            yield GivenEvent(entry, tuple(shown), self._by_rows(entry.event, shown, shown))

    def _by_rows(self, event: Event, rows: Sequence[Reader], shown: Sequence[Reader]) -> Restricted:
        person, _ = self._about(event)
        people = self.everybody if person is None else (person,)
        return Restricted(event, people, *self._right(rows, shown, person))

    def _right(
        self, rows: Sequence[Reader], shown: Sequence[Reader], person: str | None
    ) -> tuple[DisclosureBasis, tuple[str, ...], str | None]:
        """Return by which right an event is shown: an emergency access if only that shows some of
        it, and a consent only if each of the rows that are logged needs one.
        """
        always = [one for one in shown if not one.view.emergency_access]
        beyond = {one.view.id for one in rows if one.view.emergency_access and one.adds_to(always)}
        if beyond:
            return DisclosureBasis.EMERGENCY_ACCESS, (), access_to(beyond, self.opened)
        scopes = [one.view.with_consent for one in rows if not one.view.emergency_access]
        if person is None or None in scopes:
            return basis_of(self.purpose), (), None
        found = [
            one.id
            for scope in scopes
            if scope is not None
            for one in _consents(
                self.case.incident, person, scope, self.viewer, self.purpose, self.at
            )
        ]
        return DisclosureBasis.CONSENT, tuple(dict.fromkeys(id for id in found if id)), None

    def _lines(self) -> Iterator[SeenLine]:
        """Yield what is seen. Where only the day is seen, the place is the beginning of the day."""
        found = self.found
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
        referral is for, and for what, is known from its offer, and whom a follow-up is with from
        its plan.
        """
        referral = self.case.incident.referral(getattr(event, "referral", ""))
        part = referral or self.case.incident.follow_up(getattr(event, "follow_up", ""))
        person: str | None = getattr(event, "person", None)
        if person is None and part is not None:
            person = part.person
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
    return bool(_consents(incident, person, scope, viewer, purpose, at))


def _consents(
    incident: Incident,
    person: str,
    scope: ConsentScope,
    viewer: Viewer,
    purpose: Purpose,
    at: dt.datetime,
) -> list[Consent]:
    """Return the consents by which `consented` is true."""
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
    return [one for one in found if not outside or one.receiver or one.receiver_kind]
