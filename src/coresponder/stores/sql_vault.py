"""The vault in SQL, where words lie that can be forgotten, and the programs under which incidents were begun."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from coresponder.errors import InvalidProgram, NotFound
from coresponder.stores.base import Receipt, VaultEntry, Words, changed_program, check_audience, new_words
from coresponder.stores.connections import Connections
from coresponder.stores.dialects import Dialect
from coresponder.stores.statements import written
from coresponder.stores.tables import PROGRAM, VAULT

__all__ = ["SqlVault", "vault_row"]


def vault_row(agency: str, words: Words) -> dict[str, Any]:
    """Return the row of words that nobody has forgotten."""
    return written(VAULT, {"agency": agency, **attrs.asdict(words.entry), "salt": words.salt})


class SqlVault:
    """What a SQL store does with words and programs."""

    __slots__ = ()
    connections: Connections
    dialect: Dialect
    ready: dict[str, str]
    _wrote: set[str]

    def remember(self, agency: str, *, subject: str, kind: str, audience: str, text: str) -> Receipt:
        """Put words into the vault."""
        words = new_words(subject=subject, kind=kind, audience=audience, text=text)
        with self.connections.writing() as cursor:
            cursor.execute(self.ready["remember"], vault_row(agency, words))
        self._wrote.add(agency)
        return Receipt(id=words.entry.id, digest=words.digest)

    def recall(self, agency: str, id: str, *, audience: str) -> VaultEntry:
        """Return words."""
        with self.connections.reading() as cursor:
            row = cursor.execute(self.ready["recall"], {"agency": agency, "id": id}).fetchone()
        if row is None:
            raise NotFound(f"the vault has no entry {id!r}; it was never there, or it was forgotten")
        return check_audience(VaultEntry(**dict(zip(("id", "subject", "kind", "audience", "text"), row, strict=True))), audience)

    def forget(self, agency: str, subject: str) -> int:
        """Erase all words about a subject: no query finds them any more. For their last bytes in PostgreSQL's pages see `scrub`."""
        nothing = {"subject": "", "kind": "", "audience": "", "text": "", "salt": ""}
        with self.connections.writing() as cursor:
            self.dialect.overwrite(cursor)
            about = cursor.execute(self.ready["about"], {"agency": agency, "subject": subject}).fetchall()
            for (id,) in about:
                cursor.execute(self.ready["forget"], written(VAULT, {"agency": agency, "id": id, **nothing}))
        self._wrote.add(agency)
        if self.connections.settled:
            with self.connections.reading() as cursor:
                self.dialect.erase(cursor)
        return len(about)

    def scrub(self) -> None:
        """Make sure that no byte of forgotten words is left in the table. On PostgreSQL it needs the vault alone for a moment."""
        with self.connections.reading() as cursor:
            self.dialect.scrub(cursor)

    def save_program(self, name: str, definition: Mapping[str, Any]) -> None:
        """Keep a program's definition; one that is kept already is only compared."""
        text = json.dumps(definition, sort_keys=True)
        found = self._program(name)
        if found is None:
            with self.connections.writing() as cursor:
                cursor.execute(self.ready["save_program"], written(PROGRAM, {"name": name, "definition": text}))
            found = self._program(name)
        if found != text:
            raise InvalidProgram(changed_program(name))

    def load_program(self, name: str) -> Mapping[str, Any]:
        """Return a kept definition."""
        found = self._program(name)
        if found is None:
            raise NotFound(f"program {name} is not in this store")
        return json.loads(found)  # type: ignore[no-any-return]

    def _program(self, name: str) -> str | None:
        with self.connections.reading() as cursor:
            found = cursor.execute(self.ready["program"], {"name": name}).fetchone()
        return found and found[0]  # type: ignore[no-any-return]

    def programs(self) -> tuple[str, ...]:
        """Return the names of the kept programs."""
        with self.connections.reading() as cursor:
            return tuple(row[0] for row in cursor.execute(self.ready["programs"], {}).fetchall())
