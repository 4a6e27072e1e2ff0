"""How one made-up contact ends."""

from __future__ import annotations

import random

from coresponder.domain.vocabulary import Disposition
from coresponder.simulation.endings import STUDIED
from coresponder.simulation.life import Life
from coresponder.simulation.rates import rate

__all__ = ["RESOLVED", "draw_ending"]

RESOLVED = {
    Disposition.RESOLVED_ON_SCENE: 60,
    Disposition.REMAINED_IN_COMMUNITY: 18,
    Disposition.REFERRED: 15,
    Disposition.HANDED_TO_FAMILY: 7,
}
"""What is recorded of a contact that ends at the scene, and how often. Made up."""
_OTHERWISE = {
    Disposition.HANDED_TO_EMS: 3,
    Disposition.CITED: 2,
    Disposition.UNFOUNDED: 2,
    Disposition.HANDED_TO_MOBILE_CRISIS: 2,
    Disposition.NO_MENTAL_HEALTH_NEED: 3,
}
"""Endings that the study has no word for. Made up."""
_OTHER_NATURES = {
    "resolved": 81,
    Disposition.EMERGENCY_HOLD: 4,
    Disposition.VOLUNTARY_TRANSPORT: 11,
    Disposition.ARRESTED: 4,
}
"""How a contact of another nature ends. Made up."""
_OFFICERS_ONLY = {Disposition.EMERGENCY_HOLD, Disposition.ARRESTED, Disposition.CITED}


def draw_ending(life: Life) -> Disposition:
    """Return how the contact is to end: in a crisis by the shares of a study. Without an officer on
    scene nobody is held, arrested or cited, and the other endings take their shares.
    """
    dice, officer = life.field.dice(life.id, "ending"), life.officer_there
    while True:
        ending = _drawn(life, dice)
        if officer or ending not in _OFFICERS_ONLY:
            return ending


def _drawn(life: Life, dice: random.Random) -> Disposition:
    if dice.random() < rate("ends-otherwise"):
        return dice.choices(tuple(_OTHERWISE), tuple(_OTHERWISE.values()))[0]
    ways = _studied() if life.nature in STUDIED else _OTHER_NATURES
    way = dice.choices(tuple(ways), tuple(ways.values()))[0]
    if isinstance(way, Disposition):
        return way
    return dice.choices(tuple(RESOLVED), tuple(RESOLVED.values()))[0]


def _studied() -> dict[Disposition | str, float]:
    taken: dict[Disposition | str, float] = {
        Disposition.EMERGENCY_HOLD: rate("ends-detained"),
        Disposition.VOLUNTARY_TRANSPORT: rate("ends-transported"),
        Disposition.ARRESTED: rate("ends-arrested"),
    }
    return {"resolved": 1 - sum(taken.values()), **taken}
