"""Which services fit a person, and are open: as published, in the agency's time zone, and nothing
that the directory leaves open is taken for yes.
"""

import copy
import datetime as dt
import json
import random
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from dateutil.rrule import rrulestr

from coresponder.cli.commands import commands
from coresponder.domain.types import UTC
from coresponder.errors import CoresponderError, NotFound, UnreadableFile
from coresponder.interop.service_hours import Schedule, hours_of
from coresponder.interop.service_languages import language_by_code, language_by_name
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
        (weekly("FR", "00:00", "23:59"), "2026-11-27T23:59:30", True),
        (weekly(None, dtstart="2026-11-20", byweekno="48"), "2026-11-27T10:00", True),
        (weekly(None, dtstart="2026-11-19", byweekno="48"), "2026-11-27T10:00", False),
        (weekly("FR", dtstart="0001-01-01"), "2026-11-27T10:00", True),
        ({"freq": "DAILY", "opens_at": "09:00", "closes_at": "17:00", "until": "", "dtstart": None}, "2026-11-27T10:00", True),
        (weekly("FR", "23:00", "09:00", timezone=-11), "2026-11-28T10:30", True),  # it is Friday there
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
        (weekly("1FR,3FR"), "byday has numbers, and is WEEKLY"),
        (weekly(interval=2, valid_from="2026-11-01"), "does not say from which day on"),
        (weekly(exdate="2026-11-27"), "a schedule has exdate, which HSDS does not have"),
        (weekly("FR", "24:00", "06:00"), "opens at 24:00"),
        (weekly("FR", "09:00", "24:30"), "times are not like 09:00"),
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
    assert found[3].unsure == ("its hours are not said", "for which ages it is, is not said")
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
        "it does not offer Haitian Creole (ht)",
        "it does not serve the area",
        "no place is free (as of 2026-11-27T08:00Z)",
    )
    same = {"terms": ["emergency shelter"], "language": "ES", "area": "north county"}
    assert find(said, **same)[0].why_not == ("no place is free (as of 2026-11-27T08:00Z)",)


@pytest.mark.parametrize(
    ("schedule", "at", "until", "opens_next", "named"),
    [
        # on the day itself, and the evening before
        (weekly(), "2026-11-26T10:00", None, "2026-11-27T09:00", True),
        (weekly(), "2026-11-25T20:00", None, "2026-11-27T09:00", True),
        (weekly(), "2026-11-25T10:00", "2026-11-25T17:00", "2026-11-27T09:00", True),
        # a night into the holiday, and one that begins on it
        (weekly(opens="22:00", closes="06:00"), "2026-11-25T23:00", "2026-11-26T00:00", "2026-11-27T22:00", True),
        (weekly(opens="22:00", closes="06:00"), "2026-11-26T03:00", None, "2026-11-27T22:00", True),
        (weekly(opens="22:00", closes="06:00"), "2026-11-27T03:00", None, "2026-11-27T22:00", True),
        # around the clock
        (weekly("MO,TU,WE,TH,FR,SA,SU", "00:00", "24:00"), "2026-11-25T10:00", "2026-11-26T00:00", "2026-11-27T00:00", True),
        # it changes nothing: the day before last, and a service that is closed on that day anyway
        (weekly(), "2026-11-24T10:00", "2026-11-24T17:00", "2026-11-25T09:00", False),
        (weekly("MO"), "2026-11-26T10:00", None, "2026-11-30T09:00", False),
    ],
)  # fmt: skip
def test_an_answer_that_a_holiday_could_change_says_so(schedule, at, until, opens_next, named):
    """No hours that a holiday touches are taken for open, and the holiday is named."""
    one = service(schedules=[schedule])
    (match,) = find(one, at=at, holidays=[dt.date(2026, 11, 26), dt.date(2027, 1, 1)])
    assert match.open_until == (until and local(until))
    assert match.open_now is (until is not None)
    assert match.opens_next == local(opens_next)
    said = "it may be closed on a holiday: 2026-11-26"
    assert match.unsure == ((said,) if named else ())


