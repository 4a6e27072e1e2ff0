"""The vault in SQL, for words that can be forgotten, and the programs under which incidents began."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs
import sqlalchemy as sa

from coresponder.errors import InvalidProgram, NotFound
from coresponder.program.kept import as_written_today
from coresponder.stores.base import Receipt, VaultEntry, changed_program, check_audience, new_words
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.rows import vault_row, written
from coresponder.stores.sql_steps import NEW_WORDS
from coresponder.stores.statements import NOTHING, Statement, given, matching, written_columns
from coresponder.stores.tables import CONTACT, PROGRAM, VAULT

__all__ = ["ABOUT", "PROGRAM_BY_NAME", "SqlVault"]


_v = VAULT.c
_ENTRY = tuple(field.name for field in attrs.fields(VaultEntry))
_HERE = matching(VAULT, "agency", "id")
_incidents_of_subject = sa.select(CONTACT.c.incident).where(
    matching(CONTACT, "agency") & (CONTACT.c.person == sa.bindparam("subject"))
)

_RECALL = Statement(
    sa.select(*(_v[name] for name in _ENTRY)).where(_HERE & (_v.subject != NOTHING))
)
ABOUT = Statement(
    sa.select(_v.id)
    .where(
        matching(VAULT, "agency")
        & ((_v.subject == sa.bindparam("subject")) | _v.subject.in_(_incidents_of_subject))
    )
    .with_for_update()
)
_FORGET = Statement(
    sa.update(VAULT).where(_HERE).values(given(*written_columns(VAULT, "agency", "id")))
)
PROGRAM_BY_NAME = Statement(sa.select(PROGRAM.c.definition).where(matching(PROGRAM, "name")))
_PROGRAMS = Statement(sa.select(PROGRAM.c.name).order_by(PROGRAM.c.name))
_SAVE_PROGRAM = Statement(
    lambda sql: (
        sql.insert(PROGRAM).values(given(*written_columns(PROGRAM))).on_conflict_do_nothing()
    )
)


class SqlVault:
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
        with self.connections.writing() as cursor:
            cursor.execute(NEW_WORDS.on(self.dialect), vault_row(agency, words))
        self._wrote.add(agency)
        return Receipt(id=words.entry.id, digest=words.digest)

    def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words."""
        with self.connections.reading() as cursor:
            row = cursor.execute(_RECALL.on(self.dialect), {"agency": agency, "id": id}).fetchone()
        if row is None:
            raise NotFound(
                f"the vault has no entry {id!r}; it was never there, or it was forgotten"
            )
        return check_audience(VaultEntry(**dict(zip(_ENTRY, row, strict=True))), audience)

    def forget(self, agency: str, subject: str) -> int:
        """Erase all words about a subject: no query finds them again. For their last bytes in
        PostgreSQL's pages, see `scrub`.
        """
        nothing = {"subject": "", "kind": "", "audience": "", "text": "", "salt": ""}
        with self.connections.writing() as cursor:
            self.dialect.overwrite(cursor)
            about = cursor.execute(
                ABOUT.on(self.dialect), {"agency": agency, "subject": subject}
            ).fetchall()
            for (id,) in about:
                cursor.execute(
                    _FORGET.on(self.dialect),
                    written(VAULT, {"agency": agency, "id": id, **nothing}),
                )
        self._wrote.add(agency)
        if self.connections.settled:
            with self.connections.reading() as cursor:
                self.dialect.erase(cursor)
        return len(about)

    def scrub(self) -> None:
        """Make sure that no byte of forgotten words is left in the table. On PostgreSQL this locks
        the vault for a moment.
        """
        with self.connections.reading() as cursor:
            self.dialect.scrub(cursor)

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
