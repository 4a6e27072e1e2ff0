"""A proof of an incident with several persons, referrals and follow-ups: the normal case of this
field.
"""

import attrs
import pytest

from coresponder.domain.events import EVENT_TYPES, CallReceived, EnteredInError
from coresponder.domain.fold import fold_for
from coresponder.domain.objects import Incident
from coresponder.domain.vocabulary import CallSource, Nature
from coresponder.lifecycle import PARTS
from coresponder.policy.atoms import Atom, field_names, field_type, path_getter
from coresponder.policy.policy import Policy
from coresponder.program import Program, load_program, shipped_programs
from coresponder.program.spec import program_from_definition
from coresponder.proof import Outcome, Scope, check_program
from coresponder.proof.interest import Interest
from coresponder.proof.limits import LimitReached
from coresponder.proof.payloads import START, samples
from coresponder.proof.reads import MEMBERS, feeds_of, writers_of
from coresponder.simulation.rehearsal import confirmed

END = ["IncidentClosed", "IncidentCancelled"]
CHILD = {"event": "PersonInvolved", "where": {"age_group": "child"}}


def checked(*policies, **parts):
    """Check a program of rules written as in TOML."""
    listed = [
        {"id": f"rule-{i}", "enforcement": "BLOCK", "authority": "x", **policy}
        for i, policy in enumerate(policies, 1)
    ]
    program = program_from_definition(
        {"program": {"id": "family", "version": "1"}, "policy": listed, **parts}
    )
    proof = check_program(program)
    assert confirmed(program, proof) == proof
    assert proof.faults == ()
    return proof


def ends(children):
    return {"event": END, "where": {"incident.children": {"ge": children}}}


def names(story):
    return [line.event for line in story]


def test_one_letter_for_two_children_leaves_no_way_out():
    """Each child's school is told, by one letter an incident: the letter for another child locks
    the incident.
    """
    each = {
        "template": "responded_existence",
        "a": "PersonInvolved",
        "b": "SchoolNotified",
        "per": "person",
    }
    proof = checked(each, {"template": "at_most", "a": "SchoolNotified", "count": 1})
    assert proof.verdict is Outcome.REFUTED
    assert [dead_end.policies for dead_end in proof.doomed] == [("rule-1", "rule-2")]
    assert {line.details.get("person") for line in proof.doomed[0].story} == {
        None,
        "person-1",
        "person-2",
    }


def test_a_fact_out_of_place_is_about_the_follow_up_that_it_names():
    """A follow-up that is done three times breaks "two at most" for this follow-up; nothing else is
    begun by it.
    """
    rule = {
        "template": "at_most",
        "a": {"event": "FollowUpDone", "where": {"incident.call.qualifies": True}},
        "count": 2,
    }
    proof = checked({**rule, "per": "follow_up", "enforcement": "WARN"})
    story = proof.policies[0].unblocked or proof.policies[0].story
    assert [line.details["follow_up"] for line in story if line.event == "FollowUpDone"] == [
        "follow-up-1"
    ] * 3


def test_one_visit_for_two_children_leaves_no_way_out():
    """Each child a follow-up, and one joint visit an incident, which is all that is allowed."""
    proof = checked(
        {"template": "responded_existence", "a": CHILD, "b": "FollowUpScheduled", "per": "person"},
        {
            "template": "at_most",
            "a": {"event": "FollowUpScheduled", "where": {"kind": "joint_home_visit"}},
        },
        {
            "template": "absence",
            "a": {"event": "FollowUpScheduled", "where": {"kind": {"ne": "joint_home_visit"}}},
        },
    )
    assert [set(dead_end.policies) for dead_end in proof.doomed] == [{"rule-1", "rule-2", "rule-3"}]


def test_a_letter_for_every_child_can_always_be_sent():
    """What is owed for each of any number of children can be done for each of them."""
    each = {"template": "responded_existence", "a": CHILD, "b": "SchoolNotified", "per": "person"}
    proof = checked(
        each,
        {"template": "precedence", "a": "PersonInvolved", "b": "SchoolNotified", "per": "person"},
    )
    assert (proof.verdict, proof.scope) == (Outcome.PROVED, Scope())


def test_every_combination_of_conditions_on_one_event_is_tried():
    """One event with all five numbers locks the incident."""
    fields = dict.fromkeys("pqrst", "integer")
    rated = {"event": "Rated", "where": {name: {"ge": 3} for name in fields}}
    own = {"event": [{"name": "Rated", "kind": "fact", "fields": fields}]}
    proof = checked({"template": "not_co_existence", "a": rated, "b": {"event": END}}, **own)
    assert [dead_end.event for dead_end in proof.doomed] == ["Rated"]
    assert proof.doomed[0].story[-1].details == dict.fromkeys("pqrst", 3)


