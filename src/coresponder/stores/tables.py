"""The tables of the SQL store. Times are UTC text that sorts chronologically, so every database
orders them the same.

No row is ever deleted, so a missing row is a fault. A contact that was entered in error keeps its
row with an empty `contact_at`, a responder who is free with an empty `incident`, and forgotten
words with an empty `subject`. Two tables are lists that follow from the log and have no digest:
what is owed, and who was sent (ADR 0090).
"""

from __future__ import annotations

import sqlalchemy as sa

__all__ = [
    "CHECKPOINT", "CONTACT", "CUSTODY", "ENGAGEMENT", "EVENT", "FEED", "INCIDENT", "KEY", "METADATA",
    "MONTH_OPENED", "OBLIGATION", "OUTBOX", "PROGRAM", "SCHEMA", "SCHEMA_VERSION", "TEAM", "VAULT",
]  # fmt: skip

SCHEMA_VERSION = 10
METADATA = sa.MetaData()


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(128), primary_key=True)


def _digest() -> sa.Column[str]:
    """Make the column that covers the others of its row; empty in rows that an earlier schema
    wrote.
    """
    return sa.Column("digest", sa.String(64), nullable=False, server_default="")


def _sealed(name: str) -> tuple[sa.Column[int], sa.Index]:
    """Make the column that says whether a checkpoint lists the row, and the index of the rows that
    none lists yet.

    The index begins with `sealed`; otherwise SQLite would read the whole agency by its primary key.
    """
    new = sa.text("sealed = 0")
    column = sa.Column("sealed", sa.Integer, nullable=False, server_default="0")
    return column, sa.Index(
        f"coresponder_{name}_unsealed", "sealed", "agency", sqlite_where=new, postgresql_where=new
    )


SCHEMA = sa.Table("coresponder_schema", METADATA, sa.Column("version", sa.Integer, nullable=False))

_REQUESTED = sa.text("request <> ''")

EVENT = sa.Table(
    "coresponder_event",
    METADATA,
    _key("agency"),
    _key("incident"),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(80), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("request", sa.String(128), nullable=False, server_default=""),
    sa.Index(
        "coresponder_event_request",
        "agency",
        "request",
        unique=True,
        sqlite_where=_REQUESTED,
        postgresql_where=_REQUESTED,
    ),
    sqlite_with_rowid=False,
)
"""The last row of a step has the request under which it was recorded, so the unique index prevents
a step from being written twice.
"""

_OWES = sa.text("first_due IS NOT NULL")
_UNNUMBERED = sa.text("numbered = 0")


def _ordered(table: str, *by: str) -> tuple[sa.Index, sa.Index]:
    """Make the two indexes of a list: all incidents by opening time, and those that owe something
    by deadline.
    """
    name = f"coresponder_{table}" + "".join(f"_{column}" for column in by[:1])
    return sa.Index(f"{name}_opened", "agency", *by, "opened_at", "incident"), sa.Index(
        f"{name}_owes",
        "agency",
        *by,
        "first_due",
        "incident",
        sqlite_where=_OWES,
        postgresql_where=_OWES,
    )


