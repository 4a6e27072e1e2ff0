"""What a program does besides its rules: working days, the teams it sends, its lifecycle, its
notices, and the meaning of its codes.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import attrs

from coresponder.domain.events import Decision, Event
from coresponder.domain.objects import Credential, Responder
from coresponder.domain.spoken import say_word
from coresponder.domain.vocabulary import Presence, ResponderStatus, Role
from coresponder.program import Program
from coresponder.program.notices import OCCASIONS
from coresponder.proof.crews import situations
from coresponder.roster.courses import Needs
from coresponder.roster.staffing import Seat, choose_team
from coresponder.simulation.probes import START
from coresponder.testing.situations import context_of, said_of_notice, told

__all__ = [
    "Days",
    "Kind",
    "answers",
    "days_of",
    "first_due",
    "kinds_of",
    "own_events",
    "span_of",
    "told_of_events",
    "ways",
]

_MINUTE = dt.timedelta(minutes=1)
_FEW = 7
_NONE = "no team"


# --- working days -----------------------------------------------------------------------------------------------------


@attrs.frozen
class Days:
    """How many local days later a duty is due, by the day on which it begins: the rule for each
    weekday, and the exceptions.
    """

    week: tuple[str, ...]
    otherwise: Mapping[str, str]

    def of(self, day: dt.date) -> str:
        """Return the entry for a day."""
        return self.otherwise.get(day.isoformat(), self.week[day.weekday()])


def span_of(program: Program) -> tuple[dt.date, dt.date]:
    """Return the days to try: from a month before the first holiday's year to the end of the last
    holiday's year, five years at most.
    """
    years = sorted(day.year for day in program.calendar.holidays) or [START.year]
    return dt.date(years[0] - 1, 12, 1), dt.date(min(years[-1], years[0] + 4), 12, 31)


def _each(span: tuple[dt.date, dt.date]) -> Iterable[dt.date]:
    return (span[0] + dt.timedelta(days=i) for i in range((span[1] - span[0]).days + 1))


def days_of(
    program: Program, id: str, story: tuple[Event, ...], span: tuple[dt.date, dt.date], zone: str
) -> Days:
    """Return for each day on which a rule's duty may begin when it is due."""
    found = {day: first_due(program, id, story, day, ZoneInfo(zone)) for day in _each(span)}
    week = tuple(
        Counter(due for day, due in found.items() if day.weekday() == weekday).most_common(1)[0][0]
        for weekday in range(7)
    )
    return Days(
        week, {day.isoformat(): due for day, due in found.items() if due != week[day.weekday()]}
    )


def first_due(
    program: Program, id: str, story: tuple[Event, ...], day: dt.date, zone: ZoneInfo
) -> str:
    """Return how many days after a local noon a rule's first duty is due, with the time of day
    unless it is the end of the day.
    """
    noon = dt.datetime.combine(day, dt.time(12), tzinfo=zone)
    start = noon.astimezone(dt.UTC) - (len(context_of(program)) + len(story) - 1) * _MINUTE
    case = told(program, story, _MINUTE, start)
    due = next(
        (o.due for o in program.obligations(case, case.history[-1].at) if o.policy == id and o.due),
        None,
    )
    if due is None:
        return "-"
    local = due.astimezone(zone)
    text = str((local.date() - day).days)
    return text if (local.hour, local.minute) == (23, 59) else f"{text} at {local:%H:%M}"


# --- who goes ---------------------------------------------------------------------------------------------------------


@attrs.frozen
class Kind:
    """A kind of responder: the role, the presence, and the training with its hours."""

    role: str
    reachable: str
    training: tuple[tuple[str, int], ...] = ()
    languages: tuple[str, ...] = ()
    vetted: bool = False

    def responder(self, id: str) -> Responder:
        """Return an available responder of this kind."""
        credentials = tuple(Credential(training=name, hours=hours) for name, hours in self.training)
        return Responder(
            id=id, role=Role(self.role), credentials=credentials, status=ResponderStatus.AVAILABLE, reachable=(Presence(self.reachable),),
            languages=self.languages, vetted=self.vetted,
        )  # fmt: skip

    def __str__(self) -> str:
        """Describe the kind."""
        trained = " and ".join(
            f"{name}{f' of {hours} hours' if hours else ''}" for name, hours in self.training
        )
        how = "" if self.reachable == Presence.IN_PERSON.value else f" by {self.reachable}"
        speaks = f" who speaks {' and '.join(self.languages)}" if self.languages else ""
        who = f"{'vetted ' if self.vetted else ''}{self.role}"
        return say_word(f"{who}{how}{f' with {trained}' if trained else ''}{speaks}")


