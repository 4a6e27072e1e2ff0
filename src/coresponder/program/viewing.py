"""Views: what each role sees of an event, for which purpose. What no view shows is hidden."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.domain.spoken import say_word
from coresponder.domain.types import Code, Id
from coresponder.domain.vocabulary import (
    AccessReason,
    AgeBand,
    ConsentScope,
    Need,
    Purpose,
    Role,
    ViewerRole,
)
from coresponder.errors import nearest
from coresponder.policy.atoms import field_names, field_type, path_getter
from coresponder.policy.bounds import say_duration
from coresponder.record import Record

__all__ = [
    "ALL",
    "NAMES_SOMEBODY",
    "Condition",
    "EmergencyAccess",
    "Reader",
    "Sight",
    "View",
    "Viewer",
    "roles_known",
    "view_problems",
]

ALL = "*"
"""Stands for every event type, or for every field."""

NAMES_SOMEBODY = frozenset(
    {"person", "protects", "identified_as", "subject", "referral", "follow_up"}
)
"""Fields of an event by which it is about somebody."""
_ALWAYS = frozenset({"at", "by", "approximate"})


@attrs.frozen(kw_only=True)
class Viewer(Record):
    """Somebody who asks to see something, as the host knows them. The host logs them in and says
    their roles; nothing here is checked against a person.

    Attributes:
        id: an opaque id. For the role `person` it is the id that incidents know the person by.
        roles: words of `Role` and `ViewerRole`, or the program's own.
        agency: the agency or organization to which they belong.
        acts_for: the ids of the people for whom they ask, such as an advocate's client or a
            guardian's child. Nothing is told of anybody who is kept apart from one of them.
    """

    id: Id
    roles: tuple[Code, ...]
    agency: Id | None = None
    acts_for: tuple[Id, ...] = ()

    @property
    def sides(self) -> tuple[str, ...]:
        """The people for whom they ask; somebody who asks as a person does so for themselves."""
        own = (self.id,) if ViewerRole.PERSON in self.roles else ()
        return (*own, *self.acts_for)


@attrs.frozen(kw_only=True)
class EmergencyAccess:
    """How a row is opened that shows only in an emergency (break glass).

    Attributes:
        reasons: the reasons for which it may be opened.
        lasts: for how long it is then open.
    """

    reasons: tuple[AccessReason, ...]
    lasts: dt.timedelta

    def __str__(self) -> str:
        """Say it in words.

        >>> from coresponder.domain.vocabulary import AccessReason
        >>> str(EmergencyAccess(reasons=(AccessReason.IMMINENT_DANGER,), lasts=dt.timedelta(hours=1)))
        'in an emergency (imminent danger), for 1 h'
        """
        return f"in an emergency ({_listed(self.reasons)}), for {say_duration(self.lasts)}"


@attrs.frozen(kw_only=True)
class View:
    """One row of what is seen. Rows add up: what any row shows is seen.

    Attributes:
        id: the name of the row.
        roles: who sees it: any of these.
        purposes: for what: any of these.
        events: the event types; `*` for all.
        whole: fields that are seen as they are; `*` for all. A path like `prior.open_referrals`
            shows a part of a field.
        coarse: fields of which less is seen: the day of a time, the age group of an age, and of
            anything else only that it is recorded.
        needs: only events of a referral for one of these needs; empty for any.
        own: only events about the viewer, by the id.
        with_consent: only events about a person whose consent to this scope is in force.
        audiences: the audiences of words in the vault that it opens.
        says: what must be told along with what it shows.
        logged: the disclosure log has who looked at what it shows.
        emergency_access: it shows only to a viewer who has opened it for an emergency.
        authority: the law, manual or decision on which it rests.
    """

    id: str
    roles: tuple[str, ...]
    purposes: tuple[Purpose, ...]
    events: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    coarse: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    own: bool = False
    with_consent: ConsentScope | None = None
    audiences: tuple[str, ...] = ()
    says: str = ""
    logged: bool = True
    emergency_access: EmergencyAccess | None = None
    authority: str

    @property
    def condition(self) -> Condition | None:
        """What must hold of an event so that the row shows it; None if nothing."""
        if self.needs or self.own or self.with_consent:
            return Condition(
                needs=frozenset(self.needs), own=self.own, with_consent=self.with_consent
            )
        return None

    @property
    def condition_text(self) -> str:
        """What must hold of an event, in words; empty if nothing."""
        parts = [str(self.emergency_access)] if self.emergency_access else []
        parts += [f"for {_listed(self.needs)}"] if self.needs else []
        parts += ["about the viewer"] if self.own else []
        parts += [f"with consent to {say_word(self.with_consent)}"] if self.with_consent else []
        return ", ".join(parts)

    def names(self, event: str) -> bool:
        """Return whether the row is about an event type."""
        return event in self.events or ALL in self.events


def _listed(words: Iterable[str]) -> str:
    return " or ".join(map(say_word, words))


@attrs.frozen(kw_only=True)
class Condition:
    """What must hold of an event so that a row shows it. See `View`.

    Attributes:
        apart: the event names nobody who is kept apart from somebody for whom the viewer asks.
    """

    needs: frozenset[Need] = frozenset()
    own: bool = False
    with_consent: ConsentScope | None = None
    apart: bool = False


def roles_known(own: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the roles that a view may name: those of the library, and the program's own."""
    standard = (*Role, *ViewerRole)
    return (*(role.value for role in standard), *own)


