"""Words about the responders: roles, trainings, models of response, shifts.

Sources: SAMHSA crisis guidelines, BJA PMHC toolkit, CIT International 2019.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "AbsenceReason",
    "CriticalKind",
    "Presence",
    "ResponderStatus",
    "ResponseModel",
    "Role",
    "Training",
    "Weekday",
]


class Role(StrEnum):
    """Who responds.

    Source of the last two: NENA, EIDO resource attributes (SWAT, HostageNegotiator).
    """

    PATROL_OFFICER = "patrol_officer"
    CIT_OFFICER = "cit_officer"
    CLINICIAN = "clinician"
    COMMUNITY_HEALTH_WORKER = "community_health_worker"
    PEER = "peer"
    PARAMEDIC = "paramedic"
    ADVOCATE = "advocate"
    SUPERVISOR = "supervisor"
    TACTICAL_OFFICER = "tactical_officer"
    NEGOTIATOR = "negotiator"

    @property
    def sworn(self) -> bool:
        """True for an officer: somebody with the power to arrest."""
        return self in _SWORN


_SWORN = frozenset(
    {
        Role.PATROL_OFFICER,
        Role.CIT_OFFICER,
        Role.SUPERVISOR,
        Role.TACTICAL_OFFICER,
        Role.NEGOTIATOR,
    }
)


class Training(StrEnum):
    """What a credential certifies."""

    CIT = "cit"
    BASIC_DE_ESCALATION = "basic_de_escalation"
    MENTAL_HEALTH_LICENSE = "mental_health_license"
    CHILD_TRAUMA = "child_trauma"
    COMMUNITY_HEALTH = "community_health"
    TEAM_TWO = "team_two"
    PEER_SUPPORT = "peer_support"

    @classmethod
    def _missing_(cls, value: object) -> Training | None:
        """Read a program that was stored when the license was spelled in another way."""
        return cls.MENTAL_HEALTH_LICENSE if value == "mental_health_licence" else None


class ResponseModel(StrEnum):
    """Models of response (BJA PMHC toolkit)."""

    PRIMARY_CO_RESPONSE = "primary_co_response"
    SECONDARY_CO_RESPONSE = "secondary_co_response"
    TELEHEALTH = "telehealth"
    EMBEDDED_CLINICIAN = "embedded_clinician"
    MOBILE_CRISIS_TEAM = "mobile_crisis_team"
    CASE_MANAGEMENT = "case_management"
    POST_INCIDENT_OUTREACH = "post_incident_outreach"
    CIT_RESPONSE = "cit_response"
    POLICE_RESPONSE = "police_response"


class Presence(StrEnum):
    """How a responder takes part."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    VIDEO = "video"


class ResponderStatus(StrEnum):
    """Where a responder stands."""

    OFF_DUTY = "off_duty"
    AVAILABLE = "available"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"


class Weekday(StrEnum):
    """A day of the week, in its order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class CriticalKind(StrEnum):
    """What makes an incident critical for those who were there."""

    DEATH = "death"
    DEATH_OF_CHILD = "death_of_child"
    DEATH_OF_COLLEAGUE = "death_of_colleague"
    SERIOUS_INJURY = "serious_injury"
    SHOTS_FIRED = "shots_fired"
    OTHER = "other"


class AbsenceReason(StrEnum):
    """Why a responder cannot be sent, though on a shift."""

    ILLNESS = "illness"
    INJURY = "injury"
    VACATION = "vacation"
    FAMILY_LEAVE = "family_leave"
    TRAINING = "training"
    COURT = "court"
    ADMINISTRATIVE_LEAVE = "administrative_leave"
