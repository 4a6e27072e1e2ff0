"""Words of a care plan: what responders should know of a person whom they meet often.

The field has no list that all use; these words are a local choice.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["CareFlag", "FirstContact", "Trigger"]


class CareFlag(StrEnum):
    """What a crew does when it meets the person."""

    ONE_VOICE = "one_voice"
    NO_LIGHTS_OR_SIREN = "no_lights_or_siren"
    NO_TOUCH = "no_touch"
    PLAIN_CLOTHES = "plain_clothes"
    MEDICAL_CONDITION = "medical_condition"
    SERVICE_ANIMAL = "service_animal"


class Trigger(StrEnum):
    """What makes it worse for the person."""

    CROWDS = "crowds"
    LOUD_VOICES = "loud_voices"
    UNIFORMS = "uniforms"
    BEING_TOUCHED = "being_touched"
    FAMILY_MEMBER = "family_member"
    HOSPITAL = "hospital"


class FirstContact(StrEnum):
    """Who is called first, as agreed with the person."""

    CASE_MANAGER = "case_manager"
    CLINICIAN = "clinician"
    PEER = "peer"
    FAMILY = "family"
