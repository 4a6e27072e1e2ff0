"""Sort incidents by what they are without their times, numbers and the names of their units.

Two incidents are of one kind if their rows say the same, their units have the same times, and units
of the same kind did each thing in the same order. The order of different things may differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from coresponder.interop.row_columns import ABSENT, Ints, RowsRead, Said

__all__ = ["Kinds", "Rows"]

_MOST_ROWS = 64
"""Incidents with more rows are hardly ever alike."""
_NEVER = np.iinfo(np.int64).max
_WHOLE = frozenset({"received", "triaged", "cancelled"})
"""Stages of the incident, whatever unit its row names."""


@attrs.frozen(eq=False)
class Rows:
    """Incidents that have the same number of rows.

    Attributes:
        incidents: the index of each.
        keys: for each the numbers that make its kind.
        units: the unit of each row.
        order: for each stage the rows in the order of their times, those without one last.
        at: the times in that order.
        last: how many of its rows have the last time of clearing.
    """

    stages: tuple[str, ...]
    incidents: Ints
    keys: Ints
    units: Ints
    order: Ints
    at: Ints
    last: Ints

    def by_kind(self) -> Iterator[tuple[bytes, Ints]]:
        """Yield each kind with the incidents of it."""
        keys = np.ascontiguousarray(self.keys)
        whole = keys.view(np.dtype((np.void, keys.itemsize * keys.shape[1]))).ravel()
        found, where, counts = np.unique(whole, return_inverse=True, return_counts=True)
        mine = np.split(np.argsort(where, kind="stable"), np.cumsum(counts)[:-1])
        return ((one.tobytes(), which) for one, which in zip(found, mine, strict=True))

    def slots(self, which: Ints) -> tuple[Ints, Ints]:
        """Return the times of incidents, and the units that they are of: for each stage in order,
        and last the last time of all.
        """
        at, flat = self.at[which], (len(which), -1)
        units = np.take_along_axis(self.units[which][:, :, None], self.order[which], axis=1)
        last = at.max(axis=(1, 2))
        times = at.transpose(0, 2, 1).reshape(flat)
        of = units.transpose(0, 2, 1).reshape(flat)
        none = np.full((len(which), 1), -1)
        return np.hstack([times, last[:, None]]), np.hstack([of, none])

    def ranks(self, incident: int) -> Ints:
        """Return by row and stage the place of a time among those of an incident: the stages in
        their order, and in a stage the times in order. Those who cleared last share a place.
        """
        order, rows = self.order[incident], self.order.shape[1]
        ranks = np.empty_like(order)
        np.put_along_axis(ranks, order, np.arange(rows)[:, None], axis=0)
        if "cleared" in self.stages:
            place = self.stages.index("cleared")
            there = int((self.at[incident, :, place] > ABSENT).sum())
            tied = ranks[:, place] >= there - self.last[incident]
            ranks[:, place] = np.where(tied, there - 1, ranks[:, place])
        return ranks + np.arange(len(self.stages)) * rows


@attrs.define
class Kinds:
    """Makes the kinds of incidents.

    Args:
        stages: the stages of a row.
        said: the meaning of each code, which grows as rows are read.
    """

    stages: tuple[str, ...]
    said: Sequence[Said]
    _types: dict[object, int] = attrs.field(init=False, factory=dict)
    _units: dict[str | None, int] = attrs.field(init=False, factory=dict)

    def of(self, read: RowsRead, sizes: Ints, good: NDArray[np.bool_]) -> Iterator[Rows]:
        """Yield incidents that can be alike, by their number of rows.

        Args:
            read: the rows of all incidents.
            sizes: the number of rows of each.
            good: whether each can be alike.
        """
        self._units.clear()
        units = np.array([self._units.setdefault(one, len(self._units)) for one in read.units])
        starts = np.cumsum(sizes) - sizes
        good = good & (np.minimum.reduceat(read.codes, starts) >= 0) & (sizes <= _MOST_ROWS)
        for size in np.unique(sizes[good]).tolist():
            which = np.flatnonzero(good & (sizes == size))
            rows = starts[which][:, None] + np.arange(size)
            begun = _begins_with_the_call(self.stages, read.at[rows])
            which, rows = which[begun], rows[begun]
            yield self._rows(which, read.codes[rows], units[rows], read.at[rows])

    def _rows(self, which: Ints, codes: Ints, units: Ints, at: Ints) -> Rows:
        order = np.argsort(np.where(at > ABSENT, at, _NEVER), axis=1, kind="stable")
        ordered = np.take_along_axis(at, order, axis=1)
        last = np.zeros(len(which), np.int64)
        if "cleared" in self.stages:
            cleared = at[:, :, self.stages.index("cleared")]
            final = cleared.max(axis=1, initial=ABSENT)
            last = ((cleared == final[:, None]) & (cleared > ABSENT)).sum(axis=1)
        types = self._unit_types(codes, units, at > ABSENT)
        keys = types
        if codes.shape[1] > 1:
            sequence = np.take_along_axis(types[:, :, None], order, axis=1)
            sequence = np.where([one in _WHOLE for one in self.stages], 0, sequence)
            sequence = np.where(ordered > ABSENT, sequence, -1).reshape(len(which), -1)
            agreed = self._agreed(codes)
            keys = np.hstack([agreed, np.sort(types, axis=1), sequence, last[:, None]])
        return Rows(self.stages, which, keys, units, order, ordered, last)

    def _unit_types(self, codes: Ints, units: Ints, here: NDArray[np.bool_]) -> Ints:
        """Return for each row a number of what its unit's rows say and which times they have."""
        bits = here @ (1 << np.arange(len(self.stages)))
        types = (codes << len(self.stages)) | bits
        first = (units[:, :, None] == units[:, None, :]).argmax(axis=2)
        several = np.flatnonzero((first != np.arange(units.shape[1])).any(axis=1))
        for i in several.tolist():
            types[i] = self._of_several(types[i].tolist(), first[i].tolist())
        return types

    def _of_several(self, types: Sequence[int], first: Sequence[int]) -> list[int]:
        """Return the types of rows of which several are of one unit."""
        whole = 1 << len(self.stages)
        mine: dict[int, list[int]] = {}
        for kind, unit in zip(types, first, strict=True):
            mine.setdefault(unit, []).append(kind)
        found = dict[int, int]()
        for unit, kinds in mine.items():
            times = [kind % whole for kind in kinds]
            twice = sum(times) != np.bitwise_or.reduce(times)
            known: object = (tuple(sorted(kinds)), unit if twice else None)
            found[unit] = -2 - self._types.setdefault(known, len(self._types))
        return [found[unit] for unit in first]

    def _agreed(self, codes: Ints) -> Ints:
        """Return what the rows of each incident agree on: the first nature and source, the last
        disposition.
        """
        return np.stack(
            [
                _first(self._numbers("nature")[codes]),
                _first(self._numbers("source")[codes]),
                _first(self._numbers("disposition")[codes][:, ::-1]),
            ],
            axis=1,
        )

    def _numbers(self, field: str) -> Ints:
        """Return for each code the number of its value of a field; -1 without one."""
        values = (getattr(one, field) for one in self.said)
        return np.array(
            [
                -1 if one is None else self._types.setdefault((field, one), len(self._types))
                for one in values
            ],
            np.int64,
        )


def _first(numbers: Ints) -> Ints:
    """Return the first number of each row that is not -1."""
    place = (numbers >= 0).argmax(axis=1)
    found: Ints = np.take_along_axis(numbers, place[:, None], axis=1)[:, 0]
    return found


def _begins_with_the_call(stages: tuple[str, ...], at: Ints) -> NDArray[np.bool_]:
    """Return the incidents whose first time is that of a received call."""
    times = np.where(at > ABSENT, at, _NEVER)
    received = times[:, :, stages.index("received")].min(axis=1)
    found: NDArray[np.bool_] = (received < _NEVER) & (received == times.min(axis=(1, 2)))
    return found
