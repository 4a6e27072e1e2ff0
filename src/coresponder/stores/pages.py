"""Lists of which each answer is one page: what they are filtered by, and the cursor that leads from
page to page.

A cursor says where a page ended: the values by which the list is ordered. So a page that follows
begins there, whatever was written meanwhile.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Self, TypeVar

import attrs

from coresponder.domain.types import utc
from coresponder.errors import InvalidCursor
from coresponder.stores.base import stamp

__all__ = ["ALL", "BY_DUTY", "BY_NOTICE", "BY_TIME", "LIMIT", "Filters", "Page", "Place", "every", "outbox_mark", "page_limit", "page_of", "paged", "place"]  # fmt: skip

LIMIT = 100
"""How many items a page has at the most, if nothing else is asked for."""
_AT_ONCE = 1000
_T = TypeVar("_T")
Place = tuple[str | int, ...]
"""Where a page ended: the values by which its list is ordered."""
BY_TIME: Place = ("", "")
"""What a place in a list of incidents is like: a time and the incident."""
BY_DUTY: Place = ("", "", "", "")
"""Of what is owed: a time, the incident, the policy and its key."""
BY_NOTICE: Place = (0,)
"""Of notices: the number."""


class Page(tuple[_T, ...]):  # noqa: SLOT001 - a tuple's slots must be empty, and `next` is one more
    """A part of a list, in its order: a tuple that knows what follows.

    >>> page = Page(["one", "two"], next="b25lIHR3bw==")
    >>> len(page), page[0], page.next
    (2, 'one', 'b25lIHR3bw==')

    Attributes:
        next: what `after=` takes to give the page that follows; None on the last one.
    """

    next: str | None

    def __new__(cls, items: Iterable[_T] = (), *, next: str | None = None) -> Self:
        """Make a page of items."""
        page = super().__new__(cls, items)
        page.next = next
        return page


def page_limit(limit: int) -> int:
    """Return how many a page has at the most; raise `ValueError` if that is none."""
    if limit < 1:
        raise ValueError(f"limit: {limit} is too few; a page has at least 1")
    return limit


def _instant(value: dt.datetime | None) -> dt.datetime | None:
    return None if value is None else utc(value)


@attrs.frozen(kw_only=True)
class Filters:
    """What a list of incidents, or of what they owe, is narrowed to: all that is given holds.

    Attributes:
        state: the state that the incident is in.
        person: who is part of the incident.
        responder: who was sent to it, or came.
        tier: a tier that was sent to it.
        nature: what kind of call it is.
        opened_from: it opened then or later.
        opened_before: it opened earlier.
        owing: it owes something.
        due_before: something is due by then, or was.
        overdue_at: something was due earlier.
    """

    state: str | None = None
    person: str | None = None
    responder: str | None = None
    tier: str | None = None
    nature: str | None = None
    opened_from: dt.datetime | None = attrs.field(default=None, converter=_instant)
    opened_before: dt.datetime | None = attrs.field(default=None, converter=_instant)
    owing: bool = False
    due_before: dt.datetime | None = attrs.field(default=None, converter=_instant)
    overdue_at: dt.datetime | None = attrs.field(default=None, converter=_instant)

    @property
    def by_due(self) -> bool:
        """Whether incidents are listed by what they owe, the earliest due first; otherwise the
        newest come first.
        """
        return self.owing or self.due_before is not None or self.overdue_at is not None

    def mark(self, kind: str, agency: str) -> str:
        """Return what tells this list from every other. The present moves on from page to page, so
        it does not count.
        """
        said = [kind, agency, *map(_plain, attrs.astuple(self)[:-1]), self.overdue_at is not None]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]


ALL = Filters()
"""No filter: every incident fits."""


def outbox_mark(agency: str, *, dead: bool) -> str:
    """Return what tells a list of notices from every other."""
    return ALL.mark("given up" if dead else "waiting", agency)


def _plain(value: object) -> object:
    return stamp(value) if isinstance(value, dt.datetime) else value


def place(after: str | None, mark: str, like: Place) -> Place | None:
    """Return where the page before ended; None for the first page.

    Args:
        after: the cursor.
        mark: what tells this list from every other.
        like: what a place in it is like.

    Raises:
        InvalidCursor: it is the cursor of another list, or none at all.
    """
    if after is None:
        return None
    try:
        whose, *found = json.loads(base64.urlsafe_b64decode(after.encode()))
    except (ValueError, TypeError):
        raise InvalidCursor(after) from None
    if whose != mark or [*map(type, found)] != [*map(type, like)]:
        raise InvalidCursor(after)
    return tuple(found)


def paged(found: Sequence[tuple[Place, _T]], limit: int, mark: str) -> Page[_T]:
    """Return a page of what was found, each with its place: one more than the limit if there are
    more.
    """
    items = tuple(item for _, item in found[:limit])
    if len(found) <= limit:
        return Page(items)
    said = json.dumps([mark, *found[limit - 1][0]], separators=(",", ":"))
    return Page(items, next=base64.urlsafe_b64encode(said.encode()).decode())


def page_of(
    found: Sequence[tuple[Place, _T]],
    limit: int,
    after: str | None,
    mark: str,
    like: Place,
    *,
    newest: bool = False,
) -> Page[_T]:
    """Return a page of all that there is, each with its place, in any order; with `newest`, the
    last place comes first.
    """
    by = operator.itemgetter(0)
    ordered = sorted(found, key=by, reverse=newest)
    begin = place(after, mark, like)
    if begin is not None:
        ordered = [one for one in ordered if (by(one) < begin if newest else by(one) > begin)]
    return paged(ordered, limit, mark)


def every(ask: Callable[..., Page[_T]], *args: object, **options: object) -> Iterator[_T]:
    """Yield what is on all pages of a list, read page by page.

    Args:
        ask: what gives a page, for example `workflow.find`.
        args: what it is given.
        options: the filters.
    """
    after: str | None = None
    while True:
        page = ask(*args, **{"limit": _AT_ONCE, **options, "after": after})
        yield from page
        after = page.next
        if after is None:
            return
