"""The verdicts of two programs on the same recorded incidents, incident by incident."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import attrs

from coresponder.audit.audit import Rule
from coresponder.audit.judgment import Judge, Judgment
from coresponder.audit.kept import Kept, keeping
from coresponder.audit.sources import Read, Recorded, Together, Unreadable
from coresponder.interop.cad import Rejected
from coresponder.policy.templates import Verdict
from coresponder.program import Program
from coresponder.program.aligned import aligned
from coresponder.record import Record

__all__ = ["ChangedVerdict", "Comparison", "PairedRule", "Verdicts", "comparing"]


@attrs.frozen(kw_only=True)
class ChangedVerdict(Record):
    """One incident, with the policies that it violates under one program and not under the other.

    Attributes:
        no_longer: policies that it violates only under the old program.
        now: policies that it violates only under the new program.
        unreadable: why one of the programs cannot judge the incident, if so. Such an incident is
            reported, never left out.
    """

    incident: str
    no_longer: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    unreadable: str | None = None


@attrs.define(kw_only=True)
class PairedRule:
    """The incidents of a comparison by what a policy of both programs says of them. Each incident
    is in one of the counts.

    Attributes:
        both: incidents that violate it under both programs.
        only_old, only_new: incidents that violate it under one program only.
        neither: incidents that violate it under no program.
        undetermined: incidents in which a verdict depends on a time that is only approximate.
    """

    policy: str
    both: int = 0
    only_old: int = 0
    only_new: int = 0
    neither: int = 0
    undetermined: int = 0

    @property
    def of(self) -> int:
        """The incidents in which both verdicts are known."""
        return self.both + self.only_old + self.only_new + self.neither

    def add(self, old: Verdict, new: Verdict) -> None:
        """Count one incident."""
        if Verdict.UNDETERMINED in {old, new}:
            self.undetermined += 1
        elif old is new is Verdict.VIOLATED:
            self.both += 1
        elif old is Verdict.VIOLATED:
            self.only_old += 1
        elif new is Verdict.VIOLATED:
            self.only_new += 1
        else:
            self.neither += 1


@attrs.frozen
class Verdicts:
    """What one program says of one incident.

    Attributes:
        of: policy -> its verdict.
        out_of_place: whether the incident has facts that the lifecycle has no edge for.
    """

    incident: str
    of: dict[str, Verdict]
    out_of_place: bool

    @classmethod
    def from_judgment(cls, judgment: Judgment) -> Verdicts:
        """Return the verdicts of a judgment."""
        of = {one.policy: one.verdict for one in judgment.statuses}
        return cls(judgment.case.id, of, bool(judgment.case.findings.out_of_place))

    @property
    def broken(self) -> frozenset[str]:
        """The policies that are violated, those that may be, and whether facts are out of place."""
        found = {policy for policy, verdict in self.of.items() if verdict is Verdict.VIOLATED}
        found |= {
            f"{policy} (not certain)"
            for policy, verdict in self.of.items()
            if verdict is Verdict.UNDETERMINED
        }
        return frozenset(found | ({"(facts out of place)"} if self.out_of_place else set()))


@attrs.define(kw_only=True)
class Comparison:
    """The verdicts of two programs on the same incidents, as an audit under each would give them.

    Attributes:
        old, new: the programs. An own event that they declare with different fields has the fields
            of both.
        now: the instant at which each incident is judged; None for its last event.
        incidents: incidents that both could judge.
        unreadable: incidents that one of them could not judge.
        reasons: rows of an export that could not be used, by kind of reason.
        rules: the policies that both programs have.
        alone: the policies that only the old program has, and those that only the new one has, over
            the incidents that both could judge.
        changed: the incidents whose verdicts differ, and those that could not be judged.
    """

    old: Program
    new: Program
    now: dt.datetime | None = None
    changed: Kept
    incidents: int = 0
    unreadable: int = 0
    reasons: Counter[str] = attrs.field(factory=Counter)
    rules: dict[str, PairedRule] = attrs.field(init=False)
    alone: tuple[dict[str, Rule], dict[str, Rule]] = attrs.field(init=False)
    _judges: tuple[Judge, Judge] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Begin with a count for each policy."""
        self._judges = Judge(self.old, self.now), Judge(self.new, self.now)
        old, new = ([one.id for one in each.book.policies] for each in (self.old, self.new))
        self.rules = {id: PairedRule(policy=id) for id in old if id in new}
        self.alone = (
            {id: Rule(policy=id) for id in old if id not in new},
            {id: Rule(policy=id) for id in new if id not in old},
        )

    def take(self, pairs: Iterable[tuple[Recorded, ...]]) -> Iterator[None]:
        """Count what a source yields under the old and under the new program; yield after each."""
        for old, new in pairs:
            if isinstance(old, Together) and isinstance(new, Together):
                for one, two in zip(self._rows(0, old), self._rows(1, new), strict=True):
                    self._take(one, two)
            elif not isinstance(old, Together) and not isinstance(new, Together):
                self._take(self._judged(0, old), self._judged(1, new))
            yield

    def _rows(self, which: int, found: Together) -> Iterator[_Judged]:
        """Yield the results of a block in the order of the file."""
        rows = [(place, self._judged(which, one)) for place, one in found.others]
        rows += [
            (place, Verdicts(incident, of, out_of_place))
            for place, incident, of, out_of_place in found.judged.rows()
        ]
        return (one for _, one in sorted(rows, key=lambda pair: pair[0]))

    def _judged(self, which: int, found: Read | Unreadable | Rejected) -> _Judged:
        if isinstance(found, Read):
            return Verdicts.from_judgment(self._judges[which].judge(found.case))
        return found

    def _take(self, old: _Judged, new: _Judged) -> None:
        """Count one incident or row."""
        if isinstance(old, Verdicts) and isinstance(new, Verdicts):
            self._add(old, new)
            return
        lost = old if not isinstance(old, Verdicts) else new
        if isinstance(lost, Rejected):
            self.reasons[lost.reason.split(":")[0]] += 1
        elif isinstance(lost, Unreadable):
            self.unreadable += 1
            self.changed.add(ChangedVerdict(incident=lost.incident, unreadable=lost.why))

    def _add(self, old: Verdicts, new: Verdicts) -> None:
        self.incidents += 1
        for policy, rule in self.rules.items():
            rule.add(old.of[policy], new.of[policy])
        for alone, verdicts in zip(self.alone, (old, new), strict=True):
            for policy, one in alone.items():
                one.add(verdicts.of[policy])
        before, after = old.broken, new.broken
        if before != after:
            self.changed.add(
                ChangedVerdict(
                    incident=old.incident,
                    no_longer=tuple(sorted(before - after)),
                    now=tuple(sorted(after - before)),
                )
            )


_Judged = Verdicts | Unreadable | Rejected


@contextmanager
def comparing(old: Program, new: Program, now: dt.datetime | None = None) -> Iterator[Comparison]:
    """Yield an empty comparison. The incidents whose verdicts differ are on disk while it is open.

    Args:
        old: the program as it is.
        new: the program as it would be.
        now: the instant at which each incident is judged; None for its last event.
    """
    one, other = aligned(old, new)[0] or (old, new)
    with keeping() as changed:
        yield Comparison(old=one, new=other, now=now, changed=changed)
