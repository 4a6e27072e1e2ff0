"""The weeks after a made-up event: a child's treatment and school, and whoever was told of a death."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from functools import partial

from coresponder.domain import events as e
from coresponder.domain.vocabulary import (
    Change,
    ConsentGiver,
    ConsentScope,
    FollowUpKind,
    MissedReason,
    Need,
    PersonRole,
    Presence,
    ReferralReason,
    SchoolMeasure,
    Treatment,
    TreatmentResult,
)
from coresponder.simulation.life import Life, Process
from coresponder.simulation.rates import rate

__all__ = ["advocate_for", "notify_of_death", "treat"]


def treat(life: Life, child: str) -> Process:
    """Mostly treat a child to whom it is offered, session by session."""
    dice, carer = life.field.dice(life.id, child, "treatment"), life.carer
    offer = f"{life.id}-{child}"
    life.do(e.ReferralOffered, referral=offer, person=child, need=Need.CHILD_TRAUMA_TREATMENT)
    if dice.random() > rate("treatment-starts"):
        life.do(e.ReferralDeclined, referral=offer, reason=ReferralReason.NOT_WANTED)
        return
    life.field.also(_ask_school(life, child))
    yield 60 * 24 * dice.uniform(3, 40)
    life.do(e.TreatmentStarted, person=child, treatment=Treatment.CFTSI, by=carer)
    life.do(e.ReferralCancelled, referral=offer, reason=ReferralReason.NO_LONGER_NEEDED)
    attended, planned = 0, dice.randint(3, 8)
    for number in range(planned):
        attended += yield from _session(life, child, number)
    done = dice.random() < rate("treatment-completed")
    result = TreatmentResult.COMPLETED if done else dice.choice(tuple(TreatmentResult))
    life.do(
        e.TreatmentEnded,
        person=child,
        treatment=Treatment.CFTSI,
        result=result,
        sessions=attended,
        by=carer,
    )


def _ask_school(life: Life, child: str) -> Process:
    """Mostly get a parent's consent, ask a child's school, and hear how the child does."""
    dice, carer = life.field.dice(life.id, child, "school"), life.carer
    yield 60 * 24 * dice.uniform(3, 10)
    if dice.random() < rate("school-records"):
        scope = ConsentScope.SCHOOL_RECORDS
        life.do(e.ConsentGiven, person=child, scope=scope, given_by=ConsentGiver.GUARDIAN, by=carer)
    if life.do(e.SchoolReportRequested, person=child, by=carer):
        yield 60 * 24 * dice.uniform(2, 10)
        measure, change = dice.choice(tuple(SchoolMeasure)), dice.choice(tuple(Change))
        life.do(
            e.SchoolOutcomeReported, person=child, measure=measure, change=change, by="service-1"
        )


def _session(life: Life, child: str, number: int) -> Generator[float, None, int]:
    """Hold one weekly session, or miss it; return how many were held."""
    follow_up, kind = f"{life.id}-{child}-{number}", FollowUpKind.TREATMENT_SESSION
    missed = life.field.seldom(follow_up, probability=rate("session-missed"))
    planned = partial(life.do, follow_up=follow_up, kind=kind, person=child)
    due = life.field.now + dt.timedelta(days=7)
    planned(e.FollowUpScheduled, due=due, owner=life.carer)
    yield 60 * 24 * 7
    if missed:
        life.do(e.FollowUpMissed, follow_up=follow_up, reason=MissedReason.NO_ANSWER)
        life.do(e.FollowUpCancelled, follow_up=follow_up)
        return 0
    planned(e.FollowUpDone, by=life.carer)
    return 1


def notify_of_death(life: Life) -> None:
    """Tell somebody of a death, mostly in person and in pairs, and call an advocate."""
    dice, person, lead = life.field.dice(life.id, "notification"), life.person, life.lead
    by_phone = dice.random() < rate("told-by-phone")
    life.do(e.PersonInvolved, person=person, role=PersonRole.NEXT_OF_KIN, by=lead)
    life.do(
        e.DeathNotificationMade,
        person=person,
        notifiers=1 if dice.random() < rate("told-alone") else 2,
        presence=Presence.PHONE if by_phone else Presence.IN_PERSON,
        by=lead,
    )
    life.field.also(advocate_for(life))


def advocate_for(life: Life) -> Process:
    """Call an advocate, whom the person wants or not; what they know is the person's to give."""
    dice, person = life.field.dice(life.id, "advocate"), life.person
    life.do(e.AdvocateRequested, person=person, by=life.lead)
    yield dice.uniform(10, 70)
    if dice.random() > rate("advocate-wanted"):
        life.do(e.AdvocateDeclined, person=person)
        return
    advocate = "service-1"
    life.do(e.AdvocateReached, person=person, presence=Presence.PHONE, by=advocate)
    yield 60 * dice.uniform(1, 48)
    if dice.random() < rate("advocate-shares"):
        scope = ConsentScope.ADVOCATE_RECORDS
        life.do(e.ConsentGiven, person=person, scope=scope, by=advocate)
        life.do(e.AdvocateRecordShared, person=person, by=advocate)
