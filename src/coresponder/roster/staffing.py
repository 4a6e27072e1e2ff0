"""Who is sent: ordered tiers choose a team from the responders who are available at that time.

If nobody qualifies, that is an answer with a reason, never an exception on a bad night.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import attrs

from coresponder.domain.objects import Responder, Team, TeamMember
from coresponder.domain.spoken import say_word
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (
    Nature,
    Presence,
    ResponderStatus,
    ResponseModel,
    Role,
)
from coresponder.record import Record

__all__ = ["Seat", "Staffing", "Tier", "TierAttempt", "choose_team"]


@attrs.frozen(kw_only=True)
class Seat(Record):
    """One place in a team.

    Attributes:
        roles: any of these may take it.
        presence: in person, or reached by phone or video.
        training: credentials that must count at that time, all of them.
        hours: recorded hours that each of those credentials needs.
    """

    roles: tuple[Role, ...] = attrs.field(validator=attrs.validators.min_len(1))
    presence: Presence = Presence.IN_PERSON
    training: tuple[Id, ...] = ()
    hours: int = 0

    def fits(self, responder: Responder, at: dt.datetime) -> bool:
        """Return whether this responder could take the seat at that time, if free."""
        return (
            responder.role in self.roles
            and self.presence in responder.reachable
            and all(
                responder.certified(training, at, hours=self.hours) for training in self.training
            )
        )

    def __str__(self) -> str:
        """Say who is wanted."""
        who = " or ".join(say_word(role.value) for role in self.roles)
        how = "" if self.presence is Presence.IN_PERSON else f" by {self.presence.value}"
        need = " and ".join(say_word(t) for t in self.training)
        hours = f" of {self.hours} hours" if self.hours else ""
        return f"{who}{how}{f' with {need}{hours}' if need else ''}"


@attrs.frozen(kw_only=True)
class Tier(Record):
    """One way to answer a call; tiers are tried in order.

    Attributes:
        natures: the natures it answers; empty means all.
    """

    id: Id
    model: ResponseModel
    seats: tuple[Seat, ...] = attrs.field(validator=attrs.validators.min_len(1))
    natures: tuple[Nature, ...] = ()
    title: str = ""
    source: str = "local choice"


@attrs.frozen(kw_only=True)
class TierAttempt(Record):
    """A tier that could not be filled, and the seats that stayed empty."""

    tier: str
    missing: tuple[str, ...]

    def __str__(self) -> str:
        """Say what was missing."""
        return f"{self.tier}: no {', no '.join(self.missing)}"


@attrs.frozen(kw_only=True)
class Staffing(Record):
    """The answer: a team, or none, and why the tiers above were not filled."""

    team: Team | None = None
    attempts: tuple[TierAttempt, ...] = ()

    @property
    def reason(self) -> str:
        """Explain the choice in a sentence."""
        chosen = f"chose tier {self.team.tier}" if self.team else "no tier could be filled"
        return chosen + (f" ({'; '.join(map(str, self.attempts))})" if self.attempts else "")


def choose_team(
    tiers: Iterable[Tier], responders: Iterable[Responder], *, at: dt.datetime, nature: Nature
) -> Staffing:
    """Choose the first tier that can be filled from the responders that are available now.

    Args:
        tiers: in order of preference.
        responders: everybody known; those not in status `available` are passed over, and of two
            records of one id the first counts.
        at: the time of dispatch; credentials that expired before it do not count.
        nature: what the call is about.
    """
    known = {r.id: r for r in reversed(tuple(responders))}
    free = [r for r in reversed(known.values()) if r.status is ResponderStatus.AVAILABLE]
    attempts: list[TierAttempt] = []
    for tier in tiers:
        if tier.natures and nature not in tier.natures:
            continue
        chosen, missing = _fill(tier.seats, free, at)
        if not missing:
            members = tuple(
                TeamMember(responder=r.id, role=r.role, presence=s.presence) for s, r in chosen
            )
            return Staffing(
                team=Team(tier=tier.id, model=tier.model, members=members), attempts=tuple(attempts)
            )
        attempts.append(TierAttempt(tier=tier.id, missing=tuple(str(seat) for seat in missing)))
    return Staffing(attempts=tuple(attempts))


def _fill(
    seats: tuple[Seat, ...], free: list[Responder], at: dt.datetime
) -> tuple[list[tuple[Seat, Responder]], list[Seat]]:
    """Seat as many as possible (augmenting paths), so that a tier is never missed because of the
    order of its seats.
    """
    taken: dict[int, int] = {}

    def place(seat: int, seen: set[int]) -> bool:
        for i, responder in enumerate(free):
            if i in seen or not seats[seat].fits(responder, at):
                continue
            seen.add(i)
            if i not in taken or place(taken[i], seen):
                taken[i] = seat
                return True
        return False

    missing = [seats[s] for s in range(len(seats)) if not place(s, set())]
    by_seat = {seat: free[i] for i, seat in taken.items()}
    return [(seats[s], by_seat[s]) for s in sorted(by_seat)], missing
