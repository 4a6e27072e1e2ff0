"""Policies on a responder: the same templates over the events of the responder's own stream."""

import csv
import datetime as dt
import json

import attrs
import pytest
from click.testing import CliRunner

import coresponder as co
from coresponder.cli.commands import commands
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.policy.templates import Verdict
from coresponder.proof import Outcome, check_program
from coresponder.simulation.rehearsal import confirmed
from coresponder.testing import policy_suite

FIRST = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC)
CIT = co.load_program("cit")
ST_LOUIS = co.load_program("st-louis-mobile-crisis-prevention")
TestResponders = policy_suite(ST_LOUIS.for_responders, examples=15)


def at(days, hours=0):
    return FIRST + dt.timedelta(days=days, hours=hours)


def said(cls, days, hours=0, **fields):
    return cls(at=at(days, hours), by="hr-1", responder="one", **fields)


def joined(role="patrol_officer", **fields):
    return said(co.ResponderJoined, 0, role=role, **fields)


def workflow(program, store=None):
    return co.Workflow(
        program.for_responders,
        store or co.SqlStore.sqlite(":memory:"),
        agency="here.roster",
        clock=lambda: at(2000),
    )


def verdict(events, policy, now):
    program = CIT.for_responders
    found = program.statuses(program.replay("one", events), now)
    return next(one.verdict for one in found if one.policy == policy)


def test_a_patrol_officer_has_the_basics_within_a_year_of_joining():
    """Owed from joining on, met by the course, violated after a year; a clinician owes nothing."""
    basics = said(co.TrainingCompleted, 300, training="basic_de_escalation")
    rule = "basics-within-a-year"
    assert verdict([joined()], rule, at(365)) is Verdict.PENDING
    assert verdict([joined()], rule, at(366)) is Verdict.VIOLATED
    assert verdict([joined(), basics], rule, at(366)) is Verdict.HOLDING
    assert verdict([joined("clinician")], rule, at(366)) is Verdict.HOLDING
    assert verdict([joined(), said(co.ResponderLeft, 20)], rule, at(366)) is Verdict.HOLDING


def test_each_renewal_has_to_be_renewed():
    """24 months run from the last renewal, and end when the training is revoked or somebody
    leaves.
    """
    cit = said(co.TrainingCompleted, 0, training="cit", hours=40)
    renewed = said(co.TrainingRenewed, 700, training="cit")
    events, rule = [joined("cit_officer"), cit, renewed], "cit-renewed"
    assert verdict(events, rule, at(1430)) is Verdict.PENDING
    assert verdict(events, rule, at(1431)) is Verdict.VIOLATED
    revoked = said(co.TrainingRevoked, 1000, training="cit")
    assert verdict([*events, revoked, said(co.ResponderLeft, 1001)], rule, at(1431)) is (
        Verdict.HOLDING
    )
    assert verdict([*events, said(co.ResponderLeft, 1001)], rule, at(1431)) is Verdict.HOLDING
    other = said(co.TrainingRenewed, 1000, training="team_two")
    assert verdict([*events, other], rule, at(1431)) is Verdict.VIOLATED


def test_a_long_shift_and_a_death_on_scene_are_watched_live():
    """What is owed is in the same list as of an incident, with its deadline; the notice is too."""
    desk = workflow(CIT)
    desk.record("one", joined("cit_officer"))
    desk.record("one", said(co.ShiftStarted, 1))
    met = desk.record("one", said(co.ShiftEnded, 1, 12)).met
    assert [one.policy for one in met] == ["shift-of-twelve-hours"]
    desk.record("one", said(co.ShiftStarted, 2))
    desk.record("one", said(co.CriticalIncidentAttended, 2, kind="death"))
    owed = {one.obligation.policy: one.obligation.due for one in desk.due(at(3))}
    assert owed == {
        "shift-of-twelve-hours": at(2, 12),
        "support-offered": at(3),
        "check-in-after-a-death": at(5),
    }
    assert desk.verify() == ()


