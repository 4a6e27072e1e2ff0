"""Pages of a SQL store's lists. Each is read in the order of an index, from where the page before
ended, so it costs what it returns.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import sqlalchemy as sa

from coresponder.stores.base import (
    UNLISTED,
    Listed,
    OwedRow,
    Summary,
    due_text,
    stamp,
    unlisted,
)
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.pages import (
    ALL,
    BY_DUTY,
    BY_TIME,
    LIMIT,
    Filters,
    Page,
    Place,
    paged,
    place,
)
from coresponder.stores.rows import SUMMARY_FIELDS, owed_of_row, summary_of_row
from coresponder.stores.statements import NO_OFFSET, NOTHING, Statement, matching
from coresponder.stores.tables import CONTACT, INCIDENT, OBLIGATION, TEAM

__all__ = ["SqlPages"]

_i, _o, _t = INCIDENT.c, OBLIGATION.c, TEAM.c
_HEAD = tuple(_i[name] for name in SUMMARY_FIELDS)
_DUTY = (*_o, _i.program)
_DUTY_NAMES = tuple(column.name for column in _DUTY)
_WHOSE = (_o.incident, _o.policy, _o.key)

_TOLD = Statement(
    sa.update(OBLIGATION)
    .where(
        matching(OBLIGATION, "agency", "incident", "policy", "key", "due")
        & (_o.tell_at == sa.bindparam("old"))
    )
    .values(tell_at=sa.bindparam("next_at"))
)


class SqlPages:
    """What a SQL store lists page by page."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect

    def find(
        self,
        agency: str,
        filters: Filters = ALL,
        *,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Summary]:
        """Return a page of the incidents that fit."""
        mark = filters.mark("find", agency)
        rows = self._read_page("find", agency, filters, limit, place(after, mark, BY_TIME))
        found = [
            ((row[-1], row[0]), summary_of_row(dict(zip(SUMMARY_FIELDS, row[:-1], strict=True))))
            for row in rows
        ]
        return paged(found, limit, mark)

    def owed(
        self,
        agency: str,
        filters: Filters = ALL,
        *,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Listed]:
        """Return a page of what is owed in incidents that fit."""
        mark = filters.mark("owed", agency)
        rows = self._read_page("owed", agency, filters, limit, place(after, mark, BY_DUTY))
        return _page_of_duties(rows, limit, mark)

    def to_tell(
        self, agency: str, *, now: dt.datetime, limit: int = LIMIT, after: str | None = None
    ) -> Page[Listed]:
        """Return a page of what somebody is to be told of by now."""
        mark, until = ALL.mark("to_tell", agency), Filters(due_before=now)
        rows = self._read_page("to_tell", agency, until, limit, place(after, mark, BY_DUTY))
        return _page_of_duties(rows, limit, mark)

    def _read_page(
        self, kind: str, agency: str, filters: Filters, limit: int, begin: Place | None
    ) -> list[Any]:
        """Read a page's rows, and one more if there are more."""
        values = {
            name: value
            for name, value in attrs.asdict(filters).items()
            if value not in (None, False)
        }
        statement = _statement(kind, frozenset(values), begin is not None)
        values |= {name: stamp(at) for name, at in values.items() if isinstance(at, dt.datetime)}
        values |= {f"place_{number}": value for number, value in enumerate(begin or ())}
        values |= {"agency": agency, "limit": limit + 1}
        with self.connections.reading() as cursor:
            found: list[Any] = cursor.execute(statement.on(self.dialect), values).fetchall()
        return found

    def told(self, agency: str, listed: Iterable[tuple[Listed, dt.datetime | None]]) -> None:
        """Write down when each of these is to be told of next."""
        rows = [
            {
                "agency": agency, "incident": one.incident, "policy": one.owed.policy, "key": one.owed.key or "", "due": due_text(one.owed),
                "old": one.owed.tell_at and stamp(one.owed.tell_at), "next_at": next_at and stamp(next_at),
            }
            for one, next_at in listed
        ]  # fmt: skip
        if not rows:
            return
        with self.connections.writing() as cursor:
            for row in rows:
                cursor.execute(_TOLD.on(self.dialect), row)


@functools.cache
def _statement(kind: str, given: frozenset[str], begun: bool) -> Statement:
    """Return the statement of a list under these filters; `begun` after its first page. It is made
    once, because it costs more to make than to run.
    """
    query, by = _LISTS[kind](given)
    newest = kind == "find" and not given & {"owing", "due_before", "overdue_at"}
    if begun:
        there = sa.tuple_(*(sa.bindparam(f"place_{number}") for number in range(len(by))))
        query = query.where(sa.tuple_(*by) < there if newest else sa.tuple_(*by) > there)
    query = query.order_by(*(one.desc() if newest else one for one in by))
    return Statement(query.limit(sa.bindparam("limit")).offset(NO_OFFSET))


