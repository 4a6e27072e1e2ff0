"""The values that go into a store and come out of it, and the functions that all stores share."""

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
from coresponder.domain.personal import quoted
from coresponder.domain.types import UTC, local_code, opaque_id, utc
from coresponder.errors import AudienceDenied, CorruptRecord, InvalidEvent, NotFound
from coresponder.program import Notice
from coresponder.stores.codec import Stored, chain, genesis

__all__ = [
    "NEVER", "UNCOVERED", "UNLISTED", "Append", "Beside", "Contact", "Engagement", "Listed", "Outgoing", "OwedRow", "Receipt",
    "Sent", "StoredIncident", "Summary", "VaultEntry", "Words", "as_told", "changed_program",
    "check_audience", "check_chain", "digest_of", "digests_of", "due_text", "first_due_of",
    "instant", "key_of", "new_words", "prior_from", "rows_after", "seal", "stamp", "stamp_again", "unlisted",
]  # fmt: skip


UNLISTED = "unreadable-record"
"""Stands in place of a policy id for an incident that is not on the lists, because it cannot be
read or was not listed yet.
"""

UNCOVERED = ("nature", "first_due", "merged_into", "numbered")
"""The columns of an incident's row that no digest covers. They follow from the log and serve lists
and the feed.
"""

NEVER = "9999-12-31T23:59:59.999999+00:00"
"""Stands for no deadline, so that obligations without one come last."""


@attrs.frozen(kw_only=True)
class Summary:
    """The entry of an incident on a list, written with each step.

    Attributes:
        opened_at: the time of the call, or of another event that the program begins with; None only
            if the row cannot be read.
        next_due: the earliest deadline, apart from those that an event has shown to be missed.
        nature: the nature of the call, once it is known.
        merged_into: the incident that this one is a duplicate of.
        first_due: the deadline of the first obligation, even if it has passed; None without a
            deadline.
        unreadable: what cannot be read in the row, if anything. Such a row is never left out.
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
    merged_into: str | None = None
    unreadable: str | None = None


@attrs.frozen(kw_only=True)
class OwedRow:
    """An obligation on a list. Its wording is the policy's.

    Attributes:
        policy: the policy under which it is owed.
        key: the policy's correlation key, if it has one.
        due: the deadline, if there is one.
        since: the time since which it is owed, if the policy has a bound.
        tell_at: when the passing of time causes its next notice; None if it never does.
        owner: who owes it, if it is not the whole team.
    """

    policy: str
    key: str | None = None
    due: dt.datetime | None = None
    since: dt.datetime | None = None
    tell_at: dt.datetime | None = None
    owner: str | None = None


@attrs.frozen(kw_only=True)
class Listed:
    """An obligation on an agency's list, with its incident, and with what cannot be read in its
    row, if anything.
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
    """One person's part in one incident, from which `Prior` is made. `contact_at` is when the
    person became part of it.
    """

    person: str
    contact_at: dt.datetime
    open_referrals: int = 0
    open_follow_ups: int = 0
    declined_at: dt.datetime | None = None


@attrs.frozen(kw_only=True)
class VaultEntry:
    """Words that are kept outside the log, with their subject, kind and audience."""

    id: str
    subject: str
    kind: str
    audience: str
    text: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Words:
    """A vault entry as it is written, with the salt of its digest, so that forgotten words cannot
    be guessed from the digest.

    Attributes:
        entry: the entry.
        salt: the salt; empty in a sealed entry, which has it inside its text.
        key: the id of the data key with which the text is encrypted; empty for plain text.
    """

    entry: VaultEntry
    salt: str
    key: str = ""

    @property
    def digest(self) -> str:
        """The digest that the log keeps of the entry."""
        return digest_of(self.salt, self.entry)


