"""What `coresponder coverage` does: which tier can be formed in each hour of the week, and what would change
it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs
import click

from coresponder.cli.options import parse_now, print_json, say, say_wrapped, terminal
from coresponder.cli.roster import read_services
from coresponder.cli.tables import print_table
from coresponder.clock import utc_now
from coresponder.domain.events import CallTriaged, ResponderArrived, SceneCleared
from coresponder.domain.spoken import say_word
from coresponder.domain.types import UTC, say_time
from coresponder.domain.vocabulary import Nature, Weekday
from coresponder.errors import nearest
from coresponder.interop.cad import RowCase, read_calls
from coresponder.interop.mapping import load_mapping
from coresponder.program import Program, load_program
from coresponder.roster.coverage import (
    HOURS_OF_WEEK,
    NOBODY,
    Coverage,
    Question,
    cover,
    hour_of_week,
)
from coresponder.roster.expiring import expiring
from coresponder.roster.service import Service
from coresponder.roster.shifts import Span
from coresponder.roster.whatif import Cost, costs, curve, parse_newcomers, parse_training

__all__ = ["show_coverage"]

_SOON = dt.timedelta(days=90)


@attrs.frozen(kw_only=True)
class _Call:
    """A call out of a CAD export, as coverage needs it."""

    at: dt.datetime
    nature: Nature
    minutes: float | None


@attrs.define(kw_only=True)
class _Answer:
    """What is printed of one question."""

    question: Question
    found: Coverage
    calls: list[_Call]
    zone: dt.tzinfo
    costs: tuple[Cost, ...] = ()
    wanted: str = ""
    steps: list[tuple[int, float]] = attrs.field(factory=list)
    played: dict[str, Any] = attrs.field(factory=dict)

    @property
    def hours(self) -> list[int]:
        """The hours of the week in which its calls came."""
        return [hour_of_week(call.at, self.zone) for call in self.calls]

    def as_json(self) -> dict[str, Any]:
        """Return the contract's keys."""
        return {
            "natures": list(self.found.natures),
            "where": self.found.holding,
            "tiers": list(self.found.tiers),
            "share_of_time": dict(self.found.shares),
            "calls": len(self.calls),
            "share_of_calls": dict(self.found.of_calls(self.hours)) if self.calls else None,
            "week": [list(hour) for hour in self.found.week],
            "costs": [one.to_dict() for one in self.costs],
            "counted": f"{self.wanted} or better",
            "trained": [{"number": n, "share": share} for n, share in self.steps],
            "played": self.played,
        }


def show_coverage(
    program: str,
    file: Path,
    calls: Path | None,
    mapping: Path | None,
    begins: str | None,
    weeks: int,
    more: tuple[str, ...],
    train: str | None,
    target: str | None,
    tier: str | None,
    play: bool,
    a_day: float,
    minutes: float,
    picture: Path | None,
    curve_file: Path | None,
    form: str,
) -> None:
    """Show which tier of PROGRAM can be formed in each hour of the week, from a roster."""
    if (calls is None) != (mapping is None):
        raise click.UsageError("--calls and --mapping go together")
    if (target or curve_file) and not train:
        raise click.UsageError("--target and --curve go with --train")
    loaded = load_program(program)
    zone = loaded.calendar.time_zone
    services, rejected = read_services(file, loaded)
    window = _window(begins, weeks, zone)
    known = _calls(calls, mapping)
    listed = expiring(services, loaded.courses, at=window.begins, within=_SOON)
    soon = tuple(one for one in listed if not one.expired)
    answers = []
    for question in Question.all_of(loaded.tiers, loaded.courses, loaded.natures or tuple(Nature)):
        mine = [call for call in known if call.nature in question.natures]
        there = [*services, *_newcomers(more, question, window, zone)]
        answer = _Answer(
            question=question,
            found=cover(question, there, window, zone),
            calls=mine,
            zone=zone,
            wanted=_wanted(tier, question),
        )
        if train:
            there = _train(answer, there, window, train, _share(target))
        answer.costs = costs(question, services, soon, window.begins + _SOON, zone)
        if play:
            answer.played = _play(answer, there, window, a_day, minutes)
        answers.append(answer)
    if picture:
        from coresponder.cli.pictures import draw_week

        draw_week(answers[0].found, picture)
    if curve_file and train:
        from coresponder.cli.pictures import draw_curve

        draw_curve(answers[0].steps, f"trained, of {train}", curve_file)
    if form == "json":
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
        return
    last = say_time(window.until, zone)
    say(f"{loaded.name}: {len(services):,} responders, {say_time(window.begins, zone)} to {last}")
    for answer in answers:
        _print(answer, loaded)


