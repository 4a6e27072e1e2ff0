"""What an operator can put right at the border of a 911 center, and what is said of it."""

import json

import attrs
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.errors import NotFound, UnreadableFile
from coresponder.interop.eido import eido_from, eido_of
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from coresponder.workflow.linking import merge_incidents
from coresponder.workflow.taking import take_eido, untie_eido
from tests.interop.test_eido import AGENCY, CIT, center, minutes, names_of, unit, workflow_of
from tests.interop.test_eido_news import one_unit, told_at

ID = center()["$id"]


def test_a_wrong_number_that_opened_an_incident_is_put_right():
    """The sender's id is free again, by an event that says so; later EIDOs go where it belongs, and
    what the wrong incident has stays. It can go back, too.
    """
    workflow = workflow_of()
    take_eido(workflow, told_at(1, **one_unit("OnScene")), incident="S-1")
    before = workflow.case("S-1").recorded()
    with pytest.raises(NotFound, match="is incident S-1 here"):
        take_eido(workflow, center(), incident="S-2")
    untie_eido(workflow, center(), "S-1", by="sgt-1")
    wrong = workflow.case("S-1").recorded()
    assert wrong[: len(before)] == before
    assert names_of(wrong[len(before) :]) == ["EnteredInError"]
    assert {event.by for event in wrong[len(before) :]} == {"sgt-1"}
    later = told_at(9, **one_unit("Cleared"))
    assert take_eido(workflow, later, incident="S-2").incident == "S-2"
    assert take_eido(workflow, later).incident == "S-2"
    assert workflow.case("S-1").recorded() == wrong
    untie_eido(workflow, later, "S-2", by="sgt-1")
    assert take_eido(workflow, later, incident="S-1").incident == "S-1"
    assert take_eido(workflow, later).incident == "S-1"
    with pytest.raises(NotFound, match="does not belong to S-2; it belongs to S-1"):
        untie_eido(workflow, later, "S-2", by="sgt-1")


def test_a_wrong_number_of_an_incident_that_was_there_is_put_right():
    """The link is void, and the id opens an incident of its own."""
    workflow = workflow_of()
    call = e.CallReceived(at=minutes(0), by="d-1", source="988", nature="psychosis")
    workflow.receive(call, incident="7")
    take_eido(workflow, center(), incident="7")
    untie_eido(workflow, center(), "7", by="sgt-1")
    assert take_eido(workflow, center()).incident == ID
    assert not [one for one in workflow.case("7").valid() if isinstance(one, e.IncidentLinked)]


def test_an_incident_of_the_senders_own_number_is_merged_into_the_right_one():
    """Then it is named as a duplicate, and later EIDOs are taken on the one that goes on."""
    workflow = workflow_of()
    call = e.CallReceived(at=minutes(0), by="d-1", source="988", nature="psychosis")
    workflow.receive(call, incident="7")
    take_eido(workflow, center())
    with pytest.raises(NotFound, match="say which is right"):
        untie_eido(workflow, center(), ID, by="sgt-1")
    untie_eido(workflow, center(), ID, into="7", by="sgt-1")
    assert workflow.case(ID).incident.merged_into == "7"
    taken = take_eido(workflow, told_at(5, **one_unit("OnScene")))
    assert taken.incident == "7" and "ResponderArrived" in names_of(taken.recorded)
    assert take_eido(workflow, told_at(5, **one_unit("OnScene"))).recorded == ()


def opened(*incidents):
    workflow = workflow_of()
    for incident in incidents:
        call = e.CallReceived(at=minutes(0), by="d-1", source="988", nature="psychosis")
        workflow.receive(call, incident=incident)
    return workflow


def void(workflow, incident, event, reason="did_not_happen"):
    entered = e.EnteredInError(at=minutes(60), by="sgt-1", event=event, reason=reason)
    return workflow.record(incident, entered).case.version


@pytest.mark.parametrize("kind", ["child", "parent", "related"])
def test_a_second_link_that_is_void_unties_nothing(kind):
    """The first link that says that the two are one keeps the id; a child is another incident."""
    workflow = workflow_of()
    take_eido(workflow, center(), incident="S-1")
    link = e.IncidentLinked(at=minutes(1), by="s", other=ID, link=kind)
    void(workflow, "S-1", workflow.record("S-1", link).case.version)
    assert take_eido(workflow, told_at(5, **one_unit("OnScene"))).incident == "S-1"
    workflow.record("S-1", attrs.evolve(link, link="child", at=minutes(61)))
    untie_eido(workflow, center(), "S-1", by="sgt-1")
    assert take_eido(workflow, center()).incident == ID


