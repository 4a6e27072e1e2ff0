"""Weapons, lethal means and orders of a court."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.objects import Override, Screening
from coresponder.domain.vocabulary import Nature, WeaponKind
from coresponder.program import load_program
from tests.conftest import NOON, at

CIT = load_program("cit")
BY = {"by": "officer-1"}
SAFE = "firearm-in-a-safe-place"


def call(nature="suicide_threat"):
    return e.CallReceived(at=NOON, source="911", nature=nature, **BY)


def seen(minute, person="p", kind="firearm"):
    return e.WeaponSeen(at=at(minute), kind=kind, person=person, **BY)


def secured(minute, person="p"):
    return e.WeaponSecured(at=at(minute), safekeeping="off_site", person=person, **BY)


def owed(*story, nature="suicide_threat", rule=SAFE, now=60):
    """Return of whom a rule is owed after a story."""
    case = CIT.replay("one", (call(nature), *story))
    return [one.key for one in CIT.obligations(case, at(now)) if one.policy == rule]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([seen(1)], ["p"]),
        ([seen(1), secured(2)], []),
        ([seen(1), secured(2, "q")], ["p"]),
        ([seen(1), seen(2, "q"), secured(3, "q")], ["p"]),
        ([seen(1), secured(2), seen(3)], ["p"]),
        ([seen(1, None)], [None]),
        ([seen(1, None), secured(2, None)], []),
        ([secured(1), seen(2)], ["p"]),
        ([seen(5), secured(9), e.EnteredInError(at=at(10), event=3, reason="did_not_happen", **BY)],
         ["p"]),
    ],
)  # fmt: skip
def test_each_firearm_on_a_suicide_call_is_owed_a_safe_place(story, expected):
    """Of each person, once more for each that is still there, and also where nobody knows whose it
    is.
    """
    assert owed(*story) == expected


@pytest.mark.parametrize("kind", [*WeaponKind, None])
def test_of_weapons_only_firearms_are_owed_one(kind):
    """What kind a weapon is need not be known; then nothing is owed."""
    assert owed(seen(1, kind=kind)) == (["p"] if kind is WeaponKind.FIREARM else [])


@pytest.mark.parametrize("nature", Nature)
def test_only_a_call_about_suicide_owes_it(nature):
    """A firearm at home is lawful; that somebody may turn it on themselves is what matters."""
    about = {Nature.SUICIDE_THREAT, Nature.SUICIDE_ATTEMPT, Nature.SELF_HARM}
    assert owed(seen(1), nature=nature) == (["p"] if nature in about else [])


def test_a_firearm_that_is_not_secured_can_be_left_with_a_reason():
    """Closing is refused, and goes through with an override, which is counted."""
    story = [
        call(),
        e.ResponderArrived(at=at(1), responder="officer-1", **BY),
        seen(2),
        e.SceneCleared(at=at(3), **BY),
    ]
    closing = e.IncidentClosed(at=at(4), **BY)
    case = CIT.replay("one", story)
    step = CIT.advance(case, closing)
    assert SAFE in {refusal.policy for refusal in step.refusals}
    override = Override(by="supervisor-1", reason="not_possible")
    step = CIT.advance(case, closing, override=override)
    assert not step.refusals
    assert step.case.state == "closed"


def test_who_is_taken_to_a_facility_is_counseled_there():
    """The rule asks it of those who stay."""
    screened = e.Screened(at=at(1), person="p", screening=Screening(level="high"), **BY)
    taken = e.PersonTransported(at=at(2), person="p", facility="stabilization", **BY)
    rule = "lethal-means-counseled"
    assert owed(screened, rule=rule) == ["p"]
    assert owed(screened, taken, rule=rule) == []
    talked = e.LethalMeansCounseled(at=at(2), person="p", means=["medication"], **BY)
    assert owed(screened, talked, rule=rule) == []
