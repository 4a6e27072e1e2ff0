"""The world that a search walks in: incidents under the program without its policies, moved by the real `Program.advance`.

Only what some policies can see is told apart (a cone of influence): the lifecycle's state, the values of the incident that
conditions read, and how far each referral or follow-up is. Everything else would multiply the states and change no verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Decision, EnteredInError, Event, PolicyOverridden
from coresponder.domain.fold import fold_for
from coresponder.domain.objects import Incident
from coresponder.lifecycle import PARTS, Lifecycle
from coresponder.policy.atoms import path_getter
from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Case, Program
from coresponder.proof.payloads import Interest, samples

__all__ = ["Move", "World", "begins_another"]

_OPENING = "CallReceived"
_NOTHING = frozenset({None})


@attrs.frozen(kw_only=True)
class Move:
    """One event that can be taken in a node.

    Attributes:
        target: the node that it leads to.
        incidents: the incident after it, on each side.
        legal: whether the lifecycles take it, on each side.
        decision: it can be refused.
        places: whether the lifecycle expects it, on each side; what it does not expect is taken out of place.
        ends: it brings the incident to rest, on each side.
    """

    event: Event
    name: str
    target: int
    incidents: tuple[Incident, ...]
    legal: tuple[bool, ...]
    decision: bool
    places: tuple[bool, ...]
    ends: tuple[bool, ...]

    @property
    def odd(self) -> bool:
        """True when some side does not expect it."""
        return False in self.places


class World:
    """The incidents that a group of policies can tell apart, found as they are asked for.

    Args:
        programs: one, or two that are compared step by step.
        policies: whose conditions tell incidents apart.
        extra: event types to take besides those that the policies mention.
        keys: how many values each correlation key takes.
    """

    def __init__(self, programs: tuple[Program, ...], policies: tuple[CompiledPolicy, ...], *, extra: Iterable[str] = (), keys: int = 1) -> None:
        self.programs = programs
        self.interest = Interest.of(policies, keys=keys)
        self._bare = tuple(_without_policies(program) for program in programs)
        writers = _writers(programs[0], tuple(self.interest.incident))
        names = _cone(programs, policies, {*extra, *writers})
        self.names = frozenset(names)
        vocabulary = {name: cls for program in programs for name, cls in program.vocabulary.items()}
        self.events: tuple[Event, ...] = tuple(
            event for name in names for event in samples(programs[0], vocabulary[name], self.interest, wide=name in writers)
        )
        self._readers = tuple((path_getter(path), tests) for path, tests in self.interest.incident.items())
        self._classes = {field: _classes(lifecycle, names) for field, lifecycle in PARTS.items() if any(map(lifecycle.regulates, names))}
        self._forgotten = tuple(field for field in PARTS if field not in self.interest.keys)
        self._people = keys > 1 and bool(self._readers)
        self._nodes: list[tuple[Case, ...]] = []
        self._index: dict[Hashable, int] = {}
        self._moves: dict[int, tuple[Move, ...]] = {}
        self._foreign: dict[tuple[int, int], Move | None] = {}
        self.start = self._node(tuple(program.open("incident-1") for program in self._bare))

    def cases(self, node: int) -> tuple[Case, ...]:
        """Return a case that the node stands for, on each side."""
        return self._nodes[node]

    @property
    def lifecycle(self) -> Lifecycle:
        """The lifecycle of the first program."""
        return self.programs[0].lifecycle

    def locate(self, incident: Incident) -> int | None:
        """Return the node of an incident whose ids are those of this world, if it was found before."""
        return self._index.get((self._key(self._without_ended_parts(Case(program="", incident=incident)).incident),))

    def moves(self, node: int) -> tuple[Move, ...]:
        """Return what can happen in a node. An incident begins with a call, or with what the program's own lifecycle adds."""
        found = self._moves.get(node)
        if found is None:
            found = self._moves[node] = tuple(move for event in self.events if (move := self._move(node, event)) is not None)
        return found

    def move(self, node: int, event: Event) -> Move | None:
        """Return what any event does in a node, also one that is not of this world; the same object is asked for once."""
        key = (node, id(event))
        if key not in self._foreign:
            self._foreign[key] = self._move(node, event)
        return self._foreign[key]

    def _move(self, node: int, event: Event) -> Move | None:
        cases, after, legal, places = self._nodes[node], [], [], []
        name, decision = type(event).__name__, isinstance(event, Decision)
        for program, case in zip(self._bare, cases, strict=True):
            known = name in program.vocabulary
            moves = program.lifecycle.table.get(name, {})
            if known and not case.history and case.state not in moves:
                return None
            if not known or (decision and moves and case.state not in moves):
                after.append(case)
                legal.append(False)
                places.append(True)
                continue
            step = program.advance(self._with_room(case, name, event), event)
            after.append(self._without_ended_parts(step.case))
            legal.append(step.accepted)
            places.append(len(step.case.findings.out_of_place) == len(case.findings.out_of_place))
        if not any(legal):
            return None
        moved = tuple(after)
        return Move(
            event=event,
            name=name,
            target=self._node(moved),
            incidents=tuple([case.incident for case in moved]),
            legal=tuple(legal),
            decision=decision,
            places=tuple(places),
            ends=tuple([a.state != b.state and a.state in p.lifecycle.rests for a, b, p in zip(moved, cases, self._bare, strict=True)]),
        )

    def _node(self, cases: tuple[Case, ...]) -> int:
        key = tuple([self._key(case.incident) for case in cases])
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = len(self._nodes)
            self._nodes.append(cases)
        return found

    def _with_room(self, case: Case, name: str, event: Event) -> Case:
        """Forget the referral or follow-up of that id where the event begins another one, which would have an id of its own."""
        for field in () if self._readers else self._forgotten:
            lifecycle = PARTS[field]
            part = lifecycle.regulates(name) and getattr(case.incident, field)(getattr(event, field))
            if part and begins_another(lifecycle, name, part.status.value):
                kept = tuple([p for p in getattr(case.incident, f"{field}s") if p is not part])
                return attrs.evolve(case, incident=attrs.evolve(case.incident, **{f"{field}s": kept}))  # type: ignore[arg-type]
        return case

    def _without_ended_parts(self, case: Case) -> Case:
        """Forget referrals and follow-ups that have ended: another one, with another id, can always begin as they did."""
        incident = case.incident
        for field in self._forgotten:
            parts = getattr(incident, f"{field}s")
            kept = tuple([part for part in parts if part.status.value not in PARTS[field].rests])
            if len(kept) < len(parts):
                incident = attrs.evolve(incident, **{f"{field}s": kept})  # type: ignore[arg-type]
        return case if incident is case.incident else attrs.evolve(case, incident=incident)

    def _key(self, incident: Incident) -> Hashable:
        values: list[Any] = [incident.state]
        for read, tests in self._readers:
            values.append(self._told_apart(read(incident), tests))
        for field, (classes, over) in self._classes.items():
            values.append(frozenset([self._part(part, classes, over) for part in getattr(incident, f"{field}s")]) - _NOTHING)
        if self._people:
            values.append(incident.people)
        return tuple(values)

    def _part(self, part: Any, classes: Mapping[str, int], over: frozenset[int]) -> Hashable:
        """Return what can be told of a referral or follow-up; None for one that is like a new one."""
        where = classes[part.status.value]
        if self._readers and where not in over:
            return part.id, where, part.owner is None or part.due is None
        return None if where == classes["new"] else (part.id, where)

    def _told_apart(self, value: Any, tests: tuple[Callable[[Any], bool], ...]) -> Hashable:
        """Return what conditions can tell of a value: a number up to the largest one named, of anything else which tests it passes."""
        return min(value, self.interest.counts + 1) if type(value) is int else tuple(test(value) for test in tests)


