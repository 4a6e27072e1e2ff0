"""The command `schema`, which prints the tables of a store as SQL, and the JSON Schema of each kind
of file.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.options import print_json, say
from coresponder.errors import NotFound, nearest

if TYPE_CHECKING:
    from coresponder.domain.events import Event

__all__ = ["json_schema", "schema"]

_KINDS = ("program", "scenarios", "mapping", "roster", "events", "feed")


@click.command()
@click.argument("database", type=click.Choice(["sqlite", "postgresql"]), required=False)
@click.option(
    "--of",
    "kind",
    metavar="KIND",
    help="Print the JSON Schema of a `program`, of `scenarios`, of a `mapping`, of the rows of a"
    " `roster`, of all `events`, or of one event type by its name; or the AsyncAPI document of the"
    " `feed`.",
)
@click.option(
    "--program",
    help="With --of: also the event types that this program declares.",
)
@click.option(
    "--since",
    type=int,
    default=0,
    help="The schema version that the database has; by default it has no tables.",
)
@click.option(
    "--row-security",
    is_flag=True,
    help="PostgreSQL only: also separate agencies by row-level security, whatever SQL a role runs.",
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE=AGENCY",
    help="With --row-security: the agency whose rows a role sees. May be repeated.",
)
def schema(
    database: str | None,
    kind: str | None,
    program: str | None,
    since: int,
    row_security: bool,
    roles: tuple[str, ...],
) -> None:
    """Print the tables of DATABASE as SQL, for a host that runs its own migrations. With --of,
    print a JSON Schema, with which an editor completes and checks a file while it is typed.
    """
    if (database is None) == (kind is None):
        raise click.UsageError("give a database, `sqlite` or `postgresql`, or --of KIND")
    if program and kind is None:
        raise click.UsageError("--program goes with --of")
    if kind is not None:
        print_json(json_schema(kind, program))
    else:
        _print_sql(str(database), since, row_security, roles)


def json_schema(kind: str, program: str | None = None) -> dict[str, Any]:
    """Return the JSON Schema of `scenarios`, or of any kind that `interop.json_schema` has; of
    `feed`, its AsyncAPI document.
    """
    from coresponder.interop.asyncapi import feed_document
    from coresponder.interop.json_schema import TYPES, schema_of
    from coresponder.program import load_program

    own = load_program(program).events if program else ()
    types = {**TYPES, **{cls.__name__: cls for cls in own}}
    if kind not in {*_KINDS, *types}:
        raise NotFound(f"--of {kind}: {_nearest_kind(kind, types)}")
    if kind == "feed":
        return feed_document(types)
    return _scenarios(own) if kind == "scenarios" else schema_of(kind, events=own)


def _nearest_kind(kind: str, types: Iterable[str]) -> str:
    """Return the nearest kind; without one, all of them."""
    hint = nearest(kind, (*_KINDS, *types))
    if not hint.startswith("known"):
        return hint
    return (
        f"there is no such schema; there is one of {', '.join(_KINDS)}, and of each event type by its"
        " name, for example CallReceived (`coresponder schema --of events` has them all)"
    )


def _scenarios(own: Iterable[type[Event]]) -> dict[str, Any]:
    """Return the schema of scenarios. A step has one key that names its event."""
    from coresponder.interop.json_schema import TYPES, file_schema
    from coresponder.testing.scenario_tables import File

    found = file_schema(File, title="The scenarios of a coresponder program.")
    found["$defs"]["StepTable"]["properties"] |= {
        cls.__name__: {"description": inspect.getdoc(cls)} for cls in (*TYPES.values(), *own)
    }
    return found


def _print_sql(database: str, since: int, row_security: bool, roles: tuple[str, ...]) -> None:
    from coresponder.stores.schema import row_security_sql, schema_sql

    if row_security and database != "postgresql":
        raise click.UsageError("--row-security needs postgresql")
    if roles and not row_security:
        raise click.UsageError("--role goes with --row-security")
    pairs = [role.partition("=") for role in roles]
    if any(not name or not agency for name, _, agency in pairs):
        raise click.UsageError("write --role ROLE=AGENCY")
    statements = (
        *schema_sql(database, since=since),
        *(row_security_sql({name: agency for name, _, agency in pairs}) if row_security else ()),
    )
    for statement in statements:
        say(f"{statement};")
