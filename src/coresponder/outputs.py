"""Text that leaves the library for a person or another program: without secrets, without the values
that were refused, and escaped for its reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

__all__ = [
    "csv_cell",
    "described",
    "hosts_only",
    "key_name",
    "printable",
    "redact",
    "type_names",
    "without_links",
]

_HIDDEN = "***"
_USER_INFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@'\"]*):[^\s'\"]*@")
_TOKEN_AS_USER = re.compile(r"(https?://)(?!\*\*\*)[^\s/?#:@'\"]+@", re.IGNORECASE)
_QUERY = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s?#'\"]*)[?#][^\s'\"]+")
_NAMED = re.compile(
    r"\b((?:ssl)?password|passwd|pwd|secret|token|api[_-]?key|authorization)(\s*[=:]\s*)('[^']*'|\"[^\"]*\"|(?:Bearer"
    r" |Basic )?[^\s,;&'\"]+)",
    re.IGNORECASE,
)
_PATH = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s/?#'\"]+)/[^\s'\"]+")
_UNPRINTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_FORMULA = re.compile("[=+\\-@\t\r\n|\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?", re.ASCII)


def redact(text: str) -> str:
    """Return text without passwords, tokens and the queries of addresses.

    >>> redact("postgresql://amara:s3cret@host/db?sslpassword=x cannot be reached")
    'postgresql://amara:***@host/db?*** cannot be reached'
    """
    for pattern, kept in (
        (_USER_INFO, rf"\1:{_HIDDEN}@"),
        (_TOKEN_AS_USER, rf"\1{_HIDDEN}@"),
        (_QUERY, rf"\1?{_HIDDEN}"),
    ):
        text = pattern.sub(kept, text)
    return _NAMED.sub(rf"\1\2{_HIDDEN}", text)


def hosts_only(text: str) -> str:
    """Return text in which each address ends with its host: the path of a webhook or a chat service
    is often its token.

    >>> hosts_only("https://hooks.example.org/services/T0/B0/token answered 500")
    'https://hooks.example.org/*** answered 500'
    """
    return _PATH.sub(rf"\1/{_HIDDEN}", redact(text))


def described(value: Any) -> str:
    """Say what a refused value is without repeating it: it may be a name, or words that belong in
    the vault.

    >>> described("John Smith"), described(7), described(None)
    ('a text of 10 characters', 'a value of type int', 'nothing')
    """
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"a text of {len(value):,} characters"
    return f"a value of type {type(value).__name__}"


_KEY = re.compile(r"\$?[A-Za-z_][A-Za-z0-9_]{0,63}")


def key_name(key: str) -> str:
    """Return the key of a document that is not read, or only what it is if it may be words.

    >>> key_name("priority"), key_name("for Ann")
    ('priority', 'a text of 7 characters')
    """
    return key if _KEY.fullmatch(key) else described(key)


def type_names(values: Iterable[object]) -> str:
    """Return the types of some values, where a `repr` of each would be long.

    >>> type_names([7, "a"])
    '(int, str)'
    """
    return f"({', '.join(type(value).__name__ for value in values)})"


def without_links(text: str) -> str:
    """Return Markdown as an editor or a terminal shows it: a link is its text.

    >>> without_links("one of the [roles](vocabularies.md#role)")
    'one of the roles'
    """
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)


def printable(text: str) -> str:
    r"""Return text that a terminal, a log and JSON show as it is: what would move the cursor, or
    turn the reading direction, is escaped.

    >>> printable("code \x1b[2J")
    'code \\u001b[2J'
    """
    return _UNPRINTED.sub(lambda found: _escaped(ord(found[0])), text)


def _escaped(code: int) -> str:
    if code > 0xFFFF:
        high, low = divmod(code - 0x10000, 0x400)
        return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
    return f"\\u{code:04x}"


def csv_cell(value: Any) -> str:
    """Return the text of a cell, with a quote before whatever a spreadsheet could take for a
    formula.

    >>> csv_cell("=cmd|'/C calc'!A0"), csv_cell("-12.5")
    ("'=cmd|'/C calc'!A0", '-12.5')
    """
    text = printable(str(value))
    return f"'{text}" if _FORMULA.match(text.lstrip(" ")) and not _NUMBER.fullmatch(text) else text
