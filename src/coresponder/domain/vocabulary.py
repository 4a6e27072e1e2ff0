"""The words of the field as enums. The value is what is stored and written in TOML.

Sources: APCO/NENA (EIDO registries), SAMHSA crisis guidelines, BJA PMHC toolkit, CIT International
2019, the SDOH Clinical Care referral states (HL7), Compton et al. 2010.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "AbsenceReason", "AgeBand", "AgeGroup", "Alternative", "AttemptOutcome", "CallLine", "CallSource", "CommunicationNeed", "ConsentScope", "ConsentStatus", "CrimeAgainst", "CriticalKind", "DangerLevel", "Disposition", "Facility",
    "FollowUpKind", "FollowUpOutcome",
    "FollowUpStatus", "ForceKind", "HandOverTo", "HoldGround", "IncidentState", "Injured", "InjurySeverity", "Interpreter", "LethalMeans", "LocationType", "MedicalAid",
    "MissedReason", "Nature", "Need",
    "OrderKind", "OverrideReason", "PersonRole", "Presence", "Priority", "ProtectionAgency", "ReferralStatus", "ResponderStatus",
    "ResponseModel", "Role", "Safekeeping",
    "ScreeningLevel", "ScreeningTool", "Technique", "Training", "Transporter", "VoidReason", "WeaponKind",
    "Weekday",
]  # fmt: skip


class Role(StrEnum):
    """Who responds."""

    PATROL_OFFICER = "patrol_officer"
    CIT_OFFICER = "cit_officer"
    CLINICIAN = "clinician"
    COMMUNITY_HEALTH_WORKER = "community_health_worker"
    PEER = "peer"
    PARAMEDIC = "paramedic"
    ADVOCATE = "advocate"
    SUPERVISOR = "supervisor"

    @property
    def sworn(self) -> bool:
        """True for an officer: somebody with the power to arrest."""
        return self in {Role.PATROL_OFFICER, Role.CIT_OFFICER, Role.SUPERVISOR}


class Training(StrEnum):
    """What a credential certifies."""

    CIT = "cit"
    BASIC_DE_ESCALATION = "basic_de_escalation"
    MENTAL_HEALTH_LICENSE = "mental_health_license"
    CHILD_TRAUMA = "child_trauma"
    COMMUNITY_HEALTH = "community_health"
    TEAM_TWO = "team_two"
    PEER_SUPPORT = "peer_support"

    @classmethod
    def _missing_(cls, value: object) -> Training | None:
        """Read a program that was stored when the license was spelled in another way."""
        return cls.MENTAL_HEALTH_LICENSE if value == "mental_health_licence" else None


class CallSource(StrEnum):
    """How the incident became known."""

    NINE_ONE_ONE = "911"
    NINE_EIGHT_EIGHT = "988"
    NON_EMERGENCY_LINE = "non_emergency_line"
    OFFICER_INITIATED = "officer_initiated"
    WALK_IN = "walk_in"
    HOSPITAL = "hospital"
    SCHOOL = "school"
    FAMILY = "family"
    OUTREACH = "outreach"
    OTHER_AGENCY = "other_agency"


class CallLine(StrEnum):
    """A line that takes a call on. The Veterans Crisis Line is 988, then 1."""

    NINE_ONE_ONE = "911"
    NINE_EIGHT_EIGHT = "988"
    VETERANS_CRISIS_LINE = "veterans_crisis_line"
    LOCAL_CRISIS_LINE = "local_crisis_line"
    TWO_ONE_ONE = "211"


class Nature(StrEnum):
    """What the call is about.

    `dementia` is also a person with dementia who has wandered, `developmental_disability` also
    autism. Sources: APCO 2.103.2 incident types (INTOX, TRESPASS), the topics of the CIT curriculum
    (CIT International 2019).
    """

    SUICIDE_THREAT = "suicide_threat"
    SUICIDE_ATTEMPT = "suicide_attempt"
    PSYCHOSIS = "psychosis"
    MENTAL_HEALTH_CRISIS = "mental_health_crisis"
    WELFARE_CHECK = "welfare_check"
    DISTURBANCE = "disturbance"
    OVERDOSE = "overdose"
    DOMESTIC_VIOLENCE = "domestic_violence"
    CHILD_EXPOSED_TO_VIOLENCE = "child_exposed_to_violence"
    VIOLENT_CRIME = "violent_crime"
    VICTIM_SUPPORT = "victim_support"
    TRAUMATIC_EVENT = "traumatic_event"
    DEATH_NOTIFICATION = "death_notification"
    HOMELESSNESS = "homelessness"
    SELF_HARM = "self_harm"
    INTOXICATION = "intoxication"
    SUBSTANCE_USE = "substance_use"
    DEMENTIA = "dementia"
    DEVELOPMENTAL_DISABILITY = "developmental_disability"
    POSTPARTUM_CRISIS = "postpartum_crisis"
    EVICTION = "eviction"
    TRESPASS = "trespass"
    OTHER = "other"


class Priority(StrEnum):
    """How soon somebody must be there."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"


