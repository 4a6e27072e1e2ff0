"""A proof knows who is on scene: any number of responders, of any roles."""

import pytest

from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Program
from coresponder.proof import Outcome, check_program
from coresponder.simulation.rehearsal import confirmed

ALONE = {"incident.on_scene": {"has": "peer"}, "incident.officers_on_scene": 0}
MOVES = ("ResponderArrived", "ResponderCleared", "ResponderRelieved")


def proof_of(*, events, where, **options):
    rule = Policy(id="rule", template="absence", a=Atom(events=events, where=where), **options)
    program = Program(id="p", policies=(rule,))
    proof = check_program(program)
    assert confirmed(program, proof) == proof
    return proof


def told(proof):
    return [step.event for step in proof.policies[0].story]


def test_the_shortest_way_to_be_alone_is_to_come_first():
    """The story is found and plays."""
    assert told(proof_of(events=MOVES, where=ALONE, enforcement="WARN")) == [
        "CallReceived",
        "ResponderArrived",
    ]


@pytest.mark.parametrize("leaving", ["ResponderCleared", "ResponderRelieved"])
def test_who_leaves_the_other_alone_is_found(leaving):
    """Two arrive and one leaves: no single arrival shows it."""
    assert told(proof_of(events=leaving, where=ALONE, enforcement="WARN"))[-1] == leaving


@pytest.mark.parametrize(("most", "arrivals"), [(1, 2), (2, 3)])
def test_several_of_one_role_are_counted(most, arrivals):
    """More officers than a rule allows are as many arrivals."""
    found = told(
        proof_of(
            events="ResponderArrived",
            where={"incident.officers_on_scene": {"gt": most}},
            enforcement="WARN",
        )
    )
    assert found.count("ResponderArrived") == arrivals


def test_nobody_is_on_scene_once_it_is_cleared():
    """A rule about who is there after the clearing never applies, for any number of responders."""
    proof = proof_of(
        events="SceneCleared", where={"incident.officers_on_scene": {"ge": 1}}, enforcement="WARN"
    )
    assert (proof.policies[0].triggered, proof.policies[0].story) == (False, ())


def test_a_decision_that_waits_for_an_officer_does_not_lock_the_incident():
    """No team is sent while a peer is alone: an officer can come, or the peer can leave."""
    proof = proof_of(events="TeamDispatched", where=ALONE, enforcement="BLOCK")
    assert proof.verdict is Outcome.PROVED


def test_a_scene_that_is_never_left_is_found():
    """No incident closes that anybody was never on scene of: it can always come to that."""
    proof = proof_of(
        events="IncidentClosed",
        where={"incident.on_scene": {"has": "peer"}},
        enforcement="BLOCK",
    )
    assert proof.verdict is Outcome.PROVED
