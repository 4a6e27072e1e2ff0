"""Choose who is sent: ordered tiers pick a team from the responders who are available at a time.

If no team can be formed, the answer says so with a reason. It is never an exception, because that
would strand a dispatcher.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from coresponder.domain.objects import Incident, Responder, Team, TeamMember
from coresponder.domain.spoken import say_word
from coresponder.domain.types import Code, Id, say_time
from coresponder.domain.vocabulary import (
    Nature,
    Presence,
    ResponderStatus,
    ResponseModel,
    Role,
    Technique,
)
from coresponder.errors import nearest
from coresponder.policy.atoms import Atom, Guard, compile_where
from coresponder.policy.words import say_atom
from coresponder.record import Record
from coresponder.roster.courses import STANDARD, Courses, Needs
from coresponder.roster.seating import seated

__all__ = ["Seat", "Staffing", "Tier", "TierAttempt", "choose_team", "staffing_problems"]

_UNKNOWN = Incident(id="unknown")


@attrs.frozen(kw_only=True)
class Seat(Record):
    """One place in a team.

    Attributes:
        roles: a responder with any of these may take it.
        presence: in person, or reached by phone or video.
        training: the trainings that must all count at the time of dispatch.
        hours: the recorded hours that each of those trainings needs, if more than it asks for
            itself.
        skills: techniques that must all be covered by the responder's trainings.
        languages: languages that the responder must speak, all of them.
        vetted: whether a background check must count at that time.
    """

    roles: tuple[Role, ...] = attrs.field(validator=attrs.validators.min_len(1))
    presence: Presence = Presence.IN_PERSON
    training: tuple[Id, ...] = ()
    hours: int = 0
    skills: tuple[Technique, ...] = ()
    languages: tuple[Code, ...] = ()
    vetted: bool = False

    def fits(self, responder: Responder, at: dt.datetime, courses: Courses = STANDARD) -> bool:
        """Return whether a responder could take the seat at a time, if free."""
        return responder.role in self.roles and self.suits(
            responder, at, self.asks(courses), courses
        )

    def asks(self, courses: Courses) -> tuple[tuple[tuple[str, int], ...], ...]:
        """Return the required trainings: of each set, any one is enough."""
        trainings = (courses.options(training, self.hours) for training in self.training)
        return (*trainings, *map(courses.covering, self.skills))

    def suits(
        self,
        responder: Responder,
        at: dt.datetime,
        asked: tuple[tuple[tuple[str, int], ...], ...],
        courses: Courses,
    ) -> bool:
        """Return whether a responder of the right role qualifies; `asked` is the result of
        `asks`.
        """
        for options in asked:
            if not courses.holds(responder, options, at):
                return False
        return (
            self.presence in responder.reachable
            and (not self.vetted or responder.is_vetted(at))
            and all(language in responder.languages for language in self.languages)
        )

    def lacking(
        self, responder: Responder, at: dt.datetime, courses: Courses = STANDARD
    ) -> Iterator[str]:
        """Yield in words what keeps a responder from the seat at a time."""
        if responder.role not in self.roles:
            yield f"does not have the role of {' or '.join(say_word(role.value) for role in self.roles)}"
        if self.presence not in responder.reachable:
            yield f"is not reached {_by(self.presence)}"
        for training in self.training:
            if not courses.holds(responder, courses.options(training, self.hours), at):
                yield f"has no {say_word(training)} that counts{_of(self.hours)}"
        for skill in self.skills:
            if not courses.holds(responder, courses.covering(skill), at):
                yield f"is not trained in {say_word(skill.value)}"
        for language in self.languages:
            if language not in responder.languages:
                yield f"does not speak {language}"
        if self.vetted and not responder.is_vetted(at):
            lapsed = responder.vetting_expires if responder.vetted else None
            yield (
                f"has a vetting that lapsed {say_time(lapsed)[:10]}" if lapsed else "is not vetted"
            )

    def ways(self, courses: Courses = STANDARD) -> tuple[Needs, ...]:
        """Return each smallest set of trainings that is enough for the seat."""
        return courses.ways(self.training, self.hours, self.skills)

    def __str__(self) -> str:
        """Return the requirements in words."""
        who = " or ".join(say_word(role.value) for role in self.roles)
        how = "" if self.presence is Presence.IN_PERSON else f" by {self.presence.value}"
        need = " and ".join(map(say_word, self.training))
        skills = " and ".join(say_word(skill.value) for skill in self.skills)
        return (
            f"{'vetted ' if self.vetted else ''}{who}{how}{f' with {need}' if need else ''}"
            f"{_of(self.hours)}{f' trained in {skills}' if skills else ''}"
            f"{f' who speaks {_and(self.languages)}' if self.languages else ''}"
        )


def _of(hours: int) -> str:
    return f" of {hours} hours" if hours else ""


def _by(presence: Presence) -> str:
    return "in person" if presence is Presence.IN_PERSON else f"by {presence.value}"


def _and(words: Iterable[str]) -> str:
    return " and ".join(words)


@attrs.frozen(kw_only=True)
class Tier(Record):
    """One way to answer a call; tiers are tried in order.

    Attributes:
        natures: the natures of call that it answers; empty means all.
        where: conditions on the incident, like those of a policy; the tier answers only if all
            hold.
    """

    id: Id
    model: ResponseModel
    seats: tuple[Seat, ...] = attrs.field(validator=attrs.validators.min_len(1))
    natures: tuple[Nature, ...] = ()
    where: Mapping[str, Any] = attrs.field(factory=dict, hash=False)
    title: str = ""
    authority: str = "local choice"

    @functools.cached_property
    def guard(self) -> Guard | None:
        """The compiled conditions; None if there are none. Raises `ValueError` if one is wrong."""
        strange = [path for path in self.where if not path.startswith("incident.")]
        if strange:
            raise ValueError(f"a tier reads the incident; write 'incident.{strange[0]}'")
        return compile_where(None, self.where)

    def answers(self, nature: Nature, incident: Incident | None = None) -> bool:
        """Return whether the tier is for an incident of this nature, as far as it is known."""
        if not self.serves(nature):
            return False
        return self.guard is None or self.guard(None, incident or _UNKNOWN)

    def serves(self, nature: Nature) -> bool:
        """Return whether the tier is for calls of a nature, without regard to its conditions."""
        return not self.natures or nature in self.natures

    @property
    def condition(self) -> str:
        """The conditions in words; empty if there are none."""
        return say_atom(Atom(where=self.where)) if self.where else ""


@attrs.frozen(kw_only=True)
class TierAttempt(Record):
    """A tier that could not be filled, and the seats that stayed empty."""

    tier: str
    missing: tuple[str, ...]

    def __str__(self) -> str:
        """Return the tier and the seats that stayed empty, in words."""
        return f"{self.tier}: no {', no '.join(self.missing)}"


@attrs.frozen(kw_only=True)
class Staffing(Record):
    """The answer: a team, or none, with the reason why the earlier tiers were not filled."""

    team: Team | None = None
    attempts: tuple[TierAttempt, ...] = ()

    @property
    def reason(self) -> str:
        """Explain the choice in a sentence."""
        chosen = f"chose tier {self.team.tier}" if self.team else "no tier could be filled"
        return chosen + (f" ({'; '.join(map(str, self.attempts))})" if self.attempts else "")


def choose_team(
    tiers: Iterable[Tier],
    responders: Iterable[Responder],
    *,
    at: dt.datetime,
    nature: Nature,
    incident: Incident | None = None,
    courses: Courses = STANDARD,
) -> Staffing:
    """Choose the first tier that can be filled from the responders that are available now.

    Args:
        tiers: the tiers in order of preference.
        responders: all known responders. Those whose status is not `available` are skipped; if an
            id comes twice, the first one counts.
        at: the time of dispatch; credentials that expired before it do not count.
        nature: the nature of the call.
        incident: the incident as it is known. A tier is skipped if its conditions do not hold.
        courses: the requirements of the trainings, and what counts in their place.
    """
    crowd = _Crowd.of(responders, at, courses)
    attempts: list[TierAttempt] = []
    for tier in tiers:
        if not tier.answers(nature, incident):
            continue
        chosen, missing = _fill(tier.seats, crowd)
        if not missing:
            members = tuple(
                TeamMember(responder=r.id, role=r.role, presence=s.presence) for s, r in chosen
            )
            return Staffing(
                team=Team(tier=tier.id, model=tier.model, members=members), attempts=tuple(attempts)
            )
        attempts.append(TierAttempt(tier=tier.id, missing=tuple(str(seat) for seat in missing)))
    return Staffing(attempts=tuple(attempts))


@attrs.define
class _Crowd:
    """The free responders by role, because most of them have a role that a seat does not want."""

    free: list[Responder]
    at: dt.datetime
    courses: Courses
    by_role: dict[Role, list[int]] = attrs.field(factory=lambda: defaultdict(list))
    fitting: dict[Seat, tuple[list[int], Iterator[int]]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, responders: Iterable[Responder], at: dt.datetime, courses: Courses) -> _Crowd:
        """Return the responders whose first record has the status `available`."""
        everybody = list(responders)
        known = {one.id: one for one in reversed(everybody)}
        if len(known) < len(everybody):
            everybody = list(reversed(known.values()))
        free = [one for one in everybody if one.status is ResponderStatus.AVAILABLE]
        crowd = cls(free, at, courses)
        for place, one in enumerate(free):
            crowd.by_role[one.role].append(place)
        return crowd

    def who_fit(self, seat: Seat) -> Iterator[int]:
        """Yield the indexes of the responders who could take a seat, searched once and only as far
        as needed.
        """
        if seat not in self.fitting:
            self.fitting[seat] = ([], self._search(seat))
        found, rest = self.fitting[seat]
        for i in itertools.count():
            if i == len(found):
                new = next(rest, None)
                if new is None:
                    return
                found.append(new)
            yield found[i]

    def _search(self, seat: Seat) -> Iterator[int]:
        places = [self.by_role[role] for role in dict.fromkeys(seat.roles)]
        asked = seat.asks(self.courses)
        for place in places[0] if len(places) == 1 else sorted(itertools.chain(*places)):
            if seat.suits(self.free[place], self.at, asked, self.courses):
                yield place


def _fill(
    seats: tuple[Seat, ...], crowd: _Crowd
) -> tuple[list[tuple[Seat, Responder]], list[Seat]]:
    """Fill as many seats as possible; return who takes which, and the seats that stay empty."""
    found = seated(len(seats), lambda seat: crowd.who_fit(seats[seat]))
    missing = [seat for place, seat in enumerate(seats) if place not in found]
    return [(seats[place], crowd.free[found[place]]) for place in sorted(found)], missing


def staffing_problems(tiers: Iterable[Tier], courses: Courses) -> Iterator[str]:
    """Yield the mistakes in tiers, each with its place and a remedy."""
    for tier in tiers:
        where = f"[[tier]] {tier.id!r}"
        try:
            _ = tier.guard
        except ValueError as error:
            yield f"{where}, where: {error}"
        for number, seat in enumerate(tier.seats):
            for name in seat.training:
                if name not in courses.names:
                    hint = nearest(name, courses.names)
                    yield f"{where}, seats.{number}.training: there is no training {name!r}; {hint}"
            for skill in seat.skills:
                if not courses.covering(skill):
                    remedy = f"add {skill.value!r} to the skills of a [[training]]"
                    yield f"{where}, seats.{number}.skills: no training covers it; {remedy}"
            yield from _hours_problems(f"{where}, seats.{number}.hours", seat, courses)


def _hours_problems(where: str, seat: Seat, courses: Courses) -> Iterator[str]:
    """Yield a problem if a seat's hours have no effect because its trainings all ask for more."""
    asked = [courses.course(name).hours for name in seat.training]
    if seat.hours and asked and seat.hours < min(asked):
        yield (
            f"{where}: {seat.hours} has no effect, because each [[training]] that the seat names asks"
            f" for {min(asked)} hours or more; leave it out, or ask for more"
        )
