"""A hint goes by what is meant before it goes by spelling."""

import random
from enum import StrEnum

import pytest

from coresponder.cli.commands import commands
from coresponder.domain import events, vocabulary
from coresponder.errors import InvalidProgram, nearest
from coresponder.hints import MEANT
from coresponder.policy.atoms import OPERATORS
from coresponder.policy.templates import TEMPLATES
from coresponder.program.spec import program_from_definition

WORDS = [
    [one.value for one in found]
    for found in vars(vocabulary).values()
    if isinstance(found, type) and issubclass(found, StrEnum) and len(found) > 2
]
WORDS += [sorted(events.EVENT_TYPES), sorted(commands.commands), sorted(TEMPLATES)]
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


def test_a_hint_has_what_was_written_before_the_name():
    """A field of a field is suggested as it is written in a condition."""
    rule = {"id": "x", "template": "existence", "a": {"event": "Screened", "where": {"screening.levl": "high"}}}  # fmt: skip
    rule |= {"because": "x", "source": "local choice"}
    for path, meant in (
        ("screening.levl", "screening.level"),
        ("screenin.level", "screening"),
        ("incident.stae", "incident.state"),
    ):
        rule["a"]["where"] = {path: "high"}
        with pytest.raises(InvalidProgram, match=f"did you mean '{meant}'"):
            program_from_definition({"program": {"id": "x", "version": "1"}, "policy": [rule]})
    assert nearest("levl", ["level"], before="screening.") == "did you mean 'screening.level'?"
    assert nearest("zzz", ["a", "b"], before="x.") == "known: x.a, x.b"


def test_of_two_hundred_misspelled_words_the_nearest_is_the_right_one():
    """Each event, command and word of each vocabulary, with a letter left out, doubled, changed,
    added, or two exchanged: what was meant is suggested for all but one in a hundred.
    """
    draw, wrong, tried = random.Random(7), [], 0
    while tried < 200:
        names = draw.choice(WORDS)
        word = draw.choice(names)
        written = misspelled(word, draw)
        if written not in names and len(word) > 3:
            tried += 1
            if nearest(written, names) != f"did you mean {word!r}?":
                wrong.append((written, word))
    assert len(wrong) <= 2, wrong


def misspelled(word, draw):
    here, letter = draw.randrange(len(word)), draw.choice("aeiourstnl")
    before, at, after = word[:here], word[here], word[here + 1 :]
    return draw.choice(
        [before + after, before + at + at + after, before + letter + after, before + letter + at + after, before + after[:1] + at + after[1:]]
    )  # fmt: skip


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
