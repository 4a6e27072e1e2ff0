"""Compare two versions of a program: what changed in words, and the shortest stories that one
allows and the other does not.

The two are walked in lockstep by what both accept, so a difference is found at the first step that
only one of them takes.
"""

from __future__ import annotations

import enum
import itertools
from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Any

import attrs

from coresponder.policy.book import Book
from coresponder.policy.policy import CompiledPolicy, Policy
from coresponder.policy.refusal import Refusal, RefusalKind
from coresponder.program import Program
from coresponder.program.aligned import aligned
from coresponder.proof.counterexamples import refusing
from coresponder.proof.limits import LimitReached
from coresponder.proof.model import Model, Move
from coresponder.proof.payloads import START
from coresponder.proof.search import Label, Passed, Search, hashable
from coresponder.proof.stories import Replayed, StoryLine, tell
from coresponder.proof.swaps import swaps_between
from coresponder.proof.written import Bearing, Change, changed_policies, changes_between
from coresponder.record import Record

__all__ = ["Bearing", "Change", "Difference", "Review", "compare_programs"]

Groups = tuple[list[CompiledPolicy], list[CompiledPolicy]]
"""The policies that are watched under the old and under the new program."""
_MOST_CREWS = 5
_MOST_TRIES = 20
"""Stories of one effect that are told with real times before the search gives up on it."""


class Effect(enum.StrEnum):
    """How the last step of a story differs under the new program."""

    REFUSED = "refused now"
    ALLOWED = "allowed now"
    OUT_OF_PLACE = "out of place now"
    IN_PLACE = "in place now"
    ELSEWHERE = "leads elsewhere now"
    JUDGED = "judged otherwise now"


@attrs.frozen(kw_only=True)
class Difference(Record):
    """One way in which the programs behave differently: the shortest story, and what the new
    program does at its last step.
    """

    because: str
    effect: Effect
    story: tuple[StoryLine, ...]


