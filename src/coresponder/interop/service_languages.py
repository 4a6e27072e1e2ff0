"""Compare languages that are written as codes (ISO 639, BCP 47) or by name.

Two are the same if their primary language is: a person who speaks `es` is served in `es-MX`. Script
and region do not count, because people are spoken with.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from coresponder.errors import MissingExtra

__all__ = ["language_asked", "language_by_code", "language_by_name"]

_ONE_NAME = re.compile(r"(?!.*\b(?:and|or|und|y)\b)[^\W\d_][^\d_,;/&+|]*", re.IGNORECASE)
_SHORTEST_NAME = 3
_NO_LANGUAGE = frozenset({None, "und", "mul", "mis", "zxx"})


@lru_cache(maxsize=4096)
def language_by_code(code: str) -> str | None:
    """Return the primary language of a code such as `es`, `spa` or `es-MX`; None if it is none."""
    try:
        found = _library().Language.get(code.strip())
    except ValueError:
        return None
    return _primary(found) if found.is_valid() else None


@lru_cache(maxsize=4096)
def language_by_name(name: str) -> str | None:
    """Return the primary language of a name such as `Spanish`, or of two letters, which are a code;
    None if it is neither.
    """
    if len(name.strip()) < _SHORTEST_NAME:
        return language_by_code(name)
    if not _ONE_NAME.fullmatch(name.strip()):
        return None
    try:
        return _primary(_library().find(name.strip()))
    except LookupError:
        return None


def language_asked(text: str) -> str | None:
    """Return the primary language of a name or a code. What may be both, like `ASL`, is a name."""
    return language_by_name(text) or language_by_code(text)


def _primary(found: Any) -> str | None:
    primary: str | None = found.prefer_macrolanguage().language
    return None if primary in _NO_LANGUAGE else primary


def _library() -> Any:
    try:
        import langcodes
    except ImportError:
        raise MissingExtra("services", "comparing languages") from None
    return langcodes
