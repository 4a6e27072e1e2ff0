"""The days after a made-up contact: referrals, follow-ups, the school, the end."""

from __future__ import annotations

import datetime as dt
from functools import partial

from coresponder.domain import events as e
from coresponder.domain.vocabulary import (
    FollowUpKind,
    FollowUpOutcome,
    MissedReason,
    Presence,
    ReferralReason,
    VoidReason,
)
from coresponder.simulation.force import hear_from_people, review
from coresponder.simulation.life import Life, Process
from coresponder.simulation.rates import rate
from coresponder.simulation.recovery import treat
from coresponder.simulation.return_visits import ask_how_it_was, ask_how_they_are, share_care_plan
from coresponder.simulation.scene import offer

__all__ = ["aftercare"]

_KINDS = (FollowUpKind.PHONE_CALL, FollowUpKind.HOME_VISIT, FollowUpKind.NEXT_DAY_VISIT)


def aftercare(life: Life) -> Process:
    """Play the days after the contact, to the end."""
    field = life.field
    state = field.workflow.case(life.id).state
    if state == "cancelled":
        return
    yield 30
    if field.chance(rate("triaged-late")):
        life.do(e.CallTriaged, nature=life.nature, ago=20)
    if field.chance(rate("wrong-incident")):
        number = field.workflow.case(life.id).version
        life.do(e.SupervisorNotified)
        life.do(e.EnteredInError, event=number + 1, reason=VoidReason.WRONG_INCIDENT)
    yield from _send_referrals(life)
    follow_up = _schedule(life)
    field.also(share_care_plan(life))
    field.also(ask_how_it_was(life))
    yield 60 * field.draw.uniform(4, 20)
    for child in dict.fromkeys(life.children):
        if not life.declined and field.chance(rate("school-told")):
            life.do(e.SchoolNotified, person=child)
        if not life.declined:
            field.also(treat(life, child))
    if field.workflow.case(life.id).incident.scene.force_count and field.chance(
        rate("force-reviewed")
    ):
        review(life)
    elif field.seldom(life.id, "said", probability=rate("said-of-response")):
        field.also(hear_from_people(life, 0.3))
    yield from _work_referrals(life)
    yield from _follow_up(life, follow_up)
    if field.chance(rate("conference")) or life.children:
        life.do(e.CaseConferenceHeld, by=life.carer)
    yield from _close(life)
    yield from ask_how_they_are(life)


def _send_referrals(life: Life) -> Process:
    field = life.field
    if life.declined and field.chance(rate("asks-after-all")):
        life.do(e.HelpRequested, person=life.person)
    for referral in list(life.referrals):
        if field.chance(rate("consent-withdrawn")):
            life.do(e.ConsentWithdrawn, person=life.person)
        due, warm = field.now + dt.timedelta(days=7), field.chance(rate("warm-hand-off"))
        life.do(
            e.ReferralSent,
            referral=referral,
            person=life.person,
            owner=life.carer,
            due=due,
            warm_hand_off=warm,
            override=0.3,
        )
        yield 5
    if field.chance(rate("referral-taken-back")):
        offer(life)
        life.do(e.ReferralCancelled, referral=life.referrals[-1])
    if field.chance(rate("referral-declined")):
        offer(life)
        life.do(e.ReferralDeclined, referral=life.referrals[-1], reason=ReferralReason.NOT_WANTED)


def _schedule(life: Life) -> str | None:
    field, follow_up = life.field, f"{life.id}-f1"
    if life.declined and field.chance(rate("no-follow-up")):
        return None
    kind = FollowUpKind.JOINT_HOME_VISIT if life.children else field.draw.choice(_KINDS)
    due = field.now + dt.timedelta(hours=field.draw.choice((24, 48, 72)))
    plan = partial(life.do, e.FollowUpScheduled, due=due)
    first = partial(plan, follow_up=follow_up, kind=kind, person=life.person)
    owner = None if field.chance(rate("follow-up-unowned")) else life.carer
    taken = first(owner=owner, override=0.1)
    if not taken and owner is None:
        taken = first(owner=life.carer)
    if field.chance(rate("follow-up-canceled")) and taken:
        plan(follow_up=f"{life.id}-f2", kind=FollowUpKind.CLINIC_VISIT, owner=life.carer)
        life.do(e.FollowUpCancelled, follow_up=f"{life.id}-f2")
    return follow_up if taken else None


