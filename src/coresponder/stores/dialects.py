"""What differs from database to database: how a transaction begins, what an error means, how words
are erased. One place per database.
"""

from __future__ import annotations

import datetime as dt
import functools
import sqlite3
from pathlib import Path
from typing import Any, Protocol

import attrs

from coresponder.clock import cut_socket, utc_now, within
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
"""Seconds after its own limit in which a server that answers has answered."""

_AUTOCOMMIT = (
    "the host's connection commits each statement by itself, so a roll-back could not take the step with it; nothing was written, "
    "begin a transaction first"
)


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
    """What the SQL store needs to know of a database."""

    @property
    def name(self) -> str:
        """What SQLAlchemy calls it."""

    @property
    def error(self) -> type[Exception]:
        """What the driver raises."""

    @property
    def where(self) -> str:
        """The database in words."""

    @property
    def begin(self) -> str:
        """The statement that begins a transaction which will write."""

    @property
    def look(self) -> str:
        """The statement that begins a transaction which only reads, and sees one moment."""

    @property
    def one_statement(self) -> bool:
        """True if one statement can write a step, and several writers are at work, of whom one can
        hold an incident for long.
        """

    @property
    def paramstyle(self) -> str:
        """How the driver writes named parameters."""

    def cursor(self, connection: Any) -> Any:
        """Return a cursor of a host's connection that gives plain tuples, whatever the host made of
        its rows.
        """

    def now(self, cursor: Any) -> dt.datetime:
        """Return the time of the database."""

    def join(self, connection: Any, cursor: Any) -> None:
        """Make sure that a host's connection is in a transaction; raise `StoreUnavailable` if what
        is written would be committed at once.
        """

    def is_open(self, connection: Any) -> bool:
        """Return whether a driver's connection is inside a transaction that can be rolled back."""

    def is_lost(self, connection: Any) -> bool:
        """Return whether a driver's connection cannot be used any more."""

    def has_table(self, cursor: Any, name: str) -> bool:
        """Return whether there is a table of this name."""

    def alone(self, cursor: Any) -> None:
        """Wait until nobody else makes tables, inside the transaction that will."""

    def take_turns(self, cursor: Any, agency: str, *, alone: bool) -> None:
        """Wait, inside a transaction, until nobody is alone with the turns of an agency's notices;
        with `alone`, until nobody else is there.
        """

    def explain(self, error: BaseException) -> StoreError:
        """Return our error for a driver's, saying what to do."""

    def may_write(self, cursor: Any, table: str) -> bool:
        """Return whether this user may put rows into a table."""

    def open_outcome(self, error: BaseException) -> OutcomeUnknown | None:
        """Return our error if a commit that ended with this one may have been done all the same;
        None if it was not.
        """

    def overwrite(self, cursor: Any) -> None:
        """Have what is deleted on this connection overwritten, where the database does not by
        itself.
        """

    def erase(self, cursor: Any) -> None:
        """Let go of deleted words without keeping anybody waiting; raise `StoreUnavailable` if that
        cannot be done.
        """

    def scrub(self, cursor: Any) -> None:
        """Make sure that no byte of deleted words is left where it was, when nobody else uses the
        vault.
        """


@attrs.frozen
class Sqlite:
    """SQLite: one writer at a time, who waits for the lock at the beginning."""

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
        """Return this machine's time: a file is on it."""
        return utc_now()

    def join(self, connection: Any, cursor: Any) -> None:
        """Begin what the driver would begin with the first change; with a driver that commits by
        itself the host must have begun.
        """
        if connection.in_transaction:
            return
        if connection.isolation_level is None or getattr(connection, "autocommit", -1) is True:
            raise StoreUnavailable(_AUTOCOMMIT)
        cursor.execute(self.begin)

    def is_open(self, connection: Any) -> bool:
        """Return what the driver says."""
        return bool(connection.in_transaction)

    def is_lost(self, connection: Any) -> bool:
        """Return False: a file is not lost."""
        return False

    def alone(self, cursor: Any) -> None:
        """Do nothing: the transaction has the lock already."""

    def take_turns(self, cursor: Any, agency: str, *, alone: bool) -> None:
        """Do nothing: there is one writer."""

    def explain(self, error: BaseException) -> StoreError:
        """Tell the driver's errors apart by their text; SQLite has no other codes in Python 3.11."""
        text = str(error).lower()
        if "unique" in text and "coresponder_event.request" in text:
            return RequestTaken("")
        if "locked" in text or "busy" in text:
            return StoreUnavailable(
                f"{self.where} is locked by another writer; nothing was written, try again"
            )
        if "readonly" in text or "read-only" in text:
            return StoreUnavailable(
                f"{self.where} is read-only; nothing was written, give write permission to the file and its folder"
            )
        if "full" in text:
            return StoreUnavailable(
                f"{self.where}: the disk is full; nothing was written, make room and try again"
            )
        if "not a database" in text or "malformed" in text:
            return CorruptRecord(
                f"{self.where} is not a usable database ({error}); restore it from a backup"
            )
        return StoreUnavailable(f"{self.where}: {error}; nothing was written")

    def may_write(self, cursor: Any, table: str) -> bool:
        """Return whether the file may be written at all."""
        return not cursor.execute("PRAGMA query_only").fetchone()[0]

    def open_outcome(self, error: BaseException) -> OutcomeUnknown | None:
        """A disk that fails while it commits may have kept the commit."""
        if isinstance(error, self.error) and "disk i/o error" in str(error).lower():
            return _unknown(self.where, error)
        return None

    def overwrite(self, cursor: Any) -> None:
        """Ask for it: a host's connection may not have."""
        cursor.execute("PRAGMA secure_delete=ON")

    def erase(self, cursor: Any) -> None:
        """Empty the write-ahead log: the rows were overwritten (secure_delete), their text may
        still stand there.
        """
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy and busy[0]:
            raise StoreUnavailable(
                f"{self.where}: the entries are gone, but another reader holds the write-ahead log, where their text may stand; "
                "call forget again when it has finished"
            )

    def scrub(self, cursor: Any) -> None:
        """Do what `erase` does: the rows are overwritten in place."""
        self.erase(cursor)


