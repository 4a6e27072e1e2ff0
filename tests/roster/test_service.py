"""A responder's stream: who somebody was at any instant, and what is odd about it."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import coresponder as co
from coresponder.roster.shifts import Span
from tests.conftest import NOON

CHICAGO = ZoneInfo("America/Chicago")
BY = {"by": "hr-1"}
ME = BY | {"responder": "officer-7"}
DAY = dt.timedelta(days=1)


def on(day, hour=0, minute=0, zone=dt.UTC):
    """Return a time of March 2026; the 2nd is a Monday."""
    return dt.datetime(2026, 3, 1, hour, minute, tzinfo=zone) + (day - 1) * DAY


def joined(day=1, **more):
    return co.ResponderJoined(at=on(day), role="cit_officer", **ME, **more)


def fold(*events, zone=dt.UTC):
    return co.fold_responder("officer-7", events, zone=zone)


def weekly(days, begins, ends, **more):
    return co.WeeklyShift(
        days=days, begins=dt.time.fromisoformat(begins), ends=dt.time.fromisoformat(ends), **more
    )


def assigned(*shifts, day=1):
    return co.ShiftsAssigned(at=on(day), shifts=shifts, **ME)


def found(service):
    return [finding.what for finding in service.findings]


def test_somebody_is_of_the_agency_from_joining_until_leaving():
    """Before and after nobody is there to be sent; who comes back is there again."""
    service = fold(
        joined(2), co.ResponderLeft(at=on(4), **ME), co.ResponderJoined(at=on(6), role="peer", **ME)
    )
    roles = [one and one.role.value for one in map(service.responder, map(on, range(1, 8)))]
    assert roles == [None, "cit_officer", "cit_officer", None, None, "peer", "peer"]
    assert found(service) == []


def test_a_role_holds_until_the_next():
    """At an instant somebody has the role of that time, not the last one."""
    service = fold(joined(), co.RoleChanged(at=on(5), role="supervisor", **ME))
    assert [service.responder(on(day)).role.value for day in (4, 5)] == [
        "cit_officer",
        "supervisor",
    ]


def test_a_night_shift_begins_on_its_day_and_ends_on_the_next():
    """It is by the clock on the wall: 22:00 in Chicago is 04:00 UTC in winter."""
    service = fold(joined(), assigned(weekly(["monday"], "22:00", "06:00")), zone=CHICAGO)
    times = [on(2, 21, 59, CHICAGO), on(2, 22, 0, CHICAGO), on(3, 5, 59, CHICAGO)]
    status = [service.responder(at).status.value for at in [*times, on(3, 6, 0, CHICAGO)]]
    assert status == ["off_duty", "available", "available", "off_duty"]
    assert service.on_duty(Span(on(2), on(5)))[0].begins == on(3, 4)


@pytest.mark.parametrize(("day", "hours"), [(7, 7), (14, 8)])
def test_a_shift_over_the_change_of_clocks_is_as_long_as_it_is(day, hours):
    """In the night of 8 March 2026 the clocks skip an hour in Chicago."""
    service = fold(joined(), assigned(weekly(["saturday"], "22:00", "06:00")), zone=CHICAGO)
    (shift,) = service.on_duty(Span(on(day), on(day + 3)))
    assert shift.ends - shift.begins == dt.timedelta(hours=hours)


def test_a_shift_around_the_clock_has_24_hours():
    """What ends when it begins ends on the next day."""
    service = fold(
        joined(), assigned(weekly(list(co.Weekday), "00:00", "00:00", reachable=["phone"]))
    )
    whole = sum(
        (s.ends - s.begins for s in service.on_duty(Span(on(9), on(16)))), start=dt.timedelta()
    )
    assert whole == dt.timedelta(days=7)
    assert service.responder(on(9, 3)).reachable == (co.Presence.PHONE,)


def test_shifts_hold_from_the_day_on_which_they_are_assigned():
    """A new assignment replaces the one before, and none is no shift."""
    service = fold(
        joined(),
        assigned(weekly(list(co.Weekday), "08:00", "16:00")),
        assigned(weekly(list(co.Weekday), "16:00", "22:00"), day=3),
        assigned(day=5),
    )
    hours = [(s.begins.day, s.begins.hour) for s in service.on_duty(Span(on(1), on(9)))]
    assert hours == [(1, 8), (2, 8), (3, 16), (4, 16)]


def test_an_absence_is_no_time_on_duty():
    """Ill without a known end, and back: the time between is taken out."""
    service = fold(
        joined(),
        assigned(weekly(list(co.Weekday), "08:00", "16:00")),
        co.AbsenceRecorded(at=on(2), reason="illness", begins=on(2, 12), **ME),
        co.ResponderReturned(at=on(3, 10), **ME),
    )
    shifts = service.on_duty(Span(on(2), on(4)))
    assert [(s.begins, s.ends) for s in shifts] == [
        (on(2, 8), on(2, 12)),
        (on(3, 10), on(3, 16)),
    ]
    assert service.absence(on(2, 13)).reason is co.AbsenceReason.ILLNESS
    assert service.responder(on(2, 13)).status is co.ResponderStatus.OFF_DUTY


def test_who_goes_early_is_not_there_until_the_planned_end():
    """What happened counts more than what was planned."""
    service = fold(
        joined(),
        assigned(weekly(["monday"], "08:00", "16:00")),
        co.ShiftEnded(at=on(2, 14), **ME),
    )
    assert [s.ends for s in service.on_duty(Span(on(2), on(4)))] == [on(2, 14)]
    assert found(service) == []


def test_a_shift_that_was_begun_counts_though_nobody_planned_it():
    """And how they are reached is what the start says."""
    service = fold(
        joined(),
        co.ShiftStarted(at=on(2, 8), reachable=["video"], on_call=True, **ME),
        co.ShiftEnded(at=on(2, 12), **ME),
    )
    assert service.responder(on(2, 9)).reachable == (co.Presence.VIDEO,)
    assert service.responder(on(2, 12)).status is co.ResponderStatus.OFF_DUTY


def test_credentials_are_those_of_the_instant():
    """From completion until the license is revoked; renewed with the hours it had."""
    service = fold(
        joined(),
        co.TrainingCompleted(at=on(2), training="cit", hours=40, expires=on(10), **ME),
        co.TrainingRenewed(at=on(9), training="cit", expires=on(30), **ME),
        co.TrainingRevoked(at=on(20), training="cit", **ME),
    )
    counts = [service.responder(on(d)).certified("cit", on(d), hours=40) for d in (1, 2, 9, 19, 20)]
    assert counts == [False, True, True, True, False]
    assert found(service) == []


def test_vetting_counts_until_its_day_or_until_it_is_found_to_have_expired():
    """Including the last instant."""
    service = fold(joined(), co.VettingPassed(at=on(2), expires=on(9), **ME))
    assert [service.responder(on(d)).is_vetted(on(d)) for d in (1, 2, 9, 10)] == [
        False,
        True,
        True,
        False,
    ]
    early = fold(joined(), co.VettingPassed(at=on(2), **ME), co.VettingExpired(at=on(5), **ME))
    assert [early.responder(on(d)).is_vetted(on(d)) for d in (4, 5)] == [True, False]


def test_languages_are_those_known_at_the_time():
    """The record replaces what was known."""
    service = fold(
        joined(languages=["en"]), co.LanguagesRecorded(at=on(4), languages=["en", "es"], **ME)
    )
    assert [service.responder(on(d)).languages for d in (3, 4)] == [("en",), ("en", "es")]


def test_what_comes_late_is_put_into_its_place():
    """The order of happening counts, not the order of recording."""
    events = [
        joined(),
        co.ShiftStarted(at=on(2, 8), **ME),
        co.ShiftEnded(at=on(2, 16), **ME),
        co.RoleChanged(at=on(3), role="supervisor", **ME),
    ]
    late = fold(*reversed(events))
    assert late == fold(*events)


def test_what_was_entered_in_error_never_happened():
    """It is voided by its number in the stream."""
    wrong = co.RoleChanged(at=on(2), role="clinician", **ME)
    service = fold(joined(), wrong, co.EnteredInError(at=on(3), event=2, reason="duplicate", **BY))
    assert service.responder(on(4)).role is co.Role.CIT_OFFICER


def shift(day, begins, ends):
    return co.ShiftScheduled(at=on(1), begins=on(day, begins), ends=on(day, ends), **ME)


ODD = [
    ([assigned(weekly(["monday"], "08:00", "16:00"))], "“shifts assigned”: had not joined yet"),
    ([joined(), co.ResponderLeft(at=on(2), **ME), shift(3, 8, 16)], None),
    (
        [joined(), co.ResponderLeft(at=on(2), **ME), co.ShiftStarted(at=on(3), **ME)],
        "“shift started”: had left",
    ),
    ([joined(), joined(2)], "joined again"),
    ([joined(), shift(3, 8, 16), shift(3, 12, 20)], "overlaps another shift of 2026-03-03"),
    (
        [
            joined(),
            assigned(
                weekly(["sunday"], "20:00", "04:00"), weekly(["monday"], "03:00", "9:00".zfill(5))
            ),
        ],
        "overlap on monday at 03:00",
    ),
    ([joined(), shift(3, 16, 8)], "ends before it begins"),
    ([joined(), co.ShiftStarted(at=on(2), **ME), co.ShiftStarted(at=on(3), **ME)], "while another"),
    ([joined(), co.ShiftEnded(at=on(2), **ME)], "had not been started"),
    (
        [joined(), co.ShiftStarted(at=on(2), **ME), co.ResponderLeft(at=on(3), **ME)],
        "left while on",
    ),
    (
        [joined(), co.TrainingCompleted(at=on(9), training="cit", expires=on(2), **ME)],
        "cit expires 2026-03-02, before it was completed",
    ),
    ([joined(), co.TrainingRenewed(at=on(9), training="cit", **ME)], "was not completed before"),
    ([joined(), co.TrainingRevoked(at=on(9), training="cit", **ME)], "was not completed before"),
    (
        [
            joined(),
            co.TrainingCompleted(at=on(2), training="cit", expires=on(3), **ME),
            co.TrainingRenewed(at=on(9), training="cit", **ME),
        ],
        "cit had expired 2026-03-03",
    ),
    ([joined(), co.VettingPassed(at=on(9), expires=on(2), **ME)], "before it was passed"),
    ([joined(), co.VettingExpired(at=on(9), **ME)], "no vetting counted"),
    ([joined(), co.ResponderReturned(at=on(9), **ME)], "was not absent"),
    (
        [joined(), co.AbsenceRecorded(at=on(2), reason="court", begins=on(3), ends=on(2), **ME)],
        "the absence ends before it begins",
    ),
    ([joined(), co.ResponderLeft(at=on(2), responder="officer-8", **BY)], "it is about officer-8"),
    ([joined(), co.SceneSecured(at=on(2), **BY)], "SceneSecured is not an event of a responder"),
    ([co.EnteredInError(at=on(2), event=4, reason="duplicate", **BY)], "voids nothing"),
]


@pytest.mark.parametrize(("events", "what"), [odd for odd in ODD if odd[1]])
def test_what_is_odd_is_named(events, what):
    """With the number of the event and what follows; nothing is refused."""
    service = fold(*events)
    (finding,) = service.findings
    assert what in finding.what
    assert str(finding).startswith(f"officer-7, event {finding.event}: ")


def test_on_call_beside_a_shift_is_not_odd():
    """Somebody may be at work by day and on call around the clock."""
    around = weekly(list(co.Weekday), "00:00", "00:00", on_call=True, reachable=["phone"])
    service = fold(joined(), assigned(weekly(["monday"], "08:00", "16:00"), around))
    assert found(service) == []
    assert service.responder(on(2, 9)).reachable == (co.Presence.IN_PERSON, co.Presence.PHONE)


def test_hours_of_the_wall_have_no_seconds_and_no_zone():
    """The calendar of the program knows the zone."""
    with pytest.raises(ValueError, match="write it like 07:30"):
        weekly(["monday"], "08:00:30", "16:00")


def test_events_are_records_that_read_back():
    """So that a store can keep a stream later."""
    event = assigned(weekly(["monday"], "22:00", "06:00", reachable=["phone"], on_call=True))
    assert co.ShiftsAssigned.from_json(event.to_json()) == event


STREAM = st.lists(st.sampled_from([event for events, _ in ODD for event in events]), max_size=12)


@given(STREAM, st.integers(0, 35))
def test_any_stream_folds(events, day):
    """Whatever was recorded in whatever order: an answer, and never an exception; on a shift only
    who is of the agency.
    """
    service = fold(*events)
    window = Span(on(day), on(day + 7))
    for one in service.on_duty(window):
        assert window.begins <= one.begins < one.ends <= window.ends
        assert service.post(one.begins) is not None
    responder = service.responder(NOON + day * DAY)
    assert (responder is None) == (service.post(NOON + day * DAY) is None)