@pytest.mark.parametrize(
    ("story", "hours", "overdue"),
    [
        ([], 24, False),
        ([], 25, True),
        ([(co.SupportOffered, 20)], 48, False),
        ([(co.SupportOffered, 20), (co.CriticalIncidentAttended, 30)], 55, True),
        ([(co.CheckInHeld, 3), (co.SupportTaken, 4)], 48, True),
        ([(co.ResponderLeft, 20)], 48, False),
    ],
)
def test_support_is_offered_within_a_day_after_each_critical_incident(story, hours, overdue):
    """Whatever was critical about it; a second incident asks anew, and asking how somebody is, is no
    offer.
    """
    events = [joined(), said(co.CriticalIncidentAttended, 0, kind="other")]
    for cls, hour in story:
        more = {"kind": "death"} if cls is co.CriticalIncidentAttended else {}
        events.append(said(cls, 0, hour, **more))
    responders = CIT.for_responders
    case = responders.replay("one", events)
    late = {one.policy for one in responders.obligations(case, at(0, hours)) if one.overdue}
    assert ("support-offered" in late) is overdue


def test_a_volunteer_is_put_on_a_shift_only_after_vetting():
    """The decision is refused with what would satisfy it, and taken once the vetting is passed."""
    desk = workflow(ST_LOUIS)
    desk.record("one", joined("community_health_worker", volunteer=True))
    shift = said(co.ShiftScheduled, 1, begins=at(2), ends=at(2, 8))
    with pytest.raises(co.Refused, match="only after vetting.*responder's vetted is no"):
        desk.record("one", shift)
    desk.record("one", said(co.VettingPassed, 1))
    assert desk.record("one", shift).accepted
    desk.record("one", said(co.VettingExpired, 3))
    assert [v.policy for v in desk.record("one", said(co.ShiftStarted, 4)).violations] == [
        "volunteer-rides-vetted"
    ]


def test_what_was_trained_before_joining_is_in_place_and_a_shift_is_not():
    """An academy comes before the department; nobody is on a shift of an agency that they left."""
    program = CIT.for_responders
    before = co.TrainingCompleted(
        at=at(-900), by="hr-1", responder="one", training="basic_de_escalation"
    )
    case = program.replay("one", [before, joined(), said(co.ResponderLeft, 5)])
    assert (case.findings.out_of_place, case.findings.doubtful) == ((), ())
    assert case.incident.responder.trainings == ("basic_de_escalation",)
    assert program.advance(case, said(co.ShiftStarted, 6)).out_of_place
    planned = said(co.ShiftScheduled, 6, begins=at(7), ends=at(7, 8))
    assert "the responder is left" in program.advance(case, planned).refusals[0].why


def test_a_store_keeps_the_program_of_responders_with_their_streams():
    """Another process with another version of the program reads the stream under its own."""
    store = co.SqlStore.sqlite(":memory:")
    workflow(CIT, store).record("one", joined())
    newer = co.program_from_definition(
        {**CIT.definition, "program": {**CIT.definition["program"], "version": "99"}}
    )
    case = workflow(newer, store).case("one")
    assert (case.program, case.state) == (CIT.for_responders.name, "active")
    assert workflow(newer, store).due(at(1))[0].obligation.policy == "basics-within-a-year"


def test_policies_of_both_kinds_are_checked_together():
    """The proof of a program has both, and every story plays in its own workflow."""
    proof = check_program(ST_LOUIS)
    assert {p.id for p in proof.policies} == {p.id for p in ST_LOUIS.policies}
    assert (proof.verdict, confirmed(ST_LOUIS, proof)) == (Outcome.PROVED, proof)


def test_a_block_that_a_fact_of_a_responder_breaks_refutes_the_program():
    """Coming on shift cannot be refused, so a rule that blocks it together with a plan is wrong."""
    rule = Policy(
        id="vetted",
        on="responder",
        template="absence",
        a=Atom(events=("ShiftScheduled", "ShiftStarted"), where={"responder.vetted": False}),
        enforcement="BLOCK",
    )
    proof = check_program(co.Program(id="p", policies=(rule,)))
    assert proof.verdict is Outcome.REFUTED
    assert proof.findings == ("BLOCK policy 'vetted' can be broken by a fact",)


@pytest.mark.parametrize(
    ("a", "why"),
    [
        (Atom(events="ResponderArrived"), "there is no event 'ResponderArrived'"),
        (Atom(events="ShiftStarted", where={"responder.vet": True}), "no field 'responder.vet'"),
        (Atom(events="ShiftStarted", where={"incident.children": 1}), "is of an incident"),
    ],
)
def test_a_mistake_in_a_policy_on_a_responder_is_an_error_where_it_is_made(a, why):
    """An event of an incident, an unknown field and a field of an incident do not load."""
    with pytest.raises(co.InvalidProgram, match=why):
        co.Program(id="p", policies=(Policy(id="r", on="responder", template="absence", a=a),))


