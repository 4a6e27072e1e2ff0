"""What leaves for a receiver goes through the views, is in the disclosure log first, and stops with
the consent on which it rests.
"""

import asyncio
import datetime as dt
import importlib
import json

import attrs
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import coresponder as co
from coresponder.asyncio import AsyncWorkflow
from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.domain.vocabulary import Purpose
from coresponder.errors import NotFound, StoreError, ViewDenied
from coresponder.interop.calendar_entries import planned
from coresponder.interop.eido import eido_of
from coresponder.interop.fhir import bundle_of
from coresponder.program import told as telling
from coresponder.program.viewing import View, roles_known
from coresponder.program.views import apart_from_sides
from coresponder.testing import journeys, twins
from coresponder.workflow.giving import give_calendar, give_eido, give_fhir
from coresponder.workflow.telling import tell
from tests.conftest import at
from tests.journeys import TEAM

CIT = co.load_program("cit")
BY = {"by": "clinician-4"}
CLINIC = co.Viewer(id="clinic", roles=("partner_agency",), agency="clinic")
CENTER = co.Viewer(id="center", roles=("dispatcher",), agency="center")
POLICE = "police.example.org"
ROLES = [
    (role, purpose)
    for role in roles_known()
    for purpose in Purpose
    if any(role in row.roles and purpose in row.purposes for row in CIT.views)
]
EVERYTHING = View(
    id="everything",
    roles=("court",),
    purposes=tuple(Purpose),
    events=("*",),
    whole=("*",),
    authority="a test",
)


def consent(person, minute=4, **terms):
    fields = {"scope": "sharing", "receiver": "clinic", "purpose": "treatment"} | terms
    return e.ConsentGiven(at=at(minute), person=person, consent=f"consent-{person}", **fields, **BY)


def family(*more):
    """A family of two, of whom each has a referral and a visit; nobody has consented yet."""
    found = [e.CallReceived(at=at(0), source="988", nature="psychosis", **BY)]
    for person, role in (("mother-1", "person_in_crisis"), ("son-2", "family")):
        found += [
            e.PersonInvolved(at=at(1), person=person, role=role, age_group="adult", **BY),
            e.ReferralOffered(
                at=at(5), person=person, referral=f"r-{person}", need="mental_health",
                service="clinic", **BY,
            ),
            e.ReferralSent(at=at(6), person=person, referral=f"r-{person}", service="clinic", **BY),
            e.FollowUpScheduled(
                at=at(7), person=person, follow_up=f"visit-{person}", kind="home_visit",
                due=at(3000), **BY,
            ),
        ]  # fmt: skip
    return [*found, *more]


def workflow_of(*events, program=CIT, now=60, store=None):
    made = co.Workflow(program, store or co.MemoryStore(), agency="north", clock=lambda: at(now))
    made.replay("one", family(*events))
    return made


def to(workflow, viewer=CLINIC, purpose="treatment"):
    return workflow.as_(viewer, purpose)


def log_of(workflow, viewer="clinic"):
    return [one.shown for one in workflow.disclosures.by_viewer(viewer)]


def assert_read(bundle):
    """A FHIR library reads the bundle, and each resource in it."""
    from fhir.resources.R4B.bundle import Bundle

    Bundle.model_validate(bundle)
    for entry in bundle["entry"]:
        kind = entry["resource"]["resourceType"]
        module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
        getattr(module, kind).model_validate(entry["resource"])


def test_of_a_family_a_service_is_sent_who_consented_and_only_the_day():
    """Nothing of the other one is in any byte; the log has who, what, for what, and the consent."""
    workflow = workflow_of(consent("mother-1"))
    given = give_fhir(to(workflow), "one", agency_id=POLICE)
    text = json.dumps(given.document)
    assert "mother-1" in text
    assert "r-mother-1" in text
    assert not any(word in text for word in ("son-2", "clinician-4", "psychosis", "12:0", "T18:"))
    assert given.document["entry"][0]["resource"]["period"] == {"start": "2026-03-02"}
    assert_read(given.document)
    (entry,) = log_of(workflow)
    assert (entry.way, entry.purpose, entry.agency) == ("export", "treatment", "clinic")
    assert (entry.basis, entry.consents) == ("consent", ("consent-mother-1",))
    assert entry.people == ("mother-1",)
    assert entry.what == (
        "fhir", "FollowUpScheduled", "PersonInvolved", "ReferralOffered", "ReferralSent",
    )  # fmt: skip
    assert workflow.verify() == ()


