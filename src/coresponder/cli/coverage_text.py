"""The results of `coresponder coverage`, as JSON and as tables for a terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from coresponder.cli.options import say, say_wrapped, terminal
from coresponder.cli.tables import print_table
from coresponder.domain.spoken import say_word
from coresponder.domain.types import say_time
from coresponder.domain.vocabulary import Nature, Weekday
from coresponder.program import Program
from coresponder.roster.coverage import HOURS_OF_WEEK, Coverage, Question
from coresponder.roster.shifts import Span
from coresponder.roster.whatif import Cost

__all__ = ["Answer", "Point", "print_coverage"]

_LITTLE = 0.05
"""Hours a week that a table with one decimal place would show as 0.0."""


@attrs.frozen(kw_only=True)
class Point:
    """The share that a number of people reaches.

    Attributes:
        share: of time or of calls, for a tier or one before it.
        played: the share with its interval, where calls were played.
    """

    number: int
    share: float
    played: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the documented keys."""
        return {"number": self.number, "share": self.share, "played": self.played}

    def __str__(self) -> str:
        """Return the share, with its interval if it has one."""
        return f"{self.share:.1%}" if self.played is None else _interval(self.played)


@attrs.frozen(kw_only=True)
class Answer:
    """The answer to one question.

    Attributes:
        now: the coverage with the roster as it is.
        found: the coverage after the changes of --with and --train.
        hours: the number of calls in each hour of the week; empty without calls.
        wanted: the tier that is counted, together with those before it.
        points: the share by number trained or added.
        most: how many people the what-if would train or add; 0 without a what-if.
        verb: `trained` or `added`.
    """

    question: Question
    now: Coverage
    found: Coverage
    hours: list[int]
    wanted: str
    costs: tuple[Cost, ...]
    points: list[Point]
    most: int
    verb: str
    target: float | None
    played: dict[str, Any]

    @property
    def named_tier(self) -> str:
        """The tier that is counted, and the condition of its calls if there is one."""
        holding = self.found.holding
        better = "" if self.wanted == self.found.tiers[0] else " or better"
        return f"{self.wanted}{better}{f', where {holding}' if holding else ''}"

    @property
    def reached(self) -> int | None:
        """The number of people that reaches the target; None if none does, or there is no
        target.
        """
        last = self.points[-1] if self.points else None
        met = last is not None and self.target is not None and last.share >= self.target
        return last.number if last is not None and met else None

    def as_json(self) -> dict[str, Any]:
        """Return the documented keys."""
        found, calls = self.found, len(self.hours)
        return {
            "natures": list(found.natures),
            "where": found.holding,
            "tiers": list(found.tiers),
            "share_of_time": dict(found.shares),
            "share_of_time_now": dict(self.now.shares),
            "calls": calls,
            "share_of_calls": dict(found.of_calls(self.hours)) if calls else None,
            "week": [list(hour) for hour in found.week],
            "costs": [one.to_dict() for one in self.costs],
            "counted": f"{self.wanted} or better",
            "by_number": [point.as_json() for point in self.points],
            "target": self.target,
            "reached_with": self.reached,
            "played": self.played,
        }


def print_coverage(
    program: Program, window: Span, responders: int, answers: Sequence[Answer]
) -> None:
    """Print the tables of all questions."""
    zone = program.calendar.time_zone
    last = say_time(window.until, zone)
    say(f"{program.name}: {responders:,} responders, {say_time(window.begins, zone)} to {last}")
    for answer in answers:
        say("")
        say_wrapped(f"For {_calls(answer, program)}")
        _print_table(answer)
        _print_week(answer.found)
        for line in (*_played(answer), *_by_number(answer), *_expiring(answer.costs, zone)):
            say(line)


def _calls(answer: Answer, program: Program) -> str:
    found = answer.found
    every = len(found.natures) == len(program.natures or tuple(Nature))
    named = "all calls" if every else ", ".join(map(say_word, found.natures))
    return f"{named}{f', where {found.holding}' if found.holding else ''}"


