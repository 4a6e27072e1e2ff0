"""Weekly and single shifts as stretches of time, without absences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import attrs

from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import Presence, Weekday
from coresponder.roster.events import WeeklyShift

__all__ = ["Shift", "Span", "expand", "minutes_of_week", "overlap_of_week", "without"]

WEEKDAYS = tuple(Weekday)
_A_DAY, _A_WEEK = 24 * 60, 7 * 24 * 60
_EVER = dt.datetime.max.replace(tzinfo=UTC)


@attrs.frozen
class Span:
    """A stretch of time from its beginning up to, but not including, its end; without one, for
    ever.
    """

    begins: dt.datetime
    ends: dt.datetime | None = None

    @property
    def until(self) -> dt.datetime:
        """Its end, or the end of all time."""
        return self.ends or _EVER

    def covers(self, at: dt.datetime) -> bool:
        """Return whether an instant lies in it."""
        return self.begins <= at < self.until


@attrs.frozen
class Shift(Span):
    """A stretch of time in which a responder can be sent, and how they take part."""

    reachable: tuple[Presence, ...] = (Presence.IN_PERSON,)
    on_call: bool = False

    def within(self, other: Span) -> Iterator[Shift]:
        """Yield the part of the shift that lies in a span, if any."""
        begins, ends = max(self.begins, other.begins), min(self.until, other.until)
        if begins < ends:
            yield Shift(begins, None if ends == _EVER else ends, self.reachable, self.on_call)


def without(shifts: Iterable[Shift], gaps: Iterable[Span]) -> list[Shift]:
    """Return shifts without the time of some gaps."""
    left = list(shifts)
    for gap in gaps:
        before = Span(dt.datetime.min.replace(tzinfo=UTC), gap.begins)
        sides = (before,) if gap.ends is None else (before, Span(gap.ends))
        left = [part for shift in left for side in sides for part in shift.within(side)]
    return left


def expand(weekly: Iterable[WeeklyShift], window: Span, zone: dt.tzinfo) -> Iterator[Shift]:
    """Yield the weekly shifts that fall into a window that has an end, by the local time of a zone.

    An hour that the clocks skip in spring is not worked, and one that comes twice in autumn is
    worked twice.
    """
    day = window.begins.astimezone(zone).date() - dt.timedelta(days=1)
    last = window.until.astimezone(zone).date()
    while day <= last:
        for shift in weekly:
            if WEEKDAYS[day.weekday()] in shift.days:
                over = dt.timedelta(days=shift.ends <= shift.begins)
                whole = Shift(
                    dt.datetime.combine(day, shift.begins, zone).astimezone(UTC),
                    dt.datetime.combine(day + over, shift.ends, zone).astimezone(UTC),
                    shift.reachable,
                    shift.on_call,
                )
                yield from whole.within(window)
        day += dt.timedelta(days=1)


def minutes_of_week(shift: WeeklyShift) -> Iterator[tuple[int, int]]:
    """Yield the minutes of the week in which it begins and ends, from Monday's midnight on; the
    last may end in the next week.
    """
    begins, ends = (each.hour * 60 + each.minute for each in (shift.begins, shift.ends))
    for day in shift.days:
        start = WEEKDAYS.index(day) * _A_DAY
        yield start + begins, start + ends + (_A_DAY if ends <= begins else 0)


def overlap_of_week(shifts: Iterable[WeeklyShift]) -> tuple[Weekday, int] | None:
    """Return the day and the minute in which two weekly shifts of one kind, at work or on call,
    overlap; None if no two do.
    """
    for on_call in (False, True):
        found = sorted(
            part for shift in shifts if shift.on_call is on_call for part in minutes_of_week(shift)
        )
        again = [(begins + _A_WEEK, ends) for begins, ends in found[:1]]
        for (_, ends), (begins, _) in zip(found, [*found[1:], *again], strict=False):
            if begins < ends:
                return WEEKDAYS[begins // _A_DAY % 7], begins % _A_DAY
    return None
