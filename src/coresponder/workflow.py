"""The service that a host embeds: load, advance, append with its notices in one transaction, then deliver."""

from __future__ import annotations

import copy
import datetime as dt
import logging
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, Self

import attrs

from coresponder.clock import utc_now
from coresponder.domain.events import CallReceived, Decision, Event, NoteAdded, PersonInvolved, TeamDispatched, TeamUnavailable
from coresponder.domain.objects import Responder
from coresponder.domain.types import Instant, local_code, opaque_id, utc
from coresponder.domain.vocabulary import Nature
from coresponder.errors import CorruptRecord, InvalidEvent, InvalidProgram, NotFound, Refused, ResponderTaken, StaleVersion
from coresponder.notifiers.base import Notifier
from coresponder.policy.refusal import Obligation
from coresponder.policy.words import say_event
from coresponder.program import Case, Notice, Override, Permission, Program, Step, permitted, program_from_definition
from coresponder.program.case import unreadable_notice
from coresponder.program.engaged import moved_by, sent_again, step_that_sent
from coresponder.program.notices import horizon
from coresponder.proof.ahead import LookAhead
from coresponder.record import Record
from coresponder.relay import Relay
from coresponder.staffing import Staffing
from coresponder.stores.base import Append, Contact, Store, Summary
from coresponder.stores.codec import decode, encode

__all__ = ["Line", "Owed", "Workflow"]

_LOG = logging.getLogger("coresponder")
_CACHED = 512
_TRIES = 1000  # of writers who meet on one incident one gets through each time
_NEVER = 2**31
_TOLERANCE = dt.timedelta(minutes=5)


def _say_details(value: Any) -> str:
    """Return what an event says in one line; what is empty, zero or false is left out."""
    if isinstance(value, dict):
        said = [(key.replace("_", " "), _say_details(one)) for key, one in value.items() if one not in (None, [], {}, False, 0)]
        return ", ".join(f"{key} {text}" for key, text in said if text)
    if isinstance(value, list):
        return " + ".join(map(_say_details, value))
    return "yes" if value is True else str(value)


@attrs.frozen(kw_only=True)
class Line(Record):
    """One line of a timeline."""

    number: int
    at: Instant
    event: str
    by: str
    kind: str
    details: dict[str, Any]
    approximate: bool
    out_of_place: bool
    voided: bool
    violations: tuple[str, ...]
    doubtful: bool = False

    def __str__(self) -> str:
        """Say it in one line."""
        marks = {"approximate time": self.approximate, "doubtful time": self.doubtful, "out of place": self.out_of_place, "void": self.voided}
        notes = [mark for mark, on in marks.items() if on]
        notes += [f"violates {policy}" for policy in self.violations]
        details = _say_details(self.details)
        return (
            f"{self.at:%Y-%m-%d %H:%M} {self.number:>3} {say_event(self.event)}"
            + (f" ({details})" if details else "")
            + (f"  [{'; '.join(notes)}]" if notes else "")
        )


@attrs.frozen(kw_only=True)
class Owed(Record):
    """An obligation and the incident that it belongs to.

    Attributes:
        unreadable: the record cannot be read, so what is owed first is to restore it, and what else is owed is not known.
    """

    incident: str
    obligation: Obligation
    unreadable: bool = False


_UNREADABLE = (CorruptRecord, InvalidEvent, InvalidProgram, NotFound)
"""What one record can be at fault with. Of a database that is down no answer is given at all."""


def _to_restore(summary: Summary, why: Exception | str, now: dt.datetime) -> Owed:
    """Return what is owed of a record that cannot be read; the earliest deadline is what its head row keeps."""
    due = summary.next_due
    owed = Obligation(
        policy="unreadable-record",
        what="Restore the record, which cannot be read: what else is owed is not known",
        why=str(why),
        source="the store",
        due=due,
        overdue=due is not None and due < now,
    )
    return Owed(incident=summary.incident, obligation=owed, unreadable=True)


