"""People of a made-up call of whom nobody knows at first who they are."""

from __future__ import annotations

from coresponder.domain import events as e
from coresponder.domain.vocabulary import VoidReason
from coresponder.simulation.life import Life, Process
from coresponder.simulation.rates import rate

__all__ = ["meet_a_stranger"]


def meet_a_stranger(life: Life) -> None:
    """Now and then let the person be unknown, and learn who they are in the hours after."""
    if life.field.seldom(life.id, "unknown", probability=rate("unknown-person")):
        known, life.person = life.person, f"person-unknown-{life.id}"
        life.field.also(_identify(life, life.person, known))


def _identify(life: Life, stranger: str, known: str) -> Process:
    """Identify somebody; now and then wrongly at first, which is taken out of the record."""
    dice, by = life.field.dice(stranger, "identity"), life.lead
    yield 60 * dice.uniform(0.5, 20)
    if dice.random() < rate("identified-wrongly"):
        other = f"person-{dice.randrange(400):03d}"
        life.do(e.PersonIdentified, person=stranger, identified_as=other, by=by)
        number = life.field.workflow.case(life.id).version
        yield 60 * dice.uniform(1, 10)
        life.do(e.EnteredInError, event=number, reason=VoidReason.WRONG_PERSON, by=by)
    life.do(e.PersonIdentified, person=stranger, identified_as=known, by=by)
