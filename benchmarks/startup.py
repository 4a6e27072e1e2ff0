"""First use, each in a process of its own: the command line, and a workflow on a store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measure import Bench, Row, paired

_COMMAND = "import sys; sys.argv[1:] = {!r}; from coresponder.cli import main; main()"
_FIRST_USE = """
import datetime as dt
import coresponder as co
now = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)
with co.SqlStore.sqlite(":memory:") as store:
    flow = co.Workflow(co.load_program("cit"), store, clock=lambda: now)
    flow.receive(co.CallReceived(at=now, by="dispatcher-7", source="911", nature="suicide_threat"))
"""
_OTHERS = (
    "import click, rich.console, rich.table, attrs, pydantic, pydantic.json_schema, transitions"
)


def rows(bench: Bench) -> Iterator[Row]:
    """Yield what a user waits for, and what a host pays, beside the imports of other libraries."""
    for name, code, peer, most, says in (
        ("help", _COMMAND.format(["--help"]), "import click", 2.8, "click alone is imported"),
        ("show", _COMMAND.format(["show", "cit"]), _OTHERS, 4.4, "our libraries are imported"),
        ("first_workflow", _FIRST_USE, f"{_OTHERS}, sqlalchemy", 3.4, "our libraries are imported"),
    ):
        rounds = 3 if bench.short else 9
        pairs = [(sum(_cpu(code) for _ in range(bench.times)), _cpu(peer)) for _ in range(rounds)]
        yield paired(f"start_{name}", pairs, most=most, peer_does=says)


def _cpu(code: str) -> float:
    """Return the CPU seconds of a process that runs the code."""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"start-up failed: {code}")
    return used.ru_utime + used.ru_stime
