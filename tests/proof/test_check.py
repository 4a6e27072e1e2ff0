"""What `check_program` finds, on programs with planted faults and on the shipped ones."""

import gc

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from coresponder.domain import events as e
from coresponder.domain.vocabulary import Role, Training
from coresponder.errors import InvalidProgram
from coresponder.lifecycle import INCIDENT, Edge
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.policy.templates import Verdict
from coresponder.program import Program, declaration, load_program, shipped_programs
from coresponder.program.spec import program_from_definition
from coresponder.proof import Outcome, check_program
from coresponder.proof.counterexamples import Counterexamples
from coresponder.proof.dead_ends import DeadEnds
from coresponder.proof.limits import Budget, LimitReached
from coresponder.roster.staffing import Seat, Tier
from coresponder.testing import programs
from tests.conftest import NOON

SCREENED = Atom(events="Screened", where={"screening.level": ["moderate", "high"]})
TYPES = (
    "CallTriaged", "ContactMade", "PersonInvolved", "ConsentGiven", "ConsentDeclined",
    "FollowUpScheduled", "FollowUpDone", "SceneCleared",
    "DispositionRecorded", "IncidentClosed", "ClinicianEngaged", "ReferralOffered", "ReferralSent",
    "ReferralAccepted", "IncidentCancelled",
)  # fmt: skip
UNSHRUNK = (
    Phase.explicit,
    Phase.reuse,
    Phase.generate,
)  # a smaller program is not worth minutes of search


def rule(id, template, a=None, b=None, **options):
    atoms = {
        key: None if atom is None else atom if isinstance(atom, Atom) else Atom(events=atom)
        for key, atom in (("a", a), ("b", b))
    }
    if "unless" in options:
        options["unless"] = Atom(events=options["unless"])
    return Policy(id=id, template=template, **atoms, **{"enforcement": "BLOCK", **options})


def proved(*policies, **options):
    return check_program(Program(id="p", policies=policies, **options))


def names(story):
    return [line.event for line in story]


@pytest.mark.parametrize("name", shipped_programs())
def test_the_shipped_programs_are_proved(name):
    """Nothing refutes them, nothing is left open, every policy is triggered, and what can only be
    watched is listed.
    """
    proof = check_program(load_program(name))
    assert proof.verdict is Outcome.PROVED
    assert proof.findings == ()
    assert proof.undetermined == ()
    assert all(p.triggered for p in proof.policies)
    assert all(p.enforceable for p in proof.policies if p.enforcement.value == "BLOCK")
    assert [p.id for p in proof.policies if not p.enforceable]
    assert all(p.story for p in proof.policies if p.verdict is Outcome.VIOLABLE)


def test_a_rule_about_what_is_taken_back_is_not_settled():
    """Nothing is claimed of it, and the other rules keep their verdicts; before, the whole check
    stopped with an error.
    """
    proof = proved(
        rule("told", "response", "EnteredInError", "SupervisorNotified"),
        rule("seen", "precedence", "SupervisorNotified", "ReferralSent"),
    )
    told, seen = proof.policies
    assert proof.verdict is Outcome.UNDETERMINED
    assert [line.split(":")[0] for line in proof.undetermined] == ["policy 'told'"]
    assert (told.triggered, told.enforceable) == (None, None)
    assert seen.verdict is Outcome.PROVED


def test_times_that_do_not_fit_together_are_not_settled():
    """One rule lets a school be told only an hour after a person is involved, another only within
    half an hour of it: each deadline may pass, but not in that order. So whether a school is ever
    told is not known; with the hour and the half hour swapped, there is a story.
    """
    told = rule("told", "absence", "SchoolNotified", enforcement="WARN")

    def about(late, early):
        pair = ("PersonInvolved", "SchoolNotified")
        return proved(
            rule("late", "not_succession", *pair, within=late),
            rule("early", "precedence", *pair, within=early),
            told,
        )

    never, once = about("1 h", "30 min"), about("30 min", "1 h")
    assert never.policies[2].verdict is Outcome.UNDETERMINED
    why = "the stories that were found need times that do not fit together"
    assert f"policy 'told': {why}" in [text.split(";")[0] for text in never.undetermined]
    assert once.policies[2].verdict is Outcome.VIOLABLE
    assert once.undetermined == ()


