"""A proposed mapping: nothing is recognized silently."""

import csv
import itertools

import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.errors import NotFound, UnreadableFile
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
    assert all(column in said for column in HEAD)
    assert "arrived = On Scene: 'on scene' is in its name, and every value is a time" in said
    assert "not recognized: Unit, Officer Notes" in said
    assert "Unit: it may be the column unit, which has a meaning if one_row_is is unit" in said
    assert all(f"# Recognized: {one}" in found.text for one in found.recognized)


def test_a_code_that_is_a_standard_word_is_said_to_be_one(tmp_path):
    """Any other is not recognized, and stands there to be mapped."""
    made = [[*row[:5], "Welfare Check", "Cited", *row[7:]] for row in rows()]
    text = proposed(tmp_path, made).text
    assert '"Welfare Check" = "welfare_check"   # 6 times; the same word' in text
    assert '"Cited" = "cited"   # 6 times; the same word' in text


def test_a_day_and_a_month_that_cannot_be_told_apart_are_not_guessed(tmp_path):
    """The file has a line for each, and one question; the line that is kept reads every row."""
    made = [
        [f"26-{n}", *times(0, (10, 11, 12, 13), "03/04/2026 {hour}:05"), *row[5:]]
        for n, row in enumerate(rows())
    ]
    found = proposed(tmp_path, made)
    assert not found.whole
    assert "\n".join(found.open).count("the day or the month may come first") == 1
    for line, day in (('# time_formats = ["%m', "03-04"), ('# time_formats = ["%d', "04-03")):
        (tmp_path / "m.toml").write_text(found.text.replace(line, line[2:]), encoding="utf-8")
        first, *_ = read_calls(tmp_path / "calls.csv", load_mapping(tmp_path / "m.toml"))
        assert [f"{one.at:%m-%d}" for one in first.events] == [day] * 4


def test_one_column_shows_the_order_of_day_and_month_for_all(tmp_path):
    """They are written by one system."""
    made = [[*row[:2], *times(0, (11, 12, 13), "03/04/2026 {hour}:05"), *row[5:]] for row in rows()]
    found = proposed(tmp_path, made)
    assert found.whole
    assert load_mapping(tmp_path / "m.toml").file.time_formats == ("%m/%d/%Y %H:%M",)


def test_what_a_person_must_decide_is_asked(tmp_path):
    """A number that comes again, and a midnight that is too frequent."""
    made = rows()
    for row in made[:3]:
        row[0], row[4] = "26-0", row[4][:10] + " 00:00"
    said = "\n".join(proposed(tmp_path, made).open)
    assert "1 number comes more than once in Incident Number, and it was not recognized" in said
    assert "3 of 6 values are exactly midnight" in said


@pytest.mark.parametrize(("delimiter", "said"), [(";", ";"), ("\t", "\\t"), ("|", "|")])
def test_the_delimiter_is_found_out_and_said(tmp_path, delimiter, said):
    """It is the one with which the rows are a table, also if a cell has other signs in it."""
    made = [[*row[:8], "left, then; back"] for row in rows()]
    found = proposed(tmp_path, made, delimiter=delimiter)
    assert f"delimiter = '{said}': with it, the table has 9 columns" in found.recognized
    mapping = load_mapping(tmp_path / "m.toml")
    assert mapping.file.delimiter == delimiter
    assert all(isinstance(one, RowCase) for one in read_calls(tmp_path / "calls.csv", mapping))
    path = written(tmp_path, made, delimiter="~")
    asked = propose_mapping(path, time_zone=ZONE).open
    assert "the file has one column; if its cells are separated, give --delimiter" in asked


def test_rows_above_the_names_of_the_columns_are_a_title(tmp_path):
    """The names are in the first row that has the most words."""
    above = [["CAD extract"], ["Period", "01/01/2026", "to", "03/31/2026"], []]
    found = proposed(tmp_path, [HEAD, *rows()], [*above[0]])
    assert "row 2 names the columns; what is above it is a title" in found.recognized
    assert found.whole
    found = proposed(tmp_path, [*above[1:], HEAD, *rows()], [*above[0]])
    assert "row 4 names the columns; what is above it is a title" in found.recognized
    assert found.whole


