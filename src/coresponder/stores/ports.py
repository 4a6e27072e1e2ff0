"""The ports of a store: an event log, an index, an outbox, a vault and a library of programs.

Each is a small protocol with a conformance suite in `coresponder.testing`. A `Store` has all five
in one transaction, so it can be used in place of any of them. `ComposedStore` makes a store from
five parts.

A step is one `Append`. Each part that a step writes to has a method `append` that takes its own
share of the step, and a method `batch`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, Protocol

from coresponder.domain.objects import Prior
from coresponder.program import Notice, Program
from coresponder.stores.base import (
    Append,
    Beside,
    Engagement,
    Listed,
    Outgoing,
    Receipt,
    StoredIncident,
    Summary,
    VaultEntry,
)
from coresponder.stores.custody import Custody, Kept
from coresponder.stores.feed import FeedEntry
from coresponder.stores.pages import ALL, LIMIT, Filters, Page

__all__ = ["EventLog", "Index", "Outbox", "Part", "ProgramLibrary", "Store", "Vault"]


class Part(Protocol):
    """A part of a store that a step writes to. Every key includes the agency."""

    def append(self, step: Append) -> None:
        """Write this part's share of a step."""

    def batch(self) -> AbstractContextManager[None]:
        """Return a context whose writes are done all together, or not at all."""


class EventLog(Part, Protocol):
    """The history of each incident. Its share of a step is `rows`, under `request`; its rules are
    `LOG_RULES`.
    """

    def append(self, step: Append) -> None:
        """Add all rows of a step, or none; `seal` numbers and chains them.

        Raises:
            VersionConflict: the incident is not at `expected`.
            RequestTaken: another step of the agency was recorded under the request.
        """

    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows of an incident, checked with `check_chain`. Raise `NotFound` or
        `CorruptRecord`.
        """

    def load_after(
        self, agency: str, incident: str, version: int, head: str
    ) -> StoredIncident | None:
        """Return the rows after a version that is known, so that a case need not be read whole again.
        Return None if the incident is not there or the event of that number has another digest than
        `head`: then what is known is not what is there.
        """

    def version(self, agency: str, incident: str) -> int:
        """Return the number of the last event, 0 if there is none."""

    def feed(self, agency: str, *, after: int = 0, limit: int = LIMIT) -> tuple[FeedEntry, ...]:
        """Return the events of all incidents of an agency after a position, in the order of their
        positions.

        Positions are 1, 2, 3 and so on. An event keeps its position for good, and those of one
        incident are in their order. Every event gets a position after its step is committed, at the
        latest when the feed is read. Raise `PositionAhead` if the feed has not reached `after`.
        """

    def recorded(self, agency: str, request: str) -> tuple[str, int] | None:
        """Return the incident of the step that was recorded under a request, and the number of its
        last event; None if there is none.
        """


class Index(Part, Protocol):
    """The lists of all incidents, which answer without reading histories; its rules are
    `INDEX_RULES`.

    Its share of a step is `summary`, `contacts`, `gone`, `engages`, `calls`, `releases`, and what changes in
    the lists: `owed`, `met`, `sent` and `unsent`. All of it follows from the log.
    """

    def find(
        self,
        agency: str,
        filters: Filters = ALL,
        *,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Summary]:
        """Return a page of the incidents that match: the newest first, or the earliest due first if
        a filter is about what is owed. Raise `InvalidCursor`.
        """

    def owed(
        self,
        agency: str,
        filters: Filters = ALL,
        *,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Listed]:
        """Return a page of what is owed in incidents that match, the earliest due first. An
        incident that could not be listed comes before all others.

        The filters `owner`, `due_before` and `overdue_at` apply to the obligation itself.
        """

    def owners(self, agency: str) -> tuple[str, ...]:
        """Return whoever owns something that is owed, in order."""

    def to_tell(
        self, agency: str, *, now: dt.datetime, limit: int = LIMIT, after: str | None = None
    ) -> Page[Listed]:
        """Return a page of the obligations whose next notice is due by `now`."""

    def told(self, agency: str, listed: Iterable[tuple[Listed, dt.datetime | None]]) -> None:
        """Record when the next notice of each of these is due, unless the obligation has changed
        since.
        """

    def relist(self, step: Append, *, contacts: bool = True) -> bool:
        """Replace all that is kept of an incident by a step's share, apart from engaged responders.
        An unchanged obligation keeps the time of its next notice.

        Args:
            step: the share.
            contacts: whether each person's part in the incident is replaced too. Without it, a part
                of the share that is missing is added.

        Returns:
            False if the incident is not at `expected`; then nothing is written.
        """

    def unlist(self, agency: str, incident: str) -> None:
        """Mark an incident as one that cannot be listed, until it is listed again."""

    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents before `at`."""

    def engaged(
        self, agency: str, responders: Collection[str] | None = None
    ) -> tuple[Engagement, ...]:
        """Return each busy responder with the incident, ordered by responder.

        Args:
            agency: whose responders.
            responders: the ids to look up, without reading the others; None for everybody.
        """

    def freed(self, agency: str) -> Mapping[str, dt.datetime]:
        """Return for each responder who was busy before and is free now since when, by recording
        time.
        """

    def beside(self, agency: str, incident: str) -> Beside:
        """Return what the index keeps of an incident, so that `verify` can compare it with the
        log.
        """