@attrs.frozen(kw_only=True)
class Append:
    """Everything that one step writes, in one transaction.

    Attributes:
        gone: people who are not part of the incident after all, because their involvement was
            entered in error.
        engages: the responders who become busy with the incident.
        releases: the responders who are free again.
        calls: the responders who become busy with the incident only if they are free; one who is
            with another incident stays there.
        forced: whether engaged responders who are busy elsewhere are taken over, because the step
            records what happened, or was overridden.
        request: the key under which the step is recorded, at most once in an agency; empty for
            none.
        words: the entries that go into the vault with the step.
        owed: obligations that are new or have changed.
        met: (policy, key) of each obligation that is no longer owed.
        sent: the tiers and responders that were sent or came with the step.
        unsent: those who were not there after all, because that was entered in error.
        dated: whether the opening time or the first deadline of the incident has changed.
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
    """An incident as it is stored."""

    incident: str
    program: str
    rows: tuple[Stored, ...]


@attrs.frozen(kw_only=True)
class Outgoing:
    """A notice in the outbox.

    Attributes:
        key: the idempotency key, the same at every attempt, so that a receiver takes the notice
            once.
        attempts: how often it was tried so far.
        next_at: the time before which it is not tried.
        dead_at: when it was given up, until a person sends it again.
        error: the error of the last attempt.
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
    """What a store keeps of one incident beside its log. Each part of a store fills in its own
    fields.

    Attributes:
        notices: key -> notice; None for a notice that cannot be read.
        words: the vault entries to which the incident's notes may refer, by id, without forgotten
            ones.
        engaged: the responders who are busy with the incident.
        owed: its obligations on the list.
        sent: those who were sent to it or came, by the list.
    """

    summary: Summary | None = None
    contacts: tuple[Contact, ...] = ()
    notices: Mapping[str, Notice | None] = attrs.field(factory=dict)
    words: Mapping[str, Words] = attrs.field(factory=dict)
    engaged: tuple[str, ...] = ()
    owed: tuple[OwedRow, ...] = ()
    sent: tuple[Sent, ...] = ()


_UNKEPT = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL cannot keep, and lone surrogates, which are not text."""


def stamp(instant: dt.datetime) -> str:
    """Return an instant as text that sorts like time; raise `ValueError` if it has no time zone."""
    return (instant if instant.tzinfo is UTC else utc(instant)).isoformat(timespec="microseconds")


@functools.lru_cache(maxsize=1024)
def stamp_again(instant: dt.datetime) -> str:
    """Return the same as `stamp`, cached for times that the steps of an incident write
    repeatedly.
    """
    return stamp(instant)


def due_text(one: OwedRow) -> str:
    """Return a deadline as lists sort it: an incident that is not listed comes first, an obligation
    without a deadline last.
    """
    if one.policy == UNLISTED:
        return ""
    return stamp(one.due) if one.due else NEVER


def as_told(owed: Iterable[OwedRow], there: Iterable[OwedRow]) -> tuple[OwedRow, ...]:
    """Return the obligations, each as the list already has it if it does, so that nobody is told of
    it again.
    """
    known = {(one.policy, one.key, one.due): one for one in there}
    return tuple(
        attrs.evolve(one, tell_at=known.get((one.policy, one.key, one.due), one).tell_at)
        for one in owed
    )


def first_due_of(summary: Summary) -> str | None:
    """Return the first deadline of an incident as lists sort it; None if it owes nothing."""
    if not summary.obligations:
        return None
    return stamp_again(summary.first_due) if summary.first_due else NEVER


def no_incident(agency: str, incident: str) -> NotFound:
    """Return the error that an agency has no such incident."""
    return NotFound(
        f"agency {agency!r} has no incident {quoted(incident)}; `find` lists those it has"
    )


def unlisted(incident: str) -> str:
    """Return the message that an incident is not on the lists."""
    return f"incident {incident} could not be read when the lists were made; `coresponder verify STORE` names its fault, `coresponder rebuild STORE` lists it again"


def instant(text: str | None) -> dt.datetime | None:
    """Return the instant of a stored time; None if it is not set."""
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
    """Return the incident if its rows are as they were written; raise `CorruptRecord` that names
    the first row that is not.

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
    or if databases cannot keep the words.
    """
    unkept = _UNKEPT.search(text)
    if unkept:
        raise InvalidEvent(
            f"character {unkept.start() + 1} of the words cannot be kept by a database ({unkept[0]!r}); nothing was written, remove it"
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
    """Return the idempotency key of a notice. It depends on what the notice is about, so that the
    same notice is never added twice.
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
    """Return the digest of a vault entry, which covers its subject and audience too. The salt is
    erased with the text, so forgotten words cannot be guessed.
    """
    said = json.dumps([salt, entry.id, entry.subject, entry.kind, entry.audience, entry.text])
    return hashlib.sha256(said.encode()).hexdigest()


def digests_of(salt: str, entry: VaultEntry) -> tuple[str, str]:
    """Return the digests that the log may have for a vault entry: today's, and that of earlier
    versions, which covered only the text.
    """
    return digest_of(salt, entry), hashlib.sha256(f"{salt}\x00{entry.text}".encode()).hexdigest()


def changed_program(name: str) -> str:
    """Return the message that a program changed under the same version."""
    return f"program {name} differs from the one that this store keeps under the same version; give the changed program a new version"
