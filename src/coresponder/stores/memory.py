"""The in-memory store: five small parts that serve as the reference for each port and as a store
for tests.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import attrs

from coresponder.clock import utc_now
from coresponder.errors import InvalidProgram, LegalHold, NotFound, RequestTaken, VersionConflict
from coresponder.program import Notice
from coresponder.stores.base import (
    Append,
    Beside,
    Outgoing,
    Receipt,
    StoredIncident,
    VaultEntry,
    Words,
    changed_program,
    check_audience,
    check_chain,
    key_of,
    new_words,
    no_incident,
    rows_after,
    seal,
)
from coresponder.stores.codec import genesis
from coresponder.stores.composed import ComposedStore
from coresponder.stores.custody import Custody, Kept, held_text, in_force, new_custody
from coresponder.stores.feed import FeedEntry, check_after, check_end, check_entry
from coresponder.stores.memory_index import MemoryIndex, MemoryPart
from coresponder.stores.pages import BY_NOTICE, LIMIT, Page, outbox_mark, page_limit, page_of
from coresponder.stores.ports import EventLog, Index, Outbox, ProgramLibrary, Vault

__all__ = [
    "MemoryIndex",
    "MemoryLibrary",
    "MemoryLog",
    "MemoryOutbox",
    "MemoryStore",
    "MemoryVault",
]

_ALL = 2**31


@attrs.define
class MemoryLog(MemoryPart):
    """An event log in dictionaries."""

    _histories: dict[tuple[str, str], StoredIncident] = attrs.field(
        factory=dict, init=False, repr=False
    )
    _requests: dict[tuple[str, str], tuple[str, int]] = attrs.field(
        factory=dict, init=False, repr=False
    )
    _feed: dict[tuple[str, int], tuple[str, int]] = attrs.field(
        factory=dict, init=False, repr=False
    )
    _ends: dict[str, int] = attrs.field(factory=dict, init=False, repr=False)

    def append(self, step: Append) -> None:
        """Add the rows of a step."""
        key = (step.agency, step.summary.incident)
        found = self._histories.get(key) or StoredIncident(
            incident=step.summary.incident, program=step.summary.program, rows=()
        )
        if len(found.rows) != step.expected:
            raise VersionConflict(found.incident, step.expected, len(found.rows))
        if step.request and (step.agency, step.request) in self._requests:
            raise RequestTaken(step.request)
        previous = (
            found.rows[-1].digest
            if found.rows
            else genesis(step.agency, found.incident, found.program)
        )
        rows, _ = seal(step, previous)
        self._histories[key] = attrs.evolve(found, rows=found.rows + rows)
        if step.request:
            self._requests[step.agency, step.request] = (found.incident, step.summary.version)
        last = self._ends.get(step.agency, 0)
        self._ends[step.agency] = last + len(rows)
        for position, row in enumerate(rows, start=last + 1):
            self._feed[step.agency, position] = (found.incident, row.number)

    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows after checking their chain."""
        found = self._histories.get((agency, incident))
        if found is None:
            raise no_incident(agency, incident)
        return check_chain(agency, found, version=len(found.rows))

    def load_after(
        self, agency: str, incident: str, version: int, head: str
    ) -> StoredIncident | None:
        """Return the rows after a version that is known."""
        found = self._histories.get((agency, incident))
        return found and rows_after(found, version, head)

    def version(self, agency: str, incident: str) -> int:
        """Return the number of the last event."""
        found = self._histories.get((agency, incident))
        return len(found.rows) if found else 0

    def recorded(self, agency: str, request: str) -> tuple[str, int] | None:
        """Return the incident of the step that was recorded under a request, and the number of its
        last event.
        """
        return self._requests.get((agency, request))

    def feed(self, agency: str, *, after: int = 0, limit: int = LIMIT) -> tuple[FeedEntry, ...]:
        """Return entries after a position. An event gets its position when it is written."""
        last = self._ends.get(agency, 0)
        check_end(check_after(after), last)
        positions = range(after + 1, min(after + page_limit(limit), last) + 1)
        return tuple(self._entry(agency, position) for position in positions)

    def _entry(self, agency: str, position: int) -> FeedEntry:
        incident, number = self._feed[agency, position]
        found = self._histories[agency, incident]
        previous = found.rows[number - 2].digest if number > 1 else None
        entry = FeedEntry(
            position=position, incident=incident, program=found.program, row=found.rows[number - 1]
        )
        return check_entry(agency, entry, position=position, previous=previous)


