"""An incident goes to another agency and comes back: two stores, two programs, the commands."""

import json

import attrs
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from coresponder.workflow.taking import take_eido
from tests.interop.test_eido import minutes

A, B = "a.example.org", "b.example.org"


@pytest.fixture
def desks(tmp_path):
    """The city's store under one program and the county's under another."""
    made = {}
    for agency, program in ((A, "cit"), (B, "denver-star")):
        store = SqlStore.sqlite(tmp_path / f"{agency}.db")
        made[agency] = Workflow(
            load_program(program), store, agency=agency, clock=lambda: minutes(900)
        )
    yield made
    for desk in made.values():
        desk.store.close()


def told(tmp_path, sender, incident, receiver, *more):
    """Export an incident of one store and import it into the other; return what was recorded."""
    file = str(tmp_path / "told.json")
    out = ["export", "eido", str(tmp_path / f"{sender}.db"), incident, "--agency", sender]
    assert CliRunner().invoke(commands, [*out, "-o", file]).exit_code == 0
    back = ["import", "eido", str(tmp_path / f"{receiver}.db"), file, "--agency", receiver]
    done = CliRunner().invoke(commands, [*back, "--format", "json", *more])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def links(desk, incident):
    return [v.other for v in desk.case(incident).recorded() if isinstance(v, e.IncidentLinked)]


def transfers(desk, incident):
    return [
        (type(v).__name__.removeprefix("IncidentTransfer"), v.department)
        for v in desk.case(incident).recorded()
        if type(v).__name__.startswith("IncidentTransfer")
    ]


def test_an_incident_is_handed_over_and_referred_back(desks, tmp_path):
    """A offers and B accepts under its own number; B offers it back and A accepts. Each log says
    what its agency did, each has the other's number, and the EIDOs told again change nothing.
    """
    a, b = desks[A], desks[B]
    by = {"by": "dispatcher-1"}
    call = e.CallReceived(at=minutes(0), **by, source="911", nature="mental_health_crisis")
    a.receive(call, incident="7")
    a.record("7", e.IncidentTransferOffered(at=minutes(2), **by, department=B))
    assert told(tmp_path, A, "7", B, "--incident", "B-12")["incident"] == "B-12"
    b.record("B-12", e.IncidentTransferAccepted(at=minutes(3), by="dispatcher-2", department=B))
    a.record("7", e.IncidentTransferAccepted(at=minutes(3), **by, department=B))

    arrived = e.ResponderArrived(at=minutes(12), by="x1", responder="x1", role="clinician")
    b.record("B-12", arrived)
    offered = e.IncidentTransferOffered(at=minutes(40), by="dispatcher-2", department=A)
    b.record("B-12", offered)
    back = told(tmp_path, B, "B-12", A)
    assert back["incident"] == "7"
    assert {one["type"] for one in back["recorded"]} == {"IncidentLinked", "ResponderArrived"}
    for desk, incident, person in ((a, "7", "dispatcher-1"), (b, "B-12", "dispatcher-2")):
        accepted = e.IncidentTransferAccepted(at=minutes(41), by=person, department=A)
        desk.record(incident, accepted)

    assert links(a, "7") == [f"urn:emergency:uid:incidentid:B-12:{B}"]
    assert links(b, "B-12") == [f"urn:emergency:uid:incidentid:7:{A}"]
    assert transfers(a, "7") == [("Offered", B), ("Accepted", B), ("Accepted", A)]
    assert transfers(b, "B-12") == [("Accepted", B), ("Offered", A), ("Accepted", A)]
    assert a.verify() == b.verify() == ()
    assert told(tmp_path, A, "7", B)["recorded"] == []
    assert told(tmp_path, B, "B-12", A)["recorded"] == []


