"""The differences between databases, with one class for each: how a transaction begins, what an
error means, how words are erased.
"""

from __future__ import annotations

import datetime as dt
import functools
import sqlite3
from pathlib import Path
from typing import Any, Protocol

import attrs

from coresponder.clock import Limit, cut_socket, utc_now
from coresponder.domain.types import utc
from coresponder.errors import (
    CorruptRecord,
    MissingExtra,
    OutcomeUnknown,
    RequestTaken,
    StoreError,
    StoreUnavailable,
)

__all__ = ["Dialect", "Postgresql", "Sqlite"]


_GRACE = 2.0
"""Seconds that a server has, after its own limit, to answer before its connection is cut."""

_AUTOCOMMIT = (
    "the host's connection commits each statement by itself, so a rollback could not undo the step; nothing was written, "
    "begin a transaction first"
)
_UNAVAILABLE = (
    (("locked", "busy"), " is locked by another writer", "try again"),
    (
        ("readonly", "read-only"),
        " is read-only",
        "give write permission to the file and its folder",
    ),
    (
        ("unable to open",),
        " cannot be opened",
        "name a file in a folder that is there and that you may write",
    ),
    (("full",), ": the disk is full", "make room and try again"),
)
"""Words of SQLite's error -> what is wrong with the file, and what to do."""


@functools.cache
def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError:
        raise MissingExtra("postgresql", "the PostgreSQL store") from None
    return psycopg


def _said(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _unknown(where: str, error: BaseException) -> OutcomeUnknown:
    found = OutcomeUnknown(where, _said(error))
    found.__cause__ = error
    return found


class Dialect(Protocol):
    """What the SQL store needs to know about a database."""

    @property
    def name(self) -> str:
        """SQLAlchemy's name for the database."""

    @property
    def error(self) -> type[Exception]:
        """The root of the driver's errors."""

    @property
    def where(self) -> str:
        """The database in words."""

    @property
    def begin(self) -> str:
        """The statement that begins a transaction which will write."""

    @property
    def look(self) -> str:
        """The statement that begins a read-only transaction, which sees a single moment."""

    @property
    def one_statement(self) -> bool:
        """True if one statement can write a step. Such a database has several writers, and one of
        them can hold an incident for long.
        """

    @property
    def paramstyle(self) -> str:
        """How the driver writes named parameters."""

    def cursor(self, connection: Any) -> Any:
        """Return a cursor of a host's connection that gives plain tuples, even if the host has set
        a row factory.
        """

    def now(self, cursor: Any) -> dt.datetime:
        """Return the time of the database."""

    def join(self, connection: Any, cursor: Any) -> None:
        """Make sure that a host's connection is in a transaction; raise `StoreUnavailable` if it
        would commit each write at once.
        """

    def is_open(self, connection: Any) -> bool:
        """Return whether a driver's connection is inside a transaction that can be rolled back."""

    def is_lost(self, connection: Any) -> bool:
        """Return whether a driver's connection can no longer be used."""

    def has_table(self, cursor: Any, name: str) -> bool:
        """Return whether there is a table of this name."""

    def alone(self, cursor: Any) -> None:
        """Wait inside the transaction that will make tables until no other connection does."""

    def take_turns(self, cursor: Any, agency: str, *, alone: bool) -> None:
        """Take a shared lock on the turns of an agency's notices inside a transaction; with
        `alone`, an exclusive one.
        """

    def number_alone(self, cursor: Any, agency: str) -> None:
        """Wait inside a transaction until no other connection gives positions to an agency's
        events.
        """

    def alone_in_vault(self, cursor: Any, agency: str) -> None:
        """Let nobody else place or release a hold of the agency, or erase its words, until the
        transaction ends.
        """

    def explain(self, error: BaseException) -> StoreError:
        """Return the library's error for a driver's, with what to do."""

    def may_write(self, cursor: Any, table: str) -> bool:
        """Return whether this user may put rows into a table."""

    def open_outcome(self, error: BaseException) -> OutcomeUnknown | None:
        """Return `OutcomeUnknown` if a commit that ended with this error may have succeeded; None
        if it did not.
        """

    def overwrite(self, cursor: Any) -> None:
        """Make this connection overwrite deleted rows, if the database does not do so by default."""

    def erase(self, cursor: Any) -> None:
        """Release the space of deleted words without blocking others; raise `StoreUnavailable` if
        that cannot be done.
        """

    def scrub(self, cursor: Any) -> None:
        """Make sure that no byte of deleted words is left. It needs the vault alone."""


@attrs.frozen
class Sqlite:
    """SQLite: one writer at a time, which waits for the lock at the beginning."""

    path: str = "the host's database"
    name = "sqlite"
    one_statement = False
    error = sqlite3.Error
    begin = "BEGIN IMMEDIATE"
    look = "BEGIN"
    paramstyle = "named"

    @property
    def where(self) -> str:
        """The file's name."""
        return Path(self.path).name

    def has_table(self, cursor: Any, name: str) -> bool:
        """Ask the list of tables."""
        return (
            cursor.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)
            ).fetchone()
            is not None
        )

    def cursor(self, connection: Any) -> Any:
        """Return a cursor without the host's row factory."""
        cursor = connection.cursor()
        cursor.row_factory = None
        return cursor

    def now(self, cursor: Any) -> dt.datetime:
        """Return this machine's time, because the file is on this machine."""
        return utc_now()

    def join(self, connection: Any, cursor: Any) -> None:
        """Begin the transaction that the driver would begin with the first change. With autocommit,
        the host must have begun one.
        """
        if connection.in_transaction:
            return
        if connection.isolation_level is None or getattr(connection, "autocommit", -1) is True:
            raise StoreUnavailable(_AUTOCOMMIT)
        cursor.execute(self.begin)

    def is_open(self, connection: Any) -> bool:
        """Return whether the driver is in a transaction."""
        return bool(connection.in_transaction)

    def is_lost(self, connection: Any) -> bool:
        """Return False, because a file cannot be lost."""
        return False

    def alone(self, cursor: Any) -> None:
        """Do nothing: the transaction already has the lock."""

    def take_turns(self, cursor: Any, agency: str, *, alone: bool) -> None:
        """Do nothing: there is one writer."""

    def number_alone(self, cursor: Any, agency: str) -> None:
        """Do nothing: there is one writer."""

    def alone_in_vault(self, cursor: Any, agency: str) -> None:
        """Do nothing: there is one writer."""

    def explain(self, error: BaseException) -> StoreError:
        """Tell the driver's errors apart by their text; SQLite has no other codes in Python 3.11."""
        text = str(error).lower()
        if "unique" in text and "coresponder_event.request" in text:
            return RequestTaken("")
        if "not a database" in text or "malformed" in text:
            return CorruptRecord(
                f"{self.where} is not a usable database ({error}); restore it from a backup"
            )
        for said, why, remedy in _UNAVAILABLE:
            if any(word in text for word in said):
                return StoreUnavailable(f"{self.where}{why}; nothing was written, {remedy}")
        return StoreUnavailable(f"{self.where}: {error}; nothing was written")

    def may_write(self, cursor: Any, table: str) -> bool:
        """Return whether the file may be written at all."""
        return not cursor.execute("PRAGMA query_only").fetchone()[0]

    def open_outcome(self, error: BaseException) -> OutcomeUnknown | None:
        """Return the error if the disk failed during the commit, which may have succeeded."""
        if isinstance(error, self.error) and "disk i/o error" in str(error).lower():
            return _unknown(self.where, error)
        return None

    def overwrite(self, cursor: Any) -> None:
        """Switch overwriting on, because a host's connection may not have it."""
        cursor.execute("PRAGMA secure_delete=ON")

    def erase(self, cursor: Any) -> None:
        """Empty the write-ahead log. The rows themselves were overwritten (secure_delete), but
        their text may still be in the log.
        """
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy and busy[0]:
            raise StoreUnavailable(
                f"{self.where}: the entries are gone, but another reader holds the write-ahead log, which may still have their text; "
                "call forget again when it has finished"
            )

    def scrub(self, cursor: Any) -> None:
        """Do the same as `erase`, because the rows are overwritten in place."""
        self.erase(cursor)


