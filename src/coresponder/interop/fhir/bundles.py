"""Read a resource of FHIR R4, or a Bundle of several: what is read of it, in the order of time."""

from __future__ import annotations

import datetime as dt
import json
import operator
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

import attrs
from pydantic import Field

from coresponder.errors import UnreadableFile
from coresponder.interop.fhir.codes import NAMELESS, elsewhere
from coresponder.interop.fhir.pointing import Places, nameless_in, places_of, strays, two_things_in
from coresponder.interop.fhir.reading import TaskResource, news_of_moved
from coresponder.interop.fhir.reading_consents import ConsentResource, news_of_consent
from coresponder.interop.fhir.reading_visits import AppointmentResource, news_of_appointment
from coresponder.interop.fhir.shape import FhirNews, Resource, Shape, Text, shaped
from coresponder.outputs import described
from coresponder.program import Case

__all__ = ["Found", "Resources", "resources_of"]


class _Read(Protocol):
    @property
    def at(self) -> dt.datetime: ...
    @property
    def status(self) -> str: ...
    @property
    def names_incident(self) -> str: ...
    @property
    def incident_systems(self) -> tuple[str | None, ...]: ...
    def incident(self, agency: str) -> str | None: ...


_Readers = Mapping[str, tuple[type[Resource], Callable[..., FhirNews]]]
_READERS: _Readers = {
    "Task": (TaskResource, news_of_moved),
    "Consent": (ConsentResource, news_of_consent),
    "Appointment": (AppointmentResource, news_of_appointment),
}
_NEXT_PAGE = "Bundle.link: there is a next page, which is not in this file"
_RANKS: Mapping[tuple[str, str], int] = {
    (kind, status): rank
    for rank, (kind, status) in enumerate(
        (kind, status)
        for kind, statuses in (
            ("Consent", "active rejected inactive"),
            ("Task", "accepted in-progress on-hold completed rejected failed cancelled"),
            ("Appointment", "proposed pending booked waitlist cancelled noshow fulfilled"),
        )
        for status in statuses.split()
    )
}
"""Of two at one instant, which one is looked at first: a consent before what rests on it, to give
before to withdraw, a plan before what became of it. So the order of a Bundle says nothing.
"""


@attrs.frozen(kw_only=True)
class Found:
    """A resource that can be compared with the record.

    Attributes:
        place: where it stood.
        at: when what it says happened.
        incident: the incident to which it belongs, if it says so.
        names_incident: the element that says so, such as `Task.groupIdentifier`.
        names_elsewhere: a hint at another agency whose incident it names; empty without one.
        nameless: the first element with an identifier of the agency `default`, if there is one.
        order: by what it is looked at before or after others: when that happened, and of one instant
            what it is and all of its content.
    """

    place: str
    at: dt.datetime
    incident: str | None
    names_incident: str
    names_elsewhere: str
    nameless: str | None
    order: tuple[dt.datetime, int, str]
    _read: Any
    _compare: Callable[..., FhirNews]

    def news(self, case: Case, *, agency: str, by: str) -> FhirNews:
        """Compare it with the record. The same resource has no news the second time."""
        for path in two_things_in(self._read):
            why = "it points to a contained resource, or searches for another than its identifier names"
            return FhirNews(not_recorded=(f"{self._read.kind}.{path}: {why}",))
        return self._compare(self._read, case, agency=agency, by=by)


class _Request(Shape):
    method: Text | None = None


class _Response(Shape):
    status: Text = "200"


class _Entry(Shape):
    resource: Any = None
    request: _Request = _Request()
    response: _Response = _Response()


class _Link(Shape):
    relation: Text | None = None


class _Bundle(Shape):
    kind: Text = Field(alias="resourceType")
    links: tuple[_Link, ...] = Field((), alias="link")
    entries: tuple[Any, ...] = Field((), alias="entry")