class Outbox(Part, Protocol):
    """Notices that wait to be delivered. Its share of a step is `notices`; its rules are
    `OUTBOX_RULES`.
    """

    def notify(self, agency: str, notices: Iterable[Notice], *, at: dt.datetime) -> int:
        """Add notices that no step caused; return how many were new. A notice that is already there
        is skipped.
        """

    def outbox(
        self, agency: str, *, limit: int = LIMIT, after: str | None = None, dead: bool = False
    ) -> Page[Outgoing]:
        """Return a page of notices that are not delivered yet, the oldest first; with `dead`, of
        those that were given up.
        """

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
        """Claim notices to deliver; nobody else gets them until `until`.

        Of each incident and channel only the first waiting notice is claimed, if its time has come.
        With `only`, that notice is claimed if it waits, whatever its time and channel; this is for
        a job queue that keeps order and time itself. With `channels`, only notices of these
        channels are claimed, and never those of the channels in `but`; all others stay as they are.
        """

    def delivered(self, agency: str, *ids: int, at: dt.datetime) -> None:
        """Mark notices as delivered, all of them or none."""

    def failed(
        self, agency: str, id: int, *, error: str, at: dt.datetime, next_at: dt.datetime | None
    ) -> None:
        """Record a failed attempt: the notice waits until `next_at`, or is given up if that is
        None.
        """

    def give_back(self, agency: str, out: Outgoing, *, at: dt.datetime) -> None:
        """End the claim of a notice that was not tried: it may be claimed from `at` on, and the
        claim is not counted as an attempt.

        If another relay has claimed the notice since, nothing happens.
        """

    def resend(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Let a notice that was given up be tried again from `at` on; raise `NotFound` if no such
        notice was given up.
        """

    def beside(self, agency: str, incident: str) -> Beside:
        """Return the notices of an incident, delivered or not, so that `verify` can compare them
        with the log.
        """


class Vault(Part, Protocol):
    """Words that can be forgotten. Its share of a step is `words`; its rules are `VAULT_RULES`."""

    def remember(
        self, agency: str, *, subject: str, kind: str, audience: str, text: str
    ) -> Receipt:
        """Keep words; `new_words` checks them.

        Raises:
            ValueError: the subject could be a name, or the words have a character that databases
                cannot keep.
        """

    def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words; raise `AudienceDenied` or `NotFound`."""

    def forget(
        self,
        agency: str,
        subject: str,
        *,
        by: str = "",
        ground: str = "",
        at: dt.datetime | None = None,
    ) -> int:
        """Erase all words about a subject; return how many entries there were, and add a record if
        there were any.

        Words of an incident that name no subject are erased with anybody who is or was part of the
        incident (`contacts`, `gone`).

        Args:
            agency: whose words.
            subject: the id of a person or an incident.
            by: the id of whoever decided it, for the record.
            ground: why, as a code, for the record.
            at: when it was decided; None for now.

        Raises:
            LegalHold: a hold keeps any of these words; none was erased.
        """

    def discard(
        self,
        agency: str,
        ids: Iterable[str],
        *,
        by: str = "",
        ground: str = "",
        at: dt.datetime | None = None,
    ) -> int:
        """Erase these entries, apart from those that a hold keeps; return how many were erased, and
        add a record if any was.
        """

    def hold(
        self, agency: str, subject: str, *, by: str, ground: str, at: dt.datetime | None = None
    ) -> Custody:
        """Place a legal hold on a person or an incident, and return its record.

        Until it is released, nobody erases the words about the subject, those noted in an incident
        that is the subject, nor those that an incident of the person shares. Two holds on one
        subject are two; each is released by itself.

        Raises:
            ValueError: the subject, `by` or the ground is missing or could be a name.
        """

    def release(
        self, agency: str, number: int, *, by: str, ground: str, at: dt.datetime | None = None
    ) -> Custody:
        """Release a hold; raise `NotFound` if no hold of this number is in force."""

    def holds(self, agency: str, *, entry: str | None = None) -> tuple[Custody, ...]:
        """Return the holds that are in force, the oldest first; with `entry`, those that keep this
        entry.
        """

    def kept(
        self, agency: str, *, limit: int = LIMIT, after: tuple[str, str] = ("", "")
    ) -> tuple[Kept, ...]:
        """Return entries without their words, in the order of their incident and id, at most
        `limit`: those that follow the incident and id of `after`.
        """

    def custody(self, agency: str, *, limit: int = LIMIT, after: int = 0) -> tuple[Custody, ...]:
        """Return the records whose number is higher than `after`, in order, at most `limit`."""

    def beside(self, agency: str, incident: str) -> Beside:
        """Return the words to which the notes of an incident may refer, so that `verify` can
        compare them with the log.
        """


class ProgramLibrary(Protocol):
    """The definitions of programs, each under its name and version; its rules are `PROGRAM_RULES`."""

    def save_program(self, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a definition; raise `InvalidProgram` if another one is kept under the same name."""

    def load_program(self, name: str) -> Mapping[str, Any]:
        """Return a definition; raise `NotFound`."""

    def programs(self) -> tuple[str, ...]:
        """Return the names of the programs that are kept."""


class Store(EventLog, Index, Outbox, Vault, ProgramLibrary, Protocol):
    """A store for incidents: all five ports, with one transaction for a step. `STORE_RULES` are the
    rules of all ports and of the whole.
    """

    @property
    def settled(self) -> bool:
        """True if a write is committed at once; False inside a batch or the host's transaction."""

    def now(self) -> dt.datetime:
        """Return the database's time, the one clock of all who share the store. Times are compared
        with it.
        """

    def append(self, step: Append) -> None:
        """Write all of a step, or nothing.

        Raises:
            VersionConflict: the incident is not at `expected`.
            ResponderTaken: a responder whom the step engages is busy with another incident, and the
                step is not forced.
            RequestTaken: another step of the agency was recorded under the request.
            OutcomeUnknown: the answer to the commit was lost.
        """

    def beside(self, agency: str, incident: str) -> Beside:
        """Return all that is kept of an incident beside its log."""

    def verify(
        self,
        agency: str,
        *,
        programs: Mapping[str, Program] = MappingProxyType({}),
        since: str | None = None,
    ) -> tuple[str, ...]:
        """Return every fault in words: rows that are not as they were written, and entries beside
        the log that do not follow from it.

        Incidents are folded again under the programs that the store keeps and those that are given,
        by name. With `since`, the digest of a checkpoint, a store may skip what was not changed
        after it.
        """

    def checkpoint(self, agency: str, *, at: dt.datetime) -> str | None:
        """Record the head of every incident that has moved since the last checkpoint, so that
        `verify` finds a removed incident.

        Returns:
            The digest of the newest checkpoint, which an agency may keep elsewhere; None if the
            store is empty.
        """

    def close(self) -> None:
        """Let go of the database."""
