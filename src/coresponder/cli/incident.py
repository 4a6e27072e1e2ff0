"""The commands about one incident: what happened, and what may be done now. With `--as` they answer
as the program's views let them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.emergency import LOOK, looking
from coresponder.cli.options import (
    AGENCY,
    NOW,
    STORE,
    format_option,
    parse_now,
    print_json,
    say,
    say_wrapped,
)

if TYPE_CHECKING:
    from coresponder.program import Permission
    from coresponder.workflow import Window, Workflow

__all__ = ["permitted", "timeline"]


@click.command()
@STORE
@click.argument("incident")
@LOOK
@AGENCY
@format_option("text", "json")
def timeline(store: str, incident: str, agency: str, form: str, **asked: Any) -> None:
    """Show what happened in INCIDENT, in order. With --as: what that role sees of it."""
    with looking(store, incident, agency, **asked) as (workflow, window):
        if window is None:
            _whole_timeline(workflow, incident, form)
        else:
            _seen_timeline(window, incident, form)


def _whole_timeline(workflow: Workflow, incident: str, form: str) -> None:
    from coresponder.domain.spoken import say_word

    lines, case = workflow.timeline(incident), workflow.case(incident)
    zone = workflow.program_of(case).calendar.time_zone
    if form == "json":
        print_json(
            {
                "incident": incident,
                "program": case.program,
                "state": case.state,
                "lines": [line.to_dict() for line in lines],
            }
        )
        return
    say(f"{incident}  {case.program}  now {say_word(case.state)}  (times of {zone})")
    for line in lines:
        say_wrapped(line.say(zone), indent=28)


def _seen_timeline(window: Window, incident: str, form: str) -> None:
    from coresponder.domain.spoken import say_word

    found, workflow = window.view(incident), window.workflow
    zone = workflow.program_of(workflow.case(incident)).calendar.time_zone
    if form == "json":
        print_json(found.to_dict())
        return
    seen_by = f"as {' and '.join(map(say_word, window.viewer.roles))} for {window.purpose.value}"
    say(f"{incident}  {found.program}  {seen_by}  (times of {zone})")
    for line in found.lines:
        say_wrapped(line.say(zone), indent=28)
    for text in found.says:
        say_wrapped(text)


@click.command()
@STORE
@click.argument("incident")
@LOOK
@NOW
@AGENCY
@format_option("text", "json")
def permitted(
    store: str, incident: str, now: str | None, agency: str, form: str, **asked: Any
) -> None:
    """Show what may be done now in INCIDENT, and why the rest may not. With --as: what that role is
    told of it.
    """
    from coresponder.domain.spoken import say_word

    with looking(store, incident, agency, **asked) as (workflow, window):
        answers = (window or workflow).permitted(incident, parse_now(now))
        states = [_state(workflow, incident)] if window is None else [*window.states(incident)]
    if form == "json":
        print_json(
            {
                "incident": incident,
                **({"state": states[0]} if window is None else {"states": states}),
                "permitted": [a.to_dict() for a in answers],
            }
        )
        return
    say_wrapped(f"{incident} is {' or '.join(map(say_word, states))}")
    _say_answers(answers)


def _state(workflow: Any, incident: str) -> str:
    return str(workflow.case(incident).state)


def _say_answers(answers: Iterable[Permission]) -> None:
    from coresponder.policy.words import say_event

    found = list(answers)
    for answer in found:
        if answer.kind == "decision":
            say_wrapped(str(answer), indent=5)
    expected = [say_event(a.event) for a in found if a.kind == "fact" and not a.out_of_place]
    say_wrapped(f"Facts are always taken. Expected here: {', '.join(expected)}.")
