"""How long words are kept: the rules of a program, by kind of words (ADR 0193)."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import attrs

from coresponder.domain.types import local_code
from coresponder.record import Record

__all__ = ["Counted", "Retention", "parse_keep", "retention_problems"]

_WRITTEN = re.compile(r"([1-9]\d{0,3}) ?(y|years?|months?|d|days?)")


class Counted(StrEnum):
    """From when the time is counted for which words are kept."""

    ENTRY = "entry"
    INCIDENT_END = "incident_end"


class Length(NamedTuple):
    """A time of the calendar, in whole months and days."""

    months: int
    days: int

    def last_day(self, day: dt.date) -> dt.date:
        """Return the last day of this time from a day on. Where the month has no such day, it is
        the first of the next month, so nothing is kept too short.

        >>> Length(12, 0).last_day(dt.date(2024, 2, 29)).isoformat()
        '2025-03-01'
        """
        years, month = divmod(day.month - 1 + self.months, 12)
        year = day.year + years
        if year >= dt.MAXYEAR:
            return dt.date.max
        over = day.day > calendar.monthrange(year, month + 1)[1]
        first = dt.date(year, month + 1, 1) if not over else _next_month(year, month + 1)
        found = first if over else first.replace(day=day.day)
        return found + dt.timedelta(days=self.days)


def _next_month(year: int, month: int) -> dt.date:
    return dt.date(year + month // 12, month % 12 + 1, 1)


def parse_keep(text: str) -> Length:
    """Read for how long words are kept; raise `ValueError` for what is no such time.

    >>> parse_keep("7 y"), parse_keep("18 months"), parse_keep("90 d")
    (Length(months=84, days=0), Length(months=18, days=0), Length(months=0, days=90))
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"{text!r} is not a time for which words are kept; write it like '7 y', '18 months' or '90 d'"
        )
    number = int(found[1])
    if found[2][0] == "d":
        return Length(0, number)
    return Length(number * (12 if found[2][0] == "y" else 1), 0)


@attrs.frozen(kw_only=True)
class Retention(Record):
    """A rule of a program: how long words of some kinds are kept.

    Attributes:
        kind: the kinds of words, as notes name them.
        keep: for how long, like `7 y`, `18 months` or `90 d`.
        after: from when it is counted: the end of the incident in which they were noted, which is
            when something last happened in it, or the day on which they were entered.
        authority: the law, schedule or agreement on which it rests.
    """

    kind: tuple[str, ...]
    keep: str
    after: Counted
    authority: str = "local choice"

    @property
    def ground(self) -> str:
        """The ground under which the custody record has what the rule erased."""
        return f"retention: {self.keep} after {self.after.value.replace('_', ' ')}"

    def last_day(self, begin: dt.datetime, zone: dt.tzinfo) -> dt.date:
        """Return the last day on which words are kept, in a time zone."""
        return parse_keep(self.keep).last_day(begin.astimezone(zone).date())


def retention_problems(rules: Iterable[Retention]) -> list[str]:
    """Return what is wrong with rules, each line with the number of its rule."""
    found, times = list[str](), Counter[str]()
    for number, rule in enumerate(rules, start=1):
        where = f"[[retention]] number {number}"
        if not rule.kind:
            found.append(f"{where}, kind: name the kinds of words that the rule is about")
        try:
            parse_keep(rule.keep)
        except ValueError as error:
            found.append(f"{where}, keep: {error}")
        for kind in rule.kind:
            times[kind] += 1
            if times[kind] == 2:
                found.append(
                    f"{where}, kind: an earlier rule is about {kind!r}, too; leave one of the two"
                )
            try:
                local_code(kind)
            except ValueError as error:
                found.append(f"{where}, kind: no note can have this kind: {error}")
    return found
