"""What is special to SQLite: the file, its faults, and forgetting."""

import datetime as dt
import sqlite3
import stat
import subprocess
import sys
import threading
from collections import Counter

import pytest

from coresponder.domain.events import WeaponSeen
from coresponder.errors import CorruptRecord, NotFound, StoreUnavailable
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.stores.sql_checkpoints import NEW_INCIDENTS, NEW_ROWS
from coresponder.stores.sql_vault import ABOUT
from coresponder.testing.conformance.basis import NOON, a_step, received
from coresponder.workflow import Workflow


@pytest.fixture
def file(tmp_path):
    """A store with one incident of three events."""
    path = tmp_path / "night.db"
    store = SqlStore.sqlite(path)
    store.append(a_step("one", 0, received(), received(1), received(2)))
    store.close()
    return path


def change(path, sql, *values):
    connection = sqlite3.connect(path)
    connection.execute(sql, values)
    connection.commit()
    connection.close()


def test_it_is_wal_and_full(file):
    """A power cut loses no step."""
    store = SqlStore.sqlite(file)
    with store.connections.reading() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 2
    store.close()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "UPDATE coresponder_event SET body = replace(body, '911', '988') WHERE number = 2",
            "event 2 was changed",
        ),
        (
            "UPDATE coresponder_event SET kind = 'SceneCleared' WHERE number = 3",
            "event 3 was changed",
        ),
        (
            "UPDATE coresponder_event SET recorded_at = '2020' WHERE number = 1",
            "event 1 was changed",
        ),
        ("DELETE FROM coresponder_event WHERE number = 2", "event 2 is missing"),
        ("DELETE FROM coresponder_event WHERE number = 3", "3 events were written, 2 are there"),
        ("DELETE FROM coresponder_event", "3 events were written, 0 are there"),
        ("DELETE FROM coresponder_incident", "head row is missing"),
    ],
)
def test_a_changed_or_missing_row_is_found(file, sql, said):
    """The chain names the first that is not as it was written."""
    change(file, sql)
    store = SqlStore.sqlite(file)
    (fault,) = store.verify("north")
    assert said in fault
    if "head row" not in said:
        with pytest.raises(CorruptRecord, match="restore it from a backup"):
            store.load("north", "one")
    store.close()


def test_after_forget_nothing_of_the_text_is_left_in_the_file(tmp_path):
    """Neither in the pages nor in the write-ahead log; the chain verifies."""
    path = tmp_path / "night.db"
    store = SqlStore.sqlite(path)
    words = "a sentence that must not be found again " * 400
    store.append(a_step("one", 0, received()))
    store.remember("north", subject="person-1", kind="note", audience="clinical", text=words)
    store.remember(
        "north",
        subject="person-1",
        kind="note",
        audience="clinical",
        text="short but secret sentence",
    )
    assert any(b"must not be found" in f.read_bytes() for f in tmp_path.iterdir())
    assert store.forget("north", "person-1") == 2
    for f in tmp_path.iterdir():
        assert b"must not be found" not in f.read_bytes()
        assert b"secret sentence" not in f.read_bytes()
    assert store.verify("north") == ()
    store.close()


def test_forget_says_when_a_reader_holds_the_log(tmp_path):
    """It does not claim what it could not do."""
    path = tmp_path / "night.db"
    store = SqlStore.sqlite(path, busy_seconds=0.05)
    store.remember("north", subject="person-1", kind="note", audience="all", text="words")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM coresponder_vault").fetchall()
    with pytest.raises(StoreUnavailable, match="call forget again"):
        store.forget("north", "person-1")
    reader.execute("COMMIT")
    reader.close()
    assert store.forget("north", "person-1") == 0
    store.close()


def test_a_locked_file_says_so_and_nothing_is_written(file):
    """Another writer holds it longer than we wait."""
    store = SqlStore.sqlite(file, busy_seconds=0.05)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(
        StoreUnavailable, match="locked by another writer; nothing was written, try again"
    ):
        store.append(a_step("one", 3, received(3)))
    other.execute("ROLLBACK")
    other.close()
    store.append(a_step("one", 3, received(3)))
    assert store.version("north", "one") == 4
    store.close()


