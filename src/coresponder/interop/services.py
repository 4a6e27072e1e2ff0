"""Read a directory of services (Open Referral HSDS 3.0 and 3.1), and find those that fit a person
now.

What the directory does not say is reported as unsure, and is never taken for yes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coresponder.documents.reading import read_json_file
from coresponder.domain.types import UTC, utc
from coresponder.errors import UnreadableFile
from coresponder.interop.service_hours import Hours, Schedule, hours_of, off_the_clock
from coresponder.interop.service_tables import Placed, is_package, services_in_tables

__all__ = ["Directory", "Match", "Service", "find_services", "load_directory"]


class _Table(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", frozen=True)


class _Term(_Table):
    code: str | None = None
    name: str | None = None


class _Attribute(_Table):
    taxonomy_term: _Term | None = None


class _Language(_Table):
    code: str | None = None
    name: str | None = None


class _Area(_Table):
    name: str | None = None
    extent: str | None = None


class _Capacity(_Table):
    available: int | None = None
    updated: str | None = None


class _AtLocation(_Table):
    schedules: tuple[Schedule, ...] = ()
    service_areas: tuple[_Area, ...] = ()


class Service(_Table):
    """A service as the directory publishes it, with the keys that HSDS requires (an organization
    has no status). Other keys are ignored.
    """

    id: str = Field(min_length=1)
    name: str
    status: str
    minimum_age: float | None = None
    maximum_age: float | None = None
    schedules: tuple[Schedule, ...] = ()
    service_at_locations: tuple[_AtLocation, ...] = ()
    service_areas: tuple[_Area, ...] = ()
    languages: tuple[_Language, ...] = ()
    attributes: tuple[_Attribute, ...] = ()
    capacities: tuple[_Capacity, ...] = ()

    @property
    def all_schedules(self) -> tuple[Schedule, ...]:
        """The schedules of the service and of each of its locations."""
        return (
            *self.schedules,
            *(s for place in self.service_at_locations for s in place.schedules),
        )

    @property
    def areas(self) -> frozenset[str]:
        """The names of the areas of the service and of its locations, in lower case."""
        places = (
            *self.service_areas,
            *(a for at in self.service_at_locations for a in at.service_areas),
        )
        return _folded(text for one in places for text in (one.name, one.extent))

    @property
    def terms(self) -> frozenset[str]:
        """The codes and names of the service's taxonomy terms, in lower case."""
        terms = [a.taxonomy_term for a in self.attributes if a.taxonomy_term]
        return _folded(text for term in terms for text in (term.code, term.name))


@attrs.frozen(kw_only=True)
class Directory:
    """The services that could be read, and each that could not, with the reason."""

    services: tuple[Service, ...]
    unreadable: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Match:
    """How a service fits a request.

    Attributes:
        service: the service.
        why_not: every reason why it does not fit; empty if it fits as far as the directory says.
        unsure: what the directory does not say.
        open_until: until when it is open now (UTC); None if it is not open, or that is not known.
        opens_next: when it opens next (UTC), within two months.
    """

    service: Service
    why_not: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    open_until: dt.datetime | None = None
    opens_next: dt.datetime | None = None

    @property
    def fits(self) -> bool:
        """Whether nothing in the directory speaks against the service."""
        return not self.why_not


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
    for one in found:
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


def _in_json(file: Path) -> tuple[tuple[Placed, ...], tuple[str, ...]]:
    if file.suffix.casefold() == ".csv":
        raise UnreadableFile(f"{file.name} is one table of several; give the folder that it is in")
    listed = _listed(read_json_file(file))
    return tuple(Placed(document, {(): place}) for place, document in listed), ()


def _faults(service: Placed, error: ValidationError) -> Iterable[str]:
    """Return what is wrong with a service that is not used: one line for each place in the file."""
    said: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False):
        place, rest = service.where(one["loc"])
        text = ": ".join(part for part in (place, rest, one["msg"]) if part)
        own = place == service.places[()]
        said.setdefault(place, text if own else f"{text}; so {service.places[()]} is not used")
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


