"""Measure each topic beside its peers; exit 1 if a bound is missed."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator

import attrs

import benchmarks
from benchmarks.measure import Bench, Row


def topics() -> dict[str, Callable[[Bench], Iterator[Row]]]:
    """Return the files of this folder that have rows, by name."""
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__)]
    modules = {
        name: importlib.import_module(f"benchmarks.{name}") for name in names if name != "__main__"
    }
    return {name: module.rows for name, module in modules.items() if hasattr(module, "rows")}


def main() -> None:
    found = topics()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("topic", nargs="*", help=f"by default all: {', '.join(found)}")
    parser.add_argument("--short", action="store_true", help="what CI runs: few rounds, CPU time")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--twice",
        action="store_true",
        help="do our work twice; exit 1 if a row does not see it",
    )
    parser.add_argument(
        "--incidents",
        type=int,
        help="how many a store has whose lists are read; by default 100,000, and 10,000 with --short",
    )
    options = parser.parse_args()
    unknown = set(options.topic) - found.keys()
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(found)}")
    incidents = options.incidents or (10_000 if options.short else 100_000)
    bench = Bench(short=options.short, times=2 if options.twice else 1, incidents=incidents)
    rows = []
    for topic in options.topic or found:
        for row in found[topic](bench):
            rows.append(row)
            print(row, file=sys.stderr if options.json else sys.stdout, flush=True)
    print(
        f"measured on {platform.platform()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        file=sys.stderr,
    )
    if options.json:
        print(json.dumps([as_json(row) for row in rows], indent=2))
    sys.exit(verdict(rows, twice=options.twice))


def as_json(row: Row) -> dict[str, object]:
    """Return a row with its ratio and its verdict."""
    return attrs.asdict(row) | {"ratio": row.ratio, "meets": row.meets}


def verdict(rows: list[Row], *, twice: bool) -> int:
    """Return the exit code; with twice our work, a timed row that still meets is at fault."""
    at_fault = [
        row.name for row in rows if (row.timed if twice else not row.meets) and row.meets == twice
    ]
    if at_fault:
        what = "do not see that our work is done twice" if twice else "miss their bound"
        print(f"{', '.join(at_fault)}: {what}", file=sys.stderr)
    return 1 if at_fault else 0


if __name__ == "__main__":
    main()
