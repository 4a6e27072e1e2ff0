"""The notifier port. `coresponder.testing.NOTIFIER_RULES` are its rules."""

from __future__ import annotations

from typing import Protocol

from coresponder.program.case import Notice

__all__ = ["Notifier"]


class Notifier(Protocol):
    """Carries notices. A notice may be sent more than once, always with the same `key`."""

    def send(self, notice: Notice, *, key: str) -> None:
        """Carry a notice, or raise; it then stays in the outbox and is sent again."""
