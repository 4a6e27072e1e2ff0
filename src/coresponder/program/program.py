"""The program: one declaration that drives each live incident. `advance` is pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import attrs

from coresponder.domain.events import EVENT_TYPES, CallReceived, Decision, EnteredInError, Event, PolicyOverridden
from coresponder.domain.fold import Fold, fold_for
from coresponder.domain.objects import Incident, LocalCode, Responder
from coresponder.domain.vocabulary import CallSource, Disposition, Nature
from coresponder.errors import InvalidEvent, InvalidProgram, nearest
from coresponder.lifecycle import INCIDENT, PARTS, Lifecycle
from coresponder.policy.automata import BY_DEADLINE, BY_EVENT, Cell
from coresponder.policy.book import Book, Standing
from coresponder.policy.bounds import Calendar, Plausible, say_duration
from coresponder.policy.policy import Keys, Policy, Watch
from coresponder.policy.refusal import Breach, Obligation, Refusal, RefusalKind, Violation
from coresponder.policy.words import cure_of, say_event, say_policy
from coresponder.program.case import Case, Notice, Override, Step, advanced, taken
from coresponder.program.notices import NoticeRule, notices_due, notices_of
from coresponder.program.own import as_class, declared, same_shape, why_unknown
from coresponder.staffing import Staffing, Tier, choose_team

__all__ = ["MAPPED", "LocalCodes", "Program"]

MAPPED: Mapping[str, type[StrEnum]] = {"nature": Nature, "disposition": Disposition, "source": CallSource}
"""The vocabularies to which an agency may map its codes."""

LocalCodes = Mapping[str, Mapping[str, str]]
"""Vocabulary name (`nature`, `disposition`) -> the agency's code -> the standard value."""


@attrs.frozen(kw_only=True)
class _Plan:
    """All that a step needs to know about one event type, looked up once.

    `quick` is what most steps need, in one reach: the fold, the moves that neither open nor end the incident nor concern a part of
    it (None when the lifecycle does not regulate the event), the watches, and where it leads as the first event of all.
    """

    event: str
    fold: Fold
    moves: Mapping[str, str] | None
    watches: tuple[tuple[int, Watch], ...]
    refusable: bool
    part: str | None
    quick: tuple[Fold, Mapping[str, str] | None, tuple[tuple[int, Watch], ...], str | None]


def _tuple(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)


def _blank_step(program: Program) -> Step:
    nothing = program.open("none")
    return Step(program, nothing, nothing)


def _book(program: Program) -> Book:
    return Book.of(program.policies, program.vocabulary, program.calendar)


