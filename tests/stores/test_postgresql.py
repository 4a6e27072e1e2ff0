"""The SQL store on a real PostgreSQL server."""

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest

from coresponder.domain import events as e
from coresponder.domain.objects import Prior, Team, TeamMember
from coresponder.errors import CorruptRecord, StoreUnavailable, VersionConflict
from coresponder.program import Notice, Override, load_program
from coresponder.simulation.field import Field
from coresponder.stores.base import Append, Summary
from coresponder.stores.memory import MemoryStore
from coresponder.stores.pages import every
from coresponder.stores.sql import SqlStore
from coresponder.stores.sql_outbox import _WAITING
from coresponder.stores.sql_turns import _MOVE_ON, _NEW
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

SEEN = e.WeaponSeen(at=at(3), by="officer-2")


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
        lines = {
            s.incident: [
                str(line) for line in again.timeline(s.incident) if line.event != "NoteAdded"
            ]
            for s in again.find()
        }
        nights.append(
            (
                again.find(),
                lines,
                again.due(),
                [out.notice for out in store.outbox("default", limit=10_000)],
                store.verify("default"),
            )
        )
        store.close()
    assert nights[0] == nights[1]


def write(store, incident, number, barrier):
    workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
    barrier.wait(20)
    try:
        if number is None:
            workflow.receive(received(), incident=incident)
        else:
            workflow.record(
                incident, e.SupervisorNotified(at=at(1), by=f"sergeant-{number}"), expected=1
            )
    except VersionConflict:
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
            won = list(
                pool.map(
                    lambda i, n=number, b=barrier: write(
                        SqlStore.postgresql(dsn), "one", n and i, b
                    ),
                    range(1, count + 1),
                )
            )
        assert sum(won) == 1
    assert [row.number for row in store.load("default", "one").rows] == [1, 2]
    store.close()


def test_writers_on_different_incidents_do_not_disturb_one_another(dsn):
    """Each writes its own chain; nobody is refused."""
    count = 12
    barrier = threading.Barrier(count)
    with ThreadPoolExecutor(count) as pool:
        assert all(
            pool.map(
                lambda i: write(SqlStore.postgresql(dsn), f"incident-{i}", None, barrier),
                range(count),
            )
        )
    store = SqlStore.postgresql(dsn)
    assert len(store.find("default")) == count
    assert store.verify("default") == ()
    store.close()


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_an_incident_that_a_host_holds_keeps_only_its_own_writers_waiting(dsn, ends):
    """A step on it, and one that sends the same responder, wait for the host's transaction; steps
    on other incidents, of the host too, do not.
    """
    team = Team(
        tier="t",
        model="primary_co_response",
        members=(TeamMember(responder="officer-1", role="cit_officer"),),
    )
    sent = e.TeamDispatched(at=at(2), by="dispatcher-1", team=team)
    done, overridden = [], Override(by="sergeant-1", reason="imminent_danger")

    def work(flow, incident, event):
        flow.record(incident, event, override=overridden if event is sent else None)
        done.append(incident)

    with SqlStore.postgresql(dsn) as store, psycopg.connect(dsn) as host:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        for incident in ("held", "same-officer", "other-1", "other-2", "hosts-other"):
            flow.receive(received(), incident=incident)
        host.execute("SELECT 1")
        flow.within(host).record("held", sent, override=overridden)
        wait = [threading.Thread(target=work, args=(flow, "held", SEEN)) for _ in range(3)]
        wait.append(threading.Thread(target=work, args=(flow, "same-officer", sent)))
        go_on = [threading.Thread(target=work, args=(flow, f"other-{n}", SEEN)) for n in (1, 2)]
        for thread in (*wait, *go_on):
            thread.start()
        for thread in go_on:
            thread.join(20)
        flow.record("hosts-other", SEEN)
        assert sorted(done) == ["other-1", "other-2"]
        getattr(host, ends)()
        for thread in wait:
            thread.join(20)
        assert sorted(done) == ["held", "held", "held", "other-1", "other-2", "same-officer"]
        assert store.version("default", "held") == 4 + (ends == "commit")
        assert [one.incident for one in store.engaged("default")] == ["same-officer"]
        assert store.verify("default") == ()


def test_forgotten_words_are_in_no_byte_of_the_table_after_it_was_scrubbed(dsn):
    """After forget no query finds the text, and after `scrub` no page of the table has it, short or
    long; what was not forgotten is there.
    """
    with SqlStore.postgresql(dsn) as store, store.engine.connect() as connection:

        def pages():
            ask = lambda text: connection.exec_driver_sql(text).scalar()
            connection.exec_driver_sql("checkpoint")
            folder = Path(ask("show data_directory"))
            table = folder / ask("select pg_relation_filepath('coresponder_vault')")
            long = folder / ask(
                "select pg_relation_filepath(reltoastrelid) from pg_class where oid = 'coresponder_vault'::regclass"
            )
            return table.read_bytes() + long.read_bytes()

        words = "words that must go"
        long = words + "".join(
            random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=20_000)
        )
        for subject, text in (
            ("person-1", words),
            ("person-1", long),
            ("person-2", "words that stay"),
        ):
            store.remember("default", subject=subject, kind="note", audience="all", text=text)
        assert pages().count(words.encode()) == 2
        assert store.forget("default", "person-1") == 2
        store.scrub()
        left = pages()
        assert words.encode() not in left
        assert long[-200:].encode() not in left
        assert b"words that stay" in left
        assert store.verify("default") == ()


