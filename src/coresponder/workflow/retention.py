"""Which words an agency no longer has to keep, and erasing them (ADR 0193).

Nothing is erased by itself: a host or the command line asks for it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

import attrs

from coresponder.domain.types import UTC
from coresponder.errors import CorruptRecord, InvalidProgram, NotFound, nearest
from coresponder.program import Case, Program
from coresponder.program.retention import Counted, Retention
from coresponder.stores.custody import Custody, Kept
from coresponder.stores.pages import ALL, LIMIT, Page, Place, page_limit, paged, place
from coresponder.workflow.cases import Cases

__all__ = ["Erased", "Retained", "erase_due", "retained"]

_BY_INCIDENT: Place = ("", "")
_AT_ONCE = 1000
_UNDATED = (NotFound, CorruptRecord, InvalidProgram)


@attrs.frozen(kw_only=True)
class Retained:
    """An entry of the vault that is due to be erased, or that has no date.

    Attributes:
        entry: its id.
        kind: the kind of the words.
        subject: the person or the incident that it is about.
        incident: the incident in which it was noted; empty if it was in none.
        until: the last day on which it is kept; None without a date.
        rule: the rule that says so.
        holds: the legal holds that keep it all the same.
        why: why it has no date; empty if it has one.
    """

    entry: str
    kind: str
    subject: str
    incident: str
    until: dt.date | None = None
    rule: Retention | None = None
    holds: tuple[Custody, ...] = ()
    why: str = ""

    @property
    def status(self) -> str:
        """`due`, `held` or `undated`."""
        if self.until is None:
            return "undated"
        return "held" if self.holds else "due"


@attrs.frozen(kw_only=True)
class Erased:
    """What was done with the words that were due: how many entries were erased, how many a legal
    hold kept, and how many have no date and were kept.
    """

    erased: int
    held: int
    undated: int


def retained(
    cases: Cases, before: dt.datetime, *, limit: int = LIMIT, after: str | None = None
) -> Page[Retained]:
    """Return a page of the entries that are due at a time, and of those without a date."""
    mark = ALL.mark("retention", cases.agency)
    begin = place(after, mark, _BY_INCIDENT) or _BY_INCIDENT
    found = list[tuple[Place, Retained]]()
    for one in _listed(cases, before, (str(begin[0]), str(begin[1]))):
        found.append(((one.incident, one.entry), one))
        if len(found) > page_limit(limit):
            break
    return paged(found, page_limit(limit), mark)


def erase_due(cases: Cases, now: dt.datetime, *, by: str) -> Erased:
    """Erase what is due, a page at a time, and count the rest."""
    erased = held = undated = 0
    cursor: str | None = None
    while True:
        page = retained(cases, now, limit=_AT_ONCE, after=cursor)
        due = defaultdict[Retention, list[str]](list)
        for one in page:
            held += one.status == "held"
            undated += one.status == "undated"
            if one.status == "due" and one.rule is not None:
                due[one.rule].append(one.entry)
        for rule, ids in due.items():
            erased += cases.store.discard(cases.agency, ids, by=by, ground=rule.ground, at=now)
        cursor = page.next
        if cursor is None:
            return Erased(erased=erased, held=held, undated=undated)


def _listed(cases: Cases, before: dt.datetime, begin: tuple[str, str]) -> Iterator[Retained]:
    """Yield the entries after a place that are due or have no date."""
    while found := cases.store.kept(cases.agency, limit=_AT_ONCE, after=begin):
        for kept in found:
            one, due = _dated(cases, kept, before)
            if due:
                yield attrs.evolve(one, holds=cases.store.holds(cases.agency, entry=kept.id))
            elif one.until is None:
                yield one
        begin = (found[-1].incident, found[-1].id)


def _dated(cases: Cases, kept: Kept, before: dt.datetime) -> tuple[Retained, bool]:
    """Return an entry with its last day, or why it has none; and whether that day is over."""
    one = Retained(entry=kept.id, kind=kept.kind, subject=kept.subject, incident=kept.incident)
    try:
        case = cases.newest(kept.incident) if kept.incident else None
        program = _program_for(cases, case)
        rule = _rule_for(program, kept.kind)
        counted = _begin(cases, rule, kept, case)
    except _UNDATED as error:
        return attrs.evolve(one, why=str(error)), False
    zone = program.calendar.time_zone
    until = rule.last_day(counted, zone)
    return attrs.evolve(one, until=until, rule=rule), _is_over(until, before, zone)


def _is_over(day: dt.date, before: dt.datetime, zone: dt.tzinfo) -> bool:
    if day == dt.date.max:
        return False
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=zone)
    return midnight.astimezone(UTC) <= before


def _program_for(cases: Cases, case: Case | None) -> Program:
    """Return the program whose rules are for an incident: the newest version of its own. Words that
    were noted in no incident follow the agency's program.
    """
    here = cases.program
    if case is None or case.program.rpartition("@")[0] == here.id:
        return here
    return cases.program_of(case)


def _rule_for(program: Program, kind: str) -> Retention:
    found = next((rule for rule in program.retention if kind in rule.kind), None)
    if found is not None:
        return found
    if not program.retention:
        raise NotFound(f"program {program.name} has no [[retention]], so all words are kept")
    kinds = [kind for rule in program.retention for kind in rule.kind]
    raise NotFound(f"program {program.name} has no rule for kind {kind!r}; {nearest(kind, kinds)}")


def _begin(cases: Cases, rule: Retention, kept: Kept, case: Case | None) -> dt.datetime:
    """Return the time from which a rule counts; raise `NotFound` if there is none yet."""
    if rule.after is Counted.ENTRY:
        if kept.entered_at is None:
            raise NotFound("the store does not know when it was entered")
        return kept.entered_at
    if case is None:
        raise NotFound("it was noted in no incident, and its rule counts from the end of one")
    if case.state not in cases.program_of(case).lifecycle.final:
        raise NotFound(f"incident {case.id} has not ended")
    return case.last_at