@attrs.frozen(kw_only=True)
class Program:
    """Lifecycle + staffing + policies + notices, with an id and a version.

    Build it in Python or load it from TOML (`coresponder.load_program`). It is checked when it is made.

    Attributes:
        id, version: together the name under which a case stays with it.
        policies: the book's rules.
        tiers: staffing, in order of preference.
        lifecycle: the incident's machine, extended where the agency needs it.
        events: event types of the agency's own.
        local_codes: the agency's codes mapped to the standard vocabularies.
        natures: which natures qualify for the program; empty means all.
        look_ahead: `Workflow.permitted` warns of decisions after which no compliant finish exists.
        plausible: when what it records can have happened.
        name: `id@version`, as it is kept with each case.
    """

    id: str
    version: str = "1"
    title: str = ""
    source: str = ""
    policies: tuple[Policy, ...] = attrs.field(default=(), converter=_tuple)
    tiers: tuple[Tier, ...] = attrs.field(default=(), converter=_tuple)
    notices: tuple[NoticeRule, ...] = attrs.field(default=(), converter=_tuple)
    lifecycle: Lifecycle = INCIDENT
    calendar: Calendar = Calendar()
    events: tuple[type[Event], ...] = attrs.field(default=(), converter=_tuple)
    local_codes: LocalCodes = attrs.field(factory=dict)
    natures: tuple[Nature, ...] = ()
    look_ahead: bool = False
    plausible: Plausible = Plausible()
    definition: Mapping[str, Any] = attrs.field(factory=dict, repr=False, eq=False)
    name: str = attrs.field(init=False, repr=False, eq=False)
    vocabulary: Mapping[str, type[Event]] = attrs.field(init=False, repr=False, eq=False)
    book: Book = attrs.field(init=False, repr=False, eq=False, default=attrs.Factory(_book, takes_self=True))
    _since: dt.datetime = attrs.field(init=False, repr=False, eq=False)
    _plans: dict[type[Event], _Plan] = attrs.field(init=False, repr=False, eq=False, factory=dict)
    _step: Step = attrs.field(init=False, repr=False, eq=False, default=attrs.Factory(_blank_step, takes_self=True))

    @vocabulary.default
    def _vocabulary(self) -> Mapping[str, type[Event]]:
        own = {cls.__name__: cls for cls in self.events}
        return MappingProxyType({**EVENT_TYPES, **own})

    @_since.default
    def _first_instant(self) -> dt.datetime:
        return self.plausible.first(self.calendar)

    @name.default
    def _name(self) -> str:
        return f"{self.id}@{self.version}"

    def __copy__(self) -> Program:
        """Return the program itself: it is frozen."""
        return self

    def __deepcopy__(self, _memo: object) -> Program:
        """Return the program itself: it is frozen."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made of; it is compiled again where it is loaded."""
        made_of = {field.name: getattr(self, field.name) for field in attrs.fields(type(self)) if field.init}
        return _compiled_again, ({**made_of, "events": tuple(map(declared, self.events))},)

    # --- a case ---------------------------------------------------------------------------------------------------------

    def open(self, incident: str) -> Case:
        """Return a case in which nothing has happened yet; its first event is usually `CallReceived`."""
        return Case(program=self.name, incident=Incident(id=incident, state=self.lifecycle.initial), cells=self.book.start(None))

    def advance(self, case: Case, event: Event, override: Override | None = None) -> Step:
        """Take the next event: check it, fold it in, step the policies that mention it.

        A fact is always taken. A decision is refused when the lifecycle has no edge, when a BLOCK policy would become violated,
        or when it ends the incident while a BLOCK policy is owed something; `Step.refusals` says so and the case stays as it was.

        Args:
            case: the case as it is.
            event: what happened, or what is to be decided. One that happened before the last is put in its place.
            override: take a refused decision all the same; a `PolicyOverridden` is recorded before it.

        Raises:
            InvalidEvent: the event type is not of this program, it refers to something that does not exist, or the case began under
                another program or version.
        """
        if case.program != self.name:
            raise InvalidEvent(f"incident {case.id} began under {case.program}, this is {self.name}; use the program in that version")
        plan = self._plans.get(type(event)) or self._plan(type(event))
        fold, moves, watches, first = plan.quick
        history, cells, incident, findings = case.history, case.cells, case.incident, case.findings
        if not history:
            target = first if event.at >= self._since else None
            cells = self.book.start(event.at)
        else:
            state = incident.state
            target = None if event.at < history[-1].at or findings.doubtful else state if moves is None else moves.get(state)
        if target is None:
            return self._advance_slowly(case, event, plan, override)
        incident = fold(incident, event, target)
        fresh: list[Cell] | None = None
        for index, watch in watches:
            change = watch(cells[index], event, incident)
            if change is not None:
                if change[1]:
                    return self._advance_slowly(case, event, plan, override)
                if fresh is None:
                    fresh = list(cells)
                fresh[index] = change[0]
        if findings.numbers is not None:
            findings = attrs.evolve(findings, numbers=(*findings.numbers, len(history) + 1))
        history += (event,)
        after = advanced(case, incident, history, cells if fresh is None else tuple(fresh), findings)
        return taken(self._step, case, after)  # type: ignore[no-any-return]

    def replay(self, incident: str, events: Iterable[Event]) -> Case:
        """Take what happened, in the order in which it was recorded. Nothing is refused, not even a decision; violations count."""
        recorded = tuple(events)
        case = self.open(incident)
        for event in recorded:
            if isinstance(event, EnteredInError) or (case.history and event.at < case.history[-1].at):
                return self._replay_out_of_order(incident, recorded)
            step = self.advance(case, event)
            case = step.case if step.accepted else self._take(case, event, case.version + 1)
        return case

    def _replay_out_of_order(self, incident: str, recorded: tuple[Event, ...]) -> Case:
        """Take a history in which something came late, or was entered in error."""
        for number, event in enumerate(recorded, start=1):
            self._plans.get(type(event)) or self._plan(type(event))
            if isinstance(event, EnteredInError):
                self._check_void(event, recorded[: number - 1])
        return self._refold(incident, recorded)

    # --- what every user of a state machine asks for --------------------------------------------------------------------

    def standings(self, case: Case, now: dt.datetime) -> tuple[Standing, ...]:
        """Return verdict and breaches of every policy at `now`."""
        return self.book.standings(case.cells, case.findings.violations, now)

    def violations(self, case: Case, now: dt.datetime) -> tuple[Violation, ...]:
        """Return every breach by `now`, also those that time alone has brought."""
        return case.findings.violations + (self.book.passed(case.cells, now) if case.history else ())

    def obligations(self, case: Case, now: dt.datetime) -> tuple[Obligation, ...]:
        """Return what is owed at `now`, the most urgent first. An empty case owes nothing."""
        return self.book.obligations(case.cells, case.findings.violations, now) if case.history else ()

    def opened_at(self, case: Case) -> dt.datetime:
        """Return when the incident opened; of one that has not, when something happened first."""
        opening = self.opening(case)
        return opening or min((entry.event.at for entry in case.entries() if entry.happened), default=case.history[0].at)

    def staff(self, responders: Iterable[Responder], *, at: dt.datetime, nature: Nature) -> Staffing:
        """Choose a team by the program's tiers."""
        return choose_team(self.tiers, responders, at=at, nature=nature)

    def qualifies(self, nature: Nature) -> bool:
        """Return whether calls of this nature are the program's."""
        return not self.natures or nature in self.natures

    def standard(self, field: str, code: str) -> tuple[StrEnum, LocalCode]:
        """Return the standard value of a local code, and the local code to keep beside it in an event's `local`.

        Args:
            field: the vocabulary: `nature`, `disposition` or `source`.
            code: the agency's code.

        Raises:
            InvalidProgram: the program does not map this code; with the nearest one that it does.
        """
        codes = self.local_codes.get(field, {})
        if code not in codes:
            raise InvalidProgram(f"[local_codes.{field}] has no {code!r}; {nearest(code, codes)}", source=self.name)
        return MAPPED[field](codes[code]), LocalCode(field=field, code=code)

    def event_type(self, name: str) -> type[Event]:
        """Return an event type by name; raise `InvalidEvent` with the nearest name."""
        found = self.vocabulary.get(name)
        if found is None:
            raise InvalidEvent(f"program {self.name} has no event {name!r}; {nearest(name, self.vocabulary)}")
        return found

    def notices_of(self, step: Step) -> tuple[Notice, ...]:
        """Return the messages that a step gives rise to."""
        return notices_of(self, step)

    def notices_due(self, case: Case, now: dt.datetime) -> tuple[Notice, ...]:
        """Return the messages that time gives rise to at `now`: what is due soon, and what is overdue."""
        return notices_due(self, case, now)

    # --- inside ---------------------------------------------------------------------------------------------------------

    def _plan(self, event_type: type[Event]) -> _Plan:
        name = event_type.__name__
        known = self.vocabulary.get(name)
        if known is not event_type and not (known and same_shape(known, event_type)):
            raise InvalidEvent(f"program {self.name} {why_unknown(event_type, self.vocabulary)}")
        part = next((field for field, lifecycle in PARTS.items() if lifecycle.regulates(name)), None)
        fold, watches = fold_for(event_type), self.book.watches(name)
        moves = dict(self.lifecycle.table[name]) if self.lifecycle.regulates(name) else None
        rests, initial = self.lifecycle.rests, self.lifecycle.initial
        easy = moves and {source: target for source, target in moves.items() if source == target or (source != initial and target not in rests)}
        if event_type is EnteredInError or part is not None:
            easy = {}
        first = (moves or {}).get(initial)
        if part is not None or first == initial or first in rests:
            first = None
        plan = _Plan(
            event=name,
            fold=fold,
            moves=moves,
            watches=watches,
            refusable=issubclass(event_type, Decision),
            part=part,
            quick=(fold, easy, watches, first),
        )
        self._plans[event_type] = plan
        return plan

    def _advance_slowly(self, case: Case, event: Event, plan: _Plan, override: Override | None) -> Step:
        """Take the event with everything that most steps do not need: late, voiding, refused or out of place."""
        if isinstance(event, EnteredInError):
            self._check_void(event, case.recorded())
        before = self._as_of(case, event.at)
        refusals = self._in_time(case, plan, event.at) or self.refusals(before, event)
        if refusals and override is None:
            return Step(self, case, case, refusals)
        events: tuple[Event, ...] = (event,)
        if refusals and override is not None:
            names = tuple(dict.fromkeys(r.policy or r.kind.value for r in refusals))
            events = (
                PolicyOverridden(at=event.at, by=override.by, decision=plan.event, policies=names, reason=override.reason),
                event,
            )
        if before is case and not isinstance(event, EnteredInError):
            after = case
            for each in events:
                after = self._take(after, each, after.version + 1)
        else:
            after = self._refold(case.id, case.recorded() + events)
        return Step(self, case, after)

    def _as_of(self, case: Case, at: dt.datetime) -> Case:
        """Return the case as it was at that time, or the case itself if nothing happened since."""
        if not case.history or case.history[-1].at <= at:
            return case
        return self._refold(case.id, case.recorded(), until=at)

    def _refold(self, incident: str, recorded: tuple[Event, ...], until: dt.datetime | None = None) -> Case:
        """Fold events again in the order in which they happened, without those entered in error."""
        numbered = sorted(enumerate(recorded, start=1), key=lambda pair: (pair[1].at, pair[0]))
        if until is not None:
            numbered = [pair for pair in numbered if pair[1].at <= until]
        voided = _voided(numbered)
        case = self.open(incident)
        for number, event in numbered:
            case = _keep(case, event) if number in voided else self._take(case, event, number)
        numbers = tuple(number for number, _ in numbered)
        in_order = numbers == tuple(range(1, len(numbers) + 1))
        return self._with_doubts(attrs.evolve(case, findings=attrs.evolve(case.findings, voided=voided, numbers=None if in_order else numbers)))

    def _with_doubts(self, case: Case) -> Case:
        """Mark every event whose time lies outside what is plausible."""
        floor = self._floor(case)
        doubtful = tuple(number for number, event in zip(case.numbers, case.history, strict=True) if event.at < floor)
        if doubtful == case.findings.doubtful:
            return case
        return attrs.evolve(case, findings=attrs.evolve(case.findings, doubtful=doubtful))

    def _floor(self, case: Case) -> dt.datetime:
        """Return before when nothing is plausible in a case."""
        opening = self.opening(case)
        return self._since if opening is None or opening - self._since <= self.plausible.lead else opening - self.plausible.lead

    def opening(self, case: Case) -> dt.datetime | None:
        """Return when the incident opened: at the first event, not entered in error, that leads out of the first state; None before."""
        void, initial = case.findings.voided, self.lifecycle.initial
        for place, event in enumerate(case.history):
            moves = self.lifecycle.table.get(type(event).__name__, {})
            if moves.get(initial, initial) != initial and not (void and case.numbers[place] in void):
                return event.at
        return None

    def _take(self, case: Case, event: Event, number: int) -> Case:
        """Take one event that happened last, whatever it breaks."""
        plan = self._plans.get(type(event)) or self._plan(type(event))
        state = case.incident.state
        target = state if plan.moves is None else plan.moves.get(state)
        misplaced = target is None or self._part_problem(case.incident, event, plan) is not None
        after = _fold(plan, case.incident, event, state if misplaced or target is None else target, misplaced=misplaced)
        opens = self._opens(state, target)
        cells = self.book.begin(case.cells, event.at) if opens else case.cells
        cells, breaches = _step_cells(cells, plan.watches, event, after)
        findings = case.findings
        if breaches or misplaced or findings.numbers is not None:
            findings = attrs.evolve(
                findings,
                violations=findings.violations + self._violations(case, breaches, event, number),
                out_of_place=(*findings.out_of_place, number) if misplaced else findings.out_of_place,
                numbers=findings.numbers and (*findings.numbers, number),
            )
        taken: Case = advanced(case, after, (*case.history, event), cells, findings)
        return self._with_doubts(taken) if opens or event.at < self._since else taken

    def _opens(self, state: str, target: str | None) -> bool:
        """Return whether a move opens the incident: the clocks that run from the opening start with it."""
        return state == self.lifecycle.initial and target is not None and target != state

    def _violations(self, case: Case, breaches: Iterable[tuple[int, int, Any]], event: Event, number: int) -> tuple[Violation, ...]:
        found = []
        for index, how, key in breaches:
            policy = self.book.policies[index]
            text = None if key is None else str(key)
            part = case.cells[index].get(key) if policy.policy.per else case.cells[index]
            since = None if part is None else policy.since(part)
            if how & BY_DEADLINE:
                due = policy.automaton.deadline(part) or event.at
                found.append(Violation(policy=policy.id, at=due, how=Breach.DEADLINE, event=number, key=text, since=since))
            if how & BY_EVENT:
                began = None if how & BY_DEADLINE else since
                found.append(Violation(policy=policy.id, at=event.at, how=Breach.EVENT, event=number, key=text, since=began))
        return tuple(found)

    def refusals(self, case: Case, event: Event) -> tuple[Refusal, ...]:
        """Return why a decision is not permitted in this case; nothing if it is. Facts are always permitted."""
        plan = self._plans.get(type(event)) or self._plan(type(event))
        if not plan.refusable:
            return ()
        if too_early := self._in_time(case, plan, event.at):
            return too_early
        state = case.incident.state
        target = state if plan.moves is None else plan.moves.get(state)
        if target is None:
            return (self.no_edge(plan.event, state),)
        problem = self._part_problem(case.incident, event, plan)
        if problem is not None:
            return (problem,)
        after = plan.fold(case.incident, event, target)
        cells = self.book.begin(case.cells, event.at) if self._opens(state, target) else case.cells
        cells, breaches = _step_cells(cells, plan.watches, event, after)
        found = [self.broken(index, plan.event, state, key) for index, how, key in breaches if how & BY_EVENT and self.book.policies[index].blocks]
        if target != state and target in self.lifecycle.rests:
            found += self.still_owed(cells, event.at, plan.event, state)
        return tuple(found)

    def _in_time(self, case: Case, plan: _Plan, at: dt.datetime) -> tuple[Refusal, ...]:
        found = self.too_early(case, at, plan.event) if plan.refusable else None
        return () if found is None else (found,)

    def too_early(self, case: Case, at: dt.datetime, event: str) -> Refusal | None:
        """Return the refusal of a decision whose time is not plausible."""
        floor = self._floor(case)
        if at >= floor:
            return None
        than = f"the first day of this program, {self.plausible.since}"
        if floor != self._since:
            than = f"{say_duration(self.plausible.lead)} before the incident opened"
        return Refusal(
            kind=RefusalKind.TIME,
            event=event,
            state=case.incident.state,
            why=f"{at:%Y-%m-%d %H:%M} UTC is earlier than {than}.",
            cure="Look at the date and the year, and record when it was decided.",
        )

    def broken(self, index: int, event: str, state: str, key: Any) -> Refusal:
        """Return the refusal of a policy that the event would break."""
        policy = self.book.policies[index].policy
        return Refusal(
            kind=RefusalKind.POLICY,
            event=event,
            state=state,
            policy=policy.id,
            why=say_policy(policy),
            cure=cure_of(policy),
            source=policy.source,
            key=None if key is None else str(key),
        )

    def still_owed(self, cells: tuple[Cell, ...], now: dt.datetime, event: str, state: str) -> list[Refusal]:
        """Return a refusal for each BLOCK policy that is owed something; nobody gets rid of a duty by waiting."""
        return [
            Refusal(
                kind=RefusalKind.OWED,
                event=event,
                state=state,
                policy=policy.id,
                why=f"still owed: {say_policy(policy.policy)}",
                cure=cure_of(policy.policy),
                source=policy.policy.source,
                key=None if key is None else str(key),
            )
            for policy, key in self.book.owed(cells, now)
            if policy.blocks
        ]

    def no_edge(self, event: str, state: str) -> Refusal:
        """Return the refusal of the lifecycle."""
        sources = ", ".join(self.lifecycle.sources(event)) or "no state"
        ways = sorted({e.event for e in self.lifecycle.edges if e.source == state and e.target != state})
        cure = f"It is possible in: {sources}."
        if ways:
            cure += f" From here lead: {', '.join(say_event(way) for way in ways)}."
        return Refusal(kind=RefusalKind.LIFECYCLE, event=event, state=state, why=f"“{say_event(event)}” has no place in state {state!r}.", cure=cure)

    def _part_problem(self, incident: Incident, event: Event, plan: _Plan) -> Refusal | None:
        """Return why the own lifecycle of the referral or follow-up does not have this event now, if so."""
        if plan.part is None:
            return None
        id, noun, moves = getattr(event, plan.part), plan.part.replace("_", "-"), PARTS[plan.part].table[plan.event]
        part = getattr(incident, plan.part)(id)
        status = "new" if part is None else part.status.value
        if status in moves:
            return None
        return Refusal(
            kind=RefusalKind(plan.part),
            event=plan.event,
            state=incident.state,
            why=f"there is no {noun} {id}." if part is None else f"{noun} {id} is {status}.",
            cure=f"“{say_event(plan.event)}” needs one that is {', '.join(moves)}.",
            key=id,
        )

    @staticmethod
    def _check_void(event: EnteredInError, recorded: tuple[Event, ...]) -> None:
        if event.event > len(recorded):
            raise InvalidEvent(f"there is no event {event.event} to void; the incident has {len(recorded)} recorded events, numbered from 1")
        void = _voided(enumerate(recorded, start=1)) | {event.event}
        calls = [number for number, each in enumerate(recorded, start=1) if isinstance(each, CallReceived)]
        if event.event in calls and void.issuperset(calls):
            raise InvalidEvent(f"event {event.event} opened the incident and cannot be void; cancel the incident instead (IncidentCancelled)")


