"""What is remembered of times changes nothing that is read."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from coresponder.interop.times import Clock, Time, Unusable
from tests.interop.exports import mapped

FORMS = (
    "ISO 8601",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%y %I:%M:%S %p",
    "%Y-%m-%d %H%M",
    "%d %m %Y %H:%M",
    "%H:%M %d/%m/%Y",
    "%m/%d/%Y",
    "%b %d %Y %H:%M",
    "%m/%d/%y 0:00 %H%M",
    "epoch seconds",
)
DAYS = st.sampled_from(
    [
        "2026-03-02",
        "2026-03-08",
        "2026-11-01",
        "03/02/2026",
        "3/2/2026",
        "03/08/2026",
        "11/01/26",
        "3/2/26",
        "2026-02-30",
        "1/13/2026",
        "13/1/2026",
        "0000-00-00",
        "2055-01-01",
        "3/ 2/2026",
        "2 3 2026",
        " 3 2 2026",
        "Mar 2 2026",
        "3/",
        "2",
    ]
)
HOURS = st.sampled_from(
    [
        "10:00",
        "1:30",
        "02:30",
        "930",
        "0930",
        "24:00",
        "2400",
        "10:00:00",
        "01:30:00.5",
        "10:00Z",
        "10:00-05:00",
        "2:05:00 PM",
        "12:00:00 AM",
        " 10:00",
        "0:00 0930",
        " 5/2026 11:00",
        "2/2026 10:00",
        "",
    ]
)
TEXTS = st.builds("{}{}{}".format, DAYS, st.sampled_from([" ", "T", "  ", ""]), HOURS)


def read(clock, text):
    try:
        return clock.time(text, "call")
    except (Unusable, ValueError) as error:
        return str(error)


@given(
    forms=st.lists(st.sampled_from(FORMS), min_size=1, max_size=3, unique=True),
    texts=st.lists(TEXTS, min_size=1, max_size=25),
    placeholders=st.sampled_from([[], ["00:00:00"], ["2026-03-02 10:00", "10:00:00"]]),
    options=st.sampled_from([{}, {"file__hour_24": True}, {"file__military": True}]),
)
def test_a_clock_that_remembers_reads_what_a_new_one_reads(forms, texts, placeholders, options):
    """Whatever was read before: other forms, days on which clocks change, spaces in odd places."""
    mapping = mapped(file__time_formats=forms, file__placeholders=placeholders, **options)
    today = dt.date(2027, 1, 1)
    clock = Clock(mapping, today)
    for text in [*texts, *texts]:
        assert read(clock, text) == read(Clock(mapping, today), text), text


def test_halves_that_were_read_apart_are_read_together():
    """The day of one text and the time of day of another are known without reading a third."""
    clock = Clock(mapped(file__time_formats=["%m/%d/%Y %H:%M"]), dt.date(2027, 1, 1))
    clock.time("3/2/2026 10:00", "call")
    clock.time("3/3/2026 11:00", "call")
    at = dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC)
    assert clock._known.find("3/2/2026 11:00") == at
    assert clock.time("3/2/2026 11:00", "call") == Time(at, at)
    clock.time("3/8/2026 11:00", "call")
    assert clock._known.find("3/8/2026 11:00") is None  # the clocks were changed on that day
