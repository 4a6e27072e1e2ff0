"""The cone of influence of some policies: the event types that can matter to them, and the states
of a referral or follow-up that they distinguish.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping

from coresponder.domain.events import Decision, EnteredInError, Event, PolicyOverridden
from coresponder.lifecycle import PARTS, Lifecycle
from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Program
from coresponder.proof.limits import LimitReached

__all__ = ["begins_another", "classes", "cone"]


def _opening(vocabulary: Mapping[str, type[Event]]) -> str:
    """Return the event type with which a stream begins."""
    return next(name for name in ("CallReceived", "ResponderJoined") if name in vocabulary)


def begins_another(lifecycle: Lifecycle, event: str, status: str) -> bool:
    """Return whether an event, not permitted in a status, begins a new referral or follow-up."""
    return (
        lifecycle.target(event, status) is None
        and lifecycle.target(event, lifecycle.initial) is not None
    )


def cone(
    programs: tuple[Program, ...], policies: tuple[CompiledPolicy, ...], extra: set[str]
) -> tuple[str, ...]:
    """Return the event types that can matter, in the vocabulary's order; raise `LimitReached` if
    one of them voids another event.
    """
    vocabulary: dict[str, type[Event]] = {
        name: cls for program in programs for name, cls in program.vocabulary.items()
    }
    mentioned = {name for policy in policies for name in policy.mentions}
    if EnteredInError.__name__ in mentioned:
        raise LimitReached(
            "EnteredInError takes another event back, and what an incident is without that event is"
            " not explored"
        )
    seen = (mentioned | extra) & set(vocabulary)
    for policy in policies:
        others = [name for name in policy.guards if name not in seen]
        if others and policy.guards.keys() - policy.mentions:
            seen |= {"SupervisorNotified" if "SupervisorNotified" in others else others[0]}
    for program in programs:
        seen |= _movers(program.lifecycle, vocabulary, seen)
    for lifecycle in PARTS.values():
        seen |= _enablers(lifecycle, seen)
        seen |= _changers(lifecycle, seen)
    seen |= {_opening(vocabulary)}
    never = {EnteredInError.__name__, *({PolicyOverridden.__name__} - mentioned)}
    return tuple(name for name in vocabulary if name in seen - never)


def _movers(
    lifecycle: Lifecycle, vocabulary: Mapping[str, type[Event]], seen: set[str]
) -> set[str]:
    """Return one event type for each move of the lifecycle: if possible one that no policy
    mentions, and a fact rather than a decision.
    """
    chosen: set[str] = set()
    pairs: dict[tuple[str, str], list[str]] = {}
    for edge in lifecycle.edges:
        if edge.source != edge.target:
            pairs.setdefault((edge.source, edge.target), []).append(edge.event)
    for names in pairs.values():
        ranked = sorted(
            (n for n in names if n not in seen),
            key=lambda n: (
                any(p.regulates(n) for p in PARTS.values()),
                issubclass(vocabulary[n], Decision),
            ),
        )
        if not chosen.intersection(names):
            chosen.update(ranked[:1])
    return chosen


def _enablers(lifecycle: Lifecycle, seen: set[str]) -> set[str]:
    """Return the events that, by the shortest ways, bring a referral or follow-up into the statuses
    from which the events that matter start.
    """
    needed = {name for name in seen if lifecycle.regulates(name)}
    ways = lifecycle.ways(prefer=seen) if needed else {}
    return {
        step
        for name in needed
        for step in min((ways[source] for source in lifecycle.sources(name)), key=len)
    }


def _changers(lifecycle: Lifecycle, seen: set[str]) -> set[str]:
    """Return the events that take a referral or follow-up out of a status in which an event that
    matters is in place.

    For example, a declined referral is never sent. Every other event leads to a status that is
    equivalent for the events that matter, so an incident is the same without it.
    """
    mattering = [name for name in lifecycle.table if name in seen]
    rest = [name for name in lifecycle.table if name not in seen]
    found = classes(lifecycle, mattering, moving=rest)
    if not mattering:
        return set()
    return {
        event
        for event in rest
        for source, target in lifecycle.table[event].items()
        if found[source] != found[target]
    }


def classes(
    lifecycle: Lifecycle,
    names: Iterable[str],
    *,
    moving: Iterable[str] = (),
    apart: Callable[[str], Hashable] = lambda state: None,
) -> dict[str, int]:
    """Group the states that no sequence of events distinguishes (partition refinement), starting
    from the groups that `apart` separates. For the events in `names` it matters where they are in
    place; for those in `moving`, only where they lead.
    """
    relevant = [name for name in names if lifecycle.regulates(name)]
    tables = [lifecycle.table[name] for name in moving]
    seen = list(dict.fromkeys(apart(state) for state in lifecycle.states))
    found = {state: seen.index(apart(state)) for state in lifecycle.states}
    while True:
        signatures = {
            state: (
                found[state],
                tuple(
                    None if (to := lifecycle.target(name, state)) is None else found[to]
                    for name in relevant
                ),
                tuple(found[table.get(state, state)] for table in tables),
            )
            for state in lifecycle.states
        }
        numbers = {signature: i for i, signature in enumerate(dict.fromkeys(signatures.values()))}
        if len(numbers) == len(set(found.values())):
            return found
        found = {state: numbers[signatures[state]] for state in lifecycle.states}
