"""The way of a person to a facility: who left when, who waits, and who is not free meanwhile."""

import json

import pytest

from coresponder.audit.tally import Tally
from coresponder.domain import events as e
from coresponder.program import load_program
from coresponder.program.engaged import busy_with, coming
from coresponder.stores.codec import Stored, decode
from tests.conftest import NOON, at

PROGRAM = load_program("cit")
CALL = e.CallReceived(at=NOON, by="dispatcher-1", source="911", nature="psychosis")
THERE = e.ResponderArrived(at=at(1), by="a", responder="a", role="cit_officer")
SECOND = e.ResponderArrived(at=at(1), by="b", responder="b", role="clinician")
GONE = e.SceneCleared(at=at(20), by="b")


def left(minute, person="p", responder="a", facility="emergency_department"):
    return e.PersonTransported(
        at=at(minute), by="a", person=person, facility=facility, responder=responder
    )


def reached(minute, person="p", facility="emergency_department"):
    return e.ArrivedAtFacility(at=at(minute), by="a", person=person, facility=facility)


def accepted(minute, person="p", facility="emergency_department"):
    return e.HandOverAccepted(at=at(minute), by="a", person=person, facility=facility)


def back(minute, responder="a", person="p"):
    return e.ResponderBackInService(at=at(minute), by="a", responder=responder, person=person)


def case(*events):
    return PROGRAM.replay("one", (CALL, THERE, SECOND, *events))


def test_a_transport_has_its_times_one_after_another():
    """Left, arrived, accepted: the same transport, which waits in between."""
    whole = [left(10), reached(25), accepted(145)]
    waits = []
    for n in range(4):
        transports = case(*whole[:n]).incident.transports
        assert len(transports) == min(n, 1)
        waits += [one.waits for one in transports]
    assert waits == [False, True, False]
    (done,) = case(*whole).incident.transports
    assert (done.left_at, done.arrived_at, done.accepted_at) == (at(10), at(25), at(145))


def test_two_people_are_two_transports_and_a_second_facility_is_another():
    """A family goes by two cars; one of them is sent on to another facility."""
    incident = case(
        left(10, "p"),
        left(11, "q", None),
        reached(20, "q"),
        reached(25, "p"),
        accepted(30, "q"),
        left(40, "p", facility="crisis_walk_in"),
        reached(50, "p", "crisis_walk_in"),
    ).incident
    assert [(one.person, one.facility.value, one.waits) for one in incident.transports] == [
        ("p", "emergency_department", True),
        ("q", "emergency_department", False),
        ("p", "crisis_walk_in", True),
    ]


@pytest.mark.parametrize("event", [reached(20), accepted(20)])
def test_what_is_known_of_a_transport_is_kept_without_its_beginning(event):
    """The family drove, and nobody recorded when; recorded twice, it is another one."""
    (one,) = case(event).incident.transports
    assert one.left_at is None
    assert len(case(event, event).incident.transports) == 2


def test_a_transport_that_ended_elsewhere_says_where_it_ended():
    """The ambulance was diverted on the way."""
    (one,) = case(left(10), reached(30, facility="stabilization")).incident.transports
    assert one.facility == "stabilization"


def test_who_goes_with_a_person_has_left_the_scene():
    """Those who stay are there still; without a responder nobody left."""
    assert case(left(10)).incident.on_scene == ("clinician",)
    assert case(left(10, responder=None)).incident.on_scene == ("cit_officer", "clinician")


@pytest.mark.parametrize(
    ("story", "busy"),
    [
        ([left(10), GONE], ("a",)),
        ([left(10, responder=None), GONE], ()),
        ([left(10), GONE, back(90)], ()),
        ([left(10), GONE, e.ResponderCleared(at=at(90), by="a", responder="a")], ()),
        ([left(10, responder="driver")], ("a", "b", "driver")),
        ([left(10), GONE, back(90, "someone")], ("a",)),
        ([left(10), GONE, e.IncidentClosed(at=at(90), by="a")], ()),
        (
            [
                left(10),
                e.ResponderRelieved(at=at(15), by="c", responder="a", relieved_by="c"),
                GONE,
            ],
            ("c",),
        ),
        ([left(10), e.ResponderArrived(at=at(15), by="a", responder="a"), GONE], ("a",)),
    ],
)
def test_who_waits_at_a_facility_is_not_free(story, busy):
    """Clearing the scene frees those who were there; who went along is free when back in service,
    cleared, relieved by another, or when the incident has ended.
    """
    assert busy_with(case(*story), PROGRAM.lifecycle) == busy


def test_a_transport_brings_only_who_goes_along():
    """An event that names nobody brings nobody."""
    assert coming(left(10)) == ("a",)
    assert coming(left(10, responder=None)) == ()


def test_the_wait_is_measured_for_each_person():
    """From arrival at the facility to acceptance, and to the return of who went along; what has no
    arrival is not counted.
    """
    tally = Tally(PROGRAM)
    story = (left(10), reached(25), reached(30, "q"), accepted(145), back(155), accepted(40, "q"))
    tally.add(case(*story, accepted(160, "r"), back(161, "b", "r")), at(200))
    assert tally.to_acceptance.counts == {120: 1, 10: 1}
    assert tally.to_service.counts == {130: 1}


def test_a_transport_of_before_is_read_as_it_was():
    """What version 1 could not say is unknown: nobody drove, nobody stays."""
    body = {"at": "2026-03-02T12:00:00Z", "by": "a", "person": "p", "facility": "jail"}
    row = Stored(1, "PersonTransported", 1, "", "", json.dumps(body), "")
    event = decode(row, PROGRAM.vocabulary)
    assert (event.transported_by, event.restrained, event.responder) == (None, None, None)
    assert event.voluntary
