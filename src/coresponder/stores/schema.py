"""Make the tables and bring them up to date, or print the SQL of both for a host that runs its own
migrations.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from coresponder.errors import CorruptRecord, StoreUnavailable, nearest
from coresponder.stores.base import UNLISTED
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.rows import cover
from coresponder.stores.statements import Statement, sql_dialect
from coresponder.stores.tables import (
    CHECKPOINT,
    CONTACT,
    CUSTODY,
    ENGAGEMENT,
    EVENT,
    FEED,
    INCIDENT,
    KEY,
    METADATA,
    OBLIGATION,
    OUTBOX,
    PROGRAM,
    SCHEMA,
    SCHEMA_VERSION,
    TEAM,
    VAULT,
)

__all__ = ["check_schema", "migrate", "prepare", "row_security_sql", "schema_sql"]

_VERSION = Statement(sa.select(SCHEMA.c.version))
_ACCESS = "coresponder_access"
_LIST = "SELECT, INSERT, UPDATE, DELETE"
_GRANTS = {
    SCHEMA: "SELECT",
    PROGRAM: "SELECT",
    CHECKPOINT: "SELECT",
    EVENT: "SELECT, INSERT",
    FEED: "SELECT, INSERT",
    OBLIGATION: _LIST,
    TEAM: _LIST,
}
"""The exceptions from an application role's rights to insert and update rows. Rows are deleted only
from lists, because lists follow from the log.
"""
_COLUMNS: dict[int, tuple[tuple[sa.Table, tuple[str, ...]], ...]] = {
    2: (
        (INCIDENT, ("sealed", "digest")),
        (CONTACT, ("digest",)),
        (OUTBOX, ("key", "channel", "attempts", "next_at", "dead_at", "error", "digest")),
        (PROGRAM, ("digest",)),
        (VAULT, ("salt", "digest")),
    ),
    3: (
        (CONTACT, ("sealed",)),
        (ENGAGEMENT, ("sealed",)),
        (OUTBOX, ("sealed",)),
        (VAULT, ("sealed",)),
    ),
    4: ((EVENT, ("request",)),),
    5: ((OUTBOX, ("turn_at",)),),
    6: ((INCIDENT, ("nature", "first_due")),),
    8: (
        (INCIDENT, ("numbered", "merged_into")),
        (OBLIGATION, ("owner",)),
        (VAULT, ("key", "incident", "entered_at")),
    ),
}
"""The columns that each version added to existing tables."""
_TABLES: dict[int, tuple[sa.Table, ...]] = {
    2: (ENGAGEMENT, CHECKPOINT),
    6: (OBLIGATION, TEAM),
    8: (CUSTODY, FEED, KEY),
}
_INDEXES = {
    2: ("coresponder_outbox_key",),
    3: tuple(
        f"coresponder_{name}_unsealed"
        for name in ("contact", "engagement", "incident", "outbox", "vault")
    ),
    4: ("coresponder_event_request",),
    5: (
        "coresponder_contact_incident",
        "coresponder_engagement_incident",
        *(f"coresponder_outbox_{name}" for name in ("lane", "turn", "next", "waiting", "given_up")),
    ),
    6: tuple(
        f"coresponder_incident{by}_{order}"
        for by in ("", "_state", "_nature")
        for order in ("opened", "owes")
    ),
    7: ("coresponder_incident_month_owes",),
    8: ("coresponder_incident_unnumbered", "coresponder_vault_key", "coresponder_vault_incident"),
    9: ("coresponder_obligation_owner",),
}
_BEFORE_INDEXES = {
    2: (
        "DROP INDEX coresponder_incident_due",
        f"UPDATE {OUTBOX.name} SET key = agency || '-' || id, next_at = created_at",
    ),
    5: (
        "DROP INDEX IF EXISTS coresponder_outbox_waiting",
        f"UPDATE {OUTBOX.name} SET turn_at = NULL WHERE delivered_at IS NOT NULL OR dead_at IS NOT NULL",
    ),
    6: ("DROP INDEX IF EXISTS coresponder_incident_due",),
}
"""What must be done to rows and indexes when the columns are there: the second version looked
incidents up by another index, the sixth by several, and the fifth marks whose turn it is of the
notices that wait.
"""
_MARK = f"INSERT INTO {OBLIGATION.name} (agency, incident, policy, key, due, tell_at) SELECT DISTINCT agency, incident, '{UNLISTED}', '', '', '' FROM "
_OWNING = "'IncidentMerged', 'ReferralSent', 'ReferralAccepted', 'FollowUpScheduled'"
_AFTER_TABLES = {
    6: (_MARK + INCIDENT.name,),
    7: (
        f"{_MARK}{EVENT.name} WHERE kind IN ('ResponderRelieved', 'PersonTransported') ON CONFLICT DO NOTHING",
    ),
    8: (f"{_MARK}{EVENT.name} WHERE kind IN ({_OWNING}) ON CONFLICT DO NOTHING",),
}
"""What must be done when new tables are there: no incident is on the lists yet, and each is marked.
The sixth version did not list who relieved somebody or went with a person, the seventh neither who
owns what is owed nor what an incident was merged into.
"""
_DATE_WORDS = {
    name: f"UPDATE {VAULT.name} SET incident = e.incident, entered_at = e.recorded_at FROM {EVENT.name} e "
    f"WHERE e.kind = 'NoteAdded' AND e.agency = {VAULT.name}.agency AND {entry} = {VAULT.name}.id"
    for name, entry in {
        "sqlite": "json_extract(e.body, '$.entry')",
        "postgresql": "CAST(e.body AS json) ->> 'entry'",
    }.items()
}
"""The eighth version knows of words in which incident they were noted, and when. Words that no note
names have no date.
"""
_NAMED = {
    name: f"{_MARK}{EVENT.name} e WHERE {person} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {CONTACT.name} c "
    f"WHERE c.agency = e.agency AND c.incident = e.incident AND c.person = {person}) ON CONFLICT DO NOTHING"
    for name, person in {
        "sqlite": "CASE WHEN json_valid(e.body) THEN json_extract(e.body, '$.person') END",
        "postgresql": """substring(e.body from '"person":"([^"]*)"')""",
    }.items()
}
"""The tenth version lists everybody whom an event names, not only who was involved."""
_AT_LAST = {8: _DATE_WORDS, 10: _NAMED}
"""What each version does to rows at last, in the SQL of each database."""


def _create(dialect: Any, table: sa.Table) -> list[str]:
    made = [str(CreateTable(table).compile(dialect=dialect)).strip()]
    return made + [
        str(CreateIndex(index).compile(dialect=dialect)).strip()
        for index in sorted(table.indexes, key=lambda i: str(i.name))
    ]


def _update(dialect: Any, since: int) -> list[str]:
    """Return the statements that bring tables of a version up to date: columns, rows, indexes, and
    then new tables.
    """
    newer = range(since + 1, SCHEMA_VERSION + 1)
    new_tables = [table for version in newer for table in _TABLES.get(version, ())]
    compiler = dialect.ddl_compiler(dialect, None)
    made = [
        f"ALTER TABLE {table.name} ADD COLUMN {compiler.get_column_specification(table.c[name])}"
        for version in newer
        for table, columns in _COLUMNS.get(version, ())
        if table not in new_tables
        for name in columns
    ]
    made += [text for version in newer for text in _BEFORE_INDEXES.get(version, ())]
    wanted = {name for version in newer for name in _INDEXES.get(version, ())}
    indexes = [
        index
        for table in METADATA.sorted_tables
        if table not in new_tables
        for index in table.indexes
        if index.name in wanted
    ]
    made += [
        str(CreateIndex(index).compile(dialect=dialect)).strip()
        for index in sorted(indexes, key=lambda i: str(i.name))
    ]
    made += [text for table in new_tables for text in _create(dialect, table)]
    made += [text for version in newer for text in _AFTER_TABLES.get(version, ())]
    return made + [_AT_LAST[version][dialect.name] for version in newer if version in _AT_LAST]


def schema_sql(database: str, *, since: int = 0) -> tuple[str, ...]:
    """Return the statements that make the tables, or bring them up to date.

    Args:
        database: `sqlite` or `postgresql`.
        since: the version of the existing tables; 0 if there are none.
    """
    if database not in {"sqlite", "postgresql"}:
        raise StoreUnavailable(
            f"there is no schema for {database!r}; {nearest(database, ('sqlite', 'postgresql'))}"
        )
    dialect = sql_dialect(database)
    if since == 0:
        made = [text for table in METADATA.sorted_tables for text in _create(dialect, table)]
        return (*made, f"INSERT INTO {SCHEMA.name} (version) VALUES ({SCHEMA_VERSION})")
    if not 1 <= since <= SCHEMA_VERSION:
        raise StoreUnavailable(
            f"there is no schema version {since}; this library knows 1 to {SCHEMA_VERSION}"
        )
    return (*_update(dialect, since), f"UPDATE {SCHEMA.name} SET version = {SCHEMA_VERSION}")


def row_security_sql(readers: dict[str, str] | None = None) -> tuple[str, ...]:
    """Return the statements that separate agencies in PostgreSQL by row-level security, whatever
    SQL a role runs.

    A role sees and writes only rows of the agencies that `coresponder_access` names for it. This
    also binds the owner of the tables, but not a superuser. No role can delete a row or change an
    event. Only the administrator who runs these statements writes programs, checkpoints and the
    schema's version; the administrator sees the agencies that are named here.

    Args:
        readers: role -> agency, for the first rows of `coresponder_access`.
    """
    mine = f"agency IN (SELECT a.agency FROM {_ACCESS} a WHERE a.role = current_user)"
    made = [
        f"CREATE TABLE IF NOT EXISTS {_ACCESS} (role name NOT NULL, agency varchar(128) NOT NULL, PRIMARY KEY (role, agency))",
        f"GRANT SELECT ON {_ACCESS} TO PUBLIC",
    ]
    for table in METADATA.sorted_tables:
        if "agency" in table.c:
            made += [
                f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY",
                f"DROP POLICY IF EXISTS coresponder_agency ON {table.name}",
                f"CREATE POLICY coresponder_agency ON {table.name} USING ({mine}) WITH CHECK ({mine})",
            ]
    for role, agency in (readers or {}).items():
        name, literal = '"' + role.replace('"', '""') + '"', agency.replace("'", "''")
        role_literal = role.replace("'", "''")
        made += [
            f"INSERT INTO {_ACCESS} VALUES ('{role_literal}', '{literal}') ON CONFLICT DO NOTHING"
        ]
        made += [f"INSERT INTO {_ACCESS} VALUES (current_user, '{literal}') ON CONFLICT DO NOTHING"]
        for table in METADATA.sorted_tables:
            made += [
                f"REVOKE ALL ON {table.name} FROM {name}",
                f"GRANT {_GRANTS.get(table, 'SELECT, INSERT, UPDATE')} ON {table.name} TO {name}",
            ]
        made.append(f"GRANT USAGE ON SEQUENCE {OUTBOX.name}_id_seq TO {name}")
    return tuple(made)


def check_schema(cursor: Any, dialect: Dialect) -> None:
    """Raise if the tables are not those of this version."""
    if not dialect.has_table(cursor, SCHEMA.name):
        raise StoreUnavailable(
            f"{dialect.where} has no tables of coresponder; run the SQL of `coresponder schema {dialect.name}` first"
        )
    row = cursor.execute(_VERSION.on(dialect), {}).fetchone()
    found = row and row[0]
    if found is not None and found < SCHEMA_VERSION:
        raise StoreUnavailable(
            f"{dialect.where}: the tables have schema version {found}, this library needs {SCHEMA_VERSION}; make a backup, then run "
            f"`coresponder migrate STORE`, or the SQL of `coresponder schema {dialect.name} --since {found}`"
        )
    if found is None:
        raise CorruptRecord(
            f"{dialect.where}: the row with the schema version is missing; restore it from a backup"
        )
    if found != SCHEMA_VERSION:
        raise CorruptRecord(
            f"{dialect.where}: schema version {found}, this library writes {SCHEMA_VERSION}; use the version that wrote it"
        )


def prepare(connections: Connections, dialect: Dialect, *, make_tables: bool = True) -> None:
    """Make the tables if there are none, and check their version. Opening an existing store writes
    nothing.
    """
    with connections.reading() as cursor:
        made = dialect.has_table(cursor, SCHEMA.name)
    if not made and make_tables:
        with connections.writing() as cursor:
            dialect.alone(cursor)
            if not dialect.has_table(cursor, SCHEMA.name):
                for statement in schema_sql(dialect.name):
                    cursor.execute(statement)
    with connections.reading() as cursor:
        check_schema(cursor, dialect)


def migrate(connections: Connections, dialect: Dialect) -> tuple[int, int]:
    """Bring the tables up to date in one transaction; return the version before and after. Rows
    without a digest get one.
    """
    with connections.writing() as cursor:
        dialect.alone(cursor)
        row = (
            cursor.execute(_VERSION.on(dialect), {}).fetchone()
            if dialect.has_table(cursor, SCHEMA.name)
            else None
        )
        before = int(row[0]) if row else 0
        if before > SCHEMA_VERSION:
            check_schema(cursor, dialect)
        if before < SCHEMA_VERSION:
            for statement in schema_sql(dialect.name, since=before):
                cursor.execute(statement)
        for table in (INCIDENT, CONTACT, OUTBOX, PROGRAM, VAULT):
            _cover_rows(cursor, table, dialect)
    return before, SCHEMA_VERSION


def _cover_rows(cursor: Any, table: sa.Table, dialect: Dialect) -> None:
    """Write the digest of rows that have none because an earlier schema wrote them."""
    columns, keys = [c.name for c in table.c], [c.name for c in table.primary_key]
    mark = {"named": ":{}", "pyformat": "%({})s"}[dialect.paramstyle]
    where = " AND ".join(f"{key} = {mark.format(key)}" for key in keys)
    for found in cursor.execute(
        f"SELECT {', '.join(columns)} FROM {table.name} WHERE digest = ''"
    ).fetchall():
        row = dict(zip(columns, found, strict=True))
        row["digest"] = cover(table, row)
        cursor.execute(
            f"UPDATE {table.name} SET digest = {mark.format('digest')} WHERE {where}", row
        )