def begins_another(lifecycle: Lifecycle, event: str, status: str) -> bool:
    """Return whether an event has no place in a status, but begins a new referral or follow-up."""
    return lifecycle.target(event, status) is None and lifecycle.target(event, lifecycle.initial) is not None


def _without_policies(program: Program) -> Program:
    """Return the program's lifecycle and events alone."""
    return attrs.evolve(program, policies=(), notices=())


def _cone(programs: tuple[Program, ...], policies: tuple[CompiledPolicy, ...], extra: set[str]) -> tuple[str, ...]:
    """Return the event types that can matter, in the vocabulary's order."""
    vocabulary: dict[str, type[Event]] = {name: cls for program in programs for name, cls in program.vocabulary.items()}
    mentioned = {name for policy in policies for name in policy.mentions}
    seen = (mentioned | extra) & set(vocabulary)
    for policy in policies:
        others = [name for name in policy.guards if name not in seen]
        if others and policy.guards.keys() - policy.mentions:
            seen |= {"SupervisorNotified" if "SupervisorNotified" in others else others[0]}
    for program in programs:
        seen |= _movers(program.lifecycle, vocabulary, seen)
    for lifecycle in PARTS.values():
        seen |= _enablers(lifecycle, seen)
    seen |= {_OPENING}
    never = {EnteredInError.__name__, PolicyOverridden.__name__} - mentioned
    return tuple(name for name in vocabulary if name in seen - never)


