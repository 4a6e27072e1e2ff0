"""The tables of the SQL store. Times are UTC text that sorts like time, so that every database orders them the same."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["CONTACT", "EVENT", "INCIDENT", "METADATA", "OUTBOX", "PROGRAM", "SCHEMA", "SCHEMA_VERSION", "VAULT"]

SCHEMA_VERSION = 1
METADATA = sa.MetaData()


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(128), primary_key=True)


SCHEMA = sa.Table("coresponder_schema", METADATA, sa.Column("version", sa.Integer, nullable=False))

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
    sqlite_with_rowid=False,
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
    sa.Index("coresponder_incident_due", "agency", "next_due"),
    sqlite_with_rowid=False,
)

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
    sqlite_with_rowid=False,
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
)

PROGRAM = sa.Table(
    "coresponder_program",
    METADATA,
    sa.Column("name", sa.String(160), primary_key=True),
    sa.Column("definition", sa.Text, nullable=False),
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
    sa.Index("coresponder_vault_subject", "agency", "subject"),
)
