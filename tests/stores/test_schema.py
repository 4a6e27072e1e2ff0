"""The tables' version: made, migrated, taken as SQL, and kept apart by agency in PostgreSQL."""

import json
import sqlite3
import subprocess
import sys
import warnings
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from coresponder.domain import events as e
from coresponder.errors import InvalidProgram, StoreUnavailable
from coresponder.program import load_program
from coresponder.stores.schema import row_security_sql, schema_sql
from coresponder.stores.sql import SqlStore
from coresponder.stores.tables import SCHEMA_VERSION
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

KEPT = {
    version: (Path(__file__).parents[1] / "golden" / f"store.v{version}.sql").read_text()
    for version in range(1, SCHEMA_VERSION + 1)
}


def shape(engine):
    """Return tables with columns, types and indexes, in an order that does not depend on how they
    were made.
    """
    inspector = sa.inspect(engine)
    with warnings.catch_warnings():  # of an index by month SQLAlchemy tells nothing on SQLite
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        return _shape(inspector) | {
            "by month": _is_there(engine, "coresponder_incident_month_owes")
        }


def _is_there(engine, index):
    catalog = (
        "sqlite_master WHERE name" if engine.name == "sqlite" else "pg_indexes WHERE indexname"
    )
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"SELECT 1 FROM {catalog} = '{index}'").fetchone()


def _shape(inspector):
    return {
        table: (
            sorted(
                (c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)
            ),
            sorted(
                (i["name"], tuple(i["column_names"]), bool(i["unique"]))
                for i in inspector.get_indexes(table)
            ),
            inspector.get_pk_constraint(table)["constrained_columns"],
        )
        for table in inspector.get_table_names()
        if table.startswith("coresponder_")
    }


@pytest.fixture
def old(tmp_path):
    """A store as version 1 wrote it."""
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript(KEPT[1])
    connection.close()
    return path


def test_tables_of_an_earlier_version_are_not_touched_but_named(old):
    """Opening them says what to run; nothing is changed without being asked."""
    before = old.read_bytes()
    with pytest.raises(
        StoreUnavailable,
        match="have schema version 1, this library needs 10; make a backup, then run `coresponder migrate",
    ):
        SqlStore.sqlite(old)
    assert old.read_bytes()[100:] == before[100:]


def test_a_migration_keeps_everything_and_gives_the_same_tables(old, tmp_path):
    """After it the incidents read, notices wait, the vault recalls, every row verifies; a second
    run finds nothing to do.
    """
    assert SqlStore.migrate(old) == (1, 10)
    assert SqlStore.migrate(old) == (10, 10)
    with SqlStore.sqlite(old) as store, SqlStore.sqlite(tmp_path / "new.db") as new:
        assert shape(store.engine) == shape(new.engine)
        workflow = Workflow(load_program("cit"), store, clock=lambda: at(500))
        assert [line.event for line in workflow.timeline("one")] == [
            "CallReceived",
            "PersonInvolved",
            "TeamUnavailable",
            "NoteAdded",
        ]
        assert [out.notice.about for out in store.outbox("default")] == ["TeamUnavailable"]
        entry = workflow.case("one").history[-1].entry
        assert store.recall("default", entry, audience="all").text == "words about a day"
        assert store.verify("default") == ()
        assert (
            workflow.record("two", e.TeamUnavailable(at=at(3), by="dispatcher-1")).case.version == 2
        )
        assert store.verify("default") == ()


def in_postgresql(dsn, text):
    """Write into PostgreSQL what an earlier version wrote into SQLite."""
    with psycopg.connect(dsn) as connection:
        for kind in ("CREATE TABLE", "INSERT", "CREATE"):
            for part in (part.strip() for part in text.split(";\n")):
                if part.startswith(kind) and (
                    kind != "CREATE" or not part.startswith("CREATE TABLE")
                ):
                    connection.execute(
                        part.replace("WITHOUT ROWID", "").replace(
                            "id INTEGER NOT NULL", "id SERIAL NOT NULL"
                        )
                    )


@pytest.mark.parametrize("version", KEPT)
def test_a_store_of_each_version_reads_and_goes_on(tmp_path, version):
    """A store that each version's own code wrote becomes one of today: every event of it reads, every
    row verifies, its words are recalled, and the next step is written.
    """
    path = tmp_path / "kept.db"
    connection = sqlite3.connect(path)
    connection.executescript(KEPT[version])
    connection.close()
    assert SqlStore.migrate(path) == (version, SCHEMA_VERSION)
    with SqlStore.sqlite(path) as store, SqlStore.sqlite(tmp_path / "new.db") as new:
        assert shape(store.engine) == shape(new.engine)
        workflow = Workflow(load_program("cit"), store, clock=lambda: at(500))
        case = workflow.case("one")
        assert case.version == events_of_one(version)
        note = next(event for event in case.history if isinstance(event, e.NoteAdded))
        assert store.recall("default", note.entry, audience="all").text == "words about a day"
        assert store.verify("default") == ()
        workflow.record("one", e.TeamUnavailable(at=at(3), by="dispatcher-1"))
        assert store.verify("default") == ()


