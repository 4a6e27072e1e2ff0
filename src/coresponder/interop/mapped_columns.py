"""The places of a value in a mapping: one column, two columns, or the parts of a time."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from coresponder.documents.values import WHOLE

__all__ = ["CLOSED", "AnyTime", "OneTime", "TimeColumns", "TimeParts"]


CLOSED = ConfigDict(extra="forbid", frozen=True)
"""The configuration of a mapping's tables: unknown keys are refused."""


class _Table(BaseModel):
    model_config: ClassVar[ConfigDict] = CLOSED


class TimeParts(_Table):
    """The columns of a time that was published in parts. Missing parts may be filled, and the time
    is then approximate.
    """

    year: str
    month: str
    day: str | None = None
    weekday: str | None = None
    hour: str | None = None
    minute: str | None = None
    fill_day: Literal["first", "first matching weekday"] | None = None
    fill_hour: Annotated[int, Field(ge=0, le=23), WHOLE] | None = None


class TimeColumns(_Table):
    """The two columns of a time: its day and its time of day."""

    date: str
    time: str


def _kind_of_time(value: Any) -> str:
    if isinstance(value, str):
        return "TimeText"
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    return "TimeColumns" if {"date", "time"} & set(keys) else "TimeParts"


_OneColumn = Annotated[str, Tag("TimeText")]
_TwoColumns = Annotated[TimeColumns, Tag("TimeColumns")]
_InParts = Annotated[TimeParts, Tag("TimeParts")]
_Kind = Discriminator(_kind_of_time)
OneTime = Annotated[_OneColumn | _TwoColumns, _Kind] | None
AnyTime = Annotated[_OneColumn | _InParts | _TwoColumns, _Kind] | None
