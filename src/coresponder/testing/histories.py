"""Journeys: histories under a program that reach deep states, drawn by Hypothesis and shrunk to the
shortest.

A journey first takes the shortest accepted path to a drawn state of the lifecycle. Then facts
happen at any moment (out of place, late, voided), decisions are tried, and now and then time passes
until something is overdue.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from coresponder.domain.events import Decision, EnteredInError, Event, PolicyOverridden
from coresponder.domain.vocabulary import OverrideReason, VoidReason
from coresponder.errors import InvalidEvent
from coresponder.lifecycle import PARTS
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.words import say_event
from coresponder.program import Case, Override, Program, Step, load_program, shipped_programs
from coresponder.proof.counterexamples import Counterexamples
from coresponder.proof.edges import accepted_cases
from coresponder.proof.interest import Interest
from coresponder.proof.payloads import samples
from coresponder.proof.search import LimitReached, activation
from coresponder.proof.stories import say_payload, tell

__all__ = [
    "Coverage",
    "Journey",
    "as_program",
    "assert_always",
    "assert_eventually",
    "assert_never",
    "journey",
    "journeys",
]

_PAUSES = tuple(
    dt.timedelta(minutes=m) for m in (1, 0, 20, 90, 60 * 7, 60 * 24, 60 * 24 * 4, 60 * 24 * 31)
)
_KINDS = ("expected", "expected", "expected", "decision", "any", "late", "void", "overdue")
_OVERRIDE = Override(by="sergeant-1", reason=OverrideReason.SUPERVISOR_ORDER)
Start = tuple[Case, Event | None]
"""The case after a shortest accepted path, and the event that is tried first there, if any."""
_MOST_SAMPLES = 24
"""How many payloads of each event type journeys draw from."""
_AWAKE = 6
"""How often the starts that put a case into each lifecycle state, or activate a policy, appear
among those to draw from: a journey that activates no policy tests little.
"""
_STARTS = 12
"""From how many of each policy's own states journeys start."""
_Test = Callable[..., Any]


def as_program(program: Program | str | Path) -> Program:
    """Return the program, loaded if it is a name or a file."""
    if isinstance(program, Program):
        return program
    return _shipped(str(program)) if program in shipped_programs() else load_program(program)


@functools.cache
def _shipped(name: str) -> Program:
    """Return the same program each time, so that its kit is made once."""
    return load_program(name)


@attrs.define
class Coverage:
    """What journeys have covered: states, edges taken, and policies that were triggered."""

    program: Program
    states: Counter[str] = attrs.field(factory=Counter)
    edges: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    triggers: Counter[str] = attrs.field(factory=Counter)

    def add(self, before: Case, step: Step) -> None:
        """Count one accepted step."""
        after = step.case
        self.states[after.state] += 1
        for event in step.events:
            name = type(event).__name__
            if self.program.lifecycle.regulates(name) and not step.out_of_place:
                self.edges[name, before.state] += 1
            for policy in self.program.book.policies:
                if policy.matched(event, after.incident) & activation(policy):
                    self.triggers[policy.id] += 1

    def report(self) -> str:
        """Return what was covered and what was not, in a few lines."""
        lifecycle, program = self.program.lifecycle, self.program
        states = [s for s in lifecycle.states if s != lifecycle.initial]
        edges = [(edge.event, edge.source) for edge in lifecycle.edges]
        ids = [policy.id for policy in program.book.policies]
        lines = [f"{program.name}: journeys covered"]
        for what, known, seen in (
            ("states", states, self.states),
            ("edges", edges, self.edges),
            ("policies triggered", ids, self.triggers),
        ):
            missing = [
                str(each) if isinstance(each, str) else f"{each[0]} from {each[1]}"
                for each in known
                if each not in seen
            ]
            lines.append(
                f"  {len(known) - len(missing)} of {len(known)} {what}"
                + (f"; not: {', '.join(missing)}" if missing else "")
            )
        return "\n".join(lines)


@attrs.define(eq=False)
class Journey:
    """One history under a program, step by step. `cases` and `steps` are in the order of recording.

    Attributes:
        case: the case at its end.
        cases: the case after each accepted step, from the opening on.
        steps: every step that was tried, including refused ones.
        tried: the event of each of these steps.
        now: the time at its end; later than the last event when time has passed.
    """

    program: Program
    case: Case
    now: dt.datetime
    cases: list[Case] = attrs.field(factory=list)
    steps: list[Step] = attrs.field(factory=list)
    tried: list[Event] = attrs.field(factory=list)

    def __repr__(self) -> str:
        """Show the story, so that a failing test prints it."""
        return f"Journey under {self.program.name}:\n{self.story()}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the same in Hypothesis' reports."""
        printer.text(repr(self))

    def story(self, upto: Case | None = None) -> str:
        """Return what happened up to a case, one event a line."""
        case = upto or self.case
        lines = []
        for entry in case.entries():
            marks = [
                text
                for text, on in (("out of place", entry.out_of_place), ("void", entry.voided))
                if on
            ]
            marks += [f"violates {v.policy}" for v in case.violations if v.event == entry.number]
            said = ", ".join(f"{key}={value}" for key, value in say_payload(entry.event).items())
            text = f"  {entry.event.at:%d %b %H:%M}  {say_event(type(entry.event).__name__)}" + (
                f" ({said})" if said else ""
            )
            lines.append(text + (f"  [{'; '.join(marks)}]" if marks else ""))
        return "\n".join(lines)


