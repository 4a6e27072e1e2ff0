"""Staffing, proved by trying every set of responders that the tiers' seats can tell apart."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable

import attrs

from coresponder.domain.objects import Credential, Responder
from coresponder.domain.vocabulary import Nature, ResponderStatus, Role
from coresponder.program import Program
from coresponder.proof.payloads import START
from coresponder.proof.report import Crew, StaffingProof
from coresponder.staffing import Seat, Tier, choose_team

__all__ = ["prove_staffing"]

_MOST_KINDS = 12
"""Kinds of responders of which every set is tried: 4,096 sets."""


def prove_staffing(program: Program) -> StaffingProof:
    """Return who must be available for each tier, and who leaves a qualifying call without a team."""
    needed: list[Crew] = []
    without: list[Crew] = []
    chosen: set[str] = set()
    uncovered: list[str] = []
    for natures, tiers in _classes(program):
        names = tuple(nature.value for nature in natures)
        if not tiers:
            uncovered += names
            continue
        kinds = _kinds(tiers)
        answers: dict[frozenset[int], str | None] = {}
        for size in range(len(kinds) + 1):
            for crew in map(frozenset, itertools.combinations(range(len(kinds)), size)):
                team = choose_team(tiers, (kinds[i][1] for i in crew), at=START, nature=natures[0]).team
                answers[crew] = team.tier if team else None
        chosen |= {tier for tier in answers.values() if tier}
        for tier in tiers:
            gets = [crew for crew, got in answers.items() if got == tier.id]
            needed += [_crew(names, kinds, crew, tier.id) for crew in gets if not any(other < crew for other in gets)]
        none = [crew for crew, got in answers.items() if got is None]
        without += [_crew(names, kinds, crew, None) for crew in none if not any(crew < other for other in none)]
    never = tuple(tier.id for tier in program.tiers if tier.id not in chosen)
    return StaffingProof(needed=tuple(needed), without_team=tuple(without), never_chosen=never, uncovered=tuple(uncovered))


def _classes(program: Program) -> Iterable[tuple[tuple[Nature, ...], tuple[Tier, ...]]]:
    """Yield qualifying natures together that the same tiers answer. A program without tiers leaves staffing to its host."""
    if not program.tiers:
        return ()
    found: dict[tuple[str, ...], list[Nature]] = {}
    for nature in program.natures or tuple(Nature):
        found.setdefault(tuple(t.id for t in program.tiers if not t.natures or nature in t.natures), []).append(nature)
    by_id = {tier.id: tier for tier in program.tiers}
    return [(tuple(natures), tuple(by_id[id] for id in ids)) for ids, natures in found.items()]


def _kinds(tiers: tuple[Tier, ...]) -> list[tuple[str, Responder]]:
    """Return one responder for each seat and role, twice where a tier has the seat twice; the rarest wishes first."""
    found: dict[tuple[Role, Seat, int], None] = {}
    for tier in tiers:
        for i, seat in enumerate(tier.seats):
            for role in seat.roles:
                found[role, seat, sum(other == seat for other in tier.seats[:i])] = None
    made = [(str(attrs.evolve(seat, roles=(role,))), _responder(f"responder-{i}", role, seat)) for i, (role, seat, _) in enumerate(found, 1)]
    return made[:_MOST_KINDS]


def _responder(id: str, role: Role, seat: Seat) -> Responder:
    credentials = tuple(Credential(training=t, hours=seat.hours, expires=START + dt.timedelta(days=365)) for t in seat.training)
    return Responder(id=id, role=role, credentials=credentials, status=ResponderStatus.AVAILABLE, reachable=(seat.presence,))


def _crew(natures: tuple[str, ...], kinds: list[tuple[str, Responder]], crew: frozenset[int], tier: str | None) -> Crew:
    return Crew(natures=natures, available=tuple(kinds[i][0] for i in sorted(crew)), tier=tier)
