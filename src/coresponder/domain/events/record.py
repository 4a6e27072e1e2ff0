"""The record itself: closed, opened again, noted, corrected."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Decision, Fact
from coresponder.domain.types import Code, Id
from coresponder.domain.vocabulary import (
    OverrideReason,
    VoidReason,
)

__all__ = [
    "EnteredInError",
    "IncidentCancelled",
    "IncidentClosed",
    "IncidentReopened",
    "NoteAdded",
    "PolicyOverridden",
]


# --- the record ----------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentClosed(Decision):
    """Nothing is left to do."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentReopened(Decision):
    """There is more to do after all."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentCancelled(Decision):
    """It ended before anybody arrived."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class NoteAdded(Fact):
    """A note was put into the vault; the log keeps its id and digest."""

    administrative = True

    entry: Id
    digest: Id
    subject: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class EnteredInError(Fact):
    """An earlier event of this incident is void. `event` is its number in the record, from 1."""

    administrative = True

    event: int = attrs.field(validator=attrs.validators.ge(1))
    reason: VoidReason


@attrs.frozen(kw_only=True, weakref_slot=False)
class PolicyOverridden(Fact):
    """A refused decision was taken all the same (break glass)."""

    administrative = True

    decision: Code
    policies: tuple[Id, ...] = ()
    reason: OverrideReason
