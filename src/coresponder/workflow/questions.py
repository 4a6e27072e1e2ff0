"""What a host asks of its incidents. No question changes anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import attrs

from coresponder.domain.types import local_code, utc
from coresponder.program import Case, Permission, Program, permitted
from coresponder.program.own_words import listed_word
from coresponder.proof.ahead import LookAhead
from coresponder.stores.base import Summary
from coresponder.stores.pages import LIMIT, Filters, Page, page_limit
from coresponder.stores.ports import Store
from coresponder.workflow.cases import Cases
from coresponder.workflow.feed import FeedPage, feed_page
from coresponder.workflow.owing import Owed, owed_now
from coresponder.workflow.retention import Retained, retained
from coresponder.workflow.streams import streams_of
from coresponder.workflow.timeline import Line, timeline_of
from coresponder.workflow.transferring import with_handed_on

__all__ = ["Questions"]


@attrs.define
class Questions:
    """The questions that a workflow answers.

    Args:
        program: the program for new incidents.
        store: the store that keeps everything.
        agency: the agency that all incidents belong to.
        clock: returns the time; by default the database's clock is read.
    """

    program: Program
    store: Store
    agency: str = attrs.field(
        default="default", kw_only=True, validator=lambda _, __, value: _check_agency(value)
    )
    clock: Callable[[], dt.datetime] | None = attrs.field(default=None, kw_only=True)
    _cases: Cases = attrs.field(init=False, repr=False)
    _ahead: dict[str, LookAhead] = attrs.field(init=False, factory=dict, repr=False)

    def case(self, incident: str) -> Case:
        """Return the case as it is now; raise `NotFound`."""
        return self._cases.newest(incident)

    def program_of(self, case: Case) -> Program:
        """Return the program, in the version that a case began under."""
        return self._cases.program_of(case)

    def permitted(self, incident: str, now: dt.datetime | None = None) -> tuple[Permission, ...]:
        """Return for each event whether it may be recorded now, and if not, why."""
        case, now = self.case(incident), self._time(now)
        program = self.program_of(case)
        found = permitted(program, case, now)
        if not program.look_ahead:
            return found
        if program.name not in self._ahead:
            self._ahead[program.name] = LookAhead(program)
        return self._ahead[program.name].warned(found, case, now)

    def due(
        self,
        now: dt.datetime | None = None,
        *,
        before: dt.datetime | None = None,
        overdue: bool = False,
        state: str | None = None,
        person: str | None = None,
        responder: str | None = None,
        tier: str | None = None,
        nature: str | None = None,
        owner: str | None = None,
        about: str | None = None,
        period: tuple[dt.datetime, dt.datetime] | None = None,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Owed]:
        """Return a page of what is owed in all incidents, the most urgent first.

        A record that could not be read, when the lists were made or by `tick`, does not stop the
        answer. It comes first, as a record to restore, whatever `before` says.

        Args:
            now: the time by which something is overdue; by default now.
            before: only what is due by this time.
            overdue: only what was due before `now`.
            state: only of incidents in this state; the filters below are those of `find`.
            person: a person who is part of the incident.
            responder: a responder who was sent to it or came.
            tier: a tier that was sent to it.
            nature: the nature of its call.
            owner: whoever owns it: the owner of the referral or follow-up, or the department that
                took the incident on. What the team owns has no owner. `owners` lists them.
            about: a person of the incident whom it is about: the rule is per person, or per referral
                or follow-up of that person. Somebody of whom only a referral or a follow-up tells,
                without `PersonInvolved`, is not part of the incident, and is not found.
            period: it opened at the first instant or later, and before the second.
            limit: the most entries of a page.
            after: `next` of the previous page.

        Raises:
            InvalidCursor: `after` belongs to another list. Give the same filters as before.
        """
        now = self._time(now)
        begin, end = period or (None, None)
        filters = Filters(
            state=state, person=person or about, responder=responder, tier=tier, nature=self._listed(nature), owner=owner, opened_from=begin, opened_before=end,
            due_before=before, overdue_at=now if overdue else None,
        )  # fmt: skip
        size = page_limit(limit)
        return owed_now(self._cases, now, filters, about=about, limit=size, after=after)

    def owners(self) -> tuple[str, ...]:
        """Return whoever owns something that is owed in any incident, in order."""
        return self.store.owners(self.agency)

    def timeline(self, incident: str) -> tuple[Line, ...]:
        """Return the history line by line, in the order in which things happened."""
        case = self.case(incident)
        program = self.program_of(case)
        return with_handed_on(timeline_of(case, program.undetermined(case)), program, case)

    def find(
        self,
        *,
        state: str | None = None,
        person: str | None = None,
        responder: str | None = None,
        tier: str | None = None,
        nature: str | None = None,
        owner: str | None = None,
        period: tuple[dt.datetime, dt.datetime] | None = None,
        owing: bool = False,
        due_before: dt.datetime | None = None,
        overdue: bool = False,
        now: dt.datetime | None = None,
        limit: int = LIMIT,
        after: str | None = None,
    ) -> Page[Summary]:
        """Return a page of the incidents that match every given filter: the newest first, or the
        earliest due first with `owing`, `due_before` or `overdue`. `every(workflow.find)` iterates
        over all pages.

        Args:
            state: the state that the incident is in.
            person: a person who is part of it.
            responder: a responder who was sent to it or came.
            tier: a tier that was sent to it.
            nature: the nature of its call.
            owner: somebody who owns something that it owes, due by the times below.
            period: it opened at the first instant or later, and before the second.
            owing: whether it owes something.
            due_before: something is or was due by this time.
            overdue: something was due before `now`.
            now: the time by which something is overdue; by default now.
            limit: the most entries of a page.
            after: `next` of the previous page.

        Raises:
            InvalidCursor: `after` belongs to another list. Give the same filters as before.
        """
        begin, end = period or (None, None)
        filters = Filters(
            state=state, person=person, responder=responder, tier=tier, nature=self._listed(nature), owner=owner, opened_from=begin, opened_before=end,
            owing=owing, due_before=due_before, overdue_at=self._time(now) if overdue else None,
        )  # fmt: skip
        return self.store.find(self.agency, filters, limit=page_limit(limit), after=after)

    def feed(self, *, after: int | str = 0, limit: int = LIMIT) -> FeedPage:
        """Return the agency's events after a position as CloudEvents, in an order that never
        changes.

        Every accepted event has one position: 1, 2, 3 and so on, without gaps, and the events of an
        incident are in their order. Give `cursor` of a page as `after` to go on; an empty page
        says that nothing new was recorded.

        Args:
            after: `cursor` of the last page, or its `position`; 0 for the beginning.
            limit: the most events of a page.

        Raises:
            PositionAhead: the feed has not reached `after`.
            PositionChanged: another event is there now; `position` alone does not show that.
            ValueError: `after` is no place in a feed.
            StoreUnavailable: this is inside a batch or the host's transaction.
            CorruptRecord: an event was changed after it was written; the error has its position.
        """
        return feed_page(self._cases, after=after, limit=limit)

    def retention(
        self, before: dt.datetime | None = None, *, limit: int = LIMIT, after: str | None = None
    ) -> Page[Retained]:
        """Return a page of the words that the program's `[[retention]]` no longer keeps, those that
        only a legal hold keeps, and those that have no date, with the reason.

        An incident under an earlier version of the program follows today's rules. An incident of
        another program follows the rules of its own version.

        Args:
            before: what is due by this time; by default now.
            limit: the most entries of a page.
            after: `next` of the previous page.

        Raises:
            InvalidCursor: `after` belongs to another list.
        """
        return retained(self._cases, self._time(before), limit=limit, after=after)

    def verify(self, *, since: str | None = None) -> tuple[str, ...]:
        """Return every fault in the stored incidents and the roster, in words. Incidents are folded
        again, even under programs that were built in Python.

        Args:
            since: the digest of a checkpoint that was verified. Of the incidents, only what was
                written or changed after it is checked.
        """
        programs = self._cases.programs
        behind = (
            {} if since is None else {"since": since}
        )  # a host's own store may not have this argument
        faults = self.store.verify(self.agency, programs=programs, **behind)
        if self.program.subject != "incident":
            return faults
        names = streams_of(self.agency)
        theirs = {one.name: one for one in (p.for_responders for p in programs.values())}
        beside = (
            *self.store.verify(names.roster, programs=theirs),
            *self.store.verify(names.disclosures),
        )
        return tuple(dict.fromkeys((*faults, *beside)))

    def _listed(self, nature: str | None) -> str | None:
        return None if nature is None else listed_word(self.program.own_words, "nature", nature)

    def _time(self, now: dt.datetime | None) -> dt.datetime:
        """Return the given time, or the clock's; raise `ValueError` if it has no time zone."""
        return utc(now) if now is not None else (self.clock or self.store.now)()


def _check_agency(value: str) -> None:
    try:
        local_code(value)
    except ValueError as error:
        raise ValueError(f"agency: {error}") from None
