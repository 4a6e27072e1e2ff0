"""What people say of the response, and how a complaint ends."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ComplaintAbout", "ComplaintFinding"]


class ComplaintAbout(StrEnum):
    """What a complaint is about."""

    FORCE = "force"
    CONDUCT = "conduct"
    BIAS = "bias"
    SERVICE = "service"
    OTHER = "other"


class ComplaintFinding(StrEnum):
    """How a complaint ended. Source: COPS Office, Standards and Guidelines for Internal Affairs."""

    SUSTAINED = "sustained"
    NOT_SUSTAINED = "not_sustained"
    EXONERATED = "exonerated"
    UNFOUNDED = "unfounded"
    WITHDRAWN = "withdrawn"
