"""Staffing, proved: against every set of responders, tried one by one."""

import itertools
import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder.domain.vocabulary import Nature, Presence, Role, Training
from coresponder.program import Program
from coresponder.proof import Outcome, check_program
from coresponder.proof.crews import Person, exact_crews, prove_staffing, tier_for
from coresponder.proof.swaps import swaps_between
from coresponder.roster.staffing import Seat, Tier

ROLES = (Role.PATROL_OFFICER, Role.CIT_OFFICER)
SEATS = st.builds(
    Seat,
    roles=st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True).map(tuple),
    training=st.sampled_from([(), (Training.CIT,), (Training.TEAM_TWO,)]),
    hours=st.sampled_from([0, 40]),
    presence=st.sampled_from([Presence.IN_PERSON, Presence.PHONE]),
)
SMALL = st.builds(
    Seat, roles=st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True).map(tuple)
)


def tiers_of(seats, most=3):
    crews = st.lists(st.lists(seats, min_size=1, max_size=2), min_size=1, max_size=most)
    return crews.map(
        lambda found: tuple(
            Tier(id=f"t-{n}", model="cit_response", seats=tuple(one)) for n, one in enumerate(found)
        )
    )


def tier(id, *roles, **more):
    return Tier(id=id, model="cit_response", seats=tuple(Seat(roles=one) for one in roles), **more)


def kinds_of(tiers):
    return list(
        dict.fromkeys(person for tier in tiers for crew in exact_crews(tier) for person in crew)
    )


def every_set(kinds, most):
    """Yield every set of responders with up to so many of each kind."""
    for counts in itertools.product(range(most + 1), repeat=len(kinds)):
        yield tuple(
            itertools.chain.from_iterable(
                [kind] * count for kind, count in zip(kinds, counts, strict=True)
            )
        )


def test_two_overlapping_seats_take_two_of_one_kind():
    """Two patrol officers are a team of [patrol or CIT] and [patrol], in the proof as in dispatch."""
    program = Program(
        id="p", tiers=(tier("pair", ("patrol_officer", "cit_officer"), ("patrol_officer",)),)
    )
    found = prove_staffing(program)
    assert [crew.available for crew in found.needed] == [
        ("patrol officer (2)",),
        ("CIT officer", "patrol officer"),
    ]
    assert {crew.available for crew in found.without_team} == {
        ("patrol officer",),
        ("CIT officer (any number)",),
    }
    assert found.never_chosen == ()
    assert "patrol officer (2); CIT officer (1)" in found.scope
    assert check_program(program).verdict is Outcome.PROVED


@settings(max_examples=60, deadline=None)
@given(tiers_of(SMALL))
def test_the_smallest_and_the_largest_sets_are_those_of_all_sets(tiers):
    """Whoever is needed, whoever is not enough, and which tier nobody gets: as if every set up to
    three of each kind was tried.
    """
    found, kinds = prove_staffing(Program(id="p", tiers=tiers)), kinds_of(tiers)
    got = {
        frozenset(Counter(crew).items()): tier_for(tiers, crew, Nature.OTHER)
        for crew in every_set(kinds, 3)
    }
    answers = [(Counter(dict(crew)), tier) for crew, tier in got.items()]
    smallest = {
        (tier, frozenset(crew.items()))
        for crew, tier in answers
        if tier and not any(other == tier and fewer < crew for fewer, other in answers)
    }  # fmt: skip
    said = {
        (crew.tier, frozenset(Counter(dict(map(counted, crew.available))).items()))
        for crew in found.needed
    }
    assert said == {
        (tier, frozenset((str(kind), n) for kind, n in crew)) for tier, crew in smallest
    }
    largest = [
        crew
        for crew, tier in answers
        if tier is None and not any(other is None and crew < more for more, other in answers)
    ]
    assert {
        frozenset(dict(map(counted, crew.available)).items()) for crew in found.without_team
    } == {frozenset((str(kind), n) for kind, n in crew.items()) for crew in largest}
    assert {idle.tier for idle in found.never_chosen} == {tier.id for tier in tiers} - set(
        got.values()
    )


def counted(text):
    """Read how many of a kind are said; any number is the most that was tried."""
    kind, number = re.fullmatch(r"(.*?)(?: \((any number|\d)\))?", text).groups()
    return kind, 3 if number == "any number" else int(number or 1)


