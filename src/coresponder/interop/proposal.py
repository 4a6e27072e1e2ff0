"""Propose a mapping for an export from the names and values of its columns. The proposal says what
was recognized and why, and what was not. It gives no code a meaning.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from coresponder.domain.vocabulary import CallSource, Disposition, Nature
from coresponder.interop.mapping import NOTHING, STAGES
from coresponder.interop.sheet import open_sheet
from coresponder.interop.time_formats import ISO

__all__ = ["Proposal", "propose_mapping"]

_ROWS = 1_000
_CODES = 100
_NAMES: Mapping[str, tuple[str, ...]] = {
    "received": ("received", "call time", "time of call", "create", "request", "reported", "call"),
    "dispatched": ("dispatch", "sent", "assign"),
    "en_route": ("en route", "enroute", "responding"),
    "arrived": ("arriv", "on scene", "onscene", "at scene"),
    "engaged": ("engage", "contact"),
    "cleared": ("clear", "depart", "close", "left", "complete", "end"),
    "incident": (
        "incident",
        "event number",
        "event id",
        "call number",
        "case",
        "cad",
        "id",
        "number",
    ),
    "unit": ("unit",),
    "nature": ("nature", "call type", "event type", "problem", "reason", "type"),
    "disposition": ("dispo", "outcome", "result", "end"),
    "source": ("source", "origin"),
}
"""Kind of column -> the words that occur in the names of such columns."""
_CODED = {"nature": Nature, "disposition": Disposition, "source": CallSource}
_FORMATS = (
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y%m%d%H%M%S",
)
_NO_WORDS = frozenset(word.casefold() for word in NOTHING)
_MIDNIGHT = re.compile(r"[T ](00:00(:00)?|12:00(:00)? AM)(Z|[+-]00:?00)?$")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


@attrs.frozen(kw_only=True)
class Proposal:
    """A proposed mapping.

    Attributes:
        text: the mapping as TOML, with comments.
        recognized: the recognized columns, each with the reason.
        open: the questions that a person has to decide.
        whole: whether the mapping can be used as it is.
    """

    text: str
    recognized: tuple[str, ...]
    open: tuple[str, ...]
    whole: bool


@attrs.define(kw_only=True)
class _Look:
    """What was found in a file."""

    columns: Sequence[str]
    values: Mapping[str, Counter[str]]
    rows: int
    found: dict[str, str] = attrs.field(factory=dict)
    formats: list[str] = attrs.field(factory=list)
    recognized: list[str] = attrs.field(factory=list)
    open: list[str] = attrs.field(factory=list)


def propose_mapping(
    path: str | Path, *, time_zone: str, encoding: str = "utf-8", delimiter: str = ","
) -> Proposal:
    """Read the first thousand rows of an export and propose a mapping.

    Args:
        path: the export. Its first row names the columns.
        time_zone: the time zone of its times, which no file says.
        encoding: the encoding of a text file.
        delimiter: the character between its cells.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: the file is empty, truncated, or in another encoding.
    """
    look = _looked(path, encoding, delimiter)
    if len(look.columns) == 1:
        look.open.append(
            "the first row has one column: if it is a title, remove it; if cells are divided by"
            " another sign, give it with --delimiter"
        )
    for stage in STAGES:
        if stage in _NAMES:
            _find_time(look, stage)
    for kind in ("incident", "unit", "nature", "disposition", "source"):
        _find_codes(look, kind)
    _check(look)
    lines = [*_file(look, time_zone, encoding, delimiter), *_columns(look), *_tables(look)]
    return Proposal(
        text="\n".join(lines) + "\n",
        recognized=tuple(look.recognized),
        open=tuple(look.open),
        whole={"received", "nature"} <= look.found.keys(),
    )


def _looked(path: str | Path, encoding: str, delimiter: str) -> _Look:
    with open_sheet(path, (), encoding=encoding, delimiter=delimiter) as sheet:
        values = {name: Counter[str]() for name in sheet.columns}
        rows = 0
        for line in itertools.islice(sheet.lines, _ROWS):
            if line.problem:
                continue
            rows += 1
            for name, place in sheet.columns.items():
                text = " ".join(line.cells[place].split())
                if text.casefold() not in _NO_WORDS:
                    values[name][text] += 1
        return _Look(columns=[*sheet.columns], values=values, rows=rows)


def _named(look: _Look, kind: str) -> Iterator[tuple[str, str]]:
    """Yield the columns whose names suggest a kind, each with the word that does."""
    taken = set(look.found.values())
    for word in _NAMES[kind]:
        for column in look.columns:
            plain = re.sub(r"[\W_]+", " ", column).casefold()
            if column not in taken and re.search(rf"\b{re.escape(word)}", plain):
                yield column, word


def _find_time(look: _Look, stage: str) -> None:
    for column, word in _named(look, stage):
        forms = _formats(look.values[column])
        if len(forms) > 1:
            look.open.append(
                f"{column}: the day or the month may come first; if it is {stage}, add one of"
                f" {' or '.join(map(repr, forms))} to time_formats, and the column"
            )
        if len(forms) == 1:
            look.found[stage] = column
            look.formats += [form for form in forms if form not in look.formats]
            look.recognized.append(
                f"{stage} = {column}: {word!r} is in its name, and every value is a time"
                f" ({forms[0]})"
            )
            _ask_about_midnight(look, column)
            return


def _ask_about_midnight(look: _Look, column: str) -> None:
    """Add a question about a time of day that is more frequent than chance allows."""
    values = look.values[column]
    at_midnight = sum(times for text, times in values.items() if _MIDNIGHT.search(text))
    if at_midnight * 50 > values.total():
        look.open.append(
            f"{column}: {at_midnight:,} of {values.total():,} values are exactly midnight; if that"
            ' stands for nothing, set placeholders = ["00:00:00"]'
        )


def _formats(values: Mapping[str, int]) -> list[str]:
    """Return the formats in which every value is a time."""
    if values and all(_ISO.fullmatch(text) for text in values):
        return [ISO]
    return [form for form in _FORMATS if values and all(_reads(form, text) for text in values)]


def _reads(form: str, text: str) -> bool:
    try:
        dt.datetime.strptime(text, form)  # noqa: DTZ007 - the value is only tested
    except ValueError:
        return False
    return True


def _find_codes(look: _Look, kind: str) -> None:
    for column, word in _named(look, kind):
        values = look.values[column]
        if not values or _formats(values):
            continue
        look.found[kind] = column
        said = f"{kind} = {column}: {word!r} is in its name"
        look.recognized.append(f"{said}; it has {len(values):,} different values")
        return


def _check(look: _Look) -> None:
    """Add what is missing and the questions that a person has to decide."""
    for kind in ("received", "nature"):
        if kind not in look.found:
            look.open.append(f"{kind}: no column was recognized, and a mapping needs one")
    number = look.found.get("incident")
    if number is None:
        look.open.append("incident: no column was recognized; each row gets a number of its own")
    elif again := sum(1 for times in look.values[number].values() if times > 1):
        look.open.append(
            f"{number}: {again:,} numbers come more than once; if a row is a unit or a change of"
            " status, set one_row_is"
        )
    left = [name for name in look.columns if name not in look.found.values()]
    if left:
        look.open.append(f"not recognized: {', '.join(left)}; name those to keep in keep = [...]")


def _file(look: _Look, time_zone: str, encoding: str, delimiter: str) -> Iterator[str]:
    yield f"# Proposed from {look.rows:,} rows. Read each line before you use it."
    yield from (f"# Recognized: {one}" for one in map(_line, look.recognized))
    yield from (f"# To decide: {one}" for one in map(_line, look.open))
    yield "\n[file]"
    yield f"time_zone = {_quoted(time_zone)}   # as you said"
    if look.formats:
        yield f"time_formats = [{', '.join(map(_quoted, look.formats))}]"
    for key, value, usual in (("encoding", encoding, "utf-8"), ("delimiter", delimiter, ",")):
        if value != usual:
            yield f"{key} = {_quoted(value)}"


def _columns(look: _Look) -> Iterator[str]:
    yield "\n[columns]"
    for kind in _NAMES:
        if kind == "unit":  # the column has a meaning only if a row is a unit
            if kind in look.found:
                yield f"# unit = {_quoted(look.found[kind])}   # if one_row_is is unit or event"
        elif kind in look.found:
            yield f"{kind} = {_quoted(look.found[kind])}"
        else:
            yield f'# {kind} = ""'


def _tables(look: _Look) -> Iterator[str]:
    yield "\n[defaults]"
    yield 'nature = "other"   # for every code that is not mapped below'
    for kind, vocabulary in _CODED.items():
        if kind not in look.found:
            continue
        known = {member.value for member in vocabulary}
        values = look.values[look.found[kind]]
        yield f"\n[{kind}]"
        yield f"# One of: {', '.join(sorted(known))}, none, leave out"
        few = len(values) <= _CODES
        for code, times in values.most_common(_CODES):
            if few or times > 1:  # among many values, one that occurs once may be free text
                yield _code(code, times, known)
        if len(values) > _CODES:
            yield f"# ... {len(values):,} different values in all; a pattern may have *"
            yield '"*" = "none"'


def _code(code: str, times: int, known: set[str]) -> str:
    word = re.sub(r"[\W_]+", "_", code).casefold().strip("_")
    if word in known:
        return f"{_quoted(code)} = {_quoted(word)}   # {times:,} times; the same word"
    return f'{_quoted(code)} = "none"   # {times:,} times; not recognized'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(text: str) -> str:
    """Return a text that cannot end a comment."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)
