"""Turns: the notices of an incident and channel are delivered one after another, and the first
waiting one has the turn (ADR 0094).

A notice's `turn_at` is empty until it is taken in, a time if it comes next (it may be claimed from
then on), and NULL if another notice of its lane comes first or it is over. One index orders the
turns of a channel by time, and another prevents two turns in one lane. So a claim reads only the
rows it returns, however many wait.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from coresponder.stores.dialects import Dialect
from coresponder.stores.statements import NO_OFFSET, NOTHING, Statement, matching
from coresponder.stores.tables import OUTBOX

__all__ = [
    "NEXT", "STILL_WAITS", "WAITS", "among", "as_row", "begin_anew", "channels_with_turns", "each", "move_on", "take_in", "turn_faults"
]  # fmt: skip

_ANEW = "run `coresponder outbox STORE --order-anew`"

_o = OUTBOX.c
_COLUMNS = tuple(c.name for c in _o)
STILL_WAITS = _o.delivered_at.is_(None) & _o.dead_at.is_(None)
WAITS = matching(OUTBOX, "agency") & STILL_WAITS
_new = WAITS & (_o.channel == sa.bindparam("channel")) & (_o.turn_at <= NOTHING)
_its_turn = WAITS & (_o.channel == sa.bindparam("channel")) & (_o.turn_at > NOTHING)
_from_now = sa.case((_o.next_at > NOTHING, _o.next_at), else_=sa.bindparam("now"))


def each(sql: Any, name: str, kind: type = str) -> Any:
    """Return the query for the items of a parameter, a list in JSON."""
    if sql is postgresql:
        items = sa.func.jsonb_array_elements_text(sa.cast(sa.bindparam(name), postgresql.JSONB))
        return sa.select(sa.cast(items, sa.Integer) if kind is int else items)
    return sa.select(sa.column("value")).select_from(sa.func.json_each(sa.bindparam(name)))


def among(sql: Any, column: Any, query: Any) -> Any:
    """Return the condition that a column is one of the results of a query. As an array, PostgreSQL
    works them out first and looks each up.
    """
    if sql is postgresql:
        return column == sa.any_(sa.func.array(query.scalar_subquery()))
    return column.in_(query)


def _still_waits(columns: Any) -> Any:
    """Return the condition that a notice still waits, in a form that the index of waiting notices
    does not answer: PostgreSQL would walk over all that wait, and not look into one lane.
    """
    return sa.func.coalesce(columns.delivered_at, columns.dead_at).is_(None)


def _next_channel(after: Any = None) -> Any:
    found = sa.select(sa.func.min(_o.channel)).where(
        matching(OUTBOX, "agency") & _o.turn_at.is_not(None)
    )
    return found if after is None else found.where(_o.channel > after).scalar_subquery()


def _channels() -> Any:
    """Return the query for the channels that have turns, each with its earliest. It jumps from one
    channel to the next by the index.
    """
    steps = sa.select(_next_channel().scalar_subquery().label("channel")).cte(
        "channels", recursive=True
    )
    steps = steps.union_all(
        sa.select(_next_channel(steps.c.channel)).where(steps.c.channel.is_not(None))
    )
    earliest = (
        sa.select(sa.func.min(_o.turn_at))
        .where(
            matching(OUTBOX, "agency") & (_o.channel == steps.c.channel) & _o.turn_at.is_not(None)
        )
        .scalar_subquery()
    )
    return sa.select(steps.c.channel, earliest).where(steps.c.channel.is_not(None))


_CHANNELS = Statement(_channels())
NEXT = Statement(
    sa.select(OUTBOX)
    .where(_its_turn & (_o.turn_at <= sa.bindparam("now")))
    .order_by(_o.turn_at, _o.id)
    .limit(sa.bindparam("limit"))
    .offset(NO_OFFSET)
    .with_for_update(skip_locked=True)
)
# A range, in the order of the index of turns: by an equal `turn_at` and the id, PostgreSQL takes the
# index of waiting notices, and walks over all that are taken in.
_NEW = Statement(
    sa.select(OUTBOX)
    .where(_new)
    .order_by(_o.turn_at, _o.id)
    .limit(sa.bindparam("limit"))
    .offset(NO_OFFSET)
    .with_for_update()
)


def _firsts(sql: Any) -> Any:
    """Return the query for the notice that has the turn in each of some incidents."""
    given = each(sql, "incidents").subquery("given")
    (incident,) = given.c
    first = sa.select(_o.id).where(_its_turn & (_o.incident == incident)).scalar_subquery()
    return sa.select(incident, first).select_from(given)


_FIRSTS = Statement(_firsts)
_WAIT_BEHIND = Statement(
    lambda sql: (
        sa.update(OUTBOX).where(among(sql, _o.id, each(sql, "ids", int))).values(turn_at=sa.null())
    )
)
_COME_NEXT = Statement(
    lambda sql: (
        sa.update(OUTBOX).where(among(sql, _o.id, each(sql, "ids", int))).values(turn_at=_from_now)
    )
)


def _after(sql: Any) -> Any:
    """Return the query for the next notice in the lanes of notices that are over."""
    over, behind = OUTBOX.alias("over"), OUTBOX.alias("behind")
    b = behind.c
    following = (
        sa.select(sa.func.min(b.id))
        .where(
            (b.agency == over.c.agency)
            & (b.incident == over.c.incident)
            & (b.channel == over.c.channel)
            & (b.id > over.c.id)
            & _still_waits(b)
        )
        .scalar_subquery()
    )
    return sa.select(following).where(among(sql, over.c.id, each(sql, "ids", int)))


_MOVE_ON = Statement(
    lambda sql: (
        sa.update(OUTBOX)
        .where(
            among(sql, _o.id, _after(sql))
            & _still_waits(_o)
            & (_o.turn_at.is_(None) | (_o.turn_at == NOTHING))
        )
        .values(turn_at=_from_now)
    )
)
_BEGIN_ANEW = Statement(
    sa.update(OUTBOX)
    .where(WAITS & (_o.turn_at.is_(None) | (_o.turn_at != NOTHING)))
    .values(turn_at=NOTHING)
)
_over = matching(OUTBOX, "agency") & _o.turn_at.is_not(None)
_over &= _o.delivered_at.is_not(None) | _o.dead_at.is_not(None)
_OVER = Statement(sa.select(_o.id, _o.incident).where(_over).order_by(_o.id))
_END_OVER = Statement(sa.update(OUTBOX).where(_over).values(turn_at=sa.null()))
_its_id_with_turn = sa.func.min(sa.case((_o.turn_at > NOTHING, _o.id)))
_its_id_behind = sa.func.min(sa.case((_o.turn_at.is_(None), _o.id)))
_OUT_OF_ORDER = Statement(
    sa.select(_o.incident, _o.channel, sa.func.count(_o.turn_at))
    .where(WAITS)
    .group_by(_o.incident, _o.channel)
    .having(
        (sa.func.count(_o.turn_at) == sa.literal_column("0")) | (_its_id_with_turn > _its_id_behind)
    )
    .order_by(_o.incident, _o.channel)
)
_AT_ANOTHER_TIME = Statement(
    sa.select(_o.id, _o.incident)
    .where(
        WAITS
        & (_o.turn_at > NOTHING)
        & (
            ((_o.next_at > NOTHING) & (_o.turn_at != _o.next_at))
            | ((_o.next_at == NOTHING) & (_o.turn_at > sa.bindparam("now")))
        )
    )
    .order_by(_o.id)
)


def as_row(found: Iterable[Any]) -> dict[str, Any]:
    """Return a row of the outbox by column."""
    return dict(zip(_COLUMNS, found, strict=True))


def channels_with_turns(cursor: Any, dialect: Dialect, agency: str) -> list[tuple[str, str]]:
    """Return each channel that has a turn or new notices, with the earliest time; the time is empty
    if there are new notices.
    """
    return cursor.execute(  # type: ignore[no-any-return]
        _CHANNELS.on(dialect), {"agency": agency}
    ).fetchall()


def take_in(
    cursor: Any, dialect: Dialect, agency: str, channel: str, now: str, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """Take new notices into their lanes, in the order of writing. Return those that may be claimed
    now, whose turn the claim writes, and whether there may be more new ones.

    This needs the exclusive lock: between the look at a lane and the notice that is added to it, no
    other connection may finish the lane.
    """
    dialect.take_turns(cursor, agency, alone=True)
    lane = {"agency": agency, "channel": channel, "limit": limit}
    new = [as_row(row) for row in cursor.execute(_NEW.on(dialect), lane).fetchall()]
    candidates: dict[str, int] = {}
    for row in new:
        candidates.setdefault(row["incident"], row["id"])
    found = cursor.execute(
        _FIRSTS.on(dialect), lane | {"incidents": json.dumps([*candidates])}
    ).fetchall()
    firsts = {incident: id for incident, id in found if id is not None}
    come = {id for incident, id in candidates.items() if not firsts.get(incident, id + 1) < id}
    overtaken = [id for incident, id in firsts.items() if candidates[incident] in come]
    behind = [*overtaken, *(row["id"] for row in new if row["id"] not in come)]
    next_ones = [row | {"turn_at": row["next_at"] or now} for row in new if row["id"] in come]
    later = [row["id"] for row in next_ones if row["turn_at"] > now]
    for statement, ids in ((_WAIT_BEHIND, behind), (_COME_NEXT, later)):
        if ids:
            cursor.execute(statement.on(dialect), {"ids": json.dumps(ids), "now": now})
    return [row for row in next_ones if row["turn_at"] <= now], len(new) == limit


def move_on(cursor: Any, dialect: Dialect, ids: Iterable[int], now: str) -> None:
    """Give the turn to the notices that follow those which are over."""
    over = json.dumps([*ids])
    if over != "[]":
        cursor.execute(_MOVE_ON.on(dialect), {"ids": over, "now": now})


def begin_anew(cursor: Any, dialect: Dialect, agency: str) -> None:
    """Delete all turns; the next claim works them out again. Present claims stay valid."""
    dialect.take_turns(cursor, agency, alone=True)
    for statement in (_END_OVER, _BEGIN_ANEW):
        cursor.execute(statement.on(dialect), {"agency": agency})


def turn_faults(cursor: Any, dialect: Dialect, agency: str, now: str) -> Iterator[str]:
    """Yield each fault that keeps a notice from its turn, or gives it the turn too early.

    Args:
        cursor: the cursor of a read transaction.
        dialect: the dialect of the database.
        agency: the agency whose notices are checked.
        now: a time that no clock of a relay has reached yet.
    """
    whose = {"agency": agency, "now": now}
    for incident, channel, turns in cursor.execute(_OUT_OF_ORDER.on(dialect), whose).fetchall():
        what = "comes before an earlier one" if turns else "comes next, so none is ever sent"
        yield f"incident {incident}: of its notices for channel {channel!r} {_none(turns)} {what}; {_ANEW}"
    for id, incident in cursor.execute(_AT_ANOTHER_TIME.on(dialect), whose).fetchall():
        yield f"{OUTBOX.name}, id {id} of incident {incident}: its turn is not when it is to be tried next; {_ANEW}"
    for id, incident in cursor.execute(_OVER.on(dialect), whose).fetchall():
        yield f"{OUTBOX.name}, id {id} of incident {incident}: it is over and has a turn, which holds up those behind it; {_ANEW}"


def _none(turns: int) -> str:
    return "one" if turns else "none"