def view_problems(views: Iterable[View], vocabulary: Mapping[str, type[Event]]) -> Iterator[str]:
    """Yield what is wrong with the rows: an unknown event, or a field that none of its events has."""
    for view in views:
        where = f"[[view]] {view.id!r}"
        known = {ALL, *vocabulary}
        wrong = [name for name in view.events if name not in known]
        for name in wrong:
            yield f"{where}, event: there is no event {name!r}; {nearest(name, vocabulary)}"
        if not wrong:
            yield from _field_problems(view, vocabulary, where)


def _field_problems(view: View, vocabulary: Mapping[str, type[Event]], where: str) -> Iterator[str]:
    types = [cls for name, cls in vocabulary.items() if view.names(name)]
    for key, paths in (("whole", view.whole), ("coarse", view.coarse)):
        for path in paths:
            if path != ALL and not any(_has(cls, path) for cls in types):
                known = {name for cls in types for name in field_names(cls)}
                yield (
                    f"{where}, {key}: none of its events has a field {path!r};"
                    f" {nearest(path.split('.')[0], known)}"
                )
    twice = sorted({*view.whole} & {*view.coarse})
    if twice:
        yield f"{where}, coarse: {', '.join(twice)} is seen whole already; leave it out here"
    if view.emergency_access and not view.logged:
        yield f"{where}, logged: who looked in an emergency is always logged; leave it out"
    if view.needs and not all({"need", "referral"} & {*field_names(cls)} for cls in types):
        yield f"{where}, needs: it goes only with events of a referral"
    if (view.own or view.with_consent) and not all(_about_somebody(cls) for cls in types):
        key = "own" if view.own else "with_consent"
        yield f"{where}, {key}: it goes only with events that are about a person, a referral or a follow-up"


def _about_somebody(cls: type[Event]) -> bool:
    return bool({"person", "referral", "follow_up"} & {*field_names(cls)})


def _has(cls: type[Event], path: str) -> bool:
    if path.partition(".")[0] not in field_names(cls):  # most are not, and need no nearest name
        return False
    try:
        field_type(cls, path)
    except ValueError:
        return False
    return True


@attrs.frozen
class Reader:
    """What one row shows of one event type.

    Attributes:
        condition: what must hold of an event.
        whole: paths that are seen as they are, each with the function that reads it.
        coarse: paths of which less is seen.
        at: whether the time is seen to the second; otherwise only the day is.
        view: the row.
        paths: every path of which something is seen, and `at`, since the event is.
        exact: the paths that are seen as they are.
    """

    condition: Condition | None
    whole: tuple[tuple[str, Callable[[Any], Any]], ...]
    coarse: tuple[tuple[str, Callable[[Any], Any]], ...]
    at: bool
    view: View
    paths: frozenset[str] = attrs.field(init=False)
    exact: frozenset[str] = attrs.field(init=False)

    @paths.default
    def _paths(self) -> frozenset[str]:
        return frozenset({"at", *(path for path, _ in (*self.whole, *self.coarse))})

    @exact.default
    def _exact(self) -> frozenset[str]:
        return frozenset({*(path for path, _ in self.whole), *(["at"] if self.at else [])})

    def adds_to(self, others: Iterable[Reader]) -> bool:
        """Return whether it shows something that others do not show, or show with less."""
        known = tuple(others)
        paths, exact = self.paths, self.exact
        for one in known:
            paths, exact = paths - one.paths, exact - one.exact
        return bool(paths or exact)


