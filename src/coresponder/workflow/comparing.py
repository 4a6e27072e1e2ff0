"""Record what a comparison with the record found, on the very version that was compared. If another
writer was faster, compare again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import attrs

from coresponder.domain.events import CallReceived, Event
from coresponder.domain.objects import Override
from coresponder.errors import InvalidEvent, NotFound, Refused, ResponderTaken, VersionConflict
from coresponder.outputs import type_names
from coresponder.program import Case, Step
from coresponder.workflow.service import Workflow

__all__ = ["Compared", "Taken", "record_compared"]

_SKEW = dt.timedelta(minutes=10)
"""How much later than ours the clock of another system may be."""
_TRIES = 100  # in each round, one of the writers that meet on an incident succeeds


@attrs.frozen(kw_only=True)
class Taken:
    """What became of what another system told.

    Attributes:
        incident: the incident's id here.
        recorded: the events that are new in the record.
        refused: each event that was not recorded, and why.
        overridable: which of them are recorded all the same if an override is given.
        older: what was recorded although it came late, or where the lifecycle has no move for it.
        left_out: what was not understood, and what says again what the record has gone beyond.
        not_recorded: what may be new and was not recorded, and why: a person has to look at it.
        says: what a person should know: which id of the sender belongs to which incident from now
            on, and why.
    """

    incident: str
    recorded: tuple[Event, ...] = attrs.field(default=(), repr=type_names)
    refused: tuple[tuple[Event, str], ...] = ()
    overridable: tuple[Event, ...] = attrs.field(default=(), repr=type_names)
    older: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    not_recorded: tuple[str, ...] = ()
    says: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Compared:
    """What is to be recorded on one version of an incident.

    Attributes:
        case: the version; an empty case if the incident is not there.
        events: what is new in what was told, in the order in which it is recorded.
        tie: the event that ties the sender's id to the incident, and the request under which it is
            recorded: the store has each request once.
        late: of some of the events, what makes it `older` if it is recorded.
        refused, older, left_out, not_recorded, says: see `Taken`.
    """

    case: Case
    events: tuple[Event, ...]
    tie: tuple[Event, str] | None = None
    late: tuple[tuple[Event, str], ...] = ()
    refused: tuple[tuple[Event, str], ...] = ()
    older: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    not_recorded: tuple[str, ...] = ()
    says: tuple[str, ...] = ()


def record_compared(
    workflow: Workflow, compare: Callable[[], Compared], *, override: Override | None = None
) -> Taken:
    """Record what a comparison finds, each event on the version that was compared.

    Args:
        workflow: records it.
        compare: reads the incident as it is now, and compares. It is called again whenever another
            writer was faster.
        override: the actor and the reason with which decisions are recorded that the program
            refuses.

    Raises:
        NotFound: the incident is not there, and none of the events opens it.
        VersionConflict: other writers were faster a hundred times. What was recorded stays, and is
            no news if the same is told again.
    """
    writer = _Writer(workflow=workflow, override=override)
    older, says = dict[str, None](), dict[str, None]()
    for attempt in range(1, _TRIES + 1):
        found, before = compare(), len(writer.recorded)
        conflict = writer.write(found)
        if len(writer.recorded) > before:
            says |= dict.fromkeys(found.says)
        if len(writer.recorded) > before or conflict is None:
            older |= dict.fromkeys(found.older)
            older |= {said: None for event, said in found.late if event in writer.recorded}
        if conflict is None:
            break
        if attempt == _TRIES:
            raise conflict
    return Taken(
        incident=found.case.id,
        recorded=tuple(writer.recorded),
        refused=tuple(writer.refused),
        overridable=tuple(writer.overridable),
        older=tuple(older),
        left_out=found.left_out,
        not_recorded=found.not_recorded,
        says=tuple(says),
    )


@attrs.define(kw_only=True)
class _Writer:
    """Records what was found, and keeps what became of it: `recorded` in all rounds, the rest in the
    last one.
    """

    workflow: Workflow
    override: Override | None
    recorded: list[Event] = attrs.field(factory=list)
    refused: list[tuple[Event, str]] = attrs.field(factory=list)
    overridable: list[Event] = attrs.field(factory=list)

    def write(self, found: Compared) -> VersionConflict | None:
        """Record the events one after the other, each on the version that the one before it left;
        return the conflict if another writer was faster.
        """
        self.refused, self.overridable = list(found.refused), []
        version, latest = found.case.version, self.workflow._time(None) + _SKEW  # noqa: SLF001 - ours
        for event in found.events:
            try:
                _check_time(event, latest)
                version = self._take(found, event, version)
            except VersionConflict as conflict:
                return conflict
            except InvalidEvent as error:
                self.refused.append((event, str(error)))
            except NotFound:
                if not any(isinstance(one, CallReceived) for one in found.events):
                    raise
                why = f"{found.case.id} is not there yet: the call that opens it was refused"
                self.refused.append((event, why))
        return None

    def _take(self, found: Compared, event: Event, version: int) -> int:
        """Record an event, by an override if the program refuses it; return the new version."""
        try:
            step = _record(self.workflow, found, event, version)
            self.recorded.append(event)
        except (Refused, ResponderTaken) as error:
            if self.override is None:
                self.refused.append((event, str(error)))
                self.overridable.append(event)
                return version
            step = self.workflow.record(
                found.case.id, event, override=self.override, expected=version
            )
            self.recorded += [*step.events[:-1], event]
        return step.case.version


def _check_time(event: Event, latest: dt.datetime) -> None:
    if event.at > latest:
        raise InvalidEvent(f"its time, {event.at.isoformat()}, lies in the future")


def _record(workflow: Workflow, found: Compared, event: Event, version: int) -> Step:
    id = found.case.id
    request = found.tie[1] if found.tie and found.tie[0] is event else None
    try:
        if isinstance(event, CallReceived) and not version:
            return workflow.receive(event, incident=id, request=request)
        return workflow.record(id, event, expected=version, request=request)
    except InvalidEvent:
        there = request and workflow.store.recorded(workflow.agency, request)
        if there:  # another writer tied the sender's id meanwhile, perhaps to another incident
            raise VersionConflict(id, version, there[1]) from None
        raise
