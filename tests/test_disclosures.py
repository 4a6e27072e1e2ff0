"""The disclosure log: written before anything is shown, asked by person and by viewer."""

import contextlib
import datetime as dt
import sqlite3
import threading

import attrs
import pytest

import coresponder as co
from coresponder.domain import events as e
from coresponder.stores import projections
from tests.processes import at_once

AT = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
PROGRAM = co.load_program("foundation")
CLINICIAN = co.Receiver(viewer="c-4", roles=["clinician"], purpose="treatment")
CLINIC = co.Receiver(
    viewer="n-1", agency="north-clinic", kind="service", purpose="treatment", basis="consent"
)


@pytest.fixture
def workflow(any_store):
    return co.Workflow(PROGRAM, any_store, clock=lambda: AT)


def begin(workflow, incident="one", *people):
    workflow.receive(
        e.CallReceived(at=AT, by="d-1", source="988", nature="psychosis"), incident=incident
    )
    for person in people:
        workflow.record(
            incident, e.PersonInvolved(at=AT, by="d-1", person=person, role="person_in_crisis")
        )


def note(workflow, incident="one", **about):
    step = workflow.note(
        incident, "Said in confidence.", at=AT, by="c-4", audience="clinical", **about
    )
    return step.events[0].entry


def test_words_are_shown_after_the_log_has_who_read_what_of_whom(workflow):
    """The entry is named, its words are not; the incident itself does not move."""
    begin(workflow, "one", "sam")
    entry = note(workflow, subject="sam")
    version = workflow.case("one").version
    words = workflow.disclosures.recall("one", entry, audience="clinical", to=CLINICIAN)
    assert words.text == "Said in confidence."
    (one,) = workflow.disclosures.of_person("sam")
    assert (one.incident, one.shown.viewer, one.shown.what) == ("one", "c-4", (entry,))
    assert (one.shown.way, one.shown.basis, one.shown.purpose) == ("recall", "duty", "treatment")
    assert "confidence" not in one.to_json()
    assert workflow.disclosures.by_viewer("c-4") == (one,)
    assert workflow.disclosures.by_viewer("c-5") == ()
    assert workflow.case("one").version == version
    assert workflow.verify() == ()
    assert "2026-03-02 12:00 UTC  c-4 (clinician): recall of " in one.say()


def test_words_without_a_subject_are_about_everybody_in_the_incident(workflow):
    """Each of them finds it in their accounting."""
    begin(workflow, "one", "sam", "kim")
    workflow.disclosures.recall("one", note(workflow), audience="clinical", to=CLINICIAN)
    assert len(workflow.disclosures.of_person("sam")) == 1
    assert len(workflow.disclosures.of_person("kim")) == 1


def test_words_about_everybody_are_about_whom_only_a_referral_names_too(workflow):
    """The crew referred the child and noted nothing else of the child: the child's guardian finds
    who read the words.
    """
    begin(workflow, "one", "sam")
    workflow.record(
        "one",
        e.ReferralOffered(at=AT, by="o-1", referral="r-1", person="child", need="mental_health"),
    )
    workflow.disclosures.recall("one", note(workflow), audience="clinical", to=CLINICIAN)
    assert len(workflow.disclosures.of_person("child")) == 1
    assert [found.incident for found in workflow.find(person="child")] == ["one"]


def test_nothing_is_shown_if_the_log_cannot_be_written(tmp_path):
    """The file is read-only: the words stay in the vault."""
    store = co.SqlStore.sqlite(tmp_path / "log.db")
    writer = co.Workflow(PROGRAM, store, clock=lambda: AT)
    begin(writer, "one", "sam")
    entry = note(writer, subject="sam")
    store.close()
    with co.SqlStore.open(str(tmp_path / "log.db"), read_only=True) as opened:
        assert opened.recall("default", entry, audience="clinical").text
        reader = attrs.evolve(writer, store=opened, program=attrs.evolve(PROGRAM, definition={}))
        with pytest.raises(co.StoreError):
            reader.disclosures.recall("one", entry, audience="clinical", to=CLINICIAN)


def test_a_denied_reader_and_a_wrong_incident_leave_nothing_in_the_log(workflow):
    """The log has what was shown, and nothing was."""
    begin(workflow, "one", "sam")
    begin(workflow, "two", "sam")
    entry = note(workflow, subject="sam")
    with pytest.raises(co.AudienceDenied):
        workflow.disclosures.recall("one", entry, audience="police", to=CLINICIAN)
    with pytest.raises(co.NotFound):
        workflow.disclosures.recall("two", entry, audience="clinical", to=CLINICIAN)
    with pytest.raises(co.NotFound):
        workflow.disclosures.record("three", CLINICIAN, "view", what=["timeline"], people=["sam"])
    assert workflow.disclosures.of_person("sam") == ()


