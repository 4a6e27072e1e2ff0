"""An agency's own event types. Each is made once per declaration, and identified by its name and
shape, never by the identity of its class.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Decision, Event, Fact
from coresponder.domain.types import Code, Id, Instant
from coresponder.errors import nearest

__all__ = [
    "Declaration",
    "as_class",
    "declared",
    "merged",
    "own_event",
    "same_shape",
    "shape_of",
    "why_unknown",
]

Declaration = tuple[str, str, tuple[tuple[str, str], ...]]
"""What a TOML file says about an event type: (name, `fact` or `decision`, (field, kind of value) in
order).
"""

_KINDS: dict[str, Any] = {
    "id": Id | None,
    "code": Code | None,
    "integer": int | None,
    "number": float | None,
    "boolean": bool | None,
    "time": Instant | None,
}


@functools.cache
def own_event(name: str, kind: str, fields: tuple[tuple[str, str], ...]) -> type[Event]:
    """Return the attrs class of an event that a TOML file declares. The same declaration gives the
    same class, however often it is loaded.

    Its events can be pickled, because any process can make the class again from its declaration.
    """
    body: dict[str, Any] = {
        "__annotations__": {field: _KINDS[value] for field, value in fields},
        "__module__": __name__,
    }
    body |= dict.fromkeys(dict(fields))
    body |= {
        "__doc__": f"The program's own {kind}.",
        "__reduce__": _reduce,
        "_declaration": (name, kind, fields),
    }
    return attrs.frozen(kw_only=True, weakref_slot=False)(
        type(name, (Fact if kind == "fact" else Decision,), body)
    )


def _reduce(event: Any) -> tuple[Any, ...]:
    return _made_again, (
        event._declaration,  # noqa: SLF001 - ours
        {field.name: getattr(event, field.name) for field in attrs.fields(type(event))},
    )


def _made_again(declaration: Declaration, values: dict[str, Any]) -> Event:
    return own_event(*declaration)(**values)


def declared(event_type: type[Event]) -> Declaration | type[Event]:
    """Return the picklable form of an event type: its declaration, or the class if it was made in
    Python.
    """
    return getattr(event_type, "_declaration", event_type)


def as_class(kept: Declaration | type[Event]) -> type[Event]:
    """Return the event type of a picklable form; the inverse of `declared`."""
    return own_event(*kept) if isinstance(kept, tuple) else kept


def shape_of(event_type: type[Event]) -> dict[str, Any]:
    """Return the fields of an event type and their types, without the fields that every event has."""
    hints = typing.get_type_hints(event_type, include_extras=True)
    common = {field.name for field in attrs.fields(Event)}
    return {
        field.name: hints.get(field.name, field.type)
        for field in attrs.fields(event_type)
        if field.name not in common
    }


def same_shape(one: type[Event], other: type[Event]) -> bool:
    """Return whether two classes are the same event: same name, kind, version, fields and types."""
    return _identity(one) == _identity(other)


def merged(one: type[Event], other: type[Event]) -> type[Event] | None:
    """Return an event type with the fields of both; it is a decision if either is. Return None if a
    field has two types, or if a class was made in Python.
    """
    fields: dict[str, str] = {}
    for kept in (declared(one), declared(other)):
        if not isinstance(kept, tuple):
            return None
        for field, kind in kept[2]:
            if fields.setdefault(field, kind) != kind:
                return None
    return own_event(
        one.__name__,
        "decision" if issubclass(one, Decision) or issubclass(other, Decision) else "fact",
        tuple(fields.items()),
    )


def _identity(event_type: type[Event]) -> tuple[Any, ...]:
    kinds: Iterable[bool] = (issubclass(event_type, kind) for kind in (Fact, Decision))
    return event_type.__name__, *kinds, event_type.version, shape_of(event_type)


def why_unknown(event_type: type[Event], vocabulary: Mapping[str, type[Event]]) -> str:
    """Return why a vocabulary does not have an event type, and what to do about it."""
    name = event_type.__name__
    known = vocabulary.get(name)
    if known is None:
        return (
            f"does not know the event type {name!r}; add it to the program's events, or"
            f" {nearest(name, vocabulary)}"
        )
    here, given = shape_of(known), shape_of(event_type)
    differ = sorted(field for field in {*here, *given} if here.get(field) != given.get(field))
    how = (
        f"in {', '.join(differ)}"
        if differ
        else "in its kind: one is a fact, the other a decision, or their versions differ"
    )
    return (
        f"declares {name!r} differently ({how}); make the event with this program's own type:"
        f" program.event_type({name!r})"
    )
