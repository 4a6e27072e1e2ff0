"""Find the lifecycle edges that some accepted story takes, and those that none takes, with all
blocking policies on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from coresponder.domain.events import Event
from coresponder.lifecycle import PARTS, Edge
from coresponder.program import Case, Program
from coresponder.proof.counterexamples import Counterexamples, Result, Target
from coresponder.proof.interest import Interest
from coresponder.proof.limits import LimitReached, Scope
from coresponder.proof.payloads import samples
from coresponder.proof.report import LifecycleProof
from coresponder.proof.search import Search, Taken

__all__ = ["accepted_cases", "prove_lifecycle", "ways_to_take"]

_MOST_SAMPLES = 24


def accepted_cases(
    counterexamples: Counterexamples,
) -> tuple[dict[str, Case], list[str], list[str]]:
    """Return lifecycle state -> a real case after a shortest accepted story, the states that no
    story reaches, and those that are not settled.
    """
    lifecycle = counterexamples.program.lifecycle
    cases, unreachable, undetermined = (
        {lifecycle.initial: counterexamples.program.open("incident-1")},
        [],
        [],
    )
    for state in lifecycle.states:
        if state == lifecycle.initial:
            continue
        try:
            found = counterexamples.story((), _reaches(state), unexpected=False)
        except LimitReached:
            undetermined.append(f"state {state}")
            continue
        if found.told is not None:
            cases[state] = found.told.case
        elif found.scope == Scope():
            unreachable.append(state)
        else:
            undetermined.append(f"state {state}: not reached {found.scope}")
    return cases, unreachable, undetermined


def prove_lifecycle(counterexamples: Counterexamples) -> LifecycleProof:
    """Return the states and edges that no story reaches. Each edge is first tried on a real case;
    only edges that are refused there are searched for.
    """
    program, lifecycle = counterexamples.program, counterexamples.program.lifecycle
    cases, unreachable, undetermined = accepted_cases(counterexamples)
    interest = Interest.of(program.book.policies, program.vocabulary)
    never: list[str] = []
    for edge in lifecycle.edges:
        if edge.source not in cases:
            continue
        taken, refusing = _takes(program, cases[edge.source], edge, interest)
        if taken:
            continue
        try:
            found = _sought(counterexamples, edge, refusing)
        except LimitReached as reached:
            undetermined.append(f"{edge}: {reached}")
            continue
        if found.told is None:
            (never if found.scope == Scope() else undetermined).append(str(edge))
    return LifecycleProof(
        unreachable=tuple(unreachable), never_taken=tuple(never), undetermined=tuple(undetermined)
    )


def _reaches(state: str) -> Target:
    return lambda search, taken: search.state_of(taken.target) == state


def _takes(
    program: Program, case: Case, edge: Edge, interest: Interest
) -> tuple[bool, tuple[str, ...]]:
    """Return whether a real case takes the edge, directly or after the events that a referral needs
    first, and the policies that refuse it if not.
    """
    refusing: dict[str, None] = {}
    for before in _preparations(program, edge.event, interest):
        ready = _prepared(program, case, before)
        for event in samples(program, program.vocabulary[edge.event], interest)[:_MOST_SAMPLES]:
            step = program.advance(ready, _now(event, ready))
            if step.accepted and not step.out_of_place and ready.state == edge.source:
                return True, ()
            refusing.update(dict.fromkeys(r.policy for r in step.refusals if r.policy))
    return False, tuple(refusing)


def ways_to_take(program: Program, case: Case, name: str) -> Iterator[tuple[Event, ...]]:
    """Yield whole stories that continue a case with an event of a type, directly and after the
    events that its referral or follow-up needs first.
    """
    interest = Interest.of(program.book.policies, program.vocabulary)
    for before in _preparations(program, name, interest):
        ready = _prepared(program, case, before)
        event = samples(program, program.vocabulary[name], interest)[0]
        yield (*ready.recorded(), _now(event, ready))


def _prepared(program: Program, case: Case, before: Iterable[Event]) -> Case:
    """Return the case after those of the events that it accepts."""
    for event in before:
        step = program.advance(case, _now(event, case))
        case = step.case if step.accepted and not step.out_of_place else case
    return case


def _preparations(program: Program, name: str, interest: Interest) -> Iterator[tuple[Event, ...]]:
    """Yield an empty list, then the ways to bring a referral or follow-up into a state from which
    the event leads on.
    """
    yield ()
    for lifecycle in PARTS.values():
        if lifecycle.regulates(name):
            ways = lifecycle.ways()
            for source in lifecycle.sources(name):
                if ways.get(source):
                    yield tuple(
                        samples(program, program.vocabulary[step], interest)[0]
                        for step in ways[source]
                    )


def _now(event: Event, case: Case) -> Event:
    return attrs.evolve(event, at=max(event.at, case.history[-1].at)) if case.history else event


def _sought(counterexamples: Counterexamples, edge: Edge, refusing: tuple[str, ...]) -> Result:
    """Look for a story that takes the edge."""

    def wanted(search: Search, taken: Taken) -> bool:
        label = taken.label
        return (
            getattr(label, "name", None) == edge.event
            and search.state_of(taken.source) == edge.source
            and not label.unexpected  # type: ignore[union-attr]
        )

    return counterexamples.story(
        [counterexamples.program.book[name] for name in refusing],
        wanted,
        extra={edge.event},
        unexpected=False,
    )
