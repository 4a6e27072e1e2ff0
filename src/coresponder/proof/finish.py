"""Show that a compliant finish exists from everywhere, for any number of persons, referrals and follow-ups, without multiplying the policies.

For each state of the lifecycle a plan is looked for that works *whatever* the policies' cells are. Of each policy alone it is known
in which situations one followed individual can be, beside any number of others: its belief. The followed individual may be any one
of those that there are, so a belief speaks of all of them. A plan moves all beliefs at once, by events that are taken once, or for every
individual that was named so far and whom they concern, and it ends the incident with nothing broken and nothing owed to anybody. A plan for every state proves
that no joint situation is doomed, because each joint situation, seen from each individual in it, lies in every belief. Where no plan is
found nothing is said; `doom` then looks at small groups of policies together.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Hashable, Iterable, Iterator

import attrs

from coresponder.domain.events import Event
from coresponder.lifecycle import PARTS, Lifecycle
from coresponder.policy.automata import BY_EVENT, Cell
from coresponder.policy.policy import CompiledPolicy
from coresponder.proof.search import Search, hashable

__all__ = ["Action", "Finisher", "Member"]

_PATIENCE = ((25, 0), (80, 0), (400, 3))
"""(how many partial plans are looked at for one state of the lifecycle, how many policies may each have a plan for each of their cells).

