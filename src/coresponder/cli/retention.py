"""The command `retention`: which words need no longer be kept, and erasing them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.options import (
    AGENCY,
    KEYS,
    STORE,
    format_option,
    key_service,
    open_workflow,
    parse_now,
    print_json,
    say,
    say_wrapped,
)

if TYPE_CHECKING:
    from coresponder.workflow import Workflow
    from coresponder.workflow.retention import Retained

__all__ = ["retention"]


@click.command()
@STORE
@click.option("--before", help="What is due by this time (ISO 8601 with zone); by default now.")
@click.option("--do", "erase", is_flag=True, help="Erase what is due and not under a legal hold.")
@click.option(
    "--by", default="", help="The id of whoever decided it, like records-1, for the custody record."
)
@click.option("--program", help="The program with the rules; by default the newest incident's.")
@KEYS
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="How many to list."
)
@click.option("--after", help="List what follows the page that ended with this cursor.")
@AGENCY
@format_option("text", "json")
def retention(
    store: str,
    before: str | None,
    erase: bool,
    by: str,
    program: str | None,
    keys: Path | None,
    limit: int,
    after: str | None,
    agency: str,
    form: str,
) -> None:
    """List the words in STORE that the program's rules no longer keep, those that a legal hold
    keeps, and those without a date. With --do, erase what is due.
    """
    until = parse_now(before, "--before")
    with open_workflow(store, agency, program=program, keys=key_service(keys)) as workflow:
        if erase:
            done = _erase(workflow, by, until)
            print_json(done) if form == "json" else say(_sentence(done))
            return
        page = workflow.retention(until, limit=limit, after=after)
        named, rules = workflow.program.name, len(workflow.program.retention)
    if form == "json":
        print_json({"retention": [_as_json(one) for one in page], "next": page.next})
        return
    if not rules:
        say(f"{named} has no [[retention]]: all words are kept.")
    for one in page:
        say_wrapped(_line(one), indent=9)
    if not page:
        say("Nothing is due.")
    if page.next is not None:
        say(f"More follow: --after {page.next}")


def _erase(workflow: Workflow, by: str, until: Any) -> dict[str, int]:
    import attrs

    try:
        return attrs.asdict(workflow.erase_due(by=by, now=until))
    except ValueError as error:
        raise click.UsageError(f"--before: {error}") from None


def _sentence(done: dict[str, int]) -> str:
    return (
        f"{done['erased']:,} entries were erased; {done['held']:,} are due but under legal hold; "
        f"{done['undated']:,} have no date and are kept"
    )


def _line(one: Retained) -> str:
    where = f", incident {one.incident}" if one.incident else ""
    said = f"{one.status:<8} {one.kind} {one.entry} about {one.subject}{where}: "
    if one.until is None:
        return said + one.why
    rule = f" ({one.rule.keep}, {one.rule.authority})" if one.rule else ""
    held = "; ".join(f"hold {h.number} by {h.by} ({h.ground})" for h in one.holds)
    return f"{said}kept until {one.until}{rule}" + (f"; {held}" if held else "")


def _as_json(one: Retained) -> dict[str, Any]:
    rule = one.rule
    return {
        "status": one.status,
        "entry": one.entry,
        "kind": one.kind,
        "subject": one.subject,
        "incident": one.incident or None,
        "until": one.until and one.until.isoformat(),
        "rule": rule and rule.to_dict(),
        "holds": [{"number": h.number, "by": h.by, "ground": h.ground} for h in one.holds],
        "why": one.why or None,
    }
