"""The connections of a SQL store: its own, one for each thread; one from a pool for each call; or
the host's, in the host's transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Protocol

import attrs
import sqlalchemy as sa
from sqlalchemy import exc, orm

from coresponder.errors import OutcomeUnknown, StoreError, StoreUnavailable
from coresponder.stores.dialects import Dialect

__all__ = ["Connections", "Joined", "Pooled", "Threads", "driver_connection"]


class Connections(Protocol):
    """Gives a store its cursors, and decides how far its transactions reach."""

    @property
    def settled(self) -> bool:
        """True if a write is committed at once."""

    @property
    def awaited(self) -> bool:
        """True for an asyncio driver, where a waiting thread would stop every task."""

    def reading(self) -> AbstractContextManager[Any]:
        """Return a context that gives a cursor and translates the driver's errors."""

    def at_once(self) -> AbstractContextManager[Any]:
        """Return a context that gives a cursor for one statement that is its own transaction."""

    def writing(self) -> AbstractContextManager[Any]:
        """Return a context that gives a cursor inside a transaction or a savepoint."""

    def batch(self) -> AbstractContextManager[None]:
        """Return a context whose writes are one transaction."""

    def close(self) -> None:
        """Close the connections to the database."""


def _translated(dialect: Dialect, error: Exception) -> StoreError:
    return dialect.explain(
        error.orig if isinstance(error, exc.DBAPIError) and error.orig is not None else error
    )


@attrs.define
class _Transaction:
    """A cursor within a transaction. Every step needs one, so it is a plain object, which is faster
    than a generator.
    """

    dialect: Dialect
    cursor: Any
    translate: Callable[[Exception], StoreError] | None = None

    def __enter__(self) -> Any:
        try:
            self.cursor.execute(self.dialect.begin)
        except self.dialect.error as error:
            self._tell(error)
            raise
        return self.cursor

    def __exit__(self, _kind: object, raised: BaseException | None, _trace: object) -> None:
        failed = raised
        if failed is None:
            try:
                self.cursor.execute("COMMIT")
            except BaseException as error:  # noqa: BLE001 - it is raised below, after the transaction is undone
                failed = self.dialect.open_outcome(error) or error
            else:
                return
        with suppress(
            self.dialect.error
        ):  # if the connection is lost, the database undoes the transaction
            self.cursor.execute("ROLLBACK")
        self._tell(failed)
        if raised is None:
            raise failed from failed.__cause__

    def _tell(self, error: BaseException) -> None:
        """Raise the library's error for the driver's, unless an outer context does so."""
        if self.translate is not None and isinstance(error, self.dialect.error):
            raise self.translate(error) from error


class _Mine(threading.local):
    connection: sa.Connection | None = None
    cursor: Any = None
    in_batch: bool = False


@attrs.define
class Threads:
    """Gives each thread its own connection, opened at first use and reopened when it was lost."""

    engine: sa.Engine
    dialect: Dialect
    awaited = False
    mine: _Mine = attrs.field(init=False, factory=_Mine)

    @property
    def settled(self) -> bool:
        """True outside a batch."""
        return not self.mine.in_batch

    def _cursor(self) -> Any:
        mine = self.mine
        if mine.cursor is None:
            mine.connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            mine.cursor = mine.connection.connection.cursor()
        return mine.cursor

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Yield this thread's cursor."""
        try:
            yield self._cursor()
        except (exc.DBAPIError, self.dialect.error) as error:
            raise self._failed(error) from error

    def at_once(self) -> AbstractContextManager[Any]:
        """Open a transaction for the statement."""
        return self.writing()

    def writing(self) -> AbstractContextManager[Any]:
        """Open a transaction, or join that of the batch."""
        if self.mine.in_batch:
            return self.reading()
        try:
            return _Transaction(self.dialect, self._cursor(), self._failed)
        except (exc.DBAPIError, self.dialect.error) as error:
            raise self._failed(error) from error

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make all writes inside one transaction."""
        with self.writing():
            self.mine.in_batch = True
            try:
                yield
            finally:
                self.mine.in_batch = False

    def _failed(self, error: Exception) -> StoreError:
        """Translate an error. A lost connection is dropped, and the next call opens a new one."""
        mine = self.mine
        if (
            mine.connection is not None
            and mine.cursor is not None
            and self.dialect.is_lost(mine.cursor.connection)
        ):
            mine.connection.invalidate()
            mine.connection = mine.cursor = None
        return _translated(self.dialect, error)

    def close(self) -> None:
        """Close this thread's connection, and those of threads that have ended."""
        if self.mine.connection is not None:
            self.mine.connection.close()
            self.mine.connection = self.mine.cursor = None
        self.engine.dispose()


_BATCH: ContextVar[Any] = ContextVar("coresponder_batch", default=None)


