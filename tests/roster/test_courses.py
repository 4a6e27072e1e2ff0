"""Trainings as a program declares them: hours, skills, how long they count, what counts instead."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.domain.objects import Credential, Incident, Person, Responder
from coresponder.domain.vocabulary import Nature, Presence, Role, Technique
from coresponder.errors import InvalidProgram
from coresponder.program import Program, load_program, program_from_definition
from coresponder.proof import Outcome, check_program
from coresponder.proof.crews import Person as Needed
from coresponder.proof.crews import exact_crews, prove_staffing, tier_for
from coresponder.proof.swaps import swaps_between
from coresponder.roster.course import Course, parse_validity
from coresponder.roster.courses import Courses
from coresponder.roster.staffing import Seat, Tier, choose_team
from tests.conftest import NOON

YEAR = dt.timedelta(days=365)
COURSES = Courses(
    (
        Course(
            id="cit", hours=40, valid="24 months", renewed_by=["refresher"], accepts=["memphis"]
        ),
        Course(id="refresher", hours=8),
        Course(id="memphis", hours=36, skills=["mirroring"], accepts=["older"]),
        Course(id="older"),
    )
)


def holder(*credentials, role="cit_officer", id="r-1", **more):
    return Responder(id=id, role=role, credentials=credentials, status="available", **more)


def has(training, hours=None, ago=None, expires=None):
    completed = None if ago is None else NOON - dt.timedelta(days=ago)
    return Credential(training=training, hours=hours, completed=completed, expires=expires)


CASES = [
    ((has("cit", 40),), True),
    ((has("cit", 39),), False),
    ((has("cit", 40, ago=365),), True),
    ((has("cit", 40, ago=800),), False),
    ((has("cit", 40, ago=800), has("refresher", 8, ago=100)), True),
    ((has("cit", 40, ago=800), has("refresher", 7, ago=100)), False),
    ((has("cit", 40, ago=800), has("refresher", 8, ago=900)), False),
    ((has("cit", 40, ago=800), has("refresher", 8, ago=-1)), False),
    ((has("cit", 40, ago=800, expires=NOON),), True),
    ((has("cit", 40, ago=-1),), False),
    ((has("memphis", 36, ago=2000),), True),
    ((has("memphis", 35),), False),
    ((has("older"),), True),
    ((has("refresher", 40),), False),
]


@pytest.mark.parametrize(("credentials", "counts"), CASES)
def test_a_training_counts_with_its_hours_in_its_time_and_in_its_place(credentials, counts):
    """40 hours within 24 months, renewed by 8 hours since; or a course that counts in its place,
    by that course's own hours, also through a third.
    """
    seat = Seat(roles=["cit_officer"], training=["cit"])
    assert seat.fits(holder(*credentials), NOON, COURSES) is counts
    assert (not list(seat.lacking(holder(*credentials), NOON, COURSES))) is counts


def test_a_month_is_a_month_of_the_calendar():
    """It counts up to and including the same day of a later month, or that month's last."""
    begins = dt.datetime(2024, 2, 29, 9, 0, tzinfo=dt.UTC)
    assert parse_validity("12 months").after(begins).date() == dt.date(2025, 2, 28)
    assert parse_validity("2 weeks").after(begins).date() == dt.date(2024, 3, 14)
    assert parse_validity("9999 years").after(begins).year == 9999


def test_a_seat_asks_for_skills_languages_and_vetting():
    """All of them, and each that is missing is said."""
    seat = Seat(roles=["cit_officer"], skills=["mirroring"], languages=["es"], vetted=True)
    assert list(seat.lacking(holder(), NOON, COURSES)) == [
        "is not trained in mirroring",
        "does not speak es",
        "is not vetted",
    ]
    able = holder(has("memphis", 36), languages=["en", "es"], vetted=True, vetting_expires=NOON)
    assert seat.fits(able, NOON, COURSES)
    assert not seat.fits(able, NOON + YEAR, COURSES)
    assert str(seat) == "vetted CIT officer trained in mirroring who speaks es"


YOUTH = {
    "program": {"id": "p", "version": "1"},
    "training": [
        {"id": "youth_crisis", "hours": 16, "skills": ["calm_tone"], "valid": "3 years"},
    ],
    "tier": [
        {
            "id": "youth",
            "model": "primary_co_response",
            "where": {"incident.children": {"gt": 0}},
            "seats": [{"role": "clinician", "training": ["youth_crisis"]}],
        },
        {"id": "any", "model": "telehealth", "seats": [{"role": "clinician"}]},
    ],
}