def consent(workflow, **fields):
    workflow.record("one", e.ConsentGiven(at=AT, by="c-4", **fields))


def share(workflow, *people, **to):
    return workflow.disclosures.record(
        "one", attrs.evolve(CLINIC, **to), "export", what=["fhir"], people=people
    )


def test_what_was_shared_stays_in_the_log_and_what_flows_after_is_stopped(workflow):
    """The error says whose consent, to what, for whom, and why it does not cover this."""
    begin(workflow, "one", "sam")
    with pytest.raises(co.ConsentNeeded, match="no consent of sam to sharing covers north-clinic"):
        share(workflow, "sam")
    consent(workflow, person="sam", scope="sharing", consent="c1", receiver="north-clinic")
    assert share(workflow, "sam").consents == ("c1",)
    with pytest.raises(co.ConsentNeeded, match="other receiver"):
        share(workflow, "sam", agency="south-clinic", kind=None)
    workflow.record("one", e.ConsentWithdrawn(at=AT, by="c-4", person="sam", consent="c1"))
    with pytest.raises(co.ConsentNeeded, match="withdrawn"):
        share(workflow, "sam")
    (kept,) = workflow.disclosures.of_person("sam")
    assert kept.shown.consents == ("c1",)


def test_what_is_about_two_needs_the_consent_of_both(workflow):
    """A mother's consent is not her child's."""
    begin(workflow, "one", "mother", "child")
    consent(workflow, person="mother", scope="sharing")
    with pytest.raises(co.ConsentNeeded, match="of child"):
        share(workflow, "mother", "child")
    consent(workflow, person="child", scope="sharing", given_by="guardian", ground="parent")
    share(workflow, "mother", "child")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_an_accounting_is_read_page_by_page(workflow, limit):
    """Every entry once, whatever the size of the page; what is new meanwhile shifts nothing."""
    for number in range(3):
        begin(workflow, f"i-{number}", "sam", "kim")
        for seen in range(3):
            who = attrs.evolve(CLINICIAN, viewer=f"c-{seen % 2}")
            workflow.disclosures.record(
                f"i-{number}", who, "view", what=[f"v{seen}"], people=["sam"], at=AT
            )
    log, found, after = workflow.disclosures, [], None
    while True:
        page = log.of_person("sam", limit=limit, after=after)
        assert len(page) <= limit
        found += [(one.incident, one.number) for one in page]
        after = page.next
        if after is None:
            break
        log.record("i-0", CLINICIAN, "view", what=["late"], people=["kim"], at=AT)
    assert len(found) == len(set(found)) == 9
    assert len(log.by_viewer("c-0")) == 6
    assert log.of_person("sam", since=AT + dt.timedelta(seconds=1)) == ()
    with pytest.raises(co.InvalidCursor):
        log.of_person("kim", after=log.of_person("sam", limit=1).next)


def test_a_removed_entry_breaks_the_chain(tmp_path):
    """Somebody deletes the line that says that they looked: `verify` names the incident."""
    store = co.SqlStore.sqlite(tmp_path / "log.db")
    workflow = co.Workflow(PROGRAM, store, clock=lambda: AT)
    begin(workflow, "one", "sam")
    for _ in range(3):
        workflow.disclosures.record("one", CLINICIAN, "view", what=["timeline"], people=["sam"])
    assert workflow.verify() == ()
    with sqlite3.connect(tmp_path / "log.db") as raw:
        gone = raw.execute(
            "DELETE FROM coresponder_event WHERE agency = 'default.disclosures' AND number = 2"
        )
        assert gone.rowcount == 1
    assert any("incident one" in fault for fault in workflow.verify())


