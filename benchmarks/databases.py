"""Group commit beside the disk's own rate; PostgreSQL beside pgbench and `eventsourcing`; loading a
case beside `eventsourcing`.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from coresponder.domain import events as e
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

Row = Callable[..., dict[str, object]]


def _call(at: Any) -> e.CallReceived:
    return e.CallReceived(at=at, by="dispatcher-1", source="911", nature="psychosis")


def _fdatasync_rate(folder: Path, seconds: float = 1.0) -> float:
    """Return how often a second the disk takes a page for good."""
    count, start = 0, time.perf_counter()
    with (folder / "page").open("wb") as file:
        while time.perf_counter() - start < seconds:
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
    return count / (time.perf_counter() - start)


def group(row: Row, noon: Any) -> list[dict[str, object]]:
    """64 threads that wait, each with an incident of its own: steps a second beside the disk's
    fdatasync rate, and steps to a commit.

    On a fast disk the first is bounded by Python and not by the disk; the second says what sharing
    a commit gives wherever the disk is slow.
    """
    crowd, each = 64, 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rates = [_fdatasync_rate(folder)]
        with SqlStore.sqlite(folder / "group.db") as store:
            flow = Workflow(load_program("cit"), store)
            for n in range(crowd):
                flow.receive(_call(noon), incident=f"i-{n}")
            start, commits = threading.Barrier(crowd + 1), _counted(store)

            def work(n: int) -> None:
                start.wait()
                for minute in range(each):
                    flow.record(f"i-{n}", e.WeaponSeen(at=noon, by=f"officer-{minute}"))

            threads = [threading.Thread(target=work, args=(n,)) for n in range(crowd)]
            for thread in threads:
                thread.start()
            start.wait()
            began = time.perf_counter()
            for thread in threads:
                thread.join()
            ours = crowd * each / (time.perf_counter() - began)
        rates.append(_fdatasync_rate(folder))
    rate = statistics.mean(rates)
    return [
        row("group_commit_64_per_second", ours, rate, ours / rate, 8.0, at_least=True),
        row(
            "group_steps_to_a_commit",
            crowd * each,
            len(commits),
            crowd * each / len(commits),
            8.0,
            at_least=True,
        ),
    ]


def _counted(store: SqlStore) -> list[int]:
    """Return a list that gets the size of each group that is committed from now on."""
    sizes: list[int] = []
    alone, together = store._group.alone, store._group.together

    def one(step: Any) -> None:
        sizes.append(1)
        alone(step)

    def several(steps: Any) -> Any:
        sizes.append(len(steps))
        return together(steps)

    store._group.alone, store._group.together = one, several
    return sizes


@contextmanager
def _server() -> Iterator[Any]:
    from tests.postgres import Server, binaries

    programs = binaries()
    if programs is None:
        raise SystemExit("no PostgreSQL is installed, and no wheel brings one")
    with tempfile.TemporaryDirectory(
        prefix="pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        server = Server(Path(folder), programs, fsync="on").start()
        try:
            yield server
        finally:
            server.stop()


_PGBENCH = """\\set n random(1, 1000000000000)
WITH moved AS (INSERT INTO coresponder_incident (agency, incident, program, state, version, opened_at, disposition, next_due, obligations, head, sealed, digest)
  VALUES ('b', 'p' || :n, 'cit@1', 'received', 1, '2026-01-09T12:00:00.000000+00:00', NULL, '2026-01-09T12:30:00.000000+00:00', 1, repeat('a', 64), 0, repeat('b', 64))
  ON CONFLICT DO NOTHING RETURNING 1),
event AS (INSERT INTO coresponder_event (agency, incident, number, kind, version, at, recorded_at, body, digest)
  SELECT agency, incident, number, kind, version, at, recorded_at, body, digest FROM (VALUES ('b', 'p' || :n, 1, 'CallReceived', 1,
  '2026-01-09T12:00:00.000000+00:00', '2026-01-09T12:00:00.000000+00:00', repeat('c', 180), repeat('d', 64)))
  AS v (agency, incident, number, kind, version, at, recorded_at, body, digest), moved)
