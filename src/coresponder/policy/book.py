"""The book: the policies of a program, all of which must hold."""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.errors import InvalidProgram, NotFound
from coresponder.policy.approximate import Exposure, Times
from coresponder.policy.automata import OWED, Cell, Timed
from coresponder.policy.bounds import Calendar
from coresponder.policy.policy import CompiledPolicy, Policy, compile_policy
from coresponder.policy.refusal import Breach, Obligation, Violation, obliged, sort_key
from coresponder.policy.tables import Part, Progress, Tables
from coresponder.policy.templates import Verdict
from coresponder.policy.words import remedy_of, say_policy

__all__ = ["Book", "PolicyStatus"]


_PARTS = frozenset({"referral", "follow_up"})
_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@attrs.frozen(kw_only=True)
class PolicyStatus:
    """The status of one policy in one case at one instant.

    Attributes:
        breaches: how often it was broken; 0 if that depends on a time that is only approximate.
    """

    policy: str
    verdict: Verdict
    breaches: int


@attrs.frozen(kw_only=True)
class Book:
    """All policies of a program, compiled."""

    policies: tuple[CompiledPolicy, ...]
    _blanks: dict[str, Obligation] = attrs.field(init=False, repr=False, eq=False, factory=dict)

    @functools.cached_property
    def tables(self) -> Tables:
        """How the policies step; made for the first case that steps."""
        return Tables(self.policies)

    @functools.cached_property
    def exposures(self) -> tuple[Exposure, ...]:
        """How each policy depends on times."""
        return tuple(map(Exposure.of, self.policies))

    def undetermined(self, times: Times) -> frozenset[str]:
        """Return the policies whose verdict depends on a time that is only approximate."""
        return frozenset(one.id for one in self.exposures if one.undetermined(times))

    @functools.cached_property
    def _by_id(self) -> Mapping[str, CompiledPolicy]:
        return {one.id: one for one in self.policies}

    @functools.cached_property
    def by_part(self) -> Mapping[str, str]:
        """The policies that keep a cell for each referral or follow-up, and of which."""
        return {one.id: one.policy.per for one in self.policies if one.policy.per in _PARTS}

    @functools.cached_property
    def transferred(self) -> frozenset[str]:
        """The policies of which another agency owes what it takes on."""
        return frozenset(one.id for one in self.policies if one.policy.transfers)

    @classmethod
    def of(
        cls, policies: Iterable[Policy], vocabulary: Mapping[str, type[Event]], calendar: Calendar
    ) -> Book:
        """Compile policies; raise `InvalidProgram` with every problem at once."""
        compiled, problems = [], []
        listed = tuple(policies)
        for name, times in Counter(p.id for p in listed).items():
            if times > 1:
                problems.append(
                    f"[[policy]] {name!r}: {times} policies have this id; give each policy its own"
                )
        for policy in listed:
            ready, found = compile_policy(policy, vocabulary, calendar)
            problems += found
            if ready is not None:
                compiled.append(ready)
        if problems:
            raise InvalidProgram(*problems)
        return cls(policies=tuple(compiled))

    def __getitem__(self, id: str) -> CompiledPolicy:
        """Return the policy with that id."""
        return self._by_id[id]

    def statuses(
        self,
        cells: tuple[Cell, ...],
        violations: Iterable[Violation],
        now: dt.datetime,
        unknown: frozenset[str] = frozenset(),
    ) -> tuple[PolicyStatus, ...]:
        """Return the verdict and the number of breaches of each policy at `now`. Time alone can
        breach a policy, but changes nothing that is stored.

        Args:
            cells: the cell of each policy.
            violations: every breach so far.
            now: the instant at which the policies are judged.
            unknown: the policies that are undetermined.
        """
        recorded = Counter(v.policy for v in violations)
        found = []
        for policy, cell in zip(self.policies, cells, strict=True):
            if policy.id in unknown:
                one = PolicyStatus(policy=policy.id, verdict=Verdict.UNDETERMINED, breaches=0)
                found.append(one)
                continue
            passed = len(self._passed(policy, cell, now)) if policy.can_owe else 0
            breaches = recorded[policy.id] + passed
            verdict = Verdict.VIOLATED if breaches else policy.verdict(cell, now)
            found.append(PolicyStatus(policy=policy.id, verdict=verdict, breaches=breaches))
        return tuple(found)

    @staticmethod
    def _passed(
        policy: CompiledPolicy, cell: Cell, now: dt.datetime
    ) -> list[tuple[Any, dt.datetime, dt.datetime | None]]:
        """Return (key, deadline, since) of each obligation whose deadline was before `now`."""
        dues = (
            (key, policy.automaton.deadline(part), policy.since(part))
            for key, part in policy.parts(cell)
        )
        return [(key, due, since) for key, due, since in dues if due is not None and due < now]

    def passed(self, cells: tuple[Cell, ...], now: dt.datetime) -> tuple[Violation, ...]:
        """Return the breaches that time alone has caused by `now`; no event records them yet."""
        return tuple(
            _late(policy, *one)
            for policy, cell in self._may_owe(cells)
            for one in self._passed(policy, cell, now)
        )

    def judged(
        self, progress: Progress, now: dt.datetime
    ) -> tuple[list[Verdict], tuple[Violation, ...]]:
        """Return the verdict of each policy at `now`, as if nothing had been breached before, and
        the breaches that time alone has caused. It is what cell by cell `CompiledPolicy.verdict`
        and `passed` say, by the states of the products.

        Args:
            progress: a case's progress.
            now: not before the last event of the case.
        """
        tables = self.tables
        progress = tables.mine(progress)
        verdicts, parts = tables.verdicts(progress, now)
        late = [
            (index, key, policy.automaton.deadline(part), policy.since(part))
            for index, key, part in parts
            for policy in (self.policies[index],)
        ]
        for index, cell in zip(tables.own, progress.own, strict=True):
            verdicts[index] = self.policies[index].verdict(cell, now)
            late += [(index, *one) for one in self._passed(self.policies[index], cell, now)]
        late.sort(key=operator.itemgetter(0))
        return verdicts, tuple(_late(self.policies[index], *one) for index, *one in late)

    def _may_owe(self, cells: tuple[Cell, ...]) -> Iterator[tuple[CompiledPolicy, Cell]]:
        return (pair for pair in zip(self.policies, cells, strict=True) if pair[0].can_owe)

    def owed(
        self, cells: tuple[Cell, ...], now: dt.datetime
    ) -> tuple[tuple[CompiledPolicy, Any], ...]:
        """Return (policy, key) of each obligation that is pending, or overdue and still owed."""
        return tuple(
            (policy, key)
            for policy, cell in self._may_owe(cells)
            for key, part in policy.parts(cell)
            if _is_owed(policy, part, now)
        )

    def still_owed(
        self, progress: Progress, now: dt.datetime
    ) -> tuple[tuple[CompiledPolicy, Any], ...]:
        """Return the same as `owed`, for a case's progress."""
        tables = self.tables
        progress = tables.mine(progress)
        found = tables.owed(progress)
        for index, cell in zip(tables.own, progress.own, strict=True):
            found += [(index, key) for key in _owed_parts(self.policies[index], cell, now)]
        found.sort(key=operator.itemgetter(0))
        return tuple((self.policies[index], key) for index, key in found)

    def load(self, progress: Progress) -> tuple[dt.datetime | None, int]:
        """Return the earliest deadline and the number of open obligations, whatever the time is. A
        store keeps them beside a case.
        """
        tables = self.tables
        progress = tables.mine(progress)
        dues, owed = [], 0
        for product, _, place in tables.places(progress):
            owed += len(place.state.owed)
            dues += product.dues(place)
        for index, cell in zip(tables.own, progress.own, strict=True):
            for part in _owed_parts(self.policies[index], cell, _LONG_AGO).values():
                owed += 1
                due = self.policies[index].automaton.deadline(part)
                dues += [] if due is None else [due]
        return min(dues, default=None), owed

    def obligations(
        self, cells: tuple[Cell, ...], violations: Iterable[Violation], now: dt.datetime
    ) -> tuple[Obligation, ...]:
        """Return what is owed at `now`, the most urgent first."""
        cells_of = {policy.id: cell for policy, cell in zip(self.policies, cells, strict=True)}
        owed = (
            (policy, key, cells_of[policy.id][key] if policy.policy.per else cells_of[policy.id])
            for policy, key in self.owed(cells, now)
        )
        return self._obligations(owed, violations, now)

    def standing(
        self,
        progress: Progress,
        violations: Iterable[Violation],
        *,
        other: Progress | None = None,
    ) -> tuple[Obligation, ...]:
        """Return what is owed, whatever the time is. A store keeps it beside a case.

        Args:
            progress: a case's progress.
            violations: every breach so far.
            other: progress to compare with; what is the same in both is left out.
        """
        tables = self.tables
        progress = tables.mine(progress)
        known = None if other is None else tables.mine(other)
        parts = tables.owed_parts(progress, known)
        for place, (index, cell) in enumerate(zip(tables.own, progress.own, strict=True)):
            if known is None or cell is not known.own[place]:
                found = _owed_parts(self.policies[index], cell, _LONG_AGO)
                parts += [(index, key, part) for key, part in found.items()]
        return self._obligations(self._named(parts), violations, _LONG_AGO)

    def owed_changes(
        self,
        before: Progress,
        after: Progress,
        now: dt.datetime,
        known: tuple[Violation, ...],
        found: tuple[Violation, ...],
    ) -> tuple[tuple[Obligation, ...], tuple[Obligation, ...]]:
        """Return what is owed only after a step, and what was owed only before it.

        Args:
            before: the progress before a step.
            after: the progress after it.
            now: the instant at which both are judged.
            known: the violations before the step.
            found: the violations after it.
        """
        if before is after:
            return (), ()
        tables = self.tables
        before, after = tables.mine(before), tables.mine(after)
        opened, met = tables.changes(before, after)
        for index, one, other in zip(tables.own, before.own, after.own, strict=True):
            if one is not other:
                policy = self.policies[index]
                old, new = _owed_parts(policy, one, now), _owed_parts(policy, other, now)
                opened += [(index, key, part) for key, part in new.items() if key not in old]
                met += [(index, key, part) for key, part in old.items() if key not in new]
        return (
            self._obligations(self._named(opened), found, now) if opened else (),
            self._obligations(self._named(met), known, now) if met else (),
        )

    def _named(self, parts: Iterable[Part]) -> Iterator[_Owed]:
        return ((self.policies[index], key, part) for index, key, part in parts)

    def _obligations(
        self, owed: Iterable[_Owed], violations: Iterable[Violation], now: dt.datetime
    ) -> tuple[Obligation, ...]:
        """Describe what is owed, the most urgent first."""
        found, missed = [], None
        for policy, key, part in owed:
            due, text = policy.automaton.deadline(part), key and str(key)
            if _was_missed(policy, part):
                missed = missed or {
                    (v.policy, v.key): v.at for v in violations if v.how is Breach.DEADLINE
                }
                due = missed.get((policy.id, text)) or due
            overdue = due is not None and due < now
            found.append(obliged(self._blank(policy), due, overdue, text, policy.since(part)))
        found.sort(key=sort_key)
        return tuple(found)

    def said(
        self,
        policy: str,
        *,
        key: str | None,
        due: dt.datetime | None,
        since: dt.datetime | None,
        now: dt.datetime,
    ) -> Obligation:
        """Describe what is owed under a policy; raise `NotFound` if no policy has that id."""
        blank = self._blanks.get(policy)
        if blank is None:
            found = self._by_id.get(policy)
            if found is None:
                raise NotFound(
                    f"the program has no policy {policy!r} under which something could be owed"
                )
            blank = self._blank(found)
        return obliged(blank, due, due is not None and due < now, key, since)

    def _blank(self, policy: CompiledPolicy) -> Obligation:
        """Return what a policy asks for, and why. The sentences are made once."""
        said = self._blanks.get(policy.id)
        if said is None:
            what = remedy_of(policy.policy).split(". ")[0].rstrip(".")
            why, authority = say_policy(policy.policy), policy.policy.authority
            said = Obligation(policy=policy.id, what=what, why=why, authority=authority)
            self._blanks[policy.id] = said
        return said


def _late(
    policy: CompiledPolicy, key: Any, due: dt.datetime, since: dt.datetime | None
) -> Violation:
    how = Breach.DEADLINE
    return Violation(policy=policy.id, at=due, how=how, key=key and str(key), since=since)


_Owed = tuple[CompiledPolicy, Any, Cell]


def _owed_parts(policy: CompiledPolicy, cell: Cell, now: dt.datetime) -> dict[Any, Cell]:
    return {key: part for key, part in policy.parts(cell) if _is_owed(policy, part, now)}


def _was_missed(policy: CompiledPolicy, part: Cell) -> bool:
    return isinstance(policy.automaton, Timed) and bool(part[0] & OWED)


def _is_owed(policy: CompiledPolicy, part: Cell, now: dt.datetime) -> bool:
    if _was_missed(policy, part):
        return True
    due = policy.automaton.deadline(part)
    return policy.automaton.verdict(part, now) is Verdict.PENDING or (due is not None and due < now)
