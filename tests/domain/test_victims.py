"""Victims of domestic violence, and reports that the law asks for."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.vocabulary import DangerLevel
from coresponder.program import load_program
from tests.conftest import NOON, at

NEW_HAVEN = load_program("new-haven-cdcp")
BY = {"by": "officer-1"}
HOUR = 60


def call(nature="domestic_violence"):
    return e.CallReceived(at=NOON, source="911", nature=nature, **BY)


def involved(minute, person="p", role="victim", **more):
    return e.PersonInvolved(
        at=at(minute), person=person, role=role, **({"age_group": "adult"} | more), **BY
    )


def suspected(minute, person="p"):
    return e.AbuseSuspected(at=at(minute), person=person, **BY)


def reported(minute, person="p", **more):
    return e.MandatedReportMade(at=at(minute), person=person, **more, **BY)


def owed(rule, *story, nature="domestic_violence", now=60):
    """Return of whom a rule is owed after a story, and of whom it is overdue."""
    case = NEW_HAVEN.replay("one", (call(nature), *story))
    found = [one for one in NEW_HAVEN.obligations(case, at(now)) if one.policy == rule]
    return [one.key for one in found], [one.key for one in found if one.overdue]


@pytest.mark.parametrize(
    ("rule", "done"),
    [
        ("rights-told", e.VictimRightsTold(at=at(9), person="p", **BY)),
        ("danger-assessed", e.DangerAssessed(at=at(9), person="p", level="not_answered", **BY)),
    ],
)
def test_each_adult_victim_is_told_and_asked(rule, done):
    """A second victim is another one; a child, a suspect or another kind of call asks for nothing."""
    two = [involved(1), involved(2, "q")]
    assert owed(rule, *two) == (["p", "q"], [])
    assert owed(rule, *two, now=125) == (["p", "q"], ["p", "q"])
    assert owed(rule, *two, done) == (["q"], [])
    assert owed(rule, involved(1, role="suspect")) == ([], [])
    assert owed(rule, involved(1, age_group="child")) == ([], [])
    assert owed(rule, involved(1), nature="traumatic_event") == ([], [])


@pytest.mark.parametrize("level", DangerLevel)
def test_only_high_danger_owes_an_advocate(level):
    """Who declines is not called for; who was reached before is called again."""
    assessed = e.DangerAssessed(at=at(5), person="p", level=level, **BY)
    reached = e.AdvocateReached(at=at(6), person="p", **BY)
    rule = "advocate-for-high-danger"
    assert owed(rule, assessed, now=20)[0] == (["p"] if level is DangerLevel.HIGH else [])
    assert owed(rule, assessed, reached, now=20)[0] == []
    declined = e.ConsentDeclined(at=at(6), person="p", **BY)
    assert owed(rule, assessed, declined, now=20)[0] == []


@pytest.mark.parametrize(
    ("story", "hours", "late"),
    [
        ([suspected(0)], 12, []),
        ([suspected(0)], 13, ["p"]),
        ([suspected(0), suspected(HOUR)], 13, ["p"]),
        ([suspected(0), reported(HOUR, written=True)], 13, ["p"]),
        ([suspected(0), suspected(0, "q"), reported(5, "q")], 13, ["p"]),
        ([suspected(0), reported(HOUR)], 13, []),
    ],
)
def test_what_is_suspected_is_reported_within_twelve_hours(story, hours, late):
    """By phone or online: the written report does not take its place."""
    assert owed("abuse-reported", *story, now=hours * HOUR)[1] == late


def test_the_written_report_follows_the_other():
    """Within 48 hours of it, whenever the suspicion arose."""
    story = [suspected(0), reported(10 * HOUR)]
    rule = "abuse-reported-in-writing"
    assert owed(rule, *story, now=58 * HOUR) == (["p"], [])
    assert owed(rule, *story, now=58 * HOUR + 1) == (["p"], ["p"])
    assert owed(rule, *story, reported(20 * HOUR, written=True), now=60 * HOUR) == ([], [])


def test_an_incident_does_not_close_before_the_report():
    """It is refused for each child of whom abuse is suspected."""
    there = e.ResponderArrived(at=at(1), responder="officer-1", **BY)
    story = [call(), there, suspected(2), suspected(3, "q"), e.SceneCleared(at=at(4), **BY)]
    closing = e.IncidentClosed(at=at(9), **BY)
    for more, refused in (
        ([], True),
        ([reported(5)], True),
        ([reported(5), reported(6, "q")], False),
    ):
        step = NEW_HAVEN.advance(NEW_HAVEN.replay("one", (*story, *more)), closing)
        rules = {refusal.policy for refusal in step.refusals}
        assert ("abuse-reported-before-closing" in rules) is refused
