"""Emergency access (break glass): a viewer opens rows of the views with a reason, for a time.

Whether it stands is read from the history and a time. A row that no access opens is as if it were
not there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator

import attrs

from coresponder.domain.events import (
    EmergencyAccessOpened,
    EmergencyAccessReviewed,
    Event,
)
from coresponder.domain.spoken import say_word
from coresponder.domain.vocabulary import AccessFinding, AccessReason, Purpose
from coresponder.errors import ViewDenied
from coresponder.program.case import Case
from coresponder.program.declaration import Declaration
from coresponder.program.viewing import View, Viewer

__all__ = ["access_to", "accesses_of", "opening", "reviewed", "rows_open", "standing", "viewers_of"]

_OPENED = frozenset({EmergencyAccessOpened.__name__})
_REVIEWED = frozenset({EmergencyAccessReviewed.__name__})


def accesses_of(case: Case, viewer: Viewer, purpose: Purpose) -> tuple[EmergencyAccessOpened, ...]:
    """Return the accesses that a viewer opened for a purpose, and that no review found unjustified."""
    ended = {
        one.access
        for one in case.of(_REVIEWED)
        if isinstance(one, EmergencyAccessReviewed) and one.finding is AccessFinding.NOT_JUSTIFIED
    }
    return tuple(
        one
        for one in case.of(_OPENED)
        if isinstance(one, EmergencyAccessOpened)
        and (one.viewer, one.agency, one.purpose) == (viewer.id, viewer.agency, purpose)
        and one.access not in ended
    )


def standing(
    accesses: Iterable[EmergencyAccessOpened], now: dt.datetime
) -> tuple[EmergencyAccessOpened, ...]:
    """Return the accesses that stand at a time."""
    return tuple(one for one in accesses if one.at <= now <= one.until)


def rows_open(accesses: Iterable[EmergencyAccessOpened]) -> frozenset[str]:
    """Return the ids of the rows that accesses open."""
    return frozenset(id for one in accesses for id in one.views)


def access_to(rows: Collection[str], accesses: Iterable[EmergencyAccessOpened]) -> str | None:
    """Return the id of the first access that opens one of some rows."""
    return next((one.access for one in accesses if {*rows} & {*one.views}), None)


def opening(
    program: Declaration,
    viewer: Viewer,
    purpose: Purpose,
    reason: AccessReason,
    *,
    at: dt.datetime,
    access: str,
) -> EmergencyAccessOpened:
    """Return the event by which a viewer opens every row that shows in such an emergency. It ends
    with the row that is open for the shortest time.

    Raises:
        ViewDenied: the program has no such row for the viewer's roles and this purpose.
    """
    rows = [
        (row.id, row.emergency_access.lasts)
        for row in _emergency_rows(program, viewer, purpose)
        if row.emergency_access is not None and reason in row.emergency_access.reasons
    ]
    if not rows:
        raise ViewDenied(_why_none(program, viewer, purpose, reason))
    return EmergencyAccessOpened(
        at=at,
        by=viewer.id,
        access=access,
        viewer=viewer.id,
        roles=viewer.roles,
        agency=viewer.agency,
        purpose=purpose,
        views=tuple(id for id, _ in rows),
        reason=reason,
        until=at + min(lasts for _, lasts in rows),
    )


def reviewed(case: Case, event: EmergencyAccessReviewed) -> EmergencyAccessReviewed:
    """Return a review that says whether it is by the one who had the access."""
    had = event.by in viewers_of(event.access, case.history)
    return attrs.evolve(event, by_viewer=event.by_viewer or had)


def viewers_of(access: str, recorded: Iterable[Event]) -> set[str]:
    """Return who had an access, by the events that opened it."""
    return {
        one.viewer
        for one in recorded
        if isinstance(one, EmergencyAccessOpened) and one.access == access
    }


def _emergency_rows(program: Declaration, viewer: Viewer, purpose: Purpose) -> Iterator[View]:
    asked = {*viewer.roles}
    for row in program.views:
        if row.emergency_access and asked & {*row.roles} and purpose in row.purposes:
            yield row


def _why_none(program: Declaration, viewer: Viewer, purpose: Purpose, reason: AccessReason) -> str:
    who = f"{' and '.join(map(say_word, viewer.roles)) or 'nobody'} for {purpose.value}"
    accepted = dict.fromkeys(
        reason.value
        for row in _emergency_rows(program, viewer, purpose)
        if row.emergency_access
        for reason in row.emergency_access.reasons
    )
    if accepted:
        return f"{reason.value}: {who} opens an emergency access only for {', '.join(accepted)}"
    return f"{program.name} has no emergency access for {who}; ask somebody who sees it"
