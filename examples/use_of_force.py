"""Find what the FBI's use-of-force collection asks for in three incidents, and what a person has still
to add to the report.
"""

import datetime as dt

import coresponder as co

began = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)
OFFICER = "officer-12"
workflow = co.Workflow(co.load_program("cit"), co.MemoryStore())
told: dict[str, list[co.Event]] = {
    "7": [
        co.PersonInvolved(at=began, by=OFFICER, person="p1", role="person_in_crisis"),
        co.ForceUsed(at=began, by=OFFICER, kind="hands_on", person="p1", responder=OFFICER),
        co.InjuryRecorded(at=began, by=OFFICER, injured="person", person="p1", severity="serious"),
    ],
    "8": [co.ForceUsed(at=began, by=OFFICER, kind="hands_on", responder=OFFICER)],
    "9": [],
}
for incident, events in told.items():
    call = co.CallReceived(at=began, by=OFFICER, source="911", nature="psychosis")
    workflow.replay(incident, [call, *events])

for summary in workflow.find(limit=100):
    report = co.force_report(workflow.case(summary.incident))
    if report is None:
        print(f"{summary.incident}: no force was used")
    elif not report.reportable:
        print(f"{summary.incident}: force that the collection does not ask for")
    else:
        print(f"{summary.incident}: report it, {', '.join(report.reportable)}")
        for subject in report.subjects:
            print(f"  force: {', '.join(subject.force)}")
            print(f"  a person adds: {subject.missing[0]}, and {len(subject.missing) - 1} more")
