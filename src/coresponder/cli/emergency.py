"""Emergency access (break glass) on the command line: opening it, and reviewing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from coresponder.cli.borders import check_by
from coresponder.cli.options import (
    AGENCY,
    NOBODY,
    STORE,
    VIEWER,
    open_workflow,
    say,
    say_wrapped,
    viewer_of,
)
from coresponder.outputs import redact

if TYPE_CHECKING:
    from coresponder.domain.events import EmergencyAccessOpened
    from coresponder.program import Case, Program
    from coresponder.workflow import Window, Workflow

__all__ = ["LOOK", "looking", "open_access", "review_access"]

_F = TypeVar("_F", bound=Callable[..., Any])
_BREAK_GLASS = click.option(
    "--break-glass",
    metavar="REASON",
    help="First open what --as may see only in an emergency: imminent_danger or medical_emergency."
    " It is recorded under --viewer, and somebody else reviews it.",
)


def LOOK(command: _F) -> _F:  # noqa: N802 - an option, as VIEWER is
    """Add the options that say who looks at an incident, and for what; `looking` reads them."""
    return VIEWER(_BREAK_GLASS(command))


@contextmanager
def looking(
    store: str, incident: str, agency: str, *, break_glass: str | None, **asked: Any
) -> Iterator[tuple[Workflow, Window | None]]:
    """Open a store for a look at an incident, with the window of whoever looks; without one for
    whoever may read the store's file.
    """
    viewer = viewer_of(**asked)
    if viewer is None and break_glass is not None:
        raise click.UsageError("--break-glass goes with --as, --purpose and --viewer: say for whom")
    with open_workflow(store, agency, read_only=viewer is None) as workflow:
        window = None if viewer is None else workflow.as_(*viewer)
        if window is not None and break_glass is not None:
            open_access(window, incident, break_glass, store, agency)
        yield workflow, window


def open_access(window: Window, incident: str, reason: str, store: str, agency: str) -> None:
    """Open an emergency access and say what it opens, until when, and who reviews it how, on
    standard error.
    """
    from coresponder.domain.vocabulary import AccessReason
    from coresponder.errors import nearest

    if window.viewer.id == NOBODY:
        raise click.UsageError("--break-glass: --viewer is missing: say who opens it, by an id")
    reasons = [one.value for one in AccessReason]
    if reason not in reasons:
        raise click.UsageError(f"--break-glass {reason!r}: {nearest(reason, reasons)}")
    access = window.open_emergency_access(incident, reason)
    for line in _said(window.workflow, incident, access, store, agency):
        say(redact(line), err=True)


def _said(
    workflow: Workflow, incident: str, access: EmergencyAccessOpened, store: str, agency: str
) -> Iterator[str]:
    from coresponder.cli.sights import events_of
    from coresponder.domain.spoken import say_word
    from coresponder.domain.types import say_time

    case = workflow.case(incident)
    program = workflow.program_of(case)
    zone = program.calendar.time_zone
    until, why = say_time(access.until, zone), say_word(access.reason)
    yield f"emergency access {access.access} for {why}: open to {access.viewer} until {until}"
    for view in program.views:
        if view.id in access.views:
            yield f"opens {view.id}: {events_of(view)}; each look is in the disclosure log"
    yield from _review(program, case, access.access, workflow.store.now())
    where = "" if agency == "default" else f" --agency {agency}"
    command = f"coresponder review-access {store} {incident} {access.access}{where}"
    yield f"to review it: {command} --by ID --finding justified (not_justified ends it)"


def _review(program: Program, case: Case, access: str, now: dt.datetime) -> Iterator[str]:
    """Yield who owes a review by when, that it was reviewed, or that nobody owes a review."""
    from coresponder.domain.events import EmergencyAccessReviewed
    from coresponder.domain.types import say_time

    owed = [one for one in program.obligations(case, now) if one.key == access]
    for one in owed:
        by = f" by {say_time(one.due, program.calendar.time_zone)}" if one.due else ""
        yield f"owed{by}: {one.why}"
    reviews = [one for one in case.valid() if isinstance(one, EmergencyAccessReviewed)]
    if any(one.access == access for one in reviews):
        yield "it was reviewed"
    elif not owed:
        yield f"{program.name} owes no review of it; see coresponder check"


@click.command("review-access")
@STORE
@click.argument("incident")
@click.argument("access")
@click.option("--by", required=True, help="The id of whoever reviews it, like sergeant-1.")
@click.option(
    "--finding",
    required=True,
    type=click.Choice(["justified", "not_justified"]),
    help="What the review found. An access that was not justified ends at once.",
)
@AGENCY
def review_access(
    store: str, incident: str, access: str, by: str, finding: str, agency: str
) -> None:
    """Record the review of an emergency ACCESS to INCIDENT. What was seen by it is listed by
    `coresponder disclosures`, and what still needs a review by `coresponder due`.
    """
    from coresponder.domain.events import EmergencyAccessReviewed
    from coresponder.domain.spoken import say_word
    from coresponder.domain.vocabulary import AccessFinding

    check_by(by)
    with open_workflow(store, agency) as workflow:
        _check_there(workflow.case(incident), access)
        review = EmergencyAccessReviewed(
            at=workflow.store.now(), by=by, access=access, finding=AccessFinding(finding)
        )
        step = workflow.record(incident, review)
    say_wrapped(f"{incident}: emergency access {access} reviewed by {by}: {say_word(finding)}")
    for met in step.met:
        say_wrapped(f"no longer owed: {met.why}")


def _check_there(case: Case, access: str) -> None:
    """Raise `NotFound` for an access that a case does not have. Not each program has a rule for it."""
    from coresponder.domain.events import EmergencyAccessOpened
    from coresponder.errors import NotFound, nearest

    there = [one.access for one in case.history if isinstance(one, EmergencyAccessOpened)]
    if access not in there:
        hint = nearest(access, there) if there else "nobody has opened one there"
        raise NotFound(f"incident {case.id} has no emergency access {access}; {hint}")
