"""The SQL store on a real PostgreSQL server."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from coresponder.domain import events as e
from coresponder.errors import CorruptRecord, StaleVersion, StoreUnavailable
from coresponder.program import load_program
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore
from coresponder.testing import Field
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received


@pytest.fixture
def dsn(postgres):
    return postgres.database()


def test_a_night_is_the_same_as_in_memory(dsn):
    """The same cases, projections, obligations and notices, and every chain verifies."""
    nights = []
    for store in (MemoryStore(), SqlStore.postgresql(dsn)):
        workflow = Workflow(load_program("hartford-vt"), store)
        Field(workflow, seed=7).play(25)
        again = Workflow(workflow.program, store, clock=workflow.clock)
        lines = {s.incident: [str(line) for line in again.timeline(s.incident) if line.event != "NoteAdded"] for s in again.find()}
        nights.append((again.find(), lines, again.due(), [out.notice for out in store.outbox("default", limit=10_000)], store.verify("default")))
        store.close()
    assert nights[0] == nights[1]


def write(store, incident, number, barrier):
    workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
    barrier.wait(20)
    try:
        if number is None:
            workflow.receive(received(), incident=incident)
        else:
            workflow.record(incident, e.SupervisorNotified(at=at(1), by=f"sergeant-{number}"), expected=1)
    except StaleVersion:
        return False
    finally:
        store.close()
    return True


def test_of_many_writers_on_one_incident_exactly_one_wins(dsn):
    """Opening and stepping: one winner each, the others are told, versions are dense."""
    store, count = SqlStore.postgresql(dsn), 12
    for number in (None, 1):
        barrier = threading.Barrier(count)
        with ThreadPoolExecutor(count) as pool:
            won = list(pool.map(lambda i, n=number, b=barrier: write(SqlStore.postgresql(dsn), "one", n and i, b), range(1, count + 1)))
        assert sum(won) == 1
    assert [row.number for row in store.load("default", "one").rows] == [1, 2]
    store.close()


def test_writers_on_different_incidents_do_not_disturb_one_another(dsn):
    """Each writes its own chain; nobody is refused."""
    count = 12
    barrier = threading.Barrier(count)
    with ThreadPoolExecutor(count) as pool:
        assert all(pool.map(lambda i: write(SqlStore.postgresql(dsn), f"incident-{i}", None, barrier), range(count)))
    store = SqlStore.postgresql(dsn)
    assert len(store.find("default")) == count
    assert store.verify("default") == ()
    store.close()


def test_forgotten_words_are_in_no_table(dsn):
    """After forget no query finds the text, and the rows' space is free."""
    store = SqlStore.postgresql(dsn)
    store.remember("default", subject="person-1", kind="note", audience="all", text="words that must go")
    assert store.forget("default", "person-1") == 1
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from coresponder_vault").scalar() == 0
        assert connection.exec_driver_sql("select pg_relation_size('coresponder_vault')").scalar() == 0
    store.close()


def test_a_lost_connection_loses_nothing_and_the_next_step_goes_on(dsn):
    """The server ends the session in the middle: a clear error, nothing half written, and a new connection afterwards."""
    store = SqlStore.postgresql(dsn)
    workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
    workflow.receive(received(), incident="one")
    other = SqlStore.postgresql(dsn)
    with other.engine.connect() as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"
        )
    with pytest.raises(StoreUnavailable, match="nothing of this step was written, try again"):
        workflow.record("one", e.SupervisorNotified(at=at(1), by="sergeant-1"))
    assert workflow.record("one", e.SupervisorNotified(at=at(1), by="sergeant-1")).case.version == 2
    assert store.verify("default") == ()
    store.close()
    other.close()


def test_what_cannot_be_opened_says_what_to_do(postgres, dsn):
    """A DSN that is none, no server, no database, tables of a newer version."""
    with pytest.raises(StoreUnavailable, match="is not a DSN"):
        SqlStore.postgresql("not a dsn")
    with pytest.raises(StoreUnavailable, match="cannot be reached or used now"):
        SqlStore.postgresql("postgresql://tester@/x?host=/nowhere")
    with pytest.raises(StoreUnavailable, match="no_such"):
        SqlStore.postgresql(postgres.dsn("no_such"))
    store = SqlStore.postgresql(dsn)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("update coresponder_schema set version = 99")
    store.close()
    with pytest.raises(CorruptRecord, match="schema version 99"):
        SqlStore.postgresql(dsn)


def test_a_changed_row_is_named(dsn):
    """The chain finds what was changed behind the store's back."""
    store = SqlStore.postgresql(dsn)
    Workflow(load_program("cit"), store, clock=lambda: at(60)).receive(received(), incident="one")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("update coresponder_event set body = replace(body, 'dispatcher-1', 'dispatcher-2')")
    assert "event 1 was changed" in store.verify("default")[0]
    store.close()
