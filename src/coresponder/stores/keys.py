"""The key service of an encrypted vault: a protocol for the host's, and a file of keys for a host
that has none (ADR 0190).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import attrs

from coresponder.errors import KeyDestroyed, KeysUnavailable, MissingExtra

__all__ = ["KeyService", "LocalKeys"]


class KeyService(Protocol):
    """Wraps the data keys of an encrypted vault with keys that never leave the service.

    Each name is the random id of one data key; a subject of an agency has one that is live. What
    the service keeps must not be in the same backup as the store: whoever has both can read.
    """

    def wrap(self, name: str, key: bytes) -> str:
        """Return a data key of 32 bytes wrapped with a new or the newest wrapping key of the name.
        The wrapping key must be durable before this returns. Raise `KeyDestroyed` if the name was
        destroyed, `KeysUnavailable` if the service does not answer.
        """

    def unwrap(self, name: str, wrapped: str) -> bytes:
        """Return the data key. Raise `KeyDestroyed` if the name was destroyed, `KeysUnavailable` if
        the service does not answer or does not know the name.
        """

    def destroy(self, name: str, *, but: str | None = None) -> None:
        """Destroy every wrapping key of a name, so that no copy of a wrapped key can be unwrapped
        any more; with `but`, all except the one that made this wrapped key. The same call may come
        again.
        """


_TABLE = (
    "CREATE TABLE IF NOT EXISTS wrapping_key "
    "(name TEXT NOT NULL, number INTEGER NOT NULL, secret BLOB, PRIMARY KEY (name, number)) "
    "WITHOUT ROWID"
)
_MARK = int.from_bytes(b"cokf", "big")
"""The SQLite application id of a key file."""
_BUSY_SECONDS = 10.0


@attrs.frozen
class LocalKeys:
    """Wrapping keys in a file of their own, for a store on one machine. Processes may share it.

    Each data key has a wrapping key of its own in the file, so one person's can be destroyed. The
    file is the key: keep it in another folder and in another backup than the store, readable only
    for the account that runs the store. `make` makes it; a missing file is an error, because words
    that were encrypted with a lost key are lost.

    Args:
        path: the file.

    Raises:
        KeysUnavailable: the file is missing, is no key file, or others may read it.
        MissingExtra: `cryptography` is not installed.
    """

    path: Path = attrs.field(converter=Path)

    def __attrs_post_init__(self) -> None:
        _wrapping()
        with self._open():
            pass

    @classmethod
    def make(cls, path: str | Path) -> LocalKeys:
        """Make an empty key file that only this account may read; raise `KeysUnavailable` if there
        is a file already.
        """
        _wrapping()
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise KeysUnavailable(
                f"{path} is there already; nothing was changed, choose another name or use it as it is"
            ) from None
        except OSError as error:
            raise KeysUnavailable(
                f"{path}: the key file cannot be made ({error.strerror}); name a file in a folder that is there and that you may write"
            ) from error
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.execute(f"PRAGMA application_id = {_MARK}")
            file.execute(_TABLE)
        return cls(path)

    def wrap(self, name: str, key: bytes) -> str:
        """Wrap a data key with a new wrapping key."""
        wrap, _ = _wrapping()
        secret = secrets.token_bytes(32)
        with self._open() as file, _changing(file):
            numbers = file.execute(
                "SELECT number, secret IS NULL FROM wrapping_key WHERE name = ?", (name,)
            ).fetchall()
            if any(gone for _, gone in numbers):
                raise _destroyed(name)
            number = max((number for number, _ in numbers), default=0) + 1
            file.execute("INSERT INTO wrapping_key VALUES (?, ?, ?)", (name, number, secret))
        return f"{number}:{wrap(secret, key).hex()}"

    def unwrap(self, name: str, wrapped: str) -> bytes:
        """Unwrap a data key."""
        _, unwrap = _wrapping()
        number, _, text = wrapped.partition(":")
        with self._open() as file:
            rows = dict(
                file.execute("SELECT number, secret FROM wrapping_key WHERE name = ?", (name,))
            )
        if None in rows.values():
            raise _destroyed(name)
        try:
            return unwrap(rows[int(number)], bytes.fromhex(text))
        except (KeyError, ValueError):
            raise KeysUnavailable(
                f"{self.path.name} does not have wrapping key {number or '?'} of data key {name}; is it the key file of "
                "this store, and is it as new as the store? If keys are being rotated, try again"
            ) from None

    def destroy(self, name: str, *, but: str | None = None) -> None:
        """Overwrite the wrapping keys of a name. A mark stays, so that the name is never used
        again.
        """
        with self._open() as file, _changing(file):
            if but is not None:
                keep = int(but.partition(":")[0])
                file.execute(
                    "DELETE FROM wrapping_key WHERE name = ? AND number < ? AND secret IS NOT NULL",
                    (name, keep),
                )
                return
            file.execute("DELETE FROM wrapping_key WHERE name = ?", (name,))
            file.execute("INSERT INTO wrapping_key VALUES (?, 0, NULL)", (name,))

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one call, so that threads, processes and forks may share it."""
        self._check()
        try:
            with contextlib.closing(
                sqlite3.connect(
                    f"{self.path.absolute().as_uri()}?mode=rw",
                    uri=True,
                    isolation_level=None,
                    timeout=_BUSY_SECONDS,
                )
            ) as file:
                file.execute("PRAGMA secure_delete=ON")
                file.execute("PRAGMA synchronous=EXTRA")
                if file.execute("PRAGMA application_id").fetchone()[0] != _MARK:
                    raise KeysUnavailable(f"{self.path.name} is not a key file of coresponder")
                yield file
        except sqlite3.Error as error:
            raise KeysUnavailable(
                f"{self.path.name}: the key file cannot be used ({error}); nothing was changed"
            ) from error

    def _check(self) -> None:
        if not self.path.is_file():
            raise KeysUnavailable(
                f"{self.path}: there is no such key file; restore it from its backup. Only for a store "
                f"without encrypted words: make it with `coresponder encrypt STORE --keys {self.path}`"
            )
        mode = self.path.stat().st_mode & 0o777
        if os.name == "posix" and mode & 0o077:
            raise KeysUnavailable(
                f"{self.path}: other accounts may use the key file (mode {mode:o}); run `chmod 600 {self.path}`"
            )


@contextlib.contextmanager
def _changing(file: sqlite3.Connection) -> Iterator[None]:
    file.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        file.execute("ROLLBACK")
        raise
    file.execute("COMMIT")


def _destroyed(name: str) -> KeyDestroyed:
    return KeyDestroyed(f"data key {name} was destroyed; what it encrypted is forgotten")


_Wrap = Callable[[bytes, bytes], bytes]


def _wrapping() -> tuple[_Wrap, _Wrap]:
    """Return the two functions of RFC 3394."""
    try:
        from cryptography.hazmat.primitives import keywrap
    except ImportError:
        raise MissingExtra("encryption", "an encrypted vault") from None
    return keywrap.aes_key_wrap, keywrap.aes_key_unwrap
