"""The mapping of a CAD export (TOML, checked by pydantic): the meaning of its columns, its time
formats, and the meaning of its local codes.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from coresponder.documents.reading import read_toml
from coresponder.documents.remedies import remedy_for
from coresponder.documents.toml_lines import TomlLines
from coresponder.documents.values import Day, YesNo
from coresponder.domain.personal import looks_personal, shape_of
from coresponder.domain.vocabulary import CallSource, Disposition, Nature, ResponseModel, Role
from coresponder.errors import InvalidMapping, NotFound, nearest
from coresponder.interop.codes import Codes, id_of, opaque_of
from coresponder.interop.mapped_columns import (
    CLOSED,
    AnyTime,
    OneTime,
    TimeColumns,
    TimeParts,
)
from coresponder.interop.mapped_events import FieldColumn, MappedEvent, event_problems
from coresponder.interop.time_formats import ISO, format_problems
from coresponder.program.own_words import OwnWords

__all__ = ["Mapped", "load_mapping", "match_code"]

NO_VALUE = "none"
"""Stands in a code table for a code that means nothing is known."""
LEAVE_OUT = "leave out"
"""Stands in a code table for a code whose rows are not incidents: a test, a duplicate, a void."""
CANCELS = "cancelled"
"""Stands in a code table for a code of a call that ended before anybody arrived."""
STAGES = ("received", "triaged", "dispatched", "en_route", "arrived", "engaged", "cleared")
"""The times of an incident, in their order."""
NOTHING = ("", "NA", "N/A", "#N/A", "NULL", "None", "NaN", "NaT", "-", "0000-00-00")
"""Words for nothing. A mapping adds its own."""


class _Table(BaseModel):
    model_config: ClassVar[ConfigDict] = CLOSED


class _File(_Table):
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    sheet: str | None = None
    one_row_is: Literal["incident", "unit", "event"] = "incident"
    time_zone: str
    time_formats: Annotated[tuple[str, ...], Field(min_length=1)] = (ISO,)
    military: YesNo = False
    hour_24: YesNo = False
    past_midnight: YesNo = False
    earliest: Day = dt.date(1960, 1, 1)
    latest: Day | None = None
    placeholders: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    out_of_order: Literal["reject", "keep"] = "reject"


class _Columns(_Table):
    incident: str | None = None
    unit: str | None = None
    status: str | None = None
    time: OneTime = None
    newest: str | None = None
    received: AnyTime = None
    triaged: OneTime = None
    dispatched: OneTime = None
    en_route: OneTime = None
    arrived: OneTime = None
    engaged: OneTime = None
    cleared: OneTime = None
    source: str | None = None
    person: str | None = None
    nature: str | tuple[str, ...]
    disposition: str | tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


class _Team(_Table):
    tier: str = "as-recorded"
    model: ResponseModel = ResponseModel.POLICE_RESPONSE
    unit: str = "unit-1"
    roles: Annotated[tuple[Role, ...], Field(min_length=1)] = (Role.PATROL_OFFICER,)


class _Defaults(_Table):
    source: CallSource = CallSource.OTHER_AGENCY
    nature: Nature | None = None
    incident_prefix: str = "row"


class Mapped(_Table):
    """A mapping file."""

    file: _File
    columns: _Columns
    team: _Team = _Team()
    defaults: _Defaults = _Defaults()
    nature: dict[str, str] = {}
    disposition: dict[str, str] = {}
    source: dict[str, str] = {}
    status: dict[str, str] = {}
    role: dict[str, str] = {}
    event: tuple[MappedEvent, ...] = ()
    _own: OwnWords = PrivateAttr(default_factory=dict)
    _numbers: tuple[str, ...] = PrivateAttr(default=())

    @property
    def own_words(self) -> OwnWords:
        """The words of the agency's program, which its codes may mean as well."""
        return self._own

    def personal(self, text: str) -> str | None:
        """Say what a text looks like that does not belong in the log; None if it may be in it, or
        has the shape of the agency's own numbers.
        """
        return None if shape_of(text) in self._numbers else looks_personal(text)

    def id_of(self, written: str) -> str:
        """Return a number as an id; raise `ValueError` if `personal` names what it looks like. See
        `codes.id_of`.
        """
        own = shape_of(written) in self._numbers
        return opaque_of(written) if own else id_of(written)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the file's clocks ran."""
        return ZoneInfo(self.file.time_zone)


