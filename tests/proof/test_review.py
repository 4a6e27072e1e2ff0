"""A policy review: what changed in words, and the shortest story for each change of what is
allowed.
"""

import datetime as dt

import attrs
import pytest

from coresponder.domain.vocabulary import Role
from coresponder.lifecycle import Edge
from coresponder.policy.policy import Enforcement
from coresponder.program import Program, load_program, program_from_definition
from coresponder.proof.review import compare_programs
from coresponder.roster import events as e
from coresponder.roster.staffing import Seat, Tier
from coresponder.simulation.field import START, Field
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow
from tests.audit.compared import changed_verdicts

OLD = load_program("new-haven-cdcp")


def changed(id, **fields):
    return attrs.evolve(
        OLD,
        version="2",
        policies=[attrs.evolve(p, **fields) if p.id == id else p for p in OLD.policies],
    )


def without(id):
    return attrs.evolve(OLD, version="2", policies=[p for p in OLD.policies if p.id != id])


def ends(review):
    return [(d.because, str(d.effect), d.story[-1].event) for d in review.differences]


def test_the_same_program_changes_nothing():
    """Nothing is written differently and nothing is allowed differently."""
    review = compare_programs(OLD, OLD)
    assert (
        review.changes,
        review.differences,
        review.staffing,
        review.changes_what_is_allowed,
    ) == ((), (), (), False)


def test_a_dropped_rule_allows_what_it_refused():
    """The shortest story ends with what nobody refuses any more; the other way round it is refused
    now.
    """
    review = compare_programs(OLD, without("consent-before-referral"))
    assert ends(review) == [("consent-before-referral", "allowed now", "ReferralSent")]
    assert len(review.differences[0].story) == 3
    assert ends(compare_programs(without("consent-before-referral"), OLD)) == [
        ("consent-before-referral", "refused now", "ReferralSent")
    ]
    assert "gone (BLOCK)" in review.changes[0].text


def test_what_is_owed_at_the_end_is_part_of_what_is_allowed():
    """A rule that no longer blocks lets the incident end while something is owed."""
    review = compare_programs(
        OLD, changed("child-seen-before-closing", enforcement=Enforcement.WARN)
    )
    assert {effect for _, effect, _ in ends(review)} == {"allowed now"}
    assert "enforcement BLOCK -> WARN" in review.changes[0].text


def test_a_rule_that_only_warns_changes_words_and_nothing_that_is_allowed():
    """72 hours become 48: it is said, and no story is allowed differently."""
    review = compare_programs(OLD, changed("referral-answered", within="48 h"))
    assert "within 72 h -> 48 h" in review.changes[0].text
    assert not review.changes_what_is_allowed


def test_forbidden_edges_refuse_decisions_and_put_facts_out_of_place():
    """A decision is refused now, a fact is taken out of place now."""
    gone = [
        Edge("IncidentCancelled", "en_route", "cancelled"),
        Edge("SceneCleared", "on_scene", "cleared"),
    ]
    review = compare_programs(OLD, attrs.evolve(OLD, lifecycle=OLD.lifecycle.extend(forbid=gone)))
    assert ("lifecycle: IncidentCancelled", "refused now", "IncidentCancelled") in ends(review)
    assert ("lifecycle: SceneCleared", "out of place now", "SceneCleared") in ends(review)
    assert [c.text for c in review.changes] == [
        "no more: IncidentCancelled: en_route -> cancelled",
        "no more: SceneCleared: on_scene -> cleared",
    ]


def test_another_team_is_a_change_of_what_is_allowed():
    """Who is sent instead, for which responders."""
    kept = [tier for tier in OLD.tiers if tier.id != "clinician-riding-along"]
    review = compare_programs(OLD, attrs.evolve(OLD, tiers=kept))
    assert any("clinician-riding-along -> no team" in line for line in review.staffing)
    assert review.changes_what_is_allowed
    swapped = compare_programs(OLD, attrs.evolve(OLD, tiers=OLD.tiers[::-1]))
    assert any(change.text.startswith("order of tiers") for change in swapped.changes)


def test_what_a_review_of_staffing_leaves_out_is_said():
    """Only the first few sets are shown, and only so many can be compared: both are told."""
    tiers = tuple(
        Tier(
            id=f"t-{n}",
            model="police_response",
            seats=(Seat(roles=("patrol_officer",), training=("cit",), hours=n),),
        )
        for n in range(1, 15)
    )
    review = compare_programs(
        Program(id="p", tiers=tiers), Program(id="p", version="2", tiers=tiers[::-1])
    )
    assert any(line.endswith("sets of responders more") for line in review.staffing)
    wide = tuple(
        Tier(id=f"t-{n}", model="police_response", seats=(Seat(roles=tuple(Role)),) * n)
        for n in (2, 3, 4)
    )
    review = compare_programs(
        Program(id="p", tiers=wide), Program(id="p", version="2", tiers=wide[::-1])
    )
    assert "not compared: more than 5,000 crews" in " ".join(
        (*review.staffing, *review.undetermined)
    )


