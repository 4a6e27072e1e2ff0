"""What is owed in all incidents of an agency, and the notices that the passing of time causes."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable

import attrs

from coresponder.domain.objects import Incident
from coresponder.errors import CorruptRecord
from coresponder.policy.refusal import Obligation
from coresponder.program import Notice, Program
from coresponder.program.case import unreadable_notice
from coresponder.program.notices import tellings
from coresponder.record import Record
from coresponder.stores.base import UNLISTED, Listed, OwedRow
from coresponder.stores.pages import Filters, Page, kept_page
from coresponder.stores.relisting import UNREADABLE
from coresponder.workflow.cases import Cases

__all__ = ["Owed", "owed_now", "tell_by_time"]

_LOG = logging.getLogger("coresponder")


@attrs.frozen(kw_only=True)
class Owed(Record):
    """An obligation and the incident that it belongs to.

    Attributes:
        unreadable: why the record cannot be read. The first thing owed is then to restore it;
            whatever else it owes is not known.
    """

    incident: str
    obligation: Obligation
    unreadable: bool = False


def owed_now(
    cases: Cases,
    now: dt.datetime,
    filters: Filters,
    *,
    about: str | None = None,
    limit: int,
    after: str | None,
) -> Page[Owed]:
    """Return a page of what is owed, the most urgent first; with `about`, what concerns one person.

    Incidents that cannot be listed come first, as records to restore.
    """

    def ask(size: int, start: str | None) -> Page[Owed]:
        page = cases.store.owed(cases.agency, filters, limit=size, after=start)
        return Page([_owed(cases, one, now) for one in page], next=page.next)

    if about is None:
        return ask(limit, after)
    return kept_page(ask, lambda owed: _if_about(cases, owed, about), limit, after)


def _if_about(cases: Cases, owed: Owed, person: str) -> Owed | None:
    """Return what is owed if it is about the person, or if that is not known."""
    if owed.unreadable:
        return owed
    case = cases.newest(owed.incident)
    per = cases.program_of(case).book[owed.obligation.policy].policy.per
    return owed if _whom(case.incident, per, owed.obligation.key or "") == person else None


def _whom(incident: Incident, per: str | None, key: str) -> str | None:
    """Return whom something owed is about: the person of its key, referral or follow-up."""
    if per == "person":
        return key
    part = {"referral": incident.referral, "follow_up": incident.follow_up}.get(per or "")
    found = part(key) if part else None
    return found.person if found else None


def _owed(cases: Cases, one: Listed, now: dt.datetime) -> Owed:
    try:
        if one.owed.policy == UNLISTED:
            cases.newest(one.incident)
        if one.unreadable:
            raise CorruptRecord(one.unreadable)
        book = cases.program_named(one.program).book
        owed = one.owed
        said = book.said(owed.policy, key=owed.key, due=owed.due, since=owed.since, now=now)
    except UNREADABLE as fault:
        return _to_restore(one, fault, now)
    said = attrs.evolve(said, owner=owed.owner) if owed.owner else said
    return Owed(incident=one.incident, obligation=said)


def _to_restore(one: Listed, why: Exception, now: dt.datetime) -> Owed:
    """Return the obligation to restore a record that cannot be read."""
    due = one.owed.due
    owed = Obligation(
        policy=UNLISTED,
        what="Restore the record, which cannot be read: what else is owed is not known",
        why=str(why),
        authority="the store",
        due=due,
        overdue=due is not None and due < now,
    )
    return Owed(incident=one.incident, obligation=owed, unreadable=True)


def tell_by_time(cases: Cases, now: dt.datetime) -> int:
    """Put a notice for each obligation that is due soon or overdue at `now` into the outbox; return
    how many were new. A notice also tells of each record that cannot be read, and `due` then lists
    that record first.
    """
    new, after = 0, None
    while True:
        page = cases.store.to_tell(cases.agency, now=now, after=after)
        notices, told = _tellings_of(cases, page, now)
        new += cases.store.notify(cases.agency, notices, at=now) if notices else 0
        cases.store.told(cases.agency, told)
        after = page.next
        if after is None:
            return new


def _tellings_of(
    cases: Cases, page: Iterable[Listed], now: dt.datetime
) -> tuple[list[Notice], list[tuple[Listed, dt.datetime | None]]]:
    """Return the notices about a page of obligations, and the time of the next notice of each."""
    notices: list[Notice] = []
    told: list[tuple[Listed, dt.datetime | None]] = []
    by_incident: dict[str, list[Listed]] = {}
    for one in page:
        by_incident.setdefault(one.incident, []).append(one)
    for incident, listed in by_incident.items():
        try:
            case = cases.newest(incident)
            program = cases.program_of(case)
            notices += program.notices_due(case, now)
            told += [(one, _next(program, one.owed, now)) for one in listed]
        except UNREADABLE as fault:
            _LOG.error(
                "incident %s cannot be read, so nobody is told what it owes: %s", incident, fault
            )
            cases.store.unlist(cases.agency, incident)
            notices.append(unreadable_notice(incident, str(fault)))
    return notices, told


def _next(program: Program, owed: OwedRow, now: dt.datetime) -> dt.datetime | None:
    """Return when the passing of time causes the next notice of an obligation; None if it never
    does.
    """
    if owed.due is None:
        return None
    times = tellings(program.notices, program.book, owed.policy, owed.due)
    return next((time for time in times if time > now), None)
