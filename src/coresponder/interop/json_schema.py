"""JSON Schema (2020-12) of the files that a person writes, and of events, so that an editor
completes and checks them while they are typed.

A schema checks less than the loader: it knows each key, its type and its standard words, and
accepts an agency's own words. The loader decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from coresponder.domain.events import EVENT_TYPES, Event
from coresponder.domain.objects import Incident
from coresponder.domain.vocabulary import Training
from coresponder.errors import NotFound, nearest
from coresponder.interop.file_keys import Described, tables_of, words_of
from coresponder.interop.mapping import Mapped
from coresponder.interop.roster import COLUMNS, REQUIRED
from coresponder.lifecycle import INCIDENT
from coresponder.outputs import without_links
from coresponder.policy.atoms import OPERATORS, readable_paths
from coresponder.policy.templates import TEMPLATES
from coresponder.program.notices import OCCASIONS
from coresponder.program.tables import ProgramFile
from coresponder.program.view_rows import view_sets
from coresponder.program.viewing import ALL, roles_known
from coresponder.record import adapter
from coresponder.roster.events import RESPONDER_EVENTS

__all__ = ["DIALECT", "KINDS", "TYPES", "Schema", "event_schema", "file_schema", "schema_of"]

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"

TYPES: Mapping[str, type[Event]] = {**EVENT_TYPES, **RESPONDER_EVENTS}
"""The standard event types, of incidents and of responders."""


def schema_of(kind: str, *, events: Iterable[type[Event]] = ()) -> Schema:
    """Return the JSON Schema of one kind of file or event.

    Args:
        kind: `program`, `mapping`, `roster`, `events`, or the name of one event type.
        events: a program's own event types, in addition to the standard ones.

    Raises:
        NotFound: there is no such kind; the message names the nearest.
    """
    own = {cls.__name__: cls for cls in events}
    types = {**TYPES, **own}
    if kind in KINDS:
        return KINDS[kind](types)
    if kind in types:
        return {"$schema": DIALECT, **event_schema(types[kind])}
    hint = nearest(kind, (*KINDS, *types))
    if hint.startswith("known"):
        hint = f"there is one of {', '.join(KINDS)}, and of each event type by its name"
    raise NotFound(f"there is no schema of {kind!r}; {hint}")


def event_schema(event_type: type[Event]) -> Schema:
    """Return the schema of an event's fields as JSON, as `Event.to_dict` writes them."""
    schema = _plain(adapter(event_type).json_schema(), event_type.__doc__ or "")
    for record in (schema, *schema.get("$defs", {}).values()):
        if "properties" in record:
            record["additionalProperties"] = False  # older versions of pydantic omit this key
    return schema


def file_schema(
    model: type[BaseModel], words: Described | None = None, *, title: str = ""
) -> Schema:
    """Return the schema of a TOML file.

    Args:
        model: the model of its tables.
        words: the description of each key.
        title: the title of the file.
    """
    for _, table, _ in tables_of(model):
        table.model_rebuild()  # a default is written by its own table, which may not be built yet
    schema = _plain(model.model_json_schema(), title)
    definitions = schema.get("$defs", {})
    for address, table, _ in tables_of(model):
        _describe(definitions.get(table.__name__, {}), address, words or {})
    return {"$schema": DIALECT, **schema}