def test_a_limit_that_is_reached_is_said():
    """An unfinished comparison is not a comparison."""
    review = compare_programs(OLD, changed("no-loose-ends", enforcement=Enforcement.WARN), limit=3)
    assert review.undetermined


def test_recorded_incidents_that_would_get_another_verdict():
    """History is judged by both; only what differs is told, and the same program changes no
    verdict.
    """
    store = MemoryStore()
    Field(Workflow(OLD, store, clock=lambda: START), seed=3).play(30)
    assert list(changed_verdicts(store, "default", OLD, OLD)) == []
    stricter = changed("referral-answered", within="1 h")
    found = list(changed_verdicts(store, "default", OLD, stricter))
    assert found
    assert all(one.now == ("referral-answered",) and one.no_longer == () for one in found)


TRAINED = {
    "id": "trained",
    "on": "responder",
    "template": "response",
    "a": {"event": "ResponderJoined", "where": {"role": "patrol_officer"}},
    "b": {"event": "TrainingCompleted", "where": {"training": "cit"}},
    "unless": "ResponderLeft",
    "within": "365 d",
    "authority": "manual",
}
VETTED = {
    "id": "vetted",
    "on": "responder",
    "template": "absence",
    "a": {
        "event": ["ShiftScheduled", "ShiftsAssigned"],
        "where": {"responder.volunteer": True, "responder.vetted": False},
    },
    "enforcement": "BLOCK",
    "authority": "manual",
}


@pytest.mark.parametrize(
    ("rule", "change", "conclusion", "told"),
    [
        (TRAINED, {"because": "Because."}, "the same", []),
        (
            TRAINED,
            {"a": {"event": ["ResponderJoined"], "where": {"role": ["patrol_officer"]}}},
            "the same",
            [],
        ),
        (TRAINED, {"within": "730 d"}, "not the same", []),
        (
            TRAINED,
            {"b": {"event": "TrainingCompleted", "where": {"training": ["cit", "cit_refresher"]}}},
            "not the same",
            ["ResponderJoined", "TrainingCompleted"],
        ),
        (
            VETTED,
            {"a": {**VETTED["a"], "event": "ShiftsAssigned"}},
            "not the same",
            ["ResponderJoined", "ShiftScheduled"],
        ),
        (VETTED, {"enforcement": "WARN"}, "not the same", ["ResponderJoined", "ShiftsAssigned"]),
        (
            VETTED,
            {
                "a": {
                    **VETTED["a"],
                    "where": {**VETTED["a"]["where"], "responder.volunteer": {"eq": True}},
                }
            },
            "not settled",
            [],
        ),
    ],
)
def test_a_changed_rule_on_responders_is_shown_by_a_responders_story(
    rule, change, conclusion, told
):
    """Their streams are searched as incidents are; a condition on what is known of somebody is not
    settled by one individual.
    """
    head = {"program": {"id": "p", "version": "1"}}
    old, new = (
        program_from_definition({**head, "policy": [{**rule, **more}]}) for more in ({}, change)
    )
    review = compare_programs(old, new)
    assert review.conclusion == conclusion, review.undetermined
    stories = [[line.event for line in one.story] for one in review.differences]
    assert stories == ([told] if told else [])


def test_recorded_responders_that_would_get_another_verdict():
    """The history of each is judged by both, as that of incidents."""
    store = MemoryStore()
    programs = [
        program_from_definition(
            {"program": {"id": "p", "version": "1"}, "policy": [{**TRAINED, "within": within}]}
        )
        for within in ("900 d", "30 d")
    ]
    flow = Workflow(programs[0], store, clock=lambda: START)
    said = {"by": "hr-1", "responder": "officer-1"}
    begins = START - dt.timedelta(days=100)
    flow.roster.record(e.ResponderJoined(at=begins, role="patrol_officer", **said))
    flow.roster.record(e.ShiftStarted(at=START, **said))
    streams = [program.for_responders for program in programs]
    (found,) = changed_verdicts(store, "default.roster", *streams)
    assert (found.incident, found.now, found.no_longer) == ("officer-1", ("trained",), ())


@pytest.mark.parametrize("change", [{"a": "ShiftStarted"}, {"on": "incident"}])
def test_a_changed_rule_on_responders_is_never_called_the_same(change):
    """What an event takes back is not explored, so what is only written differently is not settled."""
    rule = {
        "id": "r",
        "on": "responder",
        "template": "absence",
        "a": "EnteredInError",
        "authority": "manual",
    }
    head = {"program": {"id": "p", "version": "1"}}
    old, new = (
        program_from_definition({**head, "policy": [{**rule, **more}]}) for more in ({}, change)
    )
    assert compare_programs(old, new).conclusion != "the same"
