"""Show that a compliant finish exists from everywhere, without multiplying the policies with one another.

For each state of the lifecycle a plan is looked for that works *whatever* the policies' cells are: the reachable cells of each policy
alone are a belief, a plan moves all beliefs at once, and it ends the incident with nothing broken and nothing owed. A plan for every
state proves that no joint situation is doomed, because each joint situation is made of one member of every belief. Where no plan is found
nothing is said; `doom` then looks at small groups of policies together.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.lifecycle import Lifecycle
from coresponder.policy.automata import BY_EVENT, Cell
from coresponder.policy.policy import CompiledPolicy
from coresponder.proof.search import Search

__all__ = ["Finisher", "Member"]

_PATIENCE = (25, 400)
"""How many partial plans are looked at for one state of the lifecycle: few at first, because a state is often easy once another has a plan."""
_WAIT = "wait"
_SPLITS = 3
"""How many policies may each have a plan of their own for each of their cells."""
_EVERYTHING = 1_000_000
Action = Event | str
Beliefs = tuple[frozenset[int], ...]
_Partial = tuple[int, int, Beliefs, tuple[str, ...], Iterator[tuple[str, Beliefs]]]
"""(what stands in its way, ticket, beliefs after it, the partial plan, what can follow)."""


@attrs.define(eq=False)
class Member:
    """One policy with everything that it can reach alone. `search` has run to its end."""

    search: Search
    finishing: frozenset[int] = attrs.field(init=False)
    concerned: frozenset[str] = attrs.field(init=False)
    _known: dict[tuple[int, int, str], int | None] = attrs.field(init=False, factory=dict)

    @finishing.default
    def _finishing(self) -> frozenset[int]:
        return self.search.finishing()

    @concerned.default
    def _concerned(self) -> frozenset[str]:
        """Return the event types that can change anything here besides the lifecycle's state."""
        return self.search.world.names | set(self.policy.watches)

    @property
    def policy(self) -> CompiledPolicy:
        """The policy."""
        return self.search.policies[0]

    def belief(self, state: str) -> frozenset[int]:
        """Return all from which the policy alone leaves a finish, while the incident is in a state of the lifecycle."""
        return frozenset(at for at in self.finishing if self.search.state_of(at) == state)

    def reaches(self, state: str) -> bool:
        """Return whether the incident can be in a state of the lifecycle under the policy alone."""
        return any(self.search.state_of(at) == state for at in range(len(self.search.states)))

    def after(self, at: int, action: Action, target: str) -> int | None:
        """Return where an action leads when the incident moves to `target`; None if the policy forbids it.

        What concerns a referral or follow-up that is not there for it is left out of the plan, so it changes nothing.
        """
        key = (at, id(action), target)
        if key not in self._known:
            self._known[key] = self._wait(at) if isinstance(action, str) else self._after(at, action, target)
        return self._known[key]

    def owes(self, at: int) -> bool:
        """Return whether something is owed."""
        return self.search.owing(self.search.states[at][1])

    def _after(self, at: int, event: Event, target: str) -> int | None:
        search, (node, cells) = self.search, self.search.states[at]
        world, name = search.world, type(event).__name__
        if name in world.names:
            move = world.move(node, event)
            if move is None or not move.legal[0] or move.odd:
                return at if search.state_of(at) == target else None
            found = search.after(cells, move)
            return None if found is None or found[1] else search.reach(move.target, found[0])
        there: int | None = node
        if search.state_of(at) != target:
            moves = (m for m in world.moves(node) if m.legal[0] and not m.odd and world.cases(m.target)[0].state == target)
            there = next((m.target for m in moves), None)
        if there is None:
            return None
        after = self._unseen(cells, event, world.cases(there)[0].incident)
        return None if after is None else search.reach(there, after)

    def _unseen(self, cells: tuple[Cell, ...], event: Event, incident: Any) -> tuple[Cell, ...] | None:
        """Step a policy that counts every event on one that its atoms do not mention."""
        watch = self.policy.watches.get(type(event).__name__)
        change = watch and watch(cells[0], event, incident)
        if not change:
            return cells
        return None if change[1] & BY_EVENT else (change[0],)

    def _wait(self, at: int) -> int | None:
        """Let every running clock pass; None if something is due by then."""
        search = self.search
        node, cells = search.states[at]
        for _, _, following, late in search.passings(cells):
            if late:
                return None
            cells = (following,)
        return search.reach(node, cells)


