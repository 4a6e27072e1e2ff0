"""What a store is made of: an event log, an index, an outbox, a vault and a library of programs.

Each is a small protocol with a conformance suite in `coresponder.testing`. A `Store` is all five in
one transaction, so a store can be used wherever one of them is wanted. `ComposedStore` makes a
store out of five parts.

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
from coresponder.stores.pages import ALL, LIMIT, Filters, Page

__all__ = ["EventLog", "Index", "Outbox", "Part", "ProgramLibrary", "Store", "Vault"]


class Part(Protocol):
    """What a step writes to. Every key has the agency in it."""

    def append(self, step: Append) -> None:
        """Write this part's share of a step."""

    def batch(self) -> AbstractContextManager[None]:
        """Return a context in which all that is written is written as a whole, or not at all."""


class EventLog(Part, Protocol):
    """The history of each incident. Its share of a step is `rows`, under `request`; its rules are
    `LOG_RULES`.
    """

    def append(self, step: Append) -> None:
        """Add the rows of a step as a whole, or not at all; `seal` numbers and chains them.

        Raises:
            VersionConflict: the incident is not at `expected`.
            RequestTaken: another step of the agency was recorded under the request.
        """

    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows of an incident; `check_chain` checks them. Raise `NotFound` or
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

    def recorded(self, agency: str, request: str) -> tuple[str, int] | None:
        """Return the incident of the step that was recorded under a request, and the number of its
        last event; None if there is none.
        """


class Index(Part, Protocol):
    """What is known of all incidents without reading their histories; its rules are `INDEX_RULES`.

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
        """Return a page of the incidents that fit: the newest first, or the earliest due first if
        the filters ask what is owed. Raise `InvalidCursor`.
        """

    def owed(
        self,
        agency: str,
        filters: Filters = ALL,
        *,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Listed]:
        """Return a page of what is owed in incidents that fit, the earliest due first. An incident
        that could not be listed comes before all others.

        Of `filters`, `due_before` and `overdue_at` are about the obligation itself.
        """

    def to_tell(
        self, agency: str, *, now: dt.datetime, limit: int = LIMIT, after: str | None = None
    ) -> Page[Listed]:
        """Return a page of what somebody is to be told of by `now`."""

    def told(self, agency: str, listed: Iterable[tuple[Listed, dt.datetime | None]]) -> None:
        """Write down when each of these is to be told of next, unless it has changed since."""

    def relist(self, step: Append, *, contacts: bool = True) -> bool:
        """Put a step's share in place of all that is there of the incident, but for who is engaged;
        of an obligation that stays as it is, what was told stays told.

        Args:
            step: the share.
            contacts: whether each person's part in it is put in place too.

        Returns:
            False if the incident is not at `expected`; then nothing is written.
        """

    def unlist(self, agency: str, incident: str) -> None:
        """Mark an incident as one that cannot be put on the lists, until it is put there anew."""

    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents before `at`."""

    def engaged(self, agency: str) -> tuple[Engagement, ...]:
        """Return the responders who are busy, and with which incident, by responder."""

    def freed(self, agency: str) -> Mapping[str, dt.datetime]:
        """Return since when each responder is free who was busy before, by when it was recorded."""

    def beside(self, agency: str, incident: str) -> Beside:
        """Return what is kept of an incident, so that `verify` can compare it with the log."""


class Outbox(Part, Protocol):
    """Notices that wait to be delivered. Its share of a step is `notices`; its rules are
    `OUTBOX_RULES`.
    """

    def notify(self, agency: str, notices: Iterable[Notice], *, at: dt.datetime) -> int:
        """Add notices that no step gave rise to; return how many were new. A notice that is there
        already is passed over.
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
        """Take notices to deliver, and keep them from others until `until`.

        Of each incident and channel only the first notice that waits is taken, if its time has
        come. With `only`, that notice is taken if it waits, whatever its time and channel: an
        engine that keeps order and time by itself asks so. With `channels`, only notices of these
        channels are taken, and never those of the channels in `but`; all others stay as they are.
        """

    def delivered(self, agency: str, *ids: int, at: dt.datetime) -> None:
        """Mark notices as delivered, all of them or none."""

    def failed(
        self, agency: str, id: int, *, error: str, at: dt.datetime, next_at: dt.datetime | None
    ) -> None:
        """Keep a notice until `next_at`, or give it up if that is None."""

    def give_back(self, agency: str, out: Outgoing, *, at: dt.datetime) -> None:
        """End the claim of a notice that was not tried: it may be claimed from `at` on, and the
        claim is not counted as an attempt.

        If somebody else has claimed the notice since, nothing happens.
        """

    def resend(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Let a notice that was given up be tried again from `at` on; raise `NotFound` if there is
        none.
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
            ValueError: the subject could be a name, or the words have a character that no database
                keeps.
        """

    def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words; raise `AudienceDenied` or `NotFound`."""

    def forget(self, agency: str, subject: str) -> int:
        """Erase all words about a subject; return how many entries there were.

        Words about an incident that name no subject are erased with anybody who is or was part of
        the incident (`contacts`, `gone`).
        """

    def beside(self, agency: str, incident: str) -> Beside:
        """Return the words that the notes of an incident may stand for, so that `verify` can
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
    """A place for incidents: all five ports, and one transaction for a step. `STORE_RULES` are the
    rules of all ports and of the whole.
    """

    @property
    def settled(self) -> bool:
        """True when what is written is committed at once; False inside a batch or in the host's
        transaction.
        """

    def now(self) -> dt.datetime:
        """Return the time of the database: one clock for all who share it. What is compared is
        compared with it.
        """

    def append(self, step: Append) -> None:
        """Write a step as a whole, or not at all.

        Raises:
            VersionConflict: the incident is not at `expected`.
            ResponderTaken: somebody whom the step engages is busy with another incident, and the
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
        """Return every fault, in words: rows that are not as they were written, and what beside the
        log does not follow from it.

        Incidents are folded again under the programs that the store keeps, and under those that are
        given, by name. With `since`, the digest of a checkpoint, a store may pass over what was
        not changed after it.
        """

    def checkpoint(self, agency: str, *, at: dt.datetime) -> str | None:
        """Write down the head of every incident that has moved since the last checkpoint, so that a
        removed incident is found.

        Returns:
            The digest of the newest checkpoint, which an agency may keep elsewhere; None if there
            is nothing yet.
        """

    def close(self) -> None:
        """Let go of the database."""
