"""What happened to one referral, as statuses of its Task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import attrs

from coresponder.domain import events as e
from coresponder.domain.types import is_opaque
from coresponder.domain.vocabulary import ReferralReason
from coresponder.errors import nearest
from coresponder.outputs import described
from coresponder.program import Case

__all__ = [
    "EVENTS",
    "Change",
    "changes_of",
    "happened_in",
    "nothing_known",
    "placed_in",
]

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

    @property
    def reason(self) -> ReferralReason | None:
        """Why it has this status; that the person did not want it, if they said no without more."""
        said: ReferralReason | None = getattr(self.event, "reason", None)
        if said is None and isinstance(self.event, e.ReferralDeclined):
            return ReferralReason.NOT_WANTED
        return said


def changes_of(happened: Iterable[e.Event], referral: str) -> list[Change]:
    """Return what happened to a referral, in the order of time."""
    return [
        Change(event, EVENTS[type(event)])
        for event in happened
        if type(event) in EVENTS and getattr(event, "referral", None) == referral
    ]


def happened_in(case: Case) -> tuple[e.Event, ...]:
    """Return what happened, in the order of time."""
    return tuple(entry.event for entry in case.entries() if entry.happened)


def nothing_known(kind: Literal["referral", "follow_up"], id: str, case: Case) -> str:
    """Say that an incident has no such referral or follow-up, and which it has."""
    incident = case.incident
    known = incident.referrals if kind == "referral" else incident.follow_ups
    named = id if is_opaque(id) else described(id)
    what = kind.replace("_", "-")
    return f"incident {case.id} has no {what} {named}; {nearest(id, (one.id for one in known))}"


def placed_in(case: Case) -> tuple[e.Event, ...]:
    """Return what happened and moved what it is about: what was out of place changed nothing."""
    entries = case.entries()
    return tuple(entry.event for entry in entries if entry.happened and not entry.out_of_place)
