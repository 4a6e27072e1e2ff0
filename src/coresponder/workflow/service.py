"""The service that a host embeds: load, advance, append with its notices in one transaction, then
deliver.
"""

from __future__ import annotations

import copy
import datetime as dt
import logging
from collections.abc import Callable, Iterable
from typing import Any, Self

import attrs

from coresponder.clock import utc_now
from coresponder.delivery.base import Notifier
from coresponder.delivery.relay import Relay
from coresponder.domain.events import CallReceived, Event, NoteAdded
from coresponder.domain.objects import Responder
from coresponder.domain.types import local_code, utc
from coresponder.errors import StoreError
from coresponder.program import Case, Override, Permission, Program, Step, permitted
from coresponder.proof.ahead import LookAhead
from coresponder.roster.staffing import Staffing
from coresponder.stores.base import Summary, new_words
from coresponder.stores.pages import LIMIT, Filters, Page, page_limit
from coresponder.stores.ports import Store
from coresponder.workflow.cases import Cases, incident_id
from coresponder.workflow.dispatching import Dispatching
from coresponder.workflow.owing import Owed, owed_now, tell_by_time
from coresponder.workflow.recording import Recording, Wanted
from coresponder.workflow.roster import Roster, streams_of
from coresponder.workflow.timeline import Line, timeline_of

__all__ = ["Workflow"]

_LOG = logging.getLogger("coresponder")
_NEVER = 2**31


def _programs(values: Iterable[Program]) -> tuple[Program, ...]:
    return tuple(values)


