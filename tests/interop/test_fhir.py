"""FHIR R4: what is written is read by a FHIR library and keeps the rules of SDOH Clinical Care; a
Task that comes back makes one event.
"""

import datetime as dt
import importlib
import itertools
import json

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from coresponder import MemoryStore, Workflow
from coresponder.domain import events as e
from coresponder.domain.vocabulary import ReferralReason
from coresponder.errors import NotFound, UnreadableFile
from coresponder.interop.fhir import bundle_of, incident_of_task, may_move, may_set, news_of_task
from coresponder.interop.fhir.codes import business_status, output_of
from coresponder.interop.fhir.history import EVENTS
from coresponder.interop.fhir.transitions import MOVES, SET_BY, STATUSES
from coresponder.program import load_program
from coresponder.testing import journeys
from coresponder.workflow.taking import take, take_task
from tests.conftest import SHARED, needs_shared

AGENCY = "police.example.org"
T0 = dt.datetime(2026, 3, 2, 21, tzinfo=dt.UTC)
CIT = load_program("cit")
WAYS = {
    "draft": [],
    "requested": ["Sent"],
    "accepted": ["Sent", "Accepted"],
    "rejected": ["Sent", "Rejected"],
    "in-progress": ["Sent", "Accepted", "Connected"],
    "on-hold": ["Sent", "Accepted", "PutOnHold"],
    "completed": ["Sent", "Accepted", "Completed"],
    "failed": ["Sent", "Accepted", "Failed"],
    "cancelled": ["Sent", "Cancelled"],
}


MOVED = (
    "Accepted",
    "Rejected",
    "Connected",
    "PutOnHold",
    "Resumed",
    "Completed",
    "Failed",
    "Cancelled",
)


def hours(n):
    return T0 + dt.timedelta(hours=n)


def story(status="requested"):
    """A family: one referral of the mother's that has a status, and one of the child's."""
    by = {"by": "clinician-1"}
    way = [
        e.ReferralSent(at=hours(3), **by, referral="r1", person="p1", service="s1", due=hours(72))
        if name == "Sent"
        else getattr(e, f"Referral{name}")(at=hours(4 + n), **by, referral="r1")
        for n, name in enumerate(WAYS[status])
    ]
    return [
        e.CallReceived(at=T0, **by, source="911", nature="mental_health_crisis"),
        e.PersonInvolved(at=hours(1), **by, person="p1", role="person_in_crisis"),
        e.PersonInvolved(at=hours(1), **by, person="p2", role="child_present"),
        e.ConsentGiven(at=hours(1), **by, person="p1"),
        e.ConsentGiven(at=hours(1), **by, person="p1", scope="sharing"),
        e.ConsentWithdrawn(at=hours(2), **by, person="p1", scope="sharing"),
        e.ConsentDeclined(at=hours(2), **by, person="p2"),
        e.ReferralOffered(at=hours(2), **by, referral="r1", person="p1", need="housing"),
        e.ReferralOffered(at=hours(2), **by, referral="r2", person="p2", need="child_trauma_treatment"),
        *way,
        e.FollowUpScheduled(at=hours(9), **by, follow_up="f1", kind="home_visit", due=hours(48), owner="clinician-1", person="p1"),
        e.FollowUpDone(at=hours(30), **by, follow_up="f1", kind="home_visit"),
        e.FollowUpScheduled(at=hours(31), **by, follow_up="f2", kind="phone_call", due=hours(90)),
    ]  # fmt: skip


def written(case):
    """Write a bundle, have the library read it, and return the resources by type and identifier."""
    from fhir.resources.R4B.bundle import Bundle

    bundle = json.loads(json.dumps(bundle_of(case, agency=AGENCY)))
    Bundle.model_validate(bundle)
    resources = [entry["resource"] for entry in bundle["entry"]]
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    for resource in resources:
        module = importlib.import_module(f"fhir.resources.R4B.{resource['resourceType'].lower()}")
        getattr(module, resource["resourceType"]).model_validate(resource)
    return {(one["resourceType"], one["identifier"][0]["value"]): one for one in resources}, urls


