"""95 % intervals for a share and for the difference of two shares, which also hold for small
numbers.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import attrs

__all__ = [
    "ENOUGH",
    "Difference",
    "difference",
    "newcombe",
    "newcombe_paired",
    "paired_difference",
    "wilson",
]

_Z = NormalDist().inv_cdf(0.975)
ENOUGH = 30
"""The smallest number, in each period or of pairs, for which a difference is reported. With fewer in
each period, the interval would be wider than half of the range of a share.
"""


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return the Wilson score interval of a share.

    Source: Wilson 1927; Newcombe 1998a, method 3.

    >>> [round(x, 4) for x in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    if not of:
        return 0.0, 1.0
    share = count / of
    middle = (share + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    half = _Z * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2)) / (1 + _Z**2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


@attrs.frozen
class Difference:
    """How much larger a share is in one period than in another, or under one program than under
    another, with its interval. All are None if too few were counted.
    """

    by: float | None
    low: float | None = None
    high: float | None = None

    @property
    def says(self) -> str:
        """Return what follows from the difference."""
        if self.by is None or self.low is None or self.high is None:
            return f"too few to say anything (fewer than {ENOUGH})"
        if self.low <= 0 <= self.high:
            return "no difference can be told"
        return "higher" if self.by > 0 else "lower"


def newcombe(new: tuple[int, int], old: tuple[int, int]) -> tuple[float, float]:
    """Return the interval of the difference of two shares; each is (how many, of how many).

    Source: Newcombe 1998b, method 10.

    >>> [round(x, 4) for x in newcombe((56, 70), (48, 80))]
    [0.0524, 0.3339]
    """
    one, two = new[0] / new[1], old[0] / old[1]
    (low1, high1), (low2, high2) = wilson(*new), wilson(*old)
    below = math.hypot(one - low1, high2 - two)
    above = math.hypot(high1 - one, two - low2)
    return one - two - below, one - two + above


def difference(new: tuple[int, int], old: tuple[int, int]) -> Difference:
    """Return how a share differs from an earlier one; each is (how many, of how many)."""
    if min(new[1], old[1]) < ENOUGH:
        return Difference(None)
    return Difference(new[0] / new[1] - old[0] / old[1], *newcombe(new, old))


def newcombe_paired(both: int, only_new: int, only_old: int, neither: int) -> tuple[float, float]:
    """Return the interval of the difference of two shares of the same incidents, new minus old.

    Source: Newcombe 1998c (Statistics in Medicine 17, 2635), method 10: the Wilson intervals of the
    two shares, joined by their correlation, which is corrected for continuity if it is positive.

    Args:
        both: how many count in both shares.
        only_new: how many count in the new one only.
        only_old: how many count in the old one only.
        neither: how many count in none.

    >>> [round(x, 4) for x in newcombe_paired(36, 12, 2, 0)]
    [0.0569, 0.3404]
    """
    of = both + only_new + only_old + neither
    new, old = both + only_new, both + only_old
    one, two = new / of, old / of
    (low1, high1), (low2, high2) = wilson(new, of), wilson(old, of)
    phi = _correlation(both, only_new, only_old, neither)
    below = _joined(one - low1, high2 - two, phi)
    above = _joined(high1 - one, two - low2, phi)
    return one - two - below, one - two + above


def _joined(one: float, two: float, phi: float) -> float:
    """Return the side that completes a triangle, as in the law of cosines."""
    return math.sqrt(max(0.0, one**2 - 2 * phi * one * two + two**2))


def _correlation(both: int, only_new: int, only_old: int, neither: int) -> float:
    of = both + only_new + only_old + neither
    new, old = both + only_new, both + only_old
    spread = math.sqrt(new * (of - new) * old * (of - old))
    apart = both * neither - only_new * only_old
    corrected = max(apart - of / 2, 0) if apart > 0 else apart
    return corrected / spread if spread else 0.0


def paired_difference(both: int, only_new: int, only_old: int, neither: int) -> Difference:
    """Return how the share under a new program differs from that under an old one; see
    `newcombe_paired`.
    """
    of = both + only_new + only_old + neither
    if of < ENOUGH:
        return Difference(None)
    by = (only_new - only_old) / of
    return Difference(by, *newcombe_paired(both, only_new, only_old, neither))
