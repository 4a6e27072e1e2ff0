"""Which services fit a person, and are open: as published, in the agency's time zone, and nothing
that the directory leaves open is taken for yes.
"""

import copy
import datetime as dt
import json
import random
from zoneinfo import ZoneInfo

import pytest

from coresponder.domain.types import UTC
from coresponder.errors import CoresponderError, NotFound, UnreadableFile
from coresponder.interop.service_hours import Schedule, hours_of
from coresponder.interop.services import Directory, Service, find_services, load_directory
from tests.conftest import SHARED, needs_shared

NEW_YORK = ZoneInfo("America/New_York")
EXAMPLES = SHARED / "hsds" / "specification-3.0" / "examples"


def local(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def service(name="one", **more):
    return Service.model_validate({"id": name, "name": name, "status": "active", **more})


def weekly(days="MO,TU,WE,TH,FR", opens="09:00", closes="17:00", **more):
    return {"freq": "WEEKLY", "byday": days, "opens_at": opens, "closes_at": closes, **more}


def find(*services, at="2026-11-27T10:00", **asked):
    directory = Directory(services=services)
    return find_services(directory, at=local(at), zone=NEW_YORK, **asked)


def is_open(schedule, at):
    (match,) = find(service(schedules=[schedule]), at=at)
    return match.open_until is not None


@pytest.mark.parametrize(
    ("schedule", "at", "opened"),
    [
        (weekly(), "2026-11-27T09:00", True),  # a Friday
        (weekly(), "2026-11-27T08:59", False),
        (weekly(), "2026-11-27T17:00", False),
        (weekly(), "2026-11-28T10:00", False),
        (weekly("FR,SA", "22:00", "06:00"), "2026-11-28T03:00", True),
        (weekly("FR,SA", "22:00", "06:00"), "2026-11-29T05:59", True),
        (weekly("FR,SA", "22:00", "06:00"), "2026-11-30T03:00", False),
        (weekly("FR", "00:00", "00:00"), "2026-11-27T23:59", True),
        (weekly("FR", "00:00", "24:00"), "2026-11-27T23:59", True),
        (weekly(opens="14:00Z", closes="22:00Z"), "2026-11-27T09:00", True),
        (weekly(opens="09:00-08:00", closes="17:00-08:00"), "2026-11-27T10:00", False),
        (weekly(opens="09:00", closes="17:00", timezone=-8), "2026-11-27T12:00", True),
        ({"freq": "MONTHLY", "byday": "-1FR", "opens_at": "09:00", "closes_at": "17:00"}, "2026-11-27T10:00", True),
        ({"freq": "MONTHLY", "byday": "1FR,3FR", "opens_at": "09:00", "closes_at": "17:00"}, "2026-11-27T10:00", False),
        ({"freq": "MONTHLY", "bymonthday": "-4", "opens_at": "09:00", "closes_at": "17:00"}, "2026-11-27T10:00", True),
        (weekly("FR", interval=2, dtstart="2026-11-13"), "2026-11-27T10:00", True),
        (weekly("FR", interval=2, dtstart="2026-11-06"), "2026-11-27T10:00", False),
        (weekly("FR", dtstart="2026-11-13", count=2), "2026-11-27T10:00", False),
        (weekly(valid_to="2026-11-26"), "2026-11-27T10:00", False),
        (weekly(until="2026-11-27"), "2026-11-27T10:00", True),
        (weekly(valid_from="2026-11-28"), "2026-11-27T10:00", False),
        ({"dtstart": "2026-11-27", "opens_at": "09:00", "closes_at": "17:00"}, "2026-11-27T10:00", True),
        ({"dtstart": "2026-11-26", "opens_at": "09:00", "closes_at": "17:00"}, "2026-11-27T10:00", False),
    ],
)  # fmt: skip
def test_a_schedule_recurs_as_it_is_published(schedule, at, opened):
    """Nights, offsets, the last Friday, every second week, the first and last day."""
    assert is_open(schedule, at) is opened


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ({"freq": "WEEKLY", "byday": "MO"}, "does not say from when until when"),
        (weekly(opens="9 am"), "times are not like 09:00"),
        (weekly(opens="09:99Z"), "times are not like 09:00"),
        (weekly(opens="25:00"), "times are not like 09:00"),
        (weekly(closes="17:00+99:00"), "times are not like 09:00"),
        ({"byday": "MO", "opens_at": "09:00", "closes_at": "17:00"}, "does not say how often it recurs"),
        (weekly("Monday"), "byday is not days"),
        (weekly(interval=2), "does not say from which day on"),
        (weekly(None, dtstart="0001-01-01"), "begins before 1990"),
        ({"freq": "MONTHLY", "bymonthday": "first", "opens_at": "09:00", "closes_at": "17:00"}, "bymonthday is not numbers up to 31"),
        (weekly(bymonthday="3"), "bymonthday goes with MONTHLY"),
        (weekly(None), "WEEKLY does not say on which days"),
        (weekly(None, valid_from="2026-01-01"), "WEEKLY does not say on which days"),
        (weekly(None, byweekno="9"), "WEEKLY does not say on which days"),
        ({"freq": "MONTHLY", "opens_at": "09:00", "closes_at": "17:00"}, "MONTHLY does not say on which days"),
        (weekly(byweekno="54"), "byweekno is not numbers up to 53"),
    ],
)  # fmt: skip
def test_a_schedule_that_leaves_something_open_is_not_taken_for_open_hours(schedule, why):
    """It is told as unsure; the service is listed all the same."""
    (match,) = find(service(schedules=[schedule]))
    assert (match.fits, match.open_until, match.opens_next) == (True, None, None)
    assert why in match.unsure[0]


