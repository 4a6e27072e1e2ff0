"""A notifier that keeps notices in memory."""

from __future__ import annotations

import attrs

from coresponder.program.case import Notice

__all__ = ["MemoryNotifier"]


@attrs.define
class MemoryNotifier:
    """Keeps each notice once, by its key."""

    _sent: dict[str, Notice] = attrs.field(factory=dict, init=False)

    def send(self, notice: Notice, *, key: str) -> None:
        """Keep the notice."""
        self._sent.setdefault(key, notice)

    @property
    def sent(self) -> tuple[Notice, ...]:
        """Every notice in the order in which it came."""
        return tuple(self._sent.values())
