"""What another system tells, recorded: facts are taken, and a decision that the program refuses is
named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from coresponder.domain.events import CallReceived, Event
from coresponder.domain.objects import Override
from coresponder.domain.types import say_time
from coresponder.errors import NotFound, UnreadableFile
from coresponder.program import Case
from coresponder.workflow.comparing import Compared, Taken, record_compared
from coresponder.workflow.linking import merge_incidents
from coresponder.workflow.service import Workflow
from coresponder.workflow.tying import case_of, known_as, nameless, says, tie_of, unsure_of, untie

if TYPE_CHECKING:
    from coresponder.interop.eido import EidoIncident
    from coresponder.interop.fhir.bundles import Found
    from coresponder.interop.fhir.shape import FhirNews

__all__ = ["Taken", "take", "take_eido", "take_fhir", "take_message", "take_task", "untie_eido"]


def take(workflow: Workflow, incident: str, events: Iterable[Event]) -> Taken:
    """Record events that another system told, each once: two processes that take the same event at
    the same time record one, whoever sent it. An event that lies more than ten minutes in the
    future is refused: it would count today, and what happens until then would come before it.

    Args:
        workflow: records them.
        incident: the incident's id here. A `CallReceived` opens it if it is not there.
        events: what was told, in the order of time; if another clock was slow, the call may come
            after what it led to.

    Raises:
        NotFound: there is no such incident, and no call opens it.
        VersionConflict: other writers were faster a hundred times.
    """
    told = tuple(events)

    def compare() -> Compared:
        case = case_of(workflow, incident) or workflow.program.open(incident)
        return Compared(case=case, events=_new(told, case))

    return record_compared(workflow, compare)


def _new(told: Iterable[Event], case: Case) -> tuple[Event, ...]:
    """Return the events that were not told yet."""
    return _call_first([one for one in dict.fromkeys(told) if not case.was_told(one)], case)


def _call_first(new: Iterable[Event], case: Case) -> tuple[Event, ...]:
    """Return events in the order in which they are recorded: in a new incident the call comes first,
    even if something happened before it.
    """
    if case.version:
        return tuple(new)
    return tuple(sorted(new, key=lambda event: not isinstance(event, CallReceived)))


def take_eido(
    workflow: Workflow,
    document: Any,
    *,
    agency_id: str | None = None,
    incident: str | None = None,
    override: Override | None = None,
) -> Taken:
    """Record what an EIDO tells: it opens the incident, or what is new in it is added.

    Args:
        workflow: records it.
        document: the EIDO, as JSON is parsed.
        agency_id: this agency's id in the world; by default the workflow's agency. An EIDO of the
            agency `default` is named and not recorded unless `default` is given.
        incident: this agency's own id of the incident; the sender's is kept beside it, and later
            EIDOs find it by that. By default the incident that this agency wrote under the EIDO's
            id, that was opened by an EIDO with it, or beside which it was kept, or that was handed
            over to the sender and is linked with it; else a new one. If there are several of the
            last kind, nothing is recorded and they are named.
        override: the actor and the reason with which decisions of the sender are recorded that the
            program refuses.

    Raises:
        NotFound: it is another incident here than the given one.
        UnreadableFile: it has another shape, or has neither an id nor a time.
        VersionConflict: other writers were faster a hundred times.
    """
    from coresponder.interop.eido import eido_from, news_of

    agency = agency_id or workflow.agency
    told = eido_from(document, agency=agency)

    def earlier() -> EidoIncident:
        return eido_from(document, agency=agency, marks=False)

    def compare() -> Compared:
        known = known_as(workflow, told, earlier)
        if incident is not None and known.case is not None and known.case.id != incident:
            raise NotFound(
                f"{told.incident} is incident {known.case.id} here; leave --incident out"
            )
        id = incident or told.incident
        unsure = unsure_of(known) if known.unsure and incident is None else None
        if why := nameless(workflow, told, agency_id) or unsure:
            case = workflow.program.open(id)
            return Compared(case=case, events=(), not_recorded=(why,))
        case = known.case or case_of(workflow, id) or workflow.program.open(id)
        news = news_of(known.told, case)
        return Compared(
            case=case,
            events=_call_first(news.events, case),
            tie=tie_of(known, case, news.events),
            refused=news.refused,
            late=news.older,
            left_out=(*known.told.left_out, *news.left_out),
            not_recorded=(*known.told.not_recorded, *news.not_recorded),
            says=says(workflow, known, case, named=incident is not None, of=agency_id),
        )

    taken = record_compared(workflow, compare, override=override)
    return attrs.evolve(taken, older=(*taken.older, *_out_of_place(workflow, taken)))


def untie_eido(
    workflow: Workflow,
    document: Any,
    incident: str,
    *,
    by: str,
    into: str | None = None,
    agency_id: str | None = None,
) -> str:
    """Put right that the id of an EIDO's sender belongs to a wrong incident: the next EIDO with it
    opens another one, or is taken on one that is named. The link in the wrong incident is void, and
    what was recorded there stays. If the sender's id is the wrong incident's own number, it is merged
    into the right one (`merge_incidents`), where later EIDOs go.

    Args:
        workflow: has the incident.
        document: the EIDO, as JSON is parsed.
        incident: the wrong incident.
        by: the id of the person who says so.
        into: the right one, if it is known.
        agency_id: see `take_eido`.

    Returns:
        What was done, in words.

    Raises:
        NotFound: the wrong incident is not there, or does not have the sender's id; or it is that
            number, and no right one is given.
        Refused: it cannot be merged, because it has ended or a rule forbids it.
        UnreadableFile: see `take_eido`.
    """
    from coresponder.interop.eido import eido_from

    id = eido_from(document, agency=agency_id or workflow.agency).incident
    if id != incident:
        untie(workflow, id, incident, by=by, into=into)
        return (
            f"{id} is not {incident} any more; what was recorded there stays: cancel it, or go on"
            " with it"
        )
    if into is None:
        raise NotFound(f"{id} is the number of the incident itself; say which is right: --incident")
    if workflow.case(incident).incident.merged_into != into:
        merge_incidents(workflow, incident, into=into, at=workflow._time(None), by=by)  # noqa: SLF001 - ours
    return f"{id} is a duplicate of {into} from now on; what was recorded there stays"


def _out_of_place(workflow: Workflow, taken: Taken) -> Iterator[str]:
    """Yield what was recorded where the lifecycle has no move for it."""
    entries = workflow.case(taken.incident).entries() if taken.recorded else ()
    for entry in entries:
        if entry.out_of_place and entry.event in taken.recorded:
            told = f"{type(entry.event).__name__} at {say_time(entry.event.at)}"
            yield f"{told} is event {entry.number}, out of place: the lifecycle has no move for it"


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
    readable = all(one.incident and not one.refused and not one.not_recorded for one in taken)
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
            workflow's agency. A Task of the agency `default` is taken only if `default` is given.
        incident: the incident with the referral; by default the one that the Task names.

    Raises:
        UnreadableFile: it is no Task.
        NotFound: there is no such incident, or the Task names none of this agency, or one of the
            agency `default`, which may be another's.
    """
    from coresponder.interop.fhir import incident_of_task, resources_of

    agency = agency_id or workflow.agency
    incident_of_task(task, agency=agency)
    (one,) = resources_of(task, agency=agency).found
    return _take_resource(workflow, one, incident, agency_id=agency_id, by=by)