INCIDENT = sa.Table(
    "coresponder_incident",
    METADATA,
    _key("agency"),
    _key("incident"),
    sa.Column("program", sa.String(160), nullable=False),
    sa.Column("state", sa.String(80), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("opened_at", sa.String(32), nullable=False),
    sa.Column("disposition", sa.String(80)),
    sa.Column("next_due", sa.String(32)),
    sa.Column("obligations", sa.Integer, nullable=False),
    sa.Column("head", sa.String(64), nullable=False),
    sa.Column("nature", sa.String(80), nullable=False, server_default=""),
    sa.Column("first_due", sa.String(32)),
    sa.Column("merged_into", sa.String(128)),
    sa.Column("numbered", sa.Integer, nullable=False, server_default="0"),
    sa.Index(
        "coresponder_incident_unnumbered",
        "numbered",
        "agency",
        "incident",
        sqlite_where=_UNNUMBERED,
        postgresql_where=_UNNUMBERED,
    ),
    _digest(),
    *_sealed("incident"),
    *_ordered("incident"),
    *_ordered("incident", "state"),
    *_ordered("incident", "nature"),
    sqlite_with_rowid=False,
)
"""`first_due` is when the first of what is owed is or was due, `NEVER` if that has no deadline; it is
not set where nothing is owed. `numbered` is 1 if all events of the incident have a position in the
feed, `merged_into` the incident that this one is a duplicate of. The digest covers none of them, nor
`nature`: they follow from the log.
"""

MONTH_OPENED: sa.ColumnElement[str] = sa.func.substr(
    INCIDENT.c.opened_at, sa.literal_column("1"), sa.literal_column("7")
)
"""The month in which an incident opened: what owes something is in the order of its deadlines within
each.
"""
sa.Index(
    "coresponder_incident_month_owes",
    INCIDENT.c.agency,
    MONTH_OPENED,
    INCIDENT.c.first_due,
    INCIDENT.c.incident,
    INCIDENT.c.opened_at,
    sqlite_where=_OWES,
    postgresql_where=_OWES,
)

_TOLD = sa.text("tell_at IS NOT NULL")
_OWNED = sa.text("owner IS NOT NULL")

OBLIGATION = sa.Table(
    "coresponder_obligation",
    METADATA,
    _key("agency"),
    _key("incident"),
    sa.Column("policy", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("due", sa.String(32), nullable=False),
    sa.Column("since", sa.String(32)),
    sa.Column("tell_at", sa.String(32)),
    sa.Column("owner", sa.String(128)),
    sa.Index("coresponder_obligation_due", "agency", "due", "incident", "policy", "key"),
    sa.Index(
        "coresponder_obligation_tell",
        "agency",
        "tell_at",
        "incident",
        sqlite_where=_TOLD,
        postgresql_where=_TOLD,
    ),
    sa.Index(
        "coresponder_obligation_owner",
        "agency",
        "owner",
        "due",
        "incident",
        "policy",
        "key",
        sqlite_where=_OWNED,
        postgresql_where=_OWNED,
    ),
    sqlite_with_rowid=False,
)
"""What is owed: one row for each obligation. `due` is `NEVER` without a deadline; `tell_at` is when
time alone gives rise to the next notice; `owner` owes it, or the whole team. An incident whose lists
could not be made has a row that says so, due before all others.
"""

TEAM = sa.Table(
    "coresponder_team",
    METADATA,
    _key("agency"),
    _key("incident"),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("opened_at", sa.String(32), nullable=False),
    sa.Column("first_due", sa.String(32)),
    *_ordered("team", "kind", "name"),
    sqlite_with_rowid=False,
)
"""Who was sent to an incident, or came: the tiers and the responders."""

CONTACT = sa.Table(
    "coresponder_contact",
    METADATA,
    _key("agency"),
    _key("person"),
    _key("incident"),
    sa.Column("contact_at", sa.String(32), nullable=False),
    sa.Column("open_referrals", sa.Integer, nullable=False),
    sa.Column("open_follow_ups", sa.Integer, nullable=False),
    sa.Column("declined_at", sa.String(32)),
    _digest(),
    *_sealed("contact"),
    sa.Index("coresponder_contact_incident", "incident", "agency"),
    sqlite_with_rowid=False,
)

ENGAGEMENT = sa.Table(
    "coresponder_engagement",
    METADATA,
    _key("agency"),
    _key("responder"),
    sa.Column("incident", sa.String(128), nullable=False),
    sa.Column("since", sa.String(32), nullable=False),
    _digest(),
    *_sealed("engagement"),
    sa.Index("coresponder_engagement_incident", "incident", "agency"),
    sqlite_with_rowid=False,
)

_WAITING = sa.text("delivered_at IS NULL AND dead_at IS NULL")
_GIVEN_UP = sa.text("delivered_at IS NULL AND dead_at IS NOT NULL")
_LIVE = sa.text("state = 'live'")
_GOING = sa.text("state = 'going'")
_HAS_TURN = sa.text("turn_at IS NOT NULL")
_NEXT = sa.text("turn_at > ''")


def _some(name: str, condition: sa.TextClause, *columns: str, unique: bool = False) -> sa.Index:
    """Make an index of the rows that meet a condition."""
    return sa.Index(
        name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )


OUTBOX = sa.Table(
    "coresponder_outbox",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("agency", sa.String(128), nullable=False),
    sa.Column("incident", sa.String(128), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("delivered_at", sa.String(32)),
    sa.Column("key", sa.String(64), nullable=False, server_default=""),
    sa.Column("channel", sa.String(80), nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_at", sa.String(32), nullable=False, server_default=""),
    sa.Column("dead_at", sa.String(32)),
    sa.Column("error", sa.Text),
    sa.Column("turn_at", sa.String(32), server_default=""),
    _digest(),
    *_sealed("outbox"),
    sa.Index("coresponder_outbox_key", "agency", "key", unique=True),
    sa.Index("coresponder_outbox_lane", "incident", "agency", "channel", "id"),
    _some("coresponder_outbox_turn", _HAS_TURN, "agency", "channel", "turn_at", "id"),
    _some("coresponder_outbox_next", _NEXT, "agency", "incident", "channel", unique=True),
    _some("coresponder_outbox_waiting", _WAITING, "agency", "id"),
    _some("coresponder_outbox_given_up", _GIVEN_UP, "delivered_at", "agency", "id"),
)
"""`id` is the order of writing, which the database gives: the row's digest does not cover it, but
the checkpoint that lists the row does. Nor does it cover `turn_at`, which follows from the others:
when the notice may be claimed, if it comes next of its incident and channel (ADR 0094). The index
of lanes begins with the incident, or SQLite would rather read the whole agency by it.
"""

FEED = sa.Table(
    "coresponder_feed",
    METADATA,
    _key("agency"),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("incident", sa.String(128), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Index("coresponder_feed_event", "agency", "incident", "number", unique=True),
    sqlite_with_rowid=False,
)
"""The position of each event in the feed of its agency, with the event's digest. Readers of the feed
write it; a row never changes.
"""

CHECKPOINT = sa.Table(
    "coresponder_checkpoint",
    METADATA,
    _key("agency"),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("made_at", sa.String(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    _digest(),
    sqlite_with_rowid=False,
)

PROGRAM = sa.Table(
    "coresponder_program",
    METADATA,
    sa.Column("name", sa.String(160), primary_key=True),
    sa.Column("definition", sa.Text, nullable=False),
    _digest(),
)

VAULT = sa.Table(
    "coresponder_vault",
    METADATA,
    _key("agency"),
    _key("id"),
    sa.Column("subject", sa.String(128), nullable=False),
    sa.Column("kind", sa.String(80), nullable=False),
    sa.Column("audience", sa.String(80), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("salt", sa.String(32), nullable=False, server_default=""),
    _digest(),
    *_sealed("vault"),
    sa.Column("key", sa.String(32), nullable=False, server_default=""),
    sa.Column("incident", sa.String(128), nullable=False, server_default=""),
    sa.Column("entered_at", sa.String(32), nullable=False, server_default=""),
    sa.Index("coresponder_vault_subject", "agency", "subject"),
    sa.Index("coresponder_vault_key", "agency", "key"),
    sa.Index("coresponder_vault_incident", "agency", "incident", "id"),
)
"""`key` is the data key with which `text` is encrypted, empty for plain text; the digest covers it
only where it is set. `entered_at` is when the words came into the store. For words that a note
brought, `incident` and `entered_at` follow from the log, and no digest covers them.
"""

KEY = sa.Table(
    "coresponder_key",
    METADATA,
    _key("agency"),
    _key("id"),
    sa.Column("subject", sa.String(128), nullable=False),
    sa.Column("wrapped", sa.Text, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    _digest(),
    *_sealed("key"),
    _some("coresponder_key_live", _LIVE, "agency", "subject", unique=True),
    _some("coresponder_key_going", _GOING, "agency", "id"),
)
"""The data keys of subjects, wrapped by the key service. `state` is `live`; `going` from the moment
at which the key is to be destroyed; `gone` when it was, and then nothing else is left in the row.
"""

CUSTODY = sa.Table(
    "coresponder_custody",
    METADATA,
    _key("agency"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("subject", sa.String(128), nullable=False),
    sa.Column("actor", sa.String(128), nullable=False),
    sa.Column("ground", sa.String(160), nullable=False),
    sa.Column("hold", sa.Integer, nullable=False),
    sa.Column("entries", sa.Integer, nullable=False),
    _digest(),
    *_sealed("custody"),
    sa.Index("coresponder_custody_subject", "agency", "subject"),
)
"""What was done about an agency's words: holds placed and released, words forgotten or discarded.
Rows are only added and numbered without gaps.
"""
