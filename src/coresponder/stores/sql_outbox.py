"""The outbox in SQL: notices that were written with a step, and wait until somebody carried them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from coresponder.errors import NotFound
from coresponder.program.case import Notice, unreadable_notice
from coresponder.stores.base import Outgoing, instant, key_of, stamp
from coresponder.stores.connections import Connections
from coresponder.stores.statements import written
from coresponder.stores.tables import OUTBOX

__all__ = ["SqlOutbox", "outbox_row"]

_COLUMNS = tuple(c.name for c in OUTBOX.c)


def outbox_row(agency: str, notice: Notice, at: dt.datetime) -> dict[str, Any]:
    """Return the row of a notice that was not tried yet: it may be at once, whatever time it is for the host that writes it."""
    now = stamp(at)
    values = {
        "agency": agency, "incident": notice.incident, "body": notice.to_json(), "created_at": now, "delivered_at": None, "key": key_of(agency, notice),
        "channel": notice.channel, "attempts": 0, "next_at": "", "dead_at": None, "error": None,
    }  # fmt: skip
    return written(OUTBOX, values)


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
    """Return the notice of a row. One that cannot be read does not stop the others: that it is there is what is told."""
    try:
        return Notice.from_json(row["body"])
    except ValueError:
        return unreadable_notice(row["incident"], f"notice {row['id']} of the outbox", channel=row["channel"])


class SqlOutbox:
    """What a SQL store does with notices."""

    __slots__ = ()
    connections: Connections
    ready: dict[str, str]
    _wrote: set[str]

    def notify(self, agency: str, notices: Iterable[Notice], *, at: dt.datetime) -> int:
        """Put notices that no step gave rise to into the outbox; return how many were new."""
        rows, new = [outbox_row(agency, notice, at) for notice in notices], 0
        if rows:
            with self.connections.writing() as cursor:
                for row in rows:
                    cursor.execute(self.ready["notice"], row)
                    new += cursor.rowcount
            self._wrote.add(agency)
        return new

    def outbox(self, agency: str, *, limit: int = 100, dead: bool = False) -> tuple[Outgoing, ...]:
        """Return notices not delivered yet."""
        with self.connections.reading() as cursor:
            found = cursor.execute(self.ready["dead" if dead else "waiting"], {"agency": agency, "limit": limit}).fetchall()
        return tuple(_outgoing(dict(zip(_COLUMNS, row, strict=True))) for row in found)

    def claim(self, agency: str, *, now: dt.datetime, until: dt.datetime, limit: int = 10, only: int | None = None) -> tuple[Outgoing, ...]:
        """Take notices to deliver; what another relay has taken is passed over."""
        claimed = []
        query = self.ready["claim" if only is None else "claim_one"]
        with self.connections.writing() as cursor:
            for found in cursor.execute(query, {"agency": agency, "now": stamp(now), "limit": limit, "id": only}).fetchall():
                row = dict(zip(_COLUMNS, found, strict=True))
                row |= {"attempts": row["attempts"] + 1, "next_at": stamp(until)}
                cursor.execute(self.ready["mark"], written(OUTBOX, row))
                claimed.append(_outgoing(row))
        return tuple(claimed)

    def delivered(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Mark a notice as delivered."""
        self._mark(agency, id, delivered_at=stamp(at), error=None)

    def failed(self, agency: str, id: int, *, error: str, at: dt.datetime, next_at: dt.datetime | None) -> None:
        """Keep a notice for later, or give it up."""
        if next_at is None:
            self._mark(agency, id, error=error, dead_at=stamp(at))
        else:
            self._mark(agency, id, error=error, next_at=stamp(next_at))

    def give_back(self, agency: str, out: Outgoing, *, at: dt.datetime) -> None:
        """End the claim of a notice that was not tried."""
        self._mark(agency, out.id, claimed=out.attempts, attempts=out.attempts - 1, next_at=stamp(at))

    def undelivered(self, agency: str) -> tuple[dict[str, int], int]:
        """Return how many notices wait, by channel, and how many were given up."""
        with self.connections.reading() as cursor:
            waiting = cursor.execute(self.ready["waiting_by_channel"], {"agency": agency}).fetchall()
            given_up = cursor.execute(self.ready["count_dead"], {"agency": agency}).fetchone()
        return dict(waiting), int(given_up[0])

    def resend(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Let a notice that was given up be tried again."""
        if not self._mark(agency, id, only_dead=True, dead_at=None, attempts=0, next_at=stamp(at)):
            raise NotFound(f"no notice {id} of {agency} was given up; `coresponder outbox STORE` lists those that were")

    def _mark(self, agency: str, id: int, *, only_dead: bool = False, claimed: int | None = None, **changes: Any) -> bool:
        with self.connections.writing() as cursor:
            found = cursor.execute(self.ready["one_notice"], {"agency": agency, "id": id}).fetchone()
            row = dict(zip(_COLUMNS, found, strict=True)) if found else None
            if row is None or row["delivered_at"] is not None or (only_dead and row["dead_at"] is None):
                return False
            if claimed is not None and row["attempts"] != claimed:
                return False
            cursor.execute(self.ready["mark"], written(OUTBOX, row | changes))
        return True