@attrs.define
class Workflow:
    """Run incidents under a program, in a store.

    Args:
        program: new incidents begin under it; those begun under an earlier version stay with that.
        store: where everything is kept.
        notifier: carries notices after each commit; without one they wait in the outbox.
        agency: part of every key.
        earlier: older versions of the program, needed only when they were built in Python; those
            from TOML are in the store.
        clock: what time it is, for a test or a replay; by default what is compared is the time of
            the database, and `recorded_at` this machine's. The core itself reads no clock.
    """

    program: Program
    store: Store
    notifier: Notifier | None = None
    agency: str = attrs.field(
        default="default", kw_only=True, validator=lambda _, __, value: _check_agency(value)
    )
    earlier: tuple[Program, ...] = attrs.field(default=(), converter=_programs, kw_only=True)
    clock: Callable[[], dt.datetime] | None = attrs.field(default=None, kw_only=True)
    _ahead: dict[str, LookAhead] = attrs.field(init=False, factory=dict)
    _cases: Cases = attrs.field(init=False)
    _recording: Recording = attrs.field(init=False)
    _roster: Roster | None = attrs.field(init=False, default=None, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Keep the program's definition with the incidents that will be run under it."""
        self._connect({program.name: program for program in (*self.earlier, self.program)})
        if self.program.definition:
            self.store.save_program(self.program.name, self.program.definition)

    def _connect(self, programs: dict[str, Program]) -> None:
        self._cases = Cases(self.program, self.store, self.agency, programs)
        self._recording = Recording(self._cases, self._stamp, lambda: self._time(None))

    def __copy__(self) -> Self:
        """Return a workflow with the same parts, for `within`."""
        twin = object.__new__(type(self))
        for field in attrs.fields(type(self)):
            object.__setattr__(twin, field.name, getattr(self, field.name))
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        """Say that connections do not go to another process, and what does."""
        raise TypeError(
            "a workflow has connections and cannot be passed to another process; pass its program, and open the store there"
        )

    # --- what a host does -----------------------------------------------------------------------------------------------

    def receive(
        self, event: CallReceived, *, incident: str | None = None, request: str | None = None
    ) -> Step:
        """Open an incident with its first event; an id is made when the host has none.

        Args:
            event: the call.
            incident: the incident's id.
            request: see `record`. The same call under the same request opens one incident, also
                when its id is made.

        Raises:
            VersionConflict: an incident with this id is already there.
        """
        return self._record(Wanted(incident=incident, event=event, expected=0, request=request))

    def record(
        self,
        incident: str,
        event: Event,
        *,
        override: Override | None = None,
        expected: int | None = None,
        request: str | None = None,
    ) -> Step:
        """Take the next event of an incident.

        Args:
            incident: the incident's id.
            event: what happened or is decided.
            override: take a refused decision all the same, with an actor and a reason.
            expected: the version that the caller saw; without it the step is repeated on the newest
                version.
            request: a key of the host's for this step: the same request again, from any process and
                after any time, returns the step that is there. Without one a key is made, which an
                `OutcomeUnknown` tells.

        Raises:
            Refused: the decision is not permitted; nothing was written.
            VersionConflict: somebody else was first.
            ResponderTaken: somebody of a team that is sent is busy with another incident; with an
                override the step is taken all the same.
            InvalidEvent: it is not of this program, a decision lies in the future, or the request
                recorded another step.
            OutcomeUnknown: the answer to the commit was lost, twice; repeat it with the request
                that it tells.
            NotFound: there is no such incident.
        """
        return self._record(
            Wanted(
                incident=incident,
                event=event,
                override=override,
                expected=expected,
                request=request,
            )
        )

    def dispatch(
        self,
        incident: str,
        responders: Iterable[Responder] | None = None,
        *,
        at: dt.datetime,
        by: str,
        request: str | None = None,
    ) -> tuple[Staffing, Step]:
        """Choose a team from these responders and record it. If nobody qualifies, that is recorded
        instead and becomes an obligation.

        A team that was sent to this incident already, and has not cleared, is not sent again: the
        step that sent it is returned, so that a host may repeat its call.

        Args:
            incident: the incident's id.
            responders: who could go; without them, who is with the incident already and who is free
                by the roster in the store. For a second unit pass `roster.free()`.
            at: when.
            by: who sends them.
            request: see `record`. The same request again returns the team that was sent, whoever is
                available now.

        Raises:
            Refused: the decision is not permitted, or the whole team was already sent, in parts;
                nothing was written.
            ResponderTaken: another dispatcher was faster; it says where the responder is and who
                would be next. Nothing was written.
        """
        at = utc(at)
        call = Dispatching(
            cases=self._cases,
            recording=self._recording,
            record=self._record,
            incident=incident,
            at=at,
            by=by,
            request=request,
        )
        if there := call.there():
            return there
        could_go = self.roster.could_go(incident, at) if responders is None else responders
        return call.send(tuple(could_go))

    def replay(self, incident: str, events: Iterable[Event]) -> Case:
        """Take a whole history that happened elsewhere, for example out of a CAD export. Nothing is
        refused; violations count.

        Raises:
            VersionConflict: an incident with this id is there already.
            OutcomeUnknown: the answer to the commit was lost, and the store cannot be asked whether
                the history is there.
        """
        return self._recording.history(incident, events)

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
            subject: whom they are about. Words about nobody in particular are forgotten with
                anybody who is part of the incident.
            kind: what kind of words they are.
            request: see `record`.

        Raises:
            ValueError: somebody is not named by an id, or there is a character in the words that no
                database keeps.
            NotFound: there is no such incident.
        """
        words = new_words(
            subject=incident_id(incident) if subject is None else subject,
            kind=kind,
            audience=audience,
            text=text,
        )
        event = NoteAdded(at=at, by=by, entry=words.entry.id, digest=words.digest, subject=subject)
        return self._record(Wanted(incident=incident, event=event, request=request, words=(words,)))

    # --- what a host asks -----------------------------------------------------------------------------------------------

    def case(self, incident: str) -> Case:
        """Return the case as it is now; raise `NotFound`."""
        return self._cases.newest(incident)

    def program_of(self, case: Case) -> Program:
        """Return the program, in the version that a case began under."""
        return self._cases.program_of(case)

    def permitted(self, incident: str, now: dt.datetime | None = None) -> tuple[Permission, ...]:
        """Return what may be recorded now and why not the rest."""
        case, now = self.case(incident), self._time(now)
        program = self.program_of(case)
        found = permitted(program, case, now)
        if not program.look_ahead:
            return found
        if program.name not in self._ahead:
            self._ahead[program.name] = LookAhead(program)
        return self._ahead[program.name].warned(found, case, now)

    def due(
        self,
        now: dt.datetime | None = None,
        *,
        before: dt.datetime | None = None,
        overdue: bool = False,
        state: str | None = None,
        person: str | None = None,
        responder: str | None = None,
        tier: str | None = None,
        nature: str | None = None,
        period: tuple[dt.datetime, dt.datetime] | None = None,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Owed]:
        """Return a page of what is owed in all incidents, the most urgent first.

        A record that could not be read when the lists were made, or by `tick`, does not stop the
        answer: it comes first, as something to restore, whatever `before` says.

        Args:
            now: what is overdue is so at this time.
            before: only what is due by then.
            overdue: only what was due before `now`.
            state: only of incidents in this state; the rest is as `find` has it.
            person: who is part of the incident.
            responder: who was sent to it, or came.
            tier: a tier that was sent to it.
            nature: what kind of call it is.
            period: it opened from the first instant on, and before the second.
            limit: how many a page has at the most.
            after: `next` of the page before.

        Raises:
            InvalidCursor: `after` is of another list. Give the same filters as before.
        """
        now = self._time(now)
        begin, end = period or (None, None)
        filters = Filters(
            state=state, person=person, responder=responder, tier=tier, nature=nature, opened_from=begin, opened_before=end, due_before=before,
            overdue_at=now if overdue else None,
        )  # fmt: skip
        return owed_now(self._cases, now, filters, limit=page_limit(limit), after=after)

    def timeline(self, incident: str) -> tuple[Line, ...]:
        """Return the history line by line, in the order in which things happened."""
        return timeline_of(self.case(incident))

    def find(
        self,
        *,
        state: str | None = None,
        person: str | None = None,
        responder: str | None = None,
        tier: str | None = None,
        nature: str | None = None,
        period: tuple[dt.datetime, dt.datetime] | None = None,
        owing: bool = False,
        due_before: dt.datetime | None = None,
        overdue: bool = False,
        now: dt.datetime | None = None,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Summary]:
        """Return a page of the incidents that fit all that is given: the newest first, or the
        earliest due first with `owing`, `due_before` or `overdue`. `every(workflow.find)` has all.

        Args:
            state: the state that the incident is in.
            person: who is part of it.
            responder: who was sent to it, or came.
            tier: a tier that was sent to it.
            nature: what kind of call it is.
            period: it opened from the first instant on, and before the second.
            owing: it owes something.
            due_before: something is due by then, or was.
            overdue: something was due before `now`.
            now: what is overdue is so at this time.
            limit: how many a page has at the most.
            after: `next` of the page before.

        Raises:
            InvalidCursor: `after` is of another list. Give the same filters as before.
        """
        begin, end = period or (None, None)
        filters = Filters(
            state=state, person=person, responder=responder, tier=tier, nature=nature, opened_from=begin, opened_before=end, owing=owing,
            due_before=due_before, overdue_at=self._time(now) if overdue else None,
        )  # fmt: skip
        return self.store.find(self.agency, filters, limit=page_limit(limit), after=after)

    def verify(self, *, since: str | None = None) -> tuple[str, ...]:
        """Return every fault in what is stored, in words, also of the roster; incidents are folded
        again, also under programs that were built in Python.

        Args:
            since: the digest of a checkpoint at which all was well: of the incidents, only what was
                written or changed after it is looked at.
        """
        programs = self._cases.programs
        behind = {} if since is None else {"since": since}  # a host's own store may not know it
        faults = self.store.verify(self.agency, programs=programs, **behind)
        if self.program.subject == "responder":
            return faults
        theirs = {one.name: one for one in (p.for_responders for p in programs.values())}
        return tuple(dict.fromkeys((*faults, *self.store.verify(self._streams, programs=theirs))))

    def deliver(self, *, limit: int = 100) -> int:
        """Hand waiting notices to the notifier; return how many went. One that fails waits for the
        next time.

        Nothing goes inside a batch or in the host's transaction: what is not committed is told to
        nobody. For waiting longer after each failure, and for giving up, run a `Relay` instead of a
        notifier.
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
        """Let time pass: put what is due soon or overdue at `now` into the outbox, once, deliver it,
        and make a checkpoint; do the same for the roster; return how many notices were new.

        Notices are delivered even if no checkpoint can be made, which the log says. It changes no
        incident. Run it every minute or so: what it finds does not depend on how often it is run.
        Of a record that cannot be read a person is told once, the log each time, and the others go
        on.
        """
        now = self._time(now)
        new = tell_by_time(self._cases, now)
        self.deliver()
        try:
            self.store.checkpoint(self.agency, at=now)
        except StoreError as fault:
            _LOG.warning("no checkpoint was made for %s: %s", self.agency, fault)
        has_roster = self.program.subject != "responder" and self.store.find(self._streams, limit=1)
        return new + (self.roster.desk.tick(now) if has_roster else 0)

    def within(self, connection: object) -> Workflow:
        """Return this workflow in the transaction of a host's connection: a roll-back takes events
        and notices with it.

        Args:
            connection: what `SqlStore.join` takes. The notices wait in the outbox for a relay,
                which sees them after the host's commit.
        """
        from coresponder.stores.sql import SqlStore

        joined = copy.copy(self)
        joined.store, joined.notifier = SqlStore.join(connection), None
        joined._roster = None  # noqa: SLF001 - ours
        joined._connect(self._cases.programs)  # noqa: SLF001 - ours
        return joined

    @property
    def roster(self) -> Roster:
        """The responders of the agency, with their streams in the same store."""
        if self._roster is None:
            desk = Workflow(
                self.program.for_responders,
                self.store,
                self.notifier,
                agency=self._streams,
                earlier=[program.for_responders for program in self.earlier],
                clock=self.clock,
            )
            self._roster = Roster(self, desk)
        return self._roster

    @property
    def _streams(self) -> str:
        """The agency under which the store has the roster."""
        return streams_of(self.agency)

    # --- inside ---------------------------------------------------------------------------------------------------------

    def _record(self, wanted: Wanted) -> Step:
        step = self._recording.once(wanted)
        if step.notices and self.notifier is not None:
            self.deliver()
        return step

    def _time(self, now: dt.datetime | None) -> dt.datetime:
        """Return the time that was given, or else the clock's; raise `ValueError` if it has no time
        zone.
        """
        return utc(now) if now is not None else (self.clock or self.store.now)()

    def _stamp(self) -> dt.datetime:
        """Return the time that is written with a step. It is compared with nothing, so the database
        need not be asked for it.
        """
        return (self.clock or utc_now)()


def _check_agency(value: str) -> None:
    try:
        local_code(value)
    except ValueError as error:
        raise ValueError(f"agency: {error}") from None
