"""The shape of a program file: its tables and their keys, as pydantic reads them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from coresponder.documents.values import WHOLE, Day, Whole, YesNo
from coresponder.domain import vocabulary as words
from coresponder.policy.bounds import Plausible
from coresponder.policy.policy import Enforcement
from coresponder.program.retention import Counted

__all__ = [
    "AtomTable",
    "CalendarTable",
    "EdgeTable",
    "EventTable",
    "LifecycleTable",
    "NoticeTable",
    "PlausibleTable",
    "PolicyTable",
    "ProgramFile",
    "ProgramTable",
    "RetentionTable",
    "SeatTable",
    "Texts",
    "TierTable",
    "TrainingTable",
    "ViewTable",
    "ViewsTable",
    "known_keys",
    "many",
]

_IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class _Table(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid",
        frozen=True,
        defer_build=True,  # a table is read as part of the whole file, whose schema holds it
    )


def many(value: Any) -> Any:
    """Read one value as a list of one."""
    return [value] if isinstance(value, str) else value


_SOME = Field(min_length=1)


def _one_or_some(kind: Any) -> BeforeValidator:
    """Read one value as a list of one; an empty list is refused."""
    return BeforeValidator(many, json_schema_input_type=kind | Annotated[tuple[kind, ...], _SOME])


def _short_atom(value: Any) -> Any:
    """Read `a = "EventType"` as `a = { event = "EventType" }`."""
    return {"event": value} if isinstance(value, str | list) else value


class PlausibleTable(_Table):
    """`[program.plausible]`: which times are plausible."""

    since: Day = Plausible().since
    lead: str = "7 d"


class ProgramTable(_Table):
    """`[program]`."""

    id: Annotated[str, Field(pattern=_IDENTIFIER)]
    version: str
    title: str = ""
    authority: str = ""
    natures: tuple[words.Nature, ...] = ()
    look_ahead: YesNo = False
    own_numbers: tuple[str, ...] = ()
    plausible: PlausibleTable = PlausibleTable.model_construct()


class CalendarTable(_Table):
    """`[calendar]`."""

    time_zone: str = "UTC"
    weekend: tuple[str, ...] = ("saturday", "sunday")
    holidays: tuple[Day, ...] = ()


def _training(value: Any) -> Any:
    """Read a standard training also in its other spellings; other names stay unchanged."""
    try:
        return words.Training(value).value
    except ValueError:
        return value


Trainings = tuple[Annotated[str, BeforeValidator(_training, json_schema_input_type=str)], ...]
"""Names of trainings: standard ones, and the program's own."""


class TrainingTable(_Table):
    """`[[training]]`: a course, and what the program requires of it."""

    id: Annotated[str, Field(pattern=_IDENTIFIER)]
    title: str = ""
    hours: Annotated[int, Field(ge=0), WHOLE] = 0
    skills: tuple[words.Technique, ...] = ()
    valid: str = ""
    renewed_by: Trainings = ()
    accepts: Trainings = ()
    authority: str = "local choice"


class SeatTable(_Table):
    """A seat of a tier."""

    role: Annotated[
        tuple[words.Role, ...],
        _SOME,
        _one_or_some(words.Role),
    ]
    presence: words.Presence = words.Presence.IN_PERSON
    training: Trainings = ()
    hours: Annotated[int, Field(ge=0), WHOLE] = 0
    skills: tuple[words.Technique, ...] = ()
    languages: tuple[str, ...] = ()
    vetted: YesNo = False


class TierTable(_Table):
    """`[[tier]]`."""

    id: Annotated[str, Field(pattern=_IDENTIFIER)]
    model: words.ResponseModel
    seats: Annotated[tuple[SeatTable, ...], Field(min_length=1)]
    natures: tuple[words.Nature, ...] = ()
    where: dict[str, Any] = {}
    title: str = ""
    authority: str = "local choice"


Texts = Annotated[
    tuple[str, ...], BeforeValidator(many, json_schema_input_type=str | tuple[str, ...])
]
"""One text, or several."""
SomeTexts = Annotated[tuple[str, ...], _SOME, _one_or_some(str)]
"""One text, or several, and not an empty list."""


class AtomTable(_Table):
    """An atom with its conditions."""

    event: Texts = ()
    where: dict[str, Any] = {}


_AtomText = Annotated[
    AtomTable,
    BeforeValidator(_short_atom, json_schema_input_type=str | tuple[str, ...] | AtomTable),
]


