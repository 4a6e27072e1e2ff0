"""Staffing, proved: the responders who must be available for each tier, the sets of responders that
leave a call without a team, and the tiers that no set of responders ever gets.

**A team needs one person per seat.** Any responder in a seat can be replaced by a person in the
same role who has exactly what the seat requires: that person fits no seat that the first did not
fit (of trainings that count in one another's place, what the first had). So if some set of
responders gets a tier, the same tier is got by an *exact* crew, one such person for each of its
seats (what filled no earlier tier before does not fill it now either). It is enough to try the
exact crews of each tier: one for each choice of roles, and a role as often as seats ask for it.

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
from coresponder.domain.spoken import say_word
from coresponder.domain.vocabulary import Nature, Presence, ResponderStatus, Role
from coresponder.program import Program
from coresponder.proof.payloads import START
from coresponder.proof.report import Crew, IdleTier, StaffingProof
from coresponder.roster.courses import STANDARD, Courses, Needs
from coresponder.roster.staffing import Seat, Tier, choose_team

__all__ = [
    "MOST_CONDITIONS",
    "Person",
    "Situation",
    "exact_crews",
    "prove_staffing",
    "say_people",
    "situations",
    "tier_for",
]

_MOST_CREWS = 5_000
"""Exact crews of one tier that are tried; a tier of more is named as not tried."""
MOST_CONDITIONS = 6
"""Conditions of the tiers for one nature that are taken as true and as false together."""
_MOST_SETS = 256
"""Largest sets without a team that are listed."""

Counts = tuple[int, ...]
"""How many there are of each kind."""


@attrs.frozen(kw_only=True)
class Person:
    """A responder who has exactly what some seats require."""

    role: Role
    presences: frozenset[Presence]
    trainings: Needs = ()
    languages: frozenset[str] = frozenset()
    vetted: bool = False

    @classmethod
    def for_seat(cls, seat: Seat, role: Role, courses: Courses = STANDARD) -> tuple[Person, ...]:
        """Return every person who has exactly what the seat requires: one for each smallest
        sufficient set of trainings.
        """
        return tuple(
            cls(
                role=role,
                presences=frozenset({seat.presence}),
                trainings=way,
                languages=frozenset(seat.languages),
                vetted=seat.vetted,
            )
            for way in seat.ways(courses)
        )

    def joined(self, other: Person) -> Person:
        """Return the person who has exactly what both have."""
        hours: dict[str, int] = {}
        for training, needed in (*self.trainings, *other.trainings):
            hours[training] = max(needed, hours.get(training, 0))
        return attrs.evolve(
            self,
            presences=self.presences | other.presences,
            trainings=tuple(sorted(hours.items())),
            languages=self.languages | other.languages,
            vetted=self.vetted or other.vetted,
        )

    def fits(self, seat: Seat, courses: Courses = STANDARD) -> bool:
        """Return whether this person can take a seat."""
        return seat.fits(self.responder("responder-1"), START, courses)

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
            languages=tuple(sorted(self.languages)),
            vetted=self.vetted,
        )

    def __str__(self) -> str:
        """Describe the person."""
        how = " and ".join(
            "in person" if p is Presence.IN_PERSON else f"by {p.value}"
            for p in sorted(self.presences)
        )
        need = " and ".join(
            f"{say_word(t)}{f' of {hours} hours' if hours else ''}" for t, hours in self.trainings
        )
        told = "" if self.presences == {Presence.IN_PERSON} else f" {how}"
        speaks = f" who speaks {' and '.join(sorted(self.languages))}" if self.languages else ""
        who = f"{'vetted ' if self.vetted else ''}{say_word(self.role.value)}"
        return f"{who}{told}{f' with {need}' if need else ''}{speaks}"


def exact_crews(tier: Tier, courses: Courses = STANDARD) -> Iterator[tuple[Person, ...]]:
    """Yield crews with one person for each seat of a tier, for each choice of roles and of
    interchangeable trainings.
    """
    yield from itertools.product(*(_takers(seat, courses) for seat in tier.seats))


def _takers(seat: Seat, courses: Courses) -> list[Person]:
    roles = dict.fromkeys(seat.roles)
    return [person for role in roles for person in Person.for_seat(seat, role, courses)]


def _ways(tier: Tier, courses: Courses) -> int:
    return math.prod(len(_takers(seat, courses)) for seat in tier.seats)


def tier_for(
    tiers: Iterable[Tier], crew: Iterable[Person], nature: Nature, courses: Courses = STANDARD
) -> str | None:
    """Return the tier that a crew gets, chosen as in live use."""
    responders = [person.responder(f"responder-{i}") for i, person in enumerate(crew, 1)]
    team = choose_team(tiers, responders, at=START, nature=nature, courses=courses).team
    return team.tier if team else None


def situations(*programs: Program) -> Iterator[Situation]:
    """Yield natures together that the same tiers answer under the same conditions, with the tiers
    of each program, whose conditions hold or do not.

    Each condition of a tier is taken as true and as false, also where two of them could not be so
    together: what is never found among all these never happens.
    """
    found: dict[tuple[object, ...], Situation] = {}
    for nature in dict.fromkeys((*programs[0].natures, *Nature)):
        ours = tuple(program.qualifies(nature) for program in programs)
        sides = [
            [tier for tier in p.tiers if p.qualifies(nature) and tier.serves(nature)]
            for p in programs
        ]
        conditions = dict.fromkeys(tier.condition for side in sides for tier in side if tier.where)
        few = list(conditions)[:MOST_CONDITIONS]
        for held in itertools.product((True, False), repeat=len(few)):
            true = {one for one, holds in zip(few, held, strict=True) if holds}
            tiers = tuple(
                tuple(
                    attrs.evolve(tier, natures=(), where={})
                    for tier in side
                    if not tier.where or tier.condition in true
                )
                for side in sides
            )
            new = Situation(natures=(nature,), holding=tuple(sorted(true)), tiers=tiers)
            key = (ours, new.holding, len(few), str(tiers))
            known = found.setdefault(key, new)
            if known is not new:
                found[key] = attrs.evolve(known, natures=(*known.natures, nature))
    yield from found.values()


@attrs.frozen(kw_only=True)
class Situation:
    """Natures of calls, what holds of the incident, and which tiers of each program answer then."""

    natures: tuple[Nature, ...]
    holding: tuple[str, ...]
    tiers: tuple[tuple[Tier, ...], ...]


def prove_staffing(program: Program) -> StaffingProof:
    """Return the crews that each tier needs, and those that leave a qualifying call without a team."""
    found = _Staffing(program)
    for situation in situations(program):
        if program.tiers and program.qualifies(situation.natures[0]):
            found.look_at(situation)
    return found.proof()


@attrs.define(eq=False)
class _Staffing:
    """What was found so far, situation by situation.

    Attributes:
        needed: the crews that get each tier.
        without: the largest crews that get none.
        untried: what was cut off.
        cut: the tiers of which some crews were not tried.
        earlier: tier -> the tiers that its exact crews get instead.
        scope: the kinds of responders that were combined.
        answering: the tiers that answer in some situation.
        uncovered: the natures that no tier answers in some situation.
    """

    program: Program
    needed: list[Crew] = attrs.field(init=False, factory=list)
    without: list[Crew] = attrs.field(init=False, factory=list)
    untried: dict[str, None] = attrs.field(init=False, factory=dict)
    cut: set[str] = attrs.field(init=False, factory=set)
    earlier: dict[str, dict[str, None]] = attrs.field(init=False, factory=dict)
    scope: dict[str, None] = attrs.field(init=False, factory=dict)
    answering: set[str] = attrs.field(init=False, factory=set)
    uncovered: dict[str, None] = attrs.field(init=False, factory=dict)

    def look_at(self, situation: Situation) -> None:
        """Try the exact crews of each tier that answers, and look for crews that get none."""
        tiers, names = situation.tiers[0], tuple(nature.value for nature in situation.natures)
        if not tiers:
            self.uncovered |= dict.fromkeys(names)
        self.answering |= {tier.id for tier in tiers}
        for tier in tiers:
            self._try_crews(tier, situation, names)
        sets = _Sets(tiers, self.program.courses)
        for counts in sets.without_team() if tiers else ():
            who = sets.say(counts)
            self.without.append(
                Crew(natures=names, available=who, tier=None, holding=situation.holding)
            )
        self.untried |= dict.fromkeys(sets.untried)
        self.scope |= dict.fromkeys(sets.scope())

    def _try_crews(self, tier: Tier, situation: Situation, names: tuple[str, ...]) -> None:
        courses, tiers = self.program.courses, situation.tiers[0]
        ways = _ways(tier, courses)
        if ways > _MOST_CREWS:
            self.cut.add(tier.id)
            self.untried[f"tier {tier.id}, whose seats can be filled in {ways:,} ways by role"] = (
                None
            )
        for crew in _distinct(itertools.islice(exact_crews(tier, courses), _MOST_CREWS)):
            got = tier_for(tiers, crew, situation.natures[0], courses)
            if got == tier.id:
                who = say_people(crew)
                self.needed.append(
                    Crew(natures=names, available=who, tier=tier.id, holding=situation.holding)
                )
            elif got is not None:
                self.earlier.setdefault(tier.id, {})[got] = None

    def proof(self) -> StaffingProof:
        """Return everything."""
        tiers = self.program.tiers
        conditions = dict.fromkeys(tier.condition for tier in tiers if tier.where)
        too_many = len(conditions) > MOST_CONDITIONS
        chosen = {crew.tier for crew in self.needed}
        return StaffingProof(
            needed=tuple(self.needed),
            without_team=tuple(self.without),
            never_chosen=tuple(
                _idle(tier, self.earlier, self.answering)
                for tier in tiers
                if tier.id not in chosen | self.cut
            ),
            uncovered=tuple(self.uncovered),
            untried=(
                *((f"more than {MOST_CONDITIONS} conditions of tiers",) if too_many else ()),
                *self.untried,
            ),
            scope=_scope(self.scope, conditions) if tiers else "",
        )


def _idle(tier: Tier, earlier: Mapping[str, Iterable[str]], answering: set[str]) -> IdleTier:
    if tier.id not in answering:
        return IdleTier(tier=tier.id, natures=tuple(nature.value for nature in tier.natures))
    return IdleTier(tier=tier.id, earlier=tuple(earlier.get(tier.id, ())))


def _scope(kinds: Iterable[str], conditions: Iterable[str]) -> str:
    told = "; ".join(conditions)
    held = f"; conditions of tiers each as true and as false: {told}" if told else ""
    return (
        "for each tier, every crew with one person per seat, in each choice of roles, which covers"
        " any number of responders; for sets without a team, every combination of these kinds,"
        " each up to the number shown, beyond which more people change nothing:"
        f" {'; '.join(kinds) or 'none'}{held}"
    )


def _distinct(crews: Iterable[tuple[Person, ...]]) -> Iterable[tuple[Person, ...]]:
    """Return the crews without those that are the same people in another order."""
    found: dict[frozenset[tuple[Person, int]], tuple[Person, ...]] = {}
    for crew in crews:
        found.setdefault(frozenset(Counter(crew).items()), crew)
    return found.values()


def say_people(crew: Iterable[Person]) -> tuple[str, ...]:
    """Describe the people in a crew, with the number of each kind."""
    return tuple(
        text if count == 1 else f"{text} ({count})"
        for text, count in Counter(map(str, crew)).items()
    )


class _Sets:
    """The sets of responders that tiers tell apart, as how many there are of each kind."""

    def __init__(self, tiers: tuple[Tier, ...], courses: Courses) -> None:
        self.tiers = tiers
        self.kinds = tuple(
            dict.fromkeys(
                person for tier in tiers for seat in tier.seats for person in _takers(seat, courses)
            )
        )
        self._fits = {
            (kind, seat): kind.fits(seat, courses)
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
                    (
                        f"sets without a team, for tier {tier.id}: its seats can be filled in more"
                        f" than {_MOST_CREWS:,} ways"
                    ),
                )
                continue
            for chosen in itertools.product(*fitting):
                count = Counter(chosen)
                found.add(tuple(count[i] for i in range(len(self.kinds))))
        return found


def _within(few: Counts, many: Counts) -> bool:
    return all(a <= b for a, b in zip(few, many, strict=True))
