"""How one policy's cell steps on one event type. Whatever does not depend on the event is computed
beforehand.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from coresponder.domain.objects import Incident
from coresponder.policy.atoms import Guard, path_getter
from coresponder.policy.automata import BY_EVENT, Automaton, Cell, Timed, Untimed

__all__ = ["UNSEEN", "CellStep", "Keys", "Watch", "watch_of"]

CellStep = tuple[Cell, int, Any]
"""(new cell, how the policy was breached, correlation key, or `Keys` if several at once)."""
Watch = Callable[[Cell, Any, Incident], CellStep | None]
"""Step one policy's cell on one event type; None when nothing changed."""


class Keys(tuple[Any, ...]):
    """The correlation keys that one event concerns: a release without the field by which the policy
    correlates.
    """

    __slots__ = ()


class _Unseen(enum.Enum):
    UNSEEN = "unseen"


UNSEEN = _Unseen.UNSEEN
"""The key of the cell for every value that no event has named yet, once a release of all values has
moved it.
"""


def watch_of(
    automaton: Automaton,
    guards: tuple[tuple[int, Guard | None], ...],
    *,
    per: str | None,
    every: bool,
    keyless: bool,
) -> Watch:
    """Return how a policy's cell steps on one event type.

    Args:
        automaton: what steps the cell.
        guards: (letter, condition) of each atom that mentions the event type.
        per: the field by which the policy correlates.
        every: the event counts even if it matches no atom.
        keyless: the event type does not have that field.
    """
    fixed = 0
    for letter, guard in guards:
        fixed |= letter if guard is None else 0
    open_guards = tuple(
        (letter, guard) for letter, guard in guards if guard is not None and not fixed & letter
    )
    inner = (
        _table_watch(automaton, fixed, open_guards)
        if isinstance(automaton, Untimed)
        else _clock_watch(automaton, fixed, open_guards, every)
    )
    if keyless:
        return _for_all(inner, automaton)
    return _keyed(inner, per, automaton) if per else inner


def _table_watch(automaton: Untimed, fixed: int, guards: tuple[tuple[int, Guard], ...]) -> Watch:
    """Watch an untimed policy: every answer is made beforehand, and a step is two look-ups."""
    answers = tuple(
        tuple(
            None if state == i and not breached else (state, BY_EVENT if breached else 0, None)
            for state, breached in row
        )
        for i, row in enumerate(automaton.template.rows)
    )
    if not guards:
        column = tuple(row[fixed] for row in answers)
        return lambda cell, event, incident: column[cell]
    if len(guards) == 1:
        letter, guard = guards[0]
        both = tuple((row[fixed], row[fixed | letter]) for row in answers)
        return lambda cell, event, incident: both[cell][guard(event, incident)]

    def watch(cell: Cell, event: Any, incident: Incident) -> CellStep | None:
        found = fixed
        for letter, guard in guards:
            if guard(event, incident):
                found |= letter
        return answers[cell][found]

    return watch


def _clock_watch(
    automaton: Automaton, fixed: int, guards: tuple[tuple[int, Guard], ...], every: bool
) -> Watch:
    step = automaton.step
    if not guards:
        return _certain_clock_watch(automaton, fixed)

    def watch(cell: Cell, event: Any, incident: Incident) -> CellStep | None:
        found = fixed
        for letter, guard in guards:
            if guard(event, incident):
                found |= letter
        if not found and not every:
            return None
        following, how = step(cell, found, event.at)
        return None if following is cell and not how else (following, how, None)

    return watch


def _certain_clock_watch(automaton: Automaton, fixed: int) -> Watch:
    """Watch events that always match the same atoms. The cells without a running clock that they
    leave unchanged are known beforehand.
    """
    step = automaton.step
    quiet = automaton.quiet(fixed) if isinstance(automaton, Timed) else frozenset()

    def watch(cell: Cell, event: Any, incident: Incident) -> CellStep | None:
        if cell in quiet:
            return None
        following, how = step(cell, fixed, event.at)
        return None if following is cell and not how else (following, how, None)

    return watch


def _keyed(inner: Watch, per: str, automaton: Automaton) -> Watch:
    """Keep one cell for each value of the field `per`."""
    read, first = path_getter(per), automaton.start(None)

    def watch(cells: Cell, event: Any, incident: Incident) -> CellStep | None:
        key = read(event)
        cell = cells.get(key)
        change = inner(cells.get(UNSEEN, first) if cell is None else cell, event, incident)
        return None if change is None else ({**cells, key: change[0]}, change[1], key)

    return watch


def _for_all(inner: Watch, automaton: Automaton) -> Watch:
    """Let an event without the field concern every value: those named so far, and those yet to
    come.
    """
    first = automaton.start(None)

    def watch(cells: Cell, event: Any, incident: Incident) -> CellStep | None:
        changes = {
            key: inner(cell, event, incident) for key, cell in {UNSEEN: first, **cells}.items()
        }
        moved = {key: change for key, change in changes.items() if change is not None}
        how = 0
        for change in moved.values():
            how |= change[1]
        breached = Keys(key for key, change in moved.items() if change[1])
        return (
            ({**cells, **{key: change[0] for key, change in moved.items()}}, how, breached)
            if moved
            else None
        )

    return watch