def references(value):
    if isinstance(value, dict):
        there = value.get("reference")
        yield from [there] if isinstance(there, str) and there != "#giver" else []
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def assert_sound(case):
    """What SDOH Clinical Care asks of a Task, a ServiceRequest and a Consent."""
    found, urls = written(case)
    assert {one for resource in found.values() for one in references(resource)} <= set(urls)
    for (kind, _), one in found.items():
        if kind == "Task":
            assert (one["intent"], one["code"]["coding"][0]["code"]) == ("order", "fulfill")
            assert {"focus", "for", "authoredOn", "requester"} <= set(one)
            assert one["status"] in STATUSES
            assert one.get("statusReason", {"text": "x"})["text"]
            assert ("output" in one) == (one["status"] == "completed")
            assert one["authoredOn"] <= one["lastModified"]
        elif kind == "ServiceRequest":
            assert one["intent"] == "order" and one["category"] and one["code"]
        elif kind == "Consent":
            assert {"patient", "dateTime", "sourceAttachment", "policyRule", "performer"} <= set(
                one
            )
            assert len(one["organization"]) == 1
        elif kind == "Appointment":
            assert ("start" in one) == ("end" in one)
            assert "start" in one or one["status"] in {"proposed", "cancelled"}
    return found


def test_a_family_is_written_without_a_name():
    """Two referrals, consents that stand and that do not, a visit that was made and one to come."""
    found = assert_sound(CIT.replay("7", story()))
    assert found["Encounter", "7"]["class"]["code"] == "FLD"
    statuses = {key[1]: one["status"] for key, one in found.items() if key[0] == "Consent"}
    assert statuses == {
        "p1/services": "active",
        "p1/sharing": "inactive",
        "p2/services": "rejected",
    }
    task = found["Task", "r1"]
    assert (task["status"], task["businessStatus"]["coding"][0]["code"]) == ("requested", "2.0")
    assert task["restriction"]["period"]["end"] == hours(72).isoformat()
    assert (
        found["ServiceRequest", "r1"]["category"][0]["coding"][0]["code"] == "housing-instability"
    )
    assert len(found["ServiceRequest", "r1"]["supportingInfo"]) == 1
    assert found["Task", "r2"]["status"] == "draft" and "owner" not in found["Task", "r2"]
    assert [found["Appointment", f]["status"] for f in ("f1", "f2")] == ["fulfilled", "proposed"]


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(journeys("cit"))
def test_every_incident_is_written_so_that_a_fhir_library_reads_it(journey):
    """Also with events that are late, void or out of place."""
    assume(any(entry.happened for entry in journey.case.entries()))
    assert_sound(journey.case)


def test_each_consent_is_written_with_its_receiver_purpose_and_end():
    """Two to one receiver, for two purposes, are two; one to any school is not one to anybody."""
    about = {"by": "c-1", "person": "p1", "scope": "sharing", "receiver": "clinic-1"}
    case = CIT.replay(
        "7",
        [
            *story()[:2],
            e.ConsentGiven(at=hours(2), **about, purpose="treatment", until=hours(90)),
            e.ConsentGiven(at=hours(2), **about, purpose="oversight"),
            e.ConsentGiven(at=hours(2), by="c-1", person="p1", receiver_kind="school"),
        ],
    )
    found = assert_sound(case)
    treated = found["Consent", "p1/sharing/clinic-1/treatment"]["provision"]
    assert treated["period"]["end"] == hours(90).isoformat()
    assert treated["actor"][0]["reference"]["identifier"]["value"] == "clinic-1"
    assert [one["code"] for one in treated["purpose"]] == ["TREAT"]
    seen = found["Consent", "p1/sharing/clinic-1/oversight"]["provision"]
    assert [one["code"] for one in seen["purpose"]] == ["oversight"]
    school = found["Consent", "p1/services/school"]["provision"]
    assert school["actor"][0]["reference"]["display"] == "any school"


def tasks_of(case):
    bundle = bundle_of(case, agency=AGENCY)
    found = [entry["resource"] for entry in bundle["entry"]]
    return {one["identifier"][0]["value"]: one for one in found if one["resourceType"] == "Task"}


