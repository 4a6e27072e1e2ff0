"""The small types that keep names out of the log: opaque ids, codes and instants."""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import Annotated, Any, TypeGuard

from pydantic_core import core_schema

from coresponder.outputs import described
from coresponder.record.checks import Mark

__all__ = [
    "UTC",
    "Code",
    "CodeText",
    "Id",
    "IdText",
    "Instant",
    "opaque_id",
    "parse_instant",
    "utc",
]

UTC = dt.UTC

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}")
_CODE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,80}")


def utc(value: dt.datetime) -> dt.datetime:
    """Return the instant in UTC; raise `ValueError` if it has no time zone, `TypeError` if it is
    none.
    """
    if value.__class__ is dt.datetime and value.tzinfo is UTC:
        return value
    if not isinstance(value, dt.datetime):
        raise TypeError(
            f"{described(value)} is not an instant; give a datetime with a time zone, for example"
            f" datetime.fromisoformat('{_EXAMPLE}')"
        )
    if value.utcoffset() is None:
        raise ValueError(
            f"{value.isoformat()} has no time zone; say which, for example"
            " value.replace(tzinfo=ZoneInfo('America/New_York'))"
        )
    plain = (
        value
        if value.__class__ is dt.datetime
        else dt.datetime.combine(value.date(), value.timetz())
    )
    try:
        return plain.astimezone(UTC)
    except OverflowError:
        raise ValueError(
            f"{value.isoformat()} is before the year 1 or after the year 9999 in UTC; correct the"
            " year"
        ) from None


def parse_instant(text: str) -> dt.datetime:
    """Read ISO 8601 with a zone as an instant in UTC; raise `ValueError` that says how to write it."""
    try:
        found = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(f"{described(text)} is not a time; write it like {_EXAMPLE}") from None
    if found.tzinfo is None:
        raise ValueError(f"{text} has no time zone; write it like {_EXAMPLE}")
    return utc(found)


def say_time(instant: dt.datetime, zone: dt.tzinfo = UTC) -> str:
    """Return an instant as a person reads it: to the minute, where the clock on the wall is
    `zone`'s.

    >>> say_time(dt.datetime(2026, 3, 2, 21, 0, 59, tzinfo=dt.UTC), dt.timezone(dt.timedelta(hours=-5)))
    '2026-03-02 16:00 -05:00'
    """
    try:
        local = instant.astimezone(zone)
    except OverflowError:
        local = instant.astimezone(UTC)
    offset = "UTC" if local.tzinfo is UTC else local.isoformat()[-6:]
    return f"{local.isoformat(' ', 'minutes')[:16]} {offset}"


def say_times(value: Any, zone: dt.tzinfo) -> Any:
    """Return a JSON value with each instant in it as a person reads it."""
    if isinstance(value, dict):
        return {key: say_times(one, zone) for key, one in value.items()}
    if isinstance(value, list):
        return [say_times(one, zone) for one in value]
    return (
        say_time(parse_instant(value), zone)
        if isinstance(value, str) and _INSTANT.fullmatch(value)
        else value
    )


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_EXAMPLE = "2026-03-02T21:00:00+00:00"


KNOWN_IDS: set[str] = set()
"""Ids that were checked before. The same few ids come again and again, so a look here saves the
check; the set is emptied when it is full.
"""
_MOST_IDS = 65_536


def opaque_id(value: str) -> str:
    """Return the id; raise `ValueError` if it could be a name or free text."""
    if isinstance(value, str) and (found := _ID.fullmatch(value)):
        value = found[0]
        if len(KNOWN_IDS) >= _MOST_IDS:
            KNOWN_IDS.clear()
        KNOWN_IDS.add(value)
        return value
    raise ValueError(
        f"{described(value)} is not an opaque id (letters, digits and . _ : @ / + -, no spaces, at"
        " most 128); names and free text belong in the vault"
    )


@functools.lru_cache(maxsize=65_536)
def _code(value: str) -> str | None:
    found = _CODE.fullmatch(value)
    return found and found[0]


def local_code(value: str) -> str:
    """Return the code; raise `ValueError` if it is not one line of 1 to 80 characters."""
    found = _code(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{described(value)} is not a code: one line of 1 to 80 characters")
    return found


def is_opaque(value: str | None) -> TypeGuard[str]:
    """Return whether `opaque_id` takes a text.

    >>> is_opaque("p-1"), is_opaque("Jane Doe"), is_opaque(None)
    (True, False, False)
    """
    try:
        return bool(opaque_id(value or ""))
    except ValueError:
        return False


def is_code(value: str) -> bool:
    """Return whether `local_code` takes a text."""
    return _code(value) is not None


class _AwareTime(Mark):
    """Makes parsed UTC the standard library's own."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(utc, handler(source))


IdText: Mark = Mark(
    opaque_id,
    "({0}.__class__ is str and {0} in KNOWN_IDS)",
    {"KNOWN_IDS": KNOWN_IDS},
    {"pattern": f"^{_ID.pattern}$"},
)
"""Marks a string as an opaque id: no spaces, at most 128 characters, never a name."""
CodeText: Mark = Mark(local_code, shape={"minLength": 1, "maxLength": 80})
"""Marks a string as a code out of an agency's own closed table: one line, at most 80 characters."""

Id = Annotated[str, IdText]
Code = Annotated[str, CodeText]
Instant = Annotated[
    dt.datetime,
    _AwareTime(
        utc,
        "({0}.__class__ is datetime and {0}.tzinfo is UTC)",
        {"datetime": dt.datetime, "UTC": UTC},
    ),
]
