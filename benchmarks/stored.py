"""A stored step: beside the same SQL, the disk of the same moment, pgbench and `eventsourcing`."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from benchmarks.databases import eventsourcing_peer, on_postgresql, pgbench, server
from benchmarks.field import Story, disk_rate, stories
from benchmarks.measure import Bench, Row, paired
from coresponder.cli.run import run_calls
from coresponder.domain import events as e
from coresponder.interop.mapping import load_mapping
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

NOON = dt.datetime(2026, 1, 9, 12, 0, tzinfo=dt.UTC)
_SAME = "the same SQL with ready parameters; it decides, checks and hashes nothing"


def rows(bench: Bench) -> Iterator[Row]:
    """Yield a step a commit, one in a long incident, 64 writers at once, an export of 2,000 rows, and
    PostgreSQL.
    """
    yield _sqlite(bench, ":memory:", "stored_step_cpu", time.process_time, most=11.0)
    yield _long(bench)
    if bench.short:
        return
    with tempfile.TemporaryDirectory() as name:
        yield _sqlite(bench, f"{name}/ours.db", "stored_step_synced", time.perf_counter, most=2.4)
    yield from _group(bench)
    yield _export(bench)
    yield from _postgresql(bench)


def _sqlite(bench: Bench, file: str, name: str, clock: Callable[[], float], *, most: float) -> Row:
    """Play stories into SQLite, one step a commit, and run the same statements bare."""
    told, statements = stories()[:12], list[tuple[str, Any]]()
    now = max(event.at for story in told for event in story.events)
    raw = _bare(":memory:" if file == ":memory:" else f"{file}.raw")
    with SqlStore.sqlite(file) as store:
        for line in store.connections.mine.cursor.connection.iterdump():
            if line.startswith("CREATE"):
                raw.execute(line)
        flow = Workflow(load_program("new-haven-cdcp"), store, clock=lambda: now)
        with _noted(store, statements):
            _tell(flow, _renamed_stories(told, "noted"))

        pairs = []
        for turn in range(bench.rounds // 2):
            fresh = [
                story
                for time in range(bench.times)
                for story in _renamed_stories(told, f"turn-{turn}-{time}")
            ]
            ready = [(text, _renamed(values, turn)) for text, values in statements]
            pairs.append(
                (_took(partial(_tell, flow, fresh), clock), _took(partial(_run, raw, ready), clock))
            )
    raw.close()
    steps = sum(len(story.events) for story in told)
    each = [(ours / steps, peer / steps) for ours, peer in pairs]
    return paired(name, each, most=most, peer_does=_SAME)


def _long(bench: Bench) -> Row:
    """Record that a person consents, in an incident of 10,000 events."""
    with SqlStore.sqlite(":memory:") as store:
        flow = Workflow(load_program("cit"), store)
        long, short = (_goes_on(flow, events) for events in (10_000, 100))
        return bench.compare(
            "step_in_a_long_incident", long, short, most=1.6,
            peer_does="the same in an incident of 100 events",
        )  # fmt: skip


def _goes_on(flow: Workflow, events: int) -> Callable[[], object]:
    """Return what records one event more about the person of an incident that has some events."""
    seen = (e.WeaponSeen(at=NOON, by="officer-1") for _ in range(events))
    person = e.PersonInvolved(at=NOON, by="officer-1", person="p-1", role="person_in_crisis")
    flow.replay(f"of-{events}", [a_call(), person, *seen])
    consent = e.ConsentGiven(at=NOON, by="officer-1", person="p-1", scope="services")
    return lambda: flow.record(f"of-{events}", consent)


def _took(act: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    act()
    return clock() - start


def _run(raw: sqlite3.Connection, ready: list[tuple[str, Any]]) -> None:
    for text, values in ready:
        raw.execute(text, values).fetchall()


def _tell(flow: Workflow, told: Iterable[Story]) -> None:
    for story in told:
        for event in story.events:
            flow.record(story.incident, event)


def _renamed_stories(told: tuple[Story, ...], prefix: str) -> list[Story]:
    """Return the stories with other incidents and people."""
    return [
        Story(
            f"{prefix}-{story.incident}",
            tuple(
                attrs.evolve(event, person=f"{prefix}-{event.person}")
                if getattr(event, "person", None)
                else event
                for event in story.events
            ),
            story.fired,
        )
        for story in told
    ]


def _bare(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _renamed(values: Any, turn: int) -> Any:
    """Return the parameters for other incidents and requests, ready before the clock starts."""
    if not isinstance(values, dict):
        return values
    return {
        key: f"{value}-{turn}"
        if (key == "request" and value) or (isinstance(value, str) and value.startswith("noted-"))
        else value
        for key, value in values.items()
    }


@contextmanager
def _noted(store: Any, notes: list[tuple[str, Any]]) -> Iterator[None]:
    """Note every statement that the store runs, with its parameters."""
    real = store.connections.mine.cursor

    class Noting:
        connection = real.connection

        def execute(self, text: str, values: Any = ()) -> Any:
            notes.append((text, values))
            return real.execute(text, values)

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    store.connections.mine.cursor = Noting()
    try:
        yield
    finally:
        store.connections.mine.cursor = real


def _group(bench: Bench) -> Iterator[Row]:
    """64 threads with an incident each: a step beside a sync of the disk, in the same rounds.

    On a fast disk the first is bounded by Python and not by the disk; the second says what sharing
    a commit gives wherever the disk is slow.
    """
    crowd, each, pairs, commits = 64, 15 * bench.times, [], list[int]()
    with tempfile.TemporaryDirectory() as name, SqlStore.sqlite(Path(name) / "group.db") as store:
        flow = Workflow(load_program("cit"), store)
        for n in range(crowd):
            flow.receive(a_call(), incident=f"i-{n}")
        commits = _counted(store)
        for _ in range(9):
            rate = disk_rate(Path(name))
            pairs.append((_crowd(flow, crowd, each) / (crowd * each / bench.times), 1 / rate))
    yield paired(
        "group_commit_64", pairs, most=0.6, peer_does="one thread writes a page and syncs it"
    )
    yield bench.limit(
        "group_commits_to_a_step", len(commits) / sum(commits), 1 / 8, unit="commits",
        why="commits are counted, whatever the disk", timed=False,
    )  # fmt: skip


def _crowd(flow: Workflow, crowd: int, each: int) -> float:
    """Return the seconds in which every thread records its steps."""
    start = threading.Barrier(crowd + 1)

    def work(n: int) -> None:
        start.wait()
        for minute in range(each):
            flow.record(f"i-{n}", e.WeaponSeen(at=NOON, by=f"officer-{minute}"))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(crowd)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


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


def a_call() -> e.CallReceived:
    return e.CallReceived(at=NOON, by="dispatcher-1", source="911", nature="psychosis")


def _export(bench: Bench) -> Row:
    """2,000 CAD rows beside a bare `csv` read and the same inserts."""
    count, pairs = 2000, []
    root = Path(__file__).parent.parent
    mapping = load_mapping(root / "examples" / "mappings" / "mobile-crisis.toml")
    program = load_program("hartford-vt")
    with tempfile.TemporaryDirectory() as folder:
        calls = Path(folder) / "calls.csv"
        made_up_rows(calls, count)
        for turn in range(3):
            file = Path(folder) / f"ours-{turn}.db"
            began = time.perf_counter()
            with SqlStore.sqlite(file) as store:
                run_calls(
                    program,
                    store,
                    calls=calls,
                    mapping=mapping,
                    rejects=None,
                    progress=lambda _: None,
                )
            ours = (time.perf_counter() - began) * bench.times
            pairs.append((ours / count, _same_inserts(file, calls) / count))
    return paired(
        "export_row",
        pairs,
        most=20.0,
        peer_does="reads CSV and inserts ours ready-made in one transaction; it maps, decides and checks nothing",
    )


def _same_inserts(file: Path, calls: Path) -> float:
    """Return the seconds to read the rows and to insert what a store holds into an empty one."""
    copy = sqlite3.connect(file)
    tables = [r[0] for r in copy.execute("select name from sqlite_master where type = 'table'")]
    data = {table: copy.execute(f"select * from {table}").fetchall() for table in tables}
    raw = _bare(f"{file}.raw")
    for line in copy.iterdump():
        if line.startswith("CREATE"):
            raw.execute(line)
    began = time.perf_counter()
    with calls.open(newline="") as lines:
        assert sum(1 for _ in csv.reader(lines)) > 1
    raw.execute("BEGIN IMMEDIATE")
    for table, found in data.items():
        for row in found:
            raw.execute(f"insert into {table} values ({','.join('?' * len(row))})", row)
    raw.execute("COMMIT")
    return time.perf_counter() - began


_COLUMNS = [
    "ID",
    "End Point of Dispatch",
    "City",
    "Dispatch Request Date & Time",
    "Dispatch Date & Time",
    "Arrival on Scene Date & Time",
    "Engagement with Client Date & Time",
    "MCIT Departure Date & Time",
    "Reason for Dispatch #1",
    "Reason for Dispatch #2",
    "Reason for Dispatch #3",
    "Reason for Dispatch #4",
    "Reason for Dispatch #5",
    "Disposition",
]
_SAID = ("Paranoia", "Trauma", "", "", "", "Remained in community")


def made_up_rows(path: Path, count: int) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for i in range(count):
            times = [
                (NOON + dt.timedelta(minutes=37 * i + m)).strftime("%Y-%m-%dT%H:%M:%S")
                for m in (0, 5, 21, 24, 63)
            ]
            writer.writerow([i, "Engaged Client", "Northtown", *times, *_SAID])


def _postgresql(bench: Bench) -> Iterator[Row]:
    """One step a commit, fsync on: beside pgbench with the same statement, and a peer."""
    with server() as running:
        dsn, peer_dsn = running.database(), running.database()
        with SqlStore.postgresql(dsn) as store:
            flow, number = Workflow(load_program("cit"), store), itertools.count()
            peer, _ = eventsourcing_peer(on_postgresql(peer_dsn))

            def step() -> None:
                for _ in range(bench.times):
                    flow.receive(a_call(), incident=f"o-{next(number)}")

            rounds = [
                (
                    _each(step),
                    1 / pgbench(running, dsn, 1),
                    _each(peer),
                    1 / disk_rate(running.folder),
                )
                for _ in range(7)
            ]
    for name, place, most, does in (
        ("postgresql_step_pgbench", 1, 2.8, "pgbench runs the same statement; it decides nothing"),
        ("postgresql_step_eventsourcing", 2, 1.2, "stores one event; no chain, outbox or index"),
        ("postgresql_step_disk", 3, 2.4, "one thread writes a page and syncs it"),
    ):
        yield paired(name, [(r[0], r[place]) for r in rounds], most=most, peer_does=does)


def _each(act: Callable[[], object], seconds: float = 1.0) -> float:
    """Return the seconds of one call, of as many as take a while."""
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        act()
        count += 1
    return (time.perf_counter() - start) / count
