"""What two processes take at one moment, and whose ids are whose: a comparison counts only for the
version that was compared, and a sender's id is not ours unless it is known as ours.
"""

import json

import attrs
import pytest

from coresponder.domain import events as e
from coresponder.errors import NotFound, VersionConflict
from coresponder.interop.eido import eido_from, eido_of
from coresponder.interop.eido.names import Names
from coresponder.interop.fhir import bundle_of
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore
from coresponder.workflow import comparing, tying
from coresponder.workflow.taking import take, take_eido, take_fhir, take_task
from tests.interop.test_eido import CIT, T0, center, minutes, names_of, workflow_of
from tests.interop.test_fhir import hours, story
from tests.processes import at_once

AGENCY = "police.example.org"


def person(at, id="center.example.org/person/p1", role="Caller"):
    return {
        "$id": id,
        "lastUpdateTimeStamp": minutes(at).isoformat(),
        "personIncidentRoleRegistryText": [role],
    }


def recorded(workflow, incident, kind):
    return [one for one in workflow.case(incident).recorded() if isinstance(one, kind)]


@pytest.fixture
def meanwhile(monkeypatch):
    """Have something done once between a comparison and what it writes."""
    waiting = []
    real = comparing._record

    def record(*arguments):
        while waiting:
            waiting.pop()()
        return real(*arguments)

    monkeypatch.setattr(comparing, "_record", record)
    return waiting.append


# --- two at one moment ----------------------------------------------------------------------------


def test_what_another_process_recorded_meanwhile_is_compared_again(any_store, meanwhile):
    """Two EIDOs say of one person the same, a minute apart: one after the other only the first is
    news, and so it is when the second was compared before the first was written.
    """
    one, two = workflow_of(any_store), workflow_of(any_store)
    id = take_eido(one, center()).incident
    meanwhile(lambda: take_eido(two, center(5, personComponent=[person(5)])))
    second = take_eido(one, center(6, personComponent=[person(6)]))
    assert second.recorded == ()
    assert [one.at for one in recorded(two, id, e.PersonInvolved)] == [minutes(5)]