def check_the_task_comes_back(program, case):
    """Forget the last move of each referral, take its Task, and write it again."""
    happened = [entry.event for entry in case.entries() if entry.happened]
    compared = 0
    for id, sent in (tasks_of(case) if happened else {}).items():
        told = [event for event in happened if getattr(event, "referral", None) == id]
        known = program.replay("7", [event for event in happened if event is not told[-1]])
        before = tasks_of(known).get(id)
        if (
            before is None
            or before["status"] == sent["status"]
            or not may_set(sent["status"], "target")
        ):
            continue
        news = news_of_task(sent, known, agency=AGENCY, by="s1")
        after = program.replay("7", [*known.recorded(), *news.events])
        again = tasks_of(after)[id]
        same = ("status", "statusReason", "businessStatus", "lastModified", "output", "restriction")
        assert {name: again.get(name) for name in same} == {name: sent.get(name) for name in same}
        assert news_of_task(sent, after, agency=AGENCY, by="s1").events == ()
        compared += 1
    return compared


@st.composite
def referred(draw):
    """One to five moves of a sent referral that the table has, with any reason."""
    events, minute, status = [], 600, "requested"
    for _ in range(draw(st.integers(1, 5))):
        open_to = [
            name for name in MOVED if may_move(status, EVENTS[getattr(e, f"Referral{name}")])
        ]
        if not open_to:
            break
        name = draw(st.sampled_from(open_to))
        status = EVENTS[getattr(e, f"Referral{name}")]
        minute += draw(st.integers(1, 5_000))
        told = {"at": T0 + dt.timedelta(minutes=minute), "by": "s1", "referral": "r1"}
        kind = getattr(e, f"Referral{name}")
        if name in {"Rejected", "Failed", "Cancelled"}:
            told["reason"] = draw(st.none() | st.sampled_from(ReferralReason))
        events.append(kind(**told))
    return events


@settings(max_examples=200, deadline=None)
@given(referred())
def test_a_move_that_is_written_read_and_written_again_is_equal(moves):
    """Status, reason, business status, time, output and due time of the Task of a referral."""
    check_the_task_comes_back(CIT, CIT.replay("7", [*story(), *moves]))


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(referred())
def test_a_move_that_is_written_read_and_written_again_is_equal_for_ten_thousand(moves):
    """The same, for ten thousand referrals."""
    check_the_task_comes_back(CIT, CIT.replay("7", [*story(), *moves]))


def test_each_move_of_a_service_comes_back():
    """Of a referral in each status that the service sets."""
    for status in WAYS:
        case = CIT.replay("7", story(status))
        assert check_the_task_comes_back(CIT, case) == may_set(status, "target")


def task(status, at=50, id="r1", **more):
    return {
        "resourceType": "Task", "status": status, "lastModified": hours(at).isoformat(),
        "identifier": [{"system": f"urn:coresponder:{AGENCY}:task", "value": id}], **more,
    }  # fmt: skip


@needs_shared
def test_the_moves_and_who_may_set_them_are_those_that_are_published():
    """State by state, and the role column."""
    published = json.loads((SHARED / "fhir/sdohcc_referral_transitions.json").read_text())
    moves = {
        old: {*published["transitions"].get(old, []), "entered-in-error"} - {old}
        for old in STATUSES
        if old != "entered-in-error"
    }
    assert {old: set(new) for old, new in MOVES.items()} == moves | {"entered-in-error": set()}
    assert {s: " or ".join(sorted(sides)) for s, sides in SET_BY.items()} == published["set_by"]


