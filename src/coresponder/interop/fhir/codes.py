"""Which FHIR code says what one of our words says.

Sources: SDOH Clinical Care 3.0.0 (categories, temporary codes), BSeR (business status), HL7
Terminology (consent, encounter).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from coresponder.domain.vocabulary import ConsentGiver, ConsentScope, MissedReason, Need, Purpose
from coresponder.outputs import described

__all__ = [
    "APPOINTMENT_STATUSES", "BUSINESS_STATUSES", "CATEGORIES", "CONSENT_SCOPES", "CONSENT_STATUSES", "GIVER_CODES", "GROUND",
    "MISSED_REASONS", "NAMELESS", "NO_CATEGORY", "OURS", "OUTCOME", "PROFILES", "RECEIVER_KIND", "REQUEST_STATUSES", "STATUSES", "SYSTEMS", "TEMPORARY",
    "business_status", "concept", "elsewhere", "no_identifier", "not_recorded", "output_of", "purpose_of_use", "system_of",
]  # fmt: skip

_SDOHCC = "http://hl7.org/fhir/us/sdoh-clinicalcare"
_TERMS = "http://terminology.hl7.org/CodeSystem"
TEMPORARY = f"{_SDOHCC}/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
PROFILES: Mapping[str, str] = {
    "ServiceRequest": f"{_SDOHCC}/StructureDefinition/SDOHCC-ServiceRequest",
    "Task": f"{_SDOHCC}/StructureDefinition/SDOHCC-TaskForReferralManagement",
    "Consent": f"{_SDOHCC}/StructureDefinition/SDOHCC-Consent",
}
NO_CATEGORY = "sdoh-category-unspecified"
CATEGORIES: Mapping[Need, str] = {
    Need.HOUSING: "housing-instability", Need.FOOD: "food-insecurity", Need.TRANSPORT: "transportation-insecurity",
    Need.EMPLOYMENT: "employment-status", Need.EDUCATION: "educational-attainment", Need.VETERAN_SERVICES: "veteran-status",
}  # fmt: skip
"""The SDOH category of a need. The others have none of their own, and our word stands beside it."""
REQUEST_STATUSES: Mapping[str, str] = {
    "draft": "draft", "requested": "active", "accepted": "active", "in-progress": "active", "on-hold": "active",
    "completed": "completed", "rejected": "revoked", "failed": "revoked", "cancelled": "revoked",
}  # fmt: skip
"""The status of a ServiceRequest, which its requester sets, by that of its Task."""
_BSER = "http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS"
BUSINESS_STATUSES: Mapping[str, tuple[str, str]] = {
    "requested": ("2.0", "Service Request Created"),
    "accepted": ("3.0", "Service Request Accepted"),
    "rejected": ("4.0", "Service Request Declined"),
    "in-progress": ("5.1.4", "Service Request Event Completed"),
    "cancelled": ("6.0", "Service Request Fulfillment Cancelled"),
    "completed": ("7.0", "Service Request Fulfillment Completed"),
}
CONSENT_STATUSES: Mapping[str, str] = {
    "given": "active", "declined": "rejected", "withdrawn": "inactive",
}  # fmt: skip
CONSENT_SCOPES: Mapping[ConsentScope, str] = {ConsentScope.SERVICES: "treatment"}
"""The scope of a consent; any other is `patient-privacy`."""
APPOINTMENT_STATUSES: Mapping[str, str] = {
    "scheduled": "proposed", "done": "fulfilled", "missed": "noshow", "cancelled": "cancelled",
}  # fmt: skip
_PURPOSES: Mapping[Purpose, str] = {
    Purpose.TREATMENT: "TREAT", Purpose.OPERATIONS: "HOPERAT", Purpose.RESEARCH: "HRESCH",
}  # fmt: skip
"""The HL7 purpose of use. Oversight has none, and is written as a code of ours."""
SYSTEMS: Mapping[str, str] = {
    "snomed": "http://snomed.info/sct",
    "task": "http://hl7.org/fhir/CodeSystem/task-code",
    "temporary": TEMPORARY,
    "bser": _BSER,
    "scope": f"{_TERMS}/consentscope",
    "act": f"{_TERMS}/v3-ActCode",
    "participation": f"{_TERMS}/v3-ParticipationType",
    "policy": f"{_TERMS}/consentpolicycodes",
    "cancelation": f"{_TERMS}/appointment-cancellation-reason",
}
GIVER_CODES: Mapping[ConsentGiver, tuple[str, str]] = {
    ConsentGiver.GUARDIAN: (f"{_TERMS}/v3-RoleCode", "GUARD"),
    ConsentGiver.COURT: ("urn:coresponder:consent-giver", "court"),
}
"""Who gave a consent: the relationship of a RelatedPerson, or the type of an Organization."""
GROUND = "urn:coresponder:consent-ground"
"""The extension that says why somebody may consent: R4 has no element for it."""
OUTCOME = "urn:coresponder:follow-up-outcome"
"""The extension that says what came of a follow-up: R4 has no element for it."""
RECEIVER_KIND = "urn:coresponder:receiver-kind"
MISSED_REASONS: Mapping[str, MissedReason] = {
    "pat-mv": MissedReason.MOVED, "prov": MissedReason.NO_STAFF, "prov-pers": MissedReason.NO_STAFF,
}  # fmt: skip
"""The published reasons of a canceled or missed appointment that say the same as one of ours."""


STATUSES: Mapping[str, tuple[str, ...]] = {
    "Task": ("draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold", "failed", "completed", "entered-in-error"),
    "ServiceRequest": ("draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"),
    "Consent": ("draft", "proposed", "active", "rejected", "inactive", "entered-in-error"),
    "Appointment": ("proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error", "checked-in", "waitlist"),
    "Encounter": ("planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown"),
}  # fmt: skip
"""The value sets of `status` in FHIR R4, which are required."""
_VOID = "entered-in-error"
OURS = "urn:coresponder:"
"""With this begin the systems of our identifiers."""
NAMELESS = f"{OURS}default:"
"""With this begin those of every agency that gave no id."""
_AGENCY = re.compile(
    r"urn:coresponder:(?P<agency>[A-Za-z0-9][\w.-]{0,99}):(?P<kind>[a-z-]+)(?::|$)"
)


def not_recorded(kind: str, status: str) -> str:
    """Say that a status is not recorded. A word that is no code of FHIR is not repeated.

    >>> not_recorded("Task", "received")
    'Task.status: received is nothing that the record has an event for'
    """
    if status not in STATUSES[kind]:
        return f"{kind}.status: {described(status)} is no status of FHIR R4"
    if status == _VOID:
        return f"{kind}.status: {status}; if the record has it, enter that in error by hand"
    return f"{kind}.status: {status} is nothing that the record has an event for"


def no_identifier(where: str, kind: str, agency: str, found: Iterable[str | None]) -> str:
    """Say by which identifier something is found, and where to find the number.

    Args:
        where: the element that has none.
        kind: the kind of identifier.
        agency: this agency.
        found: the systems of those that it has.
    """
    return (
        f"{where}: it has none of the system {system_of(agency, kind)}, by which it is found; what"
        f" `coresponder export fhir` writes has it{elsewhere(found, kind)}"
    )


def elsewhere(systems: Iterable[str | None], kind: str) -> str:
    """Return a hint at another agency whose identifier something has; nothing without one.

    >>> elsewhere(["urn:coresponder:police.example.org:task"], "task")
    '; it has that of police.example.org: if that is this agency, say so with --agency-id'
    """
    found = (_AGENCY.match(one or "") for one in systems)
    agency = next((one["agency"] for one in found if one and one["kind"] == kind), None)
    if agency is None:
        return ""
    return f"; it has that of {agency}: if that is this agency, say so with --agency-id"


def system_of(agency: str, kind: str) -> str:
    """Return the system of an agency's identifiers: of a `person`, a `referral`, an `incident`.

    >>> system_of("police.example.org", "referral")
    'urn:coresponder:police.example.org:referral'
    """
    return f"{OURS}{agency}:{kind}"


def concept(system: str, code: str, text: str | None = None) -> dict[str, Any]:
    """Return a CodeableConcept.

    >>> concept("task", "fulfill")
    {'coding': [{'system': 'http://hl7.org/fhir/CodeSystem/task-code', 'code': 'fulfill'}]}
    """
    said: dict[str, Any] = {"coding": [{"system": SYSTEMS[system], "code": code}]}
    return said | ({"text": text} if text else {})


def business_status(status: str) -> dict[str, Any]:
    """Return the BSeR code that a Task has with a status."""
    if status not in BUSINESS_STATUSES:
        return {}
    code, said = BUSINESS_STATUSES[status]
    return {"businessStatus": concept("bser", code, said)}


def output_of(status: str) -> dict[str, Any]:
    """Say that something was done; what it was, the service says."""
    if status != "completed":
        return {}
    done = concept("snomed", "410606002", "Social service procedure")
    return {"output": [{"type": concept("temporary", "resulting-activity"), "valueCodeableConcept": done}]}  # fmt: skip


def purpose_of_use(purpose: Purpose) -> dict[str, str]:
    """Return a purpose as a Coding.

    >>> purpose_of_use(Purpose.TREATMENT)
    {'system': 'http://terminology.hl7.org/CodeSystem/v3-ActReason', 'code': 'TREAT'}
    >>> purpose_of_use(Purpose.OVERSIGHT)
    {'system': 'urn:coresponder:purpose', 'code': 'oversight'}
    """
    code = _PURPOSES.get(purpose)
    if code is None:
        return {"system": "urn:coresponder:purpose", "code": purpose.value}
    return {"system": f"{_TERMS}/v3-ActReason", "code": code}
