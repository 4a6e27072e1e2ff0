"""`coresponder record`: an event that a person writes down, by the verdict that holds everywhere."""

import contextlib
import json

import pytest

from coresponder import SqlStore, Workflow, load_program, shipped_programs
from coresponder.errors import InvalidEvent
from coresponder.workflow.by_hand import event_said, fields_asked, words_of
from tests.cli.test_commands import call
from tests.interop.test_fhir import T0, hours, story
from tests.processes import at_once

CIT = load_program("cit")
DONE = ("FollowUpDone", "kind=phone_call")
LATER = hours(92)
WHEN = ("--at", LATER.isoformat(), "--by", "clinician-1")


@pytest.fixture
def store(tmp_path):
    """A family's incident 7, a visit made and a call planned; and incident 8, without follow-ups."""
    path = tmp_path / "agency.db"
    with SqlStore.sqlite(path) as opened:
        workflow = Workflow(CIT, opened)
        workflow.replay("7", story())
        workflow.replay("8", story()[:3])
    return path


def recorded(store, incident="7"):
    with SqlStore.sqlite(store) as opened:
        return Workflow(CIT, opened).case(incident).recorded()


def test_what_came_of_a_contact_is_recorded_once(store):
    """The outcome that an import could not know; a repeat is said, changes nothing and is no
    failure, whoever repeats it.
    """
    before = len(recorded(store))
    words = ("record", store, "7", *DONE, "follow_up=f2", "outcome=reached")
    assert "7: recorded 1, refused 0" in call(*words, *WHEN).stdout
    (*_, done) = recorded(store)
    assert (done.follow_up, done.outcome, done.at, done.by) == (
        "f2",
        "reached",
        LATER,
        "clinician-1",
    )
    for by in ("clinician-1", "clinician-2"):
        again = call(*words, "--at", LATER.isoformat(), "--by", by).stdout
        assert "note: FollowUpDone of this time is in the record already" in again
    assert len(recorded(store)) == before + 1
    call(*words, "--at", hours(93).isoformat(), "--by", "clinician-1")
    assert len(recorded(store)) == before + 2


def test_a_dry_run_says_the_same_and_writes_nothing(store):
    """Of what is recorded and of what is refused; the store is as it was, and takes the next step."""
    words = ("record", store, "7", *DONE, "follow_up=f2", "outcome=reached", *WHEN)
    before = recorded(store)
    dry = call(*words, "--dry-run").stdout
    assert "recorded: FollowUpDone" in dry and "note: this is a dry run: nothing was written" in dry
    closed = ("record", store, "7", "IncidentClosed", *WHEN)
    refused = call(*closed, "--dry-run", code=1).stdout
    assert recorded(store) == before
    assert call(*closed, code=1).stdout == refused.replace(
        "note: this is a dry run: nothing was written\n", ""
    )
    assert dry.replace("note: this is a dry run: nothing was written\n", "") == call(*words).stdout


def test_a_decision_that_is_refused_is_recorded_with_an_override(store):
    """The refusal says why; the override is in the record, with its reason."""
    words = ("record", store, "7", "IncidentClosed", *WHEN)
    refused = call(*words, code=1).stdout
    assert "refused: IncidentClosed" in refused and "--override REASON" in refused
    assert (
        "did you mean 'supervisor_order'" in call(*words, "--override", "supervisor", code=2).stderr
    )
    assert "recorded: PolicyOverridden" in call(*words, "--override", "supervisor_order").stdout


def test_a_fact_is_always_taken_and_marked(store):
    """What an import asked for first: the scene was cleared; out of place, that is said."""
    said = call("record", store, "8", "SceneCleared", *WHEN).stdout
    assert "recorded: SceneCleared" in said
    assert "note: SceneCleared is out of place" in said
    future = call(
        "record", store, "8", "SceneCleared", "--at", "2999-01-01T00:00:00Z", "--by", "s", code=1
    )
    assert "lies in the future" in future.stdout