def _work_referrals(life: Life) -> Process:
    """Let the services answer after a while; now and then a service never answers."""
    field = life.field
    for referral in life.referrals:
        yield 60 * field.draw.uniform(2, 40)
        status = field.workflow.case(life.id).incident.referral(referral)
        if status is None or status.status.value != "requested" or field.chance(rate("no-answer")):
            continue
        by = "service-1"
        if field.chance(rate("referral-rejected")):
            life.do(e.ReferralRejected, referral=referral, by=by, reason=ReferralReason.NO_CAPACITY)
            continue
        life.do(e.ReferralAccepted, referral=referral, by=by)
        yield 60 * 24 * field.draw.uniform(1, 4)
        if field.chance(rate("referral-on-hold")):
            life.do(e.ReferralPutOnHold, referral=referral, by=by)
            yield 60 * 24
            life.do(e.ReferralResumed, referral=referral, by=by)
        if field.chance(rate("first-appointment")):
            life.do(e.ReferralConnected, referral=referral, by=by)
            yield 60 * 24 * 2
        if field.chance(rate("referral-failed")):
            life.do(e.ReferralFailed, referral=referral, by=by, reason=ReferralReason.NOT_REACHED)
        else:
            life.do(e.ReferralCompleted, referral=referral, by=by)


def _follow_up(life: Life, follow_up: str | None) -> Process:
    field = life.field
    if follow_up is None:
        return
    planned = field.workflow.case(life.id).incident.follow_up(follow_up)
    kind = planned.kind if planned else FollowUpKind.PHONE_CALL
    yield 60 * field.draw.uniform(4, 60)
    if field.chance(rate("follow-up-missed")):
        reason = field.draw.choice(tuple(MissedReason))
        life.do(e.FollowUpMissed, follow_up=follow_up, reason=reason)
        yield 60 * 20
        follow_up, due = f"{follow_up}-again", field.now + dt.timedelta(hours=24)
        plan = partial(life.do, e.FollowUpScheduled, follow_up=follow_up, kind=kind, due=due)
        plan(owner=life.carer, person=life.person)
        yield 60 * 20
    if field.chance(rate("follow-up-done")):
        done = partial(life.do, e.FollowUpDone, follow_up=follow_up, kind=kind, by=life.carer)
        outcome = field.draw.choice(tuple(FollowUpOutcome))
        done(
            person=life.person, outcome=outcome, ago=120 if field.chance(rate("noted-late")) else 0
        )


def _close(life: Life) -> Process:
    """Close the incident. If that is refused, do what the refusal asks for and try once more."""
    field = life.field
    yield 60 * field.draw.uniform(10, 60)
    if not life.do(e.IncidentClosed, by=life.supervisor):
        yield 60 * 24
        _settle(life)
        yield 60
        if not life.do(e.IncidentClosed, by=life.supervisor, override=0.5):
            return
    if field.chance(rate("reopened")):
        yield 60 * 24 * 3
        life.do(e.IncidentReopened, by=life.supervisor)
        yield 60 * 24
        life.do(
            e.FollowUpDone,
            follow_up=f"{life.id}-care",
            kind=FollowUpKind.CARE_CHECK,
            person=life.person,
            by=life.carer,
        )
        life.do(e.IncidentClosed, by=life.supervisor)


def _settle(life: Life) -> None:
    incident = life.field.workflow.case(life.id).incident
    if life.children and incident.scene.clinician is None:
        life.do(e.ClinicianEngaged, responder=life.on_call(), presence=Presence.PHONE)
    for referral in incident.referrals:
        if referral.is_open:
            life.do(e.ReferralCancelled, referral=referral.id)
    for follow_up in incident.follow_ups:
        if follow_up.is_open and life.field.chance(rate("called-off")):
            life.do(e.FollowUpCancelled, follow_up=follow_up.id)
