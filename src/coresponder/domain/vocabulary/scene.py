"""Words about the scene: de-escalation, force, injury, weapons, what takes the place of an arrest.

Sources: curricula of CIT, NIBRS, APCO 1.111.2, Compton et al. 2010.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "Alternative",
    "AttemptOutcome",
    "BodyCamera",
    "CrimeAgainst",
    "Disposition",
    "ForceKind",
    "Injured",
    "InjurySeverity",
    "LethalMeans",
    "MedicalAid",
    "NoAttempt",
    "ReviewFinding",
    "Safekeeping",
    "Technique",
    "WeaponKind",
]


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


class ForceKind(StrEnum):
    """Force used by a responder."""

    HANDS_ON = "hands_on"
    RESTRAINT = "restraint"
    LESS_LETHAL = "less_lethal"
    FIREARM_POINTED = "firearm_pointed"
    FIREARM_DISCHARGED = "firearm_discharged"


class NoAttempt(StrEnum):
    """Why nobody tried to de-escalate before force was used.

    Source: Seattle PD manual 8.100 (when safe and feasible, if time and circumstances permit).
    """

    IMMINENT_DANGER = "imminent_danger"
    ATTACKED = "attacked"
    NO_TIME = "no_time"
    NO_COMMUNICATION = "no_communication"


class BodyCamera(StrEnum):
    """What the body-worn camera of the responder did.

    Source: PERF and COPS Office, Implementing a Body-Worn Camera Program (2014).
    """

    ON = "on"
    OFF = "off"
    FAILED = "failed"
    NOT_WORN = "not_worn"


class ReviewFinding(StrEnum):
    """What a review of force or an injury found."""

    WITHIN_POLICY = "within_policy"
    TRAINING_NEEDED = "training_needed"
    OUT_OF_POLICY = "out_of_policy"


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
