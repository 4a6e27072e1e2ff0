"""The results of a proof, as data. The command line renders them."""

from __future__ import annotations

import enum

import attrs

from coresponder.policy.policy import Enforcement
from coresponder.proof.limits import Scope
from coresponder.proof.stories import StoryLine
from coresponder.proof.windows import NoticeProof, WindowProof
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
    """The results for one policy.

    Attributes:
        verdict: `proved` when no accepted step and no passing of time violates it, with the
            blocking policies on; `violable` when `story` does; `undetermined` when the search was
            stopped.
        triggered: whether some event of some story concerns it. The proof of a policy that is never
            triggered means nothing. None if that is not known.
        enforceable: whether it would hold as a BLOCK policy. Otherwise it can only be watched,
            because a fact or time breaks it. None if that is not known.
        broken_by: `decision`, `fact` or `time`, in the story.
        owed_at_end: it can still be owed when the incident has ended (only possible when it does
            not block).
        story: the shortest with the blocking policies on.
        unblocked: the shortest with all policies off.
        scope: the number of individuals of each kind for which it is shown that no story breaks it.
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
    """Policies that together leave no compliant way to finish, although each alone does, and the
    story that leads there.
    """

    policies: tuple[str, ...]
    story: Story


@attrs.frozen(kw_only=True)
class DeadEnd(Record):
    """A step that is allowed, and after which no compliant finish exists.

    Attributes:
        event: the event type; None if time alone passes.
        state: the state of the lifecycle before it.
        policies: the policies that together leave no way out.
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
    """A set of available responders and the tier that it gets; `tier` is None if it can form no
    team.

    Attributes:
        holding: the conditions of tiers that the incident meets; it meets no others.
    """

    natures: tuple[str, ...]
    available: tuple[str, ...]
    tier: str | None = None
    holding: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class IdleTier(Record):
    """A tier that no responders ever get.

    Attributes:
        natures: the natures that it answers, if none of them qualifies for the program.
        earlier: the tiers before it; responders who can fill it always fill one of these.
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
    """The responders that each tier needs.

    Attributes:
        needed: for each tier the smallest sets of responders that get it.
        without_team: the largest sets that leave a qualifying call without a team.
        never_chosen: tiers that no set of responders gets, each with the reason.
        uncovered: natures of qualifying calls that no tier answers.
        untried: the parts that were too large to try. If there are any, the staffing is not
            settled.
        scope: the kinds of responders that were tried, and how many of each.
    """

    needed: tuple[Crew, ...] = ()
    without_team: tuple[Crew, ...] = ()
    never_chosen: tuple[IdleTier, ...] = ()
    uncovered: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    scope: str = ""


@attrs.frozen(kw_only=True)
class Proof(Record):
    """Everything that was found about a program.

    Attributes:
        finish: the number of individuals of each kind for which it is shown that an incident can
            always finish.
        undetermined: what was neither shown nor ruled out.
        faults: disagreements between the search and the code that runs live. Each is a bug in this
            library; please report it.
        windows: what a window tells each role, for each purpose.
        notices: the notices that tell a role what no row shows to it.
        unreviewed: the rows of the views that open in an emergency, and of which no rule asks for a
            review. It refutes nothing.
    """

    program: str
    verdict: Outcome
    policies: tuple[PolicyProof, ...] = attrs.field(repr=False)
    conflicts: tuple[Conflict, ...] = ()
    doomed: tuple[DeadEnd, ...] = ()
    lifecycle: LifecycleProof = LifecycleProof()
    staffing: StaffingProof = attrs.field(default=StaffingProof(), repr=False)
    states_explored: int = 0
    undetermined: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    finish: Scope = Scope()
    windows: tuple[WindowProof, ...] = attrs.field(default=(), repr=False)
    notices: tuple[NoticeProof, ...] = attrs.field(default=(), repr=False)
    unreviewed: tuple[str, ...] = ()

    def __or__(self, other: Proof) -> Proof:
        """Return the results for two kinds of streams of one program."""
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
        """Return the narrowest scope of all claims: on blocking policies and on finishing."""
        found = self.finish
        for policy in self.policies:
            if policy.enforcement is Enforcement.BLOCK:
                found |= policy.scope
        return found

    @property
    def findings(self) -> tuple[str, ...]:
        """Return the findings that refute the program, one sentence each."""
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
