"""Programs, runs and cases as tables for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs
from rich.console import Console
from rich.markup import escape

from coresponder.cli.tables import print_table
from coresponder.domain.events import Decision, Event
from coresponder.domain.spoken import say_word
from coresponder.domain.types import say_time
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Enforcement, Policy
from coresponder.policy.words import say_event, say_policy
from coresponder.program import Program
from coresponder.roster.course import Course
from coresponder.roster.staffing import Tier

if TYPE_CHECKING:
    from collections import Counter

    from coresponder.audit.tally import Minutes, Tally
    from coresponder.cli.run import People, Result
    from coresponder.workflow import Owed

_Rows = list[tuple[str, str, str, str]]
"""The rows of a result: the section where it begins, what was counted, how many, and the share."""

__all__ = ["print_due", "print_program", "print_result", "program_as_json"]

_A_WEEK = [dt.date(2024, 1, day) for day in range(1, 8)]
_EVERY_EVENT = {field.name for field in attrs.fields(Event)}


def program_as_json(program: Program) -> dict[str, Any]:
    """Return lifecycle, tiers, policies and notices as data."""
    return {
        "program": program.name,
        "title": program.title,
        "authority": program.authority,
        "natures": [nature.value for nature in program.natures],
        "lifecycle": {
            "states": list(program.lifecycle.states),
            "initial": program.lifecycle.initial,
            "ends": sorted(program.lifecycle.final),
            "edges": [
                {"event": e.event, "source": e.source, "target": e.target}
                for e in program.lifecycle.edges
            ],
        },
        "notices": [str(rule) for rule in program.notices],
        "trainings": [course.to_dict() for course in program.trainings],
        "staffing": [tier.to_dict() for tier in program.tiers],
        "policies": [
            {
                **{
                    f.name: _as_json(getattr(p, f.name))
                    for f in attrs.fields(Policy)
                    if f.name != "automaton"
                },
                "sentence": say_policy(p),
                "written": _as_written(p),
            }
            for p in program.policies
        ],
    }


def _as_written(policy: Policy) -> str:
    """Return a rule in words, without its own description."""
    return say_policy(attrs.evolve(policy, because=None))


def _rule(policy: Policy) -> str:
    return f"{policy.because}\n= {_as_written(policy)}" if policy.because else _as_written(policy)


def _as_json(value: Any) -> Any:
    if isinstance(value, Atom):
        return {"event": list(value.events), "where": dict(value.where)}
    return value.value if isinstance(value, Enforcement) else value


def print_due(console: Console, owed: Iterable[Owed], now: dt.datetime, zone: dt.tzinfo) -> None:
    """Print what is owed as a table, with the time that is left or that has passed since."""
    rows = [
        (one.incident, due, _how_long(one.obligation.due, now), what)
        for one in owed
        for due, what in [_due_and_what(one, zone)]
    ]
    fixed = {
        1: 12 if console.width < 100 else 23
    }  # narrow enough that a date breaks before its time of day, or nowhere
    print_table(
        console, ("incident", "due", "", "what is owed"), rows, lines=False, fixed=fixed, first=2
    )


def _due_and_what(one: Owed, zone: dt.tzinfo) -> tuple[str, str]:
    owes = one.obligation
    whose = f" for {owes.key}" if owes.key else ""
    owner = f"; owner {owes.owner}" if owes.owner else ""
    what = f"{owes.what}{whose} ({owes.policy}{owner})" + (f" {owes.why}" if one.unreadable else "")
    return say_time(owes.due, zone) if owes.due else "before the end", what


def _how_long(due: dt.datetime | None, now: dt.datetime) -> str:
    """Return a length such as `3 days overdue` or `in 25 min`, in the largest full unit."""
    if due is None:
        return ""
    minutes = int(abs(due - now).total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60
    length = (
        f"{days} day{'s' * (days > 1)}" if days else f"{hours} h" if hours else f"{minutes} min"
    )
    return f"{length} overdue" if now > due else f"in {length}"


def print_program(console: Console, program: Program) -> None:
    """Explain a program."""
    console.print(
        f"[bold]{escape(program.title or program.id)}[/]  {program.name}", highlight=False
    )
    console.print(f"Authority: {escape(program.authority)}", highlight=False)
    for line in _surroundings(program):
        console.print(escape(line), highlight=False)
    console.print()
    moves = [
        ("" if i else state, ", ".join(events), target)
        for state in program.lifecycle.states
        for i, (target, events) in enumerate(_moves(program, state).items())
    ]
    print_table(console, ("state", "event", "leads to"), moves, title="Lifecycle")
    tiers = [
        (tier.id, _seats(tier), say_word(tier.model.value), tier.authority)
        for tier in program.tiers
    ]
    trainings = [(course.id, _asked(course), course.authority) for course in program.trainings]
    if trainings:
        print_table(console, ("training", "counts", "authority"), trainings, title="Trainings")
    print_table(console, ("tier", "who", "model", "authority"), tiers, title="Staffing, in order")
    policies = [
        (policy.id, _rule(policy), policy.enforcement.value, policy.authority)
        for policy in program.policies
    ]
    print_table(console, ("policy", "rule", "", "authority"), policies, title="Policies")
    if program.notices:
        console.print("Who is told", style="italic", highlight=False)
        for rule in program.notices:
            console.print(f"  {escape(str(rule))}", highlight=False)


def _asked(course: Course) -> str:
    """Yield how long a training counts, and what it covers."""
    named = {
        "renewed by": course.renewed_by,
        "in its place": course.accepts,
        "covers": [skill.value for skill in course.skills],
    }
    parts = [f"with {course.hours} hours" if course.hours else "whatever its hours"]
    parts += [f"for {course.valid}"] if course.valid else ["until it expires"]
    parts += [f"{what} {', '.join(map(say_word, words))}" for what, words in named.items() if words]
    return "; ".join(parts)


def _seats(tier: Tier) -> str:
    return (
        " + ".join(map(str, tier.seats))
        + (f" (for {_words(tier.natures)})" if tier.natures else "")
        + (f" (where {tier.condition})" if tier.where else "")
    )


def _surroundings(program: Program) -> Iterator[str]:
    """Yield a program's natures, calendar and own events, which have no table."""
    yield f"Calls that qualify: {_words(program.natures) or 'all'}"
    calendar = program.calendar
    closed = [
        f"{calendar_day:%A}"
        for calendar_day in _A_WEEK
        if calendar_day.weekday() in calendar.weekend
    ]
    closed += [f"{day:%a} {day}" for day in sorted(calendar.holidays)]
    yield f"Time zone: {calendar.time_zone}; offices are closed on {', '.join(closed) or 'no day'}"
    for cls in program.events:
        fields = ", ".join(
            field.name for field in attrs.fields(cls) if field.name not in _EVERY_EVENT
        )
        yield f"Own {'decision' if issubclass(cls, Decision) else 'fact'}: {say_event(cls.__name__)}{fields and f' ({fields})'}"


