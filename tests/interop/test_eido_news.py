"""What a later EIDO says: each part becomes an event once, or is named; nothing of it is lost."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from coresponder.domain import events as e
from coresponder.domain.objects import Override
from coresponder.interop.eido import codes, eido_from, eido_of, news_of
from coresponder.testing import journeys
from coresponder.workflow.taking import take_eido
from tests.conftest import SHARED
from tests.interop.test_eido import (
    AGENCY,
    CIT,
    T0,
    assert_sound,
    center,
    minutes,
    names_of,
    registry,
    unit,
    workflow_of,
)

OWN = f"urn:emergency:uid:incidentid:7:{AGENCY}"


def dated(at, **parts):
    """An EIDO whose parts have no time of their own, last updated at a minute, or never."""
    document = center(0, **parts)
    del document["incidentComponent"]["lastUpdateTimeStamp"], document["lastUpdateTimeStamp"]
    return document | ({} if at is None else {"lastUpdateTimeStamp": minutes(at).isoformat()})


def said_of_unit(status, at=None):
    one = unit(0, status, id="center.example.org/unit/u1")
    del one["lastUpdateTimeStamp"]
    return dated(at, emergencyResourceComponent=[one])


def said_of_incident(at=None, **parts):
    document = dated(at)
    document["incidentComponent"] |= parts
    return document


def closed(status, at=None):
    return said_of_incident(at, incidentStatusCommonRegistryText=[status])


def typed(code, at=None):
    return said_of_incident(at, incidentTypeCommonRegistryText=code)


def ended(code, at=None):
    return said_of_incident(at, dispositionComponent=[{"dispositionCommonRegistryCode": code}])


WAYS = [
    (said_of_unit, ["Dispatched", "Cleared", "Dispatched"]),
    (said_of_unit, ["EnRoute", "OnScene", "EnRoute"]),
    (typed, ["SUICTHRT", "FIGHT", "SUICTHRT"]),
    (ended, ["03", "04", "03"]),
]


@pytest.mark.parametrize(("say", "words"), WAYS)
def test_what_is_said_without_a_time_has_the_time_of_the_eido(say, words):
    """There and back again: three events, in the order of the EIDOs; the last one again, none."""
    workflow = workflow_of()
    id = take_eido(workflow, center()).incident
    done = [take_eido(workflow, say(word, at)) for word, at in zip(words, (3, 5, 7), strict=True)]
    for at, taken in zip((3, 5, 7), done, strict=True):
        (event,) = (*taken.recorded, *(one for one, _ in taken.refused))
        assert event.at == minutes(at)
    if not done[-1].refused:
        assert take_eido(workflow, say(words[-1], 9)).recorded == ()
        assert names_of(workflow.case(id).history[-3:]) == [
            type(taken.recorded[0]).__name__ for taken in done
        ]


@pytest.mark.parametrize("at", [None, 5])
@pytest.mark.parametrize(("say", "words"), WAYS)
def test_what_nobody_can_date_is_named(say, words, at):
    """Neither the part nor the EIDO says when, or all say the same minute: what comes again after
    the opposite is named, or the opposite was; never neither.
    """
    workflow = workflow_of()
    take_eido(workflow, center())
    first, second, again = (take_eido(workflow, say(word, at)) for word in words)
    assert first.recorded or first.refused
    assert second.recorded or second.not_recorded
    assert again.recorded == ()
    assert again.left_out or (again.refused, second.recorded) == (first.refused, ())


@pytest.mark.parametrize("at", [None, 3])
def test_an_end_that_is_said_again_is_news_or_named(at):
    """Closed, reopened, closed: by the EIDO's times three events; without them the third is named."""
    case = CIT.replay("7", take_eido(workflow_of(), center()).recorded)
    for number, word in enumerate(("Closed", "ReOpened", "Closed")):
        found = eido_from(closed(word, at and at + number) | {"$id": OWN}, agency=AGENCY)
        news = news_of(found, case)
        assert len(news.events) + len(news.left_out) == 1
        case = CIT.replay("7", [*case.recorded(), *news.events])
    assert names_of(case.recorded()) == ["CallReceived", "IncidentClosed", "IncidentReopened"] + (
        ["IncidentClosed"] if at else []
    )


def test_each_link_is_recorded_once():
    """Several of one direction at one time; two directions to one incident."""
    workflow = workflow_of()
    take_eido(workflow, center())
    links = [
        {"incidentTrackingIdentifier": f"urn:emergency:uid:incidentid:{one}:x.example.org", "linkDirectionCode": how}
        for one, how in (("b1", "RELATED"), ("b2", "RELATED"), ("b1", "PARENT"))
    ]  # fmt: skip
    taken = take_eido(workflow, center(5, linkComponent=links))
    assert names_of(taken.recorded) == ["IncidentLinked"] * 3
    assert take_eido(workflow, center(5, linkComponent=links)).recorded == ()
    assert take_eido(workflow, center(9, linkComponent=links)).recorded == ()


