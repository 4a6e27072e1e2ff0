"""The feed of an agency as a receiver sees it: what the views show, logged first, and no more after a
withdrawal.
"""

import json
import threading

import attrs
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import coresponder as co
from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.domain.vocabulary import Purpose
from coresponder.workflow import window
from tests.conftest import at
from tests.journeys import windows_alike
from tests.test_giving import (
    BY,
    CENTER,
    CIT,
    CLINIC,
    FOR_CLINIC,
    ROLES,
    STOPPED,
    consent,
    family,
    log_of,
    row,
    to,
    workflow_of,
)


def test_a_feed_for_a_receiver_has_only_what_it_sees_and_is_logged():
    """A line for each event that is seen; the other one of the family is in no byte of it."""
    workflow = workflow_of(consent("mother-1"))
    page = to(workflow).feed()
    names = ["PersonInvolved", "ReferralOffered", "ReferralSent", "FollowUpScheduled"]
    assert [one.data["event"] for one in page] == names
    assert page.position == len(workflow.feed())
    text = "".join(one.to_json() for one in page)
    assert not any(word in text for word in ("son-2", "clinician-4", "psychosis", "T18:", "12:0"))
    assert not {one.id for one in page} & {one.id for one in workflow.feed()}
    assert [one.time for one in page] == [None] * 4
    (entry,) = log_of(workflow)
    assert (entry.what[0], entry.people, entry.consents) == (
        "feed", ("mother-1",), ("consent-mother-1",),
    )  # fmt: skip
    again = to(workflow).feed(after=page.position)
    assert (again, again.position) == ((), page.position)
    assert len(log_of(workflow)) == 1


def test_who_polls_the_feed_fills_no_log():
    """A page that is read again gives nothing new, by whichever process; an empty page neither. What
    is new, and what more is seen of what was given, is a new entry.
    """
    store = co.MemoryStore()
    workflow = workflow_of(consent("mother-1"), store=store)
    page = to(workflow).feed()
    again = co.Workflow(CIT, store, agency="north", clock=lambda: at(600))
    for one in (workflow, again, again):
        assert to(one).feed() == page
        assert to(one).feed(after=page.position) == ()
    assert len(log_of(workflow)) == 1
    assert log_of(workflow)[0].at == at(60)
    visit = {"person": "mother-1", "follow_up": "v-2", "kind": "home_visit", "due": at(4000)}
    workflow.record("one", e.FollowUpScheduled(at=at(60), **visit, **BY))
    assert len(to(workflow).feed(after=page.position)) == 1
    assert {one.what for one in log_of(workflow)} == {
        log_of(again)[0].what,
        ("feed", "FollowUpScheduled"),
    }
    assert len(log_of(workflow)) == 2
    to(workflow).feed(limit=3)
    assert len(log_of(workflow)) == 3  # fewer events at once are another page
    other = co.Viewer(id="clinic-2", roles=("partner_agency",), agency="clinic")
    to(workflow, other).feed()
    assert len(log_of(workflow, "clinic-2")) == 1


def test_what_more_is_seen_of_an_event_that_was_given_is_logged():
    """Other rows, the same receiver: the event has another content now."""
    shown = row(event=("PersonInvolved",), whole=("at", "role"))
    store = co.MemoryStore()
    for whole, entries in ((("at", "role"), 1), (("at", "role"), 1), (("at", "role", "person"), 2)):
        views = (attrs.evolve(shown, whole=whole),)
        workflow = co.Workflow(attrs.evolve(CIT, views=views), store, agency="north", clock=lambda: at(60))  # fmt: skip
        if store.version("north", "one") == 0:
            workflow.replay("one", family())
        to(workflow).feed()
        assert len(log_of(workflow)) == entries


@pytest.mark.parametrize("events", STOPPED.values(), ids=STOPPED)
def test_without_a_consent_in_force_nothing_is_in_the_feed(events):
    """The positions are passed, nothing is told, and nothing is logged."""
    workflow = workflow_of(*events)
    page = to(workflow).feed()
    assert (page, page.position) == ((), len(workflow.feed()))
    assert log_of(workflow) == []


def test_a_feed_goes_on_page_by_page_and_stops_at_a_withdrawal():
    """Pages make the same as one; what is read after the withdrawal has nothing of the person."""
    workflow = workflow_of(consent("mother-1"))
    whole, found, position = to(workflow).feed(), [], 0
    while position < whole.position:
        page = to(workflow).feed(after=position, limit=2)
        found, position = [*found, *page], page.position
    assert found == list(whole)
    workflow.record("one", e.ConsentWithdrawn(at=at(60), person="mother-1", scope="sharing", **BY))
    assert to(workflow).feed() == ()


