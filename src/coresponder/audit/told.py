"""Report measures: shares with their intervals, times if there are enough of them, and no small
numbers outside the agency.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs

from coresponder.audit.contacts import Contacts
from coresponder.audit.intervals import difference, wilson
from coresponder.audit.measures import Measures
from coresponder.audit.reckoned import YES, Kind, Reckoned
from coresponder.audit.small_cells import (
    Cell,
    hidden_cells,
    hidden_share,
    hidden_stages,
    unless_few,
)

__all__ = [
    "Compared",
    "MeasureReport",
    "Number",
    "compared",
    "say_minutes",
    "told",
    "told_contacts",
]

_TABLE = " / "
_HOUR, _WEEKDAY, _WEEK_HOUR = "by_hour", "by_weekday", "by_week_hour"


@attrs.frozen(kw_only=True)
class Number:
    """One number of a measure. A hidden number is None.

    Attributes:
        low, high: the 95 % interval of the share (Wilson).
    """

    label: str
    count: int | None
    share: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def hidden(self) -> bool:
        """Whether the number is too small to be shown."""
        return self.count is None

    @property
    def place(self) -> Cell:
        """The row and the column, if the measure is a table."""
        return _place(self.label)


@attrs.frozen(kw_only=True)
class MeasureReport:
    """A measure as it is reported. `of` and `missing` are None if they are too small.

    Attributes:
        median, within_90: in whole minutes; None if there are too few times.
    """

    id: str
    title: str
    says: str
    kind: Kind
    denominator: str
    of: int | None
    missing: int | None = 0
    numbers: tuple[Number, ...] = ()
    median: int | None = None
    within_90: int | None = None

    @property
    def wide(self) -> bool:
        """Whether it has too many numbers for a line, as counts by calendar and tables have."""
        return self.id.startswith(("by_", "dispositions_by"))

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return attrs.asdict(self)


def say_minutes(minutes: int) -> str:
    """Return a length of time as a person reads it.

    >>> say_minutes(95), say_minutes(600), say_minutes(4000)
    ('95 min', '10 h', '2.8 days')
    """
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes / 60:.3g} h"
    return f"{minutes / 60 / 24:.1f} days"


def told(measures: Measures, least: int = 1) -> tuple[MeasureReport, ...]:
    """Return the report of each measure.

    Args:
        measures: the results of the measures.
        least: the smallest number that is shown; 1 shows all.
    """
    together = _calendar(measures, least)
    return tuple(_told(one, least, together) for one in measures.all)


def _calendar(measures: Measures, least: int) -> frozenset[tuple[str, str]]:
    """Return the measure and the label of each hidden number by hour, by weekday, and by both. The
    totals of the third are the first two, so all are hidden as one table.
    """
    table = {
        place: (one, label, count)
        for one, turned in ((_WEEK_HOUR, False), (_HOUR, False), (_WEEKDAY, True))
        for label, count in measures[one].ordered()
        for place in [_place(label, turned=turned)]
    }
    gone = hidden_cells({place: count for place, (_, _, count) in table.items()}, least)
    return frozenset(table[place][:2] for place in gone)


def _place(label: str, *, turned: bool = False) -> Cell:
    """Return the row and the column of a number, if the measure is a table."""
    row, _, column = label.rpartition(_TABLE)
    return (column, row) if turned else (row, column)


def _told(one: Reckoned, least: int, together: frozenset[tuple[str, str]]) -> MeasureReport:
    measure, minutes = one.measure, one.minutes
    of = minutes.total if measure.kind is Kind.TIME else one.of
    enough = of >= least
    return MeasureReport(
        id=measure.id,
        title=measure.title,
        says=measure.says,
        kind=measure.kind,
        denominator=measure.denominator,
        of=unless_few(of, least),
        missing=unless_few(one.missing, least),
        numbers=tuple(_numbers(one, least, together)),
        median=minutes.percentile(0.5) if enough and minutes.tells(0.5) else None,
        within_90=minutes.percentile(0.9) if enough and minutes.tells(0.9) else None,
    )


def _numbers(
    one: Reckoned, least: int, together: frozenset[tuple[str, str]] = frozenset()
) -> Iterator[Number]:
    """Yield each number with its share, or hidden."""
    kind, id = one.measure.kind, one.measure.id
    if kind is Kind.TIME:
        return
    if kind in {Kind.SHARE, Kind.RATE}:
        yield number(YES, one.yes, one.of, hidden=hidden_share(one.yes, one.of, least))
        return
    pairs = list(one.ordered())
    gone = (
        [(id, label) in together for label, _ in pairs]
        if id in {_HOUR, _WEEKDAY, _WEEK_HOUR}
        else _hidden(kind, pairs, least)
    )
    for (label, count), hidden in zip(pairs, gone, strict=True):
        yield number(label, count, one.of, hidden=hidden)


def _hidden(kind: Kind, pairs: Sequence[tuple[str, int]], least: int) -> Iterable[bool]:
    if kind is Kind.FUNNEL:
        return hidden_stages([count for _, count in pairs], least)
    places = [_place(label) for label, _ in pairs]
    gone = hidden_cells(dict(zip(places, (count for _, count in pairs), strict=True)), least)
    return [place in gone for place in places]


def number(label: str, count: int, of: int, *, hidden: bool) -> Number:
    """Return a number out of others, with its interval; without them if it is hidden."""
    if hidden:
        return Number(label=label, count=None)
    if not of:
        return Number(label=label, count=count)
    low, high = wilson(count, of)
    return Number(label=label, count=count, share=count / of, low=low, high=high)


def told_contacts(contacts: Contacts, least: int = 1) -> tuple[MeasureReport, ...]:
    """Return the report on people who come again."""
    again = [
        number(f"{one.days} days", one.again, one.of, hidden=hidden_share(one.again, one.of, least))
        for one in contacts.repeats()
    ]
    most = contacts.frequent()
    few = hidden_share(most.theirs, most.contacts, least) or 0 < most.most_frequent < least
    return (
        MeasureReport(
            id="repeat_contacts",
            title="People who come again",
            says="Contacts after which the same person had another one within so many days.",
            kind=Kind.WINDOWS,
            denominator="contacts with a person in crisis after which the record goes on for so long",
            of=unless_few(most.contacts, least),
            numbers=tuple(again),
        ),
        MeasureReport(
            id="most_frequent",
            title="Those who come most often",
            says="Contacts of the tenth of all people in crisis with the most contacts.",
            kind=Kind.SHARE,
            denominator="contacts with a person in crisis",
            of=unless_few(most.contacts, least),
            numbers=(number(YES, most.theirs, most.contacts, hidden=few),),
        ),
    )


@attrs.frozen(kw_only=True)
class Compared:
    """The difference of a share between two periods. A number that is too small is None.

    Attributes:
        old, new: the share in each period. by, low, high: the difference with its 95 % interval
        (Newcombe), as parts of 1.
        says: what follows from the difference.
    """

    id: str
    title: str
    old: Number
    new: Number
    by: float | None
    low: float | None
    high: float | None
    says: str


def compared(old: Measures, new: Measures, least: int = 1) -> tuple[Compared, ...]:
    """Return how each share and rate of a period differs from an earlier one."""
    pairs = zip(old.all, new.all, strict=True)
    return tuple(
        _compared(one, two, least)
        for one, two in pairs
        if one.measure.kind in {Kind.SHARE, Kind.RATE}
    )


def _compared(old: Reckoned, new: Reckoned, least: int) -> Compared:
    told = [next(_numbers(one, least)) for one in (old, new)]
    found = difference((new.yes, new.of), (old.yes, old.of))
    hidden = any(one.hidden for one in told)
    if hidden:  # the number of the whole record would give the other one back
        told = [Number(label=one.label, count=None) for one in told]
    return Compared(
        id=old.measure.id,
        title=old.measure.title,
        old=told[0],
        new=told[1],
        by=None if hidden else found.by,
        low=None if hidden else found.low,
        high=None if hidden else found.high,
        says="suppressed: a number is too small" if hidden else found.says,
    )