def test_a_units_type_that_was_corrected_is_named():
    """The record keeps the role in which the unit came; a person decides."""
    workflow = workflow_of()
    take_eido(workflow, center(5, emergencyResourceComponent=[unit(5, "OnScene")]))
    other = unit(5, "OnScene", kind="CrisisInterventionUnit")
    taken = take_eido(workflow, center(6, emergencyResourceComponent=[other]))
    assert taken.recorded == ()
    (said,) = taken.left_out
    assert "its type says clinician, the record has patrol_officer, which stays" in said


def test_a_unit_that_is_dispatched_again_without_a_dispatch():
    """A unit whose status alone says so was sent. One on scene that stands as dispatched later is
    named; an older status that comes late is not.
    """
    workflow = workflow_of()
    first = take_eido(workflow, center(2, emergencyResourceComponent=[unit(2, "Dispatched")]))
    assert names_of(first.recorded) == ["CallReceived", "TeamDispatched"]
    assert take_eido(workflow, center(3, emergencyResourceComponent=[unit(3, "Dispatched")])).recorded == ()  # fmt: skip
    take_eido(workflow, center(9, emergencyResourceComponent=[unit(9, "OnScene")]))
    sent = {"dispatchComponent": [{"lastUpdateTimeStamp": minutes(2).isoformat(), "emergencyResourceReference": [{"$ref": "u1"}]}]}  # fmt: skip
    back = take_eido(workflow, center(12, emergencyResourceComponent=[unit(12, "Dispatched")], **sent))  # fmt: skip
    assert back.recorded == () and "status Dispatched; the record has OnScene since" in back.left_out[0]  # fmt: skip
    late = take_eido(workflow, center(4, emergencyResourceComponent=[unit(4, "Dispatched")], **sent))  # fmt: skip
    assert (late.recorded, late.left_out) == ((), ())


def test_a_priority_alone_is_news():
    """The nature stays; the same priority again is none."""
    workflow = workflow_of()
    id = take_eido(workflow, center()).incident
    nature = workflow.case(id).incident.call.nature
    document = said_of_incident(7, incidentPriorityInternalText="urgent")
    del document["incidentComponent"]["incidentTypeCommonRegistryText"]
    (event,) = take_eido(workflow, document).recorded
    assert (event.nature, event.priority, event.at) == (nature, "urgent", minutes(7))
    assert take_eido(workflow, document).recorded == ()


def call(at=0, id="urn:emergency:uid:callid:c1:center.example.org", kind="emergency"):
    return {"$id": id, "callStartTimestamp": minutes(at).isoformat(), "standardPrimaryCallType": kind}  # fmt: skip


@pytest.mark.parametrize("change", [{"at": -2}, {"kind": "nonEmergency"}])
def test_a_call_that_was_corrected_is_not_counted_twice(change):
    """It is refused with what to do; once that is done, the EIDO has nothing that is new."""
    workflow = workflow_of()
    id = take_eido(workflow, center(callComponent=[call()])).incident
    right = center(5, callComponent=[call(**change)])
    for _ in range(2):
        taken = take_eido(workflow, right)
        ((event, why),) = taken.refused
        assert isinstance(event, e.CallReceived) and taken.recorded == ()
        assert "is event 1, " in why and "then that event 1 was entered in error" in why
    workflow.record(id, event)
    void = e.EnteredInError(at=minutes(6), by="d", event=1, reason="wrong_time")
    workflow.record(id, void)
    again = take_eido(workflow, right)
    assert (again.recorded, again.refused, again.left_out) == ((), (), ())
    case = workflow.case(id)
    assert len([one for one in case.valid() if isinstance(one, e.CallReceived)]) == 1
    assert case.state == "received"


def test_a_second_call_is_a_second_call():
    """Of another id, or without one; and one EIDO that has a call twice is refused once."""
    workflow = workflow_of()
    take_eido(workflow, center(callComponent=[call()]))
    more = center(5, callComponent=[call(), call(4, "urn:emergency:uid:callid:c2:center.example.org")])  # fmt: skip
    assert names_of(take_eido(workflow, more).recorded) == ["CallReceived"]
    assert take_eido(workflow, more).recorded == ()
    twice = workflow_of()
    taken = take_eido(twice, center(callComponent=[call(), call(4)]))
    assert names_of(taken.recorded) == ["CallReceived"]
    assert "has this call twice" in taken.refused[0][1]


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(journeys("cit"))
def test_nothing_of_an_own_eido_differs(journey):
    """An agency that gets its own EIDO back has no news, and nothing that is otherwise."""
    assume(journey.case.incident.call is not None)
    found = eido_from(eido_of(journey.case, agency=AGENCY), agency=AGENCY)
    news = news_of(found, journey.case)
    assert (news.events, news.refused, news.left_out) == ((), (), ())


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(journeys("cit"))
def test_an_eido_that_opened_an_incident_has_no_news_the_second_time(journey):
    """At another agency; what was refused the first time is refused again, and nothing is new."""
    assume(journey.case.incident.call is not None)
    told = eido_of(journey.case, agency="b.example.org")
    workflow = workflow_of()
    workflow.clock = lambda: max(one.at for one in eido_from(told).events)
    first, second = take_eido(workflow, told), take_eido(workflow, told)
    assert second.recorded == ()
    assert [event for event, _ in second.refused] == [event for event, _ in first.refused]
    assert T0 and first.recorded