def test_an_eido_follows_one_merge_after_the_other():
    """It is taken on the incident that goes on, not on a duplicate."""
    workflow = opened("7", "8", "9")
    take_eido(workflow, center(), incident="7")
    merge_incidents(workflow, "7", into="8", at=minutes(1), by="s")
    merge_incidents(workflow, "8", into="9", at=minutes(2), by="s")
    taken = take_eido(workflow, told_at(5, **one_unit("OnScene")))
    assert taken.incident == "9" and "ResponderArrived" in names_of(taken.recorded)


def test_the_incident_that_was_named_last_has_the_id():
    """Also if it turns out that the wrong one was freed by mistake, until the last one is freed."""
    workflow = opened("7", "8")
    take_eido(workflow, center(), incident="7")
    untie_eido(workflow, center(), "7", by="sgt-1")
    freed = workflow.case("7").version
    take_eido(workflow, center(), incident="8")
    void(workflow, "7", freed)
    assert take_eido(workflow, told_at(5, **one_unit("OnScene"))).incident == "8"
    untie_eido(workflow, center(), "8", by="sgt-1")
    assert take_eido(workflow, told_at(6, **one_unit("OnScene"))).incident == "7"


@pytest.mark.parametrize("wrong", ["7", ID])
@pytest.mark.parametrize("into", [None, "8"])
@pytest.mark.parametrize("taken", [False, True])
def test_what_was_put_right_is_not_put_right_again(wrong, into, taken):
    """A person who did not see the answer repeats the words, before or after the EIDO is taken."""
    if (wrong, into) == (ID, None):
        return
    workflow = opened("7", "8")
    take_eido(workflow, center(), incident=None if wrong == ID else wrong)
    first = untie_eido(workflow, center(), wrong, by="sgt-1", into=into)
    if taken:
        take_eido(workflow, center(), incident=into)
    before = workflow.case(wrong).recorded()
    assert untie_eido(workflow, center(), wrong, by="sgt-1", into=into) == first
    assert workflow.case(wrong).recorded() == before
    assert take_eido(workflow, center(), incident=into).incident == (into or ID)


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "agency.db"
    with SqlStore.sqlite(path) as opened:
        workflow = Workflow(CIT, opened, clock=lambda: minutes(600))
        call = e.CallReceived(at=minutes(0), by="d-1", source="988", nature="psychosis")
        workflow.receive(call, incident="7")
    return path


def run(*words):
    done = CliRunner().invoke(commands, [*map(str, words)])
    return done.exit_code, " ".join(done.output.split())


def test_the_command_puts_it_right(store, tmp_path):
    """`--not` with who says so; a slip of the pen is a usage error."""
    file = tmp_path / "center.json"
    file.write_text(json.dumps(center()))
    take = ("import", "eido", store, file, "--agency-id", AGENCY)
    assert run(*take, "--incident", "S-1")[0] == 0
    assert "--by is missing" in run(*take, "--not", "S-1")[1]
    assert "one of them is wrong" in run(*take, "--not", "S-1", "--incident", "S-1", "--by", "s")[1]
    code, said = run(*take, "--not", "S-1", "--incident", "7", "--by", "sgt-1")
    assert code == 0 and f"note: {ID} is not S-1 any more" in said and "7: recorded" in said
    assert "does not belong to S-1" in run(*take, "--not", "S-1", "--by", "sgt-1")[1]


def test_a_transfer_back_without_a_recorded_offer_is_said():
    """It opens an incident of its own, and a note says how to make the two one."""
    ours, other = workflow_of(agency=AGENCY), workflow_of(agency="b.example.org")
    call = e.CallReceived(at=minutes(0), by="d-1", source="911", nature="psychosis")
    ours.receive(call, incident="7")
    take_eido(other, eido_of(ours.case("7"), agency=AGENCY), incident="B-1")
    back = eido_of(other.case("B-1"), agency="b.example.org")
    taken = take_eido(ours, back, agency_id=AGENCY)
    (said,) = taken.says
    assert "names 7 as related, of which no transfer is recorded" in said
    assert f"--incident 7 --not {taken.incident}" in said
    untie_eido(ours, back, taken.incident, into="7", by="sgt-1", agency_id=AGENCY)
    assert take_eido(ours, back, agency_id=AGENCY).incident == "7"


