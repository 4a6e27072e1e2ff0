"""Apprise: a notice through any of the services that it supports (chat, SMS, pagers...)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from coresponder.errors import DeliveryFailed, MissingExtra
from coresponder.program.case import Notice

__all__ = ["Services"]


@attrs.frozen(kw_only=True)
class Services:
    """Sends each notice to the Apprise addresses of its role.

    Args:
        receivers: role -> Apprise URLs, for example `{"supervisor": ("ntfy://host/topic",)}`; see
            Apprise's own list.

    Raises:
        MissingExtra: apprise is not installed.
        ValueError: Apprise does not know a URL.
    """

    receivers: Mapping[str, tuple[str, ...]] = attrs.field(repr=False)
    _senders: Mapping[str, Any] = attrs.field(init=False, repr=False, eq=False)

    @_senders.default
    def _make(self) -> Mapping[str, Any]:
        try:
            import apprise
        except ImportError:
            raise MissingExtra("apprise", "sending through Apprise") from None
        senders = {}
        for role, urls in self.receivers.items():
            senders[role] = sender = apprise.Apprise()
            for number, url in enumerate(urls, start=1):
                if not sender.add(url):
                    raise ValueError(
                        f"address {number} of {role!r} is none that Apprise knows; look its form up"
                        " in Apprise's list of services"
                    )
        return senders

    def send(self, notice: Notice, *, key: str) -> None:
        """Send the notice; raise `DeliveryFailed` if it was not taken."""
        sender = self._senders.get(notice.to)
        if sender is None or not len(sender):
            raise DeliveryFailed(
                f"no Apprise address is known for role {notice.to!r}; add one, then re-send",
                final=True,
            )
        if not sender.notify(title=notice.headline, body=f"{notice}\n{key}"):
            raise DeliveryFailed(
                f"Apprise could not reach every address of {notice.to!r}; Python's logger 'apprise' says which, where it is on"
            )
