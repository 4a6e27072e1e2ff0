"""Write the `__init__` of a record, which checks each value by its annotation, after a quick test
whether it needs a check.

It is written when the first object of a class is made (ADRs 0012 and 0065).
"""

from __future__ import annotations

import enum
import functools
import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from coresponder.record.checks import MOST, Mark, check_of, optional_of, read_back

__all__ = ["make_with_checks"]


def make_with_checks(cls: type, *, reads_back: bool) -> None:
    """Let an attrs class check the values it is made with. Annotations may name classes that are
    defined later.

    Args:
        cls: the finished class.
        reads_back: whether a type from outside the library is checked too, by writing the value and
            reading it back.
    """
    name = "__attrs_init__" if "__attrs_init__" in vars(cls) else "__init__"
    made = vars(cls)[name]

    @functools.wraps(made)
    def first(self: Any, *args: Any, **values: Any) -> None:
        written = functools.wraps(made)(_written(cls, read_back if reads_back else lambda *_: None))
        setattr(cls, name, written)
        written(self, *args, **values)

    setattr(cls, name, first)


def _written(cls: type, other: Callable[[Any, str], Any]) -> Callable[..., None]:
    """Return the function: the parameters as attrs has them, then each field, then the
    validators.
    """
    scope: dict[str, Any] = {"NOTHING": attrs.NOTHING, "MOST": MOST, "put": object.__setattr__}
    hints, fields = typing.get_type_hints(cls, include_extras=True), attrs.fields(cls)
    lines = [
        line for field in fields for line in _lines(cls, field, hints[field.name], scope, other)
    ]
    lines += [
        f"field_{f.name}.validator(self, field_{f.name}, self.{f.name})"
        for f in fields
        if f.validator is not None
    ]
    if hasattr(cls, "__attrs_post_init__"):
        lines.append("self.__attrs_post_init__()")
    head = f"def __init__({', '.join(_parameters(fields))}):"
    exec("\n    ".join([head, *lines, "return None"]), scope)  # noqa: S102 - names of declared fields, as attrs does
    return scope["__init__"]  # type: ignore[no-any-return]


def _parameters(fields: tuple[attrs.Attribute[Any], ...]) -> Iterator[str]:
    yield "self"
    given = [field for field in fields if field.init]
    for keyword, group in (
        (False, [f for f in given if not f.kw_only]),
        (True, [f for f in given if f.kw_only]),
    ):
        if keyword and group:
            yield "*"
        for field in group:
            default = "NOTHING" if _factory(field) else f"default_{field.name}"
            yield f"{field.alias}" if field.default is attrs.NOTHING else f"{field.alias}={default}"


def _lines(
    cls: type,
    field: attrs.Attribute[Any],
    hint: Any,
    scope: dict[str, Any],
    other: Callable[[Any, str], Any],
) -> Iterator[str]:
    """Yield the lines of one field: its default, its converter or check, and its assignment."""
    name, value = field.name, str(field.alias)
    scope |= {f"default_{name}": field.default, f"field_{name}": field}
    if factory := _factory(field):
        scope[f"default_{name}"] = factory.factory
        made = f"{value} = default_{name}({'self' if factory.takes_self else ''})"
        yield f"if {value} is NOTHING: {made}" if field.init else made
    elif not field.init:
        yield f"{value} = default_{name}"
    if field.converter is not None:
        scope[f"check_{name}"] = field.converter
        more = ", self, field_" + name if isinstance(field.converter, attrs.Converter) else ""
        yield f"{value} = check_{name}({value}{more})"
    elif (check := check_of(hint, name, other)) is not None:
        scope[f"check_{name}"] = check
        yield f"if not ({_look(hint, value, scope)}): {value} = check_{name}({value})"
    slot = vars(cls).get(name) or getattr(cls, name, None)
    scope[f"put_{name}"] = getattr(slot, "__set__", None)
    yield (
        f"put_{name}(self, {value})"
        if inspect.ismemberdescriptor(slot)
        else f"put(self, {name!r}, {value})"
    )


def _factory(field: attrs.Attribute[Any]) -> Any:
    return field.default if isinstance(field.default, attrs.Factory) else None  # type: ignore[arg-type]


def _look(hint: Any, value: str, scope: dict[str, Any]) -> str:
    """Return an expression that is true only of a value that the check would return as it is."""
    if (inner := optional_of(hint)) is not None:
        return f"{value} is None or {_look(inner, value, scope)}"
    if typing.get_origin(hint) is tuple:
        item = _look(typing.get_args(hint)[0], f"{value}[0]", scope)
        return f"({value}.__class__ is tuple and (not {value} or (len({value}) == 1 and ({item}))))"
    return _look_at_one(hint, value, scope)


def _look_at_one(hint: Any, value: str, scope: dict[str, Any]) -> str:
    for mark in typing.get_args(hint)[1:]:
        if isinstance(mark, Mark):
            scope |= mark.names
            return mark.look.format(value)
    if hint is str:
        # a lone surrogate is not printable
        return f"({value}.__class__ is str and ({value}.isascii() or {value}.isprintable()))"
    if hint is bool:
        return f"({value} is False or {value} is True)"
    if hint is int:
        return f"({value}.__class__ is int and -MOST <= {value} <= MOST)"
    if not (inspect.isclass(hint) and (issubclass(hint, enum.Enum) or attrs.has(hint))):
        return "False"
    known = f"type_{len(scope)}"
    scope[known] = hint
    return f"{value}.__class__ is {known}"
