"""List incidents again. Their entries on the lists follow from the log, so they can be rebuilt at
any time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

import attrs

from coresponder.domain.objects import Person
from coresponder.errors import CorruptRecord, InvalidEvent, InvalidProgram, NotFound
from coresponder.program import Case, Program, program_from_definition
from coresponder.stores.base import Contact
from coresponder.stores.codec import events_of
from coresponder.stores.ports import Store
from coresponder.stores.projections import lists_of

__all__ = ["UNREADABLE", "listed_again", "program_named"]

UNREADABLE = (CorruptRecord, InvalidEvent, InvalidProgram, NotFound)
"""The errors of a single record. The errors of a database that is down are not among them."""
_TOGETHER = 200


def listed_again(
    store: Store,
    agency: str,
    incidents: Iterable[str],
    programs: Mapping[str, Program],
    *,
    contacts: bool = True,
) -> Iterator[tuple[str, str]]:
    """List incidents again; yield each that cannot be read, with the reason. It is marked, and
    comes first among what is owed.

    Args:
        store: the store that has them.
        agency: the agency that they belong to.
        incidents: their ids.
        programs: name -> program, for programs built in Python; others are in the store.
        contacts: whether each person's part in an incident is rebuilt too. Without it, only the
            part is added of somebody whom an event names and of whom nothing else is known.
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
    """Fold an incident and list it; repeat this if an event was recorded meanwhile."""
    while True:
        program, case = _folded(store, agency, incident, known)
        step = lists_of(agency, program, case)
        if not contacts:
            step = attrs.evolve(step, contacts=_only_named(case, step.contacts))
        if store.relist(step, contacts=contacts):
            return


def _only_named(case: Case, contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    people = {person.id for person in case.incident.people if person == Person(id=person.id)}
    return tuple(one for one in contacts if one.person in people)


def _folded(
    store: Store, agency: str, incident: str, known: dict[str, Program]
) -> tuple[Program, Case]:
    found = store.load(agency, incident)
    program = program_named(store, found.program, known)
    return program, program.replay(incident, events_of(found.rows, program.vocabulary, incident))


def program_named(store: Store, name: str, known: dict[str, Program]) -> Program:
    """Return a known program, or make it once from the definition that the store keeps."""
    if name not in known:
        known[name] = program_from_definition(store.load_program(name), source=name)
    return known[name]
