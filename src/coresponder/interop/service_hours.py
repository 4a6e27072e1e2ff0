"""Work out when a service is open from its HSDS 3.0 schedules, which recur as in RFC 5545.

A time without an offset is in the agency's time zone. What a schedule does not say is never taken
for open hours.
"""

from __future__ import annotations

import datetime as dt
import itertools
import operator
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from coresponder.errors import MissingExtra
from coresponder.interop.service_openings import AHEAD, Hours, instant_on

__all__ = ["Published", "Schedule", "ended_on", "hours_of", "off_the_clock"]

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
_NOT_READ = frozenset(
    ["bymonth", "bysetpos", "byhour", "byminute", "bysecond", "exdate", "exrule", "rdate", "rrule"]
)
"""Parts of a recurrence (RFC 5545) that HSDS does not have, and that change it."""


class Published(BaseModel):
    """A part of a directory. A key that is null or empty says nothing; other keys are ignored."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: one for key, one in value.items() if one is not None and one != ""}


def _day(value: object) -> dt.date:
    """Read a date as ISO 8601 writes it; a number of seconds is none."""
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError("this is not a date like 2026-11-27") from None


_Day = Annotated[dt.date, BeforeValidator(_day)]


class Schedule(Published):
    """One schedule of a service, as it is published."""

    freq: Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] | None = None
    interval: int = Field(default=1, ge=1, le=366)
    byday: str | None = None
    byweekno: str | None = None
    bymonthday: str | None = None
    byyearday: str | None = None
    wkst: Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"] | None = None
    dtstart: _Day | None = None
    until: _Day | None = None
    count: int | None = Field(default=None, ge=1, le=10_000)
    valid_from: _Day | None = None
    valid_to: _Day | None = None
    timezone: float | None = Field(default=None, ge=-14, le=14)
    opens_at: str | None = None
    closes_at: str | None = None
    not_read: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _name_what_is_not_read(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {**value, "not_read": tuple(sorted(key for key in _NOT_READ if value.get(key)))}

    @property
    def last_day(self) -> dt.date:
        """The last day on which it counts; the last of all days if it has none."""
        return min(self.valid_to or dt.date.max, self.until or dt.date.max)


def hours_of(
    schedules: Iterable[Schedule], at: dt.datetime, zone: dt.tzinfo
) -> tuple[tuple[Hours, ...], tuple[str, ...]]:
    """Return the periods during which a service is open, from the day before `at` on, and the
    reasons why a schedule could not be used. The periods are in the order in which they begin.

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
    found.sort(key=operator.attrgetter("begins", "ends"))
    return tuple(found), tuple(dict.fromkeys(problems))


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


def ended_on(schedules: Iterable[Schedule], at: dt.datetime, zone: dt.tzinfo) -> dt.date | None:
    """Return the last day of schedules that have all ended; None if one has not."""
    last = max((one.last_day for one in schedules), default=dt.date.max)
    return last if last < at.astimezone(zone).date() else None


def _of_one(schedule: Schedule, at: dt.datetime, zone: dt.tzinfo) -> Iterator[Hours]:
    if schedule.not_read:
        raise ValueError(f"a schedule has {', '.join(schedule.not_read)}, which HSDS does not have")
    if schedule.opens_at is None or schedule.closes_at is None:
        raise ValueError("a schedule does not say from when until when")
    default = zone if schedule.timezone is None else _offset(schedule.timezone)
    opens, closes = _time(schedule.opens_at, default), _time(schedule.closes_at, default)
    if schedule.opens_at.strip().startswith("24"):
        raise ValueError("a schedule opens at 24:00; write 00:00 of the day after")
    today = at.astimezone(opens.tzinfo).date()
    for day in _days(schedule, today - dt.timedelta(days=1), today + AHEAD):
        hours = _on(day, opens, closes)
        if hours.begins < hours.ends > at:
            yield hours


