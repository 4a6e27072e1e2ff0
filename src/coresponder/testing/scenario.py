"""A scenario: who is there, what happens when, and what must come of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import attrs

from coresponder.domain.events import Event
from coresponder.domain.objects import Responder
from coresponder.policy.bounds import say_duration
from coresponder.program import Override

__all__ = ["Expected", "Promise", "Scenario", "ScenarioStep", "Told"]


@attrs.frozen(kw_only=True)
class Promise:
    """A rule, perhaps for one key and by a time, as a scenario names it or as the program gave it:
    `handle-with-care for anna by +24 h`.

    Attributes:
        due: an instant, `end` where there is no deadline, or None where nothing is said.
    """

    rule: str
    key: str | None = None
    due: dt.datetime | str | None = None

    def fits(self, found: Promise) -> bool:
        """Return whether what came is what was expected; a deadline fits to the minute."""
        mine, theirs = _minute(self.due), _minute(found.due)
        return self.rule == found.rule and self.key in {None, found.key} and mine in {None, theirs}


def _minute(due: dt.datetime | str | None) -> dt.datetime | str | None:
    return due.replace(second=0, microsecond=0) if isinstance(due, dt.datetime) else due


@attrs.frozen(kw_only=True)
class Told:
    """Who is told what, through which channel:
    `supervisor through pager: overdue of force-reviewed`.
    """

    to: str
    about: str
    channel: str = ""
    rule: str | None = None
    key: str | None = None

    def fits(self, found: Told) -> bool:
        """Return whether what came is what was expected; a key that is not named fits any."""
        return attrs.evolve(found, key=self.key) == self and self.key in {None, found.key}

    def __str__(self) -> str:
        """Say it as a scenario writes it."""
        how = f" through {self.channel}" if self.channel else ""
        return (
            f"{self.to}{how}: {self.about}"
            + (f" of {self.rule}" if self.rule else "")
            + (f" for {self.key}" if self.key else "")
        )


@attrs.frozen(kw_only=True)
class Expected:
    """What must come of a step. None means that nothing is said of it; what is empty must be empty."""

    team: str | None = None
    refused_by: tuple[Promise, ...] = ()
    out_of_place: bool = False
    breaks: tuple[Promise, ...] = ()
    state: str | None = None
    cures: tuple[Promise, ...] | None = None
    owes: tuple[Promise, ...] | None = None
    meets: tuple[Promise, ...] | None = None
    owed: tuple[Promise, ...] | None = None
    overdue: tuple[Promise, ...] | None = None
    told: tuple[Told, ...] | None = None
    may: tuple[str, ...] = ()
    may_not: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ScenarioStep:
    """One line of a scenario.

    Attributes:
        line: where it stands in the file.
        at: when it happens.
        recorded: when it is written down.
        responder: whose stream it is about; None where it is about an incident.
        event: what happens; None for a dispatch, and when only time passes.
        dispatch: who is available to be sent.
    """

    line: int
    at: dt.datetime
    recorded: dt.datetime
    incident: str
    by: str
    expected: Expected
    responder: str | None = None
    event: Event | None = None
    dispatch: tuple[str, ...] | None = None
    override: Override | None = None
    note: str = ""


@attrs.frozen(kw_only=True)
class Scenario:
    """A story with what must come of it."""

    title: str
    about: str
    file: str
    line: int
    begins: dt.datetime
    steps: tuple[ScenarioStep, ...]
    responders: Mapping[str, Responder] = attrs.field(factory=dict, repr=False)

    def when(self, instant: dt.datetime) -> str:
        """Return a time as the scenario tells it: since its beginning."""
        return f"+{say_duration(instant - self.begins)}"
