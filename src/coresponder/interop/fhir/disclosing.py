"""Write one entry of the disclosure log as FHIR R4: an AuditEvent and a Provenance.

Sources: FHIR R4, AuditEvent and Provenance; DICOM audit codes; HL7 purpose of use (v3-ActReason).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.disclosed import RecordDisclosed
from coresponder.domain.types import opaque_id
from coresponder.domain.vocabulary import DisclosureWay
from coresponder.interop.fhir.codes import concept, purpose_of_use, system_of
from coresponder.interop.fhir.writing import NAMESPACE

__all__ = ["audit_event_of", "provenance_of"]

_Resource = dict[str, Any]
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_TERMS = "http://terminology.hl7.org/CodeSystem"
_DISCLOSED = {"system": f"{_TERMS}/iso-21089-lifecycle", "code": "disclose"}
_SENT, _LOOKED_AT = ("110106", "Export"), ("110110", "Patient Record")
_TYPES: Mapping[DisclosureWay, tuple[str, str]] = {
    DisclosureWay.EXPORT: _SENT,
    DisclosureWay.NOTICE: _SENT,
    DisclosureWay.VIEW: _LOOKED_AT,
    DisclosureWay.RECALL: _LOOKED_AT,
}


def audit_event_of(
    shown: RecordDisclosed, *, incident: str, number: int, agency: str
) -> dict[str, Any]:
    """Return the AuditEvent of a disclosure: who was shown what of whom, for what, by which right.

    Args:
        shown: the entry of the log.
        incident: the incident of whose record something was shown.
        number: the number of the entry among those of the incident.
        agency: the id under which the agency writes, usually a domain name.

    Raises:
        ValueError: the agency is not an opaque id.
    """
    one = _Entry(shown, incident, number, opaque_id(agency))
    code, display = _TYPES[shown.way]
    return one.resource("AuditEvent") | {
        "type": {"system": _DICOM, "code": code, "display": display},
        "subtype": [_DISCLOSED],
        "action": "R",
        "recorded": shown.at.isoformat(),
        "outcome": "0",
        **one.purpose("purposeOfEvent"),
        "agent": list(one.agents()),
        "source": {"observer": one.us()},
        "entity": list(one.entities()),
    }


def provenance_of(
    shown: RecordDisclosed, *, incident: str, number: int, agency: str
) -> dict[str, Any]:
    """Return the Provenance of a disclosure: that the incident's record was shown, by whom and to
    whom. The arguments are those of `audit_event_of`.
    """
    one = _Entry(shown, incident, number, opaque_id(agency))
    to = {"type": concept("participation", "IRCP"), "who": one.known("responder", shown.viewer)}
    if shown.agency is not None:
        to["onBehalfOf"] = one.known("receiver", shown.agency)
    found = one.resource("Provenance") | {
        "target": [one.known("encounter", incident)],
        "occurredDateTime": shown.at.isoformat(),
        "recorded": shown.at.isoformat(),
        **one.purpose("reason"),
        "activity": {"coding": [_DISCLOSED]},
        "agent": [{"who": one.known("responder", shown.by)}, to],
    }
    rests = [{"role": "source", "what": one.known("consent-id", id)} for id in shown.consents]
    return found | ({"entity": rests} if rests else {})


_TYPE_OF = {"responder": "Practitioner", "receiver": "Organization", "encounter": "Encounter", "person": "Patient", "consent-id": "Consent"}  # fmt: skip


@attrs.frozen
class _Entry:
    shown: RecordDisclosed
    incident: str
    number: int
    agency: str

    def resource(self, kind: str) -> _Resource:
        name = "\n".join((self.agency, self.incident, kind, str(self.number)))
        return {"resourceType": kind, "id": str(uuid.uuid5(NAMESPACE, name))}

    def known(self, kind: str, id: str) -> _Resource:
        said = {"identifier": {"system": system_of(self.agency, kind), "value": id}}
        return ({"type": _TYPE_OF[kind]} if kind in _TYPE_OF else {}) | said

    def us(self) -> _Resource:
        id = {"system": "urn:ietf:rfc:3986", "value": f"urn:coresponder:{self.agency}"}
        return {"type": "Organization", "identifier": id}

    def purpose(self, field: str) -> _Resource:
        """Return the purpose under a field."""
        purpose = self.shown.purpose
        if purpose is None:
            return {}
        return {field: [{"coding": [purpose_of_use(purpose)], "text": purpose.value}]}

    def agents(self) -> Iterator[_Resource]:
        """Yield who was shown it, their agency, and who showed it; whoever did that asked for it."""
        one = self.shown
        roles = {"role": [{"text": role} for role in one.roles]} if one.roles else {}
        yield self._agent("110152", "responder", one.viewer, asked=one.by == one.viewer) | roles
        if one.agency is not None:
            yield self._agent("110152", "receiver", one.agency, asked=False)
        if one.by != one.viewer:
            yield self._agent("110153", "responder", one.by, asked=True)

    def _agent(self, code: str, kind: str, id: str, *, asked: bool) -> _Resource:
        type = {"coding": [{"system": _DICOM, "code": code}]}
        return {"type": type, "who": self.known(kind, id), "requestor": asked}

    def entities(self) -> Iterator[_Resource]:
        """Yield the record with the right to show it, the people, what was shown, the consents."""
        one = self.shown
        right = {"basis": one.basis, "authority": one.authority, "access": one.access}
        yield {
            "what": self.known("encounter", self.incident),
            "detail": [{"type": name, "valueString": said} for name, said in right.items() if said],
        }
        patient = {"system": f"{_TERMS}/object-role", "code": "1"}
        for person in one.people:
            yield {"what": self.known("person", person), "role": patient}
        for entry in one.what:
            yield {"what": self.known("entry", entry)}
        for consent in one.consents:
            yield {"what": self.known("consent-id", consent)}
