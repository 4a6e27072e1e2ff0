"""The responders whom a step engages, calls or releases, and what becomes of those who are with
another incident (ADR 0124).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator

import attrs

from coresponder.domain.events import Decision, EnteredInError, Event, PolicyOverridden
from coresponder.errors import CoresponderError
from coresponder.program import Case, Elsewhere, Override, Program, Step
from coresponder.program.engaged import CALLED, came_at, moved_by
from coresponder.stores.base import Engagement
from coresponder.workflow.cases import Cases

__all__ = ["Moves", "moves_of", "taking_over"]

_BUSY = "busy"
"""What an override names that sends a responder who is with another incident."""


@attrs.frozen(kw_only=True)
class Moves:
    """The effects of a step on responders.

    Attributes:
        engages: responders who become busy with the incident.
        calls: responders who become busy with it only if they are free.
        releases: responders who are free again.
        elsewhere: responders of the first two fields who were with another incident.
    """

    engages: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


def moves_of(cases: Cases, step: Step, program: Program, *, forced: bool) -> Moves:
    """Return the moves of a step before it is written.

    Args:
        cases: the incidents of the agency.
        step: the step.
        program: its program.
        forced: the step records what happened, or was overridden. Otherwise the store refuses it if
            a responder is busy elsewhere.
    """
    engages, releases, brought = moved_by(step, program.lifecycle)
    event = step.events[-1]
    if isinstance(event, Decision) and not forced:
        return Moves(engages=engages, releases=releases)
    wanted = dict.fromkeys((*engages, *brought))
    if not wanted:
        return Moves(releases=releases)
    busy = {one.responder: one for one in cases.store.engaged(cases.agency, wanted)}
    with_us = {id for id in wanted if id in busy and busy[id].incident == step.case.id}
    taken = [busy[id] for id in wanted if id in busy and id not in with_us]
    found = tuple(_elsewhere(cases, event, taken))
    staying = {one.responder for one in found if not one.taken_over}
    coming = [id for id in wanted if id not in with_us]
    called = staying if not isinstance(event, (*CALLED, EnteredInError)) else {*coming}
    return Moves(
        engages=tuple(id for id in coming if id not in called),
        calls=tuple(id for id in coming if id in called),
        releases=releases,
        elsewhere=found,
    )


def _elsewhere(cases: Cases, event: Event, taken: Iterable[Engagement]) -> Iterator[Elsewhere]:
    """Yield for each responder who is with another incident where they are, and whether the event
    takes them over. An overridden decision always does. A fact does if it brings the responder in
    person and happened after they came to the other incident.
    """
    moves = not isinstance(event, (*CALLED, EnteredInError))
    for one in taken:
        since = _since(cases, one)
        later = isinstance(event, Decision) or event.at >= since
        yield Elsewhere(
            responder=one.responder,
            incident=one.incident,
            since=since,
            taken_over=moves and later,
        )


def _since(cases: Cases, one: Engagement) -> dt.datetime:
    """Return when a responder came to an incident; None if that record cannot be read, so that it
    does not stop the step.
    """
    try:
        return came_at(cases.newest(one.incident), one.responder) or one.since
    except CoresponderError:
        return one.since


def taking_over(program: Program, case: Case, step: Step, override: Override) -> Step:
    """Return a step that takes responders over from other incidents, with the override that says by
    whom and why.
    """
    event = step.events[-1]
    refused = (one.policies for one in step.events if isinstance(one, PolicyOverridden))
    said = PolicyOverridden(
        at=event.at,
        by=override.by,
        decision=type(event).__name__,
        policies=(*itertools.chain(*refused), _BUSY),
        reason=override.reason,
    )
    return program.between(case, program.resume(case, (said, event)))
