# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

from typing import ClassVar
import attrs
from coresponder.domain.objects import (LocalCode, Prior, Screening, Team)
from coresponder.domain.types import (Code, Id, Instant)
from coresponder.domain.vocabulary import (
    AgeBand,
    AgeGroup,
    Alternative,
    AttemptOutcome,
    CallLine,
    CallSource,
    CommunicationNeed,
    ConsentScope,
    CrimeAgainst,
    DangerLevel,
    Disposition,
    Facility,
    FollowUpKind,
    FollowUpOutcome,
    ForceKind,
    HandOverTo,
    HoldGround,
    Injured,
    InjurySeverity,
    Interpreter,
    LethalMeans,
    LocationType,
    MedicalAid,
    MissedReason,
    Nature,
    Need,
    OrderKind,
    OverrideReason,
    PersonRole,
    Presence,
    Priority,
    ProtectionAgency,
    Role,
    Safekeeping,
    Technique,
    Transporter,
    VoidReason,
    WeaponKind,
)
from coresponder.record import Record

_AgeBand: TypeAlias = AgeBand | Literal['under_12', '12_to_17', '18_to_64', '65_and_over']
_AgeGroup: TypeAlias = AgeGroup | Literal['child', 'adult', 'unknown']
_Alternative: TypeAlias = Alternative | Literal['diversion', 'deflection', 'citation', 'warning']
_AttemptOutcome: TypeAlias = AttemptOutcome | Literal[
    'nobody_home',
    'gone_on_arrival',
    'refused_at_door',
]
_CallLine: TypeAlias = CallLine | Literal[
    '911',
    '988',
    'veterans_crisis_line',
    'local_crisis_line',
    '211',
]
_CallSource: TypeAlias = CallSource | Literal[
    '911',
    '988',
    'non_emergency_line',
    'officer_initiated',
    'walk_in',
    'hospital',
    'school',
    'family',
    'outreach',
    'other_agency',
]
_CommunicationNeed: TypeAlias = CommunicationNeed | Literal[
    'spoken_language',
    'sign_language',
    'hearing',
    'vision',
    'speech',
    'plain_language',
]
_ConsentScope: TypeAlias = ConsentScope | Literal['services', 'sharing', 'substance_use_records']
_CrimeAgainst: TypeAlias = CrimeAgainst | Literal['person', 'property', 'society']
_DangerLevel: TypeAlias = DangerLevel | Literal['high', 'not_high', 'not_answered']
_Disposition: TypeAlias = Disposition | Literal[
    'resolved_on_scene',
    'resolved_by_phone',
    'remained_in_community',
    'voluntary_transport',
    'emergency_hold',
    'referred',
    'handed_to_ems',
    'handed_to_mobile_crisis',
    'handed_to_family',
    'handed_to_crisis_line',
    'declined_services',
    'arrested',
    'cited',
    'unable_to_locate',
    'cancelled',
    'unfounded',
    'no_mental_health_need',
]
_Facility: TypeAlias = Facility | Literal[
    'emergency_department',
    'crisis_walk_in',
    'stabilization',
    'sobering',
    'detox',
    'respite',
    'shelter',
    'home',
    'jail',
]
_FollowUpKind: TypeAlias = FollowUpKind | Literal[
    'phone_call',
    'home_visit',
    'joint_home_visit',
    'next_day_visit',
    'clinic_visit',
    'care_check',
]
_FollowUpOutcome: TypeAlias = FollowUpOutcome | Literal[
    'reached',
    'connected_to_care',
    'safe',
    'needs_more_help',
    'declined',
]
_ForceKind: TypeAlias = ForceKind | Literal[
    'hands_on',
    'restraint',
    'less_lethal',
    'firearm_pointed',
    'firearm_discharged',
]
_HandOverTo: TypeAlias = HandOverTo | Literal['ems', 'mobile_crisis', 'family', 'other_agency']
_HoldGround: TypeAlias = HoldGround | Literal[
    'danger_to_self',
    'danger_to_others',
    'grave_disability',
]
_Injured: TypeAlias = Injured | Literal['person', 'responder']
_InjurySeverity: TypeAlias = InjurySeverity | Literal['minor', 'serious', 'fatal']
_Interpreter: TypeAlias = Interpreter | Literal[
    'qualified',
    'bilingual_responder',
    'family',
    'child',
    'bystander',
]
_LethalMeans: TypeAlias = LethalMeans | Literal['firearms', 'medication', 'other']
_LocationType: TypeAlias = LocationType | Literal[
    'home',
    'street',
    'school',
    'hospital',
    'jail',
    'shelter',
    'business',
    'transit',
    'park',
    'other',
]
_MedicalAid: TypeAlias = MedicalAid | Literal[
    'naloxone',
    'cpr',
    'defibrillation',
    'bleeding_control',
    'other',
]
_MissedReason: TypeAlias = MissedReason | Literal[
    'nobody_home',
    'no_answer',
    'moved',
    'no_staff',
    'unsafe',
]
_Nature: TypeAlias = Nature | Literal[
    'suicide_threat',
    'suicide_attempt',
    'psychosis',
    'mental_health_crisis',
    'welfare_check',
    'disturbance',
    'overdose',
    'domestic_violence',
    'child_exposed_to_violence',
    'violent_crime',
    'victim_support',
    'traumatic_event',
    'death_notification',
    'homelessness',
    'self_harm',
    'intoxication',
    'substance_use',
    'dementia',
    'developmental_disability',
    'postpartum_crisis',
    'eviction',
    'trespass',
    'other',
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
_OrderKind: TypeAlias = OrderKind | Literal['extreme_risk', 'domestic_violence', 'other']
_OverrideReason: TypeAlias = OverrideReason | Literal[
    'imminent_danger',
    'medical_emergency',
    'supervisor_order',
    'court_order',
    'person_requested',
    'not_possible',
    'system_outage',
]
_PersonRole: TypeAlias = PersonRole | Literal[
    'person_in_crisis',
    'victim',
    'witness',
    'child_present',
    'caller',
    'family',
    'suspect',
]
_Presence: TypeAlias = Presence | Literal['in_person', 'phone', 'video']
_Priority: TypeAlias = Priority | Literal['emergency', 'urgent', 'routine']
_ProtectionAgency: TypeAlias = ProtectionAgency | Literal['child_protection', 'adult_protection']
_Role: TypeAlias = Role | Literal[
    'patrol_officer',
    'cit_officer',
    'clinician',
    'community_health_worker',
    'peer',
    'paramedic',
    'advocate',
    'supervisor',
]
_Safekeeping: TypeAlias = Safekeeping | Literal[
    'locked_up',
    'with_family',
    'with_police',
    'off_site',
]
_Technique: TypeAlias = Technique | Literal[
    'active_listening',
    'open_ended_questions',
    'mirroring',
    'body_language',
    'introduce_yourself',
    'one_voice',
    'calm_tone',
    'personal_space',
    'reflect_feeling',
    'summarise',
    'paraphrase',
    'minimal_encouragers',
    'i_statements',
    'effective_pauses',
    'safety_planning',
]
_Transporter: TypeAlias = Transporter | Literal['police', 'ems', 'crisis_team', 'family', 'other']
_VoidReason: TypeAlias = VoidReason | Literal[
    'wrong_incident',
    'wrong_person',
    'wrong_time',
    'duplicate',
    'did_not_happen',
]
_WeaponKind: TypeAlias = WeaponKind | Literal[
    'firearm',
    'knife',
    'blunt_object',
    'vehicle',
    'explosive',
    'imitation',
    'other',
]

def _to_ageband_none(value: _AgeBand | None) -> AgeBand | None: ...
def _to_agegroup(value: _AgeGroup) -> AgeGroup: ...
def _to_alternative(value: _Alternative) -> Alternative: ...
def _to_attemptoutcome(value: _AttemptOutcome) -> AttemptOutcome: ...
def _to_callline(value: _CallLine) -> CallLine: ...
def _to_callsource(value: _CallSource) -> CallSource: ...
def _to_communicationneed(value: _CommunicationNeed) -> CommunicationNeed: ...
def _to_consentscope(value: _ConsentScope) -> ConsentScope: ...
def _to_crimeagainst_none(value: _CrimeAgainst | None) -> CrimeAgainst | None: ...
def _to_dangerlevel(value: _DangerLevel) -> DangerLevel: ...
def _to_disposition(value: _Disposition) -> Disposition: ...
def _to_facility(value: _Facility) -> Facility: ...
def _to_followupkind(value: _FollowUpKind) -> FollowUpKind: ...
def _to_followupoutcome(value: _FollowUpOutcome) -> FollowUpOutcome: ...
def _to_forcekind(value: _ForceKind) -> ForceKind: ...
def _to_handoverto(value: _HandOverTo) -> HandOverTo: ...
def _to_injured(value: _Injured) -> Injured: ...
def _to_injuryseverity_none(value: _InjurySeverity | None) -> InjurySeverity | None: ...
def _to_interpreter(value: _Interpreter) -> Interpreter: ...
def _to_locationtype(value: _LocationType) -> LocationType: ...
def _to_medicalaid(value: _MedicalAid) -> MedicalAid: ...
def _to_missedreason(value: _MissedReason) -> MissedReason: ...
def _to_nature(value: _Nature) -> Nature: ...
def _to_need(value: _Need) -> Need: ...
def _to_orderkind(value: _OrderKind) -> OrderKind: ...
def _to_overridereason(value: _OverrideReason) -> OverrideReason: ...
def _to_personrole(value: _PersonRole) -> PersonRole: ...
def _to_presence(value: _Presence) -> Presence: ...
def _to_priority_none(value: _Priority | None) -> Priority | None: ...
def _to_protectionagency(value: _ProtectionAgency) -> ProtectionAgency: ...
def _to_role(value: _Role) -> Role: ...
def _to_role_none(value: _Role | None) -> Role | None: ...
def _to_safekeeping(value: _Safekeeping) -> Safekeeping: ...
def _to_transporter_none(value: _Transporter | None) -> Transporter | None: ...
def _to_voidreason(value: _VoidReason) -> VoidReason: ...
def _to_weaponkind_none(value: _WeaponKind | None) -> WeaponKind | None: ...
def _to_tuple_holdground(value: Sequence[_HoldGround]) -> tuple[HoldGround, ...]: ...
def _to_tuple_id(value: list[Id] | tuple[Id, ...]) -> tuple[Id, ...]: ...
def _to_tuple_lethalmeans(value: Sequence[_LethalMeans]) -> tuple[LethalMeans, ...]: ...
def _to_tuple_localcode(value: Sequence[LocalCode]) -> tuple[LocalCode, ...]: ...
def _to_tuple_technique(value: Sequence[_Technique]) -> tuple[Technique, ...]: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class Event(Record):
    version: ClassVar[int] = 1
    administrative: ClassVar[bool] = False
    reads_back: ClassVar[bool] = True
    at: Instant
    by: Id
    approximate: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class Fact(Event):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class Decision(Event):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallReceived(Fact):
    source: CallSource = attrs.field(converter=_to_callsource)
    nature: Nature = attrs.field(converter=_to_nature)
    priority: Priority | None = attrs.field(default=None, converter=_to_priority_none)
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTriaged(Fact):
    nature: Nature = attrs.field(converter=_to_nature)
    priority: Priority | None = attrs.field(default=None, converter=_to_priority_none)
    qualifies: bool = True
    weapon: bool = False
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferOffered(Decision):
    to: CallLine = attrs.field(converter=_to_callline)
    warm: bool = True

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferAccepted(Fact):
    to: CallLine = attrs.field(converter=_to_callline)
    accepted_by: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferDeclined(Fact):
    to: CallLine = attrs.field(converter=_to_callline)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallerLost(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallerReached(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class TeamDispatched(Decision):
    team: Team
    @property
    def tier(self) -> str: ...
    @property
    def responders(self) -> tuple[str, ...]: ...
    @property
    def roles(self) -> tuple[Role, ...]: ...
    @property
    def by_phone(self) -> tuple[Role, ...]: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class TeamUnavailable(Fact):
    missing: tuple[Id, ...] = attrs.field(default=(), converter=_to_tuple_id)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderEnRoute(Fact):
    responder: Id
    role: Role | None = attrs.field(default=None, converter=_to_role_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderArrived(Fact):
    responder: Id
    role: Role | None = attrs.field(default=None, converter=_to_role_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderCleared(Fact):
    responder: Id
    role: Role | None = attrs.field(default=None, converter=_to_role_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderRelieved(Fact):
    responder: Id
    relieved_by: Id
    role: Role | None = attrs.field(default=None, converter=_to_role_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class SecondaryResponseRequested(Fact):
    role: Role = attrs.field(default=Role.CLINICIAN, converter=_to_role)

@attrs.frozen(kw_only=True, weakref_slot=False)
class WeaponSeen(Fact):
    kind: WeaponKind | None = attrs.field(default=None, converter=_to_weaponkind_none)
    person: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class WeaponSecured(Fact):
    safekeeping: Safekeeping = attrs.field(converter=_to_safekeeping)
    kind: WeaponKind | None = attrs.field(default=None, converter=_to_weaponkind_none)
    person: Id | None = None
    responder: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class SceneSecured(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class ImminentDangerSeen(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class ContactMade(Fact):
    responder: Id
    role: Role | None = attrs.field(default=None, converter=_to_role_none)
    person: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class ContactAttempted(Fact):
    outcome: AttemptOutcome = attrs.field(converter=_to_attemptoutcome)
    responder: Id | None = None
    person: Id | None = None
    card_left: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class DeEscalationAttempted(Fact):
    techniques: tuple[Technique, ...] = attrs.field(converter=_to_tuple_technique)
    worked: bool | None = None
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ClinicianEngaged(Fact):
    responder: Id
    presence: Presence = attrs.field(default=Presence.IN_PERSON, converter=_to_presence)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ExpertConsulted(Fact):
    responder: Id
    presence: Presence = attrs.field(default=Presence.PHONE, converter=_to_presence)

@attrs.frozen(kw_only=True, weakref_slot=False)
class PersonInvolved(Fact):
    person: Id
    role: PersonRole = attrs.field(converter=_to_personrole)
    age_group: AgeGroup = attrs.field(default=AgeGroup.UNKNOWN, converter=_to_agegroup)
    age_band: AgeBand | None = attrs.field(default=None, converter=_to_ageband_none)
    veteran: bool | None = None
    prior: Prior | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class LocationRecorded(Fact):
    location: LocationType = attrs.field(converter=_to_locationtype)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CommunicationNeedFound(Fact):
    person: Id
    need: CommunicationNeed = attrs.field(converter=_to_communicationneed)
    language: Code | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class InterpreterEngaged(Fact):
    person: Id
    interpreter: Interpreter = attrs.field(converter=_to_interpreter)
    presence: Presence = attrs.field(default=Presence.IN_PERSON, converter=_to_presence)

@attrs.frozen(kw_only=True, weakref_slot=False)
class GuardianReached(Fact):
    person: Id
    presence: Presence = attrs.field(default=Presence.IN_PERSON, converter=_to_presence)

@attrs.frozen(kw_only=True, weakref_slot=False)
class GuardianNotReached(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class Screened(Fact):
    person: Id
    screening: Screening

@attrs.frozen(kw_only=True, weakref_slot=False)
class SafetyPlanMade(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class LethalMeansCounseled(Fact):
    person: Id
    means: tuple[LethalMeans, ...] = attrs.field(default=(), converter=_to_tuple_lethalmeans)
    responder: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class ClinicianAgreed(Fact):
    responder: Id
    disposition: Disposition = attrs.field(converter=_to_disposition)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ForceUsed(Fact):
    kind: ForceKind = attrs.field(converter=_to_forcekind)
    person: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class InjuryRecorded(Fact):
    injured: Injured = attrs.field(converter=_to_injured)
    severity: InjurySeverity | None = attrs.field(default=None, converter=_to_injuryseverity_none)
    person: Id | None = None
    responder: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class SupervisorNotified(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReviewHeld(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class EmergencyHoldPlaced(Fact):
    person: Id
    grounds: tuple[HoldGround, ...] = attrs.field(converter=_to_tuple_holdground)

@attrs.frozen(kw_only=True, weakref_slot=False)
class MedicalAidGiven(Fact):
    person: Id
    aid: MedicalAid = attrs.field(converter=_to_medicalaid)
    role: Role | None = attrs.field(default=None, converter=_to_role_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class MedicallyEvaluated(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class MedicalCareDeclined(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ChargeableOffenseFound(Fact):
    person: Id
    against: CrimeAgainst | None = attrs.field(default=None, converter=_to_crimeagainst_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class WarrantFound(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class VictimRightsTold(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class DangerAssessed(Fact):
    person: Id
    level: DangerLevel = attrs.field(converter=_to_dangerlevel)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AdvocateReached(Fact):
    person: Id
    presence: Presence = attrs.field(default=Presence.PHONE, converter=_to_presence)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AbuseSuspected(Fact):
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportMade(Fact):
    person: Id
    agency: ProtectionAgency = attrs.field(default=ProtectionAgency.CHILD_PROTECTION, converter=_to_protectionagency)
    written: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportAccepted(Fact):
    person: Id
    agency: ProtectionAgency = attrs.field(default=ProtectionAgency.CHILD_PROTECTION, converter=_to_protectionagency)

@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportScreenedOut(Fact):
    person: Id
    agency: ProtectionAgency = attrs.field(default=ProtectionAgency.CHILD_PROTECTION, converter=_to_protectionagency)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderFound(Fact):
    person: Id
    order: OrderKind = attrs.field(converter=_to_orderkind)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderRequested(Fact):
    person: Id
    order: OrderKind = attrs.field(converter=_to_orderkind)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderIssued(Fact):
    person: Id
    order: OrderKind = attrs.field(converter=_to_orderkind)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderDenied(Fact):
    person: Id
    order: OrderKind = attrs.field(converter=_to_orderkind)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeOffered(Fact):
    person: Id
    alternative: Alternative = attrs.field(converter=_to_alternative)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeTaken(Fact):
    person: Id
    alternative: Alternative = attrs.field(converter=_to_alternative)

@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeDeclined(Fact):
    person: Id
    alternative: Alternative = attrs.field(converter=_to_alternative)

@attrs.frozen(kw_only=True, weakref_slot=False)
class PersonTransported(Fact):
    person: Id
    facility: Facility = attrs.field(converter=_to_facility)
    voluntary: bool = True
    transported_by: Transporter | None = attrs.field(default=None, converter=_to_transporter_none)
    restrained: bool | None = None
    responder: Id | None = None
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ArrivedAtFacility(Fact):
    person: Id
    facility: Facility = attrs.field(converter=_to_facility)
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class HandOverAccepted(Fact):
    person: Id
    facility: Facility = attrs.field(converter=_to_facility)
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderBackInService(Fact):
    responder: Id
    person: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class HandedOver(Fact):
    to: HandOverTo = attrs.field(converter=_to_handoverto)

@attrs.frozen(kw_only=True, weakref_slot=False)
class SceneCleared(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class DispositionRecorded(Decision):
    disposition: Disposition = attrs.field(converter=_to_disposition)
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentGiven(Fact):
    person: Id
    scope: ConsentScope = attrs.field(default=ConsentScope.SERVICES, converter=_to_consentscope)
    guardian: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentDeclined(Fact):
    person: Id
    scope: ConsentScope = attrs.field(default=ConsentScope.SERVICES, converter=_to_consentscope)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentWithdrawn(Fact):
    person: Id
    scope: ConsentScope = attrs.field(default=ConsentScope.SERVICES, converter=_to_consentscope)

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

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralAccepted(Fact):
    referral: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralRejected(Fact):
    referral: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralDeclined(Fact):
    referral: Id

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

@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralCancelled(Decision):
    referral: Id

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

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentClosed(Decision):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentReopened(Decision):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentCancelled(Decision):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class NoteAdded(Fact):
    entry: Id
    digest: Id
    subject: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class EnteredInError(Fact):
    event: int
    reason: VoidReason = attrs.field(converter=_to_voidreason)

@attrs.frozen(kw_only=True, weakref_slot=False)
class PolicyOverridden(Fact):
    decision: Code
    policies: tuple[Id, ...] = attrs.field(default=(), converter=_to_tuple_id)
    reason: OverrideReason = attrs.field(converter=_to_overridereason)

EVENT_TYPES: dict[str, type[Event]]
