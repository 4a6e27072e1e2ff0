"""The scene: what was found there, who spoke with whom, and what was done for people."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Fact
from coresponder.domain.objects import LocalCode, Prior, Screening
from coresponder.domain.types import Code, Id
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

__all__ = [
    "ClinicianAgreed",
    "ClinicianEngaged",
    "CommunicationNeedFound",
    "ContactAttempted",
    "ContactMade",
    "DeEscalationAttempted",
    "EmergencyHoldPlaced",
    "ExpertConsulted",
    "ForceUsed",
    "GuardianNotReached",
    "GuardianReached",
    "ImminentDangerSeen",
    "InjuryRecorded",
    "InterpreterEngaged",
    "LethalMeansCounseled",
    "LocationRecorded",
    "MedicalAidGiven",
    "MedicalCareDeclined",
    "MedicallyEvaluated",
    "PersonIdentified",
    "PersonInvolved",
    "ReviewHeld",
    "SafetyPlanMade",
    "SceneSecured",
    "Screened",
    "SupervisorNotified",
    "WeaponSecured",
    "WeaponSeen",
]


# --- the scene -----------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class WeaponSeen(Fact):
    """A weapon is on scene or within reach.

    Attributes:
        person: whose it is. Another weapon of theirs that is still within reach after one was
            secured is recorded again.
    """

    version = 2

    kind: WeaponKind | None = None
    person: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class WeaponSecured(Fact):
    """A weapon is out of reach.

    Attributes:
        person: whose it is, as in `WeaponSeen`.
        responder: the responder who secured it; None if it was somebody else.
    """

    safekeeping: Safekeeping
    kind: WeaponKind | None = None
    person: Id | None = None
    responder: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class SceneSecured(Fact):
    """The scene is safe for those who are not sworn."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class ImminentDangerSeen(Fact):
    """Somebody is in immediate danger."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class ContactMade(Fact):
    """A responder is in contact with the person."""

    responder: Id
    role: Role | None = None
    person: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ContactAttempted(Fact):
    """A responder was there and made no contact with the person.

    Attributes:
        card_left: whether a card says how to reach the team.
    """

    outcome: AttemptOutcome
    responder: Id | None = None
    person: Id | None = None
    card_left: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class DeEscalationAttempted(Fact):
    """Techniques were used; `worked` is None while unknown."""

    version = 2

    techniques: tuple[Technique, ...] = attrs.field(validator=attrs.validators.min_len(1))
    worked: bool | None = None
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ClinicianEngaged(Fact):
    """A clinician works with the person or family, in person or by phone."""

    responder: Id
    presence: Presence = Presence.IN_PERSON


@attrs.frozen(kw_only=True, weakref_slot=False)
class ExpertConsulted(Fact):
    """The mental-health expert was reached and advised those on scene."""

    responder: Id
    presence: Presence = Presence.PHONE


@attrs.frozen(kw_only=True, weakref_slot=False)
class PersonInvolved(Fact):
    """Somebody has a role in the incident. The workflow adds `prior` from its own store.

    Attributes:
        age_group: follows from `age_band` where that is given.
        veteran: whether the person served in the military; None if nobody asked.
    """

    version = 2

    person: Id
    role: PersonRole
    age_group: AgeGroup = AgeGroup.UNKNOWN
    age_band: AgeBand | None = None
    veteran: bool | None = None
    prior: Prior | None = None

    def __attrs_post_init__(self) -> None:
        """Let the age group be that of the band, so that the two never differ."""
        if self.age_band is not None:
            object.__setattr__(self, "age_group", self.age_band.group)


@attrs.frozen(kw_only=True, weakref_slot=False)
class PersonIdentified(Fact):
    """Somebody of whom nobody knew who they are has an id, or has another than was thought. All that
    is recorded of `person` is of `identified_as`. The workflow adds `prior` from its own store.

    Who was identified wrongly is parted again when this event is voided (`EnteredInError`).

    Attributes:
        person: the id under which the incident knew them.
        identified_as: the id that they have.
    """

    person: Id
    identified_as: Id
    prior: Prior | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class LocationRecorded(Fact):
    """What kind of place the incident is at; the last one counts."""

    location: LocationType


@attrs.frozen(kw_only=True, weakref_slot=False)
class CommunicationNeedFound(Fact):
    """The person needs another language or another way to talk.

    Attributes:
        language: a code like `es`, or `ase` for American Sign Language (ISO 639).
    """

    person: Id
    need: CommunicationNeed
    language: Code | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class InterpreterEngaged(Fact):
    """Somebody interprets for the person, in person, by phone or by video."""

    person: Id
    interpreter: Interpreter
    presence: Presence = Presence.IN_PERSON


@attrs.frozen(kw_only=True, weakref_slot=False)
class GuardianReached(Fact):
    """A parent or guardian of a minor is there or on the phone."""

    person: Id
    presence: Presence = Presence.IN_PERSON


@attrs.frozen(kw_only=True, weakref_slot=False)
class GuardianNotReached(Fact):
    """Somebody tried to reach a parent or guardian of a minor, and did not."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class Screened(Fact):
    """A screening was done; its answers are not in the log."""

    person: Id
    screening: Screening


@attrs.frozen(kw_only=True, weakref_slot=False)
class SafetyPlanMade(Fact):
    """A safety plan was made with the person."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class LethalMeansCounseled(Fact):
    """Somebody talked with the person or the family about keeping lethal means out of reach."""

    person: Id
    means: tuple[LethalMeans, ...] = ()
    responder: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ClinicianAgreed(Fact):
    """A clinician agreed to the disposition."""

    responder: Id
    disposition: Disposition


@attrs.frozen(kw_only=True, weakref_slot=False)
class ForceUsed(Fact):
    """A responder used force.

    Attributes:
        responder: who used it.
        warned: whether the person was warned before; None if nobody said.
        no_attempt: why nobody tried to de-escalate before.
        camera: what the responder's body-worn camera did; None if nobody said.
    """

    version = 2

    kind: ForceKind
    person: Id | None = None
    responder: Id | None = None
    warned: bool | None = None
    no_attempt: NoAttempt | None = None
    camera: BodyCamera | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class InjuryRecorded(Fact):
    """Somebody was hurt.

    Attributes:
        person: the person who was hurt, unless it is a responder.
        responder: the responder who was hurt, if it was one.
    """

    version = 2

    injured: Injured
    severity: InjurySeverity | None = None
    person: Id | None = None
    responder: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class SupervisorNotified(Fact):
    """A supervisor was told."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReviewHeld(Fact):
    """Force or an injury was reviewed."""

    version = 2

    finding: ReviewFinding | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class EmergencyHoldPlaced(Fact):
    """A person was taken into an emergency hold, on recorded grounds."""

    person: Id
    grounds: tuple[HoldGround, ...] = attrs.field(validator=attrs.validators.min_len(1))


@attrs.frozen(kw_only=True, weakref_slot=False)
class MedicalAidGiven(Fact):
    """Somebody gave first aid. `role` is the responder's; None if it was somebody else."""

    person: Id
    aid: MedicalAid
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class MedicallyEvaluated(Fact):
    """EMS or another medical professional evaluated the person.

    Source: APCO 1.111.2, 41 and 43 to 45 (patient evaluated, treated).
    """

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class MedicalCareDeclined(Fact):
    """The person refused medical evaluation or care.

    Source: APCO 1.111.2, 42 (patient refused evaluation or care).
    """

    person: Id
