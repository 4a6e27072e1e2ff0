"""A responder whom two scenes have on their record is with one of them, and the other is named: in memory,
on SQLite and on PostgreSQL.
"""

import sqlite3

import pytest

import coresponder as co
from coresponder.stores.sql import SqlStore
from tests.conftest import at
from tests.stores.test_on_the_line import busy, engaged
from tests.stores.test_roster import call, join, said, workflow


def staffed(store):
    """Two calls; to the first an officer was sent, who is on scene."""
    made = workflow(store)
    for id in ("cit-1", "cit-2"):
        join(made, id, "cit_officer", training="cit")
    for incident in ("one", "two"):
        made.receive(call(5), incident=incident)
    made.dispatch("one", at=at(6), by="d-1")
    arrive(made, "one", 10, "cit-1")
    return made


@pytest.fixture
def flow(any_store):
    return staffed(any_store)


def arrive(flow, incident, minute, id):
    return flow.record(
        incident, said(co.ResponderArrived, minute, id, role="cit_officer")
    ).elsewhere


def clear(flow, incident, minute, id):
    return flow.record(incident, said(co.ResponderCleared, minute, id))


def where(found):
    return [(one.responder, one.incident, one.since, one.taken_over) for one in found]


def test_who_arrives_elsewhere_is_there_and_the_other_record_is_named(flow):
    """The fact is taken; the step says whose record still has them, and so does that incident,
    until it is recorded there that they cleared.
    """
    found = arrive(flow, "two", 20, "cit-1")
    assert where(found) == [("cit-1", "one", at(10), True)]
    assert "record there that they cleared" in str(found[0])
    assert busy(flow) == {"cit-1": "two"}
    assert flow.roster.gone_from("one") == {"cit-1": "two"}
    clear(flow, "two", 30, "cit-1")
    assert flow.roster.gone_from("one") == {"cit-1": None}
    clear(flow, "one", 19, "cit-1")
    assert flow.roster.gone_from("one") == flow.roster.gone_from("two") == {}
    assert flow.verify() == ()


def test_what_is_entered_late_takes_nobody_from_where_they_came_later(flow):
    """An arrival of an hour ago is in its place on the record, and the officer stays where they came
    since.
    """
    found = arrive(flow, "two", 8, "cit-1")
    assert where(found) == [("cit-1", "one", at(10), False)]
    assert "stays there" in str(found[0])
    assert busy(flow) == {"cit-1": "one"}
    assert flow.roster.gone_from("two") == {"cit-1": "one"}
    assert flow.verify() == ()


def test_who_comes_back_is_with_the_first_scene_again(flow):
    """Sent there, stopped on the way at another scene, cleared from that one and then there: busy."""
    arrive(flow, "two", 20, "cit-1")
    clear(flow, "two", 30, "cit-1")
    assert busy(flow) == {}
    assert arrive(flow, "one", 40, "cit-1") == ()
    assert busy(flow) == {"cit-1": "one"}
    with pytest.raises(co.ResponderTaken):
        flow.record("two", co.TeamDispatched(at=at(41), by="d-1", team=team("cit-1")))
    assert flow.verify() == ()


def team(*ids):
    members = [co.TeamMember(responder=id, role="cit_officer") for id in ids]
    return co.Team(tier="officer", model="cit_response", members=members)


def test_a_decision_is_refused_and_one_that_is_overridden_names_the_other_record(flow):
    """A dispatch says where the officer is; a supervisor may take them over."""
    send = co.TeamDispatched(at=at(20), by="d-1", team=team("cit-1"))
    with pytest.raises(co.ResponderTaken, match="cit-1 is with incident one"):
        flow.record("two", send)
    forced = co.Override(by="sergeant-1", reason="imminent_danger")
    step = flow.record("two", send, override=forced)
    assert where(step.elsewhere) == [("cit-1", "one", at(10), True)]
    assert busy(flow) == {"cit-1": "two"}


def test_who_relieves_somebody_comes_from_their_own_scene(flow):
    """The one who relieves is taken over by the fact, and the scene that they left is named."""
    arrive(flow, "two", 12, "cit-2")
    relieved = said(co.ResponderRelieved, 30, "cit-1", relieved_by="cit-2")
    assert where(flow.record("one", relieved).elsewhere) == [("cit-2", "two", at(12), True)]
    assert busy(flow) == {"cit-2": "one"}
    assert flow.roster.gone_from("two") == {"cit-2": "one"}


def test_a_mistake_that_is_voided_takes_nobody_back(flow):
    """The clearing was entered in error, but the officer has come to another scene since."""
    clear(flow, "one", 15, "cit-1")
    arrive(flow, "two", 20, "cit-1")
    number = flow.case("one").version
    void = co.EnteredInError(at=at(25), by="d-1", event=number, reason="wrong_person")
    assert where(flow.record("one", void).elsewhere) == [("cit-1", "two", at(20), False)]
    assert busy(flow) == {"cit-1": "two"}
    assert flow.verify() == ()


def test_who_is_called_stays_and_is_engaged_once_they_are_free(flow):
    """Called while with another scene, and again after it: the second call finds them free."""
    found = flow.record("two", engaged(12, "cit-1")).elsewhere
    assert where(found) == [("cit-1", "one", at(10), False)]
    clear(flow, "one", 15, "cit-1")
    assert busy(flow) == {}
    assert flow.record("two", engaged(16, "cit-1")).elsewhere == ()
    assert busy(flow) == {"cit-1": "two"}
    assert flow.verify() == ()


def test_an_expert_who_advises_one_scene_is_sent_to_no_other(flow):
    """Until the disposition, for which the advice is; then they can be sent again."""
    join(flow, "clinician-1", "clinician")
    flow.record("one", said(co.ExpertConsulted, 11, "clinician-1"))
    assert flow.roster.who_can_go("two", at(12)).why_not["clinician-1"] == "is with incident one"
    disposed = co.DispositionRecorded(at=at(20), by="cit-1", disposition="resolved_on_scene")
    flow.record("one", disposed)
    assert busy(flow) == {"cit-1": "one"}
    staffing, _ = flow.dispatch("two", at=at(21), by="d-1")
    assert [one.responder for one in staffing.team.members] == ["cit-2", "clinician-1"]
    assert flow.verify() == ()


def test_a_record_that_cannot_be_read_stops_nobody(tmp_path):
    """The other scene's log was changed by hand; the officer who arrives is taken all the same."""
    with SqlStore.sqlite(tmp_path / "torn.db") as store:
        staffed(store)
    with sqlite3.connect(tmp_path / "torn.db") as rows:
        rows.execute("UPDATE coresponder_event SET body = '{}' WHERE incident = 'one'")
    with SqlStore.sqlite(tmp_path / "torn.db") as store:
        flow = workflow(store)
        ((_, incident, _, taken_over),) = where(arrive(flow, "two", 60 * 24 * 400, "cit-1"))
        assert (incident, taken_over) == ("one", True)
        assert busy(flow) == {"cit-1": "two"}
