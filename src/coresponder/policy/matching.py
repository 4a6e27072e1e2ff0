"""Find the atoms, of all policies, that an event matches. Each field is read at most once, however
many policies test it, and only if the answer depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.domain.objects import Incident
from coresponder.policy.atoms import FieldTest, Guard

__all__ = ["Branch", "Matcher", "Matches", "Room", "matched"]

Matches = tuple[tuple[int, int], ...]
"""(index, atoms) of each policy that an event of some type concerns."""
_MOST_VALUES = 64
"""The number of values of one field that are remembered. A field with more values holds ids or
times, which seldom recur.
"""


@attrs.define(eq=False)
class Room:
    """The room that is left for remembered results. When none is left, each result is computed
    anew.
    """

    left: int

    def take(self) -> bool:
        """Take room for one more result; return whether there was any."""
        self.left -= 1
        return self.left >= 0


@attrs.define(eq=False)
class Branch:
    """One field to read, and where each of its values leads."""

    matcher: Matcher
    on_incident: bool
    read: Callable[[Any], Any]
    tests: tuple[FieldTest, ...]
    known: dict[FieldTest, bool]
    by_value: dict[Any, Any] = attrs.field(factory=dict)
    by_outcome: dict[tuple[bool, ...], Any] = attrs.field(factory=dict)

    def follow(self, value: Any) -> Any:
        """Return where a value leads, and remember it if there is room."""
        outcome = self.outcome(value)
        found = self.by_outcome.get(outcome)
        if found is None:
            found = self.beyond(outcome)
            if not self.matcher.room.take():
                return found
            self.by_outcome[outcome] = found
        if len(self.by_value) < _MOST_VALUES:
            self.by_value[value] = found
        return found

    def outcome(self, value: Any) -> tuple[bool, ...]:
        """Return the answer of each test on a value."""
        return tuple(test.holds(value) for test in self.tests)

    def beyond(self, outcome: tuple[bool, ...]) -> Any:
        """Return the next question, or the leaf, when the tests have these answers."""
        return self.matcher.branch({**self.known, **dict(zip(self.tests, outcome, strict=True))})


@attrs.define(eq=False)
class Matcher:
    """The tree of questions for one event type. Its leaves are made by `leaf`.

    Attributes:
        atoms: (index of the policy, atom, conditions) of each atom that mentions the event type.
        always: indexes of the policies for which the event counts even if it matches no atom.
    """

    atoms: tuple[tuple[int, int, Guard | None], ...]
    always: tuple[int, ...]
    leaf: Callable[[Matches], Any]
    room: Room

    def branch(self, known: dict[FieldTest, bool]) -> Any:
        """Return the next question, or the leaf when all answers are known."""
        certain = {(i, atom) for i, atom, guard in self.atoms if _holds(guard, known)}
        open_tests = [
            test
            for i, atom, guard in self.atoms
            if guard is not None
            and (i, atom) not in certain
            and False not in map(known.get, guard.tests)
            for test in guard.tests
            if test not in known
        ]
        if not open_tests:
            return self.leaf(self._matches(certain))
        first = min(open_tests, key=lambda test: test.on_incident)
        tests = dict.fromkeys(
            test
            for _, _, guard in self.atoms
            for test in (guard.tests if guard else ())
            if (test.on_incident, test.path) == (first.on_incident, first.path)
        )
        return Branch(self, first.on_incident, first.read, tuple(tests), known)

    def _matches(self, certain: Iterable[tuple[int, int]]) -> Matches:
        found = dict.fromkeys(self.always, 0)
        for index, atom in certain:
            found[index] = found.get(index, 0) | atom
        return tuple(sorted(found.items()))


def _holds(guard: Guard | None, known: dict[FieldTest, bool]) -> bool:
    return guard is None or all(known.get(test) for test in guard.tests)


def matched(branch: Any, event: Event, incident: Incident) -> Any:
    """Return the leaf that an event leads to, with the incident after it."""
    while branch.__class__ is Branch:
        value = branch.read(incident if branch.on_incident else event)
        try:
            branch = branch.by_value.get(value) or branch.follow(value)
        except TypeError:  # a value of an agency's own type that cannot be hashed
            branch = branch.beyond(branch.outcome(value))
    return branch
