"""Find the policies that cannot be judged in a case because some of its times are approximate.

An approximate event may have happened at any time since the incident opened. If the verdict could
then be different, it is undetermined. This errs on one side only: a verdict that is given holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import attrs

from coresponder.domain.events import CallReceived, Event
from coresponder.policy.automata import Timed, Untimed
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.templates import Template
from coresponder.program import Case, Program

__all__ = ["Undetermined"]

_OPENING = "the opening"


@attrs.frozen
class _Watched:
    """The events and fields that a policy looks at.

    Attributes:
        counts: the event types that it counts.
        wakes: the event types that activate it; None if it is active from the opening on.
        timed: whether a bound or an own automaton decides.
        ordered: whether the order of the events decides.
        of_incident: whether it reads the incident at some time.
    """

    id: str
    counts: frozenset[str]
    wakes: frozenset[str] | None
    timed: bool
    ordered: bool
    of_incident: bool

    @classmethod
    def of(cls, policy: CompiledPolicy) -> _Watched:
        """Read it from a compiled policy."""
        template, automaton = policy.template, policy.automaton
        letters = {
            name: sum({letter for letter, _ in found}) for name, found in policy.guards.items()
        }
        waking = frozenset(name for name, one in letters.items() if one & template.activation)
        speaks = template.opening or template.every or not isinstance(automaton, Timed | Untimed)
        return cls(
            id=policy.id,
            counts=frozenset(letters),
            wakes=None if speaks else waking,
            timed=not isinstance(automaton, Untimed),
            ordered=not isinstance(automaton, Untimed) or not _commutes(template),
            of_incident=_reads_incident(policy),
        )

    def undetermined(
        self, happened: frozenset[str], approximate: frozenset[str], loose: frozenset[str]
    ) -> bool:
        """Return whether the policy could have another verdict.

        Args:
            happened: the event types of the case.
            approximate: those with a time that is approximate; `_OPENING` if that of the opening is.
            loose: those whose place in the order is unknown too.
        """
        if self.wakes is not None and not self.wakes & happened:
            return False
        if self.of_incident and loose:
            return True
        if self.timed:
            return bool(approximate & self.counts) or (
                self.wakes is None and _OPENING in approximate
            )
        return self.ordered and bool(loose & self.counts)


@attrs.define
class Undetermined:
    """Tells which policies of a program cannot be judged in a case."""

    program: Program
    _watched: tuple[_Watched, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Work out once what each policy looks at."""
        self._watched = tuple(map(_Watched.of, self.program.book.policies))

    def __call__(self, case: Case) -> frozenset[str]:
        """Return the policies whose verdict depends on a time that is not known."""
        if not any(event.approximate for event in case.history):
            return frozenset()
        events = [entry.event for entry in case.entries() if not entry.voided]
        happened, vague = _names(events), _names(one for one in events if one.approximate)
        called = bool(events) and isinstance(events[0], CallReceived)
        loose = _names(one for one in events[called:] if one.approximate)
        if not called or events[0].approximate:
            vague |= {_OPENING}
        return frozenset(
            one.id for one in self._watched if one.undetermined(happened, vague, loose)
        )


def _names(events: Iterable[Event]) -> frozenset[str]:
    return frozenset(type(event).__name__ for event in events)


def _commutes(template: Template) -> bool:
    """Return whether a table reaches the same state and breaches in any order of the events."""
    if template.every:
        return False
    pairs = tuple(itertools.combinations(range(len(template.rows[0])), 2))
    return all(
        _walk(template, state, (one, other)) == _walk(template, state, (other, one))
        for state in range(len(template.rows))
        for one, other in pairs
    )


def _walk(template: Template, state: int, letters: Iterable[int]) -> tuple[int, int]:
    breaches = 0
    for letter in letters:
        state, breached = template.rows[state][letter]
        breaches += breached
    return state, breaches


def _reads_incident(policy: CompiledPolicy) -> bool:
    guards = (guard for found in policy.guards.values() for _, guard in found if guard is not None)
    return any(test.on_incident for guard in guards for test in guard.tests)
