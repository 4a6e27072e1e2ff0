"""The review of a changed program as text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from coresponder.audit.verdicts import ChangedVerdict
from coresponder.proof.review import Bearing, ProgramChange, Review

__all__ = ["print_review", "review_as_json"]

_SHOWN = 20
_TITLES = {
    "policy": "Policies", "lifecycle": "Lifecycle", "staffing": "Staffing", "notice": "Notices", "event": "Own events", "calendar": "Calendar",
    "own_words": "Own words", "program": "Program",
}  # fmt: skip


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
            _TITLES.get(part, part),
            [_say_change(change) for change in review.changes if change.part == part],
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
    say(f"\n{_conclusion(review)}")
    if verdicts is not None:
        _print_verdicts(say, list(verdicts))


def _say_change(change: ProgramChange) -> str:
    return f"{change.text} [words only]" if change.bearing is Bearing.WORDS else change.text


def _conclusion(review: Review) -> str:
    if review.changes_what_is_allowed:
        return "What is allowed has changed."
    if review.changes_what_it_does:
        return (
            "Not the same: what is judged, owed, told, recorded or read has changed. "
            "No story was found that only one of them allows."
        )
    if review.undetermined:
        return (
            "It is not settled whether the two do the same: no difference was found, "
            "but not everything was searched."
        )
    return "The two programs allow the same and do the same."


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
        parts = [f"no longer: {', '.join(one.no_longer)}"] if one.no_longer else []
        parts += [f"now: {', '.join(one.now)}"] if one.now else []
        parts += [f"cannot be judged: {one.unreadable}"] if one.unreadable else []
        say(f"  {one.incident}  {escape('; '.join(parts))}")
    if len(verdicts) > _SHOWN:
        say(f"  ... and {len(verdicts) - _SHOWN:,} more; --format json lists all")


def review_as_json(review: Review, verdicts: Iterable[ChangedVerdict] | None) -> dict[str, Any]:
    """Return everything as data."""
    found = review.to_dict() | {
        "changes_what_is_allowed": review.changes_what_is_allowed,
        "conclusion": review.conclusion,
    }
    return found if verdicts is None else found | {"incidents": [one.to_dict() for one in verdicts]}