def caller(number, minute=0):
    return {
        "$id": f"center.example.org/call/{number}",
        "callStartTimestamp": f"2026-03-02T16:{minute:02}:00-05:00",
        "standardPrimaryCallType": "emergency",
    }


@pytest.mark.parametrize("later", [False, True])
def test_two_callers_in_one_second_are_two_calls(later):
    """Each call is known by its id, in one EIDO or in two; the same again is no news, and the second
    one with another start is refused.
    """
    workflow, both = workflow_of(), [caller(1), caller(2)]
    if later:
        take_eido(workflow, center(callComponent=both[:1]))
    id = take_eido(workflow, center(callComponent=both)).incident
    assert names_of(workflow.case(id).recorded()).count("CallReceived") == 2
    assert take_eido(workflow, center(callComponent=both)).recorded == ()
    moved = take_eido(workflow, center(callComponent=[caller(1), caller(2, 1)]))
    assert (moved.recorded, len(moved.refused)) == ((), 1)


def test_the_first_eido_again_does_not_turn_the_nature_back():
    """Without times nobody can tell whether it is old: it is named."""
    workflow = workflow_of()
    id = take_eido(workflow, center()).incident
    changed = take_eido(workflow, typed("FIGHT", None))
    assert names_of(changed.recorded) == ["CallTriaged"]
    again = take_eido(workflow, typed("EDP", None))
    assert (again.recorded, bool(again.left_out)) == ((), True)
    assert workflow.case(id).incident.call.nature == "disturbance"


@pytest.mark.parametrize("status", ["Available", "NotAvailable"])
def test_a_unit_that_says_only_whether_it_is_free_is_named(status):
    """Its primary status alone says nothing that the record has an event for."""
    unit = {
        "$id": "u",
        "emergencyResourceTypeCommonRegistryText": "PatrolUnit",
        "primaryUnitStatusRegistryText": status,
    }
    taken = take_eido(workflow_of(), center(emergencyResourceComponent=[unit]))
    assert any(f"status {status}" in said for said in taken.left_out)


def told_at(minute, **parts):
    """An EIDO whose parts were updated at a minute, in an incident that began at minute 0."""
    document = center(minute)
    units = [one | {"lastUpdateTimeStamp": minutes(minute).isoformat()} for one in parts.pop("units", [])]  # fmt: skip
    document["incidentComponent"] |= parts
    return document | ({"emergencyResourceComponent": units} if units else {})


def one_unit(status):
    return {"units": [unit(0, status, id="center.example.org/unit/1")]}


def kind(code):
    return {"incidentTypeCommonRegistryText": code}


def end(code):
    return {"dispositionComponent": [{"dispositionCommonRegistryCode": code}]}


@pytest.mark.parametrize("opens", [True, False])
@pytest.mark.parametrize("stamps", ["parts", "document"])
@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (kind("EDP"), kind("FIGHT"), "it says FIGHT, and the record has EDP"),
        (kind("DISORD"), kind("FIGHT"), "it says FIGHT, and the record has DISORD"),
        ({"incidentPriorityInternalText": "urgent"}, {"incidentPriorityInternalText": "routine"},
         "it says routine, and the record has urgent"),
        (end("03"), end("04"), "it says cited, and the record has arrested"),
        ({"incidentStatusCommonRegistryText": "Cancelled"}, {"incidentStatusCommonRegistryText": "ReOpened"},
         "it says IncidentReopened, and the record has IncidentCancelled"),
        (one_unit("OnScene"), one_unit("EnRoute"), "it says EnRoute, and the record has OnScene"),
        (one_unit("Cleared"), one_unit("OnScene"), "it says OnScene, and the record has Cleared"),
        (one_unit("Cleared"), one_unit("Dispatched"), "it says Dispatched, and the record has Cleared"),
    ],
)  # fmt: skip
def test_what_differs_at_one_instant_is_named(one, other, said, stamps, opens):
    """Whether it opened the incident or came later, and whether the part has the time or the EIDO:
    the second is not recorded, the first again is no news, and a later time settles it.
    """
    workflow, at = workflow_of(), 5
    if not opens:
        take_eido(workflow, told_at(1, **kind("SUICTHRT")))

    def take(what, minute=at):
        document = told_at(minute, **what)
        if stamps == "document":
            for part in ("incidentComponent", *(["emergencyResourceComponent"] if "units" in what else [])):  # fmt: skip
                for inner in [document[part]] if isinstance(document[part], dict) else document[part]:  # fmt: skip
                    del inner["lastUpdateTimeStamp"]
        return take_eido(workflow, document)

    first = take(one)
    case = workflow.case(first.incident)
    second = take(other)
    assert (second.recorded, second.refused, second.older) == ((), (), ())
    (why,) = second.not_recorded
    assert said in why and "an EIDO with a later time settles it" in why
    again = take(one)
    assert (again.recorded, again.refused, again.not_recorded) == ((), (), ())
    assert workflow.case(first.incident).version == case.version
    later = take(other, at + 1)
    assert later.not_recorded == () and (later.recorded or later.refused)


