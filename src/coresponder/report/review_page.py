"""The page of a changed program: what a council reads before it votes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from coresponder import __version__
from coresponder.audit.small_cells import LEAST
from coresponder.audit.told_verdicts import ComparedRecord, told_comparison
from coresponder.audit.verdicts import ChangedVerdict, Comparison
from coresponder.program import Program
from coresponder.proof.review import Review
from coresponder.report.diagrams import story_picture
from coresponder.report.parts import Document, Section, Table
from coresponder.report.rendering import render
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

__all__ = ["review_page"]

_SHOWN = 100
_METHOD = (
    "Each incident is judged under both programs, as an audit judges it. The difference is of the same"
    " incidents, in percentage points, with Newcombe's interval for pairs (95%). An incident in which a"
    " verdict depends on a time that is only approximate is left out of that policy, and counted as"
    " undetermined."
)


def review_page(
    new: Program, review: Review, record: Sequence[Comparison] = (), *, least: int = LEAST
) -> str:
    """Return the page of a review as HTML.

    Args:
        new: the program as it would be.
        review: what was found.
        record: what the two programs say of recorded incidents, and of responders.
        least: the smallest number of the record that is shown. With 1 the page has ids, too, and
            stays in the agency.

    Raises:
        MissingExtra: the extra `report` is not installed.
    """
    page = Document(
        title=f"{new.title or new.id}: what would change",
        about=(say_conclusion(review), f"From {review.old} to {review.new}."),
        sections=tuple(_sections(review, record, least)),
        made=f"Made by coresponder {__version__} from {review.old} and {review.new}.",
    )
    return render("document.html.j2", page)


def _sections(review: Review, record: Sequence[Comparison], least: int) -> Iterator[Section]:
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
    yield from (_recorded(one, least) for one in record)
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


def _recorded(found: Comparison, least: int) -> Section:
    """Return what both programs say of the record."""
    told = told_comparison(found, least)
    hides = (
        f"A policy is suppressed if one of its numbers is from 1 to {least - 1}, because a person could"
        " be recognized by it."
    )
    lines = [
        f"{say_extent(told)}.",
        _METHOD,
        *say_others(told),
        *([hides] if told.changed is None else []),
    ]
    return Section(
        title=f"What the record of {told.subject}s would say",
        lines=tuple(lines),
        tables=tuple(_policies(told)) if told.judged != 0 else (),
        parts=(_changed(found, told.changed),) if told.changed else (),
    )


def _policies(told: ComparedRecord) -> Iterator[Table]:
    if told.told:
        rows = tuple(map(row_of, told.told))
        yield Table(f"Recorded {told.subject}s by policy", COMPARED, rows)
    alone = tuple(row_of_alone(one) for one in told.alone if not one.hidden)
    if alone:
        yield Table(f"Recorded {told.subject}s by policy of one program only", ALONE, alone)


def _changed(found: Comparison, count: int) -> Section:
    """Return the first of those whose verdicts differ: with their ids the page stays in the agency."""
    first = [ChangedVerdict.from_dict(one) for one in itertools.islice(found.changed, _SHOWN)]
    rows = tuple((one.incident, say_changed(one)) for one in first)
    subject = found.new.subject
    lines = [f"{count:,} {subject}s would get another verdict."]
    lines += [f"The first {_SHOWN} are listed; --format json lists all."] * (count > _SHOWN)
    lines += ["This page has their ids, so it stays in the agency."]
    table = Table(f"{subject.capitalize()}s with another verdict", (subject, "verdicts"), rows)
    return Section(title=f"Other verdicts on {subject}s", lines=tuple(lines), tables=(table,))