class ResponseModel(StrEnum):
    """Models of response (BJA PMHC toolkit)."""

    PRIMARY_CO_RESPONSE = "primary_co_response"
    SECONDARY_CO_RESPONSE = "secondary_co_response"
    TELEHEALTH = "telehealth"
    EMBEDDED_CLINICIAN = "embedded_clinician"
    MOBILE_CRISIS_TEAM = "mobile_crisis_team"
    CASE_MANAGEMENT = "case_management"
    POST_INCIDENT_OUTREACH = "post_incident_outreach"
    CIT_RESPONSE = "cit_response"
    POLICE_RESPONSE = "police_response"


class Presence(StrEnum):
    """How a responder takes part."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    VIDEO = "video"


class Technique(StrEnum):
    """De-escalation techniques of CIT curricula."""

    ACTIVE_LISTENING = "active_listening"
    OPEN_ENDED_QUESTIONS = "open_ended_questions"
    MIRRORING = "mirroring"
    BODY_LANGUAGE = "body_language"
    INTRODUCE_YOURSELF = "introduce_yourself"
    ONE_VOICE = "one_voice"
    CALM_TONE = "calm_tone"
    PERSONAL_SPACE = "personal_space"
    REFLECT_FEELING = "reflect_feeling"
    SUMMARISE = "summarise"
    PARAPHRASE = "paraphrase"
    MINIMAL_ENCOURAGERS = "minimal_encouragers"
    I_STATEMENTS = "i_statements"
    EFFECTIVE_PAUSES = "effective_pauses"
    SAFETY_PLANNING = "safety_planning"


class PersonRole(StrEnum):
    """What a person is in the incident."""

    PERSON_IN_CRISIS = "person_in_crisis"
    VICTIM = "victim"
    WITNESS = "witness"
    CHILD_PRESENT = "child_present"
    CALLER = "caller"
    FAMILY = "family"
    SUSPECT = "suspect"


class AgeGroup(StrEnum):
    """A child is a person under 18."""

    CHILD = "child"
    ADULT = "adult"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, age: int | None) -> AgeGroup:
        """Return the group of an age in completed years; the age itself is not kept.

        >>> AgeGroup.of(17).value, AgeGroup.of(18).value, AgeGroup.of(None).value
        ('child', 'adult', 'unknown')
        """
        if age is None:
            return cls.UNKNOWN
        if not 0 <= age <= 130:
            raise ValueError(
                f"an age of {age} years cannot be right; give completed years, or None if unknown"
            )
        return cls.CHILD if age < 18 else cls.ADULT


class AgeBand(StrEnum):
    """Age in years, as far as a crew can tell it: child, youth, adult, older adult.

    Sources: SAMHSA, National Survey on Drug Use and Health (12 to 17); Older Americans Act and
    Medicare (65).
    """

    UNDER_12 = "under_12"
    FROM_12_TO_17 = "12_to_17"
    FROM_18_TO_64 = "18_to_64"
    FROM_65 = "65_and_over"

    @property
    def group(self) -> AgeGroup:
        """Child or adult: the group that rules about children read."""
        young = self in {AgeBand.UNDER_12, AgeBand.FROM_12_TO_17}
        return AgeGroup.CHILD if young else AgeGroup.ADULT


class CommunicationNeed(StrEnum):
    """Why talking as usual does not do.

    `spoken_language` is limited English; `hearing` is a person who is hard of hearing and does not
    sign; `plain_language` is short words and time, for a cognitive disability or dementia. Sources:
    Title VI of the Civil Rights Act, DOJ guidance 67 FR 41455 (limited English proficiency); ADA,
    28 CFR 35.160 (hearing, vision, speech).
    """

    SPOKEN_LANGUAGE = "spoken_language"
    SIGN_LANGUAGE = "sign_language"
    HEARING = "hearing"
    VISION = "vision"
    SPEECH = "speech"
    PLAIN_LANGUAGE = "plain_language"


class Interpreter(StrEnum):
    """Who interprets. A bilingual responder speaks the person's language, and needs no other.

    Source: ADA, 28 CFR 35.104 and 35.160(c): a qualified interpreter; a companion or a child only in
    an emergency.
    """

    QUALIFIED = "qualified"
    BILINGUAL_RESPONDER = "bilingual_responder"
    FAMILY = "family"
    CHILD = "child"
    BYSTANDER = "bystander"


class LocationType(StrEnum):
    """What kind of place it is, never which one. Source: NIBRS, data element 9 (location type)."""

    HOME = "home"
    STREET = "street"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    JAIL = "jail"
    SHELTER = "shelter"
    BUSINESS = "business"
    TRANSIT = "transit"
    PARK = "park"
    OTHER = "other"


class ScreeningTool(StrEnum):
    """What was asked."""

    C_SSRS = "c_ssrs"
    LOCAL = "local"


class ScreeningLevel(StrEnum):
    """Result of the Columbia screener (C-SSRS) or a local tool mapped to it."""

    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Disposition(StrEnum):
    """How the contact ended.

    `no_mental_health_need` is a person who was seen and needs none of what the program gives (APCO
    1.111.2, 41: evaluated, no treatment or transport required); `unfounded` is a call that was not
    so.
    """

    RESOLVED_ON_SCENE = "resolved_on_scene"
    RESOLVED_BY_PHONE = "resolved_by_phone"
    REMAINED_IN_COMMUNITY = "remained_in_community"
    VOLUNTARY_TRANSPORT = "voluntary_transport"
    EMERGENCY_HOLD = "emergency_hold"
    REFERRED = "referred"
    HANDED_TO_EMS = "handed_to_ems"
    HANDED_TO_MOBILE_CRISIS = "handed_to_mobile_crisis"
    HANDED_TO_FAMILY = "handed_to_family"
    HANDED_TO_CRISIS_LINE = "handed_to_crisis_line"
    DECLINED_SERVICES = "declined_services"
    ARRESTED = "arrested"
    CITED = "cited"
    UNABLE_TO_LOCATE = "unable_to_locate"
    CANCELLED = "cancelled"
    UNFOUNDED = "unfounded"
    NO_MENTAL_HEALTH_NEED = "no_mental_health_need"


class Facility(StrEnum):
    """Where a person is taken."""

    EMERGENCY_DEPARTMENT = "emergency_department"
    CRISIS_WALK_IN = "crisis_walk_in"
    STABILIZATION = "stabilization"
    SOBERING = "sobering"
    DETOX = "detox"
    RESPITE = "respite"
    SHELTER = "shelter"
    HOME = "home"
    JAIL = "jail"

    @classmethod
    def _missing_(cls, value: object) -> Facility | None:
        """Read an event that was stored when the word was spelled in another way."""
        return cls.STABILIZATION if value == "stabilisation" else None


class Transporter(StrEnum):
    """Who takes a person to a facility.

    Sources: APCO 1.111.2, 33, 34 and 45 (by law enforcement, private vehicle, EMS); NRI 2022 (by a
    mobile crisis team).
    """

    POLICE = "police"
    EMS = "ems"
    CRISIS_TEAM = "crisis_team"
    FAMILY = "family"
    OTHER = "other"


class HandOverTo(StrEnum):
    """Who takes over at the scene."""

    EMS = "ems"
    MOBILE_CRISIS = "mobile_crisis"
    FAMILY = "family"
    OTHER_AGENCY = "other_agency"


class HoldGround(StrEnum):
    """Legal grounds of an emergency hold."""

    DANGER_TO_SELF = "danger_to_self"
    DANGER_TO_OTHERS = "danger_to_others"
    GRAVE_DISABILITY = "grave_disability"


class ForceKind(StrEnum):
    """Force used by a responder."""

    HANDS_ON = "hands_on"
    RESTRAINT = "restraint"
    LESS_LETHAL = "less_lethal"
    FIREARM_POINTED = "firearm_pointed"
    FIREARM_DISCHARGED = "firearm_discharged"


class Injured(StrEnum):
    """Who was hurt."""

    PERSON = "person"
    RESPONDER = "responder"


class WeaponKind(StrEnum):
    """What kind of weapon. Source: NIBRS, data element 13 (type of weapon or force)."""

    FIREARM = "firearm"
    KNIFE = "knife"
    BLUNT_OBJECT = "blunt_object"
    VEHICLE = "vehicle"
    EXPLOSIVE = "explosive"
    IMITATION = "imitation"
    OTHER = "other"


class Safekeeping(StrEnum):
    """Where a weapon is, out of reach: locked up where it was, or taken by whom.

    Source: Harvard, Means Matter (with a relative, at a gun shop, in storage, with the police).
    """

    LOCKED_UP = "locked_up"
    WITH_FAMILY = "with_family"
    WITH_POLICE = "with_police"
    OFF_SITE = "off_site"


class LethalMeans(StrEnum):
    """What a person at risk is kept away from (Counseling on Access to Lethal Means)."""

    FIREARMS = "firearms"
    MEDICATION = "medication"
    OTHER = "other"


class DangerLevel(StrEnum):
    """What a danger assessment of a victim found. Source: Lethality Assessment Program."""

    HIGH = "high"
    NOT_HIGH = "not_high"
    NOT_ANSWERED = "not_answered"


class ProtectionAgency(StrEnum):
    """Who takes reports of abuse or neglect: of a child, or of an older or dependent adult."""

    CHILD_PROTECTION = "child_protection"
    ADULT_PROTECTION = "adult_protection"


class OrderKind(StrEnum):
    """What a court order is against: a risk with a firearm, or violence by somebody close.

    Extreme-risk orders are also called gun violence restraining orders, or red-flag orders.
    """

    EXTREME_RISK = "extreme_risk"
    DOMESTIC_VIOLENCE = "domestic_violence"
    OTHER = "other"


class InjurySeverity(StrEnum):
    """How badly somebody was hurt. Sources: NIBRS, data element 33 (minor, major injury); FBI,
    National Use-of-Force Data Collection (serious bodily injury, death).
    """

    MINOR = "minor"
    SERIOUS = "serious"
    FATAL = "fatal"


class CrimeAgainst(StrEnum):
    """What an offense is against (NIBRS: crimes against persons, property and society)."""

    PERSON = "person"
    PROPERTY = "property"
    SOCIETY = "society"


class Alternative(StrEnum):
    """What takes the place of an arrest.

    Diversion is in lieu of an arrest that could have been made; deflection leads to services where
    none was necessary or permitted (Law Enforcement Assisted Diversion: arrest diversion and social
    contact referral; BJA COSSAP, five pathways).
    """

    DIVERSION = "diversion"
    DEFLECTION = "deflection"
    CITATION = "citation"
    WARNING = "warning"


class AttemptOutcome(StrEnum):
    """Why no contact was made where somebody tried (APCO 1.111.2, 14: gone on arrival)."""

    NOBODY_HOME = "nobody_home"
    GONE_ON_ARRIVAL = "gone_on_arrival"
    REFUSED_AT_DOOR = "refused_at_door"


class MedicalAid(StrEnum):
    """First aid at the scene, also by those who are not medics."""

    NALOXONE = "naloxone"
    CPR = "cpr"
    DEFIBRILLATION = "defibrillation"
    BLEEDING_CONTROL = "bleeding_control"
    OTHER = "other"


class ConsentScope(StrEnum):
    """What the person consents to."""

    SERVICES = "services"
    SHARING = "sharing"
    SUBSTANCE_USE_RECORDS = "substance_use_records"


class ConsentStatus(StrEnum):
    """Where a consent stands."""

    GIVEN = "given"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Need(StrEnum):
    """What a referral is for."""

    MENTAL_HEALTH = "mental_health"
    SUBSTANCE_USE = "substance_use"
    CHILD_TRAUMA_TREATMENT = "child_trauma_treatment"
    VICTIM_SERVICES = "victim_services"
    HOUSING = "housing"
    FOOD = "food"
    TRANSPORT = "transport"
    CHILD_CARE = "child_care"
    EDUCATION = "education"
    EMPLOYMENT = "employment"
    MEDICAL = "medical"
    VETERAN_SERVICES = "veteran_services"
    OTHER = "other"


class ReferralStatus(StrEnum):
    """Referral states of the SDOH Clinical Care guide (FHIR Task.status)."""

    DRAFT = "draft"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"


class FollowUpKind(StrEnum):
    """What kind of planned contact."""

    PHONE_CALL = "phone_call"
    HOME_VISIT = "home_visit"
    JOINT_HOME_VISIT = "joint_home_visit"
    NEXT_DAY_VISIT = "next_day_visit"
    CLINIC_VISIT = "clinic_visit"
    CARE_CHECK = "care_check"


class FollowUpStatus(StrEnum):
    """Where a follow-up stands."""

    SCHEDULED = "scheduled"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"


class FollowUpOutcome(StrEnum):
    """What came of a follow-up."""

    REACHED = "reached"
    CONNECTED_TO_CARE = "connected_to_care"
    SAFE = "safe"
    NEEDS_MORE_HELP = "needs_more_help"
    DECLINED = "declined"


class MissedReason(StrEnum):
    """Why a follow-up was missed."""

    NOBODY_HOME = "nobody_home"
    NO_ANSWER = "no_answer"
    MOVED = "moved"
    NO_STAFF = "no_staff"
    UNSAFE = "unsafe"


class OverrideReason(StrEnum):
    """Why a refused step was taken all the same (break glass). Details go to the vault."""

    IMMINENT_DANGER = "imminent_danger"
    MEDICAL_EMERGENCY = "medical_emergency"
    SUPERVISOR_ORDER = "supervisor_order"
    COURT_ORDER = "court_order"
    PERSON_REQUESTED = "person_requested"
    NOT_POSSIBLE = "not_possible"
    SYSTEM_OUTAGE = "system_outage"


class VoidReason(StrEnum):
    """Why an event was entered in error."""

    WRONG_INCIDENT = "wrong_incident"
    WRONG_PERSON = "wrong_person"
    WRONG_TIME = "wrong_time"
    DUPLICATE = "duplicate"
    DID_NOT_HAPPEN = "did_not_happen"


class IncidentState(StrEnum):
    """The shipped states of an incident; a program may add its own."""

    NEW = "new"
    RECEIVED = "received"
    TRIAGED = "triaged"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    ENGAGED = "engaged"
    CLEARED = "cleared"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ResponderStatus(StrEnum):
    """Where a responder stands."""

    OFF_DUTY = "off_duty"
    AVAILABLE = "available"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"


class Weekday(StrEnum):
    """A day of the week, in its order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class CriticalKind(StrEnum):
    """What makes an incident critical for those who were there."""

    DEATH = "death"
    DEATH_OF_CHILD = "death_of_child"
    DEATH_OF_COLLEAGUE = "death_of_colleague"
    SERIOUS_INJURY = "serious_injury"
    SHOTS_FIRED = "shots_fired"
    OTHER = "other"


class AbsenceReason(StrEnum):
    """Why a responder cannot be sent, though on a shift."""

    ILLNESS = "illness"
    INJURY = "injury"
    VACATION = "vacation"
    FAMILY_LEAVE = "family_leave"
    TRAINING = "training"
    COURT = "court"
    ADMINISTRATIVE_LEAVE = "administrative_leave"
