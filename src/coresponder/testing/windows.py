"""Do two histories that look alike to a role look alike through every door?

`twins` makes a second history that differs from a first one only in what the program's rows hide
from a role. It reads the rows by itself, not through the code that applies them.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable, Iterable
from typing import Any

import attrs
from hypothesis import strategies as st

from coresponder.domain.events import (
    ConsentDeclined,
    ConsentGiven,
    ConsentWithdrawn,
    EmergencyAccessOpened,
    EmergencyAccessReviewed,
    EnteredInError,
    Event,
    FollowUpScheduled,
    NoContactLifted,
    NoContactMarked,
    NoteAdded,
    PersonIdentified,
    ReferralOffered,
)
from coresponder.domain.vocabulary import AgeBand, Purpose
from coresponder.errors import CoresponderError
from coresponder.policy.atoms import path_getter
from coresponder.program import Case, Program
from coresponder.program.emergency import rows_open
from coresponder.program.viewing import View, Viewer
from coresponder.stores.memory import MemoryStore
from coresponder.stores.pages import Page
from coresponder.testing.strategies import records
from coresponder.workflow import Workflow

__all__ = ["answers", "assert_alike", "twins", "views"]

_BASIS = (
    ConsentGiven,
    ConsentDeclined,
    ConsentWithdrawn,
    ReferralOffered,
    FollowUpScheduled,
    PersonIdentified,
    NoContactMarked,
    NoContactLifted,
)
"""What decides whether a row with a condition applies. It stays as it is in a twin."""
_WEEK = dt.timedelta(days=7)
_ABOUT = ("person", "referral", "follow_up")
"""Fields that a row with a condition reads. They stay as they are in a twin."""

_ACCESS = (EmergencyAccessOpened, EmergencyAccessReviewed)
"""What decides whether a row is opened for an emergency."""


def answers(
    program: Program,
    case: Case,
    viewer: Viewer,
    purpose: Purpose,
    now: dt.datetime,
    *,
    beside: Iterable[Case] = (),
    entries: Iterable[str] = (),
) -> str:
    """Return all that a window tells a viewer of a case, as text: each answer of each door.

    Args:
        program: the program.
        case: the case; its events are put into a new store.
        viewer: who looks.
        purpose: for what.
        now: when.
        beside: other cases in the store.
        entries: ids of words that the viewer asks for, whether they were noted or not.
    """
    workflow = Workflow(program, MemoryStore(), clock=lambda: now, recognizer=None)
    for one in (case, *beside):
        workflow.replay(one.id, one.recorded())
    window = workflow.as_(viewer, purpose)
    doors: dict[str, Callable[[], Any]] = {
        "view": lambda: window.view(case.id).to_dict(),
        "timeline": lambda: [str(line) for line in window.timeline(case.id)],
        "states": lambda: window.states(case.id),
        "permitted": lambda: [
            one.to_dict() | {"says": str(one)} for one in window.permitted(case.id)
        ],
        "due": lambda: _pages(window.due),
        "overdue": lambda: _pages(functools.partial(window.due, overdue=True)),
        "due of the viewer": lambda: _pages(functools.partial(window.due, owner=viewer.id)),
        "find": lambda: _pages(window.find),
        "find by nature": lambda: _pages(functools.partial(window.find, nature="psychosis")),
        "find by period": lambda: _pages(functools.partial(window.find, period=(now - _WEEK, now))),
    }
    doors |= {f"recall {one}": functools.partial(window.recall, case.id, one) for one in entries}
    return json.dumps({name: _answer(door) for name, door in doors.items()}, indent=1, default=str)


def _answer(door: Callable[[], Any]) -> Any:
    """Return what a door answers; an error is an answer, too."""
    try:
        return door()
    except CoresponderError as error:
        return f"{type(error).__name__}: {error}"


def _pages(ask: Callable[..., Page[Any]]) -> list[Any]:
    """Return what the pages of one item have, each with its cursor."""
    found: list[Any] = []
    after: str | None = None
    while True:
        page = ask(limit=1, after=after)
        found += [[one.to_dict() for one in page], page.next]
        after = page.next
        if after is None:
            return found


def assert_alike(
    program: Program,
    one: Case,
    other: Case,
    viewer: Viewer,
    purpose: Purpose,
    now: dt.datetime,
    *,
    beside: Iterable[Case] = (),
) -> None:
    """Fail if a window tells a viewer something different of two cases, through whichever door.

    Args:
        program: the program.
        one: a case.
        other: a case that differs from it only in what is hidden, such as one of its `twins`.
        viewer: who looks.
        purpose: for what.
        now: when.
        beside: other cases in the store.

    Raises:
        AssertionError: the first answer that differs is in the text.
    """
    cases, beside = (one, other), tuple(beside)
    noted = {
        event.entry for case in cases for event in case.recorded() if isinstance(event, NoteAdded)
    }
    ask = functools.partial(
        answers,
        program,
        viewer=viewer,
        purpose=purpose,
        now=now,
        beside=beside,
        entries=sorted(noted),
    )
    first, second = map(ask, cases)
    if first != second:
        pairs = zip(first.splitlines(), second.splitlines(), strict=False)
        differ = next((pair for pair in pairs if pair[0] != pair[1]), ("more lines", "fewer lines"))
        raise AssertionError(
            f"{' and '.join(viewer.roles)} for {purpose.value} can tell two histories apart that"
            f" differ only in what is hidden from them:\n  {differ[0].strip()}\n"
            f"  {differ[1].strip()}"
        )


@st.composite
def views(
    draw: st.DrawFn,
    program: Program,
    *,
    roles: tuple[str, ...] = ("patrol_officer",),
    purpose: Purpose = Purpose.OPERATIONS,
) -> tuple[View, ...]:
    """Draw rows that show all events to some roles, but for a few: of these, nothing, not every
    field, or only less. Most rules are then told, and one thing that they must not tell is hidden.
    """
    named = sorted({name for policy in program.book.policies for name in policy.mentions})
    few = st.sampled_from(named or [*program.vocabulary]) | st.sampled_from([*program.vocabulary])
    hidden = draw(st.lists(few, min_size=1, max_size=3, unique=True))
    row = functools.partial(
        View, roles=roles, purposes=(purpose,), authority="drawn", logged=draw(st.booleans())
    )
    rest = tuple(name for name in program.vocabulary if name not in hidden)
    found = [row(id="rest", events=rest, whole=("*",))]
    for name in hidden:
        fields = [field.name for field in attrs.fields(program.vocabulary[name])]
        out = draw(st.none() | st.sampled_from(fields))
        if out is None:
            continue
        whole = tuple(field for field in fields if field != out)
        coarse = (out,) if draw(st.booleans()) else ()
        found.append(row(id=f"part-{name}", events=(name,), whole=whole, coarse=coarse))
    return tuple(found)


@st.composite
def twins(
    draw: st.DrawFn, program: Program, case: Case, roles: Iterable[str], purpose: Purpose
) -> Case:
    """Draw a history that differs from that of a case only in what the rows hide from some roles:
    hidden events are left out, moved or added, and hidden fields have other values.
    """
    asked = {*roles}
    events = list(case.recorded())
    opened = rows_open(one for one in events if isinstance(one, EmergencyAccessOpened))
    rows = [
        row
        for row in program.views
        if asked & {*row.roles}
        and purpose in row.purposes
        and (row.emergency_access is None or row.id in opened)
    ]
    kept = {
        number: new
        for number, event in enumerate(events, start=1)
        if (new := _twin_of(draw, event, rows, program)) is not None
    }
    kept |= {number: events[number - 1] for number in _bound(events, rows, case)}
    places = {number: place for place, number in enumerate(sorted(kept), start=1)}
    found = [_renumbered(kept[number], places) for number in sorted(kept)]
    extra = [] if draw(st.booleans()) else _added(draw, program, rows, case)
    return program.replay(case.id, [*found, *extra])


def _bound(events: list[Event], rows: list[View], case: Case) -> set[int]:
    """Return the numbers of events that stay: those that were voided, and what voids them."""
    found: set[int] = set()
    for number, event in enumerate(events, start=1):
        if isinstance(event, EnteredInError):
            found |= {number, event.event}
    return found | {1}


def _renumbered(event: Event, places: dict[int, int]) -> Event:
    if isinstance(event, EnteredInError):
        return attrs.evolve(event, event=places[event.event])
    return event


def _twin_of(draw: st.DrawFn, event: Event, rows: list[View], program: Program) -> Event | None:
    """Return an event that looks like this one; None if it may be left out and is."""
    name = type(event).__name__
    named = [row for row in rows if row.names(name)]
    if isinstance(event, _ACCESS) or (
        isinstance(event, _BASIS) and any(row.condition for row in rows)
    ):
        return event
    choice = draw(st.sampled_from(("same", "other", "gone" if not named else "other")))
    if choice == "same":
        return event
    if choice == "gone":
        return None
    other = draw(records(type(event)))
    zone = program.calendar.time_zone
    looks = functools.partial(looks_like, rows=named, zone=zone)
    for field in attrs.fields(type(event)):
        value = getattr(other, field.name)
        if field.name == "at":
            value = event.at + draw(st.integers(-20, 20)) * dt.timedelta(minutes=1)
        try:
            changed = attrs.evolve(event, **{field.name: value})
        except (ValueError, TypeError):
            continue
        event = changed if looks(changed) == looks(event) else event
    return event


def _added(draw: st.DrawFn, program: Program, rows: list[View], case: Case) -> list[Event]:
    """Return an event of a type that is hidden."""
    hidden = [
        cls
        for name, cls in program.vocabulary.items()
        if not any(row.names(name) for row in rows)
        and not issubclass(cls, (EnteredInError, *_ACCESS))
        and not (issubclass(cls, _BASIS) and any(row.condition for row in rows))
    ]
    if not hidden:
        return []
    event = draw(records(draw(st.sampled_from(hidden))))
    return [
        attrs.evolve(event, at=case.last_at + draw(st.integers(-60, 60)) * dt.timedelta(minutes=1))
    ]


def looks_like(event: Event, *, rows: list[View], zone: dt.tzinfo) -> Any:
    """Return what the rows show of an event, read from the rows alone."""
    names = [field.name for field in attrs.fields(type(event))]
    whole = {path for row in rows for path in (names if "*" in row.whole else row.whole)}
    coarse = {path for row in rows for path in (names if "*" in row.coarse else row.coarse)}
    shown = [(path, _read(event, path)) for path in sorted(whole)]
    shown += [(path, _less(_read(event, path), zone)) for path in sorted(coarse - whole)]
    shown += [(path, _read(event, path)) for path in _ABOUT if any(row.condition for row in rows)]
    if rows and "at" not in whole:
        shown.append(("day", _less(event.at, zone)))
    if "at" not in whole:
        shown = [one for one in shown if one[0] != "approximate"]
    elif rows:
        shown.append(("approximate", event.approximate))
    return shown


def _read(event: Event, path: str) -> Any:
    try:
        return path_getter(path)(event)
    except AttributeError:
        return None


def _less(value: Any, zone: dt.tzinfo) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).date()
    return value.group if isinstance(value, AgeBand) else value in (None, ())
