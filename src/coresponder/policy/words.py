"""Policies, atoms and obligations in sentences that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coresponder.lifecycle import trigger_name
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy

__all__ = ["cure_of", "say_atom", "say_event", "say_policy"]

_OPERATORS = {
    "eq": "is", "ne": "is not", "lt": "is below", "le": "is at most", "gt": "is above", "ge": "is at least",
    "has": "includes", "lacks": "does not include",
}  # fmt: skip


def say_event(name: str) -> str:
    """Return an event type in words.

    >>> say_event("PersonInvolved")
    'person involved'
    """
    return trigger_name(name).replace("_", " ")


def _say_value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " or ".join(_say_value(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")


def _say_condition(path: str, condition: Any) -> str:
    name = path.replace("incident.", "the incident's ").replace("_", " ").replace(".", " ")
    if not isinstance(condition, Mapping):
        return f"{name} is {_say_value(condition)}"
    parts = []
    for op, value in condition.items():
        parts.append(f"{name} is {'known' if value else 'not known'}" if op == "exists" else f"{name} {_OPERATORS[op]} {_say_value(value)}")
    return " and ".join(parts)


def say_atom(atom: Atom | None) -> str:
    """Return an atom in words."""
    if atom is None:
        return "nothing"
    events = " or ".join(f"“{say_event(name)}”" for name in atom.events)
    where = " and ".join(_say_condition(path, condition) for path, condition in atom.where.items())
    return f"{events} ({where})" if events and where else events or where


_SENTENCES = {
    "existence": "{b} happens{times}{bound}",
    "absence": "{b} never happens{bound}",
    "at_most": "{a} happens at most {count}",
    "exactly": "{a} happens exactly {count}",
    "init": "the first event is {a}",
    "end": "the last event is {a}",
    "choice": "{a} or {b} happens{bound}",
    "exclusive_choice": "either {a} or {b} happens, not both",
    "responded_existence": "if {a} happens, {b} happens too, before or after{bound}",
    "co_existence": "{a} and {b} happen both or not at all",
    "not_co_existence": "{a} and {b} do not happen both",
    "response": "after {a}, {b} follows{bound}",
    "precedence": "{b} only once {a} has happened{bound}",
    "succession": "{a} is followed by {b}, and {b} only after {a}",
    "alternate_response": "after each {a}, {b} follows before the next one{bound}",
    "alternate_precedence": "each {b} needs its own {a} before it{bound}",
    "chain_response": "right after {a} comes {b}{bound}",
    "chain_precedence": "right before {b} comes {a}{bound}",
    "not_succession": "after {a}, no {b}{bound}",
    "not_chain_succession": "{b} does not come right after {a}{bound}",
    "always": "at all times, {a}",
    "own": "rule of an own automaton over {a} and {b}",
}
_CURES = {
    "precedence": "First record {a}.",
    "alternate_precedence": "First record another {a}.",
    "chain_precedence": "Record {a} right before it.",
    "not_succession": "Wait{until}{release}.",
    "existence": "Record {b}.",
    "response": "Record {b}.",
    "alternate_response": "Record {b}.",
    "chain_response": "Record {b} next.",
    "responded_existence": "Record {b}.",
    "co_existence": "Record the other of {a} and {b}.",
    "succession": "Record {b}, after {a}.",
    "choice": "Record {a} or {b}.",
    "exclusive_choice": "Record one of {a} and {b}.",
    "exactly": "{a} must be recorded exactly {count}.",
    "end": "End with {a}.",
    "absence": "{while_}",
    "at_most": "It was done often enough; override it if it must be done again.",
    "not_co_existence": "The one rules out the other.",
    "not_chain_succession": "Record what comes between first.",
    "init": "What came first cannot be changed; void it if it was entered in error.",
    "own": "See the rule's source.",
    "always": "Change what the rule looks at first.",
}  # fmt: skip


def _bound(policy: Policy) -> str:
    if policy.within:
        return f" within {policy.within}" if not policy.within.startswith("end") else f" by the {policy.within}"
    return (
        f" not before {policy.after} have passed"
        if policy.after and policy.template != "not_succession"
        else (f" later than {policy.after}" if policy.after else "")
    )


def _parts(policy: Policy) -> dict[str, str]:
    single = policy.template in {"existence", "absence"}
    return {
        "a": say_atom(policy.a),
        "b": say_atom(policy.a if single else policy.b),
        "bound": _bound(policy),
        "count": "once" if policy.count == 1 else f"{policy.count} times",
        "times": f" at least {policy.count} times" if policy.count > 1 else "",
        "until": f" until {policy.within} have passed" if policy.within else "",
        "while_": _as_long_as(policy),
        "release": f"{' or' if policy.within else ''} until {say_atom(policy.unless)}" if policy.unless else "",
    }


def _as_long_as(policy: Policy) -> str:
    """Return what keeps a forbidden event forbidden: the conditions on the incident can change, the others are what was tried."""
    where = policy.a.where if policy.a else {}
    state = " and ".join(_say_condition(path, condition) for path, condition in where.items() if path.startswith("incident."))
    return f"It is refused as long as {state}." if state else "It is not permitted in this way; change what you record."


def say_policy(policy: Policy) -> str:
    """Return the rule as a sentence: the program's own (`because`), or one made from the template."""
    if policy.because:
        return policy.because
    text = _SENTENCES[policy.template or "own"].format(**_parts(policy))
    text += f" for the same {policy.per.replace('_', ' ')}" if policy.per else ""
    text += f", unless {say_atom(policy.unless)}" if policy.unless else ""
    return text[0].upper() + text[1:] + "."


def cure_of(policy: Policy) -> str:
    """Return what would satisfy the policy, as an instruction."""
    text = _CURES.get(policy.template or "own", "").format(**_parts(policy))
    if policy.unless and policy.template in {"existence", "response", "responded_existence", "precedence"}:
        text += f" Or record {say_atom(policy.unless)}."
    return text
