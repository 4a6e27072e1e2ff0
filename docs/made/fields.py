"""What a condition may read: each event's fields, `incident.*`, `prior.*`; and each vocabulary."""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain import vocabulary
from coresponder.domain.objects import Incident, Prior, Standing
from coresponder.policy.atoms import Atom, field_names
from coresponder.policy.words import say_atom
from coresponder.record import plain_type
from coresponder.roster import events as r
from made.tables import say_type, shown
from made.writing import fill, table

__all__ = ["conditions", "events", "vocabularies"]

_WORDS = {
    "id": "the incident's id",
    "state": "its state after the event: one of the [lifecycle](lifecycles.md#incident)",
    "call.source": "how the call came",
    "call.nature": "what it is about, as judged last",
    "call.priority": "how soon somebody must be there",
    "call.qualifies": "whether triage said that it is the program's",
    "scene.arrived_at": "when the first responder was there",
    "scene.cleared_at": "when the scene was left",
    "scene.clinician": "how a clinician takes part, once one is engaged",
    "merged_into": "the incident that this one is a duplicate of",
    "transferred_to": "the agency that took the incident on",
    "scene.led_by": "the service whose commander leads the scene",
    "scene.commander": "who leads the scene",
    "scene.attempts": "how often somebody came and made no contact",
    "scene.location": "what kind of place it is at",
    "scene.weapon": "a weapon was seen",
    "scene.secured": "the scene was secured",
    "scene.techniques": "de-escalation techniques that were used",
    "scene.imminent_danger": "somebody is or was in immediate danger",
    "scene.force_count": "how often force was used",
    "scene.injury_count": "how often somebody was hurt",
    "scene.safety_plan": "a safety plan was made",
    "scene.clinician_agreed": "a clinician agreed to the disposition",
    "scene.expert_consulted": "the mental-health expert was reached",
    "disposition": "how the contact ended",
    "role": "the responder's role; missing before they joined",
    "volunteer": "the responder is a volunteer",
    "vetted": "a background check was passed and counts",
    "vetting_expires": "until when it counts",
    "trainings": "completed and not revoked, whether or not they still count",
    "on_shift": "at work or on call",
    "contacts_90_days": "earlier incidents with this person within 90 days",
    "last_contact": "when the last of them was",
    "open_referrals": "referrals whose outcome is not known",
    "open_follow_ups": "follow-ups that are still to be made",
    "declined_at": "when the person last declined services",
    "days_since_declined": "full days since then",
    "care.flags": "of the care plan that the person shared: what a crew does",
    "care.triggers": "what makes it worse",
    "care.helped": "techniques that helped before",
    "care.first_contact": "who is called first, as agreed",
}
"""What a field means that has no docstring of its own."""


def _annotations(cls: Any) -> dict[str, Any]:
    found = dict(typing.get_type_hints(cls, include_extras=True)) if attrs.has(cls) else {}
    for name, member in inspect.getmembers(cls, lambda one: isinstance(one, property)):
        found[name] = typing.get_type_hints(member.fget, include_extras=True).get("return", Any)
    return {name: found[name] for name in field_names(cls)}


def _paths(cls: Any, before: str = "") -> Iterator[tuple[str, Any, bool, str]]:
    """Yield each path to a value or values: its type, whether it may be missing, its words."""
    for name, hint in _annotations(cls).items():
        plain = plain_type(hint)
        inner = plain if attrs.has(plain) else None
        missing = type(None) in typing.get_args(hint)
        if inner is not None:
            yield from (
                (path, kind, missing or may, words)
                for path, kind, may, words in _paths(inner, f"{before}{name}.")
            )
        elif not any(isinstance(one, type) and attrs.has(one) for one in typing.get_args(plain)):
            member = inspect.getattr_static(cls, name, None)
            yield (
                f"{before}{name}",
                hint,
                missing,
                " ".join((inspect.getdoc(member) or "").split())
                if isinstance(member, property)
                else "",
            )


def _kind(hint: Any) -> str:
    """Return the kind of a value: an id, a code and a time are told apart from text."""
    text = repr(hint)
    if "opaque_id" in text:
        return "list of ids" if typing.get_origin(hint) is tuple else "id"
    if "local_code" in text:
        return "list of codes" if typing.get_origin(hint) is tuple else "code"
    if "_AwareTime" in text or "datetime" in text:
        return "time"
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return " or ".join(_kind(one) for one in typing.get_args(hint) if one is not type(None))
    return say_type(hint)


def _groups(types: Iterable[type[e.Event]]) -> dict[str, str]:
    """Return the heading over each event class in its module."""
    heading, found = "", {}
    modules = dict.fromkeys(inspect.getmodule(cls) for cls in types)
    for line in (line for one in modules if one for line in inspect.getsource(one).splitlines()):
        if over := re.match(r"# --- ([^-]+?) -+$", line):
            heading = over[1]
        elif name := re.match(r"class (\w+)\(", line):
            found[name[1]] = heading
    return found


