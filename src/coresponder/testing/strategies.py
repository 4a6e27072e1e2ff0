"""Hypothesis strategies for every domain object, event, policy, book and program."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st

from coresponder.domain.events import (
    EVENT_TYPES,
    CallReceived,
    EnteredInError,
    Event,
    SurveyAnswered,
)
from coresponder.domain.objects import Incident
from coresponder.domain.scores import SCORES
from coresponder.domain.types import UTC, CodeText, IdText
from coresponder.domain.vocabulary import ResponseModel, Training
from coresponder.lifecycle import INCIDENT
from coresponder.policy.atoms import Atom, field_names, field_type
from coresponder.policy.book import Book
from coresponder.policy.bounds import Calendar
from coresponder.policy.policy import Enforcement, Policy, compile_policy
from coresponder.policy.templates import TEMPLATES, Template
from coresponder.program import Program
from coresponder.record import Record, plain_type
from coresponder.roster.staffing import Seat, Tier

__all__ = ["NOON", "books", "events", "instants", "policies", "programs", "records"]

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""The time at which everything that is drawn begins: a Monday noon."""
_R = TypeVar("_R", bound=Record)
_BOUNDS = (
    "90 s",
    "15 min",
    "1 h",
    "24 h",
    "72 h",
    "7 d",
    "2 business days",
    "end of next business day",
)


def instants(*, first: int = 0, last: int = 60 * 24 * 20) -> st.SearchStrategy[dt.datetime]:
    """Draw a time, in whole minutes after `NOON`."""
    return st.integers(first, last).map(lambda minutes: NOON + dt.timedelta(minutes=minutes))


def records(cls: type[_R]) -> st.SearchStrategy[_R]:
    """Draw domain objects or events of a class; optional fields are sometimes left out.

    >>> from coresponder import Responder
    >>> isinstance(records(Responder), st.SearchStrategy)
    True
    """
    drawn = st.fixed_dictionaries(_required(cls), optional=_optional(cls)).map(
        lambda values: cls(**values)
    )
    return drawn.flatmap(_on_scale) if issubclass(cls, SurveyAnswered) else drawn


def _on_scale(drawn: _R) -> st.SearchStrategy[_R]:
    """Draw the score of an answered survey again, on its scale."""
    if not isinstance(drawn, SurveyAnswered):
        return st.just(drawn)
    low, high = SCORES.get(drawn.scale, (0, 100))
    return st.integers(low, high).map(lambda score: attrs.evolve(drawn, score=score))


def _required(cls: type) -> dict[str, st.SearchStrategy[Any]]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {
        f.name: _values(hints[f.name], f.name, cls)
        for f in attrs.fields(cls)
        if f.init and f.default is attrs.NOTHING
    }


def _optional(cls: type) -> dict[str, st.SearchStrategy[Any]]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {
        f.name: _values(hints[f.name], f.name, cls)
        for f in attrs.fields(cls)
        if f.init and f.default is not attrs.NOTHING
    }


@functools.cache
def _values(hint: Any, name: str, owner: type) -> st.SearchStrategy[Any]:
    """Return a strategy for one field."""
    if type(None) in typing.get_args(hint) and typing.get_origin(hint) is not tuple:
        return st.none() | _values(plain_type(hint), name, owner)
    if typing.get_origin(hint) is tuple:
        return st.lists(_values(typing.get_args(hint)[0], name, owner), min_size=1, max_size=2).map(
            tuple
        )
    if owner is Incident and name == "state":
        return st.sampled_from(INCIDENT.states)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(list(hint))
    if isinstance(hint, type) and issubclass(hint, Record):
        return st.deferred(lambda: records(hint))
    return (
        _annotated(hint, name)
        if typing.get_origin(hint) is typing.Annotated
        else _plain(hint, name)
    )


def _plain(hint: Any, name: str) -> st.SearchStrategy[Any]:
    plain: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(1, 5),
        float: st.integers(0, 50).map(float),
    }
    return plain.get(hint, st.just(f"{name}-1"))


def _annotated(hint: Any, name: str) -> st.SearchStrategy[Any]:
    if typing.get_args(hint)[0] is dt.datetime:
        return instants()
    kind = name.replace("_", "-")
    if IdText in hint.__metadata__:
        return st.sampled_from([f"{kind}-1", f"{kind}-2"])
    return (
        st.sampled_from([f"code {kind}", "X-1"]) if CodeText in hint.__metadata__ else st.just(kind)
    )


def events(types: Iterable[type[Event]] | Program | None = None) -> st.SearchStrategy[Event]:
    """Draw events of the given types, of a program's vocabulary, or of any shipped type."""
    if isinstance(types, Program):
        types = types.vocabulary.values()
    chosen = tuple(types or EVENT_TYPES.values())
    return st.sampled_from(chosen).flatmap(records)


def _shared_words(field: str, types: Iterable[type[Event]]) -> list[str]:
    """Return the words that a field may have in each of some event types; none if it is not a word
    in each.
    """
    hints = [field_type(cls, field) if field in field_names(cls) else None for cls in types]
    words = [
        {member.value for member in hint}
        for hint in hints
        if isinstance(hint, type) and issubclass(hint, enum.Enum)
    ]
    return sorted(set.intersection(*words)) if len(words) == len(hints) else []


