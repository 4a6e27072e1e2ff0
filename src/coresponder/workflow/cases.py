"""The cases of one agency: loaded from the store under the program that each began under, and kept
for the next step.
"""

from __future__ import annotations

import attrs

from coresponder.domain.types import opaque_id
from coresponder.errors import NotFound, StoreUnavailable
from coresponder.program import Case, Program
from coresponder.stores.codec import events_of
from coresponder.stores.ports import Store
from coresponder.stores.recent import Recent
from coresponder.stores.relisting import program_named

__all__ = ["Cases", "incident_id"]

_CACHED = 512


@attrs.define
class Cases:
    """Cases by incident.

    Args:
        program: new incidents begin under it.
        store: where everything is kept.
        agency: whose incidents they are.
        programs: by name, those that are known; others are made from the definitions that the store
            keeps.
    """

    program: Program
    store: Store
    agency: str
    programs: dict[str, Program]
    _recent: Recent[str, Case] = attrs.field(init=False, factory=lambda: Recent(_CACHED))

    def __len__(self) -> int:
        """Return how many cases are kept for the next step."""
        return len(self._recent)

    def newest(self, incident: str) -> Case:
        """Return the case as it is in the store now; raise `NotFound`."""
        known = self._recent.get(incident)
        if known is not None and known.version == self.store.version(self.agency, incident):
            return known
        self.drop(incident)
        return self.known(incident)

    def known(self, incident: str, *, new: bool = False) -> Case:
        """Return the case that is kept, or load it; with `new`, an incident that is not there is an
        empty case.
        """
        known = self._recent.get(incident)
        if known is not None:
            return known
        try:
            stored = self.store.load(self.agency, incident_id(incident))
        except NotFound:
            if new:
                return self.program.open(incident)
            raise
        program = self.program_named(stored.program)
        events = events_of(stored.rows, program.vocabulary, incident)
        return self.keep(program.replay(incident, events))

    def reloaded(self, incident: str) -> Case | None:
        """Return the case as it is in the store now, or None if it is not there or the store cannot
        be asked.
        """
        self.drop(incident)
        try:
            return self.known(incident)
        except (NotFound, StoreUnavailable):
            return None

    def keep(self, case: Case) -> Case:
        """Keep a case for the next step; one that is not committed yet may never be."""
        if self.store.settled:
            self._recent.keep(case.id, case)
        return case

    def drop(self, incident: str) -> None:
        """Forget what is kept of an incident, so that it is loaded again."""
        self._recent.drop(incident)

    def program_of(self, case: Case) -> Program:
        """Return the program, in the version that a case began under."""
        return self.program_named(case.program)

    def program_named(self, name: str) -> Program:
        """Return a program that was brought, or make it from the definition that the store keeps."""
        return program_named(self.store, name, self.programs)


def incident_id(incident: str) -> str:
    """Return the id; raise `NotFound` if it is none: no incident can have it."""
    try:
        return opaque_id(incident)
    except ValueError as error:
        raise NotFound(f"there is no incident {incident!r}: {error}") from None
