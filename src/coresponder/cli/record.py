"""`coresponder record`: an event that a person writes down."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.borders import check_by, override_of, print_taken
from coresponder.cli.options import (
    AGENCY,
    STORE,
    format_option,
    open_workflow,
    parse_now,
    print_json,
    say,
    say_wrapped,
)
from coresponder.errors import InvalidEvent

if TYPE_CHECKING:
    import datetime as dt

    from coresponder.domain.events import Event
    from coresponder.domain.objects import Override
    from coresponder.program import Permission, Program
    from coresponder.workflow import Taken, Workflow

__all__ = ["record"]


@click.command()
@STORE
@click.argument("incident")
@click.argument("event", required=False)
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--at", metavar="TIME", help="When it happened, like 2026-03-02T21:00:00-05:00.")
@click.option("--by", metavar="ID", help="The id of who records it, like clinician-1.")
@click.option(
    "--override",
    metavar="REASON",
    help="Record a decision that the program refuses, for this reason, like supervisor_order.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be recorded, and write nothing.")
@click.option(
    "--list",
    "listed",
    is_flag=True,
    help="List what may be recorded now, with its fields; of one EVENT, the words of each field.",
)
@AGENCY
@format_option("text", "json")
def record(
    store: str,
    incident: str,
    event: str | None,
    fields: tuple[str, ...],
    at: str | None,
    by: str | None,
    override: str | None,
    dry_run: bool,
    listed: bool,
    agency: str,
    form: str,
) -> None:
    """Record EVENT in INCIDENT of STORE, for example
    `FollowUpDone follow_up=f1 kind=phone_call outcome=reached`. The same event of the same time is
    recorded once. Exit 1 if it is refused.
    """
    if listed:
        with open_workflow(store, agency) as workflow:
            _list(workflow, incident, event, form)
        return
    if event is None or at is None or by is None:
        missing = ["EVENT"] * (event is None) + ["--at"] * (at is None) + ["--by"] * (by is None)
        raise click.UsageError(f"missing: {', '.join(missing)}; --list shows what may be recorded")
    check_by(by)
    when, anyway, said = (
        parse_now(at, "--at"),
        override_of(override, by if override else None),
        dict(_said(fields)),
    )
    assert when is not None  # noqa: S101 - a time is given
    with open_workflow(store, agency) as workflow:
        made = _event(workflow, incident, event, said, when, by)
        taken = _take(workflow, incident, made, anyway, dry_run=dry_run)
    print_taken(taken, form)
    if taken.overridable and form == "text":
        say("next: record what is missing, or give --override REASON")
    sys.exit(1 if taken.refused or taken.not_recorded else 0)


def _said(fields: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the fields and their values; raise `UsageError` for another shape."""
    seen = set[str]()
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{text!r}: write a field as FIELD=VALUE, like outcome=reached")
        if name in seen:
            raise click.UsageError(f"{name} is given twice; a list is written {name}=a,b")
        seen.add(name)
        yield name, value


def _program(workflow: Workflow, incident: str) -> Program:
    return workflow.program_of(workflow.case(incident))


def _event(
    workflow: Workflow, incident: str, name: str, said: dict[str, str], at: dt.datetime, by: str
) -> Event:
    from coresponder.workflow.by_hand import event_said

    program = _program(workflow, incident)
    try:
        return event_said(program, name, said, at=at, by=by)
    except InvalidEvent as error:
        which = f" {name}" if name in program.vocabulary else ""
        raise click.UsageError(
            f"{error}\nSee: coresponder record STORE {incident}{which} --list"
        ) from None


def _take(
    workflow: Workflow, incident: str, made: Event, override: Override | None, *, dry_run: bool
) -> Taken:
    """Record an event, or find out in a transaction that is taken back what that would do."""
    import attrs
    import sqlalchemy as sa

    from coresponder.workflow.by_hand import record_said

    if not dry_run:
        return record_said(workflow, incident, made, override=override)
    engine = sa.create_engine(workflow.store.engine.url, poolclass=sa.NullPool)  # type: ignore[attr-defined]
    with engine.connect() as connection:
        taken = record_said(workflow.within(connection), incident, made, override=override)
        connection.rollback()
    return attrs.evolve(taken, says=(*taken.says, "this is a dry run: nothing was written"))


def _list(workflow: Workflow, incident: str, name: str | None, form: str) -> None:
    from coresponder.workflow.by_hand import event_type

    program = _program(workflow, incident)
    answers = workflow.permitted(incident, None)
    if name is not None:
        try:
            event_type(program, name)
        except InvalidEvent as error:
            raise click.UsageError(str(error)) from None
        answers = tuple(one for one in answers if one.event == name)
    if form == "json":
        print_json([one.to_dict() | {"fields": _fields(program, one.event)} for one in answers])
        return
    odd = [one.event for one in answers if one.out_of_place and name is None]
    for one in answers:
        if one.event not in odd:
            _print(program, one, words=name is not None)
    if odd:
        say_wrapped(f"taken too, and marked as not expected now: {', '.join(odd)}", indent=5)


def _fields(program: Program, name: str) -> dict[str, Any]:
    from coresponder.workflow.by_hand import fields_asked, words_of

    cls = program.vocabulary[name]
    return {
        field: {"required": must, "words": words_of(program, cls, field)}
        for field, must in fields_asked(cls).items()
    }


def _print(program: Program, one: Permission, *, words: bool) -> None:
    fields = _fields(program, one.event)
    named = {n: it for n, it in fields.items() if n != "approximate"}  # every event may be
    asked = " ".join(f"{n}=" if it["required"] else f"[{n}=]" for n, it in named.items())
    say_wrapped(f"{'yes' if one.permitted else 'no '}  {one.event} {asked}", indent=5)
    for why in (*map(str, one.refusals), *(f"it depends: {text}" for text in one.depends)):
        say_wrapped(f"     {why}", indent=5)
    if one.out_of_place:
        say("     the lifecycle does not expect it now; it is taken, and marked")
    for field, it in fields.items() if words else ():
        if it["words"]:
            say_wrapped(f"     {field}: {', '.join(it['words'])}", indent=7)