def test_two_rules_that_leave_no_way_out_are_a_conflict_with_the_shortest_story():
    """One asks for a follow-up after a screen, the other forbids any after a refusal."""
    proof = proved(
        rule("asks", "response", SCREENED, "FollowUpScheduled"),
        rule("forbids", "not_succession", "ConsentDeclined", "FollowUpScheduled"),
    )
    assert proof.verdict is Outcome.REFUTED
    assert [conflict.policies for conflict in proof.conflicts] == [("asks", "forbids")]
    assert names(proof.conflicts[0].story) == ["CallReceived", "Screened", "ConsentDeclined"]
    assert [(dead_end.event, dead_end.state) for dead_end in proof.doomed] == [
        ("ConsentDeclined", "received")
    ]
    assert any("conflict" in finding for finding in proof.findings)


def test_a_release_mends_the_conflict():
    """With `unless` there is a way out again, and the same program is proved."""
    mended = rule("asks", "response", SCREENED, "FollowUpScheduled", unless="ConsentDeclined")
    assert (
        proved(
            mended, rule("forbids", "not_succession", "ConsentDeclined", "FollowUpScheduled")
        ).verdict
        is Outcome.PROVED
    )


def test_rules_that_only_warn_can_conflict_too():
    """A conflict needs no BLOCK: nobody could ever comply with both."""
    proof = proved(
        rule("asks", "response", SCREENED, "ReviewHeld", enforcement="WARN"),
        rule("forbids", "not_succession", "Screened", "ReviewHeld", enforcement="WARN"),
    )
    assert [conflict.policies for conflict in proof.conflicts] == [("asks", "forbids")]
    assert proof.doomed == ()


def test_three_rules_that_conflict_only_together():
    """No pair explains it: one of two services must be offered, and each of two other rules forbids
    one of them.
    """
    proof = proved(
        rule("one-of-both", "choice", "FollowUpScheduled", "SchoolNotified"),
        rule("no-visit", "not_succession", "ConsentDeclined", "FollowUpScheduled"),
        rule("no-school", "not_succession", "ConsentDeclined", "SchoolNotified"),
    )
    assert [set(dead_end.policies) for dead_end in proof.doomed] == [
        {"one-of-both", "no-visit", "no-school"}
    ]


def test_a_fact_that_dooms_is_found():
    """After force the incident could never be closed."""
    proof = proved(
        rule("no-close", "not_succession", "ForceUsed", ["IncidentClosed", "IncidentCancelled"])
    )
    assert [(d.event, d.policies) for d in proof.doomed] == [("ForceUsed", ("no-close",))]
    assert names(proof.doomed[0].story) == ["CallReceived", "ResponderArrived", "ForceUsed"]


def test_a_blocking_rule_that_a_fact_can_break_refutes():
    """A rule on a fact and a decision loads, and the proof shows the fact."""
    proof = proved(rule("mixed", "absence", ["WeaponSeen", "SchoolNotified"]))
    assert proof.policies[0].verdict is Outcome.VIOLABLE
    assert proof.policies[0].broken_by == "fact"
    assert not proof.policies[0].enforceable
    assert "BLOCK policy 'mixed' can be broken by a fact" in proof.findings


def test_a_blocking_deadline_is_watched_and_refutes_nothing():
    """Time alone passes a deadline: it is shown, and the duty stays."""
    proof = proved(rule("soon", "response", SCREENED, "ClinicianEngaged", within="15 min"))
    found = proof.policies[0]
    assert (found.verdict, found.broken_by, found.enforceable) == (Outcome.VIOLABLE, "time", False)
    assert proof.verdict is Outcome.PROVED
    assert found.story[-1].event is None