_ABOUT_RECORD = "a rule counts it only where the rule names it"


def _fields(cls: type[e.Event]) -> str:
    common = {field.name for field in attrs.fields(e.Event)}
    rows = [
        (f"`{path}`", _kind(hint), _need(cls, path, missing, words), words or _of_prior(path))
        for path, hint, missing, words in _paths(cls)
        if path.split(".", 1)[0] not in common
    ]
    if not rows:
        return "It has no field of its own.\n"
    columns = 4 if any(says for *_, says in rows) else 3
    head = ("field", "value", "default", "says")[:columns]
    return table(*head, rows=[row[:columns] for row in rows])


def _of_prior(path: str) -> str:
    return _WORDS[path.removeprefix("prior.")] if path.startswith("prior.") else ""


def _need(cls: type[e.Event], path: str, missing: bool, words: str) -> str:
    """Return whether a value is required, computed, or what it is if it is not given."""
    field = getattr(attrs.fields(cls), path.split(".", 1)[0], None)
    if field is None or words:
        return "computed"
    if field.default is attrs.NOTHING:
        return "" if missing else "**required**"
    return "" if field.default in (None, ()) or "." in path else f"`{shown(field.default)}`"


def events() -> str:
    """Write each event type with its fields and their values."""
    of_incidents = _of_types(e.EVENT_TYPES)
    own = {name: cls for name, cls in r.RESPONDER_EVENTS.items() if name not in e.EVENT_TYPES}
    return fill("events", events=of_incidents, responder_events=_of_types(own))


def _of_types(types: dict[str, type[e.Event]]) -> str:
    text, groups, last = "", _groups(types.values()), ""
    for name, cls in types.items():
        if groups[name] != last:
            last = groups[name]
            text += f"\n## {last[0].upper() + last[1:]}\n"
        kind = "Decision" if issubclass(cls, e.Decision) else "Fact"
        about = f", about the record: {_ABOUT_RECORD}" if cls.administrative else ""
        text += f"\n### {name}\n\n{inspect.getdoc(cls)} *{kind}{about}.*\n\n{_fields(cls)}"
    return text


def _meaning(path: str, words: str) -> str:
    if not words and path not in _WORDS:
        where = "give the property a docstring, or write them in docs/made/fields.py"
        raise KeyError(f"{path} has no words for the reference; {where}")
    return words.rstrip(".")[:1].lower() + words.rstrip(".")[1:] or _WORDS[path]


def _readable(cls: type, before: str) -> str:
    rows = [
        (f"`{before}{path}`", _kind(hint), "yes" if missing else "", _meaning(path, words))
        for path, hint, missing, words in _paths(cls)
        if not path.startswith("responder.")
    ]
    return table("path", "value", "may be missing", "says", rows=rows)


_TECHNIQUES = "incident.scene.techniques"
_OPERATORS: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("(none)", "anything", {"screening.level": "high"}, "the value itself; of a list: it is in it"),
    (
        "(none), list",
        "anything",
        {"screening.level": ["moderate", "high"]},
        "one of these; of a list: all are in it",
    ),
    ("eq, ne", "one value", {"screening.level": {"ne": "none"}}, "is, is not"),
    (
        "lt, le, gt, ge",
        "numbers and times",
        {"incident.children": {"gt": 0}},
        "below, at most, above, at least",
    ),
    (
        "has, lacks",
        "lists",
        {_TECHNIQUES: {"has": "active_listening"}},
        "all of these are in it, none of these is",
    ),
    (
        "exists",
        "what may be missing",
        {"incident.disposition": {"exists": False}},
        "it is known (`true`), it is not (`false`)",
    ),
)


def _toml(where: dict[str, Any]) -> str:
    (path, value), *_ = where.items()
    return f'where = {{ "{path}" = {_written(value)} }}'


def _written(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_written(one)}" for name, one in value.items()) + " }"
    return json.dumps(value)


def conditions() -> str:
    """Write what a condition may read, and with which operators."""
    rows = []
    for operators, kinds, where, says in _OPERATORS:
        said = say_atom(Atom(events="Screened", where=where)).split("(", 1)[1].removesuffix(")")
        rows.append((operators, kinds, f"`{_toml(where)}`", f"{says}: *{said}*"))
    return fill(
        "conditions",
        operators=table("operator", "for", "example", "says", rows=rows),
        several=_toml({"incident.children": {"ge": 1, "le": 3}}),
        incident=_readable(Incident, "incident."),
        prior=_readable(Prior, "prior."),
        responder=_readable(Standing, "responder."),
    )


def vocabularies() -> str:
    """Write the words of each vocabulary."""
    text = ""
    for name in sorted(vocabulary.__all__):
        words = getattr(vocabulary, name)
        doc = " ".join((inspect.getdoc(words) or "").partition("\n\n")[0].split())
        text += f"\n## {name}\n\n{doc}\n\n{', '.join(f'`{one.value}`' for one in words)}\n"
    return fill("vocabularies", vocabularies=text)
