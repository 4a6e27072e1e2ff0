"""Read one row of an export as its mapping says. Nothing is guessed."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping

import attrs

from coresponder.domain.objects import LocalCode
from coresponder.domain.personal import quoted
from coresponder.domain.types import is_code
from coresponder.interop.codes import Codes
from coresponder.interop.happened import (
    WAY,
    Happened,
    Happenings,
    columns_of_events,
    person_of,
    times_of,
)
from coresponder.interop.mapped_columns import AnyTime, TimeColumns, TimeParts
from coresponder.interop.mapping import CANCELS, LEAVE_OUT, NO_VALUE, NOTHING, STAGES, Mapped
from coresponder.interop.sheet import Line, title_of
from coresponder.interop.times import Clock, Time, Unusable, columns_of, text_of
from coresponder.outputs import described

__all__ = ["LeftOut", "Row", "RowReader", "named_columns", "several"]

_LONGEST = 80
_NIGHT = dt.timedelta(hours=12)
"""How long after the time before a time after midnight may be."""
_MOST_CODES, _LONGEST_CODES = 4_096, 200
"""How many codes, and of how many characters, are remembered."""
_Coded = tuple[tuple[LocalCode, ...], str | None, tuple[str, ...]]
"""The local codes of some cells, their standard value, and what is wrong with them."""


class LeftOut(Unusable):
    """The code because of which a row is left out."""


@attrs.frozen(kw_only=True)
class Row:
    """One row as it was read. Nature, source and disposition are standard values."""

    number: int
    incident: str
    unit: str | None
    times: Mapping[str, Time]
    nature: str | None
    source: str | None
    disposition: str | None
    cancelled: bool
    local: tuple[LocalCode, ...]
    ended: tuple[LocalCode, ...]
    happened: tuple[Happened, ...]
    faults: tuple[str, ...]


def named_columns(mapping: Mapped) -> Iterator[str]:
    """Yield each column that a mapping names."""
    c = mapping.columns
    yield from _columns_of_times(mapping)
    yield from (one for one in (c.incident, c.unit, c.status, c.newest, c.source, c.person) if one)
    yield from several(c.nature)
    yield from several(c.disposition)
    yield from c.keep
    yield from columns_of_events(mapping.event)


def _columns_of_times(mapping: Mapped) -> Iterator[str]:
    for stage in (*STAGES, "time"):
        yield from columns_of(getattr(mapping.columns, stage))
    for event in mapping.event:
        yield from columns_of(event.at)


def several(columns: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the columns of a field that has one or several."""
    return (columns,) if isinstance(columns, str) else columns or ()


