"""Whatever is wrong with a row, it is rejected whole, with its number and the reason, and the file
goes on.
"""

import gzip

import pytest

from coresponder.domain import events as e
from coresponder.errors import InvalidMapping, UnreadableFile
from coresponder.interop.cad import Rejected, RowCase, read_calls
from tests.interop.exports import CALL, HEADER, mapped, only_case, only_reject, read, row


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": "7" * 129}, "unusable incident number: id: a text of 129 characters"),
        ({"id": '"1\n2"'}, "unusable incident number"),
        ({"id": "1\x002"}, "unusable incident number"),
        ({"id": "-"}, "no incident number: id is empty"),
        ({"call": "9999-12-31T23:59:59"}, "implausible time: call = '9999-12-31T23:59:59' is after"),
        ({"call": "0001-01-01T00:00:00"}, "implausible time: call = '0001-01-01T00:00:00' is before"),
        ({"call": "0001-01-01T00:00:00+14:00"}, "implausible time"),
        ({"call": "9999-12-31T23:59:59-14:00"}, "implausible time"),
        ({"left": "1899-12-30T00:00:00"}, "implausible time: left"),
        ({"left": "2027-01-02T00:00:00"}, "is after 2026-12-31; set [file] latest"),
        ({"call": "1610101012359"}, "unreadable time: call = '1610101012359'"),
        ({"call": "2026-W10-1"}, "unreadable time"),
        ({"call": "20260302"}, "unreadable time"),
        ({"call": "2026-03-02T24:00:00"}, "unreadable time"),
        ({"call": "2026-02-30T10:00:00"}, "unreadable time"),
        ({"call": "٢٠٢٦-٠٣-٠٢T١٠:٠٠:٠٠"}, "unreadable time"),
        ({"what": "psych\x1b[2J"}, "unknown nature code"),
        ({"beat": "B 4,5"}, "row too long: 9 cells, the header has 8"),
        ({"beat": "B 4,"}, "row too long: 9 cells, the header has 8"),
        ({"beat": '"B" 4'}, "not CSV:"),
        ({"beat": '"B 4'}, "not CSV:"),
        ({"beat": "x" * 1_000_001}, "not CSV: field larger than field limit"),
    ],
)  # fmt: skip
def test_one_row_that_cannot_be_used_never_ends_a_file(tmp_path, changed, reason):
    """The row is whole among the rejects; those before and after it are used."""
    content = HEADER + row(id="1") + row(**changed) + row(id="3") + row(id="4")
    found = read(tmp_path, content)
    assert [type(one) for one in found] == [RowCase, Rejected, RowCase, RowCase]
    assert found[1].row == 2
    assert reason in found[1].reason
    written = ",".join(found[1].values).replace('"', "")
    assert written == row(**changed).replace('"', "").rstrip("\n")


def test_a_byte_of_another_encoding_is_the_fault_of_its_row(tmp_path):
    """Row 3,000 has one byte of cp1252 in a column that is read; the other 4,999 are used."""
    rows = [row(id=str(i)).encode() for i in range(5000)]
    rows[2999] = row(id="2999", beat="caf\xe9").encode("cp1252")
    found = read(tmp_path, HEADER.encode() + b"".join(rows))
    (bad,) = (one for one in found if isinstance(one, Rejected))
    assert (bad.row, len(found)) == (3000, 5000)
    assert bad.reason.startswith(
        "wrong encoding: beat: byte 0xe9 is not utf-8; set [file] encoding"
    )


def test_a_byte_in_a_column_that_nobody_reads_is_no_fault(tmp_path):
    """The mapping does not name the narrative."""
    content = (HEADER.replace("\n", ",note\n") + row().replace("\n", ",caf\xe9\n")).encode("cp1252")
    assert only_case(read(tmp_path, content)).incident == "7"


@pytest.mark.parametrize("text", ["line\nbreak", "a\ttab", "a\x00nul", "x" * 81])
def test_a_text_that_is_no_code_is_a_fault_and_not_kept(tmp_path, text):
    """The row is used: what the code means was found by a pattern."""
    case = only_case(read(tmp_path, HEADER + row(what=f'"suicide {text}"')))
    assert case.events[0].nature == "suicide_threat"
    assert any(fault.startswith("what is not kept:") for fault in case.faults)


