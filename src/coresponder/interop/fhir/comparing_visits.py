"""How a follow-up stood when an Appointment was told, and what that says beside the record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import attrs

from coresponder.domain import events as e
from coresponder.interop.fhir.history import happened_in, placed_in
from coresponder.program import Case

__all__ = ["OVER", "PLANNED", "Standing"]

PLANNED = frozenset({"proposed", "pending", "booked", "waitlist"})
OVER = frozenset({"fulfilled", "noshow"})
_WORDS: Mapping[type[e.Event], str] = {
    e.FollowUpScheduled: "planned",
    e.FollowUpDone: "made",
    e.FollowUpMissed: "missed",
    e.FollowUpCancelled: "canceled",
}
_AGAINST = (frozenset({"planned", "canceled"}), frozenset({"made", "missed"}))
"""Of two of these at one time, only one can be."""
_STATUSES: Mapping[str, str] = {
    **dict.fromkeys(PLANNED, "planned"), "fulfilled": "made", "noshow": "missed", "cancelled": "canceled",
}  # fmt: skip


@attrs.frozen
class Standing:
    """How a follow-up stood at the time of an Appointment.

    Attributes:
        id: its id.
        plan: its last plan.
        last: what changed it last before that.
        told: what happened to it, also later and out of place.
    """

    id: str
    plan: e.FollowUpScheduled | None
    last: e.Event | None
    told: tuple[e.Event, ...]

    @classmethod
    def of(cls, case: Case, id: str, at: dt.datetime) -> Standing:
        """Return how a follow-up stood at a time."""
        placed = [event for event in placed_in(case) if _of(event) == id and event.at <= at]
        plans = [event for event in placed if isinstance(event, e.FollowUpScheduled)]
        told = tuple(event for event in happened_in(case) if _of(event) == id)
        return cls(id, plans[-1] if plans else None, placed[-1] if placed else None, told)

    @property
    def status(self) -> str:
        """Whether it was planned, made, missed or canceled; `unknown` if nothing was told."""
        return _WORDS[type(self.last)] if self.last is not None else "unknown"

    def over_at(self, at: dt.datetime) -> bool:
        """Return whether it was made or missed at this very time: the same plan then says no more."""
        return self.status in {"made", "missed"} and self.last is not None and self.last.at == at

    def has(self, event: e.Event) -> bool:
        """Return whether it stood as an event says, or was told so last. What was made or missed
        before an instant is no news at that instant, whatever else was told of it.
        """
        before = [one for one in self.told if one.at <= event.at][-1:]
        if isinstance(event, e.FollowUpDone | e.FollowUpMissed):
            before += [one for one in self.told if one.at < event.at][-1:]
        return any(_alike(one, event) for one in (self.last, *before))

    def knows(self, kind: type[e.Event]) -> bool:
        """Return whether it was told, earlier or later, what became of its last plan."""
        since = self.plan.at if self.plan else None
        return any(type(one) is kind and (since is None or one.at >= since) for one in self.told)

    def against(self, event: e.Event) -> str | None:
        """Return why an event cannot be recorded beside another of the same time."""
        new = _WORDS[type(event)]
        for one in self.told:
            old = _WORDS[type(one)]
            if one.at == event.at and any({old, new} <= pair for pair in _AGAINST):
                return f"{self.id}: it was {_both(old, new)} at one time; record which is meant"
        return None

    def odd(self, said: str, at: dt.datetime) -> Iterator[str]:
        """Yield what is unusual about an Appointment that is recorded."""
        new = _STATUSES[said]
        if self.status in {"made", "canceled"}:
            again = "planned again" if new == "planned" else new
            yield f"{self.id}: {again} after it was {self.status}"
        elif any(one.at == at and _WORDS[type(one)] != new for one in self.told):
            yield f"{self.id}: it was {self.status} at the same time; {new}, which was told last, stands"
        if self.told and self.told[-1].at > at:
            yield (
                f"{self.id}: {said} is older than what was recorded last; it is kept in its place"
            )

    def nothing_new(self, said: str, at: dt.datetime, *, says_when: bool) -> Iterator[str]:
        """Yield what is not recorded of one that stands as before: another time, or that it is
        older than the record.
        """
        new = _STATUSES[said]
        if any(one.at == at and _WORDS[type(one)] == new for one in self.told):
            return
        earlier = [_WORDS[type(one)] for one in self.told if one.at < at][-1:]
        if new in {self.status, *earlier} and said in OVER and says_when:
            yield f"{self.id}: {new} at another time than recorded; the first one stands"
        elif self.told and self.told[-1].at > at:
            yield f"{self.id}: {said} is older than what was recorded last, and says nothing new"


def _of(event: e.Event) -> str | None:
    return event.follow_up if type(event) in _WORDS else None  # type: ignore[attr-defined]


def _alike(one: e.Event | None, event: e.Event) -> bool:
    return type(one) is type(event) and all(
        getattr(one, name, None) == getattr(event, name, None) for name in ("outcome", "reason")
    )


_TWICE = {
    "planned": "planned in two ways",
    "made": "made with two outcomes",
    "missed": "missed for two reasons",
}


def _both(old: str, new: str) -> str:
    return f"{old} and {new}" if old != new else _TWICE[old]
