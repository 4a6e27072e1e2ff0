"""The service that a host embeds: load, decide, append with its notices in one transaction, then
deliver.
"""

from coresponder.workflow.owing import Owed
from coresponder.workflow.roster import Roster, Whereabouts, WhoCanGo
from coresponder.workflow.service import Workflow
from coresponder.workflow.taking import (
    Taken,
    take,
    take_eido,
    take_fhir,
    take_message,
    take_task,
)
from coresponder.workflow.timeline import Line
from coresponder.workflow.window import Window

__all__ = [
    "Line",
    "Owed",
    "Roster",
    "Taken",
    "Whereabouts",
    "WhoCanGo",
    "Window",
    "Workflow",
    "take",
    "take_eido",
    "take_fhir",
    "take_message",
    "take_task",
]