def take_fhir(
    workflow: Workflow,
    document: Any,
    *,
    by: str,
    agency_id: str | None = None,
    incident: str | None = None,
) -> tuple[Taken, ...]:
    """Record what a Task, a Consent, an Appointment, or a Bundle of them says, each thing once, in
    the order of time. One that is of no incident here is named, alone or in a Bundle; one that
    cannot be read does not stop the others of a Bundle.

    Args:
        workflow: records it.
        document: the resource or the Bundle, as JSON is parsed.
        by: the id of who sent it.
        agency_id: this agency's id in the world, under which they were written; by default the
            workflow's agency. What has an identifier of the agency `default` is named and not
            recorded unless `default` is given.
        incident: the incident of what names none; what names another one is not recorded.

    Returns:
        What became of each incident; in the last one without an incident, what was not read, or
        not recorded in any, if anything.

    Raises:
        UnreadableFile: it is none of these.
        NotFound: there is no such incident as the given one.
    """
    from coresponder.interop.fhir import resources_of

    agency = agency_id or workflow.agency
    said = resources_of(document, agency=agency)
    if incident is not None:
        workflow.case(incident)
    taken: dict[str, Taken] = {}
    not_recorded = list(said.not_recorded)
    for one in said.found:
        try:
            new = _take_resource(workflow, one, incident, agency_id=agency_id, by=by)
        except NotFound as error:
            not_recorded.append(f"{one.place}: {error}" if one.place else str(error))
        else:
            known = taken.get(new.incident)
            taken[new.incident] = _joined(known, new) if known else new
    rest = Taken(incident="", left_out=said.left_out, not_recorded=tuple(not_recorded))
    return (*taken.values(), *([rest] if rest.left_out or rest.not_recorded else []))


def _take_resource(
    workflow: Workflow, one: Found, incident: str | None, *, agency_id: str | None, by: str
) -> Taken:
    agency = agency_id or workflow.agency
    if one.nameless is not None and agency_id is None and agency == "default":
        raise NotFound(
            f"{one.nameless} is of the agency default, which may be this one, or another that gave no"
            " agency id either; if it is this one, take it with --agency-id default"
        )
    try:
        id = _which(one.names_incident, one.incident, incident, agency=agency)
    except NotFound as error:
        raise NotFound(f"{error}{one.names_elsewhere if one.incident is None else ''}") from None
    return _take_news(
        workflow, id, lambda case: one.news(case, agency=agency, by=by), place=one.place
    )


def _take_news(
    workflow: Workflow, incident: str, news_in: Callable[[Case], FhirNews], *, place: str
) -> Taken:
    """Record what a resource, at a place of a Bundle, says that the incident does not say yet."""
    at = f"{place}: " if place else ""

    def compare() -> Compared:
        case = workflow.case(incident)
        news = news_in(case)
        return Compared(
            case=case,
            events=news.events,
            older=news.odd,
            left_out=tuple(at + text for text in news.left_out),
            not_recorded=tuple(at + text for text in news.not_recorded),
        )

    return record_compared(workflow, compare)


def _which(where: str, named: str | None, given: str | None, *, agency: str) -> str:
    """Return the incident to which a resource belongs: the one that it names, or the given one."""
    id = given or named
    if id is None:
        raise NotFound(f"{where} names no incident of {agency}; say which with --incident")
    if named not in {None, id}:
        raise NotFound(f"{where} names another incident than {id}; leave --incident out")
    return id


def _joined(one: Taken, other: Taken) -> Taken:
    return Taken(
        incident=one.incident,
        recorded=one.recorded + other.recorded,
        refused=one.refused + other.refused,
        older=one.older + other.older,
        says=one.says + other.says,
        left_out=one.left_out + other.left_out,
        not_recorded=one.not_recorded + other.not_recorded,
    )
