"""A proposed mapping: nothing is recognized silently."""

import csv
import itertools

import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.errors import NotFound
from coresponder.interop.cad import RowCase, read_calls
from coresponder.interop.mapping import load_mapping
from coresponder.interop.proposal import propose_mapping

ZONE = "America/New_York"
HEAD = ["Incident Number", "Call Time", "Dispatch Time", "On Scene", "Cleared", "Call Type"]
HEAD += ["Disposition", "Unit", "Officer Notes"]


def written(tmp_path, rows, head=HEAD, delimiter=","):
    path = tmp_path / "calls.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([head, *rows])
    return path


def times(number, hours, form="03/{day:02}/2026 {hour:02}:05"):
    return [form.format(day=13 + number % 9, hour=hour) for hour in hours]


def rows(many=6):
    return [
        [f"26-{n}", *times(n, (10, 11, 12, 13)), "10-96", "RESOLVED", "A1", f"note {n}"]
        for n in range(many)
    ]


def proposed(tmp_path, *args, **more):
    found = propose_mapping(written(tmp_path, *args, **more), time_zone=ZONE)
    (tmp_path / "m.toml").write_text(found.text, encoding="utf-8")
    return found


def test_a_proposal_is_a_mapping_that_reads_the_file(tmp_path):
    """With the times where they belong, and no code given a meaning."""
    found = proposed(tmp_path, rows())
    mapping = load_mapping(tmp_path / "m.toml")
    assert found.whole
    assert mapping.file.time_formats == ("%m/%d/%Y %H:%M",)
    (first, *others) = read_calls(tmp_path / "calls.csv", mapping)
    assert all(isinstance(one, RowCase) for one in (first, *others))
    kinds = [type(event) for event in first.events]
    assert kinds == [e.CallReceived, e.TeamDispatched, e.ResponderArrived, e.SceneCleared]
    assert first.events[0].nature == "other"
    assert mapping.nature == {"10-96": "none"}
    assert mapping.disposition == {"RESOLVED": "none"}


def test_every_column_is_recognized_aloud_or_left_aloud(tmp_path):
    """Each is named once, with the word by which it was recognized."""
    found = proposed(tmp_path, rows())
    said = "\n".join((*found.recognized, *found.open))
    assert all(column in said for column in HEAD if column != "Unit")
    assert "arrived = On Scene: 'on scene' is in its name, and every value is a time" in said
    assert "not recognized: Officer Notes" in said
    assert 'unit = "Unit"' in found.text
    assert all(f"# Recognized: {one}" in found.text for one in found.recognized)


def test_a_code_that_is_a_standard_word_is_said_to_be_one(tmp_path):
    """Any other is not recognized, and stands there to be mapped."""
    made = [[*row[:5], "Welfare Check", "Cited", *row[7:]] for row in rows()]
    text = proposed(tmp_path, made).text
    assert '"Welfare Check" = "welfare_check"   # 6 times; the same word' in text
    assert '"Cited" = "cited"   # 6 times; the same word' in text


def test_a_day_and_a_month_that_cannot_be_told_apart_are_not_guessed(tmp_path):
    """Both forms are named."""
    made = [
        [f"26-{n}", *times(0, (10, 11, 12, 13), "03/04/2026 {hour}:05"), *row[5:]]
        for n, row in enumerate(rows())
    ]
    found = proposed(tmp_path, made)
    assert not found.whole
    assert "'%m/%d/%Y %H:%M' or '%d/%m/%Y %H:%M'" in "\n".join(found.open)


def test_what_a_person_must_decide_is_asked(tmp_path):
    """A number that comes again, and a midnight that is too frequent."""
    made = rows()
    for row in made[:3]:
        row[0], row[4] = "26-0", row[4][:10] + " 00:00"
    said = "\n".join(proposed(tmp_path, made).open)
    assert "1 numbers come more than once" in said
    assert "3 of 6 values are exactly midnight" in said
    said = "\n".join(propose_mapping(written(tmp_path, made, delimiter=";"), time_zone=ZONE).open)
    assert "give it with --delimiter" in said
    assert "received: no column was recognized" in said


def test_free_text_is_not_copied_into_the_mapping(tmp_path):
    """Among very many values, those that come once are left out."""
    made = [
        [*row[:5], f"John Smith {n}" if n > 5 else "10-96", *row[6:]]
        for n, row in enumerate(rows(300))
    ]
    text = proposed(tmp_path, made).text
    assert "John" not in text
    assert '"10-96"' in text
    cases = read_calls(tmp_path / "calls.csv", load_mapping(tmp_path / "m.toml"))
    assert all(isinstance(one, RowCase) for one in itertools.islice(cases, 20))


def test_a_file_that_is_not_there(tmp_path):
    """Is named."""
    with pytest.raises(NotFound, match="there is no such file"):
        propose_mapping(tmp_path / "none.csv", time_zone=ZONE)


def test_the_command_writes_a_new_file_and_replays_ten_rows(tmp_path):
    """It never writes over work that is there."""
    path, mapping = written(tmp_path, rows(12)), tmp_path / "new.toml"
    words = ["map", str(path), "--time-zone", ZONE, "-o", str(mapping)]
    found = CliRunner().invoke(commands, words)
    assert found.exit_code == 0, found.output
    assert " ".join(found.output.split()).count("; now cleared") == 10
    assert "2026-03-13 10:05 call received" in " ".join(found.output.split())
    again = CliRunner().invoke(commands, words)
    assert again.exit_code == 2
    assert "no work is lost" in again.output
