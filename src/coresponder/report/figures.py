"""The pictures of a page, each with a sentence, and with its numbers as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import attrs

from coresponder.audit.reckoned import Kind
from coresponder.audit.told import MeasureReport, Number, say_minutes
from coresponder.domain.vocabulary import Weekday
from coresponder.report import pictures as draw
from coresponder.report.parts import Picture, Table
from coresponder.report.words import SUPPRESSED, say_label, say_number, say_share

__all__ = ["pictures"]

_HOURS = tuple(f"{hour:02}:00" for hour in range(24))
_COLUMNS = ("by_hour", "by_weekday", "by_month")
_BARS = (
    "by_nature",
    "answered_by_tier",
    "dispositions",
    "transports",
    "consent",
    "referrals",
    "follow_ups",
    "repeat_contacts",
)
_MOST = 12
_PARTS = 5
_OTHER, _REST = "another", "suppressed, or not recorded"
_UNSHADED = " A cell without a shade, or with a dot in the table, is suppressed."


def pictures(found: Mapping[str, MeasureReport]) -> Iterator[Picture]:
    """Yield the pictures for which there are numbers."""
    drawn = [one for name in _COLUMNS if (one := _has_numbers(found[name]))]
    yield from (_columns(one) for one in drawn)
    if week := _has_numbers(found["by_week_hour"]):
        yield _week(week)
    times = [one for one in found.values() if one.kind is Kind.TIME and one.median is not None]
    short = [one for one in times if (one.within_90 or one.median or 0) < 48 * 60]
    yield from (_times(some, name) for name, some in _by_length(times, short) if some)
    tiers = _has_numbers(found["dispositions_by_tier"])
    if tiers and _has_numbers(found["answered_by_tier"]):
        yield _by_tier(tiers, found["answered_by_tier"])
    yield from (_bars(one) for name in _BARS if (one := _has_numbers(found[name])))


def _by_length(
    times: list[MeasureReport], short: list[MeasureReport]
) -> Iterator[tuple[str, list[MeasureReport]]]:
    yield "hours", short
    yield "days", [one for one in times if one not in short]


def _has_numbers(one: MeasureReport) -> MeasureReport | None:
    return one if any(number.count for number in one.numbers) else None


def _table(one: MeasureReport, what: str) -> Table:
    rows = tuple(
        (say_label(number.label), say_number(number.count), _share(number))
        for number in one.numbers
    )
    return Table(f"{one.title}: out of {one.denominator}", (what, "n", "share"), rows, numbers=True)


def _share(number: Number) -> str:
    return SUPPRESSED if number.hidden else say_share(number)


def _columns(one: MeasureReport) -> Picture:
    labels = [say_label(number.label).capitalize() for number in one.numbers]
    if one.id == "by_month":
        ordered = sorted(one.numbers, key=lambda number: number.label)
        one = attrs.evolve(one, numbers=tuple(ordered))
        labels = [number.label for number in ordered]
    svg = draw.columns(one.id, labels, [number.count for number in one.numbers], "calls")
    return Picture(title=one.title, says=_most(one), svg=svg, table=_table(one, "when"))


def _most(one: MeasureReport) -> str:
    known = [number for number in one.numbers if number.count]
    top = max(known, key=lambda number: number.count or 0)
    hidden = " A star is a number that is suppressed." if any(n.hidden for n in one.numbers) else ""
    return f"{one.says} Most: {say_label(top.label)}, {top.count:,}.{hidden}"


def _bars(one: MeasureReport) -> Picture:
    shown = one.numbers[:_MOST]
    svg = draw.bars(
        one.id,
        [say_label(number.label) for number in shown],
        [None if number.hidden else (number.share or 0) * 100 for number in shown],
        "%",
        [
            None
            if number.low is None or number.high is None
            else (number.low * 100, number.high * 100)
            for number in shown
        ],
    )
    says = f"{one.says} The line on it is the 95% interval."
    if len(shown) < len(one.numbers):
        says += f" The {_MOST} most frequent are drawn; the table has all."
    return Picture(title=one.title, says=says, svg=svg, table=_table(one, "which"))


def _week(one: MeasureReport) -> Picture:
    cells = {number.place: number.count for number in one.numbers}
    days = [day.value for day in Weekday]
    values = [[cells[day, hour] for hour in _HOURS] for day in days]
    names = [day.capitalize() for day in days]
    rows = tuple(
        (name, *("·" if count is None else f"{count:,}" for count in row))
        for name, row in zip(names, values, strict=True)
    )
    heads = ("day", *(hour[:2] for hour in _HOURS))
    return Picture(
        title=one.title,
        says=one.says + (_UNSHADED if any(number.hidden for number in one.numbers) else ""),
        svg=draw.heat(one.id, names, _HOURS, values, "calls"),
        table=Table("Calls by weekday and hour", heads, rows, numbers=True),
    )


def _times(some: list[MeasureReport], unit: str) -> Picture:
    length = 60 if unit == "hours" else 60 * 24
    if unit == "hours" and max(one.within_90 or one.median or 0 for one in some) < 300:
        unit, length = "minutes", 1
    rows = [
        (
            one.title,
            (one.median or 0) / length,
            None if one.within_90 is None else one.within_90 / length,
        )
        for one in some
    ]
    table = tuple(
        (
            one.title,
            say_number(one.of),
            say_minutes(one.median or 0),
            "too few" if one.within_90 is None else say_minutes(one.within_90),
        )
        for one in some
    )
    return Picture(
        title=f"How long it took, in {unit}",
        says="The dot is the median, the bar goes to the time within which 90% are.",
        svg=draw.spans(f"times-{unit}", rows, unit),
        table=Table("Times", ("time", "n", "median", "90% within"), table, numbers=True),
    )


def _by_tier(one: MeasureReport, tiers: MeasureReport) -> Picture:
    """Draw the shares of each tier's dispositions. Dispositions that are not shown or not recorded
    are a part of their own, so that no bar says more than is known.
    """
    whole = {number.label: number.count for number in tiers.numbers if number.count}
    total: Counter[str] = Counter()
    for number in one.numbers:
        total[number.place[1]] += number.count or 0
    parts = [label for label, count in total.most_common(_PARTS) if count]
    rows = {tier: dict.fromkeys((*parts, _OTHER), 0.0) for tier in whole}
    for number in one.numbers:
        tier, ended = number.place
        if tier in rows and number.count:
            part = ended if ended in parts else _OTHER
            rows[tier][part] += number.count / (whole[tier] or 1) * 100
    for row in rows.values():
        row[_REST] = max(0.0, 100 - sum(row.values()))
    drawn = {
        say_label(tier): {say_label(part): share for part, share in row.items()}
        for tier, row in rows.items()
    }
    return Picture(
        title=one.title,
        says=f"{one.says} Each bar is all incidents to which the tier was sent.",
        svg=draw.stacks(one.id, drawn, "%"),
        table=_table(one, "tier and disposition"),
    )
