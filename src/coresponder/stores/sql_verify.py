"""Checkpoints and `verify`: no stored row was changed, lost or moved, and no incident was removed
(ADR 0019).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from types import MappingProxyType
from typing import Any

import attrs
import sqlalchemy as sa

from coresponder.errors import CoresponderError, CorruptRecord
from coresponder.program import Notice, Program, program_from_definition
from coresponder.program.engaged import COMING
from coresponder.stores.base import Beside, Sent, StoredIncident, VaultEntry, Words, stamp
from coresponder.stores.connections import Connections
from coresponder.stores.derived import faults_beside
from coresponder.stores.dialects import Dialect
from coresponder.stores.rows import (
    CONTACT_FIELDS,
    contact_of_row,
    cover,
    owed_of_row,
    summary_of_row,
    written,
)
from coresponder.stores.sql_turns import turn_faults
from coresponder.stores.sql_vault import PROGRAM_BY_NAME
from coresponder.stores.statements import (
    NO_OFFSET,
    Statement,
    compiled,
    given,
    matching,
    written_columns,
)
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

__all__ = ["MOST_LISTED", "NEW_INCIDENTS", "NEW_ROWS", "SqlVerify"]

_RESTORE = "restore it from a backup"
_CLOCKS = dt.timedelta(hours=1)
"""How far the clocks of two hosts may be apart before `verify` takes the order of their steps, or
the turn of a notice, for another.
"""

MOST_LISTED = 1000
"""Rows that one checkpoint lists, so that it can be made and read whatever was written before it."""

LISTED: dict[sa.Table, tuple[str, ...]] = {
    CONTACT: ("person", "incident"),
    ENGAGEMENT: ("responder",),
    OUTBOX: ("key", "id"),
    VAULT: ("id",),
}
"""The keys of a table's new rows, which a checkpoint lists beside incidents."""

CONTENTS: dict[sa.Table, tuple[str, ...]] = {
    OUTBOX: ("digest", "delivered_at"),
    VAULT: ("digest",),
    PROGRAM: ("digest",),
}
"""What a checkpoint says of rows that do not follow from the log: what they were, and whether that
was their last word.
"""

_i, _k = INCIDENT.c, CHECKPOINT.c


