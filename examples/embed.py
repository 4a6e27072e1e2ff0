"""Embed the library in a records management system: receive, dispatch, ask, record, be refused, and
see what is owed.
"""

import datetime as dt

import coresponder as co

now = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)
workflow = co.Workflow(co.load_program("cit"), co.SqlStore.sqlite(":memory:"), clock=lambda: now)

call = co.CallReceived(at=now, by="dispatcher-7", source="911", nature="suicide_threat")
incident = workflow.receive(call).case.id

officer = co.Responder(
    id="officer-12",
    role="patrol_officer",
    status="available",
    credentials=[co.Credential(training="basic_de_escalation")],
)
staffing, _ = workflow.dispatch(incident, [officer], at=now, by="dispatcher-7")
print(staffing.reason)

workflow.record(incident, co.ResponderArrived(at=now, by="officer-12", responder="officer-12"))
workflow.record(
    incident,
    co.Screened(at=now, by="officer-12", person="person-81", screening=co.Screening(level="high")),
)
try:
    workflow.record(
        incident, co.DispositionRecorded(at=now, by="officer-12", disposition="resolved_on_scene")
    )
except co.Refused as refused:
    for refusal in refused.refusals:
        print("refused:", refusal)

for owed in workflow.due(now):
    print("owed:", owed.obligation)
workflow.store.close()
