"""Cases that were folded, kept in a file for the next process that reads them.

A snapshot is a cache. It is made by whoever had to read and fold a whole incident, and it is used
only if its text is as it was written, if this code and this program made it, and if the store still
has the event after which it was made. The file may be deleted at any time.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import attrs

from coresponder.domain.appended import Appended
from coresponder.domain.events import Event
from coresponder.domain.identity import Identities
from coresponder.domain.objects import Incident
from coresponder.errors import InvalidProgram, MissingExtra, NotFound, StoreUnavailable
from coresponder.policy.product import Place, Product
from coresponder.policy.refusal import Violation
from coresponder.policy.tables import Progress
from coresponder.policy.watches import UNSEEN
from coresponder.program import Case, Program
from coresponder.program.case import Findings

try:
    import msgspec
except ImportError:  # pragma: no cover - tried by hand in an environment without it
    raise MissingExtra("snapshots", "a file of folded cases") from None

__all__ = ["Snapshots"]

_LOG = logging.getLogger("coresponder")
_ROOMS = ("domain", "lifecycle", "policy", "program", "record", "stores/snapshots.py")
_UNREADABLE = (msgspec.MsgspecError, ValueError, LookupError)
_MOST = 100_000
_TRIMMED_EVERY = 1000
_TABLE = """CREATE TABLE IF NOT EXISTS snapshot (
    agency TEXT NOT NULL, incident TEXT NOT NULL, program TEXT NOT NULL, made_by TEXT NOT NULL,
    version INTEGER NOT NULL, head TEXT NOT NULL, body TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (agency, incident)
)"""
_OTHERS = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'snapshot'"
_GET = """SELECT program, made_by, version, head, body, digest FROM snapshot
    WHERE agency = ? AND incident = ?"""
_KEEP = "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_DROP = "DELETE FROM snapshot WHERE agency = ? AND incident = ?"
_TRIM = """DELETE FROM snapshot WHERE rowid <= (
    SELECT rowid FROM snapshot ORDER BY rowid DESC LIMIT 1 OFFSET ?)"""


class _Place(msgspec.Struct, array_like=True):
    """A place in a product: the state of each policy, when each clock started, and the next alarm."""

    states: tuple[int, ...]
    since: tuple[dt.datetime | None, ...]
    alarm: dt.datetime


class _Findings(msgspec.Struct):
    violations: tuple[Violation, ...]
    out_of_place: tuple[int, ...]
    doubtful: tuple[int, ...]
    voided: frozenset[int]
    numbers: tuple[int, ...] | None
    who: Identities


class _Body(msgspec.Struct):
    """A case. Of `keyed`, a key of None stands for the values that no event has named."""

    incident: Incident
    events: tuple[tuple[str, msgspec.Raw], ...]
    main: _Place
    keyed: tuple[tuple[tuple[str | None, _Place], ...], ...]
    findings: _Findings


_READERS: dict[type[Any], msgspec.json.Decoder[Any]] = {}


@attrs.define(eq=False)
class Snapshots:
    """Snapshots of cases in a SQLite file. Threads and processes of one machine may share it.

    The file has what the log has: ids and codes, no names and no words. Only its owner may read it.
    Whoever may write it could also change what a workflow reads from it, so keep it where the
    program itself is safe. A fault of the file is logged, and the store is read instead.
    """

    path: Path
    most: int
    _db: sqlite3.Connection = attrs.field(repr=False)
    _lock: threading.Lock = attrs.field(init=False, repr=False, factory=threading.Lock)
    _kept: int = attrs.field(init=False, default=0)
    _programs: dict[str, tuple[Program, str]] = attrs.field(init=False, repr=False, factory=dict)

    @classmethod
    def open(cls, path: str | Path, *, most: int = _MOST) -> Self:
        """Open a file, which is made if it does not exist.

        Args:
            path: the file; several stores may share it.
            most: about how many snapshots are kept; beyond them the oldest go.

        Raises:
            MissingExtra: `msgspec` is not installed.
            StoreUnavailable: the file cannot be opened, or is something else.
        """
        try:
            return cls(Path(path), most, _opened(path))
        except (OSError, sqlite3.Error) as fault:
            raise StoreUnavailable(
                f"{path} cannot keep snapshots ({fault}); give another file, or delete this one if it"
                " had snapshots"
            ) from fault

    def __enter__(self) -> Self:
        """Return the snapshots."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def get(
        self, agency: str, incident: str, program_named: Callable[[str], Program]
    ) -> tuple[Case, str] | None:
        """Return a case and the digest of its last event, or None if there is no snapshot that can
        be trusted. The store must still be asked whether it has that event.
        """
        found = self._execute(_GET, agency, incident)
        if not found:
            return None
        name, made_by, number, head, body, digest = found[0]
        if digest != _digest(agency, incident, *found[0][:-1]):
            return None
        try:
            program = program_named(name)
            if made_by != self._made_by(program):
                return None
            case = _read(program, body)
        except (*_UNREADABLE, NotFound, InvalidProgram):
            return None
        return (case, head) if (case.id, case.version) == (incident, number) else None

    def keep(self, agency: str, case: Case, head: str, program: Program) -> None:
        """Keep a case, if reading it back gives the same case. One whose program has automata or
        event types in Python is not kept, because their code may change unseen.
        """
        made_by = self._made_by(program)
        body = _written(program, case) if made_by else None
        if body is None:
            return
        row = (case.program, made_by, case.version, head, body)
        self._execute(_KEEP, agency, case.id, *row, _digest(agency, case.id, *row))
        self._kept += 1
        if self._kept % _TRIMMED_EVERY == 1:
            self._execute(_TRIM, self.most)

    def drop(self, agency: str, incident: str) -> None:
        """Delete the snapshot of a case."""
        self._execute(_DROP, agency, incident)

    def _made_by(self, program: Program) -> str:
        known = self._programs.get(program.name)
        if known is None or known[0] is not program:
            known = self._programs[program.name] = (program, _folded_by(program))
        return known[1]

    def _execute(self, statement: str, *values: object) -> list[Any]:
        """Return the rows; none if the file has a fault."""
        try:
            with self._lock:
                return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as fault:
            _LOG.warning("snapshots in %s cannot be used: %s; delete the file", self.path, fault)
            return []


