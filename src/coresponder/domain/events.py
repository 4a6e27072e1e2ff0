"""Every event type, each a `Fact` or a `Decision`.

A fact happened and is always taken. A decision is checked, and can be refused. An event is both the request and the record.
No event has a name, a birth date, an address or free text: an id points into the vault where words are needed.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import attrs

from coresponder.domain.checks import checked, checks_left
from coresponder.domain.frozen import quicken
from coresponder.domain.objects import LocalCode, Prior, Screening, Team
from coresponder.domain.types import Code, Id, Instant, at_field, code_field, id_field, ids_field
from coresponder.domain.vocabulary import (
    AgeGroup,
    CallSource,
    ConsentScope,
    Disposition,
    Facility,
    FollowUpKind,
    FollowUpOutcome,
    ForceKind,
    HandOverTo,
    HoldGround,
    Injured,
    MissedReason,
    Nature,
    Need,
    OverrideReason,
    PersonRole,
    Presence,
    Priority,
    Role,
    Technique,
    VoidReason,
)
from coresponder.record import Record


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class Event(Record):
    """A thing that happened: when, who says so, and whether the time is only approximate.

    Attributes:
        version: of its fields, for what is stored.
        administrative: it is about the record and no happening, so a rule counts it only where the rule names it.
    """

    version: ClassVar[int] = 1
    administrative: ClassVar[bool] = False

    at: Instant = at_field()
    by: Id = id_field()
    approximate: bool = False

    def __attrs_post_init__(self) -> None:
        """Check what a host's own event class left unchecked."""
        cls: Any = type(self)
        for name, check in checks_left(cls):
            object.__setattr__(self, name, check(getattr(self, name)))


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class Fact(Event):
    """Something that happened in the world. It is always taken."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class Decision(Event):
    """Something that somebody decides. It can be refused, and overridden with a reason."""


# --- the call ---------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class CallReceived(Fact):
    """The agency came to know of the incident: this opens it."""

    source: CallSource
    nature: Nature
    priority: Priority | None = None
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class CallTriaged(Fact):
    """A call taker or embedded clinician judged what it is."""

    nature: Nature
    priority: Priority | None = None
    qualifies: bool = True
    weapon: bool = False
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
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


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class TeamUnavailable(Fact):
    """Nobody who was available qualified for any tier."""

    missing: tuple[Id, ...] = ids_field(default=())


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ResponderEnRoute(Fact):
    """A responder is on the way."""

    responder: Id = id_field()
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ResponderArrived(Fact):
    """A responder is on scene."""

    responder: Id = id_field()
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ResponderCleared(Fact):
    """One responder left while others stay."""

    responder: Id = id_field()
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class SecondaryResponseRequested(Fact):
    """An officer on scene asked for a clinician or another team."""

    role: Role = Role.CLINICIAN


# --- the scene --------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class WeaponSeen(Fact):
    """A weapon is on scene or within reach."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class SceneSecured(Fact):
    """The scene is safe for those who are not sworn."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ImminentDangerSeen(Fact):
    """Somebody is in immediate danger."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ContactMade(Fact):
    """A responder is in contact with the person."""

    responder: Id = id_field()
    role: Role | None = None
    person: Id | None = id_field(default=None)


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class DeEscalationAttempted(Fact):
    """Techniques were used; `worked` is None while unknown."""

    techniques: tuple[Technique, ...] = attrs.field(validator=attrs.validators.min_len(1))
    worked: bool | None = None


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ClinicianEngaged(Fact):
    """A clinician works with the person or family, in person or by phone."""

    responder: Id = id_field()
    presence: Presence = Presence.IN_PERSON


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ExpertConsulted(Fact):
    """The mental-health expert was reached and advised those on scene."""

    responder: Id = id_field()
    presence: Presence = Presence.PHONE


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class PersonInvolved(Fact):
    """Somebody has a role in the incident. The workflow adds `prior` from its own store."""

    person: Id = id_field()
    role: PersonRole
    age_group: AgeGroup = AgeGroup.UNKNOWN
    prior: Prior | None = None


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class Screened(Fact):
    """A screening was done; its answers are not in the log."""

    person: Id = id_field()
    screening: Screening


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class SafetyPlanMade(Fact):
    """A safety plan was made with the person."""

    person: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ClinicianAgreed(Fact):
    """A clinician agreed to the disposition."""

    responder: Id = id_field()
    disposition: Disposition


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ForceUsed(Fact):
    """A responder used force."""

    kind: ForceKind
    person: Id | None = id_field(default=None)


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class InjuryRecorded(Fact):
    """Somebody was hurt."""

    injured: Injured


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class SupervisorNotified(Fact):
    """A supervisor was told."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReviewHeld(Fact):
    """Force or an injury was reviewed."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class EmergencyHoldPlaced(Fact):
    """A person was taken into an emergency hold, on recorded grounds."""

    person: Id = id_field()
    grounds: tuple[HoldGround, ...] = attrs.field(validator=attrs.validators.min_len(1))


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class PersonTransported(Fact):
    """A person was taken to a facility."""

    person: Id = id_field()
    facility: Facility
    voluntary: bool = True


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class HandOverAccepted(Fact):
    """The receiving facility accepted the person."""

    person: Id = id_field()
    facility: Facility


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class HandedOver(Fact):
    """The scene was handed over to others."""

    to: HandOverTo


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class SceneCleared(Fact):
    """The last responder left the scene."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class DispositionRecorded(Decision):
    """How the contact ended, as the agency states it."""

    disposition: Disposition
    local: tuple[LocalCode, ...] = ()


# --- consent, referral, follow-up -------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ConsentGiven(Fact):
    """A person, or the guardian of a minor, consented."""

    person: Id = id_field()
    scope: ConsentScope = ConsentScope.SERVICES
    guardian: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ConsentDeclined(Fact):
    """A person declined."""

    person: Id = id_field()
    scope: ConsentScope = ConsentScope.SERVICES


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ConsentWithdrawn(Fact):
    """A person took a consent back."""

    person: Id = id_field()
    scope: ConsentScope = ConsentScope.SERVICES


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class HelpRequested(Fact):
    """The person asked for help."""

    person: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralOffered(Fact):
    """A service was offered to a person."""

    referral: Id = id_field()
    person: Id = id_field()
    need: Need
    service: Id | None = id_field(default=None)


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralSent(Decision):
    """The referral went to the service."""

    referral: Id = id_field()
    person: Id = id_field()
    owner: Id | None = id_field(default=None)
    due: Instant | None = at_field(default=None)
    service: Id | None = id_field(default=None)
    warm_hand_off: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralAccepted(Fact):
    """The service took the person on."""

    referral: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralRejected(Fact):
    """The service said no."""

    referral: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralDeclined(Fact):
    """The person said no to the referral."""

    referral: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralConnected(Fact):
    """The first appointment was kept."""

    referral: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralPutOnHold(Fact):
    """The service paused."""

    referral: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralResumed(Fact):
    """The service went on."""

    referral: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralCompleted(Fact):
    """The service was given."""

    referral: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralFailed(Fact):
    """The service could not be given."""

    referral: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ReferralCancelled(Decision):
    """The referral was taken back."""

    referral: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class FollowUpScheduled(Decision):
    """A contact after the incident was planned."""

    follow_up: Id = id_field()
    kind: FollowUpKind
    due: Instant = at_field()
    owner: Id | None = id_field(default=None)
    person: Id | None = id_field(default=None)


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class FollowUpDone(Fact):
    """The contact was made."""

    follow_up: Id = id_field()
    kind: FollowUpKind
    outcome: FollowUpOutcome = FollowUpOutcome.REACHED
    person: Id | None = id_field(default=None)


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class FollowUpMissed(Fact):
    """The contact was not made."""

    follow_up: Id = id_field()
    reason: MissedReason


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class FollowUpCancelled(Decision):
    """The planned contact is not needed any more."""

    follow_up: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class CaseConferenceHeld(Fact):
    """The case was presented at a conference."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class SchoolNotified(Decision):
    """A "Handle With Care" notice went to a child's school, without details."""

    person: Id = id_field()


