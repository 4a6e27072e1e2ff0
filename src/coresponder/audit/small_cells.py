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
    so that the totals of its rows and columns, alone or together, reveal none of them.

    >>> sorted(hidden_cells({("", "a"): 40, ("", "b"): 3, ("", "c"): 25}))
    [('', 'b'), ('', 'c')]
    """
    hidden = {cell for cell, number in table.items() if 0 < number < least}
    lines = [*_lines(table, 0), *_lines(table, 1)]
    ends = _ends(table, least)
    while more := (
        {cell for line in lines for cell in _more(table, line, hidden, least)}
        or _beside_a_revealed(table, ends, hidden, least)
    ):
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


def _ends(table: Mapping[Cell, int], least: int) -> dict[Cell, tuple[int, int]]:
    """Return the row and the column of each cell by number; all lines without a total that is shown
    are 0: those with a single cell, and those in which a small number stands alone.
    """
    ends = {cell: [0, 0] for cell in table}
    lines = [(place, line) for place in (0, 1) for line in _lines(table, place)]
    for number, (place, line) in enumerate(lines, start=1):
        counts = [table[cell] for cell in line if table[cell]]
        if len(counts) != 1 or sum(counts) >= least:
            for cell in line:
                ends[cell][place] = number
    return {cell: (row, column) for cell, (row, column) in ends.items()}


def _beside_a_revealed(
    table: Mapping[Cell, int], ends: Mapping[Cell, tuple[int, int]], hidden: set[Cell], least: int
) -> set[Cell]:
    """Return the cell that must also be hidden because several totals together reveal a small one.

    A total says what the hidden cells of its line come to. So a hidden cell is revealed if no circle
    of hidden cells, from a row to a column to a row, leads through it: the totals on one side of it
    then differ by just this cell.
    """
    for cell in sorted(one for one in hidden if 0 < table[one] < least):
        row, column = ends[cell]
        side = _reached(row, [ends[one] for one in hidden if one != cell])
        if column in side:
            continue
        across = [
            one
            for one, (row, column) in ends.items()
            if one not in hidden and (row in side) != (column in side)
        ]
        if across:
            return {min(across, key=lambda one: (not table[one], table[one], one))}
    return set()


def _reached(begin: int, pairs: Sequence[tuple[int, int]]) -> set[int]:
    """Return all that hangs together with `begin`."""
    found, before = {begin}, 0
    while len(found) > before:
        before = len(found)
        found.update(end for pair in pairs if not found.isdisjoint(pair) for end in pair)
    return found


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
