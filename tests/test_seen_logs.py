"""A log of events for a receiver: what the views show, under ids that tell no order, and in the
disclosure log before it is written.
"""

import datetime as dt
import json

import attrs
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import coresponder as co
from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.domain.vocabulary import Purpose
from coresponder.errors import StoreError, ViewDenied
from coresponder.interop.event_log import History, NotUsed, seen_rows
from coresponder.interop.ocel import read_ocel
from coresponder.simulation.field import START, Field
from coresponder.workflow import seen_log
from coresponder.workflow.giving import give_events, give_ocel
from tests.conftest import at
from tests.journeys import windows_alike
from tests.test_giving import (
    BY,
    CIT,
    EVERYTHING,
    ROLES,
    STOPPED,
    Full,
    consent,
    log_of,
    row,
    to,
    workflow_of,
)
from tests.test_seen_feed import in_danger

ANALYST = co.Viewer(id="university", roles=("analyst",), agency="university")
COURT = co.Viewer(id="court-1", roles=("court",))
GIVE = {"ocel": give_ocel, "events": give_events}
SEES_ALL = attrs.evolve(CIT, views=(EVERYTHING,))


def night(program=CIT, incidents=40, store=None):
    """Play a made-up night."""
    workflow = co.Workflow(program, store or co.MemoryStore(), agency="north", clock=lambda: START)
    Field(workflow, seed=3).play(incidents, lambda *_: None)
    return workflow


def ids_of(workflow):
    """Return the ids of all incidents, the first that opened first."""
    return [one.incident for one in co.Workflow.find(workflow, limit=1000)][::-1]


def table_of(path):
    """Return the rows of a log in Parquet."""
    return pl.read_parquet(path).to_dicts()


def test_a_researcher_gets_the_day_and_no_number_of_an_incident(tmp_path):
    """Neither a minute nor an id of anybody is in any byte; each event has the day that it shows."""
    workflow, path = night(), tmp_path / "log.json"
    window = to(workflow, ANALYST, "research")
    assert give_ocel(window, path).document > 200
    text = path.read_text("utf-8")
    log = json.loads(text)
    people = {one.id for id in ids_of(workflow) for one in workflow.case(id).incident.people}
    assert not [
        word for word in (*ids_of(workflow), *people, "clinician-", "officer-") if word in text
    ]
    assert {one["type"] for one in log["objects"]} == {"incident"}
    assert {one["time"][10:] for one in log["events"]} == {"T06:00:00+00:00"}
    for event in log["events"]:
        said = {one["name"]: one["value"] for one in event["attributes"]}
        assert event["time"].startswith(said["record_day"])
        assert said["approximate"] is True
    shown = set(CIT.sight(("analyst",), Purpose.RESEARCH).readers)
    assert {one["name"] for one in log["eventTypes"]} <= shown


def test_the_ids_of_a_log_tell_no_order_and_not_the_same_twice(tmp_path):
    """A made id is of one log alone, and the order of the log is that of the ids."""
    workflow = night()
    window = to(workflow, ANALYST, "research")
    seen = [list(window.event_log(document="ocel")) for _ in range(2)]
    made = [[one.incident for one in log] for log in seen]
    assert all(log == sorted(log) for log in made)
    assert not {*made[0]} & {*made[1]}
    opened = [one.lines[0].at for one in seen[0]]
    assert opened != sorted(opened)
    alike = [sorted(repr(one.lines) for one in log) for log in seen]
    assert alike[0] == alike[1]


def test_an_incident_keeps_its_id_where_its_opening_is_seen():
    """A court that sees every time can tell the order anyway."""
    window = to(night(SEES_ALL), COURT, "oversight")
    assert [one.incident for one in window.event_log(document="ocel")] == sorted(
        ids_of(window.workflow)
    )


def test_another_incident_has_the_id_of_the_log_too():
    """The number to which an incident was linked or merged is not told by the link."""
    views = (row(event=("*",), roles=("analyst",), purposes=tuple(Purpose), whole=("other", "into"), coarse=("at",)),)  # fmt: skip
    workflow = workflow_of(program=attrs.evolve(CIT, views=views))
    workflow.receive(e.CallReceived(at=at(20), source="911", nature="other", **BY), incident="two")
    workflow.record("two", e.IncidentLinked(at=at(21), other="one", link="related", **BY))
    workflow.record("two", e.IncidentMerged(at=at(22), into="one", **BY))
    found = {
        one.lines[-1].event: one
        for one in to(workflow, ANALYST, "research").event_log(document="ocel")
    }
    two = found.pop("IncidentMerged")
    (one,) = found.values()
    assert [line.fields for line in two.lines[-2:]] == [
        {"other": one.incident},
        {"into": one.incident},
    ]
    assert one.incident not in {"one", "two"}


