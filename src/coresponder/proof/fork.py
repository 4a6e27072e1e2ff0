"""Two programs explored in lockstep through steps that both accept, up to the first step that only
one of them takes or that they judge differently.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Any

import attrs

from coresponder.policy.book import Book
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.refusal import Refusal, RefusalKind
from coresponder.program import Program
from coresponder.proof.counterexamples import refusing
from coresponder.proof.limits import LimitReached
from coresponder.proof.model import Model, Move
from coresponder.proof.names import Label, Passed
from coresponder.proof.payloads import START
from coresponder.proof.search import Search, hashable
from coresponder.proof.stories import Replayed, StoryLine, tell
from coresponder.record import Record

__all__ = ["Difference", "Effect", "Fork", "Groups"]

Groups = tuple[list[CompiledPolicy], list[CompiledPolicy]]
"""The policies that are watched under the old and under the new program."""
_MOST_TRIES = 20
"""How many stories of one effect are replayed with real times before the search gives up."""


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


@attrs.define(eq=False, kw_only=True)
class Fork:
    """Two programs walked in lockstep by what both accept.

    Attributes:
        because: the policy or the edge in question.
        programs: the old one and the new one.
        groups: the policies that are watched under each.
        extra: the events whose edges are in question.
        judged: whether to compare also how the policy is judged.
        limit: how many states may be seen.
        followed: how many individuals of each kind are followed.
    """

    because: str
    programs: tuple[Program, Program]
    groups: Groups
    extra: tuple[str, ...]
    judged: bool
    limit: int
    followed: int

    def differences(self) -> Iterator[Difference]:
        """Yield the shortest story for each effect. Policies that stop a story on the way join the
        groups.

        Raises:
            LimitReached: there are too many states, or no story of the search can be replayed with
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
                        because=self.because,
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
        """Replay a path in both programs. A program without the last event type refuses it."""
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
        """Return how the policy in question was broken, and what is owed under it, at the end of a
        story.
        """
        broken = Counter(
            violation.how
            for violation in program.violations(told.case, told.now)
            if violation.policy == self.because
        )
        return broken, sum(
            owed.policy == self.because for owed in program.obligations(told.case, told.now)
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
        """Return how the new program differs on a move, if that belongs to the question."""
        if apart is not None:
            return apart if self._asked(move) else None
        return (
            Effect.JUDGED
            if self.judged and after[0] is not None and self._judged_apart(after)
            else None
        )

    def _judged_apart(self, after: list[Any]) -> bool:
        """Return whether a step breaks the policy in question on one side only, or leaves something
        owed under it on one side only.
        """
        broken = [0 in side[1] for side in after]
        owed = [
            # a policy that changed its subject is missing from one side
            len(Book(policies=(group[0],)).owed((side[0][0],), START)) if group else 0
            for side, group in zip(after, self.groups, strict=True)
        ]
        return broken[0] != broken[1] or owed[0] != owed[1]

    def _asked(self, move: Move) -> bool:
        """Return whether a difference belongs to the question: to its edges or policies."""
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
    """Return how the new program differs on a move, or None if it does not."""
    if (after[0] is None) != (after[1] is None):
        return Effect.REFUSED if after[1] is None else Effect.ALLOWED
    if after[0] is None:
        return None
    if move.places[0] != move.places[1]:
        return Effect.IN_PLACE if move.places[1] else Effect.OUT_OF_PLACE
    states = [case.state for case in model.nodes.cases(move.target)]
    return Effect.ELSEWHERE if states[0] != states[1] else None
