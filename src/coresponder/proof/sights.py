"""Which rules and which states a sight tells without telling what it hides.

A rule is told to a role only if the role sees all that moves it: each event type that steps it, to
the second, with each field that its conditions and its `per` read, and what writes each path of the
incident that they read. Such a rule stands alike in two histories that look alike to the role.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator

import attrs

from coresponder.domain.events import (
    EVENT_TYPES,
    IncidentTransferAccepted,
    PersonIdentified,
    TransferOutcomeHeard,
)
from coresponder.domain.objects import Incident
from coresponder.lifecycle import PARTS
from coresponder.policy.atoms import field_names
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.refusal import Obligation
from coresponder.program import Program
from coresponder.program.viewing import Sight
from coresponder.program.views import SeenLine
from coresponder.proof.limits import LimitReached
from coresponder.proof.reads import MEMBERS, feeds_of

__all__ = [
    "hidden_from",
    "opening_events",
    "possible_states",
    "tells_opening",
    "tells_parts",
    "told_owed",
    "told_rules",
]

_WHO = PersonIdentified.__name__
_PEOPLE = frozenset({"person", "protects"})
_TOLD: weakref.WeakKeyDictionary[Sight, frozenset[str]] = weakref.WeakKeyDictionary()


def told_rules(program: Program, sight: Sight) -> frozenset[str]:
    """Return the ids of the rules that a sight tells."""
    found = _TOLD.get(sight)
    if found is None:
        found = frozenset(
            policy.id for policy in program.book.policies if not hidden_from(program, sight, policy)
        )
        _TOLD[sight] = found
    return found


def hidden_from(program: Program, sight: Sight, policy: CompiledPolicy) -> tuple[str, ...]:
    """Return what a rule depends on and a sight hides, as `Event` or `Event.field`."""
    found = dict.fromkeys(_hidden(program, sight, policy))
    return tuple(found)


def _hidden(program: Program, sight: Sight, policy: CompiledPolicy) -> Iterator[str]:
    yield from (name for name in policy.watches if not sight.sees(name))
    if policy.starts_with_opening and not tells_opening(program, sight):
        yield "when the incident opened"
    tests = [
        (name, test)
        for name, guards in policy.guards.items()
        for _, guard in guards
        if guard is not None
        for test in guard.tests
    ]
    fields: set[tuple[str, str | None]] = {
        (name, test.path) for name, test in tests if not test.on_incident
    }
    fields |= {(name, policy.policy.per) for name in policy.guards}
    yield from _unshown(program, sight, fields)
    for _, test in tests:
        if test.on_incident:
            yield from _hidden_path(program, sight, test.path.removeprefix("incident."))


def _unshown(
    program: Program, sight: Sight, fields: Iterable[tuple[str, str | None]]
) -> Iterator[str]:
    for event, field in sorted(fields, key=str):
        cls = program.vocabulary[event]
        if field and field.split(".")[0] in field_names(cls) and not sight.shows(event, field):
            yield f"{event}.{field}"
        if field in _PEOPLE and not sight.shows(_WHO, "identified_as"):
            yield _WHO


def _hidden_path(program: Program, sight: Sight, path: str) -> Iterator[str]:
    """Yield what a path of the incident is made of and a sight hides."""
    if path == "state":
        yield from (name for name in _moving(program) if not sight.sees(name))
        return
    try:
        feeds = feeds_of(path)
    except LimitReached:
        yield f"incident.{path}"
        return
    populations = {member.population for member in MEMBERS.get(path, ())}
    fields = {(feed.event, feed.field or None) for feed in feeds}
    fields |= {(feed.event, population) for feed in feeds for population in populations}
    yield from (feed.event for feed in feeds if not sight.sees(feed.event))
    yield from _unshown(program, sight, fields)
    if _depend_on_state(program, (feed.event for feed in feeds)):
        yield from _hidden_path(program, sight, "state")


def _depend_on_state(program: Program, events: Iterable[str]) -> bool:
    """Return whether one of some events may be out of place by the state of the incident, and then
    moves no referral or follow-up.
    """
    moving = {name for lifecycle in PARTS.values() for name in lifecycle.table}
    return any(name in moving and name in program.lifecycle.table for name in events)


def _moving(program: Program) -> Iterator[str]:
    """Yield the event types that can move an incident from one state to another."""
    for name, moves in program.lifecycle.table.items():
        if any(source != target for source, target in moves.items()):
            yield name


def opening_events(program: Program) -> tuple[str, ...]:
    """Return the event types that open an incident."""
    initial = program.lifecycle.initial
    table = program.lifecycle.table
    return tuple(name for name, moves in table.items() if moves.get(initial, initial) != initial)


def tells_opening(program: Program, sight: Sight) -> bool:
    """Return whether a sight shows when an incident opened."""
    return all(map(sight.sees, opening_events(program)))


def tells_parts(program: Program, sight: Sight, event: str) -> bool:
    """Return whether a sight shows where the referrals or follow-ups stand that a decision is about."""
    return all(
        _tells_part(program, sight, field)
        for field, lifecycle in PARTS.items()
        if lifecycle.regulates(event)
    )


def _tells_part(program: Program, sight: Sight, part: str) -> bool:
    """Return whether a sight shows where each referral, or each follow-up, stands."""
    table = PARTS[part].table
    named = (name for name in table if part in field_names(EVENT_TYPES[name]))
    moves = () if not _depend_on_state(program, table) else _hidden_path(program, sight, "state")
    return all(sight.shows(name, part) for name in named) and not any(moves)


def told_owed(
    program: Program, sight: Sight, incident: Incident, owed: Obligation
) -> Obligation | None:
    """Return an obligation as a sight tells it; None if it does not.

    Its owner is told if the sight shows what says who that is. What another agency owes is told if
    the sight shows that the agency took it on, and what came of it.
    """
    if owed.policy not in told_rules(program, sight):
        return None
    if owed.owner is None:
        return owed
    if owed.policy in program.book.transferred and incident.transferred_to is not None:
        taken = sight.shows(IncidentTransferAccepted.__name__, "department")
        return owed if taken and sight.sees(TransferOutcomeHeard.__name__) else None
    part = program.book.by_part.get(owed.policy)
    shown = part is not None and _tells_owner(program, sight, part)
    return owed if shown else attrs.evolve(owed, owner=None)


def _tells_owner(program: Program, sight: Sight, part: str) -> bool:
    """Return whether a sight shows who owns each referral, or each follow-up."""
    table = PARTS[part].table
    says = (name for name in table if "owner" in field_names(EVENT_TYPES[name]))
    return _tells_part(program, sight, part) and all(sight.shows(name, "owner") for name in says)


def possible_states(program: Program, sight: Sight, lines: Iterable[SeenLine]) -> tuple[str, ...]:
    """Return every state in which an incident can be, by what is seen of it, in the order of the
    lifecycle. What is hidden may have moved it at any time.
    """
    table = program.lifecycle.table
    hidden = [dict(table[name]) for name in _moving(program) if not sight.sees(name)]
    found = _moved_on({program.lifecycle.initial}, hidden)
    for line in lines:
        moves = table.get(line.event)
        if moves and not line.voided and sight.sees(line.event):
            found = _moved_on({moves.get(state, state) for state in found}, hidden)
    return tuple(state for state in program.lifecycle.states if state in found)


def _moved_on(states: set[str], hidden: Iterable[dict[str, str]]) -> set[str]:
    """Return the states that hidden events may have led to."""
    before = set[str]()
    while before != states:
        before = states
        states = states | {moves[state] for moves in hidden for state in states if state in moves}
    return states
