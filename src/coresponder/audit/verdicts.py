"""Which recorded incidents would get another verdict under another program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from coresponder.errors import CorruptRecord, InvalidEvent
from coresponder.program import Case, Program
from coresponder.program.aligned import aligned
from coresponder.record import Record
from coresponder.stores.codec import decode
from coresponder.stores.ports import Store

__all__ = ["ChangedVerdict", "changed_verdicts"]


@attrs.frozen(kw_only=True)
class ChangedVerdict(Record):
    """One incident and the policies that it violates under one program and not under the other, as
    of its last event.

    Attributes:
        unreadable: why the incident cannot be judged by one of them, if so; it is told, never left
            out.
    """

    incident: str
    no_longer: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    unreadable: str | None = None


def changed_verdicts(
    store: Store, agency: str, old: Program, new: Program
) -> Iterator[ChangedVerdict]:
    """Judge every incident of an agency by both programs and yield those whose verdicts differ.

    An own event that the two declare with other fields is read with the fields of both.
    """
    programs = aligned(old, new)[0] or (old, new)
    for summary in store.find(agency):
        try:
            stored = store.load(agency, summary.incident)
            before, after = (
                _judged(program, summary.incident, stored.rows) for program in programs
            )
        except (CorruptRecord, InvalidEvent) as error:
            yield ChangedVerdict(incident=summary.incident, unreadable=str(error))
            continue
        if before != after:
            yield ChangedVerdict(
                incident=summary.incident,
                no_longer=tuple(sorted(before - after)),
                now=tuple(sorted(after - before)),
            )


def _judged(program: Program, incident: str, rows: Iterable[object]) -> frozenset[str]:
    """Return the policies that an incident violates as of when something happened last, and what
    the lifecycle did not expect.
    """
    case: Case = program.replay(
        incident,
        [decode(row, program.vocabulary, where=f"incident {incident}, ") for row in rows],  # type: ignore[arg-type]
    )
    broken = {violation.policy for violation in program.violations(case, case.last_at)}
    return frozenset(broken | ({"(facts out of place)"} if case.findings.out_of_place else set()))
