"""What it costs to choose a team when many responders are there, and to say when one can be formed."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator

from benchmarks.measure import Bench, Row
from coresponder.domain.objects import Credential, Responder
from coresponder.domain.vocabulary import Nature, Role, Weekday
from coresponder.program import Program, load_program
from coresponder.roster import events as e
from coresponder.roster.coverage import Question, cover
from coresponder.roster.fold import fold_responder
from coresponder.roster.service import Service
from coresponder.roster.shifts import Span

_NOW = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)
_CROWD = 2_000


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the choice of a team when the last of 2,000 responders is the only one who fits, and
    the coverage of responders of whom no two have the same hours.
    """
    program = load_program("cit")
    yield from _teams(bench, program)
    yield from _coverage(bench, program)


def _teams(bench: Bench, program: Program) -> Iterator[Row]:
    crowd = _crowd()

    def choose() -> object:
        return program.staff(crowd, at=_NOW, nature=Nature.PSYCHOSIS)

    yield bench.compare(
        "team_of_2,000",
        choose,
        lambda: [
            one.id
            for one in crowd
            for held in one.credentials
            if held.training == "cit" and (held.hours or 0) >= 40
        ],
        most=12,
        peer_does="a loop over the same responders that compares one training and its hours",
    )
    if not bench.short:
        yield bench.limit(
            "team_of_2,000_ms", bench.seconds(choose, rounds=30) * 1e3, 2.0,
            unit="ms", why="a dispatcher's screen asks for every call that waits", timed=False,
        )  # fmt: skip


def _coverage(bench: Bench, program: Program) -> Iterator[Row]:
    question = Question.all_of(program.tiers, program.courses, [Nature.PSYCHOSIS])[0]
    zone = program.calendar.time_zone
    few, month = _department(100), Span(_NOW, _NOW + 28 * _DAY)
    yield bench.compare(
        "coverage_of_a_month",
        lambda: cover(question, few, month, zone),
        lambda: _counted(few, month),
        most=12,
        peer_does="the same weekly shifts as sorted edges, and how many are there between them:"
        " no calendar, no training, no tier, no hour of the week",
    )
    if not bench.short:
        many, year = _department(500), Span(_NOW, _NOW + 365 * _DAY)
        yield bench.limit(
            "coverage_of_a_year_s", bench.seconds(lambda: cover(question, many, year, zone)), 10.0,
            unit="s", why="500 responders; who plans shifts waits for it", timed=False,
        )  # fmt: skip


def _counted(services: list[Service], window: Span) -> int:
    """Return the most who are there at once."""
    moves = []
    for service in services:
        for shift in service.weeks[0].shifts:
            for number, day in itertools.product(range(4), shift.days):
                midnight = window.begins + (7 * number + list(Weekday).index(day)) * _DAY
                begins = midnight + dt.timedelta(
                    hours=shift.begins.hour, minutes=shift.begins.minute
                )
                moves += [(begins, 1), (begins + dt.timedelta(hours=9), -1)]
    return max(itertools.accumulate(change for _, change in sorted(moves)))


def _crowd() -> list[Responder]:
    """Return CIT officers of whom only the last has all hours: each of the others is looked at."""
    return [
        Responder(
            id=f"o-{i}",
            role=Role.CIT_OFFICER,
            credentials=[Credential(training="cit", hours=40 if i == _CROWD - 1 else 39)],
            status="available",
        )
        for i in range(_CROWD)
    ]


def _department(number: int) -> list[Service]:
    """Return responders whose shifts begin at any minute, and who are ill at any time."""
    draw = random.Random(number)
    return [_somebody(f"r-{i}", draw) for i in range(number)]


def _somebody(id: str, draw: random.Random) -> Service:
    me = {"by": "hr-1", "responder": id}
    role = draw.choice([Role.CIT_OFFICER, Role.PATROL_OFFICER, Role.CLINICIAN])
    taught = {Role.CIT_OFFICER: "cit", Role.CLINICIAN: "mental_health_license"}
    begins = dt.time(draw.randrange(24), draw.randrange(60))
    first = draw.randrange(7)
    shift = e.WeeklyShift(
        days=[list(Weekday)[(first + i) % 7] for i in range(5)],
        begins=begins,
        ends=begins.replace(hour=(begins.hour + 9) % 24),
    )
    ill = [_NOW + draw.randrange(360) * _DAY for _ in range(4)]
    stream = [
        e.ResponderJoined(at=_NOW - 900 * _DAY, role=role, **me),
        e.TrainingCompleted(
            at=_NOW - draw.randrange(700) * _DAY,
            training=taught.get(role, "basic_de_escalation"),
            hours=40,
            **me,
        ),
        e.ShiftsAssigned(at=_NOW - 800 * _DAY, shifts=[shift], **me),
        *(
            e.AbsenceRecorded(at=at, reason="illness", begins=at, ends=at + 5 * _DAY, **me)
            for at in ill
        ),
    ]
    return fold_responder(id, stream)
