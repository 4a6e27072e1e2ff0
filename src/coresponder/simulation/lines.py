"""Calls of a made-up night that pass from one line to another. Every rate is made up."""

from __future__ import annotations

from collections.abc import Generator

from coresponder.domain import events as e
from coresponder.domain.vocabulary import CallLine, CallSource, Disposition
from coresponder.simulation.life import Life, Process
from coresponder.simulation.rates import rate

__all__ = ["hand_to_line", "lose_caller", "taken_from_988"]


def taken_from_988(life: Life) -> Process:
    """Take a caller whom 988 hands over, as most calls from 988 come."""
    call = life.field.workflow.case(life.id).incident.call
    dice = life.field.dice(life.id, "from-988")
    if (
        call is None
        or call.source is not CallSource.NINE_EIGHT_EIGHT
        or dice.random() > rate("from-988")
    ):
        return
    here, there = CallLine.NINE_ONE_ONE, "counselor-1"
    life.do(e.CallTransferOffered, to=here, warm=dice.random() < rate("warm-from-988"), by=there)
    yield 1
    life.do(e.CallTransferAccepted, to=here, accepted_by="dispatcher-1")


def lose_caller(life: Life) -> Process:
    """Now and then lose a caller, and in most cases call back."""
    dice = life.field.dice(life.id, "lost")
    if dice.random() > rate("caller-lost"):
        return
    life.do(e.CallerLost)
    yield dice.uniform(1, 4)
    if dice.random() < rate("caller-reached"):
        life.do(e.CallerReached)


def hand_to_line(life: Life) -> Generator[float, None, bool]:
    """Offer a caller to a crisis line; return whether the contact ended with that."""
    dice = life.field.dice(life.id, "to-line")
    line = dice.choices(
        (CallLine.NINE_EIGHT_EIGHT, CallLine.LOCAL_CRISIS_LINE, CallLine.VETERANS_CRISIS_LINE),
        (70, 20, 10),
    )[0]
    if not life.do(e.CallTransferOffered, to=line, warm=dice.random() < rate("warm-to-a-line")):
        return False
    yield dice.uniform(1, 4)
    if dice.random() < rate("line-declines"):
        life.do(e.CallTransferDeclined, to=line)
        return False
    life.do(e.CallTransferAccepted, to=line, accepted_by="counselor-1")
    yield dice.uniform(8, 20)
    return life.do(e.DispositionRecorded, disposition=Disposition.HANDED_TO_CRISIS_LINE)
