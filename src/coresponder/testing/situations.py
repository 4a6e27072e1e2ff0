"""Situations: for each rule, short stories after which it may behave differently, and what each
probe (an event that is tried) does there.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import CallReceived, Event, ResponderArrived
from coresponder.domain.objects import Incident
from coresponder.policy.atoms import Atom, compile_condition, compile_where, field_type, path_getter
from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Case, Notice, Program
from coresponder.roster.events import ResponderJoined
from coresponder.simulation.probes import START

__all__ = [
    "Situation",
    "context_of",
    "effect_of",
    "exact",
    "looking",
    "pause_of",
    "said_of_notice",
    "situations_of",
    "standing_of",
    "stories_of",
    "told",
]

_ON_SCENE = (
    CallReceived(at=START, by="dispatcher-1", source="911", nature="domestic_violence"),
    ResponderArrived(at=START, by="dispatcher-1", responder="responder-1"),
)
_JOINED = (
    ResponderJoined(at=START, by="dispatcher-1", responder="responder-1", role="patrol_officer"),
)
_MOST = 40
_LONGEST = 3
_MOST_TIMED = 4
_SECOND = dt.timedelta(seconds=1)
_MINUTE = dt.timedelta(minutes=1)


@attrs.frozen
class Situation:
    """A story, and how many seconds after its end the rule is judged."""

    story: tuple[Event, ...]
    later: float = 0


def looking(program: Program, situation: Situation, pause: dt.timedelta) -> dt.datetime:
    """Return the time at which the rule is judged."""
    events = len(context_of(program)) + len(situation.story)
    return START + events * pause + dt.timedelta(seconds=situation.later)


def context_of(program: Program) -> tuple[Event, ...]:
    """Return the events with which every story begins: responders arrive, or a responder joins."""
    return _JOINED if program.subject == "responder" else _ON_SCENE


def told(
    program: Program, story: Iterable[Event], pause: dt.timedelta, start: dt.datetime = START
) -> Case:
    """Return the case after the context and a story; nothing is refused on the way."""
    whole = (*context_of(program), *story)
    return program.replay(
        f"{program.subject}-1",
        (attrs.evolve(event, at=start + i * pause) for i, event in enumerate(whole)),
    )


def pause_of(program: Program) -> dt.timedelta:
    """Return a time between events that is too short for any bound to pass."""
    lengths = [
        policy.bound.deadline(START) - START for policy in program.book.policies if policy.bound
    ]
    return min(
        [
            _MINUTE,
            *(dt.timedelta(seconds=max(1, int(length.total_seconds()) // 8)) for length in lengths),
        ]
    )


def situations_of(
    program: Program,
    policy: CompiledPolicy,
    probes: Mapping[str, tuple[Event, ...]],
    pause: dt.timedelta,
) -> Iterator[Situation]:
    """Yield the situations of one rule: short stories made of the events that the rule looks at,
    and the moments around their deadlines.
    """
    timed = 0
    for story in ((), *stories_of(program, policy, probes)):
        yield Situation(story)
        if timed < _MOST_TIMED:
            now = looking(program, Situation(story), pause)
            moments = tuple(_moments(program, policy, told(program, story, pause), now))
            timed += bool(moments)
            yield from (Situation(story, (moment - now).total_seconds()) for moment in moments)


def _moments(
    program: Program, policy: CompiledPolicy, case: Case, now: dt.datetime
) -> Iterator[dt.datetime]:
    """Yield the last moment before each deadline passes and the first after it, and the same for
    the notices that precede a deadline.
    """
    index = program.book.policies.index(policy)
    for _, part in policy.parts(case.cells[index]):
        began = policy.since(part)
        due = (
            policy.bound.deadline(began) if policy.bound is not None and began is not None else None
        )
        if due is not None and due > now:
            yield from (due, due + _SECOND)
            for before in sorted(
                {rule.before for rule in program.notices if rule.before is not None}
            ):
                yield from (
                    moment for moment in (due - before - _SECOND, due - before) if moment > now
                )
            return


def stories_of(
    program: Program, policy: CompiledPolicy, probes: Mapping[str, tuple[Event, ...]]
) -> Iterator[tuple[Event, ...]]:
    """Yield short stories for a rule: every one and every two of its atoms, and the shortest way
    into each of its states together with events that change the fields it reads.
    """
    atoms = [
        _matching(program, atom, probes)
        for atom in (policy.policy.a, policy.policy.b, policy.policy.unless)
        if atom
    ]
    letters = list(dict.fromkeys(found[0] for found in atoms if found))
    alphabet = list(dict.fromkeys(event for found in atoms for event in found)) + _influences(
        program, policy, probes
    )
    seen: set[tuple[Event, ...]] = {()}
    index = program.book.policies.index(policy)
    pause, reads = pause_of(program), _paths(policy)
    known = {_state(program, policy, index, reads, told(program, (), pause))}
    for story in [(one,) for one in letters] + list(itertools.product(letters, repeat=2)):
        seen.add(story)
        yield story
        known.add(_state(program, policy, index, reads, told(program, story, pause)))
    frontier: list[tuple[Event, ...]] = [()]
    count = 0
    for _ in range(_LONGEST):
        reached = []
        for story, event in itertools.product(frontier, alphabet):
            longer = (*story, event)
            state = _state(program, policy, index, reads, told(program, longer, pause))
            if state not in known or len(longer) == 1:
                known.add(state)
                reached.append(longer)
                if longer not in seen and count < _MOST:
                    count += 1
                    yield longer
        frontier = reached[:_MOST]


def _state(
    program: Program, policy: CompiledPolicy, index: int, reads: tuple[str, ...], case: Case
) -> Any:
    return _states(program, index, case), tuple(path_getter(path)(case.incident) for path in reads)


def _states(program: Program, index: int, case: Case) -> Any:
    """Return the states of a rule's cells, without their times."""
    parts = program.book.policies[index].parts(case.cells[index])
    return tuple((key, part[0] if isinstance(part, tuple) else part) for key, part in parts)


