"""A state machine: its states, its edges, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
from transitions import Machine

from coresponder.errors import InvalidProgram, nearest

__all__ = ["Edge", "Lifecycle", "edges_of", "event_name", "trigger_name"]


@attrs.frozen
class Edge:
    """One permitted move: on `event`, from state `source` to state `target`."""

    event: str
    source: str
    target: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.event}: {self.source} -> {self.target}"


def trigger_name(event: str) -> str:
    """Return the `transitions` trigger of an event type.

    >>> trigger_name("DeEscalationAttempted"), trigger_name("FollowUpDone")
    ('de_escalation_attempted', 'follow_up_done')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", event).lower()


def event_name(trigger: str) -> str:
    """Return the event type of a trigger, the inverse of `trigger_name`."""
    return "".join(part.capitalize() for part in trigger.split("_"))


@attrs.frozen(kw_only=True)
class Lifecycle:
    """A compiled machine. An incident may stay in a `final` state for good; only events in
    `reopens` lead out of it.
    """

    name: str
    initial: str
    states: tuple[str, ...]
    edges: tuple[Edge, ...]
    final: frozenset[str]
    reopens: frozenset[str] = frozenset()
    table: Mapping[str, Mapping[str, str]] = attrs.field(init=False, repr=False, eq=False)

    @table.default
    def _compile(self) -> Mapping[str, Mapping[str, str]]:
        """Read the frozen table out of the `transitions` machine, after the soundness check."""
        problems = _unsound(self)
        if problems:
            raise InvalidProgram(*problems, source=f"lifecycle {self.name}")
        table: dict[str, Mapping[str, str]] = {}
        for trigger, event in self.machine().events.items():
            moves = {source: str(found[0].dest) for source, found in event.transitions.items()}
            table[event_name(trigger)] = MappingProxyType(moves)
        return MappingProxyType(table)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made of; it is compiled again where it is loaded."""
        return _compiled_again, (
            {
                field.name: getattr(self, field.name)
                for field in attrs.fields(type(self))
                if field.init
            },
        )

    def machine(self) -> Machine:
        """Return a fresh `transitions` machine without a model, to read, draw or extend."""
        return self._machine(initial=self.initial)

    def _machine(self, **options: Any) -> Machine:
        machine = Machine(model=None, states=list(self.states), auto_transitions=False, **options)
        for edge in self.edges:
            machine.add_transition(trigger_name(edge.event), edge.source, edge.target)
        return machine

    def attach(self, model: object, *, attribute: str = "state") -> Machine:
        """Give a host's own mutable record the triggers of this lifecycle.

        Args:
            model: any object, for example an ORM row; its triggers are named like
                `model.responder_arrived()`.
            attribute: the attribute that holds the state. An unset one becomes the initial state.

        Raises:
            ValueError: the record is in a state that this lifecycle does not have.
        """
        current = getattr(model, attribute, None) or self.initial
        if current not in self.states:
            raise ValueError(
                f"{attribute}={current!r} is not a state of {self.name};"
                f" {nearest(str(current), self.states)}"
            )
        machine = self._machine(initial=None, model_attribute=attribute, send_event=True)
        machine.add_model(model, initial=current)
        return machine

    def target(self, event: str, state: str) -> str | None:
        """Return the state after `event`, or None when there is no edge."""
        return self.table.get(event, {}).get(state)

    def regulates(self, event: str) -> bool:
        """Return whether this lifecycle has an edge for the event type. An event type without any
        edge is never out of place.
        """
        return event in self.table

    def sources(self, event: str) -> tuple[str, ...]:
        """Return the states in which the event has an edge."""
        return tuple(self.table.get(event, ()))

    def ways(self, prefer: Container[str] = ()) -> dict[str, tuple[str, ...]]:
        """Return the shortest way from the initial state to each state, as event types; `prefer`
        breaks ties.
        """
        found: dict[str, tuple[str, ...]] = {self.initial: ()}
        todo = [self.initial]
        while todo:
            state = todo.pop(0)
            for edge in sorted(self.edges, key=lambda e: e.event not in prefer):
                if edge.source == state and edge.target not in found:
                    found[edge.target] = (*found[state], edge.event)
                    todo.append(edge.target)
        return found

    def extend(
        self, *, states: Iterable[str] = (), edges: Iterable[Edge] = (), forbid: Iterable[Edge] = ()
    ) -> Lifecycle:
        """Return a lifecycle with states and edges added and others forbidden; raise
        `InvalidProgram` if it is unsound.
        """
        added, gone = tuple(edges), tuple(forbid)
        problems = [
            f"forbids {edge.event} from {edge.source} to {edge.target}, which is not there:"
            f" {self._there(edge)}"
            for edge in gone
            if edge not in self.edges
        ]
        if problems:
            raise InvalidProgram(*problems, source=f"lifecycle {self.name}")
        kept = tuple(edge for edge in self.edges if edge not in gone and edge not in added)
        return attrs.evolve(
            self,
            states=(*self.states, *(s for s in states if s not in self.states)),
            edges=kept + added,
        )

    def _there(self, edge: Edge) -> str:
        moves = [f"{e.source} to {e.target}" for e in self.edges if e.event == edge.event]
        return (
            "it goes from " + ", ".join(moves)
            if moves
            else nearest(edge.event, {e.event for e in self.edges})
        )

    def mermaid(self) -> str:
        """Draw the machine as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {_slug(self.initial)}"]
        lines += [f'    state "{s}" as {_slug(s)}' for s in self.states if _slug(s) != s]
        grouped: dict[tuple[str, str], list[str]] = {}
        for edge in self.edges:
            if edge.source != edge.target:
                grouped.setdefault((edge.source, edge.target), []).append(edge.event)
        lines += [
            f"    {_slug(a)} --> {_slug(b)}: {'<br/>'.join(names)}"
            for (a, b), names in grouped.items()
        ]
        lines += [f"    {_slug(s)} --> [*]" for s in self.states if s in self.final]
        return "\n".join(lines)


