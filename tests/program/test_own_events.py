"""An event type of a program's own is what it declares: name and shape, not which object in memory
its class is.
"""

import copy
import pickle
import subprocess
import sys
import tomllib

import attrs
import pytest

from coresponder.domain.events import Decision, Fact
from coresponder.errors import InvalidEvent
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Program, load_program, program_from_definition
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

TEXT = """
[program]
id = "peers"
version = "1"

[[event]]
name = "PeerVisited"
kind = "decision"
fields = { person = "id", minutes = "integer" }

[[policy]]
id = "one-visit"
template = "at_most"
a = { event = "PeerVisited", where = { minutes = { ge = 1 } } }
enforcement = "BLOCK"
authority = "local choice"
"""


def loaded(text=TEXT):
    return program_from_definition(tomllib.loads(text))


def visit(program, minute=1, **fields):
    return program.event_type("PeerVisited")(at=at(minute), by="peer-1", minutes=5, **fields)


def test_a_program_that_is_loaded_twice_is_the_same_program():
    """Equal, and each takes the other's events."""
    one, two = loaded(), loaded()
    assert one == two
    assert visit(one) == visit(two)
    step = two.advance(two.advance(two.open("a"), received()).case, visit(one))
    assert step.accepted
    assert not two.advance(step.case, visit(one, 2)).accepted


def test_another_shape_is_another_event_and_the_error_says_in_what():
    """The same name with other fields, or of another kind, is not mistaken for the program's own."""
    other = loaded(TEXT.replace('minutes = "integer"', 'minutes = "number"'))
    program = loaded()
    with pytest.raises(InvalidEvent, match=r"declares 'PeerVisited' differently \(in minutes\)"):
        program.advance(program.open("a"), visit(other))
    fact = loaded(TEXT.replace('kind = "decision"', 'kind = "fact"').replace('"BLOCK"', '"WARN"'))
    with pytest.raises(InvalidEvent, match="in its kind"):
        program.advance(program.open("a"), visit(fact))


def made_class(base=Decision):
    @attrs.frozen(kw_only=True)
    class VanSent(base):
        miles: int = 0

    return VanSent


def test_a_class_of_python_that_is_made_twice_is_the_same_event():
    """A class that a function makes, or a module that is loaded again, is taken by its name and
    shape.
    """
    rule = Policy(id="once", template="at_most", a=Atom(events="VanSent"), enforcement="BLOCK")
    program = Program(id="van", events=(made_class(),), policies=(rule,))
    step = program.advance(
        program.advance(program.open("a"), received()).case,
        made_class()(at=at(1), by="van-1", miles=3),
    )
    assert step.accepted
    assert not program.advance(step.case, made_class()(at=at(2), by="van-1")).accepted
    with pytest.raises(InvalidEvent, match="in its kind"):
        program.advance(program.open("a"), made_class(Fact)(at=at(1), by="van-1"))


@pytest.mark.parametrize(
    "program", [loaded(), load_program("cit"), load_program("new-haven-cdcp")], ids=lambda p: p.id
)
def test_a_program_and_its_cases_can_be_pickled(program):
    """They are made again from what was declared, and go on as if nothing had been."""
    again, copied = pickle.loads(pickle.dumps(program)), copy.deepcopy(program)
    assert again == program == copied
    assert again.definition == program.definition
    case = program.advance(program.open("a"), received()).case
    if program.id == "peers":
        case = program.advance(case, visit(program)).case
    assert pickle.loads(pickle.dumps(case)) == case
    step = program.advance(case, received(3))
    assert pickle.loads(pickle.dumps(step)).case == step.case
    assert again.advance(pickle.loads(pickle.dumps(case)), received(3)).case == step.case


def test_an_event_is_the_same_in_another_process():
    """What one process pickles another one reads, and its own program takes it."""
    code = (
        "import pickle, sys; program, case, event = pickle.load(sys.stdin.buffer); step = program.advance(case, event);"
        "sys.stdout.buffer.write(pickle.dumps((step.accepted, step.case, program)))"
    )
    program = loaded()
    case = program.advance(program.open("a"), received()).case
    found = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps((program, case, visit(program))),
        capture_output=True,
        check=True,
    )
    assert pickle.loads(found.stdout) == (True, program.advance(case, visit(program)).case, program)


def test_a_workflow_takes_events_of_a_program_loaded_elsewhere():
    """A host loads the file where it needs it; the store's copy and the cache are the same program."""
    store = MemoryStore()
    Workflow(loaded(), store).receive(received(), incident="a")
    Workflow(loaded(), store).record("a", visit(loaded()))
    assert [type(event).__name__ for event in Workflow(loaded(), store).case("a").history] == [
        "CallReceived",
        "PeerVisited",
    ]
