"""The work of `coresponder coverage`: find which tier can be formed in each hour of the week, and
what would change it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from coresponder.cli.coverage_text import Answer, Point, print_coverage
from coresponder.cli.options import check_year, mapping_for, parse_now, print_json, say
from coresponder.cli.progress import at_work
from coresponder.cli.roster import read_services
from coresponder.cli.written import whole_file
from coresponder.clock import utc_now
from coresponder.domain.events import CallTriaged, ResponderArrived, SceneCleared
from coresponder.domain.spoken import say_word
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import Nature
from coresponder.errors import nearest
from coresponder.interop.cad import RowCase, read_calls
from coresponder.outputs import described
from coresponder.program import Program, load_program
from coresponder.roster.coverage import NOBODY, Question, cover, hour_of_week
from coresponder.roster.expiring import Expiring, expiring
from coresponder.roster.service import Service
from coresponder.roster.shifts import Span
from coresponder.roster.whatif import (
    Newcomers,
    Reached,
    Training,
    added_by_number,
    costs,
    parse_newcomers,
    parse_training,
    trained_by_number,
)

__all__ = ["Asked", "show_coverage"]

_SOON = dt.timedelta(days=90)
_MOST = 10_000
_A_WEEK = dt.timedelta(days=7)
_T = TypeVar("_T")


@attrs.frozen(kw_only=True)
class Asked:
    """The options of the command."""

    program: str
    file: str
    agency: str
    calls: Path | None
    mapping: Path | None
    begins: str | None
    weeks: int
    more: tuple[str, ...]
    train: str | None
    target: str | None
    tier: str | None
    play: bool
    a_day: float
    minutes: float
    picture: Path | None
    curve_file: Path | None
    form: str

    def __attrs_post_init__(self) -> None:
        """Refuse options that have no effect without another option."""
        if (self.calls is None) != (self.mapping is None):
            raise click.UsageError("--calls and --mapping go together")
        if (self.target or self.curve_file) and not (self.train or self.more):
            raise click.UsageError("--target and --curve go with --train, or with --with")
        for option, value in (("--a-day", self.a_day), ("--minutes", self.minutes)):
            if not 0 < value <= _MOST:  # a NaN fails both comparisons
                raise click.UsageError(f"{option}: give a number above 0, at most {_MOST:,}")


@attrs.frozen(kw_only=True)
class _Call:
    """The part of a call in a CAD export that coverage needs."""

    at: dt.datetime
    nature: Nature
    minutes: float | None


@attrs.frozen(kw_only=True)
class _WhatIf:
    """The options as read from their files and texts; all questions share them."""

    asked: Asked
    program: Program
    services: list[Service]
    calls: list[_Call]
    window: Span
    newcomers: tuple[Newcomers, ...]
    training: Training | None
    target: float | None
    soon: tuple[Expiring, ...]

    @property
    def zone(self) -> dt.tzinfo:
        """The time zone of the program's clocks."""
        return self.program.calendar.time_zone

    def answer(self, question: Question) -> Answer:
        """Answer one question."""
        calls = [call for call in self.calls if call.nature in question.natures]
        hours = [hour_of_week(call.at, self.zone) for call in calls]
        now = cover(question, self.services, self.window, self.zone)
        wanted = _wanted(self.asked.tier, question)
        points, played = [], dict[str, Any]()
        for number, found, people in self._changes(question, hours, wanted):
            weeks = self._play(question, people, calls) if self.asked.play else None
            points.append(_point(number, wanted, found.at_least(wanted, hours), weeks, found.tiers))
            if self.target is not None and points[-1].share >= self.target:
                break
        if weeks is not None:
            played = _shares(weeks, found.tiers)
        return Answer(
            question=question,
            now=now,
            found=found,
            hours=hours,
            wanted=wanted,
            costs=costs(question, self.services, self.soon, self.window.begins + _SOON, self.zone),
            points=points if self._by_number else [],
            most=self.training.number if self.training else sum(n.number for n in self.newcomers),
            verb="trained" if self.training else "added",
            target=self.target,
            played=played,
        )

    @property
    def _by_number(self) -> bool:
        """Whether the question is asked for one more person at a time."""
        asked = self.asked
        return bool(self.training or self.target is not None or asked.curve_file)

    def _changes(self, question: Question, hours: list[int], wanted: str) -> Iterator[Reached]:
        """Yield the responders after each change of the what-if."""
        new = tuple(self._new(question))
        window, zone = self.window, self.zone
        if self.training is not None:
            yield from trained_by_number(
                question, (*self.services, *new), self.training, window, zone,
                calls=hours, tier=wanted if question.tiers else None,
            )  # fmt: skip
        elif self._by_number:
            yield from added_by_number(question, self.services, new, window, zone)
        else:
            people = (*self.services, *new)
            yield len(new), cover(question, people, window, zone), people

    def _new(self, question: Question) -> Iterator[Service]:
        first: Counter[tuple[str, str]] = Counter()
        for one in self.newcomers:
            kind = (one.role.value, one.shift)
            yield from one.services(question, self.window, self.zone, first=first[kind] + 1)
            first[kind] += one.number

    def _play(
        self, question: Question, people: Sequence[Service], known: Sequence[_Call]
    ) -> list[Counter[str]]:
        """Play the agency's calls, or made-up ones; return how many each tier took in each week."""
        from coresponder.simulation.queueing import Arrival, made_up_calls, play_calls

        asked, window = self.asked, self.window
        told = [call.minutes for call in known if call.minutes is not None]
        mean = sum(told) / len(told) if told else asked.minutes
        if known:
            first = min(call.at for call in known)
            offset = (window.begins - first) // _A_WEEK * _A_WEEK + _A_WEEK
            moved = [(call.at + offset, call.minutes) for call in known]
            calls = [Arrival(at, mean if minutes is None else minutes) for at, minutes in moved]
            calls = [call for call in calls if window.covers(call.at)]
        else:
            calls = list(made_up_calls(window, a_day=asked.a_day, minutes=asked.minutes, seed=1))
        weeks: dict[int, Counter[str]] = {}
        for one in play_calls(question, people, calls, window):
            counted = weeks.setdefault((one.at - window.begins) // _A_WEEK, Counter())
            counted[one.tier] += 1
            counted["waited"] += one.waited > 0 and one.tier != NOBODY
        return list(weeks.values())


def show_coverage(asked: Asked) -> None:
    """Show which tier of a program can be formed in each hour of the week, from a roster."""
    loaded = load_program(asked.program)
    _check_tier(asked.tier, loaded)
    services, rejected = read_services(asked.file, loaded, asked.agency)
    window = _window(asked.begins, asked.weeks, loaded.calendar.time_zone)
    listed = expiring(services, loaded.courses, at=window.begins, within=_SOON)
    what_if = _WhatIf(
        asked=asked,
        program=loaded,
        services=services,
        calls=_calls(asked.calls, asked.mapping, loaded),
        window=window,
        newcomers=tuple(_read("--with", parse_newcomers, text) for text in asked.more),
        training=_read("--train", lambda text: parse_training(text, loaded.courses), asked.train)
        if asked.train
        else None,
        target=_share(asked.target),
        soon=tuple(one for one in listed if not one.expired),
    )
    other = sum(call.nature not in (loaded.natures or Nature) for call in what_if.calls)
    if other:
        say(f"{other:,} calls are left out, because the program is not for their nature", err=True)
    seated = {role for tier in loaded.tiers for seat in tier.seats for role in seat.roles}
    for one in what_if.newcomers:
        if one.role not in seated:
            say(f"--with: no tier has a seat for a {say_word(one.role.value)}", err=True)
    asking = Question.all_of(loaded.tiers, loaded.courses, loaded.natures or tuple(Nature))
    with at_work("works out the coverage"):
        answers = [what_if.answer(question) for question in asking]
    _draw(asked, answers)
    if asked.form != "json":
        print_coverage(loaded, window, len(services), answers)
        return
    print_json(
        {
            "program": loaded.name,
            "begins": window.begins,
            "ends": window.until,
            "responders": len(services),
            "rows_rejected": len(rejected),
            "answers": [answer.as_json() for answer in answers],
        }
    )


def _draw(asked: Asked, answers: Sequence[Answer]) -> None:
    if asked.picture:
        from coresponder.cli.pictures import draw_weeks

        weeks = {
            f"{answer.named_tier}: share of each hour": answer.found.week_of(answer.wanted)
            for answer in answers
        }
        with whole_file(asked.picture) as file:
            draw_weeks(weeks, file)
    if asked.curve_file:
        from coresponder.cli.pictures import draw_curves

        curves = {
            answer.named_tier: [(point.number, point.share) for point in answer.points]
            for answer in answers
        }
        said = asked.train or " and ".join(asked.more)
        with whole_file(asked.curve_file) as file:
            draw_curves(curves, f"{'trained' if asked.train else 'added'}, of {said}", file)


def _window(begins: str | None, weeks: int, zone: dt.tzinfo) -> Span:
    """Return the window of whole weeks, from a local midnight on."""
    if begins is not None and "T" not in begins:
        try:
            day = check_year(dt.date.fromisoformat(begins), "--from")
        except ValueError:
            raise click.UsageError(
                f"--from: {described(begins)} is not a day; write it like 2026-03-02"
            ) from None
    else:
        begun = parse_now(begins, "--from") or utc_now()
        now = check_year(begun, "--from").astimezone(zone)
        day = now.date() + (
            dt.timedelta(days=-now.weekday() % 7) if begins is None else dt.timedelta()
        )
    first, last = (
        dt.datetime.combine(one, dt.time(), zone).astimezone(UTC)
        for one in (day, day + dt.timedelta(weeks=weeks))
    )
    return Span(first, last)


def _check_tier(tier: str | None, program: Program) -> None:
    ids = [one.id for one in program.tiers]
    if tier is not None and tier not in ids:
        raise click.UsageError(f"--tier: there is no {tier!r}; {nearest(tier, ids)}")


def _wanted(tier: str | None, question: Question) -> str:
    """Return the tier to count, together with those before it: the requested tier if it answers
    such calls, otherwise the first.
    """
    ids = [one.id for one in question.tiers]
    return tier if tier in ids else next(iter(ids), NOBODY)


def _read(option: str, parse: Callable[[str], _T], text: str) -> _T:
    try:
        return parse(text)
    except ValueError as error:
        raise click.UsageError(f"{option} {error}") from None


def _share(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        found = float(text.replace("%", "").strip()) / 100
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise click.UsageError(f"--target {text!r} is not a share; write it like '80 %'")
    return found


def _calls(path: Path | None, mapping: Path | None, program: Program) -> list[_Call]:
    if path is None or mapping is None:
        return []
    rows = list(read_calls(path, mapping_for(mapping, program)))
    found = [call for row in rows if isinstance(row, RowCase) and (call := _call(row)) is not None]
    if left := len(rows) - len(found):
        say(
            f"{path.name}: {left:,} of {len(rows):,} calls and rows are left out, because they cannot"
            " be used or have no nature; `coresponder audit` says why",
            err=True,
        )
    return found


def _call(row: RowCase) -> _Call | None:
    """Return the time and the nature of a call, and how long a unit was on scene, if known."""
    first = row.events[0]
    nature = getattr(first, "nature", None)
    for event in row.events:
        nature = event.nature if isinstance(event, CallTriaged) else nature
    times = {
        kind: next((one.at for one in row.events if isinstance(one, kind)), None)
        for kind in (ResponderArrived, SceneCleared)
    }
    arrived, cleared = times[ResponderArrived], times[SceneCleared]
    known = arrived is not None and cleared is not None
    minutes = (cleared - arrived).total_seconds() / 60 if known and arrived and cleared else None
    return _Call(at=first.at, nature=nature, minutes=minutes) if nature is not None else None


def _shares(weeks: Sequence[Counter[str]], tiers: Sequence[str]) -> dict[str, Any]:
    """Return the share of calls that each tier took, and of those that waited, with intervals."""
    names = (*tiers, "waited") if weeks else ()
    calls = sum(week[tier] for week in weeks for tier in tiers)
    return {"calls": calls, **{name: _estimate(weeks, [name], tiers) for name in names}}


def _estimate(
    weeks: Sequence[Counter[str]], names: Sequence[str], tiers: Sequence[str]
) -> dict[str, Any]:
    from coresponder.simulation.queueing import estimate

    shares = [sum(week[n] for n in names) / sum(week[t] for t in tiers) for week in weeks]
    return estimate(shares, most=1.0).to_dict()


def _point(
    number: int,
    wanted: str,
    share: float,
    weeks: Sequence[Counter[str]] | None,
    tiers: Sequence[str],
) -> Point:
    """Return the share that a number of people reaches: of time or calls, or of played calls."""
    if not weeks:
        return Point(number=number, share=share)
    found = _estimate(weeks, tiers[: tiers.index(wanted) + 1], tiers)
    return Point(number=number, share=found["mean"], played=found)
