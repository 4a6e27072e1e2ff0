"""The product of policies: all of them step at once, with one look-up.

A state of the product is the state of each policy; a move is computed once for each state and each
set of matched atoms, when it is first needed, and belongs to no case. A place keeps the earliest
moment at which a bound may pass. No clock is read before that moment; then the state changes to one
in which those bounds have passed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

import attrs

from coresponder.policy.automata import NOW, OWED, PASSED, RUNS, Cell, Timed, Untimed
from coresponder.policy.bounds import Bound
from coresponder.policy.matching import Matches, Room
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.templates import Verdict

__all__ = ["Letter", "Move", "Place", "Product", "State"]

_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
"""Stands for no bound that may still pass."""
_FIRST = dt.datetime.min.replace(tzinfo=dt.UTC)


@attrs.define(eq=False)
class Letter:
    """The input of the product: the atoms that an event matches, for each policy it concerns."""

    matches: Matches


@attrs.frozen(eq=False)
class Move:
    """What one letter changes in one state.

    Attributes:
        target: the next state.
        breaches: (slot, how) of each policy that is breached.
        starts: the clocks that start at the event.
        stops: the clocks that stop.
        bounds: the bounds of the clocks that start, each once.
        quiet: nothing changes at all.
    """

    target: State
    breaches: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]
    stops: tuple[int, ...]
    bounds: tuple[Bound, ...]
    quiet: bool


@attrs.define(eq=False)
class State:
    """The state of each policy, and everything that follows from it at any time.

    Attributes:
        states: the state of each slot, with the bits of its clock.
        owed: the slots in which something is owed.
        running: the slots whose bound may still pass.
        said: the verdict of each slot, once `Product.says` was asked for it.
        moves: the moves that were computed so far.
        later: the states after bounds have passed.
    """

    states: tuple[int, ...]
    owed: frozenset[int]
    running: tuple[int, ...]
    said: tuple[Verdict, ...] | None = None
    moves: dict[Letter | None, Move] = attrs.field(factory=dict)
    later: dict[tuple[int, ...], State] = attrs.field(factory=dict)


class Place(NamedTuple):
    """The position of a case: the state, when each clock started, and the earliest moment at which
    a bound may pass.
    """

    state: State
    since: tuple[dt.datetime | None, ...]
    alarm: dt.datetime


@attrs.define(eq=False)
class Product:
    """Some policies of a book, stepped together.

    Attributes:
        indexes: the place in the book of each slot.
        policies: the policy of each slot.
        timed: the slot of each clock.
    """

    indexes: tuple[int, ...]
    policies: tuple[CompiledPolicy, ...]
    room: Room
    timed: tuple[int, ...] = attrs.field(init=False)
    _clocks: dict[int, int] = attrs.field(init=False)
    _known: dict[tuple[int, ...], State] = attrs.field(init=False, factory=dict)
    _letters: dict[Matches, Letter] = attrs.field(init=False, factory=dict)
    first: Place = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Find the clocks and the place where each case begins."""
        automata = [policy.automaton for policy in self.policies]
        self.timed = tuple(i for i, found in enumerate(automata) if isinstance(found, Timed))
        self._clocks = {slot: clock for clock, slot in enumerate(self.timed)}
        start = tuple(policy.template.start for policy in self.policies)
        self.first = Place(self.state(start), (None,) * len(self.timed), _LAST)

    def letter(self, matches: Matches) -> Letter | None:
        """Return the letter for what an event matches; None when it concerns no policy."""
        slots = {index: slot for slot, index in enumerate(self.indexes)}
        mine = tuple((slots[index], atoms) for index, atoms in matches if index in slots)
        return self._letters.setdefault(mine, Letter(mine)) if mine else None

    def state(self, states: tuple[int, ...]) -> State:
        """Return the state of the product. If there is no room to remember it, it is made anew each
        time.
        """
        found = self._known.get(states)
        if found is None:
            slots = range(len(states))
            owed = frozenset(i for i in slots if self.automaton(i).owes(states[i]))
            running = tuple(i for i in self.timed if states[i] & RUNS and not states[i] & PASSED)
            found = State(states, owed, running)
            if self.room.take():
                found = self._known.setdefault(states, found)
        return found

    def step(self, place: Place, letter: Letter, at: dt.datetime) -> tuple[Place, Move]:
        """Return the place after an event, and the move that led there."""
        if at >= place.alarm:
            place = self._wake(place, at)
        state, since, alarm = place
        move = state.moves.get(letter) or self.work_out(state, letter)
        if move.quiet:
            return place, move
        return self._moved(move, since, alarm, at), move

    def begin(self, place: Place, at: dt.datetime) -> Place:
        """Start the clocks that run from the opening, if nothing has started them before."""
        move = place.state.moves.get(None) or self.opening(place.state)
        return place if move.quiet else self._moved(move, place.since, place.alarm, at)

    @staticmethod
    def _moved(
        move: Move, since: tuple[dt.datetime | None, ...], alarm: dt.datetime, at: dt.datetime
    ) -> Place:
        if move.starts or move.stops:
            fresh = list(since)
            for clock in move.stops:
                fresh[clock] = None
            for clock in move.starts:
                fresh[clock] = at
            since = tuple(fresh)
            for bound in move.bounds:
                alarm = min(alarm, bound.deadline(at))
        return Place(move.target, since, alarm)

    def _wake(self, place: Place, at: dt.datetime) -> Place:
        """Return the place in which every bound that passes by `at` has passed."""
        state, passed, alarm = place.state, [], _LAST
        for slot in state.running:
            automaton, began = self.policies[slot].automaton, place.since[self._clocks[slot]]
            assert isinstance(automaton, Timed) and began is not None  # noqa: PT018, S101
            if automaton.passed(began, at):
                passed.append(slot)
            else:
                alarm = min(alarm, automaton.bound.deadline(began))
        if passed:
            state = self.later(state, tuple(passed))
        return Place(state, place.since, alarm)

    def says(self, place: Place, now: dt.datetime) -> tuple[Verdict, ...]:
        """Return the verdict of each slot at `now`, which is not before the last event."""
        state = self._wake(place, now).state if now >= place.alarm else place.state
        if state.said is None:
            slots = enumerate(state.states)
            state.said = tuple(self.automaton(slot).says(one) for slot, one in slots)
        return state.said

    def later(self, state: State, passed: tuple[int, ...]) -> State:
        """Return the state in which the bounds of these slots have passed."""
        found = state.later.get(passed)
        if found is None:
            states = list(state.states)
            for slot in passed:
                states[slot] |= PASSED
            found = self.state(tuple(states))
            if self.room.take():
                state.later[passed] = found
        return found

    def work_out(self, state: State, letter: Letter) -> Move:
        """Work a move out, and remember it if there is room."""
        states = list(state.states)
        breaches, starts, stops = [], [], []
        for slot, atoms in letter.matches:
            old = states[slot]
            states[slot], how, clock = self.automaton(slot).follow(old, atoms)
            if how:
                breaches.append((slot, how))
            if clock == NOW:
                starts.append(slot)
            elif old & RUNS and not states[slot] & RUNS:
                stops.append(slot)
        return self._kept(state, letter, states, tuple(breaches), starts, stops)

    def opening(self, state: State) -> Move:
        """Work out what the opening of the incident changes."""
        states, starts = list(state.states), []
        for slot in self.timed:
            if self.policies[slot].starts_with_opening and not states[slot] & (RUNS | OWED):
                states[slot] |= RUNS
                starts.append(slot)
        return self._kept(state, None, states, (), starts, [])

    def _kept(
        self,
        state: State,
        letter: Letter | None,
        states: list[int],
        breaches: tuple[tuple[int, int], ...],
        starts: list[int],
        stops: list[int],
    ) -> Move:
        bounds = {
            policy.bound.text: policy.bound
            for slot in starts
            if (policy := self.policies[slot]).bound
        }
        move = Move(
            target=self.state(tuple(states)),
            breaches=breaches,
            starts=tuple(self._clocks[slot] for slot in starts),
            stops=tuple(self._clocks[slot] for slot in stops),
            bounds=tuple(bounds.values()),
            quiet=not (breaches or starts or stops) and tuple(states) == state.states,
        )
        if self.room.take():
            state.moves[letter] = move
        return move

    def automaton(self, slot: int) -> Untimed | Timed:
        """Return the automaton of a slot; a product has none of a program's own."""
        return self.policies[slot].automaton  # type: ignore[return-value]

    def cell(self, place: Place, slot: int) -> Cell:
        """Return one policy's cell, as its automaton steps it."""
        state, clock = place.state.states[slot], self._clocks.get(slot)
        return state if clock is None else (state & ~(RUNS | PASSED), place.since[clock])

    def place(self, cells: Iterable[Cell]) -> Place:
        """Return the place of these cells, one for each slot."""
        states, since = [], []
        for policy, cell in zip(self.policies, cells, strict=True):
            if isinstance(policy.automaton, Timed):
                states.append(cell[0] | (RUNS if cell[1] else 0))
                since.append(cell[1])
            else:
                states.append(cell)
        return Place(self.state(tuple(states)), tuple(since), _FIRST)

    def dues(self, place: Place) -> list[dt.datetime]:
        """Return the deadlines of what is owed."""
        timed = [slot for slot in place.state.owed if slot in self._clocks]
        found = [self.policies[slot].automaton.deadline(self.cell(place, slot)) for slot in timed]
        return [due for due in found if due is not None]
