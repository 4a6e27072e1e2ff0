"""Convert ids between the log and an EIDO. An id in an EIDO is globally unique, and an id in the
log is never a person's name or mail address.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator

import attrs

from coresponder.domain.personal import looks_personal
from coresponder.domain.types import is_code, is_opaque, opaque_id
from coresponder.interop.eido.kept import UNNAMED
from coresponder.outputs import described

__all__ = ["Names", "number_of"]

_NAMESPACE = uuid.UUID("b9c0b6f2-5c0e-5f0a-9a57-2f1f6a3d7c44")
_INCIDENT = "urn:emergency:uid:incidentid:"
_GLOBAL = re.compile(
    r"^urn:|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9-]+\.[a-z]{2,}[/:]"
    r"|[/:@][a-z0-9.-]+\.[a-z]{2,}|[^/]/(person|unit|agent)/.",
    re.IGNORECASE,
)
"""What no two senders give to two things: a URN, a UUID, an id with a domain name before or after
it, and what this library writes.
"""
_CALL = re.compile(r"^(?P<id>[^/]+/call/.+/[0-9]+)\+(?P<digest>[0-9a-f]{12})$")
"""The id of a call that an agency passed on, with the digest of the id that it came with."""
_UNUSABLE = re.compile(r"[^A-Za-z0-9._:@/+-]+")
_LONGEST = 100


@attrs.frozen
class Names:
    """Converts the ids of one agency: its own ids carry its name in an EIDO, and lose it in the
    log.

    An id of another sender stays as it is if nobody else gives it to another thing. Any other is
    not ours, even if it looks like one of ours: it gets a digest, so that two ids never become one.

    >>> names = Names("police.example.org")
    >>> names.out("person", "p1"), names.person("police.example.org/person/p1")
    ('police.example.org/person/p1', 'p1')
    >>> names.person("center.example.org/person/p1"), names.person("p1")
    ('center.example.org/person/p1', 'p1+2abaaebc45fe')

    Attributes:
        agency: this agency's id in the world; None if no id is its own.
        sender: who sent the EIDO. Another sender's incident 7 is another incident.
        within: the EIDO's id. Person 1 of another incident is another person.
        marks: False for what an earlier version recorded, which had no digests.
    """

    agency: str | None
    sender: str = attrs.field(default="", kw_only=True)
    within: str = attrs.field(default="", kw_only=True)
    marks: bool = attrs.field(default=True, kw_only=True)

    def out(self, kind: str, id: str) -> str:
        """Return the id of a person, a unit or an agent for other agencies."""
        id = _no_address(id)
        return id if f"/{kind}/" in id else f"{self.agency}/{kind}/{id}"

    def out_incident(self, id: str) -> str:
        """Return the id of an incident for other agencies."""
        return id if id.startswith(_INCIDENT) else f"{_INCIDENT}{id}:{self.agency}"

    def own_incident(self, text: str | None) -> str | None:
        """Return the id of an incident that this agency wrote; None if it is not one of its own."""
        if not self.agency or not text or not text.startswith(_INCIDENT):
            return None
        id = text.removeprefix(_INCIDENT)
        own = id.removesuffix(f":{self.agency}")
        return own if own != id and is_opaque(own) else None

    def incident(self, text: str | None) -> str:
        """Return the id of an incident as the log has it."""
        if own := self.own_incident(text):
            return own
        return self._foreign("incident", text, self.sender)

    def person(self, text: str | None) -> str:
        """Return the id of a person as the log has it."""
        return self._inside("person", text)

    def unit(self, text: str | None) -> str:
        """Return the id of a responder as the log has it."""
        return self._inside("unit", text)

    def agent(self, text: str | None) -> str:
        """Return the id of a recorder as the log has it."""
        return self._inside("agent", text)

    def part(self, kind: str, incident: str, number: int) -> str:
        """Return the id of a part of an incident that this agency writes."""
        return f"{self.agency}/{kind}/{self.incident(incident)}/{number}"

    def out_call(self, incident: str, number: int, digest: str | None) -> str:
        """Return the id of a call for other agencies. It carries the digest of the id that the call
        came with, so that the call is known again wherever it came through.
        """
        id = self.part("call", incident, number)
        passed_on = f"{id}+{digest}"
        return passed_on if _CALL.search(passed_on) else id

    def call(self, text: str) -> str:
        """Return a digest of the id of a call, by which the call is known again."""
        if passed_on := _CALL.search(text):
            return passed_on["digest"]
        return self.earlier_call(text)

    def calls(self, ids: Iterable[str | None]) -> Iterator[tuple[str, str]]:
        """Yield the digest of the id of each call, and what an earlier version made of it."""
        yield from ((self.call(id), self.earlier_call(id)) for id in ids if id)

    def earlier_call(self, text: str) -> str:
        """Return what an earlier version made of the id of a call: it carried no digest."""
        id = _CALL.sub(r"\g<id>", text)
        return _digest("call", "" if _GLOBAL.search(id) else self.within, id)

    def sender_of(self, agency: str | None, incident: str | None) -> str:
        """Return who sent an EIDO, as the log has it: the system, and the agency for which it
        writes; without them the agency that gave the incident its id.
        """
        named = [text for text in dict.fromkeys((self.sender, agency)) if text]
        if not named and (found := number_of(incident)):
            named = [found[1]]
        if not named:
            return UNNAMED
        text = "/".join(named)
        plain = is_opaque(text) and is_code(text) and "@" not in text and not looks_personal(text)
        return text if plain else f"sender+{_digest('sender', text)}"

    def is_own_call(self, text: str) -> bool:
        """Return whether this agency wrote the id, for a call that came without one."""
        own = bool(self.agency) and text.startswith(f"{self.agency}/call/")
        return own and not _CALL.search(text)

    def _inside(self, kind: str, text: str | None) -> str:
        prefix = f"{self.agency}/{kind}/" if self.agency else "\n"
        own = (text or "").removeprefix(prefix)
        if own != text and is_opaque(own):
            return _no_address(own)
        return self._foreign(kind, text, self.within)

    def _foreign(self, kind: str, text: str | None, scope: str) -> str:
        """Return an id for what another sender calls so, and nobody else has."""
        if not text:
            raise ValueError(f"an id is {described(text)}; it must be text")
        everywhere = _GLOBAL.search(text) is not None
        cleaned = _UNUSABLE.sub("-", text).strip("-")
        if (not self.marks or (everywhere and cleaned == text)) and is_opaque(cleaned):
            return cleaned if kind == "incident" else _no_address(cleaned)
        digest = _digest(kind, "" if everywhere else scope, text)
        return opaque_id(f"{_readable(text, cleaned) or kind}+{digest}")


def number_of(text: str | None) -> tuple[str, str] | None:
    """Return the number and the agency of the id of an incident; None if it is written otherwise.

    >>> number_of("urn:emergency:uid:incidentid:7:police.example.org")
    ('7', 'police.example.org')
    """
    number, _, agency = (text or "").removeprefix(_INCIDENT).rpartition(":")
    written = (text or "").startswith(_INCIDENT) and is_opaque(number) and bool(agency)
    return (number, agency) if written else None


def _digest(*said: str) -> str:
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _readable(text: str, cleaned: str) -> str:
    """Return what a person may recognize of an id; nothing if it looks personal, or is written in
    words or with letters that no id has, as a name may be.
    """
    if cleaned != text and any(map(str.isalpha, text)):
        return ""
    found = cleaned.removeprefix(_INCIDENT).rpartition("/")[2][:_LONGEST].lstrip("._:@/+-")
    return "" if "@" in found or looks_personal(text) or looks_personal(found) else found


def _no_address(id: str) -> str:
    """Return the id, or a digest if it may be a mail address, which can contain a name."""
    return f"id-{uuid.uuid5(_NAMESPACE, id).hex[:20]}" if "@" in id else id