def test_an_older_kind_than_that_of_the_call_is_named():
    """The EIDO that opened the incident said EDP as of minute 9; what was said before that is not
    what it is now.
    """
    workflow = workflow_of()
    id = take_eido(workflow, center(9)).incident
    taken = take_eido(workflow, typed("FIGHT", 4))
    assert taken.recorded == () and "says FIGHT" in taken.not_recorded[0]
    assert workflow.case(id).incident.call.nature == "mental_health_crisis"


def test_steps_of_a_unit_at_one_instant_have_one_order():
    """Dispatched, on the way, on scene and gone in one minute, in one EIDO or in four: all are
    recorded, since a unit takes them one after the other. Two dispositions of one EIDO are, too.
    """
    steps = ["Dispatched", "EnRoute", "OnScene", "Cleared"]
    events = ["TeamDispatched", "ResponderEnRoute", "ResponderArrived", "ResponderCleared"]
    apart, once = workflow_of(), workflow_of()
    take_eido(apart, center())
    for step, event in zip(steps, events, strict=True):
        assert names_of(take_eido(apart, told_at(5, **one_unit(step))).recorded) == [event]
    together = told_at(5, units=[unit(5, "") | {"secondaryUnitStatusRegistryText": steps[::-1]}])
    assert names_of(take_eido(once, together).recorded)[1:] == events
    two = {
        "dispositionComponent": [{"dispositionCommonRegistryCode": code} for code in ("18", "15")]
    }
    ended = take_eido(workflow_of(), told_at(5, **two))
    assert names_of(ended.recorded).count("DispositionRecorded") == 2 and not ended.not_recorded


def test_a_message_with_a_contradiction_is_not_answered_with_ok():
    """The sender is told that something of it was not recorded."""
    from coresponder.interop.eido import notify
    from coresponder.workflow.taking import take_message

    workflow = workflow_of()
    sent = [told_at(5, **kind("EDP")), told_at(5, **kind("FIGHT"))]
    _, said = take_message(workflow, notify(sent[:1], subscription="s", transaction="t"))
    assert said["eventResponse"]["statusCode"] == 200
    _, said = take_message(workflow, notify(sent, subscription="s", transaction="t"))
    assert said["eventResponse"]["statusCode"] == 400


def test_several_kinds_are_one_statement():
    """Two codes together are no news the second time, at any time."""
    workflow = workflow_of()
    take_eido(workflow, told_at(1, **kind(["EDP", "FIGHT"])))
    assert take_eido(workflow, told_at(7, **kind(["EDP", "FIGHT"]))).recorded == ()
    assert names_of(take_eido(workflow, told_at(8, **kind(["FIGHT", "EDP"]))).recorded) == ["CallTriaged"]  # fmt: skip


@pytest.mark.parametrize("later", [False, True])
def test_two_calls_without_an_id_in_one_second_are_two_calls(later):
    """In one EIDO or in two; the same again is no news; one that has an id now is one of them."""
    workflow, bare = workflow_of(), {key: value for key, value in call().items() if key != "$id"}
    if later:
        take_eido(workflow, center(callComponent=[bare]))
    id = take_eido(workflow, center(callComponent=[bare, bare])).incident
    calls = lambda: names_of(workflow.case(id).recorded()).count("CallReceived")
    assert calls() == 2
    assert take_eido(workflow, center(callComponent=[bare, bare])).recorded == ()
    assert take_eido(workflow, center(callComponent=[call(), bare])).recorded == ()
    assert take_eido(workflow, center(callComponent=[bare, bare, bare])).recorded and calls() == 3


def test_what_is_refused_is_not_also_kept():
    """A disposition of the past that the program refuses has one line, not two."""
    workflow = workflow_of()
    id = take_eido(workflow, center()).incident
    workflow.record(id, e.IncidentCancelled(at=minutes(9), by="d-1"))
    taken = take_eido(workflow, told_at(5, incidentStatusCommonRegistryText="Closed"))
    assert names_of(event for event, _ in taken.refused) == ["IncidentClosed"]
    assert taken.older == ()


