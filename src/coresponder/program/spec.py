"""A program as data: TOML, validated by pydantic, with errors that name the file, the table, the key and the cure."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from coresponder.documents.cures import causes, cure_for
from coresponder.documents.reading import read_toml
from coresponder.documents.toml_lines import TomlLines
from coresponder.domain import vocabulary as words
from coresponder.domain.events import EVENT_TYPES, Event
from coresponder.errors import InvalidProgram, NotFound, nearest
from coresponder.lifecycle import INCIDENT, Edge, Lifecycle
from coresponder.policy.atoms import Atom
from coresponder.policy.bounds import Calendar, Plausible, parse_bound
from coresponder.policy.policy import Enforcement, Policy
from coresponder.program.declaration import MAPPED
from coresponder.program.notices import NoticeRule
from coresponder.program.own import own_event
from coresponder.program.program import Program
from coresponder.staffing import Seat, Tier

__all__ = ["load_program", "program_from_definition", "shipped_programs"]

_IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def many(value: Any) -> Any:
    """Let one value stand for a list of one."""
    return [value] if isinstance(value, str) else value


def _short_atom(value: Any) -> Any:
    """Let `a = "EventType"` stand for `a = { event = "EventType" }`."""
    return {"event": value} if isinstance(value, str | list) else value


def _day(value: Any) -> Any:
    """Let only a day stand for a day: no time of it, no number, no notation that one country reads otherwise than another."""
    if isinstance(value, dt.datetime):
        raise ValueError(f"{value} has a time; write the day alone, {value:%Y-%m-%d}")  # noqa: TRY004 - pydantic collects only ValueError
    if isinstance(value, dt.date):
        return value
    found = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", str(value).strip())
    example = f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}" if found and int(found[1]) <= 12 else "2026-12-25"
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is no day; write year, month and day without quotes, like {example}") from None


_Day = Annotated[dt.date, BeforeValidator(_day)]


class _PlausibleTable(_Table):
    since: _Day = Plausible().since
    lead: str = "7 d"


class _Program(_Table):
    id: Annotated[str, Field(pattern=_IDENTIFIER)]
    version: str
    title: str = ""
    source: str = ""
    natures: tuple[words.Nature, ...] = ()
    look_ahead: bool = False
    plausible: _PlausibleTable = _PlausibleTable()


class _CalendarTable(_Table):
    time_zone: str = "UTC"
    weekend: tuple[str, ...] = ("saturday", "sunday")
    holidays: tuple[_Day, ...] = ()


class _SeatTable(_Table):
    role: Annotated[tuple[words.Role, ...], BeforeValidator(many)]
    presence: words.Presence = words.Presence.IN_PERSON
    training: tuple[words.Training, ...] = ()
    hours: Annotated[int, Field(ge=0)] = 0


class _TierTable(_Table):
    id: Annotated[str, Field(pattern=_IDENTIFIER)]
    model: words.ResponseModel
    seats: Annotated[tuple[_SeatTable, ...], Field(min_length=1)]
    natures: tuple[words.Nature, ...] = ()
    title: str = ""
    source: str = "local choice"


Texts = Annotated[tuple[str, ...], BeforeValidator(many)]
"""One text, or several."""


class _AtomTable(_Table):
    event: Texts = ()
    where: dict[str, Any] = {}


_AtomText = Annotated[_AtomTable, BeforeValidator(_short_atom)]


class _PolicyTable(_Table):
    id: Annotated[str, Field(pattern=_IDENTIFIER)]
    template: str
    a: _AtomText | None = None
    b: _AtomText | None = None
    unless: _AtomText | None = None
    within: str | None = None
    after: str | None = None
    per: str | None = None
    count: int = 1
    enforcement: Enforcement = Enforcement.WARN
    source: str
    because: str | None = None


class _NoticeTable(_Table):
    to: words.Role
    on: str
    policies: tuple[str, ...] = ()
    channel: Annotated[str, Field(pattern=_IDENTIFIER)] = ""
    before: str | None = None
    fields: Texts = ()


class _EventTable(_Table):
    name: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*$")]
    kind: Literal["fact", "decision"]
    fields: dict[str, Literal["id", "code", "integer", "number", "boolean", "time"]] = {}


class _EdgeTable(_Table):
    event: str
    source: Texts
    target: str


class _LifecycleTable(_Table):
    states: tuple[str, ...] = ()
    add: tuple[_EdgeTable, ...] = ()
    forbid: tuple[_EdgeTable, ...] = ()


class _File(_Table):
    program: _Program
    calendar: _CalendarTable = _CalendarTable()
    tier: tuple[_TierTable, ...] = ()
    policy: tuple[_PolicyTable, ...] = ()
    notice: tuple[_NoticeTable, ...] = ()
    event: tuple[_EventTable, ...] = ()
    lifecycle: _LifecycleTable = _LifecycleTable()
    local_codes: dict[str, dict[str, str]] = {}


def shipped_programs() -> tuple[str, ...]:
    """Return the names of the programs that come with the library."""
    folder = importlib.resources.files("coresponder.programs")
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml") and entry.name.count(".") == 1)
    )


def load_program(name_or_path: str | Path) -> Program:
    """Load a shipped program by name, or any program from a TOML file.

    Raises:
        NotFound: it is neither a shipped name nor a file.
        InvalidProgram: the file has problems; all of them are listed, each with where it is and what to do.
    """
    text, source = read_program(name_or_path)
    try:
        definition = read_toml(text)
    except ValueError as error:
        raise InvalidProgram(str(error), source=source) from None
    return program_from_definition(definition, source=source, text=text)


def read_program(name_or_path: str | Path) -> tuple[str, str]:
    """Return the text of a shipped program or of a file, as it is written, and the name of its file."""
    path = Path(name_or_path)
    if str(name_or_path) in shipped_programs():
        return importlib.resources.files("coresponder.programs").joinpath(f"{name_or_path}.toml").read_text("utf-8"), f"{name_or_path}.toml"
    if not path.is_file():
        hint = nearest(str(name_or_path), shipped_programs())
        raise NotFound(f"{name_or_path}: neither a shipped program nor a file; {hint}")
    try:
        with path.open("rb") as file:
            if file.read(16) == b"SQLite format 3\0":
                raise NotFound(
                    f"{path} is a store, and a program belongs here; `coresponder due {path}` says what is owed in it, `coresponder verify {path}` checks it"
                )
        return path.read_text("utf-8"), path.name
    except UnicodeDecodeError as error:
        raise InvalidProgram(f"byte {error.start} is not UTF-8; save the file as UTF-8", source=path.name) from None


def program_from_definition(definition: Mapping[str, Any], *, source: str = "program", text: str = "") -> Program:
    """Build a program from the tables of a TOML file. The definition stays with the program and can be stored.

    Args:
        definition: the tables.
        source: the name that begins each line of an error.
        text: the file as it is written, so that an error can name the line.
    """
    try:
        tables = _File.model_validate(definition)
    except ValidationError as error:
        lines = TomlLines.of(text)
        problems = (lines.label(problem["loc"]) + _explain(problem, definition) for problem in causes(error.errors()))
        raise InvalidProgram(*problems, source=source) from None
    try:
        return _build(tables, definition)
    except InvalidProgram as error:
        lines = TomlLines.of(text)
        raise InvalidProgram(*(lines.label(_address(problem, definition)) + problem for problem in error.problems), source=source) from None


_ADDRESS = re.compile(r"\[\[?(?P<table>[\w.]+)\]\]?(?: number (?P<number>\d+)| '(?P<id>[^']*)')?(?:[,:]? (?P<key>[\w.]+)(?=[:, ]))?")


def _address(problem: str, definition: Mapping[str, Any]) -> tuple[str | int, ...]:
    """Return the path that a problem begins with: `[[policy]] 'rule', a.where: ...` is that of a program made in Python, too."""
    found = _ADDRESS.match(problem)
    if found is None:
        return ()
    path: tuple[str | int, ...] = tuple(found["table"].split("."))
    if found["number"]:
        path += (int(found["number"]) - 1,)
    elif found["id"] is not None:
        path += _row(definition.get(found["table"]), found["id"])
    return path + tuple(int(part) if part.isdigit() else part for part in (found["key"] or "").split("."))


def _row(rows: Any, name: str) -> tuple[str | int, ...]:
    """Return the number of the row with this id or name, the last of several; or the name itself, as a key of a table."""
    if not isinstance(rows, list | tuple):
        return (name,)
    return tuple(i for i, row in enumerate(rows) if name in {row.get("id"), row.get("name")})[-1:]


def _build(tables: _File, definition: Mapping[str, Any]) -> Program:
    head, problems = tables.program, []
    try:
        calendar = Calendar.of(tables.calendar.time_zone, tables.calendar.weekend, tables.calendar.holidays)
    except ValueError as error:
        problems.append(f"[calendar] {error}")
        calendar = Calendar()
    plausible, found = _plausible(head.plausible)
    problems += found
    for field, codes in tables.local_codes.items():
        problems += _code_problems(field, codes)
    events = []
    for table in tables.event:
        if table.name in EVENT_TYPES:
            problems.append(f"[[event]] {table.name!r} is already an event of the library; give it another name")
        else:
            events.append(own_event(table.name, table.kind, tuple(table.fields.items())))
    known = {*EVENT_TYPES, *(cls.__name__ for cls in events)}
    ids = {policy.id for policy in tables.policy}
    problems += [
        f"[[notice]] policies: there is no policy {name!r}; {nearest(name, ids)}" for n in tables.notice for name in n.policies if name not in ids
    ]
    notices, found = _notices(tables.notice, {**EVENT_TYPES, **{cls.__name__: cls for cls in events}})
    problems += found
    doubled = [t.id for i, t in enumerate(tables.tier) if t.id in {other.id for other in tables.tier[:i]}]
    problems += [f"[[tier]] {name!r}: two tiers have this id; give each its own" for name in doubled]
    lifecycle, found = _lifecycle(tables.lifecycle, known)
    problems += found
    policies = tuple(_policy(table) for table in tables.policy)
    try:
        program = Program(
            id=head.id,
            version=head.version,
            title=head.title,
            source=head.source,
            natures=head.natures,
            look_ahead=head.look_ahead,
            plausible=plausible,
            policies=policies,
            tiers=tuple(_tier(table) for table in tables.tier),
            notices=notices,
            lifecycle=lifecycle,
            calendar=calendar,
            events=tuple(events),
            local_codes=tables.local_codes,
            definition=json.loads(json.dumps(definition, default=str)),
        )
    except InvalidProgram as error:
        raise InvalidProgram(*problems, *error.problems) from None
    if problems:
        raise InvalidProgram(*problems)
    return program


def _plausible(table: _PlausibleTable) -> tuple[Plausible, list[str]]:
    try:
        length = parse_bound(table.lead, Calendar()).length
    except ValueError as error:
        return Plausible(), [f"[program] plausible.lead: {error}"]
    if length is None:
        return Plausible(), [f"[program] plausible.lead = {table.lead!r} is no duration; write it like '7 d'"]
    return Plausible(since=table.since, lead=length), []


def _notices(tables: tuple[_NoticeTable, ...], vocabulary: dict[str, type[Event]]) -> tuple[tuple[NoticeRule, ...], list[str]]:
    rules, problems = [], []
    for number, table in enumerate(tables, start=1):
        before = None
        try:
            bound = table.before and parse_bound(table.before, Calendar())
            before = bound.length if bound else None
            if bound and before is None:
                problems.append(f"[[notice]] number {number}: before = {table.before!r} is no duration; write it like '15 min'")
        except ValueError as error:
            problems.append(f"[[notice]] number {number}: before = {error}")
        rule = NoticeRule(to=table.to.value, on=table.on, policies=table.policies, channel=table.channel, before=before, fields=table.fields)
        rules.append(rule)
        problems += [f"[[notice]] number {number}: {problem}" for problem in rule.problems(vocabulary)]
    return tuple(rules), problems


def _code_problems(field: str, codes: Mapping[str, str]) -> list[str]:
    if field not in MAPPED:
        return [f"[local_codes.{field}]: {field!r} is not a vocabulary; {nearest(field, MAPPED)}"]
    values = [member.value for member in MAPPED[field]]
    return [
        f"[local_codes.{field}] {code!r}: there is no {field} {value!r}; {nearest(value, values)}"
        for code, value in codes.items()
        if value not in values
    ]


def _lifecycle(table: _LifecycleTable, known: set[str]) -> tuple[Lifecycle, list[str]]:
    def edges(tables: tuple[_EdgeTable, ...]) -> list[Edge]:
        return [Edge(row.event, source, row.target) for row in tables for source in row.source]

    added, gone = edges(table.add), edges(table.forbid)
    problems = [
        f"[lifecycle] {key}.{i}: there is no event {row.event!r}; {nearest(row.event, known)}"
        for key, rows in (("add", table.add), ("forbid", table.forbid))
        for i, row in enumerate(rows)
        if row.event not in known
    ]
    if problems:
        return INCIDENT, problems
    try:
        return INCIDENT.extend(states=table.states, edges=added, forbid=gone), []
    except InvalidProgram as error:
        return INCIDENT, [f"[lifecycle] {problem}" for problem in error.problems]


def _atom(text: _AtomTable | None) -> Atom | None:
    return None if text is None else Atom(events=text.event, where=text.where)


def _policy(table: _PolicyTable) -> Policy:
    fields = {name: getattr(table, name) for name in _PolicyTable.model_fields if name not in {"a", "b", "unless"}}
    return Policy(a=_atom(table.a), b=_atom(table.b), unless=_atom(table.unless), **fields)


def _tier(table: _TierTable) -> Tier:
    seats = tuple(Seat(roles=s.role, presence=s.presence, training=s.training, hours=s.hours) for s in table.seats)
    return Tier(id=table.id, model=table.model, seats=seats, natures=table.natures, title=table.title, source=table.source)


def _explain(problem: Any, definition: Mapping[str, Any]) -> str:
    """Turn one pydantic error into a line that names table, key and cure."""
    where, key = _locate(problem["loc"], definition)
    kind = problem["type"]
    if kind == "extra_forbidden":
        return f"{where}: there is no key {key!r}; {nearest(key.split('.')[-1], _known_keys(problem['loc']))}"
    if kind in {"enum", "literal_error"}:
        return f"{where}, {key} = {problem['input']!r}: {cure_for(problem)}"
    if kind in {"list_type", "tuple_type"} and isinstance(problem["input"], Mapping):
        name = str(problem["loc"][-1])
        return f"[{name}]: each {name} is one of a list; write [[{name}]], in two brackets"
    return f"{where}, {key}: {cure_for(problem)}"


def _locate(loc: tuple[Any, ...], definition: Mapping[str, Any]) -> tuple[str, str]:
    table = str(loc[0]) if loc else "file"
    rest = loc[1:]
    if table in {"policy", "tier", "notice", "event"} and len(loc) > 1 and isinstance(loc[1], int):
        row = definition[table][loc[1]]
        name = row.get("id") or row.get("name") or f"number {loc[1] + 1}" if isinstance(row, Mapping) else f"number {loc[1] + 1}"
        return f"[[{table}]] {name!r}", ".".join(map(str, rest[1:])) or table
    return f"[{table}]", ".".join(map(str, rest)) or table


def _known_keys(loc: tuple[Any, ...]) -> list[str]:
    tables: dict[str, type[BaseModel]] = {
        "program": _Program, "calendar": _CalendarTable, "tier": _TierTable, "policy": _PolicyTable, "notice": _NoticeTable,
        "event": _EventTable, "lifecycle": _LifecycleTable,
    }  # fmt: skip
    if len(loc) == 1:
        return list(_File.model_fields)
    inner: dict[str, type[BaseModel]] = dict.fromkeys(("a", "b", "unless"), _AtomTable) | {
        "plausible": _PlausibleTable,
        "seats": _SeatTable,
        "add": _EdgeTable,
        "forbid": _EdgeTable,
    }
    found = next((inner[part] for part in reversed(loc[1:-1]) if part in inner), tables[str(loc[0])])
    return list(found.model_fields)
