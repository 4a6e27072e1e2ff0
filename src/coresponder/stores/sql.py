"""The SQL store: SQLite, the embedded default (WAL, synchronous=FULL, BEGIN IMMEDIATE), PostgreSQL,
and the host's own connection to either.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import attrs

from coresponder.clock import utc_now
from coresponder.errors import MissingExtra, NotFound, StoreError, StoreUnavailable
from coresponder.outputs import described
from coresponder.program import Program

try:
    import sqlalchemy as sa
    from sqlalchemy import exc
except ImportError:  # pragma: no cover - tried by hand in an environment without it
    raise MissingExtra("sql", "the SQL store") from None

from coresponder.stores.connections import Connections, Joined, Pooled, Threads, driver_connection
from coresponder.stores.dialects import Dialect, Postgresql, Sqlite, limit_waits
from coresponder.stores.group import GroupCommit, TaskGroupCommit
from coresponder.stores.keys import KeyService
from coresponder.stores.recent import Recent
from coresponder.stores.relisting import listed_again
from coresponder.stores.schema import check_schema, migrate, prepare
from coresponder.stores.sealing import Cipher
from coresponder.stores.sql_feed import SqlFeed
from coresponder.stores.sql_index import SqlIndex
from coresponder.stores.sql_outbox import SqlOutbox
from coresponder.stores.sql_pages import SqlPages
from coresponder.stores.sql_vault import SqlVault
from coresponder.stores.sql_verify import SqlVerify

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["SqlStore"]

_LOG = logging.getLogger("coresponder")
_BUSY_SECONDS = 5.0
_WAIT_SECONDS = 30.0
_HEADS = 4096


@attrs.define(kw_only=True)
class SqlStore(SqlFeed, SqlIndex, SqlPages, SqlOutbox, SqlVault, SqlVerify):
    """A store in a SQL database. Threads may share it, and each has its own connection. `:memory:`
    is for one thread only.

    >>> with SqlStore.sqlite(":memory:") as store:
    ...     store.programs()
    ()
    """

    connections: Connections
    dialect: Dialect
    keys: KeyService | None = attrs.field(default=None, repr=False)
    _ciphers: Recent[tuple[str, str], Cipher] = attrs.field(
        init=False, repr=False, factory=lambda: Recent(_HEADS)
    )
    _live: Recent[tuple[str, str], str] = attrs.field(
        init=False, repr=False, factory=lambda: Recent(_HEADS)
    )
    _known: Recent[tuple[str, str], dict[str, Any]] = attrs.field(
        init=False, repr=False, factory=lambda: Recent(_HEADS)
    )
    _group: GroupCommit | TaskGroupCommit = attrs.field(init=False, repr=False)
    _wrote: set[str] = attrs.field(init=False, factory=set, repr=False)

    @_group.default
    def _make_group(self) -> GroupCommit | TaskGroupCommit:
        return (TaskGroupCommit if self.connections.awaited else GroupCommit)(
            self._write_alone, self._write_group
        )

    # --- opening --------------------------------------------------------------------------------------------------------

    @classmethod
    def open(
        cls,
        store: str | Path,
        *,
        must_exist: bool = True,
        read_only: bool = False,
        keys: KeyService | None = None,
    ) -> SqlStore:
        """Open a store by its name: a PostgreSQL DSN (`postgresql://...`), or a SQLite file.

        Args:
            store: the DSN or the file.
            must_exist: raise `NotFound` instead of making a file.
            read_only: allow no writes, not even by mistake; the file may be in a read-only folder.
            keys: the key service with which words are encrypted.
        """
        if not read_only:
            return (
                cls.postgresql(str(store), keys=keys)
                if "://" in str(store)
                else cls.sqlite(store, must_exist=must_exist, keys=keys)
            )
        if "://" in str(store):
            pool = _postgresql_pool(str(store), 1, read_only=True)
            return cls._opened(pool, keys, make_tables=False)
        _must_exist(store)
        return cls._opened(_sqlite_reading(Path(store)), keys, make_tables=False)

    @classmethod
    def sqlite(
        cls,
        path: str | Path,
        *,
        must_exist: bool = False,
        busy_seconds: float = _BUSY_SECONDS,
        keys: KeyService | None = None,
    ) -> SqlStore:
        """Open a SQLite file, which is made if it does not exist.

        Args:
            path: the file, or `:memory:`.
            must_exist: raise `NotFound` instead of making the file.
            busy_seconds: the longest wait for another writer, in seconds.
            keys: the key service with which words are encrypted; without one, new words are plain
                text, and encrypted ones cannot be read.

        Raises:
            StoreUnavailable: the file cannot be opened or written, stays locked, or has tables of
                an earlier version.
            CorruptRecord: the file is not a coresponder database, or was written by a newer
                version.
        """
        if must_exist:
            _must_exist(path)
        return cls._opened(_sqlite_threads(path, busy_seconds), keys)

    @classmethod
    def postgresql(
        cls,
        dsn: str,
        *,
        make_tables: bool = True,
        connections: int = 20,
        wait_seconds: float = _WAIT_SECONDS,
        keys: KeyService | None = None,
    ) -> SqlStore:
        """Open a PostgreSQL database.

        Args:
            dsn: for example `postgresql://user@host/database`; options follow a question mark.
            make_tables: make missing tables. Use False for a user who may not; an administrator
                then runs the SQL of `coresponder schema`.
            connections: the most connections; a thread that finds all of them busy waits.
            wait_seconds: the longest wait for one statement, a connection or a place in the pool,
                in seconds. A step has several statements, each with this limit.
            keys: the key service with which words are encrypted.

        Raises:
            MissingExtra: psycopg is not installed.
            StoreUnavailable: the DSN is not valid, the server refuses the connection, or the tables
                are of an earlier version.
            CorruptRecord: the tables were written by a newer version.
        """
        pool = _postgresql_pool(dsn, connections, wait_seconds=wait_seconds)
        return cls._opened(pool, keys, make_tables=make_tables)

    @classmethod
    def migrate(cls, store: str | Path) -> tuple[int, int]:
        """Bring the tables of a store up to date in one transaction; return their version before
        and after. Make a backup first.

        Incidents that are not on the lists yet are then listed, a few at a time, and events that
        have no position in the feed get one. An incident that
        cannot be read, or whose program was built in Python, comes first among what is owed;
        `rebuild` can list the latter.

        Args:
            store: a PostgreSQL DSN or a SQLite file.
        """
        if "://" not in str(store):
            _must_exist(store)
        connections = (
            _postgresql_pool(str(store), 1)
            if "://" in str(store)
            else _sqlite_threads(store, _BUSY_SECONDS)
        )
        try:
            versions = migrate(connections, connections.dialect)
        finally:
            connections.close()
        with cls.open(store) as opened:
            for agency in opened.agencies():
                marked = opened.unlisted(agency)
                for _ in listed_again(opened, agency, marked, {}, contacts=False):
                    continue  # it is marked
                opened.number_again(agency)
        return versions

    def rebuild(
        self, agency: str, *, programs: Mapping[str, Program] = MappingProxyType({})
    ) -> tuple[str, ...]:
        """Rebuild the entries of every incident on the lists from its log, and give a position in
        the feed to events that have none. Return each incident that cannot be read, with the
        reason. It comes first among what is owed.

        Args:
            agency: the agency whose incidents are listed.
            programs: name -> program, for programs built in Python; others are in the store.
        """
        self.number_again(agency)
        faults = listed_again(self, agency, self.incidents(agency), programs)
        return tuple(f"incident {incident}: {reason}" for incident, reason in faults)

    @classmethod
    def asyncio(cls, engine: AsyncEngine, *, keys: KeyService | None = None) -> SqlStore:
        """Return a store on a SQLAlchemy `AsyncEngine`, for `AsyncWorkflow` and `AsyncStore`.

        Its tables must exist: `coresponder schema` prints their SQL, and `SqlStore.sqlite` and
        `SqlStore.postgresql` make them.
        """
        name = engine.sync_engine.dialect.name
        dialect: Dialect = (
            Sqlite(engine.url.database or ":memory:")
            if name == "sqlite"
            else Postgresql(f"database {engine.url.database}")
        )
        pool = Pooled(
            engine.sync_engine.execution_options(isolation_level="AUTOCOMMIT"),
            dialect,
            awaited=True,
        )
        return cls(connections=pool, dialect=dialect, keys=keys)

    @classmethod
    def join(cls, connection: object, *, keys: KeyService | None = None) -> SqlStore:
        """Return a store that works in the host's transaction: a rollback also undoes events and
        notices.

        Args:
            connection: a SQLAlchemy `Connection` or `Session`, a psycopg or sqlite3 connection, or
                Django's connection. The tables must exist. Each write is a savepoint, so a refused
                step leaves the transaction as it was.
            keys: the key service with which words are encrypted.

        Raises:
            StoreUnavailable: the connection autocommits, or is of an unknown kind.
        """
        driver = driver_connection(connection)
        dialects: dict[str, type[Sqlite | Postgresql]] = {
            "sqlite3": Sqlite,
            "aiosqlite": Sqlite,
            "psycopg": Postgresql,
        }
        below = getattr(driver, "driver_connection", driver)
        kinds = (base.__module__.partition(".")[0] for base in type(below).__mro__)
        found = next((dialects[kind] for kind in kinds if kind in dialects), None)
        if found is None:
            raise StoreUnavailable(
                f"{type(connection).__name__} is not a connection that a store can join; pass one of SQLAlchemy, psycopg, sqlite3 or Django"
            )
        dialect = found()
        return cls(connections=Joined(driver, dialect), dialect=dialect, keys=keys)

    @classmethod
    def _opened(
        cls,
        connections: Threads | Pooled,
        keys: KeyService | None = None,
        *,
        make_tables: bool = True,
    ) -> SqlStore:
        """Return an open store with its tables; close the connections if that fails."""
        try:
            prepare(connections, connections.dialect, make_tables=make_tables)
            return cls(connections=connections, dialect=connections.dialect, keys=keys)
        except BaseException:
            connections.close()
            raise

    @property
    def engine(self) -> sa.Engine:
        """The engine of a store that has its own connections."""
        return self.connections.engine  # type: ignore[attr-defined,no-any-return]

    @property
    def settled(self) -> bool:
        """True if a write is committed at once; False inside a batch or the host's transaction."""
        return self.connections.settled

    def now(self) -> dt.datetime:
        """Return the time of the database."""
        with self.connections.reading() as cursor:
            return self.dialect.now(cursor)

    def check_schema(self) -> None:
        """Raise `StoreUnavailable` or `CorruptRecord` if the tables are not of this version."""
        with self.connections.reading() as cursor:
            check_schema(cursor, self.dialect)

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def batch(self) -> AbstractContextManager[None]:
        """Make all writes inside one transaction."""
        return self.connections.batch()

    def close(self) -> None:
        """Make a checkpoint if anything was written, and close the connections."""
        for agency in sorted(self._wrote.copy()):
            try:
                self.checkpoint(agency, at=utc_now())
            except StoreError as fault:
                _LOG.warning("no checkpoint was made for %s: %s", agency, fault)
        self._wrote.clear()
        self.connections.close()


