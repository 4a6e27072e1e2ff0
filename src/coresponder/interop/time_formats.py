"""The time formats that a mapping may declare."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from types import MappingProxyType

__all__ = [
    "EPOCH",
    "EXCEL_DAYS",
    "ISO",
    "WORDS",
    "begin_of_day",
    "format_problems",
    "four_digits",
    "shows_time",
]

ISO = "ISO 8601"
EPOCH = MappingProxyType(
    {
        "epoch seconds": dt.timedelta(seconds=1),
        "epoch milliseconds": dt.timedelta(milliseconds=1),
    }
)
"""Word -> the unit of numbers that count from 1970 on."""
EXCEL_DAYS = "Excel days"
"""Days as a spreadsheet counts them, on the clocks of the agency: 45717.5 is noon of 2025-03-01."""
WORDS = (ISO, *EPOCH, EXCEL_DAYS)
"""The forms that are no patterns."""

_MIDNIGHT = re.compile(r"(^|[T ])24(:?00){1,2}(\.0+)?(?=$|[Z+ -])", re.ASCII)
_DIRECTIVE = re.compile("%(.?)")
_KNOWN = frozenset("aAbBcdfHIjmMpSwxXyYz%")
_TIME = frozenset("HIMSfXcp")
_DAY = ({"Y", "y", "c", "x"}, {"m", "b", "B", "j", "c", "x"}, {"d", "j", "c", "x"})
_NO_ZONE_NAME = "%Z reads no offset; write the name of the zone as it stands in the file"


def shows_time(declared: str) -> bool:
    """Return whether a pattern has a time of day.

    >>> shows_time("%m/%d/%Y %H:%M"), shows_time("%m/%d/%Y")
    (True, False)
    """
    return bool(_TIME & set(_DIRECTIVE.findall(declared)))


def four_digits(text: str) -> str:
    """Write a time of day that is a whole number with four digits.

    >>> four_digits("03/02/2026 930"), four_digits("5")
    ('03/02/2026 0930', '0005')
    """
    day, _, hour = text.rpartition(" ")
    return f"{day} {hour.zfill(4)}".strip() if hour.isdecimal() else text


def begin_of_day(text: str) -> str:
    """Write 24:00, the end of a day, as the begin of the same day.

    >>> begin_of_day("03/02/2026 2400"), begin_of_day("23:59")
    ('03/02/2026 0000', '23:59')
    """
    return _MIDNIGHT.sub(lambda found: found[0].replace("24", "00", 1), text)


def format_problems(formats: Iterable[str]) -> Iterator[str]:
    """Yield the problems of formats that could not be read as they are meant."""
    formats = tuple(formats)
    numbers = [one for one in WORDS[1:] if one in formats]
    if len(numbers) > 1:
        yield f"{' and '.join(numbers)} look the same; declare one of them"
    for declared in formats:
        if declared not in WORDS:
            yield from (f"{declared!r}: {problem}" for problem in _problems(declared))


def _problems(declared: str) -> Iterator[str]:
    letters = _DIRECTIVE.findall(declared)
    if "Z" in letters:
        yield _NO_ZONE_NAME
        letters = [one for one in letters if one != "Z"]
    for wrong in letters:
        if wrong not in _KNOWN:
            yield f"%{wrong} is not a directive; use those of strptime, like %m/%d/%Y %H:%M"
    if all(one in _KNOWN for one in letters) and not all(part & set(letters) for part in _DAY):
        yield f"it has no whole day: year, month and day (or one of: {', '.join(WORDS)})"
    if "I" in letters and "p" not in letters:
        yield "%I has twelve hours and needs %p; %H has 24"