@attrs.define
class Workflow:
    """Run incidents under a program, in a store.

    Args:
        program: new incidents begin under it; those begun under an earlier version stay with that.
        store: where everything is kept.
        notifier: carries notices after each commit; without one they wait in the outbox.
        agency: part of every key.
        earlier: older versions of the program, needed only when they were built in Python; those from TOML are in the store.
        clock: stamps `recorded_at`; the core itself reads none.
    """

    program: Program
    store: Store
    notifier: Notifier | None = None
    agency: str = attrs.field(default="default", kw_only=True, validator=lambda _, __, value: _check_agency(value))
    earlier: tuple[Program, ...] = attrs.field(default=(), converter=tuple, kw_only=True)
    clock: Callable[[], dt.datetime] = attrs.field(default=utc_now, kw_only=True)
    _programs: dict[str, Program] = attrs.field(init=False, factory=dict)
    _ahead: dict[str, LookAhead] = attrs.field(init=False, factory=dict)
    _cases: OrderedDict[str, Case] = attrs.field(init=False, factory=OrderedDict)
    _lock: Lock = attrs.field(init=False, factory=Lock)

    def __attrs_post_init__(self) -> None:
        """Keep the program's definition with the incidents that will be run under it."""
        self._programs = {p.name: p for p in (*self.earlier, self.program)}
        if self.program.definition:
            self.store.save_program(self.program.name, self.program.definition)

    def __copy__(self) -> Self:
        """Return a workflow with the same parts, for `within`."""
        twin = object.__new__(type(self))
        for field in attrs.fields(type(self)):
            object.__setattr__(twin, field.name, getattr(self, field.name))
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        """Say that connections do not go to another process, and what does."""
        raise TypeError("a workflow has connections and cannot be passed to another process; pass its program, and open the store there")

    # --- what a host does -----------------------------------------------------------------------------------------------

    def receive(self, event: CallReceived, *, incident: str | None = None) -> Step:
        """Open an incident with its first event; an id is made when the host has none.

        Raises:
            StaleVersion: an incident with this id is already there.
        """
        id = incident or uuid.uuid4().hex
        return self.record(id, event, expected=0)

    def record(self, incident: str, event: Event, *, override: Override | None = None, expected: int | None = None) -> Step:
        """Take the next event of an incident.

        Args:
            incident: the incident's id.
            event: what happened or is decided.
            override: take a refused decision all the same, with an actor and a reason.
            expected: the version that the caller saw; without it the step is repeated on the newest version.

        Raises:
            Refused: the decision is not permitted; nothing was written.
            StaleVersion: somebody else was first.
            ResponderTaken: somebody of a team that is sent is busy with another incident; an override takes her over.
            InvalidEvent: it lies in the future, or is not of this program.
            NotFound: there is no such incident.
        """
        now = self.clock()
        _check_time(event, now)
        for attempt in range(_TRIES):
            opens = expected == 0 and isinstance(event, CallReceived)  # that nobody was faster is found out by writing
            case = self.program.open(incident) if opens else self._case(incident, new=isinstance(event, CallReceived))
            if expected is not None and case.version != expected:
                self._cases.pop(incident, None)
                found = self.store.version(self.agency, incident)
                if found != expected:
                    raise StaleVersion(incident, expected, found)
                case = self._case(incident, new=expected == 0)
            try:
                return self._step(case, self._with_prior(case, event), override, now)
            except StaleVersion:
                self._cases.pop(incident, None)
                if expected is not None or attempt == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")  # pragma: no cover

    def dispatch(self, incident: str, responders: Iterable[Responder], *, at: dt.datetime, by: str) -> tuple[Staffing, Step]:
        """Choose a team from these responders and record it. If nobody qualifies, that is recorded instead and becomes an obligation.

        A team that was sent to this incident already, and has not cleared, is not sent again: the step that sent it is returned, so that
        a host may repeat its call.

        Raises:
            Refused: the decision is not permitted, or the whole team was already sent, in parts; nothing was written.
            ResponderTaken: another dispatcher was faster; it says where the responder is and who would be next. Nothing was written.
        """
        case, at = self.case(incident), utc(at)
        nature = case.incident.call.nature if case.incident.call else Nature.OTHER
        program, responders = self.program_of(case), tuple(responders)
        staffing = program.staff(responders, at=at, nature=nature)
        event: Event
        if staffing.team is None:
            event = TeamUnavailable(at=at, by=by, missing=tuple(attempt.tier for attempt in staffing.attempts))
        else:
            event = TeamDispatched(at=at, by=by, team=staffing.team)
        try:
            return staffing, self.record(incident, event)
        except Refused:
            there = step_that_sent(program, self.case(incident), event) if isinstance(event, TeamDispatched) else None
            if there is None:
                raise
            return Staffing(team=there.events[-1].team), there  # type: ignore[attr-defined]
        except ResponderTaken as taken:
            busy = {one.responder for one in self.store.engaged(self.agency) if one.incident != incident} | {taken.responder}
            rest = program.staff([r for r in responders if r.id not in busy], at=at, nature=nature)
            raise ResponderTaken(taken.responder, taken.incident, taken.since, rest) from None

    def replay(self, incident: str, events: Iterable[Event]) -> Case:
        """Take a whole history that happened elsewhere, for example out of a CAD export. Nothing is refused; violations count."""
        case = self.program.replay(incident, events)
        empty = self.program.open(incident)
        self.store.append(self._append(self.program, empty, case, case.recorded(), (), self.clock()))
        return case

    def note(
        self, incident: str, text: str, *, at: dt.datetime, by: str, subject: str | None = None, kind: str = "note", audience: str = "all"
    ) -> Step:
        """Put words into the vault and a `NoteAdded` into the log. A note that cannot be recorded leaves no words behind.

        Raises:
            ValueError: somebody is not named by an id, or there is a character in the words that no database keeps.
            NotFound: there is no such incident.
        """
        event = NoteAdded(at=at, by=by, entry="none-yet", digest="none-yet", subject=subject)
        _check_time(event, self.clock())
        self.case(incident)
        receipt = self.store.remember(self.agency, subject=subject or incident, kind=kind, audience=audience, text=text)
        return self.record(incident, attrs.evolve(event, entry=receipt.id, digest=receipt.digest))

    # --- what a host asks -----------------------------------------------------------------------------------------------

    def case(self, incident: str) -> Case:
        """Return the case as it is now; raise `NotFound`."""
        known = self._cases.get(incident)
        if known is not None and known.version == self.store.version(self.agency, incident):
            return known
        self._cases.pop(incident, None)
        return self._case(incident)

    def program_of(self, case: Case) -> Program:
        """Return the program, in the version that a case began under."""
        return self._program_named(case.program)

    def permitted(self, incident: str, now: dt.datetime | None = None) -> tuple[Permission, ...]:
        """Return what may be recorded now and why not the rest."""
        case, now = self.case(incident), self._time(now)
        program = self.program_of(case)
        found = permitted(program, case, now)
        if not program.look_ahead:
            return found
        if program.name not in self._ahead:
            self._ahead[program.name] = LookAhead(program)
        dead_ends = self._ahead[program.name].dead_ends(case, now)
        return tuple(attrs.evolve(p, dead_ends=dead_ends[p.event]) if p.permitted and p.event in dead_ends else p for p in found)

    def due(self, now: dt.datetime | None = None, *, before: dt.datetime | None = None) -> tuple[Owed, ...]:
        """Return all that is owed in all incidents, the most urgent first; with `before`, only what is due by then.

        A record that cannot be read does not stop the answer: it comes first, as something to restore, whatever `before` says.
        """
        now, before = self._time(now), before and utc(before)
        found: list[Owed] = []
        for summary in self.store.find(self.agency, owing=True):
            if summary.unreadable:
                found.append(_to_restore(summary, summary.unreadable, now))
            try:
                case = self.case(summary.incident)
                found += [Owed(incident=case.id, obligation=o) for o in self.program_of(case).obligations(case, now)]
            except _UNREADABLE as fault:
                found.append(_to_restore(summary, fault, now))
        chosen = [o for o in found if o.unreadable or before is None or (o.obligation.due is not None and o.obligation.due <= before)]
        return tuple(sorted(chosen, key=lambda o: (not o.unreadable, o.obligation.due is None, o.obligation.due or now, o.incident)))

    def timeline(self, incident: str) -> tuple[Line, ...]:
        """Return the history line by line, in the order in which things happened."""
        case = self.case(incident)
        broken: dict[int, list[str]] = {}
        for violation in case.violations:
            broken.setdefault(violation.event, []).append(violation.policy)
        lines = []
        for entry in case.entries():
            details = entry.event.to_dict()
            shown = {k: v for k, v in details.items() if k not in {"at", "by", "approximate"}}
            kind = "decision" if isinstance(entry.event, Decision) else "fact"
            lines.append(
                Line(
                    number=entry.number,
                    at=entry.event.at,
                    event=type(entry.event).__name__,
                    by=entry.event.by,
                    kind=kind,
                    details=shown,
                    approximate=entry.event.approximate,
                    out_of_place=entry.out_of_place,
                    voided=entry.voided,
                    doubtful=entry.doubtful,
                    violations=tuple(broken.get(entry.number, ())),
                )
            )
        return tuple(lines)

    def find(
        self, *, state: str | None = None, person: str | None = None, due_before: dt.datetime | None = None, owing: bool = False
    ) -> tuple[Summary, ...]:
        """Return the incidents that fit all that is given, the earliest due first."""
        return self.store.find(self.agency, state=state, person=person, due_before=due_before, owing=owing)

    def deliver(self, *, limit: int = 100) -> int:
        """Hand waiting notices to the notifier; return how many went. One that fails waits for the next time.

        Nothing goes inside a batch or in the host's transaction: what is not committed is told to nobody. For waiting longer after
        each failure, and for giving up, run a `Relay` instead of a notifier.
        """
        if self.notifier is None or not self.store.settled:
            return 0
        relay = Relay(
            store=self.store, notifier=self.notifier, agency=self.agency, clock=self.clock, wait=lambda attempt: dt.timedelta(0), most_attempts=_NEVER,
        )  # fmt: skip
        sent = 0
        while sent < limit:
            one = relay.run_once()
            sent += one.sent
            if one.failed or not one.tried:
                break
        return sent

    def tick(self, now: dt.datetime | None = None) -> int:
        """Let time pass: put what is due soon or overdue at `now` into the outbox, once, and make a checkpoint; return how many notices were new.

        It changes no incident. Run it every minute or so: what it finds does not depend on how often it is run. Of a record that
        cannot be read a person is told once, the log each time, and the others go on.
        """
        now, new = self._time(now), 0
        for summary in self.store.find(self.agency, owing=True):
            try:
                notices = self._due_of(summary, now)
            except _UNREADABLE as fault:
                _LOG.error("incident %s cannot be read, so nobody is told what it owes: %s", summary.incident, fault)
                notices = (unreadable_notice(summary.incident, str(fault)),)
            new += self.store.notify(self.agency, notices, at=now)
        self.store.checkpoint(self.agency, at=now)
        self.deliver()
        return new

    def _due_of(self, summary: Summary, now: dt.datetime) -> tuple[Notice, ...]:
        """Return what time gives rise to in one incident; it is not read before that may be anything."""
        if summary.unreadable:
            raise CorruptRecord(summary.unreadable)
        program = self._program_named(summary.program)
        ahead = horizon(program)
        if ahead is None or summary.next_due is None or summary.next_due > now + ahead:
            return ()
        return program.notices_due(self.case(summary.incident), now)

    def within(self, connection: Any) -> Workflow:
        """Return this workflow in the transaction of a host's connection: a roll-back takes events and notices with it.

        Args:
            connection: what `SqlStore.join` takes. The notices wait in the outbox for a relay, which sees them after the host's commit.
        """
        from coresponder.stores.sql import SqlStore

        joined = copy.copy(self)
        joined.store, joined.notifier = SqlStore.join(connection), None
        joined._cases, joined._lock = OrderedDict(), Lock()  # noqa: SLF001 - ours
        return joined

    # --- inside ---------------------------------------------------------------------------------------------------------

    def _time(self, now: dt.datetime | None) -> dt.datetime:
        """Return the time that was given, or else the clock's; raise `ValueError` if it has no time zone."""
        return self.clock() if now is None else utc(now)

    def _program_named(self, name: str) -> Program:
        """Return a program that was brought, or make it from the definition that the store keeps."""
        if name not in self._programs:
            self._programs[name] = program_from_definition(self.store.load_program(name), source=name)
        return self._programs[name]

    def _case(self, incident: str, *, new: bool = False) -> Case:
        known = self._cases.get(incident)
        if known is not None:
            return known
        try:
            stored = self.store.load(self.agency, _an_id(incident))
        except NotFound:
            if new:
                return self.program.open(incident)
            raise
        program = self._program_named(stored.program)
        events = [decode(row, program.vocabulary, where=f"incident {incident}, ") for row in stored.rows]
        return self._keep(program.replay(incident, events))

    def _keep(self, case: Case) -> Case:
        """Keep a case for the next step; one that is not committed yet may never be."""
        if not self.store.settled:
            return case
        with self._lock:
            self._cases[case.id] = case
            self._cases.move_to_end(case.id)
            if len(self._cases) > _CACHED:
                self._cases.popitem(last=False)
        return case

    def _with_prior(self, case: Case, event: Event) -> Event:
        """Record with a person what the store knew of them."""
        if not isinstance(event, PersonInvolved) or event.prior is not None:
            return event
        return attrs.evolve(event, prior=self.store.prior(self.agency, event.person, at=event.at, excluding=case.id))

    def _step(self, case: Case, event: Event, override: Override | None, now: dt.datetime) -> Step:
        program = self.program_of(case)
        step = program.advance(case, event, override)
        if not step.accepted:
            raise Refused(type(event).__name__, step.refusals)
        if isinstance(event, TeamDispatched) and override is None:
            self._check_sent(case, event, program)
        events, notices = step.events, step.notices
        forced = override is not None or not isinstance(event, Decision)
        self.store.append(self._append(program, case, step.case, events, notices, now, moved_by(step), forced=forced))
        self._keep(step.case)
        if notices and self.notifier is not None:
            self.deliver()
        return step

    def _check_sent(self, case: Case, event: TeamDispatched, program: Program) -> None:
        """Refuse a team of whom everybody was already sent. Who is with another incident by now is no longer here, and the store says so."""
        refusal = sent_again(case, event, program.lifecycle)
        if refusal is None:
            return
        elsewhere = {one.responder for one in self.store.engaged(self.agency) if one.incident != case.id}
        if len(set(event.responders)) < len(event.responders) or not elsewhere.intersection(event.responders):
            raise Refused(type(event).__name__, (refusal,))

    def _append(
        self,
        program: Program,
        before: Case,
        after: Case,
        events: tuple[Event, ...],
        notices: tuple[Notice, ...],
        now: dt.datetime,
        moved: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
        *,
        forced: bool = False,
    ) -> Append:
        next_due, owed = program.book.load(after.cells)
        incident = after.incident
        summary = Summary(
            incident=after.id,
            program=after.program,
            state=after.state,
            version=after.version,
            opened_at=program.opened_at(after),
            disposition=incident.disposition and incident.disposition.value,
            next_due=next_due,
            obligations=owed,
        )
        rows = tuple([(kind, version, e.at, body) for e in events for kind, version, body in (encode(e),)])
        return Append(
            agency=self.agency,
            expected=before.version,
            rows=rows,
            recorded_at=now,
            summary=summary,
            contacts=_contacts(program, before, after),
            gone=_gone(before, after),
            notices=notices,
            engages=moved[0],
            releases=moved[1],
            forced=forced,
        )


