"""Policies, atoms and obligations in sentences that a person reads."""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Mapping
from typing import Any

import attrs

from coresponder.domain import vocabulary
from coresponder.domain.events import EVENT_TYPES
from coresponder.domain.spoken import say_word
from coresponder.lifecycle import trigger_name
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.policy.templates import template_of

__all__ = ["remedy_of", "say_atom", "say_details", "say_event", "say_policy"]

_OPERATORS = {
    "eq": "is", "ne": "is not", "lt": "is below", "le": "is at most", "gt": "is above", "ge": "is at least",
    "has": "includes", "lacks": "does not include",
}  # fmt: skip


_NAMES = {"no_attempt": "no attempt because"}
_CODES = frozenset({"responder", "tier", "system", "code"})
"""Fields within others that hold an id or a code of others."""


def say_event(name: str) -> str:
    """Return an event type in words.

    >>> say_event("PersonInvolved")
    'person involved'
    """
    return say_word(trigger_name(name))


def say_details(value: Any, event: str = "") -> str:
    """Return the fields of an event in one line; empty, zero and false values are left out.

    A word of a vocabulary is said as people say it, and an id as it is.

    Args:
        value: the fields, as JSON has them.
        event: the event type, which says what of them is an id.
    """
    return _say_field("", value, _ids_of(event))


def _say_field(name: str, value: Any, ids: frozenset[str]) -> str:
    if isinstance(value, dict):
        said = _said(value, ids)
        if name == "members" and said:
            who, *rest = said.values()
            return f"{who} ({', '.join(rest)})" if rest else who
        return ", ".join(f"{_NAMES.get(key) or say_word(key)} {said[key]}" for key in said)
    if isinstance(value, list):
        return " + ".join(_say_field(name, one, ids) for one in value)
    if name == "decision":
        return say_event(str(value))
    text = "yes" if value is True else str(value)
    return say_word(text) if name not in ids and text in _vocabulary() else text


def _said(fields: Mapping[str, Any], ids: frozenset[str]) -> dict[str, str]:
    """Return the fields that say something, each with its words."""
    said = {
        key: _say_field(key.rpartition(".")[2], one, ids)
        for key, one in fields.items()
        if one not in (None, [], {}, False, 0)
    }
    return {key: text for key, text in said.items() if text}


@functools.cache
def _vocabulary() -> frozenset[str]:
    kinds = (
        kind
        for kind in vars(vocabulary).values()
        if isinstance(kind, type) and issubclass(kind, enum.StrEnum)
    )
    return frozenset(word.value for kind in kinds for word in kind)


@functools.cache
def _ids_of(event: str) -> frozenset[str]:
    """Return the fields of an event that hold an id or a code of others; of an own event, what any
    event calls so.
    """
    kinds = [EVENT_TYPES[event]] if event in EVENT_TYPES else EVENT_TYPES.values()
    return _CODES.union(
        field.name
        for kind in kinds
        for field in attrs.fields(kind)
        if re.search(r"\bId\b", str(field.type))
    )


def _say_value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " or ".join(_say_value(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return say_word(str(value))


def _say_condition(path: str, condition: Any) -> str:
    whose = path.replace("incident.responder.", "the responder's ")
    name = say_word(whose.replace("incident.", "the incident's ").replace(".", " "))
    if not isinstance(condition, Mapping):
        return f"{name} is {_say_value(condition)}"
    parts = []
    for op, value in condition.items():
        parts.append(
            f"{name} is {'known' if value else 'not known'}"
            if op == "exists"
            else f"{name} {_OPERATORS[op]} {_say_value(value)}"
        )
    return " and ".join(parts)


def say_atom(atom: Atom | None) -> str:
    """Return an atom in words."""
    if atom is None:
        return "nothing"
    events = " or ".join(f"“{say_event(name)}”" for name in atom.events)
    where = " and ".join(_say_condition(path, condition) for path, condition in atom.where.items())
    return f"{events} ({where})" if events and where else events or where


def _bound(policy: Policy, after: str) -> str:
    if policy.within:
        return f" {'by the' if policy.within.startswith('end') else 'within'} {policy.within}"
    return after.format(policy.after) if policy.after else ""


def _parts(policy: Policy) -> dict[str, str]:
    """Return what the braces in a template's words stand for."""
    unless = say_atom(policy.unless) if policy.unless else ""
    return {
        "a": say_atom(policy.a),
        "b": say_atom(policy.b),
        "bound": _bound(policy, " not before {} have passed"),
        "reach": _bound(policy, " later than {}"),
        "count": "once" if policy.count == 1 else f"{policy.count} times",
        "times": f" at least {policy.count} times" if policy.count > 1 else "",
        "until": f" until {policy.within} have passed" if policy.within else "",
        "while_": _as_long_as(policy),
        "release": f"{' or' if policy.within else ''} until {unless}" if unless else "",
        "instead": f" Or record {unless}." if unless else "",
    }


def _as_long_as(policy: Policy) -> str:
    """Return what keeps a forbidden event forbidden. Only conditions on the incident can change;
    the others are part of what was tried.
    """
    where = policy.a.where if policy.a else {}
    state = " and ".join(
        _say_condition(path, condition)
        for path, condition in where.items()
        if path.startswith("incident.")
    )
    return (
        f"It is refused as long as {state}."
        if state
        else "It is not permitted in this way; change what you record."
    )


def say_policy(policy: Policy) -> str:
    """Return the rule as a sentence: the program's own (`because`), or the template's."""
    if policy.because:
        return policy.because
    text = template_of(policy.template).sentence.format(**_parts(policy))
    text += f" for the same {say_word(policy.per)}" if policy.per else ""
    text += f", unless {say_atom(policy.unless)}" if policy.unless else ""
    return text[0].upper() + text[1:] + "."


def remedy_of(policy: Policy) -> str:
    """Return what would satisfy the policy, as an instruction."""
    return template_of(policy.template).remedy.format(**_parts(policy))
