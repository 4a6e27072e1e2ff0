"""The same store and workflow over asyncio drivers."""

import asyncio
import gc
import itertools

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.util import await_only, greenlet_spawn

from coresponder import asyncio as module
from coresponder.asyncio import AsyncStore, AsyncWorkflow
from coresponder.domain import events as e
from coresponder.errors import Refused, VersionConflict
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.testing import STORE_RULES
from tests.conftest import at
from tests.program.test_advance import received


class Bridge:
    """Lets a rule, which calls, run on a store that is awaited."""

    def __init__(self, awaited):
        self.awaited = awaited

    @property
    def settled(self):
        return self.awaited.store.settled

    def batch(self):
        return self.awaited.store.batch()

    def __getattr__(self, name):
        method = getattr(self.awaited, name)
        return lambda *args, **kwargs: await_only(method(*args, **kwargs))


def opener(kind, request, tmp_path):
    """Return a function that makes an engine on an empty database with tables."""
    numbers = itertools.count()
    server = request.getfixturevalue("postgres") if kind == "postgresql" else None

    def make():
        if server is None:
            path = tmp_path / f"{next(numbers)}.db"
            SqlStore.sqlite(path).close()
            return create_async_engine(f"sqlite+aiosqlite:///{path}")
        dsn = server.database()
        SqlStore.postgresql(dsn).close()
        return create_async_engine(dsn.replace("postgresql://", "postgresql+psycopg://"))

    return make


KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


@KINDS
@pytest.mark.parametrize("rule", STORE_RULES, ids=lambda rule: rule.__name__)
def test_the_async_store_keeps_every_rule(kind, rule, request, tmp_path):
    """One conformance suite for all stores; what is awaited differs in nothing else."""
    engine, engines = opener(kind, request, tmp_path), []

    def make():
        engines.append(engine())
        return Bridge(AsyncStore(engines[-1]))

    async def main():
        try:
            await greenlet_spawn(rule, make)
        finally:
            for one in engines:
                await one.dispose()

    asyncio.run(main())


@KINDS
def test_many_tasks_in_one_thread(kind, request, tmp_path):
    """Sixteen tasks open one incident each and then race on one: nobody is disturbed, exactly one
    wins.
    """
    engine = opener(kind, request, tmp_path)()

    async def main():
        workflow = await AsyncWorkflow.start(load_program("cit"), engine, clock=lambda: at(60))
        await asyncio.gather(
            *(workflow.receive(received(), incident=f"own-{n}") for n in range(16))
        )
        await workflow.receive(received(), incident="shared")

        async def race(n):
            try:
                await workflow.record(
                    "shared", e.SupervisorNotified(at=at(1), by=f"sergeant-{n}"), expected=1
                )
            except VersionConflict:
                return False
            return True

        won = await asyncio.gather(*(race(n) for n in range(16)))
        found = await workflow.find()
        faults = await AsyncStore(engine).verify("default")
        await engine.dispose()
        return won, found, faults

    won, found, faults = asyncio.run(main())
    assert sum(won) == 1
    assert len(found) == 17
    assert faults == ()


@KINDS
def test_tasks_share_commits_and_survive_those_that_are_cancelled(kind, request, tmp_path):
    """Of 32 tasks every fourth is cancelled on its way: what was taken is there, what was not is
    not, versions are dense, and most shared a commit.
    """
    engine, taken, sizes, all_on_their_way = (
        opener(kind, request, tmp_path)(),
        {},
        [],
        asyncio.Event(),
    )

    async def work(workflow, n):
        for minute in range(1, 7):
            await workflow.record(f"own-{n}", e.SupervisorNotified(at=at(minute), by="sergeant-1"))
            taken[n] = minute + 1
            if len(taken) == 32:
                all_on_their_way.set()

    async def main():
        workflow = await AsyncWorkflow.start(load_program("cit"), engine, clock=lambda: at(60))
        await asyncio.gather(
            *(workflow.receive(received(), incident=f"own-{n}") for n in range(32))
        )
        group = workflow.workflow.store._group
        together = group.together
        group.together = lambda steps: sizes.append(len(steps)) or together(steps)
        running = [asyncio.create_task(work(workflow, n)) for n in range(32)]
        await all_on_their_way.wait()
        for one in running[::4]:
            one.cancel()
        ended = await asyncio.gather(*running, return_exceptions=True)
        versions = [(await workflow.case(f"own-{n}")).version for n in range(32)]
        faults = await AsyncStore(engine).verify("default")
        await engine.dispose()
        return ended, versions, faults

    ended, versions, faults = asyncio.run(main())
    assert [
        n for n, error in enumerate(ended) if isinstance(error, asyncio.CancelledError)
    ] == list(range(0, 32, 4))
    assert all(versions[n] - taken[n] in ({0, 1} if n % 4 == 0 else {0}) for n in range(32))
    assert faults == ()
    assert max(sizes) >= 16