def find_services(
    directory: Directory,
    *,
    at: dt.datetime,
    zone: dt.tzinfo,
    terms: Collection[str] = (),
    age: float | None = None,
    language: str | None = None,
    area: str | None = None,
    holidays: Collection[dt.date] = (),
) -> tuple[Match, ...]:
    """Return every service of a directory: first those that fit and are open, then those that fit
    by their next opening, then the others with the reasons.

    Args:
        directory: the services.
        at: the time at which the service is needed.
        zone: the agency's time zone.
        terms: codes or names of the directory's taxonomy, any of which answers the need; empty for
            all services. The agency decides which terms answer a `Need`.
        age: the person's age in years.
        language: the code or name of a language.
        area: the name of an area, as the directory writes it.
        holidays: days on which offices may be closed, which schedules seldom say.

    Raises:
        ValueError: the age is negative, or a time has no zone.
    """
    if age is not None and not age >= 0:
        raise ValueError(f"age: {age:g} is no age in years")
    instant = utc(at)
    asked = _Asked(_folded(terms), age, _folded([language]), _folded([area]))
    matches = [
        _match(service, asked, instant, zone, frozenset(holidays)) for service in directory.services
    ]
    return tuple(sorted(matches, key=_rank))


def _rank(match: Match) -> tuple[bool, bool, dt.datetime, str]:
    last = dt.datetime.max.replace(tzinfo=UTC)
    return (
        not match.fits,
        match.open_until is None,
        match.opens_next or last,
        match.service.name,
    )


@attrs.frozen
class _Asked:
    terms: frozenset[str]
    age: float | None
    language: frozenset[str]
    area: frozenset[str]


def _match(
    service: Service,
    asked: _Asked,
    at: dt.datetime,
    zone: dt.tzinfo,
    holidays: frozenset[dt.date],
) -> Match:
    hours, problems = hours_of(service.all_schedules, at, zone)
    unsure = [*problems, *_unsaid(service, asked)]
    if not service.all_schedules:
        unsure.append("its hours are not said")
    if off_the_clock(service.all_schedules, at, zone):
        unsure.append("its hours have a fixed offset from UTC, which is not the agency's today")
    now = [one for one in hours if one.begins <= at < one.ends]
    later = [one for one in hours if one.begins > at]
    if now and at.astimezone(zone).date() in holidays:
        unsure.append("today is a holiday: it may be closed")
        now = []
    return Match(
        service=service,
        why_not=tuple(_against(service, asked)),
        unsure=tuple(unsure),
        open_until=_end(now, hours) if now else None,
        opens_next=later[0].begins if later else None,
    )


def _end(now: list[Hours], hours: Iterable[Hours]) -> dt.datetime:
    """Return until when a service is open without a pause; periods may adjoin."""
    end = max(one.ends for one in now)
    for one in sorted(hours):
        if one.begins <= end:
            end = max(end, one.ends)
    return end


def _against(service: Service, asked: _Asked) -> Iterator[str]:
    if service.status.casefold() != "active":
        yield f"it is {service.status}"
    if asked.terms and service.terms and asked.terms.isdisjoint(service.terms):
        yield "it is for another need"
    if asked.age is not None:
        if service.minimum_age is not None and asked.age < service.minimum_age:
            yield f"it is from {service.minimum_age:g} years on"
        if service.maximum_age is not None and asked.age > service.maximum_age:
            yield f"it is up to {service.maximum_age:g} years"
    spoken = _folded(text for one in service.languages for text in (one.code, one.name))
    if asked.language and spoken and asked.language.isdisjoint(spoken):
        yield "it does not offer the language"
    if asked.area and service.areas and asked.area.isdisjoint(service.areas):
        yield "it does not serve the area"
    left = [one.available for one in service.capacities if one.available is not None]
    if left and not any(left):
        updated = next((one.updated for one in service.capacities if one.updated), None)
        yield f"no place is free{f' (as of {updated})' if updated else ''}"


def _unsaid(service: Service, asked: _Asked) -> Iterator[str]:
    said: Mapping[str, tuple[bool, bool]] = {
        "the need that it answers is not said": (bool(asked.terms), bool(service.terms)),
        "its languages are not said": (bool(asked.language), bool(service.languages)),
        "the area that it serves is not said": (bool(asked.area), bool(service.areas)),
        "for which ages it is, is not said": (
            asked.age is not None,
            service.minimum_age is not None or service.maximum_age is not None,
        ),
    }
    for text, (wanted, known) in said.items():
        if wanted and not known:
            yield text


def _folded(texts: Iterable[str | None]) -> frozenset[str]:
    return frozenset(text.strip().casefold() for text in texts if text and text.strip())
