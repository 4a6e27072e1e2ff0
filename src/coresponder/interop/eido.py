"""Read a NENA Emergency Incident Data Object (EIDO, JSON) into the events that open an incident.

Places and names in an EIDO stay out of the log. `left_out` names each component that was not read,
so that a host can put it into the vault.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from coresponder.documents.reading import read_json_file
from coresponder.domain import events as e
from coresponder.domain.objects import LocalCode
from coresponder.domain.types import is_code, opaque_id, parse_instant
from coresponder.domain.vocabulary import CallSource, Nature, PersonRole
from coresponder.errors import UnreadableFile
from coresponder.outputs import described

__all__ = ["NATURES", "EidoIncident", "read_eido"]

NATURES: Mapping[str, Nature] = {
    "EDP": Nature.MENTAL_HEALTH_CRISIS, "MNTL": Nature.MENTAL_HEALTH_CRISIS, "MTLV": Nature.MENTAL_HEALTH_CRISIS,
    "SUICIDE": Nature.SUICIDE_ATTEMPT, "SUICTHRT": Nature.SUICIDE_THREAT, "OD": Nature.OVERDOSE, "WELFARE": Nature.WELFARE_CHECK,
    "DVA": Nature.DOMESTIC_VIOLENCE, "DVNA": Nature.DOMESTIC_VIOLENCE, "DEATHNTF": Nature.DEATH_NOTIFICATION, "ABUSE": Nature.CHILD_EXPOSED_TO_VIOLENCE,
    "ASSAULT": Nature.VIOLENT_CRIME, "SHOOT": Nature.VIOLENT_CRIME, "STABBING": Nature.VIOLENT_CRIME, "ROBBERY": Nature.VIOLENT_CRIME,
    "INTOX": Nature.INTOXICATION, "TRESPASS": Nature.TRESPASS,
    "HOMICIDE": Nature.VIOLENT_CRIME, "DISORD": Nature.DISTURBANCE, "FIGHT": Nature.DISTURBANCE,
}  # fmt: skip
"""Codes of the NENA common incident type registry. Any other code becomes `other`, and is kept as
the local code.
"""
_ROLES = {
    "Caller": PersonRole.CALLER, "ReportingParty": PersonRole.CALLER, "Victim": PersonRole.VICTIM, "Witness": PersonRole.WITNESS,
    "Suspect": PersonRole.SUSPECT, "Patient": PersonRole.PERSON_IN_CRISIS, "InvolvedPerson": PersonRole.PERSON_IN_CRISIS,
    "PatientRelative": PersonRole.FAMILY, "VictimRelative": PersonRole.FAMILY,
}  # fmt: skip
_READ = {"callComponent", "incidentComponent", "personComponent"}


@attrs.frozen(kw_only=True)
class EidoIncident:
    """The result of reading an EIDO: the incident's id, the events that open it, and the components
    that were not read.
    """

    incident: str
    events: tuple[e.Event, ...]
    left_out: tuple[str, ...]


def read_eido(path: str | Path) -> EidoIncident:
    """Read one EIDO file.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: the file is not JSON, or lacks an id or a time.
    """
    document, name = read_json_file(path), Path(path).name
    if not isinstance(document, dict) or not document.get("$id"):
        raise UnreadableFile(f"{name}: this is not an EIDO: it has no '$id'")
    try:
        return _incident(name, document)
    except ValueError as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile(f"{name}: {error}") from None


def _incident(name: str, document: dict[str, Any]) -> EidoIncident:
    calls, incidents = (
        _components(document, "callComponent"),
        _components(document, "incidentComponent"),
    )
    at = _time(name, calls, incidents, document)
    agent = (calls[0] if calls else document).get("updatedByAgentReference")
    by = _id((agent.get("$ref") if isinstance(agent, dict) else None) or "eido")
    codes = [code for i in incidents for code in _texts(i.get("incidentTypeCommonRegistryText"))]
    nature = next((NATURES[code] for code in codes if code in NATURES), Nature.OTHER)
    field = "incidentTypeCommonRegistryText"
    local = tuple(LocalCode(field=field, code=code) for code in codes if is_code(code))
    kinds = [call.get("standardPrimaryCallType") for call in calls]
    source = CallSource.NINE_ONE_ONE if "emergency" in kinds else CallSource.OTHER_AGENCY
    events: list[e.Event] = [
        e.CallReceived(at=at, by=by, source=source, nature=nature, local=local)
    ]
    left_out = [
        key
        for key, value in document.items()
        if key.endswith("Component") and key not in _READ and value
    ]
    left_out += [f"{field}: {described(code)} is not a code" for code in codes if not is_code(code)]
    for person in _components(document, "personComponent"):
        roles = _texts(person.get("personIncidentRoleRegistryText"))
        known = [_ROLES[role] for role in roles if role in _ROLES]
        left_out += [f"personComponent role {role}" for role in roles if role not in _ROLES]
        events += [
            e.PersonInvolved(at=at, by=by, person=_id(person.get("$id")), role=role)
            for role in known
        ]
    return EidoIncident(
        incident=_id(document["$id"]), events=tuple(events), left_out=tuple(left_out)
    )


def _components(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = document.get(name) or []
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError(f"{name} is neither an object nor a list of objects")
    return found


def _texts(value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else value or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("a registry text is neither a text nor a list of texts")
    return found


def _id(text: Any) -> str:
    if not isinstance(text, str):
        raise ValueError(f"an id is {described(text)}; it must be text")  # noqa: TRY004 - one error type for every mistake of a sender
    return opaque_id(re.sub(r"[^A-Za-z0-9._:@/+-]+", "-", text).strip("-"))


def _time(
    name: str,
    calls: list[dict[str, Any]],
    incidents: list[dict[str, Any]],
    document: dict[str, Any],
) -> dt.datetime:
    candidates = [call.get("callStartTimestamp") for call in calls]
    candidates += [i.get("incidentCreationTimestamp") for i in incidents] + [
        document.get("lastUpdateTimeStamp")
    ]
    for text in filter(None, candidates):
        return parse_instant(text)
    raise UnreadableFile(f"{name}: no component says when it began")
