"""Whose connection a SQL store works on: its own, one for each thread; one of a pool for each call;
or the host's, in the host's transaction.
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
    """Where a store finds a cursor, and how far its transactions go."""

    @property
    def settled(self) -> bool:
        """True when what is written now is committed at once."""

    @property
    def awaited(self) -> bool:
        """True over an asyncio driver, where a thread that waits would keep every task from
        running.
        """

    def reading(self) -> AbstractContextManager[Any]:
        """Return a context that gives a cursor, with the driver's errors translated."""

    def at_once(self) -> AbstractContextManager[Any]:
        """Return a context that gives a cursor for one statement that commits by itself."""

    def writing(self) -> AbstractContextManager[Any]:
        """Return a context that gives a cursor inside a transaction, or inside a part of one that
        can be undone by itself.
        """

    def batch(self) -> AbstractContextManager[None]:
        """Return a context in which all that is written is one transaction."""

    def close(self) -> None:
        """Let go of the database."""


def _translated(dialect: Dialect, error: Exception) -> StoreError:
    return dialect.explain(
        error.orig if isinstance(error, exc.DBAPIError) and error.orig is not None else error
    )


@attrs.define
class _Transaction:
    """A cursor within a transaction. Every step pays for one, so it is a plain object and no
    generator.
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
            except BaseException as error:  # noqa: BLE001 - it is raised below, when what was written is undone
                failed = self.dialect.open_outcome(error) or error
            else:
                return
        with suppress(self.dialect.error):  # of a connection that is lost, the database undoes it
            self.cursor.execute("ROLLBACK")
        self._tell(failed)
        if raised is None:
            raise failed from failed.__cause__

    def _tell(self, error: BaseException) -> None:
        """Raise our error for the driver's; where somebody outside does that, let it go on as it
        is.
        """
        if self.translate is not None and isinstance(error, self.dialect.error):
            raise self.translate(error) from error


class _Mine(threading.local):
    connection: sa.Connection | None = None
    cursor: Any = None
    in_batch: bool = False


@attrs.define
class Threads:
    """Each thread has a connection of its own, opened when it first needs one and opened again when
    it was lost.
    """

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
        """Give this thread's cursor."""
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
        """Write all inside in one transaction."""
        with self.writing():
            self.mine.in_batch = True
            try:
                yield
            finally:
                self.mine.in_batch = False

    def _failed(self, error: Exception) -> StoreError:
        """Translate, and forget a connection that is lost: the next call makes a new one."""
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
        """Let go of the database, in this thread and wherever no thread uses it."""
        if self.mine.connection is not None:
            self.mine.connection.close()
            self.mine.connection = self.mine.cursor = None
        self.engine.dispose()


_BATCH: ContextVar[Any] = ContextVar("coresponder_batch", default=None)


@attrs.frozen
class _Adapted:
    """A cursor over an asyncio driver, as SQLAlchemy adapts it, that can be read from what
    `execute` returns like any other.
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
    """Each call takes a connection from a pool: for more threads than a server has connections, and
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
        """Take a driver's connection out of the pool. An engine of our own commits by itself; a
        host's is told to.
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
        """Take a connection for one statement that commits by itself: when it is lost, nobody knows
        what was written.
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
        """Write all inside in one transaction."""
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
    """The host's connection: what is written is part of the host's transaction, and is gone if that
    is rolled back.
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
        """Give a cursor of the host's connection."""
        try:
            yield self._cursor()
        except self.dialect.error as error:
            raise _translated(self.dialect, error) from error

    def at_once(self) -> AbstractContextManager[Any]:
        """Write as always: the host commits."""
        return self.writing()

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Write within a savepoint, so that a step that fails leaves the host's transaction as it
        was.
        """
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
        """Do all inside or nothing; the commit is the host's."""
        with self.writing():
            yield

    def close(self) -> None:
        """Do nothing: the connection is the host's."""


def driver_connection(connection: Any) -> Any:
    """Return the driver's connection below what a host has: a SQLAlchemy session or connection, a
    Django connection, or the driver's own.

    A SQLAlchemy connection that is in no transaction begins one, as it does by itself with its
    first statement.
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
                "Django's connection is in no transaction, so a roll-back could not take the step with it; use transaction.atomic()"
            )
        connection.ensure_connection()
        connection = connection.connection
    return connection