@attrs.frozen(kw_only=True)
class Review(Record):
    """What changed from one program to another.

    Attributes:
        changes: everything that is written differently, with what that bears on.
        differences: the shortest stories that show it.
        staffing: the smallest sets of responders that get another team.
        undetermined: what was not settled, and why.
        scope: what was searched; what is not named there was compared as it is written.
    """

    old: str
    new: str
    changes: tuple[Change, ...] = ()
    differences: tuple[Difference, ...] = ()
    staffing: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()

    @property
    def changes_what_is_allowed(self) -> bool:
        """True when some story is allowed by one program and not by the other, or another team is
        sent.
        """
        return bool(self.staffing) or any(
            difference.effect is not Effect.JUDGED for difference in self.differences
        )

    @property
    def changes_what_it_does(self) -> bool:
        """True when anything differs but words: what is allowed, judged, owed, told, recorded or
        read, or who is sent.
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
    """Return what changed in words, and the shortest story for each change of what is allowed or
    how it is judged.
    """
    found: list[Difference] = []
    undetermined: list[str] = []
    scope: list[str] = []
    both, said = aligned(old, new)
    (scope if both else undetermined).extend(said)
    for question in _questions(old, new, both) if both else ():
        known = len(found)
        try:
            for difference in question.answers(limit):
                found.append(difference)  # noqa: PERF402 - what was found before a limit stays
        except LimitReached as reached:
            undetermined.append(f"{question.because}: {reached}")
            continue
        scope.append(f"{question.because}: {question.scope}")
        if len(found) == known and question.open_end:
            undetermined.append(
                f"{question.because}: written differently, and nothing that shows it was found with {question.scope}"
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
    """A rule or an edge that is written differently: which stories show it?"""

    because: str
    programs: tuple[Program, Program]
    groups: Groups
    extra: tuple[str, ...] = ()
    judged: bool = False

    def answers(self, limit: int) -> Iterator[Difference]:
        """Yield the shortest story for each effect, with one individual of each kind or else with
        two.
        """
        for followed in range(1, (2 if self.open_end else 1) + 1):
            shown = False
            for difference in _Fork(self, limit, followed).differences(self.because):
                shown = True
                yield difference
            if shown:
                return

    @property
    def scope(self) -> str:
        """Say what is searched."""
        number = (
            "one or two persons, referrals, follow-ups and values of a key"
            if self.open_end
            else "one of each kind, and a number changes nothing"
        )
        return f"all stories of the events that can matter to it, deadlines in any order, with {number}"

    @property
    def open_end(self) -> bool:
        """True when what was searched does not settle it: more individuals, or an automaton of
        one's own, might show a difference.
        """
        policies = [policy.policy for group in self.groups for policy in group]
        atoms = [
            atom for policy in policies for atom in (policy.a, policy.b, policy.unless) if atom
        ]
        return any(p.per or p.automaton for p in policies) or any(
            path.startswith("incident.") for atom in atoms for path in atom.where
        )


def _questions(
    old: Program, new: Program, programs: tuple[Program, Program]
) -> Iterator[_Question]:
    for id, a, b, bearing in changed_policies(old, new):
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
    """Return the smallest sets of available responders for which another tier is chosen, and what
    was not tried.
    """
    found, untried = swaps_between(old, new)
    lines: list[str] = []
    for _, group in itertools.groupby(found, key=lambda swap: (swap.natures, swap.holding)):
        swaps = list(group)
        lines += map(str, swaps[:_MOST_CREWS])
        if swaps[_MOST_CREWS:]:
            lines.append(f"and {len(swaps) - _MOST_CREWS} sets of responders more")
    return lines, [f"staffing: not compared: {text}" for text in untried]


class _Fork:
    """Two programs walked in lockstep by what both accept."""

    def __init__(self, question: _Question, limit: int, followed: int) -> None:
        self.programs, self.extra, self.judged = question.programs, question.extra, question.judged
        self.asked = question.because
        self.groups: Groups = (list(question.groups[0]), list(question.groups[1]))
        self.limit, self.followed = limit, followed

    def differences(self, because: str) -> Iterator[Difference]:
        """Yield the shortest story for each effect; policies that stop a story on the way join the
        groups.

        Raises:
            LimitReached: there are too many states, or what the search sees cannot be told with
                real times.
        """
        done: set[Effect] = set()
        while True:
            missing: list[list[CompiledPolicy]] = [[], []]
            tries: Counter[Effect] = Counter()
            for effect, path in self._walk(done):
                told = self._told(path)
                missing = [
                    refusing(*side) for side in zip(self.programs, told, self.groups, strict=True)
                ]
                if any(missing):
                    break
                if self._confirmed(effect, told, len(path)):
                    done.add(effect)
                    yield Difference(
                        because=because,
                        effect=effect,
                        story=max(told, key=lambda t: len(t.lines)).lines,
                    )
                    continue
                tries[effect] += 1
                if tries[effect] > _MOST_TRIES:
                    raise LimitReached("what the search sees could not be told with real times")
            else:
                return
            self.groups = (self.groups[0] + missing[0], self.groups[1] + missing[1])

    def _told(self, path: tuple[Label, ...]) -> list[Replayed]:
        """Tell a path to both; a program that does not have the last event type refuses it."""
        last = path[-1]
        strange = [
            not isinstance(last, Passed) and last.name not in program.vocabulary
            for program in self.programs
        ]
        told = [
            tell(program, path[:-1] if unknown else path)
            for program, unknown in zip(self.programs, strange, strict=True)
        ]
        if True in strange:
            knows = told[strange.index(False)]
            why = Refusal(
                kind=RefusalKind.LIFECYCLE,
                event="",
                state="",
                why="There is no such event.",
                remedy="Declare it.",
            )
            told = [
                attrs.evolve(knows, refusals=(why,)) if unknown else one
                for one, unknown in zip(told, strange, strict=True)
            ]
        return told

    def _confirmed(self, effect: Effect, told: list[Replayed], length: int) -> bool:
        refused = [bool(t.refusals) for t in told]
        if not all(len(t.lines) == length for t in told):
            return False
        if effect is Effect.JUDGED:
            verdicts = [
                self._verdict(program, t) for program, t in zip(self.programs, told, strict=True)
            ]
            return refused == [False, False] and verdicts[0] != verdicts[1]
        return refused == {Effect.REFUSED: [False, True], Effect.ALLOWED: [True, False]}.get(
            effect, [False, False]
        )

    def _verdict(self, program: Program, told: Replayed) -> tuple[Any, ...]:
        """Return how the policy that is asked about has been broken, and what it is owed, at the
        end of a story.
        """
        broken = Counter(
            violation.how
            for violation in program.violations(told.case, told.now)
            if violation.policy == self.asked
        )
        return broken, sum(
            owed.policy == self.asked for owed in program.obligations(told.case, told.now)
        )

    def _walk(self, done: set[Effect]) -> Iterator[tuple[Effect, tuple[Label, ...]]]:
        """Yield (effect, path) for each effect that is not known yet, the shortest first."""
        model = Model(
            self.programs,
            (*self.groups[0], *self.groups[1]),
            extra=self.extra,
            followed=self.followed,
        )
        if model.cut:
            raise LimitReached(
                f"{', '.join(sorted(model.cut))}: too many combinations of values to try them all"
            )
        sides = [
            Search(
                model,
                tuple(group),
                frozenset(i for i, p in enumerate(group) if p.blocks),
                side=side,
            )
            for side, group in enumerate(self.groups)
        ]
        start = (model.start, *(tuple(p.start(START) for p in group) for group in self.groups))
        seen: dict[Hashable, None] = {_key(start): None}
        queue: list[tuple[Any, tuple[Label, ...]]] = [(start, ())]
        for (node, *cells), path in queue:
            for move in model.moves(node):
                after = [
                    sides[side].after(cells[side], move) if move.legal[side] else None
                    for side in (0, 1)
                ]
                apart = _effect(model, move, after)
                effect = self._shown(move, apart, after)
                if effect is not None and effect not in done:
                    yield effect, (*path, move)
                if apart is None and after[0] is not None and after[1] is not None:
                    self._push(queue, seen, (move.target, after[0][0], after[1][0]), (*path, move))
            for label, moved in self._passings(sides, cells) if node != model.start else ():
                self._push(queue, seen, (node, *moved), (*path, label))

    def _passings(
        self, sides: list[Search], cells: list[Any]
    ) -> Iterator[tuple[Passed, list[Any]]]:
        """Yield each deadline that may pass on one side, and the cells after it."""
        for side in (0, 1):
            for i, key, following, _ in sides[side].passings(cells[side]):
                moved = list(cells)
                moved[side] = (*cells[side][:i], following, *cells[side][i + 1 :])
                yield Passed(self.groups[side][i].id, key), moved

    def _shown(self, move: Move, apart: Effect | None, after: list[Any]) -> Effect | None:
        """Return how the new program differs on a move, if that was asked."""
        if apart is not None:
            return apart if self._asked(move) else None
        return (
            Effect.JUDGED
            if self.judged and after[0] is not None and self._judged_apart(after)
            else None
        )

    def _judged_apart(self, after: list[Any]) -> bool:
        """Return whether a step breaks the policy that is asked about on one side only, or leaves
        it owed on one side only.
        """
        broken = [0 in side[1] for side in after]
        owed = [
            len(Book(policies=(group[0],)).owed((side[0][0],), START))
            for side, group in zip(after, self.groups, strict=True)
        ]
        return broken[0] != broken[1] or owed[0] != owed[1]

    def _asked(self, move: Move) -> bool:
        """Return whether a difference belongs to the question: to the edges asked about, or to the
        policies.
        """
        return move.name in self.extra if self.extra else all(move.legal)

    def _push(
        self, queue: list[Any], seen: dict[Hashable, None], state: Any, path: tuple[Label, ...]
    ) -> None:
        key = _key(state)
        if key not in seen:
            if len(seen) >= self.limit:
                raise LimitReached(f"more than {self.limit:,} states")
            seen[key] = None
            queue.append((state, path))


def _key(state: Any) -> Hashable:
    node, *cells = state
    return (node, *(tuple(map(hashable, side)) for side in cells))


def _effect(model: Model, move: Move, after: list[Any]) -> Effect | None:
    """Return how the new program differs on a move; None when it does not."""
    if (after[0] is None) != (after[1] is None):
        return Effect.REFUSED if after[1] is None else Effect.ALLOWED
    if after[0] is None:
        return None
    if move.places[0] != move.places[1]:
        return Effect.IN_PLACE if move.places[1] else Effect.OUT_OF_PLACE
    states = [case.state for case in model.cases(move.target)]
    return Effect.ELSEWHERE if states[0] != states[1] else None
