"""attrs classes that speak pydantic: each is declared once and is also JSON, JSON Schema and a
request body.

The annotation is the only declaration of a field: type checkers read it, JSON is parsed by it, and
`__init__` checks it. `Record` is a mixin and not a decorator, so that type checkers keep
`attrs.evolve` and the generated `__init__`.
"""

from __future__ import annotations

import functools
import operator
import types
import typing
from collections.abc import Callable
from typing import Any, Self

import attrs
from pydantic_core import CoreSchema, ValidationError, core_schema

from coresponder.record.comparing import compare_by_value
from coresponder.record.checks import plain_type
from coresponder.record.making import make_with_checks

if typing.TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, TypeAdapter

__all__ = ["Record", "plain_type"]


class Record:
    """Give an attrs class an `__init__` that checks its annotations, and native pydantic v2
    support.

    Text becomes a member of its enum, a list becomes a tuple, and an instant is kept in UTC. A
    value that the annotation does not allow is refused when the object is made, with an error that
    says what would be right.

    Attributes:
        reads_back: whether the value of a type from outside the library must be unchanged after it
            was written and read back.

    >>> import attrs
    >>> @attrs.frozen(kw_only=True)
    ... class Shift(Record):
    ...     hours: int
    >>> Shift.from_json('{"hours": 8}').to_json()
    '{"hours":8}'
    """

    __slots__ = ()
    reads_back: typing.ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Let a class be compared and shown without methods that attrs writes for it."""
        super().__init_subclass__()
        compare_by_value(cls)

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        """Replace the `__init__` that attrs has made. attrs calls this hook for each finished
        class.
        """
        make_with_checks(cls, reads_back=cls.reads_back)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate through `__init__`, so that converters and validators of the class always run."""
        if source is not cls or not attrs.has(cls):
            return handler(source)
        hints = typing.get_type_hints(cls, include_extras=True)
        fields = {}
        for field in attrs.fields(cls):
            required = field.default is attrs.NOTHING
            fields[field.name] = core_schema.typed_dict_field(
                handler.generate_schema(_strict(hints[field.name])), required=required
            )
        body = core_schema.typed_dict_schema(
            fields,
            extra_behavior="forbid",
            metadata={"pydantic_js_updates": {"title": cls.__name__}},
        )
        build = core_schema.no_info_after_validator_function(lambda values: cls(**values), body)
        serialize = core_schema.plain_serializer_function_ser_schema(
            _reader(tuple(fields)), return_schema=body
        )
        either = core_schema.union_schema(
            [core_schema.is_instance_schema(cls), build], mode="left_to_right"
        )
        return core_schema.json_or_python_schema(
            build, either, serialization=serialize, ref=_reference(cls)
        )

    def to_json(self) -> str:
        """Return the record as compact JSON."""
        return adapter(type(self)).serializer.to_json(self).decode()

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON-ready values."""
        return adapter(type(self)).dump_python(self, mode="json")  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Parse JSON; raise `pydantic.ValidationError` that names each wrong field and repeats no
        value.
        """
        return _unrepeated(adapter(cls).validator.validate_json, text)  # type: ignore[no-any-return]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Parse values as they come from JSON or TOML; raise as `from_json` does."""
        return _unrepeated(adapter(cls).validate_python, values)  # type: ignore[no-any-return]


def _reader(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    """Return a reader of all fields at once."""
    if len(names) == 1:
        return lambda record: {names[0]: getattr(record, names[0])}
    read = operator.attrgetter(*names)
    return lambda record: dict(zip(names, read(record), strict=True))


def _strict(hint: Any) -> Any:
    """Accept only one way to write booleans and numbers: "no" is text, and 1 is not true."""
    from pydantic.types import Strict

    arguments = typing.get_args(hint)
    if hint is bool or hint is int or hint is float:
        return typing.Annotated[hint, Strict()]
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return functools.reduce(operator.or_, map(_strict, arguments))
    return tuple[tuple(map(_strict, arguments))] if typing.get_origin(hint) is tuple else hint  # type: ignore[misc]


def _reference(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"


def _unrepeated(read: Callable[[Any], Any], given: Any) -> Any:
    """Read a value; raise pydantic's error without the refused values, because they may be names,
    and hosts log `errors()` and contexts.
    """
    try:
        return read(given)
    except ValidationError as error:
        lines: list[Any] = [
            {**one, "input": None} for one in error.errors(include_url=False, include_input=False)
        ]
        refused = ValidationError.from_exception_data(error.title, lines, hide_input=True)
    raise refused


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def adapter(cls: type) -> TypeAdapter[Any]:
    """Return the one `TypeAdapter` of a class; building it costs milliseconds, using it
    microseconds.
    """
    found = _ADAPTERS.get(cls)
    if found is None:
        from pydantic import ConfigDict, TypeAdapter

        found = _ADAPTERS[cls] = TypeAdapter(cls, config=ConfigDict(hide_input_in_errors=True))
    return found
