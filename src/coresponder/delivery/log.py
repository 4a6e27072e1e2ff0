"""A notifier that writes to Python's logging."""

from __future__ import annotations

import logging

import attrs

from coresponder.outputs import printable
from coresponder.program.case import Notice

__all__ = ["LogNotifier"]


@attrs.frozen
class LogNotifier:
    """Writes one line for each notice; it has ids, never names."""

    logger: logging.Logger = attrs.field(factory=lambda: logging.getLogger("coresponder.notices"))

    def send(self, notice: Notice, *, key: str) -> None:
        """Write the line for a notice."""
        self.logger.info("%s [%s]", printable(str(notice)), key)
