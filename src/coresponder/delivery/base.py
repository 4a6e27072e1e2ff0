"""The notifier port: who carries a notice. Its rules are run by
`coresponder.testing.NOTIFIER_RULES`.
"""

from __future__ import annotations

from typing import Protocol

from coresponder.program.case import Notice

__all__ = ["Notifier"]


class Notifier(Protocol):
    """Something that carries notices. A notice may be sent more than once; `key` is the same each
    time.
    """

    def send(self, notice: Notice, *, key: str) -> None:
        """Carry it, or raise: then it stays in the outbox and is sent again."""
