"""What people write for what is meant: words that spelling alone would take for another."""

from __future__ import annotations

from typing import Final

__all__ = ["MEANT"]

#: By what was written, without case, spaces, hyphens and underscores: the names that may be meant, the likeliest first.
MEANT: Final[dict[str, tuple[str, ...]]] = {
    "gte": ("ge",),
    "lte": ("le",),
    ">=": ("ge",),
    "<=": ("le",),
    ">": ("gt",),
    "<": ("lt",),
    "=": ("eq",),
    "==": ("eq",),
    "!=": ("ne",),
    "neq": ("ne",),
    "followupcompleted": ("FollowUpDone",),
    "followupmade": ("FollowUpDone",),
    "refused": ("ConsentDeclined",),
    "consentrefused": ("ConsentDeclined",),
    "consentrevoked": ("ConsentWithdrawn",),
    "consentobtained": ("ConsentGiven",),
    "referralrefused": ("ReferralDeclined",),
}
