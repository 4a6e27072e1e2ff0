"""Judge one recorded incident: the verdict of each policy, the same as live, and the evidence of
each breach.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import attrs

from coresponder.domain.types import Id, Instant
from coresponder.policy.book import PolicyStatus
from coresponder.policy.refusal import Breach, Violation
from coresponder.program import Case, Program
from coresponder.record import Record

__all__ = ["Evidence", "Judge", "Judgment"]

_MOST_KINDS = 10_000


@attrs.frozen(kw_only=True)
class Evidence(Record):
    """One breach of one policy, with its place in the record.

    Attributes:
        events: numbers of events in the incident's record: the event that started the watch, if it
            is known, and the event that broke the policy or came first after the deadline. If only
            the passing of time broke the policy, the latter is missing.
        at: when it was broken: the event's time, or the deadline that passed.
        key: the person, referral or other value that the policy correlates by.
        since: when the watch of a bounded policy began.
    """

    incident: Id
    policy: Id
    at: Instant
    how: Breach
    events: tuple[int, ...] = ()
    key: str | None = None
    since: Instant | None = None


@attrs.frozen(kw_only=True)
class Judgment:
    """The judgment of a program on one incident at one instant.

    Attributes:
        statuses: the status of each policy, the same as `Program.statuses` returns live.
        evidence: the evidence of each breach of a policy that can be judged.
        undetermined: policies whose verdict depends on a time that is only approximate.
        concerned: policies that count an event of the incident.
    """

    case: Case
    at: dt.datetime
    statuses: tuple[PolicyStatus, ...]
    evidence: tuple[Evidence, ...]
    undetermined: frozenset[str]
    concerned: frozenset[str]


@attrs.define
class Judge:
    """Judges incidents under one program.

    Args:
        program: whose policies are judged.
        now: the instant at which each incident is judged; None for its last event, with which the
            record may end.
    """

    program: Program
    now: dt.datetime | None = None
    _counts: dict[str, frozenset[str]] = attrs.field(init=False)
    _concerned: dict[frozenset[str], frozenset[str]] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """Prepare what is the same for every incident."""
        self._counts = {one.id: frozenset(one.guards) for one in self.program.book.policies}

    def judge(self, case: Case) -> Judgment:
        """Return the judgment on a case."""
        at = self.now or case.last_at
        unknown = self.program.undetermined(case)
        book, cells, known = self.program.book, case.cells, case.findings.violations
        found = known + book.passed(cells, at) if case.history else known
        names = frozenset(type(event).__name__ for event in case.history)
        return Judgment(
            case=case,
            at=at,
            statuses=book.statuses(cells, known, at, unknown),
            evidence=tuple(self._evidence(case, (v for v in found if v.policy not in unknown))),
            undetermined=unknown,
            concerned=self._concerns(names),
        )

    def _concerns(self, names: frozenset[str]) -> frozenset[str]:
        """Return the policies that count an event of these types, cached because most incidents
        have the same types.
        """
        found = self._concerned.get(names)
        if found is None:
            found = frozenset(id for id, counts in self._counts.items() if counts & names)
            if len(self._concerned) < _MOST_KINDS:
                self._concerned[names] = found
        return found

    def _evidence(self, case: Case, violations: Iterable[Violation]) -> Iterator[Evidence]:
        for one in violations:
            began = self._began(case, one)
            numbers = (*began, *((one.event,) if one.event else ()))
            yield Evidence(
                incident=case.id,
                policy=one.policy,
                at=one.at,
                how=one.how,
                events=tuple(dict.fromkeys(numbers)),
                key=one.key,
                since=one.since,
            )

    def _began(self, case: Case, violation: Violation) -> tuple[int, ...]:
        """Return the number of the event that started a watch."""
        if violation.since is None:
            return ()
        counts = self._counts[violation.policy]
        entries = [entry for entry in case.entries() if entry.event.at == violation.since]
        mine = [entry for entry in entries if type(entry.event).__name__ in counts]
        return tuple(entry.number for entry in (mine or entries)[:1])
