"""The statements of the SQL store: written with SQLAlchemy, compiled once for a database, run as ready text.

So the cost of a step is that of the database and not of building SQL (ADR 0009).
"""

from __future__ import annotations

import functools
import hashlib
import operator
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.dialects import postgresql, sqlite

from coresponder.stores.codec import Stored
from coresponder.stores.tables import CHECKPOINT, CONTACT, ENGAGEMENT, EVENT, INCIDENT, METADATA, OUTBOX, PROGRAM, SCHEMA, VAULT

__all__ = ["CONTACT_FIELDS", "CONTENTS", "LISTED", "compiled", "cover", "one_trip", "ready", "sql_dialect", "written"]

_NOTHING: Any = sa.literal_column("''")
_DIALECTS = {"sqlite": (sqlite, "named"), "postgresql": (postgresql, "pyformat")}

CONTACT_FIELDS = tuple(c.name for c in CONTACT.c if c.name not in {"agency", "incident", "digest", "sealed"})


def _reader(table: sa.Table) -> tuple[str, Any]:
    """Return a table's name as plain text, and a reader of what its digest covers.

    That is not the number which the database gives, and whether a checkpoint lists the row only for an incident, which it lists as it stands.
    """
    beside = {"digest"} if table is INCIDENT else {"digest", "sealed"}
    return str.__str__(table.name), operator.itemgetter(*(c.name for c in table.c if c.name not in beside and c is not OUTBOX.c.id))


LISTED: dict[sa.Table, tuple[str, ...]] = {
    CONTACT: ("person", "incident"),
    ENGAGEMENT: ("responder",),
    OUTBOX: ("key", "id"),
    VAULT: ("id",),
}
"""The keys of a table's new rows, which a checkpoint lists, beside incidents."""

CONTENTS: dict[sa.Table, tuple[str, ...]] = {OUTBOX: ("digest", "delivered_at"), VAULT: ("digest",), PROGRAM: ("digest",)}
"""What a checkpoint says of rows that do not follow from the log: what they were, and whether that was their last word."""

_READERS = {table: _reader(table) for table in METADATA.sorted_tables if "digest" in table.c}


def cover(table: sa.Table, values: Mapping[str, Any]) -> str:
    """Return the digest of a row: it covers every column but itself and a number that the database gives."""
    name, read = _READERS[table]
    return hashlib.sha256(to_json([name, *read(values)])).hexdigest()


