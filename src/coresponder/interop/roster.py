"""Read a roster from a CSV file with a row for each responder. A row becomes a stream of events, or
is rejected as a whole with a reason. Nothing is guessed.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.domain.personal import impersonal, quoted
from coresponder.domain.types import UTC, local_code, opaque_id
from coresponder.domain.vocabulary import AbsenceReason, Presence, Role, Weekday
from coresponder.errors import NotFound, UnreadableFile, nearest
from coresponder.interop.cad import Rejected
from coresponder.outputs import described, without_links
from coresponder.program import Program
from coresponder.roster import events as e
from coresponder.roster.fold import fold_responder
from coresponder.roster.service import Service

__all__ = ["COLUMNS", "REQUIRED", "RosterRow", "read_roster"]

COLUMNS: Mapping[str, str] = {
    "id": "an id that is not a name, like `officer-7`; required",
    "role": "one of the [roles](vocabularies.md#role); required",
    "joined": "the day, like `2019-05-01`; required",
    "left": "the last day, if there is one",
    "volunteer": "`yes` or `no`",
    "languages": "codes: `en; es`",
    "vetted": "the day on which a background check was passed",
    "vetting_expires": "the last day on which it counts",
    "training": "name, hours, day of completion, last day: "
    "`cit 40 h 2024-05-01; basic_de_escalation 8 h 2023-01-10 to 2027-01-10`",
    "shifts": "days, local hours, how they are reached: "
    "`mon-fri 07:00-15:00; sat,sun 22:00-06:00 by phone on call; daily 00:00-00:00`",
    "absent": "first day, last day, [reason](vocabularies.md#absencereason): "
    "`2026-03-02 to 2026-03-06 illness`",
}
"""The columns of a roster, and the content of each. Several values are separated by `;`."""

REQUIRED = ("id", "role", "joined")
_MISSING = {
    "id": "give an id that is not a name, like officer-7",
    "role": f"give one of {', '.join(role.value for role in Role)}",
    "joined": "give the day, like 2019-05-01",
}
_BY = "roster-import"
_SHORT = {day.value[:3]: day for day in Weekday}
_DAY = r"\d{4}-\d\d-\d\d"
_TRAINING = re.compile(
    rf"(?P<name>\S+)(?: (?P<hours>\d+) ?h(?:ours)?)?(?: (?P<on>{_DAY}))?(?: to (?P<to>{_DAY}))?"
)
_SHIFT = re.compile(
    r"(?P<days>[a-z,-]+) (?P<begins>\d\d?:\d\d)-(?P<ends>\d\d?:\d\d)"
    r"(?: by (?P<how>phone|video))?(?P<call> on call)?"
)
_ABSENT = re.compile(rf"(?P<on>{_DAY})(?: to (?P<to>{_DAY}))? (?P<reason>\w+)")


@attrs.frozen(kw_only=True)
class RosterRow:
    """A row that can be used: a responder's stream, and the service that it folds to."""

    row: int
    events: tuple[Event, ...]
    service: Service


class _Unusable(Exception):
    """The reason why a row cannot be used."""


def read_roster(path: str | Path, program: Program) -> Iterator[RosterRow | Rejected]:
    """Yield one result for each data row, in the order of the file.

    Args:
        path: the CSV file in UTF-8; its first row names the columns.
        program: the program whose trainings and time zone apply.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: the file is empty, in another encoding, not CSV, or has unknown columns.
    """
    file = Path(path)
    if not file.is_file():
        raise NotFound(f"{path}: there is no such file")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from _rows(csv.DictReader(lines, strict=True), program, file.name)
    except UnicodeDecodeError:
        raise UnreadableFile(f"{file.name}: this is not UTF-8; save the file as UTF-8") from None
    except csv.Error as error:
        raise UnreadableFile(f"{file.name}: this is not CSV ({error})") from None


def _rows(
    reader: csv.DictReader[str], program: Program, name: str
) -> Iterator[RosterRow | Rejected]:
    _check_columns([head.strip() for head in reader.fieldnames or ()], name)
    seen: dict[str, int] = {}
    for number, values in enumerate(reader, start=1):
        try:
            found = _read(number, values, program, seen)
        except (_Unusable, ValueError) as reason:
            yield Rejected(row=number, reason=str(reason), values=tuple(_cells_of(values)))
        else:
            yield found


