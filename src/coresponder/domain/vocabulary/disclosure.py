"""Words of the disclosure log."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["DisclosureBasis", "DisclosureWay"]


class DisclosureWay(StrEnum):
    """How something of a record was shown or sent."""

    VIEW = "view"
    RECALL = "recall"
    EXPORT = "export"
    NOTICE = "notice"


class DisclosureBasis(StrEnum):
    """By which right something was shown.

    `duty` is the work of those who serve the person, under the program's own rules; `law` is a
    permission or an order of the law, such as 45 CFR 164.512.
    """

    DUTY = "duty"
    CONSENT = "consent"
    LAW = "law"
    EMERGENCY_ACCESS = "emergency_access"
