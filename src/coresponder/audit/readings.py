"""The readings: the contribution of one incident to each measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from coresponder.audit.reckoned import NOTHING, YES, Found
from coresponder.audit.seen import Seen
from coresponder.domain import events as e
from coresponder.domain.events import Event
from coresponder.domain.vocabulary import Alternative, ConsentScope, Disposition, Weekday

__all__ = [
    "BY_TIMES",
    "STAGES",
    "Reader",
    "age_group",
    "alternatives",
    "answered",
    "consent",
    "dispatched_of_all",
    "disposition",
    "disposition_by_tier",
    "ended_as",
    "follow_ups",
    "held",
    "hour",
    "month",
    "nature",
    "officer_time_returned",
    "on_scene",
    "qualifying",
    "referral_time",
    "referrals",
    "tier",
    "time_between",
    "transporter",
    "unanswered",
    "week_hour",
    "weekday",
    "without_officer",
]

Reader = Callable[[Seen], Found]
_STAGE_OF: dict[type[Event], str] = {
    e.ReferralOffered: "offered",
    e.ReferralSent: "sent",
    e.ReferralAccepted: "accepted",
    e.ReferralConnected: "connected",
    e.ReferralCompleted: "completed",
}
STAGES: tuple[str, ...] = tuple(_STAGE_OF.values())
"""The stages of a referral."""
BY_TIMES: frozenset[type[Event]] = frozenset({e.FollowUpScheduled})
"""Event types that make a label depend on times; incidents with one are read one by one."""


_DAYS = tuple(day.value for day in Weekday)
_YES, _NO = Found(of=1, labels=(YES,)), Found(of=1)


def _yes(answer: bool) -> Found:
    return _YES if answer else _NO


def _timed(spans: Iterable[tuple[Event, Event] | None]) -> Found:
    """Return lengths of time; unknown ones are counted as missing."""
    found = list(spans)
    if not found:
        return NOTHING
    known = tuple(span for span in found if span is not None)
    return Found(of=len(found), spans=known, missing=len(found) - len(known))


# --- performance ----------------------------------------------------------------------------------


def time_between(begin: type[Event], end: type[Event]) -> Reader:
    """Measure from the first event of one type to the first of another."""

    def read(seen: Seen) -> Found:
        first, last = seen.first(begin), seen.first(end)
        if first is None or last is None:
            return NOTHING
        return _timed([seen.span(first, last)])

    return read


def officer_time_returned(seen: Seen) -> Found:
    """Measure from each officer's departure until others clear the scene."""
    end = seen.first(e.SceneCleared)
    if end is None:
        return NOTHING
    left = {}
    for event in seen.all(e.ResponderCleared):
        role = seen.role_of(event.responder, event.role)
        if role is not None and role.sworn:
            left[event.responder] = event
    return _timed(seen.span(event, end) for event in left.values())


def follow_ups(seen: Seen) -> Found:
    """Label each follow-up that was due with its outcome."""
    planned = {event.follow_up: event for event in seen.all(e.FollowUpScheduled)}
    done = {event.follow_up: event for event in seen.all(e.FollowUpDone)}
    missed = {event.follow_up for event in seen.all(e.FollowUpMissed)}
    off = {event.follow_up for event in seen.all(e.FollowUpCancelled)}
    labels, unknown = [], 0
    for id, plan in planned.items():
        if id in done:
            sure = seen.knows(done[id])
            labels += [("in time" if done[id].at <= plan.due else "late")] if sure else []
            unknown += not sure
        elif id in missed:
            labels.append("missed")
        elif id not in off and plan.due < seen.now:
            labels.append("not done")
    return Found(of=len(labels) + unknown, labels=tuple(labels), missing=unknown)


# --- reach ----------------------------------------------------------------------------------------


def qualifying(seen: Seen) -> Found:
    """Count a call that qualifies."""
    return _yes(seen.qualifies) if seen.called else NOTHING


def _of_qualifying(answer: Callable[[Seen], bool]) -> Reader:
    return lambda seen: _yes(answer(seen)) if seen.qualifies else NOTHING


answered: Reader = _of_qualifying(lambda seen: bool(seen.teams))
unanswered: Reader = _of_qualifying(lambda seen: not seen.teams and seen.has(e.TeamUnavailable))


def dispatched_of_all(seen: Seen) -> Found:
    """Count an incident to which a team was sent."""
    return _yes(bool(seen.teams)) if seen.called else NOTHING


def without_officer(seen: Seen) -> Found:
    """Count an incident at which somebody arrived and no officer was sent or came."""
    if not seen.called:
        return NOTHING
    there = list(seen.all(e.ResponderArrived))
    if any(seen.role_of(event.responder, event.role) is None for event in there):
        return Found(missing=1)
    return _yes(bool(there) and not any(role.sworn for role in seen.roles))


def tier(seen: Seen) -> Found:
    """Label an incident with the tier of the first team."""
    return Found(of=1, labels=(seen.teams[0].tier,)) if seen.teams else NOTHING


