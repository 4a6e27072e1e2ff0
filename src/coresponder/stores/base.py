"""The store port: what a place for incidents must do. Its rules are run by `coresponder.testing.STORE_RULES`."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, Protocol

import attrs

from coresponder.domain.frozen import quicken
from coresponder.domain.objects import Prior
from coresponder.domain.types import UTC, local_code, opaque_id, utc
from coresponder.errors import AudienceDenied, CorruptRecord, InvalidEvent
from coresponder.program import Notice, Program
from coresponder.stores.codec import Stored, chain, genesis

__all__ = [
    "Append", "Contact", "Engagement", "Outgoing", "Receipt", "Store", "StoredIncident", "Summary", "VaultEntry", "Words", "changed_program",
    "check_audience", "check_chain", "digest_of", "digests_of", "instant", "key_of", "new_words", "prior_from", "seal", "stamp",
]  # fmt: skip


@attrs.frozen(kw_only=True)
class Summary:
    """What a list of incidents shows: the projection that is written with each step.

    Attributes:
        opened_at: when the call came, or what else the program begins with; None only where the row cannot be read.
        unreadable: what of the row cannot be read, if anything: it is told, never left out.
    """

    incident: str
    program: str
    state: str
    version: int
    opened_at: dt.datetime | None
    disposition: str | None = None
    next_due: dt.datetime | None = None
    obligations: int = 0
    unreadable: str | None = None


@attrs.frozen(kw_only=True)
class Contact:
    """One person's part in one incident: what `Prior` is made from. `contact_at` is when the person first had to do with it."""

    person: str
    contact_at: dt.datetime
    open_referrals: int = 0
    open_follow_ups: int = 0
    declined_at: dt.datetime | None = None


@attrs.frozen(kw_only=True)
class VaultEntry:
    """Words kept outside the log: about whom, what kind, and for which audience."""

    id: str
    subject: str
    kind: str
    audience: str
    text: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Words:
    """A vault entry as it is written: with the salt that its digest is made with, so that forgotten words cannot be guessed from it."""

    entry: VaultEntry
    salt: str

    @property
    def digest(self) -> str:
        """What the log keeps of it."""
        return digest_of(self.salt, self.entry)


@attrs.frozen(kw_only=True)
class Append:
    """All that one step writes, in one transaction.

    Attributes:
        gone: people who are no part of the incident after all, because that was entered in error.
        engages: the responders who become busy with the incident.
        releases: those who are free again.
        forced: take responders over who are busy elsewhere, because the step says what happened, or was overridden.
        request: the key under which the step is recorded, at most once in an agency; empty for none.
        words: what goes into the vault with the step.
    """

    agency: str
    expected: int
    rows: tuple[tuple[str, int, dt.datetime, str], ...]
    recorded_at: dt.datetime
    summary: Summary
    contacts: tuple[Contact, ...] = ()
    gone: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    engages: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    forced: bool = False
    request: str = ""
    words: tuple[Words, ...] = ()


for _hot in (Summary, Append):  # each step makes one of both
    quicken(_hot)


@attrs.frozen(kw_only=True)
class Engagement:
    """A responder who is busy with an incident: at most one at a time."""

    responder: str
    incident: str
    since: dt.datetime


@attrs.frozen(kw_only=True)
class StoredIncident:
    """An incident as it lies in the store."""

    incident: str
    program: str
    rows: tuple[Stored, ...]


@attrs.frozen(kw_only=True)
class Outgoing:
    """A notice in the outbox.

    Attributes:
        key: the same at every attempt, so that a receiver takes it once.
        attempts: how often it was tried.
        next_at: not to be tried before.
        dead_at: when it was given up, until a person sends it again.
        error: what the last attempt failed with.
    """

    id: int
    key: str
    notice: Notice
    created_at: dt.datetime
    attempts: int = 0
    next_at: dt.datetime | None = None
    dead_at: dt.datetime | None = None
    error: str | None = None


@attrs.frozen(kw_only=True)
class Receipt:
    """What the log keeps of a vault entry."""

    id: str
    digest: str


