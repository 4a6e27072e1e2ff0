"""Checkpoints and `verify`: no stored row was changed, lost or moved, and no incident was removed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from coresponder.errors import CorruptRecord
from coresponder.stores.base import StoredIncident, stamp
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.statements import compiled, cover, written
from coresponder.stores.tables import CHECKPOINT, CONTACT, ENGAGEMENT, EVENT, INCIDENT, OUTBOX, PROGRAM, VAULT

__all__ = ["SqlVerify"]

_RESTORE = "restore it from a backup"


def _happened(body: str) -> str | None:
    try:
        return stamp(dt.datetime.fromisoformat(json.loads(body)["at"]))
    except (ValueError, KeyError, TypeError):
        return None


def _checkpoint_digest(previous: str, row: dict[str, Any]) -> str:
    return hashlib.sha256(f"{previous}\x1f{cover(CHECKPOINT, row)}".encode()).hexdigest()


class SqlVerify:
    """What a SQL store does to be trusted."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect
    ready: dict[str, str]

    def _load(self, cursor: Any, agency: str, incident: str) -> StoredIncident:
        raise NotImplementedError

    def checkpoint(self, agency: str, *, at: dt.datetime) -> str | None:
        """Write down where every incident stands that moved since the last checkpoint."""
        whose = {"agency": agency}
        with self.connections.writing() as cursor:
            last = cursor.execute(self.ready["last_checkpoint"], whose).fetchone()
            columns = [c.name for c in INCIDENT.c]
            moved = [dict(zip(columns, row, strict=True)) for row in cursor.execute(self.ready["unsealed"], whose).fetchall()]
            if not moved:
                return last and last[1]  # type: ignore[no-any-return]
            number, previous = last or (0, "")
            body = json.dumps([[row["incident"], row["version"], row["head"]] for row in moved])
            made = {**whose, "number": number + 1, "made_at": stamp(at), "body": body}
            made["digest"] = _checkpoint_digest(previous, made)
            cursor.execute(self.ready["checkpoint"], made)
            if cursor.rowcount == 1:
                for row in moved:
                    cursor.execute(self.ready["seal"], written(INCIDENT, row | {"sealed": 1}))
        return str(made["digest"])

    def count(self, agency: str) -> int:
        """Return how many incidents there are."""
        with self.connections.reading() as cursor:
            found = self._all(cursor, sa.select(sa.func.count()).select_from(INCIDENT).where(INCIDENT.c.agency == agency))
        return int(found[0][0])

    def checkpoints(self, agency: str) -> tuple[str, ...]:
        """Return the digests of all checkpoints, the oldest first."""
        with self.connections.reading() as cursor:
            k = CHECKPOINT.c
            return tuple(row[0] for row in self._all(cursor, sa.select(k.digest).where(k.agency == agency).order_by(k.number)))

    def verify(self, agency: str) -> tuple[str, ...]:
        """Return every fault, in words, each naming the row."""
        with self.connections.reading() as cursor:
            chains, rows = list(self._chain_faults(cursor, agency)), list(self._row_faults(cursor, agency))
            named = {fault.partition(":")[0] for fault in chains}
            checkpoints = [fault for fault in self._checkpoint_faults(cursor, agency) if fault.partition(":")[0] not in named]
        return tuple(dict.fromkeys((*chains, *rows, *checkpoints)))

    def _all(self, cursor: Any, query: Any) -> list[Any]:
        text, values = compiled(self.dialect.name, query)
        return list(cursor.execute(text, values).fetchall())

    def _chain_faults(self, cursor: Any, agency: str) -> Iterator[str]:
        """Check each incident's chain, and that nothing is left of one that is gone."""
        known = [row[0] for row in self._all(cursor, sa.select(INCIDENT.c.incident).where(INCIDENT.c.agency == agency).order_by(INCIDENT.c.incident))]
        for incident in known:
            try:
                found = self._load(cursor, agency, incident)
            except CorruptRecord as fault:
                yield str(fault)
                continue
            for row in found.rows:
                if row.at != _happened(row.body):
                    yield f"incident {incident}: the time of event {row.number} was changed after it was written; {_RESTORE}"
        for table, what in ((EVENT, "its head row"), (CONTACT, "the incident"), (ENGAGEMENT, "the incident"), (OUTBOX, "the incident")):
            heads = sa.select(INCIDENT.c.incident).where(INCIDENT.c.agency == agency)
            query = sa.select(table.c.incident).distinct().where((table.c.agency == agency) & table.c.incident.not_in(heads))
            for (incident,) in self._all(cursor, query):
                yield f"incident {incident}: {what} is missing, but {table.name} has rows of it; {_RESTORE}"

    def _row_faults(self, cursor: Any, agency: str) -> Iterator[str]:
        """Check each row against the digest that was written with it."""
        for table in (INCIDENT, CONTACT, ENGAGEMENT, OUTBOX, VAULT, PROGRAM):
            columns, query = [c.name for c in table.c], sa.select(table)
            if "agency" in table.c:
                query = query.where(table.c.agency == agency)
            for found in self._all(cursor, query):
                row = dict(zip(columns, found, strict=True))
                if row["digest"] != cover(table, row):
                    name = ", ".join(f"{c.name} {row[c.name]}" for c in table.primary_key if c.name != "agency")
                    of = f" of incident {row['incident']}" if "incident" in row and "incident" not in table.primary_key else ""
                    yield f"{table.name}, {name}{of}: the row was changed after it was written; {_RESTORE}"

    def _checkpoint_faults(self, cursor: Any, agency: str) -> Iterator[str]:
        """Check that the checkpoints follow one another, and that every incident they name has gone on from there."""
        columns = [c.name for c in CHECKPOINT.c]
        query = sa.select(CHECKPOINT).where(CHECKPOINT.c.agency == agency).order_by(CHECKPOINT.c.number)
        previous = ""
        stood: dict[str, tuple[int, str]] = {}
        for expected, found in enumerate(self._all(cursor, query), start=1):
            row = dict(zip(columns, found, strict=True))
            if row["number"] != expected:
                yield f"checkpoint {expected} is missing; {_RESTORE}"
                return
            if row["digest"] != _checkpoint_digest(previous, row):
                yield f"checkpoint {expected} was changed after it was written; {_RESTORE}"
                return
            previous = row["digest"]
            stood |= {incident: (version, head) for incident, version, head in json.loads(row["body"])}
        i = INCIDENT.c
        for incident, version in self._all(cursor, sa.select(i.incident, i.version).where((i.agency == agency) & (i.sealed == 1))):
            if stood.get(incident, (0, ""))[0] != version:
                yield f"incident {incident}: the checkpoint that covers its {version} events is missing; {_RESTORE}"
        for incident, (version, head) in stood.items():
            key = {"agency": agency, "incident": incident, "number": version}
            if cursor.execute(self.ready["digest"], key).fetchone() != (head,):
                yield f"incident {incident}: it had {version} events at a checkpoint, and what is there now is not what was written; {_RESTORE}"
