"""A program as data: TOML, validated by pydantic. Errors name file, table, key and remedy."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from coresponder.documents.reading import read_toml
from coresponder.documents.remedies import causes, remedy_for
from coresponder.documents.toml_lines import TomlLines
from coresponder.domain.events import EVENT_TYPES, Event
from coresponder.domain.personal import shape_problem
from coresponder.errors import InvalidProgram, NotFound, nearest
from coresponder.lifecycle import INCIDENT, Edge, Lifecycle
from coresponder.policy.atoms import Atom
from coresponder.policy.bounds import Calendar, Plausible, parse_bound
from coresponder.policy.policy import Policy
from coresponder.program.kept import as_written_today
from coresponder.program.notices import NoticeRule
from coresponder.program.own import own_event
from coresponder.program.own_words import OwnWords, standard_where, word_problems
from coresponder.program.program import Program
from coresponder.program.retention import Retention, retention_problems
from coresponder.program.tables import (
    AtomTable,
    CalendarTable,
    EdgeTable,
    EventTable,
    LifecycleTable,
    PlausibleTable,
    PolicyTable,
    ProgramFile,
    RetentionTable,
    TierTable,
    TrainingTable,
    known_keys,
)
from coresponder.program.view_rows import views_of
from coresponder.roster.course import Course
from coresponder.roster.courses import Courses, course_problems
from coresponder.roster.staffing import Seat, Tier, staffing_problems

__all__ = ["load_program", "program_from_definition", "shipped_programs"]


def shipped_programs() -> tuple[str, ...]:
    """Return the names of the programs that come with the library."""
    folder = importlib.resources.files("coresponder.programs")
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in folder.iterdir()
            if entry.name.endswith(".toml") and entry.name.count(".") == 1
        )
    )


def load_program(name_or_path: str | Path) -> Program:
    """Load a shipped program by name, or any program from a TOML file.

    Raises:
        NotFound: there is neither a shipped program nor a file of that name.
        InvalidProgram: the file has problems; the error lists all of them, each with its place and
            its remedy.
    """
    text, source = read_program(name_or_path)
    try:
        definition = read_toml(text)
    except ValueError as error:
        raise InvalidProgram(str(error), source=source) from None
    return _from_tables(definition, source=source, text=text)


def read_program(name_or_path: str | Path) -> tuple[str, str]:
    """Return the text of a shipped program or of a file, unchanged, and the file's name."""
    path = Path(name_or_path)
    if str(name_or_path) in shipped_programs():
        return importlib.resources.files("coresponder.programs").joinpath(
            f"{name_or_path}.toml"
        ).read_text("utf-8"), f"{name_or_path}.toml"
    if not path.is_file():
        hint = nearest(str(name_or_path), shipped_programs())
        raise NotFound(f"{name_or_path}: neither a shipped program nor a file; {hint}")
    try:
        with path.open("rb") as file:
            if file.read(16) == b"SQLite format 3\0":
                raise NotFound(
                    f"{path} is a store, and a program belongs here; `coresponder due {path}` says"
                    f" what is owed in it, `coresponder verify {path}` checks it"
                )
        return path.read_text("utf-8"), path.name
    except UnicodeDecodeError as error:
        raise InvalidProgram(
            f"byte {error.start} is not UTF-8; save the file as UTF-8", source=path.name
        ) from None


def program_from_definition(
    definition: Mapping[str, Any], *, source: str = "program", text: str = ""
) -> Program:
    """Build a program from the tables of a TOML file, in today's form or in an older one that a
    store has kept. The definition stays with the program and can be stored.

    Args:
        definition: the tables.
        source: the name that begins each line of an error.
        text: the text of the file, so that an error can name the line.

    Raises:
        InvalidProgram: the definition has problems; the error lists all of them.
    """
    if not isinstance(definition, Mapping):
        raise InvalidProgram("a program is a table of keys, and this is none", source=source)
    if definition.get("subject") == "responder":
        whole = {key: value for key, value in definition.items() if key != "subject"}
        return program_from_definition(whole, source=source, text=text).for_responders
    if definition.get("subject") == "disclosure":
        from coresponder.program.disclosed import DISCLOSURES

        return DISCLOSURES
    return _from_tables(as_written_today(definition), source=source, text=text)


def _from_tables(definition: Mapping[str, Any], *, source: str, text: str) -> Program:
    try:
        tables = ProgramFile.model_validate(definition)
    except ValidationError as error:
        lines = TomlLines.of(text)
        problems = (
            lines.label(problem["loc"]) + _explain(problem, definition)
            for problem in causes(error.errors())
        )
        raise InvalidProgram(*problems, source=source) from None
    try:
        return _build(tables, definition)
    except InvalidProgram as error:
        lines = TomlLines.of(text)
        raise InvalidProgram(
            *(lines.label(_address(problem, definition)) + problem for problem in error.problems),
            source=source,
        ) from None