def test_a_policy_that_is_never_triggered_is_reported():
    """No disposition is recorded in a state that is over by then."""
    asleep = rule(
        "asleep",
        "response",
        Atom(events="DispositionRecorded", where={"incident.state": "new"}),
        "ReviewHeld",
        enforcement="WARN",
    )
    proof = proved(asleep)
    assert not proof.policies[0].triggered
    assert proof.findings == ("policy 'asleep' is never triggered",)
    assert proof.verdict is Outcome.REFUTED


def test_an_edge_that_a_policy_kills_is_reported_until_it_is_forbidden():
    """A rule against cancelling makes the edges and the state dead; forbidding them says the same
    on purpose.
    """
    never = rule("never-cancel", "absence", "IncidentCancelled")
    proof = proved(never)
    assert "IncidentCancelled: received -> cancelled" in proof.lifecycle.never_taken
    assert proof.lifecycle.unreachable == ("cancelled",)


def test_own_events_states_edges_and_calendar_bounds_are_covered():
    """What a program adds is explored like the rest."""
    definition = {
        "program": {"id": "own", "version": "1"},
        "calendar": {"time_zone": "America/Denver"},
        "event": [{"name": "PeerVisited", "kind": "fact", "fields": {"person": "id", "minutes": "integer"}}],
        "lifecycle": {
            "states": ["peer_support"],
            "add": [
                {"event": "PeerVisited", "source": ["follow_up", "peer_support"], "target": "peer_support"},
                {"event": "IncidentClosed", "source": "peer_support", "target": "closed"},
            ],
        },
        "policy": [
            {"id": "visit", "template": "response", "a": "Screened", "b": {"event": "PeerVisited", "where": {"minutes": {"ge": 20}}},
             "within": "2 business days", "authority": "x"},
            {"id": "visit-before-closing", "template": "response", "a": "Screened", "b": "PeerVisited", "enforcement": "BLOCK", "authority": "x"},
        ],
    }  # fmt: skip
    proof = check_program(program_from_definition(definition))
    assert proof.findings == ()
    assert proof.policies[0].broken_by == "time"
    assert names(proof.policies[0].story)[-1] is None
    assert (proof.policies[0].story[-1].at - proof.policies[0].story[-2].at).days >= 2
    assert "peer_support" not in proof.lifecycle.unreachable


def test_two_values_of_a_key_are_tried():
    """Keys do not disturb one another: a rule per person holds with two people."""
    proof = proved(
        rule(
            "consent",
            "precedence",
            Atom(events="ConsentGiven", where={"scope": "services"}),
            "ReferralSent",
            per="person",
        )
    )
    assert proof.policies[0].verdict is Outcome.PROVED
    assert names(proof.policies[0].unblocked) == ["CallReceived", "ReferralOffered", "ReferralSent"]


def test_staffing_says_who_is_needed_and_who_is_not_enough():
    """The smallest crews for each tier, the largest without a team, tiers that are never chosen,
    natures that nobody answers.
    """
    officer, clinician = Seat(roles=(Role.PATROL_OFFICER,)), Seat(roles=(Role.CLINICIAN,))
    tiers = (
        Tier(id="both", model="primary_co_response", seats=(officer, clinician)),
        Tier(id="alone", model="police_response", seats=(officer,)),
        Tier(id="shadowed", model="police_response", seats=(officer,)),
        Tier(
            id="phone",
            model="telehealth",
            seats=(Seat(roles=(Role.CLINICIAN,), presence="phone"),),
            natures=("psychosis",),
        ),
    )
    staffing = check_program(Program(id="p", tiers=tiers)).staffing
    assert ("both", ("patrol officer", "clinician")) in [
        (crew.tier, crew.available) for crew in staffing.needed
    ]
    assert [(tier.tier, tier.earlier) for tier in staffing.never_chosen] == [
        ("shadowed", ("alone",))
    ]
    assert any("clinician (any number)" in crew.available for crew in staffing.without_team)
    only = Program(id="p", tiers=tiers[3:])
    assert "overdose" in check_program(only).staffing.uncovered
    assert "psychosis" not in check_program(only).staffing.uncovered


