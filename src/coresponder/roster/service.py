"""What is known of one responder: their stream of events folded, so that it can be asked who they
were at any instant. Nothing is refused and nothing is lost; what is odd is named.
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
    """Something odd in a responder's stream.

    Attributes:
        event: its number in the stream, from 1.
        what: what is odd, and what it means.
    """

    responder: Id
    event: int
    at: Instant
    what: str

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.responder}, event {self.event}: {self.what}"


@attrs.frozen
class Post(Span):
    """A time in one role."""

    role: Role = attrs.field(kw_only=True)
    volunteer: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class Held(Span):
    """A credential, from its completion until it was revoked."""

    credential: Credential = attrs.field(kw_only=True)


@attrs.frozen
class Vetting(Span):
    """A background check, from its day until it was found not to count any more."""

    expires: dt.datetime | None = attrs.field(default=None, kw_only=True)


@attrs.frozen
class Week(Span):
    """The time in which some weekly shifts hold."""

    shifts: tuple[WeeklyShift, ...] = attrs.field(kw_only=True)


@attrs.frozen
class Absence(Span):
    """A time in which somebody cannot be sent."""

    reason: AbsenceReason = attrs.field(kw_only=True)


@attrs.frozen(kw_only=True)
class Service:
    """One responder, over all time.

    Attributes:
        zone: where the clock on the wall of the weekly shifts is.
        posts: the times in which they respond for the agency, with the role.
        worked: shifts that were begun, whatever was planned.
        scheduled: single shifts that were planned.
        weeks: weekly shifts.
        cut: planned time that was not worked to its end.
        languages: from when on, which.
        findings: what is odd.
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
        """Return when somebody can be sent within a window that has an end: what was worked or is
        planned, while they are of the agency and not absent.
        """
        worked = (part for shift in self.worked for part in shift.within(window))
        shifts = [*worked, *without(self.planned(window), self.cut)]
        present = without(shifts, self.absences)
        return [part for shift in present for post in self.posts for part in shift.within(post)]

    def post(self, at: dt.datetime) -> Post | None:
        """Return the post that they have at an instant."""
        return next((post for post in reversed(self.posts) if post.covers(at)), None)

    def absence(self, at: dt.datetime) -> Absence | None:
        """Return why they are away at an instant."""
        return next((absence for absence in self.absences if absence.covers(at)), None)

    def responder(self, at: dt.datetime) -> Responder | None:
        """Return the responder as the tiers need it at an instant; None if they are not of the
        agency then.
        """
        return self.as_on(at, self.on_duty(Span(at, at + _TICK)))

    def as_on(self, at: dt.datetime, there: list[Shift]) -> Responder | None:
        """Return the responder at an instant, on these shifts."""
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
