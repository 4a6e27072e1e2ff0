"""Probes: for each event type a plain event and those that differ from it in one or two fields,
whatever a program's rules look at.

They do not depend on a program's conditions, so that the same probes show when a rule starts to
look at something else. Only numbers, ids and codes have no list of values; for these, the values
that the program's conditions name are taken, and their neighbors.
"""

from __future__ import annotations

import datetime as dt
import enum
import itertools
import json
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import EnteredInError, Event
from coresponder.domain.objects import LocalCode, Team, TeamMember
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import Presence, ResponseModel, Role
from coresponder.policy.atoms import Atom
from coresponder.program import Program

__all__ = ["START", "Probes", "named_values", "read_event", "shown", "write_event"]

START = dt.datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""The time of every probe: a Monday."""
_MOST_PAIRS = 64
_LATER = START + dt.timedelta(days=3)
_MOMENTS: Mapping[type, Any] = {
    dt.datetime: _LATER,
    dt.date: _LATER.date(),
    dt.time: _LATER.time(),
}
_BY = "dispatcher-1"


def write_event(event: Event) -> str:
    """Return an event in one line: its name, and the fields that differ from their defaults."""
    told = {field.name for field in attrs.fields(type(event)) if field.default is not False}
    plain = {
        k: v
        for k, v in event.to_dict().items()
        if k not in {"at", "by"} and (v not in (None, [], False) or (v is False and k in told))
    }
    return type(event).__name__ + (
        " " + json.dumps(plain, ensure_ascii=False, separators=(",", ":")) if plain else ""
    )


def read_event(vocabulary: Mapping[str, type[Event]], text: str) -> Event | None:
    """Return the event of a line; None if the program has no such event, or its fields have
    changed.
    """
    name, _, fields = text.partition(" ")
    if name not in vocabulary:
        return None
    try:
        return vocabulary[name].from_json(
            json.dumps({"at": START.isoformat(), "by": _BY, **json.loads(fields or "{}")})
        )
    except ValueError:
        return None


def named_values(program: Program) -> dict[str, list[Any]]:
    """Return `Event.field` -> the numbers, ids, codes and times that conditions name, and the
    neighbors of the numbers.
    """
    found: dict[str, dict[Any, None]] = {}
    for atom in _atoms(program):
        for path, condition in atom.where.items():
            values = [v for v in _flat(condition) if not isinstance(v, bool)]
            beside = [
                v + step
                for v in values
                if isinstance(v, int | float)
                for step in (-1, 0, 1)
                if v + step >= 0
            ]
            texts = [v for v in values if isinstance(v, str)]
            for name in atom.events:
                found.setdefault(f"{name}.{path}", {}).update(dict.fromkeys((*beside, *texts)))
    return {
        path: list(values) for path, values in found.items() if values and ".incident." not in path
    }


def _atoms(program: Program) -> Iterator[Atom]:
    for policy in (compiled.policy for compiled in program.book.policies):
        yield from (atom for atom in (policy.a, policy.b, policy.unless) if atom is not None)


def _flat(condition: Any) -> Iterator[Any]:
    if isinstance(condition, Mapping):
        for value in condition.values():
            yield from _flat(value)
    elif isinstance(condition, list | tuple):
        yield from condition
    else:
        yield condition


@attrs.frozen
class Probes:
    """Makes the probes of a vocabulary: the plain event first, then one with every id, then ones of
    another person, another referral and so on.

    Args:
        vocabulary: name -> event type.
        named: the result of `named_values`.
        teams: the teams that the tiers form, as (tier, model, [[role, presence], ...]).
    """

    vocabulary: Mapping[str, type[Event]]
    named: Mapping[str, list[Any]]
    teams: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]

    @classmethod
    def of(cls, program: Program) -> Probes:
        """Return the probes of a program as it is now."""
        teams = tuple(
            (t.id, t.model.value, tuple((s.roles[0].value, s.presence.value) for s in t.seats))
            for t in program.tiers
        )
        return cls(program.vocabulary, named_values(program), teams)

    def all(self) -> dict[str, tuple[Event, ...]]:
        """Return event type -> its probes, the plain one first."""
        return {
            name: self.of_type(cls)
            for name, cls in self.vocabulary.items()
            if cls is not EnteredInError
        }

    def of_type(self, cls: type[Event]) -> tuple[Event, ...]:
        """Return the probes of one event type."""
        hints = typing.get_type_hints(cls)
        fields = [f for f in attrs.fields(cls) if f.name not in {"at", "by", "approximate"}]
        options = {
            f.name: self._options(
                cls.__name__, f.name, hints[f.name], required=f.default is attrs.NOTHING
            )
            for f in fields
        }
        base = {name: values[0] for name, values in options.items()}
        made = [
            base,
            *({**base, name: value} for name, values in options.items() for value in values[1:]),
        ]
        for one, other in itertools.combinations(
            [name for name, values in options.items() if len(values) > 1], 2
        ):
            if len(options[one]) * len(options[other]) <= _MOST_PAIRS:
                made += [
                    {**base, one: x, other: y} for x in options[one][1:] for y in options[other][1:]
                ]
        filled = base | {
            name: found[0]
            for name, values in options.items()
            if (found := [v for v in values if _is_key(v)])
        }
        made[1:1] = [
            filled,
            {
                name: value.replace("-1", "-2") if _is_key(value) else value
                for name, value in filled.items()
            },
        ]
        return tuple(
            dict.fromkeys(
                cls(at=START, by=_BY, **{k: v for k, v in one.items() if v is not attrs.NOTHING})
                for one in made
            )
        )

    def _options(self, event: str, path: str, hint: Any, *, required: bool) -> list[Any]:
        """Return the values of one field, the plainest first; NOTHING stands for the default."""
        many = typing.get_origin(hint) is tuple
        plain = _plain(hint)
        if plain is LocalCode:
            return [attrs.NOTHING]
        found = (
            self._teams()
            if plain is Team
            else self._nested(event, path, plain)
            if attrs.has(plain)
            else self._values(event, path, plain, required)
        )
        if many:
            found = [(value,) for value in found] + ([tuple(found)] if len(found) > 1 else [])
        return found if required else list(dict.fromkeys([attrs.NOTHING, *found]))

    def _values(self, event: str, path: str, plain: Any, required: bool) -> list[Any]:
        if isinstance(plain, type) and issubclass(plain, enum.Enum):
            return list(plain)
        if plain is bool:
            return [False, True]
        named = self.named.get(f"{event}.{path}", [])
        if plain in {int, float}:
            return [plain(v) for v in named if isinstance(v, int | float)] or (
                [1] if required or not path.count(".") else []
            )
        if plain in _MOMENTS:
            return [_MOMENTS[plain]]
        return [
            f"{path.rpartition('.')[2].replace('_', '-')}-1",
            *(v for v in named if isinstance(v, str)),
        ]

    def _nested(self, event: str, path: str, plain: Any) -> list[Any]:
        hints = typing.get_type_hints(plain)
        fields = attrs.fields(plain)
        options = {
            f.name: self._options(
                event, f"{path}.{f.name}", hints[f.name], required=f.default is attrs.NOTHING
            )
            for f in fields
        }
        base = {name: values[0] for name, values in options.items()}
        made = [
            base,
            *({**base, name: value} for name, values in options.items() for value in values[1:]),
        ]
        return [plain(**{k: v for k, v in one.items() if v is not attrs.NOTHING}) for one in made]

    def _teams(self) -> list[Team]:
        """Return the tiers' teams, each role alone in person and by phone, and each two roles in
        person.
        """
        made = [_team(tier, model, members) for tier, model, members in self.teams]
        made += [
            _team("other", "cit_response", [(role, presence)])
            for role in Role
            for presence in (Presence.IN_PERSON, Presence.PHONE)
        ]
        pairs = itertools.combinations(Role, 2)
        return made + [
            _team("other", "cit_response", [(role, Presence.IN_PERSON) for role in pair])
            for pair in pairs
        ]


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and value.endswith("-1") and not isinstance(value, enum.Enum)


def _team(tier: str, model: str, members: Iterable[tuple[str, str]]) -> Team:
    found = (
        TeamMember(responder=f"responder-{i}", role=Role(r), presence=Presence(p))
        for i, (r, p) in enumerate(members, 1)
    )
    return Team(tier=tier, model=ResponseModel(model), members=tuple(found))


def _plain(hint: Any) -> Any:
    """Return the type below Optional and tuple."""
    while typing.get_args(hint):
        hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def shown(text: str) -> str:
    """Return an event of a snapshot in readable form: `screened (screening level high)`."""
    from coresponder.policy.words import say_event

    name, _, fields = text.partition(" ")
    said = ", ".join(_say(key, value) for key, value in json.loads(fields or "{}").items())
    return say_event(name) + (f" ({said})" if said else "")


def _say(key: str, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(
            _say(f"{key} {inner}" if key != "team" else inner, one) for inner, one in value.items()
        )
    if isinstance(value, list):
        return f"{key} " + " + ".join(
            str(one.get("role", one) if isinstance(one, dict) else one) for one in value
        )
    name = key.replace("_", " ")
    if isinstance(value, bool):
        return name if value else f"not {name}"
    return f"{name} {value}".replace("_", " ")
