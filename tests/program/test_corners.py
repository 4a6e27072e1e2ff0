"""Corners of the core that a story seldom reaches."""

import copy
import datetime as dt

import attrs
import pytest

from coresponder.domain import events as e
from coresponder.domain.fold import copier, fold_for
from coresponder.domain.objects import Incident, Screening
from coresponder.domain.types import UTC
from coresponder.errors import NotFound, nearest
from coresponder.policy.atoms import Atom, _check_value
from coresponder.policy.bounds import Calendar, parse_bound
from coresponder.policy.policy import Policy
from coresponder.policy.templates import Verdict
from coresponder.program import Program, load_program
from coresponder.program.case import unreadable_notice
from tests.conftest import NOON, at
from tests.program.test_advance import BY, received

ROLE = {"role": "victim"}


def rule(template, a, b=None, **more):
    return Program(
        id="p", policies=[Policy(id="rule", template=template, a=a, b=b, authority="x", **more)]
    )


def person(minutes=1, **more):
    return e.PersonInvolved(
        at=at(minutes), **{"person": "p-1", "role": "victim", "age_group": "child", **more}, **BY
    )


@pytest.mark.parametrize("within", [None, "1 h"])
def test_one_event_type_in_both_atoms_with_conditions(within):
    """Each atom looks at the event for itself."""
    program = rule(
        "response",
        Atom(events="PersonInvolved", where=ROLE),
        Atom(events="PersonInvolved", where={"age_group": "child"}),
        within=within,
    )
    story = {
        (("role", "victim"), ("age_group", "adult")): Verdict.PENDING,
        (("role", "victim"), ("age_group", "child")): Verdict.HOLDING,
        (("role", "witness"), ("age_group", "adult")): Verdict.HOLDING,
    }
    for fields, verdict in story.items():
        case = program.replay("one", [received(), person(**dict(fields))])
        assert program.statuses(case, at(2))[0].verdict is verdict


def test_a_chain_looks_at_every_event_also_with_a_clock():
    """Any happening between is one too many; a note about it is none."""
    program = rule(
        "chain_response", Atom(events="WeaponSeen"), Atom(events="SceneSecured"), within="5 min"
    )
    weapon, secured = e.WeaponSeen(at=at(1), **BY), e.SceneSecured(at=at(3), **BY)
    assert not program.violations(program.replay("one", [received(), weapon, secured]), at(9))
    between, note = (
        e.SupervisorNotified(at=at(2), **BY),
        e.NoteAdded(at=at(2), entry="x", digest="y", **BY),
    )
    assert program.violations(program.replay("one", [received(), weapon, between, secured]), at(9))
    assert not program.violations(program.replay("one", [received(), weapon, note, secured]), at(9))


def test_an_empty_case_has_verdicts_too():
    """Before anything happened, clocks have not begun."""
    program = rule("absence", Atom(events="WeaponSeen"), within="1 h")
    assert program.statuses(program.open("one"), NOON)[0].verdict is Verdict.HOLDING
    owing = rule("existence", Atom(events="WeaponSeen"), within="1 h")
    assert owing.statuses(owing.open("one"), NOON)[0].verdict is Verdict.PENDING
    assert owing.obligations(owing.open("one"), NOON) == ()
    assert owing.violations(owing.open("one"), NOON) == ()


def test_an_absence_within_some_time_is_satisfied_by_time():
    """After that the event is no breach."""
    program = rule("absence", Atom(events="WeaponSeen"), within="1 h")
    case = program.replay("one", [received()])
    assert program.statuses(case, at(61))[0].verdict is Verdict.SATISFIED
    assert program.statuses(case, at(60))[0].verdict is Verdict.HOLDING
    later = program.replay("one", [received(), e.WeaponSeen(at=at(61), **BY)])
    assert later.violations == ()


def test_triage_and_referral_facts_before_anything_is_known():
    """Facts in an empty case are kept, out of place."""
    program = Program(id="p")
    case = program.replay(
        "one",
        [
            e.CallTriaged(at=NOON, nature="psychosis", weapon=True, **BY),
            e.ReferralAccepted(at=at(1), referral="r", **BY),
        ],
    )
    assert case.findings.out_of_place == (1, 2)
    assert case.incident.scene.weapon
    overridden = program.replay(
        "one", [received(), e.ReferralCancelled(at=at(1), referral="r-9", **BY)]
    )
    assert overridden.incident.referrals == ()


