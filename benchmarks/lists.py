"""Lists of a store that has many incidents: the first page of each, and a tick that finds nothing.

A night is played through the library, and its rows in the lists are written for each of many
nights. Histories are not: no list reads them.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.databases import server
from benchmarks.measure import Bench, Row
from coresponder.program import load_program
from coresponder.simulation.field import START, Field
from coresponder.stores.sql import SqlStore
from coresponder.stores.tables import CONTACT, INCIDENT, OBLIGATION, TEAM
from coresponder.workflow import Workflow

_A_NIGHT = 200
_TABLES = (INCIDENT, OBLIGATION, TEAM, CONTACT)
_TIMES = frozenset(
    ["opened_at", "next_due", "first_due", "due", "since", "tell_at", "contact_at", "declined_at"]
)
_STAYS = 100
"""Nights after which other responders are at work."""
_MOST = 5.0
"""Milliseconds."""
_MOST_OF_A_WALK = 60.0
"""Of a later page of what is owed, narrowed to a nature: rows are read that are left out."""
_WALKS = frozenset(["due_next_page"])


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the first page of each list, and a tick that finds nothing."""
    nights = max(1, bench.incidents // _A_NIGHT)
    night = Workflow(load_program("new-haven-cdcp"), SqlStore.sqlite(":memory:"))
    Field(night, seed=1).play(_A_NIGHT)
    with TemporaryDirectory() as folder, SqlStore.sqlite(Path(folder) / "lists.db") as store:
        flow = _filled(night, store, nights)
        yield from _measured(bench, night, flow, time.process_time)
    if bench.short:
        return
    with server() as running, SqlStore.postgresql(running.database()) as store:
        flow = _filled(night, store, nights)
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
        yield from _measured(bench, night, flow, time.perf_counter)


def _measured(
    bench: Bench, night: Workflow, flow: Workflow, clock: Callable[[], float]
) -> Iterator[Row]:
    name = flow.store.dialect.name  # type: ignore[attr-defined]
    why = f"a page of 100 out of {bench.incidents:,} incidents"
    for what, ask in _asked(night, flow, max(1, bench.incidents // _A_NIGHT)).items():
        if not ask() and "nothing" not in what:
            raise RuntimeError(f"{what} returns nothing, so nothing is measured")
        took = bench.seconds(ask, rounds=bench.rounds, clock=clock) * 1000
        most = _MOST_OF_A_WALK if what in _WALKS else _MOST
        yield bench.limit(f"{name}_{what}", took, most, unit="ms", why=why, timed=False)


def _asked(night: Workflow, flow: Workflow, nights: int) -> dict[str, Callable[[], object]]:
    """Return what is asked, by name; the responder, person and tier are those of an incident of the
    first night for whom something is owed, the state and the nature those of most that owe something, and the period is in the
    middle.
    """
    now = START + dt.timedelta(days=40_000)
    played = night.find(state="closed", limit=_A_NIGHT)
    found = (_sent_to(night, one.incident) for one in played)
    tier, responder, person = next(
        one
        for one in found
        if one
        and all(
            night.due(now, **{name: value})
            for name, value in zip(("tier", "responder", "person"), one, strict=True)
        )
    )
    owing = night.find(owing=True, limit=_A_NIGHT)
    state = Counter(one.state for one in owing).most_common(1)[0][0]
    nature = Counter(one.nature for one in owing if one.nature).most_common(1)[0][0]
    middle = flow.find(limit=100, state="closed").next
    middle_night = START + dt.timedelta(days=nights // 2)
    month = (middle_night - dt.timedelta(days=15), middle_night + dt.timedelta(days=15))
    filters: dict[str, dict[str, Any]] = {
        "all": {}, "state": {"state": state}, "nature": {"nature": nature}, "tier": {"tier": tier},
        "responder": {"responder": responder}, "person": {"person": person}, "period": {"period": month}, "overdue": {"overdue": True},
    }  # fmt: skip
    asked: dict[str, Callable[[], object]] = {
        f"find_{name}": partial(flow.find, now=now, **chosen) for name, chosen in filters.items()
    }
    asked |= {f"due_{name}": partial(flow.due, now, **chosen) for name, chosen in filters.items()}
    asked["find_owing"] = partial(flow.find, owing=True)
    asked["find_next_page"] = partial(flow.find, state="closed", after=middle)
    asked["due_next_page"] = partial(
        flow.due, now, nature=nature, after=flow.due(now, nature=nature).next
    )
    asked["due_before_nothing"] = partial(flow.due, now, before=START - dt.timedelta(days=1))
    asked["tick_nothing"] = partial(flow.tick, START - dt.timedelta(days=1))
    return asked


def _sent_to(flow: Workflow, incident: str) -> tuple[str, str, str] | None:
    there = flow.store.beside(flow.agency, incident)
    names = dict(there.sent)
    if len(names) < 2 or not there.contacts:
        return None
    return names["tier"], names["responder"], there.contacts[0].person


def _filled(night: Workflow, store: SqlStore, nights: int) -> Workflow:
    """Write a night's rows in the lists into a store, for each of many nights."""
    flow = Workflow(night.program, store)
    for table in _TABLES:
        names = [column.name for column in table.c]
        columns = ", ".join(names)
        with night.store.connections.reading() as cursor:  # type: ignore[attr-defined]
            found = cursor.execute(f"SELECT {columns} FROM {table.name}").fetchall()
        found = [row for row in found if row[0] == night.agency]
        shown = store.dialect.name == "sqlite"
        places = ", ".join("?" if shown else "%s" for _ in names)
        text = f"INSERT INTO {table.name} ({columns}) VALUES ({places})"
        with store.connections.writing() as cursor:
            for number in range(nights):
                cursor.executemany(text, [_again(row, names, number) for row in found])
    return flow


def _again(row: Sequence[Any], names: list[str], night: int) -> list[Any]:
    """Return a row as it would be of another night: another incident, other people, later."""
    later = dt.timedelta(days=night)
    found: list[Any] = []
    for name, value in zip(names, row, strict=True):
        if name in _TIMES and value and value[:4] != "9999":
            day = dt.date.fromisoformat(value[:10]) + later
            found.append(f"{day.isoformat()}{value[10:]}")
        elif name in {"incident", "person"}:
            found.append(f"{value}-{night}" if night else value)
        elif name == "name" and row[names.index("kind")] == "responder":
            found.append(f"{value}-{night // _STAYS}" if night >= _STAYS else value)
        elif name == "sealed":
            found.append(1)
        else:
            found.append(value)
    return found
