"""The program: one declaration that drives each live incident and answers questions on a case."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable

import attrs

from coresponder.domain.events import Event
from coresponder.domain.objects import Override
from coresponder.policy.book import PolicyStatus
from coresponder.policy.refusal import Obligation, Refusal, Violation
from coresponder.program import decision
from coresponder.program.approximate import marked, undetermined
from coresponder.program.case import Case, Notice, Step
from coresponder.program.declaration import Declaration
from coresponder.program.handed_on import handed_on
from coresponder.program.notices import OCCASIONS, notices_due
from coresponder.program.owners import owned
from coresponder.program.refusals import opening
from coresponder.roster.events import RESPONDER_EVENTS
from coresponder.roster.standing import MEMBERSHIP

__all__ = ["Program"]


_CAREER = dt.timedelta(days=60 * 365)
"""How long before joining a responder may have been trained."""


@attrs.frozen(kw_only=True)
class Program(Declaration):
    """Lifecycle + staffing + policies + notices, with an id and a version.

    Build it in Python or load it from TOML (`coresponder.load_program`). It is checked when it is
    made.
    """

    @functools.cached_property
    def for_responders(self) -> Program:
        """The program over the streams of its responders: the policies on responders, with the
        events and the lifecycle of responders.
        """
        if self.subject == "responder":
            return self
        on = {policy.id for policy in self.policies if policy.on == "responder"}
        told = (
            rule for rule in self.notices if rule.on in RESPONDER_EVENTS or rule.on in OCCASIONS
        )
        return attrs.evolve(
            self,
            id=f"{self.id}.responders",
            subject="responder",
            lifecycle=MEMBERSHIP,
            tiers=(),
            events=(),
            natures=(),
            views=(),
            retention=(),
            notices=tuple(rule for rule in told if not rule.policies or on & {*rule.policies}),
            look_ahead=False,
            plausible=attrs.evolve(self.plausible, lead=_CAREER),
            definition={**self.definition, "subject": "responder"} if self.definition else {},
        )

    def open(self, incident: str) -> Case:
        """Return a case in which nothing has happened yet; its first event is usually
        `CallReceived`.
        """
        return decision.new_case(self, incident)

    def advance(self, case: Case, event: Event, override: Override | None = None) -> Step:
        """Take the next event: check it, fold it in, and step the policies that mention it.

        A fact is always taken. A decision is refused if the lifecycle has no edge for it, if it
        would violate a BLOCK policy, or if it ends the incident while something is owed under a
        BLOCK policy. Then `Step.refusals` says why, and the case stays as it was.

        Args:
            case: the case as it is.
            event: what happened, or what is to be decided. An event that happened before the last
                one is put in its place in time.
            override: accept a decision that would be refused; a `PolicyOverridden` is recorded
                before it.

        Raises:
            InvalidEvent: the program does not have the event type, the event refers to something
                that does not exist, or the case began under another program or version.
        """
        return decision.advance(self, case, event, override)

    def replay(self, incident: str, events: Iterable[Event]) -> Case:
        """Take events in the order in which they were recorded. Nothing is refused, not even a
        decision; violations are counted.
        """
        return decision.replay(self, incident, events)

    def resume(self, case: Case, events: Iterable[Event]) -> Case:
        """Take the events that were recorded after those of a case, as `replay` does. The result is
        the case that a replay of all events gives.
        """
        return decision.resume(self, case, events)

    def between(self, before: Case, after: Case) -> Step:
        """Return the step that led from one case to another: the events recorded since, and the
        changes they made.
        """
        return decision.step_between(self, before, after)

    def refusals(self, case: Case, event: Event) -> tuple[Refusal, ...]:
        """Return why a decision is not permitted in this case; empty if it is. Facts are always
        permitted.
        """
        return decision.refusals(self, case, event)

    def statuses(self, case: Case, now: dt.datetime) -> tuple[PolicyStatus, ...]:
        """Return the verdict and the number of breaches of every policy at `now`."""
        unknown = undetermined(self, case)
        return self.book.statuses(case.cells, case.findings.violations, now, unknown)

    def undetermined(self, case: Case) -> frozenset[str]:
        """Return the policies whose verdict depends on a time that is only approximate."""
        return undetermined(self, case)

    def violations(self, case: Case, now: dt.datetime) -> tuple[Violation, ...]:
        """Return every breach by `now`, including those that time alone has caused. Breaches of
        policies that are undetermined are left out.
        """
        passed = self.book.passed(case.cells, now) if case.history else ()
        found = case.findings.violations + passed
        unknown = undetermined(self, case) if found else ()
        return tuple(one for one in found if one.policy not in unknown) if unknown else found

    def obligations(self, case: Case, now: dt.datetime) -> tuple[Obligation, ...]:
        """Return what is owed at `now`, the most urgent first. An empty case owes nothing."""
        if not case.history:
            return ()
        found = self.book.obligations(case.cells, case.findings.violations, now)
        return owned(self.book, case.incident, marked(self, case, found))

    def handed_on(self, case: Case, now: dt.datetime) -> tuple[Obligation, ...]:
        """Return what another agency owes since it took the incident on, until it says what came of
        it; the most urgent first.
        """
        return handed_on(self, case, now)

    def opening(self, case: Case) -> dt.datetime | None:
        """Return when the incident opened, or None if it has not."""
        return opening(self, case)

    def opened_at(self, case: Case) -> dt.datetime:
        """Return when the incident opened or, if it has not, when something first happened."""
        happened = (entry.event.at for entry in case.entries() if entry.happened)
        return opening(self, case) or min(happened, default=case.history[0].at)

    def notices_due(self, case: Case, now: dt.datetime) -> tuple[Notice, ...]:
        """Return the messages that time causes at `now`: for what is due soon, and what is overdue."""
        return notices_due(self.notices, self.book, case, self.obligations(case, now), now)