Little at first, because a state is often easy once another has a plan.
"""
_EVERYTHING = 1_000_000
Beliefs = tuple[frozenset[int], ...]
_Partial = tuple[int, int, Beliefs, tuple[str, ...], Iterator[tuple[str, Beliefs]]]
"""(what stands in its way, ticket, beliefs after it, the partial plan, what can follow)."""


@attrs.frozen
class Action:
    """One step of a plan.

    Attributes:
        event: what is done; None to wait until every running clock has passed.
        every: the field whose individuals it is done for, each once, where it is in place; None for once.
    """

    event: Event | None = None
    every: str | None = None

    def __str__(self) -> str:
        """Say it."""
        if self.event is None:
            return "wait"
        return type(self.event).__name__ + (f" (for every {self.every.replace('_', '-')})" if self.every else "")


@attrs.frozen
class _Variant:
    """An event of a world, by its number there.

    Attributes:
        others: the fields in which it names an individual that is not followed.
        followed: it names the followed individual.
    """

    number: int
    others: frozenset[str]
    followed: bool


@attrs.define(eq=False)
class Member:
    """One policy with everything that it can reach alone. `search` has run to its end.

    A belief is made of places: the number of a state of the search, or its complement where the followed individual was not named yet,
    so that what is done for every individual passes it over.
    """

    search: Search
    finishing: frozenset[int] = attrs.field(init=False)
    concerned: frozenset[str] = attrs.field(init=False)
    _beliefs: dict[str, frozenset[int]] = attrs.field(init=False)
    _known: dict[tuple[int, int, str], frozenset[int] | None] = attrs.field(init=False, factory=dict)
    _handles: dict[Action, int] = attrs.field(init=False, factory=dict)
    _actions: list[tuple[Action, tuple[_Variant, ...]]] = attrs.field(init=False, factory=list)

    @finishing.default
    def _finishing(self) -> frozenset[int]:
        return self.search.finishing()

    @concerned.default
    def _concerned(self) -> frozenset[str]:
        """Return the event types that can change anything here besides the lifecycle's state."""
        return self.search.world.names | set(self.policy.watches)

    @_beliefs.default
    def _by_state(self) -> dict[str, frozenset[int]]:
        found: dict[str, set[int]] = {}
        for at in self.finishing:
            found.setdefault(self.search.state_of(at), set()).update((at, ~at) if self._unnamed(at) else (at,))
        return {state: frozenset(all_) for state, all_ in found.items()}

    @property
    def policy(self) -> CompiledPolicy:
        """The policy."""
        return self.search.policies[0]

    def belief(self, state: str) -> frozenset[int]:
        """Return all from which the policy alone leaves a finish, while the incident is in a state of the lifecycle."""
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
        """Return a belief by the policy's cell, if there is one for the whole incident; the cases of which exactly one is true."""
        found: dict[Hashable, set[int]] = {}
        for at in belief:
            found.setdefault(None if self.policy.policy.per else hashable(self._state(at)[1][0]), set()).add(at)
        return {cell: frozenset(all_) for cell, all_ in found.items()}

    def handle(self, action: Action) -> int:
        """Return a number by which `after` is asked about an action."""
        found = self._handles.get(action)
        if found is None:
            found = self._handles[action] = len(self._actions)
            self._actions.append((action, self._variants_of(action.event) if action.event else ()))
        return found

    def after(self, place: int, handle: int, target: str) -> frozenset[int] | None:
        """Return where an action may lead when the incident moves to `target`; None if the policy may forbid it."""
        key = (place, handle, target)
        if key not in self._known:
            self._known[key] = self._after(place, *self._actions[handle], target)
        return self._known[key]

    def settled(self, belief: frozenset[int]) -> frozenset[int]:
        """Leave out what cannot be: others that add what no followed individual adds, though the followed one may be any of them."""
        world = self.search.world
        counted = [(i, p) for i, p in enumerate(world.populations.values()) if p.members and p.followed]
        for i, population in counted:
            added = {population.adds(part) for at in belief for part in population.parts(world.cases(self._state(at)[0])[0].incident)}
            belief = frozenset(at for at in belief if all(key in added for key, _ in world.others(self._state(at)[0])[i]))
        return belief

    def _after(self, place: int, action: Action, variants: tuple[_Variant, ...], target: str) -> frozenset[int] | None:
        if action.event is None:
            return self._wait(place)
        if type(action.event).__name__ not in self.search.world.names:
            return self._unseen(place, action.event, target, repeated=action.every is not None)
        if action.every is None:
            return self._once(place, action.event, variants, target)
        return self._for_every(place, action.event, action.every, variants, target)

    def _for_every(self, place: int, event: Event, field: str, variants: tuple[_Variant, ...], target: str) -> frozenset[int] | None:
        """Take an event for every individual: for the followed one if it was named, and for any number of others, before and after."""
        population = self.search.world.populations.get(field)
        if population is None:
            return self._repeated({place}, variants, target)
        others = [variant for variant in variants if field in variant.others]
        before = self._repeated({place}, others, target)
        if before is None or not population.followed:
            return before and self._swept(before, event, field)
        moved = self._each(before, [variant for variant in variants if field not in variant.others], target)
        return self._repeated(moved, others, target) if moved else None

    def _variants_of(self, event: Event) -> tuple[_Variant, ...]:
        """Return the event for a followed individual and for another one, in every field that names one here."""
        world = self.search.world
        named = [(field, p) for field, p in world.populations.items() if getattr(event, field, None) is not None]
        choices = [[(field, value, value == p.other) for value in (*p.followed, *(() if p.other is None else (p.other,)))] for field, p in named]
        return tuple(
            _Variant(
                number=world.number(attrs.evolve(event, **{field: value for field, value, _ in chosen})),
                others=frozenset(field for field, _, other in chosen if other),
                followed=any(not other for _, _, other in chosen),
            )
            for chosen in itertools.product(*choices)
        )

    def _taken(self, place: int, variant: _Variant, target: str) -> frozenset[int] | None:
        """Return where an event leads where it is in place; None if it is forbidden."""
        search, (node, cells) = self.search, self._state(place)
        found = set()
        for move in search.world.taking(node, variant.number):
            if not move.legal[0] or move.odd or search.world.cases(move.target)[0].state != target:
                continue
            after = None if move.corrects else search.after(cells, move)
            if after is None or after[1]:
                return None
            found.add(search.reach(move.target, after[0]))
        return frozenset(found) if place >= 0 or variant.followed else frozenset(~at for at in found)

    def _once(self, place: int, event: Event, variants: Iterable[_Variant], target: str) -> frozenset[int] | None:
        """Take an event once, for an individual for whom it is in place; where there may be none, it may be passed over."""
        found: set[int] = set()
        for variant in variants:
            after = self._taken(place, variant, target)
            if after is None:
                return None
            found |= after
        if not found or not _for_anybody(event):
            if self.search.world.cases(self._state(place)[0])[0].state != target:
                return None
            found.add(place)
        return frozenset(found)

    def _swept(self, belief: frozenset[int], event: Event, field: str) -> frozenset[int]:
        """Leave out what cannot be once an event was taken for every individual."""
        world = self.search.world
        index, left = list(world.populations).index(field), world.populations[field].left(event)
        return frozenset(at for at in belief if all(added in left for added, _ in world.others(self._state(at)[0])[index]))

    def _each(self, belief: Iterable[int], variants: Iterable[_Variant], target: str) -> set[int] | None:
        """Take an event for the followed individual, where it was named and the event is in place."""
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
        population = self.search.world.populations.get(self.policy.policy.per or "")
        if population is None:
            return False
        traits = self.search.world.traits(node, population)
        return not any(traits[value] or value in cells[0] for value in population.followed)

    def _repeated(self, belief: Iterable[int], variants: Iterable[_Variant], target: str) -> frozenset[int] | None:
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

    def _unseen(self, place: int, event: Event, target: str, *, repeated: bool) -> frozenset[int] | None:
        """Step a policy on an event that its world does not know: it moves the lifecycle, and counts where every event counts."""
        node, cells = self._state(place)
        there = self.search.world.shifted(node, target)
        incident = self.search.world.cases(there)[0].incident
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
    """Return whether the event is in place for somebody or something that was never named before."""
    name = type(event).__name__
    return all(lifecycle.target(name, lifecycle.initial) is not None for lifecycle in PARTS.values() if lifecycle.regulates(name))


