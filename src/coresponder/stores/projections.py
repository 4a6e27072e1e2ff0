"""The projections that are kept beside the log, so that lists need not fold it. They are derived
from the case alone, so that `verify` can derive them again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from coresponder.domain.disclosed import RecordDisclosed
from coresponder.domain.events import EnteredInError, Event, TeamDispatched
from coresponder.domain.identity import known_as
from coresponder.policy.refusal import Breach, Obligation
from coresponder.program import Case, Program
from coresponder.program.engaged import COMING, coming
from coresponder.program.notices import tellings
from coresponder.program.owners import owned, owners_moved
from coresponder.stores.base import Append, Contact, OwedRow, Sent, Summary

__all__ = [
    "changed_contacts",
    "changed_owed",
    "changed_sent",
    "contacts_of",
    "gone_from",
    "lists_of",
    "owed_of",
    "sent_of",
    "summary_of",
]

_NAMING = frozenset(event.__name__ for event in (*COMING, RecordDisclosed))


def summary_of(program: Program, case: Case) -> Summary:
    """Return the entry of an incident on a list."""
    next_due, owed = program.book.load(case.progress)
    first_due = _first_due(program, case, next_due) if owed else None
    theirs = _theirs(program, case)
    if theirs:
        dues = (first_due, *(one.due for one in theirs))
        first_due = min((due for due in dues if due is not None), default=None)
    disposition, call = case.incident.disposition, case.incident.call
    return Summary(
        incident=case.id,
        program=case.program,
        state=case.state,
        version=case.version,
        opened_at=program.opened_at(case),
        disposition=disposition and disposition.value,
        next_due=next_due,
        obligations=owed + len(theirs),
        nature=call.nature.value if call else None,
        first_due=first_due,
        merged_into=case.incident.merged_into,
    )


def _first_due(program: Program, case: Case, next_due: dt.datetime | None) -> dt.datetime | None:
    """Return the first deadline of a case, even if it has passed. A deadline that an event has
    shown to be missed is found among the violations.
    """
    if not any(violation.how is Breach.DEADLINE for violation in case.violations):
        return next_due
    owed = program.book.standing(case.progress, case.violations)
    return min((one.due for one in owed if one.due is not None), default=None)


def owed_of(program: Program, case: Case) -> tuple[OwedRow, ...]:
    """Return the obligations of a case as the list has them."""
    return _rows(program, _ours(program, case)) + _rows(program, _theirs(program, case), told=False)


def _ours(program: Program, case: Case, other: Case | None = None) -> tuple[Obligation, ...]:
    """Return what is owed here, with its owners; without what is the same in another case, if one
    is given.
    """
    known = other.progress if other else None
    owed = program.book.standing(case.progress, case.violations, other=known)
    return owned(program.book, case.incident, owed)


def _theirs(program: Program, case: Case) -> tuple[Obligation, ...]:
    """Return what the agency owes that took the incident on."""
    return program.handed_on(case, case.last_at) if case.incident.transferred_to else ()


def changed_owed(
    program: Program, before: Case, after: Case
) -> tuple[tuple[OwedRow, ...], tuple[tuple[str, str | None], ...]]:
    """Return the obligations that a step opened or changed, and those that are no longer owed.
    Unless a breach came or went, or something got another owner, only the policies that moved are
    looked at.
    """
    if not before.history:
        return owed_of(program, after), ()
    moved = owners_moved(before.incident, after.incident)
    if before.progress is after.progress and not moved:
        return (), ()
    same = before.violations == after.violations
    if moved:
        return _changed(owed_of(program, before), owed_of(program, after))
    old, new = (
        {(one.policy, one.key): one for one in _ours(program, case, other if same else None)}
        for case, other in ((before, after), (after, before))
    )
    changed = [one for key, one in new.items() if old.get(key) != one]
    gone = tuple(
        (policy, None if key is None else str(key))
        for policy, key in old
        if (policy, key) not in new
    )
    return _rows(program, changed), gone


def _changed(
    before: tuple[OwedRow, ...], after: tuple[OwedRow, ...]
) -> tuple[tuple[OwedRow, ...], tuple[tuple[str, str | None], ...]]:
    old, new = ({(one.policy, one.key): one for one in rows} for rows in (before, after))
    changed = tuple(one for key, one in new.items() if old.get(key) != one)
    return changed, tuple(key for key in old if key not in new)


def _rows(
    program: Program, owed: Iterable[Obligation], *, told: bool = True
) -> tuple[OwedRow, ...]:
    """Return the entries of a list; the passing of time tells nobody of what another agency owes."""
    return tuple(
        OwedRow(
            policy=one.policy,
            key=None if one.key is None else str(one.key),
            due=one.due,
            since=one.since,
            owner=one.owner,
            tell_at=next(iter(tellings(program.notices, program.book, one.policy, one.due)), None)
            if told and one.due
            else None,
        )
        for one in owed
    )


def sent_of(case: Case) -> frozenset[Sent]:
    """Return the tiers that were sent to an incident, and the responders who were sent or came to
    it. Of a stream of the disclosure log, return those who were shown something.
    """
    return _sent_by(case.of(_NAMING))


def _sent_by(events: Iterable[Event]) -> frozenset[Sent]:
    moving = [event for event in events if type(event).__name__ in _NAMING]
    tiers = (Sent("tier", one.team.tier) for one in moving if isinstance(one, TeamDispatched))
    return frozenset(tiers).union(Sent("responder", id) for one in moving for id in _named(one))


def _named(event: Event) -> tuple[str, ...]:
    return (event.viewer,) if isinstance(event, RecordDisclosed) else coming(event)


def changed_sent(
    before: Case, after: Case, events: tuple[Event, ...]
) -> tuple[tuple[Sent, ...], tuple[Sent, ...]]:
    """Return those who were sent or came with a step, and those who were not there after all."""
    if any(isinstance(event, EnteredInError) for event in events):
        old, new = sent_of(before), sent_of(after)
        return tuple(sorted(new - old)), tuple(sorted(old - new))
    came = _sent_by(events)
    return tuple(sorted(one for one in came if not _was_sent(before, one))), ()


def _was_sent(case: Case, one: Sent) -> bool:
    """Return what `sent_of` has, without reading a whole log: most come again soon."""
    void, numbers, history = case.findings.voided, case.numbers, case.history
    return any(
        one in _sent_by((history[place],))
        for place in reversed(history.places(_NAMING))
        if numbers[place] not in void
    )


def lists_of(agency: str, program: Program, case: Case) -> Append:
    """Return all entries of an incident on the lists, as a step without events."""
    return Append(
        agency=agency,
        expected=case.version,
        rows=(),
        recorded_at=case.last_at,
        summary=summary_of(program, case),
        contacts=contacts_of(program, case),
        owed=owed_of(program, case),
        sent=tuple(sorted(sent_of(case))),
    )


def contacts_of(program: Program, case: Case) -> tuple[Contact, ...]:
    """Return each person's part in an incident."""
    incident, first = case.incident, _first_named(case)
    return tuple(
        Contact(
            person=person.id,
            contact_at=first.get(person.id) or program.opened_at(case),
            open_referrals=sum(r.is_open for r in incident.referrals if r.person == person.id),
            open_follow_ups=sum(f.is_open for f in incident.follow_ups if f.person == person.id),
            declined_at=person.declined_at,
        )
        for person in incident.people
    )


