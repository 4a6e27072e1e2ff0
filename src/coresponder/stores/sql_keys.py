"""The data keys of an encrypted vault in SQL: made, used, wrapped anew and destroyed (ADR 0190).

A key's row is the place where writers and `forget` meet. A writer of words locks the row of their
key (`FOR SHARE`) in the transaction that writes them, and `forget` changes its state before the key
service destroys the key. So no words are written with a key that is gone, whichever process has it
in memory.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs
import sqlalchemy as sa

from coresponder.errors import CorruptRecord, KeyDestroyed, KeysUnavailable, StoreError
from coresponder.stores.base import VaultEntry, Words
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.keys import KeyService
from coresponder.stores.recent import Recent
from coresponder.stores.rows import written
from coresponder.stores.sealing import UNREADABLE, Cipher, cipher_of, new_data_key, opened, sealed
from coresponder.stores.statements import NO_OFFSET, Statement, given, matching, written_columns
from coresponder.stores.tables import KEY

__all__ = ["IS_LIVE", "TRIES", "KeyChanged", "SqlKeys", "key_unsteady"]

_MOST = 4096
_AT_ONCE = 100
TRIES = 100
_k = KEY.c
_HERE = matching(KEY, "agency", "id")
_STATE_LIVE = _k.state == sa.literal_column("'live'")

LIVE = Statement(
    sa.select(_k.id, _k.wrapped).where(matching(KEY, "agency", "subject") & _STATE_LIVE)
)
_NEW = Statement(
    lambda sql: sql.insert(KEY).values(given(*written_columns(KEY))).on_conflict_do_nothing()
)
IS_LIVE = sa.select(_k.id).where(_HERE & _STATE_LIVE).with_for_update(read=True)
_IS_LIVE = Statement(IS_LIVE)
_ROW = Statement(sa.select(KEY).where(_HERE))
_ANY = Statement(
    sa.select(_k.id).where(matching(KEY, "agency")).limit(sa.literal_column("1")).offset(NO_OFFSET)
)
_ANYWHERE = Statement(sa.select(_k.id).limit(sa.literal_column("1")).offset(NO_OFFSET))
_CHANGE = Statement(
    sa.update(KEY)
    .where(_HERE & (_k.state == sa.bindparam("was")) & (_k.wrapped == sa.bindparam("old")))
    .values(given("subject", "wrapped", "state", "digest"))
)
_PAGE = Statement(
    sa.select(KEY)
    .where(matching(KEY, "agency", "state") & (_k.id > sa.bindparam("after")))
    .order_by(_k.id)
    .limit(sa.literal_column(str(_AT_ONCE)))
    .offset(NO_OFFSET)
)
_COLUMNS = tuple(c.name for c in KEY.c)


class KeyChanged(StoreError):
    """The key with which words were sealed is no longer live; they are sealed anew."""


class SqlKeys:
    """The data keys of a SQL store. A store without a key service has none."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect
    keys: KeyService | None
    _ciphers: Recent[tuple[str, str], Cipher]
    _live: Recent[tuple[str, str], str]

    # --- sealing ----------------------------------------------------------------------------------------------------------

    def _sealed(self, agency: str, words: Iterable[Words]) -> tuple[Words, ...]:
        """Return words as they are stored: sealed if the store has a key service."""
        if self.keys is None:
            return tuple(words)
        return tuple(
            sealed(agency, one, *self._live_key(agency, one.entry.subject)) for one in words
        )

    def _check_keys(self, cursor: Any, agency: str, words: Iterable[Words]) -> None:
        """Lock the keys of words that are about to be written, until the transaction ends. Raise
        `KeyChanged` if one is not live any more, `KeysUnavailable` for plain words where others are
        encrypted.
        """
        for one in words:
            if one.key:
                which = {"agency": agency, "id": one.key}
                if cursor.execute(_IS_LIVE.on(self.dialect), which).fetchone() is None:
                    self._live.drop((agency, one.entry.subject))
                    raise KeyChanged(one.key)
            elif cursor.execute(_ANY.on(self.dialect), {"agency": agency}).fetchone():
                raise _no_keys(agency, "nothing was written")

    def _live_key(self, agency: str, subject: str) -> tuple[str, Cipher]:
        """Return the id and the cipher of a subject's live key; make one if there is none."""
        id = self._live.get((agency, subject))
        cipher = None if id is None else self._ciphers.get((agency, id))
        if id is not None and cipher is not None:
            return id, cipher
        for _ in range(TRIES):
            with self.connections.reading() as cursor:
                found = cursor.execute(
                    LIVE.on(self.dialect), {"agency": agency, "subject": subject}
                ).fetchone()
            id, wrapped = found or self._make(agency, subject) or ("", "")
            if not id:
                continue
            try:
                cipher = self._cipher(agency, id, wrapped)
            except KeyDestroyed:  # a backup of the store was restored that is older than `forget`
                self._retire(agency, id)
                continue
            self._live.keep((agency, subject), id)
            return id, cipher
        raise key_unsteady(subject)

    def _make(self, agency: str, subject: str) -> tuple[str, str] | None:
        """Make a key, unless another process was faster; return the live one."""
        id = secrets.token_hex(16)
        row = {
            "agency": agency, "id": id, "subject": subject, "state": "live",
            "wrapped": self._service(agency).wrap(id, new_data_key()),
        }  # fmt: skip
        with self.connections.writing() as cursor:
            cursor.execute(_NEW.on(self.dialect), written(KEY, row))
            found = cursor.execute(LIVE.on(self.dialect), row).fetchone()
        if found is None or found[0] != id:
            self._service(agency).destroy(id)
        return found and tuple(found)

    def _service(self, agency: str) -> KeyService:
        if self.keys is None:
            raise _no_keys(agency, "nothing was changed")
        return self.keys

    def _cipher(self, agency: str, id: str, wrapped: str) -> Cipher:
        """Return the cipher of a key. It stays in memory, so that the key service is asked once."""
        cipher = self._ciphers.get((agency, id))
        if cipher is None:
            cipher = cipher_of(self._data_key(agency, id, wrapped))
            self._ciphers.keep((agency, id), cipher)
        return cipher

    def _data_key(self, agency: str, id: str, wrapped: str) -> bytes:
        """Unwrap a data key. If another process rotated it since its row was read, the row is read
        again.
        """
        while True:
            try:
                return self._service(agency).unwrap(id, wrapped)
            except KeysUnavailable:
                with self.connections.reading() as cursor:
                    now = self._key_row(cursor, agency, id).get("wrapped", wrapped)
                if now == wrapped:
                    raise
                wrapped = now

    # --- opening ----------------------------------------------------------------------------------------------------------

    def _unsealed(self, agency: str, words: Words, wrapped: str, state: str) -> Words | None:
        """Return sealed words as they were; None if their key is destroyed or about to be."""
        if not words.key:
            return words
        if state != "live":
            self._ciphers.drop((agency, words.key))
            return None
        try:
            return opened(agency, words, self._cipher(agency, words.key, wrapped))
        except KeyDestroyed:
            return None

    def _unsealed_row(self, cursor: Any, row: dict[str, Any]) -> Words | None:
        """Return the words of a row of the vault; None if they are forgotten, or encrypted and this
        store has no keys. Words that do not open come back empty, so that no digest fits.
        """
        entry = VaultEntry(**{field.name: row[field.name] for field in attrs.fields(VaultEntry)})
        words = Words(entry=entry, salt=row["salt"], key=row["key"])
        if not words.key:
            return words
        if self.keys is None:
            return None
        unreadable = Words(entry=attrs.evolve(entry, text=""), salt=UNREADABLE)
        found = self._key_row(cursor, row["agency"], words.key)
        try:
            return (
                self._unsealed(row["agency"], words, found["wrapped"], found["state"])
                if found
                else unreadable
            )
        except CorruptRecord:
            return unreadable

    def _key_row(self, cursor: Any, agency: str, id: str) -> dict[str, Any]:
        found = cursor.execute(_ROW.on(self.dialect), {"agency": agency, "id": id}).fetchone()
        return dict(zip(_COLUMNS, found, strict=True)) if found else {}

    # --- states -----------------------------------------------------------------------------------------------------------

    def _change_key(self, cursor: Any, row: dict[str, Any], **changes: str) -> bool:
        """Change a key's row, unless somebody did since it was read."""
        new = written(KEY, row | changes)
        cursor.execute(
            _CHANGE.on(self.dialect), {**new, "was": row["state"], "old": row["wrapped"]}
        )
        return bool(cursor.rowcount == 1)

    def _retire(self, agency: str, id: str) -> None:
        """Mark a live key whose wrapping key is destroyed as going."""
        with self.connections.writing() as cursor:
            row = self._key_row(cursor, agency, id)
            if row and row["state"] == "live":
                self._change_key(cursor, row, state="going")

    def _drop(self, agency: str, row: dict[str, Any]) -> None:
        """Take a key out of this process's memory."""
        self._live.drop((agency, row["subject"]))
        self._ciphers.drop((agency, row["id"]))

    def _in_state(self, agency: str, state: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of the agency's keys in a state, a hundred with each query."""
        which = {"agency": agency, "state": state, "after": ""}
        while True:
            with self.connections.reading() as cursor:
                page = cursor.execute(_PAGE.on(self.dialect), which).fetchall()
            yield from (dict(zip(_COLUMNS, row, strict=True)) for row in page)
            if len(page) < _AT_ONCE:
                return
            which["after"] = page[-1][_COLUMNS.index("id")]

    def encrypted(self) -> bool:
        """Return whether any agency has or had encrypted words here."""
        with self.connections.reading() as cursor:
            return cursor.execute(_ANYWHERE.on(self.dialect), {}).fetchone() is not None

    def rotate_keys(self, agency: str, *, progress: Callable[[int], object] | None = None) -> int:
        """Wrap every live data key of an agency with a new wrapping key, and destroy the old ones;
        return how many were wrapped. No text is rewritten, and writers are not held up.

        It may be stopped at any time and called again: a data key can be unwrapped throughout.
        `progress` is told how many keys are done.
        """
        service, count = self._service(agency), 0
        for row in self._in_state(agency, "live"):
            try:
                wrapped = service.wrap(row["id"], self._data_key(agency, row["id"], row["wrapped"]))
            except KeyDestroyed:  # by `forget`, meanwhile or before this backup was restored
                continue
            with self.connections.writing() as cursor:
                changed = self._change_key(cursor, row, wrapped=wrapped)
            if changed and self.connections.settled:
                service.destroy(row["id"], but=wrapped)
            count += changed
            if progress is not None:
                progress(count)
        return count


def key_unsteady(subject: str) -> KeysUnavailable:
    """Return the error that the key of a subject changed at each attempt to use it."""
    return KeysUnavailable(
        f"the key of {subject} changed again and again; nothing was written, try again"
    )


def _no_keys(agency: str, outcome: str) -> KeysUnavailable:
    return KeysUnavailable(
        f"the words of {agency} are encrypted in this store, and it was opened without a key service; {outcome}, open it "
        "with `keys=`, or give the command `--keys FILE`"
    )