def _compiled_again(made_of: dict[str, Any]) -> Lifecycle:
    return Lifecycle(**made_of)


def _slug(state: str) -> str:
    return state.replace("-", "_")


def _reach(starts: Iterable[str], moves: Mapping[str, set[str]]) -> set[str]:
    seen, todo = set(starts), list(starts)
    while todo:
        for state in moves.get(todo.pop(), set()) - seen:
            seen.add(state)
            todo.append(state)
    return seen


def _unsound(lifecycle: Lifecycle) -> list[str]:
    """List what is wrong: unknown states, ambiguous edges, unreachable states, dead ends, ways out
    of an end.
    """
    known = set(lifecycle.states)
    problems = [
        f"{edge.event} goes from {edge.source} to {edge.target}, but there is no state {state!r};"
        f" {nearest(state, known)}"
        for edge in lifecycle.edges
        for state in {edge.source, edge.target} - known
    ]
    moves: dict[str, set[str]] = {}
    back: dict[str, set[str]] = {}
    first: dict[tuple[str, str], str] = {}
    for edge in lifecycle.edges:
        other = first.setdefault((edge.event, edge.source), edge.target)
        if other != edge.target:
            problems.append(
                f"{edge.event} leads from {edge.source} to {other} and to {edge.target}; forbid one"
                " of them"
            )
        if edge.source in lifecycle.final and edge.event not in lifecycle.reopens:
            problems.append(
                f"{edge.event} leads out of the end state {edge.source}; only"
                f" {', '.join(sorted(lifecycle.reopens)) or 'nothing'} may"
            )
        moves.setdefault(edge.source, set()).add(edge.target)
        back.setdefault(edge.target, set()).add(edge.source)
    reached, finishing = _reach([lifecycle.initial], moves), _reach(lifecycle.final, back)
    problems += [
        f"state {s!r} cannot be reached from {lifecycle.initial!r}; add an edge to it"
        for s in lifecycle.states
        if s not in reached
    ]
    problems += [
        f"state {s!r} can never finish; add an edge towards an end state"
        for s in lifecycle.states
        if s not in finishing
    ]
    return problems


def edges_of(text: str) -> tuple[Edge, ...]:
    """Read a table: `Event: source source -> target`, where `.` stays in the source state."""
    found = []
    for line in text.strip().splitlines():
        event, _, moves = line.partition(":")
        for move in moves.split(","):
            sources, _, target = move.partition("->")
            found += [
                Edge(event.strip(), s, s if target.strip() == "." else target.strip())
                for s in sources.split()
            ]
    return tuple(found)
