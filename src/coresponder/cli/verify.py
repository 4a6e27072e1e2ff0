"""`coresponder verify`: whether every stored row is as it was written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from coresponder.cli.anchors import AGAINST, PUBLIC_KEY, departed
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
from coresponder.cli.progress import at_work

if TYPE_CHECKING:
    from coresponder.stores.sql import SqlStore

__all__ = ["verify"]


class _Streams(NamedTuple):
    """What was found of an agency's incidents, of its responders, or of its disclosures.

    Attributes:
        total: how many there are; of disclosures, how many incidents have some.
        checkpoints: the digests of their checkpoints, the oldest first.
        faults: what is not as it was written.
    """

    total: int
    checkpoints: tuple[str, ...]
    faults: tuple[str, ...]


@click.command()
@STORE
@click.option(
    "--checkpoint",
    help="The digest of a checkpoint that you kept elsewhere; the store must still have the checkpoint.",
)
@click.option(
    "--since",
    metavar="DIGEST",
    help="Check only what was written or changed after this checkpoint, which was verified before.",
)
@AGAINST
@PUBLIC_KEY
@KEYS
@AGENCY
@format_option("text", "json")
def verify(
    store: str,
    checkpoint: str | None,
    since: str | None,
    against: Path | None,
    public_key: str | None,
    keys: Path | None,
    agency: str,
    form: str,
) -> None:
    """Check that no stored row of incidents, roster or disclosures was changed, lost or moved. With
    --against, compare the log with its anchors, too. Exit 0 if every row is as it was written, 1
    otherwise.

    Encrypted words are compared with the log only with --keys.
    """
    from coresponder.workflow.streams import streams_of

    if (against is None) != (public_key is None):
        raise click.UsageError("--against and --public-key go together; give both")
    with (
        open_store(store, agency, read_only=True, keys=key_service(keys)) as opened,
        at_work("compares every row"),
    ):
        unread = keys is None and opened.encrypted()
        names = streams_of(agency)
        incidents = _look(opened, names.incidents, since)
        roster, shown = _look(opened, names.roster, None), _look(opened, names.disclosures, None)
        every = (incidents, roster, shown)
        faults = [fault for streams in every for fault in streams.faults]
        if against is not None and public_key is not None:
            faults += departed(opened, agency, against, public_key)
    if checkpoint is not None and checkpoint not in {
        digest for streams in every for digest in streams.checkpoints
    }:
        faults.append(
            f"checkpoint {checkpoint} is no longer in the store; restore the store from a backup"
        )
    if form == "json":
        also = {"encrypted_words_compared": False} if unread else {}
        print_json(_as_json(*every) | also | {"faults": faults})
    else:
        what = "every row is" if since is None else "what was written since the checkpoint is"
        what += " as it was written" + (f" and as {against} says" if against else "")
        _print(agency, every, faults, what)
        if unread:
            say("encrypted words were not compared with the log; give --keys FILE to compare them")
    sys.exit(1 if faults else 0)


def _look(store: SqlStore, agency: str, since: str | None) -> _Streams:
    faults = (*store.verify(agency, since=since), *map(_not_folded, store.unfolded(agency)))
    return _Streams(store.count(agency), store.checkpoints(agency), faults)


def _not_folded(program: str) -> str:
    return (
        f"program {program} is not kept in this store, so its incidents could not be compared with "
        "the log; verify them in Python with Workflow(program, store).verify()"
    )


def _as_json(incidents: _Streams, roster: _Streams, shown: _Streams) -> dict[str, Any]:
    found: dict[str, Any] = {"incidents": incidents.total, "checkpoint": _newest(incidents)}
    if roster.total or roster.checkpoints:
        found["roster"] = {"responders": roster.total, "checkpoint": _newest(roster)}
    if shown.total or shown.checkpoints:
        found["disclosures"] = {"incidents": shown.total, "checkpoint": _newest(shown)}
    return found


def _newest(streams: _Streams) -> str | None:
    return streams.checkpoints[-1] if streams.checkpoints else None


def _print(
    agency: str, every: tuple[_Streams, _Streams, _Streams], faults: list[str], what: str
) -> None:
    incidents, roster, shown = every
    for fault in faults:
        say(fault)
    counted = f"{incidents.total:,} incidents"
    counted += f" and {roster.total:,} responders" if roster.total else ""
    counted += f" and the disclosures of {shown.total:,} incidents" if shown.total else ""
    say(f"{counted} of {agency}: " + (f"{len(faults):,} faults" if faults else what))
    for of, streams in zip(("", " of the roster", " of the disclosures"), every, strict=True):
        if streams.checkpoints:
            say(f"checkpoint {len(streams.checkpoints)}{of}: {streams.checkpoints[-1]}")
