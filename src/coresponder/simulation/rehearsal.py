"""Play every story of a proof through the workflow, as a live incident, before anybody reads it.

A story that the proof found with `Program.advance` must have the same result through `Workflow`:
every line is accepted, and the story breaks the rule that it is said to break. Otherwise the
library has a fault, which is reported as such and never shown as a finding.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import attrs

from coresponder.domain.events import CallReceived
from coresponder.domain.types import UTC
from coresponder.errors import Refused
from coresponder.policy.policy import Enforcement
from coresponder.program import Case, Program
from coresponder.proof.report import Outcome, PolicyProof, Proof
from coresponder.proof.stories import StoryLine
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow

__all__ = ["confirmed"]

Story = tuple[StoryLine, ...]
Expected = Callable[[Program, Case, dt.datetime], bool]
_INCIDENT = "incident-1"


def confirmed(program: Program, proof: Proof) -> Proof:
    """Return the proof without the stories that do not play as claimed; each of them is named as a
    fault.
    """
    stage = _Stage(program)
    policies = tuple(stage.policy(found) for found in proof.policies)
    conflicts = tuple(
        found
        for found in proof.conflicts
        if stage.plays(f"conflict of {', '.join(found.policies)}", found.story)
    )
    doomed = tuple(
        found
        for found in proof.doomed
        if stage.plays(f"dead end under {', '.join(found.policies)}", found.story)
    )
    if not stage.faults:
        return proof
    return attrs.evolve(
        proof,
        policies=policies,
        conflicts=conflicts,
        doomed=doomed,
        faults=(*proof.faults, *stage.faults),
        verdict=Outcome.UNDETERMINED,
    )


@attrs.define
class _Stage:
    """Plays the stories of one program."""

    program: Program
    faults: list[str] = attrs.field(factory=list)

    def policy(self, found: PolicyProof) -> PolicyProof:
        """Return the findings on a policy, without stories that do not play."""

        def breaks(program: Program, case: Case, now: dt.datetime) -> bool:
            return any(violation.policy == found.id for violation in program.violations(case, now))

        kept = found
        if found.story and not self.plays(f"policy {found.id!r}", found.story, breaks):
            kept = attrs.evolve(kept, story=(), verdict=Outcome.UNDETERMINED)
        if found.unblocked and not self.plays(
            f"policy {found.id!r}, unblocked", found.unblocked, breaks, blocking=False
        ):
            kept = attrs.evolve(kept, unblocked=())
        return kept

    def plays(
        self,
        what: str,
        story: Story,
        expected: Expected = lambda program, case, now: True,
        *,
        blocking: bool = True,
    ) -> bool:
        """Return whether the workflow accepts a story to its end and the expectation holds there;
        otherwise add a fault.
        """
        program = self.program if blocking else _observing(self.program)
        if any(line.event and line.event not in program.vocabulary for line in story):
            program = program.for_responders
        try:
            case = _play(program, story)
        except Refused as refused:
            self.faults.append(f"{what}: its story is refused by the workflow: {refused}")
            return False
        if expected(program, case, story[-1].at):
            return True
        self.faults.append(f"{what}: its story is taken by the workflow and does not break it")
        return False


def _observing(program: Program) -> Program:
    """Return the program with policies that only observe, so that none refuses."""
    return attrs.evolve(
        program,
        policies=[
            attrs.evolve(policy, enforcement=Enforcement.OBSERVE) for policy in program.policies
        ],
    )


def _play(program: Program, story: Story) -> Case:
    """Record a story, line by line, at its own times."""
    now = dt.datetime.min.replace(tzinfo=UTC)
    workflow = Workflow(program, MemoryStore(), clock=lambda: now)
    for line in story:
        now = line.at
        if line.event is not None:
            event = program.event_type(line.event).from_dict(
                {"at": line.at, "by": "dispatcher-1", **line.details}
            )
            if isinstance(event, CallReceived) and not workflow.store.version(
                workflow.agency, _INCIDENT
            ):
                workflow.receive(event, incident=_INCIDENT)
            else:
                workflow.record(_INCIDENT, event)
    return workflow.case(_INCIDENT)