def test_a_service_that_never_closes_has_no_closing_time():
    """The end of what was looked at is not when it closes; the end of its schedule is."""
    always = {"freq": "DAILY", "opens_at": "00:00", "closes_at": "24:00"}
    (match,) = find(service(schedules=[always]))
    assert (match.open_now, match.open_until, match.opens_next) == (True, None, None)
    (match,) = find(service(schedules=[{**always, "valid_to": "2026-12-24"}]))
    assert (match.open_until, match.opens_next) == (local("2026-12-25T00:00"), None)


@pytest.mark.parametrize(
    ("opens", "closes", "hours"),
    [
        ("02:15", "02:45", None),
        ("02:30", "03:15", ("03:00", "03:15")),
        ("01:30", "02:30", ("01:30", "03:00")),
        ("01:30", "03:30", ("01:30", "03:30")),
        ("02:30", "02:30", ("03:00", None)),
    ],
)
def test_an_hour_that_the_clock_skips_is_nobodys_hour(opens, closes, hours):
    """Hours that begin in it begin after it, hours that end in it end before it, and none becomes
    a night.
    """
    schedule = Schedule.model_validate(weekly("SU", opens, closes))
    found, _ = hours_of([schedule], local("2026-03-08T01:00"), NEW_YORK)
    said = [one for one in found if one.begins < local("2026-03-09T00:00")]
    if hours is None:
        assert said == []
        return
    begins, ends = hours
    assert said[0].begins == local(f"2026-03-08T{begins}").astimezone(UTC)
    last = f"2026-03-08T{ends}" if ends else "2026-03-09T02:30"
    assert said[0].ends == local(last).astimezone(UTC)


def test_schedules_recur_as_a_library_for_rfc_5545_says():
    """Every combination of the parts that HSDS has, against `dateutil` asked directly."""
    source, tried = random.Random(11), 0
    for _ in range(1_500):
        freq = source.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
        start = dt.date(2026, 1, 1) + dt.timedelta(days=source.randrange(300))
        said = {
            "freq": freq,
            "dtstart": start.isoformat(),
            "opens_at": "09:00",
            "closes_at": "17:00",
        }
        text = f"FREQ={freq}"
        if source.random() < 0.5:
            said["interval"] = source.randint(1, 4)
            text += f";INTERVAL={said['interval']}"
        numbers = ["2", "-1", ""] if freq in {"MONTHLY", "YEARLY"} else [""]
        if source.random() < 0.6:
            days = source.sample(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], source.randint(1, 3))
            said["byday"] = ",".join(source.choice(numbers) + day for day in days)
            text += f";BYDAY={said['byday']}"
        part = {"MONTHLY": "bymonthday", "YEARLY": "byyearday"}.get(freq)
        if part and source.random() < 0.5:
            said[part] = source.choice(
                ["1", "-1", "5,15,25", "330,-30", "31"][: 3 if freq == "MONTHLY" else 5]
            )
            text += f";{part.upper()}={said[part]}"
        end = source.choice(["until", "count", None])
        if end == "until":
            said["until"] = (start + dt.timedelta(days=source.randrange(400))).isoformat()
            text += f";UNTIL={said['until'].replace('-', '')}T000000"
        elif end == "count":
            said["count"] = source.randint(1, 40)
            text += f";COUNT={said['count']}"
        rule = rrulestr(text, dtstart=dt.datetime.combine(start, dt.time()))
        at = local("2026-11-27T08:00")
        found, problems = hours_of([Schedule.model_validate(said)], at, NEW_YORK)
        expected = [
            one.date()
            for one in rule.between(dt.datetime(2026, 11, 27), dt.datetime(2027, 1, 28), inc=True)
        ]
        assert not problems
        assert [one.begins.astimezone(NEW_YORK).date() for one in found] == expected, said
        tried += bool(expected)
    assert tried > 500


