"""Work out when a service is open from its HSDS 3.0 schedules, which recur as in RFC 5545.

A time without an offset is in the agency's time zone. What a schedule does not say is never taken
for open hours.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal

import attrs
from pydantic import BaseModel, ConfigDict, Field

from coresponder.domain.types import UTC
from coresponder.errors import MissingExtra

__all__ = ["Hours", "Schedule", "hours_of", "off_the_clock"]

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_TIME = re.compile(r"\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?")
_GOES_WITH: Mapping[str, tuple[str, int]] = {
    "byweekno": ("WEEKLY", 53),
    "bymonthday": ("MONTHLY", 31),
    "byyearday": ("YEARLY", 366),
}
"""Key -> the frequency for which it is allowed (HSDS 3.0, schedule), and its largest number."""
_EARLIEST = dt.date(1990, 1, 1)
"""A schedule that begins before this day is refused; no service publishes one."""
_AHEAD = dt.timedelta(days=62)
"""How far ahead the next opening is looked for: two months, so that a monthly service has one."""


class Schedule(BaseModel):
    """One schedule of a service, as it is published."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", frozen=True)

    freq: Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] | None = None
    interval: int = Field(default=1, ge=1, le=366)
    byday: str | None = None
    byweekno: str | None = None
    bymonthday: str | None = None
    byyearday: str | None = None
    wkst: Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"] | None = None
    dtstart: dt.date | None = None
    until: dt.date | None = None
    count: int | None = Field(default=None, ge=1, le=10_000)
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    timezone: float | None = Field(default=None, ge=-14, le=14)
    opens_at: str | None = None
    closes_at: str | None = None


@attrs.frozen(order=True)
class Hours:
    """One period during which a service is open, from and until (UTC)."""

    begins: dt.datetime
    ends: dt.datetime


def hours_of(
    schedules: Iterable[Schedule], at: dt.datetime, zone: dt.tzinfo
) -> tuple[tuple[Hours, ...], tuple[str, ...]]:
    """Return the periods during which a service is open, from the day before `at` on, and the
    reasons why a schedule could not be used.

    Args:
        schedules: the schedules of the service.
        at: an instant.
        zone: the agency's time zone, for times without an offset of their own.
    """
    found: list[Hours] = []
    problems: list[str] = []
    for schedule in schedules:
        try:
            found += _of_one(schedule, at, zone)
        except ValueError as error:
            problems.append(str(error))
    return tuple(sorted(found)), tuple(dict.fromkeys(problems))


def off_the_clock(schedules: Iterable[Schedule], at: dt.datetime, zone: dt.tzinfo) -> bool:
    """Return whether a schedule has an offset that is not the agency's at that time: winter time
    that is published for the whole year is an hour off in summer.
    """
    own: set[dt.timedelta | None] = set()
    for schedule in schedules:
        if schedule.timezone is not None:
            own.add(dt.timedelta(hours=schedule.timezone))
        times = (_read(text or "") for text in (schedule.opens_at, schedule.closes_at))
        own |= {time.utcoffset() for time in times if time is not None and time.tzinfo}
    return bool(own - {at.astimezone(zone).utcoffset()})


def _of_one(schedule: Schedule, at: dt.datetime, zone: dt.tzinfo) -> Iterator[Hours]:
    if schedule.opens_at is None or schedule.closes_at is None:
        raise ValueError("a schedule does not say from when until when")
    default = zone if schedule.timezone is None else _offset(schedule.timezone)
    opens = _time(schedule.opens_at, default)
    closes = _time(schedule.closes_at, default)
    today = at.astimezone(zone).date()
    for day in _days(schedule, today - dt.timedelta(days=1), today + _AHEAD):
        begins = dt.datetime.combine(day, opens).astimezone(UTC)
        ends = dt.datetime.combine(day, closes).astimezone(UTC)
        if ends <= begins:  # it closes after midnight; equal times mean the whole day
            ends = dt.datetime.combine(day + dt.timedelta(days=1), closes).astimezone(UTC)
        if ends > at:
            yield Hours(begins, ends)