_UNKEPT = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL does not keep, and halves of pairs, which are no text."""


class Store(Protocol):
    """A place for incidents. Every key has the agency in it."""

    @property
    def settled(self) -> bool:
        """True when what is written is committed at once; False inside a batch or in the host's transaction."""

    def now(self) -> dt.datetime:
        """Return the time of the database: one clock for all who share it. What is compared is compared with it."""

    def append(self, step: Append) -> None:
        """Write a step at once or not at all.

        Raises:
            StaleVersion: the incident is not at `expected`.
            ResponderTaken: somebody whom the step engages is busy with another incident, and it is not forced.
            RequestTaken: a step was recorded under its request already.
            OutcomeUnknown: the answer to the commit was lost.
        """

    def recorded(self, agency: str, request: str) -> tuple[str, int] | None:
        """Return the incident of the step that was recorded under a request, and the number of its last event; None if there is none."""

    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows, their chain checked; raise `NotFound` or `CorruptRecord`."""

    def version(self, agency: str, incident: str) -> int:
        """Return the number of the last event, 0 if there is none."""

    def find(
        self, agency: str, *, state: str | None = None, person: str | None = None, due_before: dt.datetime | None = None, owing: bool = False
    ) -> tuple[Summary, ...]:
        """Return the incidents that fit all that is given, the earliest due first."""

    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents before `at`."""

    def engaged(self, agency: str) -> tuple[Engagement, ...]:
        """Return who is busy with what, by responder."""

    def notify(self, agency: str, notices: Iterable[Notice], *, at: dt.datetime) -> int:
        """Put notices that no step gave rise to into the outbox; return how many were new. One that is there already is passed over."""

    def outbox(self, agency: str, *, limit: int = 100, dead: bool = False) -> tuple[Outgoing, ...]:
        """Return notices not delivered yet, the oldest first; with `dead`, those that were given up."""

    def claim(self, agency: str, *, now: dt.datetime, until: dt.datetime, limit: int = 10, only: int | None = None) -> tuple[Outgoing, ...]:
        """Take notices to deliver, for nobody else before `until`: of each incident and channel the first that waits, if its time has come.

        With `only`, take that one if it waits, whatever its time: for an engine that keeps order and time by itself.
        """

    def delivered(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Mark a notice as delivered."""

    def failed(self, agency: str, id: int, *, error: str, at: dt.datetime, next_at: dt.datetime | None) -> None:
        """Keep a notice for `next_at`, or give it up if there is none."""

    def give_back(self, agency: str, out: Outgoing, *, at: dt.datetime) -> None:
        """End the claim of a notice that was not tried: it may be claimed from `at` on, and the claim is no attempt.

        If somebody else has claimed it since, nothing happens.
        """

    def resend(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Let a notice that was given up be tried again from `at` on; raise `NotFound` if there is none."""

    def save_program(self, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a program's definition; raise `InvalidProgram` if another one is kept under the same name."""

    def load_program(self, name: str) -> Mapping[str, Any]:
        """Return a kept definition; raise `NotFound`."""

    def programs(self) -> tuple[str, ...]:
        """Return the names of the kept programs."""

    def remember(self, agency: str, *, subject: str, kind: str, audience: str, text: str) -> Receipt:
        """Put words into the vault.

        Raises:
            ValueError: the subject could be a name, or there is a character in the words that no database keeps; see `new_words`.
        """

    def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words; raise `AudienceDenied` or `NotFound`."""

    def forget(self, agency: str, subject: str) -> int:
        """Erase all words about a subject, and those about nobody in particular in incidents that it is part of; return how many there were."""

    def verify(self, agency: str, *, programs: Mapping[str, Program] = MappingProxyType({})) -> tuple[str, ...]:
        """Return every fault, in words; nothing if all is as it was written, and what is kept beside the log follows from it.

        Incidents are folded again under the programs that the store keeps, and under those that are given, by name.
        """

    def checkpoint(self, agency: str, *, at: dt.datetime) -> str | None:
        """Write down where every incident stands that moved since the last checkpoint, so that one that is removed is found.

        Returns:
            The digest of the newest checkpoint, which an agency may keep elsewhere; None if there is nothing yet.
        """

    def batch(self) -> AbstractContextManager[None]:
        """Write all appends inside in one transaction."""

    def close(self) -> None:
        """Let go of the database."""


def stamp(instant: dt.datetime) -> str:
    """Return an instant as text that sorts like time; raise `ValueError` if it has no time zone."""
    return (instant if instant.tzinfo is UTC else utc(instant)).isoformat(timespec="microseconds")


def instant(text: str | None) -> dt.datetime | None:
    """Return the instant of a stored time; None for one that is not set."""
    return dt.datetime.fromisoformat(text) if text else None


def seal(step: Append, previous: str) -> tuple[tuple[Stored, ...], str]:
    """Number and chain the rows of a step; return them and the new head of the chain."""
    recorded_at, rows, last = stamp(step.recorded_at), [], step.expected + len(step.rows)
    for number, (kind, version, at, body) in enumerate(step.rows, start=step.expected + 1):
        request = step.request if number == last else ""
        previous = chain(previous, number, kind, version, recorded_at, body, request)
        rows.append(Stored(number, kind, version, stamp(at), recorded_at, body, previous, request))
    return tuple(rows), previous


def check_chain(agency: str, found: StoredIncident, *, version: int, head: str | None = None) -> StoredIncident:
    """Return the incident if its rows are what was written; raise `CorruptRecord` that names the first that is not."""
    previous = genesis(agency, found.incident, found.program)
    for number, row in enumerate(found.rows, start=1):
        if row.number != number:
            raise CorruptRecord(f"incident {found.incident}: event {number} is missing; restore it from a backup")
        previous = chain(previous, number, row.kind, row.version, row.recorded_at, row.body, row.request)
        if previous != row.digest:
            raise CorruptRecord(f"incident {found.incident}: event {number} was changed after it was written; restore it from a backup")
    if len(found.rows) != version or (head is not None and previous != head):
        raise CorruptRecord(f"incident {found.incident}: {version} events were written, {len(found.rows)} are there; restore it from a backup")
    return found


def new_words(*, subject: str, kind: str, audience: str, text: str) -> Words:
    """Return words for the vault with a new id; raise `ValueError` if the subject could be a name, or if no database would keep the words."""
    unkept = _UNKEPT.search(text)
    if unkept:
        raise InvalidEvent(
            f"character {unkept.start() + 1} of the words is one that no database keeps ({unkept[0]!r}); nothing was written, remove it"
        )
    entry = VaultEntry(id=secrets.token_hex(16), subject=opaque_id(subject), kind=local_code(kind), audience=local_code(audience), text=text)
    return Words(entry=entry, salt=secrets.token_hex(16))


def check_audience(entry: VaultEntry, audience: str) -> VaultEntry:
    """Return the entry if it is for this audience."""
    if entry.audience not in {audience, "all"}:
        raise AudienceDenied(f"vault entry {entry.id} is for {entry.audience!r}, not for {audience!r}; ask somebody who may read it")
    return entry


def prior_from(contacts: Iterable[Contact], at: dt.datetime) -> Prior:
    """Make a `Prior` from a person's contacts in other incidents."""
    earlier = [c for c in contacts if c.contact_at <= at]
    declined = max((c.declined_at for c in earlier if c.declined_at and c.declined_at <= at), default=None)
    return Prior(
        contacts_90_days=sum(at - c.contact_at <= dt.timedelta(days=90) for c in earlier),
        last_contact=max((c.contact_at for c in earlier), default=None),
        open_referrals=sum(c.open_referrals for c in earlier),
        open_follow_ups=sum(c.open_follow_ups for c in earlier),
        declined_at=declined,
        days_since_declined=(at - declined).days if declined else None,
    )


def key_of(agency: str, notice: Notice) -> str:
    """Return the idempotency key of a notice: it depends on what it is about, so that the same is never put in twice."""
    n = notice
    said = [agency, n.incident, n.about, n.to, n.event, n.number, n.policy, n.channel, n.key, n.due and stamp(n.due)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def digest_of(salt: str, entry: VaultEntry) -> str:
    """Return the digest of a vault entry, about whom and for whom it is too. The salt goes with the text, so forgotten words cannot be guessed."""
    said = json.dumps([salt, entry.id, entry.subject, entry.kind, entry.audience, entry.text])
    return hashlib.sha256(said.encode()).hexdigest()


def digests_of(salt: str, entry: VaultEntry) -> tuple[str, str]:
    """Return the digests that the log may hold of a vault entry: that of today, and that of earlier versions, which covered the text alone."""
    return digest_of(salt, entry), hashlib.sha256(f"{salt}\x00{entry.text}".encode()).hexdigest()


def changed_program(name: str) -> str:
    """Return what to do when a program changed under the same version."""
    return f"program {name} differs from the one that this store keeps under the same version; give the changed program a new version"
