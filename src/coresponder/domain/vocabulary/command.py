"""Words about command, perimeters and entry.

Sources: FEMA IS-200 (incident command); Brigham City v. Stuart, 547 U.S. 398 (2006), emergency aid;
Georgia v. Randolph, 547 U.S. 103 (2006), consent of another resident.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["EntryGround", "LeadService", "Perimeter"]


class Perimeter(StrEnum):
    """The inner perimeter contains the person; the outer one keeps everybody else away."""

    INNER = "inner"
    OUTER = "outer"


class LeadService(StrEnum):
    """The service whose commander leads a scene."""

    POLICE = "police"
    EMS = "ems"
    FIRE = "fire"
    CRISIS_TEAM = "crisis_team"


class EntryGround(StrEnum):
    """What permits entry where the person does not let responders in."""

    EXIGENT_CIRCUMSTANCES = "exigent_circumstances"
    WARRANT = "warrant"
    RESIDENT_CONSENTED = "resident_consented"
