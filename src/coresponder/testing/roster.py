"""Made-up responders of a middle-sized department."""

from __future__ import annotations

import datetime as dt

from coresponder.domain.objects import Credential, Responder
from coresponder.domain.types import UTC
from coresponder.domain.vocabulary import Presence, ResponderStatus, Role, Training
from coresponder.lifecycle import RESPONDER

__all__ = ["START", "made_up_roster"]

START = dt.datetime(2026, 1, 9, 22, 0, tzinfo=UTC)
"""When every made-up night begins: a Friday, 22:00 UTC."""
_EXPIRED = START - dt.timedelta(days=30)


def made_up_roster() -> dict[str, Responder]:
    """Return responders as a middle-sized department has them; some credentials are short or have expired."""
    basics = Credential(training=Training.BASIC_DE_ESCALATION, hours=8)
    cit, licence = Credential(training=Training.CIT, hours=40), Credential(training=Training.MENTAL_HEALTH_LICENCE)
    team_two, child = Credential(training=Training.TEAM_TWO, hours=8), Credential(training=Training.CHILD_TRAUMA, hours=16)
    made: list[Responder] = []

    def add(prefix: str, role: Role, count: int, *credentials: Credential, reachable: tuple[Presence, ...] = (Presence.IN_PERSON,)) -> None:
        made.extend(
            Responder(
                id=f"{prefix}-{i}",
                role=role,
                credentials=credentials,
                status=ResponderStatus(RESPONDER.table["ShiftStarted"][RESPONDER.initial]),
                reachable=reachable,
                volunteer=role is Role.COMMUNITY_HEALTH_WORKER,
            )
            for i in range(1, count + 1)
        )

    add("officer", Role.PATROL_OFFICER, 3, basics, team_two)
    add("officer-child", Role.PATROL_OFFICER, 1, basics, child)
    add("recruit", Role.PATROL_OFFICER, 1, Credential(training=Training.BASIC_DE_ESCALATION, hours=8, expires=_EXPIRED))
    add("cit", Role.CIT_OFFICER, 2, cit, basics, team_two)
    add("cit-short", Role.CIT_OFFICER, 1, Credential(training=Training.CIT, hours=24), basics)
    add("clinician", Role.CLINICIAN, 2, licence)
    add("clinician-on-call", Role.CLINICIAN, 2, licence, reachable=(Presence.PHONE,))
    add("health-worker", Role.COMMUNITY_HEALTH_WORKER, 3, Credential(training=Training.COMMUNITY_HEALTH))
    add("sergeant", Role.SUPERVISOR, 1, basics)
    return {responder.id: responder for responder in made}
