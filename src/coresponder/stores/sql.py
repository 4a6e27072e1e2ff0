"""The SQL store: SQLite, the embedded default (WAL, synchronous=FULL, BEGIN IMMEDIATE), PostgreSQL, and the host's own connection to either."""

from __future__ import annotations

import datetime as dt
import functools
import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

import attrs

from coresponder.clock import utc_now
from coresponder.domain.objects import Prior
from coresponder.errors import CorruptRecord, MissingExtra, NotFound, ResponderTaken, StaleVersion, StoreError, StoreUnavailable
from coresponder.stores.base import Append, Contact, Engagement, StoredIncident, Summary, check_chain, instant, prior_from, seal, stamp
from coresponder.stores.codec import Stored, genesis

try:
    import sqlalchemy as sa
    from sqlalchemy import exc
except ImportError:  # pragma: no cover - tried by hand in an environment without it
    raise MissingExtra("sql", "the SQL store") from None

from coresponder.stores.connections import Connections, Joined, Pooled, Threads, driver_connection
from coresponder.stores.dialects import Dialect, Postgresql, Sqlite
from coresponder.stores.group import GroupCommit
from coresponder.stores.schema import check_schema, migrate, prepare
from coresponder.stores.sql_outbox import SqlOutbox, outbox_row
from coresponder.stores.sql_vault import SqlVault
from coresponder.stores.sql_verify import SqlVerify
from coresponder.stores.statements import CONTACT_FIELDS, compiled, one_trip, ready, written
from coresponder.stores.tables import CONTACT, ENGAGEMENT, INCIDENT

__all__ = ["SqlStore"]

_LOG = logging.getLogger("coresponder")
_BUSY_SECONDS = 5.0
_HEADS = 4096