@attrs.define(eq=False)
class _Kit:
    """The starts and events that journeys under one program are drawn from, made once."""

    program: Program
    starts: tuple[Start, ...]
    samples: dict[str, tuple[Event, ...]]
    coverage: Coverage

    def pick(self, kind: str, case: Case, number: int) -> Event:
        """Return an event of a kind: the type is chosen first, then one of its samples. An expected
        event is about a referral or follow-up that is in the right state for it.
        """
        names = self._names(kind, case.state)
        for skip in range(len(names) if kind == "expected" else 1):
            chosen = self.samples[names[(number + skip) % len(names)]]
            first = number // len(names)
            ready = (chosen[(first + i) % len(chosen)] for i in range(len(chosen)))
            event = next(
                (event for event in ready if kind != "expected" or _fits(case, event)), None
            )
            if event is not None:
                return event
        return self.samples[names[number % len(names)]][0]

    def _names(self, kind: str, state: str) -> tuple[str, ...]:
        key = (kind, state)
        if key not in self._known:
            lifecycle, vocabulary = self.program.lifecycle, self.program.vocabulary
            self._known[key] = tuple(
                name
                for name in self.samples
                if kind in {"any", "late"}
                or (kind == "decision" and issubclass(vocabulary[name], Decision))
                or (
                    kind == "expected"
                    and (not lifecycle.regulates(name) or lifecycle.target(name, state) is not None)
                )
            )
        return self._known[key]

    _known: dict[tuple[str, str], tuple[str, ...]] = attrs.field(factory=dict)


def _fits(case: Case, event: Event) -> bool:
    """Return whether the event's referral or follow-up, if it has one, is in a state from which the
    event leads on.
    """
    name = type(event).__name__
    for field, lifecycle in PARTS.items():
        if lifecycle.regulates(name):
            part = getattr(case.incident, field)(getattr(event, field))
            return (
                lifecycle.target(name, part.status.value if part else lifecycle.initial) is not None
            )
    return True


