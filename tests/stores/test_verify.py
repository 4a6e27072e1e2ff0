"""`verify` names what was changed behind the store's back: any byte of any row, a dropped row, two
swapped, a dropped incident.
"""

import random
import sqlite3

import psycopg
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.errors import StoreUnavailable
from coresponder.program import Program, load_program
from coresponder.stores.pages import Filters
from coresponder.stores.rows import cover
from coresponder.stores.sql import SqlStore
from coresponder.stores.tables import (
    CONTACT,
    ENGAGEMENT,
    INCIDENT,
    METADATA,
    OUTBOX,
    PROGRAM,
    VAULT,
)
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received


def fill(store):
    """Write some of everything: two incidents, a contact, notices, an engagement, words, a program,
    two checkpoints.
    """
    flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
    for incident in ("one", "two"):
        flow.receive(received(), incident=incident)
        flow.record(
            incident,
            e.PersonInvolved(
                at=at(1), by="officer-1", person=f"person-{incident}", role="person_in_crisis"
            ),
        )
    store.checkpoint("default", at=at(61))
    flow.record("one", e.TeamUnavailable(at=at(2), by="dispatcher-1"))
    flow.record("two", e.TeamUnavailable(at=at(2), by="dispatcher-1"))
    flow.record("one", e.ResponderArrived(at=at(3), by="officer-1", responder="officer-1"))
    flow.note(
        "one", "words about a day", at=at(4), by="clinician-1", audience="all", subject="person-one"
    )
    store.delivered("default", store.outbox("default")[0].id, at=at(62))
    store.checkpoint("default", at=at(63))
    flow.feed()


class Database:
    """A filled database and a connection behind the store's back."""

    def __init__(self, name, connect):
        self.name, self.connect = name, connect

    def change(self, text, values=()):
        connection = self.connect()
        try:
            done = connection.execute(text, values)
            connection.commit()
            return done.rowcount
        finally:
            connection.close()

    def rows(self, text):
        connection = self.connect()
        try:
            return [tuple(row) for row in connection.execute(text).fetchall()]
        finally:
            connection.close()

    def verify(self):
        found = CliRunner().invoke(commands, ["verify", self.name])
        return found.exit_code, found.output


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    if request.param == "sqlite":
        path = tmp_path / "night.db"
        store, made = SqlStore.sqlite(path), Database(str(path), lambda: sqlite3.connect(path))
        made.mark = "?"
    else:
        dsn = request.getfixturevalue("postgres").database()
        store, made = SqlStore.postgresql(dsn), Database(dsn, lambda: psycopg.connect(dsn))
        made.mark = "%s"
    fill(store)
    store.close()
    assert made.verify()[0] == 0, made.verify()[1]
    return made


def flipped(value, draw):
    """Change one bit of one byte so that it stays what the column can hold."""
    if isinstance(value, int):
        return value ^ (1 << draw.randrange(4, 8))
    place = draw.randrange(len(value))
    swapped = next(
        c
        for c in (chr(ord(value[place]) ^ 1 << bit) for bit in draw.sample(range(7), 7))
        if c.isprintable() and c != value[place]
    )
    return value[:place] + swapped + value[place + 1 :]


def test_any_changed_byte_of_any_row_is_named(database):
    """Every column of every row of every table, one at a time: exit 1, and the fault says where."""
    draw = random.Random(9)
    tried = 0
    for table in METADATA.sorted_tables:
        keys = [c.name for c in table.primary_key] or [c.name for c in table.c]
        columns = [c.name for c in table.c]
        for row in database.rows(f"SELECT {', '.join(c.name for c in table.c)} FROM {table.name}"):
            values = dict(zip((c.name for c in table.c), row, strict=True))
            where = " AND ".join(f"{key} = {database.mark}" for key in keys)
            for column in columns:
                if values[column] in (None, "") or column == "agency":
                    continue
                new = flipped(values[column], draw)
                after = values | {column: new}
                assert (
                    database.change(
                        f"UPDATE {table.name} SET {column} = {database.mark} WHERE {where}",
                        (new, *(values[k] for k in keys)),
                    )
                    == 1
                )
                code, said = database.verify()
                assert code in {1, 2}, (table.name, column, values[column], new, said)
                assert (
                    "changed" in said
                    or "missing" in said
                    or "schema version" in said
                    or "not what was written" in said
                    or "were written" in said
                ), said
                database.change(
                    f"UPDATE {table.name} SET {column} = {database.mark} WHERE {where}",
                    (values[column], *(after[k] for k in keys)),
                )
                tried += 1
    assert tried > 120
    assert database.verify()[0] == 0


