"""What every event is: a `Fact` or a `Decision`."""

from __future__ import annotations

from typing import ClassVar

import attrs

from coresponder.domain.types import Id, Instant
from coresponder.record import Record

__all__ = ["Decision", "Event", "Fact"]


@attrs.frozen(kw_only=True, weakref_slot=False)
class Event(Record):
    """A thing that happened: when, who says so, and whether the time is only approximate.

    Attributes:
        version: of its fields, for what is stored.
        administrative: it is about the record and no happening, so a rule counts it only where the
            rule names it.
    """

    version: ClassVar[int] = 1
    administrative: ClassVar[bool] = False
    reads_back: ClassVar[bool] = True

    at: Instant
    by: Id
    approximate: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class Fact(Event):
    """Something that happened in the world. It is always taken."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class Decision(Event):
    """Something that somebody decides. It can be refused, and overridden with a reason."""
