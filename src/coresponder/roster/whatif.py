"""What-if questions: more people on a shift, more of them trained, or no training expired."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import attrs

from coresponder.domain.objects import Credential
from coresponder.domain.vocabulary import Presence, Role, Weekday
from coresponder.errors import nearest
from coresponder.record import Record
from coresponder.roster.courses import Courses
from coresponder.roster.coverage import (
    HOURS_OF_WEEK,
    Attendance,
    Coverage,
    Question,
    cover,
    hour_of_week,
)
from coresponder.roster.events import WeeklyShift
from coresponder.roster.expiring import Expiring
from coresponder.roster.service import Held, Post, Service, Vetting, Week
from coresponder.roster.shifts import Span

__all__ = [
    "Cost",
    "Newcomers",
    "Reached",
    "Training",
    "added_by_number",
    "costs",
    "parse_newcomers",
    "parse_training",
    "trained_by_number",
]

Reached = tuple[int, Coverage, tuple[Service, ...]]
"""The number of people trained or added, the resulting coverage, and all responders then."""

_SHIFTS = {
    "days": (dt.time(7), dt.time(15), Presence.IN_PERSON, False),
    "evenings": (dt.time(15), dt.time(23), Presence.IN_PERSON, False),
    "nights": (dt.time(23), dt.time(7), Presence.IN_PERSON, False),
    "call": (dt.time(), dt.time(), Presence.PHONE, True),
}
_MOST = 100_000
_NEWCOMERS = re.compile(r"(\d+) ([a-z_ -]+?)s? on (\w+)", re.IGNORECASE)
_TRAINED = re.compile(r"(\d+) ([a-z_ -]+?)s? in (\S+)", re.IGNORECASE)
_OFFICER = {"officer": Role.PATROL_OFFICER}
_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def _role(text: str) -> Role:
    known = {**{role.value: role for role in Role}, **_OFFICER}
    name = "_".join(text.lower().replace("-", " ").split())
    if name not in known:
        raise ValueError(f"there is no role {text!r}; {nearest(name, known)}")
    return known[name]


@attrs.frozen(kw_only=True)
class Newcomers:
    """Made-up people of one role on one shift each day, who meet every requirement of the role's
    seats.
    """

    number: int
    role: Role
    shift: str

    def services(
        self, question: Question, window: Span, zone: dt.tzinfo, *, first: int = 1
    ) -> Iterator[Service]:
        """Yield the newcomers with their shifts in a window; their ids are numbered from `first`
        on.
        """
        begins, ends, reached, on_call = _SHIFTS[self.shift]
        seats = [seat for seat in question.seats if self.role in seat.roles]
        ways = [ways[0] for seat in seats if (ways := seat.ways(question.courses))]
        week = WeeklyShift(
            days=tuple(Weekday), begins=begins, ends=ends, reachable=(reached,), on_call=on_call
        )
        for i in range(first, first + self.number):
            yield Service(
                id=f"new-{self.role.value.replace('_', '-')}-{self.shift}-{i}",
                zone=zone,
                posts=(Post(window.begins, role=self.role),),
                held=tuple(
                    Held(window.begins, credential=Credential(training=name, hours=hours or None))
                    for way in ways
                    for name, hours in way
                ),
                vettings=(Vetting(window.begins),),
                languages=((window.begins, tuple({s for seat in seats for s in seat.languages})),),
                weeks=(Week(window.begins, shifts=(week,)),),
            )


def parse_newcomers(text: str) -> Newcomers:
    """Read `2 cit_officer on nights`, `1 clinician on call`; raise `ValueError` with the remedy."""
    found = _NEWCOMERS.fullmatch(text.strip())
    if found is None or found[3].lower() not in _SHIFTS:
        raise ValueError(
            f"{text!r} is not understood; write it like '2 cit_officer on nights', with one of"
            f" {', '.join(_SHIFTS)}"
        )
    return Newcomers(number=_number(found[1]), role=_role(found[2]), shift=found[3].lower())


@attrs.frozen(kw_only=True)
class Training:
    """The training of people of a role. If only seats for another role ask for the training, they
    take that role.
    """

    number: int
    role: Role
    training: str

    def candidates(
        self, services: Iterable[Service], at: dt.datetime, courses: Courses
    ) -> list[Service]:
        """Return the responders of the role for whom the training does not count at an instant."""
        options = courses.options(self.training)
        return [
            service
            for service in services
            if (one := service.as_on(at, [])) is not None
            and one.role is self.role
            and not courses.holds(one, options, at)
        ]

    def trained(self, service: Service, question: Question, at: dt.datetime) -> Service:
        """Return a responder as they are after the training."""
        asking = [seat for seat in question.seats if self.training in seat.training]
        most = max((seat.hours for seat in asking), default=0)
        name, hours = question.courses.options(self.training, most)[0]
        made = Credential(training=name, hours=hours or None, completed=at)
        posts = service.posts
        if asking and not any(self.role in seat.roles for seat in asking):
            posts = tuple(attrs.evolve(post, role=asking[0].roles[0]) for post in posts)
        held = (*service.held, Held(at, credential=made))
        return attrs.evolve(service, posts=posts, held=held)


def parse_training(text: str, courses: Courses) -> Training:
    """Read `10 officers in cit`; raise `ValueError` with the remedy."""
    found = _TRAINED.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not understood; write it like '10 officers in cit'")
    if found[3] not in courses.names:
        raise ValueError(f"there is no training {found[3]!r}; {nearest(found[3], courses.names)}")
    return Training(number=_number(found[1]), role=_role(found[2]), training=found[3])


def trained_by_number(
    question: Question,
    services: Iterable[Service],
    training: Training,
    window: Span,
    zone: dt.tzinfo,
    *,
    calls: Sequence[int] = (),
    tier: str | None = None,
) -> Iterator[Reached]:
    """Yield the coverage with nobody more trained, with one, and so on, until nobody is left to
    train. Each time, the responder who works most in the hours that lack the tier is trained.

    Args:
        question: the tiers.
        services: the responders.
        training: the role and the training, and the most people to train.
        window: which time.
        zone: see `cover`.
        calls: the number of calls in each hour of the week; without it, each hour counts the same.
        tier: the tier to reach, together with those before it; by default the first.
    """
    board = Attendance(question, services, window, zone)
    left = training.candidates(board.services.values(), window.begins, question.courses)
    there = {one.id: _hours(one, window, zone) for one in left}
    counted = Counter(calls)
    weight = [counted[hour] for hour in range(HOURS_OF_WEEK)] if calls else [1] * HOURS_OF_WEEK
    for number in range(training.number + 1):
        found = board.coverage()
        yield number, found, tuple(board.services.values())
        if not left:
            return
        place = found.tiers.index(tier or found.tiers[0]) + 1
        lack = [n * (1 - sum(hour[:place])) for n, hour in zip(weight, found.week, strict=True)]
        best = max(
            left,
            key=lambda one: sum(a * b for a, b in zip(lack, there[one.id], strict=True)),
        )
        left.remove(best)
        board.change(training.trained(best, question, window.begins))


def added_by_number(
    question: Question,
    services: Iterable[Service],
    newcomers: Iterable[Service],
    window: Span,
    zone: dt.tzinfo,
) -> Iterator[Reached]:
    """Yield the coverage with no newcomer, with the first, with the first two, and so on."""
    board = Attendance(question, services, window, zone)
    yield 0, board.coverage(), tuple(board.services.values())
    for number, one in enumerate(newcomers, 1):
        board.change(one)
        yield number, board.coverage(), tuple(board.services.values())


def _number(text: str) -> int:
    """Return how many people; raise `ValueError` for more than any agency has."""
    if len(text) > len(str(_MOST)) or int(text) > _MOST:
        raise ValueError(f"{text[:12]} people are too many; give at most {_MOST:,}")
    return int(text)


def _hours(service: Service, window: Span, zone: dt.tzinfo) -> list[float]:
    """Return how long a responder works in each hour of the week."""
    found = [0.0] * HOURS_OF_WEEK
    week = Span(window.begins, min(window.until, window.begins + dt.timedelta(days=7)))
    for shift in service.on_duty(week):
        at = shift.begins
        while at < shift.until:
            found[hour_of_week(at, zone)] += 1
            at += dt.timedelta(hours=1)
    return found


@attrs.frozen(kw_only=True)
class Cost(Record):
    """The coverage that is lost when one training or vetting expires and nothing else does.

    Attributes:
        expiring: what expires; None for everything together.
        tier: the tier that loses most, together with those before it.
        hours_a_week: the hours a week that the tier loses.
    """

    expiring: Expiring | None
    tier: str
    hours_a_week: float


def costs(
    question: Question,
    services: Sequence[Service],
    expired: Iterable[Expiring],
    at: dt.datetime,
    zone: dt.tzinfo,
) -> tuple[Cost, ...]:
    """Return what each expiring training or vetting costs alone in the week after an instant, and
    last what all of them cost together with those that have already expired.
    """
    window = Span(at, at + dt.timedelta(days=7))
    known = {service.id: service for service in services}
    renewed = {id: _renewed(service) for id, service in known.items()}
    there = Attendance(question, renewed.values(), window, zone)
    whole, found = there.coverage(), []
    for one in expired:
        without = there.coverage(instead=_renewed(known[one.responder], but=one.what))
        found.append(_cost(one, whole, without))
    return (*found, _cost(None, whole, cover(question, known.values(), window, zone)))


def _cost(expiring: Expiring | None, whole: Coverage, without: Coverage) -> Cost:
    """Return the cost by the tier that, together with those before it, loses most hours."""
    kept = (itertools.accumulate(one.hours) for one in (whole, without))
    lost = [before - after for before, after in zip(*kept, strict=True)]
    most = max(range(len(lost)), key=lost.__getitem__)
    return Cost(expiring=expiring, tier=whole.tiers[most], hours_a_week=round(lost[most], 6))


def _renewed(service: Service, but: str = "") -> Service:
    """Return a responder of whom nothing expires, except for one training."""
    held = tuple(
        one
        if one.credential.training == but
        else attrs.evolve(one, credential=attrs.evolve(one.credential, expires=_EVER))
        for one in service.held
    )
    vettings = service.vettings
    if but != "vetting":
        vettings = tuple(attrs.evolve(one, expires=None) for one in vettings)
    return attrs.evolve(service, held=held, vettings=vettings)