def test_a_row_that_is_given_to_another_agency_is_named(database):
    """Moved out of the agency is missing from it."""
    for table in ("event", "incident", "checkpoint"):
        database.change(f"UPDATE coresponder_{table} SET agency = 'other'")
        code, said = database.verify()
        assert code == 1, table
        assert "missing" in said or "0 are there" in said
        database.change(f"UPDATE coresponder_{table} SET agency = 'default'")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "DELETE FROM coresponder_event WHERE incident = 'one' AND number = 2",
            "incident one: event 2 is missing",
        ),
        (
            "DELETE FROM coresponder_event WHERE incident = 'one' AND number = 5",
            "incident one: 5 events were written, 4 are there",
        ),
        (
            "DELETE FROM coresponder_incident WHERE incident = 'one'",
            "incident one: its head row is missing",
        ),
        ("DELETE FROM coresponder_checkpoint WHERE number = 1", "checkpoint 1 is missing"),
        (
            "DELETE FROM coresponder_checkpoint WHERE number = 2",
            "checkpoint 2 is missing: 6 rows were on it, the first is incident one",
        ),
    ],
)
def test_a_dropped_row_is_named(database, sql, said):
    """The row that is gone is said to be."""
    assert database.change(sql) == 1
    code, found = database.verify()
    assert (code, said in found) == (1, True), found


def test_every_row_of_every_table_is_missed(database):
    """Drop any row of any table, one at a time: it is named, with its key."""
    dropped = 0
    for table in METADATA.sorted_tables:
        columns = [c.name for c in table.c]
        for row in database.rows(f"SELECT {', '.join(columns)} FROM {table.name}"):
            values = dict(zip(columns, row, strict=True))
            keys = [c.name for c in table.primary_key] or columns
            where = " AND ".join(f"{key} = {database.mark}" for key in keys)
            assert (
                database.change(
                    f"DELETE FROM {table.name} WHERE {where}", tuple(values[key] for key in keys)
                )
                == 1
            )
            code, said = database.verify()
            assert code in {1, 2}, (table.name, values)
            named = [str(values[key]) for key in keys if key != "agency"]
            assert "missing" in said or "were written" in said or "schema version" in said, said
            assert any(
                all(name in line for name in named) for line in said.splitlines()
            ) or table.name in {
                "coresponder_event",
                "coresponder_feed",
                "coresponder_schema",
            }, said
            marks = ", ".join([database.mark] * len(columns))
            assert (
                database.change(
                    f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})", row
                )
                == 1
            )
            dropped += 1
    assert dropped >= 18
    assert database.verify()[0] == 0


def test_a_row_that_is_over_is_kept_empty(database):
    """Who is free again, who was no part of it after all, and words that were forgotten: rows of
    which nothing is left but that they were.
    """
    store = SqlStore.open(database.name)
    flow = Workflow(load_program("cit"), store, clock=lambda: at(90))
    flow.record("one", e.ResponderCleared(at=at(5), by="officer-1", responder="officer-1"))
    flow.record("two", e.EnteredInError(at=at(6), by="officer-1", event=2, reason="wrong_incident"))
    assert store.forget("default", "person-one") == 1
    assert store.forget("default", "person-one") == 0
    assert store.engaged("default") == ()
    assert store.find("default", Filters(person="person-two")) == ()
    assert store.prior("default", "person-two", at=at(90), excluding="none").contacts_90_days == 0
    store.close()
    assert database.verify()[0] == 0, database.verify()[1]
    assert [row[:1] for row in database.rows("SELECT incident FROM coresponder_engagement")] == [
        ("",)
    ]
    assert ("",) in database.rows("SELECT contact_at FROM coresponder_contact")
    assert database.rows("SELECT subject, kind, audience, text, salt FROM coresponder_vault") == [
        ("",) * 5
    ]
    for table, column in (("engagement", "incident"), ("contact", "contact_at"), ("vault", "text")):
        assert database.change(f"DELETE FROM coresponder_{table} WHERE {column} = ''") == 1
        assert f"coresponder_{table}, " in database.verify()[1]
    with SqlStore.open(database.name) as store:
        again = Workflow(load_program("cit"), store, clock=lambda: at(95))
        again.record("two", e.ResponderArrived(at=at(7), by="officer-1", responder="officer-1"))
        assert [one.incident for one in store.engaged("default")] == ["two"]


