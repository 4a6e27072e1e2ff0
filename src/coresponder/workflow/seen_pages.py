"""Pages of incidents that a window shows. A cursor tells no time."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from coresponder.errors import InvalidCursor
from coresponder.stores.pages import Page
from coresponder.workflow.seen_order import Glance

__all__ = ["page_by_id"]


def page_by_id(items: Iterable[Glance], limit: int, after: str | None) -> Page[Glance]:
    """Return a page whose cursor is the id of its last incident: it tells no time."""
    begin = None if after is None else _incident_of(after)
    found: list[Glance] = []
    for one in items:
        if begin is not None:
            begin = None if one[0].incident == begin else begin
            continue
        if len(found) == limit:
            return Page(found, next=_cursor_of(found[-1][0].incident))
        found.append(one)
    if begin is not None:
        raise InvalidCursor(str(after))
    return Page(found)


def _cursor_of(incident: str) -> str:
    return base64.urlsafe_b64encode(incident.encode()).decode()


def _incident_of(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor.encode()).decode()
    except ValueError:
        raise InvalidCursor(cursor) from None
