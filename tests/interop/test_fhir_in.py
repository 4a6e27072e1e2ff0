"""FHIR R4 in: a Consent, an Appointment and a Bundle of several make our events, each once; what is
written, read and written again is equal; nothing that is not understood is dropped.
"""

import copy
import datetime as dt
import json

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder import MemoryStore, Workflow
from coresponder.domain import events as e
from coresponder.domain.vocabulary import (
    ConsentGiver,
    ConsentGround,
    ConsentScope,
    FollowUpKind,
    FollowUpOutcome,
    MissedReason,
    Purpose,
    ReceiverKind,
)
from coresponder.errors import NotFound, UnreadableFile
from coresponder.interop.fhir import bundle_of, resources_of
from coresponder.interop.fhir.codes import OUTCOME, system_of
from coresponder.workflow.taking import take_fhir
from tests.interop.test_fhir import AGENCY, CIT, T0, hours, story

BY = {"by": "clinician-1"}
START = story()[:3]
CONSENTS = (e.ConsentGiven, e.ConsentDeclined, e.ConsentWithdrawn)
VISITS = (e.FollowUpScheduled, e.FollowUpDone, e.FollowUpMissed, e.FollowUpCancelled)


def workflow_with(events):
    workflow = Workflow(CIT, MemoryStore(), clock=lambda: T0 + dt.timedelta(days=900))
    workflow.replay("7", events)
    return workflow


def resources(case, *kinds):
    found = [entry["resource"] for entry in bundle_of(case, agency=AGENCY)["entry"]]
    return json.loads(json.dumps([one for one in found if one["resourceType"] in kinds]))


def bundle(*entries, kind="collection"):
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"resource": one} for one in entries],
    }


def taken(workflow, document, **more):
    return take_fhir(workflow, document, by="service-1", agency_id=AGENCY, **more)


# --- round trips ----------------------------------------------------------------------------------


AT = {"at": T0, **BY}
PLANS = [
    e.FollowUpScheduled(**AT, follow_up="f1", kind="home_visit", due=hours(9), owner="clinician-1", person="p1"),
    e.FollowUpScheduled(**AT, follow_up="f2", kind="phone_call", due=hours(9)),
]  # fmt: skip
SOME = st.integers(1, 5_000).map(lambda minutes: dt.timedelta(minutes=minutes))
SCOPES = st.sampled_from([ConsentScope.SERVICES, ConsentScope.SHARING])
IDS = st.sampled_from([None, None, "c1", "c2"])
CONSENT = {"person": st.sampled_from(["p1", "p2"]), "scope": SCOPES}
TOLD = st.one_of(
    st.builds(
        e.ConsentGiven,
        at=st.just(T0),
        by=st.just("clinician-1"),
        **CONSENT,
        consent=IDS,
        receiver=st.sampled_from([None, "clinic-1", "clinic-2"]),
        receiver_kind=st.none() | st.sampled_from(ReceiverKind),
        purpose=st.none() | st.sampled_from(Purpose),
        until=st.none() | SOME.map(lambda after: T0 + after),
        given_by=st.none() | st.sampled_from(ConsentGiver),
        ground=st.none() | st.sampled_from(ConsentGround),
    ),
    st.builds(e.ConsentDeclined, at=st.just(T0), by=st.just("s"), **CONSENT),
    st.builds(e.ConsentWithdrawn, at=st.just(T0), by=st.just("s"), **CONSENT, consent=IDS),
    st.tuples(st.sampled_from(PLANS), st.sampled_from(FollowUpKind), SOME).map(
        lambda one: attrs.evolve(one[0], kind=one[1], due=T0 + one[2])
    ),
    st.tuples(st.sampled_from(PLANS), st.sampled_from(FollowUpOutcome)).map(
        lambda one: e.FollowUpDone(
            **AT,
            follow_up=one[0].follow_up,
            kind=one[0].kind,
            person=one[0].person,
            outcome=one[1],
        )
    ),
    st.tuples(st.sampled_from(["f1", "f2"]), st.sampled_from(MissedReason)).map(
        lambda one: e.FollowUpMissed(**AT, follow_up=one[0], reason=one[1])
    ),
    st.sampled_from(["f1", "f2"]).map(lambda visit: e.FollowUpCancelled(**AT, follow_up=visit)),
)


def told_at(event, at):
    """Return what happens at a time. A consent ends as long after it as after `T0`."""
    until = getattr(event, "until", None)
    return attrs.evolve(event, at=at, **({"until": at + (until - T0)} if until else {}))


@st.composite
def histories(draw):
    """One to eight consents and visits of two people, in the order of time."""
    at, events = hours(1), [*START, *PLANS]
    for event in draw(st.lists(TOLD, min_size=1, max_size=8)):
        at += draw(SOME)
        events.append(told_at(event, at))
    return events


def check_what_was_told_last_comes_back(events):
    """Forget what was told last, take the Bundle, and write it again. What it changed is equal:
    all of it, except for a visit that stands as before, of which only the time of the last message
    may differ.
    """
    workflow = workflow_with(events[:-1])
    kinds = ("Consent", "Appointment")
    by_id = lambda case: {one["id"]: one for one in resources(case, *kinds)}
    before, wanted = by_id(workflow.case("7")), by_id(CIT.replay("7", events))
    taken(workflow, bundle(*wanted.values()))
    got = by_id(workflow.case("7"))
    assert got.keys() == wanted.keys()
    for id, one in wanted.items():
        if one["resourceType"] == "Appointment" and _stands_as(before[id], one):
            assert _stands_as(got[id], one)
        else:
            assert got[id] == one
    again = taken(workflow, bundle(*wanted.values()))
    assert not [event for one in again for event in one.recorded]
    return got != before


def _stands_as(one, other):
    same = ("status", "appointmentType", "requestedPeriod", "extension", "cancelationReason")
    return all(one.get(name) == other.get(name) for name in same)


