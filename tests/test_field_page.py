"""The page of situations says of each program what its story does there."""

import sys
from pathlib import Path

import pytest

from coresponder.program import load_program

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))

from made.across import _played
from made.field import SITUATIONS, _story


@pytest.mark.parametrize("told", SITUATIONS, ids=lambda told: told.title)
def test_a_story_runs_on_its_own_program_and_some_rule_has_a_say(told):
    """Only another program may stop it, and then the table says by what."""
    program = load_program(told.program)
    found = _played(_story(told, program), program)
    assert found.stopped_by is None
    assert found.rules


@pytest.mark.parametrize(
    ("title", "program", "why"),
    [
        ("Two hours at the emergency department", "denver-star", "no such team"),
        (
            "Suspect and victim must not see each other's data",
            "st-louis-mobile-crisis-prevention",
            "`victim-offered-services`",
        ),
    ],
)
def test_what_stops_a_story_elsewhere_is_named(title, program, why):
    """A crew that the program does not have, or the rule that refuses the step."""
    told = next(one for one in SITUATIONS if one.title == title)
    assert (
        _played(_story(told, load_program(told.program)), load_program(program)).stopped_by == why
    )
