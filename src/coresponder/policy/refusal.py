"""A policy's answers about a case, as data: refusals, violations, obligations, verdicts."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable

import attrs

from coresponder.domain.frozen import copier
from coresponder.domain.types import UTC, Id, Instant, say_time
from coresponder.record import Record

__all__ = ["Breach", "Obligation", "Refusal", "RefusalKind", "Violation"]


class RefusalKind(enum.StrEnum):
    """The part of the program that refuses."""

    LIFECYCLE = "lifecycle"
    REFERRAL = "referral"
    FOLLOW_UP = "follow_up"
    POLICY = "policy"
    OWED = "owed"
    RESPONDER = "responder"
    TIME = "time"


@attrs.frozen(kw_only=True)
class Refusal(Record):
    """Why a step is not permitted.

    Attributes:
        kind: the reason: the lifecycle of the incident, that of a referral or follow-up, a policy,
            an obligation still owed at the end, responders who were already sent, or an implausible
            time.
        event: the event type that was tried.
        state: the state in which it was tried.
        policy: the policy's id, if a policy refuses.
        why: the rule in a sentence.
        remedy: what would satisfy it.
        authority: the law, manual or decision on which the rule rests.
        key: the correlation key (a referral, a person), if the policy has one.
        approximate: whether the policy refuses depends on a time that is only approximate.
    """

    kind: RefusalKind
    event: str
    state: str
    why: str
    remedy: str
    policy: str | None = None
    authority: str | None = None
    key: str | None = None
    approximate: bool = False

    def __str__(self) -> str:
        """Say it in two sentences."""
        name = f"policy {self.policy!r}: " if self.policy else ""
        about = f" [{self.key}]" if self.key else ""
        unsure = f" {_UNSURE}" if self.approximate else ""
        return f"{name}{self.why}{about} {self.remedy}{unsure}"


_UNSURE = (
    "This is not certain, because a time that it depends on is only approximate. Record the exact"
    " time, or override."
)


class Breach(enum.StrEnum):
    """How a policy came to be violated."""

    EVENT = "event"
    DEADLINE = "deadline"


@attrs.frozen(kw_only=True)
class Violation(Record):
    """One breach of one policy, with its evidence.

    Attributes:
        at: when it was breached: the event's time, or the deadline that passed.
        event: the number, in the record, of the event that broke the policy, or of the first event
            after the deadline; 0 if time alone did.
        since: when the time that a bounded policy measures began.
    """

    policy: str
    at: Instant
    how: Breach
    event: int = 0
    key: str | None = None
    since: Instant | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class Obligation(Record):
    """An act that is owed: since when, by when, why, and under which authority.

    Attributes:
        overdue: whether the deadline had passed at the instant that was asked about.
        approximate: whether the deadline, or that it is owed, depends on a time that is only
            approximate.
        owner: who owes it, if it is not the whole team: whoever owns the referral or follow-up, or
            the agency that took the incident on.
    """

    policy: str
    what: str
    why: str
    authority: str
    due: Instant | None = None
    overdue: bool = False
    key: str | None = None
    since: Instant | None = None
    approximate: bool = False
    owner: Id | None = None

    def __str__(self) -> str:
        """Say it in one line."""
        return self.say()

    def say(self, zone: dt.tzinfo = UTC) -> str:
        """Say it in one line, with times in a time zone."""
        about = "about " if self.approximate else ""
        when = (
            f"{'was due' if self.overdue else 'due'} {about}{say_time(self.due, zone)}"
            if self.due
            else "due before the end"
        )
        whose = f" for {self.key}" if self.key else ""
        owner = f"; owner {self.owner}" if self.owner else ""
        return f"{self.what}{whose} ({when}; {self.policy}{owner})"


obliged: Callable[..., Obligation] = copier(Obligation, "due", "overdue", "key", "since")
"""(an obligation, due, overdue, key, since) -> the same obligation of another case."""
_LAST = dt.datetime.max.replace(tzinfo=UTC)


def sort_key(obligation: Obligation) -> tuple[bool, dt.datetime, str]:
    """Order by urgency: the earliest deadline first, obligations without a deadline last."""
    return (
        obligation.due is None,
        obligation.due or _LAST,
        obligation.policy,
    )
