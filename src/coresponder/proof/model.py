"""The model that a search walks in: incidents under the program without its policies, moved by the
real `Program.advance`.

Only what some policies can see is told apart (a cone of influence): the lifecycle's state, the
values of the incident that conditions read, and how far each individual is that is followed. Of all
further persons, referrals and follow-ups only what they add to the incident's counts is kept (see
`population`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Decision, Event
from coresponder.domain.frozen import copier
from coresponder.domain.objects import Incident
from coresponder.lifecycle import PARTS, Lifecycle
from coresponder.policy.atoms import compile_where, path_getter
from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Case, Program
from coresponder.proof.cone import begins_another, cone
from coresponder.proof.limits import Budget
from coresponder.proof.payloads import Interest, Payloads, Test
from coresponder.proof.population import PUT, Counter, Population, populations
from coresponder.proof.reads import MEMBERS, writers_of

__all__ = ["Model", "Move", "begins_another"]

_with_incident = copier(Case, "incident")
_MOST = 2_000_000
Counters = tuple[Counter, ...]
"""For each population what others add to the incident's counts."""


@attrs.frozen(kw_only=True)
class Move:
    """One event that can be taken in a node.

    Attributes:
        target: the node that it leads to.
        incidents: the incident after it, on each side.
        legal: whether the lifecycles take it, on each side.
        decision: it can be refused.
        places: whether the lifecycle expects it, on each side; what it does not expect is taken out
            of place.
        ends: it brings the incident to rest, on each side.
        others: the fields that name an individual that is not followed.
        wild: such an individual went through something before that the story does not show.
        corrects: it says that fewer of those involved are children than were said to be before.
            Nobody grows up in an incident, so this corrects a record, and is no way out of it.
    """

    event: Event
    name: str
    target: int
    incidents: tuple[Incident, ...]
    legal: tuple[bool, ...]
    decision: bool
    places: tuple[bool, ...]
    ends: tuple[bool, ...]
    others: frozenset[str] = frozenset()
    wild: bool = False
    corrects: bool = False

    @property
    def unexpected(self) -> bool:
        """True when some side does not expect it."""
        return False in self.places