@attrs.define
class MemoryOutbox(MemoryPart):
    """An outbox in dictionaries."""

    _notices: dict[tuple[str, str], Outgoing] = attrs.field(factory=dict, init=False, repr=False)
    _delivered: set[tuple[str, str]] = attrs.field(factory=set, init=False, repr=False)

    def append(self, step: Append) -> None:
        """Add the notices of a step."""
        self.notify(step.agency, step.notices, at=step.recorded_at)

    def notify(self, agency: str, notices: Iterable[Notice], *, at: dt.datetime) -> int:
        """Add notices; return how many were new."""
        before = len(self._notices)
        for notice in notices:
            key = key_of(agency, notice)
            waiting = Outgoing(id=len(self._notices) + 1, key=key, notice=notice, created_at=at)
            self._notices.setdefault((agency, key), waiting)
        return len(self._notices) - before

    def _undelivered(self, agency: str) -> list[Outgoing]:
        return [
            out
            for key, out in self._notices.items()
            if key[0] == agency and key not in self._delivered
        ]

    def outbox(
        self, agency: str, *, limit: int = LIMIT, after: str | None = None, dead: bool = False
    ) -> Page[Outgoing]:
        """Return a page of notices that are not delivered yet."""
        found = [
            ((out.id,), out)
            for out in self._undelivered(agency)
            if (out.dead_at is not None) is dead
        ]
        return page_of(found, limit, after, outbox_mark(agency, dead=dead), BY_NOTICE)

    def claim(
        self,
        agency: str,
        *,
        now: dt.datetime,
        until: dt.datetime,
        limit: int = 10,
        only: int | None = None,
        channels: Collection[str] | None = None,
        but: Collection[str] = (),
    ) -> tuple[Outgoing, ...]:
        """Claim notices to deliver."""
        waiting = self.outbox(agency, limit=_ALL)
        first: dict[tuple[str, str], Outgoing] = {}
        for out in waiting:
            if out.notice.channel not in but and (
                channels is None or out.notice.channel in channels
            ):
                first.setdefault((out.notice.incident, out.notice.channel), out)
        ready = [out for out in first.values() if out.next_at is None or out.next_at <= now][:limit]
        taken = ready if only is None else [out for out in waiting if out.id == only]
        return tuple(
            self._change(agency, out, attempts=out.attempts + 1, next_at=until) for out in taken
        )

    def _change(self, agency: str, out: Outgoing, **changes: Any) -> Outgoing:
        found = self._notices[agency, out.key] = attrs.evolve(out, **changes)
        return found

    def _find(self, agency: str, id: int) -> Outgoing | None:
        return next((out for out in self._undelivered(agency) if out.id == id), None)

    def delivered(self, agency: str, *ids: int, at: dt.datetime) -> None:
        """Mark notices as delivered."""
        self._delivered |= {(agency, out.key) for out in self._undelivered(agency) if out.id in ids}

    def failed(
        self, agency: str, id: int, *, error: str, at: dt.datetime, next_at: dt.datetime | None
    ) -> None:
        """Schedule the next attempt of a notice, or give it up."""
        if (out := self._find(agency, id)) is not None:
            self._change(
                agency,
                out,
                error=error,
                **({"dead_at": at} if next_at is None else {"next_at": next_at}),
            )

    def give_back(self, agency: str, out: Outgoing, *, at: dt.datetime) -> None:
        """End the claim of a notice that was not tried."""
        found = self._find(agency, out.id)
        if found is not None and found.attempts == out.attempts:
            self._change(agency, found, attempts=out.attempts - 1, next_at=at)

    def resend(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Retry a notice that was given up."""
        out = self._find(agency, id)
        if out is None or out.dead_at is None:
            raise NotFound(f"no notice {id} of {agency} was given up")
        self._change(agency, out, dead_at=None, attempts=0, next_at=at)

    def beside(self, agency: str, incident: str) -> Beside:
        """Return the notices of an incident."""
        return Beside(
            notices={
                out.key: out.notice
                for (whose, _), out in self._notices.items()
                if whose == agency and out.notice.incident == incident
            }
        )


@attrs.define
class MemoryVault(MemoryPart):
    """A vault in dictionaries."""

    _words: dict[tuple[str, str], Words] = attrs.field(factory=dict, init=False, repr=False)
    _people: dict[tuple[str, str], frozenset[str]] = attrs.field(
        factory=dict, init=False, repr=False
    )
    _noted_in: dict[tuple[str, str], str] = attrs.field(factory=dict, init=False, repr=False)
    _entered: dict[tuple[str, str], dt.datetime] = attrs.field(factory=dict, init=False, repr=False)
    _custody: dict[str, tuple[Custody, ...]] = attrs.field(factory=dict, init=False, repr=False)

    def append(self, step: Append) -> None:
        """Keep the words of a step, and the people who are or were part of its incident."""
        self._words |= {(step.agency, words.entry.id): words for words in step.words}
        self._noted_in |= {
            (step.agency, words.entry.id): step.summary.incident for words in step.words
        }
        self._entered |= {(step.agency, words.entry.id): step.recorded_at for words in step.words}
        people = self._people.get((step.agency, step.summary.incident), frozenset())
        self._people[step.agency, step.summary.incident] = people.union(
            step.gone, (one.person for one in step.contacts)
        )

    def remember(
        self, agency: str, *, subject: str, kind: str, audience: str, text: str
    ) -> Receipt:
        """Keep words."""
        words = new_words(subject=subject, kind=kind, audience=audience, text=text)
        self._words[agency, words.entry.id] = words
        self._entered[agency, words.entry.id] = utc_now()
        return Receipt(id=words.entry.id, digest=words.digest)

    def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words."""
        words = self._words.get((agency, id))
        if words is None:
            raise NotFound(
                f"the vault has no entry {id!r}; it was never there, or it was forgotten"
            )
        return check_audience(words.entry, audience)

    def forget(
        self,
        agency: str,
        subject: str,
        *,
        by: str = "",
        ground: str = "",
        at: dt.datetime | None = None,
    ) -> int:
        """Erase all words about a subject."""
        theirs = {
            incident
            for (whose, incident), people in self._people.items()
            if whose == agency and subject in people
        }
        gone = [
            key
            for key, words in self._words.items()
            if key[0] == agency and words.entry.subject in {subject, *theirs}
        ]
        holds = [
            one
            for one in self.holds(agency)
            if one.subject == subject or any(self._keeps(one, key) for key in gone)
        ]
        if holds:
            raise LegalHold(held_text(subject, holds), tuple(one.number for one in holds))
        for key in gone:
            del self._words[key]
        if gone:
            self._note(agency, "forget", subject, by, ground, at, entries=len(gone))
        return len(gone)

    def discard(
        self,
        agency: str,
        ids: Iterable[str],
        *,
        by: str = "",
        ground: str = "",
        at: dt.datetime | None = None,
    ) -> int:
        """Erase entries, apart from those that a hold keeps."""
        holds = self.holds(agency)
        gone = [
            key
            for key in dict.fromkeys((agency, id) for id in ids)
            if key in self._words and not any(self._keeps(one, key) for one in holds)
        ]
        for key in gone:
            del self._words[key]
        if gone:
            self._note(agency, "discard", "", by, ground, at, entries=len(gone))
        return len(gone)

    def _keeps(self, hold: Custody, key: tuple[str, str]) -> bool:
        """Return whether a hold keeps an entry."""
        about = self._words[key].entry.subject
        people = self._people.get((key[0], about), frozenset())
        return hold.subject in {about, self._noted_in.get(key), *people}

    def hold(
        self, agency: str, subject: str, *, by: str, ground: str, at: dt.datetime | None = None
    ) -> Custody:
        """Place a legal hold."""
        return self._note(agency, "hold", subject, by, ground, at)

    def release(
        self, agency: str, number: int, *, by: str, ground: str, at: dt.datetime | None = None
    ) -> Custody:
        """Release a legal hold."""
        found = {one.number: one for one in self.holds(agency)}
        if number not in found:
            raise NotFound(f"no hold {number} of {agency} is in force; {in_force(found)}")
        return self._note(agency, "release", found[number].subject, by, ground, at, hold=number)

    def holds(self, agency: str, *, entry: str | None = None) -> tuple[Custody, ...]:
        """Return the holds that are in force, or those that keep one entry."""
        records = self._custody.get(agency, ())
        released = {one.hold for one in records if one.act == "release"}
        found = (one for one in records if one.act == "hold" and one.number not in released)
        if entry is None:
            return tuple(found)
        key = (agency, entry)
        return tuple(one for one in found if key in self._words and self._keeps(one, key))

    def kept(
        self, agency: str, *, limit: int = LIMIT, after: tuple[str, str] = ("", "")
    ) -> tuple[Kept, ...]:
        """Return entries without their words."""
        places = sorted(
            (self._noted_in.get(key, ""), key[1]) for key in self._words if key[0] == agency
        )
        return tuple(
            self._kept(agency, *where) for where in [p for p in places if p > after][:limit]
        )

    def _kept(self, agency: str, incident: str, id: str) -> Kept:
        entry = self._words[agency, id].entry
        return Kept(
            id=id,
            subject=entry.subject,
            kind=entry.kind,
            incident=incident,
            entered_at=self._entered.get((agency, id)),
        )

    def custody(self, agency: str, *, limit: int = LIMIT, after: int = 0) -> tuple[Custody, ...]:
        """Return some records with a higher number than `after`."""
        return self._custody.get(agency, ())[after : after + limit]

    def _note(
        self,
        agency: str,
        act: str,
        subject: str,
        by: str,
        ground: str,
        at: dt.datetime | None,
        *,
        hold: int = 0,
        entries: int = 0,
    ) -> Custody:
        records = self._custody.get(agency, ())
        made = new_custody(
            number=len(records) + 1,
            at=at or utc_now(),
            act=act,
            subject=subject,
            by=by,
            ground=ground,
            hold=hold,
            entries=entries,
        )
        self._custody[agency] = (*records, made)
        return made

    def beside(self, agency: str, incident: str) -> Beside:
        """Return all words of an agency, because only the log tells which belong to an incident."""
        return Beside(
            words={id: words for (whose, id), words in self._words.items() if whose == agency}
        )


@attrs.define
class MemoryLibrary:
    """Programs in a dictionary."""

    _definitions: dict[str, str] = attrs.field(factory=dict, init=False, repr=False)

    def save_program(self, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a definition."""
        text = json.dumps(definition, sort_keys=True)
        if self._definitions.setdefault(name, text) != text:
            raise InvalidProgram(changed_program(name))

    def load_program(self, name: str) -> Mapping[str, Any]:
        """Return a definition."""
        if name not in self._definitions:
            raise NotFound(f"program {name} is not in this store")
        return json.loads(self._definitions[name])  # type: ignore[no-any-return]

    def programs(self) -> tuple[str, ...]:
        """Return the names of the programs that are kept."""
        return tuple(self._definitions)


@attrs.define(kw_only=True)
class MemoryStore(ComposedStore):
    """Keeps everything in dictionaries, apart from the parts that are given. It is lost when the
    process ends.
    """

    log: EventLog = attrs.field(factory=MemoryLog)
    index: Index = attrs.field(factory=MemoryIndex)
    notices: Outbox = attrs.field(factory=MemoryOutbox)
    vault: Vault = attrs.field(factory=MemoryVault)
    library: ProgramLibrary = attrs.field(factory=MemoryLibrary)