def events_of_one(version):
    """Return how many events the kept text has of the incident `one`."""
    return KEPT[version].count("\"coresponder_event\" VALUES('default','one',")


@pytest.mark.parametrize("version", [version for version in KEPT if version < SCHEMA_VERSION])
def test_the_same_migration_on_postgresql(postgres, version):
    """The tables of an earlier version of PostgreSQL become those of today, in one transaction, by
    the SQL that a host can take.
    """
    dsn, fresh = postgres.database(), postgres.database()
    in_postgresql(dsn, KEPT[version])
    with pytest.raises(StoreUnavailable, match=f"coresponder schema postgresql --since {version}"):
        SqlStore.postgresql(dsn)
    with psycopg.connect(dsn) as connection:
        for text in schema_sql("postgresql", since=version):
            connection.execute(text)
    assert SqlStore.migrate(dsn) == (10, 10)
    with SqlStore.postgresql(dsn) as store, SqlStore.postgresql(fresh) as new:
        assert shape(store.engine) == shape(new.engine)
        assert store.verify("default") == ()
        assert Workflow(load_program("cit"), store).case("one").version == events_of_one(version)


def test_rows_of_the_second_version_stay_as_they_were_written(tmp_path):
    """Their digests are not made anew, so what was changed before the migration is found after it;
    the next checkpoint lists them all.
    """
    for name, text in (
        ("sound", KEPT[2]),
        (
            "changed",
            KEPT[2].replace(
                "'person-one','one','2026-03-02T12:00", "'person-one','one','2026-03-01T12:00"
            ),
        ),
    ):
        path = tmp_path / f"{name}.db"
        connection = sqlite3.connect(path)
        connection.executescript(text)
        connection.close()
        assert SqlStore.migrate(path) == (2, 10)
        with SqlStore.sqlite(path) as store, SqlStore.sqlite(tmp_path / f"{name}-new.db") as new:
            assert shape(store.engine) == shape(new.engine)
            faults = store.verify("default")
            assert [fault.partition(":")[0] for fault in faults] == (
                [] if name == "sound" else ["coresponder_contact, person person-one, incident one"]
            )
            store.checkpoint("default", at=at(99))
            assert store.verify("default") == faults
        connection = sqlite3.connect(path)
        connection.execute("DELETE FROM coresponder_outbox WHERE id = 1")
        connection.commit()
        connection.close()
        with SqlStore.sqlite(path) as store:
            assert "coresponder_outbox, key " in store.verify("default")[-1]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_tenth_version_lists_everybody_whom_an_event_names(database, tmp_path, request):
    """Earlier versions did not list somebody of whom only a follow-up tells. The migration adds this
    part of the incident, and no other part that is missing: it was taken away, and is named.
    """
    where = (
        tmp_path / "kept.db"
        if database == "sqlite"
        else request.getfixturevalue("postgres").database()
    )
    with (SqlStore.sqlite if database == "sqlite" else SqlStore.postgresql)(where) as store:
        workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        workflow.receive(received(), incident="one")
        for person in ("person-one", "person-two"):
            workflow.record(
                "one", e.PersonInvolved(at=at(1), by="officer-1", person=person, role="family")
            )
        planned = e.FollowUpScheduled(
            at=at(2), by="officer-1", follow_up="f-1", kind="phone_call", due=at(90), person="child"
        )
        workflow.record("one", planned)
        assert [found.incident for found in workflow.find(person="child")] == ["one"]
        with store.engine.begin() as connection:
            connection.exec_driver_sql(
                "DELETE FROM coresponder_contact WHERE person IN ('child', 'person-two')"
            )
            connection.exec_driver_sql("UPDATE coresponder_schema SET version = 9")
    assert SqlStore.migrate(where) == (9, 10)
    with (SqlStore.sqlite if database == "sqlite" else SqlStore.postgresql)(where) as store:
        workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        assert [found.incident for found in workflow.find(person="child")] == ["one"]
        (fault,) = store.verify("default")
        assert "the contact of person-two is not what it should be" in fault


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_printed_sql_makes_the_tables(database, tmp_path, request):
    """`coresponder schema` piped into the database's own client gives tables that the store takes
    as they are.
    """
    command = [sys.executable, "-m", "coresponder", "schema", database]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if database == "sqlite":
        connection = sqlite3.connect(tmp_path / "x.db")
        connection.executescript(text)
        connection.close()
        store = SqlStore.sqlite(tmp_path / "x.db")
    else:
        dsn = request.getfixturevalue("postgres").database()
        with pytest.raises(
            StoreUnavailable, match="run the SQL of `coresponder schema postgresql` first"
        ):
            SqlStore.postgresql(dsn, make_tables=False)
        with psycopg.connect(dsn) as connection:
            connection.execute(text)
        store = SqlStore.postgresql(dsn, make_tables=False)
    Workflow(load_program("cit"), store, clock=lambda: at(60)).receive(received(), incident="one")
    assert store.verify("default") == ()
    store.close()


