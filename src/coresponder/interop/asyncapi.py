"""The feed described as AsyncAPI 3.0, so that whoever follows it can make its reader from a
document.

Source: AsyncAPI specification 3.0.0; CloudEvents specification 1.0.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from coresponder.domain.events import Event
from coresponder.interop.json_schema import Schema, event_schema

__all__ = ["feed_document"]

_CHANNEL = "feed"
_CLOUDEVENT: Schema = {
    "type": "object",
    "description": "The envelope of an event: CloudEvents 1.0, JSON event format.",
    "properties": {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {"type": "string", "description": "The digest of the event, the same at every read."},
        "source": {
            "type": "string",
            "format": "uri-reference",
            "description": "The feed: /coresponder/ and the agency.",
        },
        "type": {"type": "string"},
        "subject": {"type": "string", "description": "The id of the incident or the responder."},
        "datacontenttype": {"type": "string", "const": "application/json"},
        "time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "recordedtime": {
            "type": "string",
            "format": "date-time",
            "description": "When it was recorded.",
        },
        "sequence": {
            "type": "string",
            "pattern": "^[0-9]{19}$",
            "description": "The position in the feed, 1 and up without gaps, with leading zeros. To go"
            " on, give the sequence of the last event, a colon and its id.",
        },
        "number": {
            "type": "integer",
            "minimum": 1,
            "description": "The place among the events of the subject.",
        },
        "program": {"type": "string", "description": "The program under which the subject began."},
        "data": {"type": "object"},
    },
    "required": [
        "specversion", "id", "source", "type", "subject", "datacontenttype", "time", "recordedtime", "sequence", "number",
        "program", "data",
    ],
}  # fmt: skip


def feed_document(types: Mapping[str, type[Event]]) -> dict[str, Any]:
    """Return the AsyncAPI document of a feed, with one message for each event type.

    Args:
        types: name -> event type.
    """
    schemas: Schema = {}
    for name, cls in types.items():
        schema = event_schema(cls)
        schemas |= schema.pop("$defs", {})
        schemas[name] = schema
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "The feed of a coresponder agency",
            "version": version("coresponder"),
            "description": "Every accepted event once, at a position that never changes. Delivered at"
            " least once: an event that comes again has the same id. If the agency restores its store"
            " from an older backup, what follows the backup is told anew, under positions that were"
            " used before.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            _CHANNEL: {
                "address": None,
                "description": "The host chooses what carries the events.",
                "messages": {name: _reference("messages", name) for name in types},
            }
        },
        "operations": {
            "publishEvent": {"action": "send", "channel": {"$ref": f"#/channels/{_CHANNEL}"}}
        },
        "components": {
            "messages": {name: _message(name, cls) for name, cls in types.items()},
            "schemas": {"CloudEvent": _CLOUDEVENT, **_moved(schemas)},
        },
    }


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _message(name: str, cls: type[Event]) -> dict[str, Any]:
    said = " ".join((cls.__doc__ or "").split("\n\n")[0].split())
    kind = {"type": {"const": f"coresponder.event.{name}"}, "data": _reference("schemas", name)}
    return {
        "name": name,
        "summary": said,
        "payload": {"allOf": [_reference("schemas", "CloudEvent"), {"properties": kind}]},
    }


def _moved(schema: Any) -> Any:
    """Point references to where the document keeps its schemas."""
    if isinstance(schema, list):
        return [_moved(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value.replace("#/$defs/", "#/components/schemas/")
        if key == "$ref" and isinstance(value, str)
        else _moved(value)
        for key, value in schema.items()
    }
