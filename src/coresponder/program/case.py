"""Case and Step: an incident under a program, and the changes that one event makes."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from coresponder.domain.appended import Appended
from coresponder.domain.events import (
    Event,
    FollowUpDone,
    PersonIdentified,
    PersonInvolved,
    ReferralSent,
    ResponderArrived,
)
from coresponder.domain.frozen import copier
from coresponder.domain.identity import Identities
from coresponder.domain.objects import Incident
from coresponder.domain.types import UTC, Id, Instant, say_time, say_times
from coresponder.domain.vocabulary import Role
from coresponder.policy.automata import Cell
from coresponder.policy.refusal import Obligation, Refusal, Violation
from coresponder.policy.tables import EMPTY, Progress
from coresponder.policy.words import say_event
from coresponder.record import Record

__all__ = [
    "NOTHING",
    "Case",
    "Elsewhere",
    "Entry",
    "Findings",
    "Notice",
    "Step",
    "unreadable_notice",
]


@attrs.frozen(kw_only=True, weakref_slot=False)
class Findings:
    """The exceptions in a case. They are kept apart, because most cases have none.

    Attributes:
        violations: every breach so far, in order.
        out_of_place: numbers of events for which the lifecycle has no edge.
        doubtful: numbers of events whose time lies outside what is plausible for the program.
        voided: numbers of events that were entered in error.
        numbers: the record's number of each event of the history, if they are not simply 1, 2, 3.
        who: people who were identified later, and the ids that they have.
    """

    violations: tuple[Violation, ...] = ()
    out_of_place: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    voided: frozenset[int] = frozenset()
    numbers: Appended[int] | None = None
    who: Identities = ()


NOTHING = Findings()


@attrs.frozen(kw_only=True, weakref_slot=False)
class Entry:
    """One line of a case's history: the event, its number in the record, and its marks."""

    number: int
    event: Event
    out_of_place: bool
    doubtful: bool
    voided: bool

    @property
    def happened(self) -> bool:
        """True unless the event was entered in error or is only about the record."""
        return not self.voided and not self.event.administrative


_NO_EVENTS = Appended[Event]()


@attrs.frozen(kw_only=True, weakref_slot=False)
class Case:
    """An incident under a program: the incident, its history in the order in which things happened,
    its policies' progress. Immutable.
    """

    program: str
    incident: Incident
    history: Appended[Event] = _NO_EVENTS
    progress: Progress = EMPTY
    findings: Findings = NOTHING

    def __repr__(self) -> str:
        """Return where it stands; a history may be long."""
        return (
            f"Case(id={self.id!r}, program={self.program!r}, state={self.state!r},"
            f" version={self.version})"
        )

    @property
    def id(self) -> str:
        """The incident's id."""
        return self.incident.id

    @property
    def state(self) -> str:
        """The incident's state."""
        return self.incident.state

    @property
    def version(self) -> int:
        """How many events are recorded, which is the number of the last one."""
        return len(self.history)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cell of each policy."""
        return self.progress.cells()

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every breach that an event brought to light. Time alone may have caused more; see
        `Program.statuses`.
        """
        return self.findings.violations

    @property
    def numbers(self) -> Sequence[int]:
        """The record's number of each event of the history."""
        return self.findings.numbers or range(1, len(self.history) + 1)

    def entries(self, types: Container[str] | None = None) -> Iterator[Entry]:
        """Yield the history line by line; with `types`, only events of these types."""
        out_of_place, doubtful, void = (
            set(self.findings.out_of_place),
            set(self.findings.doubtful),
            self.findings.voided,
        )
        for number, event in zip(self.numbers, self.history, strict=True):
            if types is not None and type(event).__name__ not in types:
                continue
            yield Entry(
                number=number,
                event=event,
                out_of_place=number in out_of_place,
                doubtful=number in doubtful,
                voided=number in void,
            )

    def valid(self) -> Iterable[Event]:
        """Return the history without the events that were entered in error."""
        if not self.findings.voided:
            return self.history
        return (entry.event for entry in self.entries() if not entry.voided)

    def of(self, types: frozenset[str]) -> list[Event]:
        """Return the events of some types that were not entered in error."""
        void, numbers, history = self.findings.voided, self.numbers, self.history
        return [history[n] for n in history.places(types) if not void or numbers[n] not in void]

    @property
    def last_at(self) -> dt.datetime:
        """When something last happened. Notes and events entered in error do not count."""
        happened = (event.at for event in self.valid() if not event.administrative)
        return max(happened, default=self.history[-1].at)

    def recorded(self, since: int = 0) -> tuple[Event, ...]:
        """Return the events after number `since`, in the order in which they were recorded."""
        if self.findings.numbers is None:
            return self.history[since:]
        pairs = zip(self.findings.numbers, self.history, strict=True)
        later = [pair for pair in pairs if pair[0] > since]
        return tuple(event for _, event in sorted(later, key=operator.itemgetter(0)))

    def was_told(self, event: Event) -> bool:
        """Return whether an event was recorded before, by whomever, also if it is void now."""
        return any(_says_the_same(one, event) for one in self.history)

    def told(self, event: Event) -> tuple[Entry, ...]:
        """Return the lines that say the same as an event, by whomever, also those that are void."""
        lines = self.entries({type(event).__name__})
        return tuple(one for one in lines if _says_the_same(one.event, event))