def test_more_combinations_than_can_be_tried_are_never_a_pass():
    """Sixteen conditions on one event are more than are tried, so nothing is claimed."""
    fields = {f"f{i}": "integer" for i in range(16)}
    rated = {"event": "Rated", "where": {name: {"ge": 3} for name in fields}}
    own = {"event": [{"name": "Rated", "kind": "fact", "fields": fields}]}
    proof = checked({"template": "not_co_existence", "a": rated, "b": {"event": END}}, **own)
    assert proof.verdict is Outcome.UNDETERMINED
    assert "Rated: too many combinations" in proof.undetermined[0]


def test_a_count_of_two_children_is_broken_by_a_fact():
    """Two children and force: a fact is always taken."""
    proof = checked(
        {
            "template": "not_co_existence",
            "a": CHILD,
            "b": {"event": ["ForceUsed", "IncidentClosed"], "where": ends(2)["where"]},
        }
    )
    assert (proof.policies[0].verdict, proof.policies[0].broken_by) == (Outcome.VIOLABLE, "fact")
    assert names(proof.policies[0].story).count("PersonInvolved") == 2


@pytest.mark.parametrize("children", [1, 2, 3, 4])
def test_a_count_of_children_is_broken_without_blocking_and_locks_with_it(children):
    """However many are named: that many children are involved, and then no ending is accepted."""
    proof = checked({"template": "not_co_existence", "a": CHILD, "b": ends(children)})
    assert names(proof.policies[0].unblocked).count("PersonInvolved") == children
    assert proof.policies[0].verdict is Outcome.PROVED
    assert not proof.policies[0].harmless
    assert names(proof.doomed[0].story).count("PersonInvolved") == children


def test_a_condition_on_children_and_clinician_triggers_and_can_be_met():
    """No closing with a child and no clinician: the clinician can always be engaged."""
    where = {"incident.children": {"ge": 1}, "incident.scene.clinician": {"exists": False}}
    proof = checked({"template": "absence", "a": {"event": "IncidentClosed", "where": where}})
    assert proof.verdict is Outcome.PROVED
    assert proof.policies[0].triggered
    assert names(proof.policies[0].unblocked)[-1] == "IncidentClosed"


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("open_follow_ups", "FollowUpScheduled"),
        ("open_referrals", "ReferralOffered"),
        ("victims", "PersonInvolved"),
        ("scene.force_count", "ForceUsed"),
    ],
)
def test_three_of_a_kind_can_be_counted(path, event):
    """Three follow-ups, referrals, victims, uses of force: the rule triggers, and is broken where
    nothing blocks.
    """
    proof = checked(
        {
            "template": "not_co_existence",
            "a": event,
            "b": {"event": "IncidentClosed", "where": {f"incident.{path}": {"ge": 3}}},
        }
    )
    assert proof.policies[0].triggered
    assert names(proof.policies[0].unblocked).count(event) == 3


def test_a_rule_for_each_person_that_reads_a_count_is_broken_by_one_child():
    """The child is involved, then consents: two events of one person while a child is there."""
    both = {"event": ["PersonInvolved", "ConsentGiven"], "where": {"incident.children": {"gt": 0}}}
    proof = checked({"template": "at_most", "a": both, "per": "person", "enforcement": "WARN"})
    assert (proof.policies[0].verdict, proof.policies[0].broken_by) == (Outcome.VIOLABLE, "fact")


@pytest.mark.parametrize("condition", [{"ge": 3}, {"eq": 3}, {"gt": 2}])
def test_contacts_within_90_days_are_explored(condition):
    """What the store knew of a person enters with the person."""
    where = {"incident.most_contacts_90_days": condition}
    proof = checked(
        {
            "template": "absence",
            "a": {"event": "IncidentClosed", "where": where},
            "enforcement": "WARN",
        }
    )
    assert (proof.policies[0].triggered, proof.policies[0].verdict) == (True, Outcome.VIOLABLE)


def test_whether_a_call_qualifies_is_explored():
    """Triage says whether a call qualifies."""
    proof = checked(
        {
            "template": "absence",
            "a": {"event": "IncidentClosed", "where": {"incident.call.qualifies": False}},
            "enforcement": "WARN",
        }
    )
    assert proof.policies[0].triggered


def test_two_letters_for_three_children_leave_no_way_out():
    """What is used up by others is missed by the one who still waits, however many letters there
    are.
    """
    each = {"template": "responded_existence", "a": CHILD, "b": "SchoolNotified", "per": "person"}
    proof = checked(each, {"template": "at_most", "a": "SchoolNotified", "count": 2})
    assert names(proof.doomed[0].story).count("SchoolNotified") == 2


@pytest.mark.parametrize("name", shipped_programs())
def test_the_shipped_programs_are_proved_for_any_number_and_their_stories_play(name):
    """However many persons, referrals and follow-ups there are; every story is taken by the
    workflow.
    """
    program = load_program(name)
    proof = check_program(program)
    assert (proof.verdict, proof.scope) == (Outcome.PROVED, Scope())
    assert confirmed(program, proof) == proof


