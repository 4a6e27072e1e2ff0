"""What a proof says, as data. Rendering is the command line's."""

from __future__ import annotations

import enum

import attrs

from coresponder.policy.policy import Enforcement
from coresponder.proof.limits import Scope
from coresponder.proof.stories import StoryLine
from coresponder.record import Record

__all__ = [
    "Conflict",
    "Crew",
    "DeadEnd",
    "IdleTier",
    "LifecycleProof",
    "Outcome",
    "PolicyProof",
    "Proof",
    "StaffingProof",
]

Story = tuple[StoryLine, ...]


class Outcome(enum.StrEnum):
    """The verdict of a proof, whole or in part."""

    PROVED = "proved"
    REFUTED = "refuted"
    VIOLABLE = "violable"
    UNDETERMINED = "undetermined"


@attrs.frozen(kw_only=True)
class PolicyProof(Record):
    """What was found of one policy.

    Attributes:
        verdict: `proved` when no accepted step and no passing of time violates it, with the
            blocking policies on; `violable` when `story` does; `undetermined` when the search was
            stopped.
        triggered: some event of some story concerns it; a policy that is never triggered proves
            nothing. None when that is not known.
        enforceable: it would hold if it were a BLOCK policy; otherwise it can only be watched,
            because a fact or time breaks it. None when that is not known.
        broken_by: `decision`, `fact` or `time`, in the story.
        owed_at_end: it can still be owed when the incident has ended (only possible when it does
            not block).
        story: the shortest with the blocking policies on.
        unblocked: the shortest with all policies off.
        scope: for how many individuals of each kind it is shown that no story breaks it.
        harmless: a BLOCK policy that nothing breaks with all policies off either, whatever the
            number of individuals.
    """

    id: str
    sentence: str
    enforcement: Enforcement
    verdict: Outcome
    triggered: bool | None
    enforceable: bool | None
    broken_by: str | None = None
    owed_at_end: bool = False
    story: Story = ()
    unblocked: Story = ()
    scope: Scope = Scope()
    harmless: bool = False


@attrs.frozen(kw_only=True)
class Conflict(Record):
    """Policies that together leave no compliant way to finish, though each alone does, and the
    story that leads there.
    """

    policies: tuple[str, ...]
    story: Story


@attrs.frozen(kw_only=True)
class DeadEnd(Record):
    """A step that is allowed, and after which no compliant finish exists.

    Attributes:
        event: the event type; None when the passing of time does it.
        state: the state of the lifecycle before it.
        policies: whose rules together leave no way out.
        story: the shortest; its last line is the step.
    """

    event: str | None
    state: str
    policies: tuple[str, ...]
    story: Story


