"""Changes made in a calendar (RFC 5545, RFC 5546), as events that a person may record.

An entry that says two things, or that this reader cannot follow, is named and gives no proposal.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.types import UTC, opaque_id, utc
from coresponder.errors import UnreadableFile
from coresponder.interop.calendar_entries import Planned, calendar_library
from coresponder.outputs import described, key_name

__all__ = ["Ignored", "Proposal", "proposals"]


@attrs.frozen(kw_only=True)
class Proposal:
    """A change made in a calendar, as the event that would record it. A person decides."""

    incident: str
    event: e.Event
    why: str


@attrs.frozen(kw_only=True)
class Ignored:
    """An entry without a proposal, and the reason. `ours` if it is one of the agency's
    follow-ups.
    """

    uid: str
    why: str
    ours: bool = True


def proposals(
    text: bytes | str, known: Iterable[Planned], *, now: dt.datetime, by: str
) -> tuple[tuple[Proposal, ...], tuple[Ignored, ...]]:
    """Compare a calendar with the planned follow-ups, and propose an event for each difference.
    Nothing is recorded. A follow-up that is not in the calendar is not compared: it may have been
    deleted there, or never been written to it.

    Args:
        text: the calendar.
        known: the follow-ups as they are now.
        now: the time at which the proposals would be recorded.
        by: the id of the person who would record them.

    Returns:
        The proposals, and every entry that differs or is unknown and has no proposal.

    Raises:
        MissingExtra: the package `icalendar` is not installed.
        UnreadableFile: the text is not a complete calendar.
        ValueError: `now` has no time zone, or `by` is not an opaque id.
    """
    instant, author = utc(now), opaque_id(by)
    by_uid = {entry.uid: entry for entry in known}
    found: list[Proposal] = []
    ignored: list[Ignored] = []
    for uid, versions in _by_uid(_components(text)).items():
        entry = by_uid.get(uid)
        if entry is None:
            why = "no follow-up here has this UID"
            ignored += [Ignored(uid=described(uid), why=why, ours=False) for _ in versions]
            continue
        newest, left = _newest(versions)
        ignored += [Ignored(uid=uid, why=why) for why in left]
        if newest is None:
            continue
        try:
            proposal = _Change(newest, entry, instant, author).proposal()
        except ValueError as error:
            ignored.append(Ignored(uid=uid, why=str(error)))
            continue
        if proposal is not None:
            found.append(proposal)
    return tuple(found), tuple(ignored)


# --- the entries of a file ------------------------------------------------------------------------

_ENTRIES = ("VTODO", "VEVENT")
_BEGIN = re.compile(r"^BEGIN:(?:VTODO|VEVENT)\s*$", re.IGNORECASE | re.MULTILINE)
_METHODS = frozenset({"", "PUBLISH", "REQUEST", "CANCEL"})
_STATUSES: Mapping[str, str] = {
    "NEEDS-ACTION": "open", "IN-PROCESS": "open", "TENTATIVE": "open", "CONFIRMED": "open",
    "COMPLETED": "done", "CANCELLED": "cancelled",
}  # fmt: skip
_RECURS = ("rrule", "rdate", "exdate", "exrule")
_LONG_AGO = dt.datetime.min.replace(tzinfo=UTC)


@attrs.frozen
class _Entry:
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

    def revision(self) -> tuple[int, dt.datetime]:
        """Return what tells an older revision from a newer one (RFC 5546, 2.1.5)."""
        stamp = self.instant("dtstamp") if "dtstamp" in self else _LONG_AGO
        return self.number("sequence"), stamp

    def state(self) -> str | None:
        """Return whether it is `open`, `done` or `cancelled`, None if it does not say so; raise
        `ValueError` if it says two things, or is not one entry at one time.
        """
        status = self.text("status")
        said = _STATUSES.get(status)
        if status and said is None:
            raise ValueError("its STATUS is none of RFC 5545")
        if self.method == "CANCEL":
            if said not in {None, "cancelled"}:
                raise ValueError("METHOD:CANCEL cancels it, and its STATUS says another thing")
            return "cancelled"
        if "completed" in self or self.number("percent-complete") == 100:
            if said not in {None, "done"}:
                raise ValueError("it is completed, and its STATUS says another thing")
            return "done"
        return said


def _components(text: bytes | str) -> list[_Entry]:
    """Return the entries. A file that is truncated, or of which the library skips a part, is
    refused as a whole.
    """
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    try:
        calendars = calendar_library().Calendar.from_ical(plain, multiple=True)
        found = [
            _Entry(one, str(each.get("method", "")).strip().upper())
            for each in calendars
            for name in _ENTRIES
            for one in each.walk(name)
        ]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, RecursionError) as error:
        raise _unreadable(type(error).__name__) from None
    begun = len(_BEGIN.findall(plain))
    if not calendars or len(found) != begun:
        raise _unreadable(f"{begun} entries begin, and {len(found)} can be read")
    return found


def _unreadable(why: str) -> UnreadableFile:
    return UnreadableFile(
        f"this is not a complete iCalendar file ({why}); export it again: it begins with BEGIN:VCALENDAR"
        " and ends with END:VCALENDAR"
    )


def _by_uid(entries: Iterable[_Entry]) -> Mapping[str, list[_Entry]]:
    found: dict[str, list[_Entry]] = {}
    for one in entries:
        found.setdefault(str(one.component.get("uid", "")), []).append(one)
    return found


def _newest(versions: list[_Entry]) -> tuple[_Entry | None, list[str]]:
    """Return the newest revision of an entry, None if there is no one, and why each other one is
    left out.
    """
    left = [why for one in versions if (why := _cannot_follow(one))]
    if left:  # one time of many is not the entry
        return None, left
    if len(versions) == 1:
        return versions[0], []
    try:
        versions = sorted(versions, key=_Entry.revision)
        same = [one for one in versions if one.revision() == versions[-1].revision()]
    except ValueError as error:
        return None, [f"it is in the file {len(versions)} times, and {error}"]
    if len({one.component.to_ical() for one in same}) > 1:
        return None, ["it is in the file twice, with one SEQUENCE and one DTSTAMP; keep one"]
    older = "an older version of it is in the file, too, and is left out"
    return versions[-1], [older] * (len(versions) - len(same))


def _cannot_follow(one: _Entry) -> str | None:
    """Return why an entry is none that could be compared."""
    if one.method not in _METHODS:
        return f"METHOD:{key_name(one.method)} is no calendar; export the calendar"
    if "recurrence-id" in one:
        return "it is one time of a recurring entry; plan each contact here"
    if any(name in one for name in _RECURS):
        return "it recurs; plan each contact here"
    return None


# --- what is new in one ---------------------------------------------------------------------------


@attrs.frozen
class _Change:
    """An entry beside the follow-up that it stands for."""

    said: _Entry
    entry: Planned
    now: dt.datetime
    by: str

    def proposal(self) -> Proposal | None:
        """Return the difference as a proposal; raise `ValueError` with the reason if there can be
        none.
        """
        if self.said.number("sequence") < self.entry.sequence:
            raise ValueError("this entry is older than the record; export the calendar again")
        state = self.said.state()
        if state == "cancelled":
            return self._cancelled()
        if state != "done":
            return self._open(state)
        if self.entry.status != "done":
            return self._done()
        self._check_as_recorded()
        return None

    def _cancelled(self) -> Proposal | None:
        if self.entry.status == "cancelled":
            return None
        if self.entry.status == "done":
            raise ValueError("it is canceled in the calendar, but the follow-up is done")
        return self._proposed(
            e.FollowUpCancelled(**self._common()), "it was canceled in the calendar"
        )

    def _done(self) -> Proposal:
        plan, told = self.entry.scheduled, "completed" in self.said
        at = self.said.instant("completed") if told else self.now
        if at > self.now:
            raise ValueError("its COMPLETED lies in the future")
        if at < self.entry.planned_at.replace(microsecond=0):
            raise ValueError("its COMPLETED lies before the follow-up was planned")
        why = "it was marked as completed in the calendar"
        why += "" if told else ", without a time, so now is proposed"
        why += "; its new time is left out" if self._moved() else ""
        made = e.FollowUpDone(**(self._common() | {"at": at}), kind=plan.kind, person=plan.person)
        return self._proposed(made, why)

    def _check_as_recorded(self) -> None:
        """Raise `ValueError` if a completed entry differs from what was made."""
        made = self.entry.done_at
        if self._moved():
            raise ValueError("it has a new time, but the follow-up is done")
        if made and "completed" in self.said and self.said.instant("completed") != made.replace(microsecond=0):  # fmt: skip
            raise ValueError("it was completed at another time than the follow-up was made")

    def _open(self, state: str | None) -> Proposal | None:
        plan, status = self.entry.scheduled, self.entry.status
        due = self.said.instant(self._due)
        is_new = self._is_new(due)
        if status in {"scheduled", "missed"}:
            if not is_new:
                return None
            moved = attrs.evolve(plan, at=self.now, by=self.by, due=due)
            passed = ", which has passed" if due < self.now else ""
            return self._proposed(moved, f"it has a new time in the calendar{passed}")
        over = "canceled" if status == "cancelled" else status
        if is_new:
            raise ValueError(f"it has a new time, but the follow-up is {over}")
        shows = "cancelled" in status or self.said.component.name == "VTODO"
        if state == "open" and shows:  # an event never shows that it is done
            raise ValueError(f"it is open in the calendar, but the follow-up is {over}")
        return None

    @property
    def _due(self) -> str:
        """The property that has its time."""
        return "due" if self.said.component.name == "VTODO" else "dtstart"

    def _is_new(self, due: dt.datetime) -> bool:
        return due != self.entry.scheduled.due.replace(microsecond=0)  # it has no fractions

    def _moved(self) -> bool:
        """Return whether it has a new time. One that is over needs none."""
        return self._due in self.said and self._is_new(self.said.instant(self._due))

    def _common(self) -> dict[str, Any]:
        return {"at": self.now, "by": self.by, "follow_up": self.entry.scheduled.follow_up}

    def _proposed(self, event: e.Event, why: str) -> Proposal:
        return Proposal(incident=self.entry.incident, event=event, why=why)