@settings(max_examples=300, deadline=None)
@given(histories())
def test_consents_and_visits_that_are_written_read_and_written_again_are_equal(events):
    """With receivers, purposes, ends, givers, grounds, reasons, outcomes and times."""
    check_what_was_told_last_comes_back(events)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(histories())
def test_ten_thousand_consents_and_visits_that_come_back_are_equal(events):
    """The same, for ten thousand histories."""
    check_what_was_told_last_comes_back(events)


GIVEN = {"at": hours(3), **BY, "person": "p1", "scope": "substance_use_records"}
WHOLE = e.ConsentGiven(
    **GIVEN,
    consent="c1",
    receiver="clinic-1",
    receiver_kind="school",
    purpose="treatment",
    until=hours(90),
    given_by="guardian",
    ground="appointed_guardian",
)


def of(event):
    """Return the Consent or Appointment of one event."""
    (found,) = resources(CIT.replay("7", [*START, event]), "Consent", "Appointment")
    return found


@pytest.mark.parametrize(
    "event",
    [
        WHOLE,
        attrs.evolve(WHOLE, given_by="court", ground="court_order", purpose="oversight"),
        attrs.evolve(WHOLE, given_by=None, ground="minor_by_law", receiver=None, consent=None),
        e.ConsentDeclined(**GIVEN),
        e.ConsentWithdrawn(**GIVEN, consent="c1"),
        e.FollowUpScheduled(
            at=hours(3), **BY, follow_up="f1", kind="home_visit", due=hours(50), owner="c-1", person="p1"
        ),
    ],
)  # fmt: skip
def test_what_begins_with_a_resource_is_the_same_event(event):
    """All of a consent, and of a planned visit, comes back to a record that did not have it."""
    workflow = workflow_with(START)
    (one,) = taken(workflow, of(event))
    assert one.recorded == (attrs.evolve(event, by="service-1"),)
    assert one.left_out == ()
    assert taken(workflow, of(event))[0].recorded == ()


# --- consents -------------------------------------------------------------------------------------


def changed(document, change):
    document = copy.deepcopy(document)
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["provision"].update(provision=[{"type": "deny"}]), "Consent.provision.provision"),
        (lambda c: c["provision"].update(securityLabel=[{}]), "Consent.provision.securityLabel"),
        (lambda c: c["provision"].update(type="deny"), "Consent.provision.type"),
        (lambda c: c["provision"].update(purpose=[{"code": "ETREAT"}]), "Consent.provision.purpose"),
        (lambda c: c["provision"]["actor"][0]["reference"].clear(), "Consent.provision.actor[0]"),
        (lambda c: c["provision"].update(period={"start": hours(80).isoformat()}), "period.start"),
        (lambda c: c.update(performer=[{"display": "somebody"}]), "Consent.performer"),
        (lambda c: c["provision"].update(period={"end": hours(2).isoformat()}), "period.end: it ended before it was given"),
        (lambda c: c["provision"].update(period={"start": hours(2).isoformat(), "end": hours(1).isoformat()}), "period: its end lies before its start"),
        (lambda c: c.pop("performer"), "Consent.performer"),
        (lambda c: c.update(modifierExtension=[{"url": "urn:x"}]), "Consent.modifierExtension"),
        (lambda c: c["scope"].update(text="everything"), "Consent.scope"),
        (lambda c: c["extension"][0].update(valueCode="because"), "Consent.extension"),
        (lambda c: c["identifier"][1].update(value="two words"), "Consent.identifier"),
        (lambda c: c["provision"]["actor"][0]["reference"]["identifier"].pop("value"), "Consent.provision.actor[0]"),
        (lambda c: c["provision"]["actor"][0].update(modifierExtension=[{}]), "Consent.provision.actor.modifierExtension"),
        (lambda c: c["provision"]["actor"][0]["reference"]["identifier"].update(period={}), "actor.reference.identifier.period"),
        (lambda c: c["provision"].update(period={"_end": {}}), "Consent.provision.period._end"),
        (lambda c: c.update(_provision={}), "Consent._provision"),
        (lambda c: c.update(meta={"security": [{}]}), "Consent.meta.security"),
        (lambda c: c["scope"].update(coding=[{"system": "urn:x", "code": "research"}]), "Consent.scope.coding"),
        (lambda c: c["contained"][0].update(active=False), "Consent.contained.active"),
        (lambda c: c["contained"][0]["patient"]["identifier"].update(value="p2"), "Consent.contained.patient"),
        (lambda c: c["contained"][0].pop("id") and c.update(performer=[{"reference": "#None"}]), "Consent.performer"),
        (lambda c: c.update(implicitRules="urn:x"), "Consent.implicitRules"),
        (lambda c: c.update(verification=[{"verified": False}]), "Consent.verification"),
        (lambda c: c.update(policy=[{"uri": "urn:x"}]), "Consent.policy"),
        (lambda c: c["policyRule"].update(text="deny all"), "Consent.policyRule.text"),
        (lambda c: c["scope"]["coding"][0].update(code="treatment"), "Consent.scope.coding: it is another scope"),
        (lambda c: c["scope"]["coding"].append({"code": "research"}), "Consent.scope.coding: it is another scope"),
        (lambda c: c["patient"].update(type="Group"), "Consent.patient.type"),
        (lambda c: c["patient"]["identifier"].update(period={}), "Consent.patient.identifier.period"),
        (lambda c: c["identifier"][0].update(value="p2/substance_use_records/c1"), "Consent.identifier: it is that of another"),
        (lambda c: c["identifier"][0].update(value="p1/services/c1"), "Consent.identifier: it is that of another"),
        (lambda c: c["category"][0]["coding"][0].update(code="RESEARCH"), "Consent.category"),
        (lambda c: c["contained"][0]["relationship"][0].update(text="court"), "Consent.performer"),
        (lambda c: c["contained"].append(c["contained"][0]), "Consent.performer"),
        (lambda c: c.update(performer=[c["patient"] | {"reference": "RelatedPerson/5"}]), "Consent.performer: it points to somebody else"),
        (lambda c: c.update(performer=[c["patient"] | {"type": "RelatedPerson"}]), "Consent.performer: it points to somebody else"),
    ],
)  # fmt: skip
def test_a_consent_is_never_recorded_wider_than_it_was_given(change, said):
    """What could limit it and is not understood is named, and nothing is recorded."""
    workflow = workflow_with(START)
    (one,) = taken(workflow, changed(of(WHOLE), change))
    assert one.recorded == ()
    assert any(said in line for line in one.left_out)
    assert "not fully understood" in one.not_recorded[-1]


