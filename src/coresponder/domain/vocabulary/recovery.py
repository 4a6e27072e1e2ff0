"""Words about the weeks and months after: a child's treatment, and school."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "Change",
    "LaterOutcome",
    "OutcomeTime",
    "SchoolMeasure",
    "SurveyScale",
    "Treatment",
    "TreatmentResult",
]


class Treatment(StrEnum):
    """What kind of treatment. `cftsi` is the Child and Family Traumatic Stress Intervention (Yale)."""

    CFTSI = "cftsi"
    LONGER_TERM = "longer_term"
    OTHER = "other"


class TreatmentResult(StrEnum):
    """How a treatment ended. Source: CFTSI, which ends with whether longer treatment is needed."""

    COMPLETED = "completed"
    LONGER_TREATMENT = "longer_treatment"
    STOPPED_BY_FAMILY = "stopped_by_family"
    MOVED_AWAY = "moved_away"


class SchoolMeasure(StrEnum):
    """What a school reports of a child."""

    ATTENDANCE = "attendance"
    GRADES = "grades"


class Change(StrEnum):
    """How something is now, compared with before."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


class SurveyScale(StrEnum):
    """What was asked, and from which score to which: the sum of its answers, more is better.

    `csq_8` is the Client Satisfaction Questionnaire (8 to 32), `csq_4` and `csq_3` its versions of
    four items (4 to 16) and three (3 to 12); Larsen, Attkisson et al. 1979. A MHSIP survey has no
    sum: it is the mean of answers from 1 to 5 in each domain. Keep its answers where they are, and
    record it as `local` with a number of your own.
    """

    CSQ_8 = "csq_8"
    CSQ_4 = "csq_4"
    CSQ_3 = "csq_3"
    LOCAL = "local"


class OutcomeTime(StrEnum):
    """How long after the contact it is asked how a person is."""

    DAYS_30 = "30_days"
    DAYS_90 = "90_days"


class LaterOutcome(StrEnum):
    """How a person is, weeks after. Source: BJA PMHC toolkit, Measuring performance; the words are a
    local choice.
    """

    IN_CARE = "in_care"
    STABLE_WITHOUT_CARE = "stable_without_care"
    IN_CRISIS_AGAIN = "in_crisis_again"
    IN_HOSPITAL = "in_hospital"
    IN_JAIL = "in_jail"
    DIED = "died"
    NOT_FOUND = "not_found"
