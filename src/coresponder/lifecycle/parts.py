"""The lifecycles of the parts of an incident: referrals and follow-ups."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from coresponder.domain.vocabulary import FollowUpStatus as F
from coresponder.domain.vocabulary import ReferralStatus as R
from coresponder.lifecycle.machine import Lifecycle, edges_of

__all__ = ["FOLLOW_UP", "PARTS", "REFERRAL"]

REFERRAL = Lifecycle(
    name="referral",
    initial="new",
    states=("new", *(s.value for s in R if s is not R.ENTERED_IN_ERROR)),
    final=frozenset({R.REJECTED.value, R.CANCELLED.value, R.COMPLETED.value, R.FAILED.value}),
    edges=edges_of(
        """
        ReferralOffered: new -> draft
        ReferralSent: draft -> requested
        ReferralAccepted: requested -> accepted
        ReferralRejected: requested -> rejected
        ReferralDeclined: draft requested accepted in-progress on-hold -> cancelled
        ReferralConnected: accepted -> in-progress
        ReferralPutOnHold: accepted in-progress -> on-hold
        ReferralResumed: on-hold -> in-progress
        ReferralCompleted: accepted in-progress on-hold -> completed
        ReferralFailed: accepted in-progress on-hold -> failed
        ReferralCancelled: draft requested accepted in-progress on-hold -> cancelled
        """
    ),
)
"""The SDOH Clinical Care referral states. One addition is ours: a draft that was never sent can be
declined or taken back.

`entered-in-error` is not a state here: the offer is voided with `EnteredInError` and the case is
folded again without it.
"""

FOLLOW_UP = Lifecycle(
    name="follow_up",
    initial="new",
    states=("new", *(s.value for s in F)),
    final=frozenset({F.DONE.value, F.CANCELLED.value}),
    edges=edges_of(
        """
        FollowUpScheduled: new scheduled missed -> scheduled
        FollowUpDone: new scheduled missed -> done
        FollowUpMissed: scheduled missed -> missed
        FollowUpCancelled: scheduled missed -> cancelled
        """
    ),
)
"""A planned contact. A contact can be done without a plan. A missed one is planned again, done
late, or canceled.
"""

PARTS: Mapping[str, Lifecycle] = MappingProxyType({"referral": REFERRAL, "follow_up": FOLLOW_UP})
"""Parts of an incident that have a lifecycle of their own, by the event field that names one."""
