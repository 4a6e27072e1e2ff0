"""The units of an EIDO as the team that was sent, and the place of each member now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import Team, TeamMember
from coresponder.domain.vocabulary import Presence, ResponseModel, Role
from coresponder.interop.eido.codes import (
    APART,
    FREE,
    PLACES,
    RESOURCE_ROLES,
    SENT,
    SPECIALIST,
    UNIT_STATUSES,
)
from coresponder.interop.eido.names import Names
from coresponder.interop.eido.problems import at_place
from coresponder.interop.eido.shape import Document, Part, Unit
from coresponder.interop.eido.unread import word_of
from coresponder.outputs import described

__all__ = [
    "TIER",
    "UnitState",
    "freed",
    "known",
    "members_of",
    "moves",
    "only_said",
    "sent",
    "team_of",
]

TIER = "eido"
"""The tier of a team that another agency sent, whose own staffing is not known here."""
_GONE = frozenset({"Cleared", "Transporting"})
_TO_A_PLACE = frozenset({"EnRoute", "Arrived"})
_Move = e.ResponderEnRoute | e.ResponderArrived | e.ResponderCleared
_KINDS: Mapping[str, type[_Move]] = {
    "EnRoute": e.ResponderEnRoute,
    "Arrived": e.ResponderArrived,
    "OnScene": e.ResponderArrived,
    "Cleared": e.ResponderCleared,
    "Transporting": e.ResponderCleared,
}


@attrs.frozen(kw_only=True)
class UnitState:
    """A unit as an EIDO has it now.

    Attributes:
        member: the unit, and its role by its type.
        dispatched: whether its status is that it was dispatched.
        at: since when; None if the unit has no time of its own.
    """

    member: TeamMember
    dispatched: bool
    at: dt.datetime | None


def members_of(
    document: Document, names: Names, left_out: list[str], lost: list[str]
) -> dict[str, TeamMember]:
    """Return each unit as a team member, by the unit's `$id`. A unit whose type has no known role is
    named in `lost`, and in `left_out` if no rule could be about it.
    """
    found: dict[str, TeamMember] = {}
    seen: dict[str, Unit] = {}
    for number, unit in enumerate(document.units):
        place = f"emergencyResourceComponent[{number}]"
        with at_place(f"{place}.$id"):
            id = names.unit(unit.id)
        if seen.setdefault(id, unit) is not unit:
            both = " and ".join(_said(one) for one in (seen[id], unit))
            lost.append(f"{place}: unit {id} is given twice, with status {both}; the first is read")
        elif (role := _role(unit)) is None:
            kind = word_of(unit.kind) if unit.kind else "missing"
            (left_out if unit.kind in APART else lost).append(
                f"{place}: unit {id}, status {_said(unit)}: its type is {kind}, and says no role"
                " that is known here"
            )
        else:
            ways = [Presence(way) for way in unit.local_attributes if way in set(Presence)]
            found[str(unit.id)] = TeamMember(
                responder=id, role=role, presence=ways[0] if ways else Presence.IN_PERSON
            )
    return found


def _said(unit: Unit) -> str:
    """Return the status of a unit as the sender says it."""
    return " ".join(word_of(word) for word in words_of(unit)) or "not said"


def _role(unit: Unit) -> Role | None:
    if unit.local_kind in set(Role):
        return Role(unit.local_kind)
    return RESOURCE_ROLES.get((unit.kind or "", SPECIALIST in unit.attributes))


def team_of(crew: Sequence[TeamMember]) -> Team:
    """Return the team that a crew is; its model follows from who is in it."""
    sworn = any(one.role.sworn for one in crew)
    if sworn and not all(one.role.sworn for one in crew):
        model = ResponseModel.PRIMARY_CO_RESPONSE
    elif not sworn:
        model = ResponseModel.MOBILE_CRISIS_TEAM
    elif any(one.role is Role.CIT_OFFICER for one in crew):
        model = ResponseModel.CIT_RESPONSE
    else:
        model = ResponseModel.POLICE_RESPONSE
    return Team(tier=TIER, model=model, members=tuple(crew))


def sent(
    document: Document, members: Mapping[str, TeamMember], left_out: list[str], lost: list[str]
) -> Iterator[tuple[Part, Team]]:
    """Yield each dispatch, and the team that it sent. Units that no rule could be about are passed
    over: they are named already.
    """
    apart = {str(unit.id) for unit in document.units if unit.kind in APART} - members.keys()
    for number, dispatch in enumerate(document.dispatches):
        place = f"dispatchComponent[{number}]"
        crew = {one.ref: members[one.ref] for one in dispatch.units if one.ref in members}
        unknown = [one.ref for one in dispatch.units if one.ref not in members.keys() | apart]
        lost += [f"{place}: {described(ref)} is not a known unit of this EIDO" for ref in unknown]
        if crew:
            yield dispatch, team_of(tuple(crew.values()))
        else:
            others = dispatch.units and not unknown
            (left_out if others else lost).append(f"{place}: no unit that is known here was sent")


def only_said(document: Document, members: Mapping[str, TeamMember]) -> Iterator[tuple[Part, Team]]:
    """Yield each unit whose status says that it was sent, though no dispatch has it, as a team of
    its own. One that says where it is now, too, was sent only if it says `Dispatched`.
    """
    by_dispatch = {one.ref for dispatch in document.dispatches for one in dispatch.units}
    for unit in known(document, members):
        said = {*words_of(unit)}
        sent = said & SENT and ("Dispatched" in said or not said & ({*_KINDS} | FREE))
        if sent and str(unit.id) not in by_dispatch:
            yield unit, team_of((members[str(unit.id)],))


def freed(
    document: Document, members: Mapping[str, TeamMember]
) -> Iterator[tuple[Unit, str, TeamMember]]:
    """Yield each unit that says it is free and not where it is, the word, and the member."""
    for unit in known(document, members):
        said = words_of(unit)
        if not {*said} & {*_KINDS} and (word := next(filter(FREE.__contains__, said), None)):
            yield unit, word, members[str(unit.id)]


def words_of(unit: Unit) -> tuple[str, ...]:
    """Return the words for the status of a unit; the primary one if there is no other."""
    return unit.statuses or ((unit.status,) if unit.status else ())


def _fit(primary: str, secondary: set[str]) -> bool:
    """Return whether the primary status of a unit says no more than the secondary one."""
    free = bool(secondary & (FREE | {"Cleared"}))
    return primary in secondary or primary == ("Available" if free else "NotAvailable")


def known(document: Document, members: Mapping[str, TeamMember]) -> Iterator[Unit]:
    """Yield the units that are a member, each once."""
    seen: set[str] = set()
    for unit in document.units:
        if (id := str(unit.id)) in members and id not in seen:
            seen.add(id)
            yield unit


def moves(
    document: Document, members: Mapping[str, TeamMember], left_out: list[str], lost: list[str]
) -> Iterator[tuple[Unit, type[_Move]]]:
    """Yield the events that the status of each unit implies, except that it was sent or is free. What
    else a status says is named in `left_out`, and what is no word of the registries in `lost`.
    """
    for unit in known(document, members):
        where, said = f"unit {members[str(unit.id)].responder}", words_of(unit)
        places = [word for word in said if word in PLACES]
        there = [word for word in said if word in _KINDS and not (places and word in _TO_A_PLACE)]
        read = {*there} | SENT | FREE | (PLACES if {*there} & _GONE else frozenset())
        rest = [word for word in said if word not in read]
        left_out += [f"{where}: status {word}" for word in rest if word in UNIT_STATUSES]
        lost += [
            f"{where}: status {described(word)} is none of the registries"
            for word in rest
            if word not in UNIT_STATUSES
        ]
        if unit.status and unit.statuses and not _fit(unit.status, {*unit.statuses}):
            left_out.append(f"{where}: primary status {word_of(unit.status)} beside {_said(unit)}")
        if "Transporting" in said:
            left_out.append(f"{where}: whom it transports, and where to")
        for kind in dict.fromkeys(kind for word, kind in _KINDS.items() if word in there):
            yield unit, kind
