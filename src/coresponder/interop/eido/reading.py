"""Read a NENA Emergency Incident Data Object (EIDO, JSON): what it tells, as events.

What an EIDO says of places and names stays out of the log; `left_out` names each part that was not
read, so that a host can put it into the vault.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from coresponder.interop.eido.problems import at_place
from coresponder.interop.eido.told import EidoIncident
from coresponder.interop.eido.unread import unread, word_of
from coresponder.outputs import described

__all__ = ["eido_from", "read_eido"]

_ENDS: dict[str, type[e.IncidentClosed | e.IncidentCancelled | e.IncidentReopened]] = {
    "Closed": e.IncidentClosed,
    "Cancelled": e.IncidentCancelled,
    "ReOpened": e.IncidentReopened,
}
_VERSION = "1.0"
_CALL_KINDS = frozenset({"emergency", "nonEmergency"})
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
        with at_place("$id"):
            names = attrs.evolve(names, within=names.incident(parsed.id))
        return _Reader(document=parsed, names=names).read()
    except ValueError as error:
        raise UnreadableFile(f"{name}: {error}") from None


@attrs.frozen(kw_only=True)
class _Reader:
    document: shape.Document
    names: Names
    left_out: list[str] = attrs.field(factory=list)
    lost: list[str] = attrs.field(factory=list)
    undated: list[e.Event] = attrs.field(factory=list)
    said: list[e.Event] = attrs.field(factory=list)

    def read(self) -> EidoIncident:
        document, began = self.document, self._began()
        self.left_out.extend(unread(document))
        if document.version not in {None, _VERSION}:
            self.left_out.append(
                f"eidoVersion: {word_of(document.version)} is not known here; it is read as {_VERSION}"
            )
        kind = self._kind()
        members = crews.members_of(document, self.names, self.left_out, self.lost)
        calls = list(self._calls(began, kind))
        events: list[e.Event] = [*calls, *self._people(), *self._links()]
        events += [*self._sent(members), *self._moves(members), *self._endings()]
        incident = document.incidents[0] if document.incidents else None
        related = (
            self._id(
                self.names.incident,
                one.incident,
                f"linkComponent[{number}].incidentTrackingIdentifier",
            )
            for number, one in enumerate(document.links)
            if LINKS.get(one.direction or "") is IncidentLink.RELATED
        )
        return EidoIncident(
            incident=self.names.incident(document.id),
            number=incident.number if incident else None,
            called=bool(document.calls),
            ongoing=tuple(self._ongoing()),
            updated=document.updated,
            own=self.names.own_incident(document.id) is not None,
            numbers=tuple(self._numbers()),
            related=tuple(related),
            events=tuple(sorted(events, key=lambda event: event.at)),
            left_out=tuple(self.left_out),
            not_recorded=tuple(self.lost),
            judged=self._judged(incident, kind) if incident else None,
            typed=incident is not None and self._says_what(incident),
            units=tuple(self._units(members)),
            freed=tuple(self._freed(members)),
            said=tuple(self.said),
            undated=tuple(self.undated),
            agency=self.names.agency,
            call_ids=tuple(zip(calls, (one.id for one in document.calls), strict=False)),
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
        if agent is None:
            return "eido"
        return self._id(self.names.agent, agent.ref, "updatedByAgentReference.$ref")

    def _sender(self, part: shape.Part) -> LocalCode:
        """Return who states what a part says."""
        agency = part.by_agency or self.document.by_agency
        return sender_code(self.names.sender_of(agency.ref if agency else None, self.document.id))

    @staticmethod
    def _id(name: Callable[[str | None], str], text: str | None, place: str) -> str:
        """Return an id as the log has it; name the place if it cannot be one."""
        with at_place(place):
            return name(text)

    def _calls(self, began: dt.datetime, kind: e.CallTriaged) -> Iterator[e.CallReceived]:
        parts: tuple[shape.Part, ...] = self.document.calls or (self.document,)
        for number, call in enumerate(parts):
            yield e.CallReceived(
                at=(call.started if isinstance(call, shape.Call) else None) or began,
                by=self._by(call),
                source=self._source(call, f"callComponent[{number}]"),
                nature=kind.nature,
                priority=kind.priority,
                local=(*kind.local, *self._call_id(call)),
            )

    def _call_id(self, call: shape.Part) -> Iterator[LocalCode]:
        """Yield a digest of its `$id`, unless this agency wrote that for a call without one."""
        if isinstance(call, shape.Call) and call.id and not self.names.is_own_call(call.id):
            yield LocalCode(field=CALL_FIELD, code=self.names.call(call.id))

    def _links(self) -> Iterator[e.Event]:
        for number, part in enumerate(self.document.links):
            place, link = f"linkComponent[{number}]", LINKS.get(part.direction or "")
            if link is None:
                said = described(part.direction)
                self.lost.append(
                    f"{place}.linkDirectionCode: {said} is no direction that is known here"
                )
                continue
            by = self._by(part)
            other = self._id(
                self.names.incident, part.incident, f"{place}.incidentTrackingIdentifier"
            )
            told = e.IncidentLinked(at=self._at(part), by=by, other=other, link=link)
            yield self._told(part, told)

    def _source(self, call: shape.Part, place: str) -> CallSource:
        if not isinstance(call, shape.Call):
            return CallSource.OTHER_AGENCY
        if call.local_kind in set(CallSource):
            return CallSource(call.local_kind)
        self._name_if(f"{place}.localCallType", call.local_kind)
        if call.kind not in _CALL_KINDS:
            self._name_if(f"{place}.standardPrimaryCallType", call.kind)
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
        kept = [LocalCode(field=TYPE_FIELD, code=c) for c in codes if is_code(c)]
        kept.append(self._sender(incidents[0] if incidents else self.document))
        priority = None
        self.left_out.extend(
            f"{TYPE_FIELD}: {described(code)} is not a code" for code in codes if not is_code(code)
        )
        for number, one in enumerate(incidents):
            place = f"incidentComponent[{number}]"
            if one.local_type in set(Nature):
                own = Nature(one.local_type)
                nature = own if says(own, codes) else nature
            else:
                self._name_if(f"{place}.incidentTypeInternalCode", one.local_type)
            if one.priority in set(Priority):
                priority = Priority(one.priority)
            else:
                self._name_if(f"{place}.incidentPriorityInternalText", one.priority)
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
        seen: dict[str, shape.Person] = {}
        for number, person in enumerate(self.document.people):
            place = f"personComponent[{number}]"
            id = self._id(self.names.person, person.id, f"{place}.$id")
            if seen.setdefault(id, person) is not person:
                both = " and ".join(_words(one.roles) for one in (seen[id], person))
                self.lost.append(f"{place}: its $id is given twice, with {both}; the first is read")
                continue
            roles = {role: person_role(role) for role in person.roles}
            unknown = [f"{place}: role {word_of(role)}" for role, ours in roles.items() if not ours]
            known = dict.fromkeys(filter(None, roles.values()))
            (self.left_out if known else self.lost).extend(unknown)
            if not person.roles:
                self.lost.append(f"{place}: a person without a role")
            at, by = self._at(person), self._by(person)
            for role in known:
                yield self._told(person, e.PersonInvolved(at=at, by=by, person=id, role=role))

    def _sent(self, members: Mapping[str, TeamMember]) -> Iterator[e.Event]:
        """Yield each dispatch, and each unit that says it was dispatched, if no dispatch has it."""
        for part, team in crews.sent(self.document, members, self.left_out, self.lost):
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
        for unit, kind in crews.moves(self.document, members, self.left_out, self.lost):
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
        for number, one in enumerate(self.document.incidents):
            place = f"incidentComponent[{number}]"
            for index, ended in enumerate(one.dispositions):
                yield from self._disposed(one, ended, f"{place}.dispositionComponent[{index}]")
            yield from self._ended(one, place)

    def _disposed(
        self, one: shape.Incident, ended: shape.Disposition, place: str
    ) -> Iterator[e.Event]:
        if (found := self._disposition(ended, place)) is not None:
            code = LocalCode(field=DISPOSITION_FIELD, code=str(ended.code))
            part = ended if ended.updated else one
            sender = self._sender(ended if ended.by_agency else one)
            told = e.DispositionRecorded(
                at=self._at(part), by=self._by(ended), disposition=found, local=(code, sender)
            )
            yield self._told(part, told)

    def _ended(self, one: shape.Incident, place: str) -> Iterator[e.Event]:
        said = dict.fromkeys(one.statuses)
        ends = [status for status in said if status in _ENDS]
        if len(ends) > 1:
            self.lost.append(
                f"{place}: status {_words(ends)} at one time; nobody can tell which is so now"
            )
        elif ends:
            at, by = self._at(one), self._by(one)
            yield self._told(one, _ENDS[ends[0]](at=at, by=by, local=(self._sender(one),)))
        for status in (word for word in said if word not in {*_ENDS, *_FOLLOW}):
            if status in INCIDENT_STATUSES:
                self.left_out.append(f"{place}: status {status}")
            else:
                self.lost.append(f"{place}: status {described(status)} is none of the registry")

    def _ongoing(self) -> Iterator[tuple[dt.datetime, str]]:
        for one in self.document.incidents:
            yield from ((self._at(one), status) for status in one.statuses if status in _FOLLOW)

    def _disposition(self, ended: shape.Disposition, place: str) -> Disposition | None:
        if ended.category in set(Disposition):
            own = Disposition(ended.category)
            if DISPOSITION_CODES[own] == ended.code:
                return own
        self._name_if(f"{place}.dispositionCategoryText", ended.category)
        if (found := DISPOSITIONS.get(ended.code or "")) is None:
            code = ended.code if ended.code and is_code(ended.code) else described(ended.code)
            self.lost.append(f"{place}: code {code} says no disposition of ours")
        return found


def _words(texts: Iterable[str]) -> str:
    return " and ".join(map(word_of, texts)) or "nothing"