def test_hours_that_have_ended_are_not_just_closed():
    """A directory that nobody has kept up says so."""
    (match,) = find(service(schedules=[weekly(valid_to="2024-06-30"), weekly(until="2024-07-31")]))
    assert match.unsure == ("its hours are said until 2024-07-31, and not since",)
    assert (match.open_now, match.opens_next) == (False, None)


def test_the_hours_of_several_locations_are_not_those_of_one():
    """Which of them is open is not known here."""
    places = [{"schedules": [weekly("FR")]}, {"schedules": [weekly("SA")]}]
    (match,) = find(service(service_at_locations=places))
    assert match.unsure == ("its hours are those of several locations: ask which one is open",)
    assert find(service(service_at_locations=places[:1]))[0].unsure == ()


@pytest.mark.parametrize(
    ("limits", "age", "fits"),
    [
        ({"maximum_age": 17}, 17.5, True),
        ({"maximum_age": 17}, 18, False),
        ({"maximum_age": 17.5}, 17.6, False),
        ({"minimum_age": 18}, 17.9, False),
        ({"minimum_age": 0.5}, 0.4, False),
        ({"minimum_age": 18}, 18, True),
    ],
)
def test_who_is_seventeen_and_a_half_is_seventeen(limits, age, fits):
    """An upper limit in whole years has the whole year."""
    assert find(service(**limits), age=age)[0].fits is fits


@pytest.mark.parametrize(
    ("asked", "offered", "fits"),
    [
        ("Spanish", {"code": "es"}, True),
        ("es", {"name": "Spanish"}, True),
        ("es-MX", {"code": "es"}, True),
        ("es", {"code": "es-MX"}, True),
        ("es", {"code": "spa"}, True),
        ("ES_mx", {"name": "Espa\xf1ol"}, True),
        ("zh", {"code": "cmn"}, True),
        ("zh", {"code": "yue", "name": "Cantonese"}, False),
        ("ASL", {"name": "American Sign Language"}, True),
        ("en", {"name": "American Sign Language"}, False),
        ("ht", {"name": "Haitian Creole"}, True),
        ("Spanish", {"code": "en", "name": "Spanish-speaking staff"}, False),
    ],
)
def test_a_language_is_the_same_by_code_and_by_name(asked, offered, fits):
    """Region and script do not count; a code that is known needs no name."""
    (match,) = find(service(languages=[offered], schedules=[weekly()]), language=asked)
    assert (match.fits, match.unsure) == (fits, ())


@pytest.mark.parametrize(
    ("asked", "more", "why"),
    [
        ("es", {"languages": [{"name": "English/Spanish"}]}, "not known as a language: English/Spanish"),
        ("es", {"languages": [{"name": "English and Spanish"}]}, "not known as a language: English and Spanish"),
        ("es", {"languages": [{"name": "All"}, {"code": "en"}]}, "not known as a language: All"),
        ("es", {"languages": [{}]}, "not known as a language: no name"),
        ("Spanihs", {"languages": [{"code": "es"}]}, "Spanihs is not known as a language"),
        (
            "es",
            {"languages": [{"code": "en"}], "interpretation_services": "A telephone line, day and night"},
            "its interpreters, in words: A telephone line, day and night",
        ),
    ],
)  # fmt: skip
def test_a_language_that_is_not_known_is_neither_yes_nor_no(asked, more, why):
    """What stands there is shown."""
    (match,) = find(service(schedules=[weekly()], **more), language=asked)
    assert (match.fits, match.unsure) == (True, (why,))
    assert language_by_code("mul") is language_by_name("All of them") is None


