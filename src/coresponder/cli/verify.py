"""`coresponder verify`: whether every stored row is as it was written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from coresponder.cli.anchors import AGAINST, PUBLIC_KEY, departed
from coresponder.cli.options import AGENCY, STORE, format_option, open_store, print_json, say

if TYPE_CHECKING:
    from coresponder.stores.sql import SqlStore

__all__ = ["verify"]


class _Streams(NamedTuple):
    """What was found of an agency's incidents, or of its responders.

    Attributes:
        total: how many there are.
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
@AGENCY
@format_option("text", "json")
def verify(
    store: str,
    checkpoint: str | None,
    since: str | None,
    against: Path | None,
    public_key: str | None,
    agency: str,
    form: str,
) -> None:
    """Check that no stored row of incidents or of the roster was changed, lost or moved. With
    --against, compare the log with its anchors, too. Exit 0 if every row is as it was written, 1
    otherwise.
    """
    from coresponder.workflow.roster import streams_of

    if (against is None) != (public_key is None):
        raise click.UsageError("--against and --public-key go together; give both")
    with open_store(store, agency, read_only=True) as opened:
        incidents = _look(opened, agency, since)
        roster = _look(opened, streams_of(agency), None)
        faults = [*incidents.faults, *roster.faults]
        if against is not None and public_key is not None:
            faults += departed(opened, agency, against, public_key)
    if checkpoint is not None and checkpoint not in {*incidents.checkpoints, *roster.checkpoints}:
        faults.append(
            f"checkpoint {checkpoint} is no longer in the store; restore the store from a backup"
        )
    if form == "json":
        print_json(_as_json(incidents, roster) | {"faults": faults})
    else:
        what = "every row is" if since is None else "what was written since the checkpoint is"
        what += " as it was written" + (f" and as {against} says" if against else "")
        _print(agency, incidents, roster, faults, what)
    sys.exit(1 if faults else 0)


def _look(store: SqlStore, agency: str, since: str | None) -> _Streams:
    faults = (*store.verify(agency, since=since), *map(_not_folded, store.unfolded(agency)))
    return _Streams(store.count(agency), store.checkpoints(agency), faults)


def _not_folded(program: str) -> str:
    return (
        f"program {program} is not kept in this store, so its incidents could not be compared with "
        "the log; verify them in Python with Workflow(program, store).verify()"
    )


def _as_json(incidents: _Streams, roster: _Streams) -> dict[str, Any]:
    found: dict[str, Any] = {"incidents": incidents.total, "checkpoint": _newest(incidents)}
    if roster.total or roster.checkpoints:
        found["roster"] = {"responders": roster.total, "checkpoint": _newest(roster)}
    return found


def _newest(streams: _Streams) -> str | None:
    return streams.checkpoints[-1] if streams.checkpoints else None


def _print(
    agency: str, incidents: _Streams, roster: _Streams, faults: list[str], what: str
) -> None:
    for fault in faults:
        say(fault)
    counted = f"{incidents.total:,} incidents"
    counted += f" and {roster.total:,} responders" if roster.total else ""
    say(f"{counted} of {agency}: " + (f"{len(faults):,} faults" if faults else what))
    for of, streams in (("", incidents), (" of the roster", roster)):
        if streams.checkpoints:
            say(f"checkpoint {len(streams.checkpoints)}{of}: {streams.checkpoints[-1]}")
