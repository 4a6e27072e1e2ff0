"""The SQL store on SQLAlchemy Core: SQLite, the embedded default (WAL, synchronous=FULL, BEGIN IMMEDIATE), and PostgreSQL.

Statements are written with SQLAlchemy, compiled once for the database, and run as ready text: the cost of a step is that of the
database and not of building SQL.
"""

from __future__ import annotations

import datetime as dt
import json
import operator
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, Self

import attrs

from coresponder.domain.objects import Prior
from coresponder.errors import CorruptRecord, InvalidProgram, MissingExtra, NotFound, StaleVersion, StoreUnavailable
from coresponder.program.case import Notice
from coresponder.stores.base import (
    Append,
    Contact,
    Outgoing,
    Receipt,
    StoredIncident,
    Summary,
    VaultEntry,
    check_audience,
    check_chain,
    digest_of,
    prior_from,
    seal,
    stamp,
)
from coresponder.stores.codec import Stored, genesis
from coresponder.stores.dialects import Dialect, Postgresql, Sqlite
from coresponder.stores.memory import changed_program

try:
    import sqlalchemy as sa
    from sqlalchemy import exc
except ImportError:  # pragma: no cover - tried by hand in an environment without it
    raise MissingExtra("sql", "the SQL store") from None

from coresponder.stores.tables import CONTACT, EVENT, INCIDENT, METADATA, OUTBOX, PROGRAM, SCHEMA, SCHEMA_VERSION, VAULT

__all__ = ["SqlStore"]

_BUSY_SECONDS = 5.0


class _Ready:
    """A statement compiled once; called with a connection and values by name."""

    def __init__(self, statement: Any, dialect: Any, paramstyle: str) -> None:
        self.text = str(statement.compile(dialect=type(dialect)(paramstyle=paramstyle)))

    def __call__(self, cursor: Any, values: Mapping[str, Any]) -> Any:
        return cursor.execute(self.text, values)


class _Conflict(StoreUnavailable):
    """Another writer put the same key first."""


class _Mine(threading.local):
    """What each thread has of its own: a connection, its cursor, and whether it is inside a batch."""

    connection: sa.Connection | None = None
    cursor: Any = None
    in_batch: bool = False


def _cursor(connection: sa.Connection) -> Any:
    """Return a cursor of the driver below: ready text needs nothing else."""
    return connection.connection.cursor()


def _bind(*names: str) -> dict[str, Any]:
    return {name: sa.bindparam(name) for name in names}


_ROW = tuple(field.name for field in attrs.fields(Stored))
_CONTACT = tuple(field.name for field in attrs.fields(Contact))
_HEAD = ("program", "state", "version", "opened_at", "disposition", "next_due", "obligations", "head")

_read_row, _read_contact = operator.attrgetter(*_ROW), operator.attrgetter(*_CONTACT)


def _statements(dialect: sa.Dialect, paramstyle: str) -> dict[str, _Ready]:
    i, c, e = INCIDENT.c, CONTACT.c, EVENT.c
    here = (i.agency == sa.bindparam("agency")) & (i.incident == sa.bindparam("incident"))
    written = {
        "head": sa.select(i.version, i.head, i.program).where(here),
        "load": sa.select(i.version, i.head, i.program, *(e[name].label(f"event_{name}") for name in _ROW))
        .select_from(INCIDENT.outerjoin(EVENT, (e.agency == i.agency) & (e.incident == i.incident)))
        .where(here)
        .order_by(e.number),
        "prior": sa.select(*(c[name] for name in _CONTACT)).where(
            (c.agency == sa.bindparam("agency")) & (c.person == sa.bindparam("person")) & (c.incident != sa.bindparam("excluding"))
        ),
        "open": sa.insert(INCIDENT).values(_bind("agency", "incident", *_HEAD)),
        "move": sa.update(INCIDENT).where(here & (i.version == sa.bindparam("expected"))).values(_bind(*_HEAD[1:])),
        "event": sa.insert(EVENT).values(_bind(*(col.name for col in EVENT.c))),
        "outbox": sa.insert(OUTBOX).values(_bind("agency", "incident", "body", "created_at")),
        "uncontact": sa.delete(CONTACT).where(
            (c.agency == sa.bindparam("agency")) & (c.person == sa.bindparam("person")) & (c.incident == sa.bindparam("incident"))
        ),
        "contact": sa.insert(CONTACT).values(_bind(*(col.name for col in CONTACT.c))),
    }
    return {name: _Ready(statement, dialect, paramstyle) for name, statement in written.items()}