def test_a_custody_record_that_is_missing_before_another_is_named(database):
    """Somebody removes the record of a hold, of its release or of what was erased: the gap in the
    numbers is named before any checkpoint lists it, the newest one after the next checkpoint.
    """
    with SqlStore.open(database.name) as store:
        said = {"by": "counsel-1", "ground": "matter-1"}
        store.hold("default", "person-one", **said)
        store.release("default", 1, **said)
        assert store.forget("default", "person-one", **said) == 1
        store.hold("default", "person-two", **said)
        assert store.verify("default") == ()
    rows = database.rows("SELECT * FROM coresponder_custody ORDER BY number")
    marks = ", ".join(database.mark for _ in rows[0])
    remove = "DELETE FROM coresponder_custody WHERE number BETWEEN {} AND {}"
    for first, last, named in (
        (1, 1, "number 1: the row is"),
        (3, 3, "number 3: the row is"),
        (1, 3, "numbers 1 to 3: the rows are"),
    ):
        assert database.change(remove.format(first, last)) == last - first + 1
        code, said = database.verify()
        assert (code, f"coresponder_custody, {named} missing" in said) == (1, True), said
        for row in rows[first - 1 : last]:
            database.change(f"INSERT INTO coresponder_custody VALUES ({marks})", row)
    with SqlStore.open(database.name) as store:
        store.checkpoint("default", at=at(80))
        assert store.verify("default") == ()
    database.change(remove.format(4, 4))
    assert "coresponder_custody, number 4: the row is missing" in database.verify()[1]


def test_two_swapped_rows_are_named(database):
    """Two events that changed places are not what was written."""
    for old, new in ((2, 99), (3, 2), (99, 3)):
        database.change(
            f"UPDATE coresponder_event SET number = {new} WHERE incident = 'one' AND number = {old}"
        )
    code, said = database.verify()
    assert code == 1
    assert "incident one: event 2 was changed" in said


def test_a_dropped_incident_is_named_even_with_all_that_refers_to_it(database):
    """A checkpoint remembers every incident, so one that was removed from every table is missed by
    name.
    """
    for table in ("event", "incident", "contact", "outbox", "engagement", "obligation", "team"):
        database.change(f"DELETE FROM coresponder_{table} WHERE incident = 'one'")
    code, said = database.verify()
    assert code == 1
    assert "incident one: it had 5 events at a checkpoint" in said


def test_a_checkpoint_that_was_kept_elsewhere_is_looked_for(database):
    """Whoever removes the newest checkpoint too is found out by the digest that was noted."""
    digest = database.rows(
        "SELECT digest FROM coresponder_checkpoint ORDER BY number DESC LIMIT 1"
    )[0][0]
    assert (
        CliRunner().invoke(commands, ["verify", database.name, "--checkpoint", digest]).exit_code
        == 0
    )
    database.change("DELETE FROM coresponder_checkpoint WHERE number = 2")
    database.change("UPDATE coresponder_incident SET sealed = 0")
    found = CliRunner().invoke(commands, ["verify", database.name, "--checkpoint", digest])
    assert found.exit_code == 1
    assert "is no longer in the store" in found.output