SELECT count(*) FROM moved;
"""


def _pgbench(server: Any, dsn: str, seconds: int) -> float:
    script = server.folder / "step.sql"
    script.write_text(_PGBENCH)
    name = dsn.partition("?")[0].rpartition("/")[2]
    command = [
        str(server.programs / "pgbench"),
        "-n",
        "-M",
        "prepared",
        "-c",
        "1",
        "-T",
        str(seconds),
        "-f",
        str(script),
        "-h",
        str(server.folder),
        "-U",
        "tester",
        name,
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    if found is None:
        raise SystemExit(said)
    return float(found[1])


def _on_postgresql(dsn: str) -> dict[str, str]:
    from psycopg.conninfo import conninfo_to_dict

    known = conninfo_to_dict(dsn)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_DBNAME": str(known["dbname"]), "POSTGRES_HOST": str(known["host"]),
        "POSTGRES_PORT": "5432", "POSTGRES_USER": "tester", "POSTGRES_PASSWORD": "x",
    }  # fmt: skip


@cache
def _peer_call() -> Any:
    """Return the peer's aggregate, made once: the library takes a class of one name once in a
    process.
    """
    from eventsourcing.domain import Aggregate, event

    class Call(Aggregate):
        @event("Received")
        def __init__(self, by: str, source: str, nature: str) -> None:
            self.by, self.source, self.nature, self.seen = by, source, nature, 0

        @event("Seen")
        def see(self, by: str) -> None:
            self.seen += 1

    return Call


def _eventsourcing(
    env: dict[str, str],
) -> tuple[Callable[[], object], Callable[[], Callable[[], object]]]:
    """Return a peer's step (a new aggregate, saved) and a maker of its load of 12 events."""
    from eventsourcing.application import Application

    Call = _peer_call()  # noqa: N806 - a class
    app = Application(env=env)

    def step() -> object:
        return app.save(Call("dispatcher-1", "911", "psychosis"))

    def loader() -> Callable[[], object]:
        one = Call("dispatcher-1", "911", "psychosis")
        for n in range(11):
            one.see(f"officer-{n}")
        app.save(one)
        return lambda: app.repository.get(one.id)

    return step, loader


def _rate(act: Callable[[], object], seconds: float) -> float:
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        act()
        count += 1
    return count / (time.perf_counter() - start)


def _loads(flow: Workflow, noon: Any, peer: Callable[[], object]) -> list[tuple[float, float]]:
    """Return how often a second a case of 12 events is read, checked and replayed, and how often
    the peer's.
    """
    flow.receive(_call(noon), incident="twelve")
    for n in range(11):
        flow.record("twelve", e.WeaponSeen(at=noon, by=f"officer-{n}"))

    def load() -> object:
        flow._cases.drop("twelve")
        return flow.case("twelve")

    return [(_rate(load, 0.5), _rate(peer, 0.5)) for _ in range(5)]


def _load_row(row: Row, name: str, loads: list[tuple[float, float]]) -> dict[str, object]:
    middle = statistics.median
    return row(
        name,
        middle(a for a, _ in loads),
        middle(b for _, b in loads),
        middle(a / b for a, b in loads),
        5.0,
        at_least=True,
    )


def load(row: Row, noon: Any) -> dict[str, object]:
    """Loading a case of 12 events from SQLite, beside `eventsourcing` on SQLite."""
    with tempfile.TemporaryDirectory() as name, SqlStore.sqlite(Path(name) / "load.db") as store:
        _, loader = _eventsourcing(
            {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": f"{name}/peer.db"}
        )
        return _load_row(
            row, "load_12_sqlite", _loads(Workflow(load_program("cit"), store), noon, loader())
        )


def postgresql(row: Row, noon: Any) -> list[dict[str, object]]:
    """One step a commit, fsync on: beside pgbench with the same statement, and beside
    `eventsourcing`; loading 12 events beside the latter.
    """
    with _server() as server:
        dsn, peer_dsn = server.database(), server.database()
        with SqlStore.postgresql(dsn) as store:
            flow, number = Workflow(load_program("cit"), store), iter(range(10**9))
            peer, loader = _eventsourcing(_on_postgresql(peer_dsn))

            def step() -> object:
                return flow.receive(_call(noon), incident=f"o-{next(number)}")

            ours, bench, theirs = [], [], []
            for _ in range(3):
                ours.append(_rate(step, 2))
                bench.append(_pgbench(server, dsn, 2))
                theirs.append(_rate(peer, 2))
            loads = _loads(flow, noon, loader())
    middle = statistics.median
    return [
        row(
            "postgresql_per_second",
            middle(ours),
            middle(bench),
            middle(a / b for a, b in zip(ours, bench, strict=True)),
            0.8,
            at_least=True,
        ),
        row(
            "postgresql_eventsourcing",
            middle(ours),
            middle(theirs),
            middle(a / b for a, b in zip(ours, theirs, strict=True)),
            2.0,
            at_least=True,
        ),
        _load_row(row, "load_12_postgresql", loads),
    ]