def test_two_columns_of_one_name_are_asked_about(tmp_path):
    """Neither is taken for the other."""
    made = [[*row, "B1", "B2"] for row in rows()]
    found = proposed(tmp_path, made, [*HEAD, "Status", "Status"])
    assert "'Status' is the name of 2 columns; rename them to use them" in found.open
    assert found.whole


def test_names_in_another_encoding_are_said_and_other_rows_are_left_out(tmp_path):
    """No byte is taken for a letter that it is not."""
    path = tmp_path / "calls.csv"
    path.write_bytes(
        b"Number,Received,Type\n1,2026-03-02 10:00,d\xe9tresse\n2,2026-03-02 10:00,x\n"
    )
    asked = "\n".join(propose_mapping(path, time_zone=ZONE).open)
    assert "1 rows cannot be used; the first is row 1: wrong encoding: Type: byte 0xe9" in asked
    path.write_bytes(b"Num\xe9ro,Received,Type\n1,2026-03-02 10:00,x\n")
    with pytest.raises(UnreadableFile, match="byte 0xe9 is not utf-8"):
        propose_mapping(path, time_zone=ZONE)
    assert propose_mapping(path, time_zone=ZONE, encoding="cp1252").whole


def test_an_empty_file_is_said(tmp_path):
    """Also one with nothing but blank lines."""
    path = tmp_path / "calls.csv"
    for content in ("", "\n\n"):
        path.write_text(content)
        with pytest.raises(UnreadableFile, match="the file is empty"):
            propose_mapping(path, time_zone=ZONE)


ABBREVIATED = "INC_NUM,UNIT_ID,CALL_RECD,DISP_TIME,ENRT_TM,ARV_TIME,CLR_TIME,FINAL_TYPE,DISP_CODE"


def test_names_are_recognized_as_agencies_shorten_them(tmp_path):
    """The number of a unit is not that of an incident."""
    made = [["26-1", "7", *times(1, (10, 11, 12, 13, 14)), "10-96", "RPT"]]
    proposed(tmp_path, made, ABBREVIATED.split(","))
    columns = load_mapping(tmp_path / "m.toml").columns
    assert (columns.incident, columns.nature) == ("INC_NUM", "FINAL_TYPE")
    assert (columns.received, columns.dispatched) == ("CALL_RECD", "DISP_TIME")
    assert (columns.en_route, columns.arrived) == ("ENRT_TM", "ARV_TIME")
    assert (columns.cleared, columns.disposition) == ("CLR_TIME", "DISP_CODE")
    proposed(tmp_path, [["7", "2026-03-02 10:00", "x"]], ["Event #", "OccurDate", "Problem"])
    columns = load_mapping(tmp_path / "m.toml").columns
    assert (columns.incident, columns.received) == ("Event #", "OccurDate")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("epoch seconds", "1772463600"),
        ("epoch milliseconds", "1772463600000"),
        ("Excel days", "46083.416666667"),
    ],
)
def test_numbers_that_count_time_are_recognized_by_their_size_and_name(tmp_path, form, text):
    """The number of a call is none, whatever its size."""
    found = proposed(tmp_path, [[text, text, "x"]], ["Call Number", "Received", "Type"])
    assert f"every value is a time ({form})" in "\n".join(found.recognized)
    mapping = load_mapping(tmp_path / "m.toml")
    assert (mapping.columns.incident, mapping.columns.received) == ("Call Number", "Received")
    (case,) = read_calls(tmp_path / "calls.csv", mapping)
    assert case.events[0].at.isoformat() == "2026-03-02T15:00:00+00:00"


def test_a_few_values_that_are_no_times_do_not_hide_a_column(tmp_path):
    """They are counted, and so are those that are only a day."""
    made = [[f"{n}", "2026-03-02 10:00", "x"] for n in range(18)]
    made += [["18", "ask desk", "x"], ["19", "2026-03-03", "x"]]
    found = proposed(tmp_path, made, ["Number", "Received", "Type"])
    said = "\n".join(found.open)
    assert "Received: 1 values are no such time, most often 'ask desk'" in said
    assert "Received: 1 of 20 values are only a day, and approximate" in said
    assert found.whole


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


