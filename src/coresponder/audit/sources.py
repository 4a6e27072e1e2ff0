"""The sources of recorded incidents, an export or a store, read in flat memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from coresponder.domain.events import Event
from coresponder.domain.types import Id
from coresponder.errors import CorruptRecord, InvalidEvent, NotFound
from coresponder.interop.cad import Rejected, RowCase, read_calls
from coresponder.interop.event_log import History, NotUsed
from coresponder.interop.mapping import Mapped
from coresponder.interop.ocel import read_ocel
from coresponder.program import Case, Program
from coresponder.record import Record
from coresponder.stores.codec import Stored, events_of
from coresponder.stores.pages import every
from coresponder.stores.ports import Store

if TYPE_CHECKING:
    from coresponder.audit.blocks import JudgedBlock

__all__ = [
    "Read",
    "Recorded",
    "Together",
    "Unreadable",
    "cases_of_calls",
    "cases_of_events",
    "cases_of_log",
    "cases_of_store",
    "cases_under",
]


@attrs.frozen(kw_only=True)
class Unreadable(Record):
    """A recorded incident that the program cannot judge, with the reason. It is always reported."""

    incident: Id
    why: str


@attrs.frozen(kw_only=True)
class Read:
    """An incident of an export: its case, the rows it was made from, and their faults."""

    case: Case
    rows: int
    faults: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class Together:
    """Incidents of an export that are judged together, and the results of those between them that
    are judged one by one, each with its place in the file.
    """

    judged: JudgedBlock
    others: tuple[tuple[int, Read | Unreadable | Rejected], ...]


Recorded = Read | Unreadable | Rejected | Together
"""One thing that a source yields."""


def cases_of_calls(
    program: Program, path: str | Path, mapping: Mapped, *, now: dt.datetime | None = None
) -> Iterator[Recorded]:
    """Yield each incident of an export, replayed, and each row that cannot be used. With the extra
    `history`, rows that differ only in their times come together.
    """
    together = _together(program, path, mapping, now)
    if together is not None:
        yield from together
        return
    for found in read_calls(path, mapping):
        yield _read(program, found)


def _together(
    program: Program, path: str | Path, mapping: Mapped, now: dt.datetime | None
) -> Iterator[Together] | None:
    """Return the rows in blocks; None if they have to be read one by one. What goes on after `now` is
    replayed by itself, because blocks do not look back.
    """
    try:
        from coresponder.audit.blocks import Blocks
        from coresponder.interop.alike import read_blocks
        from coresponder.interop.row_columns import can_be_columns
    except ImportError:  # without the extra `history`
        return None
    if not can_be_columns(mapping):
        return None
    blocks = Blocks(program, now)
    return (
        Together(
            judged=blocks.judge(block),
            others=tuple((place, _read(program, one)) for place, one in block.others),
        )
        for block in read_blocks(path, mapping, takes=blocks.takes, since=program.since, until=now)
    )


def _read(program: Program, found: RowCase | Rejected) -> Read | Unreadable | Rejected:
    if isinstance(found, Rejected):
        return found
    return _replayed(
        program, found.incident, found.events, rows=len(found.rows), faults=found.faults
    )


def _replayed(
    program: Program,
    incident: str,
    events: Iterable[Event],
    *,
    rows: int = 1,
    faults: tuple[str, ...] = (),
) -> Read | Unreadable:
    """Return an incident as the program judges it, or why it cannot."""
    try:
        case = program.replay(incident, events)
    except InvalidEvent as error:
        return Unreadable(incident=incident, why=str(error))
    return Read(case=case, rows=rows, faults=faults)


def cases_of_events(program: Program, path: str | Path) -> Iterator[Read | Unreadable]:
    """Yield each incident of a log of events, replayed under a program.

    Args:
        program: the program.
        path: the log: Parquet, with the extra `history`, or OCEL 2.0 (JSON).
    """
    return cases_of_log(program, _log(Path(path), program.vocabulary))


def cases_of_log(
    program: Program, histories: Iterable[History | NotUsed]
) -> Iterator[Read | Unreadable]:
    """Yield each incident of a log that was read, replayed under a program."""
    for found in histories:
        if isinstance(found, NotUsed):
            yield Unreadable(incident=found.incident, why=found.why)
            continue
        yield _replayed(program, found.incident, found.events)


def _log(path: Path, vocabulary: Mapping[str, type[Event]]) -> Iterator[History | NotUsed]:
    if not path.is_file():
        raise NotFound(f"{path}: there is no such file")
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet:
        from coresponder.interop.event_table import read_events

        return read_events(path, vocabulary)
    return read_ocel(path, vocabulary)


def cases_of_store(program: Program, store: Store, agency: str) -> Iterator[Read | Unreadable]:
    """Yield each incident of an agency, replayed under its own program or another."""
    for (found,) in cases_under((program,), store, agency):
        yield found


def cases_under(
    programs: Sequence[Program], store: Store, agency: str
) -> Iterator[tuple[Read | Unreadable, ...]]:
    """Yield each incident of an agency, read once and replayed under each program."""
    for summary in every(store.find, agency):
        incident = summary.incident
        try:
            rows = store.load(agency, incident).rows
        except CorruptRecord as error:
            yield (Unreadable(incident=incident, why=str(error)),) * len(programs)
            continue
        yield tuple(_stored(program, incident, rows) for program in programs)


def _stored(program: Program, incident: str, rows: Sequence[Stored]) -> Read | Unreadable:
    try:
        events = events_of(rows, program.vocabulary, incident)
    except (CorruptRecord, InvalidEvent) as error:
        return Unreadable(incident=incident, why=str(error))
    return _replayed(program, incident, events)