def test_a_lost_connection_loses_nothing_and_the_next_step_goes_on(dsn):
    """The server ends the session in the middle: what became of the step is looked up on a new
    connection, and it is written once.
    """
    store = SqlStore.postgresql(dsn)
    workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
    workflow.receive(received(), incident="one")
    other = SqlStore.postgresql(dsn)
    with other.engine.connect() as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"
        )
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
        connection.exec_driver_sql(
            "update coresponder_event set body = replace(body, 'dispatcher-1', 'dispatcher-2')"
        )
    assert "event 1 was changed" in store.verify("default")[0]
    store.close()


class Counting:
    """Connections that count the statements which are sent."""

    def __init__(self, real):
        self.real, self.sent = real, []

    def __getattr__(self, name):
        return getattr(self.real, name)

    @contextmanager
    def _counted(self, context):
        with context as cursor:
            outer = self

            class Cursor:
                def execute(self, text, values=()):
                    outer.sent.append(text)
                    return cursor.execute(text, values)

                def __getattr__(self, name):
                    return getattr(cursor, name)

            yield Cursor()

    def reading(self):
        return self._counted(self.real.reading())

    def at_once(self):
        return self._counted(self.real.at_once())

    def writing(self):
        self.sent.append("BEGIN and COMMIT")
        return self._counted(self.real.writing())


def test_a_page_of_the_outbox_does_not_walk_over_what_was_delivered(dsn):
    """The server reads the index of those that wait, also where the primary key seems cheaper."""
    with SqlStore.postgresql(dsn) as store:
        notices = [
            Notice(incident=f"i-{n}", about="violation", to="peer", event="e", number=1)
            for n in range(3000)
        ]
        with store.batch():
            store.notify("default", notices, at=at(1))
        first = store.outbox("default", limit=100)
        store.delivered("default", *(out.id for out in first), at=at(2))
        with store.connections.reading() as cursor:
            cursor.execute("ANALYZE coresponder_outbox")
            values = {"agency": "default", "begin": 0, "limit": 100}
            cursor.execute("EXPLAIN " + _WAITING.on(store.dialect), values)
            plan = "".join(row[0] for row in cursor.fetchall())
        assert "coresponder_outbox_waiting" in plan
        assert "Sort" not in plan
        pages = [out.id for out in every(partial(store.outbox, "default"))]
        assert pages == [first[-1].id + n for n in range(1, 2901)]


@pytest.mark.parametrize("analyzed", [False, True])
def test_whose_turn_it_is_next_is_looked_up_in_the_lane(dsn, analyzed):
    """The server does not walk over all that wait, whether or not it knows how many there are."""
    with SqlStore.postgresql(dsn) as store:
        notices = [
            Notice(incident=f"i-{n}", about="violation", to="peer", event="e", number=1)
            for n in range(3000)
        ]
        with store.batch():
            store.notify("default", notices, at=at(1))
        ids = [out.id for out in store.claim("default", now=at(2), until=at(9), limit=200)]
        with store.connections.reading() as cursor:
            if analyzed:
                cursor.execute("ANALYZE coresponder_outbox")
            values = {"ids": json.dumps(ids), "now": "2026-01-09T12:00:00.000000+00:00"}
            values |= {"agency": "default", "channel": "", "limit": 10}
            for statement, index in ((_MOVE_ON, "lane"), (_NEW, "turn")):
                cursor.execute("EXPLAIN " + statement.on(store.dialect), values)
                plan = "".join(row[0] for row in cursor.fetchall())
                assert f"coresponder_outbox_{index}" in plan, plan
                assert "coresponder_outbox_waiting" not in plan
                assert "Seq Scan" not in plan


