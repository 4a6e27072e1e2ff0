"""The log in SQL: what one step writes, in one transaction or one statement, and how a history is read."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from coresponder.errors import NotFound, OutcomeUnknown, RequestTaken, ResponderTaken, StaleVersion, StoreError
from coresponder.stores.base import Append, StoredIncident, check_chain, seal, stamp
from coresponder.stores.codec import Stored, genesis
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.group import GroupCommit, TaskGroupCommit
from coresponder.stores.recent import Recent
from coresponder.stores.sql_outbox import outbox_row
from coresponder.stores.sql_vault import vault_row
from coresponder.stores.statements import CONTACT_FIELDS, one_trip, written
from coresponder.stores.tables import CONTACT, ENGAGEMENT, INCIDENT

__all__ = ["SqlLog"]

_MOST_AT_ONCE = 100
"""Rows in one statement: PostgreSQL takes 65,535 parameters, and a history that is replayed may have any length."""


class _MustWait(StoreError):
    """A step cannot be written while others wait for it, and goes its own way."""


class SqlLog:
    """What a SQL store does with steps and histories."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect
    ready: dict[str, str]
    _heads: Recent[tuple[str, str], tuple[int, str]]
    _group: GroupCommit | TaskGroupCommit
    _wrote: set[str]

    def append(self, step: Append) -> None:
        """Write a step at once or not at all; steps that wait at the same time share a commit."""
        try:
            self._write(step)
        except OutcomeUnknown as unknown:
            raise OutcomeUnknown(unknown.where, unknown.said, step.request) from unknown
        except RequestTaken as taken:
            raise RequestTaken(step.request) from taken
        self._wrote.add(step.agency)

    def _write(self, step: Append) -> None:
        if not self.connections.settled:
            with self.connections.writing() as cursor, self._apart(cursor, step):
                self._write_at_once(cursor, step) or self._write_parts(cursor, step)
        elif (self.dialect.one_statement and _takes_more(step)) or not self._went_with_others(step):
            with self.connections.writing() as cursor:
                head = self._write_parts(cursor, step)
            self._keep(_key(step), step.summary.version, head)

    def _went_with_others(self, step: Append) -> bool:
        """Write a step in a commit that it may share; return whether it could be."""
        try:
            self._group(step)
        except _MustWait:
            return False
        return True

    def _write_alone(self, step: Append) -> None:
        """Write one step in a transaction of its own, which a single statement is by itself."""
        with self.connections.at_once() if self.dialect.one_statement else self.connections.writing() as cursor:
            head = self._write_shared(cursor, step)
        self._keep(_key(step), step.summary.version, head)

    def _write_group(self, steps: list[Append]) -> list[Exception | None]:
        """Write steps in one transaction; return for each why it was refused, or None. A fault of the database is raised."""
        outcomes: list[Exception | None] = []
        heads = []
        with self.connections.writing() as cursor:
            for step in steps:
                try:
                    with self._apart(cursor, step):
                        heads.append((step, self._write_shared(cursor, step)))
                except (StaleVersion, ResponderTaken, _MustWait) as refused:
                    outcomes.append(refused)
                else:
                    outcomes.append(None)
        for step, head in heads:
            self._keep(_key(step), step.summary.version, head)
        return outcomes

    def _write_shared(self, cursor: Any, step: Append) -> str:
        """Write a step while others wait for it, so that it may wait for nobody; return the new head of the chain.

        On SQLite there is one writer anyway. On PostgreSQL a host's open transaction can hold the incident or a responder for long.
        """
        if not self.dialect.one_statement:
            return self._write_parts(cursor, step)
        head = self._write_at_once(cursor, step)
        if head is None:
            found, _ = self._standing(cursor, step)
            raise _MustWait if found == step.expected else StaleVersion(step.summary.incident, step.expected, found)
        return head

    def _write_at_once(self, cursor: Any, step: Append) -> str | None:
        """Write it all in one statement, which is one round trip; return the new head of the chain.

        It is None if the database takes no such step in one statement, or the incident does not stand where it was remembered, or is just
        being written by somebody else: then nothing was written.
        """
        previous = self._remembered(step) if self.dialect.one_statement and not _takes_more(step) else None
        if previous is None:
            return None
        rows, head = seal(step, previous)
        values, parts = _head_values(step, previous, head), _parts(step, rows)
        for part, records in parts.items():
            for number, record in enumerate(records):
                values |= {f"{part}_{name}_{number}": value for name, value in record.items()}
        text = one_trip(*map(len, parts.values()), opens=step.expected == 0)
        return head if cursor.execute(text, values).fetchone()[0] else None

    def _keep(self, key: tuple[str, str], version: int, head: str) -> None:
        """Remember where an incident stands, so that the next step need not ask; that it still does is found out by writing."""
        self._heads.keep(key, (version, head))

    def _remembered(self, step: Append) -> str | None:
        """Return the head of the chain that a step goes on from, if it need not be looked up."""
        if step.expected == 0:
            return genesis(step.agency, step.summary.incident, step.summary.program)
        version, head = self._heads.get(_key(step)) or (0, "")
        return head if version == step.expected else None

    @contextmanager
    def _apart(self, cursor: Any, step: Append) -> Iterator[None]:
        """Undo what a step wrote before it was refused. Only one that engages somebody can be refused after its first write."""
        if not step.engages:
            yield
            return
        cursor.execute("SAVEPOINT one_step")
        try:
            yield
        except (StaleVersion, ResponderTaken):
            cursor.execute("ROLLBACK TO SAVEPOINT one_step")
            cursor.execute("RELEASE SAVEPOINT one_step")
            raise
        cursor.execute("RELEASE SAVEPOINT one_step")

    def _move(self, cursor: Any, step: Append) -> tuple[tuple[Stored, ...], str]:
        """Move the incident on, from where it is remembered to stand or else from where it stands; return the sealed rows and the new head."""
        statement = self.ready["move" if step.expected else "open"]
        for remembered in (self._remembered(step), None):
            version, previous = (step.expected, remembered) if remembered else self._standing(cursor, step)
            if version == step.expected:
                rows, head = seal(step, previous)
                cursor.execute(statement, _head_values(step, previous, head))
                if cursor.rowcount == 1:
                    return rows, head
        raise StaleVersion(step.summary.incident, step.expected, self._standing(cursor, step)[0])

    def _standing(self, cursor: Any, step: Append) -> tuple[int, str]:
        """Return version and head of an incident as they are stored."""
        agency, summary = step.agency, step.summary
        found = cursor.execute(self.ready["head"], {"agency": agency, "incident": summary.incident}).fetchone()
        return found or (0, genesis(agency, summary.incident, summary.program))

    def _write_parts(self, cursor: Any, step: Append) -> str:
        """Write a step table by table; return the new head of the chain."""
        rows, head = self._move(cursor, step)
        for part, records in _parts(step, rows).items():
            for record in records:
                cursor.execute(self.ready[part], record)
        self._engage(cursor, step)
        return head

    def _engage(self, cursor: Any, step: Append) -> None:
        """Write who is busy with the incident now; of two incidents that want the same responder exactly one gets through."""
        if not (step.engages or step.releases):
            return
        incident, now = step.summary.incident, stamp(step.recorded_at)
        for responder in sorted(step.releases):
            free = written(ENGAGEMENT, {"agency": step.agency, "responder": responder, "incident": "", "since": now})
            cursor.execute(self.ready["release"], {**free, "left": incident})
        for responder in sorted(step.engages):
            values = written(ENGAGEMENT, {"agency": step.agency, "responder": responder, "incident": incident, "since": now})
            statement = self.ready["take_over" if step.forced else "engage"]
            while cursor.execute(statement, values).rowcount != 1:
                where, since = cursor.execute(self.ready["engaged_where"], values).fetchone()
                if where == incident:
                    break
                if where and not step.forced:  # or else it changed just now
                    raise ResponderTaken(responder, where, dt.datetime.fromisoformat(since))

    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows, their chain checked."""
        with self.connections.reading() as cursor:
            return self._load(cursor, agency, incident)

    def _load(self, cursor: Any, agency: str, incident: str) -> StoredIncident:
        """Read head and rows in one statement, so that nobody writes between the two."""
        found = cursor.execute(self.ready["load"], {"agency": agency, "incident": incident}).fetchall()
        if not found:
            raise NotFound(f"there is no incident {incident!r}")
        version, head, program = found[0][:3]
        rows = tuple(Stored._make(row[3:]) for row in found if row[3] is not None)
        checked = check_chain(agency, StoredIncident(incident=incident, program=program, rows=rows), version=version, head=head)
        if self.connections.settled:
            self._keep((agency, incident), version, head)
        return checked

    def recorded(self, agency: str, request: str) -> tuple[str, int] | None:
        """Return the incident of the step that was recorded under a request, and the number of its last event."""
        if not request:
            return None
        with self.connections.reading() as cursor:
            found = cursor.execute(self.ready["recorded"], {"agency": agency, "request": request}).fetchone()
        return (str(found[0]), int(found[1])) if found else None

    def version(self, agency: str, incident: str) -> int:
        """Return the number of the last event."""
        with self.connections.reading() as cursor:
            found = cursor.execute(self.ready["head"], {"agency": agency, "incident": incident}).fetchone()
        return int(found[0]) if found else 0


def _takes_more(step: Append) -> bool:
    """Return whether a step is more than one statement can write: it engages or frees somebody, or has too many rows."""
    return bool(step.engages or step.releases) or len(step.rows) + len(step.contacts) + len(step.notices) + len(step.words) > _MOST_AT_ONCE


def _key(step: Append) -> tuple[str, str]:
    return step.agency, step.summary.incident


_stamp_again = functools.lru_cache(maxsize=1024)(stamp)
"""For times that an incident's steps write again and again."""


