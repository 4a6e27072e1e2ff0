"""Words about the weeks and months after: a child's treatment, and school."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Change", "SchoolMeasure", "Treatment", "TreatmentResult"]


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
