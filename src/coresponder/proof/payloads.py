"""Small payload domains: for each event type the few events that the conditions of some policies can tell apart."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import itertools
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.domain.objects import Incident, Team, TeamMember
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import Nature, Presence, ResponseModel, Role
from coresponder.policy.atoms import compile_condition, field_type
from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Program

__all__ = ["START", "Interest", "samples"]

START = dt.datetime(2024, 1, 8, 12, 0, tzinfo=UTC)
"""When every story begins: a Monday noon."""
_MOST = 256
_SECOND = dt.timedelta(seconds=1)


@attrs.frozen(kw_only=True)
class Interest:
    """What the conditions of some policies look at.

    Attributes:
        values: (event type, path) -> the values that conditions name.
        words: vocabulary -> the values that conditions on the incident name.
        incident: paths of the incident that conditions read, each with the conditions' tests.
        counts: the largest number that a condition on the incident names; a counter is not told apart beyond it.
        keys: how many values each correlation key takes, 1 or 2.
    """

    values: Mapping[tuple[str, str], tuple[Any, ...]]
    words: Mapping[type, frozenset[Any]]
    incident: Mapping[str, tuple[Callable[[Any], bool], ...]]
    counts: int
    keys: Mapping[str, int]

    @classmethod
    def of(cls, policies: Iterable[CompiledPolicy], *, keys: int = 1) -> Interest:
        """Read the conditions of these policies."""
        values: dict[tuple[str, str], list[Any]] = {}
        words: dict[type, set[Any]] = {}
        paths: dict[str, list[Callable[[Any], bool]]] = {}
        correlated: dict[str, int] = {}
        counts = 0
        for policy in policies:
            if policy.policy.per:
                correlated[policy.policy.per] = keys
            for atom in (policy.policy.a, policy.policy.b, policy.policy.unless):
                for path, condition in atom.where.items() if atom else ():
                    named = list(_named(condition))
                    if path.startswith("incident."):
                        bare = path.removeprefix("incident.")
                        hint = field_type(Incident, bare)
                        paths.setdefault(bare, []).append(compile_condition(bare, hint, condition))
                        words.setdefault(_plain(hint), set()).update(named)
                        counts = max([counts, *(v for v in named if isinstance(v, int))])
                    for name in atom.events if atom else ():
                        values.setdefault((name, path), []).extend(named)
        return cls(
            values={key: tuple(dict.fromkeys(found)) for key, found in values.items()},
            words={kind: frozenset(found) for kind, found in words.items()},
            incident={path: tuple(tests) for path, tests in paths.items()},
            counts=counts,
            keys=correlated,
        )


def _named(condition: Any) -> Iterator[Any]:
    """Yield the values that a condition names; `exists` names None."""
    if isinstance(condition, Mapping):
        for operator, value in condition.items():
            yield from [None] if operator == "exists" else _named(value)
    elif isinstance(condition, list | tuple):
        yield from condition
    else:
        yield condition


def _plain(hint: Any) -> Any:
    """Return the type below Optional, Annotated and tuple."""
    while typing.get_origin(hint) in {typing.Union, types.UnionType, typing.Annotated, tuple}:
        hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def samples(program: Program, event_type: type[Event], interest: Interest, *, wide: bool = False) -> tuple[Event, ...]:
    """Return the events of one type that the conditions can tell apart, the plainest first.

    Args:
        program: whose tiers and natures are used.
        event_type: the type.
        interest: what the conditions look at.
        wide: also with all optional ids and times filled in, because a count over the incident depends on them.
    """
    fields = [field for field in attrs.fields(event_type) if field.name not in {"at", "by", "approximate"}]
    names, made = [field.name for field in fields], []
    for fill in (False, True) if wide else (False,):
        maker = _Maker(program, event_type.__name__, interest, fill)
        options = [maker.options(_hint(event_type, field.name), field.name, field.default, field.name) for field in fields]
        made += [
            event_type(at=START, by="dispatcher-1", **{n: v for n, v in zip(names, chosen, strict=True) if v is not attrs.NOTHING})
            for chosen in itertools.islice(itertools.product(*options), _MOST)
        ]
    return tuple(dict.fromkeys(made))


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls, include_extras=True)


def _hint(cls: type, name: str) -> Any:
    return _hints(cls)[name]


@attrs.frozen
class _Maker:
    program: Program
    event: str
    interest: Interest
    fill: bool

    def options(self, hint: Any, path: str, default: Any, name: str) -> list[Any]:
        """Return the values worth trying for one field; NOTHING leaves the field to its default."""
        plain, is_tuple = _plain(hint), typing.get_origin(hint) is tuple
        named = list(self.interest.values.get((self.event, path), ()))
        if plain is Team:
            return self._teams()
        if path in self.interest.keys:
            return self._keys(plain, name)
        if attrs.has(plain):
            return [attrs.NOTHING] if is_tuple else self._nested(plain, path, default)
        found = self._values(plain, named, name)
        if is_tuple:
            found = [(value,) for value in found] if named or default is attrs.NOTHING else []
            found += [tuple(dict.fromkeys(v for (v,) in found[:-1]))] if len(found) > 2 else []
        elif self.fill and default is None and not found:
            return [self._required(plain, name)]
        if default is attrs.NOTHING:
            required = self._required(plain, name)
            return found or [(required,) if is_tuple else required]
        missing = [attrs.NOTHING] if not named or default is None or not found else []
        return list(dict.fromkeys([*missing, *found]))

    def _values(self, plain: Any, named: list[Any], name: str) -> list[Any]:
        """Return one value of each class that the conditions make: what they name, and one that they do not."""
        if isinstance(plain, type) and issubclass(plain, enum.Enum):
            wanted = [plain(v) for v in dict.fromkeys([*named, *self._words(plain)]) if v is not None]
            others = [member for member in self._preferred(plain) if member not in wanted]
            return [*wanted, *others[:1]] if wanted or None in named else []
        if plain is bool:
            return [True, False] if named else []
        if plain in {int, float}:
            return sorted({max(0, v + step) for v in named if isinstance(v, int | float) for step in (-1, 0, 1)})
        if plain is str:
            return [*(v for v in named if isinstance(v, str)), *([f"{name}-1"] if named else [])]
        times = [v + step for v in named if isinstance(v, dt.datetime) for step in (-_SECOND, dt.timedelta(), _SECOND)]
        return times or ([START + dt.timedelta(days=3)] if named else [])

    def _keys(self, plain: Any, name: str) -> list[Any]:
        """Return the values of a correlation key."""
        count = self.interest.keys[name]
        if isinstance(plain, type) and issubclass(plain, enum.Enum):
            return self._preferred(plain)[:count]
        if plain in {int, float}:
            return [plain(i + 1) for i in range(count)]
        return [False, True][:count] if plain is bool else [f"{name.replace('_', '-')}-{i + 1}" for i in range(count)]

    def _words(self, plain: Any) -> list[Any]:
        return sorted(v for v in self.interest.words.get(plain, ()) if v is not None) if plain is not bool and plain is not str else []

    def _preferred(self, plain: type[enum.Enum]) -> list[Any]:
        return [*self.program.natures, *Nature] if plain is Nature else list(plain)

    def _required(self, plain: Any, name: str) -> Any:
        if isinstance(plain, type) and issubclass(plain, enum.Enum):
            return self._preferred(plain)[0]
        by_type = {bool: False, int: 1, float: 1.0, dt.datetime: START + dt.timedelta(days=3)}
        return by_type.get(plain, f"{name.replace('_', '-')}-1")

    def _nested(self, cls: type, path: str, default: Any) -> list[Any]:
        """Return records, where conditions look inside or the event needs one."""
        fields = attrs.fields(cls)
        below = any(event == self.event and other.startswith(f"{path}.") for event, other in self.interest.values)
        missing = [] if default is attrs.NOTHING else [attrs.NOTHING]
        if missing and not below and not any(self._words(_plain(_hint(cls, f.name))) for f in fields):
            return missing
        options = [self.options(_hint(cls, f.name), f"{path}.{f.name}", f.default, f.name) for f in fields]
        chosen = itertools.islice(itertools.product(*options), _MOST)
        return missing + [cls(**{f.name: v for f, v in zip(fields, values, strict=True) if v is not attrs.NOTHING}) for values in chosen]

    def _teams(self) -> list[Team]:
        """Return the teams that the tiers make, and, where conditions speak of roles, teams of those roles as a dispatcher might send them."""
        told_apart = "tier" in self.interest.incident or any(event == self.event for event, _ in self.interest.values)
        made = [_team(tier.id, tier.model, *((seat.roles[0], seat.presence) for seat in tier.seats)) for tier in self.program.tiers]
        for path, presence in (("roles", Presence.IN_PERSON), ("by_phone", Presence.PHONE)):
            named = [Role(role) for role in self.interest.values.get((self.event, path), ()) if role is not None]
            made += [_team("other", ResponseModel.CIT_RESPONSE, (role, presence)) for role in dict.fromkeys(named)]
            if len(named) > 1:
                made.append(_team("other", ResponseModel.CIT_RESPONSE, *((role, presence) for role in dict.fromkeys(named))))
        made = made or [_team("team", ResponseModel.CIT_RESPONSE, (Role.CIT_OFFICER, Presence.IN_PERSON))]
        return made if told_apart else made[:1]


def _team(tier: str, model: ResponseModel, *members: tuple[Role, Presence]) -> Team:
    made = (TeamMember(responder=f"responder-{i}", role=role, presence=presence) for i, (role, presence) in enumerate(members, 1))
    return Team(tier=tier, model=model, members=tuple(made))
