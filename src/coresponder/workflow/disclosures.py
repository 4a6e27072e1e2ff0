"""The disclosure log in a store: who was shown what of whom, by which right, and who asks later.

What was shown of one incident is a stream beside it, so the log has the store's hash chain,
checkpoints and lists. It is written before anything is shown: if that fails, nothing is shown.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import attrs

from coresponder.delivery.base import Notifier
from coresponder.domain.consents import consents_in_force, lapse_of
from coresponder.domain.disclosed import RecordDisclosed
from coresponder.domain.events import NoteAdded
from coresponder.domain.objects import Consent
from coresponder.domain.spoken import say_word
from coresponder.domain.types import UTC, Code, Id, say_time
from coresponder.domain.vocabulary import (
    ConsentScope,
    DisclosureBasis,
    DisclosureWay,
    Purpose,
    ReceiverKind,
)
from coresponder.errors import ConsentNeeded, DeliveryFailed, InvalidCursor, NotFound
from coresponder.program import Notice
from coresponder.record import Record
from coresponder.stores.base import VaultEntry
from coresponder.stores.pages import LIMIT, Page, page_limit
from coresponder.workflow.entering import check_entering
from coresponder.workflow.looks import Looks

if TYPE_CHECKING:
    from coresponder.workflow.service import Workflow

__all__ = ["Disclosure", "Disclosures", "LoggedNotifier", "Receiver"]


@attrs.frozen(kw_only=True)
class Receiver(Record):
    """Who sees or receives something, by which right and for what.

    Attributes:
        viewer: an opaque id.
        roles: in which roles.
        agency: the agency or organization to which they belong.
        kind: its kind, for consents that name a kind.
        purpose: for what.
        basis: by which right. With `consent`, a consent must be in force.
        scope: what must be consented to, with the basis `consent`.
        authority: the law or view on which it rests.
        access: the id of the emergency access under which it is seen.
    """

    viewer: Id
    purpose: Purpose
    roles: tuple[Code, ...] = ()
    agency: Id | None = None
    kind: ReceiverKind | None = None
    basis: DisclosureBasis = DisclosureBasis.DUTY
    scope: ConsentScope = ConsentScope.SHARING
    authority: Code | None = None
    access: Id | None = None


@attrs.frozen(kw_only=True)
class Disclosure(Record):
    """One entry of the log.

    Attributes:
        incident: the incident of whose record something was shown.
        number: the number of the entry among those of the incident.
        shown: what was shown to whom.
    """

    incident: Id
    number: int
    shown: RecordDisclosed

    def say(self, zone: dt.tzinfo = UTC) -> str:
        """Say it in one line, with times in a time zone."""
        one = self.shown
        who = f"{one.viewer} of {one.agency}" if one.agency else one.viewer
        roles = f" ({', '.join(map(say_word, one.roles))})" if one.roles else ""
        right = [say_word(one.basis), *one.consents, one.authority or "", one.access or ""]
        said = [
            f"{say_time(one.at, zone)}  {who}{roles}: {one.way}",
            f" of {', '.join(one.what)}" if one.what else "",
            f", incident {self.incident}",
            f", about {', '.join(one.people)}" if one.people else "",
            f", for {one.purpose}" if one.purpose else "",
            f", by {' '.join(filter(None, right))}",
        ]
        return "".join(said)


@attrs.define
class Disclosures:
    """The disclosure log of an agency, in its store. `Workflow.disclosures` makes it.

    Args:
        incidents: the workflow of the agency's incidents.
        desk: the workflow over the streams of the log; use it for their `verify` and `timeline`.

    Attributes:
        looks: writes what windows show.
    """

    incidents: Workflow
    desk: Workflow = attrs.field(repr=False)
    looks: Looks = attrs.field(init=False, repr=False)

    @looks.default
    def _make_looks(self) -> Looks:
        desk = self.desk
        return Looks(desk.store, desk.agency, self._write, self.incidents._stamp)  # noqa: SLF001 - ours

    def record(
        self,
        incident: str,
        to: Receiver,
        way: DisclosureWay,
        *,
        what: Iterable[str],
        people: Iterable[str],
        at: dt.datetime | None = None,
        by: str | None = None,
        request: str | None = None,
    ) -> RecordDisclosed:
        """Write down what will be shown now, and only then show it.

        Args:
            incident: the incident of whose record it is.
            to: who sees it, by which right and for what.
            way: how it is shown.
            what: the entries, fields or documents, by their ids and names; never the words.
            people: the ids of those whom it is about.
            at: when; by default now.
            by: who shows it; by default whoever sees it.
            request: see `Workflow.record`.

        Raises:
            ConsentNeeded: the basis is a consent, and none is in force for one of the people.
                Nothing was written.
            NotFound: there is no such incident.
            StoreError: it could not be written, so nothing may be shown.
        """
        at, people = self.incidents._time(at), tuple(people)  # noqa: SLF001 - ours
        consents = self._consents(incident, to, people, at)
        event = RecordDisclosed(
            at=at,
            by=by or to.viewer,
            viewer=to.viewer,
            way=way,
            roles=to.roles,
            agency=to.agency,
            people=people,
            what=tuple(what),
            purpose=to.purpose,
            basis=to.basis,
            consents=tuple(one.id for one in consents if one.id is not None),
            authority=to.authority,
            access=to.access,
        )
        self._write(incident, event, request)
        return event

    def recall(
        self,
        incident: str,
        entry: str,
        *,
        audience: str,
        to: Receiver,
        at: dt.datetime | None = None,
    ) -> VaultEntry:
        """Return words that were noted in an incident, after the log has it.

        Args:
            incident: the incident in which they were noted.
            entry: the id of the entry.
            audience: the audience to which the reader belongs.
            to: who reads them, by which right and for what.
            at: when; by default now.

        Raises:
            AudienceDenied: they are for another audience.
            NotFound: there is no such incident, or no such entry in it.
            ConsentNeeded, StoreError: see `record`.
        """
        case = self.incidents.case(incident)
        if not any(isinstance(one, NoteAdded) and one.entry == entry for one in case.history):
            raise NotFound(f"incident {incident} has no note {entry!r}; give the incident it is in")
        store, agency = self.incidents.store, self.incidents.agency
        words = store.recall(agency, entry, audience=audience)
        everybody = tuple(person.id for person in case.incident.people)
        people = everybody if words.subject == incident else (words.subject,)
        self.record(incident, to, DisclosureWay.RECALL, what=[entry], people=people, at=at)
        return words

    def of_person(
        self,
        person: str,
        *,
        since: dt.datetime | None = None,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Disclosure]:
        """Return a page of what was shown of a person: the incident in which it began last comes
        first, and in each incident what was recorded first.

        Args:
            person: the person's id.
            since: only what was shown at this time or later; an accounting under 45 CFR 164.528
                covers six years.
            limit: the most entries of a page.
            after: `next` of the previous page.

        Raises:
            InvalidCursor: `after` belongs to another list.
        """
        return self._page(
            lambda one: person in one.people, since, limit, after, person=person, viewer=None
        )

    def by_viewer(
        self,
        viewer: str,
        *,
        since: dt.datetime | None = None,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Disclosure]:
        """Return a page of what a viewer was shown. See `of_person`."""
        return self._page(
            lambda one: one.viewer == viewer, since, limit, after, person=None, viewer=viewer
        )

    # --- inside ---------------------------------------------------------------------------------

    def _write(self, incident: str, event: RecordDisclosed, request: str | None) -> None:
        """Write an entry; raise `InvalidEvent` for an id that looks personal and that the incident
        does not know.
        """
        known = self.incidents
        check_entering(known.recognizer, known._cases, incident, (event,), request=request)  # noqa: SLF001 - ours
        self.desk.record(incident, event, request=request)

    def _consents(
        self, incident: str, to: Receiver, people: tuple[str, ...], at: dt.datetime
    ) -> tuple[Consent, ...]:
        """Return the consents on which it rests; raise `ConsentNeeded` for a person without one."""
        record = self.incidents.case(incident).incident
        if to.basis is not DisclosureBasis.CONSENT:
            return ()
        found: list[Consent] = []
        for person in people:
            asked = {"person": person, "scope": to.scope, "at": at}
            terms = {"receiver": to.agency, "receiver_kind": to.kind, "purpose": to.purpose}
            in_force = consents_in_force(record, **asked, **terms)  # type: ignore[arg-type]
            if not in_force:
                lapse = lapse_of(record, **asked, **terms)  # type: ignore[arg-type]
                raise ConsentNeeded(person, to.scope, to.agency, to.purpose, lapse)
            found.extend(in_force)
        return tuple(found)

    def _page(
        self,
        keep: Callable[[RecordDisclosed], bool],
        since: dt.datetime | None,
        limit: int,
        after: str | None,
        *,
        person: str | None,
        viewer: str | None,
    ) -> Page[Disclosure]:
        whose = f"person {person}" if viewer is None else f"viewer {viewer}"
        begin, found = _Place.read(after, whose), list[Disclosure]()
        for place, one in self._from(begin, person, viewer):
            if not keep(one.shown) or (since is not None and one.shown.at < since):
                continue
            if len(found) == page_limit(limit):
                return Page(found, next=place.written(whose))
            found.append(one)
        return Page(found)

    def _from(
        self, begin: _Place, person: str | None, viewer: str | None
    ) -> Iterator[tuple[_Place, Disclosure]]:
        """Yield the entries of all streams of somebody from a place on, one stream at a time."""
        cursor, first = begin.stream, begin.number
        while True:
            page = self.desk.find(person=person, responder=viewer, limit=1, after=cursor)
            for summary in page:
                for entry in self.desk.case(summary.incident).entries():
                    if entry.number >= first and isinstance(entry.event, RecordDisclosed):
                        yield (
                            _Place(cursor, entry.number),
                            Disclosure(
                                incident=summary.incident, number=entry.number, shown=entry.event
                            ),
                        )
            cursor, first = page.next, 0
            if cursor is None:
                return


class _Place(NamedTuple):
    """The place of an entry: the cursor of the page that has its stream, and its number there."""

    stream: str | None
    number: int

    @classmethod
    def read(cls, cursor: str | None, whose: str) -> _Place:
        if cursor is None:
            return cls(None, 0)
        try:
            said, stream, number = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        except (ValueError, TypeError):
            raise InvalidCursor(cursor) from None
        if said != whose or not isinstance(number, int) or not isinstance(stream, str | None):
            raise InvalidCursor(cursor)
        return cls(stream, number)

    def written(self, whose: str) -> str:
        said = json.dumps([whose, self.stream, self.number])
        return base64.urlsafe_b64encode(said.encode()).decode()


@attrs.frozen
class LoggedNotifier:
    """Carries notices to somebody outside the agency, each after the log has it. A notice that is
    tried again is logged once.

    Args:
        notifier: carries them.
        disclosures: the log.
        to: who receives them, by which right and for what. With the basis `consent`, a notice about
            a person without one is given up, and the outbox shows why.
    """

    notifier: Notifier
    disclosures: Disclosures
    to: Receiver

    def send(self, notice: Notice, *, key: str) -> None:
        """Log the notice, then hand it on; raise if either fails."""
        log, request = self.disclosures, f"notice:{key}"
        if log.desk.store.recorded(log.desk.agency, request) is None:
            what = [notice.about, *([notice.policy] if notice.policy else []), *notice.fields]
            try:
                log.record(
                    notice.incident,
                    self.to,
                    DisclosureWay.NOTICE,
                    what=what,
                    people=self._people(notice),
                    request=request,
                )
            except ConsentNeeded as needed:
                raise DeliveryFailed(str(needed), final=True) from needed
        self.notifier.send(notice, key=key)

    def _people(self, notice: Notice) -> tuple[str, ...]:
        """Return whom a notice is about: the person of its event or key, or else everybody."""
        case = self.disclosures.incidents.case(notice.incident)
        everybody = tuple(person.id for person in case.incident.people)
        if notice.key in everybody:
            return (notice.key,)
        caused = (one.event for one in case.entries() if one.number == notice.number)
        named = next((getattr(event, "person", None) for event in caused), None)
        return (named,) if isinstance(named, str) else everybody
