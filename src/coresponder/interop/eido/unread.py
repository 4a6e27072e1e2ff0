"""The parts of an EIDO that are not read, each with its path.

A shape declares only what is read, so whatever else a document has is left over in it. What is left
over is listed, except for what says nothing more than the event that was made of the part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from coresponder.domain.personal import looks_personal
from coresponder.interop.eido.shape import Document
from coresponder.outputs import described, key_name

__all__ = ["unread", "word_of"]

_LONG_WORD = 50

_SAYS_NO_MORE: Mapping[str, Collection[Any]] = {
    "callStateRegistryText": ("callAnswered",),
    "direction": ("incoming", "internal"),
    "dispositionPrimaryIndicator": (True,),
}
"""Key -> what it says of every call, or of every disposition, that is read."""
_POINTERS = frozenset({"agencyReference", "agentReference", "personReference"})
_DESCRIBED = ("agencyComponent", "agentComponent")
"""Who is pointed to, and the keys that describe them; nothing of it is an event."""
_OF_AGENTS = frozenset(
    {
        "$id",
        "agencyReference",
        "agencyRoleDescriptionRegistryText",
        "agencyType",
        "agentRoleRegistryText",
        "lastUpdateTimeStamp",
        "updatedByAgencyReference",
        "updatedByAgentReference",
    }
)


def unread(document: Document) -> Iterator[str]:
    """Yield the path of each key that is not read."""
    people = {key: value for key, value in _extra(document).items() if key in _DESCRIBED}
    for key, value in people.items():
        several = value if isinstance(value, list) else [value]
        for number, part in enumerate(several):
            place = f"{key}[{number}]"
            if not isinstance(part, dict):
                yield place
                continue
            yield from (f"{place}.{key_name(name)}" for name in part if name not in _OF_AGENTS)
    yield from _unread_of(document, "")


def _unread_of(part: BaseModel, place: str) -> Iterator[str]:
    for key, value in _extra(part).items():
        if not _says_nothing(key, value, top=not place):
            yield f"{place}{key_name(key)}"
    for name, inner in vars(part).items():
        several = inner if isinstance(inner, tuple) else (inner,)
        if several and isinstance(several[0], BaseModel):
            alias = type(part).model_fields[name].alias
            for number, one in enumerate(several):
                index = f"[{number}]" if several is inner else ""
                yield from _unread_of(one, f"{place}{alias}{index}.")


def _extra(part: BaseModel) -> dict[str, Any]:
    return part.model_extra or {}


def _says_nothing(key: str, value: Any, *, top: bool) -> bool:
    """Return whether a key is empty, only points to somebody, or says nothing more."""
    if value is None or value in ("", [], {}) or (top and key in {"@context", *_DESCRIBED}):
        return True
    if key in _POINTERS:
        several = value if isinstance(value, list) else [value]
        return all(isinstance(one, dict) and one.keys() == {"$ref"} for one in several)
    return any(type(value) is type(said) and value == said for said in _SAYS_NO_MORE.get(key, ()))


def word_of(text: str) -> str:
    """Return a word of a sender that is not known here, unless it may be a name."""
    return described(text) if len(text) > _LONG_WORD or looks_personal(text) else text