def test_the_copy_of_an_agency_has_more_than_what_goes_to_a_receiver():
    """The comparison is not blind: the same bundle without a receiver has both, to the second."""
    workflow = workflow_of(consent("mother-1"))
    text = json.dumps(bundle_of(workflow.case("one"), agency=POLICE))
    assert all(word in text for word in ("son-2", "mother-1", "12:0"))
    assert log_of(workflow) == []


STOPPED = {
    "withdrawn": (
        consent("mother-1"),
        e.ConsentWithdrawn(
            at=at(9), person="mother-1", scope="sharing", consent="consent-mother-1", **BY
        ),
    ),
    "run out": (consent("mother-1", until=at(59)),),
    "for another receiver": (consent("mother-1", receiver="other-clinic"),),
    "for another purpose": (consent("mother-1", purpose="research"),),
    "entered in error": (
        consent("mother-1"),
        e.EnteredInError(at=at(9), event=10, reason="wrong_person", **BY),
    ),
    "never given": (),
}


@pytest.mark.parametrize("events", STOPPED.values(), ids=STOPPED)
def test_without_a_consent_in_force_nothing_flows_and_nothing_is_logged(events):
    """A receiver is answered as if there were no such incident; a calendar is empty."""
    workflow = workflow_of(*events)
    for make in (give_fhir, give_eido):
        with pytest.raises(NotFound, match="sees no incident 'one'"):
            make(to(workflow), "one")
    assert b"UID" not in give_calendar(to(workflow)).document
    assert log_of(workflow) == []


def test_a_withdrawal_stops_what_flows_and_leaves_what_was_logged():
    """What was sent before stays in the log; it is in force to the last instant of its end."""
    workflow = workflow_of(consent("mother-1", until=at(60)))
    give_fhir(to(workflow), "one")
    assert b"UID" in give_calendar(to(workflow)).document
    workflow.record("one", e.ConsentWithdrawn(at=at(60), person="mother-1", scope="sharing", **BY))
    with pytest.raises(NotFound):
        give_fhir(to(workflow), "one")
    assert b"UID" not in give_calendar(to(workflow)).document
    assert [one.what[0] for one in log_of(workflow)] == ["fhir", "calendar"]


def test_a_bundle_about_one_referral_is_logged_as_about_its_person():
    """With consents of both, the other one is in neither the bundle nor the entry."""
    gone = e.ReferralCancelled(at=at(9), referral="r-mother-1", **BY)
    workflow = workflow_of(consent("mother-1"), consent("son-2"), gone)
    given = give_fhir(to(workflow), "one", referral="r-son-2")
    assert "mother-1" not in json.dumps(given.document)
    assert {one.people for one in log_of(workflow)} == {("son-2",)}
    assert "ReferralCancelled" not in log_of(workflow)[0].what
    with pytest.raises(NotFound, match="no referral"):
        give_fhir(to(workflow), "one", referral="r-nobody")


class Full(co.MemoryStore):
    """A store whose disclosure log cannot be written."""

    def append(self, step):
        if step.agency.endswith(".disclosures"):
            raise StoreError("the disk is full")
        return super().append(step)


def test_what_cannot_be_logged_is_not_given():
    """No door gives anything if the log cannot be written."""
    workflow = workflow_of(consent("mother-1"), store=Full())
    for make in (
        lambda: give_fhir(to(workflow), "one"),
        lambda: give_calendar(to(workflow)),
        lambda: to(workflow).feed(),
        lambda: give_eido(to(workflow, CENTER, "operations"), "one"),
    ):
        with pytest.raises(StoreError, match="the disk is full"):
            make()


