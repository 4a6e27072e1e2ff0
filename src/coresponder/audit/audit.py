"""An audit judges every policy of a program over every recorded incident, in flat memory."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from coresponder.audit.contacts import Contacts, counting_contacts
from coresponder.audit.judgment import Evidence, Judge, Judgment
from coresponder.audit.kept import Kept, keeping
from coresponder.audit.measures import Measures
from coresponder.audit.sources import Read, Together, Unreadable
from coresponder.interop.cad import Rejected
from coresponder.policy.templates import Verdict
from coresponder.program import Program

if TYPE_CHECKING:
    from coresponder.audit.blocks import JudgedBlock

__all__ = ["Audit", "Rule", "auditing"]

_FIRST = 20


@attrs.define(kw_only=True)
class Rule:
    """The counts of an audit for one policy. Each incident is in one of `violated`, `undetermined`,
    `pending` and `held`.

    Attributes:
        concerned: incidents with an event that the policy counts.
        violated: incidents that broke it.
        breaches: how often it was broken in all of them.
        undetermined: incidents in which the verdict depends on a time that is only approximate.
        pending: incidents in which something is still owed.
        held: all other incidents.
    """

    policy: str
    concerned: int = 0
    violated: int = 0
    breaches: int = 0
    undetermined: int = 0
    pending: int = 0
    held: int = 0

    def add(self, verdict: Verdict, incidents: int = 1) -> None:
        """Count incidents with a verdict."""
        if verdict is Verdict.VIOLATED:
            self.violated += incidents
        elif verdict is Verdict.UNDETERMINED:
            self.undetermined += incidents
        elif verdict is Verdict.PENDING:
            self.pending += incidents
        else:
            self.held += incidents


@attrs.define(kw_only=True)
class Audit:
    """The result of an audit.

    Attributes:
        program: the program whose policies are judged.
        now: the instant at which each incident is judged; None for its last event.
        rules: policy -> its counts, in the order of the program.
        clean: incidents in which no policy was broken and none is undetermined.
        out_of_place: events that the lifecycle has no edge for.
        doubtful: events whose time lies outside what is plausible.
        reasons: rows of an export that could not be used, by kind of reason.
        evidence: every breach. It can be read again and again.
        unreadable: every incident that could not be judged. first, last: when the first and the
            last incident opened.
        measures: the results of the measures; `contacts` counts people who come again.
        split: divides the incidents into two periods, by when they opened.
        periods: the measures of those that opened before it, and of the others.
    """

    program: Program
    now: dt.datetime | None = None
    incidents: int = 0
    events: int = 0
    approximate: int = 0
    clean: int = 0
    out_of_place: int = 0
    doubtful: int = 0
    rows_read: int = 0
    rows_used: int = 0
    reasons: Counter[str] = attrs.field(factory=Counter)
    faults: Counter[str] = attrs.field(factory=Counter)
    rules: dict[str, Rule] = attrs.field(factory=dict)
    evidence: Kept
    unreadable: Kept
    contacts: Contacts
    split: dt.datetime | None = None
    measures: Measures = attrs.field(init=False)
    periods: tuple[Measures, Measures] = attrs.field(init=False)
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    _judge: Judge = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Begin with a count for each policy."""
        self._judge = Judge(self.program, self.now)
        self.measures = Measures(self.program)
        self.periods = (Measures(self.program), Measures(self.program))
        self.rules = {one.id: Rule(policy=one.id) for one in self.program.book.policies}

    def take(
        self, found: Iterable[Read | Unreadable | Rejected | Together]
    ) -> Iterator[Judgment | Together]:
        """Judge what was found and count it; yield each judgment, or a block of judgments and then
        those of the incidents between them.
        """
        for one in found:
            if isinstance(one, Together):
                others = self._take_together(one)
                yield one
                yield from others
            elif (judgment := self._take(one)) is not None:
                self._keep(judgment.evidence)
                yield judgment

    def _take(self, one: Read | Unreadable | Rejected) -> Judgment | None:
        """Count one incident or row, and judge it if it can be judged."""
        if isinstance(one, Read):
            self.rows_read += one.rows
            self.rows_used += one.rows
            self.faults.update(one.faults)
            judgment = self._judge.judge(one.case)
            self._add(judgment)
            return judgment
        if isinstance(one, Rejected):
            self.rows_read += 1
            self.reasons[one.reason.split(":")[0]] += 1
        else:
            self.unreadable.add(one)
        return None

    def _keep(self, evidence: Iterable[Evidence]) -> None:
        for one in evidence:
            self.evidence.add(one)

    def _take_together(self, found: Together) -> list[Judgment]:
        """Count a block of judgments and the rows between them; return the judgments of these. The
        evidence stays in the order of the file.
        """
        evidence, others = list(found.judged.evidence), list[Judgment]()
        for place, one in found.others:
            if (judgment := self._take(one)) is not None:
                others.append(judgment)
                evidence += [(place, each) for each in judgment.evidence]
        self._keep(one for _, one in sorted(evidence, key=lambda pair: pair[0]))
        self._add_together(found.judged)
        return others

    def _add_together(self, judged: JudgedBlock) -> None:
        """Count incidents that were judged together."""
        self.incidents += len(judged)
        broken = {place for place, _ in judged.evidence}
        for one in judged.sorts:
            count, known = len(one.rows), one.known
            self.rows_read += count * len(known.specimen.rows)
            self.rows_used += count * len(known.specimen.rows)
            self.events += len(known.history) * count
            self.approximate += count * any(event.approximate for event in known.history)
            self.out_of_place += int(one.out_of_place.sum())
            for fault in known.specimen.faults:
                self.faults[fault] += count
            for policy in known.concerned:
                self.rules[policy].concerned += count
            if not known.undetermined:
                self.clean += sum(judged.places[row] not in broken for row in one.rows.tolist())
        for verdicts, rule in zip(judged.verdicts, self.rules.values(), strict=True):
            for verdict in Verdict:
                rule.add(verdict, int((verdicts == verdict).sum()))
        for _, breach in judged.evidence:
            self.rules[breach.policy].breaches += 1
        self._measure_together(judged)

    def _measure_together(self, judged: JudgedBlock) -> None:
        if not len(judged):
            return
        judged.measure(self.measures)
        first, last = judged.first_and_last()
        if self.split is not None:
            later = judged.since(self.split)
            judged.measure(self.periods[0], ~later)
            judged.measure(self.periods[1], later)
        self.contacts.until(last.timestamp())
        self.first, self.last = min(self.first or first, first), max(self.last or last, last)

    def _add(self, judgment: Judgment) -> None:
        """Count one judgment."""
        case, unknown = judgment.case, judgment.undetermined
        self.incidents += 1
        self.events += case.version
        self.approximate += any(event.approximate for event in case.history)
        self.clean += not judgment.evidence and not unknown
        self.out_of_place += len(case.findings.out_of_place)
        self.doubtful += len(case.findings.doubtful)
        for policy in judgment.concerned:
            self.rules[policy].concerned += 1
        for policy, verdict in judgment.verdicts.items():
            self.rules[policy].add(verdict)
        for breach in judgment.evidence:
            self.rules[breach.policy].breaches += 1
        opened = self.program.opened_at(case)
        self.contacts.add(self.program, case)
        self.measures.add(case, judgment.at)
        if self.split is not None:
            self.periods[opened >= self.split].add(case, judgment.at)
        self.first = min(self.first or opened, opened)
        self.last = max(self.last or opened, opened)

    @property
    def violated(self) -> bool:
        """Whether any policy was broken."""
        return bool(self.evidence.count)

    @property
    def undetermined(self) -> bool:
        """Whether something could not be judged."""
        unknown = any(rule.undetermined for rule in self.rules.values())
        return unknown or bool(self.unreadable.count)

    def first_evidence(self, policy: str, most: int = _FIRST) -> list[Evidence]:
        """Return the first breaches of a policy."""
        found = (one for one in self.evidence if one["policy"] == policy)
        return [Evidence.from_dict(one) for one in itertools.islice(found, most)]


@contextmanager
def auditing(
    program: Program, now: dt.datetime | None = None, *, split: dt.datetime | None = None
) -> Iterator[Audit]:
    """Yield an empty audit. Its evidence is on disk while it is open.

    Args:
        program: the program whose policies are judged.
        now: the instant at which each incident is judged; None for its last event.
        split: divides the incidents into two periods, by when they opened.
    """
    with (
        counting_contacts() as contacts,
        keeping() as evidence,
        keeping() as unreadable,
    ):
        yield Audit(
            program=program,
            now=now,
            split=split,
            evidence=evidence,
            unreadable=unreadable,
            contacts=contacts,
        )
