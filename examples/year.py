"""A year of a made-up department: one officer more is trained in CIT each month.

`python examples/year.py picture.svg` draws it as well.
"""

import datetime as dt
import sys
from pathlib import Path

import coresponder as co
from coresponder.roster.coverage import Question, cover
from coresponder.roster.shifts import Span
from coresponder.roster.whatif import Training
from coresponder.simulation.roster import made_up_roster

program = co.load_program("cit")
people = {
    id: co.fold_responder(id, events, zone=program.calendar.time_zone)
    for id, events in made_up_roster(program).items()
}
question = Question.all_of(program.tiers, program.courses, program.natures)[0]
zone = program.calendar.time_zone
course = Training(number=1, role=co.Role.PATROL_OFFICER, training="cit")
points = []

for month in range(1, 13):
    begins = dt.datetime(2026, month, 1, tzinfo=zone).astimezone(dt.UTC)
    if month > 1:
        for officer in course.candidates(people.values(), begins, program.courses)[: course.number]:
            people[officer.id] = course.trained(officer, question, begins)
    week = Span(begins, begins + dt.timedelta(days=7))
    found = cover(question, people.values(), week, zone)
    points.append((month, found.at_least("cit-officer")))
    print(f"2026-{month:02}  a CIT officer in {points[-1][1]:6.1%} of the hours")

if len(sys.argv) > 1:
    from coresponder.cli.pictures import draw_curve

    draw_curve(points, "month of 2026", Path(sys.argv[1]))
