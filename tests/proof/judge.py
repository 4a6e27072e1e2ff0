"""Where a proof and the walk through the running code disagree. Run it by hand:
`python -m tests.proof.judge FIRST LAST`.
"""

from __future__ import annotations

import collections
import datetime as dt
import sys
import time
import typing
from collections.abc import Iterable, Mapping

from coresponder.domain import events as e
from coresponder.errors import Refused
from coresponder.policy.policy import Enforcement
from coresponder.program import Program
from coresponder.proof import Outcome, Proof, check_program
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow
from tests.proof.brute import explore, finishes, locked_for_good
from tests.proof.random_programs import draw

__all__ = ["MANY", "disagreements", "events_of"]

MANY: Mapping[str, int] = {"limit": 5_000, "budget": 3_000}
"""How far ten thousand programs are looked at: a third as many are proved as with the limits by
default, in a fifth of the time.
"""


def events_of(program: Program, story: Iterable[typing.Any]) -> list[e.Event]:
    """Return a printed story's events, from nothing but what is printed."""
    told = [(program.event_type(line.event), line) for line in story if line.event is not None]
    return [
        cls.from_dict({"at": line.at, "by": "somebody-1", **line.details}) for cls, line in told
    ]


def disagreements(
    program: Program, *, limit: int = 20_000, budget: int = 10_000, proof: Proof | None = None
) -> tuple[str, ...]:
    """Return each point in which the proof says more than the running code does, a sentence each.

    Args:
        limit: how many states and moves the proof may see.
        budget: how many steps the walk takes.
        proof: one that was made already.
    """
    proof = proof or check_program(program, limit=limit)
    found = explore(program, budget=budget)
    said = [f"fault: {text}" for text in proof.faults]
    for policy in proof.policies:
        story = found.broken.get(policy.id)
        if story and policy.verdict is Outcome.PROVED:
            said.append(f"{policy.id} is called proved, and {_say(story)} breaks it")
        if (
            policy.id in found.triggered
            and policy.triggered is False
            and policy.verdict is not Outcome.UNDETERMINED
        ):
            said.append(f"{policy.id} is said never to be triggered, and it is")
    blocking = {policy.id for policy in program.policies if policy.enforcement is Enforcement.BLOCK}
    if proof.verdict is Outcome.PROVED and blocking & set(found.broken):
        said.append("the program is called proved, and a blocking rule is broken")
    if proof.verdict is Outcome.PROVED and found.locked and (story := locked_for_good(program)):
        said.append(
            f"the program is called proved, and after {_say(story)} nothing ends the incident"
        )
    return (*said, *_false_stories(program, proof), *_ways_out(program, proof))


def _false_stories(program: Program, proof: Proof) -> Iterable[str]:
    for policy in proof.policies:
        if policy.story:
            yield from _broken_by(program, policy.id, policy.story, refusing=True)
        if policy.unblocked:
            yield from _broken_by(program, policy.id, policy.unblocked, refusing=False)
    for stuck in (*proof.conflicts, *proof.doomed):
        try:
            _play(program, stuck.story)
        except Refused as refused:
            yield f"the story {_say(stuck.story)} into a dead end is refused: {refused}"


def _ways_out(program: Program, proof: Proof) -> tuple[str, ...]:
    """Return each dead end of a proof from which the running code finds a way that keeps the rules
    that are said to leave none.

    Nothing is out of place on such a way, and no blocking rule is broken either.
    """
    found = []
    for stuck in (*proof.conflicts, *proof.doomed):
        case = program.replay("incident-1", events_of(program, stuck.story))
        way = finishes(program, case, stuck.story[-1].at, kept=stuck.policies)
        found += [f"the dead end {_say(stuck.story)} has a way out: {_say(way)}"] if way else []
    return tuple(found)


def _broken_by(
    program: Program, policy: str, story: typing.Any, *, refusing: bool
) -> Iterable[str]:
    try:
        case = (
            _play(program, story)
            if refusing
            else program.replay("incident-1", events_of(program, story))
        )
    except Refused as refused:
        yield f"the story {_say(story)} that breaks {policy} is refused: {refused}"
        return
    if not any(violation.policy == policy for violation in program.violations(case, story[-1].at)):
        yield f"the story {_say(story)} does not break {policy}{'' if refusing else ' with nothing blocked'}"


def _play(program: Program, story: typing.Any) -> typing.Any:
    flow = Workflow(program, MemoryStore(), clock=lambda: story[-1].at + dt.timedelta(days=400))
    for event in events_of(program, story):
        flow.record("incident-1", event)
    return flow.case("incident-1")


def _say(story: Iterable[typing.Any]) -> str:
    return " > ".join(
        type(one).__name__ if isinstance(one, e.Event) else one.event or "a deadline passes"
        for one in story
    )


def main(first: int, last: int) -> None:
    """Print the seeds that disagree, with their programs."""
    began, count, verdicts = time.monotonic(), 0, collections.Counter[str]()
    for seed in range(first, last):
        text, program = draw(seed)
        started = time.monotonic()
        try:
            proof = check_program(program, limit=MANY["limit"])
            verdicts[proof.verdict.name] += 1
            said = disagreements(program, **MANY, proof=proof)
        except Exception as error:
            said = (f"{type(error).__name__}: {error}",)
        if (took := time.monotonic() - started) > 20:
            said = (*said, f"took {took:.0f} s")
        if said:
            count += 1
            print(f"--- seed {seed}", *said, text, sep="\n", flush=True)
    print(f"{count} of {last - first} disagree; {dict(verdicts)}; {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
