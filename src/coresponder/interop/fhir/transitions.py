"""How a referral's Task may move, and who may set each status.

Source: SDOH Clinical Care 3.0.0, the state diagram of a referral's Task.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

__all__ = ["MOVES", "SET_BY", "STATUSES", "Side", "may_move", "may_set"]

Side = Literal["requester", "target"]
"""Who asks for the service, and who gives it."""
STATUSES = (
    "draft", "requested", "accepted", "rejected", "in-progress", "on-hold", "completed", "failed",
    "cancelled", "entered-in-error",
)  # fmt: skip
_OPEN = ("on-hold", "completed", "failed", "cancelled")
MOVES: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"requested", "entered-in-error"}),
    "requested": frozenset({"accepted", "rejected", "cancelled", "entered-in-error"}),
    "accepted": frozenset({"in-progress", *_OPEN, "entered-in-error"}),
    "in-progress": frozenset({*_OPEN, "entered-in-error"}),
    "on-hold": frozenset({"in-progress", *_OPEN[1:], "entered-in-error"}),
    **dict.fromkeys(
        ("rejected", "cancelled", "completed", "failed"), frozenset({"entered-in-error"})
    ),
    "entered-in-error": frozenset(),
}
"""From each status to which others."""
_TARGET = ("accepted", "rejected", "in-progress", "on-hold", "completed", "failed")
SET_BY: Mapping[str, frozenset[Side]] = {
    **dict.fromkeys(("draft", "requested", "entered-in-error"), frozenset[Side]({"requester"})),
    **dict.fromkeys(_TARGET, frozenset[Side]({"target"})),
    "cancelled": frozenset[Side]({"requester", "target"}),
}


def may_move(old: str, new: str) -> bool:
    """Return whether the published table has this move.

    >>> may_move("requested", "accepted"), may_move("requested", "completed")
    (True, False)
    """
    return new in MOVES.get(old, frozenset())


def may_set(status: str, side: Side) -> bool:
    """Return whether the one who asks for a service, or the one who gives it, sets this status.

    >>> may_set("accepted", "requester"), may_set("cancelled", "target")
    (False, True)
    """
    return side in SET_BY.get(status, frozenset())
