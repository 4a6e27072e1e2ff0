"""What goes into a store and comes out of it, and what every store does with it in the same way."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import attrs

from coresponder.domain.objects import Prior
from coresponder.domain.types import UTC, local_code, opaque_id, utc
from coresponder.errors import AudienceDenied, CorruptRecord, InvalidEvent
from coresponder.program import Notice
from coresponder.stores.codec import Stored, chain, genesis

__all__ = [
    "NEVER", "UNCOVERED", "UNLISTED", "Append", "Beside", "Contact", "Engagement", "Listed", "Outgoing", "OwedRow", "Receipt",
    "Sent", "StoredIncident", "Summary", "VaultEntry", "Words", "as_told", "changed_program",
    "check_audience", "check_chain", "digest_of", "digests_of", "due_text", "first_due_of",
    "instant", "key_of", "new_words", "prior_from", "rows_after", "seal", "stamp", "stamp_again", "unlisted",
]  # fmt: skip


UNLISTED = "unreadable-record"
"""Stands for a policy where an incident cannot be put on the lists: it cannot be read, or was not
yet.
"""

UNCOVERED = ("nature", "first_due")
"""What of an incident's row no digest covers: it follows from the log, and is there for lists."""

NEVER = "9999-12-31T23:59:59.999999+00:00"
"""Stands for no deadline, so that what has none comes last."""


@attrs.frozen(kw_only=True)
class Summary:
    """What a list of incidents shows: the projection that is written with each step.

    Attributes:
        opened_at: when the call came, or what else the program begins with; None only where the row
            cannot be read.
        next_due: the earliest deadline that no event has shown to be missed.
        nature: what kind of call it is, once that is known.
        first_due: when the first of what is owed is due or was, if it has a deadline.
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
    nature: str | None = None
    first_due: dt.datetime | None = None
    unreadable: str | None = None


@attrs.frozen(kw_only=True)
class OwedRow:
    """An obligation as it stands on a list; its words are the policy's.

    Attributes:
        policy: the policy under which it is owed.
        key: the policy's correlation key, if it has one.
        due: the deadline, if there is one.
        since: since when it is owed, if the policy has a bound.
        tell_at: when time alone gives rise to the next notice of it, if it ever does.
    """

    policy: str
    key: str | None = None
    due: dt.datetime | None = None
    since: dt.datetime | None = None
    tell_at: dt.datetime | None = None


@attrs.frozen(kw_only=True)
class Listed:
    """An obligation on the list of an agency: whose it is, and what cannot be read of it, if
    anything.
    """

    incident: str
    program: str
    owed: OwedRow
    unreadable: str | None = None


class Sent(NamedTuple):
    """A tier or a responder that was sent to an incident, or came: `kind` is `tier` or
    `responder`.
    """

    kind: str
    name: str


@attrs.frozen(kw_only=True)
class Contact:
    """One person's part in one incident: what `Prior` is made from. `contact_at` is when the person
    first had to do with it.
    """

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
    """A vault entry as it is written: with the salt that its digest is made with, so that forgotten
    words cannot be guessed from it.
    """

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
        calls: the responders who become busy with the incident only if they are free: who is with
            another incident stays there.
        forced: take those over whom the step engages and who are busy elsewhere, because the step
            says what happened, or was overridden.
        request: the key under which the step is recorded, at most once in an agency; empty for
            none.
        words: what goes into the vault with the step.
        owed: obligations that are new, or not as they were.
        met: (policy, key) of those that are not owed any more.
        sent: who was sent or came with the step.
        unsent: who was not there after all, because that was entered in error.
        dated: when the incident opened, or what it owes first, is not as it was.
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
    calls: tuple[str, ...] = ()
    forced: bool = False
    request: str = ""
    words: tuple[Words, ...] = ()
    owed: tuple[OwedRow, ...] = ()
    met: tuple[tuple[str, str | None], ...] = ()
    sent: tuple[Sent, ...] = ()
    unsent: tuple[Sent, ...] = ()
    dated: bool = False


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


@attrs.frozen(kw_only=True)
class Beside:
    """What a store keeps of one incident beside its log. A part of a store fills in what is its
    own.

    Attributes:
        notices: by key; None for one that cannot be read.
        words: vault entries that the incident's notes may stand for, by id, without those that were
            forgotten.
        engaged: the responders who are busy with it.
        owed: what the list of obligations has of it.
        sent: who was sent to it, or came, by the list.
    """

    summary: Summary | None = None
    contacts: tuple[Contact, ...] = ()
    notices: Mapping[str, Notice | None] = attrs.field(factory=dict)
    words: Mapping[str, Words] = attrs.field(factory=dict)
    engaged: tuple[str, ...] = ()
    owed: tuple[OwedRow, ...] = ()
    sent: tuple[Sent, ...] = ()


_UNKEPT = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL does not keep, and halves of pairs, which are no text."""


def stamp(instant: dt.datetime) -> str:
    """Return an instant as text that sorts like time; raise `ValueError` if it has no time zone."""
    return (instant if instant.tzinfo is UTC else utc(instant)).isoformat(timespec="microseconds")


@functools.lru_cache(maxsize=1024)
def stamp_again(instant: dt.datetime) -> str:
    """Return the same as `stamp`, for times that the steps of an incident write again and again."""
    return stamp(instant)


def due_text(one: OwedRow) -> str:
    """Return a deadline as lists sort it: an incident that is not listed comes first, what has no
    deadline last.
    """
    if one.policy == UNLISTED:
        return ""
    return stamp(one.due) if one.due else NEVER


