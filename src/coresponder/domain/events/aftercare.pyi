# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import (Decision, Fact)
from coresponder.domain.objects import LocalCode
from coresponder.domain.types import (Id, Instant)
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

_ConsentGiver: TypeAlias = ConsentGiver | Literal['guardian', 'court']
_ConsentGround: TypeAlias = ConsentGround | Literal[
    'parent',
    'appointed_guardian',
    'health_care_agent',
    'personal_representative',
    'minor_by_law',
    'court_order',
]
_ConsentLapse: TypeAlias = ConsentLapse | Literal[
    'withdrawn',
    'run_out',
    'other_receiver',
    'other_purpose',
    'incomplete',
]
_ConsentScope: TypeAlias = ConsentScope | Literal[
    'services',
    'sharing',
    'substance_use_records',
    'school_records',
    'advocate_records',
    'care_plan',
]
_FollowUpKind: TypeAlias = FollowUpKind | Literal[
    'phone_call',
    'home_visit',
    'joint_home_visit',
    'next_day_visit',
    'clinic_visit',
    'care_check',
    'treatment_session',
    'anniversary',
    'court_day',
]
_FollowUpOutcome: TypeAlias = FollowUpOutcome | Literal[
    'reached',
    'connected_to_care',
    'safe',
    'needs_more_help',
    'declined',
]
_MissedReason: TypeAlias = MissedReason | Literal[
    'nobody_home',
    'no_answer',
    'moved',
    'no_staff',
    'unsafe',
]
_Need: TypeAlias = Need | Literal[
    'mental_health',
    'substance_use',
    'child_trauma_treatment',
    'victim_services',
    'housing',
    'food',
    'transport',
    'child_care',
    'education',
    'employment',
    'medical',
    'veteran_services',
    'other',
]
_Purpose: TypeAlias = Purpose | Literal['treatment', 'operations', 'oversight', 'research']
_ReceiverKind: TypeAlias = ReceiverKind | Literal[
    'service',
    'school',
    'partner_agency',
    'family',
    'court',
]
_ReferralReason: TypeAlias = ReferralReason | Literal[
    'no_capacity',
    'not_eligible',
    'service_not_offered',
    'not_reached',
    'not_wanted',
    'consent_withdrawn',
    'moved',
    'helped_elsewhere',
    'no_longer_needed',
    'duplicate',
    'other',
]

def _to_consentgiver_none(value: _ConsentGiver | None) -> ConsentGiver | None: ...
def _to_consentground_none(value: _ConsentGround | None) -> ConsentGround | None: ...
def _to_consentlapse_none(value: _ConsentLapse | None) -> ConsentLapse | None: ...
def _to_consentscope(value: _ConsentScope) -> ConsentScope: ...
def _to_followupkind(value: _FollowUpKind) -> FollowUpKind: ...
def _to_followupoutcome(value: _FollowUpOutcome) -> FollowUpOutcome: ...
def _to_missedreason(value: _MissedReason) -> MissedReason: ...
def _to_need(value: _Need) -> Need: ...
def _to_purpose_none(value: _Purpose | None) -> Purpose | None: ...
def _to_receiverkind_none(value: _ReceiverKind | None) -> ReceiverKind | None: ...
def _to_referralreason_none(value: _ReferralReason | None) -> ReferralReason | None: ...
def _to_tuple_localcode(value: Sequence[LocalCode]) -> tuple[LocalCode, ...]: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentGiven(Fact):
    person: Id
    scope: ConsentScope = attrs.field(default=ConsentScope.SERVICES, converter=_to_consentscope)
    consent: Id | None = None
    receiver: Id | None = None
    receiver_kind: ReceiverKind | None = attrs.field(default=None, converter=_to_receiverkind_none)
    purpose: Purpose | None = attrs.field(default=None, converter=_to_purpose_none)
    until: Instant | None = None
    given_by: ConsentGiver | None = attrs.field(default=None, converter=_to_consentgiver_none)
    ground: ConsentGround | None = attrs.field(default=None, converter=_to_consentground_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentDeclined(Fact):
    person: Id
    scope: ConsentScope = attrs.field(default=ConsentScope.SERVICES, converter=_to_consentscope)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentWithdrawn(Fact):
    person: Id
    scope: ConsentScope = attrs.field(default=ConsentScope.SERVICES, converter=_to_consentscope)
    consent: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class HelpRequested(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralOffered(Fact):
    referral: Id
    person: Id
    need: Need = attrs.field(converter=_to_need)
    service: Id | None = None
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralSent(Decision):
    referral: Id
    person: Id
    owner: Id | None = None
    due: Instant | None = None
    service: Id | None = None
    warm_hand_off: bool = False
    consent_lapse: ConsentLapse | None = attrs.field(default=None, converter=_to_consentlapse_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralAccepted(Fact):
    referral: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralRejected(Fact):
    referral: Id
    reason: ReferralReason | None = attrs.field(default=None, converter=_to_referralreason_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralDeclined(Fact):
    referral: Id
    reason: ReferralReason | None = attrs.field(default=None, converter=_to_referralreason_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralConnected(Fact):
    referral: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralPutOnHold(Fact):
    referral: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralResumed(Fact):
    referral: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralCompleted(Fact):
    referral: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralFailed(Fact):
    referral: Id
    reason: ReferralReason | None = attrs.field(default=None, converter=_to_referralreason_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralCancelled(Decision):
    referral: Id
    reason: ReferralReason | None = attrs.field(default=None, converter=_to_referralreason_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpScheduled(Decision):
    follow_up: Id
    kind: FollowUpKind = attrs.field(converter=_to_followupkind)
    due: Instant
    owner: Id | None = None
    person: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpDone(Fact):
    follow_up: Id
    kind: FollowUpKind = attrs.field(converter=_to_followupkind)
    outcome: FollowUpOutcome = attrs.field(default=FollowUpOutcome.REACHED, converter=_to_followupoutcome)
    person: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpMissed(Fact):
    follow_up: Id
    reason: MissedReason = attrs.field(converter=_to_missedreason)

@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpCancelled(Decision):
    follow_up: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class CaseConferenceHeld(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class SchoolNotified(Decision):
    person: Id
