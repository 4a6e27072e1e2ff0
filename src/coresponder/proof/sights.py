"""Which rules and which states a sight tells without telling what it hides.

A rule is told to a role only if the role sees all that the rule reads: each event type that steps it,
to the second, with each field that its conditions and its `per` read, and what writes each path of
the incident that they read. Such a rule stands alike in two histories that look alike to the role.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable

import attrs

from coresponder.domain.events import (
    EVENT_TYPES,
    IncidentTransferAccepted,
    TransferOutcomeHeard,
)
from coresponder.domain.objects import Incident
from coresponder.domain.vocabulary import Purpose
from coresponder.lifecycle import PARTS
from coresponder.policy.atoms import field_names
from coresponder.policy.refusal import Obligation
from coresponder.program import Program
from coresponder.program.viewing import Sight
from coresponder.program.views import SeenLine
from coresponder.proof.dependence import (
    Read,
    depends_on_state,
    moving,
    opening_events,
    reads_of,
)

__all__ = [
    "hidden_from",
    "hidden_from_role",
    "possible_states",
    "tells_opening",
    "tells_parts",
    "told_owed",
    "told_rules",
]

_TOLD: weakref.WeakKeyDictionary[Sight, frozenset[str]] = weakref.WeakKeyDictionary()


def told_rules(program: Program, sight: Sight) -> frozenset[str]:
    """Return the ids of the rules that a sight tells."""
    found = _TOLD.get(sight)
    if found is None:
        found = frozenset(
            policy.id
            for policy in program.book.policies
            if not hidden_from(sight, reads_of(program, policy))
        )
        _TOLD[sight] = found
    return found


def hidden_from(sight: Sight, reads: Iterable[Read]) -> tuple[str, ...]:
    """Return what a sight hides of what is read: `Event`, or `Event.field` of an event that is seen."""
    hidden = sorted(read for read in reads if not sight.shows(*read))
    unseen = {event for event, field in hidden if field == "at"}
    return tuple(
        event if event in unseen else f"{event}.{field}"
        for event, field in hidden
        if field == "at" or event not in unseen
    )


def hidden_from_role(program: Program, role: str, reads: Iterable[Read]) -> tuple[str, ...]:
    """Return what a role sees for no purpose, of what is read. See `hidden_from`."""
    sights = [program.sight((role,), purpose) for purpose in Purpose]
    unseen = (one for one in reads if not any(sight.shows(*one) for sight in sights))
    return hidden_from(sights[0], unseen)


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
    moves = moving(program) if depends_on_state(program, table) else ()
    return all(sight.shows(name, part) for name in named) and all(map(sight.sees, moves))


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
    hidden = [dict(table[name]) for name in moving(program) if not sight.sees(name)]
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
