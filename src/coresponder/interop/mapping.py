"""How to read a CAD export: which column is what, how times are written, which local codes mean
what. TOML, checked by pydantic.
"""

from __future__ import annotations

import enum
import fnmatch
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coresponder.documents.reading import read_toml
from coresponder.documents.remedies import remedy_for
from coresponder.documents.toml_lines import TomlLines
from coresponder.domain.vocabulary import CallSource, Disposition, Nature, ResponseModel, Role
from coresponder.errors import InvalidMapping, NotFound, nearest

__all__ = ["Mapped", "TimeParts", "load_mapping", "match_code"]

NO_VALUE = "none"
"""Written in a code table for a code that means that nothing is known."""


class _Table(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class _File(_Table):
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    time_zone: str
    time_formats: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("", "NA", "N/A", "NULL")
    out_of_order: Literal["reject", "keep"] = "reject"


class TimeParts(_Table):
    """Columns of a time that was published in parts; what is missing may be filled, and is then
    approximate.
    """

    year: str
    month: str
    day: str | None = None
    weekday: str | None = None
    hour: str | None = None
    minute: str | None = None
    fill_day: Literal["first", "first matching weekday"] | None = None
    fill_hour: Annotated[int, Field(ge=0, le=23)] | None = None


class _Columns(_Table):
    incident: str | None = None
    received: str | TimeParts
    triaged: str | None = None
    dispatched: str | None = None
    en_route: str | None = None
    arrived: str | None = None
    engaged: str | None = None
    cleared: str | None = None
    source: str | None = None
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

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the file's clocks ran."""
        return ZoneInfo(self.file.time_zone)


def load_mapping(path: str | Path) -> Mapped:
    """Load and check a mapping.

    Raises:
        NotFound: there is no such file.
        InvalidMapping: it has problems; each is named with its table, key and remedy.
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
    return mapping_from(tables, source=file.name, text=text)


def mapping_from(tables: Mapping[str, Any], *, source: str = "mapping", text: str = "") -> Mapped:
    """Check a mapping that is given as tables; with the `text` of its file, an error names the
    line.
    """
    lines = TomlLines.of(text)
    try:
        mapping = Mapped.model_validate(tables)
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
    problems = [
        f"{source}: {lines.label((name, code))}[{name}] {code!r} = {value!r}:"
        f" {nearest(value, [*known, NO_VALUE])}"
        for name, known in (
            ("nature", _values(Nature)),
            ("disposition", _values(Disposition)),
            ("source", _values(CallSource)),
        )
        for code, value in getattr(mapping, name).items()
        if value not in known and value != NO_VALUE
    ]
    if problems:
        raise InvalidMapping("\n".join(problems))
    return mapping


def _values(vocabulary: type[enum.StrEnum]) -> list[str]:
    return [member.value for member in vocabulary]


def _explain(problem: Any) -> str:
    where = ".".join(
        str(part) for part in problem["loc"] if not str(part).startswith(("function", "TimeParts"))
    )
    if problem["type"] == "extra_forbidden":
        tables: dict[str, type[BaseModel]] = {
            "file": _File,
            "columns": _Columns,
            "team": _Team,
            "defaults": _Defaults,
        }
        known = (
            tables[str(problem["loc"][0])].model_fields
            if problem["loc"][0] in tables and len(problem["loc"]) > 1
            else Mapped.model_fields
        )
        return f"[{where}]: there is no such key; {nearest(str(problem['loc'][-1]), known)}"
    return f"[{where}]: {remedy_for(problem)}"


def match_code(codes: Mapping[str, str], code: str) -> str | None:
    """Return the standard value of a local code: an exact entry first, then patterns with * in the
    order of the file.

    >>> match_code({"10-96": "psychosis", "*SUICID*": "suicide_threat"}, "attempted suicide")
    'suicide_threat'
    """
    return _match(tuple(codes.items()), code)


@lru_cache(maxsize=65_536)
def _match(codes: tuple[tuple[str, str], ...], code: str) -> str | None:
    folded = code.casefold().strip()
    for entry, value in codes:
        if entry.casefold() == folded:
            return value
    for entry, value in codes:
        if "*" in entry and fnmatch.fnmatchcase(folded, entry.casefold()):
            return value
    return None
