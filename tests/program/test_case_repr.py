"""What a traceback shows of a case, and what a case was told."""

from coresponder.domain import events as e
from coresponder.program import load_program
from tests.conftest import at
from tests.program.test_advance import BY, received, walk


def test_the_repr_of_a_case_says_where_it_stands():
    """The id, the program, the state and the version, and not the history."""
    program = load_program("cit")
    case = program.open("7")
    where = f"program={program.name!r}, state='new', version=0"
    assert repr(case) == f"Case(id='7', {where})"


def test_the_lines_that_say_the_same_are_given_also_if_they_are_void():
    """By whomever they were recorded; a line of another time says another thing."""
    done = {"follow_up": "f1", "kind": "phone_call"}
    made = e.FollowUpDone(at=at(5), **done, **BY)
    void = e.EnteredInError(at=at(6), event=2, reason="wrong_person", **BY)
    case = walk(load_program("cit"), received(), made, void)
    (line,) = case.told(e.FollowUpDone(at=at(5), by="another", **done))
    assert (line.number, line.voided) == (2, True)
    assert case.told(e.FollowUpDone(at=at(7), by="another", **done)) == ()
