"""The work of `coresponder run`: run calls through a program in a store, and count the results."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs

from coresponder.audit.tally import Minutes, Tally
from coresponder.cli.rejects import rejects_file
from coresponder.delivery.memory import MemoryNotifier
from coresponder.domain.objects import TeamMember
from coresponder.domain.spoken import say_word
from coresponder.errors import StoreUnavailable, VersionConflict
from coresponder.interop.cad import Rejected, RowCase, read_calls
from coresponder.interop.mapping import Mapped
from coresponder.program import Case, Program
from coresponder.roster.expiring import expiring
from coresponder.roster.shifts import Span
from coresponder.simulation.field import START, Field
from coresponder.simulation.unplayed import Unplayed, unplayed
from coresponder.stores.pages import every
from coresponder.stores.ports import Store
from coresponder.workflow import Workflow

__all__ = ["Result", "run_calls", "run_night"]

_BATCH = 500
Progress = Callable[[int], None]


@attrs.define
class People:
    """The roster of a made-up night.

    Attributes:
        tally: the counts of their streams.
        sent: responder -> how many teams they were sent in.
        away: the responders who left or were away, each with the reason.
    """

    tally: Tally
    sent: Counter[str]
    away: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """Return the documented keys."""
        return {
            "responders": self.tally.incidents,
            "events": self.tally.events,
            "sent": dict(self.sent.most_common()),
            "away": [{"responder": id, "why": why} for id, why in self.away],
            **_judged(self.tally),
        }


@attrs.define
class Result:
    """The result of a run."""

    tally: Tally
    rows_read: int = 0
    rows_used: int = 0
    rows_there: int = 0
    rows: str = "calls"
    refusals: Counter[str] = attrs.field(factory=Counter)
    overridden: int = 0
    notices: int = 0
    reasons: Counter[str] = attrs.field(factory=Counter)
    faults: Counter[str] = attrs.field(factory=Counter)
    unplayed: tuple[Unplayed, ...] = ()
    people: People | None = None

    @property
    def rows_rejected(self) -> int:
        """The number of rows that could not be used."""
        return self.rows_read - self.rows_used

    def as_json(self) -> dict[str, Any]:
        """Return the documented keys."""
        tally = self.tally
        return {
            "program": tally.program.name,
            "rows_read": self.rows_read,
            "rows_used": self.rows_used,
            "rows_there": self.rows_there,
            "rows_rejected": self.rows_rejected,
            "row_faults": dict(self.faults.most_common()),
            "incidents": tally.incidents,
            "duplicates": tally.duplicates,
            "events": tally.events,
            "by_state": dict(tally.by_state.most_common()),
            "by_disposition": dict(tally.by_disposition.most_common()),
            "by_tier": dict(tally.by_tier.most_common()),
            "several_tiers": tally.several_tiers,
            "without_team": tally.without_team,
            "no_team_sent": tally.not_sent,
            "minutes": {
                "received_to_dispatched": _minutes(tally.to_dispatch),
                "received_to_arrived": _minutes(tally.to_arrival),
                "facility_to_accepted": _minutes(tally.to_acceptance),
                "facility_to_back_in_service": _minutes(tally.to_service),
            },
            "grounds_for_arrest": tally.arrestable,
            "in_place_of_arrest": dict(tally.instead.most_common()),
            "refusals": self.refusals.total(),
            "out_of_place": tally.out_of_place,
            "doubtful": tally.doubtful,
            **_judged(tally),
            "notices": self.notices,
            "not_played": [attrs.asdict(one) for one in self.unplayed],
            "roster": self.people.as_json() if self.people else None,
        }


def _judged(tally: Tally) -> dict[str, dict[str, int]]:
    return {
        "violations": dict(tally.violations.most_common()),
        "undetermined": dict(tally.undetermined.most_common()),
        "obligations": {
            "open": tally.owed,
            "overdue": tally.overdue,
            "approximate": tally.owed_about,
        },
    }


def _minutes(counted: Minutes) -> dict[str, float | None]:
    """Return the number of times and the statistics that it suffices for; the others are null."""
    told = {
        name: counted.percentile(share) if counted.tells(share) else None
        for name, share in (("median", 0.5), ("90_percent_within", 0.9))
    }
    return {"n": counted.total, "mean": counted.mean, **told}


def run_night(
    program: Program, store: Store, *, incidents: int, seed: int, progress: Progress
) -> Result:
    """Play a made-up night and the days after it, and count the results."""
    notifier = MemoryNotifier()
    workflow = Workflow(program, store, clock=lambda: START)
    field = Field(workflow, seed=seed)
    if store.version(workflow.agency, f"night-{seed}-00001"):
        raise StoreUnavailable(
            f"this store already has the night of seed {seed}; choose another --seed or --store"
        )
    field.play(incidents, progress)
    for told in (workflow, workflow.roster.desk):
        told.notifier = notifier
        while told.deliver(limit=1000):
            pass
    result = Result(
        Tally(program), rows_read=incidents, rows_used=incidents, notices=len(notifier.sent)
    )
    result.refusals, result.overridden = field.refusals, field.overridden
    sent: Counter[TeamMember] = Counter()
    for i in range(incidents):
        case = workflow.case(f"night-{seed}-{i + 1:05d}")
        result.tally.add(case, field.now)
        sent.update(member for team in case.incident.teams for member in team.members)
    tally, people = result.tally, _people(field, sent)
    result.people = people
    result.unplayed = unplayed(
        program,
        calls=incidents,
        events=tally.by_event | people.tally.by_event,
        states=field.states,
        tiers=tally.by_tier,
        roles={member.role for member in sent},
        refused=field.refused,
        missing=field.missing,
    )
    return result


def _people(field: Field, sent: Counter[TeamMember]) -> People:
    """Count what happened to the people of a night, until the last call."""
    desk, until = field.workflow.roster.desk, field.until
    people = People(Tally(desk.program), Counter(), tuple(_away(field)))
    for member, times in sent.items():
        people.sent[member.responder] += times
    for summary in every(desk.find):
        people.tally.add(desk.case(summary.incident), until)
    return people


def _away(field: Field) -> Iterator[tuple[str, str]]:
    """Yield the responders who left, were away, or lost a training or a vetting before the last
    call.
    """
    services, courses = field.workflow.roster.services(), field.workflow.program.courses
    window = Span(START, field.until)
    for service in services:
        if service.posts and window.covers(service.posts[-1].until):
            yield service.id, "left"
        if any(window.covers(vetting.until) for vetting in service.vettings):
            yield service.id, "vetting expired"
        for absence in service.absences:
            if window.covers(absence.begins):
                yield service.id, absence.reason.value
    for one in expiring(services, courses, at=field.until, within=dt.timedelta()):
        if window.covers(one.ends):
            yield one.responder, f"{say_word(one.what)} expired"


def run_calls(
    program: Program,
    store: Store,
    *,
    calls: Path,
    mapping: Mapped,
    rejects: Path | None,
    progress: Progress,
) -> Result:
    """Replay the rows of a CAD export. Each row is used, or is rejected with a reason. Verdicts are
    as of each call's last event.

    A run that was interrupted can be repeated: incidents that are already in the store are counted
    as they are there.
    """
    one_each = mapping.file.one_row_is == "incident" and mapping.columns.newest is None
    workflow = Workflow(program, store)
    result = Result(Tally(program), rows="calls" if one_each else "rows")
    with rejects_file(rejects) as reject:
        for batch in _batches(read_calls(calls, mapping), _BATCH):
            with store.batch():
                for row in batch:
                    result.rows_read += len(row.rows) if isinstance(row, RowCase) else 1
                    for out in _take(workflow, row, result):
                        _count_rejected(out, result)
                        reject(out)
            progress(result.rows_read)
    return result


def _take(workflow: Workflow, row: RowCase | Rejected, result: Result) -> Iterator[Rejected]:
    """Replay the rows that can be used, and yield the others."""
    if isinstance(row, Rejected):
        yield row
        return
    case, there = _replayed(workflow, row)
    if case is None:
        reason = f"already in the store: incident {row.incident}, with another history"
        for number, cells in zip(row.rows, row.cells, strict=True):
            yield Rejected(row=number, reason=reason, values=cells)
        return
    result.faults.update(row.faults)
    result.rows_used += len(row.rows)
    result.rows_there += len(row.rows) if there else 0
    result.tally.add(case, case.last_at)


def _replayed(workflow: Workflow, row: RowCase) -> tuple[Case | None, bool]:
    """Return the case, and whether it was already in the store; None if the store has another
    history under its id.
    """
    try:
        return workflow.replay(row.incident, row.events), False
    except VersionConflict:
        case = workflow.case(row.incident)
    same_program = workflow.program_of(case).name == workflow.program.name
    recorded = case.recorded()
    same = same_program and all(event in recorded for event in row.events)
    return (case if same else None), True


def _count_rejected(row: Rejected, result: Result) -> None:
    result.reasons[row.reason.split(":")[0]] += 1
    if row.reason.startswith("times out of order"):
        result.faults["out of order: row rejected"] += 1


def _batches(
    rows: Iterable[RowCase | Rejected], size: int
) -> Iterator[tuple[RowCase | Rejected, ...]]:
    iterator = iter(rows)
    while batch := tuple(itertools.islice(iterator, size)):
        yield batch
