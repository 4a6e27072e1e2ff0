"""A step in memory: whole stories of the made-up night under their program's policies."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import attrs

from benchmarks.field import Story, stories
from benchmarks.measure import Bench, Row
from coresponder.domain.events import Event, Fact
from coresponder.lifecycle import INCIDENT, trigger_name
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Case, Program, load_program


def rows(bench: Bench) -> Iterator[Row]:
    """Yield a step beside a bare state machine, what policies cost, and a case's memory."""
    program, told = load_program("new-haven-cdcp"), stories()[:12]
    fired = frozenset[str]().union(*(story.fired for story in told))
    if not fired:
        raise SystemExit("steps: no policy fires in these stories, so they measure none")
    steps, moves = sum(len(story.events) for story in told), _moves(told)
    yield bench.compare(
        "step",
        lambda: play(program, told),
        _peer(told),
        most=4.0,  # of a program with 45 policies; with 29 of them it was 2.5
        peer_does="transitions moves a state; it folds no incident and steps no policy",
        each=steps,
        peer_each=moves,
    )
    yield bench.compare(
        "step_from_json",
        _read(told),
        _peer(told),
        most=0.8,
        peer_does="transitions moves a state; it reads and checks nothing",
        each=steps,
        peer_each=moves,
    )
    bare, crowded = attrs.evolve(program, policies=()), _with_strangers(program, 66)
    yield bench.compare(
        "policies_that_fire",
        lambda: play(program, told),
        lambda: play(bare, told),
        most=2.9,
        peer_does=f"the same stories of ours without policies; {len(fired)} of {len(program.policies)} fire",
    )
    yield bench.compare(
        "policies_that_do_not_speak",
        lambda: play(crowded, told),
        lambda: play(program, told),
        most=1.5,
        peer_does="the same stories of ours without 66 more policies on events that never come",
    )
    each = _bytes_of_a_case(program, told) * len(told) / sum(len(story.events) for story in told)
    yield bench.limit(
        "memory_of_an_event", each, 400, unit="bytes", why="a live case, by its events", timed=False
    )


class ShiftHandedOver(Fact):
    """An event type of the agency's own."""


class KeysReturned(Fact):
    """An event type of the agency's own."""


def _with_strangers(program: Program, count: int) -> Program:
    """Return the program with policies that speak of events that no story has."""
    strangers = tuple(
        Policy(
            id=f"stranger-{i}",
            template="response",
            a=Atom(events="ShiftHandedOver"),
            b=Atom(events="KeysReturned"),
            within="8 h",
        )
        for i in range(count)
    )
    return attrs.evolve(
        program,
        policies=(*program.policies, *strangers),
        events=(*program.events, ShiftHandedOver, KeysReturned),
    )


def play(program: Program, told: tuple[Story, ...]) -> list[Case]:
    """Take every step of the stories; return how they end."""
    return [_play(program, story) for story in told]


def _play(program: Program, story: Story) -> Case:
    case = program.open(story.incident)
    for event in story.events:
        case = program.advance(case, event).case
    return case


def _names(story: Story) -> list[str]:
    """Return the triggers of a story that the lifecycle knows, as far as they lead."""
    state, names = "new", []
    for event in story.events:
        target = INCIDENT.target(type(event).__name__, state)
        if target is not None:
            names.append(trigger_name(type(event).__name__))
            state = target
    return names


def _moves(told: tuple[Story, ...]) -> int:
    return sum(len(_names(story)) for story in told)


def _peer(told: tuple[Story, ...]) -> Callable[[], None]:
    class Model:
        state = "new"

    model = Model()
    INCIDENT.machine().add_model(model, initial="new")
    triggers = [[getattr(model, name) for name in _names(story)] for story in told]

    def walk() -> None:
        for story in triggers:
            model.state = "new"  # reused, as a host would
            for trigger in story:
                trigger()

    return walk


def _read(told: tuple[Story, ...]) -> Callable[[], object]:
    """Return what makes every event of the stories from its JSON."""
    texts: list[tuple[type[Event], bytes]] = [
        (type(event), event.to_json()) for story in told for event in story.events
    ]
    return lambda: [kind.from_json(text) for kind, text in texts]


def _bytes_of_a_case(program: Program, told: tuple[Story, ...]) -> float:
    """Return the bytes of a live case and what only it holds, with its events made anew."""
    texts = [[(type(event), event.to_json()) for event in story.events] for story in told]
    play(program, told)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [
        _play(program, Story(story.incident, tuple(k.from_json(t) for k, t in lines), story.fired))
        for story, lines in zip(told, texts, strict=True)
    ]
    each = (tracemalloc.get_traced_memory()[0] - before) / len(kept)
    tracemalloc.stop()
    return each
