"""Time bounds: a duration, or a calendar bound under the program's `[calendar]`.

A bound is a monotone function from the instant of activation to the deadline. This is why one
instant per cell is enough: the earliest open activation has the earliest deadline, and the latest
activation has the latest.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import attrs

from coresponder.domain.types import UTC

__all__ = ["Bound", "Calendar", "Plausible", "parse_bound", "say_duration"]

_UNITS = {
    "s": 1, "sec": 1, "second": 1, "seconds": 1, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400, "week": 604800, "weeks": 604800,
}  # fmt: skip
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
_BUSINESS = re.compile(r"(\d+) business days?")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TICK = dt.timedelta(microseconds=1)
_EVER = dt.datetime.max.replace(tzinfo=UTC)
_FIRST, _LAST = (
    dt.datetime.min.replace(tzinfo=UTC) + dt.timedelta(days=2),
    _EVER - dt.timedelta(days=2),
)
"""Each time zone is less than a day from UTC, so an instant between these exists in every zone."""


@attrs.frozen(kw_only=True)
class Calendar:
    """The program's local calendar."""

    time_zone: ZoneInfo = ZoneInfo("UTC")
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[dt.date] = frozenset()

    @classmethod
    def of(
        cls,
        time_zone: str,
        weekend: tuple[str, ...] = ("saturday", "sunday"),
        holidays: tuple[dt.date, ...] = (),
    ) -> Calendar:
        """Build a calendar from the words of a TOML file; raise `ValueError` that names an unknown
        one.
        """
        strange = [day for day in weekend if day.lower() not in _WEEKDAYS]
        if strange or len(set(weekend)) > 6:
            raise ValueError(
                f"weekend = {list(weekend)}: give English day names, and leave at least one"
                " working day"
            )
        try:
            zone = ZoneInfo(time_zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                f"time_zone = {time_zone!r} is not known; write it like 'America/New_York'"
                " (if the machine has no time zones: pip install tzdata)"
            ) from None
        return cls(
            time_zone=zone,
            weekend=frozenset(_WEEKDAYS.index(d.lower()) for d in weekend),
            holidays=frozenset(holidays),
        )

    def is_business_day(self, day: dt.date) -> bool:
        """Return whether offices are open on that day."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def close_of(self, instant: dt.datetime, days: int) -> dt.datetime:
        """Return the last moment of the `days`-th business day after the local day of `instant`."""
        day = (
            max(instant, _FIRST).astimezone(self.time_zone).date()
            if instant < _LAST
            else dt.date.max
        )
        try:
            while days:
                day += dt.timedelta(days=1)
                days -= self.is_business_day(day)
            midnight = dt.datetime.combine(
                day + dt.timedelta(days=1), dt.time(), tzinfo=self.time_zone
            )
            return midnight.astimezone(UTC) - _TICK
        except OverflowError:
            return _EVER


@attrs.frozen(kw_only=True)
class Plausible:
    """The earliest times at which a recorded event can have happened; an earlier time is doubtful
    (ADR 0033).

    Attributes:
        since: the first plausible day, in the calendar's time zone. The default is later than day
            zero of spreadsheets and of computers.
        lead: how long before its incident opened an event can have happened, at most.
    """

    since: dt.date = dt.date(1980, 1, 1)
    lead: dt.timedelta = dt.timedelta(days=7)

    def first(self, calendar: Calendar) -> dt.datetime:
        """Return the first instant of `since`."""
        return dt.datetime.combine(self.since, dt.time(), tzinfo=calendar.time_zone).astimezone(UTC)


@attrs.frozen
class Bound:
    """A bound in words, and its function from activation to deadline (both inclusive)."""

    text: str
    deadline: Callable[[dt.datetime], dt.datetime] = attrs.field(eq=False, repr=False)
    length: dt.timedelta | None = None


def parse_bound(text: str, calendar: Calendar) -> Bound:
    """Read `90 s`, `15 min`, `72 h`, `7 d`, `2 business days` or `end of next business day`.

    Raises:
        ValueError: the text is none of these, or the bound is not longer than zero.
    """
    words = " ".join(text.lower().split())
    if words == "end of next business day":
        return Bound(words, lambda instant: calendar.close_of(instant, 1))
    if found := _BUSINESS.fullmatch(words):
        days = int(found[1])
        if not 1 <= days <= 366:
            raise ValueError(f"{text!r}: give 1 to 366 business days")
        return Bound(words, lambda instant: calendar.close_of(instant, days))
    found = _DURATION.fullmatch(words)
    seconds = float(found[1]) * _UNITS.get(found[2], 0) if found else 0
    if not 0 < seconds <= 3660 * 86400:
        raise ValueError(
            f"{text!r} is not a time bound; write a duration ('90 s', '15 min', '72 h', '7 d') or a"
            " calendar bound ('2 business days', 'end of next business day')"
        )
    length = dt.timedelta(seconds=seconds)
    return Bound(words, lambda instant: _later(instant, length), length)


def _later(instant: dt.datetime, length: dt.timedelta) -> dt.datetime:
    """Return the instant that much later, or the last one that Python has: a fact of the year 9999
    is taken like any other.
    """
    try:
        return instant + length
    except OverflowError:
        return _EVER


def say_duration(length: dt.timedelta) -> str:
    """Return a duration as a person says it.

    >>> say_duration(dt.timedelta(minutes=90)), say_duration(dt.timedelta(days=3, hours=2))
    ('1 h 30 min', '3 d 2 h')
    """
    minutes = round(length.total_seconds() / 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
    return " ".join(parts[:2]) or "0 min"
