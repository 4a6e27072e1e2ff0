"""Automata, which step cells. A policy may have its own: any object with the four methods of
`Automaton`.

A cell is the state of one policy in one case: a small int, with an instant beside it if the policy
has a time bound.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from coresponder.policy.bounds import Bound
from coresponder.policy.templates import Letter, Template, Verdict

__all__ = [
    "BY_DEADLINE",
    "BY_EVENT",
    "KEEP",
    "NONE",
    "NOW",
    "OWED",
    "PASSED",
    "RUNS",
    "Automaton",
    "Cell",
    "Timed",
    "Untimed",
]

Cell = Any
BY_EVENT, BY_DEADLINE = 1, 2
"""How a policy was breached: by the event itself, or because its deadline had passed before it."""
OWED, RUNS, PASSED = 1 << 30, 1 << 31, 1 << 32
"""Bits beside a timed policy's state, above every count: a deadline was missed and what was due is
still owed; the clock runs; the bound has passed. A cell has an instant instead of the last two.
"""


class Automaton(Protocol):
    """The four methods of a policy's automaton. Cells are immutable values."""

    def start(self, opening: dt.datetime | None) -> Cell:
        """Return the first cell; `opening` is when the incident opened, or None if it has not."""

    def step(self, cell: Cell, letter: int, at: dt.datetime) -> tuple[Cell, int]:
        """Return the next cell and how the policy was breached: 0, BY_EVENT, BY_DEADLINE or both."""

    def verdict(self, cell: Cell, now: dt.datetime) -> Verdict:
        """Return the verdict, as if nothing had been breached before."""

    def deadline(self, cell: Cell) -> dt.datetime | None:
        """Return when something is due; None if nothing is, or if there is no bound."""


@attrs.frozen
class Untimed:
    """A template without a bound: its table is the automaton."""

    template: Template

    def start(self, opening: dt.datetime | None) -> Cell:
        """Return the table's start state."""
        return self.template.start

    def step(self, cell: Cell, letter: int, at: dt.datetime) -> tuple[Cell, int]:
        """Look up the next state."""
        state, breached = self.template.rows[cell][letter]
        return state, BY_EVENT if breached else 0

    def verdict(self, cell: Cell, now: dt.datetime) -> Verdict:
        """Look up the verdict."""
        return self.template.verdicts[cell]

    def deadline(self, cell: Cell) -> dt.datetime | None:
        """Return None: there is no bound."""
        return None

    def follow(self, state: int, letter: int) -> Answer:
        """Return the answer for a state; there is no clock to keep."""
        following, breached = self.template.rows[state][letter]
        return following, BY_EVENT if breached else 0, KEEP

    def owes(self, state: int) -> bool:
        """Return whether something is owed in this state."""
        return state in self.template.due

    def says(self, state: int) -> Verdict:
        """Return the verdict of a state."""
        return self.template.verdicts[state]


KEEP, NOW, NONE = 0, 1, 2
"""What happens to a cell's instant."""
Answer = tuple[int, int, int]
"""(next state with the OWED bit, how the policy was breached, what happens to the instant)."""