def test_what_is_void_comes_again_in_the_feed_where_the_correction_is_hidden():
    """A receiver who was told of a visit learns that there is none, and of which one."""
    workflow = workflow_of(consent("mother-1"))
    told = to(workflow).feed()
    visit = next(one for one in told if one.data["event"] == "FollowUpScheduled")
    numbers = [type(one).__name__ for one in workflow.case("one").recorded()]
    event = numbers.index("FollowUpScheduled") + 1
    workflow.record("one", e.EnteredInError(at=at(60), event=event, reason="wrong_time", **BY))
    (again,) = to(workflow).feed(after=told.position)
    assert (again.extensions["replaces"], again.data["voided"]) == (visit.id, True)
    assert again.id not in {one.id for one in told}
    back = e.EnteredInError(at=at(60), event=len(numbers) + 1, reason="did_not_happen", **BY)
    workflow.record("one", back)
    (restored,) = to(workflow).feed(after=told.position + 1)
    assert (restored.extensions["replaces"], restored.data["voided"]) == (visit.id, False)
    assert restored.id != again.id


@settings(max_examples=30)
@given(data=st.data())
def test_two_histories_that_look_alike_are_alike_in_the_feed(data):
    """What is hidden leaves no trace in the lines; only positions and ids may differ."""
    one, other = windows_alike(data, CIT, ROLES)

    def lines(window):
        return sorted(json.dumps(event.data) for event in window.feed())

    assert lines(one) == lines(other)


def test_a_mark_in_another_incident_keeps_two_people_apart_in_the_feed():
    """The organization of the one who is protected is sent nothing that may be about the other."""
    shown = (row(event=("*",), roles=("advocate",), purposes=tuple(Purpose)),)
    workflow = workflow_of(program=attrs.evolve(CIT, views=shown))
    side = {"roles": ("advocate",), "agency": "shelter", "acts_for": ("mother-1",)}
    shelter = to(workflow, co.Viewer(id="shelter", **side))
    assert "son-2" in text_of(shelter.feed())
    workflow.receive(e.CallReceived(at=at(20), source="911", nature="other", **BY), incident="two")
    for person in ("mother-1", "son-2"):
        workflow.record("two", e.PersonInvolved(at=at(21), person=person, role="family", **BY))
    apart = {"person": "son-2", "protects": "mother-1", "ground": "victim_asked"}
    workflow.record("two", e.NoContactMarked(at=at(22), **apart, **BY))
    page = shelter.feed()
    about = [one.data["fields"].get("person") for one in page if one.subject == "one"]
    assert about == [None, *["mother-1"] * 4]
    assert [one.data["event"] for one in page if one.data["fields"].get("person") == "son-2"] == [
        "NoContactMarked"
    ]


def text_of(page):
    return "".join(one.to_json() for one in page)


OFFICER = co.Viewer(id="officer-1", roles=("patrol_officer",), agency="police")


def in_danger():
    """Return the window of an officer who has opened an emergency access, and the feed before it."""
    high = e.Screened(at=at(8), person="son-2", screening=Screening(level="high"), **BY)
    officer = to(workflow_of(high), OFFICER, "operations")
    before = officer.feed()
    officer.open_emergency_access("one", "imminent_danger")
    assert "high" in str(officer.timeline("one"))
    return officer, before


def test_what_only_an_emergency_access_shows_is_not_in_the_feed():
    """The access ends, and what was sent stays; so the feed is what it was, and so is its basis."""
    officer, before = in_danger()
    assert [one.data["event"] for one in before].count("Screened") == 1
    assert officer.feed() == before
    assert "high" not in text_of(officer.feed())
    entries = log_of(officer.workflow, "officer-1")
    feeds = [one.basis for one in entries if one.way == "export"]
    assert feeds == ["duty"]


def test_a_mutant_that_feeds_what_an_emergency_shows_is_caught(monkeypatch):
    """If the feed asked with the accesses that stand, it would have the level."""
    made = window.looked

    def leaking(program, case, viewer, purpose, at, apart, opened):
        opened = [one for one in case.history if isinstance(one, e.EmergencyAccessOpened)]
        return made(program, case, viewer, purpose, at, apart, tuple(opened))

    officer, _ = in_danger()
    monkeypatch.setattr(window, "looked", leaking)
    assert "high" in text_of(officer.feed())


