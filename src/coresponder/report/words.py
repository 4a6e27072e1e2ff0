"""Measures in words."""

from __future__ import annotations

from coresponder.audit.reckoned import YES, Kind
from coresponder.audit.told import MeasureReport, Number, say_minutes
from coresponder.domain.spoken import say_word
from coresponder.domain.vocabulary import Weekday

__all__ = ["SUPPRESSED", "said_of", "say_count", "say_label", "say_number", "say_share"]

SUPPRESSED: str = "suppressed"
"""Stands for a number that is too small, or from which such a number could be worked out."""
_MANY = 4
_DAYS = frozenset(day.value for day in Weekday)


def say_number(number: int | None) -> str:
    """Return a number, or say that it is not shown."""
    return SUPPRESSED if number is None else f"{number:,}"


def say_count(number: int | None, least: int) -> str:
    """Return a number, or say that it is not shown if it is too small."""
    return say_number(number) if least > 1 or number is not None else "0"


def say_label(label: str) -> str:
    """Return a label as a person reads it."""
    return label.capitalize() if label in _DAYS else say_word(label)


def say_share(number: Number) -> str:
    """Return a share with its interval."""
    if number.share is None or number.low is None or number.high is None:
        return "no data"
    return f"{number.share:.0%}, {number.low:.0%} to {number.high:.0%}"


def said_of(one: MeasureReport, least: int) -> str:
    """Describe a measure in one line; return an empty string if it has no numbers."""
    if one.of == 0:
        return ""
    if one.kind is Kind.TIME:
        return _said_of_times(one, least)
    if one.kind is Kind.SPLIT and len(one.numbers) > _MANY:
        return _said_of_many(one)
    return "; ".join(_said(number, one) for number in one.numbers)


def _said_of_many(one: MeasureReport) -> str:
    """Describe the most frequent values. The picture has the others."""
    known = [number for number in one.numbers if number.count]
    said = [_said(number, one) for number in known[:_MANY]]
    left = len(one.numbers) - len(said)
    return "; ".join([*said, f"{left} others below"]) if said else SUPPRESSED


def _said_of_times(one: MeasureReport, least: int) -> str:
    if one.of is None:
        return f"fewer than {least} times: {SUPPRESSED}"
    if one.median is None:
        return f"too few times to say (n {one.of:,})"
    within = f", 90% within {say_minutes(one.within_90)}" if one.within_90 is not None else ""
    return f"median {say_minutes(one.median)}{within} (n {one.of:,})"


def _said(number: Number, one: MeasureReport) -> str:
    label = "" if number.label == YES else f"{say_label(number.label)} "
    if number.hidden:
        return f"{label}{SUPPRESSED}"
    if number.share is None:
        return f"{label}no data"
    if one.kind is Kind.RATE:
        return f"{label}{number.share * 1000:.1f} per 1,000 (n {say_number(one.of)})"
    return f"{label}{number.share:.0%} ({number.count:,} of {say_number(one.of)})"
