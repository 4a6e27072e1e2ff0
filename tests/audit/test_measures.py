"""Each measure against a story that a person counted by hand."""

import csv
import json
from collections import Counter

import attrs
import pytest

from coresponder.audit.contacts import Frequent, Repeats, counting_contacts
from coresponder.audit.measures import MEASURES, Measures
from coresponder.audit.tally import Tally
from coresponder.domain import events as e
from coresponder.domain.objects import Team, TeamMember
from coresponder.domain.vocabulary import (
    AgeGroup,
    Alternative,
    Disposition,
    Facility,
    FollowUpKind,
    ForceKind,
    Injured,
    MissedReason,
    Nature,
    Need,
    PersonRole,
    Role,
    Transporter,
)
from coresponder.interop.cad import read_calls
from coresponder.interop.mapping import load_mapping
from coresponder.program import Program, load_program
from tests.conftest import SHARED, at, needs_shared
from tests.interop.test_cad import EXAMPLES
from tests.program.test_advance import received

ANY = Program(id="any")
PSYCHOSIS_ONLY = Program(id="some", natures=(Nature.PSYCHOSIS,))
BY = {"by": "officer-1"}


def made(kind, minutes, /, **fields):
    return kind(at=at(minutes), **BY, **fields)


def team(*roles, tier="first"):
    members = tuple(TeamMember(responder=f"r-{role.value}", role=role) for role in roles)
    return Team(tier=tier, model="primary_co_response", members=members)


def sent(minutes, *roles, tier="first"):
    return made(e.TeamDispatched, minutes, team=team(*(roles or (Role.CLINICIAN,)), tier=tier))


def came(minutes, role=Role.CLINICIAN):
    return made(e.ResponderArrived, minutes, responder=f"r-{role.value}", role=role)


def left(minutes, role):
    return made(e.ResponderCleared, minutes, responder=f"r-{role.value}")


def ended(minutes, disposition):
    return made(e.DispositionRecorded, minutes, disposition=disposition)


def person(minutes, id="p-1", age=AgeGroup.ADULT, role=PersonRole.PERSON_IN_CRISIS):
    return made(e.PersonInvolved, minutes, person=id, role=role, age_group=age)


def referral(minutes, kind, id="ref-1", **more):
    return made(kind, minutes, referral=id, **more)


def offered(minutes, id="ref-1"):
    return referral(minutes, e.ReferralOffered, id, person="p-1", need=Need.HOUSING)


def planned(minutes, due, id="f-1"):
    return made(
        e.FollowUpScheduled, minutes, follow_up=id, kind=FollowUpKind.PHONE_CALL, due=at(due)
    )


def done(minutes, id="f-1"):
    return made(e.FollowUpDone, minutes, follow_up=id, kind=FollowUpKind.PHONE_CALL)


def vague(event):
    return attrs.evolve(event, approximate=True)


