"""Read an Appointment (FHIR R4) of a follow-up of ours: planned, moved, made, missed or canceled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from pydantic import Field, model_validator

from coresponder.domain import events as e
from coresponder.domain.types import opaque_id
from coresponder.domain.vocabulary import FollowUpKind, FollowUpOutcome, MissedReason
from coresponder.interop.fhir.codes import MISSED_REASONS, OUTCOME, SYSTEMS, system_of
from coresponder.interop.fhir.shape import (
    Concept,
    FhirNews,
    Period,
    Reference,
    Resource,
    Shape,
    Text,
    Time,
    Told,
    code_in,
    is_in,
    is_opaque,
    unread,
    valued,
)
from coresponder.outputs import described
from coresponder.program import Case

__all__ = ["AppointmentResource", "news_of_appointment"]

_PLANNED = frozenset({"proposed", "pending", "booked", "waitlist"})
_OVER = frozenset({"fulfilled", "noshow"})


class _Participant(Shape):
    actor: Reference = Reference()
    status: Text | None = None


class AppointmentResource(Resource):
    """An Appointment, as far as it is read."""

    status: Text
    start: Time | None = None
    end: Time | None = None
    requested: tuple[Period, ...] = Field((), alias="requestedPeriod")
    type: Concept = Field(Concept(), alias="appointmentType")
    participants: tuple[_Participant, ...] = Field((), alias="participant")
    about: tuple[Reference, ...] = Field((), alias="supportingInformation")
    reason: Concept | None = Field(None, alias="cancelationReason")
    extensions: tuple[Told, ...] = Field((), alias="extension")

    @model_validator(mode="after")
    def _says_when(self) -> AppointmentResource:
        if self.meta.updated is None and not (self.status in _OVER and (self.end or self.start)):
            raise ValueError("meta.lastUpdated does not say when it changed")
        return self

    @property
    def at(self) -> dt.datetime:
        """When it was made or missed; otherwise when the server had the change."""
        over = (self.end or self.start) if self.status in _OVER else None
        found = over or self.meta.updated
        assert found is not None  # noqa: S101 - checked above
        return found

    @property
    def due(self) -> dt.datetime | None:
        """The time of the contact once there is one, otherwise by when it is asked for."""
        return self.start or (self.requested[0].end if self.requested else None)

    def incident(self, agency: str) -> str | None:
        """Return the incident that it follows, if this agency wrote it."""
        return valued((one.identifier for one in self.about), system_of(agency, "incident"))


def news_of_appointment(
    found: AppointmentResource, case: Case, *, agency: str, by: str
) -> FhirNews:
    """Compare an Appointment with the record. The same one has no news the second time."""
    id = found.known_as(system_of(agency, "appointment"))
    if not is_opaque(id):
        return FhirNews(left_out=("the Appointment is of no follow-up of this agency",))
    if found.modifiers:
        return FhirNews(left_out=("Appointment.modifierExtension: it is not recorded",))
    told = [entry.event for entry in case.entries() if entry.happened and _of(entry.event) == id]
    visit = _Visit(found, id, agency, opaque_id(by), _as_of(told, found.at))
    try:
        event = visit.event(case)
    except ValueError as error:
        return FhirNews(left_out=(str(error), *visit.unknown()))
    unknown = tuple(visit.unknown())
    if event is None or case.was_told(event):
        return FhirNews(left_out=unknown)
    if {type(event), type(visit.was.last)} == _DECISIONS and event.at == visit.was.last.at:  # type: ignore[union-attr]
        why = f"{id}: it was planned and canceled at one time; record which is meant"
        return FhirNews(left_out=(why, *unknown))
    return FhirNews(events=(event,), odd=tuple(visit.odd(told)), left_out=unknown)


@attrs.frozen
class _Standing:
    """How a follow-up stood: its last plan, what happened last, and how that left it."""

    plan: e.FollowUpScheduled | None = None
    last: e.Event | None = None

    @property
    def status(self) -> str:
        return _WORDS[type(self.last)] if self.last is not None else "unknown"


_WORDS: Mapping[type[e.Event], str] = {
    e.FollowUpScheduled: "planned",
    e.FollowUpDone: "made",
    e.FollowUpMissed: "missed",
    e.FollowUpCancelled: "canceled",
}


_DECISIONS = {e.FollowUpScheduled, e.FollowUpCancelled}


def _of(event: e.Event) -> str | None:
    return event.follow_up if type(event) in _WORDS else None  # type: ignore[attr-defined]


def _as_of(told: list[e.Event], at: dt.datetime) -> _Standing:
    before = [event for event in told if event.at <= at]
    plans = [event for event in before if isinstance(event, e.FollowUpScheduled)]
    return _Standing(plans[-1] if plans else None, before[-1] if before else None)


@attrs.frozen
class _Visit:
    found: AppointmentResource
    id: str
    agency: str
    by: str
    was: _Standing

    def event(self, case: Case) -> e.Event | None:
        """Return what would record it, None if it says nothing new; raise `ValueError` with the
        reason if it cannot be recorded.
        """
        status = self.found.status
        if status in _PLANNED:
            return self._planned(case)
        if status not in {*_OVER, "cancelled"}:
            raise ValueError(f"Appointment.status: {described(status)}")
        if self.was.last is None:
            raise ValueError("the Appointment is of no follow-up of this incident")
        told: dict[str, Any] = {"at": self.found.at, "by": self.by, "follow_up": self.id}
        if status == "cancelled":
            return self._unless_known(e.FollowUpCancelled(**told))
        if status == "noshow":
            return self._unless_known(e.FollowUpMissed(**told, reason=self._missed()))
        return self._unless_known(
            e.FollowUpDone(
                **told,
                kind=self._kind(),
                outcome=self._outcome(),
                person=self._person(case),
            )
        )

    def odd(self, told: list[e.Event]) -> Iterator[str]:
        """Yield what is unusual about it."""
        if self.found.status in _PLANNED and self.was.status in {"made", "canceled"}:
            yield f"{self.id}: planned again after it was {self.was.status}"
        if told and told[-1].at > self.found.at:
            yield (
                f"{self.id}: {self.found.status} is older than what was recorded last; it is kept in"
                " its place"
            )

    def unknown(self) -> Iterator[str]:
        """Yield what is not read."""
        yield from unread(self.found, "Appointment", ("created",))
        for told in self.found.extensions:
            if told.url != OUTCOME:
                yield f"Appointment.extension: {described(told.url)}"
        if self.found.type.text not in {None, *FollowUpKind}:
            yield f"Appointment.appointmentType: {described(self.found.type.text)}"
        ours = {system_of(self.agency, "person"), system_of(self.agency, "responder"), "urn:ietf:rfc:3986"}  # fmt: skip
        for number, _ in enumerate(self.found.requested[1:], start=1):
            yield f"Appointment.requestedPeriod[{number}]: only the first one is read"
        seen: set[str | None] = set()
        for number, one in enumerate(self.found.participants):
            id = one.actor.identifier
            if id.system not in ours or not is_opaque(id.value):
                yield f"Appointment.participant[{number}]: nobody of ours"
            elif id.system in seen:
                yield f"Appointment.participant[{number}]: only the first of its kind is read"
            seen.add(id.system)
            if one.status not in {None, "needs-action", "accepted"}:
                yield f"Appointment.participant[{number}].status: {described(one.status)}"

    def _planned(self, case: Case) -> e.FollowUpScheduled | None:
        due, was, now = self.found.due, self.was.plan, case.incident.follow_up(self.id)
        if due is None:
            raise ValueError("the Appointment has neither a start nor an end of a requested period")
        owner = self._participant("responder")
        if was is not None and self.was.status == "planned":
            owners = {None, was.owner, now.owner if now else None}
            if (due, self._kind()) == (was.due, was.kind) and owner in owners:
                return None
        return e.FollowUpScheduled(
            at=self.found.at,
            by=self.by,
            follow_up=self.id,
            kind=self._kind(),
            due=due,
            owner=owner or (now.owner if now else None) or self._plan("owner"),
            person=self._person(case),
        )

    def _unless_known(self, event: e.Event) -> e.Event | None:
        """Return an event that changes how it stands."""
        last = self.was.last
        same = type(last) is type(event) and all(
            getattr(last, name, None) == getattr(event, name, None)
            for name in ("outcome", "reason")
        )
        return None if same else event

    def _plan(self, field: str) -> Any:
        return getattr(self.was.plan, field, None)

    def _kind(self) -> FollowUpKind:
        text = self.found.type.text
        if text in set(FollowUpKind):
            return FollowUpKind(text)
        if self.was.last is None or (kind := getattr(self.was.plan or self.was.last, "kind", None)) is None:  # fmt: skip
            raise ValueError("Appointment.appointmentType: no kind of follow-up of ours")
        return FollowUpKind(kind)

    def _person(self, case: Case) -> str | None:
        """Return whom the contact is with; raise `ValueError` for another person than the record
        has, or for nobody of the incident.
        """
        said, now = self._participant("person"), case.incident.follow_up(self.id)
        known = {self._plan("person"), now.person if now else None} - {None}
        if said is None:
            return self._plan("person")  # type: ignore[no-any-return]
        if known and said not in known:
            raise ValueError(
                "Appointment.participant: it is with another person than the follow-up"
            )
        if not known and not is_in(case, said):
            raise ValueError("Appointment.participant: the person is nobody of this incident")
        return said

    def _participant(self, kind: str) -> str | None:
        ids = (one.actor.identifier for one in self.found.participants)
        value = valued(ids, system_of(self.agency, kind))
        return value if is_opaque(value) else None

    def _outcome(self) -> FollowUpOutcome:
        codes = {one.code for one in self.found.extensions if one.url == OUTCOME}
        if not codes:
            return FollowUpOutcome.REACHED
        (code, *others) = codes
        if others:
            raise ValueError("Appointment.extension: it says several outcomes")
        if code not in set(FollowUpOutcome):
            raise ValueError(f"Appointment.extension: {described(code)} is no outcome of ours")
        return FollowUpOutcome(code)

    def _missed(self) -> MissedReason:
        """Return why it was missed; nothing is guessed, because it is counted and acted on."""
        reason = self.found.reason
        text = reason.text if reason else None
        if text in set(MissedReason):
            return MissedReason(text)
        code = code_in(reason, SYSTEMS["cancelation"])
        if code is not None and code in MISSED_REASONS:
            return MISSED_REASONS[code]
        raise ValueError(
            "Appointment.cancelationReason: it does not say why the contact was missed in a code of"
            " ours; record it by hand"
        )
