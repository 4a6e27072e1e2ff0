"""The part of an incident that a model keeps, and the way back to an incident. A model keeps the
lifecycle's state, the distinctions that conditions make among the incident's values, and those they
make among the followed individuals. All other individuals are counted (see `population`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import attrs

from coresponder.domain.objects import Incident
from coresponder.lifecycle import PARTS
from coresponder.policy.atoms import path_getter
from coresponder.proof.interest import Interest, Test
from coresponder.proof.population import PUT, Counter, Population
from coresponder.proof.reads import MEMBERS

__all__ = ["Abstraction", "Acting", "Counters"]

Counters = tuple[Counter, ...]
"""For each population, what others add to the incident's counts."""
Acting = Mapping[int, Any]
"""Number of a population -> what is known of its other individual that acts."""


class Abstraction:
    """Reduces incidents to what a model keeps, and restores them."""

    def __init__(self, interest: Interest, populations: Mapping[str, Population]) -> None:
        self._counts = interest.counts
        self._readers = tuple(
            (path, path_getter(path), tests)
            for path, tests in interest.incident.items()
            if path not in MEMBERS
        )
        self._populations = tuple(populations.items())
        self._stored = tuple(
            (i, population, population.collection, PUT[population.collection], _ended(population))
            for i, population in enumerate(populations.values())
            if population.collection
        )

    def key(self, incident: Incident) -> tuple[Hashable, ...]:
        """Return what is kept of a settled incident. The lifecycle's state comes first."""
        values: list[Any] = [incident.state]
        for path, read, tests in self._readers:
            values.append(self._told_apart(path, read(incident), tests))
        for _, population, collection, _, _ in self._stored:
            traits = [(part.id, population.trait(part)) for part in getattr(incident, collection)]
            values.append(frozenset([pair for pair in traits if pair[1] is not None]))
        return tuple(values)

    def _told_apart(self, path: str, value: Any, tests: tuple[Test, ...]) -> Hashable:
        """Return the distinctions that conditions make for a value: a number, up to the largest one
        named; for any other value, the tests that it passes.
        """
        if type(value) is int:
            return min(value, self._counts[path] + 1)
        if isinstance(value, tuple):
            return frozenset(value)
        return (value is None, *[test(value) for test in tests])

    def settled(self, incident: Incident) -> Incident:
        """Forget others, who are counted, and ended referrals and follow-ups, if another one with
        another id can always begin as they did.
        """
        for _, population, collection, put, ended in self._stored:
            parts = getattr(incident, collection)
            if parts:
                kept = [part for part in parts if population.follows(part)]
                if ended:
                    kept = [part for part in kept if part.status.value not in ended]
                if len(kept) < len(parts):
                    incident = put(incident, tuple(kept))
        return incident

    def counted(self, incident: Incident) -> tuple[Incident, Counters]:
        """Return any incident as the model would keep it."""
        counters = []
        for _, population in self._populations:
            counter: Counter = ()
            for part in population.parts(incident):
                if part.id not in population.followed:
                    counter = population.joined(counter, part)
            counters.append(counter)
        kept = {
            collection: tuple(
                part for part in getattr(incident, collection) if part.id in population.followed
            )
            for _, population, collection, _, _ in self._stored
        }
        return self.settled(attrs.evolve(incident, **kept)), tuple(counters)  # type: ignore[arg-type]

    def whole(self, incident: Incident, counters: Iterable[Counter], acting: Acting) -> Incident:
        """Put the individuals that are not followed back into the incident."""
        listed = tuple(counters)
        for i, _, collection, put, _ in self._stored:
            counter, own = listed[i], acting.get(i)
            if counter or own is not None:
                crowd = self._populations[i][1].crowd(counter)
                alone = () if own is None else (own,)
                incident = put(incident, (*getattr(incident, collection), *crowd, *alone))
        return incident

    def renamed(self, incident: Incident, names: Mapping[str, Mapping[Any, Any]]) -> Incident:
        """Give followed individuals other names."""
        for _, population, collection, put, _ in self._stored:
            other = names.get(population.field)
            if other:
                parts = getattr(incident, collection)
                moved = [attrs.evolve(part, id=other.get(part.id, part.id)) for part in parts]
                incident = put(incident, tuple(moved))
        return incident


def _ended(population: Population) -> frozenset[str]:
    """Return the statuses in which an individual is forgotten."""
    lifecycle = PARTS.get(population.field)
    return frozenset() if lifecycle is None or population.keyed else lifecycle.final
