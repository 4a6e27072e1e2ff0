# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import Fact
from coresponder.domain.objects import (LocalCode, Prior, Screening)
from coresponder.domain.types import (Code, Id)
from coresponder.domain.vocabulary import (
    AgeBand,
    AgeGroup,
    AttemptOutcome,
    BodyCamera,
    CommunicationNeed,
    Disposition,
    ForceKind,
    HoldGround,
    Injured,
    InjurySeverity,
    Interpreter,
    LethalMeans,
    LocationType,
    MedicalAid,
    NoAttempt,
    PersonRole,
    Presence,
    ReviewFinding,
    Role,
    Safekeeping,
    Technique,
    WeaponKind,
)

_AgeBand: TypeAlias = AgeBand | Literal['under_12', '12_to_17', '18_to_64', '65_and_over']
_AgeGroup: TypeAlias = AgeGroup | Literal['child', 'adult', 'unknown']
_AttemptOutcome: TypeAlias = AttemptOutcome | Literal[
    'nobody_home',
    'gone_on_arrival',
    'refused_at_door',
]
_BodyCamera: TypeAlias = BodyCamera | Literal['on', 'off', 'failed', 'not_worn']
_CommunicationNeed: TypeAlias = CommunicationNeed | Literal[
    'spoken_language',
    'sign_language',
    'hearing',
    'vision',
    'speech',
    'plain_language',
]
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
_ForceKind: TypeAlias = ForceKind | Literal[
    'hands_on',
    'restraint',
    'less_lethal',
    'firearm_pointed',
    'firearm_discharged',
]
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
_NoAttempt: TypeAlias = NoAttempt | Literal[
    'imminent_danger',
    'attacked',
    'no_time',
    'no_communication',
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
_ReviewFinding: TypeAlias = ReviewFinding | Literal[
    'within_policy',
    'training_needed',
    'out_of_policy',
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
def _to_attemptoutcome(value: _AttemptOutcome) -> AttemptOutcome: ...
def _to_bodycamera_none(value: _BodyCamera | None) -> BodyCamera | None: ...
def _to_communicationneed(value: _CommunicationNeed) -> CommunicationNeed: ...
def _to_disposition(value: _Disposition) -> Disposition: ...
def _to_forcekind(value: _ForceKind) -> ForceKind: ...
def _to_injured(value: _Injured) -> Injured: ...
def _to_injuryseverity_none(value: _InjurySeverity | None) -> InjurySeverity | None: ...
def _to_interpreter(value: _Interpreter) -> Interpreter: ...
def _to_locationtype(value: _LocationType) -> LocationType: ...
def _to_medicalaid(value: _MedicalAid) -> MedicalAid: ...
def _to_noattempt_none(value: _NoAttempt | None) -> NoAttempt | None: ...
def _to_personrole(value: _PersonRole) -> PersonRole: ...
def _to_presence(value: _Presence) -> Presence: ...
def _to_reviewfinding_none(value: _ReviewFinding | None) -> ReviewFinding | None: ...
def _to_role_none(value: _Role | None) -> Role | None: ...
def _to_safekeeping(value: _Safekeeping) -> Safekeeping: ...
def _to_weaponkind_none(value: _WeaponKind | None) -> WeaponKind | None: ...
def _to_tuple_holdground(value: Sequence[_HoldGround]) -> tuple[HoldGround, ...]: ...
def _to_tuple_lethalmeans(value: Sequence[_LethalMeans]) -> tuple[LethalMeans, ...]: ...
def _to_tuple_localcode(value: Sequence[LocalCode]) -> tuple[LocalCode, ...]: ...
def _to_tuple_technique(value: Sequence[_Technique]) -> tuple[Technique, ...]: ...

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
class PersonIdentified(Fact):
    person: Id
    identified_as: Id
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
    responder: Id | None = None
    warned: bool | None = None
    no_attempt: NoAttempt | None = attrs.field(default=None, converter=_to_noattempt_none)
    camera: BodyCamera | None = attrs.field(default=None, converter=_to_bodycamera_none)

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
    finding: ReviewFinding | None = attrs.field(default=None, converter=_to_reviewfinding_none)

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
