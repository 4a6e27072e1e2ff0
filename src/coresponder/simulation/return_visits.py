"""People of a made-up night whom crews meet again: care plans, how the response was, and how they
are weeks after.
"""

from __future__ import annotations

from coresponder.domain import events as e
from coresponder.domain.objects import CarePlan
from coresponder.domain.vocabulary import (
    CareFlag,
    ConsentScope,
    FirstContact,
    LaterOutcome,
    OutcomeTime,
    SurveyScale,
    Technique,
    Trigger,
)
from coresponder.simulation.life import Life, Process
from coresponder.simulation.rates import rate

__all__ = ["ask_how_it_was", "ask_how_they_are", "reach_first_contact", "share_care_plan"]


def reach_first_contact(life: Life) -> None:
    """Mostly call whoever was agreed with a person whom crews know."""
    person = life.field.workflow.case(life.id).incident.person(life.person)
    care = person.prior.care if person and person.prior else None
    if (
        care
        and care.first_contact
        and life.field.seldom(life.id, "first", probability=rate("agreed-contact"))
    ):
        life.do(e.CareContactReached, person=life.person, contact=care.first_contact, by=life.lead)


def share_care_plan(life: Life) -> Process:
    """Now and then share a care plan with consent, and enroll the person; plans end, too."""
    dice, person, by = life.field.dice(life.id, "care"), life.person, life.carer
    if dice.random() > rate("care-plan"):
        return
    life.do(e.ConsentGiven, person=person, scope=ConsentScope.CARE_PLAN, by=by)
    plan = CarePlan(
        flags=(dice.choice(tuple(CareFlag)),),
        triggers=(dice.choice(tuple(Trigger)),),
        helped=(dice.choice(tuple(Technique)),),
        first_contact=dice.choice(tuple(FirstContact)),
    )
    life.do(e.CarePlanShared, person=person, plan=plan, by=by)
    managed = dice.random() < rate("case-management")
    if managed:
        life.do(e.CaseManagementStarted, person=person, by=by)
    yield 60 * 24 * dice.uniform(1, 14)
    if dice.random() < rate("care-plan-ends"):
        if dice.random() < rate("plan-ends-by-person"):
            life.do(e.ConsentWithdrawn, person=person, scope=ConsentScope.CARE_PLAN, by=by)
        else:
            life.do(e.CarePlanEnded, person=person, by=by)
        if managed:
            life.do(e.CaseManagementEnded, person=person, by=by)


def ask_how_it_was(life: Life) -> Process:
    """Mostly ask a person how the response was."""
    dice, person, by = life.field.dice(life.id, "survey"), life.person, life.carer
    yield 60 * 24 * dice.uniform(1, 5)
    offered = dice.random() < rate("survey-offered")
    if offered and life.do(e.SurveyOffered, person=person, scale=SurveyScale.CSQ_8, by=by):
        answers = dice.random() < rate("survey-answered")
        yield 60 * 24
        if answers:
            score = dice.randint(16, 32)
            life.do(e.SurveyAnswered, person=person, scale=SurveyScale.CSQ_8, score=score)
        elif dice.random() < rate("survey-declined"):
            life.do(e.SurveyDeclined, person=person)


def ask_how_they_are(life: Life) -> Process:
    """Mostly find out how a person is after a month."""
    dice, person, by = life.field.dice(life.id, "outcome"), life.person, life.carer
    if dice.random() < rate("outcome-found"):
        yield 60 * 24 * 30
        outcome = dice.choice(tuple(LaterOutcome))
        life.do(e.OutcomeRecorded, person=person, after=OutcomeTime.DAYS_30, outcome=outcome, by=by)
