"""Show that a compliant finish exists from everywhere, for any number of persons, referrals and
follow-ups, without multiplying the policies.

The search looks for one plan for each state of the lifecycle that works *whatever* the policies'
cells are. For each policy alone, its belief is the set of situations in which one followed
individual can be, beside any number of others. The followed individual may be any individual, so a
belief covers all of them. A plan moves all beliefs at once, by events that are taken once or for
every individual that was named so far and that they concern. It ends the incident with nothing
broken and nothing owed. A plan for every state proves that no joint situation is a dead end,
because each joint situation, seen from each individual in it, lies in every belief. If no plan is
found, nothing is claimed, and `dead_end` looks at small groups of policies together.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator

import attrs

from coresponder.domain.events import Event
from coresponder.lifecycle import Lifecycle
from coresponder.proof.member import Action, Member

__all__ = ["Finisher", "Member"]

_PATIENCE = ((0, 0), (25, 0), (80, 0), (400, 3))
"""(how many partial plans are tried for one state of the lifecycle, how many policies may each have
a plan for each of their cells). The effort starts small, and starts small again whenever a plan is
found, because a state is often easy once another has a plan.
"""
_EVERYTHING = 1_000_000
Beliefs = tuple[frozenset[int], ...]
_Partial = tuple[int, int, Beliefs, tuple[str, ...], Iterator[tuple[str, Beliefs]]]
"""(obstacles that are left, ticket, beliefs after it, the partial plan, what can follow)."""


@attrs.define(eq=False)
class Finisher:
    """Looks for a plan from every state of the lifecycle, starting near the end."""

    lifecycle: Lifecycle
    members: tuple[Member, ...]
    actions: tuple[Action, ...]
    plans: dict[str, tuple[str, ...]] = attrs.field(init=False, factory=dict)
    """State of the lifecycle -> the plan, in words. A plan may end in a state that has its own
    plan.
    """
    _handles: tuple[tuple[int, ...], ...] = attrs.field(init=False)
    _leaving: dict[str, list[tuple[int, str]]] = attrs.field(init=False, factory=dict)
    _staying_in: dict[str, list[tuple[int, list[int]]]] = attrs.field(init=False, factory=dict)
    _moved: dict[tuple[int, frozenset[int], int, str], frozenset[int] | None] = attrs.field(
        init=False, factory=dict
    )
    _counted: dict[tuple[int, frozenset[int], int, str], int] = attrs.field(
        init=False, factory=dict
    )

    @_handles.default
    def _ask(self) -> tuple[tuple[int, ...], ...]:
        return tuple(
            tuple(member.handle(action) for action in self.actions) for member in self.members
        )

    @classmethod
    def of(
        cls, lifecycle: Lifecycle, members: tuple[Member, ...], movers: Iterable[Event]
    ) -> Finisher:
        """Return a finisher over the events of all the policies' models and those that move the
        lifecycle. Each is an action to take once, or for every individual that it names.
        """
        events = dict.fromkeys(
            [*(event for member in members for event in member.search.model.plain_events), *movers]
        )
        fields = dict.fromkeys(
            field for member in members for field in member.search.model.populations
        )
        made = [
            Action(event, every)
            for event in events
            for every in (None, *(f for f in fields if getattr(event, f, None) is not None))
        ]
        return cls(lifecycle, members, (*made, Action()))

    def run(self) -> bool:
        """Return whether there is a plan from every state in which an incident can be."""
        waiting = [
            s
            for s in self._by_distance()
            if s not in self.lifecycle.final and s != self.lifecycle.initial
        ]
        while any(state not in self.plans for state in waiting):
            if not any(self._one_more(waiting, *patience) for patience in _PATIENCE):
                return False
        return True

    def _one_more(self, waiting: list[str], patience: int, splits: int) -> bool:
        """Return whether a plan was found for one more state."""
        return any(
            self._plan(state, patience, splits) for state in waiting if state not in self.plans
        )

    def _by_distance(self) -> list[str]:
        found = [state for state in self.lifecycle.states if state in self.lifecycle.final]
        todo = list(found)
        while todo:
            state = todo.pop(0)
            for edge in self.lifecycle.edges:
                if edge.target == state and edge.source not in found:
                    found.append(edge.source)
                    todo.append(edge.source)
        return found

    def _plan(self, state: str, patience: int, splits: int) -> bool:
        """Return whether a plan was found for a state."""
        start = tuple(member.settled(member.belief(state)) for member in self.members)
        plan: tuple[str, ...] | None = ()  # some policy by itself may make the state unreachable
        if all(start):
            plan = self._search(state, start, patience, splits=splits)
        if plan is not None:
            self.plans[state] = plan
        return plan is not None

    def _search(
        self, state: str, start: Beliefs, patience: int, *, splits: int
    ) -> tuple[str, ...] | None:
        """Return a plan, or None. The search continues from the partial plan with the fewest
        obstacles, and follows at once an action that removes one. If no single plan serves all
        cells of a policy, it looks for one plan for each cell.
        """
        ticket, seen = itertools.count(), {start}
        nearest, blame = self._ending(state, start)
        if not nearest:
            return ()
        queue: list[_Partial] = [
            (nearest, next(ticket), start, (), self._useful(state, start, blame))
        ]
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
                heapq.heappush(
                    queue,
                    (
                        now_left,
                        next(ticket),
                        following,
                        (*plan, name),
                        self._useful(state, following, whose),
                    ),
                )
                if now_left < left:
                    heapq.heappush(queue, (left, next(ticket), beliefs, plan, actions))
                    break
        return self._split(state, start, patience, blame, splits)

    def _split(
        self, state: str, start: Beliefs, patience: int, blame: frozenset[int], splits: int
    ) -> tuple[str, ...] | None:
        """Look for a plan for each cell of one policy that was an obstacle, if the policy has one
        cell for the whole incident.
        """
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
        """Return the number of obstacles to the best event that ends the plan here, and their
        policies.
        """
        best: tuple[int, frozenset[int]] = (_EVERYTHING, frozenset(range(len(self.members))))
        for number, target in self._endings(state):
            if not (target in self.lifecycle.final or target in self.plans):
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
        """Return the actions that leave a state, each with its target state."""
        if state not in self._leaving:
            once = [
                (number, type(a.event).__name__)
                for number, a in enumerate(self.actions)
                if a.event is not None and not a.every
            ]
            targets = [(number, self.lifecycle.target(name, state)) for number, name in once]
            self._leaving[state] = [
                (number, target)
                for number, target in targets
                if target is not None and target != state
            ]
        return self._leaving[state]

    def _count(self, index: int, belief: frozenset[int], number: int, target: str) -> int:
        """Return how many situations of a belief forbid the event, or leave something owed if it
        ends the incident.
        """
        handle = self._handles[index][number]
        key = (index, belief, handle, target)
        if key not in self._counted:
            member, ends = self.members[index], target in self.lifecycle.final
            after = [member.after(at, handle, target) for at in belief]
            self._counted[key] = sum(
                there is None or (ends and any(map(member.owes, there))) for there in after
            )
        return self._counted[key]

    def _useful(
        self, state: str, beliefs: Beliefs, blame: frozenset[int]
    ) -> Iterator[tuple[str, Beliefs]]:
        """Yield the actions that stay in the state, that no policy forbids, and that change
        something. Those that move a policy which is an obstacle come first.
        """
        staying = self._staying(state)
        for number, concerned in sorted(staying, key=lambda one: blame.isdisjoint(one[1])):
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
        return [
            i
            for i, member in enumerate(self.members)
            if action.event is None or name in member.concerned
        ]

    def _move(
        self, index: int, belief: frozenset[int], number: int, state: str
    ) -> frozenset[int] | None:
        """Return a belief after an action that stays in the state; None if the action is forbidden
        in one of its situations.
        """
        handle = self._handles[index][number]
        key = (index, belief, handle, state)
        if key not in self._moved:
            self._moved[key] = self._moved_by(self.members[index], belief, handle, state)
        return self._moved[key]

    @staticmethod
    def _moved_by(
        member: Member, belief: frozenset[int], handle: int, state: str
    ) -> frozenset[int] | None:
        found: set[int] = set()
        for at in belief:
            after = member.after(at, handle, state)
            if after is None:
                return None
            found |= after
        return member.settled(frozenset(found))
