"""Signed notes: a text and the Ed25519 signatures below it, as C2SP signed-note defines them.

A key is one line of text. `NAME+ID+KEY` verifies, and `PRIVATE+KEY+NAME+ID+KEY` signs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, Self

import attrs

from coresponder.errors import InvalidSignature, MissingExtra, UnreadableFile

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ed25519

__all__ = ["Note", "Signer", "SigningKey", "VerifyingKey", "read_notes", "sign_note"]

_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY+"
_MARK = "— "
_NAME = re.compile(r"[^\s+]+")


class Signer(Protocol):
    """Signs notes. A host whose key stays in a key service or a hardware module writes its own."""

    @property
    def name(self) -> str:
        """The name of the key, for example `records.example.org`."""

    @property
    def public(self) -> bytes:
        """The Ed25519 public key, 32 bytes."""

    def sign(self, text: bytes) -> bytes:
        """Return the Ed25519 signature of a text, 64 bytes."""


def _ed25519() -> ModuleType:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise MissingExtra("anchors", "signing anchors and checking them") from None
    return ed25519


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _line(name: str, public: bytes, key: bytes) -> str:
    text = base64.b64encode(_ED25519 + key).decode()
    return f"{name}+{_key_id(name, public).hex()}+{text}"


def _read(line: str, what: str) -> tuple[str, str, bytes]:
    """Return the name, the id and the 32 bytes of a key."""
    wrong = UnreadableFile(
        f"this is no {what}; it is one line, NAME+ID+KEY, as `anchor-key` made it"
    )
    try:
        name, id, text = line.strip().split("+", 2)
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise wrong from None
    if not _NAME.fullmatch(name) or len(key) != 33 or key[:1] != _ED25519:
        raise wrong
    return name, id, key[1:]


@attrs.frozen
class VerifyingKey:
    """A key that tells whether a note was signed.

    Attributes:
        name: the name of the key.
        public: the Ed25519 public key, 32 bytes.
    """

    name: str
    public: bytes

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a key; raise `UnreadableFile` for a line that is none."""
        name, id, public = _read(line, "public key")
        if id != _key_id(name, public).hex():
            raise UnreadableFile(
                f"the public key of {name} has another id than it should; copy it again"
            )
        return cls(name, public)

    def __str__(self) -> str:
        """Return the key as one line of text."""
        return _line(self.name, self.public, self.public)

    @property
    def id(self) -> bytes:
        """The first 4 bytes of a signature, which say which key made it."""
        return _key_id(self.name, self.public)

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Return whether this key signed a text."""
        from cryptography.exceptions import InvalidSignature

        try:
            _ed25519().Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@attrs.frozen
class SigningKey:
    """A key that signs, kept in a file. `str` shows the key that verifies, never the secret.

    Attributes:
        name: the name of the key.
    """

    name: str
    _seed: bytes = attrs.field(repr=False)

    @classmethod
    def make(cls, name: str) -> Self:
        """Make a new key; raise `UnreadableFile` for a name with a space or a plus sign."""
        if not _NAME.fullmatch(name):
            raise UnreadableFile(
                "the name of a key has no space and no plus sign, for example records.example.org"
            )
        return cls(name, secrets.token_bytes(32))

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a key; raise `UnreadableFile` for a line that is none."""
        if not line.startswith(_PRIVATE):
            raise UnreadableFile(f"this is no key that signs; its line begins with {_PRIVATE}")
        name, id, seed = _read(line.removeprefix(_PRIVATE), "key that signs")
        found = cls(name, seed)
        if id != _key_id(name, found.public).hex():
            raise UnreadableFile(f"the key of {name} has another id than it should; copy it again")
        return found

    def __str__(self) -> str:
        """Return the key that verifies, as one line of text."""
        return str(VerifyingKey(self.name, self.public))

    def secret(self) -> str:
        """Return the key that signs, as one line of text. Keep it outside the database."""
        return _PRIVATE + _line(self.name, self.public, self._seed)

    @property
    def _private(self) -> ed25519.Ed25519PrivateKey:
        found: ed25519.Ed25519PrivateKey
        found = _ed25519().Ed25519PrivateKey.from_private_bytes(self._seed)
        return found

    @property
    def public(self) -> bytes:
        """The Ed25519 public key, 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    def sign(self, text: bytes) -> bytes:
        """Return the Ed25519 signature of a text, 64 bytes."""
        return self._private.sign(text)


def sign_note(text: str, signer: Signer) -> str:
    """Return a note: a text, an empty line, and the signature."""
    signature = _key_id(signer.name, signer.public) + signer.sign(text.encode())
    return f"{text}\n{_MARK}{signer.name} {base64.b64encode(signature).decode()}\n"


@attrs.frozen(kw_only=True)
class Note:
    """A text and the lines of its signatures, not checked yet.

    Attributes:
        where: the file and the line where the text begins, for errors.
    """

    where: str
    _text: str = attrs.field(repr=False)
    _signatures: tuple[str, ...] = attrs.field(repr=False)

    def __str__(self) -> str:
        """Return the note as the file has it."""
        return "".join((self._text, "\n", *(f"{line}\n" for line in self._signatures)))

    def checked(self, key: VerifyingKey) -> str:
        """Return the text, which this key signed. Signatures of other keys are left aside, as the
        format demands.

        Raises:
            UnreadableFile: a line is no signature.
            InvalidSignature: no signature is of this key, or it does not fit the text.
        """
        where, text = self.where, self._text.encode()
        of_key = [
            signature
            for name, id, signature in map(self._signature, self._signatures)
            if (name, id) == (key.name, key.id)
        ]
        if not of_key:
            raise InvalidSignature(
                f"{where}: no signature is of the key {key.name}+{key.id.hex()}; give the key that signed"
            )
        if not all(key.signed(text, signature) for signature in of_key):
            raise InvalidSignature(
                f"{where}: the text is not what {key.name} signed; the file was changed"
            )
        return self._text

    def _signature(self, line: str) -> tuple[str, bytes, bytes]:
        """Return the name of the key, its id, and the signature."""
        try:
            _, name, encoded = line.split(" ")
            said = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise UnreadableFile(
                f"{self.where}: a signature below cannot be read; the file was changed or cut"
            ) from None
        return name, said[:4], said[4:]


def read_notes(text: str, source: str) -> tuple[Note, ...]:
    """Return the notes of a file, one below another; raise `UnreadableFile` for anything else."""
    notes, lines, at = [], text.splitlines(keepends=True), 0
    while at < len(lines):
        start = at
        while at < len(lines) and lines[at].strip():
            at += 1
        body, at = "".join(lines[start:at]), at + 1
        signatures = []
        while at < len(lines) and lines[at].startswith(_MARK) and lines[at].endswith("\n"):
            signatures.append(lines[at].rstrip("\n"))
            at += 1
        if not body or not signatures:
            raise UnreadableFile(
                f"{source}, line {start + 1}: an anchor is some lines, an empty line, and a signature, "
                "which is missing here; the file was changed or cut"
            )
        notes.append(
            Note(where=f"{source}, line {start + 1}", text=body, signatures=tuple(signatures))
        )
    if not notes:
        raise UnreadableFile(f"{source}: it is empty; make an anchor with `coresponder anchor`")
    return tuple(notes)
