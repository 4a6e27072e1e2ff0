# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import datetime as dt
import attrs
from coresponder.domain.types import (Code, Id, Instant)
from coresponder.domain.vocabulary import (
    AgeBand,
    AgeGroup,
    CallSource,
    CareFlag,
    CommunicationNeed,
    ConsentGiver,
    ConsentGround,
    ConsentScope,
    ConsentStatus,
    Disposition,
    Facility,
    FirstContact,
    FollowUpKind,
    FollowUpOutcome,
    FollowUpStatus,
    IncidentLink,
    IncidentState,
    Interpreter,
    LeadService,
    LocationType,
    Nature,
    Need,
    OverrideReason,
    PersonRole,
    Presence,
    Priority,
    Purpose,
    ReceiverKind,
    ReferralStatus,
    ResponderStatus,
    ResponseModel,
    Role,
    ScreeningLevel,
    ScreeningTool,
    Technique,
    Transporter,
    Trigger,
)
from coresponder.record import Record

_AgeBand: TypeAlias = AgeBand | Literal['under_12', '12_to_17', '18_to_64', '65_and_over']
_AgeGroup: TypeAlias = AgeGroup | Literal['child', 'adult', 'unknown']
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
_CareFlag: TypeAlias = CareFlag | Literal[
    'one_voice',
    'no_lights_or_siren',
    'no_touch',
    'plain_clothes',
    'medical_condition',
    'service_animal',
]
_CommunicationNeed: TypeAlias = CommunicationNeed | Literal[
    'spoken_language',
    'sign_language',
    'hearing',
    'vision',
    'speech',
    'plain_language',
]
_ConsentGiver: TypeAlias = ConsentGiver | Literal['guardian', 'court']
_ConsentGround: TypeAlias = ConsentGround | Literal[
    'parent',
    'appointed_guardian',
    'health_care_agent',
    'personal_representative',
    'minor_by_law',
    'court_order',
]
_ConsentScope: TypeAlias = ConsentScope | Literal[
    'services',
    'sharing',
    'substance_use_records',
    'school_records',
    'advocate_records',
    'care_plan',
]
_ConsentStatus: TypeAlias = ConsentStatus | Literal['given', 'declined', 'withdrawn']
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
_FirstContact: TypeAlias = FirstContact | Literal['case_manager', 'clinician', 'peer', 'family']
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
_FollowUpStatus: TypeAlias = FollowUpStatus | Literal['scheduled', 'done', 'missed', 'cancelled']
_IncidentLink: TypeAlias = IncidentLink | Literal[
    'parent',
    'child',
    'related',
    'duplicate',
    'split_from',
    'split_off',
]
_Interpreter: TypeAlias = Interpreter | Literal[
    'qualified',
    'bilingual_responder',
    'family',
    'child',
    'bystander',
]
_LeadService: TypeAlias = LeadService | Literal['police', 'ems', 'fire', 'crisis_team']
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
    'sexual_assault',
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
    'next_of_kin',
]
_Presence: TypeAlias = Presence | Literal['in_person', 'phone', 'video']
_Priority: TypeAlias = Priority | Literal['emergency', 'urgent', 'routine']
_Purpose: TypeAlias = Purpose | Literal['treatment', 'operations', 'oversight', 'research']
_ReceiverKind: TypeAlias = ReceiverKind | Literal[
    'service',
    'school',
    'partner_agency',
    'family',
    'court',
]
_ReferralStatus: TypeAlias = ReferralStatus | Literal[
    'draft',
    'requested',
    'accepted',
    'rejected',
    'in-progress',
    'on-hold',
    'completed',
    'failed',
    'cancelled',
    'entered-in-error',
]
_ResponderStatus: TypeAlias = ResponderStatus | Literal[
    'off_duty',
    'available',
    'dispatched',
    'en_route',
    'on_scene',
]
_ResponseModel: TypeAlias = ResponseModel | Literal[
    'primary_co_response',
    'secondary_co_response',
    'telehealth',
    'embedded_clinician',
    'mobile_crisis_team',
    'case_management',
    'post_incident_outreach',
    'cit_response',
    'police_response',
]
_Role: TypeAlias = Role | Literal[
    'patrol_officer',
    'cit_officer',
    'clinician',
    'community_health_worker',
    'peer',
    'paramedic',
    'advocate',
    'supervisor',
    'tactical_officer',
    'negotiator',
]
_ScreeningLevel: TypeAlias = ScreeningLevel | Literal['none', 'low', 'moderate', 'high']
_ScreeningTool: TypeAlias = ScreeningTool | Literal['c_ssrs', 'local']
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
_Trigger: TypeAlias = Trigger | Literal[
    'crowds',
    'loud_voices',
    'uniforms',
    'being_touched',
    'family_member',
    'hospital',
]