CALL = received()
CLEARED = made(e.SceneCleared, 60)
STORIES = [
    # measure, story, (of, labels, minutes, missing)
    ("time_to_dispatch", [CALL, sent(7), sent(30)], (1, {}, [7], 0)),
    ("time_to_dispatch", [CALL, vague(sent(7))], (1, {}, [], 1)),
    ("time_to_arrival", [CALL, sent(7), came(20)], (1, {}, [20], 0)),
    ("time_to_arrival", [CALL, sent(7)], (0, {}, [], 0)),
    ("time_on_scene", [CALL, came(20), CLEARED], (1, {}, [40], 0)),
    (
        "officer_time_returned",
        [
            CALL,
            sent(1, Role.CLINICIAN, Role.CIT_OFFICER),
            came(9),
            came(10, Role.CIT_OFFICER),
            left(25, Role.CIT_OFFICER),
            left(30, Role.CLINICIAN),
            CLEARED,
        ],
        (1, {}, [35], 0),
    ),
    (
        "follow_ups",
        [
            CALL,
            came(5),
            *(planned(10 + n, 100, f"f-{n}") for n in range(7)),
            done(90, "f-0"),
            done(101, "f-1"),
            made(e.FollowUpMissed, 95, follow_up="f-2", reason=MissedReason.NO_ANSWER),
            made(e.FollowUpCancelled, 96, follow_up="f-3"),
            vague(done(97, "f-4")),
            planned(99, 9_999_999, "later"),
        ],
        (6, {"in time": 1, "late": 1, "missed": 1, "not done": 2}, [], 1),
    ),
    ("calls_that_qualify", [CALL], (1, {"yes": 1}, [], 0)),
    (
        "calls_that_qualify",
        [CALL, made(e.CallTriaged, 1, nature=Nature.PSYCHOSIS, qualifies=False)],
        (1, {}, [], 0),
    ),
    ("answered", [CALL, sent(3)], (1, {"yes": 1}, [], 0)),
    ("answered", [CALL], (1, {}, [], 0)),
    (
        "unanswered",
        [CALL, made(e.TeamUnavailable, 2)],
        (1, {"yes": 1}, [], 0),
    ),
    ("unanswered", [CALL, made(e.TeamUnavailable, 2), sent(9)], (1, {}, [], 0)),
    ("dispatched_of_all", [CALL, sent(3)], (1, {"yes": 1}, [], 0)),
    ("without_officer_of_all", [CALL, sent(3), came(9)], (1, {"yes": 1}, [], 0)),
    (
        "without_officer_of_all",
        [CALL, sent(3), came(9), came(12, Role.PATROL_OFFICER)],
        (1, {}, [], 0),
    ),
    (
        "without_officer_of_all",
        [CALL, made(e.ResponderArrived, 9, responder="nobody-knows")],
        (0, {}, [], 1),
    ),
    ("answered_by_tier", [CALL, sent(3, tier="b"), sent(9, tier="a")], (1, {"b": 1}, [], 0)),
    ("by_hour", [CALL], (1, {"12:00": 1}, [], 0)),
    ("by_hour", [vague(CALL)], (0, {}, [], 1)),
    ("by_weekday", [CALL], (1, {"monday": 1}, [], 0)),
    ("by_week_hour", [CALL], (1, {"monday / 12:00": 1}, [], 0)),
    ("by_month", [vague(CALL)], (1, {"2026-03": 1}, [], 0)),
    ("by_nature", [CALL], (1, {"psychosis": 1}, [], 0)),
    (
        "by_age_group",
        [CALL, person(1), person(2, "p-2", AgeGroup.CHILD), person(3, "p-3", AgeGroup.UNKNOWN)],
        (3, {"child": 1, "adult": 1, "unknown": 1}, [], 0),
    ),
    (
        "dispositions",
        [CALL, came(5), ended(9, Disposition.REFERRED), ended(10, Disposition.ARRESTED)],
        (1, {"arrested": 1}, [], 0),
    ),
    ("dispositions", [CALL, came(5)], (0, {}, [], 1)),
    ("dispositions", [CALL, ended(9, Disposition.UNFOUNDED)], (1, {"unfounded": 1}, [], 0)),
    ("dispositions", [CALL], (0, {}, [], 0)),
    ("emergency_holds", [CALL], (0, {}, [], 0)),
    (
        "dispositions_by_tier",
        [CALL, sent(2), ended(9, Disposition.REFERRED)],
        (1, {"first / referred": 1}, [], 0),
    ),
    ("arrests", [CALL, came(5), ended(9, Disposition.ARRESTED)], (1, {"yes": 1}, [], 0)),
    ("arrests", [CALL, came(5)], (0, {}, [], 0)),
    (
        "emergency_holds",
        [
            CALL,
            came(5),
            made(e.EmergencyHoldPlaced, 8, person="p-1", grounds=("danger_to_self",)),
            ended(9, Disposition.HANDED_TO_EMS),
        ],
        (1, {"yes": 1}, [], 0),
    ),
    (
        "alternatives_to_arrest",
        [
            CALL,
            came(5),
            made(e.ChargeableOffenseFound, 6, person="p-1"),
            made(e.WarrantFound, 6, person="p-2"),
            made(e.AlternativeTaken, 7, person="p-1", alternative=Alternative.DIVERSION),
            made(e.AlternativeTaken, 7, person="p-3", alternative=Alternative.DEFLECTION),
        ],
        (2, {"yes": 1}, [], 0),
    ),
    (
        "force",
        [CALL, came(5), *(made(e.ForceUsed, m, kind=ForceKind.HANDS_ON) for m in (6, 7))],
        (1, {"yes": 1}, [], 0),
    ),
    (
        "injuries",
        [CALL, made(e.InjuryRecorded, 5, injured=Injured.PERSON)],
        (0, {}, [], 0),
    ),
    (
        "injuries",
        [CALL, came(4), made(e.InjuryRecorded, 5, injured=Injured.PERSON)],
        (1, {"yes": 1}, [], 0),
    ),
    (
        "transports",
        [
            CALL,
            came(4),
            *(
                made(
                    e.PersonTransported,
                    9,
                    person=f"p-{by}",
                    facility=Facility.DETOX,
                    transported_by=by,
                )
                for by in (Transporter.EMS, None)
            ),
        ],
        (1, {"ems": 1}, [], 1),
    ),
    (
        "consent",
        [
            CALL,
            came(4),
            made(e.ConsentGiven, 5, person="p-1"),
            made(e.ConsentWithdrawn, 6, person="p-1"),
            made(e.ConsentDeclined, 6, person="p-2"),
            made(e.ConsentGiven, 6, person="p-3", scope="sharing"),
        ],
        (2, {"withdrawn": 1, "declined": 1}, [], 0),
    ),
    (
        "referrals",
        [
            CALL,
            came(4),
            offered(5),
            offered(6, "ref-2"),
            referral(8, e.ReferralSent, "ref-2", person="p-1"),
            referral(90, e.ReferralConnected, "ref-2"),
            referral(99, e.ReferralAccepted, "never-offered"),
        ],
        (2, {"offered": 2, "sent": 1, "accepted": 1, "connected": 1}, [], 0),
    ),
    *(
        (
            name,
            [
                CALL,
                came(4),
                offered(5),
                referral(8, e.ReferralSent, person="p-1"),
                referral(20, e.ReferralAccepted),
                referral(90, e.ReferralConnected),
                referral(100, e.ReferralCompleted),
            ],
            (1, {}, [minutes], 0),
        )
        for name, minutes in (
            ("time_to_referral_sent", 3),
            ("time_to_referral_accepted", 12),
            ("time_to_connection", 85),
            ("time_to_completion", 10),
        )
    ),
]


