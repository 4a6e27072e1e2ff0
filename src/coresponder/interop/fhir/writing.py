"""Write what follows an incident as HL7 FHIR R4: the incident as Encounter, consents as Consent,
referrals as ServiceRequest and Task (SDOH Clinical Care 3.0.0), follow-ups as Appointment.

People, agencies and services are pointed to by an identifier. No name, birth date or note is
written; the receiving system knows its own patient, or asks.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import Consent, FollowUp, Referral
from coresponder.domain.spoken import say_word
from coresponder.domain.types import opaque_id
from coresponder.domain.vocabulary import (
    ConsentGiver,
    ConsentScope,
    ConsentStatus,
    PersonRole,
    ReceiverKind,
)
from coresponder.errors import NotFound
from coresponder.interop.fhir.codes import (
    APPOINTMENT_STATUSES,
    CATEGORIES,
    CONSENT_SCOPES,
    CONSENT_STATUSES,
    GIVER_CODES,
    GROUND,
    NO_CATEGORY,
    OUTCOME,
    PROFILES,
    RECEIVER_KIND,
    REQUEST_STATUSES,
    business_status,
    concept,
    output_of,
    purpose_of_use,
    system_of,
)
from coresponder.interop.fhir.history import (
    EVENTS,
    Change,
    changes_of,
    happened_in,
    nothing_known,
    placed_in,
)
from coresponder.program import Case
from coresponder.program.told import UNKNOWN_STATE

__all__ = ["NAMESPACE", "READS", "bundle_of"]

_Resource = dict[str, Any]
NAMESPACE = uuid.UUID("d0a1a2c5-0a3a-5a53-8b7e-5f7b1c9a2e60")
READS = frozenset(
    event.__name__
    for event in (
        e.CallReceived, e.IncidentClosed, e.IncidentCancelled, e.IncidentReopened, e.PersonInvolved,
        e.PersonIdentified, e.ConsentGiven, e.ConsentDeclined, e.ConsentWithdrawn, *EVENTS,
        e.FollowUpScheduled, e.FollowUpDone, e.FollowUpMissed, e.FollowUpCancelled,
    )
)  # fmt: skip
"""The event types of which a bundle tells something."""
_DAY = dt.timedelta(days=1)
_ENDED = {UNKNOWN_STATE: "unknown", "closed": "finished", "cancelled": "cancelled", "new": "planned", "received": "planned", "triaged": "planned", "dispatched": "planned", "en_route": "planned"}  # fmt: skip


def bundle_of(
    case: Case,
    *,
    agency: str,
    referral: str | None = None,
    days: Mapping[dt.datetime, dt.date] = MappingProxyType({}),
    says: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what FHIR has a word for in an incident, as a collection ready for JSON.

    Args:
        case: the incident.
        agency: who writes it: the agency's globally unique id, usually a domain name.
        referral: only this referral, with the consents and follow-ups of its person: what the
            service needs, and nothing of the rest of the family. By default everything.
        days: instants of which only the day is told. Where FHIR asks for an instant, it is left
            out; a contact of which only the day is told takes all of it.
        says: what must be told along with it, as labels of the bundle.

    Raises:
        ValueError: the agency is not an opaque id, or nothing happened in the incident.
        NotFound: there is no such referral.
    """
    happened = happened_in(case)
    if not happened:
        raise ValueError(f"incident {case.id}: nothing happened in it that could be written")
    about = None
    if referral is not None:
        only = case.incident.referral(referral)
        if only is None:
            raise NotFound(nothing_known("referral", referral, case))
        about = only.person
    writer = _Writer(
        case=case,
        agency=opaque_id(agency),
        happened=happened,
        placed=placed_in(case),
        referral=referral,
        about=about,
        days=days,
    )
    return {
        "resourceType": "Bundle",
        **({"meta": {"security": [{"display": one} for one in says]}} if says else {}),
        "type": "collection",
        **writer.instant("timestamp", case.last_at),
        "entry": [
            {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
            for resource in writer.resources()
        ],
    }


@attrs.frozen(kw_only=True)
class _Writer:
    case: Case
    agency: str
    happened: tuple[e.Event, ...]
    placed: tuple[e.Event, ...]
    referral: str | None
    about: str | None
    days: Mapping[dt.datetime, dt.date]

    def resources(self) -> Iterator[_Resource]:
        yield self._encounter()
        yield from self._consents()
        for referral in self.case.incident.referrals:
            if self.referral in {None, referral.id}:
                yield from self._referral(referral)
        for follow_up in self.case.incident.follow_ups:
            if self.about in {None, follow_up.person}:
                yield self._appointment(follow_up)

    # --- parts that all have ---------------------------------------------------------------------

    def _id(self, kind: str, *names: str) -> str:
        return str(uuid.uuid5(NAMESPACE, "\n".join((self.agency, self.case.id, kind, *names))))

    def _resource(self, kind: str, *names: str, identifier: str | None = None) -> _Resource:
        found: _Resource = {"resourceType": kind, "id": self._id(kind, *names)}
        if kind in PROFILES:
            found["meta"] = {"profile": [PROFILES[kind]]}
        if identifier is not None:
            found["identifier"] = [{"system": system_of(self.agency, kind.lower()), "value": identifier}]  # fmt: skip
        return found

    def _local(self, kind: str, *names: str) -> _Resource:
        return {"reference": f"urn:uuid:{self._id(kind, *names)}"}

    def _known_as(self, type: str, kind: str, id: str) -> _Resource:
        return {"type": type, "identifier": {"system": system_of(self.agency, kind), "value": id}}

    def _person(self, id: str) -> _Resource:
        return self._known_as("Patient", "person", id)

    def _us(self) -> _Resource:
        return {"type": "Organization", "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:coresponder:{self.agency}"}}  # fmt: skip

    def _time(self, at: dt.datetime) -> str:
        """Return a FHIR dateTime: a day, if only the day is told."""
        return self.days.get(at, at).isoformat()

    def instant(self, name: str, at: dt.datetime) -> _Resource:
        """Return an element that takes only an instant; nothing, if only the day is told."""
        return {} if at in self.days else {name: at.isoformat()}

    def _until(self, due: dt.datetime | None) -> _Resource:
        return {"restriction": {"period": {"end": self._time(due)}}} if due else {}

    # --- one after another -----------------------------------------------------------------------

    def _encounter(self) -> _Resource:
        incident = self.case.incident
        status = _ENDED.get(self.case.state, "in-progress")
        seen = [p.id for p in incident.people if PersonRole.PERSON_IN_CRISIS in p.roles]
        if self.about is not None:
            seen = [self.about]
        period = {"start": self._time(self.happened[0].at)}
        ended = [one.at for one in self.happened if isinstance(one, e.IncidentClosed | e.IncidentCancelled)]  # fmt: skip
        if status in {"finished", "cancelled"} and ended:
            period["end"] = self._time(max(ended[-1], self.happened[0].at))
        found = self._resource("Encounter", identifier=self.case.id) | {
            "status": status,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "FLD"},
            "period": period,
            "serviceProvider": self._us(),
        }
        return found | ({"subject": self._person(seen[0])} if len(seen) == 1 else {})

    def _consents(self) -> Iterator[_Resource]:
        """Yield each consent of each person, and where it stands at the last event."""
        for person in self.case.incident.people:
            if self.about in {None, person.id}:
                last = {_names(person.id, one): one for one in person.consents}
                yield from (self._consent(names, one) for names, one in last.items())

    def _consent(self, names: tuple[str, ...], one: Consent) -> _Resource:
        part_2 = one.scope is ConsentScope.SUBSTANCE_USE_RECORDS
        found = self._resource("Consent", *names, identifier="/".join(names))
        if one.id is not None:
            id = {"system": system_of(self.agency, "consent-id"), "value": one.id}
            found["identifier"].append(id)
        return found | {
            **self._giver(names[0], one.given_by),
            **_extension(GROUND, one.ground),
            "status": CONSENT_STATUSES[one.status],
            "scope": concept("scope", CONSENT_SCOPES.get(one.scope, "patient-privacy"), one.scope),
            "category": [concept("act", "IDSCL")],
            "patient": self._person(names[0]),
            "dateTime": self._time(one.since),
            "organization": [self._us()],
            "sourceAttachment": {
                "url": f"{system_of(self.agency, 'incident')}:{self.case.id}",
                "title": f"Recorded in incident {self.case.id}",
            },
            "policyRule": concept("policy", "hipaa-auth", "42 CFR Part 2" if part_2 else None),
            "provision": self._provision(one),
        }

    def _giver(self, person: str, by: ConsentGiver | None) -> _Resource:
        """Return who gave it: the person, or who did in the person's place."""
        if by is None:
            return {"performer": [self._person(person)]}
        system, code = GIVER_CODES[by]
        is_whom = [{"coding": [{"system": system, "code": code}], "text": by.value}]
        giver: _Resource = {"resourceType": "Organization", "id": "giver", "type": is_whom}
        if by is ConsentGiver.GUARDIAN:
            patient = self._person(person)
            giver = {"resourceType": "RelatedPerson", "id": "giver", "patient": patient, "relationship": is_whom}  # fmt: skip
        return {"contained": [giver], "performer": [{"reference": "#giver"}]}

    def _provision(self, one: Consent) -> _Resource:
        """Return whether it permits, until when, to whom, and for what."""
        found: _Resource = {"type": "permit" if one.status is ConsentStatus.GIVEN else "deny"}
        if one.until is not None:
            found["period"] = {"end": self._time(one.until)}
        to = [self._known_as("Organization", "receiver", one.receiver)] if one.receiver else []
        to += [_any(one.receiver_kind)] if one.receiver_kind else []
        if to:
            role = concept("participation", "IRCP")
            found["actor"] = [{"role": role, "reference": reference} for reference in to]
        if one.purpose is not None:
            found["purpose"] = [purpose_of_use(one.purpose)]
        return found

    def _referral(self, referral: Referral) -> Iterator[_Resource]:
        changes = changes_of(self.placed, referral.id)
        if not changes:
            return
        status, first, last = referral.status.value, changes[0].event, changes[-1]
        request = self._resource("ServiceRequest", referral.id, identifier=referral.id)
        yield request | {
            "status": REQUEST_STATUSES[status],
            "intent": "order",
            "category": [
                concept("temporary", CATEGORIES.get(referral.need, NO_CATEGORY), referral.need)
            ],
            "code": concept("snomed", "3457005", referral.need),
            "subject": self._person(referral.person),
            "encounter": self._local("Encounter"),
            "authoredOn": self._time(first.at),
            "requester": self._us(),
            **self._owner(referral, "performer"),
            **self._supported_by(referral),
        }
        task = self._resource("Task", referral.id, identifier=referral.id)
        yield task | {
            "groupIdentifier": {
                "system": system_of(self.agency, "incident"),
                "value": self.case.id,
            },
            "status": status,
            **_reason(last),
            **business_status(status),
            "intent": "order",
            "code": concept("task", "fulfill"),
            "focus": self._local("ServiceRequest", referral.id),
            "for": self._person(referral.person),
            "encounter": self._local("Encounter"),
            "authoredOn": self._time(first.at),
            "lastModified": self._time(max(last.event.at, first.at)),
            "requester": self._us(),
            **self._owner(referral, "owner"),
            **self._until(referral.due),
            **output_of(status),
        }

    def _owner(self, referral: Referral, name: str) -> _Resource:
        if referral.service is None:
            return {}
        service = self._known_as("HealthcareService", "service", referral.service)
        return {name: [service] if name == "performer" else service}

    def _supported_by(self, referral: Referral) -> _Resource:
        """Point to the consents of the person that stand at the last event."""
        person = self.case.incident.person(referral.person)
        found = [
            self._local("Consent", *_names(referral.person, one))
            for one in (person.consents if person else ())
            if one.status is ConsentStatus.GIVEN
            and (one.until is None or self.case.last_at <= one.until)
        ]
        return {"supportingInfo": found} if found else {}

    def _appointment(self, follow_up: FollowUp) -> _Resource:
        about = [v for v in self.placed if getattr(v, "follow_up", None) == follow_up.id]
        status = APPOINTMENT_STATUSES[follow_up.status.value]
        when = about[-1].at if about else follow_up.due
        times: _Resource = {"requestedPeriod": [{"end": self._time(follow_up.due)}]}
        missed = getattr(about[-1], "reason", None) if about and status == "noshow" else None
        if missed is not None:
            times["cancelationReason"] = {"text": missed.value}
        if status in {"fulfilled", "noshow"}:
            length = _DAY if when in self.days else dt.timedelta(0)
            times |= {"start": when.isoformat(), "end": (when + length).isoformat()}
        who = [self._person(follow_up.person)] if follow_up.person else []
        who += [self._known_as("Practitioner", "responder", follow_up.owner)] if follow_up.owner else []  # fmt: skip
        found = self._resource("Appointment", follow_up.id, identifier=follow_up.id)
        incident = {"system": system_of(self.agency, "incident"), "value": self.case.id}
        return found | {
            **_meta(self.instant("lastUpdated", when)),
            **_extension(OUTCOME, follow_up.outcome),
            "status": status,
            "supportingInformation": [self._local("Encounter") | {"identifier": incident}],
            "appointmentType": {"text": follow_up.kind.value},
            **times,
            "participant": [
                {"actor": one, "status": "needs-action"} for one in who or [self._us()]
            ],
        }


def _meta(said: _Resource) -> _Resource:
    return {"meta": said} if said else {}


def _names(person: str, one: Consent) -> tuple[str, ...]:
    """Return what a consent is known by: its person, scope, and its id or else its terms."""
    terms = [one.id] if one.id else [one.receiver, one.receiver_kind, one.purpose]
    return (person, one.scope, *(term for term in terms if term))


def _any(kind: ReceiverKind) -> _Resource:
    """Point to any receiver of a kind."""
    return {
        "identifier": {"system": RECEIVER_KIND, "value": kind.value},
        "display": f"any {say_word(kind)}",
    }


def _extension(url: str, code: StrEnum | None) -> _Resource:
    return {"extension": [{"url": url, "valueCode": code.value}]} if code is not None else {}


def _reason(last: Change) -> _Resource:
    """Return the reason of the status; SDOH Clinical Care wants a text with a status that says no."""
    return {"statusReason": {"text": last.reason.value}} if last.reason else {}
