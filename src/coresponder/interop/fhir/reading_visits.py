"""Read an Appointment (FHIR R4) of a follow-up of ours: planned, moved, made, missed or canceled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import attrs
from pydantic import AfterValidator, Field, model_validator

from coresponder.domain import events as e
from coresponder.domain.types import is_opaque, opaque_id
from coresponder.domain.vocabulary import FollowUpKind, FollowUpOutcome, MissedReason
from coresponder.interop.fhir.codes import (
    MISSED_REASONS,
    OUTCOME,
    SYSTEMS,
    no_identifier,
    not_recorded,
    system_of,
)
from coresponder.interop.fhir.comparing_visits import OVER, PLANNED, Standing
from coresponder.interop.fhir.history import nothing_known
from coresponder.interop.fhir.pointing import points_elsewhere
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
    one_of_each,
    unread,
    valued,
)
from coresponder.outputs import described
from coresponder.program import Case

__all__ = ["AppointmentResource", "news_of_appointment"]


class _Participant(Shape):
    actor: Reference = Reference()
    status: Text | None = None


def _of_one(about: tuple[Reference, ...]) -> tuple[Reference, ...]:
    one_of_each(tuple(one.identifier for one in about))
    return about


class AppointmentResource(Resource):
    """An Appointment, as far as it is read."""

    names_incident: ClassVar[str] = "Appointment.supportingInformation.identifier"
    status: Text
    start: Time | None = None
    end: Time | None = None
    requested: tuple[Period, ...] = Field((), alias="requestedPeriod")
    type: Concept = Field(Concept(), alias="appointmentType")
    participants: tuple[_Participant, ...] = Field((), alias="participant")
    about: Annotated[tuple[Reference, ...], AfterValidator(_of_one)] = Field((), alias="supportingInformation")  # fmt: skip
    reason: Concept | None = Field(None, alias="cancelationReason")
    extensions: tuple[Told, ...] = Field((), alias="extension")

    @model_validator(mode="after")
    def _says_when(self) -> AppointmentResource:
        if self.meta.updated is None and not (self.status in OVER and (self.end or self.start)):
            raise ValueError("meta.lastUpdated does not say when it changed")
        return self

    @property
    def at(self) -> dt.datetime:
        """When it was made or missed; otherwise when the server had the change."""
        over = (self.end or self.start) if self.status in OVER else None
        found = over or self.meta.updated
        assert found is not None  # noqa: S101 - checked above
        return found

    @property
    def due(self) -> dt.datetime | None:
        """The time of the contact once there is one, otherwise by when it is asked for."""
        return self.start or (self.requested[0].end if self.requested else None)

    def contradiction(self) -> str | None:
        """Return which times cannot all be, None if all can: without a plan or a contact in it, a
        cancellation has none.
        """
        if self.status not in PLANNED | OVER:
            return None
        if self.start and self.end and self.end < self.start:
            return "end: it lies before its start"
        if self.status in OVER:
            return None
        asked = self.requested[0] if self.requested else Period()
        if asked.start and asked.end and asked.end < asked.start:
            return "requestedPeriod: its end lies before its start"
        if self.start and self.start < self.at:
            return (
                f"start: it was {self.status} when its time had passed; record what"
                " became of it by hand"
            )
        return None

    def incident(self, agency: str) -> str | None:
        """Return the incident that it follows, if this agency wrote it."""
        return valued((one.identifier for one in self.about), system_of(agency, "incident"))

    @property
    def incident_systems(self) -> tuple[str | None, ...]:
        """The systems in which it names an incident."""
        return tuple(one.identifier.system for one in self.about)


def news_of_appointment(
    found: AppointmentResource, case: Case, *, agency: str, by: str
) -> FhirNews:
    """Compare an Appointment with the record. The same one has no news the second time."""
    id = found.known_as(system_of(agency, "appointment"))
    if not is_opaque(id) or found.modifiers:
        return FhirNews(not_recorded=(_unusable(found, id, agency),))
    visit = _Visit(found, id, agency, opaque_id(by), Standing.of(case, id, found.at))
    unknown = tuple(visit.unknown())
    try:
        event = visit.event(case)
    except ValueError as error:
        return FhirNews(not_recorded=(f"follow-up {id}: {error}",), left_out=unknown)
    if event is None or case.was_told(event):
        says_when = bool(found.start or found.end)
        odd = visit.was.nothing_new(found.status, found.at, says_when=says_when)
        return FhirNews(odd=tuple(odd), left_out=unknown)
    if why := visit.was.against(event):
        return FhirNews(not_recorded=(why,), left_out=unknown)
    unusual = [*visit.was.odd(found.status, found.at)]
    if isinstance(event, e.FollowUpScheduled) and event.due < event.at:
        unusual.append(f"{id}: the time by which it is due had passed when it was {found.status}")
    return FhirNews(events=(event,), odd=tuple(unusual), left_out=unknown)


def _unusable(found: AppointmentResource, id: str | None, agency: str) -> str:
    """Return why nothing of an Appointment is recorded."""
    if id is None:
        return no_identifier("Appointment.identifier", "appointment", agency, found.systems)
    if found.modifiers:
        return "Appointment.modifierExtension: it is not recorded"
    return f"Appointment.identifier: {described(id)} is no id"


@attrs.frozen
class _Visit:
    found: AppointmentResource
    id: str
    agency: str
    by: str
    was: Standing

    def event(self, case: Case) -> e.Event | None:
        """Return what would record it, None if it says nothing new; raise `ValueError` with the
        reason if it cannot be recorded.
        """
        status = self.found.status
        if why := self.found.contradiction():
            raise ValueError(f"Appointment.{why}")
        if status in PLANNED:
            return self._planned(case)
        if status not in {*OVER, "cancelled"}:
            raise ValueError(not_recorded("Appointment", status))
        if self.was.last is None:
            raise ValueError(nothing_known("follow_up", self.id, case))
        person = self._person(case)
        told: dict[str, Any] = {"at": self.found.at, "by": self.by, "follow_up": self.id}
        if status == "cancelled":
            return self._unless_known(e.FollowUpCancelled(**told))
        if status == "noshow":
            reason = self._missed()
            return self._unless_known(e.FollowUpMissed(**told, reason=reason)) if reason else None
        outcome, kind = self._outcome(), self._kind()
        if outcome is None:
            return None
        return self._unless_known(e.FollowUpDone(**told, kind=kind, outcome=outcome, person=person))

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
                yield f"Appointment.participant[{number}]: nobody of ours, so not compared"
            elif id.system in seen:
                yield f"Appointment.participant[{number}]: only the first of its kind is read"
            seen.add(id.system)
            if one.status not in {None, "needs-action", "accepted"}:
                yield f"Appointment.participant[{number}].status: {described(one.status)}"

    def _planned(self, case: Case) -> e.FollowUpScheduled | None:
        due, was, now = self.found.due, self.was.plan, case.incident.follow_up(self.id)
        if due is None:
            raise ValueError("the Appointment has neither a start nor an end of a requested period")
        owner, person = self._participant("responder"), self._person(case)
        if was is not None and (self.was.status == "planned" or self.was.over_at(self.found.at)):
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
            person=person,
        )

    def _unless_known(self, event: e.Event) -> e.Event | None:
        """Return an event that changes how it stands."""
        return None if self.was.has(event) else event

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
        if any(points_elsewhere(one.actor, case, said) for one in self._with("person")):
            raise ValueError("Appointment.participant: its reference is to another person")
        if said is None:
            return self._plan("person")  # type: ignore[no-any-return]
        if known and said not in known:
            raise ValueError(
                "Appointment.participant: it is with another person than the follow-up"
            )
        if not known and case.incident.person(said) is None:
            raise ValueError("Appointment.participant: the person is nobody of this incident")
        return said

    def _with(self, kind: str) -> list[_Participant]:
        system = system_of(self.agency, kind)
        return [one for one in self.found.participants if one.actor.identifier.system == system]

    def _participant(self, kind: str) -> str | None:
        value = next((one.actor.identifier.value for one in self._with(kind)), None)
        return value if is_opaque(value) else None

    def _outcome(self) -> FollowUpOutcome | None:
        """Return what came of the contact, or None if it is recorded as made and no outcome is
        given. That somebody was reached is never guessed.
        """
        codes = {one.code for one in self.found.extensions if one.url == OUTCOME}
        if not codes and self.was.knows(e.FollowUpDone):
            return None
        if not codes:
            raise ValueError(
                f"it was fulfilled, and no extension {OUTCOME} says what came of it"
                f" ({', '.join(FollowUpOutcome)}); ask, and record FollowUpDone by hand"
            )
        (code, *others) = codes
        if others:
            raise ValueError("Appointment.extension: it says several outcomes")
        if code not in set(FollowUpOutcome):
            raise ValueError(f"Appointment.extension: {described(code)} is no outcome of ours")
        return FollowUpOutcome(code)

    def _missed(self) -> MissedReason | None:
        """Return why it was missed, or None if it is recorded as missed and no reason is given;
        nothing is guessed, because it is counted and acted on.
        """
        reason = self.found.reason
        text = reason.text if reason else None
        code = code_in(reason, SYSTEMS["cancelation"])
        told = {MissedReason(text)} if text in set(MissedReason) else set()
        told |= {MISSED_REASONS[code]} if code and code in MISSED_REASONS else set()
        if len(told) == 1:
            return told.pop()
        if reason is None and self.was.knows(e.FollowUpMissed):
            return None
        raise ValueError(
            "Appointment.cancelationReason: it does not say why the contact was missed in one code"
            " of ours; record it by hand"
        )