def test_a_step_is_one_round_trip(dsn):
    """Opening, stepping, with a person and a notice: one statement, which is its own transaction.
    Only engaging somebody takes more.
    """
    store = SqlStore.postgresql(dsn)
    workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
    store.connections = counting = Counting(store.connections)
    trips = []
    for act in (
        lambda: workflow.receive(received(), incident="one"),
        lambda: workflow.record("one", e.TeamUnavailable(at=at(1), by="dispatcher-1")),
        lambda: workflow.record(
            "one", e.ConsentDeclined(at=at(2), by="officer-1", person="person-1")
        ),
        lambda: workflow.record(
            "one",
            e.PersonInvolved(
                at=at(3), by="officer-1", person="person-1", role="person_in_crisis", prior=Prior()
            ),
        ),
    ):
        counting.sent.clear()
        act()
        trips.append(len(counting.sent))
    assert trips == [1, 1, 1, 1]
    counting.sent.clear()
    team = Team(
        tier="t",
        model="primary_co_response",
        members=(TeamMember(responder="officer-1", role="cit_officer"),),
    )
    workflow.record(
        "one",
        e.TeamDispatched(at=at(4), by="dispatcher-1", team=team),
        override=Override(by="sergeant-1", reason="imminent_danger"),
    )
    assert "FROM coresponder_engagement" in counting.sent[0], "it asks who is elsewhere"
    assert counting.sent[1] == "BEGIN and COMMIT", "it asks for nothing that it remembers"
    assert len(store.outbox("default")) == 1
    assert store.verify("default") == ()
    counting.sent.clear()
    other = Workflow(load_program("cit"), store, clock=lambda: at(60))
    other.record("one", e.WeaponSeen(at=at(5), by="officer-1"))
    assert len([text for text in counting.sent if text.startswith("WITH moved")]) == 1
    assert len(counting.sent) <= 3, counting.sent
    store.connections = counting.real
    store.close()


def test_a_step_on_an_old_head_falls_back_and_is_told(dsn):
    """Another store was faster: what this one remembers of the head is not trusted, whoever expects
    a version is told the true one.
    """
    store, other = SqlStore.postgresql(dsn), SqlStore.postgresql(dsn)
    mine, yours = (
        Workflow(load_program("cit"), one, clock=lambda: at(60)) for one in (store, other)
    )
    mine.receive(received(), incident="one")
    yours.record("one", e.WeaponSeen(at=at(1), by="officer-2"))
    assert mine.record("one", e.WeaponSeen(at=at(2), by="officer-1")).case.version == 3
    yours.record("one", e.WeaponSeen(at=at(3), by="officer-2"))
    with pytest.raises(VersionConflict) as stale:
        mine.record("one", e.WeaponSeen(at=at(4), by="officer-1"), expected=3)
    assert stale.value.found == 4
    assert store.verify("default") == ()
    store.close()
    other.close()


def test_all_connections_busy_says_so(dsn):
    """More threads than connections wait; when the wait is over, they are told what to change, and
    nothing is lost.
    """
    store = SqlStore.postgresql(dsn, connections=1)
    store.engine.pool._timeout = 0.05
    with (
        store.connections.reading(),
        pytest.raises(StoreUnavailable, match="every connection is busy; nothing was written"),
    ):
        store.version("default", "one")
    assert store.version("default", "one") == 0
    store.close()


def test_a_full_disk_says_so(dsn):
    """The server's own error for a disk without room, raised by the server: nothing is written, and
    the next step goes on.
    """
    store = SqlStore.postgresql(dsn)
    workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
    workflow.receive(received(), incident="one")
    with store.connections.writing() as cursor:
        cursor.execute(
            "CREATE FUNCTION full() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON coresponder_event FOR EACH ROW EXECUTE FUNCTION full()"
        )
    with pytest.raises(
        StoreUnavailable, match="the disk is full; nothing was written, make room and try again"
    ):
        workflow.record("one", e.WeaponSeen(at=at(1), by="officer-1"))
    with store.connections.writing() as cursor:
        cursor.execute("DROP TRIGGER full_disk ON coresponder_event")
    assert workflow.record("one", e.WeaponSeen(at=at(1), by="officer-1")).case.version == 2
    assert store.verify("default") == ()
    store.close()


def test_a_history_of_any_length_is_taken(dsn):
    """More rows than one statement has parameters for."""
    with SqlStore.postgresql(dsn) as store:
        workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        seen = [e.WeaponSeen(at=at(1), by="officer-1")] * 8000
        assert workflow.replay("long", [received(), *seen]).version == 8001
        assert workflow.record("long", seen[0]).case.version == 8002
        assert store.verify("default") == ()


def test_an_event_of_a_newer_library_is_named(dsn):
    """Its version is not known here: the incident cannot be read, and the error says to upgrade."""
    store = SqlStore.postgresql(dsn)
    rows = (("WeaponSeen", 9, at(0), received().to_json()),)
    store.append(
        Append(
            agency="default",
            expected=0,
            rows=rows,
            recorded_at=at(1),
            summary=Summary(
                incident="one",
                program=load_program("cit").name,
                state="x",
                version=1,
                opened_at=at(0),
            ),
        )
    )
    workflow = Workflow(load_program("cit"), store, clock=lambda: at(60))
    with pytest.raises(
        CorruptRecord,
        match="incident one, event 1: WeaponSeen has version 9, this library knows up to"
        f" {e.WeaponSeen.version}; upgrade coresponder",
    ):
        workflow.case("one")
    store.close()