def _first_named(case: Case) -> dict[str, dt.datetime]:
    """Return when each person first became part of the incident, by events that are not doubtful
    and not void. It looks no further than the event that names the last of them.
    """
    found: dict[str, dt.datetime] = {}
    left_out = case.findings.voided.union(case.findings.doubtful)
    unseen = {person.id for person in case.incident.people}
    for number, event in zip(case.numbers, case.history, strict=True):
        if not unseen:
            break
        named = getattr(event, "person", None)
        if isinstance(named, str) and not event.administrative and number not in left_out:
            person = known_as(case.findings.who, named)
            found.setdefault(person, event.at)
            unseen.discard(person)
    return found


def changed_contacts(program: Program, before: Case, after: Case) -> tuple[Contact, ...]:
    """Return each person's part in the incident that a step changed."""
    old, new = before.incident, after.incident
    if (
        old.people is new.people
        and old.referrals is new.referrals
        and old.follow_ups is new.follow_ups
    ):
        return ()
    known = contacts_of(program, before) if before.history else ()
    return tuple(one for one in contacts_of(program, after) if one not in known)


def gone_from(before: Case, after: Case) -> tuple[str, ...]:
    """Return the people who are no longer part of the incident, because their involvement was
    entered in error.
    """
    if before.incident.people is after.incident.people:
        return ()
    return tuple(
        person.id for person in before.incident.people if after.incident.person(person.id) is None
    )
