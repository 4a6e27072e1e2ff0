"""Webhooks: a notice as a signed CloudEvent to an HTTP address."""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Callable
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import attrs

from coresponder.clock import Limit, cut_socket, utc_now
from coresponder.delivery.cloudevents import envelope
from coresponder.delivery.signature import sign
from coresponder.errors import DeliveryFailed, MissingExtra
from coresponder.outputs import hosts_only
from coresponder.program.case import Notice

__all__ = ["Webhook"]

_MOST_PATIENCE = dt.timedelta(days=1)


def _httpx() -> ModuleType:
    try:
        import httpx
    except ImportError:
        raise MissingExtra("webhook", "sending webhooks") from None
    return httpx


@attrs.frozen(kw_only=True)
class Webhook:
    """Sends each notice to one address, as a CloudEvent signed after Standard Webhooks.

    An answer 2xx means that the notice was taken. After 410 (the receiver is gone) the notice is
    given up. After any other answer, even a redirect, it is tried again later, and not before the
    receiver's `Retry-After`.

    Args:
        url: the receiver's address.
        secret: the secret shared with the receiver; see
            `coresponder.delivery.signature.new_secret`. Give several while they are being replaced.
        source: the CloudEvents source, which names your system.
        timeout: the limit of the whole exchange, in seconds, which also cuts off a receiver that
            answers byte by byte.

    Raises:
        MissingExtra: httpx is not installed.
        ValueError: the address or a secret is not valid.
    """

    url: str = attrs.field(repr=False)
    secret: str | tuple[str, ...] = attrs.field(repr=False)
    source: str = "/coresponder"
    timeout: float = 10.0
    clock: Callable[[], dt.datetime] = utc_now
    _client: Any = attrs.field(init=False, repr=False, eq=False)

    @_client.default
    def _make_client(self) -> Any:
        for one in self._secrets:
            sign(one, id="check", at=utc_now(), body=b"")
        try:
            parts = urlsplit(self.url)
            known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known:
            raise ValueError(
                "url is not an address that a webhook can be sent to; write it like 'https://host/path'"
            )
        httpx = _httpx()
        return httpx.Client(
            timeout=self.timeout,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    @property
    def _where(self) -> str:
        """The scheme and host alone. The rest may be secret, and errors are kept in the outbox and
        shown.
        """
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def _secrets(self) -> tuple[str, ...]:
        return (self.secret,) if isinstance(self.secret, str) else tuple(self.secret)

    def send(self, notice: Notice, *, key: str) -> None:
        """Send the notice; raise `DeliveryFailed` if it was not taken."""
        body, at = envelope(notice, key=key, source=self.source).to_json().encode(), self.clock()
        headers = {
            "content-type": "application/cloudevents+json",
            "webhook-id": key,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(
                sign(one, id=key, at=at, body=body) for one in self._secrets
            ),
        }
        ends: list[Any] = []
        try:
            with (
                Limit(self.timeout, lambda: _cut(ends)),
                self._client.stream(
                    "POST",
                    self.url,
                    content=body,
                    headers=headers,
                    extensions={"trace": _keep_ends(ends)},
                ) as answer,
            ):
                status, wish = answer.status_code, answer.headers.get("retry-after")
        except (_httpx().HTTPError, _httpx().InvalidURL) as error:
            raise DeliveryFailed(
                hosts_only(f"{self._where}: {type(error).__name__} {error}".rstrip())
            ) from None
        if status == 410:
            raise DeliveryFailed(
                f"{self._where} answered 410 Gone: it wants no more notices; correct the address,"
                " then re-send",
                final=True,
            )
        if not 200 <= status < 300:
            raise DeliveryFailed(f"{self._where} answered {status}", after=_patience(wish, at))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _keep_ends(ends: list[Any]) -> Callable[[str, Any], None]:
    """Return a hook that the client calls at each step of an exchange. It keeps each opened stream,
    so that the stream can be cut.
    """

    def trace(step: str, info: Any) -> None:
        if step in {
            "connection.connect_tcp.complete",
            "connection.start_tls.complete",
            "proxy_stream.start_tls.complete",
        }:
            ends.append(info["return_value"])

    return trace


def _cut(ends: list[Any]) -> None:
    for end in ends[-1:]:
        found = end.get_extra_info("socket")
        if found is not None and found.fileno() >= 0:
            cut_socket(found.fileno())


def _patience(wish: str | None, at: dt.datetime) -> dt.timedelta | None:
    """Return the wait that `Retry-After` asks for, in seconds or as a date; at most a day."""
    if not wish:
        return None
    if wish.isascii() and wish.isdigit() and len(wish) < 9:
        return min(dt.timedelta(seconds=int(wish)), _MOST_PATIENCE)
    try:
        until = email.utils.parsedate_to_datetime(wish)
    except ValueError:
        return None
    return None if until.tzinfo is None else max(dt.timedelta(0), min(until - at, _MOST_PATIENCE))
