"""Words about the people in an incident: part, age, language, place.

Sources: NIBRS, the ADA and Title VI of the Civil Rights Act.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["AgeBand", "AgeGroup", "CommunicationNeed", "Interpreter", "LocationType", "PersonRole"]


class PersonRole(StrEnum):
    """What a person is in the incident."""

    PERSON_IN_CRISIS = "person_in_crisis"
    VICTIM = "victim"
    WITNESS = "witness"
    CHILD_PRESENT = "child_present"
    CALLER = "caller"
    FAMILY = "family"
    SUSPECT = "suspect"
    NEXT_OF_KIN = "next_of_kin"


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
