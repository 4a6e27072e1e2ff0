"""The commands for operators: outbox, tick, schema, migrate and others."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.options import (
    AGENCY,
    KEYS,
    NOW,
    STORE,
    format_option,
    key_service,
    open_store,
    open_workflow,
    parse_now,
    print_json,
    say,
    say_wrapped,
)
from coresponder.cli.progress import at_work

if TYPE_CHECKING:
    from coresponder.stores.base import Outgoing
    from coresponder.stores.ports import Store

__all__ = [
    "checkpoint",
    "keep",
    "migrate",
    "outbox",
    "rebuild",
    "scrub",
    "tick",
]


@click.command()
@STORE
@click.option(
    "--resend",
    multiple=True,
    metavar="ID",
    help="Retry the given-up notice with this number, or `all` of them. May be repeated.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="The most notices to list.",
)
@click.option(
    "--order-anew",
    is_flag=True,
    help="Repair the order of notices where `verify` reports that no notice comes next.",
)
@NOW
@AGENCY
@format_option("text", "json")
def outbox(
    store: str,
    resend: tuple[str, ...],
    limit: int,
    order_anew: bool,
    now: str | None,
    agency: str,
    form: str,
) -> None:
    """List the notices that wait and those that were given up. Exit 1 if any were given up."""
    if order_anew:
        with open_store(store, agency) as kept:
            kept.order_anew(agency)
    with open_workflow(store, agency) as workflow:
        opened, zone = workflow.store, workflow.program.calendar.time_zone
        resent = _resend(opened, agency, resend, parse_now(now) or opened.now())
        waiting = opened.outbox(agency, limit=limit)
        given_up = opened.outbox(agency, limit=limit, dead=True)
    if form == "json":
        print_json(
            {
                "resent": resent,
                "waiting": [_as_json(out) for out in waiting],
                "given_up": [_as_json(out) for out in given_up],
            }
        )
    else:
        for id in resent:
            say(f"{id} will be tried again")
        for out in waiting:
            say_wrapped(f"waits     {_line(out, zone)}", indent=18)
        for out in given_up:
            say_wrapped(f"given up  {_line(out, zone)}", indent=18)
        advice = f". Next: coresponder outbox {store} --resend ID" if given_up else ""
        say(f"{len(waiting):,} wait, {len(given_up):,} were given up{advice}")
    sys.exit(1 if given_up else 0)


def _resend(store: Store, agency: str, ids: tuple[str, ...], at: dt.datetime) -> list[int]:
    """Let notices wait again, by number or `all` that were given up; return their numbers."""
    from coresponder.stores.pages import every

    numbers = {_number(id) for id in ids if id != "all"}
    if "all" in ids:
        numbers |= {out.id for out in every(store.outbox, agency, dead=True)}
    for number in sorted(numbers):
        store.resend(agency, number, at=at)
    return sorted(numbers)


def _number(text: str) -> int:
    if not text.isdigit():
        raise click.UsageError(f"--resend {text}: give the number of a notice, or all")
    return int(text)


def _as_json(out: Outgoing) -> dict[str, Any]:
    return {
        "id": out.id,
        "key": out.key,
        "notice": out.notice.to_dict(),
        "created_at": out.created_at.isoformat(),
        "attempts": out.attempts,
        "next_at": out.next_at and out.next_at.isoformat(),
        "given_up_at": out.dead_at and out.dead_at.isoformat(),
        "error": out.error,
    }


def _line(out: Outgoing, zone: dt.tzinfo) -> str:
    from coresponder.domain.types import say_time

    tried = f" [{out.attempts} attempts; {out.error or 'under way'}]" if out.attempts else ""
    when = (
        f" (next {say_time(out.next_at, zone)})"
        if out.next_at and out.attempts and out.dead_at is None
        else ""
    )
    return f"{out.id:>6}  {out.notice.say(zone)}{tried}{when}"


@click.command()
@STORE
@NOW
@AGENCY
@format_option("text", "json")
def tick(store: str, now: str | None, agency: str, form: str) -> None:
    """Write one notice for each obligation that is due soon or overdue. Run it every minute."""
    with open_workflow(store, agency) as workflow:
        new = workflow.tick(parse_now(now))
    if form == "json":
        print_json({"new": new})
    else:
        say(f"{new:,} new notices")


@click.command()
@STORE
@click.argument("program")
def keep(store: str, program: str) -> None:
    """Put PROGRAM into STORE, and make the store if there is none: for a first import, and for
    applications whose database role may only read programs. All agencies of STORE share it.
    """
    from coresponder.program import load_program
    from coresponder.stores.sql import SqlStore

    loaded = load_program(program)
    is_new = "://" not in store and not Path(store).exists()
    with SqlStore.open(store, must_exist=False) as opened:
        opened.save_program(loaded.name, loaded.definition)
    say(f"{store} {'is new and' if is_new else 'now'} has program {loaded.name}")


@click.command()
@STORE
@AGENCY
def checkpoint(store: str, agency: str) -> None:
    """Record what STORE contains now, and print a digest. Keep the digest elsewhere for `verify
    --checkpoint`.
    """
    with open_store(store, agency) as opened, at_work("reads the log"):
        digest = opened.checkpoint(agency, at=opened.now())
    say(digest or f"{agency} has nothing in this store yet")


@click.command()
@STORE
@KEYS
def scrub(store: str, keys: Path | None) -> None:
    """Finish every `forget` that was interrupted or made in a host's transaction, and remove every
    byte of forgotten words from the tables of STORE. On PostgreSQL this locks the vault while it
    runs.
    """
    from coresponder.stores.sql import SqlStore

    with SqlStore.open(store, keys=key_service(keys)) as opened, at_work("erases"):
        count = opened.scrub()
    if count:
        say(f"{count:,} entries were erased, whose key is destroyed now")
    say("no forgotten words are left in the tables")


@click.command()
@STORE
def migrate(store: str) -> None:
    """Bring the tables of STORE up to date. Make a backup first."""
    from coresponder.stores.sql import SqlStore

    with at_work("brings the tables up to date"):
        before, after = SqlStore.migrate(store)
    say(
        f"schema version {before} became {after}"
        if before != after
        else f"schema version {after}: nothing to do"
    )


@click.command()
@STORE
@AGENCY
def rebuild(store: str, agency: str) -> None:
    """Rebuild the lists of STORE from its log: what is owed, who was sent, and the state of each
    incident. Exit 0 if every incident could be read, 1 otherwise.
    """
    with open_store(store, agency) as opened, at_work("reads the log"):
        faults = opened.rebuild(agency)
        incidents = opened.count(agency)
    for fault in faults:
        say(fault)
    say(f"{incidents - len(faults):,} of {incidents:,} incidents are on the lists")
    sys.exit(1 if faults else 0)