_LOOKED_UP: Mapping[type[Event], str] = {
    FollowUpDone: "person",
    PersonIdentified: "prior",
    PersonInvolved: "prior",
    ReferralSent: "consent_lapse",
    ResponderArrived: "role",
}


def _says_the_same(one: Event, event: Event) -> bool:
    if type(one) is not type(event) or one.at != event.at:
        return False
    return attrs.evolve(as_asked(one, event), by=event.by) == event


def as_asked(recorded: Event, event: Event) -> Event:
    """Return a recorded event without the value that was looked up for it, if this one of the same
    type does not say it.
    """
    name = _LOOKED_UP.get(type(event))
    if name is None or type(recorded) is not type(event) or getattr(event, name) is not None:
        return recorded
    unknown: dict[str, Any] = {name: None}
    return attrs.evolve(recorded, **unknown)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Notice(Record):
    """A message that a step or the passing of time causes. It carries ids, never names or
    narratives.

    Attributes:
        about: an event type, or `violation`, `obligation`, `due_soon`, `overdue`; `hidden` if the
            receiver does not see the event.
        to: the role that receives it.
        event: the event that caused it, or after which it fell due.
        number: that event's number in the incident.
        channel: the host's channel that carries it; empty for the default channel.
        policy: the policy that it is about.
        key: the policy's correlation key (a referral, a person), if it has one.
        due: when something is due.
        fields: the values that the program's `fields` name, no more than the receiver needs.
        approximate: whether what it says depends on a time that is only approximate.
    """

    incident: Id
    about: str
    to: str
    event: str
    number: int
    policy: str | None = None
    channel: str = ""
    key: str | None = None
    due: Instant | None = None
    fields: dict[str, Any] = attrs.field(factory=dict)
    approximate: bool = False

    @property
    def headline(self) -> str:
        """The subject line of the notice."""
        known = _PERHAPS if self.approximate else _HEADLINES
        said = known.get(self.about) or _HEADLINES.get(self.about) or say_event(self.about)
        return f"{said}: incident {self.incident}"

    def __str__(self) -> str:
        """Say it in one line."""
        return self.say()

    def say(self, zone: dt.tzinfo = UTC) -> str:
        """Say it in one line, with times in a time zone."""
        facts = [
            f"event {self.number}" if self.number else "",
            f"policy {self.policy}" if self.policy else "",
            f"for {self.key}" if self.key else "",
        ]
        about = "about " if self.approximate else ""
        facts += [f"due {about}{say_time(self.due, zone)}" if self.due else ""]
        facts += [
            f"{name.removeprefix('incident.').replace('_', ' ')} {value}"
            for name, value in say_times(self.fields, zone).items()
            if value is not None
        ]
        said = ", ".join(fact for fact in facts if fact)
        return f"to {self.to.replace('_', ' ')}: {self.headline}{f' ({said})' if said else ''}"