class PolicyTable(_Table):
    """`[[policy]]`."""

    id: Annotated[str, Field(pattern=_IDENTIFIER)]
    on: Literal["incident", "responder"] = "incident"
    template: str
    a: _AtomText | None = None
    b: _AtomText | None = None
    unless: _AtomText | None = None
    within: str | None = None
    after: str | None = None
    per: str | None = None
    count: Whole = 1
    enforcement: Enforcement = Enforcement.WARN
    authority: str
    because: str | None = None
    transfers: YesNo = False


class NoticeTable(_Table):
    """`[[notice]]`."""

    to: words.Role
    on: str
    policies: tuple[str, ...] = ()
    channel: Annotated[str, Field(pattern=_IDENTIFIER)] = ""
    before: str | None = None
    fields: Texts = ()


class ViewsTable(_Table):
    """`[views]`."""

    base: str = ""
    without: Texts = ()
    roles: tuple[Annotated[str, Field(pattern=_IDENTIFIER)], ...] = ()


class EmergencyAccessTable(_Table):
    """`emergency_access` of a view: it shows only to a viewer who has opened it."""

    reason: Annotated[
        tuple[words.AccessReason, ...],
        _SOME,
        _one_or_some(words.AccessReason),
    ]
    lasts: str


class ViewTable(_Table):
    """`[[view]]`."""

    id: Annotated[str, Field(pattern=_IDENTIFIER)]
    role: SomeTexts
    purpose: Annotated[
        tuple[words.Purpose, ...],
        _SOME,
        _one_or_some(words.Purpose),
    ]
    event: Texts = ()
    whole: Texts = ()
    coarse: Texts = ()
    needs: tuple[words.Need, ...] = ()
    own: YesNo = False
    with_consent: words.ConsentScope | None = None
    audience: Texts = ()
    says: str = ""
    logged: YesNo = True
    emergency_access: EmergencyAccessTable | None = None
    authority: str


class RetentionTable(_Table):
    """`[[retention]]`: how long words of some kinds are kept."""

    kind: SomeTexts
    keep: str
    after: Counted
    authority: str = "local choice"


class EventTable(_Table):
    """`[[event]]`: one of the program's own event types."""

    name: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*$")]
    kind: Literal["fact", "decision"]
    fields: dict[str, Literal["id", "code", "integer", "number", "boolean", "time"]] = {}


class EdgeTable(_Table):
    """An edge to add or to forbid."""

    event: str
    source: Texts
    target: str


class LifecycleTable(_Table):
    """`[lifecycle]`."""

    states: tuple[str, ...] = ()
    add: tuple[EdgeTable, ...] = ()
    forbid: tuple[EdgeTable, ...] = ()


class ProgramFile(_Table):
    """The whole file."""

    program: ProgramTable
    calendar: CalendarTable = CalendarTable.model_construct()
    training: tuple[TrainingTable, ...] = ()
    tier: tuple[TierTable, ...] = ()
    policy: tuple[PolicyTable, ...] = ()
    notice: tuple[NoticeTable, ...] = ()
    views: ViewsTable = ViewsTable.model_construct()
    view: tuple[ViewTable, ...] = ()
    retention: tuple[RetentionTable, ...] = ()
    event: tuple[EventTable, ...] = ()
    lifecycle: LifecycleTable = LifecycleTable.model_construct()
    vocabulary: dict[str, dict[str, str]] = {}


def known_keys(loc: tuple[Any, ...]) -> list[str]:
    """Return the keys that a place in the file may have."""
    tables: dict[str, type[BaseModel]] = {
        "program": ProgramTable, "calendar": CalendarTable, "tier": TierTable,
        "policy": PolicyTable, "notice": NoticeTable, "event": EventTable,
        "lifecycle": LifecycleTable, "training": TrainingTable,
        "views": ViewsTable, "view": ViewTable,
        "retention": RetentionTable,
    }  # fmt: skip
    if len(loc) == 1:
        return list(ProgramFile.model_fields)
    inner: dict[str, type[BaseModel]] = dict.fromkeys(("a", "b", "unless"), AtomTable) | {
        "plausible": PlausibleTable,
        "seats": SeatTable,
        "add": EdgeTable,
        "forbid": EdgeTable,
    }
    within = (inner[part] for part in reversed(loc[1:-1]) if part in inner)
    return list(next(within, tables[str(loc[0])]).model_fields)
