"""Which incident of ours an EIDO is about. The store has each request once, so a sender's id is tied
to one incident, whoever else takes the same EIDO at the same time.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import attrs

from coresponder.domain.events import (
    CallReceived,
    EnteredInError,
    Event,
    IncidentLinked,
    IncidentTransferAccepted,
    IncidentTransferDeclined,
    IncidentTransferOffered,
)
from coresponder.domain.types import say_time
from coresponder.domain.vocabulary import IncidentLink, VoidReason
from coresponder.errors import NotFound
from coresponder.program import Case, Entry
from coresponder.workflow.service import Workflow

if TYPE_CHECKING:
    from coresponder.interop.eido import EidoIncident

__all__ = ["Known", "case_of", "known_as", "nameless", "says", "tie_of", "unsure_of", "untie"]

_TIED, _TIED_EARLIER = "tied to an incident here", "known here as"
_NAMESPACE = uuid.UUID("4a3b0e4e-9f43-5d8b-8f3e-6c0f0a1f7c52")


@attrs.frozen(kw_only=True)
class Known:
    """What is known of the incident of an EIDO.

    Attributes:
        case: our incident; None if none is known.
        told: the EIDO, its ids as that incident has them.
        request: what ties the sender's id to an incident; None if it is tied, or is our own.
        unsure: several incidents that were handed over to the sender and that it is linked with.
        elsewhere: those that it is linked with and that were handed over, to somebody else.
        kept: those that it is linked with and that were never handed over.
    """

    case: Case | None
    told: EidoIncident
    request: str | None = None
    unsure: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def case_of(workflow: Workflow, incident: str) -> Case | None:
    """Return an incident as it is now; None if it is not there."""
    try:
        return workflow.case(incident)
    except NotFound:
        return None


def known_as(workflow: Workflow, told: EidoIncident, earlier: Callable[[], EidoIncident]) -> Known:
    """Return our incident of an EIDO: our own, the one to which its id was tied, the one that has
    its id, or the one that its sender was offered or accepted, and that it is linked with.

    Args:
        workflow: has the incidents.
        told: the EIDO.
        earlier: reads it with its ids as they were recorded before ADR 0215.
    """
    if told.own:
        return Known(case=case_of(workflow, told.incident), told=told)
    tied, request = _tied(workflow, told.incident)
    if tied:
        return Known(case=_going_on(workflow, tied), told=told)
    if case := case_of(workflow, told.incident):
        old = earlier() if _opened_earlier(workflow, case) else told
        return Known(case=_going_on(workflow, case), told=old)
    old = earlier()
    case = _known_earlier(workflow, old.incident)
    if case and (old.incident == told.incident or _has_a_call_of(case, old)):
        return Known(case=case, told=old)
    handed = _handed_over(workflow, told)
    theirs = [one for one, departments in handed if departments and _sender(told) in departments]
    return Known(
        case=theirs[0] if len(theirs) == 1 else None,
        told=told,
        request=request,
        unsure=tuple(one.id for one in theirs) if len(theirs) > 1 else (),
        elsewhere=tuple(one.id for one, to in handed if to is not None and one not in theirs),
        kept=tuple(one.id for one, to in handed if to is None),
    )


def _going_on(workflow: Workflow, case: Case) -> Case:
    """Return the incident that goes on: the last one, if this one was merged and that one again."""
    seen = set[str]()
    while (into := case.incident.merged_into) and case.id not in seen:
        seen.add(case.id)
        if (found := case_of(workflow, into)) is None:
            break
        case = found
    return case


def tie_of(known: Known, case: Case, events: tuple[Event, ...]) -> tuple[Event, str] | None:
    """Return the event that ties the sender's id to an incident: the call that opens it, or the link
    with it; and the request.
    """
    kind = IncidentLinked if case.version else CallReceived
    ties = (
        one
        for one in events
        if isinstance(one, kind)
        and getattr(one, "other", known.told.incident) == known.told.incident
    )
    tie = next(ties, None)
    return (tie, known.request) if tie and known.request else None


def says(
    workflow: Workflow, known: Known, case: Case, *, named: bool, of: str | None = None
) -> tuple[str, ...]:
    """Return what a person should know of a tie that is new.

    Args:
        workflow: has the incidents.
        known: what is known of the EIDO's incident.
        case: the incident that it becomes, or is added to.
        named: whether the caller named that incident.
        of: the id of this agency in the world; None if the caller did not say it.
    """
    told = known.told
    if known.case is None and not named:
        linked = tuple(
            f"{told.incident} names {id}, which was handed over, but by the record not to who sent"
            " this: it is kept as an incident of its own, linked with it"
            for id in known.elsewhere
        )
        linked += tuple(
            f"{told.incident} names {id} as related, of which no transfer is recorded: it is kept as"
            f" an incident of its own, linked with it; if the two are one, take it with --incident"
            f" {id} --not {told.incident}"
            for id in known.kept
        )
        if linked:
            return linked
        ours = {agency for _, agency in told.numbers} if of is None else {"default"}
        return tuple(
            f"{number} is an incident here too; if {agency} is this agency, take the EIDO with"
            f" --agency-id {agency}"
            for number, agency in told.numbers
            if agency in ours and case_of(workflow, number)
        )
    if known.request is None or case.id == told.incident:
        return ()
    why = "because you said so" if named else "because it was handed over and the EIDO names it"
    began = case.history[0].at if case.version else told.events[0].at
    begins = f"the EIDO begins {say_time(told.events[0].at)}, {case.id} {say_time(began)}"
    return (f"{told.incident} is {case.id} from now on, {why} ({begins})",)


def unsure_of(known: Known) -> str:
    """Return what a person has to say of an EIDO that may be about several incidents."""
    ids = ", ".join(known.unsure)
    return (
        f"{known.told.incident} names {ids}, each handed over to who sent it; say with --incident"
        " which of them it is"
    )


def nameless(workflow: Workflow, told: EidoIncident, of: str | None) -> str | None:
    """Return why an EIDO whose id has no agency's own name cannot be taken for ours: every agency
    that gives none writes its ids so. None if it has one, or the caller said that it is ours.
    """
    if not told.own or of is not None or workflow.agency != "default":
        return None
    return (
        f"{told.incident} of the agency default may be ours, or another's that has no agency id"
        " either; if it is ours, take it with --agency-id default"
    )


def _request(*said: str) -> str:
    return uuid.uuid5(_NAMESPACE, "\n".join(said)).hex


def _tied(workflow: Workflow, id: str) -> tuple[Case | None, str]:
    """Return the incident to which a sender's id was tied last, and the request of the next tie. A
    link that was entered in error ties nothing, and neither does a call that opened an incident in
    which the sender's id was untied.
    """
    ties, request = _ties(workflow, id)
    return _last(ties, id), request


def _last(ties: Sequence[tuple[Case, int]], id: str) -> Case | None:
    return next((case for case, tie in reversed(ties) if not _is_untied(case, tie, id)), None)


def _ties(workflow: Workflow, id: str) -> tuple[list[tuple[Case, int]], str]:
    """Return each event that tied a sender's id to an incident, and the request of the next one."""
    ties: list[tuple[Case, int]] = []
    while found := workflow.store.recorded(
        workflow.agency, request := _request(_TIED, id, str(len(ties)))
    ):
        ties.append((workflow.case(found[0]), found[1]))
    return ties, request


