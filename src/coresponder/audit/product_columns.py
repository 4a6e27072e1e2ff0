"""One product of policies over columns. Its moves become entries of tables as they are needed, and
all incidents look them up together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from coresponder.audit.deadlines import CLOCKS, NEVER, Clocks, bit_of
from coresponder.policy.automata import BY_DEADLINE, RUNS, Timed
from coresponder.policy.matching import Matches
from coresponder.policy.product import Letter, Product, State
from coresponder.policy.templates import Verdict

__all__ = ["Front", "Hits", "Places", "ProductColumns", "Stand", "TooLarge"]

Ints = NDArray[np.int64]
_MOST_ENTRIES = 1 << 20
"""The most entries of a table; with more, its policies are split into two products."""
_UNKNOWN = -1


class TooLarge(Exception):
    """A product has too many states; `indexes` are those of its policies."""

    def __init__(self, indexes: tuple[int, ...]) -> None:
        super().__init__(indexes)
        self.indexes = indexes


@attrs.frozen(eq=False)
class Stand:
    """The final state of each incident of a log in one product, and the slots that were
    breached.
    """

    state: NDArray[np.int32]
    broken: Ints

    @classmethod
    def of(cls, cases: int) -> Stand:
        """Return empty columns for a number of incidents."""
        return cls(np.zeros(cases, np.int32), np.zeros(cases, np.int64))


@attrs.frozen(eq=False)
class Hits:
    """Breaches of one policy: the incident, the event (-1 if the passing of time broke the policy),
    and how.

    Attributes:
        due, since: the deadline, and when the watch began.
        runs: whether a clock ran; otherwise `due` and `since` have no meaning.
    """

    policy: int
    case: Ints
    place: int
    how: int
    due: Ints
    since: Ints
    runs: bool


@attrs.frozen(eq=False)
class Front:
    """Some incidents of a log, the longest first, so that those with an event at a position come
    first.

    Attributes:
        order: their numbers in the log.
        begin: the index of the first event of each.
        alive: how many have an event at each position.
    """

    order: Ints
    begin: Ints
    alive: tuple[int, ...]

    @classmethod
    def of(cls, first: Ints, low: int) -> Front:
        """Sort incidents.

        Args:
            first: the index at which each begins, and the end.
            low: the number of the first in the log.
        """
        lengths = np.diff(first)
        small = lengths.astype(np.uint16) if lengths.max(initial=0) < 1 << 16 else lengths
        order = np.argsort(small, kind="stable")[::-1]
        alive = np.cumsum(np.bincount(lengths)[::-1])[::-1][1:]
        return cls(order + low, first[:-1][order], tuple(alive.tolist()))


@attrs.define(eq=False)
class Places:
    """The places of the incidents of a front in one product.

    Attributes:
        state: the state of each, times the number of meanings.
        broken: which slots were breached, as bits.
        alarm: the earliest moment at which a bound may pass.
        since: by clock, when it started.
    """

    state: NDArray[np.int32]
    broken: Ints
    alarm: Ints
    since: Ints


@attrs.define(eq=False)
class ProductColumns:
    """A product, with the moves that were needed so far as tables.

    Attributes:
        following: state * meanings + meaning -> the next state, times the number of meanings.
        breaches: by the same entry, the slots that are breached, as bits.
        starts: by the same entry, the clocks that start, as bits.
        soonest: by the same entry, after how long the first of them rings; calendar clocks are not
            counted.
        running: by state, the clocks whose bound may still pass, as bits.
        later: state * 256 + clocks whose bounds pass -> the state after that.
    """

    product: Product
    following: NDArray[np.int32] = attrs.field(init=False)
    breaches: Ints = attrs.field(init=False)
    starts: NDArray[np.uint8] = attrs.field(init=False)
    soonest: Ints = attrs.field(init=False)
    running: NDArray[np.uint8] = attrs.field(init=False)
    later: NDArray[np.int32] = attrs.field(init=False)
    _meanings: list[tuple[Matches, bool]] = attrs.field(init=False, factory=list)
    _letters: list[tuple[Letter | None, bool]] = attrs.field(init=False, factory=list)
    _states: list[State] = attrs.field(init=False, factory=list)
    _numbers: dict[tuple[int, ...], int] = attrs.field(init=False, factory=dict)
    _how: dict[int, tuple[tuple[int, int], ...]] = attrs.field(init=False, factory=dict)
    _clocks: Clocks = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Find the clocks."""
        automata = [self.product.policies[slot].automaton for slot in self.product.timed]
        self._clocks = Clocks.of([one for one in automata if isinstance(one, Timed)])

    # --- tables ---

    def mean(self, meanings: Sequence[tuple[Matches, bool]]) -> None:
        """Set the meanings of events. The tables are cleared unless the new meanings only extend
        the old ones.

        Args:
            meanings: the matches of an event, and whether it opens the incident.
        """
        if self._meanings == list(meanings):
            return
        self._meanings = list(meanings)
        self._letters = [(self.product.letter(matches), opens) for matches, opens in meanings]
        self._states, self._numbers, self._how = [], {}, {}
        self.following, self.later = (np.full(0, _UNKNOWN, np.int32) for _ in range(2))
        self.breaches, self.soonest = (np.zeros(0, np.int64) for _ in range(2))
        self.starts, self.running = (np.zeros(0, np.uint8) for _ in range(2))
        self._number(self.product.first.state)

    def _number(self, state: State) -> int:
        """Return the number of a state, and make room for it if it is new."""
        number = self._numbers.get(state.states)
        if number is not None:
            return number
        number, meanings = len(self._states), len(self._meanings)
        if (number + 1) * (meanings + 1) > _MOST_ENTRIES and len(self.product.indexes) > 1:
            raise TooLarge(self.product.indexes)
        self._numbers[state.states] = number
        self._states.append(state)
        if number >= len(self.running):
            more = max(16, number)
            self.following = longer(self.following, more * meanings, _UNKNOWN)
            self.breaches = longer(self.breaches, more * meanings, 0)
            self.soonest = longer(self.soonest, more * meanings, 0)
            self.starts = longer(self.starts, more * meanings, 0)
            self.running = longer(self.running, more, 0)
            self.later = longer(self.later, more << CLOCKS if self._clocks else 0, _UNKNOWN)
        clocks = enumerate(self.product.timed)
        self.running[number] = sum(1 << clock for clock, slot in clocks if slot in state.running)
        return number

    def _fill(self, entry: int) -> None:
        """Work out one entry by the product: the opening, if the event is one, then the event."""
        number, meaning = divmod(entry, len(self._meanings))
        letter, opens = self._letters[meaning]
        state, starts = self._states[number], set[int]()
        if opens:
            move = self.product.opening(state)
            state, starts = move.target, set(move.starts)
        how: tuple[tuple[int, int], ...] = ()
        if letter is not None:
            move = self.product.work_out(state, letter)
            state, how = move.target, move.breaches
            starts = (starts - set(move.stops)) | set(move.starts)
        following = self._number(state) * len(self._meanings)
        self.following[entry] = following
        self.breaches[entry] = sum(1 << slot for slot, _ in how)
        self.starts[entry] = sum(1 << clock for clock in starts)
        self.soonest[entry] = self._clocks.soonest(starts)
        self._how[entry] = how

    def _known(self, entry: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the successor of each entry, after working out those that were not needed
        before.
        """
        found = self.following[entry]
        if found.min() == _UNKNOWN:
            for one in np.unique(entry[found == _UNKNOWN]).tolist():
                self._fill(one)
            found = self.following[entry]
        return found

    def _passed(self, entry: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the state after bounds have passed, by state * 256 + their clocks."""
        found = self.later[entry]
        if found.min(initial=0) == _UNKNOWN:
            for one in np.unique(entry[found == _UNKNOWN]).tolist():
                clocks = enumerate(self.product.timed)
                slots = tuple(slot for clock, slot in clocks if one >> clock & 1)
                after = self.product.later(self._states[one >> CLOCKS], slots)
                number = self._number(after) if slots else one >> CLOCKS
                self.later[one] = number
            found = self.later[entry]
        return found

    # --- steps ---

    def begin(self, cases: int) -> Places:
        """Return the first places of a number of incidents."""
        return Places(
            state=np.zeros(cases, np.int32),
            broken=np.zeros(cases, np.int64),
            alarm=np.full(cases if self._clocks else 0, NEVER),
            since=np.zeros((len(self._clocks), cases), np.int64),
        )

    def step(self, places: Places, codes: NDArray[np.uint16], when: Ints) -> NDArray[np.int32]:
        """Step as many incidents as there are codes through one event each; return the entries that
        were looked up. `start` then starts their clocks.
        """
        count = len(codes)
        self.wake(places, when)
        entry = places.state[:count] + codes
        places.state[:count] = self._known(entry)
        places.broken[:count] |= self.breaches[entry]
        return entry

    def start(self, places: Places, entry: NDArray[np.int32], when: Ints) -> None:
        """Start the clocks that these entries start."""
        if not self._clocks:
            return
        starts, alarm = self.starts[entry], places.alarm[: len(entry)]
        some = int(np.bitwise_or.reduce(starts))
        for clock, since in enumerate(places.since):
            if some >> clock & 1:
                np.copyto(since[: len(entry)], when, where=bit_of(starts, clock))
        np.minimum(alarm, when + self.soonest[entry], out=alarm)
        self._clocks.ring_by_calendar(alarm, starts, when)

    def wake(self, places: Places, when: Ints) -> None:
        """Let the bounds that end by `when` pass."""
        if not self._clocks:
            return
        rows = np.flatnonzero(when >= places.alarm[: len(when)])
        if not len(rows):
            return
        state = places.state[rows] // len(self._meanings)
        runs = self.running[state]
        passed, alarm = self._clocks.look(places.since, rows, runs, when[rows])
        places.alarm[rows] = alarm
        after = self._passed((state.astype(np.int64) << CLOCKS) | passed)
        places.state[rows] = after * len(self._meanings)

    # --- what came of it ---

    def stands(self, places: Places) -> NDArray[np.int32]:
        """Return the number of the state of each incident."""
        return places.state // max(len(self._meanings), 1)

    def noted(
        self, places: Places, entry: NDArray[np.int32], front: Front, place: int
    ) -> Iterator[Hits]:
        """Yield the breaches of one position, before clocks restart."""
        rows = np.flatnonzero(self.breaches[entry])
        entries, where = np.unique(entry[rows], return_inverse=True)
        for number, one in enumerate(entries.tolist()):
            mine = rows[where == number]
            state = self._states[one // len(self._meanings)]
            for slot, how in self._how[one]:
                runs = bool(state.states[slot] & RUNS)
                yield self._hits(places, front, slot, mine, place, how, runs=runs)

    def by_time(self, places: Places, front: Front) -> Iterator[Hits]:
        """Yield the breaches by the passing of time."""
        numbers, where = np.unique(self.stands(places), return_inverse=True)
        for place, number in enumerate(numbers.tolist()):
            state, rows = self._states[number], np.flatnonzero(where == place)
            for slot in self.product.timed:
                if self.product.automaton(slot).says(state.states[slot]) is Verdict.VIOLATED:
                    yield self._hits(places, front, slot, rows, -1, BY_DEADLINE, runs=True)

    def _hits(
        self,
        places: Places,
        front: Front,
        slot: int,
        rows: Ints,
        place: int,
        how: int,
        *,
        runs: bool,
    ) -> Hits:
        since = due = np.zeros(len(rows), np.int64)
        timed = slot in self.product.timed and runs
        if timed:
            clock = self.product.timed.index(slot)
            since = places.since[clock, rows]
            due = self._clocks.deadlines[clock].of(since)
        return Hits(self.product.indexes[slot], front.order[rows], place, how, due, since, timed)

    def verdicts(self, stand: Stand, slot: int) -> NDArray[np.int8]:
        """Return the verdict of a slot's policy on each incident."""
        automaton = self.product.automaton(slot)
        says = np.array([automaton.says(one.states[slot]) for one in self._states], np.int8)
        found = says[stand.state]
        found[stand.broken >> slot & 1 == 1] = Verdict.VIOLATED
        return found

    def breached(self, stand: Stand) -> NDArray[np.bool_]:
        """Return the incidents in which any policy is breached, by an event or by the passing of
        time.
        """
        late = [
            any(
                self.product.automaton(slot).says(one.states[slot]) is Verdict.VIOLATED
                for slot in range(len(self.product.indexes))
            )
            for one in self._states
        ]
        found: NDArray[np.bool_] = (stand.broken != 0) | np.array(late, np.bool_)[stand.state]
        return found


_T = TypeVar("_T", bound=np.generic)


def longer(table: NDArray[_T], by: int, fill: int) -> NDArray[_T]:
    """Return a table with more rows."""
    return np.concatenate((table, np.full((by, *table.shape[1:]), fill, table.dtype)))
