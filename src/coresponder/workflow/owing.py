"""What is owed in all incidents of an agency, and what time alone brings."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator

import attrs

from coresponder.errors import CorruptRecord, InvalidEvent, InvalidProgram, NotFound
from coresponder.policy.refusal import Obligation
from coresponder.program import Notice
from coresponder.program.case import unreadable_notice
from coresponder.program.notices import horizon
from coresponder.record import Record
from coresponder.stores.base import Summary
from coresponder.workflow.cases import Cases

__all__ = ["Owed", "notices_by_time", "owed_now"]

_LOG = logging.getLogger("coresponder")
_UNREADABLE = (CorruptRecord, InvalidEvent, InvalidProgram, NotFound)
"""What one record can be at fault with. Of a database that is down no answer is given at all."""


@attrs.frozen(kw_only=True)
class Owed(Record):
    """An obligation and the incident that it belongs to.

    Attributes:
        unreadable: the record cannot be read, so what is owed first is to restore it; what else is
            owed is not known.
    """

    incident: str
    obligation: Obligation
    unreadable: bool = False


def owed_now(cases: Cases, now: dt.datetime, before: dt.datetime | None) -> tuple[Owed, ...]:
    """Return all that is owed, the most urgent first; with `before`, only what is due by then.

    A record that cannot be read comes first, as something to restore, whatever `before` says.
    """
    found = [
        owed
        for summary in cases.store.find(cases.agency, owing=True)
        for owed in _owed_in(cases, summary, now)
    ]
    chosen = [
        one for one in found if one.unreadable or before is None or _due_by(one.obligation, before)
    ]
    return tuple(
        sorted(
            chosen,
            key=lambda o: (
                not o.unreadable,
                o.obligation.due is None,
                o.obligation.due or now,
                o.incident,
            ),
        )
    )


def _due_by(obligation: Obligation, before: dt.datetime) -> bool:
    return obligation.due is not None and obligation.due <= before


def _owed_in(cases: Cases, summary: Summary, now: dt.datetime) -> Iterator[Owed]:
    if summary.unreadable:
        yield _to_restore(summary, summary.unreadable, now)
    try:
        case = cases.newest(summary.incident)
        obligations = cases.program_of(case).obligations(case, now)
    except _UNREADABLE as fault:
        yield _to_restore(summary, fault, now)
        return
    yield from (Owed(incident=case.id, obligation=obligation) for obligation in obligations)


def _to_restore(summary: Summary, why: Exception | str, now: dt.datetime) -> Owed:
    """Return what is owed of a record that cannot be read; the earliest deadline is what its head
    row keeps.
    """
    due = summary.next_due
    owed = Obligation(
        policy="unreadable-record",
        what="Restore the record, which cannot be read: what else is owed is not known",
        why=str(why),
        authority="the store",
        due=due,
        overdue=due is not None and due < now,
    )
    return Owed(incident=summary.incident, obligation=owed, unreadable=True)


def notices_by_time(cases: Cases, now: dt.datetime) -> Iterator[tuple[Notice, ...]]:
    """Yield, incident by incident, what is due soon or overdue at `now`. A record that cannot be
    read is told of, too.
    """
    for summary in cases.store.find(cases.agency, owing=True):
        try:
            yield _due_of(cases, summary, now)
        except _UNREADABLE as fault:
            _LOG.error(
                "incident %s cannot be read, so nobody is told what it owes: %s",
                summary.incident,
                fault,
            )
            yield (unreadable_notice(summary.incident, str(fault)),)


def _due_of(cases: Cases, summary: Summary, now: dt.datetime) -> tuple[Notice, ...]:
    """Return what time gives rise to in one incident; it is not read before that may be anything."""
    if summary.unreadable:
        raise CorruptRecord(summary.unreadable)
    program = cases.program_named(summary.program)
    ahead = horizon(program.notices)
    if ahead is None or summary.next_due is None or summary.next_due > now + ahead:
        return ()
    return program.notices_due(cases.newest(summary.incident), now)
