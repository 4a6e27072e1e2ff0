"""Mutants of a program: the same declaration with one thing changed, as a tired person would."""

import datetime as dt
import re

from coresponder.domain.vocabulary import Nature, Presence, Role, ScreeningLevel, Training
from coresponder.errors import CoresponderError
from coresponder.policy.policy import Enforcement
from coresponder.policy.templates import TEMPLATES
from coresponder.program import program_from_definition

SIMILAR = {
    "response": [
        "precedence",
        "alternate_response",
        "chain_response",
        "responded_existence",
        "succession",
    ],
    "precedence": ["response", "alternate_precedence", "chain_precedence", "succession"],
    "not_succession": ["not_chain_succession", "not_co_existence"],
    "responded_existence": ["response", "co_existence"],
    "absence": ["existence"],
    "at_most": ["exactly"],
}
"""Templates that are easily mistaken for one another."""
KEYS = ("person", "referral", "follow_up", "responder")
BOUND = re.compile(r"(\d+)(.*)")


def mutants(definition):
    """Yield (kind, what, changed definition)."""
    for kind, make in KINDS.items():
        for what, changed in make(definition):
            yield kind, what, changed


def loads(definition):
    """Return the mutant as a program; None for one that does not load, which is caught at once."""
    try:
        return program_from_definition(definition)
    except CoresponderError:
        return None


def _put(value, path, new):
    """Return the definition with one value replaced, or dropped when it is None."""
    key, *rest = path
    if isinstance(value, list | tuple):
        items = list(value)
        if rest:
            items[key] = _put(items[key], rest, new)
        elif new is None:
            del items[key]
        else:
            items[key] = new
        return items
    found = dict(value)
    if rest:
        found[key] = _put(found.get(key, {}), rest, new)
    elif new is None:
        found.pop(key, None)
    else:
        found[key] = new
    return found


def _policies(d):
    yield from enumerate(d.get("policy", []))


def _atoms(d):
    for i, p in _policies(d):
        for role in ("a", "b", "unless"):
            if role in p:
                atom = p[role] if isinstance(p[role], dict) else {"event": p[role]}
                yield (
                    i,
                    p,
                    role,
                    {
                        **atom,
                        "event": [atom["event"]]
                        if isinstance(atom.get("event"), str)
                        else list(atom.get("event", [])),
                    },
                )


def rule_dropped(d):
    for i, p in _policies(d):
        yield p["id"], _put(d, ("policy", i), None)


def per_dropped(d):
    for i, p in _policies(d):
        if "per" in p:
            yield p["id"], _put(d, ("policy", i, "per"), None)


def per_added(d):
    for i, p in _policies(d):
        for key in KEYS:
            if p.get("per") != key:
                yield f"{p['id']} per {key}", _put(d, ("policy", i, "per"), key)


def atoms_swapped(d):
    for i, p in _policies(d):
        if "b" in p:
            yield p["id"], _put(_put(d, ("policy", i, "a"), p["b"]), ("policy", i, "b"), p["a"])


def template_mistaken(d):
    for i, p in _policies(d):
        for other in SIMILAR.get(p["template"], []):
            yield f"{p['id']} as {other}", _put(d, ("policy", i, "template"), other)


def enforcement_changed(d):
    for i, p in _policies(d):
        for other in Enforcement:
            if other.value != p.get("enforcement", "WARN"):
                yield f"{p['id']} {other}", _put(d, ("policy", i, "enforcement"), other.value)


def bound_changed(d):
    for i, p in _policies(d):
        for key in ("within", "after"):
            if key in p:
                found = BOUND.fullmatch(p[key])
                others = (
                    [f"{int(found[1]) + 1}{found[2]}", f"{max(1, int(found[1]) * 2)}{found[2]}"]
                    if found
                    else ["2 business days"]
                )
                others += (
                    [re.sub(r"business days?", "d", p[key])]
                    if "business" in p[key] and found
                    else ["1 business day"]
                )
                for other in others:
                    yield f"{p['id']} {key} {other}", _put(d, ("policy", i, key), other)
                yield f"{p['id']} without {key}", _put(d, ("policy", i, key), None)
                turned = {"within": "after", "after": "within"}[key]
                yield (
                    f"{p['id']} {turned}",
                    _put(_put(d, ("policy", i, key), None), ("policy", i, turned), p[key]),
                )


def where_dropped(d):
    for i, p, role, atom in _atoms(d):
        for path in atom.get("where", {}):
            yield (
                f"{p['id']} {role} {path}",
                _put(
                    d,
                    ("policy", i, role),
                    {**atom, "where": {k: v for k, v in atom["where"].items() if k != path}},
                ),
            )


def where_shortened(d):
    for i, p, role, atom in _atoms(d):
        for path, condition in atom.get("where", {}).items():
            for way in _shorter(condition):
                yield (
                    f"{p['id']} {role} {path} = {way}",
                    _put(d, ("policy", i, role), {**atom, "where": {**atom["where"], path: way}}),
                )


