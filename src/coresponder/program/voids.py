"""Which events are void, and which can never be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from coresponder.domain.events import (
    CallReceived,
    EmergencyAccessOpened,
    EmergencyAccessReviewed,
    EnteredInError,
    Event,
)
from coresponder.errors import InvalidEvent
from coresponder.program.emergency import viewers_of

__all__ = ["check_void", "voided"]


def check_void(event: EnteredInError, recorded: Sequence[Event]) -> None:
    """Raise `InvalidEvent` if this event of a record cannot be void.

    Args:
        event: it says which.
        recorded: the events before it, in the order in which they were recorded.
    """
    if event.event > len(recorded):
        raise InvalidEvent(
            f"there is no event {event.event} to void; the incident has {len(recorded)} recorded"
            " events, numbered from 1"
        )
    void = voided(enumerate(recorded, start=1)) | {event.event}
    calls = [
        number for number, each in enumerate(recorded, start=1) if isinstance(each, CallReceived)
    ]
    if event.event in calls and void.issuperset(calls):
        raise InvalidEvent(
            f"event {event.event} opened the incident and cannot be voided; cancel the incident"
            " instead (IncidentCancelled)"
        )
    _check_access(event, recorded)


def _check_access(event: EnteredInError, recorded: Sequence[Event]) -> None:
    """An emergency access is never void, and its review stays as it is for the one who had it."""
    about = recorded[event.event - 1]
    while isinstance(about, EnteredInError):
        about = recorded[about.event - 1]
    if isinstance(about, EmergencyAccessOpened):
        raise InvalidEvent(
            f"event {event.event} is an emergency access and cannot be voided: what was shown stays"
            " shown; end and review it (EmergencyAccessReviewed, finding not_justified)"
        )
    if isinstance(about, EmergencyAccessReviewed) and event.by in viewers_of(
        about.access, recorded
    ):
        raise InvalidEvent(
            f"event {event.event} is a review of {event.by}'s own emergency access; somebody else"
            " corrects it"
        )


def voided(events: Iterable[tuple[int, Event]]) -> frozenset[int]:
    """Return the numbers of the void events. A void can itself be voided, so the latest is applied
    first.
    """
    void: set[int] = set()
    errors = ((number, one.event) for number, one in events if isinstance(one, EnteredInError))
    for number, target in sorted(errors, reverse=True):
        if number not in void:
            void.add(target)
    return frozenset(void)
