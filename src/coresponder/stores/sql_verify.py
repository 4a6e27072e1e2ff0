"""`verify` checks that no stored row was changed, lost or moved, and no incident was removed (ADR
0019, 0096).

A store is read in pages, and the lists of its checkpoints are kept on disk meanwhile, so that
memory does not grow with the store.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from types import MappingProxyType
from typing import Any

import attrs
import sqlalchemy as sa

from coresponder.errors import CoresponderError, CorruptRecord
from coresponder.program import Program, program_from_definition
from coresponder.program.engaged import COMING
from coresponder.stores.base import Beside, StoredIncident, Words, no_incident, stamp
from coresponder.stores.derived import faults_beside
from coresponder.stores.known import KEYS, LISTED, Key, Known
from coresponder.stores.rows import cover
from coresponder.stores.sealing import UNREADABLE
from coresponder.stores.sql_beside import AT_ONCE, Kept, all_rows, kept_of
from coresponder.stores.sql_checkpoints import RESTORE, SqlCheckpoints
from coresponder.stores.sql_custody import custody_faults
from coresponder.stores.sql_feed import feed_faults
from coresponder.stores.sql_keys import SqlKeys
from coresponder.stores.sql_turns import turn_faults
from coresponder.stores.sql_vault import PROGRAM_BY_NAME
from coresponder.stores.statements import NO_OFFSET, NOTHING, Statement, compiled, matching
from coresponder.stores.tables import (
    CHECKPOINT,
    CONTACT,
    ENGAGEMENT,
    EVENT,
    INCIDENT,
    OBLIGATION,
    OUTBOX,
    PROGRAM,
    TEAM,
    VAULT,
)

__all__ = ["SqlVerify"]

_CLOCKS = dt.timedelta(hours=1)
"""How far the clocks of two hosts may be apart before `verify` takes the order of their steps, or
the turn of a notice, for another.
"""

_i = INCIDENT.c
_IDS = Statement(
    sa.select(_i.incident)
    .where(matching(INCIDENT, "agency") & (_i.incident > sa.bindparam("after")))
    .order_by(_i.incident)
    .limit(sa.literal_column(str(AT_ONCE)))
    .offset(NO_OFFSET)
)


_ROW_OF = {
    table: Statement(sa.select(table).where(matching(table, "agency", *keys)))
    for table, keys in LISTED.items()
}


_UNNOTED = Statement(
    sa.select(VAULT.c.id, VAULT.c.incident).where(
        matching(VAULT, "agency")
        & (VAULT.c.incident != NOTHING)
        & ~sa.exists().where(
            (EVENT.c.agency == VAULT.c.agency)
            & (EVENT.c.incident == VAULT.c.incident)
            & (EVENT.c.kind == sa.literal_column("'NoteAdded'"))
            & (EVENT.c.recorded_at == VAULT.c.entered_at)
            & (sa.func.replace(EVENT.c.body, VAULT.c.id, NOTHING) != EVENT.c.body)
        )
    )
)
"""Words that came with a note of another incident or time than their row says. The note's body has
their id.
"""


def _left_over(table: sa.Table) -> Statement:
    """Return the query for incidents that have rows in a table but no head row."""
    t = table.c
    head = sa.exists().where((_i.agency == t.agency) & (_i.incident == t.incident))
    of_one = matching(table, "agency") & (t.incident != NOTHING)
    return Statement(sa.select(t.incident).distinct().where(of_one & ~head))


_LEFT_OVER = {
    table: _left_over(table) for table in (EVENT, CONTACT, ENGAGEMENT, OUTBOX, OBLIGATION, TEAM)
}


def _happened(body: str) -> str | None:
    try:
        return stamp(dt.datetime.fromisoformat(json.loads(body)["at"]))
    except (ValueError, KeyError, TypeError):
        return None


@attrs.define(kw_only=True)
class _Look:
    """One check of an agency.

    Attributes:
        listed: the rows that checkpoints list; empty if the checkpoints cannot be trusted.
        believed: whether the checkpoints can be trusted.
        since: the checkpoint after which rows are checked.
        programs: name -> program; None for an unknown program.
        unlisted: how many rows claim to be on a checkpoint that does not list them, and the first
            of them.
        named: the incidents for which a fault was reported.
    """

    cursor: Any
    agency: str
    listed: Known
    believed: bool = True
    since: str | None
    programs: dict[str, Program | None]
    unlisted: int = 0
    first: str = ""
    named: set[str] = attrs.field(factory=set)

    def miss(self, row: str) -> None:
        """Count a row that claims to be on a checkpoint and is on none."""
        self.first = self.first or row
        self.unlisted += 1


class SqlVerify(SqlCheckpoints, SqlKeys):
    """The verification of a SQL store."""

    __slots__ = ()

    def count(self, agency: str) -> int:
        """Return how many incidents there are."""
        with self.connections.reading() as cursor:
            found = self._rows(
                cursor,
                sa.select(sa.func.count()).select_from(INCIDENT).where(INCIDENT.c.agency == agency),
            )
        return int(found[0][0])

    def has(self, agency: str) -> bool:
        """Return whether an agency has incidents here, or had some when a checkpoint was made."""
        there = [sa.exists().where(table.c.agency == agency) for table in (INCIDENT, CHECKPOINT)]
        with self.connections.reading() as cursor:
            return bool(self._rows(cursor, sa.select(sa.or_(*there)))[0][0])

    def agencies(self) -> tuple[str, ...]:
        """Return the agencies that have incidents here; with row-level security those that one may
        see.
        """
        with self.connections.reading() as cursor:
            return tuple(
                row[0]
                for row in self._rows(
                    cursor, sa.select(INCIDENT.c.agency).distinct().order_by(INCIDENT.c.agency)
                )
            )

    @contextmanager
    def _one_moment(self) -> Iterator[Any]:
        """Yield a cursor that sees the store at one moment, whatever is written meanwhile."""
        with self.connections.reading() as cursor:
            if (
                not self.connections.settled
            ):  # the open transaction belongs to the host or to a batch
                yield cursor
                return
            cursor.execute(self.dialect.look)
            try:
                yield cursor
            finally:
                with suppress(self.dialect.error):  # of a connection that is lost
                    cursor.execute("ROLLBACK")

    def verify(
        self,
        agency: str,
        *,
        programs: Mapping[str, Program] = MappingProxyType({}),
        since: str | None = None,
    ) -> tuple[str, ...]:
        """Return every fault in words, each with its row.

        Args:
            agency: the agency to check.
            programs: name -> program, for programs built in Python; `unfolded` returns those that
                are needed.
            since: the digest of a verified checkpoint: only what was written or changed after it is
                checked.
        """
        with self._one_moment() as cursor, Known() as listed:
            look = _Look(
                cursor=cursor, agency=agency, listed=listed, since=since, programs={**programs}
            )
            return tuple(dict.fromkeys(self._faults(look)))

    def _faults(self, look: _Look) -> Iterator[str]:
        cursor, agency, newest = look.cursor, look.agency, 0
        try:
            newest = self._read_checkpoints(cursor, agency, look.listed, look.since)
            if look.since is not None:
                self._note_new(cursor, agency, look.listed)
        except CorruptRecord as fault:
            yield str(fault)
            look.believed, look.since = False, None
        for page in self._pages(look):
            for kept in kept_of(cursor, self.dialect, agency, page, self._unsealed_row):
                yield from self._incident_faults(look, kept)
        if look.since is None:
            yield from self._left_over_faults(look)
            yield from feed_faults(cursor, self.dialect, agency)
        for table in (*LISTED, PROGRAM):
            for row in self._table_rows(look, table):
                words = self._words_of(cursor, row) if table is VAULT else None
                yield from _row_faults(look, table, row, words)
        yield from self._unnoted(look)
        yield from custody_faults(cursor, self.dialect, agency)
        now = stamp(self.dialect.now(cursor) + _CLOCKS)
        yield from turn_faults(cursor, self.dialect, agency, now)
        if look.believed:
            yield from _missing(look)
        if look.unlisted:
            yield f"checkpoint {newest + 1} is missing: {look.unlisted:,} rows were on it, the first is {look.first}; {RESTORE}"

    def _pages(self, look: _Look) -> Iterator[list[str]]:
        """Yield the ids of the incidents to check, as many at a time as are read together."""
        if look.since is not None:
            ids = (key[0] for key, _ in look.listed.left(INCIDENT))
            while page := [id for _, id in zip(range(AT_ONCE), ids, strict=False)]:
                yield page
            return
        which = {"agency": look.agency, "after": ""}
        while found := look.cursor.execute(_IDS.on(self.dialect), which).fetchall():
            yield [row[0] for row in found]
            which["after"] = found[-1][0]

    def _incident_faults(self, look: _Look, kept: Kept) -> Iterator[str]:
        """Check an incident: its head row, its chain, its state at the last checkpoint, and what is
        kept beside its log.
        """
        stood = look.listed.take(INCIDENT, (kept.incident,))
        if kept.head["digest"] != cover(INCIDENT, kept.head):
            yield _changed(INCIDENT, kept.head)
        try:
            found = kept.checked()
        except CorruptRecord as fault:
            look.named.add(kept.incident)
            yield str(fault)
            return
        for row in found.rows:
            if row.at != _happened(row.body):
                yield f"incident {kept.incident}: the time of event {row.number} was changed after it was written; {RESTORE}"
        if look.believed:
            yield from _standing_faults(look, kept, stood)
        yield from self._derived_faults(look, kept, found)

    def _derived_faults(self, look: _Look, kept: Kept, found: StoredIncident) -> Iterator[str]:
        """Fold an incident again if its program is known, and compare what is kept beside its log
        with what follows from it.
        """
        where = f"incident {kept.incident}"
        dates = (kept.head["opened_at"], kept.head["first_due"] or "")
        if any((row["opened_at"], row["first_due"] or "") != dates for row in kept.rows[TEAM]):
            yield f"{where}: the list of who was sent was changed; make it anew with `coresponder rebuild STORE`"
        try:
            if found.program not in look.programs:
                look.programs[found.program] = self._kept_program(look.cursor, found.program)
            program = look.programs[found.program]
        except CorruptRecord as fault:
            look.programs[found.program] = None
            yield str(fault)
            return
        if program is None:
            return
        try:
            beside = kept.beside()
        except (ValueError, CorruptRecord) as unreadable:
            yield f"{where}: what is kept beside its log was changed and cannot be read ({unreadable}); {RESTORE}"
            return
        elsewhere = partial(self._may_be_elsewhere, look.cursor, look.agency, kept.incident)
        yield from faults_beside(look.agency, program, found, beside, elsewhere=elsewhere)

    def _left_over_faults(self, look: _Look) -> Iterator[str]:
        """Yield rows that are left of incidents without a head row."""
        for table, query in _LEFT_OVER.items():
            found = look.cursor.execute(query.on(self.dialect), {"agency": look.agency})
            what = "its head row" if table is EVENT else "the incident"
            for (incident,) in found.fetchall():
                look.named.add(incident)
                yield f"incident {incident}: {what} is missing, but {table.name} has rows of it; {RESTORE}"

    def _table_rows(self, look: _Look, table: sa.Table) -> Iterator[dict[str, Any]]:
        """Yield the rows to check."""
        if look.since is None or table is PROGRAM:
            yield from all_rows(look.cursor, self.dialect, look.agency, table)
            return
        names, columns = KEYS[table], [c.name for c in table.c]
        for key, _ in look.listed.left(table):
            which = {"agency": look.agency, **dict(zip(names, key, strict=True))}
            found = look.cursor.execute(_ROW_OF[table].on(self.dialect), which).fetchone()
            if found is not None:
                yield dict(zip(columns, found, strict=True))

    def _words_of(self, cursor: Any, row: dict[str, Any]) -> Words | None:
        """Return the words of an encrypted row, if they can be read."""
        return self._unsealed_row(cursor, row) if row["key"] else None

    def _unnoted(self, look: _Look) -> Iterator[str]:
        """Yield each row of words that says it came with a note of which the log knows nothing."""
        query = _UNNOTED.on(self.dialect)
        for id, incident in look.cursor.execute(query, {"agency": look.agency}).fetchall():
            yield _changed(VAULT, {"id": id, "incident": incident})

    def unfolded(self, agency: str) -> tuple[str, ...]:
        """Return the programs of incidents that this store does not keep; `verify` needs them to
        fold those incidents again.
        """
        i = INCIDENT.c
        with self.connections.reading() as cursor:
            query = (
                sa.select(i.program)
                .distinct()
                .where((i.agency == agency) & i.program.not_in(sa.select(PROGRAM.c.name)))
                .order_by(i.program)
            )
            return tuple(row[0] for row in self._rows(cursor, query))

    def _may_be_elsewhere(
        self, cursor: Any, agency: str, incident: str, responder: str, since: dt.datetime
    ) -> bool:
        """Return whether another incident names a responder and has moved on since a time by any
        host's clock, so that a fact there may have taken the responder over.
        """
        v, then = EVENT.c, EVENT.alias("then")
        of_another = (
            (v.agency == agency)
            & (v.incident != incident)
            & sa.or_(*(v.kind == cls.__name__ for cls in COMING))
        )
        named = of_another & v.body.contains(f'"{responder}"', autoescape=True)
        later = sa.exists().where(
            (then.c.agency == agency)
            & (then.c.incident == v.incident)
            & (then.c.recorded_at >= stamp(since - _CLOCKS))
        )
        return bool(self._rows(cursor, sa.select(v.incident).where(named & later).limit(1)))

    def _kept_program(self, cursor: Any, name: str) -> Program | None:
        """Return a kept program, or None; raise `CorruptRecord` if its definition cannot be
        used.
        """
        kept = cursor.execute(PROGRAM_BY_NAME.on(self.dialect), {"name": name}).fetchone()
        try:
            return program_from_definition(json.loads(kept[0]), source=name) if kept else None
        except (CoresponderError, ValueError) as fault:
            raise CorruptRecord(
                f"program {name}: its definition cannot be used ({fault}); {RESTORE}"
            ) from fault

    def beside(self, agency: str, incident: str) -> Beside:
        """Return everything that is kept of an incident beside its log."""
        with self.connections.reading() as cursor:
            found = next(
                kept_of(cursor, self.dialect, agency, [incident], self._unsealed_row), None
            )
        if found is None:
            raise no_incident(agency, incident)
        return found.beside()

    def _rows(self, cursor: Any, query: Any) -> list[Any]:
        text, values = compiled(self.dialect.name, query)
        return list(cursor.execute(text, values).fetchall())


def _standing_faults(look: _Look, kept: Kept, stood: Key | None) -> Iterator[str]:
    """Check that an incident continues from its state at a checkpoint."""
    version, head = stood or (0, "")
    there = [row["digest"] for row in kept.rows[EVENT][version - 1 : version]]
    if stood is not None and there != [head]:
        look.named.add(kept.incident)
        yield _gone_back(kept.incident, version)
    if kept.head["sealed"] == 1 and version != kept.head["version"]:
        look.miss(f"incident {kept.incident}")


def _gone_back(incident: str, version: int) -> str:
    return f"incident {incident}: it had {version} events at a checkpoint, and what is there now is not what was written; {RESTORE}"


def _row_faults(
    look: _Look, table: sa.Table, row: dict[str, Any], words: Words | None
) -> Iterator[str]:
    """Check a row against its digest and against the checkpoint that lists it; `words` are those of
    an encrypted row that could be read.
    """
    if words is not None and words.salt == UNREADABLE:
        yield f"{_row_name(table, ('id',), (row['id'],))}: its encrypted text does not open; {RESTORE}"
    if row["digest"] != cover(table, row):
        yield _changed(table, row)
    names = KEYS[table]
    key = tuple(row[name] for name in names)
    said, mark, name = look.listed.take(table, key), row.get("sealed"), _row_name(table, names, key)
    if not look.believed:
        return
    if mark == 1 and said is None:
        look.miss(name)
    elif mark not in {None, 1, *((0,) if table is OUTBOX or said is None else ())}:
        yield f"{name}: the row was changed after it was written; {RESTORE}"
    if said and said[0] != row["digest"] and not _may_change(table, row, said, words):
        yield f"{name}: it is not what it was at a checkpoint; {RESTORE}"


def _may_change(table: sa.Table, row: dict[str, Any], said: Key, words: Words | None) -> bool:
    """Return whether a row may differ from its state at a checkpoint: words may have been forgotten
    or encrypted, and an unfinished notice may have been tried since. Encrypted words must be those
    that the checkpoint lists, if they can be read.
    """
    if table is OUTBOX:
        return row["sealed"] == 0 and said[-1] is None
    if table is not VAULT or not row["key"]:
        return table is VAULT and row["subject"] == ""
    if words is None:
        return True
    return bool(
        said[0] == cover(VAULT, row | {"text": words.entry.text, "salt": words.salt, "key": ""})
    )


def _missing(look: _Look) -> Iterator[str]:
    """Yield each row that a checkpoint lists and the store lacks."""
    for table, names in KEYS.items():
        for key, stood in look.listed.left(table):
            if table is not INCIDENT:
                yield f"{_row_name(table, names, key)}: the row is missing; {RESTORE}"
            elif stood and key[0] not in look.named:
                yield _gone_back(key[0], stood[0])


def _changed(table: sa.Table, row: Mapping[str, Any]) -> str:
    names = tuple(c.name for c in table.primary_key if c.name != "agency")
    says = "incident" in row and "incident" not in table.primary_key
    of = f" of incident {row['incident']}" if says else ""
    return f"{_row_name(table, names, tuple(row[name] for name in names))}{of}: the row was changed after it was written; {RESTORE}"


def _row_name(table: sa.Table, names: tuple[str, ...], key: tuple[Any, ...]) -> str:
    return f"{table.name}, " + ", ".join(
        f"{name} {value}" for name, value in zip(names, key, strict=True)
    )
