"""Words about where a person is taken, by whom, and to whose care.

Sources: APCO 1.111.2, NRI 2022.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Facility", "HandOverTo", "Transporter"]


class Facility(StrEnum):
    """Where a person is taken."""

    EMERGENCY_DEPARTMENT = "emergency_department"
    CRISIS_WALK_IN = "crisis_walk_in"
    STABILIZATION = "stabilization"
    SOBERING = "sobering"
    DETOX = "detox"
    RESPITE = "respite"
    SHELTER = "shelter"
    HOME = "home"
    JAIL = "jail"

    @classmethod
    def _missing_(cls, value: object) -> Facility | None:
        """Read an event that was stored when the word was spelled in another way."""
        return cls.STABILIZATION if value == "stabilisation" else None


class Transporter(StrEnum):
    """Who takes a person to a facility.

    Sources: APCO 1.111.2, 33, 34 and 45 (by law enforcement, private vehicle, EMS); NRI 2022 (by a
    mobile crisis team).
    """

    POLICE = "police"
    EMS = "ems"
    CRISIS_TEAM = "crisis_team"
    FAMILY = "family"
    OTHER = "other"


class HandOverTo(StrEnum):
    """Who takes over at the scene."""

    EMS = "ems"
    MOBILE_CRISIS = "mobile_crisis"
    FAMILY = "family"
    OTHER_AGENCY = "other_agency"
