"""The event log in SQL: the rows of one incident."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from coresponder.errors import CorruptRecord
from coresponder.stores.base import StoredIncident, check_chain, no_incident
from coresponder.stores.codec import Stored
from coresponder.stores.sql_steps import HEAD, SqlSteps
from coresponder.stores.statements import Statement, matching
from coresponder.stores.tables import EVENT, INCIDENT

__all__ = ["SqlLog"]

_i, _e = INCIDENT.c, EVENT.c

_LOAD = Statement(
    sa.select(
        _i.version,
        _i.head,
        _i.program,
        *(_e[name].label(f"event_{name}") for name in Stored._fields),
    )
    .select_from(
        INCIDENT.outerjoin(
            EVENT,
            (_e.agency == _i.agency)
            & (_e.incident == _i.incident)
            & (_e.number > sa.bindparam("after")),
        )
    )
    .where(matching(INCIDENT, "agency", "incident"))
    .order_by(_e.number)
)
_RECORDED = Statement(sa.select(_e.incident, _e.number).where(matching(EVENT, "agency", "request")))


class SqlLog(SqlSteps):
    """The event log of a SQL store."""

    __slots__ = ()

    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows after checking their chain."""
        with self.connections.reading() as cursor:
            return self._load(cursor, agency, incident)

    def _load(self, cursor: Any, agency: str, incident: str) -> StoredIncident:
        loaded = self._since(cursor, agency, incident)
        if loaded is None:
            raise no_incident(agency, incident)
        return loaded

    def load_after(
        self, agency: str, incident: str, version: int, head: str
    ) -> StoredIncident | None:
        """Return the rows after a version that is known, their chain checked from there on."""
        try:
            with self.connections.reading() as cursor:
                return self._since(cursor, agency, incident, (version, head))
        except CorruptRecord:  # what is known is not there, or a row is damaged, which `load` tells
            return None

    def _since(
        self, cursor: Any, agency: str, incident: str, after: tuple[int, str] | None = None
    ) -> StoredIncident | None:
        """Read head and rows in one statement, so that no write comes between them."""
        given = {"agency": agency, "incident": incident, "after": after[0] if after else 0}
        found = cursor.execute(_LOAD.on(self.dialect), given).fetchall()
        if not found:
            return None
        version, head, program = found[0][:3]
        rows = tuple([Stored._make(row[3:]) for row in found if row[3] is not None])
        there = StoredIncident(incident=incident, program=program, rows=rows)
        checked = check_chain(agency, there, version=version, head=head, after=after)
        if self.connections.settled and rows:
            self._known.keep((agency, incident), {"version": version, "head": head})
        return checked

    def recorded(self, agency: str, request: str) -> tuple[str, int] | None:
        """Return the incident of the step that was recorded under a request, and the number of its
        last event.
        """
        if not request:
            return None
        with self.connections.reading() as cursor:
            found = cursor.execute(
                _RECORDED.on(self.dialect), {"agency": agency, "request": request}
            ).fetchone()
        return (str(found[0]), int(found[1])) if found else None

    def version(self, agency: str, incident: str) -> int:
        """Return the number of the last event."""
        with self.connections.reading() as cursor:
            found = cursor.execute(
                HEAD.on(self.dialect), {"agency": agency, "incident": incident}
            ).fetchone()
        return int(found[0]) if found else 0