def unreadable_notice(incident: str, why: str, *, channel: str = "") -> Notice:
    """Return the notice that a record cannot be read, so that its obligations are unknown."""
    return Notice(
        incident=incident,
        about="unreadable",
        to=Role.SUPERVISOR.value,
        event="",
        number=0,
        channel=channel,
        fields={"why": why},
    )


@attrs.frozen(kw_only=True)
class Elsewhere(Record):
    """A responder of a step who was with another incident when it was written.

    Attributes:
        incident: the other one.
        since: when they came to it, as far as its record says.
        taken_over: they are with the incident of the step now; the record of the other still has
            them. Otherwise they stay with the other one.
    """

    responder: Id
    incident: Id
    since: Instant
    taken_over: bool

    def __str__(self) -> str:
        """Say it, with what to record."""
        since = f"since {say_time(self.since)}"
        if self.taken_over:
            return (
                f"{self.responder} was with incident {self.incident} {since}, and is here now;"
                f" record there that they cleared or were relieved"
            )
        return f"{self.responder} is with incident {self.incident} {since}, and stays there"


_HEADLINES = {
    "unreadable": "A record cannot be read",
    "violation": "Rule broken",
    "obligation": "Something is owed",
    "due_soon": "Due soon",
    "overdue": "Overdue",
    "hidden": "Something was recorded",
}
_PERHAPS = {"violation": "Rule perhaps broken, a time is only approximate"}


@attrs.frozen(weakref_slot=False)
class Step:
    """The changes that an event makes. After a refusal, `case` is the case as it was before, and
    nothing else but `refusals` is set.

    Attributes:
        before: the case as it was.
        case: the case as it is now.
        events: what was recorded: the event, after a `PolicyOverridden` if a rule was overridden.
        refusals: why the event was refused.
        opened: new obligations.
        met: obligations that are no longer owed.
        notices: messages to send.
        may_violate: what the record has as new breaches, but depends on a time that is only
            approximate.
        elsewhere: who of those whom it brings to the incident was with another one. The workflow
            says so when it writes a step; a step that is read again does not.
    """

    before: Case = attrs.field(repr=False)
    case: Case
    events: tuple[Event, ...] = ()
    refusals: tuple[Refusal, ...] = attrs.field(default=(), kw_only=True)
    opened: tuple[Obligation, ...] = attrs.field(default=(), kw_only=True)
    met: tuple[Obligation, ...] = attrs.field(default=(), kw_only=True)
    notices: tuple[Notice, ...] = attrs.field(default=(), kw_only=True)
    may_violate: tuple[Violation, ...] = attrs.field(default=(), kw_only=True)
    elsewhere: tuple[Elsewhere, ...] = attrs.field(default=(), kw_only=True)

    @property
    def accepted(self) -> bool:
        """True when the event is now part of the case."""
        return not self.refusals

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The new breaches."""
        found = new_violations(self.before, self.case)
        return tuple(v for v in found if v not in self.may_violate) if self.may_violate else found

    @property
    def at(self) -> dt.datetime:
        """When the event happened."""
        return self.events[-1].at

    @property
    def out_of_place(self) -> bool:
        """True when the lifecycle has no edge for the event."""
        return len(self.case.findings.out_of_place) > len(self.before.findings.out_of_place)

    @property
    def doubtful(self) -> bool:
        """True when the event's time lies outside what is plausible for the program."""
        return len(self.case.findings.doubtful) > len(self.before.findings.doubtful)


def new_violations(before: Case, after: Case) -> tuple[Violation, ...]:
    """Return the breaches that the record has only after a step."""
    if after.findings is before.findings:
        return ()
    old, new = before.findings.violations, after.findings.violations
    if new[: len(old)] == old:
        return new[len(old) :]
    known = set(old)
    return tuple(v for v in new if v not in known)


advanced: Callable[..., Case] = copier(Case, "incident", "history", "progress", "findings")
"""(case, incident, history, progress, findings) -> the next case."""
numbered: Callable[..., Findings] = copier(Findings, "numbers")
"""(findings, numbers) -> the findings of the next case."""
taken: Callable[..., Step] = copier(Step, "before", "case", "events", "met")
"""(a step without refusals, obligations and notices, before, case, events, met) -> a step that was
accepted.
"""
