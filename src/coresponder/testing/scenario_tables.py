"""The tables of a file of scenarios, and the line of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import attrs
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from coresponder.documents.remedies import remedy_for
from coresponder.documents.toml_lines import TomlLines
from coresponder.documents.values import Day, Time, Whole, YesNo
from coresponder.domain import vocabulary as words
from coresponder.errors import nearest
from coresponder.program.tables import Texts, many

__all__ = ["File", "Lines", "ScenarioTable", "StepTable"]

_BEGINS = dt.datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001 - a local time: the program's time zone is added
_LIST = Texts | None


class _Table(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class OverrideTable(_Table):
    """An override (break glass)."""

    by: str
    reason: words.OverrideReason


class StepTable(BaseModel):
    """A step (an event under its own name, `dispatch`, or only time) and its expected results."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", frozen=True)

    at: str | Time | None = None
    recorded: str | Time | None = None
    by: str | None = None
    incident: str = "incident"
    responder: str | None = None
    override: OverrideTable | None = None
    dispatch: YesNo | Texts | None = None
    note: str = ""
    team: str | None = None
    refused_by: Texts = ()
    out_of_place: YesNo = False
    breaks: Texts = ()
    state: str | None = None
    cures: _LIST = None
    owes: _LIST = None
    meets: _LIST = None
    owed: _LIST = None
    overdue: _LIST = None
    told: _LIST = None
    may: Texts = ()
    may_not: Texts = ()


class ResponderTable(_Table):
    """A responder who may be sent."""

    role: words.Role
    training: tuple[str, ...] | dict[str, Whole] = ()
    expires: Day | None = None
    reachable: Annotated[
        tuple[words.Presence, ...],
        BeforeValidator(many, json_schema_input_type=words.Presence | tuple[words.Presence, ...]),
    ] = (words.Presence.IN_PERSON,)
    volunteer: YesNo = False
    languages: tuple[str, ...] = ()
    vetted: YesNo = False


class ScenarioTable(_Table):
    """One scenario."""

    title: str
    about: str = ""
    begins: Time | None = None
    call: str | dict[str, Any] | None = None
    people: dict[str, dict[str, Any]] = {}
    available: tuple[str, ...] = ()
    steps: tuple[StepTable, ...] = Field(min_length=1)


class File(_Table):
    """The whole file."""

    scenario: tuple[ScenarioTable, ...] = Field(min_length=1)
    responders: dict[str, ResponderTable] = {}
    people: dict[str, dict[str, Any]] = {}
    begins: Time = _BEGINS
    by: str = "dispatcher-1"


@attrs.frozen
class Lines:
    """The line of each scenario, each step and each key."""

    places: TomlLines

    @classmethod
    def of(cls, text: str) -> Lines:
        """Find the lines in the text."""
        return cls(TomlLines.of(text))

    def head(self, scenario: int) -> int:
        """Return the line of a scenario."""
        return self.places.at(("scenario", scenario)) or 1

    def step(self, scenario: int, step: int) -> int:
        """Return the line of a step."""
        return self.places.at(("scenario", scenario, "steps", step)) or 1

    def explain(self, problem: Any, values: Mapping[str, Any]) -> str:
        """Turn one pydantic error into a line that names scenario, step, key and remedy."""
        loc, kind = list(problem["loc"]), problem["type"]
        where, line = "file", self.places.label(problem["loc"])
        if len(loc) > 1 and loc[0] == "scenario" and isinstance(loc[1], int):
            table = values["scenario"][loc[1]]
            where = f"[[scenario]] {table.get('title') or f'number {loc[1] + 1}'!r}"
            if len(loc) > 3 and loc[2] == "steps":
                where = f"{where}, step {loc[3] + 1}"
            loc = loc[4:] if len(loc) > 3 and loc[2] == "steps" else loc[2:]
        elif len(loc) > 1 and loc[0] in {"responders", "people"}:
            where, loc = f"[{loc[0]}.{loc[1]}]", loc[2:]
        key = ".".join(
            str(part)
            for part in loc
            if not str(part).startswith(("function-", "tuple[", "dict[", "bool", "str"))
        )
        if kind == "extra_forbidden":
            known = (
                ResponderTable
                if where.startswith("[responders")
                else ScenarioTable
                if "scenario]]" in where
                else File
            )
            return f"{line}{where}: there is no key {key!r}; {nearest(key, known.model_fields)}"
        if kind in {"enum", "literal_error"}:
            return f"{line}{where}, {key} = {problem['input']!r}: {remedy_for(problem)}"
        return f"{line}{where}, {key}: {remedy_for(problem)}"
