"""One made-up incident, from the call to the end of its follow-up: what the field does, and how often it slips."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import Screening, Team
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
    ScreeningLevel,
    Technique,
    VoidReason,
)
from coresponder.errors import Refused
from coresponder.lifecycle import INCIDENT
from coresponder.program import Override

if TYPE_CHECKING:
    from coresponder.simulation.field import Field

__all__ = ["IncidentStory", "Story"]

Story = Generator[float, None, None]
"""Yields minutes to wait until the next thing happens."""

_MOST_OWN = 8
"""How many own events may follow one another."""
_CRISIS = {
    Nature.SUICIDE_THREAT, Nature.SUICIDE_ATTEMPT, Nature.PSYCHOSIS, Nature.MENTAL_HEALTH_CRISIS, Nature.OVERDOSE, Nature.WELFARE_CHECK,
    Nature.DISTURBANCE, Nature.HOMELESSNESS,
}  # fmt: skip
_FAMILY = {Nature.CHILD_EXPOSED_TO_VIOLENCE, Nature.DOMESTIC_VIOLENCE}


@attrs.define
class IncidentStory:
    """One incident as the field lives it."""

    field: Field
    id: str
    nature: Nature = Nature.OTHER
    team: Team | None = None
    person: str = ""
    children: tuple[str, ...] = ()
    declined: bool = False
    referrals: list[str] = attrs.field(factory=list)

    # --- recording ------------------------------------------------------------------------------------------------------

    def _do(self, make: Callable[..., e.Event], *, by: str = "dispatcher-1", override: float = 0.0, ago: float = 0.0, **fields: object) -> bool:
        """Record an event; a refused decision is counted, and now and then taken all the same."""
        field = self.field
        event = make(at=field.now - dt.timedelta(minutes=ago), by=by, **fields)
        self._make_way(type(event), event.at)
        try:
            self._record(event)
        except Refused as refused:
            self._count(refused, type(event))
            if self._mended(refused, event):
                return True
            if not field.chance(override):
                return False
            field.overridden += 1
            self._record(event, Override(by="sergeant-1", reason=OverrideReason.SUPERVISOR_ORDER))
        return True

    def _record(self, event: e.Event, override: Override | None = None) -> None:
        self.field.states.add(self.field.workflow.record(self.id, event, override=override).case.state)

    def _count(self, refused: Refused, event: type[e.Event]) -> None:
        causes = {refusal.policy or refusal.kind.value for refusal in refused.refusals}
        self.field.refusals.update(causes)
        self.field.refused.setdefault(event.__name__, Counter()).update(causes)

    # --- what the program adds of its own -------------------------------------------------------------------------------

    def _play_own(self, name: str, at: dt.datetime) -> bool:
        """Record an own event; return whether it was taken."""
        known = {"person": self.person, "responder": self._lead, "follow_up": f"{self.id}-f1"}
        known |= {"referral": self.referrals[-1]} if self.referrals else {}
        event = self.field.own.make(name, known, at=at, by=self._lead)
        try:
            self._record(event)
        except Refused as refused:
            self._count(refused, type(event))
            return False
        return True

    def _make_way(self, event: type[e.Event], at: dt.datetime) -> None:
        """Take the own events first without which the lifecycle has no edge for what comes next."""
        own = self.field.own
        if not own.samples or event is e.CallReceived:
            return
        state = self.field.workflow.case(self.id).state
        if issubclass(event, e.Decision) or state not in INCIDENT.states:
            all(self._play_own(name, at) for name in own.way(event.__name__, state))

    def _mended(self, refused: Refused, event: e.Event) -> bool:
        """Mostly do what the refusing rule asks of the program's own events, and try once more."""
        if not self._cured(refused, type(event), event.at):
            return False
        try:
            self._record(event)
        except Refused as again:
            self._count(again, type(event))
            return False
        return True

    def _cured(self, refused: Refused, event: type[e.Event], at: dt.datetime) -> bool:
        names = [name for name in self.field.own.cures(refused) if name != event.__name__]
        return bool(names) and self.field.chance(0.7) and all(self._play_own(name, at) for name in names)

    def _own(self) -> Generator[float, None, bool]:
        """Let own events come; return whether they brought the incident to its end."""
        field, final = self.field, self.field.workflow.program.lifecycle.final
        for _ in range(_MOST_OWN if field.own.samples else 0):
            case = field.workflow.case(self.id)
            name = field.own.next(case, field.now)
            if name is None:
                return False
            self._play_own(name, field.now)
            if field.workflow.case(self.id).state in final and case.state not in final:
                return True
            yield field.draw.uniform(2, 12)
        return False

    @property
    def _lead(self) -> str:
        return self.team.members[0].responder if self.team else "officer-1"

    def _clinician(self) -> tuple[str, Presence] | None:
        members = self.team.members if self.team else ()
        return next(((m.responder, m.presence) for m in members if m.role in {Role.CLINICIAN, Role.ADVOCATE}), None)

    # --- the story ------------------------------------------------------------------------------------------------------

    def story(self) -> Story:
        """Live the incident from the call to the end of its follow-up, with what the program adds of its own in between."""
        for pause in self._life():
            yield pause
            ended = yield from self._own()
            if ended:
                self._free()
                return

    def _life(self) -> Story:
        chance, draw = self.field.chance, self.field.draw
        natures = self.field.workflow.program.natures or tuple(Nature)
        self.nature = draw.choice(natures) if chance(0.93) else draw.choice(tuple(Nature))
        self.person = f"person-{draw.randrange(400):03d}"
        begins = draw.choices(("call", "officer", "outreach"), (88, 7, 5))[0]
        source = {"officer": CallSource.OFFICER_INITIATED, "outreach": CallSource.OUTREACH}.get(begins) or draw.choices(
            (
                CallSource.NINE_ONE_ONE,
                CallSource.NINE_EIGHT_EIGHT,
                CallSource.NON_EMERGENCY_LINE,
                CallSource.FAMILY,
                CallSource.SCHOOL,
                CallSource.HOSPITAL,
            ),
            (60, 12, 12, 8, 5, 3),
        )[0]
        self._do(e.CallReceived, source=source, nature=self.nature, priority=draw.choice(tuple(Priority)))
        if begins == "outreach":
            yield from self._outreach()
        elif begins == "officer":
            yield from self._officer_initiated()
        else:
            yield from self._call()
        yield from self._aftercare()

    def _outreach(self) -> Story:
        """A contact that starts as a visit the day after."""
        yield 5
        self._involve()
        self._do(e.FollowUpScheduled, follow_up=f"{self.id}-visit", kind=FollowUpKind.NEXT_DAY_VISIT, owner="clinician-1", person=self.person,
                 due=self.field.now + dt.timedelta(hours=20), override=0.5)  # fmt: skip
        yield 60 * 18
        self._do(e.FollowUpDone, follow_up=f"{self.id}-visit", kind=FollowUpKind.NEXT_DAY_VISIT, person=self.person, by="clinician-1")
        self._consent()

    def _officer_initiated(self) -> Story:
        """An officer is there already and asks for a second response."""
        self._do(e.ResponderArrived, responder="officer-6", role=Role.PATROL_OFFICER, by="officer-6")
        yield 4
        self._do(e.SecondaryResponseRequested, role=Role.CLINICIAN, by="officer-6")
        yield from self._dispatch()
        yield from self._scene()

    def _call(self) -> Story:
        chance = self.field.chance
        yield 2
        if chance(0.03):
            self._do(e.IncidentCancelled)
            return
        self._do(e.CallTriaged, nature=self.nature, qualifies=self.field.workflow.program.qualifies(self.nature), weapon=chance(0.04))
        if chance(0.07):
            yield from self._by_phone()
            return
        yield 3
        yield from self._dispatch()
        if self.team is None or chance(0.03):
            self._do(e.IncidentCancelled)
            self._free()
            return
        yield from self._travel()
        yield from self._scene()

    def _by_phone(self) -> Story:
        yield 6
        self._do(e.DeEscalationAttempted, techniques=(Technique.ACTIVE_LISTENING, Technique.CALM_TONE), worked=True)
        self._do(e.ExpertConsulted, responder="clinician-on-call-1", presence=Presence.PHONE)
        yield 12
        self._do(e.DispositionRecorded, disposition=Disposition.RESOLVED_BY_PHONE)

    def _dispatch(self) -> Story:
        """Ask for a team; when nobody qualifies, wait, and tell a supervisor."""
        for attempt in range(4):
            try:
                self._make_way(e.TeamDispatched, self.field.now)
                staffing, step = self.field.workflow.dispatch(self.id, self.field.roster.values(), at=self.field.now, by="dispatcher-1")
            except Refused as refused:
                self._count(refused, e.TeamDispatched)
                if self._cured(refused, e.TeamDispatched, self.field.now):
                    continue
                return
            self.field.states.add(step.case.state)
            for tried in staffing.attempts:
                self.field.missing.setdefault(tried.tier, Counter()).update(tried.missing)
            if staffing.team is not None:
                self.team = staffing.team
                self.field.move(self._members(), "TeamDispatched")
                return
            yield 6
            if attempt == 1 and self.field.chance(0.6):
                self._do(e.SupervisorNotified)

    def _members(self) -> tuple[str, ...]:
        return tuple(m.responder for m in self.team.members) if self.team else ()

    def _in_person(self) -> list[tuple[str, Role]]:
        members = self.team.members if self.team else ()
        return [(m.responder, m.role) for m in members if m.presence is Presence.IN_PERSON]

    def _travel(self) -> Story:
        yield 1
        for responder, role in self._in_person():
            self._do(e.ResponderEnRoute, responder=responder, role=role, by=responder)
        yield self.field.draw.uniform(3, 22)
        for responder, role in self._in_person():
            self._do(e.ResponderArrived, responder=responder, role=role, by=responder)
            self.field.move((responder,), "ResponderArrived")
            yield self.field.draw.uniform(0, 4)

    def _scene(self) -> Story:
        chance, lead = self.field.chance, self._lead
        if chance(0.06):
            self._do(e.DispositionRecorded, disposition=Disposition.UNABLE_TO_LOCATE, by=lead)
            yield 5
            self._do(e.SceneCleared, by=lead)
            self._free()
            return
        if chance(0.07):
            self._do(e.WeaponSeen, by=lead)
            yield 3
            self._do(e.SceneSecured, by=lead)
        elif chance(0.3):
            self._do(e.SceneSecured, by=lead)
        yield 2
        self._involve()
        for responder, role in self._in_person()[:2]:
            self._do(e.ContactMade, responder=responder, role=role, person=self.person, by=responder)
        yield 3
        yield from self._de_escalate()
        yield from self._engage_clinician()
        held = yield from self._screen()
        self._consent()
        if not self.declined and chance(0.75):
            self._offer()
        yield self.field.draw.uniform(5, 35)
        if chance(0.04):
            self._do(e.HandedOver, to=self.field.draw.choice(tuple(HandOverTo)), by=lead)
        if chance(0.1) and len(self._in_person()) > 1:
            self._do(e.ResponderCleared, responder=self._in_person()[-1][0], by=lead)
        if chance(0.05):
            self.field.workflow.note(self.id, "What was said stays in the vault.", at=self.field.now, by=lead, audience="clinical", kind="narrative")
        self._dispose(held)
        self._do(e.SceneCleared, by=lead)
        if chance(0.03):
            self._do(e.ResponderArrived, responder="officer-5", role=Role.PATROL_OFFICER, by="officer-5")
        self._free()

    def _free(self) -> None:
        self.field.move(self._members(), "ResponderCleared")
        self.team = None

    def _involve(self) -> None:
        field = self.field
        crisis = self.nature in _CRISIS
        self._do(e.PersonInvolved, person=self.person, role=PersonRole.PERSON_IN_CRISIS if crisis else PersonRole.VICTIM, age_group=AgeGroup.ADULT)
        if self.nature in _FAMILY or field.chance(0.15):
            self.children = tuple(f"child-{field.draw.randrange(300):03d}" for _ in range(field.draw.choice((1, 1, 2))))
            for child in dict.fromkeys(self.children):
                role = field.draw.choice((PersonRole.WITNESS, PersonRole.CHILD_PRESENT, PersonRole.VICTIM))
                self._do(e.PersonInvolved, person=child, role=role, age_group=AgeGroup.CHILD)

    def _de_escalate(self) -> Story:
        field, lead = self.field, self._lead
        if field.chance(0.05):
            self._do(e.ImminentDangerSeen, by=lead)
        if field.chance(0.93):
            techniques = tuple(field.draw.sample(tuple(Technique), field.draw.randint(2, 5)))
            self._do(e.DeEscalationAttempted, techniques=techniques, worked=field.chance(0.85), by=lead)
        yield field.draw.uniform(3, 15)
        if field.chance(0.04):
            self._do(e.ForceUsed, kind=field.draw.choice((ForceKind.HANDS_ON, ForceKind.RESTRAINT)), person=self.person, by=lead)
            if field.chance(0.4):
                self._do(e.InjuryRecorded, injured=field.draw.choice(tuple(Injured)), by=lead)
            yield 20
            if field.chance(0.9):
                self._do(e.SupervisorNotified, by=lead)

    def _engage_clinician(self) -> Story:
        field, clinician = self.field, self._clinician()
        if clinician is not None:
            yield field.draw.uniform(1, 10)
            self._do(e.ClinicianEngaged, responder=clinician[0], presence=clinician[1], by=clinician[0])
        elif field.chance(0.75):
            self._do(e.SecondaryResponseRequested, by=self._lead)
            yield field.draw.uniform(4, 20)
            make = e.ClinicianEngaged if self.children or field.chance(0.4) else e.ExpertConsulted
            self._do(make, responder="clinician-on-call-2", presence=Presence.PHONE, by=self._lead)

    def _screen(self) -> Generator[float, None, bool]:
        """Screen a person in crisis; return whether they were taken into an emergency hold."""
        field, lead = self.field, self._lead
        if not field.chance(0.8 if self.nature in _CRISIS else 0.25):
            return False
        level = field.draw.choices(tuple(ScreeningLevel), (25, 40, 22, 13))[0]
        self._do(e.Screened, person=self.person, by=lead,
                 screening=Screening(level=level, danger_to_self=level is ScreeningLevel.HIGH))  # fmt: skip
        yield 5
        if level is ScreeningLevel.HIGH and field.chance(0.55):
            self._do(e.EmergencyHoldPlaced, person=self.person, grounds=(HoldGround.DANGER_TO_SELF,), by=lead)
            yield 25
            self._do(e.PersonTransported, person=self.person, facility=Facility.EMERGENCY_DEPARTMENT, voluntary=False, by=lead)
            yield 15
            if field.chance(0.95):
                self._do(e.HandOverAccepted, person=self.person, facility=Facility.EMERGENCY_DEPARTMENT, by=lead)
            return True
        if level in {ScreeningLevel.MODERATE, ScreeningLevel.HIGH}:
            if field.chance(0.8):
                self._do(e.SafetyPlanMade, person=self.person, by=lead)
            if field.chance(0.8):
                self._do(e.ClinicianAgreed, responder="clinician-on-call-1", disposition=Disposition.RESOLVED_ON_SCENE)
        return False

    def _consent(self) -> None:
        if self.field.chance(0.24):
            self.declined = True
            self._do(e.ConsentDeclined, person=self.person, by=self._lead)
        else:
            self._do(e.ConsentGiven, person=self.person, by=self._lead, guardian=bool(self.children))
            if self.field.chance(0.1):
                self._do(e.ConsentGiven, person=self.person, scope=ConsentScope.SHARING, by=self._lead)

    def _offer(self) -> None:
        draw = self.field.draw
        for need in draw.sample(
            (Need.MENTAL_HEALTH, Need.VICTIM_SERVICES, Need.HOUSING, Need.SUBSTANCE_USE, Need.CHILD_TRAUMA_TREATMENT), draw.choice((1, 1, 2))
        ):
            referral = f"{self.id}-r{len(self.referrals) + 1}"
            self._do(e.ReferralOffered, referral=referral, person=self.person, need=need, by=self._lead)
            self.referrals.append(referral)

    def _dispose(self, held: bool) -> None:
        field = self.field
        choices = (
            Disposition.RESOLVED_ON_SCENE, Disposition.REMAINED_IN_COMMUNITY, Disposition.VOLUNTARY_TRANSPORT, Disposition.REFERRED,
            Disposition.ARRESTED, Disposition.HANDED_TO_FAMILY, Disposition.HANDED_TO_EMS, Disposition.CITED, Disposition.UNFOUNDED,
            Disposition.HANDED_TO_MOBILE_CRISIS,
        )  # fmt: skip
        chosen = Disposition.EMERGENCY_HOLD if held else field.draw.choices(choices, (50, 12, 12, 10, 4, 3, 3, 2, 2, 2))[0]
        if self.declined and field.chance(0.4):
            chosen = Disposition.DECLINED_SERVICES
        if not self._do(e.DispositionRecorded, disposition=chosen, by=self._lead, override=0.15):
            self._do(e.DispositionRecorded, disposition=Disposition.REMAINED_IN_COMMUNITY, by=self._lead)

    # --- the days after -------------------------------------------------------------------------------------------------

    def _aftercare(self) -> Story:
        field = self.field
        state = field.workflow.case(self.id).state
        if state == "cancelled":
            return
        yield 30
        if field.chance(0.04):
            self._do(e.CallTriaged, nature=self.nature, ago=20)
        if field.chance(0.05):
            number = field.workflow.case(self.id).version
            self._do(e.SupervisorNotified)
            self._do(e.EnteredInError, event=number + 1, reason=VoidReason.WRONG_INCIDENT)
        yield from self._send_referrals()
        follow_up = self._schedule()
        yield 60 * field.draw.uniform(4, 20)
        for child in dict.fromkeys(self.children):
            if not self.declined and field.chance(0.85):
                self._do(e.SchoolNotified, person=child)
        if field.workflow.case(self.id).incident.scene.force_count and field.chance(0.8):
            self._do(e.ReviewHeld, by="sergeant-1")
        yield from self._work_referrals()
        yield from self._follow_up(follow_up)
        if field.chance(0.7) or self.children:
            self._do(e.CaseConferenceHeld, by="clinician-1")
        yield from self._close()

    def _send_referrals(self) -> Story:
        field = self.field
        if self.declined and field.chance(0.15):
            self._do(e.HelpRequested, person=self.person)
        for referral in list(self.referrals):
            if field.chance(0.05):
                self._do(e.ConsentWithdrawn, person=self.person)
            due, warm = field.now + dt.timedelta(days=7), field.chance(0.3)
            self._do(e.ReferralSent, referral=referral, person=self.person, owner="clinician-1", due=due, warm_hand_off=warm, override=0.3)
            yield 5
        if field.chance(0.05):
            self._offer()
            self._do(e.ReferralCancelled, referral=self.referrals[-1])
        if field.chance(0.05):
            self._offer()
            self._do(e.ReferralDeclined, referral=self.referrals[-1])

    def _schedule(self) -> str | None:
        field = self.field
        if self.declined and field.chance(0.7):
            return None
        kind = (
            FollowUpKind.JOINT_HOME_VISIT
            if self.children
            else field.draw.choice((FollowUpKind.PHONE_CALL, FollowUpKind.HOME_VISIT, FollowUpKind.NEXT_DAY_VISIT))
        )
        follow_up = f"{self.id}-f1"
        due = field.now + dt.timedelta(hours=field.draw.choice((24, 48, 72)))
        owner = None if field.chance(0.06) else "clinician-1"
        taken = self._do(e.FollowUpScheduled, follow_up=follow_up, kind=kind, due=due, owner=owner, person=self.person, override=0.1)
        if not taken and owner is None:
            taken = self._do(e.FollowUpScheduled, follow_up=follow_up, kind=kind, due=due, owner="clinician-1", person=self.person)
        if field.chance(0.04) and taken:
            self._do(e.FollowUpScheduled, follow_up=f"{self.id}-f2", kind=FollowUpKind.CLINIC_VISIT, due=due, owner="clinician-1")
            self._do(e.FollowUpCancelled, follow_up=f"{self.id}-f2")
        return follow_up if taken else None

    def _work_referrals(self) -> Story:
        """The services answer, in their own time; now and then one never does."""
        field = self.field
        for referral in self.referrals:
            yield 60 * field.draw.uniform(2, 40)
            status = field.workflow.case(self.id).incident.referral(referral)
            if status is None or status.status.value != "requested" or field.chance(0.05):
                continue
            by = "service-1"
            if field.chance(0.1):
                self._do(e.ReferralRejected, referral=referral, by=by)
                continue
            self._do(e.ReferralAccepted, referral=referral, by=by)
            yield 60 * 24 * field.draw.uniform(1, 4)
            if field.chance(0.12):
                self._do(e.ReferralPutOnHold, referral=referral, by=by)
                yield 60 * 24
                self._do(e.ReferralResumed, referral=referral, by=by)
            if field.chance(0.85):
                self._do(e.ReferralConnected, referral=referral, by=by)
                yield 60 * 24 * 2
            self._do(e.ReferralFailed if field.chance(0.12) else e.ReferralCompleted, referral=referral, by=by)

    def _follow_up(self, follow_up: str | None) -> Story:
        field = self.field
        if follow_up is None:
            return
        planned = field.workflow.case(self.id).incident.follow_up(follow_up)
        kind = planned.kind if planned else FollowUpKind.PHONE_CALL
        yield 60 * field.draw.uniform(4, 60)
        if field.chance(0.15):
            self._do(e.FollowUpMissed, follow_up=follow_up, reason=field.draw.choice(tuple(MissedReason)))
            yield 60 * 20
            follow_up = f"{follow_up}-again"
            due = field.now + dt.timedelta(hours=24)
            self._do(e.FollowUpScheduled, follow_up=follow_up, kind=kind, due=due, owner="clinician-1", person=self.person)
            yield 60 * 20
        if field.chance(0.92):
            self._do(e.FollowUpDone, follow_up=follow_up, kind=kind, person=self.person, by="clinician-1",
                     outcome=field.draw.choice(tuple(FollowUpOutcome)), ago=120 if field.chance(0.1) else 0)  # fmt: skip

    def _close(self) -> Story:
        """Close; when refused, do what can be done about it and try once more."""
        field = self.field
        yield 60 * field.draw.uniform(10, 60)
        if not self._do(e.IncidentClosed, by="sergeant-1"):
            yield 60 * 24
            self._settle()
            yield 60
            if not self._do(e.IncidentClosed, by="sergeant-1", override=0.5):
                return
        if field.chance(0.06):
            yield 60 * 24 * 3
            self._do(e.IncidentReopened, by="sergeant-1")
            yield 60 * 24
            self._do(e.FollowUpDone, follow_up=f"{self.id}-care", kind=FollowUpKind.CARE_CHECK, person=self.person, by="clinician-1")
            self._do(e.IncidentClosed, by="sergeant-1")

    def _settle(self) -> None:
        incident = self.field.workflow.case(self.id).incident
        for referral in incident.referrals:
            if referral.is_open:
                self._do(e.ReferralCancelled, referral=referral.id)
        for follow_up in incident.follow_ups:
            if follow_up.is_open and self.field.chance(0.7):
                self._do(e.FollowUpCancelled, follow_up=follow_up.id)