def measured(program, story, now=200):
    found = Measures(program)
    found.add(program.replay("i-1", story), at(now))
    return found


@pytest.mark.parametrize(("name", "story", "counted"), STORIES)
def test_a_measure_counts_what_a_person_counts(name, story, counted):
    """Denominator, labels, lengths and what is missing."""
    found = measured(ANY, story)[name]
    minutes = sorted(found.minutes.counts.elements())
    assert (found.of, dict(found.counts), minutes, found.missing) == counted


def test_every_measure_has_a_story_and_says_what_it_is():
    """With a sentence, a source, a denominator, and what becomes of missing data."""
    assert {measure.id for measure in MEASURES} == {name for name, _, _ in STORIES}
    for one in MEASURES:
        assert all((one.title, one.says, one.source, one.denominator, one.missing)), one.id
        assert one.says.endswith("."), one.id


def test_an_incident_with_two_tiers_counts_once_in_each():
    """A run tells the incidents of each tier, and how many have several, so that the counts add up."""
    case = ANY.replay("i-1", [CALL, sent(3, tier="b"), sent(9, tier="a"), sent(20, tier="b")])
    tally = Tally(ANY)
    tally.add(case, case.last_at)
    assert (dict(tally.by_tier), tally.several_tiers) == ({"a": 1, "b": 1}, 1)


def test_an_event_entered_in_error_is_not_measured():
    """It did not happen."""
    void = made(e.EnteredInError, 9, event=2, reason="duplicate")
    assert measured(ANY, [CALL, sent(3), void])["answered"].yes == 0


def test_without_a_triage_the_nature_says_whether_a_call_qualifies():
    """If the program takes only some."""
    other = attrs.evolve(CALL, nature=Nature.TRESPASS)
    found = Measures(PSYCHOSIS_ONLY)
    for n, call in enumerate((CALL, other)):
        found.add(PSYCHOSIS_ONLY.replay(f"i-{n}", [call]), at(9))
    assert (found["calls_that_qualify"].of, found["calls_that_qualify"].yes) == (2, 1)
    assert found["answered"].of == 1


