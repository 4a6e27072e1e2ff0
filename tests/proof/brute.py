"""An exhaustive walk through the running `Program.advance` on small bounds: the proof's independent
judge.

It shares nothing with the proof. Individuals are concrete (`person-1`, `referral-2`), time is real,
and every step is the one that runs live. Two cases are one when nothing that the program reads
tells them apart: the state of the lifecycle, the values that conditions read, where each individual
stands, and the cells, with a running clock as the time that it has left.

What it says is sound both ways. A breach is a story that was played. A dead end is claimed only
where the whole region behind it was searched: a case that was not explored, for want of budget,
counts as one that can finish. A further person, referral or follow-up beyond the bounds is not
tried, so `locked` is a claim about incidents within the bounds; `locked_for_good` asks again with
one more of each kind, and from a case with an individual to spare, which is a claim about larger
incidents too wherever the program's numbers are smaller than the bounds (a further individual is
then one more of those that were tried). With several clocks, or one for each individual, not every
order of deadlines is tried: then no dead end is claimed. Ways out through facts that are out of
place count.
"""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import itertools
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import Prior, Screening, Team, TeamMember
from coresponder.domain.vocabulary import AgeGroup, PersonRole, Role, ScreeningLevel
from coresponder.policy.atoms import compile_condition, field_type
from coresponder.policy.automata import Timed
from coresponder.policy.refusal import Breach, RefusalKind
from coresponder.policy.templates import Letter
from coresponder.program import Case, Program, Step
from tests.conftest import NOON

KINDS = ("person", "referral", "follow_up")
TICK = dt.timedelta(microseconds=1)
REFERRAL = tuple(name for name in e.EVENT_TYPES if name.startswith("Referral"))
FOLLOW_UP = tuple(name for name in e.EVENT_TYPES if name.startswith("FollowUp"))
WRITERS: Mapping[str, tuple[str, ...]] = {
    "children": ("PersonInvolved",),
    "victims": ("PersonInvolved",),
    "most_contacts_90_days": ("PersonInvolved",),
    "highest_screening": ("Screened",),
    "high_without_plan": ("Screened", "SafetyPlanMade"),
    "open_referrals": REFERRAL,
    "open_follow_ups": FOLLOW_UP,
    "loose_ends": (*REFERRAL, *FOLLOW_UP),
    "tier": ("TeamDispatched",),
    "disposition": ("DispositionRecorded",),
    "call.nature": ("CallTriaged",),
    "call.qualifies": ("CallTriaged",),
    "call.priority": ("CallTriaged",),
    "scene.force_count": ("ForceUsed",),
    "scene.injury_count": ("InjuryRecorded",),
    "scene.clinician": ("ClinicianEngaged",),
    "scene.weapon": ("WeaponSeen", "CallTriaged"),
    "scene.secured": ("SceneSecured",),
    "scene.safety_plan": ("SafetyPlanMade",),
    "scene.imminent_danger": ("ImminentDangerSeen",),
    "state": (),
}
"""Which events change what a condition on the incident reads. A path that is not here is an error,
not a silent omission.
"""
FIELDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "children": (("PersonInvolved", "age_group"),),
    "victims": (("PersonInvolved", "role"),),
    "most_contacts_90_days": (("PersonInvolved", "prior.contacts_90_days"),),
    "highest_screening": (("Screened", "screening.level"),),
    "high_without_plan": (("Screened", "screening.level"),),
    "loose_ends": (
        ("ReferralSent", "owner"),
        ("ReferralSent", "due"),
        ("FollowUpScheduled", "owner"),
    ),
    "tier": (("TeamDispatched", "tier"),),
    "disposition": (("DispositionRecorded", "disposition"),),
    "call.nature": (("CallReceived", "nature"), ("CallTriaged", "nature")),
    "call.qualifies": (("CallTriaged", "qualifies"),),
    "call.priority": (("CallReceived", "priority"), ("CallTriaged", "priority")),
    "scene.clinician": (("ClinicianEngaged", "presence"),),
    "scene.weapon": (("CallTriaged", "weapon"),),
}
"""Which fields of events such a value comes from."""
COUNTS = (
    "children",
    "victims",
    "high_without_plan",
    "open_referrals",
    "open_follow_ups",
    "loose_ends",
)
"""What the incident counts its individuals by."""


