"""Match local codes with a table of a mapping, and make opaque ids from local numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import attrs

from coresponder.domain.personal import impersonal
from coresponder.domain.types import is_code, opaque_id
from coresponder.outputs import described

__all__ = ["Codes", "id_of", "opaque_of"]

_MOST = 16_384
_NOT_OPAQUE = re.compile(r"[^A-Za-z0-9._:@/+-]+")
_BEGIN = re.compile(r"^[^A-Za-z0-9]+")


@attrs.define
class Codes:
    """A table of codes: an exact entry first, then patterns with `*` in the order of the file.

    Results are cached, so that a table of thousands is searched once for each text.
    """

    table: Mapping[str, str]
    _exact: dict[str, str] = attrs.field(init=False)
    _patterns: list[tuple[re.Pattern[str], str]] = attrs.field(init=False)
    _known: dict[str, str | None] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """Compile the table once."""
        folded = [(_folded(entry), value) for entry, value in self.table.items()]
        self._exact = dict(reversed(folded))
        self._patterns = [(_pattern(entry), value) for entry, value in folded if "*" in entry]

    def __contains__(self, text: str) -> bool:
        """Return whether the table has a text as an exact entry."""
        return _folded(text) in self._exact

    def find(self, text: str) -> str | None:
        """Return the meaning of a code; None if the table has none."""
        if text not in self._known:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[text] = self._find(_folded(text))
        return self._known[text]

    def _find(self, folded: str) -> str | None:
        if folded in self._exact:
            return self._exact[folded]
        found = (value for pattern, value in self._patterns if pattern.fullmatch(folded))
        return next(found, None)


def _folded(text: str) -> str:
    """Return a text in small letters, on one line with single blanks."""
    return " ".join(text.casefold().split())


def _pattern(entry: str) -> re.Pattern[str]:
    """Return a pattern in which `*` matches any text, and every other character itself."""
    return re.compile(".*".join(map(re.escape, entry.split("*"))), re.DOTALL)


def id_of(written: str) -> str:
    """Return a number as it was written if it is an opaque id; otherwise return an id that no other
    number has. Raise `ValueError` for a text that cannot be kept as a local code, or looks personal.

    >>> id_of("26-001"), id_of("26 001")
    ('26-001', '26-001@a7d1b70973f3')
    """
    return opaque_of(impersonal(written))


def opaque_of(written: str) -> str:
    """Return what `id_of` returns, whatever the number looks like."""
    try:
        return opaque_id(written)
    except ValueError:
        if not is_code(written):
            raise ValueError(
                f"{described(written)} is not a number of one line and at most 80 characters"
            ) from None
    digest = hashlib.sha256(written.encode()).hexdigest()[:12]
    readable = _BEGIN.sub("", _NOT_OPAQUE.sub("-", written)).rstrip("-")
    return opaque_id(f"{readable or 'n'}@{digest}")
