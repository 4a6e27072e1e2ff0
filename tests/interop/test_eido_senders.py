"""Two systems tell of one incident, and each is compared with what it said last itself."""

import itertools

import attrs
import pytest

from coresponder.domain import events as e
from coresponder.interop.eido import eido_of
from coresponder.stores.memory import MemoryStore
from coresponder.workflow.taking import take_eido
from tests.interop.test_eido import AGENCY, center, minutes, workflow_of

A, B = "a.example.org", "b.example.org"


def said(at, sender=A, by_agency=None, **parts):
    """What a sender says of the incident at a minute, unless they have no name."""
    document = center(at)
    document["incidentComponent"] |= parts
    if sender is None:
        return document | {"$id": "a1"}
    return document | {
        "issuingElementIdentification": sender,
        "updatedByAgencyReference": {"$ref": by_agency or sender},
    }


def kind(code):
    return {"incidentTypeCommonRegistryText": code}


def urgent(word):
    return {"incidentPriorityInternalText": word}


def ended(*codes):
    return {"dispositionComponent": [{"dispositionCommonRegistryCode": one} for one in codes]}


def status(word):
    return {"incidentStatusCommonRegistryText": word}


FACTS = [
    (kind("SUICTHRT"), kind("FIGHT")),
    (kind("EDP") | urgent("urgent"), kind("EDP") | urgent("routine")),
    (ended("03"), ended("04")),
    (ended("03", "04"), ended("15")),
    (status("Closed"), status("ReOpened")),
]


def record_of(workflow):
    return [workflow.case(one.incident) for one in workflow.find()]


@pytest.mark.parametrize(("of_a", "of_b"), FACTS)
@pytest.mark.parametrize("senders", [((A, A), (B, B)), (("hub", A), ("hub", B)), (("h1", A), ("h2", A))])  # fmt: skip
def test_two_senders_do_not_undo_each_other(of_a, of_b, senders):
    """Each says the same with every EIDO: each is recorded once, and what differs is named."""
    workflow = workflow_of()
    if "dispositionComponent" not in of_a:
        take_eido(workflow, said(0, dispositionComponent=ended("18")["dispositionComponent"]))
    ways = list(zip(senders, (of_a, of_b), strict=True))
    for minute in (1, 2):
        (sender, agency), parts = ways[minute - 1]
        take_eido(workflow, said(minute, sender, agency, **parts))
    (case,) = record_of(workflow)
    for minute, ((sender, agency), parts) in zip(range(3, 12), itertools.cycle(ways)):
        taken = take_eido(workflow, said(minute, sender, agency, **parts))
        assert (taken.recorded, taken.not_recorded) == ((), ())
        differs = parts is of_a and not taken.refused
        assert any("still says" in one for one in taken.left_out) == differs
    assert record_of(workflow) == [case]


@pytest.mark.parametrize("sender", [A, None])
@pytest.mark.parametrize(("of_a", "of_b"), FACTS[:3])
def test_a_sender_goes_back_to_what_was_before(sender, of_a, of_b):
    """There and back at later times: three statements, each once, also of a sender without a name."""
    workflow = workflow_of()
    take_eido(workflow, said(0, sender))
    for minute, parts in ((1, of_a), (3, of_b), (5, of_a)):
        assert len(take_eido(workflow, said(minute, sender, **parts)).recorded) == 1
        assert take_eido(workflow, said(minute + 1, sender, **parts)).recorded == ()


@pytest.mark.parametrize("echo", [True, False])
def test_an_echo_is_no_news_and_turns_no_correction_back(echo):
    """The center said EDP, the agency judged otherwise, and the center repeats that. The agency
    corrects itself; the center's EIDO, unchanged, says what it said.
    """
    workflow = workflow_of()
    id = take_eido(workflow, said(0, **kind("EDP"))).incident
    judge = lambda at, nature: workflow.record(id, e.CallTriaged(at=minutes(at), by="c-1", nature=nature))  # fmt: skip
    judge(2, "suicide_threat")
    if echo:
        for minute in (3, 4):
            taken = take_eido(workflow, said(minute, **kind("SUICTHRT")))
            assert (taken.recorded, taken.left_out) == ((), ())
    judge(5, "psychosis")
    for minute in (6, 7):
        taken = take_eido(workflow, said(minute, **kind("SUICTHRT" if echo else "EDP")))
        assert taken.recorded == ()
        assert bool(taken.left_out) == echo
    assert workflow.case(id).incident.call.nature == "psychosis"
    ((event,),) = [take_eido(workflow, said(8, **kind("FIGHT"))).recorded]
    assert event.nature == "disturbance"


