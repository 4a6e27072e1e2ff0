"""Two numbers for one event, and one call about two, in a store that several processes share."""

import threading

import pytest

import coresponder as co
from coresponder.audit.measures import Measures
from coresponder.audit.tally import Tally
from coresponder.errors import CoresponderError
from coresponder.program import load_program
from tests.conftest import NOON, at

CIT = load_program("cit")
BY = {"by": "dispatcher-1"}


def call(nature="disturbance"):
    return co.CallReceived(at=NOON, source="911", nature=nature, **BY)


@pytest.fixture(params=["memory", "sqlite"])
def flow(request, tmp_path):
    path = tmp_path / "two.db"
    store = co.MemoryStore() if request.param == "memory" else co.SqlStore.sqlite(path)
    yield co.Workflow(CIT, store, clock=lambda: at(600))
    store.close()


def opened(flow, *ids):
    for id in ids:
        flow.receive(call(), incident=id)
    return flow


def merge(flow, duplicate, into):
    return co.merge_incidents(flow, duplicate, into=into, at=at(5), **BY)


def test_both_say_that_they_are_one_event(flow):
    """Each keeps its number, and counts leave the duplicate out, and say so."""
    opened(flow, "one", "two")
    merge(flow, "two", "one")
    one, two = (flow.case(id) for id in ("one", "two"))
    assert two.incident.merged_into == "one"
    assert [(link.other, link.link) for link in one.incident.links] == [("two", "duplicate")]
    tally, measures = Tally(CIT), Measures(CIT)
    for case in (one, two):
        tally.add(case, at(9))
        measures.add(case, at(9))
    assert (tally.incidents, tally.duplicates, measures.duplicates) == (1, 1, 1)


def test_what_is_owed_stays_in_the_list_once(flow):
    """It is due under the number that it arose under."""
    opened(flow, "one", "two")
    flow.record("two", co.WeaponSeen(at=at(1), kind="firearm", person="p", **BY))
    flow.record("two", co.CallerLost(at=at(2), **BY))
    before = [(owed.incident, owed.obligation.policy) for owed in flow.due(at(9))]
    merge(flow, "two", "one")
    after = [(owed.incident, owed.obligation.policy) for owed in flow.due(at(9))]
    assert ("two", "lost-caller-looked-for") in after
    assert set(before) - set(after) == {("two", "arrival-within-target")}


@pytest.mark.parametrize(
    ("duplicate", "into", "why"),
    [("one", "one", "itself"), ("three", "two", "is a duplicate of one"), ("one", "two", "one")],
)
def test_a_merge_that_goes_nowhere_is_refused(flow, duplicate, into, why):
    """Into itself, into a duplicate, or back: nothing is written."""
    opened(flow, "one", "two", "three")
    merge(flow, "two", "one")
    before = [flow.case(id).version for id in ("one", "two", "three")]
    with pytest.raises(co.InvalidEvent, match=why):
        merge(flow, duplicate, into)
    assert [flow.case(id).version for id in ("one", "two", "three")] == before


def test_a_refused_merge_writes_nothing(flow):
    """A canceled incident is no duplicate any more; the other one has no link to it."""
    opened(flow, "one", "two")
    flow.record("two", co.IncidentCancelled(at=at(2), **BY))
    with pytest.raises(co.Refused):
        merge(flow, "two", "one")
    assert flow.case("one").incident.links == ()


def test_an_officer_of_the_duplicate_is_free_for_the_other(flow):
    """Nobody is booked twice: before the merge the same dispatch is refused."""
    opened(flow, "one", "two")
    officer = co.Responder(
        id="cit-1",
        role="cit_officer",
        status="available",
        credentials=(co.Credential(training="cit", hours=40),),
    )
    flow.dispatch("two", [officer], at=at(1), **BY)
    with pytest.raises(co.ResponderTaken):
        flow.dispatch("one", [officer], at=at(2), **BY)
    merge(flow, "two", "one")
    flow.dispatch("one", [officer], at=at(6), **BY)
    engaged = {(one.responder, one.incident) for one in flow.store.engaged("default")}
    assert engaged == {("cit-1", "one")}