@attrs.frozen(kw_only=True)
class Resources:
    """What a document has.

    Attributes:
        found: what can be compared with the record, the oldest first.
        left_out: the entries of other types; that there are more pages.
        not_recorded: the entries that cannot be read, and why.
    """

    found: tuple[Found, ...] = ()
    left_out: tuple[str, ...] = ()
    not_recorded: tuple[str, ...] = ()


def resources_of(document: Any, *, agency: str) -> Resources:
    """Return what a document has.

    Args:
        document: a Task, a Consent, an Appointment, or a Bundle of any type, as JSON is parsed.
        agency: the id under which `bundle_of` wrote them.

    Raises:
        UnreadableFile: it is none of them, or is one of another shape. What cannot be read inside a
            Bundle does not stop the rest.
    """
    if not (isinstance(document, dict) and document.get("resourceType") == "Bundle"):
        return Resources(found=(_found("", document, agency, {}),))
    whole = shaped(_Bundle, document)
    entries = whole.entries
    places = places_of((one.get("fullUrl"), one.get("resource")) for one in entries if isinstance(one, dict))  # fmt: skip
    found: list[Found] = []
    left_out = [_NEXT_PAGE] if any(one.relation == "next" for one in whole.links) else []
    broken: list[str] = []
    for number, entry in enumerate(entries):
        place = f"entry[{number}]"
        try:
            resource = _resource_of(entry)
            if why := _other_type(resource):
                left_out.append(f"{place}: {why}")
            else:
                found.append(_found(place, resource, agency, places))
        except UnreadableFile as error:
            broken.append(f"{place}: {error}")
    if not found and not broken:
        broken.append("the Bundle has no Task, no Consent and no Appointment")
    return Resources(
        found=tuple(sorted(found, key=operator.attrgetter("order"))),
        left_out=tuple(left_out),
        not_recorded=tuple(broken),
    )


def _resource_of(document: Any) -> Any:
    """Return the resource of an entry; raise `UnreadableFile` if the entry deletes it, or says that
    it was not found.
    """
    entry = shaped(_Entry, document)
    if entry.request.method not in {None, "POST", "PUT"}:
        raise UnreadableFile("request.method: only POST and PUT say that a resource stands so")
    if not entry.response.status.startswith("2"):
        raise UnreadableFile("response.status: it is no success")
    return entry.resource


def _found(place: str, document: Any, agency: str, places: Places) -> Found:
    if not isinstance(document, dict):
        raise UnreadableFile(f"a resource is one object; this is {described(document)}")
    if not isinstance(kind := document.get("resourceType"), str):
        raise UnreadableFile(f"resourceType: {described(kind)} is no type of a resource")
    if why := _other_type(document):
        raise UnreadableFile(why)
    shape, compare = _READERS[kind]
    resource = shaped(shape, document)
    for path in strays(resource, places):
        raise UnreadableFile(f"{path}: it points to another resource of the Bundle than it names")
    read = cast("_Read", resource)
    return Found(
        place=place,
        at=read.at,
        incident=read.incident(agency),
        names_incident=read.names_incident,
        names_elsewhere=elsewhere(read.incident_systems, "incident"),
        nameless=_nameless(kind, resource, read),
        order=(
            read.at,
            _RANKS.get((kind, read.status), len(_RANKS)),
            json.dumps(document, sort_keys=True, default=repr),
        ),
        read=read,
        compare=compare,
    )


def _nameless(kind: str, resource: Resource, read: _Read) -> str | None:
    """Return the first element whose identifier any agency may have written that gave no id."""
    if any((one or "").startswith(NAMELESS) for one in read.incident_systems):
        return read.names_incident
    return next((f"{kind}.{path}" for path in nameless_in(resource)), None)


def _other_type(document: Any) -> str | None:
    """Return why a resource is of no type that is read; None if it is of one, or says none."""
    kind = document.get("resourceType") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind in _READERS:
        return None
    what = kind if kind.isalpha() and len(kind) < 40 else described(kind)
    return f"resourceType: {what} is not read; a Task, a Consent and an Appointment are"
