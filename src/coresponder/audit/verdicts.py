"""Find the recorded incidents whose verdict changes under another program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from coresponder.errors import CorruptRecord, InvalidEvent
from coresponder.program import Program
from coresponder.program.aligned import aligned
from coresponder.record import Record
from coresponder.stores.codec import Stored, events_of
from coresponder.stores.pages import every
from coresponder.stores.ports import Store

__all__ = ["ChangedVerdict", "changed_verdicts"]


@attrs.frozen(kw_only=True)
class ChangedVerdict(Record):
    """One incident, with the policies that it violates under one program and not under the other,
    as of its last event.

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


def changed_verdicts(
    store: Store, agency: str, old: Program, new: Program
) -> Iterator[ChangedVerdict]:
    """Judge every incident of an agency by both programs and yield those whose verdicts differ.

    An own event that the two programs declare with different fields is read with the fields of
    both.
    """
    programs = aligned(old, new)[0] or (old, new)
    for summary in every(store.find, agency):
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


def _judged(program: Program, incident: str, rows: Iterable[Stored]) -> frozenset[str]:
    """Return the policies that an incident violates as of its last event, those for which that
    depends on an approximate time, and whether it has facts out of place.
    """
    case = program.replay(incident, events_of(rows, program.vocabulary, incident))
    broken = {violation.policy for violation in program.violations(case, case.last_at)}
    broken |= {f"{policy} (not certain)" for policy in program.undetermined(case)}
    return frozenset(broken | ({"(facts out of place)"} if case.findings.out_of_place else set()))
