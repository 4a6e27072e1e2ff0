"""The pages of a SQL store's lists. Each is read in the order of an index, from the end of the
previous page, so its cost depends only on its length.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import sqlalchemy as sa

from coresponder.stores.base import (
    NEVER,
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
    LARGEST,
    LIMIT,
    Filters,
    Page,
    Place,
    paged,
    place,
)
from coresponder.stores.rows import SUMMARY_FIELDS, owed_of_row, summary_of_row
from coresponder.stores.statements import NO_OFFSET, NOTHING, Statement, matching
from coresponder.stores.tables import CONTACT, INCIDENT, MONTH_OPENED, OBLIGATION, TEAM

__all__ = ["SqlPages", "months_between"]

_i, _o, _t, _month = INCIDENT.c, OBLIGATION.c, TEAM.c, MONTH_OPENED
_HEAD = tuple(_i[name] for name in SUMMARY_FIELDS)
_DUTY = (*_o, _i.program)
_DUTY_NAMES = tuple(column.name for column in _DUTY)
_WHOSE = (_o.incident, _o.policy, _o.key)
_LEADERS = frozenset(["person", "responder", "state", "nature", "tier"])
_PERIOD = frozenset(["opened_from", "opened_before"])
_BY_DUE = frozenset(["owing", "due_before", "overdue_at"])
_MOST_MONTHS = 120
_OWNERS = Statement(
    sa.select(_o.owner)
    .distinct()
    .where(matching(OBLIGATION, "agency") & _o.owner.is_not(None))
    .order_by(_o.owner)
)


def _end(column: Any) -> Any:
    """Return the first or last time of an agency's incidents."""
    query = sa.select(_i.opened_at).where(matching(INCIDENT, "agency")).order_by(column)
    return query.limit(sa.literal_column("1")).offset(NO_OFFSET).scalar_subquery()


_SPAN = Statement(sa.select(_end(_i.opened_at), _end(_i.opened_at.desc())))

_TOLD = Statement(
    sa.update(OBLIGATION)
    .where(
        matching(OBLIGATION, "agency", "incident", "policy", "key", "due")
        & (_o.tell_at == sa.bindparam("old"))
    )
    .values(tell_at=sa.bindparam("next_at"))
)


class SqlPages:
    """The lists of a SQL store, page by page."""

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
        """Return a page of the incidents that match."""
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
        """Return a page of what is owed in incidents that match."""
        mark = filters.mark("owed", agency)
        rows = self._read_page("owed", agency, filters, limit, place(after, mark, BY_DUTY))
        return _page_of_duties(rows, limit, mark)

    def owners(self, agency: str) -> tuple[str, ...]:
        """Return whoever owns something that is owed, in order."""
        with self.connections.reading() as cursor:
            rows = cursor.execute(_OWNERS.on(self.dialect), {"agency": agency}).fetchall()
        return tuple(row[0] for row in rows)

    def to_tell(
        self, agency: str, *, now: dt.datetime, limit: int = LIMIT, after: str | None = None
    ) -> Page[Listed]:
        """Return a page of the obligations whose next notice is due by now."""
        mark, until = ALL.mark("to_tell", agency), Filters(due_before=now)
        rows = self._read_page("to_tell", agency, until, limit, place(after, mark, BY_DUTY))
        return _page_of_duties(rows, limit, mark)

    def _read_page(
        self, kind: str, agency: str, filters: Filters, limit: int, begin: Place | None
    ) -> list[Any]:
        """Read the rows of a page, plus one if there are more."""
        values = {
            name: value
            for name, value in attrs.asdict(filters).items()
            if value not in (None, False)
        }
        months = self._months(kind, agency, filters, frozenset(values))
        statement = _statement(kind, frozenset(values), begin is not None, len(months))
        values |= {f"month_{number}": month for number, month in enumerate(months)}
        values |= {name: stamp(at) for name, at in values.items() if isinstance(at, dt.datetime)}
        values |= {f"place_{number}": value for number, value in enumerate(begin or ())}
        values |= {"agency": agency, "limit": min(limit, LARGEST) + 1}
        with self.connections.reading() as cursor:
            found: list[Any] = cursor.execute(statement.on(self.dialect), values).fetchall()
        return found

    def _months(
        self, kind: str, agency: str, filters: Filters, given: frozenset[str]
    ) -> tuple[str, ...]:
        """Return the months whose incidents a list is read from, if it is read by month."""
        if not given & _PERIOD or given & _LEADERS or (kind == "find" and not filters.by_due):
            return ()
        with self.connections.reading() as cursor:
            row = cursor.execute(_SPAN.on(self.dialect), {"agency": agency}).fetchone()
        if None in row:
            return ()
        begin, end = filters.opened_from, filters.opened_before
        return months_between(
            max(row[0], stamp(begin) if begin else ""), min(row[1], stamp(end) if end else NEVER)
        )

    def told(self, agency: str, listed: Iterable[tuple[Listed, dt.datetime | None]]) -> None:
        """Record when the next notice of each of these is due."""
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


