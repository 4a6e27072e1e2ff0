"""EIDO out: valid by the schema, every reference resolved, every id unique, codes in the registries;
and what is written is read back and written again the same.
"""

import csv
import datetime as dt
import json

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, assume, given, settings

from coresponder.domain import events as e
from coresponder.domain.objects import Team, TeamMember
from coresponder.errors import NotFound, UnreadableFile
from coresponder.interop.eido import (
    answer,
    eido_from,
    eido_of,
    news_of,
    notify,
    read_message,
    request_service,
    subscribe,
)
from coresponder.interop.eido.names import Names
from coresponder.program import load_program
from coresponder.stores.memory import MemoryStore
from coresponder.testing import journeys
from coresponder.workflow.taking import take, take_eido, take_message
from tests.conftest import SHARED, needs_shared

AGENCY = "police.example.org"
T0 = dt.datetime(2026, 3, 2, 21, tzinfo=dt.UTC)
CIT = load_program("cit")


def minutes(n):
    return T0 + dt.timedelta(minutes=n)


def story():
    """A call about a person who threatens suicide, an officer and a clinician, and how it ended."""
    team = Team(
        tier="primary", model="primary_co_response",
        members=(TeamMember(responder="officer-1", role="cit_officer"), TeamMember(responder="clinician-1", role="clinician")),
    )  # fmt: skip
    by = {"by": "dispatcher-1"}
    return [
        e.CallReceived(at=T0, by="jo@example.org", source="911", nature="mental_health_crisis"),
        e.CallTriaged(at=minutes(1), **by, nature="suicide_threat", priority="urgent"),
        e.TeamDispatched(at=minutes(2), **by, team=team),
        e.ResponderArrived(at=minutes(9), by="officer-1", responder="officer-1", role="cit_officer"),
        e.PersonInvolved(at=minutes(10), by="officer-1", person="p1", role="person_in_crisis"),
        e.PersonInvolved(at=minutes(10), by="officer-1", person="p2", role="family"),
        e.NoteAdded(at=minutes(11), by="officer-1", entry="n1", digest="d1"),
        e.SceneCleared(at=minutes(40), by="officer-1"),
        e.DispositionRecorded(at=minutes(41), by="officer-1", disposition="referred"),
    ]  # fmt: skip


