"""Read the Task of a referral that came back (FHIR R4): where the service says that it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import attrs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from coresponder.domain import events as e
from coresponder.domain.types import opaque_id, parse_instant
from coresponder.domain.vocabulary import ReferralReason
from coresponder.errors import UnreadableFile
from coresponder.interop.fhir.history import Change, changes_of
from coresponder.interop.fhir.transitions import STATUSES, may_move, may_set
from coresponder.interop.fhir.writing import system_of
from coresponder.outputs import described
from coresponder.program import Case

__all__ = ["TaskNews", "incident_of_task", "news_of_task"]


class _Shape(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", frozen=True)


def _is_task(kind: str) -> str:
    if kind != "Task":
        raise ValueError("this is no Task, and nothing else is read")
    return kind


_Text = Annotated[str, Field(strict=True, max_length=10_000)]
_Time = Annotated[dt.datetime, BeforeValidator(parse_instant)]


class _Identifier(_Shape):
    system: _Text | None = None
    value: _Text | None = None


class _Concept(_Shape):
    text: _Text | None = None


class _Meta(_Shape):
    updated: _Time | None = Field(default=None, alias="lastUpdated")


class _Task(_Shape):
    resource: Annotated[_Text, AfterValidator(_is_task)] = Field(alias="resourceType")
    status: _Text
    identifiers: tuple[_Identifier, ...] = Field((), alias="identifier")
    group: _Identifier | None = Field(None, alias="groupIdentifier")
    reason: _Concept | None = Field(None, alias="statusReason")
    last: _Time | None = Field(None, alias="lastModified")
    meta: _Meta = _Meta()

    @model_validator(mode="after")
    def _says_when(self) -> _Task:
        if self.last is None and self.meta.updated is None:
            raise ValueError("neither lastModified nor meta.lastUpdated says when it moved")
        return self

    @property
    def modified(self) -> dt.datetime:
        """When it moved; if the Task does not say so, when the server had it."""
        found = self.last or self.meta.updated
        assert found is not None  # noqa: S101 - checked above
        return found


@attrs.frozen(kw_only=True)
class TaskNews:
    """What a Task says that the record does not say yet.

    Attributes:
        events: what would record it; at most one.
        odd: why the move is none that the published table has; the event is kept all the same.
        left_out: what was not understood, or is not the service's to set.
    """

    events: tuple[e.Event, ...] = ()
    odd: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


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


def incident_of_task(task: Any, *, agency: str) -> str | None:
    """Return the incident that a Task belongs to, if this agency wrote it.

    Raises:
        UnreadableFile: it is no Task.
    """
    group = _shaped(task).group
    ours = group is not None and group.system == system_of(agency, "incident")
    return group.value if group is not None and ours else None


def news_of_task(task: Any, case: Case, *, agency: str, by: str) -> TaskNews:
    """Compare the Task of a referral with the record. The same Task has no news the second time.

    Args:
        task: the Task, as JSON is parsed.
        case: the incident with the referral.
        agency: the id under which `bundle_of` wrote it.
        by: the id of the service that tells it.

    Raises:
        UnreadableFile: it is no Task, or says neither a status nor when it was modified.
    """
    found = _shaped(task)
    id = next((i.value for i in found.identifiers if i.system == system_of(agency, "task")), None)
    happened = tuple(entry.event for entry in case.entries() if entry.happened)
    changes = changes_of(happened, id or "")
    if not id or not changes:
        return TaskNews(left_out=("the Task is of no referral of this incident",))
    before = [change for change in changes if change.event.at <= found.modified]
    old = before[-1].status if before else changes[0].status
    if found.status not in STATUSES:
        return TaskNews(left_out=(f"status: {described(found.status)}",))
    if found.status == old or _is_recorded(found, id, case):
        return TaskNews()
    if not may_set(found.status, "target"):
        return TaskNews(left_out=(f"status {found.status} is set by who asks for the service",))
    reason, unknown = _reason(found.reason)
    odd = (
        ()
        if may_move(old, found.status)
        else (f"{id}: {old} to {found.status} is not a move of the lifecycle",)
    )
    event = _event(found, id, old, opaque_id(by), reason)
    late = tuple(
        _late(id, change, found) for change in changes[-1:] if change.event.at > found.modified
    )
    return TaskNews(events=(event,), odd=odd + late, left_out=unknown)


def _late(id: str, last: Change, found: _Task) -> str:
    return f"{id}: {found.status} is older than {last.status}; it is kept in its place"


def _shaped(task: Any) -> _Task:
    try:
        return _Task.model_validate(task)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "Task"
        said = first["msg"].removeprefix("Value error, ")
        raise UnreadableFile(f"{where}: {said}") from None


def _is_recorded(found: _Task, id: str, case: Case) -> bool:
    told = changes_of(case.recorded(), id)
    return any(one.event.at == found.modified and one.status == found.status for one in told)


def _event(found: _Task, id: str, old: str, by: str, reason: ReferralReason | None) -> e.Event:
    if found.status in _ENDED:
        return _ENDED[found.status](at=found.modified, by=by, referral=id, reason=reason)
    if found.status == "in-progress" and old == "on-hold":
        return e.ReferralResumed(at=found.modified, by=by, referral=id)
    return _GIVEN[found.status](at=found.modified, by=by, referral=id)


def _reason(said: _Concept | None) -> tuple[ReferralReason | None, tuple[str, ...]]:
    """Return the reason as a code. Free text may tell about the person, and is only named."""
    text = said.text if said else None
    if text is None or text in set(ReferralReason):
        return (ReferralReason(text) if text else None), ()
    return ReferralReason.OTHER, (f"statusReason: {described(text)}",)
