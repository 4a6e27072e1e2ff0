"""What was shown to whom: the event of the disclosure log, and what it does to its stream.

A stream has what was shown of one incident. It stands beside the incident, so that looking at a
record does not change it.
"""

from __future__ import annotations

import attrs

from coresponder.domain.events import Event, Fact
from coresponder.domain.fold import Fold
from coresponder.domain.frozen import copier
from coresponder.domain.objects import Incident, Person
from coresponder.domain.types import Code, Id
from coresponder.domain.vocabulary import DisclosureBasis, DisclosureWay, Purpose

__all__ = ["RecordDisclosed", "fold_of_disclosure"]


@attrs.frozen(kw_only=True, weakref_slot=False)
class RecordDisclosed(Fact):
    """Something of a record was shown or sent to somebody. `by` is who showed it.

    Source: 45 CFR 164.528(b)(2), an accounting says when, who received it, what, and the purpose or
    basis.

    Attributes:
        viewer: who saw or received it, as an opaque id.
        roles: in which roles.
        agency: the agency or organization to which they belong.
        people: whom it is about.
        what: the entries, fields or documents, by their ids and names; never the words.
        purpose: for what.
        basis: by which right.
        consents: the ids of the consents that cover it.
        authority: the law or view on which it rests.
        access: the id of the emergency access under which it was seen.
    """

    viewer: Id
    way: DisclosureWay
    roles: tuple[Code, ...] = ()
    agency: Id | None = None
    people: tuple[Id, ...] = ()
    what: tuple[Code, ...] = ()
    purpose: Purpose | None = None
    basis: DisclosureBasis
    consents: tuple[Id, ...] = ()
    authority: Code | None = None
    access: Id | None = None


_with = copier(Incident, "state", "people")


def fold_of_disclosure(event_type: type[Event]) -> Fold:
    """Return the fold of the stream: the people whom something is about are part of it."""
    return _note_people


def _note_people(incident: Incident, event: RecordDisclosed, state: str) -> Incident:
    known = {person.id for person in incident.people}
    new = [Person(id=id) for id in dict.fromkeys(event.people) if id not in known]
    return _with(incident, state, (*incident.people, *new) if new else incident.people)
