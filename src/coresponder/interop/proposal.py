"""Propose a mapping for an export from the names and values of its columns. The proposal says what
was recognized and why, and what was not. It gives no code a meaning.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import attrs

from coresponder.domain.vocabulary import CallSource, Disposition, Nature, Role
from coresponder.interop.mapping import CANCELS, STAGES
from coresponder.interop.proposed.forms import Form, are_times
from coresponder.interop.proposed.look import GENERAL, NAMES, Look, has_word, looked
from coresponder.interop.proposed.meaning_of_rows import find_meaning_of_rows
from coresponder.interop.proposed.table import Table, find_table
from coresponder.interop.proposed.times import find_stages

__all__ = ["Proposal", "propose_mapping"]

_CODES = 100
_CODED = {
    "nature": [one.value for one in Nature],
    "disposition": [one.value for one in Disposition],
    "source": [one.value for one in CallSource],
    "status": [*STAGES, CANCELS],
}
"""Kind of column -> the standard values that its codes may have."""
_OF_SOME_ROWS = ("unit", "newest", "status", "time")
"""Columns that a mapping has only if a row is not simply an incident."""


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


def propose_mapping(
    path: str | Path,
    *,
    time_zone: str,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Proposal:
    """Read the first thousand rows of an export and propose a mapping.

    Args:
        path: the export.
        time_zone: the time zone of its times, which no file says.
        encoding: the encoding of a text file.
        delimiter: the character between its cells; without it, the one that makes a table.
        sheet: the sheet of a spreadsheet that has several with rows.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: the file is empty, truncated, or in another encoding.
    """
    table = find_table(path, encoding, delimiter, sheet)
    look = looked(path, table)
    find_stages(look)
    _find_codes(look, "incident")
    find_meaning_of_rows(look)
    for kind in ("nature", "disposition", "source"):
        _find_codes(look, kind)
    _check(look)
    lines = [*_file(look, time_zone, table), *_columns(look), *_tables(look)]
    return Proposal(
        text="\n".join(lines) + "\n",
        recognized=tuple(look.recognized),
        open=tuple(look.open),
        whole="nature" in look.found and _has_received(look) and not look.either,
    )


def _find_codes(look: Look, kind: str) -> None:
    for column, word in look.named(kind):
        values = look.values(column)
        if not values or are_times(values) or (word in GENERAL and _names_another(column)):
            continue
        look.found[kind] = (column,)
        many = "1 value" if len(values) == 1 else f"{len(values):,} different values"
        look.recognized.append(f"{kind} = {column}: {word!r} is in its name; it has {many}")
        return


def _names_another(column: str) -> bool:
    """Return whether the number in a column is that of a unit, or of another thing."""
    others = ("unit", "status", "disposition", "source", "nature")
    return any(has_word(column, word) for kind in others for word in NAMES[kind])


def _has_received(look: Look) -> bool:
    """Return whether a column, or a code of the status, says when the call was received."""
    status = look.column("status")
    codes = look.values(status) if status else ()
    return "received" in look.found or any(_word(code) == "received" for code in codes)


def _check(look: Look) -> None:
    """Add what is missing and the questions that a person has to decide."""
    if look.either:
        look.open.append(
            "time_formats: the day or the month may come first, and no time shows which; keep one of"
            " the two lines in the file"
        )
    if "nature" not in look.found:
        look.open.append("nature: no column was recognized, and a mapping needs one")
    if not _has_received(look):
        look.open.append(
            "received: no column was recognized, and a mapping needs one"
            if look.one_row_is != "event"
            else "received: say under [status] which code it is; no code is the standard word"
        )
    if "incident" not in look.found:
        look.open.append("incident: no column was recognized; each row gets a number of its own")
    if look.one_row_is == "unit":
        look.open.append("role: who is in which unit; say so under [role]")
    left = [name for name in look.columns if name not in look.taken]
    if left:
        look.open.append(f"not recognized: {', '.join(left)}; name those to keep in keep = [...]")


def _file(look: Look, time_zone: str, table: Table) -> Iterator[str]:
    yield f"# Proposed from {len(look.cells):,} rows. Read each line before you use it."
    yield from (f"# Recognized: {one}" for one in map(_line, look.recognized))
    yield from (f"# To decide: {one}" for one in map(_line, look.open))
    yield "\n[file]"
    yield f"time_zone = {_quoted(time_zone)}   # as you said"
    yield f"one_row_is = {_quoted(look.one_row_is)}"
    yield from _time_formats(look)
    forms = [*look.forms, *look.either]
    if any(form.military for form in forms):
        yield "military = true   # 930 is 09:30"
    if any(form.hour_24 for form in forms):
        yield "hour_24 = true   # 24:00 is the end of the day"
    if table.encoding != "utf-8":
        yield f"encoding = {_quoted(table.encoding)}"
    if table.delimiter != ",":
        yield f"delimiter = {_quoted(table.delimiter)}"
    if table.sheet is not None:
        yield f"sheet = {_quoted(table.sheet)}   # as you said"


def _time_formats(look: Look) -> Iterator[str]:
    """Write the forms of the times; two lines to choose from if the day or the month may come
    first.
    """
    if not look.either:
        if look.forms:
            yield _formats(look.forms)
        return
    yield "# Keep one of the next two lines, without its #:"
    for day_first, said in ((False, "03/04 is March 4"), (True, "03/04 is April 3")):
        forms = [form for form in look.either if form.day_first == day_first]
        yield f"# {_formats([*look.forms, *forms])}   # {said}"


def _formats(forms: Sequence[Form]) -> str:
    patterns = dict.fromkeys(_quoted(form.pattern) for form in forms)
    return f"time_formats = [{', '.join(patterns)}]"


def _columns(look: Look) -> Iterator[str]:
    yield "\n[columns]"
    for kind in NAMES:
        found = look.found.get(kind, ())
        if len(found) == 2:
            day, hour = map(_quoted, found)
            yield f"{kind} = {{ date = {day}, time = {hour} }}"
        elif found:
            yield f"{kind} = {_quoted(found[0])}"
        elif kind not in _OF_SOME_ROWS:
            yield f'# {kind} = ""'


def _tables(look: Look) -> Iterator[str]:
    yield "\n[defaults]"
    yield 'nature = "other"   # for every code that is not mapped below'
    for kind, known in _CODED.items():
        if column := look.column(kind):
            yield f"\n[{kind}]"
            yield f"# One of: {', '.join(sorted(known))}, none, leave out"
            yield from _codes(look.values(column), known)
    if unit := look.column("unit"):
        yield "\n[role]"
        yield f"# One of: {', '.join(sorted(Role))}; a unit that is not here has those of [team]"
        for code, times in look.values(unit).most_common(_CODES):
            yield f'# {_quoted(code)} = ""   # {times:,} times'


def _codes(values: Counter[str], known: Collection[str]) -> Iterator[str]:
    few = len(values) <= _CODES
    for code, times in values.most_common(_CODES):
        if few or times > 1:  # among many values, one that occurs once may be free text
            yield _code(code, times, known)
    if not few:
        yield f"# ... {len(values):,} different values in all; a pattern may have *"
        yield '"*" = "none"'


def _code(code: str, times: int, known: Collection[str]) -> str:
    word = _word(code)
    if word in known:
        return f"{_quoted(code)} = {_quoted(word)}   # {times:,} times; the same word"
    return f'{_quoted(code)} = "none"   # {times:,} times; not recognized'


def _word(code: str) -> str:
    return re.sub(r"[\W_]+", "_", code).casefold().strip("_")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(text: str) -> str:
    """Return a text that cannot end a comment."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)
