"""What goes to somebody outside: a document made only of what they see, after the disclosure log has
it.

The receiver is a viewer with a purpose, so a window makes it. Each standard is written by the same
function as the agency's own copy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import attrs

from coresponder.documents.writing import whole_file
from coresponder.errors import ViewDenied
from coresponder.program.told import Told
from coresponder.workflow.telling import Wanted
from coresponder.workflow.window import Window

if TYPE_CHECKING:
    from coresponder.interop.event_log import SeenRow

__all__ = ["Export", "give_calendar", "give_eido", "give_events", "give_fhir", "give_ocel"]

_T = TypeVar("_T")


@attrs.frozen(kw_only=True)
class Export(Generic[_T]):
    """A document for a receiver.

    Attributes:
        document: the document.
        left_out: event types that the receiver sees and that the document does not tell, because
            something is hidden without which they cannot stand in it.
        says: what must be told along with it. The document has it, too.
    """

    document: _T
    left_out: tuple[str, ...] = ()
    says: tuple[str, ...] = ()


def give_eido(
    window: Window,
    incident: str,
    *,
    agency_id: str | None = None,
    kinds: Sequence[str] = ("police",),
) -> Export[dict[str, Any]]:
    """Return an incident as a NENA EIDO, as the receiver sees it. Every part of an EIDO has its
    time, so an event of which the receiver sees only the day is left out. If the receiver does not
    see what moves an incident, no status is written.

    Args:
        window: the receiver's.
        incident: the incident's id.
        agency_id: see `eido_of`; by default the name of the agency in the store.
        kinds: see `eido_of`.

    Raises:
        NotFound: the receiver sees nothing of such an incident.
        ViewDenied: the receiver does not see the call and its time, with which an EIDO begins; or a
            notice must go along, for which it has no place.
        StoreError: it could not be logged, so nothing may leave.
        ValueError: the agency is not an opaque id.
    """
    from coresponder.interop.eido.writing import READS, eido_of

    def write(told: Told) -> Export[dict[str, Any]]:
        _no_notice(told, "an EIDO")
        if told.case.incident.call is None:
            raise ViewDenied(
                f"the receiver does not see when incident {incident} began and why, and an EIDO begins"
                " with that; send another document, or show CallReceived with its time"
            )
        agency = agency_id or window.workflow.agency
        return _given(told, eido_of(told.case, agency=agency, kinds=kinds))

    what = Wanted(events=READS, to_the_second=True)
    return window.export(incident, write, document="eido", what=what)


def give_fhir(
    window: Window, incident: str, *, agency_id: str | None = None, referral: str | None = None
) -> Export[dict[str, Any]]:
    """Return an incident as a bundle of HL7 FHIR, as the receiver sees it. A time of which the
    receiver sees the day is a date, or is left out where FHIR takes only an instant. Where the
    receiver cannot know whether the incident has ended, the encounter is `unknown`.

    Args:
        window: the receiver's.
        incident: the incident's id.
        agency_id: see `bundle_of`; by default the name of the agency in the store.
        referral: see `bundle_of`.

    Raises:
        NotFound: the receiver sees nothing of such an incident, or no such referral.
        ViewDenied: the receiver sees nothing that FHIR has a word for.
        StoreError: it could not be logged, so nothing may leave.
        ValueError: the agency is not an opaque id.
    """
    from coresponder.interop.fhir.writing import READS, bundle_of

    def write(told: Told) -> Export[dict[str, Any]]:
        agency = agency_id or window.workflow.agency
        bundle = bundle_of(
            told.case, agency=agency, referral=referral, days=told.days, says=told.says
        )
        return _given(told, bundle)

    what = Wanted(events=READS, referral=referral)
    return window.export(incident, write, document="fhir", what=what)


def give_calendar(
    window: Window,
    *,
    owner: str | None = None,
    kind: Literal["todo", "event"] = "todo",
    tells: Collection[str] = (),
) -> Export[bytes]:
    """Return the follow-ups that the receiver sees as a calendar (iCalendar). One that is no longer
    seen is not in the next calendar.

    Args:
        window: the receiver's.
        owner: only the follow-ups that the receiver sees to be of this responder.
        kind: see `calendar_of`.
        tells: see `calendar_of`.

    Raises:
        ViewDenied: a notice must go along, for which a calendar has no place.
        StoreError: it could not be logged, so nothing may leave.
        MissingExtra, ValueError: see `calendar_of`.
    """
    from coresponder.interop.calendar_entries import READS, Planned, calendar_of, planned

    calendar_of((), kind=kind, tells=tells)

    def entries(told: Told) -> list[Planned]:
        _no_notice(told, "a calendar")
        return [
            attrs.evolve(one, done_at=None) if one.done_at in told.days else one
            for one in planned(told.case, agency=window.workflow.agency)
            if owner is None or one.scheduled.owner == owner
        ]

    found = window.exports(entries, document="calendar", what=Wanted(events=READS))
    every = [one for some in found for one in some]
    return Export(document=calendar_of(every, kind=kind, tells=tells))


def give_ocel(window: Window, path: str | Path) -> Export[int]:
    """Write what the receiver sees of the agency's events as OCEL 2.0 (JSON), and return how many
    events were written. What OCEL has for a time of which the receiver sees only the day:
    `write_seen_ocel`. Memory grows with the objects.

    Args:
        window: the receiver's.
        path: the file. It is there when the whole log is in it, and in the disclosure log.

    Raises:
        ViewDenied: the receiver sees nothing of any incident; there is no file.
        StoreError: it could not be logged; there is no file.
        ValueError: the path is that of something else than a file.
    """
    from coresponder.interop.ocel import write_seen_ocel

    def write(rows: Iterator[SeenRow], part: Path) -> int:
        with part.open("w", encoding="utf-8") as file:
            return write_seen_ocel(rows, file)

    return _log(window, path, "ocel", write)


def give_events(window: Window, path: str | Path) -> Export[int]:
    """Write what the receiver sees of the agency's events as Parquet, one row for each, and return
    how many were written. The columns: `SeenRow`; `at` is empty where only the day is seen. See
    `give_ocel`.
    """
    from coresponder.interop.event_table import write_seen_events

    return _log(window, path, "events", write_seen_events)


def _log(
    window: Window,
    path: str | Path,
    document: str,
    write: Callable[[Iterator[SeenRow], Path], int],
) -> Export[int]:
    from coresponder.interop.event_log import seen_rows

    says: dict[str, None] = {}

    def rows() -> Iterator[SeenRow]:
        for seen in window.event_log(document=document):
            says.update(dict.fromkeys(seen.says))
            program = window.workflow._cases.program_named(seen.program)  # noqa: SLF001 - ours
            yield from seen_rows(seen, program.calendar.time_zone)

    file = Path(path)
    if file.exists() and not file.is_file():
        raise ValueError(f"{file} is not a file; name a file for the log")
    with whole_file(file) as part:
        count = write(rows(), part)
        if not count:
            raise ViewDenied(
                f"{window._who} sees nothing of any incident, so no log was written; check the"  # noqa: SLF001 - ours
                " role and the purpose"
            )
    return Export(document=count, says=tuple(says))


def _given(told: Told, document: _T) -> Export[_T]:
    return Export(document=document, left_out=told.left_out, says=told.says)


def _no_notice(told: Told, document: str) -> None:
    if told.says:
        raise ViewDenied(
            f"{told.says[0]!r} must go along with it, and {document} has no place for that; send it"
            " as FHIR"
        )
