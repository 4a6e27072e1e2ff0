"""Which edges of the lifecycle some accepted story takes, and which none does, with all blocking policies on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import attrs

from coresponder.domain.events import Event
from coresponder.lifecycle import PARTS, Edge
from coresponder.program import Case, Program
from coresponder.proof.hunt import Hunter, Quarry
from coresponder.proof.payloads import Interest, samples
from coresponder.proof.report import LifecycleProof
from coresponder.proof.search import LimitReached, Search, Taken

__all__ = ["accepted_cases", "prove_lifecycle"]


def accepted_cases(hunter: Hunter) -> tuple[dict[str, Case], list[str], list[str]]:
    """Return the state of the lifecycle -> a real case after a shortest accepted story, the states that have none, and those not settled."""
    lifecycle = hunter.program.lifecycle
    cases, unreachable, undetermined = {lifecycle.initial: hunter.program.open("incident-1")}, [], []
    for state in lifecycle.states:
        if state == lifecycle.initial:
            continue
        try:
            told = hunter.story((), _reaches(state), odd=False)
        except LimitReached:
            undetermined.append(f"state {state}")
            continue
        if told is None:
            unreachable.append(state)
        else:
            cases[state] = told.case
    return cases, unreachable, undetermined


def prove_lifecycle(hunter: Hunter) -> LifecycleProof:
    """Return states and edges that nothing reaches. Each edge is first tried on a real case; only what is refused is hunted for."""
    program, lifecycle = hunter.program, hunter.program.lifecycle
    cases, unreachable, undetermined = accepted_cases(hunter)
    trial = _Trial(program)
    never = []
    for edge in lifecycle.edges:
        if edge.source not in cases or trial.takes(cases[edge.source], edge):
            continue
        found = _hunted(hunter, edge, trial.refusing)
        if found is None:
            undetermined.append(_say(edge))
        elif not found:
            never.append(_say(edge))
    return LifecycleProof(unreachable=tuple(unreachable), never_taken=tuple(never), undetermined=tuple(undetermined))


def _reaches(state: str) -> Quarry:
    return lambda search, taken: search.state_of(taken.target) == state


def _say(edge: Edge) -> str:
    return f"{edge.event}: {edge.source} -> {edge.target}"


@attrs.define
class _Trial:
    """Tries events on real cases."""

    program: Program
    interest: Interest = attrs.field(init=False)
    refusing: tuple[str, ...] = attrs.field(init=False, default=())

    @interest.default
    def _interest(self) -> Interest:
        return Interest.of(self.program.book.policies)

    def takes(self, case: Case, edge: Edge) -> bool:
        """Return whether a real case in the source state takes some event of the type, at once or after what a referral needs first."""
        refusing: dict[str, None] = {}
        for before in self._preparations(edge.event):
            ready = case
            for event in before:
                ready = self._advance(ready, event) or ready
            for event in itertools.islice(self._samples(edge.event), 24):
                step = self.program.advance(ready, _now(event, ready))
                if step.accepted and not step.out_of_place and ready.state == edge.source:
                    return True
                refusing.update(dict.fromkeys(r.policy for r in step.refusals if r.policy))
        self.refusing = tuple(refusing)
        return False

    def _advance(self, case: Case, event: Event) -> Case | None:
        step = self.program.advance(case, _now(event, case))
        return step.case if step.accepted and not step.out_of_place else None

    def _samples(self, name: str) -> Iterator[Event]:
        yield from samples(self.program, self.program.vocabulary[name], self.interest)

    def _preparations(self, name: str) -> Iterator[tuple[Event, ...]]:
        """Yield nothing, then the ways to bring a referral or follow-up to where the event starts from."""
        yield ()
        for lifecycle in PARTS.values():
            if lifecycle.regulates(name):
                ways = lifecycle.ways()
                for source in lifecycle.sources(name):
                    yield tuple(next(self._samples(step)) for step in ways.get(source, ()))


def _now(event: Event, case: Case) -> Event:
    return attrs.evolve(event, at=max(event.at, case.history[-1].at)) if case.history else event


def _hunted(hunter: Hunter, edge: Edge, refusing: tuple[str, ...]) -> bool | None:
    """Return whether a search finds a story that takes the edge; None when it was stopped."""

    def quarry(search: Search, taken: Taken) -> bool:
        label = taken.label
        return getattr(label, "name", None) == edge.event and search.state_of(taken.source) == edge.source and not label.odd  # type: ignore[union-attr]

    try:
        return hunter.story([hunter.program.book[name] for name in refusing], quarry, extra={edge.event}, odd=False) is not None
    except LimitReached:
        return None