def test_what_is_open_inside_is_logged_when_it_leaves():
    """The call is shown in a car without an entry; an EIDO of it for another center has one."""
    workflow = workflow_of()
    to(workflow, CENTER, "operations").view("one")
    assert log_of(workflow, "center") == []
    given = give_eido(to(workflow, CENTER, "operations"), "one", agency_id=POLICE)
    (entry,) = log_of(workflow, "center")
    assert (entry.way, entry.basis, entry.what) == ("export", "duty", ("eido", "CallReceived"))
    incident = given.document["incidentComponent"]
    assert incident["incidentTypeInternalCode"] == "psychosis"
    assert "incidentStatusCommonRegistryText" not in incident  # a center does not see it closed
    assert "personComponent" not in given.document


def test_an_eido_has_a_status_where_the_receiver_sees_all_that_moves_the_incident():
    """Else it has none, because a hidden event may have ended the incident."""
    program = attrs.evolve(CIT, views=(EVERYTHING,))
    workflow = workflow_of(program=program)
    court = co.Viewer(id="court-1", roles=("court",))
    given = give_eido(to(workflow, court, "oversight"), "one", agency_id=POLICE)
    assert given.document == eido_of(workflow.case("one"), agency=POLICE)
    assert given.document["incidentComponent"]["incidentStatusCommonRegistryText"] == ["Active"]


def row(id="own", *, event, roles=("partner_agency",), **more):
    fields = {"purposes": (Purpose.TREATMENT,), "whole": ("*",), "authority": "a test"} | more
    return View(id=id, roles=roles, events=event, **fields)


def test_an_eido_is_refused_without_the_call_and_its_time():
    """An EIDO begins with a call; one without its time would be half told."""
    day = attrs.evolve(
        CIT,
        views=(row(event=("CallReceived",), whole=("source", "nature"), coarse=("at",)),),
    )
    with pytest.raises(ViewDenied, match="sees nothing of incident one that can stand"):
        give_eido(to(workflow_of(program=day)), "one")
    people = attrs.evolve(CIT, views=(row(event=("PersonInvolved",)),))
    workflow = workflow_of(program=people)
    with pytest.raises(ViewDenied, match="does not see when incident one began"):
        give_eido(to(workflow), "one")
    assert log_of(workflow) == []


def test_an_event_without_a_field_that_it_must_have_is_left_out_and_named():
    """A referral whose person is hidden is not written with somebody made up."""
    views = (
        row(event=("ReferralOffered", "CallReceived"), whole=("at", "need", "source", "nature")),
    )
    workflow = workflow_of(program=attrs.evolve(CIT, views=views))
    given = give_fhir(to(workflow), "one")
    assert given.left_out == ("ReferralOffered",)
    assert [one["resource"]["resourceType"] for one in given.document["entry"]] == ["Encounter"]
    assert log_of(workflow)[0].what == ("fhir", "CallReceived")


def test_less_of_a_field_is_told_as_its_row_says():
    """Of a due time the day, of an age band the age group, of a team what is shown of it."""
    events = [
        e.CallReceived(at=at(0), source="988", nature="psychosis", **BY),
        e.TeamDispatched(at=at(1), team=TEAM, **BY),
        e.PersonInvolved(at=at(2), person="p-1", role="family", age_band="65_and_over", **BY),
        e.FollowUpScheduled(at=at(3), follow_up="v-1", kind="home_visit", due=at(3000), **BY),
    ]
    shown = ("team.tier", "team.model", "team.members", "person", "role", "follow_up", "kind")
    views = (
        row(event=tuple(type(one).__name__ for one in events), whole=("at", "source", "nature", *shown), coarse=("due", "age_band")),
    )  # fmt: skip
    program = attrs.evolve(CIT, views=views)
    found = told_to(program, program.replay("one", events), CLINIC, Purpose.TREATMENT, at(60))
    _, sent, person, visit = found.case.history
    assert sent == attrs.evolve(events[1], by="agency")
    assert (person.age_band, person.age_group) == (None, "adult")
    assert visit.due.isoformat() == "2026-03-04T06:00:00+00:00"
    assert found.days == {visit.due: dt.date(2026, 3, 4)}


def test_a_consent_is_not_told_to_whoever_would_not_see_its_withdrawal():
    """Else a receiver would rely on a consent that was withdrawn."""
    shown = ("CallReceived", "ConsentGiven", "PersonInvolved")
    for names, told in ((shown, False), ((*shown, "ConsentWithdrawn", "ConsentDeclined"), True)):
        views = (row(event=names),)
        workflow = workflow_of(consent("mother-1"), program=attrs.evolve(CIT, views=views))
        given = give_fhir(to(workflow), "one")
        assert ("consent-mother-1" in json.dumps(given.document)) is told
        assert given.left_out == (() if told else ("ConsentGiven",))


