"""Find the calls of an EIDO that the record of a known incident does not have yet. A call is known
again by its id, whichever agency passes it on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

import attrs

from coresponder.domain import events as e
from coresponder.domain.types import say_time
from coresponder.domain.vocabulary import CallSource
from coresponder.interop.eido.kept import CALL_FIELD
from coresponder.interop.eido.names import Names
from coresponder.interop.eido.told import EidoIncident
from coresponder.program import Case

__all__ = ["call_id", "corrects", "new_calls"]


@attrs.frozen(kw_only=True)
class _Known:
    """A call by its start, its source, the id that is kept, and what else may be its id."""

    at: dt.datetime
    source: CallSource
    id: str | None
    others: frozenset[str]


_Fits = Callable[[_Known, _Known], bool]


def call_id(call: e.CallReceived) -> str | None:
    """Return the digest of the id of a call; None if no id is kept."""
    return next((code.code for code in call.local if code.field == CALL_FIELD), None)


def new_calls(found: EidoIncident, case: Case) -> list[e.CallReceived]:
    """Return the calls of an EIDO that were not told before. A call is known by its id; of those of
    one time and source without one, as many are known as the record has. A call that was recorded
    before ids were kept has none, and is one that has an id now.
    """
    if not found.called and case.incident.call is not None:
        return []
    told = [
        (call, _as_known(call, _earlier(call_id(call), found)))
        for call in found.events
        if isinstance(call, e.CallReceived)
    ]
    ours = _written(found, case)
    known = [_as_known(one, ours) for one in case.recorded() if isinstance(one, e.CallReceived)]
    for fits in (_is_call, _is_passed_on, _may_be_call):
        told = [(call, one) for call, one in told if not _take(fits, one, known)]
    return [call for call, _ in told]


def corrects(event: e.Event, found: EidoIncident, case: Case, new: Iterable[e.Event]) -> str | None:
    """Return what to do if a call is told that is known with another start or source."""
    if not isinstance(event, e.CallReceived):
        return None
    if not (id := call_id(event)):
        return _corrects_own(event, found, case)
    ids = {id, *_earlier(id, found)}
    for entry in case.entries():
        call = entry.event
        if entry.happened and isinstance(call, e.CallReceived) and call_id(call) in ids:
            return (
                f"this call is event {entry.number}, {call.source} at {say_time(call.at)}, and is"
                " not counted twice; if it was corrected, record this one (CallReceived), then that"
                f" event {entry.number} was entered in error"
            )
    twice = any(isinstance(one, e.CallReceived) and call_id(one) == id for one in new)
    return "the EIDO has this call twice, with another start or source" if twice else None


def _corrects_own(event: e.CallReceived, found: EidoIncident, case: Case) -> str | None:
    """Return what to do if a call has the id under which this agency wrote one of this incident."""
    ours = frozenset(_ids_of(found, case))
    if not any(id in ours for call, id in found.call_ids if call == event):
        return None
    return (
        f"{event.source} at {say_time(event.at)} has the id of a call that we wrote with another start"
        " or source, and is not counted twice; if it was corrected, record this one (CallReceived),"
        " then that the old one was entered in error"
    )


def _as_known(call: e.CallReceived, others: frozenset[str]) -> _Known:
    return _Known(at=call.at, source=call.source, id=call_id(call), others=others)


def _earlier(id: str | None, found: EidoIncident) -> frozenset[str]:
    """Return what an earlier version kept as the id of a call."""
    return frozenset(earlier for now, earlier in found.earlier_calls if now == id)


def _written(found: EidoIncident, case: Case) -> frozenset[str]:
    """Return what another agency makes of the ids under which this one writes its calls."""
    if not found.agency:
        return frozenset()
    names = Names(found.agency)
    there = attrs.evolve(names, within=names.out_incident(case.id))
    return frozenset(there.call(id) for id in _ids_of(found, case))


def _ids_of(found: EidoIncident, case: Case) -> Iterator[str]:
    """Yield the ids under which this agency writes its calls."""
    calls = sum(isinstance(one, e.CallReceived) for one in case.recorded())
    names = Names(found.agency)
    yield from (names.part("call", case.id, number) for number in range(1, calls + 1))


def _take(fits: _Fits, told: _Known, known: list[_Known]) -> bool:
    """Take the call out of the known ones, and return whether it was there."""
    there = next((number for number, one in enumerate(known) if fits(told, one)), None)
    if there is not None:
        del known[there]
    return there is not None


def _is_call(told: _Known, one: _Known) -> bool:
    return _began_alike(told, one) and told.id == one.id


def _is_passed_on(told: _Known, one: _Known) -> bool:
    return _began_alike(told, one) and (one.id in told.others or told.id in one.others)


def _may_be_call(told: _Known, one: _Known) -> bool:
    return _began_alike(told, one) and None in {told.id, one.id}


def _began_alike(told: _Known, one: _Known) -> bool:
    return (told.at, told.source) == (one.at, one.source)
