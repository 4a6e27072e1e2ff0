"""Which tier can be formed when: against choosing a team at each hour, and Erlang's formulas."""

import datetime as dt
import json
import math
import time
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import coresponder as co
from coresponder.cli.commands import commands
from coresponder.domain.vocabulary import Nature
from coresponder.interop.roster import read_roster
from coresponder.roster.courses import STANDARD
from coresponder.roster.coverage import NOBODY, Attendance, Question, cover, hour_of_week
from coresponder.roster.shifts import Span
from coresponder.roster.staffing import Seat, Tier, choose_team
from coresponder.roster.whatif import (
    added_by_number,
    parse_newcomers,
    parse_training,
    trained_by_number,
)
from coresponder.simulation.queueing import Arrival, estimate, made_up_calls, play_calls

ROSTERS = Path(co.__file__).parent / "programs"
MONDAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
WEEK, DAY, HOUR = dt.timedelta(days=7), dt.timedelta(days=1), dt.timedelta(hours=1)
ONE = Question(
    tiers=(Tier(id="one", model="telehealth", seats=[Seat(roles=["clinician"])]),), courses=STANDARD
)


def services_of(name):
    return [
        row.service for row in read_roster(ROSTERS / f"{name}.roster.csv", co.load_program(name))
    ]


def question_of(program):
    return Question.all_of(program.tiers, program.courses, program.natures)[0]


def person(id, *events, role="clinician"):
    joined = co.ResponderJoined(at=MONDAY - DAY, by="hr-1", responder=id, role=role)
    return co.fold_responder(id, [joined, *events])


def always(id, role="clinician"):
    week = co.WeeklyShift(days=list(co.Weekday), begins=dt.time(), ends=dt.time())
    return person(
        id,
        co.ShiftsAssigned(at=MONDAY - DAY, by="hr-1", responder=id, shifts=[week]),
        role=role,
    )


def shift(id, begins, ends):
    return co.ShiftScheduled(
        at=MONDAY - DAY,
        by="hr-1",
        responder=id,
        begins=MONDAY + begins * HOUR,
        ends=MONDAY + ends * HOUR,
    )


@pytest.mark.parametrize("name", co.shipped_programs())
def test_each_hour_has_the_tier_that_a_dispatcher_would_get(name):
    """At the middle of each hour of a week, the live choice from who is there then."""
    program, services = co.load_program(name), services_of(name)
    question, zone = question_of(program), program.calendar.time_zone
    begins = dt.datetime(2026, 3, 2, tzinfo=zone).astimezone(dt.UTC)
    found = cover(question, services, Span(begins, begins + WEEK), zone)
    for number in range(168):
        at = begins + number * HOUR + HOUR / 2
        there = [one for one in (service.responder(at) for service in services) if one]
        team = choose_team(
            question.tiers, there, at=at, nature=Nature.OTHER, courses=program.courses
        ).team
        shares = dict(zip(found.tiers, found.week[hour_of_week(at, zone)], strict=True))
        assert shares[team.tier if team else NOBODY] == pytest.approx(1)
    assert sum(found.hours) == pytest.approx(168)


@given(st.lists(st.tuples(st.integers(0, 160), st.integers(1, 60)), max_size=6))
@settings(max_examples=60)
def test_the_hours_of_a_tier_are_those_of_any_shift(shifts):
    """Shifts that overlap, of one person or of several, count once."""
    people = [
        person(f"r-{i % 2}-{i}", shift(f"r-{i % 2}-{i}", a, a + n))
        for i, (a, n) in enumerate(shifts)
    ]
    hours = {h for begins, n in shifts for h in range(begins, min(168, begins + n))}
    found = cover(ONE, people, Span(MONDAY, MONDAY + WEEK), dt.UTC)
    assert found.hours[0] == pytest.approx(len(hours))
    assert found.shares["one"] == pytest.approx(len(hours) / 168)


def test_one_person_on_two_shifts_has_one_seat():
    """By phone and in person at the same time is still one person."""
    pair = Question(
        tiers=(Tier(id="two", model="telehealth", seats=[Seat(roles=["clinician"])] * 2),),
        courses=STANDARD,
    )
    twice = person("r-1", shift("r-1", 0, 10), shift("r-1", 5, 15))
    window = Span(MONDAY, MONDAY + DAY)
    assert cover(pair, [twice], window, dt.UTC).hours == (0, 24)
    both = cover(pair, [twice, person("r-2", shift("r-2", 4, 12))], window, dt.UTC)
    assert both.hours == (8, 16)


