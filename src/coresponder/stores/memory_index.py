"""The in-memory index: the lists of all incidents in dictionaries. It is the reference for its
port.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

import attrs

from coresponder.domain.objects import Prior
from coresponder.stores.base import (
    UNLISTED,
    Append,
    Beside,
    Contact,
    Engagement,
    Listed,
    OwedRow,
    Sent,
    Summary,
    as_told,
    due_text,
    first_due_of,
    prior_from,
    stamp,
    unlisted,
)
from coresponder.stores.pages import ALL, BY_DUTY, BY_TIME, LIMIT, Filters, Page, page_of

__all__ = ["MemoryIndex", "MemoryPart"]

_MARK = OwedRow(policy=UNLISTED)
_Duty = tuple[str, str | None]
"""(policy, key)"""


@attrs.define
class MemoryPart:
    """Dictionaries whose values are immutable. A batch is undone by restoring the earlier
    dictionaries.
    """

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Undo everything inside if anything fails."""
        names = [field.name for field in attrs.fields(type(self))]
        before = {name: copy.copy(getattr(self, name)) for name in names}
        try:
            yield
        except BaseException:
            for name, value in before.items():
                setattr(self, name, value)
            raise


@attrs.define
class MemoryIndex(MemoryPart):
    """An index in dictionaries."""

    _summaries: dict[tuple[str, str], Summary] = attrs.field(factory=dict, init=False, repr=False)
    _contacts: dict[tuple[str, str], dict[str, Contact]] = attrs.field(
        factory=dict, init=False, repr=False
    )
    _engaged: dict[tuple[str, str], Engagement] = attrs.field(factory=dict, init=False, repr=False)
    _freed: dict[tuple[str, str], dt.datetime] = attrs.field(factory=dict, init=False, repr=False)
    _owed: dict[tuple[str, str], dict[_Duty, OwedRow]] = attrs.field(
        factory=dict, init=False, repr=False
    )
    _sent: dict[tuple[str, str], frozenset[Sent]] = attrs.field(
        factory=dict, init=False, repr=False
    )

    def append(self, step: Append) -> None:
        """Record a step's changes to its incident, to people and to responders."""
        incident = step.summary.incident
        self._summaries[step.agency, incident] = step.summary
        contacts = self._contacts.get((step.agency, incident), {}) | {
            one.person: one for one in step.contacts
        }
        self._contacts[step.agency, incident] = {
            person: one for person, one in contacts.items() if person not in step.gone
        }
        self._take_lists(step)
        there = {
            responder: self._engaged.get((step.agency, responder))
            for responder in (*step.engages, *step.calls, *step.releases)
        }
        free = [responder for responder in step.calls if there[responder] is None]
        for responder in (*step.engages, *free):
            if (other := there[responder]) is None or other.incident != incident:
                self._engaged[step.agency, responder] = Engagement(
                    responder=responder, incident=incident, since=step.recorded_at
                )
        for responder in step.releases:
            if (other := there[responder]) is not None and other.incident == incident:
                del self._engaged[step.agency, responder]
                self._freed[step.agency, responder] = step.recorded_at

    def _take_lists(self, step: Append) -> None:
        key = (step.agency, step.summary.incident)
        owed = self._owed.get(key, {}) | {(one.policy, one.key): one for one in step.owed}
        self._owed[key] = {duty: one for duty, one in owed.items() if duty not in step.met}
        self._sent[key] = self._sent.get(key, frozenset()).union(step.sent).difference(step.unsent)

    def relist(self, step: Append, *, contacts: bool = True) -> bool:
        """Replace an incident's entries on the lists by those that follow from its log."""
        key = (step.agency, step.summary.incident)
        known = self._summaries.get(key)
        if known is None or known.version != step.expected:
            return False
        owed = as_told(step.owed, self._owed.get(key, {}).values())
        self._summaries[key] = step.summary
        kept = {} if contacts else self._contacts.get(key, {})
        self._contacts[key] = {one.person: one for one in step.contacts} | kept
        self._owed[key], self._sent[key] = {}, frozenset()
        self._take_lists(attrs.evolve(step, owed=owed))
        return True

    def unlist(self, agency: str, incident: str) -> None:
        """Mark an incident as one that cannot be listed."""
        self._owed[agency, incident] = self._owed.get((agency, incident), {}) | {
            (UNLISTED, None): _MARK
        }

    def find(
        self,
        agency: str,
        filters: Filters = ALL,
        *,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Summary]:
        """Return a page of the incidents that match."""
        found = [
            ((text, incident), summary)
            for (whose, incident), summary in self._summaries.items()
            if whose == agency and self._fits((whose, incident), filters)
            for text in [first_due_of(summary) if filters.by_due else _opened(summary)]
            if text is not None and _due_in(text, filters)
        ]
        mark = filters.mark("find", agency)
        return page_of(found, limit, after, mark, BY_TIME, newest=not filters.by_due)

    def _fits(self, key: tuple[str, str], f: Filters) -> bool:
        """Return whether an incident matches the filters that are not about what it owes."""
        summary, sent = self._summaries[key], self._sent.get(key, frozenset())
        opened = _opened(summary)
        return (
            f.state in {None, summary.state}
            and f.nature in {None, summary.nature}
            and (f.person is None or f.person in self._contacts[key])
            and (f.responder is None or Sent("responder", f.responder) in sent)
            and (f.tier is None or Sent("tier", f.tier) in sent)
            and (f.owner is None or self._owes(key, f))
            and (f.opened_from is None or opened >= stamp(f.opened_from))
            and (f.opened_before is None or opened < stamp(f.opened_before))
        )

    def _owes(self, key: tuple[str, str], f: Filters) -> bool:
        """Return whether the owner owns something that the incident owes and that is due in time, or
        what it owes is not known.
        """
        return any(
            _owned_by(one, f.owner) and _due_in(due_text(one), f)
            for one in self._owed.get(key, {}).values()
        )

    def owners(self, agency: str) -> tuple[str, ...]:
        """Return whoever owns something that is owed, in order."""
        found = {
            one.owner
            for (whose, _), owed in self._owed.items()
            if whose == agency
            for one in owed.values()
            if one.owner
        }
        return tuple(sorted(found))

    def owed(
        self,
        agency: str,
        filters: Filters = ALL,
        *,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Listed]:
        """Return a page of what is owed in incidents that match."""
        found = [
            ((due_text(one.owed), *_whose(one)), one)
            for one in self._listed(agency, filters)
            if _due_in(due_text(one.owed), filters) and _owned_by(one.owed, filters.owner)
        ]
        return page_of(found, limit, after, filters.mark("owed", agency), BY_DUTY)

    def _listed(self, agency: str, filters: Filters) -> Iterator[Listed]:
        for (whose, incident), owed in self._owed.items():
            if whose == agency and self._fits((whose, incident), filters):
                program = self._summaries[whose, incident].program
                for one in owed.values():
                    fault = unlisted(incident) if one.policy == UNLISTED else None
                    yield Listed(incident=incident, program=program, owed=one, unreadable=fault)

    def to_tell(
        self, agency: str, *, now: dt.datetime, limit: int = LIMIT, after: str | None = None
    ) -> Page[Listed]:
        """Return a page of the obligations whose next notice is due by now."""
        found = [
            ((text, *_whose(one)), one)
            for one in self._listed(agency, ALL)
            for text in [_tell_text(one.owed)]
            if text is not None and text <= stamp(now)
        ]
        return page_of(found, limit, after, ALL.mark("to_tell", agency), BY_DUTY)

    def told(self, agency: str, listed: Iterable[tuple[Listed, dt.datetime | None]]) -> None:
        """Record when the next notice of each of these is due."""
        for one, next_at in listed:
            key, duty = (agency, one.incident), (one.owed.policy, one.owed.key)
            there = self._owed.get(key, {})
            if there.get(duty) == one.owed:
                self._owed[key] = there | {duty: attrs.evolve(one.owed, tell_at=next_at)}

    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents."""
        others = (
            contacts
            for (whose, id), contacts in self._contacts.items()
            if whose == agency and id != excluding
        )
        return prior_from((contacts[person] for contacts in others if person in contacts), at)

    def engaged(
        self, agency: str, responders: Collection[str] | None = None
    ) -> tuple[Engagement, ...]:
        """Return each busy responder with the incident; with `responders`, of these alone."""
        return tuple(
            one
            for (whose, id), one in sorted(self._engaged.items())
            if whose == agency and (responders is None or id in responders)
        )

    def freed(self, agency: str) -> Mapping[str, dt.datetime]:
        """Return for each responder who was busy before and is free now since when."""
        return {
            responder: since
            for (whose, responder), since in self._freed.items()
            if whose == agency and (agency, responder) not in self._engaged
        }

    def beside(self, agency: str, incident: str) -> Beside:
        """Return what the index keeps of an incident."""
        return Beside(
            summary=self._summaries[agency, incident],
            contacts=tuple(self._contacts[agency, incident].values()),
            engaged=tuple(
                one.responder for one in self.engaged(agency) if one.incident == incident
            ),
            owed=tuple(self._owed[agency, incident].values()),
            sent=tuple(self._sent[agency, incident]),
        )


def _opened(summary: Summary) -> str:
    return stamp(summary.opened_at) if summary.opened_at else ""


def _owned_by(one: OwedRow, owner: str | None) -> bool:
    """Return whether somebody owns what is owed. What could not be listed may be anybody's."""
    return owner is None or one.owner == owner or one.policy == UNLISTED


def _due_in(text: str, filters: Filters) -> bool:
    """Return whether a deadline matches the filters."""
    before, overdue = filters.due_before, filters.overdue_at
    return (before is None or text <= stamp(before)) and (overdue is None or text < stamp(overdue))


def _tell_text(one: OwedRow) -> str | None:
    if one.policy == UNLISTED:
        return ""
    return stamp(one.tell_at) if one.tell_at else None


def _whose(one: Listed) -> tuple[str, str, str]:
    return one.incident, one.owed.policy, one.owed.key or ""
