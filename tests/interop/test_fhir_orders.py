"""FHIR R4 in: a family's Bundle in any order. Two people, two referrals, consents and visits, each
told twice and more, often at one instant: the same record whatever the order, or it is named.
"""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder.domain import events as e
from coresponder.interop.fhir.codes import OUTCOME
from tests.interop.test_fhir import hours, story
from tests.interop.test_fhir import task as task_in
from tests.interop.test_fhir_in import (
    BY,
    CONSENTS,
    PLANS,
    TOLD,
    VISITS,
    appointment,
    bundle,
    taken,
    told_at,
    workflow_with,
)
from tests.interop.test_fhir_servers import INCIDENT, told_by

FAMILY = [
    *(one for one in story("requested") if not isinstance(one, (*CONSENTS, *VISITS))),
    e.ReferralSent(at=hours(3), **BY, referral="r2", person="p2", service="s2"),
    *PLANS,
]
SOME_TIMES = st.sampled_from([hours(4), hours(5), hours(6)])
STATUSES = ("accepted", "rejected", "in-progress", "on-hold", "completed", "failed", "cancelled")
REASONS = st.sampled_from([{}, {"statusReason": {"text": "no_capacity"}}, {"statusReason": {"text": "other"}}])  # fmt: skip


def moved(id, status, at, reason):
    """Return the Task of one of the family's referrals."""
    person = {"r1": "p1", "r2": "p2"}[id]
    found = json.loads(json.dumps(task_in(status, id=id) | INCIDENT).replace('"p1"', f'"{person}"'))
    return found | {"lastModified": at.isoformat()} | reason


TASKS = st.builds(moved, st.sampled_from(["r1", "r2"]), st.sampled_from(STATUSES), SOME_TIMES, REASONS)  # fmt: skip
SAID = st.tuples(TOLD, SOME_TIMES).map(lambda one: told_by(told_at(*one)))
FOUND = st.lists(st.one_of(TASKS, SAID), min_size=1, max_size=6).flatmap(
    lambda some: st.tuples(st.permutations(some * 2), st.permutations(some * 2))
)


def recorded(workflow):
    """Return what a record has of what was told, in no order."""
    return sorted(one.to_json() for one in workflow.case("7").recorded()[len(FAMILY) :])


def standing(workflow):
    """Return how the family stands."""
    incident = workflow.case("7").incident
    return incident.referrals, incident.follow_ups, [one.consents for one in incident.people]


def named(got):
    """Return what a person is told to look at."""
    return [line for one in got for line in (*one.not_recorded, *one.older, *one.refused)]


@settings(max_examples=300, deadline=None)
@given(FOUND)
def test_a_familys_bundle_in_any_order_makes_one_record(orders):
    """The events are the same, and how each one stands; a second time nothing is recorded."""
    records = []
    for order in orders:
        workflow = workflow_with(FAMILY)
        taken(workflow, bundle(*order))
        records.append((recorded(workflow), standing(workflow)))
        taken(workflow, bundle(*order))
        assert recorded(workflow) == records[-1][0]
    assert records[0] == records[1]


def test_a_second_miss_beside_a_new_plan_of_one_time_is_not_recorded_when_it_comes_again():
    """Missed, then planned anew and missed at one time: the second miss is named, once and again."""
    bare = {"cancelationReason": {"text": "nobody_home"}}
    missed = [appointment("noshow", start=hours(at).isoformat(), **bare) for at in (52, 60)]
    anew = appointment("booked", start=hours(90).isoformat())
    for order in itertools.permutations([*missed, anew]):
        workflow = workflow_with(FAMILY)
        for _ in range(2):
            got = taken(workflow, bundle(*order))
            assert "f1: missed at another time than recorded; the first one stands" in named(got)
            assert len(recorded(workflow)) == 2
        assert workflow.case("7").incident.follow_up("f1").due == hours(90)


