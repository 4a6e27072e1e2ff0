"""Weapons of a made-up scene, lethal means, and orders of a court. Every rate is made up."""

from __future__ import annotations

from collections.abc import Generator

from coresponder.domain import events as e
from coresponder.domain.vocabulary import LethalMeans, OrderKind, Role, Safekeeping, WeaponKind
from coresponder.simulation.life import Life, Process
from coresponder.simulation.rates import rate

__all__ = ["ask_a_court", "counsel", "find_weapon"]

_KINDS = {
    WeaponKind.KNIFE: 45,
    WeaponKind.FIREARM: 30,
    WeaponKind.BLUNT_OBJECT: 15,
    WeaponKind.IMITATION: 5,
    WeaponKind.OTHER: 5,
}
_POLICE = "police-1"
"""An officer who is asked for is on no crew's roster."""


def find_weapon(life: Life) -> Process:
    """See a weapon; in most cases an officer secures it, and then the scene."""
    dice, lead = life.field.dice(life.id, "weapon"), life.lead
    kind = dice.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]
    life.do(e.WeaponSeen, kind=kind, person=life.person, by=lead)
    yield 3
    officer = yield from _officer(life)
    if dice.random() < rate("weapon-secured"):
        life.do(
            e.WeaponSecured,
            safekeeping=dice.choice(tuple(Safekeeping)),
            kind=kind,
            person=life.person,
            responder=officer,
            by=officer,
        )
    life.do(e.SceneSecured, by=officer)
    if kind is WeaponKind.FIREARM:
        life.field.also(ask_a_court(life, life.person))


def _officer(life: Life) -> Generator[float, None, str]:
    """Return an officer on scene; a crew without one asks for one, who comes."""
    if life.officer_there:
        return life.lead
    role = Role.PATROL_OFFICER
    life.do(e.SecondaryResponseRequested, role=role, by=life.lead)
    yield life.field.dice(life.id, "officer").uniform(5, 15)
    life.do(e.ResponderArrived, responder=_POLICE, role=role, by=_POLICE)
    return _POLICE


def counsel(life: Life) -> None:
    """In most cases talk about lethal means with a person at risk."""
    if life.field.seldom(life.id, "means", probability=rate("means")):
        means = (LethalMeans.FIREARMS, LethalMeans.MEDICATION)
        life.do(e.LethalMeansCounseled, person=life.person, means=means, by=life.lead)


def ask_a_court(life: Life, person: str) -> Process:
    """Now and then ask a court to keep firearms from the person, and hear its decision."""
    dice, lead = life.field.dice(life.id, "order"), life.lead
    if dice.random() > rate("order-asked"):
        return
    order = OrderKind.EXTREME_RISK
    yield dice.uniform(5, 10)
    life.do(e.ProtectiveOrderRequested, person=person, order=order, by=lead)
    yield 60 * dice.uniform(8, 30)
    decided = (
        e.ProtectiveOrderIssued if dice.random() < rate("order-issued") else e.ProtectiveOrderDenied
    )
    life.do(decided, person=person, order=order, by="court-1")
