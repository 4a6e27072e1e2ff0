"""Take a 911 center's EIDO, find an open service, send a referral to a health system and a visit to
a calendar, and read both back completed. Needs `coresponder[services,calendar]`.
"""

import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import coresponder as co
from coresponder.interop.calendar_entries import calendar_of, planned
from coresponder.interop.services import find_services, load_directory

AGENCY, CENTER = "police.example.org", "center.example.org"
NOON = dt.datetime(2026, 3, 2, 17, tzinfo=dt.UTC)


def at(minutes: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes)


def tell(event: co.Event) -> None:
    workflow.record(incident, event)


workflow = co.Workflow(
    co.load_program("cit"), co.MemoryStore(), agency=AGENCY, clock=lambda: at(30_000)
)

# The 911 center reports a person in crisis and a patrol unit on scene.
center: dict[str, Any] = {
    "$id": f"urn:emergency:uid:incidentid:a1:{CENTER}",
    "callComponent": [
        {"callStartTimestamp": NOON.isoformat(), "standardPrimaryCallType": "emergency"}
    ],
    "incidentComponent": {"incidentTypeCommonRegistryText": "EDP"},
    "personComponent": [
        {"$id": f"{CENTER}/person/1", "personIncidentRoleRegistryText": ["InvolvedPerson"]}
    ],
    "emergencyResourceComponent": [
        {
            "$id": f"{CENTER}/unit/12",
            "lastUpdateTimeStamp": at(9).isoformat(),
            "emergencyResourceTypeCommonRegistryText": "PatrolUnit",
            "secondaryUnitStatusRegistryText": ["OnScene"],
        }
    ],
}
opened = co.take_eido(workflow, center, incident="2026-0471")
incident, person = opened.incident, f"{CENTER}/person/1"
print("opened:", incident, [type(event).__name__ for event in opened.recorded])
print("again:", len(co.take_eido(workflow, center, incident=incident).recorded), "new events")

# A clinician looks for a service that is open now, and the person consents.
directory = Path(tempfile.mkdtemp()) / "directory.json"
hours = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", "opens_at": "09:00", "closes_at": "17:00"}
directory.write_text(
    json.dumps(
        [
            {"id": "walk-in", "name": "Walk-in clinic", "status": "active", "schedules": [hours]},
            {"id": "shelter", "name": "Shelter", "status": "temporarily closed"},
        ]
    )
)
zone = ZoneInfo("America/New_York")
service = find_services(load_directory(directory), at=at(30), zone=zone)[0].service.id
print("open now:", service)
tell(co.ConsentGiven(at=at(31), by="clinician-1", person=person))
tell(
    co.ReferralOffered(
        at=at(32), by="clinician-1", referral="r1", person=person, need="mental_health"
    )
)
tell(
    co.ReferralSent(
        at=at(33),
        by="clinician-1",
        referral="r1",
        person=person,
        service=service,
        owner="clinician-1",
        due=at(4_000),
    )
)
tell(
    co.FollowUpScheduled(
        at=at(34),
        by="clinician-1",
        follow_up="f1",
        kind="home_visit",
        due=at(1_440),
        owner="clinician-1",
        person=person,
    )
)

# The referral goes out as FHIR, and the service moves its Task.
bundle = co.bundle_of(workflow.case(incident), agency=AGENCY, referral="r1")
task = next(
    entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Task"
)
print("task:", task["status"], "of", len(bundle["entry"]), "resources")
for minutes, status in ((120, "accepted"), (3_000, "in-progress"), (20_000, "completed")):
    moved = task | {"status": status, "lastModified": at(minutes).isoformat()}
    taken = co.take_task(workflow, moved, by=service)
    print("back:", [type(event).__name__ for event in taken.recorded])

# The visit is in the clinician's calendar, and shows nothing but its time.
visits = calendar_of(planned(workflow.case(incident), agency=AGENCY)).decode()
print("calendar:", visits.count("BEGIN:VTODO"), "visit,", "walk-in" in visits or person in visits)

# The center gets the state of the incident, and finds its own incident by the link.
said = co.eido_of(workflow.case(incident), agency=AGENCY)
print("the center's number:", said["linkComponent"][0]["incidentTrackingIdentifier"])
referral = workflow.case(incident).incident.referral("r1")
print("closed loop:", referral.status if referral else None)