@attrs.define(kw_only=True)
class SqlStore:
    """A store in a SQL database. Several threads may share it, each has its own connection; `:memory:` is for one thread.

    >>> with SqlStore.sqlite(":memory:") as store:
    ...     store.programs()
    ()
    """

    engine: sa.Engine
    path: str
    dialect: Dialect
    _ready: dict[str, _Ready] = attrs.field(init=False)
    _mine: _Mine = attrs.field(init=False, factory=_Mine)

    @_ready.default
    def _compile(self) -> dict[str, _Ready]:
        return _statements(self.engine.dialect, self.dialect.paramstyle)

    @classmethod
    def sqlite(cls, path: str | Path, *, must_exist: bool = False, busy_seconds: float = _BUSY_SECONDS) -> SqlStore:
        """Open a SQLite file, made when it is not there.

        Args:
            path: the file, or `:memory:`.
            must_exist: raise `NotFound` instead of making it.
            busy_seconds: how long to wait for another writer.

        Raises:
            StoreUnavailable: the file cannot be opened or written, or stays locked.
            CorruptRecord: it is not a coresponder database, or was written by a newer version.
        """
        if must_exist and not Path(path).is_file():
            raise NotFound(f"{path}: there is no such store; `coresponder run --store {path}` makes one")
        engine = sa.create_engine(f"sqlite:///{path}" if str(path) != ":memory:" else "sqlite://", connect_args={"timeout": busy_seconds})

        @sa.event.listens_for(engine, "connect")
        def _connect(connection: Any, _: Any) -> None:
            connection.isolation_level = None
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"busy_timeout={int(busy_seconds * 1000)}"):
                connection.execute(f"PRAGMA {pragma}")

        return cls(engine=engine, path=str(path), dialect=Sqlite(str(path)))

    @classmethod
    def postgresql(cls, dsn: str) -> SqlStore:
        """Open a PostgreSQL database; its tables are made when they are not there.

        Args:
            dsn: for example `postgresql://user@host/database`; options go behind a question mark.

        Raises:
            MissingExtra: psycopg is not installed.
            StoreUnavailable: the DSN is not one, or the server does not let us in.
            CorruptRecord: the tables were written by a newer version.
        """
        try:
            url = sa.make_url(dsn).set(drivername="postgresql+psycopg")
            engine = sa.create_engine(url)
        except exc.ArgumentError:
            raise StoreUnavailable(f"{dsn!r} is not a DSN; write it like 'postgresql://user@host/database'") from None
        except ImportError:
            raise MissingExtra("postgresql", "the PostgreSQL store") from None
        where = f"database {url.database or ''} on {url.host or 'this machine'}"
        return cls(engine=engine, path=where, dialect=Postgresql(where))

    def __attrs_post_init__(self) -> None:
        """Have the tables ready, or let go of everything."""
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        """Make the tables if there are none, and check their version. Opening a store that is there writes nothing."""
        with self._read() as connection:
            made = sa.inspect(connection).has_table(SCHEMA.name)
        if not made:
            with self._write() as connection:
                self.dialect.alone(self._mine.cursor)
                METADATA.create_all(connection)
                if connection.execute(sa.select(SCHEMA.c.version)).scalar() is None:
                    connection.execute(sa.insert(SCHEMA).values(version=SCHEMA_VERSION))
        with self._read() as connection:
            found = connection.execute(sa.select(SCHEMA.c.version)).scalar()
        if found != SCHEMA_VERSION:
            name = Path(self.path).name
            raise CorruptRecord(f"{name}: schema version {found}, this library writes {SCHEMA_VERSION}; use the version that wrote it")

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the database at the end of the block."""
        self.close()

    # --- connections ----------------------------------------------------------------------------------------------------

    def _connection(self) -> sa.Connection:
        mine = self._mine
        if mine.connection is None:
            mine.connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            mine.cursor = _cursor(mine.connection)
        return mine.connection

    @property
    def _errors(self) -> tuple[type[Exception], ...]:
        return (exc.DBAPIError, self.engine.dialect.loaded_dbapi.Error)

    def _translate(self, error: Exception) -> NoReturn:
        """Turn a driver's error into ours, and forget a connection that is lost: the next call makes a new one."""
        cause = error.orig if isinstance(error, exc.DBAPIError) and error.orig is not None else error
        mine = self._mine
        if mine.cursor is not None and self.dialect.is_lost(mine.cursor.connection):
            if mine.connection is not None:
                mine.connection.invalidate()
            mine.connection = mine.cursor = None
        if self.dialect.is_conflict(cause):
            raise _Conflict(f"{self.path}: another writer put the same key first; nothing was written") from error
        raise self.dialect.explain(cause) from error

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        """Open a transaction, or join that of the batch."""
        try:
            connection = self._connection()
            if self._mine.in_batch:
                yield connection
                return
            cursor = self._mine.cursor
            cursor.execute(self.dialect.begin)
            try:
                yield connection
                cursor.execute("COMMIT")
            except BaseException:
                if self.dialect.is_open(cursor.connection):
                    cursor.execute("ROLLBACK")
                raise
        except self._errors as error:
            self._translate(error)

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        try:
            yield self._connection()
        except self._errors as error:
            self._translate(error)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Write all appends inside in one transaction."""
        with self._write():
            self._mine.in_batch = True
            try:
                yield
            finally:
                self._mine.in_batch = False

    def close(self) -> None:
        """Let go of the database, in this thread and wherever no thread uses it."""
        if self._mine.connection is not None:
            self._mine.connection.close()
            self._mine.connection = self._mine.cursor = None
        self.engine.dispose()

    # --- the log --------------------------------------------------------------------------------------------------------

    def append(self, step: Append) -> None:
        """Write a step at once or not at all."""
        summary, agency, ready = step.summary, step.agency, self._ready
        key = {"agency": agency, "incident": summary.incident}
        with self._write():
            cursor = self._mine.cursor
            found = ready["head"](cursor, key).fetchone()
            version, head = (found[0], found[1]) if found else (0, genesis(agency, summary.incident, summary.program))
            if version != step.expected:
                raise StaleVersion(summary.incident, step.expected, version)
            rows, head = seal(step, head)
            values = {
                **key,
                "program": summary.program,
                "state": summary.state,
                "version": summary.version,
                "expected": step.expected,
                "opened_at": stamp(summary.opened_at),
                "disposition": summary.disposition,
                "next_due": summary.next_due and stamp(summary.next_due),
                "obligations": summary.obligations,
                "head": head,
            }
            self._take_version(cursor, values, opens=not found)
            for row in rows:
                ready["event"](cursor, key | _fields(row))
            for contact in step.contacts:
                person = key | _fields(contact)
                person["contact_at"], person["declined_at"] = stamp(contact.contact_at), contact.declined_at and stamp(contact.declined_at)
                ready["uncontact"](cursor, person)
                ready["contact"](cursor, person)
            for notice in step.notices:
                ready["outbox"](cursor, {**key, "body": notice.to_json(), "created_at": stamp(step.recorded_at)})

    def _take_version(self, cursor: Any, values: Mapping[str, Any], *, opens: bool) -> None:
        """Write the incident's head where nobody was faster; of two writers on one version exactly one gets through."""
        try:
            self._ready["open" if opens else "move"](cursor, values)
        except self._errors as error:
            if self.dialect.is_conflict(error):
                raise StaleVersion(values["incident"], values["expected"], values["expected"] + 1) from None
            raise
        if cursor.rowcount != 1:
            found = self._ready["head"](cursor, values).fetchone()
            raise StaleVersion(values["incident"], values["expected"], int(found[0]))

    def load(self, agency: str, incident: str) -> StoredIncident:
        """Return all rows, their chain checked."""
        with self._read():
            return self._load(agency, incident)

    def _load(self, agency: str, incident: str) -> StoredIncident:
        """Read head and rows in one statement, so that nobody writes between the two."""
        found = self._ready["load"](self._mine.cursor, {"agency": agency, "incident": incident}).fetchall()
        if not found:
            raise NotFound(f"there is no incident {incident!r}")
        version, head, program = found[0][:3]
        rows = tuple(Stored(**dict(zip(_ROW, row[3:], strict=True))) for row in found if row[3] is not None)
        return check_chain(agency, StoredIncident(incident=incident, program=program, rows=rows), version=version, head=head)

    def version(self, agency: str, incident: str) -> int:
        """Return the number of the last event."""
        with self._read():
            found = self._ready["head"](self._mine.cursor, {"agency": agency, "incident": incident}).fetchone()
        return int(found[0]) if found else 0

    def find(
        self, agency: str, *, state: str | None = None, person: str | None = None, due_before: dt.datetime | None = None, owing: bool = False
    ) -> tuple[Summary, ...]:
        """Return the incidents that fit all that is given."""
        i = INCIDENT.c
        query = sa.select(INCIDENT).where(i.agency == agency).order_by(i.next_due.is_(None), i.next_due, i.incident)
        if state is not None:
            query = query.where(i.state == state)
        if due_before is not None:
            query = query.where(i.next_due <= stamp(due_before))
        if owing:
            query = query.where(i.obligations > 0)
        if person is not None:
            mine = sa.select(CONTACT.c.incident).where((CONTACT.c.agency == agency) & (CONTACT.c.person == person))
            query = query.where(i.incident.in_(mine))
        with self._read() as connection:
            return tuple(_summary(row._mapping) for row in connection.execute(query))  # noqa: SLF001

    def prior(self, agency: str, person: str, *, at: dt.datetime, excluding: str) -> Prior:
        """Return what is known of a person from other incidents."""
        with self._read():
            rows = self._ready["prior"](self._mine.cursor, {"agency": agency, "person": person, "excluding": excluding}).fetchall()
        return prior_from((_contact(dict(zip(_CONTACT, row, strict=True))) for row in rows), at)

    # --- the outbox -----------------------------------------------------------------------------------------------------

    def outbox(self, agency: str, *, limit: int = 100) -> tuple[Outgoing, ...]:
        """Return notices not delivered yet."""
        o = OUTBOX.c
        query = sa.select(o.id, o.body).where((o.agency == agency) & o.delivered_at.is_(None)).order_by(o.id).limit(limit)
        with self._read() as connection:
            return tuple(Outgoing(id=row.id, notice=Notice.from_json(row.body)) for row in connection.execute(query))

    def delivered(self, agency: str, id: int, *, at: dt.datetime) -> None:
        """Mark a notice as delivered."""
        o = OUTBOX.c
        with self._write() as connection:
            connection.execute(sa.update(OUTBOX).where((o.agency == agency) & (o.id == id)).values(delivered_at=stamp(at)))

    # --- programs -------------------------------------------------------------------------------------------------------

    def save_program(self, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a program's definition; one that is kept already is only compared."""
        text = json.dumps(definition, sort_keys=True)
        query = sa.select(PROGRAM.c.definition).where(PROGRAM.c.name == name)
        with self._read() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            try:
                with self._write() as connection:
                    found = connection.execute(query).scalar()
                    if found is None:
                        connection.execute(sa.insert(PROGRAM).values(name=name, definition=text))
                        return
            except _Conflict:
                with self._read() as connection:
                    found = connection.execute(query).scalar()
        if found != text:
            raise InvalidProgram(changed_program(name))

    def load_program(self, name: str) -> Mapping[str, Any]:
        """Return a kept definition."""
        with self._read() as connection:
            found = connection.execute(sa.select(PROGRAM.c.definition).where(PROGRAM.c.name == name)).scalar()
        if found is None:
            raise NotFound(f"program {name} is not in this store")
        return json.loads(found)  # type: ignore[no-any-return]

    def programs(self) -> tuple[str, ...]:
        """Return the names of the kept programs."""
        with self._read() as connection:
            return tuple(connection.execute(sa.select(PROGRAM.c.name).order_by(PROGRAM.c.name)).scalars())

    # --- the vault ------------------------------------------------------------------------------------------------------

    def remember(self, agency: str, *, subject: str, kind: str, audience: str, text: str) -> Receipt:
        """Put words into the vault."""
        id, digest = secrets.token_hex(16), digest_of(secrets.token_hex(16), text)
        with self._write() as connection:
            connection.execute(sa.insert(VAULT).values(agency=agency, id=id, subject=subject, kind=kind, audience=audience, text=text))
        return Receipt(id=id, digest=digest)

    def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words."""
        v = VAULT.c
        with self._read() as connection:
            row = connection.execute(sa.select(v.id, v.subject, v.kind, v.audience, v.text).where((v.agency == agency) & (v.id == id))).first()
        if row is None:
            raise NotFound(f"the vault has no entry {id!r}; it was never there, or it was forgotten")
        return check_audience(VaultEntry(**row._mapping), audience)  # noqa: SLF001

    def forget(self, agency: str, subject: str) -> int:
        """Erase all words about a subject, so that nothing of them is left in the tables."""
        with self._write() as connection:
            gone = connection.execute(sa.delete(VAULT).where((VAULT.c.agency == agency) & (VAULT.c.subject == subject))).rowcount
        with self._read():
            self.dialect.erase(self._mine.cursor)
        return gone

    def verify(self, agency: str) -> tuple[str, ...]:
        """Return every fault in the chains."""
        faults = []
        i, e = INCIDENT.c, EVENT.c
        with self._read() as connection:
            incidents = connection.execute(sa.select(i.incident).where(i.agency == agency).order_by(i.incident)).scalars().all()
            lost = sa.select(e.incident).distinct().where((e.agency == agency) & e.incident.not_in(sa.select(i.incident).where(i.agency == agency)))
            faults += [f"incident {name}: its head row is missing; restore it from a backup" for name in connection.execute(lost).scalars()]
            for incident in incidents:
                try:
                    self._load(agency, incident)
                except CorruptRecord as fault:
                    faults.append(str(fault))
        return tuple(faults)


def _fields(record: Stored | Contact) -> dict[str, Any]:
    return dict(zip(_ROW, _read_row(record), strict=True)) if isinstance(record, Stored) else dict(zip(_CONTACT, _read_contact(record), strict=True))


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def _summary(row: Any) -> Summary:
    values = {name: row[name] for name in ("incident", "program", "state", "version", "disposition", "obligations")}
    return Summary(opened_at=dt.datetime.fromisoformat(row["opened_at"]), next_due=_time(row["next_due"]), **values)


def _contact(row: Mapping[str, Any]) -> Contact:
    return Contact(**{**row, "contact_at": dt.datetime.fromisoformat(row["contact_at"]), "declined_at": _time(row["declined_at"])})
