"""Follow-ups as entries of a calendar (RFC 5545), and changes made in the calendar as proposals.

An entry shows neither its person nor its reason: its title is "Follow-up", its UID is a digest, and
nothing else leaves the agency unless the caller asks for it. The library `icalendar` handles the
format.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal

import attrs

from coresponder.domain import events as e
from coresponder.domain.spoken import say_word
from coresponder.domain.types import UTC, opaque_id, utc
from coresponder.errors import MissingExtra, UnreadableFile, nearest
from coresponder.outputs import described
from coresponder.program import Case

__all__ = [
    "READS",
    "TELLS",
    "Ignored",
    "Planned",
    "Proposal",
    "calendar_of",
    "planned",
    "proposals",
]

TELLS = ("incident", "kind", "owner", "person")
"""The details that an entry may show besides its time, if the caller names them."""
READS = frozenset(
    event.__name__
    for event in (e.FollowUpScheduled, e.FollowUpDone, e.FollowUpMissed, e.FollowUpCancelled)
)
"""The event types of which a calendar tells something."""
_PRODUCT = "-//coresponder//follow-ups//EN"
_ENTRIES = ("VTODO", "VEVENT")
_BEGIN = re.compile(r"^BEGIN:(?:VTODO|VEVENT)\s*$", re.IGNORECASE | re.MULTILINE)
_NAMESPACE = uuid.UUID("6f0c2f6e-6b1d-5a9e-9a43-0d7a6f0f4c11")


@attrs.frozen(kw_only=True)
class Planned:
    """A follow-up as a calendar needs it.

    Attributes:
        uid: its name in every calendar, which reveals nothing.
        incident: the incident's id.
        scheduled: the last event that planned it.
        status: `scheduled`, `done`, `missed` or `cancelled`; one that was entered in error is
            `cancelled`.
        sequence: how often it was changed.
        stamp: when it was last changed (UTC).
        done_at: when it was done (UTC).
    """

    uid: str
    incident: str
    scheduled: e.FollowUpScheduled
    status: str
    sequence: int
    stamp: dt.datetime
    done_at: dt.datetime | None = None


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


def planned(case: Case, *, agency: str = "default") -> Iterator[Planned]:
    """Yield every follow-up that was planned in an incident, in the order of planning."""
    recorded = case.recorded()
    changes: dict[str, list[e.Event]] = {}
    for event in recorded:
        about = recorded[event.event - 1] if isinstance(event, e.EnteredInError) else event
        if (id := getattr(about, "follow_up", None)) is not None:
            changes.setdefault(id, []).append(event)
    now = {one.id: one for one in case.incident.follow_ups}
    happened = [entry.event for entry in case.entries() if entry.happened]
    for id, events in changes.items():
        plans = [event for event in events if isinstance(event, e.FollowUpScheduled)]
        if not plans:
            continue  # done without a plan: no calendar has it
        current = now.get(id)
        done = [v.at for v in happened if isinstance(v, e.FollowUpDone) and v.follow_up == id]
        yield Planned(
            uid=str(uuid.uuid5(_NAMESPACE, f"{agency}\n{case.id}\n{id}")),
            incident=case.id,
            scheduled=next(
                (plan for plan in reversed(plans) if current and plan.due == current.due), plans[-1]
            ),
            status=current.status.value if current else "cancelled",
            sequence=len(events) - 1,
            stamp=max(event.at for event in events),
            done_at=max(done, default=None),
        )


def calendar_of(
    entries: Iterable[Planned],
    *,
    kind: Literal["todo", "event"] = "todo",
    tells: Collection[str] = (),
) -> bytes:
    """Return a calendar.

    Args:
        entries: the follow-ups.
        kind: `todo` for tasks with a due time (VTODO), `event` for entries at that time (VEVENT),
            for calendars that do not show tasks.
        tells: the details that an entry shows besides its time: any of `TELLS`. By default none.

    Raises:
        MissingExtra: the package `icalendar` is not installed.
        ValueError: `tells` names something else.
    """
    for name in tells:
        if name not in TELLS:
            raise ValueError(f"an entry does not tell {name!r}; {nearest(name, TELLS)}")
    library = _library()
    calendar = library.Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    for entry in entries:
        calendar.add_component(_component(library, entry, kind, tells))
    found: bytes = calendar.to_ical()
    return found


def _component(library: Any, entry: Planned, kind: str, tells: Collection[str]) -> Any:
    made = library.Todo() if kind == "todo" else library.Event()
    values = {
        "incident": entry.incident,
        "kind": say_word(entry.scheduled.kind.value),
        "owner": entry.scheduled.owner,
        "person": entry.scheduled.person,
    }
    told = [f"{name}: {values[name]}" for name in TELLS if name in tells and values[name]]
    made.add("uid", entry.uid)
    made.add("dtstamp", entry.stamp)
    made.add("sequence", entry.sequence)
    made.add("class", "PRIVATE")
    made.add("summary", "Follow-up")
    if told:
        made.add("description", "\n".join(told))
    made.add("due" if kind == "todo" else "dtstart", entry.scheduled.due)
    if kind == "todo":
        made.add("status", _TODO[entry.status])
        if entry.status == "done" and entry.done_at is not None:
            made.add("completed", entry.done_at)
    else:
        made.add("status", "CANCELLED" if entry.status == "cancelled" else "CONFIRMED")
        made.add("transp", "TRANSPARENT")
    return made


_TODO: Mapping[str, str] = {
    "scheduled": "NEEDS-ACTION",
    "missed": "NEEDS-ACTION",
    "done": "COMPLETED",
    "cancelled": "CANCELLED",
}


def proposals(
    text: bytes | str, known: Iterable[Planned], *, now: dt.datetime, by: str
) -> tuple[tuple[Proposal, ...], tuple[Ignored, ...]]:
    """Compare a calendar with the planned follow-ups, and propose an event for each difference.
    Nothing is recorded.

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
    for component in _components(text):
        uid = str(component.get("uid", ""))
        entry = by_uid.get(uid)
        if entry is None:
            ignored.append(
                Ignored(uid=described(uid), why="no follow-up here has this UID", ours=False)
            )
            continue
        try:
            proposal = _proposal(component, entry, instant, author)
        except ValueError as error:
            ignored.append(Ignored(uid=uid, why=str(error)))
            continue
        if proposal is not None:
            found.append(proposal)
    return tuple(found), tuple(ignored)


