"""A reference that points to one thing and names another by its identifier.

The number that another server gives a resource says nothing here. Where it can be seen that it is
somebody else's, what rests on it is not recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from coresponder.interop.fhir.codes import NAMELESS
from coresponder.interop.fhir.shape import Identifier, Reference, Shape
from coresponder.program import Case

__all__ = [
    "Places",
    "nameless_in",
    "place_of",
    "places_of",
    "points_elsewhere",
    "strays",
    "two_things_in",
]

_Kind = TypeVar("_Kind", bound=Shape)
Places = Mapping[str, frozenset[tuple[str, str]]]
"""The system and value of the identifiers of each resource of a Bundle, by each place at which a
reference finds it.
"""


def place_of(reference: str) -> str:
    """Return the type and the number in a reference, without server and version.

    >>> place_of("https://a.example.org/fhir/Patient/3/_history/2"), place_of("urn:uuid:5")
    ('Patient/3', 'urn:uuid:5')
    """
    return "/".join(reference.partition("/_history/")[0].split("/")[-2:])


def points_elsewhere(whom: Reference, case: Case, person: str | None) -> bool:
    """Return whether a reference points to a contained resource or searches for another, besides
    its identifier, or the number in it is the id of another person of the incident.
    """
    if whom.says_two_things:
        return True
    number = place_of(whom.reference or "").rpartition("/")[2]
    return number != person and case.incident.person(number) is not None


def strays(read: Shape, places: Places) -> Iterator[str]:
    """Yield the path of each reference to a resource of the Bundle that has another identifier than
    the reference names.
    """
    return (path for path, one in _inside(read, Reference) if _strays(one, places))


def two_things_in(read: Shape) -> Iterator[str]:
    """Yield the path of each reference that points to or searches for another than it names."""
    return (path for path, one in _inside(read, Reference) if one.says_two_things)


def _inside(read: Shape, kind: type[_Kind]) -> Iterator[tuple[str, _Kind]]:
    """Yield each part of a kind, with its path."""
    for name, field in type(read).model_fields.items():
        value, path = getattr(read, name), field.alias or name
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, kind):
                yield path, inner
            if isinstance(inner, Shape):
                yield from ((f"{path}.{rest}", one) for rest, one in _inside(inner, kind))


def _strays(whom: Reference, places: Places) -> bool:
    reference, named = whom.reference or "", whom.identifier
    nobody: frozenset[tuple[str, str]] = frozenset()
    there = places.get(reference) or places.get(place_of(reference), nobody)
    return any(system == named.system and value != named.value for system, value in there)


def nameless_in(read: Shape) -> Iterator[str]:
    """Yield the path of each identifier in a system of the agency `default`: every agency that gave
    no id writes its identifiers so.
    """
    named = _inside(read, Identifier)
    return (path for path, one in named if (one.system or "").startswith(NAMELESS))


def places_of(entries: Iterable[tuple[Any, Any]]) -> Places:
    """Return the places of resources.

    Args:
        entries: the `fullUrl` and the resource of each entry, unchecked.
    """
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for url, resource in entries:
        if isinstance(resource, dict):
            for one in _places(url, resource):
                found[one] = found.get(one, frozenset()) | _identifiers(resource)
    return found


def _places(url: Any, resource: Mapping[str, Any]) -> set[str]:
    """Return each place of a resource: a server's number may be only in its `fullUrl`."""
    named = {url, place_of(url)} if isinstance(url, str) else set[str]()
    return named | {f"{resource.get('resourceType')}/{resource.get('id')}"}


def _identifiers(resource: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    said = resource.get("identifier")
    every = [one for one in (said if isinstance(said, list) else [said]) if isinstance(one, dict)]
    pairs = ((one.get("system"), one.get("value")) for one in every)
    return frozenset((s, v) for s, v in pairs if isinstance(s, str) and isinstance(v, str))