def test_a_cell_of_any_usual_length_is_read(tmp_path):
    """A narrative of 200,000 characters stands in a column that nobody reads. The limit that the
    process has for its own files stays.
    """
    import csv

    before = csv.field_size_limit()
    content = HEADER.replace("\n", ",note\n") + row().replace("\n", f',"{"word " * 40_000}"\n')
    assert only_case(read(tmp_path, content)).row == 1
    assert csv.field_size_limit() == before


def test_a_quote_that_is_never_closed_takes_no_other_row(tmp_path):
    """All lines after it would be one cell; only its own line is rejected."""
    content = HEADER + row(id="1", beat='"B 4') + "".join(row(id=str(i)) for i in range(2, 500))
    found = read(tmp_path, content)
    assert [one.row for one in found if isinstance(one, Rejected)] == [1]
    assert len(found) == 499


@pytest.mark.parametrize("between", [0, 1, 5])
def test_two_quotes_too_many_take_no_row_between_them(tmp_path, between):
    """What stands between them would be one cell, and its rows would be gone unsaid."""
    good = "".join(row(id=str(i)) for i in range(10, 10 + between))
    found = read(
        tmp_path, HEADER + row(beat='"B 4') + good + row(id="8", beat='B "4') + row(id="9")
    )
    assert len(found) == between + 3
    found = read(tmp_path, HEADER + row(beat='"') + good + row(id="8", beat='"') + row(id="9"))
    assert [type(one) for one in found] == [Rejected, *[RowCase] * between, Rejected, RowCase]


def test_a_narrative_of_several_lines_is_one_cell(tmp_path):
    """Line breaks and delimiters in quotes are text."""
    content = (
        "note," + HEADER + '"He said, softly, no.\nShe said yes, he left,\n\nall calm",' + row()
    )
    assert only_case(read(tmp_path, content)).incident == "7"


def test_a_name_of_a_column_may_be_long_and_have_line_breaks(tmp_path):
    """The code is kept under the first 80 characters."""
    title = "How the contact ended,\n as the officer  wrote it " + "x" * 60
    content = HEADER.replace("beat", f'"{title}"') + row()
    case = only_case(read(tmp_path, content, columns__keep=[title]))
    field = case.events[0].local[-1].field
    assert field.startswith("How the contact ended, as the officer wrote it")
    assert len(field) == 80


# --- the shape of a file ---


def test_a_column_that_is_read_comes_once(tmp_path):
    """Which of two is meant cannot be known; two that nobody reads are fine."""
    with pytest.raises(InvalidMapping, match="the file has 'what' twice; rename one"):
        read(tmp_path, HEADER.replace("beat", "what") + row(), columns__keep=[])
    content = HEADER.replace("\n", ",x,x\n") + row().replace("\n", ",1,2\n")
    assert only_case(read(tmp_path, content)).row == 1


def test_the_header_again_is_rejected(tmp_path):
    """As where somebody put two exports into one file."""
    found = read(tmp_path, HEADER + row() + HEADER + row(id="8"))
    assert found[1].reason == "the header again: this row names the columns"
    assert [type(one) for one in found] == [RowCase, Rejected, RowCase]


def test_a_byte_order_mark_before_a_quoted_header(tmp_path):
    """As spreadsheets write it."""
    quoted = ",".join(f'"{name}"' for name in HEADER.strip().split(",")) + "\n"
    assert only_case(read(tmp_path, "\ufeff" + quoted + row())).incident == "7"


@pytest.mark.parametrize(("delimiter", "written"), [(";", ";"), ("\t", "\\\\t"), ("|", r"\|")])
def test_a_file_with_another_delimiter_says_which(tmp_path, delimiter, written):
    """Nothing is read; with the delimiter in the mapping it is."""
    content = (HEADER + row()).replace(",", delimiter)
    with pytest.raises(InvalidMapping, match=f'set .file. delimiter = "{written}"'):
        read(tmp_path, content)
    assert only_case(read(tmp_path, content, file__delimiter=delimiter)).incident == "7"


