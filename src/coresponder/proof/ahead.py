"""Look ahead from a live case for steps after which, as the proof found, no compliant finish
exists.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.objects import Incident
from coresponder.policy.automata import Cell, Timed
from coresponder.program import Case, Permission, Program
from coresponder.proof.counterexamples import Counterexamples
from coresponder.proof.dead_ends import DeadEnds
from coresponder.proof.limits import LimitReached
from coresponder.proof.member import Member
from coresponder.proof.payloads import START
from coresponder.proof.search import LONG_AGO, Search

__all__ = ["LookAhead"]

_MOST_CHOICES = 500
"""How many choices of followed individuals are tried in a case that has very many."""


@attrs.define(eq=False)
class LookAhead:
    """The dead ends of a program, found once (in about a second) and then compared with live cases.
    A case is compared as each person, referral and follow-up in it is followed. A case that has no
    counterpart in the search gets no warning; a warning is never a refusal.
    """

    program: Program
    searches: tuple[Search, ...] = attrs.field(init=False)

    @searches.default
    def _explore(self) -> tuple[Search, ...]:
        counterexamples, members = Counterexamples(self.program), []
        for policy in self.program.book.policies:
            if policy.blocks:
                with contextlib.suppress(
                    LimitReached
                ):  # a program that cannot be searched gets no warning
                    search = counterexamples.search((policy,), blocking=True, wild=True, followed=0)
                    counterexamples.run(search)
                    members.append(Member(search))
        dead_ends = DeadEnds(counterexamples, tuple(members))
        dead_ends.run()
        return tuple(dead_ends.searches)

    def warned(
        self, permissions: Iterable[Permission], case: Case, now: dt.datetime
    ) -> tuple[Permission, ...]:
        """Return the permissions; what is permitted and leads into a dead end says so."""
        found = self.dead_ends(case, now)
        return tuple(
            attrs.evolve(one, dead_ends=found[one.event])
            if one.permitted and one.event in found
            else one
            for one in permissions
        )

    def dead_ends(self, case: Case, now: dt.datetime) -> Mapping[str, tuple[str, ...]]:
        """Return the event types of which some event leaves no compliant finish, each with the
        policies.
        """
        found: dict[str, tuple[str, ...]] = {}
        for search in self.searches:
            finishing = search.finishing()
            for at in _places(search, self.program, case, now) & finishing:
                for taken in search.steps(at):
                    name = getattr(taken.label, "name", None)
                    ended = search.state_of(taken.target) in self.program.lifecycle.final
                    if name is not None and taken.target not in finishing and not ended:
                        found[name] = tuple(
                            dict.fromkeys(
                                (*found.get(name, ()), *(policy.id for policy in search.policies))
                            )
                        )
        return found


def _places(search: Search, program: Program, case: Case, now: dt.datetime) -> set[int]:
    """Return the states of a search that match a live case, for each choice of followed
    individuals.
    """
    by_id = {
        policy.id: cell for policy, cell in zip(program.book.policies, case.cells, strict=True)
    }
    cells = [
        {key: _phase(p.automaton, part, now) for key, part in p.parts(by_id[p.id])}
        for p in search.policies
    ]
    found = set()
    for names in _followings(search, case.incident, cells):
        node = search.model.nodes.locate(_renamed(search, case.incident, names))
        if node is not None:
            moved = [
                {
                    names[p.policy.per].get(key, key): part
                    for key, part in parts.items()
                    if key is None or key in names[p.policy.per]
                }
                if p.policy.per
                else parts[None]
                for p, parts in zip(search.policies, cells, strict=True)
            ]
            found.add(search.find(node, tuple(moved)))
    return {at for at in found if at is not None}


def _followings(
    search: Search, incident: Incident, cells: list[dict[Any, Cell]]
) -> Iterator[dict[str, dict[Any, Any]]]:
    """Yield every choice of individuals to follow: for each field, their own names and their names
    in the search.
    """
    choices = []
    for field, population in search.model.populations.items():
        known = [part.id for part in population.parts(incident)]
        known += [
            key
            for policy, parts in zip(search.policies, cells, strict=True)
            if policy.policy.per == field
            for key in parts
            if key is not None
        ]
        listed = list(dict.fromkeys(known))
        chosen = itertools.permutations(listed, min(len(population.followed), len(listed)))
        choices.append([dict(zip(own, population.followed, strict=False)) for own in chosen])
    for names in itertools.islice(itertools.product(*choices), _MOST_CHOICES):
        yield dict(zip(search.model.populations, names, strict=True))


def _renamed(
    search: Search, incident: Incident, names: Mapping[str, Mapping[Any, Any]]
) -> Incident:
    """Give followed individuals the names that they have in a search."""
    for field, population in search.model.populations.items():
        if population.collection:
            parts = tuple(
                attrs.evolve(part, id=names[field].get(part.id, f"live-{part.id}"[:120]))
                for part in population.parts(incident)
            )
            incident = attrs.evolve(incident, **{population.collection: parts})  # type: ignore[arg-type]
    return incident


def _phase(automaton: Any, part: Cell, now: dt.datetime) -> Cell:
    if not isinstance(automaton, Timed) or part[1] is None:
        return part
    edge = automaton.bound.deadline(part[1])
    return (part[0], LONG_AGO if (now > edge if automaton.within else now >= edge) else START)