def test_a_consent_of_services_is_not_recorded_if_its_scope_says_another_thing():
    """The words say services and the code says privacy, or a law that is not for services."""
    plain = of(e.ConsentGiven(**(GIVEN | {"scope": "services"})))
    for change, said in (
        (lambda c: c["scope"]["coding"][0].update(code="patient-privacy"), "Consent.scope.coding"),
        (lambda c: c["policyRule"].update(text="42 CFR Part 2"), "Consent.policyRule.text"),
    ):
        (one,) = taken(workflow_with(START), changed(plain, change))
        assert one.recorded == () and one.left_out[0].startswith(said)
    (one,) = taken(workflow_with(START), changed(plain, lambda c: c["scope"].pop("coding")))
    assert len(one.recorded) == 1


PERSON = system_of(AGENCY, "person")
OTHER = {"resourceType": "Patient", "id": "9", "identifier": [{"system": PERSON, "value": "p2"}]}
SAME = {"resourceType": "Patient", "id": "9", "identifier": [{"system": PERSON, "value": "p1"}]}


def pointing(document, reference):
    """Return a resource whose person has a reference besides the identifier."""
    kind = document["resourceType"]
    document = copy.deepcopy(document)
    who = document["participant"][0]["actor"] if kind == "Appointment" else None
    who = who or document["for" if kind == "Task" else "patient"]
    who["reference"] = reference
    return document


def of_each_kind():
    full = CIT.replay("7", story("accepted"))
    accepted = resources(full, "Task")[0]
    canceled = of(PLAN) | {"status": "cancelled", "meta": {"lastUpdated": hours(60).isoformat()}}
    plain = of(e.ConsentGiven(**(GIVEN | {"scope": "services"})))
    return [plain, accepted, canceled]


def those_who_know_them():
    return workflow_with([*(one for one in story("requested") if not isinstance(one, (*CONSENTS, *VISITS))), PLAN])  # fmt: skip


@pytest.mark.parametrize("kind", range(3))
@pytest.mark.parametrize("where", ["id", "contained", "bundle", "url"])
def test_what_points_to_another_person_than_it_names_is_not_recorded(kind, where):
    """By the number of a person of the incident, in the resource, or in the Bundle. The number of
    another server says nothing, so it stops nothing.
    """
    document = of_each_kind()[kind]
    reference = {"id": "Patient/p2", "contained": "#9", "bundle": "Patient/9", "url": "urn:uuid:9"}
    wrong = pointing(document, reference[where])
    sent = bundle(wrong, OTHER)
    sent["entry"][1]["fullUrl"] = "urn:uuid:9"
    got = taken(those_who_know_them(), sent)
    assert [event for one in got for event in one.recorded] == []
    (said,) = [line for one in got for line in one.not_recorded]
    assert said.startswith("entry[0]: ") and ("point" in said or "reference" in said)
    for right in (pointing(document, "Patient/123"), document):
        assert len(taken(those_who_know_them(), right)[0].recorded) == 1
    good = bundle(pointing(document, "https://a.example.org/fhir/Patient/9/_history/2"), SAME)
    assert len(taken(those_who_know_them(), good)[0].recorded) == 1
    good["entry"][1]["resource"] = OTHER
    assert [event for one in taken(those_who_know_them(), good) for event in one.recorded] == []


@pytest.mark.parametrize("kind", range(3))
def test_a_resource_that_points_into_itself_and_names_somebody_is_named_also_alone(kind):
    """It is answered as in a Bundle, and is no file that cannot be read."""
    wrong = pointing(of_each_kind()[kind], "#9")
    (one,) = taken(those_who_know_them(), wrong)
    assert one.recorded == () and "it points to a contained resource" in one.not_recorded[0]


@pytest.mark.parametrize("kind", range(3))
def test_a_resource_with_two_identifiers_of_ours_is_refused(kind):
    """Nobody could say which it is; one of another system besides is no matter."""
    document = of_each_kind()[kind]
    mine = document["identifier"][0]
    two = document | {"identifier": [mine, mine | {"value": "x-2"}]}
    with pytest.raises(UnreadableFile, match="identifier: it has two identifiers"):
        taken(those_who_know_them(), two)
    more = document | {"identifier": [mine, mine, {"system": "urn:x", "value": "1"}, {"system": "urn:x", "value": "2"}]}  # fmt: skip
    assert len(taken(those_who_know_them(), more)[0].recorded) == 1


def test_a_consent_with_two_ids_and_a_visit_of_two_incidents_are_refused():
    """Of a consent known by its id, the second id could be that of another."""
    two = of(WHOLE)
    two["identifier"].append({"system": system_of(AGENCY, "consent-id"), "value": "c2"})
    with pytest.raises(UnreadableFile, match="identifier: it has two identifiers"):
        taken(workflow_with(START), two)
    visit = of(PLAN)
    visit["supportingInformation"].append({"identifier": {"system": system_of(AGENCY, "incident"), "value": "8"}})  # fmt: skip
    with pytest.raises(UnreadableFile, match="supportingInformation: it has two identifiers"):
        taken(workflow_with([*START, PLAN]), visit)


