"""A clinician on the phone with one scene is sent to no other one: on SQLite and PostgreSQL."""

import pytest

import coresponder as co
from coresponder.stores.sql import SqlStore
from tests.conftest import at
from tests.stores.test_crowds import together
from tests.stores.test_roster import call, join, said, workflow


@pytest.fixture(params=["sqlite", "postgresql"])
def flow(request, tmp_path):
    """Two calls, two CIT officers and two clinicians on duty."""
    name = (
        str(tmp_path / "line.db")
        if request.param == "sqlite"
        else request.getfixturevalue("postgres").database()
    )
    with SqlStore.open(name, must_exist=False) as store:
        made = workflow(store)
        for id in ("cit-1", "cit-2"):
            join(made, id, "cit_officer", training="cit")
        for id in ("clinician-1", "clinician-2"):
            join(made, id, "clinician")
        for incident in ("one", "two"):
            made.receive(call(5), incident=incident)
        yield made


def engaged(minute, id, presence="phone"):
    return said(co.ClinicianEngaged, minute, id, presence=presence)


def busy(flow):
    return {one.responder: one.incident for one in flow.store.engaged("default")}


def on_the_phone(flow):
    """An officer is on the scene of the first call, and has a clinician on the phone."""
    flow.record("one", said(co.ResponderArrived, 6, "cit-1", role="cit_officer"))
    flow.record("one", engaged(7, "clinician-1"))


def test_a_clinician_on_the_phone_is_not_chosen_for_another_scene(flow):
    """The other one goes; with the first alone there is none, and it is said where they are."""
    on_the_phone(flow)
    assert flow.roster.who_can_go("two", at(8)).why_not["clinician-1"] == "is with incident one"
    staffing, _ = flow.dispatch("two", at=at(8), by="d-2")
    assert [one.responder for one in staffing.team.members] == ["cit-2", "clinician-2"]
    flow.record("one", co.SceneCleared(at=at(30), by="cit-1"))
    assert busy(flow) == {"cit-2": "two", "clinician-2": "two"}
    assert flow.verify() == ()


def test_a_host_that_passes_a_list_is_told_who_has_the_clinician(flow):
    """The list of a CAD does not know of the phone call: the store refuses, and says who is next."""
    on_the_phone(flow)
    listed = [
        co.Responder(id="cit-2", role="cit_officer", status="available", credentials=[CIT]),
        co.Responder(id="clinician-1", role="clinician", status="available"),
    ]
    with pytest.raises(co.ResponderTaken, match="clinician-1 is with incident one") as caught:
        flow.dispatch("two", listed, at=at(8), by="d-2")
    assert caught.value.next.team.tier == "officer"
    assert busy(flow) == {"cit-1": "one", "clinician-1": "one"}


CIT = co.Credential(training="cit", hours=40)


def test_who_is_called_while_with_another_scene_stays_there(flow):
    """That a clinician on one scene is asked by phone from another is taken, as every fact, and
    frees nobody: they are with the first until that is over.
    """
    flow.dispatch("one", at=at(6), by="d-1")
    flow.record("two", said(co.ResponderArrived, 7, "cit-2", role="cit_officer"))
    flow.record("two", engaged(8, "clinician-1"))
    assert busy(flow) == {"cit-1": "one", "clinician-1": "one", "cit-2": "two"}
    flow.record("two", co.SceneCleared(at=at(20), by="cit-2"))
    assert busy(flow) == {"cit-1": "one", "clinician-1": "one"}
    assert flow.verify() == ()


def test_a_hand_over_between_shifts_frees_one_and_engages_the_other(flow):
    """The clinician of the next shift takes over on the phone, and is sent nowhere else."""
    on_the_phone(flow)
    flow.roster.record(said(co.ShiftEnded, 10, "clinician-1"))
    relieved = said(co.ResponderRelieved, 11, "clinician-1", relieved_by="clinician-2")
    flow.record("one", relieved)
    assert busy(flow) == {"cit-1": "one", "clinician-2": "one"}
    staffing, _ = flow.dispatch("two", at=at(12), by="d-2")
    assert staffing.team.tier == "officer"
    assert flow.verify() == ()


def test_an_incident_that_was_settled_by_phone_frees_the_clinician(flow):
    """Nobody went there; with the disposition the clinician can be sent again."""
    flow.record("one", engaged(6, "clinician-1"))
    assert busy(flow) == {"clinician-1": "one"}
    settled = co.DispositionRecorded(at=at(9), by="d-1", disposition="resolved_by_phone")
    flow.record("one", settled)
    assert busy(flow) == {}
    flow.record("one", engaged(600, "clinician-1"))
    assert busy(flow) == {}


def test_two_dispatchers_and_a_phone_call_at_the_same_moment(flow):
    """One scene engages the clinician by phone while two dispatchers send teams to two others:
    whoever is first has them, and nobody is with two.
    """
    for incident in ("three", "four"):
        flow.receive(call(5), incident=incident)

    def work(number):
        if number == 0:
            return flow.record("one", engaged(7, "clinician-1"))
        listed = [co.Responder(id="clinician-1", role="clinician", status="available")]
        listed += [
            co.Responder(
                id=f"cit-{number}", role="cit_officer", status="available", credentials=[CIT]
            )
        ]
        return flow.dispatch(("two", "three")[number - 1], listed, at=at(8), by=f"d-{number}")

    found = together(3, work)
    errors = [one for one in found if isinstance(one, Exception)]
    assert all(isinstance(one, co.ResponderTaken) for one in errors)
    assert not isinstance(found[0], Exception)
    assert len(errors) in {1, 2}
    sent = [
        incident
        for incident in ("two", "three")
        if any("clinician-1" in str(team.members) for team in flow.case(incident).incident.teams)
    ]
    assert [busy(flow)["clinician-1"]] == (sent or ["one"])
    assert flow.verify() == ()
