"""Compare languages that are written as codes (ISO 639, BCP 47) or by name.

Two are the same if their primary language is: a person who speaks `es` is served in `es-MX`. Script
and region do not count, because people are spoken with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from coresponder.errors import MissingExtra, nearest

__all__ = [
    "language_asked",
    "language_by_code",
    "language_by_name",
    "language_name",
    "nearest_language",
]

_ONE_NAME = re.compile(r"(?!.*\b(?:and|or|und|y)\b)[^\W\d_][^\d_,;/&+|]*", re.IGNORECASE)
_SHORTEST_NAME = 3
_NO_LANGUAGE = frozenset({None, "und", "mul", "mis", "zxx"})
_PRIVATE = re.compile(r"q[a-t][a-z]")
"""The codes that ISO 639 leaves to everybody's own use: they name no language to somebody else."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


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
    return None if primary in _NO_LANGUAGE or _PRIVATE.fullmatch(primary or "") else primary


@lru_cache(maxsize=4096)
def language_name(code: str) -> str:
    """Return the English name of a language.

    >>> language_name("es")
    'Spanish'
    """
    return str(_library().Language.get(code).language_name())


def nearest_language(text: str, more: Iterable[str] = ()) -> str | None:
    """Return a hint at the language that is probably meant, of those with a code of two letters or
    of some more names; None if no name is similar.

    >>> nearest_language("Spansh")
    "did you mean 'Spanish'?"
    """
    hint = nearest(text.strip().title(), _common_names().union(more))
    return hint if hint.startswith("did you mean") else None


@lru_cache(maxsize=1)
def _common_names() -> frozenset[str]:
    """Return the names of the languages that have a code of two letters."""
    codes = (first + second for first in _LETTERS for second in _LETTERS)
    return frozenset(language_name(found) for one in codes if (found := language_by_code(one)))


def _library() -> Any:
    try:
        import langcodes
    except ImportError:
        raise MissingExtra("services", "comparing languages") from None
    return langcodes
