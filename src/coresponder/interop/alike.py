"""Read the rows of an export in blocks. Among rows that differ only in their times and numbers, one
is read in full; of the others, only the times are read.

A row with anything unusual is read by itself, as `read_calls` reads it: an unusual shape or number,
a time that is not exact or not in order, a code that leaves the row out.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from coresponder.domain.personal import looks_personal
from coresponder.domain.types import UTC, is_code
from coresponder.interop.cad import Calls, Rejected, RowCase, opened_calls, rejected_again
from coresponder.interop.codes import id_of
from coresponder.interop.instants import microseconds
from coresponder.interop.mapped_columns import TimeColumns, TimeParts
from coresponder.interop.mapping import STAGES, Mapped
from coresponder.interop.rows import several
from coresponder.interop.sheet import Line
from coresponder.interop.times import Time, Unusable

__all__ = ["Block", "Kind", "can_be_alike", "read_blocks"]

_ROWS = 16_384
"""The number of rows in a block."""
_OFTEN = 8
"""How many rows must be alike before one of them becomes the specimen of all."""
_MOST_KINDS = 4_096
_LONGEST_UNIT = 80
_APART, _ABSENT = -(1 << 62), -(1 << 61)
"""Values in place of an instant: the row is read by itself; there is no time."""
_MINUTE = dt.timedelta(minutes=1)
_SPECIMEN = dt.datetime(2000, 1, 1, tzinfo=UTC)

Ints = NDArray[np.int64]
Key = tuple[str | bool | None, ...]


@attrs.frozen(eq=False)
class Kind:
    """A kind of rows that are alike.

    Attributes:
        specimen: one of them as it was read, with times that are all different.
        columns: for each of its events, the column of its time.
    """

    specimen: RowCase
    columns: tuple[int, ...]


@attrs.frozen(eq=False)
class Block:
    """Rows of an export.

    Attributes:
        kinds: the kinds of rows that are alike.
        kind_of: for each such row, the index of its kind in `kinds`.
        at: for each such row its times, in microseconds since 1970.
        incidents: for each such row the incident's id.
        rows: the number of each such row.
        others: the results of the other rows, in the order of the file.
    """

    kinds: tuple[Kind, ...]
    kind_of: Ints
    at: Ints
    incidents: tuple[str, ...]
    rows: tuple[int, ...]
    others: tuple[RowCase | Rejected, ...]


def read_blocks(
    path: str | Path,
    mapping: Mapped,
    *,
    takes: Callable[[RowCase], bool],
    since: dt.datetime,
) -> Iterator[Block]:
    """Yield the rows of an export, some thousands at a time.

    Args:
        path: the file; see `read_calls`.
        mapping: the meaning of the columns and codes.
        takes: returns whether rows like this one may be judged together.
        since: rows with an earlier time are read by themselves.

    Raises:
        NotFound, UnreadableFile, InvalidMapping, MissingExtra: as `read_calls` does.
        ImportError: the extra `history` is not installed.
    """
    with opened_calls(path, mapping) as (calls, lines):
        blocks = _Blocks(calls, takes, microseconds(since))
        while found := list(itertools.islice(lines, _ROWS)):
            yield blocks.block(found)


def can_be_alike(mapping: Mapped) -> bool:
    """Return whether rows can be read in blocks: each row is an incident, has its times in columns
    of their own and no other events, and no word for nothing could be read as a time.
    """
    c = mapping.columns
    single = mapping.file.one_row_is == "incident" and c.newest is None
    times = any(character.isdigit() for word in mapping.file.missing for character in word)
    return single and not mapping.event and not isinstance(c.received, TimeParts) and not times


@attrs.define
class _Blocks:
    """Sorts rows by kind."""

    calls: Calls
    takes: Callable[[RowCase], bool]
    since: int
    _columns: tuple[tuple[str, str | TimeColumns], ...] = attrs.field(init=False)
    _keys: dict[Key, int] = attrs.field(init=False, factory=dict)
    _kinds: dict[int, Kind | None] = attrs.field(init=False, factory=dict)
    _seen: Counter[int] = attrs.field(init=False, factory=Counter)

    def __attrs_post_init__(self) -> None:
        """Find the columns with times."""
        c = self.calls.reader.mapping.columns
        pairs = ((stage, getattr(c, stage)) for stage in STAGES)
        self._columns = tuple((stage, column) for stage, column in pairs if column is not None)

    def block(self, lines: Sequence[Line]) -> Block:
        """Return the rows as a block."""
        whole = [line for line in lines if not line.problem]
        ids, written = self._incidents(whole)
        at = self._times(whole) if whole else np.zeros((len(self._columns), 0), np.int64)
        patterns, apart = self._patterns(at)
        keys = np.array(self._coded(whole), np.int64)
        apart |= (keys < 0) | np.array([one is None for one in ids], np.bool_)
        kinds = np.where(apart, -1, keys * 3 ** len(self._columns) + patterns)
        kind_of, known = self._kinds_of(kinds, whole)
        return self._made(lines, whole, ids, written, at, kind_of, known)

    def _made(
        self,
        lines: Sequence[Line],
        whole: Sequence[Line],
        ids: Sequence[str | None],
        written: Sequence[str],
        at: Ints,
        kind_of: Ints,
        known: tuple[Kind, ...],
    ) -> Block:
        """Put the block together: the rows that are alike, and the results of the others."""
        alike = {line.number: place for place, line in enumerate(whole) if kind_of[place] >= 0}
        others = {line.number: self.calls.alone(line) for line in lines if line.number not in alike}
        used = [
            (written[alike[n]] if n in alike else self.calls.reader.incident(line), n)
            for line in lines
            if (n := line.number) in alike or isinstance(others[n], RowCase)
        ]
        if not self.calls.gathered.all_new(used):
            by_number = {line.number: line for line in lines}
            for incident, number in used:
                first = self.calls.gathered.first(incident, number)
                if first != number:
                    others[number] = rejected_again(by_number[number], first)
                    alike.pop(number, None)
        places = np.array(list(alike.values()), np.int64)
        return Block(
            kinds=known,
            kind_of=kind_of[places],
            at=at[:, places].T,
            incidents=tuple(one for place in alike.values() if (one := ids[place]) is not None),
            rows=tuple(alike),
            others=tuple(others[number] for number in sorted(others)),
        )

    # --- columns ---

    def _incidents(self, lines: Sequence[Line]) -> tuple[list[str | None], list[str]]:
        """Return the id of each row's incident, None if it is not usable, and its text."""
        reader, ids, written = self.calls.reader, list[str | None](), list[str]()
        column, prefix = reader.mapping.columns.incident, reader.mapping.defaults.incident_prefix
        for line in lines:
            text = reader.cell(line, column) if column else f"{prefix}-{line.number}"
            written.append(text)
            try:
                ids.append(id_of(text) if text else None)
            except ValueError:
                ids.append(None)
        return ids, written

    def _times(self, lines: Sequence[Line]) -> Ints:
        """Return by column the instant of each row, or the value that stands for none."""
        found = []
        for _, column in self._columns:
            texts = self._texts(lines, column)
            instants = self.calls.reader.clock.column(texts)
            found.append(
                [
                    one if one is not None else self._time(line, text, column) if text else _ABSENT
                    for line, text, one in zip(lines, texts, instants, strict=True)
                ]
            )
        return np.array(found, np.int64)

    def _texts(self, lines: Sequence[Line], column: str | TimeColumns) -> list[str]:
        """Return the cells of a column, or of two, as they are."""
        cells, places = [line.cells for line in lines], self.calls.reader.places
        if isinstance(column, str):
            place = places[column]
            return [one[place] for one in cells]
        day, hour = places[column.date], places[column.time]
        return [f"{one[day]} {one[hour]}" for one in cells]

    def _time(self, line: Line, text: str, column: str | TimeColumns) -> int:
        """Read one time in full, unless both its halves became known meanwhile."""
        reader = self.calls.reader
        (known,) = reader.clock.column((text,))
        if known is not None:
            return known
        try:
            if not reader.written(line, column):
                return _ABSENT
            time = reader.read_time(line, column)
        except Unusable:
            return _APART
        if time is None or time.approximate or time.latest != time.at:
            return _APART
        return microseconds(time.at)

    def _patterns(self, at: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Return which times each row has and which are equal, and whether the row is read by
        itself because a time is not exact, goes backwards, or is too early.
        """
        rows = at.shape[1]
        pattern, before = np.zeros(rows, np.int64), np.full(rows, _ABSENT)
        apart = np.zeros(rows, np.bool_)
        for column in at:
            here = column > _ABSENT
            apart |= (column == _APART) | (here & ((column < before) | (column < self.since)))
            pattern = pattern * 3 + here + (here & (column == before))
            before = np.where(here, column, before)
        return pattern, apart

    def _coded(self, lines: Sequence[Line]) -> list[int]:
        """Return a number for the codes of each row; -1 if the row is read by itself."""
        reader = self.calls.reader
        c, columns = reader.mapping.columns, list[list[str | bool | None]]()
        for field in ("nature", "source", "disposition"):
            for column in several(getattr(c, field)):
                columns.append(self._keyed(lines, column, _Code(self.calls, field, column)))
        if c.unit:
            columns.append(self._keyed(lines, c.unit, self._unit))
        columns += [self._keyed(lines, column, self._kept) for column in c.keep]
        return [
            -1 if False in key else self._keys.setdefault(key, len(self._keys))
            for key in zip(*columns, strict=True)
        ]

    def _keyed(
        self, lines: Sequence[Line], column: str, say: Callable[[str], str | bool | None]
    ) -> list[str | bool | None]:
        """Return the value of a cell of each row; False if the row is read by itself."""
        texts = self._texts(lines, column)
        known = {text: say(text.strip()) for text in set(texts)}
        return [known[text] for text in texts]

    def _unit(self, text: str) -> str | bool | None:
        if self.calls.reader.says_nothing(text):
            return None
        if not is_code(text) or len(text) > _LONGEST_UNIT or looks_personal(text):
            return False
        return self.calls.history.roles.find(id_of(text)) or ""

    def _kept(self, text: str) -> bool | None:
        """Return nothing, because a local code that is only kept means nothing to a program."""
        kept = is_code(text) and not looks_personal(text)
        return None if self.calls.reader.says_nothing(text) or kept else False

    # --- kinds ---

    def _kinds_of(self, kinds: Ints, lines: Sequence[Line]) -> tuple[Ints, tuple[Kind, ...]]:
        """Return the index of each row's known kind; -1 if it has none."""
        numbers, first, where, counts = np.unique(
            kinds, return_index=True, return_inverse=True, return_counts=True
        )
        known: list[Kind] = []
        places = np.full(len(numbers), -1)
        rows = zip(numbers.tolist(), first.tolist(), counts.tolist(), strict=True)
        for i, (number, row, count) in enumerate(rows):
            kind = None if number < 0 else self._kind(number, lines[row], count)
            if kind is not None:
                places[i] = len(known)
                known.append(kind)
        return places[where], tuple(known)

    def _kind(self, number: int, line: Line, count: int) -> Kind | None:
        """Return the kind of some rows, if enough are alike and they may be judged together."""
        if number not in self._kinds:
            self._seen[number] += count
            if self._seen[number] < _OFTEN or len(self._kinds) >= _MOST_KINDS:
                return None
            kind = self._specimen(line, number % 3 ** len(self._columns))
            self._kinds[number] = kind if kind and self.takes(kind.specimen) else None
        return self._kinds[number]

    def _specimen(self, line: Line, pattern: int) -> Kind | None:
        """Read a row in full, with a different time for each different time of its own, so that
        each event shows the column of its time.
        """
        digits = [pattern // 3**i % 3 for i in reversed(range(len(self._columns)))]
        at, times, column_of = _SPECIMEN, dict[str, Time](), dict[dt.datetime, int]()
        for place, ((stage, _), digit) in enumerate(zip(self._columns, digits, strict=True)):
            at += _MINUTE * (digit == 1)
            if digit:
                times[stage] = Time(at, at)
                column_of.setdefault(at, place)
        try:
            row = attrs.evolve(self.calls.reader.row(line), times=times)
            events, faults = self.calls.history.events([row])
        except (Unusable, ValueError):
            return None
        specimen = RowCase(
            row=line.number, incident=id_of(row.incident), events=events, faults=faults
        )
        return Kind(specimen, tuple(column_of[event.at] for event in events))


@attrs.frozen
class _Code:
    """The meaning of a code of a row."""

    calls: Calls
    field: str
    column: str

    def __call__(self, text: str) -> str | bool | None:
        """Return the meaning; False if the row is read by itself."""
        try:
            said = self.calls.reader.said(self.field, self.column, text)
        except Unusable:
            return False
        return said if said is None or (is_code(text) and not looks_personal(text)) else False
