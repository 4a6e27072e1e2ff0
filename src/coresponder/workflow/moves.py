"""Whom a step brings to its incident, and what becomes of those who are with another one (ADR 0124)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import attrs

from coresponder.domain.events import Decision, EnteredInError, Event
from coresponder.errors import CoresponderError
from coresponder.program import Elsewhere, Program, Step
from coresponder.program.engaged import CALLED, brought_by, came_at, moved_by
from coresponder.stores.base import Engagement
from coresponder.workflow.cases import Cases

__all__ = ["Moves", "moves_of"]


@attrs.frozen(kw_only=True)
class Moves:
    """What a step does to responders.

    Attributes:
        engages: who becomes busy with the incident.
        calls: who does so only if they are free.
        releases: who is free again.
        elsewhere: who of the first two was with another incident.
    """

    engages: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


def moves_of(cases: Cases, step: Step, program: Program, *, forced: bool) -> Moves:
    """Return the moves of a step that is not written yet.

    Args:
        cases: the incidents of the agency.
        step: the step.
        program: its program.
        forced: it says what happened, or was overridden; otherwise the store refuses it where
            somebody is busy elsewhere.
    """
    engages, releases = moved_by(step, program.lifecycle)
    event = step.events[-1]
    if isinstance(event, Decision) and not forced:
        return Moves(engages=engages, releases=releases)
    wanted = dict.fromkeys((*engages, *brought_by(step, program.lifecycle)))
    if not wanted:
        return Moves(releases=releases)
    busy = {one.responder: one for one in cases.store.engaged(cases.agency)}
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
    """Yield where each is who is with another incident, and whether the event takes them over: one
    that brings somebody in person, and happened after they came to the other. A decision that was
    overridden always does.
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
    """Return when somebody came to an incident; a record that cannot be read stops nobody."""
    try:
        return came_at(cases.newest(one.incident), one.responder) or one.since
    except CoresponderError:
        return one.since