def _shorter(condition):
    if isinstance(condition, list) and len(condition) > 1:
        yield from ([v for v in condition if v != gone] for gone in condition)
    if isinstance(condition, dict):
        for op, value in condition.items():
            yield from ({**condition, op: way} for way in _shorter(value))


def where_changed(d):
    for i, p, role, atom in _atoms(d):
        for path, condition in atom.get("where", {}).items():
            for way in _other(condition):
                yield (
                    f"{p['id']} {role} {path} = {way}",
                    _put(d, ("policy", i, role), {**atom, "where": {**atom["where"], path: way}}),
                )


def _other(condition):
    if isinstance(condition, bool):
        yield not condition
    elif isinstance(condition, dict):
        for op, value in condition.items():
            turned = {"gt": "ge", "ge": "gt", "lt": "le", "le": "lt", "eq": "ne", "ne": "eq"}.get(
                op
            )
            if turned:
                yield {**{k: v for k, v in condition.items() if k != op}, turned: value}
            if isinstance(value, bool):
                yield {**condition, op: not value}
            elif isinstance(value, int):
                yield {**condition, op: value + 1}


def where_widened(d):
    """A list in `where` gets one value more of the same vocabulary."""
    for i, p, role, atom in _atoms(d):
        for path, condition in atom.get("where", {}).items():
            values = (
                condition
                if isinstance(condition, list)
                else [condition]
                if isinstance(condition, str)
                else []
            )
            for vocabulary in (Nature, Role, ScreeningLevel):
                words = [v.value for v in vocabulary]
                if values and set(values) <= set(words):
                    more = next((w for w in words if w not in values), None)
                    if more:
                        yield (
                            f"{p['id']} {role} {path} + {more}",
                            _put(
                                d,
                                ("policy", i, role),
                                {**atom, "where": {**atom["where"], path: [*values, more]}},
                            ),
                        )


def event_dropped(d):
    """An atom of several events loses one."""
    for i, p, role, atom in _atoms(d):
        if len(atom["event"]) > 1:
            for gone in atom["event"]:
                yield (
                    f"{p['id']} {role} without {gone}",
                    _put(
                        d,
                        ("policy", i, role),
                        {**atom, "event": [e for e in atom["event"] if e != gone]},
                    ),
                )


def event_added(d):
    for i, p, role, atom in _atoms(d):
        if not atom.get("where"):
            for more in ("SupervisorNotified", "ContactMade", "ReferralSent"):
                if more not in atom["event"]:
                    yield (
                        f"{p['id']} {role} + {more}",
                        _put(d, ("policy", i, role), {**atom, "event": [*atom["event"], more]}),
                    )


def unless_dropped(d):
    for i, p in _policies(d):
        if "unless" in p:
            yield p["id"], _put(d, ("policy", i, "unless"), None)


def unless_added(d):
    for i, p in _policies(d):
        if "unless" not in p and TEMPLATES[p["template"]].unless:
            for more in ("ConsentDeclined", "SupervisorNotified"):
                yield f"{p['id']} {more}", _put(d, ("policy", i, "unless"), more)


def count_changed(d):
    for i, p in _policies(d):
        if "count" in p:
            yield p["id"], _put(d, ("policy", i, "count"), p["count"] + 1)


def weekend_changed(d):
    for other in (["sunday"], ["saturday"], ["friday", "saturday"]):
        yield str(other), _put(d, ("calendar", "weekend"), other)


def holiday_changed(d):
    calendar = d.get("calendar", {})
    days = list(calendar.get("holidays", []))
    for i, day in enumerate(days):
        yield f"without {day}", _put(d, ("calendar", "holidays", i), None)
        yield (
            f"{day} a day later",
            _put(
                d,
                ("calendar", "holidays", i),
                dt.date.fromisoformat(str(day)) + dt.timedelta(days=1),
            ),
        )
    if days:
        more = dt.date.fromisoformat(str(days[0])).replace(month=10, day=12)
        yield f"with {more}", _put(d, ("calendar", "holidays"), [*days, more])


def zone_changed(d):
    if d.get("calendar", {}).get("time_zone"):
        yield "Hawaii", _put(d, ("calendar", "time_zone"), "Pacific/Honolulu")


def notice_dropped(d):
    for i, n in enumerate(d.get("notice", [])):
        yield f"{i} {n['on']}", _put(d, ("notice", i), None)


def notice_changed(d):
    for i, n in enumerate(d.get("notice", [])):
        yield f"{i} to", _put(d, ("notice", i, "to"), "peer")
        yield (
            f"{i} channel",
            _put(
                d, ("notice", i, "channel"), "other" if n.get("channel") != "other" else "another"
            ),
        )
        if n.get("fields"):
            yield f"{i} fields", _put(d, ("notice", i, "fields"), None)
        if "before" in n:
            yield f"{i} before", _put(d, ("notice", i, "before"), "7 min")
        for other in ("violation", "obligation", "overdue"):
            if n["on"] in {"violation", "obligation", "overdue"} and other != n["on"]:
                yield f"{i} on {other}", _put(d, ("notice", i, "on"), other)