def _cells_of(values: Mapping[str | None, str | list[str] | None]) -> Iterator[str]:
    """Yield the cells of a row as they are, in a short or a long row too."""
    for cell in values.values():
        if cell is not None:
            yield from [cell] if isinstance(cell, str) else cell


def _read(number: int, values: dict[str, str], program: Program, seen: dict[str, int]) -> RosterRow:
    if None in values:
        raise _Unusable("too many cells: put a cell with a comma in it in quotes")
    cells = {k.strip(): (v or "").strip() for k, v in values.items()}
    found = _Row(program, cells).read(number)
    if (first := seen.setdefault(cells["id"], number)) != number:
        raise _Unusable(f"id: {cells['id']} is already in row {first}")
    return found


def _check_columns(heads: list[str], name: str) -> None:
    if not heads:
        raise UnreadableFile(f"{name}: the file is empty; the first row must name the columns")
    problems = [
        f"{name}: there is no column {head!r}; {nearest(head, COLUMNS)}"
        for head in heads
        if head not in COLUMNS
    ]
    problems += [
        f"{name}: the column {head!r} is missing; each row needs it"
        for head in REQUIRED
        if head not in heads
    ]
    if len(heads) == 1 and (other := re.search(r"[;\t|]", heads[0])):
        mark = {"\t": "tabs"}.get(other[0], repr(other[0]))
        problems = [f"{name}: its columns are separated by {mark}; save it with commas"]
    if problems:
        raise UnreadableFile("\n".join(problems))


def _own_number(text: str) -> str:
    return impersonal(opaque_id(text))


