"""Staffing, proved by trying every set of responders that the tiers' seats can tell apart."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable

import attrs

from coresponder.domain.objects import Credential, Responder
from coresponder.domain.vocabulary import Nature, ResponderStatus
from coresponder.program import Program
from coresponder.proof.payloads import START
from coresponder.proof.report import Crew, StaffingProof
from coresponder.staffing import Seat, Tier, choose_team

__all__ = ["crews_of", "prove_staffing"]

_MOST_KINDS = 12
"""Kinds of responders of which every set is tried: 4,096 sets. Of a program with more, the rest is named as not tried."""


def prove_staffing(program: Program) -> StaffingProof:
    """Return who must be available for each tier, and who leaves a qualifying call without a team."""
    needed: list[Crew] = []
    without: list[Crew] = []
    chosen: set[str] = set()
    uncovered: list[str] = []
    untried: dict[str, None] = {}
    for natures, tiers in _classes(program):
        names = tuple(nature.value for nature in natures)
        if not tiers:
            uncovered += names
            continue
        kinds, left = _kinds(tiers)
        untried |= dict.fromkeys(left)
        answers: dict[frozenset[int], str | None] = {}
        for size in range(len(kinds) + 1):
            for crew in map(frozenset, itertools.combinations(range(len(kinds)), size)):
                answers[crew] = _tier(tiers, kinds, crew, natures[0])
        chosen |= {tier for tier in answers.values() if tier}
        for tier in tiers:
            gets = [crew for crew, got in answers.items() if got == tier.id]
            needed += [_crew(names, kinds, crew, tier.id) for crew in gets if not any(other < crew for other in gets)]
        none = [crew for crew, got in answers.items() if got is None]
        without += [_crew(names, kinds, crew, None) for crew in none if not any(crew < other for other in none)]
    never = tuple(tier.id for tier in program.tiers if tier.id not in chosen)
    return StaffingProof(needed=tuple(needed), without_team=tuple(without), never_chosen=never, uncovered=tuple(uncovered), untried=tuple(untried))


def crews_of(old: Program, new: Program) -> tuple[dict[str, dict[tuple[str, ...], tuple[str | None, str | None]]], tuple[str, ...]]:
    """Return natures -> set of available responders -> the tier under each of two programs; and the kinds of responders that were not tried."""
    untried: dict[str, None] = {}
    found: dict[str, dict[tuple[str, ...], tuple[str | None, str | None]]] = {}
    classes: dict[tuple[tuple[str, ...], ...], list[Nature]] = {}
    for nature in Nature:
        sides = [tuple(t for t in p.tiers if p.qualifies(nature) and (not t.natures or nature in t.natures)) for p in (old, new)]
        if sides[0] != sides[1]:
            classes.setdefault(tuple(tuple(t.id for t in side) for side in sides), []).append(nature)
    for natures in classes.values():
        nature = natures[0]
        sides = [tuple(t for t in p.tiers if p.qualifies(nature) and (not t.natures or nature in t.natures)) for p in (old, new)]
        kinds, left = _kinds((*sides[0], *sides[1]))
        untried |= dict.fromkeys(left)
        found["every nature" if len(natures) == len(Nature) else ", ".join(n.value.replace("_", " ") for n in natures)] = {
            tuple(kinds[i][0] for i in crew): (_tier(sides[0], kinds, crew, nature), _tier(sides[1], kinds, crew, nature))
            for size in range(len(kinds) + 1)
            for crew in itertools.combinations(range(len(kinds)), size)
        }
    return found, tuple(untried)


def _tier(tiers: tuple[Tier, ...], kinds: list[tuple[str, Responder]], crew: Iterable[int], nature: Nature) -> str | None:
    team = choose_team(tiers, (kinds[i][1] for i in crew), at=START, nature=nature).team
    return team.tier if team else None


def _classes(program: Program) -> Iterable[tuple[tuple[Nature, ...], tuple[Tier, ...]]]:
    """Yield qualifying natures together that the same tiers answer. A program without tiers leaves staffing to its host."""
    if not program.tiers:
        return ()
    found: dict[tuple[str, ...], list[Nature]] = {}
    for nature in program.natures or tuple(Nature):
        found.setdefault(tuple(t.id for t in program.tiers if not t.natures or nature in t.natures), []).append(nature)
    by_id = {tier.id: tier for tier in program.tiers}
    return [(tuple(natures), tuple(by_id[id] for id in ids)) for ids, natures in found.items()]


def _kinds(tiers: tuple[Tier, ...]) -> tuple[list[tuple[str, Responder]], tuple[str, ...]]:
    """Return one responder for each seat and role, twice where a tier has the seat twice, and what is too many to be tried."""
    found: dict[tuple[str, int], Seat] = {}
    for tier in tiers:
        for i, seat in enumerate(tier.seats):
            for role in seat.roles:
                one = attrs.evolve(seat, roles=(role,))
                found.setdefault((str(one), sum(other == seat for other in tier.seats[:i])), one)
    kinds = [(text, _responder(f"responder-{i}", seat)) for i, ((text, _), seat) in enumerate(found.items(), 1)]
    return kinds[:_MOST_KINDS], tuple(text for text, _ in kinds[_MOST_KINDS:])


def _responder(id: str, seat: Seat) -> Responder:
    credentials = tuple(Credential(training=t, hours=seat.hours, expires=START + dt.timedelta(days=365)) for t in seat.training)
    return Responder(id=id, role=seat.roles[0], credentials=credentials, status=ResponderStatus.AVAILABLE, reachable=(seat.presence,))


def _crew(natures: tuple[str, ...], kinds: list[tuple[str, Responder]], crew: frozenset[int], tier: str | None) -> Crew:
    return Crew(natures=natures, available=tuple(kinds[i][0] for i in sorted(crew)), tier=tier)
