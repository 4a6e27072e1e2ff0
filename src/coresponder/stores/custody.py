"""What was done about an agency's words: legal holds placed and released, words erased (ADR 0192)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import attrs

from coresponder.domain.types import local_code, opaque_id
from coresponder.errors import InvalidEvent

__all__ = ["Custody", "Kept", "held_text", "in_force", "new_custody"]


@attrs.frozen(kw_only=True)
class Custody:
    """One record of what was done about an agency's words.

    Attributes:
        number: its number in the agency, from 1.
        at: when it was done.
        act: `hold` or `release` of a legal hold; `forget`, for a subject; `discard`, of
            single entries; `encrypt`.
        subject: the person or the incident; empty where it concerns many.
        by: the id of whoever did it; empty if that was not said.
        ground: why, as a code of the agency.
        hold: the number of the hold that is released; 0 otherwise.
        entries: how many entries were erased or encrypted.
    """

    number: int
    at: dt.datetime
    act: str
    subject: str
    by: str
    ground: str
    hold: int = 0
    entries: int = 0


@attrs.frozen(kw_only=True)
class Kept:
    """An entry of the vault without its words.

    Attributes:
        id: the entry.
        subject: the person or the incident that it is about.
        kind: the kind of the words.
        incident: the incident in which it was noted; empty if it was in none.
        entered_at: when it came into the store; None if the store does not know.
    """

    id: str
    subject: str
    kind: str
    incident: str
    entered_at: dt.datetime | None


def new_custody(*, subject: str, by: str, ground: str, **values: Any) -> Custody:
    """Return a record; raise `ValueError` if an id could be a name, or a hold does not say who
    places or releases it, on what ground.
    """
    if values["act"] in {"hold", "release"} and not (subject and by and ground):
        raise InvalidEvent(
            "a legal hold names its subject, who placed or released it, and the ground; nothing was changed"
        )
    return Custody(
        subject=subject and opaque_id(subject),
        by=by and opaque_id(by),
        ground=ground and local_code(ground),
        **values,
    )


def in_force(numbers: Iterable[int]) -> str:
    """Return which holds are in force, in words."""
    named = ", ".join(map(str, sorted(numbers)))
    return f"in force: {named}" if named else "none is in force"


def held_text(subject: str, holds: Iterable[Custody]) -> str:
    """Return the message that holds keep the words about a subject."""
    named = "; ".join(
        f"hold {one.number} on {one.subject}, placed by {one.by} on {one.at:%Y-%m-%d} ({one.ground})"
        for one in holds
    )
    return (
        f"words about {subject} are under legal hold, so nothing was erased: {named}. Release each hold first, "
        "with `coresponder release` or `release`"
    )