def test_a_training_counts_until_its_last_instant():
    """The coverage of a week falls where somebody's training expires in it."""
    needs = Tier(
        id="cit", model="cit_response", seats=[Seat(roles=["cit_officer"], training=["cit"])]
    )
    done = co.TrainingCompleted(
        at=MONDAY - DAY, by="x", responder="r-1", training="cit", expires=MONDAY + 30 * HOUR
    )
    week = co.WeeklyShift(days=list(co.Weekday), begins=dt.time(), ends=dt.time())
    there = co.ShiftsAssigned(at=MONDAY - DAY, by="hr-1", responder="r-1", shifts=[week])
    service = person("r-1", done, there, role="cit_officer")
    question = Question(tiers=(needs,), courses=STANDARD)
    found = cover(question, [service], Span(MONDAY, MONDAY + WEEK), dt.UTC)
    assert found.hours[0] == pytest.approx(30)


def test_the_calls_say_what_the_hours_are_worth():
    """A share of calls counts the hours in which they come."""
    found = cover(ONE, [person("r", shift("r", 0, 12))], Span(MONDAY, MONDAY + WEEK), dt.UTC)
    assert found.of_calls([3, 3, 3, 15])["one"] == pytest.approx(0.75)
    assert found.at_least("one", [15]) == 0