def test_a_story_that_does_not_play_is_a_fault_and_no_finding():
    """Where the proof and the live code disagree, nothing is concluded."""
    program = Program(
        id="p", policies=(Policy(id="r", template="absence", a=Atom(events="WeaponSeen")),)
    )
    proof = check_program(program)
    other = Program(
        id="p", policies=(Policy(id="r", template="absence", a=Atom(events="SceneSecured")),)
    )
    found = confirmed(other, proof)
    assert found.verdict is Outcome.UNDETERMINED
    assert found.policies[0].story == ()
    assert "does not break it" in found.faults[0]


def test_every_path_of_an_incident_is_known_to_the_proof():
    """A field or a count that is added to the incident must be said to be read, or the proof would
    not explore it.
    """
    paths = {
        *field_names(Incident),
        *(f"call.{n}" for n in field_names(field_type(Incident, "call"))),
    }
    paths |= {f"scene.{name}" for name in field_names(field_type(Incident, "scene"))}
    for path in paths:
        feeds_of(path)
    with pytest.raises(LimitReached, match=r"incident\.weather is not explored"):
        feeds_of("weather")


def test_the_events_that_write_a_path_are_those_that_the_fold_lets_write_it():
    """Every pair of events is folded; what changes a path must be among its writers."""
    program = Program(id="p")
    paths = ["call.source", "call.nature", "call.qualifies", "disposition", "tier", *MEMBERS]
    paths += [f"scene.{name}" for name in field_names(field_type(Incident, "scene"))]
    found = {path: set() for path in paths}
    read = {path: path_getter(path) for path in paths}
    made = [event for cls in EVENT_TYPES.values() for event in varied(program, cls)]
    blank = Incident(id="incident-1")
    for first in made:
        before = fold_for(type(first))(blank, first, blank.state)
        for second in made:
            after = fold_for(type(second))(before, second, before.state)
            for path in paths if after is not before else ():
                if read[path](after) != read[path](before) and in_place(before, second):
                    found[path].add(type(second).__name__)
    for path in paths:
        assert found[path] <= writers_of([path]), path
        assert found[path], path


def test_a_fold_never_looks_at_the_lifecycles_state():
    """So what an event writes is asked once for all states of the lifecycle; every pair of events
    is folded in two of them.
    """
    blank = Incident(id="incident-1")
    made = [event for cls in EVENT_TYPES.values() for event in varied(Program(id="p"), cls)]
    for first in made:
        before = fold_for(type(first))(blank, first, "dispatched")
        elsewhere = attrs.evolve(before, state="closed")
        for second in made:
            fold = fold_for(type(second))
            assert fold(before, second, "on_scene") == fold(elsewhere, second, "on_scene"), second


@pytest.mark.parametrize("name", ["cit", "st-louis-mobile-crisis-prevention"])
def test_the_lifecycles_answer_depends_on_its_state_and_the_type_alone(name):
    """So it is asked once for each of them: every payload of a type is taken or refused alike,
    but for the referral or follow-up that it moves.
    """
    program = load_program(name)
    bare = attrs.evolve(program, policies=(), notices=())
    opened = bare.advance(
        bare.open("incident-1"),
        CallReceived(at=START, by="d-1", source=CallSource.NINE_ONE_ONE, nature=Nature.OTHER),
    ).case
    for state in program.lifecycle.states:
        case = attrs.evolve(opened, incident=attrs.evolve(opened.incident, state=state))
        for cls in program.vocabulary.values():
            if cls is EnteredInError or any(x.regulates(cls.__name__) for x in PARTS.values()):
                continue
            steps = [bare.advance(case, event) for event in varied(program, cls)]
            said = {(s.accepted, bool(s.out_of_place), s.case.incident.state) for s in steps}
            assert len(said) == 1, (state, cls)


def in_place(incident, event):
    """A referral or follow-up only moves along its own lifecycle."""
    for field, lifecycle in PARTS.items():
        name = type(event).__name__
        if lifecycle.regulates(name):
            part = getattr(incident, field)(getattr(event, field))
            return lifecycle.target(name, "new" if part is None else part.status.value) is not None
    return True


def varied(program, cls):
    """Return events of a type that differ in what paths of the incident read."""
    policy = Policy(id="all", template="absence", a=Atom(events="CallReceived", where=READS))
    interest = Interest.of(Program(id="q", policies=(policy,)).book.policies, program.vocabulary)
    return samples(program, cls, attrs.evolve(interest, every=False))[:12]


READS = {
    "incident.children": {"ge": 1}, "incident.victims": {"ge": 1}, "incident.highest_screening": "high", "incident.high_without_plan": {"ge": 1}, "incident.most_contacts_90_days": {"ge": 2},
    "incident.loose_ends": {"ge": 1}, "incident.call.qualifies": True, "incident.call.nature": "psychosis", "incident.call.source": "911",
    "incident.on_scene": {"has": "clinician"}, "incident.officers_on_scene": 0, "incident.scene.weapon": True, "incident.disposition": "arrested", "incident.scene.clinician": "phone",
}  # fmt: skip