@attrs.define(eq=False)
class Finisher:
    """Looks for a plan from every state of the lifecycle, those near the end first."""

    lifecycle: Lifecycle
    members: tuple[Member, ...]
    events: tuple[Event, ...]
    plans: dict[str, tuple[str, ...]] = attrs.field(init=False, factory=dict)
    """State of the lifecycle -> the plan, by event types; a plan may end in a state that has one of its own."""
    _actions: dict[str, list[tuple[Action, str, list[int]]]] = attrs.field(init=False, factory=dict)
    _moved: dict[tuple[int, frozenset[int], int, str], frozenset[int] | None] = attrs.field(init=False, factory=dict)
    _counted: dict[tuple[int, frozenset[int], int, str], int] = attrs.field(init=False, factory=dict)

    @classmethod
    def of(cls, lifecycle: Lifecycle, members: tuple[Member, ...], movers: Iterable[Event]) -> Finisher:
        """Take the events of all the policies' worlds, and those that move the lifecycle."""
        known = dict.fromkeys([*(event for member in members for event in member.search.world.events), *movers])
        return cls(lifecycle, members, tuple(known))

    def run(self) -> bool:
        """Return whether there is a plan from every state in which an incident can be."""
        waiting = [s for s in self._by_distance() if s not in self.lifecycle.rests and s != self.lifecycle.initial]
        for patience in _PATIENCE:
            before = -1
            while len(self.plans) > before:
                before = len(self.plans)
                for state in waiting:
                    if state not in self.plans:
                        self._plan(state, patience)
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

    def _plan(self, state: str, patience: int) -> None:
        start = tuple(member.belief(state) for member in self.members)
        if not all(start):
            self.plans[state] = ()  # some policy alone makes the state unreachable
            return
        plan = self._search(state, start, patience, splits=0 if patience == _PATIENCE[0] else _SPLITS)
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
        """Look for a plan for each cell of one policy that stood in the way."""
        wide = [i for i in blame if len(start[i]) > 1]
        if not splits or not wide:
            return None
        widest = min(wide, key=lambda i: len(start[i]))
        for at in sorted(start[widest]):
            one = (*start[:widest], frozenset({at}), *start[widest + 1 :])
            if self._search(state, one, patience, splits=splits - 1) is None:
                return None
        return (f"(as {self.members[widest].policy.id} stands)",)

    def _ending(self, state: str, beliefs: Beliefs) -> tuple[int, frozenset[int]]:
        """Return how much stands in the way of the best event that ends the plan here, and whose it is."""
        best: tuple[int, frozenset[int]] = (_EVERYTHING, frozenset(range(len(self.members))))
        for event in self.events:
            target = self.lifecycle.target(type(event).__name__, state)
            if target is None or target == state or not (target in self.lifecycle.rests or target in self.plans):
                continue
            left, whose = 0, []
            for i, belief in enumerate(beliefs):
                count = self._count(i, belief, event, target)
                if count:
                    left += count
                    whose.append(i)
                    if left >= best[0]:
                        break
            else:
                best = (left, frozenset(whose))
        return best

    def _count(self, index: int, belief: frozenset[int], event: Event, target: str) -> int:
        """Return how many of a belief forbid the event, or are owed something if it ends the incident."""
        key = (index, belief, id(event), target)
        if key not in self._counted:
            member, ends = self.members[index], target in self.lifecycle.rests
            after = [member.after(at, event, target) for at in belief]
            self._counted[key] = sum(there is None or (ends and member.owes(there)) for there in after)
        return self._counted[key]

    def _useful(self, state: str, beliefs: Beliefs) -> Iterator[tuple[str, Beliefs]]:
        """Yield the actions that stay in the state, that nobody forbids, and that change something."""
        for action, name, concerned in self._staying(state):
            following = list(beliefs)
            for i in concerned:
                after = self._move(i, beliefs[i], action, state)
                if after is None:
                    break
                following[i] = after
            else:
                if (found := tuple(following)) != beliefs:
                    yield name, found

    def _staying(self, state: str) -> list[tuple[Action, str, list[int]]]:
        """Return the actions that stay in a state, each with the members that it concerns."""
        if state not in self._actions:
            named = [(event, type(event).__name__) for event in self.events]
            self._actions[state] = [
                (event, name, [i for i, member in enumerate(self.members) if name in member.concerned])
                for event, name in named
                if not self.lifecycle.regulates(name) or self.lifecycle.target(name, state) == state
            ]
            self._actions[state].append((_WAIT, _WAIT, list(range(len(self.members)))))
        return self._actions[state]

    def _move(self, index: int, belief: frozenset[int], action: Action, state: str) -> frozenset[int] | None:
        """Return a belief after an action that stays in the state; None if it is forbidden for one of its members."""
        key = (index, belief, id(action), state)
        if key not in self._moved:
            after = {self.members[index].after(at, action, state) for at in belief}
            self._moved[key] = None if None in after else frozenset(at for at in after if at is not None)
        return self._moved[key]
