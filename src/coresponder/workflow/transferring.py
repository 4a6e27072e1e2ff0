"""The line of a timeline on which another agency takes the incident on says what it owes from then
on.
"""

from __future__ import annotations

import attrs

from coresponder.domain.events import IncidentTransferAccepted
from coresponder.program import Case, Program
from coresponder.workflow.timeline import Line

__all__ = ["with_handed_on"]


def with_handed_on(lines: tuple[Line, ...], program: Program, case: Case) -> tuple[Line, ...]:
    """Return a timeline whose transfers say what the other agency owes from then on."""
    if case.incident.transferred_to is None:
        return lines
    return tuple(
        attrs.evolve(line, handed_on=_owed_at(program, case, number))
        if line.event == IncidentTransferAccepted.__name__ and not line.voided
        else line
        for number, line in enumerate(lines, start=1)
    )


def _owed_at(program: Program, case: Case, count: int) -> tuple[str, ...]:
    """Return what the other agency owed after the first `count` lines."""
    happened = [one.event for one in list(case.entries())[:count] if not one.voided]
    then = program.replay(case.id, happened)
    return tuple(
        one.policy + (f" for {one.key}" if one.key else "")
        for one in program.handed_on(then, then.last_at)
    )