def test_an_incident_that_a_center_closes_has_a_clear_scene_if_everybody_left():
    """By the units that are known here, ours too; then the end is permitted. Somebody on scene or on
    the way keeps it open.
    """
    for ours, clear in ((None, True), ("cleared", True), ("there", False)):
        workflow = workflow_of()
        id = take_eido(workflow, told_at(5, **one_unit("OnScene"))).incident
        if ours:
            workflow.record(id, e.ResponderArrived(at=minutes(7), by="c-1", responder="c-1", role="clinician"))  # fmt: skip
        if ours == "cleared":
            workflow.record(id, e.ResponderCleared(at=minutes(31), by="c-1", responder="c-1"))
        document = told_at(30, **one_unit("Cleared"))
        document["incidentComponent"] |= {"incidentStatusCommonRegistryText": "Closed", "lastUpdateTimeStamp": minutes(40).isoformat()}  # fmt: skip
        taken = take_eido(workflow, document)
        expected = ["ResponderCleared", "SceneCleared", "IncidentClosed"]
        assert names_of(taken.recorded) == (expected if clear else expected[:1])
        assert workflow.case(id).state == ("closed" if clear else "on_scene")
        if clear:
            assert taken.recorded[1].at == minutes(31 if ours else 30)
            assert take_eido(workflow, document).recorded == ()
        else:
            assert names_of(taken.overridable) == ["IncidentClosed"]


def test_a_decision_of_a_center_is_recorded_with_an_override():
    """The program refuses to end what is owed something; with an actor and a reason it is recorded,
    and the override before it.
    """
    workflow = workflow_of(clock=lambda: minutes(6000))
    closed = told_at(40, incidentStatusCommonRegistryText="Closed", **one_unit("OnScene"))
    first = take_eido(workflow, closed)
    assert names_of(first.overridable) == ["IncidentClosed"]
    anyway = Override(by="sgt-1", reason="supervisor_order")
    taken = take_eido(workflow, closed, override=anyway)
    assert names_of(taken.recorded) == ["PolicyOverridden", "IncidentClosed"]
    assert (taken.refused, taken.overridable, taken.recorded[0].by) == ((), (), "sgt-1")
    assert take_eido(workflow, closed, override=anyway).recorded == ()


def test_a_unit_that_is_taken_is_sent_by_an_override_that_the_record_has():
    """A unit is with one incident, and an EIDO of another says that it was sent there."""
    workflow, anyway = workflow_of(), Override(by="sgt-1", reason="supervisor_order")
    other = {"$id": "urn:emergency:uid:incidentid:other:center.example.org"}
    take_eido(workflow, told_at(1, **one_unit("OnScene")))
    sent = told_at(5, **one_unit("Dispatched")) | other
    assert names_of(take_eido(workflow, sent).overridable) == ["TeamDispatched"]
    taken = take_eido(workflow, sent, override=anyway)
    assert names_of(taken.recorded) == ["PolicyOverridden", "TeamDispatched"]
    assert (taken.recorded[0].by, taken.recorded[0].policies[-1]) == ("sgt-1", "busy")


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("Reporting Party", None),
        ("involved_person", None),
        ("Mental Health Worker", "personComponent[0]: role Mental Health Worker"),
        ("Bystander", "personComponent[0]: role Bystander"),
        ("Mary Smith", "personComponent[0]: role a text of 10 characters"),
    ],
)
def test_a_role_with_spaces_is_read_or_shown(role, said):
    """Unless it looks like a name."""
    taken = take_eido(workflow_of(), center(personComponent=[{"$id": "p", "personIncidentRoleRegistryText": [role]}]))  # fmt: skip
    assert (taken.left_out, taken.not_recorded) == ((), (said,) if said else ())
    assert ("PersonInvolved" in names_of(taken.recorded)) == (said is None)


def test_the_note_about_the_agency_id_is_for_those_who_gave_none():
    """With an id the agency has said who it is; but what it wrote before may be of the agency default."""
    workflow = workflow_of()
    workflow.receive(e.CallReceived(at=minutes(0), by="d-1", source="911", nature="disturbance"), incident="7")  # fmt: skip
    told = center() | {"$id": "urn:emergency:uid:incidentid:7:b.example.org"}
    assert take_eido(workflow, told, agency_id=AGENCY).says == ()
    told |= {"$id": "urn:emergency:uid:incidentid:7:c.example.org"}
    assert "take the EIDO with --agency-id c.example.org" in take_eido(workflow, told).says[0]
    told |= {"$id": "urn:emergency:uid:incidentid:7:default"}
    (said,) = take_eido(workflow, told, agency_id=AGENCY).says
    assert said.startswith("7 is an incident here too; if default is this agency")


