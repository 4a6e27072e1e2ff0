"""Lists that are read page by page: their filters, and the cursor that leads from page to page.

A cursor has the values, in the order of the list, at which a page ended. The next page begins
there, whatever was written meanwhile.
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

__all__ = ["ALL", "BY_DUTY", "BY_NOTICE", "BY_TIME", "LARGEST", "LIMIT", "Filters", "Page", "Place", "every", "kept_page", "outbox_mark", "page_limit", "page_of", "paged", "place"]  # fmt: skip

LIMIT = 100
"""The most items of a page by default."""
_AT_ONCE = 1000
_BATCH = 100
_T = TypeVar("_T")
_S = TypeVar("_S")
Place = tuple[str | int, ...]
"""The place at which a page ended: the values by which its list is ordered."""
BY_TIME: Place = ("", "")
"""The form of a place in a list of incidents: a time and the incident."""
BY_DUTY: Place = ("", "", "", "")
"""The form of a place in a list of obligations: a time, the incident, the policy and its key."""
BY_NOTICE: Place = (0,)
"""The form of a place in a list of notices: the number."""


class Page(tuple[_T, ...]):  # noqa: SLOT001 - a tuple's slots must be empty, and `next` is one more
    """A part of a list, in its order: a tuple with the cursor of the next page.

    >>> page = Page(["one", "two"], next="b25lIHR3bw==")
    >>> len(page), page[0], page.next
    (2, 'one', 'b25lIHR3bw==')

    Attributes:
        next: the value of `after=` that gives the next page; None on the last page.
    """

    next: str | None

    def __new__(cls, items: Iterable[_T] = (), *, next: str | None = None) -> Self:
        """Make a page of items."""
        page = super().__new__(cls, items)
        page.next = next
        return page


def kept_page(
    ask: Callable[[int, str | None], Page[_T]],
    keep: Callable[[_T], _S | None],
    limit: int,
    after: str | None,
) -> Page[_S]:
    """Return a page of the items that are kept. Its cursor is the place of the last one, and there
    is one only if another item follows that is kept.
    """
    found: list[_S] = []
    cursor: str | None = None
    start = after
    while True:
        batch = ask(_BATCH, start)
        for place, item in enumerate(batch, start=1):
            kept = keep(item)
            if kept is None:
                continue
            if len(found) == limit:
                return Page(found, next=cursor)
            found.append(kept)
            if len(found) == limit:
                cursor = ask(place, start).next
        if batch.next is None:
            return Page(found)
        start = batch.next


LARGEST = 2**62
"""No store has so many rows, and a database counts as far."""


def page_limit(limit: int) -> int:
    """Return how many a page has at the most, as a number that a database takes; raise `ValueError`
    if that is none.
    """
    if limit < 1:
        raise ValueError(f"limit: {limit} is too few; a page has at least 1")
    return min(limit, LARGEST)


def _instant(value: dt.datetime | None) -> dt.datetime | None:
    return None if value is None else utc(value)


@attrs.frozen(kw_only=True)
class Filters:
    """The filters of a list of incidents, or of what they owe. An entry must match all that are
    given.

    Attributes:
        state: the state of the incident.
        person: a person who is part of the incident.
        responder: a responder who was sent to it or came.
        tier: a tier that was sent to it.
        nature: the nature of its call.
        owner: somebody who owns something that it owes. In a list of what is owed, whoever owns it.
        opened_from: it opened at this time or later.
        opened_before: it opened before this time.
        owing: whether it owes something.
        due_before: something is or was due by this time.
        overdue_at: something was due before this time.
    """

    state: str | None = None
    person: str | None = None
    responder: str | None = None
    tier: str | None = None
    nature: str | None = None
    owner: str | None = None
    opened_from: dt.datetime | None = attrs.field(default=None, converter=_instant)
    opened_before: dt.datetime | None = attrs.field(default=None, converter=_instant)
    owing: bool = False
    due_before: dt.datetime | None = attrs.field(default=None, converter=_instant)
    overdue_at: dt.datetime | None = attrs.field(default=None, converter=_instant)

    @property
    def by_due(self) -> bool:
        """Whether incidents are listed by deadline, the earliest first. Otherwise the newest come
        first.
        """
        return self.owing or self.due_before is not None or self.overdue_at is not None

    def mark(self, kind: str, agency: str) -> str:
        """Return a mark that distinguishes this list from every other. `overdue_at` does not count,
        because the present moves on from page to page.
        """
        said = [kind, agency, *map(_plain, attrs.astuple(self)[:-1]), self.overdue_at is not None]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]


ALL = Filters()
"""No filter: every incident matches."""


def outbox_mark(agency: str, *, dead: bool) -> str:
    """Return a mark that distinguishes a list of notices from every other list."""
    return ALL.mark("given up" if dead else "waiting", agency)


def _plain(value: object) -> object:
    return stamp(value) if isinstance(value, dt.datetime) else value


def place(after: str | None, mark: str, like: Place) -> Place | None:
    """Return the place at which the previous page ended; None for the first page.

    Args:
        after: the cursor.
        mark: the mark that distinguishes this list from every other.
        like: the form of a place in it.

    Raises:
        InvalidCursor: the text is the cursor of another list, or not a cursor.
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
    """Return a page of what was found, each item with its place. `found` has one more than the
    limit if there are more.
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
    """Return a page of all items, which are given with their places in any order. With `newest`,
    the last place comes first.
    """
    by = operator.itemgetter(0)
    ordered = sorted(found, key=by, reverse=newest)
    begin = place(after, mark, like)
    if begin is not None:
        ordered = [one for one in ordered if (by(one) < begin if newest else by(one) > begin)]
    return paged(ordered, limit, mark)


def every(ask: Callable[..., Page[_T]], *args: object, **options: object) -> Iterator[_T]:
    """Yield the items of all pages of a list, read page by page.

    Args:
        ask: the method that returns a page, for example `workflow.find`.
        args: its arguments.
        options: the filters.
    """
    after: str | None = None
    while True:
        page = ask(*args, **{"limit": _AT_ONCE, **options, "after": after})
        yield from page
        after = page.next
        if after is None:
            return