@attrs.define
class RowReader:
    """Reads the rows of one file.

    Args:
        mapping: the meaning of its columns and codes.
        columns: the index of each column.
        clock: the reader of its times.

    Attributes:
        places: the index of each column that the mapping names, by its name in the mapping.
        times: the indexes of the columns with times.
        happenings: the reader of the further events of a row.
        beside: the columns of their codes that no other table of codes reads.
    """

    mapping: Mapped
    columns: Mapping[str, int]
    clock: Clock
    _nothing: frozenset[str] = attrs.field(init=False)
    places: dict[str, int] = attrs.field(init=False)
    times: frozenset[int] = attrs.field(init=False)
    _codes: dict[str, Codes] = attrs.field(init=False)
    happenings: Happenings = attrs.field(init=False)
    beside: tuple[str, ...] = attrs.field(init=False)
    _coded: dict[tuple[str, tuple[str, ...]], _Coded] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """Work out what is the same for every row."""
        words = (*NOTHING, *self.mapping.file.missing)
        self._nothing = frozenset(word.casefold().strip() for word in words)
        self.places = {one: self.columns[title_of(one)] for one in named_columns(self.mapping)}
        named = {*_columns_of_times(self.mapping), self.mapping.columns.newest}
        self.times = frozenset(self.places[one] for one in named if one)
        tables = ("nature", "disposition", "source", "status")
        self._codes = {name: Codes(getattr(self.mapping, name)) for name in tables}
        of = {
            column: self._codes[name]
            for name in tables
            for column in several(getattr(self.mapping.columns, name))
        }
        self.happenings = Happenings(self.mapping.event, of)
        told = dict.fromkeys(one.column for one in self.mapping.event if one.column)
        self.beside = tuple(name for name in told if name not in of)

    def cell(self, line: Line, column: str) -> str:
        """Return the text of a cell; empty if it is a word for nothing."""
        text = line.cells[self.places[column]].strip()
        return "" if self.says_nothing(text) else text

    def says_nothing(self, text: str) -> bool:
        """Return whether a text is one of the words for nothing."""
        folded = text.casefold()
        return folded in self._nothing or folded.startswith("0000-00-00")

    def incident(self, line: Line) -> str:
        """Return the incident's number as it is written; raise `Unusable`."""
        return self.named(line)[0]

    def named(self, line: Line) -> tuple[str, str]:
        """Return the incident's number as it is written, and its id; raise `Unusable`."""
        column = self.mapping.columns.incident
        if column is None:
            number = f"{self.mapping.defaults.incident_prefix}-{line.number}"
            return number, self.mapping.id_of(number)
        found = self.cell(line, column)
        if not found:
            raise Unusable(f"no incident number: {column} is empty")
        try:
            return found, self.mapping.id_of(found)
        except ValueError as error:
            raise Unusable(f"unusable incident number: {column}: {error}") from None

    def key(self, line: Line) -> tuple[str, ...]:
        """Return a value that is equal for rows of which only the newest counts."""
        c, kind = self.mapping.columns, self.mapping.file.one_row_is
        parts = {"incident": (), "unit": (c.unit,), "event": (c.unit, c.status)}[kind]
        return tuple(self.cell(line, part) for part in parts if part)

    def newness(self, line: Line) -> float:
        """Return a number that is higher for a newer row: its version, or its time."""
        column = self.mapping.columns.newest or ""
        text = self.cell(line, column)
        try:
            found = self.clock.time(text, column)
        except Unusable:
            found = None
        try:
            return found.at.timestamp() if found else float(text)
        except ValueError:
            raise Unusable(
                f"unreadable version: {column} = {quoted(text)} is neither a number nor a time"
            ) from None

    def row(self, line: Line) -> Row:
        """Return the row as it was read; raise `Unusable`."""
        faults: list[str] = []
        c = self.mapping.columns
        incident = self.incident(line)
        unit = self.cell(line, c.unit) if c.unit else ""
        local = [*self._number(c.incident, incident), *(self._number(c.unit, unit) if unit else ())]
        natures, nature = self._code(line, "nature", c.nature, faults)
        sources, source = self._code(line, "source", c.source, faults)
        ended, disposition = self._code(line, "disposition", c.disposition, faults)
        statuses, status = self._status(line, faults)
        happened = tuple(self._happened(line, incident, faults))
        kept = [
            one
            for name in (*c.keep, *self.beside)
            for one in self._local(name, self.cell(line, name), faults)
        ]
        times = self._times(line, faults, status)
        self._in_order({**times, **times_of(happened)}, ("received", "arrived", *WAY), faults)
        return Row(
            number=line.number,
            incident=incident,
            unit=self.mapping.id_of(unit) if unit else None,
            times=self._in_order(times, STAGES, faults),
            nature=nature,
            source=source,
            disposition=disposition,
            cancelled=CANCELS in {disposition, status},
            local=(*local, *natures, *sources, *statuses, *kept),
            ended=ended,
            happened=happened,
            faults=tuple(faults),
        )

    # --- codes ---

    def _code(
        self, line: Line, field: str, columns: str | tuple[str, ...] | None, faults: list[str]
    ) -> tuple[tuple[LocalCode, ...], str | None]:
        """Return every local code as it was, with the program's own word that it means, and the
        standard value of the first one that has one. The same cells are read once for a file.
        """
        texts = tuple(line.cells[self.places[column]].strip() for column in several(columns))
        known = self._coded.get((field, texts))
        if known is None:
            known = self._read_codes(field, tuple(zip(several(columns), texts, strict=True)))
            if len(self._coded) < _MOST_CODES and len("".join(texts)) <= _LONGEST_CODES:
                self._coded[field, texts] = known
        local, found, noted = known
        faults += noted
        return local, found

    def _read_codes(self, field: str, cells: tuple[tuple[str, str], ...]) -> _Coded:
        found, local, faults = None, list[LocalCode](), list[str]()
        own = self.mapping.own_words.get(field, {})
        for column, text in cells:
            value = self.said(field, column, text)
            if value is None:
                continue
            local += self._local(column, text, faults)
            if not value:
                faults.append(f"{field}: a code that the mapping does not name")
            if value != NO_VALUE and (standard := own.get(value)):
                local.append(LocalCode(field=field, code=value))
                value = standard
            found = found or (None if value in {NO_VALUE, ""} else value)
        return tuple(local), found, tuple(faults)

    def said(self, field: str, column: str, text: str) -> str | None:
        """Return the meaning of a code: a standard value, an own word, `none`, or an empty text if
        the mapping has a default for unknown codes. Return None if there is no code. Raise
        `Unusable`.
        """
        codes = self._codes[field]
        if not text or (self.says_nothing(text) and text not in codes):
            return None
        value = codes.find(text)
        if value is None and field == "status" and self.happenings.knows(column, text):
            value = NO_VALUE
        if value == LEAVE_OUT:
            raise LeftOut(f"left out: {column} = {quoted(text)}, as the mapping says")
        if value is None and getattr(self.mapping.defaults, field, None) is None:
            raise Unusable(
                f"unknown {field} code: {column} = {quoted(text)}; add it to the mapping under"
                f" [{field}] ({NO_VALUE!r} if it says nothing)"
            )
        return value or ""

    def _status(self, line: Line, faults: list[str]) -> tuple[tuple[LocalCode, ...], str | None]:
        if self.mapping.file.one_row_is != "event":
            return (), None
        local, status = self._code(line, "status", self.mapping.columns.status, faults)
        return (() if status else local), status

    # --- times ---

    def _times(self, line: Line, faults: list[str], status: str | None) -> dict[str, Time]:
        """Return the time of each stage; if a row is an event, only the time of that event."""
        c, times = self.mapping.columns, dict[str, Time]()
        for stage in STAGES:
            column = getattr(c, stage)
            if column is not None and (found := self._time(line, column, stage, faults)):
                times[stage] = self._past_midnight(found, column, times)
        if status and c.time is not None:
            found = self._time(line, c.time, status, faults)
            if found is None:
                raise Unusable(f"no time of the event: {' and '.join(columns_of(c.time))}")
            times[status] = found
        return times

    def _past_midnight(self, found: Time, column: AnyTime, times: Mapping[str, Time]) -> Time:
        """Return a time whose day is that of the call on the next day, if it was after midnight."""
        received = self.mapping.columns.received
        if not (self.mapping.file.past_midnight and times and isinstance(column, TimeColumns)):
            return found
        before = max(time.at for time in times.values())
        shared = isinstance(received, TimeColumns) and column.date == received.date
        if not shared or found.latest >= before:
            return found
        later = self.clock.next_day(found, column.time)
        return later if later.at - before <= _NIGHT else found

    def _time(
        self, line: Line, column: str | TimeColumns | TimeParts, stage: str, faults: list[str]
    ) -> Time | None:
        if isinstance(column, TimeParts):
            return self.clock.parts(lambda name: self.cell(line, name), column)
        found = self.read_time(line, column)
        if found is None:
            empty = not self.written(line, column)
            faults.append(f"{stage}: {'missing' if empty else 'placeholder'}")
        return found

    def written(self, line: Line, column: str | TimeColumns) -> str:
        """Return a time as it is written; empty if it is a word for nothing."""
        if isinstance(column, TimeColumns):
            return text_of(lambda name: self.cell(line, name), column)
        return self.cell(line, column)

    def read_time(self, line: Line, column: str | TimeColumns) -> Time | None:
        """Return a time; None if it is a word for nothing or a placeholder; raise `Unusable`."""
        text = self.written(line, column)
        return self.clock.time(text, " and ".join(columns_of(column))) if text else None

    def _happened(self, line: Line, incident: str, faults: list[str]) -> Iterator[Happened]:
        """Yield the further events of the row."""
        if not self.mapping.event:
            return
        c = self.mapping.columns
        written = self.cell(line, c.person) if c.person else ""
        yield from self.happenings.of(
            lambda name: self.cell(line, name),
            lambda time: self.read_time(line, time),
            person_of(written, c.person, self.mapping.id_of(incident)),
            faults,
        )

    def _in_order(
        self, times: dict[str, Time], order: tuple[str, ...], faults: list[str]
    ) -> dict[str, Time]:
        """Check that times do not go backwards. An approximate time is moved after the one before,
        if it may have been then.
        """
        known = [stage for stage in order if stage in times]
        wrong = []
        for earlier, later in itertools.pairwise(known):
            before, found = times[earlier], times[later]
            if found.at < before.at <= found.latest:
                times[later] = found._replace(at=before.at)
            elif found.at < before.at:
                wrong.append((earlier, later))
        if wrong and self.mapping.file.out_of_order == "reject":
            said = "; ".join(
                f"{later} {times[later].at:%Y-%m-%d %H:%M} before {earlier}"
                f" {times[earlier].at:%Y-%m-%d %H:%M}"
                for earlier, later in wrong
            )
            raise Unusable(f"times out of order: {said} (UTC)")
        faults += [f"out of order: {later} before {earlier}" for earlier, later in wrong]
        return times

    def _number(self, column: str | None, written: str) -> list[LocalCode]:
        """Return a number that is not an opaque id as a local code, so that it can be exported
        again.
        """
        if column is None or self.mapping.id_of(written) == written:
            return []
        return [LocalCode(field=_field(column), code=written)]

    def _local(self, column: str, text: str, faults: list[str]) -> list[LocalCode]:
        """Return a cell as a local code, if it has one. A text that is not a code is reported and not
        kept, because half a code would be a different code; so is one that looks personal.
        """
        if not text:
            return []
        if found := self.mapping.personal(text):
            faults.append(f"{_field(column)} is not kept: it looks like {found}")
            return []
        if is_code(text):
            return [LocalCode(field=_field(column), code=text)]
        faults.append(
            f"{_field(column)} is not kept: {described(text)} is not a code (one line of 1 to 80"
            " characters)"
        )
        return []


def _field(column: str) -> str:
    """Return a column's name, cut to the length that a field allows."""
    return title_of(column)[:_LONGEST]
