"""What a viewer is told of a case, so that a document can be made of it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import attrs

from coresponder.domain.events import EnteredInError
from coresponder.domain.vocabulary import Purpose
from coresponder.program import Case, Program
from coresponder.program.told import UNKNOWN_STATE, Told, told
from coresponder.program.viewing import Viewer
from coresponder.program.views import GivenEvent, given, seen, sight
from coresponder.proof.sights import possible_states

__all__ = ["EVERYTHING", "Wanted", "tell"]


@attrs.frozen(kw_only=True)
class Wanted:
    """What of an incident a document tells.

    Attributes:
        events: the event types of which it tells something; empty for all.
        referral: only what is about the person of this referral, or about nobody.
        to_the_second: nothing of which only the day is seen.
    """

    events: frozenset[str] = frozenset()
    referral: str | None = None
    to_the_second: bool = False


EVERYTHING = Wanted()


def tell(
    program: Program,
    case: Case,
    viewer: Viewer,
    purpose: Purpose,
    at: dt.datetime,
    apart: frozenset[str],
    what: Wanted = EVERYTHING,
) -> Told:
    """Return what a viewer is told of a case.

    Args:
        program: the program of the case.
        case: the case.
        viewer: who is told.
        purpose: for what.
        at: the instant by which consents count.
        apart: the people who are kept apart from those for whom the viewer asks.
        what: what of it is told.
    """
    shown = sight(program, viewer, purpose, apart)
    lines = seen(program, case, viewer, purpose, at, apart).lines
    states = possible_states(program, shown, lines)
    return told(
        program,
        case,
        _wanted(case, given(program, case, viewer, purpose, at, apart), what),
        states[0] if len(states) == 1 else UNKNOWN_STATE,
        sight=shown,
        to_the_second=what.to_the_second,
    )


def _wanted(case: Case, found: tuple[GivenEvent, ...], what: Wanted) -> Iterator[GivenEvent]:
    types = {*what.events, EnteredInError.__name__}
    about = None if what.referral is None else case.incident.referral(what.referral)
    for one in found:
        if what.events and type(one.entry.event).__name__ not in types:
            continue
        if about is None:
            yield one
        elif about.person in one.right.people:
            yield attrs.evolve(one, right=attrs.evolve(one.right, people=(about.person,)))