def load_mapping(
    path: str | Path, *, own_words: OwnWords | None = None, own_numbers: tuple[str, ...] = ()
) -> Mapped:
    """Load and check a mapping.

    Args:
        path: the TOML file.
        own_words: the words of the agency's program (`program.own_words`). A code may mean one of
            them: its standard value drives, and the word is kept beside it.
        own_numbers: the shapes of the agency's own numbers (`program.own_numbers`).

    Raises:
        NotFound: there is no such file.
        InvalidMapping: the file has mistakes; each is named with its table, key and remedy.
    """
    file = Path(path)
    if not file.is_file():
        raise NotFound(f"{path}: there is no such mapping file")
    try:
        text = file.read_text("utf-8")
        tables = read_toml(text)
    except UnicodeDecodeError as error:
        raise InvalidMapping(
            f"{file.name}: byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from None
    except ValueError as error:
        raise InvalidMapping(f"{file.name}: {error}") from None
    return mapping_from(
        tables, source=file.name, text=text, own_words=own_words, own_numbers=own_numbers
    )


def mapping_from(
    tables: Mapping[str, Any],
    *,
    source: str = "mapping",
    text: str = "",
    own_words: OwnWords | None = None,
    own_numbers: tuple[str, ...] = (),
) -> Mapped:
    """Make a mapping from tables. With the `text` of its file, errors name the line."""
    lines = TomlLines.of(text)
    try:
        mapping = Mapped.model_validate(tables)
        mapping._own = own_words or {}  # noqa: SLF001 - no key of the file
        mapping._numbers = own_numbers  # noqa: SLF001 - no key of the file
        _ = mapping.zone
    except ValidationError as error:
        raise InvalidMapping(
            "\n".join(
                f"{source}: {lines.label(problem['loc'])}{_explain(problem)}"
                for problem in error.errors()
            )
        ) from None
    except (KeyError, ValueError, OSError):
        zone = tables["file"]["time_zone"]
        raise InvalidMapping(
            f"{source}: {lines.label(('file', 'time_zone'))}[file] time_zone = {zone!r} is not"
            " known; write it like 'America/New_York' (a machine without time zones needs: pip"
            " install tzdata)"
        ) from None
    problems = [f"{source}: {lines.label(where)}{said}" for where, said in _problems(mapping)]
    if problems:
        raise InvalidMapping("\n".join(problems))
    return mapping


def _problems(mapping: Mapped) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield problems of values that are valid alone but not together."""
    for name, known in (
        ("nature", [*_values(Nature), NO_VALUE, LEAVE_OUT]),
        ("disposition", [*_values(Disposition), NO_VALUE, LEAVE_OUT]),
        ("source", [*_values(CallSource), NO_VALUE, LEAVE_OUT]),
        ("status", [*STAGES, CANCELS, NO_VALUE, LEAVE_OUT]),
        ("role", _values(Role)),
    ):
        own = mapping.own_words.get(name, {})
        for code, value in getattr(mapping, name).items():
            if value not in known and value not in own:
                yield (
                    (name, code),
                    f"[{name}] {code!r} = {value!r}: {nearest(value, [*known, *own])}",
                )
    for i, row in enumerate(mapping.event):
        for key, said in event_problems(row, mapping.own_words):
            yield ("event", i, key), f"[[event]] {row.event!r}, {said}"
    for problem in format_problems(mapping.file.time_formats):
        yield ("file", "time_formats"), f"[file.time_formats]: {problem}"
    rows, columns = mapping.file.one_row_is, mapping.columns
    for key in _NEEDED[rows]:
        if getattr(columns, key) is None:
            yield (
                ("columns",),
                f"[columns.{key}]: it is required where one row is one {rows}; add it",
            )


_NEEDED = {
    "incident": ("received",),
    "unit": ("incident", "unit", "received"),
    "event": ("incident", "status", "time"),
}


def _values(vocabulary: type[enum.StrEnum]) -> list[str]:
    return [member.value for member in vocabulary]


_TAGS = ("function", "Time", "FieldColumn", "FieldValue")


def _explain(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"] if not str(part).startswith(_TAGS))
    if problem["type"] == "extra_forbidden":
        table = str(next((part for part in reversed(problem["loc"][:-1]) if part in _TABLES), ""))
        known = _TABLES.get(table, Mapped).model_fields
        return f"[{where}]: there is no such key; {nearest(str(problem['loc'][-1]), known)}"
    return f"[{where}]: {remedy_for(problem)}"


_TABLES: dict[str, type[BaseModel]] = {
    "file": _File,
    "columns": _Columns,
    "team": _Team,
    "defaults": _Defaults,
    "event": MappedEvent,
    "FieldColumn": FieldColumn,
    "TimeParts": TimeParts,
    "TimeColumns": TimeColumns,
}


def match_code(codes: Mapping[str, str], code: str) -> str | None:
    """Return the standard value of a local code: an exact entry first, then patterns with * in the
    order of the file.

    >>> match_code({"10-96": "psychosis", "*SUICID*": "suicide_threat"}, "attempted suicide")
    'suicide_threat'
    """
    return Codes(codes).find(code)
