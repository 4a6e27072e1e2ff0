"""Tables that fit the terminal. Lines break only between words. Where the cells of a row do not fit
side by side, they are printed below one another.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

__all__ = ["print_table"]

_BORDERS = 3
"""The width in columns that a border takes with its padding; without a border, `_PADDING`."""
_PADDING = 2


def print_table(
    console: Console,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str = "",
    lines: bool = True,
    fixed: Mapping[int, int] = MappingProxyType({}),
    first: int | None = None,
    numbers: Collection[int] = (),
) -> None:
    """Print a table. Its title stands above it, as wide as the terminal.

    Args:
        console: the terminal.
        heads: the name of each column; where none has a name, they are not printed.
        rows: their cells.
        title: the line above the table.
        lines: whether borders are drawn.
        fixed: the width of some columns, by place.
        first: the column that is widened before the others.
        numbers: the columns whose cells end at the right, and are never broken.
    """
    cells = [tuple(row) for row in rows]
    if title:
        console.print(escape(title), style="italic", highlight=False)
    columns = [*zip(heads, *cells, strict=True)]
    full = [fixed.get(i, max(map(len, column))) for i, column in enumerate(columns)]
    least = [
        full[i] if i in numbers else fixed.get(i, _longest_word(column))
        for i, column in enumerate(columns)
    ]
    spare = console.width - sum(least) - (_BORDERS if lines else _PADDING) * len(heads) - lines
    if spare < 0:
        _print_blocks(console, cells, together=bool(numbers))
        return
    made = [
        Column(head, width=width, justify="right" if i in numbers else "left")
        for i, (head, width) in enumerate(
            zip(heads, _shared(least, full, spare, first), strict=True)
        )
    ]
    table = Table(
        *made,
        show_header=any(heads),
        box=box.HEAVY_HEAD if lines else None,
        padding=(0, 1),
    )
    for row in cells:
        table.add_row(*map(escape, row))
    console.print(table, highlight=False, crop=False)


def _longest_word(cells: Iterable[str]) -> int:
    return max((len(word) for cell in cells for word in cell.split()), default=0)


def _shared(least: Sequence[int], full: Sequence[int], spare: int, first: int | None) -> list[int]:
    """Return the width of each column: the width that its words need, and an equal share of the
    spare width as long as the column can use more.
    """
    widths = [*least]
    if first is not None:
        widths[first] = min(full[first], least[first] + spare)
        spare -= widths[first] - least[first]
    while spare > 0 and (narrow := [i for i, width in enumerate(widths) if width < full[i]]):
        for i in narrow[:spare]:
            widths[i] += 1
        spare -= len(narrow)
    return widths


def _print_blocks(console: Console, cells: Iterable[Sequence[str]], *, together: bool) -> None:
    """Print each row as a paragraph: its first cell, and below it the others, in one line or each
    in lines of its own.
    """
    lines = []
    for first, *others in cells:
        lines += [first] if first else []
        if together:
            lines.append("    " + "  ".join(filter(None, others)))
            continue
        for text in others:
            wrapped = textwrap.wrap(
                text, console.width - 4, break_long_words=False, break_on_hyphens=False
            )
            lines += [f"    {line}" for line in wrapped]
    console.print(escape("\n".join(lines)), highlight=False, soft_wrap=True)
