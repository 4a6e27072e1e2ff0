"""A proof in words, for the command line and for a page."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from coresponder.domain.spoken import say_word
from coresponder.policy.words import say_event
from coresponder.program import Program
from coresponder.proof import (
    Crew,
    NoticeProof,
    Outcome,
    PolicyProof,
    Proof,
    Scope,
    StaffingProof,
    Untold,
    WindowProof,
)
from coresponder.proof.report import Conflict, DeadEnd

__all__ = [
    "natures_of",
    "say_conflict",
    "say_crew",
    "say_dead_end",
    "say_extent",
    "say_hidden",
    "say_notices",
    "say_policy_proof",
    "say_unreviewed",
    "say_verdict",
    "say_window",
]

_VERDICTS = {
    Outcome.PROVED: (
        " {scope}: no accepted step breaks a rule that blocks, and an incident can always finish"
    ),
    Outcome.REFUTED: ": see what to fix",
    Outcome.UNDETERMINED: (": something could be neither shown nor ruled out; this is not a pass"),
}


def say_verdict(proof: Proof) -> tuple[str, str]:
    """Return the verdict in one word, and what it says."""
    return proof.verdict.value.upper(), _VERDICTS[proof.verdict].format(scope=proof.scope)


def say_extent(proof: Proof) -> str:
    """Return how much was looked at."""
    policies = _counted(len(proof.policies), "policy", "policies")
    return f"{policies}, {_counted(proof.states_explored, 'state', 'states')} explored"


def say_conflict(conflict: Conflict) -> str:
    """Return which policies leave no way to finish together."""
    return f"{' and '.join(conflict.policies)} leave no way to finish"


def say_dead_end(dead_end: DeadEnd) -> str:
    """Return after which step there is no way out, and under which policies."""
    step = say_event(dead_end.event) if dead_end.event else "a deadline that passes"
    return f"No way out after “{step}” ({', '.join(dead_end.policies)})"


def say_window(window: WindowProof) -> tuple[str, str]:
    """Return whose window it is, and what it tells."""
    who = f"{', '.join(map(say_word, window.roles))}, for {window.purpose.value}"
    rules = len(window.told) + len(window.untold)
    told = f"{_counted(window.events, 'event type', 'event types')}, {len(window.told)} of {_counted(rules, 'rule', 'rules')}"
    only = f"; some rows are only {', '.join(window.only)}" if window.only else ""
    refused = f"; a refused step can tell of {len(window.refusing)} more" if window.refusing else ""
    return who, f"{told}{only}{refused}"


def say_notices(notices: Iterable[NoticeProof]) -> list[tuple[str, tuple[Untold, ...]]]:
    """Return the notices to each role that hide the same, in words, and what they hide."""
    found: dict[tuple[Untold, ...], list[str]] = {}
    for one in notices:
        found.setdefault(one.untold, []).append(one.notice)
    return [("; ".join(said), untold) for untold, said in found.items()]


def say_hidden(read: str) -> str:
    """Return the name of an event, or of a field of it, in words.

    >>> say_hidden("Screened.screening.level"), say_hidden("MedicalCareDeclined")
    ('screened (screening level)', 'medical care declined')
    """
    event, _, field = read.partition(".")
    return say_event(event) + (f" ({say_word(field.replace('.', '_'))})" if field else "")


def say_unreviewed(proof: Proof) -> tuple[str, ...]:
    """Return a sentence for each row that opens in an emergency and owes nobody a review."""
    return tuple(
        f"[[view]] {row!r} opens in an emergency (emergency_access), and no rule asks for a review of"
        " it; take emergency-access-reviewed, no-review-of-own-access and review-of-an-access from a"
        " shipped program"
        for row in proof.unreviewed
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def say_policy_proof(program: Program, policy: PolicyProof) -> str:
    """Return what was found of a policy, and its sentence."""
    if policy.verdict is Outcome.UNDETERMINED:
        return "not settled"
    if policy.triggered is False:
        return "never triggered: no event that can happen sets it off. " + policy.sentence
    if policy.verdict is Outcome.VIOLABLE:
        return f"can be broken by {'time' if policy.broken_by == 'time' else f'a {policy.broken_by}'}. {policy.sentence}"
    kept = (
        "; blocking keeps the incident open until it is done"
        if _is_a_duty(program, policy)
        else ", with or without blocking"
        if policy.harmless
        else ""
    )
    held = "cannot be broken"
    held += "" if policy.scope == Scope() else f" {policy.scope}; beyond that it is not known"
    owed = (
        "; what it asks for can still be owed when the incident ends" if policy.owed_at_end else ""
    )
    off = " → ".join(
        say_event(line.event) if line.event else "a deadline passes" for line in policy.unblocked
    )
    return f"{held}{kept}{owed}. {policy.sentence}" + (f" Without blocking: {off}." if off else "")


def _is_a_duty(program: Program, policy: PolicyProof) -> bool:
    """Return whether an incident stays open until what the policy asks for is done."""
    return any(one.id == policy.id and one.blocks and one.can_owe for one in program.book.policies)


def natures_of(staffing: StaffingProof) -> set[str]:
    """Return the natures of call for which the staffing was tried."""
    crews = (*staffing.needed, *staffing.without_team)
    return {nature for crew in crews for nature in crew.natures}


def say_crew(crew: Crew, everywhere: AbstractSet[str]) -> str:
    """Describe the people of a crew, and the natures of call if they are not all."""
    who = "; ".join(crew.available) or "nobody at all"
    who += f" (where {' and '.join(crew.holding)})" if crew.holding else ""
    if set(crew.natures) == set(everywhere):
        return who
    named = ", ".join(say_word(nature) for nature in crew.natures[:3])
    more = f" and {len(crew.natures) - 3} more" if len(crew.natures) > 3 else ""
    return f"{who} (for {named}{more})"
