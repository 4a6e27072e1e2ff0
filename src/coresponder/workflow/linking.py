"""Two calls about one event, and one call about two: each incident keeps its own number."""

from __future__ import annotations

import datetime as dt

from coresponder.domain.events import CallReceived, Event, IncidentLinked, IncidentMerged
from coresponder.domain.vocabulary import IncidentLink
from coresponder.errors import InvalidEvent
from coresponder.program import Step
from coresponder.workflow.service import Workflow

__all__ = ["merge_incidents", "split_incident"]


def merge_incidents(
    workflow: Workflow, duplicate: str, *, into: str, at: dt.datetime, by: str
) -> Step:
    """Say that one incident is the same event as another, on both of them or on neither.

    What is owed in the duplicate stays owed there, its responders are free, and counts leave it out.

    Args:
        workflow: whose incidents they are.
        duplicate: the incident that is not counted from now on.
        into: the incident that goes on.
        at: when.
        by: who says so.

    Returns:
        The step of the duplicate.

    Raises:
        InvalidEvent: an incident would be merged into itself, or into one that is a duplicate.
        Refused: the duplicate has ended, or a rule forbids it; nothing was written.
        NotFound: one of them is not there.
    """
    link = IncidentLinked(at=at, by=by, other=duplicate, link=IncidentLink.DUPLICATE)
    steps: dict[str, Event] = {duplicate: IncidentMerged(at=at, by=by, into=into), into: link}
    with workflow.store.batch():
        _check_goes_on(workflow, duplicate, into)
        done = {incident: workflow.record(incident, steps[incident]) for incident in sorted(steps)}
        _check_goes_on(workflow, duplicate, into)  # somebody may have merged it meanwhile
    return done[duplicate]


def _check_goes_on(workflow: Workflow, duplicate: str, into: str) -> None:
    if duplicate == into:
        raise InvalidEvent(f"incident {into} cannot be merged into itself; name the other one")
    other = workflow.case(into).incident.merged_into
    if other is not None:
        raise InvalidEvent(
            f"incident {into} is a duplicate of {other}; merge {duplicate} into {other}"
        )


def split_incident(
    workflow: Workflow, incident: str, *, new: str, at: dt.datetime, by: str
) -> Step:
    """Open a second incident out of a call that is about two events, and link the two.

    Args:
        workflow: whose incidents they are.
        incident: the incident that the call opened; it goes on.
        new: the id of the second one. It begins with the same call.
        at: when somebody saw that there are two.
        by: who says so.

    Returns:
        The last step of the new incident.

    Raises:
        InvalidEvent: nobody has called yet.
        VersionConflict: an incident with the new id is there already; nothing was written.
        NotFound: there is no such incident.
    """
    history = workflow.case(incident).history
    call = next((event for event in history if isinstance(event, CallReceived)), None)
    if call is None:
        raise InvalidEvent(f"incident {incident} has no call that could be about two events")
    with workflow.store.batch():
        workflow.receive(call, incident=new)
        off = IncidentLinked(at=at, by=by, other=new, link=IncidentLink.SPLIT_OFF)
        workflow.record(incident, off)
        back = IncidentLinked(at=at, by=by, other=incident, link=IncidentLink.SPLIT_FROM)
        return workflow.record(new, back)
