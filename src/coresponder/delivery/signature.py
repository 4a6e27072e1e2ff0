"""Make and check the signatures of Standard Webhooks.

Source: Standard Webhooks specification. Whatever a sender puts into the headers, the only error of
`verify_webhook` is `InvalidSignature`.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping

from coresponder.domain.types import UTC
from coresponder.errors import InvalidSignature

__all__ = ["new_secret", "sign", "verify_webhook"]

_PREFIX = "whsec_"


def new_secret() -> str:
    """Return a fresh secret to be shared with one receiver."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _key(secret: str | bytes) -> bytes:
    text = secret.decode("ascii", "replace") if isinstance(secret, bytes) else secret
    text = text.removeprefix(_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(
            "the webhook secret is not base64; it looks like"
            " 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'"
        ) from None
    if not key:
        raise ValueError("the webhook secret is empty; make one with new_secret()")
    return key


def sign(secret: str | bytes, *, id: str, at: dt.datetime, body: bytes) -> str:
    """Return the `webhook-signature` of a message: HMAC-SHA256 over id, whole seconds since 1970
    and body.

    Raises:
        ValueError: the secret is empty or not base64, or `at` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("the time of a signature needs a time zone")
    content = f"{id}.{int(at.timestamp())}.".encode() + body
    return (
        "v1," + base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest()).decode()
    )


def verify_webhook(
    secret_or_secrets: str | bytes | Iterable[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: dt.datetime,
    tolerance: dt.timedelta = dt.timedelta(minutes=5),
) -> str:
    """Check a received message, and return its id, by which a receiver recognizes messages that it
    already has.

    Args:
        secret_or_secrets: the secret shared with the sender; several while they are changed.
        headers: the headers of the request; the case of their names does not matter.
        body: the raw body, before it is parsed.
        now: the receiver's time.
        tolerance: how far the sender's time may be from `now`, so that an old message cannot be
            replayed.

    Raises:
        InvalidSignature: a header is missing or malformed, the time is too far off, or no signature
            fits.
        ValueError: a secret is empty or not base64, which the receiver must correct.
    """
    known = (
        [secret_or_secrets]
        if isinstance(secret_or_secrets, str | bytes)
        else list(secret_or_secrets)
    )
    keys = [_key(secret) for secret in known]
    named = {str(name).lower(): value for name, value in headers.items()}
    id, stamp, given = (
        _header(named, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise InvalidSignature("webhook-timestamp is not a whole number of seconds")
    if abs(now - dt.datetime.fromtimestamp(int(stamp), UTC)) > tolerance:
        raise InvalidSignature(
            "webhook-timestamp is too far from now; the message is old, or a clock is wrong"
        )
    content = f"{id}.{stamp}.".encode("utf-8", "surrogatepass") + body
    right = [hmac.new(key, content, hashlib.sha256).digest() for key in keys]
    if not any(hmac.compare_digest(found, one) for found in _signatures(given) for one in right):
        raise InvalidSignature(
            "no signature fits the message; the secret or the body is a different one"
        )
    return id


def _header(named: Mapping[str, str], name: str) -> str:
    value = named.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidSignature(f"the header {name} is missing")
    return value


def _signatures(given: str) -> Iterable[bytes]:
    """Yield the readable signatures of version 1. Unreadable ones are skipped, so that they do not
    hide a right one.
    """
    for token in given.split():
        version, _, text = token.partition(",")
        if version != "v1":
            continue
        try:
            yield base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
