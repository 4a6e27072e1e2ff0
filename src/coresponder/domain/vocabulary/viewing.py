"""Words about who sees a record, and for what."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["AccessFinding", "AccessReason", "Purpose", "ViewerRole"]


class Purpose(StrEnum):
    """What a record is seen or shared for.

    Sources: HIPAA, 45 CFR 164.501 (treatment, health care operations, research) and 164.512(d)
    (oversight).
    """

    TREATMENT = "treatment"
    OPERATIONS = "operations"
    OVERSIGHT = "oversight"
    RESEARCH = "research"


class ViewerRole(StrEnum):
    """Who sees a record besides those who respond, each of whom has the role in which they respond.

    `person` is somebody whom the record is about. `privacy_official` answers for who saw what (45
    CFR 164.530(a)(1)(i)).
    """

    DISPATCHER = "dispatcher"
    PARTNER_AGENCY = "partner_agency"
    SCHOOL = "school"
    ANALYST = "analyst"
    PERSON = "person"
    PRIVACY_OFFICIAL = "privacy_official"


class AccessReason(StrEnum):
    """Why somebody opens an emergency access (break glass). Details go to the vault.

    Sources: 45 CFR 164.512(j)(1)(i), a serious and imminent threat; 42 CFR 2.51(a), a medical
    emergency.
    """

    IMMINENT_DANGER = "imminent_danger"
    MEDICAL_EMERGENCY = "medical_emergency"


class AccessFinding(StrEnum):
    """What the review of an emergency access found."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"
