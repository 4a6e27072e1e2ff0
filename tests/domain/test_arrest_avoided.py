"""What takes the place of an arrest is counted by person, and honestly."""

import pytest

from coresponder.audit.tally import Tally
from coresponder.domain import events as e
from coresponder.program import load_program
from tests.conftest import NOON, at

PROGRAM = load_program("cit")
BY = {"by": "officer-1"}
CALL = e.CallReceived(at=NOON, source="911", nature="disturbance", **BY)


def offense(person):
    return e.ChargeableOffenseFound(at=at(5), person=person, **BY)


def warrant(person):
    return e.WarrantFound(at=at(6), person=person, **BY)


def taken(person, alternative="diversion", minute=9):
    return e.AlternativeTaken(at=at(minute), person=person, alternative=alternative, **BY)


def void(number):
    return e.EnteredInError(at=at(20), event=number, reason="wrong_person", **BY)


@pytest.mark.parametrize(
    ("story", "arrestable", "instead"),
    [
        ([offense("p"), taken("p")], 1, {"diversion": 1}),
        ([offense("p"), warrant("p"), taken("p"), taken("p", minute=10)], 1, {"diversion": 1}),
        ([offense("p"), warrant("q"), taken("p"), taken("q", "citation")], 2,
         {"diversion": 1, "citation": 1}),
        ([taken("p")], 0, {}),
        ([taken("p", "deflection")], 0, {"deflection": 1}),
        ([offense("q"), taken("p")], 1, {}),
        ([taken("p"), offense("p")], 1, {"diversion": 1}),
        ([offense("p"), taken("p"), void(2)], 0, {}),
    ],
)  # fmt: skip
def test_a_diversion_is_of_somebody_who_could_be_arrested(story, arrestable, instead):
    """Each person once, whatever was recorded twice or late; without grounds there is only
    deflection, and what is void did not happen.
    """
    tally = Tally(PROGRAM)
    tally.add(PROGRAM.replay("one", (CALL, *story)), at(60))
    assert (tally.arrestable, dict(tally.instead)) == (arrestable, instead)
