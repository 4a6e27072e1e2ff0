"""Force on a made-up scene, what its review found, and what people say of the response. Every rate
is made up.
"""

from __future__ import annotations

from coresponder.domain import events as e
from coresponder.domain.vocabulary import (
    BodyCamera,
    ComplaintAbout,
    ComplaintFinding,
    ForceKind,
    NoAttempt,
    ReviewFinding,
)
from coresponder.simulation.life import Life, Process
from coresponder.simulation.rates import rate

__all__ = ["hear_from_people", "review", "use_force"]

_CAMERA = {BodyCamera.ON: 85, BodyCamera.OFF: 5, BodyCamera.FAILED: 3, BodyCamera.NOT_WORN: 7}
_FOUND = {
    ReviewFinding.WITHIN_POLICY: 85,
    ReviewFinding.TRAINING_NEEDED: 12,
    ReviewFinding.OUT_OF_POLICY: 3,
}


def use_force(life: Life, kind: ForceKind) -> None:
    """Use force, and say whether the person was warned, why nobody tried before, and the camera."""
    dice, lead = life.field.dice(life.id, "force"), life.lead
    tried = life.field.workflow.case(life.id).incident.scene.techniques
    life.do(
        e.ForceUsed,
        kind=kind,
        person=life.person,
        responder=lead,
        warned=dice.random() < rate("warned"),
        no_attempt=None
        if tried or dice.random() < rate("no-reason")
        else dice.choice(tuple(NoAttempt)),
        camera=dice.choices(tuple(_CAMERA), tuple(_CAMERA.values()))[0],
        by=lead,
    )
    life.field.also(hear_from_people(life, 0.15))


def review(life: Life) -> None:
    """Review force; the review has a finding."""
    dice = life.field.dice(life.id, "review")
    found = dice.choices(tuple(_FOUND), tuple(_FOUND.values()))[0]
    life.do(e.ReviewHeld, finding=found, by=life.supervisor)


def hear_from_people(life: Life, probability: float) -> Process:
    """Now and then hear a complaint, and answer it after weeks; or praise."""
    dice, person = life.field.dice(life.id, "feedback"), life.person
    yield 60 * 24 * dice.uniform(1, 10)
    if dice.random() < rate("praised"):
        life.do(e.PraiseReceived, person=person)
    if dice.random() > probability:
        return
    life.do(e.ComplaintReceived, person=person, about=dice.choice(tuple(ComplaintAbout)))
    yield 60 * 24 * dice.uniform(10, 60)
    finding = dice.choice(tuple(ComplaintFinding))
    life.do(e.ComplaintAnswered, person=person, finding=finding, by=life.supervisor)
