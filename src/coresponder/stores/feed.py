"""The feed of an agency: every event of every incident once, under a position that never changes
(ADR 0151).
"""

from __future__ import annotations

import attrs

from coresponder.errors import CorruptRecord, PositionAhead
from coresponder.stores.codec import Stored, chain, genesis

__all__ = ["FeedEntry", "check_after", "check_end", "check_entry"]


@attrs.frozen(kw_only=True)
class FeedEntry:
    """An event at its position in the feed of its agency.

    Attributes:
        position: its place in the feed: 1, 2, 3 and so on, without gaps.
        incident: the incident that it belongs to.
        program: the program under which the incident began.
        row: the event as it is stored; `row.digest` is its digest in the incident's chain.
    """

    position: int
    incident: str
    program: str
    row: Stored


def check_entry(agency: str, entry: FeedEntry, *, position: int, previous: str | None) -> FeedEntry:
    """Return an entry if it is at this position and its event is as it was written; raise
    `CorruptRecord` if not.

    Args:
        agency: whose feed it is.
        entry: the entry.
        position: the position that comes next.
        previous: the digest of the incident's event before; None for its first event.
    """
    if entry.position != position:
        raise CorruptRecord(f"feed: position {position} is missing; restore it from a backup")
    row = entry.row
    before = genesis(agency, entry.incident, entry.program) if previous is None else previous
    digest = chain(
        before, row.number, row.kind, row.version, row.recorded_at, row.body, row.request
    )
    if digest != row.digest:
        raise CorruptRecord(
            f"feed, position {position}: event {row.number} of incident {entry.incident} was changed"
            " after it was written; restore it from a backup"
        )
    return entry


def check_after(after: int) -> int:
    """Return a position after which a feed is read; raise `ValueError` if it is negative."""
    if after < 0:
        raise ValueError(f"after: {after} is not a position; 0 is the beginning of the feed")
    return after


def check_end(after: int, last: int) -> None:
    """Raise `PositionAhead` if a feed has not reached a position."""
    if after > last:
        raise PositionAhead(after, last)
