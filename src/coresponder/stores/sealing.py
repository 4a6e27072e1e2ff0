"""Words sealed with a data key: AES-256-GCM, bound to where they belong (ADR 0190)."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

import attrs

from coresponder.errors import CorruptRecord, MissingExtra
from coresponder.stores.base import VaultEntry, Words

__all__ = ["UNREADABLE", "Cipher", "cipher_of", "new_data_key", "opened", "sealed"]

_NONCE = 12
"""Bytes, as NIST SP 800-38D recommends. One data key seals the words of one person, far below the
2^32 messages for which random nonces are safe.
"""
_SALT = 32
UNREADABLE = "unreadable"
"""Stands in place of the salt of words that do not open, so that no digest fits."""

Cipher = Any
"""`AESGCM` of cryptography, which is imported when it is first needed."""


def new_data_key() -> bytes:
    """Return a new data key."""
    return secrets.token_bytes(32)


def cipher_of(key: bytes) -> Cipher:
    """Return the cipher of a data key; raise `MissingExtra`."""
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise MissingExtra("encryption", "an encrypted vault") from None
    return AESGCM(key)


def _bound(agency: str, entry: VaultEntry, key: str) -> bytes:
    """Return the associated data: words that are moved to another agency, entry, subject, kind,
    audience or key do not open.
    """
    said = [agency, entry.id, entry.subject, entry.kind, entry.audience, key]
    return json.dumps(said).encode()


def sealed(agency: str, words: Words, key: str, cipher: Cipher) -> Words:
    """Return words with their text and the salt of their digest encrypted. With the salt in sight,
    short words could be guessed from the digest in the log.
    """
    nonce = secrets.token_bytes(_NONCE)
    plain = (words.salt.ljust(_SALT) + words.entry.text).encode()
    hidden = nonce + cipher.encrypt(nonce, plain, _bound(agency, words.entry, key))
    text = base64.b64encode(hidden).decode()
    return Words(entry=attrs.evolve(words.entry, text=text), salt="", key=key)


def opened(agency: str, words: Words, cipher: Cipher) -> Words:
    """Return sealed words as they were; raise `CorruptRecord` if they are not what was sealed."""
    from cryptography.exceptions import InvalidTag

    entry = words.entry
    try:
        hidden = base64.b64decode(entry.text, validate=True)
        plain = cipher.decrypt(hidden[:_NONCE], hidden[_NONCE:], _bound(agency, entry, words.key))
        text = plain.decode()
    except (InvalidTag, ValueError):
        raise CorruptRecord(
            f"vault entry {entry.id}: its encrypted text, subject, kind or audience is not what was written; restore it from a backup"
        ) from None
    return Words(entry=attrs.evolve(entry, text=text[_SALT:]), salt=text[:_SALT].rstrip())
