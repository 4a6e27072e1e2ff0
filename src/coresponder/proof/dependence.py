"""What a rule reads: each field of each event on which its verdict depends.

Two histories that agree in all that a rule reads get the same verdict from it, whatever else is in
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coresponder.domain.events import PersonIdentified
from coresponder.lifecycle import PARTS
from coresponder.policy.atoms import field_names
from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Program
from coresponder.proof.limits import LimitReached
from coresponder.proof.reads import MEMBERS, feeds_of

__all__ = ["Read", "depends_on_state", "moving", "opening_events", "reads_of", "reads_of_path"]

Read = tuple[str, str]
"""An event type and a field of it. `at` stands for the event itself: that it happened, and when."""
UNKNOWN = "incident"
"""In the place of the event type, for a path of the incident of which it is not known what it reads."""
_WHO: Read = (PersonIdentified.__name__, "identified_as")
_PEOPLE = frozenset({"person", "protects"})


def reads_of(program: Program, policy: CompiledPolicy) -> frozenset[Read]:
    """Return what a rule reads."""
    return frozenset(_reads(program, policy))


def _reads(program: Program, policy: CompiledPolicy) -> Iterator[Read]:
    yield from ((name, "at") for name in policy.watches)
    if policy.starts_with_opening:
        yield from ((name, "at") for name in opening_events(program))
    for name, guards in policy.guards.items():
        yield from _field(program, name, policy.policy.per)
        tests = (test for _, guard in guards if guard is not None for test in guard.tests)
        for test in tests:
            if test.on_incident:
                yield from reads_of_path(program, test.path.removeprefix("incident."))
            else:
                yield from _field(program, name, test.path)


def _field(program: Program, event: str, path: str | None) -> Iterator[Read]:
    """Yield what the value of a field depends on. Who a person is may be known from another event."""
    if path and path.split(".")[0] in field_names(program.vocabulary[event]):
        yield event, path
    if path in _PEOPLE:
        yield _WHO


def reads_of_path(program: Program, path: str) -> Iterator[Read]:
    """Yield what a path of the incident is made of."""
    if path == "state":
        yield from ((name, "at") for name in moving(program))
        return
    try:
        feeds = feeds_of(path)
    except LimitReached:
        yield UNKNOWN, path
        return
    populations = {member.population for member in MEMBERS.get(path, ())}
    for feed in feeds:
        yield feed.event, "at"
        for field in (feed.field, *populations):
            yield from _field(program, feed.event, field)
    if depends_on_state(program, (feed.event for feed in feeds)):
        yield from reads_of_path(program, "state")


def depends_on_state(program: Program, events: Iterable[str]) -> bool:
    """Return whether one of some events may be out of place by the state of the incident, and then
    moves no referral or follow-up.
    """
    parts = {name for lifecycle in PARTS.values() for name in lifecycle.table}
    return any(name in parts and name in program.lifecycle.table for name in events)


def moving(program: Program) -> Iterator[str]:
    """Yield the event types that can move an incident from one state to another."""
    for name, moves in program.lifecycle.table.items():
        if any(source != target for source, target in moves.items()):
            yield name


def opening_events(program: Program) -> tuple[str, ...]:
    """Return the event types that open an incident."""
    initial = program.lifecycle.initial
    table = program.lifecycle.table
    return tuple(name for name, moves in table.items() if moves.get(initial, initial) != initial)
