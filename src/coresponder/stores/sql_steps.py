"""How the SQL store writes a step: alone, in a group, or in one statement.
`docs/concepts/writing-a-step.md` explains the three.

| the step | SQLite | PostgreSQL |
|---|---|---|
| inside a batch or the host's transaction | parts, in a savepoint | one statement, or else parts; in a savepoint |
| that engages or frees a responder, takes one off a list, or has more than 100 rows | in a group, parts | alone, parts |
| any other | in a group, parts | in a group, one statement; alone when somebody holds the incident |
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from coresponder.errors import (
    OutcomeUnknown,
    RequestTaken,
    ResponderTaken,
    StoreError,
    VersionConflict,
)
from coresponder.stores.base import UNCOVERED, Append, seal, stamp
from coresponder.stores.codec import Stored, genesis
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.group import GroupCommit, TaskGroupCommit
from coresponder.stores.recent import Recent
from coresponder.stores.rows import CONTACT_FIELDS, incident_row, list_rows, rows_of, written
from coresponder.stores.sql_keys import TRIES, KeyChanged, SqlKeys, key_unsteady
from coresponder.stores.sql_lists import date_team, in_one_statement, write_lists
from coresponder.stores.statements import (
    NOTHING,
    Statement,
    given,
    matching,
    sql_dialect,
    written_columns,
)
from coresponder.stores.tables import CONTACT, ENGAGEMENT, EVENT, INCIDENT, KEY, OUTBOX, VAULT

__all__ = ["ENGAGE", "HEAD", "HEAD_ROW", "NEW_CONTACT", "NEW_NOTICE", "NEW_WORDS", "SqlSteps"]

_MOST_AT_ONCE = 100
"""The most rows of one statement. PostgreSQL takes 65,535 parameters, and a replayed history may
have any length.
"""

_i, _g = INCIDENT.c, ENGAGEMENT.c
_HERE = matching(INCIDENT, "agency", "incident")
_THEIRS = matching(ENGAGEMENT, "agency", "responder")
_MINE = INCIDENT.alias("mine")
_FREE = (
    sa.select(_MINE.c.incident)
    .where(matching(_MINE, "agency", "incident"))
    .with_for_update(skip_locked=True)
)
_NEW_VALUES = written_columns(INCIDENT, "agency", "incident")
_MOVED = sa.update(INCIDENT).where(
    _HERE & (_i.version == sa.bindparam("expected")) & (_i.head == sa.bindparam("previous"))
)
_AS_KNOWN = sa.and_(
    *(
        _i[name].is_not_distinct_from(sa.bindparam(f"known_{name}"))
        for name in ("digest", *UNCOVERED)
    )
)


def _replaced(insert: Any) -> Any:
    changed = {name: insert.excluded[name] for name in (*CONTACT_FIELDS[1:], "digest")}
    return insert.on_conflict_do_update(
        index_elements=["agency", "person", "incident"], set_=changed
    )


def _passed_over(insert: Any) -> Any:
    return insert.on_conflict_do_nothing()


@attrs.frozen(eq=False)
class _Part:
    """A table to which a step may add rows.

    Args:
        table: the table.
        on_conflict: adds to an insert how a row that already exists is handled.
    """

    table: sa.Table
    on_conflict: Callable[[Any], Any] = lambda insert: insert

    @property
    def one_row(self) -> Statement:
        """The insert of one row."""
        return Statement(
            lambda sql: self.on_conflict(
                sql.insert(self.table).values(given(*written_columns(self.table)))
            )
        )

    def rows(self, name: str, count: int, moved: Any) -> Any:
        """Return PostgreSQL's insert of several rows, which does nothing unless the incident was
        moved. Parameters have a number: `event_kind_0`.
        """
        kinds = {
            name: sa.Integer() if isinstance(self.table.c[name].type, sa.Integer) else sa.Text()
            for name in written_columns(self.table)
        }
        rows = [
            tuple(
                sa.cast(sa.bindparam(f"{name}_{column}_{n}"), kind)
                for column, kind in kinds.items()
            )
            for n in range(count)
        ]
        values = sa.values(
            *(sa.column(*column) for column in kinds.items()), name=f"{name}_rows"
        ).data(rows)
        insert = postgresql.insert(self.table).from_select(
            [*kinds], sa.select(*values.c).select_from(values.join(moved, sa.true()))
        )
        return self.on_conflict(insert).cte(name)


def _engages(over: Callable[[Any], Any]) -> Statement:
    """Return the statement that engages a responder who has no row yet, or whose row meets
    `over`.
    """

    def build(sql: Any) -> Any:
        made = sql.insert(ENGAGEMENT).values(given(*written_columns(ENGAGEMENT)))
        changed = {name: made.excluded[name] for name in ("incident", "since", "digest")}
        return made.on_conflict_do_update(
            index_elements=["agency", "responder"], set_=changed, where=over(made.excluded)
        )

    return Statement(build)


_PARTS = {
    "event": _Part(EVENT),
    "contact": _Part(CONTACT, _replaced),
    "notice": _Part(OUTBOX, _passed_over),
    "words": _Part(VAULT),
}
_ONE_ROW = {name: part.one_row for name, part in _PARTS.items()}
NEW_CONTACT, NEW_NOTICE, NEW_WORDS = (_ONE_ROW[name] for name in ("contact", "notice", "words"))
HEAD = Statement(sa.select(_i.version, _i.head).where(_HERE))
HEAD_ROW = Statement(sa.select(INCIDENT).where(_HERE).with_for_update())
_ROW = tuple(c.name for c in _i)
_OPEN = Statement(_Part(INCIDENT, _passed_over).one_row.build)
_MOVE_UNLESS_HELD = Statement(
    _MOVED.where(_i.incident == _FREE.scalar_subquery()).values(given(*_NEW_VALUES))
)
_KEY = KEY.c
_GIVEN_KEY = sa.cast(sa.bindparam("words_key_0"), sa.Text())
_WORDS_MAY = {
    "sealed": sa.select(_KEY.id)
    .where(
        matching(KEY, "agency")
        & (_KEY.id == _GIVEN_KEY)
        & (_KEY.state == sa.literal_column("'live'"))
    )
    .with_for_update(read=True, skip_locked=True)
    .scalar_subquery()
    == _GIVEN_KEY,
    "plain": ~sa.exists().where(matching(KEY, "agency")),
}
"""The condition under which a step's words may be written: see `SqlKeys`."""
ENGAGE = _engages(lambda new: _g.incident == NOTHING)
_TAKE_OVER = _engages(lambda new: _g.incident != new.incident)
_ENGAGED_WHERE = Statement(sa.select(_g.incident, _g.since).where(_THEIRS))
_RELEASE = Statement(
    sa.update(ENGAGEMENT)
    .where(_THEIRS & (_g.incident == sa.bindparam("left")))
    .values(given("incident", "since", "digest"))
)


