"""What is measured on: stories that the simulation plays, and the disk."""

from __future__ import annotations

import os
import time
from functools import cache
from pathlib import Path

import attrs

from coresponder.domain.events import Event
from coresponder.program import Case, Program, load_program
from coresponder.simulation.field import START, Field
from coresponder.stores.memory import MemoryStore
from coresponder.testing.scenarios import load_scenarios, scenarios_beside
from coresponder.workflow import Workflow


@attrs.frozen
class Story:
    """An incident of the made-up night.

    Attributes:
        incident: its id.
        events: in the order in which they were recorded.
            fired: the policies that opened, met or broke something in it.
    """

    incident: str
    events: tuple[Event, ...]
    fired: frozenset[str]


@cache
def stories(program: str = "new-haven-cdcp", calls: int = 60) -> tuple[Story, ...]:
    """Return the incidents of a night whose every step is taken without an override."""
    loaded = load_program(program)
    workflow = Workflow(loaded, MemoryStore(), clock=lambda: START)
    Field(workflow, seed=1).play(calls)
    cases = [workflow.case(f"night-1-{i + 1:05d}") for i in range(calls)]
    return tuple(story for case in cases if (story := _told(loaded, case)))


def told(title: str, program: str = "new-haven-cdcp") -> Story:
    """Return the story of a program's scenario, which changes only if somebody rewrites it.

    Args:
        title: how the scenario's title begins.
    """
    loaded = load_program(program)
    scenarios = load_scenarios(scenarios_beside(program) or program, loaded)
    (one,) = (one for one in scenarios if one.title.startswith(title))
    events = (step.event for step in one.steps if step.event and not step.responder)
    found = _told(loaded, loaded.replay("scenario", events))
    if found is None:
        raise SystemExit(f"scenario {one.title!r} has a refused step")
    return found


def _told(program: Program, case: Case) -> Story | None:
    again, fired = program.open(case.id), set[str]()
    for event in case.recorded():
        step = program.advance(again, event)
        if step.refusals:
            return None
        changed = (*step.opened, *step.met, *step.violations)
        fired.update(one.policy for one in changed)
        again = step.case
    return Story(case.id, case.recorded(), frozenset(fired))


def disk_rate(folder: Path, seconds: float = 0.25) -> float:
    """Return how often a second the disk takes a page for good, at this moment."""
    count, start = 0, time.perf_counter()
    with (folder / "page").open("wb") as file:
        while time.perf_counter() - start < seconds:
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
    return count / (time.perf_counter() - start)