def test_a_notice_that_must_go_along_is_in_the_document_or_there_is_none():
    """FHIR has labels for it; a calendar has no place, so no calendar is made."""
    said = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    workflow = workflow_of(
        consent("mother-1", scope="substance_use_records"),
        e.ReferralOffered(
            at=at(11),
            person="mother-1",
            referral="r-3",
            need="substance_use",
            service="clinic",
            **BY,
        ),
    )
    given = give_fhir(to(workflow), "one")
    assert given.says == (said,)
    assert given.document["meta"] == {"security": [{"display": said}]}
    assert "r-mother-1" not in json.dumps(given.document)  # that needs a consent to sharing
    views = (row(event=("FollowUpScheduled",), says=said),)
    with pytest.raises(ViewDenied, match="has no place for that"):
        give_calendar(to(workflow_of(program=attrs.evolve(CIT, views=views))))


def test_a_calendar_for_a_receiver_keeps_the_uids_of_the_agency():
    """So what comes back from it is known, and an entry is replaced, not doubled."""
    workflow = workflow_of(consent("mother-1"))
    text = give_calendar(to(workflow), tells=("owner", "person")).document.decode()
    own = {one.scheduled.person: one.uid for one in planned(workflow.case("one"), agency="north")}
    assert own["mother-1"] in text
    assert own["son-2"] not in text
    assert "DTSTAMP:20260302T060000Z" in text  # the beginning of the day in the program's zone
    assert "person: mother-1" in text


def test_whoever_is_kept_apart_is_in_no_document_for_the_other_side():
    """An advocate's organization is sent nothing of the one from whom their client is kept apart."""
    program = attrs.evolve(
        CIT, views=(row(event=("*",), roles=("advocate",), purposes=tuple(Purpose)),)
    )
    workflow = workflow_of(
        e.NoContactMarked(
            at=at(8), person="son-2", protects="mother-1", ground="victim_asked", **BY
        ),
        program=program,
    )
    advocate = co.Viewer(
        id="shelter", roles=("advocate",), agency="shelter", acts_for=("mother-1",)
    )
    text = json.dumps(give_fhir(to(workflow, advocate), "one").document)
    assert "mother-1" in text
    assert "son-2" not in text


def test_a_document_of_a_hosts_own_goes_through_the_same_door():
    """The log has the name that the host gives it."""
    workflow = workflow_of(consent("mother-1"))
    people = to(workflow).export(
        "one",
        lambda told: [one.id for one in told.case.incident.people],
        document="people-list",
        what=co.Wanted(events=frozenset({"PersonInvolved"})),
    )
    assert people == ["mother-1"]
    assert log_of(workflow)[0].what == ("people-list", "PersonInvolved")


def test_an_async_host_gives_the_same(tmp_path):
    """`AsyncWindow.export` awaits the same method, with the log before it."""
    from sqlalchemy.ext.asyncio import create_async_engine

    path = tmp_path / "async.db"
    with co.SqlStore.sqlite(path) as store:
        workflow_of(consent("mother-1"), store=store)

    async def run():
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        workflow = await AsyncWorkflow.start(CIT, engine, agency="north", clock=lambda: at(60))
        window = workflow.as_(CLINIC, "treatment")
        found = await window.ask(lambda one: give_fhir(one, "one", agency_id=POLICE))
        ids = await window.export("one", lambda told: told.case.id, document="id")
        log = await workflow.ask_disclosures(lambda log: log.by_viewer("clinic"))
        await engine.dispose()
        return found, ids, [one.shown.what[0] for one in log]

    found, ids, log = asyncio.run(run())
    assert "mother-1" in json.dumps(found.document)
    assert (ids, log) == ("one", ["fhir", "id"])


FOR_CLINIC = [
    "--agency",
    "north",
    "--for",
    "clinic",
    "--as",
    "partner_agency",
    "--purpose",
    "treatment",
]


