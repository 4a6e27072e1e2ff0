"""Compare two versions of a program: the changes in words, and the shortest stories that only one
of them allows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import attrs

from coresponder.policy.policy import Policy
from coresponder.program import Program
from coresponder.program.aligned import aligned
from coresponder.proof.fork import Difference, Effect, Fork, Groups
from coresponder.proof.limits import LimitReached
from coresponder.proof.swaps import swaps_between
from coresponder.proof.written import Bearing, ProgramChange, changed_policies, changes_between
from coresponder.record import Record

__all__ = ["Bearing", "Difference", "ProgramChange", "Review", "compare_programs"]

_MOST_CREWS = 5


@attrs.frozen(kw_only=True)
class Review(Record):
    """The differences between two versions of a program.

    Attributes:
        changes: everything that is written differently, with the effect of each change.
        differences: the shortest stories that show a change.
        staffing: the smallest sets of responders that get another team.
        undetermined: what was not settled, and why.
        scope: what was searched. Everything else was compared as it is written.
    """

    old: str
    new: str
    changes: tuple[ProgramChange, ...] = ()
    differences: tuple[Difference, ...] = ()
    staffing: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()

    @property
    def changes_what_is_allowed(self) -> bool:
        """True if only one of the programs allows some story, or they send different teams."""
        return bool(self.staffing) or any(
            difference.effect is not Effect.JUDGED for difference in self.differences
        )

    @property
    def changes_what_it_does(self) -> bool:
        """True if anything but words differs: what is allowed, judged, owed, told, recorded or
        read, or the team that is sent.
        """
        return bool(self.differences or self.staffing) or any(
            change.bearing is Bearing.CERTAIN for change in self.changes
        )

    @property
    def conclusion(self) -> str:
        """`the same`, `not the same`, or `not settled`."""
        return (
            "not the same"
            if self.changes_what_it_does
            else "not settled"
            if self.undetermined
            else "the same"
        )


def compare_programs(old: Program, new: Program, *, limit: int = 200_000) -> Review:
    """Compare two programs; find the shortest story for each change of what is allowed or how it is
    judged.
    """
    found: list[Difference] = []
    undetermined: list[str] = []
    scope: list[str] = []
    both, said = aligned(old, new)
    (scope if both else undetermined).extend(said)
    for question in _all_questions(old, new, both) if both else ():
        known = len(found)
        try:
            for difference in question.answers(limit):
                found.append(difference)  # noqa: PERF402 - differences that were found before a limit are kept
        except LimitReached as reached:
            undetermined.append(f"{question.because}: {reached}")
            continue
        scope.append(f"{question.because}: {question.scope}")
        if len(found) == known and question.open_end:
            undetermined.append(
                f"{question.because}: written differently, and nothing that shows it was found with"
                f" {question.scope}"
            )
    staffing, untried = _crew_differences(old, new)
    unique = {
        (d.effect, tuple((line.event, str(line.details)) for line in d.story)): d
        for d in reversed(found)
    }
    return Review(
        old=old.name,
        new=new.name,
        changes=tuple(changes_between(old, new)),
        differences=tuple(reversed(unique.values())),
        staffing=tuple(staffing),
        undetermined=(*undetermined, *untried),
        scope=tuple(scope),
    )


@attrs.define
class _Question:
    """A rule or an edge that is written differently, for which stories are searched."""

    because: str
    programs: tuple[Program, Program]
    groups: Groups
    extra: tuple[str, ...] = ()
    judged: bool = False

    def answers(self, limit: int) -> Iterator[Difference]:
        """Yield the shortest story for each effect, with one individual of each kind or, failing
        that, two.
        """
        for followed in range(1, (2 if self.open_end else 1) + 1):
            shown = False
            fork = Fork(
                because=self.because,
                programs=self.programs,
                groups=self.groups,
                extra=self.extra,
                judged=self.judged,
                limit=limit,
                followed=followed,
            )
            for difference in fork.differences():
                shown = True
                yield difference
            if shown:
                return

    @property
    def scope(self) -> str:
        """Return in words what is searched."""
        number = (
            "one or two persons, referrals, follow-ups and values of a key"
            if self.open_end
            else "one of each kind, and a number changes nothing"
        )
        return (
            "all stories of the events that can matter to it, deadlines in any order, with"
            f" {number}"
        )

    @property
    def open_end(self) -> bool:
        """True if the search cannot settle the question, because more individuals or an own
        automaton might show a difference.
        """
        policies = [policy.policy for group in self.groups for policy in group]
        atoms = [
            atom for policy in policies for atom in (policy.a, policy.b, policy.unless) if atom
        ]
        return any(p.per or p.automaton for p in policies) or any(
            path.startswith(("incident.", "responder.")) for atom in atoms for path in atom.where
        )


def _all_questions(
    old: Program, new: Program, programs: tuple[Program, Program]
) -> Iterator[_Question]:
    """Yield the questions about incidents, then those about responders' streams."""
    yield from _questions(old, new, programs)
    one, other = programs
    yield from _questions(
        old.for_responders, new.for_responders, (one.for_responders, other.for_responders)
    )


def _questions(
    old: Program, new: Program, programs: tuple[Program, Program]
) -> Iterator[_Question]:
    for id, *pair, bearing in changed_policies(old, new):
        # a rule whose subject changed is removed from one subject and added to the other
        a, b = (policy if policy and policy.on == old.subject else None for policy in pair)
        if a is None and b is None:
            continue
        judged = bearing is Bearing.SEARCHED
        if judged or (bearing is Bearing.CERTAIN and (_blocks(a) or _blocks(b))):
            groups = ([programs[0].book[id]] if a else [], [programs[1].book[id]] if b else [])
            yield _Question(id, programs, groups, judged=judged)
    for name in sorted(
        {edge.event for edge in set(old.lifecycle.edges) ^ set(new.lifecycle.edges)}
    ):
        yield _Question(f"lifecycle: {name}", programs, ([], []), (name,))


def _blocks(policy: Policy | None) -> bool:
    return policy is not None and policy.enforcement.value == "BLOCK"


def _crew_differences(old: Program, new: Program) -> tuple[list[str], list[str]]:
    """Return the smallest sets of available responders for which the two choose different tiers,
    and what was not tried.
    """
    found, untried = swaps_between(old, new)
    lines: list[str] = []
    for _, group in itertools.groupby(found, key=lambda swap: (swap.natures, swap.holding)):
        swaps = list(group)
        lines += map(str, swaps[:_MOST_CREWS])
        if swaps[_MOST_CREWS:]:
            lines.append(f"and {len(swaps) - _MOST_CREWS} sets of responders more")
    return lines, [f"staffing: not compared: {text}" for text in untried]
