"""The console that escapes what it prints."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from coresponder.outputs import printable

__all__ = ["Terminal"]


class Terminal(Console):
    """A console whose text is escaped; its own colors are not text."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """Render as rich does, then escape."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else printable(text), style, control)