def _an_id(incident: str) -> str:
    """Return the id; raise `NotFound` if it is none: no incident can have it."""
    try:
        return opaque_id(incident)
    except ValueError as error:
        raise NotFound(f"there is no incident {incident!r}: {error}") from None


def _check_agency(value: str) -> None:
    try:
        local_code(value)
    except ValueError as error:
        raise ValueError(f"agency: {error}") from None


def _check_time(event: Event, now: dt.datetime) -> None:
    if event.at > now + _TOLERANCE:
        raise InvalidEvent(
            f"{type(event).__name__} at {event.at.isoformat()} lies in the future (it is {now.isoformat()}); check the clock and the time zone"
        )


def _gone(before: Case, after: Case) -> tuple[str, ...]:
    """Return the people who are no part of the incident any more: their involvement was entered in error."""
    if before.incident.people is after.incident.people:
        return ()
    return tuple(person.id for person in before.incident.people if after.incident.person(person.id) is None)


def _contacts(program: Program, before: Case, after: Case) -> tuple[Contact, ...]:
    """Return each person's part in the incident if anything of it changed."""
    old, new = before.incident, after.incident
    if old.people is new.people and old.referrals is new.referrals and old.follow_ups is new.follow_ups:
        return ()
    first = _first_named(after)
    return tuple(
        Contact(
            person=person.id,
            contact_at=first.get(person.id) or program.opened_at(after),
            open_referrals=sum(r.is_open for r in new.referrals if r.person == person.id),
            open_follow_ups=sum(f.is_open for f in new.follow_ups if f.person == person.id),
            declined_at=person.declined_at,
        )
        for person in new.people
    )


def _first_named(case: Case) -> dict[str, dt.datetime]:
    """Return when each person first had to do with the incident, by events whose time can be and that were not entered in error."""
    found: dict[str, dt.datetime] = {}
    for entry in case.entries():
        person = getattr(entry.event, "person", None)
        if isinstance(person, str) and entry.happened and not entry.doubtful:
            found.setdefault(person, entry.event.at)
    return found
