"""The cases of one agency. Each is loaded from the store under the program that it began under, and
cached for the next step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from coresponder.domain.types import opaque_id
from coresponder.errors import NotFound, StoreUnavailable
from coresponder.program import Case, Program
from coresponder.stores.base import Append, seal
from coresponder.stores.codec import events_of, genesis
from coresponder.stores.ports import Store
from coresponder.stores.recent import Recent
from coresponder.stores.relisting import program_named

if TYPE_CHECKING:
    from coresponder.stores.snapshots import Snapshots

__all__ = ["Cases", "incident_id"]

_CACHED = 512


@attrs.frozen
class _Known:
    """A case, and the digest of its last event, by which it is told whether the store still has it."""

    case: Case
    head: str


@attrs.define
class Cases:
    """Cases by incident.

    Args:
        program: the program for new incidents.
        store: the store that has the incidents.
        agency: the agency that the incidents belong to.
        programs: name -> program. Others are made from the definitions that the store keeps.
        snapshots: what other processes folded; without it, each folds for itself.
    """

    program: Program
    store: Store
    agency: str
    programs: dict[str, Program] = attrs.field(repr=False)
    snapshots: Snapshots | None = None
    _recent: Recent[str, _Known] = attrs.field(
        init=False, repr=False, factory=lambda: Recent(_CACHED)
    )
    _open: Recent[str, _Known] = attrs.field(
        init=False, repr=False, factory=lambda: Recent(_CACHED)
    )

    def __len__(self) -> int:
        """Return how many cases are cached."""
        return len(self._recent)

    def newest(self, incident: str, *, new: bool = False) -> Case:
        """Return the case as it is in the store now; of one that is kept, only what others recorded
        since is read. Raise `NotFound`, but with `new` return an empty case.
        """
        known = self._cached(incident)
        case = None if known is None else self._followed(known)
        return case or self._read(incident, new=new)

    def _cached(self, incident: str) -> _Known | None:
        """Return what is cached. Inside a batch or the host's transaction that is what it did; after
        it, that is as good as anything that another process wrote.
        """
        opened, settled = self._open.get(incident), self._recent.get(incident)
        return (settled or opened) if self.store.settled else (opened or settled)

    def _followed(self, known: _Known) -> Case | None:
        """Return a known case with what others recorded since; None if it is not what the store has."""
        id = known.case.id
        found = self.store.load_after(self.agency, id, known.case.version, known.head)
        if found is None:
            return None
        if not found.rows:
            return self._keep(known.case, known.head) if self.store.settled else known.case
        program = self.program_of(known.case)
        events = events_of(found.rows, program.vocabulary, id)
        return self._keep(program.resume(known.case, events), found.rows[-1].digest)

    def known(self, incident: str, *, new: bool = False) -> Case:
        """Return the cached case, or load it. With `new`, an incident that does not exist is an
        empty case.
        """
        known = self._recent.get(incident) if self.store.settled else None
        return self.newest(incident, new=new) if known is None else known.case

    def _read(self, incident: str, *, new: bool) -> Case:
        """Read a case of which nothing is known that is still so."""
        self.drop(incident)
        try:
            return self._from_snapshot(incident_id(incident)) or self._folded(incident)
        except NotFound:
            if new:
                return self.program.open(incident)
            raise

    def _from_snapshot(self, incident: str) -> Case | None:
        """Return the case from its snapshot, if the store still has what it was made of."""
        if self.snapshots is None:
            return None
        found = self.snapshots.get(self.agency, incident, self.program_named)
        if found is None:
            return None
        known = _Known(*found)
        case = self._followed(known)
        if case is None:
            self.snapshots.drop(self.agency, incident)
        return self._keep(case, known.head) if case is known.case else case

    def _folded(self, incident: str) -> Case:
        """Return the case that all its events give, and keep a snapshot of it."""
        stored = self.store.load(self.agency, incident)
        program, head = self.program_named(stored.program), stored.rows[-1].digest
        events = events_of(stored.rows, program.vocabulary, incident)
        case = self._keep(program.replay(incident, events), head)
        if self.snapshots is not None and self.store.settled:
            self.snapshots.keep(self.agency, case, head, program)
        return case

    def reloaded(self, incident: str) -> Case | None:
        """Return the case as it is in the store now; None if it does not exist or the store does
        not answer.
        """
        self.drop(incident)
        try:
            return self.known(incident)
        except (NotFound, StoreUnavailable):
            return None

    def moved_on(self, incident: str) -> bool:
        """Return whether others recorded something since the case was read that is kept; it is read."""
        known = self._cached(incident)
        return known is not None and self.newest(incident, new=True) is not known.case

    def stepped(self, before: Case, after: Case, written: Append) -> None:
        """Keep a case for the next step, after the step that led to it was written."""
        known = self._cached(after.id)
        if known is not None and known.case is before:
            self._keep(after, seal(written, known.head)[1])
        elif not before.version:
            self._keep(after, seal(written, genesis(self.agency, after.id, after.program))[1])
        else:
            self.drop(after.id)  # somebody else in this process read on meanwhile

    def _keep(self, case: Case, head: str) -> Case:
        """Cache a case for the next step. One that is not committed yet may never be, so it is kept
        apart, and the store is asked about it each time; what was cached before it is no longer the
        newest.
        """
        if self.store.settled:
            self._recent.keep(case.id, _Known(case, head))
        else:
            self._recent.drop(case.id)
            self._open.keep(case.id, _Known(case, head))
        return case

    def drop(self, incident: str) -> None:
        """Remove an incident from the cache, so that it is loaded again."""
        self._recent.drop(incident)
        self._open.drop(incident)

    def program_of(self, case: Case) -> Program:
        """Return the program, in the version that a case began under."""
        return self.program_named(case.program)

    def program_named(self, name: str) -> Program:
        """Return a known program, or make it from the definition that the store keeps."""
        return program_named(self.store, name, self.programs)


def incident_id(incident: str) -> str:
    """Return the id; raise `NotFound` if it is not a valid id, because no incident can have it."""
    try:
        return opaque_id(incident)
    except ValueError as error:
        raise NotFound(f"there is no such incident: {error}") from None
