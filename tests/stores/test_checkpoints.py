"""A checkpoint lists at most some 1,000 rows, whatever was written before it."""

import json
import sqlite3
import tracemalloc

import psycopg
import pytest

from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.stores.sql_verify import MOST_LISTED
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
