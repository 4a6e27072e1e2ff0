"""Convert ids between the log and an EIDO. An id in an EIDO is globally unique, and an id in the
log is never a person's name or mail address.
"""

from __future__ import annotations

import re
import uuid

import attrs

from coresponder.domain.types import opaque_id
from coresponder.outputs import described

__all__ = ["Names"]

_NAMESPACE = uuid.UUID("b9c0b6f2-5c0e-5f0a-9a57-2f1f6a3d7c44")
_INCIDENT = "urn:emergency:uid:incidentid:"


@attrs.frozen
class Names:
    """Converts the ids of one agency: its own ids carry its name in an EIDO, and lose it in the
    log.

    >>> names = Names("police.example.org")
    >>> names.out("person", "p1"), names.person("police.example.org/person/p1")
    ('police.example.org/person/p1', 'p1')
    """

    agency: str | None

    def out(self, kind: str, id: str) -> str:
        """Return the id of a person, a unit or an agent for other agencies."""
        id = _no_address(id)
        return id if f"/{kind}/" in id else f"{self.agency}/{kind}/{id}"

    def out_incident(self, id: str) -> str:
        """Return the id of an incident for other agencies."""
        return id if id.startswith(_INCIDENT) else f"{_INCIDENT}{id}:{self.agency}"

    def incident(self, text: str | None) -> str:
        """Return the id of an incident as the log has it."""
        id = _cleaned(text)
        if self.agency and id.startswith(_INCIDENT):
            own = id.removeprefix(_INCIDENT).removesuffix(f":{self.agency}")
            id = own if f"{_INCIDENT}{own}:{self.agency}" == id else id
        return opaque_id(id)

    def person(self, text: str | None) -> str:
        """Return the id of a person as the log has it."""
        return self._inside("person", text)

    def unit(self, text: str | None) -> str:
        """Return the id of a responder as the log has it."""
        return self._inside("unit", text)

    def agent(self, text: str | None) -> str:
        """Return the id of a recorder as the log has it."""
        return self._inside("agent", text)

    def _inside(self, kind: str, text: str | None) -> str:
        return opaque_id(_no_address(_cleaned(text).removeprefix(f"{self.agency}/{kind}/")))


def _cleaned(text: str | None) -> str:
    if not text:
        raise ValueError(f"an id is {described(text)}; it must be text")
    return re.sub(r"[^A-Za-z0-9._:@/+-]+", "-", text).strip("-")


def _no_address(id: str) -> str:
    """Return the id, or a digest if it may be a mail address, which can contain a name."""
    return f"id-{uuid.uuid5(_NAMESPACE, id).hex[:20]}" if "@" in id else id
