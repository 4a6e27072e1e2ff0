"""The feed in SQL. A reader numbers what is committed and has no position yet, so that writers do
not wait for one another (ADR 0151).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from coresponder.errors import CorruptRecord
from coresponder.stores.codec import Stored
from coresponder.stores.dialects import Dialect
from coresponder.stores.feed import FeedEntry, check_after, check_end, check_entry
from coresponder.stores.pages import LARGEST, LIMIT, page_limit
from coresponder.stores.sql_log import SqlLog
from coresponder.stores.statements import NO_OFFSET, Statement, matching
from coresponder.stores.tables import EVENT, FEED, INCIDENT

__all__ = ["MOST_NUMBERED", "SqlFeed", "feed_faults"]

MOST_NUMBERED = 1000
"""The most events that are numbered in one transaction, so that nobody waits long for it."""

_i, _e, _f = INCIDENT.c, EVENT.c, FEED.c
_before, _earlier = EVENT.alias("before"), FEED.alias("earlier")
_b, _p = _before.c, _earlier.c
_NEW = matching(INCIDENT, "agency") & (_i.numbered == sa.literal_column("0"))
_HAS_NEW = Statement(
    sa.select(_i.incident).where(_NEW).limit(sa.literal_column("1")).offset(NO_OFFSET)
)
_LAST = Statement(
    sa.select(sa.func.coalesce(sa.func.max(_f.position), sa.literal_column("0"))).where(
        matching(FEED, "agency")
    )
)
_NUMBERED: Any = sa.func.coalesce(
    sa.select(sa.func.max(_f.number))
    .where((_f.agency == _i.agency) & (_f.incident == _i.incident))
    .scalar_subquery(),
    sa.literal_column("0"),
)
"""The last event of an incident that has a position."""
_BATCH = Statement(
    sa.select(sa.func.count(), sa.func.max(_f.incident)).where(
        matching(FEED, "agency") & (_f.position > sa.bindparam("last"))
    )
)
_WRONG = (
    matching(INCIDENT, "agency")
    & (_i.numbered != sa.literal_column("0"))
    & ((_i.version != _NUMBERED) | (_i.numbered != sa.literal_column("1")))
)
_MISSED = Statement(sa.select(_i.incident).where(_WRONG).order_by(_i.incident))
_AGAIN = Statement(sa.update(INCIDENT).where(_WRONG).values(numbered=sa.literal_column("0")))


def _number() -> Any:
    """Make the statement that gives positions to events that have none, after the last position.

    Events of one incident keep their order. Between incidents the order is that of recording, as
    the clocks of the hosts have it.
    """
    new = (
        sa.select(_i.agency, _i.incident, _e.number, _e.digest, _e.recorded_at)
        .select_from(
            INCIDENT.join(
                EVENT,
                (_e.agency == _i.agency) & (_e.incident == _i.incident) & (_e.number > _NUMBERED),
            )
        )
        .where(_NEW)
        .order_by(_i.incident, _e.number)
        .limit(sa.literal_column(str(MOST_NUMBERED)))
        .offset(NO_OFFSET)
        .cte("new")
    )
    latest = sa.func.max(new.c.recorded_at).over(partition_by=new.c.incident, order_by=new.c.number)
    timed = sa.select(*new.c, latest.label("latest")).cte("timed")
    order = (timed.c.latest, timed.c.incident, timed.c.number)
    position: Any = sa.bindparam("last") + sa.func.row_number().over(order_by=order)
    return sa.insert(FEED).from_select(
        ["agency", "position", "incident", "number", "digest"],
        sa.select(timed.c.agency, position, timed.c.incident, timed.c.number, timed.c.digest),
    )


_NUMBER = Statement(_number())


def _mark(*upto: Any) -> Statement:
    """Make the statement that marks incidents whose events all have a position. An incident that a
    host's transaction holds is passed over: it stays to be looked at.
    """
    mine = INCIDENT.alias("mine")
    free = (
        sa.select(mine.c.incident)
        .where(
            matching(mine, "agency") & (mine.c.numbered == sa.literal_column("0")),
            *(mine.c.incident <= bound for bound in upto),
        )
        .with_for_update(skip_locked=True)
    )
    return Statement(
        sa.update(INCIDENT)
        .where(_NEW & _i.incident.in_(free) & (_i.version == _NUMBERED))
        .values(numbered=sa.literal_column("1"))
    )


_MARK, _MARK_ALL = _mark(sa.bindparam("upto")), _mark()
_ENTRIES = Statement(
    sa.select(
        _f.position,
        _f.incident,
        _i.program,
        _f.digest.label("fed_digest"),
        _b.digest.label("before_digest"),
        *(_e[name].label(f"event_{name}") for name in Stored._fields),
    )
    .select_from(
        FEED.outerjoin(INCIDENT, (_i.agency == _f.agency) & (_i.incident == _f.incident))
        .outerjoin(
            EVENT,
            (_e.agency == _f.agency) & (_e.incident == _f.incident) & (_e.number == _f.number),
        )
        .outerjoin(
            _before,
            (_b.agency == _f.agency)
            & (_b.incident == _f.incident)
            & (_b.number == _f.number - sa.literal_column("1")),
        )
    )
    .where(matching(FEED, "agency") & (_f.position > sa.bindparam("after")))
    .order_by(_f.position)
    .limit(sa.bindparam("limit"))
    .offset(NO_OFFSET)
)
_ORDER = Statement(
    sa.select(_f.position, _f.incident, _f.number)
    .select_from(
        FEED.outerjoin(
            _earlier,
            (_p.agency == _f.agency)
            & (_p.incident == _f.incident)
            & (_p.number == _f.number - sa.literal_column("1")),
        )
    )
    .where(
        matching(FEED, "agency")
        & (_f.number > sa.literal_column("1"))
        & (_p.position.is_(None) | (_p.position > _f.position))
    )
    .order_by(_f.position)
    .limit(sa.literal_column("10"))
    .offset(NO_OFFSET)
)


class SqlFeed(SqlLog):
    """The feed of a SQL store."""

    __slots__ = ()

    def feed(self, agency: str, *, after: int = 0, limit: int = LIMIT) -> tuple[FeedEntry, ...]:
        """Return entries after a position. What is committed and has no position yet gets one
        first, if the page has room for it.
        """
        begins = min(check_after(after), LARGEST)
        wanted = {"agency": agency, "after": begins, "limit": page_limit(limit)}
        found = self._entries(wanted)
        while len(found) < limit:
            numbered = self.number(agency)
            found = self._entries(wanted)  # another reader may have given the positions
            if not numbered:
                break
        if not found:
            with self.connections.reading() as cursor:
                check_end(after, self._last_position(cursor, agency))
        return tuple(_entry(agency, row, after + n) for n, row in enumerate(found, start=1))

    def _entries(self, wanted: dict[str, Any]) -> list[Any]:
        with self.connections.reading() as cursor:
            return list(cursor.execute(_ENTRIES.on(self.dialect), wanted).fetchall())

    def number(self, agency: str) -> int:
        """Give positions to events that have none, at most 1,000; return to how many.

        Inside a batch or the host's transaction none gets one, because it might be undone. The same
        holds for a role that may not write.
        """
        if not self.connections.settled:
            return 0
        with self.connections.reading() as cursor:
            new = cursor.execute(_HAS_NEW.on(self.dialect), {"agency": agency}).fetchone()
            if new is None or not self.dialect.may_write(cursor, FEED.name):
                return 0
        with self.connections.writing() as cursor:
            self.dialect.number_alone(cursor, agency)
            return self._number_some(cursor, agency)

    def _number_some(self, cursor: Any, agency: str) -> int:
        which: dict[str, Any] = {"agency": agency, "last": self._last_position(cursor, agency)}
        cursor.execute(_NUMBER.on(self.dialect), which)
        count, which["upto"] = cursor.execute(_BATCH.on(self.dialect), which).fetchone()
        statement = _MARK if count == MOST_NUMBERED else _MARK_ALL
        cursor.execute(statement.on(self.dialect), which)
        return int(count)

    def number_again(self, agency: str) -> None:
        """Give a position to every event that has none, even if its incident is marked as one whose
        events all have one.
        """
        with self.connections.writing() as cursor:
            cursor.execute(_AGAIN.on(self.dialect), {"agency": agency})
        while self.number(agency):
            continue

    def _last_position(self, cursor: Any, agency: str) -> int:
        return int(cursor.execute(_LAST.on(self.dialect), {"agency": agency}).fetchone()[0])


def _entry(agency: str, row: Any, position: int) -> FeedEntry:
    """Return a row of the feed as an entry; raise `CorruptRecord` if it or its event is not as it
    was written.
    """
    at, incident, program, digest, previous, *stored = row
    event = Stored._make(stored)
    if at == position and (program is None or event.digest != digest):
        raise CorruptRecord(
            f"feed, position {position}: the row was changed after it was written; restore it from a"
            " backup"
        )
    entry = FeedEntry(position=at, incident=incident, program=program, row=event)
    return check_entry(
        agency, entry, position=position, previous=previous if event.number != 1 else None
    )


def feed_faults(cursor: Any, dialect: Dialect, agency: str) -> Iterator[str]:
    """Yield what is wrong with the positions of an agency, read in pages."""
    wanted = {"agency": agency, "after": 0, "limit": MOST_NUMBERED}
    try:
        while found := cursor.execute(_ENTRIES.on(dialect), wanted).fetchall():
            for row in found:
                wanted["after"] = _entry(agency, row, wanted["after"] + 1).position  # type: ignore[operator]
    except CorruptRecord as fault:
        yield str(fault)
    for position, incident, number in cursor.execute(_ORDER.on(dialect), wanted).fetchall():
        yield (
            f"feed, position {position}: event {number} of incident {incident} does not follow the"
            " one before it; restore it from a backup"
        )
    for (incident,) in cursor.execute(_MISSED.on(dialect), wanted).fetchall():
        yield (
            f"feed: a position of incident {incident} is missing; restore it from a backup, or give a"
            " new one with `coresponder rebuild STORE`"
        )
