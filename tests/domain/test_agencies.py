"""Another agency that takes an incident on, and incidents that are one event."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.objects import Link, Screening
from coresponder.domain.vocabulary import IncidentLink
from coresponder.errors import InvalidProgram
from coresponder.program import load_program, program_from_definition
from coresponder.program.engaged import busy_with
from tests.conftest import NOON, at

CIT = load_program("cit")
BY = {"by": "dispatcher-1"}
COUNTY = {"department": "county-sheriff", **BY}


def case_of(*story):
    call = e.CallReceived(at=NOON, source="911", nature="suicide_threat", **BY)
    case = CIT.replay("one", (call, *story))
    assert not case.findings.out_of_place
    return case


def merged(minute, into="two"):
    return e.IncidentMerged(at=at(minute), into=into, **BY)


def linked(minute, other="two", link="related"):
    return e.IncidentLinked(at=at(minute), other=other, link=link, **BY)


def arrived(minute, responder="cit-1"):
    return e.ResponderArrived(at=at(minute), responder=responder, role="cit_officer", **BY)


def test_an_incident_knows_its_links():
    """Each once, in the order in which they were made; another kind of link is another one."""
    case = case_of(linked(1), linked(2), linked(3, link="child"), linked(4, "three"))
    assert case.incident.links == (
        Link(other="two", link=IncidentLink.RELATED),
        Link(other="two", link=IncidentLink.CHILD),
        Link(other="three", link=IncidentLink.RELATED),
    )


@pytest.mark.parametrize(
    ("story", "busy"),
    [
        ([arrived(1)], ("cit-1",)),
        ([arrived(1), merged(2)], ()),
        ([arrived(1), merged(2), arrived(3)], ("cit-1",)),
        (
            [
                arrived(1),
                e.PersonTransported(
                    at=at(2), person="p", facility="detox", responder="cit-1", **BY
                ),
                merged(3),
            ],
            (),
        ),
    ],
)
def test_a_duplicate_frees_everybody(story, busy):
    """Whoever comes to its number all the same is busy there: a fact is taken."""
    assert busy_with(case_of(*story), CIT.lifecycle) == busy


def test_what_a_duplicate_owes_stays_owed():
    """Merging settles nothing but the clock of the arrival."""
    seen = e.WeaponSeen(at=at(1), kind="firearm", person="p", **BY)
    case = case_of(arrived(1), seen, merged(2))
    assert case.incident.merged_into == "two"
    assert "firearm-in-a-safe-place" in {one.policy for one in CIT.obligations(case, at(9))}


@pytest.mark.parametrize(
    ("answer", "ours"), [("IncidentTransferAccepted", False), ("IncidentTransferDeclined", True)]
)
def test_what_another_agency_took_on_is_theirs(answer, ours):
    """What the rule says that a transfer releases, and no more; hearing of it is owed instead."""
    screened = e.Screened(at=at(2), person="p", screening=Screening(level="moderate"), **BY)
    offered = e.IncidentTransferOffered(at=at(3), **COUNTY)
    child = e.AbuseSuspected(at=at(2), person="anna", **BY)
    case = case_of(screened, child, offered, e.EVENT_TYPES[answer](at=at(4), **COUNTY))
    owed = {one.policy for one in CIT.obligations(case, at(9))}
    assert ("screen-followed-up" in owed, "outcome-heard" in owed) == (ours, not ours)
    assert "abuse-reported" in owed
    assert case.incident.transferred_to == (None if ours else "county-sheriff")


def held(minute, person="sam"):
    return e.EmergencyHoldPlaced(at=at(minute), person=person, grounds=("danger_to_self",), **BY)


def accepted(minute):
    return e.IncidentTransferAccepted(at=at(minute), **COUNTY)


def theirs(case):
    return {(one.policy, one.key, one.owner) for one in CIT.handed_on(case, case.last_at)}


def test_what_transfers_is_theirs_until_the_outcome_is_heard():
    """Only under rules that say so, only what was owed before, and for each person."""
    story = [arrived(0), held(1), held(2, "kim"), e.AbuseSuspected(at=at(3), person="anna", **BY)]
    assert theirs(case_of(*story)) == set()
    taken = case_of(*story, accepted(4))
    assert theirs(taken) == {("hold-handed-over", who, "county-sheriff") for who in ("sam", "kim")}
    ours = {(one.policy, one.key) for one in CIT.obligations(taken, at(5))}
    assert ("abuse-reported", "anna") in ours
    assert "hold-handed-over" not in {policy for policy, _ in ours}
    heard = case_of(*story, accepted(4), e.TransferOutcomeHeard(at=at(9), **COUNTY))
    assert theirs(heard) == set()


def test_what_comes_up_after_the_transfer_is_ours():
    """A hold that our officer places later is ours; what went over stays theirs."""
    case = case_of(arrived(0), held(1), accepted(2), held(3, "kim"))
    assert theirs(case) == {("hold-handed-over", "sam", "county-sheriff")}
    assert ("hold-handed-over", "kim") in {
        (one.policy, one.key) for one in CIT.obligations(case, at(5))
    }


def test_a_transfer_in_error_and_a_second_one():
    """A transfer that is voided hands nothing on; the agency that took it on last is the owner."""
    void = e.EnteredInError(at=at(4), event=4, reason="wrong_incident", **BY)
    assert theirs(case_of(arrived(0), held(1), accepted(2), void)) == set()
    again = e.IncidentTransferAccepted(at=at(5), department="state-police", **BY)
    assert {owner for *_, owner in theirs(case_of(arrived(0), held(1), accepted(2), again))} == {
        "state-police"
    }


def test_a_transfer_that_comes_late_hands_on_what_was_owed_then():
    """A hold that was placed before it goes over, in whatever order they were written down."""
    case = CIT.replay("one", (call_at_noon(), held(9), held(1, "kim"), accepted(5)))
    assert theirs(case) == {("hold-handed-over", "kim", "county-sheriff")}


def call_at_noon():
    return e.CallReceived(at=NOON, source="911", nature="suicide_threat", **BY)


def test_a_referral_s_owner_owes_its_answer():
    """Who relieves the owner owes it from then on; a rule that is about nobody's part has no owner."""

    def owners(case):
        return {one.policy: one.owner for one in CIT.obligations(case, at(9))}

    consent = e.ConsentGiven(at=at(1), person="sam", **BY)
    offered = e.ReferralOffered(at=at(2), referral="r", person="sam", need="housing", **BY)
    sent = e.ReferralSent(at=at(3), referral="r", person="sam", owner="worker-1", due=at(900), **BY)
    case = case_of(arrived(0, "worker-1"), consent, offered, sent)
    assert owners(case)["referral-answered"] == owners(case)["referral-closed-loop"] == "worker-1"
    relieved = e.ResponderRelieved(at=at(4), responder="worker-1", relieved_by="worker-2", **BY)
    later = case_of(arrived(0, "worker-1"), consent, offered, sent, relieved, held(5))
    assert owners(later)["referral-answered"] == "worker-2"
    assert owners(later)["hold-handed-over"] is None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"template": "absence", "a": "WeaponSeen"}, "absence owes nothing"),
        ({"template": "precedence", "a": "Screened", "b": "SceneCleared"}, "owes nothing"),
        (
            {"template": "response", "a": "ShiftStarted", "b": "ShiftEnded", "on": "responder"},
            "a responder is not",
        ),
        (
            {
                "template": "response",
                "a": "Screened",
                "b": "FollowUpDone",
                "unless": {"event": "ConsentDeclined", "where": {"scope": "services"}},
            },
            "conditions of 'unless'",
        ),
    ],
)
def test_a_rule_that_cannot_transfer_says_why(rule, said):
    """Nobody believes that something went over which cannot."""
    table = {"id": "rule", "authority": "local choice", "transfers": True, **rule}
    head = {"id": "p", "version": "1", "title": "P", "authority": "local choice"}
    with pytest.raises(InvalidProgram, match=said):
        program_from_definition({"program": head, "policy": [table]})
