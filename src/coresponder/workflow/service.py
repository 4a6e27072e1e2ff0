"""The service that a host embeds: load, advance, append with its notices in one transaction, then
deliver.
"""

from __future__ import annotations

import copy
import datetime as dt
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import attrs

from coresponder.clock import utc_now
from coresponder.delivery.base import Notifier
from coresponder.delivery.relay import Relay
from coresponder.domain.events import CallReceived, Event, NoteAdded
from coresponder.domain.objects import Responder
from coresponder.domain.personal import looks_personal
from coresponder.domain.types import utc
from coresponder.domain.vocabulary import Purpose
from coresponder.errors import StoreError
from coresponder.program import Case, Override, Program, Step
from coresponder.program.disclosed import DISCLOSURES
from coresponder.program.viewing import Viewer
from coresponder.program.views import Seen
from coresponder.roster.staffing import Staffing
from coresponder.stores.base import new_words
from coresponder.workflow.cases import Cases, incident_id
from coresponder.workflow.disclosures import Disclosures
from coresponder.workflow.dispatching import Dispatching
from coresponder.workflow.entering import Recognizer
from coresponder.workflow.owing import tell_by_time
from coresponder.workflow.questions import Questions
from coresponder.workflow.recording import Recording, Wanted
from coresponder.workflow.retention import Erased, erase_due
from coresponder.workflow.roster import Roster
from coresponder.workflow.seen_notices import SeenNotifier, programs_in
from coresponder.workflow.streams import streams_of
from coresponder.workflow.window import Window

if TYPE_CHECKING:
    from coresponder.stores.snapshots import Snapshots

__all__ = ["Workflow"]

_LOG = logging.getLogger("coresponder")
_NEVER = 2**31


def _programs(values: Iterable[Program]) -> tuple[Program, ...]:
    return tuple(values)


