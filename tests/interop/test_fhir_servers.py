"""FHIR R4 in, as servers send it: again, alone or in any Bundle, in every status of the value sets, with
what a server adds; a family of which one part is bad.
"""

import copy
import json

import attrs
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from coresponder import SqlStore, Workflow
from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.interop.fhir import bundle_of
from coresponder.interop.fhir.codes import OUTCOME, STATUSES, elsewhere, system_of
from tests.interop.test_fhir import AGENCY, CIT, T0, assert_sound, hours, story
from tests.interop.test_fhir import task as task_in
from tests.interop.test_fhir_in import (
    BY,
    GIVEN,
    MADE,
    PLAN,
    PLANS,
    START,
    TOLD,
    WHOLE,
    appointment,
    bundle,
    of,
    resources,
    taken,
    those_who_know_them,
    workflow_with,
)

INCIDENT = {"groupIdentifier": {"system": system_of(AGENCY, "incident"), "value": "7"}}


# --- again ----------------------------------------------------------------------------------------


def told_by(event):
    """Return the Consent or Appointment of one event about the family."""
    kind = "Appointment" if hasattr(event, "follow_up") else "Consent"
    found = resources(CIT.replay("7", [*START, *PLANS, event]), kind)
    mine = lambda one: getattr(event, "follow_up", None) in {None, one["identifier"][0]["value"]}
    return next(one for one in found if mine(one))