def months_between(first: str, last: str) -> tuple[str, ...]:
    """Return the months from one stored time to another, as their beginning is written; none if
    they are too many to ask for each.

    >>> months_between("2025-11-30T08:00", "2026-01-01T00:00")
    ('2025-11', '2025-12', '2026-01')
    """
    begin, end = (int(text[:4]) * 12 + int(text[5:7]) - 1 for text in (first, last))
    if end - begin >= _MOST_MONTHS:
        return ()
    return tuple(f"{month // 12:04}-{month % 12 + 1:02}" for month in range(begin, end + 1))


@functools.cache
def _statement(kind: str, given: frozenset[str], begun: bool, months: int) -> Statement:
    """Return the statement of a list under these filters; `begun` after its first page. It is made
    once, because it costs more to make than to run.
    """
    if kind == "owed" and "owner" in given:
        return Statement(_owned(given, begun))
    if kind == "owed" and not begun and given & (_LEADERS | _PERIOD) and "person" not in given:
        return Statement(_first_duties(given, months))
    query, by = _LISTS[kind](given)
    newest = kind == "find" and not given & _BY_DUE
    if months and kind == "find":
        return Statement(_by_month(query, by, begun, months))
    return Statement(_cut(query, by, begun, newest=newest))


def _cut(query: Any, by: tuple[Any, ...], begun: bool, *, newest: bool = False) -> Any:
    """Return the part of a query that is one page, in its order."""
    if begun:
        there = sa.tuple_(*(sa.bindparam(f"place_{number}") for number in range(len(by))))
        query = query.where(sa.tuple_(*by) < there if newest else sa.tuple_(*by) > there)
    query = query.order_by(*(one.desc() if newest else one for one in by))
    return query.limit(sa.bindparam("limit")).offset(NO_OFFSET)


def _by_month(query: Any, by: tuple[Any, ...], begun: bool, months: int) -> Any:
    """Return a page merged from the pages of each month, because the index orders incidents by
    deadline only within a month.
    """
    pages = (
        _cut(query.where(_month == sa.bindparam(f"month_{number}")), by, begun)
        for number in range(months)
    )
    every = sa.union_all(*(page.subquery().select() for page in pages)).subquery()
    columns = [*every.c]
    return _cut(sa.select(*columns), (columns[-1], columns[0]), begun=False)


def _first_duties(given: frozenset[str], months: int) -> Any:
    """Return the first page of what is owed in incidents that match.

    It is all owed in the incidents on the first page of those that owe something: each of them owes
    one thing that is due no later than what any other owes. Incidents that are not on the lists
    come first.
    """
    query, by = _incidents(given | {"owing"})
    query = query.with_only_columns(by[-1], by[0])
    leading = (
        _by_month(query, by, begun=False, months=months) if months else _cut(query, by, begun=False)
    ).subquery()
    due = _o.due.concat(
        NOTHING
    )  # an expression that no index has; otherwise the database would walk the whole list
    listed = (
        _all_duties(_o.due)
        .join(leading, _o.incident == leading.c.incident)
        .where(due != NOTHING, *_due_in(due, given))
    )
    marked, by_due = _duties(given)
    marked = _cut(marked.where(_o.due <= NOTHING), by_due, begun=False).subquery().select()
    columns = [*sa.union_all(listed, marked).subquery().c]
    return _cut(sa.select(*columns), (columns[-1], *columns[1:4]), begun=False)


def _owned(given: frozenset[str], begun: bool) -> Any:
    """Return a page of what somebody owns, read in the index of owners. Incidents that are not on the
    lists may owe something of theirs, so they come first.
    """
    query, by = _duties(given)
    marked, _ = _duties(given - _BY_DUE)
    pages = [
        _cut(each, by, begun).subquery().select()
        for each in (
            marked.where(_o.due <= NOTHING),
            query.where(_o.owner == sa.bindparam("owner"), _o.due > NOTHING),
        )
    ]
    columns = [*sa.union_all(*pages).subquery().c]
    return _cut(sa.select(*columns), (columns[-1], *columns[1:4]), begun=False)