def _window(begins: str | None, weeks: int, zone: dt.tzinfo) -> Span:
    """Return the weeks that are looked at, from a midnight on the wall."""
    if begins is not None and len(begins) == len("2026-03-02"):
        begins = f"{begins}T00:00:00+00:00"
        day = (parse_now(begins) or utc_now()).date()
    else:
        now = (parse_now(begins) or utc_now()).astimezone(zone)
        day = now.date() + (
            dt.timedelta(days=-now.weekday() % 7) if begins is None else dt.timedelta()
        )
    first, last = (
        dt.datetime.combine(one, dt.time(), zone).astimezone(UTC)
        for one in (day, day + dt.timedelta(weeks=weeks))
    )
    return Span(first, last)


def _wanted(tier: str | None, question: Question) -> str:
    """Return the tier that a target counts, with those before it."""
    ids = [one.id for one in question.tiers]
    if tier is not None and tier not in ids:
        raise click.UsageError(f"--tier: there is no {tier!r}; {nearest(tier, ids)}")
    return tier or next(iter(ids), NOBODY)


def _share(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        found = float(text.replace("%", "").strip()) / 100
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise click.UsageError(f"--target {text!r} is no share; write it like '80 %'")
    return found


def _calls(path: Path | None, mapping: Path | None) -> list[_Call]:
    if path is None or mapping is None:
        return []
    rows = read_calls(path, load_mapping(mapping))
    return [call for row in rows if isinstance(row, RowCase) and (call := _call(row)) is not None]


def _call(row: RowCase) -> _Call | None:
    """Return when a call came, what it was about, and how long somebody was on scene, if known."""
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


def _newcomers(
    texts: Iterable[str], question: Question, window: Span, zone: dt.tzinfo
) -> Iterable[Service]:
    for text in texts:
        try:
            newcomers = parse_newcomers(text)
        except ValueError as error:
            raise click.UsageError(f"--with {error}") from None
        yield from newcomers.services(question, window, zone)


def _train(
    answer: _Answer, there: Sequence[Service], window: Span, text: str, target: float | None
) -> list[Service]:
    """Put the coverage by number trained into an answer; return the responders after it."""
    try:
        training = parse_training(text, answer.question.courses)
    except ValueError as error:
        raise click.UsageError(f"--train {error}") from None
    steps = list(
        curve(
            answer.question,
            there,
            training,
            window,
            answer.zone,
            calls=answer.hours,
            target=target,
            tier=answer.wanted,
        )
    )
    for number, found, _ in steps:
        answer.steps.append((number, found.at_least(answer.wanted, answer.hours)))
    _, answer.found, after = steps[-1]
    return list(after)


def _play(
    answer: _Answer, there: Sequence[Service], window: Span, a_day: float, minutes: float
) -> dict[str, Any]:
    """Play the agency's calls, or made-up ones; return each share by week with its interval."""
    from coresponder.simulation.queueing import Arrival, estimate, made_up_calls, play_calls

    known = [call.minutes for call in answer.calls if call.minutes is not None]
    mean = sum(known) / len(known) if known else minutes
    week = dt.timedelta(days=7)
    if answer.calls:
        first = min(call.at for call in answer.calls)
        offset = (window.begins - first) // week * week + week
        calls = [
            Arrival(call.at + offset, mean if call.minutes is None else call.minutes)
            for call in answer.calls
        ]
        calls = [call for call in calls if window.covers(call.at)]
    else:
        calls = list(made_up_calls(window, a_day=a_day, minutes=minutes, seed=1))
    played = play_calls(answer.question, there, calls, window)
    weeks: dict[int, Counter[str]] = {}
    for one in played:
        counted = weeks.setdefault((one.at - window.begins) // week, Counter())
        counted[one.tier] += 1
        counted["waited"] += one.waited > 0 and one.tier != NOBODY
    shares = {
        name: estimate([week[name] / sum(week[t] for t in answer.found.tiers) for week in weeks.values()], most=1.0)
        for name in (*answer.found.tiers, "waited")
    } if weeks else {}  # fmt: skip
    return {"calls": len(played), **{name: one.to_dict() for name, one in shares.items()}}


def _print(answer: _Answer, program: Program) -> None:
    """Print the tables of one question."""
    found = answer.found
    every = len(found.natures) == len(program.natures or tuple(Nature))
    named = "all calls" if every else ", ".join(map(say_word, found.natures))
    say("")
    say_wrapped(f"For {named}{f', where {found.holding}' if found.holding else ''}")
    weeks = sum(found.hours) / HOURS_OF_WEEK
    of_calls = found.of_calls(answer.hours)
    rows = [
        (
            str(i + 1) if tier != NOBODY else "-",
            tier,
            f"{hours / weeks:.1f}",
            f"{found.shares[tier]:.1%}",
            f"{of_calls[tier]:.1%}" if answer.calls else "",
            _interval(answer.played.get(tier)),
        )
        for i, (tier, hours) in enumerate(zip(found.tiers, found.hours, strict=True))
    ]
    heads = (
        "",
        "best tier",
        "hours a week",
        "of time",
        f"of {len(answer.calls):,} calls",
        "played",
    )
    shown = [i for i, _ in enumerate(heads) if i not in ({4} if not answer.calls else set())]
    shown = [i for i in shown if i != 5 or answer.played]
    print_table(terminal(), [heads[i] for i in shown], [[row[i] for i in shown] for row in rows])
    if answer.played:
        say(
            f"{answer.played['calls']:,} calls played; {_interval(answer.played.get('waited'))} waited for a team"
        )
    say("       0     6     12    18")
    for number, day in enumerate(Weekday):
        marks = "".join(map(_mark, found.week[number * 24 : number * 24 + 24]))
        say(f"  {day.value[:3].capitalize()}  {marks}")
    for number, share in answer.steps:
        say(f"  {number:>3} trained: {answer.wanted} or better {share:.1%}")
    if answer.costs[1:]:
        say("Expiring within 90 days, and the hours a week that each costs if all else is renewed:")
    for one in answer.costs if answer.costs[1:] else ():
        say(f"  {one.hours_a_week:>6.1f}  {_expiry(one, answer.zone)} ({one.tier} or better)")


def _expiry(one: Cost, zone: dt.tzinfo) -> str:
    if one.expiring is None:
        return "all together, with what has expired already"
    last = say_time(one.expiring.ends, zone)[:10]
    return f"{one.expiring.responder}: {say_word(one.expiring.what)}, {last}"


def _mark(hour: Sequence[float]) -> str:
    """Return the place of the tier that an hour has for the longest time; `-` for nobody."""
    best = max(range(len(hour)), key=hour.__getitem__)
    return "-" if best == len(hour) - 1 else str(best + 1)


def _interval(one: dict[str, Any] | None) -> str:
    """Say a share with its interval."""
    if one is None:
        return ""
    if one["low"] is None:
        return f"{one['mean']:.1%} (too few weeks for an interval)"
    return f"{one['mean']:.1%} ({one['low']:.1%} to {one['high']:.1%})"