def _is_untied(case: Case, tie: int, id: str) -> bool:
    """Return whether the event that tied a sender's id to an incident does so no more: that link, or
    for a call the first one that says that the two are one, was entered in error.
    """
    if not isinstance(case.recorded()[tie - 1], IncidentLinked):
        tie = next((entry.number for entry in case.entries() if _ties_to(id, entry)), tie)
    return tie in case.findings.voided


def _ties_to(id: str, entry: Entry) -> bool:
    """Return whether an event says that a sender's id is this incident. A parent or a child is
    another one.
    """
    link = entry.event
    return isinstance(link, IncidentLinked) and (link.other, link.link) == (
        id,
        IncidentLink.RELATED,
    )


def untie(workflow: Workflow, id: str, incident: str, *, by: str, into: str | None = None) -> None:
    """Record that a sender's id does not belong to an incident: the link between the two is void.
    What was recorded there stays. Once that was said, it is not recorded again.

    Args:
        workflow: has the incident.
        id: the sender's id.
        incident: the incident that has it by mistake.
        by: the id of the person who says so.
        into: the incident to which the id belongs instead; by default a new one of the sender's id.

    Raises:
        NotFound: the incident is not there, or does not have the sender's id.
    """
    case, (ties, _) = workflow.case(incident), _ties(workflow, id)
    tied = _last(ties, id)
    untied = any(one.id == incident and _is_untied(one, tie, id) for one, tie in ties)
    if untied and (tied is None or tied.id == (into or id)):
        return
    if tied is None or tied.id != incident:
        has = f"it belongs to {tied.id}" if tied else "it belongs to no incident here"
        raise NotFound(f"{id} does not belong to {incident}; {has}")
    at = workflow._time(None)  # noqa: SLF001 - ours
    with workflow.store.batch():
        links = _links_of(case, id)
        if not links:
            link = IncidentLinked(at=at, by=by, other=id, link=IncidentLink.RELATED)
            links = [workflow.record(incident, link).case.version]
        for number in links:
            void = EnteredInError(at=at, by=by, event=number, reason=VoidReason.WRONG_INCIDENT)
            workflow.record(incident, void)


