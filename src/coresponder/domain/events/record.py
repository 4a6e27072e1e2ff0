"""The record itself: closed, opened again, noted, corrected."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Decision, Fact
from coresponder.domain.objects import LocalCode
from coresponder.domain.types import Code, Id, Instant
from coresponder.domain.vocabulary import (
    AccessFinding,
    AccessReason,
    OverrideReason,
    Purpose,
    VoidReason,
)

__all__ = [
    "EmergencyAccessOpened",
    "EmergencyAccessReviewed",
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

    version = 2

    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentReopened(Decision):
    """There is more to do after all."""

    version = 2

    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentCancelled(Decision):
    """It ended before anybody arrived."""

    version = 2

    local: tuple[LocalCode, ...] = ()


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


@attrs.frozen(kw_only=True, weakref_slot=False)
class EmergencyAccessOpened(Decision):
    """Somebody opened rows of the views that show only in an emergency. Such an entry cannot be
    void, because what was shown stays shown.

    Sources: 45 CFR 164.312(a)(2)(ii), emergency access procedure; 42 CFR 2.51(c), what is recorded
    when it is about substance use: to whom, of which facility, when, and the emergency.

    Attributes:
        access: its id.
        viewer: who sees more from now on.
        roles: in which roles.
        agency: the agency or organization to which they belong.
        purpose: for what.
        views: the ids of the rows that it opens.
        until: the last instant at which it opens them.
    """

    administrative = True

    access: Id
    viewer: Id
    roles: tuple[Code, ...]
    agency: Id | None = None
    purpose: Purpose
    views: tuple[Code, ...]
    reason: AccessReason
    until: Instant


@attrs.frozen(kw_only=True, weakref_slot=False)
class EmergencyAccessReviewed(Decision):
    """Somebody looked into an emergency access. One that was not justified ends at once.

    Attributes:
        access: the id of the access.
        by_viewer: it was reviewed by the one who had it. The workflow looks this up.
    """

    administrative = True

    access: Id
    finding: AccessFinding
    by_viewer: bool = False