@attrs.define(kw_only=True)
class SqlStore(SqlOutbox, SqlVault, SqlVerify):
    """A store in a SQL database. Several threads may share it, each has its own connection; `:memory:` is for one thread.

    >>> with SqlStore.sqlite(":memory:") as store:
    ...     store.programs()
    ()
    """

    connections: Connections
    dialect: Dialect
    ready: dict[str, str] = attrs.field(init=False)
    _heads: OrderedDict[tuple[str, str], tuple[int, str]] = attrs.field(init=False, factory=OrderedDict)
    _group: GroupCommit = attrs.field(init=False)
    _wrote: set[str] = attrs.field(init=False, factory=set)

    @ready.default
    def _statements(self) -> dict[str, str]:
        return ready(self.dialect.name)

    @_group.default
    def _make_group(self) -> GroupCommit:
        return GroupCommit(self._write_alone, self._write_group)

    # --- opening --------------------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, store: str | Path, *, must_exist: bool = True) -> SqlStore:
        """Open a store by its name: a PostgreSQL DSN (`postgresql://...`), or a SQLite file."""
        return cls.postgresql(str(store)) if "://" in str(store) else cls.sqlite(store, must_exist=must_exist)

    @classmethod
    def sqlite(cls, path: str | Path, *, must_exist: bool = False, busy_seconds: float = _BUSY_SECONDS) -> SqlStore:
        """Open a SQLite file, made when it is not there.

        Args:
            path: the file, or `:memory:`.
            must_exist: raise `NotFound` instead of making it.
            busy_seconds: how long to wait for another writer.

        Raises:
            StoreUnavailable: the file cannot be opened or written, stays locked, or has tables of an earlier version.
            CorruptRecord: it is not a coresponder database, or was written by a newer version.
        """
        if must_exist:
            _must_exist(path)
        return cls._opened(_sqlite_threads(path, busy_seconds))

    @classmethod
    def postgresql(cls, dsn: str, *, make_tables: bool = True, connections: int = 20) -> SqlStore:
        """Open a PostgreSQL database.

        Args:
            dsn: for example `postgresql://user@host/database`; options go behind a question mark.
            make_tables: make the tables when they are not there; False for a user who may not, whose administrator runs
                `coresponder schema`.
            connections: how many at most; a thread that finds all of them busy waits.

        Raises:
            MissingExtra: psycopg is not installed.
            StoreUnavailable: the DSN is not one, the server does not let us in, or the tables are of an earlier version.
            CorruptRecord: the tables were written by a newer version.
        """
        return cls._opened(_postgresql_pool(dsn, connections), make_tables=make_tables)

    @classmethod
    def migrate(cls, store: str | Path) -> tuple[int, int]:
        """Bring the tables of a store up to date, in one transaction; return their version before and after. Make a backup first.

        Args:
            store: a PostgreSQL DSN or a SQLite file.
        """
        if "://" not in str(store):
            _must_exist(store)
        connections = _postgresql_pool(str(store), 1) if "://" in str(store) else _sqlite_threads(store, _BUSY_SECONDS)
        try:
            return migrate(connections, connections.dialect)
        finally:
            connections.close()

    @classmethod
    def asyncio(cls, engine: Any) -> SqlStore:
        """Make a store on a SQLAlchemy `AsyncEngine`, for `AsyncWorkflow` and `AsyncStore`, which run it.

        Its tables must be there: `coresponder schema` prints them, `SqlStore.sqlite` and `.postgresql` make them.
        """
        name = engine.sync_engine.dialect.name
        dialect: Dialect = Sqlite(engine.url.database or ":memory:") if name == "sqlite" else Postgresql(f"database {engine.url.database}")
        pool = Pooled(engine.sync_engine.execution_options(isolation_level="AUTOCOMMIT"), dialect, waits=False)
        return cls(connections=pool, dialect=dialect)

    @classmethod
    def join(cls, connection: Any) -> SqlStore:
        """Make a store that works in the host's transaction: a roll-back takes events and notices with it.

        Args:
            connection: a SQLAlchemy `Connection` or `Session`, a psycopg or sqlite3 connection, or Django's connection. The tables
                must be there. Each write is a savepoint, so a step that is refused leaves the transaction as it was.

        Raises:
            StoreUnavailable: the connection commits each statement by itself, or is none that we know.
        """
        driver = driver_connection(connection)
        dialects: dict[str, type[Sqlite | Postgresql]] = {"sqlite3": Sqlite, "aiosqlite": Sqlite, "psycopg": Postgresql}
        below = getattr(driver, "driver_connection", driver)
        kinds = (base.__module__.partition(".")[0] for base in type(below).__mro__)
        found = next((dialects[kind] for kind in kinds if kind in dialects), None)
        if found is None:
            raise StoreUnavailable(
                f"{type(connection).__name__} is no connection that a store can join; pass one of SQLAlchemy, psycopg, sqlite3 or Django"
            )
        dialect = found()
        return cls(connections=Joined(driver, dialect), dialect=dialect)

    @classmethod
    def _opened(cls, connections: Threads | Pooled, *, make_tables: bool = True) -> SqlStore:
        """Have the tables ready, or let go of everything."""
        try:
            prepare(connections, connections.dialect, make_tables=make_tables)
            return cls(connections=connections, dialect=connections.dialect)
        except BaseException:
            connections.close()
            raise

    @property
    def engine(self) -> sa.Engine:
        """The engine of a store that has its own connections."""
        return self.connections.engine  # type: ignore[attr-defined,no-any-return]

    @property
    def settled(self) -> bool:
        """True when what is written is committed at once."""
        return self.connections.settled

    def check_schema(self) -> None:
        """Raise if the tables are not those of this version."""
        with self.connections.reading() as cursor:
            check_schema(cursor, self.dialect)

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the database at the end of the block."""
        self.close()

    def batch(self) -> AbstractContextManager[None]:
        """Write all inside in one transaction."""
        return self.connections.batch()  # type: ignore[no-any-return]

    def close(self) -> None:
        """Make a checkpoint of what was written, and let go of the database."""
        for agency in sorted(self._wrote):
            try:
                self.checkpoint(agency, at=utc_now())
            except StoreError as fault:
                _LOG.warning("no checkpoint was made for %s: %s", agency, fault)
        self._wrote.clear()
        self.connections.close()

    # --- the log --------------------------------------------------------------------------------------------------------

    def append(self, step: Append) -> None:
        """Write a step at once or not at all; steps that wait at the same time share a commit."""
        if not self.settled:
            with self.connections.writing() as cursor, self._apart(cursor, step):
                self._write_step(cursor, step)
        elif self.connections.waits:
            self._group(step)
        else:
            self._write_alone(step)
        self._wrote.add(step.agency)

    def _write_group(self, steps: list[Append]) -> list[Exception | None]:
        """Write steps in one transaction; return for each why it was refused, or None. A fault of the database is raised."""
        outcomes: list[Exception | None] = []
        heads = []
        with self.connections.writing() as cursor:
            for step in steps:
                try:
                    with self._apart(cursor, step):
                        heads.append((step, self._write_step(cursor, step)))
                except (StaleVersion, ResponderTaken) as refused:
                    outcomes.append(refused)
                else:
                    outcomes.append(None)
        for step, head in heads:
            self._keep(_key(step), step.summary.version, head)
        return outcomes

    def _write_alone(self, step: Append) -> None:
        """Write one step in a transaction of its own."""
        head, previous = None, self._at_once(step)
        if previous is not None:
            with self.connections.reading() as cursor:
                head = self._write_at_once(cursor, step, previous)
        if head is None:
            with self.connections.writing() as cursor:
                head = self._write_parts(cursor, step)
        self._keep(_key(step), step.summary.version, head)

    def _write_step(self, cursor: Any, step: Append) -> str:
        """Write a step in a transaction that has more in it; return the new head of the chain."""
        previous = self._at_once(step)
        head = None if previous is None else self._write_at_once(cursor, step, previous)
        return head or self._write_parts(cursor, step)

    def _at_once(self, step: Append) -> str | None:
        """Return the head that a step goes on from, if the database takes such a step in one statement, which is one round trip."""
        return self._remembered(step) if self.dialect.name == "postgresql" and not (step.engages or step.releases) else None

    def _write_at_once(self, cursor: Any, step: Append, previous: str) -> str | None:
        """Write it all in one statement; return the new head of the chain, or None if the incident does not stand where it was remembered."""
        rows, head = seal(step, previous)
        values = _head_values(step, previous, head)
        whose = {"agency": step.agency, "incident": step.summary.incident}
        parts = (
            ("event", [whose | row._asdict() for row in rows]),
            ("contact", _contact_rows(whose, step)),
            ("notice", [outbox_row(step.agency, n, step.recorded_at) for n in step.notices]),
        )
        for part, records in parts:
            for number, record in enumerate(records):
                values |= {f"{part}_{name}_{number}": value for name, value in record.items()}
        text = one_trip(len(rows), len(step.contacts) + len(step.gone), len(step.notices), opens=step.expected == 0)
        return head if cursor.execute(text, values).fetchone()[0] else None

    def _keep(self, key: tuple[str, str], version: int, head: str) -> None:
        """Remember where an incident stands, so that the next step need not ask; that it still does is found out by writing."""
        self._heads[key] = (version, head)
        if len(self._heads) > _HEADS:
            self._heads.popitem(last=False)

    def _remembered(self, step: Append) -> str | None:
        """Return the head of the chain that a step goes on from, if it need not be looked up."""
        if step.expected == 0:
            return genesis(step.agency, step.summary.incident, step.summary.program)
        version, head = self._heads.get(_key(step), (0, ""))
        return head if version == step.expected else None

    @contextmanager
    def _apart(self, cursor: Any, step: Append) -> Iterator[None]:
        """Undo what a step wrote before it was refused. Only one that engages somebody can be refused after its first write."""
        if not step.engages:
            yield
            return
        cursor.execute("SAVEPOINT one_step")
        try:
            yield
        except (StaleVersion, ResponderTaken):
            cursor.execute("ROLLBACK TO SAVEPOINT one_step")
            cursor.execute("RELEASE SAVEPOINT one_step")
            raise
        cursor.execute("RELEASE SAVEPOINT one_step")

    def _move(self, cursor: Any, step: Append) -> tuple[tuple[Stored, ...], str]:
        """Move the incident on, from where it is remembered to stand or else from where it stands; return the sealed rows and the new head."""
        statement = self.ready["move" if step.expected else "open"]
        for remembered in (self._remembered(step), None):
            version, previous = (step.expected, remembered) if remembered else self._standing(cursor, step)
            if version == step.expected:
                rows, head = seal(step, previous)
                cursor.execute(statement, _head_values(step, previous, head))
                if cursor.rowcount == 1:
                    return rows, head
        raise StaleVersion(step.summary.incident, step.expected, self._standing(cursor, step)[0])

    def _standing(self, cursor: Any, step: Append) -> tuple[int, str]:
        """Return version and head of an incident as they are stored."""
        agency, summary = step.agency, step.summary
        found = cursor.execute(self.ready["head"], {"agency": agency, "incident": summary.incident}).fetchone()
        return found or (0, genesis(agency, summary.incident, summary.program))

    def _write_parts(self, cursor: Any, step: Append) -> str:
        """Write a step table by table; return the new head of the chain."""
        rows, head = self._move(cursor, step)
        ready, key = self.ready, {"agency": step.agency, "incident": step.summary.incident}
        for row in rows:
            cursor.execute(ready["event"], key | row._asdict())
        for contact in _contact_rows(key, step):
            cursor.execute(ready["contact"], contact)
        for notice in step.notices:
            cursor.execute(ready["notice"], outbox_row(step.agency, notice, step.recorded_at))
        self._engage(cursor, step)
        return head

    def _engage(self, cursor: Any, step: Append) -> None:
        """Write who is busy with the incident now; of two incidents that want the same responder exactly one gets through."""
        if not (step.engages or step.releases):
            return
        incident, now = step.summary.incident, stamp(step.recorded_at)
        for responder in sorted(step.releases):
            free = written(ENGAGEMENT, {"agency": step.agency, "responder": responder, "incident": "", "since": now})
            cursor.execute(self.ready["release"], {**free, "left": incident})
        for responder in sorted(step.engages):
            values = written(ENGAGEMENT, {"agency": step.agency, "responder": responder, "incident": incident, "since": now})
            cursor.execute(self.ready["take_over" if step.forced else "engage"], values)
            if cursor.rowcount != 1 and not step.forced:
                where, since = cursor.execute(self.ready["engaged_where"], values).fetchone()
                if where != incident:
                    raise ResponderTaken(responder, where, dt.datetime.fromisoformat(since))

    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows, their chain checked."""
        with self.connections.reading() as cursor:
            return self._load(cursor, agency, incident)

    def _load(self, cursor: Any, agency: str, incident: str) -> StoredIncident:
        """Read head and rows in one statement, so that nobody writes between the two."""
        found = cursor.execute(self.ready["load"], {"agency": agency, "incident": incident}).fetchall()
        if not found:
            raise NotFound(f"there is no incident {incident!r}")
        version, head, program = found[0][:3]
        rows = tuple(Stored._make(row[3:]) for row in found if row[3] is not None)
        checked = check_chain(agency, StoredIncident(incident=incident, program=program, rows=rows), version=version, head=head)
        if self.settled:
            self._keep((agency, incident), version, head)
        return checked

    def version(self, agency: str, incident: str) -> int:
        """Return the number of the last event."""
        with self.connections.reading() as cursor:
            found = cursor.execute(self.ready["head"], {"agency": agency, "incident": incident}).fetchone()
        return int(found[0]) if found else 0

    def find(
        self, agency: str, *, state: str | None = None, person: str | None = None, due_before: dt.datetime | None = None, owing: bool = False
    ) -> tuple[Summary, ...]:
        """Return the incidents that fit all that is given."""
        i = INCIDENT.c
        query = sa.select(*(i[name] for name in _SUMMARY)).where(i.agency == agency).order_by(i.next_due.is_(None), i.next_due, i.incident)
        if state is not None:
            query = query.where(i.state == state)
        if due_before is not None:
            query = query.where(i.next_due <= stamp(due_before))
        if owing:
            query = query.where(i.obligations > 0)
        if person is not None:
            c = CONTACT.c
            mine = sa.select(c.incident).where((c.agency == agency) & (c.person == person) & (c.contact_at != ""))
            query = query.where(i.incident.in_(mine))
        text, values = compiled(self.dialect.name, query)
        with self.connections.reading() as cursor:
            return tuple(_summary(row) for row in cursor.execute(text, values).fetchall())

    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents."""
        with self.connections.reading() as cursor:
            rows = cursor.execute(self.ready["prior"], {"agency": agency, "person": person, "excluding": excluding}).fetchall()
        return prior_from((_contact(dict(zip(CONTACT_FIELDS, row, strict=True))) for row in rows), at)

    def engaged(self, agency: str) -> tuple[Engagement, ...]:
        """Return who is busy with what."""
        with self.connections.reading() as cursor:
            rows = cursor.execute(self.ready["engaged"], {"agency": agency}).fetchall()
        return tuple(Engagement(responder=r, incident=i, since=dt.datetime.fromisoformat(since)) for r, i, since in rows)


_SUMMARY = tuple(field.name for field in attrs.fields(Summary))


def _prepare_sqlite(engine: sa.Engine, busy_seconds: float) -> None:
    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"busy_timeout={int(busy_seconds * 1000)}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _must_exist(path: str | Path) -> None:
    if not Path(path).is_file():
        raise NotFound(f"{path}: there is no such store; `coresponder run --store {path}` makes one")


def _sqlite_threads(path: str | Path, busy_seconds: float) -> Threads:
    options: dict[str, Any] = {"connect_args": {"timeout": busy_seconds}}
    engine = (
        sa.create_engine("sqlite://", **options)
        if str(path) == ":memory:"
        else sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool, **options)
    )
    _prepare_sqlite(engine, busy_seconds)
    return Threads(engine, Sqlite(str(path)))


def _postgresql_pool(dsn: str, connections: int) -> Pooled:
    url, where = _postgresql_url(dsn)
    try:
        return Pooled(sa.create_engine(url, isolation_level="AUTOCOMMIT", pool_size=connections, max_overflow=0), Postgresql(where))
    except ImportError:
        raise MissingExtra("postgresql", "the PostgreSQL store") from None


def _postgresql_url(dsn: str) -> tuple[sa.URL, str]:
    try:
        url = sa.make_url(dsn)
    except (exc.ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in {"postgresql", "postgres"}:
        raise StoreUnavailable(f"{dsn!r} is not a DSN; write it like 'postgresql://user@host/database'")
    url = url.set(drivername="postgresql+psycopg")
    return url, f"database {url.database or ''} on {url.host or 'this machine'}"


def _key(step: Append) -> tuple[str, str]:
    return step.agency, step.summary.incident


_stamp_again = functools.lru_cache(maxsize=1024)(stamp)
"""For times that an incident's steps write again and again."""


