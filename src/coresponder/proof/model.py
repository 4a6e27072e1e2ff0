"""The model that a search walks in: incidents under the program without its policies, moved by the
real `Program.advance`.

Only what some policies can see is told apart (a cone of influence): the lifecycle's state, the
values of the incident that conditions read, and how far each individual is that is followed. Of all
further persons, referrals and follow-ups only what they add to the incident's counts is kept (see
`population`).
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.domain.frozen import copier
from coresponder.domain.objects import Incident
from coresponder.lifecycle import PARTS, Lifecycle
from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Case, Program
from coresponder.proof.abstraction import Abstraction, Acting, Counters
from coresponder.proof.cone import cone
from coresponder.proof.interest import Interest, sameness
from coresponder.proof.limits import Budget
from coresponder.proof.moves import Input, Move
from coresponder.proof.outcomes import After, Choice, Outcomes, Verdict, Verdicts, Written
from coresponder.proof.payloads import Payloads
from coresponder.proof.population import Population, populations
from coresponder.proof.reads import writers_of

__all__ = ["Model", "Move"]

_with_incident = copier(Case, "incident")
_with_state = copier(Incident, "state")


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
        verdicts: what the lifecycles of these programs said so far; models of the same programs
            share it.
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
        verdicts: Verdicts | None = None,
    ) -> None:
        self.programs: tuple[Program, ...] = programs
        self.followed: int = followed
        self._budget = budget or Budget(2_000_000)
        vocabulary = {name: cls for program in programs for name, cls in program.vocabulary.items()}
        self.interest: Interest = Interest.of(policies, vocabulary, every=False)
        self._outcomes = Outcomes(programs, {} if verdicts is None else verdicts)
        self._writers = writers_of(self.interest.incident)
        names = cone(programs, policies, {*extra, *self._writers} & vocabulary.keys())
        self.names: frozenset[str] = frozenset(names)
        self.populations: dict[str, Population] = populations(
            self.interest, names, vocabulary, followed=followed, others=others
        )
        self.interest = attrs.evolve(self.interest, keys=self._keys())
        payloads = Payloads(programs[0], self.interest)
        self._same = {
            name: sameness(vocabulary[name], policies, self.interest, wide=name in self._writers)
            for name in names
        }
        self.events: tuple[Event, ...] = tuple(
            event for name in names for event in payloads.of(vocabulary[name], self._same[name])
        )
        self.cut: frozenset[str] = frozenset(payloads.cut)
        for population in self.populations.values():
            population.learn(self.events)
        self._counts_children = "children" in self.interest.counts
        self._abstraction = Abstraction(self.interest, self.populations)
        self._nodes: list[tuple[tuple[Case, ...], Counters]] = []
        self._index: dict[Hashable, int] = {}
        self._wholes: dict[int, tuple[Case, ...]] = {}
        self._shifts: dict[tuple[int, tuple[str, ...]], int] = {}
        self._inputs: list[Input] = []
        self._numbers: dict[Hashable, int] = {}
        self._moves: dict[int, tuple[Move, ...]] = {}
        self._taking: dict[tuple[int, int], tuple[Move, ...]] = {}
        self._states: list[tuple[str, ...]] = []
        self._opened: list[bool] = []
        self._rests: list[int] = []
        self._rest_numbers: dict[Hashable, int] = {}
        self._chosen: dict[Hashable, tuple[Choice, ...]] = {}
        for event in self.events:
            self.number(event)
        self.start: int = self._node(
            tuple(program.open("incident-1") for program in self._outcomes.bare),
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

    @property
    def lifecycle(self) -> Lifecycle:
        """The lifecycle of the first program."""
        return self.programs[0].lifecycle

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

    def cases(self, node: int) -> tuple[Case, ...]:
        """Return a case that the node stands for, on each side, without the individuals that are
        not followed.
        """
        return self._nodes[node][0]

    def others(self, node: int) -> Counters:
        """Return, for each population, what others add to the incident's counts."""
        return self._nodes[node][1]

    def traits(self, node: int, population: Population) -> dict[Any, Hashable]:
        """Return what can be told of each followed individual."""
        known = {
            part.id: population.trait(part)
            for part in population.parts(self.cases(node)[0].incident)
        }
        return {value: known.get(value) for value in population.followed}

    def moves(self, node: int) -> tuple[Move, ...]:
        """Return what can happen in a node. An incident begins with a call, or with what the
        program's own lifecycle adds.
        """
        found = self._moves.get(node)
        if found is None:
            found = self._moves[node] = tuple(
                move for number in range(len(self.events)) for move in self.taking(node, number)
            )
        return found

    def number(self, event: Event) -> int:
        """Return a number by which `taking` is asked about an event of one of the model's types;
        events that are the same here have one number.
        """
        name = type(event).__name__
        found = self._numbers.setdefault((name, self._same[name](event)), len(self._inputs))
        if found == len(self._inputs):
            self._inputs.append(
                Input.of(event, self._outcomes.bare, self.populations, self._writers)
            )
        return found

    def taking(self, node: int, number: int) -> tuple[Move, ...]:
        """Return what an event does in a node."""
        key = (node, number)
        found = self._taking.get(key)
        if found is None:
            found = self._taking[key] = self._results(node, number)
        return found

    def locate(self, incident: Incident) -> int | None:
        """Return the node of an incident whose followed individuals have the ids of this model, if
        it was found before.
        """
        kept, counters = self._abstraction.counted(incident)
        return self._index.get(((self._abstraction.key(kept),), counters))

    def shifted(self, node: int, *states: str) -> int:
        """Return the node that differs in the lifecycle's state alone, on each side."""
        key = (node, states)
        found = self._shifts.get(key)
        if found is None:
            cases, counters = self._nodes[node]
            moved = [
                _with_incident(case, _with_state(case.incident, state))
                for case, state in zip(cases, states, strict=True)
            ]
            found = self._shifts[key] = self._node(tuple(moved), counters)
        return found

    def renamed(self, node: int, names: Mapping[str, Mapping[Any, Any]]) -> int:
        """Return the node in which followed individuals have other names."""
        cases, counters = self._nodes[node]
        moved = [
            _with_incident(case, self._abstraction.renamed(case.incident, names)) for case in cases
        ]
        return self._node(tuple(moved), counters)

    def _results(self, node: int, number: int) -> tuple[Move, ...]:
        """Return every way in which an event can be taken: another individual that it names may be
        anyone.
        """
        known, cases = self._inputs[number], self._nodes[node][0]
        if not self._opened[node] and not known.begins(cases):
            return ()
        found: dict[Hashable, Move] = {}
        for choice in self._choices(node, number):
            move = self._move(node, choice)
            if move is not None:
                found.setdefault((move.target, move.legal, move.places), move)
        return tuple(found.values())

    def _choices(self, node: int, number: int) -> tuple[Choice, ...]:
        known = self._inputs[number]
        kinds = tuple([population.kinds for _, population in known.others])
        key = (number, self._rests[node], kinds)
        found = self._chosen.get(key)
        if found is None:
            found = self._chosen[key] = tuple(self._choosing(node, number))
        return found

    def _choosing(self, node: int, number: int) -> Iterator[Choice]:
        known, counters = self._inputs[number], self._nodes[node][1]
        for chosen in itertools.product(
            *(population.acting(counters[i], known.event) for i, population in known.others)
        ):
            rest, acting = list(counters), {}
            for (i, _), one in zip(known.others, chosen, strict=True):
                rest[i], acting[i] = one.rest, one.part
            moved = () if known.part is None else self._before(node, known, tuple(rest), acting)
            yield Choice(
                number=number,
                rest=tuple(rest),
                acting=acting,
                wild=any(one.wild for one in chosen),
                standing=tuple([known.in_place(case.incident) for case in moved]),
            )

    def _move(self, node: int, choice: Choice) -> Move | None:
        """Return how an event is taken, if any side takes it."""
        self._budget.spend()
        known = self._inputs[choice.number]
        if self._opened[node]:
            verdict, written = self._known(node, choice)
        else:
            after = self._taken(node, choice)
            verdict = self._outcomes.verdict(self._nodes[node][0], after, known)
            written = self._written(node, choice, after)
        if written is None:
            return None
        return Move(
            event=known.event,
            name=known.name,
            target=written.node,
            incidents=written.incidents,
            legal=verdict.legal,
            decision=known.decision,
            places=verdict.places,
            corrects=written.corrects,
            ends=verdict.ends,
            others=known.fields,
            wild=choice.wild,
        )

    def _known(self, node: int, choice: Choice) -> tuple[Verdict, Written | None]:
        """Return what the lifecycles say of an event, asked once for each of their states, and what
        it writes, asked once for each incident that is the same but for that state.
        """
        known = self._inputs[choice.number]
        asked = (known.name, self._states[node], choice.standing)
        verdict = self._outcomes.verdicts.get(asked)
        if verdict is None:
            after = self._taken(node, choice)
            verdict = self._outcomes.verdict(self._nodes[node][0], after, known)
            self._outcomes.verdicts[asked] = verdict
        if True not in verdict.legal:
            return verdict, None
        if known.unread:
            there = self.shifted(node, *verdict.states)
            incidents = tuple([case.incident for case in self._whole(there)])
            return verdict, Written(incidents, there)
        if verdict.writes not in choice.written:
            written = self._written(node, choice, self._taken(node, choice))
            choice.written[verdict.writes] = written
        written = choice.written[verdict.writes]
        return verdict, written and self._in_states(written, verdict.states)

    def _in_states(self, written: Written, states: tuple[str, ...]) -> Written:
        """Return the same in other states of the lifecycles."""
        if self._states[written.node] == states:
            return written
        incidents = [
            _with_state(incident, state)
            for incident, state in zip(written.incidents, states, strict=True)
        ]
        node = self.shifted(written.node, *states)
        return Written(tuple(incidents), node, corrects=written.corrects)

    def _taken(self, node: int, choice: Choice) -> tuple[After, ...]:
        """Take an event on each side, in the incident with everybody in it."""
        cases, known = self._nodes[node][0], self._inputs[choice.number]
        before = self._before(node, known, choice.rest, choice.acting)
        return self._outcomes.take(cases, before, known)

    def _before(self, node: int, known: Input, rest: Counters, acting: Acting) -> tuple[Case, ...]:
        """Return the cases of a node with everybody in them, before an event is taken."""
        if known.plain:
            return self._whole(node)
        return tuple(
            [
                _with_incident(
                    case, self._abstraction.whole(known.with_room(case.incident), rest, acting)
                )
                for case in self._nodes[node][0]
            ]
        )

    def _written(self, node: int, choice: Choice, after: tuple[After, ...]) -> Written | None:
        """Return what is written, if any side takes it."""
        if not any(side.legal for side in after):
            return None
        return Written(
            incidents=tuple([side.case.incident for side in after]),
            node=self._reached(after, choice.rest, choice.acting),
            corrects=self._counts_children and any(side.corrects for side in after),
        )

    def _reached(self, after: tuple[After, ...], rest: Counters, acting: Acting) -> int:
        """Return the node that the sides are in now; whoever acted is one of the others again."""
        counters = rest
        if acting or any(rest):
            listed, incident = list(rest), after[0].case.incident
            for i, kind in enumerate(self.populations.values()):
                parts = kind.parts(incident)
                if not parts:
                    listed[i] = ()
                elif i in acting:
                    part = next((each for each in parts if each.id == kind.other), None)
                    listed[i] = kind.joined(listed[i], part)
            counters = tuple(listed)
        settled = [
            _with_incident(side.case, self._abstraction.settled(side.case.incident))
            for side in after
        ]
        return self._node(tuple(settled), counters)

    def _whole(self, node: int) -> tuple[Case, ...]:
        """Return the cases of a node with everybody in them."""
        found = self._wholes.get(node)
        if found is None:
            cases, counters = self._nodes[node]
            found = self._wholes[node] = tuple(
                [
                    _with_incident(case, self._abstraction.whole(case.incident, counters, {}))
                    for case in cases
                ]
            )
        return found

    def _node(self, cases: tuple[Case, ...], counters: Counters) -> int:
        key = (tuple([self._abstraction.key(case.incident) for case in cases]), counters)
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = len(self._nodes)
            self._nodes.append((cases, counters))
            self._states.append(tuple([case.state for case in cases]))
            self._opened.append(all(case.history for case in cases))
            rest = (tuple([side[1:] for side in key[0]]), counters)
            self._rests.append(self._rest_numbers.setdefault(rest, len(self._rest_numbers)))
        return found
