"""Somebody of whom nobody knew who they are, who is identified later, wrongly, and parted again."""

import pytest

from coresponder import Workflow
from coresponder.domain import events as e
from coresponder.domain.identity import as_known, identities, known_as
from coresponder.errors import Refused
from coresponder.program import load_program
from coresponder.stores.memory import MemoryStore
from tests.conftest import NOON, at

CIT = load_program("cit")
BY = {"by": "officer-1"}
CALL = e.CallReceived(at=NOON, source="911", nature="psychosis", **BY)
THERE = e.ResponderArrived(at=at(1), responder="officer-1", **BY)


def involved(minute=2, person="unknown", **more):
    return e.PersonInvolved(at=at(minute), person=person, role="person_in_crisis", **more, **BY)


def identified(minute, person="unknown", known="p-7", **more):
    return e.PersonIdentified(at=at(minute), person=person, identified_as=known, **more, **BY)


def held(minute, person="unknown"):
    grounds = ["grave_disability"]
    return e.EmergencyHoldPlaced(at=at(minute), person=person, grounds=grounds, **BY)


def accepted(minute, person):
    facility = "emergency_department"
    return e.HandOverAccepted(at=at(minute), person=person, facility=facility, **BY)


def owed(case, rule, now=60):
    return [one.key for one in CIT.obligations(case, at(now)) if one.policy == rule]


def replayed(*story):
    return CIT.replay("one", (CALL, THERE, *story))


def advanced(*story):
    case = CIT.open("one")
    for event in (CALL, THERE, *story):
        case = CIT.advance(case, event).case
    return case


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ([], {}),
        ([("u", "p")], {"u": "p"}),
        ([("u", "u")], {}),
        ([("u", "p"), ("u", "q")], {"u": "q"}),
        ([("u", "p"), ("p", "q")], {"u": "q", "p": "q"}),
        ([("u", "p"), ("p", "u")], {"p": "u"}),
        ([("u", "p"), ("v", "p")], {"u": "p", "v": "p"}),
        ([("u", "p"), ("v", "u")], {"u": "p", "v": "p"}),
    ],
)
def test_the_last_word_on_a_person_counts(said, who):
    """A chain leads to its end, and never in a circle; two unknown people may be one."""
    found = identities(identified(n, *one) for n, one in enumerate(said))
    for person in "upqv":
        expected = who.get(person, person)
        assert known_as(found, person) == expected
        assert as_known(involved(person=person), found).person == expected
    assert as_known(CALL, found) is CALL


def test_what_is_owed_of_an_unknown_person_is_met_under_the_id_they_have():
    """The hold is placed on a stranger, and a hospital accepts a person with an id."""
    story = [involved(), held(3), identified(10), accepted(20, "p-7")]
    assert owed(replayed(*story[:2]), "hold-handed-over") == ["unknown"]
    assert owed(replayed(*story[:3]), "hold-handed-over") == ["p-7"]
    for case in (replayed(*story), advanced(*story)):
        assert owed(case, "hold-handed-over") == []
        assert [one.id for one in case.incident.people] == ["p-7"]
    assert advanced(*story) == replayed(*story)


def test_the_old_id_goes_on_to_mean_the_same_person():
    """A crew that still says "unknown" speaks of the person; what was recorded stays as it was."""
    case = replayed(involved(), held(3), identified(10), accepted(20, "unknown"))
    assert owed(case, "hold-handed-over") == []
    assert [getattr(event, "person", None) for event in case.history] == [
        None, None, "unknown", "unknown", "unknown", "unknown",
    ]  # fmt: skip


def test_who_was_identified_wrongly_is_parted_again():
    """The hold is the stranger's again, and what was recorded of the other stays the other's."""
    story = [involved(), involved(2, "p-7"), held(3), identified(10), accepted(20, "p-7")]
    wrong = e.EnteredInError(at=at(30), event=6, reason="wrong_person", **BY)
    for case in (replayed(*story, wrong), advanced(*story, wrong)):
        assert owed(case, "hold-handed-over") == ["unknown"]
        assert {one.id for one in case.incident.people} == {"unknown", "p-7"}
    right = [identified(40, known="p-8"), accepted(50, "p-8")]
    case = advanced(*story, wrong, *right)
    assert owed(case, "hold-handed-over") == []
    assert {one.id for one in case.incident.people} == {"p-7", "p-8"}


