"""The shape of an EIDO as far as it is read. What has another shape is refused with its path; keys
that are not read are kept, so that they can be named.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from coresponder.domain.types import parse_instant
from coresponder.errors import UnreadableFile
from coresponder.interop.eido.problems import first_problem
from coresponder.outputs import described

__all__ = ["Call", "Dispatch", "Document", "Part", "Person", "Reference", "Unit", "document_of"]


def _list(value: Any) -> Any:
    if value is None:
        return ()
    return value if isinstance(value, list) else [value]


_Time = Annotated[dt.datetime, BeforeValidator(parse_instant)]
_Text = Annotated[str, Field(strict=True, max_length=10_000)]
_Texts = Annotated[tuple[_Text, ...], BeforeValidator(_list)]


class Reference(BaseModel):
    """Points to the component with this `$id`."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", frozen=True)
    ref: _Text = Field(alias="$ref")


_References = Annotated[tuple[Reference, ...], BeforeValidator(_list)]


class Part(BaseModel):
    """What every component begins with."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", frozen=True)
    id: _Text | None = Field(None, alias="$id")
    updated: _Time | None = Field(None, alias="lastUpdateTimeStamp")
    by_agency: Reference | None = Field(None, alias="updatedByAgencyReference")
    by_agent: Reference | None = Field(None, alias="updatedByAgentReference")


class Call(Part):
    """A call about the incident."""

    started: _Time | None = Field(None, alias="callStartTimestamp")
    kind: _Text | None = Field(None, alias="standardPrimaryCallType")
    local_kind: _Text | None = Field(None, alias="localCallType")


class Disposition(Part):
    """How the incident ended."""

    code: _Text | None = Field(None, alias="dispositionCommonRegistryCode")
    category: _Text | None = Field(None, alias="dispositionCategoryText")


class Incident(Part):
    """What the incident is, and where it stands."""

    types: _Texts = Field((), alias="incidentTypeCommonRegistryText")
    local_type: _Text | None = Field(None, alias="incidentTypeInternalCode")
    statuses: _Texts = Field((), alias="incidentStatusCommonRegistryText")
    number: _Text | None = Field(None, alias="internalIncidentId")
    priority: _Text | None = Field(None, alias="incidentPriorityInternalText")
    created: _Time | None = Field(None, alias="incidentCreationTimestamp")
    dispositions: Annotated[tuple[Disposition, ...], BeforeValidator(_list)] = Field(
        (), alias="dispositionComponent"
    )


class Person(Part):
    """Somebody in the incident."""

    roles: _Texts = Field((), alias="personIncidentRoleRegistryText")


class Unit(Part):
    """An emergency resource: one responder, or a crew under one name."""

    kind: _Text | None = Field(None, alias="emergencyResourceTypeCommonRegistryText")
    local_kind: _Text | None = Field(None, alias="emergencyResourceTypeInternalText")
    attributes: _Texts = Field((), alias="resourceAttributeRegistryText")
    local_attributes: _Texts = Field((), alias="resourceAttributeInternalText")
    status: _Text | None = Field(None, alias="primaryUnitStatusRegistryText")
    statuses: _Texts = Field((), alias="secondaryUnitStatusRegistryText")


class Dispatch(Part):
    """Units that were sent, at the time of its last update."""

    units: _References = Field((), alias="emergencyResourceReference")


class Link(Part):
    """Another incident that this one belongs to."""

    incident: _Text | None = Field(None, alias="incidentTrackingIdentifier")
    direction: _Text | None = Field(None, alias="linkDirectionCode")


class Document(Part):
    """An EIDO."""

    version: _Text | None = Field(None, alias="eidoVersion")
    issuer: _Text | None = Field(None, alias="issuingElementIdentification")
    calls: Annotated[tuple[Call, ...], BeforeValidator(_list)] = Field((), alias="callComponent")
    incidents: Annotated[tuple[Incident, ...], BeforeValidator(_list)] = Field(
        (), alias="incidentComponent"
    )
    people: Annotated[tuple[Person, ...], BeforeValidator(_list)] = Field(
        (), alias="personComponent"
    )
    units: Annotated[tuple[Unit, ...], BeforeValidator(_list)] = Field(
        (), alias="emergencyResourceComponent"
    )
    dispatches: Annotated[tuple[Dispatch, ...], BeforeValidator(_list)] = Field(
        (), alias="dispatchComponent"
    )
    links: Annotated[tuple[Link, ...], BeforeValidator(_list)] = Field((), alias="linkComponent")


def document_of(value: Any, name: str) -> Document:
    """Return the document; raise `UnreadableFile` that names the first place with another shape."""
    if not isinstance(value, dict):
        raise UnreadableFile(f"{name}: an EIDO is one object; this is {described(value)}")
    if not value.get("$id"):
        raise UnreadableFile(f"{name}: this is no EIDO: it has no '$id'")
    try:
        return Document.model_validate(value)
    except ValidationError as error:
        raise UnreadableFile(f"{name}: {first_problem(error)}") from None
