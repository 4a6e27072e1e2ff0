"""The event log in SQL, and what lists ask: the rows of one incident, and the incidents, persons
and responders of an agency.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from coresponder.domain.objects import Prior
from coresponder.errors import NotFound
from coresponder.stores.base import (
    Contact,
    Engagement,
    StoredIncident,
    Summary,
    check_chain,
    prior_from,
    stamp,
)
from coresponder.stores.codec import Stored
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.rows import CONTACT_FIELDS, SUMMARY_FIELDS, contact_of_row, summary_of_row
from coresponder.stores.sql_steps import HEAD, SqlSteps
from coresponder.stores.statements import NOTHING, Statement, compiled, matching
from coresponder.stores.tables import CONTACT, ENGAGEMENT, EVENT, INCIDENT

__all__ = ["SqlIndex", "SqlLog"]

_LOG = logging.getLogger("coresponder")
_i, _c, _e, _g = INCIDENT.c, CONTACT.c, EVENT.c, ENGAGEMENT.c

_LOAD = Statement(
    sa.select(
        _i.version,
        _i.head,
        _i.program,
        *(_e[name].label(f"event_{name}") for name in Stored._fields),
    )
    .select_from(INCIDENT.outerjoin(EVENT, (_e.agency == _i.agency) & (_e.incident == _i.incident)))
    .where(matching(INCIDENT, "agency", "incident"))
    .order_by(_e.number)
)
_RECORDED = Statement(sa.select(_e.incident, _e.number).where(matching(EVENT, "agency", "request")))
_PRIOR = Statement(
    sa.select(*(_c[name] for name in CONTACT_FIELDS)).where(
        matching(CONTACT, "agency", "person")
        & (_c.incident != sa.bindparam("excluding"))
        & (_c.contact_at != NOTHING)
    )
)
_ENGAGED = Statement(
    sa.select(_g.responder, _g.incident, _g.since)
    .where(matching(ENGAGEMENT, "agency") & (_g.incident != NOTHING))
    .order_by(_g.responder)
)


class SqlLog(SqlSteps):
    """What a SQL store does with histories."""

    __slots__ = ()

    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows, their chain checked."""
        with self.connections.reading() as cursor:
            return self._load(cursor, agency, incident)

    def _load(self, cursor: Any, agency: str, incident: str) -> StoredIncident:
        """Read head and rows in one statement, so that no writer comes in between."""
        found = cursor.execute(
            _LOAD.on(self.dialect), {"agency": agency, "incident": incident}
        ).fetchall()
        if not found:
            raise NotFound(f"there is no incident {incident!r}")
        version, head, program = found[0][:3]
        rows = tuple(Stored._make(row[3:]) for row in found if row[3] is not None)
        checked = check_chain(
            agency,
            StoredIncident(incident=incident, program=program, rows=rows),
            version=version,
            head=head,
        )
        if self.connections.settled:
            self._heads.keep((agency, incident), (version, head))
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


class SqlIndex:
    """What a SQL store knows of all incidents of an agency without reading their histories."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect

    def find(
        self,
        agency: str,
        *,
        state: str | None = None,
        person: str | None = None,
        due_before: dt.datetime | None = None,
        owing: bool = False,
    ) -> tuple[Summary, ...]:
        """Return the incidents that fit all that is given."""
        i = INCIDENT.c
        query = (
            sa.select(*(i[name] for name in SUMMARY_FIELDS))
            .where(i.agency == agency)
            .order_by(i.next_due.is_(None), i.next_due, i.incident)
        )
        if state is not None:
            query = query.where(i.state == state)
        if due_before is not None:
            query = query.where(i.next_due <= stamp(due_before))
        if owing:
            query = query.where(i.obligations > 0)
        if person is not None:
            c = CONTACT.c
            mine = sa.select(c.incident).where(
                (c.agency == agency) & (c.person == person) & (c.contact_at != "")
            )
            query = query.where(i.incident.in_(mine))
        text, values = compiled(self.dialect.name, query)
        with self.connections.reading() as cursor:
            return tuple(
                summary_of_row(dict(zip(SUMMARY_FIELDS, row, strict=True)))
                for row in cursor.execute(text, values).fetchall()
            )

    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents."""
        with self.connections.reading() as cursor:
            rows = cursor.execute(
                _PRIOR.on(self.dialect),
                {"agency": agency, "person": person, "excluding": excluding},
            ).fetchall()
        return prior_from(_contacts(rows, person), at)

    def engaged(self, agency: str) -> tuple[Engagement, ...]:
        """Return the responders who are busy, and with which incident."""
        with self.connections.reading() as cursor:
            rows = cursor.execute(_ENGAGED.on(self.dialect), {"agency": agency}).fetchall()
        return tuple(
            Engagement(responder=r, incident=i, since=dt.datetime.fromisoformat(since))
            for r, i, since in rows
        )


def _contacts(rows: Iterable[Any], person: str) -> Iterator[Contact]:
    """Yield a person's contacts. One that cannot be read stops nobody at a scene; `verify` names it
    too.
    """
    for row in rows:
        try:
            yield contact_of_row(dict(zip(CONTACT_FIELDS, row, strict=True)))
        except (ValueError, TypeError):
            _LOG.error(
                "a contact of %s cannot be read and is not counted; `coresponder verify` names its row",
                person,
            )
