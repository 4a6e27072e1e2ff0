"""What a viewer is shown: the lines of an incident that are seen, as text and as JSON has them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from coresponder.domain.types import UTC, say_time, say_times
from coresponder.policy.words import say_details, say_event

__all__ = ["Seen", "SeenLine", "Value"]

Value = Any
"""A value as JSON has it."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class SeenLine:
    """What is seen of one event.

    Attributes:
        number: its place among the events that are seen, in the order in which they were recorded.
            It is the record's number only if every event is seen.
        event: the event type.
        at: when it happened; a day if only the day is seen.
        fields: the fields that are seen, as JSON has them.
        approximate: the time is approximate, if the time is seen.
        voided: it was entered in error.
        says: what must be told along with it.
    """

    number: int
    event: str
    at: dt.datetime | dt.date
    fields: dict[str, Value]
    approximate: bool = False
    voided: bool = False
    says: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the line as text."""
        return self.say()

    def say(self, zone: dt.tzinfo = UTC) -> str:
        """Return the line as text, with times in a time zone."""
        at = say_time(self.at, zone) if isinstance(self.at, dt.datetime) else str(self.at)
        details = say_details(say_times(self.fields, zone), self.event)
        marks = {"approximate time": self.approximate, "void": self.voided}
        notes = "; ".join(mark for mark, on in marks.items() if on)
        return (
            f"{at} {self.number:>3} {say_event(self.event)}"
            + (f" ({details})" if details else "")
            + (f"  [{notes}]" if notes else "")
        )

    def to_dict(self) -> dict[str, Value]:
        """Return the line as JSON has it."""
        return {
            "number": self.number,
            "event": self.event,
            "at": self.at.isoformat(),
            "fields": self.fields,
            "approximate": self.approximate,
            "voided": self.voided,
            "says": list(self.says),
        }


@attrs.frozen(kw_only=True)
class Seen:
    """What a viewer sees of an incident.

    Attributes:
        incident: the incident's id.
        program: the program under which it runs.
        lines: what is seen of its events, in the order in which things happened.
    """

    incident: str
    program: str
    lines: tuple[SeenLine, ...]

    @property
    def says(self) -> tuple[str, ...]:
        """What must be told along with it, each text once."""
        return tuple(dict.fromkeys(text for line in self.lines for text in line.says))

    @property
    def opened(self) -> dt.datetime | dt.date | None:
        """The time of the first call that is seen."""
        return next((line.at for line in self.lines if line.event == "CallReceived"), None)

    @property
    def nature(self) -> str | None:
        """The nature that was seen last."""
        return self._last({"CallReceived", "CallTriaged"}, "nature")

    @property
    def disposition(self) -> str | None:
        """The disposition that was seen last."""
        return self._last({"DispositionRecorded"}, "disposition")

    def _last(self, events: set[str], field: str) -> str | None:
        found = (
            line.fields.get(field)
            for line in reversed(self.lines)
            if line.event in events and not line.voided
        )
        return next((value for value in found if value is not None), None)

    def to_dict(self) -> dict[str, Value]:
        """Return it as JSON has it."""
        return {
            "incident": self.incident,
            "program": self.program,
            "lines": [line.to_dict() for line in self.lines],
            "says": list(self.says),
        }
