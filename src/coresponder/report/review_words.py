"""The review of a changed program in words, for the command line and for a page."""

from __future__ import annotations

from coresponder.audit.verdicts import ChangedVerdict
from coresponder.proof.review import Bearing, ProgramChange, Review

__all__ = ["say_change", "say_changed", "say_conclusion", "title_of"]

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
