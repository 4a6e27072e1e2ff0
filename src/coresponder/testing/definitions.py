"""The definitions of the DECLARE templates, written a second time as formulas over whole words: the
oracle of every suite.

A word is a list of (time, letter). Nothing here knows tables, cells or clocks: slow and plain on
purpose. The reference prints the first lines as the definitions of the templates.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from coresponder.policy.templates import Letter, Verdict

__all__ = ["FORMULAS", "Formula", "Near", "Word", "timed_words", "verdict"]

Word = tuple[tuple[Any, int], ...]
Near = Callable[[Any, Any], bool]
"""`near(x, y)` says whether the distance from time x to the later time y is within the bound."""
Formula = Callable[[Word, Near, int], bool]


def _has(word: Word, i: int, letter: Letter) -> bool:
    return bool(word[i][1] & letter)


def _where(word: Word, letter: Letter) -> list[int]:
    return [i for i in range(len(word)) if _has(word, i, letter)]


def _count(word: Word, letter: Letter) -> int:
    return len(_where(word, letter))


A, B, C = Letter.A, Letter.B, Letter.C


def _in_time(near: Near, x: Any, y: Any) -> bool:
    """Return whether a release at y comes in time for what began at x. A release may come before an
    `after` bound has passed, but never after a `within` deadline.
    """
    return near(x, y) or not near(x, x)


def existence(w: Word, near: Near, n: int) -> bool:
    """Return whether a happens at least `count` times in time from the opening; a release that is
    not too late ends that.
    """
    return sum(near(w[0][0], w[i][0]) for i in _where(w, B)) >= n or any(
        _in_time(near, w[0][0], w[i][0]) for i in _where(w, C)
    )


def absence(w: Word, near: Near, n: int) -> bool:
    """Return whether no a happens in time from the opening; outside that time it may."""
    return not any(near(w[0][0], w[i][0]) for i in _where(w, B))


def at_most(w: Word, near: Near, n: int) -> bool:
    """Return whether a happens at most `count` times."""
    return _count(w, A) <= n


def exactly(w: Word, near: Near, n: int) -> bool:
    """Return whether a happens exactly `count` times."""
    return _count(w, A) == n


def init(w: Word, near: Near, n: int) -> bool:
    """Return whether the first event is a."""
    return bool(w) and _has(w, 0, A)


def end(w: Word, near: Near, n: int) -> bool:
    """Return whether the last event so far is a."""
    return bool(w) and _has(w, len(w) - 1, A)


def choice(w: Word, near: Near, n: int) -> bool:
    """Return whether a or b happens in time from the opening."""
    return any(near(w[0][0], w[i][0]) for i in range(len(w)) if _has(w, i, A) or _has(w, i, B))


def exclusive_choice(w: Word, near: Near, n: int) -> bool:
    """Return whether either a or b happens, but not both, not even in one event."""
    return bool(_where(w, A)) != bool(_where(w, B))


def responded_existence(w: Word, near: Near, n: int) -> bool:
    """Return whether each a has a b (or a release) in time before or after it; an event that is
    both serves itself.
    """
    return all(
        any(near(min(w[i][0], w[j][0]), max(w[i][0], w[j][0])) for j in _where(w, B))
        for i in _where(w, A)
    )


def co_existence(w: Word, near: Near, n: int) -> bool:
    """Return whether a and b both happen, or neither does; one event may be both."""
    return bool(_where(w, A)) == bool(_where(w, B))


def not_co_existence(w: Word, near: Near, n: int) -> bool:
    """Return whether a and b do not both happen, not even in one event."""
    return not (_where(w, A) and _where(w, B))


def response(w: Word, near: Near, n: int) -> bool:
    """Return whether each a is followed in time by a b, or by a release that is not too late; an
    event that is both serves itself, unless it must wait.
    """

    def answered(i: int) -> bool:
        return any(near(w[i][0], w[j][0]) for j in _where(w, B) if j >= i) or any(
            _in_time(near, w[i][0], w[j][0]) for j in _where(w, C) if j >= i
        )

    return all(answered(i) for i in _where(w, A))


def precedence(w: Word, near: Near, n: int) -> bool:
    """Return whether each b has an a in time before it, or a release at any time before it; an
    event that is both serves itself, unless it must wait.
    """

    def prepared(j: int) -> bool:
        return any(near(w[i][0], w[j][0]) for i in _where(w, A) if i <= j) or any(
            i <= j for i in _where(w, C)
        )

    return all(prepared(j) for j in _where(w, B))


def succession(w: Word, near: Near, n: int) -> bool:
    """Return whether `response` and `precedence` hold together."""
    return response(w, near, n) and precedence(w, near, n)


def alternate_response(w: Word, near: Near, n: int) -> bool:
    """Return whether each a is followed in time by a b before the next a; an event that is both
    answers the a before it, and needs a b of its own.
    """

    def answered(i: int) -> bool:
        for j in range(i + 1, len(w)):
            if _has(w, j, B) and near(w[i][0], w[j][0]):
                return True
            if _has(w, j, A):
                return False
        return False

    return all(answered(i) for i in _where(w, A))


def alternate_precedence(w: Word, near: Near, n: int) -> bool:
    """Return whether each b has an a in time before it that no other b has used; an event that is
    both serves itself, unless it must wait.
    """

    def prepared(j: int) -> bool:
        last = max((k for k in _where(w, B) if k < j), default=-1)
        return any(last < i <= j and near(w[i][0], w[j][0]) for i in _where(w, A))

    return all(prepared(j) for j in _where(w, B))


def chain_response(w: Word, near: Near, n: int) -> bool:
    """Return whether the event right after each a is a b, in time; an event that is both needs
    another b.
    """
    return all(
        i + 1 < len(w) and _has(w, i + 1, B) and near(w[i][0], w[i + 1][0]) for i in _where(w, A)
    )


def chain_precedence(w: Word, near: Near, n: int) -> bool:
    """Return whether the event right before each b is an a, in time; an event that is both needs
    another a.
    """
    return all(j > 0 and _has(w, j - 1, A) and near(w[j - 1][0], w[j][0]) for j in _where(w, B))


def not_succession(w: Word, near: Near, n: int) -> bool:
    """Return whether no b comes in time after an a until a release. An event that is both a and b
    does not break the rule by itself; one that is b and the release is allowed; one that is a and
    the release forbids again.
    """

    def free(i: int) -> bool:
        for j in range(i + 1, len(w)):
            if _has(w, j, C):
                return True
            if _has(w, j, B) and near(w[i][0], w[j][0]):
                return False
        return True

    return all(free(i) for i in _where(w, A))


def not_chain_succession(w: Word, near: Near, n: int) -> bool:
    """Return whether the event right after an a is no b in time; an event that is both does not
    break the rule by itself.
    """
    return not any(
        i + 1 < len(w) and _has(w, i + 1, B) and near(w[i][0], w[i + 1][0]) for i in _where(w, A)
    )


def always(w: Word, near: Near, n: int) -> bool:
    """Return whether a holds at every event."""
    return all(_has(w, i, A) for i in range(len(w)))


FORMULAS: dict[str, Formula] = {
    f.__name__: f
    for f in (
        existence, absence, at_most, exactly, init, end, choice, exclusive_choice,
        responded_existence, co_existence,
        not_co_existence, response, precedence, succession, alternate_response,
        alternate_precedence, chain_response,
        chain_precedence, not_succession, not_chain_succession, always,
    )
}  # fmt: skip


def timed_words(length: int, letters: range, times: range, since: int = 0) -> Iterator[Word]:
    """Yield every word of a length whose times begin at `since` or later and never go back."""
    clocks = [
        c for c in itertools.combinations_with_replacement(times, length) if not c or c[0] >= since
    ]
    for clock in clocks:
        for spelled in itertools.product(letters, repeat=length):
            yield tuple(zip(clock, spelled, strict=True))


def verdict(formula: Formula, word: Word, near: Near, n: int, extensions: list[Word]) -> Verdict:
    """Return SATISFIED if all extensions satisfy the formula and VIOLATED if none does; otherwise
    HOLDING if the word itself does, and PENDING if not.
    """
    itself = formula(word, near, n)
    if any(formula(word + more, near, n) is not itself for more in extensions):
        return Verdict.HOLDING if itself else Verdict.PENDING
    return Verdict.SATISFIED if itself else Verdict.VIOLATED