def test_a_new_incident_begins_under_the_program_of_the_newest(desks, tmp_path):
    """A store with several programs takes an EIDO under the newest incident's; `--program` names
    another one.
    """
    a, b = desks[A], desks[B]
    call = e.CallReceived(at=minutes(0), by="d1", source="911", nature="mental_health_crisis")
    for incident in ("7", "8"):
        a.receive(call, incident=incident)
    Workflow(load_program("cit"), b.store, agency=B).receive(call, incident="old")
    b.receive(attrs.evolve(call, at=minutes(5)), incident="new")
    told(tmp_path, A, "7", B, "--incident", "B-1")
    assert b.case("B-1").program == load_program("denver-star").name
    told(tmp_path, A, "8", B, "--incident", "B-2", "--program", "cit")
    assert b.case("B-2").program == load_program("cit").name


def linked_with(*ours, sender=B):
    """An EIDO of another agency's own call, which names ours as related."""
    ids = [f"urn:emergency:uid:incidentid:{one}:{A}" for one in ours]
    links = [{"incidentTrackingIdentifier": id, "linkDirectionCode": "RELATED"} for id in ids]
    return call_of(9) | {
        "$id": f"urn:emergency:uid:incidentid:E1:{sender}",
        "linkComponent": links,
    }


@pytest.mark.parametrize(
    ("steps", "sender", "theirs"),
    [
        (["Offered"], B, True),
        (["Offered"], B.upper(), True),
        (["Offered"], "ems.example.org", False),
        (["Offered", "Declined"], B, False),
        (["Offered", "Declined", "Offered"], B, True),
        (["Accepted"], B, True),
        (["Offered", "Accepted"], "ems.example.org", False),
    ],
)
def test_only_who_was_offered_an_incident_or_accepted_it_has_it_under_another_number(
    desks, steps, sender, theirs
):
    """Anybody may name our incident as related; an incident that was handed over to somebody else,
    or that was declined, stays ours, theirs is a new one, and a note says so.
    """
    a = desks[A]
    a.receive(e.CallReceived(at=minutes(0), by="d-1", source="911", nature="psychosis"), incident="7")  # fmt: skip
    for number, step in enumerate(steps, 1):
        event = getattr(e, f"IncidentTransfer{step}")
        a.record("7", event(at=minutes(number), by="d-1", department=B))
    taken = take_eido(a, linked_with("7", sender=sender), agency_id=A)
    assert (taken.incident == "7") == theirs
    assert any("not to who sent" in said for said in taken.says) == (not theirs)
    assert len(a.find()) == (1 if theirs else 2)


def test_an_eido_that_names_two_incidents_of_its_sender_is_not_guessed(desks):
    """Both are named and nothing is recorded; whoever says which is taken at their word."""
    a = desks[A]
    for id in ("7", "8"):
        a.receive(e.CallReceived(at=minutes(0), by="d-1", source="911", nature="psychosis"), incident=id)  # fmt: skip
        a.record(id, e.IncidentTransferOffered(at=minutes(1), by="d-1", department=B))
    taken = take_eido(a, linked_with("7", "8"), agency_id=A)
    assert taken.recorded == () and len(a.find()) == 2
    assert "names 7, 8" in taken.not_recorded[0] and "--incident" in taken.not_recorded[0]
    assert take_eido(a, linked_with("7", "8"), agency_id=A, incident="8").incident == "8"
    assert take_eido(a, linked_with("7", "8"), agency_id=A).incident == "8"


def call_of(number):
    return {
        "$id": f"urn:emergency:uid:incidentid:{number}:center.example.org",
        "lastUpdateTimeStamp": minutes(0).isoformat(),
        "callComponent": [{"callStartTimestamp": minutes(0).isoformat()}],
        "incidentComponent": {"incidentTypeCommonRegistryText": "EDP"},
    }


def run(*words):
    done = CliRunner().invoke(commands, [*map(str, words)])
    return done.exit_code, " ".join(done.output.split())


