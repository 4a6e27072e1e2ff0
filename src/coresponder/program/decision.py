"""The decision, which is pure: check the next event, fold it in, step the policies that mention it.
It reads no clock.

A plain step comes in order, has an edge in the lifecycle and breaks nothing; `_plain` takes it in
one pass. Everything else goes through `_unusual`: an event that is late, voids another, is refused,
is overridden or is out of place. Both give the same case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import attrs

from coresponder.domain.appended import Appended
from coresponder.domain.events import (
    EnteredInError,
    Event,
    PersonIdentified,
    PolicyOverridden,
)
from coresponder.domain.identity import as_known, identities
from coresponder.domain.objects import Incident, Override
from coresponder.errors import InvalidEvent
from coresponder.policy.automata import BY_DEADLINE, BY_EVENT
from coresponder.policy.refusal import Breach, Obligation, Refusal, Violation
from coresponder.policy.tables import Breaches
from coresponder.program.approximate import marked, uncertain, undetermined
from coresponder.program.case import (
    NOTHING,
    Case,
    Step,
    advanced,
    new_violations,
    numbered,
    taken,
)
from coresponder.program.declaration import Declaration, Plan
from coresponder.program.notices import notices_of
from coresponder.program.owners import owned
from coresponder.program.refusals import (
    broken,
    earliest,
    no_edge,
    part_in_place,
    part_problem,
    still_owed,
    too_early,
)
from coresponder.program.voids import check_void, voided

__all__ = ["advance", "in_order", "new_case", "refusals", "replay", "resume", "step_between"]


def new_case(program: Declaration, incident: str) -> Case:
    """Return a case in which nothing has happened yet."""
    return Case(
        program=program.name,
        incident=Incident(id=incident, state=program.lifecycle.initial),
        progress=program.book.tables.first,
    )


def advance(program: Declaration, case: Case, event: Event, override: Override | None) -> Step:
    """Decide on the next event; see `Program.advance`."""
    if case.program != program.name:
        raise InvalidEvent(
            f"incident {case.id} began under {case.program}, this is {program.name}; use the"
            " program in that version"
        )
    plan = program.plan(type(event))
    after = _plain(program, case, event, plan)
    if after is None or (plan.refusable and _ends(program, case.state, after.state)):
        return _unusual(program, case, event, plan, override)
    opened, met = _owed_changes(program, case, after, event.at)
    if opened or plan.told:
        opened = marked(program, after, opened)
        notices = notices_of(program.notices, program.book, after, (event,), (), opened)
        return Step(case, after, (event,), opened=opened, met=met, notices=notices)
    return taken(_BLANK, case, after, (event,), met)


def replay(program: Declaration, incident: str, events: Iterable[Event]) -> Case:
    """Take events in the order in which they were recorded; see `Program.replay`."""
    return resume(program, new_case(program, incident), events)


def resume(program: Declaration, known: Case, events: Iterable[Event]) -> Case:
    """Take the events that were recorded after those of a case; see `Program.resume`."""
    later = tuple(events)
    case, last = known, known.history[-1].at if known.history else None
    for number, event in enumerate(later, start=known.version + 1):
        if isinstance(event, _REFOLDED) or (last is not None and event.at < last):
            return _replay_out_of_order(program, known.id, known.recorded() + later)
        case, last = _next(program, case, event, number), event.at
    return case


def in_order(program: Declaration, case: Case, event: Event) -> Case:
    """Take a fact that happened last, and do not fold again what it says of the events before it."""
    return _next(program, case, event, case.version + 1)


def _next(program: Declaration, case: Case, event: Event, number: int) -> Case:
    """Take one event that happened last, in one pass if the step is plain."""
    plan = program.plan(type(event))
    return _plain(program, case, event, plan) or _take(program, case, event, number)


def _replay_out_of_order(program: Declaration, incident: str, recorded: tuple[Event, ...]) -> Case:
    """Take a history in which an event came late, was entered in error, or says who somebody is."""
    for number, event in enumerate(recorded, start=1):
        program.plan(type(event))
        if isinstance(event, EnteredInError):
            check_void(event, recorded[: number - 1])
    return _refold(program, incident, recorded)


def step_between(program: Declaration, before: Case, after: Case) -> Step:
    """Return the step that led from one case to another: the events recorded since, and the changes
    they made.
    """
    events = after.recorded(before.version)
    if not events:
        return Step(before, after)
    opened, met = _owed_changes(program, before, after, events[-1].at)
    opened, found = marked(program, after, opened), new_violations(before, after)
    unknown = undetermined(program, after) if found else ()
    notices = notices_of(program.notices, program.book, after, events, found, opened, unknown)
    unsure = tuple(one for one in found if one.policy in unknown)
    return Step(before, after, events, opened=opened, met=met, notices=notices, may_violate=unsure)


def _owed_changes(
    program: Declaration, before: Case, after: Case, at: dt.datetime
) -> tuple[tuple[Obligation, ...], tuple[Obligation, ...]]:
    """Return what is owed only after a step, and what was owed only before it, with its owners."""
    old, new = before.findings.violations, after.findings.violations
    opened, met = program.book.owed_changes(before.progress, after.progress, at, old, new)
    book = program.book
    return owned(book, after.incident, opened), owned(book, before.incident, met)


def _plain(program: Declaration, case: Case, event: Event, plan: Plan) -> Case | None:
    """Return the next case, or None if the step is not plain."""
    fold, moves, reading, first = plan.quick
    history, progress, incident, findings = (
        case.history,
        case.progress,
        case.incident,
        case.findings,
    )
    tables = program.book.tables
    if not history:
        target = first if event.at >= program.since else None
        progress = tables.begin(progress, event.at)
    else:
        late = event.at < history[-1].at or findings.doubtful
        target = None if late else incident.state if moves is None else moves.get(incident.state)
    if target is None or (plan.part is not None and not part_in_place(incident, event, plan)):
        return None
    known = as_known(event, findings.who)
    incident = fold(incident, known, target)
    progress, breaches = tables.step(progress, reading, known, incident)
    if breaches:
        return None
    if findings.numbers is not None:
        findings = numbered(findings, findings.numbers.plus(len(history) + 1))
    return advanced(case, incident, history.plus(event), progress, findings)


def _unusual(
    program: Declaration, case: Case, event: Event, plan: Plan, override: Override | None
) -> Step:
    """Take an event that is late, voids another, is refused, is overridden or is out of place."""
    if isinstance(event, EnteredInError):
        check_void(event, case.recorded())
    late = bool(case.history) and event.at < case.history[-1].at
    before = _as_of(program, case, event.at) if late and plan.refusable else case
    found = _in_time(program, case, plan, event.at) or refusals(program, before, event)
    if found and override is None:
        return Step(case, case, refusals=found)
    events: tuple[Event, ...] = (event,)
    if found and override is not None:
        names = tuple(dict.fromkeys(refusal.policy or refusal.kind.value for refusal in found))
        broken_glass = PolicyOverridden(
            at=event.at, by=override.by, decision=plan.event, policies=names, reason=override.reason
        )
        events = (broken_glass, event)
    if late or isinstance(event, _REFOLDED):
        return step_between(program, case, _refold(program, case.id, case.recorded() + events))
    after = case
    for each in events:
        after = _take(program, after, each, after.version + 1)
    return step_between(program, case, after)


def _as_of(program: Declaration, case: Case, at: dt.datetime) -> Case:
    """Return the case as it was at that time."""
    return _refold(program, case.id, case.recorded(), until=at)


def _refold(
    program: Declaration,
    incident: str,
    recorded: tuple[Event, ...],
    until: dt.datetime | None = None,
) -> Case:
    """Fold events again in the order in which they happened, without those entered in error."""
    happened = sorted(enumerate(recorded, start=1), key=lambda pair: pair[1].at)
    if until is not None:
        happened = [pair for pair in happened if pair[1].at <= until]
    void = voided(happened)
    who = identities(event for number, event in happened if number not in void)
    case = attrs.evolve(new_case(program, incident), findings=attrs.evolve(NOTHING, who=who))
    for number, event in happened:
        case = _keep(case, event) if number in void else _next(program, case, event, number)
    numbers = [number for number, _ in happened]
    in_order = numbers == list(range(1, len(numbers) + 1))
    kept = None if in_order else Appended(numbers)
    findings = attrs.evolve(case.findings, voided=void, numbers=kept)
    return _with_doubts(program, attrs.evolve(case, findings=findings))


def _with_doubts(program: Declaration, case: Case) -> Case:
    """Mark every event whose time lies outside what is plausible."""
    floor = earliest(program, case)
    pairs = zip(case.numbers, case.history, strict=True)
    doubtful = tuple(number for number, event in pairs if event.at < floor)
    if doubtful == case.findings.doubtful:
        return case
    return attrs.evolve(case, findings=attrs.evolve(case.findings, doubtful=doubtful))


def _take(program: Declaration, case: Case, event: Event, number: int) -> Case:
    """Take one event that happened last, whatever it breaks."""
    plan = program.plan(type(event))
    state = case.incident.state
    target = state if plan.moves is None else plan.moves.get(state)
    misplaced = target is None or not part_in_place(case.incident, event, plan)
    place = state if misplaced or target is None else target
    known = as_known(event, case.findings.who)
    after = _fold(plan, case.incident, known, place, misplaced=misplaced)
    opens = _opens(program, state, target)
    tables = program.book.tables
    progress = tables.begin(case.progress, event.at) if opens else case.progress
    progress, breaches = tables.step(progress, plan.reading, known, after)
    findings = case.findings
    if breaches or misplaced or findings.numbers is not None:
        findings = attrs.evolve(
            findings,
            violations=findings.violations + _violations(program, case, breaches, event, number),
            out_of_place=(*findings.out_of_place, number) if misplaced else findings.out_of_place,
            numbers=findings.numbers and findings.numbers.plus(number),
        )
    next_case: Case = advanced(case, after, case.history.plus(event), progress, findings)
    return _with_doubts(program, next_case) if opens or event.at < program.since else next_case


def _ends(program: Declaration, state: str, target: str) -> bool:
    """Return whether a move ends the incident."""
    return target != state and target in program.lifecycle.final


def _opens(program: Declaration, state: str, target: str | None) -> bool:
    """Return whether a move opens the incident and starts the clocks that run from the opening."""
    return state == program.lifecycle.initial and target is not None and target != state


def _violations(
    program: Declaration, case: Case, breaches: Breaches, event: Event, number: int
) -> tuple[Violation, ...]:
    found = []
    for index, how, key in breaches:
        policy = program.book.policies[index]
        text = None if key is None else str(key)
        cell = program.book.tables.cell(case.progress, index)
        part = cell.get(key) if policy.policy.per else cell
        since = None if part is None else policy.since(part)
        if how & BY_DEADLINE:
            due = policy.automaton.deadline(part) or event.at
            found.append(
                Violation(
                    policy=policy.id,
                    at=due,
                    how=Breach.DEADLINE,
                    event=number,
                    key=text,
                    since=since,
                )
            )
        if how & BY_EVENT:
            began = None if how & BY_DEADLINE else since
            found.append(
                Violation(
                    policy=policy.id,
                    at=event.at,
                    how=Breach.EVENT,
                    event=number,
                    key=text,
                    since=began,
                )
            )
    return tuple(found)


def refusals(program: Declaration, case: Case, event: Event) -> tuple[Refusal, ...]:
    """Return why a decision is not permitted in this case; empty if it is. Facts are always
    permitted.
    """
    plan = program.plan(type(event))
    if not plan.refusable:
        return ()
    if early := _in_time(program, case, plan, event.at):
        return early
    state = case.incident.state
    target = state if plan.moves is None else plan.moves.get(state)
    if target is None:
        return (no_edge(program, plan.event, state),)
    problem = part_problem(case.incident, event, plan)
    if problem is not None:
        return (problem,)
    event = as_known(event, case.findings.who)
    after = plan.fold(case.incident, event, target)
    tables, progress = program.book.tables, case.progress
    if _opens(program, state, target):
        progress = tables.begin(progress, event.at)
    progress, breaches = tables.step(progress, plan.reading, event, after)
    found = [
        broken(program, index, plan.event, state, key)
        for index, how, key in breaches
        if how & BY_EVENT and program.book.policies[index].blocks
    ]
    if _ends(program, state, target):
        found += still_owed(program.book.still_owed(progress, event.at), plan.event, state)
    return uncertain(undetermined(program, case, event), found) if found else ()


def _in_time(program: Declaration, case: Case, plan: Plan, at: dt.datetime) -> tuple[Refusal, ...]:
    found = too_early(program, case, at, plan.event) if plan.refusable else None
    return () if found is None else (found,)


def _fold(plan: Plan, incident: Incident, event: Event, state: str, *, misplaced: bool) -> Incident:
    """Fold the event in. An event that is out of place is still recorded in the incident, but does
    not move a referral or follow-up.
    """
    return incident if misplaced and plan.part is not None else plan.fold(incident, event, state)


def _keep(case: Case, event: Event) -> Case:
    return advanced(case, case.incident, case.history.plus(event), case.progress, case.findings)


_REFOLDED = (EnteredInError, PersonIdentified)
"""Events that change what others before them were: the case is folded again."""
_NOTHING_YET = Case(program="", incident=Incident(id="none", state=""))
_BLANK = Step(_NOTHING_YET, _NOTHING_YET)
"""A step without notices and without new obligations. Most steps are copies of it."""
