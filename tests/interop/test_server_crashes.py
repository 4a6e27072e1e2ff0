"""A PostgreSQL server that crashes again and again while a health record's news is taken."""

import random
import tempfile
import threading
from pathlib import Path

import pytest

from coresponder import MemoryStore, OutcomeUnknown, SqlStore, StoreUnavailable
from tests.interop.test_fhir_in import bundle, of
from tests.interop.test_fhir_processes import ACCEPTED, GIVEN, KNOWN, MADE, desk, take
from tests.postgres import Server, binaries

INCIDENTS = 100
NEWS = bundle(ACCEPTED, of(GIVEN), MADE)


@pytest.fixture
def server():
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed, and no wheel brings one for this Python")
    with tempfile.TemporaryDirectory(
        prefix="pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        server = Server(Path(folder), programs, fsync="on").start()
        yield server
        server.stop()


def crash_until(server, done, crashes):
    """Crash a server every second or two, and start it again."""
    draw = random.Random(7)
    while not done.wait(draw.uniform(0.3, 2)):
        server.crash()
        crashes.append(len(crashes))
        done.wait(draw.uniform(0, 0.5))
        server.begin()


def until_told(do):
    """Do something again, as a host does, as long as the store cannot be reached or its answer is lost."""
    for _ in range(600):
        try:
            return do()
        except (StoreUnavailable, OutcomeUnknown):
            threading.Event().wait(0.1)
    raise AssertionError("the store did not come back within a minute")


@pytest.mark.slow
def test_a_server_that_crashes_again_and_again_loses_nothing_and_doubles_nothing(server):
    """What was taken is there, and what a host takes again is recorded once, however often it ends."""
    dsn = server.database()
    workflow = desk(MemoryStore())
    workflow.replay("7", KNOWN)
    take(workflow, NEWS, "7")
    with SqlStore.postgresql(dsn) as store:
        for number in range(INCIDENTS):
            desk(store).replay(f"n{number}", KNOWN)
    done, crashes = threading.Event(), []
    crashing = threading.Thread(target=crash_until, args=(server, done, crashes))
    with until_told(lambda: SqlStore.postgresql(dsn)) as store:
        crashing.start()
        try:
            for number in range(INCIDENTS):
                until_told(lambda number=number: take(desk(store), NEWS, f"n{number}"))
        finally:
            done.set()
            crashing.join()
    with until_told(lambda: SqlStore.postgresql(dsn)) as store:
        assert crashes
        assert store.verify("default") == ()
        for number in range(INCIDENTS):
            assert desk(store).case(f"n{number}").recorded() == workflow.case("7").recorded()
