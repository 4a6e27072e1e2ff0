"""Who leads a scene, who went in, who is cut off, and who is kept apart."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.fold import fold_for
from coresponder.domain.objects import Incident, Screening
from coresponder.domain.vocabulary import LeadService, Presence, Role
from coresponder.program import load_program
from tests.conftest import NOON, at

CIT, HARTFORD, NEW_HAVEN = map(load_program, ("cit", "hartford-vt", "new-haven-cdcp"))
BY = {"by": "officer-1"}


def folded(*events):
    incident = Incident(id="one")
    for event in events:
        incident = fold_for(type(event))(incident, event, "on_scene")
    return incident


def case_of(program, *story, nature="welfare_check"):
    call = e.CallReceived(at=NOON, source="911", nature=nature, **BY)
    return program.replay("one", (call, *story))


def arrived(minute, role, responder="responder-1"):
    return e.ResponderArrived(at=at(minute), responder=responder, role=role, **BY)


def owed(program, case, now):
    found = program.obligations(case, at(now))
    return {one.policy for one in found}, {one.policy for one in found if one.overdue}


def test_the_service_of_the_last_commander_leads():
    """In an overdose the medics may lead from the first minute, and hand on to the police."""
    assert folded().scene.led_by is None
    first = e.CommandTaken(at=at(1), commander="medic-1", service="ems", **BY)
    assert folded(first).scene.led_by is LeadService.EMS
    on = e.CommandTransferred(at=at(9), commander="sergeant-1", **BY)
    assert folded(first, on).scene.led_by is LeadService.POLICE
    assert folded(first, on).scene.commander == "sergeant-1"


@pytest.mark.parametrize("role", Role)
def test_officers_of_special_teams_are_sworn(role):
    """A volunteer beside a negotiator is not without an officer."""
    there = folded(arrived(1, role)).officers_on_scene
    assert bool(there) is role.sworn
    assert Role.NEGOTIATOR.sworn and Role.TACTICAL_OFFICER.sworn


@pytest.mark.parametrize(
    ("story", "late"),
    [
        ([arrived(5, "tactical_officer")], True),
        ([arrived(2, "clinician", "c"), arrived(5, "tactical_officer")], False),
        ([arrived(5, "tactical_officer"), arrived(60, "negotiator", "n")], False),
        (
            [
                arrived(5, "tactical_officer"),
                e.ExpertConsulted(at=at(20), responder="c", presence="phone", **BY),
            ],
            False,
        ),
        ([arrived(5, "tactical_officer"), arrived(6, "supervisor", "s")], True),
    ],
)
def test_a_tactical_team_is_not_alone(story, late):
    """A negotiator or a clinician is there, before it or within the hour, or advises."""
    found = owed(CIT, case_of(CIT, *story), 66)[1]
    assert ("negotiator-with-tactical-team" in found) is late


def lost(minute, **more):
    return e.ConnectionLost(at=at(minute), responder="c", **more, **BY)


def back(minute, **more):
    return e.ConnectionRestored(at=at(minute), responder="c", **more, **BY)


@pytest.mark.parametrize(
    ("story", "stays"),
    [
        ([], True),
        ([lost(6)], False),
        ([lost(6), back(8)], True),
        ([lost(6), back(8, presence="phone"), lost(9)], False),
        ([lost(6), e.ConnectionFailed(at=at(7), responder="c", **BY)], False),
        ([lost(6), e.ClinicianEngaged(at=at(8), responder="other", **BY)], True),
    ],
)
def test_nobody_at_risk_stays_on_a_decision_made_alone(story, stays):
    """One clinician on the line is enough; an attempt that failed is none."""
    there = arrived(1, "patrol_officer")
    screened = e.Screened(at=at(5), person="p", screening=Screening(level="moderate"), **BY)
    case = case_of(HARTFORD, there, screened, *story)
    step = HARTFORD.advance(
        case, e.DispositionRecorded(at=at(9), disposition="remained_in_community", **BY)
    )
    assert step.accepted is stays


def test_a_line_that_breaks_takes_nothing_back():
    """The clinician was engaged, and that stays true; how they took part last is known."""
    engaged = e.ClinicianEngaged(at=at(2), responder="c", presence="video", **BY)
    assert folded(engaged, lost(3)).scene.clinician is Presence.VIDEO


def test_attempts_are_counted():
    """Each one, whatever came of it."""
    tried = [
        e.ContactAttempted(at=at(minute), outcome=outcome, **BY)
        for minute, outcome in ((1, "nobody_home"), (2, "refused_at_door"), (3, "gone_on_arrival"))
    ]
    assert folded(*tried).scene.attempts == 3


def apart(minute, person="father", protects="mother", ground="court_order"):
    return e.NoContactMarked(at=at(minute), person=person, protects=protects, ground=ground, **BY)


def lifted(minute, person="father", protects="mother"):
    return e.NoContactLifted(at=at(minute), person=person, protects=protects, **BY)


def test_two_people_are_kept_apart_both_ways():
    """Marked twice is marked; a third person is not concerned, and lifting ends it for both."""
    incident = folded(apart(1), apart(2), apart(3, "uncle"))
    assert incident.kept_apart("father", "mother") and incident.kept_apart("mother", "father")
    assert incident.person("mother").apart_from == ("father", "uncle")
    assert not incident.kept_apart("father", "uncle")
    assert not incident.kept_apart("nobody", "mother")
    ended = folded(apart(1), apart(3, "uncle"), lifted(4))
    assert not ended.kept_apart("mother", "father") and ended.kept_apart("mother", "uncle")


@pytest.mark.parametrize(
    ("nature", "refused"), [("domestic_violence", True), ("violent_crime", False)]
)
def test_domestic_violence_does_not_end_before_each_suspect_is_kept_apart(nature, refused):
    """A suspect of a family; another kind of crime is the program's own to judge."""
    suspect = e.PersonInvolved(at=at(2), person="father", role="suspect", **BY)
    story = (arrived(1, "patrol_officer"), suspect, e.SceneCleared(at=at(5), **BY))
    closing = e.IncidentClosed(at=at(9), **BY)
    for more, expected in (((), refused), ((apart(6),), False), ((apart(6, "uncle"),), refused)):
        step = NEW_HAVEN.advance(case_of(NEW_HAVEN, *story, *more, nature=nature), closing)
        assert ("suspect-kept-apart" in {one.policy for one in step.refusals}) is expected
