"""Read the further events of a row: those of `[[event]]` in a mapping. Nothing is guessed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import TeamMember
from coresponder.domain.personal import impersonal, quoted
from coresponder.domain.types import opaque_id
from coresponder.interop.codes import Codes
from coresponder.interop.mapped_columns import TimeColumns
from coresponder.interop.mapped_events import FieldColumn, MappedEvent, as_given, columns_in
from coresponder.interop.times import Time, Unusable, columns_of
from coresponder.outputs import described
from coresponder.program.own_words import OwnWords, standard_fields

__all__ = ["WAY", "Happened", "Happenings", "columns_of_events", "person_of", "times_of"]

WAY = ("PersonTransported", "ArrivedAtFacility", "HandOverAccepted", "ResponderBackInService")
"""The times of a transport, in their order."""
_WITH = ("engaged", "arrived", "dispatched", "received")
"""The stages whose time an event without its own time gets: the contact, or the last one before
it.
"""


@attrs.frozen
class Happened:
    """A further event of a row; `time` is None if no column has its time."""

    row: MappedEvent
    time: Time | None
    fields: Mapping[str, Any]

    @property
    def said(self) -> tuple[object, ...]:
        """Return a value that is equal for rows that report the same event."""
        return (self.row.event, self.time, repr(sorted(self.fields.items())))

    def event(
        self, by: str, times: Mapping[str, Time], member: TeamMember, own_words: OwnWords
    ) -> e.Event:
        """Return the event.

        Args:
            by: the id of the recorder.
            times: the times of the row.
            member: the responder of the row's unit.
            own_words: the words of the agency's program.
        """
        time = self.time or next(times[stage] for stage in _WITH if stage in times)
        does = {"responder": member.responder, "role": member.role}
        asks = self.row.asks if self.row.unit else _required(self.row.event)
        filled = {name: value for name, value in does.items() if name in asks & self.row.asks}
        approximate = self.time is None or time.approximate
        values = {"at": time.at, "by": by, "approximate": approximate}
        fields = standard_fields(own_words, {**values, **filled, **self.fields})
        return self.row.type.from_dict(fields)


@functools.cache
def _required(event: str) -> frozenset[str]:
    fields = attrs.fields(e.EVENT_TYPES[event])
    return frozenset(one.name for one in fields if one.default is attrs.NOTHING)


def columns_of_events(rows: Sequence[MappedEvent]) -> Iterator[str]:
    """Yield each column that the events name."""
    for row in rows:
        yield from columns_of(row.at)
        yield from (one.column for one in columns_in(row).values())
        if row.column:
            yield row.column


def times_of(happened: Sequence[Happened]) -> dict[str, Time]:
    """Return the times of a transport."""
    return {one.row.event: one.time for one in happened if one.time and one.row.event in WAY}


_Cell = Callable[[str], str]
_ReadTime = Callable[[str | TimeColumns], Time | None]


@attrs.define
class Happenings:
    """Reads the events of each row, with all tables of codes compiled once.

    Args:
        rows: what the mapping declares.
        elsewhere: columns that another table of codes also reads, so that unknown codes are not
            faults here.
    """

    rows: Sequence[MappedEvent]
    elsewhere: Mapping[str, Codes]
    _says: dict[str, Codes] = attrs.field(init=False)
    _when: tuple[Codes, ...] = attrs.field(init=False)
    _values: dict[int, Codes] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Compile the codes of each column, of all events that read it."""
        told: dict[str, dict[str, str]] = {}
        for row in self.rows:
            if row.column:
                told.setdefault(row.column, {}).update(dict.fromkeys(row.codes, "known"))
        self._says = {column: Codes(table) for column, table in told.items()}
        self._when = tuple(
            Codes({code: "yes" if on else "no" for code, on in row.codes.items()})
            for row in self.rows
        )
        self._values = {
            id(one): Codes({code: str(i) for i, code in enumerate(one.codes)})
            for row in self.rows
            for one in columns_in(row).values()
        }

    def knows(self, column: str, text: str) -> bool:
        """Return whether a code of a column is known: it stands for an event, or for none."""
        return column in self._says and self._says[column].find(text) is not None

    def says_none(self, column: str, text: str) -> bool:
        """Return whether the text of a column is known, and stands for no event."""
        other = self.elsewhere.get(column)
        known = self.knows(column, text) or (other is not None and other.find(text) is not None)
        rows = zip(self.rows, self._when, strict=True)
        yes = any(row.column == column and when.find(text) == "yes" for row, when in rows)
        return not yes and (known or not text)

    def of(
        self, cell: _Cell, time: _ReadTime, person: str, faults: list[str]
    ) -> Iterator[Happened]:
        """Yield the events of a row; raise `Unusable`.

        Args:
            cell: returns the text of a column, empty if it says nothing.
            time: returns a time of the row; None if there is none.
            person: the id of the row's person.
            faults: a list that collects what is missing.
        """
        for column in self._says:
            self._check(column, cell(column))
        for row, codes in zip(self.rows, self._when, strict=True):
            if row.column and codes.find(cell(row.column)) != "yes":
                continue
            at = time(row.at) if row.at else None
            if at is None and row.column is None:
                continue
            if at is None and row.at is not None:
                faults.append(f"{row.event}: no time of its own")
            yield Happened(row, at, {**_about(row, person), **dict(self._fields(row, cell))})

    def _check(self, column: str, text: str) -> None:
        other = self.elsewhere.get(column)
        if text and not self.knows(column, text) and (other is None or other.find(text) is None):
            raise Unusable(
                f"unknown event code: {column} = {quoted(text)}; add it to the mapping under [[event]]"
                " codes (false if nothing happened)"
            )

    def _fields(self, row: MappedEvent, cell: _Cell) -> Iterator[tuple[str, Any]]:
        columns = columns_in(row)
        for name, given in row.fields.items():
            one = columns.get(name)
            if one is None:
                yield name, as_given(row, name, given)
            elif text := cell(one.column):
                yield name, as_given(row, name, self._value(one, name, text))
            elif name in _required(row.event):
                raise Unusable(f"no {name} of {row.event}: {one.column} is empty")

    def _value(self, one: FieldColumn, name: str, text: str) -> bool | int | str:
        if not one.codes:
            return text
        found = self._values[id(one)].find(text)
        if found is None:
            raise Unusable(
                f"unknown {name} code: {one.column} = {quoted(text)}; add it to the mapping under"
                f" [event.fields] {name}, codes"
            )
        return list(one.codes.values())[int(found)]


def _about(row: MappedEvent, person: str) -> dict[str, Any]:
    return {"person": person} if "person" in row.asks else {}


def person_of(text: str, column: str | None, incident: str) -> str:
    """Return the id of a row's person: the id in its column, or without a column one for each
    incident. Raise `Unusable` for a text that is not an id.
    """
    if not text:
        return f"{incident}:person"
    try:
        return impersonal(opaque_id(text))
    except ValueError:
        raise Unusable(
            f"unusable person: {column} = {described(text)} is not an opaque id; export the number"
            " of the person and not their name"
        ) from None