@attrs.define(eq=False)
class Finisher:
    """Looks for a plan from every state of the lifecycle, those near the end first."""

    lifecycle: Lifecycle
    members: tuple[Member, ...]
    actions: tuple[Action, ...]
    plans: dict[str, tuple[str, ...]] = attrs.field(init=False, factory=dict)
    """State of the lifecycle -> the plan, in words; a plan may end in a state that has one of its own."""
    _handles: tuple[tuple[int, ...], ...] = attrs.field(init=False)
    _leaving: dict[str, list[tuple[int, str]]] = attrs.field(init=False, factory=dict)
    _staying_in: dict[str, list[tuple[int, list[int]]]] = attrs.field(init=False, factory=dict)
    _moved: dict[tuple[int, frozenset[int], int, str], frozenset[int] | None] = attrs.field(init=False, factory=dict)
    _counted: dict[tuple[int, frozenset[int], int, str], int] = attrs.field(init=False, factory=dict)

    @_handles.default
    def _ask(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(member.handle(action) for action in self.actions) for member in self.members)

    @classmethod
    def of(cls, lifecycle: Lifecycle, members: tuple[Member, ...], movers: Iterable[Event]) -> Finisher:
        """Take the events of all the policies' worlds, and those that move the lifecycle: once, or for every individual that they name."""
        events = dict.fromkeys([*(event for member in members for event in member.search.world.plain_events), *movers])
        fields = {field for member in members for field in member.search.world.populations}
        made = [Action(event, every) for event in events for every in (None, *(f for f in fields if getattr(event, f, None) is not None))]
        return cls(lifecycle, members, (*made, Action()))

    def run(self) -> bool:
        """Return whether there is a plan from every state in which an incident can be."""
        waiting = [s for s in self._by_distance() if s not in self.lifecycle.rests and s != self.lifecycle.initial]
        for patience, splits in _PATIENCE:
            before = -1
            while len(self.plans) > before:
                before = len(self.plans)
                for state in waiting:
                    if state not in self.plans:
                        self._plan(state, patience, splits)
        return all(state in self.plans for state in waiting)

    def _by_distance(self) -> list[str]:
        found, todo = list(self.lifecycle.rests), list(self.lifecycle.rests)
        while todo:
            state = todo.pop(0)
            for edge in self.lifecycle.edges:
                if edge.target == state and edge.source not in found:
                    found.append(edge.source)
                    todo.append(edge.source)
        return found

    def _plan(self, state: str, patience: int, splits: int) -> None:
        start = tuple(member.settled(member.belief(state)) for member in self.members)
        if not all(start):
            self.plans[state] = ()  # some policy alone makes the state unreachable
            return
        plan = self._search(state, start, patience, splits=splits)
        if plan is not None:
            self.plans[state] = plan

    def _search(self, state: str, start: Beliefs, patience: int, *, splits: int) -> tuple[str, ...] | None:
        """Return a plan, or None. It goes on from where least is in the way; what makes it less is followed at once.

        Where no single plan serves everything that a policy may be in, a plan is looked for each of its cells.
        """
        ticket, seen = itertools.count(), {start}
        nearest, blame = self._ending(state, start)
        queue: list[_Partial] = [(nearest, next(ticket), start, (), self._useful(state, start))]
        for _ in range(patience):
            if not queue:
                break
            left, _, beliefs, plan, actions = heapq.heappop(queue)
            if not left:
                return plan
            for name, following in actions:
                if following in seen:
                    continue
                seen.add(following)
                now_left, whose = self._ending(state, following)
                if now_left < nearest:
                    nearest, blame = now_left, whose
                heapq.heappush(queue, (now_left, next(ticket), following, (*plan, name), self._useful(state, following)))
                if now_left < left:
                    heapq.heappush(queue, (left, next(ticket), beliefs, plan, actions))
                    break
        return self._split(state, start, patience, blame, splits)

    def _split(self, state: str, start: Beliefs, patience: int, blame: frozenset[int], splits: int) -> tuple[str, ...] | None:
        """Look for a plan for each cell of one policy that stood in the way, where the policy has one cell for the whole incident."""
        cases = {i: self.members[i].cells(start[i]) for i in blame}
        wide = [i for i in blame if len(cases[i]) > 1]
        if not splits or not wide:
            return None
        widest = min(wide, key=lambda i: len(cases[i]))
        for belief in cases[widest].values():
            one = (*start[:widest], belief, *start[widest + 1 :])
            if self._search(state, one, patience, splits=splits - 1) is None:
                return None
        return (f"(as {self.members[widest].policy.id} stands)",)

    def _ending(self, state: str, beliefs: Beliefs) -> tuple[int, frozenset[int]]:
        """Return how much stands in the way of the best event that ends the plan here, and whose it is."""
        best: tuple[int, frozenset[int]] = (_EVERYTHING, frozenset(range(len(self.members))))
        for number, target in self._endings(state):
            if not (target in self.lifecycle.rests or target in self.plans):
                continue
            left, whose = 0, []
            for i, belief in enumerate(beliefs):
                count = self._count(i, belief, number, target)
                if count:
                    left += count
                    whose.append(i)
                    if left >= best[0]:
                        break
            else:
                best = (left, frozenset(whose))
        return best

    def _endings(self, state: str) -> list[tuple[int, str]]:
        """Return the actions that leave a state, each with the state that it leads to."""
        if state not in self._leaving:
            once = [(number, type(a.event).__name__) for number, a in enumerate(self.actions) if a.event is not None and not a.every]
            targets = [(number, self.lifecycle.target(name, state)) for number, name in once]
            self._leaving[state] = [(number, target) for number, target in targets if target is not None and target != state]
        return self._leaving[state]

    def _count(self, index: int, belief: frozenset[int], number: int, target: str) -> int:
        """Return how many of a belief forbid the event, or are owed something if it ends the incident."""
        key = (index, belief, number, target)
        if key not in self._counted:
            member, handle, ends = self.members[index], self._handles[index][number], target in self.lifecycle.rests
            after = [member.after(at, handle, target) for at in belief]
            self._counted[key] = sum(there is None or (ends and any(map(member.owes, there))) for there in after)
        return self._counted[key]

    def _useful(self, state: str, beliefs: Beliefs) -> Iterator[tuple[str, Beliefs]]:
        """Yield the actions that stay in the state, that nobody forbids, and that change something."""
        for number, concerned in self._staying(state):
            following = list(beliefs)
            for i in concerned:
                after = self._move(i, beliefs[i], number, state)
                if after is None:
                    break
                following[i] = after
            else:
                if (found := tuple(following)) != beliefs:
                    yield str(self.actions[number]), found

    def _staying(self, state: str) -> list[tuple[int, list[int]]]:
        """Return the actions that stay in a state, each with the members that it concerns."""
        if state not in self._staying_in:
            self._staying_in[state] = [
                (number, self._concerned(action))
                for number, action in enumerate(self.actions)
                if action.event is None
                or not self.lifecycle.regulates(type(action.event).__name__)
                or self.lifecycle.target(type(action.event).__name__, state) == state
            ]
        return self._staying_in[state]

    def _concerned(self, action: Action) -> list[int]:
        name = type(action.event).__name__
        return [i for i, member in enumerate(self.members) if action.event is None or name in member.concerned]

    def _move(self, index: int, belief: frozenset[int], number: int, state: str) -> frozenset[int] | None:
        """Return a belief after an action that stays in the state; None if it is forbidden for one of its members."""
        key = (index, belief, number, state)
        if key not in self._moved:
            self._moved[key] = self._moved_by(self.members[index], belief, self._handles[index][number], state)
        return self._moved[key]

    @staticmethod
    def _moved_by(member: Member, belief: frozenset[int], handle: int, state: str) -> frozenset[int] | None:
        found: set[int] = set()
        for at in belief:
            after = member.after(at, handle, state)
            if after is None:
                return None
            found |= after
        return member.settled(frozenset(found))
