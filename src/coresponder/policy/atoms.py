"""Atoms: a test on an event, by its type and the fields in `where`."""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import operator
import typing
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.domain.objects import Incident, LocalCode
from coresponder.errors import nearest
from coresponder.record import plain_type

__all__ = [
    "OPERATORS",
    "Atom",
    "FieldTest",
    "Guard",
    "compile_condition",
    "compile_where",
    "field_names",
    "field_type",
    "path_getter",
    "readable_paths",
]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip
OPERATORS = (*_COMPARE, "has", "lacks", "exists")
_ORDERED = (int, float, dt.datetime)


def _names(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@attrs.frozen(kw_only=True)
class Atom:
    """One event type or several (any of them), and conditions that must all hold.

    `where` maps a field to a value, a list of values (any of), or `{operator = value}` with eq ne
    lt le gt ge has lacks exists. `incident.<field>` reads the incident after the event was folded
    in. A missing optional value fails its condition.
    """

    events: tuple[str, ...] = attrs.field(default=(), converter=_names)
    where: Mapping[str, Any] = attrs.field(factory=dict, hash=False)

    def of_responder(self) -> Atom:
        """Return the atom with `responder.<field>` read from the state of the responder's stream."""
        where = {
            f"incident.{path}" if path.startswith("responder.") else path: condition
            for path, condition in self.where.items()
        }
        return attrs.evolve(self, where=where)

    def of_incident_only(self) -> bool:
        """Return whether the conditions read only the incident."""
        return all(path.startswith("incident.") for path in self.where)


@cache
def _hints(cls: Any) -> dict[str, Any]:
    hints = dict(typing.get_type_hints(cls)) if attrs.has(cls) else {}
    for name, member in inspect.getmembers(cls):
        if isinstance(member, property) and member.fget is not None:
            hints[name] = typing.get_type_hints(member.fget).get("return", Any)
    return {
        name: hint
        for name, hint in hints.items()
        if not name.startswith("_") and typing.get_origin(hint) is not typing.ClassVar
    }


def field_names(cls: type) -> tuple[str, ...]:
    """Return the fields and properties that a condition may read."""
    return tuple(_hints(cls))


def readable_paths(cls: type, before: str = "") -> Iterator[str]:
    """Yield each dotted path that a condition may read."""
    for name, hint in _hints(cls).items():
        inner: Any = plain_type(hint)
        if attrs.has(inner):
            yield from readable_paths(inner, f"{before}{name}.")
        elif not any(isinstance(one, type) and attrs.has(one) for one in typing.get_args(inner)):
            yield f"{before}{name}"


def field_type(cls: type, path: str, *, before: str = "") -> Any:
    """Return the type at a dotted path; for an unknown field, raise `ValueError` with the nearest
    name, as it is written after `before`.
    """
    hint: Any = cls
    for part in path.split("."):
        hint = plain_type(hint)
        owner: Any = hint if inspect.isclass(hint) else None
        known = _hints(owner) if owner is not None else {}
        if part not in known:
            raise ValueError(
                f"{cls.__name__} has no field {path!r}; {nearest(part, known, before=before)}"
            )
        hint, before = known[part], f"{before}{part}."
    return plain_type(hint)


def path_getter(path: str) -> Callable[[Any], Any]:
    """Return a function that reads a dotted path; it returns None if a part of the path is missing."""
    parts = path.split(".")
    if len(parts) == 1:
        return operator.attrgetter(path)

    def read(value: Any) -> Any:
        for part in parts:
            if value is None:
                return None
            value = getattr(value, part)
        return value

    return read


def _check_value(hint: Any, value: Any, path: str) -> None:
    """Refuse a value that the field can never have."""
    args = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        hint = args[0]
    if not inspect.isclass(hint):
        return
    if issubclass(hint, enum.Enum):
        known = [member.value for member in hint]
        if value not in known:
            raise ValueError(f"{path} is never {value!r}; {nearest(str(value), known)}")
    elif hint is bool and not isinstance(value, bool):
        raise ValueError(f"{path} is true or false, not {value!r}")
    elif hint in {int, float} and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ValueError(f"{path} is a number, not {value!r}")


def _compile_operator(path: str, hint: Any, op: str, value: Any) -> Callable[[Any], bool]:
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    is_many = typing.get_origin(hint) is tuple
    if op not in OPERATORS:
        raise ValueError(f"{path}: {op!r} is not an operator; {nearest(op, OPERATORS)}")
    if op == "exists":
        if not isinstance(value, bool):
            raise ValueError(f"{path}: exists takes true or false")
        return lambda found: (found is not None) is value
    for one in values:
        _check_value(hint, one, path)
    if op in {"has", "lacks"}:
        if not is_many:
            raise ValueError(
                f"{path} holds one value, so '{op}' has no meaning; write {path} = [...] for any of"
                " several"
            )
        return _compile_list(hint, op, values)
    if is_many:
        raise ValueError(f"{path} holds several values; use has or lacks")
    if op not in {"eq", "ne"} and hint not in _ORDERED:
        raise ValueError(
            f"{path} has no order, so '{op}' has no meaning; write {path} = [...] with the values"
            " you mean"
        )
    compare = _COMPARE[op]
    return lambda found: found is not None and compare(found, value)


def _compile_list(hint: Any, op: str, values: tuple[Any, ...]) -> Callable[[Any], bool]:
    """Compile a condition on a list. Local codes are compared by their codes only."""
    if plain_type(typing.get_args(hint)[0]) is LocalCode:
        of_codes = _compile_list(tuple[str, ...], op, values)
        return lambda found: found is not None and of_codes([one.code for one in found])
    if op == "has":
        return lambda found: found is not None and all(v in found for v in values)
    return lambda found: found is not None and not any(v in found for v in values)


def compile_condition(path: str, hint: Any, condition: Any) -> Callable[[Any], bool]:
    """Compile the condition on one field; raise `ValueError` if no value can meet it."""
    if isinstance(condition, Mapping):
        tests = [_compile_operator(path, hint, op, value) for op, value in condition.items()]
        return tests[0] if len(tests) == 1 else lambda found: all(test(found) for test in tests)
    if typing.get_origin(hint) is tuple:
        return _compile_operator(path, hint, "has", condition)
    values = tuple(condition) if isinstance(condition, list | tuple) else (condition,)
    for value in values:
        _check_value(hint, value, path)
    if len(values) == 1:
        only = values[0]
        return lambda found: found is not None and found == only
    return lambda found: found is not None and found in values


def _check_quotes(path: str, condition: Any, event_type: type[Event] | None) -> None:
    """Refuse `screening.level = "high"`: without quotes, TOML reads a dotted name as a table within
    a table. The error shows how to write it.
    """
    full, meant = path, path
    while (
        isinstance(condition, Mapping)
        and (inner := next(iter(condition), None))
        and inner not in OPERATORS
    ):
        condition, full = condition[inner], f"{full}.{inner}"
        try:
            field_type(
                Incident if full.startswith("incident.") else event_type or Incident,
                full.removeprefix("incident."),
            )
        except ValueError:
            break
        meant = full
    if meant != path:
        raise ValueError(f'{meant} must be in quotes, because it has a dot; write "{meant}" = ...')


def _frozen(condition: Any) -> Any:
    """Return a condition as a value that can be compared and hashed."""
    if isinstance(condition, Mapping):
        return frozenset((name, _frozen(value)) for name, value in condition.items())
    if isinstance(condition, list | tuple):
        return tuple(map(_frozen, condition))
    return type(condition), condition


@attrs.frozen
class FieldTest:
    """One condition of `where`. Two tests of the same field with the same condition are equal."""

    on_incident: bool
    path: str
    condition: Any = attrs.field(converter=_frozen)
    read: Callable[[Any], Any] = attrs.field(eq=False, repr=False)
    holds: Callable[[Any], bool] = attrs.field(eq=False, repr=False)


@attrs.frozen
class Guard:
    """The conditions that an event of one type must meet, all of them, to match an atom."""

    tests: tuple[FieldTest, ...]

    def __call__(self, event: Any, incident: Incident) -> bool:
        """Return whether the event matches, with the incident after it."""
        for test in self.tests:
            if not test.holds(test.read(incident if test.on_incident else event)):
                return False
        return True


def compile_where(event_type: type[Event] | None, where: Mapping[str, Any]) -> Guard | None:
    """Compile conditions for one event type; return None when there are none.

    Raises:
        ValueError: a field is unknown (the message has the nearest name), a value is impossible, or
            an operator does not fit the field.
    """
    tests: list[FieldTest] = []
    for path, condition in where.items():
        _check_quotes(path, condition, event_type)
        on_incident = path.startswith("incident.")
        bare = path.removeprefix("incident.")
        if not on_incident and event_type is None:
            raise ValueError(f"{path!r}: 'always' looks at the incident; write 'incident.{path}'")
        owner: Any = Incident if on_incident else event_type
        before = path.removesuffix(bare)
        holds = compile_condition(path, field_type(owner, bare, before=before), condition)
        tests.append(FieldTest(on_incident, path, condition, path_getter(bare), holds))
    tests.sort(key=lambda test: test.on_incident)
    return Guard(tuple(tests)) if tests else None
