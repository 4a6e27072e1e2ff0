"""Reading a case back: beside `eventsourcing`, with the same number of events."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.databases import eventsourcing_peer, on_postgresql, server
from benchmarks.field import Story, stories
from benchmarks.measure import Bench, Row
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

_DOES = "eventsourcing reads and replays as many events; it checks no chain and steps no policy"


def rows(bench: Bench) -> Iterator[Row]:
    """Yield loads from SQLite and, if there is time, from PostgreSQL."""
    story = min(stories(), key=lambda story: abs(len(story.events) - 12))
    with _sqlite() as (store, env):
        yield _row(bench, "load_sqlite", store, env, story)
    if not bench.short:
        with server() as running, SqlStore.postgresql(running.database()) as store:
            env = on_postgresql(running.database())
            yield _row(bench, "load_postgresql", store, env, story)


@contextmanager
def _sqlite() -> Iterator[tuple[SqlStore, dict[str, str]]]:
    with tempfile.TemporaryDirectory() as name, SqlStore.sqlite(Path(name) / "load.db") as store:
        env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": f"{name}/peer.db"}
        yield store, env


def _row(bench: Bench, name: str, store: SqlStore, env: dict[str, str], story: Story) -> Row:
    _, loader = eventsourcing_peer(env)
    ours, peer = _load(store, story), loader(len(story.events))
    return bench.compare(name, ours, peer, most=1.4, peer_does=_DOES)


def _load(store: SqlStore, story: Story) -> Callable[[], object]:
    """Return what reads, checks and replays the case, which is in no cache."""
    flow = Workflow(load_program("new-haven-cdcp"), store)
    flow.replay(story.incident, story.events)

    def load() -> object:
        flow._cases.drop(story.incident)
        return flow.case(story.incident)

    return load