def test_a_withdrawal_stops_what_is_sent_although_parts_are_not_understood():
    """A withdrawal only takes away, so a part that could limit it does not stop it."""
    workflow = workflow_with([*START, WHOLE])
    withdrawn = e.ConsentWithdrawn(**(GIVEN | {"at": hours(5)}), consent="c1")
    (document,) = resources(CIT.replay("7", [*START, WHOLE, withdrawn]), "Consent")
    document["provision"]["securityLabel"] = [{}]
    (one,) = taken(workflow, document)
    assert one.recorded == (attrs.evolve(withdrawn, by="service-1"),)
    assert one.left_out == ("Consent.provision.securityLabel",)


def test_an_older_consent_after_its_withdrawal_stays_withdrawn():
    """It is kept in its place, named, and not recorded a second time."""
    withdrawn = e.ConsentWithdrawn(**(GIVEN | {"at": hours(5)}), consent="c1")
    workflow = workflow_with([*START, withdrawn])
    (one,) = taken(workflow, of(WHOLE))
    assert len(one.recorded) == 1 and "older than the record" in one.older[0]
    (known,) = workflow.case("7").incident.person("p1").consents
    assert known.status == "withdrawn"
    assert taken(workflow, of(WHOLE))[0].recorded == ()


def test_a_withdrawal_without_an_id_does_not_take_back_another_consent():
    """Of two consents to one scope, it is not known which; somebody is asked."""
    two = [attrs.evolve(WHOLE, consent=None, purpose=p) for p in ("treatment", "research")]
    workflow = workflow_with([*START, *two])
    document = of(attrs.evolve(two[0], receiver="clinic-9"))
    document |= {"status": "inactive", "dateTime": hours(9).isoformat()}
    document["provision"]["type"] = "deny"
    (one,) = taken(workflow, document)
    assert one.recorded == () and "record which is meant" in one.not_recorded[-1]


def test_a_consent_that_was_declined_for_one_receiver_does_not_take_back_another():
    """Our record has no such thing to say, so it is named. What is declined as a whole takes all
    back, and that is named too.
    """
    workflow = workflow_with([*START, WHOLE])
    declined = of(e.ConsentDeclined(**(GIVEN | {"at": hours(5)})))
    limited = json.loads(json.dumps(declined))
    limited["provision"]["actor"] = of(attrs.evolve(WHOLE, receiver="clinic-9"))["provision"]["actor"]  # fmt: skip
    (one,) = taken(workflow, limited)
    assert one.recorded == ()
    assert one.not_recorded[-1] == (
        "p1: one consent to substance_use_records was declined, and another stands; record which is meant"
    )
    (one,) = taken(workflow, declined)
    assert [type(event) for event in one.recorded] == [e.ConsentDeclined]
    assert one.older == (
        "p1: substance_use_records was declined, so all consents to it are withdrawn",
    )
    (last,) = taken(workflow_with(START), limited)
    assert [type(event) for event in last.recorded] == [e.ConsentDeclined]


def test_a_person_has_the_consents_that_the_events_say():
    """Read off the incident where nothing is later, folded from the events otherwise: the same."""
    events = [*START, WHOLE, attrs.evolve(WHOLE, consent="c2", at=hours(3))]
    events += [e.ConsentWithdrawn(**(GIVEN | {"at": hours(4)}), consent="c1")]
    late = of(attrs.evolve(WHOLE, consent="c3", at=hours(3)))
    first, second = workflow_with(events), workflow_with(events[:-1])
    assert len(taken(first, late)[0].recorded) == len(taken(second, late)[0].recorded) == 1
    for one in (*events[3:], attrs.evolve(WHOLE, consent="c3", at=hours(3))):
        if isinstance(one, e.ConsentGiven):
            assert taken(first, of(one))[0].recorded == ()


def test_two_processes_that_take_one_bundle_under_different_senders_record_it_once(tmp_path):
    """Both compare it with the record before either has written."""
    from coresponder import SqlStore
    from coresponder.workflow import taking

    file = str(tmp_path / "agency.db")
    with SqlStore.sqlite(file) as one, SqlStore.sqlite(file) as two:
        first, second = (Workflow(CIT, store, clock=lambda: T0 + dt.timedelta(days=900)) for store in (one, two))  # fmt: skip
        first.replay("7", START)
        assert len(taking.take(first, "7", [WHOLE]).recorded) == 1
        other = taking.take(second, "7", [attrs.evolve(WHOLE, by="service-2")])
        assert other == taking.Taken(incident="7")
        assert len(first.case("7").history) == len(START) + 1


def test_what_was_entered_in_error_is_not_told_again():
    """A consent that was void here stays void when the same Consent comes."""
    workflow = workflow_with([*START, WHOLE])
    workflow.record("7", e.EnteredInError(at=hours(9), by="s", event=4, reason="wrong_person"))
    assert taken(workflow, of(WHOLE))[0].recorded == ()


def test_a_consent_of_somebody_else_is_named():
    """Of a person who is not in the incident, another agency's, or in a status that is no decision."""
    workflow = workflow_with(START)
    document = of(WHOLE)
    other = changed(document, lambda c: c["patient"]["identifier"].update(value="p9"))
    assert taken(workflow, other)[0].not_recorded == (
        "Consent.patient.identifier: the person is nobody of incident 7",
    )
    nobody = changed(document, lambda c: c["patient"].pop("identifier"))
    assert taken(workflow, nobody)[0].not_recorded == (
        (
            "Consent.patient.identifier: it has none of the system urn:coresponder:police.example.org:person,"
            " by which it is found; what `coresponder export fhir` writes has it"
        ),
    )
    (one,) = take_fhir(workflow, document, by="s", agency_id="b.example.org")
    assert one.incident == "" and one.not_recorded == (
        (
            "Consent.sourceAttachment.url names no incident of b.example.org; say which with --incident; it"
            " has that of police.example.org: if that is this agency, say so with --agency-id"
        ),
    )
    del document["dateTime"]
    with pytest.raises(UnreadableFile, match="dateTime"):
        taken(workflow, document)


