"""Every event type, each a `Fact` or a `Decision`.

A fact happened and is always taken. A decision is checked, and can be refused. An event is both the
request and the record. No event has a name, a birth date, an address or free text: an id points
into the vault where words are needed.
"""

from __future__ import annotations

import inspect
from typing import ClassVar

import attrs

from coresponder.domain.objects import LocalCode, Prior, Screening, Team
from coresponder.domain.types import Code, Id, Instant
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


@attrs.frozen(kw_only=True, weakref_slot=False)
class Event(Record):
    """A thing that happened: when, who says so, and whether the time is only approximate.

    Attributes:
        version: of its fields, for what is stored.
        administrative: it is about the record and no happening, so a rule counts it only where the
            rule names it.
    """

    version: ClassVar[int] = 1
    administrative: ClassVar[bool] = False
    reads_back: ClassVar[bool] = True

    at: Instant
    by: Id
    approximate: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class Fact(Event):
    """Something that happened in the world. It is always taken."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class Decision(Event):
    """Something that somebody decides. It can be refused, and overridden with a reason."""


# --- the call ---------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallReceived(Fact):
    """The agency came to know of the incident: this opens it."""

    source: CallSource
    nature: Nature
    priority: Priority | None = None
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTriaged(Fact):
    """A call taker or embedded clinician judged what it is."""

    nature: Nature
    priority: Priority | None = None
    qualifies: bool = True
    weapon: bool = False
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferOffered(Decision):
    """Another line was asked to take the caller on.

    Attributes:
        warm: who asks stays on the line until somebody there has the caller.
    """

    to: CallLine
    warm: bool = True


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferAccepted(Fact):
    """The other line has the caller.

    Attributes:
        accepted_by: who took the call there.
    """

    to: CallLine
    accepted_by: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferDeclined(Fact):
    """The other line did not take the caller on, or the caller did not want it."""

    to: CallLine


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallerLost(Fact):
    """The call broke off before it was settled."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallerReached(Fact):
    """A caller who was lost is on the line again."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class TeamDispatched(Decision):
    """A team was sent."""

    team: Team

    @property
    def tier(self) -> str:
        """The staffing tier that chose the team."""
        return self.team.tier

    @property
    def responders(self) -> tuple[str, ...]:
        """Ids of the team's members."""
        return tuple(m.responder for m in self.team.members)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles of those who go in person."""
        return tuple(m.role for m in self.team.members if m.presence is Presence.IN_PERSON)

    @property
    def by_phone(self) -> tuple[Role, ...]:
        """Roles of those who take part by phone or video."""
        return tuple(m.role for m in self.team.members if m.presence is not Presence.IN_PERSON)


@attrs.frozen(kw_only=True, weakref_slot=False)
class TeamUnavailable(Fact):
    """Nobody who was available qualified for any tier."""

    missing: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderEnRoute(Fact):
    """A responder is on the way."""

    responder: Id
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderArrived(Fact):
    """A responder is on scene. The workflow adds the `role` that the responder was sent in."""

    responder: Id
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderCleared(Fact):
    """One responder left while others stay."""

    responder: Id
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderRelieved(Fact):
    """Another responder, who is there or reached, took over from one who leaves: on scene, or of
    what is still to be done at the end of a shift.
    """

    responder: Id
    relieved_by: Id
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class SecondaryResponseRequested(Fact):
    """An officer on scene asked for a clinician or another team."""

    role: Role = Role.CLINICIAN


# --- the scene --------------------------------------------------------------------------------------------------------


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
        responder: who secured it; None if it was no responder.
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
    """A responder used force."""

    kind: ForceKind
    person: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class InjuryRecorded(Fact):
    """Somebody was hurt.

    Attributes:
        person: who was hurt, if it is no responder.
        responder: who was hurt, if it is one.
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


@attrs.frozen(kw_only=True, weakref_slot=False)
class EmergencyHoldPlaced(Fact):
    """A person was taken into an emergency hold, on recorded grounds."""

    person: Id
    grounds: tuple[HoldGround, ...] = attrs.field(validator=attrs.validators.min_len(1))