@pytest.mark.parametrize(
    "above",
    [
        "Calls for service 2026\n\nPrinted by: records, all units\n",
        ",,,,,,,\n",
        'a "title\n',
        "\n" * 1_000,
    ],
)
def test_what_stands_above_the_header_is_a_title(tmp_path, above):
    """The header is the first row that has all columns of the mapping."""
    assert only_case(read(tmp_path, above + HEADER + row())).row == 1


def test_a_file_may_say_its_delimiter_in_its_first_line(tmp_path):
    """As some spreadsheets write it."""
    content = "sep=;\n" + (HEADER + row()).replace(",", ";")
    assert only_case(read(tmp_path, content)).incident == "7"


def test_blank_lines_are_no_rows_and_keep_their_number(tmp_path):
    """A person finds a row by its number."""
    found = read(tmp_path, HEADER + row() + "\n" + ",,,,,,,\n" + "  \n" + row(id="8") + "\n\n")
    assert [(type(one), one.row) for one in found] == [(RowCase, 1), (RowCase, 5)]


def test_a_file_in_another_encoding_says_so_before_any_row(tmp_path):
    """If the header cannot be read, nothing can."""
    with pytest.raises(UnreadableFile, match="perhaps utf-16; set .file. encoding"):
        read(tmp_path, (HEADER + row()).encode("utf-16"))
    assert only_case(read(tmp_path, (HEADER + row()).encode("utf-16"), file__encoding="utf-16"))
    with pytest.raises(UnreadableFile, match="byte 0xe9 is not utf-8"):
        read(tmp_path, HEADER.replace("beat", "\xe9").encode("cp1252") + row().encode())


def test_a_compressed_file_is_read_and_one_cut_off_says_so(tmp_path):
    """Gzip is known by its first bytes, not by the name."""
    whole = gzip.compress((HEADER + row()).encode())
    assert only_case(read(tmp_path, whole)).incident == "7"
    with pytest.raises(UnreadableFile, match="cut off or damaged"):
        read(tmp_path, whole[:-12])


# --- codes ---


def test_in_a_code_only_the_asterisk_is_a_pattern(tmp_path):
    """`[MH]*` means itself, and so does `?`."""
    codes = {"nature__[MH]*": "psychosis", "nature__a?b": "overdose"}
    case = only_case(read(tmp_path, HEADER + row(what="[MH] crisis"), **codes))
    assert case.events[0].nature == "psychosis"
    for other in ("Man down", "axb"):
        bad = only_reject(read(tmp_path, HEADER + row(what=other), **codes))
        assert "unknown nature code" in bad.reason


def test_blanks_and_line_breaks_in_a_code_are_one_blank(tmp_path):
    """Exports pad their codes; the code is kept as it was."""
    codes = {"nature__10-96  MENTAL": "psychosis"}
    padded = only_case(read(tmp_path, HEADER + row(what="10-96   Mental"), **codes)).events[0]
    assert (padded.nature, padded.local[0].code) == ("psychosis", "10-96   Mental")
    broken = only_case(read(tmp_path, HEADER + row(what='"10-96\nMENTAL"'), **codes))
    assert broken.events[0].nature == "psychosis"


def test_a_code_that_has_only_the_default_is_counted(tmp_path):
    """The mapping says what stands for it, and a person sees how often."""
    case = only_case(read(tmp_path, HEADER + row(what="new code"), defaults__nature="other"))
    assert case.events[0].nature == "other"
    assert case.faults == ("nature: a code that the mapping does not name",)


@pytest.mark.parametrize(
    ("code", "table"), [("TEST*", "nature"), ("dup", "disposition"), ("void", "source")]
)
def test_a_code_may_leave_a_row_out(tmp_path, code, table):
    """Whatever else is wrong with the row; it is among the rejects under its own reason."""
    column = {"nature": "what", "disposition": "end", "source": "beat"}[table]
    changed = {column: code.replace("*", " call"), "call": "whenever"}
    more = {"columns__source": "beat", f"{table}__{code}": "leave out", "source__B 4": "911"}
    used, out = read(tmp_path, HEADER + row() + row(id="8", **changed), **more)
    assert isinstance(used, RowCase)
    assert out.reason == f"left out: {column} = {changed[column]!r}, as the mapping says"


