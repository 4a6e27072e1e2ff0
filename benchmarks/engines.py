"""The embedded relay, procrastinate and (if it is installed) DBOS carry the same outbox, and are
measured and troubled alike.

No budget; ADR 0020 was decided by these figures. `python -m benchmarks.engines` for throughput,
latency and order, `python -m benchmarks.engines trouble` for the relay's suite in real time:
receivers that fail, hang, are slow, are gone, ask for time and come back, and a worker that is
killed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.util
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.databases import server
from coresponder.clock import utc_now
from coresponder.delivery.procrastinate import ProcrastinateRelay
from coresponder.delivery.relay import Relay
from coresponder.program import Notice
from coresponder.stores.sql import SqlStore

COUNT, INCIDENTS = 600, 60
MOST_ATTEMPTS = 4
WAIT: Callable[[int], dt.timedelta] = lambda attempt: dt.timedelta(seconds=0.2 * 2 ** (attempt - 1))  # noqa: E731
Start = Callable[[str, Any], Any]


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


def notice(number: int, incident: str) -> Notice:
    return Notice(incident=incident, about="violation", to="peer", event="e", number=number)


class Carrier:
    """A store whose outbox an engine carries: what is put in is carried once `start` was called."""

    def __init__(self, store: SqlStore, start: Callable[[], None]) -> None:
        self.store, self.start = store, start

    def put(self, *notices: Notice) -> None:
        self.store.notify("default", notices, at=utc_now())

    def again(self, id: int) -> None:
        self.store.resend("default", id, at=utc_now())


@contextmanager
def relay(dsn: str, notifier: Any) -> Iterator[Carrier]:
    store, stop = SqlStore.postgresql(dsn), threading.Event()
    carries = Relay(
        store=store,
        notifier=notifier,
        wait=WAIT,
        most_attempts=MOST_ATTEMPTS,
        lease=dt.timedelta(seconds=3),
    )
    thread = threading.Thread(
        target=carries.run, args=(stop,), kwargs={"idle": dt.timedelta(milliseconds=100)}
    )
    try:
        yield Carrier(store, thread.start)
    finally:
        stop.set()
        thread.join()
        store.close()


@contextmanager
def procrastinate(dsn: str, notifier: Any) -> Iterator[Carrier]:
    store = SqlStore.postgresql(dsn)
    engine = ProcrastinateRelay(
        dsn=dsn, store=store, notifier=notifier, wait=WAIT, most_attempts=MOST_ATTEMPTS
    )
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
    try:
        yield Carrier(store, thread.start)
    finally:
        loop.call_soon_threadsafe(tasks[0].cancel)
        thread.join(10)
        store.close()


@contextmanager
def dbos(dsn: str, notifier: Any) -> Iterator[Carrier]:
    import sqlalchemy as sa
    from dbos import DBOS, DBOSClient

    url = dsn.replace("postgresql://", "postgresql+psycopg://")
    store, engine = SqlStore.postgresql(dsn), sa.create_engine(url)
    DBOS(config={"name": "measured", "system_database_url": url, "run_admin_server": False})

    @DBOS.step()
    def tell(id: int) -> float | None:
        again = Relay(
            store=store, notifier=notifier, wait=WAIT, most_attempts=MOST_ATTEMPTS
        ).try_one(id)
        return again and (again - utc_now()).total_seconds()

    @DBOS.workflow(name="carry")
    def carry(id: int) -> None:
        while (seconds := tell(id)) is not None:
            DBOS.sleep(max(seconds, 0))

    DBOS.launch()
    client = DBOSClient(system_database_url=url)

    class OnDbos(Carrier):
        def put(self, *notices: Notice) -> None:
            with engine.begin() as connection:
                for one in notices:
                    SqlStore.join(connection).notify("default", [one], at=utc_now())
                    self._enqueue(
                        connection,
                        connection.exec_driver_sql(
                            "SELECT max(id) FROM coresponder_outbox"
                        ).scalar(),
                        one.incident,
                    )

        def again(self, id: int) -> None:
            (dead,) = (out for out in self.store.outbox("default", dead=True) if out.id == id)
            super().again(id)
            with engine.begin() as connection:
                self._enqueue(connection, id, dead.notice.incident)

        def _enqueue(self, connection: Any, id: Any, incident: str) -> None:
            where: Any = {
                "queue_name": "notices",
                "workflow_name": "carry",
                "queue_partition_key": incident,
            }
            client.enqueue_in_transaction(connection, where, id)

    try:
        yield OnDbos(
            store,
            lambda: client.register_queue(
                "notices", partition_concurrency=1, polling_interval_sec=0.1
            ),
        )
    finally:
        DBOS.destroy()
        store.close()
        engine.dispose()


ENGINES: dict[str, Start] = {"relay": relay, "procrastinate": procrastinate, "dbos": dbos}


def until(holds: Callable[[], object], seconds: float = 20.0) -> bool:
    """Wait until it holds; return whether it does."""
    limit = time.perf_counter() + seconds
    while not holds():
        if time.perf_counter() > limit:
            return False
        time.sleep(0.0005)
    return True


def measure(name: str, dsn: str) -> None:
    """Put everything, start the worker, and wait until all has come; then the way of single
    notices.
    """
    takes = Takes()
    with ENGINES[name](dsn, takes) as carrier:
        began = time.perf_counter()
        for number in range(COUNT):
            carrier.put(notice(number // INCIDENTS, f"i-{number % INCIDENTS}"))
        putting, began = time.perf_counter() - began, time.perf_counter()
        carrier.start()
        until(lambda: len(takes.got) >= COUNT, 60)
        carrying, ways = time.perf_counter() - began, []
        for number in range(20):
            began = time.perf_counter()
            carrier.put(notice(number, "single"))
            until(lambda seen=COUNT + number: len(takes.got) > seen, 60)
            ways.append((time.perf_counter() - began) * 1000)
    order = "in order" if takes.in_order else "OUT OF ORDER"
    print(
        f"{name:14} put {COUNT / putting:6.0f}/s  carried {COUNT / carrying:6.0f}/s  one notice {statistics.median(ways):6.1f} ms (most {max(ways):6.1f})  {order}"
    )


def main() -> None:
    from benchmarks import trouble

    known = [name for name in ENGINES if name != "dbos" or importlib.util.find_spec("dbos")]
    with server() as running:
        for name in known:
            if sys.argv[1:] == ["trouble"]:
                trouble.run(name, running.database())
            else:
                measure(name, running.database())


if __name__ == "__main__":
    main()