def _incidents(given: frozenset[str]) -> tuple[sa.Select[Any], tuple[Any, ...]]:
    """Return the query for incidents that match, and its order.

    The incidents of a responder or a tier are read in their own index. Those of a person are few, and
    so are those in which somebody owns what is owed: all are read, then sorted.
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
    if "owner" in given:
        query = query.where(_i.incident.in_(_of_owner(given)))
    owes = given & _BY_DUE
    when: Any = source.first_due if owes else source.opened_at
    if "owner" in given:
        when = when.concat(NOTHING)  # not a column, so that no list by time is walked
    if owes:
        query = query.where(when.is_not(None), *_due_in(when, given))
    by = (when.concat(NOTHING) if "person" in given else when, source.incident)
    return query.add_columns(when), by


def _duties(given: frozenset[str]) -> tuple[sa.Select[Any], tuple[Any, ...]]:
    """Return the query for what is owed in incidents that match, and its order.

    The incidents of a person are few, and so are a responder's that owe something: all are read,
    then sorted by an expression, because for a plain column the database would read the whole list.
    """
    few = {"person": _OF_PERSON, "responder": _OF_RESPONDER}
    chosen = [_o.incident.in_(some) for name, some in few.items() if name in given]
    tier = [_sent("tier", _o.incident)] if "tier" in given else []
    query = _all_duties(_o.due).where(*_fit(given), *chosen, *tier, *_due_in(_o.due, given))
    return query, (_o.due.concat(NOTHING) if chosen else _o.due, *_WHOSE)


def _tellings(given: frozenset[str]) -> tuple[sa.Select[Any], tuple[Any, ...]]:
    """Return the query for the obligations whose next notice is due, and its order."""
    query = _all_duties(_o.tell_at).where(_o.tell_at.is_not(None), *_due_in(_o.tell_at, given))
    return query, (_o.tell_at, *_WHOSE)


_LISTS = {"find": _incidents, "owed": _duties, "to_tell": _tellings}


def _all_duties(when: Any) -> sa.Select[Any]:
    same = (_i.agency == _o.agency) & (_i.incident == _o.incident)
    query = sa.select(*_DUTY, when).select_from(sa.join(OBLIGATION, INCIDENT, same))
    return query.where(matching(OBLIGATION, "agency"))


def _fit(given: frozenset[str]) -> list[Any]:
    """Return the conditions on an incident's own row. A list by deadline does not use the index by
    opening time.
    """
    conditions = [_i[name] == sa.bindparam(name) for name in ("state", "nature") if name in given]
    opened = _i.opened_at.concat(NOTHING) if given & _BY_DUE else _i.opened_at
    if "opened_from" in given:
        conditions.append(opened >= sa.bindparam("opened_from"))
    if "opened_before" in given:
        conditions.append(opened < sa.bindparam("opened_before"))
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
_marked = OBLIGATION.alias("marked").c
_OF_RESPONDER = sa.union_all(
    sa.select(_t.incident).where(*_is_sent(_t, "responder"), _t.first_due.is_not(None)),
    sa.select(_marked.incident).where(  # what is not on the lists may owe nothing that is known
        _marked.agency == sa.bindparam("agency"),
        _marked.due == NOTHING,
        _sent("responder", _marked.incident),
    ),
)


def _of_owner(given: frozenset[str]) -> Any:
    """Return the query for the incidents in which somebody owns what is due in time, or that are not
    on the lists.
    """
    own = OBLIGATION.alias("own").c
    here = own.agency == sa.bindparam("agency")
    owned = (own.owner == sa.bindparam("owner")) & (own.due > NOTHING)
    return sa.union_all(
        sa.select(own.incident).where(here, owned, *_due_in(own.due, given)),
        sa.select(_marked.incident).where(
            _marked.agency == sa.bindparam("agency"), _marked.due == NOTHING
        ),
    )


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
    """Return a row of the list; a row that cannot be read is returned with the reason."""
    incident, program = row["incident"], row["program"]
    fault = unlisted(incident) if row["policy"] == UNLISTED else None
    try:
        owed = owed_of_row(row)
    except ValueError:
        owed = OwedRow(policy=row["policy"], key=row["key"] or None)
        fault = f"incident {incident}: a time in its row of what is owed under {owed.policy} cannot be read; `coresponder rebuild STORE` makes the row anew"
    return Listed(incident=incident, program=program, owed=owed, unreadable=fault)
