"""Write a step's changes to the lists that follow from the log: what is owed, and who was sent.
Only changed rows are written.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from coresponder.stores.base import Append
from coresponder.stores.dialects import Dialect
from coresponder.stores.rows import list_rows
from coresponder.stores.statements import Statement, given, matching, recordset
from coresponder.stores.tables import OBLIGATION, TEAM

__all__ = ["PUT_OWED", "date_team", "in_one_statement", "write_lists"]

_TABLES = {"owed": OBLIGATION, "met": OBLIGATION, "sent": TEAM, "unsent": TEAM, "dated": TEAM}
_DATES = ("opened_at", "first_due")


def _names(table: sa.Table) -> tuple[str, ...]:
    return tuple(c.name for c in table.c)


def _keys(table: sa.Table) -> tuple[str, ...]:
    return tuple(c.name for c in table.primary_key)


def _replacing(insert: Any, table: sa.Table) -> Any:
    changed = {c: insert.excluded[c] for c in _names(table) if c not in _keys(table)}
    return insert.on_conflict_do_update(index_elements=[*_keys(table)], set_=changed)


def _put(table: sa.Table) -> Statement:
    return Statement(lambda sql: _replacing(sql.insert(table).values(given(*_names(table))), table))


def _taken(table: sa.Table) -> Statement:
    return Statement(sa.delete(table).where(matching(table, *_keys(table))))


@functools.cache
def _dated(changed: tuple[str, ...]) -> Statement:
    """Return the update of just these columns, so that the indexes of other columns are not
    rewritten.
    """
    here = matching(TEAM, "agency", "incident")
    return Statement(sa.update(TEAM).where(here).values(given(*changed)))


_BY_ROW = {
    "owed": _put(OBLIGATION),
    "met": _taken(OBLIGATION),
    "sent": _put(TEAM),
    "unsent": _taken(TEAM),
}
PUT_OWED = _BY_ROW["owed"]


def write_lists(cursor: Any, dialect: Dialect, step: Append) -> None:
    """Write a step's changes to the lists row by row, without the times of those who were sent."""
    if step.owed or step.met or step.sent or step.unsent:
        rows = list_rows(step)
        for name, statement in _BY_ROW.items():
            for row in rows[name]:
                cursor.execute(statement.on(dialect), row)


def date_team(
    cursor: Any, dialect: Dialect, row: Mapping[str, Any], changed: Collection[str]
) -> None:
    """Give those who were sent the times of the incident's row, if some of them changed."""
    dates = tuple([name for name in _DATES if name in changed])
    if dates:
        cursor.execute(_dated(dates).on(dialect), row)


def in_one_statement(name: str, moved: Any) -> Any:
    """Return the part of PostgreSQL's one statement that changes a list, if the incident was moved.
    The rows are one parameter, `list_<name>`, in JSON.
    """
    table = _TABLES[name]
    columns = {"owed": _names, "sent": _names, "met": _keys}.get(name)
    names = columns(table) if columns else ("agency", "incident", *_DATES)
    rows = recordset(f"list_{name}", *(table.c[one] for one in names))
    if name in {"owed", "sent"}:
        taken = sa.select(*rows.c).select_from(rows.join(moved, sa.true()))
        return _replacing(postgresql.insert(table).from_select([*names], taken), table).cte(name)
    same = sa.and_(
        *(table.c[one] == rows.c[one] for one in names if one in _keys(table)),
        sa.exists(sa.select(moved.c.one)),
    )
    if name == "met":
        return sa.delete(table).where(same).cte(name)
    return sa.update(table).where(same).values({one: rows.c[one] for one in _DATES}).cte(name)
