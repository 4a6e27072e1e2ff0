"""What another system tells, recorded: facts are taken, and a decision that the program refuses is
named.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from coresponder.domain.events import (
    CallReceived,
    Event,
    IncidentLinked,
    IncidentTransferAccepted,
    IncidentTransferOffered,
)
from coresponder.errors import InvalidEvent, NotFound, Refused, ResponderTaken, UnreadableFile
from coresponder.workflow.service import Workflow

if TYPE_CHECKING:
    from coresponder.interop.eido import EidoIncident
    from coresponder.interop.fhir import FhirNews
    from coresponder.interop.fhir.bundles import Found

__all__ = ["Taken", "take", "take_eido", "take_fhir", "take_message", "take_task"]

_SKEW = dt.timedelta(minutes=10)
"""How much later than ours the clock of another system may be."""
_ALSO = "known here as"
_NAMESPACE = uuid.UUID("4a3b0e4e-9f43-5d8b-8f3e-6c0f0a1f7c52")


@attrs.frozen(kw_only=True)
class Taken:
    """What became of what another system told.

    Attributes:
        incident: the incident's id here.
        recorded: the events that are new in the record.
        refused: each event that was not recorded, and why.
        older: what was recorded although it came late, or where the lifecycle has no move for it.
        left_out: what was not understood.
        not_recorded: what may be new and was not recorded, and why: a person has to look at it.
    """

    incident: str
    recorded: tuple[Event, ...] = ()
    refused: tuple[tuple[Event, str], ...] = ()
    older: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    not_recorded: tuple[str, ...] = ()


def take(
    workflow: Workflow, incident: str, events: Iterable[Event], *, also: str | None = None
) -> Taken:
    """Record events that another system told, each once: two processes that take the same event at
    the same time record one, whoever sent it. An event that lies more than ten minutes in the
    future is refused: it would count today, and what happens until then would come before it.

    Args:
        workflow: records them.
        incident: the incident's id here. A `CallReceived` opens it if it is not there.
        events: what was told, in the order of time; if another clock was slow, the call may come
            after what it led to.
        also: the other system's id of the incident. The link with it is recorded so that the
            incident is found by it.

    Raises:
        NotFound: there is no such incident, and no call opens it.
    """
    told = tuple(events)
    calls = [event for event in told if isinstance(event, CallReceived)]
    if calls and not _is_there(workflow, incident):
        told = (*calls, *(event for event in told if event not in calls))
    recorded: list[Event] = []
    refused: list[tuple[Event, str]] = []
    latest = workflow._time(None) + _SKEW  # noqa: SLF001 - ours
    for event in told:
        try:
            if _take(workflow, incident, event, latest, also):
                recorded.append(event)
        except (Refused, InvalidEvent, ResponderTaken) as error:
            refused.append((event, str(error)))
        except NotFound as error:
            if not calls:
                raise
            refused.append((event, f"{error}: what opens it was refused"))
    return Taken(incident=incident, recorded=tuple(recorded), refused=tuple(refused))


def _take(
    workflow: Workflow, incident: str, event: Event, latest: dt.datetime, also: str | None
) -> bool:
    """Record an event; return whether it is new."""
    if event.at > latest:
        raise InvalidEvent(f"its time, {event.at.isoformat()}, lies in the future")
    told = attrs.evolve(event, by="told").to_json()
    request = _request(incident, type(event).__name__, told)
    if isinstance(event, IncidentLinked) and event.other == also:
        request = _request(_ALSO, also)
    try:
        if isinstance(event, CallReceived) and not _is_there(workflow, incident):
            workflow.receive(event, incident=incident, request=request)
        else:
            workflow.record(incident, event, request=request)
    except InvalidEvent:  # another process may have recorded it under another `by`
        if _is_there(workflow, incident) and workflow.case(incident).was_told(event):
            return False
        raise
    return True


def _request(*said: str) -> str:
    return uuid.uuid5(_NAMESPACE, "\n".join(said)).hex


def take_eido(
    workflow: Workflow, document: Any, *, agency_id: str | None = None, incident: str | None = None
) -> Taken:
    """Record what an EIDO tells: it opens the incident, or what is new in it is added.

    Args:
        workflow: records it.
        document: the EIDO, as JSON is parsed.
        agency_id: this agency's id in the world; by default the workflow's agency.
        incident: this agency's own id of the incident; the sender's is kept beside it, and later
            EIDOs find it by that. By default the incident that has the EIDO's id, or beside which
            it was kept, or that was handed over and is linked with it; else a new one with its id.

    Raises:
        NotFound: it is another incident here than the given one.
        UnreadableFile: it has another shape, or has neither an id nor a time.
    """
    from coresponder.interop.eido import eido_from, news_of

    found = eido_from(document, agency=agency_id or workflow.agency)
    known = _known_as(workflow, found)
    if incident is not None and known not in {None, incident}:
        raise NotFound(f"{found.incident} is incident {known} here; leave --incident out")
    id = incident or known or found.incident
    if not _is_there(workflow, id):
        taken = take(workflow, id, (*found.events, *found.known_as(id)), also=found.incident)
        return attrs.evolve(taken, left_out=found.left_out)
    news = news_of(found, workflow.case(id))
    taken = take(workflow, id, news.events, also=found.incident)
    return attrs.evolve(taken, older=news.older, left_out=found.left_out)


def _known_as(workflow: Workflow, found: EidoIncident) -> str | None:
    """Return our id of an incident: its own, the one beside which its id was kept when an EIDO came
    first, or one that we handed over and that it is linked with.
    """
    if _is_there(workflow, found.incident):
        return found.incident
    linked = workflow.store.recorded(workflow.agency, _request(_ALSO, found.incident))
    if linked is not None:
        return linked[0]
    return next((id for id in found.related if _was_handed_over(workflow, id)), None)


def _was_handed_over(workflow: Workflow, incident: str) -> bool:
    return _is_there(workflow, incident) and any(
        isinstance(event, IncidentTransferOffered | IncidentTransferAccepted)
        for event in workflow.case(incident).recorded()
    )


def take_message(
    workflow: Workflow, message: Any, *, agency_id: str | None = None
) -> tuple[tuple[Taken, ...], dict[str, Any]]:
    """Record the EIDOs of a message of NENA-STA-024, and return what became of each, and the answer.

    An EIDO that cannot be read does not stop the others; the answer is then 400 (bad request), and
    the reason is its `left_out`. What else the message says and is not read is the `left_out` of a
    last one without an incident. A request for service is answered with 182 (queued) once its EIDO
    is recorded; whether a team goes is decided as for any call, and the host then answers again,
    with 200 or 603.

    Args:
        workflow: records them.
        message: the `event` or `requestForService` message, as JSON is parsed.
        agency_id: see `take_eido`.

    Raises:
        UnreadableFile: it is not a message of the standard.
        ValueError: it carries no EIDOs.
    """
    from coresponder.interop.eido import answer, read_message

    found = read_message(message)
    if found.kind not in {"event", "requestForService"}:
        raise ValueError(f"a {found.kind} carries no EIDOs; the host answers it")
    taken = []
    for document in found.eidos:
        try:
            taken.append(take_eido(workflow, document, agency_id=agency_id))
        except UnreadableFile as error:
            taken.append(Taken(incident="", left_out=(str(error),)))
    readable = all(one.incident and not one.refused for one in taken)
    done = 200 if found.kind == "event" else 182
    if found.left_out:
        taken.append(Taken(incident="", left_out=found.left_out))
    return tuple(taken), answer(found, status=done if readable else 400)


def take_task(
    workflow: Workflow,
    task: Any,
    *,
    by: str,
    agency_id: str | None = None,
    incident: str | None = None,
) -> Taken:
    """Record where a FHIR Task says that a referral stands, once.

    Args:
        workflow: records it.
        task: the Task, as JSON is parsed.
        by: the id of the service that sent it.
        agency_id: this agency's id in the world, under which the Task was written; by default the
            workflow's agency.
        incident: the incident with the referral; by default the one that the Task names.

    Raises:
        UnreadableFile: it is no Task.
        NotFound: there is no such incident, or the Task names none of this agency.
    """
    from coresponder.interop.fhir import incident_of_task, news_of_task

    agency = agency_id or workflow.agency
    named = incident_of_task(task, agency=agency)
    id = _which("the Task", named, incident, agency=agency)
    news = news_of_task(task, workflow.case(id), agency=agency, by=by)
    taken = take(workflow, id, news.events)
    return _with_news(taken, news)


def take_fhir(
    workflow: Workflow,
    document: Any,
    *,
    by: str,
    agency_id: str | None = None,
    incident: str | None = None,
) -> tuple[Taken, ...]:
    """Record what a Task, a Consent, an Appointment, or a Bundle of them says, each thing once, in
    the order of time. One that cannot be read, or is of no incident here, does not stop the others
    of a Bundle.

    Args:
        workflow: records it.
        document: the resource or the Bundle, as JSON is parsed.
        by: the id of who sent it.
        agency_id: this agency's id in the world, under which they were written; by default the
            workflow's agency.
        incident: the incident of what names none; what names another one is not recorded.

    Returns:
        What became of each incident; in the last one without an incident, what was not read or
        not recorded of a Bundle, if anything.

    Raises:
        UnreadableFile: it is none of these.
        NotFound: the only resource names no incident of this agency, or there is no such incident.
    """
    from coresponder.interop.fhir import resources_of

    agency = agency_id or workflow.agency
    said = resources_of(document, agency=agency)
    taken: dict[str, Taken] = {}
    not_recorded = list(said.not_recorded)
    for one in said.found:
        try:
            new = _take_resource(workflow, one, incident, agency=agency, by=by)
        except NotFound as error:
            if not one.place:
                raise
            not_recorded.append(f"{one.place}: {error}")
        else:
            known = taken.get(new.incident)
            taken[new.incident] = _joined(known, new) if known else new
    rest = Taken(incident="", left_out=said.left_out, not_recorded=tuple(not_recorded))
    return (*taken.values(), *([rest] if rest.left_out or rest.not_recorded else []))


def _take_resource(
    workflow: Workflow, one: Found, incident: str | None, *, agency: str, by: str
) -> Taken:
    id = _which("it", one.incident, incident, agency=agency)
    news = one.news(workflow.case(id), agency=agency, by=by)
    return _with_news(take(workflow, id, news.events), news, place=one.place)


def _with_news(taken: Taken, news: FhirNews, *, place: str = "") -> Taken:
    """Return what became of the events, with what else was found at a place of a Bundle."""
    at = f"{place}: " if place else ""
    return attrs.evolve(
        taken,
        older=news.odd,
        left_out=tuple(at + text for text in news.left_out),
        not_recorded=tuple(at + text for text in news.not_recorded),
    )


def _which(what: str, named: str | None, given: str | None, *, agency: str) -> str:
    """Return the incident to which a resource belongs: the one that it names, or the given one."""
    id = given or named
    if id is None:
        raise NotFound(f"{what} names no incident of {agency}; say which with --incident")
    if named not in {None, id}:
        raise NotFound(f"{what} names another incident than {id}; leave --incident out")
    return id


def _joined(one: Taken, other: Taken) -> Taken:
    return Taken(
        incident=one.incident,
        recorded=one.recorded + other.recorded,
        refused=one.refused + other.refused,
        older=one.older + other.older,
        left_out=one.left_out + other.left_out,
        not_recorded=one.not_recorded + other.not_recorded,
    )


def _is_there(workflow: Workflow, incident: str) -> bool:
    try:
        workflow.case(incident)
    except NotFound:
        return False
    return True
