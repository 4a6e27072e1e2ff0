"""The commands about words: encrypt, rotate-keys, forget, hold, release, custody."""

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
    open_store,
    print_json,
    say,
)
from coresponder.cli.progress import at_work, progress_bar

if TYPE_CHECKING:
    from coresponder.stores.custody import Custody
    from coresponder.stores.keys import LocalKeys

__all__ = ["custody", "encrypt", "forget", "hold", "release", "rotate_keys"]

_BY = click.option(
    "--by", default="", help="The id of whoever decided it, like records-1, for the custody record."
)
_GROUND = click.option(
    "--ground", default="", help="Why, as a code of the agency, for the custody record."
)


def _the_keys(path: Path | None) -> LocalKeys:
    found = key_service(path)
    if found is None:
        raise click.UsageError("give --keys FILE, the key file of this store")
    return found


@click.command()
@STORE
@KEYS
@AGENCY
@_BY
@_GROUND
def encrypt(store: str, keys: Path | None, agency: str, by: str, ground: str) -> None:
    """Encrypt the words in STORE, each under the key of the person or incident that it is about.
    The key file is made if the store has no encrypted words yet.
    """
    from coresponder.stores.keys import LocalKeys

    if keys is not None and not keys.exists():
        with open_store(store, agency) as opened:
            if not opened.encrypted():
                LocalKeys.make(keys)
                say(f"made {keys}: keep it apart from the store, and in another backup")
    with (
        open_store(store, agency, keys=_the_keys(keys)) as opened,
        progress_bar(None, "entries") as progress,
    ):
        count = opened.encrypt(agency, by=by, ground=ground, progress=progress)
        on_server = opened.dialect.name == "postgresql"
    say(f"{count:,} entries were encrypted")
    if count and on_server:
        say(f"their plain text may remain in pages until you run: coresponder scrub {store}")


@click.command("rotate-keys")
@STORE
@KEYS
@AGENCY
def rotate_keys(store: str, keys: Path | None, agency: str) -> None:
    """Wrap every key of STORE with a new wrapping key and destroy the old ones. No text is
    rewritten, and others may read and write meanwhile.
    """
    with (
        open_store(store, agency, keys=_the_keys(keys)) as opened,
        progress_bar(None, "keys") as progress,
    ):
        count = opened.rotate_keys(agency, progress=progress)
    say(f"{count:,} keys were wrapped anew; copies of the old key file no longer open this store")


@click.command()
@STORE
@click.argument("subject")
@KEYS
@AGENCY
@_BY
@_GROUND
def forget(store: str, subject: str, keys: Path | None, agency: str, by: str, ground: str) -> None:
    """Erase all words about SUBJECT, the id of a person or an incident, with what incidents of the
    person share. Exit 2 if a legal hold keeps them.
    """
    with open_store(store, agency, keys=key_service(keys)) as opened, at_work("erases"):
        count = opened.forget(agency, subject, by=by, ground=ground)
    say(f"{count:,} entries about {subject} were erased")


@click.command()
@STORE
@click.argument("subject")
@AGENCY
@click.option("--by", required=True, help="The id of whoever placed it, like records-1.")
@click.option("--ground", required=True, help="The matter, as a code of the agency.")
def hold(store: str, subject: str, agency: str, by: str, ground: str) -> None:
    """Place a legal hold on SUBJECT, a person or an incident: its words cannot be erased until the
    hold is released.
    """
    with open_store(store, agency) as opened:
        made = opened.hold(agency, subject, by=by, ground=ground)
    say(
        f"hold {made.number} on {subject}; release it with: coresponder release {store} {made.number}"
    )


@click.command()
@STORE
@click.argument("number", type=int)
@AGENCY
@click.option("--by", required=True, help="The id of whoever released it, like records-1.")
@click.option("--ground", required=True, help="Why, as a code of the agency.")
def release(store: str, number: int, agency: str, by: str, ground: str) -> None:
    """Release the legal hold with this number."""
    with open_store(store, agency) as opened:
        made = opened.release(agency, number, by=by, ground=ground)
    say(f"hold {number} on {made.subject} was released")


@click.command()
@STORE
@AGENCY
@click.option("--holds", is_flag=True, help="Only the legal holds that are in force.")
@format_option("text", "json")
def custody(store: str, agency: str, holds: bool, form: str) -> None:
    """List what was done about the words in STORE: holds placed and released, words erased or
    encrypted.
    """
    with open_store(store, agency, read_only=True) as opened:
        found = opened.holds(agency) if holds else tuple(opened.every_custody(agency))
    if form == "json":
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        say(_line(one))
    say(f"{len(found):,} {'holds are in force' if holds else 'records'}")


def _as_json(one: Custody) -> dict[str, Any]:
    import attrs

    return {**attrs.asdict(one), "at": one.at.isoformat()}


def _line(one: Custody) -> str:
    what = {
        "hold": f"hold on {one.subject}",
        "release": f"hold {one.hold} on {one.subject} released",
        "forget": f"{one.entries:,} entries about {one.subject} erased",
        "discard": f"{one.entries:,} single entries erased",
        "encrypt": f"{one.entries:,} entries encrypted",
    }[one.act]
    by = f", by {one.by}" if one.by else ""
    return f"{one.number:>4}  {one.at:%Y-%m-%d %H:%M} UTC  {what}{by}" + (
        f" ({one.ground})" if one.ground else ""
    )
