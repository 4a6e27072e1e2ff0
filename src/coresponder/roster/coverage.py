"""Find which tier can be formed when, from shifts and trainings: for each hour of the week, and for
the calls that come in it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import attrs

from coresponder.domain.vocabulary import Nature
from coresponder.record import Record
from coresponder.roster.courses import Courses
from coresponder.roster.presence import Kind, Stint, crowds, stints, takers
from coresponder.roster.seating import seated
from coresponder.roster.service import Service
from coresponder.roster.shifts import Span
from coresponder.roster.staffing import Seat, Tier

__all__ = [
    "HOURS_OF_WEEK",
    "NOBODY",
    "Attendance",
    "Coverage",
    "Question",
    "cover",
    "hour_of_week",
]

HOURS_OF_WEEK = 168
NOBODY = "nobody"
"""The name that stands for the time in which no tier can be formed."""
_STEP = dt.timedelta(minutes=15)
_AN_HOUR = dt.timedelta(hours=1)


def hour_of_week(at: dt.datetime, zone: dt.tzinfo) -> int:
    """Return the local hour of the week: 0 is the hour that begins at midnight on Monday."""
    local = at.astimezone(zone)
    return local.weekday() * 24 + local.hour


@attrs.frozen(kw_only=True)
class Question:
    """A question about coverage: the tiers of a program that answer some natures, in order.

    Attributes:
        holding: the tier condition that holds for the incident; empty if none does.
    """

    tiers: tuple[Tier, ...]
    courses: Courses
    natures: tuple[Nature, ...] = ()
    holding: str = ""

    @classmethod
    def all_of(
        cls, tiers: Iterable[Tier], courses: Courses, natures: Iterable[Nature]
    ) -> tuple[Question, ...]:
        """Return one question for each group of natures that the same tiers answer when no
        condition holds, and one more for each condition.
        """
        known, found = tuple(tiers), dict[tuple[str, tuple[str, ...]], Question]()
        for holding in dict.fromkeys(["", *(tier.condition for tier in known)]):
            for nature in natures:
                answering = tuple(
                    attrs.evolve(tier, natures=(), where={})
                    for tier in known
                    if tier.serves(nature) and tier.condition in {"", holding}
                )
                if holding and not any(
                    tier.condition == holding and tier.serves(nature) for tier in known
                ):
                    continue
                key = (holding, tuple(tier.id for tier in answering))
                new = cls(tiers=answering, courses=courses, natures=(), holding=holding)
                one = found.get(key, new)
                found[key] = attrs.evolve(one, natures=(*one.natures, nature))
        return tuple(found.values())

    @property
    def seats(self) -> tuple[Seat, ...]:
        """All seats of the tiers."""
        return tuple(dict.fromkeys(seat for tier in self.tiers for seat in tier.seats))


@attrs.frozen(kw_only=True)
class Coverage(Record):
    """How long each tier was the best one that could be formed.

    Attributes:
        tiers: the names of the tiers in order, and `nobody` last.
        week: for each hour of the week, each tier's share of the time (0 to 1).
        hours: each tier's hours in the whole window.
    """

    tiers: tuple[str, ...]
    natures: tuple[str, ...]
    holding: str
    week: tuple[tuple[float, ...], ...]
    hours: tuple[float, ...]

    @property
    def shares(self) -> Mapping[str, float]:
        """Each tier's share of all time."""
        whole = sum(self.hours) or 1.0
        return {tier: hours / whole for tier, hours in zip(self.tiers, self.hours, strict=True)}

    def of_calls(self, calls: Iterable[int]) -> Mapping[str, float]:
        """Return each tier's share of calls, given the number of calls in each hour of the week;
        without calls, its share of time.
        """
        counted = Counter(calls)
        whole = sum(counted.values())
        if not whole:
            return self.shares
        return {
            tier: sum(self.week[hour][i] * n for hour, n in counted.items()) / whole
            for i, tier in enumerate(self.tiers)
        }

    def week_of(self, tier: str) -> tuple[float, ...]:
        """Return for each hour of the week the share of time of a tier together with those before
        it.
        """
        place = self.tiers.index(tier) + 1
        return tuple(min(1.0, sum(hour[:place])) for hour in self.week)

    def at_least(self, tier: str, calls: Iterable[int] = ()) -> float:
        """Return the share of calls, or of time, of a tier together with those before it."""
        shares = self.of_calls(calls)
        return sum(shares[one] for one in self.tiers[: self.tiers.index(tier) + 1])


