"""Judge incidents that are alike together. What does not depend on their times is worked out once
for all of them, and the policies step over the columns of their times.
"""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from collections.abc import Callable, Container, Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from coresponder.audit.columns import Breached, Columns, Log
from coresponder.audit.judgment import Evidence, Judge
from coresponder.audit.measures import MEASURES, Measures
from coresponder.audit.paths import Paths
from coresponder.audit.readings import BY_TIMES
from coresponder.audit.reckoned import NOTHING, Found
from coresponder.audit.seen import Seen
from coresponder.audit.specimens import Plan
from coresponder.domain.events import Event
from coresponder.errors import InvalidEvent
from coresponder.interop.alike import Alike, Block
from coresponder.interop.cad import RowCase
from coresponder.interop.instants import instant_of, microseconds
from coresponder.policy.templates import Verdict
from coresponder.program import Program

__all__ = ["Blocks", "JudgedBlock"]

Ints = NDArray[np.int64]
_MINUTE = 60_000_000
"""In microseconds."""
_STEPS = (60 * _MINUTE, 15 * _MINUTE, 1)
"""An hour, a quarter of an hour, an instant."""


@attrs.frozen(eq=False)
class _Known:
    """What is known of a kind of incident without its times.

    Attributes:
        specimen: one of the incidents, with its own times.
        history: its events.
        numbers: for each of its events, its number among the events of `Paths`.
        undetermined: the policies that cannot be judged.
        concerned: the policies that count one of its events.
        found: its contribution to each measure.
    """

    specimen: RowCase
    history: Sequence[Event]
    numbers: tuple[int, ...]
    undetermined: frozenset[str]
    concerned: frozenset[str]
    found: tuple[Found, ...]

    def place(self, event: Event) -> int:
        """Return the index of one of the specimen's events."""
        return next(i for i, one in enumerate(self.history) if one is event)


@attrs.frozen(eq=False)
class _Sort:
    """The incidents of one kind in a block.

    Attributes:
        rows: their indexes among the incidents of the block that are alike.
        at: their times, by event of the specimen.
        order: for each the specimen's events in the order in which they happened.
        codes: for each the meanings of its events in that order.
        out_of_place: how many events are out of place.
    """

    known: _Known
    rows: Ints
    at: Ints
    order: Ints
    codes: Ints
    out_of_place: Ints

    @property
    def ordered(self) -> Ints:
        """Their times, in the order in which the events happened."""
        found: Ints = np.take_along_axis(self.at, self.order, axis=1)
        return found