@st.composite
def _atoms(draw: st.DrawFn, vocabulary: Mapping[str, type[Event]], names: tuple[str, ...]) -> Atom:
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    where: dict[str, Any] = {}
    words = {
        field: shared
        for field in field_names(vocabulary[chosen[0]])
        if (shared := _shared_words(field, [vocabulary[name] for name in chosen]))
    }
    if words and draw(st.integers(0, 3)) == 0:
        field = draw(st.sampled_from(sorted(words)))
        where[field] = draw(
            st.lists(st.sampled_from(words[field]), min_size=1, max_size=2, unique=True)
        )
    if draw(st.integers(0, 7)) == 0:
        where["incident.open_referrals"] = {
            draw(st.sampled_from(["eq", "ge", "lt"])): draw(st.integers(0, 1))
        }
    return Atom(events=tuple(chosen), where=where)


def policies(
    vocabulary: Mapping[str, type[Event]] = EVENT_TYPES, *, types: Iterable[str] | None = None
) -> st.SearchStrategy[Policy]:
    """Draw valid policies, with any template, bound, key, release and enforcement that go together.

    Args:
        vocabulary: event types by name.
        types: the names that atoms may use; with few names, policies are more often about the same
            events.
    """
    never = {EnteredInError.__name__, "PolicyOverridden"}
    names = tuple(name for name in (types or vocabulary) if name not in never)
    return _policies(vocabulary, names).filter(
        lambda policy: not compile_policy(policy, vocabulary, Calendar())[1]
    )


@st.composite
def _policies(
    draw: st.DrawFn, vocabulary: Mapping[str, type[Event]], names: tuple[str, ...]
) -> Policy:
    template: Template = TEMPLATES[draw(st.sampled_from(sorted(TEMPLATES)))]
    atoms = _atoms(vocabulary, names)
    if template.on_incident:
        a: Atom | None = Atom(where={"incident.open_referrals": {"le": draw(st.integers(0, 2))}})
    else:
        a = draw(atoms)
    b = draw(atoms) if template.atoms == 2 else None
    bounds = [key for key in ("within", "after") if getattr(template, key)]
    bound = draw(st.sampled_from([None, *bounds]))
    policy = Policy(
        id=f"policy-{draw(st.integers(1, 999_999))}",
        template=template.name,
        a=a,
        b=b,
        unless=draw(st.none() | atoms) if template.unless else None,
        within=draw(st.sampled_from(_BOUNDS)) if bound == "within" else None,
        after=draw(st.sampled_from(_BOUNDS)) if bound == "after" else None,
        count=draw(st.integers(1, 2)) if template.counted else 1,
        enforcement=draw(st.sampled_from(list(Enforcement))),
    )
    keys: list[str | None] = [None, *(_common_keys(policy, vocabulary) if template.per else ())]
    policy = attrs.evolve(policy, per=draw(st.sampled_from(keys)))
    return (
        policy
        if not compile_policy(policy, vocabulary, Calendar())[1]
        else attrs.evolve(policy, enforcement=Enforcement.WARN)
    )


def _common_keys(policy: Policy, vocabulary: Mapping[str, type[Event]]) -> list[str]:
    """Return the id fields by which both atoms can be correlated; a release without the field
    releases every value.
    """
    names = [name for atom in (policy.a, policy.b) if atom for name in atom.events]
    return [
        key
        for key in ("person", "referral", "follow_up", "responder")
        if names and all(key in field_names(vocabulary[name]) for name in names)
    ]


def books(
    vocabulary: Mapping[str, type[Event]] = EVENT_TYPES,
    *,
    most: int = 6,
    types: Iterable[str] | None = None,
) -> st.SearchStrategy[Book]:
    """Draw books of up to `most` policies."""
    return _several(vocabulary, most, types).map(
        lambda found: Book.of(found, vocabulary, Calendar())
    )


def programs(*, most: int = 6, types: Iterable[str] | None = None) -> st.SearchStrategy[Program]:
    """Draw programs of up to `most` policies and up to two tiers."""
    asked = st.lists(st.sampled_from([*map(str, Training)]), max_size=2, unique=True).map(tuple)
    # only a program's own courses cover skills, and the drawn programs have none
    seats = st.builds(
        lambda seat, asked: attrs.evolve(seat, training=asked, skills=()), records(Seat), asked
    )
    tiers = st.lists(seats, min_size=1, max_size=2).map(tuple)
    made = st.lists(st.tuples(tiers, st.sampled_from(list(ResponseModel))), max_size=2)
    return st.builds(
        lambda policies, tiers: Program(
            id="drawn",
            policies=policies,
            tiers=tuple(
                Tier(id=f"tier-{i}", model=model, seats=seats)
                for i, (seats, model) in enumerate(tiers, 1)
            ),
        ),
        _several(EVENT_TYPES, most, types),
        made,
    )


def _several(
    vocabulary: Mapping[str, type[Event]], most: int, types: Iterable[str] | None
) -> st.SearchStrategy[tuple[Policy, ...]]:
    drawn = st.lists(
        policies(vocabulary, types=types),
        min_size=1,
        max_size=most,
        unique_by=lambda policy: policy.id,
    )
    return drawn.map(tuple)


def opening() -> st.SearchStrategy[CallReceived]:
    """Draw calls that open an incident at `NOON`."""
    return records(CallReceived).map(lambda call: attrs.evolve(call, at=NOON))