@attrs.frozen(eq=False)
class _Same:
    """A program as a cache key: the same program loaded twice is one key."""

    program: Program

    def __hash__(self) -> int:
        return hash(self.program.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.program == self.program


@functools.lru_cache(maxsize=8)
def _kit(same: _Same) -> _Kit:
    program = same.program
    interest = Interest.of(program.book.policies, program.vocabulary, keys=2)
    never = {EnteredInError, PolicyOverridden}
    known = {
        name: _spread(samples(program, cls, interest))
        for name, cls in program.vocabulary.items()
        if cls not in never
    }
    counterexamples = Counterexamples(program)
    reached, _, _ = accepted_cases(counterexamples)
    begun: list[Start] = [(case, None) for case in reached.values() if case.history]
    starts = begun * _AWAKE
    for policy in program.book.policies:
        with contextlib.suppress(
            LimitReached
        ):  # its search is too large: journeys reach the policy by luck only
            starts += _deep_starts(counterexamples, policy)
    return _Kit(program, tuple(starts), known, Coverage(program))


def _spread(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return the first event, which is the plainest, and some spread evenly over the others."""
    return events[:: max(1, -(-len(events) // _MOST_SAMPLES))]


def _deep_starts(counterexamples: Counterexamples, policy: CompiledPolicy) -> Iterator[Start]:
    """Yield a case and the event that activates the policy there, then cases in which the policy is
    in different states, the deepest last.
    """
    search = counterexamples.search((policy,), unexpected=False)
    awake = counterexamples.run(search, lambda search, taken: bool(search.wakes))
    if awake is not None:
        told = tell(counterexamples.program, search.path(awake.source))
        if not told.refusals and told.case.history:
            yield from [(told.case, search.wakes[0].event)] * _AWAKE
    search = counterexamples.search((policy,), unexpected=False)
    counterexamples.run(search)
    every = max(1, len(search.states) // _STARTS)
    for at in range(1, len(search.states), every):
        told = tell(counterexamples.program, search.path(at))
        if not told.refusals and told.case.history:
            yield told.case, None


def journeys(
    program: Program | str | Path, *, longest: int = 12, coverage: Coverage | None = None
) -> st.SearchStrategy[Journey]:
    """Draw journeys under a program, a shipped name or a TOML file.

    Args:
        program: the program.
        longest: how many events follow the path to the drawn state, at most.
        coverage: counts what the journeys cover; by default each strategy has its own.
    """
    loaded = as_program(program)
    own = coverage or Coverage(loaded)
    return st.deferred(
        lambda: _journeys(attrs.evolve(_kit(_Same(loaded)), coverage=own), longest)
    )  # a program is explored when its first journey is drawn, not when the tests are collected


@st.composite
def _journeys(draw: st.DrawFn, kit: _Kit, longest: int) -> Journey:
    start, waking = draw(st.sampled_from(kit.starts))
    made = Journey(kit.program, kit.program.open(start.id), start.history[0].at)
    for event in start.recorded():
        _take(made, kit, event, None)
    if waking is not None:
        _take(made, kit, attrs.evolve(waking, at=made.now + _PAUSES[0]), None)
    for kind, pause, pick in draw(st.lists(_TURNS, max_size=longest)):
        _turn(made, kit, kind, pause, pick)
    note(f"ends in {made.case.state}")
    return made


_TURNS = st.tuples(st.sampled_from(_KINDS), st.sampled_from(_PAUSES), st.integers(0, 2**20))


def _turn(made: Journey, kit: _Kit, kind: str, pause: dt.timedelta, pick: int) -> None:
    """Try one event, or let time pass."""
    if kind == "overdue":
        due = [
            o.due
            for o in kit.program.obligations(made.case, made.now)
            if o.due is not None and o.due >= made.now
        ]
        made.now = min(due, default=made.now) + dt.timedelta(minutes=1)
        return
    made.now += pause
    at = made.now
    if kind == "late":
        moments = sorted({event.at for event in made.case.history})
        at = moments[pick % len(moments)] + dt.timedelta(seconds=30)
        at = min(at, made.now)
    if kind == "void":
        event: Event = EnteredInError(
            at=at, by="officer-1", event=1 + pick % made.case.version, reason=VoidReason.DUPLICATE
        )
    else:
        event = attrs.evolve(kit.pick(kind, made.case, pick), at=at)
    _take(made, kit, event, _OVERRIDE if pick % 11 == 0 and kind != "expected" else None)


def _take(made: Journey, kit: _Kit, event: Event, override: Override | None) -> None:
    try:
        step = kit.program.advance(made.case, event, override)
    except InvalidEvent:
        return  # the event that opened the incident was voided
    made.steps.append(step)
    made.tried.append(event)
    made.now = max(made.now, event.at)
    kit.coverage.triggers.update(refusal.policy for refusal in step.refusals if refusal.policy)
    if step.accepted:
        kit.coverage.add(made.case, step)
        made.case = step.case
        made.cases.append(step.case)


def journey(
    program: Program | str | Path, *, longest: int = 12, coverage: Coverage | None = None
) -> Callable[[_Test], _Test]:
    """Return a decorator that runs a test on journeys under a program. The test takes one argument,
    a `Journey`; `journey.case` is the case at its end.

    ```python
    @journey("cit")
    def test_nobody_closes_a_case_with_a_referral_open(journey):
        assert_never(journey, lambda case: case.state == "closed" and case.incident.loose_ends > 0)
    ```
    """
    return given(journeys(program, longest=longest, coverage=coverage))


def _say(journey: Journey, case: Case, rule: str, why: str) -> str:
    return (
        f"{why or rule}\n{rule} in state {case.state!r}, after this story:\n{journey.story(case)}"
    )


def assert_never(journey: Journey, predicate: Callable[[Case], bool], why: str = "") -> None:
    """Fail with the story if the predicate holds for the case after any step.

    Raises:
        AssertionError: it holds once; the story up to that step is in the text.
    """
    for case in journey.cases:
        if predicate(case):
            raise AssertionError(_say(journey, case, "what must never hold holds", why))


def assert_always(journey: Journey, predicate: Callable[[Case], bool], why: str = "") -> None:
    """Fail with the story if the predicate fails for the case after any step.

    Raises:
        AssertionError: it fails once; the story up to that step is in the text.
    """
    for case in journey.cases:
        if not predicate(case):
            raise AssertionError(_say(journey, case, "what must always hold does not hold", why))


def assert_eventually(journey: Journey, predicate: Callable[[Case], bool], why: str = "") -> None:
    """Fail with the story if the incident has ended and the predicate never held for the case,
    after any step up to then.
    """
    held = False
    for case in journey.cases:
        held = held or predicate(case)
        if case.state in journey.program.lifecycle.final and not held:
            raise AssertionError(
                _say(
                    journey,
                    case,
                    "the incident has ended, and what must hold by then never held",
                    why,
                )
            )
