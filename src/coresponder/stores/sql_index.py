"""The index in SQL: the incidents, persons and responders of an agency, and what is owed."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import attrs
import sqlalchemy as sa

from coresponder.domain.objects import Prior
from coresponder.stores.base import (
    UNLISTED,
    Append,
    Contact,
    Engagement,
    OwedRow,
    as_told,
    prior_from,
)
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.rows import (
    CONTACT_FIELDS,
    contact_of_row,
    contact_rows,
    incident_row,
    owed_of_row,
    written,
)
from coresponder.stores.sql_lists import PUT_OWED, write_lists
from coresponder.stores.sql_steps import HEAD_ROW, NEW_CONTACT
from coresponder.stores.statements import NO_OFFSET, NOTHING, Statement, compiled, given, matching
from coresponder.stores.tables import CONTACT, ENGAGEMENT, INCIDENT, OBLIGATION, TEAM

__all__ = ["SqlIndex"]

_LOG = logging.getLogger("coresponder")
_c, _g = CONTACT.c, ENGAGEMENT.c

_PRIOR = Statement(
    sa.select(*(_c[name] for name in CONTACT_FIELDS)).where(
        matching(CONTACT, "agency", "person")
        & (_c.incident != sa.bindparam("excluding"))
        & (_c.contact_at != NOTHING)
    )
)
_BUSY = sa.select(_g.responder, _g.incident, _g.since).where(_g.incident != NOTHING)
_ENGAGED = Statement(_BUSY.where(matching(ENGAGEMENT, "agency")).order_by(_g.responder))
_ENGAGED_ONE = Statement(_BUSY.where(matching(ENGAGEMENT, "agency", "responder")))
_FREED = Statement(
    sa.select(_g.responder, _g.since).where(
        matching(ENGAGEMENT, "agency") & (_g.incident == NOTHING)
    )
)

_SET_RIGHT = Statement(
    sa.update(INCIDENT)
    .where(matching(INCIDENT, "agency", "incident"))
    .values(given(*(c.name for c in INCIDENT.c if not c.primary_key)))
)
_AFTER = Statement(
    sa.select(INCIDENT.c.incident)
    .where(matching(INCIDENT, "agency") & (INCIDENT.c.incident > sa.bindparam("last")))
    .order_by(INCIDENT.c.incident)
    .limit(sa.literal_column("1000"))
    .offset(NO_OFFSET)
)
_CONTACTS = Statement(
    sa.select(*(_c[name] for name in CONTACT_FIELDS)).where(matching(CONTACT, "agency", "incident"))
)
_LISTED = Statement(sa.select(OBLIGATION).where(matching(OBLIGATION, "agency", "incident")))
_CLEARED = {
    table: Statement(sa.delete(table).where(matching(table, "agency", "incident")))
    for table in (OBLIGATION, TEAM)
}


def _names(table: sa.Table) -> tuple[str, ...]:
    return tuple(c.name for c in table.c)


class SqlIndex:
    """The lists of a SQL store, which answer without reading histories."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect

    def incidents(self, agency: str) -> Iterator[str]:
        """Yield the ids of all incidents, a thousand with each query."""
        last = ""
        while True:
            with self.connections.reading() as cursor:
                rows = cursor.execute(
                    _AFTER.on(self.dialect), {"agency": agency, "last": last}
                ).fetchall()
            yield from (row[0] for row in rows)
            if not rows:
                return
            last = rows[-1][0]

    def relist(self, step: Append, *, contacts: bool = True) -> bool:
        """Replace an incident's entries on the lists by those that follow from its log."""
        key = {"agency": step.agency, "incident": step.summary.incident}
        with self.connections.writing() as cursor:
            there = cursor.execute(HEAD_ROW.on(self.dialect), key).fetchone()
            row = dict(zip(_names(INCIDENT), there, strict=True)) if there else {}
            if row.get("version") != step.expected:
                return False
            wanted = incident_row(step, "", row["head"])
            right = {
                name: wanted[name] for name in row if name not in {"digest", "sealed", "numbered"}
            }
            if right != {name: row[name] for name in right}:
                values = written(INCIDENT, row | right)
                cursor.execute(_SET_RIGHT.on(self.dialect), values)
            self._relist_contacts(cursor, key, step, replaced=contacts)
            owed = as_told(step.owed, [*self._listed(cursor, key)])
            for table in (OBLIGATION, TEAM):
                cursor.execute(_CLEARED[table].on(self.dialect), key)
            write_lists(cursor, self.dialect, attrs.evolve(step, owed=owed))
        return True

    def _relist_contacts(
        self, cursor: Any, key: Mapping[str, Any], step: Append, *, replaced: bool
    ) -> None:
        names = ("person", *CONTACT_FIELDS[1:])
        rows = cursor.execute(_CONTACTS.on(self.dialect), key).fetchall()
        there = {row[0]: tuple(row) for row in rows}
        people = {one.person for one in step.contacts}
        gone = tuple(there.keys() - people) if replaced else ()
        for row in contact_rows(key, attrs.evolve(step, gone=gone)):
            old = there.get(row["person"])
            if old is None or (replaced and old != tuple(row[name] for name in names)):
                cursor.execute(NEW_CONTACT.on(self.dialect), row)

    def _listed(self, cursor: Any, key: Mapping[str, Any]) -> Iterator[OwedRow]:
        """Yield the readable rows that the list has for an incident."""
        for row in cursor.execute(_LISTED.on(self.dialect), key).fetchall():
            with suppress(ValueError):
                yield owed_of_row(dict(zip(_names(OBLIGATION), row, strict=True)))

    def unlist(self, agency: str, incident: str) -> None:
        """Mark an incident as one that cannot be listed."""
        row = {"agency": agency, "incident": incident, "policy": UNLISTED, "key": ""}
        with self.connections.writing() as cursor:
            mark = row | {"due": "", "since": None, "tell_at": "", "owner": None}
            cursor.execute(PUT_OWED.on(self.dialect), mark)

    def unlisted(self, agency: str) -> tuple[str, ...]:
        """Return the incidents that are marked as not listed."""
        o = OBLIGATION.c
        query = sa.select(o.incident).where(
            (o.agency == agency) & (o.due == "") & (o.policy == UNLISTED)
        )
        text, values = compiled(self.dialect.name, query)
        with self.connections.reading() as cursor:
            return tuple(row[0] for row in cursor.execute(text, values).fetchall())

    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents."""
        with self.connections.reading() as cursor:
            rows = cursor.execute(
                _PRIOR.on(self.dialect),
                {"agency": agency, "person": person, "excluding": excluding},
            ).fetchall()
        return prior_from(_contacts(rows, person), at)

    def engaged(
        self, agency: str, responders: Collection[str] | None = None
    ) -> tuple[Engagement, ...]:
        """Return each busy responder with the incident; with `responders`, of these alone."""
        named = [{"agency": agency, "responder": id} for id in sorted(set(responders or ()))]
        which = (_ENGAGED if responders is None else _ENGAGED_ONE).on(self.dialect)
        rows: list[Any] = []
        with self.connections.reading() as cursor:
            for given in [{"agency": agency}] if responders is None else named:
                rows += cursor.execute(which, given).fetchall()
        return tuple(
            Engagement(responder=r, incident=i, since=dt.datetime.fromisoformat(since))
            for r, i, since in rows
        )

    def freed(self, agency: str) -> Mapping[str, dt.datetime]:
        """Return for each responder who was busy before and is free now since when."""
        with self.connections.reading() as cursor:
            rows = cursor.execute(_FREED.on(self.dialect), {"agency": agency}).fetchall()
        return {responder: dt.datetime.fromisoformat(since) for responder, since in rows}


def _contacts(rows: Iterable[Any], person: str) -> Iterator[Contact]:
    """Yield a person's contacts. A contact that cannot be read is logged and skipped, so that it
    does not stop a step; `verify` names it too.
    """
    for row in rows:
        try:
            yield contact_of_row(dict(zip(CONTACT_FIELDS, row, strict=True)))
        except (ValueError, TypeError):
            _LOG.error(
                "a contact of %s cannot be read and is not counted; `coresponder verify` names its row",
                person,
            )