@attrs.frozen(kw_only=True)
class Brute:
    """What the walk found.

    Attributes:
        broken: for each policy that an accepted step breaks by the event itself, the shortest
            story.
        triggered: policies whose cell left its start, that were breached, or that refused; a
            precedence only by what it is about, because what permits that says nothing yet. What is
            owed from the start is no trigger.
        locked: the shortest story into a case from which nothing that was tried ends the incident,
            with everything behind it explored.
        closed: everything within the bounds was explored.
        bounded: the kinds of which one more could have been tried.
        cases: how many cases were told apart.
    """

    broken: Mapping[str, tuple[e.Event, ...]]
    triggered: frozenset[str]
    locked: tuple[e.Event, ...] = ()
    closed: bool
    bounded: frozenset[str]
    cases: int


def explore(
    program: Program,
    *,
    persons: int = 3,
    referrals: int = 2,
    follow_ups: int = 2,
    budget: int = 10_000,
    spare: int = 1,
) -> Brute:
    """Walk through every case within the bounds, nearest first, and stop after about `budget`
    steps.

    A case is called locked where it has `spare` individuals of each kind that nothing has happened
    to.
    """
    walk = _Walk(
        program,
        {"person": persons, "referral": referrals, "follow_up": follow_ups},
        budget,
        spare=spare,
    )
    walk.run()
    return walk.found()


def locked_for_good(program: Program, *, budget: int = 60_000) -> tuple[e.Event, ...]:
    """Return a story into a case without a way out that more of each kind do not open, or nothing.

    Where the program counts to two, two more are tried: a way out may need them all at once.
    """
    counted = [
        n
        for path, asked in _reads(program).items()
        if path in COUNTS
        for condition in asked
        for n in _numbers(condition)
    ]
    more = max((1, *counted))
    story = explore(program, budget=budget).locked
    return (
        story
        and explore(
            program,
            persons=3 + more,
            referrals=2 + more,
            follow_ups=2 + more,
            budget=budget,
            spare=more,
        ).locked
    )


def finishes(
    program: Program, case: Case, now: dt.datetime, *, kept: Iterable[str] = (), budget: int = 5_000
) -> tuple[e.Event, ...]:
    """Return how a case can end from `now` with no blocking rule and none of those to be kept
    broken; nothing when no way was found.

    Nothing is out of place on such a way, and no child is entered again as an adult, which only
    corrects a record.
    """
    kept = frozenset((*kept, *(policy.id for policy in program.book.policies if policy.blocks)))
    walk = _Walk(
        program, {"person": 3, "referral": 2, "follow_up": 2}, budget, start=now, kept=kept
    )
    return walk.way_from(case)


