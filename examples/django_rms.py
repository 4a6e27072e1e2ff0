"""A Django records management system: a model whose state field has the lifecycle's triggers, with
coresponder's events in its transaction.
"""

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import django  # type: ignore[import-untyped]
from django.conf import settings  # type: ignore[import-untyped]

import coresponder as co
from coresponder.lifecycle import trigger_name

FOLDER = tempfile.TemporaryDirectory()
DATABASE = Path(FOLDER.name) / "rms.db"

if not settings.configured:
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATABASE)}},
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()

from django.db import connection, models, transaction  # type: ignore[import-untyped]  # noqa: E402 - Django wants its settings first


class Report(models.Model):  # type: ignore[misc]
    """The host's record of an incident. `status` follows the same lifecycle as the incident."""

    number: Any = models.CharField(max_length=32, primary_key=True)
    status: Any = models.CharField(max_length=32, default=co.INCIDENT.initial)

    class Meta:
        app_label = "rms"

    def __str__(self) -> str:
        return f"{self.number} ({self.status})"

    def move(self, event: co.Event) -> None:
        """Fire the trigger of an event, if the lifecycle has one in this state."""
        name = type(event).__name__
        if co.INCIDENT.target(name, self.status):
            co.INCIDENT.attach(self, attribute="status")
            getattr(self, trigger_name(name))()


def take(workflow: co.Workflow, number: str, event: co.Event) -> Report:
    """Record an event and the host's own row in one transaction: both are written, or neither."""
    with transaction.atomic():
        report: Report = Report.objects.get_or_create(number=number)[0]
        ours = workflow.within(connection)
        step = (
            ours.receive(event, incident=number)
            if isinstance(event, co.CallReceived)
            else ours.record(number, event)
        )
        report.move(event)
        assert report.status == step.case.state
        report.save()
    return report


def main() -> None:
    now = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)
    with connection.schema_editor() as editor:
        editor.create_model(Report)
    store = co.SqlStore.sqlite(DATABASE)
    workflow = co.Workflow(co.load_program("cit"), store, clock=lambda: now)
    events: list[co.Event] = [
        co.CallReceived(at=now, by="dispatcher-7", source="911", nature="psychosis"),
        co.CallTriaged(at=now, by="dispatcher-7", nature="psychosis"),
        co.ResponderArrived(at=now, by="officer-12", responder="officer-12"),
    ]
    for event in events:
        print(type(event).__name__, "->", take(workflow, "2026-004711", event).status)
    try:
        take(workflow, "2026-004711", co.IncidentClosed(at=now, by="officer-12"))
    except co.Refused as refused:
        print("refused:", refused.refusals[0])
    print("reports:", list(Report.objects.values_list("number", "status")))
    print("incidents:", [(summary.incident, summary.state) for summary in workflow.find()])
    connection.close()
    store.close()
    FOLDER.cleanup()


if __name__ == "__main__":
    main()
