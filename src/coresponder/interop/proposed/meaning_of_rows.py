"""Recognize what a row is, from the rows that have the number of one incident."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import attrs

from coresponder.interop.proposed.forms import are_times, instants
from coresponder.interop.proposed.look import Look
from coresponder.interop.proposed.times import find_moment

__all__ = ["find_meaning_of_rows"]


def find_meaning_of_rows(look: Look) -> None:
    """Recognize whether a row is an incident, a unit, an event or a correction, and say so."""
    number = look.column("incident")
    rows = _Together.of(look.cells, number) if number else None
    if number is None or rows is None:
        _say_what_is_not_needed(look)
        return
    said = f"{rows.many} more than once in {number}"
    unit, status, newest = (_first(look, kind) for kind in ("unit", "status", "newest"))
    if unit and rows.differ(unit):
        _take(look, "unit", f"{said}, never twice with the same {unit}", unit=unit)
    elif status and rows.vary(status) and _find_time_of_rows(look, rows):
        _take(look, "event", f"{said}, with different values of {status}", unit=unit, status=status)
    elif newest and unit and rows.vary(unit) and rows.differ(unit, newest):
        _take(look, "unit", f"{said}, some twice with the same {unit}", unit=unit, newest=newest)
        _say_newest(look, newest)
    elif newest and not (unit and rows.vary(unit)) and rows.differ(newest):
        _take(look, "incident", f"{said}, never twice with the same {newest}", newest=newest)
        _say_newest(look, newest)
    else:
        look.open.append(
            f"{said}, and it was not recognized why; say what a row is (one_row_is = unit or event),"
            " or which row is newest (newest); until then only the first row of each is used"
        )
    if rows.same:
        look.open.append(f"{rows.same:,} rows are exactly like an earlier row of the same number")
    _say_what_is_not_needed(look)


@attrs.frozen
class _Together:
    """The rows of each number that comes more than once, and how many repeat an earlier row."""

    groups: Sequence[Sequence[Mapping[str, str]]]
    same: int

    @classmethod
    def of(cls, cells: Sequence[Mapping[str, str]], number: str) -> _Together | None:
        """Return the rows by their number; None if no number comes more than once."""
        by_number = defaultdict[str, list[Mapping[str, str]]](list)
        for row in cells:
            if number in row:
                by_number[row[number]].append(row)
        several = [rows for rows in by_number.values() if len(rows) > 1]
        same = sum(len(rows) - len({tuple(row.items()) for row in rows}) for rows in several)
        return cls(several, same) if several else None

    @property
    def many(self) -> str:
        """How many numbers come more than once, in words."""
        count = len(self.groups)
        return "1 number comes" if count == 1 else f"{count:,} numbers come"

    def differ(self, *columns: str) -> bool:
        """Return whether no two rows of one number are equal in these columns, which all have."""
        keys = [[tuple(row.get(one) for one in columns) for row in rows] for rows in self.groups]
        return all(len({*found}) == len(found) and (None,) not in found for found in keys)

    def vary(self, column: str) -> bool:
        """Return whether some rows of one number differ in a column."""
        return any(len({row.get(column) for row in rows}) > 1 for rows in self.groups)


def _first(look: Look, kind: str) -> str | None:
    """Return the first column that is named for a kind and can be of it."""
    for column, _ in look.named(kind):
        values = look.values(column)
        can_be = _is_newness(values) if kind == "newest" else not are_times(values)
        if values and can_be:
            return column
    return None


def _is_newness(values: Collection[str]) -> bool:
    return bool(instants(values)) or all(text.isdecimal() for text in values)


def _find_time_of_rows(look: Look, rows: _Together) -> bool:
    """Recognize the time of each row. What looked like the time of the call is it if it differs
    between the rows of one number.
    """
    columns = look.found.get("received", ())
    if not any(map(rows.vary, columns)):
        return find_moment(look)
    look.found["time"] = look.found.pop("received")
    look.recognized = [one for one in look.recognized if not one.startswith("received = ")]
    look.recognized.append(
        f"time = {' and '.join(columns)}: it differs between the rows of one number"
    )
    return True


def _take(look: Look, one_row_is: str, why: str, **columns: str | None) -> None:
    look.one_row_is = one_row_is
    look.found |= {kind: (column,) for kind, column in columns.items() if column}
    look.recognized.append(f"one_row_is = {one_row_is}: {why}")
    look.recognized += [f"{kind} = {column}" for kind, column in columns.items() if column]


def _say_newest(look: Look, newest: str) -> None:
    look.recognized.append(f"a row with a higher {newest} replaces an earlier one")
    look.add(look.settled(instants(look.values(newest))))


def _say_what_is_not_needed(look: Look) -> None:
    """Ask about columns that have a meaning only if a row is something else."""
    for kind, when in (
        ("unit", "one_row_is is unit or event"),
        ("status", "one_row_is is event"),
        ("newest", "a later row can correct an earlier one"),
    ):
        if kind not in look.found and (column := _first(look, kind)):
            look.open.append(
                f"{column}: it may be the column {kind}, which has a meaning if {when}"
            )
