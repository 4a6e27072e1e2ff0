"""The embedded relay, procrastinate and (if it is installed) DBOS: the same 600 notices of 60 incidents, and one notice's way.

No budget; ADR 0020 was decided by these figures. `python -m benchmarks.engines`
"""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.util
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

from benchmarks.databases import _server
from coresponder.engine import Engine
from coresponder.program import Notice
from coresponder.relay import Relay
from coresponder.stores.sql import SqlStore

COUNT, INCIDENTS = 600, 60


class Takes:
    """A receiver that takes everything at once."""

    def __init__(self) -> None:
        self.got: list[tuple[str, int]] = []

    def send(self, notice: Notice, *, key: str) -> None:
        self.got.append((notice.incident, notice.number))

    @property
    def in_order(self) -> bool:
        last: dict[str, int] = {}
        for incident, number in self.got:
            if number < last.get(incident, -1):
                return False
            last[incident] = number
        return True


def _notice(number: int, incident: str | None = None) -> Notice:
    return Notice(incident=incident or f"i-{number % INCIDENTS}", about="violation", to="peer", event="e", number=number // INCIDENTS)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _until(takes: Takes, count: int) -> None:
    limit = time.perf_counter() + 60
    while len(takes.got) < count and time.perf_counter() < limit:
        time.sleep(0.0005)


def _tell(name: str, put: Callable[[Notice], object], takes: Takes, start: Callable[[], Callable[[], None]]) -> None:
    """Put everything, start the worker, and wait until all has come; then the way of single notices."""
    began = time.perf_counter()
    for number in range(COUNT):
        put(_notice(number))
    putting, began = time.perf_counter() - began, time.perf_counter()
    stop = start()
    _until(takes, COUNT)
    carrying, ways = time.perf_counter() - began, []
    for number in range(20):
        began = time.perf_counter()
        put(_notice(number * INCIDENTS, "single"))
        _until(takes, COUNT + number + 1)
        ways.append((time.perf_counter() - began) * 1000)
    stop()
    order = "in order" if takes.in_order else "OUT OF ORDER"
    print(
        f"{name:14} put {COUNT / putting:6.0f}/s  carried {COUNT / carrying:6.0f}/s  one notice {statistics.median(ways):6.1f} ms (most {max(ways):6.1f})  {order}"
    )


def relay(dsn: str) -> None:
    store, takes, stop = SqlStore.postgresql(dsn), Takes(), threading.Event()
    thread = threading.Thread(target=Relay(store=store, notifier=takes).run, args=(stop,), kwargs={"idle": dt.timedelta(milliseconds=100)})

    def start() -> Callable[[], None]:
        thread.start()
        return stop.set

    _tell("relay", lambda n: store.notify("default", [n], at=_now()), takes, start)
    thread.join()
    store.close()


def procrastinate(dsn: str) -> None:
    store, takes = SqlStore.postgresql(dsn), Takes()
    engine = Engine(dsn=dsn, store=store, notifier=takes)
    engine.install()
    loop = asyncio.new_event_loop()
    tasks: list[Any] = []

    def work() -> None:
        tasks.append(loop.create_task(engine.run(concurrency=8)))
        try:
            loop.run_until_complete(tasks[0])
        except asyncio.CancelledError:
            loop.close()

    thread = threading.Thread(target=work)

    def start() -> Callable[[], None]:
        thread.start()
        return lambda: loop.call_soon_threadsafe(tasks[0].cancel) and None

    _tell("procrastinate", lambda n: store.notify("default", [n], at=_now()), takes, start)
    thread.join(10)
    store.close()


def dbos(dsn: str) -> None:
    import sqlalchemy as sa
    from dbos import DBOS, DBOSClient

    url = dsn.replace("postgresql://", "postgresql+psycopg://")
    store, takes, engine = SqlStore.postgresql(dsn), Takes(), sa.create_engine(url)
    DBOS(config={"name": "measured", "system_database_url": url, "run_admin_server": False})

    @DBOS.step(retries_allowed=True, interval_seconds=1, max_attempts=15, backoff_rate=2)
    def tell(id: int) -> None:
        Relay(store=store, notifier=takes).try_one(id)

    @DBOS.workflow(name="carry")
    def carry(id: int) -> None:
        tell(id)

    DBOS.launch()
    client = DBOSClient(system_database_url=url)
    client.register_queue("notices", partition_concurrency=1, polling_interval_sec=0.1)

    def put(notice: Notice) -> None:
        with engine.begin() as connection:
            SqlStore.join(connection).notify("default", [notice], at=_now())
            id = connection.exec_driver_sql("SELECT max(id) FROM coresponder_outbox").scalar()
            where = {"queue_name": "notices", "workflow_name": "carry", "queue_partition_key": notice.incident}
            client.enqueue_in_transaction(connection, where, id)

    _tell("dbos", put, takes, lambda: DBOS.destroy)
    store.close()


if __name__ == "__main__":
    with _server() as server:
        relay(server.database())
        procrastinate(server.database())
        if importlib.util.find_spec("dbos"):
            dbos(server.database())
