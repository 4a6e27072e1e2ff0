"""What more policies cost when each of them has something to say."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from benchmarks.field import stories
from benchmarks.measure import Bench, Row
from benchmarks.steps import play
from coresponder.policy.policy import Policy
from coresponder.program import Program, load_program


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the steps of whole stories under 88 policies that fire beside the same under 22."""
    told, program = stories()[:12], load_program("new-haven-cdcp")
    fired = frozenset[str]().union(*(story.fired for story in told))
    policies = [policy for policy in program.policies if policy.id in fired]
    steps = sum(len(story.events) for story in told)
    few, many = _with(program, policies, 22), _with(program, policies, 88)
    yield bench.compare(
        "policies_22_to_88",
        lambda: play(many, told),
        lambda: play(few, told),
        most=1.6,
        peer_does=f"the same stories of ours under 22 policies; all fire, copies of {len(policies)}",
        each=steps,
        peer_each=steps,
    )


def _with(program: Program, policies: list[Policy], count: int) -> Program:
    """Return a program with so many policies: the given ones in turn, each turn's with ids and
    hours of its own.
    """
    chosen = []
    for i in range(count):
        turn, policy = i // len(policies), policies[i % len(policies)]
        within = policy.within
        if within and within.endswith(" h"):
            within = f"{int(within.removesuffix(' h')) + turn} h"
        chosen.append(attrs.evolve(policy, id=f"{policy.id}-{turn}", within=within))
    return attrs.evolve(program, policies=tuple(chosen), notices=())