def test_a_policy_suite_tries_the_policies_on_responders_too():
    """One line in an agency's own tests is enough for both."""
    suite = policy_suite(ST_LOUIS, examples=1)
    assert any(name.startswith("test_of_responders_") for name in dir(suite))
    assert not any(name.startswith("test_of_responders_") for name in dir(TestResponders))


def test_a_vetting_lapses_by_its_date():
    """After its last instant a volunteer is not vetted, though nobody says so: not for the rules,
    live or on replay, and not for a seat. What is read late is judged by when it happened.
    """
    flow = workflow(ST_LOUIS)
    flow.record("one", joined("community_health_worker", volunteer=True))
    flow.record("one", said(co.VettingPassed, 1, expires=at(30)))
    shift = co.ShiftScheduled(at=at(30), by="hr-1", responder="one", begins=at(31), ends=at(32))
    flow.record("one", shift)
    with pytest.raises(co.Refused, match="only after vetting"):
        flow.record("one", attrs.evolve(shift, at=at(30, 1)))
    (no,) = [one for one in flow.permitted("one", at(31)) if one.event == "ShiftScheduled"]
    assert not no.permitted
    flow.record("one", said(co.ShiftStarted, 31))
    flow.record("one", said(co.ShiftEnded, 31, 6))
    flow.record("one", said(co.ShiftStarted, 29))
    broken = [(one.policy, one.at) for one in flow.case("one").violations]
    assert broken == [("volunteer-rides-vetted", at(31))]
    assert flow.program.replay("one", flow.case("one").recorded()).violations == (
        flow.case("one").violations
    )
    flow.record("one", said(co.VettingPassed, 40, expires=at(400)))
    flow.record("one", attrs.evolve(shift, at=at(41)))
    assert flow.verify() == ()


def test_a_vetting_that_had_lapsed_when_it_was_passed_never_counts():
    """Its last day lies before it."""
    case = ST_LOUIS.for_responders.replay(
        "one", [joined(), said(co.VettingPassed, 5, expires=at(2))]
    )
    assert not case.incident.responder.vetted


def test_whose_vetting_lapsed_is_named_wherever_the_roster_is_asked(tmp_path):
    """`who-can-go` says since when; `expiring` lists it; `coverage` has no volunteer from then on."""
    row = {"role": "community_health_worker", "joined": "2026-01-05", "volunteer": "yes"}
    row |= {"vetted": "2026-01-05", "vetting_expires": "2026-03-03", "shifts": "daily 00:00-00:00"}
    officer = {"role": "patrol_officer", "joined": "2020-01-05", "shifts": "daily 00:00-00:00"}
    rows = [row | {"id": "volunteer-1", "training": "community_health 24 h 2026-01-05"}]
    rows += [officer | {"id": "officer-1", "training": "basic_de_escalation 8 h 2026-01-05"}]
    path = tmp_path / "roster.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, [*rows[0]])
        sheet.writeheader()
        sheet.writerows(rows)

    def asked(*words):
        return CliRunner().invoke(commands, [str(word) for word in words]).stdout

    who = ("roster", "who-can-go", path, "--program", ST_LOUIS.id, "--now")
    assert "vetting that lapsed 2026-03" not in asked(*who, "2026-03-02T20:00:00Z")
    assert "vetting that lapsed 2026-03" in asked(*who, "2026-03-05T20:00:00Z")
    said = asked("roster", "expiring", path, "--program", ST_LOUIS.id, "--now", "2026-03-05T20:00Z")
    assert "volunteer-1" in said
    assert "vetting" in said
    told = ("coverage", ST_LOUIS.id, "--roster", path, "--format", "json", "--weeks", 2, "--from")
    shares = [
        json.loads(asked(*told, day))["answers"][0]["share_of_time"]["officer-with-health-worker"]
        for day in ("2026-02-09", "2026-02-23", "2026-03-09")
    ]
    assert shares == pytest.approx([1, 9 * 24 / (14 * 24 - 1), 0])