def _opened(path: str | Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path, timeout=0.1, isolation_level=None, check_same_thread=False)
    if [*db.execute(_OTHERS)]:
        raise sqlite3.DatabaseError("it is another database")
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF", _TABLE):
        db.execute(statement)
    return db


def _digest(*values: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, values)).encode()).hexdigest()


def _folded_by(program: Program) -> str:
    """Return the digest of what folds a case: the library's code and the program. It is empty if the
    program has code of its own, which may change unseen.
    """
    own = any(not event.__module__.startswith("coresponder.") for event in program.events)
    if own or program.book.tables.own or not program.definition:
        return ""
    return _digest(_code(), _said(program), json.dumps(program.definition, default=str))


def _said(value: Any) -> str:
    """Return a declaration as text that is the same in every process, in whatever order sets are."""
    if isinstance(value, AbstractSet):
        return f"{{{sorted(map(_said, value))}}}"
    if isinstance(value, Mapping):
        return _said(tuple(value.items()))
    if isinstance(value, tuple | list):
        return f"[{','.join(map(_said, value))}]"
    if attrs.has(type(value)):
        fields = (
            (field.name, getattr(value, field.name))
            for field in attrs.fields(type(value))
            if field.eq
        )
        return f"{type(value).__name__}{_said(tuple(fields))}"
    return repr(value)


@functools.cache
def _code() -> str:
    """Return the digest of the code that folds, so that no other version's snapshot is used."""
    house = Path(__file__).parents[1]
    found = sorted(path for room in _ROOMS for path in _sources(house / room))
    digest = hashlib.sha256(version("coresponder").encode())
    for path in found:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(room: Path) -> Iterator[Path]:
    return room.rglob("*.py") if room.is_dir() else iter((room,))


def _written(program: Program, case: Case) -> str | None:
    """Return a case as JSON; None if it could not be read back as it is."""
    try:
        body = _as_json(program, case)
        return body if _same(_read(program, body), case) else None
    except (*_UNREADABLE, TypeError):
        return None


def _as_json(program: Program, case: Case) -> str:
    progress, findings = program.book.tables.mine(case.progress), case.findings
    numbers = None if findings.numbers is None else tuple(findings.numbers)
    body = {
        "incident": _raw(case.incident),
        "events": [(type(event).__name__, _raw(event)) for event in case.history],
        "main": _place(progress.main),
        "keyed": [[(_key(key), _place(at)) for key, at in p.items()] for p in progress.keyed],
        "findings": _Findings(**{**attrs.asdict(findings, recurse=False), "numbers": numbers}),
    }
    return msgspec.json.encode(body).decode()


def _raw(record: Incident | Event) -> msgspec.Raw:
    return msgspec.Raw(record.to_json().encode())


def _key(key: Any) -> str | None:
    if key is not UNSEEN and type(key) is not str:
        raise TypeError("only text is kept as a key")
    return None if key is UNSEEN else key


def _place(place: Place) -> _Place:
    return _Place(place.state.states, place.since, place.alarm)


def _reader(kind: type[Any]) -> msgspec.json.Decoder[Any]:
    """Return the decoder of a type, which takes long to make."""
    made = _READERS.get(kind)
    if made is None:
        made = _READERS[kind] = msgspec.json.Decoder(kind)
    return made


def _read(program: Program, text: str) -> Case:
    """Return the case of a body. Its values are not checked again: the digest says that we wrote
    them, and that they could be read back.
    """
    body, tables, events = _reader(_Body).decode(text), program.book.tables, program.vocabulary
    kept = body.findings
    return Case(
        program=program.name,
        incident=body.incident,
        history=Appended([_reader(events[kind]).decode(raw) for kind, raw in body.events]),
        progress=Progress(
            tables,
            _stand(tables.main, body.main),
            tuple(
                {UNSEEN if key is None else key: _stand(product, at) for key, at in places}
                for (_, product), places in zip(tables.keyed, body.keyed, strict=True)
            ),
            (),
        ),
        findings=Findings(
            violations=kept.violations,
            out_of_place=kept.out_of_place,
            doubtful=kept.doubtful,
            voided=kept.voided,
            numbers=None if kept.numbers is None else Appended(kept.numbers),
            who=kept.who,
        ),
    )


def _stand(product: Product, place: _Place) -> Place:
    return Place(product.state(place.states), place.since, place.alarm)


def _same(one: Case, other: Case) -> bool:
    """Return whether two cases are the same, in the types of their values too."""
    return one == other and all(
        repr(getattr(one, name)) == repr(getattr(other, name))
        for name in ("incident", "history", "findings")
    )
