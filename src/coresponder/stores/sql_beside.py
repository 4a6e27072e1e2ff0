"""Everything that a SQL store has of some incidents, read together. A store of any size is checked
in bounded memory, a hundred incidents at a time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from coresponder.program import Notice
from coresponder.stores.base import Beside, Sent, StoredIncident, Words, check_chain
from coresponder.stores.codec import Stored
from coresponder.stores.dialects import Dialect
from coresponder.stores.rows import CONTACT_FIELDS, contact_of_row, owed_of_row, summary_of_row
from coresponder.stores.sql_turns import each
from coresponder.stores.statements import NO_OFFSET, NOTHING, Statement, matching
from coresponder.stores.tables import (
    CONTACT,
    CUSTODY,
    ENGAGEMENT,
    EVENT,
    INCIDENT,
    KEY,
    OBLIGATION,
    OUTBOX,
    PROGRAM,
    TEAM,
    VAULT,
)

__all__ = ["AT_ONCE", "Kept", "all_rows", "kept_of"]

Row = dict[str, Any]

AT_ONCE = 100
"""How many incidents are read together."""
_ROWS = 1000
_NAMES = Stored._fields


def _of_incidents(table: sa.Table) -> Statement:
    order = [table.c.number] if table is EVENT else []
    return Statement(
        lambda sql: (
            sa.select(table)
            .where(matching(table, "agency") & table.c.incident.in_(each(sql, "incidents")))
            .order_by(*order)
        )
    )


_OF_INCIDENTS = {
    table: _of_incidents(table)
    for table in (INCIDENT, EVENT, CONTACT, ENGAGEMENT, OUTBOX, OBLIGATION, TEAM)
}
_WORDS = Statement(
    lambda sql: sa.select(VAULT).where(
        matching(VAULT, "agency") & VAULT.c.id.in_(each(sql, "ids")) & (VAULT.c.subject != NOTHING)
    )
)


@attrs.frozen(kw_only=True)
class Kept:
    """The rows of one incident.

    Attributes:
        head: its head row.
        rows: the rows of each other table.
        words: the vault entries to which its notes may refer.
    """

    agency: str
    head: Row
    rows: dict[sa.Table, list[Row]]
    words: dict[str, Words]

    @property
    def incident(self) -> str:
        """The id of the incident."""
        return str(self.head["incident"])

    @property
    def events(self) -> tuple[Stored, ...]:
        """The log of the incident, unchecked."""
        return tuple(Stored(*(row[name] for name in _NAMES)) for row in self.rows[EVENT])

    def checked(self) -> StoredIncident:
        """Return the log if it is as it was written; raise `CorruptRecord`."""
        found = StoredIncident(
            incident=self.incident, program=self.head["program"], rows=self.events
        )
        return check_chain(self.agency, found, version=self.head["version"], head=self.head["head"])

    def beside(self) -> Beside:
        """Return what is kept beside the log; raise `ValueError` if that cannot be read."""
        rows = self.rows
        notes = [_entry(row["body"]) for row in rows[EVENT] if row["kind"] == "NoteAdded"]
        return Beside(
            summary=summary_of_row(self.head),
            contacts=tuple(
                contact_of_row({name: row[name] for name in CONTACT_FIELDS})
                for row in rows[CONTACT]
                if row["contact_at"]
            ),
            notices={row["key"]: _notice(row["body"]) for row in rows[OUTBOX]},
            words={id: self.words[id] for id in notes if id in self.words},
            engaged=tuple(row["responder"] for row in rows[ENGAGEMENT]),
            owed=tuple(map(owed_of_row, rows[OBLIGATION])),
            sent=tuple(Sent(row["kind"], row["name"]) for row in rows[TEAM]),
        )


def kept_of(
    cursor: Any,
    dialect: Dialect,
    agency: str,
    incidents: Sequence[str],
    opened: Callable[[Any, Row], Words | None],
) -> Iterator[Kept]:
    """Yield what is kept of each of these incidents that has a head row, by id. `opened` returns
    the words of a row of the vault; None if they cannot be read.
    """
    which = {"agency": agency, "incidents": json.dumps([*incidents])}
    rows: dict[str, dict[sa.Table, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for table, statement in _OF_INCIDENTS.items():
        for row in _named(table, cursor.execute(statement.on(dialect), which).fetchall()):
            rows[row["incident"]][table].append(row)
    notes = [
        _entry(row["body"])
        for tables in rows.values()
        for row in tables[EVENT]
        if row["kind"] == "NoteAdded"
    ]
    words = _words(cursor, dialect, agency, notes, opened)
    for incident in sorted(rows):
        for head in rows[incident][INCIDENT]:
            yield Kept(agency=agency, head=head, rows=rows[incident], words=words)


def _words(
    cursor: Any,
    dialect: Dialect,
    agency: str,
    ids: Iterable[str],
    opened: Callable[[Any, Row], Words | None],
) -> dict[str, Words]:
    which = {"agency": agency, "ids": json.dumps([*ids])}
    if which["ids"] == "[]":
        return {}
    found = _named(VAULT, cursor.execute(_WORDS.on(dialect), which).fetchall())
    return {
        row["id"]: words for row in found for words in [opened(cursor, row)] if words is not None
    }


def _entry(body: str) -> str:
    """Return the id of a note's vault entry; None if the note cannot be read."""
    try:
        return str(json.loads(body)["entry"])
    except (ValueError, KeyError, TypeError):
        return ""


def _notice(body: str) -> Notice | None:
    try:
        return Notice.from_json(body)
    except ValueError:
        return None


def _named(table: sa.Table, rows: Iterable[Any]) -> Iterator[Row]:
    names = [c.name for c in table.c]
    return (dict(zip(names, row, strict=True)) for row in rows)


def _paged(table: sa.Table, *, goes_on: bool) -> Statement:
    """Return the query for the first rows of a table, or for those that follow a row."""
    keys = [c for c in table.primary_key if c.name != "agency"]
    behind = sa.tuple_(*keys) > sa.tuple_(*(sa.bindparam(c.name, type_=c.type) for c in keys))
    query = sa.select(table).order_by(*keys).limit(sa.literal_column(str(_ROWS))).offset(NO_OFFSET)
    if "agency" in table.c:
        query = query.where(matching(table, "agency"))
    return Statement(query.where(behind) if goes_on else query)


_PAGES = {
    table: (_paged(table, goes_on=False), _paged(table, goes_on=True))
    for table in (CONTACT, ENGAGEMENT, OUTBOX, VAULT, KEY, CUSTODY, PROGRAM)
}


def all_rows(cursor: Any, dialect: Dialect, agency: str, table: sa.Table) -> Iterator[Row]:
    """Yield each row that a table has for an agency, in the order of its key, a thousand with each
    query; of a table that all agencies share, yield every row.
    """
    (first, more), which = _PAGES[table], {"agency": agency}
    page = cursor.execute(first.on(dialect), which).fetchall()
    while page:
        rows = list(_named(table, page))
        yield from rows
        which |= {c.name: rows[-1][c.name] for c in table.primary_key if c.name != "agency"}
        page = cursor.execute(more.on(dialect), which).fetchall()
