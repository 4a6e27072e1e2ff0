"""The inputs of a model, which are events, and the moves that take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from coresponder.domain.events import Decision, Event
from coresponder.domain.objects import Incident
from coresponder.lifecycle import PARTS
from coresponder.program import Case, Program
from coresponder.proof.cone import begins_another
from coresponder.proof.population import PUT, Population

__all__ = ["Input", "Move"]


@attrs.frozen(kw_only=True)
class Move:
    """One event that can be taken in a node.

    Attributes:
        target: the node that it leads to.
        incidents: the incident after it, on each side.
        legal: whether the lifecycles take it, on each side.
        decision: whether it can be refused.
        places: whether the lifecycle expects it, on each side; what it does not expect is taken out
            of place.
        ends: whether it brings the incident to a final state, on each side.
        others: the fields that name an individual that is not followed.
        wild: such an individual had a past that the story does not show.
        corrects: it records fewer children than were recorded before. Nobody comes of age during an
            incident, so this corrects a record, and does not count as a way to finish.
    """

    event: Event
    name: str
    target: int
    incidents: tuple[Incident, ...]
    legal: tuple[bool, ...]
    decision: bool
    places: tuple[bool, ...]
    ends: tuple[bool, ...]
    others: frozenset[str] = frozenset()
    wild: bool = False
    corrects: bool = False

    @property
    def unexpected(self) -> bool:
        """True if some side does not expect it."""
        return False in self.places


@attrs.frozen(kw_only=True, eq=False)
class Input:
    """One event of a model, with everything that does not depend on the node in which it is taken.

    Attributes:
        tables: on each side, where the lifecycle leads; empty where it does not regulate the event,
            None where the program does not know it.
        others: (number, population) of each individual that it names and that is not followed.
        fields: the fields that name those.
        part: the field that names the referral or follow-up that it moves.
        room: the population of that part, where one that has ended makes room for another.
        unread: it writes nothing that a condition reads, and names nobody but the followed, so it
            does the same wherever the lifecycle is in the same state.
    """

    event: Event
    name: str
    decision: bool
    tables: tuple[Mapping[str, str] | None, ...]
    others: tuple[tuple[int, Population], ...]
    fields: frozenset[str]
    part: str | None
    room: Population | None
    unread: bool

    @classmethod
    def of(
        cls,
        event: Event,
        programs: tuple[Program, ...],
        populations: Mapping[str, Population],
        writers: frozenset[str],
    ) -> Input:
        """Look everything up."""
        name = type(event).__name__
        part = next((field for field, life in PARTS.items() if life.regulates(name)), None)
        population = populations.get(part or "")
        others = tuple(
            (i, p)
            for i, p in enumerate(populations.values())
            if p.other is not None and getattr(event, p.field, None) == p.other
        )
        return cls(
            event=event,
            name=name,
            decision=isinstance(event, Decision),
            tables=tuple(
                program.lifecycle.table.get(name, {}) if name in program.vocabulary else None
                for program in programs
            ),
            others=others,
            fields=frozenset(population.field for _, population in others),
            part=part,
            room=population if population and population.slot else None,
            unread=not others and part is None and name not in writers,
        )

    @property
    def plain(self) -> bool:
        """True if it names only followed individuals, and no ended one makes room for it."""
        return not self.others and self.room is None

    def begins(self, cases: Iterable[Case]) -> bool:
        """Return whether it can be the first event of all, with which the lifecycle begins."""
        return not any(
            moves is not None and not case.history and case.state not in moves
            for moves, case in zip(self.tables, cases, strict=True)
        )

    def refused(self, side: int, state: str) -> bool:
        """Return whether a side does not know the event, or its lifecycle refuses it as a decision."""
        moves = self.tables[side]
        return moves is None or (self.decision and bool(moves) and state not in moves)

    def in_place(self, incident: Incident) -> bool:
        """Return whether the event may move its referral or follow-up from the present status."""
        return self.part is None or self._status(incident) in PARTS[self.part].table[self.name]

    def _status(self, incident: Incident) -> str:
        part = getattr(incident, str(self.part))(getattr(self.event, str(self.part)))
        return "new" if part is None else part.status.value

    def with_room(self, incident: Incident) -> Incident:
        """Forget the referral or follow-up of that id where the event begins another one, which
        would have an id of its own.
        """
        if self.part is None or self.room is None:
            return incident
        if not begins_another(PARTS[self.part], self.name, self._status(incident)):
            return incident
        id = getattr(self.event, self.part)
        kept = tuple(part for part in self.room.parts(incident) if part.id != id)
        return PUT[str(self.room.collection)](incident, kept)