@pytest.mark.parametrize(("old", "new"), list(itertools.product(WAYS, STATUSES)))
def test_a_task_that_moves_makes_one_event_or_is_named(old, new):
    """All moves: those of the table move the referral; another that the service may set is kept, out
    of place, and named; what the service may not set is only named.
    """
    workflow = Workflow(CIT, MemoryStore(), clock=lambda: hours(100))
    workflow.replay("7", story(old))
    case = workflow.case("7")
    assert case.incident.referral("r1").status.value == old
    news = news_of_task(task(new), case, agency=AGENCY, by="service-1")
    if old == new:
        assert news.events == news.odd == news.left_out == ()
        return
    if not may_set(new, "target"):
        assert news.events == () and "is set by who asks" in news.not_recorded[0]
        return
    assert len(news.events) == 1
    assert bool(news.odd) == (not may_move(old, new))
    taken = take(workflow, "7", news.events)
    after = workflow.case("7")
    if may_move(old, new):
        assert taken.recorded == news.events
        assert after.incident.referral("r1").status.value == new
    elif taken.recorded:
        assert after.findings.out_of_place or old == "draft"
    again = news_of_task(task(new), after, agency=AGENCY, by="service-1")
    assert again.events == () or not taken.recorded


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"output": [{"type": {"text": "made"}, "valueString": "housed"}]}, {"Task.output"}),
        ({"businessStatus": {"text": "waiting for a bed"}}, {"Task.businessStatus"}),
        (business_status("accepted") | output_of("completed"), set()),
    ],
)
def test_what_a_service_says_besides_the_status_of_a_task_is_named(more, named):
    """What came of it is not read, so it is not lost in silence; what was written here is known."""
    case = CIT.replay("7", story("requested"))
    news = news_of_task(task("accepted", **more), case, agency=AGENCY, by="service-1")
    assert {*news.left_out} & {"Task.output", "Task.businessStatus"} == named
    assert len(news.events) == 1


@pytest.mark.parametrize("new", STATUSES)
def test_no_task_moves_a_referral_that_was_entered_in_error(new):
    """The tenth row of the table, which has no way out: nothing is recorded, and the Task is named."""
    told = story("accepted")
    void = [
        e.EnteredInError(at=hours(60), by="s", event=number, reason="wrong_person")
        for number, event in enumerate(told, 1)
        if getattr(event, "referral", None) == "r1"
    ]
    news = news_of_task(task(new), CIT.replay("7", [*told, *void]), agency=AGENCY, by="service-1")
    assert (news.events, news.odd) == ((), ())
    assert news.not_recorded == ("incident 7 has no referral r1; known: r2",)
    assert not any(may_move("entered-in-error", one) for one in STATUSES)


def test_a_reason_is_kept_as_a_code_and_never_as_text():
    """A coded reason comes through; free text may tell about the person, and is only named."""
    case = CIT.replay("7", story())
    coded = news_of_task(task("rejected", statusReason={"text": "no_capacity"}), case, agency=AGENCY, by="s1")  # fmt: skip
    assert coded.events[0].reason == "no_capacity" and coded.left_out == ()
    for coding, reason in (("no_capacity", "no_capacity"), ("FULL", "other")):
        said = {"coding": [{"system": "http://example.org/x", "code": coding}]}
        news = news_of_task(task("rejected", statusReason=said), case, agency=AGENCY, by="s1")
        assert news.events[0].reason == reason
        named = ("statusReason: a text of 4 characters",) if reason == "other" else ()
        assert news.left_out == named
    told = news_of_task(task("rejected", statusReason={"text": "She is drunk"}), case, agency=AGENCY, by="s1")  # fmt: skip
    assert told.events[0].reason == "other" and told.left_out == ("statusReason: a text of 12 characters",)  # fmt: skip
    assert "drunk" not in str(told)
    found, _ = written(CIT.replay("7", [*story(), *coded.events]))
    assert found["Task", "r1"]["statusReason"] == {"text": "no_capacity"}


def test_an_older_task_after_a_newer_one_is_kept_in_its_place_and_named():
    """The message that it was accepted comes after the one that it began."""
    case = CIT.replay("7", story("in-progress"))
    late = news_of_task(task("on-hold", at=4), case, agency=AGENCY, by="s1")
    assert "older than in-progress" in late.odd[-1]
    after = CIT.replay("7", [*case.recorded(), *late.events])
    assert after.incident.referral("r1").status.value == "in-progress"
    assert news_of_task(task("on-hold", at=4), after, agency=AGENCY, by="s1").events == ()


def taken_of(status, *tasks):
    """Return what became of each Task of a referral that has a status, and where it stands."""
    workflow = Workflow(CIT, MemoryStore(), clock=lambda: hours(1000))
    workflow.replay("7", story(status))
    became = [take_task(workflow, one, by="s1", agency_id=AGENCY, incident="7") for one in tasks]
    return became, workflow.case("7")


