"""Read the incidents of an export in blocks. Among incidents that differ only in their times, their
numbers and the names of their units, one is read in full; of the others, only the times and units
are read.

An incident with anything unusual is read by itself, as `read_calls` reads it: a row of an unusual
shape, a number that is not usable, a time that is not exact or not in order, a code that leaves the
row out.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs
import numpy as np

from coresponder.domain import events as e
from coresponder.domain.types import UTC
from coresponder.interop.cad import Calls, Rejected, RowCase, opened_calls
from coresponder.interop.instants import microseconds
from coresponder.interop.kinds import Kinds, Rows
from coresponder.interop.mapping import Mapped
from coresponder.interop.row_columns import Ints, RowColumns
from coresponder.interop.rows import Row
from coresponder.interop.sheet import Line
from coresponder.interop.times import Time, Unusable

__all__ = ["Alike", "Block", "read_blocks"]

_ROWS = 8_192
"""The number of rows in a block."""
_OFTEN = 4
"""How many incidents must be alike before one of them becomes the specimen of all."""
_MOST_KINDS, _MOST_SEEN = 4_096, 16_384
"""How many kinds are kept, and of how many more the incidents are counted."""
_NEVER = microseconds(dt.datetime.max.replace(tzinfo=UTC))
_MINUTE = dt.timedelta(minutes=1)
_SPECIMEN = dt.datetime(2000, 1, 1, tzinfo=UTC)
_AT_LAST = (e.DispositionRecorded, e.IncidentCancelled)
"""Events that get the last time of all, whatever it is the time of."""

_Placed = tuple[int, Sequence[Line], str | None]
"""The place of an incident in its block, its rows, and its id if it has one."""


@attrs.frozen(eq=False)
class Alike:
    """Incidents of a block that are alike.

    Attributes:
        specimen: one of them as it was read, with times that are all different.
        places: for each its place in the block. incidents: its id.
        at: for each of the specimen's events the time, in microseconds since 1970.
        units: for each of the specimen's events the number of the unit; -1 if it has none.
        order: the specimen's events in the order in which they happened.
    """

    specimen: RowCase
    places: Ints
    incidents: tuple[str, ...]
    at: Ints
    units: Ints
    order: Ints

    def without(self, places: set[int]) -> Alike:
        """Return those at other places."""
        kept = np.array([place not in places for place in self.places.tolist()], np.bool_)
        return Alike(
            specimen=self.specimen,
            places=self.places[kept],
            incidents=tuple(itertools.compress(self.incidents, kept)),
            at=self.at[kept],
            units=self.units[kept],
            order=self.order[kept],
        )


@attrs.frozen(eq=False)
class Block:
    """Incidents of an export.

    Attributes:
        alike: those that are alike, by kind.
        others: the results of the others and of rows that cannot be used, each with its place in
            the block.
    """

    alike: tuple[Alike, ...]
    others: tuple[tuple[int, RowCase | Rejected], ...]


def read_blocks(
    path: str | Path,
    mapping: Mapped,
    *,
    takes: Callable[[RowCase], bool],
    since: dt.datetime,
    until: dt.datetime | None = None,
) -> Iterator[Block]:
    """Yield the incidents of an export, some thousands of rows at a time.

    Args:
        path: the file; see `read_calls`.
        mapping: the meaning of the columns and codes.
        takes: returns whether incidents like this one may be judged together.
        since: incidents with an earlier time are read by themselves.
        until: and so are those with a later time, if it is given.

    Raises:
        NotFound, UnreadableFile, InvalidMapping, MissingExtra: as `read_calls` does.
        ImportError: the extra `history` is not installed.
    """
    with opened_calls(path, mapping) as (calls, lines):
        latest = _NEVER if until is None else microseconds(until)
        blocks = _Blocks(calls, takes, RowColumns(calls, microseconds(since), latest))
        if calls.one_each:
            while some := list(itertools.islice(lines, _ROWS)):
                yield blocks.of_rows(some)
            return
        rejected = calls.gather(lines)
        while unusable := tuple(itertools.islice(rejected, _ROWS)):
            yield Block((), tuple(enumerate(unusable)))
        for incidents in _by_rows(calls.gathered.incidents()):
            yield blocks.of_incidents(incidents)


def _by_rows(incidents: Iterator[Sequence[Line]]) -> Iterator[list[Sequence[Line]]]:
    """Yield incidents, so many at a time that a block has its number of rows."""
    some, rows = list[Sequence[Line]](), 0
    for lines in incidents:
        some.append(lines)
        rows += len(lines)
        if rows >= _ROWS:
            yield some
            some, rows = [], 0
    if some:
        yield some


@attrs.frozen(eq=False)
class _Kind:
    """A kind of incidents.

    Attributes:
        slots: for each event of the specimen the index of its time among those of an incident.
        of_unit: whether it is of a unit.
        types: a number that events of one type share.
    """

    specimen: RowCase
    slots: tuple[int, ...]
    of_unit: tuple[bool, ...]
    types: tuple[int, ...]

    @classmethod
    def of(cls, specimen: RowCase, last: int) -> _Kind:
        """Return the kind of a specimen, given the index of the last time of all."""
        types = [type(one) for one in specimen.events]
        return cls(
            specimen=specimen,
            slots=tuple(
                last if isinstance(one, _AT_LAST) else (one.at - _SPECIMEN) // _MINUTE
                for one in specimen.events
            ),
            of_unit=tuple(hasattr(one, "responder") or hasattr(one, "team") for one in types),
            types=tuple(map(types.index, types)),
        )

    def alike(
        self, places: Ints, incidents: tuple[str, ...], at: Ints, units: Ints, rows: Ints
    ) -> Alike:
        """Return incidents of this kind. What happened at one instant is in the order of the
        specimen, and what is of one type in the order of the rows, as `History` has it.
        """
        at, rows = at[:, self.slots], rows[:, self.slots]
        types = np.broadcast_to(self.types, at.shape)
        return Alike(
            specimen=self.specimen,
            places=places,
            incidents=incidents,
            at=at,
            units=np.where(self.of_unit, units[:, self.slots], -1),
            order=np.lexsort((rows, types, at), axis=-1),
        )


@attrs.define
class _Blocks:
    """Sorts incidents by kind."""

    calls: Calls
    takes: Callable[[RowCase], bool]
    columns: RowColumns
    _sorted: Kinds = attrs.field(init=False)
    _kinds: dict[bytes, _Kind | None] = attrs.field(init=False, factory=dict)
    _seen: Counter[bytes] = attrs.field(init=False, factory=Counter)

    def __attrs_post_init__(self) -> None:
        """Begin without a kind."""
        self._sorted = Kinds(self.columns.stages, self.columns.said)

    def of_rows(self, lines: Sequence[Line]) -> Block:
        """Return rows as a block, each of which is an incident."""
        named = [None if line.problem else self._named(line) for line in lines]
        alike = self._alike(
            [
                (i, (line,), name and name[1])
                for i, (line, name) in enumerate(zip(lines, named, strict=True))
                if not line.problem
            ]
        )
        known = {place for one in alike for place in one.places.tolist()}
        others = {i: self.calls.alone(line) for i, line in enumerate(lines) if i not in known}
        again = self._again(
            [
                (i, line, name[0])
                for i, (line, name) in enumerate(zip(lines, named, strict=True))
                if name and (i in known or isinstance(others[i], RowCase))
            ]
        )
        others |= again
        if gone := again.keys() & known:
            alike = [kept for one in alike if len((kept := one.without(gone)).places)]
        return Block(tuple(alike), tuple(sorted(others.items(), key=lambda pair: pair[0])))

    def _again(self, used: Sequence[tuple[int, Line, str]]) -> dict[int, RowCase | Rejected]:
        """Reject the rows of which an earlier one has the same incident."""
        gathered = self.calls.gathered
        if gathered.all_new([(incident, line.number) for _, line, incident in used]):
            return {}
        firsts = [(i, line, gathered.first(name, line.number)) for i, line, name in used]
        return {i: self.calls.rejected_again(line, n) for i, line, n in firsts if n != line.number}

    def of_incidents(self, incidents: Sequence[Sequence[Line]]) -> Block:
        """Return incidents with all their rows as a block."""
        placed, replaced = list[_Placed](), list[tuple[int, RowCase | Rejected]]()
        for place, lines in enumerate(incidents):
            newest, older, wrong = self.calls.newest(lines)
            if not wrong:
                name = self._named(newest[0])
                placed.append((place, newest, name and name[1]))
                replaced += [(place, one) for one in older]
        alike = self._alike(placed)
        known = {place for one in alike for place in one.places.tolist()}
        others = [(place, one) for place, one in replaced if place in known]
        others += [
            (place, one)
            for place, lines in enumerate(incidents)
            if place not in known
            for one in self.calls.incident(lines)
        ]
        return Block(tuple(alike), tuple(sorted(others, key=lambda pair: pair[0])))

    # --- kinds ---

    def _alike(self, placed: Sequence[_Placed]) -> list[Alike]:
        """Return the incidents that are alike, by kind."""
        if not placed:
            return []
        read = self.columns.read([line for _, lines, _ in placed for line in lines])
        sizes = np.array([len(lines) for _, lines, _ in placed])
        good = np.array([id is not None for _, _, id in placed], np.bool_)
        found = list[Alike]()
        for rows in self._sorted.of(read, sizes, good):
            for key, mine in rows.by_kind():
                which = rows.incidents[mine].tolist()
                kind = self._kind(key, placed[which[0]][1], rows, mine)
                if kind is not None:
                    places = np.array([placed[i][0] for i in which], np.int64)
                    names = tuple(placed[i][2] or "" for i in which)
                    found.append(kind.alike(places, names, *rows.slots(mine)))
        return found

    def _named(self, line: Line) -> tuple[str, str] | None:
        """Return the number of a row's incident, and its id; None if it is not usable."""
        try:
            return self.calls.reader.named(line)
        except (Unusable, ValueError):
            return None

    def _kind(self, key: bytes, lines: Sequence[Line], rows: Rows, mine: Ints) -> _Kind | None:
        """Return the kind of some incidents, if enough are alike and they may be judged together."""
        if key not in self._kinds:
            if len(self._kinds) >= _MOST_KINDS:
                return None
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen[key] += len(mine)
            if self._seen[key] < _OFTEN:
                return None
            del self._seen[key]
            kind = self._specimen(lines, rows.ranks(int(mine[0])))
            self._kinds[key] = kind if kind and self.takes(kind.specimen) else None
        return self._kinds[key]

    def _specimen(self, lines: Sequence[Line], ranks: Ints) -> _Kind | None:
        """Read an incident in full, with times that are all different, so that each event shows
        which time of the incident it has.
        """
        places = {stage: i for i, stage in enumerate(self.columns.stages)}
        try:
            rows = [
                _timed(self.calls.reader.row(line), ranks[:, i], places)
                for i, line in enumerate(lines)
            ]
            events, faults = self.calls.history.events(rows)
        except (Unusable, ValueError):
            return None
        specimen = RowCase(
            row=lines[0].number,
            incident=self.calls.history.id(rows[0]),
            events=events,
            faults=faults,
            rows=tuple(line.number for line in lines),
        )
        return _Kind.of(specimen, ranks.size)


def _timed(row: Row, ranks: Ints, places: dict[str, int]) -> Row:
    """Return a row with the time of a specimen for each of its stages."""
    times = {stage: _SPECIMEN + int(ranks[places[stage]]) * _MINUTE for stage in row.times}
    return attrs.evolve(row, times={stage: Time(at, at) for stage, at in times.items()})
