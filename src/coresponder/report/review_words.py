"""The review of a changed program in words, for the command line and for a page."""

from __future__ import annotations

from collections.abc import Iterator

from coresponder.audit.told import Number
from coresponder.audit.told_verdicts import ComparedPolicy, ComparedRecord, LonePolicy
from coresponder.audit.verdicts import ChangedVerdict
from coresponder.proof.review import Bearing, ProgramChange, Review
from coresponder.report.words import say_number

__all__ = [
    "ALONE",
    "COMPARED",
    "row_of",
    "row_of_alone",
    "say_change",
    "say_changed",
    "say_conclusion",
    "say_extent",
    "say_others",
    "title_of",
]

COMPARED = (
    "policy",
    "broken under old",
    "under new",
    "no longer",
    "now",
    "of",
    "undetermined",
    "difference in points",
    "says",
)
ALONE = ("policy", "only in", "broken", "of", "undetermined")

_TITLES = {
    "policy": "Policies", "lifecycle": "Lifecycle", "staffing": "Staffing", "notice": "Notices", "event": "Own events", "calendar": "Calendar",
    "own_words": "Own words", "view": "Views", "retention": "Retention", "program": "Program",
}  # fmt: skip


def title_of(part: str) -> str:
    """Return the heading of a part of a program."""
    return _TITLES.get(part, part)


def say_change(change: ProgramChange) -> str:
    """Return what is written differently."""
    return f"{change.text} [words only]" if change.bearing is Bearing.WORDS else change.text


def say_conclusion(review: Review) -> str:
    """Return in a sentence whether the two programs do the same."""
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


def say_changed(one: ChangedVerdict) -> str:
    """Return which verdicts of a recorded incident change."""
    parts = [f"no longer: {', '.join(one.no_longer)}"] if one.no_longer else []
    parts += [f"now: {', '.join(one.now)}"] if one.now else []
    parts += [f"cannot be judged: {one.unreadable}"] if one.unreadable else []
    return "; ".join(parts)


def say_extent(told: ComparedRecord) -> str:
    """Return how much of the record both programs could judge."""
    said = f"{say_number(told.judged)} judged by both programs"
    if told.unreadable != 0:
        said += f"; {say_number(told.unreadable)} that one of them cannot judge"
    if told.unusable != 0:
        said += f"; {say_number(told.unusable)} rows could not be used"
    return said


def say_others(told: ComparedRecord) -> Iterator[str]:
    """Yield which policies are in no table: no verdict differs, or a number is too small."""
    if told.same:
        yield f"No verdict differs ({len(told.same)}): {', '.join(told.same)}"
    if told.hidden:
        names = ", ".join(told.hidden)
        yield f"Suppressed because a number is too small ({len(told.hidden)}): {names}"


def row_of(one: ComparedPolicy) -> tuple[str, ...]:
    """Return a policy of both programs as a row under `COMPARED`."""
    counts = (one.no_longer, one.now, one.of, one.undetermined)
    shares = (_say_part(one.old), _say_part(one.new))
    return (one.policy, *shares, *map(say_number, counts), _say_difference(one), one.says)


def row_of_alone(one: LonePolicy) -> tuple[str, ...]:
    """Return a policy of one program as a row under `ALONE`."""
    counts = (one.of, one.undetermined)
    return (one.policy, one.program, _say_part(one.violated), *map(say_number, counts))


def _say_part(number: Number) -> str:
    share = "" if number.share is None else f" ({number.share:.1%})"
    return f"{say_number(number.count)}{share}"


def _say_difference(one: ComparedPolicy) -> str:
    """Return the difference in percentage points, with its 95 % interval."""
    if one.by is None or one.low is None or one.high is None:
        return ""
    return f"{one.by * 100:+.1f} ({one.low * 100:+.1f} to {one.high * 100:+.1f})"
