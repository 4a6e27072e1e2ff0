"""Words about the call and the incident: the line, the nature, the state.

Sources: APCO/NENA (EIDO registries), CIT International 2019.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["CallLine", "CallSource", "IncidentState", "Nature", "Priority"]


class CallSource(StrEnum):
    """How the incident became known."""

    NINE_ONE_ONE = "911"
    NINE_EIGHT_EIGHT = "988"
    NON_EMERGENCY_LINE = "non_emergency_line"
    OFFICER_INITIATED = "officer_initiated"
    WALK_IN = "walk_in"
    HOSPITAL = "hospital"
    SCHOOL = "school"
    FAMILY = "family"
    OUTREACH = "outreach"
    OTHER_AGENCY = "other_agency"


class CallLine(StrEnum):
    """A line that takes a call on. The Veterans Crisis Line is 988, then 1."""

    NINE_ONE_ONE = "911"
    NINE_EIGHT_EIGHT = "988"
    VETERANS_CRISIS_LINE = "veterans_crisis_line"
    LOCAL_CRISIS_LINE = "local_crisis_line"
    TWO_ONE_ONE = "211"


class Nature(StrEnum):
    """What the call is about.

    `dementia` is also a person with dementia who has wandered, `developmental_disability` also
    autism. Sources: APCO 2.103.2 incident types (INTOX, TRESPASS), the topics of the CIT curriculum
    (CIT International 2019).
    """

    SUICIDE_THREAT = "suicide_threat"
    SUICIDE_ATTEMPT = "suicide_attempt"
    PSYCHOSIS = "psychosis"
    MENTAL_HEALTH_CRISIS = "mental_health_crisis"
    WELFARE_CHECK = "welfare_check"
    DISTURBANCE = "disturbance"
    OVERDOSE = "overdose"
    DOMESTIC_VIOLENCE = "domestic_violence"
    CHILD_EXPOSED_TO_VIOLENCE = "child_exposed_to_violence"
    VIOLENT_CRIME = "violent_crime"
    SEXUAL_ASSAULT = "sexual_assault"
    VICTIM_SUPPORT = "victim_support"
    TRAUMATIC_EVENT = "traumatic_event"
    DEATH_NOTIFICATION = "death_notification"
    HOMELESSNESS = "homelessness"
    SELF_HARM = "self_harm"
    INTOXICATION = "intoxication"
    SUBSTANCE_USE = "substance_use"
    DEMENTIA = "dementia"
    DEVELOPMENTAL_DISABILITY = "developmental_disability"
    POSTPARTUM_CRISIS = "postpartum_crisis"
    EVICTION = "eviction"
    TRESPASS = "trespass"
    OTHER = "other"


class Priority(StrEnum):
    """How soon somebody must be there."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"


class IncidentState(StrEnum):
    """The shipped states of an incident; a program may add its own."""

    NEW = "new"
    RECEIVED = "received"
    TRIAGED = "triaged"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    ENGAGED = "engaged"
    CLEARED = "cleared"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
    CANCELLED = "cancelled"