def _print_table(answer: Answer) -> None:
    """Print for each tier its hours, and its calls if they are known."""
    found, now, calls = answer.found, answer.now, len(answer.hours)
    weeks = (sum(found.hours) / HOURS_OF_WEEK) or 1.0
    of_calls = found.of_calls(answer.hours)
    columns: dict[str, list[str]] = {
        "": [str(i + 1) for i in range(len(found.tiers) - 1)] + ["-"],
        "best tier": list(found.tiers),
        "hours a week": [f"{hours / weeks:.1f}" for hours in found.hours],
        "of time": [f"{found.shares[tier]:.1%}" for tier in found.tiers],
    }
    if answer.most:
        columns["before"] = [f"{hours / weeks:.1f}" for hours in now.hours]
    if calls:
        columns[f"of {calls:,} calls"] = [f"{of_calls[tier]:.1%}" for tier in found.tiers]
    print_table(terminal(), list(columns), list(zip(*columns.values(), strict=True)))


def _played(answer: Answer) -> Iterator[str]:
    """Yield what became of the calls that were played."""
    played = answer.played
    if not played:
        return
    yield f"{played['calls']:,} calls played; of a week's calls (with the 95 % interval):"
    width = max(map(len, answer.found.tiers))
    for tier in answer.found.tiers if played["calls"] else ():
        yield f"  {tier:{width}}  {_interval(played[tier])}"
    if played["calls"]:
        yield f"  {'waited for a team':{width}}  {_interval(played['waited'])}"


def _print_week(found: Coverage) -> None:
    say("       0     6     12    18")
    for number, day in enumerate(Weekday):
        marks = "".join(map(_mark, found.week[number * 24 : number * 24 + 24]))
        say(f"  {day.value[:3].capitalize()}  {marks}")


def _by_number(answer: Answer) -> Iterator[str]:
    """Yield the share by number, whether the target is reached, and who is lacking for more."""
    if not answer.points:
        return
    for point in answer.points:
        yield f"  {point.number:>3} {answer.verb}: {answer.wanted} or better {point}"
    last = answer.points[-1]
    if answer.reached is None and last.number < answer.most:
        yield f"Only {last.number} of the {answer.most} could be {answer.verb}: nobody else of the role lacks it"
    if answer.target is not None:
        met = "is reached" if answer.reached is not None else "is not reached"
        yield f"{answer.target:.0%} {met} with {last.number} {answer.verb}"


def _expiring(costs: Sequence[Cost], zone: dt.tzinfo) -> Iterator[str]:
    """Yield the cost of each training or vetting that expires, and how many cost next to
    nothing.
    """
    if not costs[1:]:
        return
    yield "Expiring within 90 days, and the hours a week that each costs if all else is renewed:"
    *each, together = costs
    shown = [one for one in each if one.hours_a_week >= _LITTLE]
    for one in (*shown, together):
        yield f"  {one.hours_a_week:>6.1f}  {_expiry(one, zone)} ({one.tier} or better)"
    if few := len(each) - len(shown):
        yield f"  {few} more cost less than {_LITTLE} hours each; `coresponder roster expiring` lists all"


def _expiry(one: Cost, zone: dt.tzinfo) -> str:
    if one.expiring is None:
        return "all together, with what has expired already"
    last = say_time(one.expiring.ends, zone)[:10]
    return f"{one.expiring.responder}: {say_word(one.expiring.what)}, {last}"


def _mark(hour: Sequence[float]) -> str:
    """Return the number of the tier that covers most of an hour; `-` if nobody does."""
    best = max(range(len(hour)), key=hour.__getitem__)
    return "-" if best == len(hour) - 1 else str(best + 1)


def _interval(one: Mapping[str, Any] | None) -> str:
    """Return a share with its interval."""
    if one is None:
        return ""
    if one["low"] is None:
        return f"{one['mean']:.1%} (too few weeks for an interval)"
    return f"{one['mean']:.1%} ({one['low']:.1%} to {one['high']:.1%})"
