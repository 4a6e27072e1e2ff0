"""Checkpoints record what is new in a store, in lists of at most some 1,000 rows, each chained to
the one before (ADR 0019, 0095).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from coresponder.errors import CorruptRecord
from coresponder.stores.base import stamp
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.known import KEYS, LISTED, Known
from coresponder.stores.rows import cover, written
from coresponder.stores.statements import (
    NO_OFFSET,
    Statement,
    given,
    matching,
    written_columns,
)
from coresponder.stores.tables import CHECKPOINT, CUSTODY, INCIDENT, OUTBOX, PROGRAM, VAULT

__all__ = ["MOST_LISTED", "NEW_INCIDENTS", "NEW_ROWS", "RESTORE", "SqlCheckpoints"]

RESTORE = "restore it from a backup"

MOST_LISTED = 1000
"""The most rows that one checkpoint lists, so that it can be made and read however much was
written.
"""

CONTENTS: dict[sa.Table, tuple[str, ...]] = {
    OUTBOX: ("digest", "delivered_at"),
    VAULT: ("digest",),
    CUSTODY: ("digest",),
    PROGRAM: ("digest",),
}
"""The columns that a checkpoint keeps of rows that do not follow from the log: their content, and
whether it was final.
"""

_i, _k = INCIDENT.c, CHECKPOINT.c


def _unsealed(table: Any, *names: str) -> Any:
    """Return the query for some of the rows that no checkpoint lists yet. It has no order, so that
    the database uses the index of just these rows.
    """
    return (
        sa.select(*(table.c[name] for name in names))
        .where(matching(table, "agency") & (table.c.sealed == sa.literal_column("0")))
        .limit(sa.bindparam("limit"))
        .offset(NO_OFFSET)
    )


def _seal(table: sa.Table, *names: str) -> Statement:
    names = (*names, "digest") if table in CONTENTS else names
    return Statement(
        sa.update(table)
        .where(matching(table, "agency", *names))
        .values(sealed=sa.literal_column("1"))
    )


NEW_INCIDENTS = Statement(
    sa.select(INCIDENT).where(
        matching(INCIDENT, "agency") & _i.incident.in_(_unsealed(INCIDENT.alias("new"), "incident"))
    )
)
NEW_ROWS = {
    table: Statement(_unsealed(table, *keys, *CONTENTS.get(table, ())))
    for table, keys in LISTED.items()
}
_NEW_KEYS = NEW_ROWS | {INCIDENT: Statement(_unsealed(INCIDENT, "incident"))}
_ALL = 2**62
_SEAL_INCIDENT = Statement(
    sa.update(INCIDENT)
    .where(matching(INCIDENT, "agency", "incident", "version", "head"))
    .values(given("sealed", "digest"))
)
_SEAL = {table: _seal(table, *keys) for table, keys in LISTED.items()}
_PROGRAM_CONTENTS = Statement(sa.select(PROGRAM.c.name, PROGRAM.c.digest).order_by(PROGRAM.c.name))
_CHECKPOINTS = Statement(
    sa.select(CHECKPOINT)
    .where(matching(CHECKPOINT, "agency") & (_k.number > sa.bindparam("after")))
    .order_by(_k.number)
    .limit(sa.literal_column("10"))
    .offset(NO_OFFSET)
)
_NUMBER = Statement(sa.select(_k.number).where(matching(CHECKPOINT, "agency", "digest")))
_DIGESTS = Statement(sa.select(_k.digest).where(matching(CHECKPOINT, "agency")).order_by(_k.number))
_LAST_CHECKPOINT = Statement(
    sa.select(_k.number, _k.digest)
    .where(matching(CHECKPOINT, "agency"))
    .order_by(_k.number.desc())
    .limit(sa.literal_column("1"))
    .offset(NO_OFFSET)
)
_CHECKPOINT = Statement(
    lambda sql: (
        sql.insert(CHECKPOINT).values(given(*written_columns(CHECKPOINT))).on_conflict_do_nothing()
    )
)


def _checkpoint_digest(previous: str, row: dict[str, Any]) -> str:
    return hashlib.sha256(f"{previous}\x1f{cover(CHECKPOINT, row)}".encode()).hexdigest()


class SqlCheckpoints:
    """The checkpoints of a SQL store."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect

    def checkpoint(self, agency: str, *, at: dt.datetime) -> str | None:
        """Record the state of every incident that moved since the last checkpoint, and which rows
        are new; return the digest of the newest checkpoint.

        One checkpoint lists at most some 1,000 rows. If more was written, several are made, each in
        its own transaction. A role that may not make checkpoints gets the digest of the last one.
        """
        with self.connections.reading() as cursor:
            more = self.dialect.may_write(cursor, CHECKPOINT.name)
        while more:
            with self.connections.writing() as cursor:
                more = self._seal_some(cursor, agency, stamp(at)) == MOST_LISTED
        with self.connections.reading() as cursor:
            return self._last(cursor, agency)[1] or None

    def _seal_some(self, cursor: Any, agency: str, at: str) -> int:
        """Make one checkpoint of what is new, if anything is; return how many rows it lists."""
        number, previous = self._last(cursor, agency)
        moved, new = self._new_rows(cursor, agency)
        count = len(moved) + sum(map(len, new.values()))
        if not count:
            return 0
        listed: dict[str, list[Any]] = {
            INCIDENT.name: [(row["incident"], row["version"], row["head"]) for row in moved]
        }
        listed |= {table.name: rows for table, rows in new.items() if rows}
        programs = cursor.execute(_PROGRAM_CONTENTS.on(self.dialect), {}).fetchall()
        listed[PROGRAM.name] = [tuple(row) for row in programs]
        made = {"agency": agency, "number": number + 1, "made_at": at, "body": json.dumps(listed)}
        made["digest"] = _checkpoint_digest(previous, made)
        cursor.execute(_CHECKPOINT.on(self.dialect), made)
        if cursor.rowcount != 1:  # another connection made one at the same moment
            return 0
        sealed = [written(INCIDENT, row | {"sealed": 1}) for row in moved]
        cursor.executemany(_SEAL_INCIDENT.on(self.dialect), sealed)
        for table, rows in new.items():
            names = ("agency", *LISTED[table], *CONTENTS.get(table, ()))
            which = [dict(zip(names, (agency, *found), strict=True)) for found in rows]
            cursor.executemany(_SEAL[table].on(self.dialect), which)
        return count

    def _new_rows(
        self, cursor: Any, agency: str
    ) -> tuple[list[dict[str, Any]], dict[sa.Table, list[Any]]]:
        """Return incidents that moved, and the keys of new rows of other tables, as many as one
        checkpoint lists.
        """
        left = MOST_LISTED
        which = {"agency": agency, "limit": left}
        columns = [c.name for c in INCIDENT.c]
        found = sorted(cursor.execute(NEW_INCIDENTS.on(self.dialect), which).fetchall())
        left -= len(found)
        new: dict[sa.Table, list[Any]] = {}
        for table in LISTED:
            which["limit"] = left
            rows = cursor.execute(NEW_ROWS[table].on(self.dialect), which).fetchall()
            new[table] = sorted(map(tuple, rows))
            left -= len(rows)
        return [dict(zip(columns, row, strict=True)) for row in found], new

    def _last(self, cursor: Any, agency: str) -> tuple[int, str]:
        """Return the number and the digest of the newest checkpoint. It is read before the new
        rows, so that a checkpoint that is made meanwhile shows by its number.
        """
        return cursor.execute(_LAST_CHECKPOINT.on(self.dialect), {"agency": agency}).fetchone() or (
            0,
            "",
        )

    def checkpoints(self, agency: str) -> tuple[str, ...]:
        """Return the digests of all checkpoints, the oldest first."""
        with self.connections.reading() as cursor:
            found = cursor.execute(_DIGESTS.on(self.dialect), {"agency": agency}).fetchall()
        return tuple(row[0] for row in found)

    def _read_checkpoints(
        self, cursor: Any, agency: str, listed: Known, since: str | None = None
    ) -> int:
        """Read the lists of all checkpoints, or of those after `since`; return the number of the
        newest. Raise `CorruptRecord` if they do not follow one another.
        """
        number, previous = 0, since or ""
        if since is not None:
            which = {"agency": agency, "digest": since}
            found = cursor.execute(_NUMBER.on(self.dialect), which).fetchone()
            if found is None:
                raise CorruptRecord(f"checkpoint {since} is no longer in the store; {RESTORE}")
            number = found[0]
        for row in self._checkpoints_after(cursor, agency, number):
            number += 1
            if row["number"] != number:
                raise CorruptRecord(f"checkpoint {number} is missing; {RESTORE}")
            if row["digest"] != _checkpoint_digest(previous, row):
                raise CorruptRecord(
                    f"checkpoint {number} was changed after it was written; {RESTORE}"
                )
            previous, body = row["digest"], json.loads(row["body"])
            if isinstance(body, list):  # as schema version 2 wrote it
                body = {INCIDENT.name: body}
            for table in KEYS:
                listed.add(table, body.get(table.name, ()))
        return number

    def _checkpoints_after(self, cursor: Any, agency: str, number: int) -> Iterator[dict[str, Any]]:
        columns, which = [c.name for c in CHECKPOINT.c], {"agency": agency, "after": number}
        while found := cursor.execute(_CHECKPOINTS.on(self.dialect), which).fetchall():
            for row in found:
                yield dict(zip(columns, row, strict=True))
            which["after"] = found[-1][columns.index("number")]

    def _note_new(self, cursor: Any, agency: str, listed: Known) -> None:
        """Add to what is listed the keys of rows that no checkpoint lists yet."""
        for table, keys in KEYS.items():
            if "sealed" not in table.c:
                continue
            which = {"agency": agency, "limit": _ALL}
            found = cursor.execute(_NEW_KEYS[table].on(self.dialect), which)
            while rows := found.fetchmany(MOST_LISTED):
                listed.note(table, (row[: len(keys)] for row in rows))