def _head_values(step: Append, previous: str, head: str) -> dict[str, Any]:
    summary = step.summary
    values = {
        "agency": step.agency,
        "incident": summary.incident,
        "program": summary.program,
        "state": summary.state,
        "version": summary.version,
        "opened_at": _stamp_again(summary.opened_at),
        "disposition": summary.disposition,
        "next_due": summary.next_due and _stamp_again(summary.next_due),
        "obligations": summary.obligations,
        "head": head,
        "sealed": 0,
        "expected": step.expected,
        "previous": previous,
    }
    return written(INCIDENT, values)


def _contact_rows(key: Mapping[str, Any], step: Append) -> list[dict[str, Any]]:
    """Return the rows of those who are part of the incident, and of those who are none after all."""
    if not step.contacts and not step.gone:
        return []
    rows = [{**key, **{name: getattr(one, name) for name in CONTACT_FIELDS}} for one in step.contacts]
    for row in rows:
        row |= {"contact_at": _stamp_again(row["contact_at"]), "declined_at": row["declined_at"] and stamp(row["declined_at"])}
    none = {"contact_at": "", "open_referrals": 0, "open_follow_ups": 0, "declined_at": None}
    rows += [{**key, "person": person, **none} for person in step.gone]
    return [written(CONTACT, row) for row in rows]


def _summary(row: Any) -> Summary:
    values = dict(zip(_SUMMARY, row, strict=True))
    try:
        return Summary(**{**values, "opened_at": dt.datetime.fromisoformat(values["opened_at"]), "next_due": instant(values["next_due"])})
    except ValueError as error:
        raise CorruptRecord(f"incident {values['incident']}: its head row cannot be read ({error}); restore it from a backup") from None


def _contact(row: Mapping[str, Any]) -> Contact:
    return Contact(**{**row, "contact_at": dt.datetime.fromisoformat(row["contact_at"]), "declined_at": instant(row["declined_at"])})
