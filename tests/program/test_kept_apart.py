"""People who are kept apart: whoever asks for one of them is told nothing of the other."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder import AudienceDenied, MemoryStore, Viewer, Workflow
from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.domain.vocabulary import Purpose
from coresponder.program import load_program, program_from_definition
from coresponder.program.views import seen
from coresponder.stores.sql import SqlStore
from coresponder.testing import answers
from tests.conftest import NOON, at

BY = {"by": "officer-1"}
HOST = {"program": {"id": "own", "version": "1"}}
ALL = {
    "id": "all",
    "role": ["advocate", "person", "clinician"],
    "purpose": "treatment",
    "event": "*",
    "whole": "*",
    "audience": ["clinical"],
    "authority": "local choice",
}
RULE = {
    "id": "screen-followed",
    "template": "response",
    "a": "Screened",
    "b": "FollowUpDone",
    "within": "72 h",
    "enforcement": "WARN",
    "authority": "local choice",
}
PROGRAM = program_from_definition({**HOST, "view": [ALL], "policy": [RULE]})
FAMILY = (
    e.CallReceived(at=NOON, source="911", nature="domestic_violence", **BY),
    e.PersonInvolved(at=at(1), person="mother", role="victim", age_group="adult", **BY),
    e.PersonInvolved(at=at(2), person="father", role="suspect", age_group="adult", **BY),
    e.PersonInvolved(at=at(3), person="child", role="witness", age_group="child", **BY),
    e.Screened(at=at(4), person="father", screening=Screening(level="high"), **BY),
    e.ReferralOffered(at=at(5), referral="r-1", person="father", need="substance_use", **BY),
    e.ReferralSent(at=at(6), referral="r-1", person="father", **BY),
    e.FollowUpScheduled(
        at=at(7), follow_up="f-1", kind="home_visit", due=at(900), person="father", **BY
    ),
    e.FollowUpMissed(at=at(8), follow_up="f-1", reason="no_answer", **BY),
    e.Screened(at=at(9), person="mother", screening=Screening(level="low"), **BY),
    e.WeaponSeen(at=at(10), kind="knife", **BY),
)
MARK = e.NoContactMarked(at=at(11), person="father", protects="mother", ground="victim_asked", **BY)
OF_FATHER = {"Screened", "ReferralOffered", "ReferralSent", "FollowUpScheduled", "FollowUpMissed"}
MOTHERS = Viewer(id="advocate-1", roles=("advocate",), acts_for=("mother",))
FATHERS = Viewer(id="lawyer-1", roles=("advocate",), acts_for=("father",))
CHILDS = Viewer(id="guardian-1", roles=("advocate",), acts_for=("child",))
NOBODYS = Viewer(id="clinician-1", roles=("clinician",))


@pytest.fixture(params=["memory", "sqlite"])
def work(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqlStore.sqlite(tmp_path / "x.db")
    made = Workflow(PROGRAM, store, clock=lambda: at(60))
    made.replay("one", FAMILY)
    yield made
    if request.param == "sqlite":
        store.close()


def told(work, viewer, incident="one"):
    """Return the (event, whom it is about) of each line that a viewer sees."""
    lines = work.as_(viewer, "treatment").timeline(incident)
    return [(line.event, line.fields.get("person")) for line in lines]


def test_whoever_asks_for_one_sees_nothing_of_the_other(work):
    """After the mark neither side is told anything of the other; the child's side, and whoever asks
    for nobody, see what they saw before.
    """
    assert ("Screened", "father") in told(work, MOTHERS)
    before = told(work, CHILDS)
    work.record("one", MARK)
    mothers, fathers = told(work, MOTHERS), told(work, FATHERS)
    assert "father" not in {person for event, person in mothers if event != "NoContactMarked"}
    assert ("Screened", "mother") in mothers
    assert not OF_FATHER & {event for event, person in mothers if person != "mother"}
    assert ("NoContactMarked", "father") in mothers  # it protects her
    assert "mother" not in {person for _, person in fathers}
    assert not [event for event, _ in fathers if event == "NoContactMarked"]
    assert {event for event, _ in fathers} >= OF_FATHER
    assert told(work, CHILDS) == [*before, ("NoContactMarked", "father")]
    assert len(told(work, NOBODYS)) == len(FAMILY) + 1


def test_what_names_nobody_is_still_seen(work):
    """The call and a weapon are about no one person; they are seen as before."""
    work.record("one", MARK)
    assert {"CallReceived", "WeaponSeen"} <= {event for event, _ in told(work, MOTHERS)}


def test_a_person_asks_for_themselves(work):
    """Somebody with the role `person` needs no `acts_for`."""
    work.record("one", MARK)
    father = Viewer(id="father", roles=("person",))
    assert told(work, father) == told(work, FATHERS)


def test_a_mark_holds_in_their_other_incidents_before_and_after(work):
    """An incident of last week and one of next week, in which nobody marked anything, are seen as
    if it had been marked there too.
    """
    work.replay("two", FAMILY)
    assert ("Screened", "father") in told(work, MOTHERS, "two")
    work.record("one", MARK)
    work.replay("three", FAMILY)
    for incident in ("two", "three"):
        assert "father" not in {person for _, person in told(work, MOTHERS, incident)}
        assert "mother" not in {person for _, person in told(work, FATHERS, incident)}


def test_a_mark_that_is_lifted_or_entered_in_error_ends(work):
    """Once the mark is gone everything is seen again."""
    whole = told(work, MOTHERS)
    work.record("one", MARK)
    lifted = e.NoContactLifted(at=at(20), person="father", protects="mother", **BY)
    work.record("one", lifted)
    assert told(work, MOTHERS)[: len(whole)] == whole
    work.replay("two", (*FAMILY, MARK))
    work.record("one", e.EnteredInError(at=at(21), event=len(FAMILY) + 1, reason="duplicate", **BY))
    work.record(
        "two", e.EnteredInError(at=at(21), event=len(FAMILY) + 1, reason="wrong_person", **BY)
    )
    assert ("Screened", "father") in told(work, MOTHERS, "two")


def test_somebody_who_is_identified_later_is_kept_apart_from_the_beginning(work):
    """What was recorded of an unknown person is hidden as soon as it is known who that was."""
    stranger = e.PersonInvolved(
        at=at(1), person="unknown-1", role="suspect", age_group="adult", **BY
    )
    work.replay("two", (FAMILY[0], FAMILY[1], stranger))
    work.record("one", MARK)
    assert ("PersonInvolved", "unknown-1") in told(work, MOTHERS, "two")
    work.record(
        "two", e.PersonIdentified(at=at(30), person="unknown-1", identified_as="father", **BY)
    )
    assert {person for _, person in told(work, MOTHERS, "two")} <= {None, "mother"}


def test_words_about_the_other_are_not_recalled(work):
    """A note about the other, and one that may be about anybody, open to nobody's side but their
    own.
    """
    work.record("one", MARK)
    notes = {
        subject: work.note(
            "one", "Lives at the lake.", at=at(12), by="c-1", audience="clinical", subject=subject
        )
        .events[-1]
        .entry
        for subject in ("father", "mother", None)
    }
    window = work.as_(MOTHERS, "treatment")
    assert window.recall("one", notes["mother"]) == "Lives at the lake."
    for subject in ("father", None):
        with pytest.raises(AudienceDenied):
            window.recall("one", notes[subject])


def test_no_rule_that_the_others_history_moves_is_told(work):
    """What is owed for the other is no answer: `due` and `permitted` do not depend on it."""
    window = work.as_(MOTHERS, "treatment")
    assert {one.obligation.policy for one in window.due()} == {"screen-followed"}
    work.record("one", MARK)
    assert list(window.due()) == []
    assert list(work.as_(NOBODYS, "treatment").due())
    assert [one.incident for one in window.find()] == ["one"]


def test_a_shipped_programs_advocate_sees_nothing_of_the_suspect():
    """The same under the rows of the United States."""
    program = load_program("new-haven-cdcp")
    work = Workflow(program, MemoryStore(), clock=lambda: at(60))
    work.replay("one", (*FAMILY, MARK))
    lines = work.as_(MOTHERS, "treatment").timeline("one")
    assert lines
    assert "father" not in {
        value
        for line in lines
        if line.event != "NoContactMarked"
        for value in line.fields.values()
        if isinstance(value, str)
    }


LATER = st.lists(st.sampled_from(FAMILY[4:9]), max_size=5)


@settings(max_examples=40)
@given(extra=LATER, minutes=st.integers(12, 600))
def test_nothing_of_the_others_history_changes_an_answer(extra, minutes):
    """Two histories that differ only in what happened to the father look alike to the mother's
    side: every answer is the same text.
    """
    moved = [
        e.Screened(at=at(minutes), person="father", screening=Screening(level="high"), **BY)
        if isinstance(one, e.Screened)
        else one
        for one in extra
    ]
    one = PROGRAM.replay("one", (*FAMILY, MARK))
    other = PROGRAM.replay("one", (*FAMILY[:4], *FAMILY[9:], MARK, *moved))
    now = at(700) + dt.timedelta(days=4)
    assert answers(PROGRAM, one, MOTHERS, Purpose.TREATMENT, now) == answers(
        PROGRAM, other, MOTHERS, Purpose.TREATMENT, now
    )
    assert seen(PROGRAM, one, FATHERS, Purpose.TREATMENT, now) != seen(
        PROGRAM, other, FATHERS, Purpose.TREATMENT, now
    )
