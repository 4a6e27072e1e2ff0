"""What a traceback shows of a case."""

from coresponder.program import load_program


def test_the_repr_of_a_case_says_where_it_stands():
    """The id, the program, the state and the version, and not the history."""
    program = load_program("cit")
    case = program.open("7")
    where = f"program={program.name!r}, state='new', version=0"
    assert repr(case) == f"Case(id='7', {where})"
