"""What is kept beside the log so that lists need not fold it: derived from the case alone, so that `verify` can derive it again."""

from __future__ import annotations

from coresponder.program import Case, Program
from coresponder.stores.base import Contact, Summary

__all__ = ["changed_contacts", "contacts_of", "gone_from", "summary_of"]


def summary_of(program: Program, case: Case) -> Summary:
    """Return what a list shows of an incident."""
    next_due, owed = program.book.load(case.cells)
    disposition = case.incident.disposition
    return Summary(
        incident=case.id,
        program=case.program,
        state=case.state,
        version=case.version,
        opened_at=case.history[0].at,
        disposition=disposition and disposition.value,
        next_due=next_due,
        obligations=owed,
    )


def contacts_of(case: Case) -> tuple[Contact, ...]:
    """Return each person's part in an incident."""
    incident = case.incident
    return tuple(
        Contact(
            person=person.id,
            contact_at=case.history[0].at,
            open_referrals=sum(r.is_open for r in incident.referrals if r.person == person.id),
            open_follow_ups=sum(f.is_open for f in incident.follow_ups if f.person == person.id),
            declined_at=person.declined_at,
        )
        for person in incident.people
    )


def changed_contacts(before: Case, after: Case) -> tuple[Contact, ...]:
    """Return each person's part in the incident if anything of it changed."""
    old, new = before.incident, after.incident
    same = old.people is new.people and old.referrals is new.referrals and old.follow_ups is new.follow_ups
    if same and (not new.people or before.history[0].at == after.history[0].at):
        return ()
    return contacts_of(after)


def gone_from(before: Case, after: Case) -> tuple[str, ...]:
    """Return the people who are no part of the incident any more: their involvement was entered in error."""
    if before.incident.people is after.incident.people:
        return ()
    return tuple(person.id for person in before.incident.people if after.incident.person(person.id) is None)
