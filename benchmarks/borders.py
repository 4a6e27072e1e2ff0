"""What crosses a border: an incident as EIDO and FHIR, follow-ups as a calendar, a page of the feed,
and services that are open; beside the library of the format, or JSON and pydantic on the same text.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import icalendar
from dateutil import rrule
from pydantic import TypeAdapter

from benchmarks.field import stories
from benchmarks.measure import Bench, Row
from coresponder.delivery.cloudevents import parse_cloudevent
from coresponder.interop.calendar_changes import proposals
from coresponder.interop.calendar_entries import calendar_of, planned
from coresponder.interop.eido import eido_from, eido_of
from coresponder.interop.fhir import bundle_of, news_of_task
from coresponder.interop.services import Directory, Service, find_services
from coresponder.program import Case, load_program
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow

_ANY: TypeAdapter[Any] = TypeAdapter(dict[str, Any])
_AGENCY = "police.example.org"
_NOW = dt.datetime(2026, 11, 27, 21, tzinfo=dt.UTC)
_SERVICES = 100
_Act = Callable[[], object]


def rows(bench: Bench) -> Iterator[Row]:
    """Yield each border of a common incident, beside its peer and beside a millisecond."""
    case = _common()
    acts: dict[str, _Act] = {}
    for name, ours, peer, most, peer_does in (
        *_documents(case),
        *_calendar(case),
        _feed(case),
        _services(),
    ):
        acts[name] = ours
        yield bench.compare(name, ours, peer, most=most, peer_does=peer_does)
    for name, ours in acts.items():
        if name not in _OF_MANY:
            yield bench.limit(
                f"{name}_in_a_millisecond", bench.seconds(_often(ours), rounds=9) * 10, 1.0, unit="ms",
                why="a person waits for it", timed=False,
            )  # fmt: skip


_OF_MANY = frozenset({"feed_page", "services_found"})
"""What is not one document of one incident: a page of events, and a hundred services."""


def _often(act: _Act) -> _Act:
    """Do something a hundred times, so that ten times its seconds are one's milliseconds."""

    def again() -> None:
        for _ in range(100):
            act()

    return again


_Measured = tuple[str, _Act, _Act, float, str]


def _documents(case: Case) -> Iterator[_Measured]:
    eido, bundle = eido_of(case, agency=_AGENCY), bundle_of(case, agency=_AGENCY)
    tasks = [
        one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Task"
    ]
    if not tasks:
        raise SystemExit("borders: the incident has no referral, so nothing of FHIR is measured")
    texts = [json.dumps(one) for one in (eido, tasks[0])]

    def write(document: Any) -> _Act:
        return lambda: json.dumps(_ANY.dump_python(document, mode="json"))

    def read(text: str) -> _Act:
        return lambda: _ANY.validate_python(json.loads(text))

    does = "json and pydantic write the finished document"
    yield "eido_written", lambda: json.dumps(eido_of(case, agency=_AGENCY)), write(eido), 7.0, does
    yield "fhir_written", lambda: json.dumps(bundle_of(case, agency=_AGENCY)), write(bundle), 5.0, does  # fmt: skip
    does = "json and pydantic read the document as a dictionary; they know no event"
    yield "eido_read", lambda: eido_from(json.loads(texts[0]), agency=_AGENCY), read(texts[0]), 20.0, does  # fmt: skip
    yield "fhir_read", lambda: news_of_task(json.loads(texts[1]), case, agency=_AGENCY, by="s"), read(texts[1]), 18.0, does  # fmt: skip


def _calendar(case: Case) -> Iterator[_Measured]:
    visits = tuple(planned(case, agency=_AGENCY))
    text = calendar_of(visits)
    if not visits:
        raise SystemExit("borders: the incident has no follow-up, so no calendar is measured")
    made = icalendar.Calendar.from_ical(text)
    yield (
        "calendar_written", lambda: calendar_of(planned(case, agency=_AGENCY)), made.to_ical,
        4.0,
        "icalendar writes the finished calendar",
    )  # fmt: skip
    yield (
        "calendar_read", lambda: proposals(text, visits, now=_NOW, by="clinician-1"),
        lambda: icalendar.Calendar.from_ical(text),
        1.9,
        "icalendar reads the calendar, and compares it with nothing",
    )  # fmt: skip


def _feed(case: Case) -> _Measured:
    workflow = Workflow(load_program("new-haven-cdcp"), MemoryStore(), agency="north")
    workflow.replay(case.id, case.recorded())
    texts = [event.to_json() for event in workflow.feed()]

    def read() -> None:
        for text in texts:
            parse_cloudevent(text)

    return (
        "feed_page", lambda: [event.to_json() for event in workflow.feed()], read,
        4.0,
        "the page is parsed as CloudEvents; nothing is looked up or checked",
    )  # fmt: skip


def _services() -> _Measured:
    hours = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", "opens_at": "09:00", "closes_at": "17:00"}
    found = Directory(
        services=tuple(
            Service.model_validate({"id": f"s{n}", "name": f"S{n}", "status": "active", "schedules": [hours]})
            for n in range(_SERVICES)
        )
    )  # fmt: skip
    first, last = dt.datetime(2026, 11, 26), dt.datetime(2027, 1, 28)  # noqa: DTZ001 - days

    def days() -> None:
        for _ in range(_SERVICES):
            list(rrule.rrule(rrule.WEEKLY, dtstart=first, until=last, byweekday=range(5)))

    return (
        "services_found", lambda: find_services(found, at=_NOW, zone=dt.UTC, age=9), days,
        8.0,
        f"dateutil works out the days of {_SERVICES} schedules, without hours or questions",
    )  # fmt: skip


def _common() -> Case:
    """Return the incident of the night with a referral whose length is in the middle."""
    program = load_program("new-haven-cdcp")
    cases = [program.replay(one.incident, one.events) for one in stories()]
    referred = sorted((one for one in cases if one.incident.referrals), key=lambda one: len(one.history))  # fmt: skip
    if not referred:
        raise SystemExit("borders: no incident of the night has a referral")
    return referred[len(referred) // 2]