def test_a_tier_with_a_condition_is_for_those_incidents_alone():
    """A child is involved: a clinician trained for youth goes; without one the tier is no attempt."""
    program = program_from_definition(YOUTH)
    trained = holder(has("youth_crisis", 16), role="clinician")
    child = Incident(id="i", people=[Person(id="p", age_group="child")])
    teams = [
        program.staff([trained], at=NOON, nature=Nature.OTHER, incident=incident)
        for incident in (child, Incident(id="i"), None)
    ]
    assert [staffing.team.tier for staffing in teams] == ["youth", "any", "any"]
    assert teams[1].attempts == ()


def test_the_proof_takes_a_condition_as_true_and_as_false():
    """And says so: who is needed where it holds, and where it does not."""
    found = prove_staffing(program_from_definition(YOUTH))
    assert {(crew.tier, crew.available, crew.holding) for crew in found.needed} == {
        (
            "youth",
            ("clinician with youth crisis of 16 hours",),
            ("the incident's children is above 0",),
        ),
        ("any", ("clinician",), ("the incident's children is above 0",)),
        ("any", ("clinician",), ()),
    }
    assert "conditions of tiers each as true and as false" in found.scope
    assert found.untried == ()


def test_more_conditions_than_are_tried_leave_the_proof_undetermined():
    """What is not tried is never a pass."""
    tiers = [
        Tier(
            id=f"t-{n}", model="telehealth", seats=[Seat(roles=["clinician"])],
            where={"incident.children": n},
        )
        for n in range(8)
    ]  # fmt: skip
    proof = check_program(Program(id="p", tiers=tiers))
    assert proof.verdict is not Outcome.PROVED
    assert any("conditions of tiers" in text for text in proof.undetermined)


def test_another_condition_is_another_team():
    """The difference names where it shows."""
    other = {
        **YOUTH,
        "tier": [{**YOUTH["tier"][0], "where": {"incident.victims": 1}}, YOUTH["tier"][1]],
    }
    found, untried = swaps_between(program_from_definition(YOUTH), program_from_definition(other))
    assert untried == ()
    assert {(swap.was, swap.now) for swap in found} == {("youth", "any"), ("any", "youth")}


def test_what_counts_in_the_place_of_a_training_is_another_way_to_fill_the_tier():
    """Each least set of trainings is a crew of its own."""
    program = Program(
        id="p",
        trainings=COURSES.declared,
        tiers=[
            Tier(
                id="t", model="cit_response", seats=[Seat(roles=["cit_officer"], training=["cit"])]
            )
        ],
    )
    found = prove_staffing(program)
    assert [crew.available for crew in found.needed] == [
        ("CIT officer with CIT of 40 hours",),
        ("CIT officer with memphis of 36 hours",),
        ("CIT officer with older",),
    ]


def problem(**change):
    with pytest.raises(InvalidProgram) as error:
        program_from_definition({**YOUTH, **change})
    return str(error.value)


