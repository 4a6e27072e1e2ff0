"""Read a resource of FHIR R4, or a Bundle of several: what is read of it, in the order of time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

import attrs
from pydantic import Field

from coresponder.errors import UnreadableFile
from coresponder.interop.fhir.reading import TaskResource, news_of_moved
from coresponder.interop.fhir.reading_consents import ConsentResource, news_of_consent
from coresponder.interop.fhir.reading_visits import AppointmentResource, news_of_appointment
from coresponder.interop.fhir.shape import FhirNews, Resource, Shape, Text, shaped
from coresponder.outputs import described
from coresponder.program import Case

__all__ = ["Found", "resources_of"]


class _Read(Protocol):
    @property
    def at(self) -> dt.datetime: ...
    @property
    def status(self) -> str: ...
    def incident(self, agency: str) -> str | None: ...


_Readers = Mapping[str, tuple[type[Resource], Callable[..., FhirNews]]]
_READERS: _Readers = {
    "Task": (TaskResource, news_of_moved),
    "Consent": (ConsentResource, news_of_consent),
    "Appointment": (AppointmentResource, news_of_appointment),
}
_LAST = frozenset({"inactive"})
"""Of two at one instant, this one is looked at after the other: to decline also withdraws."""


@attrs.frozen(kw_only=True)
class Found:
    """A resource that can be compared with the record.

    Attributes:
        place: where it stood.
        at: when what it says happened.
        incident: the incident to which it belongs, if it says so.
    """

    place: str
    at: dt.datetime
    incident: str | None
    _read: Any
    _compare: Callable[..., FhirNews]

    def news(self, case: Case, *, agency: str, by: str) -> FhirNews:
        """Compare it with the record. The same resource has no news the second time."""
        return self._compare(self._read, case, agency=agency, by=by)


class _Request(Shape):
    method: Text | None = None


class _Response(Shape):
    status: Text = "200"


class _Entry(Shape):
    resource: Any = None
    request: _Request = _Request()
    response: _Response = _Response()


class _Bundle(Shape):
    kind: Text = Field(alias="resourceType")
    entries: tuple[Any, ...] = Field((), alias="entry")


def resources_of(document: Any, *, agency: str) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """Return what can be compared with the record, the oldest first, and the rest by name.

    Args:
        document: a Task, a Consent, an Appointment, or a Bundle of any type, as JSON is parsed.
        agency: the id under which `bundle_of` wrote them.

    Raises:
        UnreadableFile: it is none of them, or is one of another shape. What cannot be read inside a
            Bundle does not stop the rest.
    """
    if not (isinstance(document, dict) and document.get("resourceType") == "Bundle"):
        return (_found("", document, agency),), ()
    found, left_out = [], []
    for number, entry in enumerate(shaped(_Bundle, document).entries):
        try:
            found.append(_found(f"entry[{number}]", _resource_of(entry), agency))
        except UnreadableFile as error:
            left_out.append(f"entry[{number}]: {error}")
    return tuple(sorted(found, key=_order)), tuple(left_out)


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


def _order(one: Found) -> tuple[dt.datetime, bool]:
    return one.at, one._read.status in _LAST  # noqa: SLF001


def _found(place: str, document: Any, agency: str) -> Found:
    if not isinstance(document, dict):
        raise UnreadableFile(f"a resource is one object; this is {described(document)}")
    kind = document.get("resourceType")
    if not isinstance(kind, str) or kind not in _READERS:
        what = kind if isinstance(kind, str) and kind.isalpha() and len(kind) < 40 else described(kind)  # fmt: skip
        raise UnreadableFile(
            f"resourceType: {what} is not read; a Task, a Consent and an Appointment are"
        )
    shape, compare = _READERS[kind]
    read = cast("_Read", shaped(shape, document))
    return Found(
        place=place, at=read.at, incident=read.incident(agency), read=read, compare=compare
    )
