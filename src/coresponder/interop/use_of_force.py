"""What of an incident the FBI's National Use-of-Force Data Collection asks, as far as the record
knows it; the rest is named, for a person to fill in.

Source: FBI, National Use-of-Force Data Collection, what data will be collected (OMB 1110-0071).
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import Incident, Person
from coresponder.domain.types import utc
from coresponder.domain.vocabulary import (
    ForceKind,
    Injured,
    InjurySeverity,
    LocationType,
    Nature,
)
from coresponder.program import Case

__all__ = ["ForceReport", "ForceSubject", "force_report"]

_LOCATIONS = {
    LocationType.HOME: "Residence/Home", LocationType.STREET: "Highway/Road/Alley/Street/Sidewalk",
    LocationType.SCHOOL: "School", LocationType.HOSPITAL: "Drug Store/Doctor's Office/Hospital",
    LocationType.JAIL: "Jail/Prison/Penitentiary", LocationType.SHELTER: "Shelter - Mission/Homeless",
    LocationType.BUSINESS: "Commercial/Office Building", LocationType.TRANSIT: "Air/Bus/Train Terminal",
    LocationType.PARK: "Park/Playground", LocationType.OTHER: "Other/Unknown",
}  # fmt: skip
"""Location types of NIBRS, data element 9."""
_FORCE = {
    ForceKind.FIREARM_DISCHARGED: "Firearm", ForceKind.HANDS_ON: "Hands/fists/feet", ForceKind.RESTRAINT: "Other",
}  # fmt: skip
_MENTAL = frozenset({Nature.MENTAL_HEALTH_CRISIS, Nature.PSYCHOSIS, Nature.SUICIDE_THREAT, Nature.SUICIDE_ATTEMPT, Nature.SELF_HARM, Nature.POSTPARTUM_CRISIS})  # fmt: skip
_UNKNOWN = (
    "address of the incident", "whether the officers approached", "whether it was an ambush", "offenses",
    "each officer: age, sex, race, height, weight, years of service, on duty, full time",
)  # fmt: skip
_UNKNOWN_OF_SUBJECT = (
    "age in years, sex, race, height, weight",
    "whether and how the subject resisted, and whom the subject threatened",
)


@attrs.frozen(kw_only=True)
class ForceSubject:
    """A person against whom force was used.

    Attributes:
        person: the id; None if the record does not say against whom.
        force: types of force as the collection names them.
        injury: `death`, `serious bodily injury`, `injury` or None.
        mental_health: whether the call was about a mental-health crisis of theirs.
        armed: whether a weapon of theirs was seen; None if nobody recorded one.
        missing: what the collection asks and the record does not know.
    """

    person: str | None
    force: tuple[str, ...]
    injury: str | None
    mental_health: bool
    armed: bool | None
    missing: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ForceReport:
    """An incident in which force was used.

    Attributes:
        incident: the incident's id.
        reportable: why the collection asks for it: `death`, `serious bodily injury`, `firearm
            discharge`; empty if it does not.
        began: when force was first used (UTC, ISO 8601).
        officers: how many of the agency's responders used force, as far as they are named.
        location: the location type of NIBRS.
        contact: why there was contact: the nature of the call.
        supervisor: whether a supervisor was there or told.
        officers_injured: ids of responders who were hurt.
        subjects: against whom.
        missing: what the collection asks and the record does not know.
    """

    incident: str
    reportable: tuple[str, ...]
    began: str
    officers: int
    location: str | None
    contact: str | None
    supervisor: bool
    officers_injured: tuple[str, ...]
    subjects: tuple[ForceSubject, ...]
    missing: tuple[str, ...]


def force_report(case: Case) -> ForceReport | None:
    """Return what the collection asks about an incident; None if no force was used in it."""
    happened = [entry.event for entry in case.entries() if entry.happened]
    force = [event for event in happened if isinstance(event, e.ForceUsed)]
    if not force:
        return None
    hurt = [event for event in happened if isinstance(event, e.InjuryRecorded)]
    incident = case.incident
    who = tuple(dict.fromkeys(event.person for event in force))
    subjects = tuple(_subject(id, incident, happened, force, hurt) for id in who)
    injuries = {one.injury for one in subjects}
    reportable: list[str] = [
        name for name in ("death", "serious bodily injury") if name in injuries
    ]
    if not reportable and any(one.kind is ForceKind.FIREARM_DISCHARGED for one in force):
        reportable = ["firearm discharge"]
    named = {one.responder for one in force if one.responder}
    unnamed = () if all(one.responder for one in force) else ("which officers used force",)
    place = incident.scene.location
    return ForceReport(
        incident=case.id,
        reportable=tuple(reportable),
        began=utc(force[0].at).isoformat(),
        officers=len(named),
        location=_LOCATIONS[place] if place else None,
        contact=incident.call.nature.value if incident.call else None,
        supervisor=any(isinstance(event, e.SupervisorNotified) for event in happened)
        or any(role == "supervisor" for role in incident.on_scene),
        officers_injured=tuple(one.responder for one in hurt if one.responder),
        subjects=subjects,
        missing=(*_UNKNOWN, *unnamed, *(() if place else ("location type",))),
    )


def _subject(
    id: str | None,
    incident: Incident,
    happened: Sequence[e.Event],
    force: Sequence[e.ForceUsed],
    hurt: Sequence[e.InjuryRecorded],
) -> ForceSubject:
    mine = [one for one in force if one.person == id]
    injured = [one for one in hurt if one.injured is Injured.PERSON and one.person in {id, None}]
    weapons = [
        one for one in happened if isinstance(one, e.WeaponSeen) and one.person in {id, None}
    ]
    missing = list(_UNKNOWN_OF_SUBJECT)
    kinds = [_FORCE.get(one.kind) for one in mine]
    if any(one.kind is ForceKind.LESS_LETHAL for one in mine):
        missing.append("which less-lethal weapon")
    if any(one.severity is None for one in injured):
        missing.append("how badly the subject was hurt")
    if injured:
        missing.append("whether the force caused the injury")
    return ForceSubject(
        person=id,
        force=tuple(dict.fromkeys(kind for kind in kinds if kind)),
        injury=_injury(injured),
        mental_health=_is_in_crisis(incident, incident.person(id) if id else None),
        armed=True if weapons else None,
        missing=tuple(missing),
    )


def _injury(injured: Sequence[e.InjuryRecorded]) -> str | None:
    severities = {one.severity for one in injured}
    if InjurySeverity.FATAL in severities:
        return "death"
    if InjurySeverity.SERIOUS in severities:
        return "serious bodily injury"
    return "injury" if injured else None


def _is_in_crisis(incident: Incident, person: Person | None) -> bool:
    """Return whether the call is about a crisis, and the person is the one in it."""
    about = incident.call is not None and incident.call.nature in _MENTAL
    return about and (person is None or "person_in_crisis" in person.roles)