def test_two_agencies_with_two_programs_share_a_store(tmp_path):
    """The second one's first incident needs `--program`; a misspelled name begins none, and no log
    beside an agency is listed or read as one.
    """
    store, file = tmp_path / "both.db", tmp_path / "told.json"
    file.write_text(json.dumps(call_of(1)))
    assert run("run", "cit", "--incidents", 2, "--store", store)[0] == 0
    code, said = run("import", "eido", store, file, "--agency", "police")
    assert (code, said.endswith("known: default; to record its first one, give --program, too")) == (2, True)  # fmt: skip
    begin = ("import", "eido", store, file, "--agency", "police", "--program", "denver-star")
    assert run(*begin)[0] == 0
    file.write_text(json.dumps(call_of(2)))
    assert run(*begin[:6])[0] == 0
    with SqlStore.sqlite(store) as opened:
        found = {one.program for one in opened.find("police", limit=9)}
        assert found == {load_program("denver-star").name}
        Workflow(load_program("cit"), opened, agency="default.disclosures").receive(
            e.CallReceived(at=minutes(0), by="d-1", source="911", nature="disturbance"),
            incident="x-1",
        )
    for words in (["find"], ["feed"], ["timeline", "x-1"], ["verify"]):
        code, said = run(*words[:1], store, *words[1:], "--agency", "default.disclosures")
        assert code == 2 and "the disclosure log of default" in said, words
    assert "known: default, police" in run("find", store, "--agency", "xyzzy")[1]
    code, said = run("import", "eido", store, file, "--agency", "default.roster")
    assert code == 2 and "is the roster of default" in said
    assert run("verify", store, "--agency", "police")[0] == 0


def test_the_command_says_what_a_sergeant_can_do(desks, tmp_path):
    """A center closes while a unit is there: exit 1 and the exact command, which records it."""
    file, store = tmp_path / "closed.json", tmp_path / f"{A}.db"
    there = {
        "$id": "center.example.org/unit/1",
        "lastUpdateTimeStamp": minutes(9).isoformat(),
        "emergencyResourceTypeCommonRegistryText": "PatrolUnit",
        "secondaryUnitStatusRegistryText": ["OnScene"],
    }
    ended = {
        "incidentTypeCommonRegistryText": "EDP",
        "incidentStatusCommonRegistryText": "Closed",
        "lastUpdateTimeStamp": minutes(30).isoformat(),
    }
    document = call_of(1) | {"emergencyResourceComponent": [there], "incidentComponent": ended}
    file.write_text(json.dumps(document))
    words = ("import", "eido", store, file, "--agency", A)
    code, said = run(*words)
    command = f"coresponder {' '.join(map(str, words))} --override REASON --by YOUR-ID"
    assert code == 1 and " ".join(command.split()) in said and "supervisor_order" in said
    assert "kept:" not in said
    assert run(*words, "--by", "sgt-1")[0] == 2
    assert "did you mean 'supervisor_order'" in run(*words, "--override", "supervisor", "--by", "s")[1]  # fmt: skip
    code, said = run(*words, "--override", "supervisor_order", "--by", "sgt-1")
    assert code == 0 and "recorded: PolicyOverridden" in said


def test_an_eido_of_an_agency_without_an_id_is_not_ours_unless_somebody_says_so(tmp_path):
    """Two agencies that give no id write the same ids: the other's incident 7 is not added to ours.
    `export eido` says so too.
    """
    desks = []
    for name, nature in (("one", "psychosis"), ("two", "welfare_check")):
        store = SqlStore.sqlite(tmp_path / f"{name}.db")
        desk = Workflow(load_program("cit"), store, clock=lambda: minutes(900))
        call = e.CallReceived(at=minutes(len(desks)), by="d-1", source="911", nature=nature)
        desk.receive(call, incident="7")
        desks.append(desk)
    file = tmp_path / "7.json"
    code, said = run("export", "eido", tmp_path / "one.db", "7", "-o", file)
    assert code == 0 and "give --agency-id" in said
    code, said = run("import", "eido", tmp_path / "two.db", file)
    assert code == 1 and "not recorded: 7 of the agency default" in said
    assert desks[1].case("7").version == 1
    assert run("import", "eido", tmp_path / "one.db", file, "--agency-id", "default")[0] == 0
    assert desks[0].case("7").version == 1
    for desk in desks:
        desk.store.close()
