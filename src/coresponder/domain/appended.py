"""An immutable sequence to which one item is appended without copying the others."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

__all__ = ["Appended"]

_T = TypeVar("_T")


class Appended(Sequence[_T], Generic[_T]):
    """A tuple in all but the cost of `plus`: a sequence and its successor share one list, of which
    each sees the beginning.

    Two successors of one sequence share the list only if the same item was appended; otherwise the
    second copies what it needs. So threads may append to the same sequence at the same time.
    """

    __slots__ = ("_found", "_items", "_length")

    def __init__(self, items: Iterable[_T] = ()) -> None:
        self._items = list(items)
        self._length = len(self._items)
        self._found: dict[frozenset[str], tuple[int, tuple[int, ...]]] = {}

    def plus(self, item: _T) -> Appended[_T]:
        """Return this sequence with one item more."""
        items, length, found = self._items, self._length, self._found
        if len(items) == length:
            items.append(item)
        if items[length] is not item:
            items, found = [*items[:length], item], {}
        more: Appended[_T] = Appended.__new__(Appended)
        more._items, more._length, more._found = items, length + 1, found
        return more

    def places(self, types: frozenset[str]) -> tuple[int, ...]:
        """Return where the items of some types are. Sequences that share a list share what was
        found, so that after a `plus` only the new item is looked at.
        """
        upto, found = self._found.get(types, (0, ()))
        if upto < self._length:
            new = range(upto, self._length)
            found += tuple(n for n in new if type(self._items[n]).__name__ in types)
            self._found[types] = (self._length, found)
        return found[: bisect_left(found, self._length)]

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> _T: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[_T, ...]: ...

    def __getitem__(self, index: int | slice) -> _T | tuple[_T, ...]:
        length = self._length
        if isinstance(index, slice):
            start, stop, step = index.indices(length)
            found = self._items[start:stop:step] if step > 0 else self._items[:length][index]
            return tuple(found)
        if -length <= index < length:
            return self._items[index if index >= 0 else length + index]
        raise IndexError(f"there is no item {index}; there are {length}")

    def __iter__(self) -> Iterator[_T]:
        return itertools.islice(self._items, self._length)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Appended):
            same = self._items is other._items and self._length == other._length
            return same or tuple(self) == tuple(other)
        return isinstance(other, tuple) and tuple(self) == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return Appended, (tuple(self),)