@attrs.frozen(eq=False)
class Sight:
    """What some roles see for a purpose: the rows of a program that apply, by event type.

    Attributes:
        views: the rows.
        apart: whether somebody is kept apart from somebody for whom the viewer asks; each row then
            has that as a condition.
        readers: event type -> what each row shows of it.
    """

    views: tuple[View, ...]
    vocabulary: Mapping[str, type[Event]]
    apart: bool = False
    readers: Mapping[str, tuple[Reader, ...]] = attrs.field(init=False)

    @readers.default
    def _read(self) -> Mapping[str, tuple[Reader, ...]]:
        found = {
            name: tuple(self._reader(view, cls) for view in self.views if view.names(name))
            for name, cls in self.vocabulary.items()
        }
        return {name: readers for name, readers in found.items() if readers}

    def _reader(self, view: View, cls: type[Event]) -> Reader:
        found = _reader(view, cls)
        if not self.apart or not NAMES_SOMEBODY & {*field_names(cls)}:
            return found
        return attrs.evolve(
            found, condition=attrs.evolve(found.condition or Condition(), apart=True)
        )

    def sees(self, event: str) -> bool:
        """Return whether every event of this type is seen, to the second."""
        return any(one.condition is None and one.at for one in self.readers.get(event, ()))

    def reads(self, event: str) -> bool:
        """Return whether something of every event of this type is seen, and so at least its day."""
        return any(one.condition is None for one in self.readers.get(event, ()))

    def shows(self, event: str, path: str) -> bool:
        """Return whether a field is seen whole in every event of this type, to the second."""
        always = [one for one in self.readers.get(event, ()) if one.condition is None]
        paths = {name for one in always for name, _ in one.whole}
        parts = path.split(".")
        within = {".".join(parts[: length + 1]) for length in range(len(parts))}
        return any(one.at for one in always) and (path == "at" or bool(within & paths))

    @property
    def audiences(self) -> frozenset[str]:
        """The audiences of words in the vault that are opened."""
        return frozenset(word for view in self.views for word in view.audiences)


def sight_of(
    views: Iterable[View],
    vocabulary: Mapping[str, type[Event]],
    roles: Iterable[str],
    purpose: Purpose,
    *,
    apart: bool = False,
    opened: Collection[str] = (),
) -> Sight:
    """Return what some roles see for a purpose, with the rows that are opened for an emergency. See
    `Sight`.
    """
    asked = {*roles}
    rows = (
        view
        for view in views
        if asked & {*view.roles}
        and purpose in view.purposes
        and (view.emergency_access is None or view.id in opened)
    )
    return Sight(tuple(rows), vocabulary, apart)


def _reader(view: View, cls: type[Event]) -> Reader:
    own = tuple(field.name for field in attrs.fields(cls))
    paths = own if ALL in view.whole else tuple(path for path in view.whole if _has(cls, path))
    coarse = own if ALL in view.coarse else tuple(path for path in view.coarse if _has(cls, path))
    rest = [path for path in coarse if path not in paths]
    return Reader(
        condition=view.condition,
        whole=tuple((path, _whole(cls, path)) for path in paths if path != "at"),
        coarse=tuple((path, _coarse(cls, path)) for path in rest if path != "at"),
        at="at" in paths,
        view=view,
    )


def _whole(cls: type[Event], path: str) -> Callable[[Any], Any]:
    read, hint = path_getter(path), field_type(cls, path)
    if hint in {bool, int, float, str}:
        return read
    return lambda event: plain(read(event))


def _coarse(cls: type[Event], path: str) -> Callable[[Any], Any]:
    read, hint = path_getter(path), field_type(cls, path)
    if hint is AgeBand:
        return lambda event: (band := read(event)) and band.group.value
    if hint is dt.datetime:
        return read  # the day is found where the time zone is known
    return lambda event: None if read(event) in (None, ()) else RECORDED


RECORDED = "recorded"
"""What is seen of a value of which only its presence is seen."""


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if value is None:
        return None
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Record):
        return value.to_dict()
    return [plain(one) for one in value] if isinstance(value, tuple) else value
