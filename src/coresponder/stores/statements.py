"""Statements of the SQL store: written with SQLAlchemy, compiled once for each database, and run as
text.

So a step does not pay for building SQL (ADR 0009). Each statement is defined beside the code that
runs it.
"""

from __future__ import annotations

import functools
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from coresponder.stores.dialects import Dialect
from coresponder.stores.tables import INCIDENT, OUTBOX

__all__ = [
    "NOTHING",
    "NO_OFFSET",
    "Statement",
    "compiled",
    "given",
    "matching",
    "recordset",
    "sql_dialect",
    "written_columns",
]

NOTHING: Any = sa.literal_column("''")
NO_OFFSET: Any = sa.literal_column("0")
"""An offset of 0. Without it SQLAlchemy adds a parameter of its own for SQLite."""
_MODULES: dict[str, tuple[Any, str]] = {
    "sqlite": (sqlite, "named"),
    "postgresql": (postgresql, "pyformat"),
}


@attrs.define(eq=False)
class Statement:
    """A statement with parameters by name.

    Args:
        build: the statement, or a function that makes it with the `sqlalchemy.dialects` module of a
            database.
    """

    build: Any
    _texts: dict[str, str] = attrs.field(init=False, factory=dict)

    def on(self, dialect: Dialect) -> str:
        """Return the text for a database."""
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = str(
                self.built(dialect.name).compile(dialect=sql_dialect(dialect.name))
            )
        return text

    def built(self, name: str) -> Any:
        """Return the SQLAlchemy statement for a database."""
        return self.build(_MODULES[name][0]) if callable(self.build) else self.build


@functools.cache
def sql_dialect(name: str) -> Any:
    """Return SQLAlchemy's dialect for a database, with the driver's parameter style."""
    module, paramstyle = _MODULES[name]
    return module.dialect(paramstyle=paramstyle)


def compiled(name: str, statement: Any) -> tuple[str, dict[str, Any]]:
    """Return a statement that is built for one call, as text and values."""
    found = statement.compile(dialect=sql_dialect(name))
    return str(found), dict(found.params)


def given(*names: str) -> dict[str, Any]:
    """Return a parameter for each column, under the column's name."""
    return {name: sa.bindparam(name) for name in names}


def recordset(name: str, *columns: Any) -> Any:
    """Return PostgreSQL's table expression for a parameter that has rows in JSON.

    Args:
        name: the name of the parameter.
        columns: the columns of each row.
    """
    kinds = (
        sa.column(c.name, sa.Integer() if isinstance(c.type, sa.Integer) else sa.Text())
        for c in columns
    )
    rows = sa.func.jsonb_to_recordset(sa.cast(sa.bindparam(name), postgresql.JSONB))
    return rows.table_valued(*kinds).render_derived(name=f"{name}_given", with_types=True)


def matching(table: Any, *names: str) -> Any:
    """Return the condition that these columns are equal to the parameters of their names."""
    return sa.and_(*(table.c[name] == sa.bindparam(name) for name in names))


def written_columns(table: sa.Table, *but: str) -> tuple[str, ...]:
    """Return the columns that are written with a new row. The database numbers notices, and marks
    new rows as unsealed and without a turn.
    """
    left_out = {*but} if table is INCIDENT else {*but, "sealed", "turn_at"}
    return tuple(c.name for c in table.c if c.name not in left_out and c is not OUTBOX.c.id)
