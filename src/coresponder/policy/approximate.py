"""Find the policies whose verdict depends on a time that is only approximate.

An approximate event may have happened at any time since the incident opened. If the verdict could
then be different, it is undetermined. This errs on one side only: a verdict that is given holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import attrs

from coresponder.policy.automata import Timed, Untimed
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.templates import Template

__all__ = ["OPENING", "Exposure", "Times"]

OPENING = "the opening"
"""Stands among event types for the opening of the incident."""


@attrs.frozen(kw_only=True)
class Times:
    """The event types of a case, by what is known of their times.

    Attributes:
        happened: all of them.
        approximate: those with a time that is approximate; `OPENING` if that of the opening is.
        loose: those whose place in the order is unknown too.
    """

    happened: frozenset[str]
    approximate: frozenset[str]
    loose: frozenset[str]


@attrs.frozen(kw_only=True)
class Exposure:
    """How one policy depends on times.

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
    def of(cls, policy: CompiledPolicy) -> Exposure:
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

    def undetermined(self, times: Times) -> bool:
        """Return whether the policy could have another verdict if the times were known."""
        if self.wakes is not None and not self.wakes & times.happened:
            return False
        if self.of_incident and times.loose:
            return True
        if self.timed:
            vague = times.approximate
            return bool(vague & self.counts) or (self.wakes is None and OPENING in vague)
        return self.ordered and bool(times.loose & self.counts)


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
