"""What a log of events has of each incident for a receiver, and under which id.

An agency's ids often follow the order in which incidents opened, so where a receiver does not see
when they did, an incident has an id that is made for this log alone.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterable, Iterator

import attrs

from coresponder.domain.events import IncidentLinked, IncidentMerged
from coresponder.domain.vocabulary import Purpose
from coresponder.program.seen import Seen, SeenLine
from coresponder.program.viewing import Viewer
from coresponder.program.views import sight
from coresponder.proof.sights import tells_opening
from coresponder.stores.base import Summary
from coresponder.workflow.cases import Cases
from coresponder.workflow.looks import Looks
from coresponder.workflow.seen_feed import Glimpse

__all__ = ["SeenLog"]

_TOGETHER = 100
"""How many incidents are written into the disclosure log in one transaction."""
_NAMES_INCIDENT = {IncidentLinked.__name__: "other", IncidentMerged.__name__: "into"}
"""The field in which an event has the id of another incident."""


@attrs.define
class SeenLog:
    """Makes the log of a receiver.

    Args:
        cases: the agency's incidents.
        viewer: who receives it.
        purpose: for what.
        apart: who is kept apart from the viewer's people.
        look: says what the viewer sees of an incident.
    """

    cases: Cases
    viewer: Viewer
    purpose: Purpose
    apart: frozenset[str]
    look: Callable[[str], Glimpse]
    _key: bytes = attrs.field(init=False, factory=lambda: secrets.token_bytes(32), repr=False)
    _hidden: dict[str, bool] = attrs.field(init=False, factory=dict, repr=False)

    def histories(self, found: Iterable[Summary], looks: Looks, document: str) -> Iterator[Seen]:
        """Yield what is seen of each incident, after it was written down, in the order of the ids
        of the log. The lines are in the order in which they were recorded.

        Args:
            found: the incidents.
            looks: writes down what is given.
            document: the name of the log.
        """
        named = iter(sorted((self._name(one), one.incident) for one in found))
        while some := list(itertools.islice(named, _TOGETHER)):
            seen = [(name, self.look(incident)) for name, incident in some]
            told = [(name, glimpse) for name, glimpse in seen if glimpse.lines]
            with self.cases.store.batch():
                for _, one in told:
                    rights = one.rights.values()
                    looks.exported(one.case.id, self.viewer, self.purpose, rights, document)
            yield from (self._told(name, glimpse) for name, glimpse in told)

    def _name(self, one: Summary) -> str:
        return self._made(one.incident) if self._hides(one.program) else one.incident

    def _hides(self, name: str) -> bool:
        """Return whether the viewer does not see when the incidents of a program opened."""
        if name not in self._hidden:
            program = self.cases.program_named(name)
            shown = sight(program, self.viewer, self.purpose, self.apart)
            self._hidden[name] = not tells_opening(program, shown)
        return self._hidden[name]

    def _made(self, incident: str) -> str:
        return hashlib.blake2b(incident.encode(), key=self._key, digest_size=16).hexdigest()

    def _told(self, name: str, glimpse: Glimpse) -> Seen:
        case = glimpse.case
        lines = tuple(line for _, line in sorted(glimpse.lines.items()))
        if name != case.id:
            lines = tuple(map(self._renamed, lines))
        return Seen(incident=name, program=case.program, lines=lines)

    def _renamed(self, line: SeenLine) -> SeenLine:
        """Return a line in which another incident has the id of the log, too."""
        field = _NAMES_INCIDENT.get(line.event)
        if field is None or field not in line.fields:
            return line
        return attrs.evolve(line, fields=line.fields | {field: self._made(line.fields[field])})