class Model:
    """The incidents that a group of policies can tell apart, found as they are asked for.

    Args:
        programs: one, or two that are compared step by step.
        policies: whose conditions tell incidents apart.
        extra: event types to take besides those that the policies mention.
        followed: how many individuals of each kind are followed; with 0 only one of each kind that
            a policy keeps cells for.
        others: there may be any number of further individuals; only with one program.
        budget: how many states and moves may be seen.
    """

    def __init__(
        self,
        programs: tuple[Program, ...],
        policies: tuple[CompiledPolicy, ...],
        *,
        extra: Iterable[str] = (),
        followed: int = 1,
        others: bool = False,
        budget: Budget | None = None,
    ) -> None:
        self.programs: tuple[Program, ...] = programs
        self.followed: int = followed
        self._budget = budget or Budget(_MOST)
        vocabulary = {name: cls for program in programs for name, cls in program.vocabulary.items()}
        self.interest: Interest = Interest.of(policies, vocabulary, every=False)
        self._bare = tuple(_without_policies(program) for program in programs)
        writers = writers_of(self.interest.incident)
        names = cone(programs, policies, {*extra, *writers} & vocabulary.keys())
        self.names: frozenset[str] = frozenset(names)
        self.populations: dict[str, Population] = populations(
            self.interest, names, vocabulary, followed=followed, others=others
        )
        self.interest = attrs.evolve(self.interest, keys=self._keys())
        payloads = Payloads(programs[0], self.interest)
        self.events: tuple[Event, ...] = tuple(
            event
            for name in names
            for event in payloads.of(
                vocabulary[name],
                _sameness(vocabulary[name], policies, self.interest, wide=name in writers),
            )
        )
        self.cut: frozenset[str] = frozenset(payloads.cut)
        for population in self.populations.values():
            population.learn(self.events)
        self._readers = tuple(
            (path, path_getter(path), tests)
            for path, tests in self.interest.incident.items()
            if path not in MEMBERS
        )
        self._counts = self.interest.counts
        self._nodes: list[tuple[tuple[Case, ...], Counters]] = []
        self._index: dict[Hashable, int] = {}
        self._moves: dict[int, tuple[Move, ...]] = {}
        self._numbers: dict[Event, int] = {}
        self._numbered: list[Event] = []
        self._taking: dict[tuple[int, int], tuple[Move, ...]] = {}
        self.start: int = self._node(
            tuple(program.open("incident-1") for program in self._bare),
            tuple(() for _ in self.populations),
        )

    def _keys(self) -> Mapping[str, int]:
        """Return how many values the fields take that name individuals."""
        asked = {
            field: p
            for field, p in self.populations.items()
            if p.keyed or p.members or p.field in PARTS
        }
        return {
            **dict.fromkeys(self.interest.keys, self.followed),
            **{f: len(p.followed) + (p.other is not None) for f, p in asked.items()},
        }

    def cases(self, node: int) -> tuple[Case, ...]:
        """Return a case that the node stands for, on each side, without the individuals that are
        not followed.
        """
        return self._nodes[node][0]

    @property
    def lifecycle(self) -> Lifecycle:
        """The lifecycle of the first program."""
        return self.programs[0].lifecycle

    def moves(self, node: int) -> tuple[Move, ...]:
        """Return what can happen in a node. An incident begins with a call, or with what the
        program's own lifecycle adds.
        """
        found = self._moves.get(node)
        if found is None:
            found = self._moves[node] = tuple(
                move for event in self.events for move in self._results(node, event)
            )
        return found

    @property
    def plain_events(self) -> tuple[Event, ...]:
        """Return the events without those that differ only in that they name an individual that is
        not followed.
        """
        named = [
            (p.field, p.other)
            for p in self.populations.values()
            if p.other is not None and p.followed
        ]
        return tuple(
            event
            for event in self.events
            if not any(getattr(event, field, None) == other for field, other in named)
        )

    def number(self, event: Event) -> int:
        """Return a number by which `taking` is asked about an event, also one that is not of this
        model.
        """
        found = self._numbers.setdefault(event, len(self._numbered))
        if found == len(self._numbered):
            self._numbered.append(event)
        return found

    def taking(self, node: int, number: int) -> tuple[Move, ...]:
        """Return what an event does in a node."""
        key = (node, number)
        if key not in self._taking:
            self._taking[key] = tuple(self._results(node, self._numbered[number]))
        return self._taking[key]

    def others(self, node: int) -> Counters:
        """Return, for each population, what others add to the incident's counts."""
        return self._nodes[node][1]

    def shifted(self, node: int, state: str) -> int:
        """Return the node that differs in the lifecycle's state alone."""
        cases, counters = self._nodes[node]
        return self._node(
            tuple(
                attrs.evolve(case, incident=attrs.evolve(case.incident, state=state))
                for case in cases
            ),
            counters,
        )

    def locate(self, incident: Incident) -> int | None:
        """Return the node of an incident whose followed individuals have the ids of this model, if
        it was found before.
        """
        counters = []
        for population in self.populations.values():
            counter: Counter = ()
            for part in population.parts(incident):
                if part.id not in population.followed:
                    counter = population.joined(counter, part)
            counters.append(counter)
            incident = _keeping(
                incident,
                population,
                [part for part in population.parts(incident) if part.id in population.followed],
            )
        case = self._without_ended_parts(Case(program="", incident=incident))
        return self._index.get(self._key((case,), tuple(counters)))

    def renamed(self, node: int, names: Mapping[str, Mapping[Any, Any]]) -> int:
        """Return the node in which followed individuals have other names."""
        cases, counters = self._nodes[node]
        moved = []
        for case in cases:
            incident = case.incident
            for field, other in names.items():
                collection = self.populations[field].collection
                if collection:
                    parts = tuple(
                        attrs.evolve(part, id=other.get(part.id, part.id))
                        for part in getattr(incident, collection)
                    )
                    incident = PUT[collection](incident, parts)
            moved.append(_with_incident(case, incident))
        return self._node(tuple(moved), counters)

    def traits(self, node: int, population: Population) -> dict[Any, Hashable]:
        """Return what can be told of each followed individual."""
        known = {
            part.id: population.trait(part)
            for part in population.parts(self.cases(node)[0].incident)
        }
        return {value: known.get(value) for value in population.followed}

    def _results(self, node: int, event: Event) -> Iterator[Move]:
        """Yield every way in which an event can be taken: another individual that it names may be
        anyone.
        """
        cases, counters = self._nodes[node]
        name = type(event).__name__
        named = [
            (i, p)
            for i, p in enumerate(self.populations.values())
            if p.other is not None and getattr(event, p.field, None) == p.other
        ]
        if not self._begins(cases, name):
            return
        seen: set[Hashable] = set()
        for chosen in itertools.product(
            *(population.acting(counters[i], event) for i, population in named)
        ):
            rest = list(counters)
            for (i, _), acting in zip(named, chosen, strict=True):
                rest[i] = acting.rest
            move = self._result(
                cases,
                event,
                rest,
                [(i, acting.part) for (i, _), acting in zip(named, chosen, strict=True)],
            )
            key = move and (move.target, move.legal, move.places)
            if move is not None and key not in seen:
                seen.add(key)
                wild = any(acting.wild for acting in chosen)
                yield (
                    attrs.evolve(move, others=frozenset(p.field for _, p in named), wild=wild)
                    if named
                    else move
                )

    def _begins(self, cases: tuple[Case, ...], name: str) -> bool:
        """Return whether the event can come now: the first one is one that the lifecycle begins
        with.
        """
        for program, case in zip(self._bare, cases, strict=True):
            if (
                name in program.vocabulary
                and not case.history
                and case.state not in program.lifecycle.table.get(name, {})
            ):
                return False
        return True

    def _result(
        self,
        cases: tuple[Case, ...],
        event: Event,
        rest: list[Counter],
        acting: list[tuple[int, Any]],
    ) -> Move | None:
        name, decision = type(event).__name__, isinstance(event, Decision)
        self._budget.spend()
        after, incidents, legal, places = [], [], [], []
        corrects = False
        kinds = tuple(self.populations.values())
        for program, case in zip(self._bare, cases, strict=True):
            moves = program.lifecycle.table.get(name, {})
            if name not in program.vocabulary or (decision and moves and case.state not in moves):
                after.append(case)
                incidents.append(case.incident)
                legal.append(False)
                places.append(True)
                continue
            before = self._with_others(self._with_room(case, name, event), rest, acting)
            step = program.advance(before, event)
            corrects |= (
                "children" in self._counts
                and step.case.incident.children < before.incident.children
            )
            incidents.append(step.case.incident)
            legal.append(step.accepted)
            places.append(len(step.case.findings.out_of_place) == len(case.findings.out_of_place))
            after.append(step.case)
        if not any(legal):
            return None
        counters = list(rest)
        for i, _ in acting:
            population = kinds[i]
            part = next(
                (p for p in population.parts(incidents[0]) if p.id == population.other), None
            )
            counters[i] = population.joined(counters[i], part)
        moved = tuple([self._without_ended_parts(self._without_others(case)) for case in after])
        return Move(
            event=event,
            name=name,
            target=self._node(moved, tuple(counters)),
            incidents=tuple(incidents),
            legal=tuple(legal),
            decision=decision,
            places=tuple(places),
            corrects=corrects,
            ends=tuple(
                [
                    a.state != b.state and a.state in p.lifecycle.final
                    for a, b, p in zip(moved, cases, self._bare, strict=True)
                ]
            ),
        )

    def _with_others(self, case: Case, rest: list[Counter], acting: list[tuple[int, Any]]) -> Case:
        """Put the individuals that are not followed into the incident."""
        incident = case.incident
        parts = dict(acting)
        for i, (population, counter) in enumerate(
            zip(self.populations.values(), rest, strict=True)
        ):
            own = parts.get(i)
            if population.collection and (counter or own is not None):
                crowd = (
                    *population.parts(incident),
                    *population.crowd(counter),
                    *(() if own is None else (own,)),
                )
                incident = PUT[population.collection](incident, crowd)
        return case if incident is case.incident else _with_incident(case, incident)

    def _without_others(self, case: Case) -> Case:
        incident = case.incident
        for population in self.populations.values():
            if population.other is not None:
                incident = _keeping(
                    incident,
                    population,
                    [part for part in population.parts(incident) if part.id in population.followed],
                )
        return case if incident is case.incident else _with_incident(case, incident)

    def _with_room(self, case: Case, name: str, event: Event) -> Case:
        """Forget the referral or follow-up of that id where the event begins another one, which
        would have an id of its own.
        """
        for field, lifecycle in PARTS.items():
            population = self.populations.get(field)
            if population is None or not population.slot or not lifecycle.regulates(name):
                continue
            part = getattr(case.incident, field)(getattr(event, field))
            if part and begins_another(lifecycle, name, part.status.value):
                case = _with_incident(
                    case,
                    _keeping(
                        case.incident,
                        population,
                        [each for each in population.parts(case.incident) if each is not part],
                    ),
                )
        return case

    def _without_ended_parts(self, case: Case) -> Case:
        """Forget referrals and follow-ups that have ended, where another one, with another id, can
        always begin as they did.
        """
        incident = case.incident
        for field, lifecycle in PARTS.items():
            population = self.populations.get(field)
            if population is not None and not population.keyed:
                incident = _keeping(
                    incident,
                    population,
                    [
                        part
                        for part in population.parts(incident)
                        if part.status.value not in lifecycle.final
                    ],
                )
        return case if incident is case.incident else _with_incident(case, incident)

    def _node(self, cases: tuple[Case, ...], counters: Counters) -> int:
        key = self._key(cases, counters)
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = len(self._nodes)
            self._nodes.append((cases, counters))
        return found

    def _key(self, cases: tuple[Case, ...], counters: Counters) -> Hashable:
        return (tuple([self._side(case.incident) for case in cases]), counters)

    def _side(self, incident: Incident) -> Hashable:
        values: list[Any] = [incident.state]
        for path, read, tests in self._readers:
            values.append(self._told_apart(path, read(incident), tests))
        for population in self.populations.values():
            traits = [(part.id, population.trait(part)) for part in population.parts(incident)]
            values.append(frozenset([pair for pair in traits if pair[1] is not None]))
        return tuple(values)

    def _told_apart(self, path: str, value: Any, tests: tuple[Test, ...]) -> Hashable:
        """Return what conditions can tell of a value: a number up to the largest one named, of
        anything else which tests it passes.
        """
        if type(value) is int:
            return min(value, self._counts[path] + 1)
        if isinstance(value, tuple):
            return frozenset(value)
        return (value is None, *(test(value) for test in tests))