def test_a_withdrawal_stands_against_a_version_of_the_same_time():
    """Whichever of the two comes first, in one file or two: the consent stays withdrawn."""
    given, withdrawn = of(WHOLE), of(e.ConsentWithdrawn(**GIVEN, consent="c1"))
    for documents in ((given, withdrawn), (withdrawn, given)):
        workflow = workflow_with(START)
        for one in documents:
            (last,) = taken(workflow, one)
        statuses = [one.status for one in workflow.case("7").incident.person("p1").consents]
        assert set(statuses) == {"withdrawn"}
    assert "was declined or withdrawn at the same time" in last.not_recorded[-1]


def test_of_two_versions_of_one_time_the_one_that_covers_less_stands():
    """In either order; the other one is named."""
    short = of(attrs.evolve(WHOLE, until=hours(50)))
    for documents in ((of(WHOLE), short), (short, of(WHOLE))):
        workflow = workflow_with(START)
        for one in documents:
            (last,) = taken(workflow, one)
        (kept,) = workflow.case("7").incident.person("p1").consents
        assert kept.until == hours(50)
    assert "covers less" in last.not_recorded[-1]


def test_of_two_versions_without_an_id_the_one_that_covers_less_stands():
    """At one time, to one receiver; a consent to another receiver is another one."""
    whole = attrs.evolve(WHOLE, consent=None)
    short = attrs.evolve(whole, until=hours(50))
    workflow = workflow_with(START)
    assert len(taken(workflow, of(short))[0].recorded) == 1
    (last,) = taken(workflow, of(whole))
    assert last.recorded == () and "covers less" in last.not_recorded[-1]
    assert len(taken(workflow, of(attrs.evolve(whole, receiver="clinic-9")))[0].recorded) == 1


def test_a_consent_of_the_future_is_named():
    """It would count today, and a withdrawal of today would come before it."""
    workflow = workflow_with(START)
    endless = of(attrs.evolve(WHOLE, until=None))
    (one,) = taken(workflow, endless | {"dateTime": "2099-01-01T00:00:00+00:00"})
    assert one.recorded == ()
    ((event, why),) = one.refused
    assert type(event) is e.ConsentGiven
    assert why == "its time, 2099-01-01T00:00:00+00:00, lies in the future"


def test_a_withdrawal_of_a_known_consent_is_recorded_whatever_its_scope_says():
    """By its id."""
    workflow = workflow_with([*START, WHOLE])
    document = of(e.ConsentWithdrawn(**(GIVEN | {"at": hours(5)}), consent="c1"))
    document["scope"] = {"text": "Services"}
    (one,) = taken(workflow, document)
    assert [type(event) for event in one.recorded] == [e.ConsentWithdrawn]
    assert "Consent.scope: a text of 8 characters" in one.left_out


def test_an_incident_that_is_given_does_not_take_the_place_of_another_one():
    """A resource that names its incident goes there or nowhere."""
    workflow = workflow_with(START)
    workflow.replay("8", START)
    (one,) = taken(workflow, of(WHOLE), incident="8")
    assert (one.incident, one.recorded) == ("", ())
    assert one.not_recorded == (
        "Consent.sourceAttachment.url names another incident than 8; leave --incident out",
    )
    with pytest.raises(NotFound, match="80"):
        taken(workflow, of(WHOLE), incident="80")


# --- appointments ---------------------------------------------------------------------------------

PLAN = e.FollowUpScheduled(
    at=hours(3), **BY, follow_up="f1", kind="home_visit", due=hours(50), owner="clinician-1", person="p1"
)  # fmt: skip


REACHED = {"extension": [{"url": OUTCOME, "valueCode": "reached"}]}


def appointment(status, at=60, **more):
    """Return the planned visit as somebody else's system shows it later."""
    return of(PLAN) | {"status": status, "meta": {"lastUpdated": hours(at).isoformat()}} | more


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        (
            appointment("booked", start=hours(70).isoformat(), end=hours(71).isoformat()),
            attrs.evolve(PLAN, at=hours(60), due=hours(70)),
        ),
        (
            appointment("pending", requestedPeriod=[{"end": hours(80).isoformat()}]),
            attrs.evolve(PLAN, at=hours(60), due=hours(80)),
        ),
        (appointment("cancelled"), e.FollowUpCancelled(at=hours(60), **BY, follow_up="f1")),
        (
            appointment("noshow", cancelationReason={"text": "nobody_home"}),
            e.FollowUpMissed(at=hours(60), **BY, follow_up="f1", reason="nobody_home"),
        ),
        (
            appointment("noshow", cancelationReason={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", "code": "pat-mv"}]}),
            e.FollowUpMissed(at=hours(60), **BY, follow_up="f1", reason="moved"),
        ),
        (
            appointment("fulfilled", start=hours(50).isoformat(), end=hours(51).isoformat(), **REACHED),
            e.FollowUpDone(at=hours(51), **BY, follow_up="f1", kind="home_visit", person="p1"),
        ),
    ],
)  # fmt: skip
def test_a_visit_that_moves_is_one_event(document, wanted):
    """A changed time, canceled, missed, made: once, whoever tells it again."""
    workflow = workflow_with([*START, PLAN])
    (one,) = taken(workflow, document)
    assert one.recorded == (attrs.evolve(wanted, by="service-1"),)
    assert taken(workflow, document)[0].recorded == ()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (appointment("noshow"), "record it by hand"),
        (appointment("arrived"), "Appointment.status"),
        (appointment("entered-in-error"), "Appointment.status"),
        (appointment("booked", requestedPeriod=[]), "neither a start nor an end"),
        (appointment("cancelled", modifierExtension=[{}]), "Appointment.modifierExtension"),
        (appointment("cancelled", identifier=[]), "none of the system urn:coresponder:police.example.org:appointment"),
        (
            appointment(
                "cancelled",
                identifier=[{"system": f"urn:coresponder:{AGENCY}:appointment", "value": " "}],
            ),
            "Appointment.identifier: a text of 1 characters is no id",
        ),
        (
            appointment(
                "cancelled",
                identifier=[{"system": f"urn:coresponder:{AGENCY}:appointment", "value": "f9"}],
            ),
            "incident 7 has no follow-up f9; known: f1",
        ),
    ],
)  # fmt: skip
def test_a_visit_that_cannot_be_recorded_is_named(document, said):
    """Nothing is guessed: neither why it was missed, nor which visit it is, nor when it will be."""
    (one,) = taken(workflow_with([*START, PLAN]), document)
    assert one.recorded == () and any(said in line for line in one.not_recorded)