def test_a_day_and_a_time_of_day_in_two_columns_are_one_time(tmp_path):
    """With 930 as 09:30 and 2400 as the end of the day, each said aloud; the day of a later stage
    that has none is that of the call.
    """
    head = ["Number", "Call Date", "Call Time", "Dispatch Time", "Clear", "Type"]
    made = [
        ["26 1", "03/13/2026", "930", "935", "03/13/2026 1030", "10-96"],
        ["26 2", "03/14/2026", "2350", "2400", "03/15/2026 0015", "10-96"],
    ]
    found = proposed(tmp_path, made, head)
    assert found.whole
    mapping = load_mapping(tmp_path / "m.toml")
    assert mapping.file.time_formats == ("%m/%d/%Y %H%M",)
    assert (mapping.file.military, mapping.file.hour_24) == (True, True)
    first, second = read_calls(tmp_path / "calls.csv", mapping)
    assert f"{first.events[0].at.astimezone(mapping.zone):%m-%d %H:%M}" == "03-13 09:30"
    sent = next(one for one in second.events if isinstance(one, e.TeamDispatched))
    assert f"{sent.at.astimezone(mapping.zone):%m-%d %H:%M}" == "03-15 00:00"
    said = "\n".join(found.recognized)
    assert "received = Call Date and Call Time" in said
    assert "a time of day like 930 is 09:30; 24:00 is the end of the day" in said
    asked = "\n".join(found.open)
    assert "Dispatch Time: a time of day that has no day of its own is of the day in" in asked


@pytest.mark.parametrize(
    ("day", "hour", "form"),
    [
        ("2026-03-02", "10:05", "ISO 8601"),
        ("2026-03-02", "10:05 PM", "%Y-%m-%d %I:%M %p"),
        ("13.03.2026", "10:05:00", "%d.%m.%Y %H:%M:%S"),
        ("20260302", "1005", "%Y%m%d %H%M"),
    ],
)
def test_each_form_of_a_day_goes_with_each_form_of_an_hour(tmp_path, day, hour, form):
    """Named only `Date` and `Time`, they are the time of the call; in one column it is the same."""
    made = [["26-1", day, hour, "10-96"]]
    proposed(tmp_path, made, ["Number", "Date", "Time", "Type"])
    mapping = load_mapping(tmp_path / "m.toml")
    assert mapping.file.time_formats == (form,)
    assert all(isinstance(one, RowCase) for one in read_calls(tmp_path / "calls.csv", mapping))
    proposed(tmp_path, [["26-1", f"{day} {hour}", "10-96"]], ["Number", "Received", "Type"])
    assert load_mapping(tmp_path / "m.toml").file.time_formats == (form,)


def test_a_day_whose_month_may_come_first_is_not_guessed_in_two_columns(tmp_path):
    """Both forms are named, and whole numbers are no time of day without a word."""
    head = ["Number", "Call Date", "Call Time", "Dispatched", "Type"]
    found = proposed(tmp_path, [["26-1", "03/04/2026", "10:05", "1010", "10-96"]], head)
    assert not found.whole
    assert "(%m/%d/%Y %H:%M or %d/%m/%Y %H:%M)" in "\n".join(found.recognized)
    found = proposed(tmp_path, [["26-1", "03/14/2026", "10:05", "1010", "10-96"]], head)
    assert "not recognized: Dispatched" in "\n".join(found.open)


def test_a_day_without_a_time_of_day_is_approximate_and_said_to_be(tmp_path):
    """Whether all rows have none, or some."""
    found = proposed(tmp_path, [["26-1", "03/14/2026", "x"]], ["Number", "Call Date", "Type"])
    assert "each received is approximate" in "\n".join(found.open)
    (case,) = read_calls(tmp_path / "calls.csv", load_mapping(tmp_path / "m.toml"))
    assert case.events[0].approximate
    head = ["Number", "Call Date", "Call Time", "Type"]
    made = [["26-1", "03/14/2026", "10:05", "x"], ["26-2", "03/14/2026", "", "x"]]
    assert "1 rows have a day without a time of day" in "\n".join(
        proposed(tmp_path, made, head).open
    )


