"""The people of a made-up contact: where they are, what they need to talk, and the parents of the
children.
"""

from __future__ import annotations

from coresponder.domain import events as e
from coresponder.domain.vocabulary import (
    AgeBand,
    CallSource,
    CommunicationNeed,
    Interpreter,
    LocationType,
    Nature,
    Presence,
)
from coresponder.simulation.life import Life
from coresponder.simulation.rates import rate

__all__ = ["describe", "understand"]

_WHERE = {
    LocationType.HOME: 60,
    LocationType.STREET: 20,
    LocationType.BUSINESS: 8,
    LocationType.SHELTER: 4,
    LocationType.TRANSIT: 4,
    LocationType.PARK: 2,
    LocationType.JAIL: 1,
    LocationType.OTHER: 1,
}
"""Made up."""
_LANGUAGES = ("es", "es", "es", "zh", "vi", "ar")


def describe(life: Life) -> tuple[AgeBand, bool | None]:
    """Return the age band of an adult, and whether they are a veteran, as a crew notes it."""
    dice = life.field.dice(life.id, "person")
    older = dice.random() < (
        rate("dementia-older") if life.nature is Nature.DEMENTIA else rate("older")
    )
    band = AgeBand.FROM_65 if older else AgeBand.FROM_18_TO_64
    asked, veteran = dice.random() < rate("asked-veteran"), dice.random() < rate("veteran")
    return band, veteran if asked else None


def understand(life: Life) -> None:
    """Record the kind of place, what the person needs to talk, and whether a parent was reached."""
    dice, lead = life.field.dice(life.id, "understand"), life.lead
    where = dice.choices(tuple(_WHERE), tuple(_WHERE.values()))[0]
    told = {CallSource.SCHOOL: LocationType.SCHOOL, CallSource.HOSPITAL: LocationType.HOSPITAL}
    call = life.field.workflow.case(life.id).incident.call
    life.do(e.LocationRecorded, location=told.get(call.source, where) if call else where, by=lead)
    for child in dict.fromkeys(life.children):
        if dice.random() < rate("guardian-tried"):
            made = (
                e.GuardianReached
                if dice.random() < rate("guardian-reached")
                else e.GuardianNotReached
            )
            life.do(made, person=child, by=lead)
    need = _need(dice.random())
    if need is None:
        return
    language = dice.choice(_LANGUAGES) if need is CommunicationNeed.SPOKEN_LANGUAGE else None
    life.do(e.CommunicationNeedFound, person=life.person, need=need, language=language, by=lead)
    if language and dice.random() < rate("interpreted"):
        kinds = (Interpreter.QUALIFIED, Interpreter.BILINGUAL_RESPONDER, Interpreter.FAMILY)
        kind = dice.choices((*kinds, Interpreter.CHILD), (50, 25, 18, 7))[0]
        by_line = Presence.PHONE if kind is Interpreter.QUALIFIED else Presence.IN_PERSON
        life.do(
            e.InterpreterEngaged, person=life.person, interpreter=kind, presence=by_line, by=lead
        )


def _need(drawn: float) -> CommunicationNeed | None:
    if drawn < rate("limited-english"):
        return CommunicationNeed.SPOKEN_LANGUAGE
    return (
        CommunicationNeed.HEARING
        if drawn < rate("limited-english") + rate("hard-of-hearing")
        else None
    )
