"""A log of events outside a store: what one row of it says, and how rows become histories again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import attrs

from coresponder.domain.events import Event
from coresponder.domain.types import Id, opaque_id
from coresponder.errors import CorruptRecord
from coresponder.program import Case
from coresponder.record import Record
from coresponder.stores.codec import Stored, decode

__all__ = ["History", "Logged", "NotUsed", "histories_of", "logged"]


class Logged(NamedTuple):
    """One event of a log.

    Attributes:
        incident: the incident's id.
        number: its place in the order in which the incident's events were recorded, from 1.
        type: the event's type.
        version: of the event's fields.
        body: the event's fields as JSON.
    """

    incident: str
    number: int
    type: str
    version: int
    body: str


@attrs.frozen
class History:
    """An incident of a log: its events in the order in which they were recorded."""

    incident: Id
    events: tuple[Event, ...]


@attrs.frozen(kw_only=True)
class NotUsed(Record):
    """An incident of a log that cannot be used, and why; none of its events is used.

    Attributes:
        incident: its id; its place in the log, if what stands there is no id.
    """

    incident: Id
    why: str


def logged(case: Case) -> Iterator[Logged]:
    """Yield the events of a case, in the order in which they were recorded."""
    incident = case.incident.id
    for number, event in enumerate(case.recorded(), 1):
        yield Logged(incident, number, type(event).__name__, type(event).version, event.to_json())


def histories_of(
    incidents: Iterable[tuple[str, Iterable[Logged]]], vocabulary: Mapping[str, type[Event]]
) -> Iterator[History | NotUsed]:
    """Yield what the rows of each incident come to.

    Args:
        incidents: each incident's id, and its rows in any order.
        vocabulary: the event types of the program, by name.
    """
    for place, (incident, rows) in enumerate(incidents, 1):
        named = f"incident-{place}-of-the-log"
        try:
            named = opaque_id(incident)
            yield History(named, tuple(_events(rows, vocabulary)))
        except (CorruptRecord, ValueError) as error:
            yield NotUsed(incident=named, why=str(error))


def _events(rows: Iterable[Logged], vocabulary: Mapping[str, type[Event]]) -> Iterator[Event]:
    found = list(rows)
    if any(None in row for row in found):
        raise ValueError("a cell of its rows is empty; export the incident again")
    for place, row in enumerate(sorted(found, key=lambda one: one.number), 1):
        if row.number != place:
            missing = row.number > place
            raise ValueError(
                f"event {place} is not in the log; export the incident whole"
                if missing
                else f"event {row.number} is in the log twice; keep one of the two"
            )
        yield decode(_stored(row), vocabulary, remedy="correct it in the log")


def _stored(row: Logged) -> Stored:
    return Stored(row.number, row.type, row.version, "", "", row.body, "")


def fields_of(row: Logged) -> dict[str, Any]:
    """Return the fields of an event, as JSON has them."""
    found: dict[str, Any] = json.loads(row.body)
    return found