def _components(text: bytes | str) -> list[Any]:
    """Return the entries. A file that is truncated, or of which the library skips a part, is
    refused as a whole.
    """
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    try:
        calendars = _library().Calendar.from_ical(plain, multiple=True)
        found = [one for each in calendars for name in _ENTRIES for one in each.walk(name)]
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


def _proposal(component: Any, entry: Planned, now: dt.datetime, by: str) -> Proposal | None:
    """Return the difference as a proposal; raise `ValueError` with the reason if there can be
    none.
    """
    if _number(component) < entry.sequence:
        raise ValueError("this entry is older than the record; export the calendar again")
    plan = entry.scheduled
    status = str(component.get("status", ""))
    open_here = entry.status in {"scheduled", "missed"}
    common: dict[str, Any] = {"at": now, "by": by, "follow_up": plan.follow_up}
    if status == "CANCELLED":
        if not open_here:
            return None
        return _proposed(entry, e.FollowUpCancelled(**common), "it was canceled in the calendar")
    if status == "COMPLETED":
        if entry.status == "done":
            return None
        common["at"] = _completed(component) or now
        made = e.FollowUpDone(**common, kind=plan.kind, person=plan.person)
        return _proposed(entry, made, "it was marked as completed in the calendar")
    due = _instant(component, "due" if component.name == "VTODO" else "dtstart")
    if due == plan.due.replace(microsecond=0):  # the format has no fractions of a second
        return None
    if not open_here:
        raise ValueError(f"it has a new time, but the follow-up is {entry.status}")
    moved = attrs.evolve(plan, at=now, by=by, due=due)
    return _proposed(entry, moved, "it has a new time in the calendar")


def _proposed(entry: Planned, event: e.Event, why: str) -> Proposal:
    return Proposal(incident=entry.incident, event=event, why=why)


def _number(component: Any) -> int:
    try:
        return int(component.get("sequence", 0))
    except (TypeError, ValueError):
        raise ValueError("its SEQUENCE is not a number") from None


def _completed(component: Any) -> dt.datetime | None:
    return _instant(component, "completed") if "completed" in component else None


def _instant(component: Any, name: str) -> dt.datetime:
    """Return a time as an instant. A day alone, or a time without a zone, is refused, not
    guessed.
    """
    try:
        value = component.decoded(name)
    except KeyError:
        raise ValueError(f"it has no {name.upper()}") from None
    except (ValueError, TypeError, AttributeError):
        raise ValueError(f"its {name.upper()} cannot be read") from None
    if not isinstance(value, dt.datetime) or value.utcoffset() is None:
        raise ValueError(
            f"its {name.upper()} is a day or has no time zone; give a time with a zone"
        )
    return value.astimezone(UTC)


def _library() -> Any:
    try:
        import icalendar
    except ImportError:
        raise MissingExtra("calendar", "a calendar") from None
    return icalendar
