"""Hide small numbers, by which a person could be recognized, from readers outside the agency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

__all__ = ["LEAST", "hidden_cells", "hidden_share", "hidden_stages", "unless_few"]

LEAST = 11
"""The smallest number that is shown: CMS, Cell Size Suppression Policy (no number from 1 to 10)."""
Cell = tuple[str, str]
"""(row, column)."""


def unless_few(number: int, least: int = LEAST) -> int | None:
    """Return a number, or None if it is too small to be shown."""
    return None if 0 < number < least else number


def hidden_cells(table: Mapping[Cell, int], least: int = LEAST) -> frozenset[Cell]:
    """Return the cells of a table that are hidden: the small ones, and as many more as are needed
    so that no total of a row or column reveals one.

    >>> sorted(hidden_cells({("", "a"): 40, ("", "b"): 3, ("", "c"): 25}))
    [('', 'b'), ('', 'c')]
    """
    hidden = {cell for cell, number in table.items() if 0 < number < least}
    lines = [*_lines(table, 0), *_lines(table, 1)]
    while more := {cell for line in lines for cell in _more(table, line, hidden, least)}:
        hidden |= more
    return frozenset(hidden)


def _lines(table: Mapping[Cell, int], place: int) -> Iterable[list[Cell]]:
    """Return the rows, or the columns. A line with a single cell has no total."""
    found: dict[str, list[Cell]] = {}
    for cell in table:
        found.setdefault(cell[place], []).append(cell)
    return [line for line in found.values() if len(line) > 1]


def _more(
    table: Mapping[Cell, int], line: Sequence[Cell], hidden: set[Cell], least: int
) -> Sequence[Cell]:
    """Return the cell that must also be hidden if the hidden ones could be worked out."""
    gone = [cell for cell in line if cell in hidden]
    if not gone or (len(gone) > 1 and sum(table[cell] for cell in gone) >= least):
        return ()
    left = [cell for cell in line if cell not in hidden and table[cell]]
    return sorted(left, key=lambda cell: (table[cell], cell))[:1]


def hidden_share(count: int, of: int, least: int = LEAST) -> bool:
    """Return whether a share is hidden because its count, or the rest, is small."""
    return 0 < count < least or 0 < of - count < least


def hidden_stages(counts: Sequence[int], least: int = LEAST) -> tuple[bool, ...]:
    """Return the hidden stages of a funnel: few are left in them, or few dropped out since the last
    stage that is shown.
    """
    told: list[int] = []
    hidden = []
    for count in counts:
        small = 0 < count < least or (bool(told) and 0 < told[-1] - count < least)
        hidden.append(small)
        if not small:
            told.append(count)
    return tuple(hidden)
