"""Who is who in one incident: a person who was identified later has one id throughout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from coresponder.domain.events import Event, PersonIdentified

__all__ = ["Identities", "as_known", "identities", "known_as"]

Identities = tuple[tuple[str, str], ...]
"""The id under which an incident knew somebody, and the id that they have."""
_PEOPLE = ("person", "protects")
"""The fields of events that name somebody who can be identified."""


def identities(events: Iterable[Event]) -> Identities:
    """Return who is who after some events, none of them void. The last word on a person counts.

    >>> import datetime as dt
    >>> from coresponder import PersonIdentified
    >>> at = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
    >>> identities([PersonIdentified(at=at, by="o", person="unknown-1", identified_as="p-7")])
    (('unknown-1', 'p-7'),)
    """
    found: dict[str, str] = {}
    for event in events:
        if isinstance(event, PersonIdentified):
            person, known = event.person, found.get(event.identified_as, event.identified_as)
            if known == person:  # the id that counted is no longer the one
                known = event.identified_as
            found = {old: known if new == person else new for old, new in found.items()}
            found[person] = known
    return tuple((old, new) for old, new in found.items() if old != new)


def known_as(who: Identities, person: str) -> str:
    """Return the id that somebody has."""
    return next((new for old, new in who if old == person), person)


def as_known(event: Event, who: Identities) -> Event:
    """Return an event with the ids that the people in it have."""
    if not who:
        return event
    named = {name: getattr(event, name, None) for name in _PEOPLE}
    changes: dict[str, Any] = {
        name: known
        for name, person in named.items()
        if isinstance(person, str) and (known := known_as(who, person)) != person
    }
    return attrs.evolve(event, **changes) if changes else event
