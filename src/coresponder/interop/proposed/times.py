"""Recognize the columns of times: one column, or a day and a time of day in two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from coresponder.interop.mapping import STAGES
from coresponder.interop.proposed.forms import Form, days, hours, instants, joined
from coresponder.interop.proposed.look import NAMES, Look, has_word
from coresponder.interop.time_formats import ISO

__all__ = ["find_moment", "find_stages"]

_MIDNIGHT = re.compile(r"(^|[T ])(00:?00(:00)?|12:00(:00)? AM)(Z|[+-]00:?00)?$")


class _Part(NamedTuple):
    """A column with a part of a time, the word in its name, and the forms of all its values."""

    column: str
    word: str
    forms: Sequence[Form]


def find_stages(look: Look) -> None:
    """Recognize the times of the incident's stages, in their order."""
    for stage in STAGES:
        if stage in NAMES:
            _ = _find_one(look, stage) or _find_two(look, stage)


def find_moment(look: Look) -> bool:
    """Recognize the time of a row that is one event."""
    return _find_one(look, "time") or _find_two(look, "time")


def _find_one(look: Look, kind: str) -> bool:
    for column, word in look.named(kind):
        forms = instants(look.values(column))
        if len(forms) > 1:
            _ask_for_a_form(look, column, kind, forms)
        if len(forms) == 1:
            _take(
                look, kind, (column,), f"{word!r} is in its name, and every value is a time", forms
            )
            return True
    return False


def _find_two(look: Look, kind: str) -> bool:
    """Recognize a time of day that is named for this kind, with a day that is too or that serves
    all. A day alone is a time of which only the day is known.
    """
    clock = _hour_of(look, kind)
    day = _day_of(look, kind) or (_shared_day(look, kind) if clock else None)
    if day is None:
        return False
    if len(day.forms) > 1:
        _ask_for_a_form(look, day.column, kind, day.forms)
        return False
    if clock is None:
        return _take_day(look, kind, day)
    form = joined(day.forms[0], clock.forms[0])
    why = f"{clock.word!r} is in a name; every value is a day, and every value a time of day"
    _take(look, kind, (day.column, clock.column), why, [form])
    _ask_about_the_day(look, kind, day, clock, form)
    return True


def _day_of(look: Look, kind: str) -> _Part | None:
    named = [_Part(column, word, days(look.values(column))) for column, word in look.named(kind)]
    return next((one for one in named if one.forms), None)


def _hour_of(look: Look, kind: str) -> _Part | None:
    named = [*look.named(kind)]
    if kind == "received":  # of a time of day without more words, it is the call's
        named += look.named("time", look.of_no_stage() - look.taken)
    parts = (_Part(column, word, hours(look.values(column))) for column, word in named)
    return next((one for one in parts if one.forms and _says_hour(one)), None)


def _says_hour(part: _Part) -> bool:
    """Return whether a column has times of day: whole numbers may be anything else."""
    numbers = part.forms[0].pattern == "%H%M"
    return not numbers or any(has_word(part.column, word) for word in ("time", "hour"))


def _shared_day(look: Look, kind: str) -> _Part | None:
    """Return the day of the call; for the call, a day whose column is named for nothing else."""
    if kind == "received":
        plain = look.of_no_stage()
        columns = [one for one in look.columns if one in plain and _is_named_day(one)]
    else:
        columns = [*look.found.get("received", ())[:1]]
    parts = (_Part(column, "date", days(look.values(column))) for column in columns)
    return next((one for one in parts if one.forms), None)


def _is_named_day(column: str) -> bool:
    return any(has_word(column, word) for word in ("date", "day"))


def _take(look: Look, kind: str, columns: tuple[str, ...], why: str, forms: Sequence[Form]) -> None:
    look.found[kind] = columns
    look.forms += [form for form in forms if form not in look.forms]
    said = f"{kind} = {' and '.join(columns)}: {why} ({forms[0].pattern})"
    notes = ["a time of day like 930 is 09:30"] if forms[0].military else []
    notes += ["24:00 is the end of the day"] if forms[0].hour_24 else []
    look.recognized.append("; ".join((said, *notes)))
    _ask_about_midnight(look, columns[-1])


def _take_day(look: Look, kind: str, day: _Part) -> bool:
    look.found[kind] = (day.column,)
    form = Form(pattern=ISO) if day.forms[0].pattern == "%Y-%m-%d" else day.forms[0]
    look.forms += [] if form in look.forms else [form]
    look.recognized.append(
        f"{kind} = {day.column}: {day.word!r} is in its name, and every value is a day"
        f" ({form.pattern})"
    )
    look.open.append(
        f"{day.column}: it has no time of day, so each {kind} is approximate; if another column has"
        " it, name both: { date = ..., time = ... }"
    )
    return True


def _ask_for_a_form(look: Look, column: str, kind: str, forms: Sequence[Form]) -> None:
    either = " or ".join(repr(form.pattern) for form in forms)
    look.open.append(
        f"{column}: the day or the month may come first; if it is {kind}, add one of {either} to"
        " time_formats, and the column"
    )


def _ask_about_midnight(look: Look, column: str) -> None:
    """Add a question about a time of day that is more frequent than chance allows."""
    values = look.values(column)
    at_midnight = sum(times for text, times in values.items() if _MIDNIGHT.search(text))
    if at_midnight * 50 > values.total():
        look.open.append(
            f"{column}: {at_midnight:,} of {values.total():,} values are exactly midnight; if that"
            ' stands for nothing, set placeholders = ["00:00:00"]'
        )


def _ask_about_the_day(look: Look, kind: str, day: _Part, clock: _Part, form: Form) -> None:
    if kind not in {"received", "time"} and day.column in look.found.get("received", ()):
        look.open.append(
            f"{clock.column}: it has no day of its own, so {kind} has the day of the call; rows"
            " after midnight will be out of order"
        )
    alone = sum(1 for row in look.cells if day.column in row and clock.column not in row)
    if alone and kind in {"received", "time"} and form.pattern != ISO:
        look.open.append(
            f"{clock.column}: {alone:,} rows have a day without a time of day, and will be"
            f" rejected; to read them as approximate, add {day.forms[0].pattern!r} to time_formats"
        )