def cover(
    question: Question, services: Iterable[Service], window: Span, zone: dt.tzinfo
) -> Coverage:
    """Return how long each tier is the best one that can be formed within a window.

    This counts one team at a time. Whether a second call can be answered at the same time needs a
    simulation (`play_calls`).

    Args:
        question: the tiers.
        services: the responders.
        window: which time.
        zone: the time zone of the hours of the week.
    """
    return Attendance(question, services, window, zone).coverage()


class Attendance:
    """Responders with the times at which they can be sent. Each is worked out once, so that the
    coverage with one of them changed costs little. The arguments are those of `cover`.
    """

    def __init__(
        self, question: Question, services: Iterable[Service], window: Span, zone: dt.tzinfo
    ) -> None:
        self.question: Question = question
        self.window: Span = window
        self.zone: dt.tzinfo = zone
        self.services: dict[str, Service] = {service.id: service for service in services}
        self._stints = {id: self._there(service) for id, service in self.services.items()}
        self._answer = _Answer(question)

    def _there(self, service: Service) -> tuple[Stint, ...]:
        question = self.question
        return tuple(stints(service, question.seats, question.courses, self.window))

    def change(self, service: Service) -> None:
        """Replace the responder with the same id, or add a new one."""
        self.services[service.id] = service
        self._stints[service.id] = self._there(service)

    def coverage(self, instead: Service | None = None) -> Coverage:
        """Return the coverage; with `instead`, the coverage if that responder replaced the one with
        the same id.
        """
        people = self._stints
        if instead is not None:
            people = {**people, instead.id: self._there(instead)}
        question = self.question
        names = (*(tier.id for tier in question.tiers), NOBODY)
        spent = [[0.0] * len(names) for _ in range(HOURS_OF_WEEK)]
        for begins, ends, there in crowds(people.values(), self.window):
            best = self._answer.best(there)
            for part in _by_hour(begins, ends):
                hours = (part.until - part.begins) / _AN_HOUR
                spent[hour_of_week(part.begins, self.zone)][best] += hours
        return Coverage(
            tiers=names,
            natures=tuple(nature.value for nature in question.natures),
            holding=question.holding,
            week=tuple(_shares(hour) for hour in spent),
            hours=tuple(map(sum, zip(*spent, strict=True))),
        )


def _shares(hour: list[float]) -> tuple[float, ...]:
    whole = sum(hour)
    if not whole:
        return (*(0.0 for _ in hour[:-1]), 1.0)
    return tuple(one / whole for one in hour)


def _by_hour(begins: dt.datetime, ends: dt.datetime) -> Iterator[Span]:
    """Yield the parts of a stretch of time that lie in one local hour. Parts end at quarters of an
    hour, because time zones differ by these.
    """
    while begins < ends:
        quarter = begins.replace(minute=begins.minute // 15 * 15, second=0, microsecond=0)
        until = min(quarter + _STEP, ends)
        yield Span(begins, until)
        begins = until


class _Answer:
    """Finds the best tier for a crowd, once for each crowd."""

    def __init__(self, question: Question) -> None:
        places = {seat: i for i, seat in enumerate(question.seats)}
        self._tiers = [[places[seat] for seat in tier.seats] for tier in question.tiers]
        self._known: dict[frozenset[tuple[Kind, int]], int] = {}

    def best(self, there: Mapping[Kind, int]) -> int:
        """Return the index of the first tier that can be filled; the index after the last is
        `nobody`.
        """
        key = frozenset((kind, number) for kind, number in there.items() if number)
        if key not in self._known:
            self._known[key] = next(
                (i for i, seats in enumerate(self._tiers) if _filled(seats, key)),
                len(self._tiers),
            )
        return self._known[key]


def _filled(seats: list[int], crowd: Iterable[tuple[Kind, int]]) -> bool:
    """Return whether each seat can be taken by a different responder."""
    people = [kind for kind, number in crowd for _ in range(min(number, len(seats)))]
    found = seated(len(seats), lambda seat: takers(people, seats[seat]))
    return len(found) == len(seats)
