"""A made-up night: a seeded generator that plays the field, with the clock as data.

It receives calls, sends teams, plays the scene and the following days, and records everything
through a `Workflow`, which refuses, warns and counts as it would live. Every person is an opaque
id. The same seed gives the same night.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from coresponder.domain.events import Event
from coresponder.domain.vocabulary import Presence, ResponderStatus, Role
from coresponder.errors import Refused
from coresponder.roster.service import Service
from coresponder.roster.shifts import Span
from coresponder.simulation.incident import incident
from coresponder.simulation.life import Life, Process
from coresponder.simulation.own import OwnEvents
from coresponder.simulation.people import careers, lapses
from coresponder.simulation.rates import rate
from coresponder.simulation.roster import START, made_up_roster
from coresponder.workflow import Workflow

__all__ = ["START", "Field", "made_up_roster"]


@attrs.define
class Field:
    """Plays incidents into a workflow in the order of time, with the people of its roster.

    Attributes:
        roster: the streams of the responders, by id. If the store has a roster, that one is used
            unchanged.
        until: when the last call has come and its team is home.
        refusals: rule -> how many decisions it refused.
        overridden: how many refused decisions were overridden.
        refused: event type -> how often it was refused, and by what.
        missing: tier -> how often which of its seats stayed empty.
        states: the states that some incident was in.
    """

    workflow: Workflow
    seed: int = attrs.field(default=1, kw_only=True)
    roster: Mapping[str, Sequence[Event]] = attrs.field(kw_only=True)
    now: dt.datetime = attrs.field(default=START, init=False)
    until: dt.datetime = attrs.field(default=START, init=False)
    refusals: Counter[str] = attrs.field(factory=Counter, init=False)
    overridden: int = attrs.field(default=0, init=False)
    refused: dict[str, Counter[str]] = attrs.field(factory=dict, init=False)
    missing: dict[str, Counter[str]] = attrs.field(factory=dict, init=False)
    states: set[str] = attrs.field(factory=set, init=False)
    draw: random.Random = attrs.field(init=False)
    own: OwnEvents = attrs.field(init=False)
    _met: list[str] = attrs.field(factory=list, init=False)
    _waiting: list[tuple[dt.datetime, int, Process]] = attrs.field(factory=list, init=False)
    _others: Iterator[int] = attrs.field(factory=lambda: itertools.count(-1, -1), init=False)

    @roster.default
    def _roster(self) -> Mapping[str, Sequence[Event]]:
        return made_up_roster(self.workflow.program)

    def __attrs_post_init__(self) -> None:
        """Seed the dice and give the workflow the field's clock."""
        self.draw = random.Random(self.seed)  # noqa: S311 - a made-up night, not a secret
        self.own = OwnEvents.of(self.workflow.program, self.draw)
        self.workflow.clock = lambda: self.now

    def play(self, incidents: int, progress: Callable[[int], None] = lambda done: None) -> None:
        """Play a number of incidents to the end of their follow-up; call `progress` whenever one
        has ended.
        """
        later = self._enroll()
        start, gap = START, self._gap()
        for i in range(incidents):
            start += dt.timedelta(minutes=self.draw.expovariate(1 / gap))
            life = Life(self, f"night-{self.seed}-{i + 1:05d}")
            heapq.heappush(self._waiting, (start, i, incident(life)))
        self.until = start + dt.timedelta(hours=8)
        for id, events in later.items():
            for career in careers(self, id, events):
                self.also(career)
        for lapse in lapses(self) if later else ():
            self.also(lapse)
        done = 0
        while done < incidents:
            self.now, i, life_of_one = heapq.heappop(self._waiting)
            try:
                self._wait(next(life_of_one), i, life_of_one)
            except StopIteration:
                if i >= 0:
                    done += 1
                    progress(done)

    def also(self, process: Process) -> None:
        """Start a process that runs beside the incidents."""
        self._wait(0, next(self._others), process)

    def _wait(self, minutes: float, i: int, process: Process) -> None:
        heapq.heappush(self._waiting, (self.now + dt.timedelta(minutes=minutes), i, process))

    # --- people ---

    def _enroll(self) -> dict[str, list[Event]]:
        """Record the responders' streams up to the beginning of the night; return their later
        events. A roster that is already in the store stays as it is.
        """
        desk = self.workflow.roster.desk
        if desk.find():
            return {}
        later: dict[str, list[Event]] = {}
        with desk.store.batch():
            for id, events in self.roster.items():
                known = sorted(events, key=lambda event: event.at)
                later[id] = [event for event in known if event.at > START]
                for event in known[: len(known) - len(later[id])]:
                    self.record(event)
        return later

    def _gap(self) -> float:
        """Return the mean minutes between two calls, so that each responder who can lead a team is
        called every four hours.
        """
        leads = {role for tier in self.workflow.program.tiers for role in tier.seats[0].roles}
        week = Span(START, START + dt.timedelta(days=7))
        there = sum(
            (shift.until - shift.begins) / dt.timedelta(days=7)
            for service in self.workflow.roster.services()
            if (post := service.post(START)) and post.role in leads
            for shift in service.on_duty(week)
            if Presence.IN_PERSON in shift.reachable
        )
        return max(14.0, 240 / there) if there else 14.0

    def meet(self) -> str:
        """Return the person of a new contact: now and then somebody who was met before. The more
        contacts a person had, the likelier the next one is theirs.
        """
        back = bool(self._met) and self.chance(rate("comes-back"))
        self._met.append(self.draw.choice(self._met) if back else f"person-{len(self._met):03d}")
        return self._met[-1]

    def service(self, id: str) -> Service:
        """Return the service of a responder."""
        return self.workflow.roster.service(id)

    def somebody(self, *roles: Role, by: Presence | None = None) -> str:
        """Return a free responder of one of these roles, or else any responder of one;
        `outside-ROLE` if the roster has none.
        """
        now, flow = self.now, self.workflow
        known = (
            service.responder(now)
            for service in flow.roster.services()
            if (post := service.post(now)) and post.role in roles
        )
        fit = [one for one in known if one and by in {None, *one.reachable}]
        busy = {one.responder for one in flow.store.engaged(flow.agency)}
        free = [
            one for one in fit if one.status is ResponderStatus.AVAILABLE and one.id not in busy
        ]
        if found := free or fit:
            return found[int(now.timestamp() // 60) % len(found)].id
        return (
            f"outside-{roles[0].value.replace('_', '-')}" if by is None else self.somebody(*roles)
        )

    def said(
        self, make: Callable[..., Event], responder: str, *, by: str = "hr-1", **fields: object
    ) -> None:
        """Record an event that happens to a responder now."""
        self.record(make(**{"at": self.now, "by": by, "responder": responder, **fields}))

    def record(self, event: Event) -> None:
        """Record an event of a responder's stream, and count a refusal."""
        try:
            self.workflow.roster.record(event)
        except Refused as refused:
            self.count(refused, type(event))

    # --- dice and counts ---

    def chance(self, probability: float) -> bool:
        """Return true with a probability."""
        return self.draw.random() < probability

    def seldom(self, *what: str, probability: float) -> bool:
        """Return true with a probability, from separate dice, so that the rest of the night stays
        as it was.
        """
        return self.dice(*what).random() < probability

    def dice(self, *what: str) -> random.Random:
        """Return separate dice for one thing, so that the rest of the night stays as it was."""
        return random.Random("/".join((str(self.seed), *what)))  # noqa: S311 - a made-up night

    def count(self, refused: Refused, event: type[Event]) -> None:
        """Count a refusal under each rule that refused."""
        causes = {refusal.policy or refusal.kind.value for refusal in refused.refusals}
        self.refusals.update(causes)
        self.refused.setdefault(event.__name__, Counter()).update(causes)