@pytest.mark.parametrize(
    ("areas", "why_not", "unsure"),
    [
        ([{"name": "97401"}], (), ()),
        ([{"extent": "97401", "extent_type": "text"}], (), ()),
        ([{"name": "97403"}], ("it does not serve the area",), ()),
        ([{"name": "97401, 97402"}], (), ("its area is said in words: 97401, 97402",)),
        ([{"name": "County", "description": "All of 97401"}], (), ("its area is said in words: all of 97401; county",)),
        ([{"name": "X", "extent": "{}", "extent_type": "geojson"}], (), ("its area is a shape on a map, which is not computed",)),
        ([{"extent": '{"type": "Polygon"}'}], (), ("its area is a shape on a map, which is not computed",)),
    ],
)  # fmt: skip
def test_an_area_is_compared_by_its_whole_name(areas, why_not, unsure):
    """A shape, and a name inside of other words, are neither yes nor no."""
    (match,) = find(service(schedules=[weekly()], service_areas=areas), area="97401")
    assert (match.why_not, match.unsure) == (why_not, unsure)


@pytest.mark.parametrize(
    ("available", "why_not", "unsure"),
    [
        ([0], ("no place is free",), ()),
        ([0, 0], ("no place is free",), ()),
        ([0, 2], (), ()),
        ([None, 2], (), ()),
        ([0, None], (), ("whether a place is free is not said",)),
        ([None], (), ("whether a place is free is not said",)),
        ([-1], (), ("whether a place is free is not said",)),
    ],
)
def test_a_capacity_that_is_not_said_is_not_zero(available, why_not, unsure):
    """Only 0 in every unit speaks against a service; also where a location has the figure."""
    units = [{"available": one} for one in available]
    for more in ({"capacities": units}, {"service_at_locations": [{"capacities": units}]}):
        (match,) = find(service(schedules=[weekly()], **more))
        assert (match.why_not, match.unsure) == (why_not, unsure)


def test_conditions_that_a_directory_says_in_words_are_shown():
    """Whether they hold is for a person to see; long ones are cut."""
    one = service(
        schedules=[weekly()],
        eligibility_description="Women with children",
        required_documents=[{"document": "A photo ID"}, {"document": "Proof of address"}, {}],
        alert="Closed for repairs. " * 20,
        holiday_schedules=[{"closed": True}],
    )
    old, alert, whom, documents = find(one)[0].unsure
    assert old == "it has hours of HSDS 1, which are not read"
    assert alert.startswith("it has an alert: Closed for repairs. Closed") and len(alert) < 130
    assert whom == "whom it is for, in its words: Women with children"
    assert documents == "it asks for documents: A photo ID; Proof of address"


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
    assert (
        found.unreadable[2] == "contents[3]: this is no service: it lacks id, status; it has name"
    )


def test_the_second_service_of_an_id_is_named_and_not_used(tmp_path):
    """Also if the two stand under different organizations."""
    first = {"id": "a", "name": "A", "status": "active"}
    document = [{"services": [first]}, {"services": [{**first, "name": "B"}, {**first, "id": "b"}]}]
    found = load_directory(write(tmp_path / "d.json", document))
    assert [one.name for one in found.services] == ["A", "A"]
    assert found.unreadable == (
        "[1].services[0]: its id a is that of [0].services[0]; it is not used",
    )


def test_a_date_is_a_date_and_no_number_of_seconds(tmp_path):
    """A number that some library would take for a time is named."""
    good = {"id": "a", "name": "A", "status": "active"}
    for value in (1767225600, "1767225600", "2026-02-30", True):
        bad = {**good, "schedules": [weekly(dtstart=value)]}
        found = load_directory(write(tmp_path / "d.json", [bad]))
        assert "schedules.0.dtstart: Value error, this is not a date like" in found.unreadable[0]
    whole = {**good, "schedules": [weekly(dtstart="20261127")]}
    (one,) = load_directory(write(tmp_path / "d.json", [whole])).services
    assert one.schedules[0].dtstart == dt.date(2026, 11, 27)


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


