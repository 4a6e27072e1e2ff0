"""The in-memory index: what is known of all incidents, in dictionaries; the reference for its port."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from coresponder.domain.objects import Prior
from coresponder.stores.base import (
    UNLISTED,
    Append,
    Beside,
    Contact,
    Engagement,
    OwedRow,
    Sent,
    Summary,
    prior_from,
)

__all__ = ["MemoryIndex", "MemoryPart"]

_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)
_FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)
_MARK = OwedRow(policy=UNLISTED, due=_LONG_AGO, tell_at=_LONG_AGO)
_Duty = tuple[str, str | None]
"""(policy, key)"""


@attrs.define
class MemoryPart:
    """Dictionaries whose values never change: to undo a batch, the dictionaries of before are put
    back.
    """

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Undo all inside if something fails."""
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

    _summaries: dict[tuple[str, str], Summary] = attrs.field(factory=dict, init=False)
    _contacts: dict[tuple[str, str], dict[str, Contact]] = attrs.field(factory=dict, init=False)
    _engaged: dict[tuple[str, str], Engagement] = attrs.field(factory=dict, init=False)
    _owed: dict[tuple[str, str], dict[_Duty, OwedRow]] = attrs.field(factory=dict, init=False)
    _sent: dict[tuple[str, str], frozenset[Sent]] = attrs.field(factory=dict, init=False)

    def append(self, step: Append) -> None:
        """Take over what a step says of its incident, of people and of responders."""
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
            for responder in (*step.engages, *step.releases)
        }
        for responder in step.engages:
            if (other := there[responder]) is None or other.incident != incident:
                self._engaged[step.agency, responder] = Engagement(
                    responder=responder, incident=incident, since=step.recorded_at
                )
        for responder in step.releases:
            if (other := there[responder]) is not None and other.incident == incident:
                del self._engaged[step.agency, responder]

    def _take_lists(self, step: Append) -> None:
        key = (step.agency, step.summary.incident)
        owed = self._owed.get(key, {}) | {(one.policy, one.key): one for one in step.owed}
        self._owed[key] = {duty: one for duty, one in owed.items() if duty not in step.met}
        self._sent[key] = self._sent.get(key, frozenset()).union(step.sent).difference(step.unsent)

    def relist(self, step: Append, *, contacts: bool = True) -> bool:
        """Put what follows from an incident's log in place of what the lists have of it."""
        key = (step.agency, step.summary.incident)
        known = self._summaries.get(key)
        if known is None or known.version != step.expected:
            return False
        told = {(o.policy, o.key, o.due): o for o in self._owed.get(key, {}).values()}
        owed = tuple(told.get((o.policy, o.key, o.due), o) for o in step.owed)
        self._summaries[key] = step.summary
        if contacts:
            self._contacts[key] = {one.person: one for one in step.contacts}
        self._owed[key], self._sent[key] = {}, frozenset()
        self._take_lists(attrs.evolve(step, owed=owed))
        return True

    def unlist(self, agency: str, incident: str) -> None:
        """Mark an incident as one that cannot be put on the lists."""
        self._owed[agency, incident] = self._owed.get((agency, incident), {}) | {
            (UNLISTED, None): _MARK
        }

    def find(
        self,
        agency: str,
        *,
        state: str | None = None,
        person: str | None = None,
        due_before: dt.datetime | None = None,
        owing: bool = False,
    ) -> tuple[Summary, ...]:
        """Return the incidents that fit all that is given."""
        found = [
            summary
            for (whose, incident), summary in self._summaries.items()
            if whose == agency
            and (state is None or summary.state == state)
            and (person is None or person in self._contacts[whose, incident])
            and (due_before is None or (summary.next_due or _FOREVER) <= due_before)
            and (not owing or summary.obligations)
        ]
        return tuple(sorted(found, key=lambda s: (s.next_due or _FOREVER, s.incident)))

    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents."""
        others = (
            contacts
            for (whose, id), contacts in self._contacts.items()
            if whose == agency and id != excluding
        )
        return prior_from((contacts[person] for contacts in others if person in contacts), at)

    def engaged(self, agency: str) -> tuple[Engagement, ...]:
        """Return the responders who are busy, and with which incident."""
        return tuple(one for (whose, _), one in sorted(self._engaged.items()) if whose == agency)

    def beside(self, agency: str, incident: str) -> Beside:
        """Return what is kept of an incident."""
        return Beside(
            summary=self._summaries[agency, incident],
            contacts=tuple(self._contacts[agency, incident].values()),
            engaged=tuple(
                one.responder for one in self.engaged(agency) if one.incident == incident
            ),
            owed=tuple(self._owed[agency, incident].values()),
            sent=tuple(self._sent[agency, incident]),
        )
