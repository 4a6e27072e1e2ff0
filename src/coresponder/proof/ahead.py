"""Look ahead from a live case: which steps would leave no compliant finish, as the proof found them."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from coresponder.domain.objects import Incident
from coresponder.policy.automata import Cell, Timed
from coresponder.program import Case, Program
from coresponder.proof.doom import Dooms
from coresponder.proof.finish import Member
from coresponder.proof.hunt import Hunter
from coresponder.proof.payloads import START
from coresponder.proof.search import LONG_AGO, LimitReached, Search

__all__ = ["LookAhead"]


@attrs.define(eq=False)
class LookAhead:
    """The dooms of a program, found once (about a second), ready to be compared with live cases. Without dooms there is nothing to compare.

    What it cannot place (more people or referrals than a proof tells apart) gets no warning; a warning is never a refusal.
    """

    program: Program
    searches: tuple[Search, ...] = attrs.field(init=False)

    @searches.default
    def _explore(self) -> tuple[Search, ...]:
        hunter, members = Hunter(self.program), []
        for policy in self.program.book.policies:
            if policy.blocks:
                search = hunter.search((policy,))
                with contextlib.suppress(LimitReached):  # what is too large to search gets no warning
                    hunter.run(search)
                    members.append(Member(search))
        dooms = Dooms(hunter, tuple(members))
        dooms.run()
        return tuple(dooms.searches)

    def dead_ends(self, case: Case, now: dt.datetime) -> Mapping[str, tuple[str, ...]]:
        """Return the event types after which, for some such event, no compliant finish exists, each with the policies."""
        found: dict[str, tuple[str, ...]] = {}
        for search in self.searches:
            at = _place(search, self.program, case, now)
            finishing = search.finishing()
            if at is None or at not in finishing:
                continue
            for taken in search.steps(at):
                name = getattr(taken.label, "name", None)
                rests = search.state_of(taken.target) in self.program.lifecycle.rests
                if name is not None and taken.target not in finishing and not rests:
                    found[name] = tuple(dict.fromkeys((*found.get(name, ()), *(policy.id for policy in search.policies))))
        return found


def _place(search: Search, program: Program, case: Case, now: dt.datetime) -> int | None:
    """Return the state of a search in which a live case is."""
    names: dict[str, str] = {}
    node = search.world.locate(_anonymous(case.incident, names))
    if node is None:
        return None
    by_id = {policy.id: cell for policy, cell in zip(program.book.policies, case.cells, strict=True)}
    cells = []
    for policy in search.policies:
        parts = {_name(key, names): _phase(policy.automaton, part, now) for key, part in policy.parts(by_id[policy.id])}
        cells.append(parts if policy.policy.per else parts[None])
    return search.find(node, tuple(cells))


def _name(key: Any, names: Mapping[str, str]) -> Any:
    return names.get(key, key) if isinstance(key, str) else key


def _phase(automaton: Any, part: Cell, now: dt.datetime) -> Cell:
    if not isinstance(automaton, Timed) or part[1] is None:
        return part
    edge = automaton.bound.deadline(part[1])
    return (part[0], LONG_AGO if (now > edge if automaton.within else now >= edge) else START)


def _anonymous(incident: Incident, names: dict[str, str]) -> Incident:
    """Give people, referrals and follow-ups the ids that a proof uses, in the order in which they came."""
    for kind, field in (("person", "people"), ("referral", "referrals"), ("follow-up", "follow_ups")):
        names.update({part.id: f"{kind}-{i}" for i, part in enumerate(getattr(incident, field), 1)})
    return attrs.evolve(
        incident,
        people=tuple(attrs.evolve(p, id=names[p.id]) for p in incident.people),
        referrals=tuple(attrs.evolve(r, id=names[r.id], person=names.get(r.person, r.person)) for r in incident.referrals),
        follow_ups=tuple(attrs.evolve(f, id=names[f.id]) for f in incident.follow_ups),
    )
