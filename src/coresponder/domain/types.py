"""The small types that keep names out of the log: opaque ids, codes and instants."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

import attrs
from pydantic_core import core_schema

__all__ = ["UTC", "Code", "CodeText", "Id", "IdText", "Instant", "at_field", "code_field", "id_field", "utc"]

UTC = dt.UTC

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}")
_CODE = re.compile(r"[^\x00-\x1f\x7f]{1,80}")


class IdText:
    """Marks a string as an opaque id: no spaces, at most 128 characters, never a name."""


class CodeText:
    """Marks a string as a code out of an agency's own closed table: one line, at most 80 characters."""


class _AwareTime:
    """Marks an instant, so that parsed UTC becomes the standard library's own."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(utc, handler(source))


Id = Annotated[str, IdText]
Code = Annotated[str, CodeText]
Instant = Annotated[dt.datetime, _AwareTime]


def utc(value: dt.datetime) -> dt.datetime:
    """Return the instant in UTC; raise `ValueError` if it has no time zone."""
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError(
            f"{value.isoformat()} has no time zone; say which, for example value.replace(tzinfo=ZoneInfo('America/New_York'))"
        )
    return value.astimezone(UTC)


def _check_id(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not (isinstance(value, str) and _ID.fullmatch(value)):
        raise ValueError(
            f"{field.name}={value!r} is not an opaque id (letters, digits and . _ : @ / + -, no spaces); "
            "names and free text belong in the vault"
        )


def _check_code(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not (isinstance(value, str) and _CODE.fullmatch(value)):
        raise ValueError(f"{field.name}={value!r} is not a code: one line of 1 to 80 characters")


def _check_ids(instance: Any, field: attrs.Attribute[Any], values: Any) -> None:
    for value in values:
        _check_id(instance, field, value)


def id_field(**options: Any) -> Any:
    """Declare an attrs field that holds an opaque id."""
    return attrs.field(validator=_check_id, **options)


def ids_field(**options: Any) -> Any:
    """Declare an attrs field that holds several opaque ids."""
    return attrs.field(validator=_check_ids, converter=tuple, **options)


def code_field(**options: Any) -> Any:
    """Declare an attrs field that holds a local code."""
    return attrs.field(validator=_check_code, **options)


def at_field(**options: Any) -> Any:
    """Declare an attrs field that holds an instant, kept in UTC."""
    return attrs.field(converter=attrs.converters.optional(utc) if options.get("default", 0) is None else utc, **options)
