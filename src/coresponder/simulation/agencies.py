"""Other agencies in a made-up night, and calls that are about one event. Every rate is made up."""

from __future__ import annotations

from coresponder.domain import events as e
from coresponder.domain.vocabulary import CallSource, HandOverTo
from coresponder.errors import Refused
from coresponder.simulation.life import Life, Process
from coresponder.simulation.rates import rate
from coresponder.workflow.linking import merge_incidents

__all__ = ["help_from_others", "second_number"]

_COUNTY, _UNIT = "county-sheriff", "county-7"


def help_from_others(life: Life) -> Process:
    """Now and then another agency helps, and seldom takes the incident on."""
    dice, lead = life.field.dice(life.id, "county"), life.lead
    if dice.random() > rate("other-agency"):
        return
    life.do(e.MutualAidRequested, department=_COUNTY, by=lead)
    yield dice.uniform(5, 15)
    life.do(e.OtherAgencyArrived, department=_COUNTY, unit=_UNIT, by=lead)
    if dice.random() < rate("handed-to-agency"):
        yield from _hand_on(life)
    life.do(e.OtherAgencyCleared, department=_COUNTY, unit=_UNIT, by=lead)


def _hand_on(life: Life) -> Process:
    dice, lead = life.field.dice(life.id, "hand-on"), life.lead
    if not life.do(e.IncidentTransferOffered, department=_COUNTY, by=lead):
        return
    yield dice.uniform(1, 10)
    if dice.random() < rate("agency-declines"):
        life.do(e.IncidentTransferDeclined, department=_COUNTY, by=lead)
        return
    life.do(e.IncidentTransferAccepted, department=_COUNTY, by=lead)
    life.do(e.HandedOver, to=HandOverTo.OTHER_AGENCY, by=lead)
    life.field.also(_hear(life))


def _hear(life: Life) -> Process:
    yield 60 * 24 * life.field.dice(life.id, "heard").uniform(1, 6)
    life.do(e.TransferOutcomeHeard, department=_COUNTY, by=life.carer)


def second_number(life: Life) -> None:
    """Now and then a second caller gets a number of their own, and somebody sees that it is one event."""
    field, other = life.field, f"{life.id}-again"
    if not field.seldom(life.id, "again", probability=rate("two-calls")):
        return
    now, by = field.now, "dispatcher-1"
    call = e.CallReceived(at=now, by=by, source=CallSource.NINE_ONE_ONE, nature=life.nature)
    try:
        field.workflow.receive(call, incident=other)
        merge_incidents(field.workflow, other, into=life.id, at=now, by=by)
    except Refused as refused:
        field.count(refused, e.IncidentMerged)
