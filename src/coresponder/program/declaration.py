"""What a program declares, compiled once: the data on which every decision is based."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

import attrs

from coresponder.domain.disclosed import RecordDisclosed, fold_of_disclosure
from coresponder.domain.events import (
    EVENT_TYPES,
    Decision,
    EnteredInError,
    Event,
    PersonIdentified,
    PolicyOverridden,
)
from coresponder.domain.fold import Fold, fold_for
from coresponder.domain.objects import Incident, LocalCode, Responder
from coresponder.domain.vocabulary import Nature, Purpose
from coresponder.errors import InvalidEvent, InvalidProgram, nearest
from coresponder.lifecycle import INCIDENT, PARTS, Lifecycle
from coresponder.policy.book import Book
from coresponder.policy.bounds import Calendar, Plausible
from coresponder.policy.policy import Policy
from coresponder.policy.tables import Reading
from coresponder.program.notices import NoticeRule
from coresponder.program.own import as_class, declared, same_shape, why_unknown
from coresponder.program.own_words import VOCABULARIES, OwnWords, standard_fields
from coresponder.program.retention import Retention, retention_problems
from coresponder.program.viewing import Sight, View, sight_of, view_problems
from coresponder.roster.course import Course
from coresponder.roster.courses import Courses, course_problems
from coresponder.roster.events import RESPONDER_EVENTS
from coresponder.roster.staffing import Staffing, Tier, choose_team, staffing_problems
from coresponder.roster.standing import fold_of_responder

__all__ = ["Declaration", "Plan"]


@attrs.frozen(kw_only=True)
class Plan:
    """Everything that a step needs to know about one event type, looked up once. `quick` has what
    most steps need, in one tuple: the fold; the moves that do not open the incident (None if the
    lifecycle does not regulate the event); the reading; and the state it leads to as the first
    event of all.
    """

    event: str
    fold: Fold
    moves: Mapping[str, str] | None
    reading: Reading
    refusable: bool
    part: str | None
    told: bool
    quick: tuple[Fold, Mapping[str, str] | None, Reading, str | None]


def _policies(values: Iterable[Policy]) -> tuple[Policy, ...]:
    return tuple(values)


def _tiers(values: Iterable[Tier]) -> tuple[Tier, ...]:
    return tuple(values)


def _trainings(values: Iterable[Course]) -> tuple[Course, ...]:
    return tuple(values)


def _courses(declaration: Declaration) -> Courses:
    courses = Courses(declaration.trainings)
    problems = [*course_problems(courses), *staffing_problems(declaration.tiers, courses)]
    if problems:
        raise InvalidProgram(*problems, source=declaration.id)
    return courses


def _notices(values: Iterable[NoticeRule]) -> tuple[NoticeRule, ...]:
    return tuple(values)


def _retention(values: Iterable[Retention]) -> tuple[Retention, ...]:
    return tuple(values)


def _check_retention(_: object, __: object, rules: tuple[Retention, ...]) -> None:
    if problems := retention_problems(rules):
        raise InvalidProgram(*problems)


def _events(values: Iterable[type[Event]]) -> tuple[type[Event], ...]:
    return tuple(values)


def _views(values: Iterable[View]) -> tuple[View, ...]:
    return tuple(values)


_SightKey = tuple[tuple[str, ...], Purpose, bool, frozenset[str]]


def _sights(declaration: Declaration) -> dict[_SightKey, Sight]:
    """Check the views; what each viewer sees is looked up later, once."""
    problems = tuple(view_problems(declaration.views, declaration.vocabulary))
    if problems:
        raise InvalidProgram(*problems, source=declaration.id)
    return {}


def _book(declaration: Declaration) -> Book:
    """Compile the policies on the program's own subject, and check all others for mistakes."""
    books = {
        subject: Book.of(
            _policies_on(subject, declaration.policies),
            declaration.vocabulary if subject == declaration.subject else _RESPONDERS,
            declaration.calendar,
        )
        for subject in ("responder", declaration.subject)
    }
    return books[declaration.subject]