_Part = TypeVar("_Part")

_ADDRESS = re.compile(
    r"\[\[?(?P<table>[\w.]+)\]\]?(?: number (?P<number>\d+)| '(?P<id>[^']*)')?(?:[,:]?"
    r" (?P<key>[\w.]+)(?=[:, ]))?"
)


def _address(problem: str, definition: Mapping[str, Any]) -> tuple[str | int, ...]:
    """Return the path with which a problem begins: `[[policy]] 'rule', a.where: ...`. Problems of
    programs made in Python begin in the same way.
    """
    found = _ADDRESS.match(problem)
    if found is None:
        return ()
    path: tuple[str | int, ...] = tuple(found["table"].split("."))
    if found["number"]:
        path += (int(found["number"]) - 1,)
    elif found["id"] is not None:
        path += _row(definition.get(found["table"]), found["id"])
    return path + tuple(
        int(part) if part.isdigit() else part for part in (found["key"] or "").split(".")
    )


def _row(rows: Any, name: str) -> tuple[str | int, ...]:
    """Return the number of the row with this id or name (the last of several), or the name itself
    as a key of a table.
    """
    if not isinstance(rows, list | tuple):
        return (name,)
    return tuple(i for i, row in enumerate(rows) if name in {row.get("id"), row.get("name")})[-1:]


def _build(tables: ProgramFile, definition: Mapping[str, Any]) -> Program:
    head, problems = tables.program, [*_doubled(tables), *word_problems(tables.vocabulary)]

    def noted(result: tuple[_Part, list[str]]) -> _Part:
        problems.extend(result[1])
        return result[0]

    events = noted(_events(tables.event))
    vocabulary = {**EVENT_TYPES, **{cls.__name__: cls for cls in events}}
    trainings, tiers = noted(_trainings(tables.training)), noted(_tiers(tables.tier))
    if not problems:
        problems += course_problems(Courses(trainings))
        problems += staffing_problems(tiers, Courses(trainings))
    try:
        program = Program(
            id=head.id,
            version=head.version,
            title=head.title,
            authority=head.authority,
            natures=head.natures,
            look_ahead=head.look_ahead,
            own_numbers=noted(_own_numbers(head.own_numbers)),
            plausible=noted(_plausible(head.plausible)),
            policies=noted(_policies(tables.policy, tables.vocabulary)),
            trainings=trainings,
            tiers=tiers,
            notices=noted(_notices(tables, vocabulary)),
            views=noted(views_of(tables.views, tables.view)),
            retention=noted(_retention(tables.retention)),
            lifecycle=noted(_lifecycle(tables.lifecycle, set(vocabulary))),
            calendar=noted(_calendar(tables.calendar)),
            events=events,
            own_words=tables.vocabulary,
            definition=json.loads(json.dumps(definition, default=str)),
        )
    except InvalidProgram as error:
        raise InvalidProgram(*dict.fromkeys([*problems, *error.problems])) from None
    if problems:
        raise InvalidProgram(*problems)
    return program


def _doubled(tables: ProgramFile) -> list[str]:
    times = Counter(tier.id for tier in tables.tier)
    doubled = [name for name, count in times.items() if count > 1]
    return [
        f"[[tier]] {name!r}: two tiers have this id; give each tier its own" for name in doubled
    ]


def _calendar(table: CalendarTable) -> tuple[Calendar, list[str]]:
    try:
        return Calendar.of(table.time_zone, table.weekend, table.holidays), []
    except ValueError as error:
        return Calendar(), [f"[calendar] {error}"]


def _events(tables: tuple[EventTable, ...]) -> tuple[tuple[type[Event], ...], list[str]]:
    taken = [table.name for table in tables if table.name in EVENT_TYPES]
    events = (
        own_event(table.name, table.kind, tuple(table.fields.items()))
        for table in tables
        if table.name not in taken
    )
    return tuple(events), [
        f"[[event]] {name!r} is already an event of the library; give it another name"
        for name in taken
    ]


