"""The definitions of the DECLARE templates, written a second time as formulas over whole words: the oracle of every suite.

A word is a list of (time, letter); nothing here knows tables, cells or clocks. Slow and plain on purpose.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from coresponder.policy.templates import Letter, Verdict

__all__ = ["FORMULAS", "Formula", "Near", "Word", "timed_words", "verdict"]

Word = tuple[tuple[Any, int], ...]
Near = Callable[[Any, Any], bool]
"""Near(x, y): is the distance from time x to the later time y within the bound?"""
Formula = Callable[[Word, Near, int], bool]


def _has(word: Word, i: int, letter: Letter) -> bool:
    return bool(word[i][1] & letter)


def _where(word: Word, letter: Letter) -> list[int]:
    return [i for i in range(len(word)) if _has(word, i, letter)]


def _count(word: Word, letter: Letter) -> int:
    return len(_where(word, letter))


A, B, C = Letter.A, Letter.B, Letter.C


def _in_time(near: Near, x: Any, y: Any) -> bool:
    """Return whether a release at y is not too late for what began at x: it may come early where one must wait, never after a deadline."""
    return near(x, y) or not near(x, x)


def existence(w: Word, near: Near, n: int) -> bool:
    """Return whether b happens at least n times near the opening, unless a c released it."""
    return sum(near(w[0][0], w[i][0]) for i in _where(w, B)) >= n or any(_in_time(near, w[0][0], w[i][0]) for i in _where(w, C))


def absence(w: Word, near: Near, n: int) -> bool:
    """Return whether b never happens near the opening."""
    return not any(near(w[0][0], w[i][0]) for i in _where(w, B))


def at_most(w: Word, near: Near, n: int) -> bool:
    """Return whether a happens at most n times."""
    return _count(w, A) <= n


def exactly(w: Word, near: Near, n: int) -> bool:
    """Return whether a happens exactly n times."""
    return _count(w, A) == n


def init(w: Word, near: Near, n: int) -> bool:
    """Return whether the word begins with a."""
    return bool(w) and _has(w, 0, A)


def end(w: Word, near: Near, n: int) -> bool:
    """Return whether the word ends with a."""
    return bool(w) and _has(w, len(w) - 1, A)


def choice(w: Word, near: Near, n: int) -> bool:
    """Return whether a or b happens near the opening."""
    return any(near(w[0][0], w[i][0]) for i in range(len(w)) if _has(w, i, A) or _has(w, i, B))


def exclusive_choice(w: Word, near: Near, n: int) -> bool:
    """Return whether either a or b happens, and not both."""
    return bool(_where(w, A)) != bool(_where(w, B))


def responded_existence(w: Word, near: Near, n: int) -> bool:
    """Return whether each a has a b near it, before or after."""
    return all(any(near(min(w[i][0], w[j][0]), max(w[i][0], w[j][0])) for j in _where(w, B)) for i in _where(w, A))


def co_existence(w: Word, near: Near, n: int) -> bool:
    """Return whether a and b happen both or not at all."""
    return bool(_where(w, A)) == bool(_where(w, B))


def not_co_existence(w: Word, near: Near, n: int) -> bool:
    """Return whether a and b do not both happen."""
    return not (_where(w, A) and _where(w, B))


def response(w: Word, near: Near, n: int) -> bool:
    """Return whether each a is followed by a b near it, or by a c that releases it; an event that is both serves itself."""

    def answered(i: int) -> bool:
        return any(near(w[i][0], w[j][0]) for j in _where(w, B) if j >= i) or any(_in_time(near, w[i][0], w[j][0]) for j in _where(w, C) if j >= i)

    return all(answered(i) for i in _where(w, A))


def precedence(w: Word, near: Near, n: int) -> bool:
    """Return whether each b has an a near it before, or a c at any time before."""

    def prepared(j: int) -> bool:
        return any(near(w[i][0], w[j][0]) for i in _where(w, A) if i <= j) or any(i <= j for i in _where(w, C))

    return all(prepared(j) for j in _where(w, B))


def succession(w: Word, near: Near, n: int) -> bool:
    """Return whether response and precedence hold."""
    return response(w, near, n) and precedence(w, near, n)


def alternate_response(w: Word, near: Near, n: int) -> bool:
    """Return whether each a is followed by a b near it before the next a."""

    def answered(i: int) -> bool:
        for j in range(i + 1, len(w)):
            if _has(w, j, B) and near(w[i][0], w[j][0]):
                return True
            if _has(w, j, A):
                return False
        return False

    return all(answered(i) for i in _where(w, A))


def alternate_precedence(w: Word, near: Near, n: int) -> bool:
    """Return whether each b has an a of its own near it, after the b before."""

    def prepared(j: int) -> bool:
        last = max((k for k in _where(w, B) if k < j), default=-1)
        return any(last < i <= j and near(w[i][0], w[j][0]) for i in _where(w, A))

    return all(prepared(j) for j in _where(w, B))


def chain_response(w: Word, near: Near, n: int) -> bool:
    """Return whether right after each a comes a b near it."""
    return all(i + 1 < len(w) and _has(w, i + 1, B) and near(w[i][0], w[i + 1][0]) for i in _where(w, A))


def chain_precedence(w: Word, near: Near, n: int) -> bool:
    """Return whether right before each b came an a near it."""
    return all(j > 0 and _has(w, j - 1, A) and near(w[j - 1][0], w[j][0]) for j in _where(w, B))


def not_succession(w: Word, near: Near, n: int) -> bool:
    """Return whether no b comes near after an a, unless a c released it."""

    def free(i: int) -> bool:
        for j in range(i + 1, len(w)):
            if _has(w, j, C):
                return True
            if _has(w, j, B) and near(w[i][0], w[j][0]):
                return False
        return True

    return all(free(i) for i in _where(w, A))


def not_chain_succession(w: Word, near: Near, n: int) -> bool:
    """Return whether no b comes near right after an a."""
    return not any(i + 1 < len(w) and _has(w, i + 1, B) and near(w[i][0], w[i + 1][0]) for i in _where(w, A))


def always(w: Word, near: Near, n: int) -> bool:
    """Return whether a holds at every event."""
    return all(_has(w, i, A) for i in range(len(w)))


FORMULAS: dict[str, Formula] = {
    f.__name__: f
    for f in (
        existence, absence, at_most, exactly, init, end, choice, exclusive_choice, responded_existence, co_existence,
        not_co_existence, response, precedence, succession, alternate_response, alternate_precedence, chain_response,
        chain_precedence, not_succession, not_chain_succession, always,
    )
}  # fmt: skip


def timed_words(length: int, letters: range, times: range, since: int = 0) -> Iterator[Word]:
    """Yield every word of that length whose times do not go back before `since`."""
    clocks = [c for c in itertools.combinations_with_replacement(times, length) if not c or c[0] >= since]
    for clock in clocks:
        for spelled in itertools.product(letters, repeat=length):
            yield tuple(zip(clock, spelled, strict=True))


def verdict(formula: Formula, word: Word, near: Near, n: int, extensions: list[Word]) -> Verdict:
    """Return SATISFIED iff all extensions satisfy, VIOLATED iff none does, otherwise as the word itself does."""
    itself = formula(word, near, n)
    if any(formula(word + more, near, n) is not itself for more in extensions):
        return Verdict.HOLDING if itself else Verdict.PENDING
    return Verdict.SATISFIED if itself else Verdict.VIOLATED
