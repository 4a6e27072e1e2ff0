"""`[[event]]` of a mapping: further events of a row, of any type in the library."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import attrs
from pydantic import BaseModel, ConfigDict, Discriminator, Tag, ValidationError

from coresponder.documents.remedies import remedy_for
from coresponder.documents.values import YesNo
from coresponder.domain import events as e
from coresponder.errors import nearest
from coresponder.interop.mapped_columns import CLOSED, OneTime
from coresponder.program.own_words import OwnWords, nearest_word, standard_fields

__all__ = ["FieldColumn", "MappedEvent", "as_given", "columns_in", "event_problems"]

FieldValue = bool | int | str | tuple[str, ...]
"""The values that a field of an event may be given."""


class _Table(BaseModel):
    model_config: ClassVar[ConfigDict] = CLOSED


class FieldColumn(_Table):
    """The column of a field, and the meaning of its codes. Without codes, the cell is the value."""

    column: str
    codes: dict[str, bool | int | str] = {}


def _kind(value: Any) -> str:
    return "FieldColumn" if isinstance(value, dict | FieldColumn) else "FieldValue"


_Field = Annotated[
    Annotated[FieldColumn, Tag("FieldColumn")] | Annotated[FieldValue, Tag("FieldValue")],
    Discriminator(_kind),
]


@functools.cache
def _fields_of(event: str) -> frozenset[str]:
    return frozenset(field.name for field in attrs.fields(e.EVENT_TYPES[event]))


class MappedEvent(_Table):
    """An event that a row reports by a code, by a time, or by both."""

    event: str
    column: str | None = None
    codes: dict[str, YesNo] = {}
    at: OneTime = None
    unit: YesNo = False
    fields: dict[str, _Field] = {}

    @property
    def type(self) -> type[e.Event]:
        """Return the type of the event."""
        return e.EVENT_TYPES[self.event]

    @property
    def asks(self) -> frozenset[str]:
        """Return the fields that the event has."""
        return _fields_of(self.event)


_ELSEWHERE = (
    e.CallReceived, e.CallTriaged, e.TeamDispatched, e.DispositionRecorded, e.SceneCleared,
    e.IncidentCancelled,
)  # fmt: skip
_GIVEN = {"at", "by", "approximate"}
_THEN = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def event_problems(row: MappedEvent, own_words: OwnWords) -> Iterator[tuple[str, str]]:
    """Yield each problem as the key and what is wrong with it."""
    allowed = {
        name: cls
        for name, cls in e.EVENT_TYPES.items()
        if cls not in _ELSEWHERE and not cls.administrative
    }
    if row.event not in allowed:
        yield "event", f"event: it cannot be mapped; {nearest(row.event, allowed)}"
        return
    if row.column is None and row.at is None:
        yield "event", "column: add the column that says that it happened, or its time (at)"
    if bool(row.codes) != (row.column is not None):
        yield "codes", 'codes: write column and codes together, like codes = { "Y" = true }'
    yield from (
        ("fields", f"fields.{said}") for said in dict.fromkeys(_field_problems(row, own_words))
    )


def _field_problems(row: MappedEvent, own_words: OwnWords) -> Iterator[str]:
    known = row.asks - _GIVEN
    wrong = [name for name in row.fields if name not in known]
    yield from (f"{name}: the event has no such field; {nearest(name, known)}" for name in wrong)
    if wrong:
        return
    free = {name for name, one in columns_in(row).items() if not one.codes}
    for values in _samples(row):
        try:
            row.type.from_json(json.dumps(standard_fields(own_words, values), default=str))
        except ValidationError as error:
            for found in error.errors():
                name = str(found["loc"][0]) if found["loc"] else "value"
                if name not in free:
                    value = values.get(name)
                    hint = nearest_word(own_words, name, str(found["input"]))
                    yield f"{name}: {hint or remedy_for(found | {'input': value})}"


def columns_in(row: MappedEvent) -> dict[str, FieldColumn]:
    """Return the fields that come from a column."""
    return {name: one for name, one in row.fields.items() if isinstance(one, FieldColumn)}


def _samples(row: MappedEvent) -> Iterator[dict[str, Any]]:
    """Yield sample values of an event in which each code of each column occurs once."""
    columns = columns_in(row)
    first: dict[str, Any] = {"at": _THEN, "by": "cad-import"}
    first |= {name: "x" for name in ("person", "responder") if name in row.asks}
    first |= {
        name: as_given(row, name, one) for name, one in row.fields.items() if name not in columns
    }
    first |= {
        name: as_given(row, name, next(iter(one.codes.values()), "x"))
        for name, one in columns.items()
    }
    yield first
    for name, one in columns.items():
        for value in list(one.codes.values())[1:]:
            yield first | {name: as_given(row, name, value)}


def as_given(row: MappedEvent, name: str, value: object) -> Any:
    """Return a value as a field takes it: a list of one value for a field that is a list, a number
    for the digits of a cell.
    """
    hint = str(getattr(attrs.fields(row.type), name).type)
    if hint.startswith("int") and isinstance(value, str) and value.isdecimal():
        return int(value)
    return [value] if hint.startswith("tuple") and isinstance(value, str) else value
