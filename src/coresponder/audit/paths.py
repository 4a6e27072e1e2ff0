"""Work out what events mean to the policies after what happened before, once for each state of an
incident. Incidents whose events come in another order lead through the same few states.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import attrs

from coresponder.audit.specimens import Meaning, Plan
from coresponder.domain.events import Event
from coresponder.domain.objects import Incident, Team
from coresponder.domain.types import UTC
from coresponder.program import Case

__all__ = ["Paths"]

_MOST_STATES = 8_192
"""How many states are kept; several units come to many, in the order in which they come and go."""
_THEN = dt.datetime(2000, 1, 1, tzinfo=UTC)
"""The time of every event here, because no condition of these policies reads a time."""


@attrs.define(eq=False)
class _State:
    """A state of an incident, and for each event and unit that came next its meaning, whether it
    was out of place, and the state after it.
    """

    case: Case
    next: dict[tuple[int, int], tuple[int, bool, _State]] = attrs.field(factory=dict)


@attrs.define
class Paths:
    """Finds the meanings of the events of incidents.

    Args:
        plan: how the policies of the program are judged.

    Attributes:
        meanings: every meaning that was found, in the order of its number.
    """

    plan: Plan
    meanings: dict[Meaning, int] = attrs.field(init=False, factory=dict)
    _first: _State = attrs.field(init=False)
    _states: dict[Incident, _State] = attrs.field(init=False, factory=dict)
    _numbers: dict[Event, int] = attrs.field(init=False, factory=dict)
    _events: list[Event] = attrs.field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        """Begin with an incident in which nothing happened."""
        self._first = _State(self.plan.program.open("incident"))

    def number(self, event: Event) -> int:
        """Return the number of an event, which it shares with those that are alike but for times,
        units and local codes.
        """
        bare = _renamed(event, 0)
        if bare not in self._numbers:
            self._numbers[bare] = len(self._events)
            self._events.append(bare)
        return self._numbers[bare]

    def walk(self, steps: Sequence[tuple[int, int]]) -> tuple[list[int], int]:
        """Return the number of the meaning of each event, and how many events are out of place.

        Args:
            steps: the number of each event and its unit.
        """
        state, codes, out_of_place = self._first, list[int](), 0
        for step in steps:
            code, astray, state = state.next.get(step) or self._step(state, step)
            codes.append(code)
            out_of_place += astray
        return codes, out_of_place

    def _step(self, state: _State, step: tuple[int, int]) -> tuple[int, bool, _State]:
        number, unit = step
        event, before = _renamed(self._events[number], unit), state.case
        after = self.plan.program.resume(before, (event,))
        meaning = self.plan.meaning(before, event, after)
        code = self.meanings.setdefault(meaning, len(self.meanings))
        if len(self._states) >= _MOST_STATES:
            self._states.clear()
            self._first.next.clear()
        astray = len(after.findings.out_of_place) > len(before.findings.out_of_place)
        found = code, astray, self._states.setdefault(after.incident, _State(after))
        state.next[step] = found
        return found


def _renamed(event: Event, unit: int) -> Event:
    """Return an event of a unit by its number, without its own time and local codes."""
    changes: dict[str, Any] = {"at": _THEN}
    if hasattr(event, "local"):
        changes["local"] = ()
    if hasattr(event, "responder"):
        changes["responder"] = f"unit-{unit}"
    team = getattr(event, "team", None)
    if isinstance(team, Team):
        names = (f"unit-{unit}", *(f"unit-{unit}.{i}" for i in range(2, len(team.members) + 1)))
        members = zip(team.members, names, strict=True)
        renamed = tuple(attrs.evolve(one, responder=name) for one, name in members)
        changes["team"] = attrs.evolve(team, members=renamed)
    return attrs.evolve(event, **changes)
