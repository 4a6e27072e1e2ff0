"""Read the Task of a referral that came back (FHIR R4): where the service says that it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from coresponder.domain import events as e
from coresponder.domain.objects import Referral
from coresponder.domain.types import opaque_id
from coresponder.domain.vocabulary import ReferralReason
from coresponder.interop.fhir.codes import system_of
from coresponder.interop.fhir.history import Change, changes_of
from coresponder.interop.fhir.shape import (
    Concept,
    FhirNews,
    Identifier,
    Reference,
    Resource,
    Text,
    Time,
    shaped,
    unread,
    valued,
)
from coresponder.interop.fhir.transitions import STATUSES, may_move, may_set
from coresponder.outputs import described
from coresponder.program import Case

__all__ = ["TaskResource", "incident_of_task", "news_of_moved", "news_of_task"]


def _is_task(kind: str) -> str:
    if kind != "Task":
        raise ValueError("this is no Task, and nothing else is read")
    return kind


class TaskResource(Resource):
    """A Task, as far as it is read."""

    kind: Annotated[Text, AfterValidator(_is_task)] = Field(alias="resourceType")
    status: Text
    group: Identifier | None = Field(None, alias="groupIdentifier")
    reason: Concept | None = Field(None, alias="statusReason")
    last: Time | None = Field(None, alias="lastModified")
    patient: Reference = Field(Reference(), alias="for")

    @model_validator(mode="after")
    def _says_when(self) -> TaskResource:
        if self.last is None and self.meta.updated is None:
            raise ValueError("neither lastModified nor meta.lastUpdated says when it moved")
        return self

    @property
    def at(self) -> dt.datetime:
        """When it moved; if the Task does not say so, when the server had it."""
        found = self.last or self.meta.updated
        assert found is not None  # noqa: S101 - checked above
        return found

    def incident(self, agency: str) -> str | None:
        """Return the incident that it belongs to, if this agency wrote it."""
        return valued((self.group,) if self.group else (), system_of(agency, "incident"))


_Given = e.ReferralAccepted | e.ReferralConnected | e.ReferralPutOnHold | e.ReferralCompleted
_Ended = e.ReferralRejected | e.ReferralFailed | e.ReferralCancelled
_GIVEN: Mapping[str, type[_Given]] = {
    "accepted": e.ReferralAccepted,
    "in-progress": e.ReferralConnected,
    "on-hold": e.ReferralPutOnHold,
    "completed": e.ReferralCompleted,
}
_ENDED: Mapping[str, type[_Ended]] = {
    "rejected": e.ReferralRejected,
    "failed": e.ReferralFailed,
    "cancelled": e.ReferralCancelled,
}


_OURS = frozenset({"authoredOn", "businessStatus", "code", "encounter", "focus", "intent", "output", "owner", "requester", "restriction"})  # fmt: skip
"""What says of the referral what the record has, or what follows from the status."""


def incident_of_task(task: Any, *, agency: str) -> str | None:
    """Return the incident that a Task belongs to, if this agency wrote it.

    Raises:
        UnreadableFile: it is no Task.
    """
    return shaped(TaskResource, task).incident(agency)


def news_of_task(task: Any, case: Case, *, agency: str, by: str) -> FhirNews:
    """Compare the Task of a referral with the record. The same Task has no news the second time.

    Args:
        task: the Task, as JSON is parsed.
        case: the incident with the referral.
        agency: the id under which `bundle_of` wrote it.
        by: the id of the service that tells it.

    Raises:
        UnreadableFile: it is no Task, or says neither a status nor when it was modified.
    """
    return news_of_moved(shaped(TaskResource, task), case, agency=agency, by=by)


def news_of_moved(found: TaskResource, case: Case, *, agency: str, by: str) -> FhirNews:
    """Compare a Task that was read with the record; see `news_of_task`."""
    id = found.known_as(system_of(agency, "task"))
    happened = tuple(entry.event for entry in case.entries() if entry.happened)
    changes = changes_of(happened, id or "")
    if not id or not changes:
        return FhirNews(left_out=("the Task is of no referral of this incident",))
    if why := _why_not(found, case.incident.referral(id), agency):
        return FhirNews(left_out=(why,))
    before = [change for change in changes if change.event.at <= found.at]
    old = before[-1].status if before else changes[0].status
    rest = tuple(unread(found, "Task", _OURS))
    if found.status == old or _is_recorded(found, id, case):
        return FhirNews(left_out=rest)
    if not may_set(found.status, "target"):
        return FhirNews(left_out=(f"status {found.status} is set by who asks for the service",))
    reason, unknown = _reason(found.reason)
    odd = (
        ()
        if may_move(old, found.status)
        else (f"{id}: {old} to {found.status} is not a move of the lifecycle",)
    )
    event = _event(found, id, old, opaque_id(by), reason)
    late = tuple(_late(id, change, found) for change in changes[-1:] if change.event.at > found.at)
    return FhirNews(events=(event,), odd=odd + late, left_out=unknown + rest)


def _why_not(found: TaskResource, referral: Referral | None, agency: str) -> str | None:
    """Return why nothing of a Task is recorded."""
    if found.modifiers:
        return "Task.modifierExtension: it is not recorded"
    whom = found.patient.identifier
    if referral and whom.system == system_of(agency, "person") and whom.value != referral.person:
        return "Task.for: it is for another person than the referral"
    return f"status: {described(found.status)}" if found.status not in STATUSES else None


def _late(id: str, last: Change, found: TaskResource) -> str:
    return f"{id}: {found.status} is older than {last.status}; it is kept in its place"


def _is_recorded(found: TaskResource, id: str, case: Case) -> bool:
    told = changes_of(case.recorded(), id)
    return any(one.event.at == found.at and one.status == found.status for one in told)


def _event(
    found: TaskResource, id: str, old: str, by: str, reason: ReferralReason | None
) -> e.Event:
    if found.status in _ENDED:
        return _ENDED[found.status](at=found.at, by=by, referral=id, reason=reason)
    if found.status == "in-progress" and old == "on-hold":
        return e.ReferralResumed(at=found.at, by=by, referral=id)
    return _GIVEN[found.status](at=found.at, by=by, referral=id)


def _reason(said: Concept | None) -> tuple[ReferralReason | None, tuple[str, ...]]:
    """Return the reason as a code. Free text may tell about the person, and is only named."""
    texts = [said.text, *(one.code for one in said.coding)] if said else []
    told = [text for text in texts if text]
    known = next((ReferralReason(text) for text in told if text in set(ReferralReason)), None)
    if known is not None or not told:
        return known, ()
    return ReferralReason.OTHER, tuple(f"statusReason: {described(text)}" for text in told)
