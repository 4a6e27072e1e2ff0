"""attrs classes that speak pydantic: declared once, they are also JSON, JSON Schema and a request body.

`Record` is a mixin and not a decorator, so that type checkers keep `attrs.evolve` and the generated `__init__`.
"""

from __future__ import annotations

import enum
import inspect
import operator
import sys
import types
import typing
from collections.abc import Callable
from typing import Any, Self

import attrs
from pydantic_core import CoreSchema, core_schema

from coresponder.errors import nearest
from coresponder.outputs import described

if typing.TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, TypeAdapter

__all__ = ["Record", "checked", "plain_type"]


class Record:
    """Give an attrs class native pydantic v2 support.

    >>> import attrs
    >>> @attrs.frozen(kw_only=True)
    ... class Shift(Record):
    ...     hours: int
    >>> Shift.from_json('{"hours": 8}').to_json()
    '{"hours":8}'
    """

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate through `__init__`, so that converters and validators of the class always run."""
        if source is not cls or not attrs.has(cls):
            return handler(source)
        hints = typing.get_type_hints(cls, include_extras=True)
        fields = {}
        for field in attrs.fields(cls):
            required = field.default is attrs.NOTHING
            fields[field.name] = core_schema.typed_dict_field(handler.generate_schema(hints[field.name]), required=required)
        body = core_schema.typed_dict_schema(fields, extra_behavior="forbid", metadata={"pydantic_js_updates": {"title": cls.__name__}})
        build = core_schema.no_info_after_validator_function(lambda values: cls(**values), body)
        serialise = core_schema.plain_serializer_function_ser_schema(_reader(tuple(fields)), return_schema=body)
        either = core_schema.union_schema([core_schema.is_instance_schema(cls), build], mode="left_to_right")
        return core_schema.json_or_python_schema(build, either, serialization=serialise, ref=_reference(cls))

    def to_json(self) -> str:
        """Return the record as compact JSON."""
        return adapter(type(self)).serializer.to_json(self).decode()

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-ready values."""
        return adapter(type(self)).dump_python(self, mode="json")  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Parse JSON; raise `pydantic.ValidationError` that names each field that does not fit."""
        return adapter(cls).validator.validate_json(text)  # type: ignore[no-any-return]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Parse values as they come from JSON or TOML."""
        return adapter(cls).validate_python(values)  # type: ignore[no-any-return]


def _reader(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    """Return a reader of all fields at once."""
    if len(names) == 1:
        return lambda record: {names[0]: getattr(record, names[0])}
    read = operator.attrgetter(*names)
    return lambda record: dict(zip(names, read(record), strict=True))


def _reference(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def adapter(cls: type) -> TypeAdapter[Any]:
    """Return the one `TypeAdapter` of a class; building it costs milliseconds, using it microseconds."""
    found = _ADAPTERS.get(cls)
    if found is None:
        from pydantic import ConfigDict, TypeAdapter

        found = _ADAPTERS[cls] = TypeAdapter(cls, config=ConfigDict(hide_input_in_errors=True))
    return found


def plain_type(hint: Any) -> Any:
    """Return the type below Optional."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def checked(cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Make attrs check fields that hold a word of a vocabulary or another record (a `field_transformer`).

    A word may be given as text, and becomes the enum; anything else is refused when the object is made, not when it is read back.
    """
    scope = vars(sys.modules[cls.__module__]) | {cls.__name__: cls}
    found = []
    for field in fields:
        hint = eval(field.type, scope) if isinstance(field.type, str) else field.type  # noqa: S307 - the annotations of our own classes
        convert = None if field.converter is not None else _converter(hint, field.name)
        found.append(field if convert is None else field.evolve(converter=convert))
    return found


def _converter(hint: Any, name: str) -> Callable[[Any], Any] | None:
    """Return the check of a type, or None where the type needs none."""
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) in {typing.Union, types.UnionType} and len(arguments) == 2:
        if inspect.isclass(arguments[0]) and issubclass(arguments[0], enum.Enum):
            return _word(arguments[0], name, known=(None,))
        inner = _converter(arguments[0], name)
        return None if inner is None else lambda value: None if value is None else inner(value)
    if typing.get_origin(hint) is tuple:
        each = _converter(arguments[0], name)
        return None if each is None else lambda values: tuple(map(each, values))
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return _word(hint, name)
    if inspect.isclass(hint) and issubclass(hint, Record):
        return _record(hint, name)
    return None


def _word(vocabulary: type[enum.Enum], name: str, known: tuple[None, ...] = ()) -> Callable[[Any], Any]:
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


def _record(cls: type, name: str) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if isinstance(value, cls):
            return value
        raise TypeError(f"{name}: {described(value)} is not a {cls.__name__}")

    return convert
