"""Words about who sees a record, and for what."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Purpose", "ViewerRole"]


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

    `person` is somebody whom the record is about.
    """

    DISPATCHER = "dispatcher"
    PARTNER_AGENCY = "partner_agency"
    SCHOOL = "school"
    ANALYST = "analyst"
    PERSON = "person"