def test_a_fold_is_total():
    """What is said of a referral that nobody knows changes nothing."""
    fold = fold_for(e.ReferralAccepted)
    incident = Incident(id="a")
    assert fold(incident, e.ReferralAccepted(at=NOON, referral="r", **BY), "new") is incident
    assert (
        fold_for(e.FollowUpMissed)(
            incident, e.FollowUpMissed(at=NOON, follow_up="f", reason="moved", **BY), "new"
        )
        is incident
    )


def test_refusals_of_a_fact_are_none():
    """The question may be asked of any event."""
    program = Program(id="p")
    assert program.refusals(program.open("one"), received()) == ()


def test_a_copier_names_a_field_that_is_not_there():
    """A slip in our own code is found at import."""
    with pytest.raises(TypeError, match="no field"):
        copier(Incident, "stat")
    assert copier(Incident, "state")(Incident(id="a"), "closed") == attrs.evolve(
        Incident(id="a"), state="closed"
    )


def test_words_and_records_are_checked_when_an_event_is_made():
    """What could not be read back is refused at once."""
    with pytest.raises(ValueError, match="did you mean 'psychosis'"):
        e.CallReceived(at=NOON, source="911", nature="psycosis", **BY)
    with pytest.raises(TypeError, match="is not a Screening"):
        e.Screened(at=NOON, person="p-1", screening="high", **BY)
    assert (
        e.Screened(at=NOON, person="p-1", screening=Screening(level="high"), **BY).screening.level
        == "high"
    )


def test_values_of_other_types_are_left_to_the_comparison():
    """A condition on a time takes any time."""
    _check_value(None, 5, "x")
    assert nearest("zzz", []) == "there are none"


def test_an_untimed_policy_with_two_conditions_on_the_same_event():
    """Neither, one or both hold."""
    program = rule(
        "not_co_existence",
        Atom(events="PersonInvolved", where=ROLE),
        Atom(events="PersonInvolved", where={"age_group": "child"}),
    )
    assert program.replay("one", [received(), person()]).violations
    assert not program.replay("one", [received(), person(age_group="adult")]).violations


@pytest.mark.parametrize("year", [1, 9999])
def test_a_bound_at_the_end_of_the_calendar_is_the_last_moment(year):
    """A fact of the year 9999 is taken like any other."""
    calendar = Calendar.of(time_zone="America/New_York", weekend=("saturday", "sunday"))
    instant = dt.datetime(year, 12, 31, 12, tzinfo=UTC)
    for bound in (parse_bound("2 business days", calendar), parse_bound("400 d", calendar)):
        assert (bound.deadline(instant) == dt.datetime.max.replace(tzinfo=UTC)) is (year == 9999)


def test_what_is_owed_under_a_policy_that_there_is_none_of_is_an_error():
    """A store of another program's obligations."""
    with pytest.raises(NotFound, match="no policy 'gone'"):
        rule("existence", Atom(events="PersonInvolved")).book.said(
            "gone", key=None, due=None, since=None, now=NOON
        )


def test_a_record_that_cannot_be_read_is_told_to_a_supervisor():
    """Nobody knows what is owed in it."""
    notice = unreadable_notice("one", "event 3 is not JSON", channel="desk")
    assert (notice.to, notice.about, notice.channel) == ("supervisor", "unreadable", "desk")
    assert notice.fields == {"why": "event 3 is not JSON"}


def test_a_program_copied_is_itself():
    """It is frozen, and so is everything in it."""
    made = rule("existence", Atom(events="PersonInvolved"))
    assert copy.copy(made) is made
    assert copy.deepcopy(made) is made


def test_a_store_given_as_a_program_is_named(tmp_path):
    """With what to do with a store instead."""
    path = tmp_path / "agency.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(84))
    with pytest.raises(NotFound, match="is a store, and a program belongs here"):
        load_program(path)