def limit_waits(connection: Any, seconds: float) -> None:
    """Let no statement on a psycopg connection take longer: the server ends it, and if it does not
    answer, the connection is cut.
    """

    class Timed(_psycopg().Cursor):  # type: ignore[misc]
        def execute(self, *args: Any, **kwargs: Any) -> Any:
            with within(seconds + _GRACE, lambda: cut_socket(self.connection.fileno())):
                return super().execute(*args, **kwargs)

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
        """Look into the catalogue itself: a name that was once not found is cached until the
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
        """Ask the server, whose clock goes on within a transaction."""
        return utc(cursor.execute("SELECT pg_catalog.clock_timestamp()").fetchone()[0])

    def join(self, connection: Any, cursor: Any) -> None:
        """Do nothing where the driver begins by itself; with one that commits by itself the host
        must have begun.
        """
        if connection.autocommit and connection.info.transaction_status == 0:
            raise StoreUnavailable(_AUTOCOMMIT)

    def is_open(self, connection: Any) -> bool:
        """Return whether the server holds a transaction for this connection."""
        return not connection.closed and connection.info.transaction_status != 0

    def is_lost(self, connection: Any) -> bool:
        """Return whether the server went away."""
        return bool(connection.closed or connection.broken)

    def alone(self, cursor: Any) -> None:
        """Take an advisory lock that goes with the transaction; its number is ours alone (the first
        bytes of our name).
        """
        cursor.execute("SELECT pg_advisory_xact_lock(7165057)")

    def take_turns(self, cursor: Any, agency: str, *, alone: bool) -> None:
        """Take an advisory lock of the agency that goes with the transaction."""
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        cursor.execute(f"SELECT {lock}(7165057, hashtext(%(agency)s))", {"agency": agency})

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
                f"{self.where} does not take a value ({said}); nothing was written, mend the value"
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
                f"{self.where}: it took longer than it may ({said}); nothing was written, try again"
            )
        return StoreUnavailable(
            f"{self.where} cannot be reached or used now ({said}); nothing of this step was written, try again"
        )

    def may_write(self, cursor: Any, table: str) -> bool:
        """Ask the catalogue, and whether the session only reads."""
        query = "SELECT pg_catalog.has_table_privilege(%(name)s, 'INSERT') AND NOT pg_catalog.current_setting('transaction_read_only')::boolean"
        return bool(cursor.execute(query, {"name": table}).fetchone()[0])

    def open_outcome(self, error: BaseException) -> OutcomeUnknown | None:
        """A connection that is lost took the answer with it; any other error is the server's answer
        that it did not commit.
        """
        state = getattr(error, "sqlstate", None) or ""
        return (
            _unknown(self.where, error)
            if isinstance(error, self.error)
            and (not state or state[:2] == "08" or state[:3] == "57P")
            else None
        )

    def overwrite(self, cursor: Any) -> None:
        """Do nothing: it cannot be asked for."""

    def erase(self, cursor: Any) -> None:
        """Let the room that the words had be used again, which keeps nobody waiting. Until it is,
        their bytes may stand in a page: see `scrub`.
        """
        if self._owns_vault(
            cursor
        ):  # for anybody else the server does it by itself, in its own time
            cursor.execute("VACUUM (TRUNCATE FALSE) coresponder_vault")

    def _owns_vault(self, cursor: Any) -> bool:
        owner = "SELECT pg_catalog.pg_has_role(relowner, 'USAGE') FROM pg_catalog.pg_class WHERE oid = 'coresponder_vault'::regclass"
        return bool(cursor.execute(owner).fetchone()[0])

    def scrub(self, cursor: Any) -> None:
        """Write the vault anew. It needs the table alone, gives up when it does not get it, and may
        take as long as it takes.
        """
        if not self._owns_vault(cursor):
            raise StoreUnavailable(
                f"{self.where}: this user does not own the vault, so it cannot be written anew; run `coresponder scrub` as its owner"
            )
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute("SET statement_timeout = 0")
        try:
            cursor.execute("VACUUM FULL coresponder_vault")
        finally:
            cursor.execute("RESET lock_timeout")
            cursor.execute("RESET statement_timeout")