def _unsealed(table: Any, *names: str) -> Any:
    """Return the query for some of the rows that no checkpoint lists yet, in no order: it keeps to
    the index of just these rows.
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
_SEAL_INCIDENT = Statement(
    sa.update(INCIDENT)
    .where(matching(INCIDENT, "agency", "incident", "version", "head"))
    .values(given("sealed", "digest"))
)
_SEAL = {table: _seal(table, *keys) for table, keys in LISTED.items()}
_PROGRAM_CONTENTS = Statement(sa.select(PROGRAM.c.name, PROGRAM.c.digest).order_by(PROGRAM.c.name))
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
_DIGEST = Statement(
    sa.select(EVENT.c.digest).where(matching(EVENT, "agency", "incident", "number"))
)


def _happened(body: str) -> str | None:
    try:
        return stamp(dt.datetime.fromisoformat(json.loads(body)["at"]))
    except (ValueError, KeyError, TypeError):
        return None


def _checkpoint_digest(previous: str, row: dict[str, Any]) -> str:
    return hashlib.sha256(f"{previous}\x1f{cover(CHECKPOINT, row)}".encode()).hexdigest()


@attrs.define
class _Known:
    """What the checkpoints of an agency say: where each incident stood last, and which rows there
    were.
    """

    count: int = 0
    stood: dict[str, tuple[int, str]] = attrs.field(factory=dict)
    listed: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = attrs.field(
        factory=lambda: defaultdict(dict)
    )

    def add(self, table: sa.Table, rows: Iterable[list[Any]]) -> None:
        """Take what one more checkpoint lists: keys, and what the rows were."""
        width, known = len(LISTED.get(table, ("name",))), self.listed[table.name]
        for row in rows:
            key, contents = tuple(row[:width]), tuple(row[width:])
            if known.get(key) and table is PROGRAM:  # it never changes
                continue
            known[key] = contents


class SqlVerify:
    """What a SQL store does to be trusted."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect

    def _load(self, cursor: Any, agency: str, incident: str) -> StoredIncident:
        raise NotImplementedError

    def checkpoint(self, agency: str, *, at: dt.datetime) -> str | None:
        """Write down where every incident stands that moved since the last checkpoint, and which
        rows are new; return the digest of the last one.

        One checkpoint lists at most some 1,000 rows: after much was written, several are made, each
        in a transaction of its own. Where checkpoints are an administrator's, a role that may not
        make one is told the last.
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
        if cursor.rowcount != 1:  # somebody else made one at the same moment
            return 0
        sealed = [written(INCIDENT, row | {"sealed": 1}) for row in moved]
        for row in sealed:
            cursor.execute(_SEAL_INCIDENT.on(self.dialect), row)
        for table, rows in new.items():
            names = (*LISTED[table], *CONTENTS.get(table, ()))
            for found in rows:
                which = {"agency": agency, **dict(zip(names, found, strict=True))}
                cursor.execute(_SEAL[table].on(self.dialect), which)
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
        """Return number and digest of the newest checkpoint. Read before what is new: so one that
        is made meanwhile is noticed by its number.
        """
        return cursor.execute(_LAST_CHECKPOINT.on(self.dialect), {"agency": agency}).fetchone() or (
            0,
            "",
        )

    def count(self, agency: str) -> int:
        """Return how many incidents there are."""
        with self.connections.reading() as cursor:
            found = self._all(
                cursor,
                sa.select(sa.func.count()).select_from(INCIDENT).where(INCIDENT.c.agency == agency),
            )
        return int(found[0][0])

    def has(self, agency: str) -> bool:
        """Return whether an agency has incidents here, or had some when a checkpoint was made."""
        there = [sa.exists().where(table.c.agency == agency) for table in (INCIDENT, CHECKPOINT)]
        with self.connections.reading() as cursor:
            return bool(self._all(cursor, sa.select(sa.or_(*there)))[0][0])

    def agencies(self) -> tuple[str, ...]:
        """Return the agencies that have incidents here; with row-level security those that one may
        see.
        """
        with self.connections.reading() as cursor:
            return tuple(
                row[0]
                for row in self._all(
                    cursor, sa.select(INCIDENT.c.agency).distinct().order_by(INCIDENT.c.agency)
                )
            )

    def checkpoints(self, agency: str) -> tuple[str, ...]:
        """Return the digests of all checkpoints, the oldest first."""
        with self.connections.reading() as cursor:
            k = CHECKPOINT.c
            return tuple(
                row[0]
                for row in self._all(
                    cursor, sa.select(k.digest).where(k.agency == agency).order_by(k.number)
                )
            )

    @contextmanager
    def _one_moment(self) -> Iterator[Any]:
        """Give a cursor that sees the store as it is now, whatever others write meanwhile."""
        with self.connections.reading() as cursor:
            if (
                not self.connections.settled
            ):  # the transaction that is open is the host's, or the batch's
                yield cursor
                return
            cursor.execute(self.dialect.look)
            try:
                yield cursor
            finally:
                with suppress(self.dialect.error):  # of a connection that is lost
                    cursor.execute("ROLLBACK")

    def verify(
        self, agency: str, *, programs: Mapping[str, Program] = MappingProxyType({})
    ) -> tuple[str, ...]:
        """Return every fault, in words, each naming the row.

        Args:
            agency: whose incidents.
            programs: those that were built in Python, by name; `unfolded` tells which are needed.
        """
        with self._one_moment() as cursor:
            chains, rows = (
                list(self._chain_faults(cursor, agency)),
                [*self._row_faults(cursor, agency), *self._date_faults(cursor, agency)],
            )
            rows += self._derived_faults(cursor, agency, programs)
            rows += turn_faults(
                cursor, self.dialect, agency, stamp(self.dialect.now(cursor) + _CLOCKS)
            )
            named = {fault.partition(":")[0] for fault in chains}
            checkpoints = [
                fault
                for fault in self._checkpoint_faults(cursor, agency)
                if fault.partition(":")[0] not in named
            ]
        return tuple(dict.fromkeys((*chains, *rows, *checkpoints)))

    def _rows(self, cursor: Any, query: Any) -> Iterator[Any]:
        """Yield rows as they come; the cursor is not for anything else meanwhile."""
        text, values = compiled(self.dialect.name, query)
        found = cursor.execute(text, values)
        while rows := found.fetchmany(1000):
            yield from rows

    def _all(self, cursor: Any, query: Any) -> list[Any]:
        return list(self._rows(cursor, query))

    def _incidents(self, cursor: Any, agency: str) -> list[str]:
        i = INCIDENT.c
        return [
            row[0]
            for row in self._all(
                cursor, sa.select(i.incident).where(i.agency == agency).order_by(i.incident)
            )
        ]

    def _of_incident(
        self, cursor: Any, table: sa.Table, key: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Return the rows that a table has of an incident."""
        t = table.c
        columns = [c.name for c in t]
        rows = self._all(
            cursor,
            sa.select(table).where((t.agency == key["agency"]) & (t.incident == key["incident"])),
        )
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def unfolded(self, agency: str) -> tuple[str, ...]:
        """Return the programs under which there are incidents, and which are not kept here:
        `verify` needs them to fold those again.
        """
        i = INCIDENT.c
        with self.connections.reading() as cursor:
            query = (
                sa.select(i.program)
                .distinct()
                .where((i.agency == agency) & i.program.not_in(sa.select(PROGRAM.c.name)))
                .order_by(i.program)
            )
            return tuple(row[0] for row in self._all(cursor, query))

    def _chain_faults(self, cursor: Any, agency: str) -> Iterator[str]:
        """Check each incident's chain, and that nothing is left of one that is gone."""
        for incident in self._incidents(cursor, agency):
            try:
                found = self._load(cursor, agency, incident)
            except CorruptRecord as fault:
                yield str(fault)
                continue
            for row in found.rows:
                if row.at != _happened(row.body):
                    yield f"incident {incident}: the time of event {row.number} was changed after it was written; {_RESTORE}"
        for table, what in (
            (EVENT, "its head row"),
            (CONTACT, "the incident"),
            (ENGAGEMENT, "the incident"),
            (OUTBOX, "the incident"),
            (OBLIGATION, "the incident"),
            (TEAM, "the incident"),
        ):
            heads = sa.select(INCIDENT.c.incident).where(INCIDENT.c.agency == agency)
            query = (
                sa.select(table.c.incident)
                .distinct()
                .where(
                    (table.c.agency == agency)
                    & (table.c.incident != "")
                    & table.c.incident.not_in(heads)
                )
            )
            for (incident,) in self._all(cursor, query):
                yield f"incident {incident}: {what} is missing, but {table.name} has rows of it; {_RESTORE}"

    def _date_faults(self, cursor: Any, agency: str) -> Iterator[str]:
        """Check that the list of who was sent has the dates of the incidents."""
        i, t = INCIDENT.c, TEAM.c
        owes = sa.func.coalesce(i.first_due, "") != sa.func.coalesce(t.first_due, "")
        same = (i.agency == t.agency) & (i.incident == t.incident)
        query = (
            sa.select(t.incident)
            .distinct()
            .select_from(TEAM.join(INCIDENT, same))
            .where((t.agency == agency) & ((i.opened_at != t.opened_at) | owes))
        )
        for (incident,) in self._all(cursor, query):
            yield f"incident {incident}: the list of who was sent was changed; make it anew with `coresponder rebuild STORE`"

    def _row_faults(self, cursor: Any, agency: str) -> Iterator[str]:
        """Check each row against the digest that was written with it."""
        for table in (INCIDENT, CONTACT, ENGAGEMENT, OUTBOX, VAULT, PROGRAM):
            columns = [c.name for c in table.c]
            for found in self._rows(cursor, _of(agency, table, *table.c)):
                row = dict(zip(columns, found, strict=True))
                if row["digest"] != cover(table, row):
                    names = tuple(c.name for c in table.primary_key if c.name != "agency")
                    of = (
                        f" of incident {row['incident']}"
                        if "incident" in row and "incident" not in table.primary_key
                        else ""
                    )
                    yield f"{_row_name(table, names, tuple(row[name] for name in names))}{of}: the row was changed after it was written; {_RESTORE}"

    def _checkpoint_faults(self, cursor: Any, agency: str) -> Iterator[str]:
        """Check that every incident has gone on from where a checkpoint saw it, and that no row is
        gone which one lists.
        """
        try:
            known = self._known(cursor, agency)
        except CorruptRecord as fault:
            yield str(fault)
            return
        for incident, (version, head) in known.stood.items():
            row = {"agency": agency, "incident": incident, "number": version}
            if cursor.execute(_DIGEST.on(self.dialect), row).fetchone() != (head,):
                yield f"incident {incident}: it had {version} events at a checkpoint, and what is there now is not what was written; {_RESTORE}"
        i = INCIDENT.c
        sealed = self._all(
            cursor, sa.select(i.incident, i.version).where((i.agency == agency) & (i.sealed == 1))
        )
        unlisted = [
            f"incident {incident}"
            for incident, version in sealed
            if known.stood.get(incident, (0, ""))[0] != version
        ]
        for table, names in (*LISTED.items(), (PROGRAM, ("name",))):
            there, listed = self._keys(cursor, agency, table, names), known.listed[table.name]
            unlisted += [
                _row_name(table, names, key)
                for key, mark in there.items()
                if mark == 1 and key not in listed
            ]
            for key in sorted(listed.keys() - there.keys()):
                yield f"{_row_name(table, names, key)}: the row is missing; {_RESTORE}"
            may_be_new = (
                {None, 0, 1} if table is OUTBOX else {None, 1}
            )  # a notice that was tried since is on the next one again
            for key in (
                key for key, mark in there.items() if mark not in {*may_be_new, int(key in listed)}
            ):
                yield f"{_row_name(table, names, key)}: the row was changed after it was written; {_RESTORE}"
        yield from self._content_faults(cursor, agency, known)
        if unlisted:
            yield f"checkpoint {known.count + 1} is missing: {len(unlisted):,} rows were on it, the first is {unlisted[0]}; {_RESTORE}"

    def _known(self, cursor: Any, agency: str) -> _Known:
        """Return what all checkpoints say; raise `CorruptRecord` if they do not follow one another."""
        columns = [c.name for c in CHECKPOINT.c]
        known, previous = _Known(), ""
        for found in self._all(
            cursor,
            sa.select(CHECKPOINT)
            .where(CHECKPOINT.c.agency == agency)
            .order_by(CHECKPOINT.c.number),
        ):
            row, known.count = dict(zip(columns, found, strict=True)), known.count + 1
            if row["number"] != known.count:
                raise CorruptRecord(f"checkpoint {known.count} is missing; {_RESTORE}")
            if row["digest"] != _checkpoint_digest(previous, row):
                raise CorruptRecord(
                    f"checkpoint {known.count} was changed after it was written; {_RESTORE}"
                )
            previous, body = row["digest"], json.loads(row["body"])
            if isinstance(body, list):  # as schema version 2 wrote it
                body = {INCIDENT.name: body}
            known.stood |= {
                incident: (version, head) for incident, version, head in body.pop(INCIDENT.name)
            }
            for table in (*LISTED, PROGRAM):
                known.add(table, body.get(table.name, ()))
        return known

    def _content_faults(self, cursor: Any, agency: str, known: _Known) -> Iterator[str]:
        """Check that rows which do not follow from the log are still what a checkpoint saw, or
        changed as such a row may.
        """
        for table, over in (
            (VAULT, VAULT.c.subject == ""),
            (OUTBOX, OUTBOX.c.sealed == 0),
            (PROGRAM, sa.false()),
        ):
            names = LISTED.get(table, ("name",))
            for *key, digest, may_change in self._rows(
                cursor, _of(agency, table, *(table.c[name] for name in names), table.c.digest, over)
            ):
                contents = known.listed[table.name].get(tuple(key)) or ()
                is_last = table is OUTBOX and contents and contents[-1] is not None
                if contents and contents[0] != digest and (is_last or not may_change):
                    yield f"{_row_name(table, names, tuple(key))}: it is not what it was at a checkpoint; {_RESTORE}"

    def _derived_faults(
        self, cursor: Any, agency: str, programs: Mapping[str, Program]
    ) -> Iterator[str]:
        """Fold every incident again whose program is known, and compare what is kept beside its log
        with what follows from it.
        """
        known: dict[str, Program | None] = dict(programs)
        for incident in self._incidents(cursor, agency):
            try:
                found = self._load(cursor, agency, incident)
                if found.program not in known:
                    known[found.program] = self._kept_program(cursor, found.program)
            except CorruptRecord as fault:  # a chain that is broken is named already
                if str(fault).startswith("program "):
                    yield str(fault)
                continue
            program = known[found.program]
            if program is None:
                continue
            try:
                beside = self._beside(cursor, agency, found)
            except (ValueError, CorruptRecord) as unreadable:
                yield f"incident {incident}: what is kept beside its log was changed and cannot be read ({unreadable}); {_RESTORE}"
                continue
            elsewhere = partial(self._may_be_elsewhere, cursor, agency, incident)
            yield from faults_beside(agency, program, found, beside, elsewhere=elsewhere)

    def _may_be_elsewhere(
        self, cursor: Any, agency: str, incident: str, responder: str, since: dt.datetime
    ) -> bool:
        """Return whether another incident names a responder and went on since, by the clock of any
        host: a fact there took the responder over.
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
        return bool(self._all(cursor, sa.select(v.incident).where(named & later).limit(1)))

    def _kept_program(self, cursor: Any, name: str) -> Program | None:
        """Return a program that is kept here, if it is; raise `CorruptRecord` if it cannot be used."""
        kept = cursor.execute(PROGRAM_BY_NAME.on(self.dialect), {"name": name}).fetchone()
        try:
            return program_from_definition(json.loads(kept[0]), source=name) if kept else None
        except (CoresponderError, ValueError) as fault:
            raise CorruptRecord(
                f"program {name}: its definition cannot be used ({fault}); {_RESTORE}"
            ) from fault

    def beside(self, agency: str, incident: str) -> Beside:
        """Return all that is kept of an incident beside its log."""
        with self.connections.reading() as cursor:
            return self._beside(cursor, agency, self._load(cursor, agency, incident))

    def _beside(self, cursor: Any, agency: str, found: StoredIncident) -> Beside:
        """Return what is kept of an incident beside its log."""
        key = {"agency": agency, "incident": found.incident}
        (head,) = self._of_incident(cursor, INCIDENT, key)
        contacts = [row for row in self._of_incident(cursor, CONTACT, key) if row["contact_at"]]
        notes = [json.loads(row.body)["entry"] for row in found.rows if row.kind == "NoteAdded"]
        words = [
            self._all(
                cursor,
                sa.select(VAULT).where(
                    (VAULT.c.agency == agency) & (VAULT.c.id == id) & (VAULT.c.subject != "")
                ),
            )
            for id in notes
        ]
        return Beside(
            summary=summary_of_row(head),
            contacts=tuple(
                contact_of_row({name: row[name] for name in CONTACT_FIELDS}) for row in contacts
            ),
            notices={
                row["key"]: _notice(row["body"]) for row in self._of_incident(cursor, OUTBOX, key)
            },
            words={one.entry.id: one for rows in words for one in map(_words, rows)},
            engaged=tuple(row["responder"] for row in self._of_incident(cursor, ENGAGEMENT, key)),
            owed=tuple(map(owed_of_row, self._of_incident(cursor, OBLIGATION, key))),
            sent=tuple(
                Sent(row["kind"], row["name"]) for row in self._of_incident(cursor, TEAM, key)
            ),
        )

    def _keys(
        self, cursor: Any, agency: str, table: sa.Table, names: tuple[str, ...]
    ) -> dict[tuple[Any, ...], int | None]:
        """Return the keys of the rows that are there, and whether each says that a checkpoint lists
        it; None where rows do not say.
        """
        says = table.c.sealed if "sealed" in table.c else sa.literal_column("NULL")
        query = _of(agency, table, *(table.c[name] for name in names), says)
        return {tuple(row[:-1]): row[-1] for row in self._rows(cursor, query)}


def _of(agency: str, table: sa.Table, *columns: Any) -> Any:
    """Return the query for an agency's rows; of a table that all share, for all."""
    query = sa.select(*columns)
    return query.where(table.c.agency == agency) if "agency" in table.c else query


def _words(row: Any) -> Words:
    values = dict(zip((c.name for c in VAULT.c), row, strict=True))
    return Words(
        entry=VaultEntry(**{field.name: values[field.name] for field in attrs.fields(VaultEntry)}),
        salt=values["salt"],
    )


def _notice(body: str) -> Notice | None:
    try:
        return Notice.from_json(body)
    except ValueError:
        return None


def _row_name(table: sa.Table, names: tuple[str, ...], key: tuple[Any, ...]) -> str:
    return f"{table.name}, " + ", ".join(
        f"{name} {value}" for name, value in zip(names, key, strict=True)
    )