def test_each_role_and_purpose_has_ids_of_its_own():
    """Two feeds of one receiver show one event differently, so neither may be passed over for the
    other; the same feed has the same ids at every read.
    """
    workflow = workflow_of(consent("mother-1"))
    feeds = [
        {one.id for one in to(workflow, viewer, purpose).feed()}
        for viewer, purpose in (
            (CENTER, "operations"),
            (attrs.evolve(CENTER, roles=("patrol_officer",)), "operations"),
            (attrs.evolve(CENTER, agency="other"), "operations"),
            (CLINIC, "treatment"),
        )
    ]
    assert all(feeds)
    assert len(frozenset().union(*feeds)) == sum(map(len, feeds))
    assert {one.id for one in to(workflow).feed()} == feeds[-1]


def test_a_correction_that_is_seen_comes_beside_what_it_corrects():
    """Both have the position of the correction, and ids of their own; no line has a place in it."""
    shown = (row(event=("*",)),)
    workflow = workflow_of(program=attrs.evolve(CIT, views=shown))
    end = to(workflow).feed().position
    workflow.record("one", e.EnteredInError(at=at(60), event=2, reason="wrong_person", **BY))
    old, new = to(workflow).feed(after=end)
    assert [one.data["event"] for one in (old, new)] == ["PersonInvolved", "EnteredInError"]
    assert old.extensions["sequence"] == new.extensions["sequence"]
    assert old.id != new.id
    assert "event" not in new.data["fields"]
    assert "number" not in new.data


def test_a_page_that_was_not_logged_whole_is_not_given_and_comes_again(monkeypatch):
    """A reader that failed goes on at its position, and gets the same events under the same ids."""
    workflow = workflow_of(consent("mother-1"))
    workflow.receive(e.CallReceived(at=at(20), source="911", nature="other", **BY), incident="two")
    center, logged = to(workflow, CENTER, "operations"), workflow.disclosures.looks.fed
    for fails in ("one", "two"):

        def fed(incident, *rest, fails=fails):
            if incident == fails:
                raise co.StoreError("the disk is full")
            logged(incident, *rest)

        with monkeypatch.context() as patch:
            patch.setattr(type(workflow.disclosures.looks), "fed", staticmethod(fed))
            with pytest.raises(co.StoreError, match="the disk is full"):
                center.feed()
    first = center.feed()
    assert [one.subject for one in first] == ["one", "two"]
    assert center.feed() == first
    assert len(log_of(workflow, "center")) == 2


def test_two_readers_follow_beside_a_writer(tmp_path):
    """Each reader gets every event once, in the same order. Both are one receiver, so the log has each event
    once.
    """
    path = tmp_path / "two.db"
    with co.SqlStore.sqlite(path) as store:
        workflow_of(store=store)
    more, found = 20, {"a": [], "b": []}

    def write():
        with co.SqlStore.sqlite(path) as store:
            writer = co.Workflow(CIT, store, agency="north", clock=lambda: at(60))
            for n in range(more):
                call = e.CallReceived(at=at(30), source="911", nature="other", **BY)
                writer.receive(call, incident=f"call-{n}")

    def read(name):
        with co.SqlStore.sqlite(path) as store:
            reader = co.Workflow(CIT, store, agency="north", clock=lambda: at(60))
            position = 0
            while len(found[name]) < 1 + more:
                page = to(reader, CENTER, "operations").feed(after=position, limit=3)
                found[name] += page
                position = page.position

    working = [
        threading.Thread(target=write),
        *(threading.Thread(target=read, args=one) for one in "ab"),
    ]
    for one in working:
        one.start()
    for one in working:
        one.join(60)
    assert found["a"] == found["b"]
    assert len({one.id for one in found["a"]}) == 1 + more
    with co.SqlStore.sqlite(path) as store:
        reader = co.Workflow(CIT, store, agency="north", clock=lambda: at(60))
        assert len(log_of(reader, "center")) == 1 + more
        assert reader.verify() == ()


def test_the_command_reads_the_feed_of_a_receiver(tmp_path):
    """It prints what the receiver sees, and where to go on; the roster has no views."""
    store = tmp_path / "n.db"
    with co.SqlStore.sqlite(store) as opened:
        workflow_of(consent("mother-1", until=at(10**8)), store=opened)
    run = CliRunner().invoke
    found = run(commands, ["feed", str(store), *FOR_CLINIC])
    assert found.exit_code == 0, found.output
    assert "mother-1" in found.stdout
    assert "son-2" not in found.stdout
    assert found.stderr.strip() == "--after 10"
    assert not run(commands, ["feed", str(store), "--after", "10", *FOR_CLINIC]).stdout
    roster = run(commands, ["feed", str(store), "--roster", *FOR_CLINIC])
    assert (roster.exit_code, "the roster has no views" in roster.stderr) == (2, True)
    half = run(commands, ["feed", str(store), "--for", "clinic"])
    assert (half.exit_code, "go together" in half.stderr) == (2, True)
