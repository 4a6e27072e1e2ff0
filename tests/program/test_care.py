"""A care plan that a person shares, which responders see when they meet the person again."""

import pytest

from coresponder import Workflow
from coresponder.domain import events as e
from coresponder.domain.objects import CarePlan
from coresponder.program import load_program
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore
from tests.conftest import at

HARTFORD = load_program("hartford-vt")
BY = {"by": "clinician-1"}
DAY = 24 * 60
ONE = CarePlan(flags=["one_voice"], triggers=["uniforms"], first_contact="peer")
TWO = CarePlan(helped=["calm_tone"])


def call(minute):
    return e.CallReceived(at=at(minute), source="family", nature="psychosis", **BY)


def involved(minute, person="p"):
    return e.PersonInvolved(at=at(minute), person=person, role="person_in_crisis", **BY)


def consent(minute, make=e.ConsentGiven, scope="care_plan"):
    return make(at=at(minute), person="p", scope=scope, **BY)


def shared(minute, plan=ONE):
    return e.CarePlanShared(at=at(minute), person="p", plan=plan, **BY)


def ended(minute):
    return e.CarePlanEnded(at=at(minute), person="p", **BY)


@pytest.fixture(params=["memory", "sqlite"])
def desks(request, tmp_path):
    """Two processes with one store."""
    now = [at(200 * DAY)]
    memory = MemoryStore()
    stores = [
        memory if request.param == "memory" else SqlStore.sqlite(tmp_path / "s.db") for _ in "ab"
    ]
    return [Workflow(HARTFORD, store, clock=lambda: now[0]) for store in stores]


def known(desk, minute, incident="next", person="p"):
    """Return the plan that a crew sees who meets the person at that time."""
    desk.record(incident, call(minute))
    return desk.record(incident, involved(minute, person)).case.history[-1].prior.care


@pytest.mark.parametrize(
    ("later", "plan"),
    [
        ([], ONE),
        ([shared(5, TWO)], TWO),
        ([ended(5)], None),
        ([consent(5, e.ConsentWithdrawn)], None),
        ([consent(5, e.ConsentDeclined)], None),
        ([consent(5, e.ConsentWithdrawn, "sharing")], ONE),
        ([consent(5, e.ConsentWithdrawn), consent(6), shared(7, TWO)], TWO),
    ],
)
def test_the_last_word_of_the_person_counts(desks, later, plan):
    """Another process sees it at once; what another person shared is not this one's."""
    one, other = desks
    for event in (call(0), involved(1), consent(2), shared(3), *later):
        one.record("first", event)
    assert known(other, DAY) == plan
    assert known(other, DAY, "else", person="q") is None


def test_a_consent_that_is_taken_back_in_another_incident_ends_the_plan(desks):
    """The person says so to another crew; the first incident keeps what was recorded there."""
    one, other = desks
    for event in (call(0), involved(1), consent(2), shared(3)):
        one.record("first", event)
    assert known(other, DAY, "second") == ONE
    other.record("second", consent(DAY + 5, e.ConsentWithdrawn))
    assert known(one, 2 * DAY, "third") is None
    assert one.case("first").incident.person("p").care == ONE
    one.record("first", shared(3 * DAY, TWO))
    assert known(other, 4 * DAY, "fourth") == TWO


def test_a_note_that_comes_late_knows_what_was_known_then(desks):
    """Who was met before the plan was shared was met without it; a voided plan was never there."""
    one, other = desks
    for event in (call(0), involved(1), consent(2), shared(DAY)):
        one.record("first", event)
    assert known(other, 60, "late") is None
    one.record("first", e.EnteredInError(at=at(DAY + 1), event=4, reason="wrong_person", **BY))
    assert known(other, 2 * DAY) is None


def test_a_stranger_who_is_identified_has_the_plan(desks):
    """It comes with the id, and is owed to the person."""
    one, other = desks
    for event in (call(0), involved(1), consent(2), shared(3)):
        one.record("first", event)
    assert known(other, DAY, "second", person="unknown") is None
    identified = e.PersonIdentified(at=at(DAY + 9), person="unknown", identified_as="p", **BY)
    case = other.record("second", identified).case
    assert case.incident.person("p").prior.care == ONE
    owed = [one.key for one in HARTFORD.obligations(case, at(DAY + 10)) if "agreed" in one.policy]
    assert owed == ["p"]


def test_who_declined_is_not_asked_how_it_was_and_nobody_twice():
    """Each person is asked for themselves; a new consent permits the question again."""

    def asked(*story, person="p"):
        case = HARTFORD.replay("one", (call(0), *story))
        step = HARTFORD.advance(case, e.SurveyOffered(at=at(90), person=person, **BY))
        return [one.policy for one in step.refusals]

    offered = e.SurveyOffered(at=at(5), person="p", **BY)
    no = e.SurveyDeclined(at=at(6), person="p", **BY)
    assert asked() == []
    assert asked(offered) == ["asked-once"]
    assert asked(offered, person="q") == []
    assert asked(no) == ["declined-not-asked"]
    assert asked(consent(6, e.ConsentDeclined, "services")) == ["declined-not-asked"]
    assert asked(no, consent(7, scope="services")) == []
