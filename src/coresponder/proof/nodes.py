"""The nodes of a model. Each stands for all incidents that the policies cannot distinguish."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from coresponder.domain.frozen import copier
from coresponder.domain.objects import Incident
from coresponder.program import Case
from coresponder.proof.abstraction import Abstraction, Counters
from coresponder.proof.population import Population

__all__ = ["Nodes", "with_incident", "with_state"]

with_incident: Callable[..., Case] = copier(Case, "incident")
with_state: Callable[..., Incident] = copier(Incident, "state")


class Nodes:
    """All nodes found so far, numbered.

    Args:
        abstraction: computes what is kept of an incident.

    Attributes:
        states: the lifecycle's state in each node, on each side.
        opened: whether the incident has begun.
        remainders: a number for everything but the lifecycle's state.
    """

    def __init__(self, abstraction: Abstraction) -> None:
        self._abstraction = abstraction
        self._found: list[tuple[tuple[Case, ...], Counters]] = []
        self._index: dict[Hashable, int] = {}
        self._wholes: dict[int, tuple[Case, ...]] = {}
        self._shifts: dict[tuple[int, tuple[str, ...]], int] = {}
        self._rest_numbers: dict[Hashable, int] = {}
        self.states: list[tuple[str, ...]] = []
        self.opened: list[bool] = []
        self.remainders: list[int] = []

    def of(self, cases: tuple[Case, ...], counters: Counters) -> int:
        """Return the node of a settled incident, on each side, and of what others add to it."""
        key = (tuple([self._abstraction.key(case.incident) for case in cases]), counters)
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = len(self._found)
            self._found.append((cases, counters))
            self.states.append(tuple([case.state for case in cases]))
            self.opened.append(all(case.history for case in cases))
            rest = (tuple([side[1:] for side in key[0]]), counters)
            self.remainders.append(self._rest_numbers.setdefault(rest, len(self._rest_numbers)))
        return found

    def cases(self, node: int) -> tuple[Case, ...]:
        """Return a case that the node stands for, on each side, without the individuals that are
        not followed.
        """
        return self._found[node][0]

    def others(self, node: int) -> Counters:
        """Return, for each population, what others add to the incident's counts."""
        return self._found[node][1]

    def traits(self, node: int, population: Population) -> dict[Any, Hashable]:
        """Return the distinctions that are kept for each followed individual."""
        known = {
            part.id: population.trait(part)
            for part in population.parts(self.cases(node)[0].incident)
        }
        return {value: known.get(value) for value in population.followed}

    def locate(self, incident: Incident) -> int | None:
        """Return the node of an incident whose followed individuals have the ids of the model, if
        it was found before.
        """
        kept, counters = self._abstraction.counted(incident)
        return self._index.get(((self._abstraction.key(kept),), counters))

    def shifted(self, node: int, *states: str) -> int:
        """Return the node that differs in the lifecycle's state alone, on each side."""
        key = (node, states)
        found = self._shifts.get(key)
        if found is None:
            cases, counters = self._found[node]
            moved = [
                with_incident(case, with_state(case.incident, state))
                for case, state in zip(cases, states, strict=True)
            ]
            found = self._shifts[key] = self.of(tuple(moved), counters)
        return found

    def renamed(self, node: int, names: Mapping[str, Mapping[Any, Any]]) -> int:
        """Return the node in which followed individuals have other names."""
        cases, counters = self._found[node]
        moved = [
            with_incident(case, self._abstraction.renamed(case.incident, names)) for case in cases
        ]
        return self.of(tuple(moved), counters)

    def whole(self, node: int) -> tuple[Case, ...]:
        """Return the cases of a node with all individuals in them."""
        found = self._wholes.get(node)
        if found is None:
            cases, counters = self._found[node]
            found = self._wholes[node] = tuple(
                [
                    with_incident(case, self._abstraction.whole(case.incident, counters, {}))
                    for case in cases
                ]
            )
        return found