def test_the_commands_write_for_a_receiver(tmp_path):
    """With `--for`, each export has only what the receiver sees, and the log has it."""
    store = tmp_path / "n.db"
    with co.SqlStore.sqlite(store) as opened:
        workflow_of(consent("mother-1", until=at(10**8)), store=opened)
    run = CliRunner().invoke
    fhir = run(commands, ["export", "fhir", str(store), "one", *FOR_CLINIC])
    assert fhir.exit_code == 0, fhir.output
    assert "mother-1" in fhir.stdout
    assert "son-2" not in fhir.stdout
    calendar = run(commands, ["export", "calendar", str(store), *FOR_CLINIC])
    assert calendar.stdout.count("BEGIN:VTODO") == 1
    eido = run(commands, ["export", "eido", str(store), "one", *FOR_CLINIC])
    assert eido.exit_code == 2
    assert "choose another one, or change the program's views" in eido.stderr
    own = run(commands, ["export", "fhir", str(store), "one", "--agency", "north"])
    assert "son-2" in own.stdout
    half = run(commands, ["export", "fhir", str(store), "one", "--for", "clinic"])
    assert (half.exit_code, "go together" in half.stderr) == (2, True)
    nobody = run(commands, ["export", "fhir", str(store), "one", "--purpose", "treatment"])
    assert (nobody.exit_code, "--for is missing" in nobody.stderr) == (2, True)
    log = run(commands, ["disclosures", str(store), "--agency", "north", "--viewer", "clinic"])
    assert "export of fhir" in " ".join(log.stdout.split())


SEES_ALL = attrs.evolve(CIT, views=(EVERYTHING,))


def told_to(program, case, viewer, purpose, now):
    return tell(program, case, viewer, purpose, now, apart_from_sides(case, viewer))


@settings(max_examples=40)
@given(journeys(SEES_ALL, longest=10))
def test_whoever_sees_everything_is_told_the_case_as_it_is(journey):
    """Late, voided and misplaced events are told as they are, so each document is the agency's own."""
    case = journey.case
    court = co.Viewer(id="court-1", roles=("court",))
    found = told_to(SEES_ALL, case, court, Purpose.OVERSIGHT, case.last_at).case
    assert found.incident == case.incident
    assert bundle_of(found, agency=POLICE) == bundle_of(case, agency=POLICE)
    assert list(planned(found)) == list(planned(case))
    if case.incident.call is not None:
        assert eido_of(found, agency=POLICE) == eido_of(case, agency=POLICE)


@settings(max_examples=40)
@given(data=st.data())
def test_two_histories_that_look_alike_to_a_role_are_told_alike(data):
    """What is hidden leaves no trace in what a document is made of."""
    case = data.draw(journeys(CIT, longest=8)).case
    role, purpose = data.draw(st.sampled_from(ROLES))
    ids = [person.id for person in case.incident.people] or ["u-1"]
    viewer = co.Viewer(id=data.draw(st.sampled_from(ids)), roles=(role,))
    one = CIT.replay(case.id, case.recorded())
    other = data.draw(twins(CIT, one, viewer.roles, purpose))
    now = one.last_at + dt.timedelta(hours=1)
    first, second = (told_to(CIT, each, viewer, purpose, now) for each in (one, other))
    assert first.case == second.case
    assert (first.days, first.left_out, first.says) == (second.days, second.left_out, second.says)


def test_what_is_out_of_place_moves_no_referral_for_whoever_sees_all_that_decides_it():
    """A referral that was canceled stays so, as it does in the record."""
    about = {"referral": "r-mother-1", **BY}
    late = (e.ReferralCancelled(at=at(9), **about), e.ReferralAccepted(at=at(10), **about))
    case = SEES_ALL.replay("one", family(*late))
    court = co.Viewer(id="court-1", roles=("court",))
    found = told_to(SEES_ALL, case, court, Purpose.OVERSIGHT, at(60)).case
    assert found.incident.referral("r-mother-1").status == "cancelled"
    assert found.findings.out_of_place == case.findings.out_of_place


