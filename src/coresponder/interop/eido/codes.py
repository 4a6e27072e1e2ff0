"""The codes of the EIDO registries (NENA-STA-021.1, section 3) for the library's words."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from coresponder.domain.vocabulary import Disposition, IncidentLink, Nature, PersonRole, Role

__all__ = [
    "APART",
    "DISPOSITIONS",
    "DISPOSITION_CODES",
    "FREE",
    "INCIDENT_STATUSES",
    "LINKS",
    "NATURES",
    "NATURE_CODES",
    "NO_CODE",
    "PERSON_ROLES",
    "PERSON_ROLE_CODES",
    "PLACES",
    "RESOURCE_ROLES",
    "RESOURCE_TYPES",
    "SENT",
    "SPECIALIST",
    "SPECIALISTS",
    "UNIT_STATUSES",
    "person_role",
    "says",
]

INCIDENT_STATUSES = frozenset(
    {
        "Active",
        "Cancelled",
        "Closed",
        "FireUnderControl",
        "NewLocation",
        "ReOpened",
        "ResourcesAssigned",
        "ResourcesEnroute",
        "ResourcesOnscene",
        "StructureCleared",
    }
)
"""The words of the registry of incident status."""

SENT = frozenset({"AcknowledgedTransmission", "Assigned", "Dispatched"})
"""A unit was sent to the incident."""
FREE = frozenset({"AssignmentCancelled", "Available", "BacktoAssignedArea", "InService"})
"""A unit is no longer with the incident, if it ever was."""
PLACES = frozenset(
    {
        "AlternateLocation",
        "Court",
        "CoveringAlternateArea",
        "Event",
        "Hospital",
        "Location",
        "Meeting",
        "Post",
        "RollCall",
        "Staging",
        "Station",
    }
)
"""Beside `EnRoute` or `Arrived`: where a unit goes or is, which is not the incident."""
UNIT_STATUSES = (
    SENT
    | FREE
    | PLACES
    | frozenset(
        {
            "Arrived",
            "Backup",
            "Break",
            "CheckedIn",
            "Cleared",
            "ConditionallyAvailable",
            "COP_or_POP",
            "Delayed",
            "Departed",
            "EnRoute",
            "EquipmentIssues",
            "Investigation",
            "Meal",
            "NotAvailable",
            "OffDuty",
            "OnDuty",
            "OnScene",
            "OutofService",
            "PatientContact",
            "ResponderInitiatedEvent",
            "Roster",
            "ShiftPending",
            "TrafficStop",
            "Training",
            "Transporting",
            "Unmanned",
        }
    )
)
"""The words of the registries of primary and secondary unit status. What is not one of them may be
anything, and is not repeated.
"""

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

NO_CODE = "NCRNONE"
NATURE_CODES: Mapping[Nature, str] = {
    Nature.SUICIDE_THREAT: "SUICTHRT", Nature.SUICIDE_ATTEMPT: "SUICIDE", Nature.PSYCHOSIS: "EDP", Nature.MENTAL_HEALTH_CRISIS: "EDP",
    Nature.POSTPARTUM_CRISIS: "EDP", Nature.WELFARE_CHECK: "WELFARE", Nature.DISTURBANCE: "DISORD", Nature.OVERDOSE: "OD",
    Nature.DOMESTIC_VIOLENCE: "DVA", Nature.CHILD_EXPOSED_TO_VIOLENCE: "ABUSE", Nature.VIOLENT_CRIME: "ASSAULT",
    Nature.DEATH_NOTIFICATION: "DEATHNTF", Nature.INTOXICATION: "INTOX", Nature.TRESPASS: "TRESPASS",
}  # fmt: skip
"""Nature -> code. Natures without a code are written as `NO_CODE`, with the library's word beside
it.
"""

PERSON_ROLES: Mapping[str, PersonRole] = {
    "Caller": PersonRole.CALLER, "ReportingParty": PersonRole.CALLER, "Victim": PersonRole.VICTIM, "Witness": PersonRole.WITNESS,
    "Suspect": PersonRole.SUSPECT, "Patient": PersonRole.PERSON_IN_CRISIS, "InvolvedPerson": PersonRole.PERSON_IN_CRISIS,
    "PatientRelative": PersonRole.FAMILY, "VictimRelative": PersonRole.FAMILY,
}  # fmt: skip
PERSON_ROLE_CODES: Mapping[PersonRole, str] = {
    PersonRole.PERSON_IN_CRISIS: "InvolvedPerson", PersonRole.VICTIM: "Victim", PersonRole.WITNESS: "Witness",
    PersonRole.CHILD_PRESENT: "Witness", PersonRole.CALLER: "Caller", PersonRole.FAMILY: "PatientRelative",
    PersonRole.SUSPECT: "Suspect", PersonRole.NEXT_OF_KIN: "PatientRelative",
}  # fmt: skip
"""Role -> code. The registry has no child who was there: a child is written as a witness, and no
age is written.
"""

SPECIALIST = "CrisisInterventionSpecialist"
RESOURCE_TYPES: Mapping[Role, str] = {
    Role.PATROL_OFFICER: "PatrolUnit", Role.CIT_OFFICER: "PatrolUnit", Role.SUPERVISOR: "CommandLevel3",
    Role.CLINICIAN: "CrisisInterventionUnit", Role.COMMUNITY_HEALTH_WORKER: "CrisisInterventionUnit", Role.PEER: "CrisisInterventionUnit",
    Role.PARAMEDIC: "GroundALSAmbulance", Role.ADVOCATE: "VictimAdvocate",
    Role.TACTICAL_OFFICER: "SWAT", Role.NEGOTIATOR: "SWAT",
}  # fmt: skip
SPECIALISTS = frozenset({Role.CIT_OFFICER, Role.CLINICIAN, Role.NEGOTIATOR})
"""The roles whose training makes them a crisis intervention specialist."""
RESOURCE_ROLES: Mapping[tuple[str, bool], Role] = {
    ("CrisisInterventionUnit", True): Role.CLINICIAN, ("CrisisInterventionUnit", False): Role.CLINICIAN,
    ("PatrolUnit", True): Role.CIT_OFFICER, ("PatrolUnit", False): Role.PATROL_OFFICER,
    ("SchoolOfficer", True): Role.CIT_OFFICER, ("SchoolOfficer", False): Role.PATROL_OFFICER,
    ("CommandLevel3", True): Role.SUPERVISOR, ("CommandLevel3", False): Role.SUPERVISOR,
    ("SWAT", True): Role.NEGOTIATOR, ("SWAT", False): Role.TACTICAL_OFFICER,
    ("VictimAdvocate", True): Role.ADVOCATE, ("VictimAdvocate", False): Role.ADVOCATE,
    ("GroundALSAmbulance", True): Role.PARAMEDIC, ("GroundALSAmbulance", False): Role.PARAMEDIC,
    ("GroundBLSAmbulance", True): Role.PARAMEDIC, ("GroundBLSAmbulance", False): Role.PARAMEDIC,
}  # fmt: skip
"""(Type of a unit, whether it has the attribute of a specialist) -> role."""
APART = frozenset(
    {
        "AirCompressor", "AirConditioner-Heater", "AirSearchTeam", "AirborneCommunicationRelayTeamFixed", "AirborneTransportTeamFixedWing", "ATV",
        "BrushFireEngineType3", "BrushFireEngineType4", "BrushFireEngineType5", "BrushFireEngineType6", "BrushFireEngineType7",
        "Bus", "CanineSearchandRescue", "CaveSearchandRescue", "CoastGuard", "CollapseSearchandRescue", "Crane", "DeWateringWaterPump",
        "DisasterCollapsedStructureCanineTech", "DiveTeam", "DumpTruck", "ElectronicBoard", "FireBoat", "FireFoamTender", "FireHelicopter", "FireTruckLadder",
        "FireWaterTender", "FixedWingAircraft", "FoamTank", "FuelTender", "HazMatTeam", "HeavyRescue", "HotShotTeam", "LargeAnimalRescueTeam",
        "LargeAnimalShelteringTeam", "LargeAnimalTransportTeam", "LightRescue", "MaintenanceandRepairTeam", "MountainSearchandRescueTeam", "PlowTruck",
        "RoadSweeper", "RotaryWingAircraft", "SmallAnimalRescueTeam", "SmallAnimalShelteringTeam", "SmallAnimalTransportTeam", "SnowBlower", "SnowCat",
        "StrikeTeam", "StructureFireEngineType1", "StructureFireEngineType2", "SwiftwaterRescueTeam", "TowTruck", "TugBoat", "UnmannedAerialVehicle",
        "Veterinarian", "WasteWaterPump", "WaterRescueTeam", "WaterTruck", "WheelDozer", "WheelLoader", "WheelLoaderBackhoe", "WheelLoaderSkidSteer",
        "WildlandTaskForce", "WoodChipper",
    }
)  # fmt: skip
"""Types of units that no rule of a crisis response is about: fire, rescue, animals, machines. Other
types without a role, such as `BikeTeam`, may be police or medical.
"""

DISPOSITION_CODES: Mapping[Disposition, str] = {
    Disposition.RESOLVED_ON_SCENE: "18", Disposition.RESOLVED_BY_PHONE: "05", Disposition.REMAINED_IN_COMMUNITY: "43", Disposition.VOLUNTARY_TRANSPORT: "16",
    Disposition.EMERGENCY_HOLD: "33", Disposition.REFERRED: "15", Disposition.HANDED_TO_EMS: "44", Disposition.HANDED_TO_MOBILE_CRISIS: "15", Disposition.HANDED_TO_FAMILY: "18",
    Disposition.HANDED_TO_CRISIS_LINE: "15", Disposition.DECLINED_SERVICES: "42", Disposition.ARRESTED: "03", Disposition.CITED: "04", Disposition.UNABLE_TO_LOCATE: "14",
    Disposition.CANCELLED: "10", Disposition.UNFOUNDED: "02", Disposition.NO_MENTAL_HEALTH_NEED: "41",
}  # fmt: skip
"""Disposition -> code (APCO 1.111.2). The library's word is written beside it as the category."""
DISPOSITIONS: Mapping[str, Disposition] = {
    "03": Disposition.ARRESTED, "04": Disposition.CITED, "09": Disposition.CITED, "05": Disposition.RESOLVED_BY_PHONE, "10": Disposition.CANCELLED, "14": Disposition.UNABLE_TO_LOCATE,
    "15": Disposition.REFERRED, "18": Disposition.RESOLVED_ON_SCENE, "21": Disposition.CANCELLED, "22": Disposition.CANCELLED, "32": Disposition.CANCELLED,
    "38": Disposition.UNABLE_TO_LOCATE, "41": Disposition.NO_MENTAL_HEALTH_NEED, "42": Disposition.DECLINED_SERVICES, "44": Disposition.HANDED_TO_EMS, "45": Disposition.HANDED_TO_EMS,
}  # fmt: skip
"""Codes that certainly mean one of the library's dispositions; others are reported."""

LINKS: Mapping[str, IncidentLink] = {
    "PARENT": IncidentLink.PARENT,
    "CHILD": IncidentLink.CHILD,
    "RELATED": IncidentLink.RELATED,
}
"""Directions of a link. A duplicate or a part that was split off is not written."""


def person_role(text: str) -> PersonRole | None:
    """Return the role of a person by the registry, also if its words are written apart.

    >>> person_role("Reporting Party")
    <PersonRole.CALLER: 'caller'>
    """
    word = "".join(filter(str.isalpha, text)).lower()
    return next((role for code, role in PERSON_ROLES.items() if code.lower() == word), None)


def says(nature: Nature, codes: Collection[str]) -> bool:
    """Return whether one of the codes says this nature, or none says any."""
    return NATURE_CODES.get(nature, NO_CODE) in codes or any(
        NATURES.get(code) is nature for code in codes
    )