def test_what_is_too_much_to_be_tried_is_named():
    """Staffing that was not tried whole is not settled: neither a tier that can be filled in too
    many ways, nor too many sets without a team.
    """
    wide = Seat(roles=tuple(Role))
    found = check_program(
        Program(id="p", tiers=(Tier(id="wide", model="police_response", seats=(wide,) * 6),))
    )
    assert "tier wide, whose seats can be filled in" in found.staffing.untried[0]
    assert found.verdict is not Outcome.PROVED
    assert "staffing: not tried: tier wide" in found.undetermined[0]
    assert found.staffing.never_chosen == ()
    kinds = [(role, training) for role in list(Role)[:3] for training in list(Training)[:4]]
    pairs = [
        [Seat(roles=(role,), training=(training,), presence=how) for how in ("in_person", "phone")]
        for role, training in kinds
    ]
    many = Program(
        id="p",
        tiers=tuple(
            Tier(id=f"t-{n}", model="police_response", seats=tuple(seats))
            for n, seats in enumerate(pairs)
        ),
    )
    assert "more than 256 largest sets" in "".join(check_program(many).staffing.untried)


def test_a_limit_that_is_reached_is_never_a_pass():
    """The verdict is undetermined, and says of what."""
    proof = check_program(load_program("cit"), limit=40)
    assert proof.verdict is Outcome.UNDETERMINED
    assert any("share of 40 states and moves was not enough" in text for text in proof.undetermined)
    assert {p.verdict for p in proof.policies} >= {Outcome.UNDETERMINED}


def test_progress_is_told():
    """Each policy and each part is announced, up to the end."""
    seen = []
    check_program(
        Program(id="p", policies=(rule("r", "absence", "SchoolNotified"),)),
        progress=lambda *step: seen.append(step),
    )
    assert seen[0] == (0, 4, "r")
    assert seen[-1] == (4, 4, "done")


def test_a_lifecycle_that_is_forbidden_apart_is_unsound_at_load():
    """Soundness is checked when it is made, so the proof starts from a sound machine."""
    with pytest.raises(InvalidProgram, match="can never finish"):
        INCIDENT.extend(
            forbid=[
                edge
                for edge in INCIDENT.edges
                if edge.event in {"IncidentClosed", "IncidentCancelled"}
            ]
        )


def test_forbidding_one_edge_keeps_the_rest_proved():
    """The other ways to cancel stay alive."""
    lifecycle = INCIDENT.extend(forbid=[Edge("IncidentCancelled", "en_route", "cancelled")])
    assert proved(lifecycle=lifecycle).verdict is Outcome.PROVED


class Twice:
    """An automaton of one's own: at most two events that match `a`."""

    def __init__(self, due=None, box=tuple):
        self.due, self.box = due, box

    def start(self, opening):
        return self.box([0])

    def step(self, cell, letter, at):
        seen = cell[0] + (letter & 1)
        return self.box([min(seen, 2)]), 1 if seen > 2 else 0

    def verdict(self, cell, now):
        return Verdict.HOLDING

    def deadline(self, cell):
        return self.due


def test_an_own_automaton_is_explored_and_one_with_a_clock_is_not_passed():
    """Its third match is found; a deadline of its own, or cells that cannot be compared, leave the
    proof undetermined.
    """

    def own(automaton):
        return proved(
            Policy(
                id="own",
                a=Atom(events="SupervisorNotified"),
                automaton=automaton,
                enforcement="WARN",
            )
        )

    found = own(Twice()).policies[0]
    assert (found.verdict, names(found.story)) == (
        Outcome.VIOLABLE,
        ["CallReceived", *["SupervisorNotified"] * 3],
    )
    for automaton, why in (
        (Twice(due=NOON), "has a deadline"),
        (Twice(box=list), "cannot be compared"),
    ):
        proof = own(automaton)
        assert proof.verdict is Outcome.UNDETERMINED
        assert why in proof.undetermined[0]