@pytest.mark.parametrize("format", GIVE)
def test_what_cannot_be_logged_is_not_written(format, tmp_path):
    """No file, whole or in parts, and an older one is as it was."""
    path = tmp_path / "log"
    path.write_text("older")
    with pytest.raises(StoreError, match="the disk is full"):
        GIVE[format](to(workflow_of(consent("mother-1"), store=Full())), path)
    assert [one.name for one in tmp_path.iterdir()] == ["log"]
    assert path.read_text() == "older"


def test_each_incident_is_in_the_disclosure_log_before_any_of_it_is_handed_on():
    """And only those that were read so far: the log does not grow with the store."""
    workflow = night(incidents=250)
    histories = to(workflow, ANALYST, "research").event_log(document="events")
    next(histories)
    logged = workflow.disclosures.by_viewer("university", limit=1000)
    assert len(logged) == seen_log._TOGETHER
    assert {one.shown.what[0] for one in logged} == {"events"}
    assert {one.shown.basis for one in logged} == {"law"}
    rest = list(histories)
    assert len(workflow.disclosures.by_viewer("university", limit=1000)) == 1 + len(rest) > 200


@pytest.mark.parametrize("format", GIVE)
@pytest.mark.parametrize("events", STOPPED.values(), ids=STOPPED)
def test_where_nothing_may_be_seen_there_is_no_file(format, events, tmp_path):
    """Without a consent in force a service sees nobody; nothing is logged."""
    workflow = workflow_of(*events)
    with pytest.raises(ViewDenied, match="partner_agency for treatment sees nothing of any"):
        GIVE[format](to(workflow), tmp_path / "log")
    assert list(tmp_path.iterdir()) == []
    assert log_of(workflow) == []


def test_of_a_family_a_service_gets_who_consented(tmp_path):
    """A person and a referral that are shown are objects; nothing of the other one is there."""
    workflow, path = workflow_of(consent("mother-1")), tmp_path / "log.json"
    give_ocel(to(workflow), path)
    objects = {
        one["id"].partition("/")[2] or one["id"] for one in json.loads(path.read_text())["objects"]
    }
    assert {"person:mother-1", "r-mother-1", "visit-mother-1"} <= objects
    assert "son-2" not in path.read_text()
    (entry,) = log_of(workflow)
    assert (entry.what[0], entry.people, entry.consents) == ("ocel", ("mother-1",), ("consent-mother-1",))  # fmt: skip


def test_a_field_of_which_only_the_presence_is_seen_is_no_object(tmp_path):
    """`recorded` is nobody's id, and no team's."""
    views = (row(event=("*",), whole=("at",), coarse=("person", "team", "referral", "due")),)
    program, path = attrs.evolve(CIT, views=views), tmp_path / "log.json"
    give_ocel(to(night(program), purpose="treatment"), path)
    log = json.loads(path.read_text())
    assert {one["type"] for one in log["objects"]} == {"incident"}
    said = {one["name"]: one["value"] for event in log["events"] for one in event["attributes"]}
    assert {said[name] for name in ("person", "team", "referral")} == {"recorded"}
    assert len(said["due"]) == len("2026-03-02")


def test_a_log_says_what_is_void_and_what_must_be_told_along(tmp_path):
    """In the table and in OCEL, beside the event that it is about."""
    views = (
        row(event=("CallReceived", "ReferralOffered"), whole=("need",), says="Do not pass on."),
    )
    offer = [type(one).__name__ for one in workflow_of().case("one").recorded()].index(
        "ReferralOffered"
    )
    error = e.EnteredInError(at=at(30), event=offer + 1, reason="did_not_happen", **BY)
    window = to(workflow_of(error, program=attrs.evolve(CIT, views=views)))
    table, log = tmp_path / "log.parquet", tmp_path / "log.json"
    assert give_events(window, table).says == ("Do not pass on.",)
    first, second, third = table_of(table)
    assert [one["void"] for one in (first, second, third)] == [False, True, False]
    assert (second["number"], second["at"], second["day"]) == (2, None, dt.date(2026, 3, 2))
    assert (second["says"], second["fields"]) == ("Do not pass on.", '{"need": "mental_health"}')
    give_ocel(window, log)
    said = [
        {one["name"]: one["value"] for one in event["attributes"]}
        for event in json.loads(log.read_text())["events"]
    ]
    assert [one.get("record_void") for one in said] == [None, True, None]
    assert {one["record_says"] for one in said} == {"Do not pass on."}


