"""Find out how the times of a column are written: the forms in which every value can be read."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Collection, Iterable

import attrs

from coresponder.interop.time_formats import EXCEL_DAYS, ISO, begin_of_day, four_digits

__all__ = ["Form", "are_times", "counted", "days", "hours", "instants", "joined"]

_ISO_DAY = "%Y-%m-%d"
_ISO_HOURS = ("%H:%M:%S", "%H:%M")
_DAYS = (
    _ISO_DAY,
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%m-%d-%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%Y%m%d",
)
_HOURS = (*_ISO_HOURS, "%I:%M:%S %p", "%I:%M %p", "%H%M")
_WHOLE = tuple(
    f"{day} {hour}"
    for day, hour in itertools.product(_DAYS, _HOURS)
    if not (day == _ISO_DAY and hour in _ISO_HOURS)
)
_NUMBER = re.compile(r"\d{1,15}(\.\d+)?", re.ASCII)
_COUNTED = {
    "epoch seconds": (315_532_800, 4_102_444_800),
    "epoch milliseconds": (315_532_800_000, 4_102_444_800_000),
    EXCEL_DAYS: (29_221, 73_051),
}
"""Form -> the numbers of the years from 1980 to 2100 in it."""
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


@attrs.frozen(kw_only=True)
class Form:
    """How times are written: a form of the mapping, and whether the mapping needs `military` or
    `hour_24` to read it.
    """

    pattern: str
    military: bool = False
    hour_24: bool = False

    @property
    def day_first(self) -> bool:
        """Whether the day is before the month."""
        return -1 < self.pattern.find("%d") < self.pattern.find("%m")


def instants(texts: Collection[str]) -> list[Form]:
    """Return the forms in which every text is a day with a time of day. As ISO 8601, some may be
    only a day.
    """
    begun = [*map(begin_of_day, texts)]
    found = [_ISO.fullmatch(text) for text in begun]
    if all(found) and any(one and one["time"] for one in found):
        return [Form(pattern=ISO, hour_24=begun != [*texts])]
    return _forms(texts, (*_WHOLE, "%Y%m%d%H%M%S"))


def counted(texts: Collection[str]) -> list[Form]:
    """Return the form in which every text is a number that counts time, from 1980 to 2100."""
    if not texts or not all(_NUMBER.fullmatch(text) for text in texts):
        return []
    least, most = min(map(float, texts)), max(map(float, texts))
    return [
        Form(pattern=one) for one, (low, high) in _COUNTED.items() if low <= least <= most < high
    ]


def days(texts: Collection[str]) -> list[Form]:
    """Return the forms in which every text is a day."""
    return _forms(texts, _DAYS)


def hours(texts: Collection[str]) -> list[Form]:
    """Return the forms in which every text is a time of day."""
    return _forms(texts, _HOURS)


def are_times(texts: Collection[str]) -> bool:
    """Return whether every text is a time or a part of one; a whole number may be anything."""
    clock = (form.pattern != "%H%M" for form in hours(texts))
    return bool(instants(texts) or days(texts) or any(clock))


def joined(day: Form, hour: Form) -> Form:
    """Return the form of a day and a time of day that stand in two columns."""
    iso = day.pattern == _ISO_DAY and hour.pattern in _ISO_HOURS
    return attrs.evolve(hour, pattern=ISO if iso else f"{day.pattern} {hour.pattern}")


def _forms(texts: Collection[str], patterns: Iterable[str]) -> list[Form]:
    begun = [*map(begin_of_day, texts)]
    full = [*map(four_digits, begun)]
    return [
        Form(pattern=one, military=full != begun, hour_24=begun != [*texts])
        for one in patterns
        if full and all(_reads(one, text) for text in full)
    ]


def _reads(pattern: str, text: str) -> bool:
    try:
        when = dt.datetime.strptime(text, pattern)  # noqa: DTZ007 - the value is only tested
    except ValueError:
        return False
    only_digits = pattern.replace("%", "").isalpha()  # then strptime reads 130 as 13:00
    return not only_digits or when.strftime(pattern) == text