@attrs.frozen(kw_only=True, weakref_slot=False)
class MedicalAidGiven(Fact):
    """Somebody gave first aid; `role` is of the one who gave it, None if it was no responder."""

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


@attrs.frozen(kw_only=True, weakref_slot=False)
class ChargeableOffenseFound(Fact):
    """An officer had grounds to arrest the person for an offense."""

    person: Id
    against: CrimeAgainst | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class WarrantFound(Fact):
    """There is a warrant for the person's arrest."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class VictimRightsTold(Fact):
    """A victim was told their rights, and where to find help."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class DangerAssessed(Fact):
    """A victim was asked how much danger they are in; the answers are not in the log."""

    person: Id
    level: DangerLevel


@attrs.frozen(kw_only=True, weakref_slot=False)
class AdvocateReached(Fact):
    """A victim advocate talks with the person, in person or on a hotline."""

    person: Id
    presence: Presence = Presence.PHONE


@attrs.frozen(kw_only=True, weakref_slot=False)
class AbuseSuspected(Fact):
    """There is reasonable cause to suspect that somebody abused or neglected the person."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportMade(Fact):
    """Abuse or neglect of the person was reported, as the law asks.

    Attributes:
        written: the written report, which follows the one by phone or online.
    """

    person: Id
    agency: ProtectionAgency = ProtectionAgency.CHILD_PROTECTION
    written: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportAccepted(Fact):
    """The agency looks into the report."""

    person: Id
    agency: ProtectionAgency = ProtectionAgency.CHILD_PROTECTION


@attrs.frozen(kw_only=True, weakref_slot=False)
class MandatedReportScreenedOut(Fact):
    """The agency does not look into the report: it does not meet what the law asks."""

    person: Id
    agency: ProtectionAgency = ProtectionAgency.CHILD_PROTECTION


@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderFound(Fact):
    """A court order that protects somebody from the person is in force.

    Attributes:
        person: whom it restrains.
    """

    person: Id
    order: OrderKind


@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderRequested(Fact):
    """A court was asked for an order, by whoever may ask in that state.

    Attributes:
        person: whom it would restrain.
    """

    person: Id
    order: OrderKind


@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderIssued(Fact):
    """The court issued the order.

    Attributes:
        person: whom it restrains.
    """

    person: Id
    order: OrderKind


@attrs.frozen(kw_only=True, weakref_slot=False)
class ProtectiveOrderDenied(Fact):
    """The court did not issue the order.

    Attributes:
        person: whom it would have restrained.
    """

    person: Id
    order: OrderKind


@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeOffered(Fact):
    """A person was offered something in the place of an arrest."""

    person: Id
    alternative: Alternative


@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeTaken(Fact):
    """The person took what was offered in the place of an arrest."""

    person: Id
    alternative: Alternative


@attrs.frozen(kw_only=True, weakref_slot=False)
class AlternativeDeclined(Fact):
    """The person did not want what was offered in the place of an arrest."""

    person: Id
    alternative: Alternative


@attrs.frozen(kw_only=True, weakref_slot=False)
class PersonTransported(Fact):
    """A person left for a facility.

    Source: NEMSIS 3.5 eTimes.09 (unit left scene); who takes people, and whether in restraints:
    NRI, Transportation in Behavioral Health Crisis Services (2022).

    Attributes:
        transported_by: whose vehicle it is; None if nobody said it.
        restrained: whether the person was in restraints on the way.
        responder: who goes with the person. They have left the scene, and are not free before they
            are back in service.
    """

    version = 3

    person: Id
    facility: Facility
    voluntary: bool = True
    transported_by: Transporter | None = None
    restrained: bool | None = None
    responder: Id | None = None
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ArrivedAtFacility(Fact):
    """The person is at the facility, and waits for it to accept them.

    Source: NEMSIS 3.5 eTimes.11 (patient arrived at destination).
    """

    version = 2

    person: Id
    facility: Facility
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class HandOverAccepted(Fact):
    """The receiving facility accepted the person.

    Source: NEMSIS 3.5 eTimes.12 (destination patient transfer of care).
    """

    version = 2

    person: Id
    facility: Facility
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderBackInService(Fact):
    """A responder who went with a person is free for other calls.

    Source: NEMSIS 3.5 eTimes.13 (unit back in service).
    """

    responder: Id
    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class HandedOver(Fact):
    """The scene was handed over to others."""

    to: HandOverTo


@attrs.frozen(kw_only=True, weakref_slot=False)
class SceneCleared(Fact):
    """The last responder left the scene."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class DispositionRecorded(Decision):
    """How the contact ended, as the agency states it."""

    disposition: Disposition
    local: tuple[LocalCode, ...] = ()


