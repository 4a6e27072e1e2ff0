"""Replay a path as a story with real times, through the real `Program.advance`, so that a report
shows what the running code does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import attrs

from coresponder.domain.events import Decision, Event, PersonIdentified
from coresponder.domain.spoken import say_word
from coresponder.domain.types import Instant
from coresponder.lifecycle import PARTS
from coresponder.policy.automata import Timed
from coresponder.policy.bounds import say_duration
from coresponder.policy.refusal import Refusal
from coresponder.policy.words import say_event
from coresponder.program import Case, Program
from coresponder.proof.cone import begins_another
from coresponder.proof.names import Label, Passed
from coresponder.proof.payloads import START
from coresponder.record import Record

__all__ = ["Replayed", "StoryLine", "say_payload", "tell"]

_MINUTE = dt.timedelta(minutes=1)
_SOMEBODY = "identified-as-1"
"""The id in which the search identifies people, where no condition tells ids apart."""


@attrs.frozen(kw_only=True)
class StoryLine(Record):
    """One line of a story: an event, or a deadline that passes.

    Attributes:
        at: when, in a story that begins on a Monday at noon UTC.
        event: the event type; None when time alone passes.
        text: the line as a person reads it.
        details: the fields that matter, as JSON values.
    """

    at: Instant
    event: str | None = None
    text: str
    details: dict[str, Any] = attrs.field(factory=dict)

    def __str__(self) -> str:
        """Say it with the time since the beginning."""
        passed = self.at - START
        seconds = round(passed.total_seconds())
        return f"+{say_duration(passed) if seconds % 60 == 0 else f'{seconds} s':<10} {self.text}"


@attrs.frozen(kw_only=True)
class Replayed:
    """A replayed story.

    Attributes:
        case: the case at its end.
        now: the time at its end.
        refusals: why the last line was refused, if it was. The story ends there.
    """

    lines: tuple[StoryLine, ...]
    case: Case
    now: dt.datetime
    refusals: tuple[Refusal, ...] = ()

    def violates(self, program: Program, policy: str) -> bool:
        """Return whether the policy is violated by the end."""
        return any(
            violation.policy == policy for violation in program.violations(self.case, self.now)
        )


def tell(
    program: Program,
    labels: Iterable[Label],
    *,
    enforced: bool = True,
    incident: str = "incident-1",
) -> Replayed:
    """Play a path with real times: a minute between events (less where bounds are short), and each
    deadline as soon as it can pass.

    Args:
        program: the program whose rules apply.
        labels: the path.
        enforced: stop at the first refused decision; otherwise nothing is refused, as in
            `Program.replay`.
        incident: its id.
    """
    path = tuple(labels)
    pause = _pause(program, len(path))
    case, now, lines, names = program.open(incident), START - pause, [], dict[str, str]()
    for label in path:
        if isinstance(label, Passed):
            now, text = _after_deadline(program, case, label, now)
            lines.append(StoryLine(at=now, text=text))
            continue
        now += pause
        event = _renamed(
            _identified(attrs.evolve(label.event, at=now)), case, names, unexpected=label.unexpected
        )
        step = program.advance(case, event) if enforced else None
        lines.append(
            StoryLine(
                at=now,
                event=label.name,
                text=_say(event, unexpected=label.unexpected),
                details=say_payload(event),
            )
        )
        if step is not None and not step.accepted:
            return Replayed(lines=tuple(lines), case=case, now=now, refusals=step.refusals)
        case = (
            step.case if step is not None else program.replay(incident, (*case.recorded(), event))
        )
    return Replayed(lines=tuple(lines), case=case, now=now)


def _pause(program: Program, length: int) -> dt.timedelta:
    """Return the time between events: short enough that no bound passes before the story lets it
    pass.
    """
    bounds = [
        policy.bound.deadline(START) - START
        for policy in program.book.policies
        if policy.bound is not None
    ]
    shortest = int(min(bounds, default=_MINUTE * 1000).total_seconds())
    return min(_MINUTE, dt.timedelta(seconds=max(1, shortest // (length + 1))))


def _identified(event: Event) -> Event:
    """Give a person who is identified an id that nobody else has, unless a condition names it."""
    if not isinstance(event, PersonIdentified) or event.identified_as != _SOMEBODY:
        return event
    return attrs.evolve(event, identified_as=f"{event.person}-identified")


def _renamed(event: Event, case: Case, names: dict[str, str], *, unexpected: bool) -> Event:
    """Give a referral or follow-up a new id if the event begins another one. An event out of place
    begins none.
    """
    for field, lifecycle in PARTS.items():
        name = type(event).__name__
        if not lifecycle.regulates(name):
            continue
        first = getattr(event, field)
        part = getattr(case.incident, field)(names.get(first, first))
        if (
            part is not None
            and not unexpected
            and begins_another(lifecycle, name, part.status.value)
        ):
            names[first] = f"{first}-{len(getattr(case.incident, f'{field}s')) + 1}"
        event = attrs.evolve(event, **{field: names.get(first, first)})
    return event


def _after_deadline(
    program: Program, case: Case, label: Passed, now: dt.datetime
) -> tuple[dt.datetime, str]:
    """Return when the deadline of a policy (and key) has passed, and a sentence on it."""
    index = next(i for i, policy in enumerate(program.book.policies) if policy.id == label.policy)
    policy = program.book.policies[index]
    part = dict(policy.parts(case.cells[index])).get(label.key)
    automaton = policy.automaton
    if isinstance(automaton, Timed) and part is not None and part[1] is not None:
        now = max(now, automaton.bound.deadline(part[1]) + _MINUTE)
    whose = f" for {label.key}" if label.key is not None else ""
    return now, f"— {policy.policy.within or policy.policy.after} pass{whose} ({label.policy})"


def say_payload(event: Event) -> dict[str, Any]:
    """Return the fields of an event that differ from their defaults."""
    told = event.to_dict()
    fields = (
        field
        for field in attrs.fields(type(event))
        if field.name not in {"at", "by", "approximate"}
    )
    return {
        field.name: told[field.name]
        for field in fields
        if field.default is attrs.NOTHING or getattr(event, field.name) != field.default
    }


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(
            f"{say_word(key)} {_flat(one)}"
            for key, one in value.items()
            if one not in (None, [], False)
        )
    if isinstance(value, list):
        return " + ".join(map(_flat, value))
    return "yes" if value is True else say_word(str(value))


def _say(event: Event, *, unexpected: bool) -> str:
    kind = "decision" if isinstance(event, Decision) else "fact"
    details = _flat(say_payload(event))
    return (
        f"{say_event(type(event).__name__)}"
        + (f" ({details})" if details else "")
        + (f"  [{kind}, out of place]" if unexpected else "")
    )
