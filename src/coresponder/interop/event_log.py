"""A log of events outside a store: what one row of it says, and how rows become histories again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import attrs

from coresponder.domain.events import Event
from coresponder.domain.types import UTC, Id, opaque_id
from coresponder.errors import CorruptRecord
from coresponder.program import Case
from coresponder.program.seen import Seen
from coresponder.record import Record
from coresponder.stores.codec import Stored, decode

__all__ = ["History", "Logged", "NotUsed", "SeenRow", "histories_of", "logged", "seen_rows"]


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


class SeenRow(NamedTuple):
    """One event of a log for a receiver: what is seen of it.

    Attributes:
        incident: the incident's id in the log.
        number: its place among the events of the incident that are seen, in the order in which they
            were recorded, from 1.
        type: the event's type.
        at: when it happened. If only the day is seen, the beginning of the day.
        day: the day, if only that is seen.
        approximate: it is not known, or not seen, exactly when it happened.
        void: it was entered in error.
        says: what must be told along with it.
        fields: the fields that are seen, as JSON has them.
    """

    incident: str
    number: int
    type: str
    at: dt.datetime
    day: dt.date | None
    approximate: bool
    void: bool
    says: str
    fields: dict[str, Any]


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


def seen_rows(seen: Seen, zone: dt.tzinfo) -> Iterator[SeenRow]:
    """Yield what is seen of an incident as rows of a log.

    Args:
        seen: what is seen.
        zone: the time zone of the program, in which a day begins.
    """
    for line in seen.lines:
        day = None if isinstance(line.at, dt.datetime) else line.at
        yield SeenRow(
            seen.incident,
            line.number,
            line.event,
            line.at if isinstance(line.at, dt.datetime) else _begin(line.at, zone),
            day,
            line.approximate or day is not None,
            line.voided,
            " ".join(line.says),
            line.fields,
        )


def _begin(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone).astimezone(UTC)


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