@attrs.frozen(eq=False)
class JudgedBlock:
    """The judgments of a program on the incidents of a block that are alike.

    Attributes:
        sorts: the incidents by their kind.
        places: the place of each in the block. incidents: its id.
        opened: when each opened.
        verdicts: policy -> the verdict of each incident.
        evidence: each breach, with the place of its incident in the block.
    """

    program: Program
    sorts: tuple[_Sort, ...]
    places: tuple[int, ...]
    incidents: tuple[str, ...]
    opened: Ints
    verdicts: NDArray[np.int8]
    evidence: tuple[tuple[int, Evidence], ...]

    def __len__(self) -> int:
        """Return the number of incidents."""
        return len(self.opened)

    def rows(self) -> Iterator[tuple[int, str, dict[str, Verdict], bool]]:
        """Yield the place of each incident, its id, the verdict of each policy, and whether it has
        facts out of place. Incidents of which the same is said share the verdicts.
        """
        policies = [one.id for one in self.program.book.policies]
        said = dict[tuple[int, ...], dict[str, Verdict]]()
        astray = np.zeros(len(self), np.bool_)
        for one in self.sorts:
            astray[one.rows] = one.out_of_place > 0
        columns = map(tuple, self.verdicts.T.tolist())
        for place, incident, found, out_of_place in zip(
            self.places, self.incidents, columns, astray.tolist(), strict=True
        ):
            if found not in said:
                said[found] = dict(zip(policies, map(Verdict, found), strict=True))
            yield place, incident, said[found], out_of_place

    def first_and_last(self) -> tuple[dt.datetime, dt.datetime]:
        """Return when the first and the last incident opened."""
        return instant_of(int(self.opened.min())), instant_of(int(self.opened.max()))

    def since(self, instant: dt.datetime) -> NDArray[np.bool_]:
        """Return the incidents that opened at an instant or later."""
        found: NDArray[np.bool_] = self.opened >= microseconds(instant)
        return found

    def measure(self, measures: Measures, which: NDArray[np.bool_] | None = None) -> None:
        """Add all incidents, or some of them, to measures."""
        sorts = self.sorts if which is None else tuple(self._only(which))
        for place, reckoned in enumerate(measures.all):
            mine = [(one, one.known.found[place]) for one in sorts]
            mine = [(one, found) for one, found in mine if found is not NOTHING]
            lengths, labels = list[Ints](), dict[Callable[[dt.datetime], str], list[Ints]]()
            for one, found in mine:
                reckoned.count(found, len(one.rows))
                for begin, end in found.spans:
                    both = one.known.place(begin), one.known.place(end)
                    length = one.at[:, both[1]] - one.at[:, both[0]]
                    reckoned.missing += int((length < 0).sum())  # as `Seen.span` counts them
                    lengths.append(length[length >= 0] // _MINUTE)
                if found.opened is not None:
                    labels.setdefault(found.opened, []).append(self.opened[one.rows])
            for minutes, count in _counted(lengths):
                reckoned.minutes.counts[minutes] += count
            for label, opened in labels.items():
                for text, count in self._labeled(label, opened):
                    reckoned.counts[text] += count

    def _only(self, which: NDArray[np.bool_]) -> Iterator[_Sort]:
        for one in self.sorts:
            kept = which[one.rows]
            if kept.any():
                yield _Sort(
                    known=one.known,
                    rows=one.rows[kept],
                    at=one.at[kept],
                    order=one.order[kept],
                    codes=one.codes[kept],
                    out_of_place=one.out_of_place[kept],
                )

    def _labeled(
        self, label: Callable[[dt.datetime], str], opened: Sequence[Ints]
    ) -> Iterator[tuple[str, int]]:
        """Yield the label of each opening in the program's time zone, worked out once for an hour
        or a quarter of an hour in which it is the same.
        """
        zone, rest = self.program.calendar.time_zone, np.concatenate(opened)

        def of(at: int) -> str:
            return label(instant_of(at).astimezone(zone))

        for size in _STEPS:
            mixed = list[int]()
            steps = rest // size
            for step, count in _counted([steps]):
                text = of(step * size)
                if size == 1 or text == of((step + 1) * size - 1):
                    yield text, count
                else:
                    mixed.append(step)
            rest = rest[np.isin(steps, mixed)]


def _counted(parts: Sequence[Ints]) -> Iterator[tuple[int, int]]:
    """Yield each number with its frequency."""
    if parts:
        found, counts = np.unique(np.concatenate(parts), return_counts=True)
        yield from zip(found.tolist(), counts.tolist(), strict=True)


@attrs.define
class Blocks:
    """Judges blocks of an export under one program.

    Args:
        program: whose policies are judged.
        now: when each incident is judged; None for its last event.
    """

    program: Program
    now: dt.datetime | None = None
    plan: Plan = attrs.field(init=False)
    _judge: Judge = attrs.field(init=False)
    _columns: Columns = attrs.field(init=False)
    _paths: Paths = attrs.field(init=False)
    _known: dict[int, _Known] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """Choose for each policy how it is judged."""
        self.plan = Plan(self.program)
        self._judge = Judge(self.program, self.now)
        self._columns = Columns(self.program.book.policies, self.plan.stepped)
        self._paths = Paths(self.plan)

    def takes(self, specimen: RowCase) -> bool:
        """Return whether incidents like this one can be judged together, because the program and
        the measures read nothing of them that differs except the times.
        """
        try:
            case = self.program.replay(specimen.incident, specimen.events)
        except InvalidEvent:
            return False
        unusual = case.findings.numbers or case.findings.voided or case.findings.doubtful
        late = self.program.opening(case) not in {None, case.history[0].at}
        by_times = any(type(event) in BY_TIMES for event in case.history)
        if unusual or late or by_times or case.incident.people or not self.plan.takes(case):
            return False
        judged = self._judge.judge(case)
        seen = Seen.of(self.program, case, judged.at)
        self._known[id(specimen)] = _Known(
            specimen=specimen,
            history=tuple(case.history),
            numbers=tuple(map(self._paths.number, case.history)),
            undetermined=judged.undetermined,
            concerned=judged.concerned,
            found=tuple(measure.read(seen) for measure in MEASURES),
        )
        return True

    def judge(self, block: Block) -> JudgedBlock:
        """Return the program's judgments on the incidents that are alike."""
        sorts = tuple(self._sorted(block.alike))
        incidents = tuple(itertools.chain.from_iterable(one.incidents for one in block.alike))
        places = [place for one in block.alike for place in one.places.tolist()]
        log, opened = self._log(sorts, len(places))
        ends = log.at[log.first[1:] - 1]
        now = ends if self.now is None else np.full(len(places), microseconds(self.now))
        outcome = self._columns.judge(log, now)
        verdicts = np.full((len(self.plan.ways), len(places)), Verdict.HOLDING, np.int8)
        for policy in self.plan.stepped:
            verdicts[policy] = outcome.verdicts(policy)
        for one in sorts:
            for policy, way in enumerate(self.plan.ways):
                if way.policy in one.known.undetermined:
                    verdicts[policy, one.rows] = Verdict.UNDETERMINED
        evidence = self._evidence(sorts, incidents, outcome.evidence())
        return JudgedBlock(
            program=self.program,
            sorts=sorts,
            places=tuple(places),
            incidents=incidents,
            opened=opened,
            verdicts=verdicts,
            evidence=tuple((places[case], one) for case, one in evidence),
        )

    def _log(self, sorts: Sequence[_Sort], incidents: int) -> tuple[Log, Ints]:
        """Return the events of incidents as columns, and when each opened."""
        opened, lengths = np.zeros(incidents, np.int64), np.zeros(incidents, np.int64)
        for one in sorts:
            lengths[one.rows] = one.at.shape[1]
            opened[one.rows] = one.at[:, 0]
        first = np.concatenate(([0], np.cumsum(lengths)))
        codes, at = np.zeros(first[-1], np.uint16), np.zeros(first[-1], np.int64)
        for one in sorts:
            events = first[one.rows][:, None] + np.arange(one.at.shape[1])
            codes[events], at[events] = one.codes, one.ordered
        return Log(tuple(self._paths.meanings), codes, at, first), opened

    def _sorted(self, alike: Sequence[Alike]) -> Iterator[_Sort]:
        first = 0
        for one in alike:
            rows = np.arange(first, first := first + len(one.places))
            known = self._known[id(one.specimen)]
            codes, out_of_place = self._meanings(known, one.order, one.units)
            yield _Sort(known, rows, one.at, one.order, codes, out_of_place)

    def _meanings(self, known: _Known, order: Ints, units: Ints) -> tuple[Ints, Ints]:
        """Return the meanings of the events of incidents in order, and how many are out of place.
        Units are numbered in the order of their first events.
        """
        of = np.take_along_axis(units, order, axis=1)
        first = (of[:, :, None] == of[:, None, :]).argmax(axis=2)
        numbers = np.cumsum(first == np.arange(first.shape[1]), axis=1)
        named = np.take_along_axis(numbers, first, axis=1)
        paths, where = np.unique(np.hstack([order, named]), axis=0, return_inverse=True)
        events = order.shape[1]
        told = np.array(known.numbers)[paths[:, :events]]
        steps = np.stack([told, paths[:, events:]], axis=2).tolist()
        walked = [self._paths.walk([(one, unit) for one, unit in path]) for path in steps]
        codes = np.array([codes for codes, _ in walked], np.int64)
        out_of_place = np.array([count for _, count in walked], np.int64)
        where = where.reshape(-1)
        return codes[where], out_of_place[where]

    def _evidence(
        self, sorts: Sequence[_Sort], incidents: Sequence[str], breaches: Sequence[Breached]
    ) -> Iterator[tuple[int, Evidence]]:
        """Yield each breach of a policy that can be judged, with the number of its incident."""
        policies = self.program.book.policies
        firsts = [int(one.rows[0]) for one in sorts]
        for breach in breaches:
            policy = policies[breach.policy]
            sort = sorts[bisect.bisect_right(firsts, breach.case) - 1]
            if policy.id in sort.known.undetermined:
                continue
            place = breach.case - int(sort.rows[0])
            numbers = (
                [] if breach.since is None else _began(sort, place, breach.since, policy.guards)
            )
            numbers += [] if breach.place is None else [breach.place + 1]
            yield (
                breach.case,
                Evidence(
                    incident=incidents[breach.case],
                    policy=policy.id,
                    at=instant_of(breach.at),
                    how=breach.how,
                    events=tuple(dict.fromkeys(numbers)),
                    since=None if breach.since is None else instant_of(breach.since),
                ),
            )


def _began(sort: _Sort, place: int, since: int, counts: Container[str]) -> list[int]:
    """Return the number of the event that started a watch."""
    order = sort.order[place]
    there = np.flatnonzero(sort.at[place][order] == since).tolist()
    mine = [i for i in there if type(sort.known.history[order[i]]).__name__ in counts]
    return [i + 1 for i in (mine or there)[:1]]
