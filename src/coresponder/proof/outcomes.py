"""The outcomes of an event under the real `Program.advance`, without policies, on each side. The
lifecycle's answer depends on its state and on the referral or follow-up that the event moves, and a
fold never reads the lifecycle's state. So a model computes the answer once for each state, and the
fold once for all incidents that differ only in their state.

A node keeps no history that could be folded again: its case is one of many. So a person who is
identified keeps the id under which they are followed, as if it had been known from the beginning.
"""

from __future__ import annotations

import attrs

from coresponder.domain.events import PersonIdentified
from coresponder.domain.objects import Incident
from coresponder.program import Case, Program
from coresponder.program.decision import in_order
from coresponder.proof.abstraction import Acting, Counters
from coresponder.proof.moves import Input

__all__ = ["After", "Choice", "Outcomes", "Verdict", "Verdicts", "Written"]


@attrs.frozen
class After:
    """One side after an event.

    Attributes:
        case: the case after the event, with all individuals in it.
        legal, place, corrects: as in a `Move`.
    """

    case: Case
    legal: bool
    place: bool = True
    corrects: bool = False


@attrs.frozen
class Verdict:
    """The lifecycles' answer to an event, on each side.

    Attributes:
        legal, places, ends: as in a `Move`.
        states: the lifecycle's state after it.
        writes: whether the event is folded in. An event that would move a referral or follow-up out
            of place is not.
    """

    legal: tuple[bool, ...]
    places: tuple[bool, ...]
    ends: tuple[bool, ...]
    states: tuple[str, ...]
    writes: tuple[bool, ...]


Verdicts = dict[tuple[str, tuple[str, ...], tuple[bool, ...]], Verdict]
"""(event type, the lifecycle's state on each side, whether the part is where it can be moved)."""


@attrs.frozen
class Written:
    """What an event writes: the incident on each side, with all individuals in it, and the node."""

    incidents: tuple[Incident, ...]
    node: int
    corrects: bool = False


@attrs.frozen(eq=False)
class Choice:
    """One way in which an event can be taken in all incidents that differ only in the lifecycle's
    state.

    Attributes:
        number: the event's.
        rest: for each population, what the others add that do not act.
        acting: the others that act.
        wild: as in a `Move`.
        in_place: on each side, whether the event may move its referral or follow-up from the
            present status; empty for an event that moves none.
        written: what it writes, by the sides on which it is written.
    """

    number: int
    rest: Counters
    acting: Acting
    wild: bool
    in_place: tuple[bool, ...]
    written: dict[tuple[bool, ...], Written | None] = attrs.field(factory=dict)


class Outcomes:
    """Takes events.

    Args:
        programs: one, or two that are compared step by step.
        verdicts: the answers of their lifecycles so far; models of the same programs share them.
    """

    def __init__(self, programs: tuple[Program, ...], verdicts: Verdicts) -> None:
        self.bare: tuple[Program, ...] = tuple(
            attrs.evolve(program, policies=(), notices=(), views=()) for program in programs
        )
        self.verdicts: Verdicts = verdicts

    def take(
        self, cases: tuple[Case, ...], before: tuple[Case, ...], known: Input
    ) -> tuple[After, ...]:
        """Take an event on each side.

        Args:
            cases: of a node.
            before: the same cases with all individuals in them.
            known: the event.
        """
        return tuple(
            [
                After(case, legal=False)
                if known.refused(side, case.state)
                else self._taken(side, before[side], known)
                for side, case in enumerate(cases)
            ]
        )

    def _taken(self, side: int, before: Case, known: Input) -> After:
        if known.decision and not known.in_place(before.incident):
            return After(before, legal=False)
        program = self.bare[side]
        if isinstance(known.event, PersonIdentified):
            after = in_order(program, before, known.event)
            place = after.findings.out_of_place == before.findings.out_of_place
            return After(after, legal=True, place=place)
        step = program.advance(before, known.event)
        return After(
            step.case,
            legal=step.accepted,
            place=not step.out_of_place,
            corrects=step.case.incident.children < before.incident.children,
        )

    def verdict(self, cases: tuple[Case, ...], after: tuple[After, ...], known: Input) -> Verdict:
        """Return the lifecycles' answer."""
        sides = zip(after, cases, self.bare, strict=True)
        return Verdict(
            legal=tuple([side.legal for side in after]),
            places=tuple([side.place for side in after]),
            ends=tuple(
                [
                    now.case.state != was.state and now.case.state in program.lifecycle.final
                    for now, was, program in sides
                ]
            ),
            states=tuple([side.case.state for side in after]),
            writes=tuple([side.legal and (side.place or known.part is None) for side in after]),
        )
