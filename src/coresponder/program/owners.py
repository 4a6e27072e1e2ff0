"""Who owns what is owed: the team, or whoever owns the referral or follow-up (ADR 0127)."""

from __future__ import annotations

import attrs

from coresponder.domain.objects import Incident
from coresponder.policy.book import Book
from coresponder.policy.refusal import Obligation

__all__ = ["owned", "owners_moved"]


def owned(book: Book, incident: Incident, owed: tuple[Obligation, ...]) -> tuple[Obligation, ...]:
    """Return what is owed, with the owner of the referral or follow-up that it is about."""
    parts = book.by_part
    if not any(one.policy in parts for one in owed):
        return owed
    return tuple(
        attrs.evolve(one, owner=_owner(incident, parts[one.policy], one.key))
        if one.policy in parts
        else one
        for one in owed
    )


def _owner(incident: Incident, part: str, key: str | None) -> str | None:
    if part == "referral":
        referral = incident.referral(key or "")
        return referral.owner if referral else None
    follow_up = incident.follow_up(key or "")
    return follow_up.owner if follow_up else None


def owners_moved(before: Incident, after: Incident) -> bool:
    """Return whether a step may have changed who owns something that is owed."""
    return (
        before.referrals is not after.referrals
        or before.follow_ups is not after.follow_ups
        or after.transferred_to is not None
        or before.transferred_to is not None
    )
