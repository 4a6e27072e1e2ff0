"""Small payload domains: for each event type, the few events that the conditions of some policies
can distinguish. A field takes one value for each combination of truth values of the conditions on
it, and so does a field on which a condition on the incident depends. If that makes too many events,
the rest is cut. The cut is reported, and is never a pass.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
import itertools
import types
import typing
import weakref
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.domain.objects import LocalCode, Prior, Team, TeamMember
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import Nature, Presence, ResponseModel, Role
from coresponder.program import Program
from coresponder.proof.interest import Interest, Test
from coresponder.proof.scales import on_scale

__all__ = ["START", "Payloads", "key_values", "samples"]

START = dt.datetime(2024, 1, 8, 12, 0, tzinfo=UTC)
"""When every story begins: a Monday noon."""
_MOST = 4_096
"""How many payloads of one event type are tried. Any others are cut, which is reported."""
_SUBSETS = 4
"""The largest number of named members of a list for which every subset is tried."""
_SECOND = dt.timedelta(seconds=1)


def _plain(hint: Any) -> Any:
    """Return the type below Optional, Annotated and tuple."""
    while typing.get_origin(hint) in {typing.Union, types.UnionType, typing.Annotated, tuple}:
        hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def samples(program: Program, event_type: type[Event], interest: Interest) -> tuple[Event, ...]:
    """Return the events of one type that the conditions can distinguish, the plainest first.

    Args:
        program: whose tiers and natures are used.
        event_type: the type.
        interest: what the conditions look at.
    """
    return Payloads(program, interest).of(event_type)


@attrs.define
class Payloads:
    """Makes the events of a program that some conditions can distinguish.

    Attributes:
        cut: the event types for which some combinations were not made.
    """

    program: Program
    interest: Interest
    cut: set[str] = attrs.field(factory=set)

    def of(
        self, event_type: type[Event], same: Callable[[Event], Hashable] = lambda event: event
    ) -> tuple[Event, ...]:
        """Return events of one type, the plainest first. Of those that `same` treats as equal, only
        the first is returned.
        """
        fields = [
            field
            for field in attrs.fields(event_type)
            if field.name not in {"at", "by", "approximate"}
        ]
        maker = _Maker(self, event_type.__name__)
        options = [
            maker.options(_hints(event_type)[field.name], field.name, field.default, field.name)
            for field in fields
        ]
        found: dict[Hashable, Event] = {}
        for chosen in self.product(event_type.__name__, options):
            given = {
                field.name: value
                for field, value in zip(fields, chosen, strict=True)
                if value is not attrs.NOTHING
            }
            event = on_scale(event_type(at=START, by="dispatcher-1", **given), maker.tests)
            if event is not None:
                found.setdefault(same(event), event)
        return tuple(found.values())

    def product(self, event: str, options: list[list[Any]]) -> Iterator[tuple[Any, ...]]:
        """Yield every combination, up to a limit; note the event type if there are more."""
        if functools.reduce(lambda size, values: size * len(values), options, 1) > _MOST:
            self.cut.add(event)
        return itertools.islice(itertools.product(*options), _MOST)


def _hints(cls: type) -> dict[str, Any]:
    if cls not in _KNOWN_HINTS:
        _KNOWN_HINTS[cls] = typing.get_type_hints(cls, include_extras=True)
    return _KNOWN_HINTS[cls]


_KNOWN_HINTS: weakref.WeakKeyDictionary[type, dict[str, Any]] = weakref.WeakKeyDictionary()


def key_values(event_type: type[Event], field: str, count: int) -> list[Any]:
    """Return up to `count` values of a field that names individuals or by which a policy
    correlates.
    """
    plain = _plain(_hints(event_type)[field])
    if isinstance(plain, type) and issubclass(plain, enum.Enum):
        return list(plain)[:count]
    if plain in {int, float}:
        return [plain(i + 1) for i in range(count)]
    return (
        [False, True][:count]
        if plain is bool
        else [f"{field.replace('_', '-')}-{i + 1}" for i in range(count)]
    )


@attrs.frozen
class _Maker:
    """Lists the values worth trying for the fields of one event type."""

    payloads: Payloads
    event: str

    @property
    def _interest(self) -> Interest:
        return self.payloads.interest

    def tests(self, path: str) -> Iterable[Test]:
        """Return what the conditions test of a field."""
        return self._interest.tests.get((self.event, path), ())

    def options(self, hint: Any, path: str, default: Any, name: str) -> list[Any]:
        """Return the values worth trying for one field; NOTHING leaves the field to its default."""
        plain, is_tuple = _plain(hint), typing.get_origin(hint) is tuple
        if plain is Team:
            return self._teams()
        if path in self._interest.keys and not is_tuple:
            return self._keys(name, default)
        if attrs.has(plain) and plain is not LocalCode:
            return [attrs.NOTHING] if is_tuple else self._nested(plain, path, default)
        tests, named = (
            self.tests(path),
            list(self._interest.values.get((self.event, path), ())),
        )
        if not tests:
            return [
                attrs.NOTHING
                if default is not attrs.NOTHING
                else self._required(plain, name, is_tuple=is_tuple)
            ]
        if plain is LocalCode:
            return self._codes(path, tests, named)
        missing = [attrs.NOTHING] if default is not attrs.NOTHING else []
        candidates = [
            *missing,
            *(self._lists(plain, named, name) if is_tuple else self._values(plain, named, name)),
        ]
        return self._told_apart(path, candidates, tests, default, named)

    def _codes(self, path: str, tests: Iterable[Test], named: list[Any]) -> list[Any]:
        """Return lists of local codes: none, and those of the conditions in every combination that
        matters.
        """
        lists = [
            tuple(LocalCode(field="local", code=one) for one in chosen)
            for chosen in self._lists(str, [one for one in named if one is not None], "local")
        ]
        return self._told_apart(path, [attrs.NOTHING, *lists], tests, (), named)

    def _told_apart(
        self,
        path: str,
        candidates: list[Any],
        tests: Iterable[Test],
        default: Any,
        named: list[Any],
    ) -> list[Any]:
        """Return the first value of each class that the tests distinguish, and the values that
        conditions name if `every` asks for them.
        """
        found: dict[Hashable, Any] = {}
        standing = default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]
        judged = [(value, standing if value is attrs.NOTHING else value) for value in candidates]
        if (self.event, path) in self._interest.ordered:
            judged.sort(key=lambda pair: _rank(pair[1]))
        run, before = 0, None
        for value, seen in judged:
            answers = tuple(test(seen) for test in tests)
            run += (self.event, path) in self._interest.ordered and answers != before
            before = answers
            own = (
                value
                if self._interest.every
                and (seen in named or isinstance(seen, int | float | dt.datetime))
                else None
            )
            found.setdefault((answers, seen is None, own, run), value)
        return list(found.values())

    def _values(self, plain: Any, named: list[Any], name: str) -> list[Any]:
        """Return candidates for one value: those that conditions name, their neighbors, and one
        that they do not name.
        """
        if isinstance(plain, type) and issubclass(plain, enum.Enum):
            wanted = [plain(v) for v in dict.fromkeys(named) if v is not None]
            return list(dict.fromkeys([*wanted, *self._preferred(plain)]))
        if plain is bool:
            return [True, False]
        if plain in {int, float}:
            around = sorted(
                {
                    max(0, v + step)
                    for v in named
                    if isinstance(v, int | float)
                    for step in (-1, 0, 1)
                }
            )
            return around or [plain(1)]
        if plain is dt.datetime:
            times = [
                v + step
                for v in named
                if isinstance(v, dt.datetime)
                for step in (-_SECOND, dt.timedelta(), _SECOND)
            ]
            return times or [START + dt.timedelta(days=3)]
        return [*(v for v in named if isinstance(v, str)), f"{name.replace('_', '-')}-1"]

    def _lists(self, plain: Any, named: list[Any], name: str) -> list[tuple[Any, ...]]:
        """Return candidates for a list: every subset of the values that conditions name, if they
        are few, and one value that they do not name.
        """
        values = self._values(plain, named, name)
        wanted = [value for value in values if value in named]
        others = [(value,) for value in values if value not in named][:1]
        if len(wanted) <= _SUBSETS:
            subsets = [
                chosen
                for size in range(1, len(wanted) + 1)
                for chosen in itertools.combinations(wanted, size)
            ]
        else:
            self.payloads.cut.add(self.event)
            subsets = [(value,) for value in wanted]
            subsets += [tuple(v for v in wanted if v is not left_out) for left_out in wanted] + [
                tuple(wanted)
            ]
        return [*subsets, *others]

    def _keys(self, name: str, default: Any) -> list[Any]:
        """Return the values of a correlation key. An optional key is also left out."""
        event_type = self.payloads.program.vocabulary[self.event]
        missing = [] if default is attrs.NOTHING else [attrs.NOTHING]
        return [*key_values(event_type, name, self._interest.keys[name]), *missing]

    def _preferred(self, plain: type[enum.Enum]) -> list[Any]:
        return [*self.payloads.program.natures, *Nature] if plain is Nature else list(plain)

    def _required(self, plain: Any, name: str, *, is_tuple: bool) -> Any:
        if isinstance(plain, type) and issubclass(plain, enum.Enum):
            value = self._preferred(plain)[0]
        else:
            by_type = {bool: False, int: 1, float: 1.0, dt.datetime: START + dt.timedelta(days=3)}
            value = by_type.get(plain, f"{name.replace('_', '-')}-1")
        return (value,) if is_tuple else value

    def _nested(self, cls: type, path: str, default: Any) -> list[Any]:
        """Return records, where conditions look inside or the event needs one."""
        missing = [] if default is attrs.NOTHING else [attrs.NOTHING]
        if missing and not self._interest.below(self.event, path):
            return missing
        if cls is Prior:
            missing = []  # the workflow looks it up, so it is present wherever a condition reads it
        fields = attrs.fields(cls)
        options = [
            self.options(_hints(cls)[f.name], f"{path}.{f.name}", f.default, f.name) for f in fields
        ]
        chosen = self.payloads.product(self.event, options)
        return missing + [
            cls(
                **{f.name: v for f, v in zip(fields, values, strict=True) if v is not attrs.NOTHING}
            )
            for values in chosen
        ]

    def _teams(self) -> list[Team]:
        """Return the teams that the tiers form and, if conditions name roles, teams of those roles
        that a dispatcher might send.
        """
        interest, tiers = self._interest, self.payloads.program.tiers
        told_apart = "tier" in interest.incident or any(
            event == self.event for event, _ in interest.tests
        )
        made = [
            _team(tier.id, tier.model, *((seat.roles[0], seat.presence) for seat in tier.seats))
            for tier in tiers
        ]
        for path, presence in (("roles", Presence.IN_PERSON), ("by_phone", Presence.PHONE)):
            named = [
                Role(role)
                for role in interest.values.get((self.event, path), ())
                if role is not None
            ]
            made += [
                _team("other", ResponseModel.CIT_RESPONSE, (role, presence))
                for role in dict.fromkeys(named)
            ]
            if len(named) > 1:
                made.append(
                    _team(
                        "other",
                        ResponseModel.CIT_RESPONSE,
                        *((role, presence) for role in dict.fromkeys(named)),
                    )
                )
        made = made or [
            _team("team", ResponseModel.CIT_RESPONSE, (Role.CIT_OFFICER, Presence.IN_PERSON))
        ]
        if not told_apart:
            return made[:1]
        unnamed = [
            role for role in Role if role not in interest.values.get((self.event, "roles"), ())
        ]
        return [
            *made,
            *(
                _team("other", ResponseModel.CIT_RESPONSE, (role, Presence.IN_PERSON))
                for role in unnamed[:1]
            ),
        ]


def _rank(value: Any) -> float:
    """Return where a value stands among those of its kind."""
    if isinstance(value, enum.Enum):
        return list(type(value)).index(value)
    return -1.0 if value is None else float(value)


def _team(tier: str, model: ResponseModel, *members: tuple[Role, Presence]) -> Team:
    made = (
        TeamMember(responder=f"responder-{i}", role=role, presence=presence)
        for i, (role, presence) in enumerate(members, 1)
    )
    return Team(tier=tier, model=model, members=tuple(made))