def test_the_smallest_unit_that_is_read_is_in_the_guide():
    """Its type and its id; with a status and a time it moves."""
    document = center(5) | {
        "emergencyResourceComponent": {
            "$id": "unit-12",
            "emergencyResourceTypeCommonRegistryText": "PatrolUnit",
            "secondaryUnitStatusRegistryText": "OnScene",
        }
    }
    taken = take_eido(workflow_of(), document)
    assert names_of(taken.recorded) == ["CallReceived", "ResponderArrived"]
    assert (taken.left_out, taken.not_recorded) == ((), ())


LOST = [
    {"emergencyResourceComponent": [unit(5, "OnScene", kind="Engine")]},
    {"emergencyResourceComponent": [{"$id": "u", "secondaryUnitStatusRegistryText": ["OnScene"]}]},
    {"emergencyResourceComponent": [unit(5, "OnScene"), unit(5, "Cleared")]},
    {"emergencyResourceComponent": [unit(5, "Banana")]},
    {"personComponent": [{"$id": "p"}]},
    {"personComponent": [{"$id": "p", "personIncidentRoleRegistryText": ["Bystander"]}]},
    {"dispatchComponent": [{"emergencyResourceReference": [{"$ref": "u"}]}]},
    {"linkComponent": [{"incidentTrackingIdentifier": "x", "linkDirectionCode": "UP"}]},
    {"incidentComponent": {"incidentStatusCommonRegistryText": ["Closed", "ReOpened"]}},
    {"incidentComponent": {"incidentStatusCommonRegistryText": "Banana"}},
    {"incidentComponent": {"dispositionComponent": {"dispositionCommonRegistryCode": "99"}}},
]


@pytest.mark.parametrize("parts", LOST)
def test_what_may_be_new_and_is_not_recorded_ends_with_1(parts, store, tmp_path):
    """A unit, a person, a status, an end that is not understood is named with its path, and the
    command says so, also the second time.
    """
    file = tmp_path / "center.json"
    file.write_text(json.dumps(center() | parts))
    for _ in range(2):
        code, said = run("import", "eido", store, file, "--agency-id", AGENCY)
        assert code == 1
        assert f"not recorded: {next(iter(parts))}[" in said or "not recorded: unit u1" in said


def test_a_fire_engine_beside_the_crew_is_named_and_nothing_may_be_lost(store, tmp_path):
    """No rule could be about it, so the command ends with 0; also if it alone was dispatched. A type
    that may be police or medical ends with 1.
    """
    engine = unit(5, "OnScene", kind="StructureFireEngineType1") | {"$id": "e9"}
    sent = {
        "updatedTimestamp": minutes(3).isoformat(),
        "emergencyResourceReference": [{"$ref": "e9"}],
    }
    parts = {
        "emergencyResourceComponent": [unit(5, "OnScene"), engine],
        "dispatchComponent": [sent],
    }
    file = tmp_path / "center.json"
    file.write_text(json.dumps(center() | parts))
    code, said = run("import", "eido", store, file, "--agency-id", AGENCY)
    assert code == 0, said
    assert "its type is StructureFireEngineType1" in said
    assert "not recorded" not in said
    parts["emergencyResourceComponent"][1]["emergencyResourceTypeCommonRegistryText"] = "BikeTeam"
    file.write_text(json.dumps(center() | parts))
    assert run("import", "eido", store, file, "--agency-id", AGENCY)[0] == 1


def test_statuses_that_contradict_each_other_are_named_fully():
    """Both words, of an incident and of a unit that is there twice."""
    both = {"incidentStatusCommonRegistryText": ["Closed", "ReOpened"]}
    twice = [unit(5, "OnScene"), unit(5, "Cleared")]
    document = center(5, incidentComponent=both, emergencyResourceComponent=twice)
    taken = take_eido(workflow_of(), document)
    assert any("status Closed and ReOpened at one time" in one for one in taken.not_recorded)
    assert any("with status OnScene and Cleared" in one for one in taken.not_recorded)


