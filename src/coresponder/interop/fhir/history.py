"""What happened to one referral, as statuses of its Task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from coresponder.domain import events as e

__all__ = ["EVENTS", "Change", "changes_of"]

EVENTS: Mapping[type[e.Event], str] = {
    e.ReferralOffered: "draft",
    e.ReferralSent: "requested",
    e.ReferralAccepted: "accepted",
    e.ReferralRejected: "rejected",
    e.ReferralConnected: "in-progress",
    e.ReferralResumed: "in-progress",
    e.ReferralPutOnHold: "on-hold",
    e.ReferralCompleted: "completed",
    e.ReferralFailed: "failed",
    e.ReferralDeclined: "cancelled",
    e.ReferralCancelled: "cancelled",
}


@attrs.frozen
class Change:
    """An event about a referral, and the status that it gives the Task."""

    event: e.Event
    status: str


def changes_of(happened: Iterable[e.Event], referral: str) -> list[Change]:
    """Return what happened to a referral, in the order of time."""
    return [
        Change(event, EVENTS[type(event)])
        for event in happened
        if type(event) in EVENTS and getattr(event, "referral", None) == referral
    ]
