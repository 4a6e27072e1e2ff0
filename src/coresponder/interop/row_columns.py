"""Read rows of an export as columns: a number for their codes, and whole microseconds for their
times. A row with anything unusual is marked to be read by itself, as `read_calls` reads it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from coresponder.domain.types import is_code
from coresponder.interop.cad import Calls
from coresponder.interop.happened import person_of
from coresponder.interop.instants import microseconds
from coresponder.interop.mapped_columns import TimeColumns, TimeParts
from coresponder.interop.mapping import CANCELS, NO_VALUE, STAGES, Mapped
from coresponder.interop.rows import several
from coresponder.interop.sheet import Line
from coresponder.interop.times import Unusable, columns_of

__all__ = ["ABSENT", "Ints", "RowColumns", "Said", "can_be_columns"]

APART, ABSENT = -(1 << 62), -(1 << 61)
"""Values in place of an instant: the row is read by itself; there is no time."""
_LONGEST_UNIT = 80
_SECOND = re.compile(r"\.\d+$")
"""The end of the name of a further member of a team."""

Ints = NDArray[np.int64]
_Cell = str | bool | None


def can_be_columns(mapping: Mapped) -> bool:
    """Return whether rows can be read as columns: they have their times in columns of their own, and
    no word for nothing could be read as a time.
    """
    times = any(character.isdigit() for word in mapping.file.missing for character in word)
    return not (times or isinstance(mapping.columns.received, TimeParts))


@attrs.frozen
class Said:
    """The meaning of the codes of a row. `role` is that of its unit; empty for the mapping's own."""

    nature: str | None = None
    source: str | None = None
    disposition: str | None = None
    status: str | None = None
    role: str | None = None


@attrs.frozen(eq=False)
class RowsRead:
    """Rows as columns.

    Attributes:
        codes: for each row the index of its meaning in `RowColumns.said`; -1 if the row is read by
            itself.
        units: the unit of each row.
        at: for each row its times by stage, in microseconds since 1970, or `ABSENT`.
    """

    codes: Ints
    units: tuple[str | None, ...]
    at: Ints


