"""Words about consent, referrals and follow-ups.

Source: the referral states of SDOH Clinical Care (HL7).
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "ConsentGiver",
    "ConsentGround",
    "ConsentLapse",
    "ConsentScope",
    "ConsentStatus",
    "FollowUpKind",
    "FollowUpOutcome",
    "FollowUpStatus",
    "MissedReason",
    "Need",
    "ReceiverKind",
    "ReferralReason",
    "ReferralStatus",
]


class ConsentScope(StrEnum):
    """What the person consents to.

    Sources: HIPAA; 42 CFR Part 2 (substance-use records); FERPA, 34 CFR 99.30 (what a school knows);
    VAWA, 34 USC 12291(b)(2) (what a victim advocate knows).
    """

    SERVICES = "services"
    SHARING = "sharing"
    SUBSTANCE_USE_RECORDS = "substance_use_records"
    SCHOOL_RECORDS = "school_records"
    ADVOCATE_RECORDS = "advocate_records"
    CARE_PLAN = "care_plan"


class ConsentStatus(StrEnum):
    """Where a consent stands."""

    GIVEN = "given"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ConsentGiver(StrEnum):
    """Who consented in a person's place.

    Sources: 42 CFR 2.14 and 2.15, who signs for minors and others; 45 CFR 164.508(c)(1)(vi).
    """

    GUARDIAN = "guardian"
    COURT = "court"


class ConsentGround(StrEnum):
    """Why somebody may consent, or why a minor may without a parent.

    Sources: 45 CFR 164.502(g) (personal representatives); 42 CFR 2.14 (minors), 2.15 (people who
    cannot decide, and people who died); 42 CFR 2.61 to 2.67 (court orders).
    """

    PARENT = "parent"
    APPOINTED_GUARDIAN = "appointed_guardian"
    HEALTH_CARE_AGENT = "health_care_agent"
    PERSONAL_REPRESENTATIVE = "personal_representative"
    MINOR_BY_LAW = "minor_by_law"
    COURT_ORDER = "court_order"


class ReceiverKind(StrEnum):
    """The class of receivers that a consent names in place of one receiver.

    Source: 42 CFR 2.31(a)(4), a class of persons, such as those who treat the person.
    """

    SERVICE = "service"
    SCHOOL = "school"
    PARTNER_AGENCY = "partner_agency"
    FAMILY = "family"
    COURT = "court"


class ConsentLapse(StrEnum):
    """Why no consent that a person gave covers what is to be shared now.

    `incomplete` is a consent without what the law asks of it: 42 CFR 2.31(a)(4) and (5), the
    receiver and the purpose of substance-use records; 34 USC 12291(b)(2)(B), the end of a consent
    to what a victim advocate knows.
    """

    WITHDRAWN = "withdrawn"
    RUN_OUT = "run_out"
    OTHER_RECEIVER = "other_receiver"
    OTHER_PURPOSE = "other_purpose"
    INCOMPLETE = "incomplete"


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


class ReferralReason(StrEnum):
    """Why a referral ended without the service, or was turned down: the reason that SDOH Clinical Care
    wants with a status of rejected, failed or canceled, as a code.
    """

    NO_CAPACITY = "no_capacity"
    NOT_ELIGIBLE = "not_eligible"
    SERVICE_NOT_OFFERED = "service_not_offered"
    NOT_REACHED = "not_reached"
    NOT_WANTED = "not_wanted"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    MOVED = "moved"
    HELPED_ELSEWHERE = "helped_elsewhere"
    NO_LONGER_NEEDED = "no_longer_needed"
    DUPLICATE = "duplicate"
    OTHER = "other"


class FollowUpKind(StrEnum):
    """What kind of planned contact."""

    PHONE_CALL = "phone_call"
    HOME_VISIT = "home_visit"
    JOINT_HOME_VISIT = "joint_home_visit"
    NEXT_DAY_VISIT = "next_day_visit"
    CLINIC_VISIT = "clinic_visit"
    CARE_CHECK = "care_check"
    TREATMENT_SESSION = "treatment_session"
    ANNIVERSARY = "anniversary"
    COURT_DAY = "court_day"


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
