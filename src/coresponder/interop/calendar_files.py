"""The entries of a calendar file (RFC 5545), each by itself: one that cannot be read does not stop the
others. The library `icalendar` handles the format.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import attrs

from coresponder.domain.types import UTC
from coresponder.errors import UnreadableFile
from coresponder.interop.calendar_entries import calendar_library
from coresponder.outputs import described

__all__ = ["METHODS", "Entry", "File", "Unread", "file_of"]

METHODS = frozenset({"", "PUBLISH", "REQUEST", "CANCEL"})
"""The methods of a calendar whose entries stand for themselves (RFC 5546)."""
_ENTRIES = ("VTODO", "VEVENT")
_STATUSES: Mapping[str, str] = {
    "NEEDS-ACTION": "open", "IN-PROCESS": "open", "TENTATIVE": "open", "CONFIRMED": "open",
    "COMPLETED": "done", "CANCELLED": "cancelled",
}  # fmt: skip
_BETWEEN = frozenset({"IN-PROCESS", "TENTATIVE"})
_MARK = re.compile(r"^\ufeff", re.MULTILINE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NEWLINE = re.compile(r"\r?\n")
_FOLDED = re.compile(r"\r?\n[ \t]")
_PROPERTY = re.compile(r"[A-Za-z0-9-]+(?=[:;])")
_PLAIN = re.compile(r"[A-Z][A-Z0-9-]{0,39}")
_OTHER = "it is a component {}, which is not read; VTODO and VEVENT are"
_REFUSALS = (ValueError, KeyError, IndexError, AttributeError, TypeError, RecursionError)
"""What the library raises for a text that is no calendar."""
_INSIDE = 2
"""How deep a component of a calendar stands."""
_LONG_AGO = dt.datetime.min.replace(tzinfo=UTC)
_NUMBERS = ("SEQUENCE", "PERCENT-COMPLETE")
_READ = frozenset(
    {
        "UID", "DTSTAMP", "SEQUENCE", "STATUS", "DUE", "DTSTART", "DTEND", "DURATION", "COMPLETED", "PERCENT-COMPLETE",
        "RECURRENCE-ID", "RRULE", "RDATE", "EXDATE", "EXRULE",
    }
)  # fmt: skip
"""The properties of an entry that are read."""


@attrs.frozen
class Entry:
    """An entry, and the method of its calendar."""

    component: Any
    method: str

    def __contains__(self, name: str) -> bool:
        return name in self.component

    def text(self, name: str) -> str:
        """Return a word of the standard, in whatever case it is written."""
        return str(self._one(name) or "").strip().upper()

    def _one(self, name: str) -> Any:
        value = self.component.get(name)
        if isinstance(value, list):
            raise ValueError(f"it has more than one {name.upper()}")  # noqa: TRY004 - the file's
        return value

    def number(self, name: str) -> int:
        """Return a whole number; 0 without one."""
        value = self._one(name)
        try:
            return int(value or 0)
        except (TypeError, ValueError):
            raise ValueError(f"its {name.upper()} is not a number") from None

    def instant(self, name: str) -> dt.datetime:
        """Return a time as an instant. A day alone, or a time without a zone, is refused, not
        guessed.
        """
        self._one(name)
        try:
            value = self.component.decoded(name)
        except KeyError:
            raise ValueError(f"it has no {name.upper()}") from None
        except (ValueError, TypeError, AttributeError):
            raise ValueError(f"its {name.upper()} cannot be read") from None
        if not isinstance(value, dt.datetime) or value.utcoffset() is None:
            raise ValueError(
                f"its {name.upper()} is a day or has no time zone; give a time with a zone"
            )
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise ValueError(f"its {name.upper()} is before the year 1 or after 9999") from None

    def check_order(self, end: str) -> None:
        """Raise `ValueError` if it begins after it ends. A day is compared as a day, anywhere."""
        if "dtstart" not in self or end not in self:
            return
        start, stop = (self._one(name).dt for name in ("dtstart", end))
        try:
            late = start > stop
        except TypeError:  # a day, or a time without a zone, beside a time with one
            late = _day(start) > _day(stop) + dt.timedelta(days=1)
        if late:
            raise ValueError(f"its DTSTART lies after its {end.upper()}")

    def revision(self) -> tuple[int, dt.datetime]:
        """Return what tells an older revision from a newer one (RFC 5546, 2.1.5)."""
        stamp = self.instant("dtstamp") if "dtstamp" in self else _LONG_AGO
        return self.number("sequence"), stamp

    @property
    def percent(self) -> int:
        """How much of it is done, in percent; 0 if it does not say so."""
        found = self.number("percent-complete")
        if not 0 <= found <= 100:
            raise ValueError("its PERCENT-COMPLETE is not from 0 to 100")
        return found

    def begun(self) -> str | None:
        """Return what it says between open and done, None if nothing: the record has no such state."""
        status = self.text("status")
        if self.state() != "open" and self.percent == 0:
            return None
        said = [f"STATUS:{status}"] if status in _BETWEEN else []
        said += [f"PERCENT-COMPLETE:{self.percent}"] if 0 < self.percent < 100 else []
        return " and ".join(said) or None

    def state(self) -> str | None:
        """Return whether it is `open`, `done` or `cancelled`, None if it does not say so; raise
        `ValueError` if it says two things, or is not one entry at one time.
        """
        status = self.text("status")
        said = _STATUSES.get(status)
        if status and said is None:
            raise ValueError("its STATUS is none of RFC 5545")
        over = "completed" in self or self.percent == 100
        if self.method == "CANCEL":  # also over the status that it had before
            if said == "done" or over:
                raise ValueError("METHOD:CANCEL cancels it, and it says that it is completed")
            return "cancelled"
        if over:
            if said not in {None, "done"}:
                raise ValueError("it is completed, and its STATUS says another thing")
            return "done"
        return said


@attrs.frozen
class Unread:
    """What stands in a file and is not read: its UID, empty without one, and why."""

    uid: str
    why: str


@attrs.frozen(kw_only=True)
class File:
    """What a calendar file has.

    Attributes:
        entries: its tasks and events.
        broken: its tasks and events that cannot be read.
        others: what is neither.
    """

    entries: tuple[Entry, ...]
    broken: tuple[Unread, ...]
    others: tuple[Unread, ...]


def file_of(text: bytes | str) -> File:
    """Return what a calendar file has.

    Raises:
        MissingExtra: the package `icalendar` is not installed.
        UnreadableFile: the file is truncated, or is no calendar.
    """
    plain = _MARK.sub("", _decoded(text) if isinstance(text, bytes) else text)
    lines = _NEWLINE.split(_FOLDED.sub("", plain))
    parts = _parts(lines)
    try:
        found, broken = _entries_in(lines), list[Unread]()
    except UnreadableFile:
        mended, broken = _mended(lines, parts)
        found = _entries_in(mended)
    read = list[Entry]()
    for one in found:
        # The library passes over what it cannot read of an event, and keeps it as an error.
        bad = [name for name, _ in one.component.errors if name is None or name in _READ]
        bad += [name for name in _NUMBERS if _is_too_large(one.component.get(name))]
        if bad:
            broken.append(Unread(str(one.component.get("uid", "")), _cannot_read(bad)))
        else:
            read.append(one)
    others = tuple(
        Unread(
            _uid(lines[part]), _OTHER.format(name if _PLAIN.fullmatch(name) else described(name))
        )
        for part in parts
        if (name := _name(lines[part.start])) not in {*_ENTRIES, "VTIMEZONE"}
    )
    return File(entries=tuple(read), broken=tuple(broken), others=others)


def _decoded(text: bytes) -> str:
    """Return a file as text: UTF-8, as RFC 5545 asks, or what the mark at its beginning says."""
    return text.decode("utf-16" if text.startswith(_UTF_16) else "utf-8", "replace")


def _is_too_large(value: object) -> bool:
    """Return whether it is no integer of RFC 5545 (3.3.8), which earlier releases of the library
    take.
    """
    return isinstance(value, int) and abs(value) > 2**31 - 1


def _entries_in(lines: list[str]) -> list[Entry]:
    """Return the entries of a calendar; raise `UnreadableFile` if the library skips a part."""
    try:
        calendars = calendar_library().Calendar.from_ical("\r\n".join(lines), multiple=True)
        found = [
            Entry(one, str(each.get("method", "")).strip().upper())
            for each in calendars
            for name in _ENTRIES
            for one in each.walk(name)
        ]
    except _REFUSALS as error:
        raise _unreadable(type(error).__name__) from None
    begun = sum(_name(line) in _ENTRIES for line in lines)
    if not calendars or len(found) != begun:
        raise _unreadable(f"{begun} entries begin, and {len(found)} can be read")
    return found


def _unreadable(why: str) -> UnreadableFile:
    return UnreadableFile(
        f"this is not a complete iCalendar file ({why}); export it again: it begins with BEGIN:VCALENDAR"
        " and ends with END:VCALENDAR"
    )


# --- an entry that the library refuses ------------------------------------------------------------


def _parts(lines: list[str]) -> list[slice]:
    """Return where each component of a calendar stands."""
    found, depth, began = list[slice](), 0, 0
    for number, line in enumerate(lines):
        if _name(line):
            depth += 1
            began = number if depth == _INSIDE else began
        elif _name(line, "END"):
            if depth == _INSIDE:
                found.append(slice(began, number + 1))
            depth -= 1
    return found


def _mended(lines: list[str], parts: list[slice]) -> tuple[list[str], list[Unread]]:
    """Return a calendar without the entries that cannot be read, and these. Of an entry that is
    read, what cannot be read and would not be read is left out.
    """
    kept, broken = list(lines), list[Unread]()
    for part in reversed(parts):
        begin, *inside, end = lines[part]
        if _is_read([begin, *inside, end]):
            continue
        own = _own(inside)
        good = [line for line in own if _is_read([begin, line, end])]
        bad = [_property(line) for line in own if line not in good]
        if any(name is None or name in _READ for name in bad) and _name(begin) in _ENTRIES:
            broken.append(Unread(_uid(inside), _cannot_read(bad)))
            kept[part] = []
        else:
            kept[part] = [begin, *good, end]
    return kept, broken


def _is_read(component: list[str]) -> bool:
    text = "\r\n".join(("BEGIN:VCALENDAR", *component, "END:VCALENDAR"))
    try:
        calendar_library().Calendar.from_ical(text)
    except _REFUSALS:
        return False
    return True


def _own(inside: list[str]) -> list[str]:
    """Return the lines of a component without those of the components in it, such as alarms."""
    found, depth = list[str](), 0
    for line in inside:
        depth += bool(_name(line))
        if not depth:
            found.append(line)
        depth -= bool(_name(line, "END"))
    return found


def _name(line: str, word: str = "BEGIN") -> str:
    """Return the name of the component that a line begins; nothing if it begins none."""
    key, _, name = line.partition(":")
    return name.strip().upper() if key.strip().upper() == word else ""


def _property(line: str) -> str | None:
    found = _PROPERTY.match(line)
    return found[0].upper() if found else None


def _uid(lines: list[str]) -> str:
    return next((line.partition(":")[2] for line in lines if _property(line) == "UID"), "")


def _cannot_read(bad: list[str | None]) -> str:
    named = dict.fromkeys(name for name in bad if name in _READ)
    return (
        f"its {' and its '.join(named)} cannot be read" if named else "a line of it cannot be read"
    )


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value
