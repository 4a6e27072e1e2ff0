"""Judge one recorded incident: the verdict of each policy, the same as live, and the evidence of
each breach.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import attrs

from coresponder.domain.events import Event
from coresponder.domain.types import Id, Instant
from coresponder.policy.book import PolicyStatus
from coresponder.policy.refusal import Breach, Violation
from coresponder.policy.templates import Verdict
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
        verdicts: the verdict of each policy, in the order of the program.
        evidence: the evidence of each breach of a policy that can be judged.
        undetermined: policies whose verdict depends on a time that is only approximate.
        concerned: policies that count an event of the incident.
    """

    case: Case
    at: dt.datetime
    verdicts: Mapping[str, Verdict]
    evidence: tuple[Evidence, ...]
    undetermined: frozenset[str]
    concerned: frozenset[str]

    @property
    def statuses(self) -> tuple[PolicyStatus, ...]:
        """The status of each policy, the same as `Program.statuses` returns live."""
        breaches = Counter(one.policy for one in self.evidence)
        return tuple(
            PolicyStatus(policy=policy, verdict=verdict, breaches=breaches[policy])
            for policy, verdict in self.verdicts.items()
        )


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
    _concerned: dict[frozenset[type[Event]], frozenset[str]] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """Prepare what is the same for every incident."""
        self._counts = {one.id: frozenset(one.guards) for one in self.program.book.policies}

    def judge(self, case: Case) -> Judgment:
        """Return the judgment on a case."""
        at = self.now or case.last_at
        unknown = self.program.undetermined(case)
        verdicts, found = self._verdicts(case, at)
        if unknown:
            found = tuple(one for one in found if one.policy not in unknown)
            verdicts |= dict.fromkeys(unknown, Verdict.UNDETERMINED)
        verdicts |= dict.fromkeys((one.policy for one in found), Verdict.VIOLATED)
        return Judgment(
            case=case,
            at=at,
            verdicts=verdicts,
            evidence=tuple(self._evidence(case, found)),
            undetermined=unknown,
            concerned=self._concerns(frozenset(map(type, case.history))),
        )

    def _verdicts(
        self, case: Case, at: dt.datetime
    ) -> tuple[dict[str, Verdict], tuple[Violation, ...]]:
        """Return the verdict of each policy as if nothing had been breached, and every breach."""
        book, known = self.program.book, case.findings.violations
        if case.history and at < case.history[-1].at:  # the products have gone on after that
            found = {one.policy: one.verdict for one in book.statuses(case.cells, (), at)}
            return found, known + book.passed(case.cells, at)
        verdicts, late = book.judged(case.progress, at)
        return dict(zip(self._counts, verdicts, strict=True)), known + late

    def _concerns(self, types: frozenset[type[Event]]) -> frozenset[str]:
        """Return the policies that count an event of these types, cached because most incidents
        have the same types.
        """
        found = self._concerned.get(types)
        if found is None:
            names = {one.__name__ for one in types}
            found = frozenset(id for id, counts in self._counts.items() if counts & names)
            if len(self._concerned) < _MOST_KINDS:
                self._concerned[types] = found
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
        pairs = zip(case.numbers, case.history, strict=True)
        then = [pair for pair in pairs if pair[1].at == violation.since]
        mine = [pair for pair in then if type(pair[1]).__name__ in counts]
        return tuple(number for number, _ in (mine or then)[:1])