def test_a_late_identification_is_as_one_in_time():
    """It comes after the rest, and happened before; nothing depends on when it was written down."""
    story = [involved(), held(3), accepted(20, "p-7")]
    late, timely = [*story, identified(10)], [*story[:2], identified(10), *story[2:]]
    assert advanced(*late).incident == replayed(*timely).incident
    assert owed(advanced(*late), "hold-handed-over") == []


def test_a_decision_is_judged_by_who_the_person_is():
    """Whoever consented as a stranger has consented; whoever declined has not."""
    given = e.ConsentGiven(at=at(4), person="unknown", **BY)
    offered = e.ReferralOffered(at=at(5), referral="r", person="p-7", need="housing", **BY)
    sent = e.ReferralSent(at=at(20), referral="r", person="p-7", **BY)
    before = replayed(given, offered)
    assert [one.policy for one in CIT.advance(before, sent).refusals] == ["consent-before-referral"]
    after = replayed(given, offered, identified(10))
    assert CIT.advance(after, sent).accepted
    assert CIT.advance(
        after, e.ReferralSent(at=at(20), referral="r", person="unknown", **BY)
    ).accepted


def test_breaches_are_counted_under_the_id_that_the_person_has():
    """A diversion without grounds, offered to a stranger; grounds under the id came before."""
    offered = e.AlternativeOffered(at=at(6), person="unknown", alternative="diversion", **BY)
    found = e.ChargeableOffenseFound(at=at(5), person="p-7", **BY)
    assert [one.key for one in replayed(found, offered).violations] == ["unknown"]
    assert replayed(found, offered, identified(9)).violations == ()
    assert [one.key for one in replayed(offered, identified(9)).violations] == ["p-7"]


def contacts(flow, person, minute=60 * 24):
    return flow.store.prior("default", person, at=at(minute), excluding="another").contacts_90_days


def test_what_is_known_of_a_person_is_right_before_and_after():
    """Two earlier contacts come to light with the id; this contact counts for the person from then
    on, and no more once it turns out to be somebody else.
    """
    store, now = MemoryStore(), [at(0)]
    flow, other = (Workflow(CIT, store, clock=lambda: now[0]) for _ in range(2))
    for n in range(2):
        flow.record(f"earlier-{n}", CALL)
        flow.record(f"earlier-{n}", involved(1, "p-7"))
    now[0] = at(60)
    flow.record("one", e.CallReceived(at=at(30), source="911", nature="psychosis", **BY))
    flow.record("one", involved(31))
    person = flow.case("one").incident.person("unknown")
    assert person.prior.contacts_90_days == 0
    assert (contacts(flow, "unknown"), contacts(flow, "p-7")) == (1, 2)
    other.record("one", identified(40))
    person = flow.case("one").incident.person("p-7")
    assert person.prior.contacts_90_days == 2
    assert flow.case("one").incident.person("unknown") is None
    assert (contacts(flow, "unknown"), contacts(flow, "p-7")) == (0, 3)
    assert flow.record("one", involved(41)).case.history[-1].prior.contacts_90_days == 2
    flow.record("one", e.EnteredInError(at=at(50), event=3, reason="wrong_person", **BY))
    assert (contacts(other, "unknown"), contacts(other, "p-7")) == (1, 2)


def test_the_same_identification_again_is_one_request():
    """A retry of the host records it once, whatever became known meanwhile."""
    flow = Workflow(CIT, MemoryStore(), clock=lambda: at(60))
    flow.record("one", CALL)
    flow.record("one", involved())
    for _ in range(2):
        flow.record("one", identified(10), request="r-1")
    assert flow.case("one").version == 3
    with pytest.raises(Exception, match="r-1"):
        flow.record("one", identified(10, known="p-8"), request="r-1")
    assert not isinstance(identified(10), Refused)
