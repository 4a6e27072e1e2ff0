"""Fold a responder's stream. The fold is pure and total, and refuses nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from coresponder.domain.events import EnteredInError, Event
from coresponder.domain.objects import Credential
from coresponder.domain.types import UTC, Code, say_time
from coresponder.errors import nearest
from coresponder.policy.words import say_event
from coresponder.roster import events as e
from coresponder.roster.service import Absence, Finding, Held, Post, Service, Vetting, Week
from coresponder.roster.shifts import Shift, Span, overlap_of_week
from coresponder.roster.standing import AT_ANY_TIME

__all__ = ["fold_responder"]


def fold_responder(
    id: str,
    events: Iterable[Event],
    *,
    zone: dt.tzinfo = UTC,
    trainings: Collection[str] | None = None,
) -> Service:
    """Return the service of a responder: what the events of their stream, given in the order of
    recording, say. Late entries are put in their place.

    Args:
        id: the responder's id.
        events: facts and decisions of `RESPONDER_EVENTS`.
        zone: the time zone of the weekly shifts.
        trainings: the known trainings (`program.courses.names`). An unknown one is named in the
            findings; without this argument, none is.

    Example:
        >>> joined = e.ResponderJoined(at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC), by="hr-1", responder="officer-7", role="cit_officer")
        >>> service = fold_responder("officer-7", [joined])
        >>> service.responder(dt.datetime(2026, 3, 2, tzinfo=dt.UTC)).role.value
        'cit_officer'
    """
    recorded = list(events)
    folding = _Folding(id, zone, trainings)
    void = folding.voided(recorded)
    stream = [(number, event) for number, event in enumerate(recorded, 1) if number not in void]
    for number, event in sorted(stream, key=lambda each: each[1].at):
        folding.take(number, event)
    return folding.service()


@attrs.define
class _Folding:
    """What the events so far say."""

    id: str
    zone: dt.tzinfo
    trainings: Collection[str] | None
    number: int = 0
    at: dt.datetime = dt.datetime.min.replace(tzinfo=UTC)
    posts: list[Post] = attrs.field(factory=list)
    held: list[Held] = attrs.field(factory=list)
    vettings: list[Vetting] = attrs.field(factory=list)
    languages: list[tuple[dt.datetime, tuple[Code, ...]]] = attrs.field(factory=list)
    worked: list[Shift] = attrs.field(factory=list)
    scheduled: list[Shift] = attrs.field(factory=list)
    weeks: list[Week] = attrs.field(factory=list)
    absences: list[Absence] = attrs.field(factory=list)
    cut: list[Span] = attrs.field(factory=list)
    findings: list[Finding] = attrs.field(factory=list)

    def service(self) -> Service:
        """Return the finished service."""
        names = [field.name for field in attrs.fields(Service)][2:]
        told = {name: tuple(getattr(self, name)) for name in names}
        return Service(id=self.id, zone=self.zone, **told)

    def note(self, what: str) -> None:
        """Add a finding about the event that is being folded."""
        self.findings.append(Finding(responder=self.id, event=self.number, at=self.at, what=what))

    def day(self, at: dt.datetime) -> str:
        """Return the local day."""
        return say_time(at, self.zone)[:10]

    def voided(self, recorded: list[Event]) -> set[int]:
        """Return the numbers of the events that were entered in error."""
        void: set[int] = set()
        for self.number, event in enumerate(recorded, 1):
            self.at = event.at
            if not isinstance(event, EnteredInError):
                continue
            if event.event >= self.number:
                self.note(f"there is no event {event.event} before it, so it voids nothing")
            else:
                void.add(event.event)
        return void

    def take(self, number: int, event: Event) -> None:
        """Fold one event."""
        self.number, self.at = number, event.at
        fold = _FOLDS.get(type(event))
        about = getattr(event, "responder", self.id)
        if about != self.id:
            self.note(f"it is about {about}, and does not belong to this stream")
        elif fold is not None:
            if not (self.open_post() or isinstance(event, (e.ResponderJoined, *AT_ANY_TIME))):
                when = "had left" if self.posts else "had not joined yet"
                self.note(f"“{say_event(type(event).__name__)}”: {when}")
            fold(self, event)
        elif not isinstance(event, EnteredInError):
            self.note(f"{type(event).__name__} is not an event of a responder's stream")

    def open_post(self) -> Post | None:
        """Return the post that has no end yet."""
        return self.posts[-1] if self.posts and self.posts[-1].ends is None else None

    def end_last(self, spans: list[Any], ends: dt.datetime) -> None:
        """Give the last span an end, if it has none yet."""
        if spans and spans[-1].until > ends:
            spans[-1] = attrs.evolve(spans[-1], ends=ends)

    # --- who they are ---

    def joined(self, event: e.ResponderJoined) -> None:
        if self.open_post():
            self.note("joined again without having left; the role is the new one")
        self.end_last(self.posts, event.at)
        self.posts.append(Post(event.at, role=event.role, volunteer=event.volunteer))
        if event.languages:
            self.languages.append((event.at, event.languages))

    def role_changed(self, event: e.RoleChanged) -> None:
        if self.open_post():
            self.end_last(self.posts, event.at)
            self.posts.append(Post(event.at, role=event.role, volunteer=event.volunteer))

    def left(self, event: e.ResponderLeft) -> None:
        if any(shift.ends is None for shift in self.worked):
            self.note("left while on a shift; the shift ends with it")
            self.end_last(self.worked, event.at)
        if self.open_post():
            self.end_last(self.posts, event.at)
        self.end_last(self.weeks, event.at)

    def speaks(self, event: e.LanguagesRecorded) -> None:
        self.languages.append((event.at, event.languages))

    def vetted(self, event: e.VettingPassed) -> None:
        if event.expires is not None and event.expires < event.at:
            self.note(f"the vetting expires {self.day(event.expires)}, before it was passed")
        self.end_last(self.vettings, event.at)
        self.vettings.append(Vetting(event.at, expires=event.expires))

    def vetting_expired(self, event: e.VettingExpired) -> None:
        if not any(vetting.covers(event.at) for vetting in self.vettings):
            self.note("no vetting counted that could expire")
        self.end_last(self.vettings, event.at)

    def only_kept(self, event: Event) -> None:
        """Ignore an event that only policies watch."""

    # --- training ---

    def completed(self, event: e.TrainingCompleted) -> None:
        if self.trainings is not None and event.training not in self.trainings:
            hint = nearest(event.training, self.trainings)
            self.note(f"there is no training {event.training!r}; {hint}")
        if event.expires is not None and event.expires < event.at:
            self.note(
                f"{event.training} expires {self.day(event.expires)}, before it was completed"
            )
        self.hold(event.training, event.hours, event.expires)

    def renewed(self, event: e.TrainingRenewed) -> None:
        known = [one.credential for one in self.held if one.credential.training == event.training]
        if not known:
            self.note(f"{event.training} is renewed, and was not completed before")
        elif (lapsed := known[-1].expires) is not None and lapsed < event.at:
            self.note(f"{event.training} had expired {self.day(lapsed)}, before it was renewed")
        self.hold(event.training, max((one.hours or 0 for one in known), default=0), event.expires)

    def hold(self, training: str, hours: int | None, expires: dt.datetime | None) -> None:
        made = Credential(
            training=training, hours=hours or None, expires=expires, completed=self.at
        )
        self.held.append(Held(self.at, credential=made))

    def revoked(self, event: e.TrainingRevoked) -> None:
        found = [
            i
            for i, one in enumerate(self.held)
            if one.credential.training == event.training and one.ends is None
        ]
        if not found:
            self.note(f"{event.training} is revoked, and was not completed before")
        for i in found:
            self.held[i] = attrs.evolve(self.held[i], ends=event.at)

    # --- when they are there ---

    def assigned(self, event: e.ShiftsAssigned) -> None:
        if (found := overlap_of_week(event.shifts)) is not None:
            day, minute = found
            at = f"{minute // 60:02}:{minute % 60:02}"
            self.note(f"two weekly shifts overlap on {day.value} at {at}; the time counts once")
        self.end_last(self.weeks, event.at)
        self.weeks.append(Week(event.at, shifts=event.shifts))

    def planned(self, event: e.ShiftScheduled) -> None:
        if event.ends <= event.begins:
            self.note("the shift ends before it begins, so nobody is there")
            return
        made = Shift(event.begins, event.ends, event.reachable, event.on_call)
        if any(
            part
            for other in self.scheduled
            if other.on_call is made.on_call
            for part in other.within(made)
        ):
            self.note(f"overlaps another shift of {self.day(event.begins)}; the time counts once")
        self.scheduled.append(made)

    def started(self, event: e.ShiftStarted) -> None:
        if self.worked and self.worked[-1].ends is None:
            self.note("a shift was started while another was open; the earlier one ends with it")
            self.end_last(self.worked, event.at)
        self.worked.append(Shift(event.at, None, event.reachable, event.on_call))

    def ended(self, event: e.ShiftEnded) -> None:
        open_shift = bool(self.worked) and self.worked[-1].ends is None
        day = Span(event.at - dt.timedelta(days=2), event.at + dt.timedelta(days=2))
        planned = [
            part
            for shift in self.service().planned(day)
            if shift.covers(event.at)
            for part in shift.within(Span(event.at))
        ]
        if not open_shift and not planned:
            self.note("a shift was ended that had not been started")
        if open_shift:
            self.end_last(self.worked, event.at)
        self.cut += [Span(part.begins, part.ends) for part in planned]

    def absent(self, event: e.AbsenceRecorded) -> None:
        if event.ends is not None and event.ends <= event.begins:
            self.note("the absence ends before it begins, so nobody is away")
            return
        self.absences.append(Absence(event.begins, event.ends, reason=event.reason))

    def returned(self, event: e.ResponderReturned) -> None:
        found = [i for i, away in enumerate(self.absences) if away.covers(event.at)]
        if not found:
            self.note("returned, and was not absent")
        for i in found:
            self.absences[i] = attrs.evolve(self.absences[i], ends=event.at)


_FOLDS: Mapping[type[Event], Callable[[_Folding, Any], None]] = MappingProxyType(
    {
        e.ResponderJoined: _Folding.joined,
        e.RoleChanged: _Folding.role_changed,
        e.ResponderLeft: _Folding.left,
        e.LanguagesRecorded: _Folding.speaks,
        e.VettingPassed: _Folding.vetted,
        e.VettingExpired: _Folding.vetting_expired,
        e.TrainingCompleted: _Folding.completed,
        e.TrainingRenewed: _Folding.renewed,
        e.TrainingRevoked: _Folding.revoked,
        e.ShiftsAssigned: _Folding.assigned,
        e.ShiftScheduled: _Folding.planned,
        e.ShiftStarted: _Folding.started,
        e.ShiftEnded: _Folding.ended,
        e.AbsenceRecorded: _Folding.absent,
        e.ResponderReturned: _Folding.returned,
        e.CriticalIncidentAttended: _Folding.only_kept,
        e.CheckInHeld: _Folding.only_kept,
        e.SupportOffered: _Folding.only_kept,
        e.SupportTaken: _Folding.only_kept,
        e.SupportDeclined: _Folding.only_kept,
    }
)
