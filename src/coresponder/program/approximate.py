"""Say what depends on a time that is only approximate: verdicts, breaches, duties, refusals.

What may be done is decided by the record as it stands, because a crew cannot wait for a better
time. What follows from an approximate time is said to be uncertain, and never counted as a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from coresponder.domain.events import CallReceived, Event
from coresponder.policy.approximate import OPENING, Times
from coresponder.policy.refusal import Obligation, Refusal
from coresponder.program.case import Case
from coresponder.program.declaration import Declaration

__all__ = ["marked", "uncertain", "undetermined"]

_NONE = frozenset[str]()


def undetermined(program: Declaration, case: Case, *following: Event) -> frozenset[str]:
    """Return the policies whose verdict depends on a time that is only approximate.

    Args:
        program: whose policies are asked about.
        case: what happened.
        following: what is about to happen.
    """
    if not any(event.approximate for event in (*case.history, *following)):
        return _NONE
    return program.book.undetermined(_times([*case.valid(), *following]))


def _times(events: Sequence[Event]) -> Times:
    called = bool(events) and isinstance(events[0], CallReceived)
    vague = _names(one for one in events if one.approximate)
    if events and (not called or events[0].approximate):
        vague |= {OPENING}
    return Times(
        happened=_names(events),
        approximate=vague,
        loose=_names(one for one in events[called:] if one.approximate),
    )


def _names(events: Iterable[Event]) -> frozenset[str]:
    return frozenset(type(event).__name__ for event in events)


def marked(
    program: Declaration, case: Case, owed: tuple[Obligation, ...]
) -> tuple[Obligation, ...]:
    """Return what is owed, with a mark on each whose deadline is only approximate."""
    unknown = undetermined(program, case) if owed else _NONE
    if not unknown:
        return owed
    return tuple(
        attrs.evolve(one, approximate=True) if one.policy in unknown else one for one in owed
    )


def uncertain(unknown: frozenset[str], refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """Return refusals, with a mark on each of a policy that cannot be judged with certainty."""
    return tuple(
        attrs.evolve(one, approximate=True) if one.policy in unknown else one for one in refusals
    )