def the_table():
    """Return the rows of the guide's table: the words, and what becomes of them."""
    text = (Path(__file__).parents[2] / "docs/how-to/eido.md").read_text("utf-8")
    rows = text.split("### The status of a unit")[1].split("###")[0].splitlines()
    cells = [row.strip("|").split(" | ") for row in rows if row.startswith("| `")]
    return [(re.findall(r"`(\w+)`", words), said) for words, said in cells]


ROWS = [(word, said) for words, said in the_table() for word in words]
BESIDE = {"EnRoute": "named", "Arrived": "named", "OnScene": "ResponderArrived", "Cleared": "ResponderCleared"}  # fmt: skip


def status_of(*words):
    one = unit(5, "", id="center.example.org/unit/1") | {"secondaryUnitStatusRegistryText": [*words]}  # fmt: skip
    return told_at(5, units=[one])


def test_the_guide_has_each_status_of_the_registries_once():
    """Every word of both, in one row; and the library knows the same words."""
    words = [word for word, _ in ROWS]
    assert sorted(words) == sorted(codes.UNIT_STATUSES)
    assert len(words) == 44
    if SHARED.is_dir():
        primary, secondary = (registry(f"{kind}_unit_status_common_registry.csv") for kind in ("primary", "secondary"))  # fmt: skip
        assert primary | secondary == codes.UNIT_STATUSES


@pytest.mark.parametrize(("word", "said"), ROWS)
def test_a_status_becomes_what_the_guide_says(word, said):
    """In a new incident, and of a unit that is on scene there; the same again is no news."""
    new, there = workflow_of(), workflow_of()
    take_eido(there, told_at(1, **one_unit("OnScene")))
    first, second = take_eido(new, status_of(word)), take_eido(there, status_of(word))
    named = [any(f"status {word}" in text for text in one.left_out) for one in (first, second)]
    event = said.split("`")[1] if said.startswith("`") else None
    recorded = [[name for name in names_of(one.recorded) if name != "CallReceived"] for one in (first, second)]  # fmt: skip
    stays = event in {"TeamDispatched", "ResponderArrived"}
    if word in codes.FREE:
        assert (recorded, named) == ([[], ["ResponderCleared"]], [True, False])
    elif event:
        assert (recorded, named) == ([[event], [] if stays else [event]], [False, word == "Dispatched"])  # fmt: skip
    else:
        assert (recorded, named) == ([[], []], [True, True])
    assert take_eido(there, status_of(word)).recorded == ()


@pytest.mark.parametrize("place", sorted(codes.PLACES))
def test_a_place_beside_a_step_is_not_the_scene(place):
    """On the way to the hospital is not on the way to the incident; a unit that cleared is gone,
    wherever it is.
    """
    for step, outcome in BESIDE.items():
        taken = take_eido(workflow_of(), status_of(step, place))
        found = [name for name in names_of(taken.recorded) if name != "CallReceived"]
        assert found == ([] if outcome == "named" else [outcome])
        named = [text.rpartition("status ")[2] for text in taken.left_out]
        assert named == ([] if step == "Cleared" else [place] if step == "OnScene" else [step, place])  # fmt: skip


def test_a_free_unit_was_with_the_incident_before():
    """Not at the same instant, and not without a time: then it is named. Free before it was sent says
    nothing, and free after it left neither.
    """
    for minute, named in ((5, True), (None, True), (3, False)):
        workflow = workflow_of()
        take_eido(workflow, told_at(5, **one_unit("OnScene")))
        free = said_of_unit("InService", minute)
        free["emergencyResourceComponent"][0]["$id"] = "center.example.org/unit/1"
        taken = take_eido(workflow, free)
        assert (taken.recorded, bool(taken.not_recorded)) == ((), named)
    take_eido(workflow, told_at(8, **one_unit("Cleared")))
    taken = take_eido(workflow, told_at(9, **one_unit("InService")))
    assert (taken.recorded, taken.left_out, taken.not_recorded) == ((), (), ())


def test_a_unit_that_was_assigned_again_was_sent_again():
    """After it left; while it is with the incident, that it is assigned says nothing new."""
    workflow = workflow_of()
    for minute, status, event in (
        (2, "Assigned", ["TeamDispatched"]),
        (3, "AcknowledgedTransmission", []),
        (4, "EnRoute", ["ResponderEnRoute"]),
        (5, "Assigned", []),
        (6, "AssignmentCancelled", ["ResponderCleared"]),
        (7, "Assigned", ["TeamDispatched"]),
    ):
        taken = take_eido(workflow, told_at(minute, **one_unit(status)))
        recorded = [name for name in names_of(taken.recorded) if name != "CallReceived"]
        assert (recorded, taken.left_out, taken.not_recorded) == (event, (), ()), status