def _keeping(incident: Incident, population: Population, kept: list[Any]) -> Incident:
    """Return the incident with only these of the individuals of a kind; the same object where they
    are all of them.
    """
    return (
        PUT[str(population.collection)](incident, tuple(kept))
        if len(kept) < len(population.parts(incident))
        else incident
    )


def _without_policies(program: Program) -> Program:
    """Return the program's lifecycle and events alone."""
    return attrs.evolve(program, policies=(), notices=())


def _sameness(
    cls: type[Event], policies: Iterable[CompiledPolicy], interest: Interest, *, wide: bool
) -> Callable[[Event], Hashable]:
    """Return what makes two payloads of a type the same for some policies: which atoms they match,
    whom they name, and what they write.
    """
    if wide:
        return lambda event: event
    name = cls.__name__
    guards = []
    for policy in policies:
        for atom in (policy.policy.a, policy.policy.b, policy.policy.unless):
            if atom and (name in atom.events):
                own = {
                    path: condition
                    for path, condition in atom.where.items()
                    if not path.startswith("incident.")
                }
                guards.append(compile_where(cls, own))
    fields = [path_getter(field) for field in interest.keys if hasattr(cls, field)]
    blank = Incident(id="incident-1")

    def same(event: Event) -> Hashable:
        return (
            *(guard is None or guard(event, blank) for guard in guards),
            *(read(event) for read in fields),
        )

    return same
