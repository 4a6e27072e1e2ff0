"""The vault in SQL, for words that can be forgotten, and the programs under which incidents began."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import attrs
import sqlalchemy as sa

from coresponder.errors import CorruptRecord, InvalidProgram, NotFound
from coresponder.program.kept import as_written_today
from coresponder.stores.base import (
    Receipt,
    VaultEntry,
    Words,
    changed_program,
    check_audience,
    new_words,
    stamp,
)
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.rows import vault_row, written
from coresponder.stores.sql_custody import SqlCustody, about_subject
from coresponder.stores.sql_keys import TRIES, KeyChanged, SqlKeys, key_unsteady
from coresponder.stores.sql_steps import NEW_WORDS
from coresponder.stores.statements import (
    NO_OFFSET,
    NOTHING,
    Statement,
    given,
    matching,
    written_columns,
)
from coresponder.stores.tables import KEY, PROGRAM, VAULT

__all__ = ["ABOUT", "PROGRAM_BY_NAME", "SqlVault"]


_v, _k = VAULT.c, KEY.c
_ENTRY = tuple(field.name for field in attrs.fields(VaultEntry))
_HERE = matching(VAULT, "agency", "id")
_IN_USE = _v.subject != NOTHING
_AT_ONCE = 100

_RECALL = Statement(
    sa.select(*(_v[name] for name in _ENTRY), _v.salt, _v.key, _k.wrapped, _k.state)
    .select_from(VAULT.outerjoin(KEY, (_k.agency == _v.agency) & (_k.id == _v.key)))
    .where(_HERE & _IN_USE)
)
ABOUT = Statement(
    sa.select(_v.id).where(matching(VAULT, "agency") & about_subject(_v.subject)).with_for_update()
)
_UNDER = Statement(
    sa.select(_v.id).where(matching(VAULT, "agency", "key") & _IN_USE).with_for_update()
)
_FORGET = Statement(
    sa.update(VAULT).where(_HERE).values(given(*written_columns(VAULT, "agency", "id")))
)
_KEYS_ABOUT = Statement(
    sa.select(KEY)
    .where(
        matching(KEY, "agency")
        & (_k.state != sa.literal_column("'gone'"))
        & about_subject(_k.subject)
    )
    .order_by(_k.id)
    .with_for_update()
)
_ONE_KEY = Statement(sa.select(KEY).where(matching(KEY, "agency", "id")).with_for_update())
_GOING_ANYWHERE = Statement(
    sa.select(_k.agency).distinct().where(_k.state == sa.literal_column("'going'"))
)
_ENTRIES = Statement(sa.select(_v.id, _v.key, _v.subject).where(_HERE & _IN_USE).with_for_update())
_PLAIN = Statement(
    sa.select(VAULT)
    .where(matching(VAULT, "agency") & (_v.key == NOTHING) & _IN_USE)
    .order_by(_v.id)
    .limit(sa.literal_column(str(_AT_ONCE)))
    .offset(NO_OFFSET)
)
_SEAL_PLAIN = Statement(
    sa.update(VAULT)
    .where(matching(VAULT, "agency", "id") & (_v.digest == sa.bindparam("was")))
    .values(given("text", "salt", "key", "digest"))
)
PROGRAM_BY_NAME = Statement(sa.select(PROGRAM.c.definition).where(matching(PROGRAM, "name")))
_PROGRAMS = Statement(sa.select(PROGRAM.c.name).order_by(PROGRAM.c.name))
_SAVE_PROGRAM = Statement(
    lambda sql: (
        sql.insert(PROGRAM).values(given(*written_columns(PROGRAM))).on_conflict_do_nothing()
    )
)
_FORGOTTEN = "the vault has no entry {!r}; it was never there, or it was forgotten"
_NOTHING_LEFT = {
    "subject": "", "kind": "", "audience": "", "text": "", "salt": "", "key": "", "incident": "",
    "entered_at": "",
}  # fmt: skip


class SqlVault(SqlKeys, SqlCustody):
    """The vault and the program library of a SQL store."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect
    _wrote: set[str]

    def remember(
        self, agency: str, *, subject: str, kind: str, audience: str, text: str
    ) -> Receipt:
        """Put words into the vault."""
        words = new_words(subject=subject, kind=kind, audience=audience, text=text)
        for _ in range(TRIES):
            (kept,) = self._sealed(agency, [words])
            with suppress(KeyChanged):
                self._keep_words(agency, kept)
                return Receipt(id=words.entry.id, digest=words.digest)
        raise key_unsteady(subject)

    def _keep_words(self, agency: str, words: Words) -> None:
        with self.connections.writing() as cursor:
            self._check_keys(cursor, agency, [words])
            at = stamp(self.dialect.now(cursor))
            cursor.execute(NEW_WORDS.on(self.dialect), vault_row(agency, words, incident="", at=at))
        self._wrote.add(agency)

    def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words."""
        with self.connections.reading() as cursor:
            row = cursor.execute(_RECALL.on(self.dialect), {"agency": agency, "id": id}).fetchone()
        if row is None:
            raise NotFound(_FORGOTTEN.format(id))
        *entry, salt, key, wrapped, state = row
        words = Words(entry=VaultEntry(**dict(zip(_ENTRY, entry, strict=True))), salt=salt, key=key)
        check_audience(words.entry, audience)
        if key and wrapped is None:
            raise CorruptRecord(
                f"vault entry {id}: the row of its key {key} is missing; restore it from a backup"
            )
        found = self._unsealed(agency, words, wrapped, state)
        if found is None:
            raise NotFound(_FORGOTTEN.format(id))
        return found.entry

    # --- erasing ----------------------------------------------------------------------------------------------------------

    def forget(
        self,
        agency: str,
        subject: str,
        *,
        by: str = "",
        ground: str = "",
        at: dt.datetime | None = None,
    ) -> int:
        """Erase all words about a subject: no query finds them again. Their keys are destroyed
        first, so that no backup or write-ahead log gives them back. For the last bytes in
        PostgreSQL's pages, see `scrub`; for what `scrub` does after a host's commit, see there.
        """
        settled, count = self.connections.settled, 0
        with self.connections.writing() as cursor:
            self.dialect.alone_in_vault(cursor, agency)
            self._check_holds(cursor, agency, subject)
            going = self._mark_going(cursor, _KEYS_ABOUT, {"agency": agency, "subject": subject})
            if not going or not settled:
                count = self._erase_about(cursor, agency, subject, by, ground, at)
        if going and settled:
            self._destroy(agency, going)
            with self.connections.writing() as cursor:
                self.dialect.alone_in_vault(cursor, agency)
                count = self._erase_about(cursor, agency, subject, by, ground, at)
                self._mark_gone(cursor, going)
        self._wipe(agency)
        return count

    def discard(
        self,
        agency: str,
        ids: Iterable[str],
        *,
        by: str = "",
        ground: str = "",
        at: dt.datetime | None = None,
    ) -> int:
        """Erase entries: see `Vault.discard`. Where an entry was the last of its key, the key is
        destroyed too.
        """
        with self.connections.writing() as cursor:
            self.dialect.alone_in_vault(cursor, agency)
            erased, keys = 0, set[str]()
            for id in ids:
                which = {"agency": agency, "id": id}
                found = cursor.execute(_ENTRIES.on(self.dialect), which).fetchone()
                if found is None or self._is_held(cursor, agency, id):
                    continue
                self._erase(cursor, agency, [id])
                keys |= {found[1]} - {""}
                erased += 1
            going = [row for key in sorted(keys) for row in self._unused(cursor, agency, key)]
            if erased:
                self._note(
                    cursor,
                    agency,
                    "discard",
                    subject="",
                    by=by,
                    ground=ground,
                    at=at,
                    entries=erased,
                )
        if going and self.connections.settled:
            self._finish(agency, going)
        self._wipe(agency)
        return erased

    def _unused(self, cursor: Any, agency: str, key: str) -> list[dict[str, Any]]:
        """Mark a key as going if no words are encrypted with it any more. Its row is locked first,
        so a writer that is about to use it has finished or will make another.
        """
        which = {"agency": agency, "id": key, "key": key}
        cursor.execute(_ONE_KEY.on(self.dialect), which).fetchone()
        if cursor.execute(_UNDER.on(self.dialect), which).fetchone():
            return []
        return self._mark_going(cursor, _ONE_KEY, which)

    def _mark_going(
        self, cursor: Any, which: Statement, values: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Mark keys as going, so that nothing is written or read with them any more; return their
        rows. From here on only their destruction ends it.
        """
        columns = [c.name for c in KEY.c]
        found = cursor.execute(which.on(self.dialect), values).fetchall()
        rows = [dict(zip(columns, row, strict=True)) for row in found]
        if rows:
            self._service(values["agency"])
        for row in rows:
            if row["state"] == "live":
                self._change_key(cursor, row, state="going")
            row["state"] = "going"
            self._drop(values["agency"], row)
        return rows

    def _destroy(self, agency: str, keys: Iterable[dict[str, Any]]) -> None:
        for row in keys:
            self._service(agency).destroy(row["id"])

    def _mark_gone(self, cursor: Any, keys: Iterable[dict[str, Any]]) -> None:
        for row in keys:
            self._change_key(cursor, row, subject="", wrapped="", state="gone")

    def _finish(self, agency: str, keys: list[dict[str, Any]]) -> int:
        """Destroy keys that are going, then erase what was encrypted with them; return how many
        entries there were.
        """
        self._destroy(agency, keys)
        erased = 0
        with self.connections.writing() as cursor:
            self.dialect.alone_in_vault(cursor, agency)
            for row in keys:
                which = {"agency": agency, "key": row["id"]}
                under = cursor.execute(_UNDER.on(self.dialect), which).fetchall()
                count = self._erase(cursor, agency, [id for (id,) in under])
                if count:
                    self._note(
                        cursor,
                        agency,
                        "forget",
                        subject=row["subject"],
                        by="",
                        ground="",
                        entries=count,
                    )
                erased += count
            self._mark_gone(cursor, keys)
        return erased

    def _erase_about(
        self,
        cursor: Any,
        agency: str,
        subject: str,
        by: str,
        ground: str,
        at: dt.datetime | None,
    ) -> int:
        which = {"agency": agency, "subject": subject}
        found = cursor.execute(ABOUT.on(self.dialect), which).fetchall()
        count = self._erase(cursor, agency, [id for (id,) in found])
        if count:
            self._note(
                cursor,
                agency,
                "forget",
                subject=subject,
                by=by,
                ground=ground,
                at=at,
                entries=count,
            )
        return count

    def _erase(self, cursor: Any, agency: str, ids: Sequence[str]) -> int:
        """Overwrite the rows of entries."""
        self.dialect.overwrite(cursor)
        for id in ids:
            row = written(VAULT, {"agency": agency, "id": id, **_NOTHING_LEFT})
            cursor.execute(_FORGET.on(self.dialect), row)
        return len(ids)

    def _wipe(self, agency: str) -> None:
        """Let the database release the space of erased words."""
        self._wrote.add(agency)
        if self.connections.settled:
            with self.connections.reading() as cursor:
                self.dialect.erase(cursor)

    def scrub(self) -> int:
        """Finish every `forget` that was interrupted or made in a host's transaction: destroy its
        keys, and erase what they encrypted. Then make sure that no byte of forgotten words is left
        in the table. On PostgreSQL this locks the vault for a moment.

        Returns:
            How many entries were erased.
        """
        with self.connections.reading() as cursor:
            agencies = [row[0] for row in cursor.execute(_GOING_ANYWHERE.on(self.dialect), {})]
        erased = 0
        for agency in agencies:
            erased += self._finish(agency, [*self._in_state(agency, "going")])
        with self.connections.reading() as cursor:
            self.dialect.scrub(cursor)
        return erased

    # --- encrypting what is there -----------------------------------------------------------------------------------------

    def encrypt(
        self,
        agency: str,
        *,
        by: str = "",
        ground: str = "",
        progress: Callable[[int], object] | None = None,
    ) -> int:
        """Encrypt the words of an agency that are stored as plain text; return how many entries
        there were. From the first one on, a store that is opened without keys can no longer write
        words for this agency. It may be stopped at any time and called again.

        `progress` is told how many entries are done.
        """
        self._service(agency)
        count = 0
        while found := self._encrypt_some(agency):
            count += found
            if progress is not None:
                progress(count)
        if count:
            with self.connections.writing() as cursor:
                self.dialect.alone_in_vault(cursor, agency)
                self._note(
                    cursor, agency, "encrypt", subject="", by=by, ground=ground, entries=count
                )
        self._wipe(agency)
        return count

    def _encrypt_some(self, agency: str) -> int:
        """Encrypt at most a hundred entries in one transaction; return how many were found."""
        with self.connections.reading() as cursor:
            found = cursor.execute(_PLAIN.on(self.dialect), {"agency": agency}).fetchall()
        rows = [dict(zip((c.name for c in _v), row, strict=True)) for row in found]
        plain = [
            Words(entry=VaultEntry(**{name: row[name] for name in _ENTRY}), salt=row["salt"])
            for row in rows
        ]
        kept = self._sealed(agency, plain)
        with suppress(KeyChanged), self.connections.writing() as cursor:
            self._check_keys(cursor, agency, kept)
            self.dialect.overwrite(cursor)
            for row, words in zip(rows, kept, strict=True):
                new = {"text": words.entry.text, "salt": "", "key": words.key}
                cursor.execute(
                    _SEAL_PLAIN.on(self.dialect),
                    {**written(VAULT, row | new), "was": row["digest"]},
                )
        return len(rows)

    def save_program(self, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a program's definition; if it is already kept, compare the two."""
        text = json.dumps(definition, sort_keys=True)
        found = self._program(name)
        if found is None:
            with self.connections.writing() as cursor:
                cursor.execute(
                    _SAVE_PROGRAM.on(self.dialect),
                    written(PROGRAM, {"name": name, "definition": text}),
                )
            found = self._program(name)
        if found != text and as_written_today(json.loads(found or "{}")) != json.loads(text):
            raise InvalidProgram(changed_program(name))

    def load_program(self, name: str) -> Mapping[str, Any]:
        """Return a kept definition."""
        found = self._program(name)
        if found is None:
            raise NotFound(f"program {name} is not in this store")
        return json.loads(found)  # type: ignore[no-any-return]

    def _program(self, name: str) -> str | None:
        with self.connections.reading() as cursor:
            found = cursor.execute(PROGRAM_BY_NAME.on(self.dialect), {"name": name}).fetchone()
        return found and found[0]  # type: ignore[no-any-return]

    def programs(self) -> tuple[str, ...]:
        """Return the names of the kept programs."""
        with self.connections.reading() as cursor:
            return tuple(
                row[0] for row in cursor.execute(_PROGRAMS.on(self.dialect), {}).fetchall()
            )
