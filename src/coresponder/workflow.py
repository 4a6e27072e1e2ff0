"""The service that a host embeds: load, advance, append with its notices in one transaction, then deliver."""

from __future__ import annotations

import copy
import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Self

import attrs

from coresponder.clock import utc_now
from coresponder.delivery.base import Notifier
from coresponder.delivery.relay import Relay
from coresponder.domain.events import CallReceived, Decision, Event, NoteAdded, PersonInvolved, PolicyOverridden, TeamDispatched, TeamUnavailable
from coresponder.domain.objects import Responder
from coresponder.domain.types import UTC, Instant, local_code, opaque_id, say_time, say_times, utc
from coresponder.domain.vocabulary import Nature
from coresponder.errors import (
    AudienceDenied,
    CorruptRecord,
    InvalidEvent,
    InvalidProgram,
    NotFound,
    OutcomeUnknown,
    Refused,
    RequestTaken,
    ResponderTaken,
    StaleVersion,
    StoreUnavailable,
)
from coresponder.policy.refusal import Obligation
from coresponder.policy.words import say_event
from coresponder.program import Case, Notice, Override, Permission, Program, Step, permitted, program_from_definition
from coresponder.program.case import unreadable_notice
from coresponder.program.engaged import moved_by, sent_again, step_that_sent
from coresponder.program.notices import horizon
from coresponder.proof.ahead import LookAhead
from coresponder.record import Record
from coresponder.staffing import Staffing, TierAttempt
from coresponder.stores.base import Append, Store, Summary, Words, new_words
from coresponder.stores.codec import decode, encode
from coresponder.stores.derived import REPLAYED
from coresponder.stores.projections import changed_contacts, gone_from, summary_of
from coresponder.stores.recent import Recent

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
        return self.say()

    def say(self, zone: dt.tzinfo = UTC) -> str:
        """Say it in one line, with times in a time zone."""
        marks = {"approximate time": self.approximate, "doubtful time": self.doubtful, "out of place": self.out_of_place, "void": self.voided}
        notes = [mark for mark, on in marks.items() if on]
        notes += [f"violates {policy}" for policy in self.violations]
        details = _say_details(say_times(self.details, zone))
        return (
            f"{say_time(self.at, zone)} {self.number:>3} {say_event(self.event)}"
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


@attrs.frozen(kw_only=True)
class _Wanted:
    """A step that is asked for; without an incident one is opened under an id that is made."""

    incident: str | None
    event: Event
    override: Override | None = None
    expected: int | None = None
    request: str | None = None
    words: tuple[Words, ...] = ()


@attrs.define
class Workflow:
    """Run incidents under a program, in a store.

    Args:
        program: new incidents begin under it; those begun under an earlier version stay with that.
        store: where everything is kept.
        notifier: carries notices after each commit; without one they wait in the outbox.
        agency: part of every key.
        earlier: older versions of the program, needed only when they were built in Python; those from TOML are in the store.
        clock: what time it is, for a test or a replay; by default what is compared is the time of the database, and `recorded_at` this
            machine's. The core itself reads no clock.
    """

    program: Program
    store: Store
    notifier: Notifier | None = None
    agency: str = attrs.field(default="default", kw_only=True, validator=lambda _, __, value: _check_agency(value))
    earlier: tuple[Program, ...] = attrs.field(default=(), converter=tuple, kw_only=True)
    clock: Callable[[], dt.datetime] | None = attrs.field(default=None, kw_only=True)
    _programs: dict[str, Program] = attrs.field(init=False, factory=dict)
    _ahead: dict[str, LookAhead] = attrs.field(init=False, factory=dict)
    _cases: Recent[str, Case] = attrs.field(init=False, factory=lambda: Recent(_CACHED))

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

    def receive(self, event: CallReceived, *, incident: str | None = None, request: str | None = None) -> Step:
        """Open an incident with its first event; an id is made when the host has none.

        Args:
            event: the call.
            incident: the incident's id.
            request: see `record`. The same call under the same request opens one incident, also when its id is made.

        Raises:
            StaleVersion: an incident with this id is already there.
        """
        return self._record(_Wanted(incident=incident, event=event, expected=0, request=request))

    def record(
        self, incident: str, event: Event, *, override: Override | None = None, expected: int | None = None, request: str | None = None
    ) -> Step:
        """Take the next event of an incident.

        Args:
            incident: the incident's id.
            event: what happened or is decided.
            override: take a refused decision all the same, with an actor and a reason.
            expected: the version that the caller saw; without it the step is repeated on the newest version.
            request: a key of the host's for this step: the same request again, from any process and after any time, returns the step that
                is there. Without one a key is made, which an `OutcomeUnknown` tells.

        Raises:
            Refused: the decision is not permitted; nothing was written.
            StaleVersion: somebody else was first.
            ResponderTaken: somebody of a team that is sent is busy with another incident; an override takes her over.
            InvalidEvent: it is not of this program, a decision lies in the future, or the request recorded another step.
            OutcomeUnknown: the answer to the commit was lost, twice; repeat it with the request that it tells.
            NotFound: there is no such incident.
        """
        return self._record(_Wanted(incident=incident, event=event, override=override, expected=expected, request=request))

    def dispatch(
        self, incident: str, responders: Iterable[Responder], *, at: dt.datetime, by: str, request: str | None = None
    ) -> tuple[Staffing, Step]:
        """Choose a team from these responders and record it. If nobody qualifies, that is recorded instead and becomes an obligation.

        A team that was sent to this incident already, and has not cleared, is not sent again: the step that sent it is returned, so that
        a host may repeat its call.

        Args:
            incident: the incident's id.
            responders: who could go.
            at: when.
            by: who sends them.
            request: see `record`. The same request again returns the team that was sent, whoever is available now.

        Raises:
            Refused: the decision is not permitted, or the whole team was already sent, in parts; nothing was written.
            ResponderTaken: another dispatcher was faster; it says where the responder is and who would be next. Nothing was written.
        """
        case, at = self.case(incident), utc(at)
        there = request and self._there(_Wanted(incident=incident, event=TeamUnavailable(at=at, by=by), request=request))
        if there:
            return _staffing_of(there.events[-1]), there
        nature = case.incident.call.nature if case.incident.call else Nature.OTHER
        program, responders = self.program_of(case), tuple(responders)
        staffing = program.staff(responders, at=at, nature=nature)
        event: Event
        if staffing.team is None:
            event = TeamUnavailable(at=at, by=by, missing=tuple(attempt.tier for attempt in staffing.attempts))
        else:
            event = TeamDispatched(at=at, by=by, team=staffing.team)
        try:
            return staffing, self.record(incident, event, request=request)
        except Refused:
            sent = step_that_sent(program, self.case(incident), event) if isinstance(event, TeamDispatched) else None
            if sent is None:
                raise
            return Staffing(team=sent.events[-1].team), sent  # type: ignore[attr-defined]
        except ResponderTaken as taken:
            busy = {one.responder for one in self.store.engaged(self.agency) if one.incident != incident} | {taken.responder}
            rest = program.staff([r for r in responders if r.id not in busy], at=at, nature=nature)
            raise ResponderTaken(taken.responder, taken.incident, taken.since, rest) from None

    def replay(self, incident: str, events: Iterable[Event]) -> Case:
        """Take a whole history that happened elsewhere, for example out of a CAD export. Nothing is refused; violations count.

        Raises:
            StaleVersion: an incident with this id is there already.
            OutcomeUnknown: the answer to the commit was lost, and the store cannot be asked whether the history is there.
        """
        case = self.program.replay(incident, events)
        empty = self.program.open(incident)
        try:
            self.store.append(self._append(self.program, empty, case, case.recorded(), (), self._stamp(), request=REPLAYED + uuid.uuid4().hex))
        except OutcomeUnknown as unknown:
            there = self._reloaded(incident)
            if there is None or there.recorded() != case.recorded():
                raise OutcomeUnknown(unknown.where, unknown.said) from unknown.__cause__
        return case

    def _reloaded(self, incident: str) -> Case | None:
        """Return the case as it is in the store now, if it is there."""
        self._cases.drop(incident)
        try:
            return self._case(incident)
        except (NotFound, StoreUnavailable):
            return None

    def note(
        self,
        incident: str,
        text: str,
        *,
        at: dt.datetime,
        by: str,
        audience: str,
        subject: str | None = None,
        kind: str = "note",
        request: str | None = None,
    ) -> Step:
        """Put words into the vault and a `NoteAdded` into the log, both or neither.

        Args:
            incident: the incident's id.
            text: the words.
            at: when they were said or written.
            by: who wrote them.
            audience: who may read them; `all` for everybody.
            subject: whom they are about. Words about nobody in particular are forgotten with anybody who is part of the incident.
            kind: what kind of words they are.
            request: see `record`.

        Raises:
            ValueError: somebody is not named by an id, or there is a character in the words that no database keeps.
            NotFound: there is no such incident.
        """
        words = new_words(subject=_an_id(incident) if subject is None else subject, kind=kind, audience=audience, text=text)
        event = NoteAdded(at=at, by=by, entry=words.entry.id, digest=words.digest, subject=subject)
        return self._record(_Wanted(incident=incident, event=event, request=request, words=(words,)))

    # --- what a host asks -----------------------------------------------------------------------------------------------

    def case(self, incident: str) -> Case:
        """Return the case as it is now; raise `NotFound`."""
        known = self._cases.get(incident)
        if known is not None and known.version == self.store.version(self.agency, incident):
            return known
        self._cases.drop(incident)
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

    def verify(self) -> tuple[str, ...]:
        """Return every fault in what is stored, in words; incidents are folded again, also under programs that were built in Python."""
        return self.store.verify(self.agency, programs=self._programs)

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
        ahead = horizon(program.notices)
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
        joined._cases = Recent(_CACHED)  # noqa: SLF001 - ours
        return joined

    # --- inside ---------------------------------------------------------------------------------------------------------

    def _time(self, now: dt.datetime | None) -> dt.datetime:
        """Return the time that was given, or else the clock's; raise `ValueError` if it has no time zone."""
        return utc(now) if now is not None else (self.clock or self.store.now)()

    def _stamp(self) -> dt.datetime:
        """Return the time that is written with a step. It is compared with nothing, so the database need not be asked for it."""
        return (self.clock or utc_now)()

    def _check_time(self, event: Event) -> None:
        """Refuse a decision that is not yet to be made, by the time of the database; what happened is taken, whatever a clock says."""
        if isinstance(event, Decision) and event.at > self._stamp() + _TOLERANCE and event.at > (now := self._time(None)) + _TOLERANCE:
            raise InvalidEvent(
                f"{type(event).__name__} at {event.at.isoformat()} lies in the future (it is {now.isoformat()}); check the clock and the time zone"
            )

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
        self._cases.keep(case.id, case)
        return case

    def _with_prior(self, case: Case, event: Event) -> Event:
        """Record with a person what the store knew of them."""
        if not isinstance(event, PersonInvolved) or event.prior is not None:
            return event
        return attrs.evolve(event, prior=self.store.prior(self.agency, event.person, at=event.at, excluding=case.id))

    def _record(self, wanted: _Wanted) -> Step:
        """Write a step once, whatever becomes of the answer: it is looked for under its request before it is written again."""
        self._check_time(wanted.event)
        given, made = wanted.request, uuid.uuid4().hex
        keyed, id = attrs.evolve(wanted, request=made if given is None else opaque_id(given)), wanted.incident or made
        try:
            return self._newest(id, keyed, look=given is not None)
        except OutcomeUnknown as unknown:
            self._cases.drop(id)
            try:
                return self._newest(id, keyed, look=True)
            except StoreUnavailable:
                raise unknown from unknown.__cause__

    def _newest(self, incident: str, wanted: _Wanted, *, look: bool) -> Step:
        """Take the event on the newest version, again when somebody was faster; with `look`, the step may be there already."""
        now = self._stamp()
        for attempt in range(_TRIES):
            there = self._there(wanted) if look else None
            try:
                return there or self._attempt(incident, wanted, now)
            except (StaleVersion, RequestTaken):
                self._cases.drop(incident)
                if wanted.expected is not None or attempt == _TRIES - 1:
                    there = self._there(wanted)
                    if there is None:
                        raise
                    return there
        raise AssertionError("unreachable")  # pragma: no cover

    def _attempt(self, incident: str, wanted: _Wanted, now: dt.datetime) -> Step:
        """Take the event on the version that is known, or on the one that was expected."""
        event, expected = wanted.event, wanted.expected
        opens = expected == 0 and isinstance(event, CallReceived)  # that nobody was faster is found out by writing
        case = self.program.open(incident) if opens else self._case(incident, new=isinstance(event, CallReceived))
        if expected is not None and case.version != expected:
            self._cases.drop(incident)
            found = self.store.version(self.agency, incident)
            if found != expected:
                raise StaleVersion(incident, expected, found)
            case = self._case(incident, new=expected == 0)
        return self._step(case, attrs.evolve(wanted, event=self._with_prior(case, event)), now)

    def _there(self, wanted: _Wanted) -> Step | None:
        """Return the step that was recorded under this request; raise `InvalidEvent` if it was another one."""
        found = self.store.recorded(self.agency, wanted.request or "")
        if found is None:
            return None
        incident, last = found
        stored = self.store.load(self.agency, incident)
        program = self._program_named(stored.program)
        events = [decode(row, program.vocabulary, where=f"incident {incident}, ") for row in stored.rows[:last]]
        first = last - 2 if last > 1 and isinstance(events[-2], PolicyOverridden) else last - 1
        before, after = (program.replay(incident, events[:number]) for number in (first, last))
        step = program.between(before, after)
        if wanted.incident not in {None, incident} or not self._is_same(wanted, step):
            raise InvalidEvent(
                f"request {wanted.request!r} recorded another step: event {last} of incident {incident}, {type(events[-1]).__name__}; nothing "
                "was written now, give each step a request of its own"
            )
        return step

    def _is_same(self, wanted: _Wanted, step: Step) -> bool:
        """Return whether a recorded step is what was asked for now, but for what was looked up or made for it."""
        asked, done = wanted.event, step.events[-1]
        overridden = step.events[0] if len(step.events) > 1 else None
        by, why = (overridden.by, overridden.reason) if isinstance(overridden, PolicyOverridden) else (None, None)
        if overridden is not None and (wanted.override is None or (wanted.override.by, wanted.override.reason) != (by, why)):
            return False
        if isinstance(asked, TeamUnavailable) and isinstance(done, TeamDispatched | TeamUnavailable):  # a dispatch that is repeated
            return (asked.at, asked.by) == (done.at, done.by)
        if isinstance(asked, PersonInvolved) and isinstance(done, PersonInvolved) and asked.prior is None:
            done = attrs.evolve(done, prior=None)
        if isinstance(asked, NoteAdded) and isinstance(done, NoteAdded) and wanted.words:
            return self._said_the_same(wanted.words[0], done) and attrs.evolve(asked, entry=done.entry, digest=done.digest) == done
        return asked == done

    def _said_the_same(self, words: Words, done: NoteAdded) -> bool:
        """Return whether words are those that were kept, as far as that is known: they may have been forgotten since."""
        try:
            kept = self.store.recall(self.agency, done.entry, audience=words.entry.audience)
        except NotFound:
            return True
        except AudienceDenied:
            return False
        return attrs.evolve(words.entry, id=kept.id) == kept

    def _step(self, case: Case, wanted: _Wanted, now: dt.datetime) -> Step:
        program, event, override = self.program_of(case), wanted.event, wanted.override
        step = program.advance(case, event, override)
        if not step.accepted:
            raise Refused(type(event).__name__, step.refusals)
        if isinstance(event, TeamDispatched) and override is None:
            self._check_sent(case, event, program)
        events, notices = step.events, step.notices
        forced = override is not None or not isinstance(event, Decision)
        written = self._append(
            program,
            case,
            step.case,
            events,
            notices,
            now,
            moved_by(step, program.lifecycle),
            forced=forced,
            request=wanted.request or "",
            words=wanted.words,
        )
        self.store.append(written)
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
        request: str = "",
        words: tuple[Words, ...] = (),
    ) -> Append:
        rows = tuple([(kind, version, e.at, body) for e in events for kind, version, body in (encode(e),)])
        return Append(
            agency=self.agency,
            expected=before.version,
            rows=rows,
            recorded_at=now,
            summary=summary_of(program, after),
            contacts=changed_contacts(program, before, after),
            gone=gone_from(before, after),
            notices=notices,
            engages=moved[0],
            releases=moved[1],
            forced=forced,
            request=request,
            words=words,
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


def _staffing_of(event: Event) -> Staffing:
    """Return the staffing that a recorded dispatch says."""
    if isinstance(event, TeamDispatched):
        return Staffing(team=event.team)
    missing = event.missing if isinstance(event, TeamUnavailable) else ()
    return Staffing(attempts=tuple(TierAttempt(tier=tier, missing=("one who could be sent",)) for tier in missing))