def _links_of(case: Case, id: str) -> list[int]:
    """Return the numbers of the valid links that say that a sender's id is this incident."""
    return [entry.number for entry in case.entries() if not entry.voided and _ties_to(id, entry)]


def _known_earlier(workflow: Workflow, id: str) -> Case | None:
    """Return the incident that an EIDO with this id opened, or was linked with, before ADR 0215."""
    linked = workflow.store.recorded(workflow.agency, _request(_TIED_EARLIER, id))
    if linked:
        return case_of(workflow, linked[0])
    case = case_of(workflow, id)
    return case if case and _opened_earlier(workflow, case) else None


def _opened_earlier(workflow: Workflow, case: Case) -> bool:
    """Return whether a call that another system told opened an incident before ADR 0215."""
    call = next((one for one in case.recorded() if isinstance(one, CallReceived)), None)
    if call is None:
        return False
    said = attrs.evolve(call, by="told").to_json()
    request = _request(case.id, "CallReceived", said)
    return workflow.store.recorded(workflow.agency, request) is not None


def _has_a_call_of(case: Case, told: EidoIncident) -> bool:
    calls = {one.at for one in told.events if isinstance(one, CallReceived)}
    return any(isinstance(one, CallReceived) and one.at in calls for one in case.history)


def _handed_over(workflow: Workflow, told: EidoIncident) -> list[tuple[Case, set[str] | None]]:
    """Return those of our incidents that an EIDO is linked with, each with the departments that have
    it or may take it; None if it was never handed over.
    """
    cases = (case_of(workflow, id) for id in dict.fromkeys(told.related))
    return [(case, _departments(case)) for case in cases if case]


def _departments(case: Case) -> set[str] | None:
    """Return the departments that accepted an incident, or to which it was offered last without a
    refusal; None if it was never offered.
    """
    offered, accepted = set[str](), set[str]()
    events = [entry.event for entry in case.entries() if not entry.voided]
    for event in events:
        if isinstance(event, IncidentTransferOffered):
            offered.add(event.department.casefold())
        elif isinstance(event, IncidentTransferDeclined):
            offered.discard(event.department.casefold())
        elif isinstance(event, IncidentTransferAccepted):
            accepted.add(event.department.casefold())
    handed = any(
        isinstance(one, IncidentTransferOffered | IncidentTransferAccepted) for one in events
    )
    return offered | accepted if handed else None


def _sender(told: EidoIncident) -> str | None:
    """Return the id of the agency that gave an EIDO's incident its id; None if the id names none."""
    return next(
        (
            agency.casefold()
            for number, agency in told.numbers
            if told.incident.endswith(f":{number}:{agency}")
        ),
        None,
    )
