"""The peers: a PostgreSQL server, pgbench with the statement of a step, and `eventsourcing`."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any


@contextmanager
def server() -> Iterator[Any]:
    """Start a PostgreSQL server that syncs, and stop it."""
    from tests.postgres import Server, binaries

    programs = binaries()
    if programs is None:
        raise SystemExit("no PostgreSQL is installed, and no wheel brings one")
    with tempfile.TemporaryDirectory(
        prefix="pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        running = Server(Path(folder), programs, fsync="on").start()
        try:
            yield running
        finally:
            running.stop()


_PGBENCH = """\\set n random(1, 1000000000000)
WITH moved AS (INSERT INTO coresponder_incident (agency, incident, program, state, version, opened_at, disposition, next_due, obligations, head, nature, first_due, numbered, sealed, digest)
  VALUES ('b', 'p' || :n, 'cit@1', 'received', 1, '2026-01-09T12:00:00.000000+00:00', NULL, '2026-01-09T12:30:00.000000+00:00', 1, repeat('a', 64),
  'psychosis', '2026-01-09T12:30:00.000000+00:00', 0, 0, repeat('b', 64)) ON CONFLICT DO NOTHING RETURNING 1),
event AS (INSERT INTO coresponder_event (agency, incident, number, kind, version, at, recorded_at, body, digest, request)
  SELECT agency, incident, number, kind, version, at, recorded_at, body, digest, request FROM (VALUES ('b', 'p' || :n, 1, 'CallReceived', 1,
  '2026-01-09T12:00:00.000000+00:00', '2026-01-09T12:00:00.000000+00:00', repeat('c', 130), repeat('d', 64), 'r' || :n))
  AS v (agency, incident, number, kind, version, at, recorded_at, body, digest, request), moved),
owed AS (INSERT INTO coresponder_obligation (agency, incident, policy, key, due, since, tell_at)
  SELECT r.* FROM jsonb_to_recordset(('[{"agency": "b", "incident": "p' || :n || '", "policy": "arrival-within-target", "key": "", '
  '"due": "2026-01-09T12:30:00.000000+00:00", "since": "2026-01-09T12:00:00.000000+00:00", "tell_at": null}]')::jsonb)
  AS r (agency text, incident text, policy text, key text, due text, since text, tell_at text), moved
  ON CONFLICT (agency, incident, policy, key) DO UPDATE SET due = excluded.due, since = excluded.since, tell_at = excluded.tell_at)
SELECT count(*) FROM moved;
"""


def pgbench(server: Any, dsn: str, seconds: int, *, clients: int = 1) -> float:
    """Return how often a second pgbench runs the statement of a step, with some clients at once, each
    in a thread of its own.
    """
    script = server.folder / "step.sql"
    script.write_text(_PGBENCH)
    name = dsn.partition("?")[0].rpartition("/")[2]
    command = [
        str(server.programs / "pgbench"),
        "-n",
        "-M",
        "prepared",
        "-c",
        str(clients),
        "-j",
        str(clients),
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


def on_postgresql(dsn: str) -> dict[str, str]:
    """Return what tells `eventsourcing` to use this database."""
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


def eventsourcing_peer(
    env: dict[str, str],
) -> tuple[Callable[[], object], Callable[[int], Callable[[], object]]]:
    """Return a peer's step (a new aggregate, saved) and a maker of its load of some events."""
    from eventsourcing.application import Application

    Call = _peer_call()  # noqa: N806 - a class
    app = Application(env=env)

    def step() -> object:
        return app.save(Call("dispatcher-1", "911", "psychosis"))

    def loader(events: int) -> Callable[[], object]:
        one = Call("dispatcher-1", "911", "psychosis")
        for n in range(events - 1):
            one.see(f"officer-{n}")
        app.save(one)
        return lambda: app.repository.get(one.id)

    return step, loader
