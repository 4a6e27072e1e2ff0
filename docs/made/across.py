"""Which situation's story runs on which shipped program, and what stops it where it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from coresponder.domain.events import TeamUnavailable
from coresponder.errors import CoresponderError, Refused
from coresponder.program import Program, Step, load_program, shipped_programs
from coresponder.stores.memory import MemoryStore
from coresponder.testing import Scenario
from coresponder.testing.scenario import ScenarioStep
from coresponder.workflow import Workflow
from made.writing import table

__all__ = ["across"]

_HEADS = {
    "cit": "CIT",
    "denver-star": "STAR",
    "foundation": "foundation",
    "hartford-vt": "Hartford",
    "new-haven-cdcp": "New Haven",
    "st-louis-mobile-crisis-prevention": "St. Louis",
}


@attrs.frozen
class _Played:
    """A story that was played under a program: what stopped it, and the rules that had a say."""

    stopped_by: str | None
    rules: frozenset[str]


def across(stories: Iterable[tuple[str, Scenario]]) -> str:
    """Return the table of all situations by all programs."""
    programs = [load_program(name) for name in sorted(shipped_programs())]
    rows = [
        (title, *(_said(_played(story, program)) for program in programs))
        for title, story in stories
    ]
    return table("situation", *(_HEADS[program.id] for program in programs), rows=rows)


def _said(found: _Played) -> str:
    if found.stopped_by:
        return found.stopped_by
    return {0: "no rule", 1: "1 rule"}.get(len(found.rules), f"{len(found.rules)} rules")


def _played(story: Scenario, program: Program) -> _Played:
    """Play each step that the story's own program takes, up to the first that this one refuses."""
    now = [story.begins]
    workflow = Workflow(program, MemoryStore(), clock=lambda: now[0])
    rules = set[str]()
    for one in story.steps:
        now[0] = one.recorded
        if one.expected.refused_by:
            continue
        try:
            step = _step(workflow, story, one)
        except Refused as refused:
            return _Played(_why(refused), frozenset(rules))
        except CoresponderError as error:
            return _Played(type(error).__name__, frozenset(rules))
        if step is None:
            continue
        if one.dispatch is not None and isinstance(step.events[-1], TeamUnavailable):
            return _Played("no such team", frozenset(rules))
        rules |= {*_named(step)}
    return _Played(None, frozenset(rules))


def _step(workflow: Workflow, story: Scenario, one: ScenarioStep) -> Step | None:
    """Take a step of a story; None if time alone passes."""
    if one.event is not None and one.responder:
        return workflow.roster.record(one.event, responder=one.responder, override=one.override)
    if one.event is not None:
        return workflow.record(one.incident, one.event, override=one.override)
    if one.dispatch is None:
        return None
    there = [story.responders[name] for name in one.dispatch]
    return workflow.dispatch(one.incident, there, at=one.at, by=one.by)[1]


def _why(refused: Refused) -> str:
    names = dict.fromkeys(one.policy for one in refused.refusals if one.policy)
    return ", ".join(f"`{name}`" for name in names) or "lifecycle"


def _named(step: Step) -> Iterator[str]:
    """Yield the rules that a step opened, met or broke."""
    yield from (one.policy for one in (*step.opened, *step.met, *step.violations))
