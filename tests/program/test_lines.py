"""Where a mistake stands in a program's file, and what to write instead."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.documents.toml_lines import TomlLines
from coresponder.errors import InvalidProgram
from coresponder.program import program_from_definition, shipped_programs
from coresponder.program.spec import _address, read_program
from tests.program.test_spec import HEAD, RULE, TIER, load

WHERE = RULE.replace('"WeaponSeen"', "{ event = %s, where = { %s } }")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD + RULE.replace("WeaponSeen", "WeponSeen"),
            "line 7, [[policy]] 'rule', a: there is no event",
        ),
        (
            HEAD + RULE + RULE.replace("rule", "b") + "count = 'two'\n",
            "line 14, [[policy]] 'b', count: it must be a whole number, without quotes",
        ),
        (
            HEAD + RULE + 'within = "1 moon"\n',
            "line 9, [[policy]] 'rule', within: '1 moon' is not a time bound",
        ),
        (HEAD + RULE + RULE, "line 9, [[policy]] 'rule': 2 policies have this id"),
        (
            HEAD + RULE.replace("policy]]", "policy]").replace("[[", "["),
            "line 4, [policy]: each policy is one of a list; write [[policy]]",
        ),
        (
            HEAD + TIER.replace("[{ ", "[\n{ ").replace("clinician", "clinican"),
            "line 8, [[tier]] 't', seats.0.role.0 = 'clinican'",
        ),
        (
            HEAD + '[[notice]]\nto = "supervisor"\non = "violaton"\n',
            "line 6, [[notice]] number 1: on = 'violaton'",
        ),
        (
            HEAD
            + '[lifecycle]\nadd = [\n{ event = "SceneCleard", source = "new", target = "new" }]\n',
            "line 6, [lifecycle] add.0: there is no event",
        ),
        (
            HEAD + '[vocabulary.nature]\n"a" = "other"\n"b" = "psycosis"\n',
            "line 6, [vocabulary.nature] 'b'",
        ),
        (
            HEAD + '[calendar]\n\ntime_zone = "Mars"\n',
            "line 6, [calendar] time_zone = 'Mars' is not known",
        ),
        (
            HEAD + "# a\nlook_ahead = 'perhaps'\n",
            "line 5, [program], look_ahead: it must be true or false, without quotes",
        ),
        (HEAD + "plausible = 5\n", "line 4, [program], plausible: it must be a table"),
        (
            HEAD + "plausible = { since = 'May' }\n",
            "line 4, [program], plausible.since: 'May' is not a day",
        ),
        (HEAD + "natures = 'other'\n", "line 4, [program], natures: it must be a list"),
        (
            HEAD + TIER.replace("}", ", hours = -1 }"),
            "line 7, [[tier]] 't', seats.0.hours: it must be 0 or more",
        ),
        (
            HEAD + '[[event]]\nname = "WeaponSeen"\nkind = "fact"\n',
            "line 4, [[event]] 'WeaponSeen' is already an event",
        ),
    ],
)
def test_a_mistake_names_its_line(tmp_path, text, said):
    """Whatever found it, the error says the line of the key, then the table, the key and the
    remedy.
    """
    with pytest.raises(InvalidProgram) as caught:
        load(tmp_path, text)
    assert f"mine.toml: {said}" in str(caught.value)
    assert not any(
        word in str(caught.value) for word in ("valid ", "nput ", "at line", "Value error")
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD + RULE + 'id = "two"\n',
            "line 9: policy.id is given twice, first on line 5; keep one of them",
        ),
        (HEAD + "x = { b = 1, b = 2 }\n", "line 4: program.x.b is given twice, first on line 4"),
        (
            HEAD + "[policy]\n[policy]\n",
            "line 5: policy is given twice, first on line 4; write [[policy]], in two brackets",
        ),
        (
            HEAD + '[policy]\nid = "x"\n[[policy]]\n',
            "line 4: write [[policy]], in two brackets, as on line 6",
        ),
        (
            HEAD + '[[policy]]\nid = "x"\n[policy]\n',
            "line 6: write [[policy]], in two brackets, as on line 4",
        ),
        (
            HEAD + '[[policy]]\nid = "x"\n[calendar\n',
            "line 6: this is not TOML: a bracket is missing",
        ),
        (HEAD + 'x = "12\\/25"\n', "line 4: this is not TOML: a \\ in a text is written twice"),
        (HEAD + 'title = "a\n', "line 4: this is not TOML: a text has no closing quote"),
        (HEAD + "natures = [\n'other',\n", "line 5: this is not TOML: a bracket is missing"),
        (HEAD + "[calendar\n", "line 4: this is not TOML: a bracket is missing"),
        (HEAD + "look_ahead = yes\n", "line 4: this is not TOML: this is not a value"),
        (HEAD + "look_ahead\n", "line 4: this is not TOML: a key needs a value"),
        (
            HEAD + "[calendar]\nholidays = [12/25/2026]\n",
            "line 5: this is not TOML: 12/25/2026 is not a day; write year, month and day like 2026-12-25",
        ),
        (
            HEAD + "[calendar]\nholidays = [2026-13-25]\n",
            "line 5: this is not TOML: 2026-13-25 is not a day",
        ),
        (HEAD + "x = " + "[" * 500, "it is nested more than 64 levels deep"),
    ],
)
def test_what_is_not_toml_is_told_in_words_of_ours(tmp_path, text, said):
    """The line, what is wrong with it, and what to write; nothing that only the parser's authors
    understand.
    """
    with pytest.raises(InvalidProgram) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(f"mine.toml: {said}")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (
            '"12/25/2026"',
            "'12/25/2026' is not a day; write year, month and day without quotes, like 2026-12-25",
        ),
        ('"25.12.2026"', "like 2026-12-25"),
        ("2026-12-25T10:00:00", "2026-12-25 10:00:00 has a time; write the day alone, 2026-12-25"),
        ("2026-12-25T00:00:00Z", "has a time; write the day alone, 2026-12-25"),
        ("20261225", "20261225 is not a day"),
        ("0", "0 is not a day"),
    ],
)
def test_a_holiday_in_another_notation_gets_its_cure(tmp_path, day, said):
    """No notation is guessed, and none becomes another day: a number is not a day of 1970."""
    with pytest.raises(InvalidProgram, match=r"line 5, \[calendar\], holidays.0: ") as caught:
        load(tmp_path, HEAD + f"[calendar]\nholidays = [{day}]\n")
    assert said in str(caught.value)


def test_a_day_in_quotes_is_the_same_day(tmp_path):
    """It can mean only one thing, and a definition that was kept as JSON has it."""
    assert [
        str(day)
        for day in load(
            tmp_path, HEAD + '[calendar]\nholidays = ["2026-12-25", 2026-12-26]\n'
        ).calendar.holidays
    ] in (
        ["2026-12-25", "2026-12-26"],
        ["2026-12-26", "2026-12-25"],
    )


@pytest.mark.parametrize(
    ("event", "where", "name"),
    [
        ("'Screened'", "screening.level = 'high'", "screening.level"),
        ("'Screened'", "screening.level = { ge = 'high' }", "screening.level"),
        ("'PersonInvolved'", "incident.call.nature = 'psychosis'", "incident.call.nature"),
        (
            "'PersonInvolved'",
            "incident.call.nature = { gte = 'psychosis' }",
            "incident.call.nature",
        ),
    ],
)
def test_a_dotted_name_without_quotes_gets_its_cure(tmp_path, event, where, name):
    """TOML reads it as a table in a table; the remedy is the pair of quotes."""
    with pytest.raises(InvalidProgram) as caught:
        load(tmp_path, HEAD + WHERE % (event, where))
    assert (
        f"line 7, [[policy]] 'rule', a.where: {name} must be in quotes, because it has a dot; write \"{name}\" = ..."
        in str(caught.value)
    )


def test_what_is_no_field_in_a_where_is_not_taken_for_missing_quotes(tmp_path):
    """Quotes are the remedy only where the name with its dot is a field."""
    with pytest.raises(InvalidProgram) as caught:
        load(tmp_path, HEAD + WHERE % ("'Screened'", "screening = { lvl = 'high' }"))
    assert "quotes" not in str(caught.value)


def _paths(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield (*path, number)
            yield from _paths(inner, (*path, number))


@pytest.mark.parametrize("name", shipped_programs())
def test_each_key_of_a_shipped_program_has_the_line_on_which_it_stands(name):
    """All that the parser reads has a line, the line shows the key, and nothing is taken for
    doubled.
    """
    text, _ = read_program(name)
    lines, found = text.splitlines(), TomlLines.of(text)
    paths = list(_paths(tomllib.loads(text)))
    assert len(paths) > 100
    assert [path for path in paths if path not in found.known] == []
    assert [
        path
        for path in paths
        if isinstance(path[-1], str) and path[-1] not in lines[found.known[path] - 1]
    ] == []
    assert found.doubled == ()


@given(st.text(alphabet="[]{}=\"'#.,\n\\ab1", max_size=60))
def test_any_text_has_lines_or_none(text):
    """A text that is no TOML is walked through to its end."""
    assert all(0 < line <= text.count("\n") + 1 for line in TomlLines.of(text).known.values())


def test_a_program_without_a_file_has_no_lines():
    """What is built from tables says where it is in the tables."""
    with pytest.raises(InvalidProgram, match=r"^none.toml: \[program\], program: it is required"):
        program_from_definition({}, source="none.toml")


def test_a_problem_that_names_no_table_has_no_line():
    """It is told without one."""
    assert _address("nothing is there", {}) == ()