PEOPLE = st.builds(
    Person,
    role=st.sampled_from(ROLES),
    presences=st.sets(st.sampled_from([Presence.IN_PERSON, Presence.PHONE]), min_size=1).map(
        frozenset
    ),
    trainings=st.lists(
        st.tuples(st.sampled_from([Training.CIT, Training.TEAM_TWO]), st.sampled_from([0, 40])),
        max_size=2,
        unique_by=lambda one: one[0],
    ).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(tiers_of(SEATS), st.lists(PEOPLE, max_size=5))
def test_nobody_gets_a_tier_that_is_never_chosen(tiers, crew):
    """Not even people who have what several seats ask for."""
    got = tier_for(tiers, crew, Nature.OTHER)
    assert got not in {
        idle.tier for idle in prove_staffing(Program(id="p", tiers=tiers)).never_chosen
    }


@settings(max_examples=300, deadline=None)
@given(tiers_of(SEATS), st.data(), st.lists(PEOPLE, max_size=5))
def test_a_diff_that_finds_no_other_team_is_right_for_everybody(tiers, data, crew):
    """If any responders get another tier, some difference is found; each that is shown is one."""
    other = tuple(
        data.draw(
            st.permutations(
                [
                    *tiers,
                    *data.draw(
                        tiers_of(SEATS, 1).map(
                            lambda new: [Tier(id="new", model="cit_response", seats=new[0].seats)]
                        )
                    ),
                ]
            )
        )
    )
    if data.draw(st.booleans()):
        other = tuple(tier for tier in other if tier.id != "new")
    found, untried = swaps_between(Program(id="p", tiers=tiers), Program(id="p", tiers=other))
    assert untried == ()
    if tier_for(tiers, crew, Nature.OTHER) != tier_for(other, crew, Nature.OTHER):
        assert found
    assert all(swap.was != swap.now for swap in found)


def test_a_turned_order_shows_with_one_person_for_both_seats():
    """Only somebody who can take either seat, alone, tells the two orders apart when both together
    get an earlier tier.
    """
    officer, phone = (
        Seat(roles=("patrol_officer",)),
        Seat(roles=("patrol_officer",), presence="phone"),
    )
    both = Tier(id="both", model="cit_response", seats=(officer, phone))
    rest = (
        Tier(id="a", model="cit_response", seats=(officer,)),
        Tier(id="b", model="cit_response", seats=(phone,)),
    )
    found, _ = swaps_between(
        Program(id="p", tiers=(both, *rest)), Program(id="p", tiers=(both, *rest[::-1]))
    )
    assert [(swap.available, swap.was, swap.now) for swap in found] == [
        (("patrol officer in person and by phone",), "a", "b")
    ]


def test_the_same_tier_with_other_seats_is_another_team():
    """The name alone does not make a team; the order in which seats, roles and trainings are
    written says nothing.
    """
    one = tier("t", ("patrol_officer",))
    more = tier("t", ("patrol_officer",), ("clinician",))
    found, _ = swaps_between(Program(id="p", tiers=(one,)), Program(id="p", tiers=(more,)))
    assert any("t -> the same tier with other seats" in str(swap) for swap in found)
    turned = tier("t", ("clinician",), ("cit_officer", "patrol_officer"))
    as_was = tier("t", ("patrol_officer", "cit_officer"), ("clinician",))
    assert swaps_between(Program(id="p", tiers=(as_was,)), Program(id="p", tiers=(turned,))) == (
        (),
        (),
    )


def test_a_tier_whose_natures_do_not_qualify_can_never_serve():
    """It is not blamed on an earlier tier, and it refutes: what is written there can never happen."""
    tiers = (tier("first", ("patrol_officer",)), tier("od", ("clinician",), natures=("overdose",)))
    program = Program(id="p", tiers=tiers, natures=(Nature.PSYCHOSIS,))
    proof = check_program(program)
    (idle,) = proof.staffing.never_chosen
    assert (idle.tier, idle.natures, idle.earlier) == ("od", ("overdose",), ())
    assert proof.verdict is Outcome.REFUTED
    assert (
        "tier 'od' can never serve: of its natures (overdose) none qualifies for the program"
        in proof.findings[0]
    )


def test_a_tier_behind_one_that_is_always_filled_refutes():
    """It says which tier is in its way; for one that only some of its crews pass by there is
    nothing to mend.
    """
    tiers = (
        tier("any", ("patrol_officer", "cit_officer")),
        tier("late", ("patrol_officer",), ("clinician",)),
    )
    proof = check_program(Program(id="p", tiers=tiers))
    assert proof.verdict is Outcome.REFUTED
    assert proof.findings == (
        "tier 'late' is never chosen: whoever can fill it also fills 'any', which comes first; move it up, or take it out",
    )
    assert check_program(Program(id="p", tiers=tiers[::-1])).verdict is Outcome.PROVED
