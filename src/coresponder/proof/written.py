"""Compare two versions of a program as they are written, part by part, in words, with the effect of
each difference.

Every attribute of a program is compared. Attributes that are not named here are compared with `!=`,
so that a new part cannot be forgotten.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Decision, Event
from coresponder.policy.atoms import Atom
from coresponder.policy.bounds import parse_bound
from coresponder.policy.policy import Policy
from coresponder.policy.words import say_policy
from coresponder.program import Program
from coresponder.program.own import same_shape, shape_of
from coresponder.record import Record
from coresponder.roster.course import Course
from coresponder.roster.staffing import Tier

__all__ = ["Bearing", "ProgramChange", "changed_policies", "changes_between"]

_WORDS = frozenset({"title", "authority", "because", "name"})
"""Attributes that only people read."""
_NAMES = frozenset({"id", "version"})
"""The attributes that name a program; a review names both programs."""
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Bearing(enum.StrEnum):
    """The effect of a written difference."""

    WORDS = "words only"
    SEARCHED = "searched"
    CERTAIN = "does something else"


@attrs.frozen(kw_only=True)
class ProgramChange(Record):
    """One written difference, in words.

    Attributes:
        part: the attribute of the program: `policy`, `lifecycle`, `staffing`, `notice`, `event`,
            `calendar`, `own_words`, `view`, `retention`, `program`.
        bearing: `words only`; `searched` if stories or crews that show it are searched for; `does
            something else` if it certainly has an effect.
    """

    part: str
    text: str
    bearing: Bearing


def changes_between(old: Program, new: Program) -> Iterator[ProgramChange]:
    """Yield everything that is written differently."""
    for field in attrs.fields(Program):
        if field.init and field.eq is not False and field.name not in _NAMES:
            yield from _PARTS.get(field.name, _anything(field.name))(old, new)


Compare = Callable[[Program, Program], Iterator[ProgramChange]]


def _anything(name: str) -> Compare:
    """Return a comparison of an attribute by `!=`."""

    def compare(old: Program, new: Program) -> Iterator[ProgramChange]:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            bearing = Bearing.WORDS if name in _WORDS else Bearing.CERTAIN
            yield ProgramChange(
                part="program",
                text=f"{name.replace('_', ' ')}: {before!s} -> {after!s}",
                bearing=bearing,
            )

    return compare


# --- policies ---------------------------------------------------------------------------------------------------------


def changed_policies(
    old: Program, new: Program
) -> Iterator[tuple[str, Policy | None, Policy | None, Bearing]]:
    """Yield the policies that are written differently, by id, with the effect."""
    before, after = {p.id: p for p in old.policies}, {p.id: p for p in new.policies}
    for id in dict.fromkeys([*before, *after]):
        a, b = before.get(id), after.get(id)
        if a is None or b is None:
            yield id, a, b, Bearing.CERTAIN
        elif a != b or _moved_by_calendar(old, new, a, b):
            yield id, a, b, _policy_bearing(old, new, a, b)


def _moved_by_calendar(old: Program, new: Program, a: Policy, b: Policy) -> bool:
    return old.calendar != new.calendar and any(_counts_business_days(policy) for policy in (a, b))


def _counts_business_days(policy: Policy) -> bool:
    return any(text is not None and "business" in text for text in (policy.within, policy.after))


def _policy_bearing(old: Program, new: Program, a: Policy, b: Policy) -> Bearing:
    differ = {
        field.name
        for field in attrs.fields(Policy)
        if _meaning(a, field.name, old) != _meaning(b, field.name, new)
    }
    if differ & {"within", "after", "enforcement", "transfers"} or _moved_by_calendar(
        old, new, a, b
    ):
        return Bearing.CERTAIN
    return Bearing.SEARCHED if differ - _WORDS else Bearing.WORDS


def _meaning(policy: Policy, name: str, program: Program) -> Any:
    """Return the value of an attribute in normal form, so that two ways to write the same compare
    equal.
    """
    value = getattr(policy, name)
    if isinstance(value, Atom):
        plain = {field.name: getattr(value, field.name) for field in attrs.fields(Atom)}
        return {
            **plain,
            "events": frozenset(value.events),
            "where": {path: _condition(condition) for path, condition in value.where.items()},
        }
    if name in {"within", "after"} and value is not None:
        bound = parse_bound(value, program.calendar)
        return bound.text if bound.length is None else bound.length
    return value


def _condition(condition: Any) -> Any:
    if isinstance(condition, Mapping):
        return {operator: _condition(value) for operator, value in condition.items()}
    return frozenset(condition) if isinstance(condition, list | tuple) else frozenset([condition])


def _policies(old: Program, new: Program) -> Iterator[ProgramChange]:
    for id, a, b, bearing in changed_policies(old, new):
        yield ProgramChange(
            part="policy", text=f"{id}: {_say_change(old, new, a, b, bearing)}", bearing=bearing
        )
    kept = [
        [p.id for p in program.policies if p.id in {q.id for q in other.policies}]
        for program, other in ((old, new), (new, old))
    ]
    if kept[0] != kept[1]:
        yield ProgramChange(
            part="policy",
            text=f"order: {', '.join(kept[0])} -> {', '.join(kept[1])}",
            bearing=Bearing.WORDS,
        )


def _say_change(
    old: Program, new: Program, a: Policy | None, b: Policy | None, bearing: Bearing
) -> str:
    if a is None or b is None:
        only = b or a
        return (
            f"{'gone' if b is None else 'new,'}"
            f" {f'({a.enforcement})' if a else b and b.enforcement}. {say_policy(only)}"
            if only
            else ""
        )
    differ = [
        field.name
        for field in attrs.fields(Policy)
        if getattr(a, field.name) != getattr(b, field.name)
    ]
    fields = [
        f"{name} {_value(getattr(a, name))} -> {_value(getattr(b, name))}"
        for name in differ
        if name not in _WORDS
    ]
    fields += [f"its {name}" for name in differ if name in _WORDS]
    fields += ["the calendar under its bound"] if _moved_by_calendar(old, new, a, b) else []
    said = [say_policy(attrs.evolve(policy, because=None)) for policy in (a, b)]
    return (
        f"{'; '.join(fields)}{' (the same in other words)' if bearing is Bearing.WORDS else ''}."
        f" Was: {said[0]} Is: {said[1]}"
    )


def _value(value: Any) -> str:
    if isinstance(value, Atom):
        return f"{' or '.join(value.events) or 'incident'}{f' where {dict(value.where)}' if value.where else ''}"
    return "none" if value is None else str(value)


# --- the other parts --------------------------------------------------------------------------------------------------


def _tiers(old: Program, new: Program) -> Iterator[ProgramChange]:
    before, after = {t.id: t for t in old.tiers}, {t.id: t for t in new.tiers}
    for id in dict.fromkeys([*before, *after]):
        a, b = before.get(id), after.get(id)
        if a is None or b is None:
            seats = (a or b).seats  # type: ignore[union-attr]
            yield _staffing(
                f"tier {id}: {'gone' if b is None else 'new'} ({' + '.join(map(str, seats))})"
            )
        elif a != b:
            differ = [
                field.name
                for field in attrs.fields(Tier)
                if getattr(a, field.name) != getattr(b, field.name)
            ]
            told = "; ".join(
                f"{name} {_tier_value(getattr(a, name))} -> {_tier_value(getattr(b, name))}"
                for name in differ
            )
            yield _staffing(
                f"tier {id}: {told}",
                Bearing.WORDS if _WORDS.issuperset(differ) else Bearing.SEARCHED,
            )
    kept = [
        [t.id for t in program.tiers if t.id in before and t.id in after] for program in (old, new)
    ]
    if kept[0] != kept[1]:
        yield _staffing(f"order of tiers: {', '.join(kept[0])} -> {', '.join(kept[1])}")


def _trainings(old: Program, new: Program) -> Iterator[ProgramChange]:
    before, after = ({c.id: c for c in program.trainings} for program in (old, new))
    for id in dict.fromkeys([*before, *after]):
        a, b = (side.get(id) or Course(id=id) for side in (before, after))
        differ = [
            field.name
            for field in attrs.fields(Course)
            if getattr(a, field.name) != getattr(b, field.name)
        ]
        told = "; ".join(
            f"{name} {_tier_value(getattr(a, name))} -> {_tier_value(getattr(b, name))}"
            for name in differ
        )
        if _WORDS.issuperset(differ):
            bearing = Bearing.WORDS
        else:
            timed = {"valid", "renewed_by"}.intersection(differ)
            bearing = Bearing.CERTAIN if timed else Bearing.SEARCHED
        if differ or (id in before) != (id in after):
            yield _staffing(f"training {id}: {told or 'named'}", bearing)


def _staffing(text: str, bearing: Bearing = Bearing.SEARCHED) -> ProgramChange:
    return ProgramChange(part="staffing", text=text, bearing=bearing)


def _tier_value(value: Any) -> str:
    return (
        (" + ".join(map(str, value)) or "all") if isinstance(value, tuple) else str(value) or "none"
    )


def _natures(old: Program, new: Program) -> Iterator[ProgramChange]:
    before, after = (set(program.natures) for program in (old, new))
    if before != after:
        text = f"natures that qualify: {_listed(before) or 'all'} -> {_listed(after) or 'all'}"
        yield _staffing(text, Bearing.CERTAIN)


def _listed(values: Any) -> str:
    return ", ".join(sorted(map(str, values)))


def _notices(old: Program, new: Program) -> Iterator[ProgramChange]:
    times = [Counter(_rule_key(rule) for rule in program.notices) for program in (old, new)]
    for key, said in {
        _rule_key(rule): str(rule) for program in (old, new) for rule in program.notices
    }.items():
        before, after = times[0][key], times[1][key]
        if before != after:
            what = (
                "no more"
                if not after
                else "new"
                if not before
                else f"{before} times -> {after} times"
            )
            yield ProgramChange(part="notice", text=f"{what}: {said}", bearing=Bearing.CERTAIN)


def _rule_key(rule: Any) -> tuple[Any, ...]:
    values = (getattr(rule, field.name) for field in attrs.fields(type(rule)))
    return tuple(frozenset(value) if isinstance(value, tuple) else value for value in values)


def _lifecycle(old: Program, new: Program) -> Iterator[ProgramChange]:
    for field in attrs.fields(type(old.lifecycle)):
        a, b = getattr(old.lifecycle, field.name), getattr(new.lifecycle, field.name)
        if not field.init or a == b:
            continue
        if isinstance(a, str):
            yield ProgramChange(
                part="lifecycle",
                text=f"{field.name}: {a} -> {b}",
                bearing=Bearing.WORDS if field.name in _WORDS else Bearing.CERTAIN,
            )
            continue
        bearing = Bearing.SEARCHED if field.name == "edges" else Bearing.CERTAIN
        prefix = (
            ""
            if field.name == "edges"
            else "state "
            if field.name == "states"
            else f"{field.name} "
        )
        for what, items in (("no more", set(a) - set(b)), ("new", set(b) - set(a))):
            yield from (
                ProgramChange(part="lifecycle", text=f"{what}: {prefix}{item}", bearing=bearing)
                for item in sorted(map(str, items))
            )


def _calendar(old: Program, new: Program) -> Iterator[ProgramChange]:
    counted = any(
        _counts_business_days(policy) for program in (old, new) for policy in program.policies
    )
    bearing = Bearing.CERTAIN if counted else Bearing.WORDS
    for field in attrs.fields(type(old.calendar)):
        a, b = getattr(old.calendar, field.name), getattr(new.calendar, field.name)
        if a == b:
            continue
        if isinstance(a, frozenset):
            gone, added = (_listed(_day(day) for day in days) for days in (a - b, b - a))
            text = "; ".join(
                f"{what} {days}" for what, days in (("no more", gone), ("new", added)) if days
            )
        else:
            text = f"{a} -> {b}"
        why = "" if counted else " (no rule counts business days)"
        yield ProgramChange(
            part="calendar", text=f"{field.name.replace('_', ' ')}: {text}{why}", bearing=bearing
        )


def _day(day: Any) -> str:
    return _WEEKDAYS[day] if isinstance(day, int) else str(day)


def _events(old: Program, new: Program) -> Iterator[ProgramChange]:
    before, after = ({cls.__name__: cls for cls in program.events} for program in (old, new))
    for name in dict.fromkeys([*before, *after]):
        a, b = before.get(name), after.get(name)
        if a is None or b is None:
            yield _event(f"{name}: {'gone' if b is None else 'new'} ({_say_event_type(a or b)})")
        elif not same_shape(a, b):
            yield _event(f"{name}: {_say_event_type(a)} -> {_say_event_type(b)}")


def _event(text: str) -> ProgramChange:
    return ProgramChange(part="event", text=text, bearing=Bearing.CERTAIN)


def _say_event_type(cls: type[Event] | None) -> str:
    if cls is None:
        return "none"
    kinds = getattr(cls, "_declaration", ("", "", ()))[2] or tuple(
        (name, _hint(hint)) for name, hint in shape_of(cls).items()
    )
    fields = ", ".join(f"{name} {kind}" for name, kind in kinds)
    version = f", version {cls.version}" if cls.version != 1 else ""
    return f"{'decision' if issubclass(cls, Decision) else 'fact'}{version}{f' with {fields}' if fields else ''}"


def _hint(hint: Any) -> str:
    return getattr(hint, "__name__", str(hint))


def _own_words(old: Program, new: Program) -> Iterator[ProgramChange]:
    pairs = [
        {
            (field, code): value
            for field, codes in program.own_words.items()
            for code, value in codes.items()
        }
        for program in (old, new)
    ]
    for field, code in dict.fromkeys([*pairs[0], *pairs[1]]):
        a, b = (side.get((field, code)) for side in pairs)
        if a != b:
            yield ProgramChange(
                part="own_words",
                text=f"{field} {code!r}: {a or 'not mapped'} -> {b or 'not mapped'}",
                bearing=Bearing.CERTAIN,
            )


def _rows_of(name: str, part: str, key: Callable[[Any], str]) -> Compare:
    """Return a comparison of an attribute whose rows have a name, row by row."""

    def compare(old: Program, new: Program) -> Iterator[ProgramChange]:
        before, after = ({key(row): row for row in getattr(side, name)} for side in (old, new))
        for id in dict.fromkeys([*before, *after]):
            a, b = before.get(id), after.get(id)
            if a is None or b is None:
                told = "gone" if b is None else "new"
                yield ProgramChange(part=part, text=f"{id}: {told}", bearing=Bearing.CERTAIN)
            elif a != b:
                differ = [
                    field.name
                    for field in attrs.fields(type(a))
                    if getattr(a, field.name) != getattr(b, field.name)
                ]
                told = "; ".join(
                    f"{one} {_tier_value(getattr(a, one))} -> {_tier_value(getattr(b, one))}"
                    for one in differ
                )
                bearing = Bearing.WORDS if _WORDS.issuperset(differ) else Bearing.CERTAIN
                yield ProgramChange(part=part, text=f"{id}: {told}", bearing=bearing)

    return compare


_PARTS: dict[str, Compare] = {
    "policies": _policies,
    "trainings": _trainings,
    "tiers": _tiers,
    "natures": _natures,
    "notices": _notices,
    "lifecycle": _lifecycle,
    "calendar": _calendar,
    "events": _events,
    "own_words": _own_words,
    "views": _rows_of("views", "view", lambda view: view.id),
    "retention": _rows_of("retention", "retention", lambda rule: ", ".join(rule.kind)),
}
