"""Choose a team and send it: once, also when a host repeats its call or another dispatcher is
faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from coresponder.domain.events import Event, TeamDispatched, TeamUnavailable
from coresponder.domain.objects import Responder
from coresponder.domain.types import Id, Instant
from coresponder.errors import Refused, ResponderTaken
from coresponder.program import Case, Program, Step
from coresponder.program.engaged import step_that_sent
from coresponder.roster.staffing import Staffing, TierAttempt
from coresponder.workflow.cases import Cases
from coresponder.workflow.recording import Recording, Wanted
from coresponder.workflow.roster import nature_of

__all__ = ["Dispatching"]


@attrs.frozen(kw_only=True)
class Dispatching:
    """One call for a team.

    Attributes:
        cases: where the incident is read.
        recording: how a step is looked up by its request.
        record: takes the step and delivers its notices.
        incident: the incident's id.
        at: when the team is sent.
        by: the dispatcher's id.
        request: the key of the step, if the host gave one.
    """

    cases: Cases
    recording: Recording
    record: Callable[[Wanted], Step]
    incident: Id
    at: Instant
    by: Id
    request: str | None

    def there(self) -> tuple[Staffing, Step] | None:
        """Return what the same request recorded before, if anything."""
        if not self.request:
            return None
        step = self.recording.there(self._wanted(TeamUnavailable(at=self.at, by=self.by)))
        return None if step is None else _with_staffing(step)

    def send(self, responders: Sequence[Responder]) -> tuple[Staffing, Step]:
        """Choose a team from these responders and record it, or that there is none.

        Raises:
            Refused: the decision is not permitted, or the whole team was already sent, in parts.
            ResponderTaken: another dispatcher was faster; it says who would be next.
        """
        case = self.cases.newest(self.incident)
        program = self.cases.program_of(case)
        staffing = self._choose(program, case, responders)
        event = self._event(staffing)
        try:
            return staffing, self.record(self._wanted(event))
        except Refused:
            sent = self._sent_already(program, event)
            if sent is None:
                raise
            return sent
        except ResponderTaken as taken:
            free = self._without_the_busy(responders, taken.responder)
            rest = self._choose(program, case, free)
            raise ResponderTaken(taken.responder, taken.incident, taken.since, rest) from None

    def _wanted(self, event: Event) -> Wanted:
        return Wanted(incident=self.incident, event=event, request=self.request)

    def _choose(self, program: Program, case: Case, responders: Sequence[Responder]) -> Staffing:
        nature = nature_of(case)
        return program.staff(responders, at=self.at, nature=nature, incident=case.incident)

    def _event(self, staffing: Staffing) -> TeamDispatched | TeamUnavailable:
        if staffing.team is not None:
            return TeamDispatched(at=self.at, by=self.by, team=staffing.team)
        missing = tuple(attempt.tier for attempt in staffing.attempts)
        return TeamUnavailable(at=self.at, by=self.by, missing=missing)

    def _sent_already(self, program: Program, event: Event) -> tuple[Staffing, Step] | None:
        """Return the step that sent the same team before, if the team is still there."""
        if not isinstance(event, TeamDispatched):
            return None
        sent = step_that_sent(program, self.cases.newest(self.incident), event)
        return None if sent is None else _with_staffing(sent)

    def _without_the_busy(self, responders: Sequence[Responder], taken: Id) -> list[Responder]:
        """Return the responders whom no other incident has."""
        engaged = self.cases.store.engaged(self.cases.agency)
        busy = {one.responder for one in engaged if one.incident != self.incident} | {taken}
        return [responder for responder in responders if responder.id not in busy]


def _with_staffing(step: Step) -> tuple[Staffing, Step]:
    """Return a step that sent a team, with the staffing that it recorded."""
    event = step.events[-1]
    if isinstance(event, TeamDispatched):
        return Staffing(team=event.team), step
    missing = event.missing if isinstance(event, TeamUnavailable) else ()
    attempts = tuple(TierAttempt(tier=tier, missing=("one who could be sent",)) for tier in missing)
    return Staffing(attempts=attempts), step
