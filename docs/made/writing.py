"""Fill the prose of a page, in `docs/made/pages`, with what is made from the code."""

from __future__ import annotations

from pathlib import Path

__all__ = ["fill", "read", "table"]

_FOLDER = Path(__file__).parent


def read(name: str) -> str:
    """Return the text of a file beside this one."""
    return (_FOLDER / name).read_text("utf-8")


def fill(page: str, **parts: str) -> str:
    """Return the page with each `<<part>>` in its place."""
    text = read(f"pages/{page}.md")
    for name, part in parts.items():
        text = text.replace(f"<<{name}>>", part)
    return text.rstrip("\n") + "\n"


def table(*head: str, rows: list[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
