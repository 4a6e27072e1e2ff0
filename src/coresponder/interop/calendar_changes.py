"""Changes made in a calendar (RFC 5545, RFC 5546), as events that a person may record.

An entry that says two things, or that this reader cannot follow, is named and gives no proposal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.types import opaque_id, utc
from coresponder.domain.vocabulary import FollowUpOutcome
from coresponder.interop.calendar_entries import Planned
from coresponder.interop.calendar_files import METHODS, Entry, file_of
from coresponder.outputs import described, key_name

__all__ = ["Ignored", "Proposal", "proposals"]


@attrs.frozen(kw_only=True)
class Proposal:
    """A change made in a calendar, as the event that would record it. A person decides."""

    uid: str
    incident: str
    event: e.Event
    why: str


@attrs.frozen(kw_only=True)
class Ignored:
    """An entry without a proposal, and the reason. `ours` if it is one of the agency's
    follow-ups; then it has the incident and the follow-up.
    """

    uid: str
    why: str
    ours: bool = True
    incident: str | None = None
    follow_up: str | None = None


def proposals(
    text: bytes | str,
    known: Iterable[Planned],
    *,
    now: dt.datetime,
    by: str,
    outcomes: Mapping[str, FollowUpOutcome] = MappingProxyType({}),
) -> tuple[tuple[Proposal, ...], tuple[Ignored, ...]]:
    """Compare a calendar with the planned follow-ups, and propose an event for each difference.
    Nothing is recorded. A follow-up that is not in the calendar is not compared: it may have been
    deleted there, or never been written to it.

    Args:
        text: the calendar.
        known: the follow-ups as they are now.
        now: the time at which the proposals would be recorded.
        by: the id of the person who would record them.
        outcomes: what came of the contacts that were completed, by UID: a calendar does not say it.

    Returns:
        The proposals, and every entry that differs or is unknown and has no proposal.

    Raises:
        MissingExtra: the package `icalendar` is not installed.
        UnreadableFile: the text is not a complete calendar.
        ValueError: `now` has no time zone, or `by` is not an opaque id.
    """
    instant, author = utc(now), opaque_id(by)
    by_uid = {entry.uid: entry for entry in known}
    file = file_of(text)
    unread = {one.uid for one in file.broken}
    ignored = [_ignored(one.uid, one.why, by_uid) for one in (*file.broken, *file.others)]
    ignored += [_ignored(uid, _TWO_UIDS, by_uid) for one in file.entries for uid in _several(one)]
    found: list[Proposal] = []
    for uid, versions in _by_uid(file.entries).items():
        newest, left = _newest(versions) if uid in by_uid else (None, [_UNKNOWN] * len(versions))
        if newest is not None and uid in unread:
            newest, left = None, ["another version of it in the file cannot be read"]
        ignored += [_ignored(uid, why, by_uid) for why in left]
        if newest is None:
            continue
        change = _Change(newest, by_uid[uid], instant, author, outcomes.get(uid))
        try:
            found += change.proposals()
            ignored += [_ignored(uid, why, by_uid) for why in change.between()]
        except ValueError as error:
            ignored.append(_ignored(uid, str(error), by_uid))
    made = {one.uid for one in found if isinstance(one.event, e.FollowUpDone)}
    ignored += [_ignored(uid, _NOT_MADE, by_uid) for uid in outcomes if uid not in made]
    return tuple(found), tuple(ignored)


_TWO_UIDS = "it has more than one UID"
_UNKNOWN = "no follow-up here has this UID"
_NOT_MADE = "an outcome is given for it, and this file has no new completion of it"


def _ignored(uid: str, why: str, known: Mapping[str, Planned]) -> Ignored:
    """Return an entry without a proposal, with its follow-up if it is one of the agency's."""
    entry = known.get(uid)
    if entry is None:
        return Ignored(uid=described(uid), why=why, ours=why == _NOT_MADE)
    return Ignored(uid=uid, why=why, incident=entry.incident, follow_up=entry.scheduled.follow_up)


# --- the entries of a file ------------------------------------------------------------------------


_RECURS = ("rrule", "rdate", "exdate", "exrule")


def _by_uid(entries: Iterable[Entry]) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for one in entries:
        if not _several(one):
            found.setdefault(str(one.component.get("uid", "")), []).append(one)
    return found


def _several(one: Entry) -> tuple[str, ...]:
    """Return the UIDs of an entry that has more than one."""
    uid = one.component.get("uid")
    return tuple(dict.fromkeys(map(str, uid))) if isinstance(uid, list) else ()


def _newest(versions: list[Entry]) -> tuple[Entry | None, list[str]]:
    """Return the newest revision of an entry, None if there is no one, and why each other one is
    left out.
    """
    left = [why for one in versions if (why := _cannot_follow(one))]
    if left:  # one time of many is not the entry
        return None, left
    if len(versions) == 1:
        return versions[0], []
    try:
        versions = sorted(versions, key=Entry.revision)
        same = [one for one in versions if one.revision() == versions[-1].revision()]
    except ValueError as error:
        return None, [f"it is in the file {len(versions)} times, and {error}"]
    if len({one.component.to_ical() for one in same}) > 1:
        return None, ["it is in the file twice, with one SEQUENCE and one DTSTAMP; keep one"]
    older = "an older version of it is in the file, too, and is left out"
    return versions[-1], [older] * (len(versions) - len(same))


def _cannot_follow(one: Entry) -> str | None:
    """Return why an entry is none that could be compared."""
    if one.method not in METHODS:
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

    said: Entry
    entry: Planned
    now: dt.datetime
    by: str
    outcome: FollowUpOutcome | None

    def proposals(self) -> tuple[Proposal, ...]:
        """Return the difference as a proposal, if there is one; raise `ValueError` with the reason
        if there can be none.
        """
        found = self._proposal()
        return () if found is None else (found,)

    def between(self) -> Iterator[str]:
        """Yield what it says of a contact that is planned and neither open nor done."""
        if self.entry.status in {"scheduled", "missed"} and (said := self.said.begun()):
            yield f"it says {said}, for which the record has no event"

    def _proposal(self) -> Proposal | None:
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
        plan, timed = self.entry.scheduled, "completed" in self.said
        at = self.said.instant("completed") if timed else self.now
        if at > self.now:
            raise ValueError("its COMPLETED lies in the future")
        if at < self.entry.planned_at.replace(microsecond=0):
            raise ValueError("its COMPLETED lies before the follow-up was planned")
        if self.outcome is None:
            raise ValueError(
                "it was completed in the calendar, which does not say what came of the contact; say so with"
                f" --outcome {self.entry.uid}=OUTCOME ({', '.join(FollowUpOutcome)})"
            )
        why = "it was marked as completed in the calendar"
        why += "" if timed else ", without a time, so now is proposed"
        why += "; its new time is left out" if self._moved() else ""
        why += "; the follow-up is canceled" if self.entry.status == "cancelled" else ""
        told = self._common() | {"at": at, "outcome": self.outcome}
        made = e.FollowUpDone(**told, kind=plan.kind, person=plan.person)
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
        self.said.check_order("due" if self._due == "due" else "dtend")
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
        return Proposal(uid=self.entry.uid, incident=self.entry.incident, event=event, why=why)