@attrs.define
class _Walk:
    program: Program
    bounds: Mapping[str, int]
    budget: int
    start: dt.datetime = NOON
    kept: frozenset[str] | None = None
    spare: int = 1
    known: dict[Any, int] = attrs.field(factory=dict)
    cases: list[Case] = attrs.field(factory=list)
    before: list[set[int]] = attrs.field(factory=list)
    broken: dict[str, tuple[e.Event, ...]] = attrs.field(factory=dict)
    triggered: set[str] = attrs.field(factory=set)
    bounded: set[str] = attrs.field(factory=set)
    made: dict[Any, e.Event] = attrs.field(factory=dict)
    blanks: dict[str, Any] = attrs.field(factory=dict)
    expanded: int = 0
    steps: int = 0
    reads: dict[str, list[Any]] = attrs.field(init=False)
    choices: dict[str, list[dict[str, Any]]] = attrs.field(init=False)
    keyed: dict[str, set[str]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.reads = _reads(self.program)
        self.keyed = _keyed(self.program)
        names = _relevant(self.program, self.reads)
        fields = {
            field.name for name in names for field in attrs.fields(self.program.event_type(name))
        }
        self.bounds = {kind: bound if kind in fields else 0 for kind, bound in self.bounds.items()}
        self.choices = {name: _payloads(self.program, name, self.reads) for name in names}

    def run(self) -> None:
        first = self.program.open("incident-1")
        for fields in self.choices["CallReceived"]:
            self.take(None, first, self.make("CallReceived", fields, NOON))
        while self.expanded < len(self.cases) and self.steps < self.budget:
            case = self.cases[self.expanded]
            for event in self.events(case, self.expanded):
                self.take(self.expanded, case, event)
            self.expanded += 1

    def way_from(self, case: Case) -> tuple[e.Event, ...]:
        self.cases, self.before = [case], [set()]
        while self.expanded < len(self.cases) and self.steps < self.budget:
            here = self.cases[self.expanded]
            if here.state in self.program.lifecycle.final and not self.owes(here):
                return here.history[case.version :]
            for event in self.events(here, self.expanded):
                self.take(self.expanded, here, event)
            self.expanded += 1
        return ()

    def complies(self, step: Step) -> bool:
        kept, fewer = (
            self.kept or frozenset(),
            step.case.incident.children < step.before.incident.children,
        )
        return (
            not step.out_of_place
            and not fewer
            and not any(violation.policy in kept for violation in step.violations)
        )

    def owes(self, case: Case) -> bool:
        owed = self.program.book.owed(case.cells, case.history[-1].at)
        return any(policy.id in (self.kept or ()) for policy, _ in owed)

    def make(self, name: str, fields: Mapping[str, Any], at: dt.datetime) -> e.Event:
        key = (name, tuple(fields.items()), at)
        if key not in self.made:
            self.made[key] = build(self.program, name, fields, at)
        return self.made[key]

    def events(self, case: Case, number: int) -> Iterator[e.Event]:
        """Yield everything that may happen next, for one individual of those that nothing tells
        apart.
        """
        times = self.times(case)
        ids = {kind: self.individuals(case, kind) for kind in KINDS}
        for name, payloads in self.choices.items():
            cls = self.program.event_type(name)
            for fields in payloads:
                for who in itertools.product(*(self.asked(cls, kind, ids) for kind in KINDS)):
                    chosen = {
                        **fields,
                        **{kind: id for kind, id in zip(KINDS, who, strict=True) if id is not None},
                    }
                    for at in times:
                        yield self.make(name, chosen, at)

    def asked(
        self, cls: type[e.Event], kind: str, ids: Mapping[str, list[str]]
    ) -> list[str | None]:
        """Return the individuals that the event is tried with: all that differ where it matters,
        none where it may be left out.
        """
        fields = {field.name: field for field in attrs.fields(cls)}
        if kind not in fields:
            return [None]
        name, optional = cls.__name__, fields[kind].default is None
        keyed = name in self.keyed.get(kind, ())
        if kind == "person" and not keyed and name not in {"PersonInvolved", "Screened"}:
            return [None if optional else "person-1"]
        return [*ids[kind], *([None] if optional else [])]

    def individuals(self, case: Case, kind: str) -> list[str]:
        """Return one id of each standing, a fresh one among them while there is room."""
        found: dict[Any, str] = {}
        for id in self.ids(kind):
            found.setdefault(self.standing(case, kind, id), id)
        if self.bounds[kind] and self.blank(kind) not in found:
            self.bounded.add(kind)
        return list(found.values())

    def ids(self, kind: str) -> list[str]:
        return [f"{kind}-{n}" for n in range(1, self.bounds[kind] + 1)]

    def blank(self, kind: str) -> Any:
        if kind not in self.blanks:
            self.blanks[kind] = self.standing(self.program.open("incident-1"), kind, f"{kind}-1")
        return self.blanks[kind]

    def standing(self, case: Case, kind: str, id: str) -> Any:
        """Return all that the program can see of one individual."""
        now = case.history[-1].at if case.history else NOON
        cells = []
        for policy, cell in zip(self.program.book.policies, case.cells, strict=True):
            if policy.policy.per == kind:
                cells.append(_phase(policy, cell.get(id, policy.automaton.start(None)), now))
        return (getattr(self, f"_{kind}")(case, id), tuple(cells))

    def _person(self, case: Case, id: str) -> Any:
        person = case.incident.person(id)
        if person is None:
            return (False, False, 0, "none", False, False)
        prior = (
            person.prior.contacts_90_days
            if person.prior and "most_contacts_90_days" in self.reads
            else 0
        )
        level = (
            person.screening.level.value
            if person.screening and "highest_screening" in self.reads
            else "none"
        )
        return (
            person.is_child and "children" in self.reads,
            PersonRole.VICTIM in person.roles and "victims" in self.reads,
            prior,
            level,
            person.lacks_plan and "high_without_plan" in self.reads,
            person.safety_plan and "high_without_plan" in self.reads,
        )

    def _referral(self, case: Case, id: str) -> Any:
        part = case.incident.referral(id)
        if part is None:
            return "new"
        loose = part.is_open and (part.owner is None, part.due is None)
        return (
            part.status.value if part.is_open else "ended",
            "loose_ends" in self.reads and loose,
        )

    def _follow_up(self, case: Case, id: str) -> Any:
        part = case.incident.follow_up(id)
        if part is None:
            return "new"
        return (
            "ended" if part.status.value in {"done", "cancelled"} else part.status.value,
            "loose_ends" in self.reads and part.owner is None,
        )

    def times(self, case: Case) -> list[dt.datetime]:
        """Return when the next event may be: at once, when a running deadline is reached, and just
        after.
        """
        now = max(case.history[-1].at, self.start) if self.kept is not None else case.history[-1].at
        edges = {edge for edge in _edges(self.program, case) if edge >= now}
        return sorted({now, *edges, *(edge + TICK for edge in edges)})

    def take(self, source: int | None, case: Case, event: e.Event) -> None:
        self.steps += 1
        step = self.program.advance(case, event)
        self.triggered.update(
            refusal.policy
            for refusal in step.refusals
            if refusal.policy and refusal.kind is not RefusalKind.OWED
        )
        if not step.accepted or (self.kept is not None and not self.complies(step)):
            return
        for violation in step.violations:
            self.triggered.add(violation.policy)
            if violation.how is Breach.EVENT:
                self.broken.setdefault(violation.policy, step.case.history)
        if (
            source is not None
            and step.case.incident is case.incident
            and step.case.progress is case.progress
            and event.at == case.history[-1].at
        ):
            return
        tables = self.program.book.tables
        first = tables.begin(tables.first, step.case.history[0].at).cells()
        self.triggered.update(
            policy.id
            for policy, cell, start in zip(
                self.program.book.policies, step.case.cells, first, strict=True
            )
            if (
                policy.matched(event, step.case.incident) & Letter.B
                if "precedence" in str(policy.policy.template)
                else cell != start
            )
        )
        key = self.key(step.case)
        number = self.known.get(key)
        if number is None:
            number = self.known[key] = len(self.cases)
            self.cases.append(step.case)
            self.before.append(set())
        if source is not None:
            self.before[number].add(source)

    def key(self, case: Case) -> Any:
        now = case.history[-1].at
        values = tuple(_seen(case, path, conditions) for path, conditions in self.reads.items())
        cells = tuple(
            tuple(
                sorted(
                    (str(k), _phase(policy, part, now))
                    for k, part in cell.items()
                    if k is None or policy.policy.per not in KINDS
                )
            )
            if policy.policy.per
            else _phase(policy, cell, now)
            for policy, cell in zip(self.program.book.policies, case.cells, strict=True)
        )
        individuals = tuple(
            tuple(sorted((self.standing(case, kind, id) for id in self.ids(kind)), key=repr))
            for kind in KINDS
        )
        return (case.state, values, cells, individuals)

    def found(self) -> Brute:
        closed = self.expanded == len(self.cases)
        return Brute(
            broken=self.broken,
            triggered=frozenset(self.triggered),
            locked=self.cases[min(locked)].history if (locked := self.locked()) else (),
            closed=closed,
            bounded=frozenset(self.bounded),
            cases=len(self.cases),
        )

    def locked(self) -> list[int]:
        """Return the cases that cannot finish; one that was not explored may."""
        clocks = [policy for policy in self.program.policies if policy.within or policy.after]
        if len(clocks) > 1 or any(policy.per for policy in clocks):
            return []
        free = {
            n
            for n, case in enumerate(self.cases)
            if case.state in self.program.lifecycle.final or n >= self.expanded
        }
        todo = list(free)
        while todo:
            for n in self.before[todo.pop()] - free:
                free.add(n)
                todo.append(n)
        return [n for n, case in enumerate(self.cases) if n not in free and self.has_spare(case)]

    def has_spare(self, case: Case) -> bool:
        """Return whether enough more of each kind that is concerned were still tried from here."""
        fresh = {
            kind: [self.standing(case, kind, id) for id in self.ids(kind)].count(self.blank(kind))
            for kind in KINDS
            if self.bounds[kind]
        }
        return all(number >= self.spare for number in fresh.values())


def _phase(policy: Any, cell: Any, now: dt.datetime) -> Any:
    """Return a cell with its clock as the time that is left; what lies behind is behind."""
    if not isinstance(policy.automaton, Timed) or cell[1] is None:
        return cell if not isinstance(cell, tuple) else (cell[0], "stopped")
    left = policy.bound.deadline(cell[1]) - now
    return (cell[0], "behind" if left < dt.timedelta(0) else str(left))


def _edges(program: Program, case: Case) -> Iterator[dt.datetime]:
    for policy, cell in zip(program.book.policies, case.cells, strict=True):
        for _, part in policy.parts(cell):
            if isinstance(policy.automaton, Timed) and part[1] is not None:
                yield policy.bound.deadline(part[1])


def _seen(case: Case, path: str, conditions: list[Any]) -> Any:
    """Return which of the program's conditions on it hold, and, of a number that grows, how far it
    is from the last that is named.
    """
    value: Any = case.incident
    for part in path.split("."):
        value = None if value is None else getattr(value, part)
    if path.endswith("_count"):
        return min(value, 1 + max((n for c in conditions for n in _numbers(c)), default=0))
    return (
        str(value)
        if path not in {"children", "victims", "open_referrals", "open_follow_ups", "loose_ends"}
        else None
    )


def _numbers(condition: Any) -> list[int]:
    flat = (
        condition.values()
        if isinstance(condition, Mapping)
        else condition
        if isinstance(condition, list | tuple)
        else [condition]
    )
    return [n for n in flat if isinstance(n, int) and not isinstance(n, bool)]


def _atoms(program: Program) -> Iterator[Any]:
    for policy in program.policies:
        yield from (atom for atom in (policy.a, policy.b, policy.unless) if atom is not None)


def _reads(program: Program) -> dict[str, list[Any]]:
    """Return every path of the incident that a condition reads, with the conditions."""
    found: dict[str, list[Any]] = {}
    for atom in _atoms(program):
        for path, condition in atom.where.items():
            if path.startswith("incident."):
                found.setdefault(path.removeprefix("incident."), []).append(condition)
    return found


def _keyed(program: Program) -> dict[str, set[str]]:
    """Return for each field of correlation the event types of the policies that correlate by it."""
    found: dict[str, set[str]] = {}
    for policy in program.policies:
        if policy.per:
            atoms = (atom for atom in (policy.a, policy.b, policy.unless) if atom is not None)
            found.setdefault(policy.per, set()).update(
                name for atom in atoms for name in atom.events
            )
    return found


def _relevant(program: Program, reads: Mapping[str, Any]) -> list[str]:
    """Return the event types that can change anything that the program sees."""
    names = {
        "CallReceived",
        *(edge.event for edge in program.lifecycle.edges if edge.source != edge.target),
    } - {*REFERRAL, *FOLLOW_UP}
    mentioned = {name for atom in _atoms(program) for name in atom.events}
    names |= mentioned
    names |= {name for path in reads for name in WRITERS[path]}
    if names & set(REFERRAL):
        names = (
            names - (set(REFERRAL) - mentioned)
            | _REFERRAL_WAYS
            | ({"ReferralPutOnHold"} if "ReferralResumed" in names else set())
        )
    names |= set(FOLLOW_UP) if names & set(FOLLOW_UP) else set()
    if any(
        policy.template in {"init", "end", "always"} or "chain" in (policy.template or "")
        for policy in program.policies
    ):
        names.add("NoteAdded")
    return sorted(names, key=list(program.vocabulary).index)


_REFERRAL_WAYS = {"ReferralOffered", "ReferralSent", "ReferralAccepted", "ReferralDeclined"}
"""Enough of a referral's life: an accepted one can do all that one in progress can, and each other
end that no rule names is like this one.
"""


def _payloads(program: Program, name: str, reads: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the fields that differ: for each that a condition looks at, one value for each set of
    conditions that it meets.
    """
    cls, conditions = program.event_type(name), dict[str, list[Any]]()
    for atom in _atoms(program):
        if name in atom.events:
            for path, condition in atom.where.items():
                if not path.startswith("incident."):
                    conditions.setdefault(path, []).append(condition)
    for path, asked in reads.items():
        for event, field in FIELDS.get(path, ()):
            if event == name:
                conditions.setdefault(field, []).extend(
                    asked if path not in {"children", "victims", "loose_ends"} else []
                )
    options = [
        [(path, value) for value in _values(cls, path, asked, reads)]
        for path, asked in conditions.items()
    ]
    return [dict(combination) for combination in itertools.product(*options)]


def _values(
    cls: type[e.Event], path: str, conditions: list[Any], reads: Mapping[str, Any]
) -> list[Any]:
    hint = field_type(cls, path)
    found: dict[Any, Any] = {}
    for value in _domain(hint, path, conditions, reads):
        tests = tuple(compile_condition(path, hint, condition)(value) for condition in conditions)
        derived = (
            value is AgeGroup.CHILD,
            value is PersonRole.VICTIM,
            value is None,
            value if path in {"qualifies", "weapon"} else "",
        )
        found.setdefault((tests, derived), value)
    return list(found.values())


def _domain(hint: Any, path: str, conditions: list[Any], reads: Mapping[str, Any]) -> list[Any]:
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return list(hint)
    if hint is bool:
        return [False, True]
    if hint is dt.datetime:
        return [None, NOON + dt.timedelta(days=1)]
    if hint in {int, float}:
        near = {n + d for c in conditions for n in _numbers(c) for d in (-1, 0, 1)}
        return [
            *sorted({0, *near} - {-1}),
            *([None] if "." in path and path != "prior.contacts_90_days" else []),
        ]
    named = [
        v
        for c in conditions
        for v in (c if isinstance(c, list | tuple) else [] if isinstance(c, Mapping) else [c])
    ]
    return [None, "other-1", *named]


def build(program: Program, name: str, fields: Mapping[str, Any], at: dt.datetime) -> e.Event:
    """Return an event with these fields, by path, and something harmless in every other that it
    needs.
    """
    cls = program.event_type(name)
    given: dict[str, Any] = {"at": at, "by": "somebody-1"}
    for field in attrs.fields(cls):
        if field.default is attrs.NOTHING and field.name not in given:
            given[field.name] = _harmless(field.name, typing.get_type_hints(cls)[field.name], at)
    for path, value in fields.items():
        if path == "prior.contacts_90_days":
            given["prior"] = Prior(contacts_90_days=value)
        elif path == "screening.level":
            given["screening"] = Screening(level=value)
        elif path == "tier":
            given["team"] = attrs.evolve(given["team"], tier=value or "other-1")
        else:
            given[path] = value
    return cls(**given)


def _harmless(name: str, hint: Any, at: dt.datetime) -> Any:
    hint = typing.get_args(hint)[0] if typing.get_origin(hint) is typing.Annotated else hint
    if typing.get_origin(hint) is tuple:
        return (_harmless(name, typing.get_args(hint)[0], at),)
    if hint is Screening:
        return Screening(level=ScreeningLevel.NONE)
    if hint is Team:
        return Team(
            tier="other-1",
            model="primary_co_response",
            members=(TeamMember(responder="officer-1", role=Role.PATROL_OFFICER),),
        )
    if hint is PersonRole:
        return next(role for role in PersonRole if role is not PersonRole.VICTIM)
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    return {int: 1, float: 1.0, bool: False, dt.datetime: at}.get(hint, f"{name}-1")
