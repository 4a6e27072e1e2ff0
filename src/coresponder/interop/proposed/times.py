"""Recognize the columns of times: one column, or a day and a time of day in two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from coresponder.domain.personal import quoted_time
from coresponder.interop.mapping import STAGES
from coresponder.interop.proposed.forms import Form, counted, days, hours, instants, joined
from coresponder.interop.proposed.look import NAMES, Look, has_word
from coresponder.interop.time_formats import ISO

__all__ = ["find_moment", "find_stages"]

_NEARLY = 0.9
_DAY_ALONE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MIDNIGHT = re.compile(r"(^|[T ])(00:?00(:00)?|12:00(:00)? AM)(Z|[+-]00:?00)?$")


class _Part(NamedTuple):
    """A column with a part of a time, the word in its name, and the forms of all its values."""

    column: str
    word: str
    forms: Sequence[Form]


def find_stages(look: Look) -> None:
    """Recognize the times of the incident's stages, in their order."""
    _find_order(look)
    for stage in STAGES:
        if stage in NAMES:
            _ = _find_one(look, stage) or _find_two(look, stage)
    _ask_about_nights(look)


def find_moment(look: Look) -> bool:
    """Recognize the time of a row that is one event."""
    return _find_one(look, "time") or _find_two(look, "time")


def _find_order(look: Look) -> None:
    """Find out whether the day or the month comes first, from the columns that show it."""
    shown = dict[bool, str]()
    for column in look.columns:
        values = look.values(column)
        forms = instants(values) or days(values)
        if len({form.day_first for form in forms}) == 1 and "%d" in forms[0].pattern:
            shown.setdefault(forms[0].day_first, column)
    if len(shown) == 1:
        look.day_first = next(iter(shown))


def _find_one(look: Look, kind: str) -> bool:
    for column, word in look.named(kind):
        values = look.values(column)
        read, forms = _read(look, column, values)
        if not forms:
            continue
        every = "every" if read == values else "nearly every"
        why = f"{word!r} is in its name, and {every} value is a time"
        _take(look, kind, (column,), why, forms)
        _ask_about_others(look, column, values - read)
        return True
    return False


def _read(look: Look, column: str, values: Counter[str]) -> tuple[Counter[str], Sequence[Form]]:
    """Return the values of a column that are times, if nearly all are, and their forms."""
    if not _is_numbered(column) and (forms := counted(values)):
        return values, forms
    if forms := instants(values):
        return values, look.settled(forms)
    read = Counter({text: many for text, many in values.items() if _is_time(text)})
    nearly = read.total() > _NEARLY * values.total()
    return read, look.settled(instants(read)) if nearly else ()


def _is_time(text: str) -> bool:
    return bool(_DAY_ALONE.fullmatch(text) or instants([text]))


def _is_numbered(column: str) -> bool:
    """Return whether a column is named as one with the number of something."""
    return any(has_word(column, word) for word in ("num", "no", "id"))


def _find_two(look: Look, kind: str) -> bool:
    """Recognize a time of day that is named for this kind, with a day that is too or that serves
    all. A day alone is a time of which only the day is known.
    """
    clock = _hour_of(look, kind)
    day = _day_of(look, kind) or (_shared_day(look, kind) if clock else None)
    if day is None:
        return False
    if clock is None:
        return _take_day(look, kind, day)
    forms = [joined(form, clock.forms[0]) for form in day.forms]
    why = f"{clock.word!r} is in a name; every value is a day, and every value a time of day"
    _take(look, kind, (day.column, clock.column), why, forms)
    _ask_about_the_day(look, kind, day, clock, forms[0])
    return True


def _day_of(look: Look, kind: str) -> _Part | None:
    named = [_day(look, column, word) for column, word in look.named(kind)]
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
    return not numbers or any(has_word(part.column, word) for word in ("time", "hour", "tm"))