def _own_numbers(shapes: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
    found = [(shape, shape_problem(shape)) for shape in shapes]
    return shapes, [f"[program] own_numbers {shape!r}: {said}" for shape, said in found if said]


def _plausible(table: PlausibleTable) -> tuple[Plausible, list[str]]:
    try:
        length = parse_bound(table.lead, Calendar()).length
    except ValueError as error:
        return Plausible(), [f"[program] plausible.lead: {error}"]
    if length is None:
        return Plausible(), [
            f"[program] plausible.lead = {table.lead!r} is not a duration; write it like '7 d'"
        ]
    return Plausible(since=table.since, lead=length), []


def _notices(
    tables: ProgramFile, vocabulary: dict[str, type[Event]]
) -> tuple[tuple[NoticeRule, ...], list[str]]:
    ids = {policy.id for policy in tables.policy}
    problems = [
        f"[[notice]] policies: there is no policy {name!r}; {nearest(name, ids)}"
        for table in tables.notice
        for name in table.policies
        if name not in ids
    ]
    rules = []
    for number, table in enumerate(tables.notice, start=1):
        before, found = _before(table.before)
        rule = NoticeRule(
            to=table.to.value,
            on=table.on,
            policies=table.policies,
            channel=table.channel,
            before=before,
            fields=table.fields,
        )
        rules.append(rule)
        found += rule.problems(vocabulary)
        problems += [f"[[notice]] number {number}: {problem}" for problem in found]
    return tuple(rules), problems


def _retention(
    tables: tuple[RetentionTable, ...],
) -> tuple[tuple[Retention, ...], list[str]]:
    rules = tuple(Retention(**dict(table)) for table in tables)
    problems = retention_problems(rules)
    return () if problems else rules, problems


def _before(text: str | None) -> tuple[dt.timedelta | None, list[str]]:
    if not text:
        return None, []
    try:
        length = parse_bound(text, Calendar()).length
    except ValueError as error:
        return None, [f"before = {error}"]
    if length is None:
        return None, [f"before = {text!r} is not a duration; write it like '15 min'"]
    return length, []


def _lifecycle(table: LifecycleTable, known: set[str]) -> tuple[Lifecycle, list[str]]:
    def edges(tables: tuple[EdgeTable, ...]) -> list[Edge]:
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


def _policies(
    tables: tuple[PolicyTable, ...], words: OwnWords
) -> tuple[tuple[Policy, ...], list[str]]:
    problems = list[str]()

    def atom(table: PolicyTable, part: str) -> Atom | None:
        given: AtomTable | None = getattr(table, part)
        if given is None:
            return None
        where, wrong = standard_where(words, given.where)
        problems.extend(
            f"[[policy]] {table.id!r}, {part}.where: {path}: {said}" for path, said in wrong
        )
        return Atom(events=given.event, where=where)

    return tuple(_policy(table, atom) for table in tables), problems


def _policy(table: PolicyTable, atom: Callable[[PolicyTable, str], Atom | None]) -> Policy:
    fields = {
        name: getattr(table, name)
        for name in PolicyTable.model_fields
        if name not in {"a", "b", "unless"}
    }
    return Policy(a=atom(table, "a"), b=atom(table, "b"), unless=atom(table, "unless"), **fields)


def _trainings(tables: tuple[TrainingTable, ...]) -> tuple[tuple[Course, ...], list[str]]:
    made, problems = [], []
    for table in tables:
        try:
            made.append(Course(**dict(table)))
        except ValueError as error:
            problems.append(f"[[training]] {table.id!r}, valid: {error}")
    return tuple(made), problems


def _tiers(tables: tuple[TierTable, ...]) -> tuple[tuple[Tier, ...], list[str]]:
    made, problems = [], []
    for table in tables:
        try:
            made.append(_tier(table))
        except ValueError as error:
            problems.append(f"[[tier]] {table.id!r}, seats: {error}")
    return tuple(made), problems


def _tier(table: TierTable) -> Tier:
    seats = tuple(
        Seat(roles=s.role, **{key: value for key, value in s if key != "role"}) for s in table.seats
    )
    return Tier(seats=seats, **{key: value for key, value in table if key != "seats"})


def _explain(problem: Any, definition: Mapping[str, Any]) -> str:
    """Turn one pydantic error into a line that names the table, the key and the remedy."""
    where, key = _locate(problem["loc"], definition)
    kind = problem["type"]
    if kind == "extra_forbidden":
        return (
            f"{where}: there is no key {key!r};"
            f" {nearest(key.split('.')[-1], known_keys(problem['loc']))}"
        )
    if kind in {"enum", "literal_error"}:
        return f"{where}, {key} = {problem['input']!r}: {remedy_for(problem)}"
    if kind in {"list_type", "tuple_type"} and isinstance(problem["input"], Mapping):
        name = str(problem["loc"][-1])
        return f"[{name}]: each {name} is one of a list; write [[{name}]], in two brackets"
    return f"{where}, {key}: {remedy_for(problem)}"


def _locate(loc: tuple[Any, ...], definition: Mapping[str, Any]) -> tuple[str, str]:
    table = str(loc[0]) if loc else "file"
    rest = loc[1:]
    if (
        table in {"policy", "tier", "notice", "event", "training", "view", "retention"}
        and len(loc) > 1
        and isinstance(loc[1], int)
    ):
        row = definition[table][loc[1]]
        name = (
            row.get("id") or row.get("name") or f"number {loc[1] + 1}"
            if isinstance(row, Mapping)
            else f"number {loc[1] + 1}"
        )
        return f"[[{table}]] {name!r}", ".".join(map(str, rest[1:])) or table
    return f"[{table}]", ".".join(map(str, rest)) or table