@functools.cache
def _move(changed: tuple[str, ...]) -> Statement:
    """Return the update of these columns of an incident's row, if the row is the known one. Others
    are left out, or SQLite would write every index anew that has one of them.
    """
    return Statement(_MOVED.where(_AS_KNOWN).values(given(*changed)))


@functools.cache
def _one_statement(
    counts: tuple[int, ...], lists: tuple[str, ...], *, opens: bool, words: str = ""
) -> str:
    """Return one PostgreSQL statement that writes a whole step, or nothing if the incident has
    moved on or somebody is writing it.

    It is a transaction of its own, so a step costs one round trip. Where it has words (`sealed` or
    `plain`), it writes nothing either unless their key is live, or unless no words are encrypted.
    """
    head = (_OPEN if opens else _MOVE_UNLESS_HELD).built("postgresql")
    head = head.where(_WORDS_MAY[words]) if words else head
    moved = head.returning(sa.literal_column("1").label("one")).cte("moved")
    parts = [
        part.rows(name, count, moved)
        for (name, part), count in zip(_PARTS.items(), counts, strict=True)
        if count
    ]
    return str(
        sa.select(sa.func.count())
        .select_from(moved)
        .add_cte(*parts, *(in_one_statement(name, moved) for name in lists))
        .compile(dialect=sql_dialect("postgresql"))
    )


class _MustWait(StoreError):
    """The step cannot be written in a group, where others would wait for it; it is written
    alone.
    """