@attrs.frozen
class Timed:
    """A template with one bound; the cell is (state, instant).

    Under `within` an obligation keeps its earliest activation and a window its latest; under
    `after` it is the reverse. Time decides only whether the bound has passed (`beyond`), so every
    answer is computed beforehand, and a step is one comparison and one look-up.
    """

    template: Template
    bound: Bound
    within: bool
    answers: tuple[Mapping[int, tuple[Answer, ...]], ...] = attrs.field(
        init=False, repr=False, eq=False
    )

    @answers.default
    def _work_out(self) -> tuple[Mapping[int, tuple[Answer, ...]], ...]:
        states = [s | owed for owed in (0, OWED) for s in range(len(self.template.rows))]
        return tuple(
            {
                s: tuple(self._answer(s, letter, beyond=beyond) for letter in range(8))
                for s in states
            }
            for beyond in (False, True)
        )

    def start(self, opening: dt.datetime | None) -> Cell:
        """Return the start state, with the opening as its instant if the clock runs from it."""
        return (self.template.start, opening if self.template.opening else None)

    def step(self, cell: Cell, letter: int, at: dt.datetime) -> tuple[Cell, int]:
        """Let the deadline pass, judge the event, and restart or keep the clock."""
        state, instant = cell
        beyond = instant is not None and self.passed(instant, at)
        following, how, clock = self.answers[beyond][state][letter]
        if clock == KEEP:
            return (cell if following == state else (following, instant)), how
        return (following, at if clock == NOW else None), how

    def follow(self, state: int, letter: int) -> Answer:
        """Return the answer for a state with the bits of its clock, whatever the time is."""
        clock = state & (RUNS | PASSED)
        following, how, change = self.answers[bool(clock & PASSED)][state & ~clock][letter]
        return following | (clock if change == KEEP else RUNS if change == NOW else 0), how, change

    def passed(self, instant: dt.datetime, at: dt.datetime) -> bool:
        """Return whether the bound of a clock that started at `instant` has passed."""
        edge = self.bound.deadline(instant)
        return at > edge if self.within else at >= edge

    def owes(self, state: int) -> bool:
        """Return whether something is owed in this state, before or after its deadline."""
        return bool(state & OWED) or state & ~(RUNS | PASSED) in self.template.due

    def says(self, state: int) -> Verdict:
        """Return the verdict of a state that has the bits of its clock."""
        passed, bare = state & PASSED, state & ~(OWED | RUNS | PASSED)
        template = self.template
        if bare in template.due:
            return Verdict.VIOLATED if passed and self.within else Verdict.PENDING
        if bare in template.window:
            settled = passed and template.settled_by == ("within" if self.within else "after")
            return Verdict.SATISFIED if settled else Verdict.HOLDING
        found: Verdict = template.verdicts[bare]
        return found

    def quiet(self, letter: int) -> frozenset[Cell]:
        """Return the cells without a running clock that such an event leaves unchanged."""
        states = (
            state
            for state, answers in self.answers[False].items()
            if answers[letter] in {(state, 0, KEEP), (state, 0, NONE)}
        )
        return frozenset((state, None) for state in states)

    def _answer(self, cell: int, letter: int, *, beyond: bool) -> Answer:
        """Compute one answer from the template's table."""
        template, owed, state = self.template, cell & OWED, cell & ~OWED
        how = 0
        if self.within and beyond and state in template.due:
            how, state = BY_DEADLINE, state if template.opening else 0
            owed = OWED if template.repairable else 0
        letter = self._timely(state, letter, beyond=beyond)
        following, breached = self._look_up(state, letter, beyond=beyond)
        if letter & template.serves and not (template.opening and following in template.due):
            owed = 0
        clock = (
            NONE
            if how and template.opening
            else self._clock(state, following, letter, breached=breached)
        )
        return following | owed, how | (BY_EVENT if breached else 0), clock

    def _timely(self, state: int, letter: int, *, beyond: bool) -> int:
        """Drop the atoms that serve an obligation but come too early under `after`. A release (`c`)
        is never too early.
        """
        if self.within or not self.template.due:
            return letter
        own = self.template.self_serving and letter & Letter.A
        early = state in self.template.due and not beyond
        return letter & ~(self.template.serves & ~Letter.C) if own or early else letter

    def _look_up(self, state: int, letter: int, *, beyond: bool) -> tuple[int, bool]:
        """Return the next state and whether the event is a breach. A window that is not open counts
        for nothing.
        """
        rows = self.template.rows
        if self.template.due and state not in self.template.window:
            return rows[state][letter]
        is_open = beyond != self.within
        effective = state if is_open or state not in self.template.window else 0
        if self.within:
            return rows[effective][letter]
        judged = letter if effective else letter & ~Letter.A
        return rows[state][letter][0], rows[effective][judged][1]

    def _clock(self, state: int, following: int, letter: int, *, breached: bool) -> int:
        template = self.template
        if template.opening:
            return KEEP
        if following in template.due:
            goes_on = state in template.due and not letter & template.serves and not breached
            keep = goes_on if self.within else not letter & Letter.A
            return KEEP if keep else NOW
        if following in template.window:
            return NOW if self._reopens(state, letter) else KEEP
        return NONE

    def _reopens(self, state: int, letter: int) -> bool:
        """Return whether the window starts over at this event."""
        template = self.template
        opener = Letter.B if template.due else Letter.A
        if not letter & opener:
            return False
        return (
            self.within or template.every or state not in template.window or bool(letter & Letter.C)
        )

    def verdict(self, cell: Cell, now: dt.datetime) -> Verdict:
        """Return the verdict at `now`: time alone can violate an obligation, and satisfy a
        prohibition that ends.
        """
        state, instant = cell[0] & ~OWED, cell[1]
        template = self.template
        if state in template.due:
            late = self.within and instant is not None and now > self.bound.deadline(instant)
            return Verdict.VIOLATED if late else Verdict.PENDING
        if state in template.window:
            return self._window_verdict(instant, now)
        found: Verdict = template.verdicts[state]
        return found

    def _window_verdict(self, instant: dt.datetime | None, now: dt.datetime) -> Verdict:
        if instant is not None:
            over = (
                now > self.bound.deadline(instant)
                if self.within
                else now >= self.bound.deadline(instant)
            )
            if over and self.template.settled_by == ("within" if self.within else "after"):
                return Verdict.SATISFIED
        return Verdict.HOLDING

    def deadline(self, cell: Cell) -> dt.datetime | None:
        """Return when something is due, or None if nothing is."""
        state, instant = cell[0] & ~OWED, cell[1]
        if self.within and state in self.template.due and instant is not None:
            return self.bound.deadline(instant)
        return None