def _to_ageband_none(value: _AgeBand | None) -> AgeBand | None: ...
def _to_agegroup(value: _AgeGroup) -> AgeGroup: ...
def _to_callsource(value: _CallSource) -> CallSource: ...
def _to_consentgiver_none(value: _ConsentGiver | None) -> ConsentGiver | None: ...
def _to_consentground_none(value: _ConsentGround | None) -> ConsentGround | None: ...
def _to_consentscope(value: _ConsentScope) -> ConsentScope: ...
def _to_consentstatus(value: _ConsentStatus) -> ConsentStatus: ...
def _to_disposition_none(value: _Disposition | None) -> Disposition | None: ...
def _to_facility(value: _Facility) -> Facility: ...
def _to_firstcontact_none(value: _FirstContact | None) -> FirstContact | None: ...
def _to_followupkind(value: _FollowUpKind) -> FollowUpKind: ...
def _to_followupoutcome_none(value: _FollowUpOutcome | None) -> FollowUpOutcome | None: ...
def _to_followupstatus(value: _FollowUpStatus) -> FollowUpStatus: ...
def _to_incidentlink(value: _IncidentLink) -> IncidentLink: ...
def _to_interpreter_none(value: _Interpreter | None) -> Interpreter | None: ...
def _to_leadservice_none(value: _LeadService | None) -> LeadService | None: ...
def _to_locationtype_none(value: _LocationType | None) -> LocationType | None: ...
def _to_nature(value: _Nature) -> Nature: ...
def _to_need(value: _Need) -> Need: ...
def _to_overridereason(value: _OverrideReason) -> OverrideReason: ...
def _to_presence(value: _Presence) -> Presence: ...
def _to_presence_none(value: _Presence | None) -> Presence | None: ...
def _to_priority_none(value: _Priority | None) -> Priority | None: ...
def _to_purpose_none(value: _Purpose | None) -> Purpose | None: ...
def _to_receiverkind_none(value: _ReceiverKind | None) -> ReceiverKind | None: ...
def _to_referralstatus(value: _ReferralStatus) -> ReferralStatus: ...
def _to_responderstatus(value: _ResponderStatus) -> ResponderStatus: ...
def _to_responsemodel(value: _ResponseModel) -> ResponseModel: ...
def _to_role(value: _Role) -> Role: ...
def _to_role_none(value: _Role | None) -> Role | None: ...
def _to_screeninglevel(value: _ScreeningLevel) -> ScreeningLevel: ...
def _to_screeningtool(value: _ScreeningTool) -> ScreeningTool: ...
def _to_transporter_none(value: _Transporter | None) -> Transporter | None: ...
def _to_tuple_attending(value: Sequence[Attending]) -> tuple[Attending, ...]: ...
def _to_tuple_careflag(value: Sequence[_CareFlag]) -> tuple[CareFlag, ...]: ...
def _to_tuple_code(value: list[Code] | tuple[Code, ...]) -> tuple[Code, ...]: ...
def _to_tuple_communicationneed(value: Sequence[_CommunicationNeed]) -> tuple[CommunicationNeed, ...]: ...
def _to_tuple_consent(value: Sequence[Consent]) -> tuple[Consent, ...]: ...
def _to_tuple_credential(value: Sequence[Credential]) -> tuple[Credential, ...]: ...
def _to_tuple_followup(value: Sequence[FollowUp]) -> tuple[FollowUp, ...]: ...
def _to_tuple_id(value: list[Id] | tuple[Id, ...]) -> tuple[Id, ...]: ...
def _to_tuple_link(value: Sequence[Link]) -> tuple[Link, ...]: ...
def _to_tuple_localcode(value: Sequence[LocalCode]) -> tuple[LocalCode, ...]: ...
def _to_tuple_person(value: Sequence[Person]) -> tuple[Person, ...]: ...
def _to_tuple_personrole(value: Sequence[_PersonRole]) -> tuple[PersonRole, ...]: ...
def _to_tuple_presence(value: Sequence[_Presence]) -> tuple[Presence, ...]: ...
def _to_tuple_referral(value: Sequence[Referral]) -> tuple[Referral, ...]: ...
def _to_tuple_team(value: Sequence[Team]) -> tuple[Team, ...]: ...
def _to_tuple_teammember(value: Sequence[TeamMember]) -> tuple[TeamMember, ...]: ...
def _to_tuple_technique(value: Sequence[_Technique]) -> tuple[Technique, ...]: ...
def _to_tuple_transport(value: Sequence[Transport]) -> tuple[Transport, ...]: ...
def _to_tuple_trigger(value: Sequence[_Trigger]) -> tuple[Trigger, ...]: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class LocalCode(Record):
    field: Code
    code: Code