def parts_of(value, path=""):
    """Yield every object with its path."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from parts_of(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from parts_of(inner, path)


def registry(name):
    rows = csv.DictReader((SHARED / "eido/registries" / name).read_text("utf-8-sig").splitlines())
    return {row["Value"] for row in rows}


def assert_sound(document):
    """What every EIDO must be, whether or not the schema says it."""
    ids = [part["$id"] for _, part in parts_of(document) if "$id" in part]
    assert len(ids) == len(set(ids))
    assert {part["$ref"] for _, part in parts_of(document) if "$ref" in part} <= set(ids)
    assert not any("@" in id for id in ids)


def without_notes(case):
    """Return the case without what an EIDO only points to."""
    return CIT.replay(case.id, [entry.event for entry in case.entries() if entry.happened])


def again(document):
    """Read an EIDO as the agency that wrote it, and write it again."""
    found = eido_from(document, agency=AGENCY)
    return eido_of(CIT.replay(found.incident, found.events), agency=AGENCY)


def test_an_incident_is_written_by_the_registries():
    """Units with their type and status, people by role, our own words beside the codes; a note is an
    id, and who wrote something is no mail address.
    """
    document = eido_of(CIT.replay("7", story()), agency=AGENCY)
    assert_sound(document)
    incident = document["incidentComponent"]
    assert incident["incidentTypeCommonRegistryText"] == "SUICTHRT"
    assert incident["incidentTypeInternalCode"] == "suicide_threat"
    (disposition,) = incident["dispositionComponent"]
    assert (disposition["dispositionCommonRegistryCode"], disposition["dispositionCategoryText"]) == ("15", "referred")  # fmt: skip
    units = {part["$id"]: part for part in document["emergencyResourceComponent"]}
    clinician = units[f"{AGENCY}/unit/clinician-1"]
    assert clinician["emergencyResourceTypeCommonRegistryText"] == "CrisisInterventionUnit"
    assert clinician["resourceAttributeRegistryText"] == ["CrisisInterventionSpecialist"]
    assert clinician["secondaryUnitStatusRegistryText"] == ["Cleared"]
    assert units[f"{AGENCY}/unit/officer-1"]["secondaryUnitStatusRegistryText"] == ["Cleared"]
    roles = [part["personIncidentRoleRegistryText"] for part in document["personComponent"]]
    assert roles == [["InvolvedPerson"], ["PatientRelative"]]
    assert "d1" not in json.dumps(document)
    assert "jo@example" not in json.dumps(document)


def test_what_is_written_is_read_back_by_its_writer_under_its_own_ids():
    """The agency that wrote an EIDO finds its own incident, people and responders in it; another
    agency finds ids that are nobody else's.
    """
    document = eido_of(without_notes(CIT.replay("7", story())), agency=AGENCY)
    own, other = eido_from(document, agency=AGENCY), eido_from(document, agency="b.example.org")
    assert (own.incident, own.number, own.left_out) == ("7", "7", ())
    assert {v.person for v in own.events if isinstance(v, e.PersonInvolved)} == {"p1", "p2"}
    assert other.incident == f"urn:emergency:uid:incidentid:7:{AGENCY}"
    assert {v.person for v in other.events if isinstance(v, e.PersonInvolved)} == {
        f"{AGENCY}/person/p1",
        f"{AGENCY}/person/p2",
    }
    assert again(document) == document


@pytest.fixture(scope="module")
def schema():
    """The published schema."""
    text = (SHARED / "eido/eido-schema.jsonschema.json").read_text("utf-8")
    return jsonschema_rs.validator_for(json.loads(text), validate_formats=True)


@needs_shared
def test_an_eido_is_valid_by_the_schema_and_the_registries(schema):
    """The published schema accepts it, and each code is in its registry."""
    document = eido_of(CIT.replay("7", story()), agency=AGENCY)
    assert [error.message for error in schema.iter_errors(document)] == []
    assert_registered(document)


@needs_shared
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(journey=journeys("cit"))
def test_drawn_incidents_are_valid_too(schema, journey):
    """With late, voided and misplaced events, several people and several units."""
    assume(journey.case.incident.call is not None)
    document = eido_of(journey.case, agency=AGENCY)
    assert [error.message for error in schema.iter_errors(document)] == []
    assert_registered(document)


def assert_registered(document):
    known = {
        "incidentTypeCommonRegistryText": registry("incident_type_common_registry.csv"),
        "incidentStatusCommonRegistryText": registry("incident_status_common_registry.csv"),
        "dispositionCommonRegistryCode": registry("common_disposition_codes_registry.csv"),
        "personIncidentRoleRegistryText": registry("person_role_registry.csv"),
        "emergencyResourceTypeCommonRegistryText": registry("emergency_resource_type_common_registry.csv"),
        "resourceAttributeRegistryText": registry("resource_attribute_registry.csv"),
        "primaryUnitStatusRegistryText": registry("primary_unit_status_common_registry.csv"),
        "secondaryUnitStatusRegistryText": registry("secondary_unit_status_common_registry.csv"),
        "agencyRoleDescriptionRegistryText": registry("agency_role_registry.csv"),
    }  # fmt: skip
    for path, part in parts_of(document):
        for name, values in known.items():
            found = part.get(name, [])
            assert set([found] if isinstance(found, str) else found) <= values, (path, name)


@needs_shared
def test_the_types_of_units_that_are_passed_over_are_of_the_registry():
    """And none of them is read as a role."""
    from coresponder.interop.eido.codes import APART, RESOURCE_ROLES

    types = registry("emergency_resource_type_common_registry.csv")
    assert types >= APART
    assert not {kind for kind, _ in RESOURCE_ROLES} & APART


def test_every_code_that_can_be_written_is_in_its_registry():
    """The tables of codes have a line for each word, and the registries each code."""
    from coresponder.domain.vocabulary import Disposition, PersonRole, Role
    from coresponder.interop.eido import codes

    assert set(codes.DISPOSITION_CODES) == set(Disposition)
    assert set(codes.PERSON_ROLE_CODES) == set(PersonRole)
    assert set(codes.RESOURCE_TYPES) == set(Role)
    if SHARED.is_dir():
        types = registry("incident_type_common_registry.csv")
        assert {*codes.NATURES, *codes.NATURE_CODES.values(), codes.NO_CODE} <= types
        endings = registry("common_disposition_codes_registry.csv")
        assert {*codes.DISPOSITIONS, *codes.DISPOSITION_CODES.values()} <= endings
        assert set(codes.PERSON_ROLES) <= registry("person_role_registry.csv")
        assert registry("incident_status_common_registry.csv") == codes.INCIDENT_STATUSES
        units = registry("emergency_resource_type_common_registry.csv")
        assert {
            *codes.RESOURCE_TYPES.values(),
            *(kind for kind, _ in codes.RESOURCE_ROLES),
        } <= units


def check_round_trip(case):
    case = without_notes(case)
    assume(case.incident.call is not None)
    document = eido_of(case, agency=AGENCY)
    assert_sound(document)
    for unit in document.get(
        "emergencyResourceComponent", []
    ):  # who rides along has left the scene
        if unit["secondaryUnitStatusRegistryText"] == ["Transporting"]:
            unit["secondaryUnitStatusRegistryText"] = ["Cleared"]
            unit["primaryUnitStatusRegistryText"] = "Available"
    assert again(json.loads(json.dumps(document))) == document


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(journeys("cit"))
def test_export_import_export_is_equal(journey):
    """For incidents with late, voided and misplaced events, the second EIDO is the first."""
    check_round_trip(journey.case)


@pytest.mark.slow
@settings(max_examples=10_000, suppress_health_check=list(HealthCheck), deadline=None)
@given(journeys("new-haven-cdcp"))
def test_export_import_export_is_equal_for_ten_thousand(journey):
    """The same, for ten thousand incidents of another program."""
    check_round_trip(journey.case)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"callComponent": 5}, "callComponent[0]: it is not an object"),
        ({"callComponent": [{"callStartTimestamp": 5}]}, "callComponent[0].callStartTimestamp: "),
        ({"incidentComponent": {"incidentTypeCommonRegistryText": [[]]}}, "incidentComponent[0].incidentTypeCommonRegistryText[0]: it is not text"),
        ({"personComponent": [{"$id": 7}]}, "personComponent[0].$id"),
        ({"personComponent": [{}]}, "personComponent[0].$id: an id is nothing"),
        ({"dispatchComponent": [{"emergencyResourceReference": ["x"]}]}, "dispatchComponent[0].emergencyResourceReference[0]"),
        ({"lastUpdateTimeStamp": "2026-03-02"}, "no time zone"),
        ({"lastUpdateTimeStamp": None}, "when it began"),
    ],
)  # fmt: skip
def test_another_shape_is_refused_with_its_path(change, said):
    """What a sender did wrong is said with the place, and nothing of what stood there."""
    document = {"$id": "a", "lastUpdateTimeStamp": "2026-03-02T10:00:00Z", **change}
    with pytest.raises(UnreadableFile) as caught:
        eido_from(document)
    assert said in str(caught.value)


def test_what_is_not_understood_is_named():
    """A person without a role, a unit of an unknown type, a status, a key: each has a line."""
    found = eido_from(
        {
            "$id": "a",
            "lastUpdateTimeStamp": "2026-03-02T10:00:00Z",
            "locationComponent": [{"$id": "l"}],
            "incidentComponent": {"incidentStatusCommonRegistryText": ["FireUnderControl"], "beatOrDispatchGroupText": "7",
                                  "dispositionComponent": [{"dispositionCommonRegistryCode": "01"}]},
            "personComponent": [{"$id": "p"}, {"$id": "p", "personIncidentRoleRegistryText": ["Victim"]}],
            "emergencyResourceComponent": [
                {"$id": "u", "emergencyResourceTypeCommonRegistryText": "SnowCat"},
                {"$id": "v", "emergencyResourceTypeCommonRegistryText": "PatrolUnit", "secondaryUnitStatusRegistryText": ["Meal"]},
            ],
            "dispatchComponent": [{"emergencyResourceReference": [{"$ref": "w"}]}],
        }
    )  # fmt: skip
    names = Names(None, within=found.incident)
    assert set(found.left_out) == {
        "locationComponent",
        "incidentComponent[0].beatOrDispatchGroupText",
        "incidentComponent[0]: status FireUnderControl",
        f"unit {names.unit('v')}: status Meal",
        f"emergencyResourceComponent[0]: unit {names.unit('u')}, status not said: its type is SnowCat, and says no role that is known here",
    }
    assert set(found.not_recorded) == {
        "incidentComponent[0].dispositionComponent[0]: code 01 says no disposition of ours",
        "personComponent[0]: a person without a role",
        "personComponent[1]: its $id is given twice, with nothing and Victim; the first is read",
        "dispatchComponent[0]: a text of 1 characters is not a known unit of this EIDO",
        "dispatchComponent[0]: no unit that is known here was sent",
    }


def test_the_command_writes_an_incident(tmp_path):
    """`export eido` writes one incident, and refuses an agency that could be a name."""
    from click.testing import CliRunner

    from coresponder import SqlStore, Workflow
    from coresponder.cli.commands import commands

    store = str(tmp_path / "agency.db")
    with SqlStore.sqlite(store) as opened:
        Workflow(CIT, opened, recognizer=None).replay("7", story())
    run = lambda *more: CliRunner().invoke(commands, ["export", "eido", store, *more])
    assert "is not an opaque id" in run("7", "--agency-id", "The Police").output
    out = tmp_path / "7.json"
    assert run("7", "--agency-id", AGENCY, "--output", str(out)).exit_code == 0
    assert_sound(json.loads(out.read_text()))
    assert json.loads(run("7").stdout)["updatedByAgencyReference"] == {"$ref": "default"}


def center(at=0, **changes):
    """What a 911 center tells at a minute."""
    time = minutes(at).isoformat()
    document = {
        "$id": "urn:emergency:uid:incidentid:a1:center.example.org",
        "lastUpdateTimeStamp": time,
        "callComponent": [{"callStartTimestamp": T0.isoformat(), "standardPrimaryCallType": "emergency"}],
        "incidentComponent": {"lastUpdateTimeStamp": time, "incidentTypeCommonRegistryText": "EDP"},
    }  # fmt: skip
    return {**document, **changes}


def unit(at, status, id="u1", kind="PatrolUnit"):
    return {
        "$id": id, "lastUpdateTimeStamp": minutes(at).isoformat(),
        "emergencyResourceTypeCommonRegistryText": kind, "secondaryUnitStatusRegistryText": [status],
    }  # fmt: skip


def workflow_of(store=None, **options):
    from coresponder import MemoryStore, Workflow

    return Workflow(CIT, store or MemoryStore(), **{"clock": lambda: minutes(600)} | options)


def names_of(events):
    return [type(event).__name__ for event in events]


def test_an_eido_opens_an_incident_and_the_same_one_again_changes_nothing():
    """The second time there is no news, whoever looks."""
    workflow = workflow_of()
    first = take_eido(workflow, center())
    assert names_of(first.recorded) == ["CallReceived"]
    version = workflow.case(first.incident).version
    again = take_eido(workflow, center())
    assert (again.recorded, again.refused, again.older) == ((), (), ())
    assert workflow.case(first.incident).version == version


def test_what_lies_in_the_future_is_refused():
    """A call of next year opens nothing, and what came with it names why; a status of the future in
    an incident that is known is refused alone. The sender's clock may be ten minutes ahead.
    """
    workflow = workflow_of()
    ahead = json.loads(json.dumps(center()).replace(T0.isoformat(), minutes(700).isoformat()))
    sent = {"dispatchComponent": [{"lastUpdateTimeStamp": minutes(9).isoformat(), "emergencyResourceReference": [{"$ref": "u1"}]}]}  # fmt: skip
    late = unit(700, "OnScene")
    taken = take_eido(workflow, ahead | sent | {"emergencyResourceComponent": [late]})
    assert taken.recorded == () and len(taken.refused) > 1
    assert {"lies in the future", "the call that opens it was refused"} == {
        next(
            said
            for said in ("lies in the future", "the call that opens it was refused")
            if said in why
        )
        for _, why in taken.refused
    }
    assert not list(workflow.find())
    taken = take_eido(workflow, center(emergencyResourceComponent=[late], **sent))
    assert names_of(taken.recorded) == ["CallReceived", "TeamDispatched"]
    assert names_of(event for event, _ in taken.refused) == ["ResponderArrived"]
    soon = json.loads(json.dumps(center()).replace(T0.isoformat(), minutes(609).isoformat()))
    assert names_of(take_eido(workflow_of(), soon).recorded) == ["CallReceived"]


def test_a_newer_eido_becomes_new_events_and_an_older_one_is_kept_and_named():
    """A unit on scene, then the message that it was on the way: in its place, and named; the state
    stays.
    """
    workflow = workflow_of()
    sent = {"dispatchComponent": [{"lastUpdateTimeStamp": minutes(2).isoformat(), "emergencyResourceReference": [{"$ref": "u1"}]}]}  # fmt: skip
    arrived = center(9, emergencyResourceComponent=[unit(9, "OnScene")], **sent)
    on_the_way = center(4, emergencyResourceComponent=[unit(4, "EnRoute")], **sent)
    id = take_eido(workflow, center()).incident
    assert names_of(take_eido(workflow, arrived).recorded) == ["TeamDispatched", "ResponderArrived"]
    late = take_eido(workflow, on_the_way)
    assert names_of(late.recorded) == ["ResponderEnRoute"]
    assert late.older == ("ResponderEnRoute at 2026-03-02 21:04 UTC is older than what was known; it is kept in its place",)  # fmt: skip
    case = workflow.case(id)
    assert case.state == "on_scene"
    assert names_of(case.history) == ["CallReceived", "TeamDispatched", "ResponderEnRoute", "ResponderArrived"]  # fmt: skip
    for seen in (center(), arrived, on_the_way):
        assert take_eido(workflow, seen).recorded == ()


def test_what_the_sender_says_again_does_not_undo_what_the_agency_judged():
    """The clinician found a psychosis; the center still says EDP. Only another code is news."""
    workflow = workflow_of()
    id = take_eido(workflow, center()).incident
    workflow.record(id, e.CallTriaged(at=minutes(5), by="clinician-1", nature="psychosis", qualifies=False))  # fmt: skip
    assert take_eido(workflow, center(10)).recorded == ()
    other = center(12)
    other["incidentComponent"] = other["incidentComponent"] | {"incidentTypeCommonRegistryText": "SUICTHRT"}  # fmt: skip
    (told,) = take_eido(workflow, other).recorded
    assert (told.nature, told.qualifies, told.at) == ("suicide_threat", False, minutes(12))


def test_a_decision_that_the_program_refuses_is_named_and_nothing_else_is_lost():
    """The center closes an incident on which the team still works."""
    workflow = workflow_of()
    closed = center(3, emergencyResourceComponent=[unit(3, "OnScene")])
    closed["incidentComponent"] = closed["incidentComponent"] | {"incidentStatusCommonRegistryText": ["Closed"]}  # fmt: skip
    taken = take_eido(workflow, closed)
    assert names_of(taken.recorded) == ["CallReceived", "ResponderArrived"]
    ((event, why),) = taken.refused
    assert type(event).__name__ == "IncidentClosed" and "IncidentClosed" in why


def test_two_processes_take_an_eido_once():
    """Both read before either writes: each event is recorded once."""
    store = MemoryStore()
    one, two = workflow_of(store), workflow_of(store)
    document = center(9, emergencyResourceComponent=[unit(9, "OnScene")])
    found = eido_from(document, agency="default")
    first, second = take(one, found.incident, found.events), take(two, found.incident, found.events)
    assert (first.recorded, second.recorded) == (found.events, ())
    assert one.case(found.incident).version == len(found.events)


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(journeys("cit"))
def test_an_incident_has_no_news_for_the_agency_that_wrote_it(journey):
    """An agency that gets its own EIDO back records nothing."""
    case = journey.case
    assume(case.incident.call is not None)
    found = eido_from(eido_of(case, agency=AGENCY), agency=AGENCY)
    assert news_of(found, case).events == ()


def test_the_command_records_an_eido_and_says_what_it_left_out(tmp_path):
    """As text and as JSON; the second time nothing is recorded; exit 1 if a decision was refused."""
    from click.testing import CliRunner

    from coresponder import SqlStore, Workflow
    from coresponder.cli.commands import commands

    store = str(tmp_path / "agency.db")
    with SqlStore.sqlite(store) as opened:
        Workflow(CIT, opened)
    file = tmp_path / "center.json"
    closed = center(3, emergencyResourceComponent=[unit(3, "OnScene")], alarmsSensorsComponent=[{}])
    closed["incidentComponent"] |= {"incidentStatusCommonRegistryText": ["Closed"]}
    file.write_text(json.dumps(closed))
    run = lambda *more: CliRunner().invoke(commands, ["import", "eido", store, str(file), *more])
    first = run()
    assert first.exit_code == 1
    for said in ("recorded: CallReceived", "refused: IncidentClosed:", "not read: alarmsSensors", "recorded 2, refused 1"):  # fmt: skip
        assert said in first.output
    found = json.loads(run("--format", "json").stdout)
    assert (found["recorded"], len(found["refused"])) == ([], 1)
    file.write_text("{}")
    assert "this is no EIDO" in run().output


def test_a_message_carries_eidos_and_is_answered():
    """Subscribe, accept, notify with an EIDO inside, acknowledge; one that cannot be read does not
    stop the others.
    """
    asked = read_message(subscribe("r1", incident="urn:x", expires=3600))
    assert (asked.kind, asked.id, asked.incident, asked.expires) == (
        "subscribe",
        "r1",
        "urn:x",
        3600,
    )
    assert "incidentId" not in subscribe("r2")["subscribe"]
    accepted = answer(asked, subscription="s1", expires=1800)
    assert accepted == {"subscribeResponse": {"requestId": "r1", "subscriptionId": "s1", "expires": 1800, "statusCode": 200, "statusText": "OK"}}  # fmt: skip
    assert read_message(accepted).status == 200
    declined = answer(asked, status=403)["subscribeResponse"]
    assert (declined["statusText"], "subscriptionId" in declined) == ("Forbidden", False)
    workflow = workflow_of()
    message = notify([center(), {"$id": 5}], subscription="s1", transaction="t1")
    (opened, broken), said = take_message(workflow, json.loads(json.dumps(message)))
    assert names_of(opened.recorded) == ["CallReceived"] and "is no EIDO" not in broken.left_out[0]
    assert said == {"eventResponse": {"transactionId": "t1", "statusCode": 400, "statusText": "Bad Request"}}  # fmt: skip
    _, said = take_message(workflow, notify([center()], subscription="s1", transaction="t2"))
    assert said["eventResponse"]["statusCode"] == 200


def test_another_agency_asks_for_service_and_is_told_twice():
    """The request opens an incident and is queued; when a team is sent, or none can be, the host
    answers again. The same request again changes nothing.
    """
    workflow = workflow_of()
    message = json.loads(json.dumps(request_service("r1", center())))
    (opened,), said = take_message(workflow, message)
    assert names_of(opened.recorded) == ["CallReceived"]
    assert said == {"response": {"requestId": "r1", "responseCode": 182, "responseText": "Queued"}}
    asked = read_message(message)
    declined = answer(asked, status=603)
    assert declined["response"]["responseText"] == "Decline"
    assert answer(asked)["response"]["responseCode"] == 200
    assert (read_message(declined).kind, read_message(declined).status) == ("response", 603)
    (again,), _ = take_message(workflow, message)
    assert (again.incident, again.recorded) == (opened.incident, ())
    named = center() | {"$id": "jo@example.org"}
    (_,), said = take_message(workflow_of(), request_service("r3", named))
    assert said["response"]["responseCode"] == 400
    (broken,), said = take_message(workflow, request_service("r2", {"$id": 5}))
    assert (said["response"]["responseCode"], broken.recorded) == (400, ())
    more = {"requestForService": {**message["requestForService"], "priority": "E1", "to Ann": 1}, "sig": 2}  # fmt: skip
    (_, rest), said = take_message(workflow, more)
    assert said["response"]["responseCode"] == 182 and rest.left_out == (
        "message.sig",
        "requestForService.priority",
        "requestForService.a text of 6 characters",
    )
    with pytest.raises(ValueError, match="299 is not a status"):
        answer(asked, status=299)
    with pytest.raises(ValueError, match="a response is not answered"):
        answer(read_message(declined))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"requestForService": {"requestId": "r"}}, "requestForService.eido: it is missing"),
        ({"requestForService": {"eido": {}}}, "requestForService.requestId: it is missing"),
        ({"requestForService": {"requestId": "r", "eido": 5}}, "requestForService.eido: "),
        ([], "has none"),
        ({"event": {}, "subscribe": {}}, "has event, subscribe"),
        ({"event": 5}, "event: "),
        (
            {"event": {"subscriptionId": "s", "transactionId": "t", "notification": [5]}},
            r"event.notification\[0\]: it is not an object",
        ),
        ({"subscribe": {"requestId": 5}}, "subscribe.requestId: "),
    ],
)
def test_a_message_of_another_shape_is_refused(message, said):
    """With the place."""
    with pytest.raises(UnreadableFile, match=said):
        read_message(message)


def test_a_response_is_not_answered_and_statuses_are_those_of_the_standard():
    """A host that answers an answer would go on for ever."""
    response = read_message({"eventResponse": {"transactionId": "t", "statusCode": 200}})
    with pytest.raises(ValueError, match="is not answered"):
        answer(response)
    with pytest.raises(ValueError, match="not a status"):
        answer(read_message(subscribe("r")), status=299)
    with pytest.raises(ValueError, match="carries no EIDOs"):
        take_message(workflow_of(), subscribe("r"))


def test_an_incident_under_our_own_number_is_found_by_the_id_that_was_kept_beside_it():
    """By a later EIDO and by a message, in another process too; it is not given a second number."""
    workflow = workflow_of()
    assert take_eido(workflow, center(), incident="S-12").incident == "S-12"
    (again,), said = take_message(workflow, notify([center()], subscription="s1", transaction="t1"))
    assert (again.incident, again.recorded) == ("S-12", ())
    assert said["eventResponse"]["statusCode"] == 200
    newer = center(9, incidentComponent={"lastUpdateTimeStamp": minutes(9).isoformat(), "incidentTypeCommonRegistryText": "SUICIDE"})  # fmt: skip
    assert take_eido(workflow_of(workflow.store), newer).incident == "S-12"
    with pytest.raises(NotFound, match="is incident S-12 here; leave --incident out"):
        take_eido(workflow, center(), incident="S-13")
    assert [one.incident for one in workflow.find()] == ["S-12"]


@pytest.mark.parametrize("direction", ["PARENT", "CHILD", "RELATED", "DUPLICATE"])
def test_an_incident_that_is_linked_with_ours_stays_one_of_its_own(direction):
    """Only one that we handed over is the same under another number."""
    workflow = workflow_of()
    ours = take_eido(workflow, center()).incident
    link = {"incidentTrackingIdentifier": ours, "linkDirectionCode": direction}
    other = center(5, linkComponent=[link]) | {"$id": "urn:emergency:uid:incidentid:b2:sheriff.example.org"}  # fmt: skip
    taken = take_eido(workflow, other)
    assert taken.incident != ours and "CallReceived" in names_of(taken.recorded)
    assert names_of(workflow.case(ours).recorded()) == ["CallReceived"]


def test_a_type_that_is_not_in_the_registry_is_named_and_changes_nothing():
    """What kind of incident it is stays what was known."""
    workflow = workflow_of()
    nature = workflow.case(take_eido(workflow, center()).incident).incident.call.nature
    odd = {
        "lastUpdateTimeStamp": minutes(9).isoformat(),
        "incidentTypeCommonRegistryText": "NOSUCH",
    }
    taken = take_eido(workflow, center(9, incidentComponent=odd))
    assert taken.recorded == () and any("NOSUCH is no type" in line for line in taken.left_out)
    assert workflow.case(taken.incident).incident.call.nature == nature


def test_two_agencies_hand_an_incident_over_and_each_knows_the_others_number():
    """A hands over by EIDO, B opens it under its own number and sends units; the answer finds A's
    incident by the link, and each keeps its own log.
    """
    from coresponder import Workflow

    clock = {"clock": lambda: minutes(600)}
    a = Workflow(CIT, MemoryStore(), agency="a.example.org", **clock)
    b = Workflow(load_program("denver-star"), MemoryStore(), agency="b.example.org", **clock)
    a.receive(
        e.CallReceived(at=T0, by="d1", source="911", nature="mental_health_crisis"), incident="7"
    )
    a.record("7", e.PersonInvolved(at=minutes(1), by="d1", person="p1", role="person_in_crisis"))
    a.record("7", e.IncidentTransferOffered(at=minutes(2), by="d1", department="b.example.org"))
    told = json.loads(json.dumps(eido_of(a.case("7"), agency="a.example.org")))
    opened = take_eido(b, told, incident="B-12")
    assert opened.incident == "B-12"
    b.record("B-12", e.ResponderArrived(at=minutes(12), by="x1", responder="x1", role="clinician"))
    answer_of_b = json.loads(json.dumps(eido_of(b.case("B-12"), agency="b.example.org")))
    (link,) = answer_of_b["linkComponent"]
    assert link["incidentTrackingIdentifier"] == "urn:emergency:uid:incidentid:7:a.example.org"
    taken = take_eido(a, answer_of_b)
    assert taken.incident == "7" and sorted(names_of(taken.recorded)) == [
        "IncidentLinked",
        "ResponderArrived",
    ]
    links = [v for v in a.case("7").recorded() if isinstance(v, e.IncidentLinked)]
    assert [link.other for link in links] == ["urn:emergency:uid:incidentid:B-12:b.example.org"]
    assert [v.other for v in b.case("B-12").recorded() if isinstance(v, e.IncidentLinked)] == [
        link["incidentTrackingIdentifier"]
    ]
    assert a.case("7").incident.attending[0].id == "b.example.org/unit/x1"
    assert [p.id for p in a.case("7").incident.people] == ["p1"]
    assert [p.id for p in b.case("B-12").incident.people] == ["a.example.org/person/p1"]
    assert take_eido(a, answer_of_b).recorded == ()
    assert take_eido(b, told, incident="B-12").recorded == ()
    assert_sound(answer_of_b)
