"""An emergency access is opened once, by whichever process was first."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from coresponder.domain.events import EmergencyAccessOpened
from coresponder.domain.vocabulary import AccessReason, Purpose
from coresponder.errors import Refused, VersionConflict, ViewDenied
from coresponder.program import Case
from coresponder.program.emergency import accesses_of, opening, rows_open, standing
from coresponder.program.viewing import Viewer

if TYPE_CHECKING:
    from coresponder.workflow.service import Workflow

__all__ = ["opened_for"]

_TRIES = 100


def opened_for(
    workflow: Workflow,
    incident: str,
    viewer: Viewer,
    purpose: Purpose,
    reason: AccessReason,
    request: str | None,
) -> EmergencyAccessOpened:
    """Return the access of a viewer that stands, or open one. See `Window.open_emergency_access`."""
    access = secrets.token_hex(16)
    for attempt in range(_TRIES):
        case, now = workflow.case(incident), workflow._time(None)  # noqa: SLF001 - ours
        program = workflow.program_of(case)
        asked = opening(program, viewer, purpose, reason, at=now, access=access)
        there = _standing(case, viewer, asked, now)
        if there is not None:
            return there
        try:
            step = workflow.record(incident, asked, expected=case.version, request=request)
        except Refused:
            raise ViewDenied(
                f"{reason.value}: a rule of {program.name} refuses an emergency access now; ask"
                " somebody who may see it"
            ) from None
        except VersionConflict:
            if attempt == _TRIES - 1:
                raise
        else:
            return _of(step.events)
    raise AssertionError("unreachable")  # pragma: no cover


def _standing(
    case: Case, viewer: Viewer, asked: EmergencyAccessOpened, now: dt.datetime
) -> EmergencyAccessOpened | None:
    """Return an access that stands, was opened for the same reason, and opens as much."""
    for one in standing(accesses_of(case, viewer, asked.purpose), now):
        if one.reason is asked.reason and rows_open([asked]) <= rows_open([one]):
            return one
    return None


def _of(events: tuple[object, ...]) -> EmergencyAccessOpened:
    return next(one for one in events if isinstance(one, EmergencyAccessOpened))