def notice_policies_changed(d):
    for i, n in enumerate(d.get("notice", [])):
        if n["on"] not in {"violation", "obligation", "overdue", "due_soon"}:
            continue
        named = n.get("policies", [])
        for gone in named:
            yield (
                f"{i} without {gone}",
                _put(d, ("notice", i, "policies"), [p for p in named if p != gone] or None),
            )
        for p in d.get("policy", []):
            if p["id"] not in named:
                yield f"{i} + {p['id']}", _put(d, ("notice", i, "policies"), [*named, p["id"]])


def own_event_changed(d):
    for i, e in enumerate(d.get("event", [])):
        yield (
            f"{e['name']} kind",
            _put(d, ("event", i, "kind"), "decision" if e["kind"] == "fact" else "fact"),
        )
        for field in e.get("fields", {}):
            yield f"{e['name']} without {field}", _put(d, ("event", i, "fields", field), None)


def tier_dropped(d):
    for i, t in enumerate(d.get("tier", [])):
        yield t["id"], _put(d, ("tier", i), None)


def tier_order(d):
    tiers = d.get("tier", [])
    for i in range(1, len(tiers)):
        yield (
            tiers[i]["id"],
            {**d, "tier": [*tiers[: i - 1], tiers[i], tiers[i - 1], *tiers[i + 1 :]]},
        )


def seat_changed(d):
    for i, t in enumerate(d.get("tier", [])):
        for k, seat in enumerate(t["seats"]):
            at = ("tier", i, "seats", k)
            roles = [seat["role"]] if isinstance(seat["role"], str) else list(seat["role"])
            for training in seat.get("training", []):
                yield (
                    f"{t['id']} seat {k} without {training}",
                    _put(d, (*at, "training"), [x for x in seat["training"] if x != training]),
                )
            more = next(x.value for x in Training if x.value not in seat.get("training", []))
            yield (
                f"{t['id']} seat {k} + {more}",
                _put(d, (*at, "training"), [*seat.get("training", []), more]),
            )
            if seat.get("hours"):
                yield f"{t['id']} seat {k} hours", _put(d, (*at, "hours"), seat["hours"] - 1)
            for role in roles if len(roles) > 1 else ():
                yield (
                    f"{t['id']} seat {k} without {role}",
                    _put(d, (*at, "role"), [r for r in roles if r != role]),
                )
            other = next(r.value for r in Role if r.value not in roles)
            yield f"{t['id']} seat {k} + {other}", _put(d, (*at, "role"), [*roles, other])
            presence = (
                Presence.PHONE
                if seat.get("presence", "in_person") == "in_person"
                else Presence.IN_PERSON
            )
            yield f"{t['id']} seat {k} {presence}", _put(d, (*at, "presence"), presence.value)
            if len(t["seats"]) > 1:
                yield f"{t['id']} without seat {k}", _put(d, at, None)


def tier_natures(d):
    for i, t in enumerate(d.get("tier", [])):
        natures = d["program"].get("natures", [n.value for n in Nature])
        for gone in t.get("natures", natures):
            yield (
                f"{t['id']} without {gone}",
                _put(
                    d, ("tier", i, "natures"), [n for n in t.get("natures", natures) if n != gone]
                ),
            )


def program_natures(d):
    natures = d["program"].get("natures", [])
    for gone in natures:
        yield f"without {gone}", _put(d, ("program", "natures"), [n for n in natures if n != gone])
    if natures:
        yield "with other", _put(d, ("program", "natures"), [*natures, "other"])


def edge_forbidden(d):
    program = program_from_definition(d)
    for edge in program.lifecycle.edges:
        row = {"event": edge.event, "source": [edge.source], "target": edge.target}
        lifecycle = d.get("lifecycle", {})
        yield (
            f"{edge.event}: {edge.source} -> {edge.target}",
            {**d, "lifecycle": {**lifecycle, "forbid": [*lifecycle.get("forbid", []), row]}},
        )


def code_changed(d):
    for field, table in d.get("vocabulary", {}).items():
        for code, value in table.items():
            yield (
                f"{field} {code}",
                _put(d, ("vocabulary", field, code), "other" if value != "other" else "psychosis"),
            )


def look_ahead_turned(d):
    yield "", _put(d, ("program", "look_ahead"), not d["program"].get("look_ahead", False))


KINDS = {
    make.__name__: make
    for make in (
        rule_dropped, per_dropped, per_added, atoms_swapped, template_mistaken,
        enforcement_changed, bound_changed, where_dropped,
        where_shortened, where_changed, where_widened, event_dropped, event_added, unless_dropped,
        unless_added, count_changed, weekend_changed,
        holiday_changed, zone_changed, notice_dropped, notice_changed, notice_policies_changed,
        own_event_changed, tier_dropped, tier_order,
        seat_changed, tier_natures, program_natures, edge_forbidden, code_changed,
        look_ahead_turned,
    )
}  # fmt: skip
