"""A cache of days and times of day. An export has few of each, in many combinations."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

import attrs

from coresponder.domain.types import UTC
from coresponder.interop.instants import TICK, microseconds
from coresponder.interop.time_formats import ISO, WORDS

__all__ = ["KnownTimes"]

_MOST = 100_000
"""How many days, and how many times of day, are cached; a day has 86,400 seconds."""
_DAY, _HOUR = set("Ymdybj") | {"B"}, set("HIMSfp")
_LETTER = re.compile("%(.)")
_WHOLE_DAY = dt.timedelta(days=1)


@attrs.define
class KnownTimes:
    """Reads a local time by two look-ups, if its day and its time of day were both read before.

    Args:
        form: the format of times. Only a format with a day, a space and a time of day can be read
            by halves; for others nothing is cached.
        zone: the time zone of the file. A day on which the clocks change is not cached.
    """

    form: str
    zone: dt.tzinfo
    _gaps: int = attrs.field(init=False)
    _days: dict[str, dt.datetime] = attrs.field(init=False, factory=dict)
    _hours: dict[str, dt.timedelta] = attrs.field(init=False, factory=dict)
    _starts: dict[str, int] = attrs.field(init=False, factory=dict)
    _pasts: dict[str, int] = attrs.field(init=False, factory=dict)

    @_gaps.default
    def _count_gaps(self) -> int:
        """Return how many spaces a text of the format has; 0 if it cannot be read by halves."""
        if self.form in WORDS:
            return 0
        day, _, hour = (set(_LETTER.findall(half)) for half in self.form.partition(" "))
        separate = day and hour and day <= _DAY and hour <= _HOUR
        return self.form.count(" ") if separate else 0

    def find(self, text: str) -> dt.datetime | None:
        """Return the instant if both halves are known; otherwise None."""
        cut = text.find(" ") if self._gaps else 10
        begin = self._days.get(text[:cut])
        if begin is None:
            return None
        past = self._hours.get(text[cut:])
        return None if past is None else begin + past

    def instant(self, text: str) -> int | None:
        """Return the instant if both halves are known, in microseconds since 1970."""
        cut = text.find(" ") if self._gaps else 10
        begin, past = self._starts.get(text[:cut]), self._pasts.get(text[cut:])
        return None if begin is None or past is None else begin + past

    def column(self, texts: Iterable[str]) -> list[int | None]:
        """Return the instant of each text whose halves are known, in microseconds since 1970."""
        days, hours, fixed = self._starts.get, self._pasts.get, not self._gaps
        return [
            begin + past
            if (begin := days(text[: (cut := 10 if fixed else text.find(" "))])) is not None
            and (past := hours(text[cut:])) is not None
            else None
            for text in texts
        ]

    def learn(self, text: str, local: dt.datetime) -> None:
        """Remember the halves of a text that `form` reads as a local time.

        Text with another number of spaces than the form is not cut where the form is.
        """
        if self.form != ISO and not (self._gaps and text.count(" ") == self._gaps):
            return
        cut = text.find(" ") if self._gaps else 10
        begin = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if len(self._hours) < _MOST:
            self._hours[text[cut:]] = local - begin
            self._pasts[text[cut:]] = (local - begin) // TICK
        if len(self._days) < _MOST and text[:cut] not in self._days:
            offset = _offset(begin, self.zone)
            if offset is not None:
                self._days[text[:cut]] = start = begin.replace(tzinfo=UTC) - offset
                self._starts[text[:cut]] = microseconds(start)


def _offset(begin: dt.datetime, zone: dt.tzinfo) -> dt.timedelta | None:
    """Return the UTC offset of a zone on a day; None if it changes on that day."""
    ends = (begin, begin + _WHOLE_DAY)
    found = {one.replace(tzinfo=zone, fold=fold).utcoffset() for one in ends for fold in (0, 1)}
    return found.pop() if len(found) == 1 else None