def _prepare_sqlite(engine: sa.Engine, busy_seconds: float) -> None:
    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
            f"busy_timeout={int(busy_seconds * 1000)}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _must_exist(path: str | Path) -> None:
    if not Path(path).is_file():
        raise NotFound(
            f"{path}: there is no such store; `coresponder keep {path} PROGRAM` makes one without "
            f"incidents, `coresponder run --store {path}` one of a made-up night"
        )


def _sqlite_threads(path: str | Path, busy_seconds: float) -> Threads:
    options: dict[str, Any] = {"connect_args": {"timeout": busy_seconds}}
    engine = (
        sa.create_engine("sqlite://", **options)
        if str(path) == ":memory:"
        else sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool, **options)
    )
    _prepare_sqlite(engine, busy_seconds)
    return Threads(engine, Sqlite(str(path)))


def _sqlite_reading(path: Path) -> Threads:
    """Open a file read-only. If the folder cannot be written and the write-ahead log has steps,
    raise, because they could not be read.
    """
    log, mode = path.with_name(path.name + "-wal"), "mode=ro"
    if not os.access(path.parent, os.W_OK) or _is_on_read_only(path):
        if log.is_file() and log.stat().st_size:
            raise StoreUnavailable(
                f"{path.name}: its newest steps are in {log.name}, which cannot be read where nothing can be written; copy both files to a folder "
                "that can be written, then open the copy"
            )
        mode += "&immutable=1"
    engine = sa.create_engine(
        f"sqlite:///file:{quote(str(path.resolve()))}?{mode}&uri=true", poolclass=sa.NullPool
    )

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only=ON")

    return Threads(engine, Sqlite(str(path)))


def _is_on_read_only(path: Path) -> bool:
    """Return whether the file system is read-only, which a file's permissions do not show."""
    return hasattr(os, "statvfs") and bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _postgresql_pool(
    dsn: str, connections: int, *, read_only: bool = False, wait_seconds: float = _WAIT_SECONDS
) -> Pooled:
    url, where = _postgresql_url(dsn)
    try:
        engine = sa.create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_size=connections,
            max_overflow=0,
            pool_timeout=wait_seconds,
            connect_args={"connect_timeout": max(2, round(wait_seconds))},
        )
    except ImportError:
        raise MissingExtra("postgresql", "the PostgreSQL store") from None

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        limit_waits(connection, wait_seconds)
        if read_only:
            connection.execute("SET default_transaction_read_only = on")

    return Pooled(engine, Postgresql(where))


def _postgresql_url(dsn: str) -> tuple[sa.URL, str]:
    try:
        url = sa.make_url(dsn)
    except (exc.ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in {"postgresql", "postgres"}:
        raise StoreUnavailable(
            f"this is not a DSN ({described(dsn)}); write it like 'postgresql://user@host/database'"
        )
    url = url.set(drivername="postgresql+psycopg")
    return url, f"database {url.database or ''} on {url.host or 'this machine'}"
