"""Consent, referral and follow-up."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Decision, Fact
from coresponder.domain.objects import LocalCode
from coresponder.domain.types import Id, Instant
from coresponder.domain.vocabulary import (
    ConsentGiver,
    ConsentGround,
    ConsentLapse,
    ConsentScope,
    FollowUpKind,
    FollowUpOutcome,
    MissedReason,
    Need,
    Purpose,
    ReceiverKind,
    ReferralReason,
)

__all__ = [
    "CaseConferenceHeld",
    "ConsentDeclined",
    "ConsentGiven",
    "ConsentWithdrawn",
    "FollowUpCancelled",
    "FollowUpDone",
    "FollowUpMissed",
    "FollowUpScheduled",
    "HelpRequested",
    "ReferralAccepted",
    "ReferralCancelled",
    "ReferralCompleted",
    "ReferralConnected",
    "ReferralDeclined",
    "ReferralFailed",
    "ReferralOffered",
    "ReferralPutOnHold",
    "ReferralRejected",
    "ReferralResumed",
    "ReferralSent",
    "SchoolNotified",
]


# --- consent, referral, follow-up ----------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentGiven(Fact):
    """A person consented, or a guardian or a court for them.

    Sources of what a consent says: 42 CFR 2.31(a); HIPAA, 45 CFR 164.508(c).

    Attributes:
        consent: its id, by which it can be withdrawn alone; given again, it is renewed.
        receiver: the agency or organization to which something may go; None for anybody.
        receiver_kind: any receiver of this kind.
        purpose: for what; None for any purpose.
        until: the last instant at which it counts; None until it is withdrawn.
        given_by: who gave it in the person's place; None if the person did.
        ground: why they may give it.
    """

    version = 2

    person: Id
    scope: ConsentScope = ConsentScope.SERVICES
    consent: Id | None = None
    receiver: Id | None = None
    receiver_kind: ReceiverKind | None = None
    purpose: Purpose | None = None
    until: Instant | None = None
    given_by: ConsentGiver | None = None
    ground: ConsentGround | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentDeclined(Fact):
    """A person declined. That also takes back every consent to this scope that they gave before."""

    person: Id
    scope: ConsentScope = ConsentScope.SERVICES


@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentWithdrawn(Fact):
    """A person took a consent back: the one with this id, otherwise all to this scope."""

    version = 2

    person: Id
    scope: ConsentScope = ConsentScope.SERVICES
    consent: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class HelpRequested(Fact):
    """The person asked for help."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralOffered(Fact):
    """A service was offered to a person."""

    version = 2

    referral: Id
    person: Id
    need: Need
    service: Id | None = None
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralSent(Decision):
    """The referral went to the service.

    Attributes:
        consent_lapse: why no consent that was given covers it; None if one does, or none was
            given. A workflow looks it up in the incident, as of `at`.
    """

    version = 2

    referral: Id
    person: Id
    owner: Id | None = None
    due: Instant | None = None
    service: Id | None = None
    warm_hand_off: bool = False
    consent_lapse: ConsentLapse | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralAccepted(Fact):
    """The service took the person on."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralRejected(Fact):
    """The service said no."""

    version = 2

    referral: Id
    reason: ReferralReason | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralDeclined(Fact):
    """The person said no to the referral."""

    version = 2

    referral: Id
    reason: ReferralReason | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralConnected(Fact):
    """The first appointment was kept."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralPutOnHold(Fact):
    """The service paused."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralResumed(Fact):
    """The service went on."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralCompleted(Fact):
    """The service was given."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralFailed(Fact):
    """The service could not be given."""

    version = 2

    referral: Id
    reason: ReferralReason | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralCancelled(Decision):
    """The referral was taken back."""

    version = 2

    referral: Id
    reason: ReferralReason | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpScheduled(Decision):
    """A contact after the incident was planned."""

    follow_up: Id
    kind: FollowUpKind
    due: Instant
    owner: Id | None = None
    person: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpDone(Fact):
    """The contact was made."""

    follow_up: Id
    kind: FollowUpKind
    outcome: FollowUpOutcome = FollowUpOutcome.REACHED
    person: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpMissed(Fact):
    """The contact was not made."""

    follow_up: Id
    reason: MissedReason


@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpCancelled(Decision):
    """The planned contact is not needed any more."""

    follow_up: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class CaseConferenceHeld(Fact):
    """The case was presented at a conference."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class SchoolNotified(Decision):
    """A "Handle With Care" notice went to a child's school, without details."""

    person: Id
