"""Step policies over columns of recorded events, many incidents at once. The products are those of
the live system; their moves become entries of a table.

The meaning of an event to the policies is worked out once for all events that are alike
(`coresponder.audit.specimens`). Here only tables and times decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from coresponder.audit.deadlines import CLOCKS
from coresponder.audit.product_columns import Front, Hits, ProductColumns, Stand, TooLarge
from coresponder.audit.specimens import Meaning
from coresponder.policy.automata import BY_DEADLINE, BY_EVENT, Timed
from coresponder.policy.matching import Room
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.product import Product
from coresponder.policy.refusal import Breach
from coresponder.policy.templates import Verdict

__all__ = ["Breached", "Columns", "Log", "Outcome"]

_CHUNK = 32_768
"""How many incidents step together, so that their data stays in the processor's cache."""
_MOST_UNTIMED = 60
"""The most policies of one product. Policies that together have too many states are split."""

Ints = NDArray[np.int64]


@attrs.frozen(eq=False)
class Log:
    """Recorded events in columns. The events of an incident are together, in the order in which
    they happened, without those that were entered in error.

    Attributes:
        meanings: the distinct meanings of the events.
        codes: for each event, the index of its meaning in `meanings`.
        at: when each event happened, in microseconds since 1970.
        first: the index at which each incident begins, and the end.
    """

    meanings: tuple[Meaning, ...]
    codes: NDArray[np.uint16]
    at: Ints
    first: Ints

    @classmethod
    def of(cls, incidents: Iterable[Iterable[tuple[Meaning, int]]]) -> Log:
        """Return the log of incidents, each given as the meanings and the times of its events."""
        known: dict[Meaning, int] = {}
        codes, at, first = list[int](), list[int](), [0]
        for events in incidents:
            for meaning, when in events:
                codes.append(known.setdefault(meaning, len(known)))
                at.append(when)
            first.append(len(at))
        return cls(
            meanings=tuple(known),
            codes=np.array(codes, np.uint16),
            at=np.array(at, np.int64),
            first=np.array(first, np.int64),
        )

    def __len__(self) -> int:
        """Return the number of incidents."""
        return len(self.first) - 1

    def only(self, cases: Ints) -> Log:
        """Return the log of some incidents."""
        lengths = np.diff(self.first)[cases]
        first = np.concatenate(([0], np.cumsum(lengths)))
        events = np.arange(first[-1]) + np.repeat(self.first[cases] - first[:-1], lengths)
        return Log(self.meanings, self.codes[events], self.at[events], first)


@attrs.frozen
class Breached:
    """One breach of a policy.

    Attributes:
        case: the number of the incident.
        place: the index of the event; None if the passing of time broke the policy.
        policy: the index of the policy.
        at: when, in microseconds since 1970.
        since: when the watch began, if there is a bound.
    """

    case: int
    place: int | None
    policy: int
    how: Breach
    at: int
    since: int | None


@attrs.define(eq=False)
class Outcome:
    """The verdicts and breaches of policies on the incidents of a log at `now`."""

    log: Log
    now: Ints
    _columns: Columns
    _stands: tuple[Stand, ...]

    def verdicts(self, policy: int) -> NDArray[np.int8]:
        """Return the verdict of a policy on each incident."""
        for group, stand in zip(self._columns.groups, self._stands, strict=True):
            if policy in group.product.indexes:
                return group.verdicts(stand, group.product.indexes.index(policy))
        return np.full(len(self.log), Verdict.HOLDING, np.int8)

    def evidence(self) -> list[Breached]:
        """Return every breach, by incident, then in the order in which they were found."""
        broken = np.zeros(len(self.log), np.bool_)
        for group, stand in zip(self._columns.groups, self._stands, strict=True):
            broken |= group.breached(stand)
        return self._columns.evidence(self.log, self.now, np.flatnonzero(broken))