@attrs.frozen
class _Adapted:
    """A cursor of an asyncio driver in SQLAlchemy's adaptation, whose `execute` returns a readable
    cursor like every other driver's.
    """

    cursor: Any

    def execute(self, text: str, values: Any = ()) -> _Adapted:
        """Run a statement."""
        self.cursor.execute(text, values)
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)


@attrs.define
class Pooled:
    """Gives each call a connection from a pool, for more threads than a server has connections, and
    for many tasks in one thread.

    Attributes:
        awaited: True over an asyncio driver.
    """

    engine: sa.Engine
    dialect: Dialect
    awaited: bool = False

    @property
    def settled(self) -> bool:
        """True outside a batch."""
        return _BATCH.get() is None

    @contextmanager
    def _checked_out(self) -> Iterator[Any]:
        """Take a driver's connection out of the pool. The library's own engine autocommits; a
        host's is set to.
        """
        if not self.awaited:
            raw = self.engine.raw_connection()
            try:
                yield raw
            finally:
                raw.close()
            return
        with self.engine.connect() as connection:
            yield connection.connection

    def reading(self) -> AbstractContextManager[Any]:
        """Take a connection for this call."""
        return self._call(commits=False)

    def at_once(self) -> AbstractContextManager[Any]:
        """Take a connection for one statement that is its own transaction. If it is lost, the
        outcome is unknown.
        """
        return self._call(commits=True)

    @contextmanager
    def _call(self, *, commits: bool) -> Iterator[Any]:
        if (cursor := _BATCH.get()) is not None:
            yield cursor
            return
        try:
            with self._checked_out() as connection:
                cursor = connection.cursor()
                try:
                    yield _Adapted(cursor) if self.awaited else cursor
                except (self.dialect.error, OutcomeUnknown) as error:
                    connection.invalidate()
                    raise (
                        self.dialect.open_outcome(error) if commits else None
                    ) or error from error.__cause__
        except exc.TimeoutError as error:
            raise StoreUnavailable(
                f"{self.dialect.where}: every connection is busy; nothing was written, try again or allow more"
            ) from error
        except (exc.DBAPIError, self.dialect.error) as error:
            raise _translated(self.dialect, error) from error

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Take a connection and open a transaction, or join that of the batch."""
        with self.reading() as cursor:
            if _BATCH.get() is not None:
                yield cursor
                return
            with _Transaction(self.dialect, cursor):
                yield cursor

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make all writes inside one transaction."""
        with self.writing() as cursor:
            token = _BATCH.set(cursor)
            try:
                yield
            finally:
                _BATCH.reset(token)

    def close(self) -> None:
        """Let go of the pool."""
        self.engine.dispose()


@attrs.define
class Joined:
    """Uses the host's connection: writes are part of the host's transaction, and undone if it is
    rolled back.
    """

    connection: Any
    dialect: Dialect
    settled = False
    awaited = False

    def _cursor(self) -> Any:
        adapted = isinstance(self.connection, sa.AdaptedConnection)
        return (
            _Adapted(self.connection.cursor()) if adapted else self.dialect.cursor(self.connection)
        )

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Yield a cursor of the host's connection."""
        try:
            yield self._cursor()
        except self.dialect.error as error:
            raise _translated(self.dialect, error) from error

    def at_once(self) -> AbstractContextManager[Any]:
        """Write as in any other way, because the host commits."""
        return self.writing()

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Write within a savepoint, so that a failed step leaves the host's transaction as it was."""
        try:
            cursor, driver = (
                self._cursor(),
                getattr(self.connection, "driver_connection", self.connection),
            )
            self.dialect.join(driver, cursor)
            cursor.execute("SAVEPOINT coresponder")
            try:
                yield cursor
            except BaseException:
                if self.dialect.is_open(driver):
                    cursor.execute("ROLLBACK TO SAVEPOINT coresponder")
                    cursor.execute("RELEASE SAVEPOINT coresponder")
                raise
            cursor.execute("RELEASE SAVEPOINT coresponder")
        except self.dialect.error as error:
            raise _translated(self.dialect, error) from error

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Do everything inside or nothing; the host commits."""
        with self.writing():
            yield

    def close(self) -> None:
        """Do nothing: the connection is the host's."""


def driver_connection(connection: Any) -> Any:
    """Return the driver's connection of a SQLAlchemy session or connection, a Django connection, or
    itself.

    A SQLAlchemy connection outside a transaction begins one, as its first statement would.
    """
    if isinstance(connection, orm.Session | orm.scoped_session):
        connection = connection.connection()
    if isinstance(connection, sa.Connection):
        if not connection.in_transaction():
            connection.begin()
        connection = connection.connection.dbapi_connection
    elif hasattr(connection, "ensure_connection"):
        if not connection.in_atomic_block and connection.get_autocommit():
            raise StoreUnavailable(
                "Django's connection is not in a transaction, so a rollback could not undo the step; use transaction.atomic()"
            )
        connection.ensure_connection()
        connection = connection.connection
    return connection
