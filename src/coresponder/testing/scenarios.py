"""Read files of scenarios, which a person writes in the program's words.

A file is TOML. All its mistakes are reported at once, each with the scenario, the step, the line,
the key and the remedy.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
from pydantic import ValidationError

from coresponder.documents.reading import read_toml
from coresponder.documents.remedies import causes, remedy_for
from coresponder.domain import vocabulary as words
from coresponder.domain.events import CallReceived, Event, PersonInvolved, ResponderArrived
from coresponder.domain.objects import Credential, Responder
from coresponder.domain.types import UTC
from coresponder.errors import InvalidScenario, NotFound, nearest
from coresponder.policy.bounds import say_duration
from coresponder.program import Override, Program, shipped_programs
from coresponder.program.notices import OCCASIONS
from coresponder.program.own_words import standard_fields
from coresponder.record import adapter
from coresponder.roster.events import RESPONDER_EVENTS
from coresponder.testing.scenario import Expected, Promise, Scenario, ScenarioStep, Told
from coresponder.testing.scenario_tables import (
    File,
    Lines,
    ResponderTable,
    ScenarioTable,
    StepTable,
)

__all__ = ["load_scenarios", "scenarios_beside"]

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_OFFSET = re.compile(r"\+\s*((?:\d+(?:\.\d+)?\s*(?:s|min|h|d)\s*)+)")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")
_PROMISE = re.compile(
    r"(?P<rule>\S+)(?: for (?P<key>\S+))?(?: by (?P<by>.+)| (?P<end>before the end))?"
)
_TOLD = re.compile(
    r"(?P<to>[a-z_]+)(?: through (?P<channel>\S+))?: (?P<about>\S+)(?: of)?(?: (?P<rule>\S+))?(?:"
    r" for (?P<key>\S+))?"
)
_PARTS_OF_PROGRAM = ("lifecycle", "referral", "follow_up", "busy")


def scenarios_beside(program: str | Path) -> Path | None:
    """Return the file of scenarios beside a program: `my-city.scenarios.toml`, or that of a shipped
    program; None if there is none.
    """
    if str(program) in shipped_programs():
        found = Path(
            str(
                importlib.resources.files("coresponder.programs").joinpath(
                    f"{program}.scenarios.toml"
                )
            )
        )
    else:
        found = Path(program).with_suffix(".scenarios.toml")
    return found if found.is_file() else None


def load_scenarios(path: str | Path, program: Program) -> tuple[Scenario, ...]:
    """Read a file of scenarios for a program. The name of a shipped program stands for its own
    file.

    Raises:
        NotFound: there is no such file.
        InvalidScenario: the file has mistakes; all are listed, each with its place and its remedy.
    """
    path = (scenarios_beside(path) if str(path) in shipped_programs() else None) or Path(path)
    try:
        text = path.read_text("utf-8")
        values = read_toml(text)
    except FileNotFoundError:
        raise NotFound(
            f"{path}: there is no such file; start one like those that `coresponder new` writes"
        ) from None
    except UnicodeDecodeError as error:
        raise InvalidScenario(
            f"byte {error.start} is not UTF-8; save the file as UTF-8", source=path.name
        ) from None
    except ValueError as error:
        raise InvalidScenario(str(error), source=path.name) from None
    lines = Lines.of(text)
    try:
        tables = File.model_validate(values)
    except ValidationError as error:
        raise InvalidScenario(
            *(lines.explain(problem, values) for problem in causes(error.errors())),
            source=path.name,
        ) from None
    reader = _Reader(program, tables, lines, path.name)
    found = tuple(reader.scenario(i, table) for i, table in enumerate(tables.scenario))
    if reader.problems:
        raise InvalidScenario(*reader.problems, source=path.name)
    return found


@attrs.define
class _Reader:
    """Turns tables into scenarios, and collects every mistake, so that a person can fix all at
    once.
    """

    program: Program
    file: File
    lines: Lines
    source: str
    problems: list[str] = attrs.field(factory=list)
    where: str = ""
    begins: dt.datetime = dt.datetime.min.replace(tzinfo=UTC)

    def scenario(self, number: int, table: ScenarioTable) -> Scenario:
        """Read one scenario, and add its mistakes to `problems`."""
        head = self.lines.head(number)
        self.where = f"line {head}, [[scenario]] {table.title!r}"
        self.begins = self._local(table.begins or self.file.begins)
        responders = {
            name: self._responder(name, one) for name, one in self.file.responders.items()
        }
        self._known(table.available, responders, "available", "responder")
        clock = self.begins
        steps: list[ScenarioStep] = []
        if table.call is not None:
            steps += self._call(table.call, head)
        for i, row in enumerate(table.steps):
            line = self.lines.step(number, i)
            self.where = f"line {line}, [[scenario]] {table.title!r}, step {i + 1}"
            step = self._step(row, table, line, clock)
            if step is not None:
                steps.append(step)
                clock = max(clock, step.recorded)
        return Scenario(
            title=table.title, about=table.about, file=self.source, line=head, begins=self.begins, steps=tuple(steps), responders=responders
        )  # fmt: skip

    def _call(self, call: str | dict[str, Any], line: int) -> Iterator[ScenarioStep]:
        fields = {"source": "911", "nature": call} if isinstance(call, str) else call
        fields = standard_fields(self.program.own_words, fields)
        event = self._event(CallReceived, fields, self.begins, self.file.by)
        if event is not None:
            yield ScenarioStep(
                line=line, at=self.begins, recorded=self.begins, incident="incident", by=self.file.by, event=event, expected=Expected()
            )  # fmt: skip

    def _step(
        self, row: StepTable, table: ScenarioTable, line: int, clock: dt.datetime
    ) -> ScenarioStep | None:
        at = clock if row.at is None else self._instant(row.at, "at")
        recorded = (
            max(clock, at) if row.recorded is None else self._instant(row.recorded, "recorded")
        )
        if row.recorded is None and at < clock:
            self._problem(
                "at",
                f"{row.at!r} lies before the step above; put it in its place, or add recorded ="
                f" '+{say_duration(clock - self.begins)}' if it was written down late",
            )
        elif recorded < max(clock, at):
            self._problem(
                "recorded",
                f"{row.recorded!r} lies before what is written above; an entry is written down"
                " after it happened, in the order of the file",
            )
        by = row.by or self.file.by
        event = self._happening(row, table, at, by)
        responder = self._stream(row, event)
        program = self.program.for_responders if responder else self.program
        override = (
            None
            if row.override is None
            else Override(by=row.override.by, reason=row.override.reason)
        )
        dispatch = table.available if row.dispatch is True else row.dispatch or None
        self._known(dispatch or (), self.file.responders, "dispatch", "responder")
        return ScenarioStep(
            line=line, at=at, recorded=recorded, incident=row.incident, by=by, event=event, dispatch=dispatch, override=override,
            responder=responder, expected=self._expected(row, program), note=row.note,
        )  # fmt: skip

    def _stream(self, row: StepTable, event: Event | None) -> str | None:
        """Return the responder whose stream a step belongs to; None if it belongs to an
        incident.
        """
        name = type(event).__name__ if event else None
        if name is not None and name not in self.program.vocabulary:
            return row.responder or getattr(event, "responder", None)
        if row.responder and (row.dispatch is not None or name not in {None, "EnteredInError"}):
            self._problem(
                "responder",
                "names the stream of a responder, and this step is about an incident; leave it out",
            )
        return row.responder

    def _happening(
        self, row: StepTable, table: ScenarioTable, at: dt.datetime, by: str
    ) -> Event | None:
        """Return the event of a step. Its key is the one that this format does not define."""
        names = list(row.model_extra or {})
        vocabulary = {**RESPONDER_EVENTS, **self.program.vocabulary}
        strange = [name for name in names if name not in vocabulary]
        for name in strange:
            known = StepTable.model_fields if name[:1].islower() else vocabulary
            self._problem(
                name,
                f"there is no {'key' if name[:1].islower() else 'event'} {name!r};"
                f" {nearest(name, known)}",
            )
        if len(names) + (row.dispatch is not None) > 1 and not strange:
            self._problem(names[-1], "a step can have only one event; write a step for each")
        if strange or not names:
            return None
        cls, value = vocabulary[names[0]], (row.model_extra or {})[names[0]]
        fields = standard_fields(self.program.own_words, self._fields(cls, value))
        if cls is PersonInvolved and "person" in fields:
            fields = (
                self.file.people.get(str(fields["person"]), {})
                | table.people.get(str(fields["person"]), {})
                | fields
            )
        if cls is ResponderArrived and "role" not in fields:
            sent = self.file.responders.get(str(fields.get("responder")))
            fields = fields | ({"role": sent.role.value} if sent else {})
        return self._event(cls, fields, at, by)

    def _fields(self, cls: type[Event], value: Any) -> dict[str, Any]:
        """Return an event's fields. A single value is the value of the event's first field; `true`
        means that no field is given.
        """
        if isinstance(value, dict):
            return _nested(value)
        own = [f.name for f in attrs.fields(cls) if f.name not in {"at", "by", "approximate"}]
        if value is True or not own:
            return {}
        return {own[0]: value}

    def _event(
        self, cls: type[Event], fields: dict[str, Any], at: dt.datetime, by: str
    ) -> Event | None:
        known = [f.name for f in attrs.fields(cls)]
        for name in [name for name in fields if name not in known]:
            self._problem(
                f"{cls.__name__}.{name}", f"there is no such field; {nearest(name, known)}"
            )
            return None
        values = {key: self._value(value) for key, value in fields.items()}
        try:
            return adapter(cls).validator.validate_json(  # type: ignore[no-any-return]
                json.dumps({"at": at.isoformat(), "by": by, **values}, default=str)
            )
        except ValidationError as error:
            for one in error.errors():
                path = ".".join(
                    map(str, (p for p in one["loc"] if not str(p).startswith("function-")))
                )
                self._problem(f"{cls.__name__}.{path}".rstrip("."), remedy_for(one))
            return None

    def _value(self, value: Any) -> Any:
        """Return a field's value, with `+3 d` and local times turned into instants."""
        if isinstance(value, dict):
            return {key: self._value(one) for key, one in value.items()}
        if isinstance(value, dt.datetime) or (isinstance(value, str) and _OFFSET.fullmatch(value)):
            return self._instant(value, "field").isoformat()
        return value

    def _expected(self, row: StepTable, program: Program) -> Expected:
        found: dict[str, Any] = {
            "team": row.team,
            "out_of_place": row.out_of_place,
            "state": row.state,
            "may": row.may,
            "may_not": row.may_not,
        }
        for key in ("refused_by", "breaks", "cures", "owes", "meets", "owed", "overdue"):
            texts = getattr(row, key)
            found[key] = (
                None
                if texts is None
                else tuple(p for p in (self._promise(text, key, program) for text in texts) if p)
            )
        found["told"] = (
            None
            if row.told is None
            else tuple(told for told in (self._told(text, program) for text in row.told) if told)
        )
        if row.team is not None and row.team != "none":
            self._known([row.team], [tier.id for tier in self.program.tiers], "team", "tier")
        if row.team is not None and row.dispatch is None:
            self._problem(
                "team", "goes with dispatch = true, or dispatch = [ids of those available]"
            )
        if row.override is not None and not row.refused_by:
            self._problem("override", "name in refused_by the rules that it overrides")
        if row.state is not None:
            self._known([row.state], program.lifecycle.states, "state", "state")
        self._known((*row.may, *row.may_not), program.vocabulary, "may", "event")
        return Expected(**found)

    def _promise(self, text: str, key: str, program: Program) -> Promise | None:
        found = _PROMISE.fullmatch(text)
        if found is None:
            self._problem(
                key,
                f"{text!r} is not understood; write 'RULE', 'RULE for KEY', 'RULE by +3 d' or 'RULE"
                " before the end'",
            )
            return None
        self._rule_known(found["rule"], key, program)
        due = "end" if found["end"] else self._instant(found["by"], key) if found["by"] else None
        return Promise(rule=found["rule"], key=found["key"], due=due)

    def _told(self, text: str, program: Program) -> Told | None:
        found = _TOLD.fullmatch(text)
        if found is None:
            self._problem(
                "told",
                f"{text!r} is not understood; write 'supervisor: overdue of RULE', 'clinician"
                " through pager: ForceUsed'",
            )
            return None
        self._known([found["to"]], [role.value for role in words.Role], "told", "role")
        self._known([found["about"]], [*OCCASIONS, *program.vocabulary], "told", "occasion")
        if found["rule"]:
            self._rule_known(found["rule"], "told", program)
        return Told(
            to=found["to"],
            channel=found["channel"] or "",
            about=found["about"],
            rule=found["rule"],
            key=found["key"],
        )

    def _rule_known(self, id: str, key: str, program: Program) -> None:
        """Report a rule that does not exist, or that belongs to the other kind of stream."""
        rules = [policy.id for policy in program.book.policies]
        other = next((p for p in program.policies if p.id == id and p.id not in rules), None)
        if other is not None:
            self._problem(
                key,
                f"{id!r} is a rule on {other.on}s, and this step is about"
                f" {'an incident' if other.on == 'responder' else 'a responder'}",
            )
            return
        parts = _PARTS_OF_PROGRAM if key == "refused_by" else ()
        self._known([id], [*rules, *parts], key, "rule")

    def _responder(self, name: str, table: ResponderTable) -> Responder:
        hours = (
            dict.fromkeys(table.training, 0)
            if not isinstance(table.training, dict)
            else table.training
        )
        known = self.program.courses.names
        self._known(tuple(hours), known, f"responder {name!r}", "training")
        expires = (
            None
            if table.expires is None
            else self._local(dt.datetime.combine(table.expires, dt.time(23, 59)))
        )
        credentials = tuple(
            Credential(training=training, hours=count or None, expires=expires)
            for training, count in hours.items()
        )
        return Responder(
            id=name, role=table.role, credentials=credentials, status=words.ResponderStatus.AVAILABLE, volunteer=table.volunteer,
            reachable=table.reachable, languages=table.languages, vetted=table.vetted,
        )  # fmt: skip

    def _instant(self, value: str | dt.datetime, key: str) -> dt.datetime:
        """Read `+15 min` or `+1 d 2 h` since the beginning, or a local time."""
        if isinstance(value, dt.datetime):
            return self._local(value)
        if found := _OFFSET.fullmatch(value.strip()):
            seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(found[1]))
            return self.begins + dt.timedelta(seconds=seconds)
        try:
            return self._local(dt.datetime.fromisoformat(value))
        except ValueError:
            self._problem(
                key,
                f"{value!r} is not a time; write '+15 min', '+3 d 2 h' (since the beginning), or a"
                " local time like '2026-03-09 09:00'",
            )
            return self.begins

    def _local(self, value: dt.datetime) -> dt.datetime:
        return (
            value if value.tzinfo else value.replace(tzinfo=self.program.calendar.time_zone)
        ).astimezone(UTC)

    def _known(self, names: Any, known: Any, key: str, noun: str) -> None:
        for name in names:
            if name not in known:
                self._problem(key, f"there is no {noun} {name!r}; {nearest(name, known)}")

    def _problem(self, key: str, text: str) -> None:
        self.problems.append(f"{self.where}, {key}: {text}")


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with their dotted names unfolded: `"screening.level" = "high"` becomes
    `screening = { level = "high" }`.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        first, _, rest = name.partition(".")
        plain = _nested(value) if isinstance(value, dict) else value
        if rest:
            found[first] = {**found.get(first, {}), **_nested({rest: plain})}
        else:
            found[first] = (
                {**found[first], **plain}
                if isinstance(plain, dict) and isinstance(found.get(first), dict)
                else plain
            )
    return found