@attrs.frozen(kw_only=True, weakref_slot=False)
class Call(Record):
    source: CallSource = attrs.field(converter=_to_callsource)
    nature: Nature = attrs.field(converter=_to_nature)
    priority: Priority | None = attrs.field(default=None, converter=_to_priority_none)
    qualifies: bool | None = None
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class Credential(Record):
    training: Id
    hours: int | None = None
    expires: Instant | None = None
    completed: Instant | None = None
    def counts(self, at: dt.datetime, *, hours: int=0) -> bool: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class Responder(Record):
    id: Id
    role: Role = attrs.field(converter=_to_role)
    credentials: tuple[Credential, ...] = attrs.field(default=(), converter=_to_tuple_credential)
    status: ResponderStatus = attrs.field(default=ResponderStatus.OFF_DUTY, converter=_to_responderstatus)
    reachable: tuple[Presence, ...] = attrs.field(default=(Presence.IN_PERSON,), converter=_to_tuple_presence)
    volunteer: bool = False
    languages: tuple[Code, ...] = attrs.field(default=(), converter=_to_tuple_code)
    vetted: bool = False
    vetting_expires: Instant | None = None
    def certified(self, training: str, at: dt.datetime, *, hours: int=0) -> bool: ...
    def is_vetted(self, at: dt.datetime) -> bool: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class TeamMember(Record):
    responder: Id
    role: Role = attrs.field(converter=_to_role)
    presence: Presence = attrs.field(default=Presence.IN_PERSON, converter=_to_presence)

