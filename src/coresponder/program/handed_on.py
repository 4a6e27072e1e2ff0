"""What the agency that took an incident on owes (ADR 0127)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TypeGuard

import attrs

from coresponder.domain.events import (
    EnteredInError,
    Event,
    IncidentTransferAccepted,
    TransferOutcomeHeard,
)
from coresponder.policy.refusal import Obligation
from coresponder.program.case import Case
from coresponder.program.decision import replay
from coresponder.program.declaration import Declaration

__all__ = ["handed_on"]


def handed_on(program: Declaration, case: Case, now: dt.datetime) -> tuple[Obligation, ...]:
    """Return what the agency that took the incident on owes, until the outcome is heard: what would
    be owed under the rules that transfer, if nobody had taken it on. The most urgent comes first.
    """
    rules = program.book.transferred
    agency = _taken_by(case) if rules else None
    if agency is None:
        return ()
    kept = replay(program, case.id, (one for one in _happened(case) if not _transfers(one)))
    ours = {(one.policy, one.key) for one in _standing(program, case)}
    return tuple(
        attrs.evolve(one, owner=agency, overdue=one.due is not None and one.due < now)
        for one in _standing(program, kept)
        if one.policy in rules and (one.policy, one.key) not in ours
    )


def _standing(program: Declaration, case: Case) -> tuple[Obligation, ...]:
    return program.book.standing(case.progress, case.violations)


def _happened(case: Case) -> Iterator[Event]:
    """Yield what happened, in its order, without what was entered in error."""
    return (event for event in case.valid() if not isinstance(event, EnteredInError))


def _transfers(event: Event) -> TypeGuard[IncidentTransferAccepted]:
    return isinstance(event, IncidentTransferAccepted)


def _taken_by(case: Case) -> str | None:
    """Return the agency that has the incident and has not said what came of it."""
    if case.incident.transferred_to is None:
        return None
    agency = None
    for event in _happened(case):
        if _transfers(event):
            agency = event.department
        elif isinstance(event, TransferOutcomeHeard):
            agency = None
    return agency