def test_a_time_that_is_seen_is_told_to_the_second(tmp_path):
    """With `approximate` where the record says so."""
    events = (e.SceneCleared(at=at(9), approximate=True, **BY),)
    path = tmp_path / "log.parquet"
    give_events(to(workflow_of(*events, program=SEES_ALL), COURT, "oversight"), path)
    *rest, last = table_of(path)
    assert (last["at"], last["day"], last["approximate"]) == (at(9), None, True)
    assert not any(one["approximate"] for one in rest)


def test_a_log_of_less_than_everything_is_not_read_as_a_record(tmp_path):
    """Each incident is named; a log that has everything is the agency's own in OCEL."""
    path = tmp_path / "log.json"
    give_ocel(to(night(), ANALYST, "research"), path)
    assert {type(one) for one in read_ocel(path, CIT.vocabulary)} == {NotUsed}
    workflow = workflow_of(program=SEES_ALL)
    give_ocel(to(workflow, COURT, "oversight"), path)
    (found,) = read_ocel(path, CIT.vocabulary)
    assert found == History("one", tuple(workflow.case("one").recorded()))


def test_what_only_an_emergency_shows_is_in_no_log():
    """An emergency access ends, and a log stays."""
    officer, _ = in_danger()
    seen = list(officer.event_log(document="ocel"))
    assert seen
    assert "high" not in str(seen)


@settings(max_examples=30)
@given(data=st.data())
def test_two_histories_that_look_alike_are_alike_in_a_log(data):
    """What is hidden leaves no trace in a row."""
    one, other = windows_alike(data, CIT, ROLES)

    def rows(window):
        found = window.event_log(document="ocel")
        return [row[1:] for seen in found for row in seen_rows(seen, dt.UTC)]

    assert rows(one) == rows(other)


def test_process_mining_opens_what_a_researcher_gets(tmp_path):
    """pm4py sees every incident, and the events of a day in the order in which they were recorded."""
    pm4py = pytest.importorskip("pm4py")
    path = tmp_path / "log.json"
    count = give_ocel(to(night(), ANALYST, "research"), path).document
    log = pm4py.read_ocel2_json(str(path))
    assert len(log.events) == count
    flat = pm4py.ocel_flattening(log, "incident")
    for _, events in flat.groupby(["case:concept:name", "time:timestamp"]):
        assert list(events["record_number"]) == sorted(events["record_number"])
    assert pm4py.discover_dfg(flat)[0]


def test_the_commands_write_a_log_for_a_receiver(tmp_path):
    """With `--for`; without a right to anything they say so, exit 2, and write no file."""
    store, run = tmp_path / "n.db", CliRunner().invoke
    with co.SqlStore.sqlite(store) as opened:
        night(store=opened)
    receiver = ["--agency", "north", "--for", "university", "--as", "analyst", "--purpose"]
    for format in GIVE:
        path = tmp_path / f"log.{format}"
        done = run(commands, ["export", format, str(store), "-o", str(path), *receiver, "research"])
        assert (done.exit_code, "events: " in done.stdout) == (0, True), done.output
        assert b"night-1-" not in path.read_bytes()
        path.unlink()
        done = run(
            commands, ["export", format, str(store), "-o", str(path), *receiver, "treatment"]
        )
        assert (done.exit_code, path.exists()) == (2, False)
        assert "analyst for treatment sees nothing of any incident" in done.stderr
        done = run(
            commands, ["export", format, str(store), "-o", "/dev/null", *receiver, "research"]
        )
        assert (done.exit_code, "is not a file" in done.stderr) == (2, True)
    log = run(commands, ["disclosures", str(store), "--agency", "north", "--viewer", "university"])
    assert "export of ocel" in " ".join(log.stdout.split())
