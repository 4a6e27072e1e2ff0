"""What it takes to prove a program, and to draw a journey through it."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from functools import partial
from typing import Any

import attrs

from benchmarks.measure import Bench, Row
from coresponder.program import Program, load_program, shipped_programs
from coresponder.proof import check_program


def rows(bench: Bench) -> Iterator[Row]:
    """Yield each shipped program, 60 policies together, and a step of a journey."""
    if bench.short:
        return
    for name in shipped_programs():
        seconds = bench.seconds(partial(check_program, load_program(name)))
        yield bench.limit(
            f"prove_{name.split('-')[0]}", seconds, 1.5, unit="s", why="a check ends while one waits", timed=False
        )  # fmt: skip
    large = _sixty()
    seconds = bench.seconds(partial(check_program, large), rounds=1)
    yield bench.limit("prove_60_policies", seconds, 20, unit="s", why="the same", timed=False)
    tracemalloc.start()
    check_program(large)
    megabytes = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    yield bench.limit(
        "prove_60_policies_memory", megabytes, 1024, unit="MB", why="a small machine", timed=False
    )
    each = _journey_step() * 1e6
    yield bench.limit("journey_step", each, 500, unit="µs", why="Hypothesis included", timed=False)


def _sixty() -> Program:
    policies = [
        attrs.evolve(policy, id=f"{name[:3]}-{policy.id}")
        for name in shipped_programs()
        for policy in load_program(name).policies
    ][:60]
    cit = load_program("cit")
    return Program(id="sixty", policies=policies, tiers=cit.tiers, calendar=cit.calendar)


def _journey_step() -> float:
    """Return the seconds of one step of a drawn journey."""
    from hypothesis import HealthCheck, given, settings

    from coresponder.testing import journeys

    steps: list[int] = []

    @settings(
        max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(drawn=journeys("cit"))
    def walk(drawn: Any) -> None:
        steps.append(len(drawn.steps))

    start = time.process_time()
    walk()
    return (time.process_time() - start) / sum(steps)
