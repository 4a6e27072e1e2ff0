"""`coresponder anchor-key`, `coresponder anchor`, and the proofs that `coresponder export` writes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coresponder.cli.borders import OUTPUT, write_text
from coresponder.cli.options import AGENCY, NOW, STORE, open_store, parse_now, say
from coresponder.cli.progress import at_work
from coresponder.cli.written import NEW_FILE, say_why
from coresponder.errors import CorruptRecord, NotFound, UnreadableFile, nearest

if TYPE_CHECKING:
    from coresponder.interop.transparency.anchors import Anchor
    from coresponder.stores.sql import SqlStore

__all__ = [
    "AGAINST",
    "PUBLIC_KEY",
    "anchor",
    "anchor_key",
    "departed",
    "export_consistency",
    "export_inclusion",
]

_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)
_AGAINST_HELP = "The file of anchors that `coresponder anchor` wrote."
_KEY_HELP = "The public key that `coresponder anchor-key` printed."
AGAINST = click.option("--against", type=_THERE, help=_AGAINST_HELP)
PUBLIC_KEY = click.option("--public-key", metavar="KEY", help=_KEY_HELP)
_AGAINST = click.option("--against", type=_THERE, required=True, help=_AGAINST_HELP)
_PUBLIC_KEY = click.option("--public-key", metavar="KEY", required=True, help=_KEY_HELP)


@click.command("anchor-key")
@click.argument("name")
@click.option(
    "--to",
    "file",
    required=True,
    type=NEW_FILE,
    help="The new file. Keep it where those who can write the database cannot read it.",
)
def anchor_key(name: str, file: Path) -> None:
    """Make a key that signs anchors, called NAME, for example records.example.org. Print the public
    key; give it to everybody who may check.
    """
    from coresponder.interop.transparency.signed_note import SigningKey

    key = SigningKey.make(name)
    if file.exists():
        raise click.UsageError(f"{file} is there already; name a new file for a new key")
    with say_why(file):
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="utf-8") as opened:
            opened.write(f"{key.secret()}\n")
    say(f"{key}")


@click.command()
@STORE
@click.option(
    "--to",
    "file",
    required=True,
    type=NEW_FILE,
    help="The file of anchors, outside the database. The new anchor is added at its end.",
)
@click.option(
    "--key",
    "key_file",
    required=True,
    type=_THERE,
    help="The file of the key that `coresponder anchor-key` made.",
)
@NOW
@AGENCY
def anchor(store: str, file: Path, key_file: Path, now: str | None, agency: str) -> None:
    """Sign what the log of STORE, its roster and its disclosures hold now. If they depart from the
    anchors that are in the file already, nothing is signed, and the exit code is 1.
    """
    from coresponder.clock import utc_now
    from coresponder.interop.transparency.anchored import anchor_of
    from coresponder.interop.transparency.signed_note import SigningKey

    key, at = SigningKey.parse(_text(key_file)), parse_now(now) or utc_now()
    known = _known(file, str(key)) if file.exists() and file.stat().st_size else ()
    with open_store(store, agency) as opened:
        try:
            with at_work("reads the log"):
                made = [
                    anchor_of(opened, name, at=at, since=_of(known, name))
                    for name in _names(opened, agency, known)
                ]
        except CorruptRecord as fault:
            say(f"{fault}")
            sys.exit(1)
    _add(file, "".join(one.signed(key) for one in made))
    for one in made:
        say(f"{file}: {one.size:,} events of {one.agency}")


def _add(file: Path, text: str) -> None:
    """Add a text at the end of a file, or leave the file as it was."""
    with say_why(file), file.open("ab") as end:
        size = end.tell()
        try:
            end.write(text.encode())
            end.flush()
        except OSError:
            end.truncate(size)  # half an anchor would make the others unreadable
            raise


def departed(store: SqlStore, agency: str, file: Path, key: str) -> Iterator[str]:
    """Yield in words where a store departs from the anchors of an agency, its roster and its
    disclosures.
    """
    from coresponder.interop.transparency.anchored import departures

    known = _known(file, key)
    for name in _names(store, agency, known):
        if not (anchors := _of(known, name)):
            yield f"{file} has no anchor of {name}; make one, or choose the agency with --agency"
        yield from departures(store, name, anchors)


@click.command("inclusion")
@STORE
@click.argument("incident")
@click.argument("number", type=click.IntRange(1))
@_AGAINST
@_PUBLIC_KEY
@AGENCY
@OUTPUT
def export_inclusion(
    store: str,
    incident: str,
    number: int,
    against: Path,
    public_key: str,
    agency: str,
    output: Path | None,
) -> None:
    """Prove that event NUMBER of INCIDENT is in the log that the newest anchor signed (C2SP
    tlog-proof). The proof shows the event, and holds without STORE.
    """
    from coresponder.interop.transparency.anchored import prove_event

    newest = _anchors_of(against, public_key, agency)[-1]
    with open_store(store, agency) as opened, at_work("reads the log"):
        proof = prove_event(opened, newest, incident, number)
    write_text(proof, output)


@click.command("consistency")
@STORE
@_AGAINST
@_PUBLIC_KEY
@AGENCY
@OUTPUT
def export_consistency(
    store: str, against: Path, public_key: str, agency: str, output: Path | None
) -> None:
    """Prove that the newest anchor continues the oldest one (RFC 6962): nothing that was anchored
    was changed or removed. The proof holds without STORE.
    """
    from coresponder.interop.transparency.anchored import entries_of
    from coresponder.interop.transparency.proofs import consistency_proof

    oldest, *_, newest = _anchors_of(against, public_key, agency) * 2
    with open_store(store, agency) as opened, at_work("reads the log"):
        proof = consistency_proof(oldest, newest, entries_of(opened, agency))
    write_text(proof, output)


def _known(file: Path, key: str) -> tuple[Anchor, ...]:
    from coresponder.interop.transparency.anchors import read_anchors
    from coresponder.interop.transparency.signed_note import VerifyingKey

    return read_anchors(_text(file), VerifyingKey.parse(key), source=file.name)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UnreadableFile(f"{file}: this is not text in UTF-8; choose another file") from None


def _of(anchors: Iterable[Anchor], agency: str) -> tuple[Anchor, ...]:
    return tuple(one for one in anchors if one.agency == agency)


def _anchors_of(file: Path, key: str, agency: str) -> tuple[Anchor, ...]:
    """Return the anchors of an agency; raise `NotFound` if there is none."""
    known = _known(file, key)
    if not (found := _of(known, agency)):
        raise NotFound(
            f"{file} has no anchor of {agency!r}, choose another with --agency; "
            f"{nearest(agency, {one.agency for one in known})}"
        )
    return found


def _names(store: SqlStore, agency: str, known: Iterable[Anchor]) -> list[str]:
    """Return the agency, and the streams of its roster and its disclosures if there are or were
    any.
    """
    from coresponder.workflow.streams import streams_of

    incidents, *beside = streams_of(agency)
    known = tuple(known)
    return [incidents, *(name for name in beside if store.has(name) or _of(known, name))]
