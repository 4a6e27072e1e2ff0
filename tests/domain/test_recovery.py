"""The weeks and months after: children's treatment, school, those who were told of a death."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.vocabulary import Treatment, TreatmentResult
from coresponder.program import load_program
from tests.conftest import NOON, at

NEW_HAVEN = load_program("new-haven-cdcp")
ST_LOUIS = load_program("st-louis-mobile-crisis-prevention")
BY = {"by": "clinician-1"}
DAY = 24 * 60


def call(nature="violent_crime"):
    return e.CallReceived(at=NOON, source="911", nature=nature, **BY)


def owed(rule, *story, now, program=NEW_HAVEN, nature="violent_crime"):
    """Return of whom a rule is owed after a story, and of whom it is overdue."""
    case = program.replay("one", (call(nature), *story))
    found = [one for one in program.obligations(case, at(now)) if one.policy == rule]
    return [one.key for one in found], [one.key for one in found if one.overdue]


def broken(*story, program=NEW_HAVEN):
    case = program.replay("one", (call(), *story))
    return [(one.policy, one.key) for one in case.violations]


def refused(event, *story, program=NEW_HAVEN):
    step = program.advance(program.replay("one", (call(), *story)), event)
    return [one.policy for one in step.refusals]


@pytest.mark.parametrize("treatment", Treatment)
@pytest.mark.parametrize("result", TreatmentResult)
@pytest.mark.parametrize("sessions", [0, 4, 5, 8])
def test_only_a_complete_treatment_has_five_sessions(treatment, result, sessions):
    """A family may stop after one, and other treatments have their own length."""
    ended = e.TreatmentEnded(
        at=at(9), person="p", treatment=treatment, result=result, sessions=sessions, **BY
    )
    short = treatment == "cftsi" and result == "completed" and sessions < 5
    assert (("five-sessions", None) in broken(ended)) is short


def test_nobody_attends_a_negative_number_of_sessions():
    """Nor do fewer than one person tell of a death."""
    with pytest.raises(ValueError, match="must be >="):
        e.TreatmentEnded(
            at=NOON, person="p", treatment="cftsi", result="completed", sessions=-1, **BY
        )
    with pytest.raises(ValueError, match="must be >="):
        e.DeathNotificationMade(at=NOON, person="p", notifiers=0, **BY)


def test_each_of_two_children_has_a_treatment_of_their_own():
    """One begins in time; the other's is overdue after 45 days, and a refusal settles it."""
    need = "child_trauma_treatment"
    offers = [
        e.ReferralOffered(at=at(1), referral=f"r-{who}", person=who, need=need, **BY)
        for who in ("p", "q")
    ]
    began = e.TreatmentStarted(at=at(20 * DAY), person="p", treatment="cftsi", **BY)
    no = e.ConsentDeclined(at=at(46 * DAY), person="q", **BY)
    rule = "treatment-starts"
    assert owed(rule, *offers, began, now=45 * DAY + 1) == (["q"], [])
    assert owed(rule, *offers, began, now=45 * DAY + 2) == (["q"], ["q"])
    assert owed(rule, *offers, began, no, now=47 * DAY) == ([], [])
    assert owed("treatment-ends-with-a-result", *offers, began, now=111 * DAY)[1] == ["p"]


@pytest.mark.parametrize(
    ("program", "scope", "ask"),
    [
        (NEW_HAVEN, "school_records", e.SchoolReportRequested),
        (ST_LOUIS, "advocate_records", e.AdvocateRecordShared),
    ],
)
def test_what_a_school_or_an_advocate_knows_needs_a_consent_of_its_own(program, scope, ask):
    """Consent to services is another one; of two people each consents; it can be withdrawn."""
    asked = ask(at=at(60), person="p", **BY)

    def said(minute, make=e.ConsentGiven, *, scope=scope, person="p"):
        return make(at=at(minute), person=person, scope=scope, **BY)

    story = [said(2)]
    assert len(refused(asked, program=program)) == 1
    assert len(refused(asked, said(1, scope="services"), program=program)) == 1
    assert len(refused(asked, said(1, person="q"), program=program)) == 1
    assert refused(asked, *story, program=program) == []
    story.append(said(3, e.ConsentWithdrawn))
    assert len(refused(asked, *story, program=program)) == 1
    assert len(refused(asked, *story, said(4, scope="services"), program=program)) == 1
    assert refused(asked, *story, said(4), program=program) == []


def test_a_school_that_was_not_asked_is_a_breach():
    """It is a fact and stays; asking about one child is not asking about the other."""
    asked = e.SchoolReportRequested(at=at(5), person="p", **BY)
    told = [
        e.SchoolOutcomeReported(at=at(9), person=who, measure="grades", change="worse", **BY)
        for who in ("p", "q")
    ]
    assert [one for one in broken(asked, *told) if one[0] == "school-was-asked"] == [
        ("school-was-asked", "q")
    ]


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ({"notifiers": 2}, set()),
        ({"notifiers": 1}, {"kin-told-in-pairs"}),
        ({"notifiers": 2, "presence": "video"}, {"kin-told-in-person"}),
        ({"notifiers": 1, "presence": "phone"}, {"kin-told-in-pairs", "kin-told-in-person"}),
    ],
)
def test_a_death_is_told_in_person_and_in_pairs(more, rules):
    """Each is counted by itself."""
    told = e.DeathNotificationMade(at=at(9), person="p", **more, **BY)
    found = {policy for policy, _ in broken(told)}
    assert found & {"kin-told-in-pairs", "kin-told-in-person"} == rules


def test_those_who_were_told_are_followed_for_a_year_unless_they_decline():
    """A visit is no contact around the anniversary; a leap day does not move it."""
    told = e.DeathNotificationMade(at=at(0), person="p", notifiers=2, **BY)

    def met(day, kind):
        return e.FollowUpDone(at=at(day * DAY), follow_up=kind, kind=kind, person="p", **BY)

    rule = "anniversary-remembered"
    assert owed("kin-seen-again", told, now=2 * DAY + 1)[1] == ["p"]
    assert owed("kin-seen-again", told, met(1, "home_visit"), now=3 * DAY) == ([], [])
    assert owed(rule, told, met(1, "home_visit"), met(70, "court_day"), now=381 * DAY)[1] == ["p"]
    assert owed(rule, told, met(366, "anniversary"), now=381 * DAY) == ([], [])
    no = e.ConsentDeclined(at=at(3 * DAY), person="p", **BY)
    assert owed(rule, told, no, now=381 * DAY) == ([], [])


@pytest.mark.parametrize("answer", [e.AdvocateReached, e.AdvocateDeclined])
def test_an_advocate_who_was_called_comes_or_is_not_wanted(answer):
    """A victim of another crime, or a witness, is owed none."""
    there = e.PersonInvolved(at=at(1), person="p", role="victim", **BY)
    asked = e.AdvocateRequested(at=at(10), person="p", **BY)
    known = {"program": ST_LOUIS, "nature": "sexual_assault"}
    assert owed("advocate-called", there, now=32, **known) == (["p"], ["p"])
    assert owed("advocate-called", there, asked, now=32, **known) == ([], [])
    assert owed("advocate-comes", there, asked, now=71, **known) == (["p"], ["p"])
    settled = answer(at=at(80), person="p", **BY)
    assert owed("advocate-comes", there, asked, settled, now=99, **known) == ([], [])
    assert owed("advocate-called", there, now=32, program=ST_LOUIS)[0] == []
