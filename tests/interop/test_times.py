"""Times are read as the mapping says that they are written, and never guessed."""

import datetime as dt

import pytest

from coresponder.domain import events as e
from coresponder.errors import InvalidMapping
from tests.interop.exports import HEADER, mapped, only_case, only_reject, read, row


def received(tmp_path, call, **changes):
    """Return the event of a call that came then, and nothing else."""
    content = HEADER + row(call=call, sent="", there="", left="", end="")
    return only_case(read(tmp_path, content, **changes)).events[0]


TWO = {"date": "call", "time": "sent"}


def in_two(tmp_path, day, time, **changes):
    """Return what is read of a call whose day and time of day stand in two columns."""
    content = HEADER + row(call=day, sent=time, there="", left="", end="")
    columns = {"columns__received": TWO, "columns__dispatched": None}
    return read(tmp_path, content, **columns, **changes)


@pytest.mark.parametrize(
    ("day", "time", "options", "found"),
    [
        ("2026-03-02", "10:00", {}, "2026-03-02T15:00"),
        ("03/02/2026", "10:00 PM", {"time_formats": ["%m/%d/%Y %I:%M %p"]}, "2026-03-03T03:00"),
        ("3/2/26 0:00", "930", {"time_formats": ["%m/%d/%y 0:00 %H%M"], "military": True}, "2026-03-02T14:30"),
        ("2026-03-02", "5", {"time_formats": ["%Y-%m-%d %H%M"], "military": True}, "2026-03-02T05:05"),
        ("2026-03-02", "105", {"time_formats": ["%Y-%m-%d %H%M"], "military": True}, "2026-03-02T06:05"),
        ("2026-03-02", "0", {"time_formats": ["%Y-%m-%d %H%M"], "military": True}, "2026-03-02T05:00"),
        ("2026-03-02", "2400", {"time_formats": ["%Y-%m-%d %H%M"], "military": True, "hour_24": True}, "2026-03-03T05:00"),
        ("2026-03-02", "24:00", {"hour_24": True}, "2026-03-03T05:00"),
        ("2026-12-30", "24:00:00", {"hour_24": True, "placeholders": ["00:00:00"]}, "2026-12-31T05:00"),
    ],
)  # fmt: skip
def test_day_and_time_of_day_in_two_columns(tmp_path, day, time, options, found):
    """Also whole numbers and 24:00, if the mapping says so."""
    options = {f"file__{key}": value for key, value in options.items()}
    event = only_case(in_two(tmp_path, day, time, **options)).events[0]
    assert event.at.isoformat()[:16] == found
    assert not event.approximate


@pytest.mark.parametrize(
    ("day", "time", "options"),
    [
        ("2026-03-02", "24:00", {}),
        ("2026-03-02", "930", {}),
        ("2026-03-02", "24:30", {"hour_24": True}),
        ("2026-03-02", "2500", {"time_formats": ["%Y-%m-%d %H%M"], "military": True}),
        ("2026-03-02", "2400", {"time_formats": ["%Y-%m-%d %H%M"], "military": True}),
    ],
)
def test_what_the_mapping_does_not_say_is_unreadable(tmp_path, day, time, options):
    """An hour that is none is not made one."""
    options = {f"file__{key}": value for key, value in options.items()}
    assert "unreadable time" in only_reject(in_two(tmp_path, day, time, **options)).reason


def test_a_day_without_its_time_is_approximate_and_a_time_without_its_day_is_missing(tmp_path):
    """The day is known, the hour is not."""
    assert only_case(in_two(tmp_path, "2026-03-02", "")).events[0].approximate
    assert "no time received" in only_reject(in_two(tmp_path, "", "10:00")).reason


NIGHT = {"date": "call", "time": "there"}


def at_night(tmp_path, there, **changes):
    """Return what is read of a call of 23:50 whose arrival has the day of the call."""
    content = HEADER + row(call="2026-03-02", sent="23:50", there=there, left="", end="")
    columns = {"columns__received": TWO, "columns__dispatched": None, "columns__arrived": NIGHT}
    return read(tmp_path, content, **columns, **changes)


def test_a_time_after_midnight_without_a_day_of_its_own_is_of_the_next_day(tmp_path):
    """If the mapping says so, and if it is at most twelve hours later; else it is out of order."""
    assert "out of order" in only_reject(at_night(tmp_path, "00:05")).reason
    for there, found in (("00:05", "2026-03-03T05:05"), ("23:55", "2026-03-03T04:55")):
        case = only_case(at_night(tmp_path, there, file__past_midnight=True))
        assert case.events[1].at.isoformat()[:16] == found
    wrong = only_reject(at_night(tmp_path, "23:40", file__past_midnight=True))
    assert "out of order" in wrong.reason


