"""Find the parts of a program that a made-up night did not play, and why, so that nobody takes
silence for a result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping

import attrs

from coresponder.program import Program

__all__ = ["Unplayed", "unplayed"]

_ROLE_NOT_SENT = "others were free first, or nobody of it had what the seat asks for"


@attrs.frozen(kw_only=True)
class Unplayed:
    """An event, state, tier or role of the program that never came up.

    Attributes:
        kind: `event`, `state`, `tier` or `role`.
        why: the reason, if it is known.
    """

    kind: str
    name: str
    why: str


def unplayed(
    program: Program,
    *,
    calls: int,
    events: Container[str],
    states: Container[str],
    tiers: Container[str],
    roles: Container[str],
    refused: Mapping[str, Counter[str]],
    missing: Mapping[str, Counter[str]],
) -> tuple[Unplayed, ...]:
    """Return the states, events, tiers and roles of a program that never occurred.

    Args:
        program: the program that was played.
        calls: the number of calls.
        events: the event types that occurred.
        states: the states that at least one incident was in.
        tiers: the tiers that were sent.
        roles: the roles that were sent.
        refused: event type -> how often it was refused, and by what.
        missing: tier -> how often it was tried, with the seat that stayed empty.
    """
    lifecycle = program.lifecycle
    found = [
        Unplayed(kind="state", name=state, why=_why_not_reached(program, state, states))
        for state in lifecycle.states
        if state not in states and state != lifecycle.initial
    ]
    found += [
        Unplayed(
            kind="event",
            name=name,
            why=_why_not_come(program, name, states, refused)
            or f"did not come up in {calls:,} calls",
        )
        for name in (*program.vocabulary, *program.for_responders.vocabulary)
        if name not in events
    ]
    found += [
        Unplayed(kind="tier", name=tier.id, why=_why_not_sent(refused, missing.get(tier.id)))
        for tier in program.tiers
        if tier.id not in tiers
    ]
    named = dict.fromkeys(
        role for tier in program.tiers for seat in tier.seats for role in seat.roles
    )
    found += [
        Unplayed(kind="role", name=role, why=_ROLE_NOT_SENT) for role in named if role not in roles
    ]
    return tuple(found)


def _why_not_reached(program: Program, state: str, states: Container[str]) -> str:
    ways = [
        edge for edge in program.lifecycle.edges if edge.target == state and edge.source != state
    ]
    reached = sorted({edge.event for edge in ways if edge.source in states})
    return (
        f"{', '.join(reached)} did not happen where it leads there"
        if reached
        else f"only from {_or(edge.source for edge in ways)}, not reached either"
    )


def _why_not_come(
    program: Program, name: str, states: Container[str], refused: Mapping[str, Counter[str]]
) -> str | None:
    if name in refused:
        return _refused(refused[name])
    sources = program.lifecycle.sources(name)
    if sources and not any(state in states for state in sources):
        return f"only from {_or(iter(sources))}, not reached"
    return None


def _why_not_sent(refused: Mapping[str, Counter[str]], missing: Counter[str] | None) -> str:
    if "TeamDispatched" in refused:
        return _refused(refused["TeamDispatched"])
    if missing:
        return "tried, but nobody was free: " + ", ".join(
            f"{seat} ({n:,})" for seat, n in missing.most_common(3)
        )
    return "never tried: a tier before it was filled, or no call was of its natures"


def _refused(causes: Counter[str]) -> str:
    return "refused by " + ", ".join(f"{cause} ({n:,})" for cause, n in causes.most_common(3))


def _or(names: Iterator[str]) -> str:
    return " or ".join(dict.fromkeys(names))
