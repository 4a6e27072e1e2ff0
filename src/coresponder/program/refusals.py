"""Why a step is not permitted, as data: the lifecycle, a policy, an obligation, or its time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from coresponder.domain.events import Event
from coresponder.domain.objects import Incident
from coresponder.domain.spoken import say_word
from coresponder.domain.vocabulary import IncidentState
from coresponder.lifecycle import PARTS
from coresponder.policy.bounds import say_duration
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.refusal import Refusal, RefusalKind
from coresponder.policy.words import remedy_of, say_event, say_policy
from coresponder.program.case import Case
from coresponder.program.declaration import Declaration, Plan

__all__ = ["broken", "earliest", "no_edge", "opening", "part_problem", "still_owed", "too_early"]


def opening(program: Declaration, case: Case) -> dt.datetime | None:
    """Return when the incident opened: the time of the first event, not entered in error, that
    leads out of the first state. Return None before that.
    """
    void, initial = case.findings.voided, program.lifecycle.initial
    for place, event in enumerate(case.history):
        moves = program.lifecycle.table.get(type(event).__name__, {})
        if moves.get(initial, initial) != initial and not (void and case.numbers[place] in void):
            return event.at
    return None


def earliest(program: Declaration, case: Case) -> dt.datetime:
    """Return the earliest plausible time in a case."""
    opened, lead = opening(program, case), program.plausible.lead
    return program.since if opened is None or opened - program.since <= lead else opened - lead


def too_early(program: Declaration, case: Case, at: dt.datetime, event: str) -> Refusal | None:
    """Return the refusal of a decision whose time is implausible."""
    floor = earliest(program, case)
    if at >= floor:
        return None
    than = f"the first day of this program, {program.plausible.since}"
    if floor != program.since:
        than = f"{say_duration(program.plausible.lead)} before the incident opened"
    return Refusal(
        kind=RefusalKind.TIME,
        event=event,
        state=case.incident.state,
        why=f"{at:%Y-%m-%d %H:%M} UTC is earlier than {than}.",
        remedy="Check the date and the year, and record when it was decided.",
    )


def broken(program: Declaration, index: int, event: str, state: str, key: Any) -> Refusal:
    """Return the refusal by a policy that the event would break."""
    policy = program.book.policies[index].policy
    return Refusal(
        kind=RefusalKind.POLICY,
        event=event,
        state=state,
        policy=policy.id,
        why=say_policy(policy),
        remedy=remedy_of(policy),
        authority=policy.authority,
        key=None if key is None else str(key),
    )


def still_owed(owed: Iterable[tuple[CompiledPolicy, Any]], event: str, state: str) -> list[Refusal]:
    """Return a refusal for each obligation under a BLOCK policy, even after its deadline: waiting
    does not cancel a duty.
    """
    return [
        Refusal(
            kind=RefusalKind.OWED,
            event=event,
            state=state,
            policy=policy.id,
            why=f"still owed: {say_policy(policy.policy)}",
            remedy=remedy_of(policy.policy),
            authority=policy.policy.authority,
            key=None if key is None else str(key),
        )
        for policy, key in owed
        if policy.blocks
    ]


def no_edge(program: Declaration, event: str, state: str) -> Refusal:
    """Return the refusal by the lifecycle."""
    lifecycle = program.lifecycle
    sources = lifecycle.sources(event)
    back = [
        edge.event
        for edge in lifecycle.edges
        if edge.source == state and edge.event in lifecycle.reopens
    ]
    ways = sorted(
        {edge.event for edge in lifecycle.edges if edge.source == state and edge.target != state}
    )
    if state in lifecycle.final and back:
        remedy = f"Reopen it first (“{say_event(back[0])}”)."
    else:
        remedy = (
            f"It is possible while the {program.subject} is"
            f" {' or '.join(map(_say_state, sources))}."
        )
        remedy += f" From here lead: {', '.join(map(say_event, ways))}." if ways else ""
    why = f"“{say_event(event)}” is not possible: the {program.subject} is {_say_state(state)}."
    return Refusal(kind=RefusalKind.LIFECYCLE, event=event, state=state, why=why, remedy=remedy)


def _say_state(state: str) -> str:
    return f"in {say_word(state)}" if state == IncidentState.FOLLOW_UP else say_word(state)


def part_in_place(incident: Incident, event: Event, plan: Plan) -> bool:
    """Return whether the lifecycle of the referral or follow-up permits this event now."""
    if plan.part is None:
        return True
    part = getattr(incident, plan.part)(getattr(event, plan.part))
    status = "new" if part is None else part.status.value
    return status in PARTS[plan.part].table[plan.event]


def part_problem(incident: Incident, event: Event, plan: Plan) -> Refusal | None:
    """Return why the lifecycle of the referral or follow-up does not permit this event now; None if
    it does.
    """
    if plan.part is None or part_in_place(incident, event, plan):
        return None
    id, noun, moves = (
        getattr(event, plan.part),
        plan.part.replace("_", "-"),
        PARTS[plan.part].table[plan.event],
    )
    part = getattr(incident, plan.part)(id)
    status = "" if part is None else part.status.value
    return Refusal(
        kind=RefusalKind(plan.part),
        event=plan.event,
        state=incident.state,
        why=f"there is no {noun} {id}." if part is None else f"{noun} {id} is {say_word(status)}.",
        remedy=f"“{say_event(plan.event)}” needs one that is {' or '.join(map(say_word, moves))}.",
        key=id,
    )