# --- the record -------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class IncidentClosed(Decision):
    """Nothing is left to do."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class IncidentReopened(Decision):
    """There is more to do after all."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class IncidentCancelled(Decision):
    """It ended before anybody arrived."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class NoteAdded(Fact):
    """A note was put into the vault; the log keeps its id and digest."""

    administrative = True

    entry: Id = id_field()
    digest: Id = id_field()
    subject: Id | None = id_field(default=None)


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class EnteredInError(Fact):
    """An earlier event of this incident is void. `event` is its number in the record, from 1."""

    administrative = True

    event: int = attrs.field(validator=attrs.validators.ge(1))
    reason: VoidReason


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class PolicyOverridden(Fact):
    """A refused decision was taken all the same (break glass)."""

    administrative = True

    decision: Code = code_field()
    policies: tuple[Id, ...] = ids_field(default=())
    reason: OverrideReason


# --- responders, outside an incident ----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ShiftStarted(Fact):
    """A responder came on duty."""

    responder: Id = id_field()


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=checked)
class ShiftEnded(Fact):
    """A responder went off duty."""

    responder: Id = id_field()


EVENT_TYPES: dict[str, type[Event]] = {
    name: cls
    for name, cls in list(globals().items())
    if inspect.isclass(cls) and issubclass(cls, Event) and cls not in {Event, Fact, Decision, ShiftStarted, ShiftEnded}
}
"""Every shipped event type of an incident by its name, which is also its stored name."""

for _cls in EVENT_TYPES.values():
    quicken(_cls)

__all__ = ["EVENT_TYPES", "Decision", "Event", "Fact", "ShiftEnded", "ShiftStarted", *EVENT_TYPES]  # noqa: PLE0604