@pytest.mark.parametrize("late", ["rejected", "failed", "completed"])
@pytest.mark.parametrize("known", ["accepted", "in-progress", "on-hold", "completed", "rejected"])
def test_an_end_that_is_older_than_what_the_record_has_turns_nothing_back(known, late):
    """Nothing can follow an end, so one of the two is wrong. It is named, each time, and the referral
    stands as it did.
    """
    if known == late:
        return
    before = "requested" if known in {"accepted", "rejected"} else "accepted"
    known_at, late_at = task(known, at=60), task(late, at=50)
    (first, one, two), case = taken_of(before, known_at, late_at, late_at)
    assert len(first.recorded) == 1
    for each in (one, two):
        assert each.recorded == ()
        assert f"r1: {late} is older than {known} in the record" in each.not_recorded[0]
    assert tasks_of(case)["r1"]["status"] == known


@pytest.mark.parametrize("status", ["rejected", "failed", "cancelled"])
def test_a_later_message_with_another_reason_is_recorded_and_named(status):
    """Once; the reason that was told first stands in what is written. One without a reason says
    nothing new.
    """
    first = task(status, at=50, statusReason={"text": "no_capacity"})
    second = task(status, at=60, statusReason={"text": "not_eligible"})
    bare, again = task(status, at=70), second | {"lastModified": hours(80).isoformat()}
    before = "accepted" if status == "failed" else "requested"
    (one, two, *rest), case = taken_of(before, first, second, bare, second, again)
    assert [event.reason for event in one.recorded] == ["no_capacity"]
    if status == "cancelled":  # a decision, which the program refuses
        assert two.recorded == () and len(two.refused) == 1
        return
    assert [event.reason for event in two.recorded] == ["not_eligible"]
    assert two.older == (f"r1: {status} again, for another reason; the first one stands",)
    assert all((each.recorded, each.older, each.not_recorded) == ((), (), ()) for each in rest)
    written = tasks_of(case)["r1"]
    assert written["statusReason"] == {"text": "no_capacity"}
    assert written["lastModified"] == hours(50).isoformat()


def test_two_reasons_of_one_time_are_named():
    """The first stands. Two reasons in one Task are no reason of ours."""
    first = task("rejected", statusReason={"text": "no_capacity"})
    second = task("rejected", statusReason={"text": "not_eligible"})
    (_, two), _ = taken_of("requested", first, second)
    assert two.recorded == ()
    assert two.not_recorded == (
        "r1: it was rejected at this time for another reason; record which is meant",
    )
    both = {"text": "no_capacity", "coding": [{"code": "not_eligible"}]}
    (one,), _ = taken_of("requested", task("rejected", statusReason=both))
    assert one.recorded[0].reason == "other"
    assert one.left_out == ("statusReason: it gives several reasons",)


def test_what_is_out_of_place_does_not_change_the_task_that_is_written():
    """A service that accepts after it completed: named, kept once, and still completed."""
    (one, again), case = taken_of("completed", task("accepted", at=50), task("accepted", at=60))
    assert one.older == ("r1: completed to accepted is not a move of the lifecycle",)
    assert (again.recorded, again.not_recorded) == ((), ())
    assert tasks_of(case)["r1"] == tasks_of(CIT.replay("7", story("completed")))["r1"]


def test_an_older_task_that_says_nothing_new_is_named_unless_it_was_told():
    """That it was accepted, told again with a time before it was completed."""
    told, between = task("accepted", at=5), task("accepted", at=5) | {"lastModified": (hours(5) + dt.timedelta(minutes=30)).isoformat()}  # fmt: skip
    (one, two), _ = taken_of("completed", told, between)
    assert (one.recorded, one.older) == ((), ())
    assert (two.recorded, two.older) == (
        (),
        ("r1: accepted is older than completed, and says nothing new",),
    )