@pytest.mark.parametrize(
    ("text", "declared", "found"),
    [
        ("1772463600", "epoch seconds", "2026-03-02T15:00:00"),
        ("1772463600.25", "epoch seconds", "2026-03-02T15:00:00.250000"),
        ("1772463600123", "epoch milliseconds", "2026-03-02T15:00:00.123000"),
    ],
)
def test_epochs_are_read_if_they_are_declared(tmp_path, text, declared, found):
    """Seconds and milliseconds are not told apart by their size."""
    event = received(tmp_path, text, file__time_formats=[declared])
    assert event.at == dt.datetime.fromisoformat(found + "+00:00")
    bad = only_reject(read(tmp_path, HEADER + row(call=text)))
    assert "unreadable time" in bad.reason


def test_the_wrong_unit_of_an_epoch_is_implausible(tmp_path):
    """Milliseconds read as seconds lie in the year 58,000; seconds as milliseconds in 1970."""
    for text, declared, said in (
        ("1772463600123", "epoch seconds", "unreadable time"),
        ("17724636", "epoch milliseconds", None),
    ):
        content = HEADER + row(call=text, sent="", there="", left="")
        (found,) = read(
            tmp_path, content, file__time_formats=[declared], file__earliest="1990-01-01"
        )
        assert (said or "implausible time") in found.reason


def test_only_declared_forms_are_read(tmp_path):
    """ISO 8601 is one that can be declared with others; alone it is the default."""
    american = ["%m/%d/%Y %H:%M"]
    content = HEADER + row(sent="", there="", left="")
    assert "unreadable" in only_reject(read(tmp_path, content, file__time_formats=american)).reason
    both = [*american, "ISO 8601"]
    assert only_case(read(tmp_path, content, file__time_formats=both)).row == 1


@pytest.mark.parametrize(
    ("text", "formats"),
    [("2026-03-02", None), ("03/02/2026", ["%m/%d/%Y"]), ("3/2/2026 0:00", ["%m/%d/%Y 0:00"])],
)
def test_a_day_alone_is_approximate(tmp_path, text, formats):
    """It was somewhere in that day, on the clocks of the agency."""
    event = received(tmp_path, text, **({"file__time_formats": formats} if formats else {}))
    assert event.approximate
    assert event.at.isoformat() == "2026-03-02T05:00:00+00:00"


def test_a_time_that_is_approximate_is_not_out_of_order_if_it_may_have_been(tmp_path):
    """A day alone lies after what came before on that day; the day before does not."""
    case = only_case(read(tmp_path, HEADER + row(sent="2026-03-02")))
    sent = case.events[1]
    assert isinstance(sent, e.TeamDispatched)
    assert (sent.at, sent.approximate) == (case.events[0].at, True)
    assert (
        "times out of order" in only_reject(read(tmp_path, HEADER + row(sent="2026-03-01"))).reason
    )


def test_the_second_pass_of_an_hour_that_comes_twice_may_be_after_the_first(tmp_path):
    """01:50 before and 01:05 after the clocks went back."""
    changed = {"call": "2026-11-01T01:50:00", "sent": "2026-11-01T01:05:00"}
    case = only_case(read(tmp_path, HEADER + row(**changed, there="", left="")))
    assert [one.approximate for one in case.events[:2]] == [True, True]


def test_the_plausible_range_is_the_mappings(tmp_path):
    """By default 1960 to the day on which the file was saved."""
    old = HEADER + row(call="1959-12-31T23:00:00", sent="", there="", left="")
    assert "before 1960-01-01; set [file] earliest" in only_reject(read(tmp_path, old)).reason
    assert only_case(read(tmp_path, old, file__earliest="1950-01-01")).row == 1
    late = HEADER + row(call="2027-01-05T10:00:00", sent="", there="", left="")
    assert "after 2026-12-31" in only_reject(read(tmp_path, late)).reason
    assert only_case(read(tmp_path, late, file__latest="2027-02-01")).row == 1


@pytest.mark.parametrize(
    ("formats", "said"),
    [
        (["%m/%d/%Y %Q:%M"], "%Q is not a directive"),
        (["%m/%d/%Y %H:%M%"], "% is not a directive"),
        (["%H:%M"], "it has no whole day"),
        (["MM/DD/YYYY"], "it has no whole day"),
        (["%m/%d %H:%M"], "it has no whole day"),
        (["%m/%d/%Y %I:%M"], "%I has twelve hours and needs %p"),
        (["%m/%d/%Y %H:%M %Z"], "%Z reads no offset"),
        (["epoch seconds", "epoch milliseconds"], "look the same; declare one of them"),
        ([], "give at least one"),
    ],
)
def test_a_wrong_format_is_an_error_of_the_mapping(formats, said):
    """It is said once, before any row is read."""
    with pytest.raises(InvalidMapping) as caught:
        mapped(file__time_formats=formats)
    assert said in str(caught.value)
    assert "file.time_formats" in str(caught.value)