def test_half_of_what_was_told_is_recorded_when_another_process_comes_between(
    any_store, monkeypatch
):
    """What was written before the other stays, and is told to the caller; the rest is compared
    again.
    """
    one, two = workflow_of(any_store), workflow_of(any_store)
    id = take_eido(one, center()).incident
    real, calls = comparing._record, []

    def record(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            monkeypatch.setattr(comparing, "_record", real)
            take_eido(two, center(6, personComponent=[person(6, "center.example.org/person/p2")]))
        return real(*arguments)

    monkeypatch.setattr(comparing, "_record", record)
    people = [person(5), person(5, "center.example.org/person/p2"), person(5, role="Victim")]
    people[2]["$id"] = "center.example.org/person/p3"
    told = take_eido(one, center(5, personComponent=people))
    assert [event.person[-2:] for event in told.recorded] == ["p1", "p3"]
    assert len(recorded(two, id, e.PersonInvolved)) == 3


def test_two_processes_open_one_incident(any_store, meanwhile):
    """Also if one of them gives it a number of its own: it is found, or the other number is said."""
    one, two = workflow_of(any_store), workflow_of(any_store)
    meanwhile(lambda: take_eido(two, center()))
    assert take_eido(one, center(6, personComponent=[person(6)])).recorded
    assert len(recorded(two, take_eido(two, center()).incident, e.CallReceived)) == 1
    other = center() | {"$id": "urn:emergency:uid:incidentid:b2:center.example.org"}
    meanwhile(lambda: take_eido(two, other))
    with pytest.raises(NotFound, match=r"is incident urn:.*:b2:.* here; leave --incident out"):
        take_eido(one, other, incident="S-12")
    meanwhile(
        lambda: take_eido(two, other | {"$id": other["$id"].replace("b2", "b3")}, incident="S-13")
    )
    found = take_eido(one, other | {"$id": other["$id"].replace("b2", "b3")})
    assert (found.incident, found.recorded) == ("S-13", ())
    assert len(list(one.find())) == 3


@pytest.mark.parametrize("first", ["active", "inactive"])
def test_contradicting_consents_of_one_moment_are_compared_one_after_the_other(
    any_store, meanwhile, first
):
    """What is recorded is what is recorded when they come one after the other."""
    given = e.ConsentGiven(at=hours(3), by="clinician-1", person="p1", scope="sharing")
    case = CIT.replay("7", [*story()[:3], given])
    (consent,) = [
        one["resource"]
        for one in json.loads(json.dumps(bundle_of(case, agency=AGENCY)))["entry"]
        if one["resource"]["resourceType"] == "Consent"
    ]
    other = {"active": "inactive", "inactive": "active"}[first]
    told = {"by": "service-1", "agency_id": AGENCY}

    def desk(store, incident):
        workflow = workflow_of(store, agency=f"a{incident}")
        workflow.replay("7", story()[:3])
        return workflow

    plain = desk(MemoryStore(), "1")
    for status in (first, other):
        take_fhir(plain, consent | {"status": status}, **told)
    mixed = desk(any_store, "2")
    meanwhile(lambda: take_fhir(mixed, consent | {"status": first}, **told))
    take_fhir(mixed, consent | {"status": other}, **told)
    assert mixed.case("7").recorded() == plain.case("7").recorded()


def test_a_task_that_two_processes_take_is_recorded_once(any_store, meanwhile):
    """The second one has no news."""
    case = CIT.replay("7", story())
    (task, *_) = [
        one["resource"]
        for one in json.loads(json.dumps(bundle_of(case, agency=AGENCY)))["entry"]
        if one["resource"]["resourceType"] == "Task"
    ]
    task |= {"status": "accepted", "lastModified": hours(40).isoformat()}
    workflow = workflow_of(any_store)
    workflow.clock = lambda: hours(90)
    workflow.replay("7", story())
    told = {"by": "s1", "agency_id": AGENCY}
    meanwhile(lambda: take_task(workflow, task, **told))
    assert take_task(workflow, task, **told).recorded == ()
    assert len(recorded(workflow, "7", e.ReferralAccepted)) == 1
    workflow.replay("8", story())
    with pytest.raises(NotFound, match="names another incident than 8; leave --incident out"):
        take_task(workflow, task, incident="8", **told)
    assert recorded(workflow, "8", e.ReferralAccepted) == []


def test_events_are_told_once_whoever_looks_up_what_is_known(any_store):
    """A repeat is not listed as recorded, though the store knows more of the person by now."""
    workflow = workflow_of(any_store)
    call = e.CallReceived(at=T0, by="x", source="911", nature="other")
    known = e.PersonInvolved(at=minutes(1), by="x", person="p1", role="caller")
    take(workflow, "1", [call, known])
    take(workflow, "2", [call, known, known])
    for by in ("x", "y"):
        assert (
            take(workflow, "2", [attrs.evolve(one, by=by) for one in (call, known)]).recorded == ()
        )
    assert len(workflow.case("2").recorded()) == 2


def test_a_writer_who_is_never_first_gives_up(monkeypatch):
    """After a hundred rounds, with the error that says so; nothing loops for ever."""
    workflow, tries = workflow_of(), []
    id = take_eido(workflow, center()).incident

    def record(workflow, found, event, version):
        tries.append(version)
        raise VersionConflict(id, version, version + 1)

    monkeypatch.setattr(comparing, "_record", record)
    with pytest.raises(VersionConflict, match="load the case again"):
        take_eido(workflow, center(5, personComponent=[person(5)]))
    assert len(tries) == 100


ROUNDS = 12


def _take_rounds(path, at, barrier):
    with SqlStore.sqlite(path) as store:
        workflow = workflow_of(store)
        for number in range(ROUNDS):
            id = {"$id": f"urn:emergency:uid:incidentid:{number}:center.example.org"}
            barrier.wait(60)
            take_eido(workflow, center(at, personComponent=[person(at)]) | id)


@pytest.mark.slow
def test_two_real_processes_take_the_same_news_once(tmp_path):
    """On one SQLite file, round by round at one moment: one call and one person in each incident."""
    path = tmp_path / "agency.db"
    with SqlStore.sqlite(path) as store:
        workflow_of(store)
        at_once(_take_rounds, (path, 5), (path, 6), seconds=300)
        workflow = workflow_of(store)
        found = [workflow.case(one.incident) for one in workflow.find()]
        assert len(found) == ROUNDS
        for case in found:
            assert sorted(names_of(case.recorded())) == ["CallReceived", "PersonInvolved"]
        assert workflow.verify() == ()


# --- whose ids ------------------------------------------------------------------------------------


def with_ids(incident, person_id):
    return center(5, personComponent=[person(5, person_id)]) | {"$id": incident}


def test_a_number_of_the_sender_is_not_our_incident_and_their_person_is_not_ours():
    """Our incident 7 and our p1 stay what they are; the sender's are found again by their ids."""
    workflow = workflow_of()
    call = e.CallReceived(at=minutes(-9), by="d", source="911", nature="other")
    workflow.receive(call, incident="7")
    workflow.record("7", e.PersonInvolved(at=T0, by="d", person="p1", role="caller"))
    first = take_eido(workflow, with_ids("7", "p1"))
    assert first.incident != "7" and len(workflow.case("7").recorded()) == 2
    (theirs,) = recorded(workflow, first.incident, e.PersonInvolved)
    assert theirs.person != "p1" and theirs.prior.last_contact is None
    again = take_eido(workflow, with_ids("7", "p1"))
    assert (again.incident, again.recorded) == (first.incident, ())


@pytest.mark.parametrize("kind", ["incident", "person", "unit", "agent"])
def test_two_ids_of_senders_never_become_one(kind):
    """Whatever in them cannot be kept; and one that can be kept and is nobody else's stays."""
    names = Names(AGENCY, within="i1")
    clean = ["center.example.org/person/1", "urn:emergency:uid:incidentid:a1:center.example.org",
             "123e4567-e89b-12d3-a456-426614174000"]  # fmt: skip
    odd = ["2026#1", "2026 1", "2026-1", "c#1", "c 1", "c-1", " c-1", "-c-1", "é", "è", "#", "x" * 200, "x" * 201,
           "center.example.org/person/c#1", "center.example.org/person/c 1", "7", ".7",
           f"{AGENCY}/{kind}/c#1", "tjones@state.pa.us", "t jones@state.pa.us", "Mary Smith", "Mary Smyth"]  # fmt: skip
    found = [getattr(names, kind)(text) for text in (*clean, *odd)]  # fmt: skip
    assert found[: len(clean)] == clean
    assert len(set(found)) == len(found)
    assert not any("Smith" in one for one in found)
    ours = f"urn:emergency:uid:incidentid:7:{AGENCY}" if kind == "incident" else f"{AGENCY}/{kind}/7"  # fmt: skip
    assert getattr(names, kind)(ours) == "7"


@pytest.mark.parametrize("kind", ["incident", "person", "unit", "agent"])
@pytest.mark.parametrize("text", ["José García", "Éva", "Caller Mary Smith", "Smith, M. 12", "+é", "_Ñandú"])  # fmt: skip
def test_of_an_id_in_words_only_the_digest_is_kept(kind, text):
    """Spaces and accents are of no id, and may be of a name."""
    assert getattr(Names(AGENCY, within="i1"), kind)(text).partition("+")[0] == kind


@pytest.mark.parametrize("odd", ["+1", "_x", "é", "x" * 200])
def test_an_id_of_any_shape_is_taken_and_known_again(odd):
    """Of an incident, a person, a caller or a unit, also one that an earlier version could not keep."""
    told = with_ids(odd, odd) | {"emergencyResourceComponent": [{"$id": odd, "emergencyResourceTypeCommonRegistryText": "PatrolUnit", "secondaryUnitStatusRegistryText": "OnScene"}]}  # fmt: skip
    workflow = workflow_of()
    taken = take_eido(workflow, told)
    assert {"PersonInvolved", "ResponderArrived"} <= set(names_of(taken.recorded))
    again = take_eido(workflow, told)
    assert (again.incident, again.recorded) == (taken.incident, ())


def test_a_short_number_is_the_senders_and_a_short_person_the_incidents():
    """Two centers have an incident 7 each; person p1 of the one incident is not p1 of the other."""
    ids = {
        eido_from(with_ids("7", "p1") | {"issuingElementIdentification": sender}).incident
        for sender in ("a.example.org", "b.example.org")
    }
    assert len(ids) == 2
    people = {
        event.person
        for incident in ("7", "8")
        for event in eido_from(with_ids(incident, "p1")).events
        if isinstance(event, e.PersonInvolved)
    }
    assert len(people) == 2


def test_what_has_a_digest_is_known_again_when_we_wrote_it():
    """An agency that gets its own EIDO back has no news of the people whom a sender named shortly."""
    workflow = workflow_of()
    id = take_eido(workflow, with_ids("2026#1", "c#1")).incident
    told = json.loads(json.dumps(eido_of(workflow.case(id), agency=AGENCY)))
    back = take_eido(workflow, told, agency_id=AGENCY)
    assert (back.incident, back.recorded, back.left_out) == (id, (), ())


@pytest.mark.parametrize(
    "incident", ["7", "2026#1", "urn:emergency:uid:incidentid:a1:c.example.org"]
)
@pytest.mark.parametrize("ours", [None, "S-12"])
def test_a_store_that_took_an_eido_before_ids_had_a_digest_finds_it(any_store, incident, ours):
    """The incident, its people and its units are those that were recorded then."""
    workflow = workflow_of(any_store)
    told = with_ids(incident, "c#1")
    old = eido_from(told, agency=workflow.agency, marks=False)
    id = ours or old.incident
    for event in (*old.events, *old.known_as(id)):
        said = attrs.evolve(event, by="told").to_json()
        request = tying._request(id, type(event).__name__, said)
        if isinstance(event, e.IncidentLinked):
            request = tying._request(tying._TIED_EARLIER, old.incident)
        if isinstance(event, e.CallReceived):
            workflow.receive(event, incident=id, request=request)
        else:
            workflow.record(id, event, request=request)
    again = take_eido(workflow, told)
    assert (again.incident, again.recorded) == (id, ())
    newer = told | {"personComponent": [person(8, "c#1", role="Victim")]}
    (event,) = take_eido(workflow, newer).recorded
    assert (event.person, len(list(workflow.find()))) == ("c-1", 1)


# --- because you said so --------------------------------------------------------------------------


def test_a_number_that_the_caller_gives_is_said_with_both_beginnings():
    """Once, when the two are tied; a link that was entered in error ties nothing."""
    workflow = workflow_of()
    call = e.CallReceived(at=minutes(-90), by="d", source="911", nature="other")
    for id in ("S-12", "S-13"):
        workflow.receive(call, incident=id)
    first = take_eido(workflow, center(), incident="S-12")
    (said,) = first.says
    assert said == (
        "urn:emergency:uid:incidentid:a1:center.example.org is S-12 from now on, because you said"
        " so (the EIDO begins 2026-03-02 21:00 UTC, S-12 2026-03-02 19:30 UTC)"
    )
    assert take_eido(workflow, center()).incident == "S-12"
    assert take_eido(workflow, center(), incident="S-12").says == ()
    links = workflow.case("S-12").entries()
    (number,) = [one.number for one in links if isinstance(one.event, e.IncidentLinked)]
    wrong = e.EnteredInError(at=minutes(9), by="d", event=number, reason="wrong_incident")
    workflow.record("S-12", wrong)
    assert take_eido(workflow, center(), incident="S-13").says
    assert take_eido(workflow, center()).incident == "S-13"
    (number,) = [one.number for one in workflow.case("S-13").entries() if isinstance(one.event, e.IncidentLinked)]  # fmt: skip
    workflow.record("S-13", attrs.evolve(wrong, event=number))
    assert take_eido(workflow, center(), incident="S-12").says
    assert take_eido(workflow, center()).incident == "S-12"


def test_who_forgets_the_agencys_id_is_told():
    """What we wrote opens a second incident if nobody says that we wrote it."""
    workflow = workflow_of()
    workflow.receive(e.CallReceived(at=T0, by="d", source="911", nature="other"), incident="7")
    told = json.loads(json.dumps(eido_of(workflow.case("7"), agency=AGENCY)))
    (said,) = take_eido(workflow, told).says
    assert f"take the EIDO with --agency-id {AGENCY}" in said and said.startswith("7 ")
    assert take_eido(workflow, told, agency_id=AGENCY).says == ()
    assert take_eido(workflow, center()).says == ()
