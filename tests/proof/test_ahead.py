"""Looking ahead from a live case."""

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Program, load_program
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

ASKS = Policy(
    id="asks",
    template="response",
    a=Atom(events="Screened"),
    b=Atom(events="FollowUpScheduled"),
    within="3 h",
    enforcement="BLOCK",
)
FORBIDS = Policy(
    id="forbids",
    template="not_succession",
    a=Atom(events="ConsentDeclined"),
    b=Atom(events="FollowUpScheduled"),
    enforcement="BLOCK",
)


def warned(program, *events, now):
    workflow = Workflow(program, MemoryStore(), clock=lambda: now)
    incident = workflow.receive(received()).case.id
    for event in events:
        workflow.record(incident, event)
    return {p.event: p.dead_ends for p in workflow.permitted(incident, now) if p.dead_ends}


def screened(minutes=1):
    return e.Screened(
        at=at(minutes), by="officer-1", person="somebody-81", screening=Screening(level="high")
    )


def test_permitted_warns_of_a_step_that_leaves_no_finish():
    """Before the screen a refusal is harmless; after it nobody could finish any more. Ids of the
    live case do not matter.
    """
    program = Program(id="p", policies=(ASKS, FORBIDS), look_ahead=True)
    assert "Screened" not in warned(program, now=at(5))
    assert warned(program, screened(), now=at(5)) == {"ConsentDeclined": ("asks", "forbids")}
    assert warned(program, screened(), now=at(60 * 24)) == {"ConsentDeclined": ("asks", "forbids")}


def test_a_rule_that_cannot_be_searched_gives_no_warning_and_stops_no_other():
    """A rule about what is taken back is not looked ahead for; the others are."""
    told = Policy(
        id="told",
        template="response",
        a=Atom(events="EnteredInError"),
        b=Atom(events="SupervisorNotified"),
        enforcement="BLOCK",
    )
    program = Program(id="p", policies=(told, ASKS, FORBIDS), look_ahead=True)
    assert warned(program, screened(), now=at(5)) == {"ConsentDeclined": ("asks", "forbids")}


def test_without_the_option_nothing_is_looked_up():
    """Looking ahead is the program's choice."""
    assert warned(Program(id="p", policies=(ASKS, FORBIDS)), screened(), now=at(5)) == {}


def test_a_proved_program_gives_no_warning():
    """Where no dead end exists there is nothing to warn of."""
    assert warned(attrs.evolve(load_program("cit"), look_ahead=True), screened(), now=at(5)) == {}


def test_the_warning_is_said():
    """A person reads it in the answer."""
    workflow = Workflow(
        Program(id="p", policies=(ASKS, FORBIDS), look_ahead=True),
        MemoryStore(),
        clock=lambda: at(9),
    )
    incident = workflow.receive(received()).case.id
    workflow.record(incident, screened())
    answer = next(p for p in workflow.permitted(incident, at(9)) if p.event == "ConsentDeclined")
    assert "beware: after it there may be no way to finish under asks and forbids" in str(answer)
