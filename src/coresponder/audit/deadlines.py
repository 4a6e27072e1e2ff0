"""Bounds and clocks, for columns of instants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from coresponder.domain.types import UTC
from coresponder.interop.instants import TICK, instant_of, microseconds
from coresponder.policy.automata import Timed
from coresponder.policy.bounds import Bound

__all__ = ["CLOCKS", "NEVER", "Clocks", "Deadlines"]

Ints = NDArray[np.int64]
_QUARTER = 900_000_000
"""Fifteen minutes: local days begin at a quarter of an hour, with few exceptions that are
handled.
"""


CLOCKS = 8
"""The most clocks of a product of columns, so that a byte can say which of them pass."""
NEVER: int = 1 << 61
"""A time span that is longer than any and can be added to every instant."""
_LAST = microseconds(dt.datetime.max.replace(tzinfo=UTC))


@attrs.define(eq=False)
class Deadlines:
    """The deadlines of a bound. Calendar deadlines are worked out once for each quarter of an hour
    in which they do not change; because a bound is monotone, comparing both ends shows that.
    """

    bound: Bound
    _known: dict[int, int | None] = attrs.field(init=False, factory=dict)

    def of(self, at: Ints) -> Ints:
        """Return the deadline of each instant."""
        if self.bound.length is not None:
            return np.minimum(at + self.bound.length // TICK, _LAST)
        quarters, where = np.unique(at // _QUARTER, return_inverse=True)
        found = [self._of_quarter(quarter) for quarter in quarters.tolist()]
        deadlines = np.array([one or 0 for one in found], np.int64)[where]
        changing = np.flatnonzero(np.array([one is None for one in found], np.bool_)[where])
        if len(changing):
            deadlines[changing] = [self._deadline(one) for one in at[changing].tolist()]
        return deadlines

    def _of_quarter(self, quarter: int) -> int | None:
        if quarter not in self._known:
            begin = quarter * _QUARTER
            ends = {self._deadline(begin), self._deadline(min(begin + _QUARTER - 1, _LAST))}
            self._known[quarter] = ends.pop() if len(ends) == 1 else None
        return self._known[quarter]

    def _deadline(self, at: int) -> int:
        return microseconds(self.bound.deadline(instant_of(at)))


@attrs.frozen(eq=False)
class Clocks:
    """The clocks of one product."""

    deadlines: tuple[Deadlines, ...]
    _also: tuple[int, ...]
    _lengths: Ints
    _calendar: tuple[int, ...]

    @classmethod
    def of(cls, automata: Sequence[Timed]) -> Clocks:
        """Read them from bounded policies."""
        lengths = np.full(CLOCKS, NEVER)
        for clock, one in enumerate(automata):
            if one.bound.length is not None:
                lengths[clock] = one.bound.length // TICK
        return cls(
            deadlines=tuple(Deadlines(one.bound) for one in automata),
            also=tuple(0 if one.within else 1 for one in automata),
            lengths=lengths,
            calendar=tuple(i for i, one in enumerate(automata) if one.bound.length is None),
        )

    def __len__(self) -> int:
        """Return the number of clocks."""
        return len(self.deadlines)

    def soonest(self, starts: Iterable[int]) -> int:
        """Return after how long the first of some clocks rings; calendar clocks are not counted."""
        return min((int(self._lengths[clock]) for clock in starts), default=NEVER)

    def ring_by_calendar(self, alarm: Ints, starts: NDArray[np.uint8], when: Ints) -> None:
        """Set alarms for the clocks of a calendar that start."""
        for clock in self._calendar:
            rows = np.flatnonzero(bit_of(starts, clock))
            alarm[rows] = np.minimum(alarm[rows], self.deadlines[clock].of(when[rows]))

    def look(
        self, since: Ints, rows: Ints, runs: NDArray[np.uint8], when: Ints
    ) -> tuple[NDArray[np.uint8], Ints]:
        """Return which clocks of some incidents have passed by `when`, as bits, and when the next
        one may.

        Args:
            since: clock -> when it started in each incident.
            rows: the incidents.
            runs: the clocks that run in each of them, as bits.
            when: the instant for each of them.
        """
        passed, alarm = np.zeros(len(rows), np.uint8), np.full(len(rows), NEVER)
        some = int(np.bitwise_or.reduce(runs, initial=0))
        for clock, (deadlines, also) in enumerate(zip(self.deadlines, self._also, strict=True)):
            if some >> clock & 1:
                mine = np.flatnonzero(bit_of(runs, clock))
                edge = deadlines.of(since[clock, rows[mine]])
                over = when[mine] > edge - also
                passed[mine] |= over.astype(np.uint8) << clock
                alarm[mine] = np.minimum(alarm[mine], np.where(over, NEVER, edge))
        return passed, alarm


def bit_of(bits: NDArray[np.uint8], clock: int) -> NDArray[np.bool_]:
    """Return where a clock's bit is set."""
    return (bits & np.uint8(1 << clock)).astype(np.bool_)