def _on(day: dt.date, opens: dt.time, closes: dt.time) -> Hours:
    """Return the hours of a day. If they end before they begin, as the clock shows it, they extend
    past midnight; equal times are the whole day.
    """
    begins = instant_on(day, opens)
    if opens == dt.time(tzinfo=opens.tzinfo) and (closes.hour, closes.minute) == (23, 59):
        closes = closes.replace(hour=0, minute=0, second=0)  # so HSDS writes a whole day
    if opens.tzinfo == closes.tzinfo:
        past_midnight = closes.replace(tzinfo=None) <= opens.replace(tzinfo=None)
    else:
        past_midnight = instant_on(day, closes) <= begins
    return Hours(begins, instant_on(day + dt.timedelta(days=past_midnight), closes))


def _days(schedule: Schedule, first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the days between two days on which a schedule opens."""
    first = max(first, schedule.valid_from or first)
    last = min(last, schedule.last_day)
    if schedule.freq is None:
        if schedule.dtstart is None or schedule.byday:
            raise ValueError("a schedule does not say how often it recurs")
        return [schedule.dtstart] if first <= schedule.dtstart <= last else []
    start = _start(schedule, first)
    if first > last or start > last:
        return []
    found = itertools.islice(_rule(schedule, start, last), schedule.count)
    return [day for day in (one.date() for one in found) if day >= first]


def _start(schedule: Schedule, first: dt.date) -> dt.date:
    """Return the day from which a schedule is counted: `dtstart`, or, if it makes no difference, the
    first day that is asked for.
    """
    counts = schedule.interval > 1 or schedule.count
    said = (schedule.byday, schedule.bymonthday, schedule.byyearday)
    if schedule.dtstart is None:
        if counts:
            raise ValueError("a schedule counts, and does not say from which day on")
        if schedule.freq != "DAILY" and not any(said):
            raise ValueError(f"a schedule that is {schedule.freq} does not say on which days")
        return first
    if not counts and (schedule.freq == "DAILY" or any(said)):
        return max(schedule.dtstart, first)
    if schedule.dtstart < _EARLIEST:
        raise ValueError(f"a schedule begins before {_EARLIEST.year}")
    return schedule.dtstart


def _rule(schedule: Schedule, start: dt.date, last: dt.date) -> Iterable[dt.datetime]:
    rrule = _library()
    weekdays = _weekdays(schedule, rrule)
    if schedule.freq == "WEEKLY" and not weekdays:
        weekdays = [start.weekday()]  # also with byweekno, where the library takes the whole week
    rule: Iterable[dt.datetime] = rrule.rrule(
        getattr(rrule, schedule.freq or ""),
        dtstart=_midnight(start),
        interval=schedule.interval,
        wkst=_WEEKDAYS.index(schedule.wkst or "MO"),
        until=_midnight(last),
        byweekday=weekdays,
        **{name: _numbers(schedule, name) for name in _GOES_WITH},
    )
    return rule


def _library() -> Any:
    try:
        from dateutil import rrule
    except ImportError:
        raise MissingExtra("services", "working out when a service is open") from None
    return rrule


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def _weekdays(schedule: Schedule, rrule: Any) -> list[Any] | None:
    if not schedule.byday:
        return None
    matched = [_BYDAY.fullmatch(day.strip().upper()) for day in schedule.byday.split(",")]
    if not all(matched):
        raise ValueError("a schedule's byday is not days like MO,WE or 2MO,-1FR")
    days = [(getattr(rrule, one[2]), one[1]) for one in matched if one]
    if schedule.freq not in {"MONTHLY", "YEARLY"} and any(number for _, number in days):
        raise ValueError(f"a schedule's byday has numbers, and is {schedule.freq}, not MONTHLY")
    return [day(int(number)) if number else day for day, number in days]


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
        return found and dt.time.fromisoformat(re.sub("^24:00(:00)?", "00:00", found[0]))
    except ValueError:
        return None


def _offset(hours: float) -> dt.tzinfo:
    return dt.timezone(dt.timedelta(hours=hours))
