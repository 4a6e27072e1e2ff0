"""A stored step on PostgreSQL by several processes at once, beside pgbench with as many clients.

A slow disk hides twice our work, so these rows do not have to show it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.databases import pgbench, server
from benchmarks.measure import Bench, Row, paired
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

_SECONDS = 2.0
_WORKER = """
import itertools, sys, time
from benchmarks.stored import NOON, a_call
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
dsn, name, seconds = sys.argv[1:]
with SqlStore.postgresql(dsn) as store:
    flow, done, number = Workflow(load_program("cit"), store), 0, itertools.count()
    def step():
        flow.receive(a_call(), incident=f"{name}-{next(number)}")
    for _ in range(50):
        step()
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.perf_counter()
    while time.perf_counter() - start < float(seconds):
        step()
        done += 1
print(done / (time.perf_counter() - start), flush=True)
"""


def rows(bench: Bench) -> Iterator[Row]:
    """Yield what a step costs all processes together, with one, two and four of them."""
    if bench.short:
        return
    counts = (1, 2, 4)
    with server() as running:
        dsn = running.database()
        with SqlStore.postgresql(dsn) as store:
            Workflow(load_program("cit"), store)
        rounds = [
            [
                (
                    1 / _steps(dsn, f"r{turn}-{count}", count),
                    1 / pgbench(running, dsn, int(_SECONDS), clients=count),
                )
                for count in counts
            ]
            for turn in range(7)
        ]
    for place, (count, most) in enumerate(zip(counts, (2.8, 4.0, 6.0), strict=True)):
        yield paired(
            f"postgresql_processes_{count}", [found[place] for found in rounds], most=most,
            peer_does=f"pgbench runs the same statement with {count} clients; it decides nothing",
            timed=False,
        )  # fmt: skip


def _steps(dsn: str, name: str, count: int) -> float:
    """Return how many steps a second some processes record together."""
    root = Path(__file__).parent.parent
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, dsn, f"{name}-{n}", str(_SECONDS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root,
        )
        for n in range(count)
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdout is not None
        if worker.stdout.readline() != "ready\n":
            raise SystemExit("a process did not start")
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return sum(float(worker.communicate()[0]) for worker in workers)
