"""The review of a changed program as text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from coresponder.audit.verdicts import ChangedVerdict
from coresponder.proof.review import Review
from coresponder.report.review_words import say_change, say_changed, say_conclusion, title_of

__all__ = ["print_review", "review_as_json"]

_SHOWN = 20


def print_review(
    console: Console, review: Review, verdicts: Iterable[ChangedVerdict] | None
) -> None:
    """Print the written changes, then the steps that only one program allows, then the recorded
    incidents that would get another verdict.
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
    if verdicts is not None:
        _print_verdicts(say, list(verdicts))


def _print_list(say: Callable[[str], None], title: str, lines: Sequence[str]) -> None:
    if lines:
        say(f"\n[bold]{title}[/]")
    for line in lines:
        say(f"  - {escape(line)}")


def _print_verdicts(say: Callable[[str], None], verdicts: list[ChangedVerdict]) -> None:
    say(
        f"\n[bold]Recorded incidents and responders that would get another verdict: {len(verdicts):,}[/]"
    )
    for one in verdicts[:_SHOWN]:
        say(f"  {one.incident}  {escape(say_changed(one))}")
    if len(verdicts) > _SHOWN:
        say(f"  ... and {len(verdicts) - _SHOWN:,} more; --format json lists all")


def review_as_json(review: Review, verdicts: Iterable[ChangedVerdict] | None) -> dict[str, Any]:
    """Return everything as data."""
    found = review.to_dict() | {
        "changes_what_is_allowed": review.changes_what_is_allowed,
        "conclusion": review.conclusion,
    }
    return found if verdicts is None else found | {"incidents": [one.to_dict() for one in verdicts]}