def _words(natures: Iterable[str]) -> str:
    return ", ".join(say_word(nature) for nature in natures)


def _moves(program: Program, state: str) -> dict[str, list[str]]:
    """Return the events that lead to each next state, and last the decisions that leave the state
    unchanged.
    """
    moves: dict[str, list[str]] = {}
    stay = []
    for edge in program.lifecycle.edges:
        if edge.source == state and edge.target != state:
            moves.setdefault(edge.target, []).append(say_event(edge.event))
        elif edge.source == state and issubclass(program.vocabulary[edge.event], Decision):
            stay.append(say_event(edge.event))
    return (moves or {"": ["(end)"]}) | ({"(stays)": stay} if stay else {})


def _span(minutes: float | None) -> str:
    return "-" if minutes is None else f"{minutes:.0f} min"


def print_result(console: Console, result: Result) -> None:
    """Print the results of a run as a table."""
    _heading(console, result)
    table: _Rows = []
    _outcomes(table, result.tally)
    _avoided(table, result.tally)
    _times(table, result.tally)
    _record(table, result)
    if result.people:
        _section(table, "sent most often", _most_sent(result.people))
        _section(table, "who was missing", [(*one, "") for one in result.people.away])
    print_table(console, ("",) * 4, table, lines=False, first=0, numbers=(2, 3))
    _violations(console, result)
    _unplayed(console, result)
    _reasons(console, "Rows rejected, by reason", result.reasons)
    _reasons(console, "Missing or wrong in rows that were used", result.faults)


def _heading(console: Console, result: Result) -> None:
    program = result.tally.program
    console.print(
        f"[bold]{escape(program.title or program.id)}[/]  ({program.name})", highlight=False
    )
    rejected = f", {result.rows_rejected:,} rejected" if result.rows_rejected else ""
    there = f" ({result.rows_there:,} were there)" if result.rows_there else ""
    twice = result.tally.duplicates
    merged = f" ({twice:,} merged into another incident and not counted)" if twice else ""
    console.print(
        f"{result.rows_read:,} {result.rows} read, {result.rows_used:,} used{there}{rejected};"
        f" {result.tally.incidents:,} incidents, {result.tally.events:,} events{merged}."
        " Shares are of incidents.\n",
        highlight=False,
    )


def _outcomes(table: _Rows, tally: Tally) -> None:
    for title, counts in (
        ("by state", tally.by_state),
        ("by disposition", tally.by_disposition),
        ("by tier", tally.by_tier),
    ):
        rows = [
            (say_word(name), f"{n:,}", _share(n, tally.incidents))
            for name, n in counts.most_common()
        ]
        _section(table, title, [*rows, *_teamless(tally)] if title == "by tier" else rows)


