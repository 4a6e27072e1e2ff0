"""Nothing waits for ever: a table that is locked, a server that does not answer, an idle reader
while words are forgotten.
"""

import os
import subprocess
import sys
import threading
import time

import psycopg
import pytest

from coresponder.clock import _WATCH, Limit
from coresponder.domain import events as e
from coresponder.errors import OutcomeUnknown, StoreUnavailable
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received
from tests.stores.wire import Wire

SEEN = e.WeaponSeen(at=at(3), by="officer-2")


@pytest.fixture
def dsn(postgres):
    found = postgres.database()
    SqlStore.postgresql(found).close()
    return found


def test_a_locked_table_is_not_waited_for_longer_than_the_host_says(dsn):
    """The server ends the statement: nothing was written, and the next step goes through."""
    with SqlStore.postgresql(dsn, wait_seconds=0.5) as store, psycopg.connect(dsn) as other:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        other.execute("LOCK TABLE coresponder_event")
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="took longer than allowed.*nothing was written"):
            flow.record("one", SEEN)
        assert time.monotonic() - began < 10
        other.rollback()
        assert flow.record("one", SEEN).case.version == 2


def test_a_server_that_does_not_answer_is_given_up(dsn):
    """The connection is cut from here. What became of the step is not known, and that is said;
    later the same request finds it.
    """
    wire = Wire(dsn)
    with SqlStore.postgresql(wire.dsn, wait_seconds=0.5) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        wire.frozen, began = True, time.monotonic()
        with pytest.raises(OutcomeUnknown) as told:
            flow.record("one", SEEN)
        assert time.monotonic() - began < 20
        wire.frozen = False
        assert flow.record("one", SEEN, request=told.value.request).case.version == 2
        assert store.version("default", "one") == 2
    wire.close()


def test_forgetting_waits_for_no_reader_and_keeps_nobody_waiting(dsn):
    """Somebody has read the vault and left the transaction open: words are forgotten, and new ones
    go in. `scrub` gives up and says so.
    """
    with SqlStore.postgresql(dsn) as store, psycopg.connect(dsn) as idle:
        store.remember("default", subject="person-1", kind="note", audience="all", text="words")
        idle.execute("SELECT * FROM coresponder_vault").fetchall()
        began = time.monotonic()
        assert store.forget("default", "person-1") == 1
        kept = store.remember(
            "default", subject="person-2", kind="note", audience="all", text="other words"
        )
        assert store.recall("default", kept.id, audience="all").text == "other words"
        assert time.monotonic() - began < 4
        with pytest.raises(StoreUnavailable, match="took longer than allowed"):
            store.scrub()
        idle.rollback()
        store.scrub()


def test_what_ends_in_time_is_not_cut():
    """And what does not is cut once, also when another that takes longer is under way."""
    cut, done = [], threading.Event()
    with (
        Limit(30, lambda: cut.append("long")),
        Limit(0.05, lambda: (cut.append("short"), done.set())),
    ):
        assert done.wait(10)
    with Limit(0.05, lambda: cut.append("ended")):
        pass
    done.clear()
    with Limit(0.1, done.set):
        assert done.wait(10)
    assert cut == ["short"]


def test_a_limit_holds_for_each_wait_on_the_same_thing():
    """A wait is measured from its own start: not cut at the limit of one that ended before it, and
    cut at its own, also after a cut that failed.
    """
    cut, done = [], threading.Event()

    def fail():
        cut.append(time.monotonic())
        done.set()
        raise RuntimeError("the connection is gone")

    limit = Limit(0.3, fail)
    with limit:
        pass
    threading.Event().wait(0.2)
    for _ in range(2):
        done.clear()
        began = time.monotonic()
        with limit:
            assert done.wait(10)
        assert cut[-1] - began >= 0.3
    assert len(cut) == 2


def test_many_waits_leave_one_thing_to_watch():
    """A thousand statements on one connection leave no more behind than one."""
    limit = Limit(30, lambda: None)
    for _ in range(1000):
        with limit:
            pass
    assert len([one for *_, one in _WATCH._limits if one is limit]) == 1


_FORKS = """
import os, threading
from coresponder.clock import _WATCH, Limit
limit = Limit(0.2, lambda: os._exit(7))
with limit:
    pass
if (child := os.fork()) == 0:
    with limit:
        threading.Event().wait(20)
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_limit_is_watched_in_a_child_too():
    """A child of a fork has neither the thread that watches nor its parent's limits: a limit is
    watched anew when it is entered.
    """
    command = [sys.executable, "-W", "ignore", "-c", _FORKS]
    assert subprocess.run(command, check=False, timeout=60).returncode == 7