@attrs.frozen(kw_only=True, weakref_slot=False)
class Team(Record):
    tier: Id
    model: ResponseModel = attrs.field(converter=_to_responsemodel)
    members: tuple[TeamMember, ...] = attrs.field(converter=_to_tuple_teammember)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CarePlan(Record):
    flags: tuple[CareFlag, ...] = attrs.field(default=(), converter=_to_tuple_careflag)
    triggers: tuple[Trigger, ...] = attrs.field(default=(), converter=_to_tuple_trigger)
    helped: tuple[Technique, ...] = attrs.field(default=(), converter=_to_tuple_technique)
    first_contact: FirstContact | None = attrs.field(default=None, converter=_to_firstcontact_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class Prior(Record):
    contacts_90_days: int = 0
    last_contact: Instant | None = None
    open_referrals: int = 0
    open_follow_ups: int = 0
    declined_at: Instant | None = None
    days_since_declined: int | None = None
    care: CarePlan | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class Screening(Record):
    tool: ScreeningTool = attrs.field(default=ScreeningTool.C_SSRS, converter=_to_screeningtool)
    level: ScreeningLevel = attrs.field(converter=_to_screeninglevel)
    danger_to_self: bool = False
    danger_to_others: bool = False
    grave_disability: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class Consent(Record):
    scope: ConsentScope = attrs.field(converter=_to_consentscope)
    status: ConsentStatus = attrs.field(converter=_to_consentstatus)
    since: Instant
    id: Id | None = None
    receiver: Id | None = None
    receiver_kind: ReceiverKind | None = attrs.field(default=None, converter=_to_receiverkind_none)
    purpose: Purpose | None = attrs.field(default=None, converter=_to_purpose_none)
    until: Instant | None = None
    given_by: ConsentGiver | None = attrs.field(default=None, converter=_to_consentgiver_none)
    ground: ConsentGround | None = attrs.field(default=None, converter=_to_consentground_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class Person(Record):
    id: Id
    roles: tuple[PersonRole, ...] = attrs.field(default=(), converter=_to_tuple_personrole)
    age_group: AgeGroup = attrs.field(default=AgeGroup.UNKNOWN, converter=_to_agegroup)
    age_band: AgeBand | None = attrs.field(default=None, converter=_to_ageband_none)
    veteran: bool | None = None
    communication: tuple[CommunicationNeed, ...] = attrs.field(default=(), converter=_to_tuple_communicationneed)
    language: Code | None = None
    interpreter: Interpreter | None = attrs.field(default=None, converter=_to_interpreter_none)
    guardian: Presence | None = attrs.field(default=None, converter=_to_presence_none)
    prior: Prior | None = None
    screening: Screening | None = None
    safety_plan: bool = False
    consents: tuple[Consent, ...] = attrs.field(default=(), converter=_to_tuple_consent)
    declined_at: Instant | None = None
    care: CarePlan | None = None
    care_at: Instant | None = None
    apart_from: tuple[Id, ...] = attrs.field(default=(), converter=_to_tuple_id)
    @property
    def is_child(self) -> bool: ...
    @property
    def lacks_plan(self) -> bool: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class Referral(Record):
    id: Id
    person: Id
    need: Need = attrs.field(converter=_to_need)
    status: ReferralStatus = attrs.field(default=ReferralStatus.DRAFT, converter=_to_referralstatus)
    service: Id | None = None
    warm_hand_off: bool = False
    owner: Id | None = None
    due: Instant | None = None
    @property
    def is_open(self) -> bool: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUp(Record):
    id: Id
    kind: FollowUpKind = attrs.field(converter=_to_followupkind)
    due: Instant
    owner: Id | None = None
    person: Id | None = None
    status: FollowUpStatus = attrs.field(default=FollowUpStatus.SCHEDULED, converter=_to_followupstatus)
    outcome: FollowUpOutcome | None = attrs.field(default=None, converter=_to_followupoutcome_none)
    @property
    def is_open(self) -> bool: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class Override(Record):
    by: Id
    reason: OverrideReason = attrs.field(converter=_to_overridereason)

@attrs.frozen(kw_only=True, weakref_slot=False)
class Scene(Record):
    arrived_at: Instant | None = None
    cleared_at: Instant | None = None
    clinician: Presence | None = attrs.field(default=None, converter=_to_presence_none)
    led_by: LeadService | None = attrs.field(default=None, converter=_to_leadservice_none)
    commander: Id | None = None
    attempts: int = 0
    location: LocationType | None = attrs.field(default=None, converter=_to_locationtype_none)
    weapon: bool = False
    secured: bool = False
    techniques: tuple[Technique, ...] = attrs.field(default=(), converter=_to_tuple_technique)
    imminent_danger: bool = False
    force_count: int = 0
    injury_count: int = 0
    safety_plan: bool = False
    clinician_agreed: bool = False
    expert_consulted: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class Transport(Record):
    person: Id
    facility: Facility = attrs.field(converter=_to_facility)
    transported_by: Transporter | None = attrs.field(default=None, converter=_to_transporter_none)
    restrained: bool | None = None
    left_at: Instant | None = None
    arrived_at: Instant | None = None
    accepted_at: Instant | None = None
    @property
    def waits(self) -> bool: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class Link(Record):
    other: Id
    link: IncidentLink = attrs.field(converter=_to_incidentlink)

@attrs.frozen(kw_only=True, weakref_slot=False)
class Attending(Record):
    id: Id
    role: Role | None = attrs.field(default=None, converter=_to_role_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class Standing(Record):
    role: Role | None = attrs.field(default=None, converter=_to_role_none)
    volunteer: bool = False
    vetted: bool = False
    vetting_expires: Instant | None = None
    trainings: tuple[Id, ...] = attrs.field(default=(), converter=_to_tuple_id)
    on_shift: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class Incident(Record):
    id: Id
    state: str = IncidentState.NEW.value
    call: Call | None = None
    scene: Scene = Scene()
    attending: tuple[Attending, ...] = attrs.field(default=(), converter=_to_tuple_attending)
    teams: tuple[Team, ...] = attrs.field(default=(), converter=_to_tuple_team)
    people: tuple[Person, ...] = attrs.field(default=(), converter=_to_tuple_person)
    transports: tuple[Transport, ...] = attrs.field(default=(), converter=_to_tuple_transport)
    referrals: tuple[Referral, ...] = attrs.field(default=(), converter=_to_tuple_referral)
    follow_ups: tuple[FollowUp, ...] = attrs.field(default=(), converter=_to_tuple_followup)
    disposition: Disposition | None = attrs.field(default=None, converter=_to_disposition_none)
    links: tuple[Link, ...] = attrs.field(default=(), converter=_to_tuple_link)
    merged_into: Id | None = None
    transferred_to: Id | None = None
    responder: Standing | None = None
    def person(self, id: str) -> Person | None: ...
    def kept_apart(self, one: str, other: str) -> bool: ...
    def referral(self, id: str) -> Referral | None: ...
    def follow_up(self, id: str) -> FollowUp | None: ...
    @property
    def on_scene(self) -> tuple[Role, ...]: ...
    @property
    def officers_on_scene(self) -> int: ...
    @property
    def tier(self) -> str | None: ...
    @property
    def children(self) -> int: ...
    @property
    def victims(self) -> int: ...
    @property
    def highest_screening(self) -> ScreeningLevel: ...
    @property
    def high_without_plan(self) -> int: ...
    @property
    def open_referrals(self) -> int: ...
    @property
    def open_follow_ups(self) -> int: ...
    @property
    def loose_ends(self) -> int: ...
    @property
    def most_contacts_90_days(self) -> int: ...
