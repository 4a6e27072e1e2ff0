"""The library inside the host's transaction: with each kind of connection, a roll-back takes events
and notices with it.
"""

import sqlite3

import django
import psycopg
import pytest
import sqlalchemy as sa
from psycopg.rows import dict_row
from sqlalchemy.orm import Session

from coresponder.delivery.memory import MemoryNotifier
from coresponder.domain import events as e
from coresponder.errors import Refused, StoreUnavailable, VersionConflict
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

HOST = "CREATE TABLE report (id VARCHAR(20) PRIMARY KEY)"


class Host:
    """A host of each kind: `begin` gives (connection to join, run SQL, end with commit or
    roll-back).
    """

    def __init__(self, store, where):
        self.store, self.where = store, where

    def count(self):
        with self.store.connections.reading() as cursor:
            return cursor.execute("SELECT count(*) FROM report").fetchone()[0]


class SqlalchemyConnection(Host):
    def begin(self):
        connection = (
            self.store.engine.execution_options()
            .connect()
            .execution_options(isolation_level=self.where[1])
        )
        return (
            connection,
            connection.exec_driver_sql,
            lambda keep: (
                (connection.commit if keep else connection.rollback)() or connection.close()
            ),
        )


class SqlalchemySession(Host):
    def begin(self):
        session = Session(sa.create_engine(self.where[0]))
        engine = session.get_bind()
        return (
            session,
            lambda text: session.execute(sa.text(text)),
            lambda keep: (
                (session.commit if keep else session.rollback)()
                or session.close()
                or engine.dispose()
            ),
        )


class Driver(Host):
    def begin(self):
        connection = self.connect()
        return (
            connection,
            connection.execute,
            lambda keep: (
                (connection.commit if keep else connection.rollback)() or connection.close()
            ),
        )


class Sqlite3(Driver):
    def connect(self):
        connection = sqlite3.connect(self.where[0].removeprefix("sqlite:///"))
        connection.row_factory = sqlite3.Row
        return connection


class Psycopg(Driver):
    def connect(self):
        return psycopg.connect(self.where[0].replace("+psycopg", ""), row_factory=dict_row)


class Django(Host):
    def begin(self):
        from django.db import connections, transaction

        name = "host"
        connections.settings[name] = connections.configure_settings(
            {name: self.django(), "default": {}}
        )[name]
        connection = connections[name]
        atomic = transaction.atomic(using=name)
        atomic.__enter__()

        def end(keep):
            if not keep:
                transaction.set_rollback(True, using=name)
            atomic.__exit__(None, None, None)
            connection.close()
            del connections[name]

        def run(text):
            with connection.cursor() as cursor:
                cursor.execute(text)

        return connection, run, end

    def django(self):
        url = sa.make_url(self.where[0])
        if url.drivername.startswith("sqlite"):
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.database}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.database,
            "USER": url.username,
            "HOST": url.query["host"],
        }


KINDS = [
    (SqlalchemyConnection, "sqlite"), (SqlalchemySession, "sqlite"), (Sqlite3, "sqlite"), (Django, "sqlite"),
    (SqlalchemyConnection, "postgresql"), (SqlalchemySession, "postgresql"), (Psycopg, "postgresql"), (Django, "postgresql"),
]  # fmt: skip


@pytest.fixture(params=KINDS, ids=lambda pair: f"{pair[0].__name__} on {pair[1]}")
def host(request, tmp_path):
    from django.conf import settings

    kind, database = request.param
    if not settings.configured:
        settings.configure(
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            USE_TZ=True,
        )
        django.setup()
    if database == "sqlite":
        store, where = (
            SqlStore.sqlite(tmp_path / "host.db"),
            (f"sqlite:///{tmp_path / 'host.db'}", "SERIALIZABLE"),
        )
    else:
        dsn = request.getfixturevalue("postgres").database()
        store, where = (
            SqlStore.postgresql(dsn),
            (dsn.replace("postgresql://", "postgresql+psycopg://"), "READ COMMITTED"),
        )
    with store.connections.writing() as cursor:
        cursor.execute(HOST)
    yield kind(store, where)
    store.close()


