"""Where two versions of a program send different teams to the same responders.

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
from coresponder.proof.crews import Person, exact_crews, say_people, tier_for
from coresponder.roster.staffing import Seat, Tier

__all__ = ["Swap", "swaps_between", "written"]

_MOST_CREWS = 5_000
"""Crews that are tried for one set of natures."""
Tiers = tuple[Tier, ...]


@attrs.frozen(kw_only=True)
class Swap:
    """Responders who get one tier from the old program, and another one from the new; None is no
    team.
    """

    natures: tuple[Nature, ...]
    available: tuple[str, ...]
    was: str | None
    now: str | None

    def __str__(self) -> str:
        """Say it in one line."""
        who = (
            "every nature"
            if len(self.natures) == len(Nature)
            else ", ".join(say_word(n.value) for n in self.natures)
        )
        now = "the same tier with other seats" if self.was == self.now else self.now or "no team"
        return (
            f"{who}: with {'; '.join(self.available) or 'nobody'}, {self.was or 'no team'} -> {now}"
        )


def swaps_between(old: Program, new: Program) -> tuple[tuple[Swap, ...], tuple[str, ...]]:
    """Return the smallest crews that get another team, for each set of natures, and what was too
    much to be tried.
    """
    found: list[Swap] = []
    untried: list[str] = []
    for natures, sides in _classes(old, new):
        crews = list(itertools.islice(_candidates(*sides), _MOST_CREWS + 1))
        if len(crews) > _MOST_CREWS:
            untried.append(
                f"more than {_MOST_CREWS:,} crews for {natures[0].value.replace('_', ' ')}"
            )
        found += _smallest(natures, sides, crews[:_MOST_CREWS])
    return tuple(found), tuple(untried)


def _classes(
    old: Program, new: Program
) -> Iterator[tuple[tuple[Nature, ...], tuple[Tiers, Tiers]]]:
    """Yield natures together that the same tiers answer, with the tiers of each program, where
    these differ.
    """
    found: dict[tuple[object, ...], tuple[list[Nature], tuple[Tiers, Tiers]]] = {}
    for nature in Nature:
        sides = (_answering(old, nature), _answering(new, nature))
        key = tuple(tuple(map(written, side)) for side in sides)
        if key[0] != key[1]:
            found.setdefault(key, ([], sides))[0].append(nature)
    for natures, sides in found.values():
        yield tuple(natures), sides


def _answering(program: Program, nature: Nature) -> Tiers:
    return tuple(
        t
        for t in program.tiers
        if program.qualifies(nature) and (not t.natures or nature in t.natures)
    )


def written(tier: Tier) -> object:
    """Return what a tier does, however it is written: the order of roles, of trainings and of seats
    says nothing.
    """
    return tier.id, tier.model, frozenset(Counter(map(_written_seat, tier.seats)).items())


def _written_seat(seat: Seat) -> object:
    return (
        frozenset(seat.roles),
        seat.presence,
        frozenset(seat.training),
        seat.hours if seat.training else 0,
    )


def _candidates(old: Tiers, new: Tiers) -> Iterator[tuple[Person, ...]]:
    """Yield the crews of which one shows a difference if any responders do."""
    for tier in (*old, *new):
        yield from exact_crews(tier)
    places = {written(tier): i for i, tier in enumerate(new)}
    kept = [tier for tier in old if written(tier) in places]
    for one, other in itertools.combinations(kept, 2):
        if places[written(one)] > places[written(other)]:
            for first, second in itertools.product(exact_crews(one), exact_crews(other)):
                yield from _together(first, second)


def _together(
    first: tuple[Person, ...], second: tuple[Person, ...]
) -> Iterator[tuple[Person, ...]]:
    """Yield the people of two crews together; of the same role, one may be in both."""
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
    natures: tuple[Nature, ...], sides: tuple[Tiers, Tiers], crews: list[tuple[Person, ...]]
) -> list[Swap]:
    """Return what differs, of the smallest crews."""
    by_id = tuple({tier.id: written(tier) for tier in side} for side in sides)
    differ: dict[tuple[str | None, str | None], list[tuple[Person, ...]]] = {}
    for crew in sorted(crews, key=len):
        was, now = (tier_for(side, crew, natures[0]) for side in sides)
        if (was and by_id[0][was]) == (now and by_id[1][now]):
            continue
        known = differ.setdefault((was, now), [])
        if not any(Counter(other) <= Counter(crew) for other in known):
            known.append(crew)
    return [
        Swap(natures=natures, available=say_people(crew), was=was, now=now)
        for (was, now), found in differ.items()
        for crew in found
    ]