# --- consent, referral, follow-up -------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentGiven(Fact):
    """A person, or the guardian of a minor, consented."""

    person: Id
    scope: ConsentScope = ConsentScope.SERVICES
    guardian: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentDeclined(Fact):
    """A person declined."""

    person: Id
    scope: ConsentScope = ConsentScope.SERVICES


@attrs.frozen(kw_only=True, weakref_slot=False)
class ConsentWithdrawn(Fact):
    """A person took a consent back."""

    person: Id
    scope: ConsentScope = ConsentScope.SERVICES


@attrs.frozen(kw_only=True, weakref_slot=False)
class HelpRequested(Fact):
    """The person asked for help."""

    person: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralOffered(Fact):
    """A service was offered to a person."""

    version = 2

    referral: Id
    person: Id
    need: Need
    service: Id | None = None
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralSent(Decision):
    """The referral went to the service."""

    referral: Id
    person: Id
    owner: Id | None = None
    due: Instant | None = None
    service: Id | None = None
    warm_hand_off: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralAccepted(Fact):
    """The service took the person on."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralRejected(Fact):
    """The service said no."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralDeclined(Fact):
    """The person said no to the referral."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralConnected(Fact):
    """The first appointment was kept."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralPutOnHold(Fact):
    """The service paused."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralResumed(Fact):
    """The service went on."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralCompleted(Fact):
    """The service was given."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralFailed(Fact):
    """The service could not be given."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class ReferralCancelled(Decision):
    """The referral was taken back."""

    referral: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpScheduled(Decision):
    """A contact after the incident was planned."""

    follow_up: Id
    kind: FollowUpKind
    due: Instant
    owner: Id | None = None
    person: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpDone(Fact):
    """The contact was made."""

    follow_up: Id
    kind: FollowUpKind
    outcome: FollowUpOutcome = FollowUpOutcome.REACHED
    person: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpMissed(Fact):
    """The contact was not made."""

    follow_up: Id
    reason: MissedReason


@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUpCancelled(Decision):
    """The planned contact is not needed any more."""

    follow_up: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class CaseConferenceHeld(Fact):
    """The case was presented at a conference."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class SchoolNotified(Decision):
    """A "Handle With Care" notice went to a child's school, without details."""

    person: Id


# --- the record -------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentClosed(Decision):
    """Nothing is left to do."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentReopened(Decision):
    """There is more to do after all."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentCancelled(Decision):
    """It ended before anybody arrived."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class NoteAdded(Fact):
    """A note was put into the vault; the log keeps its id and digest."""

    administrative = True

    entry: Id
    digest: Id
    subject: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class EnteredInError(Fact):
    """An earlier event of this incident is void. `event` is its number in the record, from 1."""

    administrative = True

    event: int = attrs.field(validator=attrs.validators.ge(1))
    reason: VoidReason


@attrs.frozen(kw_only=True, weakref_slot=False)
class PolicyOverridden(Fact):
    """A refused decision was taken all the same (break glass)."""

    administrative = True

    decision: Code
    policies: tuple[Id, ...] = ()
    reason: OverrideReason


EVENT_TYPES: dict[str, type[Event]] = {
    name: cls
    for name, cls in list(globals().items())
    if inspect.isclass(cls) and issubclass(cls, Event) and cls not in {Event, Fact, Decision}
}
"""Every shipped event type of an incident by its name, which is also its stored name."""

__all__ = ["EVENT_TYPES", "Decision", "Event", "Fact", *EVENT_TYPES]  # noqa: PLE0604
