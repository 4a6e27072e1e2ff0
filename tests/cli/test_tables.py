"""Tables on terminals of any width."""

import io

import pytest
from rich.console import Console

from coresponder.cli.tables import print_table

ROWS = [
    ("by state", "closed", "1,159", "79.5 %"),
    ("", "no-team-could-be-formed-in-the-hour", "36", "18.0 %"),
]


def printed(width, rows, **options):
    console = Console(file=io.StringIO(), width=width)
    print_table(console, ("",) * len(rows[0]), rows, lines=False, **options)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_no_word_and_no_number_is_broken_or_lost(width):
    """On a terminal of any width: lines break between words, and rows become paragraphs."""
    text = printed(width, ROWS, numbers=(2, 3))
    for *words, number, share in ROWS:
        for part in (*" ".join(words).split(), number, share):
            assert part in text, part


def test_a_title_is_one_line_above_a_narrow_table():
    """Its width is the terminal's, not the table's."""
    text = printed(80, [("x", "1")], title="Missing or wrong in rows that were used")
    assert text.splitlines()[0] == "Missing or wrong in rows that were used"


def test_a_column_without_a_name_has_no_head():
    """No blank line stands for it."""
    assert printed(80, ROWS, numbers=(2, 3)).splitlines()[0].split() == [
        "by", "state", "closed", "1,159", "79.5", "%",
    ]  # fmt: skip
