"""Notices: who receives them, and on which occasion: an event, a violation, or an obligation that
is new, due soon or overdue.
"""

from __future__ import annotations

import datetime as dt
import enum
import typing
from collections.abc import Container, Iterable, Iterator
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.domain.objects import Incident
from coresponder.errors import nearest
from coresponder.policy.atoms import field_type, path_getter
from coresponder.policy.book import Book
from coresponder.policy.bounds import say_duration
from coresponder.policy.policy import Enforcement
from coresponder.policy.refusal import Obligation, Violation
from coresponder.policy.words import say_event
from coresponder.program.case import Case, Notice

__all__ = ["OCCASIONS", "NoticeRule", "concerns", "notices_due", "notices_of", "tellings"]

OCCASIONS: dict[str, type[Violation | Obligation]] = {
    "violation": Violation, "obligation": Obligation, "due_soon": Obligation, "overdue": Obligation,
}  # fmt: skip
"""The occasions for a notice, besides event types, and the class whose fields such a notice may
show.
"""


@attrs.frozen(kw_only=True)
class NoticeRule:
    """A rule that tells a role about an occasion.

    Attributes:
        to: the role that receives the notice.
        on: an event type; `violation`; `obligation` when something becomes owed; `due_soon`;
            `overdue`.
        policies: the policies that the rule is about; empty means all that `BLOCK` or `WARN`.
        channel: the host's name for the way to reach the receiver; empty for the default channel.
        before: how long before the deadline, for `due_soon`.
        fields: the values that the receiver sees besides ids: fields of the event, of the
            obligation or violation, or `incident.<field>`.
    """

    to: str
    on: str
    policies: tuple[str, ...] = ()
    channel: str = ""
    before: dt.timedelta | None = None
    fields: tuple[str, ...] = ()

    def problems(self, vocabulary: dict[str, type[Event]]) -> Iterator[str]:
        """List every mistake in the rules: an unknown occasion or field, or `before` without a
        deadline.
        """
        owner: Any = OCCASIONS.get(self.on) or vocabulary.get(self.on)
        if owner is None:
            yield (
                f"on = {self.on!r}: there is no such event;"
                f" {nearest(self.on, {*vocabulary, *OCCASIONS})}"
            )
        if self.on == "due_soon" and self.before is None:
            yield (
                "on = 'due_soon' needs before = '15 min' or another duration: how long before the"
                " deadline"
            )
        if self.on != "due_soon" and self.before is not None:
            yield f"before goes with on = 'due_soon', not with on = {self.on!r}"
        if self.policies and self.on not in OCCASIONS:
            yield f"policies go with {', '.join(OCCASIONS)}, not with the event {self.on!r}"
        for path in self.fields:
            try:
                hint = (
                    field_type(
                        Incident if path.startswith("incident.") else owner,
                        path.removeprefix("incident."),
                    )
                    if owner
                    else str
                )
            except ValueError as error:
                yield f"fields: {error}"
                continue
            if any(attrs.has(one) for one in (hint, *typing.get_args(hint))):
                yield (
                    f"fields: {path} is a whole record; a notice carries single values, name the"
                    f" one that the receiver needs ({path}.<field>)"
                )

    def show(self, subject: Any, incident: Incident) -> dict[str, Any]:
        """Return the fields that the receiver sees, ready for JSON."""
        return {
            path: _plain(
                path_getter(path.removeprefix("incident."))(
                    incident if path.startswith("incident.") else subject
                )
            )
            for path in self.fields
        }

    def __str__(self) -> str:
        """Say it as a sentence."""
        occasions = {
            "violation": "a policy is violated",
            "obligation": "something becomes owed",
            "overdue": "something is overdue",
        }
        when = (
            f"something is due within {say_duration(self.before)}"
            if self.before
            else occasions.get(self.on, f"{say_event(self.on)} is recorded")
        )
        of = f" ({', '.join(self.policies)})" if self.policies else ""
        how = f" by {self.channel}" if self.channel else ""
        what = f", with {', '.join(self.fields)}" if self.fields else ""
        return f"tell the {self.to.replace('_', ' ')}{how} when {when}{of}{what}"


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return [_plain(one) for one in value] if isinstance(value, tuple | frozenset) else value


