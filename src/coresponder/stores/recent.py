"""A cache of the values that were put in last. Threads may share it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

import attrs

__all__ = ["Recent"]

_K = TypeVar("_K")
_V = TypeVar("_V")


@attrs.define
class Recent(Generic[_K, _V]):
    """Keeps the `most` values that were put in last. Every operation takes its lock.

    >>> squares = Recent(2)
    >>> for n in (1, 2, 3):
    ...     squares.keep(n, n * n)
    >>> squares.get(1), squares.get(3)
    (None, 9)
    """

    most: int
    _values: OrderedDict[_K, _V] = attrs.field(init=False, factory=OrderedDict)
    _lock: Lock = attrs.field(init=False, factory=Lock, eq=False, repr=False)

    def get(self, key: _K) -> _V | None:
        """Return the value of a key; None if it is not kept."""
        with self._lock:
            return self._values.get(key)

    def keep(self, key: _K, value: _V) -> None:
        """Keep a value, and drop the oldest if there are too many."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self.most:
                self._values.popitem(last=False)

    def __len__(self) -> int:
        """Return the number of kept values."""
        return len(self._values)

    def clear(self) -> None:
        """Drop all values."""
        with self._lock:
            self._values.clear()

    def drop(self, key: _K) -> None:
        """Drop a value, if it is kept."""
        with self._lock:
            self._values.pop(key, None)
