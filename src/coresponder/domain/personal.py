"""Shapes of what does not belong in the log: mail addresses, phone and social security numbers,
birth dates, street addresses, and the commonest names (ADR 0187).

It is a test of shapes. A name that is one word, or whose given name is not in the list, passes.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
import inspect
import re
import typing
from collections.abc import Iterator
from typing import Any

import attrs

from coresponder.outputs import described
from coresponder.record import plain_type

__all__ = [
    "NAMES_PERSON",
    "REMEDY",
    "impersonal",
    "looks_personal",
    "quoted",
    "quoted_time",
    "shape_of",
    "shape_problem",
    "texts_in",
]

REMEDY = (
    "give the number that your records have for it, such as P12345678, and put words into the vault"
    " with note() or remember()"
)

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}")
_PHONE = re.compile(
    r"(?<![\w.-])((\+?1[-. ]?)?(\([2-9]\d\d\) ?|[2-9]\d\d[-. ])[2-9]\d\d[-. ]\d{4}|\+[1-9](?:[-. ]?\d){7,14})(?![\w-])"
)
_SOCIAL_SECURITY = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])")
_BIRTH = re.compile(r"\b(dob|d\.o\.b|born|birth ?date|date of birth)\b[^\d]{0,5}\d", re.IGNORECASE)
_ISO_DATE = re.compile(r"((?:18|19|20)\d\d)[-/.](\d\d?)[-/.](\d\d?)")
_LOCAL_DATE = re.compile(r"(\d\d?)[-/.](\d\d?)[-/.]((?:18|19|20)\d\d)")
_STREET = re.compile(
    r"\b\d{1,6}[ ._-]+([nsew]\.?[ ._-]+)?([a-z][a-z']+|\d+(?:st|nd|rd|th))([ ._-]+[a-z][a-z']+){0,2}[ ._-]+(street|st|avenue|ave|road|rd|boulevard"
    r"|blvd|lane|ln|drive|dr|court|ct|place|pl|terrace|ter|highway|hwy|parkway|pkwy|circle|cir)\b\.?(?!-)",
    re.IGNORECASE,
)
_TITLED = re.compile(r"(mr|mrs|ms|miss|dr)(\. ?|[ _-])[a-z][a-z'-]+", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_](?:[^\W\d_]|')*\.?(?:(?:, ?|[ ._-])[^\W\d_](?:[^\W\d_]|')*\.?){1,3}")
_BETWEEN = re.compile(r"[ ,._-]+")
_AFTER_A_NAME = re.compile(r"[ ,._-]+((?:18|19|20)\d{2}[-/.]?\d\d?[-/.]?\d\d?)$")


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_GIVEN_NAMES = _listed("""
aaron adam alexander alice amanda amy andrea andrew angela ann anna anthony ashley barbara
benjamin betty beverly brandon brenda brian carlos carol carolyn catherine charles cheryl
christina christine christopher cynthia daniel david deborah debra denise dennis diane donald
donna dorothy douglas edward elizabeth emily emma eric evelyn gary george gloria gregory
harold heather helen henry jacob james jane janet jason jean jeffrey jennifer jeremy jerry
jessica joan john jonathan jose joseph joshua joyce juan judith judy julia julie justin karen
katherine kathleen keith kelly kenneth kevin kimberly kyle larry laura lauren lawrence linda
lisa luis margaret maria marie marilyn martha mary matthew megan melissa michael michelle
nancy nathan nicholas nicole olivia pamela patricia patrick paul peter philip rachel raymond
rebecca richard robert roger ronald ryan samantha samuel sandra sara sarah scott sean sharon
shirley sophia stephanie stephen steven susan teresa theresa thomas timothy tyler victoria
walter wayne william zachary
""")
"""Given names that are common in the United States, without those that are also words of the field,
months, or places (Mark, Grant, Amber, June, Virginia, Charlotte).
"""
_NOT_A_SURNAME = _listed("""
act alert apartments area avenue beat building campus center centre chapel church city clinic
college county court crisis department district drive facility foundation general health high
home hospital hotel house institute law library lodge manor medical memorial ministries
mission office park patrol pd place police program ranch recovery residence river road school
sector services shelter station street team tower towers town unit university village ward
youth
""")
NAMES_PERSON = frozenset({"person", "protects", "identified_as", "subject"})
"""Fields that have the id of a person."""
_MOST = 65_536
_DIGIT, _LETTER = re.compile(r"[0-9]"), re.compile(r"[^\W\d_]")
_FEWEST_DIGITS = 4
_DATES = frozenset(
    mark.join(parts)
    for mark in "-/."
    for parts in (
        ("9999", "99", "99"), ("9999", "9", "9"), ("9999", "9", "99"), ("9999", "99", "9"),
        ("99", "99", "9999"), ("9", "9", "9999"), ("9", "99", "9999"), ("99", "9", "9999"),
    )
)  # fmt: skip


@functools.lru_cache(maxsize=_MOST)
def looks_personal(text: str) -> str | None:
    """Say what an id, a code or another short text looks like that does not belong in the log; None
    if it has none of the shapes.

    >>> looks_personal("amy.okafor@mail.example"), looks_personal("203-555-0147"), looks_personal("2026-004711")
    ('a mail address', 'a phone number', None)
    """
    if "@" in text and _MAIL.search(text):
        return "a mail address"
    if _PHONE.search(text):
        return "a phone number"
    if _SOCIAL_SECURITY.search(text):
        return "a social security number"
    if _BIRTH.search(text) or _is_date(text):
        return "a birth date"
    if _STREET.search(text):
        return "a street address"
    return "a name" if _is_name(text) else None


def _is_date(text: str) -> bool:
    """Return whether the whole text is a date. A number that only begins with one is a number."""
    iso, local = _ISO_DATE.fullmatch(text), _LOCAL_DATE.fullmatch(text)
    if iso:
        year, month, day = map(int, iso.groups())
        return _exists(year, month, day)
    if local:
        one, other, year = map(int, local.groups())
        return _exists(year, one, other) or _exists(year, other, one)
    return False


def _exists(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def _is_name(text: str) -> bool:
    text = _AFTER_A_NAME.sub("", text)
    if _TITLED.fullmatch(text):
        return True
    if not _WORDS.fullmatch(text):
        return False
    words = _BETWEEN.split(text.rstrip(".").casefold())
    first = words[1] if "," in text else words[0]
    return (
        first in _GIVEN_NAMES
        and _NOT_A_SURNAME.isdisjoint(words)
        and any(len(word) > 1 for word in words if word != first)
    )


def shape_of(text: str) -> str:
    """Return a text with 9 for each digit and A for each letter.

    >>> shape_of("202-600-4711"), shape_of("PD 26-0311")
    ('999-999-9999', 'AA 99-9999')
    """
    return _LETTER.sub("A", _DIGIT.sub("9", text))


def shape_problem(shape: str) -> str | None:
    """Say what is wrong with the shape of an agency's own numbers; None if it may be one."""
    if shape != shape_of(shape) or shape.count("9") < _FEWEST_DIGITS:
        return "write 9 for each digit and A for each letter, with at least four digits"
    if shape in _DATES or shape == "999-99-9999":
        return "birth dates or social security numbers have it, too; number your records otherwise"
    return None


