"""What a user can mend exits 2 with the remedy; a bug of ours exits 70; what is printed is
escaped.
"""

import csv
import json

import pytest
from click.testing import CliRunner

from coresponder import __version__
from coresponder.cli.commands import commands
from coresponder.cli.options import print_json, say, terminal
from tests.cli.test_commands import MAPPING

HOSTILE = "a\\u001b[2Jb\\u009bc\\u202ed[/nothing]"
PROGRAM = f"""
[program]
id = "x"
version = "1"
title = "{HOSTILE}"
authority = "{HOSTILE}"
[[policy]]
id = "p"
template = "existence"
a = "SceneCleared"
authority = "{HOSTILE}"
"""


def _run(*arguments):
    return CliRunner().invoke(commands, [str(a) for a in arguments])


@pytest.fixture
def store(tmp_path):
    """A store with one incident."""
    assert _run("run", "--incidents", 1, "--store", tmp_path / "night.db").exit_code == 0
    return tmp_path / "night.db"


@pytest.mark.parametrize(
    "now",
    ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+14:00", "yesterday", "2026-03-02T10:00:00"],
)
@pytest.mark.parametrize("command", ["due", "tick", "outbox"])
def test_a_time_that_is_none_is_the_users(store, command, now):
    """Exit 2, with how to write it."""
    found = _run(command, store, "--now", now)
    assert (found.exit_code, "--now: " in found.output, "Traceback" in found.output) == (
        2,
        True,
        False,
    )


@pytest.mark.parametrize("now", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00"])
@pytest.mark.parametrize("command", ["due", "tick"])
def test_the_ends_of_the_calendar_are_times_like_others(store, command, now):
    """What is owed then is said."""
    assert _run(command, store, "--now", now).exit_code == 0


def test_a_deep_program_is_the_users(tmp_path):
    """Exit 2, with the remedy."""
    (tmp_path / "deep.toml").write_text("a = " + "[" * 900 + "]" * 900)
    found = _run("check", tmp_path / "deep.toml")
    assert found.exit_code == 2
    assert "write it flatter" in found.output


@pytest.mark.parametrize("error", [ValueError, OverflowError, RecursionError, KeyError, TypeError])
def test_a_fault_of_ours_is_told_as_ours(monkeypatch, error):
    """Exit 70, where it was, a request to report it, and not a word of the data."""

    def broken(*_):
        raise error("John Smith, postgresql://u:s3cret@host/db")

    monkeypatch.setattr("coresponder.program.load_program", broken)
    found = _run("show", "x")
    assert found.exit_code == 70
    assert "a bug in coresponder 0" in found.output.replace(__version__, "0")
    assert error.__name__ in found.output
    assert "test_faults.py" in found.output
    assert "report it" in found.output
    assert not [word for word in ("Smith", "s3cret", "Traceback") if word in found.output]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_programs_texts_do_not_reach_the_terminal_raw(tmp_path, form):
    """Neither as controls nor as markup; JSON stays JSON with the same text."""
    (tmp_path / "x.toml").write_text(PROGRAM)
    found = _run("show", tmp_path / "x.toml", "--format", form)
    assert found.exit_code == 0, found.output
    assert not set("\x1b\x9b\u202e") & set(found.output)
    assert "\\u202e" in found.output
    if form == "json":
        assert json.loads(found.output)["title"] == "a\x1b[2Jb\x9bc\u202ed[/nothing]"
    else:
        assert "[/nothing]" in found.output


def test_an_errors_text_does_not_reach_the_terminal_raw(tmp_path):
    """A key of a file is repeated, escaped."""
    (tmp_path / "x.toml").write_text(
        '[program]\nid = "x"\nversion = "1"\n"\\u001b[2J\\u202e" = 1\n'
    )
    found = _run("show", tmp_path / "x.toml")
    assert found.exit_code == 2
    assert not set("\x1b\u202e") & set(found.output)


def test_lines_tables_and_json_pass_one_place(capsys):
    """All that prints escapes."""
    say("a\x9bb")
    print_json({"a": "\u202e"})
    terminal().print("a\u2066b\x85c")
    out = capsys.readouterr().out
    assert out == 'a\\u009bb\n{\n  "a": "\\u202e"\n}\na\\u2066b\\u0085c\n'


def test_an_id_with_colons_is_printed_as_it_is(capsys):
    """An id may have colons: `:fire:` in it does not become a picture."""
    terminal().print("cad:fire:7")
    assert capsys.readouterr().out == "cad:fire:7\n"


def test_rejects_hold_no_formula(tmp_path):
    """A row of a stranger's file is text in a spreadsheet, also its reason."""
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "calls.csv").write_text(
        "id,call,sent,there,left,what,end\n=cmd|' /C calc'!A0,\u202e,,,,psych,\n"
    )
    _run(
        "run",
        "--calls",
        tmp_path / "calls.csv",
        "--mapping",
        tmp_path / "m.toml",
        "--rejects",
        tmp_path / "r.csv",
    )
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as lines:
        row = list(csv.reader(lines))[1]
    assert row[2] == "'=cmd|' /C calc'!A0"
    assert "\u202e" not in "".join(row)


@pytest.mark.parametrize(
    "command", ["due", "tick", "outbox", "verify", "migrate", "scrub", "checkpoint"]
)
@pytest.mark.parametrize("program", ["cit", "mine.toml"])
def test_a_program_given_for_a_store_is_said(command, program):
    """A person who mixes up the two is told which is which, and which command writes a store."""
    found = _run(command, program)
    assert found.exit_code == 2
    assert (
        f"{program} is a program, and this command reads a store: give the file that `coresponder run {program} --store"
        in found.output
    )


@pytest.mark.parametrize("command", ["due", "tick", "outbox"])
def test_a_time_in_words_gets_its_cure(command, tmp_path):
    """`yesterday` is no time; the error shows one."""
    store = tmp_path / "night.db"
    assert _run("run", "cit", "--incidents", "2", "--store", str(store)).exit_code == 0
    found = _run(command, str(store), "--now", "yesterday")
    assert found.exit_code == 2
    assert "is not a time; write it like 2026-03-02T21:00:00+00:00" in found.output