def notices_of(
    rules: Iterable[NoticeRule],
    book: Book,
    case: Case,
    events: tuple[Event, ...],
    violations: tuple[Violation, ...],
    opened: tuple[Obligation, ...],
    unknown: Container[str] = (),
) -> tuple[Notice, ...]:
    """Return the messages that a step causes.

    Args:
        rules: the program's notice rules.
        book: the program's policies.
        case: the case after the step.
        events: what the step recorded.
        violations: the new breaches.
        opened: the new obligations.
        unknown: the policies that are undetermined.
    """
    found: list[Notice] = []
    for rule in rules:
        if rule.on not in OCCASIONS:
            found += _of_events(rule, case, events)
        elif rule.on in {"violation", "obligation"}:
            subjects = violations if rule.on == "violation" else opened
            found += _of_policies(rule, book, case, events[-1], subjects, unknown)
    return tuple(found)


def _of_events(rule: NoticeRule, case: Case, events: tuple[Event, ...]) -> Iterator[Notice]:
    for number, event in enumerate(events, start=case.version - len(events) + 1):
        if type(event).__name__ == rule.on:
            yield Notice(
                incident=case.id,
                about=rule.on,
                to=rule.to,
                event=rule.on,
                number=number,
                channel=rule.channel,
                fields=rule.show(event, case.incident),
            )


def _of_policies(
    rule: NoticeRule,
    book: Book,
    case: Case,
    last: Event,
    subjects: tuple[Violation | Obligation, ...],
    unknown: Container[str],
) -> Iterator[Notice]:
    name = type(last).__name__
    for subject in {(one.policy, one.key): one for one in reversed(subjects)}.values():
        if concerns(rule, book, subject.policy):
            notice = _about(rule, subject, case, event=name, number=case.version)
            unsure = subject.policy in unknown
            yield attrs.evolve(notice, approximate=True) if unsure else notice


def concerns(rule: NoticeRule, book: Book, policy: str) -> bool:
    """Return whether a rule is about a policy. A policy with OBSERVE causes a notice only if the
    rule names it.
    """
    return (
        policy in rule.policies
        if rule.policies
        else book[policy].policy.enforcement is not Enforcement.OBSERVE
    )


def _about(
    rule: NoticeRule, subject: Violation | Obligation, case: Case, *, event: str, number: int
) -> Notice:
    return Notice(
        incident=case.id,
        about=rule.on,
        to=rule.to,
        event=event,
        number=number,
        policy=subject.policy,
        key=subject.key,
        due=subject.due if isinstance(subject, Obligation) else None,
        channel=rule.channel,
        fields=rule.show(subject, case.incident),
        approximate=isinstance(subject, Obligation) and subject.approximate,
    )


def notices_due(
    rules: Iterable[NoticeRule],
    book: Book,
    case: Case,
    owed: Iterable[Obligation],
    now: dt.datetime,
) -> tuple[Notice, ...]:
    """Return the notices that time alone causes: obligations that are due soon or overdue at `now`.
    Each notice stays the same at every later time.
    """
    timed = [rule for rule in rules if rule.on in _BY_TIME]
    return tuple(
        _about(rule, one, case, event=rule.on, number=0)
        for one in (owed if timed else ())
        for rule in timed
        if one.due is not None
        and concerns(rule, book, one.policy)
        and (
            one.overdue if rule.before is None else not one.overdue and now >= one.due - rule.before
        )
    )


def tellings(
    rules: Iterable[NoticeRule], book: Book, policy: str, due: dt.datetime
) -> tuple[dt.datetime, ...]:
    """Return, in order, the instants from which time alone causes each notice of an obligation."""
    return tuple(
        sorted(
            due - rule.before if rule.before is not None else due + _OVERDUE
            for rule in rules
            if rule.on in _BY_TIME and concerns(rule, book, policy)
        )
    )


_OVERDUE = dt.timedelta(microseconds=1)
"""An obligation is overdue after its deadline, and not yet at it."""
_BY_TIME = frozenset({"due_soon", "overdue"})
