"""The rows that an agency's checkpoints list, kept on disk during `verify`, so that memory does not
grow with the store.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Self

import attrs
import sqlalchemy as sa

from coresponder.stores.tables import (
    CONTACT,
    CUSTODY,
    ENGAGEMENT,
    INCIDENT,
    KEY,
    OUTBOX,
    PROGRAM,
    VAULT,
)

__all__ = ["KEYS", "LISTED", "Known"]

Key = tuple[Any, ...]

LISTED: dict[sa.Table, tuple[str, ...]] = {
    CONTACT: ("person", "incident"),
    ENGAGEMENT: ("responder",),
    OUTBOX: ("key", "id"),
    VAULT: ("id",),
    KEY: ("id",),
    CUSTODY: ("number",),
}
"""The tables whose new rows a checkpoint lists beside incidents, each with its key columns."""

KEYS: dict[sa.Table, tuple[str, ...]] = {INCIDENT: ("incident",), **LISTED, PROGRAM: ("name",)}
"""The columns by which a checkpoint names a row. The values after them are the row's content."""

_PAGE = 500
_TABLE = """CREATE TABLE listed (
    name TEXT NOT NULL, key TEXT NOT NULL, contents TEXT, PRIMARY KEY (name, key)
) WITHOUT ROWID"""
_ADD = (
    "INSERT INTO listed VALUES (?, ?, ?) "
    "ON CONFLICT (name, key) DO UPDATE SET contents = excluded.contents"
)
_ADD_ONCE = f"{_ADD} WHERE listed.contents IN ('[]', 'null')"
_NOTE = "INSERT INTO listed VALUES (?, ?, NULL) ON CONFLICT DO NOTHING"
_ONE = "SELECT contents FROM listed WHERE name = ? AND key = ?"
_TAKE = "DELETE FROM listed WHERE name = ? AND key = ?"
_AFTER = "SELECT key, contents FROM listed WHERE name = ? AND key > ? ORDER BY key LIMIT ?"


def _database() -> sqlite3.Connection:
    """Open a temporary database, which is deleted with the connection."""
    made = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for statement in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", _TABLE):
        made.execute(statement)
    return made


@attrs.define(eq=False)
class Known:
    """The rows that checkpoints list, each as the last checkpoint saw it. `verify` crosses off the
    rows it finds; the rows that are left at the end are missing.
    """

    _db: sqlite3.Connection = attrs.field(init=False, factory=_database)

    def __enter__(self) -> Self:
        """Return the rows."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete the file."""
        self._db.close()

    def add(self, table: sa.Table, rows: Iterable[list[Any]]) -> None:
        """Add the rows of one more checkpoint. A program never changes, so the first checkpoint
        that has its content counts.
        """
        width, said = len(KEYS[table]), _ADD_ONCE if table is PROGRAM else _ADD
        values = ((table.name, json.dumps(r[:width]), json.dumps(r[width:])) for r in rows)
        self._db.executemany(said, values)

    def note(self, table: sa.Table, keys: Iterable[Key]) -> None:
        """Add rows that no checkpoint lists, so that they are checked."""
        self._db.executemany(_NOTE, ((table.name, json.dumps([*key])) for key in keys))

    def take(self, table: sa.Table, key: Key) -> Key | None:
        """Cross off a row, and return its listed content; None if no checkpoint lists it."""
        which = (table.name, json.dumps([*key]))
        found = self._db.execute(_ONE, which).fetchone()
        if found is None:
            return None
        self._db.execute(_TAKE, which)
        return None if found[0] is None else tuple(json.loads(found[0]))

    def left(self, table: sa.Table) -> Iterator[tuple[Key, Key | None]]:
        """Yield each row that is not crossed off, and what it was. Rows may be crossed off
        meanwhile.
        """
        after = ""
        while page := self._db.execute(_AFTER, (table.name, after, _PAGE)).fetchall():
            for key, contents in page:
                yield (
                    tuple(json.loads(key)),
                    None if contents is None else tuple(json.loads(contents)),
                )
            after = page[-1][0]