def test_a_store_is_read_while_another_writes(file):
    """Opening and reading take no write lock."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with SqlStore.sqlite(file, busy_seconds=0.05) as store:
        assert store.version("north", "one") == 3
        assert store.verify("north") == ()
    other.execute("ROLLBACK")
    other.close()


def test_a_read_only_file_says_so(file):
    """The error says what to do."""
    store = SqlStore.sqlite(file)
    with store.connections.reading() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    with pytest.raises(
        StoreUnavailable, match="read-only; nothing was written, give write permission"
    ):
        store.append(a_step("one", 3, received(3)))
    store.close()


def test_a_folder_that_cannot_be_written(tmp_path):
    """No file is made, and the error names it."""
    with pytest.raises(
        StoreUnavailable, match=r"night.db cannot be opened; nothing was written, name a file"
    ):
        SqlStore.sqlite(tmp_path / "missing" / "night.db")
    assert stat.S_ISDIR(tmp_path.stat().st_mode)


def test_a_full_disk_says_so(file):
    """SQLite's own limit stands in for the disk."""
    store = SqlStore.sqlite(file)
    with store.connections.reading() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="the disk is full; nothing was written"):
        for i in range(200):
            store.append(a_step(f"more-{i}", 0, *(received() for _ in range(20))))
    assert store.version("north", "one") == 3
    store.close()


def test_a_file_that_is_no_database(tmp_path):
    """It is named, and not touched."""
    path = tmp_path / "night.db"
    path.write_text("These are not the rows you are looking for. " * 50)
    with pytest.raises(CorruptRecord, match="not a usable database"):
        SqlStore.sqlite(path)
    assert path.read_text().startswith("These are not")


def test_a_newer_schema_is_refused(file):
    """An older library does not write into it."""
    change(file, "UPDATE coresponder_schema SET version = 99")
    with pytest.raises(CorruptRecord, match="schema version 99, this library writes 10"):
        SqlStore.sqlite(file)


def test_a_store_that_must_exist(tmp_path):
    """Reading makes no file."""
    with pytest.raises(NotFound, match="there is no such store"):
        SqlStore.sqlite(tmp_path / "none.db", must_exist=True)
    assert list(tmp_path.iterdir()) == []


def test_a_corrupt_body_is_named_by_incident_and_event(file):
    """Even if the chain was forged with it, a row that is no event is said to be so."""
    store = SqlStore.sqlite(file)
    bad = a_step("two", 0, received())
    broken = type(bad)(
        **{
            **{f: getattr(bad, f) for f in bad.__slots__ if f != "__weakref__"},
            "rows": (("CallReceived", 1, NOON, "{}"),),
        }
    )
    store.append(broken)
    with pytest.raises(
        CorruptRecord, match="incident two, event 1: the row of CallReceived cannot be read"
    ):
        Workflow(load_program("cit"), store, agency="north").case("two")
    store.close()


def test_without_sqlalchemy_the_error_says_what_to_install():
    """The core needs only attrs, transitions and pydantic."""
    code = "import sys; sys.modules['sqlalchemy'] = None; import coresponder\ntry: coresponder.SqlStore\nexcept ImportError as e: print(e)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'coresponder[sql]'" in found.stdout


def test_threads_share_a_store(tmp_path):
    """Eight threads on one incident: versions are dense and nothing is lost; on eight incidents
    they do not disturb one another.
    """
    store = SqlStore.sqlite(tmp_path / "night.db")
    flow = Workflow(load_program("cit"), store, clock=lambda: NOON + dt.timedelta(days=1))
    flow.receive(received(), incident="shared")
    faults = []

    def work(thread):
        try:
            flow.receive(received(), incident=f"own-{thread}")
            for i in range(10):
                at = NOON + dt.timedelta(minutes=i)
                flow.record("shared", WeaponSeen(at=at, by=f"officer-{thread}"))
                flow.record(f"own-{thread}", WeaponSeen(at=at, by=f"officer-{thread}"))
        except Exception as fault:
            faults.append(fault)
        finally:
            store.connections.mine.connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    case = flow.case("shared")
    assert case.version == 81
    assert Counter(event.by for event in case.history[1:] if event.by != "dispatcher-1") == {
        f"officer-{n}": 10 for n in range(8)
    }
    assert {flow.case(f"own-{n}").version for n in range(8)} == {11}
    assert store.verify("default") == ()
    store.close()


def test_a_checkpoint_reads_only_what_is_new(file):
    """Each query for rows that no checkpoint lists goes by the index of just these; one for the
    words about a person by that of subjects.
    """
    store = SqlStore.sqlite(file)
    texts = [
        statement.on(store.dialect) for statement in (ABOUT, NEW_INCIDENTS, *NEW_ROWS.values())
    ]
    with store.connections.reading() as cursor:
        for text in texts:
            plan = [
                row[3]
                for row in cursor.execute(
                    f"EXPLAIN QUERY PLAN {text}", {"agency": "x", "subject": "x", "limit": 9}
                ).fetchall()
            ]
            assert any("_unsealed" in line or "_subject" in line for line in plan), (text, plan)
            assert not any("SCAN" in line for line in plan), (text, plan)
    store.close()