def test_a_status_that_was_entered_in_error_may_be_told_again_later():
    """The same Task stays void; a newer one is news."""
    told = story("rejected")
    number = next(n for n, one in enumerate(told, 1) if isinstance(one, e.ReferralRejected))
    void = e.EnteredInError(at=hours(20), by="s", event=number, reason="wrong_person")
    case = CIT.replay("7", [*told, void])
    for at, count in ((told[number - 1].at, 0), (hours(60), 1)):
        found = task("rejected") | {"lastModified": at.isoformat()}
        assert len(news_of_task(found, case, agency=AGENCY, by="s1").events) == count


def test_a_service_gets_its_referral_and_nothing_of_the_rest_of_the_family():
    """The mother's housing service hears nothing of the child's treatment."""
    bundle = bundle_of(CIT.replay("7", story()), agency=AGENCY, referral="r1")
    assert "p2" not in json.dumps(bundle) and "child_trauma" not in json.dumps(bundle)
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds == ["Encounter", "Consent", "Consent", "ServiceRequest", "Task", "Appointment"]
    with pytest.raises(NotFound, match="no referral"):
        bundle_of(CIT.replay("7", story()), agency=AGENCY, referral="r9")


def test_what_we_wrote_is_found_again():
    """The Task names its incident; another agency's Task, or one of no referral, is not ours."""
    found, _ = written(CIT.replay("7", story()))
    assert incident_of_task(found["Task", "r1"], agency=AGENCY) == "7"
    assert incident_of_task(found["Task", "r1"], agency="b.example.org") is None
    assert news_of_task(task("accepted", id="r9"), CIT.replay("7", story()), agency=AGENCY, by="s").not_recorded  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([], "resource: "),
        ({}, "resourceType: "),
        ({"resourceType": "Patient"}, "resourceType: "),
        (task("accepted") | {"lastModified": "2026"}, "lastModified: "),
        (task("accepted") | {"lastModified": None}, "neither lastModified"),
        (task("accepted") | {"identifier": 5}, "identifier: "),
        (task({}), "status: "),
    ],
)
def test_another_shape_is_refused_with_its_path(bad, said):
    """One error of the library's, with the place."""
    with pytest.raises(UnreadableFile, match=said):
        news_of_task(bad, CIT.replay("7", story()), agency=AGENCY, by="s")


@needs_shared
def test_the_published_tasks_are_read():
    """A Task of somebody else's is of no referral here, and is named."""
    case = CIT.replay("7", story())
    files = sorted((SHARED / "fhir").glob("*/*Task*.json"))
    for file in files:
        news = news_of_task(json.loads(file.read_text()), case, agency=AGENCY, by="s")
        assert (news.events, len(news.not_recorded)) == ((), 1)
    assert len(files) == 24


def test_the_commands_write_a_referral_and_take_its_task(tmp_path):
    """`export fhir` and `import fhir`: the service accepts, once."""
    from click.testing import CliRunner

    from coresponder import SqlStore
    from coresponder.cli.commands import commands

    store, file = str(tmp_path / "agency.db"), tmp_path / "task.json"
    with SqlStore.sqlite(store) as opened:
        Workflow(CIT, opened).replay("7", story())
    run = lambda *words: CliRunner().invoke(commands, [*words, "--agency-id", AGENCY])
    out = run("export", "fhir", store, "7", "--referral", "r1")
    (mine,) = [one["resource"] for one in json.loads(out.stdout)["entry"] if one["resource"]["resourceType"] == "Task"]  # fmt: skip
    assert run("export", "fhir", store, "7", "--referral", "r9").exit_code == 2
    file.write_text(json.dumps(mine | {"status": "accepted", "lastModified": hours(5).isoformat()}))
    first = run("import", "fhir", store, str(file), "--by", "service-1")
    assert (first.exit_code, "recorded: ReferralAccepted" in first.output) == (0, True)
    assert "recorded 0" in run("import", "fhir", store, str(file), "--by", "service-1").output
    found = json.loads(run("import", "fhir", store, str(file), "--by", "s", "--format", "json").stdout)  # fmt: skip
    assert found["recorded"] == []
    file.write_text(json.dumps(task("accepted")))
    assert "--incident" in run("import", "fhir", store, str(file), "--by", "s").output
    assert "is not an opaque id" in run("import", "fhir", store, str(file), "--by", "a b").output
