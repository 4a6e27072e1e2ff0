"""Make the history of an incident from its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import LocalCode, Team, TeamMember
from coresponder.domain.vocabulary import CallSource, Disposition, Nature, Role
from coresponder.interop.codes import Codes
from coresponder.interop.happened import WAY
from coresponder.interop.mapping import CANCELS, Mapped
from coresponder.interop.rows import Row
from coresponder.interop.times import Time, Unusable

__all__ = ["History"]

_BY = "cad-import"
_OF_A_UNIT: dict[str, Callable[..., e.Event]] = {
    "en_route": e.ResponderEnRoute,
    "arrived": e.ResponderArrived,
    "engaged": e.ContactMade,
    "cleared": e.ResponderCleared,
}
_FIRST = (
    e.CallReceived, e.CallTriaged, e.TeamDispatched, e.ResponderEnRoute, e.ResponderArrived,
    e.ContactMade,
)  # fmt: skip
_LAST = (
    *(e.EVENT_TYPES[name] for name in WAY),
    e.ResponderCleared, e.DispositionRecorded, e.SceneCleared, e.IncidentCancelled,
)  # fmt: skip
_RANK = {cls: i - len(_FIRST) for i, cls in enumerate(_FIRST)} | {
    cls: i + 1 for i, cls in enumerate(_LAST)
}
"""The order of events at one instant; the events of a mapping are in the middle."""


@attrs.frozen
class History:
    """Makes histories as a mapping says, with its teams and its defaults."""

    mapping: Mapped
    roles: Codes

    @classmethod
    def of(cls, mapping: Mapped) -> History:
        """Work out once what is the same for every incident."""
        return cls(mapping, Codes(mapping.role))

    def id(self, row: Row) -> str:
        """Return the incident's id."""
        return self.mapping.id_of(row.incident)

    def events(self, rows: Sequence[Row]) -> tuple[tuple[e.Event, ...], tuple[str, ...]]:
        """Return the events of an incident, and the faults of its rows; raise `Unusable`."""
        faults = [fault for row in rows for fault in row.faults]
        cancelled = self._cancelled(rows)
        received = self._received(rows, faults, cancelled=cancelled)
        last, known = _last(rows)
        rest = [*self._triaged(rows, received.nature), *self._units(rows)]
        if cancelled:
            rest = [one for one in rest if not isinstance(one, e.ResponderCleared)]
            rest.append(e.IncidentCancelled(at=last.at, by=_BY, approximate=not known))
        else:
            rest += self._ended(rows, faults)
        happened = list(self._happened(rows))
        if len(rows) > 1 or happened:
            rest = sorted([*rest, *happened], key=lambda one: (one.at, _RANK.get(type(one), 0)))
        return (received, *rest), tuple(faults)

    def _cancelled(self, rows: Sequence[Row]) -> bool:
        """Return whether a code says that the call ended before anybody arrived, and nobody
        arrived.
        """
        there = any({"arrived", "engaged"} & row.times.keys() for row in rows)
        return any(row.cancelled for row in rows) and not there

    def _received(
        self, rows: Sequence[Row], faults: list[str], *, cancelled: bool
    ) -> e.CallReceived:
        received = _earliest(rows, "received")
        if received is None:
            raise Unusable("no time received: the column is empty or has a placeholder")
        defaults = self.mapping.defaults
        nature = _agreed(rows, "nature", faults) or (defaults.nature and defaults.nature.value)
        if nature is None:
            raise Unusable(
                "no nature: no column says what the call is about; set [defaults] nature to use"
                " such rows"
            )
        source = _agreed(rows, "source", faults)
        return e.CallReceived(
            at=received.at,
            by=_BY,
            approximate=received.approximate,
            source=CallSource(source or defaults.source),
            nature=Nature(nature),
            local=_local(rows, "local", "ended") if cancelled else _local(rows, "local"),
        )

    def _triaged(self, rows: Sequence[Row], nature: Nature) -> Iterator[e.Event]:
        if triaged := _earliest(rows, "triaged"):
            yield e.CallTriaged(
                at=triaged.at, by=_BY, approximate=triaged.approximate, nature=nature
            )

    def _units(self, rows: Sequence[Row]) -> Iterator[e.Event]:
        """Yield the events of each unit. When the last unit clears, the scene is cleared."""
        last = max(
            (row.times["cleared"].at for row in rows if "cleared" in row.times), default=None
        )
        for row in rows:
            team = self._team(row.unit)
            first = team.members[0]
            for stage, (at, _, approximate) in row.times.items():
                if stage == "dispatched":
                    yield e.TeamDispatched(at=at, by=_BY, approximate=approximate, team=team)
                elif stage in _OF_A_UNIT and not (stage == "cleared" and at == last):
                    make = _OF_A_UNIT[stage]
                    yield make(
                        at=at,
                        by=_BY,
                        approximate=approximate,
                        responder=first.responder,
                        role=first.role,
                    )

    def _happened(self, rows: Sequence[Row]) -> Iterator[e.Event]:
        """Yield the further events of the rows, each once, because rows of one incident repeat
        them.
        """
        said = set[object]()
        for row in rows:
            for one in row.happened:
                if one.said not in said:
                    said.add(one.said)
                    member = self._team(row.unit).members[0]
                    yield one.event(_BY, self._known(rows, row), member, self.mapping.own_words)

    def _known(self, rows: Sequence[Row], row: Row) -> Mapping[str, Time]:
        """Return the times of a row, completed from the other rows."""
        return {
            **{stage: time for one in reversed(rows) for stage, time in one.times.items()},
            **row.times,
        }

    def _team(self, unit: str | None) -> Team:
        team = self.mapping.team
        role = self.roles.find(unit) if unit else None
        roles = (Role(role),) if role else team.roles
        unit = unit or team.unit
        names = [unit, *(f"{unit}.{i}" for i in range(2, len(roles) + 1))]
        members = tuple(
            TeamMember(responder=name, role=role) for name, role in zip(names, roles, strict=True)
        )
        return Team(tier=team.tier, model=team.model, members=members)

    def _ended(self, rows: Sequence[Row], faults: list[str]) -> Iterator[e.Event]:
        last, known = _last(rows)
        disposition = _agreed(list(reversed(rows)), "disposition", faults)
        if disposition is not None:
            yield e.DispositionRecorded(
                at=last.at,
                by=_BY,
                approximate=last.approximate or not known,
                disposition=Disposition(disposition),
                local=_local(rows, "ended"),
            )
        cleared = [row.times["cleared"] for row in rows if "cleared" in row.times]
        if cleared:
            final = max(cleared)
            unknown = final.approximate or _still_there(rows)
            yield e.SceneCleared(at=final.at, by=_BY, approximate=unknown)