def _days(schedule: Schedule, first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the days between two days on which a schedule opens."""
    rrule = _library()
    first = max(first, schedule.valid_from or first)
    last = min(last, schedule.valid_to or last, schedule.until or last)
    if first > last:
        return []
    start = schedule.dtstart or schedule.valid_from
    if schedule.freq is None:
        if schedule.dtstart is None or schedule.byday:
            raise ValueError("a schedule does not say how often it recurs")
        return [schedule.dtstart] if first <= schedule.dtstart <= last else []
    if start is None:
        if schedule.interval > 1 or schedule.count:
            raise ValueError("a schedule counts, and does not say from which day on")
        start = first
    said = (schedule.dtstart, schedule.byday, schedule.bymonthday, schedule.byyearday)
    if schedule.freq != "DAILY" and not any(said):
        raise ValueError(f"a schedule that is {schedule.freq} does not say on which days")
    if schedule.byday and schedule.interval == 1 and not schedule.count:
        start = max(start, first)  # the first day makes no difference
    if start < _EARLIEST:
        raise ValueError(f"a schedule begins before {_EARLIEST.year}")
    rule = rrule.rrule(
        getattr(rrule, schedule.freq),
        dtstart=_midnight(start),
        interval=schedule.interval,
        wkst=_WEEKDAYS.index(schedule.wkst or "MO"),
        until=_midnight(last),
        byweekday=_weekdays(schedule.byday, rrule),
        **{name: _numbers(schedule, name) for name in _GOES_WITH},
    )
    days = [one.date() for one in itertools.islice(rule, schedule.count)]
    return [day for day in days if day >= first]


def _library() -> Any:
    try:
        from dateutil import rrule
    except ImportError:
        raise MissingExtra("services", "working out when a service is open") from None
    return rrule


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def _weekdays(text: str | None, rrule: Any) -> list[Any] | None:
    if not text:
        return None
    days = [part.strip().upper() for part in text.split(",")]
    matched = [_BYDAY.fullmatch(day) for day in days]
    if not all(matched):
        raise ValueError("a schedule's byday is not days like MO,WE or 2MO,-1FR")
    return [
        getattr(rrule, one[2])(int(one[1])) if one[1] else getattr(rrule, one[2])
        for one in matched
        if one
    ]


def _numbers(schedule: Schedule, name: str) -> list[int] | None:
    """Return the numbers of a key. Numbers that can never occur are refused, because the library
    would look for them up to the year 9999.
    """
    text = getattr(schedule, name)
    if not text:
        return None
    frequency, most = _GOES_WITH[name]
    if schedule.freq != frequency:
        raise ValueError(f"a schedule's {name} goes with {frequency}, and with nothing else")
    parts = [part.strip() for part in text.split(",")]
    if not all(
        re.fullmatch(r"[+-]?\d{1,3}", part) and 1 <= abs(int(part)) <= most for part in parts
    ):
        raise ValueError(f"a schedule's {name} is not numbers up to {most}, with commas")
    return [int(part) for part in parts]


def _time(text: str, default: dt.tzinfo) -> dt.time:
    found = _read(text)
    if found is None:
        raise ValueError("a schedule's times are not like 09:00 or 09:00-05:00")
    return found if found.tzinfo else found.replace(tzinfo=default)


def _read(text: str) -> dt.time | None:
    """Return a time of day, with its own offset if it has one; None if it is not one."""
    found = _TIME.fullmatch(text.strip())
    try:
        return found and dt.time.fromisoformat(re.sub("^24", "00", found[0]))
    except ValueError:
        return None


def _offset(hours: float) -> dt.tzinfo:
    return dt.timezone(dt.timedelta(hours=hours))
