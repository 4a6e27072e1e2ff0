"""The roster in the store: responders' streams beside the incidents, in every store."""

import asyncio
import contextlib
import subprocess
import sys

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

import coresponder as co
from coresponder.asyncio import AsyncWorkflow
from coresponder.stores.pages import every
from coresponder.stores.sql import SqlStore
from tests.conftest import NOON, at

DAY = 24 * 60
PROGRAM = co.program_from_definition(
    {
        "program": {"id": "town", "version": "1"},
        "tier": [
            {
                "id": "both",
                "model": "primary_co_response",
                "seats": [{"role": "cit_officer", "training": ["cit"]}, {"role": "clinician"}],
            },
            {"id": "officer", "model": "cit_response", "seats": [{"role": "cit_officer"}]},
        ],
    }
)


@pytest.fixture
def store(any_store):
    """An empty store of each kind."""
    return any_store


def _name(kind, request, tmp_path):
    if kind == "sqlite":
        return str(tmp_path / "roster.db")
    return request.getfixturevalue("postgres").database()


def workflow(store):
    return co.Workflow(PROGRAM, store, clock=lambda: at(10 * DAY))


def said(cls, minute, responder, **fields):
    return cls(at=at(minute), by="hr-1", responder=responder, **fields)


def join(flow, id, role, *, training=None, shift=True):
    flow.roster.record(said(co.ResponderJoined, 0, id, role=role))
    if training:
        flow.roster.record(said(co.TrainingCompleted, 1, id, training=training, hours=40))
    if shift:
        flow.roster.record(said(co.ShiftStarted, 2, id))


def staffed(flow):
    join(flow, "cit-1", "cit_officer", training="cit")
    join(flow, "cit-2", "cit_officer", training="cit")
    join(flow, "cit-3", "cit_officer", shift=False)
    join(flow, "officer-1", "patrol_officer")
    join(flow, "clinician-1", "clinician")
    flow.receive(call(5), incident="one")
    return flow


def call(minute):
    return co.CallReceived(at=at(minute), by="d-1", source="911", nature="psychosis")


def test_a_dispatch_without_a_list_chooses_from_the_roster(store):
    """Who joined, was trained and came on shift is sent; the others have their reasons."""
    flow = staffed(workflow(store))
    asked = flow.roster.who_can_go("one", at(6))
    staffing, step = flow.dispatch("one", at=at(6), by="d-1")
    assert staffing == asked.staffing
    assert step.events[-1].responders == ("cit-1", "clinician-1")
    assert asked.why_not == {
        "cit-2": "is not needed",
        "cit-3": "is off duty",
        "officer-1": "does not have the role of CIT officer or clinician",
    }
    assert [one.id for one in flow.roster.free(at(6))] == ["cit-2", "officer-1"]
    assert flow.verify() == flow.roster.desk.verify() == ()


def test_who_was_sent_least_recently_is_sent_first(store):
    """Who never was sent comes first, by id; then who has been free for the longest. The order is
    the same each time that it is asked for.
    """
    now = [at(6)]
    flow = staffed(co.Workflow(PROGRAM, store, clock=lambda: now[0]))
    join(flow, "cit-4", "cit_officer", training="cit")
    sent = []
    for minute, incident in enumerate(("two", "three", "four", "five", "six"), 6):
        now[0] = at(minute)
        flow.receive(call(5), incident=incident)
        assert (
            flow.roster.who_can_go(incident).staffing == flow.roster.who_can_go(incident).staffing
        )
        expected = flow.roster.who_can_go(incident, at(minute)).staffing
        staffing, _ = flow.dispatch(incident, at=at(minute), by="d-1")
        assert staffing == expected
        sent.append(staffing.team.members[0].responder)
        flow.record(incident, co.IncidentCancelled(at=at(minute), by="d-1"))
    assert sent == ["cit-1", "cit-2", "cit-4", "cit-1", "cit-2"]
    assert [one.id for one in flow.roster.free(at(12))][-3:] == ["cit-1", "cit-2", "clinician-1"]


def test_who_is_there_already_is_completed_and_not_sent_twice(store):
    """The same dispatch again returns the step that sent the team; once a clinician is free, they join
    the officer who is there. Only a list sends a second unit.
    """
    flow = workflow(store)
    for id in ("cit-1", "cit-2"):
        join(flow, id, "cit_officer", training="cit")
    flow.receive(call(5), incident="one")
    first, sent = flow.dispatch("one", at=at(6), by="d-1")
    again, same = flow.dispatch("one", at=at(7), by="d-1")
    assert ((first.team, sent.case.version), first.team.tier) == (
        (again.team, same.case.version),
        "officer",
    )
    join(flow, "clinician-1", "clinician")
    assert flow.roster.who_can_go("one", at(8)).staffing.team.tier == "both"
    staffing, _ = flow.dispatch("one", at=at(8), by="d-1")
    assert [one.responder for one in staffing.team.members] == ["cit-1", "clinician-1"]
    staffing, _ = flow.dispatch("one", flow.roster.free(at(9)), at=at(9), by="d-1")
    assert [one.responder for one in staffing.team.members] == ["cit-2"]
    assert flow.verify() == ()


