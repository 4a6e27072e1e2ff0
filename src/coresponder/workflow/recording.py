"""Write a step exactly once, even if the answer of the database is lost: decide, append with the
notices in one transaction, and try again.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Callable, Iterable

import attrs

from coresponder.domain.consents import lapse_of, lapse_of_event
from coresponder.domain.events import (
    CallReceived,
    Decision,
    EmergencyAccessOpened,
    EmergencyAccessReviewed,
    Event,
    FollowUpDone,
    NoteAdded,
    PersonIdentified,
    PersonInvolved,
    PolicyOverridden,
    ReferralSent,
    ResponderArrived,
    TeamDispatched,
    TeamUnavailable,
)
from coresponder.domain.identity import known_as
from coresponder.domain.objects import CarePlan, Incident
from coresponder.domain.types import opaque_id
from coresponder.domain.vocabulary import ConsentLapse, ConsentScope
from coresponder.errors import (
    AudienceDenied,
    InvalidEvent,
    NotFound,
    OutcomeUnknown,
    Refused,
    RequestTaken,
    ResponderTaken,
    StoreUnavailable,
    VersionConflict,
)
from coresponder.program import Case, Notice, Override, Program, Step
from coresponder.program.case import as_asked
from coresponder.program.emergency import reviewed
from coresponder.program.engaged import role_sent_in, sent_again
from coresponder.stores.base import Append, Words
from coresponder.stores.codec import encode, events_of
from coresponder.stores.derived import REPLAYED
from coresponder.stores.pages import Filters, every
from coresponder.stores.projections import (
    changed_contacts,
    changed_owed,
    changed_sent,
    gone_from,
    summary_of,
)
from coresponder.stores.relisting import UNREADABLE
from coresponder.workflow.cases import Cases
from coresponder.workflow.entering import Recognizer, check_entering, check_scores
from coresponder.workflow.moves import Moves, moves_of, taking_over

__all__ = ["Recording", "Wanted"]

_TRIES = 1000  # in each round, one of the writers that meet on an incident succeeds
_LOG = logging.getLogger("coresponder")
_TOLERANCE = dt.timedelta(minutes=5)
_NO_MOVES = Moves()


@attrs.frozen(kw_only=True)
class Wanted:
    """A requested step. Without an incident, one is opened under a generated id."""

    incident: str | None
    event: Event
    override: Override | None = None
    expected: int | None = None
    request: str | None = None
    words: tuple[Words, ...] = ()


@attrs.define
class Recording:
    """Takes steps of one agency's incidents.

    Args:
        cases: the incidents.
        stamp: returns the time that is written with a step. It is not compared with anything, so
            the database need not be asked for it.
        now: returns the database's time, with which times are compared.
        recognizer: says what looks personal and must not enter.
    """

    cases: Cases
    stamp: Callable[[], dt.datetime]
    now: Callable[[], dt.datetime]
    recognizer: Recognizer | None

    def once(self, wanted: Wanted) -> Step:
        """Write a step exactly once. If the answer is lost, look for the step under its request
        before writing it again.
        """
        self._check_time(wanted.event)
        self._check_entering(wanted)
        given, made = wanted.request, secrets.token_hex(16)
        keyed, id = (
            attrs.evolve(wanted, request=made if given is None else opaque_id(given)),
            wanted.incident or made,
        )
        try:
            return self._newest(id, keyed, look=given is not None)
        except OutcomeUnknown as unknown:
            self.cases.drop(id)
            try:
                return self._newest(id, keyed, look=True)
            except StoreUnavailable:
                raise unknown from unknown.__cause__

    def _newest(self, incident: str, wanted: Wanted, *, look: bool) -> Step:
        """Take the event on the newest version, and again whenever another writer was faster. With
        `look`, the step may already be recorded.
        """
        now = self.stamp()
        for attempt in range(_TRIES):
            there = self.there(wanted) if look else None
            try:
                return there or self._attempt(incident, wanted, now)
            except (Refused, InvalidEvent):  # by what is kept, which may be out of date
                if attempt == _TRIES - 1 or not self.cases.moved_on(incident):
                    raise
            except ResponderTaken:  # sent elsewhere since; what an override takes over is recorded
                if wanted.override is None or attempt == _TRIES - 1:
                    raise
            except (VersionConflict, RequestTaken):
                self.cases.moved_on(incident)
                if wanted.expected is not None or attempt == _TRIES - 1:
                    there = self.there(wanted)
                    if there is None:
                        raise
                    return there
        raise AssertionError("unreachable")  # pragma: no cover

    def _attempt(self, incident: str, wanted: Wanted, now: dt.datetime) -> Step:
        """Take the event on the cached version, or on the expected one."""
        event, expected = wanted.event, wanted.expected
        check_scores((event,))
        opens = expected == 0 and isinstance(
            event, CallReceived
        )  # whether another writer was faster shows when the step is written
        case = (
            self.cases.program.open(incident)
            if opens
            else self.cases.known(incident, new=self._may_begin(event))
        )
        if expected is not None and case.version != expected:
            case = self.cases.newest(incident, new=True)
            if case.version != expected:
                raise VersionConflict(incident, expected, case.version)
        known = self._as_known(case, event)
        return self._step(
            case, wanted if known is event else attrs.evolve(wanted, event=known), now
        )

    def _may_begin(self, event: Event) -> bool:
        """Return whether a new stream may begin with this event."""
        return isinstance(event, CallReceived) or self.cases.program.subject != "incident"

    def there(self, wanted: Wanted) -> Step | None:
        """Return the step that was recorded under this request; raise `InvalidEvent` if it is a
        different step.
        """
        found = self.cases.store.recorded(self.cases.agency, wanted.request or "")
        if found is None:
            return None
        incident, last = found
        stored = self.cases.store.load(self.cases.agency, incident)
        program = self.cases.program_named(stored.program)
        events = events_of(stored.rows[:last], program.vocabulary, incident)
        first = last - 2 if last > 1 and isinstance(events[-2], PolicyOverridden) else last - 1
        before, after = (program.replay(incident, events[:number]) for number in (first, last))
        step = program.between(before, after)
        if wanted.incident not in {None, incident} or not self._is_same(wanted, step):
            raise InvalidEvent(
                f"request {wanted.request!r} recorded another step: event {last} of incident {incident}, {type(events[-1]).__name__}; nothing "
                "was written now, give each step a request of its own"
            )
        return step

    def _is_same(self, wanted: Wanted, step: Step) -> bool:
        """Return whether a recorded step is the one that is requested now, apart from values that
        were looked up or generated for it.
        """
        asked, done = wanted.event, step.events[-1]
        overridden = step.events[0] if len(step.events) > 1 else None
        by, why = (
            (overridden.by, overridden.reason)
            if isinstance(overridden, PolicyOverridden)
            else (None, None)
        )
        if overridden is not None and (
            wanted.override is None or (wanted.override.by, wanted.override.reason) != (by, why)
        ):
            return False
        if isinstance(asked, TeamUnavailable) and isinstance(
            done, TeamDispatched | TeamUnavailable
        ):  # a dispatch may find another team when it is repeated
            return (asked.at, asked.by) == (done.at, done.by)
        done = as_asked(done, asked)
        if isinstance(asked, EmergencyAccessReviewed) and isinstance(done, EmergencyAccessReviewed):
            done = attrs.evolve(done, by_viewer=asked.by_viewer)
        if isinstance(asked, EmergencyAccessOpened) and isinstance(done, EmergencyAccessOpened):
            done = attrs.evolve(done, at=asked.at, access=asked.access, until=asked.until)
        if isinstance(asked, NoteAdded) and isinstance(done, NoteAdded) and wanted.words:
            return (
                self._said_the_same(wanted.words[0], done)
                and attrs.evolve(asked, entry=done.entry, digest=done.digest) == done
            )
        return asked == done

    def _said_the_same(self, words: Words, done: NoteAdded) -> bool:
        """Return whether the words equal those that were kept. Words that were forgotten since
        count as equal.
        """
        try:
            kept = self.cases.store.recall(
                self.cases.agency, done.entry, audience=words.entry.audience
            )
        except NotFound:
            return True
        except AudienceDenied:
            return False
        return attrs.evolve(words.entry, id=kept.id) == kept

    def _step(self, case: Case, wanted: Wanted, now: dt.datetime) -> Step:
        program, event, override = self.cases.program_of(case), wanted.event, wanted.override
        step = program.advance(case, event, override)
        if not step.accepted:
            raise Refused(type(event).__name__, step.refusals)
        if isinstance(event, TeamDispatched) and override is None:
            self._check_sent(case, event, program)
        forced = override is not None or not isinstance(event, Decision)
        moves = moves_of(self.cases, step, program, forced=forced)
        if override is not None and isinstance(event, Decision):
            forced = bool(moves.elsewhere)
            step = taking_over(program, case, step, override) if forced else step
        events, notices = step.events, step.notices
        written = self._append(
            program,
            case,
            step.case,
            events,
            notices,
            now,
            moves,
            forced=forced,
            request=wanted.request or "",
            words=wanted.words,
        )
        self.cases.store.append(written)
        self.cases.stepped(case, step.case, written)
        return attrs.evolve(step, elsewhere=moves.elsewhere) if moves.elsewhere else step

    def _check_sent(self, case: Case, event: TeamDispatched, program: Program) -> None:
        """Refuse a team if all of it was already sent. A member who is with another incident by now
        does not count as sent; the store knows that.
        """
        refusal = sent_again(case, event, program.lifecycle)
        if refusal is None:
            return
        elsewhere = {
            one.responder
            for one in self.cases.store.engaged(self.cases.agency, event.responders)
            if one.incident != case.id
        }
        if len(set(event.responders)) < len(event.responders) or not elsewhere:
            raise Refused(type(event).__name__, (refusal,))

    def _check_time(self, event: Event) -> None:
        """Refuse a decision whose time lies in the future by the database's clock. A fact is taken
        whatever a clock says.
        """
        if (
            isinstance(event, Decision)
            and event.at > self.stamp() + _TOLERANCE
            and event.at > (now := self.now()) + _TOLERANCE
        ):
            raise InvalidEvent(
                f"{type(event).__name__} at {event.at.isoformat()} lies in the future (it is {now.isoformat()}); check the clock and the time zone"
            )

    def _check_entering(self, wanted: Wanted) -> None:
        """Refuse what looks personal, in the event and in the override of its refusal."""
        override = (wanted.override,) if wanted.override else ()
        check_entering(
            self.recognizer,
            self.cases,
            wanted.incident,
            (wanted.event, *override),
            request=wanted.request,
            words=wanted.words,
        )

    def _as_known(self, case: Case, event: Event) -> Event:
        """Complete an event: a person gets what the store knows of them (`Prior`), a responder who
        arrives gets the role in which they were sent, a follow-up the person with whom it was
        planned, a referral why no consent covers it, and the review of an emergency access whether
        it is by the one who had it.
        """
        if isinstance(event, ReferralSent) and event.consent_lapse is None:
            return attrs.evolve(
                event, consent_lapse=lapse_of_event(self._at(case, event.at), event)
            )
        if isinstance(event, EmergencyAccessReviewed):
            return reviewed(case, event)
        if isinstance(event, ResponderArrived) and event.role is None:
            return attrs.evolve(event, role=role_sent_in(case.incident, event.responder))
        if isinstance(event, FollowUpDone) and event.person is None:
            plan = case.incident.follow_up(event.follow_up)
            return attrs.evolve(event, person=plan.person if plan else None)
        if not isinstance(event, PersonInvolved | PersonIdentified) or event.prior is not None:
            return event
        named = event.identified_as if isinstance(event, PersonIdentified) else event.person
        person = known_as(case.findings.who, named)
        prior = self.cases.store.prior(self.cases.agency, person, at=event.at, excluding=case.id)
        if prior.last_contact is not None:
            prior = attrs.evolve(prior, care=self._care_of(person, event.at, excluding=case.id))
        return attrs.evolve(event, prior=prior)

    def _at(self, case: Case, at: dt.datetime) -> Incident:
        """Return the incident as it was at an instant, by what is known now."""
        if not case.history or at >= case.history[-1].at:
            return case.incident
        before = (
            entry.event for entry in case.entries() if entry.happened and entry.event.at <= at
        )
        return self.cases.program_of(case).replay(case.id, before).incident

    def _care_of(self, person: str, at: dt.datetime, *, excluding: str) -> CarePlan | None:
        """Return the care plan that a person last shared in another incident, unless it ended or the
        consent to it has run out. An incident that cannot be read keeps nobody waiting: the log
        names it.
        """
        last, plan = None, None
        wanted = Filters(person=person)
        for found in every(self.cases.store.find, self.cases.agency, wanted):
            if found.incident == excluding:
                continue
            try:
                incident = self.cases.newest(found.incident).incident
            except UNREADABLE as fault:
                _LOG.error("a care plan in %s cannot be read: %s", found.incident, fault)
                continue
            there = incident.person(person)
            if there is None or there.care_at is None or there.care_at > at:
                continue
            if last is None or there.care_at > last:
                last = there.care_at
                lapse = lapse_of(incident, person=person, scope=ConsentScope.CARE_PLAN, at=at)
                plan = None if lapse is ConsentLapse.RUN_OUT else there.care
        return plan

    def history(self, incident: str, events: Iterable[Event]) -> Case:
        """Take the whole history of an incident that happened elsewhere; see `Workflow.replay`."""
        case = self.cases.program.replay(incident, events)
        check_entering(self.recognizer, self.cases, incident, case.recorded())
        check_scores(entry.event for entry in case.entries() if entry.happened)
        empty = self.cases.program.open(incident)
        try:
            self.cases.store.append(
                self._append(
                    self.cases.program,
                    empty,
                    case,
                    case.recorded(),
                    (),
                    self.stamp(),
                    request=REPLAYED + secrets.token_hex(16),
                )
            )
        except OutcomeUnknown as unknown:
            there = self.cases.reloaded(incident)
            if there is None or there.recorded() != case.recorded():
                raise OutcomeUnknown(unknown.where, unknown.said) from unknown.__cause__
        return case

    def _append(
        self,
        program: Program,
        before: Case,
        after: Case,
        events: tuple[Event, ...],
        notices: tuple[Notice, ...],
        now: dt.datetime,
        moves: Moves = _NO_MOVES,
        *,
        forced: bool = False,
        request: str = "",
        words: tuple[Words, ...] = (),
    ) -> Append:
        rows = tuple(
            [(kind, version, e.at, body) for e in events for kind, version, body in (encode(e),)]
        )
        owed, met = changed_owed(program, before, after)
        sent, unsent = changed_sent(before, after, events)
        summary = summary_of(program, after)
        dated = bool(before.history) and (
            bool(owed or met) or program.opened_at(before) != summary.opened_at
        )
        return Append(
            agency=self.cases.agency,
            expected=before.version,
            rows=rows,
            recorded_at=now,
            summary=summary,
            contacts=changed_contacts(program, before, after),
            gone=gone_from(before, after),
            notices=notices,
            engages=moves.engages,
            calls=moves.calls,
            releases=moves.releases,
            forced=forced,
            request=request,
            words=words,
            owed=owed,
            met=met,
            sent=sent,
            unsent=unsent,
            dated=dated,
        )
