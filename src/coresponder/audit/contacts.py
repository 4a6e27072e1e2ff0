"""Count people who come again: contacts by person, in a temporary database on disk, so that memory
stays flat.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import attrs

from coresponder.domain.vocabulary import PersonRole
from coresponder.program import Case, Program

__all__ = ["WINDOWS", "Contacts", "Frequent", "Repeats", "counting_contacts"]

WINDOWS: tuple[int, ...] = (30, 90, 365)
"""The windows in days within which a next contact counts as coming again."""
_DAY = 86_400
_AGAIN = """
select count(*), coalesce(sum(next - at <= :window), 0) from (
    select at, lead(at) over (partition by person order by at, incident) as next from contact
) where at + :window <= :last
"""
_EACH = "select count(*) as n from contact group by person order by n desc"


@attrs.frozen(kw_only=True)
class Repeats:
    """How many contacts were followed by another one of the same person within some days.

    Attributes:
        of: contacts after which the record goes on for that many days; what followed the others is
            not known.
        again: those of them that were followed by another one in that time.
    """

    days: int
    of: int
    again: int


@attrs.frozen(kw_only=True)
class Frequent:
    """How many contacts belong to the tenth of all people who have the most."""

    people: int
    contacts: int
    most_frequent: int
    theirs: int


@attrs.define
class Contacts:
    """Contacts with people in crisis, one for each person and incident, dated by its opening."""

    _db: sqlite3.Connection
    _last: float = 0.0

    def add(self, program: Program, case: Case) -> None:
        """Add the people of an incident."""
        at = program.opened_at(case).timestamp()
        self.until(at)
        crisis = (p for p in case.incident.people if PersonRole.PERSON_IN_CRISIS in p.roles)
        self._db.executemany(
            "insert or ignore into contact values (?, ?, ?)",
            [(person.id, at, case.id) for person in crisis],
        )

    def until(self, at: float) -> None:
        """Extend the record to the opening of an incident, in seconds since 1970."""
        self._last = max(self._last, at)

    def repeats(self) -> tuple[Repeats, ...]:
        """Return how many people come again in 30, 90 and 365 days."""
        return tuple(map(self._repeats, WINDOWS))

    def _repeats(self, days: int) -> Repeats:
        asked = {"window": days * _DAY, "last": self._last}
        of, again = self._db.execute(_AGAIN, asked).fetchone()
        return Repeats(days=days, of=of, again=again)

    def frequent(self) -> Frequent:
        """Return the contacts of the people who come most often."""
        counted = "select count(*), count(distinct person) from contact"
        contacts, people = self._db.execute(counted).fetchone()
        most = -(-people // 10)
        theirs = sum(n for (n,) in self._db.execute(f"{_EACH} limit ?", (most,)))
        return Frequent(people=people, contacts=contacts, most_frequent=most, theirs=theirs)


@contextmanager
def counting_contacts() -> Iterator[Contacts]:
    """Yield an empty count of contacts; what does not fit into memory goes to a temporary file."""
    with closing(sqlite3.connect("")) as db:
        db.execute(
            "create table contact (person, at, incident, primary key (person, at, incident))"
        )
        yield Contacts(db)