def test_two_roles_see_only_their_agency(postgres):
    """Whatever SQL a role runs, and whatever agency it asks for, it reads and writes rows of its
    own agency only.
    """
    dsn = postgres.database()
    with SqlStore.postgresql(dsn) as store:
        store.save_program(load_program("cit").name, load_program("cit").definition)
    name = dsn.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(dsn, autocommit=True) as connection:
        for role in ("north_app", "south_app"):
            connection.execute(f"DROP ROLE IF EXISTS {role}")
            connection.execute(f"CREATE ROLE {role} LOGIN")
        for text in row_security_sql({"north_app": "north", "south_app": "south"}):
            connection.execute(text)
    stores = {
        agency: SqlStore.postgresql(postgres.dsn(name, f"{agency}_app"), make_tables=False)
        for agency in ("north", "south")
    }
    flows = {
        agency: Workflow(load_program("cit"), store, agency=agency, clock=lambda: at(60))
        for agency, store in stores.items()
    }
    for agency, flow in flows.items():
        flow.receive(received(), incident=f"{agency}-1")
        flow.note(f"{agency}-1", f"words of {agency}", at=at(1), by="clinician-1", audience="all")
        flow.record(f"{agency}-1", e.TeamUnavailable(at=at(2), by="dispatcher-1"))
    north = stores["north"]
    assert [s.incident for s in north.find("north")] == ["north-1"]
    assert north.find("south") == ()
    assert north.outbox("south") == ()
    assert north.version("south", "south-1") == 0
    intruder = Workflow(load_program("cit"), north, agency="south", clock=lambda: at(60))
    with pytest.raises(StoreUnavailable, match="may not be written by this user"):
        intruder.receive(received(), incident="forged")
    with north.connections.reading() as cursor:
        for table in (
            "event",
            "incident",
            "contact",
            "outbox",
            "vault",
            "checkpoint",
            "engagement",
        ):
            assert {
                row[0]
                for row in cursor.execute(f"SELECT agency FROM coresponder_{table}").fetchall()
            } <= {"north"}
        assert (
            cursor.execute(
                "UPDATE coresponder_incident SET state = 'closed' WHERE agency = 'south'"
            ).rowcount
            == 0
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            cursor.execute("INSERT INTO coresponder_access VALUES ('north_app', 'south')")
    for text in (
        "DELETE FROM coresponder_schema",
        "UPDATE coresponder_schema SET version = 1",
        "UPDATE coresponder_program SET definition = '{}'",
        "INSERT INTO coresponder_program (name, definition) VALUES ('mine@1', '{}')",
        "DELETE FROM coresponder_program",
        "UPDATE coresponder_event SET body = '{}' WHERE agency = 'north'",
        "DELETE FROM coresponder_event WHERE agency = 'north'",
        "UPDATE coresponder_checkpoint SET body = '{}'",
        "INSERT INTO coresponder_checkpoint (agency, number, made_at, body) VALUES ('north', 1, '', '')",
        *(
            f"DELETE FROM coresponder_{table}"
            for table in ("incident", "contact", "outbox", "vault", "engagement", "checkpoint")
        ),
        "TRUNCATE coresponder_outbox",
    ):
        with (
            north.connections.reading() as cursor,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            cursor.execute(text)
    with pytest.raises(StoreUnavailable, match="may not be written by this user"):
        north.save_program("mine@1", {"program": {"id": "mine"}})
    assert north.checkpoint("north", at=at(70)) is None
    with SqlStore.postgresql(dsn) as administrator:
        kept = administrator.checkpoint("north", at=at(70))
    assert north.checkpoint("north", at=at(71)) == kept is not None
    assert flows["north"].verify() == ()
    assert stores["south"].verify("south") == ()
    assert stores["south"].forget("south", "south-1") == 1
    with pytest.raises(
        StoreUnavailable, match="does not own the vault.*run `coresponder scrub` as its owner"
    ):
        stores["south"].scrub()
    with north.connections.reading() as cursor, psycopg.connect(dsn) as connection:
        assert connection.execute(
            "SELECT text FROM coresponder_vault WHERE agency = 'south'"
        ).fetchall() == [("",)]
        assert cursor.execute("SELECT text FROM coresponder_vault").fetchall() == [
            ("words of north",)
        ]
    for store in stores.values():
        store.close()


def test_a_program_that_an_earlier_schema_kept_is_the_same_program(tmp_path):
    """What a rule rests on was kept as `source`; the store does not take the new key for a change,
    and a real change is still refused.
    """
    program = load_program("cit")
    with SqlStore.sqlite(tmp_path / "kept.db") as store:
        earlier = json.dumps(program.definition).replace('"authority":', '"source":')
        store.save_program(program.name, json.loads(earlier))
        Workflow(program, store)
        with pytest.raises(InvalidProgram):
            store.save_program(program.name, {**program.definition, "tier": []})