def _paths(policy: CompiledPolicy) -> tuple[str, ...]:
    atoms = (policy.policy.a, policy.policy.b, policy.policy.unless)
    paths = dict.fromkeys(path for atom in atoms if atom for path in atom.where)
    return tuple(path.removeprefix("incident.") for path in paths if path.startswith("incident."))


def _tests(policy: CompiledPolicy, path: str) -> list[Callable[[Any], bool]]:
    """Return the conditions of a rule on one path of the incident."""
    atoms = (policy.policy.a, policy.policy.b, policy.policy.unless)
    conditions = [
        atom.where[f"incident.{path}"]
        for atom in atoms
        if atom and f"incident.{path}" in atom.where
    ]
    return [
        compile_condition(path, field_type(Incident, path), condition) for condition in conditions
    ]


def _matching(program: Program, atom: Atom, probes: Mapping[str, tuple[Event, ...]]) -> list[Event]:
    """Return for each event type of an atom the first probe that matches it, under any incident,
    and the same probe with another key.
    """
    own = {
        path: condition
        for path, condition in atom.where.items()
        if not path.startswith("incident.")
    }
    nothing, found = Incident(id="none"), []
    for name in atom.events:
        guard = compile_where(program.vocabulary[name], own)
        fits = [event for event in probes.get(name, ()) if guard is None or guard(event, nothing)]
        found += fits[:1]
        found += [_other_key(fits[0])] if fits else []
    return list(dict.fromkeys(found))


def _other_key(event: Event) -> Event:
    """Return the event of another person, referral or follow-up."""
    ids = {
        f.name: value.replace("-1", "-2")
        for f in attrs.fields(type(event))
        if f.name != "by" and isinstance(value := getattr(event, f.name), str)
    }
    changed: dict[str, Any] = {name: value for name, value in ids.items() if value.endswith("-2")}
    return attrs.evolve(event, **changed)


