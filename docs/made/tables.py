"""Tables of a file's keys: types and defaults from the models, words and examples from one file."""

from __future__ import annotations

import datetime as dt
import enum
import json
import re
import types
import typing
from typing import Any

import attrs
from pydantic import BaseModel

from coresponder.interop.file_keys import Described, table_in, tables_of
from coresponder.program.tables import many
from made.writing import table

__all__ = ["key_tables", "say_type", "shown"]

_PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    dt.date: "day",
    dt.datetime: "time",
    dict: "table",
}


def say_type(hint: Any) -> str:
    """Return a type as a reader of TOML says it; a vocabulary is a link to its words."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _say_one_or_many(say_type(args[0]), args[1:])
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(say_type(one) for one in args if one is not type(None))
    if origin is typing.Literal:
        return ", ".join(f"`{one}`" for one in args)
    if origin is tuple:
        return f"list of {say_type(args[0])}"
    return _say_class(origin or hint)


def _say_one_or_many(inner: str, marks: tuple[Any, ...]) -> str:
    alone = any(getattr(mark, "func", None) is many for mark in marks)
    return f"{inner.removeprefix('list of ')} or {inner}" if alone else inner


def _say_class(cls: type) -> str:
    if issubclass(cls, enum.Enum):
        if len(cls) <= 3:
            return ", ".join(f"`{one.value}`" for one in cls)
        return f"[{_spaced(cls.__name__)}](vocabularies.md#{cls.__name__.lower()})"
    return "table" if issubclass(cls, BaseModel) or attrs.has(cls) else _PLAIN[cls]


def _spaced(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _default(model: type[BaseModel], key: str) -> str:
    field = model.model_fields[key]
    if field.is_required():
        return "**required**"
    value = field.default
    if value in (None, "", (), {}) or isinstance(value, BaseModel):
        return ""
    text = shown(value)
    return f"`{json.dumps(text) if isinstance(value, str) else text}`"


def shown(value: Any) -> str:
    """Return a default as a reader of TOML writes it, without quotes around a word."""
    if isinstance(value, tuple):
        return json.dumps([getattr(one, "value", one) for one in value])
    return str(value).lower() if isinstance(value, bool) else str(getattr(value, "value", value))


def key_tables(file: type[BaseModel], words: Described) -> str:
    """Write a section for each table of a file.

    Raises:
        KeyError: a key or table has no words yet; the message says where they belong.
    """
    text, found = "", list(tables_of(file))
    for model in dict.fromkeys(model for _, model, _ in found):
        alike = [(address, several) for address, one, several in found if one is model]
        address = alike[0][0]
        marks = ("[[{}]]" if several and len(alike) == 1 else "[{}]" for _, several in alike)
        names = (mark.format(name) for mark, (name, _) in zip(marks, alike, strict=True))
        title = ", ".join(f"`{name}`" for name in names)
        anchor = address.replace(".", "-")
        text += f"\n## {title} {{ #{anchor} }}\n\n{_table_words(words, address)}\n\n"
        text += _rows(model, address, words)
    for name, hint in typing.get_type_hints(file).items():
        if typing.get_origin(hint) is dict:
            text += f"\n## `[{name}]`\n\n{_table_words(words, name)}\n"
    return text


def _rows(model: type[BaseModel], address: str, words: Described) -> str:
    rows = []
    for key, hint in typing.get_type_hints(model, include_extras=True).items():
        if key in model.model_fields and _is_key(hint, f"{address}.{key}", words):
            kind, says, line = _find(words, f"{address}.{key}")
            rows.append(
                (f"`{key}`", kind or say_type(hint), _default(model, key), says, f"`{line}`")
            )
    return table("key", "type", "default", "says", "example", rows=rows)


def _is_key(hint: Any, address: str, words: Described) -> bool:
    """Return whether it has a row: a table with a section has one only if it can be a value."""
    return table_in(hint)[0] is None or address in words


def _table_words(words: Described, address: str) -> str:
    return _find(words, f"[{address}]")[1]


def _find(words: Described, address: str) -> tuple[str, str, str]:
    if address not in words:
        where = "write a comment above it in the example files in docs/made"
        raise KeyError(f"{address} has no words for the reference; {where}")
    return words[address]
