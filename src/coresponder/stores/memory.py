"""The in-memory store: the reference, and enough for tests."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar

import attrs

from coresponder.clock import utc_now
from coresponder.domain.objects import Prior
from coresponder.errors import CorruptRecord, InvalidProgram, NotFound, RequestTaken, ResponderTaken, StaleVersion
from coresponder.program import Notice, Program, program_from_definition
from coresponder.stores.base import (
    Append,
    Contact,
    Engagement,
    Outgoing,
    Receipt,
    StoredIncident,
    Summary,
    VaultEntry,
    Words,
    changed_program,
    check_audience,
    check_chain,
    key_of,
    new_words,
    prior_from,
    seal,
)
from coresponder.stores.codec import Stored, genesis
from coresponder.stores.derived import Beside, faults_beside

__all__ = ["MemoryStore"]

_ALL = 2**31
_FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)


_P = ParamSpec("_P")
_T = TypeVar("_T")


def _alone(method: Callable[Concatenate[MemoryStore, _P], _T]) -> Callable[Concatenate[MemoryStore, _P], _T]:
    """Let one thread at a time into the dictionaries."""

    @functools.wraps(method)
    def locked(self: MemoryStore, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with self._lock:
            return method(self, *args, **kwargs)

    return locked


@attrs.define
class _Kept:
    summary: Summary
    head: str
    rows: list[Stored] = attrs.field(factory=list)
    contacts: dict[str, Contact] = attrs.field(factory=dict)
    gone: set[str] = attrs.field(factory=set)


@attrs.define
class MemoryStore:
    """Keeps everything in dictionaries; it is gone with the process."""

    _incidents: dict[tuple[str, str], _Kept] = attrs.field(factory=dict, init=False)
    _outbox: dict[tuple[str, str], Outgoing] = attrs.field(factory=dict, init=False)
    _delivered: set[tuple[str, str]] = attrs.field(factory=set, init=False)
    _engaged: dict[tuple[str, str], Engagement] = attrs.field(factory=dict, init=False)
    _in_batch: bool = attrs.field(default=False, init=False)
    _lock: threading.RLock = attrs.field(factory=threading.RLock, init=False, eq=False, repr=False)
    _programs: dict[str, str] = attrs.field(factory=dict, init=False)
    _vault: dict[tuple[str, str], Words] = attrs.field(factory=dict, init=False)
    _requests: dict[tuple[str, str], tuple[str, int]] = attrs.field(factory=dict, init=False)

    @property
    def settled(self) -> bool:
        """True outside a batch."""
        return not self._in_batch

    def now(self) -> dt.datetime:
        """Return this machine's time."""
        return utc_now()

    @_alone
    def append(self, step: Append) -> None:
        """Write a step at once or not at all."""
        summary = step.summary
        key = (step.agency, summary.incident)
        kept = self._incidents.get(key)
        found = kept.summary.version if kept else 0
        if found != step.expected:
            raise StaleVersion(summary.incident, step.expected, found)
        if step.request and (step.agency, step.request) in self._requests:
            raise RequestTaken(step.request)
        self._engage(step)
        kept = kept or _Kept(summary, genesis(step.agency, summary.incident, summary.program))
        rows, kept.head = seal(step, kept.head)
        kept.rows += rows
        kept.summary = summary
        kept.contacts.update({c.person: c for c in step.contacts})
        for person in step.gone:
            kept.contacts.pop(person, None)
            kept.gone.add(person)
        self._incidents[key] = kept
        if step.request:
            self._requests[step.agency, step.request] = (summary.incident, summary.version)
        self._vault |= {(step.agency, words.entry.id): words for words in step.words}
        self.notify(step.agency, step.notices, at=step.recorded_at)

    def _engage(self, step: Append) -> None:
        incident = step.summary.incident
        there = {responder: self._engaged.get((step.agency, responder)) for responder in (*step.engages, *step.releases)}
        for responder in step.engages:
            other = there[responder]
            if other is not None and other.incident != incident and not step.forced:
                raise ResponderTaken(responder, other.incident, other.since)
        for responder in step.engages:
            if (other := there[responder]) is None or other.incident != incident:
                self._engaged[step.agency, responder] = Engagement(responder=responder, incident=incident, since=step.recorded_at)
        for responder in step.releases:
            if (other := there[responder]) is not None and other.incident == incident:
                del self._engaged[step.agency, responder]

    @_alone
    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows, their chain checked."""
        kept = self._incidents.get((agency, incident))
        if kept is None:
            raise NotFound(f"there is no incident {incident!r}")
        found = StoredIncident(incident=incident, program=kept.summary.program, rows=tuple(kept.rows))
        return check_chain(agency, found, version=kept.summary.version, head=kept.head)

    @_alone
    def recorded(self, agency: str, request: str) -> tuple[str, int] | None:
        """Return the incident of the step that was recorded under a request, and the number of its last event."""
        return self._requests.get((agency, request))

    @_alone
    def version(self, agency: str, incident: str) -> int:
        """Return the number of the last event."""
        kept = self._incidents.get((agency, incident))
        return kept.summary.version if kept else 0

    @_alone
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

    @_alone
    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents."""
        others = (kept for (whose, id), kept in self._incidents.items() if whose == agency and id != excluding)
        return prior_from((kept.contacts[person] for kept in others if person in kept.contacts), at)

    @_alone
    def engaged(self, agency: str) -> tuple[Engagement, ...]:
        """Return who is busy with what."""
        return tuple(one for (whose, _), one in sorted(self._engaged.items()) if whose == agency)

    @_alone
    def notify(self, agency: str, notices: Iterable[Notice], *, at: dt.datetime) -> int:
        """Put notices into the outbox; return how many were new."""
        before = len(self._outbox)
        for notice in notices:
            key = key_of(agency, notice)
            waiting = Outgoing(id=len(self._outbox) + 1, key=key, notice=notice, created_at=at)
            self._outbox.setdefault((agency, key), waiting)
        return len(self._outbox) - before

    def _undelivered(self, agency: str) -> list[Outgoing]:
        return [out for key, out in self._outbox.items() if key[0] == agency and key not in self._delivered]

    @_alone
    def outbox(self, agency: str, *, limit: int = 100, dead: bool = False) -> tuple[Outgoing, ...]:
        """Return notices not delivered yet."""
        return tuple(out for out in self._undelivered(agency) if (out.dead_at is not None) is dead)[:limit]

    @_alone
    def claim(self, agency: str, *, now: dt.datetime, until: dt.datetime, limit: int = 10, only: int | None = None) -> tuple[Outgoing, ...]:
        """Take notices to deliver."""
        if only is not None:
            return tuple(
                self._change(agency, out, attempts=out.attempts + 1, next_at=until) for out in self.outbox(agency, limit=_ALL) if out.id == only
            )
        first: dict[tuple[str, str], Outgoing] = {}
        for out in self._undelivered(agency):
            if out.dead_at is None:
                first.setdefault((out.notice.incident, out.notice.channel), out)
        ready = [out for out in first.values() if out.next_at is None or out.next_at <= now][:limit]
        return tuple(self._change(agency, out, attempts=out.attempts + 1, next_at=until) for out in ready)

    def _change(self, agency: str, out: Outgoing, **changes: Any) -> Outgoing:
        found = self._outbox[agency, out.key] = attrs.evolve(out, **changes)
        return found

    def _find(self, agency: str, id: int) -> Outgoing | None:
        return next((out for out in self._undelivered(agency) if out.id == id), None)

    @_alone
    def delivered(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Mark a notice as delivered."""
        if (out := self._find(agency, id)) is not None:
            self._delivered.add((agency, out.key))

    @_alone
    def failed(self, agency: str, id: int, *, error: str, at: dt.datetime, next_at: dt.datetime | None) -> None:
        """Keep a notice for later, or give it up."""
        if (out := self._find(agency, id)) is not None:
            self._change(agency, out, error=error, **({"dead_at": at} if next_at is None else {"next_at": next_at}))

    @_alone
    def give_back(self, agency: str, out: Outgoing, *, at: dt.datetime) -> None:
        """End the claim of a notice that was not tried."""
        found = self._find(agency, out.id)
        if found is not None and found.attempts == out.attempts:
            self._change(agency, found, attempts=out.attempts - 1, next_at=at)

    @_alone
    def resend(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Let a notice that was given up be tried again."""
        out = self._find(agency, id)
        if out is None or out.dead_at is None:
            raise NotFound(f"no notice {id} of {agency} was given up")
        self._change(agency, out, dead_at=None, attempts=0, next_at=at)

    @_alone
    def save_program(self, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a program's definition."""
        text = json.dumps(definition, sort_keys=True)
        if self._programs.setdefault(name, text) != text:
            raise InvalidProgram(changed_program(name))

    @_alone
    def load_program(self, name: str) -> Mapping[str, Any]:
        """Return a kept definition."""
        if name not in self._programs:
            raise NotFound(f"program {name} is not in this store")
        return json.loads(self._programs[name])  # type: ignore[no-any-return]

    @_alone
    def programs(self) -> tuple[str, ...]:
        """Return the names of the kept programs."""
        return tuple(self._programs)

    @_alone
    def remember(self, agency: str, *, subject: str, kind: str, audience: str, text: str) -> Receipt:
        """Put words into the vault."""
        words = new_words(subject=subject, kind=kind, audience=audience, text=text)
        self._vault[agency, words.entry.id] = words
        return Receipt(id=words.entry.id, digest=words.digest)

    @_alone
    def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words."""
        words = self._vault.get((agency, id))
        if words is None:
            raise NotFound(f"the vault has no entry {id!r}; it was never there, or it was forgotten")
        return check_audience(words.entry, audience)

    @_alone
    def forget(self, agency: str, subject: str) -> int:
        """Erase all words about a subject."""
        theirs = {incident for (whose, incident), kept in self._incidents.items() if whose == agency and subject in {*kept.contacts, *kept.gone}}
        gone = [key for key, words in self._vault.items() if key[0] == agency and words.entry.subject in {subject, *theirs}]
        for key in gone:
            del self._vault[key]
        return len(gone)

    @_alone
    def verify(self, agency: str, *, programs: Mapping[str, Program] = MappingProxyType({})) -> tuple[str, ...]:
        """Return every fault in the chains, and everything beside them that does not follow from them."""
        known = {name: program_from_definition(json.loads(text), source=name) for name, text in self._programs.items()} | dict(programs)
        faults: list[str] = []
        for whose, incident in self._incidents:
            try:
                if whose == agency:
                    found = self.load(agency, incident)
                    if found.program in known:
                        faults += faults_beside(agency, known[found.program], found, self._beside(agency, incident))
            except CorruptRecord as fault:
                faults.append(str(fault))
        return tuple(faults)

    def _beside(self, agency: str, incident: str) -> Beside:
        kept = self._incidents[agency, incident]
        return Beside(
            summary=kept.summary,
            contacts=tuple(kept.contacts.values()),
            notices={out.key: out.notice for (whose, _), out in self._outbox.items() if whose == agency and out.notice.incident == incident},
            words={id: words for (whose, id), words in self._vault.items() if whose == agency},
            engaged=tuple(one.responder for one in self.engaged(agency) if one.incident == incident),
        )

    @_alone
    def checkpoint(self, agency: str, *, at: dt.datetime) -> str | None:
        """Return a digest of where every incident stands; nobody can remove one behind this store's back."""
        heads = sorted(f"{incident}\x1f{kept.head}" for (whose, incident), kept in self._incidents.items() if whose == agency)
        return hashlib.sha256("\x1f".join(heads).encode()).hexdigest() if heads else None

    def _copied(self) -> tuple[Any, ...]:
        incidents = {
            key: attrs.evolve(kept, rows=list(kept.rows), contacts=dict(kept.contacts), gone=set(kept.gone)) for key, kept in self._incidents.items()
        }
        return incidents, dict(self._outbox), set(self._delivered), dict(self._engaged), dict(self._vault), dict(self._requests)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Undo all inside if something fails."""
        with self._lock:
            self._in_batch, before = True, self._copied()
            try:
                yield
            except BaseException:
                self._incidents, self._outbox, self._delivered, self._engaged, self._vault, self._requests = before
                raise
            finally:
                self._in_batch = False

    def close(self) -> None:
        """Do nothing."""