def of_units(*units):
    return [[*row[:7], unit, row[8]] for row, unit in zip(rows(len(units)), units, strict=True)]


def numbered(made, *numbers):
    return [[number, *row[1:]] for row, number in zip(made, numbers, strict=True)]


def test_rows_of_one_number_with_different_units_are_units(tmp_path):
    """They are joined to one incident, and who is in which unit is asked."""
    made = numbered(of_units("A1", "CR2", "A1"), "26-0", "26-0", "26-1")
    found = proposed(tmp_path, made)
    assert "one_row_is = unit: 1 number comes more than once in Incident Number" in "\n".join(
        found.recognized
    )
    assert "role: who is in which unit" in "\n".join(found.open)
    mapping = load_mapping(tmp_path / "m.toml")
    assert (mapping.file.one_row_is, mapping.columns.unit) == ("unit", "Unit")
    cases = [*read_calls(tmp_path / "calls.csv", mapping)]
    assert [one.rows for one in cases] == [(1, 2), (3,)]


@pytest.mark.parametrize("two", [False, True])
def test_rows_of_one_number_with_different_statuses_are_events(tmp_path, two):
    """With the time of each, in one column or two, and standard words for what happened."""
    made = [
        ["26-1", "A1", "Received", "03/14/2026", "10:05", "10-96"],
        ["26-1", "A1", "Dispatched", "03/14/2026", "10:06", "10-96"],
        ["26-1", "A1", "Cleared", "03/14/2026", "11:00", "10-96"],
    ]
    head = ["Number", "Unit", "Status", "Date", "Time", "Type"]
    if not two:
        made = [[*row[:3], f"{row[3]} {row[4]}", row[5]] for row in made]
        head.remove("Date")
    found = proposed(tmp_path, made, head)
    assert found.whole
    mapping = load_mapping(tmp_path / "m.toml")
    assert mapping.file.one_row_is == "event"
    assert mapping.columns.received is None
    (case,) = read_calls(tmp_path / "calls.csv", mapping)
    assert [type(one) for one in case.events] == [e.CallReceived, e.TeamDispatched, e.SceneCleared]
    found = proposed(
        tmp_path, [[*row[:2], "RCV" * n, *row[3:]] for n, row in enumerate(made)], head
    )
    assert not found.whole
    assert "received: say under [status] which code it is" in "\n".join(found.open)


def test_rows_of_one_number_with_different_versions_are_corrections(tmp_path):
    """The newest counts; with units, the newest of each unit."""
    head = [*HEAD, "Version"]
    made = [[*row, str(n)] for n, row in enumerate(numbered(rows(3), "26-0", "26-0", "26-1"))]
    found = proposed(tmp_path, made, head)
    assert "a row with a higher Version replaces an earlier one" in found.recognized
    mapping = load_mapping(tmp_path / "m.toml")
    assert (mapping.file.one_row_is, mapping.columns.newest) == ("incident", "Version")
    read = [*read_calls(tmp_path / "calls.csv", mapping)]
    assert [one.row for one in read if isinstance(one, RowCase)] == [2, 3]
    units = numbered(of_units("A1", "CR2", "A1"), "26-0", "26-0", "26-0")
    proposed(tmp_path, [[*row, str(n)] for n, row in enumerate(units)], head)
    mapping = load_mapping(tmp_path / "m.toml")
    assert (mapping.file.one_row_is, mapping.columns.newest) == ("unit", "Version")


def test_why_a_number_comes_again_is_never_guessed(tmp_path):
    """Rows that differ in nothing that was recognized stay incidents, and the question is asked."""
    found = proposed(tmp_path, numbered(rows(2), "26-0", "26-0"))
    assert "it was not recognized why" in "\n".join(found.open)
    assert 'one_row_is = "incident"' in found.text
    same = rows(1) * 2
    assert "1 rows are exactly like an earlier row" in "\n".join(proposed(tmp_path, same).open)


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
