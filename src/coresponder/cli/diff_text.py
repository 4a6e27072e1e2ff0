"""The review of a changed program as text for people, and as JSON."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.markup import escape

from coresponder.audit.told_verdicts import ComparedRecord, told_comparison
from coresponder.audit.verdicts import ChangedVerdict, Comparison
from coresponder.cli.pieces import in_pieces
from coresponder.cli.tables import print_table
from coresponder.proof.review import Review
from coresponder.report.review_words import (
    ALONE,
    COMPARED,
    row_of,
    row_of_alone,
    say_change,
    say_changed,
    say_conclusion,
    say_extent,
    say_others,
    title_of,
)

__all__ = ["print_review", "written_as_json"]

_SHOWN = 20


def print_review(
    console: Console, review: Review, record: Sequence[Comparison] = (), least: int = 1
) -> None:
    """Print the written changes, then the steps that only one program allows, then what both say of
    the record.
    """

    def say(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True)

    say(f"{review.old} -> {review.new}")
    for part in dict.fromkeys(change.part for change in review.changes):
        _print_list(
            say,
            title_of(part),
            [say_change(change) for change in review.changes if change.part == part],
        )
    if not review.changes:
        say("\nNothing is written differently.")
    for difference in review.differences:
        say(f"\n[bold]{escape(difference.because)}[/]: the last step is {difference.effect}")
        for told in difference.story:
            say(f"      {escape(str(told))}")
    _print_list(say, "Another team is sent", review.staffing)
    _print_list(say, "Searched; everything else is compared as it is written", review.scope)
    _print_list(say, "Not settled (--limit may help with what was too large)", review.undetermined)
    say(f"\n{say_conclusion(review)}")
    for one in record:
        _print_record(console, say, one, told_comparison(one, least))


def _print_list(say: Callable[[str], None], title: str, lines: Sequence[str]) -> None:
    if lines:
        say(f"\n[bold]{title}[/]")
    for line in lines:
        say(f"  - {escape(line)}")


def _print_record(
    console: Console, say: Callable[[str], None], found: Comparison, told: ComparedRecord
) -> None:
    say(f"\n[bold]Recorded {told.subject}s[/]: {say_extent(told)}")
    if told.judged == 0:
        return
    if told.told:
        print_table(console, COMPARED, map(row_of, told.told), lines=False)
    alone = [row_of_alone(one) for one in told.alone if not one.hidden]
    if alone:
        say("\nIn one program only:")
        print_table(console, ALONE, alone, lines=False)
    for line in say_others(told):
        say(escape(line))
    if told.changed is None:
        return
    say(f"\n[bold]Recorded {told.subject}s that would get another verdict: {told.changed:,}[/]")
    for kept in itertools.islice(found.changed, _SHOWN):
        one = ChangedVerdict.from_dict(kept)
        say(f"  {escape(one.incident)}  {escape(say_changed(one))}")
    if told.changed > _SHOWN:
        say(f"  ... and {told.changed - _SHOWN:,} more; --format json lists all")


def written_as_json(review: Review, record: Sequence[Comparison], least: int = 1) -> Iterator[str]:
    """Yield everything as one JSON document, line by line."""
    told = [told_comparison(one, least) for one in record]
    head = review.to_dict() | {
        "changes_what_is_allowed": review.changes_what_is_allowed,
        "conclusion": review.conclusion,
    }
    if record:
        head["record"] = [one.as_json() for one in told]
    inside = least == 1
    return in_pieces(head, [(f"{one.new.subject}s", one.changed) for one in record if inside])
