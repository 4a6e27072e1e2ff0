"""A training as a program declares it, and how long it counts."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import NamedTuple

import attrs

from coresponder.domain.types import Id
from coresponder.domain.vocabulary import Technique
from coresponder.record import Record

__all__ = ["Course", "Validity", "parse_validity"]

_WRITTEN = re.compile(r"(\d{1,4}) (day|week|month|year)s?")
_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class Validity(NamedTuple):
    """How long a training counts, in whole months and days of the calendar."""

    months: int
    days: int

    def after(self, at: dt.datetime) -> dt.datetime:
        """Return the last instant at which it counts.

        >>> Validity(1, 0).after(dt.datetime(2026, 1, 31, tzinfo=dt.UTC)).date().isoformat()
        '2026-02-28'
        """
        years, month = divmod(at.month - 1 + self.months, 12)
        year = at.year + years
        if year > dt.MAXYEAR:
            return _EVER
        day = min(at.day, calendar.monthrange(year, month + 1)[1])
        return at.replace(year=year, month=month + 1, day=day) + dt.timedelta(days=self.days)


def parse_validity(text: str) -> Validity | None:
    """Read how long a training counts; None for an empty text, which means for ever.

    >>> parse_validity("24 months"), parse_validity("")
    (Validity(months=24, days=0), None)
    """
    if not text:
        return None
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise ValueError(
            f"{text!r} is not a length of time for which a training counts; write it like '24 months'"
        )
    number = int(found[1])
    months = number * {"month": 1, "year": 12}.get(found[2], 0)
    return Validity(months, number * {"day": 1, "week": 7}.get(found[2], 0))


def _check_validity(_: object, __: object, text: str) -> None:
    parse_validity(text)


@attrs.frozen(kw_only=True)
class Course(Record):
    """A training as a program knows it: a standard one, or one of the agency's own.

    Attributes:
        hours: the recorded hours that a credential needs to count.
        skills: the techniques that the training covers.
        valid: how long it counts after its completion, like `24 months`; empty means for ever.
        renewed_by: trainings whose completion renews it.
        accepts: trainings that count in its place.
    """

    id: Id
    title: str = ""
    hours: int = 0
    skills: tuple[Technique, ...] = ()
    valid: str = attrs.field(default="", validator=_check_validity)
    renewed_by: tuple[Id, ...] = ()
    accepts: tuple[Id, ...] = ()
    authority: str = "local choice"
