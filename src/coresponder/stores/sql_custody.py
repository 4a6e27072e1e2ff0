"""The custody record of a SQL store: which words must not be erased, and what was erased, by whom
and on what ground (ADR 0192).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs
import sqlalchemy as sa

from coresponder.errors import LegalHold, NotFound, StoreUnavailable
from coresponder.stores.base import stamp
from coresponder.stores.connections import Connections
from coresponder.stores.custody import Custody, Kept, held_text, in_force, new_custody
from coresponder.stores.dialects import Dialect
from coresponder.stores.pages import LARGEST, LIMIT
from coresponder.stores.rows import written
from coresponder.stores.sql_checkpoints import RESTORE
from coresponder.stores.statements import (
    NO_OFFSET,
    NOTHING,
    Statement,
    given,
    matching,
    written_columns,
)
from coresponder.stores.tables import CONTACT, CUSTODY, KEY, VAULT

__all__ = ["SqlCustody", "about_subject", "custody_faults"]

_c, _v = CUSTODY.c, VAULT.c
_release = CUSTODY.alias("released")
_incidents_of_subject = sa.select(CONTACT.c.incident).where(
    matching(CONTACT, "agency") & (CONTACT.c.person == sa.bindparam("subject"))
)


def about_subject(column: Any) -> Any:
    """Return the condition that a row is about a subject, or about an incident that the subject is
    or was part of.
    """
    return (column == sa.bindparam("subject")) | column.in_(_incidents_of_subject)


_ACTIVE = (
    matching(CUSTODY, "agency")
    & (_c.act == sa.literal_column("'hold'"))
    & ~sa.exists().where(
        (_release.c.agency == _c.agency)
        & (_release.c.act == sa.literal_column("'release'"))
        & (_release.c.hold == _c.number)
    )
)
_IS_HELD = (
    (_c.subject == _v.subject)
    | (_c.subject == _v.incident)
    | sa.exists()
    .where(
        (CONTACT.c.agency == _c.agency)
        & (CONTACT.c.person == _c.subject)
        & (CONTACT.c.incident == _v.subject)
    )
    .correlate(CUSTODY, VAULT)
)
"""A hold keeps the words about its subject, those noted in the incident that is its subject, and
those that an incident of the person shares.
"""


def _holding(some: Any) -> Any:
    """Return the condition that a hold keeps some row of the vault that meets a condition."""
    return sa.exists().where(matching(VAULT, "agency") & (_v.subject != NOTHING) & some & _IS_HELD)


def _records(where: Any) -> Any:
    return sa.select(CUSTODY).where(where).order_by(_c.number)


_HOLDS = Statement(_records(_ACTIVE))
_HOLDS_ON = Statement(
    _records(
        _ACTIVE & ((_c.subject == sa.bindparam("subject")) | _holding(about_subject(_v.subject)))
    )
)
_HOLDS_ON_ENTRY = Statement(_records(_ACTIVE & _holding(_v.id == sa.bindparam("id"))))
_KEPT_FIELDS = tuple(field.name for field in attrs.fields(Kept))
_KEPT = Statement(
    sa.select(*(_v[name] for name in _KEPT_FIELDS))
    .where(
        matching(VAULT, "agency")
        & (_v.subject != NOTHING)
        & (
            sa.tuple_(_v.incident, _v.id)
            > sa.tuple_(sa.bindparam("after_incident"), sa.bindparam("after_id"))
        )
    )
    .order_by(_v.incident, _v.id)
    .limit(sa.bindparam("limit"))
    .offset(NO_OFFSET)
)
_AFTER = Statement(
    _records(matching(CUSTODY, "agency") & (_c.number > sa.bindparam("after")))
    .limit(sa.bindparam("limit"))
    .offset(NO_OFFSET)
)
_LAST = Statement(sa.select(sa.func.max(_c.number)).where(matching(CUSTODY, "agency")))
_before = CUSTODY.alias("before")
_AFTER_GAPS = Statement(
    sa.select(
        _c.number,
        sa.select(sa.func.max(_before.c.number))
        .where((_before.c.agency == _c.agency) & (_before.c.number < _c.number))
        .scalar_subquery(),
    )
    .where(
        matching(CUSTODY, "agency")
        & (_c.number > sa.literal_column("1"))
        & ~sa.exists().where(
            (_before.c.agency == _c.agency)
            & (_before.c.number == _c.number - sa.literal_column("1"))
        )
    )
    .order_by(_c.number)
)
"""The first record after each gap, and the last one before it."""
_NEW = Statement(sa.insert(CUSTODY).values(given(*written_columns(CUSTODY))))
_GOING = Statement(
    sa.select(KEY.c.id).where(
        matching(KEY, "agency")
        & (KEY.c.state == sa.literal_column("'going'"))
        & about_subject(KEY.c.subject)
    )
)
_COLUMNS = tuple(c.name for c in CUSTODY.c)


def custody_faults(cursor: Any, dialect: Dialect, agency: str) -> Iterator[str]:
    """Yield which records are missing before a later one: they are numbered without gaps. A
    checkpoint tells which of the newest are.
    """
    found = cursor.execute(_AFTER_GAPS.on(dialect), {"agency": agency}).fetchall()
    for later, before in found:
        first, last = (before or 0) + 1, later - 1
        which = (
            f"number {first}: the row is"
            if first == last
            else f"numbers {first} to {last}: the rows are"
        )
        yield f"{CUSTODY.name}, {which} missing; {RESTORE}"


class SqlCustody:
    """Legal holds, and the record of what was erased."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect
    _wrote: set[str]

    def hold(
        self, agency: str, subject: str, *, by: str, ground: str, at: dt.datetime | None = None
    ) -> Custody:
        """Place a legal hold on a person or an incident: see `Vault.hold`."""
        with self.connections.writing() as cursor:
            self.dialect.alone_in_vault(cursor, agency)
            which = {"agency": agency, "subject": subject}
            if cursor.execute(_GOING.on(self.dialect), which).fetchone():
                raise StoreUnavailable(
                    f"{subject} is being forgotten, so a hold comes too late for what is there; let `forget` finish, then "
                    "place the hold for what follows"
                )
            return self._note(cursor, agency, "hold", subject=subject, by=by, ground=ground, at=at)

    def release(
        self, agency: str, number: int, *, by: str, ground: str, at: dt.datetime | None = None
    ) -> Custody:
        """Release a hold; raise `NotFound` if no hold of this number is in force."""
        with self.connections.writing() as cursor:
            self.dialect.alone_in_vault(cursor, agency)
            found = {one.number: one for one in self._read(cursor, _HOLDS, {"agency": agency})}
            if number not in found:
                raise NotFound(f"no hold {number} of {agency} is in force; {in_force(found)}")
            return self._note(
                cursor,
                agency,
                "release",
                subject=found[number].subject,
                by=by,
                ground=ground,
                at=at,
                hold=number,
            )

    def holds(self, agency: str, *, entry: str | None = None) -> tuple[Custody, ...]:
        """Return the holds that are in force, or those that keep one entry: see `Vault.holds`."""
        which = _HOLDS if entry is None else _HOLDS_ON_ENTRY
        with self.connections.reading() as cursor:
            return self._read(
                cursor, which, {"agency": agency} | ({} if entry is None else {"id": entry})
            )

    def kept(
        self, agency: str, *, limit: int = LIMIT, after: tuple[str, str] = ("", "")
    ) -> tuple[Kept, ...]:
        """Return entries without their words: see `Vault.kept`."""
        which = {
            "agency": agency,
            "limit": min(limit, LARGEST),
            "after_incident": after[0],
            "after_id": after[1],
        }
        with self.connections.reading() as cursor:
            rows = cursor.execute(_KEPT.on(self.dialect), which).fetchall()
        return tuple(_kept(dict(zip(_KEPT_FIELDS, row, strict=True))) for row in rows)

    def custody(self, agency: str, *, limit: int = LIMIT, after: int = 0) -> tuple[Custody, ...]:
        """Return some records with a higher number than `after`, in order."""
        with self.connections.reading() as cursor:
            which = {"agency": agency, "after": after, "limit": min(limit, LARGEST)}
            return self._read(cursor, _AFTER, which)

    def every_custody(self, agency: str) -> Iterator[Custody]:
        """Yield every record, a page with each query."""
        after = 0
        while page := self.custody(agency, after=after):
            yield from page
            after = page[-1].number

    def _read(self, cursor: Any, which: Statement, values: dict[str, Any]) -> tuple[Custody, ...]:
        return tuple(
            _custody(dict(zip(_COLUMNS, row, strict=True)))
            for row in cursor.execute(which.on(self.dialect), values).fetchall()
        )

    def _check_holds(self, cursor: Any, agency: str, subject: str) -> None:
        """Raise `LegalHold` if a hold keeps anything that `forget` would erase."""
        holds = self._read(cursor, _HOLDS_ON, {"agency": agency, "subject": subject})
        if holds:
            raise LegalHold(held_text(subject, holds), tuple(one.number for one in holds))

    def _is_held(self, cursor: Any, agency: str, id: str) -> bool:
        """Return whether a hold keeps an entry."""
        return bool(self._read(cursor, _HOLDS_ON_ENTRY, {"agency": agency, "id": id}))

    def _note(
        self,
        cursor: Any,
        agency: str,
        act: str,
        *,
        subject: str,
        by: str,
        ground: str,
        at: dt.datetime | None = None,
        hold: int = 0,
        entries: int = 0,
    ) -> Custody:
        """Add a record. The caller has the vault of the agency alone."""
        last = cursor.execute(_LAST.on(self.dialect), {"agency": agency}).fetchone()[0] or 0
        made = new_custody(
            number=last + 1,
            at=at or self.dialect.now(cursor),
            act=act,
            subject=subject,
            by=by,
            ground=ground,
            hold=hold,
            entries=entries,
        )
        row = {
            "agency": agency, "number": made.number, "at": stamp(made.at), "act": act, "subject": made.subject,
            "actor": made.by, "ground": made.ground, "hold": hold, "entries": entries,
        }  # fmt: skip
        cursor.execute(_NEW.on(self.dialect), written(CUSTODY, row))
        self._wrote.add(agency)
        return made


def _kept(row: dict[str, Any]) -> Kept:
    at = row["entered_at"]
    return Kept(**row | {"entered_at": dt.datetime.fromisoformat(at) if at else None})


def _custody(row: dict[str, Any]) -> Custody:
    return Custody(
        number=row["number"],
        at=dt.datetime.fromisoformat(row["at"]),
        act=row["act"],
        subject=row["subject"],
        by=row["actor"],
        ground=row["ground"],
        hold=row["hold"],
        entries=row["entries"],
    )