def test_the_clock_change_moves_no_opening_hour():
    """Nine on the wall is nine on the wall; a night of the change has its real length."""
    schedule = Schedule.model_validate(weekly("SA,SU", "22:00", "06:00"))
    spring, _ = hours_of([schedule], local("2026-03-07T20:00"), NEW_YORK)
    autumn, _ = hours_of([schedule], local("2026-10-31T20:00"), NEW_YORK)
    assert (spring[0].ends - spring[0].begins, autumn[0].ends - autumn[0].begins) == (
        dt.timedelta(hours=7),
        dt.timedelta(hours=9),
    )


def test_a_fixed_offset_that_is_not_the_agencys_today_is_said():
    """A winter time that is published for the whole year."""
    one = service(schedules=[weekly(opens="09:00-05:00", closes="17:00-05:00")])
    assert find(one)[0].unsure == ()
    assert find(one, at="2026-07-03T10:00")[0].unsure == (
        "its hours have a fixed offset from UTC, which is not the agency's today",
    )


def test_those_that_fit_and_are_open_come_first_then_those_that_open_soonest():
    """And of the others every reason is said."""
    places = [
        service("closed till monday", schedules=[weekly("MO")]),
        service("open", schedules=[weekly()], minimum_age=0, maximum_age=17),
        service("tonight", schedules=[weekly("FR", "20:00", "23:00")]),
        service("adults", schedules=[weekly()], minimum_age=18, status="temporarily closed"),
        service("unknown hours"),
    ]
    found = find(*places, age=9)
    assert [one.service.name for one in found] == [
        "open", "tonight", "closed till monday", "unknown hours", "adults",
    ]  # fmt: skip
    assert found[0].open_until == local("2026-11-27T17:00")
    assert found[1].opens_next == local("2026-11-27T20:00")
    assert found[3].unsure == ("for which ages it is, is not said", "its hours are not said")
    assert found[4].why_not == ("it is temporarily closed", "it is from 18 years on")


def test_need_language_area_and_places_speak_against_a_service_only_where_they_are_said():
    """What is not said is unsure."""
    said = service(
        "said",
        attributes=[{"taxonomy_term": {"code": "BH-1800", "name": "Emergency Shelter"}}],
        languages=[{"code": "es", "name": "Spanish"}],
        service_areas=[{"name": "North County"}],
        capacities=[{"available": 0, "updated": "2026-11-27T08:00Z"}],
        schedules=[weekly()],
    )
    unsaid = service("unsaid", schedules=[weekly()])
    asked = {"terms": ["rp-1400"], "language": "ht", "area": "Harbor"}
    fits, against = find(said, unsaid, **asked)
    assert fits.service is unsaid
    assert len(fits.unsure) == 3
    assert against.why_not == (
        "it is for another need",
        "it does not offer the language",
        "it does not serve the area",
        "no place is free (as of 2026-11-27T08:00Z)",
    )
    same = {"terms": ["emergency shelter"], "language": "ES", "area": "north county"}
    assert find(said, **same)[0].why_not == ("no place is free (as of 2026-11-27T08:00Z)",)