def test_two_dispatchers_merge_the_same_two_at_once(tmp_path):
    """One into the other and back: one of them wins, and one incident goes on."""
    path = tmp_path / "race.db"
    flows = [co.Workflow(CIT, co.SqlStore.sqlite(path), clock=lambda: at(600)) for _ in range(2)]
    opened(flows[0], "one", "two")
    start, refused = threading.Barrier(2), []

    def race(flow, duplicate, into):
        start.wait()
        try:
            merge(flow, duplicate, into)
        except CoresponderError as error:
            refused.append(error)

    ways = [("one", "two"), ("two", "one")]
    threads = [
        threading.Thread(target=race, args=(flow, *way))
        for flow, way in zip(flows, ways, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = [flows[0].case(id).incident.merged_into for id in ("one", "two")]
    assert len(refused) == 1
    assert sorted(ended, key=str) in (["one", None], [None, "one"], ["two", None], [None, "two"])
    for flow in flows:
        flow.store.close()


def test_one_call_about_two_events_is_split(flow):
    """The second begins with the same call, and each knows the other."""
    opened(flow, "one")
    co.split_incident(flow, "one", new="two", at=at(5), **BY)
    one, two = (flow.case(id).incident for id in ("one", "two"))
    assert [(link.other, link.link) for link in one.links] == [("two", "split_off")]
    assert [(link.other, link.link) for link in two.links] == [("one", "split_from")]
    assert two.call == one.call
    with pytest.raises(co.VersionConflict):
        co.split_incident(flow, "one", new="two", at=at(6), **BY)
    assert len(flow.case("one").incident.links) == 1


def test_an_incident_without_a_call_is_not_split(flow):
    """There is nothing that could be about two events."""
    flow.replay("quiet", [co.SupervisorNotified(at=NOON, **BY)])
    with pytest.raises(co.InvalidEvent, match="no call"):
        co.split_incident(flow, "quiet", new="two", at=at(5), **BY)


def test_a_list_says_what_is_a_duplicate(flow):
    """`find` has each number, and of which it is a duplicate; not after the merger was voided."""
    opened(flow, "one", "two")
    merge(flow, "two", "one")
    assert {one.incident: one.merged_into for one in flow.find()} == {"one": None, "two": "one"}
    void = co.EnteredInError(at=at(6), event=2, reason="wrong_incident", **BY)
    flow.record("two", void)
    assert {one.merged_into for one in flow.find()} == {None}
    assert flow.store.verify("default") == ()


def test_what_is_due_says_who_owns_it(flow):
    """A transfer moves it to the other agency, of which nobody here is reminded; the outcome ends it.
    What a responder owns is theirs, and goes to whoever relieves them.
    """
    opened(flow, "one")
    hold = co.EmergencyHoldPlaced(at=at(1), person="sam", grounds=("danger_to_self",), **BY)
    screened = co.Screened(at=at(1), person="sam", screening=co.Screening(level="moderate"), **BY)
    story = (
        co.ResponderArrived(at=at(1), responder="worker-1", role="clinician", **BY),
        screened,
        hold,
        co.ConsentGiven(at=at(2), person="sam", **BY),
        co.ReferralOffered(at=at(2), referral="r", person="sam", need="housing", **BY),
        co.ReferralSent(at=at(3), referral="r", person="sam", owner="worker-1", due=at(9), **BY),
    )
    for event in story:
        flow.record("one", event)
    assert owners(flow)["referral-closed-loop"] == "worker-1"
    assert owners(flow)["hold-handed-over"] is None
    flow.record("one", co.IncidentTransferAccepted(at=at(4), department="county", **BY))
    flow.record("one", co.ResponderRelieved(at=at(5), responder="worker-1", relieved_by="worker-2", **BY))  # fmt: skip
    now = owners(flow)
    assert now["hold-handed-over"] == now["screen-followed-up"] == "county"
    assert now["referral-closed-loop"] == "worker-2" and now["outcome-heard"] is None
    line = next(one for one in flow.timeline("one") if one.event == "IncidentTransferAccepted")
    assert line.handed_on[-1] == "hold-handed-over for sam"
    assert "now theirs: " in str(line)
    told = {one.owed.policy for one in flow.store.to_tell("default", now=at(60 * 24 * 5))}
    assert not told & {"screen-followed-up", "hold-handed-over"} and "referral-answered" in told
    (found,) = flow.find(owing=True)
    assert found.obligations == len(now)
    assert flow.store.verify("default") == ()
    flow.record("one", co.TransferOutcomeHeard(at=at(60 * 24 * 6), department="county", **BY))
    assert not {"hold-handed-over", "screen-followed-up", "outcome-heard"} & owners(flow).keys()
    assert flow.store.verify("default") == ()


def owners(flow):
    return {one.obligation.policy: one.obligation.owner for one in flow.due(at(9))}
