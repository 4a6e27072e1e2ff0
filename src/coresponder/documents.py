"""TOML and JSON as they come from outside: read whole or refused with a cure, however they are nested."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

__all__ = ["DEEPEST", "read_json", "read_toml"]

DEEPEST = 64
"""How many tables or lists may stand in one another. No program, mapping or message that we know has more than ten."""
_TOO_DEEP = f"it is nested more than {DEEPEST} deep; write it flatter"


def read_toml(text: str) -> dict[str, Any]:
    """Parse TOML; raise `ValueError` that says what is wrong, whatever the text is."""
    return _shallow(tomllib.loads, text)  # type: ignore[no-any-return]


def read_json(text: str | bytes, **hooks: Any) -> Any:
    """Parse JSON; raise `ValueError` that says what is wrong, whatever the text is. `hooks` are those of `json.loads`."""
    return _shallow(lambda given: json.loads(given, **hooks), text)


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
