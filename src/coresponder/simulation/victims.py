"""Victims of a made-up call, and children of whom somebody suspects abuse. Every rate is made up."""

from __future__ import annotations

from coresponder.domain import events as e
from coresponder.domain.vocabulary import DangerLevel, Nature, NoContactGround, ProtectionAgency
from coresponder.simulation.life import Life, Process
from coresponder.simulation.rates import rate
from coresponder.simulation.recovery import advocate_for, notify_of_death

__all__ = ["protect"]


_VIOLENCE = frozenset({Nature.DOMESTIC_VIOLENCE, Nature.SEXUAL_ASSAULT, Nature.VIOLENT_CRIME})


def protect(life: Life) -> None:
    """Tell a victim of violence their rights, ask one of domestic violence about danger, and report
    what is suspected.
    """
    dice, lead = life.field.dice(life.id, "victim"), life.lead
    if life.nature in _VIOLENCE and dice.random() < rate("rights-told"):
        life.do(e.VictimRightsTold, person=life.person, by=lead)
    if life.nature is Nature.DOMESTIC_VIOLENCE:
        life.field.also(_keep_apart(life))
        _ask_about_danger(life)
    elif life.nature is Nature.DEATH_NOTIFICATION:
        notify_of_death(life)
    elif life.nature is Nature.SEXUAL_ASSAULT:
        life.field.also(advocate_for(life))
    for child in dict.fromkeys(life.children):
        if dice.random() < rate("abuse-suspected"):
            life.field.also(_report(life, child, ProtectionAgency.CHILD_PROTECTION))
    if life.nature is Nature.DEMENTIA and dice.random() < rate("elder-abuse-suspected"):
        life.field.also(_report(life, life.person, ProtectionAgency.ADULT_PROTECTION))


def _ask_about_danger(life: Life) -> None:
    """In most cases ask a victim how much danger they are in; if it is high, reach an advocate."""
    dice, lead = life.field.dice(life.id, "danger"), life.lead
    if dice.random() > rate("danger-asked"):
        return
    level = dice.choices(tuple(DangerLevel), (45, 45, 10))[0]
    life.do(e.DangerAssessed, person=life.person, level=level, by=lead)
    if level is DangerLevel.HIGH and dice.random() < rate("advocate-reached"):
        life.do(e.AdvocateReached, person=life.person, by=lead)


def _keep_apart(life: Life) -> Process:
    """Mostly keep the other one away and out of what is known of the victim; seldom lift it."""
    dice, by = life.field.dice(life.id, "apart"), life.lead
    if dice.random() > rate("kept-apart"):
        return
    other, mine = f"other-of-{life.person}", life.person
    yield dice.uniform(1, 10)
    ground = dice.choice(tuple(NoContactGround))
    life.do(e.NoContactMarked, person=other, protects=mine, ground=ground, by=by)
    yield 60 * 24 * dice.uniform(1, 4)
    if dice.random() < rate("apart-lifted"):
        life.do(e.NoContactLifted, person=other, protects=mine, by=life.carer)


def _report(life: Life, person: str, agency: ProtectionAgency) -> Process:
    """Suspect abuse, report it, in most cases in time and also in writing, and hear the outcome."""
    dice, by = life.field.dice(life.id, person, "report"), life.lead
    life.do(e.AbuseSuspected, person=person, by=by)
    yield 60 * dice.uniform(0.5, 13)
    life.do(e.MandatedReportMade, person=person, agency=agency, by=by)
    yield 60 * dice.uniform(1, 24)
    taken = (
        e.MandatedReportAccepted
        if dice.random() < rate("report-accepted")
        else e.MandatedReportScreenedOut
    )
    life.do(taken, person=person, agency=agency, by="protection-1")
    if dice.random() < rate("report-written"):
        life.do(e.MandatedReportMade, person=person, agency=agency, written=True, by=by)
