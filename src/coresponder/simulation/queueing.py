"""Play calls against a roster in a discrete-event simulation: two calls at once need two teams, and
a responder on one call cannot take another.
"""

from __future__ import annotations

import datetime as dt
import random
import statistics
from collections.abc import Generator, Iterable, Sequence

import attrs

try:
    import simpy
    from scipy import stats  # type: ignore[import-untyped]
except ImportError as _missing:
    from coresponder.errors import MissingExtra

    raise MissingExtra("coverage", "playing calls against a roster") from _missing

from coresponder.record import Record
from coresponder.roster.coverage import NOBODY, Question
from coresponder.roster.presence import Kind, stints, takers
from coresponder.roster.seating import seated
from coresponder.roster.service import Service
from coresponder.roster.shifts import Span

__all__ = ["Arrival", "Estimate", "Played", "estimate", "made_up_calls", "play_calls"]

_A_MINUTE = dt.timedelta(minutes=1)


@attrs.frozen
class Arrival:
    """A call: its arrival, and how many minutes its team spends on it."""

    at: dt.datetime
    minutes: float


@attrs.frozen
class Played:
    """The outcome of a call: the tier that went, and how many minutes the call waited. A call that
    got no team in time has no tier.
    """

    at: dt.datetime
    tier: str
    waited: float


@attrs.frozen(kw_only=True)
class Estimate(Record):
    """A mean with its 95 % confidence interval, over batches (weeks, or runs).

    Attributes:
        low, high: None if there are too few batches for an interval.
    """

    mean: float
    low: float | None
    high: float | None
    batches: int

    def __str__(self) -> str:
        """Return the mean with its interval as text."""
        if self.low is None or self.high is None:
            return f"{self.mean:.3f} (too few weeks for an interval)"
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


def estimate(values: Sequence[float], *, most: float | None = None) -> Estimate:
    """Return the mean of independent batches with its interval (Student's t).

    Args:
        values: one value for each batch.
        most: the upper limit of the values; the lower limit is zero.
    """
    mean, n = statistics.fmean(values), len(values)
    if n < 4:
        return Estimate(mean=mean, low=None, high=None, batches=n)
    half = float(stats.t.ppf(0.975, n - 1)) * statistics.stdev(values) / n**0.5
    high = mean + half if most is None else min(most, mean + half)
    return Estimate(mean=mean, low=max(0.0, mean - half), high=high, batches=n)


def made_up_calls(window: Span, *, a_day: float, minutes: float, seed: int) -> tuple[Arrival, ...]:
    """Return calls that arrive at a constant rate (Poisson), with exponential times on scene."""
    draw, at = random.Random(seed), window.begins  # noqa: S311 - made up, no secret
    found: list[Arrival] = []
    while True:
        at += dt.timedelta(days=draw.expovariate(a_day))
        if at >= window.until:
            return tuple(found)
        found.append(Arrival(at, draw.expovariate(1 / minutes)))


def play_calls(
    question: Question,
    services: Iterable[Service],
    calls: Iterable[Arrival],
    window: Span,
    *,
    patience: float = 60.0,
) -> tuple[Played, ...]:
    """Return the outcome of each call, in the order of their arrival.

    The first tier that free responders can fill goes at once. If no tier can be filled, the call
    waits; earlier calls come first. A responder who is on a call when the shift ends leaves after
    the call.

    Args:
        question: the tiers.
        services: the responders.
        calls: the calls that arrive within the window.
        window: the time that is simulated.
        patience: minutes after which a call is given up.
    """
    desk = _Desk(simpy.Environment(), question, window.begins, patience)
    for service in services:
        there = stints(service, question.seats, question.courses, window)
        desk.env.process(desk.shifts(service.id, there))
    for number, call in enumerate(sorted(calls, key=lambda one: one.at)):
        desk.env.process(desk.call(number, call))
    desk.env.run()
    return tuple(desk.played[number] for number in sorted(desk.played))


class _Desk:
    """The dispatcher's desk: the free responders and the waiting calls."""

    def __init__(
        self, env: simpy.Environment, question: Question, begins: dt.datetime, patience: float
    ) -> None:
        self.env, self.begins, self.patience = env, begins, patience
        places = {seat: i for i, seat in enumerate(question.seats)}
        self.tiers = [(tier.id, [places[seat] for seat in tier.seats]) for tier in question.tiers]
        self.there: dict[str, Kind] = {}
        self.busy: set[str] = set()
        self.waiting: list[simpy.Event] = []
        self.sent: dict[simpy.Event, tuple[str, list[str]]] = {}
        self.played: dict[int, Played] = {}

    def until(self, at: dt.datetime) -> simpy.Timeout:
        """Return the wait until an instant."""
        return self.env.timeout(max(0.0, (at - self.begins) / _A_MINUTE - self.env.now))

    def shifts(
        self, id: str, stints: Iterable[tuple[dt.datetime, dt.datetime, Kind]]
    ) -> Generator[simpy.Event, None, None]:
        """Play a responder's shifts, one stint after another."""
        for begins, ends, kind in stints:
            yield self.until(begins)
            self.there[id] = kind
            self.look()
            yield self.until(ends)
            del self.there[id]

    def call(self, number: int, call: Arrival) -> Generator[simpy.Event, None, None]:
        """Play a call from its arrival to its end."""
        yield self.until(call.at)
        came = self.env.now
        sent = self.send() if not self.waiting else None
        if sent is None:
            turn = self.env.event()
            self.waiting.append(turn)
            patience = self.env.timeout(self.patience)
            yield turn | patience
            if not turn.triggered:
                self.waiting.remove(turn)
                self.played[number] = Played(call.at, NOBODY, self.env.now - came)
                return
            sent = self.sent.pop(turn)
        tier, team = sent
        self.played[number] = Played(call.at, tier, self.env.now - came)
        yield self.env.timeout(call.minutes)
        self.busy.difference_update(team)
        self.look()

    def look(self) -> None:
        """Send teams to calls that wait, the earliest first, as long as there are any."""
        while self.waiting and (sent := self.send()) is not None:
            turn = self.waiting.pop(0)
            self.sent[turn] = sent
            turn.succeed()

    def send(self) -> tuple[str, list[str]] | None:
        """Take the team of the first tier that free responders can fill."""
        free = [(id, kind) for id, kind in self.there.items() if id not in self.busy]
        for tier, seats in self.tiers:
            team = _team(seats, free)
            if team is not None:
                self.busy.update(team)
                return tier, team
        return None


def _team(seats: list[int], free: list[tuple[str, Kind]]) -> list[str] | None:
    """Return a responder for each seat, or None."""
    kinds = [kind for _, kind in free]
    found = seated(len(seats), lambda seat: takers(kinds, seats[seat]))
    return [free[i][0] for i in found.values()] if len(found) == len(seats) else None
