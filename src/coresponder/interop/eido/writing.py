"""Write an incident as a NENA Emergency Incident Data Object (EIDO, STA-021.1).

An EIDO says how an incident stands: its calls, units, people by their role, and its end. Words in
the vault stay there: a note is an id that the other agency can ask for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import LocalCode
from coresponder.domain.types import opaque_id
from coresponder.domain.vocabulary import CallSource, Nature, Presence
from coresponder.interop.eido.calls import call_id
from coresponder.interop.eido.codes import (
    DISPOSITION_CODES,
    DISPOSITIONS,
    LINKS,
    NATURE_CODES,
    NATURES,
    NO_CODE,
    PERSON_ROLE_CODES,
    RESOURCE_TYPES,
    SPECIALIST,
    SPECIALISTS,
)
from coresponder.interop.eido.kept import (
    DISPOSITION_FIELD,
    TYPE_FIELD,
    UPDATED_FIELD,
)
from coresponder.interop.eido.names import Names
from coresponder.interop.eido.standing import MOVES, Standing, counts, standings
from coresponder.program import Case
from coresponder.program.told import UNKNOWN_STATE

__all__ = ["READS", "eido_of"]

_Component = dict[str, Any]
_INTERNAL = frozenset({CallSource.OFFICER_INITIATED, CallSource.OUTREACH, CallSource.WALK_IN})
_STATUSES = {"OnScene": "ResourcesOnscene", "EnRoute": "ResourcesEnroute", "Dispatched": "ResourcesAssigned"}  # fmt: skip
_AVAILABLE = {"Cleared": "Available"}
_ENDED: dict[type[e.Event], str] = {
    e.IncidentClosed: "Closed",
    e.IncidentCancelled: "Cancelled",
    e.IncidentReopened: "ReOpened",
}
_OF_INCIDENT = (e.CallReceived, e.CallTriaged, e.DispositionRecorded, *_ENDED)
READS = frozenset(
    event.__name__
    for event in (
        *_OF_INCIDENT, e.TeamDispatched, *MOVES, e.SceneCleared, e.PersonInvolved, e.PersonIdentified,
        e.NoteAdded, e.IncidentLinked,
    )
)  # fmt: skip
"""The event types of which an EIDO tells something."""


def eido_of(
    case: Case, *, agency: str, kinds: Sequence[str] = ("police",), element: str | None = None
) -> dict[str, Any]:
    """Return an incident as an EIDO, ready for JSON.

    Args:
        case: the incident.
        agency: who writes it: the agency's globally unique id, usually a domain name.
        kinds: what kind of agency it is, out of the IANA registry `urn:emergency:service:responder`.
        element: the id of the system that writes it; the agency's, if there is no other.

    Raises:
        ValueError: the agency is not an opaque id, or the incident has no call.
    """
    writer = _Writer.of(case, Names(opaque_id(agency)))
    found = writer.components()
    parts = [
        part for group in found.values() for part in (group if isinstance(group, list) else [group])
    ]
    return {
        "$id": writer.names.out_incident(case.id),
        "lastUpdateTimeStamp": max(part["lastUpdateTimeStamp"] for part in parts),
        "updatedByAgencyReference": {"$ref": agency},
        "eidoVersion": "1.0",
        "issuingElementIdentification": element or agency,
        "agencyComponent": [
            {
                "$id": agency,
                "lastUpdateTimeStamp": writer.calls[0].at.isoformat(),
                "updatedByAgencyReference": {"$ref": agency},
                "agencyRoleDescriptionRegistryText": ["CallReceiving"]
                + (["Dispatching"] if writer.dispatches else []),
                "agencyType": list(kinds),
            }
        ],
        "agentComponent": writer.agents(parts),
        **found,
    }


@attrs.frozen(kw_only=True)
class _Writer:
    """The events of an incident that an EIDO tells, in the order of time."""

    id: str
    names: Names
    happened: tuple[e.Event, ...]
    notes: tuple[e.NoteAdded, ...]
    links: tuple[e.IncidentLinked, ...]
    calls: tuple[e.CallReceived, ...]
    dispatches: tuple[e.TeamDispatched, ...]
    units: dict[str, Standing]
    nature: Nature
    codes: tuple[LocalCode, ...]
    priority: str | None
    state: str

    @classmethod
    def of(cls, case: Case, names: Names) -> _Writer:
        happened = tuple(entry.event for entry in case.entries() if counts(entry))
        valid = tuple(case.valid())
        notes = tuple(event for event in valid if isinstance(event, e.NoteAdded))
        links = tuple(event for event in valid if isinstance(event, e.IncidentLinked))
        call = case.incident.call
        calls = tuple(event for event in happened if isinstance(event, e.CallReceived))
        if call is None or not calls:
            raise ValueError(f"incident {case.id} has no call, and an EIDO begins with one")
        return cls(
            id=case.id,
            names=names,
            happened=happened,
            notes=notes,
            links=links,
            calls=calls,
            dispatches=tuple(event for event in happened if isinstance(event, e.TeamDispatched)),
            units=standings(happened),
            nature=call.nature,
            codes=call.local,
            priority=call.priority,
            state=case.state,
        )

    def components(self) -> dict[str, Any]:
        found = {
            "linkComponent": list(self._links()),
            "callComponent": list(self._calls()),
            "incidentComponent": self._incident(),
            "dispatchComponent": list(self._dispatches()),
            "emergencyResourceComponent": list(self._units()),
            "personComponent": list(self._people()),
            "notesComponent": list(self._notes()),
        }
        return {name: parts for name, parts in found.items() if parts}

    def agents(self, parts: Iterable[_Component]) -> list[_Component]:
        """Return everybody whom these components name, by an opaque id."""
        inner = [one for part in parts for one in (part, *part.get("dispositionComponent", ()))]
        ids = {one["updatedByAgentReference"]["$ref"] for one in inner}
        takers = {self.names.out("agent", call.by) for call in self.calls}
        return [
            {
                "$id": id,
                "lastUpdateTimeStamp": self.calls[0].at.isoformat(),
                "updatedByAgencyReference": {"$ref": self.names.agency},
                "agentRoleRegistryText": ["Call Taking" if id in takers else "Dispatching"],
                "agencyReference": {"$ref": self.names.agency},
            }
            for id in sorted(ids)
        ]

    def _part(self, id: str, at: dt.datetime, by: str, **values: Any) -> _Component:
        return {
            "$id": id,
            "lastUpdateTimeStamp": at.isoformat(),
            "updatedByAgencyReference": {"$ref": self.names.agency},
            "updatedByAgentReference": {"$ref": self.names.out("agent", by)},
        } | {name: value for name, value in values.items() if value is not None}

    def _own(self, kind: str, number: int) -> str:
        return self.names.part(kind, self.id, number)

    def _calls(self) -> Iterator[_Component]:
        for number, call in enumerate(self.calls, 1):
            emergency = call.source is CallSource.NINE_ONE_ONE
            yield self._part(
                self.names.out_call(self.id, number, call_id(call)),
                call.at,
                call.by,
                callStartTimestamp=call.at.isoformat(),
                standardPrimaryCallType="emergency" if emergency else "nonEmergency",
                localCallType=call.source.value,
                direction="internal" if call.source in _INTERNAL else "incoming",
                callStateRegistryText="callAnswered",
                agentReference=[{"$ref": self.names.out("agent", call.by)}],
            )

    def _links(self) -> Iterator[_Component]:
        """Yield the incidents that it is linked with, also at other agencies."""
        codes = {link: code for code, link in LINKS.items()}
        for number, event in enumerate((one for one in self.links if one.link in codes), 1):
            yield self._part(
                self._own("link", number),
                event.at,
                event.by,
                incidentTrackingIdentifier=self.names.out_incident(event.other),
                linkDirectionCode=codes[event.link],
            )

    def _incident(self) -> _Component:
        told = [event for event in self.happened if isinstance(event, _OF_INCIDENT)]
        ended = [_ENDED[type(event)] for event in told if type(event) in _ENDED]
        where = {unit.status for unit in self.units.values() if unit.member}
        standing = next((said for own, said in _STATUSES.items() if own in where), "Active")
        kept = {code.field: code.code for code in self.codes}
        known = kept.get(TYPE_FIELD)
        own = NATURE_CODES.get(self.nature, NO_CODE)
        code = known if known and NATURES.get(known, Nature.OTHER) is self.nature else own
        last, by = told[-1], [event.by for event in told if type(event) in _ENDED]
        updated = (
            dt.datetime.fromisoformat(kept[UPDATED_FIELD]) if UPDATED_FIELD in kept else last.at
        )
        return self._part(
            self._own("incident", 1),
            max(last.at, updated),
            (by or [self.calls[0].by])[-1],
            incidentTypeCommonRegistryText=code,
            incidentTypeInternalCode=self.nature.value,
            incidentPriorityInternalText=self.priority,
            incidentStatusCommonRegistryText=None
            if self.state == UNKNOWN_STATE
            else [ended[-1] if ended else standing],
            internalIncidentId=self.id,
            personReference=_references(self._people()),
            dispositionComponent=list(self._dispositions()) or None,
            notesReference=_references(self._notes()),
        )

    def _dispositions(self) -> Iterator[_Component]:
        recorded = [event for event in self.happened if isinstance(event, e.DispositionRecorded)]
        for event in recorded[-1:]:
            kept = {code.code for code in event.local if code.field == DISPOSITION_FIELD}
            told = [code for code in kept if DISPOSITIONS.get(code) is event.disposition]
            yield self._part(
                self._own("disposition", 1),
                event.at,
                event.by,
                dispositionCommonRegistryCode=(told or [DISPOSITION_CODES[event.disposition]])[0],
                dispositionPrimaryIndicator=True,
                dispositionCategoryText=event.disposition.value,
            )

    def _dispatches(self) -> Iterator[_Component]:
        for number, event in enumerate(self.dispatches, 1):
            sent = [{"$ref": self.names.out("unit", id)} for id in dict.fromkeys(event.responders)]
            yield self._part(
                self._own("dispatch", number),
                event.at,
                event.by,
                agencyReference={"$ref": self.names.agency},
                agentReference={"$ref": self.names.out("agent", event.by)},
                emergencyResourceReference=sent,
            )

    def _units(self) -> Iterator[_Component]:
        for id, unit in sorted(self.units.items()):
            if unit.member is None:
                continue  # the registry has no unit without a type
            role, here = unit.member.role, unit.member.presence
            yield self._part(
                self.names.out("unit", id),
                unit.at,
                unit.by,
                emergencyResourceTypeCommonRegistryText=RESOURCE_TYPES[role],
                emergencyResourceTypeInternalText=role.value,
                resourceAttributeRegistryText=[SPECIALIST] if role in SPECIALISTS else [],
                resourceAttributeInternalText=None if here is Presence.IN_PERSON else [here.value],
                primaryUnitStatusRegistryText=_AVAILABLE.get(unit.status, "NotAvailable"),
                secondaryUnitStatusRegistryText=[unit.status],
                agentReference=[],
            )

    def _people(self) -> Iterator[_Component]:
        involved: dict[str, list[e.PersonInvolved]] = {}
        for event in self.happened:
            if isinstance(event, e.PersonInvolved):
                involved.setdefault(event.person, []).append(event)
        for id, events in sorted(involved.items()):
            roles = dict.fromkeys(PERSON_ROLE_CODES[event.role] for event in events)
            yield self._part(
                self.names.out("person", id),
                events[-1].at,
                events[-1].by,
                personIncidentRoleRegistryText=list(roles),
            )

    def _notes(self) -> Iterator[_Component]:
        for event in self.notes:
            yield self._part(
                self.names.out("note", event.entry),
                event.at,
                event.by,
                notesActionComments=f"Kept by {self.names.agency} under {event.entry}",
                agentReference={"$ref": self.names.out("agent", event.by)},
            )


def _references(parts: Iterable[_Component]) -> list[_Component] | None:
    return [{"$ref": part["$id"]} for part in parts] or None
