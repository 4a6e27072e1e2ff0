"""The tables and keys of a file that a person writes: their places and descriptions.

A key is described by the comment above it in a file that has every key, in `described`. The
reference and the JSON Schema are made from these files.
"""

from __future__ import annotations

import importlib.resources
import re
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

__all__ = ["Described", "described", "described_file", "table_in", "tables_of", "words_of"]

Described = dict[str, tuple[str, str, str]]
"""Key (`policy.within`) or table (`[policy]`) -> words for its type, its description, its line."""

_HEADER = re.compile(r"\[\[?([\w.]+)\]\]?")
_KEY = re.compile(r"([\w-]+) = ")
_WORDS = re.compile(r"(?:\(([^)]*)\) )?(.*)")


def described_file(name: str) -> str:
    """Return the text of a file that has every key."""
    folder = importlib.resources.files("coresponder.interop").joinpath("described")
    return folder.joinpath(f"{name}.toml").read_text("utf-8")


def words_of(kind: str) -> Described:
    """Return the description of each table and key of a `program` or a `mapping`."""
    if kind == "program":
        return described(described_file("program"))
    parts = ("mapping-in-columns", "mapping-in-parts", "mapping")
    words = described(*map(described_file, parts))
    return {key.replace("event.fields.aid", "event.fields"): one for key, one in words.items()}


def described(*texts: str) -> Described:
    """Read description files: a comment describes the key or table below it."""
    found: Described = {}
    for text in texts:
        table, comment = "", ""
        for line in text.splitlines():
            header, key = _HEADER.match(line), _KEY.match(line)
            table = header[1] if header else table
            if (header or key) and comment:
                kind, words = typing.cast("re.Match[str]", _WORDS.fullmatch(comment)).groups()
                found[f"[{table}]" if header else f"{table}.{key[1] if key else ''}"] = (
                    kind or "",
                    words,
                    line,
                )
            more = line.removeprefix("# ") if line.startswith("# ") else ""
            comment = f"{comment} {more}".strip() if more else ""
    return found


def tables_of(
    model: type[BaseModel], path: str = ""
) -> Iterator[tuple[str, type[BaseModel], bool]]:
    """Yield each table of a file: its address, its model, whether it is one of a list."""
    for name, hint in typing.get_type_hints(model, include_extras=True).items():
        inner, several = table_in(hint)
        if name in model.model_fields and inner is not None:
            address = f"{path}.{name}".strip(".")
            yield address, inner, several
            yield from tables_of(inner, address)


def table_in(hint: Any, *, several: bool = False) -> tuple[type[BaseModel] | None, bool]:
    """Return the table that a key takes, if it takes one, and whether it takes several."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint, several
    for one in typing.get_args(hint):
        inner, found = table_in(one, several=several or typing.get_origin(hint) is tuple)
        if inner is not None:
            return inner, found
    return None, several