def test_a_miss_and_a_new_plan_of_one_time_that_come_one_after_the_other_are_named():
    """Nothing says which came first, so what was told last stands, and that is said."""
    missed = appointment(
        "noshow", start=hours(60).isoformat(), cancelationReason={"text": "nobody_home"}
    )
    anew = appointment("booked", start=hours(90).isoformat())
    for order, status in (((missed, anew), "planned"), ((anew, missed), "missed")):
        workflow = workflow_with(FAMILY)
        said = [line for one in order for line in named(taken(workflow, one))]
        assert any(
            f"at the same time; {status}, which was told last, stands" in line for line in said
        )
        assert [line for one in order for line in named(taken(workflow, one))] == []


def test_what_was_told_before_and_again_beside_another_of_one_time_is_no_news():
    """Accepted, then at one time put on hold and accepted: the record has it on hold, in any order."""
    first = moved("r1", "accepted", hours(4), {})
    pair = moved("r1", "on-hold", hours(5), {}), moved("r1", "accepted", hours(5), {})
    for order in itertools.permutations([first, *pair]):
        workflow = workflow_with(FAMILY)
        for _ in range(2):
            got = taken(workflow, bundle(*order))
            assert len(recorded(workflow)) == 2
            assert workflow.case("7").incident.referral("r1").status == "on-hold"
        assert "r1: accepted again, and on-hold, at one time; the record has the second" in named(
            got
        )


def test_a_reason_of_a_status_that_has_none_in_the_record_is_named_and_comes_again():
    """On hold for a reason: recorded, the reason named; again, no news."""
    held = moved("r1", "on-hold", hours(5), {"statusReason": {"text": "no_capacity"}})
    workflow = workflow_with(FAMILY)
    for count in (1, 0):
        (one,) = taken(workflow, held)
        assert len(one.recorded) == count and not one.not_recorded
        assert "Task.statusReason: the record has none for on-hold" in one.left_out


TIMES = {
    "ended before it began": ({"start": hours(70), "end": hours(69)}, "Appointment.end: it lies before its start"),
    "in the past": ({"start": hours(59)}, "Appointment.start: it was booked when its time had passed"),
    "asked for backwards": ({"requestedPeriod": [{"start": hours(90), "end": hours(80)}]}, "Appointment.requestedPeriod: its end lies"),
}  # fmt: skip


@pytest.mark.parametrize("name", TIMES)
def test_a_plan_whose_times_cannot_all_be_is_named(name):
    """It is not recorded, and a cancellation with such times is: it only takes away."""
    times, said = TIMES[name]
    document = json.loads(json.dumps(appointment("booked", **times), default=lambda at: at.isoformat()))  # fmt: skip
    workflow = workflow_with(FAMILY)
    (one,) = taken(workflow, document)
    assert one.recorded == () and said in one.not_recorded[0]
    assert len(taken(workflow, document | {"status": "cancelled"})[0].recorded) == 1


def test_a_plan_that_is_overdue_when_it_is_told_is_recorded_and_named():
    """By when a contact is asked for may have passed; when it is booked for may not."""
    late = appointment("proposed", requestedPeriod=[{"end": hours(55).isoformat()}])
    (one,) = taken(workflow_with(FAMILY), late)
    assert len(one.recorded) == 1
    assert one.older == ("f1: the time by which it is due had passed when it was proposed",)


def test_a_contact_that_ended_before_it_began_and_a_task_that_moved_before_it_was_written():
    """Both are named, and not recorded; a day alone is not compared."""
    made = {"extension": [{"url": OUTCOME, "valueCode": "safe"}]}
    backwards = {"start": hours(70).isoformat(), "end": hours(69).isoformat()}
    (one,) = taken(workflow_with(FAMILY), appointment("fulfilled", **made, **backwards))
    assert one.recorded == () and "Appointment.end: it lies before its start" in one.not_recorded[0]
    early = moved("r1", "accepted", hours(4), {"authoredOn": hours(5).isoformat()})
    (one,) = taken(workflow_with(FAMILY), early)
    assert one.recorded == () and one.not_recorded == (
        "Task.lastModified: it lies before authoredOn",
    )
    (one,) = taken(workflow_with(FAMILY), early | {"authoredOn": "2099-01-01"})
    assert len(one.recorded) == 1