def test_many_look_at_one_incident_at_once(tmp_path):
    """No look is lost, and none is refused because somebody else was faster."""
    store = co.SqlStore.sqlite(tmp_path / "log.db")
    workflow = co.Workflow(PROGRAM, store, clock=lambda: AT)
    begin(workflow, "one", "sam")

    def look(number):
        mine = co.Workflow(PROGRAM, store, clock=lambda: AT)
        who = attrs.evolve(CLINICIAN, viewer=f"c-{number}")
        for _ in range(5):
            mine.disclosures.record("one", who, "view", what=["timeline"], people=["sam"])

    threads = [threading.Thread(target=look, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(workflow.disclosures.of_person("sam")) == 20
    assert workflow.verify() == ()


class Flaky:
    """A notifier that fails the first time."""

    def __init__(self):
        self.tried, self.got = 0, []

    def send(self, notice, *, key):
        self.tried += 1
        if self.tried == 1:
            raise co.DeliveryFailed("busy")
        self.got.append(notice)


def tell(workflow, to):
    carrier = Flaky()
    notifier = co.LoggedNotifier(carrier, workflow.disclosures, to)
    notice = co.Notice(incident="one", about="obligation", to="school", event="Screened", number=2)
    return carrier, lambda: notifier.send(notice, key="k-1")


def test_a_notice_that_leaves_the_agency_is_logged_once_however_often_it_is_tried(workflow):
    """The person of the event that caused it is who it is about."""
    begin(workflow, "one", "sam", "kim")
    school = co.Receiver(viewer="school-7", purpose="treatment", basis="law", authority="FERPA")
    carrier, send = tell(workflow, school)
    with pytest.raises(co.DeliveryFailed):
        send()
    workflow.clock = lambda: AT + dt.timedelta(minutes=1)
    send()
    assert len(carrier.got) == 1
    (one,) = workflow.disclosures.by_viewer("school-7")
    assert (one.shown.way, one.shown.people) == ("notice", ("sam",))


def test_a_notice_without_the_consent_it_needs_is_given_up(workflow):
    """It is not sent, and the relay does not try it again; the dead letter says why."""
    begin(workflow, "one", "sam")
    carrier, send = tell(workflow, CLINIC)
    with pytest.raises(co.DeliveryFailed, match="no consent of sam") as failed:
        send()
    assert failed.value.final
    assert not carrier.tried


def test_a_checkpoint_holds_the_log_and_a_host_transaction_undoes_it(tmp_path):
    """`tick` also makes a checkpoint of the log, and `rebuild` lists it again."""
    store = co.SqlStore.sqlite(tmp_path / "log.db")
    workflow = co.Workflow(PROGRAM, store, clock=lambda: AT)
    begin(workflow, "one", "sam")
    workflow.disclosures.record("one", CLINICIAN, "view", what=["timeline"], people=["sam"])
    workflow.tick(AT)
    assert store.checkpoints("default.disclosures")
    with pytest.raises(RuntimeError), store.batch():
        workflow.disclosures.record("one", CLINICIAN, "view", what=["all"], people=["sam"])
        raise RuntimeError
    assert len(workflow.disclosures.of_person("sam")) == 1


# --- what a window shows ----------------------------------------------------------------------------


def clinician(workflow, purpose="treatment", **who):
    return workflow.as_(co.Viewer(id="c-9", roles=("clinician",), **who), purpose)


def screen(workflow, person="sam", incident="one", at=AT):
    screened = e.Screened(at=at, by="c-4", person=person, screening=co.Screening(level="high"))
    workflow.record(incident, screened)


def test_a_look_at_restricted_fields_is_one_entry_an_hour(workflow):
    """A screen that is refreshed writes nothing new; something new that is shown is an entry."""
    times = [AT]
    workflow.clock = lambda: times[-1]
    begin(workflow, "one", "sam")
    for _ in range(3):
        clinician(workflow).timeline("one")
    (first,) = workflow.disclosures.of_person("sam")
    assert (first.shown.viewer, first.shown.way, first.shown.basis) == ("c-9", "view", "duty")
    assert (first.shown.what, first.shown.purpose) == (("PersonInvolved",), "treatment")
    screen(workflow)
    clinician(workflow).view("one")
    clinician(workflow).states("one")
    assert [one.shown.what for one in workflow.disclosures.by_viewer("c-9")] == [
        ("PersonInvolved",),
        ("PersonInvolved", "Screened"),
    ]
    times.append(AT + dt.timedelta(minutes=59))
    clinician(workflow).view("one")
    assert len(workflow.disclosures.by_viewer("c-9")) == 2
    times.append(AT + dt.timedelta(minutes=60))
    clinician(workflow).permitted("one")
    assert len(workflow.disclosures.by_viewer("c-9")) == 3
    assert workflow.verify() == ()


def test_another_process_does_not_write_the_entry_again(workflow):
    """The entry of an hour has a request by which every process finds it, whatever the minute."""
    begin(workflow, "one", "sam")
    clinician(workflow).view("one")
    later = co.Workflow(PROGRAM, workflow.store, clock=lambda: AT + dt.timedelta(minutes=7))
    clinician(later).view("one")
    assert len(workflow.disclosures.of_person("sam")) == 1


def test_both_hours_of_the_night_on_which_clocks_go_back_are_logged(workflow):
    """An hour is one of UTC: 01:30 comes twice in New York on 1 November 2026."""
    night = dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)
    times = [night]
    workflow.clock = lambda: times[-1]
    begin(workflow, "one", "sam")
    clinician(workflow).view("one")
    times.append(night + dt.timedelta(hours=1))
    clinician(workflow).view("one")
    assert len(workflow.disclosures.of_person("sam")) == 2


def test_what_every_crew_sees_is_not_logged(workflow):
    """A list of calls shows nothing restricted, so it writes nothing: not even the log's program."""
    begin(workflow)
    patrol = workflow.as_(co.Viewer(id="o-1", roles=("patrol_officer",)), "operations")
    assert len(patrol.find()) == 1
    assert len(patrol.timeline("one")) == 1
    assert workflow._disclosures is None


def test_a_page_logs_the_incidents_that_it_shows(workflow):
    """What a viewer was not shown is not in their entries."""
    for incident in ("one", "two", "three"):
        begin(workflow, incident, "sam")
    page = clinician(workflow).find(limit=2)
    shown = {entry.incident for entry in workflow.disclosures.by_viewer("c-9")}
    assert shown == {one.incident for one in page}
    clinician(workflow).find(limit=2, after=page.next)
    assert len(workflow.disclosures.by_viewer("c-9")) == 3


def test_an_obligation_that_is_told_is_logged_with_what_its_rule_reads(workflow):
    """What somebody is owed tells of them, too."""
    begin(workflow, "one", "sam")
    screen(workflow)
    offered = e.ReferralOffered(at=AT, by="c-4", referral="r", person="sam", need="mental_health")
    workflow.record("one", offered)
    owed = clinician(workflow).due(AT)
    entries = workflow.disclosures.by_viewer("c-9")
    assert bool(owed) == bool(entries)
    for one in owed:
        rule = next(p for p in PROGRAM.book.policies if p.id == one.obligation.policy)
        assert any({*entry.shown.what} <= {*rule.watches} for entry in entries)
    assert owed


def test_what_a_consent_shows_is_logged_with_the_consent(workflow):
    """An answer of a substance-use service rests on the consent of that person, the rest on duty; a
    sibling is not named by it.
    """
    begin(workflow, "one", "sam", "kim")
    for person in ("sam", "kim"):
        about = {"at": AT, "by": "c-4", "referral": f"r-{person}"}
        offered = e.ReferralOffered(**about, person=person, need="substance_use")
        workflow.record("one", offered)
    case = workflow.case("one")
    given = e.ConsentGiven(
        at=AT,
        by="c-4",
        person="sam",
        scope="substance_use_records",
        consent="consent-1",
        receiver="north",
        purpose="treatment",
    )
    answers = [
        e.ReferralAccepted(at=AT, by="s-1", referral=f"r-{person}") for person in ("sam", "kim")
    ]
    workflow.replay("two", [*case.history, given, *answers])
    clinician(workflow, agency="north").view("two")
    rights = {one.shown.basis: one.shown for one in workflow.disclosures.by_viewer("c-9")}
    assert rights["consent"].people == ("sam",)
    assert rights["consent"].what == ("ReferralAccepted",)
    assert rights["consent"].consents == ("consent-1",)
    assert rights["duty"].people == ("kim", "sam")


def test_words_from_a_window_are_logged_each_time(workflow):
    """Words are given out after the log has it; a refusal is no entry."""
    begin(workflow, "one", "sam", "kim")
    entry = note(workflow, subject="kim")
    for _ in range(2):
        assert clinician(workflow).recall("one", entry) == "Said in confidence."
    recalls = [one.shown for one in workflow.disclosures.of_person("kim")]
    assert [(one.way, one.what, one.basis) for one in recalls] == [("recall", (entry,), "duty")] * 2
    assert workflow.disclosures.of_person("sam") == ()
    officer = workflow.as_(co.Viewer(id="o-1", roles=("patrol_officer",)), "operations")
    with pytest.raises(co.AudienceDenied):
        officer.recall("one", entry)
    assert workflow.disclosures.by_viewer("o-1") == ()


def test_a_window_shows_nothing_if_the_log_cannot_be_written(workflow, monkeypatch):
    """The log is first: an error of the store is the answer, and no line."""
    begin(workflow, "one", "sam")
    broken = workflow.disclosures

    def fail(*_, **__):
        raise co.StoreUnavailable("the disk is full")

    monkeypatch.setattr(type(broken.desk), "record", fail)
    with pytest.raises(co.StoreUnavailable):
        clinician(workflow).view("one")
    with pytest.raises(co.StoreUnavailable):
        clinician(workflow).find()


def test_a_viewer_whose_id_is_a_name_is_refused_and_one_who_is_known_is_not(workflow):
    """The log has no names; an older record whose responders have such ids can still be seen."""
    begin(workflow, "one", "sam")
    named = workflow.as_(co.Viewer(id="amy.okafor", roles=("clinician",)), "treatment")
    with pytest.raises(co.InvalidEvent) as refused:
        named.view("one")
    assert "okafor" not in str(refused.value)
    workflow.recognizer = None
    lax = co.Workflow(PROGRAM, workflow.store, clock=lambda: AT, recognizer=None)
    arrived = e.ResponderArrived(at=AT, by="d-1", responder="amy.okafor", role="clinician")
    lax.record("one", arrived)
    strict = co.Workflow(PROGRAM, workflow.store, clock=lambda: AT)
    assert strict.as_(named.viewer, "treatment").view("one").lines


def test_an_entry_that_was_rolled_back_is_written_with_the_next_look(tmp_path):
    """What is in the host's transaction may be undone, so it is not remembered as written."""
    with co.SqlStore.sqlite(tmp_path / "host.db") as store:
        workflow = co.Workflow(PROGRAM, store, clock=lambda: AT)
        begin(workflow, "one", "sam")
        with contextlib.suppress(KeyError), store.batch():
            clinician(workflow).view("one")
            raise KeyError
        assert workflow.disclosures.of_person("sam") == ()
        clinician(workflow).view("one")
        assert len(workflow.disclosures.of_person("sam")) == 1


def test_an_analyst_looks_by_law_and_the_log_has_whom_it_was_about(workflow):
    """A data set without ids still is an entry for each person in it."""
    begin(workflow, "one", "sam", "kim")
    workflow.as_(co.Viewer(id="a-1", roles=("analyst",)), "research").find()
    (one,) = workflow.disclosures.of_person("kim")
    assert (one.shown.basis, one.shown.people) == ("law", ("kim", "sam"))


# --- two processes ----------------------------------------------------------------------------------

LOOKS = 12


def look_at_once(store, minute, together):
    """Look at each incident at the moment at which another process does."""
    with co.SqlStore.open(store) as opened:
        clock = AT + dt.timedelta(minutes=minute)
        workflow = co.Workflow(PROGRAM, opened, clock=lambda: clock)
        for number in range(LOOKS):
            together.wait(60)
            clinician(workflow).view(f"i-{number}")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_that_look_first_at_once_write_one_entry(kind, tmp_path, request):
    """Neither is refused, also when both begin the log: the entry of the hour is there once."""
    name = (
        str(tmp_path / "log.db")
        if kind == "sqlite"
        else request.getfixturevalue("postgres").database()
    )
    make = co.SqlStore.sqlite if kind == "sqlite" else co.SqlStore.postgresql
    with make(name) as store:
        workflow = co.Workflow(PROGRAM, store, clock=lambda: AT)
        for number in range(LOOKS):
            begin(workflow, f"i-{number}", "sam")
    at_once(look_at_once, (name, 0), (name, 1))
    with co.SqlStore.open(name) as store:
        workflow = co.Workflow(PROGRAM, store, clock=lambda: AT)
        entries = workflow.disclosures.of_person("sam", limit=3 * LOOKS)
        assert sorted(one.incident for one in entries) == sorted(f"i-{n}" for n in range(LOOKS))
        assert workflow.verify() == ()


def test_an_entry_about_a_busy_incident_reads_no_long_log(monkeypatch):
    """However often an incident was looked at: who was shown something before is found at once."""
    workflow = co.Workflow(PROGRAM, co.MemoryStore(), clock=lambda: AT)
    begin(workflow, "one", "sam")
    for _ in range(60):
        workflow.disclosures.record("one", CLINICIAN, "export", what=["fhir"], people=["sam"])
    read, named = [], projections._named
    monkeypatch.setattr(projections, "_named", lambda event: read.append(event) or named(event))
    monkeypatch.setattr(projections, "_first_named", lambda case: pytest.fail("read for nobody"))
    workflow.disclosures.record("one", CLINICIAN, "export", what=["fhir"], people=["sam"])
    assert len(read) == 2
