"""Words about the record: why a policy is overridden, why an entry is void."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["IncidentLink", "OverrideReason", "VoidReason"]


class OverrideReason(StrEnum):
    """Why a refused step was taken all the same (break glass). Details go to the vault."""

    IMMINENT_DANGER = "imminent_danger"
    MEDICAL_EMERGENCY = "medical_emergency"
    SUPERVISOR_ORDER = "supervisor_order"
    COURT_ORDER = "court_order"
    PERSON_REQUESTED = "person_requested"
    NOT_POSSIBLE = "not_possible"
    SYSTEM_OUTAGE = "system_outage"


class VoidReason(StrEnum):
    """Why an event was entered in error."""

    WRONG_INCIDENT = "wrong_incident"
    WRONG_PERSON = "wrong_person"
    WRONG_TIME = "wrong_time"
    DUPLICATE = "duplicate"
    DID_NOT_HAPPEN = "did_not_happen"


class IncidentLink(StrEnum):
    """What another incident is to this one.

    `duplicate` is the same event under another number; it was merged into this one.
    """

    PARENT = "parent"
    CHILD = "child"
    RELATED = "related"
    DUPLICATE = "duplicate"
    SPLIT_FROM = "split_from"
    SPLIT_OFF = "split_off"
