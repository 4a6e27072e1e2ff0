"""A checkpoint lists at most some 1,000 rows, whatever was written before it."""

import json
import sqlite3
import tracemalloc

import psycopg
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.delivery.memory import MemoryNotifier
from coresponder.domain import events as e
from coresponder.program import load_program
from coresponder.roster.events import ResponderJoined
from coresponder.stores.sql import SqlStore
from coresponder.stores.sql_checkpoints import MOST_LISTED
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received
from tests.stores.test_turns import notice
from tests.stores.test_verify import Database


def write(store, incidents, notices):
    """Write incidents and, for the first of them, notices."""
    flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
    with store.batch():
        for number in range(incidents):
            flow.receive(received(), incident=f"i-{number:05}")
        store.notify("default", [notice(n, "i-00000") for n in range(notices)], at=at(60))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """An empty store, and a connection behind its back."""
    if request.param == "sqlite":
        path = tmp_path / "night.db"
        made = Database(str(path), lambda: sqlite3.connect(path))
        made.mark = "?"
        return made
    dsn = request.getfixturevalue("postgres").database()
    made = Database(dsn, lambda: psycopg.connect(dsn))
    made.mark = "%s"
    return made


def test_what_is_new_is_listed_once_and_in_bounded_rows(database):
    """Several checkpoints are made at once; each row is on one of them, a row that is gone is missed
    whichever lists it, and nothing new makes none.
    """
    with SqlStore.open(database.name, must_exist=False) as store:
        write(store, MOST_LISTED + 100, 2 * MOST_LISTED)
        last = store.checkpoint("default", at=at(61))
        assert store.checkpoint("default", at=at(62)) == last == store.checkpoints("default")[-1]
        before = store.verify("default")
    bodies = [
        json.loads(row[0])
        for row in database.rows("SELECT body FROM coresponder_checkpoint ORDER BY number")
    ]
    counts = [
        {name: len(rows) for name, rows in body.items() if not name.endswith("_program")}
        for body in bodies
    ]
    assert max(sum(count.values()) for count in counts) == MOST_LISTED
    assert [
        sum(count.get(f"coresponder_{name}", 0) for count in counts)
        for name in ("incident", "outbox")
    ] == [MOST_LISTED + 100, 2 * MOST_LISTED]
    assert len(bodies) == 4
    first, last_notice = (
        bodies[0]["coresponder_incident"][0][0],
        bodies[-1]["coresponder_outbox"][-1][0],
    )
    for table, column, key in (("incident", "incident", first), ("outbox", "key", last_notice)):
        sql = f"DELETE FROM coresponder_{table} WHERE {column} = {database.mark}"
        assert database.change(sql, (key,)) == 1
        with SqlStore.open(database.name, read_only=True) as store:
            faults = set(store.verify("default")) - set(before)
        assert any(key in fault and "missing" in fault for fault in faults), faults


def test_a_checkpoint_takes_no_more_memory_after_more_was_written(tmp_path):
    """Its peak is that of one list of rows: four times the rows take less than one and a half times
    as much.
    """
    peaks = []
    for factor in (2, 8):
        with SqlStore.sqlite(tmp_path / f"{factor}.db") as store:
            write(store, 1, factor * MOST_LISTED)
            tracemalloc.start()
            store.checkpoint("default", at=at(61))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_verify_takes_no_more_memory_in_a_larger_store(tmp_path):
    """It looks at a store in pages, and keeps on disk what checkpoints list: four times the incidents
    take less than one and a third of the memory.
    """
    peaks = []
    for count in (20, 150, 600):  # the first one pays for what is made once
        with SqlStore.sqlite(tmp_path / f"{count}.db") as store:
            write(store, count, 0)
            store.checkpoint("default", at=at(61))
            tracemalloc.start()
            store.verify("default")
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[2] < 1.33 * peaks[1], peaks


def test_since_a_checkpoint_only_what_came_after_it_is_looked_at(database):
    """What was written, changed or lost behind it is named, whether a checkpoint lists it yet or not;
    what lies before it is passed over, which the full look names.
    """
    flow = Workflow(
        load_program("cit"),
        SqlStore.open(database.name, must_exist=False),
        clock=lambda: at(60),
    )
    with flow.store as store:
        for incident in ("before", "moved"):
            flow.receive(received(), incident=incident)
        good = store.checkpoint("default", at=at(61))
        for incident in ("listed", "gone"):
            flow.receive(received(), incident=incident)
        flow.record("moved", e.TeamUnavailable(at=at(2), by="dispatcher-1"))
        store.checkpoint("default", at=at(62))
        flow.receive(received(), incident="new")
        assert flow.verify(since=good) == flow.verify() == ()
        assert store.verify("default", since=store.checkpoints("default")[-1]) == ()
        for incident in ("before", "listed", "moved", "new"):
            sql = f"UPDATE coresponder_incident SET state = 'closed' WHERE incident = '{incident}'"
            assert database.change(sql) == 1
        for table in ("event", "incident"):
            database.change(f"DELETE FROM coresponder_{table} WHERE incident = 'gone'")
        named = {
            incident
            for incident in ("before", "listed", "moved", "new", "gone")
            for fault in store.verify("default", since=good)
            if f"incident {incident}:" in fault
        }
        assert named == {"listed", "moved", "new", "gone"}
        assert any("incident before:" in fault for fault in store.verify("default"))
        unknown = store.verify("default", since="0" * 64)
        assert f"checkpoint {'0' * 64} is no longer in the store" in unknown[0]
        assert any("incident before:" in fault for fault in unknown)


def test_the_roster_is_verified_and_told_with_its_agency(database):
    """`verify` looks at the responders' streams too, and `tick` makes their checkpoint."""
    with SqlStore.open(database.name, must_exist=False) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        joined = ResponderJoined(at=at(0), by="chief-1", responder="officer-1", role="cit_officer")
        flow.roster.record(joined)
        flow.tick()
        assert [len(store.checkpoints(f"default{of}")) for of in ("", ".roster")] == [1, 1]
        assert flow.verify() == ()
        said = CliRunner().invoke(commands, ["verify", database.name]).output
        assert "1 incidents and 1 responders of default: every row is as it was written" in said
        sql = "UPDATE coresponder_event SET kind = 'TrainingCompleted' WHERE incident = 'officer-1'"
        assert database.change(sql) == 1
        (fault,) = flow.verify()
        assert "incident officer-1: event 1 was changed" in fault
    assert CliRunner().invoke(commands, ["verify", database.name]).exit_code == 1


def test_a_tick_delivers_although_no_checkpoint_can_be_made(database, caplog):
    """Nobody waits for word because of a checkpoint; the log says that there is none."""
    notifier = MemoryNotifier()
    with SqlStore.open(database.name, must_exist=False) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        store.notify("default", [notice(1, "one")], at=at(60))
        database.change("ALTER TABLE coresponder_checkpoint RENAME TO kept_elsewhere")
        flow = Workflow(load_program("cit"), store, notifier, clock=lambda: at(60))
        flow.tick()
        assert [one.incident for one in notifier.sent] == ["one"]
        assert "no checkpoint was made for default" in caplog.text
        database.change("ALTER TABLE kept_elsewhere RENAME TO coresponder_checkpoint")
        assert store.checkpoint("default", at=at(62)) is not None
