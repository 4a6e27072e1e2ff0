"""Who is on scene at each moment, from arrivals, departures and relief."""

import datetime as dt

import pytest

from coresponder.domain import events as e
from coresponder.domain.vocabulary import Role
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Program
from tests.conftest import NOON


def at(minute):
    return NOON + dt.timedelta(minutes=minute)


def arrived(minute, responder, role=None):
    return e.ResponderArrived(at=at(minute), by=responder, responder=responder, role=role)


def cleared(minute, responder):
    return e.ResponderCleared(at=at(minute), by=responder, responder=responder)


def relieved(minute, responder, other):
    return e.ResponderRelieved(at=at(minute), by=other, responder=responder, relieved_by=other)


CALL = e.CallReceived(at=NOON, by="dispatcher-1", source="911", nature="victim_support")
BOTH = (CALL, arrived(1, "officer-1", "patrol_officer"), arrived(2, "worker-1", "peer"))


def incident(*events):
    return Program(id="p").replay("one", events).incident


def test_who_arrives_is_there_until_they_leave():
    """The roles are of those who are there now; an officer is counted as sworn, a peer is not."""
    there = incident(*BOTH)
    assert (there.on_scene, there.officers_on_scene) == (("patrol_officer", "peer"), 1)
    alone = incident(*BOTH, cleared(3, "officer-1"))
    assert (alone.on_scene, alone.officers_on_scene) == (("peer",), 0)


def test_two_of_one_role_are_two():
    """When one of two officers leaves, one is still there."""
    two = (*BOTH, arrived(3, "officer-2", "supervisor"))
    assert incident(*two).officers_on_scene == 2
    assert incident(*two, cleared(4, "officer-1")).officers_on_scene == 1


def test_when_the_scene_is_cleared_nobody_is_there():
    """Clearing the scene takes everybody, also those who never said that they left."""
    left = incident(*BOTH, e.SceneCleared(at=at(9), by="officer-1"))
    assert (left.on_scene, left.officers_on_scene, left.attending) == ((), 0, ())


def test_arriving_twice_is_being_there_once_and_the_role_is_the_one_that_was_said():
    """A second arrival adds nobody; it says a role that was not known, and forgets none."""
    again = incident(CALL, arrived(1, "a"), arrived(2, "a", "clinician"), arrived(3, "a"))
    assert [(one.id, one.role) for one in again.attending] == [("a", Role.CLINICIAN)]


def test_somebody_without_a_role_is_there_and_counts_as_no_role():
    """An unknown role is not guessed."""
    unknown = incident(CALL, arrived(1, "a"))
    assert ([one.id for one in unknown.attending], unknown.on_scene) == (["a"], ())


def test_an_arrival_that_is_recorded_late_stands_where_it_happened():
    """The officer who arrived before the volunteer was there before, however late it is known."""
    program = Program(
        id="p",
        policies=(
            Policy(
                id="alone",
                template="absence",
                a=Atom(
                    events="ResponderArrived",
                    where={"incident.on_scene": {"has": "peer"}, "incident.officers_on_scene": 0},
                ),
            ),
        ),
    )
    late = (CALL, arrived(5, "worker-1", "peer"), arrived(4, "officer-1", "cit_officer"))
    first = program.replay("one", late[:2])
    assert first.violations
    assert not program.replay("one", late).violations


def test_relief_takes_one_away_and_adds_nobody():
    """Who relieves has arrived; the one who is relieved leaves."""
    relief = (*BOTH, arrived(5, "officer-2", "cit_officer"), relieved(6, "officer-1", "officer-2"))
    assert [one.id for one in incident(*relief).attending] == ["worker-1", "officer-2"]


@pytest.mark.parametrize("ended", [False, True])
def test_relief_passes_on_what_is_still_to_be_done(ended):
    """Open referrals and follow-ups of the one who leaves are the other's; what has ended stays."""
    planned = e.FollowUpScheduled(
        at=at(3), by="a", follow_up="f", kind="home_visit", due=at(99), owner="worker-1"
    )
    offered = e.ReferralOffered(at=at(3), by="a", referral="r", person="p", need="housing")
    sent = e.ReferralSent(at=at(4), by="a", referral="r", person="p", owner="worker-1")
    done = e.FollowUpDone(at=at(5), by="a", follow_up="f", kind="home_visit")
    events = (*BOTH, planned, offered, sent, *((done,) if ended else ()))
    after = incident(*events, relieved(6, "worker-1", "worker-2"))
    assert after.referrals[0].owner == "worker-2"
    assert after.follow_ups[0].owner == ("worker-1" if ended else "worker-2")
