"""Where recorded incidents come from: an export, or a store. Memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs

from coresponder.domain.types import Id
from coresponder.errors import CorruptRecord, InvalidEvent
from coresponder.interop.cad import Rejected, read_calls
from coresponder.interop.mapping import Mapped
from coresponder.program import Case, Program
from coresponder.record import Record
from coresponder.stores.codec import events_of
from coresponder.stores.pages import every
from coresponder.stores.ports import Store

__all__ = ["Read", "Unreadable", "cases_of_calls", "cases_of_store"]


@attrs.frozen(kw_only=True)
class Unreadable(Record):
    """A recorded incident that the program cannot judge, and why. It is reported, never left out."""

    incident: Id
    why: str


@attrs.frozen(kw_only=True)
class Read:
    """An incident of an export: its case, the rows it was made of, and their faults."""

    case: Case
    rows: int
    faults: tuple[str, ...] = ()


def cases_of_calls(
    program: Program, path: str | Path, mapping: Mapped
) -> Iterator[Read | Unreadable | Rejected]:
    """Yield each incident of an export, replayed, and each row that cannot be used."""
    for found in read_calls(path, mapping):
        if isinstance(found, Rejected):
            yield found
            continue
        try:
            case = program.replay(found.incident, found.events)
        except InvalidEvent as error:
            yield Unreadable(incident=found.incident, why=str(error))
            continue
        yield Read(case=case, rows=len(found.rows), faults=found.faults)


def cases_of_store(program: Program, store: Store, agency: str) -> Iterator[Read | Unreadable]:
    """Yield each incident of an agency, replayed under a program: its own, or another."""
    for summary in every(store.find, agency):
        incident = summary.incident
        try:
            rows = store.load(agency, incident).rows
            case = program.replay(incident, events_of(rows, program.vocabulary, incident))
        except (CorruptRecord, InvalidEvent) as error:
            yield Unreadable(incident=incident, why=str(error))
            continue
        yield Read(case=case, rows=1)