def test_what_happened_before_the_call_does_not_stop_the_first_eido():
    """A unit was on its way before the call: the call opens the incident, and nothing is refused."""
    workflow, early = workflow_of(), unit(-2, "EnRoute", id="center.example.org/unit/1")
    document = told_at(5) | {"emergencyResourceComponent": [early]}
    taken = take_eido(workflow, document)
    assert names_of(taken.recorded) == ["CallReceived", "ResponderEnRoute"]
    assert taken.refused == () and take_eido(workflow, document).recorded == ()


def without_call(at, **parts):
    document = center(at, **parts)
    del document["callComponent"]
    return document


def test_an_update_without_a_call_counts_no_call():
    """The call is there; a later EIDO has only the incident or a unit, however often it comes."""
    workflow = workflow_of()
    id = take_eido(workflow, center()).incident
    moved = without_call(4, emergencyResourceComponent=[unit(4, "EnRoute")])
    only_unit = {
        name: value
        for name, value in moved.items()
        if name not in {"incidentComponent", "lastUpdateTimeStamp"}
    }
    for document in (without_call(3), moved, only_unit, moved):
        take_eido(workflow, document)
    happened = names_of(workflow.case(id).history)
    assert happened.count("CallReceived") == 1
    assert happened.count("ResponderEnRoute") == 1


def test_an_eido_without_a_call_opens_an_incident():
    """It is another agency's; the second one adds nothing."""
    workflow = workflow_of()
    assert names_of(take_eido(workflow, without_call(0)).recorded) == ["CallReceived"]
    assert take_eido(workflow, without_call(0)).recorded == ()


def test_an_incident_that_goes_on_after_its_end_is_named():
    """Active after the end, or beside it in one EIDO, is no news that is lost; an older one is."""
    workflow = workflow_of()
    assert take_eido(workflow, center()).not_recorded == ()
    take_eido(workflow, closed("Cancelled", 5))
    for document, named in ((closed("Active", 9), True), (closed("Active", 3), False)):
        taken = take_eido(workflow, document)
        assert taken.recorded == ()
        assert any("record IncidentReopened" in one for one in taken.not_recorded) is named
    both = said_of_incident(5, incidentStatusCommonRegistryText=["Active", "Cancelled"])
    assert "incidentComponent status Active" in take_eido(workflow, both).not_recorded[0]


def calls_in(workflow, incident):
    return names_of(workflow.case(incident).valid()).count("CallReceived")


@pytest.mark.parametrize("agency", [AGENCY, "default"])
@pytest.mark.parametrize("ids", [True, False])
def test_a_call_is_counted_once_whoever_passes_it_on(agency, ids):
    """An agency's own EIDO taken again, and what comes back through another agency, has no call that
    is new, with a center's id or without; two calls of one second stay two, and each id in an
    EIDO is given once.
    """
    both = [caller(1), caller(2)]
    if not ids:
        both = [{key: value for key, value in one.items() if key != "$id"} for one in both]
    ours, other = workflow_of(agency=agency), workflow_of(agency="ems.example.org")
    take_eido(ours, center(callComponent=both), incident="7")
    for _ in range(2):
        told = eido_of(ours.case("7"), agency=agency)
        assert_sound(told)
        assert take_eido(ours, told).recorded == ()
        take_eido(other, told, incident="S-1")
        back = eido_of(other.case("S-1"), agency="ems.example.org")
        assert "CallReceived" not in names_of(take_eido(ours, back, incident="7").recorded)
    assert (calls_in(ours, "7"), calls_in(other, "S-1")) == (2, 2)
    third = center(callComponent=[caller(1), caller(2), caller(3)])
    assert names_of(take_eido(ours, third).recorded) == ["CallReceived"]


def test_a_call_that_was_passed_on_by_an_earlier_version_is_known():
    """It wrote an id of its own for each call, and the other agency kept that one."""
    ours, other = workflow_of(agency=AGENCY), workflow_of(agency="ems.example.org")
    take_eido(ours, center(callComponent=[caller(1), caller(2)]), incident="7")
    now = eido_of(ours.case("7"), agency=AGENCY)
    earlier = {**now, "callComponent": [{**one, "$id": one["$id"].rpartition("+")[0]} for one in now["callComponent"]]}  # fmt: skip
    take_eido(other, earlier, incident="S-1")
    assert take_eido(other, now).recorded == ()
    assert take_eido(ours, earlier).recorded == ()
    back = eido_of(other.case("S-1"), agency="ems.example.org")
    assert "CallReceived" not in names_of(take_eido(ours, back, incident="7").recorded)
    moved = {**now, "callComponent": [{**now["callComponent"][0], "callStartTimestamp": minutes(3).isoformat()}]}  # fmt: skip
    ((_, why),) = take_eido(other, moved).refused
    assert "not counted twice" in why


