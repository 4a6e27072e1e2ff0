"""Sort incidents by what they are without their times, numbers and the names of their units.

Two incidents are of one kind if their rows say the same, if as many units of each role did each
thing, and if a unit of the same role did it first. The order may differ, and so may which of two
units with one role did it.
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
_WHOLE = ("received", "triaged", "cancelled")
"""Stages of the incident, whatever unit its row names."""
_FIRST, _BETWEEN, _LAST, _NONE = range(4)
"""The part that a time has among those of its stage: the first, one of those who cleared last."""

Bools = NDArray[np.bool_]


@attrs.frozen(eq=False)
class Rows:
    """Incidents that have the same number of rows.

    Attributes:
        incidents: the index of each.
        keys: for each the numbers that make its kind.
        units: the unit of each row.
        order: for each stage its rows: the first, then by role and time, then those who cleared
            last, then those without a time.
        at: the times in that order.
        last: how many rows have the last time of clearing.
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

    def slots(self, which: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the times of incidents by stage, their units and their rows; after them the last
        time of all, which is of no unit and row.
        """
        at, order = (
            self.at[which].reshape(len(which), -1),
            self.order[which].reshape(len(which), -1),
        )
        units, none = np.take_along_axis(self.units[which], order, axis=1), [[-1]] * len(which)
        last = at.max(axis=1)[:, None]
        return np.hstack([at, last]), np.hstack([units, none]), np.hstack([order, none])

    def ranks(self, incident: int) -> Ints:
        """Return by stage and row the place of a time among those of an incident, as `slots` has
        them. Those who cleared last share a place.
        """
        order, rows = self.order[incident], self.units.shape[1]
        ranks: Ints = np.empty_like(order)
        np.put_along_axis(ranks, order, np.arange(rows)[None, :], axis=1)
        for place in _indexes(self.stages, "cleared"):
            there = int((self.at[incident, place] > ABSENT).sum())
            tied = ranks[place] >= there - self.last[incident]
            ranks[place] = np.where(tied, there - 1, ranks[place])
        ranks += np.arange(len(self.stages))[:, None] * rows
        return ranks


@attrs.define
class Kinds:
    """Makes the kinds of incidents.

    Args:
        stages: the stages of a row.
        said: the meaning of each code, which grows as rows are read.
    """

    stages: tuple[str, ...]
    said: Sequence[Said]
    _values: dict[tuple[str, str], int] = attrs.field(init=False, factory=dict)
    _units: dict[str | None, int] = attrs.field(init=False, factory=dict)

    def of(self, read: RowsRead, sizes: Ints, good: Bools) -> Iterator[Rows]:
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
            begun = self._begins_with_the_call(read.at[rows])
            which, rows = which[begun], rows[begun]
            if len(which):
                at = read.at[rows].transpose(0, 2, 1)
                yield self._rows(which, read.codes[rows], units[rows], at)

    def _begins_with_the_call(self, at: Ints) -> Bools:
        """Return the incidents whose first time is that of a received call."""
        times = np.where(at > ABSENT, at, _NEVER)
        received = times[:, :, self.stages.index("received")].min(axis=1)
        found: Bools = (received < _NEVER) & (received == times.min(axis=(1, 2)))
        return found

    def _rows(self, which: Ints, codes: Ints, units: Ints, at: Ints) -> Rows:
        here, same = at > ABSENT, units[:, :, None] == units[:, None, :]
        part, roles = self._parts(at, here), self._roles(codes, same, here)
        order = np.lexsort((at, roles, part), axis=-1)
        told = np.take_along_axis(roles * 4 + part, order, axis=2).reshape(len(which), -1)
        there = self._still_there(same, here)[:, None]
        keys = np.hstack([self._agreed(codes), np.sort(codes, axis=1), told, there])
        return Rows(
            stages=self.stages,
            incidents=which,
            keys=keys,
            units=units,
            order=order,
            at=np.take_along_axis(at, order, axis=2),
            last=(part == _LAST).sum(axis=(1, 2)),
        )

    def _parts(self, at: Ints, here: Bools) -> Ints:
        """Return the part that each time has in its stage."""
        part = np.where(here, _BETWEEN, _NONE)
        first = np.where(here, at, _NEVER).argmin(axis=2)[:, :, None]
        some = np.take_along_axis(here, first, axis=2)
        np.put_along_axis(part, first, np.where(some, _FIRST, _NONE), axis=2)
        for place in _indexes(self.stages, "cleared"):
            cleared = at[:, place]
            last = here[:, place] & (cleared == np.max(cleared, axis=1)[:, None])
            part[:, place] = np.where(last, _LAST, part[:, place])
        return part

    def _roles(self, codes: Ints, same: Bools, here: Bools) -> Ints:
        """Return for each time the number of the role of its unit. If a unit has a stage twice, it
        also counts which units they are.
        """
        twice = ((here @ same.astype(np.int64)) > 1) & here
        own = np.logical_or.reduce(twice, axis=(1, 2))[:, None] * (same.argmax(axis=2) + 1)
        roles = (self._numbers("role")[codes] + 1) * (_MOST_ROWS + 1) + own
        of_unit = np.array([stage not in _WHOLE for stage in self.stages])
        found: Ints = roles[:, None, :] * of_unit[:, None] * here
        return found

    def _still_there(self, same: Bools, here: Bools) -> Bools:
        """Return the incidents in which a unit arrived and has no time of clearing."""
        there = np.logical_or.reduce(here[:, _indexes(self.stages, "arrived", "engaged")], axis=1)
        cleared = np.logical_or.reduce(here[:, _indexes(self.stages, "cleared")], axis=1)
        left = np.logical_or.reduce(same & cleared[:, None, :], axis=2)
        found: Bools = np.logical_or.reduce(there & ~left, axis=1)
        return found

    def _agreed(self, codes: Ints) -> Ints:
        """Return what the rows of each incident agree on: the first nature and source, the last
        disposition.
        """
        natures, sources = self._numbers("nature")[codes], self._numbers("source")[codes]
        ends = self._numbers("disposition")[codes][:, ::-1]
        return np.stack([_first(natures), _first(sources), _first(ends)], axis=1)

    def _numbers(self, field: str) -> Ints:
        """Return for each code the number of its value of a field; -1 without one."""
        values = [getattr(one, field) for one in self.said]
        return np.array(
            [
                -1 if one is None else self._values.setdefault((field, one), len(self._values))
                for one in values
            ],
            np.int64,
        )


def _indexes(stages: tuple[str, ...], *wanted: str) -> list[int]:
    return [i for i, stage in enumerate(stages) if stage in wanted]


def _first(numbers: Ints) -> Ints:
    """Return the first number of each row that is not -1."""
    place = (numbers >= 0).argmax(axis=1)
    found: Ints = np.take_along_axis(numbers, place[:, None], axis=1)[:, 0]
    return found
