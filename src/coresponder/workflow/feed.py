"""The feed of an agency as CloudEvents, for a system that follows along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Self
from urllib.parse import quote

import attrs

from coresponder.delivery.cloudevents import CloudEvent
from coresponder.errors import PositionChanged, StoreUnavailable
from coresponder.stores.codec import decode
from coresponder.stores.feed import FeedEntry
from coresponder.workflow.cases import Cases

__all__ = ["DIGITS", "Cursor", "FeedPage", "feed_entries", "feed_page"]

_KIND = "coresponder.event"
DIGITS = 19
"""As many as the largest position has, so that the texts of positions sort like numbers."""
_CURSOR = re.compile(rf"(?P<position>\d{{1,{DIGITS}}})(?::(?P<id>[0-9a-f]{{64}}))?", re.ASCII)


@attrs.frozen
class Cursor:
    """A place in the feed: a position, and the id of the event that was read there if it is known.
    As text, `42` or `42:` and the id.
    """

    position: int
    id: str | None = None

    @classmethod
    def of(cls, after: int | str) -> Self:
        """Read a cursor; raise `ValueError` if it is none."""
        found = _CURSOR.fullmatch(str(after).strip())
        if found is None or (found["id"] and not int(found["position"])):
            raise ValueError(
                f"after: {after!r} is no place in the feed; give 0 for the beginning, `cursor` of the"
                " page before, or `sequence` of the last event, a colon and its `id`"
            )
        return cls(int(found["position"]), found["id"])

    def __str__(self) -> str:
        return f"{self.position}:{self.id}" if self.id else str(self.position)


class FeedPage(tuple[CloudEvent, ...]):  # noqa: SLOT001 - a tuple's slots must be empty, and these are more
    """A part of the feed: a tuple of CloudEvents with the place at which it ends.

    Attributes:
        cursor: the value of `after=` that gives what follows. Keep it together with what was made
            of the events; whoever stops in between reads some of them again.
        position: the position in it, a number. As `after=` it does the same, but does not show that
            the store was restored from an older backup.
    """

    position: int
    cursor: str

    def __new__(
        cls, events: Iterable[CloudEvent] = (), *, position: int, cursor: str | None = None
    ) -> Self:
        """Make a page of events."""
        page = super().__new__(cls, events)
        page.position = position
        page.cursor = str(position) if cursor is None else cursor
        return page


def feed_page(cases: Cases, *, after: int | str, limit: int) -> FeedPage:
    """Return the events after a place in the feed."""
    begins = Cursor.of(after)
    entries = feed_entries(cases, after=begins.position, limit=limit)
    _check_same(cases, begins)
    events = [_cloudevent(cases, entry) for entry in entries]
    ends = Cursor(entries[-1].position, events[-1].id) if entries else begins
    return FeedPage(events, position=ends.position, cursor=str(ends))


def _check_same(cases: Cases, cursor: Cursor) -> None:
    """Raise `PositionChanged` if the event at a cursor is not the one that was read there."""
    if cursor.id is None:
        return
    (entry,) = cases.store.feed(cases.agency, after=cursor.position - 1, limit=1)
    if entry.row.digest != cursor.id:
        raise PositionChanged(cursor.position)


def feed_entries(cases: Cases, *, after: int, limit: int) -> Sequence[FeedEntry]:
    """Return the entries after a position."""
    if not cases.store.settled:
        raise StoreUnavailable(
            "the feed cannot be read inside a batch or the host's transaction, because what is not"
            " committed has no position; read it before, and keep `cursor` in the transaction"
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