def test_a_visit_that_two_people_call_an_error_is_told_as_it_is():
    """Both corrections are told, so that a calendar has the sequence of the agency's own."""
    planned_as = [type(one).__name__ for one in family()].index("FollowUpScheduled") + 1
    twice = (
        e.EnteredInError(at=at(n), event=planned_as, reason="duplicate", **BY) for n in (9, 10)
    )
    case = SEES_ALL.replay("one", family(*twice))
    court = co.Viewer(id="court-1", roles=("court",))
    found = told_to(SEES_ALL, case, court, Purpose.OVERSIGHT, at(60)).case
    assert list(planned(found)) == list(planned(case))
    assert max(one.sequence for one in planned(found)) == 2


def test_a_day_is_marked_as_approximate():
    """Whoever reads the case takes its beginning for no exact time."""
    case = CIT.replay("one", family(consent("mother-1")))
    found = told_to(CIT, case, CLINIC, Purpose.TREATMENT, at(60))
    assert all(event.approximate for event in found.case.history)
    assert set(found.days.values()) == {dt.date(2026, 3, 2)}


def test_a_mutant_that_tells_a_hidden_author_is_caught(monkeypatch):
    """If the author of an event were told to a receiver who does not see it, a test would fail."""
    made = telling._Teller._values

    def leaking(self, record, whole, coarse):
        return made(self, record, {*whole, "by"}, coarse)

    monkeypatch.setattr(telling._Teller, "_values", leaking)
    case = CIT.replay("one", family(consent("mother-1")))
    found = told_to(CIT, case, CLINIC, Purpose.TREATMENT, at(60))
    assert {event.by for event in found.case.history} == {"clinician-4"}


def numbers(window):
    """Return how the one entry of a calendar stands, and how often it was changed; None without one."""
    text = give_calendar(window).document.decode()
    found = [line.partition(":") for line in text.splitlines()]
    said = {name: value for name, _, value in found if name in {"STATUS", "SEQUENCE"}}
    return (said["STATUS"], int(said["SEQUENCE"])) if said else None


def test_a_receiver_of_a_visit_hears_that_it_is_canceled():
    """A cancellation names no person; whose visit it is, its plan says. A calendar that had the visit
    has it as canceled, and the number only rises: also after the cancellation is void, and after a
    consent was withdrawn and given again.
    """
    flow = co.Workflow(CIT, co.MemoryStore(), clock=lambda: at(4000))
    flow.replay("one", family(consent("mother-1", 8)))
    window = flow.as_(CLINIC, "treatment")
    assert numbers(window) == ("NEEDS-ACTION", 0)
    visit = {"follow_up": "visit-mother-1"}
    flow.record("one", e.FollowUpCancelled(at=at(20), **visit, **BY))
    assert numbers(window) == ("CANCELLED", 1)
    flow.record("one", e.FollowUpCancelled(at=at(21), follow_up="visit-son-2", **BY))
    assert numbers(window) == ("CANCELLED", 1)  # of the son, nothing
    flow.record(
        "one",
        e.EnteredInError(at=at(22), event=flow.case("one").version - 1, reason="duplicate", **BY),
    )
    assert numbers(window) == ("NEEDS-ACTION", 2)
    flow.record("one", e.ConsentWithdrawn(at=at(23), person="mother-1", scope="sharing", **BY))
    assert numbers(window) is None
    flow.record("one", e.FollowUpDone(at=at(24), kind="home_visit", **visit, **BY))
    flow.record("one", consent("mother-1", 25))
    assert numbers(window) == ("COMPLETED", 3)
    shown = [one.shown for one in flow.disclosures.of_person("mother-1")]
    assert "FollowUpDone" in shown[-1].what
    assert all("son-2" not in one.people for one in shown)


def test_a_person_sees_what_became_of_their_own_visit():
    """And nothing of anybody else's."""
    flow = co.Workflow(CIT, co.MemoryStore(), clock=lambda: at(4000))
    flow.replay("one", family())
    for person in ("mother-1", "son-2"):
        flow.record("one", e.FollowUpCancelled(at=at(20), follow_up=f"visit-{person}", **BY))
    mother = co.Viewer(id="mother-1", roles=("person",))
    lines = flow.as_(mother, "treatment").timeline("one")
    assert [one.fields for one in lines if one.event == "FollowUpCancelled"] == [
        {"follow_up": "visit-mother-1"}
    ]