def limit_waits(connection: Any, seconds: float) -> None:
    """Limit how long a statement on a psycopg connection may take: the server ends it, and if the
    server does not answer, the connection is cut.
    """
    limit = Limit(seconds + _GRACE, lambda: cut_socket(connection.fileno()))

    class Timed(_psycopg().Cursor):  # type: ignore[misc]
        def execute(self, *args: Any, **kwargs: Any) -> Any:
            with limit:
                return super().execute(*args, **kwargs)

        def executemany(self, *args: Any, **kwargs: Any) -> None:
            with limit:
                super().executemany(*args, **kwargs)

    connection.execute(f"SET statement_timeout = {round(seconds * 1000)}")
    connection.cursor_factory = Timed


@attrs.frozen
class Postgresql:
    """PostgreSQL through psycopg: writers on different incidents do not wait for one another."""

    where: str = "the host's database"
    name = "postgresql"
    one_statement = True
    begin = "BEGIN"
    look = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    paramstyle = "pyformat"

    @property
    def error(self) -> type[Exception]:
        """The driver's root error."""
        return _psycopg().Error  # type: ignore[no-any-return]

    def has_table(self, cursor: Any, name: str) -> bool:
        """Look into the catalog itself, because a name that was not found once is cached until the
        transaction ends.
        """
        query = "SELECT 1 FROM pg_catalog.pg_class WHERE relname = %(name)s AND pg_catalog.pg_table_is_visible(oid)"
        return cursor.execute(query, {"name": name}).fetchone() is not None

    def cursor(self, connection: Any) -> Any:
        """Return a cursor without the host's row factory."""
        from psycopg import Cursor
        from psycopg.rows import tuple_row

        return Cursor(connection, row_factory=tuple_row)

    def now(self, cursor: Any) -> dt.datetime:
        """Return the server's clock, which also advances within a transaction."""
        return utc(cursor.execute("SELECT pg_catalog.clock_timestamp()").fetchone()[0])

    def join(self, connection: Any, cursor: Any) -> None:
        """Do nothing if the driver begins transactions by itself. With autocommit, the host must
        have begun one.
        """
        if connection.autocommit and connection.info.transaction_status == 0:
            raise StoreUnavailable(_AUTOCOMMIT)

    def is_open(self, connection: Any) -> bool:
        """Return whether the connection is inside a transaction."""
        return not connection.closed and connection.info.transaction_status != 0

    def is_lost(self, connection: Any) -> bool:
        """Return whether the connection to the server is broken."""
        return bool(connection.closed or connection.broken)

    def alone(self, cursor: Any) -> None:
        """Take an advisory lock until the transaction ends. Its number is the first bytes of the
        library's name, so that no other program uses it.
        """
        cursor.execute("SELECT pg_advisory_xact_lock(7165057)")

    def take_turns(self, cursor: Any, agency: str, *, alone: bool) -> None:
        """Take an advisory lock for the agency until the transaction ends."""
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        cursor.execute(f"SELECT {lock}(7165057, hashtext(%(agency)s))", {"agency": agency})

    def number_alone(self, cursor: Any, agency: str) -> None:
        """Take an advisory lock for the agency until the transaction ends."""
        query = "SELECT pg_advisory_xact_lock(7165058, hashtext(%(agency)s))"
        cursor.execute(query, {"agency": agency})

    def alone_in_vault(self, cursor: Any, agency: str) -> None:
        """Take another advisory lock for the agency until the transaction ends."""
        cursor.execute(
            "SELECT pg_advisory_xact_lock(7165059, hashtext(%(agency)s))", {"agency": agency}
        )

    def explain(self, error: BaseException) -> StoreError:
        """Tell the server's errors apart by their SQLSTATE class."""
        state = getattr(error, "sqlstate", None) or ""
        said = _said(error)
        if state.startswith("28"):
            return StoreUnavailable(
                f"{self.where} does not let this user in ({said}); nothing was written, check user and password"
            )
        if state.startswith("3D"):
            return StoreUnavailable(
                f"{self.where} does not exist ({said}); create it first, the tables are made when it is opened"
            )
        if state in {"42501", "25006"}:
            return StoreUnavailable(
                f"{self.where} may not be written by this user ({said}); nothing was written, grant what is missing"
            )
        if isinstance(error, _psycopg().DataError):
            return StoreUnavailable(
                f"{self.where} does not take a value ({said}); nothing was written, correct the value"
            )
        if state == "53100":
            return StoreUnavailable(
                f"{self.where}: the disk is full; nothing was written, make room and try again"
            )
        return self._other(state, said)

    def _other(self, state: str, said: str) -> StoreError:
        if state == "23505" and "coresponder_event_request" in said:
            return RequestTaken("")
        if state in {"57014", "55P03"}:
            return StoreUnavailable(
                f"{self.where}: it took longer than allowed ({said}); nothing was written, try again"
            )
        return StoreUnavailable(
            f"{self.where} cannot be reached or used now ({said}); nothing of this step was written, try again"
        )

    def may_write(self, cursor: Any, table: str) -> bool:
        """Return whether the catalog grants it and the session is not read-only."""
        query = "SELECT pg_catalog.has_table_privilege(%(name)s, 'INSERT') AND NOT pg_catalog.current_setting('transaction_read_only')::boolean"
        return bool(cursor.execute(query, {"name": table}).fetchone()[0])

    def open_outcome(self, error: BaseException) -> OutcomeUnknown | None:
        """Return the error if the connection was lost, and the answer with it. Any other error
        means that the server did not commit.
        """
        state = getattr(error, "sqlstate", None) or ""
        return (
            _unknown(self.where, error)
            if isinstance(error, self.error)
            and (not state or state[:2] == "08" or state[:3] == "57P")
            else None
        )

    def overwrite(self, cursor: Any) -> None:
        """Do nothing: PostgreSQL has no such option."""

    def erase(self, cursor: Any) -> None:
        """Let the space of the words be reused, which blocks nobody. Until it is, their bytes may
        remain in a page; see `scrub`.
        """
        if self._owns_vault(cursor):  # for other users, the server's autovacuum does it later
            cursor.execute("VACUUM (TRUNCATE FALSE) coresponder_vault")

    def _owns_vault(self, cursor: Any) -> bool:
        owner = "SELECT pg_catalog.pg_has_role(relowner, 'USAGE') FROM pg_catalog.pg_class WHERE oid = 'coresponder_vault'::regclass"
        return bool(cursor.execute(owner).fetchone()[0])

    def scrub(self, cursor: Any) -> None:
        """Rewrite the vault. This needs an exclusive lock, gives up if it does not get one, and has
        no time limit.
        """
        if not self._owns_vault(cursor):
            raise StoreUnavailable(
                f"{self.where}: this user does not own the vault and cannot rewrite it; run `coresponder scrub` as its owner"
            )
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute("SET statement_timeout = 0")
        try:
            cursor.execute("VACUUM FULL coresponder_vault")
        finally:
            cursor.execute("RESET lock_timeout")
            cursor.execute("RESET statement_timeout")