@KINDS
def test_the_hosts_async_transaction(kind, request, tmp_path):
    """What is recorded inside an `AsyncSession` is gone after a roll-back and there after a commit;
    a refusal harms neither.
    """
    engine = opener(kind, request, tmp_path)()

    async def main():
        workflow = await AsyncWorkflow.start(load_program("cit"), engine, clock=lambda: at(60))
        async with AsyncSession(engine) as session:
            await workflow.within(session, lambda w: w.receive(received(), incident="one"))
            await session.rollback()
        gone = await workflow.find()
        async with AsyncSession(engine) as session:
            await workflow.within(session, lambda w: w.receive(received(), incident="one"))
            with pytest.raises(Refused):
                await workflow.within(
                    session, lambda w: w.record("one", e.IncidentClosed(at=at(2), by="officer-1"))
                )
            await workflow.within(
                session, lambda w: w.record("one", e.TeamUnavailable(at=at(3), by="dispatcher-1"))
            )
            await session.commit()
        there = await workflow.timeline("one")
        waiting = await AsyncStore(engine).outbox("default")
        owed, answers = await workflow.due(at(10)), await workflow.permitted("one", at(10))
        await engine.dispose()
        return gone, there, waiting, owed, answers

    gone, there, waiting, owed, answers = asyncio.run(main())
    assert gone == ()
    assert [line.event for line in there] == ["CallReceived", "TeamUnavailable"]
    assert [out.notice.about for out in waiting] == ["TeamUnavailable"]
    assert owed
    assert any(answer.event == "TeamDispatched" and answer.permitted for answer in answers)


def test_the_hosts_engine_stays_as_it_is(tmp_path):
    """Our calls commit by themselves on it, the host's own do not: what the host rolls back is
    gone. Forgotten words are in no byte of the file.
    """
    path = tmp_path / "host.db"
    SqlStore.sqlite(path).close()
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")

    async def main():
        store = AsyncStore(engine)
        await store.remember(
            "default", subject="person-1", kind="note", audience="all", text="words that must go"
        )
        async with engine.connect() as connection:
            await connection.exec_driver_sql("CREATE TABLE report (id TEXT)")
            await connection.commit()
            await connection.exec_driver_sql("INSERT INTO report VALUES ('r-1')")
            await connection.rollback()
            left = (await connection.exec_driver_sql("SELECT count(*) FROM report")).scalar()
        assert await store.forget("default", "person-1") == 1
        await engine.dispose()
        return left

    assert asyncio.run(main()) == 0
    assert all(b"words that must go" not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_canceled_await_leaves_nothing_behind(tmp_path, caplog, recwarn):
    """No connection is lost and nothing is logged; what was begun is written whole or not at all,
    and the store goes on.
    """

    async def main():
        SqlStore.sqlite(tmp_path / "x.db").close()
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
        workflow = await AsyncWorkflow.start(load_program("new-haven-cdcp"), engine)
        for turn in range(6):
            tasks = [
                asyncio.create_task(workflow.receive(received(), incident=f"i-{turn}-{n}"))
                for n in range(8)
            ]
            tasks += [asyncio.create_task(workflow.find()) for _ in range(8)]
            for _ in range(turn * 3):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        gc.collect()
        pool = engine.sync_engine.pool
        assert (
            not hasattr(pool, "checkedout") or pool.checkedout() == 0
        )  # an older SQLAlchemy keeps no connections to a file
        for summary in await workflow.find():
            assert (await workflow.case(summary.incident)).version == 1
        await engine.dispose()

    asyncio.run(main())
    assert [record.getMessage() for record in caplog.records] == []
    assert [str(one.message) for one in recwarn] == []


def test_a_host_that_gives_up_is_not_held_by_a_database_that_does_not_answer(monkeypatch):
    """After the grace the work is canceled too."""
    monkeypatch.setattr(module, "_GRACE", 0.01)

    async def main():
        stopped = []

        def stuck():
            try:
                await_only(asyncio.get_running_loop().create_future())
            except asyncio.CancelledError:
                stopped.append(True)
                raise

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await module._run(stuck)
        await asyncio.sleep(0)
        assert stopped == [True]

    asyncio.run(main())
