"""The timeline of an incident: its history line by line, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import attrs

from coresponder.domain.events import Decision
from coresponder.domain.types import UTC, Instant, say_time, say_times
from coresponder.policy.words import say_details, say_event
from coresponder.program import Case
from coresponder.program.case import Entry
from coresponder.record import Record

__all__ = ["Line", "timeline_of"]


@attrs.frozen(kw_only=True)
class Line(Record):
    """One line of a timeline.

    Attributes:
        violations: policies that the event broke.
        may_violate: policies that it broke by the record; but that depends on a time that is only
            approximate.
    """

    number: int
    at: Instant
    event: str
    by: str
    kind: str
    details: dict[str, Any]
    approximate: bool
    out_of_place: bool
    voided: bool
    violations: tuple[str, ...]
    doubtful: bool = False
    may_violate: tuple[str, ...] = ()
    handed_on: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the line as text."""
        return self.say()

    def say(self, zone: dt.tzinfo = UTC) -> str:
        """Return the line as text, with times in a time zone."""
        marks = {
            "approximate time": self.approximate,
            "doubtful time": self.doubtful,
            "out of place": self.out_of_place,
            "void": self.voided,
        }
        notes = [mark for mark, on in marks.items() if on]
        notes += [f"violates {policy}" for policy in self.violations]
        notes += [f"may violate {policy}" for policy in self.may_violate]
        notes += [f"now theirs: {', '.join(self.handed_on)}"] if self.handed_on else []
        details = say_details(say_times(self.details, zone), self.event)
        return (
            f"{say_time(self.at, zone)} {self.number:>3} {say_event(self.event)}"
            + (f" ({details})" if details else "")
            + (f"  [{'; '.join(notes)}]" if notes else "")
        )


def timeline_of(case: Case, unknown: frozenset[str] = frozenset()) -> tuple[Line, ...]:
    """Return the history line by line, in the order in which things happened.

    Args:
        case: the case.
        unknown: the policies that are undetermined.
    """
    broken: dict[int, list[str]] = {}
    for violation in case.violations:
        broken.setdefault(violation.event, []).append(violation.policy)
    return tuple(_line(entry, broken.get(entry.number, ()), unknown) for entry in case.entries())


def _line(entry: Entry, broken: Iterable[str], unknown: frozenset[str]) -> Line:
    event = entry.event
    details = {
        name: value
        for name, value in event.to_dict().items()
        if name not in {"at", "by", "approximate"}
    }
    return Line(
        number=entry.number,
        at=event.at,
        event=type(event).__name__,
        by=event.by,
        kind="decision" if isinstance(event, Decision) else "fact",
        details=details,
        approximate=event.approximate,
        out_of_place=entry.out_of_place,
        voided=entry.voided,
        doubtful=entry.doubtful,
        violations=tuple(one for one in broken if one not in unknown),
        may_violate=tuple(one for one in broken if one in unknown),
    )
