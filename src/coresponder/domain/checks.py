"""What a field may hold is checked when an object is made, so that nothing is written that cannot be read (ADR 0032)."""

from __future__ import annotations

import enum
import functools
import inspect
import math
import operator
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from coresponder.domain.types import MARKED, MOST
from coresponder.errors import nearest
from coresponder.outputs import described
from coresponder.record import Record

__all__ = ["check_of", "checked", "checks_left"]

Check = Callable[[Any], Any]
"""Return the value as the field holds it; raise `ValueError` or `TypeError` that names the field."""


def checked(cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Make attrs check every field that has no converter of its own (a `field_transformer`).

    A word may be given as text, and becomes the enum; anything else is refused when the object is made, not when it is read back.
    """
    scope = vars(sys.modules[cls.__module__]) | {cls.__name__: cls}
    found = []
    for field in fields:
        hint = eval(field.type, scope) if isinstance(field.type, str) else field.type  # noqa: S307 - the annotations of our own classes
        convert = None if field.converter is not None else check_of(hint, field.name)
        found.append(field if convert is None else field.evolve(converter=convert))
    return found


@functools.cache
def checks_left(cls: Any) -> tuple[tuple[str, Check], ...]:
    """Return (field, check) of what a class declares without a converter: a host's own event that did not ask for `checked`."""
    names = [field.name for field in attrs.fields(cls) if field.converter is None]
    hints = typing.get_type_hints(cls, include_extras=True) if names else {}
    pairs = ((name, check_of(hints[name], name)) for name in names)
    return tuple((name, check) for name, check in pairs if check is not None)


def check_of(hint: Any, name: str) -> Check | None:
    """Return the check of a type; None for `Any`, which has none."""
    arguments, origin = typing.get_args(hint), typing.get_origin(hint)
    if hint is Any:
        return None
    if origin in {typing.Union, types.UnionType} and len(arguments) == 2 and arguments[1] is type(None):
        return _optional(arguments[0], name)
    if origin is tuple and arguments[1:] == (...,):
        return _several(check_of(arguments[0], name), name)
    return _of_one(hint, name) or _any_other(hint, name)


def _of_one(hint: Any, name: str) -> Check | None:
    """Return the check of a single value of the types that the domain is made of."""
    marks = typing.get_args(hint)[1:] if typing.get_origin(hint) is typing.Annotated else ()
    ours: list[Check] = [MARKED[mark] for mark in marks if mark in MARKED]
    ours += [functools.partial(check, name) for kind, check in _PLAIN.items() if hint is kind]
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        ours.append(_word(hint, name))
    if inspect.isclass(hint) and issubclass(hint, Record):
        ours.append(_record(hint, name))
    return ours[0] if ours else None


def _optional(hint: Any, name: str) -> Check | None:
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return _word(hint, name, known=(None,))
    inner = check_of(hint, name)
    return inner and (lambda value: None if value is None else inner(value))


def _several(each: Check | None, name: str) -> Check:
    """Take a list in its order; a text is no list of letters, and a set has no order that could be kept."""

    def convert(values: Any) -> tuple[Any, ...]:
        if isinstance(values, str | bytes | Mapping | set | frozenset) or not isinstance(values, Iterable):
            raise TypeError(f"{name} takes a list, not {_kind(values)}; write [...], also for one")
        return tuple(values) if each is None else tuple(map(each, values))

    return convert


def _word(vocabulary: type[enum.Enum], name: str, known: tuple[None, ...] = ()) -> Check:
    def convert(value: Any) -> Any:
        if value.__class__ is vocabulary or value in known:
            return value
        try:
            return vocabulary(value)
        except ValueError:
            raise ValueError(
                f"{name}: {described(value)} is not a {vocabulary.__name__}; {nearest(str(value), [m.value for m in vocabulary])}"
            ) from None

    return convert


def _record(cls: type, name: str) -> Check:
    def convert(value: Any) -> Any:
        if value.__class__ is cls:
            return value
        raise TypeError(f"{name}: {described(value)} is not a {cls.__name__}")

    return convert


def _truth(name: str, value: Any) -> bool:
    if value is True or value is False:
        return value
    raise TypeError(f"{name} is true or false, not {_kind(value)}")


def _whole(name: str, value: Any) -> int:
    try:
        number = operator.index(value) if not isinstance(value, bool) else None
    except TypeError:
        number = None
    if number is None:
        raise TypeError(f"{name} is a whole number, not {_kind(value)}")
    if abs(number) > MOST:
        raise ValueError(f"{name} is a whole number of at most {MOST:,}")
    return number


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is a number, not {_kind(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} is a number that can be written down, not infinite and not NaN")
    return number


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is text, not {_kind(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} has half a character in it, which cannot be written down") from None
    return "".join(value)


_PLAIN: Mapping[Any, Callable[[str, Any], Any]] = {bool: _truth, int: _whole, float: _number, str: _text}


def _any_other(hint: Any, name: str) -> Check:
    """Check a type that only a host's own event has by writing the value and reading it back."""

    @functools.cache
    def adapter() -> Any:
        from pydantic import TypeAdapter

        return TypeAdapter(hint)

    def convert(value: Any) -> Any:
        try:
            found = adapter().validate_python(value)
            again = adapter().validate_json(adapter().dump_json(found))
            if again == found:
                return again
            said = "it is not the same when it is read back"
        except ValueError as error:
            said = error.errors(include_url=False, include_input=False)[0]["msg"] if hasattr(error, "errors") else "it cannot be written down"
        raise ValueError(f"{name}: {said[0].lower()}{said[1:]}")

    return convert


def _kind(value: Any) -> str:
    """Say what kind of value was given, and not what it says: it could be somebody's name."""
    if value is None:
        return "nothing (None)"
    return "text" if isinstance(value, str) else f"a {type(value).__name__}"