class SqlSteps(SqlKeys):
    """Writes the steps of a SQL store."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect
    _known: Recent[tuple[str, str], dict[str, Any]]
    _group: GroupCommit | TaskGroupCommit
    _wrote: set[str]

    def append(self, step: Append) -> None:
        """Write all of a step, or nothing. Steps that wait at the same time share a commit."""
        try:
            self._write_with_words(step) if step.words else self._write(step)
        except OutcomeUnknown as unknown:
            raise OutcomeUnknown(unknown.where, unknown.said, step.request) from unknown
        except RequestTaken as taken:
            raise RequestTaken(step.request) from taken
        self._wrote.add(step.agency)

    def _write_with_words(self, step: Append) -> None:
        """Write a step whose words are sealed, again if their key was destroyed meanwhile."""
        for _ in range(TRIES):
            with suppress(KeyChanged):
                self._write(attrs.evolve(step, words=self._sealed(step.agency, step.words)))
                return
        raise key_unsteady(step.words[0].entry.subject)

    def _write(self, step: Append) -> None:
        if not self.connections.settled:
            with self.connections.writing() as cursor, self._undone_if_refused(cursor, step):
                self._write_at_once(cursor, step) or self._write_parts(cursor, step)
        elif (self.dialect.one_statement and _takes_more(step)) or not self._went_with_others(step):
            with self.connections.writing() as cursor:
                row = self._write_parts(cursor, step)
            self._remember(step, row)

    # --- in a group -------------------------------------------------------------------------------------------------------

    def _went_with_others(self, step: Append) -> bool:
        """Try to write a step in a shared commit; return whether it was written."""
        try:
            self._group(step)
        except _MustWait:
            return False
        return True

    def _write_alone(self, step: Append) -> None:
        """Write one step in a transaction of its own, which a single statement is by itself."""
        with (
            self.connections.at_once()
            if self.dialect.one_statement
            else self.connections.writing() as cursor
        ):
            row = self._write_shared(cursor, step)
        self._remember(step, row)

    def _write_group(self, steps: list[Append]) -> list[Exception | None]:
        """Write steps in one transaction; return for each the error with which it was refused, or
        None. An error of the database is raised.
        """
        outcomes: list[Exception | None] = []
        rows = []
        with self.connections.writing() as cursor:
            for step in steps:
                try:
                    with self._undone_if_refused(cursor, step):
                        rows.append((step, self._write_shared(cursor, step)))
                except (VersionConflict, ResponderTaken, KeyChanged, _MustWait) as refused:
                    outcomes.append(refused)
                else:
                    outcomes.append(None)
        for step, row in rows:
            self._remember(step, row)
        return outcomes

    def _write_shared(self, cursor: Any, step: Append) -> dict[str, Any]:
        """Write a step of a group without waiting for a lock, because others wait for the group;
        return the incident's new row.

        SQLite has one writer anyway. On PostgreSQL a host's open transaction can hold the incident
        or a responder for long.
        """
        if not self.dialect.one_statement:
            return self._write_parts(cursor, step)
        row = self._write_at_once(cursor, step)
        if row is None:
            found = self._stored_version(cursor, step)
            raise (
                _MustWait
                if found == step.expected
                else VersionConflict(step.summary.incident, step.expected, found)
            )
        return row

    @contextmanager
    def _undone_if_refused(self, cursor: Any, step: Append) -> Iterator[None]:
        """Undo the writes of a refused step. Only a step that engages a responder can be refused
        after its first write.
        """
        if not step.engages:
            yield
            return
        cursor.execute("SAVEPOINT one_step")
        try:
            yield
        except (VersionConflict, ResponderTaken):
            cursor.execute("ROLLBACK TO SAVEPOINT one_step")
            cursor.execute("RELEASE SAVEPOINT one_step")
            raise
        cursor.execute("RELEASE SAVEPOINT one_step")

    # --- in one statement -------------------------------------------------------------------------------------------------

    def _write_at_once(self, cursor: Any, step: Append) -> dict[str, Any] | None:
        """Write a step in one statement, which takes one round trip; return the incident's new row.

        None means that nothing was written: the database cannot write this step in one statement,
        the incident has moved on from the remembered head, or another connection is writing it.
        """
        previous = (
            self._remembered_head(step)
            if self.dialect.one_statement and not _takes_more(step)
            else None
        )
        if previous is None:
            return None
        sealed, head = seal(step, previous)
        row, parts = incident_row(step, previous, head), rows_of(step, sealed)
        values = dict(row)
        for part, rows in parts.items():
            for number, one in enumerate(rows):
                values |= {f"{part}_{name}_{number}": value for name, value in one.items()}
        lists = {name: rows for name, rows in list_rows(step).items() if rows}
        values |= {f"list_{name}": json.dumps(rows) for name, rows in lists.items()}
        counts = tuple(map(len, parts.values()))
        words = step.words and ("sealed" if step.words[0].key else "plain")
        text = _one_statement(counts, tuple(lists), opens=step.expected == 0, words=words or "")
        return row if cursor.execute(text, values).fetchone()[0] else None

    # --- in parts ---------------------------------------------------------------------------------------------------------

    def _write_parts(self, cursor: Any, step: Append) -> dict[str, Any]:
        """Write a step table by table; return the incident's new row."""
        self._check_keys(cursor, step.agency, step.words)
        sealed, moved = self._move(cursor, step)
        for part, rows in rows_of(step, sealed).items():
            for row in rows:
                cursor.execute(_ONE_ROW[part].on(self.dialect), row)
        write_lists(cursor, self.dialect, step)
        self._engage(cursor, step)
        return moved

    def _move(self, cursor: Any, step: Append) -> tuple[tuple[Stored, ...], dict[str, Any]]:
        """Move the incident on from the remembered row, or else from the stored one; return the
        sealed rows and its new row. Only changed columns are written.
        """
        for read in (self._remembered_row, self._stored_row) if step.expected else (_no_row,):
            known = read(cursor, step)
            if known.get("version") == step.expected:
                sealed, head = seal(step, known["head"])
                row = incident_row(step, known["head"], head)
                changed = tuple([name for name in _NEW_VALUES if row[name] != known.get(name)])
                statement = _move(changed) if step.expected else _OPEN
                was = {f"known_{name}": known.get(name) for name in ("digest", *UNCOVERED)}
                cursor.execute(statement.on(self.dialect), row | was)
                if cursor.rowcount == 1:
                    if step.expected:
                        date_team(cursor, self.dialect, row, changed)
                    return sealed, row
        raise VersionConflict(
            step.summary.incident, step.expected, self._stored_version(cursor, step)
        )

    def _engage(self, cursor: Any, step: Append) -> None:
        """Record the responders who are now busy with the incident. If two incidents want the same
        responder, exactly one of them succeeds.
        """
        if not (step.engages or step.calls or step.releases):
            return
        incident, now = step.summary.incident, stamp(step.recorded_at)
        for responder in sorted(step.releases):
            free = written(
                ENGAGEMENT,
                {"agency": step.agency, "responder": responder, "incident": "", "since": now},
            )
            cursor.execute(_RELEASE.on(self.dialect), {**free, "left": incident})
        for responder in sorted({*step.engages, *step.calls}):
            values = written(
                ENGAGEMENT,
                {"agency": step.agency, "responder": responder, "incident": incident, "since": now},
            )
            called = responder not in step.engages
            forced = step.forced and not called
            statement = (_TAKE_OVER if forced else ENGAGE).on(self.dialect)
            while cursor.execute(statement, values).rowcount != 1:
                where, since = cursor.execute(_ENGAGED_WHERE.on(self.dialect), values).fetchone()
                if where == incident or (where and called):
                    break
                if where and not forced:  # otherwise the row changed a moment ago: try again
                    raise ResponderTaken(responder, where, dt.datetime.fromisoformat(since))

    # --- heads ------------------------------------------------------------------------------------------------------------

    def _remember(self, step: Append, row: dict[str, Any]) -> None:
        """Remember the incident's new row, so that the next step need not read it. The next write
        checks that it is still current.
        """
        self._known.keep(_key(step), row)

    def _remembered_head(self, step: Append) -> str | None:
        """Return the head of the chain that a step continues, if it is remembered."""
        known = self._known.get(_key(step)) if step.expected else _no_row(None, step)
        return known["head"] if known and known["version"] == step.expected else None

    def _remembered_row(self, cursor: Any, step: Append) -> dict[str, Any]:
        """Return the remembered row of the incident, if it is complete."""
        known = self._known.get(_key(step))
        return known if known and "digest" in known else {}

    def _stored_row(self, cursor: Any, step: Append) -> dict[str, Any]:
        """Return the incident's stored row, locked."""
        found = cursor.execute(HEAD_ROW.on(self.dialect), _here(step)).fetchone()
        return dict(zip(_ROW, found, strict=True)) if found else {}

    def _stored_version(self, cursor: Any, step: Append) -> int:
        """Return the stored version of an incident."""
        found = cursor.execute(HEAD.on(self.dialect), _here(step)).fetchone()
        return found[0] if found else 0


def _no_row(cursor: Any, step: Append) -> dict[str, Any]:
    """Return the row from which a new incident starts."""
    return {
        "version": 0, "head": genesis(step.agency, step.summary.incident, step.summary.program)
    }  # fmt: skip


def _here(step: Append) -> dict[str, str]:
    return {"agency": step.agency, "incident": step.summary.incident}


def _takes_more(step: Append) -> bool:
    """Return whether a step is too much for one statement: it engages or frees a responder, takes
    one off a list, or has too many rows or the words of several entries.
    """
    return (
        bool(step.engages or step.calls or step.releases or step.unsent)
        or len(step.words) > (1 if step.expected else 0)
        or len(step.rows) + len(step.contacts) + len(step.notices) + len(step.words) > _MOST_AT_ONCE
    )


def _key(step: Append) -> tuple[str, str]:
    return step.agency, step.summary.incident
