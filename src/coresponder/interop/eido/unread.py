"""The parts of an EIDO that are not read, by their place or their word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from coresponder.domain.personal import looks_personal
from coresponder.interop.eido.shape import Document
from coresponder.outputs import described, key_name

__all__ = ["unread", "word_of"]

_LONG_WORD = 50

_KNOWN = frozenset(
    {"@context", "eidoVersion", "issuingElementIdentification", "agencyComponent", "agentComponent"}
)
_POINTERS = frozenset({"agencyReference", "agentReference", "personReference"})
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
    """Yield the name of each key that is not read."""
    for key, value in (document.model_extra or {}).items():
        if value and key not in _KNOWN:
            yield key_name(key)
    for key in ("agencyComponent", "agentComponent"):
        for part in _objects((document.model_extra or {}).get(key)):
            yield from (f"{key}.{key_name(name)}" for name in part if name not in _OF_AGENTS)
    for name, field in type(document).model_fields.items():
        parts = getattr(document, name)
        if isinstance(parts, tuple):
            for number, part in enumerate(parts):
                yield from _unread_of(part, f"{field.alias}[{number}]")


def _unread_of(part: BaseModel, place: str) -> Iterator[str]:
    for key, value in (part.model_extra or {}).items():
        if value and key not in _POINTERS:
            yield f"{place}.{key_name(key)}"
    for inner in getattr(part, "dispositions", ()):
        yield from _unread_of(inner, f"{place}.dispositionComponent")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def word_of(text: str) -> str:
    """Return a word of a sender that is not known here, unless it may be a name."""
    return described(text) if len(text) > _LONG_WORD or looks_personal(text) else text