def ended_at(minute, word, status="OnScene", at=5):
    return said_of_incident(minute, incidentStatusCommonRegistryText=word) | {
        "emergencyResourceComponent": [unit(at, status)]
    }


def test_an_end_out_of_place_ends_nothing():
    """It was recorded by an override while somebody was on scene, and is named; the same again is no
    news, and the end that comes once everybody left is recorded.
    """
    workflow = workflow_of()
    id = take_eido(workflow, center(5, emergencyResourceComponent=[unit(5, "OnScene")])).incident
    anyway = Override(by="sgt-1", reason="supervisor_order")
    taken = take_eido(workflow, ended_at(30, "Closed"), override=anyway)
    assert ["IncidentClosed" in one and "out of place" in one for one in taken.older] == [True]
    assert take_eido(workflow, ended_at(30, "Closed")).recorded == ()
    left = take_eido(workflow, ended_at(50, "Closed", "Cleared", 40))
    assert names_of(left.recorded) == ["ResponderCleared", "SceneCleared", "IncidentClosed"]
    assert (left.older, workflow.case(id).state) == ((), "closed")


def test_a_fact_out_of_place_is_named():
    """A unit that arrives after the incident was canceled: it is recorded, and said."""
    workflow = workflow_of()
    take_eido(workflow, closed("Cancelled", 5))
    arrived = center(9, emergencyResourceComponent=[unit(9, "OnScene")])
    taken = take_eido(workflow, arrived)
    assert names_of(taken.recorded) == ["ResponderArrived"]
    (said,) = taken.older
    assert said.startswith("ResponderArrived at ") and "out of place" in said
    assert take_eido(workflow, arrived).older == ()


@pytest.mark.parametrize("status", ["Cleared", "Available"])
def test_a_unit_leaves_before_the_incident_ends_at_the_same_time(status):
    """The record has the end last, after a clear scene."""
    workflow = workflow_of()
    id = take_eido(workflow, center(5, emergencyResourceComponent=[unit(5, "OnScene")])).incident
    taken = take_eido(workflow, ended_at(30, "Closed", status, 30))
    assert names_of(taken.recorded) == ["ResponderCleared", "SceneCleared", "IncidentClosed"]
    assert (taken.older, workflow.case(id).state) == ((), "closed")


def stands_as(workflow, incident):
    call = workflow.case(incident).incident.call
    return call.nature, call.priority


@pytest.mark.parametrize("updated", [None, 0, 6])
def test_a_kind_that_a_second_call_brings_counts(updated):
    """A second call does not change the incident, so what the EIDO says of it is recorded beside the
    call, also at the very time of the call.
    """
    workflow = workflow_of()
    first = {"by": "d-1", "source": "988", "nature": "other", "priority": "routine"}
    workflow.receive(e.CallReceived(at=minutes(-5), **first), incident="7")
    told = center() | {
        "incidentComponent": kind("SUICTHRT") | {"incidentPriorityInternalText": "emergency"}
    }
    if updated is not None:
        told["lastUpdateTimeStamp"] = minutes(updated).isoformat()
    taken = take_eido(workflow, told, incident="7")
    assert (taken.left_out, taken.not_recorded) == ((), ())
    assert stands_as(workflow, "7") == ("suicide_threat", "emergency")
    assert take_eido(workflow, told).recorded == ()


def test_a_priority_that_comes_with_a_second_call_counts():
    """It is recorded once, with the call or later."""
    workflow = workflow_of()
    incident = None
    for minute, word, numbers in (
        (0, "routine", [1]),
        (3, "urgent", [1, 2]),
        (4, "urgent", [1, 2]),
    ):
        told = told_at(minute, callComponent=[caller(number, number) for number in numbers])
        told["incidentComponent"] |= {"incidentPriorityInternalText": word}
        taken = take_eido(workflow, told)
        incident = taken.incident
        assert stands_as(workflow, incident)[1] == word
    assert taken.recorded == ()


@pytest.mark.parametrize("change", [{"callStartTimestamp": minutes(1).isoformat()}, {"localCallType": "988"}])  # fmt: skip
def test_our_own_call_that_comes_back_changed_is_not_counted_twice(change):
    """It has the id that we wrote. It is refused, and the reason says what to do."""
    workflow = workflow_of()
    call = e.CallReceived(at=minutes(0), by="d-1", source="911", nature="psychosis")
    workflow.receive(call, incident="7")
    told = json.loads(json.dumps(eido_of(workflow.case("7"), agency=AGENCY)))
    assert take_eido(workflow, told, agency_id=AGENCY).refused == ()
    parts = told["callComponent"]
    (parts[0] if isinstance(parts, list) else parts).update(change)
    for _ in range(2):
        ((_, why),) = take_eido(workflow, told, agency_id=AGENCY).refused
        assert "is not counted twice" in why
        assert workflow.case("7").recorded() == (call,)
