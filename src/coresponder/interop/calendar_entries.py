"""Follow-ups as entries of a calendar (RFC 5545).

An entry shows neither its person nor its reason: its title is "Follow-up", its UID is a digest, and
nothing else leaves the agency unless the caller asks for it. The library `icalendar` handles the
format.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import FollowUp
from coresponder.domain.spoken import say_word
from coresponder.errors import MissingExtra, nearest
from coresponder.program import Case

__all__ = ["READS", "TELLS", "Planned", "calendar_library", "calendar_of", "planned"]

TELLS = ("incident", "kind", "owner", "person")
"""The details that an entry may show besides its time, if the caller names them."""
READS = frozenset(
    event.__name__
    for event in (e.FollowUpScheduled, e.FollowUpDone, e.FollowUpMissed, e.FollowUpCancelled)
)
"""The event types of which a calendar tells something."""
_PRODUCT = "-//coresponder//follow-ups//EN"
_NAMESPACE = uuid.UUID("6f0c2f6e-6b1d-5a9e-9a43-0d7a6f0f4c11")


@attrs.frozen(kw_only=True)
class Planned:
    """A follow-up as a calendar needs it.

    Attributes:
        uid: its name in every calendar, which reveals nothing.
        incident: the incident's id.
        scheduled: the plan as it is now; the last one that was recorded, if all are void.
        status: `scheduled`, `done`, `missed` or `cancelled`; one that was entered in error is
            `cancelled`.
        sequence: how often it was changed.
        stamp: when it was last changed (UTC).
        planned_at: when it was first planned (UTC).
        done_at: when it was done (UTC).
    """

    uid: str
    incident: str
    scheduled: e.FollowUpScheduled
    status: str
    sequence: int
    stamp: dt.datetime
    planned_at: dt.datetime
    done_at: dt.datetime | None = None


def planned(case: Case, *, agency: str = "default") -> Iterator[Planned]:
    """Yield every follow-up that was planned in an incident, in the order of planning."""
    recorded = case.recorded()
    changes: dict[str, list[e.Event]] = {}
    for event in recorded:
        about = recorded[event.event - 1] if isinstance(event, e.EnteredInError) else event
        if (id := getattr(about, "follow_up", None)) is not None:
            changes.setdefault(id, []).append(event)
    now = {one.id: one for one in case.incident.follow_ups}
    entries = [one for one in case.entries() if one.happened and not one.out_of_place]
    for id, events in changes.items():
        plans = [event for event in events if isinstance(event, e.FollowUpScheduled)]
        if not plans:
            continue  # done without a plan: no calendar has it
        current = now.get(id)
        done = [one.event.at for one in entries if isinstance(one.event, e.FollowUpDone) and one.event.follow_up == id]  # fmt: skip
        yield Planned(
            uid=str(uuid.uuid5(_NAMESPACE, f"{agency}\n{case.id}\n{id}")),
            incident=case.id,
            scheduled=_as_now(plans[-1], current),
            status=current.status.value if current else "cancelled",
            sequence=len(events) - 1,
            stamp=max(event.at for event in events),
            planned_at=min(plan.at for plan in plans),
            done_at=max(done, default=None),
        )


def _as_now(plan: e.FollowUpScheduled, now: FollowUp | None) -> e.FollowUpScheduled:
    """Return a plan as the record has the follow-up now. A plan that is void, or that was recorded
    late and is older than another, says whom it was once with.
    """
    if now is None:
        return plan
    return attrs.evolve(plan, kind=now.kind, due=now.due, owner=now.owner, person=now.person)


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
    library = calendar_library()
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


def calendar_library() -> Any:
    """Return the library that handles the format; raise `MissingExtra` if it is not installed."""
    try:
        import icalendar
    except ImportError:
        raise MissingExtra("calendar", "a calendar") from None
    return icalendar
