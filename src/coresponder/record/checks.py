"""Check values by their annotations when an object is made, so that nothing is written that cannot
be read (ADR 0032).
"""

from __future__ import annotations

import enum
import functools
import inspect
import math
import operator
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from coresponder.errors import nearest
from coresponder.outputs import described

if typing.TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["MOST", "Check", "Mark", "check_of", "optional_of", "plain_type", "read_back"]

Check = Callable[[Any], Any]
"""Returns the value as the field holds it, or raises `ValueError` or `TypeError` with the mistake.
"""

MOST = 2**63 - 1
"""The largest whole number in a record, which every database and every 64-bit reader of JSON can
keep.
"""


@attrs.frozen(eq=False)
class Mark:
    """The requirements of `Annotated[str, Mark(...)]` on a value.

    Attributes:
        check: returns the value as the field holds it, or raises.
        look: an expression of `{0}` that is true only for values that `check` returns unchanged; it
            is faster than a call.
        names: the names that the expression reads.
        shape: the JSON Schema of the value.
    """

    check: Check
    look: str = "False"
    names: Mapping[str, Any] = attrs.field(factory=dict)
    shape: Mapping[str, Any] = attrs.field(factory=dict)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Add `shape` to the JSON Schema of the value."""
        return {**handler(schema), **self.shape}


def plain_type(hint: Any) -> Any:
    """Return the type inside Optional; for a union of several, the first."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return next(one for one in typing.get_args(hint) if one is not type(None))
    return hint


def optional_of(hint: Any) -> Any:
    """Return the type inside Optional; None for any other type."""
    if typing.get_origin(hint) not in {typing.Union, types.UnionType}:
        return None
    found = [one for one in typing.get_args(hint) if one is not type(None)]
    return found[0] if len(found) == 1 else None


def check_of(hint: Any, name: str, other: Callable[[Any, str], Check | None]) -> Check | None:
    """Return the check of a type; None if it has none.

    Args:
        hint: the type, with its marks.
        name: the name of the field, for errors.
        other: makes the check of a type from outside the library.
    """
    arguments = typing.get_args(hint)
    if hint is Any:
        return None
    if optional_of(hint) is not None:
        inner = check_of(optional_of(hint), name, other)
        return inner and (lambda value: None if value is None else inner(value))
    if typing.get_origin(hint) is tuple and arguments[1:] == (...,):
        return _several(check_of(arguments[0], name, other), name)
    return _of_one(hint, name) or other(hint, name)


def _of_one(hint: Any, name: str) -> Check | None:
    """Return the check of a single value of the types that records use."""
    for mark in typing.get_args(hint)[1:] if typing.get_origin(hint) is typing.Annotated else ():
        if isinstance(mark, Mark):
            return mark.check
    for kind, check in _PLAIN.items():
        if hint is kind:
            return functools.partial(check, name)
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return _word(hint, name)
    return _record(hint, name) if inspect.isclass(hint) and attrs.has(hint) else None


def _several(each: Check | None, name: str) -> Check:
    """Return the check of a list. Text is not a list of letters, and a set has no order to keep."""

    def convert(values: Any) -> tuple[Any, ...]:
        if isinstance(values, str | bytes | Mapping | set | frozenset) or not isinstance(
            values, Iterable
        ):
            raise TypeError(f"{name} takes a list, not {_kind(values)}; write [...], also for one")
        return tuple(values) if each is None else tuple(map(each, values))

    return convert


def _word(vocabulary: type[enum.Enum], name: str) -> Check:
    def convert(value: Any) -> Any:
        if value.__class__ is vocabulary:
            return value
        try:
            return vocabulary(value)
        except ValueError:
            raise ValueError(
                f"{name}: {described(value)} is not {_a(vocabulary)};"
                f" {nearest(str(value), [m.value for m in vocabulary])}"
            ) from None

    return convert


def _record(cls: type, name: str) -> Check:
    def convert(value: Any) -> Any:
        if value.__class__ is cls:
            return value
        raise TypeError(f"{name}: {described(value)} is not {_a(cls)}")

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
        raise ValueError(
            f"{name} has half a character in it, which cannot be written down"
        ) from None
    return value if value.__class__ is str else "".join(value)


_PLAIN: Mapping[Any, Callable[[str, Any], Any]] = {
    bool: _truth,
    int: _whole,
    float: _number,
    str: _text,
}


def read_back(hint: Any, name: str) -> Check:
    """Return a check for a type of a host's own event: the value is written and read back."""

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
            said = (
                error.errors(include_url=False, include_input=False)[0]["msg"]
                if hasattr(error, "errors")
                else "it cannot be written down"
            )
        raise ValueError(f"{name}: {said[0].lower()}{said[1:]}")

    return convert


def _kind(value: Any) -> str:
    """Return the kind of a value without the value, which could be a name."""
    if value is None:
        return "nothing (None)"
    return "text" if isinstance(value, str) else f"a {type(value).__name__}"


def _a(cls: type) -> str:
    """Return the name of a class with its article."""
    return f"{'an' if cls.__name__[0] in 'AEIOU' else 'a'} {cls.__name__}"
