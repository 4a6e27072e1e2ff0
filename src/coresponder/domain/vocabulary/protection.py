"""Words about danger and protection: screening, holds, orders, reports of abuse.

Sources: Columbia screener (C-SSRS), Lethality Assessment Program.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "DangerLevel",
    "HoldGround",
    "NoContactGround",
    "OrderKind",
    "ProtectionAgency",
    "ScreeningLevel",
    "ScreeningTool",
]


class ScreeningTool(StrEnum):
    """What was asked."""

    C_SSRS = "c_ssrs"
    LOCAL = "local"


class ScreeningLevel(StrEnum):
    """Result of the Columbia screener (C-SSRS) or a local tool mapped to it."""

    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class HoldGround(StrEnum):
    """Legal grounds of an emergency hold."""

    DANGER_TO_SELF = "danger_to_self"
    DANGER_TO_OTHERS = "danger_to_others"
    GRAVE_DISABILITY = "grave_disability"


class DangerLevel(StrEnum):
    """What a danger assessment of a victim found. Source: Lethality Assessment Program."""

    HIGH = "high"
    NOT_HIGH = "not_high"
    NOT_ANSWERED = "not_answered"


class ProtectionAgency(StrEnum):
    """Who takes reports of abuse or neglect: of a child, or of an older or dependent adult."""

    CHILD_PROTECTION = "child_protection"
    ADULT_PROTECTION = "adult_protection"


class NoContactGround(StrEnum):
    """Why two people are kept apart."""

    COURT_ORDER = "court_order"
    VICTIM_ASKED = "victim_asked"
    SAFETY_PLAN = "safety_plan"


class OrderKind(StrEnum):
    """What a court order is against: a risk with a firearm, or violence by somebody close.

    Extreme-risk orders are also called gun violence restraining orders, or red-flag orders.
    """

    EXTREME_RISK = "extreme_risk"
    DOMESTIC_VIOLENCE = "domestic_violence"
    OTHER = "other"
