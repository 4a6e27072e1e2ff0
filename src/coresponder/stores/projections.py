"""What is kept beside the log so that lists need not fold it: derived from the case alone, so that
`verify` can derive it again.
"""

from __future__ import annotations

import datetime as dt

from coresponder.program import Case, Program
from coresponder.stores.base import Contact, Summary

__all__ = ["changed_contacts", "contacts_of", "gone_from", "summary_of"]


def summary_of(program: Program, case: Case) -> Summary:
    """Return what a list shows of an incident."""
    next_due, owed = program.book.load(case.progress)
    disposition = case.incident.disposition
    return Summary(
        incident=case.id,
        program=case.program,
        state=case.state,
        version=case.version,
        opened_at=program.opened_at(case),
        disposition=disposition and disposition.value,
        next_due=next_due,
        obligations=owed,
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
    """Return when each person first had to do with the incident, by events whose time can be and
    that were not entered in error.
    """
    found: dict[str, dt.datetime] = {}
    for entry in case.entries():
        person = getattr(entry.event, "person", None)
        if isinstance(person, str) and entry.happened and not entry.doubtful:
            found.setdefault(person, entry.event.at)
    return found


def changed_contacts(program: Program, before: Case, after: Case) -> tuple[Contact, ...]:
    """Return each person's part in the incident if anything of it changed."""
    old, new = before.incident, after.incident
    if (
        old.people is new.people
        and old.referrals is new.referrals
        and old.follow_ups is new.follow_ups
    ):
        return ()
    return contacts_of(program, after)


def gone_from(before: Case, after: Case) -> tuple[str, ...]:
    """Return the people who are no part of the incident any more: their involvement was entered in
    error.
    """
    if before.incident.people is after.incident.people:
        return ()
    return tuple(
        person.id for person in before.incident.people if after.incident.person(person.id) is None
    )