def test_who_comes_again_is_counted_where_the_record_goes_on_long_enough():
    """By hand: p-1 on days 0, 20 and 400, p-2 on day 0, and a witness whom nobody counts."""
    day = 60 * 24
    stories = {
        "a": [received(), person(1), person(1, "p-9", role=PersonRole.WITNESS)],
        "b": [received(), person(1, "p-2")],
        "c": [received(20 * day), person(20 * day + 1)],
        "d": [received(400 * day), person(400 * day + 1)],
    }
    with counting_contacts() as contacts:
        for name, story in stories.items():
            contacts.add(ANY, ANY.replay(name, story))
        assert contacts.repeats() == (
            Repeats(days=30, of=3, again=1),
            Repeats(days=90, of=3, again=1),
            Repeats(days=365, of=3, again=1),
        )
        assert contacts.frequent() == Frequent(people=2, contacts=4, most_frequent=1, theirs=3)


@needs_shared
def test_the_figures_of_toronto_come_out(tmp_path):
    """31,944 rows, of which 22 % ended with an apprehension, and D51 and D42 at both ends. Rows that
    are alike are read once.
    """
    folder = SHARED / "toronto-pic"
    said = json.loads((folder / "published_figures.json").read_text())
    with (folder / "persons_in_crisis_data.csv").open(encoding="utf-8") as file:
        rows = [
            (row["division"], row["event_type"], row["apprehension_made"])
            for row in csv.DictReader(file)
        ]
    program, alike = load_program("cit"), Counter(rows)
    by_division = {name: Measures(program) for name in ("all", "D14", "D51", "D42")}
    head = (
        "event_year,event_month,event_dow,event_hour,event_type,division,apprehension_made,hood_140"
    )
    lines = [f"2014,January,Monday,4,{kind},{where},{held},1" for where, kind, held in alike]
    (tmp_path / "calls.csv").write_text("\n".join([head, *lines]))
    mapping = load_mapping(EXAMPLES / "toronto-pic.toml")
    cases = list(read_calls(tmp_path / "calls.csv", mapping))
    for (where, _, _), times, found in zip(alike, alike.values(), cases, strict=True):
        case = program.replay(found.incident, found.events)
        for name in {"all", where} & by_division.keys():
            by_division[name].add(case, case.last_at, times)
    totals = by_division["all"]
    assert totals["by_nature"].of == said["ours"]["rows"] == len(rows)
    held, ours = totals["dispositions"], said["ours"]
    rate = held.counts["emergency_hold"] / totals["by_nature"].of * 100
    assert round(rate, 4) == ours["apprehension_rate_pct_exact"]
    assert round(rate) == said["published"]["apprehension_rate_pct"]
    for division, key in (("D51", "D51_rate"), ("D42", "D42_rate")):
        found = by_division[division]
        share = found["dispositions"].counts["emergency_hold"] / found["by_nature"].of
        assert round(share, 6) == ours[key]
    for division in ("D14", "D51"):
        calls = by_division[division]["by_nature"].of
        assert calls == said["published"][f"calls_{division}"]


@needs_shared
def test_the_diversion_rates_of_cahoots_come_out():
    """Rates 1b and 1c from the published counts; and where the publication contradicts itself."""
    folder = SHARED / "cahoots-epd-2021"
    said = json.loads((folder / "epd_2021_published.json").read_text())
    counts, rates = said["counts"], said["published_rates_pct"]
    alone, all_sent, calls = (
        counts[key] for key in ("cahoots_only_arrived", "cahoots_dispatched", "total_calls")
    )
    kinds = {
        (CALL, sent(5), came(9)): alone,
        (CALL, sent(5), came(9), came(12, Role.PATROL_OFFICER)): all_sent - alone,
        (CALL,): calls - all_sent,
    }
    found = Measures(ANY)
    for story, times in kinds.items():
        found.add(ANY.replay("i-1", story), at(99), times)
    for measure, key in (
        ("dispatched_of_all", "1b_dispatches"),
        ("without_officer_of_all", "1c_only_arrivals"),
    ):
        one = found[measure]
        assert one.of == calls
        assert one.yes / one.of * 100 == pytest.approx(rates[key], abs=1e-9)
    welfare = {
        "3a_welfare_all_calls": "cahoots_dispatched_check_welfare_text",
        "3a_with_6003": "cahoots_dispatched_check_welfare_table",
    }
    divertible = counts["divertible_share_check_welfare"]
    for key, count in welfare.items():  # the text says 5,546 calls, its own table 6,003
        assert counts[count] * divertible / calls * 100 == pytest.approx(rates[key], abs=1e-9)
