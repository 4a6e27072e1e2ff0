"""Read times in the formats that a mapping declares. A text in no declared format is unreadable."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import attrs

from coresponder.domain.personal import quoted_time
from coresponder.domain.types import utc
from coresponder.interop.instants import BEGINNING
from coresponder.interop.known_times import KnownTimes
from coresponder.interop.mapped_columns import TimeColumns, TimeParts
from coresponder.interop.mapping import Mapped
from coresponder.interop.sheet import Kind
from coresponder.interop.time_formats import (
    EPOCH,
    EXCEL_DAYS,
    ISO,
    begin_of_day,
    four_digits,
    shows_time,
)

__all__ = ["Clock", "Time", "Unusable", "columns_of", "text_of"]

_MONTHS = {
    name.casefold(): i
    for names in (calendar.month_name, calendar.month_abbr)
    for i, name in enumerate(names)
    if name
}
_DAYS = {
    name.casefold(): i
    for names in (calendar.day_name, calendar.day_abbr)
    for i, name in enumerate(names)
}
_ISO_TEXT = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?"
    r" ?(Z|[+-]\d\d(:?[0-5]\d)?)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?", re.ASCII)
_WHOLE_DAY = dt.timedelta(days=1)
_LAST = dt.timedelta(microseconds=1)
_MILLISECOND = dt.timedelta(milliseconds=1)
_EXCEL_BEGINNING = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - the zone is the mapping's
_MOST_EXCEL_DAYS = 2_958_466
"""The first day of the year 10,000."""


class Unusable(Exception):
    """A row cannot be used; the text is the reason."""


class Time(NamedTuple):
    """An instant, and the latest instant that it may have been, which differs if it is
    approximate.
    """

    at: dt.datetime
    latest: dt.datetime
    approximate: bool = False


class _Read(NamedTuple):
    when: dt.datetime
    whole_day: bool


_Form = Callable[[str], _Read | None]


@attrs.define
class Clock:
    """Reads the times of one file.

    Args:
        mapping: the mapping with the formats.
        today: the day of the file, after which no time in it can be.
        kind: what the file was; typed times are now ISO 8601.
    """

    mapping: Mapped
    today: dt.date
    kind: Kind = "text"
    _forms: tuple[_Form, ...] = attrs.field(init=False)
    _zone: dt.tzinfo = attrs.field(init=False)
    _first: dt.date = attrs.field(init=False)
    _last: dt.date = attrs.field(init=False)
    _placeholders: frozenset[str] = attrs.field(init=False)
    _known: KnownTimes = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Work out once what holds for every row."""
        file = self.mapping.file
        formats = file.time_formats if self.kind == "text" else (ISO, *file.time_formats)
        self._forms = tuple(map(_form, formats))
        self._zone = self.mapping.zone
        self._first, self._last = file.earliest, file.latest or self.today
        self._placeholders = frozenset(file.placeholders)
        self._known = KnownTimes(formats[0], self._zone)

    def time(self, text: str, column: str) -> Time | None:
        """Return an instant in UTC, or None for a placeholder; raise `Unusable`."""
        if text not in self._placeholders and (known := self._known.find(text)):
            return Time(known, known)
        file, text = self.mapping.file, " ".join(text.split())
        if text in self._placeholders:
            return None
        written, next_day = text, False
        if file.military:
            written = four_digits(written)
        if file.hour_24 and (begun := begin_of_day(written)) != written:
            written, next_day = begun, True
        when, whole_day = self._read(written, text, column)
        midnight = not whole_day or self.kind == "spreadsheet"
        if (
            midnight
            and not next_day
            and self._placeholders
            and f"{when:%H:%M:%S}" in self._placeholders
        ):
            return None
        self._check(when, text, column)
        if next_day:
            when += _WHOLE_DAY
        if whole_day:
            return self._day(when)
        found = self._in_zone(when, column)
        if not (found.approximate or next_day or file.military or when.tzinfo):
            self._learn(text, when)
        return found

    def known(self, text: str) -> int | None:
        """Return the instant of a text whose halves are cached, as `column` does."""
        return None if text in self._placeholders else self._known.instant(text)

    def column(self, texts: Iterable[str]) -> list[int | None]:
        """Return the instant of each text whose halves are cached, in microseconds since 1970; None
        for the others, which `time` reads.
        """
        texts = tuple(texts)
        found = self._known.column(texts)
        if not self._placeholders:
            return found
        pairs = zip(texts, found, strict=True)
        return [None if text in self._placeholders else one for text, one in pairs]

    def _learn(self, text: str, when: dt.datetime) -> None:
        """Cache a result of the first format, which is tried before the others."""
        found = _Read(when, whole_day=False) if len(self._forms) == 1 else self._forms[0](text)
        if found and found.when == when:
            self._known.learn(text, when)

    def _read(self, written: str, text: str, column: str) -> _Read:
        for form in self._forms:
            if found := form(written):
                return found
        raise Unusable(
            f"unreadable time: {column} = {quoted_time(text)}; say in the mapping how times are written"
            " (time_formats)"
        )

    def _check(self, when: dt.datetime, text: str, column: str) -> None:
        """Refuse an implausible time; most are placeholders, or were read in a wrong format."""
        day = when.date()
        if when.tzinfo is not None and 1 < when.year < dt.MAXYEAR:
            day = when.astimezone(self._zone).date()
        if not self._first <= day <= self._last:
            side = f"before {self._first}" if day < self._first else f"after {self._last}"
            key = "earliest" if day < self._first else "latest"
            raise Unusable(
                f"implausible time: {column} = {quoted_time(text)} is {side};"
                f" set [file] {key}, or missing if it stands for nothing"
            )

    def _in_zone(self, local: dt.datetime, column: str) -> Time:
        """Convert a local time to UTC. A time that the clocks skipped is refused; one that came
        twice is approximate.
        """
        if local.tzinfo is not None:
            return Time(at := utc(local), at)
        aware = local.replace(tzinfo=self._zone)
        instant = utc(aware)
        if instant.astimezone(self._zone).replace(tzinfo=None) != local:
            raise Unusable(
                f"time skipped by the clocks: {column} = {local.isoformat()} did not exist in"
                f" {self.mapping.file.time_zone}"
            )
        later = aware.replace(fold=1)
        if later.utcoffset() == aware.utcoffset():
            return Time(instant, instant)
        return Time(instant, utc(later), approximate=True)

    def _day(self, local: dt.datetime) -> Time:
        """Return a time of which only the day is known."""
        begin = utc(local.replace(tzinfo=self._zone))
        end = utc((local + _WHOLE_DAY).replace(tzinfo=self._zone)) - _LAST
        return Time(begin, end, approximate=True)

    def next_day(self, time: Time, column: str) -> Time:
        """Return the same time of day on the next day."""
        local = time.at.astimezone(self._zone).replace(tzinfo=None)
        return self._in_zone(local + _WHOLE_DAY, column)

    def parts(self, cell: Callable[[str], str], parts: TimeParts) -> Time:
        """Put a time together from its columns; parts that the mapping fills make it
        approximate.
        """
        year = _number(cell, parts.year, range(1900, 2200))
        month = _MONTHS.get(cell(parts.month).casefold()) or _number(
            cell, parts.month, range(1, 13)
        )
        day, filled = _day(cell, parts, year, month)
        hour, hour_filled = self._hour(cell, parts)
        minute = _number(cell, parts.minute, range(60)) if parts.minute else 0
        local = dt.datetime(year, month, day, hour % 24, minute)  # noqa: DTZ001 - the mapping has the zone
        self._check(local, local.isoformat(" ", "minutes"), parts.year)
        local += _WHOLE_DAY * (hour // 24)
        if filled or hour_filled:
            at = utc(local.replace(tzinfo=self._zone))
            return Time(at, at, approximate=True)
        return self._in_zone(local, "received")

    def _hour(self, cell: Callable[[str], str], parts: TimeParts) -> tuple[int, bool]:
        if parts.hour and cell(parts.hour):
            hours = range(25 if self.mapping.file.hour_24 else 24)
            return _number(cell, parts.hour, hours), False
        if parts.fill_hour is not None:
            return parts.fill_hour, True
        raise Unusable("no hour: set fill_hour in the mapping to use such rows")


def text_of(cell: Callable[[str], str], columns: TimeColumns) -> str:
    """Return date and time of two columns as one text; empty without a date."""
    day, hour = cell(columns.date), cell(columns.time)
    return f"{day} {hour}".strip() if day else ""


# --- one form of writing a time -------------------------------------------------------------------


def _form(declared: str) -> _Form:
    if declared == ISO:
        return _iso
    if declared in EPOCH:
        return _epoch(EPOCH[declared])
    if declared == EXCEL_DAYS:
        return _excel_days
    whole_day = not shows_time(declared)

    def read(text: str) -> _Read | None:
        try:
            return _Read(dt.datetime.strptime(text, declared), whole_day)  # noqa: DTZ007 - the zone is the mapping's
        except ValueError:
            return None

    return read


def _iso(text: str) -> _Read | None:
    found = _ISO_TEXT.fullmatch(text)
    try:
        when = found and dt.datetime.fromisoformat(text.replace(" Z", "Z"))
    except ValueError:
        return None
    return _Read(when, found["time"] is None) if found and when else None


def _epoch(unit: dt.timedelta) -> _Form:
    def read(text: str) -> _Read | None:
        if not _NUMBER.fullmatch(text):
            return None
        try:
            return _Read(BEGINNING + float(text) * unit, whole_day=False)
        except OverflowError:
            return None

    return read


def _excel_days(text: str) -> _Read | None:
    """Read days since the end of 1899, to the millisecond; a whole number is only a day."""
    if not _NUMBER.fullmatch(text) or not 1 <= (days := float(text)) < _MOST_EXCEL_DAYS:
        return None
    past = dt.timedelta(milliseconds=round(days * _WHOLE_DAY / _MILLISECOND))
    return _Read(_EXCEL_BEGINNING + past, whole_day=days.is_integer())


# --- parts of a time ------------------------------------------------------------------------------


def _number(cell: Callable[[str], str], column: str, allowed: range) -> int:
    text = cell(column)
    if not text.isdecimal() or len(text) > 4 or int(text) not in allowed:
        raise Unusable(
            f"impossible date or time: {column} = {quoted_time(text)} is not a number from {allowed.start}"
            f" to {allowed.stop - 1}"
        )
    return int(text)


def _day(cell: Callable[[str], str], parts: TimeParts, year: int, month: int) -> tuple[int, bool]:
    if parts.day and cell(parts.day):
        last = calendar.monthrange(year, month)[1]
        return _number(cell, parts.day, range(1, last + 1)), False
    if parts.fill_day == "first":
        return 1, True
    if parts.fill_day == "first matching weekday" and parts.weekday:
        name = cell(parts.weekday).casefold()
        if name not in _DAYS:
            raise Unusable(
                f"impossible date or time: {parts.weekday} = {quoted_time(name)} is not a day of the week"
            )
        return 1 + (_DAYS[name] - dt.date(year, month, 1).weekday()) % 7, True
    raise Unusable("no day: set fill_day in the mapping to use such rows")


def columns_of(time: str | TimeColumns | TimeParts | None) -> Iterator[str]:
    """Yield the columns that a time is read from."""
    if isinstance(time, str):
        yield time
    elif time is not None:
        keys = type(time).model_fields
        yield from (
            one
            for key in keys
            if not key.startswith("fill") and isinstance(one := getattr(time, key), str)
        )