def _head_values(step: Append, previous: str, head: str) -> dict[str, Any]:
    summary = step.summary
    values = {
        "agency": step.agency,
        "incident": summary.incident,
        "program": summary.program,
        "state": summary.state,
        "version": summary.version,
        "opened_at": summary.opened_at and _stamp_again(summary.opened_at),
        "disposition": summary.disposition,
        "next_due": summary.next_due and _stamp_again(summary.next_due),
        "obligations": summary.obligations,
        "head": head,
        "sealed": 0,
        "expected": step.expected,
        "previous": previous,
    }
    return written(INCIDENT, values)


def _parts(step: Append, rows: tuple[Stored, ...]) -> dict[str, list[dict[str, Any]]]:
    """Return what a step writes beside the incident's own row, by the name of the statement that writes one of each."""
    key = {"agency": step.agency, "incident": step.summary.incident}
    return {
        "event": [key | row._asdict() for row in rows],
        "contact": _contact_rows(key, step),
        "notice": [outbox_row(step.agency, notice, step.recorded_at) for notice in step.notices],
        "remember": [vault_row(step.agency, words) for words in step.words],
    }


def _contact_rows(key: Mapping[str, Any], step: Append) -> list[dict[str, Any]]:
    """Return the rows of those who are part of the incident, and of those who are none after all."""
    if not step.contacts and not step.gone:
        return []
    rows = [{**key, **{name: getattr(one, name) for name in CONTACT_FIELDS}} for one in step.contacts]
    for row in rows:
        row |= {"contact_at": _stamp_again(row["contact_at"]), "declined_at": row["declined_at"] and stamp(row["declined_at"])}
    none = {"contact_at": "", "open_referrals": 0, "open_follow_ups": 0, "declined_at": None}
    rows += [{**key, "person": person, **none} for person in step.gone]
    return [written(CONTACT, row) for row in rows]