@pytest.mark.parametrize("at", ["9999-12-01T12:00", "0001-01-01T12:00"])
def test_a_time_at_the_end_of_the_calendar_is_refused(at):
    """Hours are worked out two months ahead, and there are none."""
    with pytest.raises(ValueError, match="hours are known from 1900 to 9998"):
        find(service(schedules=[weekly()]), at=at)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--age", "x", "'x' is not an age in years; write it like 9 or 17.5"),
        ("--age", "-1", "'-1' is not an age in years"),
        ("--age", "nan", "'nan' is not an age in years"),
        ("--holiday", "2026-02-30", "'2026-02-30' is not a day; write it like 2026-11-27"),
        ("--holiday", "27.11.2026", "'27.11.2026' is not a day"),
        ("--now", "soon", "is not a time; write it like 2026-03-02T21:00:00+00:00"),
        ("--now", "1800-01-01T00:00:00Z", "hours are known from 1900 to 9998, and not in 1800"),
        ("--area", " ", "' ' is empty; leave the option out, or name one"),
        ("--language", "", "'' is empty"),
        ("--term", "", "'' is empty"),
        ("--time-zone", "Mars", "'Mars' is not known; write it like 'America/New_York'"),
        ("--format", "xml", "'xml' is not one of 'text', 'json'"),
    ],
)
def test_an_option_that_cannot_be_used_says_which_why_and_what_to_write(
    tmp_path, option, value, said
):
    """All in one form: the option, the value and the remedy; exit 2."""
    file = tmp_path / "directory.json"
    file.write_text(json.dumps([{"id": "s", "name": "S", "status": "active"}]))
    asked = ["services", str(file), "--time-zone", "UTC", option, value]
    found = CliRunner().invoke(commands, asked)
    assert found.exit_code == 2
    told = found.stderr.splitlines()[-1]
    assert told.startswith(f"Error: {option}: ")
    assert said in told


def test_times_in_json_are_those_of_json(tmp_path):
    """ISO 8601 with a T, as in every other document."""
    hours = {"freq": "DAILY", "opens_at": "09:00", "closes_at": "17:00"}
    file = tmp_path / "directory.json"
    file.write_text(
        json.dumps([{"id": "s", "name": "S", "status": "active", "schedules": [hours]}])
    )
    asked = ["services", str(file), "--time-zone", "UTC", "--now", "2026-11-27T10:00:00Z"]
    found = CliRunner().invoke(commands, [*asked, "--format", "json"])
    (one,) = json.loads(found.stdout)["services"]
    assert (one["open_until"], one["opens_next"]) == (
        "2026-11-27T17:00:00Z",
        "2026-11-28T09:00:00Z",
    )


@pytest.mark.parametrize(
    ("language", "code", "said"),
    [
        ("Spansh", 2, "--language: 'Spansh' is not known as a language; did you mean 'Spanish'?"),
        ("Hmnog", 2, "did you mean 'Hmong'?"),
        ("qqq", 2, "'qqq' is not known as a language; give a code like es, or a name like Spanish"),
        ("Klingon", 0, "does not fit: it does not offer Klingon (tlh)"),
        ("de", 0, "does not fit: it does not offer German (de)"),
        ("Plain English", 0, "open until"),
        ("hmn", 0, "open until"),
        ("spa", 0, "open until"),
    ],
)
def test_a_language_that_is_none_is_an_error_with_the_nearest(tmp_path, language, code, said):
    """By name and by code; one that only the directory knows is no error, and one that no service
    offers is named as it was understood.
    """
    same = {"status": "active", "schedules": [weekly()]}
    spoken = {"a": [{"name": "Hmong"}, {"code": "es"}], "b": [{"name": "Plain English"}]}
    each = [same | {"id": id, "name": id, "languages": some} for id, some in spoken.items()]
    (file := tmp_path / "d.json").write_text(json.dumps({"services": each}))
    words = ["services", str(file), "--time-zone", "UTC", "--now", "2026-11-27T10:00:00Z"]
    found = CliRunner().invoke(commands, [*words, "--language", language])
    assert found.exit_code == code and said in found.output.replace("\n", " ")