def erlang_b(load, servers):
    """The share of calls that find everybody busy, where they do not wait."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(load, servers):
    """The share of calls that wait, where all wait until somebody is free."""
    blocked = erlang_b(load, servers)
    return servers * blocked / (servers - load * (1 - blocked))


def play(load, servers, seed, patience, days=40):
    window = Span(MONDAY, MONDAY + days * DAY)
    calls = made_up_calls(window, a_day=load * 24, minutes=60, seed=seed)
    return play_calls(
        ONE, [always(f"r-{i}") for i in range(servers)], calls, window, patience=patience
    )


GRID = [(0.5, 1), (1.0, 2), (2.5, 4)]
WIDE = [(load * servers, servers) for servers in (1, 2, 3, 5, 8) for load in (0.3, 0.5, 0.7, 0.85)]


@pytest.mark.parametrize(
    ("load", "servers"), [*GRID, *(pytest.param(*one, marks=pytest.mark.slow) for one in WIDE)]
)
def test_who_waits_is_what_erlang_says(load, servers):
    """Poisson calls, exponential times on scene, one tier of one seat: Erlang C is within the
    interval of independent runs, widened by half for a grid of many.
    """
    runs = [
        sum(one.waited > 0 for one in played) / len(played)
        for seed in range(12)
        if (played := play(load, servers, seed, math.inf))
    ]
    found = estimate(runs, most=1.0)
    half = (found.high - found.low) / 2
    assert abs(found.mean - erlang_c(load, servers)) <= 1.5 * half, (found, erlang_c(load, servers))


def test_who_finds_nobody_is_what_erlang_says():
    """With no patience at all, Erlang B."""
    runs = [
        sum(one.tier == NOBODY for one in played) / len(played)
        for seed in range(12)
        if (played := play(2.0, 3, seed, 0.0))
    ]
    found = estimate(runs, most=1.0)
    half = (found.high - found.low) / 2
    assert abs(found.mean - erlang_b(2.0, 3)) <= 1.5 * half, (found, erlang_b(2.0, 3))


def test_a_few_weeks_have_no_interval():
    """It says so, and never gives one bare number."""
    assert "too few weeks" in str(estimate([0.5, 0.6]))
    assert str(estimate([0.5, 0.6, 0.5, 0.6], most=1.0)) == "0.550 (0.458 to 0.642)"


def test_who_is_with_somebody_goes_home_afterwards():
    """The call that was begun on the shift ends; the next one finds nobody."""
    window = Span(MONDAY, MONDAY + DAY)
    calls = [Arrival(MONDAY + HOUR, 180), Arrival(MONDAY + 3 * HOUR, 10)]
    played = play_calls(ONE, [person("r", shift("r", 0, 2))], calls, window)
    assert [(one.tier, one.waited) for one in played] == [("one", 0), (NOBODY, 60)]


def test_a_call_waits_for_the_shift_that_begins():
    """Nobody is there for half an hour, and then somebody is."""
    window = Span(MONDAY, MONDAY + DAY)
    (played,) = play_calls(
        ONE, [person("r", shift("r", 2, 4))], [Arrival(MONDAY + 1.5 * HOUR, 10)], window
    )
    assert (played.tier, played.waited) == ("one", 30)


def test_a_year_of_five_hundred_responders_is_covered_in_ten_seconds():
    """Of CPU time; two months of it here."""
    services = services_of("cit")
    crowd = [attrs.evolve(one, id=f"{one.id}-{i}") for i in range(17) for one in services][:500]
    program = co.load_program("cit")
    begins = time.process_time()
    cover(question_of(program), crowd, Span(MONDAY, MONDAY + 60 * DAY), program.calendar.time_zone)
    assert time.process_time() - begins < 10 / 365 * 60 * 2


def run(*arguments):
    return CliRunner().invoke(
        commands,
        [
            "coverage",
            "cit",
            "--roster",
            str(ROSTERS / "cit.roster.csv"),
            "--from",
            "2026-03-02",
            *arguments,
        ],
    )


def test_more_people_and_more_training_cover_more():
    """One more officer on nights who is trained; officers who are trained until the target."""
    plain = json.loads(run("--format", "json").stdout)["answers"][0]
    more = json.loads(run("--format", "json", "--with", "1 cit_officer on nights").stdout)[
        "answers"
    ][0]
    third = list(plain["tiers"])[2]
    assert sum(plain["share_of_time"].values()) == pytest.approx(1)
    assert (
        more["share_of_time"]["trained-officer-with-expert"]
        < plain["share_of_time"]["trained-officer-with-expert"]
    )
    found = run(
        "--format", "json", "--train", "8 officers in cit", "--tier", third, "--target", "95 %"
    )
    answer = json.loads(found.stdout)["answers"][0]
    shares = [one["share"] for one in answer["by_number"]]
    assert shares == sorted(shares)
    assert shares[0] < 0.95 <= shares[-1]
    assert answer["reached_with"] == len(shares) - 1 <= 8
    assert answer["share_of_time_now"] == plain["share_of_time"]


def test_who_is_added_or_trained_one_by_one_is_counted_from_scratch():
    """Each number is the coverage of all people then, whatever was worked out before it."""
    question, services = question_of(co.load_program("cit")), services_of("cit")
    window, zone = Span(MONDAY, MONDAY + WEEK), dt.UTC
    new = parse_newcomers("2 clinicians on nights").services(question, window, zone)
    training = parse_training("3 officers in cit", question.courses)
    for numbers in (
        added_by_number(question, services, new, window, zone),
        trained_by_number(question, services, training, window, zone, tier="cit-officer"),
    ):
        found = list(numbers)
        assert [number for number, _, _ in found] == [*range(len(found))]
        for _, coverage, people in found:
            assert coverage == cover(question, people, window, zone)
    board = Attendance(question, services, window, zone)
    gone = attrs.evolve(services[0], weeks=())
    assert board.coverage(instead=gone) == cover(question, [gone, *services[1:]], window, zone)
    assert board.coverage() == cover(question, services, window, zone)


def test_a_target_says_whether_it_is_reached_and_who_is_lacking():
    """More clinicians on call until a share of the calls that are played; officers until nobody is
    left who could be trained.
    """
    found = run(
        *("--with", "2 clinicians on call", "--with", "1 clinician on call", "--play"),
        *("--tier", "cit-officer-clinician-by-phone", "--target", "40 %"),
    )
    assert found.exit_code == 0, found.output
    assert "40% is reached with 1 added" in found.stdout
    assert "0 added: cit-officer-clinician-by-phone or better 38" in found.stdout
    few = run("--train", "40 officers in cit", "--target", "80 %").stdout
    assert "Only 17 of the 40 could be trained" in few
    assert "80% is not reached with 17 trained" in few


def test_a_tier_that_answers_some_calls_alone_can_be_asked_for():
    """Where it does not answer, the first tier is counted."""
    roster = ROSTERS / "new-haven-cdcp.roster.csv"
    asked = ["--roster", str(roster), "--from", "2026-03-02", "--tier", "child-clinician-on-call"]
    found = CliRunner().invoke(commands, ["coverage", "new-haven-cdcp", *asked, "--format", "json"])
    counted = [one["counted"] for one in json.loads(found.stdout)["answers"]]
    assert counted == ["clinician-riding-along or better", "child-clinician-on-call or better"]


def test_what_expires_is_named_with_what_it_costs():
    """Two clinicians: without the license of one, the first tiers are gone in her hours."""
    answer = json.loads(run("--format", "json").stdout)["answers"][0]
    *each, together = answer["costs"]
    (license_,) = [one for one in each if one["expiring"]["responder"] == "clinician-2"]
    assert license_["expiring"]["what"] == "mental_health_license"
    assert license_["tier"] == "cit-officer-clinician-by-phone"
    assert 0 < license_["hours_a_week"] <= together["hours_a_week"]
    assert together["expiring"] is None


def test_it_is_drawn_without_a_display(tmp_path):
    """Two pictures, the same for the same roster."""
    week, curve = tmp_path / "week.svg", tmp_path / "curve.svg"
    first = run("--picture", str(week), "--train", "3 officers in cit", "--curve", str(curve))
    assert first.exit_code == 0, first.output
    drawn = week.read_text("utf-8"), curve.read_text("utf-8")
    assert "Monday" in drawn[0]
    assert "trained, of 3 officers in cit" in drawn[1]
    run("--picture", str(week), "--train", "3 officers in cit", "--curve", str(curve))
    assert (week.read_text("utf-8"), curve.read_text("utf-8")) == drawn


def test_calls_are_played_with_an_interval():
    """And how many waited."""
    found = run("--play", "--weeks", "8", "--a-day", "6")
    assert found.exit_code == 0, found.output
    assert "calls played" in found.stdout


def test_calls_that_are_left_out_are_counted(tmp_path):
    """A row that cannot be used, and a call whose nature the program is not for."""
    calls, mapping = tmp_path / "calls.csv", tmp_path / "mapping.toml"
    calls.write_text(
        "id,at,nature\n1,2026-03-02 10:00:00,a\n2,2026-03-02 11:00:00,b\n3,soon,a\n", "utf-8"
    )
    mapping.write_text(
        """[file]
