"""The outbox in SQL: notices that were written with a step, and wait until somebody carried them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from coresponder.errors import NotFound
from coresponder.program.case import Notice, unreadable_notice
from coresponder.stores.base import Outgoing, instant, stamp
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.rows import outbox_row, written
from coresponder.stores.sql_steps import NEW_NOTICE
from coresponder.stores.statements import NO_OFFSET, Statement, given, matching
from coresponder.stores.tables import OUTBOX

__all__ = ["SqlOutbox"]

_o = OUTBOX.c
_COLUMNS = tuple(c.name for c in _o)


_waits = matching(OUTBOX, "agency") & _o.delivered_at.is_(None) & _o.dead_at.is_(None)
_given_up = matching(OUTBOX, "agency") & _o.delivered_at.is_(None) & _o.dead_at.is_not(None)


def _first_that_wait(sql: Any) -> Any:
    """Return the claim of the first notice of each incident and channel, if its time has come."""
    others = OUTBOX.alias("others")
    waiting = (
        matching(others, "agency") & others.c.delivered_at.is_(None) & others.c.dead_at.is_(None)
    )
    firsts = (
        sa.select(sa.func.min(others.c.id))
        .where(waiting)
        .group_by(others.c.incident, others.c.channel)
    )
    # PostgreSQL looks an array up once; it may run a subquery for every row, as long as it does not
    # know how many there are
    first = (
        _o.id == sa.any_(sa.func.array(firsts.scalar_subquery()))
        if sql is postgresql
        else _o.id.in_(firsts)
    )
    wanted = (_channels_are_given.is_(None) | _listed(sql, "channels")) & ~_listed(sql, "but")
    return _oldest(_waits & (_o.next_at <= sa.bindparam("now")) & first & wanted).with_for_update(
        skip_locked=True, of=OUTBOX
    )


_channels_are_given = sa.cast(sa.bindparam("channels"), sa.Text)


def _listed(sql: Any, name: str) -> Any:
    """Return the condition that a notice's channel is in a parameter, a list in JSON."""
    if sql is postgresql:
        return _o.channel.in_(
            sa.select(
                sa.func.jsonb_array_elements_text(sa.cast(sa.bindparam(name), postgresql.JSONB))
            )
        )
    return _o.channel.in_(
        sa.select(sa.column("value")).select_from(sa.func.json_each(sa.bindparam(name)))
    )


def _oldest(condition: Any) -> Any:
    return (
        sa.select(OUTBOX)
        .where(condition)
        .order_by(_o.id)
        .limit(sa.bindparam("limit"))
        .offset(NO_OFFSET)
    )


_WAITING = Statement(_oldest(_waits))
_GIVEN_UP = Statement(_oldest(_given_up))
_WAITING_BY_CHANNEL = Statement(
    sa.select(_o.channel, sa.func.count()).where(_waits).group_by(_o.channel)
)
_COUNT_GIVEN_UP = Statement(sa.select(sa.func.count()).where(_given_up))
_CLAIM = Statement(_first_that_wait)
_CLAIM_ONE = Statement(sa.select(OUTBOX).where(_waits & matching(OUTBOX, "id")).with_for_update())
_ONE = Statement(sa.select(OUTBOX).where(matching(OUTBOX, "agency", "id")).with_for_update())
_MARK = Statement(
    sa.update(OUTBOX)
    .where(matching(OUTBOX, "agency", "key"))
    .values(
        given("attempts", "next_at", "delivered_at", "dead_at", "error", "digest")
        | {"sealed": sa.literal_column("0")}
    )
)


def _outgoing(row: dict[str, Any]) -> Outgoing:
    return Outgoing(
        id=row["id"],
        key=row["key"],
        notice=_notice(row),
        created_at=dt.datetime.fromisoformat(row["created_at"]),
        attempts=row["attempts"],
        next_at=instant(row["next_at"]),
        dead_at=instant(row["dead_at"]),
        error=row["error"],
    )


def _notice(row: dict[str, Any]) -> Notice:
    """Return the notice of a row. One that cannot be read does not stop the others: that it is
    there is what is told.
    """
    try:
        return Notice.from_json(row["body"])
    except ValueError:
        return unreadable_notice(
            row["incident"], f"notice {row['id']} of the outbox", channel=row["channel"]
        )


