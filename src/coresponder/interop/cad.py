"""Read calls from CAD exports (CSV), row by row: each row becomes a history of events, or is
rejected with the reason. Nothing is guessed.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import LocalCode, Team, TeamMember
from coresponder.domain.types import is_code, opaque_id, utc
from coresponder.domain.vocabulary import CallSource, Disposition, Nature
from coresponder.errors import InvalidMapping, NotFound, UnreadableFile, nearest
from coresponder.interop.mapping import NO_VALUE, Mapped, TimeParts, match_code
from coresponder.outputs import described

__all__ = ["Rejected", "RowCase", "read_calls"]

_STAGES = ("received", "triaged", "dispatched", "en_route", "arrived", "engaged", "cleared")
_MONTHS = {
    name.casefold(): i
    for names in (calendar.month_name, calendar.month_abbr)
    for i, name in enumerate(names)
    if name
}
_DAYS = {
    name.casefold(): i
    for names in (calendar.day_name, calendar.day_abbr)
    for i, name in enumerate(names)
}
_BY = "cad-import"


@attrs.frozen(kw_only=True)
class RowCase:
    """A row that can be used: the incident's id, its events with their local codes, and the faults
    of the row.
    """

    row: int
    incident: str
    events: tuple[e.Event, ...]
    faults: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Rejected:
    """A row that cannot be used, and why. `values` is the row as it was read."""

    row: int
    reason: str
    values: tuple[str, ...]


class _Time(NamedTuple):
    at: dt.datetime
    approximate: bool


class _Unusable(Exception):
    """The reason why a row cannot be used."""


def read_calls(path: str | Path, mapping: Mapped) -> Iterator[RowCase | Rejected]:
    """Yield one result for each data row, in the order of the file. Memory does not grow with the
    rows.

    Args:
        path: the CSV file; its first row names the columns.
        mapping: what the columns and codes mean.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: it is empty, in another encoding, or not CSV.
        InvalidMapping: a column that the mapping names is not in the file.
    """
    file = Path(path)
    if not file.is_file():
        raise NotFound(f"{path}: there is no such file")
    try:
        with file.open(encoding=mapping.file.encoding, newline="") as lines:
            yield from _rows(
                csv.reader(lines, delimiter=mapping.file.delimiter), mapping, file.name
            )
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"{file.name}: byte 0x{error.object[error.start]:02x} is not {mapping.file.encoding};"
            " set [file] encoding in the mapping, for example 'cp1252' or 'utf-16'"
        ) from None
    except UnicodeError as error:
        raise UnreadableFile(
            f"{file.name}: this is not {mapping.file.encoding} ({error}); set [file] encoding in"
            " the mapping"
        ) from None
    except LookupError as error:
        if isinstance(error, NotFound):
            raise
        raise InvalidMapping(
            f"[file] encoding = {mapping.file.encoding!r} is not known; try 'utf-8', 'utf-8-sig' or"
            " 'cp1252'"
        ) from None
    except csv.Error as error:
        raise UnreadableFile(
            f"{file.name}: this is not CSV ({error}); check the delimiter in the mapping"
        ) from None


def _rows(reader: Iterator[list[str]], mapping: Mapped, name: str) -> Iterator[RowCase | Rejected]:
    header = next(reader, None)
    if not header or not any(cell.strip() for cell in header):
        raise UnreadableFile(f"{name}: the file is empty; the first row must name the columns")
    header[0] = header[0].removeprefix("\ufeff")
    columns = {title.strip(): i for i, title in enumerate(header)}
    _check_columns(mapping, columns)
    reads = _Reader(mapping, columns)
    for number, values in enumerate(reader, start=1):
        try:
            yield reads.case(number, values)
        except _Unusable as reason:
            yield Rejected(row=number, reason=str(reason), values=tuple(values))
        except ValueError as error:  # of a value that no event takes
            yield Rejected(row=number, reason=f"unusable value: {error}", values=tuple(values))


def _named(mapping: Mapped) -> Iterator[str]:
    c = mapping.columns
    parts = c.received
    if isinstance(parts, TimeParts):
        yield from (
            p
            for p in (parts.year, parts.month, parts.day, parts.weekday, parts.hour, parts.minute)
            if p
        )
    else:
        yield parts
    yield from (
        col
        for col in (
            c.incident,
            c.triaged,
            c.dispatched,
            c.en_route,
            c.arrived,
            c.engaged,
            c.cleared,
            c.source,
        )
        if col
    )
    yield from ((c.nature,) if isinstance(c.nature, str) else c.nature)
    yield from ((c.disposition,) if isinstance(c.disposition, str) else c.disposition)
    yield from c.keep


def _check_columns(mapping: Mapped, columns: dict[str, int]) -> None:
    missing = [name for name in _named(mapping) if name not in columns]
    if missing:
        raise InvalidMapping(
            "\n".join(
                f"[columns] the file has no column {name!r}; {nearest(name, columns)}"
                for name in missing
            )
        )


@attrs.define
class _Reader:
    """Turns rows into events, with everything about the file worked out once."""

    mapping: Mapped
    columns: dict[str, int]
    _missing: frozenset[str] = attrs.field(init=False)
    _team: Team = attrs.field(init=False)

    @_missing.default
    def _fold_missing(self) -> frozenset[str]:
        return frozenset(text.casefold() for text in self.mapping.file.missing)

    @_team.default
    def _make_team(self) -> Team:
        team = self.mapping.team
        names = [team.unit, *(f"{team.unit}.{i}" for i in range(2, len(team.roles) + 1))]
        members = tuple(
            TeamMember(responder=name, role=role)
            for name, role in zip(names, team.roles, strict=True)
        )
        return Team(tier=team.tier, model=team.model, members=members)

    def cell(self, values: list[str], column: str) -> str:
        """Return the text of a cell, empty when it says that nothing is known."""
        text = values[self.columns[column]].strip()
        return "" if text.casefold() in self._missing else text

    def case(self, number: int, values: list[str]) -> RowCase:
        """Return the row's history, or raise `_Unusable`."""
        if len(values) < len(self.columns):
            raise _Unusable(
                f"row too short: {len(values)} cells, the header has {len(self.columns)}"
            )
        faults: list[str] = []
        times = self._times(values, faults)
        self._check_order(times, faults)
        c, d = self.mapping.columns, self.mapping.defaults
        incident = self.cell(values, c.incident) if c.incident else f"{d.incident_prefix}-{number}"
        incident = re.sub(r"[^A-Za-z0-9._:@/+-]+", "-", incident).strip("-")
        if not incident:
            raise _Unusable(f"no incident number: {c.incident} is empty")
        incident = opaque_id(incident)
        nature, local = self._code(
            values, faults, c.nature, self.mapping.nature, "nature", d.nature and d.nature.value
        )
        if nature is None:
            raise _Unusable(
                "no nature: no column says what the call is about; set [defaults] nature to use"
                " such rows"
            )
        source, also = self._code(
            values, faults, c.source or (), self.mapping.source, "source", d.source.value
        )
        disposition, ended = self._code(
            values, faults, c.disposition, self.mapping.disposition, "disposition", None
        )
        kept = [
            code for column in c.keep for code in _local(column, self.cell(values, column), faults)
        ]
        received = times["received"]
        history: list[e.Event] = [
            e.CallReceived(
                at=received.at, by=_BY, approximate=received.approximate, source=CallSource(source or d.source), nature=Nature(nature),
                local=(*local, *also, *kept),
            )
        ]  # fmt: skip
        history += self._stages(times, Nature(nature))
        if disposition is not None:
            last = max(times.values())
            approximate = last.approximate or "cleared" not in times
            history.append(
                e.DispositionRecorded(
                    at=last.at,
                    by=_BY,
                    approximate=approximate,
                    disposition=Disposition(disposition),
                    local=ended,
                )
            )
        if "cleared" in times:
            history.append(
                e.SceneCleared(
                    at=times["cleared"].at, by=_BY, approximate=times["cleared"].approximate
                )
            )
        return RowCase(row=number, incident=incident, events=tuple(history), faults=tuple(faults))

    def _stages(self, times: dict[str, _Time], nature: Nature) -> Iterator[e.Event]:
        unit, role = self._team.members[0].responder, self._team.members[0].role
        for stage in _STAGES[1:-1]:
            found = times.get(stage)
            if found is None:
                continue
            at, approximate = found
            if stage == "triaged":
                yield e.CallTriaged(at=at, by=_BY, approximate=approximate, nature=nature)
            elif stage == "dispatched":
                yield e.TeamDispatched(at=at, by=_BY, approximate=approximate, team=self._team)
            else:
                make = {
                    "en_route": e.ResponderEnRoute,
                    "arrived": e.ResponderArrived,
                    "engaged": e.ContactMade,
                }[stage]
                yield make(at=at, by=_BY, approximate=approximate, responder=unit, role=role)

    def _code(
        self,
        values: list[str],
        faults: list[str],
        columns: str | tuple[str, ...],
        codes: dict[str, str],
        field: str,
        default: str | None,
    ) -> tuple[str | None, tuple[LocalCode, ...]]:
        """Return the standard value of the first column that says one, and every local code as it
        was.
        """
        found, local = None, []
        for column in (columns,) if isinstance(columns, str) else columns:
            text = self.cell(values, column)
            if not text:
                continue
            value = match_code(codes, text)
            if value is None and default is None:
                raise _Unusable(
                    f"unknown {field} code: {column} = {text!r}; add it to the mapping under"
                    f" [{field}] ({NO_VALUE!r} if it says nothing)"
                )
            local += _local(column, text, faults)
            if found is None and value not in {None, NO_VALUE}:
                found = value
        return found or default, tuple(local)

    # --- times ----------------------------------------------------------------------------------------------------------

    def _times(self, values: list[str], faults: list[str]) -> dict[str, _Time]:
        times: dict[str, _Time] = {}
        for stage in _STAGES:
            column = getattr(self.mapping.columns, stage)
            if column is None:
                continue
            found = (
                self._from_parts(values, column)
                if isinstance(column, TimeParts)
                else self._time(values, column, stage, faults)
            )
            if found is not None:
                times[stage] = found
        if "received" not in times:
            raise _Unusable("no time received: the column is empty or has a placeholder")
        return times

    def _time(self, values: list[str], column: str, stage: str, faults: list[str]) -> _Time | None:
        text = self.cell(values, column)
        if not text:
            faults.append(f"{stage}: missing")
            return None
        local = self._parse(text, column)
        if (
            local.strftime("%H:%M:%S") in self.mapping.file.placeholders
            or text in self.mapping.file.placeholders
        ):
            faults.append(f"{stage}: placeholder")
            return None
        return self._in_zone(local, column, approximate=False)

    def _parse(self, text: str, column: str) -> dt.datetime:
        for pattern in self.mapping.file.time_formats:
            try:
                return dt.datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the mapping's
            except ValueError:
                continue
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            raise _Unusable(
                f"unreadable time: {column} = {text!r}; say in the mapping how times are written"
                " (time_formats)"
            ) from None

    def _in_zone(self, local: dt.datetime, column: str, *, approximate: bool) -> _Time:
        """Put a local time into UTC. A time that the clocks skipped is refused; one that came twice
        is approximate.
        """
        if local.tzinfo is not None:
            return _Time(utc(local), approximate)
        aware = local.replace(tzinfo=self.mapping.zone)
        instant = utc(aware)
        if instant.astimezone(self.mapping.zone).replace(tzinfo=None) != local:
            if approximate:
                return _Time(instant, True)
            raise _Unusable(
                f"time skipped by the clocks: {column} = {local.isoformat()} did not exist in"
                f" {self.mapping.file.time_zone}"
            )
        twice = aware.replace(fold=1).utcoffset() != aware.utcoffset()
        return _Time(instant, approximate or twice)

    def _from_parts(self, values: list[str], parts: TimeParts) -> _Time:
        """Put a time together from its columns; what the mapping lets us fill makes it approximate."""
        year = self._number(values, parts.year, range(1900, 2200))
        month = _MONTHS.get(self.cell(values, parts.month).casefold()) or self._number(
            values, parts.month, range(1, 13)
        )
        day, approximate = self._day(values, parts, year, month)
        hour, minute = 0, 0
        if parts.hour and self.cell(values, parts.hour):
            hour = self._number(values, parts.hour, range(24))
        elif parts.fill_hour is not None:
            hour, approximate = parts.fill_hour, True
        else:
            raise _Unusable("no hour: set fill_hour in the mapping to use such rows")
        if parts.minute:
            minute = self._number(values, parts.minute, range(60))
        local = dt.datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the mapping has the zone
        return self._in_zone(local, "received", approximate=approximate)

    def _number(self, values: list[str], column: str, allowed: range) -> int:
        text = self.cell(values, column)
        if not text.isdecimal() or int(text) not in allowed:
            raise _Unusable(
                f"impossible date or time: {column} = {text!r} is not a number from {allowed.start}"
                f" to {allowed.stop - 1}"
            )
        return int(text)

    def _day(self, values: list[str], parts: TimeParts, year: int, month: int) -> tuple[int, bool]:
        if parts.day and self.cell(values, parts.day):
            return self._number(
                values, parts.day, range(1, calendar.monthrange(year, month)[1] + 1)
            ), False
        if parts.fill_day == "first":
            return 1, True
        if parts.fill_day == "first matching weekday" and parts.weekday:
            name = self.cell(values, parts.weekday).casefold()
            if name not in _DAYS:
                raise _Unusable(
                    f"impossible date or time: {parts.weekday} = {name!r} is not a day of the week"
                )
            return 1 + (_DAYS[name] - dt.date(year, month, 1).weekday()) % 7, True
        raise _Unusable("no day: set fill_day in the mapping to use such rows")

    def _check_order(self, times: dict[str, _Time], faults: list[str]) -> None:
        known = [(stage, times[stage].at) for stage in _STAGES if stage in times]
        wrong = [
            f"{later} {at_later:%Y-%m-%d %H:%M} before {earlier} {at:%Y-%m-%d %H:%M}"
            for (earlier, at), (later, at_later) in itertools.pairwise(known)
            if at_later < at
        ]
        if not wrong:
            return
        if self.mapping.file.out_of_order == "reject":
            raise _Unusable(f"times out of order: {'; '.join(wrong)} (UTC)")
        faults += [
            f"out of order: {text.split(' ')[0]} before {text.split(' before ')[1].split(' ')[0]}"
            for text in wrong
        ]


def _local(column: str, text: str, faults: list[str]) -> list[LocalCode]:
    """Return a cell as a local code, if it has one; a text that is no code is named and not kept:
    half a code would be another code.
    """
    if not text:
        return []
    if is_code(text):
        return [LocalCode(field=column, code=text)]
    faults.append(
        f"{column} is not kept: {described(text)} is not a code (one line of 1 to 80 characters)"
    )
    return []
