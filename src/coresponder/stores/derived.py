"""Fold every incident again, and compare what is kept beside its log with what follows from the log
(ADR 0041).

A row's own digest only shows that row and digest were written together. Here nothing but the log is
trusted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator

import attrs

from coresponder.domain.events import (
    EnteredInError,
    Event,
    NoteAdded,
    PolicyOverridden,
)
from coresponder.errors import CoresponderError
from coresponder.program import Case, Program, Step
from coresponder.program.engaged import busy_with, coming
from coresponder.program.notices import tellings
from coresponder.stores.base import (
    UNCOVERED,
    UNLISTED,
    Beside,
    OwedRow,
    StoredIncident,
    Summary,
    digests_of,
    key_of,
)
from coresponder.stores.codec import Stored, decode
from coresponder.stores.projections import contacts_of, owed_of, sent_of, summary_of

__all__ = ["REPLAYED", "faults_beside"]

REPLAYED = "replayed:"
"""The beginning of the request of a history that was taken as a whole, for which no notices were
sent.
"""
_BY_TIME = frozenset({"due_soon", "overdue"})
_RESTORE = "the log says otherwise; restore it from a backup"
_REBUILD = (
    "the lists were changed, or a row is missing; make them anew with `coresponder rebuild STORE`"
)


def faults_beside(
    agency: str,
    program: Program,
    found: StoredIncident,
    kept: Beside,
    *,
    elsewhere: Callable[[str, dt.datetime], bool] = lambda responder, since: True,
) -> Iterator[str]:
    """Yield in words everything beside an incident's log that does not follow from it.

    Args:
        agency: the agency of the incident.
        program: the program that it runs under.
        found: its log.
        kept: what the store keeps beside the log.
        elsewhere: returns whether another incident may have taken a responder over since a time. If
            that is not known, it may have.
    """
    where = f"incident {found.incident}"
    try:
        steps = list(_steps(program, found))
    except (CoresponderError, ValueError) as fault:
        yield f"{where}: its log cannot be folded ({fault})"
        return
    case = steps[-1][1].case
    yield from (
        f"{where}: {name} is {stored!r}, not {derived!r}; {_REBUILD if name in UNCOVERED else _RESTORE}"
        for name, stored, derived in _differing(found, program, case, kept)
    )
    yield from (f"{where}: {said}; {_REBUILD}" for said in _wrong_lists(program, case, kept))
    if _is_whole(found):
        yield from (
            f"{where}: the contact of {person} is not what it should be; {_RESTORE}"
            for person in _wrong_contacts(program, case, kept)
        )
    since = _first_named(steps) if _is_live(found) else {}
    engaged = _wrong_engaged(
        busy_with(case, program.lifecycle),
        kept,
        gone=lambda one: one not in since or elsewhere(one, since[one]),
    )
    yield from (f"{where}: {said}; {_RESTORE}" for said in engaged)
    yield from (f"{where}: {said}; {_RESTORE}" for said in _wrong_notices(agency, steps, kept))
    yield from (
        f"{where}: the words of vault entry {id} or their audience were changed; {_RESTORE}"
        for id in _wrong_words(steps, kept)
    )


def _wrong_engaged(
    busy: Collection[str], kept: Beside, *, gone: Callable[[str], bool]
) -> Iterator[str]:
    """Yield each responder whom the list of busy responders wrongly has or lacks.

    Args:
        busy: the responders who are with the incident by its log.
        kept: the responders on the list.
        gone: returns whether another incident may have taken a responder over.
    """
    for one in kept.engaged:
        if one not in busy:
            yield f"{one} is engaged with it, and was not sent or has cleared"
    for one in busy:
        if one not in kept.engaged and not gone(one):
            yield f"{one} was sent, has not cleared, and is not engaged with it"


def _steps(program: Program, found: StoredIncident) -> Iterator[tuple[Stored, Step]]:
    """Yield each step with its last row, folded as it was recorded."""
    recorded: list[Event] = []
    case = before = program.open(found.incident)
    for row in found.rows:
        event = decode(row, program.vocabulary, where=f"incident {found.incident}, ")
        recorded.append(event)
        case = _folded(program, case, recorded)
        if row.request or not isinstance(event, PolicyOverridden):
            yield row, program.between(before, case)
            before = case


def _folded(program: Program, case: Case, recorded: list[Event]) -> Case:
    """Return the case after the last event. If the event is late or a void, or was taken although
    refused, the whole history is folded again.
    """
    event = recorded[-1]
    if not isinstance(event, EnteredInError) and not (
        case.history and event.at < case.history[-1].at
    ):
        step = program.advance(case, event)
        if step.accepted:
            return step.case
    return program.replay(case.id, recorded)


def _is_whole(found: StoredIncident) -> bool:
    """Return whether every step has a request. Steps of earlier versions have none, and what is
    beside them may follow from other rules.
    """
    first = next((row for row in found.rows if row.request), None)
    return first is not None and (first.number == 1 or first.request.startswith(REPLAYED))


def _is_live(found: StoredIncident) -> bool:
    """Return whether each step was written as it happened, so that it engaged and freed responders."""
    return all(
        row.request and not row.request.startswith(REPLAYED)
        for row in found.rows
        if row.kind != "PolicyOverridden"
    )


def _first_named(steps: list[tuple[Stored, Step]]) -> dict[str, dt.datetime]:
    """Return when a log first names each responder who was sent or arrived. An event that was
    recorded late may have left them with an incident that they joined later.
    """
    since: dict[str, dt.datetime] = {}
    for row, step in steps:
        event = step.events[-1]
        earliest = min(event.at, dt.datetime.fromisoformat(row.recorded_at))
        since = dict.fromkeys(coming(event), earliest) | since
    return since


def _differing(
    found: StoredIncident, program: Program, case: Case, kept: Beside
) -> Iterator[tuple[str, object, object]]:
    derived = summary_of(program, case)
    names = (
        [field.name for field in attrs.fields(Summary)]
        if found.rows[-1].request
        else ["program", "version"]
    )
    for name in names:
        if (stored := getattr(kept.summary, name)) != (right := getattr(derived, name)):
            yield name, stored, right


def _wrong_lists(program: Program, case: Case, kept: Beside) -> Iterator[str]:
    """Yield each entry of the lists (obligations, those who were sent) that does not follow from
    the log. The time of the next notice is not compared, because it depends on earlier notices.
    """
    stored, derived = (
        {(one.policy, one.key): one for one in rows} for rows in (kept.owed, owed_of(program, case))
    )
    if stored.pop((UNLISTED, None), None):
        yield "it is not on the lists"
        return
    for policy, key in sorted({*stored, *derived}, key=str):
        there, right = stored.get((policy, key)), derived.get((policy, key))
        if there is None or right is None or not _same_duty(program, there, right):
            yield f"what the list has of {policy}{f' for {key}' if key else ''} is not what is owed"
    for one in sorted({*kept.sent} ^ sent_of(case)):
        yield f"what the list has of {one.kind} {one.name} is not who was sent"


def _same_duty(program: Program, there: OwedRow, right: OwedRow) -> bool:
    times = tellings(program.notices, program.book, right.policy, right.due) if right.due else ()
    return attrs.evolve(there, tell_at=right.tell_at) == right and there.tell_at in {None, *times}


def _wrong_contacts(program: Program, case: Case, kept: Beside) -> list[str]:
    stored, derived = (
        {one.person: one for one in contacts}
        for contacts in (kept.contacts, contacts_of(program, case))
    )
    return sorted(
        person for person in {*stored, *derived} if stored.get(person) != derived.get(person)
    )


def _wrong_notices(agency: str, steps: list[tuple[Stored, Step]], kept: Beside) -> Iterator[str]:
    """Yield each notice of a step that is missing, changed or made up. Notices that the passing of
    time caused do not follow from the log.
    """
    live = {row.number for row, _ in steps if row.request and not row.request.startswith(REPLAYED)}
    derived = {
        key_of(agency, notice): notice
        for row, step in steps
        if row.number in live
        for notice in step.notices
    }
    for key, notice in derived.items():
        if key not in kept.notices:
            yield f"the notice “{notice}” is missing from the outbox"
        elif kept.notices[key] != notice:
            yield f"the notice {key} of event {notice.number} was changed"
    for key, told in kept.notices.items():
        if (
            key not in derived
            and told is not None
            and told.number in live
            and told.about not in _BY_TIME
        ):
            yield f"the notice {key} is of event {told.number}, which gave rise to none like it"


def _wrong_words(steps: list[tuple[Stored, Step]], kept: Beside) -> Iterator[str]:
    """Yield the vault entries whose digest differs from the log's. Entries of the first schema
    version have no salt and cannot be compared.
    """
    for row, step in steps:
        event = step.events[-1]
        words = kept.words.get(event.entry) if isinstance(event, NoteAdded) else None
        if words is None or not isinstance(event, NoteAdded) or not (words.salt or row.request):
            continue
        if event.digest not in digests_of(words.salt, words.entry):
            yield words.entry.id