def test_what_an_appointment_says_besides_is_named():
    """Its comment, a participant that is nobody of ours, and one who declined."""
    document = appointment("cancelled", comment="She was drunk", minutesDuration=30)
    document["participant"] = [{"actor": {"display": "Dr. B"}, "status": "declined"}]
    (one,) = taken(workflow_with([*START, PLAN]), document)
    assert set(one.left_out) == {
        "Appointment.comment",
        "Appointment.minutesDuration",
        "Appointment.participant[0]: nobody of ours, so not compared",
        "Appointment.participant[0].status: a text of 8 characters",
    }
    assert "drunk" not in str(one)
    with pytest.raises(UnreadableFile, match=r"meta\.lastUpdated"):
        taken(workflow_with([*START, PLAN]), document | {"meta": {}})


def test_of_several_people_periods_and_outcomes_the_first_is_read_and_the_rest_named():
    """An outcome without a code, or several, is not guessed."""
    person = {"identifier": {"system": system_of(AGENCY, "person"), "value": "p1"}}
    both = [{"actor": person, "status": "accepted"}, {"actor": person, "status": "accepted"}]
    periods = [{"end": hours(60).isoformat()}, {"end": hours(70).isoformat()}]
    document = appointment("proposed", requestedPeriod=periods, participant=both)
    (one,) = taken(workflow_with([*START, PLAN]), document)
    assert one.recorded[0].due == hours(60)
    assert one.left_out == (
        "Appointment.requestedPeriod[1]: only the first one is read",
        "Appointment.participant[1]: only the first of its kind is read",
    )
    for codes, said in (([None], "nothing is no outcome"), (["reached", "refused"], "several")):
        outcomes = [{"url": OUTCOME, "valueCode": code} for code in codes]
        done = appointment("fulfilled", end=hours(60).isoformat(), extension=outcomes)
        (one,) = taken(workflow_with([*START, PLAN]), done)
        assert one.recorded == () and said in one.not_recorded[0]


def test_what_is_about_another_person_is_named_and_not_recorded():
    """A visit with somebody else than the follow-up's person, or with nobody of the incident; a
    Task for somebody else than the referral's.
    """

    def with_(id):
        return [{"actor": {"identifier": {"system": system_of(AGENCY, "person"), "value": id}}}]

    nobodys = attrs.evolve(PLAN, person=None)
    for plan, person, said in ((PLAN, "p2", "another person"), (nobodys, "p9", "nobody of this")):
        for status, more in (
            ("fulfilled", {"end": hours(70).isoformat()}),
            ("booked", {"start": hours(70).isoformat()}),
        ):
            document = appointment(status, participant=with_(person), **more)
            (one,) = taken(workflow_with([*START, plan]), document)
            assert one.recorded == () and said in one.not_recorded[0]
    full = CIT.replay("7", story("accepted"))
    task = resources(full, "Task")[0]
    task["for"]["identifier"]["value"] = "p2"
    known = workflow_with([one for one in story("requested") if not isinstance(one, CONSENTS)])
    (one,) = taken(known, task)
    assert one.recorded == () and "for another person" in one.not_recorded[0]


def test_a_visit_that_was_planned_and_canceled_at_one_time_is_named():
    """In either order, the first that was recorded stands."""
    moved = appointment("booked", start=hours(70).isoformat())
    canceled = appointment("cancelled")
    for first, second in ((moved, canceled), (canceled, moved)):
        workflow = workflow_with([*START, PLAN])
        assert len(taken(workflow, first)[0].recorded) == 1
        (one,) = taken(workflow, second)
        assert one.recorded == () and "record which is meant" in one.not_recorded[0]


MADE = appointment("fulfilled", end=hours(70).isoformat(), **REACHED)
MISSED = appointment("noshow", end=hours(70).isoformat(), cancelationReason={"text": "nobody_home"})


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (MADE, MISSED, "made and missed"),
        (MISSED, MADE, "missed and made"),
        (MISSED, MISSED | {"cancelationReason": {"text": "moved"}}, "missed for two reasons"),
        (MADE, MADE | {"extension": [{"url": OUTCOME, "valueCode": "safe"}]}, "made with two outcomes"),
        (
            appointment("booked", start=hours(70).isoformat()),
            appointment("booked", start=hours(80).isoformat()),
            "planned in two ways",
        ),
    ],
)  # fmt: skip
def test_two_appointments_that_contradict_each_other_at_one_time_are_named(first, second, said):
    """The first stands, and a person says which is meant."""
    workflow = workflow_with([*START, PLAN])
    assert len(taken(workflow, first)[0].recorded) == 1
    (one,) = taken(workflow, second)
    assert one.recorded == ()
    assert one.not_recorded == (f"f1: it was {said} at one time; record which is meant",)
    assert taken(workflow, first)[0] == type(one)(incident="7")


