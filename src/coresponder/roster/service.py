"""The service of one responder: their folded stream of events, which tells their role, shifts and
trainings at any instant. Nothing is refused or lost; questionable entries become findings.
"""

from __future__ import annotations

import datetime as dt

import attrs

from coresponder.domain.objects import Credential, Responder
from coresponder.domain.types import UTC, Code, Id, Instant
from coresponder.domain.vocabulary import AbsenceReason, ResponderStatus, Role
from coresponder.record import Record
from coresponder.roster.events import WeeklyShift
from coresponder.roster.shifts import Shift, Span, expand, without

__all__ = ["Absence", "Finding", "Held", "Post", "Service", "Vetting", "Week"]

_TICK = dt.timedelta(microseconds=1)


@attrs.frozen(kw_only=True)
class Finding(Record):
    """A questionable entry in a responder's stream.

    Attributes:
        event: the number of the event in the stream, from 1.
        what: what is questionable, and what it means.
    """

    responder: Id
    event: int
    at: Instant
    what: str

    def __str__(self) -> str:
        """Return the finding in one line."""
        return f"{self.responder}, event {self.event}: {self.what}"


@attrs.frozen
class Post(Span):
    """A period in one role."""

    role: Role = attrs.field(kw_only=True)
    volunteer: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class Held(Span):
    """A credential, from its completion until it was revoked."""

    credential: Credential = attrs.field(kw_only=True)


@attrs.frozen
class Vetting(Span):
    """A background check, from the day it was passed until it no longer counts."""

    expires: dt.datetime | None = attrs.field(default=None, kw_only=True)


@attrs.frozen
class Week(Span):
    """The period in which some weekly shifts apply."""

    shifts: tuple[WeeklyShift, ...] = attrs.field(kw_only=True)


@attrs.frozen
class Absence(Span):
    """A period in which a responder cannot be sent."""

    reason: AbsenceReason = attrs.field(kw_only=True)


@attrs.frozen(kw_only=True)
class Service:
    """One responder, over all time.

    Attributes:
        zone: where the clock on the wall of the weekly shifts is.
        posts: the periods in which they respond for the agency, with the role.
        worked: shifts that were begun, planned or not.
        scheduled: single shifts that were planned.
        weeks: weekly shifts.
        cut: the part of planned shifts that was not worked.
        languages: the times from which on they speak which languages.
        findings: the questionable entries.
    """

    id: str
    zone: dt.tzinfo = UTC
    posts: tuple[Post, ...] = ()
    held: tuple[Held, ...] = ()
    vettings: tuple[Vetting, ...] = ()
    languages: tuple[tuple[dt.datetime, tuple[Code, ...]], ...] = ()
    worked: tuple[Shift, ...] = ()
    scheduled: tuple[Shift, ...] = ()
    weeks: tuple[Week, ...] = ()
    absences: tuple[Absence, ...] = ()
    cut: tuple[Span, ...] = ()
    findings: tuple[Finding, ...] = ()

    def planned(self, window: Span) -> list[Shift]:
        """Return the shifts that were planned within a window that has an end."""
        weekly = (
            part
            for week in self.weeks
            if week.begins < window.until and window.begins < week.until
            for shift in expand(week.shifts, window, self.zone)
            for part in shift.within(week)
        )
        single = (part for shift in self.scheduled for part in shift.within(window))
        return [*weekly, *single]

    def on_duty(self, window: Span) -> list[Shift]:
        """Return when the responder can be sent within a window that has an end: the worked and
        planned shifts, while they are with the agency and not absent.
        """
        worked = (part for shift in self.worked for part in shift.within(window))
        shifts = [*worked, *without(self.planned(window), self.cut)]
        present = without(shifts, self.absences)
        return [part for shift in present for post in self.posts for part in shift.within(post)]

    def post(self, at: dt.datetime) -> Post | None:
        """Return the responder's post at an instant; None if they are not with the agency."""
        return next((post for post in reversed(self.posts) if post.covers(at)), None)

    def absence(self, at: dt.datetime) -> Absence | None:
        """Return the reason for the responder's absence at an instant; None if they are not
        absent.
        """
        return next((absence for absence in self.absences if absence.covers(at)), None)

    def responder(self, at: dt.datetime) -> Responder | None:
        """Return the responder at an instant, in the form that the tiers need; None if they are not
        with the agency then.
        """
        return self.as_on(at, self.on_duty(Span(at, at + _TICK)))

    def as_on(self, at: dt.datetime, there: list[Shift]) -> Responder | None:
        """Return the responder at an instant, with these shifts."""
        post = self.post(at)
        if post is None:
            return None
        vetting = next((one for one in reversed(self.vettings) if one.covers(at)), None)
        spoken = (codes for begins, codes in reversed(self.languages) if begins <= at)
        reached = dict.fromkeys(way for shift in there for way in shift.reachable)
        return Responder(
            id=self.id,
            role=post.role,
            credentials=tuple(one.credential for one in self.held if one.covers(at)),
            status=ResponderStatus.AVAILABLE if there else ResponderStatus.OFF_DUTY,
            reachable=tuple(reached),
            volunteer=post.volunteer,
            languages=next(spoken, ()),
            vetted=vetting is not None,
            vetting_expires=vetting.expires if vetting else None,
        )
