"""Views from a program file: the shipped set that it takes, what it leaves out, and its own rows."""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
from collections.abc import Iterable, Iterator

from pydantic import TypeAdapter

from coresponder.errors import nearest
from coresponder.policy.bounds import Calendar, parse_bound
from coresponder.program.tables import EmergencyAccessTable, ViewsTable, ViewTable
from coresponder.program.viewing import EmergencyAccess, View, roles_known

__all__ = ["shipped_views", "view_sets", "views_of"]


def view_sets() -> tuple[str, ...]:
    """Return the names of the sets of views that come with the library."""
    folder = importlib.resources.files("coresponder.programs").joinpath("views")
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@functools.cache
def shipped_views(name: str) -> tuple[View, ...]:
    """Return the rows of a set that comes with the library."""
    file = importlib.resources.files("coresponder.programs").joinpath("views", f"{name}.toml")
    rows = tomllib.loads(file.read_text("utf-8"))["view"]
    tables = TypeAdapter(tuple[ViewTable, ...]).validate_python(rows)
    return tuple(_view(table, _emergency(table.emergency_access)) for table in tables)


def views_of(table: ViewsTable, rows: Iterable[ViewTable]) -> tuple[tuple[View, ...], list[str]]:
    """Return the views of a program, and every mistake in them. A row with the id of one in the set
    takes its place.
    """
    base, problems = _base(table)
    own, wrong = _own(rows)
    problems += [*wrong, *_role_problems(table, own)]
    ids = [view.id for view in own]
    problems += [
        f"[[view]] {id!r}: two rows have this id; give each its own"
        for id in dict.fromkeys(ids)
        if ids.count(id) > 1
    ]
    gone = {*table.without, *ids}
    return (*(view for view in base if view.id not in gone), *own), problems


def _base(table: ViewsTable) -> tuple[tuple[View, ...], list[str]]:
    if not table.base:
        unset = [f"[views] without: {id!r} has no base to be left out of" for id in table.without]
        return (), unset
    if table.base not in view_sets():
        return (), [
            f"[views] base: there is no set {table.base!r}; {nearest(table.base, view_sets())}"
        ]
    base = shipped_views(table.base)
    known = [view.id for view in base]
    return base, [
        f"[views] without: {table.base} has no view {id!r}; {nearest(id, known)}"
        for id in table.without
        if id not in known
    ]


def _role_problems(table: ViewsTable, views: Iterable[View]) -> Iterator[str]:
    known = roles_known(table.roles)
    for view in views:
        for role in view.roles:
            if role not in known:
                yield (
                    f"[[view]] {view.id!r}, role: there is no role {role!r};"
                    f" {nearest(role, known)}, or add it to roles in [views]"
                )


def _own(rows: Iterable[ViewTable]) -> tuple[tuple[View, ...], list[str]]:
    found, problems = list[View](), list[str]()
    for table in rows:
        emergency = None
        try:
            emergency = _emergency(table.emergency_access)
        except ValueError as error:
            problems.append(f"[[view]] {table.id!r}, emergency_access.lasts: {error}")
        found.append(_view(table, emergency))
    return tuple(found), problems


def _emergency(table: EmergencyAccessTable | None) -> EmergencyAccess | None:
    """Return how a row is opened; raise `ValueError` if that is for no length of time."""
    if table is None:
        return None
    lasts = parse_bound(table.lasts, Calendar()).length
    if lasts is None:
        raise ValueError(f"{table.lasts!r} is no length of time; write '30 min' or '1 h'")
    return EmergencyAccess(reasons=table.reason, lasts=lasts)


def _view(table: ViewTable, emergency: EmergencyAccess | None) -> View:
    return View(
        id=table.id,
        roles=table.role,
        purposes=table.purpose,
        events=table.event,
        whole=table.whole,
        coarse=table.coarse,
        needs=table.needs,
        own=table.own,
        with_consent=table.with_consent,
        audiences=table.audience,
        says=table.says,
        logged=table.logged,
        emergency_access=emergency,
        authority=table.authority,
    )
