"""Event logs as OCEL 2.0 (JSON), which tools for process mining open: out, and in again.

An incident, a person, a responder, a referral and a follow-up are objects, so that what happened to
a family is not split over cases. Source: OCEL 2.0 Specification, chapter 7 (JSON).
"""

from __future__ import annotations

import json
import tempfile
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, ClassVar

import attrs
from pydantic import BaseModel, ConfigDict, ValidationError

from coresponder.documents.reading import read_json, read_json_file
from coresponder.domain.events import Event
from coresponder.domain.types import parse_instant
from coresponder.errors import UnreadableFile
from coresponder.interop.event_log import (
    History,
    Logged,
    NotUsed,
    SeenRow,
    fields_of,
    histories_of,
)
from coresponder.program.viewing import RECORDED
from coresponder.record import plain_type

__all__ = ["read_ocel", "write_ocel", "write_seen_ocel"]

_OBJECTS = {
    "person": "person",
    "subject": "person",
    "responder": "responder",
    "relieved_by": "responder",
    "referral": "referral",
    "follow_up": "follow_up",
}
"""Which fields of an event name an object, and of which type."""
_OF_AN_INCIDENT = {"referral", "follow_up"}
"""Ids that are unique only within their incident."""
_NUMBER, _VERSION = "record_number", "record_version"
_DAY, _VOID, _SAYS = "record_day", "record_void", "record_says"
"""What a log for a receiver says of an event besides its fields."""
_KINDS: dict[type[Event], Mapping[str, Any]] = {}
_TYPES: dict[type, str] = {bool: "boolean", int: "integer", float: "float", str: "string"}
_Written = tuple[dict[str, Any], Mapping[str, str]]
"""An event as OCEL has it, and the type of each object that it is related to."""
_Attributes = dict[str, dict[str, set[str]]]
"""Event type -> attribute -> the types of its values."""


def write_ocel(
    events: Iterable[Logged], to: IO[str], *, vocabulary: Mapping[str, type[Event]]
) -> int:
    """Write a log. The events of an incident come one after the other; memory grows with the
    objects, and not with the events.

    Args:
        events: what to write.
        to: where to write it.
        vocabulary: the event types, by name.

    Returns:
        How many events were written.
    """
    written = (_event(row) for row in events)
    return _write(
        written, to, lambda _: [_event_type(name, vocabulary[name]) for name in sorted(vocabulary)]
    )


def write_seen_ocel(events: Iterable[SeenRow], to: IO[str]) -> int:
    """Write a log for a receiver, as `write_ocel` does. It names only the event types, attributes
    and objects of which the receiver sees something. Where only the day is seen, the time is the
    beginning of the day, `approximate` is true and `record_day` has the day.

    Args:
        events: what to write.
        to: where to write it.

    Returns:
        How many events were written.
    """
    return _write(map(_seen_event, events), to, _types_of)