def test_a_holiday_makes_open_hours_unsure():
    """A schedule seldom says so."""
    (match,) = find(service(schedules=[weekly()]), holidays=[dt.date(2026, 11, 27)])
    assert match.open_until is None
    assert match.unsure == ("today is a holiday: it may be closed",)
    assert match.opens_next == local("2026-11-30T09:00")


def test_hours_that_follow_one_another_are_one():
    """Open until the last of them ends."""
    both = [weekly("FR", "09:00", "12:00"), weekly("FR", "12:00", "20:00")]
    assert find(service(schedules=both))[0].open_until == local("2026-11-27T20:00")


@needs_shared
@pytest.mark.parametrize(
    ("name", "count"),
    [("service_full", 1), ("organization_full", 1), ("organization_list", 0), ("base", 0)],
)
def test_published_examples_are_read_or_named(name, count):
    """The examples of the specification."""
    found = load_directory(EXAMPLES / f"{name}.json")
    assert (len(found.services), len(found.unreadable)) == (count, 1 - count)
    find_services(found, at=dt.datetime(2026, 11, 27, tzinfo=UTC), zone=NEW_YORK)


def write(path, document):
    path.write_text(json.dumps(document), "utf-8")
    return path


def test_one_service_that_cannot_be_read_does_not_hide_the_others(tmp_path):
    """It is named with where it stands and what is wrong."""
    good = {"id": "a", "name": "A", "status": "active", "schedules": [weekly()]}
    bad = {**good, "id": "b", "schedules": [{"freq": "HOURLY"}]}
    found = load_directory(write(tmp_path / "d.json", {"contents": [good, bad, 7, {"name": "x"}]}))
    assert [one.id for one in found.services] == ["a"]
    assert [text.split(": ")[0] for text in found.unreadable] == [
        "contents[1]", "contents[2]", "contents[3]",
    ]  # fmt: skip
    assert "schedules.0.freq" in found.unreadable[0]


def test_a_file_without_a_service_is_an_error(tmp_path):
    """With what belongs there."""
    with pytest.raises(NotFound):
        load_directory(tmp_path / "none.json")
    with pytest.raises(UnreadableFile, match="no service in it"):
        load_directory(write(tmp_path / "e.json", []))
    (tmp_path / "f.json").write_text("hello")
    with pytest.raises(UnreadableFile, match="not JSON"):
        load_directory(tmp_path / "f.json")


JUNK = [
    None,
    True,
    -1,
    10**30,
    "",
    "x" * 500,
    [],
    {},
    [{}],
    "9999-12-31",
    "0001-01-01",
    "25:99",
    "53MO",
]


def places_in(value, path=()):
    yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, one in items:
        yield from places_in(one, (*path, key))


def test_whatever_a_directory_says_gives_an_answer_or_one_error(tmp_path):
    """Values put in and left out at random; nothing hangs."""
    source = random.Random(2)
    whole = {
        "contents": [
            {
                "id": "a", "name": "A", "status": "active", "minimum_age": 3, "capacities": [{"available": 1}],
                "languages": [{"code": "es"}], "service_areas": [{"name": "n"}],
                "attributes": [{"taxonomy_term": {"code": "x"}}],
                "schedules": [weekly(dtstart="2026-01-02", interval=2, until="2027-01-01", bymonthday="1", byweekno="3")],
            }
        ]
    }  # fmt: skip
    for _ in range(1_000):
        document = copy.deepcopy(whole)
        for _ in range(source.randint(1, 3)):
            *way, last = source.choice([path for path in places_in(document) if path])
            target = document
            for key in way:
                target = target[key]
            target[last] = copy.deepcopy(source.choice(JUNK))
        try:
            found = load_directory(write(tmp_path / "d.json", document))
        except CoresponderError:
            continue
        find_services(found, at=local("2026-11-27T10:00"), zone=NEW_YORK, age=9, language="es")
