"""Force, its review, and what people say of the response."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.vocabulary import BodyCamera, ComplaintFinding, ForceKind, NoAttempt
from coresponder.program import load_program
from tests.conftest import NOON, at

CIT = load_program("cit")
BY = {"by": "officer-1"}
DAY = 24 * 60
CALL = (
    e.CallReceived(at=NOON, source="911", nature="disturbance", **BY),
    e.ResponderArrived(at=at(1), responder="officer-1", **BY),
)


def force(minute=5, kind="hands_on", **more):
    return e.ForceUsed(at=at(minute), kind=kind, person="p", responder="officer-1", **more, **BY)


def broken(*story):
    return {one.policy for one in CIT.replay("one", (*CALL, *story)).violations}


def owed(rule, *story, now):
    """Return of whom a rule is owed after a story, and of whom it is overdue."""
    case = CIT.replay("one", (*CALL, *story))
    found = [one for one in CIT.obligations(case, at(now)) if one.policy == rule]
    return [one.key for one in found], [one.key for one in found if one.overdue]


@pytest.mark.parametrize("why", [None, *NoAttempt])
def test_force_without_an_attempt_says_why(why):
    """An attempt before, or imminent danger, needs no reason; each use of force is judged alone."""
    tried = e.DeEscalationAttempted(at=at(2), techniques=["calm_tone"], **BY)
    danger = e.ImminentDangerSeen(at=at(2), **BY)
    assert ("force-says-why" in broken(force(no_attempt=why))) is (why is None)
    assert "force-says-why" not in broken(tried, force(no_attempt=why))
    assert "force-says-why" not in broken(danger, force(no_attempt=why))
    two = CIT.replay("one", (*CALL, force(3, no_attempt="attacked"), force(4), force(5)))
    assert [one.policy for one in two.violations].count("force-says-why") == 2


@pytest.mark.parametrize("kind", ForceKind)
def test_a_weapon_is_used_on_a_person_after_a_warning(kind):
    """Nobody said is no breach; hands and a pointed firearm ask for no warning."""
    rule, weapon = "warned-before-force", kind in {"less_lethal", "firearm_discharged"}
    assert (rule in broken(force(kind=kind, warned=False))) is weapon
    for more in ({}, {"warned": True}, {"warned": False, "no_attempt": "no_time"}):
        assert rule not in broken(force(kind=kind, **more))


@pytest.mark.parametrize("camera", [None, *BodyCamera])
def test_a_camera_is_on_or_has_failed(camera):
    """What nobody said is not held against anybody."""
    assert ("camera-on" in broken(force(camera=camera))) is (camera in {"off", "not_worn"})


def test_a_review_has_a_finding():
    """A review that found nothing yet is none; a finding of another review counts for both."""
    held = e.ReviewHeld(at=at(DAY), **BY)
    found = e.ReviewHeld(at=at(2 * DAY), finding="within_policy", **BY)
    assert owed("force-reviewed", force(), held, now=3 * DAY)[0] == [None]
    assert owed("force-reviewed", force(), held, found, now=3 * DAY)[0] == []


def test_each_person_who_was_hurt_is_seen_by_a_medic():
    """A responder's injury is not a person's; each person is owed their own."""
    hurt = [
        e.InjuryRecorded(at=at(6), injured="person", person=who, severity="minor", **BY)
        for who in ("p", "q")
    ]
    ours = e.InjuryRecorded(at=at(6), injured="responder", responder="officer-1", **BY)
    rule, refused = "injured-person-seen", e.MedicalCareDeclined(at=at(9), person="p", **BY)
    seen = e.MedicallyEvaluated(at=at(9), person="q", **BY)
    assert owed(rule, *hurt, ours, now=36) == (["p", "q"], [])
    assert owed(rule, *hurt, ours, now=37) == (["p", "q"], ["p", "q"])
    assert owed(rule, *hurt, refused, seen, now=37) == ([], [])


@pytest.mark.parametrize("finding", ComplaintFinding)
def test_a_complaint_is_answered_whatever_was_found(finding):
    """Praise is no answer; the incident may close meanwhile, and the answer stays owed."""
    said = e.ComplaintReceived(at=at(DAY), person="p", about="force", **BY)
    praise = e.PraiseReceived(at=at(DAY + 1), person="p", **BY)
    left = e.SceneCleared(at=at(30), **BY)
    closed = e.IncidentClosed(at=at(2 * DAY), **BY)
    story, rule = (left, said, praise, closed), "complaint-answered"
    assert CIT.replay("one", (*CALL, *story)).state == "closed"
    assert owed(rule, *story, now=91 * DAY) == (["p"], [])
    assert owed(rule, *story, now=91 * DAY + 1) == (["p"], ["p"])
    answered = e.ComplaintAnswered(at=at(92 * DAY), person="p", finding=finding, **BY)
    assert owed(rule, *story, answered, now=93 * DAY) == ([], [])