def _incidents(given: frozenset[str]) -> tuple[sa.Select[Any], tuple[Any, ...]]:
    """Return the query for incidents that fit, and what it is ordered by.

    A responder's incidents, or a tier's, are read in their own order. Those of a person are few:
    they are all read, and then ordered.
    """
    query, source = sa.select(*_HEAD).where(matching(INCIDENT, "agency"), *_fit(given)), _i
    kinds = [kind for kind in ("responder", "tier") if kind in given]
    if "responder" in given or ("tier" in given and not given & {"state", "nature"}):
        same = (_t.agency == _i.agency) & (_t.incident == _i.incident)
        query = query.select_from(sa.join(TEAM, INCIDENT, same))
        query, source = query.where(*_is_sent(_t, kinds.pop(0))), _t
    query = query.where(*(_sent(kind, _i.incident) for kind in kinds))
    if "person" in given:
        query = query.where(_i.incident.in_(_OF_PERSON))
    owes = given & {"owing", "due_before", "overdue_at"}
    when = source.first_due if owes else source.opened_at
    if owes:
        query = query.where(when.is_not(None), *_due_in(when, given))
    by = (when.concat(NOTHING) if "person" in given else when, source.incident)
    return query.add_columns(when), by


def _duties(given: frozenset[str]) -> tuple[sa.Select[Any], tuple[Any, ...]]:
    """Return the query for what is owed in incidents that fit, and what it is ordered by.

    The incidents of a person are few, and so are those of a responder that owe something: they are
    all read, and ordered by what is no column, or the database would rather read the whole list.
    """
    few = {"person": _OF_PERSON, "responder": _OF_RESPONDER}
    chosen = [_o.incident.in_(some) for name, some in few.items() if name in given]
    tier = [_sent("tier", _o.incident)] if "tier" in given else []
    query = _all_duties(_o.due).where(*_fit(given), *chosen, *tier, *_due_in(_o.due, given))
    return query, (_o.due.concat(NOTHING) if chosen else _o.due, *_WHOSE)


def _tellings(given: frozenset[str]) -> tuple[sa.Select[Any], tuple[Any, ...]]:
    """Return the query for what is to be told, and what it is ordered by."""
    query = _all_duties(_o.tell_at).where(_o.tell_at.is_not(None), *_due_in(_o.tell_at, given))
    return query, (_o.tell_at, *_WHOSE)


_LISTS = {"find": _incidents, "owed": _duties, "to_tell": _tellings}


def _all_duties(when: Any) -> sa.Select[Any]:
    same = (_i.agency == _o.agency) & (_i.incident == _o.incident)
    query = sa.select(*_DUTY, when).select_from(sa.join(OBLIGATION, INCIDENT, same))
    return query.where(matching(OBLIGATION, "agency"))


def _fit(given: frozenset[str]) -> list[Any]:
    """Return the conditions on an incident's own row."""
    conditions = [_i[name] == sa.bindparam(name) for name in ("state", "nature") if name in given]
    if "opened_from" in given:
        conditions.append(_i.opened_at >= sa.bindparam("opened_from"))
    if "opened_before" in given:
        conditions.append(_i.opened_at < sa.bindparam("opened_before"))
    return conditions


def _due_in(column: Any, given: frozenset[str]) -> list[Any]:
    before = [column <= sa.bindparam("due_before")] if "due_before" in given else []
    return [*before, column < sa.bindparam("overdue_at")] if "overdue_at" in given else before


def _is_sent(row: Any, kind: str) -> list[Any]:
    return [
        row.agency == sa.bindparam("agency"),
        row.kind == sa.literal_column(f"'{kind}'"),
        row.name == sa.bindparam(kind),
    ]


def _sent(kind: str, incident: Any) -> Any:
    other = TEAM.alias(f"sent_{kind}").c
    return sa.exists().where(*_is_sent(other, kind), other.incident == incident)


_OF_PERSON = sa.select(CONTACT.c.incident).where(
    matching(CONTACT, "agency", "person") & (CONTACT.c.contact_at != NOTHING)
)
_OF_RESPONDER = sa.select(_t.incident).where(*_is_sent(_t, "responder"), _t.first_due.is_not(None))


def _page_of_duties(rows: Iterable[Any], limit: int, mark: str) -> Page[Listed]:
    found = []
    for row in rows:
        incident, policy, key = row[1:4]
        found.append(
            (
                (row[-1], incident, policy, key),
                _listed(dict(zip(_DUTY_NAMES, row[:-1], strict=True))),
            )
        )
    return paged(found, limit, mark)


def _listed(row: Mapping[str, Any]) -> Listed:
    """Return what a row of the list says; one that cannot be read says so in its place."""
    incident, program = row["incident"], row["program"]
    fault = unlisted(incident) if row["policy"] == UNLISTED else None
    try:
        owed = owed_of_row(row)
    except ValueError:
        owed = OwedRow(policy=row["policy"], key=row["key"] or None)
        fault = f"incident {incident}: a time in its row of what is owed under {owed.policy} cannot be read; `coresponder rebuild STORE` makes the row anew"
    return Listed(incident=incident, program=program, owed=owed, unreadable=fault)
