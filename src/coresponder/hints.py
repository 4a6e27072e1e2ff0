"""Names that people write for another name: spelling alone would suggest the wrong one."""

from __future__ import annotations

from typing import Final

__all__ = ["MEANT"]

#: Written name, without case, spaces, hyphens and underscores -> the names that may be meant, the
#: likeliest first.
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
