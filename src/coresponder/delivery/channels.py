"""Channels: which notifier carries a notice that names a channel."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from coresponder.delivery.base import Notifier
from coresponder.errors import DeliveryFailed, nearest
from coresponder.program.case import Notice

__all__ = ["Channels"]


@attrs.frozen
class Channels:
    """Hands each notice to the notifier of its channel. A notice without a channel goes to
    `default`.

    A notice for a channel that has no notifier fails until there is one: a wrong name drops
    nothing.
    """

    by_name: Mapping[str, Notifier]
    default: Notifier | None = None

    @property
    def served(self) -> frozenset[str]:
        """The channels that have a notifier. The empty name stands for notices without a channel."""
        return frozenset(self.by_name) | ({""} if self.default is not None else frozenset())

    def send(self, notice: Notice, *, key: str) -> None:
        """Hand the notice to the notifier of its channel; raise if there is none."""
        found = self.by_name.get(notice.channel) if notice.channel else self.default
        if found is None and notice.channel:
            raise DeliveryFailed(
                f"no notifier serves channel {notice.channel!r};"
                f" {nearest(notice.channel, self.by_name)}"
            )
        if found is None:
            raise DeliveryFailed(
                "this notice names no channel, and there is no default notifier; give Channels one"
            )
        found.send(notice, key=key)
