"""Read a NENA Emergency Incident Data Object (EIDO, JSON): what it tells, as events.

What an EIDO says of places and names stays out of the log; `left_out` names each part that was not
read, so that a host can put it into the vault.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs

from coresponder.documents.reading import read_json_file
from coresponder.domain import events as e
from coresponder.domain.objects import LocalCode, Team, TeamMember
from coresponder.domain.types import is_code
from coresponder.domain.vocabulary import (
    CallSource,
    Disposition,
    IncidentLink,
    Nature,
    Priority,
)
from coresponder.errors import UnreadableFile
from coresponder.interop.eido import crews, shape
from coresponder.interop.eido.codes import (
    DISPOSITION_CODES,
    DISPOSITIONS,
    INCIDENT_STATUSES,
    LINKS,
    NATURES,
    person_role,
    says,
)
from coresponder.interop.eido.kept import (
    CALL_FIELD,
    DISPOSITION_FIELD,
    TYPE_FIELD,
    UPDATED_FIELD,
    sender_code,
)
from coresponder.interop.eido.names import Names, number_of
from coresponder.interop.eido.told import EidoIncident
from coresponder.interop.eido.unread import unread, word_of
from coresponder.outputs import described

__all__ = ["eido_from", "read_eido"]

_ENDS: dict[str, type[e.IncidentClosed | e.IncidentCancelled | e.IncidentReopened]] = {
    "Closed": e.IncidentClosed,
    "Cancelled": e.IncidentCancelled,
    "ReOpened": e.IncidentReopened,
}
_FOLLOW = frozenset({"Active", "ResourcesAssigned", "ResourcesEnroute", "ResourcesOnscene"})
"""What follows from the units, and is not recorded again."""

_Event = TypeVar("_Event", bound=e.Event)


def read_eido(path: str | Path, *, agency: str | None = None) -> EidoIncident:
    """Read one EIDO file.

    Args:
        path: the file.
        agency: who reads it: ids that this agency wrote are read back as they were.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: it is not JSON, has another shape, or has neither an id nor a time.
    """
    return eido_from(read_json_file(path), name=Path(path).name, agency=agency)


def eido_from(
    document: Any, *, name: str = "EIDO", agency: str | None = None, marks: bool = True
) -> EidoIncident:
    """Read an EIDO that was parsed already.

    Args:
        document: the EIDO, as JSON is parsed.
        name: what it is called in an error.
        agency: see `read_eido`.
        marks: False reads the ids as they were recorded before ADR 0215, when a sender's short id
            could be the same as one of ours.

    Raises:
        UnreadableFile: it has another shape, or has neither an id nor a time.
    """
    parsed = shape.document_of(document, name)
    sender = parsed.issuer or (parsed.by_agency.ref if parsed.by_agency else "")
    try:
        names = Names(agency, sender=sender, marks=marks)
        names = attrs.evolve(names, within=names.incident(parsed.id))
        code = sender_code(
            names.sender_of(parsed.by_agency.ref if parsed.by_agency else None, parsed.id)
        )
        return _Reader(document=parsed, names=names, sender=code).read()
    except ValueError as error:
        raise UnreadableFile(f"{name}: {error}") from None


@attrs.frozen(kw_only=True)
class _Reader:
    document: shape.Document
    names: Names
    sender: LocalCode
    left_out: list[str] = attrs.field(factory=list)
    undated: list[e.Event] = attrs.field(factory=list)
    said: list[e.Event] = attrs.field(factory=list)

    def read(self) -> EidoIncident:
        document, began = self.document, self._began()
        self.left_out.extend(unread(document))
        kind = self._kind()
        members = crews.members_of(document, self.names, self.left_out)
        events: list[e.Event] = [*self._calls(began, kind), *self._people(), *self._links()]
        events += [*self._sent(members), *self._moves(members), *self._endings()]
        incident = document.incidents[0] if document.incidents else None
        related = (
            self.names.incident(one.incident)
            for one in document.links
            if LINKS.get(one.direction or "") is IncidentLink.RELATED
        )
        return EidoIncident(
            incident=self.names.incident(document.id),
            number=incident.number if incident else None,
            sender=self.sender.code,
            called=bool(document.calls),
            ongoing=tuple(self._ongoing()),
            updated=document.updated,
            own=self.names.own_incident(document.id) is not None,
            numbers=tuple(self._numbers()),
            related=tuple(related),
            events=tuple(sorted(events, key=lambda event: event.at)),
            left_out=tuple(self.left_out),
            judged=self._judged(incident, kind) if incident else None,
            typed=incident is not None and self._says_what(incident),
            units=tuple(self._units(members)),
            freed=tuple(self._freed(members)),
            said=tuple(self.said),
            undated=tuple(self.undated),
            agency=self.names.agency,
            earlier_calls=tuple(self.names.calls(call.id for call in document.calls)),
        )

    def _numbers(self) -> Iterator[tuple[str, str]]:
        for text in (self.document.id, *(one.incident for one in self.document.links)):
            if found := number_of(text):
                yield found

    def _judged(self, incident: shape.Incident, kind: e.CallTriaged) -> e.CallTriaged | None:
        if not self._says_what(incident) and kind.priority is None:
            return None
        told = attrs.evolve(kind, at=self._at(incident), by=self._by(incident))
        return self._told(incident, told)

    def _at(self, part: shape.Part) -> dt.datetime:
        """Return when a part was as it says: by its own time, or by that of the EIDO."""
        return part.updated or self.document.updated or self._began()

    def _told(self, part: shape.Part, event: _Event) -> _Event:
        """Return an event; note it if its part does not say when."""
        if part.updated is None:
            self.undated.append(event)
        return event

    def _began(self) -> dt.datetime:
        """Return when the incident began, by the first part that says so."""
        times = [call.started for call in self.document.calls]
        times += [one.created or one.updated for one in self.document.incidents]
        parts = (*self.document.units, *self.document.dispatches, *self.document.people)
        of_parts = sorted(one.updated for one in parts if one.updated)
        for time in filter(None, [*times, self.document.updated, *of_parts]):
            return time
        raise ValueError("no component says when it began")

    def _by(self, part: shape.Part) -> str:
        agent = part.by_agent or self.document.by_agent
        return self.names.agent(agent.ref) if agent else "eido"

    def _calls(self, began: dt.datetime, kind: e.CallTriaged) -> Iterator[e.Event]:
        parts: tuple[shape.Part, ...] = self.document.calls or (self.document,)
        for call in parts:
            yield e.CallReceived(
                at=(call.started if isinstance(call, shape.Call) else None) or began,
                by=self._by(call),
                source=self._source(call),
                nature=kind.nature,
                priority=kind.priority,
                local=(*kind.local, *self._call_id(call)),
            )

    def _call_id(self, call: shape.Part) -> Iterator[LocalCode]:
        """Yield a digest of its `$id`, unless this agency wrote that for a call without one."""
        if isinstance(call, shape.Call) and call.id and not self.names.is_own_call(call.id):
            yield LocalCode(field=CALL_FIELD, code=self.names.call(call.id))

    def _links(self) -> Iterator[e.Event]:
        for part in self.document.links:
            link = LINKS.get(part.direction or "")
            if link is None:
                self.left_out.append(f"linkComponent: direction {described(part.direction)}")
                continue
            other, by = self.names.incident(part.incident), self._by(part)
            told = e.IncidentLinked(at=self._at(part), by=by, other=other, link=link)
            yield self._told(part, told)

    def _source(self, call: shape.Part) -> CallSource:
        if not isinstance(call, shape.Call):
            return CallSource.OTHER_AGENCY
        if call.local_kind in set(CallSource):
            return CallSource(call.local_kind)
        self._name_if("callComponent.localCallType", call.local_kind)
        return CallSource.NINE_ONE_ONE if call.kind == "emergency" else CallSource.OTHER_AGENCY

    def _kind(self) -> e.CallTriaged:
        """Return what the incident is. Our own word beside the code counts if it says the same."""
        incidents = self.document.incidents
        codes = [code for one in incidents for code in one.types]
        nature = next((NATURES[code] for code in codes if code in NATURES), Nature.OTHER)
        self.left_out.extend(
            f"{TYPE_FIELD}: {code} is no type of the registry that is known here"
            for code in codes
            if is_code(code) and code not in NATURES
        )
        kept = [LocalCode(field=TYPE_FIELD, code=c) for c in codes if is_code(c)] + [self.sender]
        priority = None
        self.left_out.extend(
            f"{TYPE_FIELD}: {described(code)} is not a code" for code in codes if not is_code(code)
        )
        for one in incidents:
            if one.local_type in set(Nature):
                own = Nature(one.local_type)
                nature = own if says(own, codes) else nature
            else:
                self._name_if("incidentTypeInternalCode", one.local_type)
            if one.priority in set(Priority):
                priority = Priority(one.priority)
            else:
                self._name_if("incidentPriorityInternalText", one.priority)
            if updated := one.updated or self.document.updated:
                kept.append(LocalCode(field=UPDATED_FIELD, code=updated.isoformat()))
        return e.CallTriaged(
            at=self._began(), by="eido", nature=nature, priority=priority, local=tuple(kept)
        )

    @staticmethod
    def _says_what(incident: shape.Incident) -> bool:
        """Return whether what kind of incident it is was said in a word that is known here."""
        return bool({*incident.types} & {*NATURES}) or incident.local_type in set(Nature)

    def _name_if(self, field: str, text: str | None) -> None:
        if text:
            self.left_out.append(f"{field}: {described(text)} is not a word that is known here")

    def _people(self) -> Iterator[e.Event]:
        seen: set[str] = set()
        for number, person in enumerate(self.document.people):
            id, place = self.names.person(person.id), f"personComponent[{number}]"
            if id in seen:
                self.left_out.append(f"{place}: its $id is given twice")
                continue
            seen.add(id)
            roles = {role: person_role(role) for role in person.roles}
            self.left_out.extend(
                f"personComponent role {word_of(role)}" for role, ours in roles.items() if not ours
            )
            if not person.roles:
                self.left_out.append(f"{place}: a person without a role")
            at, by = self._at(person), self._by(person)
            for role in dict.fromkeys(filter(None, roles.values())):
                yield self._told(person, e.PersonInvolved(at=at, by=by, person=id, role=role))

    def _sent(self, members: Mapping[str, TeamMember]) -> Iterator[e.Event]:
        """Yield each dispatch, and each unit that says it was dispatched, if no dispatch has it."""
        for part, team in crews.sent(self.document, members, self.left_out):
            yield self._dispatched(part, team)
        for part, team in crews.only_said(self.document, members):
            self.said.append(self._dispatched(part, team))
            yield self.said[-1]

    def _dispatched(self, part: shape.Part, team: Team) -> e.TeamDispatched:
        return self._told(part, e.TeamDispatched(at=self._at(part), by=self._by(part), team=team))

    def _freed(self, members: Mapping[str, TeamMember]) -> Iterator[tuple[e.ResponderCleared, str]]:
        for unit, word, member in crews.freed(self.document, members):
            yield self._moved(unit, e.ResponderCleared, member), word

    def _moves(self, members: Mapping[str, TeamMember]) -> Iterator[e.Event]:
        for unit, kind in crews.moves(self.document, members, self.left_out):
            yield self._moved(unit, kind, members[str(unit.id)])

    def _moved(self, unit: shape.Unit, kind: Callable[..., _Event], member: TeamMember) -> _Event:
        at, by = self._at(unit), self._by(unit)
        return self._told(unit, kind(at=at, by=by, responder=member.responder, role=member.role))

    def _units(self, members: Mapping[str, TeamMember]) -> Iterator[crews.UnitState]:
        for unit in crews.known(self.document, members):
            yield crews.UnitState(
                member=members[str(unit.id)],
                dispatched="Dispatched" in unit.statuses,
                at=unit.updated,
            )

    def _endings(self) -> Iterator[e.Event]:
        for one in self.document.incidents:
            for ended in one.dispositions:
                if (found := self._disposition(ended)) is not None:
                    code = LocalCode(field=DISPOSITION_FIELD, code=str(ended.code))
                    part = ended if ended.updated else one
                    told = e.DispositionRecorded(
                        at=self._at(part),
                        by=self._by(ended),
                        disposition=found,
                        local=(code, self.sender),
                    )
                    yield self._told(part, told)
            for status in one.statuses:
                if status in _ENDS:
                    end = _ENDS[status](at=self._at(one), by=self._by(one), local=(self.sender,))
                    yield self._told(one, end)
                elif status not in _FOLLOW:
                    word = status if status in INCIDENT_STATUSES else described(status)
                    self.left_out.append(f"incidentComponent status {word}")

    def _ongoing(self) -> Iterator[tuple[dt.datetime, str]]:
        for one in self.document.incidents:
            yield from ((self._at(one), status) for status in one.statuses if status in _FOLLOW)

    def _disposition(self, ended: shape.Disposition) -> Disposition | None:
        if ended.category in set(Disposition):
            own = Disposition(ended.category)
            if DISPOSITION_CODES[own] == ended.code:
                return own
        self._name_if("dispositionCategoryText", ended.category)
        if (found := DISPOSITIONS.get(ended.code or "")) is None:
            code = ended.code if ended.code and is_code(ended.code) else described(ended.code)
            self.left_out.append(f"dispositionComponent: code {code} says no disposition of ours")
        return found