def test_a_visit_that_is_made_or_missed_after_it_was_over_is_named():
    """It is recorded, out of place, and once. That it was made at another time is named."""
    later = {"end": hours(75).isoformat()}
    for first, second, said in (
        (MADE, MISSED | later, "f1: missed after it was made"),
        (appointment("cancelled"), MADE, "f1: made after it was canceled"),
    ):
        workflow = workflow_with([*START, PLAN])
        taken(workflow, first)
        (one,) = taken(workflow, second)
        assert len(one.recorded) == 1 and one.older == (said,)
        assert taken(workflow, second)[0] == type(one)(incident="7")
    workflow = workflow_with([*START, PLAN])
    taken(workflow, MADE)
    (one,) = taken(workflow, MADE | later)
    assert one.recorded == ()
    assert one.older == ("f1: made at another time than recorded; the first one stands",)


def test_the_reason_of_a_missed_visit_is_one_reason():
    """Two that differ are named. Once it is recorded, the same Appointment needs no reason."""
    code = {"system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", "code": "pat-mv"}  # fmt: skip
    two = MISSED | {"cancelationReason": {"text": "nobody_home", "coding": [code]}}
    workflow = workflow_with([*START, PLAN])
    (one,) = taken(workflow, two)
    assert one.recorded == () and "record it by hand" in one.not_recorded[0]
    taken(workflow, MISSED)
    bare = {name: value for name, value in MISSED.items() if name != "cancelationReason"}
    assert taken(workflow, bare)[0] == type(one)(incident="7")


def test_a_canceled_visit_with_another_person_is_named():
    """Whatever its status."""
    document = appointment("cancelled")
    document["participant"][0]["actor"]["identifier"]["value"] = "p2"
    (one,) = taken(workflow_with([*START, PLAN]), document)
    assert one.recorded == () and "another person" in one.not_recorded[0]


def test_an_older_appointment_after_a_newer_one_is_kept_in_its_place():
    """That it was moved comes after it was made: it stays made."""
    done = e.FollowUpDone(at=hours(51), **BY, follow_up="f1", kind="home_visit")
    workflow = workflow_with([*START, PLAN, done])
    moved = appointment("booked", at=40, start=hours(49).isoformat())
    (one,) = taken(workflow, moved)
    assert len(one.recorded) == 1 and "older than" in one.older[0]
    assert workflow.case("7").incident.follow_up("f1").status == "done"
    assert taken(workflow, moved)[0].recorded == ()
    again = appointment("booked", at=90, start=hours(99).isoformat())
    assert "planned again after it was made" in taken(workflow, again)[0].older[0]


# --- bundles --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["searchset", "transaction", "collection", "batch"])
def test_a_bundle_is_taken_in_the_order_of_time(kind):
    """A Task, a Consent and its end, and an Appointment, the newest first, of two incidents."""
    known = [event for event in story("requested") if not isinstance(event, (*CONSENTS, *VISITS))]
    full = CIT.replay("7", story("accepted"))
    sent = resources(full, "Task", "Consent", "Appointment", "Encounter", "ServiceRequest")[::-1]
    workflow = workflow_with(known)
    workflow.replay("8", START)
    other = json.loads(json.dumps(of(WHOLE)).replace(f"{AGENCY}:incident:7", f"{AGENCY}:incident:8"))  # fmt: skip
    first = taken(workflow, bundle(*sent, other, kind=kind))
    by_incident = {one.incident: one for one in first}
    assert list(by_incident) == ["7", "8", ""]
    times = [event.at for event in by_incident["7"].recorded]
    assert times == sorted(times) and len(times) > 4
    assert len(by_incident["8"].recorded) == 1
    assert sum("is not read" in line for line in by_incident[""].left_out) == 3
    again = taken(workflow, bundle(*sent, other, kind=kind))
    assert [event for one in again for event in one.recorded] == []


def test_an_entry_that_deletes_was_not_found_or_is_null_is_named():
    """And does not stop a withdrawal beside it."""
    workflow = workflow_with([*START, WHOLE])
    withdrawn = of(e.ConsentWithdrawn(**(GIVEN | {"at": hours(5)}), consent="c1"))
    other = of(attrs.evolve(WHOLE, consent="c2"))
    document = bundle(withdrawn, other, other)
    document["entry"][1]["request"] = {"method": "DELETE"}
    document["entry"][2]["response"] = {"status": "404"}
    document["entry"].append(None)
    one, rest = taken(workflow, document)
    assert [type(event) for event in one.recorded] == [e.ConsentWithdrawn]
    assert [line.split(":")[0] for line in rest.not_recorded] == [
        "entry[1]",
        "entry[2]",
        "entry[3]",
    ]


def test_what_cannot_be_read_does_not_stop_the_rest_of_a_bundle():
    """No resource, another shape, no incident here: each is named with its place."""
    stranger = json.loads(json.dumps(of(WHOLE)).replace(":incident:7", ":incident:99"))
    document = bundle(None, {"resourceType": "Task"}, stranger, of(WHOLE))
    workflow = workflow_with(START)
    mine, rest = taken(workflow, document)
    assert len(mine.recorded) == 1
    assert [line.partition(":")[0] for line in rest.not_recorded] == [
        "entry[0]",
        "entry[1]",
        "entry[2]",
    ]
    with pytest.raises(UnreadableFile, match="entry"):
        resources_of({"resourceType": "Bundle", "entry": 5}, agency=AGENCY)
    with pytest.raises(UnreadableFile, match="Patient is not read"):
        resources_of({"resourceType": "Patient"}, agency=AGENCY)


def test_two_stores_that_take_one_bundle_after_another_record_it_once(tmp_path):
    """The second store knows the case as it was before the first one wrote."""
    from coresponder import SqlStore

    file = str(tmp_path / "agency.db")
    with SqlStore.sqlite(file) as one, SqlStore.sqlite(file) as two:
        first, second = Workflow(CIT, one), Workflow(CIT, two)
        first.replay("7", START)
        second.case("7")
        assert len(taken(first, of(WHOLE))[0].recorded) == 1
        assert taken(second, of(WHOLE))[0].recorded == ()
        assert len(first.case("7").history) == len(START) + 1