def _movers(lifecycle: Lifecycle, vocabulary: Mapping[str, type[Event]], seen: set[str]) -> set[str]:
    """Return one event type for each move of the lifecycle, if possible one that no policy sees: a fact rather than a decision."""
    chosen: set[str] = set()
    pairs: dict[tuple[str, str], list[str]] = {}
    for edge in lifecycle.edges:
        if edge.source != edge.target:
            pairs.setdefault((edge.source, edge.target), []).append(edge.event)
    for names in pairs.values():
        ranked = sorted(
            (n for n in names if n not in seen), key=lambda n: (any(p.regulates(n) for p in PARTS.values()), issubclass(vocabulary[n], Decision))
        )
        if not chosen.intersection(names):
            chosen.update(ranked[:1])
    return chosen


def _enablers(lifecycle: Lifecycle, seen: set[str]) -> set[str]:
    """Return the events that bring a referral or follow-up to where those that matter start from, by the shortest ways."""
    needed = {name for name in seen if lifecycle.regulates(name)}
    ways = lifecycle.ways(prefer=seen) if needed else {}
    return {step for name in needed for step in min((ways[source] for source in lifecycle.sources(name)), key=len)}


def _classes(lifecycle: Lifecycle, names: Iterable[str]) -> tuple[dict[str, int], frozenset[int]]:
    """Put states together that no sequence of these events tells apart (partition refinement); also return those with no way out."""
    relevant = [name for name in names if lifecycle.regulates(name)]
    found = dict.fromkeys(lifecycle.states, 0)
    while True:
        signatures = {
            state: (found[state], tuple(None if (to := lifecycle.target(name, state)) is None else found[to] for name in relevant))
            for state in lifecycle.states
        }
        numbers = {signature: i for i, signature in enumerate(dict.fromkeys(signatures.values()))}
        if len(numbers) == len(set(found.values())):
            return found, frozenset(found[s] for s in lifecycle.states if not any(lifecycle.target(name, s) for name in relevant))
        found = {state: numbers[signatures[state]] for state in lifecycle.states}


def _writers(program: Program, paths: tuple[str, ...]) -> frozenset[str]:
    """Return the event types that change what these paths of the incident read, found by trying every pair of events."""
    if not paths:
        return frozenset()
    interest = Interest.of(program.book.policies)
    folds = [
        (event, fold_for(type(event)))
        for name, cls in program.vocabulary.items()
        if fold_for(cls) is not fold_for(Event)
        for event in samples(program, cls, interest, wide=True)[:8]
    ]
    readers = [path_getter(path) for path in paths]
    blank = Incident(id="incident-1")
    found: set[str] = set()
    for first, fold_first in folds:
        before = fold_first(blank, first, blank.state)
        values = [read(before) for read in readers]
        for second, fold_second in folds:
            after = fold_second(before, second, before.state)
            if after is not before and [read(after) for read in readers] != values:
                found |= {type(second).__name__}
                alone = fold_second(blank, second, blank.state)
                if [read(alone) for read in readers] == [read(blank) for read in readers]:
                    found |= {type(first).__name__}
    return frozenset(found)
