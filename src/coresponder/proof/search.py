"""Breadth-first search over (node of a model, cells of a group of policies), stepped by the
policies' own watches.

Time is abstracted: a clock is stopped, runs, or its deadline has passed, and a deadline may pass at
any moment. Every event happens at `START`; a clock that runs began there, one that has passed began
long before. So no order of deadlines is ruled out, which errs on the safe side: a story that real
time does not allow is discarded when it is replayed with real times (see `stories`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterator
from typing import Any

import attrs

from coresponder.policy.automata import BY_EVENT, OWED, Cell, Timed
from coresponder.policy.book import Book
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.watches import Watch
from coresponder.proof.limits import Budget, LimitReached
from coresponder.proof.model import Model, Move
from coresponder.proof.names import Label, Names, Naming, Passed
from coresponder.proof.payloads import START

__all__ = [
    "LONG_AGO",
    "LimitReached",
    "Search",
    "Taken",
    "activation",
    "hashable",
]

LONG_AGO = START - dt.timedelta(days=20 * 366)
"""The start of a clock whose deadline has passed: no bound is as long."""


@attrs.frozen(kw_only=True)
class Taken:
    """One transition: from a state by a label to a state, which policies of the group it breaks,
    and whether a plan may use it.
    """

    source: int
    label: Label
    target: int
    broken: tuple[int, ...] = ()
    planned: bool


@attrs.frozen
class _Parent:
    """How a state was first reached."""

    source: int
    label: Label
    names: Names | None


def activation(policy: CompiledPolicy) -> int:
    """Return the letters that activate a policy; without one of them it never applies."""
    return int(policy.template.activation)


@attrs.define(eq=False)
class Search:
    """All states that a group of policies can reach in a model.

    Args:
        model: moves incidents.
        policies: the group; their cells are stepped.
        blocking: which of them refuse decisions.
        side: which of the model's programs.
        unexpected: take facts out of place, too.
        wild: let individuals that are not followed act as if they had gone through anything before.
        budget: how many states and moves may be seen.

    Attributes:
        states: (node, cells), in the order found.
        parents: how each was reached first.
        ended: states that an accepted end of the incident leads to.
        triggered: indices of policies that some event of some path concerns.
        wakes: index -> the first event that did.
        broken: indices of policies that some transition breaks.
    """

    model: Model
    policies: tuple[CompiledPolicy, ...]
    blocking: frozenset[int]
    side: int = attrs.field(kw_only=True, default=0)
    unexpected: bool = attrs.field(kw_only=True, default=True)
    wild: bool = attrs.field(kw_only=True, default=True)
    budget: Budget = attrs.field(kw_only=True, factory=lambda: Budget(1_000_000))
    states: list[tuple[int, tuple[Cell, ...]]] = attrs.field(init=False, factory=list)
    parents: list[_Parent | None] = attrs.field(init=False, factory=list)
    ended: set[int] = attrs.field(init=False, factory=set)
    triggered: set[int] = attrs.field(init=False, factory=set)
    wakes: dict[int, Move] = attrs.field(init=False, factory=dict)
    broken: set[int] = attrs.field(init=False, factory=set)
    _index: dict[Hashable, int] = attrs.field(init=False, factory=dict)
    _back: dict[int, list[int]] = attrs.field(init=False, factory=dict)
    _traits: dict[Hashable, int] = attrs.field(init=False, factory=dict)
    _blockers: Book = attrs.field(init=False)
    _activations: tuple[int, ...] = attrs.field(init=False)
    _watching: dict[str, list[tuple[int, CompiledPolicy, Watch]]] = attrs.field(init=False)

    @_blockers.default
    def _book(self) -> Book:
        return Book(policies=tuple(self.policies[i] for i in sorted(self.blocking)))

    @_activations.default
    def _wake(self) -> tuple[int, ...]:
        return tuple(map(activation, self.policies))

    @_watching.default
    def _watch(self) -> dict[str, list[tuple[int, CompiledPolicy, Watch]]]:
        found: dict[str, list[tuple[int, CompiledPolicy, Watch]]] = {}
        for i, policy in enumerate(self.policies):
            for name, watch in policy.watches.items():
                found.setdefault(name, []).append((i, policy, watch))
        return found

    def run(self, until: Callable[[Taken], bool] = lambda taken: False) -> Taken | None:
        """Explore until a transition satisfies `until`, or until everything is explored. The first
        one found has the shortest path.

        Raises:
            LimitReached: there are more states than the budget allows.
        """
        return next((taken for taken in self.explore() if until(taken)), None)

    def explore(self) -> Iterator[Taken]:
        """Yield every transition, those near the start first."""
        if not self.states:
            self._add(
                (self.model.start, tuple(policy.start(START) for policy in self.policies)),
                None,
                None,
            )
        at = 0
        while at < len(self.states):
            yield from self.steps(at)
            at += 1

    def steps(self, at: int) -> Iterator[Taken]:
        """Yield every transition out of a state; new states are added."""
        node, cells = self.states[at]
        for move in self.model.moves(node):
            if (
                not move.legal[self.side]
                or (move.unexpected and not self.unexpected)
                or (move.wild and not self.wild)
            ):
                continue
            found = self.after(cells, move)
            if found is not None:
                target = self._add((move.target, found[0]), at, move)
                if move.ends[self.side]:
                    self.ended.add(target)
                yield self._taken(
                    at,
                    move,
                    target,
                    found[1],
                    planned=not move.unexpected and not move.corrects and not found[1],
                )
        if node != self.model.start:
            passings = tuple(self.passings(cells))
            for i, key, following, late in passings:
                label = Passed(self.policies[i].id, key, self.policies[i].policy.per)
                target = self._add((node, (*cells[:i], following, *cells[i + 1 :])), at, label)
                hurried = any(
                    other[3] and self._length(other[0]) <= self._length(i) for other in passings
                )
                yield self._taken(
                    at, label, target, (i,) if late else (), planned=not late and not hurried
                )

    def _taken(
        self, source: int, label: Label, target: int, broken: tuple[int, ...], *, planned: bool
    ) -> Taken:
        if planned:
            self._back.setdefault(target, []).append(source)
        self.broken.update(broken)
        return Taken(source=source, label=label, target=target, broken=broken, planned=planned)

    def _length(self, index: int) -> dt.timedelta:
        """Return the length of a policy's bound at the beginning of a story."""
        automaton = self.policies[index].automaton
        return (
            automaton.bound.deadline(START) - START
            if isinstance(automaton, Timed)
            else dt.timedelta()
        )

    def finishing(self) -> frozenset[int]:
        """Return the states from which the incident can end with nothing broken on the way and
        nothing owed. Run it first.
        """
        found, todo = set(self.ended), list(self.ended)
        while todo:
            for source in self._back.get(todo.pop(), ()):
                if source not in found:
                    found.add(source)
                    todo.append(source)
        return frozenset(found)

    def after(
        self, cells: tuple[Cell, ...], move: Move
    ) -> tuple[tuple[Cell, ...], tuple[int, ...]] | None:
        """Return the cells after a move and the policies that it breaks; None if it is refused. No
        cell is kept for an individual that is not followed, so its own cell may still refuse the
        move.
        """
        fresh: list[Cell] | None = None
        broken: list[int] = []
        incident = move.incidents[self.side]
        for i, policy, watch in self._watching.get(move.name, ()):
            if (
                i not in self.triggered
                and not move.unexpected
                and policy.matched(move.event, incident) & self._activations[i]
            ):
                self.triggered.add(i)
                self.wakes[i] = move
            if policy.policy.per in move.others:
                continue
            change = watch(cells[i], move.event, incident)
            if change is not None:
                fresh = fresh or list(cells)
                fresh[i] = change[0]
                if change[1] & BY_EVENT:
                    broken.append(i)
        following = cells if fresh is None else tuple(fresh)
        if move.decision and (
            not self.blocking.isdisjoint(broken) or (move.ends[self.side] and self.owing(following))
        ):
            return None
        return following, tuple(broken)

    def owing(self, cells: tuple[Cell, ...]) -> bool:
        """Return whether a blocking policy is owed something."""
        return bool(self.blocking) and bool(
            self._blockers.owed(tuple(cells[i] for i in sorted(self.blocking)), START)
        )

    def state_of(self, at: int) -> str:
        """Return the lifecycle's state."""
        return self.model.nodes.cases(self.states[at][0])[self.side].state

    def path(self, at: int) -> tuple[Label, ...]:
        """Return the labels that lead to a state, with one name for each individual throughout."""
        return self._told(at, None)

    def story(self, taken: Taken) -> tuple[Label, ...]:
        """Return the labels up to and including a transition."""
        return self._told(taken.source, taken.label)

    def _told(self, at: int, last: Label | None) -> tuple[Label, ...]:
        steps: list[_Parent] = []
        while (parent := self.parents[at]) is not None:
            steps.append(parent)
            at = parent.source
        steps.reverse()
        labels, real = [], Naming(self.model.followed)
        for step in steps:
            labels.append(real.named(step.label))
            real.move(step.names)
        return (*labels, *(() if last is None else (real.named(last),)))

    def find(self, node: int, cells: tuple[Cell, ...]) -> int | None:
        """Return the number of a state, if it was reached."""
        return self._index.get(self._key(*self._settled(node, cells)[:2]))

    def reach(self, node: int, cells: tuple[Cell, ...]) -> int:
        """Return the number of a state that another search leads to."""
        return self._add((node, cells), None, None)

    def passings(self, cells: tuple[Cell, ...]) -> Iterator[tuple[int, Any, Cell, bool]]:
        """Yield (policy, key, cell after its deadline, whether something was due by then)."""
        for i, policy in enumerate(self.policies):
            if not isinstance(policy.automaton, Timed):
                continue
            for key, part in policy.parts(cells[i]):
                passed = _let_pass(policy.automaton, part)
                if passed is not None:
                    late = (
                        policy.automaton.within
                        and (part[0] & ~OWED) in policy.automaton.template.due
                    )
                    yield i, key, ({**cells[i], key: passed} if policy.policy.per else passed), late

    def _add(
        self, state: tuple[int, tuple[Cell, ...]], source: int | None, label: Label | None
    ) -> int:
        node, cells, names = self._settled(*state)
        key = self._key(node, cells)
        found = self._index.get(key)
        if found is None:
            self.budget.spend(state=True)
            found = self._index[key] = len(self.states)
            self.states.append((node, cells))
            self.parents.append(
                None if source is None or label is None else _Parent(source, label, names)
            )
        return found

    @staticmethod
    def _key(node: int, cells: tuple[Cell, ...]) -> Hashable:
        return (node, tuple(map(hashable, cells)))

    def _settled(
        self, node: int, cells: tuple[Cell, ...]
    ) -> tuple[int, tuple[Cell, ...], Names | None]:
        """Give the followed individuals their names in the one state that is kept of all states
        that differ only in names.
        """
        if self.model.followed <= 1:
            return node, cells, None
        names: dict[str, dict[Any, Any]] = {}
        for field, population in self.model.populations.items():
            traits = self.model.nodes.traits(node, population)
            own = [i for i, policy in enumerate(self.policies) if policy.policy.per == field]
            order = sorted(
                population.followed,
                key=lambda value: self._rank(
                    (traits[value], tuple(hashable(cells[i].get(value)) for i in own))
                ),
            )
            if order != list(population.followed):
                names[field] = dict(zip(order, population.followed, strict=True))
        if not names:
            return node, cells, None
        keyed = [names.get(policy.policy.per or "") for policy in self.policies]
        moved = tuple(
            cell if other is None else {other.get(key, key): part for key, part in cell.items()}
            for cell, other in zip(cells, keyed, strict=True)
        )
        return self.model.nodes.renamed(node, names), moved, names

    def _rank(self, trait: Hashable) -> int:
        """Return a number for the record of an individual. Records not seen before come last,
        except for the empty one.
        """
        return self._traits.setdefault(trait, len(self._traits))


def _let_pass(automaton: Timed, part: Cell) -> Cell | None:
    """Return the cell with its deadline behind it, or None where no clock runs."""
    state, instant = part[0] & ~OWED, part[1]
    runs = (
        instant is not None
        and instant > LONG_AGO
        and state in automaton.template.due | automaton.template.window
    )
    return (part[0], LONG_AGO) if runs else None


def hashable(cell: Cell) -> Hashable:
    """Return a cell as a key; raise `LimitReached` if the cells of an own automaton cannot be
    hashed.
    """
    found = frozenset(cell.items()) if type(cell) is dict else cell
    try:
        hash(found)
    except TypeError:
        raise LimitReached(
            "the cells of its own automaton cannot be compared; make them hashable"
        ) from None
    return found