@attrs.define
class RowColumns:
    """Reads rows as columns.

    Args:
        calls: the reader of their incidents.
        since, until: rows with an earlier or a later time are read by themselves; in microseconds
            since 1970.

    Attributes:
        stages: the stages that a row may have a time of, in their order.
        said: the meanings of codes that rows had so far.
    """

    calls: Calls
    since: int
    until: int
    stages: tuple[str, ...] = attrs.field(init=False)
    said: list[Said] = attrs.field(init=False, factory=list)
    _by_event: bool = attrs.field(init=False)
    _known: dict[tuple[_Cell, ...], int] = attrs.field(init=False, factory=dict)
    _columns: tuple[tuple[int, str | TimeColumns], ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Find the columns with times."""
        mapping = self.calls.reader.mapping
        named = {stage: getattr(mapping.columns, stage) for stage in STAGES}
        self._by_event = mapping.file.one_row_is == "event"
        self.stages = tuple(stage for stage in STAGES if self._by_event or named[stage] is not None)
        self._columns = tuple(
            (place, column)
            for place, stage in enumerate(self.stages)
            if (column := named[stage]) is not None
        )
        if self._by_event:
            self.stages = (*self.stages, CANCELS)

    def read(self, lines: Sequence[Line]) -> RowsRead:
        """Return rows as columns."""
        codes, units = self._coded(lines), self._units(lines)
        at = np.full((len(lines), len(self.stages)), ABSENT)
        for place, column in self._columns:
            at[:, place] = self._times(lines, column)
        if self._by_event:
            self._put_events(lines, codes, at)
        codes[(at == APART).any(axis=1) | self._unordered(at)] = -1
        codes[[unit is False for unit in units]] = -1
        return RowsRead(codes, tuple(unit if isinstance(unit, str) else None for unit in units), at)

    # --- times ---

    def _put_events(self, lines: Sequence[Line], codes: Ints, at: Ints) -> None:
        """Put the time of each event to the stage that its status says."""
        column = self.calls.reader.mapping.columns.time
        if column is None:
            return
        when = np.array(self._times(lines, column), np.int64)
        for code in set(codes.tolist()) - {-1}:
            status, mine = self.said[code].status, codes == code
            if status in self.stages:
                at[mine, self.stages.index(status)] = np.where(when == ABSENT, APART, when)[mine]

    def _times(self, lines: Sequence[Line], column: str | TimeColumns) -> list[int]:
        """Return the instant of each row, or the value that stands for none."""
        texts = self._texts(lines, column)
        instants = self.calls.reader.clock.column(texts)
        return [
            one if one is not None else self._time(line, text, column) if text else ABSENT
            for line, text, one in zip(lines, texts, instants, strict=True)
        ]

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
        if (known := reader.clock.known(text)) is not None:
            return known
        written = reader.written(line, column)
        if not written:
            return ABSENT
        try:
            time = reader.clock.time(written, "")
        except Unusable:
            return APART
        if time is None or time.approximate or time.latest != time.at:
            return APART
        return microseconds(time.at)

    def _unordered(self, at: Ints) -> NDArray[np.bool_]:
        """Return the rows of which a time is before the one before it, too early or too late."""
        found, before = np.zeros(len(at), np.bool_), np.full(len(at), ABSENT)
        for column, stage in zip(at.T, self.stages, strict=True):
            here = column > ABSENT
            found |= here & ((column < self.since) | (column > self.until))
            if stage != CANCELS:
                found |= here & (column < before)
                before = np.where(here, column, before)
        return found

    # --- codes ---

    def _coded(self, lines: Sequence[Line]) -> Ints:
        """Return for each row the index of its meaning; -1 if it is read by itself."""
        c = self.calls.reader.mapping.columns
        fields = ("nature", "source", "disposition", *(("status",) if self._by_event else ()))
        named = [(field, column) for field in fields for column in several(getattr(c, field))]
        columns = [self._keyed(lines, one, _Code(self.calls, field, one)) for field, one in named]
        of = [field for field, _ in named]
        if c.unit:
            columns.append(self._keyed(lines, c.unit, self._role))
            of.append("role")
        kept = (*c.keep, *self.calls.reader.beside)
        columns += [self._keyed(lines, column, self._kept) for column in kept]
        columns += [self._keyed(lines, column, say) for column, say in self._further()]
        return np.array([self._index(key, of) for key in zip(*columns, strict=True)], np.int64)

    def _further(self) -> Iterator[tuple[str, Callable[[str], _Cell]]]:
        """Yield each column that may report a further event, and what its text says: False if there
        is one, so that the row is read by itself.
        """
        mapping = self.calls.reader.mapping
        for column in dict.fromkeys(one.column for one in mapping.event if one.column):
            yield column, functools.partial(self._no_event, column)
        for one in mapping.event:
            if one.column is None and one.at is not None:
                yield next(columns_of(one.at)), self._nothing
        if mapping.event and mapping.columns.person:
            yield mapping.columns.person, self._person

    def _no_event(self, column: str, text: str) -> _Cell:
        reader = self.calls.reader
        said = "" if reader.says_nothing(text) else text
        return None if reader.happenings.says_none(column, said) else False

    def _nothing(self, text: str) -> _Cell:
        return None if self.calls.reader.says_nothing(text) else False

    def _person(self, text: str) -> _Cell:
        """Return nothing, because a person without an event is in no history; False for no id."""
        try:
            person_of("" if self.calls.reader.says_nothing(text) else text, "", "")
        except Unusable:
            return False
        return None

    def _index(self, key: tuple[_Cell, ...], of: Sequence[str]) -> int:
        """Return the index of a meaning, which is a new one if no row had it before."""
        if key not in self._known:
            self._known[key] = -1 if False in key else len(self.said)
            if False not in key:
                self.said.append(self._meaning(key, of))
        return self._known[key]

    def _meaning(self, key: tuple[_Cell, ...], of: Sequence[str]) -> Said:
        own = self.calls.reader.mapping.own_words
        found = dict[str, str]()
        for field, value in zip(of, key, strict=False):
            if isinstance(value, str) and value != NO_VALUE and (value or field == "role"):
                found.setdefault(field, own.get(field, {}).get(value, value))
        return Said(**found)

    def _keyed(
        self, lines: Sequence[Line], column: str, say: Callable[[str], _Cell]
    ) -> list[_Cell]:
        """Return the value of a cell of each row; False if the row is read by itself."""
        texts = self._texts(lines, column)
        known = {text: say(text.strip()) for text in set(texts)}
        return [known[text] for text in texts]

    def _units(self, lines: Sequence[Line]) -> list[_Cell]:
        """Return the unit of each row; False if the row is read by itself."""
        column = self.calls.reader.mapping.columns.unit
        return self._keyed(lines, column, self._unit) if column else [None] * len(lines)

    def _unit(self, text: str) -> _Cell:
        """Return the id of a unit, unless it could be that of a member without a unit."""
        if self.calls.reader.says_nothing(text):
            return None
        if len(text) > _LONGEST_UNIT or not _may_be_kept(text, self.calls):
            return False
        mapping = self.calls.reader.mapping
        unit, team = mapping.id_of(text), mapping.team
        twice = len(team.roles) > 1 and _SECOND.search(unit)
        return False if twice or unit == team.unit else unit

    def _role(self, text: str) -> _Cell:
        """Return the role of the members of a unit."""
        unit = self._unit(text)
        return self.calls.history.roles.find(unit) or "" if isinstance(unit, str) else unit

    def _kept(self, text: str) -> _Cell:
        """Return nothing, because a local code that is only kept means nothing to a program."""
        nothing = self.calls.reader.says_nothing(text)
        return None if nothing or _may_be_kept(text, self.calls) else False


@attrs.frozen
class _Code:
    """The meaning of a code of a row."""

    calls: Calls
    field: str
    column: str

    def __call__(self, text: str) -> _Cell:
        """Return the meaning; False if the row is read by itself."""
        try:
            said = self.calls.reader.said(self.field, self.column, text)
        except Unusable:
            return False
        return said if said is None or _may_be_kept(text, self.calls) else False


def _may_be_kept(text: str, calls: Calls) -> bool:
    """Return whether a text can be a code of the log."""
    return is_code(text) and not calls.reader.mapping.personal(text)
