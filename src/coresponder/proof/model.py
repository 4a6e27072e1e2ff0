"""The model that a search walks in: incidents under the program without its policies, moved by the
real `Program.advance`.

A model distinguishes only what some policies can see (a cone of influence): the lifecycle's state,
the values of the incident that conditions read, and the status of each followed individual. Other
persons, referrals and follow-ups are reduced to what they add to the incident's counts (see
`population`).
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator, Mapping

import attrs

from coresponder.domain.events import Event
from coresponder.lifecycle import PARTS, Lifecycle
from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Case, Program
from coresponder.proof.abstraction import Abstraction, Acting, Counters
from coresponder.proof.cone import cone
from coresponder.proof.interest import Interest, sameness
from coresponder.proof.limits import Budget
from coresponder.proof.moves import Input, Move
from coresponder.proof.nodes import Nodes, with_incident, with_state
from coresponder.proof.outcomes import After, Choice, Outcomes, Verdict, Verdicts, Written
from coresponder.proof.payloads import Payloads
from coresponder.proof.population import Population, populations
from coresponder.proof.reads import writers_of

__all__ = ["Model", "Move"]


class Model:
    """The incidents that a group of policies can distinguish, found on demand.

    Args:
        programs: one, or two that are compared step by step.
        policies: the policies whose conditions distinguish incidents.
        extra: event types to take besides those that the policies mention.
        followed: how many individuals of each kind are followed; with 0 only one of each kind that
            a policy keeps cells for.
        others: there may be any number of further individuals; only with one program.
        budget: how many states and moves may be seen.
        verdicts: the answers of these programs' lifecycles so far; models of the same programs
            share them.
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
        asked = frozenset(extra).union(*(policy.watches for policy in policies))
        self._asked: frozenset[str] = asked if len(programs) == 1 else self.names
        self._same = {
            name: sameness(vocabulary[name], policies, self.interest, wide=name in self._writers)
            for name in names
        }
        self._draw({name: vocabulary[name] for name in names})
        self._counts_children = "children" in self.interest.counts
        self._abstraction = Abstraction(self.interest, self.populations)
        self.nodes: Nodes = Nodes(self._abstraction)
        self._inputs: list[Input] = []
        self._numbers: dict[Hashable, int] = {}
        self._moves: dict[int, tuple[Move, ...]] = {}
        self._taking: dict[tuple[int, int], tuple[Move, ...]] = {}
        self._chosen: dict[Hashable, tuple[Choice, ...]] = {}
        for event in self.events:
            self.number(event)
        self.start: int = self.nodes.of(
            tuple(program.open("incident-1") for program in self._outcomes.bare),
            tuple(() for _ in self.populations),
        )

    def _draw(self, vocabulary: Mapping[str, type[Event]]) -> None:
        """Draw the events that a search takes: one for each difference that a policy can see."""
        payloads = Payloads(self.programs[0], self.interest)
        self.events: tuple[Event, ...] = tuple(
            event
            for name, cls in vocabulary.items()
            for event in payloads.of(cls, self._same[name])
        )
        self.cut: frozenset[str] = frozenset(payloads.cut)
        for population in self.populations.values():
            population.learn(self.events)

    def _keys(self) -> Mapping[str, int]:
        """Return how many values each field takes that names individuals."""
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
        """Return the events, without those that differ only by naming an individual that is not
        followed.
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

    def moves(self, node: int) -> tuple[Move, ...]:
        """Return the moves of a node that may change something. An incident begins with a call, or
        with what the program's own lifecycle adds.

        An event is left out if it leaves the node unchanged, no policy watches it and it is not in
        `extra`. If two programs are compared, no event is left out, because one program may refuse
        what the other takes.
        """
        found = self._moves.get(node)
        if found is None:
            found = self._moves[node] = tuple(
                move
                for number in range(len(self.events))
                if not self._idle(node, number)
                for move in self.taking(node, number)
                if move.target != node or move.name in self._asked
            )
        return found

    def _idle(self, node: int, number: int) -> bool:
        """Return whether the event type alone shows that an event changes nothing in a node."""
        known = self._inputs[number]
        if not known.unread or known.name in self._asked or not self.nodes.opened[node]:
            return False
        verdict = self._outcomes.verdicts.get((known.name, self.nodes.states[node], ()))
        return verdict is not None and verdict.states == self.nodes.states[node]

    def number(self, event: Event) -> int:
        """Return the number with which `taking` is called for an event of one of the model's types.
        Events that are equivalent here share a number.
        """
        name = type(event).__name__
        found = self._numbers.setdefault((name, self._same[name](event)), len(self._inputs))
        if found == len(self._inputs):
            self._inputs.append(
                Input.of(event, self._outcomes.bare, self.populations, self._writers)
            )
        return found

    def taking(self, node: int, number: int) -> tuple[Move, ...]:
        """Return the moves that an event makes in a node."""
        key = (node, number)
        found = self._taking.get(key)
        if found is None:
            found = self._taking[key] = self._results(node, number)
        return found

    def _results(self, node: int, number: int) -> tuple[Move, ...]:
        """Return every way in which an event can be taken: an individual that it names and that is
        not followed may be in any status.
        """
        known, cases = self._inputs[number], self.nodes.cases(node)
        if not self.nodes.opened[node] and not known.begins(cases):
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
        key = (number, self.nodes.remainders[node], kinds)
        found = self._chosen.get(key)
        if found is None:
            found = self._chosen[key] = tuple(self._choosing(node, number))
        return found

    def _choosing(self, node: int, number: int) -> Iterator[Choice]:
        known, counters = self._inputs[number], self.nodes.others(node)
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
                in_place=tuple([known.in_place(case.incident) for case in moved]),
            )

    def _move(self, node: int, choice: Choice) -> Move | None:
        """Return the move of an event, if any side takes it."""
        self._budget.spend()
        known = self._inputs[choice.number]
        if self.nodes.opened[node]:
            verdict, written = self._known(node, choice)
        else:
            after = self._taken(node, choice)
            verdict = self._outcomes.verdict(self.nodes.cases(node), after, known)
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
        """Return the lifecycles' answer to an event, computed once for each of their states, and
        what it writes, computed once for all incidents that differ only in that state.
        """
        known = self._inputs[choice.number]
        asked = (known.name, self.nodes.states[node], choice.in_place)
        verdict = self._outcomes.verdicts.get(asked)
        if verdict is None:
            after = self._taken(node, choice)
            verdict = self._outcomes.verdict(self.nodes.cases(node), after, known)
            self._outcomes.verdicts[asked] = verdict
        if True not in verdict.legal:
            return verdict, None
        if known.unread:
            there = self.nodes.shifted(node, *verdict.states)
            incidents = tuple([case.incident for case in self.nodes.whole(there)])
            return verdict, Written(incidents, there)
        if verdict.writes not in choice.written:
            written = self._written(node, choice, self._taken(node, choice))
            choice.written[verdict.writes] = written
        written = choice.written[verdict.writes]
        return verdict, written and self._in_states(written, verdict.states)

    def _in_states(self, written: Written, states: tuple[str, ...]) -> Written:
        """Return the same in other states of the lifecycles."""
        if self.nodes.states[written.node] == states:
            return written
        incidents = [
            with_state(incident, state)
            for incident, state in zip(written.incidents, states, strict=True)
        ]
        node = self.nodes.shifted(written.node, *states)
        return Written(tuple(incidents), node, corrects=written.corrects)

    def _taken(self, node: int, choice: Choice) -> tuple[After, ...]:
        """Take an event on each side, in the incident with all individuals in it."""
        cases, known = self.nodes.cases(node), self._inputs[choice.number]
        before = self._before(node, known, choice.rest, choice.acting)
        return self._outcomes.take(cases, before, known)

    def _before(self, node: int, known: Input, rest: Counters, acting: Acting) -> tuple[Case, ...]:
        """Return the cases of a node with all individuals in them, before an event is taken."""
        if known.plain:
            return self.nodes.whole(node)
        return tuple(
            [
                with_incident(
                    case, self._abstraction.whole(known.with_room(case.incident), rest, acting)
                )
                for case in self.nodes.cases(node)
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
        """Return the node that the sides are in now. An individual that acted is one of the others
        again.
        """
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
            with_incident(side.case, self._abstraction.settled(side.case.incident))
            for side in after
        ]
        return self.nodes.of(tuple(settled), counters)