def test_a_clinician_for_children_joins_the_officer_who_found_a_child(store):
    """The call said nothing of a child; the tier for children is chosen as soon as one is known of."""
    flow = co.Workflow(co.load_program("new-haven-cdcp"), store, clock=lambda: at(10 * DAY))
    for id, role, trainings in (
        ("officer-1", "patrol_officer", ["basic_de_escalation", "child_trauma"]),
        ("officer-2", "patrol_officer", ["basic_de_escalation", "child_trauma"]),
        ("clinician-1", "clinician", ["mental_health_license"]),
        ("clinician-2", "clinician", ["mental_health_license", "child_trauma"]),
    ):
        flow.roster.record(said(co.ResponderJoined, 0, id, role=role))
        for training in trainings:
            flow.roster.record(said(co.TrainingCompleted, 1, id, training=training))
        reached = ["phone"] if id == "clinician-2" else ["in_person"]
        flow.roster.record(said(co.ShiftStarted, 2, id, reachable=reached))
    flow.receive(call(5), incident="one")
    first, _ = flow.dispatch("one", at=at(6), by="d-1")
    child = {"person": "child-1", "role": "child_present", "age_group": "child"}
    flow.record("one", co.PersonInvolved(at=at(9), by="officer-1", **child))
    then, _ = flow.dispatch("one", at=at(10), by="d-1")
    assert [first.team.tier, then.team.tier] == [
        "clinician-riding-along",
        "child-clinician-on-call",
    ]
    assert [one.responder for one in then.team.members] == ["officer-1", "clinician-2"]
    assert flow.verify() == ()


def test_an_incidents_steps_move_the_responders(store):
    """Dispatched, en route, on scene and free again, without a second record of it."""
    flow = staffed(workflow(store))
    flow.dispatch("one", at=at(6), by="d-1")

    def status(minute):
        found = {one.responder.id: one for one in flow.roster.whereabouts(at(minute))}
        return found["cit-1"].responder.status, found["cit-1"].incident

    seen = [status(6)]
    for minute, cls in ((7, co.ResponderEnRoute), (8, co.ResponderArrived)):
        flow.record("one", said(cls, minute, "cit-1"))
        seen.append(status(minute))
    flow.record("one", said(co.ResponderCleared, 9, "cit-1"))
    assert [*seen, status(9)] == [
        ("dispatched", "one"),
        ("en_route", "one"),
        ("on_scene", "one"),
        ("available", None),
    ]


def test_who_goes_off_duty_on_scene_is_still_there_and_shown(store):
    """The fact is kept; they are with the incident until they are relieved, and those who could do
    it are named.
    """
    flow = staffed(workflow(store))
    flow.dispatch("one", at=at(6), by="d-1")
    flow.record("one", said(co.ResponderArrived, 8, "cit-1"))
    flow.roster.record(said(co.ShiftEnded, 9, "cit-1"))
    overrun = [one for one in flow.roster.whereabouts(at(10)) if one.overrun]
    assert [(one.responder.id, one.responder.status) for one in overrun] == [("cit-1", "on_scene")]
    reliefs = flow.roster.reliefs("one", at(10))
    assert {id: [one.id for one in others] for id, others in reliefs.items()} == {
        "cit-1": ["cit-2"],
        "clinician-1": [],
    }
    flow.record("one", said(co.ResponderArrived, 11, "cit-2", role="cit_officer"))
    flow.record("one", said(co.ResponderRelieved, 12, "cit-1", relieved_by="cit-2"))
    places = {one.responder.id: one for one in flow.roster.whereabouts(at(13))}
    assert (places["cit-1"].responder.status, places["cit-1"].overrun) == ("off_duty", False)
    assert (places["cit-2"].responder.status, places["cit-2"].incident) == ("on_scene", "one")


def test_a_training_that_there_is_not_is_named_and_kept(store):
    """The fact stands in the stream; who reads the findings learns the nearest one."""
    flow = workflow(store)
    join(flow, "cit-1", "cit_officer", training="citt")
    join(flow, "cit-2", "cit_officer", training="cit")
    (finding,) = flow.roster.service("cit-1").findings
    assert (finding.event, finding.what) == (2, "there is no training 'citt'; did you mean 'cit'?")
    assert flow.roster.service("cit-2").findings == ()
    assert len(flow.roster.desk.case("cit-1").history) == 3


