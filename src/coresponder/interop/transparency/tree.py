"""The Merkle tree over a log, as RFC 6962 section 2.1 defines it.

The entries of a log are read in order and never held together: a hash of many entries needs as
many hashes in memory as the tree is high, and a proof reads each entry once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

__all__ = ["Entries", "Tree", "consistency_path", "inclusion_path", "root_of"]

Entries = Callable[[int, int], Iterator[bytes]]
"""Reads the entries from one index, which is counted from 0, up to but without another."""


def _leaf(entry: bytes) -> bytes:
    """Return the hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree over the entries that were added so far. It holds the roots of its complete parts,
    the largest first.

    Attributes:
        size: how many entries were added.
    """

    __slots__ = ("_parts", "size")
    size: int
    _parts: list[tuple[int, bytes]]

    def __init__(self) -> None:
        self.size = 0
        self._parts = []

    def add(self, entry: bytes) -> None:
        """Add an entry at the end."""
        height, node = 0, _leaf(entry)
        while self._parts and self._parts[-1][0] == height:
            height, node = height + 1, _node(self._parts.pop()[1], node)
        self._parts.append((height, node))
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root over all entries."""
        if not self._parts:
            return hashlib.sha256().digest()
        *others, (_, node) = self._parts
        for _, left in reversed(others):
            node = _node(left, node)
        return node


def root_of(entries: Iterable[bytes]) -> bytes:
    """Return the root over some entries."""
    tree = Tree()
    for entry in entries:
        tree.add(entry)
    return tree.root


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(entries: Entries, index: int, size: int) -> tuple[bytes, ...]:
    """Return the hashes that lead from one entry to the root over the first `size` entries, the
    lowest first (RFC 6962 section 2.1.1).
    """
    path, start, stop = [], 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(root_of(entries(middle, stop)))
            stop = middle
        else:
            path.append(root_of(entries(start, middle)))
            start = middle
    return tuple(reversed(path))


def consistency_path(entries: Entries, old: int, size: int) -> tuple[bytes, ...]:
    """Return the hashes by which the root over `size` entries is seen to continue the root over the
    first `old` of them (RFC 6962 section 2.1.2).
    """
    path, start, stop = [], 0, size
    while old < stop:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(root_of(entries(middle, stop)))
            stop = middle
        else:
            path.append(root_of(entries(start, middle)))
            start = middle
    if start:
        path.append(root_of(entries(start, stop)))
    return tuple(reversed(path))
