"""How records are compared and shown.

attrs would write three methods for each class when it is imported, and compile them: half of what a
class of ours costs at start-up. Here one function serves all classes, and what it reads of a class
is worked out when it is first needed (ADR 0106).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import attrs

__all__ = ["compare_by_value"]


def compare_by_value(cls: type) -> None:
    """Give a class that attrs has not finished yet its own `__eq__`, `__hash__` and `__repr__`, which
    attrs then leaves as they are. What its body defines stays.
    """
    own = vars(cls)
    for name, method in _methods().items():
        if name not in own:
            setattr(cls, name, method)


def _methods() -> dict[str, Callable[..., Any]]:
    """Return new functions: one that a base class has too would not be a class's own for attrs."""

    def same(self: Any, other: Any) -> Any:
        cls = self.__class__
        if other.__class__ is not cls:
            return NotImplemented
        read = _compared(cls)
        return read(self) == read(other)

    def hashed(self: Any) -> int:
        return hash(_hashed(self.__class__)(self))

    def shown(self: Any) -> str:
        cls = self.__class__
        said = (
            f"{f.name}={(f.repr if callable(f.repr) else repr)(getattr(self, f.name))}"
            for f in attrs.fields(cls)
            if f.repr
        )
        return f"{cls.__qualname__.rsplit('>.', 1)[-1]}({', '.join(said)})"

    return {"__eq__": same, "__hash__": hashed, "__repr__": shown}


@functools.cache
def _compared(cls: type) -> Callable[[Any], Any]:
    return _reader([field for field in attrs.fields(cls) if field.eq])


@functools.cache
def _hashed(cls: type) -> Callable[[Any], Any]:
    fields = attrs.fields(cls)
    return _reader([field for field in fields if (field.eq if field.hash is None else field.hash)])


def _reader(fields: list[Any]) -> Callable[[Any], Any]:
    """Return a reader of fields: all at once, unless one is compared by a key."""
    if any(field.eq_key for field in fields):
        keys = [(field.name, field.eq_key or (lambda value: value)) for field in fields]
        return lambda record: tuple(key(getattr(record, name)) for name, key in keys)
    return operator.attrgetter(*(field.name for field in fields)) if fields else lambda _: ()
