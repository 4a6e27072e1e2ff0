"""The pure and frozen objects of the domain. People are opaque ids, beside the facts that a rule
needs.
"""

from __future__ import annotations

import datetime as dt

import attrs

from coresponder.domain.types import Code, Id, Instant
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

__all__ = [
    "Attending", "Call", "CarePlan", "Consent", "Credential", "FollowUp", "Incident", "Link", "LocalCode", "Override",
    "Person",
    "Prior", "Referral", "Responder",
    "Scene", "Screening", "Standing", "Team", "TeamMember", "Transport",
]  # fmt: skip

_SEVERITY = {level: rank for rank, level in enumerate(ScreeningLevel)}


@attrs.frozen(kw_only=True, weakref_slot=False)
class LocalCode(Record):
    """An agency's own code, kept beside the standard value so that it comes back out unchanged."""

    field: Code
    code: Code


@attrs.frozen(kw_only=True, weakref_slot=False)
class Call(Record):
    """What was known when the incident was received and triaged."""

    source: CallSource
    nature: Nature
    priority: Priority | None = None
    qualifies: bool | None = None
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class Credential(Record):
    """A training or license, by its name: a standard one, or a course of the program's own.

    Attributes:
        hours: recorded training hours.
        expires: the last instant at which it counts; without it the program says how long it
            counts.
        completed: when it was completed; without it, before any time that is asked about.
    """

    training: Id
    hours: int | None = None
    expires: Instant | None = None
    completed: Instant | None = None

    def counts(self, at: dt.datetime, *, hours: int = 0) -> bool:
        """Return whether it was completed and had not expired at `at`, and has at least `hours`
        hours recorded.
        """
        return (
            (self.expires is None or at <= self.expires)
            and (self.completed is None or self.completed <= at)
            and (self.hours or 0) >= hours
        )


@attrs.frozen(kw_only=True, weakref_slot=False)
class Responder(Record):
    """An officer, clinician, community health worker, peer or medic.

    Attributes:
        reachable: the ways in which the responder can take part now.
        languages: languages in which the responder can talk with people, as codes like `es`.
        vetted: whether a background check was passed; it counts up to and including
            `vetting_expires`.
    """

    id: Id
    role: Role
    credentials: tuple[Credential, ...] = ()
    status: ResponderStatus = ResponderStatus.OFF_DUTY
    reachable: tuple[Presence, ...] = (Presence.IN_PERSON,)
    volunteer: bool = False
    languages: tuple[Code, ...] = ()
    vetted: bool = False
    vetting_expires: Instant | None = None

    def certified(self, training: str, at: dt.datetime, *, hours: int = 0) -> bool:
        """Return whether a credential for `training` counts at that time."""
        return any(c.training == training and c.counts(at, hours=hours) for c in self.credentials)

    def is_vetted(self, at: dt.datetime) -> bool:
        """Return whether a background check counts at that time."""
        return self.vetted and (self.vetting_expires is None or at <= self.vetting_expires)


@attrs.frozen(kw_only=True, weakref_slot=False)
class TeamMember(Record):
    """One responder of a team, and how that responder takes part."""

    responder: Id
    role: Role
    presence: Presence = Presence.IN_PERSON


@attrs.frozen(kw_only=True, weakref_slot=False)
class Team(Record):
    """The responders who are sent together, and the tier that chose them."""

    tier: Id
    model: ResponseModel
    members: tuple[TeamMember, ...] = attrs.field(validator=attrs.validators.min_len(1))