def test_a_code_may_cancel_an_incident(tmp_path):
    """It ends as canceled, with its local code, if nobody arrived; else it ended as it did."""
    case = only_case(read(tmp_path, HEADER + row(there="", end="cxl")))
    assert [type(one) for one in case.events] == [
        e.CallReceived,
        e.TeamDispatched,
        e.IncidentCancelled,
    ]
    assert not case.events[-1].approximate
    assert "cxl" in {code.code for code in case.events[0].local}
    case = only_case(read(tmp_path, HEADER + row(end="cxl")))
    assert [type(one) for one in case.events[-2:]] == [e.DispositionRecorded, e.SceneCleared]
    case = only_case(read(tmp_path, HEADER + row(there="", left="", end="cxl")))
    assert case.events[-1].approximate


# --- numbers ---


def test_numbers_that_differ_only_in_punctuation_are_different_incidents(tmp_path):
    """The number as it is written is kept, and comes back out."""
    written = ["26-001", "26 001", "26/001", "26#001", "26001", "_12", "12", ".5", "5", "/7", "(7)"]
    found = read(tmp_path, HEADER + "".join(row(id=one) for one in written))
    assert len({case.incident for case in found}) == len(written)
    out = [
        next((code.code for code in case.events[0].local if code.field == "id"), case.incident)
        for case in found
    ]
    assert out == written


def test_the_same_number_twice_says_what_the_mapping_may_say(tmp_path):
    """One row is one incident unless the mapping says more; the second row is not dropped unsaid."""
    found = read(tmp_path, HEADER + row() + row(id="8") + row())
    assert found[2].reason.startswith(
        "incident again: row 1 has the same number; say in the mapping"
    )


# --- words for nothing ---


@pytest.mark.parametrize(
    "word",
    ["NULL", "none", "NaN", "NaT", "#N/A", "-", "0000-00-00", "0000-00-00 00:00:00", " n/a "],
)
def test_words_for_nothing_are_compared_before_a_time_is_read(tmp_path, word):
    """Also a disposition, and a cell that is kept."""
    case = only_case(read(tmp_path, HEADER + row(sent=word, end=word, beat=word)))
    assert case.faults == ("dispatched: missing",)
    assert [code.field for code in case.events[0].local] == ["what"]


def test_a_mapping_adds_its_own_words_for_nothing_and_a_code_goes_before_them(tmp_path):
    """The usual words stay; what stands in a table of codes is a code."""
    more = {"file__missing": ["?", "1900-01-01"], "disposition__-": "unfounded"}
    case = only_case(read(tmp_path, HEADER + row(sent="1900-01-01", there="NULL", end="-"), **more))
    assert case.faults == ("dispatched: missing", "arrived: missing")
    assert case.events[-2].disposition == "unfounded"


def test_every_kind_of_fault_in_one_file(tmp_path):
    """Each row is a case or is rejected, and the numbers add up: also with a mapping that joins."""
    rows = [row(id=str(i), **changed) for i, changed in enumerate(
        [{}, {"call": "x"}, {"beat": "a,b"}, {"beat": '"'}, {"what": "?"}, {"sent": "-"}, {"left": "9999-01-01"}] * 50
    )]  # fmt: skip
    for joined in ({}, {"columns__newest": "left"}):
        found = read(tmp_path, HEADER + "".join(rows), **joined)
        numbers = [
            n for one in found for n in (one.rows if isinstance(one, RowCase) else (one.row,))
        ]
        assert sorted(numbers) == list(range(1, 351))


def test_reading_stops_with_its_reader(tmp_path):
    """A host may take the first rows of a file only."""
    file = tmp_path / "calls.csv"
    file.write_text(HEADER + row() + row(id="8"))
    calls = read_calls(file, mapped(file__latest="2027-01-01"))
    assert next(calls).incident == CALL["id"]
    calls.close()
