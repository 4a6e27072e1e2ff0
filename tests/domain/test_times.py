"""Instants as a person reads them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from coresponder.domain.types import UTC, parse_instant, say_time, say_times


@pytest.mark.parametrize(
    ("instant", "zone", "said"),
    [
        (
            dt.datetime(2026, 7, 2, 3, 59, 59, tzinfo=UTC),
            ZoneInfo("America/New_York"),
            "2026-07-01 23:59 -04:00",
        ),
        (
            dt.datetime(2026, 1, 2, 3, 0, tzinfo=UTC),
            ZoneInfo("Asia/Kolkata"),
            "2026-01-02 08:30 +05:30",
        ),
        (dt.datetime(2026, 1, 2, 3, 0, tzinfo=UTC), UTC, "2026-01-02 03:00 UTC"),
        (dt.datetime(1, 1, 1, tzinfo=UTC), ZoneInfo("America/New_York"), "0001-01-01 00:00 UTC"),
    ],
)
def test_a_time_is_that_of_the_clock_on_the_wall(instant, zone, said):
    """To the minute, with the offset; a time that the zone does not have is said in UTC."""
    assert say_time(instant, zone) == said


def test_times_within_a_value_are_said_and_nothing_else_is():
    """A text that is no instant stays as it is."""
    value = {"a": ["2026-01-02T03:00:00Z", "2026-01-02", 5], "b": None}
    assert say_times(value, ZoneInfo("Europe/Berlin")) == {
        "a": ["2026-01-02 04:00 +01:00", "2026-01-02", 5],
        "b": None,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yesterday", "a text of 9 characters is not a time"),
        ("2026-07-02T03:59", "has no time zone"),
    ],
)
def test_a_text_that_is_no_instant_says_how_to_write_one(text, said):
    """Never a guess."""
    with pytest.raises(ValueError, match=said) as caught:
        parse_instant(text)
    assert "write it like" in str(caught.value)


def test_a_text_with_a_zone_is_an_instant():
    """In UTC."""
    assert parse_instant("2026-07-02T03:59-04:00") == dt.datetime(2026, 7, 2, 7, 59, tzinfo=UTC)