def _opened(label: Callable[[dt.datetime], str]) -> Reader:
    """Label an incident by its opening time, if that is exact."""

    def read(seen: Seen) -> Found:
        first = seen.events[0] if seen.events else None
        if first is None or not seen.knows(first):
            return Found(missing=1)
        return Found(of=1, opened=label)

    return read


def _hour(opened: dt.datetime) -> str:
    return f"{opened.hour:02}:00"


def _day(opened: dt.datetime) -> str:
    return _DAYS[opened.weekday()]


def _month(opened: dt.datetime) -> str:
    return f"{opened:%Y-%m}"


hour: Reader = _opened(_hour)
weekday: Reader = _opened(_day)
week_hour: Reader = _opened(lambda opened: f"{_day(opened)} / {_hour(opened)}")


def month(seen: Seen) -> Found:
    """Label an incident with the month, which is known even if only the day is."""
    return Found(of=1, opened=_month)


def nature(seen: Seen) -> Found:
    """Label an incident with the nature of the call."""
    call = seen.case.incident.call
    return Found(of=1, labels=(call.nature.value,)) if call else Found(missing=1)


def age_group(seen: Seen) -> Found:
    """Label each person with the age group."""
    people = seen.case.incident.people
    return Found(of=len(people), labels=tuple(person.age_group.value for person in people))


# --- scene ----------------------------------------------------------------------------------------


def _contact(seen: Seen) -> bool:
    return bool(seen.teams) or seen.has(e.ResponderArrived)


def disposition(seen: Seen) -> Found:
    """Label a contact with its last disposition."""
    ended = seen.disposition
    if ended is not None:
        return Found(of=1, labels=(ended.value,))
    return Found(missing=1) if _contact(seen) else NOTHING


def disposition_by_tier(seen: Seen) -> Found:
    """Label a contact with the tier of the first team and the last disposition."""
    if not seen.teams:
        return NOTHING
    ended = seen.disposition
    if ended is None:
        return Found(missing=1)
    return Found(of=1, labels=(f"{seen.teams[0].tier} / {ended.value}",))


def ended_as(*dispositions: Disposition) -> Reader:
    """Return a reading that counts contacts that ended in one of these ways."""
    return lambda seen: (
        NOTHING if seen.disposition is None else _yes(seen.disposition in dispositions)
    )


def held(seen: Seen) -> Found:
    """Count a contact in which a person was put into an emergency hold."""
    placed, ended = seen.has(e.EmergencyHoldPlaced), seen.disposition
    if not placed and ended is None and not _contact(seen):
        return NOTHING
    return _yes(placed or ended is Disposition.EMERGENCY_HOLD)


def alternatives(seen: Seen) -> Found:
    """Count people with grounds for an arrest, and those of them who took an alternative."""
    found = seen.all(e.ChargeableOffenseFound, e.WarrantFound)
    grounds = {event.person for event in found}
    taken = {
        event.person
        for event in seen.all(e.AlternativeTaken)
        if event.alternative is not Alternative.DEFLECTION
    }
    return Found(of=len(grounds), labels=(YES,) * len(grounds & taken))


def on_scene(kind: type[Event]) -> Reader:
    """Return a reading that counts incidents with such an event, out of those with an arrival."""
    return lambda seen: _yes(seen.has(kind)) if seen.has(e.ResponderArrived) else NOTHING


def transporter(seen: Seen) -> Found:
    """Label each transport with the kind of transporter."""
    by = [event.transported_by for event in seen.all(e.PersonTransported)]
    known = tuple(one.value for one in by if one is not None)
    return Found(of=len(known), labels=known, missing=len(by) - len(known))


# --- connection -----------------------------------------------------------------------------------


def consent(seen: Seen) -> Found:
    """Label each person who was asked with their last answer about services."""
    said: dict[str, str] = {}
    for event in seen.all(e.ConsentGiven, e.ConsentDeclined, e.ConsentWithdrawn):
        if event.scope is ConsentScope.SERVICES:
            said[event.person] = type(event).__name__.removeprefix("Consent").lower()
    return Found(of=len(said), labels=tuple(said.values()))


def _stages(seen: Seen) -> Iterator[dict[str, Event]]:
    """Yield the first event of each stage of each referral that was offered."""
    found: dict[str, dict[str, Event]] = {}
    for event in seen.events:
        stage = _STAGE_OF.get(type(event))
        if stage is not None:
            referral: str = event.referral  # type: ignore[attr-defined]
            found.setdefault(referral, {}).setdefault(stage, event)
    return (stages for stages in found.values() if "offered" in stages)


def referrals(seen: Seen) -> Found:
    """Count the stages of each referral; reaching a stage implies all earlier ones."""
    labels: list[str] = []
    offered = 0
    for stages in _stages(seen):
        offered += 1
        furthest = max(STAGES.index(stage) for stage in stages)
        labels += STAGES[: furthest + 1]
    return Found(of=offered, labels=tuple(labels))


def referral_time(begin: str, end: str) -> Reader:
    """Measure from one stage of a referral to another."""

    def read(seen: Seen) -> Found:
        both = (stages for stages in _stages(seen) if {begin, end} <= stages.keys())
        return _timed(seen.span(stages[begin], stages[end]) for stages in both)

    return read
