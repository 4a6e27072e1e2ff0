"""Read a directory of services (Open Referral HSDS 3.0 and 3.1), as JSON or as tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
from pydantic import Field, ValidationError

from coresponder.documents.reading import read_json_file
from coresponder.errors import UnreadableFile
from coresponder.interop.service_hours import Published, Schedule
from coresponder.interop.service_tables import Placed, is_package, services_in_tables

__all__ = ["Directory", "Language", "Service", "load_directory"]


class _Term(Published):
    code: str | None = None
    name: str | None = None


class _Attribute(Published):
    taxonomy_term: _Term | None = None


class Language(Published):
    """A language in which a service is delivered, by its code or its name."""

    code: str | None = None
    name: str | None = None


class _Area(Published):
    name: str | None = None
    description: str | None = None
    extent: str | None = None
    extent_type: str | None = None

    @property
    def is_shape(self) -> bool:
        """Whether its extent is a shape, such as GeoJSON, and not the name of an area."""
        extent = (self.extent or "").strip()
        kind = (self.extent_type or "text").strip().casefold()
        return bool(extent) and (kind != "text" or extent[0] in "{[<")


class _Capacity(Published):
    available: int | None = None
    updated: str | None = None


class _Document(Published):
    document: str | None = None


class _AtLocation(Published):
    schedules: tuple[Schedule, ...] = ()
    service_areas: tuple[_Area, ...] = ()
    languages: tuple[Language, ...] = ()
    capacities: tuple[_Capacity, ...] = ()


_LONGEST = 100
"""How many characters of a list of keys are shown."""
_Age = Field(default=None, ge=0, allow_inf_nan=False)


class Service(Published):
    """A service as the directory publishes it, with the keys that HSDS requires (an organization
    has no status). Other keys are ignored.
    """

    id: str = Field(min_length=1)
    name: str
    status: str
    minimum_age: float | None = _Age
    maximum_age: float | None = _Age
    schedules: tuple[Schedule, ...] = ()
    service_at_locations: tuple[_AtLocation, ...] = ()
    service_areas: tuple[_Area, ...] = ()
    languages: tuple[Language, ...] = ()
    attributes: tuple[_Attribute, ...] = ()
    capacities: tuple[_Capacity, ...] = ()
    required_documents: tuple[_Document, ...] = ()
    eligibility_description: str | None = None
    interpretation_services: str | None = None
    alert: str | None = None
    regular_schedules: object = None
    holiday_schedules: object = None

    @property
    def _everywhere(self) -> tuple[Service | _AtLocation, ...]:
        return (self, *self.service_at_locations)

    @property
    def all_schedules(self) -> tuple[Schedule, ...]:
        """The schedules of the service and of each of its locations."""
        return tuple(one for part in self._everywhere for one in part.schedules)

    @property
    def all_areas(self) -> tuple[_Area, ...]:
        """The areas of the service and of each of its locations."""
        return tuple(one for part in self._everywhere for one in part.service_areas)

    @property
    def all_languages(self) -> tuple[Language, ...]:
        """The languages of the service and of each of its locations."""
        return tuple(one for part in self._everywhere for one in part.languages)

    @property
    def all_capacities(self) -> tuple[_Capacity, ...]:
        """The capacities of the service and of each of its locations."""
        return tuple(one for part in self._everywhere for one in part.capacities)


@attrs.frozen(kw_only=True)
class Directory:
    """The services that could be read, and each that could not, with the reason."""

    services: tuple[Service, ...]
    unreadable: tuple[str, ...] = ()


def load_directory(path: str | Path) -> Directory:
    """Read a directory of services.

    Args:
        path: a JSON file with one service, a list of services, a page of a list (`contents`), or
            organizations with their `services`; or a Tabular Data Package, which is a folder or a
            zip file with CSV files.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: the file is not HSDS, or has no service.
    """
    file = Path(path)
    found, faults = services_in_tables(file) if is_package(file) else _in_json(file)
    services: list[Service] = []
    unreadable = [*faults]
    for one in _each_once(found, unreadable):
        try:
            services.append(Service.model_validate(one.document))
        except ValidationError as error:
            unreadable += _faults(one, error)
    if not services and not unreadable:
        raise UnreadableFile(
            f"{file.name}: there is no service in it; give HSDS 3: services, or organizations with"
            " their services, as JSON, or a folder with its tables"
        )
    return Directory(services=tuple(services), unreadable=tuple(unreadable))


def _each_once(found: Iterable[Placed], faults: list[str]) -> Iterator[Placed]:
    """Yield the services, the first of each id."""
    first: dict[str, str] = {}
    for one in found:
        place = one.places[()]
        id = one.document.get("id") if isinstance(one.document, dict) else None
        if isinstance(id, str) and first.setdefault(id, place) != place:
            faults.append(f"{place}: its id {id} is that of {first[id]}; it is not used")
        else:
            yield one


def _in_json(file: Path) -> tuple[tuple[Placed, ...], tuple[str, ...]]:
    if file.suffix.casefold() == ".csv":
        raise UnreadableFile(f"{file.name} is one table of several; give the folder that it is in")
    listed = _listed(read_json_file(file))
    return tuple(Placed(document, {(): place}) for place, document in listed), ()


def _faults(service: Placed, error: ValidationError) -> Iterable[str]:
    """Return what is wrong with a service that is not used: one line for each place in the file."""
    said: dict[str, str] = {}
    own = service.places[()]
    missing = [
        str(one["loc"][0])
        for one in error.errors(include_url=False, include_input=False)
        if one["type"] == "missing" and len(one["loc"]) == 1
    ]
    if missing:
        keys = textwrap.shorten(", ".join(service.document), _LONGEST, placeholder=" …")
        has = f"it has {keys}" if keys else "it is empty"
        said[own] = f"{own}: this is no service: it lacks {', '.join(missing)}; {has}"
    for one in error.errors(include_url=False, include_input=False):
        place, rest = service.where(one["loc"])
        text = ": ".join(part for part in (place, rest, one["msg"]) if part)
        said.setdefault(place, text if place == own else f"{text}; so {own} is not used")
    return said.values()


def _listed(document: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each service with its place in the document."""
    if isinstance(document, list):
        for number, one in enumerate(document):
            yield from _listed(one, f"{place}[{number}]")
    elif isinstance(document, dict):
        for key in ("contents", "services"):
            if isinstance(document.get(key), list):
                yield from _listed(document[key], f"{place}.{key}".lstrip("."))
                return
        yield place or "the service", document
    else:
        yield place, document