def _write(
    events: Iterable[_Written], to: IO[str], types: Callable[[_Attributes], list[dict[str, Any]]]
) -> int:
    objects: dict[str, str] = {}
    attributes: _Attributes = {}
    count = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as kept:
        for written, related in events:
            objects |= related
            its = attributes.setdefault(written["type"], {})
            for one in written["attributes"]:
                its.setdefault(one["name"], set()).add(_TYPES[type(one["value"])])
            kept.write(("," if count else "") + "\n" + json.dumps(written, ensure_ascii=False))
            count += 1
        head = {
            "objectTypes": [{"name": name, "attributes": []} for name in _object_types()],
            "eventTypes": types(attributes),
            "objects": [
                {"id": id, "type": type, "attributes": [], "relationships": []}
                for id, type in objects.items()
            ],
        }
        to.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "events": [')
        kept.seek(0)
        for part in iter(lambda: kept.read(1 << 20), ""):
            to.write(part)
        to.write("\n]}\n")
    return count


def _object_types() -> list[str]:
    return sorted({"incident", *_OBJECTS.values()})


def _event_type(name: str, cls: type[Event]) -> dict[str, Any]:
    fields = [field.name for field in attrs.fields(cls) if field.name != "at"]
    kinds = {field: _TYPES.get(_kinds(cls)[field], "string") for field in fields}
    kinds |= {_NUMBER: "integer", _VERSION: "integer"}
    return {
        "name": name,
        "attributes": [{"name": field, "type": kind} for field, kind in kinds.items()],
    }


def _types_of(found: _Attributes) -> list[dict[str, Any]]:
    """Return the event types that were written. An attribute with values of several types is text."""
    return [
        {
            "name": name,
            "attributes": [
                {"name": field, "type": min(kinds) if len(kinds) == 1 else "string"}
                for field, kinds in fields.items()
            ],
        }
        for name, fields in sorted(found.items())
    ]


def _event(row: Logged) -> _Written:
    """Return an event as OCEL has it, and its objects."""
    fields = fields_of(row)
    time = fields.pop("at")
    said = {_NUMBER: row.number, _VERSION: row.version} | fields
    return _occurred(row.incident, row.number, row.type, time, said)


def _seen_event(row: SeenRow) -> _Written:
    """Return what is seen of an event as OCEL has it, and its objects."""
    marks = {
        _NUMBER: row.number,
        "approximate": row.approximate or None,
        _DAY: row.day and row.day.isoformat(),
        _VOID: row.void or None,
        _SAYS: row.says or None,
    }
    return _occurred(row.incident, row.number, row.type, row.at.isoformat(), row.fields | marks)


def _occurred(
    incident: str, number: int, type: str, time: str, said: Mapping[str, Any]
) -> _Written:
    related = dict(_related(incident, said))
    event = {
        "id": f"{incident}#{number}",
        "type": type,
        "time": time,
        "attributes": [
            {"name": name, "value": _attribute(value)}
            for name, value in said.items()
            if value is not None
        ],
        "relationships": [{"objectId": id, "qualifier": qualifier} for id, qualifier in related],
    }
    return event, {id: type for (id, _), type in related.items()}


def _attribute(value: Any) -> bool | int | float | str:
    """Return a value as an attribute has it: a value that is not plain is JSON in a text."""
    if isinstance(value, bool | int | float | str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _related(incident: str, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield ((object, qualifier), object type) of what an event is about."""
    yield (f"incident:{incident}", "incident"), "incident"
    for name, type in _OBJECTS.items():
        if isinstance(id := fields.get(name), str) and id != RECORDED:
            of = f"{incident}/" if type in _OF_AN_INCIDENT else ""
            yield (f"{type}:{of}{id}", name), type
    team = fields.get("team")
    for member in team.get("members", ()) if isinstance(team, dict) else ():
        yield (f"responder:{member['responder']}", "member"), "responder"


class _Table(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", frozen=True)


class _Attribute(_Table):
    name: str
    value: bool | int | float | str | None = None


class _Relationship(_Table):
    objectId: str  # noqa: N815 - the standard's name
    qualifier: str = ""


class _Object(_Table):
    id: str
    type: str


class _Occurred(_Table):
    id: str
    type: str
    time: str
    attributes: list[_Attribute] = []
    relationships: list[_Relationship] = []


class _Log(_Table):
    objects: list[_Object] = []
    events: list[_Occurred]


def read_ocel(
    path: str | Path, vocabulary: Mapping[str, type[Event]]
) -> Iterator[History | NotUsed]:
    """Yield each incident of a log: an object of type `incident`, with the events that are related
    to it. Memory grows with the log.

    Args:
        path: the file.
        vocabulary: the event types of the program, by name.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: it is not a log in OCEL 2.0 (JSON).
    """
    try:
        log = _Log.model_validate(read_json_file(path), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UnreadableFile(
            f"{Path(path).name}: this is not a log in OCEL 2.0 (JSON): {where}: {first['msg']}"
        ) from None
    incidents = {one.id for one in log.objects if one.type == "incident"}
    found: dict[str, list[_Occurred]] = {}
    for place, event in enumerate(log.events, 1):
        its = {one.objectId for one in event.relationships} & incidents
        if len(its) == 1:
            found.setdefault(its.pop().removeprefix("incident:"), []).append(event)
        else:
            why = f"the event is related to {len(its)} objects of type incident; relate it to one"
            yield NotUsed(incident=f"event-{place}-of-the-log", why=why)
    incidents_with_rows = (
        (incident, _rows(events, vocabulary)) for incident, events in found.items()
    )
    yield from histories_of(incidents_with_rows, vocabulary)


def _rows(events: Iterable[_Occurred], vocabulary: Mapping[str, type[Event]]) -> Iterator[Logged]:
    """Yield the rows of an incident. Without numbers of ours they were recorded as they happened."""
    for place, event in enumerate(sorted(events, key=lambda one: parse_instant(one.time)), 1):
        fields = {one.name: one.value for one in event.attributes}
        number, version = fields.pop(_NUMBER, place), fields.pop(_VERSION, None)
        cls = vocabulary.get(event.type)
        body = {"at": event.time} | (_fields(fields, cls) if cls else {})
        newest = cls.version if cls else 1
        yield Logged(
            "",
            _whole(number),
            event.type,
            newest if version is None else _whole(version),
            json.dumps(body),
        )


def _whole(value: object) -> int:
    if isinstance(value, int | float | str) and str(value).removesuffix(".0").isdecimal():
        return int(float(value))
    raise ValueError(
        f"{_NUMBER} or {_VERSION} is not a whole number; leave both out, or write 1, 2, 3"
    )


def _fields(fields: Mapping[str, Any], cls: type[Event]) -> dict[str, Any]:
    """Return the fields of an event. A value that is not plain is JSON in a text; some tools make
    every number a fraction, 3.0 for 3.
    """
    kinds = _kinds(cls)
    return {name: _value(value, kinds.get(name)) for name, value in fields.items()}


def _value(value: Any, kind: Any) -> Any:
    if isinstance(value, str) and (typing.get_origin(kind) is tuple or attrs.has(kind)):
        return read_json(value)
    return int(value) if kind is int and isinstance(value, float) and value.is_integer() else value


def _kinds(cls: type[Event]) -> Mapping[str, Any]:
    """Return the type of each field of an event."""
    if cls not in _KINDS:
        hints = typing.get_type_hints(cls)
        _KINDS[cls] = {name: plain_type(hint) for name, hint in hints.items()}
    return _KINDS[cls]
