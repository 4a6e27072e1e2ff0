"""A hint goes by what is meant before it goes by spelling."""

import pytest

from coresponder.domain import events
from coresponder.errors import InvalidProgram, nearest
from coresponder.hints import MEANT
from coresponder.policy.atoms import OPERATORS
from coresponder.program.spec import program_from_definition

EVENTS = sorted(name for name in vars(events) if name[0].isupper())


@pytest.mark.parametrize(
    ("written", "known", "meant"),
    [
        ("gte", OPERATORS, "ge"),
        ("lte", OPERATORS, "le"),
        ("FollowupCompleted", EVENTS, "FollowUpDone"),
        ("Refused", EVENTS, "ConsentDeclined"),
        ("follow-up completed", EVENTS, "FollowUpDone"),
        ("CIT", ("cit", "cit_refresher"), "cit"),
        ("CIT refresher", ("cit", "cit_refresher"), "cit_refresher"),
    ],
)
def test_what_is_meant_comes_before_what_is_spelled_alike(written, known, meant):
    """The hint names the meaning, whatever is nearer in spelling."""
    assert nearest(written, known) == f"did you mean {meant!r}?"


def test_every_word_of_the_table_leads_to_a_name_that_exists():
    """A renamed event or operator does not leave a dead entry."""
    assert {name for names in MEANT.values() for name in names} <= {*OPERATORS, *EVENTS}


def test_a_meaning_that_is_not_known_here_is_not_suggested():
    """Among other names the table says nothing."""
    assert nearest("gte", ["red", "blue"]) == "known: blue, red"


@pytest.mark.parametrize("table", ["policy", "notice"])
def test_one_bracket_for_two_is_answered_with_two(table):
    """`[policy]` for `[[policy]]` is told how it is written, in no words of another library."""
    with pytest.raises(
        InvalidProgram, match=rf"\[{table}\]: each {table} is one of a list; write \[\[{table}\]\]"
    ):
        program_from_definition({"id": "one", table: {"id": "first"}})
