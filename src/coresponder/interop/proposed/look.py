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
from coresponder.interop.proposed.table import Table
from coresponder.interop.sheet import Line, open_sheet

__all__ = ["GENERAL", "NAMES", "Look", "looked"]

_ROWS = 1_000
GENERAL = ("id", "number")
"""Words that alone name the incident, and beside another word something else."""
NAMES: Mapping[str, tuple[str, ...]] = {
    "received": (
        *("received", "recd", "rcvd", "call time", "time of call", "create", "request", "reported"),
        *("opened", "occur", "call"),
    ),
    "dispatched": ("dispatch", "sent", "assign", "disp t", "disp d"),
    "en_route": ("en route", "enroute", "enrt", "enr", "responding"),
    "arrived": (
        *("arriv", "arv", "arr t", "arr d", "on scene", "onscene", "onsc", "at scene", "there"),
    ),
    "engaged": ("engage", "contact"),
    "cleared": ("clear", "clr", "depart", "close", "left", "complete", "end"),
    "incident": (
        *("incident", "inc num", "inc no", "inc id", "event num", "event no", "event id"),
        *("call num", "call no", "call id", "case", "cad", *GENERAL),
    ),
    "unit": ("unit", "vehicle", "apparatus", "resource", "call sign"),
    "newest": ("version", "revision", "rev", "updated", "modified", "changed"),
    "status": ("status", "activity", "action"),
    "nature": ("nature", "call type", "event type", "problem", "reason", "type"),
    "disposition": ("dispo", "disp code", "close code", "clear code", "outcome", "result", "end"),
    "source": ("source", "origin"),
    "time": ("time", "date", "when", "epoch"),
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
        either: how more of them are written, of which it is not known whether the day or the month
            comes first: both forms of each.
        day_first: whether the day comes first in this file; None if no column shows it.
        recognized: what was recognized, each with the reason.
        open: the questions that a person has to decide.
    """

    columns: Sequence[str]
    cells: Sequence[Mapping[str, str]]
    found: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    forms: list[Form] = attrs.field(factory=list)
    either: list[Form] = attrs.field(factory=list)
    day_first: bool | None = None
    recognized: list[str] = attrs.field(factory=list)
    open: list[str] = attrs.field(factory=list)
    one_row_is: str = "incident"

    def values(self, column: str) -> Counter[str]:
        """Return the values of a column, each with its number of rows."""
        return Counter(row[column] for row in self.cells if column in row)

    def column(self, kind: str) -> str | None:
        """Return the one column of a kind, if it was recognized."""
        return self.found[kind][0] if kind in self.found else None

    def settled(self, forms: Sequence[Form]) -> Sequence[Form]:
        """Return the forms in which day and month are in the order that other columns show."""
        if self.day_first is None or len(forms) < 2:
            return forms
        return [form for form in forms if form.day_first == self.day_first] or forms

    def add(self, forms: Sequence[Form]) -> None:
        """Add the forms of a column; several if the order of day and month is not known."""
        known = self.forms if len(forms) == 1 else self.either
        known += [form for form in forms if form not in known]

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
    >>> has_word("CallReceived", "received"), has_word("Event #", "event number")
    (True, True)
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).replace("#", " number ")
    plain = re.sub(r"[\W_]+", " ", apart).casefold()
    return re.search(rf"\b{re.escape(word)}", plain) is not None


def looked(path: str | Path, table: Table) -> Look:
    """Read the first thousand rows of a file."""
    with open_sheet(
        path,
        table.once,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheet=table.sheet,
    ) as sheet:
        cells, unused = list[Mapping[str, str]](), list[Line]()
        for line in itertools.islice(sheet.lines, _ROWS):
            if line.problem:
                unused.append(line)
                continue
            texts = {name: " ".join(line.cells[sheet.columns[name]].split()) for name in table.once}
            cells.append({k: v for k, v in texts.items() if v.casefold() not in _NO_WORDS})
    look = Look(columns=table.once, cells=cells, recognized=table.recognized, open=table.open)
    if unused:
        first = unused[0]
        look.open.append(
            f"{len(unused):,} rows cannot be used; the first is row {first.number}: {first.problem}"
        )
    return look