def flow(store, **options):
    return Workflow(load_program("cit"), store, clock=lambda: at(60), **options)


def test_a_roll_back_takes_events_and_notices_with_it(host):
    """The host's row, our events, our notices: all or none, whichever way the host connects."""
    carried = MemoryNotifier()
    workflow = flow(host.store, notifier=carried)
    for keep in (False, True):
        connection, run, end = host.begin()
        run("INSERT INTO report VALUES ('r-1')")
        joined = workflow.within(connection)
        joined.receive(received(), incident="one")
        step = joined.record("one", e.TeamUnavailable(at=at(3), by="dispatcher-1"))
        assert step.case.version == 2
        assert [out.notice.about for out in joined.store.outbox("default")] == ["TeamUnavailable"]
        assert joined.deliver() == 0
        end(keep)
        assert host.count() == keep
        assert [s.version for s in workflow.find()] == ([2] if keep else [])
        assert len(host.store.outbox("default")) == keep
    assert carried.sent == ()
    assert workflow.deliver() == 1
    assert host.store.verify("default") == ()


def test_a_refused_or_stale_step_leaves_the_hosts_transaction_usable(host):
    """The host goes on and commits its own work after our refusal."""
    workflow = flow(host.store)
    workflow.receive(received(), incident="one")
    connection, run, end = host.begin()
    joined = workflow.within(connection)
    with pytest.raises(Refused):
        joined.record("one", e.IncidentClosed(at=at(2), by="officer-1"))
    with pytest.raises(VersionConflict):
        joined.receive(received(), incident="one")
    run("INSERT INTO report VALUES ('r-1')")
    joined.record("one", e.TeamUnavailable(at=at(3), by="dispatcher-1"))
    end(True)
    assert host.count() == 1
    assert workflow.case("one").version == 2


def test_what_was_rolled_back_is_not_remembered(host):
    """A case of a transaction that never was is not taken for the incident's state, even if another
    step got the same number.
    """
    workflow = flow(host.store)
    workflow.receive(received(), incident="one")
    connection, _, end = host.begin()
    workflow.within(connection).record("one", e.WeaponSeen(at=at(1), by="officer-1"))
    end(False)
    assert workflow.record("one", e.TeamUnavailable(at=at(2), by="dispatcher-1")).case.version == 2
    assert [line.event for line in workflow.timeline("one")] == ["CallReceived", "TeamUnavailable"]
    assert host.store.verify("default") == ()


def test_a_connection_that_commits_by_itself_is_refused(postgres, tmp_path):
    """A roll-back could not take the step with it, so nothing is written, and the error says what
    to do.
    """
    dsn = postgres.database()
    SqlStore.postgresql(dsn).close()
    SqlStore.sqlite(tmp_path / "x.db").close()
    with psycopg.connect(dsn, autocommit=True) as one:
        with pytest.raises(StoreUnavailable, match="begin a transaction first"):
            flow(SqlStore.join(one)).receive(received(), incident="one")
        with one.transaction():
            flow(SqlStore.join(one)).receive(received(), incident="one")
    two = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    with pytest.raises(StoreUnavailable, match="begin a transaction first"):
        flow(SqlStore.join(two)).receive(received(), incident="one")
    two.close()
    with pytest.raises(StoreUnavailable, match="is not a connection that a store can join"):
        SqlStore.join(object())


def test_a_database_without_tables_says_so(tmp_path):
    """A host that forgot the tables is told how to get them."""
    connection = sqlite3.connect(tmp_path / "empty.db")
    with pytest.raises(StoreUnavailable, match="coresponder schema sqlite"):
        SqlStore.join(connection).check_schema()
    connection.close()
