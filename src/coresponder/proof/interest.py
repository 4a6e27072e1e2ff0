"""Collect what the conditions of some policies look at, in events and in the incident."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.domain.objects import Incident
from coresponder.policy.atoms import compile_condition, compile_where, field_type, path_getter
from coresponder.policy.policy import CompiledPolicy
from coresponder.proof.reads import feeds_of, is_highest

__all__ = ["Interest", "Test", "sameness"]

Test = Callable[[Any], Hashable]


@attrs.frozen(kw_only=True)
class Interest:
    """What the conditions of some policies look at.

    Attributes:
        tests: (event type, path) -> the conditions that the value meets, in the event or in the
            incident that it is folded into.
        values: (event type, path) -> the values that those conditions name.
        incident: paths of the incident that conditions read, each with the conditions' tests.
        counts: path of the incident -> the largest number that a condition compares it with.
        keys: how many values each correlation key takes.
        ordered: (event type, path) of values of which the incident keeps the highest, so that
            values between two named ones matter.
        every: whether to keep every value that a condition names, even if no condition tells two of
            them apart.
    """

    tests: Mapping[tuple[str, str], tuple[Test, ...]]
    values: Mapping[tuple[str, str], tuple[Any, ...]]
    incident: Mapping[str, tuple[Test, ...]]
    counts: Mapping[str, int]
    keys: Mapping[str, int]
    ordered: frozenset[tuple[str, str]] = frozenset()
    every: bool = True

    @classmethod
    def of(
        cls,
        policies: Iterable[CompiledPolicy],
        vocabulary: Mapping[str, type[Event]],
        *,
        keys: int = 1,
        every: bool = True,
    ) -> Interest:
        """Read the conditions of these policies; raise `LimitReached` for one on a path that cannot
        be explored.
        """
        found = _Reading(vocabulary)
        for policy in policies:
            if policy.policy.per:
                found.keys[policy.policy.per] = keys
            for atom in (policy.policy.a, policy.policy.b, policy.policy.unless):
                for path, condition in atom.where.items() if atom else ():
                    if path.startswith("incident."):
                        found.of_incident(path.removeprefix("incident."), condition)
                    else:
                        for name in atom.events if atom else ():
                            found.of_event(name, path, condition)
        return cls(
            tests={key: tuple(tests) for key, tests in found.tests.items()},
            values={key: tuple(dict.fromkeys(named)) for key, named in found.values.items()},
            incident={path: tuple(tests) for path, tests in found.incident.items()},
            counts=found.counts,
            keys=found.keys,
            ordered=frozenset(found.ordered),
            every=every,
        )

    def below(self, event: str, path: str) -> bool:
        """Return whether a condition looks at a field below this path."""
        return any(name == event and other.startswith(f"{path}.") for name, other in self.tests)


@attrs.define
class _Reading:
    """The interest that was read from conditions so far."""

    vocabulary: Mapping[str, type[Event]]
    tests: dict[tuple[str, str], list[Test]] = attrs.field(factory=dict)
    values: dict[tuple[str, str], list[Any]] = attrs.field(factory=dict)
    incident: dict[str, list[Test]] = attrs.field(factory=dict)
    counts: dict[str, int] = attrs.field(factory=dict)
    keys: dict[str, int] = attrs.field(factory=dict)
    ordered: set[tuple[str, str]] = attrs.field(factory=set)

    def of_event(self, name: str, path: str, condition: Any) -> None:
        """Add a condition on a field of an event."""
        self._note(
            (name, path),
            compile_condition(path, field_type(self.vocabulary[name], path), condition),
            _named(condition),
        )

    def of_incident(self, path: str, condition: Any) -> None:
        """Add a condition on the incident, and its tests on the events that write the field."""
        test, named = (
            compile_condition(path, field_type(Incident, path), condition),
            list(_named(condition)),
        )
        self.incident.setdefault(path, []).append(test)
        self.counts[path] = max(
            [self.counts.get(path, 0), *(int(v) for v in named if isinstance(v, int | float))]
        )
        for feed in feeds_of(path):
            if feed.field and is_highest(path):
                self.ordered.add((feed.event, feed.field))
            if feed.each:
                self._note((feed.event, feed.field), _which(named), named)
            elif feed.field:
                self._note(
                    (feed.event, feed.field), feed.tell or test, feed.values if feed.tell else named
                )

    def _note(self, key: tuple[str, str], test: Test, named: Iterable[Any]) -> None:
        self.tests.setdefault(key, []).append(test)
        self.values.setdefault(key, []).extend(named)


def _which(named: Iterable[Any]) -> Test:
    """Return a function that tells the named values apart and treats all others as the same."""
    known = frozenset(named)
    return lambda value: value if value in known else None


def _named(condition: Any) -> Iterator[Any]:
    """Yield the values that a condition names; `exists` names None."""
    if isinstance(condition, Mapping):
        for operator, value in condition.items():
            yield from [None] if operator == "exists" else _named(value)
    elif isinstance(condition, list | tuple):
        yield from condition
    else:
        yield condition


def sameness(
    cls: type[Event], policies: Iterable[CompiledPolicy], interest: Interest, *, wide: bool
) -> Callable[[Event], Hashable]:
    """Return a key under which payloads of a type are the same for some policies: the atoms they
    match, the individuals they name, and the values they write.
    """
    if wide:
        return lambda event: event
    name = cls.__name__
    guards = []
    for policy in policies:
        for atom in (policy.policy.a, policy.policy.b, policy.policy.unless):
            if atom and (name in atom.events):
                own = {
                    path: condition
                    for path, condition in atom.where.items()
                    if not path.startswith("incident.")
                }
                guards.append(compile_where(cls, own))
    fields = [path_getter(field) for field in interest.keys if hasattr(cls, field)]
    blank = Incident(id="incident-1")

    def same(event: Event) -> Hashable:
        return (
            *(guard is None or guard(event, blank) for guard in guards),
            *(read(event) for read in fields),
        )

    return same
