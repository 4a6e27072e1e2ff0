"""Making and copying frozen objects on the hot path, as attrs would but several times faster.

Everything else uses the generated `__init__` and `attrs.evolve`. docs/adr/0003 and 0012 say why.
"""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import typing
from collections.abc import Callable
from typing import Any

import attrs

from coresponder.domain.types import KNOWN_IDS, MOST, UTC, Id, Instant
from coresponder.record import Record, plain_type

__all__ = ["copier", "quicken"]


def copier(cls: type, *changed: str) -> Callable[..., Any]:
    """Build a function that copies a frozen, slotted instance without a weak reference slot, with `changed` replaced, positionally.

    `attrs.evolve` runs `__init__` with its converters for every field, though what is copied was valid before. Here a twin of the
    class that is not frozen is filled, and then becomes the class: ten times faster, which is what the step's budget needs.
    """
    names = [field.name for field in attrs.fields(cls)]
    unknown = set(changed) - set(names)
    if unknown:
        raise TypeError(f"{cls.__name__} has no field {unknown}")
    twin = type(f"{cls.__name__}Draft", cls.__bases__, {"__slots__": tuple(names)})
    lines = [f"def copy(old, {', '.join(changed)}):", "    fresh = twin()"]
    lines += [f"    fresh.{name} = {name if name in changed else 'old.' + name}" for name in names]
    scope: dict[str, Any] = {"twin": twin, "cls": cls}
    exec("\n".join([*lines, "    fresh.__class__ = cls", "    return fresh"]), scope)  # noqa: S102 - names of our own fields, as attrs does
    return scope["copy"]  # type: ignore[no-any-return]


def quicken(cls: type) -> None:
    """Give a frozen, slotted attrs class an `__init__` that runs a field's converter only where a look at the value does not settle it.

    Same arguments, same checks, same errors. Slots are filled through their descriptors. A class with a default factory keeps its own.
    """
    fields = attrs.fields(cls)
    if any(isinstance(field.default, attrs.Factory) for field in fields):  # type: ignore[arg-type]
        return
    hints = typing.get_type_hints(cls, include_extras=True)
    scope: dict[str, Any] = {"UTC": UTC, "KNOWN_IDS": KNOWN_IDS, "MOST": MOST, "datetime": dt.datetime}
    arguments, lines = [], []
    for field in fields:
        name = field.name
        scope[f"put_{name}"], scope[f"default_{name}"] = getattr(cls, name).__set__, field.default
        arguments.append(name if field.default is attrs.NOTHING else f"{name}=default_{name}")
        if field.converter is not None:
            scope[f"convert_{name}"], scope[f"type_{name}"] = field.converter, plain_type(hints[name])
            scope[f"item_{name}"] = next(iter(typing.get_args(hints[name])), None)
            lines += [f"    if not ({_settled(field, scope[f'type_{name}'])}):", f"        {name} = convert_{name}({name})"]
        if field.validator is not None:
            scope[f"field_{name}"] = field
            lines.append(f"    field_{name}.validator(self, field_{name}, {name})")
    lines += [f"    put_{field.name}(self, {field.name})" for field in fields]
    exec("\n".join([f"def __init__(self, *, {', '.join(arguments)}):", *lines]), scope)  # noqa: S102 - names of our own fields, as attrs does
    made = scope["__init__"]
    made.__annotations__, made.__qualname__, made.__module__ = vars(cls)["__init__"].__annotations__, f"{cls.__qualname__}.__init__", cls.__module__
    cls.__init__ = made  # type: ignore[misc]


def _settled(field: attrs.Attribute[Any], plain: Any) -> str:
    """Return the look at a value that settles it: it is what the converter would return."""
    name = field.name
    known = f"{name} is None or " if field.default is None else ""
    if field.default == ():
        return f"{name} is default_{name}"
    if typing.get_origin(plain) is tuple:
        return f"{name}.__class__ is tuple and len({name}) == 1 and {name}[0].__class__ is item_{name}"
    looks = {
        Id: f"({name}.__class__ is str and {name} in KNOWN_IDS)",
        Instant: f"({name}.__class__ is datetime and {name}.tzinfo is UTC)",
        str: f"({name}.__class__ is str and {name}.isascii())",
        bool: f"{name} is False or {name} is True",
        int: f"({name}.__class__ is int and -MOST <= {name} <= MOST)",
    }
    a_class = inspect.isclass(plain) and issubclass(plain, enum.Enum | Record)
    return known + looks.get(plain, f"{name}.__class__ is type_{name}" if a_class else "False")