def test_a_state_that_a_policy_never_lets_finish_is_reported():
    """Who is on scene leaves only by clearing it, and after that the incident could never end."""
    proof = proved(
        rule("no-end", "not_succession", "SceneCleared", ["IncidentClosed", "IncidentCancelled"])
    )
    assert proof.lifecycle.cannot_finish == ("on_scene", "engaged")
    assert "lifecycle: an incident in state 'on_scene' cannot finish" in proof.findings


@settings(
    max_examples=12,
    phases=UNSHRUNK,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(program=programs(most=4, types=TYPES))
def test_plans_and_the_joint_search_agree(program):
    """Where the proof finds no dead end by plans and small groups, searching all blocking policies
    together finds none either, and vice versa.
    """
    agree(program)


@pytest.mark.slow
@settings(max_examples=2_500, phases=UNSHRUNK, suppress_health_check=list(HealthCheck))
@given(program=programs(most=4, types=TYPES))
def test_plans_and_the_joint_search_agree_on_many_programs(program):
    """The same on thousands of programs."""
    agree(program)


def agree(program):
    proof = check_program(program, limit=40_000)
    blockers = [policy for policy in program.book.policies if policy.blocks]
    counterexamples = Counterexamples(program, budget=Budget(20_000))
    try:
        together = DeadEnds(counterexamples, ())._confirmed(blockers, together=False)
        joint = counterexamples.search(blockers, wild=True)
        counterexamples.run(joint)
    except LimitReached:
        return
    assert bool(together) == bool(proof.doomed) or proof.undetermined, (
        proof.findings,
        together and together[2].lines,
    )
    broken = {
        p.id
        for p in proof.policies
        if p.enforcement.value == "BLOCK" and p.verdict is Outcome.VIOLABLE
    }
    assert broken <= {blockers[i].id for i in joint.broken} or proof.undetermined
    assert proof.faults == ()


def test_a_program_of_own_class_events_is_checked():
    """Events that are attrs classes in Python are sampled by their fields."""

    @attrs.frozen(kw_only=True, weakref_slot=False)
    class KeysReturned(e.Fact):
        """An event of the agency's own."""

        count: int = 0

    two = Atom(events="KeysReturned", where={"count": {"ge": 2}})
    proof = check_program(
        Program(
            id="p",
            events=(KeysReturned,),
            policies=(rule("keys", "absence", two, enforcement="WARN"),),
        )
    )
    assert proof.policies[0].broken_by == "fact"
    assert proof.policies[0].story[-1].details == {"count": 2}


def test_a_programs_views_are_not_checked_for_each_model(monkeypatch):
    """A proof makes many programs of one; the views, which decide nothing in it, are checked when
    the program is loaded and seldom after.
    """
    program, checked = load_program("foundation"), []
    problems = declaration.view_problems
    monkeypatch.setattr(
        declaration,
        "view_problems",
        lambda views, known: checked.extend(views) or problems((), known),
    )
    assert check_program(program).verdict is Outcome.PROVED
    assert len(checked) <= 3 * len(program.views)


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_a_check_pauses_the_collector_and_leaves_it_as_it_was(running, fails):
    """It does not run meanwhile; afterward it runs if it ran before, also after an error."""
    seen = []

    def told(done, total, part):
        seen.append(gc.isenabled())
        if fails:
            raise RuntimeError("the host's own")

    try:
        (gc.enable if running else gc.disable)()
        if fails:
            with pytest.raises(RuntimeError):
                check_program(Program(id="p"), progress=told)
        else:
            check_program(Program(id="p"), progress=told)
        assert set(seen) == {False}
        assert gc.isenabled() == running
    finally:
        gc.enable()
