"""Long incidents: what one more event costs does not depend on how many there were."""

import itertools
import time

from coresponder.domain import events as e
from coresponder.program import load_program
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import BY, received


def contacts(count):
    return [
        received(),
        *(
            e.DeEscalationAttempted(at=at(1 + i / 60), techniques=("mirroring",), **BY)
            for i in range(count)
        ),
    ]


def cost(act):
    """Return the least CPU time of three runs."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        act()
        times.append(time.process_time() - begun)
    return min(times)


def test_a_long_incident_costs_by_the_event():
    """Ten times the events are replayed, and taken one by one, in some ten times the time; a
    history that is copied for each event takes thirty times and more.
    """
    program = load_program("cit")
    few, many = contacts(1000), contacts(10_000)
    assert cost(lambda: program.replay("a", many)) < 20 * cost(lambda: program.replay("a", few))


def test_a_step_at_the_end_of_a_long_incident_is_a_step():
    """Also when something came late, and the record's numbers are kept beside the history."""
    program, story = load_program("cit"), contacts(10_000)
    late = e.DeEscalationAttempted(at=at(2.5), techniques=("mirroring",), **BY)
    short = program.replay("a", contacts(50))
    long = program.advance(program.replay("a", story), late).case
    assert long.numbers[-1] == 10_001

    def steps(case):
        for i in range(300):
            event = e.DeEscalationAttempted(at=at(500 + i), techniques=("mirroring",), **BY)
            case = program.advance(case, event).case
        return case

    assert cost(lambda: steps(long)) < 4 * cost(lambda: steps(short))
    assert steps(long).recorded()[10_001] is late


def test_a_late_event_names_only_what_was_recorded_since():
    """The step of a late event has that event, however long the history."""
    program = load_program("cit")
    case = program.replay("a", contacts(40))
    late = e.WeaponSeen(at=at(1.2), **BY)
    step = program.advance(case, late)
    assert step.events == (late,)
    assert step.case.recorded(since=41) == (late,)
    again = e.WeaponSeen(at=at(1.1), **BY)
    assert program.advance(step.case, again).events == (again,)


def test_a_responder_arrives_in_a_long_incident_as_in_a_short_one():
    """Who is assigned, and who came before, is not looked for in all that was recorded."""
    flow = Workflow(load_program("cit"), MemoryStore(), clock=lambda: at(10**6))
    for name, count in (("short", 50), ("long", 10_000)):
        flow.replay(name, contacts(count))

    minutes = itertools.count(500)

    def arrivals(name):
        for i in range(20):
            minute = at(next(minutes))
            flow.record(name, e.ResponderArrived(at=minute, responder=f"o-{i}", **BY))

    assert cost(lambda: arrivals("long")) < 4 * cost(lambda: arrivals("short"))
