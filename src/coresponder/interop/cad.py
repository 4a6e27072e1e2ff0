"""Read calls from CAD exports: all rows of an incident become a history of events, or all are
rejected with a reason. Nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs

from coresponder.domain.events import Event
from coresponder.domain.personal import NAMES_PERSON, looks_personal, texts_in
from coresponder.domain.scores import score_fault
from coresponder.interop.histories import History
from coresponder.interop.joined import Gathered, gathering
from coresponder.interop.mapping import Mapped
from coresponder.interop.rows import LeftOut, Row, RowReader, named_columns
from coresponder.interop.sheet import Line, open_sheet
from coresponder.interop.times import Clock, Unusable

__all__ = ["Calls", "Rejected", "RowCase", "opened_calls", "read_calls"]

_GATHERED = 4_096
"""How many rows are gathered at once."""


@attrs.frozen(kw_only=True)
class RowCase:
    """An incident whose rows can be used: its id, its events with their local codes, and the faults
    of the rows. `row` is the first of `rows`; `cells` has each row as it was read.
    """

    row: int
    incident: str
    events: tuple[Event, ...]
    faults: tuple[str, ...] = ()
    rows: tuple[int, ...] = attrs.field(
        default=attrs.Factory(lambda self: (self.row,), takes_self=True)
    )
    cells: tuple[tuple[str, ...], ...] = attrs.field(default=(), repr=False)


@attrs.frozen(kw_only=True)
class Rejected:
    """A row that cannot be used, with the reason. `values` is the row as it was read; `times` are the
    places of the cells that have its times.
    """

    row: int
    reason: str
    values: tuple[str, ...]
    times: frozenset[int] = attrs.field(default=frozenset(), eq=False, repr=False)


def read_calls(path: str | Path, mapping: Mapped) -> Iterator[RowCase | Rejected]:
    """Yield a result for each incident, and one for each row that cannot be used. Memory does not
    grow with the rows.

    Args:
        path: the file: CSV, plain or gzipped; with the extra `history` also Parquet or a
            spreadsheet. One row names the columns; rows above it are a title.
        mapping: the meaning of the columns and codes.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: the file is empty, truncated, or in another encoding.
        InvalidMapping: a column that the mapping names is not in the file, or is there twice; or
            several sheets have rows and the mapping names none.
        MissingExtra: the file is Parquet or a spreadsheet, and `history` is not installed.
    """
    with opened_calls(path, mapping) as (calls, lines):
        if calls.one_each:
            yield from calls.one_by_one(lines)
        else:
            yield from calls.joined(lines)


@contextmanager
def opened_calls(path: str | Path, mapping: Mapped) -> Iterator[tuple[Calls, Iterator[Line]]]:
    """Open an export; yield the reader of its incidents, and its rows."""
    file = mapping.file
    wanted = list(dict.fromkeys(named_columns(mapping)))
    with (
        open_sheet(
            path, wanted, encoding=file.encoding, delimiter=file.delimiter, sheet=file.sheet
        ) as sheet,
        gathering() as gathered,
    ):
        saved = dt.datetime.fromtimestamp(Path(path).stat().st_mtime, mapping.zone)
        clock = Clock(mapping, saved.date(), sheet.kind)
        reader = RowReader(mapping, sheet.columns, clock)
        yield Calls(reader, History.of(mapping), gathered), sheet.lines


def _check_values(events: Iterable[Event], mapping: Mapped) -> None:
    """Refuse a history with a value that does not belong in the log, or a score off its scale."""
    for event in events:
        if fault := score_fault(event):
            raise Unusable(f"unusable value: {fault}")
        for field, text in texts_in(event):
            found = looks_personal(text) if field in NAMES_PERSON else mapping.personal(text)
            if found:
                raise Unusable(
                    f"personal value: {field} of {type(event).__name__} looks like {found}; export"
                    " the number that your records have for it"
                )


@attrs.define
class Calls:
    """Makes incidents from rows."""

    reader: RowReader
    history: History
    gathered: Gathered

    @property
    def one_each(self) -> bool:
        """Whether each row is an incident."""
        mapping = self.reader.mapping
        return mapping.file.one_row_is == "incident" and mapping.columns.newest is None

    def rejected(self, line: Line, reason: object) -> Rejected:
        """Reject a row."""
        values, times = tuple(line.cells), frozenset() if line.problem else self.reader.times
        return Rejected(row=line.number, reason=str(reason), values=values, times=times)

    def rejected_again(self, line: Line, first: int) -> Rejected:
        """Reject a row because an earlier one has the same incident."""
        return self.rejected(
            line,
            f"incident again: row {first} has the same number; say in the mapping what a row is"
            " (one_row_is), or which row is newest (newest)",
        )

    def one_by_one(self, lines: Iterator[Line]) -> Iterator[RowCase | Rejected]:
        """Make an incident from each row, in the order of the file."""
        for line in lines:
            found = self.alone(line)
            if isinstance(found, RowCase):
                found = self.again(found, line) or found
            yield found

    def alone(self, line: Line) -> RowCase | Rejected:
        """Make an incident from a row without regard to the other rows."""
        try:
            return self._case([self._row(line)], [line])
        except Unusable as reason:
            return self.rejected(line, reason)

    def again(self, case: RowCase, line: Line) -> Rejected | None:
        """Reject a row if an earlier one had the same incident."""
        first = self.gathered.first(self.reader.incident(line), line.number)
        return None if first == case.row else self.rejected_again(line, first)

    def joined(self, lines: Iterator[Line]) -> Iterator[RowCase | Rejected]:
        """Make an incident from all its rows, wherever they are in the file."""
        yield from self.gather(lines)
        for found in self.gathered.incidents():
            yield from self.incident(found)

    def gather(self, lines: Iterator[Line]) -> Iterator[Rejected]:
        """Gather all rows by their incident; yield those that have no usable one."""
        while some := list(itertools.islice(lines, _GATHERED)):
            usable = list[tuple[str, Line]]()
            for line in some:
                try:
                    if line.problem:
                        raise Unusable(line.problem)  # noqa: TRY301 - handled like every other reason
                    usable.append((self.reader.incident(line), line))
                except Unusable as reason:
                    yield self.rejected(line, reason)
            self.gathered.keep(usable)

    def incident(self, lines: Sequence[Line]) -> Iterator[RowCase | Rejected]:
        """Use all rows of an incident or none, because half a history would be judged as a whole
        one.
        """
        rows: dict[int, Row] = {}
        newest, replaced, wrong = self.newest(lines)
        for line in newest:
            try:
                rows[line.number] = self._row(line)
            except LeftOut as reason:
                yield self.rejected(line, reason)
            except Unusable as reason:
                wrong[line.number] = str(reason)
        yield from replaced
        kept = {line.number: line for line in lines}
        try:
            case = (
                self._case(list(rows.values()), [kept[n] for n in rows])
                if rows and not wrong
                else None
            )
        except Unusable as reason:
            wrong, case = dict.fromkeys(rows, str(reason)), None
        if case is not None:
            yield case
            return
        for number in sorted(rows.keys() | wrong.keys()):
            other = f"another row of the incident cannot be used: row {min(wrong)}"
            yield self.rejected(kept[number], wrong.get(number, other))

    def newest(
        self, lines: Sequence[Line]
    ) -> tuple[Sequence[Line], Sequence[Rejected], dict[int, str]]:
        """Return the rows that count, the rows that newer ones replace, and by its number what is
        wrong with a row of which it cannot be said.
        """
        if self.reader.mapping.columns.newest is None:
            return lines, (), {}
        found, wrong = dict[tuple[str, ...], tuple[float, Line]](), dict[int, str]()
        for line in lines:
            try:
                newness, key = self.reader.newness(line), self.reader.key(line)
            except Unusable as reason:
                wrong[line.number] = str(reason)
                continue
            if key not in found or found[key][0] <= newness:
                found[key] = newness, line
        newest = sorted((line for _, line in found.values()), key=lambda line: line.number)
        count = {line.number for line in newest} | wrong.keys()
        why = "replaced by a newer row: the mapping says which it is"
        return newest, [self.rejected(one, why) for one in lines if one.number not in count], wrong

    def _row(self, line: Line) -> Row:
        if line.problem:
            raise Unusable(line.problem)
        try:
            return self.reader.row(line)
        except ValueError as error:  # an event does not accept a value
            raise Unusable(f"unusable value: {error}") from None

    def _case(self, rows: Sequence[Row], lines: Sequence[Line]) -> RowCase:
        try:
            events, faults = self.history.events(rows)
        except ValueError as error:
            raise Unusable(f"unusable value: {error}") from None
        _check_values(events, self.reader.mapping)
        return RowCase(
            row=rows[0].number,
            incident=self.history.id(rows[0]),
            events=events,
            faults=faults,
            rows=tuple(row.number for row in rows),
            cells=tuple(tuple(line.cells) for line in lines),
        )
