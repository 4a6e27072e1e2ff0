"""Made-up responders of a middle-sized department."""

from __future__ import annotations

import datetime as dt
import itertools

import attrs

from coresponder.domain.objects import Credential, Responder, Team
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import Nature, Presence, ResponderStatus, Role, Training
from coresponder.lifecycle import RESPONDER
from coresponder.program import Program
from coresponder.roster.courses import Courses
from coresponder.roster.staffing import Seat, Tier, choose_team

__all__ = ["START", "made_up_roster"]

START = dt.datetime(2026, 1, 9, 22, 0, tzinfo=UTC)
"""When every made-up night begins: a Friday, 22:00 UTC."""
_EXPIRED = START - dt.timedelta(days=30)
_ON_SHIFT = ResponderStatus(RESPONDER.table["ShiftStarted"][RESPONDER.initial])
_NEW = 2
"""How many responders of a role that the department does not have."""
_AT_ONCE = 6
"""How many teams can be out at once for a call of any nature: a call comes every 14 minutes, and
takes about an hour.
"""


def made_up_roster(program: Program | None = None) -> dict[str, Responder]:
    """Return responders as a middle-sized department has them; some credentials are short or have
    expired.

    Args:
        program: every role that its tiers name is staffed too: each role of each seat, and enough
            responders for several teams at once.
    """
    roster = _department()
    if program is not None:
        for tier in program.tiers:
            _add_roles(roster, tier, program.courses)
        for tier in program.tiers:
            _complete(roster, (tier,), 1, program.courses)
        for tiers in dict.fromkeys(
            tuple(tier for tier in program.tiers if tier.serves(nature)) for nature in Nature
        ):
            _complete(roster, tiers, _AT_ONCE, program.courses)
    return roster


def _add_roles(roster: dict[str, Responder], tier: Tier, courses: Courses) -> None:
    """Add responders for each role of a seat that nobody of that role can take."""
    for seat in tier.seats:
        for role in seat.roles:
            if not any(r.role is role and seat.fits(r, START, courses) for r in roster.values()):
                for _ in range(_NEW):
                    _add(roster, seat, role, courses)


def _complete(
    roster: dict[str, Responder], tiers: tuple[Tier, ...], teams: int, courses: Courses
) -> None:
    """Add responders to the seats of the last tier until so many teams can be out at once."""
    everywhere = tuple(attrs.evolve(tier, natures=(), where={}) for tier in tiers)
    free = dict(roster)
    for _ in range(teams if tiers else 0):
        team = _team(everywhere, free, courses)
        if team is None:
            new = [_add(roster, seat, seat.roles[0], courses) for seat in tiers[-1].seats]
            free |= {responder.id: responder for responder in new}
            team = _team(everywhere, free, courses)
        for member in team.members if team else ():
            del free[member.responder]


def _team(tiers: tuple[Tier, ...], free: dict[str, Responder], courses: Courses) -> Team | None:
    return choose_team(tiers, free.values(), at=START, nature=Nature.OTHER, courses=courses).team


def _add(roster: dict[str, Responder], seat: Seat, role: Role, courses: Courses) -> Responder:
    """Add a responder who fits a seat, under the next free id of the role."""
    prefix = role.value.replace("_", "-") + (
        "" if seat.presence is Presence.IN_PERSON else f"-by-{seat.presence.value}"
    )
    id = next(id for i in itertools.count(1) if (id := f"{prefix}-{i}") not in roster)
    credentials = tuple(
        Credential(training=training, hours=hours) for training, hours in seat.ways(courses)[0]
    )
    roster[id] = Responder(
        id=id,
        role=role,
        credentials=credentials,
        status=_ON_SHIFT,
        reachable=(seat.presence,),
        languages=seat.languages,
        vetted=seat.vetted,
    )
    return roster[id]


def _department() -> dict[str, Responder]:
    basics = Credential(training=Training.BASIC_DE_ESCALATION, hours=8)
    cit, license = (
        Credential(training=Training.CIT, hours=40),
        Credential(training=Training.MENTAL_HEALTH_LICENSE),
    )
    team_two, child = (
        Credential(training=Training.TEAM_TWO, hours=8),
        Credential(training=Training.CHILD_TRAUMA, hours=16),
    )
    made: list[Responder] = []

    def add(
        prefix: str,
        role: Role,
        count: int,
        *credentials: Credential,
        reachable: tuple[Presence, ...] = (Presence.IN_PERSON,),
    ) -> None:
        made.extend(
            Responder(
                id=f"{prefix}-{i}",
                role=role,
                credentials=credentials,
                status=_ON_SHIFT,
                reachable=reachable,
                volunteer=role is Role.COMMUNITY_HEALTH_WORKER,
                vetted=role is Role.COMMUNITY_HEALTH_WORKER,
            )
            for i in range(1, count + 1)
        )

    add("officer", Role.PATROL_OFFICER, 3, basics, team_two)
    add("officer-child", Role.PATROL_OFFICER, 1, basics, child)
    add(
        "recruit",
        Role.PATROL_OFFICER,
        1,
        Credential(training=Training.BASIC_DE_ESCALATION, hours=8, expires=_EXPIRED),
    )
    add("cit", Role.CIT_OFFICER, 2, cit, basics, team_two)
    add("cit-short", Role.CIT_OFFICER, 1, Credential(training=Training.CIT, hours=24), basics)
    add("clinician", Role.CLINICIAN, 2, license)
    add("clinician-on-call", Role.CLINICIAN, 2, license, reachable=(Presence.PHONE,))
    add(
        "health-worker",
        Role.COMMUNITY_HEALTH_WORKER,
        3,
        Credential(training=Training.COMMUNITY_HEALTH),
    )
    add("sergeant", Role.SUPERVISOR, 1, basics)
    return {responder.id: responder for responder in made}
