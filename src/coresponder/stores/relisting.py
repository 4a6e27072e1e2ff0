"""Putting incidents on the lists anew: what lists have of an incident follows from its log, so it
can be made again at any time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from coresponder.errors import CorruptRecord, InvalidEvent, InvalidProgram, NotFound
from coresponder.program import Case, Program, program_from_definition
from coresponder.stores.codec import events_of
from coresponder.stores.ports import Store
from coresponder.stores.projections import lists_of

__all__ = ["UNREADABLE", "listed_again", "program_named"]

UNREADABLE = (CorruptRecord, InvalidEvent, InvalidProgram, NotFound)
"""What one record can be at fault with. Of a database that is down no answer is given at all."""
_TOGETHER = 200


def listed_again(
    store: Store,
    agency: str,
    incidents: Iterable[str],
    programs: Mapping[str, Program],
    *,
    contacts: bool = True,
) -> Iterator[tuple[str, str]]:
    """Put incidents on the lists anew; yield each that cannot be read, with the reason. It is
    marked, and stands first among what is owed.

    Args:
        store: where they are.
        agency: whose they are.
        incidents: their ids.
        programs: those that were built in Python, by name; others are in the store.
        contacts: whether each person's part in an incident is made again too.
    """
    known, left = dict(programs), iter(incidents)
    while some := tuple(itertools.islice(left, _TOGETHER)):
        faults = []
        with store.batch():
            for incident in some:
                try:
                    _list_again(store, agency, incident, known, contacts=contacts)
                except UNREADABLE as fault:
                    store.unlist(agency, incident)
                    faults.append((incident, str(fault)))
        yield from faults


def _list_again(
    store: Store, agency: str, incident: str, known: dict[str, Program], *, contacts: bool
) -> None:
    """Fold an incident and list it, again if somebody recorded an event meanwhile."""
    while True:
        program, case = _folded(store, agency, incident, known)
        if store.relist(lists_of(agency, program, case), contacts=contacts):
            return


def _folded(
    store: Store, agency: str, incident: str, known: dict[str, Program]
) -> tuple[Program, Case]:
    found = store.load(agency, incident)
    program = program_named(store, found.program, known)
    return program, program.replay(incident, events_of(found.rows, program.vocabulary, incident))


def program_named(store: Store, name: str, known: dict[str, Program]) -> Program:
    """Return a program that is known, or make it from the definition that the store keeps, once."""
    if name not in known:
        known[name] = program_from_definition(store.load_program(name), source=name)
    return known[name]
