"""One policy, as a plan for a finish sees it: every situation of the followed individual, and where
each step leads from it.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable

import attrs

from coresponder.domain.events import Event
from coresponder.lifecycle import PARTS
from coresponder.policy.automata import BY_EVENT, Cell
from coresponder.policy.policy import CompiledPolicy
from coresponder.proof.search import Search, hashable

__all__ = ["Action", "Member"]


@attrs.frozen
class Action:
    """One step of a plan.

    Attributes:
        event: the event to take; None to wait until every running clock has passed.
        every: the field whose individuals each get the event once, where it is in place; None to
            take it once.
    """

    event: Event | None = None
    every: str | None = None

    def __str__(self) -> str:
        """Say it."""
        if self.event is None:
            return "wait"
        return type(self.event).__name__ + (
            f" (for every {self.every.replace('_', '-')})" if self.every else ""
        )


@attrs.frozen
class _Variant:
    """An event of a model, by its number there.

    Attributes:
        others: the fields that name an individual that is not followed.
        followed: whether it names the followed individual.
    """

    number: int
    others: frozenset[str]
    followed: bool


@attrs.define(eq=False)
class Member:
    """One policy, with everything that it can reach alone. `search` has run to its end. A belief is
    a set of places: the number of a state of the search, or its complement if the followed
    individual was not named yet, so that an action for every individual skips it.
    """

    search: Search
    finishing: frozenset[int] = attrs.field(init=False)
    concerned: frozenset[str] = attrs.field(init=False)
    _beliefs: dict[str, frozenset[int]] = attrs.field(init=False)
    _known: dict[tuple[int, int, str], frozenset[int] | None] = attrs.field(
        init=False, factory=dict
    )
    _handles: dict[Action, int] = attrs.field(init=False, factory=dict)
    _alike: dict[Hashable, int] = attrs.field(init=False, factory=dict)
    _actions: list[tuple[Action, tuple[_Variant, ...]]] = attrs.field(init=False, factory=list)

    @finishing.default
    def _finishing(self) -> frozenset[int]:
        return self.search.finishing()

    @concerned.default
    def _concerned(self) -> frozenset[str]:
        """Return the event types that can change anything here but the lifecycle's state."""
        return self.search.model.names | set(self.policy.watches)

    @_beliefs.default
    def _by_state(self) -> dict[str, frozenset[int]]:
        found: dict[str, set[int]] = {}
        for at in self.finishing:
            found.setdefault(self.search.state_of(at), set()).update(
                (at, ~at) if self._unnamed(at) else (at,)
            )
        return {state: frozenset(all_) for state, all_ in found.items()}

    @property
    def policy(self) -> CompiledPolicy:
        """The policy."""
        return self.search.policies[0]

    def belief(self, state: str) -> frozenset[int]:
        """Return all situations, in one state of the lifecycle, from which the policy alone leaves
        a finish.
        """
        return self._beliefs.get(state, frozenset())

    def reaches(self, state: str) -> bool:
        """Return whether the incident can be in a state of the lifecycle under the policy alone."""
        return any(self.search.state_of(at) == state for at in range(len(self.search.states)))

    def owes(self, place: int) -> bool:
        """Return whether something is owed."""
        return self.search.owing(self._state(place)[1])

    def _state(self, place: int) -> tuple[int, tuple[Cell, ...]]:
        return self.search.states[place if place >= 0 else ~place]

    def cells(self, belief: frozenset[int]) -> dict[Hashable, frozenset[int]]:
        """Return a belief by the policy's cell, if there is one for the whole incident; the cases
        of which exactly one is true.
        """
        found: dict[Hashable, set[int]] = {}
        for at in belief:
            found.setdefault(
                None if self.policy.policy.per else hashable(self._state(at)[1][0]), set()
            ).add(at)
        return {cell: frozenset(all_) for cell, all_ in found.items()}

    def handle(self, action: Action) -> int:
        """Return the number with which `after` is called for an action."""
        found = self._handles.get(action)
        if found is None:
            variants = self._variants_of(action.event) if action.event else ()
            alike = (action.every, variants) if variants else action
            found = self._handles[action] = self._alike.setdefault(alike, len(self._actions))
            if found == len(self._actions):
                self._actions.append((action, variants))
        return found

    def after(self, place: int, handle: int, target: str) -> frozenset[int] | None:
        """Return the places to which an action may lead when the incident moves to `target`; None
        if the policy may forbid it.
        """
        key = (place, handle, target)
        if key not in self._known:
            self._known[key] = self._after(place, *self._actions[handle], target)
        return self._known[key]

    def settled(self, belief: frozenset[int]) -> frozenset[int]:
        """Leave out impossible places: those in which others add a share that no followed
        individual adds, although the followed one may be any of them.
        """
        model = self.search.model
        counted = [
            (i, p) for i, p in enumerate(model.populations.values()) if p.members and p.followed
        ]
        for i, population in counted:
            added = {
                population.adds(part)
                for at in belief
                for part in population.parts(model.nodes.cases(self._state(at)[0])[0].incident)
            }
            belief = frozenset(
                at
                for at in belief
                if all(key in added for key, _ in model.nodes.others(self._state(at)[0])[i])
            )
        return belief

    def _after(
        self, place: int, action: Action, variants: tuple[_Variant, ...], target: str
    ) -> frozenset[int] | None:
        if action.event is None:
            return self._wait(place)
        if type(action.event).__name__ not in self.search.model.names:
            return self._unseen(place, action.event, target, repeated=action.every is not None)
        if action.every is None:
            return self._once(place, action.event, variants, target)
        return self._for_every(place, action.event, action.every, variants, target)

    def _for_every(
        self, place: int, event: Event, field: str, variants: tuple[_Variant, ...], target: str
    ) -> frozenset[int] | None:
        """Take an event for every individual: for the followed one, if it was named, and for any
        number of others before and after it.
        """
        population = self.search.model.populations.get(field)
        if population is None:
            return self._repeated({place}, variants, target)
        others = [variant for variant in variants if field in variant.others]
        before = self._repeated({place}, others, target)
        if before is None or not population.followed:
            return before and self._swept(before, event, field)
        moved = self._each(
            before, [variant for variant in variants if field not in variant.others], target
        )
        return self._repeated(moved, others, target) if moved else None

    def _variants_of(self, event: Event) -> tuple[_Variant, ...]:
        """Return the event for a followed individual and for another one, in every field that names
        one here. Return nothing for an event that the model does not have.
        """
        model = self.search.model
        if type(event).__name__ not in model.names:
            return ()
        named = [
            (field, p)
            for field, p in model.populations.items()
            if getattr(event, field, None) is not None
        ]
        choices = [
            [
                (field, value, value == p.other)
                for value in (*p.followed, *(() if p.other is None else (p.other,)))
            ]
            for field, p in named
        ]
        return tuple(
            _Variant(
                number=model.number(
                    attrs.evolve(event, **{field: value for field, value, _ in chosen})
                ),
                others=frozenset(field for field, _, other in chosen if other),
                followed=any(not other for _, _, other in chosen),
            )
            for chosen in itertools.product(*choices)
        )

    def _taken(self, place: int, variant: _Variant, target: str) -> frozenset[int] | None:
        """Return the places to which an event leads, if it is in place; None if it is forbidden."""
        search, (node, cells) = self.search, self._state(place)
        found = set()
        for move in search.model.taking(node, variant.number):
            if (
                not move.legal[0]
                or move.unexpected
                or search.model.nodes.cases(move.target)[0].state != target
            ):
                continue
            after = None if move.corrects else search.after(cells, move)
            if after is None or after[1]:
                return None
            found.add(search.reach(move.target, after[0]))
        return (
            frozenset(found) if place >= 0 or variant.followed else frozenset(~at for at in found)
        )

    def _once(
        self, place: int, event: Event, variants: Iterable[_Variant], target: str
    ) -> frozenset[int] | None:
        """Take an event once, for an individual for which it is in place. If there may be none, the
        event may be skipped.
        """
        found: set[int] = set()
        for variant in variants:
            after = self._taken(place, variant, target)
            if after is None:
                return None
            found |= after
        if not found or not _for_anybody(event):
            if self.search.model.nodes.cases(self._state(place)[0])[0].state != target:
                return None
            found.add(place)
        return frozenset(found)

    def _swept(self, belief: frozenset[int], event: Event, field: str) -> frozenset[int]:
        """Leave out places that are impossible after an event was taken for every individual."""
        model = self.search.model
        index, left = list(model.populations).index(field), model.populations[field].left(event)
        return frozenset(
            at
            for at in belief
            if all(added in left for added, _ in model.nodes.others(self._state(at)[0])[index])
        )

    def _each(
        self, belief: Iterable[int], variants: Iterable[_Variant], target: str
    ) -> set[int] | None:
        """Take an event for the followed individual, if it was named and the event is in place."""
        found: set[int] = set()
        for place in belief:
            moved: set[int] = set()
            for variant in variants if place >= 0 else ():
                after = self._taken(place, variant, target)
                if after is None:
                    return None
                moved |= after
            found |= moved or {place}
        return found

    def _unnamed(self, at: int) -> bool:
        """Return whether there is a followed individual, and it was never named."""
        node, cells = self.search.states[at]
        population = self.search.model.populations.get(self.policy.policy.per or "")
        if population is None:
            return False
        traits = self.search.model.nodes.traits(node, population)
        return not any(traits[value] or value in cells[0] for value in population.followed)

    def _repeated(
        self, belief: Iterable[int], variants: Iterable[_Variant], target: str
    ) -> frozenset[int] | None:
        """Take an event any number of times."""
        found = set(belief)
        todo = list(found)
        listed = tuple(variants)
        while todo:
            at = todo.pop()
            for variant in listed:
                after = self._taken(at, variant, target)
                if after is None:
                    return None
                todo += after - found
                found |= after
        return frozenset(found)

    def _unseen(
        self, place: int, event: Event, target: str, *, repeated: bool
    ) -> frozenset[int] | None:
        """Step a policy on an event that its model does not have. The event moves the lifecycle,
        and counts if every event counts.
        """
        node, cells = self._state(place)
        there = self.search.model.nodes.shifted(node, target)
        incident = self.search.model.nodes.cases(there)[0].incident
        found = {self._reach(place, there, cells)} if repeated else set()
        watch = self.policy.watches.get(type(event).__name__)
        while True:
            change = watch and watch(cells[0], event, incident)
            if change and change[1] & BY_EVENT:
                return None
            cells = (change[0],) if change else cells
            after = self._reach(place, there, cells)
            if after in found or not repeated:
                return frozenset({*found, after})
            found.add(after)

    def _wait(self, place: int) -> frozenset[int] | None:
        """Let every running clock pass; None if something is due by then."""
        search = self.search
        node, cells = self._state(place)
        while passings := tuple(search.passings(cells)):
            if any(late for _, _, _, late in passings):
                return None
            cells = (passings[0][2],)
        return frozenset({self._reach(place, node, cells)})

    def _reach(self, place: int, node: int, cells: tuple[Cell, ...]) -> int:
        at = self.search.reach(node, cells)
        return at if place >= 0 else ~at


def _for_anybody(event: Event) -> bool:
    """Return whether the event is in place for an individual that was never named before."""
    name = type(event).__name__
    return all(
        lifecycle.target(name, lifecycle.initial) is not None
        for lifecycle in PARTS.values()
        if lifecycle.regulates(name)
    )