def _shared_day(look: Look, kind: str) -> _Part | None:
    """Return the day of the call; for the call, a day whose column is named for nothing else."""
    if kind == "received":
        plain = look.of_no_stage()
        columns = [one for one in look.columns if one in plain and _is_named_day(one)]
    else:
        columns = [*look.found.get("received", ())[:1]]
    parts = (_day(look, column, "date") for column in columns)
    return next((one for one in parts if one.forms), None)


def _day(look: Look, column: str, word: str) -> _Part:
    return _Part(column, word, look.settled(days(look.values(column))))


def _is_named_day(column: str) -> bool:
    return any(has_word(column, word) for word in ("date", "day", "dt"))


def _take(look: Look, kind: str, columns: tuple[str, ...], why: str, forms: Sequence[Form]) -> None:
    look.found[kind] = columns
    look.add(forms)
    either = " or ".join(form.pattern for form in forms)
    said = f"{kind} = {' and '.join(columns)}: {why} ({either})"
    notes = ["a time of day like 930 is 09:30"] if forms[0].military else []
    notes += ["24:00 is the end of the day"] if forms[0].hour_24 else []
    look.recognized.append("; ".join((said, *notes)))
    _ask_about_midnight(look, columns[-1])


def _take_day(look: Look, kind: str, day: _Part) -> bool:
    look.found[kind] = (day.column,)
    iso = day.forms[0].pattern == "%Y-%m-%d"
    forms = [Form(pattern=ISO)] if iso else day.forms
    look.add(forms)
    either = " or ".join(form.pattern for form in forms)
    look.recognized.append(
        f"{kind} = {day.column}: {day.word!r} is in its name, and every value is a day ({either})"
    )
    look.open.append(
        f"{day.column}: it has no time of day, so each {kind} is approximate; if another column has"
        " it, name both: { date = ..., time = ... }"
    )
    return True


def _ask_about_others(look: Look, column: str, others: Counter[str]) -> None:
    """Add a question about values that are no times."""
    if others:
        ((most, _),) = others.most_common(1)
        look.open.append(
            f"{column}: {others.total():,} values are no such time, most often {quoted_time(most)};"
            " their rows will be rejected; if it stands for nothing, add it to missing"
        )


def _ask_about_midnight(look: Look, column: str) -> None:
    """Add a question about a time of day that is more frequent than chance allows."""
    values = look.values(column)
    alone = sum(times for text, times in values.items() if _DAY_ALONE.fullmatch(text))
    if 0 < alone < values.total():
        look.open.append(
            f"{column}: {alone:,} of {values.total():,} values are only a day, and approximate"
        )
    at_midnight = sum(times for text, times in values.items() if _MIDNIGHT.search(text))
    if at_midnight * 50 > values.total():
        look.open.append(
            f"{column}: {at_midnight:,} of {values.total():,} values are exactly midnight; if that"
            ' stands for nothing, set placeholders = ["00:00:00"]'
        )


def _ask_about_nights(look: Look) -> None:
    """Add a question about times of day that have no day of their own."""
    day, *_ = look.found.get("received", ("",))
    later = [look.found[stage] for stage in STAGES[1:] if stage in look.found]
    shared = [columns[1] for columns in later if len(columns) == 2 and columns[0] == day]
    if shared:
        look.open.append(
            f"{', '.join(shared)}: a time of day that has no day of its own is of the day in {day};"
            " if it can be after midnight, set past_midnight = true"
        )


def _ask_about_the_day(look: Look, kind: str, day: _Part, clock: _Part, form: Form) -> None:
    alone = sum(1 for row in look.cells if day.column in row and clock.column not in row)
    if alone and kind in {"received", "time"} and form.pattern != ISO:
        look.open.append(
            f"{clock.column}: {alone:,} rows have a day without a time of day, and will be"
            f" rejected; to read them as approximate, add {day.forms[0].pattern!r} to time_formats"
        )
