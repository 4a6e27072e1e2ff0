"""An audit as text for people, and as JSON."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs
from rich.console import Console
from rich.markup import escape

from coresponder.audit.audit import Audit, Rule
from coresponder.audit.judgment import Evidence
from coresponder.audit.reckoned import YES, Kind
from coresponder.audit.told import MeasureReport, Number, say_minutes, told, told_contacts
from coresponder.cli.pieces import in_pieces
from coresponder.cli.tables import print_table
from coresponder.domain.spoken import say_word
from coresponder.domain.types import say_time
from coresponder.policy.words import say_policy

if TYPE_CHECKING:
    from coresponder.audit.specimens import Way

__all__ = ["print_audit", "print_ways", "said_shortly", "written_as_json"]

_SHOWN = 5


def print_audit(console: Console, audit: Audit) -> None:
    """Print what was judged, how often each policy was broken, and its first breaches."""
    zone = audit.program.calendar.time_zone

    def say(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True)

    for line in _about(audit, zone):
        say(escape(line))
    heads = ("policy", "concerned", "broken", "undetermined", "open")
    rows = [_row(rule) for rule in audit.rules.values()]
    if rows:
        say("")
        print_table(console, heads, rows, lines=False)
    for rule in audit.rules.values():
        if rule.breaches:
            said = say_policy(audit.program.book[rule.policy].policy)
            times = f"broken {rule.breaches:,} times in {rule.violated:,} {_counted(audit)}"
            say(f"\n[bold]{escape(rule.policy)}[/], {times}: {escape(said)}")
            shown = audit.first_evidence(rule.policy, _SHOWN)
            for one in shown:
                say(f"  {escape(_evidence(one, zone))}")
            if rule.breaches > len(shown):
                say(f"  ... and {rule.breaches - len(shown):,} more; --format json lists all")
    for found in itertools.islice(audit.unreadable, _SHOWN):
        say(f"\ncannot be judged: {escape(found['incident'])}: {escape(found['why'])}")
    _print_measures(console, audit)
    say(f"\n{_conclusion(audit)}")


def said_shortly(audit: Audit) -> str:
    """Return how many incidents were judged, and what else was found, in one line."""
    parts = [f"{_counted(audit)} {audit.incidents:,}", f"breaches {audit.evidence.count:,}"]
    if audit.unreadable.count:
        parts.append(f"cannot be judged {audit.unreadable.count:,} (see `why`)")
    if audit.reasons:
        parts.append(
            f"rows that could not be used {audit.reasons.total():,} (--format text says why)"
        )
    return "; ".join(parts)


def print_ways(console: Console, ways: Sequence[Way]) -> None:
    """Print how each policy is judged over the rows of an export."""
    rows = [(one.policy, "together" if one.columns else "one by one", one.why) for one in ways]
    print_table(console, ("policy", "incidents are judged", "because"), rows, lines=False)
    console.print(
        "\nIncidents of an export that differ only in their times, numbers and units are judged"
        " together. An incident is replayed by itself if it has an event that a policy judged one by"
        " one counts, if a row of it is unusual, if one of the mapping's [[event]] happened, or if it"
        " comes from a store; all are, if the mapping reads the time of the call from parts or has a"
        " digit in a word of `missing`. Both ways give the same verdicts.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _print_measures(console: Console, audit: Audit) -> None:
    found = [*told(audit.measures), *told_contacts(audit.contacts)]
    rows = [(one.title, said) for one in found if (said := _measured(one))]
    if rows:
        console.print()
        print_table(console, ("measure", "comes to"), rows, lines=False, first=0)


def _measured(one: MeasureReport) -> str:
    """Return the result of a measure in one line; counts by calendar are only in the JSON."""
    if not one.of or one.wide:
        return ""
    if one.kind is Kind.TIME:
        told = [f"n {one.of:,}"]
        told += [f"median {say_minutes(one.median)}"] if one.median is not None else []
        told += [f"90% within {say_minutes(one.within_90)}"] if one.within_90 is not None else []
        return ", ".join(told)
    numbers = [
        f"{'' if number.label == YES else say_word(number.label) + ' '}{_part(number, one)}"
        for number in one.numbers
    ]
    return ", ".join(numbers)


def _part(number: Number, one: MeasureReport) -> str:
    if number.share is None:
        return f"{number.count:,}"
    if one.kind is Kind.RATE:
        return f"{number.share * 1000:.1f} per 1,000 ({number.count:,} of {one.of:,})"
    of = f" of {one.of:,}" if one.kind is Kind.SHARE else ""
    return f"{number.count:,}{of} ({number.share:.0%})"


def _about(audit: Audit, zone: dt.tzinfo) -> Iterator[str]:
    yield f"{audit.program.name}: {audit.incidents:,} {_counted(audit)}, {audit.events:,} events"
    if audit.first and audit.last:
        begin, end = say_time(audit.first, zone), say_time(audit.last, zone)
        yield f"opened from {begin} to {end}"
    when = f"at {say_time(audit.now, zone)}" if audit.now else "as of each incident's last event"
    yield f"judged {when}"
    if audit.reasons:
        yield f"{audit.reasons.total():,} of {audit.rows_read:,} rows could not be used:"
        yield from (f"  {count:,} {reason}" for reason, count in audit.reasons.most_common())
    for count, what in (
        (audit.approximate, "incidents have a time that is only approximate"),
        (
            audit.measures.duplicates,
            "incidents were merged into another one; rules judge each number, measures leave it out",
        ),
        (audit.out_of_place, "events are out of place"),
        (audit.doubtful, "events have a time that cannot be right"),
    ):
        if count:
            yield f"{count:,} {what}"


def _counted(audit: Audit) -> str:
    return "responders" if audit.program.subject == "responder" else "incidents"


def _row(rule: Rule) -> tuple[str, ...]:
    numbers = (rule.concerned, rule.violated, rule.undetermined, rule.pending)
    return (rule.policy, *(f"{number:,}" for number in numbers))


def _evidence(one: Evidence, zone: dt.tzinfo) -> str:
    about = f" [{one.key}]" if one.key else ""
    events = f", event {' and '.join(map(str, one.events))}" if one.events else ""
    how = "deadline passed" if one.how == "deadline" else "broken"
    since = f", since {say_time(one.since, zone)}" if one.since else ""
    return f"{one.incident}{about}: {how} {say_time(one.at, zone)}{since}{events}"


def _conclusion(audit: Audit) -> str:
    if not audit.incidents and not audit.unreadable.count:
        return "There was nothing to judge."
    said = f"{audit.clean:,} of {audit.incidents:,} {_counted(audit)} certainly broke no policy."
    if any(rule.undetermined for rule in audit.rules.values()):
        said += (
            " A verdict that depends on a time that is only approximate is undetermined and not"
            " counted as broken."
        )
    if audit.unreadable.count:
        said += f" {audit.unreadable.count:,} {_counted(audit)} could not be judged."
    return said


def written_as_json(audit: Audit) -> Iterator[str]:
    """Yield one JSON document in pieces, so that many breaches take no more memory than few."""
    lists = (("unreadable", audit.unreadable), ("evidence", audit.evidence))
    return in_pieces(_as_json(audit), lists)


def _as_json(audit: Audit) -> dict[str, Any]:
    return {
        "program": audit.program.name,
        "judged_at": audit.now,
        "incidents": audit.incidents,
        "duplicates": audit.measures.duplicates,
        "events": audit.events,
        "rows_read": audit.rows_read,
        "rows_used": audit.rows_used,
        "rows_rejected": dict(audit.reasons.most_common()),
        "row_faults": dict(audit.faults.most_common()),
        "opened_from": audit.first,
        "opened_to": audit.last,
        "with_approximate_times": audit.approximate,
        "without_breach": audit.clean,
        "out_of_place": audit.out_of_place,
        "doubtful": audit.doubtful,
        "measures": [one.as_json() for one in told(audit.measures)]
        + [one.as_json() for one in told_contacts(audit.contacts)],
        "policies": [attrs.asdict(rule) for rule in audit.rules.values()],
    }
