"""A scenario: the responders, the steps with their times, and the results that they must have."""

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
    """A rule, perhaps for one key and by a time, as a scenario expects it or the program gave it:
    `handle-with-care for anna by +24 h`.

    Attributes:
        due: an instant, `end` where there is no deadline, or None where nothing is said.
    """

    rule: str
    key: str | None = None
    due: dt.datetime | str | None = None

    def fits(self, found: Promise) -> bool:
        """Return whether a found promise matches this expected one; deadlines are compared to the
        minute.
        """
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
        """Return whether a found notice matches this expected one; without a key, any key
        matches.
        """
        return attrs.evolve(found, key=self.key) == self and self.key in {None, found.key}

    def __str__(self) -> str:
        """Return the text that a scenario has for it."""
        how = f" through {self.channel}" if self.channel else ""
        return (
            f"{self.to}{how}: {self.about}"
            + (f" of {self.rule}" if self.rule else "")
            + (f" for {self.key}" if self.key else "")
        )


@attrs.frozen(kw_only=True)
class Expected:
    """The results that a step must have. None means that the scenario says nothing about a result;
    an empty tuple means that there must be none.
    """

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
        line: its line in the file.
        at: the time at which it happens.
        recorded: the time at which it is written down.
        responder: the responder whose stream it belongs to; None if it belongs to an incident.
        event: the event that happens; None for a dispatch, and if only time passes.
        dispatch: the responders who are available to be sent.
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
    """A story with the results that are expected."""

    title: str
    about: str
    file: str
    line: int
    begins: dt.datetime
    steps: tuple[ScenarioStep, ...]
    responders: Mapping[str, Responder] = attrs.field(factory=dict, repr=False)

    def when(self, instant: dt.datetime) -> str:
        """Return a time as the scenario writes it: as the time since its beginning."""
        return f"+{say_duration(instant - self.begins)}"
