"""Work out the meaning of events to the policies, once for all incidents that differ only in their
times.
"""

from __future__ import annotations

import enum
import inspect
import typing

import attrs

from coresponder.domain.events import Event
from coresponder.domain.objects import Incident
from coresponder.policy.atoms import field_type
from coresponder.policy.matching import Matcher, Matches, Room, matched
from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Case, Program

__all__ = ["Meaning", "Plan", "Way"]


@attrs.frozen
class Meaning:
    """The meaning of an event to the policies, which events that are alike share.

    Attributes:
        matches: (index of the policy, atoms) of each policy that the event concerns.
        opens: whether the event opens the incident, so that clocks from the opening start with it.
    """

    matches: Matches
    opens: bool = False


@attrs.frozen(kw_only=True)
class Way:
    """How a policy is judged over years of history.

    Attributes:
        columns: whether it steps over columns. Otherwise an incident with an event that it counts
            is replayed by itself, with the same automaton.
        why: the reason, in words.
    """

    policy: str
    columns: bool
    why: str


@attrs.define
class Plan:
    """The policies of a program that step over columns, and the meaning of events to them."""

    program: Program
    ways: tuple[Way, ...] = attrs.field(init=False)
    stepped: tuple[int, ...] = attrs.field(init=False)
    _apart: dict[str, bool] = attrs.field(init=False, factory=dict)
    _roots: dict[str, object] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """Choose for each policy how it is judged."""
        policies = self.program.book.policies
        self.ways = tuple(self._way(policy) for policy in policies)
        self.stepped = tuple(i for i, way in enumerate(self.ways) if way.columns)

    def _way(self, policy: CompiledPolicy) -> Way:
        if policy.policy.automaton is not None:
            return Way(policy=policy.id, columns=False, why="it has an automaton of its own")
        if policy.policy.per:
            why = f"it keeps a state for each {policy.policy.per}"
            return Way(policy=policy.id, columns=False, why=why)
        if field := self._own(policy):
            why = f"it reads {field}, which is of each incident's own"
            return Way(policy=policy.id, columns=False, why=why)
        return Way(policy=policy.id, columns=True, why="its table and the times decide")

    def _own(self, policy: CompiledPolicy) -> str | None:
        """Return a field in a condition whose value two incidents hardly share: it is neither a
        word of a vocabulary, nor a number, nor a tier.
        """
        for event, found in policy.guards.items():
            for test in (test for _, guard in found if guard for test in guard.tests):
                owner = Incident if test.on_incident else self.program.vocabulary[event]
                hint = field_type(owner, test.path.removeprefix("incident."))
                tier = test.path.rpartition(".")[2] == "tier"
                shared = (
                    tier
                    or hint in {bool, int, float}
                    or any(
                        inspect.isclass(one) and issubclass(one, enum.Enum)
                        for one in (hint, *typing.get_args(hint))
                    )
                )
                if not shared:
                    return test.path
        return None

    def apart(self, event: str) -> bool:
        """Return whether an incident with such an event has to be replayed by itself."""
        if event not in self._apart:
            pairs = zip(self.program.book.policies, self.ways, strict=True)
            administrative = self.program.vocabulary[event].administrative
            self._apart[event] = any(
                (event in policy.guards and (administrative or not way.columns))
                or policy.policy.automaton is not None
                for policy, way in pairs
            )
        return self._apart[event]

    def takes(self, case: Case) -> bool:
        """Return whether a case can be judged without being replayed by itself."""
        kept = (one.event for one in case.entries() if not one.voided)
        return not case.findings.who and not any(self.apart(type(one).__name__) for one in kept)

    def meaning(self, before: Case, event: Event, after: Case) -> Meaning:
        """Return the meaning of an event that leads from one case to another."""
        return Meaning(self._matches(event, after), self._opens(before, event))

    def _opens(self, before: Case, event: Event) -> bool:
        """Return whether an event leads out of the initial state."""
        initial = self.program.lifecycle.initial
        moves = self.program.plan(type(event)).moves or {}
        return before.state == initial and moves.get(initial, initial) != initial

    def _matches(self, event: Event, after: Case) -> Matches:
        """Return the matches of an event, with the incident after it, for the policies that
        step.
        """
        name = type(event).__name__
        if name not in self._roots:
            self._roots[name] = self._root(name)
        found: Matches = matched(self._roots[name], event, after.incident)
        return found

    def _root(self, event: str) -> object:
        policies = [(i, self.program.book.policies[i]) for i in self.stepped]
        mine = [(i, policy) for i, policy in policies if event in policy.guards]
        atoms = tuple((i, atom, guard) for i, p in mine for atom, guard in p.guards[event])
        always = tuple(i for i, policy in mine if policy.template.every)
        return Matcher(atoms, always, _itself, Room(0)).branch({})


def _itself(matches: Matches) -> Matches:
    return matches