def test_what_is_looked_up_for_an_event_hides_no_mark_on_it(store):
    """The visit was made before; told again at another time, it is out of place, and gets the
    person of its plan.
    """
    said = call("record", store, "7", "FollowUpDone", "follow_up=f1", "kind=home_visit", *WHEN)
    assert "note: FollowUpDone is out of place" in said.stdout
    assert recorded(store)[-1].person == "p1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("FollowupDon", *WHEN), "cit has no event FollowupDon; did you mean 'FollowUpDone'?"),
        (("FollowUpDone", "followup=f2", *WHEN), "FollowUpDone: followup: there is no such field; did you mean 'follow_up'?; missing: follow_up=, kind="),
        ((*DONE, "follow_up=f2", "outcome=reachd", *WHEN), "outcome: did you mean 'reached'?"),
        ((*DONE, "follow_up=two words", *WHEN), "is not an opaque id"),
        ((*DONE, "follow_up=f2", "at=3", *WHEN), "at: give it with --at"),
        ((*DONE, "follow_up", *WHEN), "write a field as FIELD=VALUE"),
        ((*DONE, "kind=home_visit", "follow_up=f2", *WHEN), "kind is given twice"),
        ((*DONE, "follow_up=f2", "--at", "2026-03-02 21:00", "--by", "s"), "has no time zone"),
        ((*DONE, "follow_up=f2", "--at", LATER.isoformat(), "--by", "Ann Lee"), "--by: "),
        ((*DONE, "follow_up=f2", "approximate=maybe", *WHEN), "approximate: "),
        (("FollowUpScheduled", "follow_up=f9", "kind=phone_call", "due=tomorrow", *WHEN), "due: "),
        (DONE, "missing: --at, --by; --list shows"),
        ((), "missing: EVENT, --at, --by"),
    ],
)  # fmt: skip
def test_a_bad_word_is_refused_with_what_was_meant(store, words, said):
    """All that is wrong at once, with the nearest name; nothing is recorded."""
    before = recorded(store)
    assert said in call("record", store, "7", *words, code=2).stderr.replace("\n", " ")
    assert recorded(store) == before


def test_an_incident_that_is_not_there_is_an_error(store):
    """And so is the incident of a list."""
    assert "99" in call("record", store, "99", "SceneCleared", *WHEN, code=2).stderr
    assert "99" in call("record", store, "99", "--list", code=2).stderr
    assert (
        "did you mean 'SceneCleared'"
        in call("record", store, "7", "SceneClear", "--list", code=2).stderr
    )


def test_an_id_that_the_incident_does_not_have_is_named(store):
    """A fact is taken all the same; what begins with an event is not asked for."""
    said = call("record", store, "7", *DONE, "follow_up=f22", *WHEN).stdout
    assert "note: incident 7 had no follow-up f22; did you mean 'f2'?" in said
    said = call("record", store, "7", "ReferralAccepted", "referral=r9", *WHEN).stdout
    assert "note: incident 7 had no referral r9; " in said
    new = ("FollowUpScheduled", "follow_up=f9", "kind=phone_call", f"due={hours(200).isoformat()}")
    assert "had no" not in call("record", store, "7", *new, *WHEN).stdout


def test_the_list_says_what_is_permitted_and_what_each_field_takes(store):
    """As `permitted` answers, with the names that are typed; of one event, its words."""
    said = call("record", store, "7", "--list").stdout
    assert "yes  FollowUpDone follow_up= kind= [outcome=] [person=]" in said
    assert "no   IncidentClosed" in said
    one = call("record", store, "7", "FollowUpDone", "--list").stdout
    assert "outcome: reached, connected_to_care, safe" in one
    found = json.loads(call("record", store, "7", "--list", "--format", "json").stdout)
    with SqlStore.sqlite(store) as opened:
        answers = Workflow(CIT, opened).permitted("7")
    assert [(one["event"], one["permitted"]) for one in found] == [
        (one.event, one.permitted) for one in answers
    ]


@pytest.mark.parametrize("name", shipped_programs())
def test_every_event_of_a_program_can_be_asked_for(name):
    """Each field is named, and each word of each field is one that the event takes."""
    program = load_program(name)
    for event, cls in program.vocabulary.items():
        for field, must in fields_asked(cls).items():
            assert isinstance(must, bool)
            for word in words_of(program, cls, field):
                with contextlib.suppress(InvalidEvent):
                    event_said(program, event, {field: word}, at=T0, by="s")
                    continue
                with pytest.raises(InvalidEvent, match="missing: "):
                    event_said(program, event, {field: word}, at=T0, by="s")


def test_lists_numbers_and_the_agencys_own_words_are_read():
    """A list is written with commas or as JSON, a number as a number; an own word counts as its
    standard value and is kept beside it, and the events of the program are there.
    """
    for techniques in ("calm_tone, mirroring", '["calm_tone", "mirroring"]'):
        said = {"techniques": techniques, "worked": "true"}
        found = event_said(CIT, "DeEscalationAttempted", said, at=T0, by="s")
        assert (list(found.techniques), found.worked) == (["calm_tone", "mirroring"], True)
    city = load_program("examples/my-city.toml")
    triaged = event_said(city, "CallTriaged", {"nature": "10-96"}, at=T0, by="s")
    assert (triaged.nature, triaged.local[0].code) == ("psychosis", "10-96")
    assert "10-96" in words_of(city, type(triaged), "nature")
    visited = event_said(city, "PeerVisited", {"person": "p1", "minutes": "20"}, at=T0, by="s")
    assert visited.minutes == 20
    with pytest.raises(InvalidEvent, match="nature: did you mean '10-96'?"):
        event_said(city, "CallTriaged", {"nature": "10-97"}, at=T0, by="s")
    with pytest.raises(InvalidEvent, match="minutes: "):
        event_said(city, "PeerVisited", {"person": "p1", "minutes": "long"}, at=T0, by="s")


