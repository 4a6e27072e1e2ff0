"""What was found in the first rows of an export."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from coresponder.interop.mapping import NOTHING, STAGES
from coresponder.interop.proposed.forms import Form
from coresponder.interop.sheet import open_sheet

__all__ = ["NAMES", "Look", "looked"]

_ROWS = 1_000
NAMES: Mapping[str, tuple[str, ...]] = {
    "received": ("received", "call time", "time of call", "create", "request", "reported", "call"),
    "dispatched": ("dispatch", "sent", "assign"),
    "en_route": ("en route", "enroute", "responding"),
    "arrived": ("arriv", "on scene", "onscene", "at scene", "there"),
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
    "unit": ("unit", "vehicle", "apparatus", "resource"),
    "newest": ("version", "revision", "updated", "modified", "changed"),
    "status": ("status", "activity", "action"),
    "nature": ("nature", "call type", "event type", "problem", "reason", "type"),
    "disposition": ("dispo", "outcome", "result", "end"),
    "source": ("source", "origin"),
    "time": ("time", "date", "when"),
}
"""Kind of column -> the words that occur in the names of such columns."""
_NO_WORDS = frozenset(word.casefold() for word in NOTHING)


@attrs.define(kw_only=True)
class Look:
    """The first rows of a file, and what was recognized in them so far.

    Attributes:
        cells: each row, with the columns that say something.
        found: the kind of a column -> its name, or the names of a day and a time of day.
        forms: how the recognized times are written.
        recognized: what was recognized, each with the reason.
        open: the questions that a person has to decide.
    """

    columns: Sequence[str]
    cells: Sequence[Mapping[str, str]]
    found: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    forms: list[Form] = attrs.field(factory=list)
    recognized: list[str] = attrs.field(factory=list)
    open: list[str] = attrs.field(factory=list)
    one_row_is: str = "incident"

    def values(self, column: str) -> Counter[str]:
        """Return the values of a column, each with its number of rows."""
        return Counter(row[column] for row in self.cells if column in row)

    def column(self, kind: str) -> str | None:
        """Return the one column of a kind, if it was recognized."""
        return self.found[kind][0] if kind in self.found else None

    @property
    def taken(self) -> set[str]:
        """The columns that were recognized."""
        return {*itertools.chain.from_iterable(self.found.values())}

    def named(self, kind: str, among: set[str] | None = None) -> Iterator[tuple[str, str]]:
        """Yield the columns whose names suggest a kind, each with the word that does. They are not
        taken yet, or are `among` some.
        """
        left = {*self.columns} - self.taken if among is None else among
        for word in NAMES[kind]:
            for column in self.columns:
                if column in left and has_word(column, word):
                    yield column, word

    def of_no_stage(self) -> set[str]:
        """Return the columns whose names suggest no stage of an incident."""
        words = [word for stage in STAGES for word in NAMES.get(stage, ())]
        return {one for one in self.columns if not any(has_word(one, word) for word in words)}


def has_word(column: str, word: str) -> bool:
    """Return whether a word begins in the name of a column.

    >>> has_word("Time_Arrived", "arriv"), has_word("Weekend", "end")
    (True, False)
    """
    plain = re.sub(r"[\W_]+", " ", column).casefold()
    return re.search(rf"\b{re.escape(word)}", plain) is not None


def looked(path: str | Path, encoding: str, delimiter: str) -> Look:
    """Read the first thousand rows of a file."""
    with open_sheet(path, (), encoding=encoding, delimiter=delimiter) as sheet:
        cells, unused = list[Mapping[str, str]](), 0
        for line in itertools.islice(sheet.lines, _ROWS):
            if line.problem:
                unused += 1
                continue
            texts = {
                name: " ".join(line.cells[place].split()) for name, place in sheet.columns.items()
            }
            cells.append({k: v for k, v in texts.items() if v.casefold() not in _NO_WORDS})
        look = Look(columns=[*sheet.columns], cells=cells)
        if unused:
            look.open.append(
                f"{unused:,} rows do not have the shape of the table, and were not read"
            )
        return look
