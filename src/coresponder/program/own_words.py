"""The agency's own words. Each counts as a standard value, which drives the incident. The word is
kept beside the value, so that a rule may name it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from coresponder.domain.types import is_code
from coresponder.domain.vocabulary import (
    CallSource,
    Disposition,
    Facility,
    Nature,
    Need,
    Technique,
)
from coresponder.errors import NotFound, nearest

__all__ = [
    "VOCABULARIES",
    "OwnWords",
    "listed_word",
    "nearest_word",
    "standard_fields",
    "standard_where",
    "word_problems",
]

VOCABULARIES: Mapping[str, type[StrEnum]] = {
    "nature": Nature,
    "disposition": Disposition,
    "source": CallSource,
    "need": Need,
    "technique": Technique,
    "facility": Facility,
}
"""The vocabularies to which an agency may add words, by the field that has their values."""

OwnWords = Mapping[str, Mapping[str, str]]
"""Vocabulary name (`nature`, `need`) -> the agency's word -> the standard value."""

_SEVERAL = {"techniques": "technique"}
"""The fields that hold several words of a vocabulary."""


def word_problems(words: OwnWords) -> Iterator[str]:
    """Yield what is wrong with a program's `[vocabulary]`."""
    for name, own in words.items():
        if name not in VOCABULARIES:
            yield f"[vocabulary.{name}]: {name!r} is not a vocabulary; {_nearest_of(name)}"
            continue
        values = _values(name)
        for word, value in own.items():
            where = f"[vocabulary.{name}] {word!r}"
            if value not in values:
                yield f"{where}: there is no {name} {value!r}; {nearest(value, values)}"
            if word in values:
                yield f"{where}: it is a standard {name} already; leave it out"
            if not is_code(word):
                yield f"{where}: it is not a code; write one line of 1 to 80 characters"


def _nearest_of(name: str) -> str:
    elsewhere = {
        "training": "courses of your own are [[training]], with accepts",
        "role": "the roles are those of the library, since rights and seats depend on them",
    }
    return elsewhere.get(name) or nearest(name, VOCABULARIES)


def _values(name: str) -> list[str]:
    return [member.value for member in VOCABULARIES[name]]


def _own(words: OwnWords, field: str) -> tuple[str, Mapping[str, str]]:
    name = _SEVERAL.get(field, field)
    return name, words.get(name, {})


def nearest_word(words: OwnWords, field: str, word: str) -> str | None:
    """Return the hint to an unknown word of a field, with the agency's own words; None if it has
    none for the field.
    """
    name, own = _own(words, field)
    return nearest(word, [*_values(name), *own]) if own else None


def listed_word(words: OwnWords, field: str, word: str) -> str:
    """Return a word by which incidents are listed.

    Raises:
        NotFound: no incident is listed by it, because it is the agency's own word or unknown.
    """
    values = _values(field)
    if word in values:
        return word
    if standard := words.get(field, {}).get(word):
        raise NotFound(
            f"{field} {word!r} counts as {standard!r}, by which incidents are listed; ask for that"
        )
    raise NotFound(f"there is no {field} {word!r}; {nearest(word, values)}")


def standard_fields(words: OwnWords, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an event with standard values, and with the own words in `local`."""
    standard, local = dict(fields), list(fields.get("local", ()))
    for field, value in fields.items():
        name, own = _own(words, field)
        several = value if isinstance(value, list | tuple) else [value]
        said = [one for one in several if isinstance(one, str) and one in own]
        if said:
            found = list(dict.fromkeys(own.get(one, one) for one in several))
            standard[field] = found if isinstance(value, list | tuple) else found[0]
            local += [{"field": name, "code": one} for one in said]
    return {**standard, "local": local} if local else standard


def standard_where(
    words: OwnWords, where: Mapping[str, Any]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return conditions in which each own word is replaced by its standard value and a condition on
    `local`, and the problem with each field that has one.
    """
    found, problems = dict[str, Any](), list[tuple[str, str]]()
    for path, condition in where.items():
        before, _, field = path.rpartition(".")
        name, own = _own(words, field)
        if isinstance(condition, str) and condition in own:
            beside = f"{before}.local".lstrip(".")
            if before in {"incident", "incident.scene"}:
                problems.append(
                    (
                        path,
                        f"the incident keeps only the standard {name}; put this condition on the event",
                    )
                )
            elif beside in found:
                problems.append(
                    (path, "only one own word can stand in the conditions of one event")
                )
            else:
                found |= {path: own[condition], beside: {"has": condition}}
        elif any(word in own for word in _named(condition)):
            problems.append((path, f"an own word must stand alone: write {field} = one word"))
        else:
            found[path] = condition
    return found, problems


def _named(condition: Any) -> Iterator[str]:
    """Yield the texts that a condition names."""
    if isinstance(condition, Mapping):
        for value in condition.values():
            yield from _named(value)
    elif isinstance(condition, list | tuple):
        yield from (one for one in condition if isinstance(one, str))
    elif isinstance(condition, str):
        yield condition
