"""The in-memory store: the reference, and enough for tests."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs

from coresponder.domain.objects import Prior
from coresponder.errors import CorruptRecord, InvalidProgram, NotFound, StaleVersion
from coresponder.stores.base import (
    Append,
    Contact,
    Outgoing,
    Receipt,
    StoredIncident,
    Summary,
    VaultEntry,
    check_audience,
    check_chain,
    digest_of,
    prior_from,
    seal,
)
from coresponder.stores.codec import Stored, genesis

__all__ = ["MemoryStore"]

_FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@attrs.define
class _Kept:
    summary: Summary
    head: str
    rows: list[Stored] = attrs.field(factory=list)
    contacts: dict[str, Contact] = attrs.field(factory=dict)


@attrs.define
class MemoryStore:
    """Keeps everything in dictionaries; it is gone with the process."""

    _incidents: dict[tuple[str, str], _Kept] = attrs.field(factory=dict, init=False)
    _outbox: dict[int, tuple[str, Outgoing]] = attrs.field(factory=dict, init=False)
    _sent: int = attrs.field(default=0, init=False)
    _programs: dict[str, str] = attrs.field(factory=dict, init=False)
    _vault: dict[tuple[str, str], VaultEntry] = attrs.field(factory=dict, init=False)

    def append(self, step: Append) -> None:
        """Write a step at once or not at all."""
        summary = step.summary
        key = (step.agency, summary.incident)
        kept = self._incidents.get(key)
        found = kept.summary.version if kept else 0
        if found != step.expected:
            raise StaleVersion(summary.incident, step.expected, found)
        kept = kept or _Kept(summary, genesis(step.agency, summary.incident, summary.program))
        rows, kept.head = seal(step, kept.head)
        kept.rows += rows
        kept.summary = summary
        kept.contacts.update({c.person: c for c in step.contacts})
        self._incidents[key] = kept
        for notice in step.notices:
            self._sent += 1
            self._outbox[self._sent] = (step.agency, Outgoing(id=self._sent, notice=notice))

    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows, their chain checked."""
        kept = self._incidents.get((agency, incident))
        if kept is None:
            raise NotFound(f"there is no incident {incident!r}")
        found = StoredIncident(incident=incident, program=kept.summary.program, rows=tuple(kept.rows))
        return check_chain(agency, found, version=kept.summary.version, head=kept.head)

    def version(self, agency: str, incident: str) -> int:
        """Return the number of the last event."""
        kept = self._incidents.get((agency, incident))
        return kept.summary.version if kept else 0

    def find(
        self, agency: str, *, state: str | None = None, person: str | None = None, due_before: dt.datetime | None = None, owing: bool = False
    ) -> tuple[Summary, ...]:
        """Return the incidents that fit all that is given."""
        found = [
            kept.summary
            for (whose, _), kept in self._incidents.items()
            if whose == agency
            and (state is None or kept.summary.state == state)
            and (person is None or person in kept.contacts)
            and (due_before is None or (kept.summary.next_due or _FOREVER) <= due_before)
            and (not owing or kept.summary.obligations)
        ]
        return tuple(sorted(found, key=lambda s: (s.next_due or _FOREVER, s.incident)))

    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents."""
        others = (kept for (whose, id), kept in self._incidents.items() if whose == agency and id != excluding)
        return prior_from((kept.contacts[person] for kept in others if person in kept.contacts), at)

    def outbox(self, agency: str, *, limit: int = 100) -> tuple[Outgoing, ...]:
        """Return notices not delivered yet."""
        return tuple(out for whose, out in self._outbox.values() if whose == agency)[:limit]

    def delivered(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Mark a notice as delivered."""
        self._outbox.pop(id, None)

    def save_program(self, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a program's definition."""
        text = json.dumps(definition, sort_keys=True)
        if self._programs.setdefault(name, text) != text:
            raise InvalidProgram(changed_program(name))

    def load_program(self, name: str) -> Mapping[str, Any]:
        """Return a kept definition."""
        if name not in self._programs:
            raise NotFound(f"program {name} is not in this store")
        return json.loads(self._programs[name])  # type: ignore[no-any-return]

    def programs(self) -> tuple[str, ...]:
        """Return the names of the kept programs."""
        return tuple(self._programs)

    def remember(self, agency: str, *, subject: str, kind: str, audience: str, text: str) -> Receipt:
        """Put words into the vault."""
        id = secrets.token_hex(16)
        self._vault[agency, id] = VaultEntry(id=id, subject=subject, kind=kind, audience=audience, text=text)
        return Receipt(id=id, digest=digest_of(secrets.token_hex(16), text))

    def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words."""
        entry = self._vault.get((agency, id))
        if entry is None:
            raise NotFound(f"the vault has no entry {id!r}; it was never there, or it was forgotten")
        return check_audience(entry, audience)

    def forget(self, agency: str, subject: str) -> int:
        """Erase all words about a subject."""
        gone = [key for key, entry in self._vault.items() if key[0] == agency and entry.subject == subject]
        for key in gone:
            del self._vault[key]
        return len(gone)

    def verify(self, agency: str) -> tuple[str, ...]:
        """Return every fault in the chains."""
        faults = []
        for whose, incident in self._incidents:
            try:
                if whose == agency:
                    self.load(agency, incident)
            except CorruptRecord as fault:
                faults.append(str(fault))
        return tuple(faults)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Undo all appends inside if one of them fails."""
        before = {key: attrs.evolve(kept, rows=list(kept.rows), contacts=dict(kept.contacts)) for key, kept in self._incidents.items()}
        outbox, sent = dict(self._outbox), self._sent
        try:
            yield
        except BaseException:
            self._incidents, self._outbox, self._sent = before, outbox, sent
            raise

    def close(self) -> None:
        """Do nothing."""


def changed_program(name: str) -> str:
    """Return what to do when a program changed under the same version."""
    return f"program {name} differs from the one that this store keeps under the same version; give the changed program a new version"
