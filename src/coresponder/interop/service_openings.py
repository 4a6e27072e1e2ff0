"""Say whether a service is open, until when, and when it opens next, from the periods of its hours.

A holiday makes the hours that it touches unsure, because directories seldom say whether they hold.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Collection, Iterable, Iterator

import attrs

from coresponder.domain.types import UTC

__all__ = ["AHEAD", "Hours", "Opening", "instant_on", "opening_at", "sure_hours", "unsure_days"]

AHEAD = dt.timedelta(days=62)
"""How far ahead hours are worked out: two months, so that a monthly service has a next opening."""


@attrs.frozen
class Hours:
    """One period during which a service is open, from and until (UTC)."""

    begins: dt.datetime
    ends: dt.datetime


@attrs.frozen(kw_only=True)
class Opening:
    """When a service is open, as seen at an instant.

    Attributes:
        now: whether it is open.
        until: until when it is open now (UTC); None if it is closed, or if it does not close within
            two months.
        next: when it opens again after that (UTC), within two months.
    """

    now: bool = False
    until: dt.datetime | None = None
    next: dt.datetime | None = None


def opening_at(hours: Iterable[Hours], at: dt.datetime) -> Opening:
    """Return when a service is open, from its periods in the order in which they begin. Periods that
    adjoin are one.
    """
    blocks = list(_blocks(hours))
    until = next((one.ends for one in blocks if one.begins <= at < one.ends), None)
    return Opening(
        now=until is not None,
        until=until if until is not None and until < at + AHEAD else None,
        next=next((one.begins for one in blocks if one.begins > at), None),
    )


def _blocks(hours: Iterable[Hours]) -> Iterator[Hours]:
    block = None
    for one in hours:
        if block is not None and one.begins <= block.ends:
            block = Hours(block.begins, max(block.ends, one.ends))
            continue
        if block is not None:
            yield block
        block = one
    if block is not None:
        yield block


def sure_hours(
    hours: tuple[Hours, ...], holidays: Collection[dt.date], zone: dt.tzinfo
) -> tuple[Hours, ...]:
    """Return the hours that no holiday touches. Hours that begin on a holiday may not begin at all;
    hours that run into one are sure until its midnight.
    """
    if not holidays:
        return hours
    midnights = sorted(instant_on(day, dt.time(tzinfo=zone)) for day in holidays)
    return tuple(
        Hours(one.begins, min([one.ends, *(m for m in midnights if m > one.begins)]))
        for one in hours
        if one.begins.astimezone(zone).date() not in holidays
    )


def unsure_days(
    hours: Iterable[Hours],
    holidays: Collection[dt.date],
    *,
    before: dt.datetime,
    zone: dt.tzinfo,
) -> tuple[dt.date, ...]:
    """Return the holidays that hours touch which begin before an instant."""
    spans = [
        (one.begins.astimezone(zone).date(), (one.ends - dt.datetime.resolution).astimezone(zone))
        for one in hours
        if one.begins < before
    ]
    return tuple(day for day in sorted(holidays) if any(a <= day <= b.date() for a, b in spans))


def instant_on(day: dt.date, time: dt.time) -> dt.datetime:
    """Return when the clock first shows a time of a day, or a later one if it skips that time."""
    there = dt.datetime.combine(day, time)
    found, earlier = there.astimezone(UTC), there.replace(fold=1).astimezone(UTC)
    if found <= earlier:  # in the skipped hour, `fold` goes back (PEP 495)
        return found

    def has_changed(seconds: int) -> bool:
        later = (earlier + dt.timedelta(seconds=seconds)).astimezone(there.tzinfo)
        return later.utcoffset() != earlier.astimezone(there.tzinfo).utcoffset()

    length = int((found - earlier).total_seconds())
    return earlier + dt.timedelta(seconds=bisect.bisect_left(range(length), True, key=has_changed))
