"""A year of a made-up department of people who work part-time: each month an officer joins, and one
is trained in CIT; each quarter a clinician joins. The first tier needs both.

`python examples/year.py picture.svg` draws it as well.
"""

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import coresponder as co
from coresponder.roster.coverage import Question, cover
from coresponder.roster.shifts import Span

program = co.load_program("cit")
zone = program.calendar.time_zone
question = Question.all_of(program.tiers, program.courses, program.natures)[0]
week = list(co.Weekday)
hours = [(dt.time(7), dt.time(15)), (dt.time(15), dt.time(23)), (dt.time(23), dt.time(7))]
streams: dict[str, list[co.Event]] = {}


def happened(event: Callable[..., co.Event], id: str, at: dt.datetime, **fields: Any) -> None:
    """Add an event to a responder's stream."""
    streams.setdefault(id, []).append(event(at=at, by="hr-1", responder=id, **fields))


def join(id: str, role: str, at: dt.datetime, training: str, days: list[Any], turn: int) -> None:
    """Let a responder join, trained and on a weekly shift."""
    shift = co.WeeklyShift(days=days, begins=hours[turn][0], ends=hours[turn][1])
    happened(co.ResponderJoined, id, at, role=role)
    happened(co.TrainingCompleted, id, at, training=training)
    happened(co.ShiftsAssigned, id, at, shifts=[shift])


def join_officer(number: int, at: dt.datetime) -> None:
    """Let an officer join, for one of three turns and two days of the week."""
    first = number // 3 % 4 * 2
    days = week[first : first + 2]
    join(f"officer-{number}", "patrol_officer", at, "basic_de_escalation", days, number % 3)


first_tier = question.tiers[0].id
curves: dict[str, list[tuple[int, float]]] = {first_tier: [], "cit-officer or better": []}
for number in range(1, 7):
    join_officer(number, dt.datetime(2025, 12, 1, tzinfo=zone))
for month in range(1, 13):
    begins = dt.datetime(2026, month, 1, tzinfo=zone)
    join_officer(6 + month, begins)
    happened(co.TrainingCompleted, f"officer-{month}", begins, training="cit", hours=40)
    happened(co.RoleChanged, f"officer-{month}", begins, role="cit_officer")
    if month % 3 == 1:
        turn = month // 3 % 3
        join(f"clinician-{month}", "clinician", begins, "mental_health_license", week, turn)
    seven_days = Span(begins + dt.timedelta(days=1), begins + dt.timedelta(days=8))
    people = [co.fold_responder(id, events, zone=zone) for id, events in streams.items()]
    found = cover(question, people, seven_days, zone)
    shares = found.at_least(first_tier), found.at_least("cit-officer")
    for curve, share in zip(curves.values(), shares, strict=True):
        curve.append((month, share))
    print(f"2026-{month:02}  a CIT officer in {shares[1]:6.1%} of the hours,", end=" ")
    print(f"with a clinician in {shares[0]:5.1%}")

if len(sys.argv) > 1:
    from coresponder.cli.pictures import draw_curves

    draw_curves(curves, "month of 2026, one officer more trained in each", Path(sys.argv[1]))
