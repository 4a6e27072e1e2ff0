"""Checkpoints and `verify` in a store of four times the size: what an incident costs, and memory."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import Bench, Row, paired
from benchmarks.stored import a_call, made_up_rows
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

NOON = dt.datetime(2026, 1, 9, 12, 0, tzinfo=dt.UTC)
_TIMES = 4
_PEER = f"the same in a store of a {_TIMES}th of the size, for each incident"
_MAPPING = Path(__file__).parent.parent / "examples" / "mappings" / "mobile-crisis.toml"
_PEAK = """
from pathlib import Path
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) / 1024)
"""
"""The peak of the program alone: what `getrusage` says begins with the peak of whoever started it."""
_LOOK = (
    """
from coresponder.stores.sql import SqlStore
with SqlStore.sqlite({store!r}) as store:
    assert store.verify("default") == ()
"""
    + _PEAK
)
_RUN = (
    """
from pathlib import Path
from coresponder.cli.run import run_calls
from coresponder.interop.mapping import load_mapping
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
with SqlStore.sqlite({store!r}) as store:
    run_calls(
        load_program("hartford-vt"), store, calls=Path({calls!r}),
        mapping=load_mapping({mapping!r}), rejects=None, progress=lambda _: None,
    )
"""
    + _PEAK
)


def rows(bench: Bench) -> Iterator[Row]:
    """Yield what checkpoint and verify cost an incident, and memory at two sizes."""
    sizes = (200, 200 * _TIMES) if bench.short else (1000, 1000 * _TIMES)
    with tempfile.TemporaryDirectory() as name:
        files = [f"{name}/{count}.db" for count in sizes]
        for file, count in zip(files, sizes, strict=True):
            _write(file, count)
        yield _compared(bench, "checkpoint_an_incident", files, sizes, _checkpoint)
        yield _compared(bench, "verify_an_incident", files, sizes, _verify)
        if not bench.short:
            yield _memory("verify_memory", [_LOOK.format(store=f"{file}.sealed") for file in files])
            yield _memory("run_calls_memory", [_calls(name, count) for count in sizes])


def _write(file: str, count: int) -> None:
    """Write a store that no checkpoint covers."""
    store = SqlStore.sqlite(file)
    flow = Workflow(load_program("cit"), store, clock=lambda: NOON)
    with store.batch():
        for n in range(count):
            flow.receive(a_call(), incident=f"i-{n:06}")
    store.connections.close()


def _compared(
    bench: Bench, name: str, files: list[str], sizes: tuple[int, int], act: Callable[[str], float]
) -> Row:
    small, large = files
    pairs = []
    for _ in range(3 if bench.short else 5):
        ours = sum(act(large) for _ in range(bench.times)) / sizes[1]
        pairs.append((ours, act(small) / sizes[0]))
    return paired(name, pairs, most=1.5, peer_does=_PEER)


def _checkpoint(file: str) -> float:
    """Return what it takes to list all incidents, and leave the store behind."""
    shutil.copyfile(file, f"{file}.sealed")
    with SqlStore.sqlite(f"{file}.sealed") as store:
        start = time.process_time()
        store.checkpoint("default", at=NOON)
        return time.process_time() - start


def _verify(file: str) -> float:
    with SqlStore.sqlite(f"{file}.sealed") as store:
        start = time.process_time()
        faults = store.verify("default")
        taken = time.process_time() - start
    if faults:
        raise RuntimeError(faults[0])
    return taken


def _memory(name: str, codes: list[str]) -> Row:
    """Return the row of the peak memory of two programs, the smaller one the peer."""
    peaks = []
    for code in codes:
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        peaks.append(float(done.stdout))
    small, large = peaks
    return Row(
        name=name, unit="MB", ours=large, peer=small, ratios=(large / small,), most=1.2,
        peer_does=f"the same with a {_TIMES}th of the incidents", timed=False,
    )  # fmt: skip


def _calls(folder: str, count: int) -> str:
    """Return a program that stores made-up rows of calls and closes its store."""
    calls = Path(folder) / f"{count}.csv"
    made_up_rows(calls, count)
    return _RUN.format(store=f"{folder}/run-{count}.db", calls=str(calls), mapping=str(_MAPPING))
