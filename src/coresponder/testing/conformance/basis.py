"""Tools with which the rules are written: sample steps, a workflow on the part under test, and
failures that name the rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import CallSource, Nature
from coresponder.errors import CoresponderError
from coresponder.program import Notice, load_program
from coresponder.stores.base import Append, Summary
from coresponder.stores.codec import encode
from coresponder.stores.memory import MemoryStore
from coresponder.stores.ports import Part, Store
from coresponder.workflow import Workflow

__all__ = [
    "NOON",
    "PROGRAM",
    "a_notice",
    "a_step",
    "at",
    "expect",
    "interrupted",
    "received",
    "refuses",
    "whole",
    "workflow_on",
]

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PROGRAM = load_program("cit")


def at(minutes: float) -> dt.datetime:
    """Return a time that many minutes after noon."""
    return NOON + dt.timedelta(minutes=minutes)


def expect(holds: bool, rule: str) -> None:
    """Fail with the rule if it does not hold."""
    if not holds:
        raise AssertionError(rule)


def refuses(error: type[CoresponderError], act: Callable[[], object], rule: str) -> None:
    """Fail with the rule if the error is not raised."""
    try:
        act()
    except error:
        return
    raise AssertionError(f"{rule}: {error.__name__} was not raised")


def whole(**part: Any) -> Store:
    """Return the part itself if it is a store; otherwise a memory store that uses the part,
    passed as the argument of `ComposedStore` that the keyword names.
    """
    ((_, one),) = part.items()
    return one if hasattr(one, "checkpoint") else MemoryStore(**part)


def workflow_on(store: Store, *, agency: str = "north") -> Workflow:
    """Return a workflow whose clock is far ahead, so that no decision of a rule lies in its
    future.
    """
    return Workflow(PROGRAM, store, agency=agency, clock=lambda: at(60 * 24 * 400))


def received(minutes: float = 0) -> e.CallReceived:
    """Return the event that opens an incident."""
    return e.CallReceived(
        at=at(minutes), by="dispatcher-1", source=CallSource.NINE_ONE_ONE, nature=Nature.PSYCHOSIS
    )


def a_step(
    incident: str, expected: int, *events: e.Event, agency: str = "north", **more: Any
) -> Append:
    """Return a step that adds events to an incident; `more` are fields of `Append`."""
    rows = tuple(
        (kind, version, event.at, body)
        for event in events
        for kind, version, body in (encode(event),)
    )
    summary = Summary(
        incident=incident,
        program=PROGRAM.name,
        state="received",
        version=expected + len(rows),
        opened_at=NOON,
    )
    made = Append(agency=agency, expected=expected, rows=rows, recorded_at=NOON, summary=summary)
    return attrs.evolve(made, **more)


def a_notice(incident: str, number: int, channel: str = "") -> Notice:
    """Return a notice of an event."""
    return Notice(
        incident=incident,
        about="violation",
        to="supervisor",
        event="CallReceived",
        number=number,
        channel=channel,
    )


def interrupted(part: Part, write: Callable[[], object]) -> None:
    """Write something in a batch that is interrupted, as when a person stops an import."""
    with suppress(KeyboardInterrupt), part.batch():
        write()
        raise KeyboardInterrupt