def _policies_on(subject: str, policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """Return the policies on a subject, with their conditions written for the state of its stream."""
    found = tuple(policy for policy in policies if policy.on == subject)
    if subject != "responder":
        return found
    strange = [
        f"[[policy]] {policy.id!r}, {key}.where: {path!r} is of an incident; a policy on a"
        " responder reads responder.<field>"
        for policy in found
        for key in ("a", "b", "unless")
        for path in getattr(getattr(policy, key), "where", ())
        if path.startswith("incident.")
    ]
    if strange:
        raise InvalidProgram(*strange)
    return tuple(
        attrs.evolve(
            policy,
            **{
                key: atom and atom.of_responder()
                for key in ("a", "b", "unless")
                for atom in (getattr(policy, key),)
            },
        )
        for policy in found
    )


_MOST_SIGHTS = 256
"""How many combinations of roles and purpose are remembered."""

_RESPONDERS: Mapping[str, type[Event]] = MappingProxyType(
    {**RESPONDER_EVENTS, PolicyOverridden.__name__: PolicyOverridden}
)
"""The event types that a responder's stream may have."""
_DISCLOSURES: Mapping[str, type[Event]] = MappingProxyType(
    {RecordDisclosed.__name__: RecordDisclosed}
)
_FOLDS = {"responder": fold_of_responder, "disclosure": fold_of_disclosure}


@attrs.frozen(kw_only=True)
class Declaration:
    """Lifecycle + staffing + policies + notices, with an id and a version. A program is checked
    when it is made.

    Attributes:
        id, version: the name that ties a case to its program.
        policies: the book's rules.
        trainings: the agency's own courses, and its requirements for the standard ones.
        tiers: staffing, in order of preference.
        views: what each role sees, for which purpose; without one, nobody sees anything.
        retention: how long words are kept, by kind; words without a rule are kept.
        lifecycle: the incident's machine, extended where the agency needs it.
        events: the agency's own event types.
        own_words: the agency's own words, each with the standard value for which it counts.
        natures: the natures that qualify for the program; empty means all.
        look_ahead: `Workflow.permitted` warns of decisions after which no compliant finish exists.
        own_numbers: the shapes of the agency's own numbers that look like something personal. Such
            a number may enter, but not as the id of a person.
        plausible: the earliest times at which a recorded event can have happened.
        subject: the subject of its cases: incidents, responders (`Program.for_responders`), or
            what was shown of an incident (`disclosure`).
        name: `id@version`, which is kept with each case.
        since: the first instant that is plausible.
    """

    id: str
    version: str = "1"
    title: str = ""
    authority: str = ""
    policies: tuple[Policy, ...] = attrs.field(default=(), converter=_policies, repr=False)
    trainings: tuple[Course, ...] = attrs.field(default=(), converter=_trainings, repr=False)
    tiers: tuple[Tier, ...] = attrs.field(default=(), converter=_tiers, repr=False)
    notices: tuple[NoticeRule, ...] = attrs.field(default=(), converter=_notices, repr=False)
    views: tuple[View, ...] = attrs.field(default=(), converter=_views, repr=False)
    retention: tuple[Retention, ...] = attrs.field(
        default=(), converter=_retention, validator=_check_retention, repr=False
    )
    lifecycle: Lifecycle = attrs.field(default=INCIDENT, repr=False)
    calendar: Calendar = attrs.field(default=Calendar(), repr=False)
    events: tuple[type[Event], ...] = attrs.field(default=(), converter=_events, repr=False)
    own_words: OwnWords = attrs.field(factory=dict, repr=False)
    natures: tuple[Nature, ...] = attrs.field(default=(), repr=False)
    look_ahead: bool = False
    own_numbers: tuple[str, ...] = attrs.field(default=(), repr=False)
    plausible: Plausible = Plausible()
    subject: str = "incident"
    definition: Mapping[str, Any] = attrs.field(factory=dict, repr=False, eq=False)
    name: str = attrs.field(init=False, repr=False, eq=False)
    vocabulary: Mapping[str, type[Event]] = attrs.field(init=False, repr=False, eq=False)
    book: Book = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(_book, takes_self=True)
    )
    courses: Courses = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(_courses, takes_self=True)
    )
    since: dt.datetime = attrs.field(init=False, repr=False, eq=False)
    _known_sights: dict[_SightKey, Sight] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(_sights, takes_self=True)
    )
    _plans: dict[type[Event], Plan] = attrs.field(init=False, repr=False, eq=False, factory=dict)

    @vocabulary.default
    def _vocabulary(self) -> Mapping[str, type[Event]]:
        if self.subject != "incident":
            return _RESPONDERS if self.subject == "responder" else _DISCLOSURES
        own = {cls.__name__: cls for cls in self.events}
        return MappingProxyType({**EVENT_TYPES, **own})

    @since.default
    def _first_instant(self) -> dt.datetime:
        return self.plausible.first(self.calendar)

    @name.default
    def _name(self) -> str:
        return f"{self.id}@{self.version}"

    def __copy__(self) -> Self:
        """Return the program itself: it is frozen."""
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        """Return the program itself: it is frozen."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the declaration; it is compiled again when it is loaded."""
        made_of = {
            field.name: getattr(self, field.name)
            for field in attrs.fields(type(self))
            if field.init
        }
        return _compiled_again, (
            type(self),
            {**made_of, "events": tuple(map(declared, self.events))},
        )

    def staff(
        self,
        responders: Iterable[Responder],
        *,
        at: dt.datetime,
        nature: Nature,
        incident: Incident | None = None,
    ) -> Staffing:
        """Choose a team by the program's tiers. The conditions of a tier read the incident."""
        return choose_team(
            self.tiers, responders, at=at, nature=nature, incident=incident, courses=self.courses
        )

    def qualifies(self, nature: Nature) -> bool:
        """Return whether calls of this nature qualify for the program."""
        return not self.natures or nature in self.natures

    def standard(self, field: str, code: str) -> tuple[StrEnum, LocalCode]:
        """Return the standard value of one of the agency's own words, and the word to keep beside
        the value in an event's `local`.

        Args:
            field: the vocabulary: `nature`, `disposition`, `source`, `need`, `technique` or
                `facility`.
            code: the agency's word or code.

        Raises:
            InvalidProgram: the program does not have this word; the message has the nearest one.
        """
        words = self.own_words.get(field, {})
        if code not in words:
            raise InvalidProgram(
                f"[vocabulary.{field}] has no {code!r}; {nearest(code, words)}", source=self.name
            )
        return VOCABULARIES[field](words[code]), LocalCode(field=field, code=code)

    def make_event(self, name: str, **fields: Any) -> Event:
        """Return an event of this program. Its fields may have the agency's own words: each becomes
        its standard value, and is kept beside the value in the event's `local`.

        Raises:
            InvalidEvent: there is no such event; the message has the nearest name.
            pydantic.ValidationError: a field does not fit.
        """
        return self.event_type(name).from_dict(standard_fields(self.own_words, fields))

    def event_type(self, name: str) -> type[Event]:
        """Return an event type by name; raise `InvalidEvent` with the nearest name."""
        found = self.vocabulary.get(name)
        if found is None:
            raise InvalidEvent(
                f"program {self.name} has no event {name!r}; {nearest(name, self.vocabulary)}"
            )
        return found

    def sight(
        self,
        roles: tuple[str, ...],
        purpose: Purpose,
        *,
        apart: bool = False,
        opened: frozenset[str] = frozenset(),
    ) -> Sight:
        """Return what some roles see of events for a purpose, by the views. See `Sight`."""
        key = (roles, purpose, apart, opened)
        found = self._known_sights.get(key)
        if found is None:
            if len(self._known_sights) >= _MOST_SIGHTS:
                self._known_sights.clear()
            found = sight_of(
                self.views, self.vocabulary, roles, purpose, apart=apart, opened=opened
            )
            self._known_sights[key] = found
        return found

    def plan(self, event_type: type[Event]) -> Plan:
        """Return what a step needs to know about an event type; raise `InvalidEvent` if the program
        does not have it.
        """
        return self._plans.get(event_type) or self._planned(event_type)

    def _planned(self, event_type: type[Event]) -> Plan:
        name = event_type.__name__
        known = self.vocabulary.get(name)
        if known is not event_type and not (known and same_shape(known, event_type)):
            raise InvalidEvent(f"program {self.name} {why_unknown(event_type, self.vocabulary)}")
        part = next(
            (field for field, lifecycle in PARTS.items() if lifecycle.regulates(name)), None
        )
        folds = _FOLDS.get(self.subject, fold_for)
        fold, reading = folds(event_type), self.book.tables.reading(name)
        moves = dict(self.lifecycle.table[name]) if self.lifecycle.regulates(name) else None
        final, initial = self.lifecycle.final, self.lifecycle.initial
        easy = moves and {
            source: target
            for source, target in moves.items()
            if source == target or source != initial
        }
        if event_type in {EnteredInError, PersonIdentified}:
            easy = {}
        first = (moves or {}).get(initial)
        if part is not None or first == initial or first in final:
            first = None
        plan = Plan(
            event=name,
            fold=fold,
            moves=moves,
            reading=reading,
            refusable=issubclass(event_type, Decision),
            part=part,
            told=any(rule.on == name for rule in self.notices),
            quick=(fold, easy, reading, first),
        )
        self._plans[event_type] = plan
        return plan


def _compiled_again(cls: type[Declaration], made_of: dict[str, Any]) -> Declaration:
    return cls(**{**made_of, "events": tuple(map(as_class, made_of["events"]))})
