"""Every mutant of a shipped program that changes what it does is caught: by its reviewed stories in the policy suite, or by the proof."""

import attrs
import pytest

from coresponder.errors import InvalidProgram
from coresponder.policy.policy import Enforcement
from coresponder.program import load_program, shipped_programs
from coresponder.proof import Outcome, check_program
from coresponder.testing import replay_differences, reviewed_stories

EQUIVALENT = {
    "unless": "the release is itself in the way of what is forbidden, so a story needs both orders in one minute; no shortest story has that",
    "edge FollowUpMissed: cleared": "the follow-up must be planned before the scene is cleared; from `cleared` planning leads on to follow_up",
    "edge FollowUp": "a rule of Hartford forbids the follow-up without an owner that a shortest story would plan first",
    "bound declined-left-alone": "both bounds are longer than the minutes between the refusal and the next plan in a shortest story",
    "care-followed-30-days": "the rule only counts, and its bound says from when; nothing is ever late",
}
"""Survivors by how their name begins or what is in it, and the reason."""


def with_policy(program, i, **fields):
    return attrs.evolve(program, policies=[attrs.evolve(p, **fields) if j == i else p for j, p in enumerate(program.policies)])


def policy_mutants(program):
    for i, p in enumerate(program.policies):
        yield f"drop {p.id}", lambda i=i: attrs.evolve(program, policies=[q for j, q in enumerate(program.policies) if j != i])
        if p.b is not None:
            yield f"swap {p.id}", lambda i=i, p=p: with_policy(program, i, a=p.b, b=p.a)
        if p.unless is not None:
            yield f"unless {p.id}", lambda i=i: with_policy(program, i, unless=None)
        for key in ("within", "after"):
            if getattr(p, key):
                yield f"bound {p.id}", lambda i=i, key=key: with_policy(program, i, **{key: "3 h"})
        for other in Enforcement:
            if other is not p.enforcement:
                yield f"{other} {p.id}", lambda i=i, other=other: with_policy(program, i, enforcement=other)


def tier_mutants(program):
    tiers = program.tiers
    for i, tier in enumerate(tiers):
        yield f"drop tier {tier.id}", lambda i=i: attrs.evolve(program, tiers=[t for j, t in enumerate(tiers) if j != i])
        if i:
            yield f"order of {tier.id}", lambda i=i, tier=tier: attrs.evolve(program, tiers=[*tiers[: i - 1], tier, tiers[i - 1], *tiers[i + 1 :]])
        for k, seat in enumerate(tier.seats):
            if seat.training:
                seats = [attrs.evolve(seat, training=()) if m == k else s for m, s in enumerate(tier.seats)]
                yield (
                    f"training {tier.id}",
                    lambda i=i, tier=tier, s=seats: attrs.evolve(program, tiers=[*tiers[:i], attrs.evolve(tier, seats=s), *tiers[i + 1 :]]),
                )


def edge_mutants(program):
    for edge in program.lifecycle.edges:
        name = f"edge {edge.event}: {edge.source} -> {edge.target}"
        yield name, lambda edge=edge: attrs.evolve(program, lifecycle=program.lifecycle.extend(forbid=[edge]))


@pytest.mark.parametrize("name", [name if name.startswith("st-louis") else pytest.param(name, marks=pytest.mark.slow) for name in shipped_programs()])
def test_mutants_are_caught(name):
    """Drop a policy, swap atoms, change a bound, a release, an enforcement, a tier, an edge: at least 95 % are caught, the rest has a reason."""
    program = load_program(name)
    stories = reviewed_stories(program)
    caught, survived = 0, []
    for what, make in (*policy_mutants(program), *tier_mutants(program), *edge_mutants(program)):
        try:
            mutant = make()
        except InvalidProgram:
            continue  # a mutant that does not load is caught at once, and not counted
        if replay_differences(mutant, stories) or check_program(mutant).verdict is not Outcome.PROVED:
            caught += 1
        else:
            survived.append(what)
    assert caught >= 0.95 * (caught + len(survived)), survived
    assert [what for what in survived if not any(reason in what for reason in EQUIVALENT)] == []
