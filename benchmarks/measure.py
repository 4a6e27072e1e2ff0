"""The rounds: ours and a peer take turns, and a row keeps the ratio of each round."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs

Act = Callable[[], object]
Clock = Callable[[], float]


@attrs.frozen(kw_only=True)
class Row:
    """What was measured.

    Attributes:
        ours: our cost, in `unit`; the middle of all rounds.
        peer: the peer's, or the bound where there is no peer.
        ratios: ours over the peer's, of each round.
        most: what the middle ratio may be.
        peer_does: how much of our work the peer does.
        timed: whether more work of ours shows in it.
    """

    name: str
    unit: str
    ours: float
    peer: float
    ratios: tuple[float, ...]
    most: float
    peer_does: str
    timed: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse a bound that nothing can miss or meet."""
        if not 0 < self.most < float("inf"):
            raise ValueError(f"{self.name}: a bound of {self.most} is none")

    @property
    def ratio(self) -> float:
        """The middle ratio."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The ratios between which half of the rounds lie."""
        low, _, high = (
            statistics.quantiles(self.ratios, n=4) if self.ratios[1:] else self.ratios * 3
        )
        return low, high

    @property
    def meets(self) -> bool:
        """True when the middle ratio is within the bound."""
        return self.ratio <= self.most

    def __str__(self) -> str:
        """Say it in two lines."""
        low, high = self.spread
        spread = f" ({low:.2f} to {high:.2f})" if self.ratios[1:] else ""
        return (
            f"{self.name:32} {'meets ' if self.meets else 'MISSES'}"
            f" ratio {self.ratio:.2f}{spread}, at most {self.most:g};"
            f" ours {self.ours:,.4g} {self.unit}, peer {self.peer:,.4g}\n    peer: {self.peer_does}"
        )


@attrs.frozen(kw_only=True)
class Bench:
    """How to measure.

    Attributes:
        short: few rounds of little, by CPU time alone: what CI runs.
        times: how often ours is done where once would do; 2 shows that a doubling is seen.
        incidents: how many a store has whose lists are read.
    """

    short: bool = False
    times: int = 1
    incidents: int = 100_000

    @property
    def rounds(self) -> int:
        """How many rounds are held."""
        return 21 if self.short else 41

    def compare(
        self,
        name: str,
        ours: Act,
        peer: Act,
        *,
        most: float,
        peer_does: str,
        each: int = 1,
        peer_each: int = 1,
        clock: Clock = time.process_time,
    ) -> Row:
        """Return the row of two that take turns.

        Args:
            name: what is measured.
            ours: does our work `each` times.
            peer: does the peer's work `peer_each` times.
            most: what the middle ratio may be.
            peer_does: how much of our work the peer does.
            each: how many pieces of work one call of `ours` is.
            peer_each: the same for the peer.
            clock: CPU time, unless it is waiting that is measured.
        """
        with _quiet():
            counts = [self._calls(act, clock) for act in (ours, peer)]
            pairs = [
                (
                    _seconds(ours, counts[0], clock, self.times) / each,
                    _seconds(peer, counts[1], clock) / peer_each,
                )
                for _ in range(self.rounds)
            ]
        return paired(name, pairs, most=most, peer_does=peer_does)

    def seconds(self, act: Act, *, rounds: int = 3, clock: Clock = time.process_time) -> float:
        """Return the middle time of what takes long."""
        with _quiet():
            return statistics.median(_seconds(act, 1, clock, self.times) for _ in range(rounds))

    def limit(
        self, name: str, value: float, limit: float, *, unit: str, why: str, timed: bool = True
    ) -> Row:
        """Return the row of a number that is held against a fixed bound."""
        return Row(
            name=name, unit=unit, ours=value, peer=limit, ratios=(value / limit,), most=1.0,
            peer_does=f"none; {why}", timed=timed,
        )  # fmt: skip

    def _calls(self, act: Act, clock: Clock) -> int:
        """Return how many calls make a turn of some length, after the first use is over."""
        act()
        once = max(_seconds(act, 1, clock), 1e-7)
        return max(1, round((0.01 if self.short else 0.03) / once))


def paired(
    name: str,
    pairs: list[tuple[float, float]],
    *,
    most: float,
    peer_does: str,
    timed: bool = True,
) -> Row:
    """Return the row of rounds that were measured elsewhere, as (our seconds, the peer's)."""
    ours, peer = (statistics.median(pair[i] for pair in pairs) * 1e6 for i in (0, 1))
    return Row(
        name=name, unit="µs", ours=ours, peer=peer, ratios=tuple(a / b for a, b in pairs),
        most=most, peer_does=peer_does, timed=timed,
    )  # fmt: skip


def _seconds(act: Act, calls: int, clock: Clock, times: int = 1) -> float:
    start = clock()
    for _ in range(calls * times):
        act()
    return (clock() - start) / calls


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what earlier topics left behind out of the garbage collector's way."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