def kinds_of(program: Program) -> tuple[tuple[Kind, ...], tuple[Kind, ...]]:
    """Return the kinds of responders that the seats ask for, and those that barely miss: one
    training or one hour less, another role, another presence.
    """
    wanted: dict[tuple[Kind, int], None] = {}
    for tier in program.tiers:
        taken: Counter[Kind] = Counter()
        for seat in tier.seats:
            for role, way in itertools.product(seat.roles, seat.ways(program.courses)):
                kind = Kind(
                    role.value,
                    seat.presence.value,
                    _as_asked(seat, way),
                    seat.languages,
                    seat.vetted,
                )
                wanted[kind, taken[kind]] = None
                taken[kind] += 1
    strong = tuple(kind for kind, _ in wanted)
    return strong, tuple(
        kind
        for kind in dict.fromkeys(near for kind in strong for near in _nearly(kind))
        if kind not in strong
    )


def _as_asked(seat: Seat, way: Needs) -> Needs:
    """Return trainings in the order in which the seat names them."""
    return tuple(sorted(way, key=lambda one: (*seat.training, one[0]).index(one[0])))


def _nearly(kind: Kind) -> Iterable[Kind]:
    if kind.vetted:
        yield attrs.evolve(kind, vetted=False)
    for i in range(len(kind.languages)):
        yield attrs.evolve(kind, languages=kind.languages[:i] + kind.languages[i + 1 :])
    for i, (name, hours) in enumerate(kind.training):
        rest = (*kind.training[:i], *kind.training[i + 1 :])
        yield attrs.evolve(kind, training=rest)
        if hours:
            yield attrs.evolve(
                kind, training=(*kind.training[:i], (name, hours - 1), *kind.training[i + 1 :])
            )
            yield attrs.evolve(
                kind, training=(*kind.training[:i], (name, hours + 1), *kind.training[i + 1 :])
            )
    yield from (attrs.evolve(kind, role=role.value) for role in Role if role.value != kind.role)
    yield from (
        attrs.evolve(kind, reachable=one.value) for one in Presence if one.value != kind.reachable
    )


def crews_of(strong: tuple[Kind, ...], near: tuple[Kind, ...]) -> list[tuple[Kind, ...]]:
    """Return the crews to try: up to four of the kinds (two teams of two), and each kind that
    barely misses with up to two others.
    """
    crews = [crew for size in range(5) for crew in itertools.combinations(strong, size)]
    with_near = 2 if len(strong) < _FEW else 1
    return crews + [
        (one, *crew)
        for one in near
        for size in range(with_near + 1)
        for crew in itertools.combinations(strong, size)
    ]


def answers(program: Program, crews: Iterable[tuple[Kind, ...]]) -> dict[str, tuple[str, ...]]:
    """Return for each nature the tier that each crew forms. Natures that the same tiers answer are
    tried once.
    """
    available = [
        [kind.responder(f"responder-{i}") for i, kind in enumerate(crew, 1)] for crew in crews
    ]
    found: dict[str, tuple[str, ...]] = {}
    for one in situations(attrs.evolve(program, natures=())):
        teams = (
            choose_team(one.tiers[0], crew, at=START, nature=nature, courses=program.courses).team
            for nature in one.natures[:1]
            for crew in available
        )
        got = tuple(team.tier if team else _NONE for team in teams)
        where = f" where {' and '.join(one.holding)}" if one.holding else ""
        found |= {f"{nature.value}{where}": got for nature in one.natures}
    return found


# --- where events lead, who is told -----------------------------------------------------------------------------------


def ways(program: Program) -> dict[str, str]:
    """Return event type -> the lifecycle edges of that event."""
    found = {}
    for name in program.vocabulary:
        moves: dict[str, list[str]] = {}
        for state, target in program.lifecycle.table.get(name, {}).items():
            moves.setdefault("." if state == target else target, []).append(state)
        found[name] = ", ".join(
            f"{' '.join(states)} -> {target}" for target, states in moves.items()
        )
    return found


def own_events(program: Program) -> dict[str, str]:
    """Return the program's own events: a decision or a fact, with its fields."""
    return {
        cls.__name__: (
            f"{'decision' if issubclass(cls, Decision) else 'fact'}"
            f" ({', '.join(f.name for f in attrs.fields(cls)[3:])})"
        )
        for cls in program.events
    }


def told_of_events(program: Program, probes: Mapping[str, tuple[Event, ...]]) -> dict[str, str]:
    """Return event type -> the notices that are sent when an event of the type is recorded."""
    case = told(program, (), _MINUTE)
    found = {}
    for name, events in probes.items():
        step = program.advance(
            case, attrs.evolve(events[0], at=case.history[-1].at + _MINUTE), override=None
        )
        if not step.accepted:
            after = program.replay(
                case.id, (*case.recorded(), attrs.evolve(events[0], at=case.history[-1].at))
            )
            step = program.between(case, after)
        lines = sorted(
            {said_of_notice(notice) for notice in step.notices if notice.about not in OCCASIONS}
        )
        if lines:
            found[name] = "; ".join(lines)
    return found