def _program(types: Mapping[str, type[Event]]) -> Schema:
    schema = file_schema(ProgramFile, words_of("program"), title="A coresponder program.")
    definitions = schema["$defs"]
    event = _suggested(types, r"^[A-Z][A-Za-z0-9]*$")
    state = _suggested(INCIDENT.states, r"^[a-z][a-z0-9_]*$")
    training = _suggested([one.value for one in Training], r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    role = _suggested(roles_known(), r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    occasion = _suggested([*OCCASIONS, *types], r"^[A-Z][A-Za-z0-9]*$")
    definitions["PolicyTable"]["properties"]["template"]["enum"] = list(TEMPLATES)
    for table, key, words in (
        ("AtomTable", "event", event),
        ("EdgeTable", "event", event),
        ("EdgeTable", "source", state),
        ("EdgeTable", "target", state),
        ("NoticeTable", "on", occasion),
        ("ViewTable", "event", _suggested([ALL, *types], r"^[A-Z][A-Za-z0-9]*$")),
        ("ViewTable", "role", role),
        ("ViewsTable", "base", _suggested(view_sets(), r"^$")),
        ("SeatTable", "training", training),
        ("TrainingTable", "renewed_by", training),
        ("TrainingTable", "accepts", training),
        *(("PolicyTable", atom, event) for atom in ("a", "b", "unless")),
    ):
        properties = definitions[table]["properties"]
        properties[key] = _with_words(properties[key], words)
    definitions["Condition"] = _condition()
    definitions["AtomTable"]["properties"]["where"] |= _conditions(types.values())
    definitions["TierTable"]["properties"]["where"] |= _conditions(())
    return schema


def _mapping(types: Mapping[str, type[Event]]) -> Schema:
    return file_schema(Mapped, words_of("mapping"), title="A mapping of a CAD export.")


def _roster(types: Mapping[str, type[Event]]) -> Schema:
    """Return the schema of the rows of a roster, each as column -> text."""
    columns = {
        name: {"type": "string", "description": without_links(text)}
        for name, text in COLUMNS.items()
    }
    row = {
        "type": "object",
        "properties": columns,
        "required": list(REQUIRED),
        "additionalProperties": False,
    }
    return {
        "$schema": DIALECT,
        "description": "The rows of a roster.",
        "type": "array",
        "items": row,
    }


def _events(types: Mapping[str, type[Event]]) -> Schema:
    """Return one schema with a definition for each event type, by name."""
    found: Schema = {}
    for name, cls in types.items():
        schema = event_schema(cls)
        found |= schema.pop("$defs", {})
        found[name] = schema
    return {
        "$schema": DIALECT,
        "description": "A coresponder event. Its type is stored beside it.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in types],
        "$defs": found,
    }


KINDS: Mapping[str, Callable[[Mapping[str, type[Event]]], Schema]] = {
    "program": _program,
    "mapping": _mapping,
    "roster": _roster,
    "events": _events,
}
"""The kinds that have a schema."""


def _plain(schema: Schema, description: str) -> Schema:
    """Remove titles that only repeat a name, and describe the whole."""
    kept: Schema = _untitled(schema)
    return {**kept, "description": description}


def _untitled(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_untitled(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _untitled(one) for name, one in value.items()}
        if key in {"properties", "$defs"}
        else _untitled(value)
        for key, value in schema.items()
        if key != "title"
    }


def _describe(table: Schema, address: str, words: Described) -> None:
    """Add the descriptions of a table and of its keys."""
    if f"[{address}]" in words:
        table["description"] = without_links(words[f"[{address}]"][1])
    for key, schema in table.get("properties", {}).items():
        if f"{address}.{key}" in words and "description" not in schema:
            schema["description"] = without_links(words[f"{address}.{key}"][1])


def _suggested(words: Iterable[str], pattern: str) -> Schema:
    """Return a schema of standard words that also accepts own words of a pattern."""
    return {"anyOf": [{"enum": list(words)}, {"type": "string", "pattern": pattern}]}


def _with_words(schema: Any, words: Schema) -> Any:
    """Replace the type text by words."""
    if isinstance(schema, list):
        return [_with_words(one, words) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "string":
        return {**{key: one for key, one in schema.items() if key != "type"}, **words}
    return {key: _with_words(value, words) for key, value in schema.items()}


def _conditions(types: Iterable[type[Event]]) -> Schema:
    """Return the paths that a condition may read; paths of own events are accepted."""
    fields = dict.fromkeys(path for cls in types for path in readable_paths(cls))
    paths = [*fields, *(f"incident.{path}" for path in readable_paths(Incident))]
    condition = {"$ref": "#/$defs/Condition"}
    return {"properties": dict.fromkeys(paths, condition), "additionalProperties": condition}


def _condition() -> Schema:
    """Return the schema of a condition: a value, a list of values, or operators."""
    value: Schema = {"type": ["string", "number", "boolean"]}
    several = {"type": "array", "items": value}
    operators = {
        "type": "object",
        "properties": {name: {"anyOf": [value, several]} for name in OPERATORS},
        "additionalProperties": False,
    }
    return {"anyOf": [value, several, operators]}
