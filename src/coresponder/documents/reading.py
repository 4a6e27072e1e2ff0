"""Read TOML and JSON from outside as a whole, or refuse them with a remedy, however deep they are
nested.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from coresponder.documents.toml_lines import TomlLines
from coresponder.errors import NotFound, UnreadableFile
from coresponder.outputs import key_name

__all__ = ["DEEPEST", "read_json", "read_json_file", "read_toml"]

DEEPEST = 64
"""How many tables or lists may be nested. No known program, mapping or message has more than ten.
"""
_TOO_DEEP = f"it is nested more than {DEEPEST} levels deep; write it flatter"


def read_toml(text: str) -> dict[str, Any]:
    """Parse TOML; for any invalid text raise `ValueError` with the line and the mistake."""
    return _shallow(_parse_toml, text)  # type: ignore[no-any-return]


def _parse_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise
    except ValueError as error:
        raise ValueError(_not_toml(text, str(error))) from None


_FAULTS = {
    r"Invalid date": "there is no such day or time; correct it",
    r"Unescaped": "a \\ in a text is written twice, or the text stands in single quotes",
    r"Unterminated string|Illegal character|Expected '\"|Expected \"'": (
        "a text has no closing quote on its line; add the quote"
    ),
    r"Unclosed array|Invalid value \(at end|Expected '\]|Invalid initial character for a key": (
        "a bracket is missing; close each [ with ] and each { with }"
    ),
    r"Unclosed inline table": "a brace is missing; close each { with }",
    r"Expected '='": "a key needs a value; write key = value",
    r"Invalid value": 'this is not a value; put text in quotes: "..."',
    r"Expected newline": (
        "a line holds one key and its value; start a new line, or put text in quotes"
    ),
}
"""Pattern of the parser's message -> the message that a person gets instead."""


def _in_one_bracket(text: str, line: int) -> str | None:
    """Return what to do if the table of a line is written in two brackets in one place and in one
    in another; otherwise None.
    """
    heads = {
        number: found
        for number, each in enumerate(text.splitlines(), 1)
        if (found := re.match(r"\s*\[\[?\s*([\w.-]+)\s*\]", each))
    }
    if line not in heads:
        return None
    same = [number for number, head in heads.items() if head[1] == heads[line][1]]
    single = [number for number in same if "[[" not in heads[number][0]]
    if not single or len(single) == len(same):
        return None
    return (
        f"line {single[0]}: write [[{heads[line][1]}]], in two brackets, as on line"
        f" {next(n for n in same if n not in single)}"
    )


def _not_toml(text: str, said: str) -> str:
    """Return the place where a text stops being TOML, and what to do."""
    lines = TomlLines.of(text)
    if re.search("twice|overwrite|redefine|Duplicate|mutate", said) and lines.doubled:
        one = lines.doubled[0]
        remedy = (
            f"write [[{one.name}]], in two brackets, if each is one of a list, or keep one of them"
            if one.table
            else "keep one of them"
        )
        return f"line {one.line}: {one.name} is given twice, first on line {one.first}; {remedy}"
    found = re.search(r"at line (\d+)", said)
    line = int(found[1]) if found else len(text.splitlines()) or 1
    if (one_bracket := _in_one_bracket(text, line)) is not None:
        return one_bracket
    remedy = next(
        (remedy for fault, remedy in _FAULTS.items() if re.search(fault, said)),
        "look at it for a missing quote, bracket or equals sign",
    )
    bare = re.sub(r"\"[^\"]*\"|'[^']*'|#.*", "", "".join(text.splitlines()[line - 1 : line]))
    day = re.search(r"\d+[/.-]\d+[/.-]\d+", bare)
    if day and said.startswith(("Expected newline", "Unclosed", "Invalid")):
        remedy = f"{day[0]} is not a day; write year, month and day like 2026-12-25"
    return f"line {line}: this is not TOML: {remedy}"


def read_json(text: str | bytes, **hooks: Any) -> Any:
    """Parse JSON; for any invalid text raise `ValueError` with the mistake. So is a key that stands
    twice in one object, because nobody could say which value is meant. `hooks` are those of
    `json.loads`.

    >>> read_json('{"entry": [{"status": "draft", "status": "accepted"}]}')
    Traceback (most recent call last):
    ValueError: entry[0].status is given twice; keep one of them
    """
    objects = _Objects()
    hooks["object_pairs_hook"] = objects.made
    read = _shallow(lambda given: json.loads(given, **hooks), text)
    if objects.doubled:
        where = next(_places(read, {id(one): name for one, name in objects.doubled}, ""))
        raise ValueError(f"{where} is given twice; keep one of them")
    return read


class _Objects:
    """Makes the objects of a JSON text; `doubled` are those with a key that stands twice, and it."""

    def __init__(self) -> None:
        self.doubled: list[tuple[dict[str, Any], str]] = []

    def made(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            self.doubled.append((found, Counter(name for name, _ in pairs).most_common(1)[0][0]))
        return found


def _places(value: Any, keys: Mapping[int, str], where: str) -> Iterator[str]:
    """Yield the place of each key that is given twice; `keys` has them by the object they are in."""
    if id(value) in keys:
        yield f"{where}.{key_name(keys[id(value)])}".removeprefix(".")
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, keys, f"{where}.{key_name(name)}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _places(inner, keys, f"{where}[{number}]")


def read_json_file(path: str | Path) -> Any:
    """Read a JSON file.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: the file is not JSON.
    """
    file = Path(path)
    if not file.is_file():
        raise NotFound(f"{path}: there is no such file")
    try:
        return read_json(file.read_text("utf-8-sig"))
    except ValueError as error:
        raise UnreadableFile(f"{file.name}: this is not JSON: {error}") from None


def _shallow(parse: Callable[[Any], Any], text: str | bytes) -> Any:
    try:
        found = parse(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    layer, depth = [found], 0
    while layer := [inner for one in layer for inner in _inside(one)]:
        depth += 1
        if depth > DEEPEST:
            raise ValueError(_TOO_DEEP)
    return found


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
