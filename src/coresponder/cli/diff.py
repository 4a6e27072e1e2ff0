"""The command `diff`: two programs, and what they say of the same record."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.history import of_history
from coresponder.cli.options import format_option, say, terminal
from coresponder.cli.progress import at_work, progress_bar

if TYPE_CHECKING:
    from coresponder.audit.verdicts import Comparison
    from coresponder.cli.source import Source
    from coresponder.program import Program

__all__ = ["diff"]


@click.command()
@click.argument("old")
@click.argument("new")
@of_history
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=200_000,
    show_default=True,
    help="The most states that each search may explore.",
)
@click.option(
    "--least",
    type=click.IntRange(1),
    help="The smallest count of the record to show: 11 on a page (HTML), 1 elsewhere. With 1, the"
    " incidents whose verdicts differ are listed, too.",
)
@format_option("text", "json", "html")
def diff(old: str, new: str, limit: int, least: int | None, form: str, **source: Any) -> None:
    """Compare program NEW with OLD, and with a source what both say of the same recorded incidents.
    Exit 0 if both do the same, 1 if they differ, 3 if the search could not settle it.
    """
    from coresponder.cli.source import source_of
    from coresponder.program import load_program
    from coresponder.proof.review import compare_programs

    before, after = load_program(old), load_program(new)
    with at_work("compares the programs"):
        review = compare_programs(before, after, limit=limit)
    with _record(before, after, source_of(**source)) as record:
        if form == "json":
            from coresponder.cli.diff_text import written_as_json

            for piece in written_as_json(review, record, least or 1):
                say(piece)
        elif form == "html":
            from coresponder.audit.small_cells import LEAST
            from coresponder.report.review_page import review_page

            say(review_page(after, review, record, least=least or LEAST))
        else:
            from coresponder.cli.diff_text import print_review

            print_review(terminal(), review, record, least or 1)
    sys.exit(1 if review.changes_what_it_does else 3 if review.undetermined else 0)


@contextmanager
def _record(old: Program, new: Program, source: Source) -> Iterator[list[Comparison]]:
    """Yield what the programs say of the incidents, and of the responders on the roster of a store;
    nothing without a source.
    """
    with contextlib.ExitStack() as stack:
        found = []
        if source.named:
            found.append(stack.enter_context(_compared(old, new, source)))
        if source.store is not None:
            people = (old.for_responders, new.for_responders)
            found.append(stack.enter_context(_compared(*people, source.roster)))
        yield found


@contextmanager
def _compared(old: Program, new: Program, source: Source) -> Iterator[Comparison]:
    from coresponder.audit.verdicts import comparing

    with comparing(old, new, source.at) as found, source.under(found.old, found.new) as pairs:
        with progress_bar(None, f"{found.new.subject}s") as progress:
            for _ in found.take(pairs):
                progress(found.incidents)
        yield found