time_zone = "America/Chicago"
[columns]
incident = "id"
received = "at"
nature = "nature"
[defaults]
source = "911"
[nature]
a = "psychosis"
b = "traumatic_event"
""",
        "utf-8",
    )
    found = run("--calls", str(calls), "--mapping", str(mapping))
    assert found.exit_code == 0, found.output
    assert "of 1 calls" in found.stdout
    assert "calls.csv: 1 of 3 calls and rows are left out" in found.stderr
    assert "1 calls are left out, because the program is not for their nature" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--with", "two on nights"], "write it like '2 cit_officer on nights'"),
        (["--with", "2 cit_oficer on nights"], "did you mean 'cit_officer'"),
        (["--train", "10 officers in citt"], "did you mean 'cit'"),
        (["--train", "10 officers in cit", "--target", "much"], "write it like '80 %'"),
        (["--target", "80 %"], "go with --train, or with --with"),
        (["--curve", "c.svg"], "go with --train, or with --with"),
        (["--with", "2 CIT officers on Sundays"], "one of days, evenings, nights, call"),
        (["--calls", "x.csv"], "--calls and --mapping go together"),
        (["--tier", "cit-oficer"], "did you mean 'cit-officer'"),
    ],
)
def test_a_question_that_is_not_understood_is_answered_with_its_remedy(arguments, said):
    """How it is written, and the nearest name."""
    found = run(*arguments)
    assert found.exit_code == 2
    assert said in found.output


def test_questions_are_read_as_they_are_said():
    """Officers are patrol officers; one is called once."""
    assert parse_newcomers("1 clinician on call").shift == "call"
    assert parse_newcomers("2 CIT officers on Nights").role.value == "cit_officer"
    training = parse_training("10 officers in cit", STANDARD)
    assert (training.number, training.role.value) == (10, "patrol_officer")


def test_a_condition_of_a_tier_is_a_question_of_its_own():
    """Who covers the calls that involve a child, and who the others."""
    tiers = (
        Tier(
            id="youth",
            model="telehealth",
            seats=[Seat(roles=["clinician"], training=["child_trauma"])],
            where={"incident.children": {"gt": 0}},
        ),
        *ONE.tiers,
    )
    found = Question.all_of(tiers, STANDARD, tuple(Nature))
    assert [(one.holding, [tier.id for tier in one.tiers]) for one in found] == [
        ("", ["one"]),
        ("the incident's children is above 0", ["youth", "one"]),
    ]


WRONG = [
    (["--play", "--a-day", "0"], "--a-day: give a number above 0, at most 10,000"),
    (["--play", "--a-day", "nan"], "--a-day: give a number above 0"),
    (["--play", "--minutes", "-5"], "--minutes: give a number above 0"),
    (["--from", "02/03/2026"], "--from: a text of 10 characters is not a day"),
    (["--with", "99999999 clinicians on call"], "99999999 people are too many"),
    (["--train", "100001 officers in cit"], "100001 people are too many"),
    (["--from", "9999-12-31"], "--from: the year 9999 is after 9900"),
    (["--from", "2026-03-02T00:00"], "--from: "),
]


@pytest.mark.parametrize(("options", "said"), WRONG)
def test_an_option_that_says_nothing_is_refused_by_its_name(options, said):
    """With what to write instead."""
    roster = str(ROSTERS / "cit.roster.csv")
    found = CliRunner().invoke(commands, ["coverage", "cit", "--roster", roster, *options])
    assert (found.exit_code, said in found.output) == (2, True), found.output


def test_people_of_a_role_without_a_seat_are_named():
    """They change nothing, and the table alone would not say why."""
    asked = ["coverage", "cit", "--roster", str(ROSTERS / "cit.roster.csv"), "--from", "2026-03-02"]
    for role, named in (("paramedic", True), ("clinician", False)):
        found = CliRunner().invoke(commands, [*asked, "--with", f"1 {role} on nights"])
        assert found.exit_code == 0
        assert ("no tier has a seat for a paramedic" in found.stderr) is named
