"""Who is sent, who is missing, and why."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.domain.objects import Credential, Responder
from coresponder.domain.vocabulary import Nature, Presence, ResponderStatus, Role, Training
from coresponder.program import load_program
from coresponder.roster.staffing import Seat, Tier, choose_team
from tests.conftest import NOON, at

CIT = load_program("cit")


def responder(id, role, *credentials, status="available", reachable=(Presence.IN_PERSON,)):
    return Responder(id=id, role=role, credentials=credentials, status=status, reachable=reachable)


def cit_officer(id="cit-1", hours=40, expires=None, **more):
    return responder(
        id, "cit_officer", Credential(training=Training.CIT, hours=hours, expires=expires), **more
    )


CLINICIAN = responder(
    "clinician-1", "clinician", Credential(training=Training.MENTAL_HEALTH_LICENSE)
)
ON_CALL = responder(
    "clinician-2",
    "clinician",
    Credential(training=Training.MENTAL_HEALTH_LICENSE),
    reachable=(Presence.PHONE,),
)
PATROL = responder("officer-1", "patrol_officer", Credential(training=Training.BASIC_DE_ESCALATION))


def choose(*responders):
    return CIT.staff(responders, at=NOON, nature=Nature.PSYCHOSIS)


@pytest.mark.parametrize(
    ("responders", "tier"),
    [
        ((cit_officer(), CLINICIAN), "cit-officer-with-clinician"),
        ((cit_officer(), ON_CALL), "cit-officer-clinician-by-phone"),
        ((cit_officer(), PATROL), "cit-officer"),
        ((PATROL, CLINICIAN), "trained-officer-with-expert"),
        ((cit_officer(hours=24), PATROL), "trained-officer-with-expert"),
        ((cit_officer(expires=at(-1)), PATROL), "trained-officer-with-expert"),
        ((cit_officer(expires=NOON), PATROL), "cit-officer"),
        ((cit_officer(status="dispatched"), PATROL), "trained-officer-with-expert"),
    ],
)
def test_tiers_are_tried_in_order(responders, tier):
    """The credential counts only with its hours, until it expires, of somebody who is free."""
    staffing = choose(*responders)
    assert staffing.team.tier == tier
    assert f"chose tier {tier}" in staffing.reason


def test_nobody_is_an_answer_with_a_reason():
    """Never an exception on a bad night."""
    staffing = choose()
    assert staffing.team is None
    assert "no tier could be filled" in staffing.reason
    assert "cit-officer: no CIT officer with CIT of 40 hours" in staffing.reason
    assert "by phone" in staffing.reason
    assert len(staffing.attempts) == 4


def test_a_tier_for_other_natures_is_passed_over():
    """It is not even an attempt."""
    tiers = [
        Tier(
            id="t",
            model="telehealth",
            seats=(Seat(roles=("clinician",)),),
            natures=(Nature.OVERDOSE,),
        )
    ]
    assert choose_team(tiers, [CLINICIAN], at=NOON, nature=Nature.PSYCHOSIS).attempts == ()
    assert choose_team(tiers, [CLINICIAN], at=NOON, nature=Nature.OVERDOSE).team is not None


def test_the_order_of_seats_hides_no_team():
    """Who fits the first seat may be the only one for the second."""
    seats = (
        Seat(roles=("cit_officer", "patrol_officer")),
        Seat(roles=("cit_officer",), training=("cit",)),
    )
    staffing = choose_team(
        [Tier(id="t", model="cit_response", seats=seats)],
        [cit_officer(), PATROL],
        at=NOON,
        nature=Nature.OTHER,
    )
    assert [m.responder for m in staffing.team.members] == ["officer-1", "cit-1"]


@given(
    st.lists(
        st.tuples(st.sampled_from(Role), st.sampled_from(ResponderStatus), st.integers(0, 60)),
        max_size=8,
    )
)
def test_nobody_sits_twice_and_everybody_fits(drawn):
    """For any set of responders: each member is free, fits a seat, and has only one."""
    people = {
        f"r-{i}": responder(
            f"r-{i}", role, Credential(training=Training.CIT, hours=hours), status=status
        )
        for i, (role, status, hours) in enumerate(drawn)
    }
    staffing = choose(*people.values())
    if staffing.team is None:
        return
    tier = next(t for t in CIT.tiers if t.id == staffing.team.tier)
    ids = [m.responder for m in staffing.team.members]
    assert len(set(ids)) == len(ids) == len(tier.seats)
    for seat, member in zip(tier.seats, staffing.team.members, strict=True):
        assert seat.fits(people[member.responder], NOON)
        assert people[member.responder].status is ResponderStatus.AVAILABLE


SEATS = st.lists(
    st.builds(
        Seat,
        roles=st.lists(st.sampled_from(list(Role)[:3]), min_size=1, max_size=3, unique=True).map(
            tuple
        ),
        training=st.sampled_from([(), (Training.CIT,)]),
        hours=st.sampled_from([0, 40]),
    ),
    min_size=1,
    max_size=4,
)
CREW = st.lists(
    st.tuples(st.sampled_from(list(Role)[:3]), st.sampled_from([0, 24, 40])), max_size=5
)


@given(SEATS, CREW)
def test_a_team_is_found_if_there_is_one(seats, drawn):
    """As if every way to seat people was tried: overlapping seats hide nobody, and no team is made
    up.
    """
    people = [
        responder(f"r-{i}", role, *([Credential(training=Training.CIT, hours=h)] if h else []))
        for i, (role, h) in enumerate(drawn)
    ]
    found = choose_team(
        [Tier(id="t", model="cit_response", seats=tuple(seats))],
        people,
        at=NOON,
        nature=Nature.OTHER,
    )
    ways = itertools.permutations(people, len(seats))
    assert (found.team is not None) == any(
        all(seat.fits(one, NOON) for seat, one in zip(seats, way, strict=True)) for way in ways
    )


def test_one_person_who_is_listed_twice_has_one_seat():
    """A list that names somebody twice does not make two of them; the first record of an id counts."""
    tiers = [Tier(id="pair", model="cit_response", seats=(Seat(roles=("patrol_officer",)),) * 2)]
    assert choose_team(tiers, [PATROL, PATROL], at=NOON, nature=Nature.OTHER).team is None
    gone = responder("officer-1", "patrol_officer", status="dispatched")
    assert (
        choose_team(tiers, [gone, PATROL, cit_officer()], at=NOON, nature=Nature.OTHER).team is None
    )