class SqlOutbox:
    """What a SQL store does with notices."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect
    _wrote: set[str]

    def notify(self, agency: str, notices: Iterable[Notice], *, at: dt.datetime) -> int:
        """Put notices that no step gave rise to into the outbox; return how many were new."""
        rows, new = [outbox_row(agency, notice, at) for notice in notices], 0
        if rows:
            with self.connections.writing() as cursor:
                for row in rows:
                    cursor.execute(NEW_NOTICE.on(self.dialect), row)
                    new += cursor.rowcount
            self._wrote.add(agency)
        return new

    def outbox(self, agency: str, *, limit: int = 100, dead: bool = False) -> tuple[Outgoing, ...]:
        """Return notices not delivered yet."""
        with self.connections.reading() as cursor:
            found = cursor.execute(
                (_GIVEN_UP if dead else _WAITING).on(self.dialect),
                {"agency": agency, "limit": limit},
            ).fetchall()
        return tuple(_outgoing(dict(zip(_COLUMNS, row, strict=True))) for row in found)

    def claim(
        self,
        agency: str,
        *,
        now: dt.datetime,
        until: dt.datetime,
        limit: int = 10,
        only: int | None = None,
        channels: Collection[str] | None = None,
        but: Collection[str] = (),
    ) -> tuple[Outgoing, ...]:
        """Take notices to deliver; what another relay has taken is passed over."""
        claimed = []
        wanted = {
            "channels": None if channels is None else json.dumps(sorted(channels)),
            "but": json.dumps(sorted(but)),
        }
        given = (
            {"agency": agency, "now": stamp(now), "limit": limit, **wanted}
            if only is None
            else {"agency": agency, "id": only}
        )
        query = (_CLAIM if only is None else _CLAIM_ONE).on(self.dialect)
        with self.connections.writing() as cursor:
            for found in cursor.execute(query, given).fetchall():
                row = dict(zip(_COLUMNS, found, strict=True))
                row |= {"attempts": row["attempts"] + 1, "next_at": stamp(until)}
                cursor.execute(_MARK.on(self.dialect), written(OUTBOX, row))
                claimed.append(_outgoing(row))
        return tuple(claimed)

    def delivered(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Mark a notice as delivered."""
        self._mark(agency, id, delivered_at=stamp(at), error=None)

    def failed(
        self, agency: str, id: int, *, error: str, at: dt.datetime, next_at: dt.datetime | None
    ) -> None:
        """Keep a notice for later, or give it up."""
        if next_at is None:
            self._mark(agency, id, error=error, dead_at=stamp(at))
        else:
            self._mark(agency, id, error=error, next_at=stamp(next_at))

    def give_back(self, agency: str, out: Outgoing, *, at: dt.datetime) -> None:
        """End the claim of a notice that was not tried."""
        self._mark(
            agency, out.id, claimed=out.attempts, attempts=out.attempts - 1, next_at=stamp(at)
        )

    def undelivered(self, agency: str) -> tuple[dict[str, int], int]:
        """Return how many notices wait, by channel, and how many were given up."""
        with self.connections.reading() as cursor:
            waiting = cursor.execute(
                _WAITING_BY_CHANNEL.on(self.dialect), {"agency": agency}
            ).fetchall()
            given_up = cursor.execute(
                _COUNT_GIVEN_UP.on(self.dialect), {"agency": agency}
            ).fetchone()
        return dict(waiting), int(given_up[0])

    def resend(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Let a notice that was given up be tried again."""
        if not self._mark(agency, id, only_dead=True, dead_at=None, attempts=0, next_at=stamp(at)):
            raise NotFound(
                f"no notice {id} of {agency} was given up; `coresponder outbox STORE` lists those that were"
            )

    def _mark(
        self,
        agency: str,
        id: int,
        *,
        only_dead: bool = False,
        claimed: int | None = None,
        **changes: Any,
    ) -> bool:
        with self.connections.writing() as cursor:
            found = cursor.execute(_ONE.on(self.dialect), {"agency": agency, "id": id}).fetchone()
            row = dict(zip(_COLUMNS, found, strict=True)) if found else None
            if (
                row is None
                or row["delivered_at"] is not None
                or (only_dead and row["dead_at"] is None)
            ):
                return False
            if claimed is not None and row["attempts"] != claimed:
                return False
            cursor.execute(_MARK.on(self.dialect), written(OUTBOX, row | changes))
        return True