def test_the_command_takes_a_bundle(tmp_path):
    """`import fhir` prints each incident and what was not read; as JSON, a list."""
    from click.testing import CliRunner

    from coresponder import SqlStore
    from coresponder.cli.commands import commands

    store, file = str(tmp_path / "agency.db"), tmp_path / "bundle.json"
    with SqlStore.sqlite(store) as opened:
        Workflow(CIT, opened).replay("7", START)
    file.write_text(json.dumps(bundle(of(WHOLE), {"resourceType": "Patient"})))
    words = ["import", "fhir", store, str(file), "--by", "clinic-1", "--agency-id", AGENCY]
    first = CliRunner().invoke(commands, words)
    assert first.exit_code == 0 and "recorded: ConsentGiven" in first.output
    assert "not read: entry[1]: resourceType: Patient is not read" in first.output
    again = json.loads(CliRunner().invoke(commands, [*words, "--format", "json"]).stdout)
    assert [one["recorded"] for one in again] == [[], []]
    same = CliRunner().invoke(commands, words)
    assert same.exit_code == 0 and "nothing was recorded: the record has all of it" in same.output


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (bundle({"resourceType": "Patient"}), "not recorded: the Bundle has no Task, no Consent and no"),
        (bundle(), "not recorded: the Bundle has no Task, no Consent and no"),
        (bundle({"resourceType": "Task"}), "not recorded: entry[0]: status: "),
        (of(WHOLE) | {"status": "proposed"}, "not recorded: Consent.status"),
        (changed(of(WHOLE), lambda c: c["scope"].update(text="x")), "not recorded: the Consent is not recorded"),
        (bundle(of(WHOLE), kind="searchset") | {"incident": "8"}, "not recorded: entry[0]: Consent.sourceAttachment.url names another incident"),
    ],
)  # fmt: skip
def test_the_command_says_by_its_exit_code_that_something_was_not_recorded(
    tmp_path, document, said
):
    """Exit 1, and the last line says that nothing was."""
    from click.testing import CliRunner

    from coresponder import SqlStore
    from coresponder.cli.commands import commands

    store, file = str(tmp_path / "agency.db"), tmp_path / "in.json"
    with SqlStore.sqlite(store) as opened:
        for incident in ("7", "8"):
            Workflow(CIT, opened).replay(incident, START)
    incident = document.pop("incident", None)
    file.write_text(json.dumps(document))
    words = ["import", "fhir", store, str(file), "--by", "s", "--agency-id", AGENCY]
    done = CliRunner().invoke(commands, [*words, *(["--incident", incident] if incident else [])])
    assert done.exit_code == 1 and said in done.output
    assert done.output.endswith("nothing was recorded\n")


def _numbered(person, **more):
    found = {"resourceType": "Patient", "id": "3", **more}
    return found | {"identifier": [{"system": system_of(AGENCY, "person"), "value": person}]}


def _given(reference):
    """A consent of p1, with a reference to some resource."""
    found = of(e.ConsentGiven(at=hours(4), by="s", person="p1"))
    for one in (found["patient"], *found["performer"]):
        one["reference"] = reference
    return found


@pytest.mark.parametrize("order", [("p1", "p2"), ("p2", "p1")])
def test_a_number_of_two_people_is_nobodys_in_any_order(order):
    """A Bundle that gives two people one number does not say whose a Consent is."""
    workflow = workflow_with(START)
    (one,) = taken(workflow, bundle(*map(_numbered, order), _given("Patient/3")))
    assert one.recorded == ()
    assert any("it points to another resource" in said for said in one.not_recorded)


def test_a_number_that_only_the_full_url_has_counts():
    """A server need not write the number into the resource, too."""
    patient = _numbered("p2")
    patient.pop("id")
    document = bundle(patient, _given("Patient/3"))
    document["entry"][0]["fullUrl"] = "https://a.example.org/fhir/Patient/3"
    (one,) = taken(workflow_with(START), document)
    assert one.recorded == ()
    assert any("it points to another resource" in said for said in one.not_recorded)


@pytest.mark.parametrize(("person", "count"), [("p1", 1), ("p2", 0)])
def test_a_reference_that_searches_for_another_person_is_seen(person, count):
    """A reference may be a search by identifier; it has to be the one that it names."""
    query = f"Patient?identifier={system_of(AGENCY, 'person')}|{person}"
    (one,) = taken(workflow_with(START), _given(query))
    assert (len(one.recorded), len(one.not_recorded)) == (count, 1 - count)


def test_a_withdrawal_with_the_identifier_of_another_person_is_not_recorded():
    """Nobody can say whose consent is withdrawn; a person has to look."""
    given = [e.ConsentGiven(at=hours(2), by="s", person=person) for person in ("p1", "p2")]
    workflow = workflow_with([*START, *given])
    document = of(e.ConsentWithdrawn(at=hours(4), by="s", person="p1"))
    for one in document["identifier"]:
        one["value"] = one["value"].replace("p1", "p2")
    (one,) = taken(workflow, document)
    assert one.recorded == ()
    assert one.not_recorded == (
        "Consent.identifier: it is the consent of another person than Consent.patient",
    )


def test_a_withdrawal_that_was_entered_in_error_is_named_when_it_is_told_again():
    """It stays void, and the consent stands; nobody is to believe that it was withdrawn."""
    workflow = workflow_with([*START, e.ConsentGiven(at=hours(2), by="s", person="p1")])
    document = of(e.ConsentWithdrawn(at=hours(4), by="s", person="p1"))
    taken(workflow, document)
    number = workflow.case("7").version
    workflow.record("7", e.EnteredInError(at=hours(5), by="s", event=number, reason="wrong_person"))
    (one,) = taken(workflow, document)
    assert one.recorded == ()
    assert one.older == ("p1: the same Consent was entered in error, and is not recorded again",)