def _times(table: _Rows, tally: Tally) -> None:
    for title, minutes in (
        ("received to dispatched", tally.to_dispatch),
        ("received to arrived", tally.to_arrival),
        ("at facility to accepted", tally.to_acceptance),
        ("at facility to in service", tally.to_service),
    ):
        if minutes.total or title.startswith("received"):
            _section(table, title, _lengths(minutes))


def _record(table: _Rows, result: Result) -> None:
    """Print what is owed, what was refused, what the record marks, and who was told."""
    tally = result.tally
    _section(
        table,
        "obligations",
        [("still owed", f"{tally.owed:,}", ""), ("of which overdue", f"{tally.overdue:,}", "")],
    )
    refused = [("decisions refused", f"{result.refusals.total():,}", "")]
    _section(table, "refusals", [*refused, ("overridden", f"{result.overridden:,}", "")])
    most = [(name, f"{n:,}", "") for name, n in result.refusals.most_common(5)]
    _section(table, "refused most often by", most)
    _section(table, "facts out of place", [("", f"{tally.out_of_place:,}", "")])
    if tally.doubtful:
        _section(table, "doubtful times", [("", f"{tally.doubtful:,}", "")])
    _section(table, "notices sent", [("", f"{result.notices:,}", "")])


def _reasons(console: Console, title: str, counts: Counter[str]) -> None:
    if counts:
        rows = [(reason, f"{n:,}") for reason, n in counts.most_common()]
        print_table(console, ("", ""), rows, title=title, lines=False, numbers=(1,))


def _most_sent(people: People) -> list[tuple[str, str, str]]:
    found = [(id, f"{n:,}", "") for id, n in people.sent.most_common(5)]
    return [*found, (f"all {people.tally.incidents:,}", f"{people.sent.total():,}", "")]


def _avoided(table: _Rows, tally: Tally) -> None:
    """Print what was done in place of an arrest, if anything was."""
    if tally.arrestable or tally.instead:
        taken = [(f"  {say_word(n)} taken", f"{k:,}", "") for n, k in tally.instead.most_common()]
        grounds = ("people with grounds for one", f"{tally.arrestable:,}", "")
        _section(table, "in place of arrest", [grounds, *taken])


def _teamless(tally: Tally) -> list[tuple[str, str, str]]:
    rows = (
        ("(no team could be formed)", tally.without_team),
        ("(no team was sent)", tally.not_sent),
        ("(several tiers: counted in each)", tally.several_tiers),
    )
    return [(name, f"{n:,}", _share(n, tally.incidents)) for name, n in rows if n]


def _lengths(minutes: Minutes) -> list[tuple[str, str, str]]:
    """Return the percentiles; one that has too few calls is replaced by the number it needs."""

    def told(name: str, share: float) -> tuple[str, str, str]:
        if minutes.tells(share):
            return f"{name} ({n})", _span(minutes.percentile(share)), ""
        return f"{name} ({n}, needs {minutes.needed(share)})", "too few", ""

    n = f"n = {minutes.total:,}"
    return [told("median", 0.5), (f"mean ({n})", _span(minutes.mean), ""), told("90 % within", 0.9)]


def _unplayed(console: Console, result: Result) -> None:
    """Print the states, events and tiers that never occurred, grouped by reason."""
    if not result.unplayed:
        return
    together: dict[tuple[str, str], list[str]] = {}
    for one in result.unplayed:
        together.setdefault((one.kind, one.why), []).append(
            say_event(one.name) if one.kind == "event" else say_word(one.name)
        )
    rows = [
        (kind if len(names) == 1 else f"{kind}s", ", ".join(names), why)
        for (kind, why), names in together.items()
    ]
    print_table(console, ("", "", ""), rows, title="Not played", lines=False)


def _section(table: _Rows, title: str, rows: list[tuple[str, str, str]]) -> None:
    table += [("" if i else title, *row) for i, row in enumerate(rows)]


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f} %" if total else ""


def _violations(console: Console, result: Result) -> None:
    tally = result.tally
    found = [(one, tally.program.book[one], n) for one, n in tally.violations.most_common()]
    if result.people:
        book, counts = result.people.tally.program.book, result.people.tally.violations
        found += [(one, book[one], n) for one, n in counts.most_common()]
    unknown = tally.undetermined.most_common()
    if unknown:
        console.print("\nNot certain, because a time is only approximate (incidents by policy):")
        for name, n in unknown:
            console.print(f"  {name}  {n:,}", highlight=False)
    if not found:
        console.print("\nNo policy was violated." if not unknown else "\nNo other was violated.")
        return
    console.print()
    rows = [(name, watched.policy.enforcement.value, f"{n:,}") for name, watched, n in found]
    print_table(console, ("",) * 3, rows, title="Violations by policy", lines=False, numbers=(2,))
    console.print(
        f"To read each rule and its authority: coresponder show {tally.program.id}",
        highlight=False,
    )
