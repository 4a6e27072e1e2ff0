"""Read the Task of a referral that came back (FHIR R4): where the service says that it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

import attrs
from pydantic import AfterValidator, Field, model_validator

from coresponder.domain import events as e
from coresponder.domain.types import opaque_id, parse_instant
from coresponder.domain.vocabulary import ReferralReason
from coresponder.interop.fhir.codes import (
    business_status,
    no_identifier,
    not_recorded,
    output_of,
    system_of,
)
from coresponder.interop.fhir.history import (
    Change,
    changes_of,
    happened_in,
    nothing_known,
    placed_in,
)
from coresponder.interop.fhir.pointing import points_elsewhere
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

    names_incident: ClassVar[str] = "Task.groupIdentifier"
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

    @property
    def is_before_it_was_written(self) -> bool:
        """Whether it moved before it was written; of a day alone this is not asked."""
        try:
            return self.at < parse_instant((self.model_extra or {})["authoredOn"])
        except (KeyError, ValueError):
            return False

    def incident(self, agency: str) -> str | None:
        """Return the incident that it belongs to, if this agency wrote it."""
        return valued((self.group,) if self.group else (), system_of(agency, "incident"))

    @property
    def incident_systems(self) -> tuple[str | None, ...]:
        """The systems in which it names an incident."""
        return (self.group.system,) if self.group else ()


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


_FINAL = frozenset({*_ENDED, "completed"})
"""Nothing moves a referral after that."""

_OURS = frozenset({"authoredOn", "code", "encounter", "focus", "intent", "owner", "requester", "restriction"})  # fmt: skip
"""What says of the referral what the record has, or what follows from the status."""


_WRITTEN = tuple(
    written
    for status in STATUSES
    for written in (business_status(status) | output_of(status)).items()
)
"""What this library writes for some status."""


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
    reason, unknown = _reason(found)
    rest = (*unknown, *unread(found, "Task", (*_OURS, *_as_written(found))), *_not_compared(found, agency))  # fmt: skip
    if id is None:
        unnamed = no_identifier("Task.identifier", "task", agency, found.systems)
        return FhirNews(not_recorded=(unnamed,))
    was = _Standing.of(case, id, found.at)
    if was is None:
        return FhirNews(not_recorded=(nothing_known("referral", id, case),))
    if why := _why_not(found, case, was.id, agency):
        return FhirNews(not_recorded=(why,), left_out=rest)
    if was.has(found.status, reason, found.at):
        return FhirNews(odd=tuple(was.older(found.status, found.at)), left_out=rest)
    if why := was.against(found.status, found.at):
        return FhirNews(not_recorded=(why,), left_out=rest)
    event = _event(found, was.id, was.status, opaque_id(by), reason)
    return FhirNews(events=(event,), odd=tuple(was.odd(found.status, found.at)), left_out=rest)


@attrs.frozen
class _Standing:
    """How a referral stood at the time of a Task.

    Attributes:
        before: what moved it last before that.
        last: what moved it last, also later.
        latest: what happened last before that, also out of place.
        told: all that was recorded of it, also what is void.
        earlier: what moved it last before that very instant, and what happened last, also out of
            place.
    """

    id: str
    before: Change
    last: Change
    latest: Change
    told: tuple[Change, ...]
    earlier: tuple[Change, ...]

    @classmethod
    def of(cls, case: Case, id: str, at: dt.datetime) -> _Standing | None:
        """Return how a referral stood; None if the incident has no such referral."""
        placed = changes_of(placed_in(case), id)
        if not placed:
            return None
        before = [one for one in placed if one.event.at <= at] or placed[:1]
        all_happened = changes_of(happened_in(case), id)
        happened = [one for one in all_happened if one.event.at <= at]
        told = tuple(changes_of(case.recorded(), id))
        earlier = [
            some[-1]
            for every in (placed, all_happened)
            if (some := [one for one in every if one.event.at < at])
        ]
        return cls(id, before[-1], placed[-1], (happened or before)[-1], told, tuple(earlier))

    @property
    def status(self) -> str:
        return self.before.status

    def has(self, status: str, reason: ReferralReason | None, at: dt.datetime) -> bool:
        """Return whether the referral stood so before that instant or at it, or was told so last, or
        at that time (even if it is void now). A status without a reason says no more than one with
        a reason.
        """
        same = [one for one in self.told if one.event.at == at]
        stood = (self.before, self.latest, *self.earlier, *same)
        known = (one for one in stood if one.status == status)
        return any(reason in {None, one.reason} for one in known)

    def older(self, status: str, at: dt.datetime) -> Iterator[str]:
        """Yield that a message is older than the record and says nothing new, unless it is one that
        was told.
        """
        if any(one.event.at == at and one.status == status for one in self.told):
            return
        if self.last.event.at > at:
            yield f"{self.id}: {status} is older than {self.last.status}, and says nothing new"
        elif self.status != status:
            yield f"{self.id}: {status} again, and {self.status}, at one time; the record has the second"

    def against(self, status: str, at: dt.datetime) -> str | None:
        """Return why a Task is not recorded."""
        if not may_set(status, "target"):
            return f"{self.id}: status {status} is set by who asks for the service"
        if any(one.event.at == at and one.status == status for one in self.told):
            return (
                f"{self.id}: it was {status} at this time for another reason; record which is meant"
            )
        if self.last is not self.before and status in _FINAL and status != self.last.status:
            return (
                f"{self.id}: {status} is older than {self.last.status} in the record, which cannot"
                " follow it; record which is meant"
            )
        return None

    def odd(self, status: str, at: dt.datetime) -> Iterator[str]:
        """Yield what is unusual about a move."""
        if status == self.status:
            yield f"{self.id}: {status} again, for another reason; the first one stands"
        elif not may_move(self.status, status):
            yield f"{self.id}: {self.status} to {status} is not a move of the lifecycle"
        if self.last.event.at > at:
            yield f"{self.id}: {status} is older than {self.last.status}; it is kept in its place"


def _why_not(found: TaskResource, case: Case, id: str, agency: str) -> str | None:
    """Return why nothing of a Task is recorded."""
    if found.modifiers:
        return "Task.modifierExtension: it is not recorded"
    whom, referral = found.patient.identifier, case.incident.referral(id)
    if referral and whom.system == system_of(agency, "person") and whom.value != referral.person:
        return "Task.for: it is for another person than the referral"
    if points_elsewhere(found.patient, case, referral.person if referral else None):
        return "Task.for: its reference is to another person than the referral is for"
    if found.status in STATUSES and found.is_before_it_was_written:
        return "Task.lastModified: it lies before authoredOn"
    return None if found.status in STATUSES else not_recorded("Task", found.status)


def _as_written(found: TaskResource) -> Iterator[str]:
    """Yield the keys whose values are those that this library writes for some status."""
    said = found.model_extra or {}
    return (key for key, value in _WRITTEN if said.get(key) == value)


def _not_compared(found: TaskResource, agency: str) -> Iterator[str]:
    """Yield that a person is not compared, because nothing says which of ours it is."""
    system = system_of(agency, "person")
    if found.patient != Reference() and found.patient.identifier.system != system:
        yield f"Task.for: it has no identifier of the system {system}, so it is not compared"


def _event(
    found: TaskResource, id: str, old: str, by: str, reason: ReferralReason | None
) -> e.Event:
    if found.status in _ENDED:
        return _ENDED[found.status](at=found.at, by=by, referral=id, reason=reason)
    if found.status == "in-progress" and old == "on-hold":
        return e.ReferralResumed(at=found.at, by=by, referral=id)
    return _GIVEN[found.status](at=found.at, by=by, referral=id)


def _reason(found: TaskResource) -> tuple[ReferralReason | None, tuple[str, ...]]:
    """Return the reason as a code. Free text may tell about the person, and is only named; so is
    the reason of a status of which the record has none.
    """
    said = found.reason
    if said is not None and found.status in _GIVEN:
        return None, (f"Task.statusReason: the record has none for {found.status}",)
    texts = [said.text, *(one.code for one in said.coding)] if said else []
    told = [text for text in texts if text]
    known = {ReferralReason(text) for text in told if text in set(ReferralReason)}
    if len(known) > 1:
        return ReferralReason.OTHER, ("statusReason: it gives several reasons",)
    if known or not told:
        return next(iter(known), None), ()
    return ReferralReason.OTHER, tuple(f"statusReason: {described(text)}" for text in told)
