"""A made-up night: a seeded generator that plays the field, with the clock as data.

It receives calls, sends teams, plays what happens on scene and over the following days, and records
it through a `Workflow`, which refuses, warns and counts as it would live. Every person is an opaque
id. The same seed plays the same night.
"""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections import Counter
from collections.abc import Callable

import attrs

from coresponder.domain.objects import Responder
from coresponder.domain.vocabulary import ResponderStatus
from coresponder.lifecycle import RESPONDER
from coresponder.simulation.incident import incident
from coresponder.simulation.life import Life, Process
from coresponder.simulation.own import OwnEvents
from coresponder.simulation.roster import START, made_up_roster
from coresponder.workflow import Workflow

__all__ = ["START", "Field", "made_up_roster"]


@attrs.define
class Field:
    """Plays incidents into a workflow, in the order of their clock.

    Attributes:
        refusals: how often a decision was refused, and by what.
        overridden: how many refused decisions were taken all the same.
        refused: event type -> how often it was refused, and by what.
        missing: tier -> how often which of its seats stayed empty.
        states: the states that some incident was in.
    """

    workflow: Workflow
    seed: int = attrs.field(default=1, kw_only=True)
    roster: dict[str, Responder] = attrs.field(kw_only=True)
    now: dt.datetime = attrs.field(default=START, init=False)
    refusals: Counter[str] = attrs.field(factory=Counter, init=False)
    overridden: int = attrs.field(default=0, init=False)
    refused: dict[str, Counter[str]] = attrs.field(factory=dict, init=False)
    missing: dict[str, Counter[str]] = attrs.field(factory=dict, init=False)
    states: set[str] = attrs.field(factory=set, init=False)
    draw: random.Random = attrs.field(init=False)
    own: OwnEvents = attrs.field(init=False)

    @roster.default
    def _roster(self) -> dict[str, Responder]:
        return made_up_roster(self.workflow.program)

    def __attrs_post_init__(self) -> None:
        """Seed the dice and give the workflow the field's clock."""
        self.draw = random.Random(self.seed)  # noqa: S311 - a made-up night, not a secret
        self.own = OwnEvents.of(self.workflow.program, self.draw)
        self.workflow.clock = lambda: self.now

    def play(self, incidents: int, progress: Callable[[int], None] = lambda done: None) -> None:
        """Play that many incidents to the end of their follow-up; call `progress` whenever one has
        ended.
        """
        waiting: list[tuple[dt.datetime, int, Process]] = []
        start = START
        for i in range(incidents):
            start += dt.timedelta(minutes=self.draw.expovariate(1 / 14))
            heapq.heappush(
                waiting, (start, i, incident(Life(self, f"night-{self.seed}-{i + 1:05d}")))
            )
        done = 0
        while waiting:
            self.now, i, life = heapq.heappop(waiting)
            try:
                heapq.heappush(waiting, (self.now + dt.timedelta(minutes=next(life)), i, life))
            except StopIteration:
                done += 1
                progress(done)

    def chance(self, probability: float) -> bool:
        """Throw the dice."""
        return self.draw.random() < probability

    def seldom(self, *what: str, probability: float) -> bool:
        """Throw dice of their own once."""
        return self.dice(*what).random() < probability

    def dice(self, *what: str) -> random.Random:
        """Return dice for one thing, so that all else in the night stays as it was."""
        return random.Random("/".join((str(self.seed), *what)))  # noqa: S311 - a made-up night

    def move(self, responders: tuple[str, ...], event: str) -> None:
        """Move responders along their own lifecycle, where it has an edge."""
        for id in responders:
            known = self.roster.get(id)
            target = known and RESPONDER.target(event, known.status.value)
            if known and target:
                self.roster[id] = attrs.evolve(known, status=ResponderStatus(target))
