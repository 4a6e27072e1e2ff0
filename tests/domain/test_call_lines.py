"""A call that passes from one line to another, and a caller who is lost."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.vocabulary import CallLine
from coresponder.program import load_program
from tests.conftest import NOON, at

CIT = load_program("cit")
BY = {"by": "dispatcher-1"}
CALL = e.CallReceived(at=NOON, source="911", nature="suicide_threat", **BY)
LOST = e.CallerLost(at=at(3), **BY)


def offered(minute, to="988", **more):
    return e.CallTransferOffered(at=at(minute), to=to, **more, **BY)


def accepted(minute, to="988"):
    return e.CallTransferAccepted(at=at(minute), to=to, **BY)


def declined(minute, to="988"):
    return e.CallTransferDeclined(at=at(minute), to=to, **BY)


def overdue(*story, now):
    case = CIT.replay("one", (CALL, *story))
    assert not case.findings.out_of_place
    return [(one.policy, one.key) for one in CIT.obligations(case, at(now)) if one.overdue]


@pytest.mark.parametrize(
    ("story", "now", "late"),
    [
        ([offered(1)], 6, []),
        ([offered(1)], 7, [None]),
        ([offered(1), offered(2, "211"), accepted(3, "211")], 9, []),
        ([offered(1), declined(2), offered(3, "211")], 8, []),
        ([offered(1), declined(2), offered(3, "211")], 9, [None]),
        ([offered(1), LOST], 9, []),
    ],
)
def test_a_line_that_is_asked_answers(story, now, late):
    """One line after another, or two at a time, of which one is enough; each new offer asks anew."""
    found = overdue(*story, now=now)
    assert [key for rule, key in found if rule == "transfer-answered"] == late


@pytest.mark.parametrize("to", CallLine)
@pytest.mark.parametrize(
    ("danger", "rule"),
    [
        (e.WeaponSeen(at=at(1), **BY), "no-transfer-with-a-weapon"),
        (e.ImminentDangerSeen(at=at(1), **BY), "no-transfer-in-danger"),
    ],
)
def test_a_call_with_danger_goes_to_no_crisis_line(to, danger, rule):
    """911 may have it back."""
    step = CIT.advance(CIT.replay("one", (CALL, danger)), offered(2, to))
    refused = [refusal.policy for refusal in step.refusals]
    assert refused == ([] if to is CallLine.NINE_ONE_ONE else [rule])


def test_a_lost_caller_is_called_back_or_looked_for():
    """Ten minutes, whoever hung up."""
    assert overdue(LOST, now=13) == []
    assert overdue(LOST, now=14) == [("lost-caller-looked-for", None)]
    assert overdue(LOST, e.CallerReached(at=at(5), **BY), now=14) == []


def test_a_call_is_handed_over_when_somebody_has_it():
    """An offer alone, or one that was declined, is none."""
    done = e.DispositionRecorded(at=at(9), disposition="handed_to_crisis_line", **BY)
    for story, refused in (
        ([], True),
        ([offered(1)], True),
        ([offered(1), declined(2)], True),
        ([offered(1), declined(2), offered(3), accepted(4)], False),
    ):
        step = CIT.advance(CIT.replay("one", (CALL, *story)), done)
        assert bool(step.refusals) is refused