@attrs.frozen(kw_only=True, weakref_slot=False)
class CarePlan(Record):
    """What responders may know of a person, who consented to that; never a diagnosis.

    Attributes:
        triggers: what makes it worse.
        helped: techniques that helped before.
        first_contact: who is called first, as agreed with the person.
    """

    flags: tuple[CareFlag, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    helped: tuple[Technique, ...] = ()
    first_contact: FirstContact | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class Prior(Record):
    """What the agency's own store knew of a person when the person became involved.

    Attributes:
        care: the plan that the person last consented to share, if it still holds.
    """

    contacts_90_days: int = 0
    last_contact: Instant | None = None
    open_referrals: int = 0
    open_follow_ups: int = 0
    declined_at: Instant | None = None
    days_since_declined: int | None = None
    care: CarePlan | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class Screening(Record):
    """The result of a screening, never its answers."""

    tool: ScreeningTool = ScreeningTool.C_SSRS
    level: ScreeningLevel
    danger_to_self: bool = False
    danger_to_others: bool = False
    grave_disability: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class Consent(Record):
    """What a person consented to or declined, and where that stands.

    Whether a consent counts at an instant also depends on `until`: ask `consents_in_force`.

    Attributes:
        since: when it was given, declined or withdrawn.
        id: the id of the consent; None if nobody gave it one.
        receiver: to whom something may go; with neither `receiver` nor `receiver_kind`, to anybody.
        until: the last instant at which it counts.
        given_by: who gave it in the person's place.
    """

    scope: ConsentScope
    status: ConsentStatus
    since: Instant
    id: Id | None = None
    receiver: Id | None = None
    receiver_kind: ReceiverKind | None = None
    purpose: Purpose | None = None
    until: Instant | None = None
    given_by: ConsentGiver | None = None
    ground: ConsentGround | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class Person(Record):
    """Somebody involved in the incident.

    Attributes:
        communication: what the person needs so that they can be talked with.
        language: the language they speak or sign, as a code like `es`.
        interpreter: who interpreted last.
        guardian: how a parent or guardian takes part; None if none was reached.
        safety_plan: whether a safety plan was made with the person.
        apart_from: people who must learn nothing of this one, nor this one of them.
        care: the plan that was shared in this incident, unless it ended here.
        care_at: when it was shared, or ended; None if neither was said in this incident.
    """

    id: Id
    roles: tuple[PersonRole, ...] = ()
    age_group: AgeGroup = AgeGroup.UNKNOWN
    age_band: AgeBand | None = None
    veteran: bool | None = None
    communication: tuple[CommunicationNeed, ...] = ()
    language: Code | None = None
    interpreter: Interpreter | None = None
    guardian: Presence | None = None
    prior: Prior | None = None
    screening: Screening | None = None
    safety_plan: bool = False
    consents: tuple[Consent, ...] = ()
    declined_at: Instant | None = None
    care: CarePlan | None = None
    care_at: Instant | None = None
    apart_from: tuple[Id, ...] = ()

    @property
    def is_child(self) -> bool:
        """True for a person under 18."""
        return self.age_group is AgeGroup.CHILD

    @property
    def lacks_plan(self) -> bool:
        """True for a person whose screening is high and who has no safety plan."""
        return (
            self.screening is not None
            and self.screening.level is ScreeningLevel.HIGH
            and not self.safety_plan
        )


@attrs.frozen(kw_only=True, weakref_slot=False)
class Referral(Record):
    """An offer of a service to a person; closed loop: it ends with a known outcome."""

    id: Id
    person: Id
    need: Need
    status: ReferralStatus = ReferralStatus.DRAFT
    service: Id | None = None
    warm_hand_off: bool = False
    owner: Id | None = None
    due: Instant | None = None

    @property
    def is_open(self) -> bool:
        """True until the outcome is known."""
        return self.status in _OPEN_REFERRAL


_OPEN_REFERRAL = frozenset(
    {
        ReferralStatus.DRAFT,
        ReferralStatus.REQUESTED,
        ReferralStatus.ACCEPTED,
        ReferralStatus.IN_PROGRESS,
        ReferralStatus.ON_HOLD,
    }
)


@attrs.frozen(kw_only=True, weakref_slot=False)
class FollowUp(Record):
    """A planned contact after the incident."""

    id: Id
    kind: FollowUpKind
    due: Instant
    owner: Id | None = None
    person: Id | None = None
    status: FollowUpStatus = FollowUpStatus.SCHEDULED
    outcome: FollowUpOutcome | None = None

    @property
    def is_open(self) -> bool:
        """True while the contact is still to be made."""
        return self.status is FollowUpStatus.SCHEDULED


@attrs.frozen(kw_only=True, weakref_slot=False)
class Override(Record):
    """Break glass: the person who records a refused decision anyway, and the reason. Details go to
    the vault.
    """

    by: Id
    reason: OverrideReason


@attrs.frozen(kw_only=True, weakref_slot=False)
class Scene(Record):
    """What is known of the scene.

    Attributes:
        clinician: how a clinician was engaged last; a line that broke later takes nothing back.
        led_by: the service whose commander leads the scene; None if nobody took command.
        attempts: how often somebody came and made no contact.
    """

    arrived_at: Instant | None = None
    cleared_at: Instant | None = None
    clinician: Presence | None = None
    led_by: LeadService | None = None
    commander: Id | None = None
    attempts: int = 0
    location: LocationType | None = None
    weapon: bool = False
    secured: bool = False
    techniques: tuple[Technique, ...] = ()
    imminent_danger: bool = False
    force_count: int = 0
    injury_count: int = 0
    safety_plan: bool = False
    clinician_agreed: bool = False
    expert_consulted: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class Transport(Record):
    """One way of a person to a facility. A time is missing as long as nobody recorded it."""

    person: Id
    facility: Facility
    transported_by: Transporter | None = None
    restrained: bool | None = None
    left_at: Instant | None = None
    arrived_at: Instant | None = None
    accepted_at: Instant | None = None

    @property
    def waits(self) -> bool:
        """True while the person is at the facility, which has not accepted them."""
        return self.arrived_at is not None and self.accepted_at is None


@attrs.frozen(kw_only=True, weakref_slot=False)
class Link(Record):
    """Another incident, and what it is to this one."""

    other: Id
    link: IncidentLink


@attrs.frozen(kw_only=True, weakref_slot=False)
class Attending(Record):
    """A responder who is on scene; without a role if nobody said it."""

    id: Id
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class Standing(Record):
    """What conditions read of a responder, after an event of the responder's stream.

    Attributes:
        vetted: a background check was passed, its last day has not passed, and no event said that
            it expired.
        vetting_expires: the last instant at which the background check counts.
        trainings: completed and not revoked, whether or not they still count.
        on_shift: at work or on call.
    """

    role: Role | None = None
    volunteer: bool = False
    vetted: bool = False
    vetting_expires: Instant | None = None
    trainings: tuple[Id, ...] = ()
    on_shift: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class Incident(Record):
    """One call or contact and all that followed.

    A policy reads it as `incident.<field>`: the fields here, those of `call` and `scene` by their
    path (`incident.call.nature`), and the properties below.

    Attributes:
        merged_into: the incident that this one is a duplicate of.
        transferred_to: the agency that took the incident on.
    """

    id: Id
    state: str = IncidentState.NEW.value
    call: Call | None = None
    scene: Scene = Scene()
    attending: tuple[Attending, ...] = ()
    teams: tuple[Team, ...] = ()
    people: tuple[Person, ...] = ()
    transports: tuple[Transport, ...] = ()
    referrals: tuple[Referral, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    disposition: Disposition | None = None
    links: tuple[Link, ...] = ()
    merged_into: Id | None = None
    transferred_to: Id | None = None
    responder: Standing | None = None

    def person(self, id: str) -> Person | None:
        """Return the person with this id, if involved."""
        return next((p for p in self.people if p.id == id), None)

    def kept_apart(self, one: str, other: str) -> bool:
        """Return whether neither of two people may learn anything of the other."""
        known = self.person(one)
        return known is not None and other in known.apart_from

    def referral(self, id: str) -> Referral | None:
        """Return the referral with this id, if offered."""
        return next((r for r in self.referrals if r.id == id), None)

    def follow_up(self, id: str) -> FollowUp | None:
        """Return the follow-up with this id, if scheduled."""
        return next((f for f in self.follow_ups if f.id == id), None)

    @property
    def on_scene(self) -> tuple[Role, ...]:
        """Roles of the responders who are on scene now."""
        return tuple(one.role for one in self.attending if one.role)

    @property
    def officers_on_scene(self) -> int:
        """How many officers are on scene now."""
        return sum(role.sworn for role in self.on_scene)

    @property
    def tier(self) -> str | None:
        """The staffing tier of the team sent last."""
        return self.teams[-1].tier if self.teams else None

    @property
    def children(self) -> int:
        """How many involved people are under 18."""
        return sum(p.is_child for p in self.people)

    @property
    def victims(self) -> int:
        """How many involved people are victims."""
        return sum(PersonRole.VICTIM in p.roles for p in self.people)

    @property
    def highest_screening(self) -> ScreeningLevel:
        """The highest screening level of anybody involved."""
        return max(
            (p.screening.level for p in self.people if p.screening),
            key=_SEVERITY.__getitem__,
            default=ScreeningLevel.NONE,
        )

    @property
    def high_without_plan(self) -> int:
        """How many people whose screening is high have no safety plan."""
        return sum(p.lacks_plan for p in self.people)

    @property
    def open_referrals(self) -> int:
        """Referrals whose outcome is not known yet."""
        return sum(r.is_open for r in self.referrals)

    @property
    def open_follow_ups(self) -> int:
        """Follow-ups still to be made."""
        return sum(f.is_open for f in self.follow_ups)

    @property
    def loose_ends(self) -> int:
        """Open referrals and follow-ups without an owner or without a due time."""
        items: list[Referral | FollowUp] = [*self.referrals, *self.follow_ups]
        return sum(item.is_open and (item.owner is None or item.due is None) for item in items)

    @property
    def most_contacts_90_days(self) -> int:
        """The most earlier contacts within 90 days of anybody involved."""
        return max((p.prior.contacts_90_days for p in self.people if p.prior), default=0)
