"""The book: the policies of a program, a conjunction."""

from __future__ import annotations

import datetime as dt
import itertools
import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.errors import InvalidProgram
from coresponder.policy.automata import OWED, Cell, Timed
from coresponder.policy.bounds import Calendar
from coresponder.policy.policy import CompiledPolicy, Policy, compile_policy
from coresponder.policy.refusal import Breach, Obligation, Violation, sort_key
from coresponder.policy.templates import Verdict
from coresponder.policy.watches import Watch
from coresponder.policy.words import remedy_of, say_policy

__all__ = ["Book", "PolicyStatus"]


_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@attrs.frozen(kw_only=True)
class PolicyStatus:
    """Where one policy stands in one case at one instant."""

    policy: str
    verdict: Verdict
    breaches: int


@attrs.frozen(kw_only=True)
class Book:
    """All policies of a program, compiled."""

    policies: tuple[CompiledPolicy, ...]
    _first: tuple[Cell, ...] = attrs.field(init=False, repr=False, eq=False)
    _owing: tuple[tuple[int, CompiledPolicy, Cell, bool], ...] = attrs.field(
        init=False, repr=False, eq=False
    )
    _entries: tuple[tuple[int, CompiledPolicy, Cell, bool] | None, ...] = attrs.field(
        init=False, repr=False, eq=False
    )
    _pending: int = attrs.field(init=False, repr=False, eq=False)
    _clocks: tuple[int, ...] = attrs.field(init=False, repr=False, eq=False)
    _sentences: dict[str, tuple[str, str]] = attrs.field(
        init=False, repr=False, eq=False, factory=dict
    )

    @_first.default
    def _start_all(self) -> tuple[Cell, ...]:
        return tuple(policy.start(None) for policy in self.policies)

    @_owing.default
    def _find_owing(self) -> tuple[tuple[int, CompiledPolicy, Cell, bool], ...]:
        return tuple(
            (
                i,
                policy,
                first,
                any(_is_owed(policy, part, _LONG_AGO) for _, part in policy.parts(first)),
            )
            for i, (policy, first) in enumerate(zip(self.policies, self._first, strict=True))
            if policy.can_owe
        )

    @_entries.default
    def _align(self) -> tuple[tuple[int, CompiledPolicy, Cell, bool] | None, ...]:
        """Return the owing ones by index, None for the others: most cells have not moved and are
        passed over without a look.
        """
        known = {entry[0]: entry for entry in self._owing}
        return tuple(known.get(i) for i in range(len(self.policies)))

    @_pending.default
    def _count_pending(self) -> int:
        return sum(pending for _, _, _, pending in self._owing)

    @_clocks.default
    def _find_clocks(self) -> tuple[int, ...]:
        return tuple(i for i, policy in enumerate(self.policies) if policy.starts_with_opening)

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
                    f"[[policy]] {name!r}: {times} policies have this id; give each its own"
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
        return next(p for p in self.policies if p.id == id)

    def start(self, opening: dt.datetime | None) -> tuple[Cell, ...]:
        """Return the first cells; they are shared by all cases but for those whose clock starts
        with the opening.
        """
        if not self._clocks:
            return self._first
        cells = list(self._first)
        for index in self._clocks:
            cells[index] = self.policies[index].start(opening)
        return tuple(cells)

    def begin(self, cells: tuple[Cell, ...], opening: dt.datetime) -> tuple[Cell, ...]:
        """Start the clocks that run from the opening; what happened before it counts as if it
        happened then.
        """
        return tuple(
            policy.begin(cell, opening) if policy.starts_with_opening else cell
            for policy, cell in zip(self.policies, cells, strict=True)
        )

    def watches(self, event: str) -> tuple[tuple[int, Watch], ...]:
        """Return (index, watch) of only those policies that mention the event type."""
        return tuple(
            (i, p.watches[event]) for i, p in enumerate(self.policies) if event in p.watches
        )

    def statuses(
        self, cells: tuple[Cell, ...], violations: Iterable[Violation], now: dt.datetime
    ) -> tuple[PolicyStatus, ...]:
        """Return the verdict and the number of breaches of each policy at `now`. Time alone can
        breach, and changes nothing stored.
        """
        recorded = Counter(v.policy for v in violations)
        found = []
        for policy, cell in zip(self.policies, cells, strict=True):
            passed = len(self._passed(policy, cell, now))
            breaches = recorded[policy.id] + passed
            verdict = Verdict.VIOLATED if breaches else policy.verdict(cell, now)
            found.append(PolicyStatus(policy=policy.id, verdict=verdict, breaches=breaches))
        return tuple(found)

    @staticmethod
    def _passed(
        policy: CompiledPolicy, cell: Cell, now: dt.datetime
    ) -> list[tuple[Any, dt.datetime, dt.datetime | None]]:
        """Return (key, deadline, since) of what is due and whose deadline lies before `now`."""
        dues = (
            (key, policy.automaton.deadline(part), policy.since(part))
            for key, part in policy.parts(cell)
        )
        return [(key, due, since) for key, due, since in dues if due is not None and due < now]

    def passed(self, cells: tuple[Cell, ...], now: dt.datetime) -> tuple[Violation, ...]:
        """Return the breaches that time alone has brought by `now`; no event has recorded them yet."""
        return tuple(
            Violation(
                policy=policy.id, at=due, how=Breach.DEADLINE, key=key and str(key), since=since
            )
            for policy, cell in self._may_owe(cells)
            for key, due, since in self._passed(policy, cell, now)
        )

    def _may_owe(self, cells: tuple[Cell, ...]) -> Iterator[tuple[CompiledPolicy, Cell]]:
        """Yield only what can be pending, and of that only what has moved or is pending from the
        start.
        """
        for index, policy, first, pending in self._owing:
            if pending or cells[index] is not first:
                yield policy, cells[index]

    def owed(
        self, cells: tuple[Cell, ...], now: dt.datetime
    ) -> tuple[tuple[CompiledPolicy, Any], ...]:
        """Return (policy, key) of all that is pending or was not done in time and is still owed."""
        return tuple(
            (policy, key)
            for policy, cell in self._may_owe(cells)
            for key, part in policy.parts(cell)
            if _is_owed(policy, part, now)
        )

    def load(self, cells: tuple[Cell, ...]) -> tuple[dt.datetime | None, int]:
        """Return the earliest deadline and how many obligations are open, whatever time it is: what
        a store keeps beside a case.
        """
        earliest: dt.datetime | None = None
        owed = self._pending
        moved = itertools.compress(self._entries, map(operator.is_not, cells, self._first))
        for index, policy, first, pending in filter(None, moved):
            cell = cells[index]
            if cell == first:
                continue
            owed -= pending
            for _, part in policy.parts(cell):
                due = policy.automaton.deadline(part)
                if due is None:
                    owed += _is_owed(policy, part, _LONG_AGO)
                else:
                    owed += 1
                    earliest = due if earliest is None or due < earliest else earliest
        return earliest, owed

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

    def owed_changes(
        self,
        before: tuple[Cell, ...],
        after: tuple[Cell, ...],
        now: dt.datetime,
        known: tuple[Violation, ...],
        found: tuple[Violation, ...],
    ) -> tuple[tuple[Obligation, ...], tuple[Obligation, ...]]:
        """Return what is owed only after, and what was owed only before; only cells that moved are
        looked at.

        Args:
            before: the cells before a step.
            after: the cells after it.
            now: when both are looked at.
            known: the violations before the step.
            found: the violations after it.
        """
        opened: list[_Owed] = []
        met: list[_Owed] = []
        for entry in itertools.compress(self._entries, map(operator.is_not, before, after)):
            if entry is not None:
                index, policy = entry[:2]
                old, new = (
                    _owed_parts(policy, before[index], now),
                    _owed_parts(policy, after[index], now),
                )
                opened += [(policy, key, part) for key, part in new.items() if key not in old]
                met += [(policy, key, part) for key, part in old.items() if key not in new]
        return (
            self._obligations(opened, found, now) if opened else (),
            self._obligations(met, known, now) if met else (),
        )

    def _obligations(
        self, owed: Iterable[_Owed], violations: Iterable[Violation], now: dt.datetime
    ) -> tuple[Obligation, ...]:
        """Say what is owed, the most urgent first."""
        missed = {(v.policy, v.key): v.at for v in violations if v.how is Breach.DEADLINE}
        found = []
        for policy, key, part in owed:
            missed_at = (
                missed.get((policy.id, key and str(key))) if _was_missed(policy, part) else None
            )
            due = missed_at or policy.automaton.deadline(part)
            what, why = self._say(policy)
            found.append(
                Obligation(
                    policy=policy.id,
                    what=what,
                    why=why,
                    source=policy.policy.source,
                    due=due,
                    overdue=due is not None and due < now,
                    key=key and str(key),
                    since=policy.since(part),
                )
            )
        return tuple(sorted(found, key=sort_key))

    def _say(self, policy: CompiledPolicy) -> tuple[str, str]:
        """Return what a policy asks for, and why, as sentences that are made once."""
        said = self._sentences.get(policy.id)
        if said is None:
            said = remedy_of(policy.policy).split(". ")[0].rstrip("."), say_policy(policy.policy)
            self._sentences[policy.id] = said
        return said


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