@attrs.define
class _Row:
    """One row while it is read."""

    program: Program
    cells: Mapping[str, str]

    def read(self, number: int) -> RosterRow:
        """Return the row as a stream; raise `_Unusable` with the first reason why it cannot be
        used.
        """
        for column in REQUIRED:
            if not self.cells.get(column):
                raise _Unusable(f"{column} is missing: {_MISSING[column]}")
        for column, check in (("id", _own_number), ("languages", local_code)):
            for text in self._several(column):
                self._checked(column, check, text)
        events = tuple(self._events())
        zone = self.program.calendar.time_zone
        service = fold_responder(self.cells["id"], events, zone=zone)
        return RosterRow(row=number, events=events, service=service)

    def _events(self) -> Iterator[Event]:
        joined = self._begin("joined", self.cells["joined"])
        yield self._made(
            e.ResponderJoined,
            joined,
            role=self._word("role", self.cells["role"], Role),
            volunteer=self._yes("volunteer"),
            languages=tuple(self._several("languages")),
        )
        expires = self._last("vetting_expires")
        if vetted := self.cells.get("vetted"):
            yield self._made(e.VettingPassed, self._begin("vetted", vetted), expires=expires)
        elif expires is not None:
            raise _Unusable("vetting_expires: the day is missing on which it was passed (vetted)")
        for found in self._matches("training", _TRAINING):
            yield self._training(found, joined)
        if shifts := tuple(map(self._shift, self._matches("shifts", _SHIFT))):
            yield self._made(e.ShiftsAssigned, self._on_duty_since(joined), shifts=shifts)
        for found in self._matches("absent", _ABSENT):
            begins = self._begin("absent", found["on"])
            reason = self._word("absent", found["reason"], AbsenceReason)
            ends = self._end("absent", found["to"]) if found["to"] else None
            yield self._made(e.AbsenceRecorded, begins, reason=reason, begins=begins, ends=ends)
        if left := self.cells.get("left"):
            yield self._made(e.ResponderLeft, self._end("left", left))

    def _on_duty_since(self, joined: dt.datetime) -> dt.datetime:
        """Return since when the shifts count, which no column says. A volunteer's count from the
        vetting on.
        """
        vetted = self.cells.get("vetted") if self._yes("volunteer") else None
        return max(joined, self._begin("vetted", vetted)) if vetted else joined

    def _made(self, cls: Callable[..., Event], at: dt.datetime, **fields: Any) -> Event:
        return cls(at=at, by=_BY, responder=self.cells["id"], **fields)

    def _training(self, found: re.Match[str], joined: dt.datetime) -> Event:
        known = self.program.courses.names
        if found["name"] not in known:
            hint = nearest(found["name"], known)
            raise _Unusable(f"training: there is no {found['name']!r}; {hint}")
        on = self._begin("training", found["on"]) if found["on"] else joined
        made = self._made(
            e.TrainingCompleted,
            on,
            training=found["name"],
            hours=int(found["hours"]) if found["hours"] else None,
            expires=self._end("training", found["to"]) if found["to"] else None,
        )
        return made if found["on"] else attrs.evolve(made, approximate=True)

    def _shift(self, found: re.Match[str]) -> e.WeeklyShift:
        how = Presence(found["how"]) if found["how"] else Presence.IN_PERSON
        try:
            begins, ends = (
                dt.time.fromisoformat(found[hour].zfill(5)) for hour in ("begins", "ends")
            )
        except ValueError:
            raise _Unusable(f"shifts: {found[0]!r} has an hour that does not exist") from None
        return e.WeeklyShift(
            days=_days(found["days"]),
            begins=begins,
            ends=ends,
            reachable=(how,),
            on_call=bool(found["call"]),
        )

    # --- cells ---

    def _several(self, column: str) -> list[str]:
        return [one for part in self.cells.get(column, "").split(";") if (one := part.strip())]

    def _matches(self, column: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        for text in self._several(column):
            found = pattern.fullmatch(" ".join(text.split()))
            if found is None:
                how = without_links(COLUMNS[column])
                raise _Unusable(f"{column}: {described(text)} is not understood; {how}")
            yield found

    def _checked(self, column: str, check: Callable[[str], str], text: str) -> None:
        try:
            check(text)
        except ValueError as error:
            raise _Unusable(f"{column}: {error}") from None

    def _word(self, column: str, text: str, vocabulary: type[Any]) -> Any:
        known = [one.value for one in vocabulary]
        if text not in known:
            raise _Unusable(f"{column}: {quoted(text)} is not known; {nearest(text, known)}")
        return vocabulary(text)

    def _yes(self, column: str) -> bool:
        text = self.cells.get(column, "").casefold()
        if text not in {"", "yes", "no"}:
            raise _Unusable(f"{column}: {described(text)} is neither yes nor no")
        return text == "yes"

    def _day(self, column: str, text: str) -> dt.date:
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise _Unusable(
                f"{column}: {described(text)} is not a day; write it like 2026-03-02"
            ) from None

    def _begin(self, column: str, text: str) -> dt.datetime:
        """Return the first instant of a day."""
        zone = self.program.calendar.time_zone
        return dt.datetime.combine(self._day(column, text), dt.time(), zone).astimezone(UTC)

    def _end(self, column: str, text: str) -> dt.datetime:
        """Return the last instant of a day."""
        day = self._day(column, text)
        if day.year == dt.MAXYEAR:
            raise _Unusable(f"{column}: there is no such end; leave it out where nothing ends")
        after = day + dt.timedelta(days=1)
        zone = self.program.calendar.time_zone
        begins = dt.datetime.combine(after, dt.time(), zone).astimezone(UTC)
        return begins - dt.timedelta(microseconds=1)

    def _last(self, column: str) -> dt.datetime | None:
        text = self.cells.get(column)
        return self._end(column, text) if text else None


def _days(text: str) -> tuple[Weekday, ...]:
    """Read `mon-fri`, `sat,sun` or `daily`."""
    if text == "daily":
        return tuple(Weekday)
    found: dict[Weekday, None] = {}
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in _SHORT or (last or first) not in _SHORT:
            raise _Unusable(
                f"shifts: {text!r} is not days of the week; write mon-fri, or sat,sun, or daily"
            )
        week = list(Weekday)
        begins, ends = (week.index(_SHORT[day]) for day in (first, last or first))
        found |= dict.fromkeys(week[(begins + i) % 7] for i in range((ends - begins) % 7 + 1))
    return tuple(found)
