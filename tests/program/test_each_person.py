"""An incident with several people is settled when each of them is, in every shipped program."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coresponder as co
from coresponder.program import load_program, shipped_programs
from coresponder.program.permitted import permitted
from tests.conftest import NOON

PEOPLE = ("p-1", "p-2", "p-3")
UNKNOWN, NAMED = "p-3", "p-9"
DOINGS = {
    "suspected": (co.AbuseSuspected, {}),
    "reported": (co.MandatedReportMade, {}),
    "held": (co.EmergencyHoldPlaced, {"grounds": ("danger_to_self",)}),
    "accepted": (co.HandOverAccepted, {"facility": "emergency_department"}),
    "high": (co.Screened, {"screening": co.Screening(level="high")}),
    "low": (co.Screened, {"screening": co.Screening(level="low")}),
    "plan": (co.SafetyPlanMade, {}),
    "seen": (co.FollowUpDone, {"follow_up": "f-1", "kind": "home_visit"}),
    "declines": (co.ConsentDeclined, {"scope": "services"}),
}
stories = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(sorted(DOINGS))), max_size=14)


def played(program, story, *, identified):
    """Return the case after a call, an arrival, the story, and an identification."""
    events = [
        co.CallReceived(at=NOON, by="d-1", source="911", nature="suicide_threat"),
        co.ResponderArrived(at=NOON, by="o-1", responder="o-1", role="patrol_officer"),
    ]
    for number, (person, doing) in enumerate(story, 1):
        event, fields = DOINGS[doing]
        at = NOON + dt.timedelta(minutes=number)
        events.append(event(at=at, by="o-1", person=person, **fields))
    at = NOON + dt.timedelta(minutes=30)
    if identified:
        events.append(co.PersonIdentified(at=at, by="o-1", person=UNKNOWN, identified_as=NAMED))
    events.append(co.SceneCleared(at=at, by="o-1"))
    return program.replay("one", events)


def doings_of(story, person):
    """Return what was recorded of one person, and of nobody else."""
    return [doing for who, doing in story if who == person]


def is_open(doings, begins, *ends):
    """Return whether what began last has no end after it."""
    last = max((i for i, doing in enumerate(doings) if doing in begins), default=None)
    return last is not None and not set(doings[last + 1 :]) & set(ends)


def owed_of(doings):
    """Return which rules one person's own record leaves open, judged by reading it alone."""
    found = {
        "hold-handed-over": is_open(doings, {"held"}, "accepted"),
        "abuse-reported-before-closing": "suspected" in doings and "reported" not in doings,
        "screen-followed-up": is_open(doings, {"high"}, "seen", "declines"),
    }
    return {rule for rule, is_owed in found.items() if is_owed}


def lacks_plan(doings):
    """Return whether the last screen of one person is high, and nobody made a plan with them."""
    screens = [doing for doing in doings if doing in {"high", "low"}]
    return screens[-1:] == ["high"] and "plan" not in doings


@pytest.mark.parametrize("name", shipped_programs())
@settings(max_examples=15)
@given(story=stories, identified=st.booleans())
def test_each_person_is_settled_for_themselves(name, story, identified):
    """What is owed for each person is what that person's own record leaves open, however many
    there are and in whatever order they come; also for somebody who was unknown.
    """
    program = load_program(name)
    rules = {policy.id for policy in program.policies}
    case = played(program, story, identified=identified)
    ids = {person: NAMED if identified and person == UNKNOWN else person for person in PEOPLE}
    expected = {
        (rule, ids[person])
        for person in PEOPLE
        for rule in owed_of(doings_of(story, person)) & rules
    }
    watched = {"hold-handed-over", "abuse-reported-before-closing", "screen-followed-up"}
    owed = program.obligations(case, case.last_at)
    assert {(one.policy, one.key) for one in owed if one.policy in watched} == expected


@pytest.mark.parametrize("name", shipped_programs())
@settings(max_examples=15)
@given(story=stories)
def test_an_incident_closes_when_each_person_is_settled(name, story):
    """As long as one person's duty that blocks is open, closing is refused and says for whom; a
    plan for one person does not do for another.
    """
    program = load_program(name)
    blocking = {policy.id for policy in program.policies if policy.enforcement == "BLOCK"}
    case, later = played(program, story, identified=False), NOON + dt.timedelta(hours=1)
    step = program.advance(case, co.IncidentClosed(at=later, by="o-1"))
    expected = {
        (rule, person) for person in PEOPLE for rule in owed_of(doings_of(story, person)) & blocking
    }
    assert {(one.policy, one.key) for one in step.refusals if one.key} == expected
    assert step.accepted is (not step.refusals)
    may = next(one for one in permitted(program, case, later) if one.event == "IncidentClosed")
    assert {(one.policy, one.key) for one in may.refusals if one.key} == expected
    resolved = co.DispositionRecorded(at=later, by="o-1", disposition="resolved_on_scene")
    refused = {one.policy for one in program.advance(case, resolved).refusals}
    someone = any(lacks_plan(doings_of(story, person)) for person in PEOPLE)
    assert ("high-screen-safety-plan" in refused) is (
        someone and "high-screen-safety-plan" in blocking
    )
