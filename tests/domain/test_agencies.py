"""Another agency that takes an incident on, and incidents that are one event."""

import pytest

from coresponder.domain import events as e
from coresponder.domain.objects import Link, Screening
from coresponder.domain.vocabulary import IncidentLink
from coresponder.program import load_program
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
    case = case_of(screened, offered, e.EVENT_TYPES[answer](at=at(4), **COUNTY))
    owed = {one.policy for one in CIT.obligations(case, at(9))}
    assert ("screen-followed-up" in owed, "outcome-heard" in owed) == (ours, not ours)
    assert "lethal-means-counseled" in owed
    assert case.incident.transferred_to == (None if ours else "county-sheriff")