def test_closing_a_store_makes_a_checkpoint_and_reading_makes_none(tmp_path):
    """What was written is covered when the store is closed; a store that only reads writes nothing."""
    with SqlStore.sqlite(tmp_path / "a.db") as store:
        Workflow(load_program("cit"), store, clock=lambda: at(60)).receive(
            received(), incident="one"
        )
        assert store.checkpoints("default") == ()
    with SqlStore.sqlite(tmp_path / "a.db") as store:
        assert len(store.checkpoints("default")) == 1
        store.find("default")
    with SqlStore.sqlite(tmp_path / "a.db") as store:
        assert len(store.checkpoints("default")) == 1
        assert store.checkpoint("default", at=at(99)) == store.checkpoints("default")[0]


FORGERIES = {
    "words": (VAULT, {"text": "other words"}, "words of vault entry"),
    "audience": (VAULT, {"audience": "police"}, "their audience were changed"),
    "obligations": (INCIDENT, {"obligations": 0}, "obligations is 0"),
    "next_due": (INCIDENT, {"next_due": None}, "next_due is None"),
    "state": (INCIDENT, {"state": "closed"}, "state is 'closed'"),
    "contacts": (
        CONTACT,
        {"contact_at": "2025-01-01T12:00:00.000000+00:00"},
        "contact of person-one",
    ),
    "a notice's words": (
        OUTBOX,
        {"body": lambda body: body.replace("supervisor", "nobody")},
        "was changed",
    ),
    "a delivered notice": (
        OUTBOX,
        {"delivered_at": None, "sealed": 0},
        "not what it was at a checkpoint",
    ),
    "a program": (
        PROGRAM,
        {"definition": lambda text: text.replace('"authority"', '"authorities"', 1)},
        f"coresponder_program, name {load_program('cit').name}",
    ),
    "a responder": (ENGAGEMENT, {"responder": "officer-9"}, "officer-9 is engaged with it"),
    "a responder who is free": (
        ENGAGEMENT,
        {"incident": "", "since": ""},
        "officer-1 was sent, has not cleared, and is not engaged with it",
    ),
}
"""What somebody changes who makes every digest of the row anew."""


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_with_a_new_digest_is_named(database, name):
    """Nothing beside the log is believed: it is derived again, or a checkpoint kept elsewhere says
    what it was.
    """
    table, changes, said = FORGERIES[name]
    kept = database.rows("SELECT digest FROM coresponder_checkpoint ORDER BY number")[-1][0]
    columns = [c.name for c in table.c]
    for found in database.rows(f"SELECT {', '.join(columns)} FROM {table.name}"):
        row = dict(zip(columns, found, strict=True))
        if row.get("incident", "one") not in {"one", ""} or (
            name == "a delivered notice" and row["delivered_at"] is None
        ):
            continue
        old = dict(row)
        row |= {
            column: new(row[column]) if callable(new) else new for column, new in changes.items()
        }
        row["digest"] = cover(table, row)
        keys = [c.name for c in table.primary_key]
        sets = ", ".join(f"{column} = {database.mark}" for column in columns)
        where = " AND ".join(f"{key} = {database.mark}" for key in keys)
        assert (
            database.change(
                f"UPDATE {table.name} SET {sets} WHERE {where}",
                (*row.values(), *(old[key] for key in keys)),
            )
            == 1
        )
    outcome = CliRunner().invoke(commands, ["verify", database.name, "--checkpoint", kept])
    assert (outcome.exit_code, said in outcome.output) == (1, True), outcome.output


def test_a_responder_whom_another_incident_took_over_is_no_fault(database):
    """A fact there took the responder over, and freed the responder: the first log says busy, and
    the row is right all the same.
    """
    with SqlStore.open(database.name) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(90))
        flow.record("two", e.ResponderArrived(at=at(7), by="officer-1", responder="officer-1"))
        assert [one.incident for one in store.engaged("default")] == ["two"]
        assert flow.verify() == ()
        flow.record("two", e.ResponderCleared(at=at(8), by="officer-1", responder="officer-1"))
        assert store.engaged("default") == ()
        assert flow.verify() == ()