AT_ONCE = st.lists(
    st.tuples(TOLD, st.sampled_from([hours(3), hours(4), hours(5)])).map(
        lambda one: attrs.evolve(one[0], at=one[1])
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(AT_ONCE)
def test_what_was_recorded_has_no_news_when_it_comes_again(events):
    """Consents and visits in any order of time, also against each other at one time, one after the
    other: of those that were recorded, the second time nothing is recorded and nothing is named.
    """
    workflow = workflow_with([*START, *PLANS])
    documents = [told_by(event) for event in events]
    first = [taken(workflow, one)[0] for one in documents]
    for document, before in zip(documents, first, strict=True):
        if before.recorded:
            (after,) = taken(workflow, document)
            assert after.recorded == after.not_recorded == ()


def test_a_plan_of_the_time_at_which_the_visit_was_missed_does_not_plan_it_again():
    """Booked as before, and missed, at one time: sent again, the visit stays missed."""
    bare = {"cancelationReason": {"text": "nobody_home"}}
    booked, missed = (
        appointment("booked", start=PLAN.due.isoformat()),
        appointment("noshow", **bare),
    )
    workflow = workflow_with([*START, PLAN])
    for _ in range(2):
        taken(workflow, bundle(booked, missed))
        assert workflow.case("7").incident.follow_up("f1").status == "missed"
    assert len(workflow.case("7").recorded()) == len(START) + 2


def test_a_consent_and_its_withdrawal_of_one_time_come_again():
    """The record has both, so neither is named."""
    withdrawn = of(e.ConsentWithdrawn(**GIVEN, consent="c1"))
    for pair in ((of(WHOLE), withdrawn), (withdrawn, of(WHOLE))):
        workflow = workflow_with(START)
        assert [len(one.recorded) for one in taken(workflow, bundle(*pair))] == [2]
        (again,) = taken(workflow, bundle(*pair))
        assert again == type(again)(incident="7")
        (kept,) = workflow.case("7").incident.person("p1").consents
        assert kept.status == "withdrawn"


# --- what came of a contact -----------------------------------------------------------------------

BARE = {name: value for name, value in MADE.items() if name != "extension"}


def test_that_somebody_was_reached_is_never_guessed():
    """Fulfilled says that the visit took place and not what came of it: it is named, with the codes, and
    a person says it. What the person recorded, also later, answers the same Appointment for good.
    """
    workflow = workflow_with([*START, PLAN])
    (one,) = taken(workflow, BARE)
    assert one.recorded == ()
    assert one.not_recorded == (
        (
            f"follow-up f1: it was fulfilled, and no extension {OUTCOME} says what came of it (reached,"
            " connected_to_care, safe, needs_more_help, declined); ask, and record FollowUpDone by hand"
        ),
    )
    for at in (70, 72):
        done = e.FollowUpDone(
            at=hours(at), **BY, follow_up="f1", kind="home_visit", outcome="declined"
        )
        (one,) = taken(workflow_with([*START, PLAN, done]), BARE)
        assert one.recorded == one.not_recorded == ()


def test_a_reason_answers_one_plan_and_not_the_next():
    """Nobody was at home; the visit is planned again, and missed again, for what reason is not said."""
    missed = e.FollowUpMissed(at=hours(72), **BY, follow_up="f1", reason="nobody_home")
    again = attrs.evolve(PLAN, at=hours(80), due=hours(99))
    bare = appointment("noshow", end=hours(70).isoformat())
    (one,) = taken(workflow_with([*START, PLAN, missed]), bare)
    assert one.recorded == one.not_recorded == ()
    later = bare | {"end": hours(90).isoformat()}
    (one,) = taken(workflow_with([*START, PLAN, missed, again]), later)
    assert one.recorded == () and "record it by hand" in one.not_recorded[0]


# --- alone, or in a Bundle ------------------------------------------------------------------------


def wrapped(document, kind):
    """Return a resource alone, or as the only entry of a Bundle as a server writes it."""
    if kind == "alone":
        return document
    entry = {
        "resource": document,
        "fullUrl": f"https://ehr.example.org/{document['resourceType']}/1",
    }
    if kind == "searchset":
        entry["search"] = {"mode": "match"}
    if kind in {"transaction", "batch"}:
        entry["request"] = {"method": "PUT", "url": "Task/1"}
    if kind == "history":
        entry |= {
            "request": {"method": "POST", "url": "Task"},
            "response": {"status": "201 Created"},
        }
    return {"resourceType": "Bundle", "type": kind, "entry": [entry]}


@pytest.fixture
def store(tmp_path):
    """A family's incident 7, its referral sent and its visit planned; and incident 8."""
    file = str(tmp_path / "agency.db")
    with SqlStore.sqlite(file) as opened:
        workflow = Workflow(CIT, opened)
        workflow.replay("7", those_who_know_them().case("7").recorded())
        workflow.replay("8", START)
    return file


def imported(store, tmp_path, document, *more, agency=AGENCY):
    file = tmp_path / "in.json"
    file.write_text(json.dumps(document))
    words = ["import", "fhir", store, str(file), "--by", "ehr-1", "--agency-id", agency, *more]
    return CliRunner().invoke(commands, words)


NOBODYS = task_in("accepted") | {"groupIdentifier": {"system": "urn:x", "value": "7"}}
CASES = {
    "ours": (task_in("accepted") | INCIDENT, (), 0, "recorded: ReferralAccepted"),
    "another incident": (task_in("accepted") | INCIDENT, ("--incident", "8"), 1, "Task.groupIdentifier names another incident than 8"),
    "no incident": (task_in("accepted"), (), 1, "Task.groupIdentifier names no incident of police.example.org; say which"),
    "none of ours": (NOBODYS, (), 1, "Task.groupIdentifier names no incident of police.example.org"),
    "unknown incident": (json.loads(json.dumps(task_in("accepted") | INCIDENT).replace('"7"', '"77"')), (), 1, "77"),
    "no referral": (task_in("accepted", id="r9") | INCIDENT, (), 1, "incident 7 has no referral r9; known: r1, r2"),
    "no identifier": (task_in("accepted") | INCIDENT | {"identifier": []}, (), 1, "Task.identifier: it has none of the system urn:coresponder:police.example.org:task"),
    "no visit": (appointment("cancelled", identifier=[{"system": "urn:x", "value": "1"}]), (), 1, "Appointment.identifier: it has none of the system urn:coresponder:police.example.org:appointment"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["alone", "searchset", "collection", "transaction", "batch", "history"])  # fmt: skip
@pytest.mark.parametrize("name", CASES)
def test_a_resource_is_answered_alike_alone_and_in_a_bundle(store, tmp_path, name, kind):
    """The same exit code, the same words; an incident that is given and is not here is an error."""
    document, more, code, said = CASES[name]
    done = imported(store, tmp_path, wrapped(document, kind), *more)
    assert (done.exit_code, said in done.output) == (code, True), done.output
    assert imported(store, tmp_path, wrapped(document, kind), "--incident", "77").exit_code == 2


def test_whoever_forgets_the_agencys_id_is_told_which_one_it_is(store, tmp_path):
    """By the incident that is named, and by the identifier if the incident is given."""
    for more in ((), ("--incident", "7")):
        done = imported(store, tmp_path, task_in("accepted") | INCIDENT, *more, agency="default")
        assert done.exit_code == 1
        assert "it has that of police.example.org: if that is this agency" in done.output
    assert (
        elsewhere(["urn:coresponder:Mary Smith:task", None, "urn:coresponder:a:person"], "task")
        == ""
    )


NAMELESS = {
    "Task": (task_in("accepted") | INCIDENT, "Task.groupIdentifier"),
    "Consent": (of(WHOLE), "Consent.sourceAttachment.url"),
    "Appointment": (appointment("cancelled"), "Appointment.supportingInformation.identifier"),
    "a Task of no incident": (task_in("accepted"), "Task.identifier"),
}


@pytest.mark.parametrize("name", NAMELESS)
def test_what_is_of_an_agency_without_an_id_is_not_ours_unless_somebody_says_so(
    store, tmp_path, name
):
    """Two agencies that give no id write the same identifiers: the other's referral r1 is not taken
    for ours, whether the incident is given or not, alone or beside others in a Bundle.
    """
    document, where = NAMELESS[name]
    nameless = json.loads(json.dumps(document).replace(AGENCY, "default"))
    given = ["--incident", "7"] if "of no" in name else []
    (file := tmp_path / "in.json").write_text(json.dumps(nameless))
    words = ["import", "fhir", store, str(file), "--by", "ehr-1"]
    for more in (given, ["--incident", "7"]):
        done = CliRunner().invoke(commands, [*words, *more])
        assert done.exit_code == 1 and "recorded: R" not in done.output
        assert f"not recorded: {where} is of the agency default" in done.output
    file.write_text(
        json.dumps(bundle(nameless, document | INCIDENT if "Task" in name else document))
    )
    done = CliRunner().invoke(commands, [*words, "--incident", "7"])
    assert f"not recorded: entry[0]: {where} is of the agency default" in done.output
    assert "take it with --agency-id default" in done.output
    file.write_text(json.dumps(nameless))
    done = CliRunner().invoke(commands, [*words, *given, "--agency-id", "default"])
    assert done.exit_code == 0 and "recorded 1" in done.output


def test_an_export_without_an_agency_id_says_so(store):
    """Whoever sends it is told that what comes back is not found to be theirs."""
    words = ["export", "fhir", store, "7"]
    assert (
        "note: the ids in it name the agency default" in CliRunner().invoke(commands, words).stderr
    )
    assert not CliRunner().invoke(commands, [*words, "--agency-id", AGENCY]).stderr


@pytest.mark.parametrize("what", [["fhir"], ["calendar"]])
def test_an_export_for_a_role_that_is_none_is_refused_with_the_roles(store, what):
    """A misspelled role sees nothing, and an empty document would be taken for all there is."""
    incident = ["7"] * (what == ["fhir"])
    words = [
        "export",
        *what,
        store,
        *incident,
        "--for",
        "clinic-1",
        "--purpose",
        "treatment",
        "--as",
    ]
    for role, said in (
        ("wizard", "the views of cit name "),
        ("clinican", "did you mean 'clinician'?"),
    ):
        done = CliRunner().invoke(commands, [*words, role])
        assert done.exit_code == 2
        assert f"--as {role}: there is no such role; {said}" in done.output
    assert CliRunner().invoke(commands, [*words, "clinician"]).exit_code == 0
    done = CliRunner().invoke(commands, ["export", "fhir", store, "7", "--referral", "r9"])
    assert done.exit_code == 2 and "has no referral r9; known: r1, r2" in done.output


def test_a_page_of_a_search_says_that_there_are_more():
    """What is on the next page was not read."""
    page = wrapped(task_in("accepted") | INCIDENT, "searchset")
    page["link"] = [{"relation": "self", "url": "x"}, {"relation": "next", "url": "y"}]
    one, rest = taken(those_who_know_them(), page)
    assert len(one.recorded) == 1
    assert rest.left_out == ("Bundle.link: there is a next page, which is not in this file",)


# --- what a server adds ---------------------------------------------------------------------------


def added_to(document, wanted, more):
    """Return a document in which each part that is `wanted` also has something else."""
    if isinstance(document, list):
        return [added_to(one, wanted, more) for one in document]
    if not isinstance(document, dict):
        return document
    found = {name: added_to(value, wanted, more) for name, value in document.items()}
    return found | more if wanted(document) else found


IDENTIFIER = lambda part: "value" in part and "system" in part
CODING = lambda part: "code" in part and "system" in part


@pytest.mark.parametrize("event", [WHOLE, attrs.evolve(WHOLE, given_by=None, ground=None)])
@pytest.mark.parametrize(
    ("wanted", "more"),
    [
        *((IDENTIFIER, {"use": use}) for use in ("usual", "official", "temp", "secondary")),
        (IDENTIFIER, {"type": {"text": "internal"}, "assigner": {"display": "us"}}),
        (CODING, {"version": "4.0.1", "userSelected": False, "display": "any words"}),
        (lambda part: "scope" in part, {"meta": {"versionId": "2", "lastUpdated": hours(9).isoformat(), "source": "#x", "tag": [{"code": "y"}], "profile": ["z"]}}),
        (lambda part: "scope" in part, {"id": "33", "language": "en", "text": {"status": "generated"}}),
    ],
)  # fmt: skip
def test_what_a_server_adds_to_a_consent_does_not_stop_it(event, wanted, more):
    """The use and type of an identifier, the words and version of a code, what a server keeps of it."""
    (one,) = taken(workflow_with(START), added_to(of(event), wanted, more))
    assert one.recorded == (attrs.evolve(event, by="service-1"),)
    assert one.left_out == one.not_recorded == ()
    only = copy.deepcopy(of(event))
    only["patient"] = added_to(only["patient"], wanted, more)
    assert len(taken(workflow_with(START), only)[0].recorded) == 1


def test_who_the_guardian_is_does_not_stop_a_consent_and_is_named():
    """A name and a phone number limit nothing; that the relation has ended does."""
    document = of(WHOLE)
    document["contained"][0] |= {"name": [{"text": "Ann Doe"}], "telecom": [{"value": "203"}]}
    (one,) = taken(workflow_with(START), document)
    assert len(one.recorded) == 1
    assert one.left_out == ("Consent.contained.name", "Consent.contained.telecom")
    document["contained"][0]["period"] = {"end": T0.isoformat()}
    (one,) = taken(workflow_with(START), document)
    assert one.recorded == () and "Consent.contained.period" in one.left_out


@pytest.mark.parametrize("use", ["old", "gone"])
def test_an_identifier_that_is_no_longer_in_use_names_nobody(use):
    """Of ours: the resource is named. Of another system it says nothing here."""
    document = of(WHOLE)
    mine = wrapped(added_to(document, IDENTIFIER, {"use": use}), "collection")
    (rest,) = taken(workflow_with(START), mine)
    assert "its use does not say that it is still in use" in rest.not_recorded[0]
    document["identifier"].append({"system": "urn:x", "value": "1", "use": use})
    assert len(taken(workflow_with(START), document)[0].recorded) == 1


def test_a_person_who_is_not_compared_is_named():
    """A Task is for Patient/123 of another server, or for an identifier of another system."""
    for whom in ({"reference": "Patient/123"}, {"identifier": {"system": "urn:mrn", "value": "5"}}):
        (one,) = taken(those_who_know_them(), task_in("accepted", **INCIDENT, **{"for": whom}))
        assert len(one.recorded) == 1
        assert one.left_out == (
            f"Task.for: it has no identifier of the system {system_of(AGENCY, 'person')}, so it is not compared",
        )


# --- every status ---------------------------------------------------------------------------------

RECORDED = {
    "Task": {"accepted", "rejected", "in-progress", "on-hold", "completed", "failed", "cancelled"},
    "Consent": {"active", "rejected", "inactive"},
    "Appointment": {"proposed", "pending", "booked", "waitlist", "fulfilled", "cancelled", "noshow"},
}  # fmt: skip


def in_status(kind, status):
    """Return a resource that can be recorded, if its status can."""
    if kind == "Task":
        return task_in(status) | INCIDENT
    if kind == "Appointment":
        why = {"cancelationReason": {"text": "nobody_home"}}
        times = {"start": hours(70).isoformat(), "end": hours(71).isoformat()}
        return appointment(status) | times | MADE_IN | why
    if kind == "Consent":
        permit = "permit" if status == "active" else "deny"
        return of(WHOLE) | {
            "status": status,
            "provision": of(WHOLE)["provision"] | {"type": permit},
        }
    return {"resourceType": kind, "status": status}


MADE_IN = {"extension": MADE["extension"]}


@pytest.mark.parametrize(
    ("kind", "status"), [(kind, status) for kind, every in STATUSES.items() for status in every]
)
def test_every_status_of_fhir_is_recorded_or_named_by_its_word(kind, status):
    """In R4's value sets; what is not recorded has exit code 1, with the word of the status."""
    document = wrapped(in_status(kind, status), "searchset")
    found = taken(those_who_know_them(), document)
    recorded = [event for one in found for event in one.recorded]
    named = [why for one in found for why in one.not_recorded]
    if status in RECORDED.get(kind, ()):
        assert (len(recorded), named) == (1, [])
    elif (kind, status) == ("Task", "requested"):  # so the referral stands
        assert (recorded, named) == ([], [])
    elif kind in RECORDED:
        assert recorded == [] and len(named) == 1 and status in named[0]
    else:
        assert recorded == [] and f"{kind} is not read" in str(found)


@pytest.mark.parametrize("kind", STATUSES)
def test_the_value_sets_are_those_of_fhir(kind):
    """As a FHIR library lists them; `+` says that it leaves some out."""
    import importlib

    module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
    field = getattr(module, kind).model_fields["status"]
    listed = set(field.json_schema_extra["enum_values"])
    assert listed - {"+"} <= set(STATUSES[kind])
    assert "+" in listed or listed == set(STATUSES[kind])


def test_every_status_that_is_written_is_one_of_fhir():
    """Of a referral in each status, and of consents and visits in each."""
    for status in ("draft", "requested", "rejected", "on-hold", "completed", "cancelled"):
        for (kind, _), one in assert_sound(CIT.replay("7", story(status))).items():
            assert one["status"] in STATUSES[kind]


# --- a family -------------------------------------------------------------------------------------


def family():
    """Two children with two referrals and a visit each."""
    events = list(START)
    for child in ("p1", "p2"):
        about = {**BY, "person": child}
        events += [e.ConsentGiven(at=hours(2), **about)] * (child == "p2")
        for number in (1, 2):
            referral = {**BY, "referral": f"{child}-{number}"}
            events += [
                e.ReferralOffered(at=hours(2), **referral, person=child, need="housing"),
                e.ReferralSent(at=hours(3), **referral, person=child, service="s1"),
            ]
        events.append(attrs.evolve(PLAN, follow_up=f"visit-{child}", person=child))
    return events


BROKEN = {
    "a Task without a time": (lambda one: one.pop("lastModified"), "Task"),
    "a Task of another child": (lambda one: one["for"]["identifier"].update(value="p2"), "Task"),
    "a Task of no referral": (lambda one: one["identifier"][0].update(value="x-9"), "Task"),
    "a Task in a status that is none": (lambda one: one.update(status="done"), "Task"),
    "an Appointment without an outcome": (lambda one: one.pop("extension"), "Appointment"),
    "an Appointment of nobody": (lambda one: one["participant"][0]["actor"]["identifier"].update(value="p9"), "Appointment"),
    "a Consent that is limited": (lambda one: one["provision"].update(securityLabel=[{}]), "Consent"),
    "a Consent of a day": (lambda one: one.update(dateTime="2026-03-03"), "Consent"),
    "nothing": (lambda one: one.clear(), "Task"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["searchset", "collection", "transaction"])
@pytest.mark.parametrize("name", BROKEN)
def test_one_bad_part_of_a_familys_bundle_costs_no_other(tmp_path, name, kind):
    """Four referrals accepted, two visits made, a consent of each child: of nine parts eight are
    recorded and one is named with its place, exit code 1; sent again, none is recorded and the same
    part is named; mended, it alone is recorded.
    """
    known = workflow_with(family()).case("7")
    later = [
        *(e.ReferralAccepted(at=hours(40), **BY, referral=f"{child}-{n}") for child in ("p1", "p2") for n in (1, 2)),
        *(e.FollowUpDone(at=hours(50), **BY, follow_up=f"visit-{child}", kind="home_visit", person=child) for child in ("p1", "p2")),
        *(e.ConsentGiven(at=hours(9), **BY, person=child, scope="sharing", receiver="clinic-1") for child in ("p1", "p2")),
    ]  # fmt: skip
    every = bundle_of(CIT.replay("7", [*known.recorded(), *later]), agency=AGENCY)["entry"]
    news = [one["resource"] for one in json.loads(json.dumps(every))]
    news = [one for one in news if one["resourceType"] in RECORDED and one.get("status") != "requested"]  # fmt: skip
    news = [one for one in news if one["resourceType"] != "Consent" or "sharing" in str(one["scope"])]  # fmt: skip
    assert len(news) == len(later)
    change, which = BROKEN[name]
    spot = next(n for n, one in enumerate(news) if one["resourceType"] == which)
    broken = copy.deepcopy(news)
    change(broken[spot])
    store = str(tmp_path / "agency.db")
    with SqlStore.sqlite(store) as opened:
        Workflow(CIT, opened).replay("7", family())
    done = imported(store, tmp_path, bundle(*broken, kind=kind))
    assert (done.exit_code, done.output.count("recorded: ")) == (1, len(later))  # one is "not"
    assert done.output.count("not recorded: entry[") == 1
    assert f"not recorded: entry[{spot}]" in done.output
    again = imported(store, tmp_path, bundle(*broken, kind=kind))
    assert again.exit_code == 1 and again.output.count("recorded: ") == 1
    mended = imported(store, tmp_path, bundle(*news, kind=kind))
    assert mended.exit_code == 0 and mended.output.count("recorded: ") == 1
