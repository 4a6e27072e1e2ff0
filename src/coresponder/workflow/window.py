"""The window of one viewer: the same questions as of a workflow, answered by what the viewer sees.

A host that hands out only windows has one door. Nothing here reads an event, an obligation or words
in another way than through the program's views.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

import attrs

from coresponder.domain.events import CallReceived, CallTriaged, EmergencyAccessOpened
from coresponder.domain.vocabulary import AccessReason, DisclosureBasis, Purpose
from coresponder.errors import AudienceDenied, NotFound, ViewDenied
from coresponder.program import Case, Permission, Program
from coresponder.program.emergency import access_to, accesses_of, standing
from coresponder.program.told import Told
from coresponder.program.viewing import Sight, Viewer
from coresponder.program.views import (
    Restricted,
    Seen,
    SeenLine,
    apart_from_sides,
    basis_of,
    given,
    looked,
    sight,
)
from coresponder.proof.sights import possible_states, tells_opening, told_owed
from coresponder.stores.base import VaultEntry
from coresponder.stores.pages import LIMIT, Page, every, kept_page, page_limit
from coresponder.workflow.emergencies import opened_for
from coresponder.workflow.feed import FeedPage
from coresponder.workflow.seen_feed import Glimpse, SeenFeed
from coresponder.workflow.seen_log import SeenLog
from coresponder.workflow.seen_order import in_seen_order
from coresponder.workflow.seen_pages import page_by_id
from coresponder.workflow.seen_permissions import seen_permissions
from coresponder.workflow.telling import EVERYTHING, Wanted, tell

if TYPE_CHECKING:
    from coresponder.workflow.owing import Owed
    from coresponder.workflow.service import Workflow

__all__ = ["Window"]

_T = TypeVar("_T")


@attrs.frozen
class _Looked:
    """A look at an incident: what is seen of it, what of that must be logged, and by which sight."""

    case: Case
    seen: Seen
    restricted: tuple[Restricted, ...]
    sight: Sight
    at: dt.datetime
    apart: frozenset[str]
    opened: tuple[EmergencyAccessOpened, ...]


@attrs.frozen
class Window:
    """What one viewer may see, for one purpose. Make it with `Workflow.as_`.

    Attributes:
        workflow: the workflow whose incidents are seen.
        viewer: who looks.
        purpose: for what.
    """

    workflow: Workflow = attrs.field(repr=False)
    viewer: Viewer
    purpose: Purpose = attrs.field(converter=Purpose)

    def view(self, incident: str, *, at: dt.datetime | None = None) -> Seen:
        """Return what is seen of an incident.

        Args:
            incident: the incident's id.
            at: the instant by which consents count; by default now.

        Raises:
            NotFound: nothing is seen of such an incident, whether or not there is one.
        """
        return self._logged(incident, at).seen

    def timeline(self, incident: str, *, at: dt.datetime | None = None) -> tuple[SeenLine, ...]:
        """Return what is seen of the history, line by line; raise `NotFound` as `view` does."""
        return self.view(incident, at=at).lines

    def states(self, incident: str) -> tuple[str, ...]:
        """Return every state in which the incident can be, by what is seen of it: one, if all that
        moved it is seen. Raise `NotFound` as `view` does.
        """
        found = self._logged(incident, None)
        return possible_states(self._program(found.case), found.sight, found.seen.lines)

    def permitted(self, incident: str, now: dt.datetime | None = None) -> tuple[Permission, ...]:
        """Return for each event type that is seen whether it may be recorded now, and if not, why.

        An answer depends only on what is seen. Where it would depend on more, `permitted` is True
        and `depends` says that something hidden may refuse it.

        Raises:
            NotFound: nothing is seen of such an incident.
        """
        now = self.workflow._time(now)  # noqa: SLF001 - ours
        found = self._logged(incident, now)
        program, lines = self._program(found.case), found.seen.lines
        return seen_permissions(program, found.sight, found.case, lines, now)

    def due(
        self,
        now: dt.datetime | None = None,
        *,
        before: dt.datetime | None = None,
        overdue: bool = False,
        owner: str | None = None,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Owed]:
        """Return a page of what is owed under the rules that the view tells, the most urgent first.

        Args:
            now: the time by which something is overdue; by default now.
            before: only what is due by this time.
            overdue: only what was due before `now`.
            owner: only what the view shows to be owned by them. See `Workflow.due`.
            limit: the most entries of a page.
            after: `next` of the previous page.
        """
        now = self.workflow._time(now)  # noqa: SLF001 - ours

        def ask(size: int, start: str | None) -> Page[Owed]:
            return self.workflow.due(
                now, before=before, overdue=overdue, owner=owner, limit=size, after=start
            )

        told = functools.partial(self._told, elsewhere=self._apart(), owner=owner)
        page = kept_page(ask, told, page_limit(limit), after)
        for owed, shown in page:
            self._log(owed.incident, shown)
        return Page([owed for owed, _ in page], next=page.next)

    def find(
        self,
        *,
        nature: str | None = None,
        period: tuple[dt.datetime, dt.datetime] | None = None,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Seen]:
        """Return a page of the incidents of which something is seen, the newest first, as far as the
        viewer sees when each opened.

        Args:
            nature: the nature of the call.
            period: it opened at the first instant or later, and before the second.
            limit: the most entries of a page.
            after: `next` of the previous page.

        Raises:
            ViewDenied: a filter reads what the view does not show.
        """
        elsewhere = self._apart()
        shown = sight(self.workflow.program, self.viewer, self.purpose, elsewhere)
        calls = (CallReceived.__name__, CallTriaged.__name__)
        if nature is not None and not all(shown.shows(name, "nature") for name in calls):
            raise self._denied("nature")
        if period is not None and not tells_opening(self.workflow.program, shown):
            raise self._denied("period")
        found = every(self.workflow.find, nature=nature, period=period)
        glances = (self._glance(summary.incident, elsewhere) for summary in found)
        seen = (one for one in glances if one is not None)
        ordered = in_seen_order(seen, self.workflow.program, shown)
        page = page_by_id(ordered, page_limit(limit), after)
        for glance, restricted in page:
            self._log(glance.incident, restricted)
        return Page([glance for glance, _ in page], next=page.next)

    def recall(self, incident: str, entry: str) -> str:
        """Return words from the vault.

        Args:
            incident: the incident in which they were noted.
            entry: the id of the entry, from a line that is seen.

        Raises:
            NotFound: nothing is seen of such an incident.
            AudienceDenied: no line that is seen has this entry, or the view does not open its
                audience.
        """
        found = self._look(incident, None)
        noted = {line.fields.get("entry") for line in found.seen.lines}
        if entry in noted:
            for audience in sorted(found.sight.audiences):
                try:
                    store, agency = self.workflow.store, self.workflow.agency
                    words = store.recall(agency, entry, audience=audience)
                except AudienceDenied:
                    continue
                self._log_words(found, words)
                return words.text
        raise AudienceDenied(
            f"vault entry {entry} is not shown to {self._who}; ask somebody who may read it"
        )

    def export(
        self,
        incident: str,
        write: Callable[[Told], _T],
        *,
        document: str,
        what: Wanted = EVERYTHING,
        at: dt.datetime | None = None,
    ) -> _T:
        """Return a document about an incident, made only of what is seen of it, after the
        disclosure log has it.

        Args:
            incident: the incident's id.
            write: makes the document from what is told. If it raises, or the document is empty,
                nothing is logged.
            document: the document's name, for the log.
            what: what of it is told.
            at: the instant by which consents count; by default now.

        Raises:
            NotFound: nothing is seen of such an incident.
            ViewDenied: nothing is seen of which such a document tells something.
            InvalidEvent: the viewer's id looks personal.
            StoreError: it could not be logged, so nothing may leave.
        """
        told = self._tell(self._look(incident, at), what)
        if not told.rights:
            raise ViewDenied(
                f"{self._who} sees nothing of incident {incident} that can stand in a document"
                f" ({document}); choose another one, or change the program's views"
            )
        return self._write(told, write, document)

    def exports(
        self, write: Callable[[Told], _T], *, document: str, what: Wanted = EVERYTHING
    ) -> Iterator[_T]:
        """Yield a document about each incident of which something is told, in the order of their
        ids, because the order in which they opened may be hidden. See `export`.
        """
        elsewhere = self._apart()
        for incident in sorted(summary.incident for summary in every(self.workflow.find)):
            try:
                found = self._look(incident, None, elsewhere)
            except NotFound:
                continue
            told = self._tell(found, what)
            if told.rights:
                yield self._write(told, write, document)

    def event_log(self, *, document: str) -> Iterator[Seen]:
        """Yield what is seen of each incident of which something is seen, after the disclosure log
        has it; the lines are in the order in which they were recorded. What only an emergency access
        shows is not in it.

        Where the viewer does not see when incidents opened, an incident has an id that is made for
        this log alone. The incidents are in the order of these ids.

        Args:
            document: the log's name, for the disclosure log.

        Raises:
            InvalidEvent, StoreError: see `export`.
        """
        elsewhere, workflow = self._apart(), self.workflow
        look = functools.partial(self._glimpse, elsewhere=elsewhere)
        cases, looks = workflow._cases, workflow.disclosures.looks  # noqa: SLF001 - ours
        asked = SeenLog(cases, self.viewer, self.purpose, elsewhere, look)
        return asked.histories(every(workflow.find), looks, document)

    def open_emergency_access(
        self, incident: str, reason: AccessReason | str, *, request: str | None = None
    ) -> EmergencyAccessOpened:
        """Open what the views show of an incident only in an emergency (break glass), from now on
        and for a time. Who opened it, why and until when is an event; a review is owed.

        While such an access stands it is returned, and no second one is opened.

        Args:
            incident: the incident's id.
            reason: why: `imminent_danger` or `medical_emergency`.
            request: see `Workflow.record`. Repeating a request returns what it opened, even if that
                has ended since.

        Raises:
            ViewDenied: the program has no such row for this viewer, purpose and reason, or a rule
                of the program refuses it.
            NotFound: there is no such incident.
            InvalidEvent: the viewer's id looks personal.
        """
        asked = AccessReason(reason)
        return opened_for(self.workflow, incident, self.viewer, self.purpose, asked, request)

    def feed(self, *, after: int = 0, limit: int = LIMIT) -> FeedPage:
        """Return what is seen of the agency's events after a position, as CloudEvents, after the
        disclosure log has it; a page that is read again is logged once. The data of each is a line
        of the viewer's timeline.

        Whether an event is seen counts as of now. One that is hidden when it is passed is not sent
        later. When one becomes void, it comes again, marked so; `replaces` is the id that it had. What
        only an emergency access shows is not in it.

        Args:
            after: the position at which the last page ended; 0 for the beginning. If `position` of a
                page is what was given, nothing new was recorded.
            limit: the most positions that are passed; a page may have fewer events, or none.

        Raises:
            PositionAhead, StoreUnavailable, CorruptRecord: see `Workflow.feed`.
            StoreError: it could not be logged, so nothing may leave.
        """
        elsewhere, workflow = self._apart(), self.workflow
        cases, looks = workflow._cases, workflow.disclosures.looks  # noqa: SLF001 - ours
        look = functools.partial(self._glimpse, elsewhere=elsewhere)
        asked = SeenFeed(cases, self.viewer, self.purpose, look)
        page, rights = asked.page(after=after, limit=limit)
        for incident, right in rights.items():
            looks.fed(incident, self.viewer, self.purpose, right)
        return page

    # --- inside ---------------------------------------------------------------------------------

    def _logged(self, incident: str, at: dt.datetime | None) -> _Looked:
        """Return what is seen of an incident, after the disclosure log has it."""
        found = self._look(incident, at)
        self._log(incident, found.restricted)
        return found

    def _tell(self, found: _Looked, what: Wanted) -> Told:
        """Return what is told of an incident."""
        case, viewer, purpose = found.case, self.viewer, self.purpose
        return tell(self._program(case), case, viewer, purpose, found.at, found.apart, what)

    def _write(self, told: Told, write: Callable[[Told], _T], document: str) -> _T:
        """Write a document of what is told, and log it before it is given."""
        written = write(told)
        if written:
            looks = self.workflow.disclosures.looks
            looks.exported(told.case.id, self.viewer, self.purpose, told.rights, document)
        return written

    def _log(self, incident: str, restricted: tuple[Restricted, ...]) -> None:
        """Write down what will be shown."""
        if not restricted:
            return
        self.workflow.disclosures.looks.viewed(incident, self.viewer, self.purpose, restricted)

    def _log_words(self, found: _Looked, words: VaultEntry) -> None:
        """Write down which words will be given out. Words without a subject are about everybody."""
        case = found.case
        noted = (one for one in case.history if getattr(one, "entry", None) == words.id)
        shown = (one for one in found.restricted if getattr(one.event, "entry", None) == words.id)
        right = next(shown, None) or Restricted(next(noted), (), basis_of(self.purpose))
        rows = [view for view in found.sight.views if words.audience in view.audiences]
        if all(view.emergency_access for view in rows):
            access = access_to([view.id for view in rows], found.opened)
            emergency = DisclosureBasis.EMERGENCY_ACCESS
            right = attrs.evolve(right, basis=emergency, consents=(), access=access)
        everybody = tuple(person.id for person in case.incident.people)
        people = everybody if words.subject == case.id else (words.subject,)
        self.workflow.disclosures.looks.recalled(
            case.id, words.id, self.viewer, self.purpose, attrs.evolve(right, people=people)
        )

    def _look(
        self, incident: str, at: dt.datetime | None, elsewhere: frozenset[str] | None = None
    ) -> _Looked:
        """Return what is seen of an incident, and what of it must be logged. An incident that is
        not there and one of which nothing is seen are answered alike.

        Args:
            incident: the incident's id.
            at: the instant by which consents count; None for now.
            elsewhere: who is kept apart from the viewer's people in any incident, if it is known.
        """
        nothing = NotFound(
            f"{self._who} sees no incident {incident!r}; check the id, the role and the purpose"
        )
        try:
            case = self.workflow.case(incident)
        except NotFound:
            raise nothing from None
        at = self.workflow._time(at)  # noqa: SLF001 - ours
        program, everywhere = self._program(case), self._apart() if elsewhere is None else elsewhere
        apart = everywhere | apart_from_sides(case, self.viewer)
        mine = accesses_of(case, self.viewer, self.purpose)
        # an access stands now, whatever time is asked for
        opened = standing(mine, self.workflow._time(None)) if mine else ()  # noqa: SLF001 - ours
        found, restricted = looked(program, case, self.viewer, self.purpose, at, apart, opened)
        if not found.lines:
            raise nothing
        shown = sight(program, self.viewer, self.purpose, apart, opened)
        return _Looked(case, found, restricted, shown, at, apart, opened)

    def _glimpse(self, incident: str, elsewhere: frozenset[str]) -> Glimpse:
        """Return what a feed has of an incident: nothing that only an emergency access shows."""
        case, now = self.workflow.case(incident), self.workflow._time(None)  # noqa: SLF001 - ours
        apart = elsewhere | apart_from_sides(case, self.viewer)
        asked = (self._program(case), case, self.viewer, self.purpose, now, apart)
        found, _ = looked(*asked, opened=())
        return Glimpse.of(case, found, given(*asked))

    def _glance(
        self, incident: str, elsewhere: frozenset[str]
    ) -> tuple[Seen, tuple[Restricted, ...]] | None:
        try:
            found = self._look(incident, None, elsewhere)
        except NotFound:
            return None
        return found.seen, found.restricted

    def _told(
        self, owed: Owed, elsewhere: frozenset[str], owner: str | None
    ) -> tuple[Owed, tuple[Restricted, ...]] | None:
        """Return an obligation if the view tells its rule, and its owner if one is asked for, and
        what of the events that the rule reads must be logged.
        """
        if owed.unreadable:
            return None
        try:
            found = self._look(owed.incident, None, elsewhere)
        except NotFound:
            return None
        program, rule = self._program(found.case), owed.obligation.policy
        told = told_owed(program, found.sight, found.case.incident, owed.obligation)
        if told is None or owner not in {None, told.owner}:
            return None
        read = {name for one in program.book.policies if one.id == rule for name in one.watches}
        restricted = (one for one in found.restricted if type(one.event).__name__ in read)
        return attrs.evolve(owed, obligation=told), tuple(restricted)

    def _program(self, case: Case) -> Program:
        return self.workflow.program_of(case)

    def _apart(self) -> frozenset[str]:
        """Return the people who are kept apart from those for whom the viewer asks, in any
        incident: a mark holds wherever the two of them come up.
        """
        sides = self.viewer.sides
        marked = {one.incident for id in sides for one in every(self.workflow.find, person=id)}
        cases = (self.workflow.case(one) for one in sorted(marked))
        return frozenset[str]().union(*(apart_from_sides(one, self.viewer) for one in cases))

    def _denied(self, name: str) -> ViewDenied:
        return ViewDenied(
            f"{name}: {self._who} does not see this of every call; leave the filter out"
        )

    @property
    def _who(self) -> str:
        return f"{' and '.join(self.viewer.roles) or 'nobody'} for {self.purpose.value}"
