"""The log of a store as the entries of a Merkle tree: what is anchored, and whether it still is what
was anchored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from coresponder.errors import CorruptRecord, NotFound
from coresponder.interop.transparency.anchors import Anchor, faults_against
from coresponder.interop.transparency.proofs import inclusion_proof
from coresponder.interop.transparency.tree import Entries, Tree
from coresponder.stores.codec import genesis

if TYPE_CHECKING:
    from coresponder.stores.feed import FeedEntry
    from coresponder.stores.sql import SqlStore

__all__ = ["anchor_of", "departures", "entries_of", "prove_event"]

_AT_ONCE = 1_000


def _feed(store: SqlStore, agency: str, after: int = 0) -> Iterator[FeedEntry]:
    while page := store.feed(agency, after=after, limit=_AT_ONCE):
        yield from page
        after = page[-1].position


def entries_of(store: SqlStore, agency: str) -> Entries:
    """Return the reader of an agency's log: the digest of each event, in the order of the feed."""

    def entries(start: int, stop: int) -> Iterator[bytes]:
        for entry in islice(_feed(store, agency, start), stop - start):
            yield bytes.fromhex(entry.row.digest)

    return entries


def anchor_of(store: SqlStore, agency: str, *, at: dt.datetime, since: Iterable[Anchor]) -> Anchor:
    """Return what the log of an agency holds now. A checkpoint is made first.

    Args:
        store: the store.
        agency: the agency, or the streams of its roster.
        at: the time now.
        since: earlier anchors of the agency.

    Raises:
        CorruptRecord: the log is not what an earlier anchor says, so a new one would hide it.
    """
    store.checkpoint(agency, at=at)
    sealed = store.checkpoints(agency)
    earlier = tuple(since)
    size, found = _roots(store, agency, earlier)
    for fault in faults_against(earlier, size=size, roots=found, checkpoints=sealed):
        raise CorruptRecord(f"no anchor was made: {fault}")
    checkpoint = (len(sealed), sealed[-1]) if sealed else None
    return Anchor(agency=agency, size=size, root=found[size], made_at=at, checkpoint=checkpoint)


def departures(store: SqlStore, agency: str, anchors: Iterable[Anchor]) -> Iterator[str]:
    """Yield in words where a store departs from the anchors of an agency."""
    known = tuple(anchors)
    try:
        size, found = _roots(store, agency, known)
    except CorruptRecord as fault:
        yield f"the log of {agency} cannot be compared with its anchors: {fault}"
        return
    yield from faults_against(known, size=size, roots=found, checkpoints=store.checkpoints(agency))


def _roots(
    store: SqlStore, agency: str, anchors: tuple[Anchor, ...]
) -> tuple[int, dict[int, bytes]]:
    """Return how many events there are, and the roots of the tree at that size and at those of the
    anchors. The log is read once.
    """
    tree, wanted = Tree(), {anchor.size for anchor in anchors}
    found = {0: tree.root}
    for entry in _feed(store, agency):
        tree.add(bytes.fromhex(entry.row.digest))
        if tree.size in wanted:
            found[tree.size] = tree.root
    return tree.size, found | {tree.size: tree.root}


def prove_event(store: SqlStore, anchor: Anchor, incident: str, number: int) -> str:
    """Return the proof that an event of an incident was anchored; see `inclusion_proof`.

    Raises:
        NotFound: there is no such event, or it was recorded after the anchor was made.
    """
    kept = store.load(anchor.agency, incident)
    if not 0 < number <= len(kept.rows):
        raise NotFound(f"incident {incident} has {len(kept.rows)} events, and no event {number}")
    entry = next(
        one
        for one in _feed(store, anchor.agency)
        if (one.incident, one.row.number) == (incident, number)
    )
    before = kept.rows[number - 2].digest if number > 1 else ""
    return inclusion_proof(
        anchor,
        entries_of(store, anchor.agency),
        position=entry.position,
        previous=before or genesis(anchor.agency, incident, kept.program),
        row=kept.rows[number - 1],
    )