def test_our_own_eido_that_comes_back_is_no_news():
    """Under our id, sent by the center, which stamps everything anew."""
    workflow = workflow_of()
    call = e.CallReceived(at=minutes(0), by="d-1", source="911", nature="mental_health_crisis")
    workflow.receive(call, incident="7")
    workflow.record("7", e.CallTriaged(at=minutes(2), by="c-1", nature="suicide_threat"))
    told = eido_of(workflow.case("7"), agency=AGENCY)
    workflow.record("7", e.CallTriaged(at=minutes(4), by="c-1", nature="psychosis"))
    for minute in (6, 7):
        told["incidentComponent"] |= {"lastUpdateTimeStamp": minutes(minute).isoformat()}
        back = told | {"issuingElementIdentification": A}
        taken = take_eido(workflow, back, agency_id=AGENCY)
        assert (taken.incident, taken.recorded) == ("7", ())
    assert workflow.case("7").incident.call.nature == "psychosis"


def test_who_said_the_same_as_another_does_not_turn_it_back():
    """A and B say EDP, A changes its mind; B goes on as before. What B says new is news."""
    workflow = workflow_of()
    for minute, sender, code, recorded in (
        (0, A, "EDP", 1), (1, B, "EDP", 0), (2, A, "FIGHT", 1), (3, B, "EDP", 0), (4, B, "WELFARE", 1), (5, A, "FIGHT", 0), (6, B, "EDP", 1),
    ):  # fmt: skip
        assert len(take_eido(workflow, said(minute, sender, **kind(code))).recorded) == recorded, minute  # fmt: skip


def test_a_priority_that_is_new_leaves_the_kind_alone():
    """The center says its old kind beside a new priority, after the agency judged the kind; and its
    old priority beside a new kind.
    """
    workflow = workflow_of()
    id = take_eido(workflow, said(0, **kind("EDP"), **urgent("routine"))).incident
    workflow.record(id, e.CallTriaged(at=minutes(2), by="c-1", nature="disturbance", priority="urgent"))  # fmt: skip
    (event,) = take_eido(workflow, said(3, **kind("EDP"), **urgent("emergency"))).recorded
    assert (event.nature, event.priority) == ("disturbance", "emergency")
    assert take_eido(workflow, said(4, **kind("EDP"), **urgent("emergency"))).recorded == ()
    workflow.record(id, e.CallTriaged(at=minutes(5), by="c-1", nature="disturbance", priority="urgent"))  # fmt: skip
    (event,) = take_eido(workflow, said(6, **kind("WELFARE"), **urgent("emergency"))).recorded
    assert event.nature == "welfare_check"
    assert workflow.case(id).incident.call.priority == "urgent"


def test_the_first_eido_that_comes_late_again_is_no_news():
    """Its parts are of its own time, when nothing else was known."""
    workflow = workflow_of()
    first = said(0, **kind("EDP"))
    take_eido(workflow, first)
    take_eido(workflow, said(3, B, **kind("FIGHT")))
    taken = take_eido(workflow, first)
    assert (taken.recorded, taken.left_out) == ((), ())


def without_sender(event):
    kept = [code for code in getattr(event, "local", ()) if code.field != "issuingElementIdentification"]  # fmt: skip
    return attrs.evolve(event, local=tuple(kept)) if hasattr(event, "local") else event


def test_a_store_of_an_earlier_version_knows_no_senders():
    """What it has of EIDOs may be anybody's: the last is a repetition, whoever says it, and another
    code is news once.
    """
    old, store = workflow_of(), MemoryStore()
    take_eido(old, said(0, A, **kind("EDP")))
    id = take_eido(old, said(1, B, **kind("FIGHT"))).incident
    workflow = workflow_of(store)
    workflow.replay(id, map(without_sender, old.case(id).recorded()))
    says = ((2, B, "FIGHT"), (3, A, "EDP"), (4, B, "FIGHT"), (5, A, "EDP"), (6, B, "FIGHT"))
    counts = [
        len(take_eido(workflow, said(minute, sender, **kind(code))).recorded)
        for minute, sender, code in says
    ]
    assert counts == [0, 1, 0, 0, 0]


def test_who_says_it_for_the_first_time_does_not_still_say_it():
    """Others had it recorded, and the record went on: it is named in words that are true."""
    workflow = workflow_of()
    incident = take_eido(workflow, said(0, **kind("EDP"))).incident
    for minute, nature in ((1, "psychosis"), (2, "disturbance")):
        workflow.record(incident, e.CallTriaged(at=minutes(minute), by="c", nature=nature))
    (first,) = take_eido(workflow, said(5, B, **kind("EDP"))).left_out
    assert "b.example.org says EDP, as others did before; the record has disturbance" in first
    (again,) = take_eido(workflow, said(6, **kind("EDP"))).left_out
    assert "a.example.org still says EDP; the record has disturbance" in again
