"""Values of files that people write, each read in one way: a number is not in quotes, yes or no is
`true` or `false`, and a day and a time are not a number of seconds. The schema says the same.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, StrictBool, WithJsonSchema

__all__ = ["WHOLE", "Day", "Time", "Whole", "YesNo"]

_DAY = r"\d{4}-\d{2}-\d{2}"
_TIME = _DAY + r"([Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})?)?"


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        raise ValueError("it must be a whole number, without quotes")
    return int(value)


def _day(value: Any) -> Any:
    """Accept a day only: no time, no number, and no notation that countries read differently."""
    if isinstance(value, dt.datetime):
        raise ValueError(f"{value} has a time; write the day alone, {value:%Y-%m-%d}")  # noqa: TRY004 - pydantic collects only ValueError
    if isinstance(value, dt.date):
        return value
    found = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", str(value).strip())
    example = (
        f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}"
        if found and int(found[1]) <= 12
        else "2026-12-25"
    )
    try:
        return dt.date.fromisoformat(value if re.fullmatch(_DAY, value) else "")
    except (TypeError, ValueError):
        raise ValueError(
            f"{value!r} is not a day; write year, month and day without quotes, like {example}"
        ) from None


def _time(value: Any) -> Any:
    """Accept a time, or a day for its midnight."""
    if isinstance(value, dt.datetime):
        return value
    text = value.isoformat() if isinstance(value, dt.date) else value
    try:
        return dt.datetime.fromisoformat(text.upper() if re.fullmatch(_TIME, text) else "")
    except (TypeError, ValueError):
        raise ValueError(
            "it must be a time; write it like 2026-03-09 09:00:00, without quotes"
        ) from None


YesNo = StrictBool
WHOLE = BeforeValidator(_whole)
"""Stands after the limits of a number, so that the schema has them too."""
Whole = Annotated[int, WHOLE]
Day = Annotated[
    dt.date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DAY}$"}),
]
Time = Annotated[
    dt.datetime, BeforeValidator(_time), WithJsonSchema({"type": "string", "pattern": f"^{_TIME}$"})
]