def test_what_has_parts_is_given_as_json():
    """And what is wrong inside is named with its place and the nearest word, not as a whole."""
    member = {"responder": "clinician-1", "role": "clinician"}
    team = {"tier": "cit-team", "model": "primary_co_response", "members": [member]}
    sent = event_said(CIT, "TeamDispatched", {"team": json.dumps(team)}, at=T0, by="s")
    assert sent.team.members[0].responder == "clinician-1"
    wrong = team | {"members": [member | {"role": "clinicin", "rank": "1"}]}
    with pytest.raises(InvalidEvent) as refused:
        event_said(CIT, "TeamDispatched", {"team": json.dumps(wrong)}, at=T0, by="s")
    assert "team.members.0.role: did you mean 'clinician'?" in str(refused.value)
    assert "team.members.0.rank: there is no such field" in str(refused.value)


def _void(store, number, when):
    more = ("--at", hours(when).isoformat(), "--by", "s", "reason=wrong_person")
    return call("record", store, "7", "EnteredInError", f"event={number}", *more).stdout


def test_what_was_entered_in_error_is_not_there_and_is_not_repeated(store):
    """A host that repeats its command does not undo a person's correction, and is not told that the
    event is there. Who voids the void has it back.
    """
    words = ("record", store, "7", *DONE, "follow_up=f2", "outcome=reached", *WHEN)
    call(*words)
    number = len(recorded(store))
    _void(store, number, 93)
    before = len(recorded(store))
    again = call(*words, code=1).stdout
    assert "is in the record already" not in again
    assert f"is event {number}, which was entered in error" in " ".join(again.split())
    assert f"record EnteredInError event={before}" in " ".join(again.split())
    assert len(recorded(store)) == before
    assert f"event {number} was entered in error already" in _void(store, number, 94)
    assert len(recorded(store)) == before
    _void(store, before, 95)
    assert "is in the record already" in call(*words).stdout


def test_a_thing_of_another_person_and_an_unknown_consent_are_named(store):
    """A follow-up is with one child and not with the other; a consent that is misspelled still
    stands.
    """
    done = ("record", store, "7", *DONE, "follow_up=f1", *WHEN)
    assert "follow-up f1 was p1's; this names p2" in call(*done, "person=p2").stdout
    assert "this names" not in call(*done, "person=p1").stdout
    more = ("person=p1", "--at", hours(93).isoformat(), "--by", "s")
    assert (
        "had no consent"
        not in call("record", store, "7", "ConsentGiven", "consent=c1", *more).stdout
    )
    said = call("record", store, "7", "ConsentWithdrawn", "consent=cl", *more).stdout
    assert "incident 7 had no consent cl; " in said
    assert "c1" in said
    assert (
        "had no consent"
        not in call("record", store, "7", "ConsentWithdrawn", "consent=c1", *more).stdout
    )


@pytest.mark.parametrize(
    ("event", "field", "text", "why"),
    [
        ("TeamDispatched", "team", "[" * 100_000, "nested more than"),
        ("TeamDispatched", "team", '{"tier":"t","tier":"u"}', "tier is given twice"),
        ("TeamDispatched", "team", '{"tier":"\\udcff"}', "not UTF-8"),
        ("FollowUpDone", "outcome", "re\udcffched", "not UTF-8"),
        ("DispositionRecorded", "local", '{"field":"x","code":"y"}', "local"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_field(event, field, text, why):
    """Never with a crash, and never as one of two values of one key."""
    must = {one: "x" for one, needed in fields_asked(CIT.vocabulary[event]).items() if needed}
    with pytest.raises(InvalidEvent, match=why) as refused:
        event_said(CIT, event, must | {field: text}, at=T0, by="s")
    assert field in str(refused.value)


def _at_once(store, by, barrier):
    barrier.wait()
    call(
        "record",
        store,
        "7",
        *DONE,
        "follow_up=f2",
        "outcome=reached",
        "--at",
        LATER.isoformat(),
        "--by",
        by,
    )


def test_two_processes_that_record_one_event_record_it_once(store):
    """Whoever is second is told that it is there."""
    before = len(recorded(store))
    at_once(_at_once, (str(store), "clinician-1"), (str(store), "clinician-2"))
    assert len(recorded(store)) == before + 1


def test_a_postgresql_store_is_recorded_into_and_tried_alike(postgres):
    """A dry run is taken back there, too."""
    dsn = postgres.database()
    with SqlStore.open(dsn) as opened:
        Workflow(CIT, opened).replay("7", story())
    words = ("record", dsn, "7", *DONE, "follow_up=f2", "outcome=reached", *WHEN)
    for more, count in ((["--dry-run"], 0), ([], 1), ([], 1)):
        call(*words, *more)
        with SqlStore.open(dsn) as opened:
            assert len(Workflow(CIT, opened).case("7").recorded()) == len(story()) + count