def _compiled_again(made_of: dict[str, Any]) -> Program:
    return Program(**{**made_of, "events": tuple(map(as_class, made_of["events"]))})


def _fold(plan: _Plan, incident: Incident, event: Event, state: str, *, misplaced: bool) -> Incident:
    """Fold the event in. Out of place it still tells something, but it does not move a referral or follow-up."""
    return incident if misplaced and plan.part is not None else plan.fold(incident, event, state)


def _keep(case: Case, event: Event) -> Case:
    return advanced(case, case.incident, (*case.history, event), case.cells, case.findings)  # type: ignore[no-any-return]


def _voided(numbered: Iterable[tuple[int, Event]]) -> frozenset[int]:
    """Return the numbers that are void. A void can itself be void, so the latest recorded speaks first."""
    void: set[int] = set()
    for number, event in sorted(numbered, key=lambda pair: -pair[0]):
        if isinstance(event, EnteredInError) and number not in void:
            void.add(event.event)
    return frozenset(void)


def _step_cells(
    cells: tuple[Cell, ...], watches: tuple[tuple[int, Watch], ...], event: Event, incident: Incident
) -> tuple[tuple[Cell, ...], list[tuple[int, int, Any]] | tuple[()]]:
    """Step the cells that watch this event type; untouched cells are shared."""
    fresh: list[Cell] | None = None
    breaches: list[tuple[int, int, Any]] | tuple[()] = ()
    for index, watch in watches:
        change = watch(cells[index], event, incident)
        if change is not None:
            if fresh is None:
                fresh = list(cells)
            fresh[index], how, key = change
            if how:
                breaches = [*breaches, *((index, how, one) for one in (key if type(key) is Keys else (key,)))]
    return (cells if fresh is None else tuple(fresh)), breaches