def impersonal(text: str) -> str:
    """Return the text; raise `ValueError` if it looks like something that does not belong in the
    log. The error does not repeat it.
    """
    if found := looks_personal(text):
        raise ValueError(f"{described(text)} looks like {found}; {REMEDY}")
    return text


def quoted(text: str) -> str:
    """Return a text for a message: in quotes, or only what it looks like."""
    found = looks_personal(text)
    return f"({found})" if found else repr(text)


def quoted_time(text: str) -> str:
    """Return what stands where a time should be, as `quoted` does; a date is shown."""
    return repr(text) if _is_date(text) else quoted(text)


def texts_in(record: Any) -> Iterator[tuple[str, str]]:
    """Yield each field of a record that is an id, a code or another text, with the text. Words of a
    vocabulary are left out.
    """
    kind: Any = type(record)
    for name in _with_texts(kind):
        yield from _in_value(name, getattr(record, name))


def _in_value(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if not isinstance(value, enum.Enum):
            yield name, value
    elif isinstance(value, tuple):
        for one in value:
            yield from _in_value(name, one)
    elif attrs.has(type(value)):
        for inner, text in texts_in(value):
            yield f"{name}.{inner}", text


@functools.cache
def _with_texts(cls: type) -> tuple[str, ...]:
    """Return the fields of a class that may have a text in them."""
    hints = typing.get_type_hints(cls)
    return tuple(field.name for field in attrs.fields(cls) if _may_have(hints[field.name]))


def _may_have(hint: Any) -> bool:
    plain = plain_type(hint)
    return not (
        plain in {bool, int, float, dt.datetime}
        or (inspect.isclass(plain) and issubclass(plain, enum.Enum))
    )