def _influences(
    program: Program, policy: CompiledPolicy, probes: Mapping[str, tuple[Event, ...]]
) -> list[Event]:
    """Return events that change the fields of the incident that the rule reads: one for each value
    of each field.
    """
    pause, found = pause_of(program), []
    reads = _paths(policy)
    base = told(program, (), pause)
    for path in reads:
        read = path_getter(path)
        values: dict[Any, Event] = {}
        for events in probes.values():
            for event in events:
                values.setdefault(read(told(program, (event,), pause).incident), event)
        others = {value: event for value, event in values.items() if value != read(base.incident)}
        tests = _tests(policy, path)
        told_apart = {
            tuple(test(value) for test in tests): event for value, event in reversed(others.items())
        }
        named = [event for value, event in others.items() if any(test(value) for test in tests)]
        found += [*named[:4], *told_apart.values()]
        found += [
            _other_key(event) for event in values.values() if isinstance(read(base.incident), int)
        ][:2]
    return list(dict.fromkeys(found))


def standing_of(
    alone: Program, case: Case, now: dt.datetime, start: dt.datetime = START
) -> tuple[str, ...]:
    """Return the state of a program's one rule: its obligations with their deadlines, how often it
    was broken, and who is told as time passes.
    """
    lines = [_owed(o.key, o.due, start) for o in alone.obligations(case, now)]
    lines += [f"broken{_for(v.key)} ({v.how.value})" for v in alone.violations(case, now)]
    return (*lines, *map(said_of_notice, alone.notices_due(case, now)))


def _owed(key: str | None, due: dt.datetime | None, start: dt.datetime) -> str:
    return (
        f"owed{_for(key)}"
        f" {'before the end' if due is None else f'by +{exact((due - start).total_seconds())}'}"
    )


def exact(seconds: float) -> str:
    """Format a number of seconds in full.

    >>> exact(93780), exact(61)
    ('1 d 2 h 3 min', '1 min 1 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return (
        " ".join(
            f"{n} {unit}"
            for n, unit in ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s"))
            if n
        )
        or "0 s"
    )


def _for(key: str | None) -> str:
    return f" for {key}" if key else ""


def said_of_notice(notice: Notice) -> str:
    """Describe a notice: its receiver, occasion, channel and fields."""
    how = f" through {notice.channel}" if notice.channel else ""
    what = f" with {', '.join(notice.fields)}" if notice.fields else ""
    return f"tells {notice.to}{how}: {notice.about}{what}"


def effect_of(
    alone: Program, case: Case, probe: Event, at: dt.datetime, before: tuple[str, ...]
) -> str:
    """Return in words what an event does to a program's one rule at a time; empty if nothing."""
    event = attrs.evolve(probe, at=at)
    step = alone.advance(case, event)
    refused = any(refusal.policy for refusal in step.refusals)
    after = step.case if step.accepted else alone.replay(case.id, (*case.recorded(), event))
    if (
        not refused
        and after.cells == case.cells
        and len(after.findings.violations) == len(case.findings.violations)
    ):
        return ""
    noted = _states(alone, 0, after) != _states(alone, 0, case)
    now = standing_of(alone, after, at)
    lines = ["refused"] * refused + ["noted"] * noted
    lines += [f"brings {line}" for line in _more(now, before)] + [
        f"ends {line}" for line in _more(before, now)
    ]
    lines += sorted(
        {
            said_of_notice(one)
            for one in (step if step.accepted else alone.between(case, after)).notices
            if one.policy
        }
    )
    return ", ".join(lines)


def _more(these: tuple[str, ...], those: tuple[str, ...]) -> list[str]:
    left = list(those)
    return [line for line in these if line not in left or left.remove(line)]  # type: ignore[func-returns-value]