def test_what_was_delivered_stays_delivered(database):
    """Its row is the last word: who delivers it twice, or says that it failed, changes nothing."""
    with SqlStore.open(database.name) as store:
        before = database.rows("SELECT * FROM coresponder_outbox ORDER BY id")
        store.delivered("default", 1, at=at(99))
        store.failed("default", 1, error="late", at=at(99), next_at=None)
    assert database.rows(
        "SELECT id, delivered_at, dead_at, error, digest FROM coresponder_outbox WHERE id = 1"
    ) == [
        tuple(
            dict(zip([c.name for c in OUTBOX.c], row, strict=True))[name]
            for name in ("id", "delivered_at", "dead_at", "error", "digest")
        )
        for row in before
        if row[0] == 1
    ]


def test_what_changes_in_its_own_way_is_no_fault(database):
    """A notice that is tried, fails and is delivered, and words that are forgotten, after a
    checkpoint and over the next.
    """
    with SqlStore.open(database.name) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(70))
        (waiting,) = store.claim("default", now=at(70), until=at(71))
        store.failed("default", waiting.id, error="no answer", at=at(70), next_at=at(71))
        assert flow.verify() == ()
        store.checkpoint("default", at=at(72))
        store.delivered("default", waiting.id, at=at(73))
        store.forget("default", "person-one")
        assert flow.verify() == ()
        store.checkpoint("default", at=at(74))
        assert flow.verify() == ()


def test_a_program_that_is_not_kept_is_said(tmp_path):
    """Incidents of a program that was built in Python are not folded from the command line, which
    is no pass; in Python they are.
    """
    path = tmp_path / "x.db"
    with SqlStore.sqlite(path) as store:
        flow = Workflow(Program(id="mine"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        assert flow.verify() == ()
    outcome = CliRunner().invoke(commands, ["verify", str(path)])
    assert outcome.exit_code == 1
    assert "program mine@1 is not kept in this store" in outcome.output


def test_verify_opens_for_reading_alone(database):
    """Nothing that it does can write, also by mistake."""
    with SqlStore.open(database.name, read_only=True) as store:
        assert store.verify("default") == ()
        with pytest.raises(StoreUnavailable, match="read-only|may not be written"):
            store.delivered("default", store.outbox("default")[0].id, at=at(90))
        assert store.checkpoint("default", at=at(90)) == store.checkpoints("default")[-1]


def test_verify_reads_where_nothing_can_be_written(tmp_path, monkeypatch):
    """A backup on a read-only mount is verified as it is; one whose newest steps are in the log
    beside it is not passed without them.
    """
    path = tmp_path / "backup.db"
    with SqlStore.sqlite(path) as store:
        fill(store)
    monkeypatch.setattr("coresponder.stores.sql._is_on_read_only", lambda _: True)
    before = sorted(tmp_path.iterdir())
    outcome = CliRunner().invoke(commands, ["verify", str(path)])
    assert (outcome.exit_code, sorted(tmp_path.iterdir())) == (0, before), outcome.output
    (tmp_path / "backup.db-wal").write_bytes(b"steps")
    outcome = CliRunner().invoke(commands, ["verify", str(path)])
    assert outcome.exit_code == 2
    assert "copy both files to a folder that can be written" in outcome.output


def test_an_administrator_keeps_programs_and_makes_checkpoints(tmp_path):
    """From the command line, for an application whose role may do neither."""
    path = tmp_path / "x.db"
    SqlStore.sqlite(path).close()
    assert (
        CliRunner()
        .invoke(commands, ["keep", str(path), "cit"])
        .output.endswith(f"now has program {load_program('cit').name}\n")
    )
    assert (
        "has nothing in this store yet"
        in CliRunner().invoke(commands, ["checkpoint", str(path), "--agency", "north"]).output
    )
    with SqlStore.sqlite(path) as store:
        fill(store)
    digest = CliRunner().invoke(commands, ["checkpoint", str(path)]).output.strip()
    assert (
        CliRunner().invoke(commands, ["verify", str(path), "--checkpoint", digest]).exit_code == 0
    )
