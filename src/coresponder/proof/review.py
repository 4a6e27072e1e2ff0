"""Compare two versions of a program: what changed in words, and the shortest stories that one allows and the other does not.

The two are walked in lockstep by what both accept, so a difference is found at the first step that only one of them takes.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

import attrs

from coresponder.policy.policy import CompiledPolicy, Policy
from coresponder.policy.words import say_policy
from coresponder.program import Program
from coresponder.proof.hunt import refusing
from coresponder.proof.payloads import START
from coresponder.proof.search import Label, LimitReached, Passed, Search, hashable
from coresponder.proof.stories import StoryLine, Told, tell
from coresponder.proof.swaps import swaps_between
from coresponder.proof.world import Move, World
from coresponder.record import Record

__all__ = ["Change", "Difference", "Review", "compare_programs"]

Groups = tuple[list[CompiledPolicy], list[CompiledPolicy]]
"""The policies that are watched under the old and under the new program."""
_FIELDS = ("template", "a", "b", "unless", "within", "after", "per", "count", "enforcement")
_MOST_CREWS = 5


class Effect(enum.StrEnum):
    """How the last step of a story differs under the new program."""

    REFUSED = "refused now"
    ALLOWED = "allowed now"
    OUT_OF_PLACE = "out of place now"
    IN_PLACE = "in place now"
    ELSEWHERE = "leads elsewhere now"


@attrs.frozen(kw_only=True)
class Change(Record):
    """One thing that was written differently, in words. `part` is `policy`, `lifecycle` or `staffing`."""

    part: str
    text: str


@attrs.frozen(kw_only=True)
class Difference(Record):
    """One way in which the programs behave differently: the shortest story, and what the new program does at its last step."""

    because: str
    effect: Effect
    story: tuple[StoryLine, ...]


@attrs.frozen(kw_only=True)
class Review(Record):
    """What changed from one program to another."""

    old: str
    new: str
    changes: tuple[Change, ...] = ()
    differences: tuple[Difference, ...] = ()
    staffing: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()

    @property
    def changes_what_is_allowed(self) -> bool:
        """True when some story is allowed by one program and not by the other, or another team is sent."""
        return bool(self.differences or self.staffing)


def compare_programs(old: Program, new: Program, *, limit: int = 200_000) -> Review:
    """Return what changed in words, and the shortest story for each change of what is allowed."""
    found: list[Difference] = []
    undetermined: list[str] = []
    policies = list(_changed_policies(old, new))
    edges = sorted({edge.event for edge in set(old.lifecycle.edges) ^ set(new.lifecycle.edges)})
    questions: list[tuple[str, Groups, tuple[str, ...]]] = [
        (id, ([old.book[id]] if a else [], [new.book[id]] if b else []), ()) for id, a, b in policies if _blocks(a) or _blocks(b)
    ]
    questions += [(f"lifecycle: {name}", ([], []), (name,)) for name in edges]
    for because, groups, extra in questions:
        try:
            found += _Fork(old, new, groups, extra, limit).differences(because)
        except LimitReached as reached:
            undetermined.append(f"{because}: {reached}")
    changes = [*_say_policies(policies), *_say_lifecycle(old, new), *_say_tiers(old, new)]
    unique = {(d.effect, tuple((line.event, str(line.details)) for line in d.story)): d for d in reversed(found)}
    return Review(
        old=old.name,
        new=new.name,
        changes=tuple(changes),
        differences=tuple(reversed(unique.values())),
        staffing=tuple(_crew_differences(old, new)),
        undetermined=tuple(undetermined),
    )


def _blocks(policy: Policy | None) -> bool:
    return policy is not None and policy.enforcement.value == "BLOCK"


def _changed_policies(old: Program, new: Program) -> Iterator[tuple[str, Policy | None, Policy | None]]:
    before, after = {p.id: p for p in old.policies}, {p.id: p for p in new.policies}
    for id in dict.fromkeys([*before, *after]):
        a, b = before.get(id), after.get(id)
        if (
            a is None
            or b is None
            or any(getattr(a, name) != getattr(b, name) for name in (*_FIELDS, "because", "source"))
            or old.calendar != new.calendar
        ):
            yield id, a, b


def _say_policies(policies: Iterable[tuple[str, Policy | None, Policy | None]]) -> Iterator[Change]:
    for id, a, b in policies:
        if a is None and b is not None:
            yield Change(part="policy", text=f"{id}: new, {b.enforcement}. {say_policy(b)}")
        elif b is None and a is not None:
            yield Change(part="policy", text=f"{id}: gone ({a.enforcement}). {say_policy(a)}")
        elif a is not None and b is not None:
            fields = [f"{name} {_value(getattr(a, name))} -> {_value(getattr(b, name))}" for name in _FIELDS if getattr(a, name) != getattr(b, name)]
            plain = [attrs.evolve(policy, because=None) for policy in (a, b)]
            text = "; ".join(fields) or ("its words or source" if a != b else "the calendar under its bound")
            yield Change(part="policy", text=f"{id}: {text}. Was: {say_policy(plain[0])} Is: {say_policy(plain[1])}")


def _value(value: Any) -> str:
    if hasattr(value, "events"):
        where = f" where {dict(value.where)}" if value.where else ""
        return f"{' or '.join(value.events) or 'incident'}{where}"
    return "none" if value is None else str(value)


def _say_lifecycle(old: Program, new: Program) -> Iterator[Change]:
    before, after = ({*(f"state {s}" for s in p.lifecycle.states), *map(str, p.lifecycle.edges)} for p in (old, new))
    for what, items in (("no more", before - after), ("new", after - before)):
        yield from (Change(part="lifecycle", text=f"{what}: {item}") for item in sorted(items))


def _say_tiers(old: Program, new: Program) -> Iterator[Change]:
    before, after = {t.id: t for t in old.tiers}, {t.id: t for t in new.tiers}
    for id in dict.fromkeys([*before, *after]):
        a, b = before.get(id), after.get(id)
        if a is None or b is None:
            seats = (a or b).seats  # type: ignore[union-attr]
            yield Change(part="staffing", text=f"tier {id}: {'gone' if b is None else 'new'} ({' + '.join(map(str, seats))})")
        elif a != b:
            yield Change(part="staffing", text=f"tier {id}: {' + '.join(map(str, a.seats))} -> {' + '.join(map(str, b.seats))}")
    kept = [[t.id for t in program.tiers if t.id in before and t.id in after] for program in (old, new)]
    if kept[0] != kept[1]:
        yield Change(part="staffing", text=f"order of tiers: {', '.join(kept[0])} -> {', '.join(kept[1])}")
    if set(old.natures) != set(new.natures):
        yield Change(part="staffing", text="natures that qualify: " + ", ".join(sorted(set(old.natures) ^ set(new.natures))) + " differ")


def _crew_differences(old: Program, new: Program) -> Iterator[str]:
    """Yield the smallest sets of available responders for which another tier is chosen, and what was left out."""
    found, untried = swaps_between(old, new)
    for _, group in itertools.groupby(found, key=lambda swap: swap.natures):
        swaps = list(group)
        yield from map(str, swaps[:_MOST_CREWS])
        if swaps[_MOST_CREWS:]:
            yield f"and {len(swaps) - _MOST_CREWS} sets of responders more"
    yield from (f"not compared: {text}" for text in untried)


class _Fork:
    """Two programs walked in lockstep by what both accept."""

    def __init__(self, old: Program, new: Program, groups: Groups, extra: Iterable[str], limit: int) -> None:
        self.programs, self.groups, self.extra, self.limit = (old, new), groups, tuple(extra), limit

    def differences(self, because: str) -> Iterator[Difference]:
        """Yield the shortest story for each effect; policies that stop a story on the way join the groups."""
        done: set[Effect] = set()
        while True:
            missing: list[list[CompiledPolicy]] = [[], []]
            for effect, path in self._walk(done):
                told = [tell(program, path) for program in self.programs]
                missing = [refusing(*side) for side in zip(self.programs, told, self.groups, strict=True)]
                if any(missing):
                    break
                done.add(effect)
                if self._confirmed(effect, told, len(path)):
                    yield Difference(because=because, effect=effect, story=max(told, key=lambda t: len(t.lines)).lines)
            else:
                return
            self.groups = (self.groups[0] + missing[0], self.groups[1] + missing[1])

    @staticmethod
    def _confirmed(effect: Effect, told: list[Told], length: int) -> bool:
        refused = [bool(t.refusals) for t in told]
        whole = [len(t.lines) == length for t in told]
        expected = {Effect.REFUSED: [False, True], Effect.ALLOWED: [True, False]}.get(effect, [False, False])
        return refused == expected and all(whole)

    def _walk(self, done: set[Effect]) -> Iterator[tuple[Effect, tuple[Label, ...]]]:
        """Yield (effect, path) for each effect that is not known yet, the shortest first."""
        world = World(self.programs, (*self.groups[0], *self.groups[1]), extra=self.extra)
        sides = [
            Search(world, tuple(group), frozenset(i for i, p in enumerate(group) if p.blocks), side=side) for side, group in enumerate(self.groups)
        ]
        start = (world.start, *(tuple(p.start(START) for p in group) for group in self.groups))
        seen: dict[Hashable, None] = {_key(start): None}
        queue: list[tuple[Any, tuple[Label, ...]]] = [(start, ())]
        told: set[Effect] = set(done)
        for (node, *cells), path in queue:
            for move in world.moves(node):
                after = [sides[side].after(cells[side], move) if move.legal[side] else None for side in (0, 1)]
                effect = _effect(world, move, after)
                if effect is not None:
                    if effect not in told and self._asked(move):
                        told.add(effect)
                        yield effect, (*path, move)
                    continue
                if after[0] is None or after[1] is None:
                    continue
                self._push(queue, seen, (move.target, after[0][0], after[1][0]), (*path, move))
            if node != world.start:
                for side in (0, 1):
                    for i, key, following, _ in sides[side].passings(cells[side]):
                        moved = list(cells)
                        moved[side] = (*cells[side][:i], following, *cells[side][i + 1 :])
                        self._push(queue, seen, (node, *moved), (*path, Passed(self.groups[side][i].id, key)))

    def _asked(self, move: Move) -> bool:
        """Return whether a difference belongs to the question: to the edges asked about, or to the policies."""
        return move.name in self.extra if self.extra else all(move.legal)

    def _push(self, queue: list[Any], seen: dict[Hashable, None], state: Any, path: tuple[Label, ...]) -> None:
        key = _key(state)
        if key not in seen:
            if len(seen) >= self.limit:
                raise LimitReached(f"more than {self.limit:,} states")
            seen[key] = None
            queue.append((state, path))


def _key(state: Any) -> Hashable:
    node, *cells = state
    return (node, *(tuple(map(hashable, side)) for side in cells))


def _effect(world: World, move: Move, after: list[Any]) -> Effect | None:
    """Return how the new program differs on a move; None when it does not."""
    if (after[0] is None) != (after[1] is None):
        return Effect.REFUSED if after[1] is None else Effect.ALLOWED
    if after[0] is None:
        return None
    if move.places[0] != move.places[1]:
        return Effect.IN_PLACE if move.places[1] else Effect.OUT_OF_PLACE
    states = [case.state for case in world.cases(move.target)]
    return Effect.ELSEWHERE if states[0] != states[1] else None