@attrs.frozen(kw_only=True)
class LifecycleProof(Record):
    """What no accepted story reaches: states, states' ends, and edges as `event: source -> target`."""

    unreachable: tuple[str, ...] = ()
    cannot_finish: tuple[str, ...] = ()
    never_taken: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Crew(Record):
    """A set of available responders and the tier that it gets; `tier` is None when no team can be
    made of it.

    Attributes:
        holding: conditions of tiers that hold of the incident; those not named do not.
    """

    natures: tuple[str, ...]
    available: tuple[str, ...]
    tier: str | None = None
    holding: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class IdleTier(Record):
    """A tier that no responders ever get.

    Attributes:
        natures: what it answers, when none of it qualifies for the program.
        earlier: the tiers before it, of which one is always filled by whoever could fill it.
    """

    tier: str
    natures: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say why, and what to do."""
        if self.natures:
            named = ", ".join(self.natures)
            return (
                f"tier {self.tier!r} can never serve: of its natures ({named}) none qualifies for"
                " the program; add one to [program], or take it out"
            )
        before = " or ".join(map(repr, self.earlier))
        return (
            f"tier {self.tier!r} is never chosen: whoever can fill it also fills {before}, which"
            " comes first; move it up, or take it out"
        )


@attrs.frozen(kw_only=True)
class StaffingProof(Record):
    """Who must be available for which tier.

    Attributes:
        needed: for each tier the smallest sets of responders that get it.
        without_team: the largest sets that leave a qualifying call without a team.
        never_chosen: tiers that no set of responders gets, each with the reason.
        uncovered: natures of qualifying calls that no tier answers.
        untried: what was too much to be tried; with any, the staffing is not settled.
        scope: which responders were tried, and how many of each kind.
    """

    needed: tuple[Crew, ...] = ()
    without_team: tuple[Crew, ...] = ()
    never_chosen: tuple[IdleTier, ...] = ()
    uncovered: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    scope: str = ""


@attrs.frozen(kw_only=True)
class Proof(Record):
    """Everything that was found of a program.

    Attributes:
        finish: for how many individuals of each kind it is shown that an incident can always
            finish.
        undetermined: what was neither shown nor ruled out.
        faults: where the search and the code that runs live disagree; a fault of this library,
            please report it.
    """

    program: str
    verdict: Outcome
    policies: tuple[PolicyProof, ...]
    conflicts: tuple[Conflict, ...] = ()
    doomed: tuple[DeadEnd, ...] = ()
    lifecycle: LifecycleProof = LifecycleProof()
    staffing: StaffingProof = StaffingProof()
    states_explored: int = 0
    undetermined: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    finish: Scope = Scope()

    def __or__(self, other: Proof) -> Proof:
        """Return what is found of two kinds of streams of one program."""
        verdicts = {self.verdict, other.verdict}
        worst = (Outcome.REFUTED, Outcome.UNDETERMINED, Outcome.PROVED)
        faults = (*self.faults, *other.faults)
        ours, theirs = self.lifecycle, other.lifecycle
        return attrs.evolve(
            self,
            verdict=Outcome.UNDETERMINED
            if faults
            else next(verdict for verdict in worst if verdict in verdicts),
            policies=(*self.policies, *other.policies),
            conflicts=(*self.conflicts, *other.conflicts),
            doomed=(*self.doomed, *other.doomed),
            lifecycle=attrs.evolve(
                ours,
                **{
                    field.name: (*getattr(ours, field.name), *getattr(theirs, field.name))
                    for field in attrs.fields(LifecycleProof)
                },
            ),
            states_explored=self.states_explored + other.states_explored,
            undetermined=(*self.undetermined, *other.undetermined),
            faults=faults,
            finish=self.finish | other.finish,
        )

    @property
    def scope(self) -> Scope:
        """Return the narrowest scope of what is claimed: of each blocking policy, and of finishing."""
        found = self.finish
        for policy in self.policies:
            if policy.enforcement is Enforcement.BLOCK:
                found |= policy.scope
        return found

    @property
    def findings(self) -> tuple[str, ...]:
        """Return what refutes the program, a sentence each."""
        broken = [
            f"BLOCK policy {p.id!r} can be broken by a {p.broken_by}"
            for p in self.policies
            if p.enforcement is Enforcement.BLOCK
            and p.verdict is Outcome.VIOLABLE
            and p.broken_by != "time"
        ]
        asleep = [
            f"policy {p.id!r} is never triggered"
            for p in self.policies
            if p.triggered is False and p.verdict is not Outcome.UNDETERMINED
        ]
        clash = [f"{' and '.join(map(repr, c.policies))} conflict" for c in self.conflicts]
        doomed = [
            f"after {d.event or 'a deadline has passed'} in state {d.state!r} no compliant finish"
            f" exists ({', '.join(d.policies)})"
            for d in self.doomed
        ]
        dead = [
            f"lifecycle: {text} is never taken; forbid it in [lifecycle], or change the policy that"
            " stops it"
            for text in self.lifecycle.never_taken
        ]
        dead += [
            f"lifecycle: state {state!r} is never reached" for state in self.lifecycle.unreachable
        ]
        dead += [
            f"lifecycle: an incident in state {state!r} cannot finish"
            for state in self.lifecycle.cannot_finish
        ]
        idle = [str(tier) for tier in self.staffing.never_chosen]
        return (*broken, *clash, *doomed, *asleep, *dead, *idle)
