"""The outbox in SQL: notices that were written with a step and wait for delivery."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable, Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from coresponder.errors import NotFound
from coresponder.program.case import Notice, unreadable_notice
from coresponder.stores.base import Outgoing, instant, stamp
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.pages import BY_NOTICE, LARGEST, LIMIT, Page, outbox_mark, paged, place
from coresponder.stores.rows import outbox_row, written
from coresponder.stores.sql_steps import NEW_NOTICE
from coresponder.stores.sql_turns import (
    NEXT,
    STILL_WAITS,
    WAITS,
    among,
    as_row,
    begin_anew,
    channels_with_turns,
    each,
    move_on,
    take_in,
)
from coresponder.stores.statements import NO_OFFSET, Statement, given, matching, recordset
from coresponder.stores.tables import OUTBOX

__all__ = ["SqlOutbox"]

_o = OUTBOX.c
_SAME = matching(OUTBOX, "agency", "id")
_given_up = matching(OUTBOX, "agency") & _o.delivered_at.is_(None) & _o.dead_at.is_not(None)


def _oldest(condition: Any, *order: Any) -> Any:
    return (
        sa.select(OUTBOX)
        .where(condition)
        .order_by(*order)
        .limit(sa.bindparam("limit"))
        .offset(NO_OFFSET)
    )


def _waiting(sql: Any) -> Any:
    """Return the query in the order of the index of waiting notices.

    For a single agency PostgreSQL would use its primary key, which has the same order, and walk
    over all delivered notices. So the agency is given as a range there.
    """
    agency, begin = sa.bindparam("agency", type_=sa.Text), sa.bindparam("begin", type_=sa.Integer)
    if sql is not postgresql:
        return _oldest(WAITS & (_o.id > begin), _o.id)
    behind = sa.tuple_(_o.agency, _o.id) > sa.tuple_(agency, begin)
    return _oldest(STILL_WAITS & (_o.agency <= agency) & behind, _o.agency, _o.id)


_WAITING = Statement(_waiting)
_GIVEN_UP = Statement(_oldest(_given_up & (_o.id > sa.bindparam("begin")), _o.id))
_WAITING_BY_CHANNEL = Statement(
    sa.select(_o.channel, sa.func.count()).where(WAITS).group_by(_o.channel)
)
_COUNT_GIVEN_UP = Statement(sa.select(sa.func.count()).where(_given_up))
_CLAIM_ONE = Statement(sa.select(OUTBOX).where(WAITS & matching(OUTBOX, "id")).with_for_update())
_UNDELIVERED = Statement(
    lambda sql: (
        sa.select(OUTBOX)
        .where(among(sql, _o.id, each(sql, "ids", int)) & _o.delivered_at.is_(None))
        .order_by(_o.id)
        .with_for_update()
    )
)


@functools.cache
def _mark(*names: str) -> Statement:
    """Return the update of just these columns, so that the indexes of other columns are not
    rewritten.

    PostgreSQL takes all rows at once as one JSON parameter.
    """
    names = (*names, "digest")
    anew: dict[str, Any] = {"sealed": sa.literal_column("0")}

    def build(sql: Any) -> Any:
        if sql is not postgresql:
            return sa.update(OUTBOX).where(_SAME).values(given(*names) | anew)
        rows = recordset("rows", *(_o[name] for name in ("agency", "id", *names)))
        same = (_o.agency == rows.c.agency) & (_o.id == rows.c.id)
        return sa.update(OUTBOX).where(same).values({n: rows.c[n] for n in names} | anew)

    return Statement(build)


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
    """Return the notice of a row. A notice that cannot be read does not stop the others; in its
    place, a notice says that it exists.
    """
    try:
        return Notice.from_json(row["body"])
    except ValueError:
        return unreadable_notice(
            row["incident"], f"notice {row['id']} of the outbox", channel=row["channel"]
        )


class SqlOutbox:
    """The outbox of a SQL store."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect
    _wrote: set[str]

    def notify(self, agency: str, notices: Iterable[Notice], *, at: dt.datetime) -> int:
        """Add notices that no step caused; return how many were new."""
        rows = [outbox_row(agency, notice, at) for notice in notices]
        if not rows:
            return 0
        with self.connections.writing() as cursor:
            cursor.executemany(NEW_NOTICE.on(self.dialect), rows)
            new = int(cursor.rowcount)
        self._wrote.add(agency)
        return new

    def outbox(
        self, agency: str, *, limit: int = LIMIT, after: str | None = None, dead: bool = False
    ) -> Page[Outgoing]:
        """Return a page of notices not delivered yet."""
        mark = outbox_mark(agency, dead=dead)
        (begin,) = place(after, mark, BY_NOTICE) or BY_NOTICE
        with self.connections.reading() as cursor:
            found = cursor.execute(
                (_GIVEN_UP if dead else _WAITING).on(self.dialect),
                {"agency": agency, "limit": min(limit, LARGEST) + 1, "begin": begin},
            ).fetchall()
        notices = (_outgoing(as_row(row)) for row in found)
        return paged([((out.id,), out) for out in notices], limit, mark)

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
        """Claim notices to deliver; those that another relay has claimed are skipped."""
        if only is not None:
            return self._claimed(agency, _CLAIM_ONE, now, until, id=only)
        claimed: list[Outgoing] = []
        with self.connections.reading() as cursor:
            turns = channels_with_turns(cursor, self.dialect, agency)
        for channel, earliest in sorted(turns, key=lambda turn: turn[1]):
            wanted = channel not in but and (channels is None or channel in channels)
            if wanted and earliest <= stamp(now) and len(claimed) < limit:
                claimed += self._claim_from(agency, channel, now, until, limit - len(claimed))
        return tuple(sorted(claimed, key=lambda out: out.id))

    def _claim_from(
        self, agency: str, channel: str, now: dt.datetime, until: dt.datetime, limit: int
    ) -> tuple[Outgoing, ...]:
        """Claim the notices of a channel that have a turn. If there are too few, take in new ones
        until some may be claimed.
        """
        claimed = self._claimed(agency, NEXT, now, until, channel=channel, limit=limit)
        wanted, more = limit - len(claimed), True
        while wanted and more:
            with self.connections.writing() as cursor:
                rows, more = take_in(cursor, self.dialect, agency, channel, stamp(now), wanted)
                found = self._claim_rows(cursor, rows, until)
            claimed, more = (*claimed, *found), more and not found
        return claimed

    def _claimed(
        self, agency: str, query: Statement, now: dt.datetime, until: dt.datetime, **which: Any
    ) -> tuple[Outgoing, ...]:
        """Claim the notices that a query finds."""
        with self.connections.writing() as cursor:
            found = cursor.execute(
                query.on(self.dialect), {"agency": agency, "now": stamp(now), **which}
            ).fetchall()
            return self._claim_rows(cursor, [*map(as_row, found)], until)

    def _claim_rows(
        self, cursor: Any, rows: list[dict[str, Any]], until: dt.datetime
    ) -> tuple[Outgoing, ...]:
        """Write that rows are claimed until a time."""
        claim = lambda row: _when(row, stamp(until)) | {"attempts": row["attempts"] + 1}  # noqa: E731
        return tuple(map(_outgoing, self._change(cursor, rows, claim)))

    def delivered(self, agency: str, *ids: int, at: dt.datetime) -> None:
        """Mark notices as delivered."""
        over = {"delivered_at": stamp(at), "error": None, "turn_at": None}
        with self.connections.writing() as cursor:
            rows = self._undelivered(cursor, agency, ids)
            self._change(cursor, rows, lambda _: over)
            move_on(cursor, self.dialect, _had_turns(rows), stamp(at))

    def failed(
        self, agency: str, id: int, *, error: str, at: dt.datetime, next_at: dt.datetime | None
    ) -> None:
        """Schedule the next attempt of a notice, or give it up."""
        with self.connections.writing() as cursor:
            rows = self._undelivered(cursor, agency, (id,))
            if next_at is not None:
                self._change(
                    cursor, rows, lambda row: _when(row, stamp(next_at)) | {"error": error}
                )
                return
            dead = {"error": error, "dead_at": stamp(at), "turn_at": None}
            self._change(cursor, rows, lambda _: dead)
            move_on(cursor, self.dialect, _had_turns(rows), stamp(at))

    def give_back(self, agency: str, out: Outgoing, *, at: dt.datetime) -> None:
        """End the claim of a notice that was not tried."""
        with self.connections.writing() as cursor:
            found = self._undelivered(cursor, agency, (out.id,))
            rows = [row for row in found if row["attempts"] == out.attempts]
            before = {"attempts": out.attempts - 1}
            self._change(cursor, rows, lambda row: _when(row, stamp(at)) | before)

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
        """Retry a notice that was given up."""
        again = {"dead_at": None, "attempts": 0, "next_at": stamp(at), "turn_at": ""}
        with self.connections.writing() as cursor:
            rows = self._undelivered(cursor, agency, (id,))
            dead = [row for row in rows if row["dead_at"] is not None]
            self._change(cursor, dead, lambda _: again)
        if not dead:
            raise NotFound(
                f"no notice {id} of {agency} was given up; `coresponder outbox STORE` lists those that were"
            )

    def order_anew(self, agency: str) -> None:
        """Repair which notice comes next in each incident and channel, if `verify` reports that
        none does.
        """
        with self.connections.writing() as cursor:
            begin_anew(cursor, self.dialect, agency)

    def _undelivered(self, cursor: Any, agency: str, ids: Collection[int]) -> list[dict[str, Any]]:
        """Return the locked rows of undelivered notices."""
        self.dialect.take_turns(cursor, agency, alone=False)
        found = cursor.execute(
            _UNDELIVERED.on(self.dialect), {"ids": json.dumps([*ids])}
        ).fetchall()
        rows = (as_row(row) for row in found)
        return [row for row in rows if row["agency"] == agency]

    def _change(
        self,
        cursor: Any,
        rows: list[dict[str, Any]],
        changes: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> list[dict[str, Any]]:
        """Write the changes to each row, and return the changed rows."""
        changed = [written(OUTBOX, row | changes(row)) for row in rows]
        if changed:
            names = tuple(changes(rows[0]))
            statement = _mark(*names).on(self.dialect)
            if self.dialect.one_statement:
                wanted = ("agency", "id", *names, "digest")
                values = [{name: row[name] for name in wanted} for row in changed]
                cursor.execute(statement, {"rows": json.dumps(values)})
            else:
                cursor.executemany(statement, changed)
        return changed


def _when(row: dict[str, Any], at: str) -> dict[str, Any]:
    """Return the columns that keep a notice from being claimed before a time: its turn too, if it
    has one.
    """
    return {"next_at": at, "turn_at": at if row["turn_at"] else row["turn_at"]}


def _had_turns(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows if row["turn_at"]]
