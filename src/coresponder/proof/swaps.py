"""Find the responders from whom two versions of a program choose different teams.

**Few crews settle it.** Suppose some responders get tier T from one program and another tier (or
none) from the other. The exact crew of T (see `crews`) gets T from the first. If the second gives
it something else, that crew shows the difference. If the second gives it T as well, then what the
responders got from the second, T', comes before T there, and its exact crew shows a difference,
unless the first gives it T' as well: then T comes before T' in the first. So it is enough to try
the exact crews of all tiers, and of each two tiers whose order was turned, the people of both
together, where one person may have what a seat of each asks for.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

import attrs

from coresponder.domain.spoken import say_word
from coresponder.domain.vocabulary import Nature
from coresponder.program import Program
from coresponder.proof.crews import (
    MOST_CONDITIONS,
    Person,
    Situation,
    exact_crews,
    say_people,
    situations,
    tier_for,
)
from coresponder.roster.courses import STANDARD, Courses
from coresponder.roster.staffing import Seat, Tier

__all__ = ["Swap", "swaps_between", "written"]

_MOST_CREWS = 5_000
"""The most crews that are tried for one set of natures."""
Tiers = tuple[Tier, ...]


@attrs.frozen(kw_only=True)
class Swap:
    """Responders from whom the old program forms one tier and the new program another; None means
    no team.
    """

    natures: tuple[Nature, ...]
    available: tuple[str, ...]
    was: str | None
    now: str | None
    holding: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the swap in one line."""
        who = (
            "every nature"
            if len(self.natures) == len(Nature)
            else ", ".join(say_word(n.value) for n in self.natures)
        )
        who += f" where {' and '.join(self.holding)}" if self.holding else ""
        now = "the same tier with other seats" if self.was == self.now else self.now or "no team"
        return (
            f"{who}: with {'; '.join(self.available) or 'nobody'}, {self.was or 'no team'} -> {now}"
        )


def swaps_between(old: Program, new: Program) -> tuple[tuple[Swap, ...], tuple[str, ...]]:
    """Return for each set of natures the smallest crews that get another team, and what was too
    large to try.
    """
    found: list[Swap] = []
    untried: list[str] = []
    courses = (old.courses, new.courses)
    conditions = {tier.condition for tier in (*old.tiers, *new.tiers) if tier.where}
    if len(conditions) > MOST_CONDITIONS:
        untried.append(f"more than {MOST_CONDITIONS} conditions of tiers")
    for one in situations(old, new):
        if _says(one.tiers[0], courses[0]) == _says(one.tiers[1], courses[1]):
            continue
        crews = list(itertools.islice(_candidates(one, courses), _MOST_CREWS + 1))
        if len(crews) > _MOST_CREWS:
            untried.append(
                f"more than {_MOST_CREWS:,} crews for {one.natures[0].value.replace('_', ' ')}"
            )
        found += _smallest(one, courses, crews[:_MOST_CREWS])
    return tuple(found), tuple(dict.fromkeys(untried))


def _says(tiers: Tiers, courses: Courses) -> tuple[object, ...]:
    return tuple(written(tier, courses) for tier in tiers)


def written(tier: Tier, courses: Courses = STANDARD) -> object:
    """Return a tier in normal form: the order of roles, trainings and seats has no effect."""
    seats = Counter(_written_seat(seat, courses) for seat in tier.seats)
    return tier.id, tier.model, frozenset(seats.items())


def _written_seat(seat: Seat, courses: Courses) -> object:
    return (
        frozenset(seat.roles),
        seat.presence,
        frozenset(seat.ways(courses)),
        frozenset(seat.languages),
        seat.vetted,
    )


def _candidates(
    situation: Situation, courses: tuple[Courses, Courses]
) -> Iterator[tuple[Person, ...]]:
    """Yield crews, one of which shows a difference if any set of responders does."""
    for side, known in zip(situation.tiers, courses, strict=True):
        for tier in side:
            yield from exact_crews(tier, known)
    old, new = situation.tiers
    places = {says: i for i, says in enumerate(_says(new, courses[1]))}
    kept = [
        (t, says) for t, says in zip(old, _says(old, courses[0]), strict=True) if says in places
    ]
    for (one, first_says), (other, second_says) in itertools.combinations(kept, 2):
        if places[first_says] > places[second_says]:
            both = (exact_crews(tier, courses[0]) for tier in (one, other))
            for first, second in itertools.product(*both):
                yield from _together(first, second)


def _together(
    first: tuple[Person, ...], second: tuple[Person, ...]
) -> Iterator[tuple[Person, ...]]:
    """Yield the unions of two crews; people of the same role may be one person."""
    if not first:
        yield second
        return
    person, rest = first[0], first[1:]
    for crew in _together(rest, second):
        yield (person, *crew)
    for i, other in enumerate(second):
        if other.role is person.role:
            for crew in _together(rest, (*second[:i], *second[i + 1 :])):
                yield (person.joined(other), *crew)


def _smallest(
    one: Situation, courses: tuple[Courses, Courses], crews: list[tuple[Person, ...]]
) -> list[Swap]:
    """Return the differences of the smallest crews."""
    sides = tuple(zip(one.tiers, courses, strict=True))
    by_id = tuple({tier.id: written(tier, known) for tier in side} for side, known in sides)
    differ: dict[tuple[str | None, str | None], list[tuple[Person, ...]]] = {}
    for crew in sorted(crews, key=len):
        was, now = (tier_for(side, crew, one.natures[0], known) for side, known in sides)
        if (was and by_id[0][was]) == (now and by_id[1][now]):
            continue
        known_crews = differ.setdefault((was, now), [])
        if not any(Counter(other) <= Counter(crew) for other in known_crews):
            known_crews.append(crew)
    return [
        Swap(
            natures=one.natures,
            available=say_people(crew),
            was=was,
            now=now,
            holding=one.holding,
        )
        for (was, now), found in differ.items()
        for crew in found
    ]
