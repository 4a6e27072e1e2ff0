"""Do two histories that look alike to a role look alike through every door?

`twins` makes a second history that differs from a first one only in what the program's rows hide
from a role. It reads the rows by itself, not through the code that applies them.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterable
from typing import Any

import attrs
from hypothesis import strategies as st

from coresponder.domain.events import (
    ConsentDeclined,
    ConsentGiven,
    ConsentWithdrawn,
    EnteredInError,
    Event,
    NoContactLifted,
    NoContactMarked,
    PersonIdentified,
    ReferralOffered,
)
from coresponder.domain.vocabulary import AgeBand, Purpose
from coresponder.policy.atoms import path_getter
from coresponder.program import Case, Program
from coresponder.program.viewing import View, Viewer
from coresponder.program.views import apart_from_sides, seen, sight
from coresponder.proof.sights import possible_states, told_rules
from coresponder.testing.strategies import records
from coresponder.workflow.seen_permissions import seen_permissions

__all__ = ["answers", "assert_alike", "twins"]

_BASIS = (
    ConsentGiven,
    ConsentDeclined,
    ConsentWithdrawn,
    ReferralOffered,
    PersonIdentified,
    NoContactMarked,
    NoContactLifted,
)
"""What decides whether a row with a condition applies. It stays as it is in a twin."""


def answers(
    program: Program, case: Case, viewer: Viewer, purpose: Purpose, now: dt.datetime
) -> str:
    """Return all that a viewer is told of a case, as text: the timeline, the possible states, what
    is permitted and what is owed.
    """
    found = seen(program, case, viewer, purpose, now)
    shown = sight(program, viewer, purpose, apart_from_sides(case, viewer))
    told = told_rules(program, shown)
    permitted = seen_permissions(program, shown, case, found.lines, now)
    return json.dumps(
        {
            "timeline": [str(line) for line in found.lines],
            "seen": found.to_dict(),
            "states": possible_states(program, shown, found.lines),
            "permitted": [str(one) for one in permitted],
            "due": [str(one) for one in program.obligations(case, now) if one.policy in told],
        },
        indent=1,
    )


def assert_alike(
    program: Program, one: Case, other: Case, viewer: Viewer, purpose: Purpose, now: dt.datetime
) -> None:
    """Fail if a viewer is told something different of two cases.

    Raises:
        AssertionError: the first answer that differs is in the text.
    """
    first, second = (answers(program, case, viewer, purpose, now) for case in (one, other))
    if first != second:
        pairs = zip(first.splitlines(), second.splitlines(), strict=False)
        differ = next((pair for pair in pairs if pair[0] != pair[1]), ("more lines", "fewer lines"))
        raise AssertionError(
            f"{' and '.join(viewer.roles)} for {purpose.value} can tell two histories apart that"
            f" differ only in what is hidden from them:\n  {differ[0].strip()}\n"
            f"  {differ[1].strip()}"
        )


@st.composite
def twins(
    draw: st.DrawFn, program: Program, case: Case, roles: Iterable[str], purpose: Purpose
) -> Case:
    """Draw a history that differs from that of a case only in what the rows hide from some roles:
    hidden events are left out, moved or added, and hidden fields have other values.
    """
    asked = {*roles}
    rows = [row for row in program.views if asked & {*row.roles} and purpose in row.purposes]
    events = list(case.recorded())
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
    if isinstance(event, _BASIS) and any(row.condition for row in rows):
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
        and cls is not EnteredInError
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
