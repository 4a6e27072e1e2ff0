"""A program's own events and states in a made-up night: when they occur, and the values of their
fields.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.errors import Refused
from coresponder.lifecycle import INCIDENT
from coresponder.policy.policy import Policy
from coresponder.program import Case, Program
from coresponder.program.own import declared
from coresponder.simulation.probes import Probes
from coresponder.simulation.rates import rate

__all__ = ["OwnEvents"]

_OWED, _ONWARD, _ANY = 0.6, 0.85, 0.12
"""The probability of an own event at one moment: if it is owed, if it leads out of an own state,
and otherwise.
"""


@attrs.frozen
class OwnEvents:
    """The events that a program declares beyond the library's, ready to be played.

    Attributes:
        samples: own event type -> events that the program's conditions can tell apart.
    """

    program: Program
    draw: random.Random
    samples: Mapping[str, tuple[Event, ...]]

    @classmethod
    def of(cls, program: Program, draw: random.Random) -> OwnEvents:
        """Return the own events of a program."""
        probes = Probes.of(program) if program.events else None
        return cls(
            program,
            draw,
            {one.__name__: probes.of_type(one) for one in program.events} if probes else {},
        )

    def next(self, case: Case, now: dt.datetime) -> str | None:
        """Return the own event that occurs now, if any. An event that is owed or leads out of an
        own state is likely.
        """
        owed = set(self._owed(case, now)) if self.samples else set()
        ready = [name for name in self.samples if self._may_come(name, case)]
        self.draw.shuffle(ready)
        return next(
            (name for name in ready if self.draw.random() < self._likely(name, case, owed)), None
        )

    def _may_come(self, name: str, case: Case) -> bool:
        lifecycle = self.program.lifecycle
        if lifecycle.regulates(name):
            return lifecycle.target(name, case.state) is not None
        return case.state not in lifecycle.final

    def _likely(self, name: str, case: Case, owed: set[str]) -> float:
        leads = self.program.lifecycle.target(name, case.state)
        if case.state not in INCIDENT.states and leads not in {None, case.state}:
            return _ONWARD
        if name in owed:
            return _OWED
        return _ANY / (1 + sum(type(event).__name__ == name for event in case.history))

    def _owed(self, case: Case, now: dt.datetime) -> Iterator[str]:
        for obligation in self.program.obligations(case, now):
            yield from self._named(self.program.book[obligation.policy].policy)

    def _named(self, policy: Policy) -> tuple[str, ...]:
        atoms = (policy.b, policy.a, policy.unless)
        return tuple(
            dict.fromkeys(
                name for atom in atoms if atom for name in atom.events if name in self.samples
            )
        )

    def way(self, event: str, state: str) -> tuple[str, ...]:
        """Return the own events that lead from a state to one where the event has an edge; empty if
        it already has one or there is no way.
        """
        lifecycle = self.program.lifecycle
        if not self.samples or not lifecycle.regulates(event):
            return ()
        found: dict[str, tuple[str, ...]] = {state: ()}
        for at in (todo := [state]):
            if lifecycle.target(event, at) is not None:
                return found[at]
            for name in self.samples:
                target = lifecycle.target(name, at)
                if target is not None and target not in found:
                    found[target] = (*found[at], name)
                    todo.append(target)
        return ()

    def named_by(self, refused: Refused) -> tuple[str, ...]:
        """Return the own events that are named by the rules which refused a decision."""
        book, ids = (
            self.program.book,
            [refusal.policy for refusal in refused.refusals if refusal.policy],
        )
        return tuple(dict.fromkeys(name for id in ids for name in self._named(book[id].policy)))

    def make(self, name: str, known: Mapping[str, str], *, at: dt.datetime, by: str) -> Event:
        """Return an own event that happens now, about the incident's person, referral or responder."""
        event = self.draw.choice(self.samples[name])
        fields: dict[str, Any] = {
            field: value for field, value in known.items() if hasattr(event, field)
        }
        kept = declared(type(event))
        for field, kind in kept[2] if isinstance(kept, tuple) else ():
            if field not in fields:
                fields[field] = self._drawn(name, field, kind, event, at)
        return attrs.evolve(event, at=at, by=by, **fields)

    def _drawn(self, name: str, field: str, kind: str, event: Event, at: dt.datetime) -> object:
        """Return a value for a declared field: one that the program's conditions name, or else any
        plausible one.
        """
        if kind == "time":
            return at + dt.timedelta(hours=self.draw.randint(1, 48))
        if kind == "boolean":
            return self.draw.random() < rate("own-event-owed")
        values = {getattr(sample, field) for sample in self.samples[name]} - {None}
        if kind in {"integer", "number"} and len(values) < 2:
            return (
                self.draw.randint(5, 60)
                if kind == "integer"
                else round(self.draw.uniform(1, 60), 1)
            )
        value = getattr(event, field)
        return self.draw.choice(sorted(values)) if value is None and values else value