def written(table: sa.Table, values: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its digest."""
    values["digest"] = cover(table, values)
    return values


def _bind(*names: str) -> dict[str, Any]:
    return {name: sa.bindparam(name) for name in names}


def _names(table: sa.Table, *but: str) -> tuple[str, ...]:
    """Return the columns that are written with a row; that it is not sealed yet is the column's default."""
    but = but if table is INCIDENT else (*but, "sealed")
    return tuple(c.name for c in table.c if c.name not in but)


def _insert_engaged(insert: Any, over: Any) -> Any:
    """Engage a responder whose row allows it: one who has none yet, or of whom `over` holds."""
    made = insert(ENGAGEMENT).values(_bind(*_names(ENGAGEMENT)))
    changed = {name: made.excluded[name] for name in ("incident", "since", "digest")}
    return made.on_conflict_do_update(index_elements=["agency", "responder"], set_=changed, where=over(made.excluded))


def _where(table: Any, *names: str) -> Any:
    return sa.and_(*(table.c[name] == sa.bindparam(name) for name in names))


def _statements(dialect: Any) -> dict[str, Any]:
    i, c, e, o, g, k = INCIDENT.c, CONTACT.c, EVENT.c, OUTBOX.c, ENGAGEMENT.c, CHECKPOINT.c
    here = _where(INCIDENT, "agency", "incident")
    whose: Callable[[sa.Table], Any] = lambda table: _where(table, "agency")  # noqa: E731
    unsealed: Callable[..., Any] = lambda table, *keys: (  # noqa: E731 - in no order, which keeps to the index of just these rows
        sa.select(*(table.c[key] for key in keys)).where(whose(table) & (table.c.sealed == sa.literal_column("0")))
    )
    waits = o.delivered_at.is_(None) & o.dead_at.is_(None)
    others = OUTBOX.alias("others")
    waiting = (others.c.agency == sa.bindparam("agency")) & others.c.delivered_at.is_(None) & others.c.dead_at.is_(None)
    firsts = sa.select(sa.func.min(others.c.id)).where(waiting).group_by(others.c.incident, others.c.channel)
    # PostgreSQL looks an array up once; a subquery it may run for every row, as long as it does not know how many there are
    first = o.id == sa.any_(sa.func.array(firsts.scalar_subquery())) if dialect is postgresql else o.id.in_(firsts)
    insert: Callable[[sa.Table], Any] = dialect.insert
    moves = here & (i.version == sa.bindparam("expected")) & (i.head == sa.bindparam("previous"))
    move = sa.update(INCIDENT).where(moves).values(_bind(*_names(INCIDENT, "agency", "incident")))
    mine = INCIDENT.alias("mine")
    free = sa.select(mine.c.incident).where(_where(mine, "agency", "incident")).with_for_update(skip_locked=True)
    contact = insert(CONTACT).values(_bind(*_names(CONTACT)))
    theirs = sa.select(c.incident).where((c.agency == sa.bindparam("agency")) & (c.person == sa.bindparam("subject")))
    return {
        "head": sa.select(i.version, i.head).where(here),
        "load": sa.select(i.version, i.head, i.program, *(e[name].label(f"event_{name}") for name in Stored._fields))
        .select_from(INCIDENT.outerjoin(EVENT, (e.agency == i.agency) & (e.incident == i.incident)))
        .where(here)
        .order_by(e.number),
        "prior": sa.select(*(c[name] for name in CONTACT_FIELDS)).where(
            _where(CONTACT, "agency", "person") & (c.incident != sa.bindparam("excluding")) & (c.contact_at != _NOTHING)
        ),
        "open": insert(INCIDENT).values(_bind(*_names(INCIDENT))).on_conflict_do_nothing(),
        "move": move,
        "move_free": move.where(i.incident == free.scalar_subquery()),
        "event": sa.insert(EVENT).values(_bind(*_names(EVENT))),
        "contact": contact.on_conflict_do_update(
            index_elements=["agency", "person", "incident"], set_={n: contact.excluded[n] for n in (*CONTACT_FIELDS[1:], "digest")}
        ),
        "notice": insert(OUTBOX).values(_bind(*_names(OUTBOX, "id"))).on_conflict_do_nothing(),
        "engaged": sa.select(g.responder, g.incident, g.since).where(whose(ENGAGEMENT) & (g.incident != _NOTHING)).order_by(g.responder),
        "engaged_where": sa.select(g.incident, g.since).where(_where(ENGAGEMENT, "agency", "responder")),
        "engage": _insert_engaged(insert, lambda _: g.incident == _NOTHING),
        "take_over": _insert_engaged(insert, lambda new: g.incident != new.incident),
        "release": sa.update(ENGAGEMENT)
        .where(_where(ENGAGEMENT, "agency", "responder") & (g.incident == sa.bindparam("left")))
        .values(_bind("incident", "since", "digest")),
        "waiting": sa.select(OUTBOX).where(whose(OUTBOX) & waits).order_by(o.id).limit(sa.bindparam("limit")).offset(sa.literal_column("0")),
        "waiting_by_channel": sa.select(o.channel, sa.func.count()).where(whose(OUTBOX) & waits).group_by(o.channel),
        "count_dead": sa.select(sa.func.count()).where(whose(OUTBOX) & o.dead_at.is_not(None) & o.delivered_at.is_(None)),
        "dead": sa.select(OUTBOX)
        .where(whose(OUTBOX) & o.dead_at.is_not(None) & o.delivered_at.is_(None))
        .order_by(o.id)
        .limit(sa.bindparam("limit"))
        .offset(sa.literal_column("0")),
        "claim": sa.select(OUTBOX)
        .where(whose(OUTBOX) & waits & (o.next_at <= sa.bindparam("now")) & first)
        .order_by(o.id)
        .limit(sa.bindparam("limit"))
        .offset(sa.literal_column("0"))
        .with_for_update(skip_locked=True, of=OUTBOX),
        "claim_one": sa.select(OUTBOX).where(_where(OUTBOX, "agency", "id") & waits).with_for_update(),
        "one_notice": sa.select(OUTBOX).where(_where(OUTBOX, "agency", "id")).with_for_update(),
        "mark": sa.update(OUTBOX)
        .where(_where(OUTBOX, "agency", "key"))
        .values(_bind("attempts", "next_at", "delivered_at", "dead_at", "error", "digest") | {"sealed": sa.literal_column("0")}),
        "program": sa.select(PROGRAM.c.definition).where(_where(PROGRAM, "name")),
        "programs": sa.select(PROGRAM.c.name).order_by(PROGRAM.c.name),
        "program contents": sa.select(PROGRAM.c.name, PROGRAM.c.digest).order_by(PROGRAM.c.name),
        "save_program": insert(PROGRAM).values(_bind(*_names(PROGRAM))).on_conflict_do_nothing(),
        "remember": sa.insert(VAULT).values(_bind(*_names(VAULT))),
        "recall": sa.select(*(VAULT.c[n] for n in ("id", "subject", "kind", "audience", "text"))).where(
            _where(VAULT, "agency", "id") & (VAULT.c.subject != _NOTHING)
        ),
        "about": sa.select(VAULT.c.id)
        .where(whose(VAULT) & ((VAULT.c.subject == sa.bindparam("subject")) | VAULT.c.subject.in_(theirs)))
        .with_for_update(),
        "forget": sa.update(VAULT).where(_where(VAULT, "agency", "id")).values(_bind(*_names(VAULT, "agency", "id"))),
        "unsealed": sa.select(INCIDENT).where(whose(INCIDENT) & i.incident.in_(unsealed(INCIDENT.alias("new"), "incident"))),
        "seal": sa.update(INCIDENT)
        .where(here & (i.version == sa.bindparam("version")) & (i.head == sa.bindparam("head")))
        .values(_bind("sealed", "digest")),
        **{f"unsealed {table.name}": unsealed(table, *keys, *CONTENTS.get(table, ())) for table, keys in LISTED.items()},
        **{
            f"seal {table.name}": sa.update(table)
            .where(_where(table, "agency", *keys, *(("digest",) if table in CONTENTS else ())))
            .values(sealed=sa.literal_column("1"))
            for table, keys in LISTED.items()
        },
        "last_checkpoint": sa.select(k.number, k.digest)
        .where(whose(CHECKPOINT))
        .order_by(k.number.desc())
        .limit(sa.literal_column("1"))
        .offset(sa.literal_column("0")),
        "checkpoint": insert(CHECKPOINT).values(_bind(*_names(CHECKPOINT))).on_conflict_do_nothing(),
        "recorded": sa.select(e.incident, e.number).where(_where(EVENT, "agency", "request")),
        "digest": sa.select(e.digest).where(_where(EVENT, "agency", "incident", "number")),
        "schema": sa.select(SCHEMA.c.version),
    }


@functools.cache
def sql_dialect(name: str) -> Any:
    """Return SQLAlchemy's dialect of a database, with the driver's way to write parameters."""
    module, paramstyle = _DIALECTS[name]
    return module.dialect(paramstyle=paramstyle)


@functools.cache
def ready(name: str) -> dict[str, str]:
    """Return every statement as text for a database, with parameters by name."""
    dialect = sql_dialect(name)
    return {key: str(statement.compile(dialect=dialect)) for key, statement in _statements(_DIALECTS[name][0]).items()}


def compiled(name: str, statement: Any) -> tuple[str, dict[str, Any]]:
    """Return any other statement as text with its values."""
    found = statement.compile(dialect=sql_dialect(name))
    return str(found), dict(found.params)


@functools.cache
def one_trip(rows: int, contacts: int, notices: int, words: int, *, opens: bool) -> str:
    """Return one PostgreSQL statement that writes a whole step, or nothing if the incident is not where it is expected or somebody is writing it.

    It is a transaction of its own, so a step costs one round trip. Values of the parts are named with the part and their number: `event_kind_0`.
    """
    ready_made = ready("postgresql")
    head = ready_made["open" if opens else "move_free"]
    parts = [f"WITH moved AS ({head} RETURNING 1)"]
    for name, table, count, conflict in (
        ("event", EVENT, rows, ""),
        ("contact", CONTACT, contacts, ready_made["contact"].partition(" ON CONFLICT")[2]),
        ("notice", OUTBOX, notices, ready_made["notice"].partition(" ON CONFLICT")[2]),
        ("remember", VAULT, words, ""),
    ):
        if not count:
            continue
        columns = _names(table, "id") if table is OUTBOX else _names(table)
        values = ", ".join("(" + ", ".join(_value(name, table.c[c], n) for c in columns) + ")" for n in range(count))
        wanted = ", ".join(columns)
        tail = f" ON CONFLICT{conflict}" if conflict else ""
        parts.append(f"{name} AS (INSERT INTO {table.name} ({wanted}) SELECT {wanted} FROM (VALUES {values}) AS v ({wanted}), moved{tail})")
    return ", ".join(parts) + " SELECT count(*) FROM moved"


def _value(part: str, column: sa.Column[Any], number: int) -> str:
    kind = "integer" if isinstance(column.type, sa.Integer) else "text"
    return f"%({part}_{column.name}_{number})s::{kind}"
