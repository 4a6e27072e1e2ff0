"""Staffing, proved: who must be available for each tier, who leaves a call without a team, and
which tiers nobody ever gets.

**A team needs one person a seat.** Whoever takes a seat can be replaced by somebody who has just
what the seat asks for, in the same role: that person fits no seat that the first did not fit. So if
some set of responders gets a tier, the same tier is got by an *exact* crew, one such person for
each of its seats (what filled no earlier tier before does not fill it now either). It is enough to
try the exact crews of each tier: one for each choice of roles, and a role as often as seats ask for
it.

**More of a kind than seats change nothing.** A team never has more people of one kind than the tier
has seats that they fit. So "that many" stands for any larger number, and the sets that leave a call
without a team are finite: those that hold no whole exact crew.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import attrs

from coresponder.domain.objects import Credential, Responder
from coresponder.domain.vocabulary import Nature, Presence, ResponderStatus, Role
from coresponder.program import Program
from coresponder.proof.payloads import START
from coresponder.proof.report import Crew, IdleTier, StaffingProof
from coresponder.roster.staffing import Seat, Tier, choose_team

__all__ = ["Person", "exact_crews", "prove_staffing", "say_people", "tier_for"]

_MOST_CREWS = 5_000
"""Exact crews of one tier that are tried; a tier of more is named as not tried."""
_MOST_SETS = 256
"""Largest sets without a team that are listed."""

Counts = tuple[int, ...]
"""How many there are of each kind."""


@attrs.frozen(kw_only=True)
class Person:
    """A responder who has just what some seats ask for."""

    role: Role
    presences: frozenset[Presence]
    trainings: tuple[tuple[str, int], ...] = ()

    @classmethod
    def for_seat(cls, seat: Seat, role: Role) -> Person:
        """Return who has just what the seat asks for."""
        trainings = tuple((training, seat.hours) for training in sorted(set(seat.training)))
        return cls(role=role, presences=frozenset({seat.presence}), trainings=trainings)

    def joined(self, other: Person) -> Person:
        """Return who has just what both have."""
        hours: dict[str, int] = {}
        for training, needed in (*self.trainings, *other.trainings):
            hours[training] = max(needed, hours.get(training, 0))
        return attrs.evolve(
            self, presences=self.presences | other.presences, trainings=tuple(sorted(hours.items()))
        )

    def fits(self, seat: Seat) -> bool:
        """Return whether this person can take a seat."""
        return seat.fits(self.responder("responder-1"), START)

    def responder(self, id: str) -> Responder:
        """Return this person, available."""
        credentials = tuple(
            Credential(training=t, hours=hours, expires=START + dt.timedelta(days=365))
            for t, hours in self.trainings
        )
        return Responder(
            id=id,
            role=self.role,
            credentials=credentials,
            status=ResponderStatus.AVAILABLE,
            reachable=tuple(sorted(self.presences)),
        )

    def __str__(self) -> str:
        """Say who it is."""
        how = " and ".join(
            "in person" if p is Presence.IN_PERSON else f"by {p.value}"
            for p in sorted(self.presences)
        )
        need = " and ".join(
            f"{t.replace('_', ' ')}{f' of {hours} hours' if hours else ''}"
            for t, hours in self.trainings
        )
        told = "" if self.presences == {Presence.IN_PERSON} else f" {how}"
        return f"{self.role.value.replace('_', ' ')}{told}{f' with {need}' if need else ''}"


def exact_crews(tier: Tier) -> Iterator[tuple[Person, ...]]:
    """Yield one person for each seat of a tier, for each choice of roles."""
    for roles in itertools.product(*(dict.fromkeys(seat.roles) for seat in tier.seats)):
        yield tuple(
            Person.for_seat(seat, role) for seat, role in zip(tier.seats, roles, strict=True)
        )


def tier_for(tiers: Iterable[Tier], crew: Iterable[Person], nature: Nature) -> str | None:
    """Return the tier that a crew gets, chosen as it is live."""
    responders = [person.responder(f"responder-{i}") for i, person in enumerate(crew, 1)]
    team = choose_team(tiers, responders, at=START, nature=nature).team
    return team.tier if team else None


def prove_staffing(program: Program) -> StaffingProof:
    """Return who must be available for each tier, and who leaves a qualifying call without a team."""
    needed: list[Crew] = []
    without: list[Crew] = []
    untried: dict[str, None] = {}
    earlier: dict[str, dict[str, None]] = {}
    scope: list[str] = []
    classes = list(_classes(program))
    for natures, tiers in classes:
        names = tuple(nature.value for nature in natures)
        for tier in tiers:
            ways = math.prod(len(set(seat.roles)) for seat in tier.seats)
            if ways > _MOST_CREWS:
                untried[f"tier {tier.id}, whose seats can be filled in {ways:,} ways by role"] = (
                    None
                )
            for crew in _distinct(itertools.islice(exact_crews(tier), _MOST_CREWS)):
                got = tier_for(tiers, crew, natures[0])
                if got == tier.id:
                    needed.append(Crew(natures=names, available=say_people(crew), tier=tier.id))
                elif got is not None:
                    earlier.setdefault(tier.id, {})[got] = None
        sets = _Sets(tiers)
        without += [
            Crew(natures=names, available=sets.say(counts), tier=None)
            for counts in (sets.without_team() if tiers else ())
        ]
        untried |= dict.fromkeys(sets.untried)
        scope += [text for text in sets.scope() if text not in scope]
    chosen = {crew.tier for crew in needed}
    answering = {tier.id for _, tiers in classes for tier in tiers}
    cut = {
        tier.id
        for tier in program.tiers
        if any(text.startswith(f"tier {tier.id},") for text in untried)
    }
    return StaffingProof(
        needed=tuple(needed),
        without_team=tuple(without),
        never_chosen=tuple(
            _idle(tier, earlier, answering) for tier in program.tiers if tier.id not in chosen | cut
        ),
        uncovered=tuple(
            nature.value for natures, tiers in classes if not tiers for nature in natures
        ),
        untried=tuple(untried),
        scope=_scope(scope) if program.tiers else "",
    )


def _idle(tier: Tier, earlier: Mapping[str, Iterable[str]], answering: set[str]) -> IdleTier:
    if tier.id not in answering:
        return IdleTier(tier=tier.id, natures=tuple(nature.value for nature in tier.natures))
    return IdleTier(tier=tier.id, earlier=tuple(earlier.get(tier.id, ())))


def _scope(kinds: Iterable[str]) -> str:
    return (
        "for each tier every crew of one person a seat, in each choice of roles, which settles it for any number of responders; for sets without a "
        f"team every number of each of these kinds, of which more than the number here change nothing: {'; '.join(kinds) or 'none'}"
    )


def _classes(program: Program) -> Iterator[tuple[tuple[Nature, ...], tuple[Tier, ...]]]:
    """Yield qualifying natures together that the same tiers answer. A program without tiers leaves
    staffing to its host.
    """
    found: dict[tuple[str, ...], list[Nature]] = {}
    for nature in (program.natures or tuple(Nature)) if program.tiers else ():
        found.setdefault(
            tuple(t.id for t in program.tiers if not t.natures or nature in t.natures), []
        ).append(nature)
    by_id = {tier.id: tier for tier in program.tiers}
    for ids, natures in found.items():
        yield tuple(natures), tuple(by_id[id] for id in ids)


def _distinct(crews: Iterable[tuple[Person, ...]]) -> Iterable[tuple[Person, ...]]:
    """Return the crews without those that are the same people in another order."""
    found: dict[frozenset[tuple[Person, int]], tuple[Person, ...]] = {}
    for crew in crews:
        found.setdefault(frozenset(Counter(crew).items()), crew)
    return found.values()


def say_people(crew: Iterable[Person]) -> tuple[str, ...]:
    """Say who is in a crew, and how many of each."""
    return tuple(
        text if count == 1 else f"{text} ({count})"
        for text, count in Counter(map(str, crew)).items()
    )


class _Sets:
    """The sets of responders that tiers tell apart, as how many there are of each kind."""

    def __init__(self, tiers: tuple[Tier, ...]) -> None:
        self.tiers = tiers
        self.kinds = tuple(
            dict.fromkeys(
                Person.for_seat(seat, role)
                for tier in tiers
                for seat in tier.seats
                for role in seat.roles
            )
        )
        self._fits = {
            (kind, seat): kind.fits(seat)
            for kind in self.kinds
            for tier in tiers
            for seat in tier.seats
        }
        self.most = tuple(
            max(sum(self._fits[kind, seat] for seat in tier.seats) for tier in tiers)
            for kind in self.kinds
        )
        self.untried: tuple[str, ...] = ()

    def scope(self) -> Iterator[str]:
        """Say how many of each kind are told apart."""
        yield from (f"{kind} ({count})" for kind, count in zip(self.kinds, self.most, strict=True))

    def say(self, counts: Counts) -> tuple[str, ...]:
        """Say who is there."""
        told = zip(self.kinds, counts, self.most, strict=True)
        return tuple(
            f"{kind} (any number)"
            if count == most
            else f"{kind} ({count})"
            if count > 1
            else str(kind)
            for kind, count, most in told
            if count
        )

    def without_team(self) -> list[Counts]:
        """Return the largest sets of which no tier can be filled: each whole crew must lack
        somebody (Berge's dualization).
        """
        largest = [self.most]
        for crew in sorted(self._crews(), key=sum):
            kept = [counts for counts in largest if not _within(crew, counts)]
            less = {
                (*counts[:kind], crew[kind] - 1, *counts[kind + 1 :])
                for counts in largest
                if _within(crew, counts)
                for kind in range(len(crew))
                if crew[kind]
            }
            kept += [
                counts
                for counts in sorted(less, reverse=True)
                if not any(_within(counts, other) for other in kept)
            ]
            largest = [
                counts
                for counts in kept
                if not any(counts != other and _within(counts, other) for other in kept)
            ]
            if len(largest) > _MOST_SETS:
                self.untried += (
                    f"more than {_MOST_SETS} largest sets of responders without a team",
                )
                return []
        return largest

    def _crews(self) -> set[Counts]:
        """Return every whole crew that fills a tier, in how many of each kind it has."""
        found: set[Counts] = set()
        for tier in self.tiers:
            fitting = [
                [i for i, kind in enumerate(self.kinds) if self._fits[kind, seat]]
                for seat in tier.seats
            ]
            if math.prod(map(len, fitting)) > _MOST_CREWS:
                self.untried += (
                    f"sets without a team, for tier {tier.id}: its seats can be filled in more than {_MOST_CREWS:,} ways",
                )
                continue
            for chosen in itertools.product(*fitting):
                count = Counter(chosen)
                found.add(tuple(count[i] for i in range(len(self.kinds))))
        return found


def _within(few: Counts, many: Counts) -> bool:
    return all(a <= b for a, b in zip(few, many, strict=True))
