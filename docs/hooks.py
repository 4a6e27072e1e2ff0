"""What mkdocs asks of us: decisions in the navigation, Mermaid only on pages that draw with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_SCRIPT = "javascripts/mermaid.min.js"


def on_config(config: Any) -> None:
    """Put each decision into the navigation where `adr/` stands, the newest first."""
    folder = Path(config.docs_dir) / "adr"
    decisions = [f"adr/{path.name}" for path in sorted(folder.glob("0*.md"), reverse=True)]
    config.nav = _filled(config.nav, decisions)


def _filled(nav: Any, decisions: list[str]) -> Any:
    if isinstance(nav, dict):
        return {title: _filled(entry, decisions) for title, entry in nav.items()}
    if not isinstance(nav, list):
        return nav
    found = (decisions if entry == "adr/" else [_filled(entry, decisions)] for entry in nav)
    return [entry for entries in found for entry in entries]


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> None:
    """Give the timelines of the field the width of the navigation, which has no other page there."""
    if page.file.src_uri == "field.md":
        page.meta["hide"] = ["navigation"]


def on_post_page(output: str, *, page: Any, config: Any) -> str:
    """Name the search for those who do not see it; load Mermaid only where a page has a drawing.

    Mermaid has three megabytes. It must be there before the theme's own script looks for it: that
    one would fetch it from elsewhere.
    """
    search = 'data-md-component="search" role="dialog"'
    output = output.replace(search, f'{search} aria-label="Search"')
    if 'class="mermaid"' not in output:
        return output
    script = f'<script src="{"../" * page.url.count("/")}{_SCRIPT}"></script>'
    return output.replace('<script src="', f'{script}\n<script src="', 1)
