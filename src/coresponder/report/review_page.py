"""The page of a changed program: what a council reads before it votes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coresponder import __version__
from coresponder.audit.verdicts import ChangedVerdict
from coresponder.program import Program
from coresponder.proof.review import Review
from coresponder.report.diagrams import story_picture
from coresponder.report.parts import Document, Section, Table
from coresponder.report.rendering import render
from coresponder.report.review_words import say_change, say_changed, say_conclusion, title_of

__all__ = ["review_page"]

_SHOWN = 100


def review_page(
    new: Program, review: Review, verdicts: Sequence[ChangedVerdict] | None = None
) -> str:
    """Return the page of a review as HTML.

    Args:
        new: the program as it would be.
        review: what was found.
        verdicts: the recorded incidents that would get another verdict, if any were judged.

    Raises:
        MissingExtra: the extra `report` is not installed.
    """
    page = Document(
        title=f"{new.title or new.id}: what would change",
        about=(say_conclusion(review), f"From {review.old} to {review.new}."),
        sections=tuple(_sections(review, verdicts)),
        made=f"Made by coresponder {__version__} from {review.old} and {review.new}.",
    )
    return render("document.html.j2", page)


def _sections(review: Review, verdicts: Sequence[ChangedVerdict] | None) -> Iterator[Section]:
    yield _written(review)
    if review.differences:
        drawn = tuple(
            story_picture(
                f"difference-{number}",
                one.because,
                one.story,
                says=f"The last step is {one.effect}.",
            )
            for number, one in enumerate(review.differences)
        )
        yield Section(title="What would happen differently", pictures=drawn)
    if review.staffing:
        yield Section(title="Another team would be sent", points=review.staffing)
    if verdicts is not None:
        yield _judged(verdicts)
    if review.undetermined:
        yield Section(
            title="Not settled",
            lines=("What was too large may be settled with a higher --limit.",),
            points=review.undetermined,
        )
    if review.scope:
        yield Section(
            title="Method",
            lines=("This was searched; everything else is compared as it is written.",),
            points=review.scope,
        )


def _written(review: Review) -> Section:
    parts = tuple(
        Section(
            title=title_of(part),
            points=tuple(say_change(one) for one in review.changes if one.part == part),
        )
        for part in dict.fromkeys(change.part for change in review.changes)
    )
    lines = () if parts else ("Nothing is written differently.",)
    return Section(title="What is written differently", lines=lines, parts=parts)


def _judged(verdicts: Sequence[ChangedVerdict]) -> Section:
    """Return the recorded incidents: the page has their ids, so it stays in the agency."""
    rows = tuple((one.incident, say_changed(one)) for one in verdicts[:_SHOWN])
    more = len(verdicts) - _SHOWN
    lines = [
        f"Recorded incidents and responders that would get another verdict: {len(verdicts):,}."
    ]
    lines += [f"The first {_SHOWN} are listed; --format json lists all."] if more > 0 else []
    lines += ["This page has their ids, so it stays in the agency."] if rows else []
    table = Table("Recorded incidents", ("incident", "verdicts"), rows)
    return Section(
        title="What the record would say", lines=tuple(lines), tables=(table,) if rows else ()
    )