def test_a_key_that_is_not_read_is_named_with_its_path():
    """Whatever it is and wherever: a list of what is known would never be whole."""
    document = center(5, personComponent=[{"$id": "p", "personIncidentRoleRegistryText": "Victim"}], eidoVersion="9.9")  # fmt: skip
    document["callComponent"][0] |= {"callStateRegistryText": "abandoned", "direction": "outgoing", "standardPrimaryCallType": "banana", "extra": 0}  # fmt: skip
    document["personComponent"][0] |= {"updatedByAgentReference": {"$ref": "a1", "note": "x"}}
    document["agencyComponent"] = [{"$id": "x", "agencyName": "y"}, "z"]
    found = eido_from(document)
    assert set(found.left_out) == {
        "eidoVersion: 9.9 is not known here; it is read as 1.0",
        "callComponent[0].callStateRegistryText",
        "callComponent[0].direction",
        "callComponent[0].extra",
        "callComponent[0].standardPrimaryCallType: a text of 6 characters is not a word that is known here",
        "personComponent[0].updatedByAgentReference.note",
        "agencyComponent[0].agencyName",
        "agencyComponent[1]",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"callComponent": [5]}, "callComponent[0]: it is not an object"),
        ({"personComponent": [{"$id": "p"}, {}]}, "personComponent[1].$id: an id is nothing"),
        ({"emergencyResourceComponent": [{}]}, "emergencyResourceComponent[0].$id: an id is nothing"),
        ({"linkComponent": [{"linkDirectionCode": "CHILD"}]}, "linkComponent[0].incidentTrackingIdentifier: an id is nothing"),
        ({"updatedByAgentReference": {"$ref": ""}}, "updatedByAgentReference.$ref: an id is a text of 0 characters"),
        ({"updatedByAgencyReference": 5}, "updatedByAgencyReference: it is not an object"),
    ],
)  # fmt: skip
def test_an_error_has_its_place_and_no_name_of_ours(parts, place):
    """The sender's developer has to find it."""
    with pytest.raises(UnreadableFile) as caught:
        eido_from(center() | parts)
    assert place in str(caught.value)
    assert "instance of" not in str(caught.value)


def test_a_key_that_is_given_twice_is_refused_with_its_place(store, tmp_path):
    """Nobody can say which value is meant."""
    file = tmp_path / "center.json"
    file.write_text(json.dumps(center())[:-1] + ', "incidentComponent": {}}')
    code, said = run("import", "eido", store, file)
    assert code == 2 and "incidentComponent is given twice" in said


def test_what_follows_a_call_of_the_future_says_so():
    """The call is refused for its time, and the others because of it."""
    ahead = json.loads(json.dumps(center()).replace("2026-03-02", "2027-03-02"))
    ahead |= {"emergencyResourceComponent": [unit(5, "OnScene")]}
    said = [why for _, why in take_eido(workflow_of(), ahead).refused]
    assert any("lies in the future" in why for why in said)
    assert any("the call that opens it was refused" in why for why in said)
    assert not any("no such incident" in why for why in said)


RECEIVED = [
    ("export", "eido", "STORE", "7"),
    ("export", "fhir", "STORE", "7"),
    ("export", "calendar", "STORE"),
    ("export", "ocel", "STORE", "-o", "new.json"),
    ("export", "events", "STORE", "-o", "new.parquet"),
    ("feed", "STORE"),
]


@pytest.mark.parametrize("words", RECEIVED)
def test_every_document_for_a_receiver_checks_the_role_and_the_purpose(words, store, tmp_path):
    """A misspelled role sees nothing, and the document would only be empty."""
    given = [str(store) if one == "STORE" else one for one in words]
    given = [str(tmp_path / one) if one.startswith("new.") else one for one in given]
    to = ("--for", "center.example.org", "--purpose")
    code, said = run(*given, *to, "operations", "--as", "dispatchr")
    assert code == 2 and "--as dispatchr: there is no such role; did you mean 'dispatcher'?" in said
    code, said = run(*given, *to, "operation", "--as", "dispatcher")
    assert code == 2 and "--purpose 'operation': did you mean 'operations'?" in said
