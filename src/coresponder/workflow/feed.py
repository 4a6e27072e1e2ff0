"""The feed of an agency as CloudEvents, for a system that follows along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self
from urllib.parse import quote

from coresponder.delivery.cloudevents import CloudEvent
from coresponder.errors import StoreUnavailable
from coresponder.stores.codec import decode
from coresponder.stores.feed import FeedEntry
from coresponder.workflow.cases import Cases

__all__ = ["DIGITS", "FeedPage", "feed_entries", "feed_page"]

_KIND = "coresponder.event"
DIGITS = 19
"""As many as the largest position has, so that the texts of positions sort like numbers."""


class FeedPage(tuple[CloudEvent, ...]):  # noqa: SLOT001 - a tuple's slots must be empty, and `position` is one more
    """A part of the feed: a tuple of CloudEvents with the position at which it ends.

    Attributes:
        position: the value of `after=` that gives what follows. Keep it together with what was made
            of the events; whoever stops in between reads some of them again.
    """

    position: int

    def __new__(cls, events: Iterable[CloudEvent] = (), *, position: int) -> Self:
        """Make a page of events."""
        page = super().__new__(cls, events)
        page.position = position
        return page


def feed_page(cases: Cases, *, after: int, limit: int) -> FeedPage:
    """Return the events after a position."""
    events = [_cloudevent(cases, entry) for entry in feed_entries(cases, after=after, limit=limit)]
    return FeedPage(events, position=after + len(events))


def feed_entries(cases: Cases, *, after: int, limit: int) -> Sequence[FeedEntry]:
    """Return the entries after a position."""
    if not cases.store.settled:
        raise StoreUnavailable(
            "the feed cannot be read inside a batch or the host's transaction, because what is not"
            " committed has no position; read it before, and keep `position` in the transaction"
        )
    return tuple(cases.store.feed(cases.agency, after=after, limit=limit))


def _cloudevent(cases: Cases, entry: FeedEntry) -> CloudEvent:
    """Put an entry into an envelope. Its id is the digest of the event, the same at every read."""
    row, vocabulary = entry.row, cases.program_named(entry.program).vocabulary
    event = decode(row, vocabulary, where=f"feed, position {entry.position}: ")
    extensions: dict[str, Any] = {
        "sequence": f"{entry.position:0{DIGITS}}",
        "recordedtime": row.recorded_at,
        "number": row.number,
        "program": entry.program,
    }
    return CloudEvent(
        id=row.digest,
        source=f"/coresponder/{quote(cases.agency, safe='')}",
        type=f"{_KIND}.{row.kind}",
        subject=entry.incident,
        datacontenttype="application/json",
        time=event.at,
        extensions=extensions,
        data=event.to_dict(),
    )