def as_told(owed: Iterable[OwedRow], there: Iterable[OwedRow]) -> tuple[OwedRow, ...]:
    """Return what is owed, each as the list has it already, if it does: what was told need not be
    told again.
    """
    known = {(one.policy, one.key, one.due): one for one in there}
    return tuple(known.get((one.policy, one.key, one.due), one) for one in owed)


def first_due_of(summary: Summary) -> str | None:
    """Return by when an incident owes something first, as lists sort it; None if it owes nothing."""
    if not summary.obligations:
        return None
    return stamp_again(summary.first_due) if summary.first_due else NEVER


def unlisted(incident: str) -> str:
    """Say that an incident is not on the lists."""
    return f"incident {incident} could not be read when the lists were made; `coresponder verify STORE` names its fault, `coresponder rebuild STORE` lists it again"


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


def check_chain(
    agency: str,
    found: StoredIncident,
    *,
    version: int,
    head: str | None = None,
    after: tuple[int, str] | None = None,
) -> StoredIncident:
    """Return the incident if its rows are what was written; raise `CorruptRecord` that names the
    first that is not.

    Args:
        agency: whose incident it is.
        found: the rows.
        version: how many events were written.
        head: the digest of the last one, if it is known.
        after: the number and the digest of the event that the rows follow; None where they are all.
    """
    begin, previous = after or (0, genesis(agency, found.incident, found.program))
    for number, row in enumerate(found.rows, start=begin + 1):
        if row.number != number:
            raise CorruptRecord(
                f"incident {found.incident}: event {number} is missing; restore it from a backup"
            )
        previous = chain(
            previous, number, row.kind, row.version, row.recorded_at, row.body, row.request
        )
        if previous != row.digest:
            raise CorruptRecord(
                f"incident {found.incident}: event {number} was changed after it was written; restore it from a backup"
            )
    there = begin + len(found.rows)
    if there != version or (head is not None and previous != head):
        raise CorruptRecord(
            f"incident {found.incident}: {version} events were written, {there} are there; restore it from a backup"
        )
    return found


def rows_after(found: StoredIncident, version: int, head: str) -> StoredIncident | None:
    """Return an incident with the rows after a version alone; None if the event of that number has
    another digest.
    """
    if not 0 < version <= len(found.rows) or found.rows[version - 1].digest != head:
        return None
    return attrs.evolve(found, rows=found.rows[version:])


def new_words(*, subject: str, kind: str, audience: str, text: str) -> Words:
    """Return words for the vault with a new id; raise `ValueError` if the subject could be a name,
    or if no database would keep the words.
    """
    unkept = _UNKEPT.search(text)
    if unkept:
        raise InvalidEvent(
            f"character {unkept.start() + 1} of the words is one that no database keeps ({unkept[0]!r}); nothing was written, remove it"
        )
    entry = VaultEntry(
        id=secrets.token_hex(16),
        subject=opaque_id(subject),
        kind=local_code(kind),
        audience=local_code(audience),
        text=text,
    )
    return Words(entry=entry, salt=secrets.token_hex(16))


def check_audience(entry: VaultEntry, audience: str) -> VaultEntry:
    """Return the entry if it is for this audience."""
    if entry.audience not in {audience, "all"}:
        raise AudienceDenied(
            f"vault entry {entry.id} is for {entry.audience!r}, not for {audience!r}; ask somebody who may read it"
        )
    return entry


def prior_from(contacts: Iterable[Contact], at: dt.datetime) -> Prior:
    """Make a `Prior` from a person's contacts in other incidents."""
    earlier = [c for c in contacts if c.contact_at <= at]
    declined = max(
        (c.declined_at for c in earlier if c.declined_at and c.declined_at <= at), default=None
    )
    return Prior(
        contacts_90_days=sum(at - c.contact_at <= dt.timedelta(days=90) for c in earlier),
        last_contact=max((c.contact_at for c in earlier), default=None),
        open_referrals=sum(c.open_referrals for c in earlier),
        open_follow_ups=sum(c.open_follow_ups for c in earlier),
        declined_at=declined,
        days_since_declined=(at - declined).days if declined else None,
    )


def key_of(agency: str, notice: Notice) -> str:
    """Return the idempotency key of a notice: it depends on what it is about, so that the same is
    never put in twice.
    """
    n = notice
    said = [
        agency,
        n.incident,
        n.about,
        n.to,
        n.event,
        n.number,
        n.policy,
        n.channel,
        n.key,
        n.due and stamp(n.due),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def digest_of(salt: str, entry: VaultEntry) -> str:
    """Return the digest of a vault entry, about whom and for whom it is too. The salt goes with the
    text, so forgotten words cannot be guessed.
    """
    said = json.dumps([salt, entry.id, entry.subject, entry.kind, entry.audience, entry.text])
    return hashlib.sha256(said.encode()).hexdigest()


def digests_of(salt: str, entry: VaultEntry) -> tuple[str, str]:
    """Return the digests that the log may hold of a vault entry: that of today, and that of earlier
    versions, which covered the text alone.
    """
    return digest_of(salt, entry), hashlib.sha256(f"{salt}\x00{entry.text}".encode()).hexdigest()


def changed_program(name: str) -> str:
    """Return what to do when a program changed under the same version."""
    return f"program {name} differs from the one that this store keeps under the same version; give the changed program a new version"