@attrs.define(eq=False)
class Columns:
    """Steps policies of a book over columns.

    Args:
        policies: the policies of the book.
        stepped: the indexes of the policies to step; each has a table and no correlation key.
    """

    policies: tuple[CompiledPolicy, ...]
    stepped: Sequence[int]
    groups: tuple[ProductColumns, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Combine the policies into products."""
        timed = [i for i in self.stepped if isinstance(self.policies[i].automaton, Timed)]
        untimed = [i for i in self.stepped if i not in timed]
        parts = [*_parts(untimed, _MOST_UNTIMED), *_parts(timed, CLOCKS)]
        self.groups = tuple(map(self._group, parts))

    def _group(self, indexes: Sequence[int]) -> ProductColumns:
        policies = tuple(self.policies[i] for i in indexes)
        return ProductColumns(Product(tuple(indexes), policies, Room(0)))

    def judge(self, log: Log, now: Ints) -> Outcome:
        """Return the verdicts and breaches.

        Args:
            log: the events.
            now: when each incident is judged, in microseconds since 1970.
        """
        while True:
            try:
                return Outcome(log, now, self, self._stands(log, now))
            except TooLarge as found:
                self._split(found.indexes)

    def _stands(self, log: Log, now: Ints) -> tuple[Stand, ...]:
        meanings = [(one.matches, one.opens) for one in log.meanings]
        for group in self.groups:
            group.mean(meanings)
        stands = tuple(Stand.of(len(log)) for _ in self.groups)
        for _ in self._steps(log, now, stands):
            pass
        return stands

    def _steps(
        self, log: Log, now: Ints, stands: tuple[Stand, ...], *, noted: bool = False
    ) -> Iterator[Hits]:
        """Step all incidents, position by position; with `noted`, yield the breaches."""
        for low in range(0, len(log), _CHUNK):
            front = Front.of(log.first[low : low + _CHUNK + 1], low)
            places = [group.begin(len(front.order)) for group in self.groups]
            for place, count in enumerate(front.alive):
                event = front.begin[:count] + place
                codes, when = log.codes[event], log.at[event]
                for group, mine in zip(self.groups, places, strict=True):
                    entry = group.step(mine, codes, when)
                    if noted:
                        yield from group.noted(mine, entry, front, place)
                    group.start(mine, entry, when)
            for group, mine, stand in zip(self.groups, places, stands, strict=True):
                group.wake(mine, now[front.order])
                stand.state[front.order] = group.stands(mine)
                stand.broken[front.order] = mine.broken
                if noted:
                    yield from group.by_time(mine, front)

    def _split(self, indexes: tuple[int, ...]) -> None:
        """Split the policies of a product that is too large into two products."""
        half = (len(indexes) + 1) // 2
        parts = [indexes[:half], indexes[half:]]
        kept = [group for group in self.groups if group.product.indexes != indexes]
        self.groups = (*kept, *map(self._group, parts))

    def evidence(self, log: Log, now: Ints, cases: Ints) -> list[Breached]:
        """Return the breaches of some incidents, which are stepped again and noted this time."""
        part, when, numbers = log.only(cases), now[cases], cases.tolist()
        stands = tuple(Stand.of(len(part)) for _ in self.groups)
        found = [
            attrs.evolve(one, case=numbers[one.case])
            for hit in self._steps(part, when, stands, noted=True)
            for one in _told(hit, part)
        ]
        found.sort(key=_in_order)
        return found


def _parts(indexes: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    return (indexes[low : low + most] for low in range(0, len(indexes), most))


def _in_order(one: Breached) -> tuple[int, bool, int, int, bool]:
    return one.case, one.place is None, one.place or 0, one.policy, one.how is Breach.EVENT


def _told(hit: Hits, log: Log) -> Iterator[Breached]:
    """Yield the breaches of one policy one by one."""
    rows = zip(hit.case.tolist(), hit.due.tolist(), hit.since.tolist(), strict=True)
    for case, due, began in rows:
        since = began if hit.runs else None
        if hit.how & BY_DEADLINE:
            where = None if hit.place < 0 else hit.place
            yield Breached(case, where, hit.policy, Breach.DEADLINE, due, since)
        if hit.how & BY_EVENT:
            at = int(log.at[log.first[case] + hit.place])
            since = None if hit.how & BY_DEADLINE else since
            yield Breached(case, hit.place, hit.policy, Breach.EVENT, at, since)
