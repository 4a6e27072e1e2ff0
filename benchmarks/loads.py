"""Reading a case back: beside `eventsourcing`, with the same number of events."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.databases import eventsourcing_peer, on_postgresql, server
from benchmarks.field import Story, told
from benchmarks.measure import Bench, Row
from coresponder.program import load_program
from coresponder.stores.snapshots import Snapshots
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

_DOES = "eventsourcing reads and replays as many events; it checks no chain and steps no policy"


def rows(bench: Bench) -> Iterator[Row]:
    """Yield loads from SQLite and, if there is time, from PostgreSQL."""
    story = told("A victim of a robbery")
    with _sqlite() as (store, env):
        yield from _rows(bench, "sqlite", store, env, story, follow=0.18, snapshot=0.25)
    if not bench.short:
        with server() as running, SqlStore.postgresql(running.database()) as store:
            env = on_postgresql(running.database())
            yield from _rows(bench, "postgresql", store, env, story, follow=0.5, snapshot=0.75)


@contextmanager
def _sqlite() -> Iterator[tuple[SqlStore, dict[str, str]]]:
    with tempfile.TemporaryDirectory() as name, SqlStore.sqlite(Path(name) / "load.db") as store:
        env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": f"{name}/peer.db"}
        yield store, env


def _rows(
    bench: Bench,
    name: str,
    store: SqlStore,
    env: dict[str, str],
    story: Story,
    *,
    follow: float,
    snapshot: float,
) -> Iterator[Row]:
    """Yield a case that no process knew, one that another process folded into a snapshot, and one of
    which another process recorded the last step. The last arguments are what the ratios may be.
    """
    _, loader = eventsourcing_peer(env)
    peer = loader(len(story.events))
    load, newer = _loads(store, story)
    yield bench.compare(f"load_{name}", load, peer, most=1.1, peer_does=_DOES)
    with tempfile.TemporaryDirectory() as folder, Snapshots.open(f"{folder}/kept") as kept:
        again = _from_snapshot(store, story, kept)
        yield bench.compare(f"snapshot_{name}", again, peer, most=snapshot, peer_does=_DOES)
    yield bench.compare(f"follow_{name}", newer, peer, most=follow, peer_does=_DOES)


def _from_snapshot(store: SqlStore, story: Story, kept: Snapshots) -> Callable[[], object]:
    """Return what reads the case as a process does that has not seen it, after another folded it."""
    program = load_program("new-haven-cdcp")
    Workflow(program, store, snapshots=kept).case(story.incident)
    cases = Workflow(program, store, snapshots=kept)._cases
    if kept.get(cases.agency, story.incident, cases.program_named) is None:
        raise SystemExit("the case was not kept")

    def load() -> object:
        cases.drop(story.incident)
        return cases.newest(story.incident)

    return load


def _loads(store: SqlStore, story: Story) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return what reads the whole case, and what reads the last step of one that is known."""
    flow = Workflow(load_program("new-haven-cdcp"), store)
    flow.replay(story.incident, story.events[:-1])
    flow.case(story.incident)
    kept, last = flow._cases._recent, story.events[-1]
    known = kept.get(story.incident)
    Workflow(flow.program, store).record(story.incident, last)

    def load() -> object:
        flow._cases.drop(story.incident)
        return flow.case(story.incident)

    def follow() -> object:
        kept.keep(story.incident, known)
        return flow.case(story.incident)

    return load, follow
