"""What may enter the log: texts that look like a name, a birth date, a number or an address of a
person are refused before they are written (ADR 0187), and so is a score that is not on its scale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from coresponder.domain.events import Event
from coresponder.domain.personal import NAMES_PERSON, REMEDY, shape_of, texts_in
from coresponder.domain.scores import score_fault
from coresponder.errors import InvalidEvent
from coresponder.program import Override
from coresponder.stores.base import Words
from coresponder.stores.pages import Filters
from coresponder.workflow.cases import Cases

__all__ = ["Recognizer", "check_entering", "check_scores"]

Recognizer = Callable[[str], str | None]
"""Says what a text looks like that does not belong in the log, such as "a phone number"; None if it
may enter.
"""


def check_entering(
    recognizer: Recognizer | None,
    cases: Cases,
    incident: str | None,
    records: Iterable[Event | Override],
    *,
    request: str | None = None,
    words: Iterable[Words] = (),
) -> None:
    """Raise `InvalidEvent` if a new text looks personal. Neither it nor any log repeats the text.

    A text that the incident has already, or a person or a responder whom the store knows, may be
    used again: an incident that began before this check must be able to go on.
    """
    if recognizer is None:
        return
    for place, text in _texts(incident, records, request, words):
        found = recognizer(text)
        if found and not _is_own(cases, place, text) and not _is_known(cases, incident, text):
            raise InvalidEvent(f"{place} looks like {found}; nothing was recorded, {REMEDY}")


def _is_own(cases: Cases, place: str, text: str) -> bool:
    """Return whether a text has the shape of the agency's own numbers, and is not a person's id."""
    field = place.split(" ", maxsplit=1)[0]
    return field not in NAMES_PERSON and shape_of(text) in cases.program.own_numbers


def check_scores(events: Iterable[Event]) -> None:
    """Raise `InvalidEvent` if a score is not on its scale. What was stored before is not asked."""
    for event in events:
        if fault := score_fault(event):
            raise InvalidEvent(f"{fault}; nothing was recorded")


def _texts(
    incident: str | None,
    records: Iterable[Event | Override],
    request: str | None,
    words: Iterable[Words],
) -> Iterator[tuple[str, str]]:
    yield from (("the incident's id", incident),) if incident else ()
    yield from (("the request", request),) if request else ()
    for one in words:
        for name in ("subject", "kind", "audience"):
            yield f"{name} of the note", getattr(one.entry, name)
    for record in records:
        yield from ((f"{name} of {type(record).__name__}", text) for name, text in texts_in(record))


def _is_known(cases: Cases, incident: str | None, text: str) -> bool:
    if incident is not None:
        case = cases.known(incident, new=True)
        used = (one for event in case.recorded() for _, one in texts_in(event))
        if case.version and (text == incident or text in used):
            return True
    return any(
        cases.store.find(cases.agency, filters, limit=1)
        for filters in (Filters(person=text), Filters(responder=text))
    )
