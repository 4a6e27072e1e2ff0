"""First aid at the scene: who gave it, and that a medic sees the person or is refused."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.vocabulary import MedicalAid
from coresponder.program import load_program
from tests.conftest import NOON, at

PROGRAM = load_program("cit")
BY = {"by": "officer-1"}
CALL = e.CallReceived(at=NOON, source="911", nature="overdose", **BY)
THERE = e.ResponderArrived(at=at(1), responder="officer-1", **BY)


def aid(minute, person="p", kind="naloxone"):
    return e.MedicalAidGiven(at=at(minute), person=person, aid=kind, **BY)


def evaluated(minute, person="p"):
    return e.MedicallyEvaluated(at=at(minute), person=person, **BY)


def declined(minute, person="p"):
    return e.MedicalCareDeclined(at=at(minute), person=person, **BY)


@pytest.mark.parametrize(
    ("story", "now", "overdue"),
    [
        ([aid(2)], 32, []),
        ([aid(2)], 33, ["p"]),
        ([aid(2), aid(20)], 33, ["p"]),
        ([aid(2), evaluated(10), aid(20)], 45, []),
        ([aid(2), evaluated(10), aid(20)], 51, ["p"]),
        ([aid(2), declined(10)], 60, []),
        ([aid(2, "p"), aid(3, "q"), evaluated(9, "q")], 60, ["p"]),
        ([aid(2, kind=one) for one in MedicalAid if one is not MedicalAid.NALOXONE], 60, []),
    ],
)
def test_after_naloxone_a_person_is_seen_within_half_an_hour_or_refuses(story, now, overdue):
    """Of each person, from the first dose that nobody has followed up; no other aid asks for it."""
    case = PROGRAM.replay("one", (CALL, THERE, *story))
    found = [
        one.key
        for one in PROGRAM.obligations(case, at(now))
        if one.policy == "evaluated-after-naloxone" and one.overdue
    ]
    assert found == overdue


def test_aid_by_somebody_who_is_no_responder_has_no_role():
    """A neighbor may have given it before anybody came."""
    case = PROGRAM.replay("one", (CALL, aid(0.5)))
    assert case.history[-1].role is None
    assert not case.findings.out_of_place