def _earliest(rows: Sequence[Row], stage: str) -> Time | None:
    return min((row.times[stage] for row in rows if stage in row.times), default=None)


def _last(rows: Sequence[Row]) -> tuple[Time, bool]:
    """Return the last known time, and whether it is known to be the end."""
    times = [time for row in rows for time in row.times.values()]
    stages = {stage for row in rows for stage in row.times}
    return max(times), bool({"cleared", CANCELS} & stages)


def _still_there(rows: Sequence[Row]) -> bool:
    """Return whether a unit arrived and has no time of clearing."""
    there = {row.unit for row in rows if {"arrived", "engaged"} & row.times.keys()}
    left = {row.unit for row in rows if "cleared" in row.times}
    return bool(there - left)


def _agreed(rows: Sequence[Row], field: str, faults: list[str]) -> str | None:
    """Return the value of the first row that has one; it is a fault if other rows differ."""
    said = [value for row in rows if (value := getattr(row, field)) is not None]
    if len(set(said)) > 1:
        faults.append(f"{field}: the rows of the incident differ")
    return said[0] if said else None


def _local(rows: Sequence[Row], *fields: str) -> tuple[LocalCode, ...]:
    return tuple(
        dict.fromkeys(code for field in fields for row in rows for code in getattr(row, field))
    )