def test_a_mistake_and_a_late_entry_are_in_a_responders_stream_as_in_an_incidents(store):
    """What was entered in error is void; what came late is in its place; nothing is lost."""
    flow = staffed(workflow(store))
    flow.roster.record(said(co.ResponderLeft, 20, "cit-2"))
    assert "cit-2" not in {one.id for one in flow.roster.on_duty(at(30))}
    void = co.EnteredInError(at=at(21), by="hr-1", event=4, reason="wrong_person")
    flow.roster.record(void, responder="cit-2")
    flow.roster.record(said(co.LanguagesRecorded, 1, "cit-2", languages=("es",)))
    found = {one.id: one for one in flow.roster.on_duty(at(30))}
    assert found["cit-2"].languages == ("es",)
    with pytest.raises(co.InvalidEvent, match="give responder="):
        flow.roster.record(void)
    assert flow.roster.desk.verify() == ()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_roll_back_of_the_host_takes_the_roster_with_it(kind, request, tmp_path):
    """Joining is in the host's transaction, and so is the dispatch from the roster."""
    name = _name(kind, request, tmp_path)
    url = (
        f"sqlite:///{name}"
        if kind == "sqlite"
        else name.replace("postgresql://", "postgresql+psycopg://")
    )
    engine = sa.create_engine(url)
    with SqlStore.open(name, must_exist=False) as store:
        flow = staffed(workflow(store))
        with engine.connect() as connection:
            inside = flow.within(connection)
            join(inside, "cit-9", "cit_officer", training="cit")
            assert "cit-9" in {one.id for one in inside.roster.free(at(6))}
            connection.rollback()
        assert "cit-9" not in {one.id for one in flow.roster.free(at(6))}
    engine.dispose()


_DISPATCHER = """
import datetime as dt
import sys
import coresponder as co
store, noon = co.SqlStore.open(sys.argv[1]), dt.datetime.fromisoformat(sys.argv[2])
program = co.program_from_definition(store.load_program("town@1"))
flow = co.Workflow(program, store, clock=lambda: noon + dt.timedelta(days=10))
print("ready", flush=True)
sys.stdin.readline()
for number in range(3):
    at = noon + dt.timedelta(minutes=5)
    call = co.CallReceived(at=at, by="b", source="911", nature="psychosis")
    flow.receive(call, incident=f"b-{number}")
    for attempt in range(50):
        try:
            flow.dispatch(f"b-{number}", at=at, by="b")
            break
        except co.ResponderTaken:
            continue
"""


def dispatch_three(flow):
    """Receive three calls, and send whom the roster has for each."""
    for number in range(3):
        flow.receive(call(5), incident=f"a-{number}")
        for _ in range(50):
            with contextlib.suppress(co.ResponderTaken):
                flow.dispatch(f"a-{number}", at=at(6), by="a")
                break


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_dispatchers_in_two_processes_send_nobody_twice(kind, request, tmp_path):
    """Six calls and four officers: four teams of four different people, and two calls that say that
    nobody was left.
    """
    name = _name(kind, request, tmp_path)
    with SqlStore.open(name, must_exist=False) as store:
        flow = workflow(store)
        with store.batch():
            for number in range(4):
                join(flow, f"cit-{number}", "cit_officer", training="cit")
        run = [sys.executable, "-c", _DISPATCHER, name, NOON.isoformat()]
        with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as b:
            assert b.stdout.readline() == "ready\n"
            b.stdin.write("go\n")
            b.stdin.flush()
            dispatch_three(flow)
            assert b.wait(120) == 0
        events = [e for one in every(flow.find) for e in flow.case(one.incident).history]
        sent = [id for e in events if isinstance(e, co.TeamDispatched) for id in e.responders]
        assert sorted(sent) == [f"cit-{number}" for number in range(4)]
        assert sum(isinstance(e, co.TeamUnavailable) for e in events) == 2
        assert {one.responder for one in store.engaged("default")} == {*sent}
        assert flow.verify() == ()


def test_the_roster_is_asked_by_a_host_that_awaits(tmp_path):
    """The same answers over an asyncio driver."""

    async def main():
        SqlStore.sqlite(tmp_path / "a.db").close()
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
        flow = await AsyncWorkflow.start(PROGRAM, engine, clock=lambda: at(10 * DAY))
        await flow.ask_roster(
            lambda roster: roster.record(said(co.ResponderJoined, 0, "cit-1", role="cit_officer"))
        )
        found = await flow.ask_roster(lambda roster: roster.whereabouts(NOON))
        await engine.dispose()
        return found

    (one,) = asyncio.run(main())
    assert (one.responder.id, one.responder.status) == ("cit-1", "off_duty")
