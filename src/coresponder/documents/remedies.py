"""What a value must be, in the library's own words; no message of pydantic reaches a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coresponder.errors import nearest

__all__ = ["causes", "remedy_for"]

_CURES = {
    "missing": "it is required; add it",
    "string_type": "it must be text in quotes",
    "string_pattern_mismatch": "use letters, digits and - . _ only",
    "string_too_short": "it must not be empty",
    "too_short": "give at least one",
    "bool": "it must be true or false, without quotes",
    "int": "it must be a whole number, without quotes",
    "float": "it must be a number, without quotes",
    "list": "it must be a list; write it in brackets: [...]",
    "tuple": "it must be a list; write it in brackets: [...]",
    "dict": "it must be a table; write it in braces: { key = value }",
    "model": "it must be a table; write it in braces: { key = value }",
    "datetime": "it must be a time; write it like 2026-03-09 09:00:00, without quotes",
    "date": "it must be a day; write it like 2026-12-25, without quotes and without a time",
    "greater": "it is too small",
    "less": "it is too large",
}


def causes(problems: Sequence[Any]) -> list[Any]:
    """Leave out problems that only follow from another: a list whose one row is wrong is not
    empty.
    """
    paths = [problem["loc"] for problem in problems]
    return [
        p
        for p in problems
        if p["type"] != "too_short"
        or not any(path[: len(p["loc"])] == p["loc"] != path for path in paths)
    ]


def remedy_for(problem: Any) -> str:
    """Return what is wrong with a value that pydantic refused, and what to write, by the kind of
    the problem or the kind's first word.
    """
    kind = problem["type"]
    if kind in {"value_error", "assertion_error"}:
        return str(problem["ctx"]["error"])
    if kind in {"enum", "literal_error"}:
        known = problem["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return nearest(str(problem["input"]), known)
    if kind == "greater_than_equal":
        return f"it must be {problem['ctx']['ge']} or more"
    first = kind.partition("_")[0]
    return (
        _CURES.get(kind)
        or _CURES.get(first)
        or f"{problem['input']!r} cannot be used here; `coresponder new` writes a file with examples"
    )