@attrs.define
class Workflow(Questions):
    """Run incidents under a program in a store.

    Args:
        program: the program for new incidents. An incident that began under an earlier version
            stays with that version.
        store: the store that keeps everything.
        notifier: carries notices after each commit; without one, notices wait in the outbox.
        agency: the agency that all incidents belong to; part of every key in the store.
        earlier: older versions of the program that were built in Python. Versions from TOML are in
            the store.
        clock: returns the time, for a test or a replay. By default times are compared with the
            database's clock, and `recorded_at` is read from this machine's. The core itself reads
            no clock.
        recognizer: says what a text looks like that must not enter the log, such as "a phone
            number"; None if it may enter. By default `looks_personal`. Without one, every id and
            code enters.
        snapshots: a file in which folded cases are kept for the next process that reads them.
    """

    notifier: Notifier | None = None
    earlier: tuple[Program, ...] = attrs.field(default=(), converter=_programs, kw_only=True)
    recognizer: Recognizer | None = attrs.field(default=looks_personal, kw_only=True)
    snapshots: Snapshots | None = attrs.field(default=None, kw_only=True)
    _recording: Recording = attrs.field(init=False, repr=False)
    _roster: Roster | None = attrs.field(init=False, default=None, eq=False, repr=False)
    _disclosures: Disclosures | None = attrs.field(init=False, default=None, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Keep the program's definition with the incidents that will be run under it."""
        self._connect({program.name: program for program in (*self.earlier, self.program)})
        if self.program.definition:
            self.store.save_program(self.program.name, self.program.definition)

    def _connect(self, programs: dict[str, Program]) -> None:
        self._cases = Cases(self.program, self.store, self.agency, programs, self.snapshots)
        self._recording = Recording(
            self._cases, self._stamp, lambda: self._time(None), self.recognizer
        )

    def __copy__(self) -> Self:
        """Return a workflow with the same parts, for `within`."""
        twin = object.__new__(type(self))
        for field in attrs.fields(type(self)):
            object.__setattr__(twin, field.name, getattr(self, field.name))
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        """Refuse to be pickled: connections cannot go to another process. The error says what
        can.
        """
        raise TypeError(
            "a workflow has connections and cannot be passed to another process; pass its program, and open the store there"
        )

    # --- what a host does -----------------------------------------------------------------------------------------------

    def receive(
        self, event: CallReceived, *, incident: str | None = None, request: str | None = None
    ) -> Step:
        """Open an incident with its first event. An id is generated if the host gives none.

        Args:
            event: the call.
            incident: the incident's id.
            request: see `record`. The same call under the same request opens one incident, even if
                its id is generated.

        Raises:
            VersionConflict: an incident with this id already exists.
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
            event: the event that happened or is decided.
            override: the actor and the reason with which a refused decision is taken anyway.
            expected: the version that the caller saw. Without it, the step is repeated on the
                newest version if another writer was faster.
            request: the host's key for this step. Repeating a request, from any process and at any
                time, returns the step that was recorded. Without it, a key is generated;
                `OutcomeUnknown` has it.

        Raises:
            Refused: the decision is not permitted; nothing was written.
            VersionConflict: another writer was first, and `expected` was given.
            ResponderTaken: a responder of the team is busy with another incident. With an override,
                the step is taken anyway, and `PolicyOverridden` names `busy`.
            InvalidEvent: the event's type is not of this program, a decision lies in the future,
                the request recorded another step, an id or a code looks personal, or a score is
                not on its scale.
            OutcomeUnknown: the answer to the commit was lost twice. Repeat the call with the
                request that the error has.
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
        """Choose a team from these responders and record it. If no team can be formed, that is
        recorded instead and becomes an obligation.

        A team that was already sent to this incident and has not cleared is not sent again: the
        step that sent it is returned, so that a host may repeat its call.

        Args:
            incident: the incident's id.
            responders: the responders who could go. By default, those who are already with the
                incident and those who are free by the roster in the store. For a second unit, pass
                `roster.free()`.
            at: the time of the dispatch.
            by: the id of the person who sends the team.
            request: see `record`. Repeating a request returns the team that was sent, whoever is
                available now.

        Raises:
            Refused: the decision is not permitted, or each member of the team was already sent,
                though not together. Nothing was written.
            ResponderTaken: another dispatcher was faster. The error says where the responder is and
                who would be next. Nothing was written.
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
        """Take the whole history of an incident that happened elsewhere, for example from a CAD
        export. Nothing is refused; violations are counted.

        Raises:
            VersionConflict: an incident with this id already exists.
            InvalidEvent: an id or a code looks personal, or a score that is not void is not on its
                scale.
            OutcomeUnknown: the answer to the commit was lost, and the store does not say whether
                the history was written.
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
        """Put words into the vault and a `NoteAdded` event into the log, both or neither.

        Args:
            incident: the incident's id.
            text: the words.
            at: the time at which they were said or written.
            by: the id of their author.
            audience: the audience that may read them; `all` for everybody.
            subject: the id of the person they are about. Words without a subject are forgotten
                together with anybody who is part of the incident.
            kind: the kind of the words.
            request: see `record`.

        Raises:
            ValueError: a person is not named by an id, or the words contain a character that
                databases cannot keep.
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

    # --- who asks -----------------------------------------------------------------------------------------------------

    def as_(self, viewer: Viewer, purpose: Purpose | str) -> Window:
        """Return the window of a viewer: the same questions, answered by what the program's views
        show to the viewer for this purpose. Hand out this instead of the workflow.

        Args:
            viewer: who asks, as the host knows them.
            purpose: for what: `treatment`, `operations`, `oversight` or `research`.
        """
        return Window(self, viewer, Purpose(purpose))

    def view(
        self,
        incident: str,
        *,
        as_: Viewer,
        purpose: Purpose | str,
        at: dt.datetime | None = None,
    ) -> Seen:
        """Return what a viewer sees of an incident for a purpose. See `Window.view`."""
        return self.as_(as_, purpose).view(incident, at=at)

    # --- what a host has done from time to time -------------------------------------------------------------------------

    def erase_due(self, *, by: str = "", now: dt.datetime | None = None) -> Erased:
        """Erase the words that are due, apart from those that a legal hold keeps. The custody
        record has how many there were under each rule. If it is called twice, or by two processes,
        each entry is erased once.

        Args:
            by: the id of whoever decided it, for the custody record.
            now: erase what was due by this time; by default now.

        Raises:
            ValueError: `now` lies in the future, and words are erased only when they are due.
            KeysUnavailable: words are encrypted, and the store was opened without keys.
        """
        present = self._time(None)
        at = present if now is None else self._time(now)
        if at > present:
            raise ValueError(
                f"now: {at} lies in the future; words are erased only when they are due"
            )
        return erase_due(self._cases, at, by=by)

    def deliver(self, *, limit: int = 100) -> int:
        """Hand waiting notices to the notifier, and return how many were delivered. A notice that
        fails waits for the next call.

        Inside a batch or the host's transaction nothing is delivered, because nobody may be told of
        a step that is not committed. A notice says what the views show to its receiver. To wait longer after each failure, and to give up at last, run
        a `Relay` instead of passing a notifier.
        """
        if self.notifier is None or not self.store.settled:
            return 0
        seen = SeenNotifier(
            self.notifier, programs_in(self.store, self.agency, self._cases.programs)
        )
        relay = Relay(
            store=self.store, notifier=seen, agency=self.agency, clock=self.clock, wait=lambda attempt: dt.timedelta(0), most_attempts=_NEVER,
        )  # fmt: skip
        sent = 0
        while sent < limit:
            one = relay.run_once()
            sent += one.sent
            if one.failed or not one.tried:
                break
        return sent

    def tick(self, now: dt.datetime | None = None) -> int:
        """Let time pass: put one notice for each obligation that is due soon or overdue at `now`
        into the outbox, deliver the notices, and make a checkpoint. Do the same for the roster and
        the disclosure log.
        Return how many notices were new.

        Notices are delivered even if no checkpoint can be made; the log then says so. No incident
        is changed. Run it every minute or so: what it finds does not depend on how often it runs.
        If a record cannot be read, one notice tells a person, the log says so each time, and the
        other records are still looked at.
        """
        now = self._time(now)
        new = tell_by_time(self._cases, now)
        self.deliver()
        try:
            self.store.checkpoint(self.agency, at=now)
        except StoreError as fault:
            _LOG.warning("no checkpoint was made for %s: %s", self.agency, fault)
        if self.program.subject != "incident":
            return new
        names = streams_of(self.agency)
        beside: dict[str, Roster | Disclosures] = {
            names.roster: self.roster,
            names.disclosures: self.disclosures,
        }
        return new + sum(
            one.desk.tick(now) for name, one in beside.items() if self.store.find(name, limit=1)
        )

    def within(self, connection: object) -> Workflow:
        """Return this workflow inside the transaction of a host's connection: a rollback also
        undoes events and notices.

        Args:
            connection: a connection that `SqlStore.join` takes. The notices wait in the outbox for
                a relay, which sees them after the host's commit.
        """
        from coresponder.stores.sql import SqlStore

        joined = copy.copy(self)
        joined.store, joined.notifier = (
            SqlStore.join(connection, keys=getattr(self.store, "keys", None)),
            None,
        )
        joined._roster = joined._disclosures = None  # noqa: SLF001 - ours
        joined._connect(self._cases.programs)  # noqa: SLF001 - ours
        return joined

    @property
    def roster(self) -> Roster:
        """The roster: the agency's responders, whose streams are in the same store."""
        if self._roster is None:
            desk = Workflow(
                self.program.for_responders,
                self.store,
                self.notifier,
                agency=streams_of(self.agency).roster,
                earlier=[program.for_responders for program in self.earlier],
                clock=self.clock,
                recognizer=self.recognizer,
            )
            self._roster = Roster(self, desk)
        return self._roster

    @property
    def disclosures(self) -> Disclosures:
        """The log of who was shown what, in the same store."""
        if self._disclosures is None:
            desk = Workflow(
                DISCLOSURES,
                self.store,
                agency=streams_of(self.agency).disclosures,
                clock=self.clock,
                recognizer=None,  # the log asks the recognizer of the incidents, which know who is known
            )
            self._disclosures = Disclosures(self, desk)
        return self._disclosures

    # --- inside ---------------------------------------------------------------------------------------------------------

    def _record(self, wanted: Wanted) -> Step:
        step = self._recording.once(wanted)
        if step.notices and self.notifier is not None:
            self.deliver()
        return step

    def _stamp(self) -> dt.datetime:
        """Return the time that is written with a step. It is not compared with anything, so the
        database need not be asked for it.
        """
        return (self.clock or utc_now)()