def tier(**change):
    return [{**YOUTH["tier"][0], **change}]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"tier": tier(seats=[{"role": "clinician", "training": ["youth_crises"]}])},
            "[[tier]] 'youth', seats.0.training: there is no training 'youth_crises'; did you mean 'youth_crisis'",
        ),
        (
            {"tier": tier(seats=[{"role": "clinician", "skills": ["mirroring"]}])},
            "no training covers it; add 'mirroring' to the skills of a [[training]]",
        ),
        (
            {"tier": tier(seats=[{"role": "clinician", "training": ["youth_crisis"], "hours": 15}])},
            "[[tier]] 'youth', seats.0.hours: 15 has no effect, because each [[training]] that the seat names asks for 16 hours or more; leave it out",
        ),
        ({"tier": tier(where={"children": 1})}, "where: a tier reads the incident; write 'incident.children'"),
        ({"tier": tier(where={"incident.childs": 1})}, "did you mean 'incident.children'?"),
        ({"tier": tier(seats=[{"role": []}])}, "[[tier]] 'youth', seats.0.role: give at least one"),
        ({"tier": tier(seats=[{"role": "clinician", "languages": [""]}])}, "[[tier]] 'youth', seats: a text of 0 characters is not a code"),
        ({"training": [{"id": "x", "valid": "24 moons"}]}, "write it like '24 months'"),
        ({"training": [{"id": "x"}, {"id": "x"}], "tier": []}, "two trainings have this id"),
        ({"training": [{"id": "x", "accepts": ["citt"]}], "tier": []}, "[[training]] 'x', accepts: there is no training 'citt'; did you mean 'cit'"),
        ({"training": [{"id": "x", "hour": 4}], "tier": []}, "[[training]] 'x': there is no key 'hour'; did you mean 'hours'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_remedy(change, said):
    """The table, the key and the nearest name."""
    assert said in problem(**change)


@pytest.mark.parametrize(
    ("training", "hours", "needed"),
    [
        (["youth_crisis"], 0, 16),
        (["youth_crisis"], 16, 16),
        (["youth_crisis"], 17, 17),
        (["youth_crisis", "cit"], 15, 15),
    ],
)
def test_the_hours_of_a_seat_may_say_what_its_training_says_or_more(training, hours, needed):
    """Only hours below what every training of the seat asks for are refused: nobody could see them.
    Those that bear on one of its trainings stay.
    """
    seats = [{"role": "clinician", "training": training, "hours": hours}]
    program = program_from_definition({**YOUTH, "tier": tier(seats=seats)})
    (way,) = program.tiers[0].seats[0].ways(program.courses)
    assert dict(way)[training[-1]] == needed


def test_a_program_in_python_is_checked_the_same():
    """Not only what comes from a file."""
    seats = [Seat(roles=["clinician"], training=["citt"])]
    with pytest.raises(InvalidProgram, match="did you mean 'cit'"):
        Program(id="p", tiers=[Tier(id="t", model="telehealth", seats=seats)])


NAMES = ["cit", "memphis", "older", "team_two"]
SEATS = st.builds(
    Seat,
    roles=st.just((Role.CIT_OFFICER,)),
    training=st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple),
    hours=st.sampled_from([0, 38, 44]),
    skills=st.sampled_from([(), (Technique.MIRRORING,)]),
    languages=st.sampled_from([(), ("es",)]),
    vetted=st.booleans(),
).filter(lambda seat: seat.hours != 38 or seat.training != ("cit",))
PEOPLE = st.builds(
    Needed,
    role=st.just(Role.CIT_OFFICER),
    presences=st.just(frozenset({Presence.IN_PERSON})),
    trainings=st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from([0, 36, 40, 44])),
        max_size=3,
        unique_by=lambda one: one[0],
    ).map(tuple),
    languages=st.sampled_from([frozenset(), frozenset({"es"})]),
    vetted=st.booleans(),
)


@given(
    st.lists(st.lists(SEATS, min_size=1, max_size=2), min_size=1, max_size=3),
    st.lists(PEOPLE, max_size=4),
)
def test_whoever_gets_a_tier_a_crew_of_the_proof_gets_it_too(seats, crew):
    """With trainings that count in one another's place, skills, languages and vetting: no
    responders get a tier that the proof calls never chosen, and some exact crew is among them.
    """  # fmt: skip
    tiers = [Tier(id=f"t-{n}", model="cit_response", seats=one) for n, one in enumerate(seats)]
    program = Program(id="p", trainings=COURSES.declared, tiers=tiers)
    got = tier_for(tiers, crew, Nature.OTHER, program.courses)
    if got is None:
        return
    assert got not in {idle.tier for idle in prove_staffing(program).never_chosen}
    (mine,) = [tier for tier in tiers if tier.id == got]
    assert any(
        tier_for(tiers, exact, Nature.OTHER, program.courses) == got
        for exact in exact_crews(mine, program.courses)
    )


def test_the_last_of_two_thousand_responders_is_found():
    """The one CIT officer goes, however many patrol officers stand before them in the list."""
    program = load_program("cit")
    basics = has("basic_de_escalation", 8)
    crowd = [holder(basics, id=f"o-{i}", role="patrol_officer") for i in range(1_999)]
    crowd.append(holder(has("cit", 40), id="cit-1"))
    staffing = program.staff(crowd, at=NOON, nature=Nature.PSYCHOSIS)
    assert staffing.team.tier == "cit-officer"


def test_the_seat_of_a_team_is_looked_for_no_further_than_needed():
    """Those who come first in the list go, also where a seat takes several roles."""
    people = [
        holder(id=f"r-{i}", role=role)
        for i, role in enumerate(
            itertools.islice(itertools.cycle(["supervisor", "patrol_officer"]), 6)
        )
    ]
    seats = [Seat(roles=["patrol_officer", "supervisor"])] * 3
    tiers = [Tier(id="t", model="police_response", seats=seats)]
    team = choose_team(tiers, people, at=NOON, nature=Nature.OTHER).team
    assert {member.responder for member in team.members} == {"r-0", "r-1", "r-2"}
