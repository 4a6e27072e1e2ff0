"""What an EIDO says otherwise than the record at one and the same instant. Nobody can tell which of
the two came last, so it is named and not recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from coresponder.domain import events as e
from coresponder.domain.types import say_time
from coresponder.interop.eido.kept import UPDATED_FIELD, codes_of
from coresponder.interop.eido.known import Kind, Known, kinds_in, units_of
from coresponder.interop.eido.standing import ENDS, MOVES

__all__ = ["contradiction"]

_STEPS = {"Dispatched": 0, "EnRoute": 1, "OnScene": 2, "Transporting": 3, "Cleared": 3}
"""A unit takes these steps one after the other, so of one instant the highest came last."""


def contradiction(event: e.Event, happened: Known, *, typed: bool = True) -> str | None:
    """Return in words what an event and the record say of one instant; None if both can be so.

    Args:
        event: what the EIDO says, and the record does not have.
        happened: what the record has, without what the same EIDO brings.
        typed: whether the EIDO says what kind of incident it is, or its priority alone.
    """
    stated = isinstance(event, (e.CallTriaged, e.DispositionRecorded, *ENDS))
    before = happened.until(event.at) if stated else ()
    if isinstance(event, e.CallTriaged):
        kinds = (one for one in kinds_in(before) if _stated(one) >= event.at)
        said = next((two for one in kinds if (two := _two_kinds(event, one, typed=typed))), None)
    elif isinstance(event, e.DispositionRecorded):
        ends = [one for one in before if isinstance(one, e.DispositionRecorded)]
        said = (event.disposition, ends[-1].disposition) if _ends_then(ends, event) else None
    elif isinstance(event, ENDS):
        status = [one for one in before if isinstance(one, ENDS)]
        said = (_name(event), _name(status[-1])) if _ends_then(status, event) else None
    else:
        said = _two_places(event, happened)
    return said and (
        f"{type(event).__name__} at {say_time(event.at)}: it says {said[0]}, and the record has"
        f" {said[1]}, of the same time or later; an EIDO with a later time settles it"
    )


def _ends_then(there: Sequence[e.Event], event: e.Event) -> bool:
    return bool(there) and there[-1].at == event.at


def _name(event: e.Event) -> str:
    return type(event).__name__


def _stated(one: Kind) -> dt.datetime:
    """Return as of when an EIDO said so: a call that it opened has the kind of its last update."""
    return max([one.at, *map(dt.datetime.fromisoformat, codes_of(one, UPDATED_FIELD))])


def _two_kinds(event: e.CallTriaged, one: Kind, *, typed: bool) -> tuple[str, str] | None:
    """Return two kinds of incident, or two priorities, that cannot both be so."""
    mine, other = codes_of(event), codes_of(one)
    same = mine == other if mine and other else event.nature == one.nature
    if typed and not same:
        return ", ".join(mine) or event.nature, ", ".join(other) or one.nature
    if event.priority and one.priority and event.priority != one.priority:
        return event.priority, one.priority
    return None


def _two_places(event: e.Event, happened: Known) -> tuple[str, str] | None:
    """Return the step that a unit takes by the EIDO, and the later one that the record has."""
    sent = isinstance(event, e.TeamDispatched)
    units = [happened.unit(id, event.at) for id in units_of(event)]
    step = "Dispatched" if sent else MOVES.get(type(event), "Cleared")
    for known in filter(None, units):
        turned = known.status not in {"EnRoute", "OnScene"} if sent else True
        if known.at == event.at and turned and _STEPS[step] < _STEPS[known.status]:
            return step, known.status
    return None
