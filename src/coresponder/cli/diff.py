"""A policy review as people read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from coresponder.audit.verdicts import ChangedVerdict
from coresponder.proof.review import Review

__all__ = ["print_review", "review_as_json"]

_SHOWN = 20


def print_review(console: Console, review: Review, verdicts: Iterable[ChangedVerdict] | None) -> None:
    """Print what changed in words, then what is allowed differently, then what history would say."""

    def say(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True)

    say(f"{review.old} -> {review.new}")
    for part, title in (("policy", "Policies"), ("lifecycle", "Lifecycle"), ("staffing", "Staffing")):
        _print_list(say, title, [change.text for change in review.changes if change.part == part])
    if not review.changes:
        say("\nNothing is written differently.")
    for difference in review.differences:
        say(f"\n[bold]{escape(difference.because)}[/]: the last step is {difference.effect}")
        for told in difference.story:
            say(f"      {escape(str(told))}")
    _print_list(say, "Another team is sent", review.staffing)
    say("\nWhat is allowed " + ("has changed." if review.changes_what_is_allowed else "is the same."))
    for text in review.undetermined:
        say(f"Not settled: {escape(text)}; raise --limit")
    if verdicts is not None:
        _print_verdicts(say, list(verdicts))


def _print_list(say: Callable[[str], None], title: str, lines: Sequence[str]) -> None:
    if lines:
        say(f"\n[bold]{title}[/]")
    for line in lines:
        say(f"  - {escape(line)}")


def _print_verdicts(say: Callable[[str], None], verdicts: list[ChangedVerdict]) -> None:
    say(f"\n[bold]Recorded incidents that would get another verdict: {len(verdicts):,}[/]")
    for one in verdicts[:_SHOWN]:
        parts = [f"no longer: {', '.join(one.no_longer)}"] if one.no_longer else []
        parts += [f"now: {', '.join(one.now)}"] if one.now else []
        parts += [f"cannot be judged: {one.unreadable}"] if one.unreadable else []
        say(f"  {one.incident}  {escape('; '.join(parts))}")
    if len(verdicts) > _SHOWN:
        say(f"  ... and {len(verdicts) - _SHOWN:,} more; --format json lists all")


def review_as_json(review: Review, verdicts: Iterable[ChangedVerdict] | None) -> dict[str, Any]:
    """Return everything as data."""
    found = review.to_dict() | {"changes_what_is_allowed": review.changes_what_is_allowed}
    return found if verdicts is None else found | {"incidents": [one.to_dict() for one in verdicts]}
